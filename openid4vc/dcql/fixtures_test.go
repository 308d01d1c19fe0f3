package dcql_test

import (
	"testing"

	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/openid4vc/dcql"
)

// The parties of these tests.
var (
	learner = testissuer.New("Ada Lovelace")
	school  = testissuer.New("School")
)

func parse(t testing.TB, text string) strictjson.Value {
	t.Helper()
	v, err := strictjson.Parse([]byte(text))
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v
}

func query(t testing.TB, text string) *dcql.Query {
	t.Helper()
	q, err := dcql.ParseQuery(parse(t, text))
	if err != nil {
		t.Fatal(err)
	}
	return q
}

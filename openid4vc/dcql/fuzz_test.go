package dcql_test

import (
	"errors"
	"path/filepath"
	"testing"

	"laurel/internal/strictjson"
	"laurel/openid4vc/dcql"
)

func FuzzParseQuery(f *testing.F) {
	files, err := filepath.Glob("../../testdata/openid4vp/examples/*/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		f.Add(vector(f, file[len("../../testdata/openid4vp/"):]))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		v, err := strictjson.Parse(text)
		if err != nil {
			return
		}
		q, err := dcql.ParseQuery(v)
		if err != nil {
			if q != nil || !errors.Is(err, dcql.ErrQuery) && !errors.Is(err, dcql.ErrLimit) {
				t.Fatalf("%v, %v", q, err)
			}
			return
		}
		again, err := dcql.ParseQuery(q.Value())
		if err != nil || !again.Value().Equal(q.Value()) {
			t.Fatalf("%s is read as %v, %v", q.Value().JSON(), again, err)
		}
		// Every document is a credential to try the query on.
		have := []dcql.Candidate{{Format: dcql.LDP, Claims: v, Bound: true}, dcql.FromClaims(v)}
		if choice, err := q.Choose(have); err == nil {
			if err := q.Check(picked(choice, have)); err != nil {
				t.Fatal(err)
			}
		}
	})
}

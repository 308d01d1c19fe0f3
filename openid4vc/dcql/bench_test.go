package dcql_test

import (
	"testing"

	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
	"laurel/openid4vc/dcql"
)

// BenchmarkFromDocument is what a wallet pays for each badge before a query is asked.
func BenchmarkFromDocument(b *testing.B) {
	doc := language(b)
	contexts := jsonld.Embedded()
	for b.Loop() {
		if c := dcql.FromDocument(dcql.LDP, doc, contexts); len(c.Types) != 2 {
			b.Fatal(c.Types)
		}
	}
}

// BenchmarkChoose puts a question to a wallet of 1,000 badges.
func BenchmarkChoose(b *testing.B) {
	q, err := dcql.Question{Achievements: []string{"https://school.example/b2"}, Tags: []string{"spanish"}}.Query()
	if err != nil {
		b.Fatal(err)
	}
	have := make([]dcql.Candidate, 1000)
	for i := range have {
		have[i] = bound(dcql.LDP, language(b))
	}
	for b.Loop() {
		if _, err := q.Choose(have); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkEverySelected has one path that leads to 10,000 values.
func BenchmarkEverySelected(b *testing.B) {
	elems := make([]strictjson.Value, 10_000)
	for i := range elems {
		elems[i] = strictjson.String("x")
	}
	q := query(b, `{"credentials":[{"id":"a","format":"dc+sd-jwt","meta":{},"claims":[{"path":["n",null],"values":["x"]}]}]}`)
	have := []dcql.Candidate{dcql.FromClaims(strictjson.Object(strictjson.Member{Name: "n", Value: strictjson.Array(elems...)}))}
	have[0].Bound = true
	for b.Loop() {
		if _, err := q.Choose(have); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkHostileQuery puts the most that a query may ask to 100 badges, none of which
// answers it.
func BenchmarkHostileQuery(b *testing.B) {
	q := query(b, `{"credentials":[{"id":"a","format":"ldp_vc","meta":{},`+manyClaims(170)+`}]}`)
	have := make([]dcql.Candidate, 100)
	for i := range have {
		have[i] = bound(dcql.LDP, language(b))
	}
	for b.Loop() {
		if _, err := q.Choose(have); err == nil {
			b.Fatal("answered")
		}
	}
}

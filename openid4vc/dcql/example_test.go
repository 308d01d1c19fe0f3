package dcql_test

import (
	"fmt"

	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/openid4vc/dcql"
)

// A wallet has one badge, and a verifier asks for a better one, and then for it.
func Example() {
	badge := testissuer.Set(testissuer.New("School").Badge(testissuer.New("Ada")), "credentialSubject/result",
		testissuer.Parse(`[{"type": ["Result"], "value": "B2"}]`))
	have := dcql.FromDocument(dcql.LDP, badge, jsonld.Embedded())
	have.Bound = true // the wallet has the key that the badge was issued to

	ask := func(least string) *dcql.Query {
		query, err := dcql.Question{
			ID: "spanish", Achievements: []string{"https://school.example/achievements/data"}, Formats: []dcql.Format{dcql.LDP},
			Results: dcql.AtLeast([]string{"A1", "A2", "B1", "B2", "C1", "C2"}, least),
		}.Query()
		if err != nil {
			panic(err)
		}
		return query
	}

	_, err := ask("C1").Choose([]dcql.Candidate{have})
	fmt.Println(err)

	query := ask("B1")
	choice, err := query.Choose([]dcql.Candidate{have})
	if err != nil {
		panic(err)
	}
	for _, claim := range choice.Preferred()["spanish"][0].Claims {
		fmt.Println("show", claim)
	}

	// The verifier asks again, of what was verified.
	fmt.Println(query.Check(map[string][]dcql.Candidate{"spanish": {have}}))
	have.Claims = testissuer.Set(have.Claims, "credentialSubject/result", strictjson.Value{})
	fmt.Println(query.Check(map[string][]dcql.Candidate{"spanish": {have}}))
	// Output:
	// the query is not satisfied: spanish: there is one of this kind, but it will not do: its credentialSubject.result[].value has another value than is asked for, and none of the 2 combinations of claims is there
	// show /credentialSubject/achievement/id
	// show /credentialSubject/result/0/value
	// <nil>
	// the query is not satisfied: spanish: it has no credentialSubject.result[].value, and none of the 2 combinations of claims is there; none of the combinations [["spanish"]] was answered
}

package dcql_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
	"laurel/openid4vc/dcql"
)

// vector is a file of the specification's examples.
func vector(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "testdata", "openid4vp", name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// holding are credentials of the formats that the specification's queries ask for.
func holding(t testing.TB) map[string]dcql.Candidate {
	t.Helper()
	sd := func(text string) dcql.Candidate {
		c := dcql.FromClaims(parse(t, text))
		c.Bound = true
		return c
	}
	w3c := func(format dcql.Format, doc strictjson.Value) dcql.Candidate {
		c := dcql.FromDocument(format, doc, jsonld.Embedded())
		c.Bound = true
		return c
	}
	return map[string]dcql.Candidate{
		"published": sd(string(vector(t, "examples/credentials/sd_jwt_vc_unsecured.json"))),
		"pid": sd(`{"vct":"https://credentials.example.com/identity_credential","family_name":"Doe","given_name":"John",
			"postal_code":"90210","date_of_birth":"1940-01-01","address":{"street_address":"Main St"}}`),
		"region": sd(`{"vct":"https://credentials.example.com/identity_credential","family_name":"Doe",
			"locality":"X","region":"Y","date_of_birth":"1940-01-01","postal_code":"1"}`),
		"reduced":   sd(`{"vct":"https://credentials.example.com/reduced_identity_credential","family_name":"Doe","given_name":"John"}`),
		"residence": sd(`{"vct":"https://cred.example/residence_credential","postal_code":"1","locality":"X","region":"Y"}`),
		"rewards":   sd(`{"vct":"https://company.example/company_rewards","rewards_number":1}`),
		"ldp":       w3c(dcql.LDP, parse(t, string(vector(t, "examples/credentials/ldp_vc.json")))),
		"jwt":       w3c(dcql.JWT, parse(t, string(vector(t, "examples/credentials/jwt_vc.json"))).Get("vc")),
	}
}

// TestPublishedQueries evaluates every query of the specification. An answer names, for
// each credential query, the credential that is chosen, and the claims that go with it.
func TestPublishedQueries(t *testing.T) {
	tests := []struct {
		file   string
		have   []string
		want   string // "query=credential:claim,claim …"; "" if there is no answer
		expect string // what the refusal says
	}{
		{"query_lang/simple.json", []string{"published", "pid"}, "my_credential=pid:/family_name,/given_name,/address/street_address", ""},
		{"query_lang/simple.json", []string{"published"}, "", "it has no address.street_address"},
		{"query_lang/value_matching_simple.json", []string{"region", "pid"},
			"my_credential=pid:/family_name,/given_name,/address/street_address,/postal_code", ""},
		{"query_lang/claims_alternatives.json", []string{"pid"}, "pid=pid:/family_name,/postal_code,/date_of_birth", ""},
		{"query_lang/claims_alternatives.json", []string{"region"}, "pid=region:/family_name,/locality,/region,/date_of_birth", ""},
		{"query_lang/claims_alternatives.json", []string{"reduced"}, "", "there is none of this kind"},
		{"query_lang/credentials_alternatives.json", []string{"pid"}, "pid=pid:/given_name,/family_name,/address/street_address", ""},
		{"query_lang/credentials_alternatives.json", []string{"reduced", "residence", "rewards"},
			"pid_reduced_cred_1=reduced:/family_name,/given_name pid_reduced_cred_2=residence:/postal_code,/locality,/region", ""},
		{"query_lang/credentials_alternatives.json", []string{"reduced", "rewards"}, "", "other_pid: there is none of this kind"},
		{"query_lang/multi_credentials.json", []string{"pid"}, "", `mdl: the format "mso_mdoc" is not known here`},
		{"query_lang/simple_mdoc.json", []string{"pid"}, "", "is not known here"},
		{"query_lang/complex_mdoc.json", []string{"pid"}, "", "mdl-id"},
		{"request/dcql_ldp_vc.json", []string{"jwt", "ldp"}, "example_ldp_vc=ldp:/credentialSubject/family_name,/credentialSubject/given_name," +
			"/credentialSubject/birthdate,/credentialSubject/address/street_address,/credentialSubject/address/locality," +
			"/credentialSubject/address/postal_code,/credentialSubject/address/country", ""},
		{"request/dcql_jwt_vc.json", []string{"jwt", "ldp"}, "example_jwt_vc=jwt:/credentialSubject/family_name,/credentialSubject/given_name", ""},
		{"request/dcql_jwt_vc.json", []string{"ldp"}, "", "there is none of this kind"},
	}
	all := holding(t)
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			q := query(t, string(vector(t, "examples/"+tt.file)))
			var have []dcql.Candidate
			for _, name := range tt.have {
				have = append(have, all[name])
			}
			choice, err := q.Choose(have)
			if tt.want == "" {
				if !errors.Is(err, dcql.ErrNotSatisfied) || choice != nil || !strings.Contains(err.Error(), tt.expect) {
					t.Errorf("got %v, %v", choice, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := describe(choice, tt.have); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if err := q.Check(picked(choice, have)); err != nil {
				t.Errorf("the verifier: %v", err)
			}
		})
	}
	files, err := filepath.Glob("../../testdata/openid4vp/examples/*/dcql*.json")
	if err != nil || len(files) != 2 {
		t.Errorf("%d queries in requests, %v", len(files), err)
	}
}

func describe(c *dcql.Choice, names []string) string {
	var out []string
	preferred := c.Preferred()
	for _, a := range c.Queries {
		for _, m := range preferred[a.Query.ID] {
			var claims []string
			for _, p := range m.Claims {
				claims = append(claims, p.String())
			}
			out = append(out, a.Query.ID+"="+names[m.Candidate]+":"+strings.Join(claims, ","))
		}
	}
	return strings.Join(out, " ")
}

func picked(c *dcql.Choice, have []dcql.Candidate) map[string][]dcql.Candidate {
	out := map[string][]dcql.Candidate{}
	for id, matches := range c.Preferred() {
		for _, m := range matches {
			out[id] = append(out[id], have[m.Candidate])
		}
	}
	return out
}

// TestPublishedTypes holds the expansion of types against the example of appendix
// B.1.1: one query, three credentials that match it.
func TestPublishedTypes(t *testing.T) {
	q := query(t, `{"credentials":[{"id":"degree","format":"ldp_vc","meta":{"type_values":[
		["https://www.w3.org/2018/credentials#VerifiableCredential","https://example.org/examples#AlumniCredential","https://example.org/examples#BachelorDegree"],
		["https://www.w3.org/2018/credentials#VerifiableCredential","https://example.org/examples#UniversityDegreeCredential"],
		["IdentityCredential"]]}}]}`)
	for _, name := range []string{"044", "045", "046"} {
		doc := parse(t, string(vector(t, "spec-inline/"+name+"-parameters-in-the-meta-parameter-in-credential-query.json")))
		c := dcql.FromDocument(dcql.LDP, doc, jsonld.Embedded())
		c.Bound = true
		if _, err := q.Credentials[0].Match(c); err != nil {
			t.Errorf("%s: %v (%q)", name, err, c.Types)
		}
		c = dcql.FromDocument(dcql.LDP, doc, nil)
		c.Bound = true
		if _, err := q.Credentials[0].Match(c); (err == nil) != (name == "046") {
			t.Errorf("%s without contexts: %v (%q)", name, err, c.Types)
		}
	}
}

// TestPublishedPaths is the example of section 7.3.
func TestPublishedPaths(t *testing.T) {
	c := dcql.FromClaims(parse(t, string(vector(t, "spec-inline/018-claims-path-pointer-example.json"))))
	tests := map[string]string{
		`["name"]`:                      `/name`,
		`["address"]`:                   `/address`,
		`["address","street_address"]`:  `/address/street_address`,
		`["degrees",null,"type"]`:       `/degrees/0/type /degrees/1/type`,
		`["nationalities",1]`:           `/nationalities/1`,
		`["nationalities",2]`:           "",
		`["nationalities",null,"x"]`:    "",
		`["nationalities","1"]`:         "",
		`["degrees",0,"university"]`:    `/degrees/0/university`,
		`["address",0]`:                 "",
		`["address",null]`:              "",
		`["name",null]`:                 "",
		`["name","x"]`:                  "",
		`["degrees",null]`:              `/degrees/0 /degrees/1`,
		`["degrees",null,"university"]`: `/degrees/0/university /degrees/1/university`,
	}
	for path, want := range tests {
		if got := claimsOf(t, c, path); got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
}

// claimsOf is what one path leads to.
func claimsOf(t testing.TB, c dcql.Candidate, path string) string {
	t.Helper()
	q := query(t, `{"credentials":[{"id":"x","format":"dc+sd-jwt","meta":{},"require_cryptographic_holder_binding":false,"claims":[{"path":`+path+`}]}]}`)
	m, err := q.Credentials[0].Match(c)
	if (err == nil) != (len(m.Claims) > 0) {
		t.Fatalf("%s: %v, %v", path, m.Claims, err)
	}
	var out []string
	for _, p := range m.Claims {
		out = append(out, p.String())
	}
	return strings.Join(out, " ")
}

// TestPublishedAuthorities reads the examples of section 6.1.1.
func TestPublishedAuthorities(t *testing.T) {
	for _, file := range []string{"015-authority-key-identifier.json", "016-etsi-trusted-list.json", "017-openid-federation.json"} {
		example := parse(t, string(vector(t, "spec-inline/"+file)))
		q := query(t, `{"credentials":[{"id":"x","format":"dc+sd-jwt","meta":{},"trusted_authorities":[`+string(example.JSON())+`]}]}`)
		c := dcql.Candidate{Format: dcql.SDJWT, Bound: true, Authorities: []dcql.Authorities{
			{Kind: "other", Values: []string{example.Get("values").Elems()[0].Str()}},
		}}
		if _, err := q.Credentials[0].Match(c); !errors.Is(err, dcql.ErrNotSatisfied) {
			t.Errorf("%s: an authority of another kind: %v", file, err)
		}
		c.Authorities = append(c.Authorities, dcql.Authorities{Kind: example.Get("type").Str(), Values: []string{"x", example.Get("values").Elems()[0].Str()}})
		if _, err := q.Credentials[0].Match(c); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

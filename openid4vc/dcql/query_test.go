package dcql_test

import (
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/openid4vc/dcql"
)

// one is a query with one credential query, which has these members beside id, format
// and meta.
func one(members string) string {
	if members != "" {
		members = "," + members
	}
	return `{"credentials":[{"id":"a","format":"ldp_vc","meta":{}` + members + `}]}`
}

func repeated(n int, element string) string {
	return "[" + strings.TrimSuffix(strings.Repeat(element+",", n), ",") + "]"
}

// numbered are n claims, each with a path of its own.
func numbered(n int) string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf(`{"path":["c%d"]}`, i))
	}
	return "[" + strings.Join(all, ",") + "]"
}

// manyClaims are n claims, and claim sets that name all of them again and again.
func manyClaims(n int) string {
	var claims, ids []string
	for i := range n {
		claims = append(claims, fmt.Sprintf(`{"id":"c%d","path":["a"]}`, i))
		ids = append(ids, fmt.Sprintf(`"c%d"`, i))
	}
	return `"claims":[` + strings.Join(claims, ",") + `],"claim_sets":` + repeated(6, `[`+strings.Join(ids, ",")+`]`)
}

func manyOptions() string {
	var credentials, ids []string
	for i := range 40 {
		credentials = append(credentials, fmt.Sprintf(`{"id":"q%d","format":"ldp_vc","meta":{}}`, i))
		ids = append(ids, fmt.Sprintf(`"q%d"`, i))
	}
	return `{"credentials":[` + strings.Join(credentials, ",") + `],"credential_sets":[{"options":` + repeated(30, `[`+strings.Join(ids, ",")+`]`) + `}]}`
}

func TestParseQueryRefuses(t *testing.T) {
	claims := `"claims":[{"id":"x","path":["a"]},{"id":"y","path":["b"]}]`
	sets := func(sets string) string {
		return `{"credentials":[{"id":"a","format":"ldp_vc","meta":{}},{"id":"b","format":"ldp_vc","meta":{}}],"credential_sets":` + sets + `}`
	}
	bad, big := dcql.ErrQuery, dcql.ErrLimit
	tests := []struct {
		name, in string
		want     error
	}{
		{"an array", `[]`, bad},
		{"a text", `"credentials"`, bad},
		{"nothing", `{}`, bad},
		{"no credentials", `{"credentials":[]}`, bad},
		{"credentials is an object", `{"credentials":{"id":"a"}}`, bad},
		{"a credential query is a text", `{"credentials":["a"]}`, bad},
		{"null", `{"credentials":null}`, bad},
		{"many credentials", `{"credentials":` + repeated(65, `{"id":"a","format":"ldp_vc","meta":{}}`) + `}`, big},

		{"no id", `{"credentials":[{"format":"ldp_vc","meta":{}}]}`, bad},
		{"an empty id", `{"credentials":[{"id":"","format":"ldp_vc","meta":{}}]}`, bad},
		{"an id with a dot", `{"credentials":[{"id":"a.b","format":"ldp_vc","meta":{}}]}`, bad},
		{"an id with an umlaut", `{"credentials":[{"id":"ä","format":"ldp_vc","meta":{}}]}`, bad},
		{"an id that is a number", `{"credentials":[{"id":1,"format":"ldp_vc","meta":{}}]}`, bad},
		{"a long id", `{"credentials":[{"id":"` + strings.Repeat("a", 200) + `","format":"ldp_vc","meta":{}}]}`, big},
		{"an id twice", `{"credentials":[{"id":"a","format":"ldp_vc","meta":{}},{"id":"a","format":"jwt_vc_json","meta":{}}]}`, bad},
		{"no format", `{"credentials":[{"id":"a","meta":{}}]}`, bad},
		{"format is a list", `{"credentials":[{"id":"a","format":["ldp_vc"],"meta":{}}]}`, bad},
		{"no meta", `{"credentials":[{"id":"a","format":"ldp_vc"}]}`, bad},
		{"meta is null", `{"credentials":[{"id":"a","format":"ldp_vc","meta":null}]}`, bad},
		{"multiple is a text", one(`"multiple":"true"`), bad},
		{"holder binding is 0", one(`"require_cryptographic_holder_binding":0`), bad},

		{"type_values is empty", `{"credentials":[{"id":"a","format":"ldp_vc","meta":{"type_values":[]}}]}`, bad},
		{"type_values is flat", `{"credentials":[{"id":"a","format":"jwt_vc_json","meta":{"type_values":["A"]}}]}`, bad},
		{"an empty set of types", `{"credentials":[{"id":"a","format":"ldp_vc","meta":{"type_values":[[]]}}]}`, bad},
		{"a type that is a number", `{"credentials":[{"id":"a","format":"ldp_vc","meta":{"type_values":[[1]]}}]}`, bad},
		{"vct_values is a text", `{"credentials":[{"id":"a","format":"dc+sd-jwt","meta":{"vct_values":"A"}}]}`, bad},
		{"vct_values is empty", `{"credentials":[{"id":"a","format":"dc+sd-jwt","meta":{"vct_values":[]}}]}`, bad},

		{"authorities is empty", one(`"trusted_authorities":[]`), bad},
		{"authorities without a type", one(`"trusted_authorities":[{"values":["x"]}]`), bad},
		{"authorities without values", one(`"trusted_authorities":[{"type":"aki"}]`), bad},
		{"an authority that is a number", one(`"trusted_authorities":[{"type":"aki","values":[1]}]`), bad},
		{"many authorities", one(`"trusted_authorities":[{"type":"aki","values":` + repeated(65, `"x"`) + `}]`), big},

		{"claims is empty", one(`"claims":[]`), bad},
		{"claims has a text", one(`"claims":["a"]`), bad},
		{"a claim without a path", one(`"claims":[{"id":"x"}]`), bad},
		{"an empty path", one(`"claims":[{"path":[]}]`), bad},
		{"a path that is a text", one(`"claims":[{"path":"a.b"}]`), bad},
		{"a negative place", one(`"claims":[{"path":["a",-1]}]`), bad},
		{"half a place", one(`"claims":[{"path":["a",0.5]}]`), bad},
		{"a path with true", one(`"claims":[{"path":["a",true]}]`), bad},
		{"a path with an object", one(`"claims":[{"path":[{}]}]`), bad},
		{"a huge place", one(`"claims":[{"path":["a",1e300]}]`), bad},
		{"a long path", one(`"claims":[{"path":` + repeated(65, `"a"`) + `}]`), big},
		{"values is empty", one(`"claims":[{"path":["a"],"values":[]}]`), bad},
		{"a value that is null", one(`"claims":[{"path":["a"],"values":[null]}]`), bad},
		{"a value that is an object", one(`"claims":[{"path":["a"],"values":[{}]}]`), bad},
		{"a value with a fraction", one(`"claims":[{"path":["a"],"values":[1.5]}]`), bad},
		{"a value beyond what all read alike", one(`"claims":[{"path":["a"],"values":[9007199254740993]}]`), bad},
		{"a claim id twice", one(`"claims":[{"id":"x","path":["a"]},{"id":"x","path":["b"]}]`), bad},
		{"a claim id with a space", one(`"claims":[{"id":"x y","path":["a"]}]`), bad},
		{"many claims of several", `{"credentials":[{"id":"a","format":"ldp_vc","meta":{},"claims":` + numbered(200) + `},{"id":"b","format":"ldp_vc","meta":{},"claims":` + numbered(200) + `}]}`, big},
		{"many claims", one(`"claims":` + repeated(257, `{"path":["a"]}`)), big},

		{"claim_sets is empty", one(claims + `,"claim_sets":[]`), bad},
		{"an empty claim set", one(claims + `,"claim_sets":[[]]`), bad},
		{"claim_sets without claims", one(`"claim_sets":[["x"]]`), bad},
		{"a claim set names a stranger", one(claims + `,"claim_sets":[["x","z"]]`), bad},
		{"a claim set names one twice", one(claims + `,"claim_sets":[["x","x"]]`), bad},
		{"claim sets and a claim without id", one(`"claims":[{"id":"x","path":["a"]},{"path":["b"]}],"claim_sets":[["x"]]`), bad},
		{"many claim sets", one(claims + `,"claim_sets":` + repeated(65, `["x"]`)), big},

		{"claim sets of many claims", one(manyClaims(200)), big},
		{"credential sets of many ids", manyOptions(), big},
		{"credential_sets is empty", sets(`[]`), bad},
		{"credential_sets is an object", sets(`{}`), bad},
		{"no options", sets(`[{}]`), bad},
		{"empty options", sets(`[{"options":[]}]`), bad},
		{"an empty option", sets(`[{"options":[[]]}]`), bad},
		{"an option names a stranger", sets(`[{"options":[["a"],["c"]]}]`), bad},
		{"required is a text", sets(`[{"options":[["a"]],"required":"false"}]`), bad},
		{"many options", sets(`[{"options":` + repeated(65, `["a"]`) + `}]`), big},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q, err := dcql.ParseQuery(parse(t, tt.in))
			if !errors.Is(err, tt.want) || q != nil {
				t.Errorf("got %v, %v, want %v", q, err, tt.want)
			}
		})
	}
}

// TestParseQueryTakes: what is not known is ignored, and what is read is written again.
func TestParseQueryTakes(t *testing.T) {
	tests := map[string]string{
		one(""): one(""),
		`{"credentials":[{"id":"a","format":"mso_mdoc","meta":{"doctype_value":"x"},"later":1}],"more":true}`:                                                        `{"credentials":[{"id":"a","format":"mso_mdoc","meta":{}}]}`,
		one(`"multiple":false,"require_cryptographic_holder_binding":true`):                                                                                          one(""),
		one(`"multiple":true,"require_cryptographic_holder_binding":false`):                                                                                          one(`"multiple":true,"require_cryptographic_holder_binding":false`),
		one(`"trusted_authorities":[{"type":"did","values":["did:web:x"],"extra":1}]`):                                                                               one(`"trusted_authorities":[{"type":"did","values":["did:web:x"]}]`),
		one(`"claims":[{"path":["a",0,null,"b",2.0],"values":["x",1,true],"id":"i"}],"claim_sets":[["i"]]`):                                                          one(`"claims":[{"path":["a",0,null,"b",2],"id":"i","values":["x",1,true]}],"claim_sets":[["i"]]`),
		one(`"claims":[{"path":["a"]},{"path":["a"]}]`):                                                                                                              one(`"claims":[{"path":["a"]},{"path":["a"]}]`),
		`{"credentials":[{"id":"a","format":"dc+sd-jwt","meta":{"vct_values":["v"]}}],"credential_sets":[{"options":[["a"]],"required":false},{"options":[["a"]]}]}`: `{"credentials":[{"id":"a","format":"dc+sd-jwt","meta":{"vct_values":["v"]}}],"credential_sets":[{"options":[["a"]],"required":false},{"options":[["a"]]}]}`,
		`{"credentials":[{"id":"a","format":"ldp_vc","meta":{"type_values":[["A","B"],["C"]]}}]}`:                                                                    `{"credentials":[{"id":"a","format":"ldp_vc","meta":{"type_values":[["A","B"],["C"]]}}]}`,
	}
	for in, want := range tests {
		if got := string(query(t, in).Value().JSON()); got != string(parse(t, want).JSON()) {
			t.Errorf("%s\ngot  %s\nwant %s", in, got, want)
		}
	}
}

// TestValidate checks what only somebody who fills in a query can get wrong.
func TestValidate(t *testing.T) {
	good := func() *dcql.Query {
		return &dcql.Query{Credentials: []dcql.CredentialQuery{{ID: "a", Format: dcql.LDP}}}
	}
	if err := good().Validate(); err != nil {
		t.Fatal(err)
	}
	tests := map[string]func(*dcql.Query){
		"no format":       func(q *dcql.Query) { q.Credentials[0].Format = "" },
		"an empty path":   func(q *dcql.Query) { q.Credentials[0].Claims = []dcql.ClaimQuery{{ID: "x"}} },
		"no options":      func(q *dcql.Query) { q.Sets = []dcql.CredentialSet{{}} },
		"an empty option": func(q *dcql.Query) { q.Sets = []dcql.CredentialSet{{Options: [][]string{nil}}} },
		"a list as a value": func(q *dcql.Query) {
			q.Credentials[0].Claims = []dcql.ClaimQuery{{Path: dcql.Members("a"), Values: []strictjson.Value{strictjson.Array()}}}
		},
	}
	for name, edit := range tests {
		q := good()
		edit(q)
		if err := q.Validate(); !errors.Is(err, dcql.ErrQuery) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestValues: "the type and value of the claim both match exactly".
func TestValues(t *testing.T) {
	tests := []struct {
		values, claim string
		want          bool
	}{
		{`["1"]`, `"1"`, true}, {`["1"]`, `1`, false}, {`[1]`, `"1"`, false}, {`[1]`, `1.0`, true}, {`[1]`, `1e0`, true},
		{`[10]`, `1e1`, true}, {`[1]`, `1.5`, false}, {`[true]`, `true`, true}, {`[true]`, `"true"`, false}, {`[false]`, `true`, false},
		{`[0]`, `false`, false}, {`[""]`, `""`, true}, {`["a","b"]`, `"b"`, true}, {`["A"]`, `"a"`, false}, {`["a"]`, `["a"]`, false},
		{`["null"]`, `null`, false}, {`["a"]`, `{"a":"a"}`, false}, {`[9007199254740991]`, `9007199254740991`, true},
		{`["\u00e9"]`, `"e\u0301"`, false}, // one letter and a letter with an accent are two texts
	}
	for _, tt := range tests {
		q := query(t, `{"credentials":[{"id":"a","format":"dc+sd-jwt","meta":{},"claims":[{"path":["c"],"values":`+tt.values+`}]}]}`)
		c := dcql.FromClaims(parse(t, `{"c":`+tt.claim+`}`))
		c.Bound = true
		if _, err := q.Credentials[0].Match(c); (err == nil) != tt.want {
			t.Errorf("%s of %s: %v", tt.claim, tt.values, err)
		}
	}
}

// TestValuesBehindEvery: of several elements those with an accepted value count, and
// the others are none of the verifier's business.
func TestValuesBehindEvery(t *testing.T) {
	q := query(t, `{"credentials":[{"id":"a","format":"dc+sd-jwt","meta":{},"claims":[{"path":["tags",null],"values":["b","d"]}]}]}`)
	c := dcql.FromClaims(parse(t, `{"tags":["a","b","c","d"]}`))
	c.Bound = true
	m, err := q.Credentials[0].Match(c)
	if err != nil || len(m.Claims) != 2 || m.Claims[0].String() != "/tags/1" || m.Claims[1].String() != "/tags/3" {
		t.Errorf("got %v, %v", m.Claims, err)
	}
}

func TestPathString(t *testing.T) {
	p := dcql.Path{dcql.Member("a"), dcql.Every, dcql.Member("b"), dcql.Element(3)}
	if got := p.String(); got != "a[].b[3]" {
		t.Errorf("got %s", got)
	}
	if got := string(p.Value().JSON()); got != `["a",null,"b",3]` {
		t.Errorf("got %s", got)
	}
}

// TestMatch says of every rule what breaks it, in words.
func TestMatch(t *testing.T) {
	badge := dcql.Candidate{
		Format: dcql.LDP, Claims: parse(t, `{"credentialSubject":{"achievement":{"id":"x","tag":["a"]}}}`),
		Types: []string{"T1", "T2"}, Bound: true,
		Authorities: []dcql.Authorities{{Kind: "aki", Values: []string{"k1", "k2"}}},
	}
	mixed := dcql.Candidate{Format: dcql.LDP, Bound: true, Claims: parse(t, `{"result":[{"value":"A"},"text",{"value":"B"}]}`)}
	unfit := badge
	unfit.Unfit = "the verifier does not read its signature"
	token := dcql.Candidate{Format: dcql.SDJWT, Claims: parse(t, `{"vct":"child"}`), VCT: []string{"child", "parent"}}
	tests := []struct {
		name, query string
		have        dcql.Candidate
		want        string // of the refusal; "" if it matches
	}{
		{"any", `"format":"ldp_vc","meta":{}`, badge, ""},
		{"another format", `"format":"jwt_vc_json","meta":{}`, badge, "its format is ldp_vc, not jwt_vc_json"},
		{"every object of a list that has a text", `"format":"ldp_vc","meta":{},"claims":[{"path":["result",null,"value"]}]`, mixed, "it has no result[].value"},
		{"one object of it", `"format":"ldp_vc","meta":{},"claims":[{"path":["result",2,"value"],"values":["B"]}]`, mixed, ""},
		{"what the verifier cannot take", `"format":"ldp_vc","meta":{}`, unfit, "does not read its signature"},
		{"all types of a set", `"format":"ldp_vc","meta":{"type_values":[["T2","T1"]]}`, badge, ""},
		{"a second set", `"format":"ldp_vc","meta":{"type_values":[["T3"],["T2"]]}`, badge, ""},
		{"one type of a set", `"format":"ldp_vc","meta":{"type_values":[["T1","T3"]]}`, badge, "its types are"},
		{"vct_values mean nothing to it", `"format":"ldp_vc","meta":{"vct_values":["x"]}`, badge, ""},
		{"a type", `"format":"dc+sd-jwt","require_cryptographic_holder_binding":false,"meta":{"vct_values":["x","child"]}`, token, ""},
		{"a type that it extends", `"format":"dc+sd-jwt","require_cryptographic_holder_binding":false,"meta":{"vct_values":["parent"]}`, token, ""},
		{"another type", `"format":"dc+sd-jwt","require_cryptographic_holder_binding":false,"meta":{"vct_values":["x"]}`, token, "its type is"},
		{"no holder binding", `"format":"dc+sd-jwt","meta":{}`, token, "nobody can prove"},
		{"an unknown format", `"format":"mso_mdoc","meta":{}`, dcql.Candidate{Format: "mso_mdoc", Bound: true}, "is not known here"},
		{"an authority", `"format":"ldp_vc","meta":{},"trusted_authorities":[{"type":"aki","values":["k2"]}]`, badge, ""},
		{"one of two authorities", `"format":"ldp_vc","meta":{},"trusted_authorities":[{"type":"etsi_tl","values":["k1"]},{"type":"aki","values":["k1"]}]`, badge, ""},
		{"an authority of another kind", `"format":"ldp_vc","meta":{},"trusted_authorities":[{"type":"etsi_tl","values":["k1"]}]`, badge, "none of the authorities"},
		{"a kind that nobody knows", `"format":"ldp_vc","meta":{},"trusted_authorities":[{"type":"did","values":["k1"]}]`, badge, "none of the authorities"},
		{"another authority", `"format":"ldp_vc","meta":{},"trusted_authorities":[{"type":"aki","values":["k3"]}]`, badge, "none of the authorities"},
		{"a claim that is not there", `"format":"ldp_vc","meta":{},"claims":[{"path":["credentialSubject","result"]}]`, badge, "it has no credentialSubject.result"},
		{"another value", `"format":"ldp_vc","meta":{},"claims":[{"path":["credentialSubject","achievement","id"],"values":["y"]}]`, badge,
			"its credentialSubject.achievement.id has another value"},
		{"the third of three ways", `"format":"ldp_vc","meta":{},"claims":[{"id":"a","path":["a"]},{"id":"b","path":["b"]},{"id":"c","path":["credentialSubject"]}],"claim_sets":[["a"],["b"],["c"]]`, badge, ""},
		{"none of three ways", `"format":"ldp_vc","meta":{},"claims":[{"id":"a","path":["a"]},{"id":"b","path":["b"]},{"id":"c","path":["credentialSubject"]}],"claim_sets":[["a"],["b"],["a","c"]]`, badge,
			"it has no a, and none of the 3 combinations of claims is there"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q := query(t, `{"credentials":[{"id":"a",`+tt.query+`}]}`)
			_, err := q.Credentials[0].Match(tt.have)
			switch {
			case tt.want == "" && err != nil:
				t.Error(err)
			case tt.want != "" && (!errors.Is(err, dcql.ErrNotSatisfied) || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

// TestOnce: what two claims lead to is shown once, and of two that answer one is
// preferred.
func TestOnce(t *testing.T) {
	q := query(t, `{"credentials":[{"id":"a","format":"ldp_vc","meta":{},"claims":[{"path":["result",0]},{"path":["result",null]}]}]}`)
	have := dcql.Candidate{Format: dcql.LDP, Bound: true, Claims: parse(t, `{"result":["A","B"]}`)}
	m, err := q.Credentials[0].Match(have)
	if err != nil || len(m.Claims) != 2 || m.Claims[0].String() != "/result/0" || m.Claims[1].String() != "/result/1" {
		t.Errorf("claims: %v, %v", m.Claims, err)
	}
	choice, err := q.Choose([]dcql.Candidate{have, have})
	if err != nil || len(choice.Queries[0].Matches) != 2 {
		t.Fatalf("%+v, %v", choice, err)
	}
	if got := choice.Preferred()["a"]; len(got) != 1 || got[0].Candidate != 0 {
		t.Errorf("preferred: %+v", got)
	}
}

// TestChooseExplains: the wallet can say what is missing, and what nearly did.
func TestChooseExplains(t *testing.T) {
	q := query(t, `{"credentials":[
		{"id":"lang","format":"ldp_vc","meta":{"type_values":[["Badge"]]},"claims":[{"path":["level"],"values":["B2"]}]},
		{"id":"aid","format":"dc+sd-jwt","meta":{"vct_values":["aid"]}},
		{"id":"extra","format":"mso_mdoc","meta":{}}],
		"credential_sets":[{"options":[["lang","aid"],["extra"]]},{"options":[["aid"]],"required":false}]}`)
	have := []dcql.Candidate{
		{Format: dcql.LDP, Types: []string{"Badge"}, Bound: true, Claims: parse(t, `{"level":"A1"}`)},
		{Format: dcql.LDP, Types: []string{"Other"}, Bound: true, Claims: parse(t, `{"level":"B2"}`)},
	}
	_, err := q.Choose(have)
	var why *dcql.Unsatisfied
	if !errors.As(err, &why) {
		t.Fatal(err)
	}
	want := []dcql.Missing{
		{Query: "lang", Why: "there is one of this kind, but it will not do: its level has another value than is asked for"},
		{Query: "aid", Why: "there is none of this kind"},
		{Query: "extra", Why: `the format "mso_mdoc" is not known here`},
	}
	if !slices.Equal(why.Missing, want) {
		t.Errorf("got %q", why.Missing)
	}
	have = append(have, dcql.Candidate{Format: dcql.LDP, Types: []string{"Badge"}, Bound: true, Claims: parse(t, `{"level":"B2"}`)},
		dcql.Candidate{Format: dcql.SDJWT, VCT: []string{"aid"}, Bound: true})
	c, err := q.Choose(have)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(c.Sets); got != "[{false [0]} {true [0]}]" {
		t.Errorf("the sets are %s", got)
	}
	lang := c.Queries[0]
	if len(lang.Matches) != 1 || lang.Matches[0].Candidate != 2 || len(lang.Misses) != 1 || lang.Misses[0].Candidate != 0 {
		t.Errorf("got %+v", lang)
	}
	if got := describe(c, []string{"0", "1", "2", "3"}); got != "lang=2:/level aid=3:" {
		t.Errorf("got %s", got)
	}
	_, err = query(t, `{"credentials":[{"id":"a","format":"ldp_vc","meta":{"type_values":[["OpenBadgeCredential"]]}}]}`).Choose(have)
	if err == nil || !strings.Contains(err.Error(), `"OpenBadgeCredential" is asked for by its short name`) {
		t.Errorf("got %v", err)
	}
}

func TestCheckRefuses(t *testing.T) {
	q := query(t, `{"credentials":[
		{"id":"a","format":"ldp_vc","meta":{"type_values":[["A"]]}},
		{"id":"b","format":"ldp_vc","meta":{"type_values":[["B"]]},"multiple":true},
		{"id":"c","format":"ldp_vc","meta":{"type_values":[["C"]]}}],
		"credential_sets":[{"options":[["a"],["b","c"]]},{"options":[["c"]],"required":false}]}`)
	all := query(t, `{"credentials":[{"id":"a","format":"ldp_vc","meta":{"type_values":[["A"]]}},{"id":"b","format":"ldp_vc","meta":{"type_values":[["B"]]}}]}`)
	is := func(types ...string) (out []dcql.Candidate) {
		for _, typ := range types {
			out = append(out, dcql.Candidate{Format: dcql.LDP, Types: []string{typ}, Bound: true, Claims: strictjson.Object()})
		}
		return out
	}
	unbound := is("A")
	unbound[0].Bound = false
	type answer = map[string][]dcql.Candidate
	tests := []struct {
		name   string
		query  *dcql.Query
		answer answer
		want   string
	}{
		{"the first option", q, answer{"a": is("A")}, ""},
		{"the second option", q, answer{"b": is("B"), "c": is("C")}, ""},
		{"several where several may be", q, answer{"b": is("B", "B"), "c": is("C")}, ""},
		{"both options", q, answer{"a": is("A"), "b": is("B"), "c": is("C")}, ""},
		{"an optional one beside", q, answer{"a": is("A"), "c": is("C")}, ""},
		{"nothing", q, answer{}, "none of the combinations"},
		{"half an option", q, answer{"b": is("B")}, "none of the combinations"},
		{"the optional one alone", q, answer{"c": is("C")}, "none of the combinations"},
		{"another type", q, answer{"a": is("B")}, "a: its types are"},
		{"one good and one bad", q, answer{"b": is("B", "X"), "c": is("C")}, "b: its types are"},
		{"two where one was asked for", q, answer{"a": is("A", "A")}, "one credential was asked for, and 2 came"},
		{"an empty list", q, answer{"a": nil}, "its answer is empty"},
		{"a query that nobody put", q, answer{"a": is("A"), "z": is("A")}, `the answer has "z", which nobody asked for`},
		{"a bad one beside a good option", q, answer{"a": is("A"), "c": is("X")}, "c: its types are"},
		{"without holder binding", q, answer{"a": unbound}, "nobody can prove"},
		{"all of all", all, answer{"a": is("A"), "b": is("B")}, ""},
		{"one of all", all, answer{"a": is("A")}, "b: it was not answered"},
		{"nil", all, nil, "a: it was not answered; b: it was not answered"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.query.Check(tt.answer)
			switch {
			case tt.want == "" && err != nil:
				t.Error(err)
			case tt.want != "" && (!errors.Is(err, dcql.ErrNotSatisfied) || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

// TestCheckPart: elements that were left out of an array let the others move up.
func TestCheckPart(t *testing.T) {
	q := query(t, `{"credentials":[{"id":"a","format":"dc+sd-jwt","meta":{},"claims":[{"path":["n",1],"values":["B"]}]}]}`)
	whole := dcql.FromClaims(parse(t, `{"n":["A","B"]}`))
	part := dcql.FromClaims(parse(t, `{"n":["B"]}`))
	whole.Bound, part.Bound = true, true
	if err := q.Check(map[string][]dcql.Candidate{"a": {whole}}); err != nil {
		t.Error(err)
	}
	if err := q.Check(map[string][]dcql.Candidate{"a": {part}}); err == nil {
		t.Error("the second element of one is found")
	}
	part.Part = true
	if err := q.Check(map[string][]dcql.Candidate{"a": {part}}); err != nil {
		t.Error(err)
	}
	mixed := query(t, `{"credentials":[{"id":"a","format":"dc+sd-jwt","meta":{},"claims":[{"path":["n",0]},{"path":["n",1,"b"]}]}]}`)
	part.Claims = parse(t, `{"n":["A",{"b":1}]}`)
	if err := mixed.Check(map[string][]dcql.Candidate{"a": {part}}); err != nil {
		t.Errorf("a text before the object that is meant: %v", err)
	}
	part.Claims = parse(t, `{"n":["A","C","B"]}`)
	if err := q.Check(map[string][]dcql.Candidate{"a": {part}}); err == nil {
		t.Error("the third element counts as the second")
	}
}

// TestTokenAuthorities: the keys of the authorities in a chain, as the certificates name
// them.
func TestTokenAuthorities(t *testing.T) {
	authority := testissuer.NewAuthority(t, "CA")
	draft := testissuer.Draft("https://school.example", "school.example")
	draft.AuthorityKeyId = []byte("the key of the authority") // which that of the authority overrides, if it has one
	x5c := authority.Certify(t, draft, school.Key.Public())
	token := school.Token(t, `{"typ":"dc+sd-jwt","x5c":`+x5c+`}`, `{"vct":"v"}`)
	der, err := base64.StdEncoding.DecodeString(parse(t, x5c).Elems()[0].Str())
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil || len(leaf.AuthorityKeyId) == 0 {
		t.Fatalf("the certificate names no authority: %v", err)
	}
	key := base64.RawURLEncoding.EncodeToString(leaf.AuthorityKeyId)
	q := query(t, `{"credentials":[{"id":"a","format":"dc+sd-jwt","meta":{},"trusted_authorities":[{"type":"aki","values":["AAAA","`+key+`"]}]}]}`)
	for _, text := range []string{token + "~", token + "~x~y~" + token} {
		c := dcql.FromClaims(parse(t, `{"vct":"v"}`))
		c.Bound, c.Authorities = true, dcql.TokenAuthorities([]byte(text))
		if _, err := q.Credentials[0].Match(c); err != nil {
			t.Errorf("%v, %q", err, c.Authorities)
		}
	}
	for name, text := range map[string]string{
		"no certificates":        school.Token(t, `{"typ":"dc+sd-jwt"}`, `{}`),
		"no token":               "x",
		"no certificate":         school.Token(t, `{"x5c":["AAAA"]}`, `{}`),
		"no base64":              school.Token(t, `{"x5c":["?"]}`, `{}`),
		"nothing":                "",
		"a text for x5c":         school.Token(t, `{"x5c":"AAAA"}`, `{}`),
		"certificates of nobody": school.Token(t, `{"x5c":[]}`, `{}`),
	} {
		if got := dcql.TokenAuthorities([]byte(text)); got != nil {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// TestEndless: whoever can both ask and answer puts a question and a credential that
// are within their limits, and together would take minutes. It ends at once, and
// nothing is answered.
func TestEndless(t *testing.T) {
	numbers := make([]string, 1020)
	for i := range numbers {
		numbers[i] = fmt.Sprintf("%d.0e0", i+1)
	}
	values := repeated(18, `{"path":["a",null],"values":[`+strings.Join(numbers, ",")+`]}`)
	deep := repeated(250, `{"path":`+repeated(50, "null")+`}`)
	for name, test := range map[string]struct{ claims, doc string }{
		"many values, none of which is there": {values, `{"a":` + repeated(19_000, "0.0e0") + `}`},
		"many ways through many arrays":       {deep, strings.Repeat("[", 49) + repeated(19_000, "0") + strings.Repeat("]", 49)},
	} {
		q := query(t, `{"credentials":[{"id":"a","format":"ldp_vc","meta":{},"claims":`+test.claims+`}]}`)
		begin := time.Now()
		m, err := q.Credentials[0].Match(dcql.Candidate{Format: dcql.LDP, Bound: true, Claims: parse(t, test.doc)})
		if took := time.Since(begin); !errors.Is(err, dcql.ErrNotSatisfied) || !strings.Contains(err.Error(), "too large") || m.Claims != nil || took > 5*time.Second {
			t.Errorf("%s: %d claims after %v, %.200v", name, len(m.Claims), took, err)
		}
	}
	// A credential of ten thousand results is looked through all the same.
	q := query(t, `{"credentials":[{"id":"a","format":"ldp_vc","meta":{},"claims":[{"path":["a",null],"values":[7]}]}]}`)
	m, err := q.Credentials[0].Match(dcql.Candidate{Format: dcql.LDP, Bound: true, Claims: parse(t, `{"a":`+repeated(10_000, "7")+`}`)})
	if err != nil || len(m.Claims) != 10_000 {
		t.Errorf("%d claims, %v", len(m.Claims), err)
	}
}

package interop

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/openid4vc/dcql"
)

// reading is how a library reads claims paths, where it differs from the
// specification.
type reading struct {
	nullIsAbsent  bool // a claim whose value is null counts as not there
	skipStrangers bool // an element that does not fit the next step is passed over, where "abort" is meant
	namesInArrays bool // a name leads into an array, as if it were an object
	emptyIsEnough bool // something is found among all elements of an array that has none
	anyPlace      bool // a place in an array stands for all of them
}

// specified is the reading of the specification, observed that of dcql 3.0.0: section 7.1.1 says to
// abort "if any of the currently selected element(s) is not an object" (or not an
// array), and null is a value like others.
var (
	specified = reading{}
	observed  = reading{nullIsAbsent: true, skipStrangers: true, namesInArrays: true, emptyIsEnough: true}
)

// quirks are the ways in which a reading can differ, one by one, with the sentence of
// section 7.1.1 that says otherwise and the smallest pair of a path and a document in
// which it shows.
var quirks = map[string]struct {
	apply          func(*reading)
	rule           string
	path, document string
	found          bool // by the specification
}{
	"null counts as absent": {
		func(r *reading) { r.nullIsAbsent = true },
		"If the key does not exist in any element currently selected, remove that element from the selection.",
		`["a"]`, `{"a":null}`, true, // the key exists
	},
	"strangers in an array are passed": {
		func(r *reading) { r.skipStrangers = true },
		"If any of the currently selected element(s) is not an object, abort processing and return an error.",
		`["a",null,"b"]`, `{"a":[{"b":"x"},"y"]}`, false,
	},
	"names lead into arrays": {
		func(r *reading) { r.namesInArrays = true },
		"If any of the currently selected element(s) is not an object, abort processing and return an error.",
		`["a","0"]`, `{"a":["x"]}`, false,
	},
	"something is found in nothing": {
		func(r *reading) { r.emptyIsEnough = true },
		"If the set of elements currently selected is empty, abort processing and return an error.",
		`["a",null]`, `{"a":[]}`, false,
	},
	"any place will do": { // at the verifier alone
		func(r *reading) { r.anyPlace = true },
		"If the component is a non-negative integer, select the element at the respective index in the currently selected array(s).",
		`["a",1]`, `{"a":["x"]}`, false,
	},
}

// finds evaluates a claim query by itself. It is written a second time here, without
// the product's code, so that the two are held against each other as well.
func (r reading) finds(path []any, values []any, v any) bool {
	found, ok := r.walk(path, values, v)
	return found && ok
}

// walk reports whether something is found, and whether nothing aborts.
func (r reading) walk(path []any, values []any, v any) (found, ok bool) {
	if len(path) == 0 {
		if len(values) == 0 {
			return v != nil || !r.nullIsAbsent, true
		}
		return slices.Contains(values, v), true
	}
	elems, isList := v.([]any)
	switch step := path[0].(type) {
	case string:
		object, isObject := v.(map[string]any)
		if isList && r.namesInArrays {
			if i, err := strconv.Atoi(step); err == nil && i < len(elems) {
				return r.walk(path[1:], values, elems[i])
			}
			return false, true
		}
		if !isObject {
			return false, r.skipStrangers
		}
		member, there := object[step]
		if !there {
			return false, true
		}
		return r.walk(path[1:], values, member)
	case int:
		if !isList {
			return false, r.skipStrangers
		}
		if r.anyPlace {
			r.skipStrangers, r.emptyIsEnough = true, false
			return r.every(path[1:], values, elems)
		}
		if step >= len(elems) {
			return false, true
		}
		return r.walk(path[1:], values, elems[step])
	default:
		if !isList {
			return false, r.skipStrangers
		}
		return r.every(path[1:], values, elems)
	}
}

func (r reading) every(path []any, values []any, elems []any) (found, ok bool) {
	found, ok = r.emptyIsEnough && len(elems) == 0, true
	for _, e := range elems {
		one, fine := r.walk(path, values, e)
		found, ok = found || one, ok && fine
	}
	return found, ok
}

// dice makes queries and credentials out of few words, so that they meet.
type dice struct{ *rand.Rand }

func (d dice) one(of ...any) any { return of[d.IntN(len(of))] }

func (d dice) value(depth int) any {
	switch n := d.IntN(6); {
	case depth > 0 && n < 2:
		list := make([]any, d.IntN(4))
		for i := range list {
			list[i] = d.value(depth - 1)
		}
		return list
	case depth > 0 && n < 4:
		return d.object(depth - 1)
	default:
		return d.one("x", "y", "1", float64(1), float64(2), true, nil)
	}
}

func (d dice) object(depth int) map[string]any {
	o := map[string]any{}
	for range d.IntN(4) {
		o[d.one("a", "b", "0").(string)] = d.value(depth)
	}
	return o
}

func (d dice) path() []any {
	path := []any{d.one("a", "b")}
	for range d.IntN(3) {
		path = append(path, d.one("a", "b", "0", nil, nil, 0, 1))
	}
	return path
}

func (d dice) format() string { return d.one("ldp_vc", "jwt_vc_json", "dc+sd-jwt").(string) }

// credential is a credential in the peer's shape; Laurel's is made of it.
func (d dice) credential(format string) map[string]any {
	c := map[string]any{"credential_format": format, "claims": d.object(3), "cryptographic_holder_binding": d.IntN(6) > 0}
	if format == "dc+sd-jwt" {
		c["vct"] = d.one("T", "U")
	} else {
		c["type"] = d.one([]any{"T"}, []any{"T", "U"}, []any{"U"})
	}
	if d.IntN(2) == 0 {
		c["authority"] = map[string]any{"type": d.one("aki", "aki", "openid_federation"), "values": []any{d.one("s9tIpPmhxdiuNkHMEWNpYim8S8Y", "AAAA")}}
		if c["authority"].(map[string]any)["type"] != "aki" {
			c["authority"].(map[string]any)["values"] = []any{"https://a.example"}
		}
	}
	return c
}

func (d dice) credentialQuery(id string) map[string]any {
	q := map[string]any{"id": id, "format": d.format()}
	if q["format"] == "dc+sd-jwt" {
		q["meta"] = map[string]any{"vct_values": d.one([]any{"T"}, []any{"T", "U"})}
	} else {
		q["meta"] = map[string]any{"type_values": d.one([]any{[]any{"T"}}, []any{[]any{"T", "U"}}, []any{[]any{"U"}, []any{"T"}})}
	}
	if d.IntN(3) == 0 {
		q["require_cryptographic_holder_binding"] = d.IntN(2) == 0
	}
	if d.IntN(3) == 0 {
		q["multiple"] = d.IntN(2) == 0
	}
	if d.IntN(8) == 0 {
		q["trusted_authorities"] = []any{
			map[string]any{"type": "openid_federation", "values": []any{"https://a.example", "https://b.example"}},
			map[string]any{"type": "aki", "values": []any{"s9tIpPmhxdiuNkHMEWNpYim8S8Y"}},
		}
	}
	var claims, ids []any
	for i := range d.IntN(4) {
		claim := map[string]any{"id": fmt.Sprintf("c%d", i), "path": d.path()}
		if d.IntN(3) == 0 {
			claim["values"] = d.one([]any{"x"}, []any{"y", "1"}, []any{float64(1), true})
		}
		claims, ids = append(claims, claim), append(ids, claim["id"])
	}
	if claims != nil {
		q["claims"] = claims
		if d.IntN(2) == 0 {
			d.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
			q["claim_sets"] = []any{ids, ids[:1]}
		}
	}
	return q
}

// question is a case for both: a query, and credentials to try it on.
type question struct {
	Query       map[string]any              `json:"query"`
	Credentials []map[string]any            `json:"credentials,omitempty"`
	Answer      map[string][]map[string]any `json:"answer"`
}

func (d dice) question() question {
	var queries []any
	var ids []any
	for i := range 1 + d.IntN(3) {
		id := fmt.Sprintf("q%d", i)
		queries, ids = append(queries, d.credentialQuery(id)), append(ids, id)
	}
	q := question{Query: map[string]any{"credentials": queries}, Answer: map[string][]map[string]any{}}
	if d.IntN(3) == 0 {
		q.Query["credential_sets"] = []any{
			map[string]any{"options": []any{ids, ids[:1]}},
			map[string]any{"options": []any{ids[len(ids)-1:]}, "required": d.IntN(2) == 0},
		}
	}
	for _, query := range queries {
		format := query.(map[string]any)["format"].(string)
		q.Credentials = append(q.Credentials, d.credential(format), d.credential(d.format()))
	}
	for _, id := range ids {
		if d.IntN(6) > 0 {
			q.Answer[id.(string)] = []map[string]any{q.Credentials[d.IntN(len(q.Credentials))]}
		}
		if d.IntN(12) == 0 {
			q.Answer[id.(string)] = append(q.Answer[id.(string)], q.Credentials[0])
		}
	}
	return q
}

// verdict is what the peer says to a question.
type verdict struct {
	Satisfied bool                      `json:"satisfied"`
	Matches   map[string]map[string]int `json:"matches"` // claim sets by the place of a credential, by query
	Error     string                    `json:"error"`
}

func ask(t *testing.T, p *peer, do string, questions any) []verdict {
	t.Helper()
	text, err := json.Marshal(questions)
	if err != nil {
		t.Fatal(err)
	}
	a := p.do(t, job{Do: do, Document: string(text)})
	var out []verdict
	if err := json.Unmarshal([]byte(a.Document), &out); err != nil || a.Error != "" {
		t.Fatalf("%v, %s", err, a.Error)
	}
	return out
}

// value is a value as Laurel reads it.
func value(t *testing.T, v any) strictjson.Value {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return testissuer.Parse(string(text))
}

func laurelCandidate(t *testing.T, c map[string]any) dcql.Candidate {
	t.Helper()
	v := value(t, c)
	out := dcql.Candidate{Format: dcql.Format(v.Get("credential_format").Str()), Claims: v.Get("claims"), Bound: v.Get("cryptographic_holder_binding").IsTrue()}
	if vct, ok := v.Get("vct").Text(); ok {
		out.VCT = []string{vct}
	}
	for _, e := range v.Get("type").List() {
		out.Types = append(out.Types, e.Str())
	}
	if a := v.Get("authority"); a.Exists() {
		out.Authorities = []dcql.Authorities{{Kind: a.Get("type").Str(), Values: []string{a.Get("values").Elems()[0].Str()}}}
	}
	return out
}

// laurelSays evaluates a question with the product.
func laurelSays(t *testing.T, q question) verdict {
	t.Helper()
	query, err := dcql.ParseQuery(value(t, q.Query))
	if err != nil {
		t.Fatal(err)
	}
	var have []dcql.Candidate
	for _, c := range q.Credentials {
		have = append(have, laurelCandidate(t, c))
	}
	out := verdict{Matches: map[string]map[string]int{}}
	for i := range query.Credentials {
		matches := map[string]int{}
		for n, c := range have {
			if m, err := query.Credentials[i].Match(c); err == nil {
				matches[strconv.Itoa(n)] = m.ClaimSet
			}
		}
		out.Matches[query.Credentials[i].ID] = matches
	}
	_, err = query.Choose(have)
	out.Satisfied = err == nil
	if err != nil && !errors.Is(err, dcql.ErrNotSatisfied) {
		t.Fatal(err)
	}
	return out
}

// says evaluates the claims of a question by a reading, and everything else as
// both do.
func (r reading) says(q question, match func(query, credential map[string]any) bool) verdict {
	out := verdict{Matches: map[string]map[string]int{}}
	answered := map[string]bool{}
	for _, e := range q.Query["credentials"].([]any) {
		query := e.(map[string]any)
		id := query["id"].(string)
		out.Matches[id] = map[string]int{}
		for n, c := range q.Credentials {
			if set, ok := r.claims(query, c["claims"]); ok && match(query, c) {
				out.Matches[id][strconv.Itoa(n)] = set
				answered[id] = true
			}
		}
	}
	out.Satisfied = satisfied(q.Query, answered)
	return out
}

// claims is the claim set that is met, -1 if there are none.
func (r reading) claims(query map[string]any, doc any) (set int, ok bool) {
	found := map[any]bool{}
	all := true
	claims, _ := query["claims"].([]any)
	for _, e := range claims {
		claim := e.(map[string]any)
		values, _ := claim["values"].([]any)
		found[claim["id"]] = r.finds(claim["path"].([]any), values, doc)
		all = all && found[claim["id"]]
	}
	sets, _ := query["claim_sets"].([]any)
	for n, e := range sets {
		if !slices.ContainsFunc(e.([]any), func(id any) bool { return !found[id] }) {
			return n, true
		}
	}
	return -1, sets == nil && all
}

func satisfied(query map[string]any, answered map[string]bool) bool {
	sets, _ := query["credential_sets"].([]any)
	if sets == nil {
		return !slices.ContainsFunc(query["credentials"].([]any), func(e any) bool { return !answered[e.(map[string]any)["id"].(string)] })
	}
	return !slices.ContainsFunc(sets, func(e any) bool {
		set := e.(map[string]any)
		if required, ok := set["required"].(bool); ok && !required {
			return false
		}
		return !slices.ContainsFunc(set["options"].([]any), func(option any) bool {
			return !slices.ContainsFunc(option.([]any), func(id any) bool { return !answered[id.(string)] })
		})
	})
}

// same reports whether two verdicts are.
func (v verdict) same(w verdict) bool { return fmt.Sprint(v) == fmt.Sprint(w) }

// TestDCQL puts 1,500 questions with 14,050 pairs of a query and a credential to
// both. They agree, but for what a reading tells: in these the peer is
// wrong, and its answers are exactly those of its reading.
func TestDCQL(t *testing.T) {
	p := start(t, "dcql.js")
	d := dice{rand.New(rand.NewPCG(1, 2))}
	questions := make([]question, 1500)
	for i := range questions {
		questions[i] = d.question()
	}
	count := map[string]int{}
	for i, peer := range ask(t, p, "choose", questions) {
		q := questions[i]
		count["pairs"] += len(q.Credentials) * len(q.Query["credentials"].([]any))
		laurel := laurelSays(t, q)
		kinds := kindMatches(t, q)
		if want := specified.says(q, kinds); !laurel.same(want) {
			t.Fatalf("%s\nLaurel says      %+v\nthe specification %+v", value(t, q).JSON(), laurel, want)
		}
		if want := observed.says(q, kinds); peer.Error != "" || !peer.same(want) {
			t.Fatalf("%s\nthe peer says %+v\nits reading   %+v", value(t, q).JSON(), peer, want)
		}
		if laurel.same(peer) {
			count["the same"]++
			continue
		}
		for name, quirk := range quirks {
			r := specified
			if quirk.apply(&r); !r.says(q, kinds).same(laurel) {
				count[name]++
			}
		}
	}
	t.Logf("%v", count)
	if count["pairs"] != 14050 || count["the same"] != 1462 {
		t.Errorf("docs/formats.md has other figures: %v", count)
	}
	for name := range quirks {
		if name != "any place will do" && count[name] == 0 {
			t.Errorf("no longer seen: %s", name)
		}
	}
}

// TestDCQLRules shows each error of the peer by itself, against the sentence that it
// breaks.
func TestDCQLRules(t *testing.T) {
	p := start(t, "dcql.js")
	for name, quirk := range quirks {
		credential := map[string]any{}
		text := `{"credential_format":"dc+sd-jwt","vct":"v","cryptographic_holder_binding":true,"claims":` + quirk.document + `}`
		if err := json.Unmarshal([]byte(text), &credential); err != nil {
			t.Fatal(err)
		}
		q := question{Credentials: []map[string]any{credential}, Answer: map[string][]map[string]any{"q": {credential}}}
		text = `{"credentials":[{"id":"q","format":"dc+sd-jwt","meta":{"vct_values":["v"]},"claims":[{"path":` + quirk.path + `}]}]}`
		if err := json.Unmarshal([]byte(text), &q.Query); err != nil {
			t.Fatal(err)
		}
		do := "choose"
		if name == "any place will do" {
			do = "check"
		}
		peer := ask(t, p, do, []question{q})[0]
		if laurel := laurelSays(t, q); laurel.Satisfied != quirk.found || peer.Error != "" || peer.Satisfied == quirk.found {
			t.Errorf("%s: %s of %s; %q; Laurel says %v, the peer %+v", name, quirk.path, quirk.document, quirk.rule, laurel.Satisfied, peer)
		}
	}
}

// takes evaluates an answer by a reading.
func (r reading) takes(q question, match func(query, credential map[string]any) bool) bool {
	answered := map[string]bool{}
	for _, e := range q.Query["credentials"].([]any) {
		query := e.(map[string]any)
		id := query["id"].(string)
		given, ok := q.Answer[id]
		if !ok {
			continue
		}
		if multiple, _ := query["multiple"].(bool); len(given) > 1 && !multiple {
			return false
		}
		for _, c := range given {
			if _, ok := r.claims(query, c["claims"]); !ok || !match(query, c) {
				return false
			}
		}
		answered[id] = true
	}
	return satisfied(q.Query, answered)
}

// TestDCQLAnswers does the same on the verifier's side, where the peer has one quirk
// more: what was left out of an array may have moved the others up, so it looks at
// every place. Laurel does too (dcql.Candidate.Part), but not of credentials that are
// shown whole, and not behind the place that was asked for.
func TestDCQLAnswers(t *testing.T) {
	p := start(t, "dcql.js")
	d := dice{rand.New(rand.NewPCG(3, 4))}
	questions := make([]question, 1000)
	for i := range questions {
		questions[i] = d.question()
		matches := laurelSays(t, questions[i]).Matches // most wallets send what fits
		for _, id := range slices.Sorted(maps.Keys(matches)) {
			for _, place := range slices.Sorted(maps.Keys(matches[id])) {
				if n, err := strconv.Atoi(place); err == nil && d.IntN(8) > 0 {
					questions[i].Answer[id] = []map[string]any{questions[i].Credentials[n]}
				}
			}
		}
	}
	atVerifier := observed
	atVerifier.anyPlace = true
	count := map[string]int{}
	for i, peer := range ask(t, p, "check", questions) {
		q := questions[i]
		query, err := dcql.ParseQuery(value(t, q.Query))
		if err != nil {
			t.Fatal(err)
		}
		answer := map[string][]dcql.Candidate{}
		for id, all := range q.Answer {
			for _, c := range all {
				answer[id] = append(answer[id], laurelCandidate(t, c))
			}
		}
		laurel, kinds := query.Check(answer) == nil, kindMatches(t, q)
		if want := specified.takes(q, kinds); laurel != want {
			t.Fatalf("%s\nLaurel says %v, the specification %v", value(t, q).JSON(), laurel, want)
		}
		if want := atVerifier.takes(q, kinds); peer.Satisfied != want {
			t.Fatalf("%s\nthe peer says %+v, its reading %v", value(t, q).JSON(), peer, want)
		}
		count[fmt.Sprintf("Laurel %v, peer %v", laurel, peer.Satisfied)]++
	}
	t.Logf("%v", count)
	if count["Laurel true, peer true"] < 50 || count["Laurel false, peer false"] < 500 || count["Laurel true, peer false"] > 10 {
		t.Errorf("there is little agreement: %v", count)
	}
}

type queryTwin struct {
	name, query string
	accepted    string // why the peer takes it all the same
}

// queryTwins are queries that break a rule of section 6, and what the peer does with
// them. Laurel refuses each.
var queryTwins = []queryTwin{
	{"no credentials", `{"credentials":[]}`, ""},
	{"an id with a dot", `{"credentials":[{"id":"a.b","format":"ldp_vc","meta":{"type_values":[["T"]]}}]}`, ""},
	{"an id twice", `{"credentials":[{"id":"a","format":"ldp_vc","meta":{"type_values":[["T"]]}},{"id":"a","format":"ldp_vc","meta":{"type_values":[["T"]]}}]}`, ""},
	{"no format", `{"credentials":[{"id":"a","meta":{"type_values":[["T"]]}}]}`, ""},
	{"no meta", `{"credentials":[{"id":"a","format":"ldp_vc"}]}`, ""},
	{"an empty set of types", `{"credentials":[{"id":"a","format":"ldp_vc","meta":{"type_values":[[]]}}]}`, ""},
	{"flat type_values", `{"credentials":[{"id":"a","format":"ldp_vc","meta":{"type_values":["T"]}}]}`, ""},
	{"no vct_values in the list", `{"credentials":[{"id":"a","format":"dc+sd-jwt","meta":{"vct_values":[]}}]}`, "an empty list of types passes, and then no type will do"},
	{"an empty path", twinClaim(`"path":[]`), ""},
	{"a negative place", twinClaim(`"path":["a",-1]`), ""},
	{"half a place", twinClaim(`"path":["a",0.5]`), ""},
	{"true in a path", twinClaim(`"path":["a",true]`), ""},
	{"no values in the list", twinClaim(`"path":["a"],"values":[]`), "an empty list of values passes, and then no value will do"},
	{"a value with a fraction", twinClaim(`"path":["a"],"values":[1.5]`), ""},
	{"null as a value", twinClaim(`"path":["a"],"values":[null]`), ""},
	{"claim_sets without claims", `{"credentials":[{"id":"a","format":"ldp_vc","meta":{"type_values":[["T"]]},"claim_sets":[["x"]]}]}`, ""},
	{"a claim set that names nobody", twinClaim(`"id":"x","path":["a"]}],"claim_sets":[["y"]],"z":[{`), ""},
	{"a claim id twice", twinClaim(`"id":"x","path":["a"]},{"id":"x","path":["b"]`), "ids of claims are not compared; a set that names one means the first"},
	{"an option that names nobody", `{"credentials":[{"id":"a","format":"ldp_vc","meta":{"type_values":[["T"]]}}],"credential_sets":[{"options":[["b"]]}]}`, ""},
	{"an empty option", `{"credentials":[{"id":"a","format":"ldp_vc","meta":{"type_values":[["T"]]}}],"credential_sets":[{"options":[[]]}]}`, "an empty combination passes, which everybody satisfies"},
	{"no options", `{"credentials":[{"id":"a","format":"ldp_vc","meta":{"type_values":[["T"]]}}],"credential_sets":[{"options":[]}]}`, ""},
	{"credential_sets is empty", `{"credentials":[{"id":"a","format":"ldp_vc","meta":{"type_values":[["T"]]}}],"credential_sets":[]}`, ""},
	{"authorities without values", `{"credentials":[{"id":"a","format":"ldp_vc","meta":{"type_values":[["T"]]},"trusted_authorities":[{"type":"aki","values":[]}]}]}`, ""},
}

func twinClaim(claim string) string {
	return `{"credentials":[{"id":"a","format":"ldp_vc","meta":{"type_values":[["T"]]},"claims":[{` + claim + `}]}]}`
}

// TestDCQLTwins also has the queries that the peer refuses and Laurel reads.
func TestDCQLTwins(t *testing.T) {
	p := start(t, "dcql.js")
	parsed := func(query string) string {
		return ask(t, p, "parse", []json.RawMessage{json.RawMessage(query)})[0].Error
	}
	for _, tw := range queryTwins {
		if q, err := dcql.ParseQuery(testissuer.Parse(tw.query)); !errors.Is(err, dcql.ErrQuery) || q != nil {
			t.Errorf("%s: Laurel says %v", tw.name, err)
		}
		if refused := parsed(tw.query); (refused == "") != (tw.accepted != "") {
			t.Errorf("%s: the peer says %q, the table %q", tw.name, refused, tw.accepted)
		}
	}
	for why, query := range map[string]string{
		"unknown kinds of authorities are for the wallet to leave unmatched": `{"credentials":[{"id":"a","format":"ldp_vc","meta":{"type_values":[["T"]]},"trusted_authorities":[{"type":"did","values":["did:web:a.example"]}]}]}`,
		`without type_values "no specific constraints are placed"`:           `{"credentials":[{"id":"a","format":"ldp_vc","meta":{}}]}`,
		"other formats than ours may be asked for beside":                    `{"credentials":[{"id":"a","format":"ac_vp","meta":{}}]}`,
	} {
		if _, err := dcql.ParseQuery(testissuer.Parse(query)); err != nil {
			t.Errorf("%s: %v", why, err)
		}
		if parsed(query) == "" {
			t.Errorf("the peer reads it too by now: %s", why)
		}
	}
}

// kindMatches asks the product about everything but claims.
func kindMatches(t *testing.T, q question) func(query, credential map[string]any) bool {
	t.Helper()
	parsed, err := dcql.ParseQuery(value(t, q.Query))
	if err != nil {
		t.Fatal(err)
	}
	return func(query, credential map[string]any) bool {
		i := slices.IndexFunc(parsed.Credentials, func(c dcql.CredentialQuery) bool { return c.ID == query["id"] })
		c := parsed.Credentials[i]
		c.Claims, c.ClaimSets = nil, nil
		_, err := c.Match(laurelCandidate(t, credential))
		return err == nil
	}
}

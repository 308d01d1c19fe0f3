package jsonld_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"laurel/internal/jsonld"
	"laurel/internal/rdfc"
	"laurel/internal/strictjson"
)

// selectable are the documents among the badges that convert, with the pointers
// to everything that can be shown by itself and to the objects around it.
func selectable(t *testing.T, use func(t *testing.T, doc strictjson.Value, pointers []string)) {
	for _, path := range append(badgeFiles(t), "../../bench/badge.json") {
		doc := readJSON(t, path)
		if inner := doc.Get("credential"); inner.Exists() {
			doc = inner
		}
		doc = doc.Without("proof")
		claims, err := jsonld.Claims(doc, jsonld.Options{Contexts: jsonld.Embedded()})
		if err != nil || doc.Kind() != strictjson.Dict {
			continue
		}
		var pointers []string
		for _, c := range claims {
			pointers = append(pointers, c.Pointer)
			for i := 1; i < len(c.Pointer); i++ {
				if around := c.Pointer[:i]; c.Pointer[i] == '/' && !slices.Contains(pointers, around) {
					pointers = append(pointers, around)
				}
			}
		}
		t.Run(strings.TrimPrefix(path, badges), func(t *testing.T) { use(t, doc, pointers) })
	}
}

// some draws pointers, always the same for the same seed.
func some(r *rand.Rand, pointers []string) []string {
	out := make([]string, 0, 5)
	for range 1 + r.IntN(5) {
		out = append(out, pointers[r.IntN(len(pointers))])
	}
	return out
}

// TestRevealedDocumentSaysWhatIsSelected: what a verifier reads in the revealed
// document is what was selected in the whole one, neither more nor less.
func TestRevealedDocumentSaysWhatIsSelected(t *testing.T) {
	opt := jsonld.Options{Contexts: jsonld.Embedded()}
	compared := 0
	selectable(t, func(t *testing.T, doc strictjson.Value, pointers []string) {
		whole, err := jsonld.ToRDF(doc, opt)
		if err != nil {
			t.Fatal(err)
		}
		r := rand.New(rand.NewPCG(1, uint64(len(pointers))))
		for range 20 {
			one, two := some(r, pointers), some(r, pointers)
			quads, groups, err := jsonld.ToRDFGroups(doc, opt, one, two)
			if errors.Is(err, jsonld.ErrPointer) {
				continue // the draw hit the inside of an undivided value
			}
			if err != nil || canonical(t, quads) != canonical(t, whole) {
				t.Fatalf("another conversion, %v", err)
			}
			for i, chosen := range [][]string{one, two} {
				revealed, err := jsonld.Reveal(doc, chosen)
				if err != nil {
					t.Fatal(err)
				}
				again, err := jsonld.ToRDF(revealed, opt)
				if err != nil {
					t.Fatalf("%q: %v\n%s", chosen, err, revealed.JSON())
				}
				if got, want := canonical(t, of(quads, groups, i)), canonical(t, again); got != want {
					t.Fatalf("%q select\n%sand reveal\n%s", chosen, got, want)
				}
				compared++
			}
		}
	})
	if compared < 2000 {
		t.Errorf("only %d selections were compared", compared)
	}
}

// of are the quads of a group.
func of(quads []rdfc.Quad, groups []jsonld.Groups, i int) (out []rdfc.Quad) {
	for n, q := range quads {
		if groups[n].Has(i) {
			out = append(out, q)
		}
	}
	return out
}

// TestGroupsAsSpecified holds the one conversion against the algorithm of the
// specification, which converts twice.
func TestGroupsAsSpecified(t *testing.T) {
	opt := jsonld.Options{Contexts: jsonld.Embedded()}
	compared, beyond := 0, 0
	selectable(t, func(t *testing.T, doc strictjson.Value, pointers []string) {
		r := rand.New(rand.NewPCG(2, uint64(len(pointers))))
		s, err := skolemized(doc)
		if err != nil {
			beyond++ // mostly because it has a list
			return
		}
		for range 10 {
			chosen := some(r, pointers)
			want, err := s.selected(t, chosen)
			if errors.Is(err, errNoMatch) {
				continue // compaction made another document
			}
			if err != nil {
				t.Fatal(err)
			}
			quads, groups, err := jsonld.ToRDFGroups(doc, opt, chosen)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := canonical(t, of(quads, groups, 0)), canonical(t, want); got != want {
				t.Fatalf("%q select\n%swant\n%s", chosen, got, want)
			}
			compared++
		}
	})
	t.Logf("%d selections are the same; %d documents are beyond the algorithm", compared, beyond)
	if compared < 200 || beyond == 0 {
		t.Errorf("%d selections were compared, %d documents were beyond the algorithm", compared, beyond)
	}
}

func TestPointersThatAreRefused(t *testing.T) {
	doc := benchBadge(t)
	opt := jsonld.Options{Contexts: jsonld.Embedded()}
	const allowed = "/credentialSubject/achievement/resultDescription/0/allowedValue"
	for pointer, inside := range map[string]bool{
		"credentialSubject": false, "/nothing": false, "/evidence/1": false, "/evidence/-": false, "/evidence/00": false,
		"/name/x": false, "/credentialSubject/~2": false, "/evidence/0/": false,
		allowed + "/0": true, allowed + "/5": false,
	} {
		quads, groups, err := jsonld.ToRDFGroups(doc, opt, []string{"/name", pointer})
		if !errors.Is(err, jsonld.ErrPointer) || quads != nil || groups != nil {
			t.Errorf("%s: %d quads, %v", pointer, len(quads), err)
		}
		if inside {
			continue // only the conversion knows that
		}
		if v, err := jsonld.Reveal(doc, []string{pointer}); !errors.Is(err, jsonld.ErrPointer) || v.Exists() {
			t.Errorf("%s reveals %s, %v", pointer, v.JSON(), err)
		}
	}
	for _, text := range []string{
		`{"@context":"https://www.w3.org/ns/credentials/v2","type":"VerifiableCredential","name":{"@value":"x","@language":"en"}} /name/@value`,
		`{"@context":"https://www.w3.org/ns/credentials/v2","type":"VerifiablePresentation","verifiableCredential":[{"@context":"https://www.w3.org/ns/credentials/v2","type":"VerifiableCredential","name":"x"}]} /verifiableCredential/0/name`,
	} {
		text, pointer, _ := strings.Cut(text, " /")
		v, err := strictjson.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := jsonld.ToRDFGroups(v, opt, []string{"/" + pointer}); !errors.Is(err, jsonld.ErrPointer) {
			t.Errorf("/%s: %v", pointer, err)
		}
	}
	many := slices.Repeat([]string{"/name"}, 20_001)
	if _, _, err := jsonld.ToRDFGroups(doc, opt, many); !errors.Is(err, jsonld.ErrLimit) {
		t.Errorf("%d pointers: %v", len(many), err)
	}
}

// TestSharedStatements: what a document says in two places is selected with
// either.
func TestSharedStatements(t *testing.T) {
	doc := benchBadge(t)
	quads, groups, err := jsonld.ToRDFGroups(doc, jsonld.Options{Contexts: jsonld.Embedded()},
		[]string{"/issuer/name"}, []string{"/credentialSubject/achievement/creator/name"}, nil, []string{""})
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for i, q := range quads {
		if q.Object.Value == "Example University" {
			found = true
			if groups[i] != 0b1011 {
				t.Errorf("the name belongs to the groups %04b", groups[i])
			}
		}
		if !groups[i].Has(3) || groups[i].Has(2) {
			t.Errorf("%v belongs to the groups %04b", q, groups[i])
		}
	}
	if !found {
		t.Error("the name is not there")
	}
}

func TestClaims(t *testing.T) {
	claims, err := jsonld.Claims(benchBadge(t), jsonld.Options{Contexts: jsonld.Embedded()},
		[]string{"/issuer", "/credentialSubject/id"}, []string{"/evidence/0/name"})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]jsonld.Groups{}
	for _, c := range claims {
		got[c.Pointer] = c.Groups
	}
	for pointer, want := range map[string]jsonld.Groups{
		"/id": 3, "/issuer/id": 1, "/issuer/address/postalCode": 1, "/name": 0, "/evidence/0/id": 2, "/evidence/0/name": 2, "/evidence/0/genre": 0,
		"/credentialSubject/achievement/resultDescription/0/allowedValue": 0, "/credentialSubject/achievement/tag/3": 0,
		"/credentialSchema/0/id": 0,
	} {
		if g, ok := got[pointer]; !ok || g != want {
			t.Errorf("%s: %v, groups %b, want %b", pointer, ok, g, want)
		}
	}
	for _, pointer := range []string{"/type", "/@context", "/issuer", "/issuer/type/0", "/credentialSubject/achievement/resultDescription/0/allowedValue/0"} {
		if _, ok := got[pointer]; ok {
			t.Errorf("%s is a claim", pointer)
		}
	}
	if len(claims) != 84 {
		t.Errorf("%d claims", len(claims))
	}
}

// TestClaimsOfWholeObjects: the id of an object that one group selects whole still
// belongs to the group that selects a part of it.
func TestClaimsOfWholeObjects(t *testing.T) {
	claims, err := jsonld.Claims(benchBadge(t), jsonld.Options{Contexts: jsonld.Embedded()}, []string{"/evidence/0/name"}, []string{"/evidence/0"})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]jsonld.Groups{"/evidence/0/id": 3, "/evidence/0/name": 3, "/evidence/0/genre": 2, "/id": 3, "/name": 0}
	for _, c := range claims {
		if groups, asked := want[c.Pointer]; asked && c.Groups != groups {
			t.Errorf("%s: groups %b, want %b", c.Pointer, c.Groups, groups)
		}
	}
}

// FuzzReveal: whatever pointers select of whatever document, the revealed part
// says no more than the whole.
func FuzzReveal(f *testing.F) {
	f.Add(benchBadge(f).JSON(), "/issuer", "/evidence/0/name")
	for _, seed := range seeds(f) {
		f.Add(seed, "", "/id")
	}
	f.Fuzz(func(t *testing.T, text []byte, one, two string) {
		doc, err := strictjson.ParseWithin(text, strictjson.Limits{Bytes: 64 << 10, Nodes: 2000})
		if err != nil {
			return
		}
		opt := jsonld.Options{Contexts: jsonld.Embedded()}
		quads, groups, err := jsonld.ToRDFGroups(doc, opt, []string{one, two})
		if err != nil {
			if quads != nil || groups != nil {
				t.Fatalf("%d quads beside %v", len(quads), err)
			}
			return
		}
		if len(groups) != len(quads) {
			t.Fatalf("%d groups of %d quads", len(groups), len(quads))
		}
		revealed, err := jsonld.Reveal(doc, []string{one, two})
		if err != nil {
			t.Fatal(err)
		}
		part, err := jsonld.ToRDF(revealed, opt)
		if err != nil {
			return // a selection need not stand by itself; whoever derives finds out
		}
		if len(part) > len(quads) {
			t.Fatalf("%d of %d quads:\n%s", len(part), len(quads), revealed.JSON())
		}
	})
}

func ExampleReveal() {
	doc, err := strictjson.Parse([]byte(`{
		"@context": "https://www.w3.org/ns/credentials/v2",
		"type": ["VerifiableCredential"],
		"issuer": "did:example:school",
		"credentialSubject": {"id": "did:example:ada", "name": "Ada"}
	}`))
	if err != nil {
		panic(err)
	}
	shown, err := jsonld.Reveal(doc, []string{"/credentialSubject/id"})
	fmt.Println(string(shown.JSON()), err)
	// Output:
	// {"@context":"https://www.w3.org/ns/credentials/v2","type":["VerifiableCredential"],"credentialSubject":{"id":"did:example:ada"}} <nil>
}

func unmarshal(v strictjson.Value) (out any) {
	if err := json.Unmarshal(v.JSON(), &out); err != nil {
		panic(err)
	}
	return out
}

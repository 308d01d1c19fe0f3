package jsonld_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"laurel/internal/jsonld"
	"laurel/internal/jsonld/contexts"
	"laurel/internal/strictjson"
)

const (
	ob303   = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
	ed25519 = "https://w3id.org/security/suites/ed25519-2020/v1"
)

// Who may name which context, and where.
func TestContextRules(t *testing.T) {
	many := strings.Repeat(`"https://www.w3.org/ns/credentials/v2",`, 999)
	tests := []struct {
		name, doc string
		want      error // nil: accepted
		path      string
	}{
		{"a string instead of an array", `{"@context": "https://www.w3.org/ns/credentials/v2", ` + vc + `}`, nil, ""},
		{"an unknown URL", `{"@context": ["https://www.w3.org/ns/credentials/v2", "https://evil.example/v1"], ` + vc + `}`,
			jsonld.ErrContextNotAllowed, "/@context/1"},
		{"a known URL over http", `{"@context": ["http://www.w3.org/ns/credentials/v2"], ` + vc + `}`,
			jsonld.ErrContextNotAllowed, "/@context/0"},
		{"a known URL with a slash", `{"@context": ["https://www.w3.org/ns/credentials/v2/"], ` + vc + `}`,
			jsonld.ErrContextNotAllowed, "/@context/0"},
		{"a known URL with a fragment", `{"@context": ["https://www.w3.org/ns/credentials/v2#"], ` + vc + `}`,
			jsonld.ErrContextNotAllowed, "/@context/0"},
		{"a known URL in capitals", `{"@context": ["HTTPS://www.w3.org/ns/credentials/v2"], ` + vc + `}`,
			jsonld.ErrContextNotAllowed, "/@context/0"},
		{"a path", `{"@context": ["credentials/v2"], ` + vc + `}`, jsonld.ErrContextNotAllowed, "/@context/0"},
		{"a file", `{"@context": ["file:///etc/passwd"], ` + vc + `}`, jsonld.ErrContextNotAllowed, "/@context/0"},
		{"an inline context", `{"@context": ["https://www.w3.org/ns/credentials/v2", {"foo": "https://example.org/foo"}], ` + vc + `, "foo": 1}`,
			jsonld.ErrContextNotAllowed, "/@context/1"},
		{"an inline vocabulary", `{"@context": ["https://www.w3.org/ns/credentials/v2", {"@vocab": "https://example.org/"}], ` + vc + `, "foo": 1}`,
			jsonld.ErrContextNotAllowed, "/@context/1"},
		{"an empty inline context", `{"@context": [{}], "http://example.org/p": 1}`, jsonld.ErrContextNotAllowed, "/@context/0"},
		{"null among contexts", `{"@context": [null, "https://www.w3.org/ns/credentials/v2"], ` + vc + `}`,
			jsonld.ErrContextNotAllowed, "/@context/0"},
		{"a number", `{"@context": 1, ` + vc + `}`, jsonld.ErrContextNotAllowed, "/@context"},
		{"an array in the array", `{"@context": [["https://www.w3.org/ns/credentials/v2"]], ` + vc + `}`,
			jsonld.ErrContextNotAllowed, "/@context/0"},
		{"a thousand contexts", `{"@context": [` + many + `"https://www.w3.org/ns/credentials/v2"], ` + vc + `}`,
			jsonld.ErrLimit, "/@context"},

		{"a nested credential with contexts", `{` + vc2 + `, "type": "VerifiablePresentation", "verifiableCredential": [{` + vc2 + `, ` + vc + `}]}`, nil, ""},
		{"an endorsement with contexts", `{` + ob3 + `, "type": ["VerifiableCredential", "OpenBadgeCredential"], "issuer": "did:example:i", "endorsement": [{` + ob3 + `, "type": ["VerifiableCredential", "EndorsementCredential"], "issuer": "did:example:e"}]}`, nil, ""},
		{"an enveloped credential with a context", `{` + vc2 + `, "type": "VerifiablePresentation", "verifiableCredential": [{"@context": "https://www.w3.org/ns/credentials/v2", "type": "EnvelopedVerifiableCredential", "id": "data:application/vc+jwt,eyJ"}]}`, nil, ""},
		{"a nested credential with an inline context", `{` + vc2 + `, "type": "VerifiablePresentation", "verifiableCredential": [{"@context": {"foo": "https://example.org/"}, ` + vc + `}]}`,
			jsonld.ErrContextNotAllowed, "/verifiableCredential/0/@context"},
		{"a nested credential with an unknown context", `{` + vc2 + `, "type": "VerifiablePresentation", "verifiableCredential": [{"@context": ["https://evil.example/"], ` + vc + `}]}`,
			jsonld.ErrContextNotAllowed, "/verifiableCredential/0/@context/0"},
		{"a subject with contexts", `{` + vc2 + `, ` + vc + `, "credentialSubject": {` + ob3 + `, "type": "AchievementSubject"}}`,
			jsonld.ErrContextNotAllowed, "/credentialSubject/@context"},
		{"a proof with contexts", `{` + vc2 + `, ` + vc + `, "proof": {` + vc2 + `, "type": "DataIntegrityProof", "cryptosuite": "eddsa-rdfc-2022"}}`,
			jsonld.ErrContextNotAllowed, "/proof/@context"},
		{"a proof that calls itself a credential elsewhere", `{` + vc2 + `, ` + vc + `, "evidence": {` + vc2 + `, "id": "urn:e"}}`,
			jsonld.ErrContextNotAllowed, "/evidence/@context"},
		{"a value object with a context", `{` + vc2 + `, ` + vc + `, "name": {` + vc2 + `, "@value": "x"}}`,
			jsonld.ErrContextNotAllowed, "/name/@context"},
		{"a set with a context", `{` + vc2 + `, ` + vc + `, "name": {` + vc2 + `, "@set": ["x"]}}`,
			jsonld.ErrContextNotAllowed, "/name/@context"},
		{"a list with a context", `{` + vc2 + `, ` + vc + `, "name": {` + vc2 + `, "@list": ["x"]}}`,
			jsonld.ErrContextNotAllowed, "/name/@context"},
		{"a node of a graph with a context", `{` + vc2 + `, "@graph": [{` + vc2 + `, "id": "urn:a", "name": "x"}]}`,
			jsonld.ErrContextNotAllowed, "/@graph/0/@context"},

		{"two versions that protect the same terms", `{"@context": ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/2018/credentials/v1"], ` + vc + `}`,
			jsonld.ErrProtectedTerm, "/@context/1/VerifiableCredential"},
		{"the same version twice", `{"@context": ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/v2"], ` + vc + `}`, nil, ""},
		{"an old credential in a new presentation", `{` + vc2 + `, "type": "VerifiablePresentation", "verifiableCredential": [{` + vc1 + `, ` + vc + `}]}`, nil, ""},
		{"a new credential in an old presentation", `{` + vc1 + `, "type": "VerifiablePresentation", "verifiableCredential": [{` + vc2 + `, ` + vc + `}]}`,
			jsonld.ErrProtectedTerm, "/verifiableCredential/0/@context/0/VerifiableCredential"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc, err := strictjson.Parse([]byte(tt.doc))
			if err != nil {
				t.Fatal(err)
			}
			quads, err := jsonld.ToRDF(doc, jsonld.Options{Contexts: jsonld.Embedded()})
			var e *jsonld.Error
			switch {
			case !errors.Is(err, tt.want):
				t.Errorf("error = %v, want %v", err, tt.want)
			case errors.As(err, &e) && e.Path != tt.path:
				t.Errorf("path = %q, want %q (%v)", e.Path, tt.path, err)
			case (err == nil) == (quads == nil):
				t.Errorf("%d quads and error %v", len(quads), err)
			}
		})
	}
}

// At most sixteen different contexts in one document, wherever they stand.
func TestTooManyContexts(t *testing.T) {
	var urls []string
	for _, row := range jsonld.Embedded().Revisions() {
		if strings.HasPrefix(row.URL, "https://1edtech") || strings.Contains(row.URL, "ob-a") || strings.Contains(row.URL, "security/suites/x") ||
			strings.Contains(row.URL, "extensions") || strings.Contains(row.URL, "ldp-bbs") || strings.Contains(row.URL, "citizenship") {
			urls = append(urls, row.URL)
		}
	}
	slices.Sort(urls)
	urls = slices.Compact(urls)
	set := jsonld.Embedded()
	for i := len(urls); i < 17; i++ {
		var err error
		urls = append(urls, fmt.Sprintf("https://example.org/%d", i))
		if set, err = set.With(urls[i], []byte(`{"@context": {}}`)); err != nil {
			t.Fatal(err)
		}
	}
	var plain []string
	for i := range 17 {
		plain = append(plain, fmt.Sprintf("https://example.org/plain/%d", i))
		var err error
		if set, err = set.With(plain[i], []byte(`{"@context": {}}`)); err != nil {
			t.Fatal(err)
		}
	}
	nested := strictjson.String("x")
	for _, url := range plain {
		nested = strictjson.Object(
			strictjson.Member{Name: "@context", Value: strictjson.Strings(url)},
			strictjson.Member{Name: "@type", Value: strictjson.String("https://www.w3.org/2018/credentials#VerifiableCredential")},
			strictjson.Member{Name: "http://example.org/p", Value: nested})
	}
	if _, err := jsonld.ToRDF(nested, jsonld.Options{Contexts: set}); !errors.Is(err, jsonld.ErrLimit) {
		t.Errorf("17 contexts: error = %v, want %v", err, jsonld.ErrLimit)
	}
	if _, err := jsonld.ToRDF(nested.Get("http://example.org/p"), jsonld.Options{Contexts: set}); err != nil {
		t.Errorf("16 contexts: %v", err)
	}
}

func TestWith(t *testing.T) {
	const url = "https://example.org/v1"
	base := jsonld.Embedded()
	one, err := base.With(url, []byte(`{"@context": {"@protected": true, "color": "https://example.org/color", "Paint": {"@id": "https://example.org/Paint", "@context": {"dry": {"@id": "https://example.org/dry", "@type": "http://www.w3.org/2001/XMLSchema#boolean"}}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := strictjson.Parse([]byte(`{"@context": ["https://www.w3.org/ns/credentials/v2", "` + url + `"], ` + vc + `, "id": "urn:1", "color": "red", "credentialSubject": {"type": "Paint", "dry": true}}`))
	if err != nil {
		t.Fatal(err)
	}
	quads, err := jsonld.ToRDF(doc, jsonld.Options{Contexts: one})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`<https://example.org/color> "red" .`, `<https://example.org/dry> "true"^^<http://www.w3.org/2001/XMLSchema#boolean> .`} {
		if got := canonical(t, quads); !strings.Contains(got, want) {
			t.Errorf("%s is missing in\n%s", want, got)
		}
	}
	if _, err := jsonld.ToRDF(doc, jsonld.Options{Contexts: base}); !errors.Is(err, jsonld.ErrContextNotAllowed) {
		t.Errorf("the first set has changed: error = %v", err)
	}
	two, err := one.With(url, []byte(`{"@context": {"color": "https://example.org/colour", "dry": "https://example.org/dry", "Paint": "https://example.org/Paint"}}`))
	if err != nil {
		t.Fatal(err)
	}
	if quads, err = jsonld.ToRDF(doc, jsonld.Options{Contexts: two}); err != nil || !strings.Contains(canonical(t, quads), "colour") {
		t.Errorf("the newer text of the same URL is not used: %v", err)
	}
	selections := two.Selections(doc)
	if len(selections) != 2 {
		t.Fatalf("%d selections, want 2", len(selections))
	}
	quads, err = jsonld.ToRDF(doc, jsonld.Options{Contexts: two, Selection: selections[1]})
	if err != nil || strings.Contains(canonical(t, quads), "colour") {
		t.Errorf("the older text of the URL is gone: %v", err)
	}
	if same, err := two.With(url, []byte(`{"@context": {"color": "https://example.org/colour", "dry": "https://example.org/dry", "Paint": "https://example.org/Paint"}}`)); err != nil || len(same.Selections(doc)) != 2 {
		t.Errorf("the same text twice makes two revisions: %v", err)
	}
}

func TestWithRefuses(t *testing.T) {
	for _, tt := range []struct {
		name, url, text string
		want            error
	}{
		{"no JSON", "https://example.org/v1", `{`, jsonld.ErrContextInvalid},
		{"a name twice", "https://example.org/v1", `{"@context": {"a": "urn:a", "a": "urn:b"}}`, jsonld.ErrContextInvalid},
		{"no context", "https://example.org/v1", `{"foo": "bar"}`, jsonld.ErrContextInvalid},
		{"a relative URL", "v1", `{"@context": {}}`, jsonld.ErrContextInvalid},
		{"a number as the context", "https://example.org/v1", `{"@context": 1}`, jsonld.ErrContextInvalid},
		{"a term without a meaning", "https://example.org/v1", `{"@context": {"a": {}}}`, jsonld.ErrContextInvalid},
		{"a term that is no IRI", "https://example.org/v1", `{"@context": {"a": "b"}}`, jsonld.ErrContextInvalid},
		{"a circle", "https://example.org/v1", `{"@context": {"a": "b:x", "b": "a:y"}}`, jsonld.ErrContextInvalid},
		{"an error in an unused scoped context", "https://example.org/v1", `{"@context": {"T": {"@id": "urn:t", "@context": {"a": "b"}}}}`, jsonld.ErrContextInvalid},
		{"an unknown member", "https://example.org/v1", `{"@context": {"a": {"@id": "urn:a", "@foo": 1}}}`, jsonld.ErrContextInvalid},
		{"a reserved word", "https://example.org/v1", `{"@context": {"@foo": "urn:a"}}`, jsonld.ErrContextInvalid},
		{"a keyword", "https://example.org/v1", `{"@context": {"@id": "urn:a"}}`, jsonld.ErrContextInvalid},
		{"another version", "https://example.org/v1", `{"@context": {"@version": 1.0}}`, jsonld.ErrContextInvalid},
		{"an IRI that could write quads", "https://example.org/v1", `{"@context": {"a": "urn:a> <b"}}`, jsonld.ErrContextInvalid},
		{"a context that is not compiled in", "https://example.org/v1", `{"@context": ["https://example.org/other", {}]}`, jsonld.ErrContextNotAllowed},
		{"an import that is not compiled in", "https://example.org/v1", `{"@context": {"@import": "https://example.org/other"}}`, jsonld.ErrContextNotAllowed},
		{"a blank vocabulary", "https://example.org/v1", `{"@context": {"@vocab": "_:b"}}`, jsonld.ErrUnsupported},
		{"a relative vocabulary", "https://example.org/v1", `{"@context": {"@vocab": "#"}}`, jsonld.ErrUnsupported},
	} {
		t.Run(tt.name, func(t *testing.T) {
			set, err := jsonld.Embedded().With(tt.url, []byte(tt.text))
			if !errors.Is(err, tt.want) || set != nil {
				t.Errorf("%v, error = %v; want %v", set, err, tt.want)
			}
		})
	}
}

func TestWithUsesEmbedded(t *testing.T) {
	set, err := jsonld.Embedded().With("https://example.org/v1", []byte(`{"@context": ["https://www.w3.org/ns/credentials/v2", {"color": "https://example.org/color"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := strictjson.Parse([]byte(`{"@context": ["https://example.org/v1"], ` + vc + `, "color": "red"}`))
	if err != nil {
		t.Fatal(err)
	}
	if quads, err := jsonld.ToRDF(doc, jsonld.Options{Contexts: set}); err != nil || len(quads) != 3 {
		t.Errorf("%d quads, %v", len(quads), err)
	}
}

func TestSelections(t *testing.T) {
	clr := "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json"
	for _, tt := range []struct {
		name, doc string
		want      []string // the URLs for which the selections after the first take an older text
	}{
		{"one revision", `{` + vc2 + `}`, nil},
		{"none", `{}`, nil},
		{"two revisions", `{` + ob3 + `}`, []string{ob303}},
		{"as a string", `{"@context": "` + ob303 + `"}`, []string{ob303}},
		{"named twice", `{` + ob3 + `, "a": {` + ob3 + `}}`, []string{ob303}},
		{"three revisions", `{"@context": ["` + ed25519 + `"]}`, []string{ed25519, ed25519}},
		{"at most three tries", `{"@context": ["` + ed25519 + `", "` + ob303 + `"]}`, []string{ed25519, ed25519}},
		{"two URLs", `{"@context": ["` + ob303 + `", "` + clr + `"]}`, []string{ob303, clr}},
		{"far down", `{"a": [{"b": {"@context": ["` + ob303 + `"]}}]}`, []string{ob303}},
		{"elsewhere", `{"a": "` + ob303 + `"}`, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			doc, err := strictjson.Parse([]byte(tt.doc))
			if err != nil {
				t.Fatal(err)
			}
			selections := jsonld.Embedded().Selections(doc)
			if len(selections[0].Pinned()) != 0 {
				t.Error("the first selection is not the newest")
			}
			var got []string
			for _, s := range selections[1:] {
				for _, r := range s.Pinned() {
					got = append(got, r.URL)
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

// jti came to the context in 2025, in place: the older text does not know it.
func TestOlderRevision(t *testing.T) {
	doc, err := strictjson.Parse([]byte(`{` + ob3 + `, ` + vc + `, "jti": "urn:x"}`))
	if err != nil {
		t.Fatal(err)
	}
	selections := jsonld.Embedded().Selections(doc)
	if _, err := jsonld.ToRDF(doc, jsonld.Options{Contexts: jsonld.Embedded(), Selection: selections[0]}); err != nil {
		t.Error(err)
	}
	_, err = jsonld.ToRDF(doc, jsonld.Options{Contexts: jsonld.Embedded(), Selection: selections[1]})
	checkError(t, err, jsonld.ErrUndefinedTerm, "/jti", "jti")
	if pinned := selections[1].Pinned()[0]; pinned.SHA256 != "ef2fa9c7846dce233cc166b43639027278be4ee44f00bb1d45c75de2dd0cd761" {
		t.Errorf("pinned %v", pinned)
	}
}

// Many goroutines meet in a set that has compiled nothing yet.
func TestConcurrentUse(t *testing.T) {
	set, err := jsonld.Embedded().With("https://example.org/v1", []byte(`{"@context": {}}`))
	if err != nil {
		t.Fatal(err)
	}
	doc := benchBadge(t)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			quads, err := jsonld.ToRDF(doc, jsonld.Options{Contexts: set})
			if err != nil || len(quads) != 117 {
				t.Errorf("%d quads, %v", len(quads), err)
			}
		})
	}
	all.Wait()
	before := set.Stored()
	if _, err := jsonld.ToRDF(doc, jsonld.Options{Contexts: set}); err != nil || set.Stored() != before {
		t.Errorf("%d contexts remembered, then %d: the second badge must compile nothing", before, set.Stored())
	}
}

// A stranger chooses which types stand together; the memory stays bounded.
func TestCacheIsBounded(t *testing.T) {
	set, err := jsonld.Embedded().With("https://example.org/v1", []byte(`{"@context": {}}`))
	if err != nil {
		t.Fatal(err)
	}
	types := []string{"Achievement", "AchievementSubject", "Address", "Alignment", "Criteria", "Evidence", "GeoCoordinates",
		"IdentifierEntry", "IdentityObject", "Image", "Profile", "Result"}
	var subjects []strictjson.Value
	for i := 1; i < 1<<len(types); i++ {
		var some []string
		for bit, name := range types {
			if i&(1<<bit) != 0 {
				some = append(some, name)
			}
		}
		subjects = append(subjects, strictjson.Object(strictjson.Member{Name: "type", Value: strictjson.Strings(some...)}))
	}
	doc, err := strictjson.Parse([]byte(`{` + ob3 + `, ` + vc + `}`))
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for _, s := range subjects {
		if _, err := jsonld.ToRDF(doc.With("credentialSubject", s), jsonld.Options{Contexts: set}); err != nil {
			refused++
		}
		if n := set.Stored(); n > contexts.MaxStored {
			t.Fatalf("%d contexts remembered", n)
		}
	}
	if _, err := jsonld.ToRDF(doc.With("credentialSubject", strictjson.Array(subjects...)), jsonld.Options{Contexts: set}); err != nil && refused == 0 {
		t.Error(err)
	}
	if _, err := jsonld.ToRDF(benchBadge(t), jsonld.Options{Contexts: set}); err != nil {
		t.Error(err)
	}
}

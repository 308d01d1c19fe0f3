package jsonld_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
)

// everyForm is the embedded set under which no document is spared the look.
func everyForm(t *testing.T) *jsonld.Contexts {
	t.Helper()
	set, err := jsonld.Embedded().With("https://laurel.example/none", []byte(`{"@context": {}}`))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestCheckForm(t *testing.T) {
	const (
		id    = `"id": "urn:uuid:1"`
		until = `{"@type": "http://www.w3.org/2001/XMLSchema#dateTime", "@value": "2026-01-01T00:00:00Z"}`
		sub   = `"credentialSubject": {"id": "urn:a"}`
	)
	for _, tt := range []struct{ name, doc, path string }{
		{"an expiry by its IRI", `{` + vc2 + `, ` + vc + `, "https://www.w3.org/2018/credentials#validUntil": ` + until + `}`,
			"/https:~1~1www.w3.org~12018~1credentials#validUntil"},
		{"an expiry by a prefix", `{"@context": ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json"], ` + id + `, "type": ["VerifiableCredential", "ClrCredential"], "credentialSubject": {"id": "urn:a", "type": "ClrSubject", "https://www.w3.org/2018/credentials#validUntil": ` + until + `}}`,
			"/credentialSubject/https:~1~1www.w3.org~12018~1credentials#validUntil"},
		{"an issuer by its IRI", `{` + vc2 + `, "type": "VerifiableCredential", "https://www.w3.org/2018/credentials#issuer": {"id": "did:example:i"}}`,
			"/https:~1~1www.w3.org~12018~1credentials#issuer"},
		{"a name by its IRI", `{` + vc2 + `, ` + vc + `, "https://schema.org/name": "x"}`, "/https:~1~1schema.org~1name"},
		{"a result by its IRI", `{` + ob3 + `, ` + vc + `, "https://purl.imsglobal.org/spec/vc/ob/vocab.html#result": "x"}`,
			"/https:~1~1purl.imsglobal.org~1spec~1vc~1ob~1vocab.html#result"},
		{"@included", `{` + vc2 + `, ` + id + `, ` + vc + `, "@included": {` + id + `, "type": "VerifiableCredential", "validUntil": "2026-01-01T00:00:00Z"}}`, "/@included"},
		{"@nest", `{` + vc2 + `, ` + vc + `, "@nest": {"validUntil": "2026-01-01T00:00:00Z"}}`, "/@nest"},
		{"@graph", `{` + vc2 + `, ` + vc + `, "@graph": [{"type": "VerifiableCredential"}]}`, "/@graph"},
		{"@reverse", `{` + vc2 + `, ` + vc + `, "@reverse": {"https://example.org/p": {"id": "urn:a", "type": "VerifiableCredential"}}}`, "/@reverse"},
		{"@set", `{` + vc2 + `, ` + vc + `, "credentialSubject": {"@set": [{"id": "urn:a"}]}}`, "/credentialSubject/@set"},
		{"@id", `{` + vc2 + `, ` + vc + `, "credentialSubject": {"@id": "urn:a"}}`, "/credentialSubject/@id"},
		{"@type", `{` + vc2 + `, "@type": "VerifiableCredential"}`, "/@type"},
		{"@type beside type", `{` + vc2 + `, ` + vc + `, "@type": "VerifiableCredential"}`, "/@type"},
		{"another name for id", `{"@context": ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/odrl.jsonld"], ` + vc + `, "credentialSubject": {"uid": "urn:a"}}`, "/credentialSubject/uid"},
		{"another name for expires", `{"@context": ["https://www.w3.org/ns/credentials/v2", "https://w3id.org/security/v1"], "type": "DataIntegrityProof", "expiration": "2026-01-01T00:00:00Z"}`, "/expiration"},
		{"a status further down", `{` + vc2 + `, ` + id + `, ` + vc + `, "credentialSubject": {` + id + `, "type": "VerifiableCredential", "validUntil": "2026-01-01T00:00:00Z"}}`,
			"/credentialSubject/validUntil"},
		{"a vocabulary that ends early", `{"@context": ["https://www.w3.org/ns/credentials/v2", {"@vocab": "https://www.w3.org/2018/"}], ` + vc + `, "credentials#validUntil": "x"}`, "/credentials#validUntil"},
		{"an inline name", `{"@context": ["https://www.w3.org/ns/credentials/v2", {"until": {"@id": "https://www.w3.org/2018/credentials#validUntil"}}], ` + vc + `, "until": "x"}`, "/until"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			doc := mustParse(t, tt.doc)
			for _, set := range []*jsonld.Contexts{jsonld.Embedded(), everyForm(t)} {
				opt := jsonld.Options{Contexts: set, UnsafeInlineContexts: true}
				if _, err := jsonld.ToRDF(doc, opt); err != nil {
					t.Fatalf("this is no JSON-LD at all: %v", err)
				}
				err := jsonld.CheckForm(doc, opt)
				checkError(t, err, jsonld.ErrForm, tt.path, strings.ReplaceAll(tt.path[strings.LastIndex(tt.path, "/")+1:], "~1", "/"))
			}
		})
	}
	for name, doc := range map[string]string{
		"a language":              `{` + vc2 + `, ` + vc + `, "name": {"@value": "x", "@language": "en", "@direction": "ltr"}, ` + sub + `}`,
		"a typed value":           `{` + vc2 + `, ` + vc + `, "https://example.org/p": {"@value": "1", "@type": "http://www.w3.org/2001/XMLSchema#int"}}`,
		"a list":                  `{` + vc2 + `, ` + vc + `, "https://example.org/p": {"@list": ["a"]}}`,
		"a word of somebody else": `{` + vc2 + `, ` + vc + `, "urn:example:p": "x"}`,
		"a schema inside":         `{` + vc2 + `, ` + vc + `, "credentialSubject": {"id": "urn:a", "type": "JsonSchema", "jsonSchema": {"@graph": {"@id": {}, "uid": 1}, "a:b": {}}}}`,
		"the document as subject": `{` + vc2 + `, "id": "urn:uuid:1", ` + vc + `, "credentialSubject": {"id": "urn:uuid:1", "https://example.org/p": "x"}}`,
		"words of a vocabulary":   `{"@context": ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/undefined-terms/v2"], ` + vc + `, "credentialSubject": {"id": "urn:a", "room": "B12"}}`,
		"an inline name":          `{"@context": ["https://www.w3.org/ns/credentials/v2", {"p": "https://example.org/p"}], ` + vc + `, "p": "x"}`,
	} {
		for _, set := range []*jsonld.Contexts{jsonld.Embedded(), everyForm(t)} {
			if err := jsonld.CheckForm(mustParse(t, doc), jsonld.Options{Contexts: set, UnsafeInlineContexts: true}); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	// Whoever forgets the contexts is not let off.
	for text, want := range map[string]error{
		`{"@graph": []}`: jsonld.ErrForm,
		`{` + vc2 + `, ` + vc + `, "@included": []}`: jsonld.ErrContextNotAllowed,
	} {
		if err := jsonld.CheckForm(mustParse(t, text), jsonld.Options{}); !errors.Is(err, want) {
			t.Errorf("%s without contexts: %v, want %v", text, err, want)
		}
	}
}

// Real badges have the form that is asked for, all of them.
func TestFormOfBadges(t *testing.T) {
	checked := 0
	for _, path := range append(badgeFiles(t), "../../bench/badge.json") {
		doc := readJSON(t, path)
		for _, set := range []*jsonld.Contexts{jsonld.Embedded(), everyForm(t)} {
			opt := jsonld.Options{Contexts: set}
			if _, err := jsonld.ToRDF(doc, opt); err != nil {
				continue
			}
			checked++
			if err := jsonld.CheckForm(doc, opt); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
	if checked < 100 {
		t.Errorf("only %d looked at", checked)
	}
}

// No embedded context has another name for what verifiers read, or for id, than
// those on the list.
func TestOtherNames(t *testing.T) {
	found := jsonld.OtherNames()
	for _, row := range jsonld.Embedded().Revisions() {
		text := jsonld.Embedded().Text(row.URL)
		for _, name := range jsonld.NamesBeside(mustParse(t, string(text)).Get("@context")) {
			if !slices.Contains(found, name) {
				t.Errorf("%s has %q, which is not on the list", row.URL, name)
			}
		}
	}
}

func mustParse(t testing.TB, text string) strictjson.Value {
	t.Helper()
	v, err := strictjson.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

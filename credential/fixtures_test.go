package credential

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"laurel/internal/strictjson"
)

// parse reads JSON that a test wrote itself.
func parse(t testing.TB, text string) strictjson.Value {
	t.Helper()
	v, err := strictjson.Parse([]byte(text))
	if err != nil {
		t.Fatalf("the test's own JSON: %v\n%s", err, text)
	}
	return v
}

// load reads a document of the repository's testdata. The learncard fixtures
// wrap their credential in a description; the credential is what is wanted.
func load(t testing.TB, name string) strictjson.Value {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "testdata", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	v, err := strictjson.Parse(data)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if strings.Contains(name, "learncard-fixtures") {
		v = v.Get("credential")
	}
	return v
}

// set returns the document with the value at the JSON pointer replaced, or
// removed when to is Absent. Array elements are addressed by index.
func set(doc strictjson.Value, pointer string, to strictjson.Value) strictjson.Value {
	if pointer == "" {
		return to
	}
	name, rest, deeper := strings.Cut(pointer[1:], "/")
	if deeper {
		rest = "/" + rest
	}
	if doc.Kind() != strictjson.List {
		below := set(doc.Get(name), rest, to)
		if !below.Exists() {
			return doc.Without(name)
		}
		return doc.With(name, below)
	}
	var elems []strictjson.Value
	for i, e := range doc.Elems() {
		if strconv.Itoa(i) == name {
			e = set(e, rest, to)
		}
		if e.Exists() {
			elems = append(elems, e)
		}
	}
	return strictjson.Array(elems...)
}

// goodCredential uses every member that Check has a rule for.
const goodCredential = `{
	"@context": ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/examples/v2"],
	"id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
	"type": ["VerifiableCredential", "ExampleAlumniCredential"],
	"name": "Alumni Credential",
	"description": [{"@value": "A minimal credential", "@language": "en"}, {"@value": "شهادة", "@language": "ar", "@direction": "rtl"}],
	"issuer": {"id": "did:web:school.example", "name": {"@value": "School", "@language": "en-GB"}},
	"validFrom": "2026-01-01T00:00:00Z",
	"validUntil": "2030-01-01T00:00:00+01:00",
	"credentialSubject": [{"id": "did:example:abc", "alumniOf": "School"}, {"name": "Nobody in particular"}],
	"credentialStatus": [{"id": "https://school.example/s/1#5", "type": "BitstringStatusListEntry",
		"statusPurpose": "revocation", "statusListIndex": "5", "statusListCredential": "https://school.example/s/1"}],
	"credentialSchema": {"id": "https://school.example/schema.json", "type": "JsonSchema"},
	"termsOfUse": {"type": "https://school.example/#Terms"},
	"evidence": {"id": "https://school.example/e/1", "type": ["Evidence"]},
	"refreshService": [{"type": "ExampleRefresh"}],
	"renderMethod": {"type": "TemplateRenderMethod"},
	"relatedResource": [
		{"id": "https://www.w3.org/ns/credentials/v2", "digestSRI": "sha384-Ml/HrjlBCNWyAX91hr6LFV2Y3heB5Tcr6IeE4/Tje8YyzYBM8IhqjHWiWpr8+ZbYU"},
		{"id": "https://www.w3.org/ns/credentials/examples/v2", "digestMultibase": "uEiBZlVztZpfWHgPyslVv6-UwirFoQoRvW1htfx963sknNA"}]
}`

// goodBadge is a complete Open Badge, small enough to read.
const goodBadge = `{
	"@context": ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
	"id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
	"type": ["VerifiableCredential", "OpenBadgeCredential"],
	"issuer": {"id": "did:web:school.example", "type": ["Profile"], "name": "School"},
	"validFrom": "2026-01-01T00:00:00Z",
	"credentialSubject": {"id": "did:example:abc", "type": ["AchievementSubject"],
		"achievement": {"id": "https://school.example/barista", "type": ["Achievement"], "name": "Barista",
			"description": "Pulls a good espresso", "criteria": {"narrative": "Pull *ten* of them."}}}
}`

// goodPresentation shows two badges.
const goodPresentation = `{
	"@context": ["https://www.w3.org/ns/credentials/v2"],
	"id": "urn:uuid:3978344f-8596-4c3a-a978-8fcaba3903c5",
	"type": ["VerifiablePresentation"],
	"holder": "did:example:abc",
	"verifiableCredential": [` + goodBadge + `,` + goodBadge + `]
}`

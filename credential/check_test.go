package credential

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"laurel/internal/strictjson"
)

// change is one edit of a sound document that must make it unsound, or must not.
type change struct {
	name    string
	pointer string // what is replaced
	to      string // JSON, or "" to remove it
	path    string // where the problem is reported; "" when there must be none
	err     error
}

var credentialChanges = []change{
	{"no context", "/@context", ``, "/@context", ErrStructure},
	{"context is null", "/@context", `null`, "/@context", ErrStructure},
	{"context is an object", "/@context", `{"@vocab":"https://evil.example/"}`, "/@context", ErrStructure},
	{"context is empty", "/@context", `[]`, "/@context", ErrContext},
	{"context of another", "/@context", `["https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"]`, "/@context", ErrContext},
	{"base context second", "/@context", `["https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json","https://www.w3.org/ns/credentials/v2"]`, "/@context", ErrContext},
	{"base context in http", "/@context/0", `"http://www.w3.org/ns/credentials/v2"`, "/@context", ErrContext},
	{"base context with a slash", "/@context/0", `"https://www.w3.org/ns/credentials/v2/"`, "/@context", ErrContext},
	{"context in a context", "/@context/1", `["https://www.w3.org/ns/credentials/examples/v2"]`, "/@context/1", ErrStructure},
	{"inline context first", "/@context/0", `{"x":"https://x.example/#x"}`, "/@context", ErrContext},
	{"context entry is no URL", "/@context/1", `"examples/v2"`, "/@context/1", ErrStructure},
	{"context entry is null", "/@context/1", `null`, "/@context/1", ErrStructure},
	{"context entry is a number", "/@context/1", `2`, "/@context/1", ErrStructure},
	{"lone context", "/@context", `"https://www.w3.org/ns/credentials/v2"`, "", nil},
	{"version 1.1 without its date", "/@context/0", `"https://www.w3.org/2018/credentials/v1"`, "/issuanceDate", ErrStructure},
	{"version 1.1 second", "/@context/1", `"https://www.w3.org/2018/credentials/v1"`, "/@context/1", ErrContext},
	{"the base context twice", "/@context/1", `"https://www.w3.org/ns/credentials/v2"`, "", nil},

	{"no id", "/id", ``, "", nil},
	{"id is null", "/id", `null`, "/id", ErrStructure},
	{"id is a list", "/id", `["urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33"]`, "/id", ErrStructure},
	{"id is an object", "/id", `{"id":"urn:x:y"}`, "/id", ErrStructure},
	{"id is a number", "/id", `7`, "/id", ErrStructure},
	{"id is empty", "/id", `""`, "/id", ErrStructure},
	{"id is relative", "/id", `"credentials/7"`, "/id", ErrStructure},
	{"id is a blank node", "/id", `"_:b0"`, "/id", ErrStructure},

	{"no type", "/type", ``, "/type", ErrStructure},
	{"type is null", "/type", `null`, "/type", ErrStructure},
	{"type is empty", "/type", `[]`, "/type", ErrStructure},
	{"type without VerifiableCredential", "/type", `["ExampleAlumniCredential"]`, "/type", ErrStructure},
	{"type in other case", "/type", `["verifiableCredential"]`, "/type", ErrStructure},
	{"type with a blank", "/type/1", `"Alumni Credential"`, "/type/1", ErrStructure},
	{"type is a keyword", "/type/1", `"@id"`, "/type/1", ErrStructure},
	{"type holds a number", "/type/1", `1`, "/type/1", ErrStructure},
	{"type holds an object", "/type/1", `{}`, "/type/1", ErrStructure},
	{"type of a presentation too", "/type/1", `"VerifiablePresentation"`, "/type", ErrStructure},
	{"type is one text", "/type", `"VerifiableCredential"`, "", nil},
	{"type is a URL", "/type/1", `"https://school.example/#Type"`, "", nil},
	{"type in full of another vocabulary", "/type/0", `"https://purl.imsglobal.org/spec/vc/ob/vocab.html#VerifiableCredential"`, "/type", ErrStructure},

	{"no issuer", "/issuer", ``, "/issuer", ErrStructure},
	{"issuer is null", "/issuer", `null`, "/issuer", ErrStructure},
	{"issuer is a name", "/issuer", `"School"`, "/issuer", ErrStructure},
	{"issuer is a list", "/issuer", `["did:web:school.example"]`, "/issuer", ErrStructure},
	{"issuer without id", "/issuer/id", ``, "/issuer/id", ErrStructure},
	{"issuer with two ids", "/issuer/id", `["did:web:a.example","did:web:b.example"]`, "/issuer/id", ErrStructure},
	{"issuer id is an object", "/issuer/id", `{"id":"did:web:a.example"}`, "/issuer/id", ErrStructure},
	{"issuer id is half a DID", "/issuer/id", `"did:web"`, "/issuer/id", ErrStructure},
	{"issuer as a text", "/issuer", `"did:web:school.example"`, "", nil},
	{"issuer name with markup key", "/issuer/name", `{"@value":"School","@language":"en","@type":"@json"}`, "/issuer/name/@type", ErrStructure},

	{"no subject", "/credentialSubject", ``, "/credentialSubject", ErrStructure},
	{"subject is null", "/credentialSubject", `null`, "/credentialSubject", ErrStructure},
	{"subject is a text", "/credentialSubject", `"did:example:abc"`, "/credentialSubject", ErrStructure},
	{"subject is empty", "/credentialSubject", `{}`, "/credentialSubject", ErrStructure},
	{"no subject in the list", "/credentialSubject", `[]`, "/credentialSubject", ErrStructure},
	{"second subject is empty", "/credentialSubject/1", `{}`, "/credentialSubject/1", ErrStructure},
	{"second subject is a text", "/credentialSubject/1", `"did:example:abc"`, "/credentialSubject/1", ErrStructure},
	{"subject id is a name", "/credentialSubject/0/id", `"Jane"`, "/credentialSubject/0/id", ErrStructure},
	{"subject id is null", "/credentialSubject/0/id", `null`, "/credentialSubject/0/id", ErrStructure},
	{"subject with two ids", "/credentialSubject/0/id", `["did:example:a","did:example:b"]`, "/credentialSubject/0/id", ErrStructure},

	{"validFrom is a day", "/validFrom", `"2026-01-01"`, "/validFrom", ErrStructure},
	{"validFrom without zone", "/validFrom", `"2026-01-01T00:00:00"`, "/validFrom", ErrStructure},
	{"validFrom on 30 February", "/validFrom", `"2026-02-30T00:00:00Z"`, "/validFrom", ErrStructure},
	{"validFrom is a number", "/validFrom", `1767225600`, "/validFrom", ErrStructure},
	{"validFrom is null", "/validFrom", `null`, "/validFrom", ErrStructure},
	{"validFrom is a typed value", "/validFrom", `{"@value":"2026-01-01T00:00:00Z"}`, "/validFrom", ErrStructure},
	{"validFrom is a list", "/validFrom", `["2026-01-01T00:00:00Z"]`, "/validFrom", ErrStructure},
	{"validUntil with a one-digit hour", "/validUntil", `"2030-01-01T0:00:00Z"`, "/validUntil", ErrStructure},
	{"validUntil before validFrom", "/validUntil", `"2025-12-31T23:59:59Z"`, "/validUntil", ErrStructure},
	{"validUntil before validFrom by its zone", "/validUntil", `"2026-01-01T00:30:00+01:00"`, "/validUntil", ErrStructure},
	{"validUntil is validFrom", "/validUntil", `"2026-01-01T00:00:00Z"`, "", nil},
	{"no validity", "/validFrom", ``, "", nil},

	{"name is null", "/name", `null`, "/name", ErrStructure},
	{"name is a number", "/name", `7`, "/name", ErrStructure},
	{"name is a list of texts", "/name", `["A"]`, "/name/0", ErrStructure},
	{"name without value", "/name", `{"@language":"en"}`, "/name/@value", ErrStructure},
	{"name with a list value", "/name", `{"@value":["A"]}`, "/name/@value", ErrStructure},
	{"name in no language", "/name", `{"@value":"A","@language":"not a tag"}`, "/name/@language", ErrStructure},
	{"name in a numbered language", "/name", `{"@value":"A","@language":1}`, "/name/@language", ErrStructure},
	{"name upwards", "/name", `{"@value":"A","@direction":"up"}`, "/name/@direction", ErrStructure},
	{"name with a link", "/name", `{"@value":"A","url":"did:example:x"}`, "/name/url", ErrStructure},
	{"description is half a language map", "/description", `{"@value":"A","de":"B"}`, "/description/de", ErrStructure},
	{"second description without value", "/description/1/@value", ``, "/description/1/@value", ErrStructure},

	{"status without type", "/credentialStatus/0/type", ``, "/credentialStatus/0/type", ErrStructure},
	{"status is a URL", "/credentialStatus", `"https://school.example/s/1#5"`, "/credentialStatus", ErrStructure},
	{"status is null", "/credentialStatus", `null`, "/credentialStatus", ErrStructure},
	{"status id is no URL", "/credentialStatus/0/id", `"s/1"`, "/credentialStatus/0/id", ErrStructure},
	{"status with two ids", "/credentialStatus/0/id", `["https://a.example/","https://b.example/"]`, "/credentialStatus/0/id", ErrStructure},
	{"status without id", "/credentialStatus/0/id", ``, "", nil},
	{"status type is a number", "/credentialStatus/0/type", `2`, "/credentialStatus/0/type", ErrStructure},
	{"schema without id", "/credentialSchema/id", ``, "/credentialSchema/id", ErrStructure},
	{"schema without type", "/credentialSchema/type", ``, "/credentialSchema/type", ErrStructure},
	{"schema is a text", "/credentialSchema", `"https://school.example/schema.json"`, "/credentialSchema", ErrStructure},
	{"terms without type", "/termsOfUse", `{"id":"https://school.example/terms"}`, "/termsOfUse/type", ErrStructure},
	{"terms are empty", "/termsOfUse", `{}`, "/termsOfUse/type", ErrStructure},
	{"evidence without type", "/evidence/type", ``, "/evidence/type", ErrStructure},
	{"evidence id is no URL", "/evidence/id", `"essay.pdf"`, "/evidence/id", ErrStructure},
	{"evidence is an empty set", "/evidence", `[]`, "", nil},
	{"refresh without type", "/refreshService/0", `{"id":"https://school.example/r"}`, "/refreshService/0/type", ErrStructure},
	{"render without type", "/renderMethod", `{"template":"x"}`, "/renderMethod/type", ErrStructure},
	{"confidence without type", "/confidenceMethod", `{"id":"did:example:x"}`, "/confidenceMethod/type", ErrStructure},

	{"resource without id", "/relatedResource/0/id", ``, "/relatedResource/0/id", ErrStructure},
	{"resource without digest", "/relatedResource/1/digestMultibase", ``, "/relatedResource/1", ErrStructure},
	{"resource named twice", "/relatedResource/1/id", `"https://www.w3.org/ns/credentials/v2"`, "/relatedResource/1/id", ErrStructure},
	{"resource is a URL", "/relatedResource/0", `"https://www.w3.org/ns/credentials/v2"`, "/relatedResource/0", ErrStructure},
	{"digest of another algorithm", "/relatedResource/0/digestSRI", `"md5-1B2M2Y8AsgTpgAmY7PhCfg=="`, "/relatedResource/0/digestSRI", ErrStructure},
	{"digest is empty", "/relatedResource/0/digestSRI", `""`, "/relatedResource/0/digestSRI", ErrStructure},
	{"digest is a number", "/relatedResource/0/digestSRI", `1`, "/relatedResource/0/digestSRI", ErrStructure},
	{"multibase digest is prose", "/relatedResource/1/digestMultibase", `"the usual digest"`, "/relatedResource/1/digestMultibase", ErrStructure},

	{"enveloped credential", "", `{"@context":"https://www.w3.org/ns/credentials/v2","type":"EnvelopedVerifiableCredential","id":"data:application/vc+jwt,eyJhbGciOiJFZERTQSJ9.e30.AA"}`, "", ErrMediaType},
	{"enveloped presentation", "", `{"@context":"https://www.w3.org/ns/credentials/v2","type":"EnvelopedVerifiablePresentation","id":"data:application/vp+jwt,eyJhbGciOiJFZERTQSJ9.e30.AA"}`, "", ErrMediaType},
	{"envelope without content", "", `{"@context":"https://www.w3.org/ns/credentials/v2","type":"EnvelopedVerifiableCredential","id":"https://school.example/vc"}`, "/id", ErrStructure},
	{"no object at all", "", `[` + goodCredential + `]`, "", ErrStructure},
	{"null", "", `null`, "", ErrStructure},
}

var presentationChanges = []change{
	{"no context", "/@context", ``, "/@context", ErrStructure},
	{"context of another", "/@context/0", `"https://www.w3.org/ns/credentials/examples/v2"`, "/@context", ErrContext},
	{"base context second", "/@context", `[{"A":"https://a.example/#A"},"https://www.w3.org/ns/credentials/v2"]`, "/@context", ErrContext},
	{"version 1.1", "/@context/0", `"https://www.w3.org/2018/credentials/v1"`, "", nil},
	{"both versions", "/@context", `["https://www.w3.org/ns/credentials/v2","https://www.w3.org/2018/credentials/v1"]`, "/@context/1", ErrContext},
	{"no type", "/type", ``, "/type", ErrStructure},
	{"type of a credential too", "/type", `["VerifiablePresentation","VerifiableCredential"]`, "/type", ErrStructure},
	{"type of a credential", "/type", `["VerifiableCredential"]`, "/type", ErrStructure},
	{"id is no URL", "/id", `"presentation 7"`, "/id", ErrStructure},
	{"id is null", "/id", `null`, "/id", ErrStructure},
	{"no holder", "/holder", ``, "", nil},
	{"holder as an object", "/holder", `{"id":"did:example:abc","name":"Jane"}`, "", nil},
	{"holder is a key", "/holder", `"z6MkpJySvETLnxhQG9DzEdmKJtysBDjuuTeDfUj1uNNCUqcj"`, "/holder", ErrStructure},
	{"holder is null", "/holder", `null`, "/holder", ErrStructure},
	{"holder with a name only", "/holder", `{"name":"Acme"}`, "/holder/id", ErrStructure},
	{"two holders", "/holder", `["did:example:abc","did:example:def"]`, "/holder", ErrStructure},
	{"holder id is no URL", "/holder", `{"id":"Acme"}`, "/holder/id", ErrStructure},
	{"terms without type", "/termsOfUse", `{"id":"https://school.example/terms"}`, "/termsOfUse/type", ErrStructure},
	{"no credential", "/verifiableCredential", ``, "/verifiableCredential", ErrNoCredential},
	{"no credential in the list", "/verifiableCredential", `[]`, "/verifiableCredential", ErrNoCredential},
	{"credential is null", "/verifiableCredential", `null`, "/verifiableCredential", ErrStructure},
	{"credential is a JWT", "/verifiableCredential/0", `"eyJhbGciOiJFZERTQSJ9.e30.AA"`, "/verifiableCredential/0", ErrStructure},
	{"credential is a list", "/verifiableCredential/0", `[{}]`, "/verifiableCredential/0", ErrStructure},
	{"credential without type", "/verifiableCredential/1/type", ``, "/verifiableCredential/1/type", ErrStructure},
	{"credential of another type", "/verifiableCredential/1/type", `["OpenBadgeCredential"]`, "/verifiableCredential/1/type", ErrStructure},
	{"presentation in a presentation", "/verifiableCredential/1/type", `["VerifiablePresentation"]`, "/verifiableCredential/1/type", ErrStructure},
	{"one credential without a list", "/verifiableCredential", goodBadge, "", nil},
	{"64 credentials", "/verifiableCredential", many(64), "", nil},
	{"65 credentials", "/verifiableCredential", many(65), "/verifiableCredential", ErrLimit},
	{"500 credentials", "/verifiableCredential", many(500), "/verifiableCredential", ErrLimit},
	{"enveloped credential", "/verifiableCredential/1", `{"@context":"https://www.w3.org/ns/credentials/v2","type":["EnvelopedVerifiableCredential"],"id":"data:application/vc+jwt,e30.e30.AA"}`, "", nil},
	{"enveloped credential in base64", "/verifiableCredential/1", `{"@context":"https://www.w3.org/ns/credentials/v2","type":["EnvelopedVerifiableCredential"],"id":"data:application/vc+jwt;base64,e30.e30.AA"}`, "", nil},
	{"enveloped credential without context", "/verifiableCredential/1", `{"type":["EnvelopedVerifiableCredential"],"id":"data:application/vc+jwt,e30.e30.AA"}`, "/verifiableCredential/1/@context", ErrStructure},
	{"enveloped credential with another context", "/verifiableCredential/1", `{"@context":"https://www.w3.org/ns/credentials/examples/v2","type":["EnvelopedVerifiableCredential"],"id":"data:application/vc+jwt,e30.e30.AA"}`, "/verifiableCredential/1/@context", ErrContext},
	{"enveloped credential that is another thing too", "/verifiableCredential/1", `{"@context":"https://www.w3.org/ns/credentials/v2","type":["EnvelopedVerifiableCredential","VerifiableCredential"],"id":"data:application/vc+jwt,e30.e30.AA"}`, "/verifiableCredential/1/type", ErrStructure},
	{"enveloped credential without media type", "/verifiableCredential/1", `{"@context":"https://www.w3.org/ns/credentials/v2","type":["EnvelopedVerifiableCredential"],"id":"data:,e30"}`, "/verifiableCredential/1/id", ErrStructure},
	{"an unsound credential is judged by itself", "/verifiableCredential/1/issuer", ``, "", nil},
	{"no object at all", "", `"eyJhbGciOiJFZERTQSJ9.e30.AA"`, "", ErrStructure},
}

// goodV1 is a sound credential of VCDM 1.1.
const goodV1 = `{
	"@context": ["https://www.w3.org/2018/credentials/v1", "https://purl.imsglobal.org/spec/ob/v3p0/context.json"],
	"id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
	"type": ["VerifiableCredential", "OpenBadgeCredential"],
	"name": "Data Analysis",
	"issuer": {"id": "did:web:school.example", "name": "School"},
	"issuanceDate": "2022-01-01T00:00:00Z",
	"expirationDate": "2030-01-01T00:00:00Z",
	"validFrom": "2022-01-02T00:00:00Z",
	"credentialStatus": {"id": "https://school.example/s/1#5", "type": "StatusList2021Entry"},
	"credentialSubject": {"id": "did:example:abc", "type": "AchievementSubject"}
}`

// v1Changes are the rules in which VCDM 1.1 differs from 2.0, and a few in which
// it does not.
var v1Changes = []change{
	{"lone context", "/@context", `"https://www.w3.org/2018/credentials/v1"`, "", nil},
	{"base context in http", "/@context/0", `"http://www.w3.org/2018/credentials/v1"`, "/@context", ErrContext},
	{"base context second", "/@context", `["https://purl.imsglobal.org/spec/ob/v3p0/context.json","https://www.w3.org/2018/credentials/v1"]`, "/@context", ErrContext},
	{"both versions", "/@context/1", `"https://www.w3.org/ns/credentials/v2"`, "/@context/1", ErrContext},
	{"version 2.0", "/@context/0", `"https://www.w3.org/ns/credentials/v2"`, "", nil},
	{"no date of issuance", "/issuanceDate", ``, "/issuanceDate", ErrStructure},
	{"date of issuance is null", "/issuanceDate", `null`, "/issuanceDate", ErrStructure},
	{"issued on a day", "/issuanceDate", `"2022-01-01"`, "/issuanceDate", ErrStructure},
	{"issued without zone", "/issuanceDate", `"2022-01-01T00:00:00"`, "/issuanceDate", ErrStructure},
	{"issued on 30 February", "/issuanceDate", `"2022-02-30T00:00:00Z"`, "/issuanceDate", ErrStructure},
	{"expires on a day", "/expirationDate", `"2030-01-01"`, "/expirationDate", ErrStructure},
	{"expires before it is issued", "/expirationDate", `"2021-12-31T23:59:59Z"`, "/expirationDate", ErrStructure},
	{"expires before it is valid", "/expirationDate", `"2022-01-01T12:00:00Z"`, "/expirationDate", ErrStructure},
	{"does not expire", "/expirationDate", ``, "", nil},
	{"validFrom is a day", "/validFrom", `"2022-01-02"`, "/validFrom", ErrStructure},
	{"no validFrom", "/validFrom", ``, "", nil},
	{"no type", "/type", ``, "/type", ErrStructure},
	{"no issuer", "/issuer", ``, "/issuer", ErrStructure},
	{"issuer is a name", "/issuer", `"School"`, "/issuer", ErrStructure},
	{"no subject", "/credentialSubject", ``, "/credentialSubject", ErrStructure},
	{"subject is empty", "/credentialSubject", `{}`, "/credentialSubject", ErrStructure},
	{"status without type", "/credentialStatus/type", ``, "/credentialStatus/type", ErrStructure},
	{"several names", "/name", `["A","B"]`, "", nil},
	{"enveloped", "/type", `["VerifiableCredential","EnvelopedVerifiableCredential"]`, "/@context", ErrContext},
}

// many is a list of n credentials.
func many(n int) string {
	return "[" + strings.Repeat(`{"type":["VerifiableCredential"]},`, n-1) + `{"type":["VerifiableCredential"]}]`
}

func TestCheck(t *testing.T) { runChanges(t, goodCredential, Check, credentialChanges) }

func TestCheckV1(t *testing.T) { runChanges(t, goodV1, Check, v1Changes) }

func TestCheckPresentation(t *testing.T) {
	runChanges(t, goodPresentation, CheckPresentation, presentationChanges)
}

// runChanges checks the document as it is, which must pass, and with each change.
func runChanges(t *testing.T, document string, check func(strictjson.Value) error, changes []change) {
	good := parse(t, document)
	if err := check(good); err != nil {
		t.Fatalf("the document to change is not sound: %v", err)
	}
	for _, c := range changes {
		t.Run(c.name, func(t *testing.T) {
			to := strictjson.Value{}
			if c.to != "" {
				to = parse(t, c.to)
			}
			expectProblem(t, check(set(good, c.pointer, to)), c.path, c.err)
		})
	}
}

// expectProblem wants exactly one problem, at the path and of the family, or none.
func expectProblem(t *testing.T, err error, path string, sentinel error) {
	t.Helper()
	if sentinel == nil {
		if err != nil {
			t.Errorf("refused: %v", err)
		}
		return
	}
	var problems Problems
	if !errors.As(err, &problems) || len(problems) != 1 {
		t.Fatalf("got %v, want one problem", err)
	}
	if problems[0].Path != path || !errors.Is(err, sentinel) {
		t.Errorf("got %q (%v), want %q (%v)", problems[0].Path, problems[0].Err, path, sentinel)
	}
}

func TestEveryFamilyHasFiveCases(t *testing.T) {
	counts := make(map[error]int)
	for _, c := range slices.Concat(credentialChanges, presentationChanges, badgeChanges) {
		counts[c.err]++
	}
	for _, family := range []error{ErrStructure, ErrContext, ErrBadge} {
		if counts[family] < 5 {
			t.Errorf("%v: %d cases, want at least 5", family, counts[family])
		}
	}
}

func TestProblemsAreAllReported(t *testing.T) {
	err := Check(parse(t, `{"@context":["https://x.example/"],"type":["A"],"credentialSubject":[{}, {"id":null}],"a/b~c":1}`))
	want := []string{"/@context", "/type", "/issuer", "/credentialSubject/0", "/credentialSubject/1/id"}
	var problems Problems
	if !errors.As(err, &problems) {
		t.Fatalf("got %v", err)
	}
	var got []string
	for _, p := range problems {
		got = append(got, p.Path)
	}
	if !slices.Equal(got, want) {
		t.Errorf("problems at %q, want %q", got, want)
	}
	if !errors.Is(err, ErrContext) || !errors.Is(err, ErrStructure) || errors.Is(err, ErrBadge) {
		t.Errorf("the joined error wraps the wrong families: %v", err)
	}
	if text := err.Error(); !strings.HasPrefix(text, "/@context: must start with https://www.w3.org/ns/credentials/v2; /type: ") {
		t.Errorf("text: %s", text)
	}
	if rest := problems.Without(ErrStructure); rest == nil || errors.Is(rest, ErrStructure) || !errors.Is(rest, ErrContext) {
		t.Errorf("Without(ErrStructure) = %v", rest)
	}
	if rest := problems[:1].Without(ErrContext); rest != nil {
		t.Errorf("Without of the only problem = %v, want nil", rest)
	}
}

func TestProblemsAreBounded(t *testing.T) {
	doc := set(parse(t, goodCredential), "/credentialSubject", parse(t, "["+strings.Repeat("{},", 5000)+"{}]"))
	var problems Problems
	if err := Check(doc); !errors.As(err, &problems) || len(problems) != maxProblems {
		t.Errorf("%d problems, want %d", len(problems), maxProblems)
	}
}

func TestPointersAreEscaped(t *testing.T) {
	root := place{v: parse(t, `{"a/b":{"c~d":[true]}}`)}
	if got := root.get("a/b").get("c~d").list()[0].path; got != "/a~1b/c~0d/0" {
		t.Errorf("pointer %s", got)
	}
}

func ExampleCheck() {
	doc, _ := strictjson.Parse([]byte(`{
		"@context": ["https://www.w3.org/ns/credentials/v2"],
		"type": ["VerifiableCredential"],
		"issuer": "School",
		"validFrom": "2026-02-30T00:00:00Z",
		"credentialSubject": {"id": "did:example:abc"}
	}`))
	var problems Problems
	if errors.As(Check(doc), &problems) {
		for _, p := range problems {
			fmt.Println(p.Path, p.Text)
		}
	}
	// Output:
	// /issuer must be a URL
	// /validFrom must be a date and time with time zone: "2026-02-30T00:00:00Z" is no day of the calendar
}

func TestReadEnvelope(t *testing.T) {
	const sound = `{"@context":["https://www.w3.org/ns/credentials/v2"],"type":"EnvelopedVerifiablePresentation","id":"data:application/vp+jwt,a.b.c"}`
	if e, err := ReadEnvelope(parse(t, sound)); err != nil || e != (Envelope{true, "application/vp+jwt", "a.b.c"}) {
		t.Errorf("%+v, %v", e, err)
	}
	for change, want := range map[[2]string]error{
		{`"data:application/vp+jwt,a.b.c"`, `"a.b.c"`}:                                ErrStructure,
		{`"data:application/vp+jwt,a.b.c"`, `"data:,a.b.c"`}:                          ErrStructure,
		{`"data:application/vp+jwt,a.b.c"`, `"data:application/vp+jwt,"`}:             ErrStructure,
		{`"data:application/vp+jwt,a.b.c"`, `"DATA:application/vp+jwt,a.b.c"`}:        ErrStructure,
		{`"data:application/vp+jwt,a.b.c"`, `["data:application/vp+jwt,a.b.c"]`}:      ErrStructure,
		{`"data:application/vp+jwt,a.b.c"`, `"data:application/vp+jwt;x=1,a.b.c"`}:    ErrMediaType,
		{`"data:application/vp+jwt,a.b.c"`, `"data:application/vp+jwt,a%2Eb.c"`}:      ErrMediaType,
		{`["https://www.w3.org/ns/credentials/v2"]`, `[]`}:                            ErrContext,
		{`["https://www.w3.org/ns/credentials/v2"]`, `"https://example.org/context"`}: ErrContext,
		{`"@context"`, `"context"`}:                                                   ErrStructure,
	} {
		e, err := ReadEnvelope(parse(t, strings.Replace(sound, change[0], change[1], 1)))
		if !errors.Is(err, want) || e != (Envelope{}) {
			t.Errorf("%s: %+v, %v; want %v", change[1], e, err, want)
		}
	}
	for text, want := range map[string]bool{sound: true, `{"type":["EnvelopedVerifiableCredential"]}`: true, `{"type":"VerifiableCredential"}`: false, `"data:"`: false} {
		if IsEnvelope(parse(t, text)) != want {
			t.Errorf("%s: %v", text, !want)
		}
	}
	if _, err := ReadEnvelope(parse(t, `"data:application/vp+jwt,a.b.c"`)); !errors.Is(err, ErrStructure) {
		t.Errorf("a text: %v", err)
	}
	v1 := strings.Replace(goodPresentation, "https://www.w3.org/ns/credentials/v2", "https://www.w3.org/2018/credentials/v1", 1)
	if err := CheckPresentation(set(parse(t, v1), "/verifiableCredential/0", strictjson.String("e30.e30.AA"))); err != nil {
		t.Errorf("a token in a presentation of 1.1: %v", err)
	}
}

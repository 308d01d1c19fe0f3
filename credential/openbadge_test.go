package credential

import (
	"errors"
	"testing"
)

var badgeChanges = []change{
	{"no achievement", "/credentialSubject/achievement", ``, "/credentialSubject/achievement", ErrBadge},
	{"achievement is a URL", "/credentialSubject/achievement", `"https://school.example/barista"`, "/credentialSubject/achievement", ErrBadge},
	{"achievement is null", "/credentialSubject/achievement", `null`, "/credentialSubject/achievement", ErrBadge},
	{"achievement is an empty list", "/credentialSubject/achievement", `[]`, "/credentialSubject/achievement", ErrBadge},
	{"achievement under another name", "/credentialSubject", `{"id":"did:example:abc","type":"AchievementSubject","Achievement":{}}`, "/credentialSubject/achievement", ErrBadge},
	{"no achievement id", "/credentialSubject/achievement/id", ``, "/credentialSubject/achievement/id", ErrBadge},
	{"achievement id is a word", "/credentialSubject/achievement/id", `"barista"`, "/credentialSubject/achievement/id", ErrBadge},
	{"no achievement type", "/credentialSubject/achievement/type", ``, "/credentialSubject/achievement/type", ErrBadge},
	{"achievement of another type", "/credentialSubject/achievement/type", `["Course"]`, "/credentialSubject/achievement/type", ErrBadge},
	{"achievement type in full", "/credentialSubject/achievement/type", `"https://purl.imsglobal.org/spec/vc/ob/vocab.html#Achievement"`, "", nil},
	{"no name", "/credentialSubject/achievement/name", ``, "/credentialSubject/achievement/name", ErrBadge},
	{"empty name", "/credentialSubject/achievement/name", `""`, "/credentialSubject/achievement/name", ErrBadge},
	{"name is a number", "/credentialSubject/achievement/name", `7`, "/credentialSubject/achievement/name", ErrBadge},
	{"name in languages", "/credentialSubject/achievement/name", `{"en":"Barista","it":"Barista"}`, "", nil},
	{"no description", "/credentialSubject/achievement/description", ``, "/credentialSubject/achievement/description", ErrBadge},
	{"no criteria", "/credentialSubject/achievement/criteria", ``, "/credentialSubject/achievement/criteria", ErrBadge},
	{"criteria are a text", "/credentialSubject/achievement/criteria", `"Pull ten."`, "/credentialSubject/achievement/criteria", ErrBadge},
	{"criteria are empty", "/credentialSubject/achievement/criteria", `{}`, "/credentialSubject/achievement/criteria", ErrBadge},
	{"criteria say nothing", "/credentialSubject/achievement/criteria", `{"narrative":"","id":""}`, "/credentialSubject/achievement/criteria", ErrBadge},
	{"criteria as a page", "/credentialSubject/achievement/criteria", `{"id":"https://school.example/barista#how"}`, "", nil},
	{"achievement in a list of one", "/credentialSubject/achievement", `[{"id":"urn:uuid:a","type":"Achievement","name":"A","description":"B","criteria":{"narrative":"C"}}]`, "", nil},
	{"two achievements", "/credentialSubject/achievement", `[{},{}]`, "/credentialSubject/achievement", ErrBadge},
	{"subject without type", "/credentialSubject/type", ``, "/credentialSubject/type", ErrBadge},
	{"subject of another type", "/credentialSubject/type", `["Person"]`, "/credentialSubject/type", ErrBadge},
	{"two subjects", "/credentialSubject", `[{"id":"did:example:a"},{"id":"did:example:b"}]`, "/credentialSubject", ErrBadge},
	{"subject without id", "/credentialSubject/id", ``, "", nil},
	{"older name of the type", "/type/1", `"AchievementCredential"`, "", nil},
	{"type in full, achievement missing", "", `{"type":["VerifiableCredential","https://purl.imsglobal.org/spec/vc/ob/vocab.html#OpenBadgeCredential"],"credentialSubject":{"type":"AchievementSubject"}}`, "/credentialSubject/achievement", ErrBadge},
	{"no badge at all", "", `{"type":["VerifiableCredential"],"credentialSubject":{"alumniOf":"School"}}`, "", nil},
	{"endorsement", "", `{"type":["VerifiableCredential","EndorsementCredential"],"credentialSubject":{"id":"https://school.example/","type":["EndorsementSubject"]}}`, "", nil},
	{"endorsement of nothing", "", `{"type":["VerifiableCredential","EndorsementCredential"],"credentialSubject":{"type":["EndorsementSubject"],"endorsementComment":"Good"}}`, "/credentialSubject/id", ErrBadge},
	{"endorsement of another type", "", `{"type":["VerifiableCredential","EndorsementCredential"],"credentialSubject":{"id":"https://school.example/"}}`, "/credentialSubject/type", ErrBadge},
	{"learner record", "", `{"type":["VerifiableCredential","ClrCredential"],"credentialSubject":{"id":"did:example:abc","type":["ClrSubject"]}}`, "", nil},
}

func TestCheckBadge(t *testing.T) { runChanges(t, goodBadge, CheckBadge, badgeChanges) }

func TestAdvise(t *testing.T) {
	tests := []change{
		{"no id", "/id", ``, "/id", ErrAdvice},
		{"no validFrom", "/validFrom", ``, "/validFrom", ErrAdvice},
		{"issuer without type", "/issuer/type", ``, "/issuer/type", ErrAdvice},
		{"issuer as a URL", "/issuer", `"did:web:school.example"`, "", nil},
		{"image without type", "/image", `{"id":"https://school.example/i.png"}`, "/image/type", ErrAdvice},
		{"image without id", "/image", `{"type":"Image"}`, "/image/id", ErrAdvice},
		{"alignment without target", "/credentialSubject/achievement/alignment", `{"type":"Alignment","targetUrl":"https://a.example/"}`, "/credentialSubject/achievement/alignment/targetName", ErrAdvice},
		{"alignment is a URL", "/credentialSubject/achievement/alignment", `["https://a.example/"]`, "/credentialSubject/achievement/alignment/0", ErrAdvice},
		{"identity without hash", "/credentialSubject/identifier", `[{"type":"IdentityObject","hashed":false,"identityType":"name"}]`, "/credentialSubject/identifier/0/identityHash", ErrAdvice},
		{"nobody", "/credentialSubject/id", ``, "/credentialSubject", ErrAdvice},
		{"unexplained result", "/credentialSubject/result", `[{"type":"Result","value":"A","resultDescription":"urn:x:y"}]`, "/credentialSubject/result/0/resultDescription", ErrAdvice},
		{"endorsement without name", "/endorsement", `[{"id":"urn:x:y","type":["VerifiableCredential","EndorsementCredential"],"issuer":"did:web:e.example","validFrom":"2026-01-01T00:00:00Z","credentialSubject":{"id":"did:web:s.example","type":"EndorsementSubject"}}]`, "/endorsement/0/name", ErrAdvice},
		{"older name of the type", "/type/1", `"AchievementCredential"`, "", nil},
		{"a member of no class", "/extra", `{"image":{}}`, "", nil},
		{"no badge", "/type", `["VerifiableCredential"]`, "", nil},
	}
	good := parse(t, goodBadge)
	if advice := Advise(good); advice != nil {
		t.Fatalf("the badge to change is not complete: %v", advice)
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			doc := good.Without()
			if c.to == "" {
				doc = set(doc, c.pointer, parse(t, `{}`).Get("absent"))
			} else {
				doc = set(doc, c.pointer, parse(t, c.to))
			}
			expectProblem(t, Advise(doc).orNil(), c.path, c.err)
		})
	}
}

func TestAdviceIsNoVerdict(t *testing.T) {
	doc := set(parse(t, goodBadge), "/issuer/type", parse(t, `{}`).Get("absent"))
	if err := errors.Join(Check(doc), CheckBadge(doc)); err != nil {
		t.Errorf("an untidy badge is refused: %v", err)
	}
}

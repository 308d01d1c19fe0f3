package credential

import (
	"strings"

	"laurel/internal/strictjson"
)

// Form is what kind of document somebody has handed in, as far as its @context
// and type tell. It is a guess for messages and for choosing the right checks;
// only Check says whether the document is what it claims to be.
type Form uint8

// The forms that are told apart.
const (
	Unknown               Form = iota
	Credential                 // VCDM 2.0 credential, among them Open Badges 3.0
	Presentation               // VCDM 2.0 presentation
	V1Credential               // VCDM 1.1 credential
	V1Presentation             // VCDM 1.1 presentation
	EnvelopedCredential        // VCDM 2.0 object around a JWT, SD-JWT or COSE credential
	EnvelopedPresentation      // the same for a presentation
	StatusList                 // a published status list (Bitstring Status List, StatusList2021)
	OpenBadges2                // Open Badges 2.0 assertion, which is not signed like this at all
	OpenBadges2Definition      // Open Badges 2.0 badge class or issuer profile
)

// String names the form for people.
func (f Form) String() string {
	return [...]string{
		"an unknown kind of document",
		"a credential",
		"a presentation",
		"a credential of data model 1.1",
		"a presentation of data model 1.1",
		"an enveloped credential",
		"an enveloped presentation",
		"a status list",
		"an Open Badges 2.0 assertion",
		"an Open Badges 2.0 definition",
	}[f]
}

// Detect says what the document looks like.
func Detect(doc strictjson.Value) Form {
	v1 := VersionOf(doc) == V1
	switch {
	case HasType(doc, typeEnvelopedCredential):
		return EnvelopedCredential
	case HasType(doc, typeEnvelopedPresentation):
		return EnvelopedPresentation
	case HasType(doc, typePresentation) && v1:
		return V1Presentation
	case HasType(doc, typePresentation):
		return Presentation
	case HasType(doc, "BitstringStatusListCredential"), HasType(doc, "StatusList2021Credential"):
		return StatusList
	case HasType(doc, typeCredential) && v1:
		return V1Credential
	case HasType(doc, typeCredential):
		return Credential
	}
	return detectOpenBadges2(doc)
}

// detectOpenBadges2 knows the older badges by their context
// (https://w3id.org/openbadges/v2, or v1) or by the members of an assertion.
func detectOpenBadges2(doc strictjson.Value) Form {
	old := false
	for _, c := range doc.Get("@context").List() {
		old = old || strings.HasPrefix(c.Str(), "https://w3id.org/openbadges/v") || strings.HasPrefix(c.Str(), "https://openbadgespec.org/v")
	}
	switch {
	case old && HasType(doc, "Assertion"),
		doc.Get("recipient").Exists() && doc.Get("badge").Exists():
		return OpenBadges2
	case old:
		return OpenBadges2Definition
	}
	return Unknown
}

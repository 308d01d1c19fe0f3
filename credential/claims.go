package credential

import (
	"strconv"

	"laurel/internal/strictjson"
)

// Claim is one thing that a credential says about its subject, for showing
// credentials that are no Open Badges.
type Claim struct {
	Name string `json:"name,omitzero"` // where it stands: "degree.name", "alumniOf[1].id"
	Text string `json:"text,omitzero"` // the value as text
}

// Claims lists what a credential says about its subjects, value by value in the
// order of the document, at most 200; cut says that there was more. Names and
// values have been through Plain.
func Claims(doc strictjson.Value) (claims []Claim, cut bool) {
	subjects := doc.Get("credentialSubject")
	l := lister{}
	if subjects.Kind() == strictjson.List {
		l.list("", subjects)
	} else {
		l.members("", subjects)
	}
	return l.claims, l.cut
}

type lister struct {
	claims []Claim
	cut    bool
}

func (l *lister) value(name string, v strictjson.Value) {
	switch {
	case l.cut:
	case v.Get("@value").Exists():
		l.leaf(name, v.Get("@value"))
	case v.Kind() == strictjson.Dict:
		l.members(name+".", v)
	case v.Kind() == strictjson.List:
		l.list(name, v)
	default:
		l.leaf(name, v)
	}
}

func (l *lister) list(name string, v strictjson.Value) {
	for i, e := range v.Elems() {
		l.value(name+"["+strconv.Itoa(i)+"]", e)
	}
}

func (l *lister) members(prefix string, v strictjson.Value) {
	for _, m := range v.Members() {
		l.value(prefix+Plain(m.Name), m.Value)
	}
}

func (l *lister) leaf(name string, v strictjson.Value) {
	if len(l.claims) == maxShown {
		l.cut = true
		return
	}
	text, ok := v.Text()
	if !ok {
		text = string(v.JSON()) // a number as it was written, true, false or null
	}
	l.claims = append(l.claims, Claim{Name: name, Text: Plain(text)})
}

// tokenClaims are the claims of a token that say something about the token, and
// not about its subject.
var tokenClaims = []string{"iss", "sub", "iat", "nbf", "exp", "jti", "aud", "cnf", "vct", "vct#integrity", "status"}

// FromClaims arranges the claims of an SD-JWT credential, which know nothing of the
// data model, as a credential has them, so that they can be shown like one: iss as
// its issuer, and everything else as said of the subject. Its name is what it says
// that was achieved, or else its type (vct). Claims called issuer and evidence, which
// badges have, are taken for the credential's; an issuer who is not iss is not.
// It is for display: nothing is decided by it.
func FromClaims(claims strictjson.Value) strictjson.Value {
	issuer, evidence := claims.Get("iss"), claims.Get("evidence")
	subject := claims.Without(tokenClaims...)
	if said := claims.Get("issuer"); said.Get("id").Exists() && said.Get("id").Equal(issuer) {
		issuer, subject = said, subject.Without("issuer")
	}
	if sub := claims.Get("sub"); sub.Exists() && !subject.Get("id").Exists() {
		subject = subject.With("id", sub)
	}
	name := claims.Get("achievement").Get("name")
	if !name.Exists() {
		name = claims.Get("vct")
	}
	return strictjson.Object(
		strictjson.Member{Name: "type", Value: claims.Get("vct")},
		strictjson.Member{Name: "name", Value: name},
		strictjson.Member{Name: "issuer", Value: issuer},
		strictjson.Member{Name: "credentialSubject", Value: subject.Without("evidence")},
		strictjson.Member{Name: "evidence", Value: evidence},
	)
}

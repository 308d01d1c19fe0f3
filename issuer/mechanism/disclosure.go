package mechanism

import (
	"errors"
	"slices"
	"strconv"

	"laurel/credential"
	"laurel/internal/strictjson"
)

// claims arranges a badge as SD-JWT VC has it: what the token is in registered
// claims, and what is said of the learner beside them, by the names that Open Badges
// has for it.
func (c *Choice) claims(b Badge) (strictjson.Value, error) {
	from, _, err := credential.Validity(b.Document)
	if err != nil {
		return strictjson.Value{}, err
	}
	subject := b.Document.Get("credentialSubject")
	vct := c.Type(subject.Get("achievement"))
	if b.Issuer == "" || !b.Status.Exists() || vct == "" {
		return strictjson.Value{}, errors.New("claims need an issuer, a type and a status")
	}
	members := []strictjson.Member{
		{Name: "iss", Value: strictjson.String(b.Issuer)},
		{Name: "sub", Value: subject.Get("id")},
		{Name: "vct", Value: strictjson.String(vct)},
		{Name: "jti", Value: b.Document.Get("id")},
		{Name: "nbf", Value: strictjson.Int(int(from.Unix()))},
		{Name: "status", Value: b.Status},
		{Name: "issuer", Value: b.Document.Get("issuer").With("id", strictjson.String(b.Issuer))},
	}
	members = append(members, subject.Without("id", "type").Members()...)
	return strictjson.Object(append(members, strictjson.Member{Name: "evidence", Value: b.Document.Get("evidence")})...), nil
}

// fixed are pointers to what a token with disclosures always shows. A learner who
// could withhold one of them could make a badge that was revoked, or has ended, look
// like a good one; proof.IssueSDJWT would refuse to conceal most of it.
func (c *Choice) fixed() []string {
	if c.Claims() {
		return []string{"/iss", "/sub", "/vct", "/jti", "/nbf", "/status", "/issuer"}
	}
	return []string{
		"/@context", "/id", "/type", "/issuer", "/validFrom", "/validUntil",
		"/credentialStatus", "/credentialSchema", "/credentialSubject/id",
	}
}

// disclosable are JSON pointers to everything in a document that can be withheld by
// itself, given what cannot.
func disclosable(doc strictjson.Value, fixed []string) []string {
	w := walk{fixed: fixed}
	w.members("", doc)
	return w.found
}

type walk struct {
	fixed []string
	found []string
}

func (w *walk) members(at string, v strictjson.Value) {
	for _, m := range v.Members() {
		if at != "" && (m.Name == "id" || m.Name == "type") {
			continue // an object that is shown says what it is
		}
		w.value(at+"/"+strictjson.EscapeStep(m.Name), m.Value)
	}
}

func (w *walk) value(at string, v strictjson.Value) {
	if slices.ContainsFunc(w.fixed, func(f string) bool { return strictjson.Within(at, f) }) {
		return // it is shown, with everything in it
	}
	if !slices.ContainsFunc(w.fixed, func(f string) bool { return strictjson.Within(f, at) }) {
		w.found = append(w.found, at)
	}
	w.members(at, v)
	for n, e := range v.Elems() {
		w.value(at+"/"+strconv.Itoa(n), e)
	}
}

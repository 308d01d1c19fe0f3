package proof

import (
	"fmt"

	"laurel/credential"
	"laurel/internal/jose"
	"laurel/internal/strictjson"
)

// readPlain reads a token that does not say what it is: one of VCDM 1.1, whose
// document is a claim "vc" or "vp", or a badge in 1EdTech's form, whose document
// is the payload. The latter is taken only from RS256, the algorithm of that
// profile: a token of another use that happens to look like a credential has
// another.
func (t *token) readPlain() error {
	vc, vp := t.claims.Get("vc"), t.claims.Get("vp")
	switch {
	case vc.Exists() && vp.Exists():
		return fmt.Errorf("%w: it has a claim vc and a claim vp", ErrMalformed)
	case vc.Exists():
		t.typ, t.document = plainVC, vc
	case vp.Exists():
		t.typ, t.document = plainVP, vp
	case t.message.Algorithm() == "RS256" && t.claims.Get("@context").Exists():
		t.typ, t.edtech, t.document = plainVC, true, t.claims.Without(registered...)
	default:
		if t.claims.Get("@context").Exists() { // an algorithm that nobody takes says more than the form
			if err := t.message.Check(jose.Rules{Types: []string{t.message.Type()}, RSA: true}); err != nil {
				return err
			}
		}
		return fmt.Errorf("%w: it does not say that it is a credential or presentation", jose.ErrType)
	}
	if t.document.Kind() != strictjson.Dict {
		return fmt.Errorf("%w: its document is %s", ErrMalformed, t.document.Kind())
	}
	t.complete()
	return nil
}

// complete fills in what the claims say in place of the document: "the JWT
// decoding" of VCDM 1.1, section 6.3.1. What is there already is compared later,
// and not overwritten.
func (t *token) complete() {
	if t.typ == plainVP {
		t.fill("holder", strictjson.Optional(t.issuer))
		t.fill("id", strictjson.Optional(t.id))
		return
	}
	t.fill("id", strictjson.Optional(t.id))
	if issuer := t.document.Get("issuer"); issuer.Kind() == strictjson.Dict && !issuer.Get("id").Exists() && t.issuer != "" {
		t.document = t.document.With("issuer", issuer.With("id", strictjson.String(t.issuer)))
	}
	t.fill("issuer", strictjson.Optional(t.issuer))
	if s := t.document.Get("credentialSubject"); s.Kind() == strictjson.Dict && !s.Get("id").Exists() && t.subject != "" {
		t.document = t.document.With("credentialSubject", s.With("id", strictjson.String(t.subject)))
	}
	from, until := "validFrom", "validUntil"
	if credential.VersionOf(t.document) == credential.V1 {
		from, until = "issuanceDate", "expirationDate"
	}
	t.fill(from, strictjson.Stamp(t.from))
	t.fill(until, strictjson.Stamp(t.until))
}

// fill adds a member that is not there.
func (t *token) fill(name string, v strictjson.Value) {
	if v.Exists() && !t.document.Get(name).Exists() {
		t.document = t.document.With(name, v)
	}
}

package proof

import (
	"context"
	"crypto"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"time"

	"laurel/cryptosuite"
	"laurel/did"
	"laurel/internal/jose"
)

// Explain is the function Explain for whatever a document came as: of a signed
// token its signature is the first proof, and a key binding the second. Its error
// is that of Err, too.
func (d *Document) Explain(ctx context.Context, opt Options) ([]Explained, error) {
	switch {
	case d.err != nil:
		return nil, d.err
	case d.token == nil:
		return Explain(ctx, d.value, opt)
	}
	all := []Explained{d.token.explain(ctx, opt)}
	if d.Bound() {
		all = append(all, d.token.explainBinding(ctx, opt))
	}
	return all, nil
}

// explain verifies the signature as verify does, and keeps what it computes.
func (t *token) explain(ctx context.Context, opt Options) Explained {
	x := explainedMessage(t.message)
	x.Type, x.Purpose = t.typ, Assertion
	if t.presentation() {
		x.Purpose = Authentication
	}
	if kid, err := t.message.KeyID(); err == nil {
		x.Method = kid
	}
	if !t.issued.IsZero() {
		x.Created = t.issued.Format(time.RFC3339)
	}
	x.Err = t.explainKey(ctx, &x, opt)
	return x
}

// explainKey finds the key, fills in what is known of it, and verifies.
func (t *token) explainKey(ctx context.Context, x *Explained, opt Options) error {
	suite := opt.Suites.forToken(t)
	if suite == nil {
		return fmt.Errorf("%w: %s", ErrSuiteUnsupported, t.typ)
	}
	if err := t.message.Check(t.rules()); err != nil {
		return err // and a header that is refused fetches nothing
	}
	if opt.Keys == nil {
		return did.ErrMethodUnsupported
	}
	key, doc, err := t.findKey(ctx, suite, did.Relationship(x.Purpose), opt)
	if err != nil {
		return err
	}
	x.Method, x.Controller, x.Source, x.KeyType, x.Key = key.ID, doc.ID, doc.Source, key.Type, key.Key
	for _, check := range []func() error{
		func() error { return t.checkTimes(opt) },
		func() error { return key.ValidAt(opt.At) },
		func() error { return t.message.Verify(key.Key, t.rules()) },
		func() error { return t.verifyInside(ctx, opt) },
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// explainBinding verifies a key binding, without comparing nonce and audience with
// anything.
func (t *token) explainBinding(ctx context.Context, opt Options) Explained {
	x := explainedMessage(t.sd.Binding)
	x.Type, x.Purpose = "kb+jwt", Authentication
	if hash, err := t.sd.Bound(); err == nil {
		x.Steps = append(x.Steps, cryptosuite.Step{Name: "sd_hash of what is shown here", Value: hash, Text: true})
	}
	claims, err := t.sd.Binding.Claims()
	if err == nil {
		x.Steps = append(x.Steps, cryptosuite.Step{Name: "sd_hash in the key binding", Value: claims.Get("sd_hash").Str(), Text: true})
		if at, err := jose.Date(claims, "iat"); err == nil && !at.IsZero() {
			x.Created = at.Format(time.RFC3339)
		}
	}
	if opt.Keys == nil {
		opt.Keys = did.Methods{}
	}
	confirmed, err := t.confirm(ctx, opt.Keys)
	if err != nil {
		x.Err = err
		return x
	}
	x.Method, x.Controller, x.KeyType, x.Key = "cnf", confirmed.ID, "the key that the issuer named", confirmed.Key
	_, x.Err = t.sd.VerifyBinding(confirmed.Key)
	return x
}

// explainedMessage has what a signature is made of.
func explainedMessage(m *jose.Message) Explained {
	hash := map[string]crypto.Hash{"ES384": crypto.SHA384, "ES512": crypto.SHA512}[m.Algorithm()]
	if hash == 0 {
		hash = crypto.SHA256
	}
	h := hash.New()
	h.Write(m.Signed())
	name := "what is signed, " + hash.String()
	if m.Algorithm() == "EdDSA" || m.Algorithm() == "Ed25519" {
		name += " (EdDSA signs it unhashed)"
	}
	return Explained{
		Cryptosuite: m.Algorithm(), Value: base64.RawURLEncoding.EncodeToString(m.Signature()),
		Steps: []cryptosuite.Step{
			{Name: "header", Value: string(m.Header.JSON()), Text: true},
			{Name: name, Value: hex.EncodeToString(h.Sum(nil))},
			{Name: "signature", Value: hex.EncodeToString(m.Signature())},
		},
	}
}

package issuer

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"

	"laurel/cryptosuite"
	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
	"laurel/proof"
)

// This file says how badges are signed: with which suite, by the choice of their
// template, and so with which kind of key.

// keyKind is the kind of key that a suite takes.
type keyKind string

const (
	edwards keyKind = "Ed25519"
	nist    keyKind = "P-256"
)

// kindOf is the kind of a key.
func kindOf(public crypto.PublicKey) keyKind {
	if _, ok := public.(ed25519.PublicKey); ok {
		return edwards
	}
	return nist
}

// kindFor is the kind of key that a suite signs with. The ECDSA suites are named
// as such.
func kindFor(s proof.Suite) keyKind {
	if strings.HasPrefix(s.Name(), "ecdsa-") {
		return nist
	}
	return edwards
}

func generate(kind keyKind) (crypto.Signer, error) {
	if kind == nist {
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	_, private, err := ed25519.GenerateKey(rand.Reader)
	return private, err
}

// selective is the name of the suite under which a learner can show a part.
var selective = cryptosuite.ECDSASD2023{}.Name()

// family is how the badges of a template are signed.
type family struct {
	name      string   // the cryptosuite; "" is the issuer's own
	mandatory []string // pointers, under the selective suite
}

// usuallyMandatory is what a selective template shows in any case if it does not
// say so itself: what the badge is for. The suite adds who issued it, to whom,
// when it is valid and where its status is.
var usuallyMandatory = []string{"/credentialSubject/achievement/id", "/credentialSubject/achievement/name"}

// perAward is what not every badge of a template has.
var perAward = []string{"/validUntil", "/evidence", "/credentialSubject/result", "/credentialSubject/identifier", "/credentialSubject/narrative"}

// readFamily reads the members "proof" and "mandatory" of a template.
func (i *Issuer) readFamily(doc strictjson.Value) (family, error) {
	f := family{name: doc.Get("proof").Str()}
	if f.name == "" && doc.Get("proof").Exists() {
		return family{}, fmt.Errorf("%w: its proof is no name of a cryptosuite", ErrTemplate)
	}
	if _, err := i.suite(f, strictjson.Value{}); err != nil {
		return family{}, err
	}
	list := doc.Get("mandatory")
	switch {
	case f.name != selective && list.Exists():
		return family{}, fmt.Errorf("%w: it has \"mandatory\", which only %q knows; any other badge is shown whole", ErrTemplate, selective)
	case f.name == selective && !list.Exists():
		f.mandatory = usuallyMandatory
	}
	for _, e := range list.List() {
		text, ok := e.Text()
		if _, err := strictjson.ParsePointer(text); !ok || err != nil {
			return family{}, fmt.Errorf("%w: in \"mandatory\", %s is no JSON pointer such as %q", ErrTemplate, e.JSON(), usuallyMandatory[1])
		}
		f.mandatory = append(f.mandatory, text)
	}
	return f, nil
}

// suite is what a badge is signed with. Of the mandatory pointers those count
// that the badge has something for.
func (i *Issuer) suite(f family, badge strictjson.Value) (proof.Suite, error) {
	c := i.opt.Contexts
	known := proof.Suites{
		cryptosuite.EdDSARDFC2022{Contexts: c}, cryptosuite.ECDSASD2023{Contexts: c, Mandatory: present(f.mandatory, badge)},
		cryptosuite.ECDSARDFC2019{Contexts: c}, cryptosuite.EdDSAJCS2022{Contexts: c}, cryptosuite.ECDSAJCS2019{Contexts: c},
	}
	if f.name == "" {
		return i.opt.Suite, nil
	}
	var names []string
	for _, s := range known {
		if s.Name() == f.name {
			return s, nil
		}
		names = append(names, s.Name())
	}
	return nil, fmt.Errorf("%w: its proof %q is none of %s", ErrTemplate, f.name, strings.Join(names, ", "))
}

// present are the pointers that lead somewhere.
func present(pointers []string, doc strictjson.Value) []string {
	return slices.DeleteFunc(slices.Clone(pointers), func(text string) bool {
		p, err := strictjson.ParsePointer(text)
		return err != nil || !doc.At(p).Exists()
	})
}

// checkFamily tries the mandatory pointers of a template on a badge: one that
// leads nowhere would make nothing mandatory, and nobody would notice.
func (i *Issuer) checkFamily(f family, badge strictjson.Value) error {
	there := present(f.mandatory, badge)
	for _, text := range f.mandatory {
		later := func(begin string) bool { return text == begin || strings.HasPrefix(text, begin+"/") }
		if !slices.Contains(there, text) && !slices.ContainsFunc(perAward, later) {
			return fmt.Errorf("%w: the template's \"mandatory\" names %s, and its badges have none", ErrAward, text)
		}
	}
	if _, _, err := jsonld.ToRDFGroups(badge, jsonld.Options{Contexts: i.opt.Contexts}, there); err != nil {
		return fmt.Errorf("%w: in \"mandatory\": %w", ErrAward, err)
	}
	return nil
}

// ensureKey makes a key that a family signs with, if the issuer has none. Badges
// can be checked once its DID document is published anew.
func (i *Issuer) ensureKey(ctx context.Context, f family) error {
	suite, err := i.suite(f, strictjson.Value{})
	if err != nil {
		return err
	}
	kind := kindFor(suite)
	i.turn.Lock()
	defer i.turn.Unlock()
	keys := i.copyKeys()
	if _, err := newestActive(keys, kind); err == nil {
		return nil
	}
	if i.isKey() {
		return fmt.Errorf("%w: its proof %q takes a key on %s, and this issuer is its key, of another kind", ErrTemplate, suite.Name(), kind)
	}
	if keys, err = i.withNext(keys, kind); err != nil {
		return err
	}
	return i.replaceKeys(ctx, keys)
}

package wallet

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"laurel/credential"
	"laurel/credential/baking"
	"laurel/internal/strictjson"
	"laurel/wallet/disclosure"
)

// Candidate is a document that Examine has looked at and Add may keep.
type Candidate struct {
	Card    Card
	Badge   credential.Badge // what it says; true only as far as Checked goes
	Checked Checked
	// Yours tells whether the credential names one of the learner's identities.
	// A credential that names somebody else cannot be presented as one's own.
	Yours bool
	// SameCredential lists the ids of cards that have the same credential id
	// but other content: older or newer versions of it.
	SameCredential []string

	raw []byte
}

// Examine reads a document, or a picture with one baked in, and checks it, and
// changes nothing. Of a picture only the document is kept. It fails with an error
// of baking for a picture without a badge, one of strictjson for what is not
// strict JSON, one of jose or sdjwt for a broken token, ErrNotACredential, or, with the Candidate that was found,
// ErrDuplicate.
func (w *Wallet) Examine(ctx context.Context, raw []byte) (*Candidate, error) {
	badge, err := baking.Read(raw)
	if err != nil {
		return nil, err
	}
	raw = bytes.TrimSpace(badge.Payload)
	found := &Candidate{raw: bytes.Clone(raw)}
	if found.Card, found.Badge, err = read(raw); err != nil {
		return nil, err
	}
	if err := w.place(ctx, found); err != nil {
		return nil, err
	}
	if err := w.check(ctx, &found.Card, &found.Checked, found.raw); err != nil {
		return nil, err
	}
	if _, err := w.get(ctx, cards, found.Card.ID); err == nil {
		return found, fmt.Errorf("%s: %w", found.Card.Title, ErrDuplicate)
	} else if !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	return found, nil
}

// badgeOf reads what a credential says, in any form that a wallet keeps.
func badgeOf(held *disclosure.Credential) (credential.Badge, error) {
	switch form := credential.Detect(held.Document); {
	case held.Type == "dc+sd-jwt", form == credential.Credential, form == credential.V1Credential:
		return credential.ReadBadge(held.Document), nil
	case form == credential.OpenBadges2:
		return readOld(held.Document), nil
	default:
		return credential.Badge{}, fmt.Errorf("%w: it is %s", ErrNotACredential, form)
	}
}

// read reads a credential in any form that a wallet keeps, and writes its card.
func read(raw []byte) (c Card, b credential.Badge, err error) {
	held, err := disclosure.Read(raw, nil)
	if err != nil {
		return Card{}, credential.Badge{}, err
	}
	if b, err = badgeOf(held); err != nil {
		return Card{}, credential.Badge{}, err
	}
	if held.From.After(b.ValidFrom) {
		b.ValidFrom = held.From
	}
	if !held.Until.IsZero() && (b.ValidUntil.IsZero() || held.Until.Before(b.ValidUntil)) {
		b.ValidUntil = held.Until
	}
	if b.Earner.ID == "" {
		b.Earner.ID = held.Holder
	}
	c = cardOf(b)
	c.Size = len(raw)
	if held.Holder != "" { // whose key it is decides who can show it
		c.Subject = held.Holder
	}
	if credential.Detect(held.Document) == credential.OpenBadges2 {
		c.Verdict = Old
	}
	c.ID, err = contentID(held)
	return c, b, err
}

// ReadBadge reads what a document of the wallet says, for display. It is true as
// far as the last check goes. It fails as Examine does.
func ReadBadge(raw []byte) (credential.Badge, error) {
	_, b, err := read(raw)
	return b, err
}

// contentID names a credential by its content, however it is written: the start
// of SHA-256 over its canonical form (JCS), or over the token.
func contentID(held *disclosure.Credential) (string, error) {
	if token := held.Compact(); token != "" {
		return idOf([]byte(token)), nil
	}
	canonical, err := held.Document.Canonical()
	return idOf(canonical), err
}

func idOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:8])
}

// place finds what the wallet already has that belongs to a candidate.
func (w *Wallet) place(ctx context.Context, found *Candidate) error {
	own, err := w.Identities(ctx)
	if err != nil {
		return err
	}
	for _, id := range own {
		found.Yours = found.Yours || id.DID == found.Card.Subject
	}
	if found.Card.Credential == "" {
		return nil
	}
	plain, err := w.get(ctx, versions, found.Card.Credential)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	ids, err := decodeIDs(plain)
	if err != nil {
		return err
	}
	found.SameCredential = slices.DeleteFunc(ids, func(id string) bool { return id == found.Card.ID })
	return nil
}

// check asks Check about a document and writes the answer on its card.
func (w *Wallet) check(ctx context.Context, c *Card, out *Checked, raw []byte) error {
	if c.Verdict == Old {
		*out = Checked{Verdict: Old, Headline: "An Open Badges 2.0 badge: kept, but it has no proof that could be checked or presented."}
	} else {
		checked, err := w.Check(ctx, raw, Expectation{Receiving: true})
		if err != nil {
			return fmt.Errorf("checking %s: %w", c.Title, err)
		}
		*out = checked
	}
	c.Verdict, c.Headline, c.Checked = out.Verdict, short(out.Headline), w.now().Truncate(time.Second)
	c.Proven = Issuer{Listed: short(out.Issuer.Listed), Domain: short(out.Issuer.Domain)}
	return nil
}

// Add keeps a candidate, whatever its verdict: when it returns, the credential
// is durable. It fails with ErrDuplicate if it has come in since Examine.
func (w *Wallet) Add(ctx context.Context, found *Candidate) (Card, error) {
	c := found.Card
	c.Added = w.now().Truncate(time.Second)
	err := w.update(ctx, func(tx Txn) error {
		if _, err := tx.Get(w.name(cards, c.ID)); err == nil {
			return fmt.Errorf("%s: %w", c.Title, ErrDuplicate)
		}
		return w.putCredential(tx, c, found.raw)
	})
	if err != nil {
		return Card{}, err
	}
	return c, nil
}

// putCredential puts a new credential onto its shelves.
func (w *Wallet) putCredential(tx Txn, c Card, raw []byte) error {
	err := w.changeVersions(tx, c, func(ids []string) []string { return append(ids, c.ID) })
	if err != nil {
		return err
	}
	if err := w.put(tx, documents, c.ID, raw); err != nil {
		return err
	}
	return w.put(tx, cards, c.ID, c.encode())
}

// changeVersions changes which cards have the credential id of c.
func (w *Wallet) changeVersions(tx Txn, c Card, change func(ids []string) []string) error {
	if c.Credential == "" {
		return nil
	}
	name := w.name(versions, c.Credential)
	sealed, err := tx.Get(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var ids []string
	if err == nil {
		plain, err := w.unseal(name, sealed)
		if err != nil {
			return err
		}
		if ids, err = decodeIDs(plain); err != nil {
			return err
		}
	}
	if ids = change(ids); len(ids) == 0 {
		return w.drop(tx, versions, c.Credential)
	}
	return w.put(tx, versions, c.Credential, encodeIDs(ids))
}

func encodeIDs(ids []string) []byte {
	e := encoder{codecVersion}
	e.list(ids)
	return e
}

func decodeIDs(plain []byte) ([]string, error) {
	d := decoder{rest: string(plain)}
	d.version()
	ids := d.list()
	if err := d.end(); err != nil {
		return nil, err
	}
	return ids, nil
}

// readOld reads what an Open Badges 2.0 assertion says of itself. Its badge
// class is often only a URL, and nothing is fetched.
func readOld(doc strictjson.Value) credential.Badge {
	class := doc.Get("badge")
	issuer := class.Get("issuer")
	b := credential.Badge{
		ID:         credential.Plain(doc.Get("id").Str()),
		Types:      []string{"Open Badges 2.0"},
		Name:       credential.Plain(class.Get("name").Str()),
		ValidFrom:  timeOf(doc.Get("issuedOn")),
		ValidUntil: timeOf(doc.Get("expires")),
		Issuer: credential.Profile{
			ID:   credential.Plain(issuer.Get("id").Str() + issuer.Str()),
			Name: credential.Plain(issuer.Get("name").Str()),
		},
	}
	a := credential.Achievement{ID: credential.Plain(class.Get("id").Str() + class.Str()), Name: b.Name}
	for _, tag := range class.Get("tags").List() {
		a.Tags = append(a.Tags, credential.Plain(tag.Str()))
	}
	for _, al := range class.Get("alignment").List() {
		a.Alignments = append(a.Alignments, credential.Alignment{Name: credential.Plain(al.Get("targetName").Str())})
	}
	b.Achievements = []credential.Achievement{a}
	return b
}

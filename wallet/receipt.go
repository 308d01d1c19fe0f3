package wallet

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Receipt remembers what was handed over.
type Receipt struct {
	ID          string // 16 hex digits
	When        time.Time
	Audience    string // the learner's word for whom it was for
	Domain      string // the verifier's
	Challenge   string
	Holder      string
	Credentials []Shown
	SHA256      string // of exactly the bytes that were handed over, in hex
	Verdict     Verdict
	Headline    string // what the verifier was expected to see
}

// Shown is one credential on a receipt. The receipt stays when it is removed.
type Shown struct {
	ID, Title, Issuer string
	Chosen            []string // what the learner chose of it, as JSON pointers
	Fields, Of        int      // how many fields were shown, of how many; 0 if nobody counted
}

// Summary is one line for people, "" if nobody counted.
func (s Shown) Summary() string {
	switch {
	case s.Of == 0:
		return ""
	case s.Fields == s.Of:
		return "all of it"
	default:
		return fmt.Sprintf("%d of %d fields", s.Fields, s.Of)
	}
}

// receiptVersion is how receipts are written now. Version 1 did not say what was
// shown of a credential.
const receiptVersion = 2

// Record keeps a receipt of each presentation of an answer: the caller is
// handing it over now.
func (w *Wallet) Record(ctx context.Context, a *Answer) ([]Receipt, error) {
	var out []Receipt
	for _, p := range a.Presentations {
		sum := sha256.Sum256(p.Bytes)
		r := Receipt{
			When: w.now().Truncate(time.Second), Audience: short(a.request.Audience), Domain: a.request.Domain,
			Challenge: a.request.Challenge, Holder: p.Holder, SHA256: hex.EncodeToString(sum[:]),
			Verdict: p.Checked.Verdict, Headline: short(p.Checked.Headline),
		}
		r.ID = r.SHA256[:16]
		r.Credentials = p.Summary()
		out = append(out, r)
	}
	err := w.update(ctx, func(tx Txn) error {
		for _, r := range out {
			if err := w.put(tx, receipts, r.ID, r.encode()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Summary tells what a presentation shows of each credential, for a record.
func (p *Presentation) Summary() []Shown {
	var out []Shown
	for i := range p.Shown {
		d := &p.Shown[i]
		one := Shown{ID: d.Card.ID, Title: d.Card.Title, Issuer: cmp.Or(d.Card.IssuerName, d.Card.Issuer), Chosen: d.Chosen}
		one.Fields, one.Of = d.Count()
		out = append(out, one)
	}
	return out
}

// Receipts lists what was handed over, newest first.
func (w *Wallet) Receipts(ctx context.Context) ([]Receipt, error) {
	out, err := all(ctx, w, receipts, decodeReceipt)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(out, func(a, b Receipt) int {
		if c := b.When.Compare(a.When); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return out, nil
}

func (r *Receipt) encode() []byte {
	e := encoder{receiptVersion}
	for _, s := range []string{r.ID, r.Audience, r.Domain, r.Challenge, r.Holder, r.SHA256, string(r.Verdict), r.Headline} {
		e.text(s)
	}
	e.time(r.When)
	e.number(uint64(len(r.Credentials)))
	for _, c := range r.Credentials {
		e.text(c.ID)
		e.text(c.Title)
		e.text(c.Issuer)
		e.list(c.Chosen)
		e.number(uint64(c.Fields))
		e.number(uint64(c.Of))
	}
	return e
}

func decodeReceipt(plain []byte) (Receipt, error) {
	d := decoder{rest: string(plain)}
	version := d.versionUpTo(receiptVersion)
	r := Receipt{
		ID: d.text(), Audience: d.text(), Domain: d.text(), Challenge: d.text(), Holder: d.text(), SHA256: d.text(),
		Verdict: Verdict(d.text()), Headline: d.text(), When: d.time(),
	}
	for n := d.number(); n > 0 && d.err == nil; n-- {
		one := Shown{ID: d.text(), Title: d.text(), Issuer: d.text()}
		if version > 1 {
			one.Chosen, one.Fields, one.Of = d.list(), int(d.number()), int(d.number())
		}
		r.Credentials = append(r.Credentials, one)
	}
	if err := d.end(); err != nil {
		return Receipt{}, err
	}
	return r, nil
}

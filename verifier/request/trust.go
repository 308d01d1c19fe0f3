package request

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"laurel/credential"
	"laurel/verifier"
)

// trustPrefix is where own entries of the trust list are kept among the settings.
const trustPrefix = "trust/"

// Trusted is an issuer that somebody put on the list, and why.
type Trusted struct {
	ID   string    `json:"id"` // DID or URL
	Name string    `json:"name"`
	Who  string    `json:"who"` // took the decision
	Why  string    `json:"why"`
	When time.Time `json:"when"`
}

// ErrTrusted says that an entry of the list is not complete.
var ErrTrusted = errors.New("say who is trusted, by what name, who decides that and why")

// AddTrusted puts an issuer on the list. Reports that are made from now on name it
// as trusted. It fails with ErrTrusted.
func (d *Desk) AddTrusted(ctx context.Context, t Trusted) error {
	t.Name, t.Who, t.Why = credential.Plain(t.Name), credential.Plain(t.Who), credential.Plain(t.Why)
	for _, text := range []string{t.ID, t.Name, t.Who, t.Why} {
		if text == "" || len(text) > maxText {
			return ErrTrusted
		}
	}
	t.When = d.Book.Now().UTC()
	text, err := json.Marshal(t)
	if err != nil {
		return err
	}
	defer d.forgetTrust()
	return d.Book.Set(ctx, trustName(t.ID), text)
}

// RemoveTrusted takes an issuer off the list again.
func (d *Desk) RemoveTrusted(ctx context.Context, id string) error {
	defer d.forgetTrust()
	return d.Book.Set(ctx, trustName(id), nil)
}

func trustName(id string) string {
	sum := sha256.Sum256([]byte(id))
	return trustPrefix + hex.EncodeToString(sum[:])
}

// Trusted lists the issuers that were put on the list here, not those of a file.
func (d *Desk) Trusted(ctx context.Context) (all []Trusted, err error) {
	err = d.Book.Settings(ctx, trustPrefix, func(_ string, value []byte) error {
		var t Trusted
		if err := json.Unmarshal(value, &t); err != nil {
			return err
		}
		all = append(all, t)
		return nil
	})
	return all, err
}

func (d *Desk) forgetTrust() {
	d.trustMu.Lock()
	defer d.trustMu.Unlock()
	d.trustRead = false
}

// judge is the verifier with both parts of the list.
func (d *Desk) judge(ctx context.Context) (*verifier.Verifier, error) {
	d.trustMu.Lock()
	defer d.trustMu.Unlock()
	if !d.trustRead {
		own, err := d.Trusted(ctx)
		if err != nil {
			return nil, err
		}
		d.trust, d.trustRead = join(d.Verifier.Trust, own), true
	}
	v := *d.Verifier
	v.Trust = d.trust
	return &v, nil
}

// join adds own entries to the operator's list; nil if there is neither.
func join(list *verifier.TrustList, own []Trusted) *verifier.TrustList {
	if len(own) == 0 {
		return list
	}
	joined := &verifier.TrustList{}
	if list != nil {
		joined.Issuers = append(joined.Issuers, list.Issuers...)
	}
	for _, t := range own {
		joined.Issuers = append(joined.Issuers, verifier.TrustedIssuer{ID: t.ID, Name: t.Name})
	}
	return joined
}

// Verify is the verifier's, with both parts of the list.
func (d *Desk) Verify(ctx context.Context, data []byte, expect verifier.Expectation) (*verifier.Report, error) {
	v, err := d.judge(ctx)
	if err != nil {
		return nil, err
	}
	return v.Verify(ctx, data, expect)
}

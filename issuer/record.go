package issuer

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"laurel/status"
)

// State is what has become of a credential.
type State string

// The states. Expired is not written down: it is an Active one whose validity
// is over.
const (
	Active    State = "active"
	Suspended State = "suspended"
	Revoked   State = "revoked"
	Expired   State = "expired"
)

// Record is what the books say about one credential.
type Record struct {
	ID         string         `json:"id"` // the credential's id
	Template   string         `json:"template"`
	Title      string         `json:"title"` // the achievement's name
	Recipient  string         `json:"recipient"`
	Name       string         `json:"name,omitempty"`
	Email      string         `json:"email,omitempty"`
	Issued     time.Time      `json:"issued"`
	ValidUntil time.Time      `json:"validUntil,omitzero"`
	Purpose    status.Purpose `json:"statusPurpose"`
	List       string         `json:"statusList"` // URL
	Index      int            `json:"statusIndex"`
	Key        string         `json:"key"`             // the verification method that signed
	Proof      string         `json:"proof,omitempty"` // the cryptosuite, or the kind of token; "" for what was issued before there was a choice
	State      State          `json:"state"`
	History    []Event        `json:"history,omitempty"` // what happened since, oldest first
}

// Event is one change of a credential's state.
type Event struct {
	At     time.Time `json:"at"`
	Action Action    `json:"action"`
	Reason string    `json:"reason,omitempty"`
	Actor  string    `json:"actor,omitempty"`
}

// StateAt is the state as people see it: Expired for an active credential whose
// validity is over.
func (r Record) StateAt(now time.Time) State {
	if r.State == Active && !r.ValidUntil.IsZero() && now.After(r.ValidUntil) {
		return Expired
	}
	return r.State
}

// Issued is a record together with its credential.
type Issued struct {
	Record
	Credential Credential `json:"credential"` // as it was signed
}

// Issue signs one badge. What cannot be signed is refused (ErrAward,
// ErrNotFound) before it gets a place in a list; when Issue returns, badge and
// record are on the disk.
func (i *Issuer) Issue(ctx context.Context, a Award) (*Issued, error) {
	if earlier, err := i.byRequest(ctx, a.Request); earlier != nil || err != nil {
		return earlier, err
	}
	t, err := i.template(ctx, a.Template)
	if err != nil {
		return nil, err
	}
	now := i.opt.Now().UTC()
	d, err := i.draft(t, a, now)
	if err != nil {
		return nil, err
	}
	if err := i.check(ctx, t, d); err != nil {
		return nil, err
	}
	entry, err := i.allot(ctx, t.Purpose, d.id)
	if err != nil {
		return nil, err
	}
	i.signing.RLock()
	defer i.signing.RUnlock()
	key, err := i.ring().Signing(t.choice.Kind())
	if err != nil {
		return nil, err
	}
	signed, err := i.kit().Sign(t.choice, i.badge(t, d, entry), i.signingAs(t.choice, key), now)
	if err != nil {
		return nil, refusal(err)
	}
	if t.choice.Claims() {
		entry.ListURL = tokenURL(entry.ListURL)
	}
	return i.keep(ctx, a.Request, &Issued{Credential: signed, Record: Record{
		ID: d.id, Template: t.ID, Title: t.Name, Recipient: a.Recipient, Name: a.Name, Email: a.Email,
		Issued: now, ValidUntil: d.until, Purpose: t.Purpose, List: entry.ListURL, Index: entry.Index,
		Key: key.ID, Proof: i.proofName(t.choice), State: Active,
	}})
}

// keep writes a badge and its record. If another award with the same
// idempotency key was faster, that one's badge comes back.
func (i *Issuer) keep(ctx context.Context, request string, issued *Issued) (*Issued, error) {
	earlier := false
	err := i.opt.Store.Update(ctx, func(tx Tx) error {
		if request != "" {
			var err error
			if earlier, err = exists(tx, requestName(request)); err != nil || earlier {
				return err
			}
			if err := tx.Put(requestName(request), []byte(issued.ID)); err != nil {
				return err
			}
		}
		if err := tx.Put(fmt.Sprintf(documentFmt, issued.ID), issued.Credential); err != nil {
			return err
		}
		return putJSON(tx, recordPrefix+issued.ID, issued.Record)
	})
	if err != nil {
		return nil, err
	}
	if earlier {
		return i.byRequest(ctx, request)
	}
	return issued, nil
}

// requestName hides what a caller uses as a key: often an e-mail address.
func requestName(request string) string {
	sum := sha256.Sum256([]byte(request))
	return requestPrefix + hex.EncodeToString(sum[:])
}

// byRequest returns the badge of an idempotency key, or nil.
func (i *Issuer) byRequest(ctx context.Context, request string) (*Issued, error) {
	if request == "" {
		return nil, nil
	}
	var out *Issued
	err := i.opt.Store.View(ctx, func(tx Tx) error {
		id, err := tx.Get(requestName(request))
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		out, err = getIssued(tx, string(id))
		return err
	})
	return out, err
}

func getIssued(tx Tx, id string) (*Issued, error) {
	out := new(Issued)
	if err := getJSON(tx, recordPrefix+id, &out.Record); err != nil {
		return nil, err
	}
	var err error
	out.Credential, err = tx.Get(fmt.Sprintf(documentFmt, id))
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Show returns one credential with its record, by id or by the beginning of the
// part behind "urn:uuid:", at least four characters. It fails with ErrNotFound,
// also when several begin so.
func (i *Issuer) Show(ctx context.Context, id string) (*Issued, error) {
	var out *Issued
	err := i.opt.Store.View(ctx, func(tx Tx) error {
		found, err := expand(tx, id)
		if err != nil {
			return err
		}
		out, err = getIssued(tx, found)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// minPrefix is how much of an id must be given, so that a slip does not revoke
// somebody else's badge.
const minPrefix = 4

// expand finds the full id.
func expand(tx Tx, id string) (string, error) {
	if taken, err := exists(tx, recordPrefix+id); err != nil || taken {
		return id, err
	}
	short := strings.TrimPrefix(id, "urn:uuid:")
	if len(short) < minPrefix {
		return "", fmt.Errorf("%w: %q is too short for an id, give at least %d characters", ErrNotFound, id, minPrefix)
	}
	var found []string
	err := tx.Names(recordPrefix+"urn:uuid:"+short, func(name string) error {
		found = append(found, strings.TrimPrefix(name, recordPrefix))
		return nil
	})
	switch {
	case err != nil:
		return "", err
	case len(found) == 0:
		return "", fmt.Errorf("%w: no credential has the id %q", ErrNotFound, id)
	case len(found) > 1:
		return "", fmt.Errorf("%w: %d credentials have an id that begins with %q", ErrNotFound, len(found), short)
	}
	return found[0], nil
}

// Query is a search: what is given must all be so, what is empty may be
// anything.
type Query struct {
	Recipient string   `json:"recipient,omitempty"` // DID, or a part of name or e-mail address
	Template  string   `json:"template,omitempty"`
	State     State    `json:"state,omitempty"`
	Key       string   `json:"key,omitempty"` // the verification method that signed
	IDs       []string `json:"ids,omitempty"` // ids, or beginnings of ids
}

// Find returns the records that match, in the order in which they were issued.
func (i *Issuer) Find(ctx context.Context, q Query) ([]Record, error) {
	now := i.opt.Now()
	var found []Record
	err := i.opt.Store.View(ctx, func(tx Tx) error {
		if len(q.IDs) > 0 {
			return findIDs(tx, q, now, &found)
		}
		return tx.Scan(recordPrefix, func(name string, value []byte) error {
			return collect(name, value, q, now, &found)
		})
	})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(found, func(a, b Record) int {
		return cmp.Or(a.Issued.Compare(b.Issued), strings.Compare(a.ID, b.ID))
	})
	return found, nil
}

func findIDs(tx Tx, q Query, now time.Time, found *[]Record) error {
	for _, id := range q.IDs {
		full, err := expand(tx, id)
		if err != nil {
			return err
		}
		value, err := tx.Get(recordPrefix + full)
		if err != nil {
			return err
		}
		if err := collect(recordPrefix+full, value, q, now, found); err != nil {
			return err
		}
	}
	return nil
}

func collect(name string, value []byte, q Query, now time.Time, found *[]Record) error {
	r, err := readRecord(name, value)
	if err == nil && q.matches(r, now) {
		*found = append(*found, r)
	}
	return err
}

func (q Query) matches(r Record, now time.Time) bool {
	return (q.Template == "" || q.Template == r.Template) &&
		(q.State == "" || q.State == r.StateAt(now)) &&
		(q.Key == "" || q.Key == r.Key) &&
		(q.Recipient == "" || q.Recipient == r.Recipient || partOf(r.Name, q.Recipient) || partOf(r.Email, q.Recipient))
}

func partOf(whole, part string) bool {
	return strings.Contains(strings.ToLower(whole), strings.ToLower(part))
}

func readRecord(name string, value []byte) (Record, error) {
	var r Record
	if err := json.Unmarshal(value, &r); err != nil {
		return Record{}, fmt.Errorf("%w: %s: %w", errDamaged, name, err)
	}
	return r, nil
}

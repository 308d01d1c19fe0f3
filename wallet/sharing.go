package wallet

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"laurel/internal/strictjson"
)

// Shared remembers what was shared by a link (package wallet/share makes them). Link
// and Secret are in no list that is printed by itself: whoever has the one can look,
// and whoever has the other can take the share back.
type Shared struct {
	ID          string    // what the verifier keeps it under
	Verifier    string    // its address
	Link        string    // for whoever is to look
	Secret      string    // asks how often somebody looked, and withdraws
	Created     time.Time // when it was shared
	Expires     time.Time
	Withdrawn   time.Time // zero unless the learner took it back
	Credentials []Shown
	Awards      []Award
	SHA256      []string // of the presentations that were shared, in hex
}

// Award is what was shown of a badge as other sites name it, in a list of
// certificates.
type Award struct {
	Name           string
	Organization   string // what the issuer calls itself
	OrganizationID string // that of the issuer on LinkedIn, if the badge names one
	ID             string // of the credential, if it was shown
	Issued         time.Time
	Expires        time.Time // zero if it has no end
}

// PutShared keeps the record of a share, in place of an older one of the same id.
func (w *Wallet) PutShared(ctx context.Context, s *Shared) error {
	return w.update(ctx, func(tx Txn) error { return s.put(w, tx) })
}

func (s *Shared) put(w *Wallet, tx Txn) error { return w.put(tx, shared, s.ID, s.JSON().JSON()) }

// DropShared forgets a share. It wraps ErrNotFound.
func (w *Wallet) DropShared(ctx context.Context, id string) error {
	return w.update(ctx, func(tx Txn) error { return w.drop(tx, shared, id) })
}

// AllShared lists what was shared by links, newest first.
func (w *Wallet) AllShared(ctx context.Context) ([]Shared, error) {
	out, err := all(ctx, w, shared, decodeShared)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(out, func(a, b Shared) int {
		if c := b.Created.Compare(a.Created); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return out, nil
}

// ErrNotShared says that the wallet knows of no such share.
var ErrNotShared = errors.New("not shared from this wallet")

// FindShared finds a share by its id, or the beginning of it. It wraps ErrNotShared or
// ErrAmbiguous.
func (w *Wallet) FindShared(ctx context.Context, id string) (*Shared, error) {
	list, err := w.AllShared(ctx)
	if err != nil {
		return nil, err
	}
	var found *Shared
	for i := range list {
		switch {
		case id == "" || !strings.HasPrefix(list[i].ID, id):
		case found != nil:
			return nil, fmt.Errorf("%s: %w", id, ErrAmbiguous)
		default:
			found = &list[i]
		}
	}
	if found == nil {
		return nil, fmt.Errorf("%s: %w", id, ErrNotShared)
	}
	return found, nil
}

// JSON is the record with its secrets, as a backup holds it.
func (s *Shared) JSON() strictjson.Value {
	awards := make([]strictjson.Value, len(s.Awards))
	for i, a := range s.Awards {
		awards[i] = strictjson.Object(
			member("name", a.Name), member("organization", a.Organization), member("organizationId", a.OrganizationID),
			member("id", a.ID),
			strictjson.Member{Name: "issued", Value: strictjson.Stamp(a.Issued)}, strictjson.Member{Name: "expires", Value: strictjson.Stamp(a.Expires)},
		)
	}
	return strictjson.Object(
		member("id", s.ID), member("verifier", s.Verifier), member("link", s.Link), member("secret", s.Secret),
		strictjson.Member{Name: "created", Value: strictjson.Stamp(s.Created)},
		strictjson.Member{Name: "expires", Value: strictjson.Stamp(s.Expires)},
		strictjson.Member{Name: "withdrawn", Value: strictjson.Stamp(s.Withdrawn)},
		strictjson.Member{Name: "credentials", Value: shownJSON(s.Credentials)},
		strictjson.Member{Name: "awards", Value: strictjson.Array(awards...)},
		strictjson.Member{Name: "sha256", Value: strictjson.Strings(s.SHA256...)},
	)
}

func decodeShared(plain []byte) (Shared, error) {
	doc, err := strictjson.Parse(plain)
	if err != nil {
		return Shared{}, fmt.Errorf("%w: the record of a share: %w", ErrCorrupt, err)
	}
	return *sharedOf(doc), nil
}

func sharedOf(doc strictjson.Value) *Shared {
	text := func(name string) string { return doc.Get(name).Str() }
	s := &Shared{
		ID: text("id"), Verifier: text("verifier"), Link: text("link"), Secret: text("secret"),
		Created: timeOf(doc.Get("created")), Expires: timeOf(doc.Get("expires")), Withdrawn: timeOf(doc.Get("withdrawn")),
		Credentials: shownOf(doc.Get("credentials")),
	}
	for _, a := range doc.Get("awards").Elems() {
		s.Awards = append(s.Awards, Award{
			Name: a.Get("name").Str(), Organization: a.Get("organization").Str(), OrganizationID: a.Get("organizationId").Str(),
			ID: a.Get("id").Str(), Issued: timeOf(a.Get("issued")), Expires: timeOf(a.Get("expires")),
		})
	}
	for _, sum := range doc.Get("sha256").Elems() {
		s.SHA256 = append(s.SHA256, sum.Str())
	}
	return s
}

func (s *Shared) restore(w *Wallet) func(tx Txn) error {
	return func(tx Txn) error { return s.put(w, tx) }
}

package verifier

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"laurel/credential"
	"laurel/internal/strictjson"
)

// TrustType is the "type" member of a trust file.
const TrustType = "laurel/trust/v1"

// ErrTrustFile says that a trust file cannot be used; nothing is trusted then.
var ErrTrustFile = errors.New("the trust file cannot be used")

// TrustList is the operator's own list of issuers. A signature proves that a
// key signed; only a list like this one says whose word counts for what.
//
//	{"type":"laurel/trust/v1","issuers":[
//	  {"id":"did:web:school.example","name":"School of Examples",
//	   "validFrom":"2024-01-01T00:00:00Z","for":["https://school.example/b2","*"],
//	   "statusIssuers":["did:web:status.example"]}]}
type TrustList struct {
	Issuers []TrustedIssuer
}

// TrustedIssuer is one entry of a TrustList.
type TrustedIssuer struct {
	ID         string    // DID or URL, compared exactly
	Name       string    // the operator's name for it, shown as proven
	ValidFrom  time.Time // trusted from; zero means always
	ValidUntil time.Time // trusted until; zero means without end
	For        []string  // achievement ids; "*" or an empty list means all
	// StatusIssuers may sign status lists for this issuer beside itself.
	StatusIssuers []string
}

// ParseTrust reads a trust file. Every member must be known and well-formed: a
// list that is half understood would trust the wrong half.
func ParseTrust(data []byte) (*TrustList, error) {
	doc, err := strictjson.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTrustFile, err)
	}
	if doc.Get("type").Str() != TrustType {
		return nil, fmt.Errorf("%w: its type is not %q", ErrTrustFile, TrustType)
	}
	if err := onlyMembers(doc, "type", "issuers"); err != nil {
		return nil, err
	}
	if doc.Get("issuers").Kind() != strictjson.List {
		return nil, fmt.Errorf("%w: issuers is not a list", ErrTrustFile)
	}
	list := &TrustList{}
	for i, entry := range doc.Get("issuers").Elems() {
		issuer, err := parseTrusted(entry)
		if err != nil {
			return nil, fmt.Errorf("%w (issuer %d)", err, i+1)
		}
		list.Issuers = append(list.Issuers, issuer)
	}
	return list, nil
}

func parseTrusted(entry strictjson.Value) (TrustedIssuer, error) {
	if err := onlyMembers(entry, "id", "name", "validFrom", "validUntil", "for", "statusIssuers"); err != nil {
		return TrustedIssuer{}, err
	}
	issuer := TrustedIssuer{ID: entry.Get("id").Str(), Name: entry.Get("name").Str()}
	if issuer.ID == "" || issuer.Name == "" {
		return TrustedIssuer{}, fmt.Errorf("%w: an entry needs an id and a name", ErrTrustFile)
	}
	var err error
	if issuer.ValidFrom, err = trustTime(entry.Get("validFrom")); err != nil {
		return TrustedIssuer{}, err
	}
	if issuer.ValidUntil, err = trustTime(entry.Get("validUntil")); err != nil {
		return TrustedIssuer{}, err
	}
	if issuer.For, err = trustTexts(entry.Get("for")); err != nil {
		return TrustedIssuer{}, err
	}
	issuer.StatusIssuers, err = trustTexts(entry.Get("statusIssuers"))
	return issuer, err
}

func onlyMembers(v strictjson.Value, known ...string) error {
	if v.Kind() != strictjson.Dict {
		return fmt.Errorf("%w: an object was expected, not a %s", ErrTrustFile, v.Kind())
	}
	for _, m := range v.Members() {
		if !slices.Contains(known, m.Name) {
			return fmt.Errorf("%w: %q is not a member of it", ErrTrustFile, m.Name)
		}
	}
	return nil
}

func trustTime(v strictjson.Value) (time.Time, error) {
	if !v.Exists() {
		return time.Time{}, nil
	}
	t, err := credential.ParseTime(v.Str())
	if err != nil {
		return time.Time{}, fmt.Errorf("%w: %w", ErrTrustFile, err)
	}
	return t, nil
}

func trustTexts(v strictjson.Value) ([]string, error) {
	if v.Exists() && v.Kind() != strictjson.List {
		return nil, fmt.Errorf("%w: a list of texts was expected", ErrTrustFile)
	}
	var out []string
	for _, e := range v.Elems() {
		s, ok := e.Text()
		if !ok || s == "" {
			return nil, fmt.Errorf("%w: a list of texts was expected", ErrTrustFile)
		}
		out = append(out, s)
	}
	return out, nil
}

// find returns the entry that vouches for the issuer, at that time and for
// all of these achievements.
func (l *TrustList) find(id string, achievements []string, at time.Time) (TrustedIssuer, bool) {
	for _, t := range l.Issuers {
		if t.ID == id && t.covers(achievements) && t.validAt(at) {
			return t, true
		}
	}
	return TrustedIssuer{}, false
}

func (t TrustedIssuer) covers(achievements []string) bool {
	if len(t.For) == 0 || slices.Contains(t.For, "*") {
		return true
	}
	elsewhere := func(id string) bool { return !slices.Contains(t.For, id) }
	return len(achievements) > 0 && !slices.ContainsFunc(achievements, elsewhere)
}

func (t TrustedIssuer) validAt(at time.Time) bool {
	return !at.Before(t.ValidFrom) && (t.ValidUntil.IsZero() || !at.After(t.ValidUntil))
}

// MaySignStatus reports whether the list lets signer publish status lists for
// issuer although it is somebody else. A nil list lets nobody.
func (l *TrustList) MaySignStatus(signer, issuer string) bool {
	if l == nil {
		return false
	}
	return slices.ContainsFunc(l.Issuers, func(t TrustedIssuer) bool {
		return t.ID == issuer && slices.Contains(t.StatusIssuers, signer)
	})
}

package sharelink

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"laurel/internal/strictjson"
)

const (
	// MaxDeposit bounds what a wallet posts, in bytes: a presentation of a dozen
	// badges with their pictures.
	MaxDeposit = 1 << 20
	// MaxSealed bounds what is sealed in it, which base64 makes a third longer.
	MaxSealed = 760 << 10
	// MaxLife is how long a share may be open. Whoever wants a link for longer makes
	// a new one: what nobody remembers should not stay open.
	MaxLife = 90 * 24 * time.Hour
)

// DepositType is the "type" of a deposit.
const DepositType = "laurel/share/v1"

var (
	// ErrDeposit says that something is no deposit of a share.
	ErrDeposit = errors.New("not a share as " + DepositType + " writes it")
	// ErrLimit says that a share is larger than a verifier keeps.
	ErrLimit = errors.New("too much for one share")
)

// Deposit is what a wallet leaves with a verifier.
type Deposit struct {
	ID       string            // of the Link
	Verifier string            // the address that it was made for: presentations name it
	Sealed   []byte            // by Link.Seal
	Withdraw [sha256.Size]byte // of a Secret
	Expires  time.Time
}

// JSON is the deposit as it is posted.
func (d Deposit) JSON() []byte {
	text := func(name, value string) strictjson.Member {
		return strictjson.Member{Name: name, Value: strictjson.String(value)}
	}
	return strictjson.Object(
		text("type", DepositType), text("id", d.ID), text("verifier", d.Verifier),
		text("sealed", encoding.EncodeToString(d.Sealed)), text("withdraw", encoding.EncodeToString(d.Withdraw[:])),
		text("expires", d.Expires.UTC().Format(time.RFC3339)),
	).JSON()
}

// ParseDeposit reads a deposit that was posted. It wraps ErrDeposit or ErrLimit.
func ParseDeposit(raw []byte) (*Deposit, error) {
	if len(raw) > MaxDeposit {
		return nil, fmt.Errorf("%w: %d bytes, at most %d are kept", ErrLimit, len(raw), MaxDeposit)
	}
	doc, err := strictjson.ParseWithin(raw, strictjson.Limits{Bytes: MaxDeposit, String: MaxDeposit, Nodes: 32})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDeposit, err)
	}
	bad := func(what string) (*Deposit, error) { return nil, fmt.Errorf("%w: its %s", ErrDeposit, what) }
	d := &Deposit{ID: doc.Get("id").Str(), Verifier: doc.Get("verifier").Str()}
	if doc.Get("type").Str() != DepositType {
		return bad("type is another")
	}
	if !IsID(d.ID) {
		return bad("id is not 32 hexadecimal digits")
	}
	if d.Sealed, err = encoding.DecodeString(doc.Get("sealed").Str()); err != nil || len(d.Sealed) == 0 {
		return bad("sealed is not base64url")
	}
	digest, err := encoding.DecodeString(doc.Get("withdraw").Str())
	if err != nil || len(digest) != len(d.Withdraw) {
		return bad("withdraw is no SHA-256")
	}
	copy(d.Withdraw[:], digest)
	if d.Expires, err = time.Parse(time.RFC3339, doc.Get("expires").Str()); err != nil {
		return bad("expires is no time")
	}
	return d, nil
}

// IsID reports whether a text has the form of a Link's ID.
func IsID(text string) bool {
	return len(text) == 2*idBytes && strings.Trim(text, "0123456789abcdef") == ""
}

// NewSecret makes the secret that withdraws a share: 256 bits in 43 characters.
func NewSecret() string {
	var b [tokenBytes]byte
	_, _ = rand.Read(b[:]) // it cannot fail
	return encoding.EncodeToString(b[:])
}

// Digest is what a verifier is told of a secret.
func Digest(secret string) [sha256.Size]byte { return sha256.Sum256([]byte(secret)) }

// Opens reports whether a secret is the one with that digest, in a time that does
// not tell how near it is.
func Opens(secret string, digest []byte) bool {
	sum := Digest(secret)
	return subtle.ConstantTimeCompare(sum[:], digest) == 1
}

// State is what a verifier tells the wallet that made a share.
type State struct {
	State   string    // Open, Expired or Withdrawn
	Views   int       // how often people looked, as far as a server can tell
	Viewed  time.Time // when they last did, to the minute; zero: never, or not known
	Expires time.Time
}

// The states of a share.
const (
	Open      = "open"
	Expired   = "expired"
	Withdrawn = "withdrawn"
)

// JSON is the state as it is sent.
func (s State) JSON() []byte {
	members := []strictjson.Member{
		{Name: "type", Value: strictjson.String("laurel/share-state/v1")},
		{Name: "state", Value: strictjson.String(s.State)},
		{Name: "views", Value: strictjson.Int(s.Views)},
		{Name: "expires", Value: strictjson.String(s.Expires.UTC().Format(time.RFC3339))},
	}
	if !s.Viewed.IsZero() {
		members = append(members, strictjson.Member{Name: "viewed", Value: strictjson.String(s.Viewed.UTC().Format(time.RFC3339))})
	}
	return strictjson.Object(members...).JSON()
}

// ParseState reads a state that a verifier sent. It wraps ErrDeposit.
func ParseState(raw []byte) (*State, error) {
	doc, err := strictjson.ParseWithin(raw, strictjson.Limits{Bytes: 4 << 10, Nodes: 32})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDeposit, err)
	}
	s := &State{State: doc.Get("state").Str()}
	literal, _ := doc.Get("views").Literal()
	if s.Views, err = strconv.Atoi(literal); err != nil || s.Views < 0 {
		return nil, fmt.Errorf("%w: its views are no number", ErrDeposit)
	}
	if s.Expires, err = time.Parse(time.RFC3339, doc.Get("expires").Str()); err != nil {
		return nil, fmt.Errorf("%w: its expires is no time", ErrDeposit)
	}
	if viewed := doc.Get("viewed"); viewed.Exists() {
		if s.Viewed, err = time.Parse(time.RFC3339, viewed.Str()); err != nil {
			return nil, fmt.Errorf("%w: its viewed is no time", ErrDeposit)
		}
	}
	if s.State != Open && s.State != Expired && s.State != Withdrawn {
		return nil, fmt.Errorf("%w: a state that is not known", ErrDeposit)
	}
	return s, nil
}

// Package session keeps what a verifier has asked and not yet forgotten: one
// session for each question to one person, from the moment when it is put until
// the last trace of the answer is deleted.
//
// # A session
//
//	book, err := session.Open(ctx, session.Options{Store: store})
//	s, err := book.Create(ctx, session.Question{Ask: ask, Lifetime: 10 * time.Minute})
//	…
//	err = book.Opened(ctx, s.ID) // a wallet fetched the request
//	…
//	s, err = book.Take(ctx, s.ID, func(s session.Session) (*session.Answer, error) {
//		// compare the state, verify the presentation against s.Nonce
//		return &session.Answer{Report: report}, nil
//	})
//
// It is waiting, then opened, then answered or declined; or it expires. Of all
// answers that come for it exactly one is ever taken, whatever comes at the same
// time and however often the process is restarted: Take writes the answer in
// the same transaction in which it sees that there was none. An answer that
// cannot be judged (judge returns an error) leaves the session as it was, so
// that a wallet may try again.
//
// # Secrets
//
// A session has four values of 128 random bits that are known to different
// people. The ID stands in the QR code; whoever has it can read the question.
// Nonce and State are inside the question; an answer must repeat them, so that
// it was made for this question and by somebody who read it. Secret is the only
// way to read the answer, and never leaves the one who asked. Beside them a
// Code of ten letters leads to the ID, for typing.
//
// # Forgetting
//
// Every record carries the time when it is to be forgotten: an unanswered
// question a day after it expired, an answer after its retention. Sweep deletes
// what is due, and nothing that is due is ever returned, swept or not.
package session

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"strings"
	"time"
)

// Bounds on what one verifier keeps.
const (
	maxWaiting   = 10_000         // unanswered sessions, about 20 MB on the disk
	maxPerClient = 100            // of these, made by one stranger: an office behind one address
	maxLifetime  = 24 * time.Hour // a question that waits longer was forgotten
	keepExpired  = 24 * time.Hour // so long an expired question says so, instead of "unknown"
	maxRetention = 366 * 24 * time.Hour
	maxAsk       = 256 << 10 // a query; the largest real ones have 4 kB
)

// Lifetime and Retention are used where a Question names none.
const (
	Lifetime  = 10 * time.Minute
	Retention = 30 * 24 * time.Hour
)

var (
	// ErrUnknown says that there is no such session, or no longer.
	ErrUnknown = errors.New("there is no such session")
	// ErrConsumed says that the session has its answer already.
	ErrConsumed = errors.New("this question has been answered already")
	// ErrExpired says that the time to answer is over.
	ErrExpired = errors.New("this question has expired")
	// ErrTooMany says that more sessions are waiting than can be kept.
	ErrTooMany = errors.New("too many questions are waiting for an answer")
	// ErrQuestion says that a Question asks for something out of bounds.
	ErrQuestion = errors.New("the question is out of bounds")
)

// State is how far a session has come.
type State string

// The states of a session.
const (
	Waiting  State = "waiting"  // nobody has fetched the request
	Opened   State = "opened"   // a wallet has fetched it
	Answered State = "answered" // there is a report
	Declined State = "declined" // the person said no
	Expired  State = "expired"  // nobody answered in time
)

// Question is what a session begins with.
type Question struct {
	Ask       []byte        // what is asked, in the caller's own form
	Lifetime  time.Duration // to answer; 0 means 10 minutes, at most a day
	Retention time.Duration // of the answer; 0 means 30 days, at most a year
	Poster    string        // id of the open request that this is a visit of; "" for none
	Label     string        // what the one who is asked goes by, as far as known
	Client    string        // who made it, if that is a stranger; counted, never written down
	Key       []byte        // a secret that belongs to the session, such as a decryption key
}

// Session is one question to one person.
type Session struct {
	ID     string `json:"id"`     // leads to the question
	Secret string `json:"secret"` // leads to the answer
	Nonce  string `json:"nonce"`
	State  string `json:"state"` // of OpenID4VP; see Stage for how far it has come
	Code   string `json:"code"`  // ten letters and digits that lead to the ID

	Ask       []byte        `json:"ask"`
	Key       []byte        `json:"key,omitempty"`
	Poster    string        `json:"poster,omitempty"`
	Label     string        `json:"label,omitempty"`
	Created   time.Time     `json:"created"`
	Expires   time.Time     `json:"expires"`   // no answer is taken later
	Retention time.Duration `json:"retention"` // of an answer

	OpenedAt time.Time `json:"openedAt,omitzero"`
	Answer   *Answer   `json:"answer,omitempty"` // nil until there is one
}

// Answer is what came of a session.
type Answer struct {
	At       time.Time `json:"at"`                 // when it came; set by Take
	Report   []byte    `json:"report,omitempty"`   // JSON; empty when the person declined
	Response []byte    `json:"response,omitempty"` // what was answered, to judge it again
	Declined string    `json:"declined,omitempty"` // the wallet's reason code
	Code     string    `json:"code,omitempty"`     // response_code: whoever brings it came back from the wallet
}

// Stage says how far the session has come by the given time.
func (s *Session) Stage(now time.Time) State {
	switch {
	case s.Answer != nil && s.Answer.Declined != "":
		return Declined
	case s.Answer != nil:
		return Answered
	case !now.Before(s.Expires):
		return Expired
	case !s.OpenedAt.IsZero():
		return Opened
	default:
		return Waiting
	}
}

// Forget is when the last trace of the session is deleted.
func (s *Session) Forget() time.Time {
	if s.Answer != nil {
		return s.Answer.At.Add(s.Retention)
	}
	return s.Expires.Add(keepExpired)
}

// open says why no answer can be taken any more; nil if one can.
func (s *Session) open(now time.Time) error {
	switch s.Stage(now) {
	case Answered, Declined:
		return ErrConsumed
	case Expired:
		return ErrExpired
	default:
		return nil
	}
}

// filled gives a question its defaults, or says what is out of bounds.
func (q Question) filled() (Question, error) {
	if q.Lifetime == 0 {
		q.Lifetime = Lifetime
	}
	if q.Retention == 0 {
		q.Retention = Retention
	}
	if q.Lifetime < time.Second || q.Lifetime > maxLifetime {
		return q, errors.Join(ErrQuestion, errors.New("it can wait for an answer from a second to a day"))
	}
	if q.Retention < time.Minute || q.Retention > maxRetention {
		return q, errors.Join(ErrQuestion, errors.New("an answer can be kept from a minute to a year"))
	}
	if len(q.Ask) > maxAsk {
		return q, errors.Join(ErrQuestion, errors.New("it is too long"))
	}
	return q, nil
}

// newSession makes the session of a filled question.
func newSession(q Question, now time.Time) *Session {
	now = now.UTC()
	return &Session{
		ID: Token(), Secret: Token(), Nonce: Token(), State: Token(), Code: newCode(),
		Ask: q.Ask, Key: q.Key, Poster: q.Poster, Label: q.Label,
		Created: now, Expires: now.Add(q.Lifetime), Retention: q.Retention,
	}
}

// tokenLength is that of a Token: 128 bits in base64url.
const tokenLength = 22

// Token makes 128 random bits in 22 letters, digits, "-" and "_".
func Token() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it cannot fail: without randomness Go ends the program
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// letters are those that people do not mistake for one another: no I, L, O, U,
// 0 or 1. Thirty of them give 49 bits in ten letters.
const (
	letters    = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
	codeLength = 10
)

func newCode() string {
	out := make([]byte, 0, codeLength)
	var b [1]byte
	for len(out) < codeLength {
		_, _ = rand.Read(b[:])
		if int(b[0]) < 256/len(letters)*len(letters) { // no letter is likelier than another
			out = append(out, letters[int(b[0])%len(letters)])
		}
	}
	return string(out)
}

// SpellCode writes a code as people read it out: in two groups of five.
func SpellCode(code string) string {
	if len(code) != codeLength {
		return code
	}
	return code[:codeLength/2] + "-" + code[codeLength/2:]
}

// readCode undoes what people do to a code that they type: small letters, blanks
// and dashes. "" if it is none.
func readCode(typed string) string {
	if len(typed) > 4*codeLength {
		return ""
	}
	out := strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune(" -–\t", r):
			return -1
		default:
			return r
		}
	}, strings.ToUpper(typed))
	if len(out) != codeLength || strings.Trim(out, letters) != "" {
		return ""
	}
	return out
}

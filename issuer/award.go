package issuer

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"
	"unicode/utf8"

	"laurel/credential"
	"laurel/credential/schema"
	"laurel/did"
	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
	"laurel/issuer/achievement"
	"laurel/issuer/mechanism"
	"laurel/status"
)

// badgeContext defines the terms of Open Badges 3.0.
const badgeContext = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"

var (
	// ErrAward says that an award cannot be issued, and why.
	ErrAward = errors.New("this cannot be issued")
	// ErrRecipient is the ErrAward whose reason is the learner's DID.
	ErrRecipient = fmt.Errorf("%w: the recipient is no usable DID", ErrAward)
)

// Award is one learner's badge, before it is signed. Template and Recipient are
// required.
type Award struct {
	Template  string `json:"template"`
	Recipient string `json:"recipient"` // the learner's DID

	Name      string     `json:"name,omitempty"`      // written into the badge as it is
	Email     string     `json:"email,omitempty"`     // only its salted hash goes into the badge
	Narrative string     `json:"narrative,omitempty"` // how this learner earned it; Markdown
	Results   []Result   `json:"results,omitempty"`
	Evidence  []Evidence `json:"evidence,omitempty"`

	ValidFrom  time.Time `json:"validFrom,omitzero"`  // zero: now
	ValidUntil time.Time `json:"validUntil,omitzero"` // zero: as the template has it

	// Request is an idempotency key of the caller's. A second award with the
	// same one issues nothing and gives back the first badge.
	Request string `json:"request,omitempty"`
}

// Result is one result that the badge states: Of names a result description of
// the template, by name or id.
type Result struct {
	Of    string `json:"of"`
	Value string `json:"value"`
}

// Evidence is something that shows how a badge was earned.
type Evidence struct {
	URL  string `json:"url"`
	Name string `json:"name,omitempty"`
}

// draft is a badge that has everything but its place in a status list.
type draft struct {
	id    string
	doc   strictjson.Value
	until time.Time // the end of its validity; zero: none
}

// draft fills in a template.
func (i *Issuer) draft(t *template, a Award, now time.Time) (draft, error) {
	if err := errors.Join(checkRecipient(a.Recipient), a.checkTexts()); err != nil {
		return draft{}, err
	}
	from := a.ValidFrom
	if from.IsZero() {
		from = now
	}
	until := a.ValidUntil
	if until.IsZero() {
		until = t.valid.after(from)
	}
	if !until.IsZero() && !until.After(from) {
		return draft{}, fmt.Errorf("%w: it would end before it begins", ErrAward)
	}
	subject, err := subjectOf(t, a)
	if err != nil {
		return draft{}, err
	}
	d := draft{id: "urn:uuid:" + newUUID(), until: until}
	d.doc = strictjson.Object(
		strictjson.Member{Name: "@context", Value: strictjson.Strings(credential.BaseContext, badgeContext)},
		strictjson.Member{Name: "id", Value: strictjson.String(d.id)},
		strictjson.Member{Name: "type", Value: strictjson.Strings("VerifiableCredential", "OpenBadgeCredential")},
		strictjson.Member{Name: "issuer", Value: i.profile.badgeProfile()},
		strictjson.Member{Name: "validFrom", Value: strictjson.String(credential.FormatTime(from))},
		strictjson.Member{Name: "validUntil", Value: strictjson.Stamp(until)},
		strictjson.Member{Name: "name", Value: strictjson.String(t.Name)},
		strictjson.Member{Name: "credentialSubject", Value: subject},
		strictjson.Member{Name: "evidence", Value: evidenceOf(a)},
	)
	return d, nil
}

// checkRecipient refuses a recipient that could never present the badge.
func checkRecipient(id string) error {
	var err error
	switch {
	case strings.HasPrefix(id, "did:key:"):
		_, err = did.KeyMethod(id)
	case strings.HasPrefix(id, "did:web:"):
		_, err = did.Web{UnsafeLoopback: true}.URL(id)
	case strings.HasPrefix(id, "did:"):
		_, _, err = did.Split(id + "#key")
	default:
		return fmt.Errorf("%w: %q", ErrRecipient, id)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrRecipient, err)
	}
	return nil
}

// checkTexts refuses what would be signed otherwise than it was meant. A text
// that is not UTF-8, often a list that was saved in another encoding, would put
// replacement characters where a name has its accents, under a good signature.
func (a Award) checkTexts() error {
	texts := []string{a.Name, a.Email, a.Narrative}
	for _, r := range a.Results {
		if r.Value == "" {
			return fmt.Errorf("%w: the result %q has no value", ErrAward, r.Of)
		}
		texts = append(texts, r.Value)
	}
	for _, e := range a.Evidence {
		texts = append(texts, e.Name)
	}
	for _, text := range texts {
		if !utf8.ValidString(text) {
			return fmt.Errorf("%w: %q is not UTF-8", ErrAward, text)
		}
	}
	if a.Email != "" {
		if _, err := mail.ParseAddress("<" + strings.TrimSpace(a.Email) + ">"); err != nil {
			return fmt.Errorf("%w: %q is no e-mail address", ErrAward, a.Email)
		}
	}
	return nil
}

func subjectOf(t *template, a Award) (strictjson.Value, error) {
	results, err := resultsOf(t, a)
	if err != nil {
		return strictjson.Value{}, err
	}
	return strictjson.Object(
		strictjson.Member{Name: "id", Value: strictjson.String(a.Recipient)},
		strictjson.Member{Name: "type", Value: strictjson.Strings("AchievementSubject")},
		strictjson.Member{Name: "identifier", Value: identifiersOf(a)},
		strictjson.Member{Name: "narrative", Value: strictjson.Optional(a.Narrative)},
		strictjson.Member{Name: "result", Value: results},
		strictjson.Member{Name: "achievement", Value: t.achievement},
	), nil
}

// identifiersOf names the learner beside the DID: the name openly, since that
// is what the badge is for, the e-mail address only so that somebody who knows
// it can compare (Open Badges 3.0, section B.1.13).
func identifiersOf(a Award) strictjson.Value {
	var all []strictjson.Value
	if a.Name != "" {
		all = append(all, identity("name", a.Name, false, ""))
	}
	if a.Email != "" {
		salt := rand.Text()
		sum := sha256.Sum256([]byte(strings.ToLower(strings.TrimSpace(a.Email)) + salt))
		all = append(all, identity("emailAddress", "sha256$"+hex.EncodeToString(sum[:]), true, salt))
	}
	if all == nil {
		return strictjson.Value{}
	}
	return strictjson.Array(all...)
}

func identity(kind, value string, hashed bool, salt string) strictjson.Value {
	return strictjson.Object(
		strictjson.Member{Name: "type", Value: strictjson.String("IdentityObject")},
		strictjson.Member{Name: "identityType", Value: strictjson.String(kind)},
		strictjson.Member{Name: "hashed", Value: strictjson.Bool(hashed)},
		strictjson.Member{Name: "identityHash", Value: strictjson.String(value)},
		strictjson.Member{Name: "salt", Value: strictjson.Optional(salt)},
	)
}

// resultsOf ties each result to the template's description of it, without which
// a value says nothing.
func resultsOf(t *template, a Award) (strictjson.Value, error) {
	if len(a.Results) == 0 {
		return strictjson.Value{}, nil
	}
	all := make([]strictjson.Value, len(a.Results))
	for n, r := range a.Results {
		id, err := achievement.Result(t.achievement, r.Of, r.Value)
		if err != nil {
			return strictjson.Value{}, fmt.Errorf("%w: the template %s %w", ErrAward, t.ID, err)
		}
		all[n] = strictjson.Object(
			strictjson.Member{Name: "type", Value: strictjson.Strings("Result")},
			strictjson.Member{Name: "resultDescription", Value: strictjson.String(id)},
			strictjson.Member{Name: "value", Value: strictjson.String(r.Value)},
		)
	}
	return strictjson.Array(all...), nil
}

func evidenceOf(a Award) strictjson.Value {
	if len(a.Evidence) == 0 {
		return strictjson.Value{}
	}
	all := make([]strictjson.Value, len(a.Evidence))
	for n, e := range a.Evidence {
		all[n] = strictjson.Object(
			strictjson.Member{Name: "id", Value: strictjson.String(e.URL)},
			strictjson.Member{Name: "type", Value: strictjson.Strings("Evidence")},
			strictjson.Member{Name: "name", Value: strictjson.Optional(e.Name)},
		)
	}
	return strictjson.Array(all...)
}

// trialPlace stands for a place that has not been drawn yet.
func trialPlace(t *template) status.Entry {
	return status.Entry{Purpose: t.Purpose, ListURL: "https://list.example/status/1.json"}
}

// badge is a draft with its place in a status list.
func (i *Issuer) badge(t *template, d draft, place status.Entry) mechanism.Badge {
	if t.choice.Claims() {
		return mechanism.Badge{
			Document: d.doc, Issuer: i.profile.tokenIssuer(), Status: status.TokenEntry(tokenURL(place.ListURL), place.Index),
		}
	}
	return mechanism.Badge{Document: d.doc.With("credentialStatus", place.Value())}
}

// check refuses what a verifier would refuse, in the form that the badge will have.
func (i *Issuer) check(ctx context.Context, t *template, d draft) error {
	if err := i.checkDocument(d); err != nil {
		return err
	}
	return refusal(i.kit().Check(ctx, t.choice, i.badge(t, d, trialPlace(t))))
}

// refusal makes an error of the mechanism one of an award.
func refusal(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, mechanism.ErrHolder):
		return fmt.Errorf("%w: %w", ErrRecipient, err)
	case errors.Is(err, mechanism.ErrBadge):
		return fmt.Errorf("%w: %w", ErrAward, err)
	default:
		return err
	}
}

// checkDocument refuses a badge by size, by the data model, by Open Badges 3.0 and its
// JSON schema, and by JSON-LD's safe mode, where a term that no context defines is an error and not,
// as elsewhere, left out of what is signed. Claims of their own are made of such a
// document, and are held to the same.
func (i *Issuer) checkDocument(d draft) error {
	doc := d.doc.With("credentialStatus", status.Entry{Purpose: status.Revocation, ListURL: "https://list.example/status/1.json"}.Value())
	if _, err := strictjson.Parse(doc.JSON()); err != nil {
		return fmt.Errorf("%w: %w", ErrAward, err)
	}
	if err := errors.Join(credential.Check(doc), credential.CheckBadge(doc)); err != nil {
		return fmt.Errorf("%w: %w", ErrAward, err)
	}
	if err := schema.CheckBadge(doc); err != nil {
		return fmt.Errorf("%w: Open Badges 3.0: %w", ErrAward, err)
	}
	if _, err := jsonld.ToRDF(doc, jsonld.Options{Contexts: i.opt.Contexts}); err != nil {
		return fmt.Errorf("%w: %w", ErrAward, err)
	}
	return nil
}

// newUUID makes a random UUID (RFC 9562, version 4).
func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it cannot fail: without randomness Go ends the program
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

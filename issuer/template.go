package issuer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"laurel/internal/strictjson"
	"laurel/issuer/achievement"
	"laurel/issuer/mechanism"
	"laurel/status"
)

const templateType = "laurel/template/v1"

// maxTemplate bounds a template; one with an embedded image has some 100 kB.
const maxTemplate = 1 << 20

// ErrTemplate says that a template cannot be used, and what is wrong with it.
var ErrTemplate = errors.New("the template cannot be used")

// Template is what all badges of a kind have in common.
type Template struct {
	ID   string `json:"id"`   // short, for the command line and for addresses: "barista"
	Name string `json:"name"` // what the achievement is called
	// Achievement is its id, by which employers ask for it: an address.
	Achievement string          `json:"achievement"`
	Purpose     status.Purpose  `json:"statusPurpose"`      // what the badge's status entry is for
	ValidFor    string          `json:"validFor,omitempty"` // "P2Y"; "" is without end
	Proof       string          `json:"proof,omitempty"`    // the cryptosuite or kind of token; "" is the issuer's own suite
	Source      json.RawMessage `json:"source"`             // as it was given
}

// template is a template that has been read.
type template struct {
	Template
	// achievement is the Achievement of Open Badges 3.0, complete: with its
	// id, its types, and an image.
	achievement strictjson.Value
	valid       period
	choice      *mechanism.Choice
}

// templateMembers are the members that a template may have.
var templateMembers = append([]string{"type", "id", "achievement", "validFor", "statusPurpose", "colour", "monogram"}, mechanism.Members...)

var templateID = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)
})

// readTemplate reads a template and completes its achievement.
func (i *Issuer) readTemplate(source []byte) (*template, error) {
	doc, err := strictjson.ParseWithin(source, strictjson.Limits{Bytes: maxTemplate})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTemplate, err)
	}
	t := &template{Template: Template{
		ID: doc.Get("id").Str(), Name: doc.Get("achievement").Get("name").Str(), Purpose: status.Revocation,
		ValidFor: doc.Get("validFor").Str(), Source: doc.JSON(),
	}}
	if got := doc.Get("type").Str(); got != templateType {
		return nil, fmt.Errorf("%w: its type is %q, not %q", ErrTemplate, got, templateType)
	}
	if !templateID().MatchString(t.ID) {
		return nil, fmt.Errorf("%w: its id %q is not made of small letters, digits and hyphens", ErrTemplate, t.ID)
	}
	if name := unknownMember(doc, templateMembers); name != "" {
		return nil, fmt.Errorf("%w: a template has no member %q, only %s", ErrTemplate, name, strings.Join(templateMembers, ", "))
	}
	if purpose := doc.Get("statusPurpose"); purpose.Exists() {
		if t.Purpose = status.Purpose(purpose.Str()); !t.Purpose.Known() {
			return nil, fmt.Errorf("%w: its statusPurpose is neither %q nor %q", ErrTemplate, status.Revocation, status.Suspension)
		}
	}
	if t.valid, err = parsePeriod(doc.Get("validFor")); err != nil {
		return nil, err
	}
	t.achievement, err = achievement.Complete(doc.Get("achievement"), achievement.Options{
		ID: i.achievementURL(t.ID), Colour: doc.Get("colour").Str(), Monogram: doc.Get("monogram").Str(),
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTemplate, err)
	}
	t.Achievement = t.achievement.Get("id").Str()
	if t.choice, err = i.kit().Read(doc); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTemplate, err)
	}
	t.Proof = t.choice.Name
	return t, nil
}

func unknownMember(doc strictjson.Value, known []string) string {
	for _, m := range doc.Members() {
		found := false
		for _, k := range known {
			found = found || m.Name == k
		}
		if !found {
			return m.Name
		}
	}
	return ""
}

// period is how long something is valid, in the calendar's terms. The zero
// period is without end.
type period struct{ years, months, days int }

var periodForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^P(?:(\d{1,3})Y)?(?:(\d{1,4})M)?(?:(\d{1,3})W)?(?:(\d{1,5})D)?$`)
})

// parsePeriod reads an ISO 8601 duration of years, months, weeks and days.
func parsePeriod(v strictjson.Value) (period, error) {
	if !v.Exists() {
		return period{}, nil
	}
	parts := periodForm().FindStringSubmatch(v.Str())
	if parts == nil {
		return period{}, fmt.Errorf("%w: its validFor is not like P2Y (two years), P6M, P90D", ErrTemplate)
	}
	n := make([]int, 5)
	for i, digits := range parts[1:] {
		n[i], _ = strconv.Atoi(digits) // digits only, or nothing, which is 0
	}
	p := period{n[0], n[1], 7*n[2] + n[3]}
	if p == (period{}) {
		return p, fmt.Errorf("%w: its validFor is no time at all", ErrTemplate)
	}
	return p, nil
}

// after is the end of the period that begins at t; zero if there is no end.
func (p period) after(t time.Time) time.Time {
	if p == (period{}) {
		return time.Time{}
	}
	return t.AddDate(p.years, p.months, p.days)
}

// PutTemplate adds a template or replaces the one with its id. Badges that were
// issued already do not change. The template is tried out on a made-up learner
// first, so that a term that nobody defined, or a missing criterion, is refused
// here and not when the first badge is issued. The first template that signs with
// another kind of key has one made, which must be published before its badges can
// be checked. Errors wrap ErrTemplate.
func (i *Issuer) PutTemplate(ctx context.Context, source []byte) (Template, error) {
	t, err := i.readTemplate(source)
	if err != nil {
		return Template{}, err
	}
	if err := i.tryOut(ctx, t); err != nil {
		return Template{}, fmt.Errorf("%w: a badge made from it is refused: %w", ErrTemplate, err)
	}
	if err := i.equip(ctx, t.choice); err != nil {
		return Template{}, err
	}
	return t.Template, i.opt.Store.Update(ctx, func(tx Tx) error {
		return tx.Put(fmt.Sprintf(templateFmt, t.ID), t.Source)
	})
}

// tryOut makes a badge for a made-up learner and refuses what a verifier would.
func (i *Issuer) tryOut(ctx context.Context, t *template) error {
	trial := Award{Template: t.ID, Recipient: "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"}
	draft, err := i.draft(t, trial, i.opt.Now())
	if err != nil {
		return err
	}
	if err := i.checkDocument(draft); err != nil {
		return err
	}
	return refusal(i.kit().CheckTemplate(ctx, t.choice, i.badge(t, draft, trialPlace(t))))
}

// template returns the template of that id, or ErrNotFound.
func (i *Issuer) template(ctx context.Context, id string) (*template, error) {
	var source []byte
	err := i.opt.Store.View(ctx, func(tx Tx) (err error) {
		source, err = tx.Get(fmt.Sprintf(templateFmt, id))
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: no template is called %q", ErrNotFound, id)
	}
	if err != nil {
		return nil, err
	}
	return i.readTemplate(source)
}

// Templates returns all templates, by id.
func (i *Issuer) Templates(ctx context.Context) ([]Template, error) {
	var all []Template
	err := i.opt.Store.View(ctx, func(tx Tx) error {
		return tx.Scan(templates, func(_ string, source []byte) error {
			t, err := i.readTemplate(source)
			if err == nil {
				all = append(all, t.Template)
			}
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// Achievement returns what a template's badges are for: the Achievement of Open
// Badges 3.0 that they hold. Where its address is the type (vct) of badges that are
// claims of their own, it says so, which makes it the Type Metadata that readers of
// such badges look for there (SD-JWT VC, section 6.2). It fails with ErrNotFound.
func (i *Issuer) Achievement(ctx context.Context, id string) (strictjson.Value, error) {
	t, err := i.template(ctx, id)
	if err != nil {
		return strictjson.Value{}, err
	}
	if vct := t.choice.Type(t.achievement); vct == i.achievementURL(t.ID) {
		return t.achievement.With("vct", strictjson.String(vct)), nil
	}
	return t.achievement, nil
}

// achievementURL is where a template's achievement is described.
func (i *Issuer) achievementURL(template string) string {
	return i.profile.URL + "/achievements/" + template
}

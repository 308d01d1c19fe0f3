package request

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"strings"

	"laurel/verifier/session"
)

// templatePrefix is where saved questions are kept among the settings.
const templatePrefix = "template/"

const maxTemplateName = 63

// IsTemplateName reports whether a saved question may be called so: the name stands in
// links, so that it has small letters and digits, and dashes but for the first.
func IsTemplateName(name string) bool {
	return 0 < len(name) && len(name) <= maxTemplateName && name[0] != '-' &&
		strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// Template is a saved question.
type Template struct {
	Name string
	Ask  Ask
}

// SaveTemplate keeps a question under a name, in place of one that was there. It
// fails with ErrAsk for a name or a question that is none.
func (d *Desk) SaveTemplate(ctx context.Context, name string, a Ask) error {
	if !IsTemplateName(name) {
		return refuse("a template's name has small letters, digits and dashes")
	}
	if a.Template != "" {
		return refuse("a template cannot be made of a template")
	}
	if _, err := d.prepare(a); err != nil {
		return err
	}
	all, err := d.Templates(ctx)
	if err != nil {
		return err
	}
	if len(all) >= maxTemplates {
		return refuse("there are %d templates, and no room for more", len(all))
	}
	text, err := json.Marshal(a)
	if err != nil {
		return err
	}
	return d.Book.Set(ctx, templatePrefix+name, text)
}

// RemoveTemplate forgets a saved question. What was asked with it stays asked.
func (d *Desk) RemoveTemplate(ctx context.Context, name string) error {
	return d.Book.Set(ctx, templatePrefix+name, nil)
}

// Templates lists the saved questions by name.
func (d *Desk) Templates(ctx context.Context) (all []Template, err error) {
	err = d.Book.Settings(ctx, templatePrefix, func(name string, value []byte) error {
		t := Template{Name: name[len(templatePrefix):]}
		if err := json.Unmarshal(value, &t.Ask); err != nil {
			return errors.Join(errInquiry, err)
		}
		all = append(all, t)
		return nil
	})
	return all, err
}

// settled is an Ask, or the saved question that it names, with what the Ask itself
// says about how it is put.
func (d *Desk) settled(ctx context.Context, a Ask) (Ask, error) {
	if a.Template == "" {
		return a, nil
	}
	if len(a.Query) > 0 || len(a.ProofOf) > 0 {
		return Ask{}, refuse("the template says what is asked for already")
	}
	text, err := d.Book.Setting(ctx, templatePrefix+a.Template)
	if errors.Is(err, session.ErrUnknown) {
		return Ask{}, refuse("there is no template %q", a.Template)
	}
	if err != nil {
		return Ask{}, err
	}
	var saved Ask
	if err := json.Unmarshal(text, &saved); err != nil {
		return Ask{}, errors.Join(errInquiry, err)
	}
	saved.Title = cmp.Or(a.Title, saved.Title)
	saved.Retention = cmp.Or(a.Retention, saved.Retention)
	saved.ExpiresIn = cmp.Or(a.ExpiresIn, saved.ExpiresIn)
	saved.Open = a.Open || saved.Open
	saved.OpenDays = cmp.Or(a.OpenDays, saved.OpenDays)
	saved.Purpose = cmp.Or(a.Purpose, saved.Purpose)
	saved.ResponseMode = cmp.Or(a.ResponseMode, saved.ResponseMode)
	saved.Prefix = cmp.Or(a.Prefix, saved.Prefix)
	saved.SameDevice = a.SameDevice || saved.SameDevice
	if a.Policy != (Policy{}) {
		saved.Policy = a.Policy
	}
	return saved, nil
}

package credential

import (
	"laurel/internal/strictjson"
)

// The credential types of Open Badges 3.0 and CLR 2.0.
const (
	typeOpenBadge   = "OpenBadgeCredential"
	typeAchievement = "AchievementCredential" // the same thing by its older name
	typeEndorsement = "EndorsementCredential"
	typeRecord      = "ClrCredential"
)

// The vocabularies of these types. A document may write a type out in full
// instead of using the term; it means the same, so it must meet the same rules.
const (
	badgeVocabulary  = "https://purl.imsglobal.org/spec/vc/ob/vocab.html#"
	recordVocabulary = "https://purl.imsglobal.org/spec/vc/clr/vocab.html#"
)

// isA reports whether the object has a type of Open Badges or CLR, by its term
// or in full.
func isA(object strictjson.Value, name string) bool {
	return HasType(object, name) || HasType(object, badgeVocabulary+name) || HasType(object, recordVocabulary+name)
}

// IsBadge reports whether the document says that it is an Open Badge: an
// OpenBadgeCredential or, which is the same, an AchievementCredential.
func IsBadge(doc strictjson.Value) bool {
	return isA(doc, typeOpenBadge) || isA(doc, typeAchievement)
}

// IsEndorsement reports whether the document says that it is an endorsement.
func IsEndorsement(doc strictjson.Value) bool { return isA(doc, typeEndorsement) }

// IsLearnerRecord reports whether the document says that it is a comprehensive
// learner record (CLR 2.0), which carries several achievements.
func IsLearnerRecord(doc strictjson.Value) bool { return isA(doc, typeRecord) }

// CheckBadge applies the rules without which an Open Badge says nothing (Open
// Badges 3.0 section B.1): one subject of type AchievementSubject with one
// achievement that has an id, the type Achievement, a name, a description and
// criteria with an id or a narrative; for an endorsement, who or what is
// endorsed. It is nil for a document that claims to be neither.
//
// The error is nil or a Problems, each wrapping ErrBadge. What is merely untidy
// is left to Advise; a document is read by both only after Check.
func CheckBadge(doc strictjson.Value) error { return checkBadge(doc, false) }

// CheckBadgePart is CheckBadge for a selection: a document of which the holder
// left out what they did not want to show. Nothing is required of it, but what
// it shows must have the form that it has in a whole badge.
func CheckBadgePart(doc strictjson.Value) error { return checkBadge(doc, true) }

func checkBadge(doc strictjson.Value, part bool) error {
	c := checker{part: part}
	root := place{v: doc}
	switch {
	case IsBadge(doc):
		if subject, ok := c.one(root, "credentialSubject"); ok {
			c.class(subject, "AchievementSubject")
			c.achievement(subject)
		}
	case IsEndorsement(doc):
		if subject, ok := c.one(root, "credentialSubject"); ok {
			c.class(subject, "EndorsementSubject")
			c.required(subject.get("id"), isURL, "a URL: what is endorsed")
		}
	}
	return c.problems.orNil()
}

func (c *checker) achievement(subject place) {
	at, ok := c.one(subject, "achievement")
	if !ok {
		return
	}
	c.required(at.get("id"), isURL, "a URL")
	c.class(at, "Achievement")
	c.requiredText(at.get("name"))
	c.requiredText(at.get("description"))
	criteria, ok := c.one(at, "criteria")
	if !ok {
		return
	}
	if c.part && !criteria.v.Get("id").Exists() && !criteria.v.Get("narrative").Exists() {
		return
	}
	if languageText(criteria.v.Get("narrative"), nil) == "" && !isURL(criteria.v.Get("id").Str()) {
		c.add(criteria, ErrBadge, "must say in an id or a narrative how to earn the achievement")
	}
}

// one is the member of that name, which must be one object (alone or in an
// array of one).
func (c *checker) one(of place, name string) (place, bool) {
	values := of.get(name).list()
	switch {
	case len(values) == 0 && c.part:
	case len(values) == 0:
		c.add(of.get(name), ErrBadge, "is required")
	case len(values) > 1:
		c.add(of.get(name), ErrBadge, "must be one, there are %d", len(values))
	case values[0].v.Kind() != strictjson.Dict:
		c.add(values[0], ErrBadge, "must be an object, not %s", values[0].v.Kind())
	default:
		return values[0], true
	}
	return place{}, false
}

// class requires a type.
func (c *checker) class(of place, name string) {
	if !isA(of.v, name) {
		c.add(of.get("type"), ErrBadge, "must include %s", name)
	}
}

func (c *checker) required(at place, fits func(string) bool, what string) {
	if !fits(at.v.Str()) && !(c.part && !at.v.Exists()) {
		c.add(at, ErrBadge, "is required: %s", what)
	}
}

func (c *checker) requiredText(at place) {
	if languageText(at.v, nil) == "" && !(c.part && !at.v.Exists()) {
		c.add(at, ErrBadge, "is required: a text")
	}
}

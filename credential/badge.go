package credential

import (
	"time"

	"laurel/internal/strictjson"
)

// maxShown bounds every list of a Badge: evidence, results, alignments and so
// on. The longest honest list seen has 47 entries.
const maxShown = 200

// Badge is what a credential says, ready for people: an Open Badge above all,
// and of any other credential whatever it shares with one. Every text has been
// through Plain, or Markdown where the comment says so; a text in several
// languages has been resolved to one. A member that the document does not have is
// empty. The values are claims: they are worth what the proof is worth, so read a
// Badge only from a verified document, or mark it as unverified.
type Badge struct {
	ID          string   `json:"id,omitzero"`
	Types       []string `json:"types,omitzero"`
	Name        string   `json:"name,omitzero"` // of the credential; often empty, see Title
	Description string   `json:"description,omitzero"`
	Image       Image    `json:"image,omitzero"`
	Issuer      Profile  `json:"issuer,omitzero"`
	Earner      Earner   `json:"earner,omitzero"`

	Achievements []Achievement `json:"achievements,omitzero"` // one for an Open Badge; a learner record may list several
	Narrative    string        `json:"narrative,omitzero"`    // how it was earned, in Markdown
	Results      []Result      `json:"results,omitzero"`
	Evidence     []Evidence    `json:"evidence,omitzero"`
	Series       []Association `json:"series,omitzero"`  // how the achievements of a learner record hang together
	Comment      string        `json:"comment,omitzero"` // what an endorsement says, in Markdown

	Awarded       time.Time `json:"awarded,omitzero"` // zero times are not set
	ValidFrom     time.Time `json:"validFrom,omitzero"`
	ValidUntil    time.Time `json:"validUntil,omitzero"`
	ActivityStart time.Time `json:"activityStart,omitzero"`
	ActivityEnd   time.Time `json:"activityEnd,omitzero"`

	CreditsEarned string  `json:"creditsEarned,omitzero"` // a number as it was written
	License       string  `json:"license,omitzero"`       // licenseNumber
	Role          string  `json:"role,omitzero"`
	Term          string  `json:"term,omitzero"`
	Source        Profile `json:"source,omitzero"` // who assessed, if not the issuer

	// Cut says that a list was longer than 200 entries and is not all here.
	Cut bool `json:"cut,omitzero"`
}

// Profile is a person or an organisation as the credential describes it. A name
// here is what the issuer calls itself; nothing proves it.
type Profile struct {
	ID          string       `json:"id,omitzero"`
	Name        string       `json:"name,omitzero"`
	Description string       `json:"description,omitzero"`
	URL         Link         `json:"url,omitzero"`
	Email       string       `json:"email,omitzero"`
	Phone       string       `json:"phone,omitzero"`
	Official    string       `json:"official,omitzero"`
	Image       Image        `json:"image,omitzero"`
	Parent      string       `json:"parent,omitzero"` // name of the organisation it belongs to
	Identifiers []Identifier `json:"identifiers,omitzero"`
}

// Identifier is a name that some register knows somebody or something by.
type Identifier struct {
	Type  string `json:"type,omitzero"` // sourcedId, nationalIdentityNumber …
	Value string `json:"value,omitzero"`
}

// Earner is who earned the badge.
type Earner struct {
	ID         string     `json:"id,omitzero"`   // the DID of the learner; "" for a bearer badge
	Name       string     `json:"name,omitzero"` // if the badge names somebody openly
	Identities []Identity `json:"identities,omitzero"`
}

// Achievement is what was achieved.
type Achievement struct {
	ID               string       `json:"id,omitzero"`
	Name             string       `json:"name,omitzero"`
	Description      string       `json:"description,omitzero"`
	Type             string       `json:"type,omitzero"` // Course, Certification, MicroCredential …
	Criteria         Criteria     `json:"criteria,omitzero"`
	Image            Image        `json:"image,omitzero"`
	Tags             []string     `json:"tags,omitzero"`
	Alignments       []Alignment  `json:"alignments,omitzero"`
	Creator          Profile      `json:"creator,omitzero"`
	FieldOfStudy     string       `json:"fieldOfStudy,omitzero"`
	Specialization   string       `json:"specialization,omitzero"`
	Code             string       `json:"code,omitzero"` // humanCode
	Version          string       `json:"version,omitzero"`
	Language         string       `json:"language,omitzero"`
	CreditsAvailable string       `json:"creditsAvailable,omitzero"`
	Related          []Related    `json:"related,omitzero"`
	PartOf           []Related    `json:"partOf,omitzero"`
	Identifiers      []Identifier `json:"identifiers,omitzero"`
	SignUp           Link         `json:"signUp,omitzero"` // where others can learn more or sign up; check Web
}

// Criteria is how the achievement is earned.
type Criteria struct {
	Page      Link   `json:"page,omitzero"`
	Narrative string `json:"narrative,omitzero"` // Markdown
}

// Alignment is a skill or standard of some framework (CASE, CTDL, ESCO …) that
// the achievement speaks to.
type Alignment struct {
	Name        string `json:"name,omitzero"`
	Description string `json:"description,omitzero"`
	URL         Link   `json:"url,omitzero"`
	Framework   string `json:"framework,omitzero"`
	Code        string `json:"code,omitzero"`
	Type        string `json:"type,omitzero"`
}

// Related is another achievement of the same family.
type Related struct {
	ID       Link   `json:"id,omitzero"`
	Name     string `json:"name,omitzero"`
	Version  string `json:"version,omitzero"`
	Language string `json:"language,omitzero"`
}

// Association says how two achievements of a learner record relate: From
// isPartOf, precedes … To. Both are names where the record holds the achievement,
// and ids where it does not.
type Association struct {
	From string `json:"from"`
	Kind string `json:"kind"`
	To   string `json:"to"`
}

// Evidence is a piece of work or a record behind the achievement. Nothing here
// fetches it.
type Evidence struct {
	URL         Link   `json:"url,omitzero"`
	Name        string `json:"name,omitzero"`
	Description string `json:"description,omitzero"`
	Narrative   string `json:"narrative,omitzero"` // Markdown
	Genre       string `json:"genre,omitzero"`
	Audience    string `json:"audience,omitzero"`
}

// Title is the name to show in a list: that of the credential, else of its first
// achievement, else its id.
func (b Badge) Title() string {
	switch {
	case b.Name != "":
		return b.Name
	case len(b.Achievements) > 0 && b.Achievements[0].Name != "":
		return b.Achievements[0].Name
	}
	return b.ID
}

// Achievement is the first achievement, or an empty one.
func (b Badge) Achievement() Achievement {
	if len(b.Achievements) == 0 {
		return Achievement{}
	}
	return b.Achievements[0]
}

// Picture is the image to show: that of the credential, else of the subject's
// achievement.
func (b Badge) Picture() Image {
	if b.Image.Source != "" {
		return b.Image
	}
	return b.Achievement().Image
}

// ReadBadge reads what a credential says. It never fails: what is malformed is
// left out. Where a text is given in several languages, the first of the given
// ones (BCP 47 tags; English when there are none) that the badge has is chosen.
func ReadBadge(doc strictjson.Value, languages ...string) Badge {
	if len(languages) == 0 {
		languages = []string{"en"}
	}
	r := &reader{languages: languages}
	doc = Settled(doc)
	subject := firstOf(doc.Get("credentialSubject"))
	b := Badge{
		ID:          Plain(doc.Get("id").Str()),
		Types:       r.words(doc.Get("type")),
		Name:        r.text(doc.Get("name")),
		Description: r.text(doc.Get("description")),
		Image:       r.image(doc.Get("image")),
		Issuer:      r.profile(doc.Get("issuer")),
		Earner:      r.earner(subject),
		Awarded:     dayOrTime(doc.Get("awardedDate")),
	}
	if from, until, err := Validity(doc); err == nil {
		b.ValidFrom, b.ValidUntil = from, until
	}
	r.subject(&b, subject)
	b.Evidence = each(r, doc.Get("evidence"), r.evidence)
	b.Cut = r.cut
	return b
}

// reader carries the languages wanted, and remembers whether a list was cut.
type reader struct {
	languages []string
	cut       bool
}

// firstOf is the value, or the first of several.
func firstOf(v strictjson.Value) strictjson.Value {
	if values := v.List(); len(values) > 0 {
		return values[0]
	}
	return strictjson.Value{}
}

// each reads the elements of "one or many", at most 200.
func each[T any](r *reader, v strictjson.Value, read func(strictjson.Value) T) []T {
	values := v.List()
	if len(values) > maxShown {
		values, r.cut = values[:maxShown], true
	}
	var out []T
	for _, e := range values {
		out = append(out, read(e))
	}
	return out
}

func (r *reader) text(v strictjson.Value) string { return Plain(languageText(v, r.languages)) }

func (r *reader) markdown(v strictjson.Value) string { return Markdown(languageText(v, r.languages)) }

// words reads "one or many texts".
func (r *reader) words(v strictjson.Value) []string {
	return each(r, v, func(e strictjson.Value) string { return r.text(e) })
}

// scalar is a text, or a number as it was written.
func (r *reader) scalar(v strictjson.Value) string {
	if number, ok := v.Literal(); ok {
		return Plain(number)
	}
	return r.text(v)
}

func (r *reader) link(v strictjson.Value) Link { return Link(Plain(v.Str())) }

// image reads an Image object, or the bare address that stands for one.
func (r *reader) image(v strictjson.Value) Image {
	v = firstOf(v)
	if source, ok := v.Text(); ok {
		return Image{Source: imageSource(source)}
	}
	return Image{Source: imageSource(v.Get("id").Str()), Caption: r.text(v.Get("caption"))}
}

// profile reads a Profile object, or the bare URL that stands for one.
func (r *reader) profile(v strictjson.Value) Profile {
	v = firstOf(v)
	if id, ok := v.Text(); ok {
		return Profile{ID: Plain(id)}
	}
	return Profile{
		ID:          Plain(v.Get("id").Str()),
		Name:        r.text(v.Get("name")),
		Description: r.text(v.Get("description")),
		URL:         r.link(v.Get("url")),
		Email:       r.text(v.Get("email")),
		Phone:       r.text(v.Get("phone")),
		Official:    r.text(v.Get("official")),
		Image:       r.image(v.Get("image")),
		Parent:      r.text(v.Get("parentOrg").Get("name")),
		Identifiers: each(r, v.Get("otherIdentifier"), r.identifier),
	}
}

func (r *reader) identifier(v strictjson.Value) Identifier {
	return Identifier{Type: r.text(v.Get("identifierType")), Value: r.text(v.Get("identifier"))}
}

func (r *reader) earner(subject strictjson.Value) Earner {
	e := Earner{ID: Plain(subject.Get("id").Str()), Name: r.text(subject.Get("name"))}
	e.Identities = each(r, subject.Get("identifier"), readIdentity)
	for _, id := range e.Identities {
		if e.Name == "" && id.Type == "name" {
			e.Name = id.Value
		}
	}
	return e
}

// subject reads what is said about the earner.
func (r *reader) subject(b *Badge, v strictjson.Value) {
	if b.Image.Source == "" {
		b.Image = r.image(v.Get("image"))
	}
	if b.Awarded.IsZero() {
		b.Awarded = dayOrTime(v.Get("awardedDate"))
	}
	achievements := v.Get("achievement")
	b.Achievements = each(r, achievements, r.achievement)
	b.Narrative = r.markdown(v.Get("narrative"))
	b.Results = r.results(v.Get("result"), achievements)
	b.Series = r.series(v)
	b.Comment = r.markdown(v.Get("endorsementComment"))
	b.ActivityStart = dayOrTime(v.Get("activityStartDate"))
	b.ActivityEnd = dayOrTime(v.Get("activityEndDate"))
	b.CreditsEarned = r.scalar(v.Get("creditsEarned"))
	b.License = r.text(v.Get("licenseNumber"))
	b.Role = r.text(v.Get("role"))
	b.Term = r.text(v.Get("term"))
	b.Source = r.profile(v.Get("source"))
}

func (r *reader) achievement(v strictjson.Value) Achievement {
	criteria := firstOf(v.Get("criteria"))
	return Achievement{
		ID:               Plain(v.Get("id").Str()),
		Name:             r.text(v.Get("name")),
		Description:      r.text(v.Get("description")),
		Type:             r.text(v.Get("achievementType")),
		Criteria:         Criteria{Page: r.link(criteria.Get("id")), Narrative: r.markdown(criteria.Get("narrative"))},
		Image:            r.image(v.Get("image")),
		Tags:             r.words(v.Get("tag")),
		Alignments:       each(r, v.Get("alignment"), r.alignment),
		Creator:          r.profile(v.Get("creator")),
		FieldOfStudy:     r.text(v.Get("fieldOfStudy")),
		Specialization:   r.text(v.Get("specialization")),
		Code:             r.text(v.Get("humanCode")),
		Version:          r.text(v.Get("version")),
		Language:         r.text(v.Get("inLanguage")),
		CreditsAvailable: r.scalar(v.Get("creditsAvailable")),
		Related:          each(r, v.Get("related"), r.related),
		PartOf:           each(r, v.Get("isPartOf"), r.related),
		Identifiers:      each(r, v.Get("otherIdentifier"), r.identifier),
		SignUp:           r.signUp(v),
	}
}

// signUp is the url of the ApplyLinkAchievement extension ("where others can
// apply"), or else the page that the achievement's id is.
func (r *reader) signUp(achievement strictjson.Value) Link {
	if apply := r.link(achievement.Get("url")); apply.Web() != "" {
		return apply
	}
	if page := r.link(achievement.Get("id")); page.Web() != "" {
		return page
	}
	return ""
}

func (r *reader) alignment(v strictjson.Value) Alignment {
	return Alignment{
		Name:        r.text(v.Get("targetName")),
		Description: r.text(v.Get("targetDescription")),
		URL:         r.link(v.Get("targetUrl")),
		Framework:   r.text(v.Get("targetFramework")),
		Code:        r.text(v.Get("targetCode")),
		Type:        r.text(v.Get("targetType")),
	}
}

// related reads a Related object, or the bare URL of an achievement.
func (r *reader) related(v strictjson.Value) Related {
	if id, ok := v.Text(); ok {
		return Related{ID: Link(Plain(id))}
	}
	return Related{
		ID:       r.link(v.Get("id")),
		Name:     r.text(v.Get("name")),
		Version:  r.text(v.Get("version")),
		Language: r.text(v.Get("inLanguage")),
	}
}

// series reads the associations of a learner record, with the names of the
// achievements that it holds itself or in its embedded credentials.
func (r *reader) series(subject strictjson.Value) []Association {
	associations := subject.Get("association")
	if !associations.Exists() {
		return nil
	}
	names := make(map[string]string)
	note := func(subject strictjson.Value) {
		for _, a := range subject.Get("achievement").List() {
			names[a.Get("id").Str()] = r.text(a.Get("name"))
		}
	}
	note(subject)
	for _, c := range subject.Get("verifiableCredential").List() {
		note(firstOf(c.Get("credentialSubject")))
		names[c.Get("id").Str()] = r.text(c.Get("name"))
	}
	name := func(id string) string {
		if names[id] != "" {
			return names[id]
		}
		return Plain(id)
	}
	return each(r, associations, func(v strictjson.Value) Association {
		return Association{
			From: name(v.Get("sourceId").Str()),
			Kind: Plain(v.Get("associationType").Str()),
			To:   name(v.Get("targetId").Str()),
		}
	})
}

func (r *reader) evidence(v strictjson.Value) Evidence {
	return Evidence{
		URL:         r.link(v.Get("id")),
		Name:        r.text(v.Get("name")),
		Description: r.text(v.Get("description")),
		Narrative:   r.markdown(v.Get("narrative")),
		Genre:       r.text(v.Get("genre")),
		Audience:    r.text(v.Get("audience")),
	}
}

// dayOrTime reads a time for display; some issuers write awardedDate as a day
// alone. What is neither is left out.
func dayOrTime(v strictjson.Value) time.Time {
	text := v.Str()
	if len(text) == len(time.DateOnly) {
		text += "T00:00:00Z"
	}
	t, err := ParseTime(text)
	if err != nil {
		return time.Time{}
	}
	return t
}

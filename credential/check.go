package credential

import "laurel/internal/strictjson"

const (
	// BaseContext is the context that gives VCDM 2.0 its words; it must be the
	// first entry of every @context.
	BaseContext = "https://www.w3.org/ns/credentials/v2"
	// BaseContextV1 is the same for VCDM 1.1.
	BaseContextV1 = "https://www.w3.org/2018/credentials/v1"

	typeCredential            = "VerifiableCredential"
	typePresentation          = "VerifiablePresentation"
	typeEnvelopedCredential   = "EnvelopedVerifiableCredential"
	typeEnvelopedPresentation = "EnvelopedVerifiablePresentation"
)

// maxCredentials bounds a presentation. A learner shows a handful; each
// credential costs a signature check and perhaps a status list.
const maxCredentials = 64

// extension is a member through which VCDM 2.0 is extended: one object or
// several, each of which says what it is by its type.
type extension struct {
	name    string
	needsID bool
}

// extensions are the members with their rules: sections 4.10 (credentialStatus),
// 4.11 (credentialSchema), 5.4 (refreshService), 5.5 (termsOfUse), 5.6
// (evidence), and the reserved 5.10 (renderMethod, confidenceMethod).
var extensions = [...]extension{
	{"credentialStatus", false},
	{"credentialSchema", true},
	{"termsOfUse", false},
	{"evidence", false},
	{"refreshService", false},
	{"renderMethod", false},
	{"confidenceMethod", false},
}

// Version is a version of the Verifiable Credentials Data Model.
type Version string

// The versions that are read. New credentials follow V2; V1 is for those that
// people already have.
const (
	V1 Version = "1.1"
	V2 Version = "2.0"
)

// VersionOf tells the version that a document follows, by the base context that
// stands first; "" for neither.
func VersionOf(doc strictjson.Value) Version {
	contexts := doc.Get("@context").List()
	switch {
	case len(contexts) == 0:
		return ""
	case contexts[0].Str() == BaseContext:
		return V2
	case contexts[0].Str() == BaseContextV1:
		return V1
	default:
		return ""
	}
}

// Check applies the rules of the Verifiable Credentials Data Model, 2.0 or 1.1 as
// the document says, to one credential, secured or not. It looks at the document
// alone: not at proofs, not at what the terms mean (JSON-LD does that), not at
// the clock.
//
// Where the versions differ only in strictness, 1.1 is held to the rules of 2.0:
// dates need a time zone, and an id is not asked for where 2.0 does without.
//
// The error is nil or a Problems with every rule that is broken. A sound envelope
// gives ErrMediaType alone: the rules apply to what is inside (ReadEnvelope).
func Check(doc strictjson.Value) error {
	var c checker
	root := place{v: doc}
	if !c.opens(root, "a credential") {
		return c.problems.orNil()
	}
	c.types(root, typeCredential, typePresentation)
	c.optionalID(root)
	c.issuer(root)
	c.subjects(root.get("credentialSubject"))
	c.validity(root)
	for _, e := range extensions {
		c.extension(root.get(e.name), e)
	}
	if c.version != V1 { // 1.1 has no such members; a badge's names are Open Badges' there
		c.texts(root)
		c.relatedResources(root.get("relatedResource"))
	}
	return c.problems.orNil()
}

// CheckPresentation applies the rules of VCDM 2.0, section 4.13, to a
// presentation, and to one of VCDM 1.1 (section 4.10) the same. Of the credentials in it, it only looks at whether they are
// credentials; each of them is then checked by itself, so that one bad badge
// does not speak for the others.
//
// Enveloped credentials are as good as others, and so are the bare tokens of VCDM
// 1.1.
//
// The error is nil or a Problems. It wraps ErrNoCredential when nothing is
// presented, and ErrLimit for more than 64 credentials.
func CheckPresentation(doc strictjson.Value) error {
	var c checker
	root := place{v: doc}
	if !c.opens(root, "a presentation") {
		return c.problems.orNil()
	}
	c.types(root, typePresentation, typeCredential)
	c.optionalID(root)
	c.holder(root.get("holder"))
	c.extension(root.get("termsOfUse"), extension{name: "termsOfUse"})
	c.presented(root.get("verifiableCredential"))
	return c.problems.orNil()
}

// opens checks what decides whether the other rules apply at all: that the
// document is an object, of this version, and not an envelope.
func (c *checker) opens(root place, what string) bool {
	if root.v.Kind() != strictjson.Dict {
		c.add(root, ErrStructure, "%s must be an object, not %s", what, root.v.Kind())
		return false
	}
	c.version = VersionOf(root.v)
	if IsEnvelope(root.v) {
		if e, _ := c.envelope(root); len(c.problems) == 0 {
			c.add(root, ErrMediaType, "is an envelope around %s, to be opened first", Plain(e.MediaType))
		}
		return false
	}
	c.context(root.get("@context"))
	return true
}

// context: "an ordered set where the first item is a URL with the value
// https://www.w3.org/ns/credentials/v2 … Subsequent items MUST be URLs or
// objects" (section 4.3); in VCDM 1.1 https://www.w3.org/2018/credentials/v1
// (section 4.1). A document with both would mean two things. A lone string is the
// set of one that it means in JSON-LD.
func (c *checker) context(at place) {
	if !at.v.Exists() {
		c.add(at, ErrStructure, "is required: an array that starts with %s", BaseContext)
		return
	}
	if at.v.Kind() != strictjson.List && at.v.Kind() != strictjson.Text {
		c.add(at, ErrStructure, "must be an array that starts with %s, not %s", BaseContext, at.v.Kind())
		return
	}
	entries := at.list()
	if c.version == "" {
		c.add(at, ErrContext, "must start with %s", BaseContext)
	}
	for i, e := range entries {
		base := e.v.Str()
		if i > 0 && c.version != "" && (base == BaseContext || base == BaseContextV1) && base != entries[0].v.Str() {
			c.add(e, ErrContext, "must not be the base context of another version")
		}
		if url, ok := e.v.Text(); ok && !isURL(url) {
			c.add(e, ErrStructure, "must be a URL")
		} else if !ok && e.v.Kind() != strictjson.Dict {
			c.add(e, ErrStructure, "must be a URL or an object, not %s", e.v.Kind())
		}
	}
}

// types: "one or more terms and absolute URL strings" (section 4.5), among them
// the required one. A document that is a credential and a presentation at once
// would be judged by two sets of rules, whichever the reader picks; nobody honest
// makes one.
func (c *checker) types(root place, required, other string) {
	at := root.get("type")
	switch {
	case !c.typeNames(at):
	case !HasType(root.v, required):
		c.add(at, ErrStructure, "must include %s", required)
	case HasType(root.v, other):
		c.add(at, ErrStructure, "must not be a %s as well", other)
	}
}

// typeNames checks a "type" and reports whether it is sound.
func (c *checker) typeNames(at place) bool {
	before := len(c.problems)
	names := at.list()
	if len(names) == 0 {
		c.add(at, ErrStructure, "is required: at least one type")
	}
	for _, n := range names {
		if name, ok := n.v.Text(); !ok || !isTypeName(name) {
			c.add(n, ErrStructure, "must be a type name or a URL")
		}
	}
	return len(c.problems) == before
}

// optionalID: "the value of the id property MUST be a single URL" (section 4.4).
func (c *checker) optionalID(of place) {
	if at := of.get("id"); at.v.Exists() {
		c.url(at)
	}
}

// url checks that the value is one URL, and reports whether it is.
func (c *checker) url(at place) bool {
	switch s, ok := at.v.Text(); {
	case !at.v.Exists():
		c.add(at, ErrStructure, "is required: a URL")
	case !ok:
		c.add(at, ErrStructure, "must be one URL, not %s", at.v.Kind())
	case !isURL(s):
		c.add(at, ErrStructure, "must be a URL")
	default:
		return true
	}
	return false
}

// issuer: "either a URL or an object containing an id property whose value is a
// URL" (section 4.7), which may have a name and description in languages.
func (c *checker) issuer(root place) {
	at := root.get("issuer")
	if at.v.Kind() != strictjson.Dict {
		c.url(at)
		return
	}
	c.url(at.get("id"))
	if c.version != V1 {
		c.texts(at)
	}
}

// holder: "either a URL or an object containing an id property" (section 4.13);
// it may be missing.
func (c *checker) holder(at place) {
	switch at.v.Kind() {
	case strictjson.Absent:
	case strictjson.Dict:
		c.url(at.get("id"))
	default:
		c.url(at)
	}
}

// subjects: "a set of objects where each object MUST be the subject of one or
// more claims" (section 4.8).
func (c *checker) subjects(at place) {
	subjects := at.list()
	if len(subjects) == 0 {
		c.add(at, ErrStructure, "is required: at least one subject")
	}
	for _, s := range subjects {
		if len(s.v.Members()) == 0 {
			c.add(s, ErrStructure, "must be an object with at least one claim")
			continue
		}
		c.optionalID(s)
	}
}

// validity: validFrom and validUntil are dateTimeStamps and the second is not
// before the first (section 4.9). In VCDM 1.1 issuanceDate is required ("MUST
// have an issuanceDate property", section 4.6) and expirationDate may follow.
func (c *checker) validity(root place) {
	if c.version == V1 && !root.v.Get("issuanceDate").Exists() {
		c.add(root.get("issuanceDate"), ErrStructure, "is required: the date of issuance")
	}
	before := len(c.problems)
	for i := range ends {
		c.time(root.get(beginnings[i]))
		c.time(root.get(ends[i]))
	}
	if len(c.problems) > before {
		return
	}
	if from, until, err := Validity(root.v); err == nil && !until.IsZero() && until.Before(from) {
		end := root.get("validUntil")
		if !end.v.Exists() {
			end = root.get("expirationDate")
		}
		c.add(end, ErrStructure, "lies before the beginning of validity")
	}
}

// time checks an optional time.
func (c *checker) time(at place) {
	if !at.v.Exists() {
		return
	}
	text, ok := at.v.Text()
	if !ok {
		c.add(at, ErrStructure, "must be a date and time such as 2026-01-31T09:30:00Z, not %s", at.v.Kind())
		return
	}
	if _, problem := parseStamp(text); problem != "" {
		c.add(at, ErrStructure, "must be a date and time with time zone: %s", problem)
	}
}

// texts: name and description are "a string or a language value object", or
// several of these (sections 4.6 and 11.1).
func (c *checker) texts(of place) {
	for _, name := range [...]string{"name", "description"} {
		at := of.get(name)
		switch at.v.Kind() {
		case strictjson.Absent, strictjson.Text:
		case strictjson.List:
			for _, e := range at.list() {
				c.languageValue(e)
			}
		default:
			c.languageValue(at)
		}
	}
}

// languageValue: @value, with @language and @direction if need be, and nothing
// else (section 11.1).
func (c *checker) languageValue(at place) {
	if at.v.Kind() != strictjson.Dict {
		c.add(at, ErrStructure, "must be a text or an object with @value and @language, not %s", at.v.Kind())
		return
	}
	if _, ok := at.v.Get("@value").Text(); !ok {
		c.add(at.get("@value"), ErrStructure, "must be a text")
	}
	for _, m := range at.v.Members() {
		text, _ := m.Value.Text()
		switch {
		case m.Name == "@value":
		case m.Name == "@language" && !isLanguageTag(text):
			c.add(at.get(m.Name), ErrStructure, "must be a language tag such as en or de-CH")
		case m.Name == "@direction" && text != "ltr" && text != "rtl":
			c.add(at.get(m.Name), ErrStructure, "must be ltr or rtl")
		case m.Name != "@language" && m.Name != "@direction":
			c.add(at.get(m.Name), ErrStructure, "is not allowed beside @value")
		}
	}
}

// isLanguageTag reports whether s has the shape of a BCP 47 tag: subtags of one
// to eight letters or digits, the first of letters only.
func isLanguageTag(s string) bool {
	run := 0
	first := true
	for _, b := range []byte(s) {
		letter := b|0x20 >= 'a' && b|0x20 <= 'z'
		switch {
		case letter || !first && b >= '0' && b <= '9':
			run++
		case b == '-' && run > 0:
			run, first = 0, false
		default:
			return false
		}
		if run > 8 {
			return false
		}
	}
	return run > 0
}

// extension: each value is an object that "MUST specify its type"; its id, where
// it has one, is a URL, and credentialSchema must have one.
func (c *checker) extension(at place, rule extension) {
	if at.v.Kind() == strictjson.List && len(at.v.Elems()) == 0 {
		return // an empty set says nothing
	}
	for _, e := range at.list() {
		if e.v.Kind() != strictjson.Dict {
			c.add(e, ErrStructure, "must be an object, not %s", e.v.Kind())
			continue
		}
		c.typeNames(e.get("type"))
		if id := e.get("id"); rule.needsID || id.v.Exists() {
			c.url(id)
		}
	}
}

// presented checks what a presentation presents: at least one credential and at
// most 64, objects all of them.
func (c *checker) presented(at place) {
	credentials := at.list()
	if len(credentials) == 0 {
		c.add(at, ErrNoCredential, "presents no credential")
	}
	if len(credentials) > maxCredentials {
		c.add(at, ErrLimit, "holds %d credentials, at most %d are read", len(credentials), maxCredentials)
		return
	}
	for _, cr := range credentials {
		switch {
		case cr.v.Kind() == strictjson.Text && c.version == V1: // a token, as 1.1 presents it
		case cr.v.Kind() != strictjson.Dict:
			c.add(cr, ErrStructure, "must be an object, not %s", cr.v.Kind())
		case HasType(cr.v, typeEnvelopedCredential):
			_, _ = c.envelope(cr) // an encoding that is not read concerns that part alone
		case !HasType(cr.v, typeCredential):
			c.add(cr.get("type"), ErrStructure, "must include %s", typeCredential)
		}
	}
}

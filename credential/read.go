package credential

import (
	"slices"
	"time"

	"laurel/internal/strictjson"
)

// maxNested bounds how many nested credentials (endorsements, the parts of a
// learner record) are collected from one document; the largest transcript seen
// has 30.
const maxNested = 256

// Types returns the type names of a credential, an achievement or any other
// object, as they are written; whatever is not a text is left out.
func Types(object strictjson.Value) []string {
	var out []string
	for _, t := range object.Get("type").List() {
		if name, ok := t.Text(); ok {
			out = append(out, name)
		}
	}
	return out
}

// HasType reports whether the object has the type of exactly that name.
func HasType(object strictjson.Value, name string) bool {
	for _, t := range object.Get("type").List() {
		if t.Str() == name {
			return true
		}
	}
	return false
}

// Issuer returns the URL that says who issued the credential, whether it is
// written as a text or as an object with an id; ok is false if there is none.
func Issuer(doc strictjson.Value) (id string, ok bool) { return identifier(doc.Get("issuer")) }

// Holder returns the URL that says who presents, as Issuer does; a presentation
// need not have one.
func Holder(presentation strictjson.Value) (id string, ok bool) {
	return identifier(presentation.Get("holder"))
}

// identifier reads "a URL or an object with an id".
func identifier(v strictjson.Value) (string, bool) {
	if v.Kind() == strictjson.Dict {
		v = v.Get("id")
	}
	id, ok := v.Text()
	return id, ok && id != ""
}

// Subject is one of those whom a credential speaks about.
type Subject struct {
	ID    string           // a URL, usually a DID; "" when the subject is not named (a bearer credential)
	Value strictjson.Value // the whole subject with its claims
}

// Subjects returns the subjects of a credential in their order.
func Subjects(doc strictjson.Value) []Subject {
	values := doc.Get("credentialSubject").List()
	out := make([]Subject, 0, len(values))
	for _, v := range values {
		out = append(out, Subject{ID: v.Get("id").Str(), Value: v})
	}
	return out
}

// Credentials returns what a presentation presents, in order: credentials and
// envelopes, unchecked.
func Credentials(presentation strictjson.Value) []strictjson.Value {
	return presentation.Get("verifiableCredential").List()
}

// AchievementIDs returns the id of every achievement that a credential awards to
// any of its subjects, exactly as it is written, "" for one without an id: for
// comparing, where a Badge has texts for people and only so many of them.
func AchievementIDs(doc strictjson.Value) []string {
	var out []string
	for _, s := range Subjects(doc) {
		for _, a := range s.Value.Get("achievement").List() {
			out = append(out, a.Get("id").Str())
		}
	}
	return out
}

// Validity returns the period in which a credential is valid, both ends
// included; a zero time is an end that is not set. The error wraps ErrTime.
//
// Each end has two names, that of VCDM 2.0 and that of 1.1, and a credential may
// set both; the narrower period counts, since it is valid under both. The names
// of the other version count as well: which version a document follows is told by
// a context, and the holder of a signed credential can exchange one for another
// that means the same.
func Validity(doc strictjson.Value) (from, until time.Time, err error) {
	for _, name := range beginnings {
		t, err := optionalTime(doc.Get(name))
		if err != nil {
			return time.Time{}, time.Time{}, err
		}
		if t.After(from) {
			from = t
		}
	}
	for _, name := range ends {
		t, err := optionalTime(doc.Get(name))
		if err != nil {
			return time.Time{}, time.Time{}, err
		}
		if !t.IsZero() && (until.IsZero() || t.Before(until)) {
			until = t
		}
	}
	return from, until, nil
}

// The members that say when a credential is valid, those of VCDM 1.1 first.
var (
	beginnings = [...]string{"issuanceDate", "validFrom"}
	ends       = [...]string{"expirationDate", "validUntil"}
)

func optionalTime(v strictjson.Value) (time.Time, error) {
	if !v.Exists() {
		return time.Time{}, nil
	}
	return ParseTime(v.Str())
}

// StatusEntry is one credentialStatus: where to look up whether the credential
// still counts. Texts are as the issuer wrote them; the status package judges
// them.
type StatusEntry struct {
	ID             string
	Types          []string
	Purpose        string // statusPurpose: revocation, suspension …
	ListIndex      string // statusListIndex as written, whether as text or as number: "7e0" stays "7e0"
	ListCredential string // statusListCredential: the URL of the list
	Value          strictjson.Value
}

// StatusEntries returns the credentialStatus entries in their order, objects or
// not: what is no object gives an entry with empty texts, so that nobody can
// hide a status by misspelling it.
func StatusEntries(doc strictjson.Value) []StatusEntry {
	values := doc.Get("credentialStatus").List()
	out := make([]StatusEntry, 0, len(values))
	for _, v := range values {
		out = append(out, StatusEntry{
			ID:             v.Get("id").Str(),
			Types:          Types(v),
			Purpose:        v.Get("statusPurpose").Str(),
			ListIndex:      textOrNumber(v.Get("statusListIndex")),
			ListCredential: v.Get("statusListCredential").Str(),
			Value:          v,
		})
	}
	return out
}

// textOrNumber is a text, or a number as it was written.
func textOrNumber(v strictjson.Value) string {
	if number, ok := v.Literal(); ok {
		return number
	}
	return v.Str()
}

// Schema is one credentialSchema that the issuer declares.
type Schema struct {
	ID    string // the URL of the schema
	Types []string
}

// Schemas returns the declared schemas in their order.
func Schemas(doc strictjson.Value) []Schema {
	values := doc.Get("credentialSchema").List()
	out := make([]Schema, 0, len(values))
	for _, v := range values {
		out = append(out, Schema{ID: v.Get("id").Str(), Types: Types(v)})
	}
	return out
}

// Endorsement is what somebody else says about the credential, its issuer, its
// achievement or the achievement's creator. It is a credential of its own: until
// it has been verified it is a claim that an endorsement exists.
type Endorsement struct {
	Path  string           // JSON pointer to it
	Value strictjson.Value // an EndorsementCredential; Absent if it is a JWT
	JWT   string           // an endorsement in compact JWS form; "" if it is not
}

// Endorsements collects the endorsements of a credential from all four places,
// at most 256.
func Endorsements(doc strictjson.Value) []Endorsement {
	root := place{v: doc}
	places := []place{root, root.get("issuer")}
	for _, s := range root.get("credentialSubject").list() {
		for _, a := range s.get("achievement").list() {
			places = append(places, a, a.get("creator"))
		}
	}
	var out []Endorsement
	for _, p := range places {
		for _, e := range p.get("endorsement").list() {
			out = append(out, Endorsement{Path: e.path, Value: e.v})
		}
		for _, e := range p.get("endorsementJwt").list() {
			out = append(out, Endorsement{Path: e.path, JWT: e.v.Str()})
		}
	}
	return out[:min(len(out), maxNested)]
}

// Endorsable returns the ids of what an endorsement inside a credential may
// speak of: the credential, its issuer, its subjects, their achievements and
// those who created them.
func Endorsable(doc strictjson.Value) []string {
	var out []string
	add := func(v strictjson.Value) {
		if id, ok := identifier(v); ok {
			out = append(out, id)
		}
	}
	add(doc)
	add(doc.Get("issuer"))
	for _, s := range Subjects(doc) {
		add(s.Value)
		for _, a := range s.Value.Get("achievement").List() {
			add(a)
			add(a.Get("creator"))
		}
	}
	return out
}

// Embedded returns the credentials that a learner record (CLR 2.0) carries in
// its subject, at most 256. Each must be verified by itself.
func Embedded(doc strictjson.Value) []strictjson.Value {
	var out []strictjson.Value
	for _, s := range Subjects(doc) {
		out = append(out, s.Value.Get("verifiableCredential").List()...)
	}
	return slices.Clip(out[:min(len(out), maxNested)])
}

package credential

import (
	"laurel/internal/strictjson"
)

// class is one class of the Open Badges 3.0 and CLR 2.0 data models: which
// members it must have, and of which class other members are.
type class struct {
	required []string
	members  map[string]string
}

// classes is the data model (Open Badges 3.0 appendix B, CLR 2.0 appendix B) as
// far as it says what is required. "type" is required everywhere and must
// include the name of the class; Criteria alone has none.
var classes = map[string]class{
	"OpenBadgeCredential": {
		required: []string{"id", "issuer", "validFrom", "credentialSubject"},
		members:  map[string]string{"issuer": "Profile", "credentialSubject": "AchievementSubject", "evidence": "Evidence", "image": "Image", "endorsement": "EndorsementCredential"},
	},
	"EndorsementCredential": {
		required: []string{"id", "name", "issuer", "validFrom", "credentialSubject"},
		members:  map[string]string{"issuer": "Profile", "credentialSubject": "EndorsementSubject"},
	},
	"ClrCredential": {
		required: []string{"id", "name", "issuer", "validFrom", "credentialSubject"},
		members:  map[string]string{"issuer": "Profile", "credentialSubject": "ClrSubject", "evidence": "Evidence", "image": "Image", "endorsement": "EndorsementCredential"},
	},
	"AchievementSubject": {
		required: []string{"achievement"},
		members:  map[string]string{"achievement": "Achievement", "identifier": "IdentityObject", "image": "Image", "result": "Result", "source": "Profile"},
	},
	"ClrSubject":         {members: map[string]string{"achievement": "Achievement", "identifier": "IdentityObject", "association": "Association"}},
	"EndorsementSubject": {required: []string{"id"}},
	"Achievement": {
		required: []string{"id", "name", "description", "criteria"},
		members: map[string]string{"alignment": "Alignment", "creator": "Profile", "image": "Image", "otherIdentifier": "IdentifierEntry",
			"related": "Related", "resultDescription": "ResultDescription", "endorsement": "EndorsementCredential"},
	},
	"Profile":              {required: []string{"id"}, members: map[string]string{"image": "Image", "address": "Address", "otherIdentifier": "IdentifierEntry", "parentOrg": "Profile", "endorsement": "EndorsementCredential"}},
	"ResultDescription":    {required: []string{"id", "name", "resultType"}, members: map[string]string{"alignment": "Alignment", "rubricCriterionLevel": "RubricCriterionLevel"}},
	"RubricCriterionLevel": {required: []string{"id", "name"}, members: map[string]string{"alignment": "Alignment"}},
	"Result":               {members: map[string]string{"alignment": "Alignment"}},
	"Alignment":            {required: []string{"targetName", "targetUrl"}},
	"Related":              {required: []string{"id"}},
	"IdentifierEntry":      {required: []string{"identifier", "identifierType"}},
	"IdentityObject":       {required: []string{"hashed", "identityHash", "identityType"}},
	"Image":                {required: []string{"id"}},
	"Address":              {members: map[string]string{"geo": "GeoCoordinates"}},
	"GeoCoordinates":       {required: []string{"latitude", "longitude"}},
	"Evidence":             {},
	"Association":          {required: []string{"associationType", "sourceId", "targetId"}},
}

// Advise lists where an Open Badge, an endorsement or a learner record is not
// what the specification asks for, although it can be read: a profile without a
// type, an alignment without a target, a result that no description explains. An
// issuer mends these before signing; a verifier at most mentions them. Each
// Problem wraps ErrAdvice; nil means that there is nothing to mend, or that the
// document is none of the three.
func Advise(doc strictjson.Value) Problems {
	var c checker
	root := place{v: doc}
	switch {
	case IsBadge(doc):
		c.inspect(root, "OpenBadgeCredential")
		c.earnerNamed(root.get("credentialSubject"))
		c.resultsExplained(root.get("credentialSubject"))
	case IsEndorsement(doc):
		c.inspect(root, "EndorsementCredential")
	case IsLearnerRecord(doc):
		c.inspect(root, "ClrCredential")
	}
	return c.problems
}

// inspect compares an object, and all that hangs below it, with its class.
func (c *checker) inspect(at place, name string) {
	if at.v.Kind() == strictjson.Text && (name == "Profile" || name == "Image") {
		return // a bare URL may stand for either
	}
	if at.v.Kind() != strictjson.Dict {
		c.add(at, ErrAdvice, "should be an object (%s), not %s", name, at.v.Kind())
		return
	}
	rules := classes[name]
	if !isA(at.v, name) && !(name == "OpenBadgeCredential" && IsBadge(at.v)) {
		c.add(at.get("type"), ErrAdvice, "should include %s", name)
	}
	for _, member := range rules.required {
		if member == "validFrom" && VersionOf(at.v) == V1 {
			member = "issuanceDate"
		}
		if !at.v.Get(member).Exists() {
			c.add(at.get(member), ErrAdvice, "is missing")
		}
	}
	for _, m := range at.v.Members() {
		below, known := rules.members[m.Name]
		if !known {
			continue
		}
		for _, e := range at.get(m.Name).list() {
			c.inspect(e, below)
		}
	}
}

// earnerNamed: "Either id or at least one identifier MUST be supplied".
func (c *checker) earnerNamed(subjects place) {
	for _, s := range subjects.list() {
		if !s.v.Get("id").Exists() && len(s.v.Get("identifier").List()) == 0 {
			c.add(s, ErrAdvice, "names nobody: it should have an id or an identifier")
		}
	}
}

// resultsExplained: "The linked result description must be in the achievement
// that is being asserted".
func (c *checker) resultsExplained(subjects place) {
	for _, s := range subjects.list() {
		known := make(map[string]bool)
		for _, a := range s.v.Get("achievement").List() {
			for _, d := range a.Get("resultDescription").List() {
				known[d.Get("id").Str()] = true
			}
		}
		for _, r := range s.get("result").list() {
			if ref := r.get("resultDescription"); ref.v.Exists() && !known[ref.v.Str()] {
				c.add(ref, ErrAdvice, "should name a result description of the achievement")
			}
		}
	}
}

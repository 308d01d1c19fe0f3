package dcql

import (
	"fmt"
	"slices"

	"laurel/internal/strictjson"
)

// The types of badges, as contexts of Open Badges 3.0 expand them: the two names mean
// the same.
var badgeTypes = [][]string{
	{"https://purl.imsglobal.org/spec/vc/ob/vocab.html#OpenBadgeCredential"},
	{"https://purl.imsglobal.org/spec/vc/ob/vocab.html#AchievementCredential"},
}

// Question is "show proof of X" in the words of badges. Everything that is set must
// hold; of several values in one field any will do. Query makes the DCQL query of it.
type Question struct {
	ID string // names the queries; "" is "badge"

	Achievements []string // ids of achievements
	Alignments   []string // targetUrl of a skill or framework entry that the achievement aligns to
	Tags         []string // tags of the achievement
	// Results are the accepted values of a result ("B2", "C1", "C2"). DCQL compares
	// for equality, so a least result is a list of all that are enough (AtLeast).
	// Wallets may answer without looking at values; Query.Check does look.
	Results []string
	Issuers []string // ids of issuers

	// Formats are the accepted formats, the favourite first; none is LDP, JWT and
	// SDJWT.
	Formats []Format
	// VCT are the accepted types of SDJWT credentials, which have no types in the
	// words of badges: usually the ids of the achievements. Without them SDJWT is
	// left out.
	VCT []string
	// Optional asks without insisting, Multiple for all there are, and Bearer, if a
	// credential cannot be presented by the one it was issued to, takes it bare.
	Optional, Multiple, Bearer bool
}

// AtLeast lists the grades of a scale, given from the lowest to the highest, that are
// as good as the least one; nil if the scale does not have it.
func AtLeast(scale []string, least string) []string {
	i := slices.Index(scale, least)
	if i < 0 {
		return nil
	}
	return slices.Clone(scale[i:])
}

// ParseQuestion reads a question as it is put over HTTP:
//
//	{"achievement": ["https://school.example/b2"], "alignment": "https://…", "tag": "barista",
//	 "results": ["B2", "C1", "C2"], "issuers": ["did:web:school.example"], "formats": ["ldp_vc"],
//	 "vct": ["https://…"], "id": "language", "optional": false, "multiple": false, "bearer": false}
//
// A field takes one text or several. Others than these are refused, since a question
// with a misspelt condition would let everybody pass. It wraps ErrQuery or ErrLimit.
func ParseQuestion(v strictjson.Value) (Question, error) {
	var x Question
	var formats []string
	lists := map[string]*[]string{
		"achievement": &x.Achievements, "alignment": &x.Alignments, "tag": &x.Tags, "results": &x.Results,
		"issuers": &x.Issuers, "formats": &formats, "vct": &x.VCT,
	}
	flags := map[string]*bool{"optional": &x.Optional, "multiple": &x.Multiple, "bearer": &x.Bearer}
	if v.Kind() != strictjson.Dict {
		return Question{}, invalid(ErrQuery, "a question is an object, and this is %s", v.Kind())
	}
	for _, m := range v.Members() {
		var err error
		if list, ok := lists[m.Name]; ok {
			*list, err = texts(strictjson.Array(m.Value.List()...), m.Name)
		} else if set, ok := flags[m.Name]; ok {
			*set, err = flag(v, m.Name, false)
		} else if m.Name == "id" {
			x.ID, err = text(v, "id")
		} else {
			err = invalid(ErrQuery, "%s is no condition of a question", shown(m.Name))
		}
		if err != nil {
			return Question{}, err
		}
	}
	for _, f := range formats {
		x.Formats = append(x.Formats, Format(f))
	}
	return x, nil
}

// Query makes the query: one credential query for each format, as alternatives of one
// credential set. Where documents differ in how they write the same thing (the issuer
// as a text or as an object, one alignment or several), claim sets have the ways. It
// wraps ErrQuery if nothing is asked for.
func (x Question) Query() (*Query, error) {
	return Ask(x)
}

// Ask joins several questions into one query, all of which must be answered, but for
// the optional ones.
func Ask(questions ...Question) (*Query, error) {
	q := &Query{}
	for i, x := range questions {
		id := x.ID
		if id == "" {
			id = "badge"
			if i > 0 {
				id = fmt.Sprintf("badge%d", i+1)
			}
		}
		set, err := x.add(q, id)
		if err != nil {
			return nil, err
		}
		q.Sets = append(q.Sets, set)
	}
	if err := q.Validate(); err != nil {
		return nil, err
	}
	return q, nil
}

func (x Question) add(q *Query, id string) (CredentialSet, error) {
	set := CredentialSet{Optional: x.Optional}
	formats := x.Formats
	if formats == nil {
		formats = []Format{LDP, JWT, SDJWT}
	}
	if len(x.facts()) == 0 {
		return set, invalid(ErrQuery, "there is nothing to ask for")
	}
	// "If set to true, the Wallet MUST return a Verifiable Presentation […].
	// Otherwise, a Verifiable Credential without Holder Binding MUST be returned"
	// (appendix B.1): who would take either says so with two queries.
	asked := []CredentialQuery{{Multiple: x.Multiple}}
	if x.Bearer {
		asked = append(asked, CredentialQuery{Multiple: x.Multiple, Unbound: true})
	}
	for _, c := range asked {
		for _, f := range formats {
			if f == SDJWT && len(x.VCT) == 0 {
				continue
			}
			c.ID, c.Format = id, f
			if n := len(set.Options); n > 0 {
				c.ID = id + "_" + string(rune('a'+n))
			}
			q.Credentials = append(q.Credentials, c.asking(x))
			set.Options = append(set.Options, []string{c.ID})
		}
	}
	return set, nil
}

// asking is the query with what its format calls the type and the facts of a question.
func (c CredentialQuery) asking(x Question) CredentialQuery {
	if c.Format == SDJWT {
		c.VCT = x.VCT
		c.spell(x.claims())
		return c
	}
	c.Types = badgeTypes
	c.spell(x.facts())
	return c
}

// fact is something that is asked for, with the ways in which documents write it.
type fact struct {
	name   string
	ways   []Path
	values []string
}

func (x Question) facts() []fact {
	achievement := Members("credentialSubject", "achievement")
	under := func(names ...Step) Path { return append(achievement[:2:2], names...) }
	all := []fact{
		{"achievement", []Path{under(Member("id"))}, x.Achievements},
		{"alignment", []Path{under(Member("alignment"), Every, Member("targetUrl")), under(Member("alignment"), Member("targetUrl"))}, x.Alignments},
		{"tag", []Path{under(Member("tag"), Every), under(Member("tag"))}, x.Tags},
		{"result", []Path{
			{Member("credentialSubject"), Member("result"), Every, Member("value")},
			{Member("credentialSubject"), Member("result"), Member("value")},
		}, x.Results},
		{"issuer", []Path{Members("issuer", "id"), Members("issuer")}, x.Issuers},
	}
	var asked []fact
	for _, f := range all {
		if len(f.values) > 0 {
			asked = append(asked, f)
		}
	}
	return asked
}

// claims are the facts as badges that are claims of their own write them: what is said
// of the subject stands at the top, and their type says which achievement it is.
func (x Question) claims() []fact {
	var out []fact
	for _, f := range x.facts() {
		if f.name == "achievement" {
			continue
		}
		ways := make([]Path, len(f.ways))
		for i, way := range f.ways {
			ways[i] = way
			if way[0] == Member("credentialSubject") {
				ways[i] = way[1:]
			}
		}
		if f.name == "issuer" {
			ways = []Path{Members("iss"), Members("issuer", "id")}
		}
		out = append(out, fact{f.name, ways, f.values})
	}
	return out
}

// spell writes the facts as claims, and every combination of their ways as a claim set,
// the usual one first.
func (c *CredentialQuery) spell(facts []fact) {
	sets := [][]string{nil}
	for _, f := range facts {
		values := make([]strictjson.Value, len(f.values))
		for i, v := range f.values {
			values[i] = strictjson.String(v)
		}
		var longer [][]string
		for i, way := range f.ways {
			id := f.name
			if i > 0 {
				id = fmt.Sprintf("%s%d", f.name, i+1)
			}
			c.Claims = append(c.Claims, ClaimQuery{ID: id, Path: way, Values: values})
			for _, set := range sets {
				longer = append(longer, append(set[:len(set):len(set)], id))
			}
		}
		sets = longer
	}
	if len(sets) > 1 {
		c.ClaimSets = sets
	}
}

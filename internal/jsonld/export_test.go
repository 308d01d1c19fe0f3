package jsonld

import (
	"maps"

	"laurel/internal/strictjson"
)

// ContextText is the text behind a context URL, for the oracle; nil if the URL
// is not known.
func ContextText(c *Contexts, url string) []byte {
	r, err := c.find(url, Selection{})
	if err != nil {
		return nil
	}
	text, _ := r.read()
	return text
}

// Pinned is With for the specification's tests, which name contexts by relative
// URLs and also hold some that are wrong.
func Pinned(c *Contexts, url string, text []byte) *Contexts {
	out := &Contexts{byURL: maps.Clone(c.byURL)}
	if out.byURL == nil {
		out.byURL = make(map[string][]*revision)
	}
	out.byURL[url] = []*revision{{url: url, text: text}}
	return out
}

// WithResolver gives a document a base, which Options cannot.
func WithResolver(opt Options, resolve func(string) string) Options {
	opt.resolve = resolve
	return opt
}

// EmbeddedRow is one line of the index.
type EmbeddedRow struct{ URL, File, SHA256 string }

// EmbeddedRows lists the embedded revisions.
func EmbeddedRows() (rows []EmbeddedRow) {
	for _, revisions := range Embedded().byURL {
		for _, r := range revisions {
			rows = append(rows, EmbeddedRow{r.url, r.file, r.sha256})
		}
	}
	return rows
}

// CheckEmbedded compiles one embedded revision with all that is scoped in it:
// by itself, and then each scoped context as a property and as a type applies
// it. It returns how many terms have a context of their own, and which of them
// cannot be types because their contexts redefine protected terms.
func CheckEmbedded(row EmbeddedRow) (scoped int, noTypes []string, err error) {
	set := Embedded()
	for _, r := range set.byURL[row.URL] {
		if r.sha256 != row.SHA256 {
			continue
		}
		p := processing{set: set, eager: true}
		top, err := p.byURL(&context{}, r)
		if err != nil {
			return 0, nil, err
		}
		if err := checkProperties(set, top); err != nil {
			return 0, nil, err
		}
		for name, t := range top.terms {
			if !t.scoped.Exists() {
				continue
			}
			scoped++
			inside, err := top.scopedByType(set, t)
			if err != nil {
				noTypes = append(noTypes, name)
				continue
			}
			if err := checkProperties(set, inside); err != nil {
				return 0, nil, errorAt(err, name)
			}
		}
		return scoped, noTypes, nil
	}
	return 0, nil, ErrContextNotAllowed
}

func checkProperties(set *Contexts, ctx *context) error {
	for name, t := range ctx.terms {
		if !t.scoped.Exists() {
			continue
		}
		inside, err := ctx.scopedByProperty(set, t)
		if err != nil {
			return errorAt(err, name)
		}
		if again := inside.terms[name]; again != nil && again.scoped.Exists() && !again.same(t) {
			return badTerm(name, "changes its own context inside its values, where processors disagree")
		}
	}
	return nil
}

// Stored is how many active contexts the set remembers.
func Stored(c *Contexts) int { return int(c.cache.Load().stored.Load()) }

// MaxCached is the bound on them for one document.
const MaxCached = 2 * maxCached

// Cold is the embedded set with nothing read or compiled yet.
func Cold() *Contexts { return readIndex() }

// OtherNames are the names for which CheckForm takes a second look.
func OtherNames() []string { return otherNames }

// NamesBeside lists the terms that a context defines, at any depth, for
// something that has another usual name, or for a keyword that has one.
func NamesBeside(v strictjson.Value) (out []string) {
	prefixes := make(map[string]string)
	for _, one := range v.List() {
		for _, m := range one.Members() {
			if text, ok := m.Value.Text(); ok {
				prefixes[m.Name] = text
			} else if text, ok := m.Value.Get("@id").Text(); ok {
				prefixes[m.Name] = text
			}
		}
	}
	for _, one := range v.List() {
		for _, m := range one.Members() {
			iri := m.Value.Str() + m.Value.Get("@id").Str()
			if prefix, suffix, ok := compact(iri); ok && prefixes[prefix] != "" {
				iri = prefixes[prefix] + suffix
			}
			kw := keywordOf(iri)
			name, read := usual[iri]
			if read && name != m.Name || kw == kwID && m.Name != "id" || kw == kwType && m.Name != "type" || kw == kwGraph || kw == kwIncluded || kw == kwNest || kw == kwSet {
				if keywordOf(m.Name) == none {
					out = append(out, m.Name)
				}
			}
			out = append(out, NamesBeside(m.Value.Get("@context"))...)
		}
	}
	return out
}

package jsonld

import (
	"laurel/internal/jsonld/contexts"
	"laurel/internal/strictjson"
)

// WithResolver gives a document a base, which Options cannot.
func WithResolver(opt Options, resolve func(string) string) Options {
	opt.resolve = resolve
	return opt
}

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
			if prefix, suffix, ok := contexts.Compact(iri); ok && prefixes[prefix] != "" {
				iri = prefixes[prefix] + suffix
			}
			kw := contexts.KeywordOf(iri)
			name, read := usual[iri]
			if read && name != m.Name || kw == contexts.AtID && m.Name != "id" || kw == contexts.AtType && m.Name != "type" || kw == contexts.AtGraph || kw == contexts.AtIncluded || kw == contexts.AtNest || kw == contexts.AtSet {
				if contexts.KeywordOf(m.Name) == contexts.NoKeyword {
					out = append(out, m.Name)
				}
			}
			out = append(out, NamesBeside(m.Value.Get("@context"))...)
		}
	}
	return out
}

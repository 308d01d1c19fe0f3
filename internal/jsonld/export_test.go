package jsonld

import "maps"

// ContextText is the text behind a context URL, for the oracle; nil if the URL
// is not known.
func ContextText(c *Contexts, url string) []byte {
	r := c.find(url, Selection{})
	if r == nil {
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

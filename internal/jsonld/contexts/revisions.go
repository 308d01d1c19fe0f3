package contexts

import (
	"slices"

	"laurel/internal/strictjson"
)

// InUse lists the contexts that a document names, at any depth and in its order,
// each once, with the revision that stands for it under the selection. The
// SHA256 of one that is not in the set is empty.
func (c *Set) InUse(doc strictjson.Value, s Selection) []Revision {
	var out []Revision
	contextURLs(doc, func(url string) {
		if len(out) == MaxNamed || slices.ContainsFunc(out, func(r Revision) bool { return r.URL == url }) {
			return
		}
		used := Revision{URL: url}
		if r, err := c.find(url, s); err == nil {
			used.SHA256 = r.sha256
		}
		out = append(out, used)
	})
	return out
}

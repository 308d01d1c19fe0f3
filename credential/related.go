package credential

import (
	"regexp"
	"sync"

	"laurel/internal/strictjson"
)

// The shapes of digests. Whether the digest is that of the resource can only be
// said by whoever fetches it. The lengths are left open on purpose: the
// specification's own sample of a sha384 digest is one letter too long.
var (
	// digestSRI as in Subresource Integrity: sha256-…, sha384-… or sha512-…, base64.
	digestSRI = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^sha(256|384|512)-[A-Za-z0-9+/]{40,100}={0,2}$`)
	})
	// digestMultibase: a base prefix letter and the digest in that base.
	digestMultibase = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9+/_=-]{30,140}$`)
	})
)

// relatedResources: "one or more objects", each with a unique id and a digest
// (VCDM 2.0 section 5.3).
func (c *checker) relatedResources(at place) {
	seen := make(map[string]bool)
	for _, r := range at.list() {
		if r.v.Kind() != strictjson.Dict {
			c.add(r, ErrStructure, "must be an object, not %s", r.v.Kind())
			continue
		}
		if id := r.get("id"); c.url(id) {
			if seen[id.v.Str()] {
				c.add(id, ErrStructure, "names a resource that was named before")
			}
			seen[id.v.Str()] = true
		}
		c.digests(r)
	}
}

// digests: "MUST contain at least a digestSRI or a digestMultibase value".
func (c *checker) digests(of place) {
	sri, multibase := of.get("digestSRI"), of.get("digestMultibase")
	if !sri.v.Exists() && !multibase.v.Exists() {
		c.add(of, ErrStructure, "must have a digestSRI or a digestMultibase")
	}
	for _, d := range sri.list() {
		if !digestSRI().MatchString(d.v.Str()) {
			c.add(d, ErrStructure, "must be a digest such as sha384-…")
		}
	}
	for _, d := range multibase.list() {
		if !digestMultibase().MatchString(d.v.Str()) {
			c.add(d, ErrStructure, "must be a digest in multibase")
		}
	}
}

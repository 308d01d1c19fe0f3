package credential

import (
	"errors"
	"strings"

	"laurel/internal/strictjson"
)

// Envelope is a signed token inside a JSON object, an EnvelopedVerifiableCredential
// or EnvelopedVerifiablePresentation (VCDM 2.0, section 4.13.2): a way for a token
// to stand among documents. Nobody signed the object, so nothing is read from it
// but the token.
type Envelope struct {
	Presentation bool
	MediaType    string // as it is written: "application/vc+jwt"
	Content      string // the token
}

// IsEnvelope reports whether the document is an object with the type of an
// envelope, sound or not.
func IsEnvelope(doc strictjson.Value) bool {
	return HasType(doc, typeEnvelopedCredential) || HasType(doc, typeEnvelopedPresentation)
}

// ReadEnvelope reads an envelope. The error is a Problems that wraps ErrStructure
// or ErrContext if it breaks the rules, and ErrMediaType if its content is encoded
// in a way that no token needs.
func ReadEnvelope(doc strictjson.Value) (Envelope, error) {
	var c checker
	e, err := c.envelope(place{v: doc})
	if err != nil {
		c.add(place{v: doc}.get("id"), ErrMediaType, "is enveloped as %s: %s", Plain(e.MediaType), ErrMediaType)
	}
	if err := c.problems.orNil(); err != nil {
		return Envelope{}, err
	}
	return e, nil
}

// envelope: "The @context property of the object MUST be present and include a
// context, such as the base context […]. The id value of the object MUST be a
// data: URL that expresses a secured verifiable credential using an enveloping
// securing scheme […]. The type value of the object MUST be
// EnvelopedVerifiableCredential."
//
// An encoding that is not read is no broken rule: it is what the error says.
func (c *checker) envelope(at place) (Envelope, error) {
	mediaType, content, err := splitDataURL(at.v.Get("id").Str())
	switch {
	case at.v.Kind() != strictjson.Dict:
		c.add(at, ErrStructure, "must be an object, not %s", at.v.Kind())
	case !at.v.Get("@context").Exists():
		c.add(at.get("@context"), ErrStructure, "is required: an array that starts with %s", BaseContext)
	case VersionOf(at.v) != V2:
		c.add(at.get("@context"), ErrContext, "must start with %s", BaseContext)
	case len(at.v.Get("type").List()) != 1:
		c.add(at.get("type"), ErrStructure, "must be the type of an envelope and no other")
	case errors.Is(err, ErrMediaType):
		return Envelope{MediaType: mediaType}, err
	case err != nil:
		c.add(at.get("id"), ErrStructure, "must be a data: URL that holds the document")
	}
	return Envelope{HasType(at.v, typeEnvelopedPresentation), mediaType, content}, nil
}

// splitDataURL takes data:application/vc+jwt,… apart (RFC 2397). A token needs no
// parameters, base64 or percent-encoding.
func splitDataURL(url string) (mediaType, content string, err error) {
	head, content, ok := strings.Cut(strings.TrimPrefix(url, "data:"), ",")
	mediaType, parameters, _ := strings.Cut(head, ";")
	switch {
	case !strings.HasPrefix(url, "data:") || !ok || mediaType == "" || content == "":
		return "", "", ErrStructure
	case parameters != "" || strings.Contains(content, "%"):
		return mediaType, "", ErrMediaType
	}
	return mediaType, content, nil
}

package credential

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"laurel/internal/strictjson"
)

// maxProblems bounds what one document can make us write: 20,000 wrong members
// would otherwise become 20,000 sentences.
const maxProblems = 50

// The sentinels say which rule family a Problem belongs to, so that a report
// can give it its code. Compare with errors.Is.
var (
	// ErrStructure: a member of the data model is missing, of the wrong kind or
	// malformed (code STRUCTURE_INVALID).
	ErrStructure = errors.New("not as the data model wants it")
	// ErrContext: the first entry of @context is not the base context of VCDM
	// 2.0 or 1.1, or both are there, so the names in the document have no agreed meaning (CONTEXT_ORDER).
	ErrContext = errors.New("the base context does not come first")
	// ErrBadge: an Open Badge without a member that Open Badges 3.0 requires
	// (OB_INVALID).
	ErrBadge = errors.New("not a complete Open Badge")
	// ErrLimit: more parts than are judged in one go (LIMIT_EXCEEDED).
	ErrLimit = errors.New("more parts than are read")
	// ErrNoCredential: a presentation that presents nothing (NO_CREDENTIAL).
	ErrNoCredential = errors.New("the presentation holds no credential")
	// ErrMediaType: an envelope whose content is no token that is read, or is
	// encoded in another way (MEDIA_TYPE_UNSUPPORTED); or an envelope where its
	// content was asked for.
	ErrMediaType = errors.New("this form of envelope is not supported")
	// ErrAdvice marks what Advise finds: the document is readable, but not all
	// that Open Badges 3.0 asks for.
	ErrAdvice = errors.New("not quite as Open Badges 3.0 wants it")
)

// Problem is one broken rule: where, what is wrong in words for people, and
// which family of rules.
type Problem struct {
	Path string // JSON pointer (RFC 6901) into the document; "" is the document itself
	Text string // a sentence part for people: "must be a URL"
	Err  error  // one of the sentinels of this package
}

// Error gives the place and the text: `/issuer: must be a URL`.
func (p *Problem) Error() string {
	if p.Path == "" {
		return "document: " + p.Text
	}
	return p.Path + ": " + p.Text
}

// Unwrap gives the sentinel.
func (p *Problem) Unwrap() error { return p.Err }

// Problems is every broken rule that was found, in the order of the rules (the
// context first); at most 50. It is never empty when it is returned as an error.
type Problems []*Problem

// Error joins the problems with "; ".
func (ps Problems) Error() string {
	texts := make([]string, len(ps))
	for i, p := range ps {
		texts[i] = p.Error()
	}
	return strings.Join(texts, "; ")
}

// Unwrap lets errors.Is and errors.As look at each problem.
func (ps Problems) Unwrap() []error {
	errs := make([]error, len(ps))
	for i, p := range ps {
		errs[i] = p
	}
	return errs
}

// Without returns the problems that do not wrap the sentinel, nil if none are
// left. A caller with a reason to allow one thing (a test bench that sends empty
// presentations) drops that thing by name and keeps the rest.
func (ps Problems) Without(sentinel error) error {
	var rest Problems
	for _, p := range ps {
		if !errors.Is(p, sentinel) {
			rest = append(rest, p)
		}
	}
	return rest.orNil()
}

// orNil is the error to return: an empty list in an error interface would not
// be nil.
func (ps Problems) orNil() error {
	if len(ps) == 0 {
		return nil
	}
	return ps
}

// checker collects problems while the rules walk over a document.
type checker struct {
	version  Version // of the data model; "" if the document does not say
	part     bool    // the document is a selection: what is missing may be hidden
	problems Problems
}

func (c *checker) add(at place, sentinel error, format string, args ...any) {
	if len(c.problems) < maxProblems {
		c.problems = append(c.problems, &Problem{Path: at.path, Text: fmt.Sprintf(format, args...), Err: sentinel})
	}
}

// place is a value together with the JSON pointer to it.
type place struct {
	path string
	v    strictjson.Value
}

// get is the member of that name; its value is Absent if there is none.
func (p place) get(name string) place {
	return place{path: p.path + "/" + strictjson.EscapeStep(name), v: p.v.Get(name)}
}

// list is the elements of an array, each with its own pointer, or the value
// itself when it is no array: "one or many" as JSON-LD writes it.
func (p place) list() []place {
	if p.v.Kind() != strictjson.List {
		if !p.v.Exists() {
			return nil
		}
		return []place{p}
	}
	elems := p.v.Elems()
	out := make([]place, len(elems))
	for i, e := range elems {
		out[i] = place{path: p.path + "/" + strconv.Itoa(i), v: e}
	}
	return out
}

package contexts

import (
	"errors"
	"strconv"

	"laurel/internal/strictjson"
)

// What can be wrong with a context, and with whatever uses its words.
var (
	// ErrRelativeIRI says that an identifier is no absolute IRI of RFC 3987.
	ErrRelativeIRI = errors.New("not an absolute IRI")
	// ErrContextNotAllowed says that the document names a context that is not
	// compiled in, brings its own, or changes it where it may not be changed.
	ErrContextNotAllowed = errors.New("context is not allowed")
	// ErrProtectedTerm says that one context redefines what another protects.
	ErrProtectedTerm = errors.New("a protected term is redefined")
	// ErrContextInvalid says that a context breaks the rules of JSON-LD 1.1
	// section 4; only contexts that an operator adds, or that are allowed
	// inline, can.
	ErrContextInvalid = errors.New("the context is invalid")
	// ErrStructure says that the document is no JSON-LD 1.1: a keyword is
	// misused.
	ErrStructure = errors.New("not valid JSON-LD")
	// ErrUnsupported names a feature of JSON-LD that is left out here.
	ErrUnsupported = errors.New("not supported")
	// ErrLimit says that the document asks for more work than is done.
	ErrLimit = errors.New("the document asks for too much work")
)

// Error says where in a document a conversion stopped, and why. Err wraps one
// of the sentinels of this package or of jsonld.
type Error struct {
	Path string // JSON pointer (RFC 6901) to the place; "" is the document itself
	Term string // the term, identifier or context URL concerned, or ""
	Err  error
}

// Error gives the place and the reason:
// `"/credentialSubject/foo": the term "foo" is defined by none of the contexts`.
func (e *Error) Error() string {
	if e.Path == "" {
		return e.Err.Error()
	}
	return strconv.Quote(e.Path) + ": " + e.Err.Error()
}

// Unwrap returns the reason.
func (e *Error) Unwrap() error { return e.Err }

// reason is a sentinel with a sentence around it: what a person reads, and what
// errors.Is finds.
type reason struct {
	text string
	kind error
}

func (r *reason) Error() string { return r.text }
func (r *reason) Unwrap() error { return r.kind }

// Fail makes an Error at a place that the callers complete with At.
func Fail(kind error, term, text string) error {
	return &Error{Term: term, Err: &reason{text: text, kind: kind}}
}

// Relative says that an identifier is no absolute IRI.
func Relative(iri string) error {
	return Fail(ErrRelativeIRI, iri, strconv.Quote(strictjson.Clip(iri))+" is "+ErrRelativeIRI.Error())
}

// Unsupported names a feature that is left out.
func Unsupported(what string) error {
	return Fail(ErrUnsupported, what, what+" is "+ErrUnsupported.Error())
}

// Invalid says of a term what rule it breaks.
func Invalid(kind error, term, why string) error {
	return Fail(kind, term, kind.Error()+": "+why)
}

// At prepends a step to the path of an error on its way up, so that a
// conversion that succeeds never builds a path.
func At(err error, step string) error {
	var e *Error
	if errors.As(err, &e) {
		e.Path = "/" + strictjson.EscapeStep(step) + e.Path
		return e
	}
	return err
}

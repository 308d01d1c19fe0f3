package jsonld

import (
	"errors"
	"strconv"
	"strings"

	"laurel/internal/strictjson"
)

var (
	// ErrUndefinedTerm says that a property, a type or a vocabulary value is
	// defined by none of the contexts, so that it would not be signed.
	ErrUndefinedTerm = errors.New("defined by none of the contexts")
	// ErrDropped says that something is defined but has no place in RDF, so
	// that it would not be signed: @index data, a node without statements, a
	// value that stands outside of every property.
	ErrDropped = errors.New("would not be covered by the signature")
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
	// ErrUnsupported names a feature of JSON-LD that this package leaves out.
	ErrUnsupported = errors.New("not supported")
	// ErrLimit says that the document asks for more work than is done.
	ErrLimit = errors.New("the document asks for too much work")
)

// Error says where in a document a conversion stopped, and why. Err wraps one
// of the package's sentinels.
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

// fail makes an Error at a place that the callers complete with errorAt.
func fail(kind error, term, text string) error {
	return &Error{Term: term, Err: &reason{text: text, kind: kind}}
}

func undefined(what, term string) error {
	return fail(ErrUndefinedTerm, term, "the "+what+" "+strconv.Quote(clip(term))+" is "+ErrUndefinedTerm.Error())
}

func relative(iri string) error {
	return fail(ErrRelativeIRI, iri, strconv.Quote(clip(iri))+" is "+ErrRelativeIRI.Error())
}

func unsupported(what string) error {
	return fail(ErrUnsupported, what, what+" is "+ErrUnsupported.Error())
}

func dropped(term, what string) error {
	return fail(ErrDropped, term, what+" "+ErrDropped.Error())
}

func invalid(kind error, term, why string) error {
	return fail(kind, term, kind.Error()+": "+why)
}

// clip keeps hostile text out of messages that people read.
func clip(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

var pointerEscape = strings.NewReplacer("~", "~0", "/", "~1")

// at prepends a step to the path of an error on its way up, so that a
// conversion that succeeds never builds a path.
func errorAt(err error, step string) error {
	var e *Error
	if errors.As(err, &e) {
		e.Path = "/" + pointerEscape.Replace(step) + e.Path
		return e
	}
	return err
}

// errorIn is errorAt for element i of v.List(): no step if v is no array.
func errorIn(err error, v strictjson.Value, i int) error {
	if v.Kind() != strictjson.List {
		return err
	}
	return errorAt(err, strconv.Itoa(i))
}

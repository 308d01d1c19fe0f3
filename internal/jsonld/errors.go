package jsonld

import (
	"errors"
	"strconv"

	"laurel/internal/jsonld/contexts"
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
)

// What package contexts can find wrong, by its names.
var (
	ErrRelativeIRI       = contexts.ErrRelativeIRI
	ErrContextNotAllowed = contexts.ErrContextNotAllowed
	ErrProtectedTerm     = contexts.ErrProtectedTerm
	ErrContextInvalid    = contexts.ErrContextInvalid
	ErrStructure         = contexts.ErrStructure
	ErrUnsupported       = contexts.ErrUnsupported
	ErrLimit             = contexts.ErrLimit
)

// Error says where in a document a conversion stopped, and why.
type Error = contexts.Error

func undefined(what, term string) error {
	return contexts.Fail(ErrUndefinedTerm, term, "the "+what+" "+strconv.Quote(strictjson.Clip(term))+" is "+ErrUndefinedTerm.Error())
}

func dropped(term, what string) error {
	return contexts.Fail(ErrDropped, term, what+" "+ErrDropped.Error())
}

// errorIn is contexts.At for element i of v.List(): no step if v is no array.
func errorIn(err error, v strictjson.Value, i int) error {
	if v.Kind() != strictjson.List {
		return err
	}
	return contexts.At(err, strconv.Itoa(i))
}

// Package jsonld converts JSON-LD 1.1 documents to RDF, for signing and for
// checking signatures.
//
// # Why RDF
//
// A Data Integrity proof does not sign the text of a credential. It signs the
// statements that the text makes, once its short names are replaced by the IRIs
// that the contexts give them:
//
//	{
//	  "@context": ["https://www.w3.org/ns/credentials/v2"],
//	  "id":   "urn:uuid:5c3f6a0e-6d4c-4b8a-9d52-3b8b1a6c7e01",
//	  "type": "VerifiableCredential",
//	  "validFrom": "2026-06-01T00:00:00Z"
//	}
//
// becomes the two quads (subject, predicate, object, and here the default graph)
//
//	<urn:uuid:5c3f…> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://www.w3.org/2018/credentials#VerifiableCredential> .
//	<urn:uuid:5c3f…> <https://www.w3.org/2018/credentials#validFrom> "2026-06-01T00:00:00Z"^^<http://www.w3.org/2001/XMLSchema#dateTime> .
//
// which package rdfc then puts into one order and one spelling:
//
//	quads, err := jsonld.ToRDF(doc, jsonld.Options{Contexts: jsonld.Embedded()})
//	if err != nil {
//		return err // "/credentialSubject/foo": the term "foo" is defined by none of the contexts
//	}
//	canonical, err := rdfc.Canonicalize(quads, rdfc.Options{})
//
// # What is refused
//
// Ordinary JSON-LD drops what it has no IRI for, so that a member added after
// signing leaves the signature valid and the reader deceived. Here that is an
// error, always (what others call safe mode): an undefined term or type, a
// relative IRI, @index data, a value outside of every property, a node that
// nothing is said about, null in an array, a number that loses digits. Only
// null as the value of a defined property passes, since it says that there is
// no value.
//
// # Contexts
//
// Who chooses the context chooses the meaning, so contexts are compiled in and
// held to their SHA-256; nothing is ever fetched. A document may name them by
// URL at its top, and again on a credential or presentation that it embeds; a
// proof may not, unless its suite signs JSON and wants them repeated. Inline
// context objects are refused unless Options.UnsafeInlineContexts is set.
// Publishers have changed some contexts in place: Contexts.Selections gives the
// older revisions to try after the newest.
//
// # How it works
//
// There is one pass from the JSON value to quads, without an expanded or
// flattened document in between; package contexts tells what each name means at
// its place. What the
// one pass cannot do is refused by name with ErrUnsupported; it is never
// silently different. Left out are: @base and everything relative to the
// document's own address, blank nodes as properties or vocabulary, keywords
// inside @nest, sets and arrays inside @list where processors disagree, and
// processing mode json-ld-1.0.
//
// # Selecting
//
// Suites with selective disclosure sign each statement by itself, and pointers say
// which of them a holder shows. ToRDFGroups tells which quads a JSON pointer
// selects, Reveal what the reader of the selection gets, and Claims what there is
// to choose from.
//
// Specifications: JSON-LD 1.1 and JSON-LD 1.1 Processing Algorithms and API
// (W3C, 2020-07-16), of which the section numbers in this package are. Text
// direction is written into the datatype ("i18n-datatype").
package jsonld

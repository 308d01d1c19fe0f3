package rdfc

// TermKind is what sort of RDF term a Term is.
type TermKind uint8

// The kinds of term. None, the zero kind, stands only for the default graph.
const (
	None TermKind = iota
	IRI
	Blank
	Literal
)

// Term is one RDF term: the subject, object or graph name of a Quad. Two terms
// are the same term of RDF exactly when they are equal with ==, provided the
// datatypes that N-Quads leaves out are left out here too (see Datatype).
type Term struct {
	Kind     TermKind
	Value    string // IRI text, blank node label without "_:", or lexical form
	Datatype string // Literal: datatype IRI; "" means xsd:string, or rdf:langString when Lang is set
	Lang     string // Literal: BCP 47 language tag, or ""
}

// Quad is one RDF statement. The zero Graph is the default graph.
type Quad struct {
	Subject   Term
	Predicate string // always an IRI
	Object    Term
	Graph     Term
}

// The two datatypes that the syntax of a literal implies, so that they are
// never written out.
const (
	xsdString     = "http://www.w3.org/2001/XMLSchema#string"
	rdfLangString = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"
)

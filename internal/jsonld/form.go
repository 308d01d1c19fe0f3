package jsonld

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"laurel/internal/jsonld/contexts"
	"laurel/internal/rdfc"
	"laurel/internal/strictjson"
)

// ErrForm says that a document is not in compacted form: it makes statements in
// places, or under names, where whoever reads it as JSON does not look.
var ErrForm = errors.New("not in compacted form")

// CheckForm refuses a document that says something in another way than the
// data model has it. RDF does not know where in a text a statement stood, nor
// how its name was spelled, so that the holder of a credential can rewrite
//
//	"validUntil": "2026-01-01T00:00:00Z"
//
// as
//
//	"https://www.w3.org/2018/credentials#validUntil":
//	    {"@type": "http://www.w3.org/2001/XMLSchema#dateTime", "@value": "2026-01-01T00:00:00Z"}
//
// or move it into an @included node, without breaking the signature, and a
// reader of "validUntil" finds nothing. Honest documents never need to: "a
// conforming document is a compact JSON-LD document" (VCDM 2.0, section 1.3).
// What is refused:
//
//   - a keyword by its own name, but for those of value objects, @list and
//     @context; @graph, @included, @nest, @reverse and @set by any name;
//   - @id and @type by another name than id and type;
//   - a property that is written as an IRI although a context names it, or that
//     belongs to the data model or to Open Badges;
//   - a property that verifiers read, by another name than the usual one;
//   - a statement of the data model about the document itself that stands
//     anywhere but at its top.
//
// It is asked after the signature was found to fit, of the document and of each
// proof's configuration, under the same Options. The error wraps ErrForm, or is
// that of ToRDF. Documents that cannot hide anything this way are not converted.
func CheckForm(doc strictjson.Value, opt Options) error {
	id, _ := doc.Get("id").Text()
	if (opt.Contexts == nil || !opt.Contexts.Extended()) && plainForm(doc, id, true) {
		return nil
	}
	_, err := convert(doc, opt, &form{})
	return err
}

// usual are the names under which verifiers read what decides, by IRI. Contexts
// have other names for some of them ("expiration", "signature").
var usual = func() map[string]string {
	names := make(map[string]string)
	for namespace, terms := range map[string]string{
		dataModel: "issuer holder credentialSubject credentialStatus credentialSchema validFrom validUntil " +
			"issuanceDate expirationDate verifiableCredential evidence termsOfUse refreshService relatedResource",
		"https://www.w3.org/ns/credentials/status#": "statusPurpose statusListIndex statusListCredential statusSize encodedList ttl",
		"https://w3id.org/security#":                "proof proofPurpose proofValue verificationMethod cryptosuite challenge domain previousProof",
	} {
		for name := range strings.FieldsSeq(terms) {
			names[namespace+name] = name
		}
	}
	names["https://w3id.org/security#expiration"] = "expires"
	names["http://purl.org/dc/terms/created"] = "created"
	return names
}()

// otherNames are the names in the embedded contexts for what has a usual one,
// keywords among it; a test finds them all.
var otherNames = []string{"expiration", "signature", "uid"}

const dataModel = "https://www.w3.org/2018/credentials#"

// vocabularies are those whose properties are written by name or not at all.
var vocabularies = []string{
	dataModel, "https://www.w3.org/ns/credentials/", "https://w3id.org/security#", "https://w3id.org/vc/status-list#",
	"https://purl.imsglobal.org/",
}

// plainForm reports whether the text alone shows that nothing is hidden: no
// keyword, no name that could be part of an IRI, no second name, and nothing else with the
// document's id. It says false in doubt.
func plainForm(v strictjson.Value, id string, top bool) bool {
	for _, e := range v.Elems() {
		if !plainForm(e, id, false) {
			return false
		}
	}
	members := v.Members()
	for i := range members {
		m := &members[i]
		switch {
		case m.Name == "@context":
			if slices.ContainsFunc(m.Value.List(), func(c strictjson.Value) bool { return c.Kind() == strictjson.Dict }) {
				return false // it brings names of its own
			}
			continue
		case m.Name == "@value", m.Name == "@language", m.Name == "@direction":
		case strings.HasPrefix(m.Name, "@"), strings.ContainsAny(m.Name, ":/#"), slices.Contains(otherNames, m.Name):
			return false
		case m.Name == "id" && !top && id != "" && m.Value.Str() == id:
			return false
		}
		if !plainForm(m.Value, id, false) {
			return false
		}
	}
	return true
}

// form is what a conversion that checks the form has to remember.
type form struct {
	subject rdfc.Term // the document
}

// object looks at the keywords of an object.
func (f *form) object(n *node) error {
	value := n.shape.has(contexts.AtValue)
	for _, m := range n.members {
		kw := n.ctx.Keyword(m.Name)
		switch {
		case kw == contexts.NoKeyword, kw == contexts.AtContext, kw == contexts.AtList, value:
			continue
		case kw == contexts.AtID && m.Name == "id", kw == contexts.AtType && m.Name == "type":
			continue
		}
		return contexts.At(contexts.Invalid(ErrForm, m.Name, strconv.Quote(strictjson.Clip(m.Name))+" hides what is said from those who read JSON"), m.Name)
	}
	return nil
}

// statement looks at a property and where it stands.
func (f *form) statement(n *node, p member, reversed bool) error {
	name, read := usual[p.iri]
	switch {
	case read && (p.name != name || reversed):
		return contexts.Invalid(ErrForm, p.name, strconv.Quote(strictjson.Clip(p.name))+" is written "+strconv.Quote(name))
	case p.term == nil && contexts.HasColon(p.name) && (n.ctx.Names(p.iri) || slices.ContainsFunc(vocabularies, func(v string) bool { return strings.HasPrefix(p.iri, v) })):
		return contexts.Invalid(ErrForm, p.name, strconv.Quote(strictjson.Clip(p.name))+" is written by its name")
	case strings.HasPrefix(p.iri, dataModel) && !n.root && n.graph.Kind == rdfc.None && n.subject == f.subject:
		return contexts.Invalid(ErrForm, p.name, "it speaks of the document itself and does not stand at its top")
	}
	return nil
}

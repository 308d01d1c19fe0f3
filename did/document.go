package did

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"laurel/internal/strictjson"
)

// The limits of a document from a stranger. An issuer with ten keys needs 4 kB
// and 100 values.
const (
	maxDocument      = 256 << 10
	maxDocumentDepth = 16
	maxDocumentNodes = 8000
	maxMethods       = 128 // and so many references for each relationship
	maxContexts      = 16
	maxIdentifiers   = 64 // controller, alsoKnownAs
)

// ParseDocument reads a DID document or Controlled Identifier Document from its
// JSON (Controlled Identifiers 1.0, section 2; DID Core 1.0, section 5). Members
// are read by their exact names, without JSON-LD processing: that is what both
// specifications define, and an @context that would give the names other
// meanings is refused. Identifiers come out absolute.
//
// A method with a key of an unknown type or with a broken key stays in the
// document, with Err set: a neighbour's key need not be ours. What makes the
// document itself ambiguous (two methods with one id, a member of the wrong
// type) is an error, which wraps ErrDocument.
func ParseDocument(text []byte) (*Document, error) {
	v, err := strictjson.ParseWithin(text, strictjson.Limits{
		Bytes: maxDocument, Depth: maxDocumentDepth, Nodes: maxDocumentNodes,
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDocument, err)
	}
	doc := &Document{Relationships: make(map[Relationship][]string), text: v}
	if err := doc.read(v); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDocument, err)
	}
	return doc, nil
}

func (d *Document) read(v strictjson.Value) (err error) {
	if v.Kind() != strictjson.Dict {
		return fmt.Errorf("it is %s, not an object", article(v))
	}
	if err := checkContext(v.Get("@context")); err != nil {
		return err
	}
	id, ok := v.Get("id").Text()
	if _, err := methodName(id); !ok || err != nil || len(id) > maxURL || strings.Contains(id, "#") {
		return errors.New("id is not a DID or https URL")
	}
	d.ID = id
	if d.Controller, err = readIdentifiers(v.Get("controller")); err != nil {
		return fmt.Errorf("controller: %w", err)
	}
	if d.AlsoKnownAs, err = readIdentifiers(v.Get("alsoKnownAs")); err != nil {
		return fmt.Errorf("alsoKnownAs: %w", err)
	}
	if d.Deactivated, err = readDeactivated(v.Get("deactivated")); err != nil {
		return err
	}
	if err := d.readMethods(v.Get("verificationMethod")); err != nil {
		return fmt.Errorf("verificationMethod: %w", err)
	}
	for _, rel := range relationships {
		if err := d.readRelationship(rel, v.Get(string(rel))); err != nil {
			return fmt.Errorf("%s: %w", rel, err)
		}
	}
	return nil
}

// readDeactivated reads the flag that some hosts leave behind in the document;
// its home is the resolution metadata, which did:web does not have.
func readDeactivated(v strictjson.Value) (bool, error) {
	switch v.Kind() {
	case strictjson.Absent, strictjson.False:
		return false, nil
	case strictjson.True:
		return true, nil
	default:
		return false, fmt.Errorf("deactivated is %s, not true or false", article(v))
	}
}

func (d *Document) readMethods(v strictjson.Value) error {
	if !v.Exists() {
		return nil
	}
	if err := checkList(v); err != nil {
		return err
	}
	for i, e := range v.Elems() {
		if _, err := d.addMethod(e); err != nil {
			return fmt.Errorf("[%d]: %w", i, err)
		}
	}
	return nil
}

// readRelationship reads an array of references (URLs, absolute or relative to
// the document's id) and embedded methods, which count for this relationship
// only.
func (d *Document) readRelationship(rel Relationship, v strictjson.Value) error {
	if !v.Exists() {
		return nil
	}
	if err := checkList(v); err != nil {
		return err
	}
	refs := make([]string, 0, len(v.Elems()))
	for i, e := range v.Elems() {
		ref, isText := e.Text()
		var err error
		if isText {
			ref, err = d.absolute(ref)
		} else {
			ref, err = d.addMethod(e)
		}
		if err != nil {
			return fmt.Errorf("[%d]: %w", i, err)
		}
		refs = append(refs, ref)
	}
	d.Relationships[rel] = refs
	return nil
}

func checkList(v strictjson.Value) error {
	switch {
	case v.Kind() != strictjson.List:
		return fmt.Errorf("it is %s, not an array", article(v))
	case len(v.Elems()) > maxMethods:
		return fmt.Errorf("it has %d entries, at most %d are read", len(v.Elems()), maxMethods)
	}
	return nil
}

// addMethod reads one verification method and returns its absolute id. "The
// verification method map MUST include the id, type, controller, and specific
// verification material properties."
func (d *Document) addMethod(v strictjson.Value) (string, error) {
	if v.Kind() != strictjson.Dict {
		return "", fmt.Errorf("it is %s, not an object", article(v))
	}
	id, err := d.absolute(v.Get("id").Str())
	if err != nil {
		return "", fmt.Errorf("id: %w", err)
	}
	controller := v.Get("controller").Str()
	if _, err := methodName(controller); err != nil || len(controller) > maxURL {
		return "", fmt.Errorf("controller of %s is not a DID or https URL", strictjson.Clip(id))
	}
	kind, ok := v.Get("type").Text()
	if !ok || kind == "" {
		return "", fmt.Errorf("%s has no type", strictjson.Clip(id))
	}
	if d.Method(id) != nil {
		return "", fmt.Errorf("two methods are called %s", strictjson.Clip(id))
	}
	m := Method{ID: id, Type: kind, Controller: controller}
	if m.readDates(v); m.Err == nil {
		m.Key, m.Err = readKey(kind, v)
		m.KeyID = v.Get("publicKeyJwk").Get("kid").Str()
	}
	d.Methods = append(d.Methods, m)
	return id, nil
}

// readDates sets Err for a date that cannot be read: a key whose revocation is
// misspelled is not to be taken for one that was never revoked.
func (m *Method) readDates(v strictjson.Value) {
	for name, to := range map[string]*time.Time{"expires": &m.Expires, "revoked": &m.Revoked} {
		date := v.Get(name)
		if !date.Exists() {
			continue
		}
		var err error
		if *to, err = parseTime(date.Str()); err != nil {
			m.Err = fmt.Errorf("%w: %s: %v", ErrDocument, name, err)
		}
	}
}

// absolute resolves a reference to a method: "#key-1" belongs to this document.
// Other relative forms would need a base that the document does not state.
func (d *Document) absolute(ref string) (string, error) {
	if strings.HasPrefix(ref, "#") {
		ref = d.ID + ref
	}
	if _, _, err := Split(ref); err != nil {
		return "", fmt.Errorf("%q is not the identifier of a key", strictjson.Clip(ref))
	}
	return ref, nil
}

// readIdentifiers reads a URL or an array of them. They are shown, not followed.
func readIdentifiers(v strictjson.Value) ([]string, error) {
	if len(v.List()) > maxIdentifiers {
		return nil, fmt.Errorf("it has %d entries, at most %d are read", len(v.List()), maxIdentifiers)
	}
	var out []string
	for _, e := range v.List() {
		s, ok := e.Text()
		if !ok || s == "" || len(s) > maxURL {
			return nil, fmt.Errorf("it holds %s, not a URL", article(e))
		}
		out = append(out, s)
	}
	return out, nil
}

// readNames are the members that this package reads; an @context must not give
// them another meaning.
var readNames = []string{
	"id", "@id", "type", "@type", "@base", "controller", "alsoKnownAs", "verificationMethod",
	"authentication", "assertionMethod", "keyAgreement", "capabilityInvocation", "capabilityDelegation",
	"publicKeyMultibase", "publicKeyJwk", "expires", "revoked", "deactivated",
}

// checkContext accepts an @context that leaves the names in peace: absent, an
// https URL, or an array of at most 16 of them and of objects that define other
// terms.
func checkContext(v strictjson.Value) error {
	if len(v.List()) > maxContexts {
		return fmt.Errorf("@context has %d entries, at most %d are read", len(v.List()), maxContexts)
	}
	for _, e := range v.List() {
		url, isText := e.Text()
		switch {
		case isText && strings.HasPrefix(url, "https://"):
		case e.Kind() == strictjson.Dict:
			for _, m := range e.Members() {
				if slices.Contains(readNames, m.Name) {
					return fmt.Errorf("@context defines %s anew", m.Name)
				}
			}
		default:
			return fmt.Errorf("@context holds %s, not an https URL", article(e))
		}
	}
	return nil
}

// article puts the kind of a value into words: "an array", "a string".
func article(v strictjson.Value) string {
	switch v.Kind() {
	case strictjson.Absent, strictjson.Null, strictjson.True, strictjson.False:
		return v.Kind().String()
	case strictjson.List, strictjson.Dict:
		return "an " + v.Kind().String()
	default:
		return "a " + v.Kind().String()
	}
}

// Package schema holds credentials to the JSON schemas that they declare
// (credentialSchema; VC JSON Schema, and 1EdTech's validator of 2019).
//
// The schemas of Open Badges 3.0 are compiled in, and read on first use only;
// nothing is ever fetched for one. A schema that is not here is named and not
// consulted:
//
//	found := schema.Check(doc, schema.Whole)
//	if found.Err != nil {
//		return found.Err // wraps ErrInvalid, with the place
//	}
//	for _, id := range found.Unknown {
//		log.Printf("%s was not consulted", id)
//	}
//
// # Where a schema is narrower than the data model
//
// The data model allows what the schemas of Open Badges do not: several status
// entries, texts with a language and a direction, a list of one where they want one,
// and one where they want a list. A document is held to the schema as it would be in
// the form that the schema knows, and the Result says so. Proofs,
// of which there are more kinds than the schemas know, are left to package proof.
//
// # Selections
//
// Of a document that a holder chose parts from, nothing can be required: a Selection
// is held to the schema without what it requires, and without what tells
// alternatives apart by it.
//
// # The schemas
//
// They use fourteen keywords of JSON Schema, draft 2019-09, and a schema with any
// other is refused when it is read. A test holds every rule here against a complete
// implementation, and the embedded files against those that were published.
package schema

import (
	"embed"
	"errors"
	"fmt"
	"sync"

	"laurel/credential"
	"laurel/internal/strictjson"
)

// ErrInvalid says that a document breaks a rule of its schema.
var ErrInvalid = errors.New("the document does not keep to its schema")

// maxSchemas bounds how many schemas one document can have us consult: real ones
// declare one.
const maxSchemas = 4

// Extent says how much of a document is there.
type Extent bool

// The extents.
const (
	Whole     Extent = false
	Selection Extent = true // of which nothing can be required
)

// Result is what came of the declared schemas.
type Result struct {
	Checked []string // ids of those that were consulted
	Unknown []string // ids of those that are not here, or were not consulted to the end
	Narrow  []string // JSON pointers to what the data model allows and the schema does not
	Err     error    // wraps ErrInvalid; nil if all that were consulted hold
}

//go:embed openbadges/*.json
var files embed.FS

const openBadges = "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/"

// origin is where a schema is: the file, and the place in it.
type origin struct{ file, place string }

// known are the schemas that are here, by the URL that credentials declare.
var known = map[string]origin{
	openBadges + "ob_v3p0_achievementcredential_schema.json":    {"ob_v3p0_achievementcredential_schema.json", ""},
	openBadges + "ob_v3p0_anyachievementcredential_schema.json": {"ob_v3p0_anyachievementcredential_schema.json", ""},
	openBadges + "ob_v3p0_endorsementcredential_schema.json":    {"ob_v3p0_achievementcredential_schema.json", "#/$defs/EndorsementCredential"},
}

// older are those for documents of VC Data Model 1.1, which declare the same URLs:
// until 2024 the schemas of that model were at them.
var older = map[string]origin{
	openBadges + "ob_v3p0_achievementcredential_schema.json":    {"ob_v3p0_anyachievementcredential_schema.json", ""},
	openBadges + "ob_v3p0_anyachievementcredential_schema.json": {"ob_v3p0_anyachievementcredential_schema.json", ""},
	openBadges + "ob_v3p0_endorsementcredential_schema.json":    {"ob_v3p0_anyachievementcredential_schema.json", "#/$defs/EndorsementCredentialv1p1"},
}

// Check consults every schema that the document declares. The document is what was
// verified; proofs in it are passed over.
func Check(doc strictjson.Value, extent Extent) Result {
	var r Result
	table := known
	if credential.VersionOf(doc) == credential.V1 {
		table = older
	}
	for _, declared := range doc.Get("credentialSchema").List() {
		id := declared.Get("id").Str()
		at, here := table[id]
		if !here || len(r.Checked) == maxSchemas {
			r.Unknown = append(r.Unknown, credential.Plain(id))
			continue
		}
		narrower, err := hold(doc, at, extent)
		if errors.Is(err, errSteps) {
			r.Unknown = append(r.Unknown, id)
			continue
		}
		r.Checked, r.Narrow = append(r.Checked, id), append(r.Narrow, narrower...)
		r.Err = errors.Join(r.Err, err)
	}
	if len(r.Checked) > 0 {
		narrow(doc, nil, &r.Narrow)
	}
	return r
}

// CheckBadge holds a badge of VC Data Model 2.0 to the schema of Open Badges 3.0, whether
// it declares that or not: whoever issues one wants it to pass there. It wraps ErrInvalid.
func CheckBadge(doc strictjson.Value) error {
	_, err := hold(doc, known[openBadges+"ob_v3p0_achievementcredential_schema.json"], Whole)
	return err
}

// hold holds a document to one schema, and says where that is narrower in number.
func hold(doc strictjson.Value, at origin, extent Extent) ([]string, error) {
	compiled, err := compile(at, extent)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %v", ErrInvalid, at.file, err) // a fault of this program, seen by its tests
	}
	x := examination{}
	if x.keeps(doc, compiled) {
		return x.narrow, nil
	}
	x = examination{explain: true} // most documents hold, and need no reasons
	x.keeps(doc, compiled)
	switch {
	case x.steps > maxSteps || x.fault == nil:
		return nil, errSteps
	case x.fault.at == "":
		return nil, fmt.Errorf("%w: the document %s", ErrInvalid, x.fault.text)
	}
	return nil, fmt.Errorf("%w: %s %s", ErrInvalid, x.fault.at, x.fault.text)
}

// shelf has what was compiled.
var shelf = struct {
	sync.Mutex
	rules map[string]*rule
}{rules: make(map[string]*rule)}

// compile reads a schema once.
func compile(at origin, extent Extent) (*rule, error) {
	shelf.Lock()
	defer shelf.Unlock()
	key := fmt.Sprint(at, extent)
	if r, ok := shelf.rules[key]; ok {
		return r, nil
	}
	text, err := files.ReadFile("openbadges/" + at.file)
	if err != nil {
		return nil, err
	}
	r, err := compileText(text, at.place, extent)
	if err != nil {
		return nil, err
	}
	shelf.rules[key] = r
	return r, nil
}

package verifier

import (
	"context"
	"errors"
	"strings"

	"laurel/credential"
	"laurel/credential/schema"
)

// schema checks what Open Badges requires of a badge, and then the JSON schemas that
// it declares, as far as they are here. Of a selection nothing is required: what is
// not there, the holder did not show.
func (e *examination) schema(context.Context) (Outcome, Finding) {
	check, extent := credential.CheckBadge, schema.Whole
	if e.report.Selection {
		check, extent = credential.CheckBadgePart, schema.Selection
	}
	if err := check(e.opened.Document); err != nil && !errors.Is(err, credential.ErrAdvice) {
		return judgeError(err, Finding{})
	}
	if e.opened.Token.Claims() {
		return Passed, e.schemaFinding(schema.Result{})
	}
	found := schema.Check(e.opened.Document, extent)
	return judgeError(found.Err, e.schemaFinding(found))
}

// schemaFinding is what a row that passes says of the declared schemas.
func (e *examination) schemaFinding(found schema.Result) Finding {
	out := Finding{}
	for _, id := range found.Checked {
		out.Evidence = append(out.Evidence, Evidence{What: "schema", URL: id})
	}
	switch {
	case e.report.Selection:
		out.Code = SchemaOfSelection
	case len(found.Unknown) > 0:
		out.Code, out.Cause = SchemaNotChecked, "not here: "+strings.Join(found.Unknown, ", ")
	case len(found.Narrow) > 0:
		out.Code, out.Cause = SchemaNarrower, "at "+strings.Join(found.Narrow, ", ")
	case len(found.Checked) > 0:
		out.Text = declaredText
	}
	return out
}

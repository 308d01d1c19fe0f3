package verifier

import (
	"strings"
	"testing"

	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/proof"
)

const (
	achievementSchema = "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json"
	extensions        = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json" // has the type of the declaration
)

// declaring is the school's badge with a declared schema.
func declaring(p *testissuer.Party, id string) strictjson.Value {
	badge := p.Badge(learner)
	return badge.With("@context", strictjson.Array(append(badge.Get("@context").Elems(), str(extensions))...)).
		With("credentialSchema", testissuer.Parse(`[{"id":"`+id+`","type":"1EdTechJsonSchemaValidator2019"}]`))
}

// TestDeclaredSchemas: a badge is held to the schema that it declares if that is
// here, and the row says what came of it.
func TestDeclaredSchemas(t *testing.T) {
	good := declaring(school, achievementSchema)
	strangers := declaring(school, "https://stranger.example/schema.json")
	entry := `{"id":"https://school.example/s#%","type":"BitstringStatusListEntry","statusPurpose":"revocation","statusListIndex":"%","statusListCredential":"https://school.example/s"}`
	several := "[" + strings.ReplaceAll(entry, "%", "1") + "," + strings.ReplaceAll(entry, "%", "2") + "]"
	for _, tt := range []struct {
		name    string
		doc     strictjson.Value
		outcome Outcome
		code    Code
		cause   string
	}{
		{"its schema", good, Passed, "", ""},
		{"an unknown schema", strangers, Passed, SchemaNotChecked, "https://stranger.example/schema.json"},
		{"two status entries", good.With("credentialStatus", testissuer.Parse(several)), Passed, SchemaNarrower, "/credentialStatus"},
		{"a list of one", good.With("credentialSubject", strictjson.Array(good.Get("credentialSubject"))), Passed, SchemaNarrower, "/credentialSubject"},
		{"a text with a language", good.With("description", testissuer.Parse(`{"@value":"Daten","@language":"de"}`)), Passed, SchemaNarrower, "/description"},
		{"broken", testissuer.Set(good, "issuer/address", testissuer.Parse(`{"type":["Address"],"postalCode":7}`)), Failed, SchemaInvalid, "/issuer/address/postalCode is a number, not a string"},
		{"broken, and no badge either", testissuer.Set(good, "credentialSubject/achievement/name", absent), Failed, OpenBadgeInvalid, "name"},
		{"broken, and its schema is unknown", testissuer.Set(strangers, "issuer/address", testissuer.Parse(`{"type":["Address"],"postalCode":7}`)), Passed, SchemaNotChecked, ""},
	} {
		for form, data := range map[string][]byte{
			"embedded": unsafeSign(t, tt.doc),
			"a token":  []byte(school.SignJWT(t, tt.doc, proof.SignOptions{})),
		} {
			r := verify(t, reading(t), data, Expectation{})
			c := r.Check(RowSchema)
			if c.Outcome != tt.outcome || c.Code != tt.code || !strings.Contains(c.Cause, tt.cause) {
				t.Errorf("%s, %s: %s %s %s", tt.name, form, c.Outcome, c.Code, c.Cause)
			}
			if tt.code == "" && (c.Text != declaredText || len(c.Evidence) != 1 || c.Evidence[0].URL != achievementSchema) {
				t.Errorf("%s: %q, %+v", tt.name, c.Text, c.Evidence)
			}
			if tt.code == SchemaInvalid && r.Verdict != Rejected {
				t.Errorf("%s: %s", tt.name, r.Verdict)
			}
		}
	}
}

// TestSchemasOfSelections: what is not shown cannot be missed, and what is shown must
// have its form.
func TestSchemasOfSelections(t *testing.T) {
	for _, tt := range []struct {
		edit string
		want Code
	}{{"", SchemaOfSelection}, {`{"type":["Address"],"postalCode":7}`, SchemaInvalid}} {
		doc := declaring(college, achievementSchema)
		if tt.edit != "" {
			doc = testissuer.Set(doc, "issuer/address", testissuer.Parse(tt.edit))
		}
		shown := testissuer.Derive(t, college.Sign(t, doc), "/issuer")
		if r := verify(t, trustingCollege(), shown.JSON(), Expectation{}); r.Check(RowSchema).Code != tt.want {
			t.Errorf("embedded, want %s: %s", tt.want, codes(r))
		}
		sd := school.IssueSD(t, testissuer.Set(doc, "issuer/id", str(school.ID)), nil, proof.SDJWTOptions{Disclosable: []string{"/credentialSubject/achievement"}})
		part := learner.ShowSD(t, sd, "", "")
		if r := verify(t, reading(t), []byte(part), Expectation{}); r.Check(RowSchema).Code != tt.want {
			t.Errorf("a token, want %s: %s", tt.want, codes(r))
		}
	}
}

// attackSchemas are badges that break the schema that they declare.
func attackSchemas(t *testing.T, n census) {
	good := declaring(school, achievementSchema)
	var attacks []attack
	for name, edit := range map[string][2]string{
		"a postal code that is a number": {"issuer/address", `{"type":["Address"],"postalCode":7}`},
		"a code that is a number":        {"credentialSubject/achievement/humanCode", `7`},
		"a tag that is a number":         {"credentialSubject/achievement/tag", `[7]`},
		"two pictures":                   {"image", `[{"id":"https://school.example/i.png","type":"Image"},{"id":"https://school.example/j.png","type":"Image"}]`},
		"a result that is a text":        {"credentialSubject/result", `"A"`},
		"credits that are a text":        {"credentialSubject/creditsEarned", `"three"`},
	} {
		doc := testissuer.Set(good, edit[0], testissuer.Parse(edit[1]))
		attacks = append(attacks, attack{name, []byte(signedText(`{"alg":"EdDSA","typ":"vc+jwt","kid":"`+school.Method+`"}`, string(doc.JSON()))), SchemaInvalid})
	}
	n.run(t, reading, Expectation{}, attacks)
}

package disclosure

import (
	"fmt"
	"strings"
	"unicode"

	"laurel/credential"
	"laurel/internal/strictjson"
)

// labels are the words for members whose names do not say enough by themselves.
var labels = map[string]string{
	"achievement":          "Achievement",
	"achievementType":      "Kind of achievement",
	"activityEndDate":      "Ended",
	"activityStartDate":    "Began",
	"alignment":            "Skills it is aligned to",
	"allowedValue":         "Possible values",
	"aud":                  "Made for",
	"awardedDate":          "Awarded",
	"birthdate":            "Date of birth",
	"birth_date":           "Date of birth",
	"cnf":                  "Your key",
	"creditsAvailable":     "Credits available",
	"creditsEarned":        "Credits",
	"credentialSchema":     "Form",
	"credentialStatus":     "Place in the revocation list",
	"credentialSubject":    "About you",
	"criteria":             "Criteria",
	"endorsementJwt":       "Endorsements",
	"exp":                  "Valid until",
	"family_name":          "Family name",
	"given_name":           "Given name",
	"humanCode":            "Code",
	"iat":                  "Signed",
	"id":                   "Id",
	"identifier":           "Names others know you by",
	"identityHash":         "Name or number",
	"identityType":         "Kind of name",
	"inLanguage":           "Language",
	"iss":                  "Issuer",
	"issuanceDate":         "Valid from",
	"expirationDate":       "Valid until",
	"jti":                  "Id",
	"licenseNumber":        "Licence",
	"narrative":            "In words",
	"nbf":                  "Valid from",
	"otherIdentifier":      "Other names",
	"result":               "Results",
	"resultDescription":    "What results mean",
	"resultType":           "Kind of result",
	"resultValueMax":       "Highest value",
	"resultValueMin":       "Lowest value",
	"requiredValue":        "Value needed to pass",
	"rubricCriterionLevel": "Levels",
	"sub":                  "Your identity",
	"tag":                  "Skills",
	"targetCode":           "Code",
	"targetDescription":    "Description",
	"targetFramework":      "Framework",
	"targetName":           "Name",
	"targetUrl":            "Page",
	"url":                  "Page",
	"vct":                  "What it is",
}

// singular is the word for one of several.
func singular(label string) string {
	switch {
	case label == "Names others know you by":
		return "Name"
	case label == "Skills it is aligned to":
		return "Skill"
	case label == "What results mean":
		return "Meaning"
	case strings.HasSuffix(label, "sses"), strings.HasSuffix(label, "xes"), strings.HasSuffix(label, "ches"):
		return strings.TrimSuffix(label, "es")
	case strings.HasSuffix(label, "ies"):
		return strings.TrimSuffix(label, "ies") + "y"
	case strings.HasSuffix(label, "ss"), strings.HasSuffix(label, "us"):
		return label
	default:
		return strings.TrimSuffix(label, "s")
	}
}

// spaced turns the name of a member into words: "hoursPerWeek" and
// "hours_per_week" are "Hours per week".
func spaced(name string) string {
	var words strings.Builder
	previous := ' '
	for i, r := range credential.Plain(name) {
		switch {
		case r == '_' || r == '-':
			r = ' '
		case unicode.IsUpper(r) && unicode.IsLower(previous):
			words.WriteByte(' ')
			r = unicode.ToLower(r)
		case i == 0:
			r = unicode.ToUpper(r)
		}
		words.WriteRune(r)
		previous = r
	}
	return words.String()
}

// textOf is what a value says to people. It has been through credential.Plain.
func textOf(v strictjson.Value) string {
	text, ok := v.Text()
	switch {
	case ok && strings.HasPrefix(text, "data:"):
		kind, _, _ := strings.Cut(text[len("data:"):min(len(text), 64)], ",")
		kind, _, _ = strings.Cut(kind, ";")
		return credential.Plain(fmt.Sprintf("(%s, %d bytes)", kind, len(text)))
	case ok:
		if t, err := credential.ParseTime(text); err == nil {
			return t.Format("2 January 2006")
		}
		return credential.Plain(text)
	case v.IsTrue():
		return "yes"
	case v.Kind() == strictjson.False:
		return "no"
	case v.Kind() == strictjson.Null:
		return "nothing"
	default:
		return credential.Plain(string(v.JSON())) // a number as it was written, or something undivided
	}
}

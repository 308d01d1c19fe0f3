package disclosure

import (
	"slices"
	"strings"
	"unicode"

	"laurel/internal/strictjson"
)

// Excess is something that would be shown and that the purpose hardly needs.
type Excess struct {
	Label    string   // "Evidence"
	Why      string   // half a sentence: "your work itself, where its result is enough"
	Pointers []string // where it stands
	Fixed    bool     // it cannot be left out of this credential
}

// kind is a sort of claim that says more than most purposes need.
type kind struct {
	label, why string
	names      []string // members that hold it
	serves     []string // words in a purpose that it serves
}

// The kinds, the most personal first.
const (
	mail = iota
	birth
	number
	reach
	picture
	evidence
	score
)

var kinds = [...]kind{
	mail: {"E-mail", "an address by which you can be found and written to",
		[]string{"email", "e_mail", "emailaddress", "mail"}, []string{"mail", "email", "contact", "write"}},
	birth: {"Date of birth", "what identity thieves look for; a badge is about what you can do",
		[]string{"dateofbirth", "birthdate", "dob", "birthplace", "placeofbirth", "age", "ageinyears", "agebirthyear"}, []string{"birth", "age", "adult", "18"}},
	number: {"Numbers and names of yours", "an identifier by which others can look you up",
		[]string{"identifier", "identityhash", "otheridentifier", "sourcedid", "studentid", "personalnumber", "nationalid", "taxid", "ssn", "socialsecuritynumber", "documentnumber", "passportnumber", "personaladministrativenumber"},
		[]string{"identif", "identity", "enrol", "number"}},
	reach: {"Address", "how to reach you",
		[]string{"address", "streetaddress", "residentaddress", "phone", "phonenumber", "telephone", "mobilephonenumber", "geo"}, []string{"address", "contact", "phone", "deliver"}},
	picture: {"Picture", "a picture proves nothing, and one of you shows your face",
		[]string{"image", "picture", "portrait", "photo"}, []string{"picture", "photo", "portrait", "image"}},
	evidence: {"Evidence", "your work itself, where its result is enough",
		[]string{"evidence"}, []string{"evidence", "portfolio", "transcript", "work", "sample"}},
	score: {"Score", "how well you did, where it is enough that you passed",
		[]string{"score", "grade", "gpa", "mark", "percentage", "rank"}, []string{"score", "grade", "mark", "result", "well", "rank"}},
}

// kindOf is the kind of a claim, -1 if it is of none.
func kindOf(path strictjson.Pointer, said strictjson.Value) int {
	value := said.At(path)
	if len(path) == 0 || path[0] == "issuer" {
		return -1
	}
	if known := ofIdentity(path, said); known != noIdentity {
		return known
	}
	if text := value.Str(); strings.Count(text, "@") == 1 && !strings.ContainsAny(text, " /") {
		return mail
	}
	for i := len(path) - 1; i >= 0; i-- {
		if isPlace(path[i]) {
			continue
		}
		name := strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(path[i]))
		at := slices.IndexFunc(kinds[:], func(k kind) bool { return slices.Contains(k.names, name) })
		if at >= 0 && !((at == number || at == picture) && inAchievement(path)) {
			return at
		}
	}
	if steps := names(path); slices.Contains(steps, "result") && steps[len(steps)-1] == "value" && isMark(textOf(value)) {
		return score
	}
	return -1
}

// noIdentity says that a claim is in no IdentityObject.
const noIdentity = -2

// ofIdentity is the kind of a claim inside an IdentityObject of Open Badges, which
// says what it identifies by. A name is what an ID is compared with, so it is no
// excess.
func ofIdentity(path strictjson.Pointer, said strictjson.Value) int {
	i := slices.Index(path, "identifier")
	if i < 1 || inAchievement(path[:i]) {
		return noIdentity
	}
	object := said.At(path[:i+1])
	if object.Kind() == strictjson.List && len(path) > i+1 {
		object = said.At(path[:i+2])
	}
	switch object.Get("identityType").Str() {
	case "emailAddress":
		return mail
	case "name":
		return -1
	default:
		return number
	}
}

// inAchievement reports whether a place is about what was achieved, which is the
// same for everybody who did.
func inAchievement(path strictjson.Pointer) bool { return slices.Contains(path, "achievement") }

// isMark reports whether a result is a number or a letter, and not a word such as
// "Pass" or a level such as B2.
func isMark(text string) bool {
	text = strings.TrimSpace(text)
	if text == "" {
		return false
	}
	if strings.Trim(text, "0123456789.,/ %") == "" {
		return true
	}
	return len(text) <= 2 && text[0] >= 'A' && text[0] <= 'F' && strings.Trim(text[1:], "+-") == ""
}

// Beyond lists what would be shown and does not serve the purpose, as far as rules
// can tell: a purpose that names something needs it. The purpose is that which the
// verifier gave, or "".
func (d *Disclosure) Beyond(purpose string) []Excess {
	var out []Excess
	for i, k := range kinds {
		if slices.ContainsFunc(k.serves, func(word string) bool { return mentions(purpose, word) }) {
			continue
		}
		found := Excess{Label: k.label, Why: k.why, Fixed: true}
		for _, c := range d.Claims {
			if c.Shown && c.kind == i {
				found.Pointers, found.Fixed = append(found.Pointers, c.Pointer), found.Fixed && c.Fixed != ""
			}
		}
		if found.Pointers != nil {
			out = append(out, found)
		}
	}
	return out
}

// mentions reports whether a text has a word, or one that begins with it if it is
// long enough to tell: "age" is not in "language".
func mentions(text, word string) bool {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return slices.ContainsFunc(words, func(w string) bool { return w == word || len(word) > 3 && strings.HasPrefix(w, word) })
}

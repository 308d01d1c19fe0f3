package disclosure_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/proof"
	"laurel/wallet/disclosure"
)

var (
	school  = testissuer.New("school")
	college = testissuer.Selective("college", "/credentialSubject/achievement/name")
	learner = testissuer.New("learner")
)

// course is a badge with everything that a learner may want to keep to themselves.
func course(t testing.TB, from *testissuer.Party) strictjson.Value {
	t.Helper()
	doc := from.Badge(learner)
	for path, text := range map[string]string{
		"credentialSubject/result": `[{"type":["Result"],"value":"91"},{"type":["Result"],"value":"B2"}]`,
		"credentialSubject/identifier": `[{"type":"IdentityObject","hashed":false,"identityHash":"ada@example.org","identityType":"emailAddress"},
			{"type":"IdentityObject","hashed":false,"identityHash":"Ada Example","identityType":"name"},
			{"type":"IdentityObject","hashed":false,"identityHash":"S-1815","identityType":"sourcedId"}]`,
		"credentialSubject/image": `{"id":"data:image/png;base64,iVBORw0KGgo=","type":"Image"}`,
		"evidence":                `[{"id":"https://school.example/pieces/1","type":["Evidence"],"name":"Capstone"}]`,
	} {
		doc = testissuer.Set(doc, path, testissuer.Parse(text))
	}
	return doc
}

// disclosable are the choices of a holder of the course as a token.
var disclosable = []string{
	"/name", "/evidence", "/credentialSubject/result", "/credentialSubject/result/0", "/credentialSubject/result/1",
	"/credentialSubject/identifier/0", "/credentialSubject/identifier/1", "/credentialSubject/identifier/2", "/credentialSubject/image",
}

// forms are the course in every form that a wallet keeps.
func forms(t testing.TB) map[string][]byte {
	t.Helper()
	sd := proof.SDJWTOptions{Disclosable: disclosable, Decoys: 3}
	return map[string][]byte{
		"ecdsa-sd-2023":   college.Sign(t, course(t, college)).JSON(),
		"eddsa-rdfc-2022": school.Sign(t, course(t, school)).JSON(),
		"vc+jwt":          []byte(school.SignJWT(t, course(t, school), proof.SignOptions{})),
		"vc+sd-jwt":       []byte(school.IssueSD(t, course(t, school), learner, sd)),
	}
}

func read(t testing.TB, raw []byte) *disclosure.Credential {
	t.Helper()
	c, err := disclosure.Read(raw, testissuer.Suites())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func choose(t testing.TB, c *disclosure.Credential, pointers ...string) *disclosure.Disclosure {
	t.Helper()
	d, err := c.Choose(pointers)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// claim finds a claim by its pointer.
func claim(t testing.TB, d *disclosure.Disclosure, pointer string) disclosure.Claim {
	t.Helper()
	i := slices.IndexFunc(d.Claims, func(c disclosure.Claim) bool { return c.Pointer == pointer })
	if i < 0 {
		t.Fatalf("there is no claim %s", pointer)
	}
	return d.Claims[i]
}

// TestEveryForm: the same question and the same answer, whatever the badge is
// signed with.
func TestEveryForm(t *testing.T) {
	const level = "/credentialSubject/result/1/value"
	for name, raw := range forms(t) {
		t.Run(name, func(t *testing.T) {
			c := read(t, raw)
			partial := name == "ecdsa-sd-2023" || name == "vc+sd-jwt"
			if c.Partial() != partial || c.Document.Get("name").Str() != "Data Analysis" || strings.HasSuffix(name, "jwt") != (c.Type == name) {
				t.Fatalf("%+v", c)
			}
			var choice []string
			if partial {
				choice = []string{level}
			}
			d := choose(t, c, choice...)
			shown, of := d.Count()
			if got := claim(t, d, level); !got.Shown || got.Chosen != partial || got.Text != "B2" || got.Label != "Value" || got.Beyond != "" {
				t.Errorf("%+v", got)
			}
			score := claim(t, d, "/credentialSubject/result/0/value")
			if score.Shown == partial || score.Beyond == "" || (score.Fixed == "") != partial {
				t.Errorf("the score: %+v", score)
			}
			if strings.Contains(string(d.Document.JSON()), `"91"`) == partial || strings.Contains(string(d.Document.JSON()), "ada@example.org") == partial {
				t.Errorf("a verifier reads %s", d.Document.JSON())
			}
			if (shown < of) != partial || (len(d.Beyond("")) == 0) != partial {
				t.Errorf("%d of %d, beyond the need: %+v", shown, of, d.Beyond(""))
			}
			if len(d.SHA256()) != 64 || !slices.Contains(d.Links, "your identity") || !strings.HasPrefix(d.Links[0], "its signature") {
				t.Errorf("%s, links %q", d.SHA256(), d.Links)
			}
			part, err := d.Part()
			if err != nil || !strings.Contains(string(part.JSON()), string(d.Bytes)) {
				t.Errorf("in a presentation: %s, %v", part.JSON(), err)
			}
			opt := proof.Options{Keys: testissuer.Keys(), Suites: append(testissuer.Suites(), proof.VCJOSE{}, proof.SDJWT{}), At: testissuer.Now}
			if _, err := proof.OpenValue(t.Context(), part, opt); err != nil {
				t.Errorf("a verifier refuses: %v", err)
			}
		})
	}
}

// TestFixed: what is always shown, and why, of both families.
func TestFixed(t *testing.T) {
	all := forms(t)
	for name, want := range map[string]map[string]string{
		"ecdsa-sd-2023": {
			"/issuer/id": "says who vouches for it", "/validUntil": "says when it is in force", "/id": "names the badge",
			"/credentialSubject/id": "says whose it is", "/credentialSubject/achievement/name": "its issuer wants it shown",
			"/credentialSubject/achievement/id": "comes with what is beside it", "/evidence/0/name": "",
		},
		"vc+sd-jwt": {
			"/issuer/id": "says who vouches for it", "/validUntil": "says when it is in force", "/iat": "says when it is in force",
			"/cnf/jwk/x": "names the key that is yours", "/credentialSubject/achievement/description": "its issuer wants it shown", "/name": "",
		},
		"vc+jwt":          {"/name": "the badge is shown whole or not at all"},
		"eddsa-rdfc-2022": {"/name": "the badge is shown whole or not at all"},
	} {
		d := choose(t, read(t, all[name]))
		for pointer, reason := range want {
			if got := claim(t, d, pointer); got.Fixed != reason || got.Shown != (reason != "") {
				t.Errorf("%s of %s: %+v, want %q", pointer, name, got, reason)
			}
		}
	}
}

// TestTree: the fields in their order, in words.
func TestTree(t *testing.T) {
	d := choose(t, read(t, forms(t)["vc+sd-jwt"]), "/credentialSubject/result")
	var lines []string
	var walk func(depth int, fields []disclosure.Field)
	walk = func(depth int, fields []disclosure.Field) {
		for _, f := range fields {
			if strings.HasPrefix(f.Pointer, "/cnf") || strings.Contains(f.Pointer, "/id") && f.Pointer != "/credentialSubject/id" {
				continue
			}
			line := strings.Repeat("  ", depth) + f.Label
			if f.Text != "" && f.Pointer != "/credentialSubject/id" {
				line += ": " + f.Text
			}
			if f.Shown && f.Fixed == "" {
				line += " +"
			}
			lines = append(lines, line)
			walk(depth+1, f.Inner)
		}
	}
	walk(0, d.Fields)
	text := strings.Join(lines, "\n")
	for _, part := range []string{
		"Valid until: 1 June 2030\n",
		"About you\n  Your identity\n  Achievement\n    Name: Data Analysis\n    Description: Can clean, analyse and show data.\n    Criteria\n      In words: Pass the final project.\n",
		"  Results +\n    Result 1 +\n      Value: 91 +\n    Result 2 +\n      Value: B2 +",
		"Evidence\n  Evidence 1\n    Name: Capstone",
	} {
		if !strings.Contains(text, part) {
			t.Errorf("no\n%s\nin\n%s", part, text)
		}
	}
	count := 0
	for i := range d.Fields {
		_, of := d.Fields[i].Count()
		count += of
	}
	if count != len(d.Claims) {
		t.Errorf("%d claims in the tree, %d in the list", count, len(d.Claims))
	}
}

// TestToggle: turning something on and off again is as if nothing had happened, and
// a choice is as short as it can be.
func TestToggle(t *testing.T) {
	for _, name := range []string{"ecdsa-sd-2023", "vc+sd-jwt"} {
		t.Run(name, func(t *testing.T) {
			c := read(t, forms(t)[name])
			for _, tt := range []struct {
				from   []string
				toggle string
				want   []string
			}{
				{nil, "/evidence", []string{"/evidence"}},
				{[]string{"/evidence"}, "/evidence/0/name", map[string][]string{"ecdsa-sd-2023": {"/evidence/0/id"}, "vc+sd-jwt": nil}[name]},
				{[]string{"/credentialSubject/result"}, "/credentialSubject/result/0", []string{"/credentialSubject/result/1"}},
				{[]string{"/credentialSubject/result/1/value"}, "/credentialSubject/result/0/value", []string{"/credentialSubject/result"}},
				{nil, "/issuer/name", nil},
				{nil, "", []string{""}},
				{[]string{""}, "", nil},
				{[]string{"", "/name"}, "", nil},
			} {
				d := choose(t, c, tt.from...)
				got := d.Toggle(tt.toggle)
				if !slices.Equal(got, tt.want) {
					t.Errorf("%q after %q: %q, want %q", tt.toggle, tt.from, got, tt.want)
				}
				choose(t, c, got...)
			}
			for _, one := range choose(t, c).Claims {
				on := choose(t, c).Toggle(one.Pointer)
				if len(on) != 1 && one.Fixed == "" || len(on) > 0 && one.Fixed != "" {
					t.Errorf("%s on: %q", one.Pointer, on)
				}
				d := choose(t, c, on...)
				if one.Fixed == "" && !claim(t, d, one.Pointer).Shown {
					t.Errorf("%s is not shown by %q", one.Pointer, on)
				}
				if off := d.Toggle(one.Pointer); off != nil {
					t.Errorf("%s off again: %q", one.Pointer, off)
				}
			}
		})
	}
	if on := choose(t, read(t, forms(t)["vc+jwt"])).Toggle("/name"); on != nil {
		t.Errorf("of a whole badge: %q", on)
	}
}

// TestBeyond: what does not serve the purpose is named.
func TestBeyond(t *testing.T) {
	c := read(t, forms(t)["ecdsa-sd-2023"])
	labels := func(purpose string, pointers ...string) []string {
		var out []string
		for _, x := range choose(t, c, pointers...).Beyond(purpose) {
			out = append(out, x.Label)
			if x.Fixed || len(x.Pointers) == 0 || x.Why == "" {
				t.Errorf("%+v", x)
			}
		}
		return out
	}
	for _, tt := range []struct {
		purpose  string
		pointers []string
		want     []string
	}{
		{"", nil, nil},
		{"", []string{"/credentialSubject/result/1"}, nil},
		{"", []string{"/credentialSubject/identifier/1"}, nil},
		{"", []string{"/credentialSubject/result/0"}, []string{"Score"}},
		{"", []string{""}, []string{"E-mail", "Numbers and names of yours", "Picture", "Evidence", "Score"}},
		{"We compare scores, and look at your portfolio.", []string{""}, []string{"E-mail", "Numbers and names of yours", "Picture"}},
		{"Language course: we will contact you by e-mail", []string{"/credentialSubject/identifier"}, []string{"Numbers and names of yours"}},
	} {
		if got := labels(tt.purpose, tt.pointers...); !slices.Equal(got, tt.want) {
			t.Errorf("%q for %q: %q, want %q", tt.pointers, tt.purpose, got, tt.want)
		}
	}
	// What all have who earned it is nobody's face.
	doc := testissuer.Set(course(t, school), "credentialSubject/achievement/image", testissuer.Parse(`{"id":"https://school.example/seal.png","type":"Image"}`))
	for _, x := range choose(t, read(t, []byte(school.SignJWT(t, doc, proof.SignOptions{})))).Beyond("") {
		if x.Label == "Picture" && !slices.Equal(x.Pointers, []string{"/credentialSubject/image/id"}) {
			t.Errorf("pictures of the person: %v", x.Pointers)
		}
	}
	if whole := choose(t, read(t, forms(t)["vc+jwt"])).Beyond(""); len(whole) != 5 || !whole[0].Fixed {
		t.Errorf("of a whole badge: %+v", whole)
	}
}

// TestPID: claims without the data model.
func TestPID(t *testing.T) {
	claims := testissuer.Parse(`{"iss":"` + school.ID + `","vct":"https://school.example/types/pid","given_name":"Ada","birth_date":"1815-12-10","address":{"street_address":"1 Main St","locality":"London"},"nationalities":["GB","FR"],"over18":true}`)
	raw := school.IssueSD(t, claims, learner, proof.SDJWTOptions{Claims: true, SignOptions: proof.SignOptions{Expires: testissuer.Now.AddDate(1, 0, 0)},
		Disclosable: []string{"/given_name", "/birth_date", "/address", "/address/locality", "/nationalities/0", "/nationalities/1", "/over18"}})
	c := read(t, []byte(raw))
	if c.Holder != learner.ID || c.Type != "dc+sd-jwt" || !c.Until.Equal(testissuer.Now.AddDate(1, 0, 0)) || c.Document.Get("issuer").Str() != school.ID {
		t.Fatalf("%+v", c)
	}
	d := choose(t, c, "/over18", "/nationalities/1")
	text := string(d.Document.JSON())
	if strings.Contains(text, "Ada") || strings.Contains(text, "GB") || !strings.Contains(text, `"nationalities":["FR"]`) || !strings.Contains(text, `"over18":true`) {
		t.Errorf("a verifier reads %s", text)
	}
	if !claim(t, d, "/nationalities/1").Shown || claim(t, d, "/nationalities/0").Shown || claim(t, d, "/over18").Text != "yes" || len(d.Beyond("")) != 0 {
		t.Errorf("%+v", d.Claims)
	}
	if got := claim(t, d, "/vct"); got.Fixed != "says what it is" || got.Label != "What it is" {
		t.Errorf("%+v", got)
	}
	place := choose(t, c, "/address/locality")
	if street := claim(t, place, "/address/street_address"); !street.Shown || !street.Chosen {
		t.Errorf("the street comes with the town, as they are signed: %+v", street)
	}
	if got := place.Toggle("/address/street_address"); got != nil {
		t.Errorf("without the street: %q", got)
	}
	if x := choose(t, c, "").Beyond(""); len(x) != 2 || x[0].Label != "Date of birth" || x[1].Label != "Address" {
		t.Errorf("%+v", x)
	}
	bound, err := d.Bind(learner.Key, "n", "a", testissuer.Now)
	if err != nil || !d.Bindable(learner.ID) || d.Bindable(school.ID) || !strings.HasPrefix(string(bound), string(d.Bytes)) {
		t.Fatalf("%s, %v", bound, err)
	}
	opt := proof.Options{Keys: testissuer.Keys(), Suites: proof.Suites{proof.SDJWT{}}, At: testissuer.Now, Challenge: "n", Domain: "a"}
	if o, err := proof.Open(t.Context(), bound, opt); err != nil || !o.Token.Bound || !reflect.DeepEqual(o.Document, d.Document) {
		t.Errorf("a verifier reads %s, %v", o.Document.JSON(), err)
	}
	if _, err := d.Bind(school.Key, "n", "a", testissuer.Now); !errors.Is(err, proof.ErrHolder) {
		t.Errorf("bound by a stranger: %v", err)
	}
}

// TestReadRefuses: what cannot be read, and choices that cannot be made.
func TestReadRefuses(t *testing.T) {
	for _, raw := range []string{"", "x", "{", "eyJ", "eyJhbGciOiJub25lIn0.e30.", `{"a":1,"a":2}`, "a.b.c~d~"} {
		if c, err := disclosure.Read([]byte(raw), nil); err == nil || c != nil {
			t.Errorf("%q: %+v", raw, c)
		}
	}
	for name, raw := range forms(t) {
		for _, pointer := range []string{"name", "/nothing", "/credentialSubject/result/7", "/credentialSubject/result/00", "/~2", "/name/x"} {
			if d, err := read(t, raw).Choose([]string{pointer}); !errors.Is(err, disclosure.ErrClaim) || d != nil {
				t.Errorf("%s of %s: %v", pointer, name, err)
			}
		}
	}
	if _, err := read(t, forms(t)["vc+sd-jwt"]).Choose(slices.Repeat([]string{"/name"}, 3_000)); !errors.Is(err, disclosure.ErrClaim) {
		t.Errorf("far too many choices: %v", err)
	}
}

// TestBaseProofsStay: nothing that holds a base proof is ever shown, not even inside
// something else.
func TestBaseProofsStay(t *testing.T) {
	base := college.Sign(t, course(t, college))
	if d := choose(t, read(t, base.JSON())); strings.Contains(string(d.Bytes), base.Get("proof").Get("proofValue").Str()[:40]) {
		t.Error("the base proof is shown")
	}
	record := testissuer.Set(school.Badge(learner), "evidence", strictjson.Array(base))
	for name, raw := range map[string][]byte{
		"without the suite that derives":     base.JSON(),
		"under a suite that nobody here has": testissuer.Set(base, "proof/cryptosuite", strictjson.String("ecdsa-sd-2031")).JSON(),
		"of a bbs suite":                     testissuer.Set(base, "proof/proofValue", strictjson.String("u2V0CAAAA")).JSON(),
		"inside another document":            record.JSON(),
		"inside a token":                     []byte(school.Token(t, `{"typ":"vc+jwt","kid":"`+school.Method+`"}`, string(record.JSON()))),
	} {
		suites := testissuer.Suites()
		if name == "without the suite that derives" {
			suites = suites[:1]
		}
		c, err := disclosure.Read(raw, suites)
		if err != nil {
			t.Fatal(err)
		}
		if d, err := c.Choose(nil); !errors.Is(err, disclosure.ErrNotPresentable) || d != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDocumentsOfTheBench: the whole badge of the benchmarks.
func TestDocumentsOfTheBench(t *testing.T) {
	text, err := os.ReadFile("../../bench/badge.json")
	if err != nil {
		t.Fatal(err)
	}
	doc := testissuer.Set(testissuer.Parse(string(text)), "issuer/id", strictjson.String(college.ID))
	d := choose(t, read(t, college.Sign(t, doc).JSON()), "/credentialSubject/achievement/description")
	for pointer, want := range map[string]string{
		"/credentialSubject/achievement/resultDescription/0/allowedValue": "Possible values",
		"/credentialSubject/achievement/tag/2":                            "Skill 3",
		"/evidence/0/name":                                                "Name",
		"/credentialStatus/statusListIndex":                               "Status list index",
	} {
		if got := claim(t, d, pointer); got.Label != want || got.Text == "" {
			t.Errorf("%s is %q: %.60s", pointer, got.Label, got.Text)
		}
	}
	for _, c := range d.Claims {
		if strings.Contains(c.Text, "base64") {
			t.Errorf("%s is shown as %.60s", c.Pointer, c.Text)
		}
	}
}

// TestManyToggles: whatever a person turns on and off, in whatever order, what is
// shown is what they turned on, what comes with it, and what always is.
func TestManyToggles(t *testing.T) {
	for _, name := range []string{"ecdsa-sd-2023", "vc+sd-jwt"} {
		t.Run(name, func(t *testing.T) {
			c := read(t, forms(t)[name])
			d := choose(t, c)
			random := rand.New(rand.NewPCG(1, 2))
			on := map[string]bool{} // by the pointer of a claim that can be shown by itself
			for range 60 {
				one := d.Claims[random.IntN(len(d.Claims))]
				if one.Fixed != "" {
					continue
				}
				d = choose(t, c, d.Toggle(one.Pointer)...)
				on[one.Pointer] = !one.Chosen
				for _, claim := range d.Claims {
					want, known := on[claim.Pointer]
					switch {
					case claim.Fixed != "" && (!claim.Shown || claim.Chosen):
						t.Fatalf("%s is always shown: %+v", claim.Pointer, claim)
					case claim.Chosen && !claim.Shown:
						t.Fatalf("%s was chosen and is not shown", claim.Pointer)
					case name == "ecdsa-sd-2023" && known && claim.Chosen != want: // tokens show some together
						t.Fatalf("%s: chosen is %v after %q, by %q", claim.Pointer, claim.Chosen, one.Pointer, d.Chosen)
					}
				}
				shown, _ := d.Count()
				if again, _ := choose(t, c, d.Chosen...).Count(); again != shown {
					t.Fatalf("the same choice shows %d and %d", shown, again)
				}
			}
		})
	}
}

// TestLabels: what members are called that nobody has thought of, and what is hostile
// in a name.
func TestLabels(t *testing.T) {
	claims := testissuer.Parse(`{"iss":"` + school.ID + `","vct":"https://school.example/t","hoursPerWeek":40,"hours_per_day":8,"\u001b[31mred":"x","":"empty",
		"addresses":[{"street":"Main"}],"class":["A"],"empty":{},"nothing":null,"0":{"1":"digits"},"when":"2026-06-01T00:00:00Z"}`)
	d := choose(t, read(t, []byte(school.IssueSD(t, claims, nil, proof.SDJWTOptions{Claims: true}))))
	for pointer, want := range map[string][2]string{
		"/hoursPerWeek":       {"Hours per week", "40"},
		"/hours_per_day":      {"Hours per day", "8"},
		"/addresses/0/street": {"Addresses › Address 1 › Street", "Main"},
		"/class/0":            {"Class › Class 1", "A"},
		"/empty":              {"Empty", "{}"},
		"/nothing":            {"Nothing", "nothing"},
		"/when":               {"When", "1 June 2026"},
		"/":                   {"", "empty"},
	} {
		if got := claim(t, d, pointer); got.Place != want[0] || got.Text != want[1] {
			t.Errorf("%s is %q, %q", pointer, got.Place, got.Text)
		}
	}
	for _, c := range d.Claims {
		if strings.ContainsAny(c.Place+c.Text, "\x1b\u202e") {
			t.Errorf("%q: %q", c.Place, c.Text)
		}
	}
	if d.Partial || d.Holder != "" || slices.Contains(d.Links, "your key") {
		t.Errorf("%+v", d.Links)
	}
}

package web

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"laurel/internal/strictjson"
)

const (
	level    = "/credentialSubject/result/1/value"
	exam     = "/credentialSubject/result/0/value"
	evidence = "/evidence"
)

func TestTreeOffersWhatCanBeChosen(t *testing.T) {
	s := opened(t)
	c, whole := s.hold("urn:sample:partial"), s.hold("urn:sample:valid")
	p := s.get("/present?card=" + c.ID + "&card=" + whole.ID)
	p.has(t, "Say what, and for whom", "What to show of “Spanish, Level B2”", "the rest stays home",
		"Always seen: says who vouches for it.", "Always seen: its issuer wants it shown.", "Always seen: says whose it is.",
		`name="show" value="`+c.ID+` `+level+`"`, "fields; its issuer signed it as a whole", "Always seen: the badge is shown whole or not at all.",
		"can tell that it is the same one by its signatures")
	p.lacks(t, `value="`+c.ID+` /issuer/id"`, `name="show" value="`+whole.ID, " checked")
	s.get("/present?card="+whole.ID).lacks(t, "Say what", "Show what would be sent")
}

// count is what the page says of how much would be shown.
func (p answered) count(t *testing.T) string {
	t.Helper()
	m := regexp.MustCompile(`<p class="count"[^>]*>([^<]*)</p>`).FindStringSubmatch(p.body)
	if m == nil {
		t.Fatal("the page says no count")
	}
	return m[1]
}

func TestTreeCountsBeforeAnythingIsMade(t *testing.T) {
	s := opened(t)
	c := s.hold("urn:sample:partial")
	none := s.get("/present?card=" + c.ID).count(t)
	one := s.post("/present", "card", c.ID, "show", c.ID+" "+level, "step", "count", "challenge", "n-0S6", "audience", "Acme")
	if one.path != "/present" || one.count(t) == none {
		t.Errorf("at %s: %q, and %q before", one.path, one.count(t), none)
	}
	one.has(t, `value="`+c.ID+` `+level+`" checked`, `value="n-0S6"`, `value="Acme"`)
	one.lacks(t, `value="`+c.ID+` `+exam+`" checked`, "More than most purposes need")

	all := s.post("/present", "card", c.ID, "show", c.ID+" "+level, "toggle", c.ID+" "+evidence)
	all.has(t, "More than most purposes need", "your work itself", "None of it", `value="`+c.ID+` `+level+`" checked`)
	back := s.post("/present", "card", c.ID, "show", c.ID+" "+level, "show", c.ID+" "+evidence, "toggle", c.ID+" "+evidence)
	if back.count(t) != one.count(t) {
		t.Errorf("turned on and off again: %q, want %q", back.count(t), one.count(t))
	}
	if got := s.receiptsKept(); len(got) != 0 {
		t.Errorf("%d receipts of counting", len(got))
	}
}

func TestTreeShowsWhatWasChosenAndNoMore(t *testing.T) {
	s := opened(t)
	c := s.hold("urn:sample:partial")
	p := s.present("card", c.ID, "challenge", "n-0S6", "domain", "jobs.example", "show", c.ID+" "+level)
	p.has(t, "the rest stays home", "Stays home: ", "Evidence", "SHA-256 of this badge as they get it")
	s.post(p.path)
	file := s.get(p.path + "/1")
	if !strings.Contains(file.body, `"B2"`) || strings.Contains(file.body, `"91"`) || strings.Contains(file.body, "mail.example") || strings.Contains(file.body, "Recorded in May") {
		t.Errorf("the file has %s", file.body)
	}
	kept := s.receiptsKept()
	sum := sha256.Sum256([]byte(file.body))
	if len(kept) != 1 || kept[0].SHA256 != hex.EncodeToString(sum[:]) || len(kept[0].Credentials[0].Chosen) != 1 {
		t.Fatalf("receipts %+v", kept)
	}
	// The digests on the page are those of what is in the file.
	doc, err := strictjson.Parse([]byte(file.body))
	if err != nil {
		t.Fatal(err)
	}
	inside := sha256.Sum256(doc.Get("verifiableCredential").Elems()[0].JSON())
	p.has(t, kept[0].SHA256, hex.EncodeToString(inside[:]))
	s.get("/receipts").has(t, kept[0].Credentials[0].Summary(), kept[0].SHA256)
}

func TestTreeRefuses(t *testing.T) {
	s := opened(t)
	c, whole := s.hold("urn:sample:partial"), s.hold("urn:sample:valid")
	tests := []struct {
		name, show, step string
		want             string
	}{
		{"nothing of that name", c.ID + " /credentialSubject/iban", "", "cannot be chosen"},
		{"no pointer", c.ID + " credentialSubject", "", "cannot be chosen"},
		{"a part of what is signed as a whole", whole.ID + " /name", "", "cannot be chosen"},
		{"nothing of that name, counted", c.ID + " /credentialSubject/iban", "count", "cannot be shown by itself"},
		{"no card", " /name", "", "This is what they will see"},
		{"no space", c.ID, "", "This is what they will see"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			pairs := []string{"card", c.ID, "card", whole.ID, "challenge", "n", "show", test.show}
			if test.step != "" {
				pairs = append(pairs, "step", test.step)
			}
			p := s.post("/present", pairs...)
			if p.code != http.StatusOK {
				t.Errorf("got %d", p.code)
			}
			p.has(t, test.want)
		})
	}
	if p := s.post("/present", "card", c.ID, "toggle", c.ID+" /credentialSubject/iban"); p.code != http.StatusOK {
		t.Errorf("a toggle of nothing: %d", p.code)
	}
	if p := s.post("/present", "card", c.ID, "show", whole.ID+" /name"); p.code != http.StatusOK || strings.Contains(p.body, "Welding") {
		t.Errorf("a choice of a card that is not shown: %d", p.code)
	}
}

// A hostile badge that can be chosen from is as inert as one that cannot.
func TestTreeIsInert(t *testing.T) {
	s := opened(t)
	c := s.hold("urn:sample:hostile")
	s.get("/present?card="+c.ID).lacks(t, inert...)
	p := planter{left: 3}
	d, err := s.wallet.Disclose(t.Context(), c.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	if tree := p.tree(&tile{Card: c}, d); len(tree.Nodes) == 0 || p.number > 3 {
		t.Errorf("%d nodes of at most 3", p.number)
	}
}

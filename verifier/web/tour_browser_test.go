package web

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"laurel/internal/sharelink"
	"laurel/internal/testissuer"
	"laurel/internal/ui/uitest"
	"laurel/verifier/request"
	"laurel/verifier/request/requesttest"
)

// Every page of a verifier, on a phone and at a desk, by day and by night, for its
// operator, who sees most; who adds a route adds a stop.
func TestTourInABrowser(t *testing.T) {
	browser := uitest.Open(t)
	const token = "0123456789abcdef0123456789abcdef"
	var config Config
	c := takesShares(t, func(given *Config) {
		given.Token, given.Samples, given.Shared = token, samples, sharelink.New("https://verifier.example").String()
		config = *given
	})
	s, err := newServer(config)
	if err != nil {
		t.Fatal(err)
	}
	s.mount(config)

	tab := browser.Visit(t, c.server.URL+"/login", uitest.Views()[0])
	tab.Do(t, chromedp.SetValue(chromedp.ID("token"), token))
	tab.Send(t, `form.sheet button[type=submit]`)

	asks := func(open bool) *request.Asked {
		t.Helper()
		asked, err := c.Desk.Ask(t.Context(), request.Ask{
			Purpose: "To see what you can do.", Open: open,
			ProofOf: request.Proofs{{Label: "Data analysis", Achievement: []string{requesttest.DataBadge}}, {Label: "First aid", Tag: "first aid", Optional: true}},
		}, "")
		if err != nil {
			t.Fatal(err)
		}
		return asked
	}
	if err := c.Desk.SaveTemplate(t.Context(), "spanish-b2", request.Ask{
		Title: "Spanish for our guests", Purpose: "To see who can guide them.", ProofOf: request.Proofs{{Tag: "Spanish", Grades: []string{"C1", "B2"}, Minimum: "B2"}},
	}); err != nil {
		t.Fatal(err)
	}
	if err := c.Desk.AddTrusted(t.Context(), request.Trusted{ID: requesttest.Eve.ID, Name: "Eve's School", Who: "Grace", Why: "I phoned them."}); err != nil {
		t.Fatal(err)
	}
	waiting, answered, poster := asks(false).Session, asks(false).Session, asks(true).Poster
	if err := c.Desk.Upload(t.Context(), answered.ID, [][]byte{rich(t)}); err != nil {
		t.Fatal(err)
	}
	link, _ := c.shares(c.adas())
	shared := link.String()[len(c.server.URL):]
	uitest.Tour{Routes: s.Router, Origin: c.server.URL, Stops: map[string]string{
		"verify": "/", "ask": "/ask", "trusted": "/trusted", "login": "/login",
		"asked": "/requests/" + waiting.ID, "object": "/requests/" + waiting.ID + "/object", "news": "/requests/" + answered.ID + "/events",
		"typed": "/c/" + waiting.Code, "poster": "/open/" + poster.ID, "placard": "/open/" + poster.ID + "/print",
		"waiting": "/results/" + waiting.Secret, "report": "/results/" + answered.Secret, "table": "/results/" + poster.Secret,
		"csv": "/results/" + poster.Secret + "/answers.csv", "file": "/results/" + answered.Secret + "/report.html", "result-news": "/results/" + answered.Secret + "/events",
		"share-state": "/shares/" + link.ID(), "shared": shared, "picture": shared + "/picture",
		"identity": "/identity", "healthz": "/healthz", "metrics": "/metrics", "style": "/static/none",
	}}.Take(t, browser)

	// the report has all that the badge says, and nothing of it was fetched
	tab.Do(t, chromedp.Navigate(c.server.URL+"/results/"+answered.Secret))
	says := uitest.Eval[string](t, tab, `document.querySelector(".card").textContent`)
	for _, part := range []string{
		"اللحام", "three fillet joints", "Mira attended 40 hours", "87", "Proficient", "MIG welding", "Weld metal parts", "S6.7.2",
		"Inspection protocol", "school.example/badges/welding-1", "Where others can sign up", "The School", "on your list of trusted issuers", "calls itself",
	} {
		if !strings.Contains(says, part) {
			t.Errorf("the badge's card lacks %q", part)
		}
	}
	if copied := uitest.Eval[bool](t, tab, `document.querySelector(".card img.picture").src.startsWith("data:image/")`); !copied {
		t.Error("the badge's picture is not a copy")
	}
}

// rich is a badge that says all that a badge can say, some of it at length, in three
// scripts.
func rich(t *testing.T) []byte {
	t.Helper()
	doc := requesttest.School.Badge(requesttest.Ada)
	for path, value := range map[string]string{
		"name":                        `"MIG/MAG Welding, Level 2 · اللحام · 溶接 🔥"`,
		"credentialSubject/narrative": `"Mira attended 40 hours in the workshop."`,
		"credentialSubject/result": `[{"type":["Result"],"resultDescription":"urn:uuid:9a3a2c7c-4f0e-4d0e-8d43-3f1b2f0f1001","value":"87"},
			{"type":["Result"],"resultDescription":"urn:uuid:9a3a2c7c-4f0e-4d0e-8d43-3f1b2f0f1002","value":"Proficient"}]`,
		"credentialSubject/achievement/name":            `"MIG/MAG Welding, Level 2 · اللحام · 溶接 🔥"`,
		"credentialSubject/achievement/achievementType": `"MicroCredential"`,
		"credentialSubject/achievement/description":     `"Welds joints. ` + strings.Repeat("Schweissfachmannsausbildungsordnung", 4) + `"`,
		"credentialSubject/achievement/image": `{"type":"Image","caption":"A hexagon","id":"data:image/svg+xml;base64,` + base64.StdEncoding.EncodeToString([]byte(
			`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 120"><path d="M60 4 108 30v60l-48 26L12 90V30Z" fill="#2c6e8f"/></svg>`)) + `"}`,
		"credentialSubject/achievement/criteria": `{"narrative":"Pass **both** parts:\n\n1. a paper on safety;\n2. three fillet joints."}`,
		"credentialSubject/achievement/tag":      `["MIG welding","` + strings.Repeat("x", 70) + `"]`,
		"credentialSubject/achievement/alignment": `[{"type":["Alignment"],"targetName":"Weld metal parts","targetFramework":"ESCO","targetCode":"S6.7.2",
			"targetUrl":"http://data.europa.eu/esco/skill/3ea8d8f1"}]`,
		"credentialSubject/achievement/resultDescription": `[{"id":"urn:uuid:9a3a2c7c-4f0e-4d0e-8d43-3f1b2f0f1001","type":["ResultDescription"],"name":"Written paper","resultType":"Percent"},
			{"id":"urn:uuid:9a3a2c7c-4f0e-4d0e-8d43-3f1b2f0f1002","type":["ResultDescription"],"name":"Practical part","resultType":"Result"}]`,
		"credentialSubject/achievement/related": `[{"id":"https://school.example/badges/welding-1","type":["Related"],"version":"2025.2"}]`,
		"evidence":                              `[{"id":"https://school.example/evidence/4711","type":["Evidence"],"name":"Inspection protocol","narrative":"Visual inspection of three joints."}]`,
	} {
		doc = testissuer.Set(doc, path, testissuer.Parse(value))
	}
	return requesttest.School.Sign(t, doc).JSON()
}

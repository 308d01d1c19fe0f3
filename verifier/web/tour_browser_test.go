package web

import (
	"testing"

	"github.com/chromedp/chromedp"

	"laurel/internal/sharelink"
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
	waiting, answered, poster := asks(false).Session, asks(false).Session, asks(true).Poster
	badge := requesttest.School.Sign(t, requesttest.School.Badge(requesttest.Ada)).JSON()
	if err := c.Desk.Upload(t.Context(), answered.ID, [][]byte{badge}); err != nil {
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
}

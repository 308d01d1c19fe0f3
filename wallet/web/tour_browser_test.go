package web

import (
	"testing"

	"github.com/chromedp/chromedp"

	"laurel/internal/ui/uitest"
)

// Every page of the wallet, on a phone and at a desk, by day and by night; who adds
// a route adds a stop.
func TestTourInABrowser(t *testing.T) {
	browser := uitest.Open(t)
	s := newSite(t)
	ids := map[string]string{}
	for _, id := range all() {
		ids[id] = s.hold(id).ID
	}
	link := s.takes(s.shares("MIG/MAG Welding, Level 2"))
	tab := come(t, browser, s)
	at := func(path, selector string, fill ...chromedp.Action[chromedp.Void]) string {
		t.Helper()
		tab.Do(t, chromedp.Navigate(s.url+path))
		tab.Do(t, fill...)
		tab.Send(t, selector)
		return uitest.Get(t, tab, chromedp.Location())[len(s.url):]
	}
	valid := ids["urn:sample:valid"]
	stops := map[string]string{
		"home": "/", "add": "/add", "present-none": "/present", "present": "/present?card=" + valid, "answer-link": "/answer",
		"receipts": "/receipts", "shares": "/shares", "identities": "/identities",
		"share-none": "/share", "share": "/share?card=" + valid, "shared": "/shares/" + link.ID,
		"card": "/cards/" + valid, "picture": "/cards/" + valid + "/picture", "file": "/cards/" + valid + "/file",
		"used": "/open?token=used", "healthz": "/healthz", "style": "/static/none",
		"found": at("/add", `form.sheet button`, chromedp.SetValue(chromedp.ID("document"), string(s.document("urn:sample:genuine")))),
		"preview": at("/present?card="+valid, `section.sheet > button`,
			chromedp.SetValue(chromedp.ID("challenge"), "n-0S6_WzA2Mj"), chromedp.SetValue(chromedp.ID("domain"), "jobs.example")),
		"offer":   at("/share?card="+valid, `#days ~ button`, chromedp.SetValue(chromedp.ID("verifier"), "https://verifier.example")),
		"consent": at("/answer", `form.sheet > button`, chromedp.SetValue(chromedp.ID("link"), s.signedLink(s.asks(oneLevel, nil)))),
	}
	tab.Do(t, chromedp.Navigate(s.url+stops["preview"]))
	tab.Send(t, `form.actions button`)
	stops["handed-over"], stops["to-hand-over"] = stops["preview"], stops["preview"]+"/1"
	delete(stops, "preview")
	uitest.Tour{Routes: s.routes(), Origin: s.url, Stops: stops}.Take(t, browser)
}

package web

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"laurel/internal/ui/uitest"
)

// all are the samples in a fixed order, and the old badge.
func all() []string { return append(slices.Sorted(maps.Keys(samples)), "old") }

func TestPagesInABrowser(t *testing.T) {
	browser := uitest.Open(t)
	empty, full := newSite(t), newSite(t)
	pages := map[string]string{}
	ids := map[string]string{}
	for _, id := range all() {
		ids[id] = full.hold(id).ID
		pages["card-"+strings.TrimPrefix(id, "urn:sample:")] = full.url + "/cards/" + ids[id]
	}
	for _, s := range []*site{empty, full} {
		come(t, browser, s)
	}
	chosen := "card=" + ids["urn:sample:valid"] + "&card=" + ids["urn:sample:ending"] + "&card=" + ids["urn:sample:bearer"] + "&card=" + ids["urn:sample:hostile"]
	for name, address := range map[string]string{
		"home": "/?" + chosen, "filtered": "/?skill=welding&card=" + ids["urn:sample:ending"], "nothing": "/?q=no+such+badge",
		"choose": "/present?" + chosen, "choose-none": "/present", "add": "/add", "identities": "/identities", "problem": "/cards/0123456789abcdef",
	} {
		pages[name] = full.url + address
	}
	pages["empty"], pages["no-receipts"] = empty.url+"/", empty.url+"/receipts"
	for _, view := range uitest.Views() {
		for _, name := range slices.Sorted(maps.Keys(pages)) {
			t.Run(view.Name+"/"+name, func(t *testing.T) {
				look(t, browser, pages[name], view, name)
			})
		}
	}
}

// come opens a wallet in the browser with its link.
func come(t *testing.T, browser *uitest.Browser, s *site) *uitest.Tab {
	t.Helper()
	tab := browser.Visit(t, s.Link(), uitest.Views()[0])
	if at := uitest.Get(t, tab, chromedp.Location()); at != s.url+"/" {
		t.Fatalf("the link led to %s", at)
	}
	return tab
}

// look checks a page as it comes and with everything unfolded.
func look(t *testing.T, browser *uitest.Browser, address string, view uitest.View, name string) {
	t.Helper()
	tab := browser.Visit(t, address, view)
	tab.Shoot(t, name)
	tab.Unfold(t)
	tab.Check(t, name+"-unfolded")
}

// A learner without JavaScript adds badges, keeps them, shows two of them,
// agrees, and finds the receipt.
func TestFlowInABrowser(t *testing.T) {
	browser := uitest.Open(t)
	s := newSite(t)
	s.hold("urn:sample:ending")
	dir := t.TempDir()
	var files []string
	for _, id := range []string{"urn:sample:valid", "urn:sample:revoked", "urn:sample:hostile", "urn:sample:ending"} {
		file := filepath.Join(dir, strings.TrimPrefix(id, "urn:sample:")+".json")
		if err := os.WriteFile(file, s.document(id), 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	tab := come(t, browser, s)
	tab.Scripts(t, false)
	at := func() string {
		t.Helper()
		return strings.TrimPrefix(uitest.Get(t, tab, chromedp.Location()), s.url)
	}
	both := func(name string) string {
		t.Helper()
		for _, view := range uitest.Views() {
			look(t, browser, s.url+at(), view, name)
		}
		return at()
	}

	tab.Do(t, chromedp.Navigate(s.url+"/add"), chromedp.SetUploadFiles(chromedp.ID("file"), files))
	send(t, tab, `form.sheet button`)
	both("found")
	send(t, tab, `.actions button`)
	if at() != "/" {
		t.Fatalf("keeping three badges led to %s", at())
	}
	tab.Do(t, chromedp.Navigate(s.url+"/add"), chromedp.SetValue(chromedp.ID("document"), string(s.document("urn:sample:genuine"))))
	send(t, tab, `form.sheet button`)
	both("found-one")
	send(t, tab, `.actions button`)
	if !strings.HasPrefix(at(), "/cards/") {
		t.Fatalf("keeping one badge led to %s", at())
	}

	tab.Do(t, chromedp.Navigate(s.url+"/?q=welding"), chromedp.Click(chromedp.CSS(`.certificates li:nth-child(1) .pick input`)))
	tab.Do(t, chromedp.SetValue(chromedp.ID("q"), "first"))
	send(t, tab, `.search button`) // a new search leaves the choice alone
	tab.Do(t, chromedp.Click(chromedp.CSS(`.certificates li:nth-child(1) .pick input`)))
	send(t, tab, `.tally button`)
	choice := at()
	send(t, tab, `form.sheet button`) // without a challenge there is a warning
	both("warned")
	tab.Do(t, chromedp.Navigate(s.url+choice), chromedp.SetValue(chromedp.ID("challenge"), "n-0S6_WzA2Mj"), chromedp.SetValue(chromedp.ID("domain"), "jobs.example"),
		chromedp.SetValue(chromedp.ID("audience"), "Acme, for the job in the workshop"))
	send(t, tab, `form.sheet button`)
	both("answer")
	send(t, tab, `form.actions button`)
	if got := uitest.Get(t, tab, chromedp.Text(chromedp.CSS("h1"))); got != "Ready to hand over" {
		t.Errorf("after agreeing: %q", got)
	}
	both("agreed")
	tab.Do(t, chromedp.Navigate(s.url+"/receipts"))
	both("receipts")

	tab.Do(t, chromedp.Navigate(s.url+"/"))
	send(t, tab, `.leave button`)
	tab.Scripts(t, true)
	tab.Check(t, "locked")
	tab.Do(t, chromedp.Navigate(s.url+"/"))
	tab.Check(t, "refused")
	if got := uitest.Get(t, tab, chromedp.Text(chromedp.CSS("h1"))); got != "Unauthorized" {
		t.Errorf("after locking: %q", got)
	}
}

// send presses a button and waits for the page that it leads to.
func send(t *testing.T, tab *uitest.Tab, button string) {
	t.Helper()
	uitest.Get(t, tab, chromedp.WaitEvent(page.LoadEventFired, nil, chromedp.Click(chromedp.CSS(button))))
}

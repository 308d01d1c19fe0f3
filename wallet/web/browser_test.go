package web

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

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
		"choose": "/present?" + chosen, "choose-part": "/present?card=" + ids["urn:sample:partial"] + "&card=" + ids["urn:sample:valid"], "choose-none": "/present", "add": "/add", "identities": "/identities", "problem": "/cards/0123456789abcdef",
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
	tab.Send(t, `form.sheet button`)
	both("found")
	tab.Send(t, `.actions button`)
	if at() != "/" {
		t.Fatalf("keeping three badges led to %s", at())
	}
	tab.Do(t, chromedp.Navigate(s.url+"/add"), chromedp.SetValue(chromedp.ID("document"), string(s.document("urn:sample:genuine"))))
	tab.Send(t, `form.sheet button`)
	both("found-one")
	tab.Send(t, `.actions button`)
	if !strings.HasPrefix(at(), "/cards/") {
		t.Fatalf("keeping one badge led to %s", at())
	}

	tab.Do(t, chromedp.Navigate(s.url+"/?q=welding"), chromedp.Click(chromedp.CSS(`.certificates li:nth-child(1) .pick input`)))
	tab.Do(t, chromedp.SetValue(chromedp.ID("q"), "first"))
	tab.Send(t, `.search button`) // a new search leaves the choice alone
	tab.Do(t, chromedp.Click(chromedp.CSS(`.certificates li:nth-child(1) .pick input`)))
	tab.Send(t, `.tally button`)
	choice := at()
	tab.Send(t, `section.sheet > button`) // without a challenge there is a warning
	both("warned")
	tab.Do(t, chromedp.Navigate(s.url+choice), chromedp.SetValue(chromedp.ID("challenge"), "n-0S6_WzA2Mj"), chromedp.SetValue(chromedp.ID("domain"), "jobs.example"),
		chromedp.SetValue(chromedp.ID("audience"), "Acme, for the job in the workshop"))
	tab.Send(t, `section.sheet > button`)
	both("answer")
	tab.Send(t, `form.actions button`)
	if got := uitest.Get(t, tab, chromedp.Text(chromedp.CSS("h1"))); got != "Ready to hand over" {
		t.Errorf("after agreeing: %q", got)
	}
	both("agreed")
	tab.Do(t, chromedp.Navigate(s.url+"/receipts"))
	both("receipts")

	tab.Do(t, chromedp.Navigate(s.url+"/"))
	tab.Send(t, `.leave button`)
	tab.Scripts(t, true)
	tab.Check(t, "locked")
	tab.Do(t, chromedp.Navigate(s.url+"/"))
	tab.Check(t, "refused")
	if got := uitest.Get(t, tab, chromedp.Text(chromedp.CSS("h1"))); got != "You have to be let in first" {
		t.Errorf("after locking: %q", got)
	}
}

// A learner shows a part of a badge with nothing but the keyboard, and without
// JavaScript: Tab to each control, Space to tick, Enter to press.
func TestChoosingByKeyboard(t *testing.T) {
	browser := uitest.Open(t)
	s := newSite(t)
	c := s.hold("urn:sample:partial")
	tab := come(t, browser, s)
	tab.Scripts(t, false)
	count := func() string {
		t.Helper()
		return uitest.Get(t, tab, chromedp.Text(chromedp.CSS(".count")))
	}
	tab.Do(t, chromedp.Navigate(s.url+"/present?card="+c.ID))
	before := count()
	value := c.ID + " /credentialSubject/result/1/value"
	for range 2 { // the results, and the second of them
		tab.TabTo(t, `.branch:not([open]):has(input[value="`+value+`"]) > summary`)
		tab.Press(t, kb.Enter)
	}
	tab.TabTo(t, `input[value="`+value+`"]`)
	tab.Press(t, " ")
	tab.TabTo(t, `button[name="step"]`)
	tab.PressOn(t, kb.Enter)
	if after := count(); after == before || !strings.HasSuffix(after, "the rest stays home") {
		t.Errorf("before %q, after %q", before, after)
	}
	tab.TabTo(t, `button[value="`+c.ID+` /evidence"]`)
	tab.PressOn(t, kb.Enter)
	for _, view := range uitest.Views() {
		tab.Scripts(t, true)
		tab.Check(t, "chosen-"+view.Name)
		tab.Scripts(t, false)
	}
	tab.TabTo(t, `#challenge`)
	tab.Press(t, "n-0S6")
	tab.PressOn(t, kb.Enter) // as people do; the default of the form is to go on
	if got := uitest.Get(t, tab, chromedp.Text(chromedp.CSS("h1"))); got != "This is what they will see" {
		t.Fatalf("Enter led to %q", got)
	}
	for _, view := range uitest.Views() {
		look(t, browser, uitest.Get(t, tab, chromedp.Location()), view, "answer-part")
	}
	tab.TabTo(t, `form.actions button`)
	tab.PressOn(t, kb.Enter)
	kept := s.receiptsKept()
	if len(kept) != 1 || kept[0].Credentials[0].Fields >= kept[0].Credentials[0].Of || len(kept[0].Credentials[0].Chosen) == 0 {
		t.Errorf("receipts %+v", kept)
	}
}

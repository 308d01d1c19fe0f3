package demo

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"laurel/internal/ui/uitest"
)

// The whole way of a link, without JavaScript and with real servers: a learner shares
// from a card, a stranger opens it, the learner sees that and takes it back.
func TestShareInABrowser(t *testing.T) {
	s, wallet := upAndRunning(t)
	browser := uitest.Open(t)
	view := uitest.Views()[0]
	learner := browser.Visit(t, wallet, view)
	learner.Scripts(t, false)
	says := func(tab *uitest.Tab, want string) {
		t.Helper()
		if got := uitest.Get(t, tab, chromedp.Text(chromedp.CSS("main"))); !strings.Contains(got, want) {
			t.Errorf("%s says not %q but %q", uitest.Get(t, tab, chromedp.Location()), want, got)
		}
	}
	learner.Do(t, chromedp.Navigate(s.walletURL+"/?q=German"))
	learner.Send(t, `.certificate h2 a`)
	learner.Send(t, `a[href^="/share?card="]`)
	learner.Do(t, chromedp.SetValue(chromedp.ID("verifier"), s.employerURL), chromedp.SetValue(chromedp.ID("days"), "7"))
	learner.Send(t, `#days ~ button`)
	says(learner, "This is what the link will show")
	learner.Send(t, `form.actions button`)
	says(learner, "Nobody has opened it yet.")
	made := uitest.Get(t, learner, chromedp.Location())
	link := uitest.Get(t, learner, chromedp.AttributeValue(chromedp.CSS(".scan a.code"), "href")).Value

	stranger := browser.Visit(t, link, view)
	stranger.Check(t, "shared-for-real")
	says(stranger, "German B2")
	says(stranger, "Valid. Issued by "+schoolName)

	learner.Do(t, chromedp.Navigate(s.walletURL+"/shares"))
	says(learner, "Opened once, the last time on")
	learner.Do(t, chromedp.Navigate(made))
	learner.Send(t, `form[action^="/shares/"] button`)
	says(learner, "Taken back on")
	stranger.Do(t, chromedp.Navigate(link))
	says(stranger, "Its owner has taken it back.")
}

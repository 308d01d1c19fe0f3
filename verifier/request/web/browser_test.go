package web

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/internal/ui/uitest"
)

// logsIn opens a page of the operator.
func logsIn(t *testing.T, browser *uitest.Browser, c *counter, view uitest.View) *uitest.Tab {
	t.Helper()
	tab := browser.Visit(t, c.server.URL+"/login", view)
	tab.Do(t, chromedp.SetValue(chromedp.ID("token"), operatorToken))
	tab.Send(t, `form.sheet button[type=submit]`)
	return tab
}

// shows waits until the page, loading again by itself, has an element with the words.
func shows(t *testing.T, tab *uitest.Tab, selector, words string) {
	t.Helper()
	tab.Await(t, `document.readyState === "complete" && document.querySelector("`+selector+`")?.textContent.includes("`+words+`")`)
}

// The whole flow as people see it: the employer fills in the page and shows the
// code, the learner's page offers four ways on, a wallet answers, and both pages
// turn by themselves.
func TestCounterInABrowser(t *testing.T) {
	browser := uitest.Open(t)
	for _, view := range uitest.Views() {
		t.Run(view.Name, func(t *testing.T) {
			c := opened(t, nil)
			browser.Visit(t, c.server.URL+"/login", view).Check(t, "login")
			tab := logsIn(t, browser, c, view)
			tab.Check(t, "ask")
			tab.Unfold(t)
			tab.Check(t, "ask-unfolded")
			tab.Do(t, chromedp.SetValue(chromedp.ID("tag"), "welding"), chromedp.SetValue(chromedp.ID("minimum"), "good"))
			tab.Send(t, `form.sheet .actions button`)
			tab.Check(t, "ask-wrong")
			if at := uitest.Eval[string](t, tab, `document.activeElement.id`); at != "minimum" {
				t.Errorf("the field to be corrected is minimum, and the focus is on %q", at)
			}
			tab.Do(t, chromedp.Navigate(c.server.URL+"/ask"))
			tab.Do(t, chromedp.SetValue(chromedp.ID("label"), "Data analysis"), chromedp.SetValue(chromedp.ID("achievement"), dataBadge),
				chromedp.SetValue(chromedp.ID("purpose"), "To see whether you can take over our monthly figures."))
			tab.Send(t, `form.sheet .actions button`)
			tab.Check(t, "result-waiting")

			link := uitest.Eval[string](t, tab, `document.querySelector(".scan a.code").href`)
			learner := browser.Visit(t, link, view)
			learner.Check(t, "interaction")
			learner.Unfold(t)
			learner.Check(t, "interaction-unfolded")

			r := c.fetch(uitest.Eval[string](t, learner, `document.querySelector(".ways a[role=button]").href`))
			shows(t, tab, ".status", "has opened")
			shows(t, tab, "#news[role=status]", "has opened") // and is read out
			if title := uitest.Eval[string](t, tab, `document.title`); !strings.HasPrefix(title, "Opened: ") {
				t.Errorf("among other windows it is called %q", title)
			}
			tab.Check(t, "result-opened")
			if got := c.answer(r, c.present(r)); got.Status != 200 {
				t.Fatalf("%d %s", got.Status, got.Body)
			}
			shows(t, tab, "h1", "Valid")
			shows(t, learner, "h1", "Thank you")
			for _, turned := range []*uitest.Tab{tab, learner} {
				if at := uitest.Eval[string](t, turned, `document.activeElement.tagName`); at != "H1" {
					t.Errorf("the page turned, and the focus is on %s", at)
				}
			}
			learner.Check(t, "interaction-answered")
			tab.Check(t, "result-answered")
			tab.Unfold(t)
			tab.Check(t, "result-answered-unfolded")
		})
	}
}

// Endings other than a good one, each looked at.
func TestEndingsInABrowser(t *testing.T) {
	browser := uitest.Open(t)
	c := opened(t, nil)
	declined, late, stranger, partly := c.asksFor(simple), c.asksFor(strings.TrimSuffix(simple, "}")+`,"expires_in":5}`), c.asksFor(simple), c.asksFor(
		`{"proofOf":[{"label":"Data analysis","achievement":["`+dataBadge+`"]},{"label":"First aid","tag":"first aid","optional":true},{"label":"Welding, level 2","tag":"welding","grades":["A","B","C"],"minimum":"B"}]}`)
	r := c.fetch(declined.URI)
	c.do("POST", r.ResponseURI, string(r.Refusal("access_denied", "")), "Content-Type", formType)
	r = c.fetch(stranger.URI)
	badge := eve.Sign(t, testissuer.Set(eve.Badge(ada), "issuer/url", strictjson.String("https://eve.example")))
	c.answer(r, ada.Answer(t, ada.Present(badge), r.Nonce, r.ClientID))
	r = c.fetch(partly.URI)
	c.answer(r, c.present(r))
	c.Pass(6 * time.Second)
	pages := map[string]string{
		"result-declined": declined.Result, "result-expired": late.Result, "result-stranger": stranger.Result, "result-partly": partly.Result,
		"interaction-declined": declined.Page, "interaction-expired": late.Page, "trusted": "/trusted",
	}
	poster := c.asksFor(strings.TrimSuffix(simple, "}") + `,"open":true}`)
	pages["poster"], pages["placard"], pages["table-empty"] = poster.Page, poster.Page+"/print", poster.Result
	for _, view := range uitest.Views() {
		t.Run(view.Name, func(t *testing.T) {
			tab := logsIn(t, browser, c, view)
			for name, address := range pages {
				if !strings.HasPrefix(address, "http") {
					address = c.server.URL + address
				}
				tab.Do(t, chromedp.Navigate(address))
				tab.Unfold(t)
				tab.Check(t, name)
			}
		})
	}
}

// An open request from the poster to the table, by people with JavaScript off.
func TestPosterInABrowser(t *testing.T) {
	browser := uitest.Open(t)
	c := opened(t, nil)
	view := uitest.Views()[0]
	poster := c.asksFor(`{"title":"First-aid helpers for the summer fair","proofOf":[{"label":"Data analysis","achievement":["` + dataBadge + `"]},{"label":"First aid","tag":"first aid","optional":true}],"open":true,"retention":14,"purpose":"To see who may look after the first-aid box."}`)
	for _, who := range []*testissuer.Party{ada, eve} {
		c.Pass(time.Second)
		tab := browser.Visit(t, poster.Page, view)
		tab.Scripts(t, false)
		tab.Do(t, chromedp.Navigate(poster.Page), chromedp.SetValue(chromedp.ID("label"), strings.ToUpper(who.Name[:1])+who.Name[1:]+" Okafor"))
		tab.Send(t, `form .actions button`)
		r := c.fetch(uitest.Get(t, tab, chromedp.AttributeValue(chromedp.CSS(".ways a[role=button]"), "href")).Value)
		c.answer(r, who.Answer(t, who.Present(issuing.Sign(t, issuing.Badge(ada))), r.Nonce, r.ClientID))
		tab.Do(t, chromedp.Navigate(poster.Result))
		tab.Send(t, `tbody tr:last-child th a`)
		if got, want := tab.Heading(t), map[string]string{"ada": "Valid.", "eve": "somebody other"}[who.Name]; !strings.Contains(got, want) {
			t.Errorf("the report without scripts, about %s: %q", who.Name, got)
		}
	}
	for _, view := range uitest.Views() {
		tab := browser.Visit(t, poster.Result, view)
		tab.Check(t, "table")
		names := uitest.Eval[string](t, tab, `[...document.querySelectorAll("tbody th a")].map(a => a.textContent).join()`)
		if all := strings.Split(names, ","); !slices.Contains(all, "Ada Okafor") || !slices.Contains(all, "Eve Okafor") {
			t.Errorf("%s: in the table: %s", view.Name, names)
		}
	}
}

// An employer without a mouse and without JavaScript: logs in, skips to the content,
// asks, reads the answer of a stranger's badge, and puts the stranger on the list.
func TestCounterByKeyboard(t *testing.T) {
	browser := uitest.Open(t)
	c := opened(t, nil)
	tab := browser.Visit(t, c.server.URL+"/login", uitest.Views()[0])
	tab.Scripts(t, false)
	tab.Do(t, chromedp.Navigate(c.server.URL+"/login"))
	typed := func(selector, text string) {
		t.Helper()
		tab.TabTo(t, selector)
		tab.Press(t, text)
	}
	typed("#token", operatorToken)
	tab.PressOn(t, kb.Enter)
	tab.TabTo(t, ".skip")
	tab.Press(t, kb.Enter)
	tab.Press(t, kb.Tab)
	tab.Press(t, "Data analysis") // in the first field of the content
	typed("#achievement", dataBadge)
	typed(`[name="require_trusted"]`, " ")
	tab.TabTo(t, `form.sheet .actions button`)
	tab.PressOn(t, kb.Enter)
	tab.AwaitHeading(t, "Data analysis")
	asked := c.page(uitest.Get(t, tab, chromedp.Location())).Body // the one in the tab loads itself again
	_, link, _ := strings.Cut(asked, `<a class="code" href="`)
	link, _, _ = strings.Cut(link, `"`)
	learner := browser.Visit(t, link, uitest.Views()[0])
	r := c.fetch(uitest.Get(t, learner, chromedp.AttributeValue(chromedp.CSS(".ways a[role=button]"), "href")).Value)
	c.answer(r, ada.Answer(t, ada.Present(eve.Sign(t, eve.Badge(ada))), r.Nonce, r.ClientID))
	tab.Do(t, chromedp.Reload())
	typed(`.next summary`, kb.Enter)
	typed(`[name="name"]`, "Eve's School")
	typed(`[name="who"]`, "Grace")
	typed(`[name="why"]`, "I phoned them.")
	tab.TabTo(t, `.next details button`)
	tab.PressOn(t, kb.Enter)
	if got := tab.Heading(t); !strings.HasPrefix(got, "Valid. Issued by Eve's School") {
		t.Errorf("after adding the issuer to the list: %q", got)
	}
}

// A browser that has no streams of events asks again and again, and the page turns
// all the same.
func TestPollingInABrowser(t *testing.T) {
	browser := uitest.Open(t)
	c := opened(t, nil)
	a := c.asksFor(simple)
	tab := browser.Visit(t, c.server.URL+"/login", uitest.Views()[0])
	tab.Do(t, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: `delete window.EventSource`})
		return err
	}), chromedp.Navigate(a.Result))
	if uitest.Eval[bool](t, tab, `"EventSource" in window`) {
		t.Fatal("there are streams")
	}
	r := c.fetch(a.URI)
	shows(t, tab, "#news", "has opened")
	c.answer(r, c.present(r))
	shows(t, tab, "h1", "Valid")
}

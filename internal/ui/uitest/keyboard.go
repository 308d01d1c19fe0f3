package uitest

import (
	"strconv"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// farthest is how often somebody presses Tab before they give up on a page.
const farthest = 120

// TabTo presses Tab until the element has the focus, as somebody without a mouse
// does, and fails the test if Tab never comes there.
func (tab *Tab) TabTo(t *testing.T, selector string) {
	t.Helper()
	for range farthest {
		tab.Press(t, kb.Tab)
		if tab.focused(t, selector) {
			return
		}
	}
	t.Fatalf("Tab never comes to %s", selector)
}

// focused looks where the focus is, for which scripts are on for a moment.
func (tab *Tab) focused(t *testing.T, selector string) bool {
	t.Helper()
	if tab.bare {
		tab.Scripts(t, true)
		defer tab.Scripts(t, false)
	}
	return Eval[bool](t, tab, `document.activeElement.matches(`+strconv.Quote(selector)+`)`)
}

// Press types on the keyboard: text, or keys of the package kb.
func (tab *Tab) Press(t *testing.T, keys string) {
	t.Helper()
	tab.Do(t, chromedp.KeyEvent(keys))
}

// PressOn types on the keyboard and waits for the page that this leads to.
func (tab *Tab) PressOn(t *testing.T, keys string) {
	t.Helper()
	Get(t, tab, chromedp.WaitEvent(page.LoadEventFired, nil, chromedp.KeyEvent(keys)))
}

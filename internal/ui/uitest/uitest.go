// Package uitest lets the page tests of every actor look at their pages in a
// real browser: Chromium without a window, and axe-core for accessibility.
//
//	func TestPages(t *testing.T) {
//		browser := uitest.Open(t) // skips, and says so, when there is no Chromium
//		server := httptest.NewServer(handler)
//		defer server.Close()
//		for _, view := range uitest.Views() {
//			tab := browser.Visit(t, server.URL+"/", view)
//			tab.Check(t, "home") // nothing too wide, nothing fetched elsewhere, axe finds nothing
//		}
//	}
//
// With LAUREL_TEST_REQUIRE=browser a missing tool fails the test instead of
// skipping it. With LAUREL_SCREENSHOTS=DIR every page that is checked is also
// written there as a picture.
package uitest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience is how long one step in the browser may take on a busy machine.
const patience = 60 * time.Second

// View is what a page is looked at with.
type View struct {
	Name  string
	Width int64 // CSS pixels
	Dark  bool
	Print bool // as on paper
}

// Views are a phone by day and a desk by night, which together show every rule
// of the style sheets; while pictures are taken, also the other two, and paper.
func Views() []View {
	views := []View{
		{Name: "phone", Width: 390},
		{Name: "desk-dark", Width: 1280, Dark: true},
	}
	if os.Getenv("LAUREL_SCREENSHOTS") != "" {
		views = append(views, View{Name: "phone-dark", Width: 390, Dark: true}, View{Name: "desk", Width: 1280},
			View{Name: "paper", Width: 794, Print: true})
	}
	return views
}

// Everywhere are a phone and a desk, each by day and by night.
func Everywhere() []View {
	return []View{
		{Name: "phone", Width: 390}, {Name: "phone-dark", Width: 390, Dark: true},
		{Name: "desk", Width: 1280}, {Name: "desk-dark", Width: 1280, Dark: true},
	}
}

// Browser is a running Chromium, ended with the test that opened it.
type Browser struct {
	ctx context.Context
	axe string // the source of axe-core
}

// Open starts Chromium with an empty profile. Without Chromium or axe-core the
// test is skipped with a message, or failed if LAUREL_TEST_REQUIRE names
// browser.
func Open(t *testing.T) *Browser {
	t.Helper()
	chromium, axe := findChromium(), findAxe()
	if chromium == "" {
		missing(t, "Chromium (apt-get install chromium, or set LAUREL_CHROMIUM)")
	}
	if axe == "" {
		missing(t, "axe-core (npm ci --prefix internal/ui/axe)")
	}
	source, err := os.ReadFile(axe)
	if err != nil {
		t.Fatal(err)
	}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(chromium),
		chromedp.UserDataDir(t.TempDir()),
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true),
		chromedp.WSURLReadTimeout(patience),
	)
	allocated, cancelAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocated)
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // waits for the process, so that its folder can go
		cancel()
		cancelAllocator()
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("starting %s: %v", chromium, err)
	}
	return &Browser{ctx: ctx, axe: string(source)}
}

func missing(t *testing.T, what string) {
	t.Helper()
	if slices.Contains(strings.Split(os.Getenv("LAUREL_TEST_REQUIRE"), ","), "browser") {
		t.Fatalf("needs %s", what)
	}
	t.Skipf("pages not looked at: needs %s", what)
}

func findChromium() string {
	for _, name := range []string{os.Getenv("LAUREL_CHROMIUM"), "chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return path
		}
	}
	return ""
}

// findAxe looks in the folder of the repository that holds its lock file.
func findAxe() string {
	dir, err := os.Getwd()
	for err == nil {
		file := filepath.Join(dir, "internal", "ui", "axe", "node_modules", "axe-core", "axe.min.js")
		if _, e := os.Stat(file); e == nil {
			return file
		}
		if parent := filepath.Dir(dir); parent != dir {
			dir = parent
			continue
		}
		err = errors.New("not found")
	}
	return ""
}

// Tab is one page, open.
type Tab struct {
	view   View
	origin string
	axe    string
	ctx    context.Context
	bare   bool // scripts are off

	mu        sync.Mutex
	requested []string
	messages  []string
	answered  []*network.Response // to what the tab itself was sent to
}

// Visit opens an address in a tab of its own and waits for the page to load.
// The page's Content-Security-Policy holds; only axe-core gets past it.
func (b *Browser) Visit(t *testing.T, address string, view View) *Tab {
	t.Helper()
	tab := b.tab(t, view)
	if u, err := url.Parse(address); err == nil {
		tab.origin = u.Scheme + "://" + u.Host
	}
	tab.Do(t, chromedp.Navigate(address))
	return tab
}

func (b *Browser) tab(t *testing.T, view View) *Tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx)
	t.Cleanup(cancel)
	tab := &Tab{view: view, axe: b.axe, ctx: ctx}
	if err := chromedp.Do(ctx); err != nil { // opens the tab, which outlives this call
		t.Fatal(err)
	}
	if err := chromedp.Listen(ctx, tab.listen); err != nil {
		t.Fatal(err)
	}
	tab.Do(t, command(network.Enable, network.EnableParams{}), command(runtime.Enable, cdp.Empty{}))
	tab.Turn(t, view)
	return tab
}

// Turn shows the page as it is under another view, without loading it again.
func (tab *Tab) Turn(t *testing.T, view View) {
	t.Helper()
	tab.view = view
	scheme, media := "light", ""
	if view.Dark {
		scheme = "dark"
	}
	if view.Print {
		media = "print"
	}
	tab.Do(t,
		command(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
			Width: view.Width, Height: 900, DeviceScaleFactor: 1, Mobile: view.Width < 600,
		}),
		command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: media, Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme},
			{Name: "prefers-reduced-motion", Value: "reduce"},
		}}))
}

// command makes a step of a command of the browser's protocol.
func command[P, R any](c cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, c, params)
		return err
	})
}

func (tab *Tab) listen(event any) {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		tab.requested = append(tab.requested, e.Request.URL)
	case *network.EventResponseReceived:
		tab.documents(e)
	case *runtime.EventExceptionThrown:
		tab.messages = append(tab.messages, e.ExceptionDetails.Text)
	case *page.EventJavascriptDialogOpening:
		tab.messages = append(tab.messages, "a dialog opened: "+e.Message)
	}
}

// Do runs steps in the tab and fails the test if one does not end well.
func (tab *Tab) Do(t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	Get(t, tab, chromedp.Steps(steps...))
}

// Get runs a step that gives a value, such as chromedp.Title().
func Get[T any](t *testing.T, tab *Tab, step chromedp.Action[T]) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, step)
	if err != nil {
		t.Fatalf("%s: %v", tab.view.Name, err)
	}
	return value
}

// Eval evaluates an expression in the page, whatever the page's policy says,
// and gives its value, or that of the promise that it is.
func Eval[T any](t *testing.T, tab *Tab, expression string) T {
	t.Helper()
	return Get(t, tab, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// Await evaluates an expression again and again until it is true, also while the
// page is being loaded again.
func (tab *Tab) Await(t *testing.T, expression string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	for ctx.Err() == nil {
		if ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](expression)); err == nil && ok {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("%s: never true: %s", tab.view.Name, expression)
}

// Check looks at the page as a person and as a machine would: nothing is wider
// than the window, nothing was fetched from elsewhere, no script ran, there is one
// headline, short if it is a verdict, and a way past the frame, whatever has the focus shows it, and axe-core
// finds nothing to complain about (WCAG 2.2 AA and good practice). The name is that
// of the picture.
func (tab *Tab) Check(t *testing.T, name string) {
	t.Helper()
	tab.Shoot(t, name)
	name += "-" + tab.view.Name
	if width := Eval[int64](t, tab, `document.documentElement.scrollWidth`); width > tab.view.Width {
		t.Errorf("%s: %d pixels wide in a window of %d", name, width, tab.view.Width)
	}
	for _, address := range tab.Requested() {
		if !strings.HasPrefix(address, tab.origin+"/") && !strings.HasPrefix(address, "data:") {
			t.Errorf("%s: fetched %s", name, address)
		}
	}
	tab.mu.Lock()
	for _, m := range tab.messages {
		t.Errorf("%s: %s", name, m)
	}
	tab.mu.Unlock()
	if !tab.view.Print { // on paper nobody goes anywhere
		for _, m := range Eval[[]string](t, tab, manners) {
			t.Errorf("%s: %s", name, m)
		}
	}
	for _, v := range tab.audit(t) {
		t.Errorf("%s: %s", name, v)
	}
}

// manners is an expression that lists what is wrong with a page for those who have
// no mouse or do not see it, and what axe-core does not ask.
const manners = `(() => {
	const wrong = [];
	const h1 = document.querySelectorAll("h1").length;
	if (h1 !== 1) wrong.push(h1 + " headlines (h1)");
	const verdict = document.querySelector(".verdict h1")?.textContent ?? "";
	if (verdict.split(/\s+/).length > 20 || /did:|[{}]/.test(verdict)) wrong.push("a headline that nobody takes in at a glance: " + verdict);
	if (!document.title.replace("· Laurel", "").trim()) wrong.push("a window without a title");
	const able = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")]
		.filter(e => !e.disabled && e.tabIndex >= 0 && e.checkVisibility());
	if (able[0]?.getAttribute("href") !== "#main" || !document.querySelector("main#main")) wrong.push("the first thing to come to is not the way to the content");
	const before = document.activeElement;
	for (const e of able) {
		e.focus({preventScroll: true});
		if (!e.matches(":focus-visible")) continue;
		const s = getComputedStyle(e);
		if ((s.outlineStyle === "none" || parseFloat(s.outlineWidth) < 2) && s.boxShadow === "none") wrong.push("the focus does not show: " + e.outerHTML.slice(0, 120));
	}
	before === document.body ? document.activeElement.blur() : before.focus({preventScroll: true});
	return wrong;
})()`

// Unfold opens every <details> of the page.
func (tab *Tab) Unfold(t *testing.T) {
	t.Helper()
	tab.Do(t, chromedp.Evaluate[chromedp.Void](`document.querySelectorAll("details").forEach(d => d.open = true)`))
}

// Scripts turns JavaScript on or off for the pages of the tab. Careful people
// have it off; Check needs it, because axe-core is written in it.
func (tab *Tab) Scripts(t *testing.T, on bool) {
	t.Helper()
	tab.bare = !on
	tab.Do(t, command(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on}))
}

// Send presses a button and waits for the page that it leads to.
func (tab *Tab) Send(t *testing.T, button string) {
	t.Helper()
	Get(t, tab, chromedp.WaitEvent(page.LoadEventFired, nil, chromedp.Click(chromedp.CSS(button))))
}

// Heading is the text of the page's h1.
func (tab *Tab) Heading(t *testing.T) string {
	t.Helper()
	return Get(t, tab, chromedp.Text(chromedp.CSS("h1")))
}

// AwaitHeading waits until the page's h1 begins with the words, also while the page
// loads itself again and with scripts off.
func (tab *Tab) AwaitHeading(t *testing.T, words string) {
	t.Helper()
	last := ""
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(tab.ctx, patience/10)
		text, err := chromedp.Run(ctx, chromedp.Text(chromedp.CSS("h1")))
		cancel()
		if err == nil && strings.HasPrefix(text, words) {
			return
		}
		if err == nil { // else the page was just being exchanged
			last = text
		}
	}
	t.Fatalf("%s: the page still says %q", tab.view.Name, last)
}

// Requested lists every address that the page asked for so far.
func (tab *Tab) Requested() []string {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	return slices.Clone(tab.requested)
}

// violation is the part of an axe result that says what is wrong and where.
type violation struct {
	ID     string
	Impact string
	Help   string
	Nodes  []struct {
		HTML           string
		FailureSummary string
	}
}

func (v violation) String() string {
	text := fmt.Sprintf("%s (%s): %s", v.ID, v.Impact, v.Help)
	for _, n := range v.Nodes[:min(3, len(v.Nodes))] {
		text += "\n\t" + n.HTML + "\n\t" + n.FailureSummary
	}
	return text
}

func (tab *Tab) audit(t *testing.T) []violation {
	t.Helper()
	if !Eval[bool](t, tab, `typeof axe === "object"`) { // it is large, and stays with the page
		tab.Do(t, chromedp.Evaluate[chromedp.Void](tab.axe))
	}
	text := Eval[string](t, tab, `axe.run(document, {resultTypes: ["violations"], rules: {"target-size": {enabled: true}}}).then(r => JSON.stringify(r.violations))`)
	var found []violation
	if err := json.Unmarshal([]byte(text), &found); err != nil {
		t.Fatalf("axe-core answered %.100q: %v", text, err)
	}
	return found
}

// Shoot writes a picture of the whole page to the folder LAUREL_SCREENSHOTS,
// and does nothing when that is not set.
func (tab *Tab) Shoot(t *testing.T, name string) {
	t.Helper()
	dir := os.Getenv("LAUREL_SCREENSHOTS")
	if dir == "" {
		return
	}
	picture := Get(t, tab, chromedp.FullScreenshot(100))
	if err := os.WriteFile(filepath.Join(dir, name+"-"+tab.view.Name+".png"), picture, 0o600); err != nil {
		t.Fatal(err)
	}
}

package uitest

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/gorilla/mux"
)

// Tour is a walk through a house with no room left out: every address that its
// router answers GET requests at, or the tour fails.
type Tour struct {
	Routes *mux.Router
	Origin string            // of the server of these routes: "http://127.0.0.1:8080"
	Stops  map[string]string // addresses below the origin to look at, by the name of the picture
}

// Take goes to every stop in one tab and holds what answers as a page to Check, on a
// phone and at a desk, by day and by night. Then it names the routes that no stop
// belongs to: who adds a page adds a stop. Stops that are no pages (a file to save,
// a stream) show that they are none.
func (tour Tour) Take(t *testing.T, b *Browser) {
	t.Helper()
	seen := map[string]bool{}
	tab := b.tab(t, Everywhere()[0])
	tab.origin = tour.Origin
	for _, name := range slices.Sorted(maps.Keys(tour.Stops)) {
		address := tour.Stops[name]
		pattern := tour.pattern(t, address)
		if pattern == "" {
			t.Errorf("%s: no route answers %s", name, address)
		}
		seen[pattern] = true
		kind := tab.call(t, tour.Origin+address)
		if kind != "text/html" {
			continue
		}
		tab.Await(t, `document.readyState === "complete"`)
		for _, view := range Everywhere() {
			tab.Turn(t, view)
			tab.Check(t, "tour-"+name)
		}
	}
	for _, pattern := range tour.patterns(t) {
		if !seen[pattern] {
			t.Errorf("nobody looks at GET %s: the tour has no stop there", pattern)
		}
	}
}

// pattern is the route that an address belongs to: "/cards/{id}"; "" for none.
func (tour Tour) pattern(t *testing.T, address string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, tour.Origin+address, nil)
	if err != nil {
		t.Fatal(err)
	}
	var match mux.RouteMatch
	if !tour.Routes.Match(r, &match) || match.Route == nil {
		return ""
	}
	pattern, err := match.Route.GetPathTemplate()
	if err != nil {
		t.Fatal(err)
	}
	return pattern
}

// patterns are the routes that answer GET requests.
func (tour Tour) patterns(t *testing.T) []string {
	t.Helper()
	var all []string
	err := tour.Routes.Walk(func(route *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		methods, err := route.GetMethods()
		if route.GetHandler() == nil || err == nil && !slices.Contains(methods, http.MethodGet) {
			return nil
		}
		pattern, err := route.GetPathTemplate()
		all = append(all, pattern)
		return err
	})
	if err != nil || len(all) == 0 {
		t.Fatal("walking the routes: ", errors.Join(err, errors.New("are there any?")))
	}
	return all
}

// call asks for an address and returns the media type of what came: a page is there
// soon after, what is saved or never ends leaves the tab as it was.
func (tab *Tab) call(t *testing.T, address string) string {
	t.Helper()
	tab.mu.Lock()
	tab.answered = tab.answered[:0]
	tab.mu.Unlock()
	tab.Do(t, command(page.Navigate, page.NavigateParams{URL: address}))
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		tab.mu.Lock()
		answered := slices.Clone(tab.answered)
		tab.mu.Unlock()
		if len(answered) > 0 {
			last := answered[len(answered)-1]
			if disposition, _ := last.Headers["Content-Disposition"].(string); strings.HasPrefix(disposition, "attachment") {
				return "" // saved, not shown
			}
			kind, _, _ := strings.Cut(last.MimeType, ";")
			return kind
		}
	}
	t.Fatalf("%s: no answer", address)
	return ""
}

// documents keeps what answered when the tab itself was sent somewhere.
func (tab *Tab) documents(e *network.EventResponseReceived) {
	if e.Type == network.ResourceTypeDocument {
		tab.answered = append(tab.answered, e.Response)
	}
}

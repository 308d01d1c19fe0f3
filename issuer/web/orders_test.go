package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"laurel/internal/serve"
	"laurel/internal/testissuer"
	"laurel/issuer"
	"laurel/issuer/web"
	"laurel/status"
)

// roomy lets a test be as busy as it likes.
var roomy = serve.Limits{Rate: 1e6, Burst: 1e6}

// order gives an order and reads its answer.
func order[Out any](t testing.TB, d *desk, name string, in any) (Out, int) {
	t.Helper()
	var out Out
	body, err := json.Marshal(in)
	if err != nil {
		t.Error(err)
	}
	res := d.do(t, "POST", "/admin/"+name, string(body), "Content-Type: application/json", "Authorization: Bearer "+token)
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		t.Error(err)
	}
	if res.StatusCode == http.StatusOK {
		if err := json.Unmarshal(answer, &out); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	return out, res.StatusCode
}

// together makes n calls at the same time and collects what they give.
func together[T any](n int, call func(int) T) []T {
	out := make([]T, n)
	var wg sync.WaitGroup
	for k := range n {
		wg.Go(func() { out[k] = call(k) })
	}
	wg.Wait()
	return out
}

// bits reads the list that everybody gets.
func bits(t testing.TB, d *desk, path string) *status.List {
	t.Helper()
	res := d.do(t, "GET", path, "")
	if res.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %d", path, res.StatusCode)
	}
	list, err := status.Decode(testissuer.Parse(text(t, res)).Get("credentialSubject").Get("encodedList").Str())
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestConcurrentOrders: 120 badges issued at the same time, half before and half
// after a restart, have 120 places; all but one revoked at the same time have
// exactly their bits set, then and after another restart.
func TestConcurrentOrders(t *testing.T) {
	d := newDesk(t, "https://school.example", roomy)
	learner := testissuer.New("learner").ID
	var badges []*issuer.Issued
	for range 2 {
		badges = append(badges, together(60, func(int) *issuer.Issued {
			out, code := order[*issuer.Issued](t, d, "issue", issuer.Award{Template: "barista", Recipient: learner})
			if code != http.StatusOK {
				t.Errorf("issue: %d", code)
			}
			return out
		})...)
		d.restart(t)
	}
	if t.Failed() {
		return
	}
	places := map[int]bool{}
	for _, b := range badges {
		if places[b.Index] {
			t.Errorf("place %d was given twice", b.Index)
		}
		places[b.Index] = true
	}

	kept, taken := badges[0], badges[1:]
	together(len(taken), func(k int) int {
		_, code := order[*issuer.Changed](t, d, "apply", issuer.Change{Action: issuer.Revoke, IDs: []string{taken[k].ID}})
		if code != http.StatusOK {
			t.Errorf("revoke: %d", code)
		}
		return code
	})
	for range 2 {
		list := bits(t, d, "/status/revocation-1.json")
		for _, b := range taken {
			if set, err := list.Get(b.Index); err != nil || !set {
				t.Errorf("the revocation of place %d was lost, %v", b.Index, err)
			}
		}
		if set, err := list.Get(kept.Index); err != nil || set || list.Count() != len(taken) {
			t.Errorf("%d bits are set, want %d; the badge that was kept: %v, %v", list.Count(), len(taken), set, err)
		}
		d.restart(t)
	}
	versions := d.Versions("revocation-1")
	if !slices.IsSortedFunc(versions, time.Time.Compare) || len(slices.CompactFunc(versions, time.Time.Equal)) != len(versions) {
		t.Errorf("two versions have one time, or times went back: %v", versions)
	}
}

// TestConcurrentChangesOfOneBadge: it is revoked once, whoever asks.
func TestConcurrentChangesOfOneBadge(t *testing.T) {
	d := newDesk(t, "https://school.example", roomy)
	badge := d.issue(t)
	done := 0
	for _, c := range together(20, func(int) *issuer.Changed {
		out, _ := order[*issuer.Changed](t, d, "apply", issuer.Change{Action: issuer.Revoke, IDs: []string{badge.ID}})
		return out
	}) {
		done += len(c.Records) - len(c.Unchanged)
	}
	if shown, err := d.Show(t.Context(), badge.ID); err != nil || len(shown.History) != 1 || done != 1 {
		t.Errorf("%d orders changed it, history %+v, %v", done, shown.History, err)
	}
}

// TestHostileOrdersSignNothing: each is refused, and none leaves a badge, a
// version of a list, or a place that is taken.
func TestHostileOrdersSignNothing(t *testing.T) {
	d := newDesk(t, "https://school.example", roomy)
	learner := testissuer.New("learner").ID
	award := func(members string) string {
		return `{"template":"barista","recipient":"` + learner + `"` + members + `}`
	}
	template := func(achievement string) string {
		return `{"type":"laurel/template/v1","id":"cook","achievement":{"name":"A","description":"B",` + achievement + `}}`
	}
	good := `"criteria":{"narrative":"C"}`
	tests := []struct {
		name, order, body string
		status            int
	}{
		{"an undefined term", "template-put", template(good + `,"hours":40`), 422},
		{"an undefined term inside", "template-put", template(`"criteria":{"narrative":"C","hours":40}`), 422},
		{"a context of its own", "template-put", template(good + `,"@context":{"hours":"https://evil.example/hours"}`), 422},
		{"a type that nobody defined", "template-put", template(good + `,"type":["Achievement","Trusted"]`), 422},
		{"a relative address", "template-put", template(good + `,"id":"../admin"`), 422},
		{"a template like a path", "template-put", strings.Replace(template(good), `"cook"`, `"../cook"`, 1), 422},
		{"two ids", "template-put", strings.Replace(template(good), `"id"`, `"id":"a","id"`, 1), 422},
		{"no criteria", "template-put", `{"type":"laurel/template/v1","id":"cook","achievement":{"name":"A","description":"B"}}`, 422},
		{"half a surrogate", "template-put", template(good + `,"humanCode":"\ud800"`), 422},
		{"no learner", "issue", `{"template":"barista"}`, 422},
		{"a learner like a path", "issue", strings.Replace(award(""), learner, "../../etc/passwd", 1), 422},
		{"a learner who is no key", "issue", strings.Replace(award(""), learner, "did:key:z6Mkzzz", 1), 422},
		{"a learner with a fragment", "issue", strings.Replace(award(""), learner, learner+"#x", 1), 422},
		{"a learner with a line break", "issue", strings.Replace(award(""), learner, `did:web:a\nb`, 1), 422},
		{"an endless learner", "issue", strings.Replace(award(""), learner, "did:web:"+strings.Repeat("a", 4000), 1), 422},
		{"an endless name", "issue", award(`,"name":"` + strings.Repeat("a", 300<<10) + `"`), 422},
		{"text that is not UTF-8", "issue", award(`,"name":"Zo` + "\xeb" + `"`), 400},
		{"an address that is none", "issue", award(`,"email":"Zoe"`), 422},
		{"an end before the beginning", "issue", award(`,"validUntil":"2020-01-01T00:00:00Z"`), 422},
		{"an end in words", "issue", award(`,"validUntil":"soon"`), 400},
		{"evidence nowhere", "issue", award(`,"evidence":[{"url":"film"}]`), 422},
		{"a result of nothing", "issue", award(`,"results":[{"of":"Exam","value":"A"}]`), 422},
		{"a member of another kind", "issue", award(`,"name":{"@value":"Zoe"}`), 400},
		{"a signature of one's own", "issue", award(`,"proof":{}`), 400},
		{"an issuer of one's own", "issue", award(`,"issuer":"did:key:z6Mk"`), 400},
		{"a place of one's own", "issue", award(`,"credentialStatus":{}`), 400},
		{"two learners", "issue", award(`,"recipient":"did:web:other.example"`), 400},
		{"text behind it", "issue", award("") + "{}", 400},
		{"an action of one's own", "apply", `{"action":"delete","ids":["urn:uuid:1"]}`, 404},
		{"revoking nobody", "apply", `{"action":"revoke","ids":["urn:uuid:1"]}`, 404},
		{"a key like a path", "key-retire", `"../key-1"`, 404},
	}
	before := text(t, d.do(t, "GET", "/status/revocation-1.json", ""))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res := d.do(t, "POST", "/admin/"+tt.order, tt.body, "Content-Type: application/json", "Authorization: Bearer "+token)
			if res.StatusCode != tt.status {
				t.Errorf("%d, want %d: %.200s", res.StatusCode, tt.status, text(t, res))
			}
		})
	}
	found, err := d.Find(t.Context(), issuer.Query{})
	if err != nil || found != nil || len(d.Versions("revocation-1")) != 1 || text(t, d.do(t, "GET", "/status/revocation-1.json", "")) != before {
		t.Errorf("something was signed: %v, %v, %v", found, err, d.Versions("revocation-1"))
	}
	for name, body := range map[string]string{"issue": award(`,"name":"Zoë","email":"zoe@example.org"`), "template-put": template(good)} {
		if res := d.do(t, "POST", "/admin/"+name, body, "Content-Type: application/json", "Authorization: Bearer "+token); res.StatusCode != http.StatusOK {
			t.Errorf("what is in order, %s: %d", name, res.StatusCode)
		}
	}
}

// TestTokens: the scheme is written as it is, once, and nothing stands for it.
func TestTokens(t *testing.T) {
	d := newDesk(t, "https://school.example", roomy)
	for name, values := range map[string][]string{
		"twice, the wrong one first": {"Bearer wrong", "Bearer " + token},
		"two in one":                 {"Bearer wrong, Bearer " + token},
		"space behind":               {"Bearer " + token + " "},
		"space between":              {"Bearer  " + token},
		"no space":                   {"Bearer" + token},
		"quoted":                     {`Bearer "` + token + `"`},
		"in capitals":                {"Bearer " + strings.ToUpper(token)},
		"its hash":                   {"Bearer 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
		"nought bytes":               {"Bearer " + token + "\x00"},
	} {
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/admin/keys", strings.NewReader("null"))
		r.Header.Set("Content-Type", "application/json")
		r.Header["Authorization"] = values
		w := httptest.NewRecorder()
		d.handler.ServeHTTP(w, r)
		if w.Code != http.StatusUnauthorized || w.Header().Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("%s: %d, %q", name, w.Code, w.Header().Get("WWW-Authenticate"))
		}
		if strings.Contains(w.Body.String(), token) {
			t.Errorf("%s: the answer gives the token away", name)
		}
	}
}

// TestWhatBreaksInside: whoever has the token hears why; the public hears
// nothing of paths and disks, and no half document.
func TestWhatBreaksInside(t *testing.T) {
	d := newDesk(t, "https://school.example", roomy)
	d.issue(t)
	d.now = d.now.Add(time.Hour)
	if _, err := d.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	d.fail()
	for _, path := range []string{"/", "/achievements/barista"} {
		res := d.do(t, "GET", path, "")
		if body := text(t, res); res.StatusCode != http.StatusInternalServerError || strings.Contains(body, "disk") {
			t.Errorf("GET %s: %d %s", path, res.StatusCode, body)
		}
	}
	for _, path := range []string{"/status/revocation-1.json", "/status/index.json", "/.well-known/did.json", "/healthz"} {
		if res := d.do(t, "GET", path, ""); res.StatusCode != http.StatusOK {
			t.Errorf("GET %s, which is in memory: %d", path, res.StatusCode)
		}
	}
	res := d.do(t, "POST", "/admin/issue", `{"template":"barista","recipient":"did:web:a.example"}`, "Content-Type: application/json", "Authorization: Bearer "+token)
	if body := text(t, res); res.StatusCode != http.StatusInternalServerError || !strings.Contains(body, errDisk.Error()) {
		t.Errorf("an order: %d %s", res.StatusCode, body)
	}
}

// TestClientOfAStrangeServer: whatever answers, the client says that it was not
// done, and never that it was.
func TestClientOfAStrangeServer(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("the client followed to %s with %q", r.URL, r.Header.Get("Authorization"))
	}))
	defer elsewhere.Close()
	for name, answer := range map[string]func(http.ResponseWriter, *http.Request){
		"a page":         func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") },
		"nothing":        func(http.ResponseWriter, *http.Request) {},
		"half an answer": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"records":[{`) },
		"another kind":   func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `"done"`) },
		"a bare error":   func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) },
		"a page as an error": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, "<html>")
		},
		"another place": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		},
		"a line cut off": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			fmt.Fprint(w, `{}`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(answer))
			defer server.Close()
			client := web.NewClient(server.URL, token)
			defer client.Close()
			out, err := client.Apply(context.Background(), issuer.Change{Action: issuer.Revoke, IDs: []string{"urn:uuid:1"}})
			if !errors.Is(err, web.ErrServer) || out != nil {
				t.Errorf("Apply = %+v, %v, want ErrServer", out, err)
			}
		})
	}
}

// TestClientRepairsNothing: a name that is not UTF-8 is refused here as it would
// be without a server between.
func TestClientRepairsNothing(t *testing.T) {
	d := newDesk(t, "https://school.example", roomy)
	server := httptest.NewServer(d.handler)
	defer server.Close()
	client := web.NewClient(server.URL, token)
	defer client.Close()
	for _, here := range []web.Desk{d.Issuer, client} {
		out, err := here.Issue(t.Context(), issuer.Award{Template: "barista", Recipient: testissuer.New("learner").ID, Name: "Zo\xeb"})
		if err == nil || out != nil {
			t.Errorf("%T issued %q", here, out.Name)
		}
	}
}

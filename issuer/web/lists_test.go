package web_test

import (
	"net/http"
	"path"
	"strings"
	"testing"
	"time"

	"laurel/internal/serve"
	"laurel/issuer"
)

// TestListsAreNegotiated: the same bytes under the name that a client
// understands (Bitstring Status List 1.0, section 2.4), JSON for all others.
func TestListsAreNegotiated(t *testing.T) {
	d := newDesk(t, "https://school.example", serve.Limits{})
	want := text(t, d.do(t, "GET", "/status/revocation-1.json", ""))
	for accept, kind := range map[string]string{
		"":                                       "application/json",
		"*/*":                                    "application/json",
		"application/json":                       "application/json",
		"application/vc":                         "application/vc",
		"Application/VC":                         "application/vc",
		"application/vc, application/json":       "application/json",
		"application/vc;q=0.1, */*":              "application/json",
		"application/vc;q=0, */*":                "application/json",
		"application/json;q=0.1, application/vc": "application/vc",
		"application/vc, */*;q=0.8":              "application/vc",
		"text/html":                              "application/json",
		"application/vc+ld+json":                 "application/json",
		"application/vc+jwt":                     "application/json",
		"application/*":                          "application/json",
		";;;,,":                                  "application/json",
		strings.Repeat("a/b,", 3000):             "application/json",
	} {
		for _, method := range []string{"GET", "HEAD"} {
			var headers []string
			if accept != "" {
				headers = []string{"Accept: " + accept}
			}
			res := d.do(t, method, "/status/revocation-1.json", "", headers...)
			body := text(t, res)
			if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != kind || res.Header.Get("Vary") != "Accept" {
				t.Errorf("%s with %.40q: %d %s", method, accept, res.StatusCode, res.Header.Get("Content-Type"))
			}
			if method == "GET" && body != want || method == "HEAD" && body != "" {
				t.Errorf("%s with %.40q has other bytes", method, accept)
			}
		}
	}
}

// TestRevocationsGetThroughCaches: whoever asks again, in whatever way, sees a
// revocation, also one of the same second; whoever asks when nothing happened
// gets 304.
func TestRevocationsGetThroughCaches(t *testing.T) {
	d := newDesk(t, "https://school.example", serve.Limits{})
	const list = "/status/revocation-1.json"
	badges := []*issuer.Issued{d.issue(t), d.issue(t), d.issue(t)}
	tags := map[string]bool{}
	for _, b := range badges {
		first := d.do(t, "GET", list, "")
		tag := first.Header.Get("ETag")
		if tags[tag] || !strings.HasPrefix(tag, `"`) {
			t.Fatalf("ETag %s after %v", tag, tags)
		}
		tags[tag] = true
		for _, header := range []string{"If-None-Match: " + tag, "If-None-Match: W/" + tag, `If-None-Match: "x", ` + tag, "If-None-Match: *"} {
			if res := d.do(t, "GET", list, "", header); res.StatusCode != http.StatusNotModified || text(t, res) != "" || res.Header.Get("ETag") != tag {
				t.Errorf("nothing new, %s: %d, %s", header, res.StatusCode, res.Header.Get("ETag"))
			}
		}
		date := d.now.UTC().Format(http.TimeFormat)
		if given := first.Header.Get("Last-Modified"); given != "" {
			date = given
		}
		d.now = d.now.Add(100 * time.Millisecond)
		if _, err := d.Apply(t.Context(), issuer.Change{Action: issuer.Revoke, IDs: []string{b.ID}}); err != nil {
			t.Fatal(err)
		}
		for _, headers := range [][]string{{"If-None-Match: " + tag}, {"If-Modified-Since: " + date}, {"If-None-Match: " + tag, "If-Modified-Since: " + date}} {
			res := d.do(t, "GET", list, "", headers...)
			if res.StatusCode != http.StatusOK || res.Header.Get("ETag") == tag || text(t, res) == "" {
				t.Errorf("after a revocation, %q: %d, %s", headers, res.StatusCode, res.Header.Get("ETag"))
			}
		}
		if set, err := bits(t, d, list).Get(b.Index); err != nil || !set {
			t.Errorf("the bit: %v, %v", set, err)
		}
	}
}

// TestHistoryIsWhatItWas: every version of a list is served for good by its time
// and by its file name, with the same bytes, also after a restart.
func TestHistoryIsWhatItWas(t *testing.T) {
	d := newDesk(t, "https://school.example", serve.Limits{})
	badges := []*issuer.Issued{d.issue(t), d.issue(t), d.issue(t)}
	was := []string{text(t, d.do(t, "GET", "/status/revocation-1.json", ""))}
	times := []time.Time{d.now}
	for _, b := range badges {
		d.now = d.now.Add(time.Hour)
		if _, err := d.Apply(t.Context(), issuer.Change{Action: issuer.Revoke, IDs: []string{b.ID}}); err != nil {
			t.Fatal(err)
		}
		was = append(was, text(t, d.do(t, "GET", "/status/revocation-1.json", "")))
		times = append(times, d.now)
	}
	d.now = d.now.Add(time.Hour)
	for range 2 {
		versions := d.Index().Lists[0].Versions
		if len(versions) != len(was) {
			t.Fatalf("%d versions, want %d", len(versions), len(was))
		}
		for n, v := range versions {
			byName := d.do(t, "GET", "/status/history/revocation-1/"+path.Base(v.File), "")
			byTime := d.do(t, "GET", "/status/revocation-1.json?timestamp="+times[n].Add(30*time.Minute).Format(time.RFC3339), "")
			exactly := d.do(t, "GET", "/status/revocation-1.json?timestamp="+times[n].Format(time.RFC3339), "")
			for _, res := range []*http.Response{byName, byTime, exactly} {
				if text(t, res) != was[n] || res.Header.Get("ETag") != byName.Header.Get("ETag") || !strings.Contains(res.Header.Get("Cache-Control"), "immutable") {
					t.Errorf("version %d came back otherwise: %d, %s", n, res.StatusCode, res.Header.Get("Cache-Control"))
				}
			}
		}
		for _, name := range []string{"..", "../revocation-1.json", "%2e%2e%2frevocation-1.json", "20260601T120000Z.json", "", "x"} {
			if res := d.do(t, "GET", "/status/history/revocation-1/"+name, ""); res.StatusCode == http.StatusOK {
				t.Errorf("history has %q", name)
			}
		}
		d.restart(t)
	}
	future := d.do(t, "GET", "/status/revocation-1.json?timestamp=2099-01-01T00:00:00Z", "")
	if strings.Contains(future.Header.Get("Cache-Control"), "immutable") {
		t.Error("the list of a time to come may be kept for good")
	}
}

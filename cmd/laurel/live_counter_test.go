package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/internal/ui/uitest"
)

// TestL05ConcurrentAnswers: of answers that come at the same time exactly one is
// taken, and the others are told so.
func TestL05ConcurrentAnswers(t *testing.T) {
	p := serveVerifier(t)
	for _, ask := range []string{simpleAsk, plainAsk} {
		a := p.asks(ask)
		r := p.fetch(a.URI)
		var forms []string
		for range 16 {
			forms = append(forms, p.form(r, p.shown(r)))
		}
		var all tally
		atOnce(len(forms), func(i int) {
			got, err := p.try("POST", r.ResponseURI, forms[i], "Content-Type", formType)
			all.add(got.status, got.code(), err)
		})
		all.is(t, map[string]int{"200  <nil>": 1, "409 SESSION_CONSUMED <nil>": 15})
		if got := p.result(a.Result); got.State != "answered" || got.Report.Verdict != "accepted" {
			t.Errorf("the one that was taken: %+v", got)
		}
	}
}

// TestL06Guesses: identifiers have 128 random bits, the one of the question does not
// lead to the answer, and whatever is not there looks the same.
func TestL06Guesses(t *testing.T) {
	p := serveVerifier(t)
	seen := map[string]bool{}
	var a, secret string
	for range 50 {
		made := p.asks(plainAsk)
		a, secret = made.ID, made.Result[strings.LastIndex(made.Result, "/")+1:]
		for _, id := range []string{a, secret} {
			if !regexp.MustCompile(`^[A-Za-z0-9_-]{22}$`).MatchString(id) || seen[id] {
				t.Errorf("the identifier %q", id)
			}
			seen[id] = true
		}
	}
	guess := secret[:21] + string('A'+(secret[21]-'A'+1)%26)
	var first reaction
	for _, path := range []string{
		"/results/" + noSession, "/results/" + a, "/results/" + guess, "/results/x", "/requests/" + secret, "/requests/" + noSession,
		"/requests/" + secret + "/object", "/results/" + a + "/events", "/results/" + guess + "/report.html",
		"/results/" + secret + "/answers.csv", "/c/AAAAA-AAAAA", "/c/2", "/open/" + a, "/open/" + a + "/print",
	} {
		got := p.do("GET", path, "", "Accept", jsonType)
		for _, name := range []string{"Date", "Vary"} {
			got.header.Del(name)
		}
		if first.status == 0 {
			first = got
		}
		if got.status != http.StatusNotFound || got.body != first.body || fmt.Sprint(got.header) != fmt.Sprint(first.header) {
			t.Errorf("%s: %d %v %s", path, got.status, got.header, got.body)
		}
	}
	// Who has guessed nothing also changes nothing.
	for _, path := range []string{"/results/" + a + "/delete", "/results/" + guess + "/again", "/requests/" + secret + "/response"} {
		if got := p.do("POST", path, "", "Content-Type", formType); got.status != http.StatusNotFound {
			t.Errorf("%s: %d", path, got.status)
		}
	}
}

// TestL07FetchedTwice: a request object says the same each time it is fetched, but for
// when it was signed, and after the answer it is gone.
func TestL07FetchedTwice(t *testing.T) {
	p := serveVerifier(t)
	a := p.asks(plainAsk)
	first, second := p.fetch(a.URI), p.fetch(a.URI)
	if first.Nonce != second.Nonce || first.State != second.State || first.ResponseURI != second.ResponseURI || first.ClientID != second.ClientID {
		t.Errorf("fetched twice: %+v and %+v", first, second)
	}
	if got := p.do("POST", first.ResponseURI, p.form(first, p.shown(first)), "Content-Type", formType); got.status != http.StatusOK {
		t.Fatalf("%d %s", got.status, got.body)
	}
	for _, method := range []string{"GET", "POST", "HEAD"} {
		if got := p.do(method, a.RequestURI, "wallet_nonce=n", "Content-Type", formType); got.status != http.StatusConflict {
			t.Errorf("%s after the answer: %d %s", method, got.status, got.body)
		}
	}
}

// hostile is text that does harm wherever it is taken for more than text.
const hostile = `<script>window.owned=alert(1)</script><img src=https://evil.example/x.png onerror="window.owned=alert(2)">"'` + "`" + `{{.}}${7*7}javascript:alert(3)`

// TestL08HostileContent: what a badge says stays text on every page that shows it, and
// no page lets a browser run or fetch anything of it.
func TestL08HostileContent(t *testing.T) {
	p, evil := serveVerifier(t), newJobs(t)
	school, ada := testissuer.New("school"), testissuer.New("ada")
	doc := school.Badge(ada)
	for _, at := range []string{"name", "description", "issuer/name", "credentialSubject/achievement/name", "credentialSubject/achievement/description", "credentialSubject/achievement/criteria/narrative"} {
		doc = testissuer.Set(doc, at, strictjson.String(strings.ReplaceAll(hostile, "https://evil.example", evil.URL)))
	}
	doc = testissuer.Set(doc, "credentialSubject/achievement/image", testissuer.Parse(`{"id":"`+evil.URL+`/x.png","type":"Image","caption":"`+`<svg onload=alert(4)>`+`"}`))
	badge := school.Sign(t, doc)
	a := p.asks(plainAsk)
	r := p.fetch(a.URI)
	if got := p.do("POST", r.ResponseURI, p.form(r, ada.Answer(t, ada.Present(badge), r.Nonce, r.ClientID)), "Content-Type", formType); got.status != http.StatusOK {
		t.Fatalf("%d %s", got.status, got.body)
	}
	if got := p.result(a.Result); got.Report.Verdict != "accepted" {
		t.Fatalf("a validly signed badge: %+v", got)
	}
	form := url.Values{"document": {string(badge.JSON())}}.Encode()
	for name, got := range map[string]reaction{
		"result":  p.do("GET", a.Result, "", "Accept", browsing),
		"file":    p.do("GET", a.Result+"/report.html", ""),
		"verify":  p.do("POST", "/verify", form, "Content-Type", formType, "Accept", browsing),
		"inspect": p.do("POST", "/inspect", form, "Content-Type", formType, "Accept", browsing),
	} {
		if got.status != http.StatusOK || !strings.Contains(got.body, "alert(1)") {
			t.Errorf("%s: %d, and it does not show what the badge says", name, got.status)
		}
		for _, bad := range []string{"<script>", "<img src=http", "<svg onload", `src="http`, `href="javascript:`, `onerror="`, "url(http"} {
			if strings.Contains(got.body, bad) {
				t.Errorf("%s has %s", name, bad)
			}
		}
		inert(t, name, got)
	}
	t.Run("in a browser", func(t *testing.T) {
		tab := uitest.Open(t).Visit(t, a.Result, uitest.Views()[0])
		if got := uitest.Eval[string](t, tab, `String(window.owned) + document.querySelectorAll("main script, main img[src^=http]").length`); got != "undefined0" {
			t.Error(got)
		}
	})
	evil.all.is(t, map[string]int{})
}

// inert makes sure of the headers that keep a browser from running content.
func inert(t *testing.T, name string, got reaction) {
	t.Helper()
	policy := got.header.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
		if !strings.Contains(policy, part) {
			t.Errorf("%s: the policy %q lacks %s", name, policy, part)
		}
	}
	if strings.Contains(policy, "unsafe") || strings.Contains(policy, "http") || strings.Contains(policy, "*") {
		t.Errorf("%s: the policy is %q", name, policy)
	}
	if got.header.Get("X-Content-Type-Options") != "nosniff" || got.header.Get("X-Frame-Options") != "DENY" {
		t.Errorf("%s: %v", name, got.header)
	}
}

// TestL40Framed: no page of any of the three servers can be put into a frame, neither
// those that are there nor those that tell of an error.
func TestL40Framed(t *testing.T) {
	v, i := serveVerifier(t), serveIssuer(t)
	w, _ := serveWallet(t, "Data Analysis")
	a := v.asks(simpleAsk)
	operator := []string{headerAsks, "Bearer " + v.token(), "Accept", browsing}
	for _, path := range []string{"/", "/ask", "/trusted", "/login", "/requests/" + a.ID, a.Result, "/nothing", "/static/laurel.css", "/verify", "/healthz"} {
		inert(t, "verifier "+path, v.do("GET", path, "", operator...))
	}
	for _, path := range []string{"/", "/healthz", "/nothing"} {
		inert(t, "issuer "+path, i.do("GET", path, "", "Accept", browsing))
	}
	in := w.enter()
	for _, path := range []string{"/", "/add", "/answer", "/present", "/receipts", "/shares", "/identities", "/nothing", "/open?token=x"} {
		inert(t, "wallet "+path, w.do("GET", path, "", "Cookie", in.cookie, "Accept", browsing))
	}
}

// TestL33Smuggling: what two servers could read differently is refused.
func TestL33Smuggling(t *testing.T) {
	p := serveVerifier(t)
	for name, test := range map[string]struct{ request, want string }{
		"two lengths":               {"POST /verify HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}x", "400"},
		"a length of two values":    {"POST /verify HTTP/1.1\r\nHost: a\r\nContent-Length: 2, 3\r\n\r\n{}x", "400"},
		"a length with a sign":      {"POST /verify HTTP/1.1\r\nHost: a\r\nContent-Length: +2\r\n\r\n{}", "400"},
		"a negative length":         {"POST /verify HTTP/1.1\r\nHost: a\r\nContent-Length: -2\r\n\r\n{}", "400"},
		"two codings":               {"POST /verify HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n", "501"},
		"an unknown coding":         {"POST /verify HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: xchunked\r\n\r\n{}", "501"},
		"a space before the colon":  {"POST /verify HTTP/1.1\r\nHost: a\r\nContent-Length : 2\r\n\r\n{}", "400"},
		"a line that is continued":  {"GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", "400"},
		"two hosts":                 {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400"},
		"no host":                   {"GET / HTTP/1.1\r\n\r\n", "400"},
		"a NUL in a header":         {"GET / HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n", "400"},
		"a chunk without its size":  {"POST /verify HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", "400"},
		"a head of a megabyte":      {"GET / HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("x", megabyte) + "\r\n\r\n", "431"},
		"ten thousand headers":      {"GET / HTTP/1.1\r\nHost: a\r\n" + strings.Repeat("X: y\r\n", 10_000) + "\r\n", "431"},
		"an address of 64 kB":       {"GET /" + strings.Repeat("x", 64<<10) + " HTTP/1.1\r\nHost: a\r\n\r\n", "431"},
		"an upgrade to clear h2":    {"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n", "200"},
		"a version that is not one": {"GET / HTTP/9.9\r\nHost: a\r\n\r\n", "505"},
	} {
		head := p.wire(func(w io.Writer) error { _, err := io.WriteString(w, test.request); return err })
		if !strings.HasPrefix(head, "HTTP/1.1 "+test.want+" ") && !strings.HasPrefix(head, "HTTP/1.0 "+test.want+" ") {
			t.Errorf("%s: %q, want %s", name, head, test.want)
		}
	}
	// With a length and a coding, the coding counts, and the connection ends after the
	// answer (RFC 9112, section 6.1): what follows is not taken for a request.
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(p.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, err = io.WriteString(conn, "POST /verify HTTP/1.1\r\nHost: a\r\nContent-Length: 60\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n")
	if err := errors.Join(err, conn.SetReadDeadline(time.Now().Add(5*time.Second))); err != nil {
		t.Fatal(err)
	}
	answers, err := io.ReadAll(conn)
	if n := strings.Count(string(answers), "HTTP/1.1 "); n != 1 || err != nil {
		t.Errorf("%d answers, %v:\n%s", n, err, answers)
	}
}

// metric gives the lines of /metrics that have something in them.
func (p *product) metric(with string) string {
	p.Helper()
	var out []string
	for line := range strings.Lines(p.do("GET", "/metrics", "").body) {
		if strings.Contains(line, with) && !strings.HasPrefix(line, "#") {
			out = append(out, line)
		}
	}
	slices.Sort(out)
	return strings.Join(out, "")
}

// TestL34LogInjection: nothing that a client sends gets into the log, and whom a
// request came from is believed only of a proxy that was named.
func TestL34LogInjection(t *testing.T) {
	p := serveVerifier(t, "--open")
	const mark = "evil-mark"
	for _, header := range []string{"X-Forwarded-For", "User-Agent", "Referer", "Forwarded", "X-Real-Ip", "Cookie", "Origin", "Accept", "Authorization", "X-Request-Id", "Host"} {
		p.do("GET", "/requests/"+mark+"?"+mark+"=1%0a%0dlevel=ERROR", "", header, mark+`" level=ERROR msg=forged {"a":1} `+"\t")
		p.do("POST", "/verify", mark, header, mark)
	}
	for _, raw := range []string{
		"GET /" + mark + "\r HTTP/1.1\r\nHost: a\r\n\r\n", mark + " / HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.2.3.4\x1b[2J" + mark + "\r\n\r\n", "\x16\x03\x01" + mark,
	} {
		p.wire(func(w io.Writer) error { _, err := io.WriteString(w, raw); return err })
	}
	if log := p.log(); strings.Contains(log, mark) || strings.Contains(log, "1.2.3.4") || !strings.Contains(log, "route=") {
		t.Errorf("the log:\n%.4000s", log)
	}
	// Each of these says that it is somebody else. They are one client all the same.
	var all tally
	for i := range 110 {
		got := p.do("POST", "/requests", simpleAsk, "Content-Type", jsonType, "X-Forwarded-For", fmt.Sprintf("192.0.2.%d", i), "Forwarded", fmt.Sprintf("for=192.0.2.%d", i), "X-Real-Ip", fmt.Sprintf("192.0.2.%d", i))
		all.add(got.status)
	}
	all.is(t, map[string]int{"201": 100, "429": 10})
}

// TestL35Cardinality: what strangers make up does not become a label.
func TestL35Cardinality(t *testing.T) {
	p := serveVerifier(t, "--open")
	label := regexp.MustCompile(`route="([^"]*)"`)
	names := func() (routes []string, series int) {
		for line := range strings.Lines(p.metric("laurel_")) {
			if m := label.FindStringSubmatch(line); m != nil && !slices.Contains(routes, m[1]) {
				routes = append(routes, m[1])
			}
			series++
		}
		return routes, series
	}
	request := func() {
		did := fmt.Sprintf("did:web:%x.example", rand.Uint64())
		path := fmt.Sprintf("%x", rand.Uint64())
		p.do("GET", "/"+path, "")
		p.do("GET", "/requests/"+path, "")
		p.do("GET", "/results/"+path+"?x="+path, "")
		p.do("GET", "/static/"+path, "")
		p.do("M"+path, "/verify", "")
		p.do("POST", "/verify", `{"issuer":"`+did+`","type":["`+path+`"]}`, "Content-Type", jsonType)
		p.do("POST", "/requests", `{"proofOf":{"issuers":["`+did+`"]}}`, "Content-Type", jsonType)
		p.do("GET", "/open/"+did, "", "Host", path+".example")
	}
	for range 5 {
		request()
	}
	names() // is a request, too
	before, _ := names()
	for range 95 {
		request()
	}
	after, series := names()
	if t.Logf("%d series", series); !slices.Equal(before, after) || series > 400 {
		t.Errorf("%d routes became %d, with %d series: %q", len(before), len(after), series, after)
	}
}

// TestL39OpenRedirects: whatever a client puts where an address could go, it is led to
// a path of this server, or nowhere.
func TestL39OpenRedirects(t *testing.T) {
	p := serveVerifier(t)
	token := p.token()
	a := p.asks(strings.TrimSuffix(plainAsk, "}") + `,"same_device":true}`)
	poster := p.asks(strings.TrimSuffix(plainAsk, "}") + `,"open":true}`)
	const evil = "https://evil.example/"
	query := "?redirect_uri=" + evil + "&return_to=" + evil + "&next=//evil.example&url=" + evil + "&continue=" + evil + "&to=" + evil
	form := strings.TrimPrefix(query, "?")
	headers := []string{headerAsks, "Bearer " + token, "Accept", browsing, "X-Forwarded-Host", "evil.example", "X-Forwarded-Proto", "javascript", "Forwarded", "host=evil.example", "X-Original-Url", evil, "X-Rewrite-Url", evil, "Referer", evil}
	for _, path := range []string{
		"/", "/ask", "/login", "/logout", "/trusted", "/requests/" + a.ID, "/requests/" + a.ID + "/upload", "/open/" + poster.ID,
		"/c/" + a.Code[strings.LastIndex(a.Code, "/")+1:], "/c/" + poster.Code[strings.LastIndex(poster.Code, "/")+1:],
		"/templates/" + "x" + "/delete", "/trusted/delete", strings.TrimPrefix(a.Result, p.url), strings.TrimPrefix(poster.Result, p.url),
		"//evil.example", "//evil.example/..", "/\\evil.example", "/%2f%2fevil.example", "/./..//evil.example", "/%5cevil.example", "/requests//evil.example", "/open/..//evil.example", "/.//evil.example/%2e%2e",
	} {
		for _, method := range []string{"GET", "HEAD", "POST"} {
			got := p.do(method, p.url+path+query, form+"&token="+token, append([]string{"Content-Type", formType}, headers...)...)
			to, err := url.Parse(got.header.Get("Location"))
			if err != nil || to.Host != "" && to.Scheme+"://"+to.Host != p.url || to.Scheme != "" && to.Host == "" || strings.HasPrefix(to.Path, "//") || strings.Contains(to.Path, `\`) {
				t.Errorf("%s %s leads to %q", method, path, got.header.Get("Location"))
			}
			if got.status/100 == 3 && got.header.Get("Location") == "" {
				t.Errorf("%s %s: %d", method, path, got.status)
			}
		}
	}
	// What a wallet is told to open next is this server's own, too.
	r := p.fetch(a.URI)
	var next struct {
		URI string `json:"redirect_uri"`
	}
	got := p.do("POST", r.ResponseURI, p.form(r, p.shown(r))+"&redirect_uri="+evil, append([]string{"Content-Type", formType, "Host", "evil.example"}, headers...)...)
	if err := json.Unmarshal([]byte(got.body), &next); err != nil || !strings.HasPrefix(next.URI, a.Page+"?response_code=") {
		t.Errorf("after the answer: %d %s, %v", got.status, got.body, err)
	}
}

// TestOwnAddressAlone: the addresses in links, request objects and pages are those that
// the verifier was made for, whatever Host somebody sends.
func TestOwnAddressAlone(t *testing.T) {
	p := serveVerifier(t)
	evil := []string{"Host", "evil.example", "X-Forwarded-Host", "evil.example", "X-Forwarded-Proto", "https", "Forwarded", "host=evil.example", headerAsks, "Bearer " + p.token(), "Content-Type", jsonType}
	got := p.do("POST", "/requests", simpleAsk, evil...)
	if got.status != http.StatusCreated || strings.Contains(got.body, "evil") {
		t.Fatalf("asked: %d %s", got.status, got.body)
	}
	var a struct{ URI, Page, Result, RequestURI string }
	if err := json.Unmarshal([]byte(got.body), &a); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{a.Page, a.Page + "/object", a.Result, p.url + "/", p.url + "/ask"} {
		for _, accept := range []string{browsing, jsonType, "application/oauth-authz-req+jwt"} {
			if got := p.do("GET", path, "", append([]string{"Accept", accept}, evil...)...); strings.Contains(got.body+fmt.Sprint(got.header), "evil") {
				t.Errorf("%s as %s has it: %v", path, accept, got.header)
			}
		}
	}
	if r := p.fetch(a.URI); !strings.HasPrefix(r.ResponseURI, p.url+"/") {
		t.Errorf("the answer would go to %s", r.ResponseURI)
	}
}

// TestL36BrokenRequests: whatever is sent where, no request breaks the process, and
// none is answered by half. (That a panic is a 500 is tried in package serve.)
func TestL36BrokenRequests(t *testing.T) {
	p := serveVerifier(t, "--open", "--accept-shares")
	a := p.asks(plainAsk)
	secret := strings.TrimPrefix(a.Result, p.url)
	bodies := []string{"", "{}", "[]", "null", "\x00", "%00", "%zz", "a=%", strings.Repeat("[", 5000), strings.Repeat(`{"a":`, 5000), `{"@context":1e999999}`, "--x\r\n\r\n\r\n--x--", "vp_token={}&state=" + strings.Repeat("x", 5000), "response=" + strings.Repeat(".", 100_000), "\x89PNG\r\n\x1a\n", "<svg", "eyJ.eyJ.eyJ~", strings.Repeat("~", 50_000)}
	types := []string{"", jsonType, formType, "multipart/form-data; boundary=x", "multipart/form-data", "image/png", "image/svg+xml", "application/vc+jwt", "text/plain; charset=\xff", ";;;"}
	paths := []string{"/verify", "/inspect", "/requests", "/shares", "/requests/" + a.ID + "/object", "/requests/" + a.ID + "/response", "/requests/" + a.ID + "/upload", "/open/" + a.ID, secret + "/again", "/login", "/c/%00", "/requests/%ff", "/results/%2e%2e", "/%", "/templates/%2f/delete", "/requests/" + a.ID + "/events"}
	begin := time.Now()
	n := 0
	for _, path := range paths {
		for _, body := range bodies {
			for _, kind := range types {
				if !utf8.ValidString(kind) || strings.HasSuffix(path, "%") {
					continue
				}
				got, err := p.try("POST", path, body, "Content-Type", kind, "Accept", browsing)
				n++
				if err != nil || got.status >= 500 {
					t.Errorf("%s, %.30q as %s: %d %.200s %v", path, body, kind, got.status, got.body, err)
				}
			}
		}
	}
	t.Logf("%d broken requests in %v", n, time.Since(begin))
	if log := p.log(); strings.Contains(log, "panic") {
		t.Errorf("the log:\n%.3000s", log[strings.Index(log, "panic"):])
	}
	r := p.fetch(p.asks(plainAsk).URI)
	if got := p.do("POST", r.ResponseURI, p.form(r, p.shown(r)), "Content-Type", formType); got.status != http.StatusOK {
		t.Errorf("the right answer after all of that: %d %s", got.status, got.body)
	}
}

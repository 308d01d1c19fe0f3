package main

import (
	"bytes"
	"errors"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"laurel/internal/qr"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/openid4vc"
	"laurel/openid4vc/dcql"
)

// browserSession is a browser that came into a wallet by its link.
type browserSession struct{ cookie, form string }

// enter follows the link that the program printed.
func (p *product) enter() browserSession {
	p.Helper()
	link := ""
	for deadline := time.Now().Add(20 * time.Second); link == "" && time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		all := regexp.MustCompile(`http://127\S+`).FindAllString(p.out.String(), -1)
		if len(all) > 0 {
			link = all[len(all)-1]
		}
	}
	got := p.do("GET", link, "", "Accept", browsing)
	cookie, _, _ := strings.Cut(got.header.Get("Set-Cookie"), ";")
	if got.status != http.StatusSeeOther || cookie == "" {
		p.Fatalf("%s: %d %v", link, got.status, got.header)
	}
	page := p.do("GET", "/add", "", "Cookie", cookie, "Accept", browsing).body
	form := regexp.MustCompile(`name="token" value="(\w+)"`).FindStringSubmatch(page)
	if form == nil {
		p.Fatalf("the page has no form:\n%s", page)
	}
	return browserSession{cookie, form[1]}
}

// TestL09Rebinding: a page whose own name was pointed at this machine afterwards is
// told nothing, cookie or not: the wallet answers by its own address alone.
func TestL09Rebinding(t *testing.T) {
	p, _ := serveWallet(t, "Data Analysis")
	in := p.enter()
	port := p.url[strings.LastIndex(p.url, ":"):]
	for _, host := range []string{
		"evil.example", "evil.example" + port, "127.0.0.1", "localhost", "127.0.0.1:1", "127.0.0.1.evil.example" + port, "localhost.evil.example" + port,
		"127.0.0.2" + port, "[::1]" + port, "0.0.0.0" + port, "127.1" + port, "2130706433" + port, "LOCALHOST" + port, "localhost." + port, "127.0.0.1" + port + ".evil.example",
	} {
		for _, path := range []string{"/", "/add", "/healthz", "/static/laurel.css", "/nothing"} {
			got := p.do("GET", path, "", "Host", host, "Cookie", in.cookie, "Accept", browsing)
			if got.status != http.StatusMisdirectedRequest || strings.Contains(got.body, "Data Analysis") || got.header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s by the name %s: %d", path, host, got.status)
			}
		}
		got := p.do("POST", "/identities", "token="+in.form, "Host", host, "Origin", "http://"+host, "Cookie", in.cookie, "Content-Type", formType)
		if got.status != http.StatusMisdirectedRequest {
			t.Errorf("a form by the name %s: %d", host, got.status)
		}
	}
}

// TestL10CrossSite: a form or a request that a page of somebody else's sends, or that
// lacks the token of the page, changes nothing in the wallet.
func TestL10CrossSite(t *testing.T) {
	p, _ := serveWallet(t, "Data Analysis")
	in := p.enter()
	home := func() string { return p.do("GET", "/", "", "Cookie", in.cookie, "Accept", browsing).body }
	card := regexp.MustCompile(`/cards/\w+`).FindString(home())
	identities := p.do("GET", "/identities", "", "Cookie", in.cookie, "Accept", browsing).body
	right := "token=" + in.form
	for name, test := range map[string]struct {
		body    string
		headers []string
	}{
		"another site":               {right, []string{"Origin", "https://evil.example"}},
		"no origin at all":           {right, []string{"Origin", "null"}},
		"an origin that is not said": {right, nil},
		"another port of this host":  {right, []string{"Origin", "http://127.0.0.1:1"}},
		"the other name of the host": {right, []string{"Origin", strings.Replace(p.url, "127.0.0.1", "localhost", 1)}},
		"https, as it is not":        {right, []string{"Origin", strings.Replace(p.url, "http:", "https:", 1)}},
		"a referer in its place":     {right, []string{"Referer", p.url + "/add"}},
		"two origins":                {right, []string{"Origin", p.url + " https://evil.example"}},
		"no token":                   {"", []string{"Origin", p.url}},
		"a guessed token":            {"token=AAAAAAAAAAAAAAAAAAAAAAAAAA", []string{"Origin", p.url}},
		"the token twice, one wrong": {"token=x&" + right, []string{"Origin", p.url}},
		"the token in the address":   {"", []string{"Origin", p.url}},
		"the cookie as a token":      {"token=" + in.cookie[strings.Index(in.cookie, "=")+1:], []string{"Origin", p.url}},
	} {
		for _, path := range []string{card + "/remove", card + "/check", "/identities", "/add", "/answer", "/present", "/lock", "/shares/x"} {
			if name == "the token in the address" {
				path += "?token=" + in.form
			}
			got := p.do("POST", path, test.body, append([]string{"Cookie", in.cookie, "Content-Type", formType, "Accept", browsing}, test.headers...)...)
			if got.status != http.StatusForbidden {
				t.Errorf("%s, from %s: %d %s", path, name, got.status, got.header.Get("Location"))
			}
		}
	}
	// What a page can send without asking first: other types, other methods.
	for _, method := range []string{"PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "POST"} {
		for _, kind := range []string{"text/plain", jsonType, "multipart/form-data; boundary=x"} {
			got := p.do(method, card+"/remove", right, "Cookie", in.cookie, "Origin", "https://evil.example", "Content-Type", kind, "X-Http-Method-Override", "POST")
			if got.status != http.StatusForbidden || got.header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s as %s: %d %v", method, kind, got.status, got.header)
			}
		}
	}
	if !strings.Contains(home(), card) || p.do("GET", "/identities", "", "Cookie", in.cookie, "Accept", browsing).body != identities {
		t.Error("something was changed")
	}
	if got := p.do("POST", "/identities", right+"&label=work", "Cookie", in.cookie, "Content-Type", formType, "Origin", p.url); got.status != http.StatusSeeOther {
		t.Errorf("from the page itself: %d %s", got.status, got.body)
	}
}

// TestL11NoToken: whoever knows the port has nothing. The link works once, its token is
// in no address after that, and the cookie is for this server's pages alone.
func TestL11NoToken(t *testing.T) {
	p, _ := serveWallet(t, "Data Analysis")
	in := p.enter()
	link := regexp.MustCompile(`http://127\S+`).FindString(p.out.String())
	if token := link[strings.Index(link, "token=")+len("token="):]; len(token) < 26 {
		t.Errorf("the token %q", token)
	}
	for name, cookie := range map[string]string{
		"none": "", "a guess": in.cookie[:len(in.cookie)-4] + "AAAA", "of another name": "session" + in.cookie[strings.Index(in.cookie, "="):],
		"the link's token": in.cookie[:strings.Index(in.cookie, "=")+1] + link[strings.Index(link, "token=")+6:], "empty": in.cookie[:strings.Index(in.cookie, "=")+1],
	} {
		for _, path := range []string{"/", "/add", "/present", "/answer", "/receipts", "/shares", "/identities", "/cards/x", "/cards/x/file", link[len(p.url):]} {
			got := p.do("GET", path, "", "Cookie", cookie, "Accept", browsing)
			if got.status != http.StatusUnauthorized || strings.Contains(got.body, "Data Analysis") || got.header.Get("Set-Cookie") != "" {
				t.Errorf("%s with the cookie %s: %d", path, name, got.status)
			}
		}
		if got := p.do("POST", "/identities", "token="+in.form, "Cookie", cookie, "Origin", p.url, "Content-Type", formType); got.status != http.StatusUnauthorized {
			t.Errorf("a form with the cookie %s: %d", name, got.status)
		}
	}
	second := &product{TB: p.TB, url: p.url, out: p.out}
	if another := second.enter(); another.cookie == in.cookie || another.form == in.form {
		t.Error("two browsers share a session")
	}
	got := p.do("GET", regexp.MustCompile(`http://127\S+`).FindAllString(p.out.String(), -1)[2], "", "Accept", browsing)
	for _, want := range []string{"HttpOnly", "SameSite=Strict", "Path=/"} {
		if cookie := got.header.Get("Set-Cookie"); !strings.Contains(cookie, want) || strings.Contains(cookie, "Domain=") || strings.Contains(cookie, "Expires=") {
			t.Errorf("the cookie %q", cookie)
		}
	}
	if got.header.Get("Location") != "/" || got.header.Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("led on to %q, %v", got.header.Get("Location"), got.header)
	}
}

// jobs is a verifier of somebody else's on this machine.
type jobs struct {
	*httptest.Server
	all     tally
	answers chan url.Values
}

func newJobs(t *testing.T) *jobs {
	t.Helper()
	e := &jobs{answers: make(chan url.Values, 8)}
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e.all.add(r.Method, r.URL.Path)
		if r.ParseForm() == nil && r.Method == http.MethodPost {
			e.answers <- r.PostForm
		}
		w.Header().Set("Content-Type", jsonType)
		_, _ = w.Write([]byte("{}"))
	}))
	t.Cleanup(e.Close)
	return e
}

// asks is the link of a request that nobody signs.
func (e *jobs) asks(t *testing.T, question string) string {
	t.Helper()
	query, err := dcql.ParseQuery(testissuer.Parse(question))
	if err != nil {
		t.Fatal(err)
	}
	to := strings.Replace(e.URL, "127.0.0.1", "localhost", 1) + "/answer"
	return (&openid4vc.Request{
		ClientID: "redirect_uri:" + to, ResponseMode: openid4vc.DirectPost, ResponseURI: to, Nonce: "n-0S6_WzA2Mj-Zx81kQ", State: "af0ifjsldkj",
		Query: query, Expires: time.Now().Add(time.Hour), Info: []openid4vc.Info{openid4vc.Purpose{Name: "The Bank", Text: "Because we like to know."}.Info()},
	}).URI()
}

// TestL21NothingBeforeConsent: somebody whom nothing proves asks for everything. The
// wallet says so, says what is asked, shows the very bytes, and sends none before the
// learner agreed to these; then it sends these and no others.
func TestL21NothingBeforeConsent(t *testing.T) {
	p, me := serveWallet(t, "Data Analysis")
	college := testissuer.Selective("college", "/credentialSubject/achievement/name")
	doc := testissuer.Set(college.Badge(me), "credentialSubject/result", testissuer.Parse(`[{"type":["Result"],"value":"B2"},{"type":["Result"],"value":"91 of 100"}]`))
	doc = testissuer.Set(doc, "evidence", testissuer.Parse(`[{"type":["Evidence"],"name":"A private paper"}]`)).With("name", strictjson.String("Spanish"))
	file := filepath.Join(t.TempDir(), "spanish.json")
	if err := os.WriteFile(file, college.Sign(t, doc).JSON(), 0o600); err != nil {
		t.Fatal(err)
	}
	mustRun(t, p.command("wallet", "add", "--offline", "--yes", file))
	e, in := newJobs(t), p.enter()
	post := func(path string, pairs ...string) reaction {
		form := url.Values{"token": {in.form}}
		for i := 0; i < len(pairs); i += 2 {
			form.Set(pairs[i], pairs[i+1])
		}
		got := p.do("POST", path, form.Encode(), "Cookie", in.cookie, "Origin", p.url, "Content-Type", formType, "Accept", browsing)
		if to := got.header.Get("Location"); got.status == http.StatusSeeOther {
			got = p.do("GET", to, "", "Cookie", in.cookie, "Accept", browsing)
			got.header.Set("Location", to)
		}
		return got
	}
	const kind = `"format":"ldp_vc","meta":{"type_values":[["https://purl.imsglobal.org/spec/vc/ob/vocab.html#OpenBadgeCredential"]]}`
	everything := e.asks(t, `{"credentials":[{"id":"all",`+kind+`,"claims":[{"path":["name"],"values":["Spanish"]},{"path":["credentialSubject","result",0,"value"]},{"path":["credentialSubject","result",1,"value"]},{"path":["evidence",null,"name"]}]}]}`)
	page := post("/answer", "link", everything)
	at := page.header.Get("Location")
	for _, want := range []string{"Unverified requester", "Nothing proves who asks", "“The Bank”", "nobody has checked them", "evidence", "91 of 100", "A private paper", "Exactly what would be sent"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the page of consent lacks %q", want)
		}
	}
	consent := regexp.MustCompile(`name="consent" value="([0-9a-f]+)"`).FindStringSubmatch(page.body)
	if consent == nil || at == "" {
		t.Fatalf("nothing to agree to at %q:\n%s", at, page.body)
	}
	post(at, "step", "agree")
	post(at, "step", "agree", "consent", strings.Repeat("0", len(consent[1])))
	p.do("GET", at+"?step=agree&consent="+consent[1], "", "Cookie", in.cookie)
	e.all.is(t, map[string]int{})
	// Of another badge, and with one claim asked for, that claim and no other is sent.
	one := post("/answer", "link", e.asks(t, `{"credentials":[{"id":"level",`+kind+`,"claims":[{"path":["credentialSubject","result",0,"value"],"values":["B2"]}]}]}`))
	consent = regexp.MustCompile(`name="consent" value="([0-9a-f]+)"`).FindStringSubmatch(one.body)
	if strings.Contains(one.body, "91 of 100") || strings.Contains(one.body, "A private paper") || consent == nil {
		t.Fatalf("the page shows what is not asked for:\n%s", one.body)
	}
	e.all.is(t, map[string]int{})
	if done := post(one.header.Get("Location"), "step", "agree", "consent", consent[1]); !strings.Contains(done.body, "<h1>Sent</h1>") {
		t.Fatalf("%d %s", done.status, done.body)
	}
	e.all.is(t, map[string]int{"POST /answer": 1})
	sent := (<-e.answers).Get("vp_token")
	for text, want := range map[string]bool{"B2": true, "Data Analysis": true, "91 of 100": false, "A private paper": false} {
		if strings.Contains(sent, text) != want {
			t.Errorf("%q was sent: %t", text, !want)
		}
	}
}

// TestL38HostileCodes: a link or a QR code that is no request of a verifier is refused,
// at the command line and on the page, and nobody is asked for anything.
func TestL38HostileCodes(t *testing.T) {
	p, _ := serveWallet(t, "Data Analysis")
	e, in := newJobs(t), p.enter()
	dir := t.TempDir()
	texts := map[string]string{
		"a script":          "javascript:fetch('" + e.URL + "')",
		"a script in caps":  "JAVASCRIPT:alert(1)//openid4vp://",
		"a data address":    "data:text/html,<script>alert(1)</script>",
		"a file":            "file:///etc/passwd",
		"another scheme":    "evil://?client_id=x&request_uri=" + url.QueryEscape(e.URL),
		"a payment":         "bitcoin:175tWpb8K1S7NmH4Zx6rewF9WQrcZv245W?amount=50",
		"a phone call":      "tel:+49123",
		"a Wi-Fi":           "WIFI:S:net;T:WPA;P:secret;;",
		"an offer":          "openid-credential-offer://?credential_offer_uri=" + url.QueryEscape(e.URL),
		"nearly the scheme": "openid4vp-x://?request_uri=" + url.QueryEscape(e.URL),
		"a space before":    "evil openid4vp://?request_uri=" + url.QueryEscape(e.URL),
		"no client":         "openid4vp://?request_uri=" + url.QueryEscape(e.URL),
		"a script to fetch": "openid4vp://?client_id=decentralized_identifier:did:web:a.example&request_uri=javascript:alert(1)",
		"a script to answer": "openid4vp://?client_id=redirect_uri:javascript:alert(1)&response_uri=javascript:alert(1)&response_type=vp_token&response_mode=direct_post&nonce=n-0S6_WzA2Mj-Zx81kQ" +
			"&dcql_query=" + url.QueryEscape(`{"credentials":[{"id":"a","format":"ldp_vc","meta":{}}]}`),
		"three kilobytes":    "openid4vp://?" + strings.Repeat("x", 2800),
		"a terminal's codes": "openid4vp://\x1b]0;evil\x07\x1b[2J?client_id=\x1b[31mred",
		"just text":          "hello",
	}
	for name, text := range texts {
		drawn := text[:min(len(text), 600)] // package qr tries larger codes
		code, err := qr.Encode(drawn)
		if err != nil {
			t.Fatal(err)
		}
		picture, file := filepath.Join(dir, "code.png"), code.PNG(4)
		if err := os.WriteFile(picture, file, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, given := range []string{text, picture} {
			cmd := p.command("wallet", "present", "--unsafe-loopback", "--yes", given)
			out, err := cmd.CombinedOutput()
			if err == nil || cmd.ProcessState.ExitCode() <= 0 || bytes.ContainsAny(out, "\x1b\x07") || bytes.Contains(out, []byte("panic")) {
				t.Errorf("%s: %v %q", name, err, out)
			}
		}
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		part, err := form.CreateFormFile("file", "code.png")
		if err == nil {
			_, err = part.Write(file)
		}
		if err := errors.Join(err, form.WriteField("token", in.form), form.Close()); err != nil {
			t.Fatal(err)
		}
		typed := url.Values{"token": {in.form}, "link": {text}}.Encode()
		for kind, content := range map[string]string{form.FormDataContentType(): body.String(), formType: typed} {
			got := p.do("POST", "/answer", content, "Cookie", in.cookie, "Origin", p.url, "Content-Type", kind, "Accept", browsing)
			if got.status/100 == 3 || strings.Contains(got.body, "Somebody asks") || strings.Contains(got.body, `href="javascript`) || strings.Contains(got.body, "<script") {
				t.Errorf("%s, as %.10s: %d leads to %q", name, kind, got.status, got.header.Get("Location"))
			}
		}
	}
	e.all.is(t, map[string]int{})
}

package web

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/internal/testreport"
	"laurel/internal/ui/uitest"
	"laurel/status"
	"laurel/verifier"
	"laurel/verifier/display"
	"laurel/verifier/request/requesttest"
	"laurel/verifier/session"
)

// page asks for a page as the operator's browser does.
func (c *counter) page(address string) requesttest.Reply {
	c.t.Helper()
	return c.do("GET", address, "", "Accept", browser, "Authorization", "Bearer "+operatorToken)
}

// submit sends a form as the operator's browser does.
func (c *counter) submit(address string, form url.Values) requesttest.Reply {
	c.t.Helper()
	return c.do("POST", address, form.Encode(), "Content-Type", formType, "Accept", browser,
		"Authorization", "Bearer "+operatorToken, "Sec-Fetch-Site", "same-origin")
}

// L8: what a credential says stays text, wherever the counter shows it.
func TestHostileContent(t *testing.T) {
	c := opened(t, nil)
	const attack = `<script>alert(1)</script><img src=x onerror=alert(2)>"'{{.}}javascript:alert(3)`
	doc := eve.Badge(ada)
	for _, place := range []string{"name", "issuer/name", "issuer/email", "credentialSubject/achievement/name", "credentialSubject/achievement/description", "credentialSubject/achievement/criteria/narrative"} {
		doc = testissuer.Set(doc, place, strictjson.String(attack))
	}
	doc = testissuer.Set(doc, "credentialSubject/achievement/image", testissuer.Parse(`{"id":"https://tracker.example/pixel.png","type":"Image"}`))
	doc = testissuer.Set(doc, "issuer/url", strictjson.String("https://eve.example/x"))
	poster := c.asksFor(`{"proofOf":{"label":"=cmd|' /C calc'!A1","achievement":["` + dataBadge + `"]},"title":"<script>alert(4)</script>","purpose":"<b onmouseover=alert(5)>bold</b>","open":true}`)
	begun := c.do("POST", poster.Page, "label="+url.QueryEscape(`<script>alert(6)</script>`), "Content-Type", formType)
	link := c.server.URL + begun.Header.Get("Location")
	offered := c.do("GET", link, "", "Accept", "application/json").Body
	r := c.fetch(strictjsonGet(t, offered, "protocols", "OID4VP"))
	if got := c.answer(r, ada.Answer(t, ada.Present(eve.Sign(t, doc)), r.Nonce, r.ClientID)); got.Status != 200 {
		t.Fatalf("%d %s", got.Status, got.Body)
	}
	table := c.page(poster.Result)
	report := table.Body[strings.Index(table.Body, `href="/results/`)+6:]
	report = report[:strings.IndexByte(report, '"')]
	for name, address := range map[string]string{"table": poster.Result, "report": c.server.URL + report, "poster": poster.Page, "interaction": link, "ask": "/ask"} {
		got := c.page(address)
		if got.Status != 200 {
			t.Errorf("%s: %d", name, got.Status)
		}
		lower := strings.ToLower(got.Body)
		for _, danger := range []string{"<script>", "<img src=x", `href="javascript`, "tracker.example/pixel.png\"", "<b onmouseover", `href="mailto:<`} {
			if strings.Contains(lower, danger) {
				t.Errorf("%s contains %q", name, danger)
			}
		}
		if !strings.Contains(got.Header.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s: no policy", name)
		}
	}
}

func strictjsonGet(t *testing.T, text string, names ...string) string {
	t.Helper()
	v, err := strictjson.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		v = v.Get(n)
	}
	return v.Str()
}

// An open request: each visitor a session of their own, a table, a file that no
// spreadsheet runs, and an end.
func TestOpenRequests(t *testing.T) {
	c := opened(t, nil)
	poster := c.asksFor(`{"proofOf":[{"label":"Data analysis","achievement":["` + dataBadge + `"]},{"label":"First aid","tag":"first aid","optional":true}],"open":true,"retention":14}`)
	seen := map[string]bool{}
	for _, label := range []string{"=1+1", "+cmd", "-2", "@SUM(A1)", "\tTab", "＝1", "%x", "Ada \"the\" Counter, Countess", "two\nlines", "a;=1+1;b"} {
		begun := c.do("POST", poster.Page, "label="+url.QueryEscape(label), "Content-Type", formType)
		if begun.Status != http.StatusSeeOther || seen[begun.Header.Get("Location")] {
			t.Fatalf("begun: %d %s", begun.Status, begun.Header.Get("Location"))
		}
		seen[begun.Header.Get("Location")] = true
		r := c.fetch(strictjsonGet(t, c.do("GET", begun.Header.Get("Location"), "").Body, "protocols", "OID4VP"))
		c.answer(r, c.present(r))
	}
	direct := c.fetch(strictjsonGet(t, c.do("GET", poster.Page, "").Body, "protocols", "OID4VP"))
	c.do("POST", direct.ResponseURI, string(direct.Refusal("access_denied", "")), "Content-Type", formType)

	file := c.do("GET", poster.Result+"/answers.csv", "")
	rows, err := csv.NewReader(strings.NewReader(file.Body)).ReadAll()
	if err != nil || len(rows) != 12 || len(rows[0]) != 9 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if !strings.Contains(file.Body, "No answer,\"They said no, or have nothing that answers.\"") {
		t.Errorf("the one who declined: %s", file.Body)
	}
	if file.Header.Get("Content-Type") != "text/csv; charset=utf-8" || !strings.HasPrefix(file.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("%v", file.Header)
	}
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r|%") || strings.HasPrefix(cell, "＝") || strings.ContainsAny(cell, "\n;") {
				t.Errorf("a spreadsheet would run %q", cell)
			}
		}
	}
	if got := c.page(poster.Result); strings.Count(got.Body, "<tr ") != 12 || !strings.Contains(got.Body, "11 answers") {
		t.Errorf("the table: %d", strings.Count(got.Body, "<tr "))
	}
	id := c.page(poster.Result).Body
	id = id[strings.Index(id, `name="answer" value="`)+len(`name="answer" value="`):][:22]
	other := c.asksFor(simple)
	if got := c.submit(poster.Result+"/delete", url.Values{"answer": {other.ID}}); got.Status != 404 {
		t.Errorf("deleted what belongs elsewhere: %d", got.Status)
	}
	if got := c.submit(poster.Result+"/delete", url.Values{"answer": {id}}); got.Status != 303 {
		t.Errorf("deleted one: %d", got.Status)
	}
	if got := c.page(poster.Result); !strings.Contains(got.Body, "10 answers") {
		t.Error("it is still there")
	}
	if got := c.submit(poster.Result+"/delete", nil); got.Status != 303 {
		t.Errorf("taken down: %d", got.Status)
	}
	for _, address := range []string{poster.Result, poster.Page, poster.Result + "/answers.csv"} {
		if got := c.do("GET", address, ""); got.Status != 404 {
			t.Errorf("%s after that: %d", address, got.Status)
		}
	}
	if got := c.do("POST", poster.Page, "", "Content-Type", formType); got.Status != 404 {
		t.Errorf("begun after that: %d", got.Status)
	}
}

// A visitor whose browser another site steers begins nothing, and deletes nothing.
func TestCrossSite(t *testing.T) {
	c := opened(t, nil)
	a, poster := c.asksFor(simple), c.asksFor(strings.TrimSuffix(simple, "}")+`,"open":true}`)
	waiting := c.Desk.Book.Waiting()
	for _, path := range []string{poster.Page, a.Result + "/delete", a.Result + "/again", a.Page + "/upload", a.Result + "/check", "/logout", "/trusted/delete", a.Result + "/trust", "/templates/x/delete"} {
		got := c.do("POST", path, "", "Content-Type", formType, "Sec-Fetch-Site", "cross-site", "Authorization", "Bearer "+operatorToken)
		if got.Status != http.StatusForbidden || got.Code() != "CROSS_ORIGIN" {
			t.Errorf("%s: %d %s", path, got.Status, got.Body)
		}
	}
	if c.Desk.Book.Waiting() != waiting {
		t.Error("something was done")
	}
}

// The list: an issuer of a report is added by the operator, with who and why, and
// the report is judged again.
func TestAddToList(t *testing.T) {
	c := opened(t, nil)
	a := c.asksFor(simple)
	r := c.fetch(a.URI)
	c.answer(r, ada.Answer(t, ada.Present(eve.Sign(t, eve.Badge(ada))), r.Nonce, r.ClientID))
	if got := c.page(a.Result); !strings.Contains(got.Body, "Add to our list") || !strings.Contains(got.Body, "No web address stands behind it") {
		t.Error("the page does not offer it")
	}
	if got := c.do("GET", a.Result, "", "Accept", browser); strings.Contains(got.Body, "Add to our list") {
		t.Error("it is offered to those who are not the operator")
	}
	entry := url.Values{"id": {eve.ID}, "name": {"Eve's School"}, "who": {"Grace"}, "why": {"I phoned them."}}
	if got := c.do("POST", a.Result+"/trust", entry.Encode(), "Content-Type", formType); got.Status != 401 {
		t.Errorf("by a stranger: %d", got.Status)
	}
	for name, change := range map[string]url.Values{
		"no reason": {"why": {""}}, "nobody": {"who": {" "}}, "an issuer from elsewhere": {"id": {"did:key:z6Mkw"}},
	} {
		wrong := url.Values{}
		for k, v := range entry {
			wrong[k] = v
		}
		for k, v := range change {
			wrong[k] = v
		}
		if got := c.submit(a.Result+"/trust", wrong); got.Status != 422 {
			t.Errorf("%s: %d", name, got.Status)
		}
	}
	if got := c.submit(a.Result+"/trust", entry); got.Status != 303 {
		t.Fatalf("added: %d %s", got.Status, got.Body)
	}
	if got := c.result(a.Result); got.Report.Verdict != verifier.Accepted || got.Report.Parts[0].Issuer.Listed != "Eve's School" {
		t.Errorf("judged again: %s", got.Report.Headline)
	}
	if got := c.page("/trusted"); !strings.Contains(got.Body, "Grace") || !strings.Contains(got.Body, "I phoned them.") {
		t.Error("the list does not say who and why")
	}
	if got := c.submit("/trusted/delete", url.Values{"id": {eve.ID}}); got.Status != 303 || strings.Contains(c.page("/trusted").Body, "Grace") {
		t.Errorf("taken off: %d", got.Status)
	}
}

// What could not be looked at can be tried again; a stranger's word does not get
// better by that. An issuer on the list is there to be asked.
func TestCheckOnceMore(t *testing.T) {
	web := &testissuer.Web{Pages: map[string][]byte{}}
	c := opened(t, nil)
	v := c.Desk.Verifier
	v.Keys = testissuer.WebKeys(web)
	v.Status = &status.Source{Fetch: web, Keys: v.Keys, Suites: testissuer.Suites()}
	const list = "https://school.example/status/1"
	a := c.asksFor(simple)
	r := c.fetch(a.URI)
	c.answer(r, ada.Answer(t, ada.Present(issuing.Sign(t, testissuer.WithStatus(issuing.Badge(ada), list, 7))), r.Nonce, r.ClientID))
	page := c.page(a.Result)
	for _, part := range []string{"Check it once more", "Ask the issuer", "<strong>The School</strong> is on your list"} {
		if !strings.Contains(page.Body, part) {
			t.Errorf("while the list is out of reach, the page lacks %q", part)
		}
	}
	if got := c.do("POST", a.Result+"/check", "", "Sec-Fetch-Site", "cross-site"); got.Status != 403 {
		t.Errorf("from another site: %d", got.Status)
	}
	web.Pages[list] = issuing.List(t, list).JSON()
	if got := c.submit(a.Result+"/check", nil); got.Status != 303 {
		t.Fatalf("%d %s", got.Status, got.Body)
	}
	if got := c.result(a.Result); got.Report.Verdict != verifier.Accepted {
		t.Errorf("checked once more: %s", got.Report.Headline)
	}
	if page := c.page(a.Result); strings.Contains(page.Body, "Check it once more") || strings.Contains(page.Body, "Ask the issuer") {
		t.Error("it is still offered when all is settled")
	}
	stranger := c.asksFor(simple)
	r = c.fetch(stranger.URI)
	c.answer(r, ada.Answer(t, ada.Present(eve.Sign(t, eve.Badge(ada))), r.Nonce, r.ClientID))
	if page := c.page(stranger.Result); strings.Contains(page.Body, "Check it once more") || !strings.Contains(page.Body, "Do you know this issuer?") {
		t.Error("a stranger is to be checked once more, in place of being got to know")
	}
	file := c.asksFor(simple)
	if err := c.Desk.Upload(t.Context(), file.ID, [][]byte{issuing.Sign(t, issuing.Badge(ada)).JSON()}); err != nil {
		t.Fatal(err)
	}
	if page := c.page(file.Result); strings.Contains(page.Body, "Check it once more") || strings.Contains(page.Body, "Ask the issuer") || !strings.Contains(page.Body, "Ask again") {
		t.Error("a file that nobody presented is to be checked once more, or its issuer to be asked")
	}
}

// The asking page: what is filled in is asked; what cannot be asked is shown again
// with the reason; a saved question is asked with a button.
func TestAskingPage(t *testing.T) {
	c := opened(t, nil)
	form := url.Values{
		"label": {"B2 Spanish"}, "tag": {"Spanish"}, "grades": {"C1\nB2\n"}, "minimum": {"B2"}, "issuers": {issuing.ID + "\n\n"},
		"purpose": {"To see who can guide our guests."}, "retention": {"7"}, "minutes": {"5"}, "require_trusted": {"yes"},
	}
	got := c.submit("/requests", form)
	if got.Status != 303 || !strings.HasPrefix(got.Header.Get("Location"), "/results/") {
		t.Fatalf("%d %s", got.Status, got.Body)
	}
	page := c.page(got.Header.Get("Location"))
	for _, part := range []string{"B2 Spanish", "C1 or B2", "To see who can guide our guests.", "7 days", "<svg", `http-equiv="refresh"`, "data-events"} {
		if !strings.Contains(page.Body, part) {
			t.Errorf("the page lacks %q", part)
		}
	}
	asked := c.asksFor(simple)
	if theirs := c.page(asked.Page); strings.Contains(theirs.Body, "http-equiv") || !strings.Contains(theirs.Body, "data-events") {
		t.Error("the page with the field for files loads itself again, or follows nothing")
	} else if !strings.Contains(theirs.Body, "one of the other ways leads on") || !strings.Contains(theirs.Body, "Any that speaks OpenID4VP will do") {
		t.Error("somebody without a wallet is left alone")
	}
	form.Set("minimum", "A1")
	form.Set("label", `"quoted"`)
	if got = c.submit("/requests", form); got.Status != 400 || !strings.Contains(got.Body, "none of the grades") || !strings.Contains(got.Body, `aria-describedby="minimum-wrong minimum-hint" aria-invalid="true" autofocus`) || !strings.Contains(got.Body, `&#34;quoted&#34;`) {
		t.Errorf("refused: %d", got.Status)
	}
	for _, wrong := range []struct {
		field string // in which it is wrong; "" is none
		form  url.Values
	}{
		{"achievement", url.Values{}},
		{"dcql_query", url.Values{"dcql_query": {"{"}}},
		{"dcql_query", url.Values{"dcql_query": {`{"credentials":[]}`}, "tag": {"a"}}},
		{"retention", url.Values{"tag": {"a"}, "retention": {"soon"}}},
		{"minutes", url.Values{"tag": {"a"}, "minutes": {"9999"}}},
		{"minimum", url.Values{"tag": {"a"}, "minimum": {"good"}}},
		{"minimum-2", url.Values{"tag": {"a"}, "tag-2": {"b"}, "grades-2": {"A\nB"}, "minimum-2": {"C"}}},
		{"save", url.Values{"tag": {"a"}, "save": {"Two Words"}}},
		{"", url.Values{"template": {"none"}}},
		{"", url.Values{"tag": {"a"}, "purpose": {strings.Repeat("why ", 200)}}},
	} {
		got := c.submit("/requests", wrong.form)
		if at := `id="` + wrong.field + `-wrong"`; got.Status != 400 || strings.Contains(got.Body, "-wrong\"") != (wrong.field != "") || wrong.field != "" && !strings.Contains(got.Body, at) {
			t.Errorf("%v: %d, and the page does not say it beside %q", wrong.form, got.Status, wrong.field)
		}
	}
	form.Set("minimum", "B2")
	form.Set("save", "spanish")
	if got = c.submit("/requests", form); got.Status != 303 || got.Header.Get("Location") != "/ask#saved" {
		t.Fatalf("saved: %d %s", got.Status, got.Body)
	}
	if page := c.page("/ask"); !strings.Contains(page.Body, `value="spanish"`) {
		t.Error("it is not on the page")
	}
	if got = c.submit("/requests", url.Values{"template": {"spanish"}}); got.Status != 303 {
		t.Errorf("asked with it: %d", got.Status)
	}
	if got = c.submit("/templates/spanish/delete", nil); got.Status != 303 || strings.Contains(c.page("/ask").Body, `value="spanish"`) {
		t.Errorf("removed: %d", got.Status)
	}
}

// Two things by one code, each with its own fields, and the page says from whom.
func TestAskingForTwoThings(t *testing.T) {
	c := opened(t, nil)
	form := url.Values{
		"label": {"B2 Spanish"}, "tag": {"Spanish"}, "grades": {"C1\nB2\n"}, "minimum": {"B2"},
		"issuers": {"did:web:school.example\nhttps://school.example\ndid:web:lingua.example:courses\n"},
		"label-2": {"First aid"}, "achievement-2": {"https://aid.example/1\nhttps://aid.example/2"}, "purpose": {"To see who can guide our guests."},
	}
	got := c.submit("/requests", form)
	if got.Status != 303 {
		t.Fatalf("%d %s", got.Status, got.Body)
	}
	page := c.page(got.Header.Get("Location")).Body
	for _, part := range []string{
		"<h1>B2 Spanish and First aid</h1>", "<strong>First aid</strong>",
		`from <span class="code">school.example</span> or <span class="code">lingua.example/courses</span></span>`,
	} {
		if !strings.Contains(page, part) {
			t.Errorf("the page lacks %q", part)
		}
	}
	// A second thing that nothing could be found by is not left out.
	if got := c.submit("/requests", url.Values{"tag": {"Spanish"}, "label-2": {"First aid"}}); got.Status != 400 || !strings.Contains(got.Body, `id="achievement-2-wrong"`) {
		t.Errorf("without an address: %d", got.Status)
	}
	// What cannot be asked comes back, the second thing unfolded.
	form.Set("issuer-2", "did:web:aid.example")
	form.Set("issuers-2", "aid.example")
	got = c.submit("/requests", form)
	for _, part := range []string{"&#34;aid.example&#34; is no issuer&#39;s identifier", `id="achievement-2" name="achievement-2"`, "https://aid.example/1\nhttps://aid.example/2</textarea>", `value="First aid"`} {
		if got.Status != 400 || !strings.Contains(got.Body, part) {
			t.Errorf("%d: the form lacks %q", got.Status, part)
		}
	}
	if n := strings.Count(got.Body, `<details class="more" open>`); n != 3 { // what each thing is, and issuers of both
		t.Errorf("%d parts are unfolded", n)
	}
}

// Somebody without a wallet, and what the employer can do afterwards.
func TestUploadAndAfter(t *testing.T) {
	c := opened(t, nil)
	a := c.asksFor(simple)
	contentType, body := uitest.Form(t, [3]string{"file", "badge.json", string(issuing.Sign(t, issuing.Badge(ada)).JSON())})
	if got := c.do("POST", a.Page+"/upload", body, "Content-Type", contentType, "Accept", browser, "Sec-Fetch-Site", "same-origin"); got.Status != 303 {
		t.Fatalf("uploaded: %d %s", got.Status, got.Body)
	}
	got := c.result(a.Result)
	if got.Report.Verdict != verifier.Undetermined || got.Report.Deciding().Code != verifier.HolderNotShown {
		t.Errorf("%s: %s", got.Report.Verdict, got.Report.Headline)
	}
	if got := c.do("POST", a.Page+"/upload", body, "Content-Type", contentType); got.Status != 409 {
		t.Errorf("uploaded twice: %d", got.Status)
	}
	if got := c.do("GET", a.Page, "", "Accept", browser); !strings.Contains(got.Body, "Thank you") {
		t.Error("nobody was thanked")
	}
	if got := c.do("GET", a.Result+"/report.html", ""); got.Status != 200 || strings.Contains(got.Body, `href="/`) || !strings.Contains(got.Header.Get("Content-Disposition"), "report.html") {
		t.Errorf("as a file: %d", got.Status)
	}
	next := c.submit(a.Result+"/again", nil)
	if next.Status != 303 || next.Header.Get("Location") == strings.TrimPrefix(a.Result, c.server.URL) {
		t.Errorf("again: %d %s", next.Status, next.Header.Get("Location"))
	}
	if got := c.result(c.server.URL + next.Header.Get("Location")); got.State != session.Waiting {
		t.Errorf("again: %s", got.State)
	}
	if got := c.submit(a.Result+"/delete", nil); got.Status != 303 {
		t.Errorf("deleted: %d", got.Status)
	}
	if got := c.do("GET", a.Result, ""); got.Status != 404 {
		t.Errorf("after that: %d", got.Status)
	}
	empty, nothing := uitest.Form(t, [3]string{"file", "", ""})
	b := c.asksFor(simple)
	if got := c.do("POST", b.Page+"/upload", nothing, "Content-Type", empty); got.Status != 303 || c.result(b.Result).State != session.Waiting {
		t.Errorf("uploaded nothing: %d", got.Status)
	}
}

// The stream says each state once, and ends with the session, with its deletion,
// and with the server.
func TestEvents(t *testing.T) {
	stop := make(chan struct{})
	c := opened(t, func(config *Config) { config.Stop = stop })
	a, ended, deleted := c.asksFor(simple), c.asksFor(simple), c.asksFor(simple)
	lines := listen(t, a.Result+"/events")
	theirs := listen(t, a.Page+"/events")
	expect(t, lines, "data: waiting")
	expect(t, theirs, "data: waiting")
	r := c.fetch(a.URI)
	expect(t, lines, "data: opened")
	c.answer(r, c.present(r))
	expect(t, lines, "data: answered")
	expect(t, lines, "end")
	for got := range theirs { // which may have missed that it was opened
		if got == "data: answered" {
			break
		}
		if got != "data: opened" {
			t.Fatalf("theirs: %q", got)
		}
	}

	gone := listen(t, deleted.Page+"/events")
	expect(t, gone, "data: waiting")
	c.submit(deleted.Result+"/delete", nil)
	expect(t, gone, "data: gone")
	expect(t, gone, "end")

	open := listen(t, ended.Page+"/events")
	expect(t, open, "data: waiting")
	close(stop)
	expect(t, open, "end")
}

// The page turns when another process over the same store takes the answer.
func TestEventsOfAnotherProcess(t *testing.T) {
	c := opened(t, nil)
	a := c.asksFor(simple)
	lines := listen(t, a.Result+"/events")
	expect(t, lines, "data: waiting")
	c.restart() // what comes now goes to the other one; the stream stays where it is
	r := c.fetch(a.URI)
	expect(t, lines, "data: opened")
	c.answer(r, c.present(r))
	expect(t, lines, "data: answered")
	expect(t, lines, "end")
}

// listen gives the lines of a stream that have something in them, and "end".
func listen(t *testing.T, address string) <-chan string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if resp.Header.Get("Content-Type") != "text/event-stream" {
		t.Errorf("%d %s", resp.StatusCode, resp.Header.Get("Content-Type"))
	}
	out := make(chan string, 16)
	go func() {
		defer resp.Body.Close()
		lines := bufio.NewScanner(resp.Body)
		for lines.Scan() {
			if lines.Text() != "" {
				out <- lines.Text()
			}
		}
		out <- "end"
	}()
	return out
}

func expect(t *testing.T, lines <-chan string, want string) {
	t.Helper()
	select {
	case got := <-lines:
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	case <-time.After(10 * time.Second):
		t.Fatalf("%q never came", want)
	}
}

// What a report says survives being kept: the page of an answer shows everything
// that the page of a file does.
func TestReportsComeBackWhole(t *testing.T) {
	for name, report := range testreport.All() {
		text, err := json.Marshal(report)
		if err != nil {
			t.Fatal(err)
		}
		back, err := reportOf(&session.Session{Answer: &session.Answer{Report: text}})
		if err != nil {
			t.Fatal(err)
		}
		var was, is strings.Builder
		if err := errors.Join(display.Write(&was, report), display.Write(&is, back)); err != nil {
			t.Fatal(err)
		}
		if was.String() != is.String() {
			t.Errorf("%s: the page is another after the report was kept", name)
		}
	}
}

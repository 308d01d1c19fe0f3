package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"regexp"
	"strings"
	"testing"

	"laurel/credential"
	"laurel/internal/serve"
	"laurel/internal/strictjson"
	"laurel/wallet"
)

// upload sends files as the page does: names and contents in turn.
func (s *site) upload(pairs ...string) answered {
	s.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	if err := form.WriteField("token", s.token()); err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		part, err := form.CreateFormFile("file", pairs[i])
		if err == nil {
			_, err = io.WriteString(part, pairs[i+1])
		}
		if err != nil {
			s.t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		s.t.Fatal(err)
	}
	r := s.request(http.MethodPost, "/add", &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Origin", s.url)
	return s.do(r)
}

func TestAdd(t *testing.T) {
	s := opened(t, "urn:sample:ending")
	genuine := string(s.document("urn:sample:genuine"))
	tests := []struct {
		name  string
		look  func() answered
		wants []string
		bans  []string
		kept  string // title of what Keep it keeps; "" when it is not offered
	}{
		{"pasted", func() answered { return s.post("/add", "document", " "+genuine+"\n") }, []string{"Data Analysis", "Confirmed, with a caution", "Nothing is kept yet"}, nil, "Data Analysis"},
		{"a file", func() answered { return s.upload("../../x/valid.json", string(s.document("urn:sample:valid"))) }, []string{"MIG/MAG Welding", "on your list of trusted issuers"}, nil, "MIG/MAG Welding, Level 2"},
		{"already there", func() answered { return s.upload("a", string(s.document("urn:sample:ending"))) }, []string{"in your wallet already", "There is nothing here to keep"}, []string{"Keep it"}, ""},
		{"somebody else's", func() answered { return s.upload("a", string(s.document("urn:sample:foreign"))) }, []string{"issued to somebody else"}, nil, "Somebody Else's"},
		{"names nobody", func() answered { return s.upload("a", string(s.document("urn:sample:bearer"))) }, []string{"It names nobody"}, nil, "Library Card"},
		{"revoked", func() answered { return s.upload("a", string(s.document("urn:sample:revoked"))) }, []string{"Revoked by its issuer."}, nil, "Project Management"},
		{"forged", func() answered { return s.upload("a", string(s.document("urn:sample:forged"))) }, []string{"Nothing that it says is proven"}, []string{"Can clean, analyse"}, "Doctor of Everything"},
		{"old", func() answered { return s.upload("a", oldBadge) }, []string{"Typewriting", "Old format"}, []string{"It names nobody"}, "Typewriting"},
		{"hostile", func() answered { return s.upload(attack, string(s.document("urn:sample:hostile"))) }, []string{"&lt;script&gt;"}, nil, attack},
		{"not JSON", func() answered { return s.upload(attack, "%PDF-1.7") }, []string{"not a badge that can be read", "onerror=alert(2)&gt;"}, []string{"Keep it"}, ""},
		{"twice the same name", func() answered { return s.post("/add", "document", `{"a":1,"a":2}`) }, []string{"not a badge that can be read"}, []string{"Keep it"}, ""},
		{"something else", func() answered { return s.post("/add", "document", `{"a":1}`) }, []string{"This is not a badge"}, []string{"Keep it"}, ""},
		{"nothing", func() answered { return s.post("/add") }, []string{"Choose a file or paste a text first."}, []string{"Keep it"}, ""},
		{"no file chosen", func() answered { return s.upload("", "") }, []string{"Choose a file or paste a text first."}, []string{"Keep it"}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := len(s.cards())
			p := test.look()
			p.has(t, test.wants...)
			p.lacks(t, append(test.bans, inert...)...)
			if p.code != http.StatusOK || len(s.cards()) != before {
				t.Errorf("looking: %d, and %d were kept", p.code, len(s.cards())-before)
			}
			if test.kept == "" {
				return
			}
			after := s.post(p.path, "keep", "0")
			if cards := s.cards(); len(cards) != before+1 || cards[0].Title != test.kept || after.path != "/cards/"+cards[0].ID {
				t.Errorf("keeping led to %s with %d more: %q", after.path, len(cards)-before, cards[0].Title)
			}
			s.later(1e9)
			if s.post(p.path, "keep", "0"); len(s.cards()) != before+1 {
				t.Error("keeping it twice kept it twice")
			}
		})
	}
}

func TestAddSeveral(t *testing.T) {
	s := opened(t)
	p := s.upload("1", string(s.document("urn:sample:valid")), "2", "no badge", "3", string(s.document("urn:sample:revoked")), "4", string(s.document("urn:sample:genuine")))
	p.has(t, "What was found in 4 files", `name="keep" value="0" checked`, `name="keep" value="2">`, `name="keep" value="3" checked`)
	p.lacks(t, `value="1"`)
	if got := s.post(p.path, "keep", "0", "keep", "1", "keep", "3", "keep", "99", "keep", "x"); got.path != "/" || len(s.cards()) != 2 {
		t.Errorf("keeping led to %s with %d badges", got.path, len(s.cards()))
	}
	s.get(p.path).has(t, "in your wallet already")

	p = s.upload("5", string(s.document("urn:sample:ending")))
	first := s.client
	s.client = newClient(t)
	s.get(strings.TrimPrefix(s.Link(), s.url))
	for _, got := range []answered{s.get(p.path), s.post(p.path, "keep", "0")} {
		if got.code != http.StatusNotFound {
			t.Errorf("another session saw it: %d", got.code)
		}
	}
	s.client = first
	s.later(deskTime)
	if got := s.post(p.path, "keep", "0"); got.code != http.StatusNotFound || len(s.cards()) != 2 {
		t.Errorf("after half an hour: %d, %d badges", got.code, len(s.cards()))
	}
}

func TestAddAnotherVersion(t *testing.T) {
	s := opened(t)
	c := s.hold("urn:sample:valid")
	changed := strings.Replace(string(s.document("urn:sample:valid")), "3 to 12 mm", "3 to 20 mm", 1)
	s.post("/add", "document", changed).has(t, "another version of it", "/cards/"+c.ID)
}

func TestFormsThatAreRefused(t *testing.T) {
	s := opened(t)
	many := make([]string, 2*(maxFiles+1))
	for i := range many {
		many[i] = "x"
	}
	if got := s.upload(many...); got.code != http.StatusRequestEntityTooLarge {
		t.Errorf("%d files: %d", maxFiles+1, got.code)
	}
	if got := s.upload("x", strings.Repeat("x", maxForm)); got.code != http.StatusRequestEntityTooLarge {
		t.Errorf("a file that is too large: %d", got.code)
	}
	tests := []struct {
		name, mediaType, encoding, body string
		want                            int
	}{
		{"no type", "", "", "token=x", http.StatusUnsupportedMediaType},
		{"JSON", "application/json", "", `{"token":"x"}`, http.StatusUnsupportedMediaType},
		{"plain text, as a cross-site form may send", "text/plain", "", "token=x", http.StatusUnsupportedMediaType},
		{"packed", "application/x-www-form-urlencoded", "gzip", "token=x", http.StatusUnsupportedMediaType},
		{"bad escapes", "application/x-www-form-urlencoded", "", "token=%zz", http.StatusUnsupportedMediaType},
		{"too long", "application/x-www-form-urlencoded", "", "token=" + strings.Repeat("x", maxForm), http.StatusRequestEntityTooLarge},
		{"no boundary", "multipart/form-data", "", "--x", http.StatusUnsupportedMediaType},
		{"not in parts", "multipart/form-data; boundary=x", "", "token=x", http.StatusUnsupportedMediaType},
		{"cut off", "multipart/form-data; boundary=x", "", "--x\r\nContent-Disposition: form-data; name=token\r\n\r\nabc", http.StatusUnsupportedMediaType},
		{"too many parts", "multipart/form-data; boundary=x", "", strings.Repeat("--x\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n", maxParts) + "--x--", http.StatusRequestEntityTooLarge},
		{"no token", "application/x-www-form-urlencoded", "", "label=x", http.StatusForbidden},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := s.request(http.MethodPost, "/identities", strings.NewReader(test.body))
			r.Header.Set("Origin", s.url)
			for name, value := range map[string]string{"Content-Type": test.mediaType, "Content-Encoding": test.encoding} {
				if value != "" {
					r.Header.Set(name, value)
				}
			}
			if got := s.do(r); got.code != test.want {
				t.Errorf("got %d, want %d", got.code, test.want)
			}
		})
	}
}

// FuzzForm makes sure that a form is read whole or not at all.
func FuzzForm(f *testing.F) {
	f.Add("application/x-www-form-urlencoded", "a=b&c=%41")
	f.Add("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"..\\\\a\"\r\n\r\nabc\r\n--x--\r\n")
	f.Add("multipart/form-data; boundary=x", "--x\r\n\r\n--x--")
	f.Add("text/plain", "a=b")
	f.Fuzz(func(t *testing.T, mediaType, body string) {
		r := httptest.NewRequest(http.MethodPost, "/add", strings.NewReader(body))
		r.Header = http.Header(textproto.MIMEHeader{"Content-Type": {mediaType}})
		got, err := readForm(httptest.NewRecorder(), r)
		var problem *serve.Problem
		if err != nil && (got != nil || !errors.As(err, &problem)) {
			t.Errorf("a failed reading left %v, %v", got, err)
		}
		if err == nil {
			for _, d := range got.documents() {
				if strings.ContainsAny(d.name, "/\\\n") && d.name != "/" {
					t.Errorf("a file is called %q", d.name)
				}
			}
		}
	})
}

// present goes as far as the preview: names and values of the form in turn.
func (s *site) present(pairs ...string) answered {
	s.t.Helper()
	p := s.post("/present", pairs...)
	if !regexp.MustCompile(`^/present/[A-Z0-9]+$`).MatchString(p.path) || p.code != http.StatusOK {
		s.t.Fatalf("the answer is at %s: %d", p.path, p.code)
	}
	return p
}

func (s *site) receiptsKept() []wallet.Receipt {
	s.t.Helper()
	all, err := s.wallet.Receipts(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return all
}

func TestPresent(t *testing.T) {
	s := opened(t)
	welding, hostile := s.hold("urn:sample:valid"), s.hold("urn:sample:hostile")
	s.get("/present?card="+welding.ID+"&card="+hostile.ID).has(t, "Say for whom", "MIG/MAG Welding", `name="card" value="`+hostile.ID+`"`)

	p := s.present("card", welding.ID, "card", hostile.ID, "challenge", " n-0S6 ", "domain", "jobs.example", "audience", "Acme")
	p.has(t, "This is what they will see", "Acme", "jobs.example", "n-0S6", "All stand", "achievement.criteria.narrative", "I agree", "Welds fillet joints", "&#34;proofValue&#34;")
	p.lacks(t, inert...)
	// Before the learner agreed, nothing can leave and nothing is recorded.
	if got := s.get(p.path + "/1"); got.code != http.StatusForbidden || strings.Contains(got.body, "proofValue") {
		t.Errorf("before agreeing: %d", got.code)
	}
	if got := s.receiptsKept(); len(got) != 0 {
		t.Errorf("%d receipts before agreeing", len(got))
	}

	for range 2 { // the second click of a double click
		done := s.post(p.path)
		done.has(t, "Ready to hand over", `href="`+p.path+`/1"`)
		done.lacks(t, "I agree")
	}
	file := s.get(p.path + "/1")
	sum := sha256.Sum256([]byte(file.body))
	kept := s.receiptsKept()
	if len(kept) != 1 || kept[0].SHA256 != hex.EncodeToString(sum[:]) || kept[0].Audience != "Acme" || len(kept[0].Credentials) != 2 {
		t.Errorf("receipts %+v", kept)
	}
	p.has(t, kept[0].SHA256, fmt.Sprintf("%d bytes", len(file.body)))
	if file.header.Get("Content-Type") != "application/vp" || file.header.Get("Content-Disposition") != `attachment; filename="presentation.json"` {
		t.Errorf("the file comes as %v", file.header)
	}
	doc, err := strictjson.Parse([]byte(file.body))
	if err != nil || credential.Detect(doc) != credential.Presentation || len(credential.Credentials(doc)) != 2 ||
		doc.Get("proof").Get("challenge").Str() != "n-0S6" || doc.Get("holder").Str() != s.me.DID {
		t.Errorf("the file is no presentation of two: %v", err)
	}
	for _, n := range []string{"/0", "/2", "/99999999999999999999", "/x"} {
		if got := s.get(p.path + n); got.code != http.StatusNotFound {
			t.Errorf("part %s: %d", n, got.code)
		}
	}
	list := s.get("/receipts")
	list.has(t, "Acme", "MIG/MAG Welding", kept[0].SHA256, "first")
	list.lacks(t, inert...)
	if log := s.logged.String(); strings.Contains(log, "n-0S6") || strings.Contains(log, "Acme") || strings.Contains(log, "Welding") || strings.Contains(log, welding.ID) || strings.Contains(log, "did:key") {
		t.Errorf("the log tells of people:\n%s", log)
	}
}

func TestPresentWarns(t *testing.T) {
	s := opened(t)
	work, err := s.wallet.NewIdentity(t.Context(), "work")
	if err != nil {
		t.Fatal(err)
	}
	valid, expired, bearer, foreign := s.hold("urn:sample:valid"), s.hold("urn:sample:expired"), s.hold("urn:sample:bearer"), s.hold("urn:sample:foreign")
	s.get("/present?card="+bearer.ID).has(t, "Show as", work.DID)
	s.get("/present?card="+valid.ID).lacks(t, "Show as")
	p := s.present("card", valid.ID, "card", expired.ID, "card", bearer.ID, "card", foreign.ID, "holder", work.DID)
	p.has(t, "Before you agree", "There is no challenge", "expired on 2026-03-01", "names nobody", "somebody else", "show that all of them are you",
		"File 1 of 2", "File 2 of 2", "whoever gets it", "<strong>work</strong>")
	s.post(p.path).has(t, "Save file 1", "Save file 2")
	if got := s.get(p.path + "/2").header.Get("Content-Disposition"); got != `attachment; filename="presentation-2.json"` {
		t.Errorf("the second file is called %s", got)
	}
	if got := len(s.receiptsKept()); got != 2 {
		t.Errorf("%d receipts of two files", got)
	}
}

func TestPresentRefuses(t *testing.T) {
	s := opened(t)
	valid, old := s.hold("urn:sample:valid"), s.hold("old")
	long := strings.Repeat("x", maxAsked+1)
	tests := []struct {
		name string
		form []string
		code int
		want string
	}{
		{"nothing chosen", nil, http.StatusOK, "Tick the badges first"},
		{"no such badge", []string{"card", "0123456789abcdef"}, http.StatusNotFound, "no such badge"},
		{"an old badge", []string{"card", old.ID}, http.StatusOK, "has no proof to show"},
		{"no such identity", []string{"card", valid.ID, "holder", "did:key:z6MkNobody"}, http.StatusOK, "no such identity"},
		{"a long challenge", []string{"card", valid.ID, "challenge", long}, http.StatusRequestEntityTooLarge, "longer than any honest one"},
		{"a long domain", []string{"card", valid.ID, "domain", long}, http.StatusRequestEntityTooLarge, "longer than any honest one"},
		{"a long name", []string{"card", valid.ID, "audience", long}, http.StatusRequestEntityTooLarge, "longer than any honest one"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := s.post("/present", test.form...)
			if p.code != test.code {
				t.Errorf("got %d, want %d", p.code, test.code)
			}
			p.has(t, test.want)
		})
	}
	for _, path := range []string{"/present/NONE", "/present/NONE/1", "/add/NONE"} {
		if got := s.get(path); got.code != http.StatusNotFound {
			t.Errorf("%s: %d", path, got.code)
		}
	}
	if got := s.post("/present/NONE"); got.code != http.StatusNotFound {
		t.Errorf("agreeing to nothing: %d", got.code)
	}
	// What is on the desk as one thing is not taken for another.
	found := s.post("/add", "document", oldBadge)
	if got := s.get("/present" + strings.TrimPrefix(found.path, "/add")); got.code != http.StatusNotFound {
		t.Errorf("a file that was looked at, as an answer: %d", got.code)
	}
}

func TestManyReceipts(t *testing.T) {
	s := opened(t)
	c := s.hold("urn:sample:valid")
	answer, err := s.wallet.Prepare(t.Context(), wallet.Request{Credentials: []string{c.ID}, Challenge: "c"})
	if err != nil {
		t.Fatal(err)
	}
	for i := range maxReceipts + 2 {
		answer.Presentations[0].Bytes = fmt.Append(nil, i)
		if _, err := s.wallet.Record(t.Context(), answer); err != nil {
			t.Fatal(err)
		}
	}
	p := s.get("/receipts")
	p.has(t, "And 2 older")
	if n := strings.Count(p.body, "<summary>"); n != maxReceipts {
		t.Errorf("%d receipts on the page", n)
	}
}

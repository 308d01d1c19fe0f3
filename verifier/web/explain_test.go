package web

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"laurel/credential"
	"laurel/credential/baking"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/internal/testreport"
	"laurel/internal/ui/uitest"
	"laurel/proof"
	"laurel/verifier"
	"laurel/verifier/doctor"
)

// postTo sends a body to a path and returns the answer.
func postTo(h http.Handler, path, contentType, accept, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("Accept", accept)
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	return rec
}

// broken is a badge with a word that nobody defines, and one that was garbled.
func broken(t *testing.T) string {
	school, learner := testissuer.New("school"), testissuer.New("learner")
	badge := school.Sign(t, school.Badge(learner))
	badge = testissuer.Set(badge, "name", strictjson.String("ZÃ¼rich<script>"))
	return string(testissuer.Set(badge, "credentialSubject/grade", strictjson.String("A")).JSON())
}

func genuine(t *testing.T) string {
	school := testissuer.New("school")
	return string(school.Sign(t, school.Badge(testissuer.New("learner"))).JSON())
}

// TestExplainTokens: a token on the page, with each disclosure and where it belongs.
func TestExplainTokens(t *testing.T) {
	school, learner := testissuer.New("school"), testissuer.New("learner")
	whole := school.IssueSD(t, school.Badge(learner), learner, proof.SDJWTOptions{Disclosable: []string{"/name"}})
	web := &testissuer.Web{}
	v := &verifier.Verifier{Keys: testissuer.WebKeys(web), Suites: testissuer.TokenSuites(web), Clock: func() time.Time { return testissuer.Now }}
	h := handler(t, Config{Verify: v.Verify, Inspect: doctor.Practice{Verifier: v}.Inspect})
	for body, wants := range map[string][]string{
		whole:                                   {"This is an SD-JWT, with an Open Badge (3.0)", "belongs at /name", "digest ", "what is signed, SHA-256", "Holds"},
		strings.Replace(whole, "~", "~W10~", 1): {"DISCLOSURE_INVALID", "no digest refers to it", "Show only disclosures of this token"},
		learner.ShowSD(t, whole, "u7c1e0a5b2d", "https://employer.example", "/name"): {"Key binding, payload", "sd_hash of what is shown here", "kb+jwt"},
	} {
		page := uitest.Text(t, postTo(h, "/inspect", "text/plain", html5, body).Body.String())
		for _, want := range wants {
			if !strings.Contains(page, want) {
				t.Errorf("%q is not on the page: %s", want, page)
			}
		}
	}
}

func explaining(t *testing.T) http.Handler {
	return handler(t, Config{Verify: real().Verify, Inspect: doctor.Practice{Verifier: real()}.Inspect})
}

func TestExplain(t *testing.T) {
	h := explaining(t)
	rec := postTo(h, "/inspect", "application/vc", "application/json", broken(t))
	var n doctor.Inspection
	if err := json.Unmarshal(rec.Body.Bytes(), &n); err != nil || rec.Code != 200 || n.Type != doctor.InspectionType || n.Report.Verdict != verifier.Rejected {
		t.Fatalf("got %d, %v: %s", rec.Code, err, rec.Body)
	}
	rec = postTo(h, "/inspect", "application/vc", html5, broken(t))
	page := rec.Body.String()
	if rec.Code != 200 || strings.Contains(page, "<script") || strings.Contains(page, "%!") {
		t.Fatalf("got %d: %s", rec.Code, page)
	}
	for _, want := range []string{"This is an Open Badge (3.0)", "nothing here is verified", "UNDEFINED_TERM", "/credentialSubject/grade",
		"Correct the spelling", "was “Zürich<script>”", "proof options, canonical form", "eddsa-rdfc-2022", "Does not hold"} {
		if !strings.Contains(uitest.Text(t, page), want) {
			t.Errorf("%q is not on the page: %s", want, uitest.Text(t, page))
		}
	}
	for _, body := range []string{"", "{", "eyJhbGciOiJFZERTQSJ9.e30.c2ln", `{"type":"Assertion","recipient":{},"badge":"x"}`, "<svg/>", genuine(t)} {
		if rec := postTo(h, "/inspect", "text/plain", html5, body); body != "" && (rec.Code != 200 || !strings.Contains(rec.Body.String(), "This is ")) {
			t.Errorf("%q: got %d %s", body, rec.Code, uitest.Text(t, rec.Body.String()))
		}
	}
}

func TestExplainSeveral(t *testing.T) {
	contentType, body := uitest.Form(t, [3]string{"file", "a.json", genuine(t)}, [3]string{"file", "b.json", broken(t)})
	rec := postTo(explaining(t), "/inspect", contentType, "application/json", body)
	var all struct {
		Type        string
		Inspections []explained
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &all); err != nil || all.Type != inspectionsType || len(all.Inspections) != 2 || all.Inspections[1].Name != "b.json" {
		t.Errorf("got %v: %s", err, rec.Body)
	}
	page := uitest.Text(t, postTo(explaining(t), "/inspect", contentType, html5, body).Body.String())
	if !strings.Contains(page, "2 documents explained") || !strings.Contains(page, "b.json") {
		t.Errorf("got %s", page)
	}
}

// Whoever has a report gets from there to the reasons with the same document.
func TestShowMeWhy(t *testing.T) {
	h := explaining(t)
	home := httptest.NewRecorder()
	h.ServeHTTP(home, httptest.NewRequest(http.MethodGet, "/", nil))
	if !strings.Contains(home.Body.String(), `formaction="/inspect"`) {
		t.Error("the front page does not offer it")
	}
	page := post(h, "application/vc", html5, genuine(t)).Body.String()
	if !strings.Contains(page, `action="/inspect"`) || !strings.Contains(page, `name="document" value="{&#34;@context&#34;`) {
		t.Errorf("the report does not offer it: %s", page)
	}
	image, err := os.ReadFile("../../testdata/badges/baked/simple-json.png")
	if err != nil {
		t.Fatal(err)
	}
	baked, err := baking.Write(image, []byte(genuine(t)), baking.Options{Replace: true})
	if err != nil {
		t.Fatal(err)
	}
	if rec := post(h, "image/png", html5, string(baked)); rec.Code != 200 || !strings.Contains(rec.Body.String(), `action="/inspect"`) {
		t.Errorf("a picture: %d", rec.Code)
	}
	for name, body := range map[string]string{"too large": "{" + strings.Repeat(" ", maxWhy), "not UTF-8": "\xff", "a broken picture": "<svg", "nothing": ""} {
		if strings.Contains(post(h, "application/vc", html5, body).Body.String(), `action="/inspect" method`) {
			t.Errorf("%s: offered", name)
		}
	}
	if rec := post(h, "image/svg+xml", "", "<svg/>"); rec.Code != 200 {
		t.Errorf("an SVG: %d", rec.Code)
	}
}

func TestCounted(t *testing.T) {
	for want, n := range map[string]doctor.Inspection{
		"0 values": {}, "1 value": {Says: make([]credential.Claim, 1)}, "the first 2 values": {Says: make([]credential.Claim, 2), More: true},
	} {
		if got := newExam(&n, "", "", 1).Counted(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestExplainIsLeftOut(t *testing.T) {
	h := handler(t, Config{Verify: testreport.Judge})
	if rec := postTo(h, "/inspect", "application/vc", "", "{}"); rec.Code != 404 {
		t.Errorf("got %d", rec.Code)
	}
	if strings.Contains(post(h, "application/vc", html5, "valid").Body.String(), "/inspect") {
		t.Error("offered all the same")
	}
	rec := httptest.NewRecorder()
	explaining(t).ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/inspect", nil))
	if rec.Code != 405 || rec.Header().Get("Allow") != "POST" {
		t.Errorf("GET: %d, %v", rec.Code, rec.Header())
	}
	if rec := postTo(explaining(t), "/inspect", "image/gif", "", "x"); rec.Code != 415 {
		t.Errorf("a GIF: %d", rec.Code)
	}
}

package web

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/verifier"
	"laurel/verifier/session"
)

// More of the classes that answers can be wrong in, each with the code that it gets.

func TestMethodsNotAllowed(t *testing.T) {
	c := opened(t, nil)
	a := c.asksFor(simple)
	for path, allow := range map[string]string{
		a.Page + "/response": "POST", a.Page + "/upload": "POST", a.Result + "/again": "POST", a.Result + "/delete": "POST",
		a.Result + "/trust": "POST", "/requests": "POST", "/logout": "POST", a.Page + "/object": "GET, HEAD, POST", a.Page: "GET, HEAD",
		a.Result: "GET, HEAD", a.Page + "/events": "GET", "/ask": "GET, HEAD",
	} {
		for _, method := range []string{"PUT", "PATCH", "DELETE", "GET", "POST"} {
			if strings.Contains(allow, method) {
				continue
			}
			got := c.do(method, path, "")
			if got.Status != http.StatusMethodNotAllowed || got.Code() != "METHOD_NOT_ALLOWED" || got.Header.Get("Allow") != allow {
				t.Errorf("%s %s: %d %s, Allow %q, want %q", method, path, got.Status, got.Code(), got.Header.Get("Allow"), allow)
			}
		}
	}
}

// A wallet that sends no answer says why in one word (section 8.5), encrypted or not, and
// whoever asks reads what that means, and no more than that.
func TestNoAnswer(t *testing.T) {
	c := opened(t, nil)
	for _, test := range []struct{ code, says string }{
		{"access_denied", "They said no, or have nothing that answers."},
		{"vp_formats_not_supported", "none of the forms that you take"},
		{"wallet_unavailable", "No wallet could be opened."},
		{"invalid_request", "does not understand the question"},
		{"invalid_transaction_data", "does not understand the question"},
		{"a_word_of_tomorrow", "could not answer"},
		{"<script>alert(1)</script>", "could not answer"},
	} {
		for _, mode := range []string{"direct_post", "direct_post.jwt"} {
			a := c.asksFor(strings.TrimSuffix(simple, "}") + `,"response_mode":"` + mode + `"}`)
			r := c.fetch(a.URI)
			form := string(r.Refusal(test.code, "Ada has no such badge"))
			if strings.Contains(form, "Ada") != (mode == "direct_post") {
				t.Errorf("%s: sent %s", mode, form)
			}
			got := c.do("POST", r.ResponseURI, form, "Content-Type", formType)
			if got.Status != 200 || got.Body != "{}" || got.Header.Get("Content-Type") != "application/json" || got.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s: %d %v %s", test.code, got.Status, got.Header, got.Body)
			}
			page := c.page(a.Result)
			if !strings.Contains(page.Body, test.says) || strings.Contains(page.Body, "Ada has") || strings.Contains(page.Body, "<script>alert") {
				t.Errorf("%s: the page does not say %q, or more", test.code, test.says)
			}
			if result := c.result(a.Result); result.State != session.Answered || result.Error == "" || result.Report != nil {
				t.Errorf("%s: %+v", test.code, result)
			}
		}
	}
	// "If a Wallet is unable to generate an encrypted response, it MAY send an error
	// response without encryption" (section 8.3.1).
	a := c.asksFor(simple)
	r := c.fetch(a.URI)
	if got := c.do("POST", r.ResponseURI, "error=invalid_request&state="+r.State, "Content-Type", formType); got.Status != 200 {
		t.Errorf("an error without encryption: %d %s", got.Status, got.Body)
	}
}

// HEAD is safe: it begins no session of an open request, and opens no request.
func TestHead(t *testing.T) {
	c := opened(t, nil)
	poster, one := c.asksFor(strings.TrimSuffix(simple, "}")+`,"open":true}`), c.asksFor(simple)
	before := c.Desk.Book.Waiting()
	for address, want := range map[string]string{
		poster.Page: "application/json", one.Page: "application/json", one.RequestURI: "application/oauth-authz-req+jwt",
	} {
		if got := c.do("HEAD", address, ""); got.Status != 200 || got.Header.Get("Content-Type") != want || got.Body != "" {
			t.Errorf("%s: %d %q", address, got.Status, got.Header.Get("Content-Type"))
		}
	}
	if after := c.Desk.Book.Waiting(); after != before {
		t.Errorf("%d sessions wait, and %d before", after, before)
	}
	if got := c.result(one.Result); got.State != session.Waiting {
		t.Errorf("the request is %s", got.State)
	}
	r := c.fetch(one.URI)
	c.answer(r, c.present(r))
	if got := c.do("HEAD", one.RequestURI, ""); got.Status != 409 {
		t.Errorf("after the answer: %d", got.Status)
	}
}

func TestSessionMismatch(t *testing.T) {
	c := opened(t, nil)
	one := c.asksFor(strings.TrimSuffix(simple, "}") + `,"same_device":true}`)
	other := c.asksFor(strings.TrimSuffix(simple, "}") + `,"same_device":true}`)
	codes := map[string]string{}
	for _, a := range []Asked{one, other} {
		r := c.fetch(a.URI)
		got := c.answer(r, c.present(r)).Body
		codes[a.ID] = got[strings.Index(got, "response_code=")+len("response_code=") : strings.LastIndex(got, `"`)]
	}
	for name, code := range map[string]string{
		"none": "", "another's": codes[other.ID], "a guess": "AAAAAAAAAAAAAAAAAAAAAA", "a part": codes[one.ID][:10], "more": codes[one.ID] + "A",
	} {
		for _, address := range []string{one.Page, one.Result} {
			got := c.do("GET", address+"?response_code="+code, "", "Accept", browser)
			if got.Status != http.StatusBadRequest || strings.Contains(got.Body, "Data Analysis") {
				t.Errorf("%s at %s: %d", name, address, got.Status)
			}
			if got := c.do("GET", one.Result+"?response_code="+code, ""); got.Code() != "SESSION_MISMATCH" {
				t.Errorf("%s, as JSON: %d %s", name, got.Status, got.Body)
			}
		}
	}
	if got := c.do("GET", one.Result+"/report.html", ""); got.Status != 404 {
		t.Errorf("as a file, without the code: %d", got.Status)
	}
	if got := c.do("GET", one.Result+"?response_code="+codes[one.ID], "", "Accept", browser); got.Status != 200 || !strings.Contains(got.Body, "Data Analysis") {
		t.Errorf("with the code: %d", got.Status)
	}
	if got := c.page(other.Result); got.Status != 200 || !strings.Contains(got.Body, "Data Analysis") {
		t.Errorf("the operator: %d", got.Status)
	}
}

func TestResponseLimits(t *testing.T) {
	c := opened(t, nil)
	a := c.asksFor(strings.TrimSuffix(simple, "}") + `,"response_mode":"direct_post"}`)
	sealed := c.asksFor(simple)
	r, s := c.fetch(a.URI), c.fetch(sealed.URI)
	state := "&state=" + r.State
	many := func(n int) string { return strings.TrimSuffix(strings.Repeat(`"a",`, n), ",") }
	large, err := s.Answer(map[string][]strictjson.Value{"proof1": {strictjson.String(strings.Repeat("x", 900<<10))}})
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ address, form string }{
		"a body over a mebibyte":       {r.ResponseURI, "x=" + strings.Repeat("x", 1<<20) + state},
		"65 presentations":             {r.ResponseURI, `vp_token={"proof1":[` + many(65) + `]}` + state},
		"65 over several queries":      {r.ResponseURI, `vp_token={"proof1":[` + many(33) + `],"proof1_b":[` + many(32) + `]}` + state},
		"nested too deeply":            {r.ResponseURI, `vp_token={"proof1":[` + strings.Repeat("[", 80) + strings.Repeat("]", 80) + `]}` + state},
		"an encrypted body, too large": {s.ResponseURI, string(large)},
	} {
		got := c.do("POST", test.address, test.form, "Content-Type", formType)
		if got.Status != http.StatusRequestEntityTooLarge || got.Code() != "LIMIT_EXCEEDED" {
			t.Errorf("%s: %d %.200s", name, got.Status, got.Body)
		}
	}
	unsaid, err := http.NewRequest(http.MethodPost, r.ResponseURI, io.MultiReader(strings.NewReader(strings.Repeat("x", 2<<20))))
	if err != nil {
		t.Fatal(err)
	}
	unsaid.Header.Set("Content-Type", formType)
	resp, err := http.DefaultClient.Do(unsaid)
	if err == nil { // the server may also have closed before all was sent
		if resp.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("a body of unsaid size: %d", resp.StatusCode)
		}
		resp.Body.Close()
	}
	if got := c.do("POST", r.ResponseURI, "vp_token=%7B%7D"+state, "Content-Type", formType, "Content-Encoding", "gzip"); got.Status != 415 {
		t.Errorf("packed: %d", got.Status)
	}
	if got := c.answer(r, c.present(r)); got.Status != 200 {
		t.Errorf("the right answer after all of that: %d %s", got.Status, got.Body)
	}
}

func TestResponseModes(t *testing.T) {
	c := opened(t, nil)
	for _, prefix := range []string{"decentralized_identifier", "redirect_uri"} {
		plain := c.fetch(c.asksFor(strings.TrimSuffix(simple, "}") + `,"response_mode":"direct_post","client_id_prefix":"` + prefix + `"}`).URI)
		sealed := c.fetch(c.asksFor(strings.TrimSuffix(simple, "}") + `,"response_mode":"direct_post.jwt","client_id_prefix":"` + prefix + `"}`).URI)
		answer := map[string][]strictjson.Value{"proof1": {c.present(plain)}}
		open, err := plain.Answer(answer)
		if err != nil {
			t.Fatal(err)
		}
		closed, err := sealed.Answer(answer)
		if err != nil {
			t.Fatal(err)
		}
		for name, test := range map[string]struct{ address, form, code string }{
			"encrypted, and plain was asked":  {plain.ResponseURI, string(closed), "RESPONSE_MODE_MISMATCH"},
			"plain, and encrypted was asked":  {sealed.ResponseURI, string(open), "RESPONSE_MODE_MISMATCH"},
			"both":                            {sealed.ResponseURI, string(closed) + "&" + string(open), "MALFORMED_RESPONSE"},
			"encrypted twice":                 {sealed.ResponseURI, string(closed) + "&" + string(closed), "MALFORMED_RESPONSE"},
			"a plain one in the encrypted":    {sealed.ResponseURI, "response=" + strings.TrimPrefix(string(open), "vp_token="), "DECRYPTION_FAILED"},
			"encrypted, with a state outside": {plain.ResponseURI, string(closed) + "&state=" + plain.State, "RESPONSE_MODE_MISMATCH"},
		} {
			got := c.do("POST", test.address, test.form, "Content-Type", formType)
			if got.Status != http.StatusBadRequest || got.Code() != test.code {
				t.Errorf("%s, %s: %d %s", prefix, name, got.Status, got.Body)
			}
		}
	}
}

// A query that asks for no holder binding takes a bare credential, and still judges
// one that is presented.
func TestWithoutHolderBinding(t *testing.T) {
	c := opened(t, nil)
	query := `{"dcql_query":{"credentials":[{"id":"badge","format":"ldp_vc","meta":{},"require_cryptographic_holder_binding":false,
		"claims":[{"path":["credentialSubject","achievement","id"],"values":["` + dataBadge + `"]}]}]}}`
	badge := issuing.Sign(t, issuing.Badge(ada))
	for name, test := range map[string]struct {
		show func(nonce, domain string) strictjson.Value
		want verifier.Verdict
	}{
		"bare":                 {func(string, string) strictjson.Value { return badge }, verifier.Accepted},
		"presented":            {func(n, d string) strictjson.Value { return ada.Answer(t, ada.Present(badge), n, d) }, verifier.Accepted},
		"presented by another": {func(n, d string) strictjson.Value { return eve.Answer(t, eve.Present(badge), n, d) }, verifier.Rejected},
		"an old presentation":  {func(_, d string) strictjson.Value { return ada.Answer(t, ada.Present(badge), "old-nonce", d) }, verifier.Rejected},
		"bare and forged": {func(string, string) strictjson.Value {
			return testissuer.Set(badge, "name", strictjson.String("Doctor"))
		}, verifier.Rejected},
	} {
		a := c.asksFor(query)
		r := c.fetch(a.URI)
		if got := c.answer(r, test.show(r.Nonce, r.ClientID)); got.Status != 200 {
			t.Fatalf("%s: %d %s", name, got.Status, got.Body)
		}
		if got := c.result(a.Result); got.Report.Verdict != test.want {
			t.Errorf("%s: %s: %s", name, got.Report.Verdict, got.Report.Headline)
		}
	}
}

// Two identities of one person, in one answer: each badge is its presenter's, and the
// report names no single one.
func TestTwoIdentities(t *testing.T) {
	c := opened(t, nil)
	a := c.asksFor(`{"proofOf":[{"label":"One","achievement":["` + dataBadge + `"]},{"label":"Two","achievement":["https://school.example/other"]}]}`)
	r := c.fetch(a.URI)
	second := issuing.Sign(t, testissuer.Set(issuing.Badge(eve), "credentialSubject/achievement/id", strictjson.String("https://school.example/other")))
	form, err := r.Answer(map[string][]strictjson.Value{
		"proof1": {c.present(r)}, "proof2": {eve.Answer(t, eve.Present(second), r.Nonce, r.ClientID)},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := c.do("POST", r.ResponseURI, string(form), "Content-Type", formType); got.Status != 200 {
		t.Fatalf("%d %s", got.Status, got.Body)
	}
	got := c.result(a.Result).Report
	if got.Verdict != verifier.Accepted || got.Holder != "" || len(got.Check(verifier.RowHolder).Evidence) != 2 {
		t.Errorf("%s by %q: %s", got.Verdict, got.Holder, got.Headline)
	}
	if page := c.page(a.Result); !strings.Contains(page.Body, ">One<") || !strings.Contains(page.Body, ">Two<") {
		t.Error("the page does not name both")
	}
}

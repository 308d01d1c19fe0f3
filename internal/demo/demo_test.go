package demo

import (
	"context"
	"errors"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"laurel/internal/serve/servetest"
	"laurel/internal/testissuer"
	"laurel/verifier"
	"laurel/wallet"
)

// look is a wallet's check that says what the verifier says.
func look(v *verifier.Verifier) wallet.Check {
	return func(ctx context.Context, document []byte, expect wallet.Expectation) (wallet.Checked, error) {
		r, err := v.Verify(ctx, document, verifier.Expectation{Challenge: expect.Challenge, Domain: expect.Domain, Receiving: expect.Receiving})
		if err != nil {
			return wallet.Checked{}, err
		}
		return wallet.Checked{Verdict: wallet.Verdict(r.Verdict), Headline: r.Headline}, nil
	}
}

// TestDemo watches the whole story, visits what is left up, and goes home.
func TestDemo(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	ctx, leave := context.WithTimeout(t.Context(), storyTime)
	defer leave()
	var heard servetest.Log
	d := &Demo{Out: &heard, Now: time.Now, Suites: testissuer.Suites(), Check: look}
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	for !strings.Contains(heard.String(), "a question by QR code") {
		select {
		case err := <-done:
			t.Fatalf("it ended: %v\n%s", err, heard.String())
		case <-time.After(10 * time.Millisecond):
		}
	}
	text := heard.String()
	for n, a := range acts {
		if !strings.Contains(text, a.title) {
			t.Errorf("act %d, %q, was not played:\n%s", n+2, a.title, text)
		}
	}
	if lines := strings.Count(text, "\n"); lines > 42 || strings.ContainsAny(text, "{}✗") {
		t.Errorf("%d lines, or not for people:\n%s", lines, text)
	}
	addresses := regexp.MustCompile(`(?m)^  the (?:employer|school)'s .* (http://\S+)$`).FindAllStringSubmatch(text, -1)
	if len(addresses) != 2 {
		t.Fatalf("addresses %q in\n%s", addresses, text)
	}
	for _, a := range addresses {
		visit(t, a[1])
	}
	page := visit(t, addresses[0][1])
	for _, name := range sampleOrder {
		if !strings.Contains(strings.ToLower(page), name) {
			t.Errorf("the employer's page has nothing to try called %q", name)
		}
	}
	nearby(t, text)
	link := regexp.MustCompile(`(?m)^  what she shares by a link.* (http://\S+/s/\S{43})$`).FindStringSubmatch(text)
	if link == nil {
		t.Fatalf("no link in\n%s", text)
	}
	if !strings.Contains(page, `href="`+link[1]+`" role="button"`) {
		t.Error("the employer's page has no button that opens what is shared")
	}
	if shared := visit(t, link[1]); !strings.Contains(shared, "Checked just now, for you.") || !strings.Contains(shared, "B2") || strings.Contains(shared, ">87<") {
		t.Errorf("what is shared is\n%s", shared)
	}
	leave()
	if err := <-done; err != nil {
		t.Errorf("Run = %v", err)
	}
	if left, err := filepath.Glob(filepath.Join(folder, "*")); err != nil || left != nil {
		t.Errorf("it left %q behind, %v", left, err)
	}
}

// nearby goes the way of somebody who looks at the demo: opens the wallet, begins the
// question, and finds the button that leads from the one to the other.
func nearby(t *testing.T, text string) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	fetched := func(method, address string) string {
		req, err := http.NewRequestWithContext(t.Context(), method, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept", "text/html")
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		if err := errors.Join(err, res.Body.Close()); err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s, %v", address, res.Status, err)
		}
		return string(body)
	}
	lines := regexp.MustCompile(`(?m)^  (?:Ada's wallet|a question).* (http://\S+)$`).FindAllStringSubmatch(text, -1)
	if len(lines) != 2 {
		t.Fatalf("%q in\n%s", lines, text)
	}
	fetched(http.MethodGet, lines[0][1])
	page := fetched(http.MethodPost, lines[1][1])
	link := regexp.MustCompile(`href="(http://127\.0\.0\.1:\d+/answer\?link=[^"]+)" role="button">Answer with the demo wallet`).FindStringSubmatch(page)
	if link == nil {
		t.Fatalf("no way from the question to the wallet:\n%s", page)
	}
	if page := fetched(http.MethodGet, html.UnescapeString(link[1])); !strings.Contains(page, "openid4vp://?client_id=") {
		t.Errorf("the wallet does not have the question:\n%s", page)
	}
}

func visit(t *testing.T, address string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "text/html")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", address, res.Status, err)
	}
	return string(body)
}

// TestSurprises: a verdict or a reason other than the expected one is told so.
func TestSurprises(t *testing.T) {
	failed := verifier.Check{Row: verifier.RowProof, Outcome: verifier.Failed, Finding: verifier.Finding{Code: verifier.SignatureInvalid}}
	rejected := &verifier.Report{Verdict: verifier.Rejected, Headline: "Changed.", Checks: []verifier.Check{failed}}
	for _, tt := range []struct {
		name string
		act  act
		want bool
	}{
		{"as expected", act{want: verifier.Rejected, code: verifier.SignatureInvalid}, true},
		{"another verdict", act{want: verifier.Accepted}, false},
		{"another verdict with this reason", act{want: verifier.Undetermined, code: verifier.SignatureInvalid}, false},
		{"another reason", act{want: verifier.Rejected, code: verifier.StatusRevoked}, false},
		{"no reason", act{want: verifier.Rejected}, false},
	} {
		var heard servetest.Log
		st := &story{stage: &stage{Demo: &Demo{Out: &heard}}}
		if got := st.print(7, tt.act, rejected); got != tt.want || strings.Contains(heard.String(), "NOT AS EXPECTED") == tt.want {
			t.Errorf("%s: %v\n%s", tt.name, got, heard.String())
		}
	}
}

// TestListAge: the oldest list counts, of whatever part.
func TestListAge(t *testing.T) {
	now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	looked := func(ages ...time.Duration) *verifier.Report {
		r := &verifier.Report{At: now, Checks: []verifier.Check{{Row: verifier.RowStatus}}}
		for _, age := range ages {
			r.Checks[0].Evidence = append(r.Checks[0].Evidence, verifier.Evidence{Fetched: now.Add(-age)})
		}
		return r
	}
	for _, tt := range []struct {
		name string
		r    *verifier.Report
		want time.Duration
		ok   bool
	}{
		{"no status", &verifier.Report{}, 0, false},
		{"no list", looked(), 0, false},
		{"one list", looked(time.Minute), time.Minute, true},
		{"two lists", looked(time.Minute, time.Hour), time.Hour, true},
		{"of a part", &verifier.Report{At: now, Parts: []*verifier.Report{looked(time.Second), looked(time.Hour)}}, time.Hour, true},
	} {
		if got, ok := listAge(tt.r); got != tt.want || ok != tt.ok {
			t.Errorf("%s: %v, %v, want %v, %v", tt.name, got, ok, tt.want, tt.ok)
		}
	}
}

// TestNothingIsLeftOfAStageThatFails: what was started before the error is
// closed, and its folder goes.
func TestNothingIsLeftOfAStageThatFails(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	d := &Demo{Out: io.Discard, Now: time.Now, Suites: testissuer.Suites(), Check: look, Once: true}
	if err := d.Run(ctx); err == nil || errors.Is(err, ErrSurprise) {
		t.Errorf("Run = %v, want the error of the cancelled work", err)
	}
	if left, err := filepath.Glob(filepath.Join(folder, "*")); err != nil || left != nil {
		t.Errorf("it left %q behind, %v", left, err)
	}
	t.Setenv("TMPDIR", filepath.Join(folder, "nothing"))
	if err := d.Run(t.Context()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without a place: %v", err)
	}
}

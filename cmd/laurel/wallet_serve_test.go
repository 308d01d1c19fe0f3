package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"laurel/cmd/laurel/terminal"
	"laurel/internal/testissuer"
)

// TestWalletServe opens a wallet with the links that the program prints: each
// works once, and after it is used up the next is printed.
func TestWalletServe(t *testing.T) {
	dir := t.TempDir()
	secret := filepath.Join(dir, "passphrase")
	if err := os.WriteFile(secret, []byte("correct horse battery\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"wallet", "--store", filepath.Join(dir, "wallet"), "--passphrase-file", secret, "--unsafe-fast"}
	laurel := func(verb ...string) string {
		t.Helper()
		var out bytes.Buffer
		e := &terminal.Env{Context: t.Context(), Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out, Now: time.Now}
		if code := run(append(slices.Clone(args), verb...), e); code != terminal.OK {
			t.Fatalf("%s: exit code %d\n%s", verb[0], code, out.String())
		}
		return out.String()
	}
	me := &testissuer.Party{ID: regexp.MustCompile(`did:key:\w+`).FindString(laurel("init"))}
	school, file := testissuer.New("school"), filepath.Join(dir, "badge.json")
	if err := os.WriteFile(file, school.Sign(t, school.Badge(me)).JSON(), 0o600); err != nil {
		t.Fatal(err)
	}
	laurel("add", "--offline", file)

	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out, in := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		e := &terminal.Env{Context: ctx, Stdin: strings.NewReader(""), Stdout: in, Stderr: io.Discard, Now: time.Now}
		ended <- run(append(slices.Clone(args), "serve", "--offline"), e)
		_ = in.Close()
	}()
	links := make(chan string, 4)
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if link := regexp.MustCompile(`http://\S+`).FindString(lines.Text()); link != "" {
				links <- link
			}
		}
	}()
	next := func() string {
		t.Helper()
		select {
		case link := <-links:
			return link
		case <-time.After(20 * time.Second):
			t.Fatal("no link was printed")
			return ""
		}
	}
	first := next()
	browser := newBrowser(t)
	got, home := visit(t, browser, first)
	if got != http.StatusOK || !strings.Contains(home, "Data Analysis") {
		t.Errorf("the first link gave %d:\n%s", got, home)
	}
	card := regexp.MustCompile(`/cards/\w+`).FindString(home)
	_, text := visit(t, browser, first[:strings.Index(first, "/open")]+card)
	for _, want := range []string{"What an employer would see", "Genuine", "calls itself “School school”", "Trust in the issuer", "Pass the final project."} {
		if !strings.Contains(text, want) {
			t.Errorf("the page of the badge lacks %q", want)
		}
	}
	second := next()
	if got, _ := visit(t, newBrowser(t), first); got != http.StatusUnauthorized {
		t.Errorf("the first link, used again, gave %d", got)
	}
	if got, _ := visit(t, newBrowser(t), second); got != http.StatusOK {
		t.Errorf("the second link gave %d", got)
	}
	stop()
	if code := <-ended; code != terminal.OK {
		t.Errorf("exit code %d", code)
	}
}

func newBrowser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar, Timeout: 20 * time.Second}
}

// visit follows a link and gives the status and the page at its end.
func visit(t *testing.T, browser *http.Client, link string) (status int, page string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, link, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	res, err := browser.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

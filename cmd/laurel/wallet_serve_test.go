package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
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
	quiet := &env{Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: io.Discard, Now: time.Now}
	if code := run(t.Context(), append(args, "init"), quiet); code != exitOK {
		t.Fatalf("init: exit code %d", code)
	}

	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out, in := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		e := &env{Stdin: strings.NewReader(""), Stdout: in, Stderr: io.Discard, Now: time.Now}
		ended <- run(ctx, append(args, "serve", "--offline"), e)
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
	if got := visit(t, first); got != http.StatusOK {
		t.Errorf("the first link gave %d", got)
	}
	second := next()
	if got := visit(t, first); got != http.StatusUnauthorized {
		t.Errorf("the first link, used again, gave %d", got)
	}
	if got := visit(t, second); got != http.StatusOK {
		t.Errorf("the second link gave %d", got)
	}
	stop()
	if code := <-ended; code != exitOK {
		t.Errorf("exit code %d", code)
	}
}

// visit follows a link in a browser of its own and gives the status at its end.
func visit(t *testing.T, link string) int {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := (&http.Client{Jar: jar, Timeout: 20 * time.Second}).Get(link)
	if err != nil {
		t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return res.StatusCode
}

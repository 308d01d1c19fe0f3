package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"laurel/cmd/laurel/terminal"
	"laurel/internal/testissuer"
	"laurel/internal/testissuer/published"
	"laurel/verifier"
)

// TestPublishedTokens: the tokens of the specifications and their negative twins, on
// the command line, with their issuers' pages in a bundle.
func TestPublishedTokens(t *testing.T) {
	dir := t.TempDir()
	exits := map[string]int{"accepted": terminal.OK, "rejected": terminal.Rejected, "undetermined": terminal.Undetermined}
	good, twins := 0, 0
	for _, c := range published.Tokens(t, "../../testdata") {
		if c.Twin {
			twins++
		} else {
			good++
		}
		t.Run(c.Group+"/"+c.Name, func(t *testing.T) {
			file := filepath.Join(dir, "token")
			if err := os.WriteFile(file, c.Data, 0o600); err != nil {
				t.Fatal(err)
			}
			args := []string{"verify", "--json", "--offline", "--bundle", bundleOf(t, dir, c.Pages), "--at", c.At.Format(time.RFC3339)}
			if c.Challenge != "" {
				args = append(args, "--challenge", c.Challenge)
			}
			if c.Domain != "" {
				args = append(args, "--domain", c.Domain)
			}
			code, out, errs := inside(append(args, file)...)
			var r verifier.Report
			if err := json.Unmarshal([]byte(out), &r); err != nil {
				t.Fatalf("%v: %s%s", err, out, errs)
			}
			found := verifier.Code("")
			if d := r.Deciding(); d != nil {
				found = d.Code
			}
			if string(r.Verdict) != c.Verdict || string(found) != c.Code || code != exits[c.Verdict] {
				t.Errorf("%s %s, exit code %d; want %s %s", r.Verdict, found, code, c.Verdict, c.Code)
			}
		})
	}
	if good != 230 || twins != 902 {
		t.Errorf("%d published tokens and %d twins", good, twins)
	}
}

// bundleOf writes pages as a bundle, once.
func bundleOf(t *testing.T, dir string, pages map[string][]byte) string {
	t.Helper()
	type resource struct {
		URL         string    `json:"url"`
		File        string    `json:"file"`
		ContentType string    `json:"contentType"`
		Fetched     time.Time `json:"fetched"`
		SHA256      string    `json:"sha256"`
	}
	index := struct {
		Type      string     `json:"type"`
		Created   time.Time  `json:"created"`
		Resources []resource `json:"resources"`
	}{"laurel/bundle/v1", testissuer.Now, []resource{}}
	whole := sha256.New()
	urls := slices.Sorted(maps.Keys(pages))
	for _, url := range urls {
		fmt.Fprintf(whole, "%s %x\n", url, sha256.Sum256(pages[url]))
	}
	at := filepath.Join(dir, hex.EncodeToString(whole.Sum(nil)[:8]))
	if _, err := os.Stat(at); err == nil {
		return at
	}
	if err := os.Mkdir(at, 0o700); err != nil {
		t.Fatal(err)
	}
	for i, url := range urls {
		sum := sha256.Sum256(pages[url])
		name := fmt.Sprintf("r%d", i)
		index.Resources = append(index.Resources, resource{url, name, "application/json", testissuer.Now, hex.EncodeToString(sum[:])})
		if err := os.WriteFile(filepath.Join(at, name), pages[url], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text, err := json.Marshal(index)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(at, "index.json"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	return at
}

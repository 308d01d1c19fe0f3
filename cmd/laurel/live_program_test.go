package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
)

// TestL17Secrets: nothing secret is in the arguments of a server, in what it says, in
// its metrics or at an address for debugging.
func TestL17Secrets(t *testing.T) {
	for _, p := range []*product{serveVerifier(t), serveIssuer(t)} {
		token := p.token()
		p.do("GET", "/", "", headerAsks, "Bearer "+token)
		p.do("GET", "/?token="+token, "")
		p.do("POST", "/login", "token="+token, "Content-Type", formType)
		secrets := []string{token, testPassphrase}
		for name, text := range map[string]string{"arguments": strings.Join(p.cmd.Args, " "), "log": p.log() + p.out.String(), "metrics": p.do("GET", "/metrics", "").body} {
			for _, secret := range secrets {
				if strings.Contains(text, secret) {
					t.Errorf("%s: the %s have %q", p.cmd.Args[1], name, secret)
				}
			}
		}
		for _, path := range []string{"/debug/pprof/", "/debug/pprof/cmdline", "/debug/vars", "/.git/config", "/serve.json", "/static/../serve.json", "/static/", "/static"} {
			if got := p.do("GET", path, ""); got.status < 300 || strings.Contains(got.body, token) {
				t.Errorf("%s: %s is answered: %d %.200s", p.cmd.Args[1], path, got.status, got.body)
			}
		}
	}
}

// documents is a web server of DID documents that can be changed.
type documents struct {
	*httptest.Server
	mu    sync.Mutex
	pages map[string][]byte
	asked map[string]int
}

func serveDocuments(t *testing.T) *documents {
	t.Helper()
	d := &documents{pages: map[string][]byte{}, asked: map[string]int{}}
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.asked[r.URL.Path]++
		page, ok := d.pages[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", jsonType)
		_, _ = w.Write(page)
	}))
	t.Cleanup(d.Close)
	return d
}

// of is a party whose document is below a path of the server.
func (d *documents) of(name, path string) *testissuer.Party {
	p := testissuer.New(name)
	_, port, _ := strings.Cut(strings.TrimPrefix(d.URL, "http://"), ":")
	p.ID = "did:web:localhost%3A" + port + ":" + path
	p.Method = p.ID + "#key"
	return p
}

func (d *documents) put(path string, p *testissuer.Party) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pages["/"+path+"/did.json"] = p.Document().JSON()
}

// TestL32PoisonedDocuments: a server that answers with the document of somebody else,
// before or after the right one was kept, speaks for nobody but itself; and one that
// had nothing is asked again.
func TestL32PoisonedDocuments(t *testing.T) {
	d, p := serveDocuments(t), serveVerifier(t, "--trusted-proxy", "127.0.0.1/32")
	learner := testissuer.New("learner")
	school := d.of("school", "school")
	evil := testissuer.New("evil") // signs in the school's name with a key of its own
	evil.ID, evil.Method = school.ID, school.Method
	verdict := func(by *testissuer.Party) (verdict string, codes string) {
		got := p.do("POST", "/verify", string(by.Sign(t, by.Badge(learner)).JSON()), "Content-Type", jsonType)
		var report struct {
			Verdict string
			Checks  []struct{ Outcome, Code string }
		}
		if err := json.Unmarshal([]byte(got.body), &report); err != nil {
			t.Fatalf("%d %s", got.status, got.body)
		}
		for _, c := range report.Checks {
			if c.Outcome != "passed" {
				codes += " " + c.Code
			}
		}
		return report.Verdict, codes
	}
	d.put("school", school)
	if got, codes := verdict(d.of("school", "nowhere")); got != "undetermined" || !strings.Contains(codes, "DID_RESOLUTION_FAILED") {
		t.Errorf("without a document: %s%s", got, codes)
	}
	if got, codes := verdict(school); got != "accepted" {
		t.Errorf("a good badge beside that: %s%s", got, codes)
	}
	// Another address says that it is the school, with another key.
	d.put("evil", evil)
	elsewhere := d.of("evil", "evil")
	if got, codes := verdict(elsewhere); got == "accepted" || !strings.Contains(codes, "DID_DOCUMENT_INVALID") {
		t.Errorf("a document of another name: %s%s", got, codes)
	}
	for range 2 {
		if got, codes := verdict(evil); got != "rejected" || !strings.Contains(codes, "SIGNATURE_INVALID") {
			t.Errorf("a forged badge after that: %s%s", got, codes)
		}
		if got, codes := verdict(school); got != "accepted" {
			t.Errorf("a good badge after that: %s%s", got, codes)
		}
		// Now the school's own address answers with the document of somebody else,
		// which is not believed, kept or not.
		d.put("school", elsewhere)
	}
	// A thousand names that are not there cost no memory, and spoil nothing.
	before := p.memory("VmRSS")
	d.put("school", school)
	for i := range 1000 {
		nobody := d.of("nobody", fmt.Sprint("nobody", i))
		doc := nobody.Badge(learner).With("proof", testissuer.Parse(`{"type":"DataIntegrityProof","cryptosuite":"eddsa-rdfc-2022","proofPurpose":"assertionMethod","verificationMethod":"`+nobody.Method+`","proofValue":"z1"}`))
		p.do("POST", "/verify", string(doc.JSON()), "Content-Type", jsonType, "X-Forwarded-For", fmt.Sprintf("192.0.2.%d", i%100))
	}
	if grown := p.memory("VmRSS") - before; grown > 32*megabyte {
		t.Errorf("a thousand names cost %d MB", grown/megabyte)
	}
	if got, codes := verdict(school); got != "accepted" {
		t.Errorf("at last: %s%s", got, codes)
	}
}

// TestL36PanicIsNoVerdict: a panic that nobody catches ends a process with exit code 2,
// and one that is caught is an error. So whoever catches one is listed here, after
// somebody has made sure that no verdict comes of it.
func TestL36PanicIsNoVerdict(t *testing.T) {
	root := filepath.Join("..", "..")
	want := []string{
		"internal/aries/aries.go",      // the signature does not hold
		"internal/fetch/fetch.go",      // raised again where somebody waits
		"internal/qr/decode.go",        // a picture without a code
		"internal/serve/observe.go",    // 500
		"internal/store/badger/db.go",  // the store is damaged
		"internal/store/badger/txn.go", // the same
		"status/source.go",             // raised again where somebody waits
		"verifier/checks.go",           // the same
		"verifier/request/answer.go",   // 503, and the question is not answered
		"verifier/web/check.go",        // 500, and nothing is judged
	}
	var got []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		if strings.Contains(string(text), "recover()") {
			name, _ := filepath.Rel(root, path)
			got = append(got, filepath.ToSlash(name))
		}
		return err
	})
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("panics are caught in %q, want %q; %v", got, want, err)
	}
}

// TestL37Modules: every module is pinned by its digest, none is put in place of
// another, and the Go that builds them is one without known holes.
func TestL37Modules(t *testing.T) {
	goTool := func(args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "go", args...)
		cmd.Dir = filepath.Join("..", "..")
		cmd.Env = append(os.Environ(), "GOFLAGS=-mod=readonly", "GOWORK=off", "GOPROXY=off")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("go %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	var mod struct {
		Go               string
		Replace, Exclude []any
		Require          []struct{ Path, Version string }
	}
	if err := json.Unmarshal([]byte(goTool("mod", "edit", "-json")), &mod); err != nil {
		t.Fatal(err)
	}
	if len(mod.Replace)+len(mod.Exclude) != 0 {
		t.Errorf("go.mod replaces %v and excludes %v", mod.Replace, mod.Exclude)
	}
	if mod.Go < "1.26.6" {
		t.Errorf("go.mod lets Go %s build this, whose library has holes that 1.26.6 has not", mod.Go)
	}
	sums, err := os.ReadFile(filepath.Join("..", "..", "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mod.Require {
		if !strings.Contains(string(sums), m.Path+" "+m.Version+" h1:") {
			t.Errorf("%s %s has no digest", m.Path, m.Version)
		}
	}
	// What the machine has of them is compared to that by every build, and by .ci/run.
	run, err := os.ReadFile(filepath.Join("..", "..", ".ci", "run"))
	if err != nil || !strings.Contains(string(run), "\ngo mod verify\n") {
		t.Errorf(".ci/run does not verify the modules: %v", err)
	}
}

// TestL37OfflineReachesNothing: with --offline the program connects to nobody, whatever
// a badge names and whatever the environment says about proxies.
func TestL37OfflineReachesNothing(t *testing.T) {
	d := serveDocuments(t)
	school, learner := d.of("school", "school"), testissuer.New("learner")
	d.put("school", school)
	badge := testissuer.WithStatus(school.Badge(learner), strings.Replace(d.URL, "127.0.0.1", "localhost", 1)+"/list", 7)
	badge = testissuer.Set(badge, "credentialSubject/achievement/image", testissuer.Parse(`{"id":"`+d.URL+`/image.png","type":"Image"}`))
	badge = badge.With("@context", strictjson.Array(append(badge.Get("@context").Elems(), strictjson.String(d.URL+"/context.json"))...))
	file := filepath.Join(t.TempDir(), "badge.json")
	for name, doc := range map[string]strictjson.Value{"signed": school.Sign(t, badge.With("@context", school.Badge(learner).Get("@context"))), "with a context of its own": badge} {
		if err := os.WriteFile(file, doc.JSON(), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{{"verify"}, {"inspect"}, {"verify", "--json"}} {
			p := &product{TB: t, folder: filepath.Join(t.TempDir(), "none")}
			cmd := p.command(append(args, "--offline", "--unsafe-loopback", file)...)
			cmd.Env = append(cmd.Env, "HTTP_PROXY="+d.URL, "HTTPS_PROXY="+d.URL, "ALL_PROXY="+d.URL, "NO_PROXY=")
			if out, err := cmd.CombinedOutput(); err == nil && args[0] == "verify" {
				t.Errorf("%s, %v: accepted\n%s", name, args, out)
			}
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.asked) != 0 {
		t.Errorf("asked for %v", d.asked)
	}
}

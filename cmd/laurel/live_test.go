package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"laurel/cmd/laurel/home"
	"laurel/internal/serve/servetest"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/openid4vc"
	counterweb "laurel/verifier/request/web"
)

// The tests of live attacks, whose names begin with TestL and a number, run the
// program as a process of its own and talk to it over TCP, as an attacker would.
// attacks_test.go says which attack is held where.

// product is a server of the program, running.
type product struct {
	testing.TB
	cmd    *exec.Cmd
	url    string
	client *http.Client // nil is stranger
	folder string
	said   *servetest.Log // on standard error, where the log goes
	out    *servetest.Log // on standard output
}

// serveVerifier starts a verifier that asks.
func serveVerifier(t testing.TB, flags ...string) *product {
	t.Helper()
	p := &product{TB: t, folder: filepath.Join(t.TempDir(), "verifier")}
	port := freePort(t)
	p.url = "http://localhost:" + port
	mustRun(t, p.command("verifier", "init", "--unsafe-fast", "--name", "Café Nord", "--url", p.url, "--did", "key"))
	p.start(append([]string{"verifier", "serve", "--unsafe-loopback", "--listen", "127.0.0.1:" + port}, flags...)...)
	return p
}

// serveWallet starts the pages of a wallet, with a badge of the given name in it.
func serveWallet(t testing.TB, badge string) (p *product, me *testissuer.Party) {
	t.Helper()
	p = &product{TB: t, folder: filepath.Join(t.TempDir(), "wallet")}
	port := freePort(t)
	p.url = "http://127.0.0.1:" + port
	fields := strings.Fields(mustRun(t, p.command("wallet", "init", "--unsafe-fast")))
	at := slices.IndexFunc(fields, func(s string) bool { return strings.HasPrefix(s, "did:key:") })
	me = &testissuer.Party{ID: strings.TrimRight(fields[at], ".,")}
	file, school := filepath.Join(t.TempDir(), "badge.json"), testissuer.New("school")
	doc := school.Sign(t, school.Badge(me).With("name", strictjson.String(badge)))
	if err := os.WriteFile(file, doc.JSON(), 0o600); err != nil {
		t.Fatal(err)
	}
	mustRun(t, p.command("wallet", "add", "--offline", "--yes", file))
	p.start("wallet", "serve", "--unsafe-loopback", "--port", port)
	return p, me
}

// serveIssuer starts the pages of an issuer.
func serveIssuer(t testing.TB) *product {
	t.Helper()
	p := &product{TB: t, folder: filepath.Join(t.TempDir(), "issuer")}
	port := freePort(t)
	p.url = "http://127.0.0.1:" + port
	mustRun(t, p.command("issuer", "init", "--unsafe-fast", "--name", "School", "--url", "https://school.example"))
	p.start("issuer", "serve", "--listen", "127.0.0.1:"+port)
	return p
}

func (p *product) command(args ...string) *exec.Cmd {
	cmd := laurel(p, p.folder, args...)
	cmd.Env = append(cmd.Env, "LAUREL_VERIFIER="+p.folder, "LAUREL_ISSUER="+p.folder)
	return cmd
}

// start runs a server until the test ends, and waits until it answers.
func (p *product) start(args ...string) {
	p.Helper()
	p.cmd, p.said, p.out = p.command(args...), &servetest.Log{}, &servetest.Log{}
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.said
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(syscall.SIGINT) }
	p.cmd.WaitDelay = 20 * time.Second
	if err := p.cmd.Start(); err != nil {
		p.Fatal(err)
	}
	p.Cleanup(p.stop)
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if got, err := p.try("GET", "/healthz", ""); err == nil && got.status == http.StatusOK {
			return
		}
		if time.Now().After(deadline) {
			p.Fatalf("%v does not answer\n%s", args, p.said)
		}
	}
}

// stop ends the server, if nothing has yet.
func (p *product) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGINT)
	_ = p.cmd.Wait()
}

// token is what the operator of a server has in a file.
func (p *product) token() string {
	p.Helper()
	text, err := os.ReadFile(filepath.Join(p.folder, "serve.json"))
	var desk home.Desk
	if err = errors.Join(err, json.Unmarshal(text, &desk)); err != nil {
		p.Fatal(err)
	}
	return desk.Token
}

// log is what a server has said by now: it asks for something that is logged, and waits
// until that is there.
func (p *product) log() string {
	p.Helper()
	const last = "method=OPTIONS"
	before := strings.Count(p.said.String(), last)
	p.do("OPTIONS", "/", "")
	for deadline := time.Now().Add(20 * time.Second); strings.Count(p.said.String(), last) == before; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			p.Fatalf("the server does not log:\n%s", p.said)
		}
	}
	return p.said.String()
}

// reaction is what a server did with a request.
type reaction struct {
	status int
	header http.Header
	body   string
}

// code is the name of a problem.
func (r reaction) code() string {
	var problem struct {
		Status int
		Code   string
	}
	if err := json.Unmarshal([]byte(r.body), &problem); err != nil || problem.Status != r.status {
		return ""
	}
	return problem.Code
}

// stranger follows no redirect and keeps no cookie.
var stranger = &http.Client{
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	Transport:     &http.Transport{MaxIdleConnsPerHost: 64}, Timeout: 30 * time.Second,
}

// do sends a request; headers are names and values in turn. A path that begins with
// a slash is of this server.
func (p *product) do(method, path, body string, headers ...string) reaction {
	p.Helper()
	got, err := p.try(method, path, body, headers...)
	if err != nil {
		p.Fatal(err)
	}
	return got
}

func (p *product) try(method, path, body string, headers ...string) (reaction, error) {
	if strings.HasPrefix(path, "/") {
		path = p.url + path
	}
	r, err := http.NewRequestWithContext(context.Background(), method, path, strings.NewReader(body))
	if err != nil {
		return reaction{}, err
	}
	for i := 0; i < len(headers); i += 2 {
		if r.Header.Set(headers[i], headers[i+1]); headers[i] == "Host" {
			r.Host = headers[i+1]
		}
	}
	client := p.client
	if client == nil {
		client = stranger
	}
	res, err := client.Do(r)
	if err != nil {
		return reaction{}, err
	}
	text, err := io.ReadAll(res.Body)
	return reaction{res.StatusCode, res.Header, string(text)}, errors.Join(err, res.Body.Close())
}

// wire sends bytes that no client would send, and gives all that comes back within a
// few seconds. What it sends may be endless.
func (p *product) wire(write func(io.Writer) error) string {
	p.Helper()
	conn, err := new(net.Dialer).DialContext(context.Background(), "tcp", strings.TrimPrefix(p.url, "http://"))
	if err != nil {
		p.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		p.Fatal(err)
	}
	go func() { _ = write(conn) }() // until the server hangs up
	head, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		return "no answer: " + err.Error()
	}
	return head
}

const (
	formType   = "application/x-www-form-urlencoded"
	browsing   = "text/html,application/xhtml+xml,*/*;q=0.8"
	simpleAsk  = `{"proofOf":{"label":"Data analysis","achievement":["https://school.example/achievements/data"]},"purpose":"To see what you can do."}`
	plainAsk   = `{"proofOf":{"achievement":["https://school.example/achievements/data"]},"response_mode":"direct_post"}`
	noSession  = "AAAAAAAAAAAAAAAAAAAAAA"
	megabyte   = 1 << 20
	jsonType   = "application/json"
	headerAsks = "Authorization"
)

// asks puts a question as the operator.
func (p *product) asks(body string) counterweb.Asked {
	p.Helper()
	got := p.do("POST", "/requests", body, headerAsks, "Bearer "+p.token(), "Content-Type", jsonType)
	var a counterweb.Asked
	if err := json.Unmarshal([]byte(got.body), &a); err != nil || got.status != http.StatusCreated {
		p.Fatalf("asked: %d %s, %v", got.status, got.body, err)
	}
	return a
}

// fetch reads a request as a wallet does.
func (p *product) fetch(uri string) *openid4vc.Request {
	p.Helper()
	opt := openid4vc.Options{Keys: testissuer.Keys(), Now: time.Now(), UnsafeLoopback: true}
	r, err := openid4vc.ParseURI(uri, opt)
	if err == nil && r.ByReference() {
		opt.ClientID = r.ClientID
		got := p.do("GET", r.RequestURI, "")
		if r, err = openid4vc.OpenRequestObject(p.Context(), []byte(got.body), opt); err != nil {
			p.Fatalf("%d %s", got.status, got.body)
		}
	}
	if err != nil {
		p.Fatal(err)
	}
	return r
}

// shown is what ada would answer to a request.
func (p *product) shown(r *openid4vc.Request) strictjson.Value {
	p.Helper()
	school, ada := testissuer.New("school"), testissuer.New("ada")
	return ada.Answer(p, ada.Present(school.Sign(p, school.Badge(ada))), r.Nonce, r.ClientID)
}

// form is an answer as it is posted.
func (p *product) form(r *openid4vc.Request, shown ...strictjson.Value) string {
	p.Helper()
	form, err := r.Answer(map[string][]strictjson.Value{r.Query.Credentials[0].ID: shown})
	if err != nil {
		p.Fatal(err)
	}
	return string(form)
}

// result is what the one who asked sees.
func (p *product) result(address string) (got struct {
	State  string
	Report struct {
		Verdict, Headline string
		Checks            []struct{ Row, Outcome, Code string }
	}
}) {
	p.Helper()
	answer := p.do("GET", address, "", "Accept", jsonType)
	if err := json.Unmarshal([]byte(answer.body), &got); err != nil {
		p.Fatalf("%d %s, %v", answer.status, answer.body, err)
	}
	return got
}

// tally counts answers of one kind, from several goroutines.
type tally struct {
	mu sync.Mutex
	n  map[string]int
}

func (c *tally) add(what ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = map[string]int{}
	}
	c.n[strings.TrimSpace(fmt.Sprintln(what...))]++
}

// is makes sure that nothing else was counted.
func (c *tally) is(t testing.TB, want map[string]int) {
	t.Helper()
	if !maps.Equal(c.n, want) {
		t.Errorf("counted %v, want %v", c.n, want)
	}
}

// atOnce runs something n times, all at the same time.
func atOnce(n int, do func(i int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { do(i) })
	}
	wg.Wait()
}

// memory reads a line of /proc/PID/status that is in kB: VmRSS, VmHWM.
func (p *product) memory(line string) int {
	p.Helper()
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(p.cmd.Process.Pid), "status"))
	if err != nil {
		p.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), line+":")
	kB, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		p.Fatal(err)
	}
	return kB << 10
}

package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/openid4vc"
	"laurel/proof"
	"laurel/verifier"
)

// The load of BenchmarkCounter.
const (
	openSessions     = 1000
	answersPerSecond = 100
	clientAddresses  = 16 // 127.0.1.1 and on
	forgedEvery      = 10 // of the answers, one in so many is forged
)

// BenchmarkCounter opens a thousand questions at a verifier in a process of its own,
// with its store on the disk, and answers them from several addresses at a hundred a
// second. Every answer is signed for its own question by a learner of its own; every
// tenth is forged. A wrong verdict, or an answer that turns up at another's question,
// fails the benchmark; how long they took is reported.
//
//	go test ./bench -run '^$' -bench Counter -benchtime 1x
func BenchmarkCounter(b *testing.B) {
	for b.Loop() {
		c := startCounter(b)
		before := c.memory(b)
		answers := c.prepare(b)
		times := c.fire(b, answers)
		c.check(b, answers)
		slices.Sort(times)
		b.ReportMetric(float64(times[len(times)/2].Microseconds())/1e3, "ms-p50")
		b.ReportMetric(float64(times[len(times)*99/100].Microseconds())/1e3, "ms-p99")
		b.ReportMetric(before, "MB-before")
		b.ReportMetric(c.memory(b), "MB-after")
		b.ReportMetric(c.peak(b), "MB-peak")
		c.stop(b)
	}
}

// counter is a verifier's process.
type counter struct {
	cmd     *exec.Cmd
	address string
	token   string
	clients []*http.Client
}

// prepared is one answer, ready to be posted.
type prepared struct {
	learner *testissuer.Party
	forged  bool
	uri     string
	form    []byte
	result  string
}

func startCounter(b *testing.B) *counter {
	b.Helper()
	laurel, folder := binary(b), filepath.Join(b.TempDir(), "verifier")
	passphrase := filepath.Join(b.TempDir(), "passphrase")
	if err := os.WriteFile(passphrase, []byte("correct horse battery\n"), 0o600); err != nil {
		b.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	c := &counter{address: "http://" + listener.Addr().String()}
	if err := listener.Close(); err != nil {
		b.Fatal(err)
	}
	env := append(os.Environ(), "LAUREL_VERIFIER="+folder, "LAUREL_PASSPHRASE_FILE="+passphrase)
	made := exec.Command(laurel, "verifier", "init", "--unsafe-fast", "--name", "Load", "--url", c.address, "--did", "key")
	made.Env = env
	if output, err := made.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, output)
	}
	c.cmd = exec.Command(laurel, "verifier", "serve", "--offline", "--listen", strings.TrimPrefix(c.address, "http://"))
	c.cmd.Env = env
	if err := c.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = c.cmd.Process.Kill() }) // it has ended, unless the benchmark failed
	for i := range clientAddresses {
		dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 1, byte(i+1))}}
		c.clients = append(c.clients, &http.Client{Timeout: time.Minute, Transport: &http.Transport{DialContext: dialer.DialContext, MaxIdleConnsPerHost: 64}})
	}
	c.login(b, filepath.Join(folder, "serve.json"))
	return c
}

// login waits until the server is there and reads its token.
func (c *counter) login(b *testing.B, file string) {
	b.Helper()
	for range 200 {
		text, err := os.ReadFile(file)
		var desk struct{ Token string }
		if err == nil && json.Unmarshal(text, &desk) == nil && desk.Token != "" {
			c.token = desk.Token
			if resp, err := c.clients[0].Get(c.address + "/healthz"); err == nil {
				_ = resp.Body.Close()
				return
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	b.Fatal("the verifier did not start")
}

// call sends a request and reads the whole answer.
func (c *counter) call(client int, method, address, contentType string, body []byte) (int, []byte, error) {
	req, err := http.NewRequestWithContext(context.Background(), method, address, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Authorization", "Bearer "+c.token)
	resp, err := c.clients[client%len(c.clients)].Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	return resp.StatusCode, text, err
}

// prepare opens the questions, reads each as a wallet does, and signs the answers.
func (c *counter) prepare(b *testing.B) []*prepared {
	b.Helper()
	school := testissuer.New("school")
	out := make([]*prepared, openSessions)
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			for i := worker; i < openSessions; i += 4 {
				p, err := c.prepareOne(b, i, school)
				if err != nil {
					b.Errorf("question %d: %v", i, err)
					return
				}
				out[i] = p
			}
		})
	}
	wg.Wait()
	if b.Failed() {
		b.FailNow()
	}
	return out
}

func (c *counter) prepareOne(b *testing.B, i int, school *testissuer.Party) (*prepared, error) {
	ask := `{"proofOf":{"achievement":["https://school.example/achievements/data"]},"expires_in":3600}`
	status, body, err := c.call(i, http.MethodPost, c.address+"/requests", "application/json", []byte(ask))
	if err != nil || status != http.StatusCreated {
		return nil, fmt.Errorf("asked: %d %s: %w", status, body, err)
	}
	var asked struct{ URI, Result string }
	if err := json.Unmarshal(body, &asked); err != nil {
		return nil, err
	}
	opt := openid4vc.Options{Keys: testissuer.Keys(), Now: time.Now(), Leeway: time.Minute, UnsafeLoopback: true}
	link, err := openid4vc.ParseURI(asked.URI, opt)
	if err != nil {
		return nil, err
	}
	status, body, err = c.call(i, http.MethodGet, link.RequestURI, "", nil)
	if err != nil || status != http.StatusOK {
		return nil, fmt.Errorf("fetched: %d %s: %w", status, body, err)
	}
	opt.ClientID = link.ClientID
	r, err := openid4vc.OpenRequestObject(context.Background(), body, opt)
	if err != nil {
		return nil, err
	}
	learner := testissuer.New("learner " + strconv.Itoa(i))
	badge := school.Sign(b, school.Badge(learner))
	p := &prepared{learner: learner, forged: i%forgedEvery == 0, uri: r.ResponseURI, result: asked.Result}
	if p.forged {
		badge = testissuer.Set(badge, "name", strictjson.String("Doctor"))
	}
	vp := learner.SignWith(b, learner.Present(badge), proof.SignOptions{
		Purpose: proof.Authentication, Challenge: r.Nonce, Domain: r.ClientID, Created: time.Now().UTC().Truncate(time.Second),
	})
	p.form, err = r.Answer(map[string][]strictjson.Value{r.Query.Credentials[0].ID: {vp}})
	return p, err
}

// fire posts the answers, one every hundredth of a second, whatever becomes of those
// before, and gives how long each took.
func (c *counter) fire(b *testing.B, answers []*prepared) []time.Duration {
	b.Helper()
	times := make([]time.Duration, len(answers))
	ticker := time.NewTicker(time.Second / answersPerSecond)
	defer ticker.Stop()
	var wg sync.WaitGroup
	for i, p := range answers {
		<-ticker.C
		wg.Go(func() {
			started := time.Now()
			status, body, err := c.call(i, http.MethodPost, p.uri, "application/x-www-form-urlencoded", p.form)
			times[i] = time.Since(started)
			if err != nil || status != http.StatusOK {
				b.Errorf("answer %d: %d %s: %v", i, status, body, err)
			}
		})
	}
	wg.Wait()
	return times
}

// check reads every report: the verdict is right, and it is about the right person.
func (c *counter) check(b *testing.B, answers []*prepared) {
	b.Helper()
	for i, p := range answers {
		status, body, err := c.call(i, http.MethodGet, p.result, "", nil)
		var result struct{ Report *verifier.Report }
		if err != nil || status != http.StatusOK || json.Unmarshal(body, &result) != nil || result.Report == nil {
			b.Fatalf("result %d: %d %.200s: %v", i, status, body, err)
		}
		want := verifier.Accepted
		if p.forged {
			want = verifier.Rejected
		}
		if result.Report.Verdict != want || result.Report.Holder != p.learner.ID {
			b.Errorf("result %d: %s about %s, want %s about %s", i, result.Report.Verdict, result.Report.Holder, want, p.learner.ID)
		}
	}
}

// memory and peak are what the process has and had resident, in MB.
func (c *counter) memory(b *testing.B) float64 { return c.resident(b, "VmRSS") }
func (c *counter) peak(b *testing.B) float64   { return c.resident(b, "VmHWM") }

func (c *counter) resident(b *testing.B, name string) float64 {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.cmd.Process.Pid))
	if err != nil {
		return 0 // another system
	}
	found := regexp.MustCompile(name + `:\s+(\d+) kB`).FindSubmatch(text)
	if found == nil {
		return 0
	}
	kib, err := strconv.ParseFloat(string(found[1]), 64)
	if err != nil {
		b.Fatal(err)
	}
	return kib * 1024 / 1e6
}

func (c *counter) stop(b *testing.B) {
	b.Helper()
	if err := c.cmd.Process.Signal(os.Interrupt); err != nil {
		b.Fatal(err)
	}
	if err := c.cmd.Wait(); err != nil {
		b.Errorf("the verifier ended with %v", err)
	}
}

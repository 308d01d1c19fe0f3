package bench

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/openid4vc"
	"laurel/proof"
	"laurel/verifier"
	"laurel/verifier/session"
)

// The load of BenchmarkCounter.
const (
	openSessions     = 1000 // wait all the time, each with a page that listens
	firstAnswers     = 20   // before the memory is looked at for the first time
	answers          = 3000 // half a minute of them
	answersPerSecond = 100
	clientAddresses  = 16 // 127.0.1.1 and on
	forgedEvery      = 10 // of the answers, one in so many is forged
)

// BenchmarkCounter answers questions at a verifier in a process of its own, with its
// store on the disk, from several addresses at a hundred a second, while a thousand
// other questions wait with their pages open. Every answer is signed for its own
// question by a learner of its own and carries a mark of its own; every tenth is
// forged. A wrong verdict, a mark or a learner that turns up at another's question, an
// answer where there was none, or memory, goroutines or files that do not come back
// fail the benchmark; how long the answers took is reported.
//
//	go test ./bench -run '^$' -bench Counter -benchtime 1x
func BenchmarkCounter(b *testing.B) {
	for b.Loop() {
		c := startCounter(b)
		b.ReportMetric(c.use(b).resident, "MB-fresh")
		first := c.prepare(b, firstAnswers)
		c.fire(b, first)
		c.check(b, first)
		c.hangUp()
		time.Sleep(comesDown)
		before := c.use(b)
		waiting := c.wait(b)
		rush := c.prepare(b, answers)
		began := c.use(b)
		times, sentAway := c.fire(b, rush)
		spent := c.use(b).cpu - began.cpu
		c.check(b, rush)
		c.checkWaiting(b, waiting)
		c.hangUp()
		after := c.settled(b, before)
		if after.peak > mostMemory {
			b.Errorf("%.0f MB at its peak", after.peak)
		}
		slices.Sort(times)
		b.ReportMetric(float64(times[len(times)/2].Microseconds())/1e3, "ms-p50")
		b.ReportMetric(float64(times[len(times)*99/100].Microseconds())/1e3, "ms-p99")
		b.ReportMetric(float64(times[len(times)-1].Microseconds())/1e3, "ms-max")
		b.ReportMetric(float64(sentAway), "sent-away")
		b.ReportMetric(spent.Seconds()*1e3/float64(len(rush)), "cpu-ms/answer")
		b.ReportMetric(before.resident, "MB-before")
		b.ReportMetric(after.resident, "MB-after")
		b.ReportMetric(after.peak, "MB-peak")
		b.ReportMetric(after.store, "MB-store-after")
		b.ReportMetric(after.took.Seconds(), "s-back")
		b.Logf("before %+v", before)
		b.Logf("after %+v", after)
		c.stop(b)
	}
}

// counter is a verifier's process, and those who go there.
type counter struct {
	cmd     *exec.Cmd
	folder  string
	address string
	token   string
	clients []*http.Client
	hung    context.Context // done when the pages are closed
	hang    context.CancelFunc
}

// prepared is one answer, ready to be posted.
type prepared struct {
	learner *testissuer.Party
	mark    string
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
	c := &counter{folder: folder, address: "http://" + listener.Addr().String()}
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

// hangUp closes all pages and connections, as everybody going home.
func (c *counter) hangUp() {
	if c.hang != nil {
		c.hang()
	}
	for _, client := range c.clients {
		client.CloseIdleConnections()
	}
}

// asked is a question as its asker knows it.
type asked struct{ URI, Result string }

// ask puts a question.
func (c *counter) ask(i int) (a asked, err error) {
	ask := `{"proofOf":{"achievement":["https://issuer.example/achievements/data-analysis-2026"]},"expires_in":3600}`
	status, body, err := c.call(i, http.MethodPost, c.address+"/requests", "application/json", []byte(ask))
	if err != nil || status != http.StatusCreated {
		return a, fmt.Errorf("asked: %d %s: %w", status, body, err)
	}
	return a, json.Unmarshal(body, &a)
}

// sideBySide does something n times, a few at a time.
func sideBySide(b *testing.B, n int, do func(i int) error) {
	b.Helper()
	var work errgroup.Group
	work.SetLimit(8)
	for i := range n {
		work.Go(func() error {
			if err := do(i); err != nil {
				return fmt.Errorf("question %d: %w", i, err)
			}
			return nil
		})
	}
	if err := work.Wait(); err != nil {
		b.Fatal(err)
	}
}

// wait puts the questions that nobody answers, and opens the page of each.
func (c *counter) wait(b *testing.B) []asked {
	b.Helper()
	c.hung, c.hang = context.WithCancel(b.Context())
	out := make([]asked, openSessions)
	sideBySide(b, openSessions, func(i int) (err error) {
		if out[i], err = c.ask(i); err != nil {
			return err
		}
		return c.listen(i, out[i])
	})
	return out
}

// listen opens the stream of a question's page and reads its first event. The rest
// is read, and thrown away, until c hangs up.
func (c *counter) listen(i int, a asked) error {
	req, err := http.NewRequestWithContext(c.hung, http.MethodGet, a.Result+"/events", nil)
	if err != nil {
		return err
	}
	page := http.Client{Transport: c.clients[i%len(c.clients)].Transport} // without a timeout
	resp, err := page.Do(req)
	if err != nil {
		return err
	}
	event, err := bufio.NewReader(resp.Body).ReadString('\n')
	if err != nil || resp.StatusCode != http.StatusOK || event != "data: waiting\n" {
		return errors.Join(fmt.Errorf("its page got %d %q", resp.StatusCode, event), err, resp.Body.Close())
	}
	go func() {
		_, _ = io.Copy(io.Discard, resp.Body) // ends with an error: the context's
		_ = resp.Body.Close()
	}()
	return nil
}

// checkWaiting looks that nothing was answered of what nobody answered.
func (c *counter) checkWaiting(b *testing.B, waiting []asked) {
	b.Helper()
	for i, a := range waiting {
		status, body, err := c.call(i, http.MethodGet, a.Result, "", nil)
		var result struct {
			State  session.State
			Report *verifier.Report
		}
		if err != nil || status != http.StatusOK || json.Unmarshal(body, &result) != nil || result.State != session.Waiting || result.Report != nil {
			b.Fatalf("question %d that waits: %d %.200s: %v", i, status, body, err)
		}
	}
}

// prepare puts questions, reads each as a wallet does, and signs the answers.
func (c *counter) prepare(b *testing.B, n int) []*prepared {
	b.Helper()
	draft := badge(b, 1).Without("credentialStatus")
	draft = testissuer.Set(draft, "validFrom", strictjson.String("2025-12-01T00:00:00Z")) // the process goes by the real clock
	out := make([]*prepared, n)
	sideBySide(b, n, func(i int) (err error) {
		out[i], err = c.prepareOne(b, i, draft)
		return err
	})
	return out
}

func (c *counter) prepareOne(b *testing.B, i int, draft strictjson.Value) (*prepared, error) {
	question, err := c.ask(i)
	if err != nil {
		return nil, err
	}
	opt := openid4vc.Options{Keys: testissuer.Keys(), Now: time.Now(), Leeway: time.Minute, UnsafeLoopback: true}
	link, err := openid4vc.ParseURI(question.URI, opt)
	if err != nil {
		return nil, err
	}
	status, body, err := c.call(i, http.MethodGet, link.RequestURI, "", nil)
	if err != nil || status != http.StatusOK {
		return nil, fmt.Errorf("fetched: %d %s: %w", status, body, err)
	}
	opt.ClientID = link.ClientID
	r, err := openid4vc.OpenRequestObject(context.Background(), body, opt)
	if err != nil {
		return nil, err
	}
	p := &prepared{mark: "mark-" + rand.Text(), forged: i%forgedEvery == 0, uri: r.ResponseURI, result: question.Result}
	p.learner = testissuer.New("learner " + p.mark)
	theirs := testissuer.Set(draft, "credentialSubject/id", strictjson.String(p.learner.ID))
	theirs = school.Sign(b, testissuer.Set(theirs, "credentialSubject/achievement/name", strictjson.String(p.mark)))
	if p.forged {
		theirs = testissuer.Set(theirs, "description", strictjson.String("Doctor"))
	}
	vp := p.learner.SignWith(b, p.learner.Present(theirs), proof.SignOptions{
		Purpose: proof.Authentication, Challenge: r.Nonce, Domain: r.ClientID, Created: time.Now().UTC().Truncate(time.Second),
	})
	p.form, err = r.Answer(map[string][]strictjson.Value{r.Query.Credentials[0].ID: {vp}})
	return p, err
}

// fire posts the answers, one every hundredth of a second, whatever becomes of those
// before, and gives how long each took. On a machine that others keep busy the server
// may send somebody away; then their wallet comes again, and the time runs on.
func (c *counter) fire(b *testing.B, answers []*prepared) (times []time.Duration, sentAway int64) {
	b.Helper()
	var away atomic.Int64
	times = make([]time.Duration, len(answers))
	ticker := time.NewTicker(time.Second / answersPerSecond)
	defer ticker.Stop()
	var wg sync.WaitGroup
	for i, p := range answers {
		<-ticker.C
		wg.Go(func() {
			started := time.Now()
			for {
				status, body, err := c.call(i, http.MethodPost, p.uri, "application/x-www-form-urlencoded", p.form)
				times[i] = time.Since(started)
				if err == nil && (status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests) {
					away.Add(1)
					time.Sleep(time.Second)
					continue
				}
				if err != nil || status != http.StatusOK {
					b.Errorf("answer %d: %d %s: %v", i, status, body, err)
				}
				return
			}
		})
	}
	wg.Wait()
	return times, away.Load()
}

// anyMark finds what answers are marked with.
var anyMark = regexp.MustCompile(`mark-[A-Z2-7]+`)

// check reads every report: the verdict is right, and it is about the right person
// and nobody else.
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
		shown := slices.Compact(anyMark.FindAllString(string(body), -1))
		if !slices.Equal(shown, []string{p.mark}) && !(p.forged && len(shown) == 0) { // of a forged one nothing need be shown
			b.Errorf("result %d shows %q, want %q alone", i, shown, p.mark)
		}
	}
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

// Package interop holds Laurel against the implementations of others, both
// ways: they verify what Laurel issues, presents and publishes, and Laurel
// verifies what they make. Vectors show that two programs agree about a few
// documents that somebody chose; here they have to agree about whatever either
// of them writes, good and bad.
//
// # The peers
//
// A peer is a small Node program in this folder, one file each, that does jobs:
//
//	peer := start(t, "digitalbazaar.js")
//	answer := peer.do(t, job{Do: "verify", Document: string(badge)})
//	if !answer.Verified {
//		t.Error(answer.Error)
//	}
//
// package-lock.json names the packages and their digests; `npm ci --prefix
// interop` installs them. Without Node or the packages the tests are skipped and
// say so; with LAUREL_TEST_REQUIRE=node they fail.
//
// # Twins
//
// For every kind of document there is a table of twins: documents that differ
// from a good one in one thing, which makes them bad. Laurel has to refuse each
// with the code that the table names, whoever made it. The peer has to refuse it
// too, or the table says why it does not: then either that is somebody else's
// business in its eyes, or it is wrong. A peer that begins to refuse such a twin
// fails the test as well, so that what is said of it here stays true.
package interop

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"laurel/internal/testissuer"
)

// peer is a running program of another implementation.
type peer struct {
	in  io.Writer
	out *bufio.Reader
}

// key is a signing key with its did:key, as the peers know it.
type key struct {
	ID     string `json:"id"`
	Method string `json:"method"`
	Public string `json:"publicKeyMultibase"`
	Secret string `json:"secretKeyMultibase"`
}

// job is what a peer is asked to do. Documents travel as text, so that a peer
// reads the very bytes.
type job struct {
	Do       string            `json:"do"`
	Now      time.Time         `json:"now"` // testissuer.Now if zero
	Document string            `json:"document,omitempty"`
	Pages    map[string]string `json:"pages,omitempty"` // what its network has, by URL or DID

	Suite     string     `json:"suite,omitempty"`
	Key       *key       `json:"key,omitempty"`
	Created   *time.Time `json:"created,omitempty"`
	Expires   *time.Time `json:"expires,omitempty"`
	Purpose   string     `json:"purpose,omitempty"`
	Challenge string     `json:"challenge,omitempty"`
	Domain    string     `json:"domain,omitempty"`

	Mandatory []string `json:"mandatory,omitempty"` // pointers to what is always shown
	Pointers  []string `json:"pointers,omitempty"`  // and to what is shown besides

	Curve string `json:"curve,omitempty"` // of a new identity

	Alg       string          `json:"alg,omitempty"` // of tokens, with what follows
	Type      string          `json:"typ,omitempty"`
	Header    json.RawMessage `json:"header,omitempty"`
	Frame     json.RawMessage `json:"frame,omitempty"` // what may be withheld, or is shown
	JWK       json.RawMessage `json:"jwk,omitempty"`   // public key
	SecretJWK json.RawMessage `json:"secretJwk,omitempty"`

	URL           string `json:"url,omitempty"` // of a status list, with what follows
	StatusPurpose string `json:"statusPurpose,omitempty"`
	Length        int    `json:"length,omitempty"`
	Set           []int  `json:"set"`
}

// answer is what a peer has to say to a job.
type answer struct {
	Document string `json:"document"`
	Key      *key   `json:"key"`
	Verified bool   `json:"verified"`
	Status   []bool `json:"status"` // of each status entry: is its bit set?
	Error    string `json:"error"`

	JWK       json.RawMessage `json:"jwk"` // of a new identity for tokens
	SecretJWK json.RawMessage `json:"secretJwk"`
	Audience  string          `json:"audience"` // of a key binding
}

// start runs a peer until the end of the test.
func start(t *testing.T, program string) *peer {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		missing(t, "Node 20 or newer (apt-get install nodejs npm)")
	}
	if _, err := os.Stat("node_modules/.package-lock.json"); err != nil {
		missing(t, "the packages of the peers (npm ci --prefix interop)")
	}
	command := exec.Command(node, program)
	command.Stderr = os.Stderr
	in, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close() // the end of the jobs, at which the program ends
		if err := command.Wait(); err != nil {
			t.Errorf("%s: %v", program, err)
		}
	})
	return &peer{in, bufio.NewReader(out)}
}

// missing skips the test, or fails it if LAUREL_TEST_REQUIRE names node.
func missing(t *testing.T, what string) {
	t.Helper()
	if slices.Contains(strings.Split(os.Getenv("LAUREL_TEST_REQUIRE"), ","), "node") {
		t.Fatalf("needs %s", what)
	}
	t.Skipf("peers not asked: needs %s", what)
}

// do has the peer do a job. That it refuses a document is an answer; that it
// cannot be talked to ends the test.
func (p *peer) do(t *testing.T, j job) answer {
	t.Helper()
	if j.Now.IsZero() {
		j.Now = testissuer.Now
	}
	if err := json.NewEncoder(p.in).Encode(j); err != nil {
		t.Fatal(err)
	}
	line, err := p.out.ReadBytes('\n')
	if err != nil {
		t.Fatalf("the peer does not answer to %q: %v", j.Do, err)
	}
	var a answer
	if err := json.Unmarshal(line, &a); err != nil {
		t.Fatalf("%v in %s", err, line)
	}
	return a
}

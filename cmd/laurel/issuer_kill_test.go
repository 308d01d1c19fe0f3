package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"laurel/cmd/laurel/home"
	"laurel/internal/jose"
	"laurel/internal/jsonld"
	"laurel/internal/store/badger"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/internal/vault"
	"laurel/issuer"
	"laurel/issuer/web"
	"laurel/status"
)

// books are what an issuer's server has acknowledged, over all its lives.
type books struct {
	mu      sync.Mutex
	issued  map[string]*issuer.Issued
	revoked map[string]bool
}

func (b *books) add(i *issuer.Issued) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.issued[i.ID] = i
}

func (b *books) revoke(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.revoked[id] = true
}

// What an issuer's server has acknowledged is in its books, however often it is
// killed: every badge, document or token, to the last byte, each with a place of its
// own, and every revocation in both forms of the list.
func TestKilledWhileIssuing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "issuer")
	run := func(args ...string) { mustRun(t, laurel(t, dir, append(args, "--store", dir)...)) }
	run("issuer", "init", "--unsafe-fast", "--name", "School", "--url", "https://school.example")
	for _, kind := range []string{"ecdsa-sd-2023", "vc+jwt", "dc+sd-jwt"} {
		file := filepath.Join(filepath.Dir(dir), kind)
		source := fmt.Sprintf(`{"type":"laurel/template/v1","id":"t%d","proof":%q,
			"achievement":{"name":"Cook","description":"Cooks.","criteria":{"narrative":"Cook."}}}`, len(kind), kind)
		if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
			t.Fatal(err)
		}
		run("issuer", "template", "add", file)
	}
	said := &books{issued: map[string]*issuer.Issued{}, revoked: map[string]bool{}}
	const rounds = 12
	for round := range rounds {
		orderAndKill(t, dir, said, time.Duration(50+rand.IntN(300))*time.Millisecond)
		openIssuer(t, dir, func(i *issuer.Issuer) { said.examine(t, i) })
		if t.Failed() {
			t.Fatalf("after round %d", round)
		}
	}
	if len(said.issued) < rounds || len(said.revoked) < rounds/2 {
		t.Errorf("only %d badges and %d revocations were acknowledged: the servers were killed too early", len(said.issued), len(said.revoked))
	}
	t.Logf("%d badges and %d revocations acknowledged by %d servers that were killed", len(said.issued), len(said.revoked), rounds)
}

// orderAndKill starts a server, gives it orders from several sides, and kills it.
func orderAndKill(t *testing.T, dir string, said *books, after time.Duration) {
	t.Helper()
	cmd := laurel(t, dir, "issuer", "serve", "--listen", "127.0.0.1:0", "--store", dir)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	if err := os.Remove(filepath.Join(dir, "serve.json")); err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	client := desk(t, dir, &complaints)
	defer client.Close()
	learner := testissuer.New("learner").ID
	var sides sync.WaitGroup
	for _, template := range []string{"t13", "t6", "t9", "t9"} {
		sides.Go(func() {
			for n := 0; ; n++ {
				badge, err := client.Issue(context.Background(), issuer.Award{Template: template, Recipient: learner})
				if err != nil {
					return // it was killed
				}
				said.add(badge)
				if n%2 == 0 {
					continue
				}
				if _, err := client.Apply(context.Background(), issuer.Change{Action: issuer.Revoke, IDs: []string{badge.ID}}); err != nil {
					return
				}
				said.revoke(badge.ID)
			}
		})
	}
	time.Sleep(after)
	if err := cmd.Process.Kill(); err != nil {
		t.Error(err)
	}
	sides.Wait()
	_ = cmd.Wait() // killed
}

// desk waits until a server has said where it is.
func desk(t *testing.T, dir string, complaints *bytes.Buffer) *web.Client {
	t.Helper()
	for range 500 {
		var d struct{ URL, Token string }
		text, err := os.ReadFile(filepath.Join(dir, "serve.json"))
		if err == nil && json.Unmarshal(text, &d) == nil {
			return web.NewClient(d.URL, d.Token)
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("no server came up:\n%s", complaints)
	return nil
}

// openIssuer opens the issuer of a folder in this process.
func openIssuer(t *testing.T, dir string, do func(*issuer.Issuer)) {
	t.Helper()
	h, err := home.Of("issuer", dir)
	if err != nil {
		t.Fatal(err)
	}
	v, err := vault.OpenFile(h.Vault(), []byte(testPassphrase))
	if err != nil {
		t.Fatal(err)
	}
	s, err := badger.OpenIssuer(h.Store(), v, badger.Options{Existing: true})
	if err != nil {
		t.Fatal(err)
	}
	i, err := issuer.Open(t.Context(), issuer.Options{Store: s, Suite: testissuer.Suites()[0], Contexts: jsonld.Embedded()})
	if err != nil {
		t.Fatal(err)
	}
	do(i)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// examine compares an issuer with what was acknowledged.
func (b *books) examine(t *testing.T, i *issuer.Issuer) {
	t.Helper()
	all, err := i.Find(t.Context(), issuer.Query{})
	if err != nil {
		t.Fatal(err)
	}
	documents, tokens := listsOf(t, i)
	places := map[int]string{}
	for _, r := range all {
		if other, taken := places[r.Index]; taken {
			t.Errorf("%s and %s have one place", other, r.ID)
		}
		places[r.Index] = r.ID
		kept, err := i.Show(t.Context(), r.ID)
		if err != nil {
			t.Fatalf("%s is half there: %v", r.ID, err)
		}
		if said := b.issued[r.ID]; said != nil && !bytes.Equal(said.Credential, kept.Credential) {
			t.Errorf("%s was changed", r.ID)
		}
		set, err := documents.Get(r.Index)
		value, tokenErr := tokens.Get(r.Index)
		if want := r.State == issuer.Revoked; err != nil || tokenErr != nil || set != want || (value == status.Revoked) != want {
			t.Errorf("%s is %s, and its place in the lists is %v and %v", r.ID, r.State, set, value)
		}
		if b.revoked[r.ID] && r.State != issuer.Revoked {
			t.Errorf("the revocation of %s was lost", r.ID)
		}
	}
	for id := range b.issued {
		if kept := b.issued[id]; places[kept.Index] != id {
			t.Errorf("%s was acknowledged and is lost", id)
		}
	}
}

// listsOf reads both forms of an issuer's list.
func listsOf(t *testing.T, i *issuer.Issuer) (*status.List, *status.TokenList) {
	t.Helper()
	document, err := i.StatusList(t.Context(), "revocation-1", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	token, err := i.TokenList(t.Context(), "revocation-1", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	doc, err := strictjson.Parse(document.Body)
	if err != nil {
		t.Fatal(err)
	}
	bits, err := status.Decode(doc.Get("credentialSubject").Get("encodedList").Str())
	if err != nil {
		t.Fatal(err)
	}
	m, err := jose.Parse(token.Body)
	if err != nil {
		t.Fatal(err)
	}
	claims, err := m.Claims()
	if err != nil {
		t.Fatal(err)
	}
	values, err := status.DecodeToken(1, claims.Get("status_list").Get("lst").Str())
	if err != nil {
		t.Fatal(err)
	}
	return bits, values
}

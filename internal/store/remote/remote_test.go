package remote_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"laurel/internal/store/badger"
	"laurel/internal/store/remote"
	"laurel/wallet"
	"laurel/wallet/storetest"
)

const token = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// local opens a store in memory, which stands for the one on a disk.
func local(t *testing.T) wallet.Store {
	t.Helper()
	s, err := badger.OpenWallet("", badger.Options{InMemory: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// far shows a store on loopback and gives the other end.
func far(t *testing.T, s wallet.Store) *remote.Store {
	t.Helper()
	server := httptest.NewServer(remote.Handler(s, token))
	t.Cleanup(server.Close)
	r := remote.New(server.URL, token)
	t.Cleanup(r.Close)
	return r
}

// TestStore: it keeps the promises of every wallet's store.
func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) wallet.Store { return far(t, local(t)) })
}

// TestBothEnds: changes at one end are seen, and not lost, at the other.
func TestBothEnds(t *testing.T) {
	here := local(t)
	there := far(t, here)
	add := func(s wallet.Store) error {
		return s.Update(t.Context(), func(tx wallet.Txn) error {
			old, err := tx.Get("n")
			if err != nil {
				old = nil
			}
			return tx.Put("n", append(old, 'x'))
		})
	}
	errs := make(chan error, 2)
	for _, s := range []wallet.Store{here, there} {
		go func() {
			var err error
			for range 50 {
				err = errors.Join(err, add(s))
			}
			errs <- err
		}()
	}
	if err := errors.Join(<-errs, <-errs); err != nil {
		t.Fatal(err)
	}
	if got, err := here.Get(t.Context(), "n"); err != nil || len(got) != 100 {
		t.Errorf("%d of 100 changes are left, %v", len(got), err)
	}
}

// TestStrangers: without the token, and from a page, there is nothing to be had.
func TestStrangers(t *testing.T) {
	s := local(t)
	if err := s.Update(t.Context(), func(tx wallet.Txn) error { return tx.Put("secret", []byte("sealed")) }); err != nil {
		t.Fatal(err)
	}
	h := remote.Handler(s, token)
	for _, tt := range []struct {
		name, method, path string
		header             http.Header
		want               int
	}{
		{"no token", "POST", "/get", http.Header{}, 401},
		{"another", "POST", "/get", http.Header{"Authorization": {"Bearer " + strings.Repeat("0", 64)}}, 401},
		{"half of it", "POST", "/scan", http.Header{"Authorization": {"Bearer " + token[:32]}}, 401},
		{"an empty one", "POST", "/commit", http.Header{"Authorization": {"Bearer "}}, 401},
		{"another scheme", "POST", "/get", http.Header{"Authorization": {"Basic " + token}}, 401},
		{"a page that has it", "POST", "/get", http.Header{"Authorization": {"Bearer " + token}, "Origin": {"https://evil.example"}}, 415},
		{"a form", "POST", "/get", http.Header{"Authorization": {"Bearer " + token}, "Content-Type": {"text/plain"}}, 415},
		{"a look", "GET", "/get", http.Header{"Authorization": {"Bearer " + token}}, 405},
		{"another order", "POST", "/drop", http.Header{"Authorization": {"Bearer " + token}}, 404},
		{"its owner", "POST", "/get", http.Header{"Authorization": {"Bearer " + token}}, 200},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest(tt.method, "http://127.0.0.1"+tt.path, strings.NewReader(`{"name":"secret"}`))
			r.Header.Set("Content-Type", "application/json")
			for name, values := range tt.header {
				r.Header[name] = values
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != tt.want || tt.want != 200 && strings.Contains(w.Body.String(), "c2VhbGVk") {
				t.Errorf("got %d %s, want %d", w.Code, w.Body.String(), tt.want)
			}
		})
	}
}

// TestOrdersThatAreRefused: what cannot be read changes nothing.
func TestOrdersThatAreRefused(t *testing.T) {
	s := local(t)
	h := remote.Handler(s, token)
	for _, body := range []string{
		``, `{`, `[]`, `{"writes":[{"name":"a","record":"!"}]}`, `{"writes":[],"more":1}`,
		`{"writes":[{"name":"a","record":"AA==","name":"b"}]}`, `{"Writes":[{"name":"a","record":"AA=="}]}`,
	} {
		r := httptest.NewRequest("POST", "http://127.0.0.1/commit", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusBadRequest {
			t.Errorf("%s: got %d", body, w.Code)
		}
	}
	if err := s.Scan(t.Context(), "", func(name string, _ []byte) error { return errors.New(name + " was written") }); err != nil {
		t.Error(err)
	}
}

// TestAnswersThatAreCutOff: a scan that broke off is an error, and never a shorter
// scan; so is an answer by somebody else who has the port now.
func TestAnswersThatAreCutOff(t *testing.T) {
	for name, answer := range map[string]string{
		"after a line":       `{"name":"a","record":"AA=="}` + "\n",
		"in a line":          `{"name":"a","rec`,
		"with nothing":       ``,
		"with what failed":   `{"end":true,"failed":"disk"}`,
		"by another program": `<!doctype html>`,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, answer) }))
		s := remote.New(server.URL, token)
		if err := s.Scan(t.Context(), "", func(string, []byte) error { return nil }); !errors.Is(err, remote.ErrServer) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := s.Get(t.Context(), "a"); name != "with what failed" && name != "after a line" && !errors.Is(err, remote.ErrServer) {
			t.Errorf("%s: Get: %v", name, err)
		}
		s.Close()
		server.Close()
	}
	nobody := remote.New("http://127.0.0.1:1", token)
	if err := nobody.Ping(t.Context()); !errors.Is(err, remote.ErrServer) {
		t.Errorf("nobody there: %v", err)
	}
	other := far(t, local(t))
	if err := other.Ping(t.Context()); err != nil {
		t.Errorf("somebody there: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := other.Ping(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
}

package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

func TestSendPostsAForm(t *testing.T) {
	var asked atomic.Int32
	opt := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		body, _ := io.ReadAll(r.Body)
		for name, want := range map[string]string{
			"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json", "User-Agent": "laurel",
			"Cookie": "", "Authorization": "", "Referer": "", "Origin": "",
		} {
			if got := r.Header.Get(name); got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
		if r.Method != http.MethodPost || string(body) != "state=a+b%26c&vp_token=%7B%7D" || r.ContentLength != int64(len(body)) {
			t.Errorf("%s %q of %d", r.Method, body, r.ContentLength)
		}
		w.Header().Set("Set-Cookie", "track=1")
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "max-age=300")
		fmt.Fprint(w, `{"redirect_uri":"https://example.com/done"}`)
	})
	c := newClient(t, opt)
	for range 2 { // nothing is remembered
		res, err := c.Send(context.Background(), Exchange{URL: where, Accept: "application/json", Form: []byte("state=a+b%26c&vp_token=%7B%7D")})
		if err != nil {
			t.Fatal(err)
		}
		if string(res.Body) != `{"redirect_uri":"https://example.com/done"}` || res.ContentType != "application/json" || res.Source != Network || !res.Expires.IsZero() {
			t.Errorf("got %+v", res)
		}
	}
	if asked.Load() != 2 {
		t.Errorf("asked %d times", asked.Load())
	}
}

func TestSendGetsAndPostsNothing(t *testing.T) {
	for name, e := range map[string]Exchange{
		http.MethodGet:  {URL: where},
		http.MethodPost: {URL: where, Form: []byte{}},
	} {
		opt := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method != name || r.ContentLength > 0 || r.Header.Get("Accept") != "*/*" {
				t.Errorf("%s: got a %s of %d", name, r.Method, r.ContentLength)
			}
			fmt.Fprint(w, "ey")
		})
		if res, err := newClient(t, opt).Send(context.Background(), e); err != nil || string(res.Body) != "ey" {
			t.Errorf("%s: %v, %v", name, res, err)
		}
	}
}

// A document is posted as JSON, a share is looked after with its token and taken back.
func TestSendJSONAndTokens(t *testing.T) {
	for name, c := range map[string]struct {
		exchange                     Exchange
		method, body, content, token string
	}{
		"a document":       {Exchange{JSON: []byte(`{"a":1}`)}, http.MethodPost, `{"a":1}`, "application/json", ""},
		"a look":           {Exchange{Bearer: "s3cret"}, http.MethodGet, "", "", "Bearer s3cret"},
		"a deletion":       {Exchange{Bearer: "s3cret", Delete: true}, http.MethodDelete, "", "", "Bearer s3cret"},
		"a form, bearing":  {Exchange{Form: []byte("a=1"), Bearer: "x"}, http.MethodPost, "a=1", "application/x-www-form-urlencoded", "Bearer x"},
		"nothing, deleted": {Exchange{Delete: true}, http.MethodDelete, "", "", ""},
	} {
		opt := serve(t, func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil || r.Method != c.method || string(body) != c.body || r.Header.Get("Content-Type") != c.content || r.Header.Get("Authorization") != c.token {
				t.Errorf("%s: %s %q %q %q, %v", name, r.Method, body, r.Header.Get("Content-Type"), r.Header.Get("Authorization"), err)
			}
			w.WriteHeader(http.StatusCreated)
			fmt.Fprint(w, "made")
		})
		c.exchange.URL = where
		if res, err := newClient(t, opt).Send(context.Background(), c.exchange); err != nil || string(res.Body) != "made" {
			t.Errorf("%s: %v, %v", name, res, err)
		}
	}
	if _, err := newClient(t, serve(t, func(http.ResponseWriter, *http.Request) { t.Error("asked all the same") })).
		Send(context.Background(), Exchange{URL: where, JSON: make([]byte, maxForm+1)}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a document that is too long: %v", err)
	}
}

// A form goes to the address that was checked, and to no other.
func TestSendFollowsNoRedirect(t *testing.T) {
	for _, code := range []int{301, 302, 303, 307, 308} {
		for _, form := range [][]byte{nil, []byte("vp_token=secret")} {
			var asked atomic.Int32
			opt := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				asked.Add(1)
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(code)
			})
			res, err := newClient(t, opt).Send(context.Background(), Exchange{URL: where, Form: form})
			var status *StatusError
			if !errors.As(err, &status) || status.Code != code || res != nil || asked.Load() != 1 {
				t.Errorf("%d: %v, %v after %d requests", code, res, err, asked.Load())
			}
		}
	}
}

func TestSendRefuses(t *testing.T) {
	never := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("asked all the same") })
	offline := never
	offline.Offline = true
	tests := []struct {
		name string
		url  string
		form []byte
		opt  Options
		want error
	}{
		{"http", "http://example.com/answer", nil, never, ErrRefused},
		{"this machine", "https://localhost/answer", nil, never, ErrRefused},
		{"an address in numbers", "https://127.0.0.1/answer", nil, never, ErrRefused},
		{"a user name", "https://me@example.com/answer", nil, never, ErrRefused},
		{"a fragment", "https://example.com/answer#x", nil, never, ErrRefused},
		{"a script", "javascript:alert(1)", nil, never, ErrRefused},
		{"a file", "file:///etc/passwd", nil, never, ErrRefused},
		{"another wallet", "openid4vp://example.com", nil, never, ErrRefused},
		{"nothing", "", nil, never, ErrRefused},
		{"offline", where, []byte{}, offline, ErrOffline},
		{"too much to send", where, make([]byte, maxForm+1), never, ErrTooLarge},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			res, err := newClient(t, test.opt).Send(context.Background(), Exchange{URL: test.url, Form: test.form})
			if !errors.Is(err, test.want) || res != nil {
				t.Errorf("got %v, %v, want %v", res, err, test.want)
			}
		})
	}
}

func TestSendTellsWhatTheOtherSideSaid(t *testing.T) {
	opt := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"error":"invalid_request"}`)
	})
	_, err := newClient(t, opt).Send(context.Background(), Exchange{URL: where, Form: []byte{}})
	if !errors.Is(err, ErrStatus) || string(Said(fmt.Errorf("wrapped: %w", err))) != `{"error":"invalid_request"}` {
		t.Errorf("got %v, which said %q", err, Said(err))
	}
	if Said(ErrRefused) != nil {
		t.Error("a refusal of ours is nothing that they said")
	}
}

func TestSendBoundsTheAnswer(t *testing.T) {
	for _, code := range []int{http.StatusOK, http.StatusBadRequest} {
		opt := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(code)
			fmt.Fprint(w, strings.Repeat("x", maxReply+1))
		})
		res, err := newClient(t, opt).Send(context.Background(), Exchange{URL: where})
		if code == http.StatusOK && !errors.Is(err, ErrTooLarge) || code != http.StatusOK && !errors.Is(err, ErrStatus) || res != nil || Said(err) != nil {
			t.Errorf("%d: %v, %v", code, res, err)
		}
	}
}

// The loopback switch opens this machine, and nothing else.
func TestSendToLoopback(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "{}") }))
	defer srv.Close()
	e := Exchange{URL: srv.URL + "/answer", Form: []byte("vp_token=%7B%7D")}
	if _, err := newClient(t, Options{}).Send(context.Background(), e); !errors.Is(err, ErrRefused) {
		t.Errorf("without the switch: %v", err)
	}
	if _, err := newClient(t, Options{UnsafeLoopback: true}).Send(context.Background(), e); err != nil {
		t.Errorf("with the switch: %v", err)
	}
	e.URL = "http://192.168.1.1/answer"
	if _, err := newClient(t, Options{UnsafeLoopback: true}).Send(context.Background(), e); !errors.Is(err, ErrRefused) {
		t.Errorf("elsewhere: %v", err)
	}
}

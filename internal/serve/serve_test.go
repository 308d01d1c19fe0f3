package serve

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"
)

// start runs a server on a free loopback port and returns its address and a
// function that stops it and gives Run's error.
func start(t *testing.T, h http.Handler, opt Options) (address string, stop func() error) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return ln.Addr().String(), startOn(t, ln, h, opt)
}

// startOn is start on a listener that is there.
func startOn(t *testing.T, ln net.Listener, h http.Handler, opt Options) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- Run(ctx, ln, h, opt) }()
	stop = func() error {
		cancel()
		select {
		case err := <-done:
			done <- err
			return err
		case <-time.After(10 * time.Second):
			t.Error("the server did not stop")
			return nil
		}
	}
	t.Cleanup(func() { _ = stop() })
	return stop
}

func TestRunAnswersAndStops(t *testing.T) {
	address, stop := start(t, Health(), Options{})
	resp, err := http.Get("http://" + address + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if resp.StatusCode != 200 || string(body) != "{\"status\":\"ok\"}\n" {
		t.Errorf("healthz: got %d %q", resp.StatusCode, body)
	}
	if err := stop(); err != nil {
		t.Errorf("orderly stop: got %v, want nil", err)
	}
	if _, err := net.Dial("tcp", address); err == nil {
		t.Error("the address still answers after the stop")
	}
}

func TestRunLetsRequestsFinish(t *testing.T) {
	entered := make(chan struct{})
	h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(entered)
		time.Sleep(200 * time.Millisecond)
		_, _ = io.WriteString(w, "whole")
	})
	address, stop := start(t, h, Options{})
	got := make(chan string, 1)
	go func() {
		resp, err := http.Get("http://" + address)
		if err != nil {
			got <- err.Error()
			return
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		got <- string(body)
	}()
	<-entered
	if err := stop(); err != nil {
		t.Errorf("stop: got %v, want nil", err)
	}
	if body := <-got; body != "whole" {
		t.Errorf("the request under way got %q, want its whole answer", body)
	}
}

func TestRunCutsOffWhatDoesNotFinish(t *testing.T) {
	entered := make(chan struct{})
	h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(entered)
		<-r.Context().Done()
	})
	address, stop := start(t, h, Options{Drain: 50 * time.Millisecond})
	go func() {
		if resp, err := http.Get("http://" + address); err == nil {
			resp.Body.Close()
		}
	}()
	<-entered
	if err := stop(); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("stop: got %v, want %v", err, context.DeadlineExceeded)
	}
}

func TestRunReportsABrokenListener(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
	if err := Run(t.Context(), ln, Health(), Options{}); err == nil {
		t.Error("a closed listener: got nil, want an error")
	}
}

// Two hundred connections that send their head byte by byte are closed by the
// header timeout, and an honest client is served in between.
func TestSlowHeadsAreClosed(t *testing.T) {
	address, _ := start(t, Health(), Options{Header: 300 * time.Millisecond})
	var conns []net.Conn
	for range 200 {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conns = append(conns, conn)
		if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: a\r\nX-Slow: "); err != nil {
			t.Fatal(err)
		}
	}
	begin := time.Now()
	resp, err := http.Get("http://" + address + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if took := time.Since(begin); took > time.Second {
		t.Errorf("an honest client waited %v", took)
	}
	for i, conn := range conns {
		_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
		if _, err := io.Copy(io.Discard, conn); err != nil {
			t.Fatalf("connection %d was not closed: %v", i, err)
		}
	}
}

// A client that asks for much and reads nothing loses its connection, and its
// goroutine ends.
func TestSlowReadersAreClosed(t *testing.T) {
	ended := make(chan error, 1)
	big := strings.Repeat("x", 1<<20)
	h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for {
			if _, err := io.WriteString(w, big); err != nil {
				ended <- err
				return
			}
		}
	})
	address, _ := start(t, h, Options{Write: 300 * time.Millisecond})
	before := runtime.NumGoroutine()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Fatal("the handler still writes to a client that does not read")
	}
	for range 100 {
		if runtime.NumGoroutine() <= before+5 {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("goroutines: %d before, %d after", before, runtime.NumGoroutine())
}

// What net/http refuses by itself must stay refused.
func TestMalformedRequests(t *testing.T) {
	address, _ := start(t, Health(), Options{})
	tests := []struct {
		name, request, want string
	}{
		{"two lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", " 400 "},
		{"length and junk coding", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: xchunked\r\n\r\na", " 501 "},
		{"no host", "GET / HTTP/1.1\r\n\r\n", " 400 "},
		{"space before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", " 400 "},
		{"head of 1 MB", "GET / HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("x", 1<<20) + "\r\n\r\n", " 431 "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
			go func() { _, _ = io.WriteString(conn, test.request) }()
			line, err := bufio.NewReader(conn).ReadString('\n')
			if err != nil || !strings.Contains(line, test.want) {
				t.Errorf("got %q %v, want status%s", line, err, test.want)
			}
		})
	}
}

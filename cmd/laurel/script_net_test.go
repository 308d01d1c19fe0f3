package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// Commands of the scripts that have to do with servers on this machine.

// scriptPort puts a port of this machine that is free now into a variable:
// port NAME.
func scriptPort(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: port NAME")
	}
	ts.Setenv(args[0], freePort(scriptT{ts: ts}))
}

// freePort is a port of this machine that is free now.
func freePort(t testing.TB) string {
	t.Helper()
	ln, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("%v", err)
	}
	if err := ln.Close(); err != nil {
		t.Fatalf("%v", err)
	}
	return strconv.Itoa(ln.Addr().(*net.TCPAddr).Port)
}

// scriptReach waits until a server in the background answers: reach URL.
func scriptReach(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: reach URL")
	}
	client := &http.Client{Timeout: time.Second}
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		res, err := client.Get(args[0])
		if err != nil {
			continue
		}
		ts.Check(res.Body.Close())
		if res.StatusCode == http.StatusOK {
			return
		}
	}
	ts.Fatalf("%s does not answer", args[0])
}

// scriptLook looks at a page as a person with a browser does, and prints it:
// look STATUS URL.
func scriptLook(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: look STATUS URL")
	}
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, args[1], http.NoBody)
	ts.Check(err)
	req.Header.Set("Accept", "text/html")
	req.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/142.0")
	res, err := http.DefaultClient.Do(req)
	ts.Check(err)
	_, err = io.Copy(ts.Stdout(), res.Body)
	ts.Check(errors.Join(err, res.Body.Close()))
	if strconv.Itoa(res.StatusCode) != args[0] {
		ts.Fatalf("%s answers %d", args[1], res.StatusCode)
	}
}

// scriptWebserver shows a folder as a plain web server does, until the script
// ends: webserver DIR PORT.
func scriptWebserver(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: webserver DIR PORT")
	}
	ln, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:"+args[1])
	ts.Check(err)
	srv := &http.Server{Handler: http.FileServerFS(os.DirFS(ts.MkAbs(args[0]))), ReadHeaderTimeout: time.Second}
	go func() { _ = srv.Serve(ln) }() // until Close
	ts.Defer(func() { ts.Check(srv.Close()) })
}

// scriptMode makes sure of the mode of files: mode 644 PATH ….
func scriptMode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: mode MODE PATH …")
	}
	want, err := strconv.ParseUint(args[0], 8, 32)
	ts.Check(err)
	for _, path := range args[1:] {
		info, err := os.Stat(ts.MkAbs(path))
		ts.Check(err)
		if uint64(info.Mode().Perm()) != want {
			ts.Fatalf("%s has mode %04o, not %s", path, info.Mode().Perm(), args[0])
		}
	}
}

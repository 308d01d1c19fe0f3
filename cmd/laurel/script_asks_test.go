package main

import (
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"context"

	"github.com/rogpeppe/go-internal/testscript"

	"laurel/internal/qr"
	"laurel/internal/testissuer"
	"laurel/openid4vc"
	"laurel/openid4vc/dcql"
)

// scriptAsks is an employer on this machine who asks for what a file with DCQL says,
// until the script ends: asks NAME FILE [unsigned|forged]. The link is put into the
// variable, and what is answered into answer.form. The employer is
// did:web:localhost%3APORT, or nobody provable if unsigned.
func scriptAsks(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: asks NAME FILE [unsigned|forged]")
	}
	ln, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	ts.Check(err)
	_, port, err := net.SplitHostPort(ln.Addr().String())
	ts.Check(err)
	base := "http://localhost:" + port
	query, err := dcql.ParseQuery(testissuer.Parse(ts.ReadFile(args[1])))
	ts.Check(err)
	me := &testissuer.Party{Key: testissuer.New("employer").Key, ID: "did:web:localhost%3A" + port}
	me.Method = me.ID + "#key"
	req := &openid4vc.Request{
		ClientID: "decentralized_identifier:" + me.ID, ResponseMode: openid4vc.DirectPost, ResponseURI: base + "/answer",
		Nonce: "n-0S6_WzA2Mj-Zx81kQ", State: "af0ifjsldkj", Query: query, Expires: time.Now().Add(time.Hour),
		Info: []openid4vc.Info{openid4vc.Purpose{Name: "Café Nord", Text: "To see how well you did.", RetentionDays: 30}.Info()},
	}
	kind := append(args, "")[2]
	link := (&openid4vc.Request{ClientID: req.ClientID, RequestURI: base + "/object"}).URI()
	if kind == "unsigned" {
		req.ClientID = "redirect_uri:" + req.ResponseURI
		link = req.URI()
	}
	ts.Setenv(args[0], link)
	routes := http.NewServeMux()
	routes.HandleFunc("GET /.well-known/did.json", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(me.Document().JSON())
	})
	routes.HandleFunc("GET /object", func(w http.ResponseWriter, _ *http.Request) {
		object, err := openid4vc.SignRequestObject(req, openid4vc.SignOptions{Key: me.Key, Method: me.Method})
		if err != nil {
			panic(err)
		}
		if kind == "forged" {
			object = object[:len(object)-8] + "AAAAAAAA"
		}
		_, _ = io.WriteString(w, object)
	})
	routes.HandleFunc("POST /answer", func(w http.ResponseWriter, r *http.Request) {
		form, err := io.ReadAll(r.Body)
		if err == nil {
			err = os.WriteFile(ts.MkAbs("answer.form"), form, 0o600)
		}
		if err != nil {
			panic(err)
		}
		_, _ = w.Write(openid4vc.Acknowledgement(base + "/done"))
	})
	srv := &http.Server{Handler: routes, ReadHeaderTimeout: time.Second}
	go func() { _ = srv.Serve(ln) }() // until Close
	ts.Defer(func() { ts.Check(srv.Close()) })
}

// scriptCode draws a QR code: code FILE TEXT.
func scriptCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: code FILE TEXT")
	}
	c, err := qr.Encode(args[1])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), c.PNG(5), 0o600))
}

// Package web puts an issuer on the net: its status lists and keys for all, and
// the whole desk for whoever has the token.
//
// # An issuer on a port
//
//	handler, err := web.New(web.Config{Issuer: i, Token: token, Log: log})
//	if err != nil {
//		return err
//	}
//	return serve.Run(ctx, listener, handler, serve.Options{Log: log})
//
// and then
//
//	curl https://badges.example/status/revocation-1.json
//	curl https://badges.example/status/revocation-1.json?timestamp=2026-06-01T00:00:00Z
//
// # What is public
//
// Everything that a verifier needs, and nothing about anybody: the DID
// document, the signed lists with all their earlier versions, an index of them,
// what each achievement is, and a front page. All of it may be read by scripts
// of other sites and kept by caches: a list for its ttl, an earlier version for
// good.
//
// # What is not
//
// While a server runs it holds the store, so the command line gives its orders
// to it: POST /admin/{order} with "Authorization: Bearer" and a token that lies
// in a file only its owner can read. Client is the other end of these routes;
// Desk is what both an issuer and a Client can do.
package web

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"laurel/internal/serve"
	"laurel/internal/site"
	"laurel/internal/ui"
	"laurel/issuer"
)

//go:embed templates/*
var embedded embed.FS

// minToken is the shortest token: 128 bits in hexadecimal digits.
const minToken = 32

// ErrNotConfigured says that a server has nothing to publish, or a token that
// could be guessed.
var ErrNotConfigured = errors.New("an issuer's server needs an issuer, and a token of at least 32 characters or none")

// Config is what an issuer's server is made of.
type Config struct {
	Issuer *issuer.Issuer   // must not be nil
	Token  string           // for the orders; "" takes none from anybody
	Limits serve.Limits     // what clients may ask for; the zero value is a good one
	Now    func() time.Time // nil: time.Now
	Log    *slog.Logger     // nil discards; no credential and no address is ever logged
}

type server struct {
	*site.Site
	issuer  *issuer.Issuer
	profile issuer.Profile
	token   string
	clients *serve.Clients
	pages   *ui.Pages
	now     func() time.Time
	orders  map[string]order
	count   func(order string)
}

// New returns the handler of an issuer. All its routes are listed here, those of
// the issuer below the path of its address:
//
//	GET  /                                the front page
//	GET  /achievements/{id}               what a badge is for
//	GET  /.well-known/did.json            the keys (/did.json below a path; not for a did:key)
//	GET  /.well-known/jwt-vc-issuer       the keys for readers of SD-JWT VC, if badges name the address
//	GET  /status/index.json               which lists there are
//	GET  /status/{list}.json              a list; ?timestamp= asks for an earlier one
//	GET  /status/{list}.jwt               the same for tokens; ?time= asks for an earlier one
//	GET  /status/history/{list}/{version} an earlier list by its file name
//	POST /admin/{order}                   the desk, with the token
//	GET  /healthz, /metrics, /static/…
func New(c Config) (http.Handler, error) {
	s, err := newServer(c)
	if err != nil {
		return nil, err
	}
	if _, err := s.routes(); err != nil {
		return nil, err
	}
	return s.Handler(), nil
}

// routes adds the issuer's pages to its site.
func (s *server) routes() (*mux.Router, error) {
	home, err := url.Parse(s.profile.URL)
	if err != nil {
		return nil, err
	}
	root := s.Router
	r := root
	if home.Path != "" {
		r = root.PathPrefix(home.Path).Subrouter()
		site.Read(root, home.Path, http.RedirectHandler(home.Path+"/", http.StatusMovedPermanently))
	}
	site.Read(r, "/", http.HandlerFunc(s.home))
	site.Read(r, "/achievements/{id}", http.HandlerFunc(s.achievement))
	if path := s.issuer.DIDPath(); path != "" {
		site.Read(r, "/"+path, http.HandlerFunc(s.did))
	}
	if address := s.profile.MetadataURL(); address != "" {
		site.Read(root, strings.TrimPrefix(address, home.Scheme+"://"+home.Host), http.HandlerFunc(s.metadata)) // at the root of the host, wherever the issuer is
	}
	site.Read(r, "/status/index.json", http.HandlerFunc(s.index))
	site.Read(r, "/status/{list}", http.HandlerFunc(s.list))
	site.Read(r, "/status/history/{list}/{version}", http.HandlerFunc(s.version))
	r.HandleFunc("/admin/{order}", s.admin).Methods(http.MethodPost)
	return root, nil
}

func newServer(c Config) (*server, error) {
	if c.Issuer == nil || c.Token != "" && len(c.Token) < minToken {
		return nil, ErrNotConfigured
	}
	profile, err := c.Issuer.Profile(context.Background())
	if err != nil {
		return nil, err
	}
	templates, err := fs.Sub(embedded, "templates")
	if err != nil {
		return nil, err
	}
	pages, err := ui.NewPages(templates)
	if err != nil {
		return nil, err
	}
	s := &server{
		issuer: c.Issuer, profile: profile, token: c.Token, clients: serve.NewClients(c.Limits),
		pages: pages, now: c.Now,
	}
	s.Site = site.New(pages.Fail(s.frame("", nil)), c.Log)
	if s.now == nil {
		s.now = time.Now
	}
	s.orders = ordersOf(c.Issuer)
	var names []string
	for name := range s.orders {
		names = append(names, name)
	}
	s.count = s.Metrics.Count("laurel_issuer_orders_total", "Orders that were carried out, by name.", "order", names...)
	return s, nil
}

// frame is what surrounds each of the issuer's pages.
func (s *server) frame(title string, data any) ui.Page {
	return ui.Page{Title: title, Actor: "Issuer", Home: s.profile.URL + "/", Data: data}
}

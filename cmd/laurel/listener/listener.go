// Package listener opens the door of a server: where it listens, who can reach
// it there, and whether others on the way can read along.
//
// A verb that serves embeds [Address] and asks it to open:
//
//	type serveCmd struct {
//		listener.Address `embed:""`
//	}
//
//	func (c serveCmd) Run(e *terminal.Env) error {
//		door, err := c.Open(e, listener.Server{Name: "The verifier", Usual: "127.0.0.1:8080"})
//		if err != nil {
//			return err
//		}
//		handler, err := web.New(web.Config{Limits: c.Limits(), …})
//		…
//		return door.Serve(e, handler, log)
//	}
//
// There are four ways to be reached, and the flags choose one:
//
//   - this machine alone, which is what happens without flags: also right behind
//     a reverse proxy on the same machine;
//   - --lan: the local network, without TLS, after saying what that opens;
//   - --tls-cert and --tls-key: a certificate that another program renews;
//   - --acme: a certificate that the server gets and renews by itself.
//
// docs/deploy.md shows each of them at work.
package listener

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"laurel/cmd/laurel/terminal"
	"laurel/internal/serve"
)

// Address has the flags of every verb that others can reach.
type Address struct {
	Listen string `placeholder:"ADDR" group:"Reaching it" help:"Where to listen. Without it for this machine alone, on the usual port; with --acme for all, on port 443."`
	LAN    bool   `name:"lan" group:"Reaching it" help:"Listen in the local network, and say what that opens."`

	TLSCert string `name:"tls-cert" placeholder:"FILE" group:"Reaching it" help:"Certificate, with those that lead to its authority (PEM). It is read again when the file changes."`
	TLSKey  string `name:"tls-key" placeholder:"FILE" group:"Reaching it" help:"The key of the certificate (PEM)."`

	ACME          bool   `name:"acme" group:"Reaching it" help:"Get and renew a certificate for the public address by itself, from Let's Encrypt or --acme-directory, which looks at port 443 of that name."`
	ACMETerms     bool   `name:"acme-accept-terms" group:"Reaching it" help:"You agree to the terms of that authority."`
	ACMECache     string `name:"acme-cache" placeholder:"DIR" group:"Reaching it" help:"Folder for the certificates and the account (default: acme in the folder of the store)."`
	ACMEEmail     string `name:"acme-email" placeholder:"ADDRESS" group:"Reaching it" help:"Where the authority writes when something is wrong."`
	ACMEDirectory string `name:"acme-directory" placeholder:"URL" group:"Reaching it" help:"Another authority, such as one of your own."`

	TrustedProxy []netip.Prefix `aliases:"proxy" placeholder:"CIDR" group:"Reaching it" help:"Believe X-Forwarded-For of these proxies, such as 10.0.0.0/8. Without it each connection counts by its own address."`
	MetricsFrom  []netip.Prefix `placeholder:"CIDR" group:"Reaching it" help:"Show /metrics to clients from there too, and not only to this machine."`
}

// Server is what is to be reached.
type Server struct {
	Name   string   // how a sentence about it begins: "The verifier"
	Opens  string   // what others can do there: "open the page and have badges checked"
	Usual  string   // where it listens without flags: "127.0.0.1:8080"
	Public *url.URL // its address for others; nil if none was given
	Folder string   // of its store; certificates of --acme are kept below it
	Egress *url.URL // the proxy for connections to the outside; nil for none
}

// Door is an open listener.
type Door struct {
	net.Listener
	URL   string // how this machine, or whoever the door is for, reaches it
	Local bool   // nobody but this machine can
	TLS   bool

	issuance *serve.Issuance // of --acme
	metrics  []netip.Prefix
	proxies  []netip.Prefix
}

// Limits are the manners towards clients, who are told apart behind proxies.
func (a Address) Limits() serve.Limits { return serve.Limits{Proxies: a.TrustedProxy} }

// check refuses flags that contradict each other, before anything is opened.
func (a Address) check(s Server) error {
	pair := a.TLSCert != "" || a.TLSKey != ""
	switch {
	case pair && (a.TLSCert == "" || a.TLSKey == ""):
		return terminal.Usage("--tls-cert and --tls-key go together")
	case pair && a.ACME:
		return terminal.Usage("--acme gets a certificate, --tls-cert has one: choose")
	case a.LAN && a.ACME:
		return terminal.Usage("--lan is for the local network, where no authority can look; --acme is for the internet")
	case a.LAN && a.Listen != "":
		return terminal.Hint(terminal.Usage("--lan and --listen both say where to listen"), "--lan finds the address by itself.")
	case a.ACME && s.Public == nil:
		return terminal.Hint(terminal.Usage("--acme needs a name to get the certificate for"), "say it with --public-url https://NAME.")
	case a.ACME && s.Public.Scheme != "https":
		return terminal.Usage("--acme is for an https address, and this server is to be reached at %s", s.Public)
	case a.ACME && isAddress(s.Public.Hostname()):
		return terminal.Usage("--acme gets certificates for names, and %s is an address", s.Public.Hostname())
	case a.ACME && !a.ACMETerms:
		return terminal.Hint(terminal.Usage("--acme needs your word that you agree to the terms of the authority"),
			"read them (Let's Encrypt: https://letsencrypt.org/repository/) and add --acme-accept-terms.")
	}
	return nil
}

// Open listens, and tells the person who can reach what.
func (a Address) Open(e *terminal.Env, s Server) (*Door, error) {
	if err := a.check(s); err != nil {
		return nil, err
	}
	address, device, err := a.place(e, s)
	if err != nil {
		return nil, err
	}
	local, err := serve.CheckListen(address)
	if err != nil {
		return nil, terminal.Unusable(err)
	}
	door := &Door{Local: local, metrics: a.MetricsFrom, proxies: a.TrustedProxy}
	wrap, err := a.certificate(e, s, door)
	if err != nil {
		return nil, err
	}
	ln, err := new(net.ListenConfig).Listen(e.Context, "tcp", address)
	if err != nil {
		return nil, terminal.Unusable(terminal.Hint(fmt.Errorf("cannot listen: %w", err), listenAdvice(err)))
	}
	door.Listener = wrap(ln)
	door.URL = door.url(s.Public, a.LAN)
	a.tell(e, s, door, device)
	return door, nil
}

// listenAdvice is what to do when a port cannot be had.
func listenAdvice(err error) string {
	if strings.Contains(err.Error(), "permission denied") {
		return "ports below 1024 need a right: docs/deploy.md shows how systemd and containers give it, or choose another with --listen."
	}
	return "another program may have that port; choose one with --listen 127.0.0.1:PORT."
}

// place is where to listen, and in the local network the device.
func (a Address) place(e *terminal.Env, s Server) (address, device string, err error) {
	switch {
	case a.LAN:
		addr, device, err := serve.LAN(e.Context)
		if err != nil {
			return "", "", terminal.Hint(err, "connect it to one, or say where to listen with --listen.")
		}
		_, port, err := net.SplitHostPort(s.Usual)
		return net.JoinHostPort(addr.String(), port), device, err
	case a.Listen != "":
		return a.Listen, "", nil
	case a.ACME:
		return ":443", "", nil
	}
	return s.Usual, "", nil
}

// ParsePublic reads the address by which others reach a server: https, or http on
// this machine and in a local network, with nothing behind the name and port.
func ParsePublic(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, terminal.Usage("--public-url: %v", err)
	}
	switch {
	case u.Scheme != "https" && u.Scheme != "http", u.Hostname() == "":
		return nil, terminal.Usage("--public-url %q is no address such as https://verify.example", text)
	case u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "":
		return nil, terminal.Usage("--public-url %q has more than a name and a port: the server answers at the root of its name", text)
	case u.Scheme == "http" && !private(u.Hostname()):
		return nil, terminal.Hint(terminal.Usage("--public-url %q is without TLS", text), "others on the way could read and change what is sent; docs/deploy.md shows ways to https.")
	}
	return &url.URL{Scheme: u.Scheme, Host: strings.ToLower(u.Host)}, nil
}

func isAddress(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}

// private says whether a host is this machine or in a local network.
func private(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && (addr.IsLoopback() || addr.IsPrivate())
}

// url is how the server is reached: by its public address if it has one and is
// open to the world, else by where it listens.
func (d *Door) url(public *url.URL, lan bool) string {
	if public != nil && !lan && (d.TLS || !d.Local) {
		return public.String()
	}
	scheme := "http"
	if d.TLS {
		scheme = "https"
	}
	return scheme + "://" + d.Addr().String()
}

// tell says where the server is and who can reach it.
func (a Address) tell(e *terminal.Env, s Server, d *Door, device string) {
	e.Notef("%s is at %s\n", s.Name, d.URL)
	if s.Public != nil && d.Local && !d.TLS {
		e.Notef("Others reach it at %s, through the proxy that you have there.\n", s.Public)
	}
	switch {
	case d.Local, d.TLS:
	case a.LAN:
		e.Notef("Everybody in the local network of this machine (%s) can %s.\n", device, s.Opens)
		e.Notef("Without TLS, others in that network can read along and change what is sent. --tls-cert and --tls-key close that; Ctrl-C closes the door.\n")
	case len(a.TrustedProxy) > 0:
		e.Notef("Without TLS of its own: whoever reaches %s past the proxy can %s, and others on the way can read along.\n", d.Addr(), s.Opens)
	default:
		e.Notef("Whoever reaches %s can %s. Without TLS, others on the way can read along and change what is sent; docs/deploy.md shows ways to https.\n", d.Addr(), s.Opens)
	}
}

// Serve answers until the person interrupts it, and lets requests under way
// finish. /metrics is for this machine, and for whom --metrics-from names.
func (d *Door) Serve(e *terminal.Env, handler http.Handler, log *slog.Logger) error {
	stop := d.warm(e, log)
	defer stop()
	handler = serve.StrictTransport(serve.Inside("/metrics", d.metrics, handler))
	return serve.Run(e.Context, d.Listener, handler, serve.Options{Log: log, Proxies: d.proxies})
}

// Close closes the door of a server that did not start; after Serve it does
// nothing.
func (d *Door) Close() error {
	if err := d.Listener.Close(); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// Beside runs something beside the server; stop ends it and waits.
func Beside(e *terminal.Env, work func(context.Context) error, log *slog.Logger) (stop func()) {
	ctx, cancel := context.WithCancel(e.Context)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := work(ctx); err != nil {
			log.Error("stopped early", "error", err)
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

package listener

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/url"
	"path/filepath"

	"laurel/cmd/laurel/terminal"
	"laurel/internal/serve"
)

// certificate prepares TLS as the flags say, and returns what makes of a plain
// listener the one to accept from.
func (a Address) certificate(e *terminal.Env, s Server, door *Door) (func(net.Listener) net.Listener, error) {
	var config *tls.Config
	switch {
	case a.TLSCert != "":
		pair, err := serve.LoadKeyPair(a.TLSCert, a.TLSKey, e.Log(slog.LevelInfo))
		if err != nil {
			return nil, terminal.Unusable(terminal.Hint(err, "name the files that your certificate came in: the whole chain, and its key with mode 0600 or 0640."))
		}
		if until := pair.Leaf().NotAfter; until.Before(e.Now()) {
			e.Notef("The certificate ended on %s: browsers and wallets will refuse it.\n", terminal.Day(until))
		}
		if s.Public != nil && pair.Leaf().VerifyHostname(s.Public.Hostname()) != nil {
			e.Notef("The certificate is not for %s: browsers and wallets will refuse it.\n", s.Public.Hostname())
		}
		config = pair.TLS()
	case a.ACME:
		acme, err := a.acme(s)
		if err != nil {
			return nil, err
		}
		door.issuance = acme.Start()
		config = door.issuance.TLS()
	default:
		return func(ln net.Listener) net.Listener { return ln }, nil
	}
	door.TLS = true
	return func(ln net.Listener) net.Listener { return tls.NewListener(ln, config) }, nil
}

func (a Address) acme(s Server) (serve.ACME, error) {
	out := serve.ACME{Host: s.Public.Hostname(), Cache: a.ACMECache, Email: a.ACMEEmail, Directory: a.ACMEDirectory, Proxy: s.Egress}
	if out.Cache == "" {
		if s.Folder == "" {
			return out, terminal.Hint(terminal.Usage("there is no folder for the certificates"), "name one with --acme-cache.")
		}
		out.Cache = filepath.Join(s.Folder, "acme")
	}
	if a.ACMEDirectory != "" {
		u, err := url.Parse(a.ACMEDirectory)
		if err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || !private(u.Hostname())) {
			return out, terminal.Usage("--acme-directory %q is no https address", a.ACMEDirectory)
		}
	}
	return out, nil
}

// warm gets the certificate of --acme in the background, once the server answers,
// and says how that went. The function it returns waits for its end.
func (d *Door) warm(e *terminal.Env, log *slog.Logger) (stop func()) {
	if d.issuance == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(e.Context)
	done := make(chan struct{})
	go func() {
		defer close(done)
		until, err := d.issuance.Warm(ctx)
		switch {
		case err == nil:
			log.Info("the certificate is there", "until", until)
		case !errors.Is(err, context.Canceled):
			log.Error("no certificate yet; the next visitor makes it ask again", "error", err,
				"hint", "the authority must reach port 443 of the name, directly or forwarded as it is")
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

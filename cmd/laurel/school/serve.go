package school

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"time"

	"laurel/cmd/laurel/terminal"
	"laurel/internal/serve"
	"laurel/internal/store/badger"
	"laurel/issuer"
	"laurel/issuer/web"
)

// refreshEvery is how often a server looks for lists that grow old.
const refreshEvery = time.Hour

type serveCmd struct {
	Listen string   `default:"127.0.0.1:8420" placeholder:"ADDR" help:"Where to listen. Put a proxy with TLS before it that shows it at the issuer's address."`
	Proxy  []string `placeholder:"CIDR" help:"Addresses of proxies whose X-Forwarded-For is believed."`
}

// Run serves until it is interrupted, and lets requests under way finish.
func (c serveCmd) Run(e *terminal.Env, top *Command) error {
	limits := serve.Limits{}
	for _, text := range c.Proxy {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			return terminal.Usage("--proxy: %v", err)
		}
		limits.Proxies = append(limits.Proxies, prefix)
	}
	h, err := top.home()
	if err != nil {
		return err
	}
	return top.open(e, badger.Options{}, func(i *issuer.Issuer) error {
		ln, err := net.Listen("tcp", c.Listen)
		if err != nil {
			return terminal.Unusable(terminal.Hint(fmt.Errorf("cannot listen: %w", err), "another program may have that port; choose one with --listen 127.0.0.1:PORT."))
		}
		return serveIssuer(e, i, ln, limits, deskOf(h))
	})
}

// serveIssuer serves an issuer, with a fresh token for the other verbs.
func serveIssuer(e *terminal.Env, i *issuer.Issuer, ln net.Listener, limits serve.Limits, file string) (err error) {
	log := e.Log(slog.LevelInfo)
	p, err := i.Profile(e.Context)
	if err != nil {
		return err
	}
	token := newToken()
	handler, err := web.New(web.Config{Issuer: i, Token: token, Limits: limits, Now: e.Now, Log: log})
	if err != nil {
		return err
	}
	local, err := localURL(ln.Addr(), p.URL)
	if err != nil {
		return err
	}
	if err := writeDesk(file, desk{URL: local, Token: token}); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(file)) }()
	e.Notef("%s is at %s, for %s\n", p.Name, local, p.URL)
	refreshing, stop := context.WithCancel(e.Context)
	done := make(chan struct{})
	go func() {
		defer close(done)
		keepFresh(refreshing, i, log)
	}()
	err = serve.Run(e.Context, ln, handler, serve.Options{Log: log})
	stop()
	<-done
	return err
}

// keepFresh signs lists again before they grow old, at once and every hour.
func keepFresh(ctx context.Context, i *issuer.Issuer, log *slog.Logger) {
	ticker := time.NewTicker(refreshEvery)
	defer ticker.Stop()
	for {
		n, err := i.Refresh(ctx)
		if err != nil && ctx.Err() == nil {
			log.Error("lists could not be signed again", "error", err)
		}
		if n > 0 {
			log.Info("signed lists again", "lists", n)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

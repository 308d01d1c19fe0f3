package school

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/url"
	"time"

	"laurel/cmd/laurel/home"
	"laurel/cmd/laurel/listener"
	"laurel/cmd/laurel/terminal"
	"laurel/internal/serve"
	"laurel/internal/store/badger"
	"laurel/issuer"
	"laurel/issuer/web"
)

const (
	// refreshEvery is how often a server looks for lists that grow old.
	refreshEvery = time.Hour
	// usual is where an issuer listens unless somebody says otherwise.
	usual = "127.0.0.1:8420"
)

type serveCmd struct {
	listener.Address `embed:""`
}

// Help is what laurel issuer serve --help says beyond the flags.
func (serveCmd) Help() string {
	return "Others reach it at the address that its badges name. Without flags it is for this machine alone, and a proxy " +
		"shows it there; docs/deploy.md shows that, and the other ways. While it runs, the other verbs work through it."
}

// Run serves until it is interrupted, and lets requests under way finish.
func (c serveCmd) Run(e *terminal.Env, top *Command) error {
	h, err := top.home()
	if err != nil {
		return err
	}
	return top.open(e, badger.Options{}, func(i *issuer.Issuer) error {
		p, err := i.Profile(e.Context)
		if err != nil {
			return err
		}
		public, err := url.Parse(p.URL)
		if err != nil {
			return err
		}
		door, err := c.Open(e, listener.Server{
			Name: p.Name, Opens: "read its keys and lists", Usual: usual, Public: public, Folder: h.Path,
		})
		if err != nil {
			return err
		}
		return errors.Join(c.serve(e, i, door, h), door.Close())
	})
}

// serve answers strangers at the door, and the other verbs at a desk with a
// fresh token. A door that only this machine can reach has the desk as well;
// behind one that others can reach, orders come in by a door of their own.
func (c serveCmd) serve(e *terminal.Env, i *issuer.Issuer, door *listener.Door, h home.Folder) error {
	log, token := e.Log(slog.LevelInfo), home.NewToken()
	config := web.Config{Issuer: i, Token: token, Limits: c.Limits(), Now: e.Now, Log: log}
	back := door.Listener
	if door.TLS || !door.Local {
		ln, err := new(net.ListenConfig).Listen(e.Context, "tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		handler, err := web.New(config)
		if err != nil {
			return errors.Join(err, ln.Close())
		}
		stop := listener.Beside(e, func(ctx context.Context) error { return serve.Run(ctx, ln, handler, serve.Options{Log: log}) }, log)
		defer stop()
		back, config.Token = ln, ""
	}
	handler, err := web.New(config)
	if err != nil {
		return err
	}
	forget, err := announce(e, i, back.Addr(), token, h)
	if err != nil {
		return err
	}
	stop := listener.Beside(e, func(ctx context.Context) error { keepFresh(ctx, i, log); return nil }, log)
	defer stop()
	return errors.Join(door.Serve(e, handler, log), forget())
}

// announce tells the other verbs where the desk is; forget takes that back.
func announce(e *terminal.Env, i *issuer.Issuer, at net.Addr, token string, h home.Folder) (forget func() error, err error) {
	p, err := i.Profile(e.Context)
	if err != nil {
		return nil, err
	}
	public, err := url.Parse(p.URL)
	if err != nil {
		return nil, err
	}
	local, err := home.LocalURL(at)
	if err != nil {
		return nil, err
	}
	return h.Announce(home.Desk{URL: local + public.Path, Token: token})
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

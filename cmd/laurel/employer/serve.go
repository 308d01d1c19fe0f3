package employer

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path/filepath"

	"laurel/cmd/laurel/home"
	"laurel/cmd/laurel/judging"
	"laurel/cmd/laurel/listener"
	"laurel/cmd/laurel/terminal"
	"laurel/internal/serve"
	"laurel/internal/store/badger"
	"laurel/verifier"
	"laurel/verifier/doctor"
	"laurel/verifier/request"
	"laurel/verifier/session"
	"laurel/verifier/share"
	"laurel/verifier/web"
)

// usual is where a verifier listens unless somebody says otherwise.
const usual = "127.0.0.1:8080"

type serveCmd struct {
	judging.Flags    `embed:""`
	listener.Address `embed:""`
	PublicURL        string `name:"public-url" placeholder:"https://…" group:"Reaching it" help:"The address by which others reach it; links name it. A verifier that asks has it from laurel verifier init."`
	AcceptShares     bool   `name:"accept-shares" help:"Let learners share badges by links to this server, for up to 90 days. They are sealed: only who has the link can read them."`
	OpenAsking       bool   `name:"open" help:"Let anybody ask who reaches the server, not only whoever has its token."`
}

// Help is what laurel verifier serve --help says beyond the flags.
func (serveCmd) Help() string {
	return "Without flags it is for this machine alone. docs/deploy.md shows how others reach it: behind a proxy, with a " +
		"certificate of yours, with one that it gets by itself, or in the local network. With a verifier of laurel verifier " +
		"init it asks for proof, too; docs/asking.md shows how."
}

// Run serves until it is interrupted, and lets requests under way finish.
func (c serveCmd) Run(e *terminal.Env, top *Command) error {
	v, err := c.Verifier(e)
	if err != nil {
		return err
	}
	h, err := top.home()
	if err != nil {
		return err
	}
	config := web.Config{Verify: v.Verify, Inspect: doctor.Practice{Verifier: v}.Inspect, Log: e.Log(slog.LevelInfo), Limits: c.Limits()}
	if v.Trust == nil {
		e.Notef("No --trust file: issuers are not judged, and the reports say so.\n")
	}
	if !exists(h) && top.Store == "" {
		e.Notef("It checks files. To ask for proof as well, make a verifier first: laurel verifier init.\n")
		return c.check(e, h, config)
	}
	return top.open(e, h, badger.Options{}, func(b *session.Book, kept session.Store) error {
		shares, err := share.Open(e.Context, share.Options{Store: kept, Now: e.Now})
		if err != nil {
			return err
		}
		if c.AcceptShares {
			e.Notef("Learners can share badges by links to this verifier: laurel wallet share. It cannot read what it keeps for them.\n")
			config.Shares = shares
		}
		defer forgetting(e, shares, config.Log)() // those of an earlier time too
		return c.counter(e, h, v, b, config)
	})
}

// check serves a verifier that only checks.
func (c serveCmd) check(e *terminal.Env, h home.Folder, config web.Config) error {
	if c.OpenAsking {
		return terminal.Hint(terminal.Usage("--open is for a verifier that asks"), "laurel verifier init makes one.")
	}
	if c.AcceptShares {
		return terminal.Hint(terminal.Usage("--accept-shares needs a place to keep them"), "laurel verifier init makes one.")
	}
	var public *url.URL
	if c.PublicURL != "" {
		var err error
		if public, err = listener.ParsePublic(c.PublicURL); err != nil {
			return err
		}
	}
	handler, err := web.New(config)
	if err != nil {
		return err
	}
	// There is no verifier in its folder yet, and one is made only where nothing is.
	beside := filepath.Join(filepath.Dir(h.Path), "serving")
	door, err := c.door(e, beside, public, "open its page and have badges checked")
	if err != nil {
		return err
	}
	return door.Serve(e, handler, config.Log)
}

func (c serveCmd) door(e *terminal.Env, folder string, public *url.URL, opens string) (*listener.Door, error) {
	proxy, err := c.Proxy()
	if err != nil {
		return nil, err
	}
	return c.Open(e, listener.Server{
		Name: "The verifier", Opens: opens, Usual: usual, Public: public, Folder: folder, Egress: proxy,
	})
}

// counter serves a verifier that asks as well.
func (c serveCmd) counter(e *terminal.Env, h home.Folder, v *verifier.Verifier, b *session.Book, config web.Config) error {
	identity, err := request.LoadIdentity(e.Context, b)
	if errors.Is(err, session.ErrUnknown) {
		return errNoIdentity
	}
	if err != nil {
		return err
	}
	public, err := c.public(identity)
	if err != nil {
		return err
	}
	desk := &request.Desk{Book: b, Verifier: v, Identity: identity, URL: identity.URL}
	config.Desk, config.Verify, config.Token, config.AskOpen = desk, desk.Verify, home.NewToken(), c.OpenAsking
	config.Stop = e.Context.Done()
	handler, err := web.New(config)
	if err != nil {
		return err
	}
	door, err := c.door(e, h.Path, public, "answer its questions and have badges checked")
	if err != nil {
		return err
	}
	return errors.Join(c.stand(e, h, door, handler, config), door.Close())
}

// stand answers strangers at the door, and the other verbs where only this machine
// comes.
func (c serveCmd) stand(e *terminal.Env, h home.Folder, door *listener.Door, handler http.Handler, config web.Config) error {
	at := door.Addr()
	if door.TLS || !door.Local {
		back, err := new(net.ListenConfig).Listen(e.Context, "tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		at = back.Addr()
		stop := listener.Beside(e, func(ctx context.Context) error { return serve.Run(ctx, back, handler, serve.Options{Log: config.Log}) }, config.Log)
		defer stop()
	}
	local, err := home.LocalURL(at)
	if err != nil {
		return err
	}
	forget, err := h.Announce(home.Desk{URL: local, Token: config.Token})
	if err != nil {
		return err
	}
	e.Notef("To ask, open %s/ask. The token to log in with is in %s.\n", config.Desk.URL, h.DeskFile())
	defer forgetting(e, config.Desk.Book, config.Log)()
	return errors.Join(door.Serve(e, handler, config.Log), forget())
}

// public is the address that the verifier was made for, which nothing else can
// replace: its codes and its identity name it.
func (c serveCmd) public(i *request.Identity) (*url.URL, error) {
	if c.PublicURL != "" && c.PublicURL != i.URL {
		return nil, terminal.Hint(terminal.Usage("this verifier was made for %s, not for %s", i.URL, c.PublicURL),
			"laurel verifier init --url makes another, in another folder.")
	}
	u, err := listener.ParsePublic(i.URL)
	if err != nil {
		return nil, err
	}
	if ip := net.ParseIP(u.Hostname()); u.Hostname() == "localhost" || ip != nil && ip.IsLoopback() {
		return nil, nil // others do not reach it
	}
	return u, nil
}

// forgetting deletes what is due of a book, until stop is called.
func forgetting(e *terminal.Env, book web.Forgetful, log *slog.Logger) (stop func()) {
	return listener.Beside(e, func(ctx context.Context) error {
		web.Sweep(ctx, book, func(err error) { log.Error("what is due could not be deleted", "error", err) })
		return nil
	}, log)
}

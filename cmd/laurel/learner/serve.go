package learner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"time"

	"laurel/cmd/laurel/home"
	"laurel/cmd/laurel/judging"
	"laurel/cmd/laurel/terminal"
	"laurel/internal/serve"
	"laurel/internal/store/badger"
	"laurel/internal/store/remote"
	"laurel/wallet"
	"laurel/wallet/answer"
	"laurel/wallet/web"
)

type serveCmd struct {
	judging.Flags `embed:""`
	Port          uint16        `default:"0" help:"Port on 127.0.0.1; 0 takes one that is free."`
	Refresh       time.Duration `default:"12h" help:"How often each badge is checked again in the background; 0 is never."`
}

// Help is what laurel wallet serve --help says beyond the flags.
func (serveCmd) Help() string {
	return "The pages are for this machine alone, and open with a link that works once. " +
		"While they are up, the other verbs work through them."
}

// Run unlocks the wallet and serves its pages until it is interrupted.
func (c serveCmd) Run(e *terminal.Env, top *Command) error {
	check, err := c.AsEmployer(e)
	if err != nil {
		return err
	}
	client, err := c.Client(e.Now)
	if err != nil {
		return err
	}
	defer client.Close()
	return top.hold(e, check, func(h home.Folder, w *wallet.Wallet) error {
		answers, err := responder(c.Flags, w, client)
		if err != nil {
			return err
		}
		ln, err := new(net.ListenConfig).Listen(e.Context, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(int(c.Port))))
		if err != nil {
			return terminal.Unusable(terminal.Hint(fmt.Errorf("cannot listen: %w", err), "another program may have that port; without --port one that is free is taken."))
		}
		handler, err := walletPages(e, answers, ln)
		if err != nil {
			return err
		}
		shut, err := openDesk(e, h, w.Store)
		if err != nil {
			return errors.Join(err, ln.Close())
		}
		stop := c.watch(e, w)
		return errors.Join(serve.Run(e.Context, ln, handler, serve.Options{}), stop(), shut())
	})
}

// hold opens the wallet in this process, where it stays open: the other verbs come
// to it here.
func (c *Command) hold(e *terminal.Env, check wallet.Check, do func(h home.Folder, w *wallet.Wallet) error) error {
	h, err := c.home()
	if err != nil {
		return err
	}
	v, err := h.Unlock(func() ([]byte, error) { return c.Passphrase.Read(e, "Passphrase of the wallet: ") })
	if err == nil {
		err = useStore(e, h.Store(), badger.Options{Existing: true}, func(s wallet.Store) error { return do(h, newWallet(e, s, v, check)) })
	}
	return h.Explain(err, walletAdvice)
}

// openDesk lets the other verbs work with the store, at an address of this machine
// that only whoever can read the wallet's folder knows the token of.
func openDesk(e *terminal.Env, h home.Folder, s wallet.Store) (shut func() error, err error) {
	ln, err := new(net.ListenConfig).Listen(e.Context, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	token := home.NewToken()
	url, err := home.LocalURL(ln.Addr())
	if err != nil {
		return nil, errors.Join(err, ln.Close())
	}
	forget, err := h.Announce(home.Desk{URL: url, Token: token})
	if err != nil {
		return nil, errors.Join(err, ln.Close())
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(e.Context)) // the pages end first
	done := make(chan error, 1)
	go func() { done <- serve.Run(ctx, ln, remote.Handler(s, token), serve.Options{}) }()
	return func() error {
		cancel()
		return errors.Join(<-done, forget())
	}, nil
}

// watch checks the badges again in the background, until stop is called. What
// changed is on the cards, and on the terminal in case somebody looks at that.
func (c serveCmd) watch(e *terminal.Env, w *wallet.Wallet) (stop func() error) {
	if c.Refresh <= 0 {
		return func() error { return nil }
	}
	ctx, cancel := context.WithCancel(e.Context)
	watch := &wallet.Watch{Wallet: w, Every: c.Refresh}
	watch.Tell = func(changed []wallet.Card) {
		for i := range changed {
			tellNews(e, &changed[i])
		}
	}
	log := e.Log(slog.LevelWarn)
	watch.Trip = func(err error) { log.Warn("badges were not checked in the background", "cause", err) }
	done := make(chan error, 1)
	go func() { done <- watch.Run(ctx) }()
	return func() error {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			return err
		}
		return nil
	}
}

// walletPages are the pages of a wallet, with the link to them printed, and a
// new one whenever that is used up.
func walletPages(e *terminal.Env, r *answer.Responder, ln net.Listener) (http.Handler, error) {
	log := e.Log(slog.LevelWarn)
	var pages *web.Server
	again := func() { e.Printf("Opened. Should you need to open it again: %s\n", pages.Link()) }
	pages, err := web.New(web.Config{Wallet: r.Wallet, Answers: r, Address: ln.Addr().String(), Opened: again, Log: log})
	if err != nil {
		return nil, err
	}
	e.Printf("Your wallet is open in a browser on this machine, with this link, which works once:\n  %s\n", pages.Link())
	e.Notef("Ctrl-C locks it.\n")
	return pages, nil
}

// Package employer has the verbs of laurel verifier: what an employer, or anybody
// else who relies on badges, types to check them for others and to ask for them.
//
// laurel verify, which checks a file, needs none of this and is in cmd/laurel.
// A verifier that only checks needs no folder. One that asks has one, with the
// header of a vault and a store in it; while laurel verifier serve runs, the store
// is open there, and the other verbs work through that server.
//
// Each verb here has a file with a struct of flags and a method Run:
//
//	func (c requestCmd) Run(e *terminal.Env, top *Command) error {
//		return top.ask(func(d *client) error {
//			asked, err := d.ask(e.Context, c.question())
//			…
//		})
//	}
//
// The report of a verb and its exit code are those of laurel verify: see
// judging.ExitFor. Another verb is another file here, a field of [Command], and a
// script in cmd/laurel/testdata.
package employer

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"

	"laurel/cmd/laurel/home"
	"laurel/cmd/laurel/terminal"
	"laurel/internal/store/badger"
	"laurel/internal/vault"
	"laurel/verifier/request"
	"laurel/verifier/session"
)

// Command is the verifier's part of the command line.
type Command struct {
	Store               string `env:"LAUREL_VERIFIER" type:"path" placeholder:"DIR" help:"Folder of the verifier (default: laurel/verifier in your configuration folder)."`
	terminal.Passphrase `embed:""`

	Init    initCmd    `cmd:"" help:"Make a verifier that asks: its identity and its store."`
	Key     keyCmd     `cmd:"" help:"Show who it is to wallets."`
	Request requestCmd `cmd:"" help:"Ask somebody for proof: a QR code, a link, and then the report."`
	Result  resultCmd  `cmd:"" help:"Read the answer to a question."`
	Bundle  bundleCmd  `cmd:"" help:"Save what checking files needs, to check them later without a network."`
	Serve   serveCmd   `cmd:"" help:"Put a verifier on the net: check files, ask for proof, POST /verify for programs."`
}

// home is the verifier's folder.
func (c *Command) home() (home.Folder, error) { return home.Of("verifier", c.Store) }

// exists reports whether there is a verifier in the folder.
func exists(h home.Folder) bool {
	_, err := os.Stat(h.Vault())
	return err == nil
}

// open unlocks the store and lets do work with it.
func (c *Command) open(e *terminal.Env, h home.Folder, opt badger.Options, do func(*session.Book, session.Store) error) error {
	v, err := h.Unlock(func() ([]byte, error) { return c.Passphrase.Read(e, "Passphrase of the verifier: ") })
	if err == nil {
		opt.Existing = true
		err = useStore(e, h.Store(), v, opt, do)
	}
	return h.Explain(err, advice)
}

// useStore opens a store and lets do work with it and the questions in it.
func useStore(e *terminal.Env, dir string, v *vault.Vault, opt badger.Options, do func(*session.Book, session.Store) error) error {
	opt.Log = e.Log(slog.LevelError)
	s, err := badger.OpenVerifier(dir, v, opt)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: its folder %s is missing", badger.ErrDamaged, dir)
	}
	if err != nil {
		return err
	}
	book, err := session.Open(e.Context, session.Options{Store: s, Now: e.Now})
	if err == nil {
		err = do(book, s)
	}
	return errors.Join(err, s.Close())
}

// ask lets do work through the server that has the verifier's store open.
func (c *Command) ask(do func(*client) error) error {
	h, err := c.home()
	if err != nil {
		return err
	}
	desk, err := h.Desk()
	if err != nil {
		return err
	}
	if desk == nil {
		return terminal.Hint(errors.New("no server of this verifier is running, and wallets answer to a server"),
			"start it in another window: laurel verifier serve.")
	}
	caller := newClient(desk.URL, desk.Token)
	defer caller.close()
	return do(caller)
}

// advice is what to do about the errors of a verifier.
var advice = []home.Advice{
	{Err: badger.ErrLocked, Do: "another laurel has this verifier open; if it is laurel verifier serve, stop it for a moment. Asking works while it runs."},
	{Err: badger.ErrDamaged, Do: "keep the folder as it is, and go back to your last copy of it."},
	{Err: vault.ErrCorrupt, Do: "keep the folder as it is, and go back to your last copy of it."},
	{Err: request.ErrAddress, Do: "say where wallets reach it, such as https://verifier.example; on this machine http://127.0.0.1:8080 will do."},
}

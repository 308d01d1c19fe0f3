// Package school has the verbs of laurel issuer: what a school, an association or
// a company types to issue badges and to publish which are revoked.
//
// An issuer is a folder with the header of a vault and a store in it. While laurel
// issuer serve runs, the store is open there, and the folder says where that
// server is: the other verbs then work through it and need no passphrase. A verb
// sees none of this. It works at a desk, which is the issuer itself or a client of
// the server:
//
//	func (c keyListCmd) Run(e *terminal.Env, top *Command) error {
//		return top.look(e, func(d web.Desk) error {
//			keys, err := d.Keys(e.Context)
//			…
//		})
//	}
//
// [Command.look] is for verbs that only read, [Command.use] for the others. A
// person is asked before anything is revoked or withdrawn, and a verb whose effect
// others see only after publishing says so.
//
// Another verb is another file here, a field of [Command], and a script in
// cmd/laurel/testdata; if it needs a new order, web.Desk gets it for both kinds of
// desk.
package school

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"

	"laurel/cmd/laurel/home"
	"laurel/cmd/laurel/judging"
	"laurel/cmd/laurel/terminal"
	"laurel/internal/jsonld"
	"laurel/internal/store/badger"
	"laurel/internal/vault"
	"laurel/issuer"
	"laurel/issuer/web"
)

// Command is the issuer's part of the command line. An issuer is a folder
// with the vault's header and the store in it, and, while laurel issuer serve
// runs, the address and the token of that server, through which the other verbs
// then work.
type Command struct {
	Store               string `env:"LAUREL_ISSUER" type:"path" placeholder:"DIR" help:"Folder of the issuer (default: laurel/issuer in your configuration folder)."`
	terminal.Passphrase `embed:""`

	Init      initCmd      `cmd:"" help:"Make an issuer: its identity, its first key and its first list."`
	Key       keyCmd       `cmd:"" help:"List, rotate and withdraw keys."`
	Template  templateCmd  `cmd:"" help:"Say what a kind of badge is for."`
	Issue     issueCmd     `cmd:"" help:"Issue a badge."`
	List      listCmd      `cmd:"" help:"List and search what was issued."`
	Show      showCmd      `cmd:"" help:"Show one badge, and what happened to it."`
	Revoke    revokeCmd    `cmd:"" help:"Revoke badges for good."`
	Suspend   suspendCmd   `cmd:"" help:"Put badges on hold."`
	Reinstate reinstateCmd `cmd:"" help:"End the suspension of badges."`
	Publish   publishCmd   `cmd:"" help:"Write keys and lists as files for any https server."`
	Doctor    doctorCmd    `cmd:"" help:"Look at a published issuer with a stranger's eyes."`
	Serve     serveCmd     `cmd:"" help:"Serve keys and lists, and take the orders of the other verbs."`
}

// home is the issuer's folder.
func (c *Command) home() (home.Folder, error) { return home.Of("issuer", c.Store) }

// use lets do work at the issuer's desk: through the server that has the store
// open, if there is one, or with the store itself. The passphrase is asked for
// only in the second case.
func (c *Command) use(e *terminal.Env, do func(web.Desk) error) error {
	return c.at(e, badger.Options{}, do)
}

// look is use for work that only reads: it changes nothing on the disk.
func (c *Command) look(e *terminal.Env, do func(web.Desk) error) error {
	return c.at(e, badger.Options{ReadOnly: true}, do)
}

func (c *Command) at(e *terminal.Env, opt badger.Options, do func(web.Desk) error) error {
	h, err := c.home()
	if err != nil {
		return err
	}
	client, err := serving(e, h)
	if err != nil {
		return err
	}
	if client != nil {
		defer client.Close()
		return h.Explain(do(client), issuerAdvice)
	}
	return c.open(e, opt, func(i *issuer.Issuer) error { return do(i) })
}

// open unlocks the store, lets do work with the issuer in it, and closes it.
func (c *Command) open(e *terminal.Env, opt badger.Options, do func(*issuer.Issuer) error) error {
	h, err := c.home()
	if err != nil {
		return err
	}
	v, err := h.Unlock(func() ([]byte, error) { return c.Passphrase.Read(e, "Passphrase of the issuer: ") })
	if err == nil {
		opt.Existing = true
		err = useIssuerStore(e, h.Store(), v, opt, func(s issuer.Store) error {
			i, err := issuer.Open(e.Context, issuerOptions(e, s))
			if err != nil {
				return err
			}
			return do(i)
		})
	}
	return h.Explain(err, issuerAdvice)
}

func useIssuerStore(e *terminal.Env, dir string, v *vault.Vault, opt badger.Options, do func(issuer.Store) error) error {
	opt.Log = e.Log(slog.LevelError)
	s, err := badger.OpenIssuer(dir, v, opt)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: its folder %s is missing", badger.ErrDamaged, dir)
	}
	if err != nil {
		return err
	}
	return errors.Join(do(s), s.Close())
}

func issuerOptions(e *terminal.Env, s issuer.Store) issuer.Options {
	return issuer.Options{Store: s, Suite: judging.Suites()[0], Contexts: jsonld.Embedded(), Now: e.Now}
}

// issuerAdvice is what to do about the errors of an issuer.
var issuerAdvice = []home.Advice{
	{Err: badger.ErrLocked, Do: "another laurel has this issuer open; wait for it. If it is laurel issuer serve, let it finish starting."},
	{Err: badger.ErrDamaged, Do: "keep the folder as it is, and go back to your last copy of it."},
	{Err: vault.ErrCorrupt, Do: "keep the folder as it is, and go back to your last copy of it."},
	{Err: issuer.ErrNotFound, Do: "laurel issuer list shows the ids, laurel issuer template list the templates; the first four characters of a badge's id are enough if no other begins so."},
	{Err: issuer.ErrPurpose, Do: "the template decides: with \"statusPurpose\": \"suspension\" badges can be suspended, without it revoked."},
	{Err: issuer.ErrFinal, Do: "issue the badge again: laurel issuer issue."},
	{Err: issuer.ErrKeyIsIdentity, Do: "make a new issuer, with --did web if its keys are to change one day."},
	{Err: issuer.ErrKeyState, Do: "laurel issuer key rotate makes the next one and retires this one."},
	{Err: issuer.ErrRecipient, Do: "ask the learner for it: laurel wallet key list shows it, and it begins with did:key:."},
	{Err: issuer.ErrTemplate, Do: "laurel issuer template example prints one to start from."},
}

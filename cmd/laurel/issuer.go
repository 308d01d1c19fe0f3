package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"laurel/internal/jsonld"
	"laurel/internal/store/badger"
	"laurel/internal/vault"
	"laurel/issuer"
	"laurel/issuer/web"
)

// issuerCmd is the issuer's part of the command line. An issuer is a folder
// with the vault's header and the store in it, and, while laurel issuer serve
// runs, the address and the token of that server, through which the other verbs
// then work.
type issuerCmd struct {
	Store      string `env:"LAUREL_ISSUER" type:"path" placeholder:"DIR" help:"Folder of the issuer (default: laurel/issuer in your configuration folder)."`
	passphrase `embed:""`

	Init      issuerInitCmd      `cmd:"" help:"Make an issuer: its identity, its first key and its first list."`
	Key       issuerKeyCmd       `cmd:"" help:"List, rotate and withdraw keys."`
	Template  issuerTemplateCmd  `cmd:"" help:"Say what a kind of badge is for."`
	Issue     issuerIssueCmd     `cmd:"" help:"Issue a badge."`
	List      issuerListCmd      `cmd:"" help:"List and search what was issued."`
	Show      issuerShowCmd      `cmd:"" help:"Show one badge, and what happened to it."`
	Revoke    issuerRevokeCmd    `cmd:"" help:"Revoke badges for good."`
	Suspend   issuerSuspendCmd   `cmd:"" help:"Put badges on hold."`
	Reinstate issuerReinstateCmd `cmd:"" help:"End the suspension of badges."`
	Publish   issuerPublishCmd   `cmd:"" help:"Write keys and lists as files for any https server."`
	Doctor    issuerDoctorCmd    `cmd:"" help:"Look at a published issuer with a stranger's eyes."`
	Serve     issuerServeCmd     `cmd:"" help:"Serve keys and lists, and take the orders of the other verbs."`
}

// deskFile says where the server is that has the store open, and its token.
const deskFile = "serve.json"

func (h home) desk() string { return filepath.Join(h.path, deskFile) }

// home is the issuer's folder.
func (c *issuerCmd) home() (home, error) { return homeOf("issuer", c.Store) }

// use lets do work at the issuer's desk: through the server that has the store
// open, if there is one, or with the store itself. The passphrase is asked for
// only in the second case.
func (c *issuerCmd) use(e *env, do func(web.Desk) error) error {
	return c.at(e, badger.Options{}, do)
}

// look is use for work that only reads: it changes nothing on the disk.
func (c *issuerCmd) look(e *env, do func(web.Desk) error) error {
	return c.at(e, badger.Options{ReadOnly: true}, do)
}

func (c *issuerCmd) at(e *env, opt badger.Options, do func(web.Desk) error) error {
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
		return h.explain(do(client), issuerAdvice)
	}
	return c.open(e, opt, func(i *issuer.Issuer) error { return do(i) })
}

// open unlocks the store, lets do work with the issuer in it, and closes it.
func (c *issuerCmd) open(e *env, opt badger.Options, do func(*issuer.Issuer) error) error {
	h, err := c.home()
	if err != nil {
		return err
	}
	v, err := h.unlock(func() ([]byte, error) { return c.read(e, "Passphrase of the issuer: ") })
	if err == nil {
		opt.Existing = true
		err = useIssuerStore(e, h.store(), v, opt, func(s issuer.Store) error {
			i, err := issuer.Open(e.Context, issuerOptions(e, s))
			if err != nil {
				return err
			}
			return do(i)
		})
	}
	return h.explain(err, issuerAdvice)
}

func useIssuerStore(e *env, dir string, v *vault.Vault, opt badger.Options, do func(issuer.Store) error) error {
	opt.Log = storeLog(e)
	s, err := badger.OpenIssuer(dir, v, opt)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: its folder %s is missing", badger.ErrDamaged, dir)
	}
	if err != nil {
		return err
	}
	return errors.Join(do(s), s.Close())
}

func issuerOptions(e *env, s issuer.Store) issuer.Options {
	return issuer.Options{Store: s, Suite: suites()[0], Contexts: jsonld.Embedded(), Now: e.Now}
}

// desk is what deskFile says.
type desk struct {
	URL   string `json:"url"`
	Token string `json:"token"`
}

// serving returns a client of the server that has this folder's store open, or
// nil if there is none. A file that a killed server left behind counts as none.
func serving(e *env, h home) (*web.Client, error) {
	path := h.desk()
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, hint(fmt.Errorf("%s has mode %04o: others can read the token in it", path, info.Mode().Perm()),
			"stop laurel issuer serve and start it again; it makes a new token.")
	}
	if !badger.InUse(h.store()) {
		return nil, nil // it was killed, and anybody may have its port by now
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var d desk
	if err := json.Unmarshal(text, &d); err != nil {
		return nil, nil // half written when its server was killed
	}
	client := web.NewClient(d.URL, d.Token)
	if _, err := client.Profile(e.Context); err != nil {
		client.Close()
		return nil, nil // nobody is there, or somebody else; the store's lock tells
	}
	return client, nil
}

// issuerAdvice is what to do about the errors of an issuer.
var issuerAdvice = []advice{
	{badger.ErrLocked, "another laurel has this issuer open; wait for it. If it is laurel issuer serve, let it finish starting."},
	{badger.ErrDamaged, "keep the folder as it is, and go back to your last copy of it."},
	{vault.ErrCorrupt, "keep the folder as it is, and go back to your last copy of it."},
	{issuer.ErrNotFound, "laurel issuer list shows the ids, laurel issuer template list the templates; the first characters of an id are enough."},
	{issuer.ErrPurpose, "the template decides: with \"statusPurpose\": \"suspension\" badges can be suspended, without it revoked."},
	{issuer.ErrFinal, "issue the badge again: laurel issuer issue."},
	{issuer.ErrKeyIsIdentity, "make a new issuer, with --did web if its keys are to change one day."},
	{issuer.ErrKeyState, "laurel issuer key rotate makes the next one and retires this one."},
	{issuer.ErrRecipient, "ask the learner for it: laurel wallet key list shows it, and it begins with did:key:."},
	{issuer.ErrTemplate, "laurel issuer template example prints one to start from."},
}

type issuerInitCmd struct {
	Name           string        `required:"" help:"What the issuer is called; badges show it."`
	URL            string        `name:"url" required:"" placeholder:"https://…" help:"Where keys and lists will be published. Badges name it, so it must stay."`
	DID            string        `name:"did" enum:"web,key" default:"web" help:"web: the issuer is its address, and can change keys. key: it is its key."`
	Email          string        `help:"Where people can ask about a badge; badges show it."`
	Image          string        `placeholder:"URL" help:"The issuer's picture."`
	ListTTL        time.Duration `name:"list-ttl" default:"5m" help:"How long verifiers may keep a list: how late a revocation can be seen."`
	ListValidity   time.Duration `name:"list-validity" default:"720h" help:"How long a list is good if it is not published again."`
	UnsafeLoopback bool          `help:"Allow an address on this machine, with http; for demonstrations."`
}

// Run makes the folder, the vault, the store and the issuer.
func (c issuerInitCmd) Run(e *env, top *issuerCmd) error {
	h, err := top.home()
	if err != nil {
		return err
	}
	if err := h.vacant(); err != nil {
		return err
	}
	secret, err := top.choose(e, "A passphrase for the issuer: ")
	if err != nil {
		return err
	}
	var p issuer.Profile
	err = top.make(e, h, secret, func(s issuer.Store) error {
		opt := issuerOptions(e, s)
		opt.UnsafeLoopback = c.UnsafeLoopback
		i, err := issuer.Create(e.Context, opt, issuer.Profile{
			Name: c.Name, URL: c.URL, Email: c.Email, Image: c.Image, ListTTL: c.ListTTL, ListValidity: c.ListValidity,
		}, issuer.Method(c.DID))
		if err != nil {
			return err
		}
		p, err = i.Profile(e.Context)
		return err
	})
	if errors.Is(err, issuer.ErrProfile) {
		return exitCode{exitUsage, err}
	}
	if err != nil {
		return err
	}
	e.printf("%s is ready, in %s.\nIts identity: %s\n", p.Name, h.path, p.DID)
	e.notef("Next: laurel issuer template example > template.json, change it to your needs, and laurel issuer template add template.json.\n")
	return nil
}

// make makes an issuer's folder and fills its store.
func (c *issuerCmd) make(e *env, h home, secret []byte, fill func(issuer.Store) error) error {
	err := h.make(c.passphrase, secret, func(beside home, v *vault.Vault) error {
		return useIssuerStore(e, beside.store(), v, badger.Options{}, fill)
	})
	return h.explain(err, issuerAdvice)
}

// printAny prints a value as JSON for programs.
func printAny(e *env, value any) error {
	enc := json.NewEncoder(e.Stdout)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(value)
}

package school

import (
	"errors"
	"time"

	"laurel/cmd/laurel/home"
	"laurel/cmd/laurel/terminal"
	"laurel/internal/store/badger"
	"laurel/internal/vault"
	"laurel/issuer"
)

type initCmd struct {
	Name           string        `required:"" help:"What the issuer is called; badges show it."`
	URL            string        `name:"url" required:"" placeholder:"https://…" help:"Where keys and lists will be published. Badges name it, so it must stay."`
	DID            string        `name:"did" enum:"web,key" default:"web" help:"web: the issuer is its address, and can change keys. key: it is its key."`
	TokensName     string        `name:"tokens-name" enum:"did,url" default:"did" help:"What dc+sd-jwt badges name as their issuer. did: its DID. url: its address, where /.well-known/jwt-vc-issuer has the keys, for readers who know no DIDs."`
	Email          string        `help:"Where people can ask about a badge; badges show it."`
	Image          string        `placeholder:"URL" help:"The issuer's picture."`
	ListTTL        time.Duration `name:"list-ttl" default:"5m" help:"How long verifiers may keep a list: how late a revocation can be seen."`
	ListValidity   time.Duration `name:"list-validity" default:"720h" help:"How long a list is good if it is not published again."`
	UnsafeLoopback bool          `help:"Allow an address on this machine, with http; for demonstrations."`
}

// Run makes the folder, the vault, the store and the issuer.
func (c initCmd) Run(e *terminal.Env, top *Command) error {
	h, err := top.home()
	if err != nil {
		return err
	}
	if err := h.Vacant(); err != nil {
		return err
	}
	secret, err := top.Passphrase.Choose(e, "A passphrase for the issuer: ")
	if err != nil {
		return err
	}
	var p issuer.Profile
	err = top.make(e, h, secret, func(s issuer.Store) error {
		opt := issuerOptions(e, s)
		opt.UnsafeLoopback = c.UnsafeLoopback
		i, err := issuer.Create(e.Context, opt, issuer.Profile{
			Name: c.Name, URL: c.URL, Email: c.Email, Image: c.Image, ListTTL: c.ListTTL, ListValidity: c.ListValidity, Naming: c.naming(),
		}, issuer.Method(c.DID))
		if err != nil {
			return err
		}
		p, err = i.Profile(e.Context)
		return err
	})
	if errors.Is(err, issuer.ErrProfile) {
		return terminal.Unusable(err)
	}
	if err != nil {
		return err
	}
	e.Printf("%s is ready, in %s.\nIts identity: %s\n", p.Name, h.Path, p.DID)
	e.Notef("Next: laurel issuer template example > template.json, change it to your needs, and laurel issuer template add template.json.\n")
	return nil
}

// naming is what the flag says.
func (c initCmd) naming() issuer.Naming {
	if c.TokensName == "url" {
		return issuer.ByURL
	}
	return issuer.ByDID
}

// make makes an issuer's folder and fills its store.
func (c *Command) make(e *terminal.Env, h home.Folder, secret []byte, fill func(issuer.Store) error) error {
	err := h.Make(c.Passphrase, secret, func(beside home.Folder, v *vault.Vault) error {
		return useIssuerStore(e, beside.Store(), v, badger.Options{}, fill)
	})
	return h.Explain(err, issuerAdvice)
}

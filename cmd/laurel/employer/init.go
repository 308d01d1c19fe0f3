package employer

import (
	"errors"

	"laurel/cmd/laurel/home"
	"laurel/cmd/laurel/terminal"
	"laurel/internal/store/badger"
	"laurel/internal/strictjson"
	"laurel/internal/vault"
	"laurel/verifier/request"
	"laurel/verifier/request/web"
	"laurel/verifier/session"
)

type initCmd struct {
	Name string `required:"" help:"What the verifier is called; people who are asked read it."`
	URL  string `name:"url" required:"" placeholder:"https://…" help:"Where wallets and people will reach it. Codes and links name it."`
	DID  string `name:"did" enum:"web,key" default:"web" help:"web: it is its address, as wallets can check. key: it is its key, and proves nothing more."`
}

// Run makes the folder, the vault, the store and the identity.
func (c initCmd) Run(e *terminal.Env, top *Command) error {
	h, err := top.home()
	if err != nil {
		return err
	}
	if err := h.Vacant(); err != nil {
		return err
	}
	identity, err := request.NewIdentity(c.Name, c.URL, c.DID == "web")
	if err != nil {
		return terminal.Unusable(h.Explain(err, advice))
	}
	secret, err := top.Passphrase.Choose(e, "A passphrase for the verifier: ")
	if err != nil {
		return err
	}
	err = h.Make(top.Passphrase, secret, func(beside home.Folder, v *vault.Vault) error {
		return useStore(e, beside.Store(), v, badger.Options{}, func(b *session.Book, _ session.Store) error { return identity.Save(e.Context, b) })
	})
	if err != nil {
		return h.Explain(err, advice)
	}
	e.Printf("%s is ready, in %s.\nIts identity: %s\n", c.Name, h.Path, identity.DID)
	e.Notef("Next: laurel verifier serve, which wallets reach at %s, and then laurel verifier request.\n", identity.URL)
	return nil
}

type keyCmd struct {
	JSON bool `help:"Print the did.json, to be published at /.well-known/did.json by another server."`
}

// Run shows the identity of the verifier. The key itself stays sealed.
func (c keyCmd) Run(e *terminal.Env, top *Command) error {
	i, err := c.identity(e, top)
	switch {
	case err != nil:
		return err
	case !c.JSON:
		e.Printf("%s\n%s\n%s\n", i.Name, i.URL, i.Method)
		return nil
	case i.Document == nil:
		return terminal.Usage("a did:key has no document: it is its key")
	}
	doc, err := strictjson.Parse(i.Document)
	if err != nil {
		return err
	}
	e.Printf("%s", doc.Indented())
	return nil
}

// identity is that of the store, or of the server that has it open.
func (c keyCmd) identity(e *terminal.Env, top *Command) (out web.Identity, err error) {
	h, err := top.home()
	if err != nil {
		return out, err
	}
	desk, err := h.Desk()
	if err != nil {
		return out, err
	}
	if desk != nil {
		caller := newClient(desk.URL, desk.Token)
		defer caller.close()
		return caller.identity(e.Context)
	}
	err = top.open(e, h, badger.Options{}, func(b *session.Book, _ session.Store) error {
		i, err := request.LoadIdentity(e.Context, b)
		if err == nil {
			out, err = web.Describe(i)
		}
		return err
	})
	return out, err
}

// errNoIdentity says that a store has no identity in it.
var errNoIdentity = errors.New("this verifier has no identity: it was not made whole")

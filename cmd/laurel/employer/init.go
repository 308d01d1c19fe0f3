package employer

import (
	"errors"

	"laurel/cmd/laurel/home"
	"laurel/cmd/laurel/terminal"
	"laurel/internal/store/badger"
	"laurel/internal/vault"
	"laurel/verifier/request"
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
	h, err := top.home()
	if err != nil {
		return err
	}
	return top.open(e, h, badger.Options{}, func(b *session.Book, _ session.Store) error {
		i, err := request.LoadIdentity(e.Context, b)
		if err != nil {
			return err
		}
		if !c.JSON {
			e.Printf("%s\n%s\n%s\n", i.Name, i.URL, i.Method)
			return nil
		}
		doc, err := i.Document()
		if err != nil {
			return err
		}
		if !doc.Exists() {
			return terminal.Usage("a did:key has no document: it is its key")
		}
		e.Printf("%s", doc.Indented())
		return nil
	})
}

// errNoIdentity says that a store has no identity in it.
var errNoIdentity = errors.New("this verifier has no identity: it was not made whole")

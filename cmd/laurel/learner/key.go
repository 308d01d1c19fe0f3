package learner

import (
	"laurel/cmd/laurel/terminal"
	"laurel/internal/store/badger"
	"laurel/wallet"
)

type keyCmd struct {
	New  keyNewCmd  `cmd:"" help:"Make an identity, a did:key."`
	List keyListCmd `cmd:"" default:"withargs" help:"List your identities."`
}

type keyNewCmd struct {
	Label string         `arg:"" optional:"" help:"Your own word for it, such as work."`
	Kind  wallet.KeyKind `enum:"Ed25519,P-256" default:"Ed25519" help:"Kind of key: Ed25519, or P-256 for issuers and verifiers that know ES256 alone."`
}

// Run makes an identity.
func (c keyNewCmd) Run(e *terminal.Env, top *Command) error {
	return top.use(e, badger.Options{}, nil, func(w *wallet.Wallet) error {
		id, err := w.NewIdentityOf(e.Context, c.Kind, c.Label)
		if err == nil {
			e.Printf("%s\n", id.DID)
		}
		return err
	})
}

type keyListCmd struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// Run lists the identities.
func (c keyListCmd) Run(e *terminal.Env, top *Command) error {
	return top.use(e, badger.Options{ReadOnly: true}, nil, func(w *wallet.Wallet) error {
		ids, err := w.Identities(e.Context)
		if err != nil {
			return err
		}
		if c.JSON {
			return printValues(e, ids, wallet.Identity.JSON)
		}
		for _, id := range ids {
			e.Printf("%s  %s\n", id.DID, id.Label)
		}
		return nil
	})
}

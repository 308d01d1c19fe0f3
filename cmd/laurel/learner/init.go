package learner

import (
	"laurel/cmd/laurel/home"
	"laurel/cmd/laurel/terminal"
	"laurel/internal/store/badger"
	"laurel/internal/vault"
	"laurel/wallet"
)

type initCmd struct {
	Label string `default:"first" help:"Your own word for the first identity."`
}

// Run makes the folder, the vault, the store and an identity.
func (c initCmd) Run(e *terminal.Env, top *Command) error {
	h, err := top.home()
	if err != nil {
		return err
	}
	if err := h.Vacant(); err != nil {
		return err
	}
	secret, err := top.Passphrase.Choose(e, "A passphrase for the wallet: ")
	if err != nil {
		return err
	}
	defer clear(secret)
	var id wallet.Identity
	err = top.make(e, h, secret, func(w *wallet.Wallet) error {
		id, err = w.NewIdentity(e.Context, c.Label)
		return err
	})
	if err != nil {
		return err
	}
	e.Printf("The wallet is in %s.\nYour first identity: %s\n", h.Path, id.DID)
	e.Notef("Next: send it to whoever issues you a badge; laurel wallet add keeps what comes back.\n")
	return nil
}

// make makes a wallet and fills it.
func (c *Command) make(e *terminal.Env, h home.Folder, secret []byte, fill func(w *wallet.Wallet) error) error {
	err := h.Make(c.Passphrase, secret, func(beside home.Folder, v *vault.Vault) error {
		return useStore(e, beside.Store(), badger.Options{}, func(s wallet.Store) error {
			return fill(newWallet(e, s, v, nil))
		})
	})
	return h.Explain(err, walletAdvice)
}

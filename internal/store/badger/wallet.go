package badger

import (
	"context"

	"laurel/wallet"
)

// Wallet is a DB as a wallet.Store.
type Wallet struct{ *DB }

// OpenWallet opens the store of a wallet. Kind and Migrations of the options
// are set here (there is only one schema so far); the rest, and the errors, are
// those of Open.
func OpenWallet(dir string, opt Options) (Wallet, error) {
	opt.Kind, opt.Migrations = "wallet", nil
	db, err := Open(dir, opt)
	if err != nil {
		return Wallet{}, err
	}
	return Wallet{db}, nil
}

// Update is wallet.Store's.
func (w Wallet) Update(ctx context.Context, change func(tx wallet.Txn) error) error {
	return w.DB.Update(ctx, func(tx *Txn) error { return change(tx) })
}

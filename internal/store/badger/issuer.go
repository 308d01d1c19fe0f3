package badger

import (
	"context"

	"laurel/internal/vault"
	"laurel/issuer"
)

// Issuer is a DB as an issuer.Store. Every value in it is sealed under the name
// of its record, so that what lies on the disk tells how many badges there are
// and nothing else.
type Issuer struct {
	db    *DB
	vault *vault.Vault
}

// OpenIssuer opens the store of an issuer, sealed by the vault. Kind and
// Migrations of the options are set here (there is only one schema so far); the
// rest, and the errors, are those of Open.
func OpenIssuer(dir string, v *vault.Vault, opt Options) (*Issuer, error) {
	opt.Kind, opt.Migrations = "issuer", nil
	db, err := Open(dir, opt)
	if err != nil {
		return nil, err
	}
	return &Issuer{db, v}, nil
}

// View is issuer.Store's.
func (s *Issuer) View(ctx context.Context, read func(issuer.Tx) error) error {
	return s.db.view(ctx, func(tx *Txn) error { return read(issuerTx{tx, s.vault}) })
}

// Update is issuer.Store's.
func (s *Issuer) Update(ctx context.Context, write func(issuer.Tx) error) error {
	return s.db.Update(ctx, func(tx *Txn) error { return write(issuerTx{tx, s.vault}) })
}

// Close closes the store.
func (s *Issuer) Close() error { return s.db.Close() }

// issuerTx seals what goes in and unseals what comes out.
type issuerTx struct {
	tx    *Txn
	vault *vault.Vault
}

// Get is issuer.Tx's; beyond its errors it fails with vault.ErrCorrupt.
func (t issuerTx) Get(name string) ([]byte, error) {
	sealed, err := t.tx.Get(name)
	if err != nil {
		return nil, err
	}
	return t.vault.Unseal(name, sealed)
}

// Put is issuer.Tx's.
func (t issuerTx) Put(name string, value []byte) error {
	return t.tx.Put(name, t.vault.Seal(name, value))
}

// Scan is issuer.Tx's; beyond its errors it fails with vault.ErrCorrupt.
func (t issuerTx) Scan(prefix string, visit func(name string, value []byte) error) error {
	return t.tx.Scan(prefix, func(name string, sealed []byte) error {
		value, err := t.vault.Unseal(name, sealed)
		if err != nil {
			return err
		}
		return visit(name, value)
	})
}

// Names is issuer.Tx's.
func (t issuerTx) Names(prefix string, visit func(name string) error) error {
	return t.tx.Scan(prefix, func(name string, _ []byte) error { return visit(name) })
}

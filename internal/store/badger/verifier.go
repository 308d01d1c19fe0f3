package badger

import (
	"context"

	"laurel/internal/vault"
	"laurel/verifier/session"
)

// Verifier is a DB as a session.Store. Every value in it is sealed under the
// name of its record: questions, answers and keys lie on the disk as noise.
type Verifier struct {
	db    *DB
	vault *vault.Vault
}

// OpenVerifier opens the store of a verifier, sealed by the vault. Kind and
// Migrations of the options are set here (there is only one schema so far); the
// rest, and the errors, are those of Open.
func OpenVerifier(dir string, v *vault.Vault, opt Options) (*Verifier, error) {
	opt.Kind, opt.Migrations, opt.table = "verifier", nil, counterTable
	db, err := Open(dir, opt)
	if err != nil {
		return nil, err
	}
	return &Verifier{db, v}, nil
}

// View is session.Store's.
func (s *Verifier) View(ctx context.Context, read func(session.Tx) error) error {
	return s.db.view(ctx, func(tx *Txn) error { return read(verifierTx{issuerTx{tx, s.vault}}) })
}

// Update is session.Store's.
func (s *Verifier) Update(ctx context.Context, write func(session.Tx) error) error {
	return s.db.Update(ctx, func(tx *Txn) error { return write(verifierTx{issuerTx{tx, s.vault}}) })
}

// Close closes the store.
func (s *Verifier) Close() error { return s.db.Close() }

// verifierTx seals and unseals as issuerTx does, and can delete.
type verifierTx struct{ issuerTx }

// Delete is session.Tx's.
func (t verifierTx) Delete(name string) error { return t.tx.Delete(name) }

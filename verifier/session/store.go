package session

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
)

// Store keeps a verifier's records: a name and some bytes each. What it must
// promise is little and strict.
//
//   - Update is atomic and durable: when it returns nil, everything that write
//     put or deleted is so, also after the process is killed; otherwise nothing.
//   - Updates are serialisable: of two that read and write the same records,
//     one sees what the other wrote. A Store may run write again for that, so
//     write must have no other effect.
//   - View sees the records as they were when it began.
//
// Names are not secret; values are (keys, answers of people), so a Store on a
// disk seals them. storetest.Run checks an implementation.
type Store interface {
	View(ctx context.Context, read func(Tx) error) error
	Update(ctx context.Context, write func(Tx) error) error
	Close() error
}

// Tx is what can be done inside View (Get, Scan, Names) and Update. It is good
// only during the call that it was given to.
type Tx interface {
	// Get returns the value of a record. The error is fs.ErrNotExist if there
	// is none.
	Get(name string) ([]byte, error)
	// Put sets the value of a record.
	Put(name string, value []byte) error
	// Delete removes a record, if it is there.
	Delete(name string) error
	// Scan calls visit for the records whose name starts with prefix, in the
	// order of names, and returns visit's first error. The value is good only
	// during the call.
	Scan(prefix string, visit func(name string, value []byte) error) error
	// Names is Scan without the values, which it does not read.
	Names(prefix string, visit func(name string) error) error
}

// The names of the records.
const (
	sessionPrefix = "session/" // + id: Session
	secretPrefix  = "secret/"  // + SHA-256 of a result secret: "session/…" or "poster/…"
	codePrefix    = "code/"    // + SHA-256 of a code: "session/…" or "poster/…"
	posterPrefix  = "poster/"  // + id: Poster
	visitFmt      = "visit/%s/%s"
	settingPrefix = "setting/" // + a name of the caller's: see Book.Setting
)

// dues says when sessions and posters are to be forgotten.
const dues Calendar = "due/"

// errDamaged says that a record cannot be read as what it should be.
var errDamaged = errors.New("a record of the store is damaged")

// hidden is the name under which a secret is found: whoever reads the names of
// the records learns no secret.
func hidden(prefix, secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return prefix + hex.EncodeToString(sum[:16])
}

func getJSON(tx Tx, name string, to any) error {
	value, err := tx.Get(name)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(value, to); err != nil {
		return fmt.Errorf("%w: %s: %w", errDamaged, name, err)
	}
	return nil
}

// unknown turns a missing record into ErrUnknown.
func unknown(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return ErrUnknown
	}
	return err
}

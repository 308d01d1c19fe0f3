package issuer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
)

// Store keeps an issuer's books: records with a name and some bytes. What it
// must promise is little and strict.
//
//   - Update is atomic and durable: when it returns nil, everything that write
//     put is there, also after the process is killed; otherwise nothing is.
//   - Updates are serialisable: of two that read and write the same records,
//     one sees what the other wrote. A Store may run write again for that, so
//     write must have no other effect.
//   - View sees the records as they were when it began.
//
// Names are not secret; values are (a key, a learner's name), so a Store on a
// disk seals them. storetest.Run checks an implementation.
type Store interface {
	View(ctx context.Context, read func(Tx) error) error
	Update(ctx context.Context, write func(Tx) error) error
	Close() error
}

// Tx is what can be done inside View (Get, Scan) and Update. It is good only
// during the call that it was given to.
type Tx interface {
	// Get returns the value of a record. The error is fs.ErrNotExist if there
	// is none.
	Get(name string) ([]byte, error)
	// Put sets the value of a record.
	Put(name string, value []byte) error
	// Scan calls visit for the records whose name starts with prefix, in the
	// order of names, and returns visit's first error. The value is good only
	// during the call.
	Scan(prefix string, visit func(name string, value []byte) error) error
	// Names is Scan without the values, which it does not read.
	Names(prefix string, visit func(name string) error) error
}

// The names of the records. A name is a kind and, behind a slash, what tells
// one record of that kind from another.
const (
	profileName     = "profile"     // Profile
	keyPrefix       = "key/"        // + position: Key with its secret
	templateFmt     = "template/%s" // template id: its JSON text
	templates       = "template/"
	listPrefix      = "list/"            // + list id: listInfo
	versionFmt      = "version/%s/%020d" // list id, nanoseconds: the signed list of that time
	tokenVersionFmt = "tokens/%s/%020d"  // list id, nanoseconds: the same for tokens
	indexFmt        = "index/%s/%08d"    // list id, index: the credential that has it
	recordPrefix    = "record/"          // + credential id: Record
	documentFmt     = "document/%s"      // credential id: the signed credential
	requestPrefix   = "request/"         // + SHA-256 of an idempotency key: the credential id
)

// errDamaged says that a record cannot be read as what it should be.
var errDamaged = errors.New("a record of the store is damaged")

// getJSON reads a record that putJSON wrote.
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

// putJSON writes a record of one of this package's types.
func putJSON(tx Tx, name string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return tx.Put(name, text)
}

// exists reports whether there is a record of that name.
func exists(tx Tx, name string) (bool, error) {
	_, err := tx.Get(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

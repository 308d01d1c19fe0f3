package badger

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"runtime/debug"

	"github.com/dgraph-io/badger/v4"
)

// Txn sees the store as it was when it began, plus its own changes. It is good
// only inside the function it was given to, and for one goroutine.
type Txn struct {
	ctx   context.Context
	tx    *badger.Txn
	bytes int // put so far
}

// Update runs change and then writes everything it did at once: all of it is on
// the disk when Update returns nil, none of it otherwise. If another Update
// changed in the meantime what this one had read, change runs again from the
// start; it must have no other effects than through tx. It fails with the error
// of change, ErrDiskFull, ErrReadOnly or ErrTooLarge.
func (d *DB) Update(ctx context.Context, change func(tx *Txn) error) error {
	if d.opt.ReadOnly {
		if err := d.room(0); err != nil {
			return err
		}
		return ErrReadOnly
	}
	for range conflictRetries {
		err := d.attempt(ctx, change)
		if !errors.Is(err, badger.ErrConflict) {
			return err
		}
	}
	return fmt.Errorf("the store is too busy: %w", badger.ErrConflict)
}

func (d *DB) attempt(ctx context.Context, change func(tx *Txn) error) (err error) {
	defer guard(&err)()
	tx := &Txn{ctx: ctx, tx: d.db.NewTransaction(true)}
	defer tx.tx.Discard()
	if err := change(tx); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := d.room(tx.bytes); err != nil {
		return err
	}
	d.bulk.Add(int64(tx.bytes))
	return sorted(tx.tx.Commit())
}

func (d *DB) view(ctx context.Context, read func(tx *Txn) error) (err error) {
	defer guard(&err)()
	tx := &Txn{ctx: ctx, tx: d.db.NewTransaction(false)}
	defer tx.tx.Discard()
	return read(tx)
}

// guard turns a panic of Badger, and a fault in a file that it mapped and that
// is shorter than it was, into ErrDamaged.
func guard(err *error) func() {
	old := debug.SetPanicOnFault(true)
	return func() {
		debug.SetPanicOnFault(old)
		if p := recover(); p != nil {
			*err = fmt.Errorf("%w: %v", ErrDamaged, p)
		}
	}
}

// sorted gives Badger's errors this package's names.
func sorted(err error) error {
	switch {
	case err == nil, errors.Is(err, badger.ErrConflict):
		return err
	case errors.Is(err, badger.ErrKeyNotFound):
		return ErrNotFound
	case errors.Is(err, badger.ErrTxnTooBig):
		return fmt.Errorf("%w: %w", ErrTooLarge, err)
	default:
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
}

// Get returns a copy of the value of one record, or ErrNotFound.
func (tx *Txn) Get(name string) ([]byte, error) {
	if err := tx.ctx.Err(); err != nil {
		return nil, err
	}
	item, err := tx.tx.Get([]byte(name))
	if err != nil {
		return nil, sorted(err)
	}
	record, err := item.ValueCopy(nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return unpack(name, record)
}

// pack makes the record of a value: the CRC-32C of its name and itself, and
// itself. Badger has checksums of its own, but where it cannot read a value it
// writes a line to the log and returns an empty one.
func pack(name string, value []byte) []byte {
	record := make([]byte, crc32.Size, crc32.Size+len(value))
	record = append(record, value...)
	binary.BigEndian.PutUint32(record, recordSum(name, value))
	return record
}

// unpack is the value of a record, without a copy.
func unpack(name string, record []byte) ([]byte, error) {
	if len(record) < crc32.Size || binary.BigEndian.Uint32(record) != recordSum(name, record[crc32.Size:]) {
		return nil, fmt.Errorf("%w: record %q", ErrDamaged, name)
	}
	return record[crc32.Size:], nil
}

func recordSum(name string, value []byte) uint32 {
	return crc32.Update(crcOf([]byte(name)), crc32.MakeTable(crc32.Castagnoli), value)
}

// Put sets the value of one record. The value is copied. It fails with
// ErrTooLarge.
func (tx *Txn) Put(name string, value []byte) error {
	if len(value) > maxValue || len(name) > maxName || name == "" {
		return fmt.Errorf("a name of %d and a value of %d bytes: %w", len(name), len(value), ErrTooLarge)
	}
	tx.bytes += len(name) + len(value)
	if err := tx.tx.Set([]byte(name), pack(name, value)); err != nil {
		return fmt.Errorf("%w: %w", ErrTooLarge, err)
	}
	return nil
}

// Delete removes one record, if it is there.
func (tx *Txn) Delete(name string) error {
	tx.bytes += len(name)
	return sorted(tx.tx.Delete([]byte(name)))
}

// Scan calls visit for every record whose name starts with prefix, in the order
// of names, with this transaction's own changes. The value is only good during
// the call. Scan stops at the first error of visit and returns it.
func (tx *Txn) Scan(prefix string, visit func(name string, value []byte) error) error {
	opt := badger.DefaultIteratorOptions
	opt.PrefetchValues = false // values are mapped; fetching ahead would copy them
	opt.Prefix = []byte(prefix)
	it := tx.tx.NewIterator(opt)
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		if err := tx.ctx.Err(); err != nil {
			return err
		}
		name := string(it.Item().Key())
		if name == identityName {
			continue // the store's own record
		}
		err := it.Item().Value(func(record []byte) error {
			value, err := unpack(name, record)
			if err != nil {
				return err
			}
			if err := visit(name, value); err != nil {
				return visited{err}
			}
			return nil
		})
		if err != nil {
			return scanned(err)
		}
	}
	return nil
}

// scanned tells an error of the caller's visit, which is returned as it is,
// from one of the store.
func scanned(err error) error {
	var own visited
	switch {
	case errors.As(err, &own):
		return own.error
	case errors.Is(err, ErrDamaged):
		return err
	default:
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
}

// visited marks an error as the caller's own, not Badger's.
type visited struct{ error }

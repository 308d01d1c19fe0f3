// Package badger keeps an actor's records in an embedded Badger database.
//
// # What a store promises
//
// Acknowledged is on the disk: Put, Delete and Update return after the write
// was synced, and an Update happens whole or not at all, also when the process
// is killed in the middle. One process at a time: a second Open of the same
// folder fails at once with ErrLocked. What comes back is what was put: Open
// checks every byte of a store that was closed in order and names the damaged
// files (ErrDamaged), rather than open with a part of the records missing.
//
// # What it is careful about
//
// Badger maps its files into memory, and a full disk kills the process that
// writes to such a map. So writes are refused with ErrDiskFull while there is
// still room for what Badger does behind them; reading goes on, also when the
// disk is full already. Badger's errors in old files are panics, log lines or
// silence, depending on the file: see seal.go for how they become ErrDamaged.
//
// The folder is made with mode 0700 and refused when others can read it.
//
// # Records
//
// A record is a name and some bytes. Names are chosen by the actor and are
// compared byte by byte, so that Scan of a prefix gives its records in order:
//
//	db, err := badger.Open("wallet/db", badger.Options{Kind: "wallet"})
//	err = db.Update(ctx, func(tx *badger.Txn) error {
//		if err := tx.Put("doc/7f3a", sealed); err != nil {
//			return err
//		}
//		return tx.Put("sum/7f3a", summary)
//	})
//	err = db.Scan(ctx, "sum/", func(name string, value []byte) error { … })
//
// The actors' Store interfaces are implemented on top, one file each
// (wallet.go …). No other package imports Badger.
package badger

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
)

// The shape of the database. Records are sealed, so compressing is in vain;
// small tables keep the memory of a command that reads a few records small.
//
// To write a table Badger lays its blocks out in memory, in an area of twice the size
// that tables should have, then in one twice as large, and so on; it keeps up to eight
// of these areas while it writes. It begins a block with the size of one, and copies it
// to a place twice as large when a record does not fit. So a block takes the largest
// record that lives in a table, and a table in memory becomes one on the disk: with
// small blocks one of 4 MiB took 28 MiB to write, eight times over.
//
// A process that was killed leaves the log of a table in memory behind, which a
// later version with smaller tables must read; leftover makes room for it.
const (
	memTable       = 4 << 20  // tables start in memory; one Update changes a seventh of it
	counterTable   = 1 << 20  // the same of a verifier's store, which is written all day in little memory
	valueThreshold = 64 << 10 // larger values (a badge with a big image) live apart
	block          = valueThreshold
	valueLogFile   = 32 << 20 // such a value must fit; documents end at 8 MiB
	maxValue       = 16 << 20
	maxMemoryValue = 1 << 20 // in memory, where Badger takes no more
	maxName        = 1 << 10
)

// Writes are refused when less than the reserve is free: the rest of the memory
// table's log and its flush, and a compaction, which writes the tables it joins
// once more before it removes them. Badger does all of this without asking.
const (
	reserve       = 2 * memTable
	maxCompaction = 32 << 20 // ten tables of a level and those above them
)

// conflictRetries bounds how often Update runs again because another Update
// changed what it had read. Each round lets at least one writer through.
const conflictRetries = 1000

var (
	// ErrNotFound says that no record has the name. It is fs.ErrNotExist, so
	// that actors can test for it without knowing this package.
	ErrNotFound = fmt.Errorf("no such record: %w", fs.ErrNotExist)
	// ErrLocked says that another process has the store open.
	ErrLocked = errors.New("another process is using the store")
	// ErrDiskFull says that a write was refused, or an Open, because the disk
	// has too little free space left to be safe. Nothing was lost.
	ErrDiskFull = errors.New("disk full")
	// ErrDamaged says that files of the store are not what was written.
	ErrDamaged = errors.New("the store is damaged")
	// ErrNewer says that a newer Laurel wrote the store.
	ErrNewer = errors.New("the store was written by a newer version of Laurel")
	// ErrKind says that the store belongs to another actor.
	ErrKind = errors.New("the store belongs to something else")
	// ErrPermissions says that the group or others can enter the store's folder.
	ErrPermissions = errors.New("others can read the store")
	// ErrReadOnly says that a write was tried on a store opened for reading.
	ErrReadOnly = errors.New("the store is open for reading only")
	// ErrTooLarge says that a name or a value is larger than a store takes, or
	// that one Update changes more than fits in memory at once.
	ErrTooLarge = errors.New("too large for the store")
)

// Options says what a store is and how it is opened.
type Options struct {
	// Kind names the actor ("wallet", "issuer"). It is written into a new store,
	// and a store of another kind is refused with ErrKind. It must not be empty.
	Kind string
	// Migrations bring an older store up to date. The schema of a store is a
	// number: a new one has len(Migrations), and opening one with n runs
	// Migrations[n:], each in an Update that also counts the number up, so that
	// a migration that was interrupted runs again. A higher number is ErrNewer.
	Migrations []func(*Txn) error
	// Existing fails with fs.ErrNotExist rather than make a new store: for a
	// caller who knows that there must be one.
	Existing bool
	// ReadOnly opens without changing a byte on the disk. It is faster, and it
	// fails with fs.ErrNotExist if there is no store yet. A store that was not
	// closed in order is repaired first, which does write.
	ReadOnly bool
	// InMemory keeps everything in memory, for tests. The folder is ignored, and
	// values end at 1 MiB.
	InMemory bool
	// Log receives what Badger has to say; nil drops it.
	Log *slog.Logger

	table     int64                            // size of a table in memory; 0 means memTable
	collect   time.Duration                    // between two collections; 0 means collectEvery
	freeSpace func(dir string) (uint64, error) // for tests; nil asks the system
}

// DB is an open store. It is safe for concurrent use.
type DB struct {
	db   *badger.DB
	dir  string
	opt  Options
	lock io.Closer    // nil in memory
	seal seal         // what the files were at Open, by name
	bulk atomic.Int64 // at least the bytes of all tables: at Open, plus put since
	rest func()       // ends collecting; nil if it is open for reading, or in memory

	closing sync.Once
	closed  error
}

// Open opens the store in the folder dir, which is made if it is missing. It
// fails with ErrLocked, ErrPermissions, ErrDamaged, ErrKind, ErrNewer or
// ErrDiskFull, or with the error of the file system.
func Open(dir string, opt Options) (*DB, error) {
	if opt.Kind == "" {
		return nil, errors.New("badger: Options.Kind is empty")
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.freeSpace == nil {
		opt.freeSpace = freeSpace
	}
	d := &DB{dir: dir, opt: opt}
	if err := d.open(); err != nil {
		return nil, errors.Join(fmt.Errorf("store %s: %w", dir, err), d.unlock())
	}
	return d, nil
}

func (d *DB) open() (err error) {
	if !d.opt.InMemory {
		if err := d.prepare(); err != nil {
			return err
		}
	}
	if err := d.openBadger(); err != nil {
		return err
	}
	if err := d.identify(); err != nil {
		return errors.Join(err, d.db.Close())
	}
	if !d.opt.InMemory && !d.opt.ReadOnly {
		d.rest = d.collecting()
	}
	return nil
}

// prepare makes or checks the folder, locks it, and checks the files in it.
func (d *DB) prepare() error {
	existing := d.opt.ReadOnly || d.opt.Existing
	if existing && d.fresh() {
		return fmt.Errorf("there is no store: %w", fs.ErrNotExist)
	}
	if !existing {
		if err := os.MkdirAll(d.dir, 0o700); err != nil {
			return err
		}
	}
	info, err := os.Stat(d.dir)
	if err != nil {
		return err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("%w: its folder has mode %04o", ErrPermissions, info.Mode().Perm())
	}
	if d.lock, err = lockFile(filepath.Join(d.dir, lockName)); err != nil {
		return err
	}
	closed, err := d.checkSeal()
	if err != nil {
		return err
	}
	return d.decide(closed)
}

// decide settles whether the store is opened for writing. A full disk cannot be
// written to without danger, but it can be read; a store that was not closed in
// order must first be repaired, which writes.
func (d *DB) decide(closed bool) error {
	full := d.room(0)
	switch {
	case !closed && full != nil:
		return full
	case !closed:
		d.opt.ReadOnly = false
	case !d.opt.ReadOnly && full != nil:
		d.opt.Log.Warn("the disk is full: the store is open for reading only", "store", d.dir)
		d.opt.ReadOnly = true
	}
	if d.opt.ReadOnly {
		return nil
	}
	if !closed {
		if err := d.dropEmptyLogs(); err != nil {
			return err
		}
	}
	return d.breakSeal()
}

func (d *DB) unlock() error {
	if d.lock == nil {
		return nil
	}
	return d.lock.Close()
}

// openBadger opens the database itself. Some damage makes Badger panic and some
// makes it go on without a table; both become ErrDamaged.
func (d *DB) openBadger() (err error) {
	log := &logger{log: d.opt.Log}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", ErrDamaged, p)
		}
	}()
	d.db, err = badger.Open(d.badgerOptions(log))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if lost := log.lost(); lost != "" {
		return errors.Join(fmt.Errorf("%w: %s", ErrDamaged, lost), d.db.Close())
	}
	if d.opt.InMemory || d.opt.ReadOnly {
		return nil
	}
	return tighten(d.dir)
}

func (d *DB) badgerOptions(log badger.Logger) badger.Options {
	if d.opt.InMemory { // without files there is no other place for large values
		return badger.DefaultOptions("").WithInMemory(true).WithMetricsEnabled(false).
			WithCompression(options.None).WithBlockCacheSize(0).
			WithMemTableSize(8 * maxMemoryValue).WithValueThreshold(maxMemoryValue).WithLogger(log)
	}
	table := cmp.Or(d.opt.table, memTable)
	return badger.DefaultOptions(d.dir).
		WithReadOnly(d.opt.ReadOnly).
		WithSyncWrites(true). // acknowledged means on the disk
		WithVerifyValueChecksum(true).
		WithChecksumVerificationMode(options.OnBlockRead).
		WithCompression(options.None).
		WithBlockCacheSize(0). // without compression blocks are read in place
		WithMetricsEnabled(false).
		WithMemTableSize(max(table, d.leftover())).
		WithBaseTableSize(table).
		WithNumMemtables(1).
		WithBlockSize(block).
		WithValueThreshold(valueThreshold).
		WithValueLogFileSize(valueLogFile).
		WithNumCompactors(2).
		WithBypassLockGuard(true). // lock.go does it, without writing a file at each reading
		WithLogger(log)
}

// leftover is the size of the largest table in memory whose log a process left that was
// killed, 0 if there is none. Badger ends the process that reads such a log into a
// smaller table, and lays out a log twice as large as the table.
func (d *DB) leftover() int64 {
	logs, _ := filepath.Glob(filepath.Join(d.dir, "*.mem")) // no error but for the pattern
	var largest int64
	for _, name := range logs {
		if info, err := os.Stat(name); err == nil { // what cannot be read is for Badger to name
			largest = max(largest, info.Size()/2)
		}
	}
	return largest
}

// tighten takes the files away from everybody else: Badger makes them with mode
// 0666 less the umask. Later files are protected by the folder.
func tighten(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // a background task removed it
		}
		if err != nil {
			return err
		}
		if info.Mode().Perm()&0o077 == 0 {
			continue
		}
		if err := os.Chmod(filepath.Join(dir, e.Name()), 0o600); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// Close ends all work and closes the files. Records that were acknowledged are
// on the disk already; Close makes the next Open fast and checkable. Calling it
// again returns the first result.
func (d *DB) Close() error {
	d.closing.Do(func() { d.closed = d.close() })
	return d.closed
}

func (d *DB) close() error {
	if d.opt.InMemory {
		return d.db.Close()
	}
	if d.opt.ReadOnly {
		return errors.Join(d.db.Close(), d.unlock())
	}
	d.rest()
	d.collect()
	err := d.db.Close()
	if err == nil {
		err = errors.Join(tighten(d.dir), d.writeSeal())
	}
	return errors.Join(err, d.unlock())
}

// room says whether a write of n bytes leaves the reserve free.
func (d *DB) room(n int) error {
	if d.opt.InMemory {
		return nil
	}
	free, err := d.opt.freeSpace(d.dir)
	if err != nil {
		return err
	}
	need := uint64(reserve + 2*int64(n) + min(d.bulk.Load(), maxCompaction))
	if free < need {
		return fmt.Errorf("%w: %d MiB are free, %d are needed", ErrDiskFull, free>>20, need>>20+1)
	}
	return nil
}

// Get returns the value of one record, or ErrNotFound.
func (d *DB) Get(ctx context.Context, name string) (value []byte, err error) {
	err = d.view(ctx, func(tx *Txn) error {
		value, err = tx.Get(name)
		return err
	})
	return value, err
}

// Scan calls visit for every record whose name starts with prefix, in the order
// of names, as they stood when Scan was called. The value is only good during
// the call. Scan stops at the first error of visit and returns it.
func (d *DB) Scan(ctx context.Context, prefix string, visit func(name string, value []byte) error) error {
	return d.view(ctx, func(tx *Txn) error { return tx.Scan(prefix, visit) })
}

// Put writes one record, in an Update of its own.
func (d *DB) Put(ctx context.Context, name string, value []byte) error {
	return d.Update(ctx, func(tx *Txn) error { return tx.Put(name, value) })
}

// Delete removes one record, in an Update of its own. Removing a record that is
// not there is no error.
func (d *DB) Delete(ctx context.Context, name string) error {
	return d.Update(ctx, func(tx *Txn) error { return tx.Delete(name) })
}

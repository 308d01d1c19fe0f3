package badger

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
)

// identityName is the record that says whose store this is and in which schema,
// as "wallet 1". Scan leaves it out.
const identityName = "\x00laurel"

// identify checks the identity of an older store, migrates it if need be, and
// writes that of a new one.
func (d *DB) identify() error {
	ctx := context.Background()
	text, err := d.Get(ctx, identityName)
	if errors.Is(err, ErrNotFound) && !d.opt.ReadOnly && d.empty(ctx) {
		return d.Put(ctx, identityName, identity(d.opt.Kind, len(d.opt.Migrations)))
	}
	if errors.Is(err, ErrNotFound) {
		return fmt.Errorf("%w: it does not say whose it is", ErrDamaged)
	}
	if err != nil {
		return err
	}
	var kind string
	var schema int
	if _, err := fmt.Sscanf(string(text), "%s %d", &kind, &schema); err != nil || schema < 0 {
		return fmt.Errorf("%w: its identity is %q", ErrDamaged, text)
	}
	switch {
	case kind != d.opt.Kind:
		return fmt.Errorf("%w: it is of kind %q, not %q", ErrKind, kind, d.opt.Kind)
	case schema > len(d.opt.Migrations):
		return fmt.Errorf("%w: it has schema %d, this version knows %d", ErrNewer, schema, len(d.opt.Migrations))
	}
	return d.migrate(ctx, schema)
}

func (d *DB) migrate(ctx context.Context, schema int) error {
	for ; schema < len(d.opt.Migrations); schema++ {
		err := d.Update(ctx, func(tx *Txn) error {
			if err := d.opt.Migrations[schema](tx); err != nil {
				return err
			}
			return tx.Put(identityName, identity(d.opt.Kind, schema+1))
		})
		if err != nil {
			return fmt.Errorf("bringing the store from schema %d to %d: %w", schema, schema+1, err)
		}
	}
	return nil
}

func identity(kind string, schema int) []byte {
	return fmt.Appendf(nil, "%s %d", kind, schema)
}

func (d *DB) empty(ctx context.Context) bool {
	found := errors.New("found")
	return d.Scan(ctx, "", func(string, []byte) error { return found }) == nil
}

// logger hands Badger's lines to slog, and listens for the one that says that a
// damaged table was left out, which Badger does not return as an error.
type logger struct {
	log *slog.Logger
	mu  sync.Mutex
	out []string
}

func (l *logger) Errorf(format string, args ...any) {
	text := strings.TrimSpace(fmt.Sprintf(format, args...))
	if strings.HasPrefix(text, "Ignoring table") {
		l.mu.Lock()
		l.out = append(l.out, text)
		l.mu.Unlock()
	}
	l.log.Error(text)
}

// lost names the tables that were left out.
func (l *logger) lost() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.out, "; ")
}

func (l *logger) Warningf(format string, args ...any) { l.log.Warn(line(format, args)) }
func (l *logger) Infof(format string, args ...any)    { l.log.Debug(line(format, args)) }
func (l *logger) Debugf(format string, args ...any)   { l.log.Debug(line(format, args)) }

func line(format string, args []any) string {
	return strings.TrimSpace(fmt.Sprintf(format, args...))
}

package storetest

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"

	"laurel/verifier/session"
)

// Memory is a session.Store that forgets everything when the program ends. The
// zero value is empty and ready. Updates wait for each other and work on a copy;
// a View goes on seeing the records as they were.
type Memory struct {
	writing sync.Mutex // held during an Update

	mu      sync.Mutex
	records map[string][]byte // never changed, only replaced
}

// View runs read on the records as they are.
func (m *Memory) View(ctx context.Context, read func(session.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return read(&memoryTx{records: m.now()})
}

// Update runs write on a copy, and keeps that if write returns nil.
func (m *Memory) Update(ctx context.Context, write func(session.Tx) error) error {
	m.writing.Lock()
	defer m.writing.Unlock()
	tx := &memoryTx{records: maps.Clone(m.now()), writable: true}
	if tx.records == nil {
		tx.records = map[string][]byte{}
	}
	if err := write(tx); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.records = tx.records
	return nil
}

// Close does nothing.
func (m *Memory) Close() error { return nil }

func (m *Memory) now() map[string][]byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.records
}

type memoryTx struct {
	records  map[string][]byte
	writable bool
}

func (tx *memoryTx) Get(name string) ([]byte, error) {
	value, ok := tx.records[name]
	if !ok {
		return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	return slices.Clone(value), nil
}

func (tx *memoryTx) Put(name string, value []byte) error {
	if !tx.writable {
		return fmt.Errorf("%s: put inside a View: %w", name, fs.ErrPermission)
	}
	tx.records[name] = append([]byte{}, value...)
	return nil
}

func (tx *memoryTx) Delete(name string) error {
	if !tx.writable {
		return fmt.Errorf("%s: deleted inside a View: %w", name, fs.ErrPermission)
	}
	delete(tx.records, name)
	return nil
}

func (tx *memoryTx) Scan(prefix string, visit func(string, []byte) error) error {
	for _, name := range slices.Sorted(maps.Keys(tx.records)) {
		if !strings.HasPrefix(name, prefix) {
			continue
		}
		if err := visit(name, tx.records[name]); err != nil {
			return err
		}
	}
	return nil
}

func (tx *memoryTx) Names(prefix string, visit func(string) error) error {
	return tx.Scan(prefix, func(name string, _ []byte) error { return visit(name) })
}

package storetest

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Memory is a Store that forgets everything when the program ends; T is any interface
// that memoryTx has: Tx, with Delete or without. The zero value is empty and ready.
// Updates wait for each other; a View goes on seeing the records as they were, since
// every value a record ever had is kept.
type Memory[T Tx] struct {
	writing sync.Mutex // held during an Update

	mu      sync.Mutex
	version int
	records map[string][]revision // oldest first
}

// revision is a value that a record had from some version on.
type revision struct {
	version int
	value   []byte // nil: it was deleted
}

// View runs read on the records as they are.
func (m *Memory[T]) View(ctx context.Context, read func(T) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return read(any(m.begin(nil)).(T))
}

// Update runs write and keeps what it put if it returns nil.
func (m *Memory[T]) Update(ctx context.Context, write func(T) error) error {
	m.writing.Lock()
	defer m.writing.Unlock()
	tx := m.begin(make(map[string][]byte))
	if err := write(any(tx).(T)); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.records == nil {
		m.records = make(map[string][]revision)
	}
	m.version++
	for name, value := range tx.pending {
		m.records[name] = append(m.records[name], revision{m.version, value})
	}
	return nil
}

// Close does nothing.
func (m *Memory[T]) Close() error { return nil }

func (m *Memory[T]) begin(pending map[string][]byte) *memoryTx {
	m.mu.Lock()
	defer m.mu.Unlock()
	version := m.version
	return &memoryTx{
		at: func(name string) []byte { return m.at(name, version) }, names: m.names, pending: pending,
	}
}

// at is the value that a record had in a version, nil if there was none.
func (m *Memory[T]) at(name string, version int) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range slices.Backward(m.records[name]) {
		if r.version <= version {
			return r.value
		}
	}
	return nil
}

// names are the names under a prefix, in any version.
func (m *Memory[T]) names(prefix string) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return under(maps.Keys(m.records), prefix)
}

func under(names func(func(string) bool), prefix string) []string {
	var out []string
	for name := range names {
		if strings.HasPrefix(name, prefix) {
			out = append(out, name)
		}
	}
	return out
}

type memoryTx struct {
	at      func(name string) []byte
	names   func(prefix string) []string
	pending map[string][]byte // nil inside a View; a nil value is deleted
}

// lookUp is the value of a record, nil if there is none.
func (tx *memoryTx) lookUp(name string) []byte {
	if value, ok := tx.pending[name]; ok {
		return value
	}
	return tx.at(name)
}

func (tx *memoryTx) Get(name string) ([]byte, error) {
	value := tx.lookUp(name)
	if value == nil {
		return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	return slices.Clone(value), nil
}

func (tx *memoryTx) Put(name string, value []byte) error {
	return tx.write(name, append([]byte{}, value...))
}

func (tx *memoryTx) Delete(name string) error { return tx.write(name, nil) }

func (tx *memoryTx) write(name string, value []byte) error {
	if tx.pending == nil {
		return fmt.Errorf("%s: written inside a View: %w", name, fs.ErrPermission)
	}
	tx.pending[name] = value
	return nil
}

func (tx *memoryTx) Scan(prefix string, visit func(string, []byte) error) error {
	names := append(tx.names(prefix), under(maps.Keys(tx.pending), prefix)...)
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		value := tx.lookUp(name)
		if value == nil {
			continue // deleted, or put after this View began
		}
		if err := visit(name, value); err != nil {
			return err
		}
	}
	return nil
}

func (tx *memoryTx) Names(prefix string, visit func(string) error) error {
	return tx.Scan(prefix, func(name string, _ []byte) error { return visit(name) })
}

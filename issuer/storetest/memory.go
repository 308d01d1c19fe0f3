package storetest

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"

	"laurel/issuer"
)

// Memory is an issuer.Store that forgets everything when the program ends. The
// zero value is empty and ready. Updates wait for each other; a View goes on
// seeing the records as they were, since every value a record ever had is kept.
type Memory struct {
	writing sync.Mutex // held during an Update

	mu      sync.Mutex
	version int
	records map[string][]revision // oldest first
}

// revision is a value that a record had from some version on.
type revision struct {
	version int
	value   []byte
}

// View runs read on the records as they are.
func (m *Memory) View(ctx context.Context, read func(issuer.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return read(m.begin(nil))
}

// Update runs write and keeps what it put if it returns nil.
func (m *Memory) Update(ctx context.Context, write func(issuer.Tx) error) error {
	m.writing.Lock()
	defer m.writing.Unlock()
	tx := m.begin(make(map[string][]byte))
	if err := write(tx); err != nil {
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
func (m *Memory) Close() error { return nil }

func (m *Memory) begin(pending map[string][]byte) *memoryTx {
	m.mu.Lock()
	defer m.mu.Unlock()
	return &memoryTx{m: m, version: m.version, pending: pending}
}

// at is the value that a record had in a version.
func (m *Memory) at(name string, version int) ([]byte, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range slices.Backward(m.records[name]) {
		if r.version <= version {
			return r.value, true
		}
	}
	return nil, false
}

// names are the names under a prefix, in any version.
func (m *Memory) names(prefix string) []string {
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
	m       *Memory
	version int
	pending map[string][]byte // nil inside a View
}

func (tx *memoryTx) lookUp(name string) ([]byte, bool) {
	if value, ok := tx.pending[name]; ok {
		return value, true
	}
	return tx.m.at(name, tx.version)
}

func (tx *memoryTx) Get(name string) ([]byte, error) {
	value, ok := tx.lookUp(name)
	if !ok {
		return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	return slices.Clone(value), nil
}

func (tx *memoryTx) Put(name string, value []byte) error {
	if tx.pending == nil {
		return fmt.Errorf("%s: put inside a View: %w", name, fs.ErrPermission)
	}
	tx.pending[name] = append([]byte{}, value...)
	return nil
}

func (tx *memoryTx) Scan(prefix string, visit func(string, []byte) error) error {
	names := append(tx.m.names(prefix), under(maps.Keys(tx.pending), prefix)...)
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		value, ok := tx.lookUp(name)
		if !ok {
			continue // put after this View began
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

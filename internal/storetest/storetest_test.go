package storetest

import (
	"errors"
	"io/fs"
	"testing"
)

// keeping is a transaction that cannot delete, removing one that can.
type (
	keeping  interface{ Tx }
	removing interface {
		Tx
		deleter
	}
)

func TestMemory(t *testing.T) {
	Run(t, func(*testing.T) Store[keeping] { return new(Memory[keeping]) })
	Run(t, func(*testing.T) Store[removing] { return new(Memory[removing]) })
}

func TestMemoryViewDoesNotWrite(t *testing.T) {
	m := new(Memory[removing])
	for name, write := range map[string]func(removing) error{
		"Put": func(tx removing) error { return tx.Put("a", nil) }, "Delete": func(tx removing) error { return tx.Delete("a") },
	} {
		if err := m.View(t.Context(), write); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("%s inside a View: %v", name, err)
		}
	}
}

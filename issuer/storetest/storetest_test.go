package storetest

import (
	"errors"
	"io/fs"
	"testing"

	"laurel/issuer"
)

func TestMemory(t *testing.T) {
	Run(t, func(*testing.T) issuer.Store { return new(Memory) })
}

func TestMemoryViewDoesNotWrite(t *testing.T) {
	m := new(Memory)
	err := m.View(t.Context(), func(tx issuer.Tx) error { return tx.Put("a", nil) })
	if !errors.Is(err, fs.ErrPermission) {
		t.Errorf("Put inside a View: %v", err)
	}
}

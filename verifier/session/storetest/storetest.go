// Package storetest checks an implementation of session.Store, and has one that
// lives in memory for tests.
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) session.Store { return open(t) })
//	}
//
// What is checked, and why, says package internal/storetest.
package storetest

import (
	"testing"

	"laurel/internal/storetest"
	"laurel/verifier/session"
)

// Run runs every check against fresh stores made by open. A store that open
// returns is closed by Run.
func Run(t *testing.T, open func(t *testing.T) session.Store) {
	storetest.Run(t, func(t *testing.T) storetest.Store[session.Tx] { return open(t) })
}

// Memory is a session.Store that forgets everything when the program ends. The zero
// value is empty and ready.
type Memory = storetest.Memory[session.Tx]

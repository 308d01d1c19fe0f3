// Package storetest checks an implementation of issuer.Store, and has one that
// lives in memory for tests.
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) issuer.Store { return open(t) })
//	}
//
// What is checked, and why, says package internal/storetest.
package storetest

import (
	"testing"

	"laurel/internal/storetest"
	"laurel/issuer"
)

// Run runs every check against fresh stores made by open. A store that open
// returns is closed by Run.
func Run(t *testing.T, open func(t *testing.T) issuer.Store) {
	storetest.Run(t, func(t *testing.T) storetest.Store[issuer.Tx] { return open(t) })
}

// Memory is a issuer.Store that forgets everything when the program ends. The zero
// value is empty and ready.
type Memory = storetest.Memory[issuer.Tx]

package storetest

import (
	"testing"

	"laurel/verifier/session"
)

func TestMemory(t *testing.T) {
	Run(t, func(*testing.T) session.Store { return &Memory{} })
}

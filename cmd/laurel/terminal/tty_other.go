//go:build !unix

package terminal

import "time"

// hideTyping does nothing here: reading a passphrase hides it, from then on.
func hideTyping(int) error { return nil }

// typed cannot look here: a key that begins like Escape is Escape.
func typed(int, time.Duration) bool { return false }

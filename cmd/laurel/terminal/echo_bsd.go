//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package terminal

import "golang.org/x/sys/unix"

// How macOS and the BSDs are asked about a terminal, and told.
const (
	getTermios = unix.TIOCGETA
	setTermios = unix.TIOCSETA
)

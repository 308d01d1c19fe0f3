package terminal

import "golang.org/x/sys/unix"

// How Linux is asked about a terminal, and told.
const (
	getTermios = unix.TCGETS
	setTermios = unix.TCSETS
)

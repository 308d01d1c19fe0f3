//go:build unix

package terminal

import (
	"time"

	"golang.org/x/sys/unix"
)

// hideTyping lets a terminal show nothing of what is typed.
func hideTyping(fd int) error {
	state, err := unix.IoctlGetTermios(fd, getTermios)
	if err != nil {
		return err
	}
	state.Lflag &^= unix.ECHO
	return unix.IoctlSetTermios(fd, setTermios, state)
}

// typed waits for something to read from a terminal, but not for long.
func typed(fd int, wait time.Duration) bool {
	n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, int(wait.Milliseconds()))
	return err == nil && n > 0
}

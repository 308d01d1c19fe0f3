//go:build unix

package main

import "syscall"

// keepPrivate makes this process one that tells nobody anything.
func keepPrivate() {
	// Badger creates files as 0644; no file of this program is anybody else's.
	syscall.Umask(0o077)
	// Nor is its memory, which holds keys: a crash leaves no core dump. A system
	// that refuses is no reason not to run.
	_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{})
}

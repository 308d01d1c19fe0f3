//go:build !unix

package main

// keepPrivate does nothing on a system without modes of files: there are no
// stores here either, so that no key is on the disk. See internal/store/badger.
func keepPrivate() {}

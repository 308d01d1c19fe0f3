package main

import "runtime/debug"

type versionCmd struct{}

// Run prints the version that the Go tool stamped into the binary.
func (versionCmd) Run(e *env) error {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		e.printf("laurel, built without version information\n")
		return nil
	}
	e.printf("laurel %s, %s\n", info.Main.Version, info.GoVersion)
	return nil
}

package main

import (
	"runtime/debug"

	"laurel/cmd/laurel/terminal"
)

type versionCmd struct{}

// Run prints the version that the Go tool stamped into the binary.
func (versionCmd) Run(e *terminal.Env) error {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		e.Printf("laurel, built without version information\n")
		return nil
	}
	e.Printf("laurel %s, %s\n", info.Main.Version, info.GoVersion)
	return nil
}

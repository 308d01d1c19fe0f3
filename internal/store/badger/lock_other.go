//go:build !unix

package badger

import (
	"errors"
	"fmt"
	"io"
)

// Without flock and statfs the promises of this package cannot be kept, so it
// says so instead of keeping half of them.
func lockFile(string) (io.Closer, error) {
	return nil, fmt.Errorf("stores need a Unix system: %w", errors.ErrUnsupported)
}

// InUse is false where there are no stores.
func InUse(string) bool { return false }

func freeSpace(string) (uint64, error) { return 0, errors.ErrUnsupported }

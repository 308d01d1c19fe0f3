package proof

import (
	"context"
	"errors"
	"testing"

	"laurel/internal/strictjson"
)

// refused makes sure that a document is refused for the given reason.
func refused(t *testing.T, name string, doc strictjson.Value, opt Options, want error) {
	t.Helper()
	opened, err := OpenValue(context.Background(), doc, opt)
	if !errors.Is(err, want) || opened != nil {
		t.Errorf("%s: %v, want %v", name, err, want)
	}
}

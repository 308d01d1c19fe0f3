package did

import (
	"context"
	"fmt"

	"laurel/internal/fetch"
)

// HTTPS resolves https URLs as Controlled Identifier Documents (Controlled
// Identifiers 1.0): the document is what the URL serves, and its id must be the
// URL, character by character. Most Open Badges name their issuer this way.
type HTTPS struct {
	Fetch          Fetcher // nil fetches nothing
	UnsafeLoopback bool    // also http and https on 127.0.0.1, [::1] and localhost
}

// Resolve fetches and reads the document. It wraps ErrResolution, ErrDeactivated
// (410), ErrDocument or ErrLimit, as Web.Resolve does.
func (h HTTPS) Resolve(ctx context.Context, id string) (*Document, error) {
	if len(id) > maxURL {
		return nil, fmt.Errorf("%w: a URL of %d characters, at most %d are read", ErrLimit, len(id), maxURL)
	}
	if _, err := fetch.ParseURL(id, h.UnsafeLoopback); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrResolution, err)
	}
	return fetchDocument(ctx, h.Fetch, id, id)
}

package did

import (
	"context"

	"laurel/internal/fetch"
)

// Fetcher gets documents from the network, or from what stands for it.
// *fetch.Client is one.
type Fetcher interface {
	Get(ctx context.Context, r fetch.Request) (*fetch.Resource, error)
}

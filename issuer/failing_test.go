package issuer_test

import (
	"context"

	"laurel/issuer"
	"laurel/issuer/storetest"
)

// failing is a store whose updates fail while it is on.
type failing struct {
	issuer.Store
	err error
	on  bool
}

func (f *failing) Update(ctx context.Context, write func(issuer.Tx) error) error {
	if f.on {
		return f.err
	}
	return f.Store.Update(ctx, write)
}

func emptyStore() issuer.Store { return new(storetest.Memory) }

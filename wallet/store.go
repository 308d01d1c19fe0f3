package wallet

import "context"

// Store keeps records by name. What a wallet puts into it is sealed already.
// storetest.Run is what an implementation must pass; internal/store/badger has
// one.
type Store interface {
	// Get returns the record of that name. The error wraps fs.ErrNotExist if
	// there is none.
	Get(ctx context.Context, name string) ([]byte, error)
	// Scan visits every record whose name starts with prefix, in the order of
	// names, and returns the first error of visit. The record is only good
	// during the call.
	Scan(ctx context.Context, prefix string, visit func(name string, record []byte) error) error
	// Update runs change and then writes everything it did at once: all of it
	// is durable when Update returns nil, none of it otherwise. It may run
	// change again when another Update came in between.
	Update(ctx context.Context, change func(tx Txn) error) error
}

// Txn is a change to a Store, good inside Update only. It sees its own writes.
type Txn interface {
	// Get is Store.Get.
	Get(name string) ([]byte, error)
	// Put sets the record of that name.
	Put(name string, record []byte) error
	// Delete removes the record of that name, if there is one.
	Delete(name string) error
}

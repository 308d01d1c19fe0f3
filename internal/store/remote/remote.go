// Package remote lets one process use the store that another has open. The pages
// of a wallet hold its store, and only one process can; the verbs of the command
// line then work through the process that shows the pages.
//
// What travels is what lies in the store: sealed records under names that are
// pseudonyms. The passphrase does not travel, and neither side learns from the
// other what it does not know from the disk. Whoever has the token can read and
// replace records, as whoever can write to the folder can, so it lies in that
// folder, in a file that only its owner can read.
//
// The process that has the store open:
//
//	err := serve.Run(ctx, loopback, remote.Handler(store, token), serve.Options{})
//
// and the other:
//
//	s := remote.New("http://127.0.0.1:40123", token)
//	defer s.Close()
//	if err := s.Ping(ctx); err != nil {
//		return err // nobody is there, or somebody else
//	}
//	w := &wallet.Wallet{Store: s, Vault: v}
//
// # Changes
//
// An Update runs here, against records that are fetched one by one, and is sent as
// a whole: what was read, by its hash, and what is to be written. If something
// that was read has changed meanwhile, nothing is written and the change runs
// again. That is the same promise as that of a store in this process.
package remote

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"slices"
	"time"

	"laurel/wallet"
)

const (
	// maxTries bounds how often a change runs again. Each time another one went
	// through, so that a thousand are a wallet under attack by its owner.
	maxTries = 1000
	// maxPause is how long it waits before that, in milliseconds: each time a little
	// longer, so that a large change gets its turn among small ones.
	maxPause = 20
	// timeout is for one order; a scan of ten thousand cards takes a second.
	timeout = 60 * time.Second
)

// ErrServer says that the other process did not do it, or did not answer. After a
// change that broke off nobody knows whether it was written.
var ErrServer = errors.New("the process that has the store open did not do it")

// Store is a wallet.Store in another process. Make it with New.
type Store struct {
	url, token string
	http       *http.Client
}

// New makes a store of the one that a Handler shows at an address. It makes no
// connection yet.
func New(url, token string) *Store {
	return &Store{url: url, token: token, http: &http.Client{
		Timeout:       timeout,
		Transport:     &http.Transport{},                                                             // no proxy: the other process is on this machine
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // the token is for it alone
	}}
}

// Close drops the connections.
func (s *Store) Close() { s.http.CloseIdleConnections() }

// Ping asks whether the other process is there and takes the token.
func (s *Store) Ping(ctx context.Context) error {
	body, err := s.order(ctx, orderPing, struct{}{})
	if err != nil {
		return err
	}
	return body.Close()
}

// order sends one order; the answer's body is the caller's to close.
func (s *Store) order(ctx context.Context, name string, in any) (io.ReadCloser, error) {
	text, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+name, bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+s.token)
	req.Header.Set("Content-Type", "application/json")
	res, err := s.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrServer, err)
	}
	if res.StatusCode == http.StatusOK {
		return res.Body, nil
	}
	var said struct{ Detail string }
	err = json.NewDecoder(io.LimitReader(res.Body, 1<<12)).Decode(&said)
	if err = errors.Join(err, res.Body.Close()); err != nil || said.Detail == "" {
		said.Detail = res.Status
	}
	return nil, fmt.Errorf("%w: %s", ErrServer, said.Detail)
}

// answer sends an order and reads its whole answer.
func (s *Store) answer(ctx context.Context, name string, in, out any) error {
	body, err := s.order(ctx, name, in)
	if err != nil {
		return err
	}
	if err := errors.Join(json.NewDecoder(io.LimitReader(body, maxOrder)).Decode(out), body.Close()); err != nil {
		return fmt.Errorf("%w: %w", ErrServer, err)
	}
	return nil
}

// Get is wallet.Store's.
func (s *Store) Get(ctx context.Context, name string) ([]byte, error) {
	var got found
	if err := s.answer(ctx, orderGet, wanted{name}, &got); err != nil {
		return nil, err
	}
	if !got.There {
		return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	return got.Record, nil
}

// Scan is wallet.Store's. A scan that the other process broke off is an error, and
// never a shorter scan.
func (s *Store) Scan(ctx context.Context, prefix string, visit func(name string, record []byte) error) error {
	body, err := s.order(ctx, orderScan, wanted{prefix})
	if err != nil {
		return err
	}
	lines := json.NewDecoder(body)
	for {
		var line scanned
		if err := lines.Decode(&line); err != nil {
			return errors.Join(fmt.Errorf("%w: %w", ErrServer, err), body.Close())
		}
		if line.End {
			return errors.Join(ended(line), body.Close())
		}
		if err := visit(line.Name, line.Record); err != nil {
			_ = body.Close() // nobody wants the rest
			return err
		}
	}
}

func ended(line scanned) error {
	if line.Failed != "" {
		return fmt.Errorf("%w: %s", ErrServer, line.Failed)
	}
	return nil
}

// Update is wallet.Store's.
func (s *Store) Update(ctx context.Context, change func(tx wallet.Txn) error) error {
	for try := range maxTries {
		tx := &txn{ctx: ctx, store: s, read: map[string]*[]byte{}, wrote: map[string]*[]byte{}}
		if err := change(tx); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		var done committed
		if err := s.answer(ctx, orderCommit, tx.commit(), &done); err != nil {
			return err
		}
		if !done.Conflict {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(min(try, maxPause)) * time.Millisecond):
		}
	}
	return fmt.Errorf("%w: others change the same records all the time", ErrServer)
}

// txn is a change under way. A nil record is one that is not there.
type txn struct {
	ctx   context.Context
	store *Store
	read  map[string]*[]byte
	wrote map[string]*[]byte
	order []string // of the first writes
}

// Get sees what this change wrote, then what it read before, then the store.
func (t *txn) Get(name string) ([]byte, error) {
	record, known := t.wrote[name]
	if !known {
		record, known = t.read[name]
	}
	if !known {
		got, err := t.store.Get(t.ctx, name)
		switch {
		case err == nil:
			record = &got
		case !errors.Is(err, fs.ErrNotExist):
			return nil, err
		}
		t.read[name] = record
	}
	if record == nil {
		return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	return bytes.Clone(*record), nil
}

// Put keeps a record until the change is sent.
func (t *txn) Put(name string, record []byte) error {
	own := append([]byte{}, record...)
	t.write(name, &own)
	return nil
}

// Delete keeps that a record is to go.
func (t *txn) Delete(name string) error {
	t.write(name, nil)
	return nil
}

func (t *txn) write(name string, record *[]byte) {
	if !slices.Contains(t.order, name) {
		t.order = append(t.order, name)
	}
	t.wrote[name] = record
}

// commit is the change as it is sent.
func (t *txn) commit() commit {
	var c commit
	for name, record := range t.read {
		c.Reads = append(c.Reads, read{name, sumOf(record)})
	}
	for _, name := range t.order {
		w := write{Name: name, Delete: t.wrote[name] == nil}
		if !w.Delete {
			w.Record = *t.wrote[name]
		}
		c.Writes = append(c.Writes, w)
	}
	return c
}

// sumOf tells a record from others; "" is one that is not there.
func sumOf(record *[]byte) string {
	if record == nil {
		return ""
	}
	sum := sha256.Sum256(*record)
	return hex.EncodeToString(sum[:])
}

package wallet_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"

	"laurel/internal/testissuer"
	"laurel/wallet"
)

// raw is a store in memory that a test can tamper with.
type raw struct{ records map[string][]byte }

func (s *raw) Get(_ context.Context, name string) ([]byte, error) {
	if r, ok := s.records[name]; ok {
		return bytes.Clone(r), nil
	}
	return nil, fs.ErrNotExist
}

func (s *raw) Scan(_ context.Context, prefix string, visit func(string, []byte) error) error {
	for _, name := range slices.Sorted(maps.Keys(s.records)) {
		if strings.HasPrefix(name, prefix) {
			if err := visit(name, s.records[name]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *raw) Update(_ context.Context, change func(tx wallet.Txn) error) error {
	tx := rawTxn{maps.Clone(s.records)}
	if err := change(tx); err != nil {
		return err
	}
	s.records = tx.records
	return nil
}

type rawTxn struct{ records map[string][]byte }

func (tx rawTxn) Get(name string) ([]byte, error) {
	return (&raw{tx.records}).Get(context.Background(), name)
}

func (tx rawTxn) Put(name string, record []byte) error {
	tx.records[name] = bytes.Clone(record)
	return nil
}

func (tx rawTxn) Delete(name string) error {
	delete(tx.records, name)
	return nil
}

// readAll reads everything in a wallet. It gives the first error.
func readAll(ctx context.Context, w *wallet.Wallet) error {
	_, err := w.Identities(ctx)
	_, err2 := w.Receipts(ctx)
	cards, err3 := w.List(ctx, wallet.Query{})
	err = errors.Join(err, err2, err3)
	for _, c := range cards {
		if _, e := w.Document(ctx, c.ID); e != nil {
			err = errors.Join(err, e)
		}
		if c.Credential != "" { // reads the record of versions
			if _, e := w.Examine(ctx, []byte(`{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential"],"id":"`+c.Credential+`"}`)); e != nil {
				err = errors.Join(err, e)
			}
		}
	}
	return err
}

// tampered is a wallet over a store that can be tampered with.
func tampered(t testing.TB) (*wallet.Wallet, *raw) {
	t.Helper()
	w := fresh(t)
	s := &raw{map[string][]byte{}}
	w.Store = s
	me := learner(t, w, "school")
	learner(t, w, "work")
	one := add(t, w, badge(t, me, "One"))
	add(t, w, badge(t, me, "Two"))
	for _, challenge := range []string{"1", "2"} {
		a := prepare(t, w, wallet.Request{Credentials: []string{one.ID}, Challenge: challenge})
		if _, err := w.Record(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	if err := readAll(t.Context(), w); err != nil {
		t.Fatalf("the untouched wallet: %v", err)
	}
	return w, s
}

func TestEveryRecordIsGuarded(t *testing.T) {
	w, s := tampered(t)
	whole := maps.Clone(s.records)
	names := slices.Sorted(maps.Keys(whole))
	if len(names) != 2+2+2+2+2+5 { // identities, cards, documents, versions, receipts, and their counts
		t.Fatalf("%d records: %q", len(names), names)
	}
	for _, name := range names {
		s.records = maps.Clone(whole)
		delete(s.records, name)
		if err := readAll(t.Context(), w); err == nil && !strings.HasPrefix(name, "same/") && !strings.HasPrefix(name, "count/") {
			t.Errorf("%s vanished and nobody noticed", name)
		}
		for at := range whole[name] {
			s.records = maps.Clone(whole)
			s.records[name] = bytes.Clone(whole[name])
			s.records[name][at] ^= 0x20
			err := readAll(t.Context(), w)
			if strings.HasPrefix(name, "count/") && err == nil {
				continue // the counts of documents and versions are not looked at
			}
			if !errors.Is(err, wallet.ErrCorrupt) {
				t.Fatalf("%s, byte %d flipped: %v, want ErrCorrupt", name, at, err)
			}
		}
		for _, other := range names {
			if other == name {
				continue
			}
			s.records = maps.Clone(whole)
			s.records[name], s.records[other] = whole[other], whole[name]
			if err := readAll(t.Context(), w); !errors.Is(err, wallet.ErrCorrupt) && !strings.HasPrefix(name, "count/") {
				t.Errorf("%s and %s changed places: %v, want ErrCorrupt", name, other, err)
			}
		}
	}
}

func TestAMissingCardIsNoticed(t *testing.T) {
	w, s := tampered(t)
	for name := range s.records {
		if strings.HasPrefix(name, "card/") {
			delete(s.records, name)
			break
		}
	}
	cards, err := w.List(t.Context(), wallet.Query{})
	if !errors.Is(err, wallet.ErrCorrupt) || len(cards) != 1 {
		t.Errorf("List = %d cards, %v; want the one that is left and ErrCorrupt", len(cards), err)
	}
}

func TestARecordOfAnEarlierTimeIsNoticed(t *testing.T) {
	w, s := tampered(t)
	before := maps.Clone(s.records)
	c := add(t, w, badge(t, testissuer.New("x"), "Three"))
	for name, record := range s.records {
		if _, was := before[name]; was || strings.HasPrefix(name, "doc/") {
			continue
		}
		if strings.HasPrefix(name, "card/") {
			before[name] = record // the new card beside the old counts
		}
	}
	s.records = before
	if _, err := w.List(t.Context(), wallet.Query{}); !errors.Is(err, wallet.ErrCorrupt) {
		t.Errorf("List: %v, want ErrCorrupt", err)
	}
	if _, err := w.Document(t.Context(), c.ID); !errors.Is(err, wallet.ErrCorrupt) {
		t.Errorf("the document that is gone: %v, want ErrCorrupt", err)
	}
}

func TestTheStoreHidesWhatIsInIt(t *testing.T) {
	w, s := tampered(t)
	ids, err := w.Identities(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, record := range s.records {
		for _, secret := range []string{ids[0].DID, "did:key", "One", "urn:example", "z3u2"} {
			if strings.Contains(name, secret) || bytes.Contains(record, []byte(secret)) {
				t.Errorf("%s shows %q", name, secret)
			}
		}
	}
}

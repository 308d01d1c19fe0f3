// Package wallet keeps a learner's identities and credentials, and presents a
// choice of them.
//
// # What is kept
//
// An identity is a did:key with its signing key; a learner may have several, so
// that two employers cannot compare notes. A credential is kept as the exact
// bytes it arrived in: whatever is exported or presented later is what the
// issuer signed. Beside each credential lies a Card, the few lines that a list
// shows and a search looks at, so that a list of ten thousand badges need not
// open ten thousand documents. Of every answer that went out there is a
// Receipt.
//
// All of it is sealed by a vault before the Store sees it, and the names under
// which it is stored are pseudonyms: who copies the store learns how many
// things are in it and how large they are, nothing more. A Wallet counts what
// it keeps; a record that vanished from the store is noticed (ErrCorrupt). What
// cannot be noticed is the whole store put back to an older copy.
//
// # Adding
//
// Examine reads a document strictly and asks Check, which is the same verifier
// that an employer runs, so the learner sees today what the employer would see
// tomorrow. The caller shows that, and then adds:
//
//	found, err := w.Examine(ctx, raw)
//	fmt.Println(found.Checked.Headline)
//	card, err := w.Add(ctx, found)
//
// A rejected badge may be added all the same; it is the learner's. Badges of
// Open Badges 2.0 are kept too, marked as such: there is no proof in them to
// check or to present.
//
// # Presenting
//
// Prepare makes the answer to a verifier's challenge and judges it as the
// verifier will; nothing has left the wallet yet. After the learner agreed, the
// caller hands the bytes over and Record keeps the receipts:
//
//	answer, err := w.Prepare(ctx, wallet.Request{
//		Credentials: []string{"3fa9c2d1"},
//		Challenge:   "N0nce", Domain: "jobs.example",
//	})
//	for _, p := range answer.Presentations {
//		fmt.Println(p.Checked.Text) // this is what they will see
//		fmt.Println(p.Shown[0].Summary()) // 6 of 31 fields, the rest stays home
//	}
//	receipts, err := w.Record(ctx, answer)
//
// Of a badge that its issuer signed for it, the learner shows a part: Request.Show
// chooses what besides that which the issuer always shows, and Disclose tells
// beforehand what comes of a choice. A badge that can be shown in part is never
// handed over as it came from the issuer, since whoever has that could show
// everything.
//
// A token with disclosures is shown claim by claim like any other, and answers by
// itself, with a key binding; other tokens go into envelopes. Package disclosure
// has the one picture of all forms.
//
// One presentation has one holder. A choice that spans two identities becomes
// two presentations, with a warning: sent together, they tell that both
// identities are one person.
//
// # In the background
//
// A Watch checks the badges again, each at its own time, and notes on their cards
// what is news: a badge that was revoked since the learner last saw it.
package wallet

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"sync"
	"time"

	"laurel/internal/vault"
	"laurel/proof"
	"laurel/wallet/disclosure"
)

var (
	// ErrNotFound says that the wallet has nothing of that id.
	ErrNotFound = errors.New("not in this wallet")
	// ErrAmbiguous says that the beginning of an id fits more than one thing.
	ErrAmbiguous = errors.New("fits more than one")
	// ErrDuplicate says that this very credential is in the wallet already.
	ErrDuplicate = errors.New("already in this wallet")
	// ErrNotACredential says that a document is nothing a wallet keeps.
	ErrNotACredential = errors.New("not a credential")
	// ErrNotPresentable says that a credential cannot go into a presentation.
	ErrNotPresentable = disclosure.ErrNotPresentable
	// ErrNoIdentity says that the wallet has no identity to answer with.
	ErrNoIdentity = errors.New("there is no such identity in this wallet")
	// ErrCorrupt says that the store does not have what the wallet wrote.
	ErrCorrupt = errors.New("the wallet's store is damaged or altered")
	// ErrBackup says that a backup is cut off, damaged, or no backup at all.
	ErrBackup = errors.New("not a whole backup")
)

// Verdict is what a check of a document comes down to, as in a verifier's
// report. Old marks Open Badges 2.0, which no check of ours applies to.
type Verdict string

// The verdicts.
const (
	Accepted     Verdict = "accepted"
	Rejected     Verdict = "rejected"
	Undetermined Verdict = "undetermined"
	Old          Verdict = "old"
)

// Checked is the answer of Check: what a verifier would say of a document, as
// far as a wallet has a use for it.
type Checked struct {
	Verdict  Verdict
	Headline string // one sentence
	Text     string // the whole report, for a terminal

	// The same for a page; a Check may leave it out.
	Tone      Tone      // how the verdict may be coloured
	Signed    bool      // the issuer's signature holds: what the document says is what was signed
	Issuer    Issuer    // what is known of the issuer beyond its own word
	Findings  []Finding // one for each thing that was looked at, in order
	Parts     []Checked // the credentials of a presentation, in order
	NotProven []string  // sentences: what the verdict does not say
}

// Tone is how a page may colour a verdict; colour never stands alone.
type Tone string

// The tones, as a verifier gives them: Good only if it trusts the issuer, Bad
// only for what is forged, revoked or somebody else's.
const (
	Good    Tone = "good"
	Caution Tone = "caution"
	Bad     Tone = "bad"
)

// Issuer is what a check proved of an issuer besides its key; zero if nothing.
type Issuer struct {
	Listed string // its name on a list of trusted issuers
	Domain string // the web address that is its own
}

// Finding is one thing that a check looked at.
type Finding struct {
	Title   string   // "Signature"
	Outcome string   // "passed", "failed", "unknown" or "skipped"
	Text    string   // one sentence
	Code    string   // stable, for looking it up; often ""
	Details []string // the cause and the evidence, a line each
}

// Expectation is what the one who asks expects of a document.
type Expectation struct {
	Challenge string // presentations: the verifier's nonce
	Domain    string // presentations: whom the answer is for
	Shared    bool   // presentations: it is left under a link, for whoever opens that
	Receiving bool   // credentials: an issuer gives it to us, with all that we may show of it
}

// Check judges a document as a verifier does. Its error means that nothing
// could be found out, never that the document is bad.
type Check func(ctx context.Context, document []byte, expect Expectation) (Checked, error)

// Wallet is an open wallet. All fields but Suites and Now are required. It is safe for
// concurrent use.
type Wallet struct {
	Store Store
	Vault *vault.Vault
	Check Check
	Suite proof.Suite // signs presentations, with an Ed25519 key
	// Suites are those under which credentials can be shown in part. A credential
	// under any other is shown whole. ecdsa-rdfc-2019 among them signs presentations
	// of identities with a P-256 key.
	Suites proof.Suites
	Now    func() time.Time // time.Now if nil

	// changing keeps changes away while a shelf is read and then compared with
	// its count, which are two readings of the store.
	changing sync.RWMutex
}

func (w *Wallet) now() time.Time {
	if w.Now == nil {
		return time.Now().UTC()
	}
	return w.Now().UTC()
}

// update is the one way to change the store.
func (w *Wallet) update(ctx context.Context, change func(tx Txn) error) error {
	w.changing.Lock()
	defer w.changing.Unlock()
	return w.Store.Update(ctx, change)
}

// shelf is one kind of thing in the store.
type shelf string

// The shelves, and their prefixes in the store.
const (
	cards      shelf = "card/"
	documents  shelf = "doc/"
	versions   shelf = "same/" // the ids of cards, by credential id
	identities shelf = "id/"
	receipts   shelf = "receipt/"
	shared     shelf = "share/"
	counts     shelf = "count/"
)

// name is where the store keeps a thing.
func (w *Wallet) name(s shelf, id string) string {
	return string(s) + w.Vault.Pseudonym([]byte(string(s)+id))
}

// count is what a shelf holds: how many, and all their names added up bit by
// bit, so that one thing put in the place of another is noticed too.
type count struct {
	n   uint64
	sum [16]byte
}

func (c *count) flip(pseudonym string) {
	for i := 0; i < len(c.sum) && 2*i+1 < len(pseudonym); i++ {
		c.sum[i] ^= pseudonym[2*i]<<4 ^ pseudonym[2*i+1]
	}
}

// put seals a thing onto its shelf.
func (w *Wallet) put(tx Txn, s shelf, id string, plain []byte) error {
	name := w.name(s, id)
	_, err := tx.Get(name)
	if errors.Is(err, fs.ErrNotExist) {
		err = w.recount(tx, s, func(c *count) { c.n++; c.flip(name[len(s):]) })
	}
	if err != nil {
		return err
	}
	return tx.Put(name, w.Vault.Seal(name, plain))
}

// drop takes a thing from its shelf. It wraps ErrNotFound.
func (w *Wallet) drop(tx Txn, s shelf, id string) error {
	name := w.name(s, id)
	if _, err := tx.Get(name); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: %w", id, ErrNotFound)
	} else if err != nil {
		return err
	}
	err := w.recount(tx, s, func(c *count) { c.n--; c.flip(name[len(s):]) })
	if err != nil {
		return err
	}
	return tx.Delete(name)
}

// get opens one thing. It wraps ErrNotFound.
func (w *Wallet) get(ctx context.Context, s shelf, id string) ([]byte, error) {
	name := w.name(s, id)
	sealed, err := w.Store.Get(ctx, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", id, ErrNotFound)
	}
	if err != nil {
		return nil, err
	}
	return w.unseal(name, sealed)
}

func (w *Wallet) unseal(name string, sealed []byte) ([]byte, error) {
	plain, err := w.Vault.Unseal(name, sealed)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return plain, nil
}

// recount changes the count of a shelf.
func (w *Wallet) recount(tx Txn, s shelf, change func(*count)) error {
	name := w.name(counts, string(s))
	sealed, err := tx.Get(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var c count
	if err == nil {
		if c, err = w.openCount(name, sealed); err != nil {
			return err
		}
	}
	change(&c)
	return tx.Put(name, w.Vault.Seal(name, c.append(nil)))
}

// record is a sealed thing and its name in the store.
type record struct {
	name   string
	sealed []byte
}

// all opens everything on a shelf, in no particular order, and makes sure that
// nothing is missing. When things are missing it returns what there is with an
// error that wraps ErrCorrupt. The work is shared among the processors: opening
// ten thousand cards is most of what a list takes.
func all[T any](ctx context.Context, w *Wallet, s shelf, decode func(plain []byte) (T, error)) ([]T, error) {
	found, missing, err := w.readShelf(ctx, s)
	// Another process that works in the same store may have changed it between the
	// two readings; what is missing then is there the next time.
	for again := 0; err == nil && errors.Is(missing, ErrCorrupt) && again < 2; again++ {
		found, missing, err = w.readShelf(ctx, s)
	}
	if err != nil {
		return nil, err
	}
	out, err := openAll(w, found, decode)
	if err != nil {
		return nil, err
	}
	return out, missing
}

// readShelf reads what is on a shelf, and compares it with the shelf's count.
func (w *Wallet) readShelf(ctx context.Context, s shelf) (found []record, missing, err error) {
	var have count
	w.changing.RLock()
	defer w.changing.RUnlock()
	err = w.Store.Scan(ctx, string(s), func(name string, sealed []byte) error {
		have.n++
		have.flip(name[len(s):])
		found = append(found, record{name, bytes.Clone(sealed)})
		return nil
	})
	return found, w.compare(ctx, s, have), err
}

// openAll opens records on all processors.
func openAll[T any](w *Wallet, found []record, decode func(plain []byte) (T, error)) ([]T, error) {
	out := make([]T, len(found))
	workers := runtime.GOMAXPROCS(0)
	errs := make([]error, workers)
	var wg sync.WaitGroup
	for i := range workers {
		wg.Go(func() {
			for j := i; j < len(found) && errs[i] == nil; j += workers {
				var plain []byte
				if plain, errs[i] = w.unseal(found[j].name, found[j].sealed); errs[i] == nil {
					out[j], errs[i] = decode(plain)
				}
			}
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return out, nil
}

// compare makes sure that a shelf holds what was put on it.
func (w *Wallet) compare(ctx context.Context, s shelf, have count) error {
	name := w.name(counts, string(s))
	sealed, err := w.Store.Get(ctx, name)
	if errors.Is(err, fs.ErrNotExist) && have.n == 0 {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%w: the count of %s: %w", ErrCorrupt, s, err)
	}
	want, err := w.openCount(name, sealed)
	if err != nil {
		return err
	}
	if want != have {
		return fmt.Errorf("%w: %d records under %s where %d were kept", ErrCorrupt, have.n, s, want.n)
	}
	return nil
}

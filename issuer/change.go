package issuer

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"laurel/status"
)

// maxBatch is how many credentials one update of the store changes: their
// records and the lists must fit into one of its transactions. A larger change
// is made in several steps, each whole.
const maxBatch = 200

// Action is something that happens to a credential after it was issued.
type Action string

// The actions.
const (
	Revoke    Action = "revoke"    // for good
	Suspend   Action = "suspend"   // until further notice
	Reinstate Action = "reinstate" // ends a suspension
)

var (
	// ErrPurpose says that a credential's status entry cannot express the
	// action: one made for suspension cannot be revoked, nor the other way.
	ErrPurpose = errors.New("this credential has no status entry for that")
	// ErrFinal says that a revoked credential stays revoked.
	ErrFinal = errors.New("a revocation cannot be taken back")
	// ErrAction says that there is no such action.
	ErrAction = errors.New("there is no such action")
)

// Change is what shall happen to some credentials.
type Change struct {
	Action Action   `json:"action"`
	IDs    []string `json:"ids"` // full ids
	Reason string   `json:"reason,omitempty"`
	Actor  string   `json:"actor,omitempty"` // who asked for it
}

// Changed is what a Change did.
type Changed struct {
	Records   []Record `json:"records"`   // as they are now, in the order asked
	Unchanged []string `json:"unchanged"` // ids of those that were so already
	Lists     []string `json:"lists"`     // URLs of the lists that were signed anew
}

// waiting is a change that waits for its turn, and then its outcome.
type waiting struct {
	Change
	result Changed
	err    error
	done   bool
}

// Apply changes the state of credentials: writes down what, when, why and who,
// sets or clears their bits and signs the lists anew, all of it at once for up
// to 200 credentials. A credential that is in the state already stays as it is.
// Changes that are asked for at the same time share one signature. If one
// credential of a change is refused (ErrNotFound, ErrPurpose, ErrFinal), nothing
// of that change is done.
func (i *Issuer) Apply(ctx context.Context, c Change) (*Changed, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var out Changed
	for ids := range slices.Chunk(c.IDs, maxBatch) {
		step := c
		step.IDs = ids
		w := &waiting{Change: step}
		i.applyOne(ctx, w)
		if w.err != nil {
			return nil, w.err
		}
		out.Records = append(out.Records, w.result.Records...)
		out.Unchanged = append(out.Unchanged, w.result.Unchanged...)
		out.Lists = append(out.Lists, w.result.Lists...)
	}
	slices.Sort(out.Lists)
	out.Lists = slices.Compact(out.Lists)
	return &out, nil
}

// applyOne queues a change and waits for the turn. Whoever has the turn does
// everything that has been queued until then.
func (i *Issuer) applyOne(ctx context.Context, w *waiting) {
	i.mu.Lock()
	i.waiting = append(i.waiting, w)
	i.mu.Unlock()

	i.turn.Lock()
	defer i.turn.Unlock()
	for !w.done { // another turn may have done it
		i.applyBatch(ctx, i.nextBatch())
	}
}

// nextBatch takes the changes that fit into one update out of the queue.
func (i *Issuer) nextBatch() []*waiting {
	i.mu.Lock()
	defer i.mu.Unlock()
	n, credentials := 0, 0
	for n < len(i.waiting) && (n == 0 || credentials+len(i.waiting[n].IDs) <= maxBatch) {
		credentials += len(i.waiting[n].IDs)
		n++
	}
	batch := i.waiting[:n:n]
	i.waiting = i.waiting[n:]
	return batch
}

// applyBatch does some changes in one update. The caller holds the turn. The
// context is that of whoever holds it; the others' changes must not depend on
// it, so its end does not end the work.
func (i *Issuer) applyBatch(ctx context.Context, batch []*waiting) {
	ctx = context.WithoutCancel(ctx)
	b := &books{now: i.opt.Now().UTC(), records: make(map[string]*Record), bits: make(map[*list]*status.List)}
	err := i.opt.Store.View(ctx, func(tx Tx) error {
		for _, w := range batch {
			w.err = b.apply(tx, w, i)
		}
		return nil
	})
	if err == nil {
		err = i.commit(ctx, b)
	}
	for _, w := range batch {
		w.done = true
		if w.err == nil {
			w.err = err
		}
	}
}

// books are the records and lists that a batch changes.
type books struct {
	now     time.Time
	records map[string]*Record
	bits    map[*list]*status.List
}

// apply makes one change in the books, or none of it.
func (b *books) apply(tx Tx, w *waiting, i *Issuer) error {
	event := Event{At: b.now, Action: w.Action, Reason: w.Reason, Actor: w.Actor}
	var next, moved []Record
	for _, id := range w.IDs {
		r, err := b.record(tx, id)
		if err != nil {
			return err
		}
		changed, err := r.apply(event)
		if err != nil {
			return fmt.Errorf("%s: %w", id, err)
		}
		next = append(next, r)
		if changed {
			moved = append(moved, r)
		} else {
			w.result.Unchanged = append(w.result.Unchanged, id)
		}
	}
	for n := range moved {
		r := &moved[n]
		if err := b.set(i, r); err != nil {
			return err
		}
		b.records[r.ID] = r
		w.result.Lists = append(w.result.Lists, r.List)
	}
	w.result.Records = next
	return nil
}

// record is a copy of a record, with the changes made in this batch.
func (b *books) record(tx Tx, id string) (Record, error) {
	if r, ok := b.records[id]; ok {
		copied := *r
		copied.History = slices.Clone(r.History)
		return copied, nil
	}
	var r Record
	err := getJSON(tx, recordPrefix+id, &r)
	if errors.Is(err, fs.ErrNotExist) {
		return r, fmt.Errorf("%w: no credential has the id %q", ErrNotFound, id)
	}
	return r, err
}

// apply moves a record to the state that an event brings, and reports whether
// it was not in it already.
func (r *Record) apply(e Event) (changed bool, err error) {
	to, purpose := Active, status.Suspension
	switch e.Action {
	case Revoke:
		to, purpose = Revoked, status.Revocation
	case Suspend:
		to = Suspended
	case Reinstate:
		if r.State == Revoked {
			return false, ErrFinal
		}
	default:
		return false, fmt.Errorf("%w: %q", ErrAction, e.Action)
	}
	if r.Purpose != purpose {
		return false, fmt.Errorf("%w: it has one for %s", ErrPurpose, r.Purpose)
	}
	if r.State == to {
		return false, nil
	}
	r.State = to
	r.History = append(r.History, e)
	return true, nil
}

// set brings the bit of a record to what its state says.
func (b *books) set(i *Issuer, r *Record) error {
	l := i.listAt(r.List)
	if l == nil {
		return fmt.Errorf("%w: there is no list %s", errDamaged, r.List)
	}
	bits, ok := b.bits[l]
	if !ok {
		bits = l.bits.Clone()
		b.bits[l] = bits
	}
	return bits.Set(r.Index, r.State != Active)
}

// listAt finds a list by its URL, in either of its forms. The caller holds the turn, under which lists
// do not change.
func (i *Issuer) listAt(url string) *list {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, l := range i.lists {
		if l.url == url || tokenURL(l.url) == url {
			return l
		}
	}
	return nil
}

// commit signs the changed lists and writes everything.
func (i *Issuer) commit(ctx context.Context, b *books) error {
	if len(b.records) == 0 {
		return nil
	}
	signers, err := i.active()
	if err != nil {
		return err
	}
	var updates []update
	for l, bits := range b.bits {
		updates = append(updates, update{l, bits})
	}
	return i.publish(ctx, signers, updates, func(tx Tx) error {
		for _, r := range b.records {
			if err := putJSON(tx, recordPrefix+r.ID, r); err != nil {
				return err
			}
		}
		return nil
	})
}

package session

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Calendar notes in a Store when records are due, in empty records of its own. It is
// the beginning of their names; the time follows, so that they stand in its order.
type Calendar string

// calendarStep bounds how much one transaction deletes, so that a store that was
// away for long does not refuse it.
const calendarStep = 200

// errEnough ends a scan that has come far enough.
var errEnough = errors.New("enough")

// Note returns the name of the note that says when a record is due, to the second.
func (c Calendar) Note(at time.Time, record string) string {
	return fmt.Sprintf("%s%012d/%s", string(c), at.Unix(), record)
}

// Sweep calls forget for each note that is due, with the record that it is about.
// Forget deletes the note, and what is to go with it. Sweep returns how many there
// were, a transaction's worth after the other.
func (c Calendar) Sweep(ctx context.Context, store Store, now time.Time, forget func(tx Tx, note, record string) error) (int, error) {
	total := 0
	for {
		n := 0
		err := store.Update(ctx, func(tx Tx) error {
			notes, err := c.due(tx, now)
			n = len(notes)
			for _, note := range notes {
				_, record, _ := strings.Cut(note[len(c):], "/")
				err = errors.Join(err, forget(tx, note, record))
			}
			return err
		})
		if err != nil {
			return total, err
		}
		total += n
		if n < calendarStep {
			return total, nil
		}
	}
}

// due returns the first notes that are due, at most calendarStep.
func (c Calendar) due(tx Tx, now time.Time) (notes []string, err error) {
	err = tx.Names(string(c), func(note string) error {
		at, _, _ := strings.Cut(note[len(c):], "/")
		seconds, err := strconv.ParseInt(at, 10, 64)
		if err != nil {
			return fmt.Errorf("%w: %q names no time", errDamaged, note)
		}
		if seconds > now.Unix() || len(notes) == calendarStep {
			return errEnough
		}
		notes = append(notes, note)
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return notes, err
}

package web

import (
	"crypto/rand"
	"net/http"
	"slices"
	"sync"
	"time"

	"laurel/internal/serve"
	"laurel/wallet"
)

const (
	maxDesk  = 8                // things at hand; each holds one form's files at most, so 64 MiB
	deskTime = 30 * time.Minute // a challenge is rarely good for longer

	maxMemory  = 256             // reports of some kilobytes
	memoryTime = 5 * time.Minute // a page that is looked at again shows the same
)

// desk is what a session has at hand between two steps: badges that were looked
// at and not kept yet, answers that were made and not agreed to.
type desk struct {
	mu     sync.Mutex
	things []thing
}

type thing struct {
	id   string
	what any
	laid time.Time
}

// lay puts a thing on the desk and returns its id. A desk that is full drops
// the oldest.
func (d *desk) lay(what any, now time.Time) (id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.clear(now)
	if len(d.things) == maxDesk {
		d.things = slices.Delete(d.things, 0, 1)
	}
	id = rand.Text()
	d.things = append(d.things, thing{id, what, now})
	return id
}

func (d *desk) clear(now time.Time) {
	d.things = slices.DeleteFunc(d.things, func(t thing) bool { return now.Sub(t.laid) >= deskTime })
}

// on finds a thing of a kind on the desk. The error is a 404.
func on[T any](d *desk, id string, now time.Time) (T, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.clear(now)
	for _, t := range d.things {
		if what, ok := t.what.(T); ok && t.id == id {
			return what, nil
		}
	}
	var none T
	return none, serve.NewProblem(http.StatusNotFound, "This is no longer at hand. What is not finished is forgotten after half an hour; please begin again.")
}

// memory keeps the last checks of badges for some minutes, so that going back
// and forth asks no issuer again. The zero value is empty.
type memory struct {
	mu     sync.Mutex
	checks map[string]memo
}

type memo struct {
	checked wallet.Checked
	at      time.Time
}

func (m *memory) recall(id string, now time.Time) (wallet.Checked, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c, ok := m.checks[id]
	return c.checked, ok && now.Sub(c.at) < memoryTime
}

func (m *memory) keep(id string, c wallet.Checked, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.checks == nil || len(m.checks) >= maxMemory {
		m.checks = map[string]memo{}
	}
	m.checks[id] = memo{c, now}
}

func (m *memory) forget(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.checks, id)
}

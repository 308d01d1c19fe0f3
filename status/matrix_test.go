package status_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"laurel/internal/fetch"
	"laurel/status"
)

// TestFailureMatrix takes a list's server through everything that can go wrong,
// with nothing in memory, with a list whose ttl lasts, and with one whose ttl is
// over. A fresh list answers whatever the server does; without one the answer
// is unknown, never clear.
func TestFailureMatrix(t *testing.T) {
	good := published{}.sign(t)
	failures := []struct {
		name string
		body []byte
		err  error
		want error
	}{
		{"404", nil, &fetch.StatusError{URL: listURL, Code: 404}, status.ErrRetrieval},
		{"500", nil, &fetch.StatusError{URL: listURL, Code: 500}, status.ErrRetrieval},
		{"redirect elsewhere", nil, fetch.ErrRefused, status.ErrRetrieval},
		{"timeout", nil, context.DeadlineExceeded, status.ErrRetrieval},
		{"drip", nil, fetch.ErrUnreachable, status.ErrRetrieval},
		{"huge", nil, fetch.ErrTooLarge, status.ErrLimit},
		{"bad signature", append(append([]byte{}, good[:len(good)-12]...), []byte(`XXXXXXXXX"}}`)...), nil, status.ErrVerification},
		{"expired", published{from: now.AddDate(0, 0, -9), until: now.AddDate(0, 0, -8)}.sign(t), nil, status.ErrVerification},
		{"of a stranger", published{by: stranger}.sign(t), nil, status.ErrVerification},
		{"empty", []byte{}, nil, status.ErrRetrieval},
	}
	caches := []struct {
		name  string
		after time.Duration // since the list was kept; negative: nothing was
		fresh bool
	}{
		{"no cache", -1, false},
		{"fresh cache", 4 * time.Minute, true},
		{"stale cache", 6 * time.Minute, false},
	}
	for _, f := range failures {
		for _, c := range caches {
			t.Run(f.name+", "+c.name, func(t *testing.T) {
				clock := now
				src, site := at(t, now, good)
				src.Now = func() time.Time { return clock }
				if c.after >= 0 {
					if got := src.Check(t.Context(), ask(7)); got.Outcome != status.Clear {
						t.Fatalf("at first: %v, %v", got.Outcome, got.Err)
					}
					clock = now.Add(c.after)
				}
				site.at, site.bodies[listURL], site.errs[listURL] = clock, f.body, f.err
				got := src.Check(t.Context(), ask(7))
				switch {
				case c.fresh && got.Outcome != status.Clear:
					t.Errorf("Check = %v, %v, want the kept list to answer", got.Outcome, got.Err)
				case !c.fresh && (got.Outcome != status.Unknown || !errors.Is(got.Err, f.want)):
					t.Errorf("Check = %v, %v, want unknown, %v", got.Outcome, got.Err, f.want)
				}
				site.bodies[listURL], site.errs[listURL] = published{set: []int{7}, from: now.Add(-time.Minute)}.sign(t), nil
				clock = clock.Add(6 * time.Minute)
				site.at = clock
				if got := src.Check(t.Context(), ask(7)); got.Outcome != status.Set {
					t.Errorf("once the server is back: %v, %v", got.Outcome, got.Err)
				}
			})
		}
	}
}

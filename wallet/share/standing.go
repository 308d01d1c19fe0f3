package share

import (
	"context"
	"slices"
	"sync"
	"time"

	"laurel/internal/sharelink"
	"laurel/wallet"
)

const (
	// patience is how long somebody who looks at their shares waits for verifiers.
	patience = 5 * time.Second
	// atOnce bounds the verifiers that are asked at the same time.
	atOnce = 8
)

// Standing is how a share stands, as far as can be found out now.
type Standing struct {
	sharelink.State // its State is "" if nobody knows
	// Err says why nobody knows, and then it wraps ErrGone or ErrNotTaken.
	Err error
}

// Standings tells how shares stand, in their order. Of those that are over, the
// record says so; of the others, their verifiers are asked, all at once.
func (s *Sharer) Standings(ctx context.Context, all []wallet.Shared) []Standing {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	out := make([]Standing, len(all))
	turns := make(chan struct{}, atOnce)
	var group sync.WaitGroup
	for i := range all {
		group.Go(func() {
			turns <- struct{}{}
			out[i] = s.standing(ctx, &all[i])
			<-turns
		})
	}
	group.Wait()
	return out
}

func (s *Sharer) standing(ctx context.Context, r *wallet.Shared) Standing {
	known := sharelink.State{Expires: r.Expires}
	switch {
	case !r.Withdrawn.IsZero():
		known.State = sharelink.Withdrawn
		return Standing{State: known}
	case !s.now().Before(r.Expires):
		known.State = sharelink.Expired
		return Standing{State: known}
	}
	state, err := s.Look(ctx, r)
	if err != nil {
		return Standing{State: known, Err: err}
	}
	return Standing{State: *state}
}

// Verifiers are the addresses that were shared with, the latest first.
func (s *Sharer) Verifiers(ctx context.Context) ([]string, error) {
	all, err := s.Wallet.AllShared(ctx)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, one := range all {
		if !slices.Contains(out, one.Verifier) {
			out = append(out, one.Verifier)
		}
	}
	return out, nil
}

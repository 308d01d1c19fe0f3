package wallet_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"laurel/internal/testissuer"
	"laurel/wallet"
)

// court judges badges as a test tells it to, and counts how often it is asked.
type court struct {
	verdict  wallet.Verdict
	headline string
	err      error
	asked    int
}

func (c *court) check(context.Context, []byte, wallet.Expectation) (wallet.Checked, error) {
	c.asked++
	return wallet.Checked{Verdict: c.verdict, Headline: c.headline}, c.err
}

// watched is a wallet with n badges that are in order, its court and its clock.
func watched(t testing.TB, n int) (*wallet.Watch, *court, *time.Time) {
	t.Helper()
	w := fresh(t)
	clock, judge := testissuer.Now, &court{verdict: wallet.Accepted, headline: "Valid."}
	w.Check, w.Now = judge.check, func() time.Time { return clock }
	me := learner(t, w, "")
	for i := range n {
		add(t, w, badge(t, me, fmt.Sprintf("Badge %d", i)))
	}
	judge.asked = 0
	return &wallet.Watch{Wallet: w}, judge, &clock
}

func round(t testing.TB, watch *wallet.Watch) []wallet.Card {
	t.Helper()
	changed, err := watch.Round(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return changed
}

func news(t testing.TB, w *wallet.Wallet) []wallet.Card {
	t.Helper()
	cards, err := w.News(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return cards
}

// TestWatch: a revoked badge is news until the learner has seen it.
func TestWatch(t *testing.T) {
	watch, judge, clock := watched(t, 1)
	w := watch.Wallet
	if round(t, watch); judge.asked != 0 {
		t.Error("what was just checked is checked again")
	}
	*clock = clock.Add(12 * time.Hour)
	if changed := round(t, watch); changed != nil || judge.asked != 1 || len(news(t, w)) != 0 {
		t.Errorf("nothing changed: %+v, asked %d times", changed, judge.asked)
	}
	judge.verdict, judge.headline = wallet.Rejected, "Revoked by its issuer."
	*clock = clock.Add(12 * time.Hour)
	changed := round(t, watch)
	if len(changed) != 1 || changed[0].News != (wallet.News{Was: wallet.Accepted, Since: *clock}) || changed[0].Headline != "Revoked by its issuer." {
		t.Fatalf("%+v", changed)
	}
	*clock = clock.Add(12 * time.Hour)
	if changed := round(t, watch); changed != nil || len(news(t, w)) != 1 {
		t.Errorf("told twice: %+v", changed)
	}
	if err := w.Seen(t.Context(), changed[0].ID); err != nil || len(news(t, w)) != 0 {
		t.Errorf("seen: %v, %+v", err, news(t, w))
	}
	if list, err := w.List(t.Context(), wallet.Query{State: wallet.StateRejected}); err != nil || len(list) != 1 {
		t.Errorf("%+v, %v", list, err)
	}
	if err := w.Seen(t.Context(), "0000000000000000"); !errors.Is(err, wallet.ErrNotFound) {
		t.Errorf("a card that is not there: %v", err)
	}
}

// TestWatchComesBack: a suspension that is over before the learner looked is no news;
// one that became a revocation is.
func TestWatchComesBack(t *testing.T) {
	watch, judge, clock := watched(t, 1)
	for _, step := range []struct {
		verdict  wallet.Verdict
		headline string
		told     int
		was      wallet.Verdict
		news     int
	}{
		{wallet.Rejected, "On hold.", 1, wallet.Accepted, 1},
		{wallet.Accepted, "Valid.", 0, "", 0},
		{wallet.Rejected, "On hold.", 1, wallet.Accepted, 1},
		{wallet.Rejected, "Revoked by its issuer.", 1, wallet.Accepted, 1},
		{wallet.Rejected, "Revoked by its issuer.", 0, wallet.Accepted, 1},
	} {
		judge.verdict, judge.headline = step.verdict, step.headline
		*clock = clock.Add(12 * time.Hour)
		changed, left := round(t, watch), news(t, watch.Wallet)
		if len(changed) != step.told || len(left) != step.news || step.news > 0 && left[0].News.Was != step.was {
			t.Errorf("%+v: told %d, %+v", step, len(changed), left)
		}
	}
	card := news(t, watch.Wallet)[0]
	if _, _, err := watch.Wallet.Recheck(t.Context(), card.ID); err != nil || len(news(t, watch.Wallet)) != 0 {
		t.Errorf("the learner looked at it: %v", err)
	}
}

// TestWatchOffline: that the network is down says nothing of a badge, and it is tried
// again soon.
func TestWatchOffline(t *testing.T) {
	watch, judge, clock := watched(t, 1)
	judge.verdict, judge.headline = wallet.Undetermined, "Not confirmed yet."
	*clock = clock.Add(12 * time.Hour)
	if changed := round(t, watch); changed != nil || judge.asked != 1 {
		t.Errorf("%+v, asked %d times", changed, judge.asked)
	}
	list, err := watch.Wallet.List(t.Context(), wallet.Query{})
	if err != nil || list[0].Verdict != wallet.Accepted || !list[0].Checked.Equal(testissuer.Now) {
		t.Errorf("%+v, %v", list, err)
	}
	if round(t, watch); judge.asked != 1 {
		t.Error("tried again at once")
	}
	judge.verdict = wallet.Accepted
	*clock = clock.Add(time.Hour)
	if round(t, watch); judge.asked != 2 {
		t.Error("not tried again within the hour")
	}
	judge.err = errors.New("a full disk")
	*clock = clock.Add(12 * time.Hour)
	if changed, err := watch.Round(t.Context()); err == nil || changed != nil {
		t.Errorf("%+v, %v", changed, err)
	}
}

// TestWatchSpreads: each badge has its own hour, all have theirs within the interval,
// and no look takes more than its share.
func TestWatchSpreads(t *testing.T) {
	watch, judge, clock := watched(t, 130)
	*clock = clock.Add(9*time.Hour + 30*time.Minute)
	if round(t, watch); judge.asked != 0 {
		t.Errorf("%d were checked early", judge.asked)
	}
	*clock = clock.Add(75 * time.Minute)
	round(t, watch)
	if judge.asked < 30 || judge.asked > 100 {
		t.Errorf("half way %d of 130 were checked", judge.asked)
	}
	*clock = clock.Add(75 * time.Minute)
	round(t, watch)
	round(t, watch)
	if judge.asked != 130 {
		t.Errorf("after the interval %d of 130 were checked", judge.asked)
	}
}

// TestWatchLeavesAlone what no check can change: Open Badges 2.0, and what expired.
func TestWatchLeavesAlone(t *testing.T) {
	watch, judge, clock := watched(t, 1)
	add(t, watch.Wallet, []byte(`{"@context":"https://w3id.org/openbadges/v2","type":"Assertion","id":"https://school.example/a","badge":{"type":"BadgeClass","id":"https://school.example/b","name":"Old"},"recipient":{"type":"email","hashed":false,"identity":"a@b.example"},"issuedOn":"2020-01-01T00:00:00Z"}`))
	*clock = clock.AddDate(5, 0, 0)
	judge.verdict = wallet.Rejected
	if changed := round(t, watch); changed != nil || judge.asked != 0 {
		t.Errorf("%+v, asked %d times", changed, judge.asked)
	}
}

// TestWatchRuns until its context ends, and tells.
func TestWatchRuns(t *testing.T) {
	watch, judge, clock := watched(t, 2)
	watch.Every = 4 * time.Millisecond
	judge.verdict, judge.headline = wallet.Rejected, "Revoked by its issuer."
	*clock = clock.Add(time.Hour)
	told, tripped := make(chan []wallet.Card, 1), make(chan error, 1)
	watch.Tell = func(changed []wallet.Card) { told <- changed }
	watch.Trip = func(err error) {
		select {
		case tripped <- err:
		default:
		}
	}
	run := func(wait func()) {
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- watch.Run(ctx) }()
		wait()
		stop()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
	run(func() {
		if changed := <-told; len(changed) != 2 || changed[0].News.Was != wallet.Accepted {
			t.Errorf("told %+v", changed)
		}
	})
	judge.err, *clock = errors.New("a full disk"), clock.Add(time.Hour)
	run(func() {
		if err := <-tripped; err == nil {
			t.Error("nothing was said of the full disk")
		}
	})
}

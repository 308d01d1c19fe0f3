package session_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"laurel/verifier/session"
	"laurel/verifier/session/storetest"
)

// clock is a time that tests move.
type clock struct{ at atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.at.Store(time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC).UnixNano())
	return c
}

func (c *clock) now() time.Time       { return time.Unix(0, c.at.Load()).UTC() }
func (c *clock) pass(d time.Duration) { c.at.Add(int64(d)) }

func open(t testing.TB, store session.Store, c *clock) *session.Book {
	t.Helper()
	b, err := session.Open(t.Context(), session.Options{Store: store, Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func create(t testing.TB, b *session.Book, q session.Question) *session.Session {
	t.Helper()
	s, err := b.Create(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func report(text string) func(session.Session) (*session.Answer, error) {
	return func(session.Session) (*session.Answer, error) { return &session.Answer{Report: []byte(text)}, nil }
}

func stage(t *testing.T, b *session.Book, id string) session.State {
	t.Helper()
	s, err := b.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return s.Stage(b.Now())
}

func TestLife(t *testing.T) {
	c := newClock()
	b := open(t, &storetest.Memory{}, c)
	s := create(t, b, session.Question{Ask: []byte("welding"), Key: []byte("secret key")})
	if got := stage(t, b, s.ID); got != session.Waiting {
		t.Errorf("at first: %s", got)
	}
	news, stop, err := b.Watch(s.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	for range 2 {
		if err := b.Opened(t.Context(), s.ID); err != nil {
			t.Fatal(err)
		}
	}
	if got := stage(t, b, s.ID); got != session.Opened {
		t.Errorf("after the request was fetched: %s", got)
	}
	select {
	case <-news:
	default:
		t.Error("nobody was told")
	}

	refused := errors.New("cannot be read")
	if _, err := b.Take(t.Context(), s.ID, func(session.Session) (*session.Answer, error) { return nil, refused }); !errors.Is(err, refused) {
		t.Errorf("an answer that cannot be read: %v", err)
	}
	if got := stage(t, b, s.ID); got != session.Opened {
		t.Errorf("after that: %s", got)
	}
	c.pass(time.Minute)
	taken, err := b.Take(t.Context(), s.ID, func(s session.Session) (*session.Answer, error) {
		if string(s.Key) != "secret key" || string(s.Ask) != "welding" {
			t.Errorf("judged with %+v", s)
		}
		return &session.Answer{Report: []byte("good")}, nil
	})
	if err != nil || string(taken.Answer.Report) != "good" || !taken.Answer.At.Equal(c.now()) || taken.Key != nil {
		t.Errorf("taken: %+v, %v", taken, err)
	}
	if _, err := b.Take(t.Context(), s.ID, report("again")); !errors.Is(err, session.ErrConsumed) {
		t.Errorf("a second answer: %v", err)
	}
	if err := b.Opened(t.Context(), s.ID); !errors.Is(err, session.ErrConsumed) {
		t.Errorf("opened after its answer: %v", err)
	}
	if f, err := b.BySecret(t.Context(), s.Secret); err != nil || string(f.Session.Answer.Report) != "good" {
		t.Errorf("by its secret: %+v, %v", f, err)
	}
	if _, err := b.ByCode(t.Context(), s.Code); !errors.Is(err, session.ErrUnknown) {
		t.Errorf("the code still leads somewhere: %v", err)
	}
	if err := b.Rejudge(t.Context(), s.ID, []byte("better")); err != nil {
		t.Error(err)
	}
	if s, err = b.Get(t.Context(), s.ID); err != nil || string(s.Answer.Report) != "better" {
		t.Errorf("judged again: %+v, %v", s, err)
	}
}

// Of many answers at the same time exactly one is taken, and the others are told
// that the question was answered, never that something broke.
func TestOneAnswer(t *testing.T) {
	b := open(t, &storetest.Memory{}, newClock())
	for round := range 20 {
		s := create(t, b, session.Question{})
		var taken, consumed atomic.Int32
		var wg sync.WaitGroup
		for i := range 10 {
			wg.Go(func() {
				_, err := b.Take(context.Background(), s.ID, report(fmt.Sprint(i)))
				switch {
				case err == nil:
					taken.Add(1)
				case errors.Is(err, session.ErrConsumed):
					consumed.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if taken.Load() != 1 || consumed.Load() != 9 {
			t.Fatalf("round %d: %d taken, %d refused", round, taken.Load(), consumed.Load())
		}
	}
}

// Two processes over one store: each judges, one wins.
func TestOneAnswerOfTwoProcesses(t *testing.T) {
	store, c := &storetest.Memory{}, newClock()
	one, other := open(t, store, c), open(t, store, c)
	s := create(t, one, session.Question{})
	_, err := one.Take(t.Context(), s.ID, func(session.Session) (*session.Answer, error) {
		if _, err := other.Take(t.Context(), s.ID, report("first")); err != nil {
			t.Error(err)
		}
		return &session.Answer{Report: []byte("second")}, nil
	})
	if !errors.Is(err, session.ErrConsumed) {
		t.Errorf("the later one: %v", err)
	}
	if s, err = other.Get(t.Context(), s.ID); err != nil || string(s.Answer.Report) != "first" {
		t.Errorf("kept: %s, %v", s.Answer.Report, err)
	}
}

func TestRestart(t *testing.T) {
	store, c := &storetest.Memory{}, newClock()
	b := open(t, store, c)
	waiting, answered := create(t, b, session.Question{}), create(t, b, session.Question{})
	if _, err := b.Take(t.Context(), answered.ID, report("good")); err != nil {
		t.Fatal(err)
	}
	b = open(t, store, c)
	if b.Waiting() != 1 {
		t.Errorf("%d are waiting", b.Waiting())
	}
	if _, err := b.Take(t.Context(), answered.ID, report("replay")); !errors.Is(err, session.ErrConsumed) {
		t.Errorf("a replay after the restart: %v", err)
	}
	if _, err := b.Take(t.Context(), waiting.ID, report("good")); err != nil {
		t.Errorf("an answer after the restart: %v", err)
	}
}

func TestExpiry(t *testing.T) {
	c := newClock()
	b := open(t, &storetest.Memory{}, c)
	late := create(t, b, session.Question{Lifetime: time.Minute})
	answered := create(t, b, session.Question{Lifetime: time.Minute, Retention: 48 * time.Hour})
	if _, err := b.Take(t.Context(), answered.ID, report("good")); err != nil {
		t.Fatal(err)
	}
	c.pass(time.Minute)
	if _, err := b.Take(t.Context(), late.ID, report("late")); !errors.Is(err, session.ErrExpired) {
		t.Errorf("late: %v", err)
	}
	if err := b.Opened(t.Context(), late.ID); !errors.Is(err, session.ErrExpired) {
		t.Errorf("opened late: %v", err)
	}
	if _, err := b.Take(t.Context(), answered.ID, report("late")); !errors.Is(err, session.ErrConsumed) {
		t.Errorf("answered before: %v", err)
	}
	if b.Waiting() != 0 {
		t.Errorf("%d are waiting", b.Waiting())
	}
	c.pass(24 * time.Hour)
	if _, err := b.Get(t.Context(), late.ID); !errors.Is(err, session.ErrUnknown) {
		t.Errorf("due and not swept: %v", err)
	}
	if n, err := b.Sweep(t.Context()); err != nil || n == 0 {
		t.Errorf("swept %d, %v", n, err)
	}
	if _, err := b.Get(t.Context(), answered.ID); err != nil {
		t.Errorf("an answer inside its retention: %v", err)
	}
	c.pass(24 * time.Hour)
	if _, err := b.Sweep(t.Context()); err != nil {
		t.Error(err)
	}
	for _, secret := range []string{late.Secret, answered.Secret} {
		if _, err := b.BySecret(t.Context(), secret); !errors.Is(err, session.ErrUnknown) {
			t.Errorf("after its retention: %v", err)
		}
	}
}

// After its time nothing of a session is left in the store, under whatever name.
func TestNothingIsLeft(t *testing.T) {
	store, c := &storetest.Memory{}, newClock()
	b := open(t, store, c)
	poster, err := b.Hang(t.Context(), session.Question{Ask: []byte("first aid")}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 450 { // more than one step of a sweep
		s, err := b.Visit(t.Context(), poster, session.Question{})
		if err != nil {
			t.Fatal(err)
		}
		if i%3 == 0 {
			if _, err := b.Take(t.Context(), s.ID, report("good")); err != nil {
				t.Fatal(err)
			}
		}
		if i%5 == 0 {
			if err := b.Delete(t.Context(), s.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	c.pass(32 * 24 * time.Hour)
	if _, err := b.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	err = store.View(t.Context(), func(tx session.Tx) error {
		return tx.Names("", func(name string) error {
			t.Errorf("left: %s", name)
			return nil
		})
	})
	if err != nil || b.Waiting() != 0 {
		t.Errorf("%v, %d waiting", err, b.Waiting())
	}
}

func TestBounds(t *testing.T) {
	c := newClock()
	b := open(t, &storetest.Memory{}, c)
	for _, q := range []session.Question{
		{Lifetime: -time.Second}, {Lifetime: 25 * time.Hour}, {Retention: time.Second}, {Retention: 400 * 24 * time.Hour},
		{Ask: make([]byte, 1<<20)},
	} {
		if s, err := b.Create(t.Context(), q); !errors.Is(err, session.ErrQuestion) || s != nil {
			t.Errorf("%v: %v, %v", q.Lifetime, s, err)
		}
	}
	for range 100 {
		create(t, b, session.Question{Client: "192.0.2.1"})
	}
	if _, err := b.Create(t.Context(), session.Question{Client: "192.0.2.1"}); !errors.Is(err, session.ErrTooMany) {
		t.Errorf("the 101st of one stranger: %v", err)
	}
	create(t, b, session.Question{Client: "192.0.2.2"})
	create(t, b, session.Question{})
	c.pass(session.Lifetime)
	create(t, b, session.Question{Client: "192.0.2.1"})
	if b.Waiting() != 1 {
		t.Errorf("%d are waiting after the others expired", b.Waiting())
	}
}

// Ten thousand questions that nobody answers are all that is kept.
func TestFlood(t *testing.T) {
	c := newClock()
	b := open(t, &discarding{}, c)
	for i := range 10_000 {
		create(t, b, session.Question{Client: fmt.Sprint(i % 200)})
	}
	if _, err := b.Create(t.Context(), session.Question{}); !errors.Is(err, session.ErrTooMany) {
		t.Errorf("one more: %v", err)
	}
	c.pass(session.Lifetime)
	create(t, b, session.Question{})
	if b.Waiting() != 1 {
		t.Errorf("%d are waiting after the flood", b.Waiting())
	}
}

// discarding is a store that keeps nothing, for counting alone.
type discarding struct{ storetest.Memory }

func (*discarding) Update(context.Context, func(session.Tx) error) error { return nil }
func (*discarding) View(context.Context, func(session.Tx) error) error   { return nil }

func TestCodes(t *testing.T) {
	b := open(t, &storetest.Memory{}, newClock())
	s := create(t, b, session.Question{})
	spelled := session.SpellCode(s.Code)
	for _, typed := range []string{s.Code, spelled, strings.ToLower(spelled), " " + s.Code[:3] + " " + s.Code[3:] + " "} {
		if f, err := b.ByCode(t.Context(), typed); err != nil || f.Session.ID != s.ID {
			t.Errorf("%q: %v", typed, err)
		}
	}
	for _, typed := range []string{"", s.ID, s.Code[:9], s.Code + "A", "OOOOOOOOOO", strings.Repeat("A", 1000), "ＡＡＡＡＡＡＡＡＡＡ"} {
		if f, err := b.ByCode(t.Context(), typed); !errors.Is(err, session.ErrUnknown) || f.Session != nil {
			t.Errorf("%.20q: %v", typed, err)
		}
	}
	seen := map[string]bool{}
	for range 200 {
		s := create(t, b, session.Question{})
		for _, secret := range []string{s.ID, s.Secret, s.Nonce, s.State, s.Code} {
			if seen[secret] {
				t.Fatalf("%s came twice", secret)
			}
			seen[secret] = true
		}
	}
}

// What leads to the question does not lead to the answer, nor the other way.
func TestSecretsAreApart(t *testing.T) {
	b := open(t, &storetest.Memory{}, newClock())
	s := create(t, b, session.Question{})
	for _, secret := range []string{s.ID, s.Nonce, s.State, s.Code, "", strings.Repeat("A", 22), s.Secret + "A"} {
		if _, err := b.BySecret(t.Context(), secret); !errors.Is(err, session.ErrUnknown) {
			t.Errorf("%q reads the answer: %v", secret, err)
		}
	}
	for _, id := range []string{s.Secret, s.Nonce, s.State, "../" + s.ID[3:], ""} {
		if _, err := b.Get(t.Context(), id); !errors.Is(err, session.ErrUnknown) {
			t.Errorf("%q reads the question: %v", id, err)
		}
	}
}

func TestPoster(t *testing.T) {
	c := newClock()
	b := open(t, &storetest.Memory{}, c)
	p, err := b.Hang(t.Context(), session.Question{Ask: []byte("first aid"), Lifetime: time.Minute, Retention: time.Hour}, 24*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	var last *session.Session
	for i := range 3 {
		if last, err = b.Visit(t.Context(), p, session.Question{Client: "192.0.2.1"}); err != nil {
			t.Fatal(err)
		}
		if i > 0 {
			if _, err := b.Take(t.Context(), last.ID, report(fmt.Sprint(i))); err != nil {
				t.Fatal(err)
			}
		}
		c.pass(time.Second)
	}
	visits, err := visitsOf(t, b, p.ID)
	if err != nil || len(visits) != 2 || string(visits[0].Answer.Report) != "1" {
		t.Errorf("visits: %d, %v", len(visits), err)
	}
	if f, err := b.BySecret(t.Context(), p.Secret); err != nil || f.Poster.ID != p.ID || f.Session != nil {
		t.Errorf("by its secret: %+v, %v", f, err)
	}
	if f, err := b.ByCode(t.Context(), p.Code); err != nil || f.Poster.ID != p.ID {
		t.Errorf("by its code: %+v, %v", f, err)
	}
	if err := b.Delete(t.Context(), last.ID); err != nil {
		t.Fatal(err)
	}
	if visits, err = visitsOf(t, b, p.ID); err != nil || len(visits) != 1 {
		t.Errorf("after deleting one: %d, %v", len(visits), err)
	}
	if all, err := b.Posters(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("posters: %d, %v", len(all), err)
	}
	c.pass(2 * time.Hour) // past the retention of the answers
	if visits, err = visitsOf(t, b, p.ID); err != nil || len(visits) != 0 {
		t.Errorf("after the retention: %d, %v", len(visits), err)
	}
	c.pass(22 * time.Hour)
	if _, err := b.Visit(t.Context(), p, session.Question{}); !errors.Is(err, session.ErrExpired) {
		t.Errorf("after it was closed: %v", err)
	}
	if err := b.TakeDown(t.Context(), p.ID); err != nil {
		t.Error(err)
	}
	if _, err := b.Poster(t.Context(), p.ID); !errors.Is(err, session.ErrUnknown) {
		t.Errorf("after it was taken down: %v", err)
	}
	for _, life := range []time.Duration{0, time.Second, 400 * 24 * time.Hour} {
		if _, err := b.Hang(t.Context(), session.Question{}, life); !errors.Is(err, session.ErrQuestion) {
			t.Errorf("open for %v: %v", life, err)
		}
	}
}

// A stranger hangs no more than a few, and all together no more than people can read.
func TestPostersAreBounded(t *testing.T) {
	c := newClock()
	b := open(t, &storetest.Memory{}, c)
	for i := range 1000 {
		q := session.Question{}
		if i < 20 {
			q.Client = "192.0.2.1"
		}
		if _, err := b.Hang(t.Context(), q, time.Hour); err != nil {
			t.Fatalf("%d: %v", i, err)
		}
	}
	for _, client := range []string{"192.0.2.1", "192.0.2.2", ""} {
		if p, err := b.Hang(t.Context(), session.Question{Client: client}, time.Hour); !errors.Is(err, session.ErrTooMany) || p != nil {
			t.Errorf("one more of %q: %v", client, err)
		}
	}
	c.pass(40 * 24 * time.Hour)
	if _, err := b.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Hang(t.Context(), session.Question{}, time.Hour); err != nil {
		t.Errorf("after the others were deleted: %v", err)
	}
	if _, err := b.Hang(t.Context(), session.Question{Client: "192.0.2.1"}, time.Hour); !errors.Is(err, session.ErrTooMany) {
		t.Errorf("one more of the stranger: %v", err)
	}
}

func TestWatchersAreBounded(t *testing.T) {
	b := open(t, &storetest.Memory{}, newClock())
	for client, most := range map[string]int{"192.0.2.1/32": 256, "192.0.2.2/32": 256, "": 4096} {
		var stops []func()
		for {
			_, stop, err := b.Watch("a", client)
			if errors.Is(err, session.ErrTooMany) {
				break
			}
			if err != nil || len(stops) > 10_000 {
				t.Fatalf("after %d: %v", len(stops), err)
			}
			stops = append(stops, stop)
		}
		if len(stops) != most {
			t.Errorf("%q has %d, want %d", client, len(stops), most)
		}
		if _, stop, err := b.Watch("b", "192.0.2.3/32"); (err == nil) != (client != "") {
			t.Errorf("somebody else while %q has all: %v", client, err)
		} else if err == nil {
			stop()
		}
		for _, stop := range stops {
			stop()
		}
	}
}

func TestSettings(t *testing.T) {
	b := open(t, &storetest.Memory{}, newClock())
	for _, name := range []string{"template/b", "template/a", "other"} {
		if err := b.Set(t.Context(), name, []byte("value of "+name)); err != nil {
			t.Fatal(err)
		}
	}
	if value, err := b.Setting(t.Context(), "other"); err != nil || string(value) != "value of other" {
		t.Errorf("got %q, %v", value, err)
	}
	var names []string
	err := b.Settings(t.Context(), "template/", func(name string, _ []byte) error {
		names = append(names, name)
		return nil
	})
	if err != nil || strings.Join(names, " ") != "template/a template/b" {
		t.Errorf("got %q, %v", names, err)
	}
	if err := b.Set(t.Context(), "other", nil); err != nil {
		t.Fatal(err)
	}
	if value, err := b.Setting(t.Context(), "other"); !errors.Is(err, session.ErrUnknown) || value != nil {
		t.Errorf("deleted: %q, %v", value, err)
	}
}

// visitsOf collects the answered sessions of an open request.
func visitsOf(t *testing.T, b *session.Book, poster string) (all []*session.Session, err error) {
	t.Helper()
	err = b.Visits(t.Context(), poster, func(s *session.Session) error {
		all = append(all, s)
		return nil
	})
	return all, err
}

// Another process over the same store is heard, too: here it is another book.
func TestNewsOfOthers(t *testing.T) {
	const wait = 10 * time.Second
	store, c := &storetest.Memory{}, newClock()
	here, err := session.Open(t.Context(), session.Options{Store: store, Now: c.now, Look: 10 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	there := open(t, store, c)
	answered, deleted, left := create(t, here, session.Question{}), create(t, here, session.Question{}), create(t, here, session.Question{})
	watch := func(s *session.Session) <-chan struct{} {
		news, stop, err := here.Watch(s.ID, "")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(stop)
		select {
		case <-news: // the first look knows no other
		case <-time.After(wait):
			t.Fatal("nobody looked")
		}
		return news
	}
	of := map[string]<-chan struct{}{"answered": watch(answered), "deleted": watch(deleted)}
	quiet := watch(left)
	if err := there.Opened(t.Context(), answered.ID); err != nil {
		t.Fatal(err)
	}
	if err := there.Delete(t.Context(), deleted.ID); err != nil {
		t.Fatal(err)
	}
	for what, news := range of {
		select {
		case <-news:
		case <-time.After(wait):
			t.Errorf("%s: nobody was told", what)
		}
	}
	if _, err := there.Take(t.Context(), answered.ID, report("good")); err != nil {
		t.Fatal(err)
	}
	select {
	case <-of["answered"]:
	case <-time.After(wait):
		t.Error("nobody was told of the answer")
	}
	if len(quiet) > 0 {
		t.Error("there was news of what did not change")
	}
}

// Nobody looks when nobody watches, and nothing is left of those who did.
func TestLookingEnds(t *testing.T) {
	looks := &counted{Store: &storetest.Memory{}}
	b, err := session.Open(t.Context(), session.Options{Store: looks, Look: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		s := create(t, b, session.Question{})
		news, stop, err := b.Watch(s.ID, "")
		if err != nil {
			t.Fatal(err)
		}
		_, stopToo, err := b.Watch(s.ID, "")
		if err != nil {
			t.Fatal(err)
		}
		<-news
		stop()
		stopToo()
		before := looks.views.Load()
		time.Sleep(20 * time.Millisecond)
		if n := looks.views.Load() - before; n > 0 {
			t.Errorf("looked %d times for nobody", n)
		}
	}
}

// counted counts how often it was read.
type counted struct {
	session.Store
	views atomic.Int64
}

func (c *counted) View(ctx context.Context, read func(session.Tx) error) error {
	c.views.Add(1)
	return c.Store.View(ctx, read)
}

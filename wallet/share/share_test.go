package share_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"laurel/internal/fetch"
	"laurel/internal/sharelink"
	"laurel/internal/store/badger"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/internal/vault"
	"laurel/wallet"
	"laurel/wallet/share"
)

const verifierURL = "https://verifier.example"

// line is a verifier that says what the test says, and remembers what it was sent.
type line struct {
	sent []fetch.Exchange
	body []byte
	err  error
}

func (l *line) Send(_ context.Context, e fetch.Exchange) (*fetch.Resource, error) {
	l.sent = append(l.sent, e)
	if l.err != nil {
		return nil, l.err
	}
	return &fetch.Resource{Body: l.body}, nil
}

// scene is a learner with a badge, a verifier, and time.
type scene struct {
	*share.Sharer
	t    *testing.T
	line *line
	now  time.Time
	card wallet.Card
}

func newScene(t *testing.T) *scene {
	t.Helper()
	s := &scene{t: t, line: &line{body: []byte("{}")}, now: testissuer.Now}
	w := s.newWallet()
	me, err := w.NewIdentity(t.Context(), "first")
	if err != nil {
		t.Fatal(err)
	}
	school := testissuer.Selective("school", "/credentialSubject/achievement/name")
	doc := testissuer.Set(school.Badge(&testissuer.Party{ID: me.DID}), "name", strictjson.String("Data & <b>analysis</b>"))
	doc = testissuer.Set(doc, "validUntil", strictjson.String("2031-02-03T00:00:00Z"))
	doc = testissuer.Set(doc, "issuer/otherIdentifier", testissuer.Parse(`[{"type":"IdentifierEntry","identifierType":"ext:LinkedInOrganizationId","identifier":"1337"}]`))
	found, err := w.Examine(t.Context(), school.Sign(t, doc).JSON())
	if err != nil {
		t.Fatal(err)
	}
	if s.card, err = w.Add(t.Context(), found); err != nil {
		t.Fatal(err)
	}
	s.Sharer = &share.Sharer{Wallet: w, Line: s.line}
	return s
}

func (s *scene) newWallet() *wallet.Wallet {
	s.t.Helper()
	store, err := badger.OpenWallet("", badger.Options{InMemory: true})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		if err := store.Close(); err != nil {
			s.t.Error(err)
		}
	})
	v, _, err := vault.New([]byte("correct horse battery"), vault.Options{UnsafeFast: true})
	if err != nil {
		s.t.Fatal(err)
	}
	check := func(context.Context, []byte, wallet.Expectation) (wallet.Checked, error) {
		return wallet.Checked{Verdict: wallet.Accepted, Headline: "Fine."}, nil
	}
	return &wallet.Wallet{Store: store, Vault: v, Check: check, Suite: testissuer.Suites()[0], Suites: testissuer.Suites(), Now: func() time.Time { return s.now }}
}

func (s *scene) plan() share.Plan {
	return share.Plan{Verifier: verifierURL, Credentials: []string{s.card.ID}}
}

func (s *scene) offer() *share.Offer {
	s.t.Helper()
	o, err := s.Prepare(s.t.Context(), s.plan())
	if err != nil {
		s.t.Fatal(err)
	}
	return o
}

func (s *scene) published() *wallet.Shared {
	s.t.Helper()
	record, err := s.Publish(s.t.Context(), s.offer())
	if err != nil {
		s.t.Fatal(err)
	}
	return record
}

// kept is how many shares and receipts the wallet has.
func (s *scene) kept() (shares, receipts int) {
	s.t.Helper()
	all, err := s.Wallet.AllShared(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	shown, err := s.Wallet.Receipts(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return len(all), len(shown)
}

// What is posted opens with the link alone, and is made for it and the verifier.
func TestPublish(t *testing.T) {
	s := newScene(t)
	o := s.offer()
	if len(s.line.sent) != 0 {
		t.Error("something left before anybody agreed")
	}
	record, err := s.Publish(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.line.sent) != 1 || s.line.sent[0].URL != verifierURL+"/shares" || s.line.sent[0].Bearer != "" {
		t.Fatalf("sent %+v", s.line.sent)
	}
	posted := s.line.sent[0].JSON
	for _, secret := range []string{record.Secret, strings.TrimPrefix(record.Link, verifierURL+"/s/"), "VerifiablePresentation", s.card.Subject} {
		if strings.Contains(string(posted), secret) {
			t.Errorf("%q was posted", secret)
		}
	}
	d, err := sharelink.ParseDeposit(posted)
	if err != nil {
		t.Fatal(err)
	}
	if !d.Expires.Equal(s.now.Add(30*24*time.Hour)) || !sharelink.Opens(record.Secret, d.Withdraw[:]) || d.Verifier != verifierURL {
		t.Errorf("posted %+v", d)
	}
	link, err := sharelink.Parse(record.Link)
	if err != nil {
		t.Fatal(err)
	}
	contents, err := link.Open(d.Sealed)
	if err != nil || len(contents) != 1 || string(contents[0]) != string(o.Answer.Presentations[0].Bytes) {
		t.Fatalf("opened %s, %v", contents, err)
	}
	doc := testissuer.Parse(string(contents[0]))
	if p := doc.Get("proof"); p.Get("challenge").Str() != d.ID || p.Get("domain").Str() != verifierURL {
		t.Errorf("the proof is for %s at %s", p.Get("challenge").Str(), p.Get("domain").Str())
	}
	if shares, receipts := s.kept(); shares != 1 || receipts != 1 {
		t.Errorf("%d shares and %d receipts are kept", shares, receipts)
	}
}

func TestPrepareRefuses(t *testing.T) {
	s := newScene(t)
	for name, change := range map[string]func(*share.Plan){
		"no address":     func(p *share.Plan) { p.Verifier = "" },
		"http":           func(p *share.Plan) { p.Verifier = "http://verifier.example" },
		"a path":         func(p *share.Plan) { p.Verifier = verifierURL + "/s" },
		"a question":     func(p *share.Plan) { p.Verifier = verifierURL + "?x=1" },
		"a user":         func(p *share.Plan) { p.Verifier = "https://a:b@verifier.example" },
		"this machine":   func(p *share.Plan) { p.Verifier = "http://127.0.0.1:8080" },
		"91 days":        func(p *share.Plan) { p.Life = 91 * 24 * time.Hour },
		"a time before":  func(p *share.Plan) { p.Life = -time.Hour },
		"a private host": func(p *share.Plan) { p.Verifier = "https://10.0.0.1" },
	} {
		p := s.plan()
		change(&p)
		if o, err := s.Prepare(t.Context(), p); !errors.Is(err, share.ErrPlan) || o != nil {
			t.Errorf("%s: %v, %v", name, o, err)
		}
	}
	p := s.plan()
	p.Credentials = []string{"ffffffff"}
	if _, err := s.Prepare(t.Context(), p); !errors.Is(err, wallet.ErrNotFound) {
		t.Errorf("a badge that is not there: %v", err)
	}
	p = s.plan()
	p.Verifier = "https://Verifier.Example/"
	if o, err := s.Prepare(t.Context(), p); err != nil || o.Verifier() != verifierURL {
		t.Errorf("an address as people write it: %v", err)
	}
}

// A refusal leaves no record; a broken line leaves one, since the share may be there.
func TestPublishFails(t *testing.T) {
	s := newScene(t)
	s.line.err = &fetch.StatusError{Code: http.StatusUnprocessableEntity, Body: []byte(`{"detail":"No\u001b[31m room."}`)}
	record, err := s.Publish(t.Context(), s.offer())
	if !errors.Is(err, share.ErrNotTaken) || !strings.Contains(err.Error(), "room.") || strings.Contains(err.Error(), "\x1b") || record != nil {
		t.Errorf("refused: %v, %v", record, err)
	}
	if shares, receipts := s.kept(); shares != 0 || receipts != 0 {
		t.Errorf("%d shares and %d receipts after a refusal", shares, receipts)
	}
	for i, broken := range []error{fmt.Errorf("%w: it broke", fetch.ErrUnreachable), &fetch.StatusError{Code: http.StatusGatewayTimeout}} {
		s.line.err = broken
		record, err = s.Publish(t.Context(), s.offer())
		if !errors.Is(err, share.ErrNotTaken) || record == nil {
			t.Errorf("%v: %v, %v", broken, record, err)
		}
		if shares, receipts := s.kept(); shares != i+1 || receipts != i+1 {
			t.Errorf("%d shares and %d receipts after %v", shares, receipts, broken)
		}
	}
}

func TestLookAndWithdraw(t *testing.T) {
	s := newScene(t)
	record := s.published()
	want := sharelink.State{State: sharelink.Open, Views: 2, Expires: record.Expires}
	s.line.body = want.JSON()
	state, err := s.Look(t.Context(), record)
	if err != nil || state.Views != 2 {
		t.Fatalf("%+v, %v", state, err)
	}
	e := s.line.sent[1]
	if e.URL != verifierURL+"/shares/"+record.ID || e.Bearer != record.Secret || e.Delete || e.JSON != nil {
		t.Errorf("asked %+v", e)
	}
	if _, err := s.Withdraw(t.Context(), record); err != nil {
		t.Fatal(err)
	}
	if !s.line.sent[2].Delete || s.line.sent[2].Bearer != record.Secret {
		t.Errorf("withdrew %+v", s.line.sent[2])
	}
	again, err := s.Wallet.FindShared(t.Context(), record.ID[:6])
	if err != nil || !again.Withdrawn.Equal(s.now.Truncate(time.Second)) {
		t.Errorf("%+v, %v", again, err)
	}
}

// What lay around for too long is not shared: a verifier would call it stale.
func TestLookedOverForTooLong(t *testing.T) {
	s := newScene(t)
	o := s.offer()
	s.now = s.now.Add(46 * time.Minute)
	if record, err := s.Publish(t.Context(), o); !errors.Is(err, share.ErrPlan) || record != nil || len(s.line.sent) != 0 {
		t.Errorf("%v, %v, %d sent", record, err, len(s.line.sent))
	}
}

// A verifier without shares says so in no words of its own.
func TestNoShares(t *testing.T) {
	s := newScene(t)
	s.line.err = &fetch.StatusError{Code: http.StatusNotFound, Body: []byte(`{"detail":"There is nothing at this address."}`)}
	if record, err := s.Publish(t.Context(), s.offer()); !errors.Is(err, share.ErrNotTaken) || !strings.Contains(err.Error(), "it takes none") || record != nil {
		t.Errorf("%v, %v", record, err)
	}
}

// Of what is over nobody is asked; of the others each for itself.
func TestStandings(t *testing.T) {
	s := newScene(t)
	short := s.plan()
	short.Life = time.Hour
	o, err := s.Prepare(t.Context(), short)
	if err != nil {
		t.Fatal(err)
	}
	ended, err := s.Publish(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	open, taken := s.published(), s.published()
	taken.Withdrawn = s.now
	s.now = s.now.Add(2 * time.Hour)
	sent := len(s.line.sent)
	s.line.body = sharelink.State{State: sharelink.Open, Views: 4, Viewed: s.now, Expires: open.Expires}.JSON()
	got := s.Standings(t.Context(), []wallet.Shared{*ended, *open, *taken})
	if got[0].State.State != sharelink.Expired || got[2].State.State != sharelink.Withdrawn || len(s.line.sent) != sent+1 {
		t.Errorf("%+v, asked %d times", got, len(s.line.sent)-sent)
	}
	if got[1].Views != 4 || !got[1].Viewed.Equal(s.now.Truncate(time.Second)) || got[1].Err != nil {
		t.Errorf("open: %+v", got[1])
	}
	s.line.err = fmt.Errorf("%w: nobody there", fetch.ErrUnreachable)
	if got := s.Standings(t.Context(), []wallet.Shared{*open}); got[0].State.State != "" || !errors.Is(got[0].Err, share.ErrNotTaken) || !got[0].Expires.Equal(open.Expires) {
		t.Errorf("out of reach: %+v", got)
	}
}

// The verifier of the last share comes first, and each once.
func TestVerifiers(t *testing.T) {
	s := newScene(t)
	if got, err := s.Verifiers(t.Context()); err != nil || got != nil {
		t.Errorf("of nothing: %v, %v", got, err)
	}
	for _, address := range []string{verifierURL, "https://other.example", verifierURL} {
		p := s.plan()
		p.Verifier = address
		o, err := s.Prepare(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Publish(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		s.now = s.now.Add(time.Minute)
	}
	if got, err := s.Verifiers(t.Context()); err != nil || !slices.Equal(got, []string{verifierURL, "https://other.example"}) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestGone(t *testing.T) {
	s := newScene(t)
	record := s.published()
	s.line.err = &fetch.StatusError{Code: http.StatusNotFound, Body: []byte(`{"code":"SHARE_UNKNOWN"}`)}
	if _, err := s.Look(t.Context(), record); !errors.Is(err, share.ErrGone) {
		t.Errorf("%v", err)
	}
	if state, err := s.Withdraw(t.Context(), record); err != nil || state.State != sharelink.Withdrawn {
		t.Errorf("%+v, %v", state, err)
	}
	s.line.err = nil
	other := s.published()
	s.line.err = &fetch.StatusError{Code: http.StatusNotFound, Body: []byte("no such page")}
	if _, err := s.Withdraw(t.Context(), other); !errors.Is(err, share.ErrNotTaken) || !other.Withdrawn.IsZero() {
		t.Errorf("a server that is no verifier: %v", err)
	}
	s.line.err, s.line.body = nil, []byte("<html>")
	if _, err := s.Look(t.Context(), other); !errors.Is(err, share.ErrNotTaken) {
		t.Errorf("an answer that cannot be read: %v", err)
	}
}

func TestBackup(t *testing.T) {
	s := newScene(t)
	record := s.published()
	var file strings.Builder
	if err := s.Wallet.Backup(t.Context(), &file, []byte("another passphrase"), wallet.BackupOptions{UnsafeFast: true}); err != nil {
		t.Fatal(err)
	}
	w := s.newWallet()
	if err := w.Restore(t.Context(), strings.NewReader(file.String()), []byte("another passphrase")); err != nil {
		t.Fatal(err)
	}
	got, err := w.FindShared(t.Context(), record.ID)
	if err != nil || got.JSON().GoString() != record.JSON().GoString() {
		t.Errorf("got %v, %v, want %v", got, err, record)
	}
	if err := w.DropShared(t.Context(), record.ID); err != nil {
		t.Error(err)
	}
	if _, err := w.FindShared(t.Context(), record.ID); !errors.Is(err, wallet.ErrNotShared) {
		t.Errorf("%v", err)
	}
}

func TestPaste(t *testing.T) {
	s := newScene(t)
	p := s.plan()
	p.Show = []wallet.Choice{{}} // everything
	o, err := s.Prepare(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	record, err := s.Publish(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	a := record.Awards[0]
	if a.Name != "Data & <b>analysis</b>" {
		t.Errorf("the name is %q", a.Name)
	}
	u, err := url.Parse(share.LinkedIn(record.Link, a))
	if err != nil || u.Host != "www.linkedin.com" || u.Path != "/profile/add" {
		t.Fatalf("%v, %v", u, err)
	}
	for name, want := range map[string]string{
		"startTask": "CERTIFICATION_NAME", "name": a.Name, "organizationId": "1337", "organizationName": "",
		"expirationYear": "2031", "expirationMonth": "2", "certUrl": record.Link, "certId": a.ID,
	} {
		if got := u.Query().Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	html, text := share.Signature(record.Link, wallet.Award{Name: `<script>"`, Organization: "A&B"})
	if strings.Contains(html, "<script") || !strings.Contains(html, "A&amp;B") || !strings.Contains(html, `href="`+record.Link+`"`) {
		t.Errorf("html %s", html)
	}
	if text != `<script>", A&B: `+record.Link {
		t.Errorf("text %s", text)
	}
	if plain := share.LinkedIn(record.Link, wallet.Award{Name: "X", Organization: "School"}); !strings.Contains(plain, "organizationName=School") || strings.Contains(plain, "Year") || strings.Contains(plain, "certId") {
		t.Errorf("without dates: %s", plain)
	}
}

// What was not shown is not named elsewhere either.
func TestAwardsHideWhatWasHidden(t *testing.T) {
	s := newScene(t)
	if a := s.published().Awards[0]; a.Name != "Data Analysis" || a.OrganizationID != "1337" {
		t.Errorf("the record names %+v, want the name that was shown", a)
	}
}

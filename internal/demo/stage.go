package demo

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"laurel/did"
	"laurel/internal/fetch"
	"laurel/internal/jsonld"
	"laurel/internal/serve"
	"laurel/internal/store/badger"
	"laurel/internal/vault"
	"laurel/issuer"
	issuerweb "laurel/issuer/web"
	"laurel/status"
	"laurel/verifier"
	"laurel/verifier/doctor"
	"laurel/verifier/request"
	"laurel/verifier/session"
	"laurel/verifier/share"
	verifierweb "laurel/verifier/web"
	"laurel/wallet"
	"laurel/wallet/answer"
	walletweb "laurel/wallet/web"
)

const (
	schoolName   = "School of Examples"
	employerName = "Employer of Examples"
	// listTTL is how long verifiers keep a list: the shortest that an issuer
	// may ask for, since the story waits for it.
	listTTL = time.Second
	// maxReport bounds what is read of a report: far more than any has.
	maxReport = 8 << 20
)

// stage is everything that the demo needs, running: an issuer and a verifier,
// each behind its server, and a wallet.
type stage struct {
	*Demo
	dir         string
	school      *issuer.Issuer
	schoolURL   string
	schoolDID   string
	stopSchool  func() error
	verifier    *verifier.Verifier
	employerURL string
	stopVerify  func() error
	desk        *request.Desk
	shares      *share.Book
	shared      string // the link that is left up
	recorder    *fetch.Recorder
	wallet      *wallet.Wallet
	walletURL   string
	learner     wallet.Identity
	stranger    *wallet.Wallet
	samples     []verifierweb.Sample
	closers     []func() error
}

// newStage starts the actors. What it has started before an error is closed.
func newStage(ctx context.Context, d *Demo, dir string) (_ *stage, err error) {
	s := &stage{Demo: d, dir: dir, stopSchool: func() error { return nil }, stopVerify: func() error { return nil }}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if err := s.openSchool(ctx); err != nil {
		return nil, err
	}
	if err := s.openVerifier(ctx); err != nil {
		return nil, err
	}
	if s.wallet, err = s.openWallet("ada"); err != nil {
		return nil, err
	}
	if s.learner, err = s.wallet.NewIdentity(ctx, "studies"); err != nil {
		return nil, err
	}
	if s.stranger, err = s.openWallet("mallory"); err != nil {
		return nil, err
	}
	if _, err = s.stranger.NewIdentity(ctx, "mine"); err != nil {
		return nil, err
	}
	return s, s.serveVerifier(ctx, "127.0.0.1:0")
}

// openSchool makes the issuer that the story is about, served from the address
// that its did:web names.
func (s *stage) openSchool(ctx context.Context) error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.schoolURL = "http://localhost:" + strings.TrimPrefix(ln.Addr().String(), "127.0.0.1:")
	sealing, err := s.openVault("school")
	if err != nil {
		return errors.Join(err, ln.Close())
	}
	books, err := badger.OpenIssuer(filepath.Join(s.dir, "school", "store"), sealing, badger.Options{})
	if err != nil {
		return errors.Join(err, ln.Close())
	}
	s.closers = append(s.closers, books.Close)
	profile := issuer.Profile{Name: schoolName, URL: s.schoolURL, ListTTL: listTTL}
	s.school, err = issuer.Create(ctx, issuer.Options{
		Store: books, Suite: s.Suites[0], Contexts: jsonld.Embedded(), UnsafeLoopback: true,
	}, profile, issuer.Web)
	if err != nil {
		return errors.Join(err, ln.Close())
	}
	handler, err := issuerweb.New(issuerweb.Config{Issuer: s.school})
	if err != nil {
		return errors.Join(err, ln.Close())
	}
	s.stopSchool = background(ctx, ln, handler)
	return nil
}

// openVerifier sets up the employer's verifier: the school is on its list.
func (s *stage) openVerifier(ctx context.Context) error {
	school, err := s.school.Profile(ctx)
	if err != nil {
		return err
	}
	s.schoolDID = school.DID
	s.recorder = &fetch.Recorder{Next: s.line()}
	s.verifier = s.newVerifier(s.recorder)
	return nil
}

func (s *stage) newVerifier(from did.Fetcher) *verifier.Verifier {
	keys := did.Methods{"key": did.Key{}, "web": did.Web{Fetch: from, UnsafeLoopback: true}}
	return &verifier.Verifier{
		Keys:   keys,
		Suites: s.Suites,
		Status: &status.Source{Fetch: from, Keys: keys, Suites: s.Suites},
		Trust:  &verifier.TrustList{Issuers: []verifier.TrustedIssuer{{ID: s.schoolDID, Name: schoolName}}},
		Policy: verifier.Policy{Leeway: time.Minute},
	}
}

// openVault makes a vault in a folder of its own, with a passphrase that nobody
// needs to know.
func (s *stage) openVault(name string) (*vault.Vault, error) {
	return vault.Create(filepath.Join(s.dir, name, "vault"), []byte(rand.Text()), vault.Options{})
}

// openWallet makes an empty wallet.
func (s *stage) openWallet(name string) (*wallet.Wallet, error) {
	v, err := s.openVault(name)
	if err != nil {
		return nil, err
	}
	store, err := badger.OpenWallet(filepath.Join(s.dir, name, "store"), badger.Options{})
	if err != nil {
		return nil, err
	}
	s.closers = append(s.closers, store.Close)
	return &wallet.Wallet{Store: store, Vault: v, Check: s.Check(s.verifier), Suite: s.Suites[0], Suites: s.Suites}, nil
}

// openCounter lets the employer ask, under the address of its server.
func (s *stage) openCounter(ctx context.Context) error {
	sealing, err := s.openVault("employer")
	if err != nil {
		return err
	}
	store, err := badger.OpenVerifier(filepath.Join(s.dir, "employer", "store"), sealing, badger.Options{})
	if err != nil {
		return err
	}
	s.closers = append(s.closers, store.Close)
	book, err := session.Open(ctx, session.Options{Store: store, Now: s.Now})
	if err != nil {
		return err
	}
	identity, err := request.NewIdentity(employerName, s.employerURL, true)
	if err != nil {
		return err
	}
	if s.shares, err = share.Open(ctx, share.Options{Store: store, Now: s.Now}); err != nil {
		return err
	}
	s.desk = &request.Desk{Book: book, Verifier: s.verifier, Identity: identity, URL: s.employerURL}
	return nil
}

// serveVerifier starts the employer's endpoint, with the samples so far, and beside
// its questions the wallet, once that has pages.
func (s *stage) serveVerifier(ctx context.Context, address string) error {
	ln, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	s.employerURL = "http://" + ln.Addr().String()
	if s.desk == nil {
		if err := s.openCounter(ctx); err != nil {
			return errors.Join(err, ln.Close())
		}
	}
	config := verifierweb.Config{
		Verify: s.desk.Verify, Inspect: doctor.Practice{Verifier: s.verifier}.Inspect, Samples: s.samples,
		Desk: s.desk, AskOpen: true, Shares: s.shares, Shared: s.shared, Stop: ctx.Done(),
	}
	if s.walletURL != "" {
		config.Nearby = s.walletURL + "/answer"
	}
	handler, err := verifierweb.New(config)
	if err != nil {
		return errors.Join(err, ln.Close())
	}
	s.stopVerify = background(ctx, ln, handler)
	return nil
}

// background serves until the returned function is called.
func background(ctx context.Context, ln net.Listener, h http.Handler) (stop func() error) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- serve.Run(ctx, ln, h, serve.Options{Drain: time.Second}) }()
	return func() error {
		cancel()
		err := <-done
		done <- err // stopping twice is harmless
		return err
	}
}

func (s *stage) close() error {
	errs := []error{s.stopVerify(), s.stopSchool()}
	for _, c := range s.closers {
		errs = append(errs, c())
	}
	return errors.Join(errs...)
}

// ask posts a document to the employer's endpoint, as any program would.
func (s *stage) ask(ctx context.Context, document []byte, challenge, domain string) (*verifier.Report, error) {
	query := url.Values{"challenge": {challenge}, "domain": {domain}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.employerURL+"/verify?"+query.Encode(), bytes.NewReader(document))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxReport))
	if err := errors.Join(err, res.Body.Close()); err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the employer's endpoint answered %s", res.Status)
	}
	report := &verifier.Report{}
	return report, json.Unmarshal(body, report)
}

// sampleOrder is how the employer's page lists what there is to try.
var sampleOrder = []string{"valid", "revoked", "forged", "expired", "impostor"}

// stayUp serves the pages until the person has seen enough.
func (s *stage) stayUp(ctx context.Context) error {
	slices.SortFunc(s.samples, func(a, b verifierweb.Sample) int {
		return cmp.Compare(slices.Index(sampleOrder, a.Name), slices.Index(sampleOrder, b.Name))
	})
	link, err := s.serveWallet(ctx)
	if err != nil {
		return err
	}
	address := strings.TrimPrefix(s.employerURL, "http://")
	if err := s.stopVerify(); err != nil {
		return err
	}
	s.recorder.Next = s.line() // which remembers nothing of the school being switched off
	if err := s.serveVerifier(ctx, address); err != nil {
		return err
	}
	if err := s.recheck(ctx); err != nil {
		return err
	}
	question, err := s.askAnybody(ctx)
	if err != nil {
		return err
	}
	s.sayf("\nStill up, until you press Ctrl-C:\n")
	s.sayf("  the employer's page, with badges to try   %s\n", s.employerURL)
	s.sayf("  the school's page and status lists        %s\n", s.schoolURL)
	s.sayf("  Ada's wallet, by a link that works once   %s\n", link)
	s.sayf("  what she shares by a link, for anybody    %s\n", s.shared)
	s.sayf("  a question by QR code, for her to answer  %s\n", question)
	<-ctx.Done()
	return nil
}

// recheck lets the wallet learn what became of its badges in the story.
func (s *stage) recheck(ctx context.Context) error {
	cards, err := s.wallet.List(ctx, wallet.Query{})
	for _, c := range cards {
		_, _, failed := s.wallet.Recheck(ctx, c.ID)
		err = errors.Join(err, failed)
	}
	return err
}

// serveWallet starts the pages of the learner's wallet and returns the link
// that opens them. When a link has been used, the next one is printed.
func (s *stage) serveWallet(ctx context.Context) (link string, err error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	var server *walletweb.Server
	server, err = walletweb.New(walletweb.Config{
		Wallet:  s.wallet,
		Answers: s.answers(),
		Address: ln.Addr().String(),
		Opened:  func() { s.sayf("  the wallet is open; for another browser   %s\n", server.Link()) },
	})
	if err != nil {
		return "", errors.Join(err, ln.Close())
	}
	s.closers = append([]func() error{background(ctx, ln, server)}, s.closers...)
	s.walletURL = "http://" + ln.Addr().String()
	return server.Link(), nil
}

// line makes connections, on this machine too.
func (s *stage) line() *fetch.Client { return fetch.New(fetch.Options{UnsafeLoopback: true}) }

// answers lets the learner answer what verifiers on this machine ask for.
func (s *stage) answers() *answer.Responder {
	line := s.line()
	return &answer.Responder{
		Wallet: s.wallet, Line: line, Contexts: jsonld.Embedded(), UnsafeLoopback: true,
		Keys: did.Methods{"key": did.Key{}, "web": did.Web{Fetch: line, UnsafeLoopback: true}},
	}
}

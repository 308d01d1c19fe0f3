// Package share lets a learner share badges by a link to a verifier of their choice,
// which whoever has the link can open, until the learner takes it back.
//
// # Sharing
//
// Prepare makes the presentations for one link and one verifier, and checks them as
// that verifier will; nothing has left the wallet yet. After the learner agreed,
// Publish leaves them with the verifier, sealed so that only the link opens them,
// and keeps a record:
//
//	s := &share.Sharer{Wallet: w, Line: client}
//	offer, err := s.Prepare(ctx, share.Plan{Verifier: "https://verifier.example", Life: 30 * 24 * time.Hour, Credentials: []string{"3fa9c2d1"}})
//	for _, p := range offer.Answer.Presentations {
//		fmt.Println(p.Checked.Text) // this is what they will see
//	}
//	shared, err := s.Publish(ctx, offer)
//	fmt.Println(shared.Link)
//	…
//	state, err := s.Look(ctx, shared) // how often somebody looked
//	state, err = s.Withdraw(ctx, shared)
//
// # What a link proves
//
// It shows what the learner chose to show, checked at the moment when somebody
// looks. It does not show that the one who gives the link is the learner: a link can
// be passed on. The verifier's page says so.
//
// LinkedIn and Signature make of a record what people paste elsewhere.
package share

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"laurel/credential"
	"laurel/internal/fetch"
	"laurel/internal/sharelink"
	"laurel/wallet"
)

// Life is how long a share is open where a Plan does not say.
const Life = 30 * 24 * time.Hour

// maxLook is how long an offer may be looked over. Verifiers take no presentation that
// was made more than an hour before it reached them.
const maxLook = 45 * time.Minute

var (
	// ErrPlan says that a share was planned for no verifier's address, or for too
	// long.
	ErrPlan = errors.New("that cannot be shared so")
	// ErrNotTaken says that the verifier did not do it, or that it is not known
	// whether it did.
	ErrNotTaken = errors.New("the verifier has not done it")
	// ErrGone says that the verifier knows of no such share.
	ErrGone = errors.New("the verifier has forgotten this share")
)

// Sender makes the connections; *fetch.Client is one.
type Sender interface {
	Send(ctx context.Context, e fetch.Exchange) (*fetch.Resource, error)
}

// Sharer shares for one wallet. Wallet and Line are required.
type Sharer struct {
	Wallet *wallet.Wallet
	Line   Sender // makes the connections
	// UnsafeLoopback also shares with verifiers on this machine, over http.
	UnsafeLoopback bool
}

func (s *Sharer) now() time.Time {
	if s.Wallet.Now == nil {
		return time.Now().UTC()
	}
	return s.Wallet.Now().UTC()
}

// Plan is what the learner wants to share.
type Plan struct {
	Verifier    string          // its address, https and a host
	Life        time.Duration   // how long; 0 means 30 days, at most 90
	Credentials []string        // as of wallet.Request
	Show        []wallet.Choice // as of wallet.Request
	Audience    string          // the learner's own word for whom it is for
	Holder      string          // as of wallet.Request
}

// Offer is what would be shared: nothing has left the wallet yet.
type Offer struct {
	Answer  *wallet.Answer // the presentations, made for the link
	Expires time.Time
	made    time.Time
	link    sharelink.Link
}

// Verifier is the address of the verifier, as the presentations name it.
func (o *Offer) Verifier() string { return o.link.Verifier() }

// Prepare makes what would be shared, and checks it as the verifier will. It wraps
// ErrPlan, or what wallet.Prepare wraps.
func (s *Sharer) Prepare(ctx context.Context, p Plan) (*Offer, error) {
	address, err := s.address(p.Verifier)
	if err != nil {
		return nil, err
	}
	if p.Life == 0 {
		p.Life = Life
	}
	if p.Life < time.Minute || p.Life > sharelink.MaxLife {
		return nil, fmt.Errorf("%w: a share is open for a minute to 90 days", ErrPlan)
	}
	now := s.now()
	o := &Offer{Expires: now.Add(p.Life).Truncate(time.Second), made: now, link: sharelink.New(address)}
	o.Answer, err = s.Wallet.Prepare(ctx, wallet.Request{
		Credentials: p.Credentials, Show: p.Show, Holder: p.Holder,
		Audience: p.Audience, Challenge: o.link.ID(), Domain: address, Shared: true,
	})
	if err != nil {
		return nil, err
	}
	return o, nil
}

// address is the verifier's address in the form that verifiers write it.
func (s *Sharer) address(given string) (string, error) {
	given = strings.TrimRight(given, "/")
	u, err := fetch.ParseURL(given, s.UnsafeLoopback)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrPlan, err)
	}
	if u.Path != "" || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("%w: a verifier's address is https and a host, with nothing behind it", ErrPlan)
	}
	return (&url.URL{Scheme: u.Scheme, Host: strings.ToLower(u.Host)}).String(), nil
}

// Publish leaves an offer with the verifier. The record and the receipts are kept
// before, since a share may arrive although the connection broke; they are forgotten
// if the verifier says that it did not take it. It wraps ErrNotTaken, with what
// package fetch says; if the record was kept then, it is returned too. An offer of
// which it is not known whether it arrived is not published again. It wraps ErrPlan for one that was looked over for too long.
func (s *Sharer) Publish(ctx context.Context, o *Offer) (*wallet.Shared, error) {
	if s.now().Sub(o.made) > maxLook {
		return nil, fmt.Errorf("%w: it was made too long ago; look it over anew", ErrPlan)
	}
	record := &wallet.Shared{
		ID: o.link.ID(), Verifier: o.link.Verifier(), Link: o.link.String(), Secret: sharelink.NewSecret(),
		Created: s.now().Truncate(time.Second), Expires: o.Expires,
	}
	var contents [][]byte
	for i := range o.Answer.Presentations {
		p := &o.Answer.Presentations[i]
		sum := sha256.Sum256(p.Bytes)
		contents = append(contents, p.Bytes)
		record.SHA256 = append(record.SHA256, hex.EncodeToString(sum[:]))
		record.Credentials = append(record.Credentials, p.Summary()...)
		for j := range p.Shown {
			record.Awards = append(record.Awards, awardOf(&p.Shown[j]))
		}
	}
	sealed, err := o.link.Seal(contents)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPlan, err)
	}
	deposit := sharelink.Deposit{
		ID: record.ID, Verifier: record.Verifier, Sealed: sealed, Withdraw: sharelink.Digest(record.Secret), Expires: record.Expires,
	}
	if err := s.Wallet.PutShared(ctx, record); err != nil {
		return nil, err
	}
	_, err = s.Line.Send(ctx, fetch.Exchange{URL: record.Verifier + "/shares", Accept: "application/json", JSON: deposit.JSON()})
	if err != nil && !mayHaveArrived(err) {
		return nil, errors.Join(notTaken(err), s.Wallet.DropShared(ctx, record.ID))
	}
	if _, failed := s.Wallet.Record(ctx, o.Answer); failed != nil || err != nil {
		return record, errors.Join(notTaken(err), failed)
	}
	return record, nil
}

// mayHaveArrived reports whether a share may be with the verifier although leaving it
// there failed: the connection broke, or something before the verifier lost patience
// (a proxy answers 502 or 504 for it) or is broken.
func mayHaveArrived(err error) bool {
	var status *fetch.StatusError
	return errors.Is(err, fetch.ErrUnreachable) || errors.As(err, &status) && status.Code >= 500
}

// notTaken says what the verifier said to what it refused; nil for nil.
func notTaken(err error) error {
	var status *fetch.StatusError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &status) && status.Code == 404:
		return fmt.Errorf("%w: there are no shares at this address, so it takes none", ErrNotTaken)
	case errors.As(err, &status):
		return fmt.Errorf("%w: %s", ErrNotTaken, said(status))
	default:
		return fmt.Errorf("%w: %w", ErrNotTaken, err)
	}
}

// Look asks the verifier how a share stands. It wraps ErrGone or ErrNotTaken.
func (s *Sharer) Look(ctx context.Context, r *wallet.Shared) (*sharelink.State, error) {
	return s.ask(ctx, r, false)
}

// Withdraw takes a share back for good: its link opens nothing any more. One that
// the verifier has forgotten counts as withdrawn. It wraps ErrNotTaken.
func (s *Sharer) Withdraw(ctx context.Context, r *wallet.Shared) (*sharelink.State, error) {
	state, err := s.ask(ctx, r, true)
	if errors.Is(err, ErrGone) {
		state, err = &sharelink.State{State: sharelink.Withdrawn, Expires: r.Expires}, nil
	}
	if err != nil {
		return nil, err
	}
	if r.Withdrawn.IsZero() {
		r.Withdrawn = s.now().Truncate(time.Second)
	}
	return state, s.Wallet.PutShared(ctx, r)
}

func (s *Sharer) ask(ctx context.Context, r *wallet.Shared, remove bool) (*sharelink.State, error) {
	res, err := s.Line.Send(ctx, fetch.Exchange{
		URL: r.Verifier + "/shares/" + r.ID, Accept: "application/json", Bearer: r.Secret, Delete: remove,
	})
	var status *fetch.StatusError
	if errors.As(err, &status) && status.Code == 404 && strings.Contains(string(status.Body), "SHARE_UNKNOWN") {
		return nil, ErrGone
	}
	if err != nil {
		return nil, notTaken(err)
	}
	state, err := sharelink.ParseState(res.Body)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotTaken, err)
	}
	return state, nil
}

// awardOf is what a disclosure shows of a badge, as other sites name it.
func awardOf(d *wallet.Disclosure) wallet.Award {
	b := credential.ReadBadge(d.Document)
	a := wallet.Award{Name: b.Title(), Organization: b.Issuer.Name, ID: b.ID, Issued: b.Awarded, Expires: b.ValidUntil}
	if a.Name == "" {
		a.Name = "Badge"
	}
	if a.Issued.IsZero() {
		a.Issued = b.ValidFrom
	}
	for _, id := range b.Issuer.Identifiers {
		if strings.Contains(strings.ToLower(id.Type), "linkedin") && isNumber(id.Value) {
			a.OrganizationID = id.Value
		}
	}
	return a
}

// isNumber reports whether a text is a number as LinkedIn gives organisations.
func isNumber(text string) bool {
	return text != "" && len(text) <= 20 && strings.Trim(text, "0123456789") == ""
}

// Package answer lets a learner's wallet answer what verifiers ask for by
// OpenID4VP 1.0: a link or a QR code comes in, a person sees who asks and exactly
// what would be sent, and agrees, or not.
//
// It is a package of its own because it is the one place where a wallet talks to
// strangers over the network. Package wallet keeps and presents and connects to
// nobody; package openid4vc reads and writes what travels; here the two meet.
//
// # The four steps
//
//	r := answer.Responder{Wallet: w, Keys: resolver, Line: client, Contexts: jsonld.Embedded()}
//
//	asked, err := r.Open(ctx, "openid4vp://?client_id=…&request_uri=…")
//	if err != nil {
//		return err // refused by name: openid4vc.Code(err) is REQUEST_SIGNATURE_INVALID, …
//	}
//	fmt.Println(asked.Who.Headline()) // who asks, as far as it is proven
//	reply, err := r.Prepare(ctx, asked, asked.Preferred())
//	for _, p := range reply.Parts {
//		fmt.Println(p.Shown[0].Summary()) // 6 of 31 fields, the rest stays home
//	}
//	// … the person agrees …
//	sent, err := r.Send(ctx, reply)
//
// Open fetches the request, if the link only says where it is, and checks it.
// Prepare makes the presentations; they are in memory and nowhere else. Send keeps
// the receipts, and then posts the answer to the address in the request, which is
// the only thing that ever leaves. Decline tells the verifier that there will be no
// answer; saying nothing is as good.
//
// # Who asks
//
// A request that is signed proves who signed it: the owner of a web domain
// (did:web, or a certificate under roots that are trusted), or only the holder of
// some key. A request with the prefix redirect_uri is signed by nobody, and all that
// is certain is the address that the answer goes to. Everything else, the name, the
// purpose, for how long the answer is kept, is what the verifier says of itself. Who
// keeps the two apart.
//
// # What is sent
//
// Of a credential that can be shown in part: the claims that the query names, and
// those that its issuer always shows. Nothing else can be chosen, by anybody. Of one
// that was signed as a whole: all of it, with a warning. What is made is held
// against the query once more before it can be sent, as the verifier will.
package answer

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"laurel/did"
	"laurel/internal/fetch"
	"laurel/internal/jsonld"
	"laurel/openid4vc"
	"laurel/wallet"
)

// leeway is what a verifier's clock may differ from ours by.
const leeway = time.Minute

// requestType is the media type of request objects (RFC 9101, section 10.2).
const requestType = "application/" + openid4vc.RequestType

var (
	// ErrSent says that an answer was sent already.
	ErrSent = errors.New("this answer was sent already")
	// ErrChosen says that something was chosen that does not answer the request.
	ErrChosen = errors.New("that does not answer what is asked for")
	// ErrNotTaken says that the verifier did not take an answer, or that it is not
	// known whether it did.
	ErrNotTaken = errors.New("the verifier has not taken the answer")
)

// Sender makes the connections; *fetch.Client is one.
type Sender interface {
	Send(ctx context.Context, e fetch.Exchange) (*fetch.Resource, error)
}

// Responder answers for one wallet. Wallet, Keys and Line are required.
type Responder struct {
	Wallet   *wallet.Wallet
	Keys     did.Resolver     // finds the keys of those who sign requests
	Line     Sender           // makes the connections
	Contexts *jsonld.Contexts // expand the types of credentials; nil expands none
	// Roots vouch for those who sign with a certificate. Nil refuses them.
	Roots *x509.CertPool
	// UnsafeLoopback also answers to verifiers on this machine, over http.
	UnsafeLoopback bool
}

func (r *Responder) now() time.Time {
	if r.Wallet.Now == nil {
		return time.Now().UTC()
	}
	return r.Wallet.Now().UTC()
}

// Open reads a link, gets the request that it leads to, checks that, and looks for
// what answers it. Errors about the request wrap a sentinel of package openid4vc,
// whose Code names it; those about the way there wrap one of package fetch or did.
//
// That the wallet cannot answer is no error: Inquiry.Missing says so.
func (r *Responder) Open(ctx context.Context, link string) (*Inquiry, error) {
	opt := openid4vc.Options{
		Keys: r.Keys, Roots: r.Roots, Now: r.now(), Leeway: leeway, UnsafeLoopback: r.UnsafeLoopback,
	}
	link, err := r.follow(ctx, strings.TrimSpace(link))
	if err != nil {
		return nil, err
	}
	req, err := openid4vc.ParseURI(link, opt)
	if err != nil {
		return nil, err
	}
	opt.ClientID = req.ClientID
	switch {
	case req.Object != "":
		req, err = openid4vc.OpenRequestObject(ctx, []byte(req.Object), opt)
	case req.ByReference():
		req, err = r.get(ctx, req, opt)
	}
	if err != nil {
		return nil, err
	}
	asked := &Inquiry{Request: req, Who: whoAsks(req), Opened: r.now()}
	return asked, r.match(ctx, asked)
}

// get gets a request object from where the link says that it is (section 5.10).
// With the method post the wallet gives a nonce, which the object must repeat: so
// it was made for this wallet, and now.
func (r *Responder) get(ctx context.Context, req *openid4vc.Request, opt openid4vc.Options) (*openid4vc.Request, error) {
	opt.RequestURI = req.RequestURI
	e := fetch.Exchange{URL: req.RequestURI, Accept: requestType}
	if req.RequestMethod == "post" {
		opt.WalletNonce = rand.Text()
		e.Form = openid4vc.Fetch{Nonce: opt.WalletNonce}.Form()
	}
	res, err := r.Line.Send(ctx, e)
	if errors.Is(err, fetch.ErrTooLarge) {
		return nil, fmt.Errorf("%w: %w", openid4vc.ErrLimit, err)
	}
	if err != nil {
		return nil, fmt.Errorf("the request could not be fetched: %w", err)
	}
	return openid4vc.OpenRequestObject(ctx, res.Body, opt)
}

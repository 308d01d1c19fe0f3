// Package fetch makes Laurel's only outgoing connections.
//
// # Why one package
//
// A verifier fetches what strangers name: the DID document behind a signature,
// the status list behind a credential. Whoever writes the credential thereby
// chooses an address, and the verifier often stands where addresses matter:
// beside a cloud's metadata service, inside a company network. So everything
// goes through one Client, which
//
//   - speaks https only, to public addresses only. The check is made on the
//     address that is dialled, not on the name, so that a name that resolves to
//     another address the second time (DNS rebinding) gains nothing;
//   - follows at most one redirect, and only inside the same origin;
//   - spends at most 5 seconds and reads at most 1 MiB (or what the Request
//     allows), after decompression as well as before;
//   - sends no cookies, no credentials and no environment proxy;
//   - asks once when a thousand callers want the same document at the same
//     time, and remembers answers and failures for a bounded time.
//
// # Getting
//
//	client := fetch.New(fetch.Options{})
//	defer client.Close()
//	res, err := client.Get(ctx, fetch.Request{
//		URL:  "https://school.example/status/1",
//		Kind: fetch.StatusList,
//	})
//	if err != nil {
//		return err // ErrRefused, ErrUnreachable, ErrStatus, ErrTooLarge, ErrOffline
//	}
//	fmt.Printf("%s, fetched %s, sha256 %s, from the %s\n", res.URL, res.Fetched, res.SHA256, res.Source)
//
// # Exchanging
//
// Get looks a document up, and so may answer from memory. What belongs to a
// conversation is sent anew each time, under the same rules and without any
// redirect: the request behind a QR code, and the form that answers it.
//
//	_, err := client.Send(ctx, fetch.Exchange{
//		URL:  "https://jobs.example/answers/8f1d",
//		Form: []byte(url.Values{"vp_token": {answer}, "state": {state}}.Encode()),
//	})
//
// # Bundles
//
// A bundle is a folder or zip of documents that were fetched earlier: a
// transport for places without a network. What an operator's bundle has comes
// from there; then the network is asked; what it cannot give may come from a
// bundle that the credential's holder brought, if it is a signed list. With
// Offline nothing else is reachable. See OpenBundle and WriteBundle.
package fetch

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/sync/singleflight"

	"laurel/internal/strictjson"
)

const (
	// timeout bounds one Get, with name look-up, redirect and the last byte of
	// the answer: a verdict takes at most 10 seconds and may need two documents
	// one after the other.
	timeout = 5 * time.Second
	// maxBody is the default size of an answer: the largest status list allowed
	// is 1 MiB packed, DID documents have some kilobytes.
	maxBody = 1 << 20
)

// The sentinels. Every error of Get wraps one of them.
var (
	// ErrRefused says that the address is one that this program does not
	// connect to, by its form, its scheme, its name or its network.
	ErrRefused = errors.New("this address is not fetched from")
	// ErrUnreachable says that no usable answer came: no such name, no
	// connection, no trust in the certificate, too slow, garbled.
	ErrUnreachable = errors.New("the address could not be reached")
	// ErrStatus says that the server answered with something else than 200;
	// the error is a *StatusError.
	ErrStatus = errors.New("the server did not give the document")
	// ErrTooLarge says that the answer is larger than is read.
	ErrTooLarge = errors.New("the document is larger than is read")
	// ErrOffline says that the network is switched off and no bundle has the
	// document.
	ErrOffline = errors.New("working offline, and no bundle has this document")
)

// StatusError is an answer of a server with a status code other than 200.
type StatusError struct {
	URL  string
	Code int
	Body []byte // what came with it, in an Exchange; nil otherwise
}

// Error names the address and the code, "404 Not Found".
func (e *StatusError) Error() string {
	return fmt.Sprintf("%v: %s answered %d %s", ErrStatus, e.URL, e.Code, http.StatusText(e.Code))
}

// Is makes errors.Is(err, ErrStatus) true.
func (e *StatusError) Is(target error) bool { return target == ErrStatus }

// Kind is what a caller is after. It decides which bundles may answer.
type Kind uint8

// The kinds. A bundle that a credential's holder brought answers only
// StatusList: what is in it carries its issuer's signature.
const (
	Other       Kind = iota // schemas, registries
	DIDDocument             // DID documents and Controlled Identifier Documents
	StatusList              // signed status lists
)

// Request is one document to get.
type Request struct {
	URL      string        // https, without user name and fragment
	Accept   string        // the Accept header; "" is */*
	Kind     Kind          // which bundles may answer
	MaxBytes int64         // of the decoded body; 0 is 1 MiB
	MaxAge   time.Duration // a bundled copy older than this is a last resort; 0: any age will do
}

func (r Request) key() string { return fmt.Sprintf("%d %s %s", r.MaxBytes, r.Accept, r.URL) }

// The sources of a Resource.
const (
	Network = "network" // asked for just now
	Cache   = "cache"   // asked for recently, by this process
	Bundled = "bundle"  // found in an operator's bundle
	// HolderBundled is a bundle that a credential's holder brought: when the
	// document was fetched is then only the holder's word.
	HolderBundled = "holder's bundle"
)

// Resource is a document that was got, with what a report says about it. It is
// shared between callers and must not be changed.
type Resource struct {
	URL         string    // as requested
	Body        []byte    // decompressed
	ContentType string    // as the server gave it, "" if it did not
	Fetched     time.Time // when it left its server
	SHA256      string    // of Body, 64 hexadecimal digits
	Source      string    // Network, Cache, Bundled or HolderBundled
	Expires     time.Time // until when it may be used again without asking
}

// Age is how old the document was at now; never negative.
func (r *Resource) Age(now time.Time) time.Duration { return max(0, now.Sub(r.Fetched)) }

// from is the same resource, had from another source.
func (r *Resource) from(source string) *Resource {
	c := *r
	c.Source = source
	return &c
}

// Options configure a Client. The zero value is the strictest: public https
// addresses, directly, no bundles.
type Options struct {
	// Proxy is the one address through which all connections are made (see
	// ParseProxy). The proxy resolves the names, so that only addresses written
	// as numbers and local names can be refused here; the proxy must refuse the
	// rest. Nil connects directly; proxies named by the environment are not used.
	Proxy *url.URL
	// Bundles answer before the network (an operator's) or after it (a
	// holder's), in this order.
	Bundles []*Bundle
	// Offline reaches nothing but Bundles.
	Offline bool
	// UnsafeLoopback also allows http and https on 127.0.0.1, ::1 and localhost,
	// any port: for demonstrations and development.
	UnsafeLoopback bool
	// Now is the clock for the ages of cached documents; nil is time.Now.
	Now func() time.Time

	// For tests: roots replace the system's certificates, dial stands for the
	// network behind the address checks, resolver for the name service, and
	// timeout is shorter than the constant of that name.
	timeout  time.Duration
	roots    *x509.CertPool
	dial     func(ctx context.Context, network, addr string) (net.Conn, error)
	resolver *net.Resolver
}

// Client gets documents. It is safe for concurrent use.
type Client struct {
	opt     Options
	http    *http.Client
	once    *http.Client // the same, and follows no redirect
	flights singleflight.Group
	cache   cache
}

// New makes a Client. It makes no connection yet.
func New(opt Options) *Client {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.timeout == 0 {
		opt.timeout = timeout
	}
	get := newHTTP(opt)
	return &Client{opt: opt, http: get, once: &http.Client{Transport: get.Transport, CheckRedirect: stay}}
}

// Close drops idle connections. Gets under way go on, and the Client remains
// usable.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Get returns the document at r.URL: from an operator's bundle, the cache, the
// network, or else a bundle. When ctx ends, this caller gives up; the fetch goes
// on for others who wait for the same document. Errors wrap ErrRefused,
// ErrUnreachable, ErrStatus, ErrTooLarge or ErrOffline.
func (c *Client) Get(ctx context.Context, r Request) (*Resource, error) {
	if r.MaxBytes == 0 {
		r.MaxBytes = maxBody
	}
	if _, err := ParseURL(r.URL, c.opt.UnsafeLoopback); err != nil {
		return nil, err
	}
	if res := c.bundled(r, false); res != nil {
		return within(res, r)
	}
	var err error = ErrOffline
	if !c.opt.Offline {
		var res *Resource
		if res, err = c.online(ctx, r); err == nil {
			return res, nil
		}
	}
	if c.mayFallBack(err) {
		if res := c.bundled(r, true); res != nil {
			return within(res, r)
		}
	}
	if errors.Is(err, ErrOffline) {
		err = fmt.Errorf("%w: %s", ErrOffline, strictjson.Clip(r.URL))
	}
	return nil, err
}

// mayFallBack says whether a bundle may answer for the network: not when the
// server has said that the document is gone for good.
func (c *Client) mayFallBack(err error) bool {
	var status *StatusError
	return !errors.As(err, &status) || status.Code != http.StatusGone
}

// bundled looks the document up in the bundles: at first in those of an operator,
// if they are fresh enough, and as the last resort in all.
func (c *Client) bundled(r Request, lastResort bool) *Resource {
	for _, b := range c.opt.Bundles {
		if b.holder && (r.Kind != StatusList || !lastResort) {
			continue
		}
		res := b.resources[r.URL]
		if res == nil {
			continue
		}
		if lastResort || r.MaxAge == 0 || res.Age(c.opt.Now()) <= r.MaxAge {
			return res
		}
	}
	return nil
}

func within(res *Resource, r Request) (*Resource, error) {
	if int64(len(res.Body)) > r.MaxBytes {
		return nil, fmt.Errorf("%w: %s has %d bytes, at most %d are read", ErrTooLarge, strictjson.Clip(r.URL), len(res.Body), r.MaxBytes)
	}
	return res, nil
}

// fault is a panic on its way from a flight to those who wait for it. In the flight,
// where nobody could catch it, it would end the process.
type fault struct{ value any }

// online answers from the cache or makes the one fetch that everybody who asks
// for this document meanwhile shares.
func (c *Client) online(ctx context.Context, r Request) (*Resource, error) {
	key := r.key()
	if res, err, ok := c.cache.get(key, c.opt.Now()); ok {
		return res, err
	}
	flight := c.flights.DoChan(key, func() (found any, err error) {
		defer func() {
			if p := recover(); p != nil {
				found, err = fault{p}, nil
			}
		}()
		if res, err, ok := c.cache.get(key, c.opt.Now()); ok {
			return res, err // another flight has landed since
		}
		// The first caller may give up; the others still want the document.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.opt.timeout)
		defer cancel()
		res, err := c.do(ctx, r)
		c.cache.put(key, res, err, c.opt.Now())
		return res, err
	})
	select {
	case got := <-flight:
		if f, ok := got.Val.(fault); ok {
			panic(f.value)
		}
		res, _ := got.Val.(*Resource)
		return res, got.Err
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: gave up waiting for %s: %w", ErrUnreachable, strictjson.Clip(r.URL), ctx.Err())
	}
}

func digest(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

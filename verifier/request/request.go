// Package request is an employer's counter without the windows: it turns what
// somebody wants to know into an OpenID4VP request, takes the one answer, and has
// it judged. Pages and routes are verifier/request/web; what is kept is verifier/session.
//
// # From a wish to a report
//
//	desk := &request.Desk{Book: book, Verifier: v, Identity: identity, URL: "https://cafe.example"}
//	asked, err := desk.Ask(ctx, request.Ask{ProofOf: []request.ProofOf{{
//		Label: "First aid", Achievement: []string{"https://redcross.example/first-aid"},
//	}}, Purpose: "To see who may look after the first-aid box."}, "")
//	// asked.Session.ID is in the QR code, asked.Session.Secret reads the answer
//	object, err := desk.Object(ctx, asked.Session.ID, "")         // for the wallet
//	next, err := desk.Answer(ctx, asked.Session.ID, form)         // from the wallet
//	found, err := desk.Book.BySecret(ctx, asked.Session.Secret)   // found.Session.Answer.Report
//
// # How an answer is judged
//
// A wallet's choice is not relied on. Every presentation is verified by itself, as
// any other document, against the session's nonce and the whole client_id. Then
// the documents that were verified, and nothing else of the answer, are compared
// with the query once more, and with what a query cannot say, a least result.
// verifier.Join makes one report of all of it.
//
// An answer that cannot be read (another state, another key, no form) is an error
// and leaves the session open: nobody can use up somebody else's question by
// posting nonsense. An answer that was read is the answer, good or bad.
package request

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"laurel/cryptosuite"
	"laurel/internal/strictjson"
	"laurel/openid4vc"
	"laurel/openid4vc/dcql"
	"laurel/verifier"
	"laurel/verifier/session"
)

// Desk asks and judges. Fill in the fields and use it from any goroutine.
type Desk struct {
	Book     *session.Book
	Verifier *verifier.Verifier
	Identity *Identity     // nil asks without a signature
	URL      string        // where strangers reach the verifier: scheme, host and path, no slash behind
	Patience time.Duration // for a whole answer to be judged; 0 means 30 s

	trustMu   sync.Mutex
	trustRead bool
	trust     *verifier.TrustList // the operator's file and own entries together
}

// errInquiry says that what a session keeps cannot be read.
var errInquiry = errors.New("the question is damaged")

// Asked is what Ask made: a question to one person, or an open request.
type Asked struct {
	Session *session.Session
	Poster  *session.Poster
}

// Ask puts a question. The client is a stranger to be counted, or "" for whoever
// runs the verifier. It fails with ErrAsk, session.ErrQuestion or
// session.ErrTooMany.
func (d *Desk) Ask(ctx context.Context, a Ask, client string) (*Asked, error) {
	a, err := d.settled(ctx, a)
	if err != nil {
		return nil, err
	}
	inquiry, err := d.prepare(a)
	if err != nil {
		return nil, err
	}
	q, err := inquiry.question(a)
	if err != nil {
		return nil, err
	}
	q.Client = client
	if a.Open {
		life := time.Duration(a.OpenDays) * day
		if life == 0 {
			life = session.Retention
		}
		p, err := d.Book.Hang(ctx, q, life)
		if err != nil {
			return nil, err
		}
		return &Asked{Poster: p}, nil
	}
	if q.Key, err = inquiry.newKey(); err != nil {
		return nil, err
	}
	s, err := d.Book.Create(ctx, q)
	if err != nil {
		return nil, err
	}
	return &Asked{Session: s}, nil
}

// Again puts the question of a session once more, to the same person.
func (d *Desk) Again(ctx context.Context, old *session.Session, client string) (*session.Session, error) {
	inquiry, err := ReadInquiry(old.Ask)
	if err != nil {
		return nil, err
	}
	key, err := inquiry.newKey()
	if err != nil {
		return nil, err
	}
	return d.Book.Create(ctx, session.Question{
		Ask: old.Ask, Lifetime: old.Expires.Sub(old.Created), Retention: old.Retention,
		Poster: old.Poster, Label: old.Label, Client: client, Key: key,
	})
}

// Visit puts the question of an open request to one visitor.
func (d *Desk) Visit(ctx context.Context, p *session.Poster, label, client string) (*session.Session, error) {
	inquiry, err := ReadInquiry(p.Ask)
	if err != nil {
		return nil, err
	}
	key, err := inquiry.newKey()
	if err != nil {
		return nil, err
	}
	return d.Book.Visit(ctx, p, session.Question{Label: label, Client: client, Key: key})
}

// Links are the addresses of a session or an open request.
type Links struct {
	Page       string // the interaction URL, for people and wallets alike
	Result     string // with the result secret
	Code       string // a page that is short to type
	URI        string // openid4vp://…, to open a wallet with; "" of an open request
	RequestURI string // the request object; "" if the request is not signed
}

// Links are the addresses of a session. An unsigned request is in the URI by
// value, which then can be long.
func (d *Desk) Links(s *session.Session) (Links, error) {
	l := Links{
		Page:   d.URL + "/requests/" + s.ID,
		Result: d.URL + "/results/" + s.Secret,
		Code:   d.URL + "/c/" + session.SpellCode(s.Code),
	}
	r, err := d.request(s, "")
	if err != nil {
		return Links{}, err
	}
	if !strings.HasPrefix(r.ClientID, string(openid4vc.DID)+":") {
		l.URI = r.URI()
		return l, nil
	}
	l.RequestURI = l.Page + "/object"
	reference := openid4vc.Request{ClientID: r.ClientID, RequestURI: l.RequestURI, RequestMethod: "post"}
	l.URI = reference.URI()
	return l, nil
}

// PosterLinks are the addresses of an open request.
func (d *Desk) PosterLinks(p *session.Poster) Links {
	return Links{
		Page:   d.URL + "/open/" + p.ID,
		Result: d.URL + "/results/" + p.Secret,
		Code:   d.URL + "/c/" + session.SpellCode(p.Code),
	}
}

// ErrUnsigned says that there is no request object, because the request is not
// signed and travels inside its link.
var ErrUnsigned = errors.New("this request is not signed, and has no request object")

// Object is the signed request object of a session, and notes that a wallet has
// fetched it. A wallet may fetch it as often as it likes until there is an answer:
// it says the same each time, but for the wallet's own nonce. It fails with
// ErrUnsigned or an error of package session.
func (d *Desk) Object(ctx context.Context, id, walletNonce string) (string, error) {
	s, err := d.Book.Get(ctx, id)
	if err != nil {
		return "", err
	}
	if err := d.Book.Opened(ctx, id); err != nil {
		return "", err
	}
	r, err := d.request(s, walletNonce)
	if err != nil {
		return "", err
	}
	if d.Identity == nil || r.ClientID != d.Identity.clientID() {
		return "", ErrUnsigned
	}
	return openid4vc.SignRequestObject(r, openid4vc.SignOptions{Key: d.Identity.Key, Method: d.Identity.Method})
}

// Unsigned is the request of a session whose parameters a link carries.
func (d *Desk) Unsigned(s *session.Session) (*openid4vc.Request, error) { return d.request(s, "") }

// request is the authorization request of a session.
func (d *Desk) request(s *session.Session, walletNonce string) (*openid4vc.Request, error) {
	inquiry, err := ReadInquiry(s.Ask)
	if err != nil {
		return nil, err
	}
	r := &openid4vc.Request{
		ResponseMode: inquiry.Mode,
		ResponseURI:  d.URL + "/requests/" + s.ID + "/response",
		Nonce:        s.Nonce, State: s.State, WalletNonce: walletNonce,
		Query: inquiry.query, Issued: s.Created, Expires: s.Expires,
		Metadata: openid4vc.Metadata{Formats: d.formats()},
	}
	r.ClientID = d.clientID(inquiry, r.ResponseURI)
	if inquiry.Mode == openid4vc.DirectPostJWT && s.Key != nil {
		key, err := restoreKey(s.Key)
		if err != nil {
			return nil, err
		}
		r.Metadata = key.Metadata()
		r.Metadata.Formats = d.formats()
	}
	purpose := openid4vc.Purpose{Text: inquiry.Purpose, RetentionDays: int(s.Retention / day)}
	if d.Identity != nil {
		purpose.Name = d.Identity.Name
	}
	r.Info = []openid4vc.Info{purpose.Info()}
	return r, nil
}

func (d *Desk) clientID(i *Inquiry, responseURI string) string {
	if i.Prefix == string(openid4vc.DID) && d.Identity != nil {
		return d.Identity.clientID()
	}
	return string(openid4vc.RedirectURI) + ":" + responseURI
}

// tokenAlgorithms are those of signed tokens that are judged.
var tokenAlgorithms = []string{"ES256", "ES384", "ES512", "ES256K", "EdDSA", "Ed25519"}

// formats is vp_formats_supported: what this verifier can judge. Wallets show nothing
// that is secured in another way.
func (d *Desk) formats() strictjson.Value {
	list := func(name string, values ...string) strictjson.Member {
		return strictjson.Member{Name: name, Value: strictjson.Strings(values...)}
	}
	types, suites := []string{"DataIntegrityProof"}, []string(nil)
	for _, s := range d.Verifier.Suites {
		suite, embedded := s.(cryptosuite.Suite)
		switch {
		case !embedded: // of tokens, which go by their algorithms
		case suite.ProofType() == types[0]:
			suites = append(suites, suite.Name())
		default:
			types = append(types, suite.ProofType())
		}
	}
	return strictjson.Object(
		strictjson.Member{Name: string(dcql.LDP), Value: strictjson.Object(list("proof_type_values", types...), list("cryptosuite_values", suites...))},
		// RS256 is of badges in 1EdTech's own form.
		strictjson.Member{Name: string(dcql.JWT), Value: strictjson.Object(list("alg_values", append(tokenAlgorithms[:len(tokenAlgorithms):len(tokenAlgorithms)], "RS256")...))},
		strictjson.Member{Name: string(dcql.SDJWT), Value: strictjson.Object(list("sd-jwt_alg_values", tokenAlgorithms...), list("kb-jwt_alg_values", tokenAlgorithms...))},
	)
}

// sealedKey is a response key as a session keeps it.
type sealedKey struct {
	ID     string `json:"id"`
	Secret []byte `json:"secret"`
}

// newKey makes the key that the answer is to be encrypted to; nil if it is not.
func (i *Inquiry) newKey() ([]byte, error) {
	if i.Mode != openid4vc.DirectPostJWT {
		return nil, nil
	}
	key, err := openid4vc.NewResponseKey()
	if err != nil {
		return nil, err
	}
	return json.Marshal(sealedKey{key.ID, key.Secret.Bytes()})
}

func restoreKey(text []byte) (*openid4vc.ResponseKey, error) {
	var k sealedKey
	if err := json.Unmarshal(text, &k); err != nil {
		return nil, fmt.Errorf("%w: %w", errInquiry, err)
	}
	return openid4vc.RestoreResponseKey(k.ID, k.Secret)
}

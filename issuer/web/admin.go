package web

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"strings"

	strict "github.com/go-json-experiment/json"
	"github.com/gorilla/mux"

	"laurel/internal/serve"
	"laurel/issuer"
	"laurel/issuer/keyring"
)

// maxOrder bounds the body of an order: a template with an image, or ten
// thousand ids.
const maxOrder = 2 << 20

// Desk is what the person behind an issuer's desk can do. An *issuer.Issuer is
// one, and so is a Client of a server that has one.
type Desk interface {
	Profile(context.Context) (issuer.Profile, error)
	Keys(context.Context) ([]keyring.Public, error)
	RotateKey(context.Context) (keyring.Public, error)
	RetireKey(ctx context.Context, id string) (keyring.Public, error)
	CompromiseKey(ctx context.Context, id string) (*issuer.Compromised, error)
	Templates(context.Context) ([]issuer.Template, error)
	PutTemplate(ctx context.Context, source []byte) (issuer.Template, error)
	Issue(context.Context, issuer.Award) (*issuer.Issued, error)
	Find(context.Context, issuer.Query) ([]issuer.Record, error)
	Show(ctx context.Context, id string) (*issuer.Issued, error)
	Apply(context.Context, issuer.Change) (*issuer.Changed, error)
	Refresh(context.Context) (int, error)
	Site(ctx context.Context, have []string) ([]issuer.File, error)
}

// order carries out one thing that a body asks for.
type order func(ctx context.Context, body []byte) (any, error)

// The names of the orders, the last part of their addresses.
const (
	orderProfile    = "profile"
	orderKeys       = "keys"
	orderRotate     = "key-rotate"
	orderRetire     = "key-retire"
	orderCompromise = "key-compromise"
	orderTemplates  = "templates"
	orderTemplate   = "template-put"
	orderIssue      = "issue"
	orderFind       = "find"
	orderShow       = "show"
	orderApply      = "apply"
	orderRefresh    = "refresh"
	orderSite       = "site"
)

// ordersOf is what can be ordered from a desk.
func ordersOf(d Desk) map[string]order {
	return map[string]order{
		orderProfile:    asking(d.Profile),
		orderKeys:       asking(d.Keys),
		orderRotate:     asking(d.RotateKey),
		orderRetire:     giving(d.RetireKey),
		orderCompromise: giving(d.CompromiseKey),
		orderTemplates:  asking(d.Templates),
		orderTemplate:   func(ctx context.Context, body []byte) (any, error) { return d.PutTemplate(ctx, body) },
		orderIssue:      giving(d.Issue),
		orderFind:       giving(d.Find),
		orderShow:       giving(d.Show),
		orderApply:      giving(d.Apply),
		orderRefresh:    asking(d.Refresh),
		orderSite:       giving(d.Site),
	}
}

// asking is an order that needs nothing to be given.
func asking[Out any](do func(context.Context) (Out, error)) order {
	return func(ctx context.Context, _ []byte) (any, error) { return do(ctx) }
}

// giving is an order whose body is JSON, read without guessing: no unknown
// member, none twice, names as they are written.
func giving[In, Out any](do func(context.Context, In) (Out, error)) order {
	return func(ctx context.Context, body []byte) (any, error) {
		var in In
		if err := strict.Unmarshal(body, &in, strict.RejectUnknownMembers(true)); err != nil {
			return nil, errors.Join(errBody, err)
		}
		return do(ctx, in)
	}
}

var errBody = errors.New("the body of the order cannot be read")

// admin carries out one order.
func (s *server) admin(w http.ResponseWriter, r *http.Request) {
	visit, refused := s.clients.Arrive(r)
	if refused != nil {
		refused.Write(w)
		return
	}
	defer visit.Leave()
	if !s.authorised(r) {
		w.Header().Set("WWW-Authenticate", "Bearer")
		serve.NewProblem(http.StatusUnauthorized, "Orders are taken from whoever has the token of this server.").Write(w)
		return
	}
	do, ok := s.orders[mux.Vars(r)["order"]]
	if !ok {
		serve.NewProblem(http.StatusNotFound, "There is no such order.").Write(w)
		return
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != jsonType {
		serve.NewProblem(http.StatusUnsupportedMediaType, "Orders are application/json.").Write(w)
		return
	}
	body, refused := visit.Body(w, r, maxOrder)
	if refused != nil {
		refused.Write(w)
		return
	}
	out, err := do(r.Context(), body)
	if err != nil {
		s.refuse(w, err)
		return
	}
	s.count(mux.Vars(r)["order"])
	w.Header().Set("Content-Type", jsonType)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false) // what was signed stays as it was signed
	if err := enc.Encode(out); err != nil {
		s.Log.Error("cannot answer an order", "error", err)
	}
}

// authorised compares the token in constant time; hashing hides its length.
func (s *server) authorised(r *http.Request) bool {
	if s.token == "" {
		return false
	}
	given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(s.token))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1 && ok
}

// refusal is an error of an order with the status and the problem type that
// stand for it between server and client.
type refusal struct {
	err    error
	status int
	kind   string
}

// refusals are the errors that a client can tell apart.
var refusals = []refusal{
	{errBody, http.StatusBadRequest, "urn:laurel:issuer:body"},
	{issuer.ErrNotFound, http.StatusNotFound, "urn:laurel:issuer:not-found"},
	{issuer.ErrTemplate, http.StatusUnprocessableEntity, "urn:laurel:issuer:template"},
	{issuer.ErrRecipient, http.StatusUnprocessableEntity, "urn:laurel:issuer:recipient"},
	{issuer.ErrAward, http.StatusUnprocessableEntity, "urn:laurel:issuer:award"},
	{issuer.ErrPurpose, http.StatusConflict, "urn:laurel:issuer:purpose"},
	{issuer.ErrFinal, http.StatusConflict, "urn:laurel:issuer:final"},
	{issuer.ErrAction, http.StatusUnprocessableEntity, "urn:laurel:issuer:action"},
	{issuer.ErrKeyState, http.StatusConflict, "urn:laurel:issuer:key-state"},
	{issuer.ErrKeyIsIdentity, http.StatusConflict, "urn:laurel:issuer:key-is-identity"},
}

// refuse answers whoever has the token with an error, in its own words.
func (s *server) refuse(w http.ResponseWriter, err error) {
	for _, known := range refusals {
		if errors.Is(err, known.err) {
			p := serve.NewProblem(known.status, err.Error())
			p.Type = known.kind
			p.Write(w)
			return
		}
	}
	s.Log.Error("an order failed", "error", err)
	serve.NewProblem(http.StatusInternalServerError, err.Error()).Write(w)
}

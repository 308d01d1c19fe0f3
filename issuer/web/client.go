package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	strict "github.com/go-json-experiment/json"

	"laurel/internal/serve"
	"laurel/issuer"
	"laurel/issuer/keyring"
)

// clientTimeout bounds an order: a large change takes seconds, the site of an
// issuer with a long history some more.
const clientTimeout = 60 * time.Second

// maxAnswer bounds what a client reads of an answer.
const maxAnswer = 256 << 20

// ErrServer says that a server did not carry out an order, for a reason that
// has no error of its own, or could not be reached.
var ErrServer = errors.New("the issuer's server did not do it")

// Client is a Desk at the other end of a server's orders.
type Client struct {
	url   string // "http://127.0.0.1:8420", with the issuer's path
	token string
	http  *http.Client
}

// NewClient makes a Client of the server at an address, with its token. It
// makes no connection yet.
func NewClient(address, token string) *Client {
	transport := &http.Transport{} // no proxy: the server is on this machine
	return &Client{url: address, token: token, http: &http.Client{
		Timeout: clientTimeout, Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // the token is for this server
	}}
}

// Close drops the connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// call sends an order with its JSON and reads the answer.
func call[Out any](ctx context.Context, c *Client, name string, in any) (Out, error) {
	var out Out
	body, raw := in.([]byte)
	if !raw {
		var err error
		if body, err = strict.Marshal(in); err != nil { // and not repaired, as text that is not UTF-8 would be
			return out, fmt.Errorf("%w: %w", errBody, err)
		}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+"/admin/"+name, bytes.NewReader(body))
	if err != nil {
		return out, err
	}
	req.Header.Set("Content-Type", jsonType)
	req.Header.Set("Authorization", "Bearer "+c.token)
	res, err := c.http.Do(req)
	if err != nil {
		return out, fmt.Errorf("%w: %w", ErrServer, err)
	}
	defer func() { _ = res.Body.Close() }() // only read
	text, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return out, fmt.Errorf("%w: %w", ErrServer, err)
	}
	if res.StatusCode != http.StatusOK {
		return out, refused(res.StatusCode, text)
	}
	if err := json.Unmarshal(text, &out); err != nil {
		var none Out
		return none, fmt.Errorf("%w: its answer cannot be read: %w", ErrServer, err)
	}
	return out, nil
}

// answered is an error that came over the wire: its text is the server's, and
// it is the error that it was there.
type answered struct {
	text string
	err  error
}

func (a *answered) Error() string { return a.text }
func (a *answered) Unwrap() error { return a.err }

// refused makes the error of a server an error here.
func refused(status int, body []byte) error {
	var p serve.Problem
	if json.Unmarshal(body, &p) != nil || p.Detail == "" {
		return fmt.Errorf("%w: it answered %d", ErrServer, status)
	}
	for _, known := range refusals {
		if p.Type == known.kind {
			return &answered{p.Detail, known.err}
		}
	}
	return fmt.Errorf("%w: %s", ErrServer, p.Detail)
}

// Profile is issuer.Issuer.Profile at the server, and so on below.
func (c *Client) Profile(ctx context.Context) (issuer.Profile, error) {
	return call[issuer.Profile](ctx, c, orderProfile, nil)
}

// Keys orders the keys.
func (c *Client) Keys(ctx context.Context) ([]keyring.Public, error) {
	return call[[]keyring.Public](ctx, c, orderKeys, nil)
}

// RotateKey orders a new key.
func (c *Client) RotateKey(ctx context.Context) (keyring.Public, error) {
	return call[keyring.Public](ctx, c, orderRotate, nil)
}

// RetireKey orders the end of a key's window.
func (c *Client) RetireKey(ctx context.Context, id string) (keyring.Public, error) {
	return call[keyring.Public](ctx, c, orderRetire, id)
}

// CompromiseKey orders a key to be marked as known to others.
func (c *Client) CompromiseKey(ctx context.Context, id string) (*issuer.Compromised, error) {
	return call[*issuer.Compromised](ctx, c, orderCompromise, id)
}

// Templates orders the templates.
func (c *Client) Templates(ctx context.Context) ([]issuer.Template, error) {
	return call[[]issuer.Template](ctx, c, orderTemplates, nil)
}

// PutTemplate orders a template to be kept.
func (c *Client) PutTemplate(ctx context.Context, source []byte) (issuer.Template, error) {
	return call[issuer.Template](ctx, c, orderTemplate, source)
}

// Issue orders a badge.
func (c *Client) Issue(ctx context.Context, a issuer.Award) (*issuer.Issued, error) {
	return call[*issuer.Issued](ctx, c, orderIssue, a)
}

// Find orders a search.
func (c *Client) Find(ctx context.Context, q issuer.Query) ([]issuer.Record, error) {
	return call[[]issuer.Record](ctx, c, orderFind, q)
}

// Show orders one credential.
func (c *Client) Show(ctx context.Context, id string) (*issuer.Issued, error) {
	return call[*issuer.Issued](ctx, c, orderShow, id)
}

// Apply orders a change.
func (c *Client) Apply(ctx context.Context, change issuer.Change) (*issuer.Changed, error) {
	return call[*issuer.Changed](ctx, c, orderApply, change)
}

// Refresh orders old lists to be signed again.
func (c *Client) Refresh(ctx context.Context) (int, error) {
	return call[int](ctx, c, orderRefresh, nil)
}

// Site orders the files to publish.
func (c *Client) Site(ctx context.Context, have []string) ([]issuer.File, error) {
	return call[[]issuer.File](ctx, c, orderSite, have)
}

package employer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"laurel/internal/serve"
	"laurel/verifier/request"
	"laurel/verifier/request/web"
)

const (
	// clientTimeout bounds one call of a client.
	clientTimeout = 30 * time.Second
	// maxAnswer bounds what a client reads: a report with its badges.
	maxAnswer = 64 << 20
)

// errServer says that a verifier's server did not do what it was asked to; the
// text is the server's.
var errServer = errors.New("the verifier's server did not do it")

// client asks for proof through a server on this machine, with its token.
type client struct {
	url   string
	token string
	http  *http.Client
}

// newClient makes a client of the server at an address. It makes no connection yet.
func newClient(address, token string) *client {
	return &client{url: address, token: token, http: &http.Client{
		Timeout: clientTimeout, Transport: &http.Transport{}, // no proxy: the server is on this machine
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // the token is for this server
	}}
}

// close drops the connections.
func (c *client) close() { c.http.CloseIdleConnections() }

// ask puts a question.
func (c *client) ask(ctx context.Context, a request.Ask) (*web.Asked, error) {
	body, err := json.Marshal(a)
	if err != nil {
		return nil, err
	}
	out := &web.Asked{}
	return out, c.call(ctx, http.MethodPost, "/requests", body, out)
}

// result reads how far a question is, by its result secret.
func (c *client) result(ctx context.Context, secret string) (*web.Result, error) {
	out := &web.Result{}
	return out, c.call(ctx, http.MethodGet, "/results/"+secret, nil, out)
}

// identity asks who the verifier is to wallets.
func (c *client) identity(ctx context.Context) (web.Identity, error) {
	out := web.Identity{}
	return out, c.call(ctx, http.MethodGet, "/identity", nil, &out)
}

func (c *client) call(ctx context.Context, method, path string, body []byte, out any) error {
	req, err := http.NewRequestWithContext(ctx, method, c.url+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+c.token)
	res, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("%w: %w", errServer, err)
	}
	defer func() { _ = res.Body.Close() }() // only read
	text, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("%w: %w", errServer, err)
	}
	if res.StatusCode >= http.StatusBadRequest {
		var p serve.Problem
		if json.Unmarshal(text, &p) != nil || p.Detail == "" {
			return fmt.Errorf("%w: it answered %d", errServer, res.StatusCode)
		}
		return fmt.Errorf("%w: %s", errServer, p.Detail)
	}
	if err := json.Unmarshal(text, out); err != nil {
		return fmt.Errorf("%w: its answer cannot be read: %w", errServer, err)
	}
	return nil
}

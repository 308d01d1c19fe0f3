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

	"laurel/internal/serve"
	"laurel/verifier/request"
)

const (
	// clientTimeout bounds one call of a Client.
	clientTimeout = 30 * time.Second
	// maxAnswer bounds what a client reads: a report with its badges.
	maxAnswer = 64 << 20
)

// ErrServer says that a verifier's server did not do what it was asked to; the
// text is the server's.
var ErrServer = errors.New("the verifier's server did not do it")

// Client asks for proof through a server on this machine, with its token.
type Client struct {
	url   string
	token string
	http  *http.Client
}

// NewClient makes a Client of the server at an address. It makes no connection yet.
func NewClient(address, token string) *Client {
	return &Client{url: address, token: token, http: &http.Client{
		Timeout: clientTimeout, Transport: &http.Transport{}, // no proxy: the server is on this machine
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // the token is for this server
	}}
}

// Close drops the connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Ask puts a question.
func (c *Client) Ask(ctx context.Context, a request.Ask) (*Asked, error) {
	body, err := json.Marshal(a)
	if err != nil {
		return nil, err
	}
	out := &Asked{}
	return out, c.call(ctx, http.MethodPost, "/requests", body, out)
}

// Result reads how far a question is, by its result secret.
func (c *Client) Result(ctx context.Context, secret string) (*Result, error) {
	out := &Result{}
	return out, c.call(ctx, http.MethodGet, "/results/"+secret, nil, out)
}

func (c *Client) call(ctx context.Context, method, path string, body []byte, out any) error {
	req, err := http.NewRequestWithContext(ctx, method, c.url+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+c.token)
	res, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrServer, err)
	}
	defer func() { _ = res.Body.Close() }() // only read
	text, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrServer, err)
	}
	if res.StatusCode >= http.StatusBadRequest {
		var p serve.Problem
		if json.Unmarshal(text, &p) != nil || p.Detail == "" {
			return fmt.Errorf("%w: it answered %d", ErrServer, res.StatusCode)
		}
		return fmt.Errorf("%w: %s", ErrServer, p.Detail)
	}
	if err := json.Unmarshal(text, out); err != nil {
		return fmt.Errorf("%w: its answer cannot be read: %w", ErrServer, err)
	}
	return nil
}

package fetch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"laurel/internal/strictjson"
)

const (
	// maxReply bounds what comes back from an Exchange: a signed request has
	// some kilobytes, the answer to a form a line.
	maxReply = 64 << 10
	// maxForm bounds a form or a document that is handed over: a presentation of
	// 64 credentials with their pictures.
	maxForm = 8 << 20
)

// Exchange is one request of a protocol between two parties, such as OpenID4VP:
// the request object behind a request_uri, or the form of a direct_post; or a share
// that is left with a verifier, looked after and taken back. It
// differs from a document that is looked up: it is made once and for one caller,
// so nothing of it is cached, shared with others or taken from a bundle, and no
// redirect is followed at all.
type Exchange struct {
	URL    string // as for Request
	Accept string // the Accept header; "" is */*
	// Form is posted as application/x-www-form-urlencoded, which it is already, at
	// most 8 MiB. Nil makes a GET; an empty form is posted.
	Form []byte
	// JSON is posted as application/json, in place of a form and with its bound.
	JSON []byte
	// Delete makes a DELETE of what would be a GET.
	Delete bool
	// Bearer is sent as the token of RFC 6750; it goes to URL and nowhere else, since
	// no redirect is followed. "" sends none.
	Bearer   string
	MaxBytes int64 // of the decoded answer; 0 is 64 KiB
}

// Send makes an exchange and returns the answer of the other side, if that is a
// 200 or a 201, with or without a body. Errors wrap ErrRefused, ErrUnreachable, ErrStatus,
// ErrTooLarge or ErrOffline; a *StatusError carries the body of the answer, and
// a redirect is one too. After ErrUnreachable, and only then, it is open whether
// a form has arrived.
func (c *Client) Send(ctx context.Context, e Exchange) (*Resource, error) {
	if e.MaxBytes == 0 {
		e.MaxBytes = maxReply
	}
	if _, err := ParseURL(e.URL, c.opt.UnsafeLoopback); err != nil {
		return nil, err
	}
	if c.opt.Offline {
		return nil, fmt.Errorf("%w: %s", ErrOffline, strictjson.Clip(e.URL))
	}
	ctx, cancel := context.WithTimeout(ctx, c.opt.timeout)
	defer cancel()
	req, err := e.request(ctx)
	if err != nil {
		return nil, err
	}
	resp, err := c.once.Do(req)
	if err != nil {
		return nil, unreachable(e.URL, err)
	}
	defer resp.Body.Close()
	body, err := readBody(resp, e.MaxBytes)
	if resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusCreated {
		if err != nil {
			body = nil // the code says enough
		}
		return nil, &StatusError{URL: strictjson.Clip(e.URL), Code: resp.StatusCode, Body: body}
	}
	if err != nil {
		return nil, unreachable(e.URL, err)
	}
	return &Resource{
		URL: e.URL, Body: body, ContentType: resp.Header.Get("Content-Type"),
		Fetched: c.opt.Now(), SHA256: digest(body), Source: Network,
	}, nil
}

func (e *Exchange) request(ctx context.Context) (*http.Request, error) {
	method, content, contentType := http.MethodGet, e.Form, "application/x-www-form-urlencoded"
	if e.JSON != nil {
		content, contentType = e.JSON, "application/json"
	}
	body := io.Reader(http.NoBody)
	switch {
	case len(content) > maxForm:
		return nil, fmt.Errorf("%w: a form of %d bytes, at most %d are sent", ErrTooLarge, len(content), maxForm)
	case content != nil:
		method, body = http.MethodPost, bytes.NewReader(content)
	case e.Delete:
		method = http.MethodDelete
	}
	req, err := http.NewRequestWithContext(ctx, method, e.URL, body)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrRefused, err)
	}
	setHeaders(req, e.Accept)
	if e.Bearer != "" {
		req.Header.Set("Authorization", "Bearer "+e.Bearer)
	}
	if content != nil {
		req.Header.Set("Content-Type", contentType)
		req.GetBody = nil // it is handed over once, whatever becomes of the connection
	}
	return req, nil
}

// Said is what the other side answered to an exchange that it refused: the body
// that came with the status code, nil if err is something else.
func Said(err error) []byte {
	var status *StatusError
	if errors.As(err, &status) {
		return status.Body
	}
	return nil
}

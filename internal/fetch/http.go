package fetch

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"laurel/internal/strictjson"
)

const (
	// maxHeader bounds the answer's header: honest ones have 2 kB.
	maxHeader = 32 << 10
	// maxRedirects is one hop, for example from /list to /list/.
	maxRedirects = 1
	// connsPerHost keeps a verifier from being used to flood one server.
	connsPerHost = 8
)

// The time for which an answer is used again. A server names it in
// Cache-Control; what is not named, or out of proportion, is bounded, since a
// revoked key must become visible.
const (
	defaultTTL = time.Minute
	maxTTL     = time.Hour
)

// newHTTP makes the http.Client: no cookie jar, no automatic decompression, no
// proxy from the environment.
func newHTTP(opt Options) *http.Client {
	d := dialer{opt: opt}
	return &http.Client{
		CheckRedirect: func(req *http.Request, via []*http.Request) error {
			return checkRedirect(req.URL, via, opt.UnsafeLoopback)
		},
		Transport: &http.Transport{
			Proxy:                  d.proxy,
			DialContext:            d.dial,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: opt.roots},
			TLSHandshakeTimeout:    timeout,
			ForceAttemptHTTP2:      true,
			DisableCompression:     true, // decoded here, with a bound
			MaxConnsPerHost:        connsPerHost,
			MaxIdleConns:           64,
			IdleConnTimeout:        30 * time.Second,
			MaxResponseHeaderBytes: maxHeader,
		},
	}
}

// stay gives the redirect itself to the caller.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// checkRedirect lets one hop inside the origin pass.
func checkRedirect(to *url.URL, via []*http.Request, unsafeLoopback bool) error {
	if len(via) > maxRedirects {
		return fmt.Errorf("%w: redirected more than once", ErrRefused)
	}
	if _, err := ParseURL(to.String(), unsafeLoopback); err != nil {
		return err
	}
	if from := via[0].URL; origin(from) != origin(to) {
		return fmt.Errorf("%w: redirected from %s to %s", ErrRefused, origin(from), strictjson.Clip(origin(to)))
	}
	return nil
}

func origin(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
	}
	return u.Scheme + "://" + strings.ToLower(u.Hostname()) + ":" + port
}

// do asks the server.
func (c *Client) do(ctx context.Context, r Request) (*Resource, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.URL, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrRefused, err)
	}
	setHeaders(req, r.Accept)
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, unreachable(r.URL, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, &StatusError{URL: strictjson.Clip(r.URL), Code: resp.StatusCode}
	}
	body, err := readBody(resp, r.MaxBytes)
	if err != nil {
		return nil, unreachable(r.URL, err)
	}
	now := c.opt.Now()
	return &Resource{
		URL: r.URL, Body: body, ContentType: resp.Header.Get("Content-Type"),
		Fetched: now, SHA256: digest(body), Source: Network, Expires: now.Add(ttl(resp.Header)),
	}, nil
}

// setHeaders says no more of us than a server needs to know.
func setHeaders(req *http.Request, accept string) {
	if accept == "" {
		accept = "*/*"
	}
	req.Header.Set("Accept", accept)
	req.Header.Set("Accept-Encoding", "identity") // the documents are small or packed already
	req.Header.Set("User-Agent", "laurel")
}

// unreachable wraps ErrUnreachable around what is not one of the other
// sentinels already, and keeps the cause without the client's own prefix.
func unreachable(where string, err error) error {
	var outer *url.Error
	if errors.As(err, &outer) {
		err = outer.Err
	}
	switch {
	case errors.Is(err, ErrRefused), errors.Is(err, ErrTooLarge):
		return fmt.Errorf("%s: %w", strictjson.Clip(where), err)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%w: %s took longer than %v", ErrUnreachable, strictjson.Clip(where), timeout)
	default:
		return fmt.Errorf("%w: %s: %w", ErrUnreachable, strictjson.Clip(where), err)
	}
}

// readBody reads and decodes the body, at most limit bytes before and after.
func readBody(resp *http.Response, limit int64) ([]byte, error) {
	if resp.ContentLength > limit {
		return nil, tooLarge(limit)
	}
	raw, err := readAll(resp.Body, limit)
	if err != nil {
		return nil, err
	}
	switch encoding := strings.Join(resp.Header.Values("Content-Encoding"), ","); strings.ToLower(encoding) {
	case "", "identity":
		return raw, nil
	case "gzip", "x-gzip":
		return gunzip(raw, limit)
	default:
		return nil, fmt.Errorf("the answer is encoded as %q", strictjson.Clip(encoding))
	}
}

// gunzip decodes one gzip member. A second one, or anything else behind the
// first, is an error: gzip.Reader would join them silently.
func gunzip(packed []byte, limit int64) ([]byte, error) {
	in := bufio.NewReader(bytes.NewReader(packed)) // an io.ByteReader is not read ahead of
	gz, err := gzip.NewReader(in)
	if err != nil {
		return nil, fmt.Errorf("broken gzip: %w", err)
	}
	gz.Multistream(false)
	body, err := readAll(gz, limit)
	if err != nil {
		return nil, err
	}
	if _, err := in.ReadByte(); err != io.EOF {
		return nil, errors.New("broken gzip: more data after the end")
	}
	return body, nil
}

func readAll(r io.Reader, limit int64) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, limit+1))
	if int64(len(body)) > limit {
		return nil, tooLarge(limit)
	}
	return body, err
}

func tooLarge(limit int64) error {
	return fmt.Errorf("%w: more than %d bytes", ErrTooLarge, limit)
}

// ttl reads Cache-Control (RFC 9111) as far as it matters here.
func ttl(h http.Header) time.Duration {
	left := defaultTTL
	for _, directive := range strings.Split(strings.Join(h.Values("Cache-Control"), ","), ",") {
		name, arg, _ := strings.Cut(strings.ToLower(strings.TrimSpace(directive)), "=")
		switch name {
		case "no-store", "no-cache":
			return 0
		case "max-age":
			seconds, err := strconv.ParseUint(strings.Trim(arg, `"`), 10, 31)
			if err != nil {
				return 0
			}
			left = time.Duration(seconds) * time.Second
		}
	}
	if age, err := strconv.ParseUint(h.Get("Age"), 10, 31); err == nil {
		left -= time.Duration(age) * time.Second
	}
	return min(max(left, 0), maxTTL)
}

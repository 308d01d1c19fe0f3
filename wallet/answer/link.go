package answer

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"sync"

	"laurel/internal/fetch"
	"laurel/internal/strictjson"
	"laurel/openid4vc"
)

// IsLink reports whether a text looks like the link of a request, the address of a
// page with one, or a short code as it stands on such a page
// ("cafe.example/c/K7MPW-Q2RTA"), so that it is given to Open and to nothing else.
func IsLink(text string) bool {
	return openid4vc.IsLink(text) || isPage(text) || typed().MatchString(text)
}

func isPage(text string) bool {
	return strings.HasPrefix(text, "https://") || strings.HasPrefix(text, "http://")
}

// typed is a short code with the place where it counts, as people type it.
var typed = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?/c/[A-Za-z0-9-]{1,64}$`)
})

// follow gets the link of the request from the page that a QR code leads people to,
// if it is one: such an address answers a wallet with the ways in which it can go on
// (VCALM 1.0, interaction URLs). A link that holds the request stays as it is.
func (r *Responder) follow(ctx context.Context, link string) (string, error) {
	if typed().MatchString(link) {
		link = r.scheme(link) + link
	}
	u, err := url.Parse(link)
	if err != nil || !isPage(link) || u.Query().Has("client_id") {
		return link, nil
	}
	res, err := r.Line.Send(ctx, fetch.Exchange{URL: link, Accept: "application/json"})
	if err != nil {
		return "", fmt.Errorf("the request could not be fetched: %w", err)
	}
	doc, err := strictjson.Parse(res.Body)
	if err != nil {
		return "", fmt.Errorf("%w: the page says nothing to wallets", openid4vc.ErrRequest)
	}
	next := doc.Get("protocols").Get("OID4VP").Str()
	if !openid4vc.IsLink(next) {
		return "", fmt.Errorf("%w: the page has no request by OpenID4VP", openid4vc.ErrRequest)
	}
	return next, nil
}

// scheme is what people leave out when they type an address.
func (r *Responder) scheme(address string) string {
	host, _, _ := strings.Cut(address, "/")
	host, _, _ = strings.Cut(host, ":")
	if r.UnsafeLoopback && (host == "localhost" || host == "127.0.0.1") {
		return "http://"
	}
	return "https://"
}

package did

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"laurel/internal/fetch"
	"laurel/internal/strictjson"
)

// acceptDocument is what is asked for; documents are read as JSON whatever they
// are served as.
const acceptDocument = "application/did, application/cid, application/did+ld+json, application/ld+json, application/json;q=0.9, */*;q=0.1"

// statusGone is the HTTP status of what was removed for good (RFC 9110, section
// 15.5.11). It is spelled out because this package speaks HTTP only through fetch.
const statusGone = 410

// Fetcher gets documents from the network, or from what stands for it.
// *fetch.Client is one.
type Fetcher interface {
	Get(ctx context.Context, r fetch.Request) (*fetch.Resource, error)
}

// Web resolves did:web (W3C CCG, did:web Method Specification): the document is
// the file did.json on the web site that the identifier names.
type Web struct {
	Fetch Fetcher // nil fetches nothing
	// UnsafeLoopback also resolves did:web:localhost%3A8080 and
	// did:web:127.0.0.1%3A8080, over http.
	UnsafeLoopback bool
}

// Resolve fetches and reads the document. It wraps ErrIdentifier if the
// identifier is malformed, ErrResolution if the document cannot be had,
// ErrDeactivated if the server says that it is gone for good (410), ErrDocument
// if what came is not the document of this identifier, and ErrLimit over 1,024
// characters.
func (w Web) Resolve(ctx context.Context, id string) (*Document, error) {
	if len(id) > maxWebDID {
		return nil, fmt.Errorf("%w: a did:web of %d characters, at most %d are read", ErrLimit, len(id), maxWebDID)
	}
	where, err := webURL(id, w.UnsafeLoopback)
	if err != nil {
		return nil, err
	}
	return fetchDocument(ctx, w.Fetch, where, id)
}

// fetchDocument gets the document of id from where.
func fetchDocument(ctx context.Context, from Fetcher, where, id string) (*Document, error) {
	if from == nil {
		return nil, fmt.Errorf("%w: %s: nothing is fetched here", ErrResolution, strictjson.Clip(where))
	}
	res, err := from.Get(ctx, fetch.Request{
		URL: where, Accept: acceptDocument, Kind: fetch.DIDDocument, MaxBytes: maxDocument,
	})
	var status *fetch.StatusError
	switch {
	case errors.As(err, &status) && status.Code == statusGone:
		return nil, fmt.Errorf("%w: %s: %w", ErrDeactivated, strictjson.Clip(id), err)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrResolution, err)
	}
	doc, err := ParseDocument(res.Body)
	if err != nil {
		return nil, fmt.Errorf("%w (from %s)", err, strictjson.Clip(where))
	}
	// Controlled Identifiers 1.0, section 2.1.1: "The returned document's base
	// identifier MUST be the same as the canonical URL"; did:web, section 2.5.2:
	// "the id of the resolved DID document MUST match the Web DID".
	if doc.ID != id {
		return nil, fmt.Errorf("%w: %s says that it is %s, not %s", ErrDocument, strictjson.Clip(where), strictjson.Clip(doc.ID), strictjson.Clip(id))
	}
	doc.Source = res
	return doc, nil
}

// URL returns the address of a did:web's document, the file that an issuer has to
// serve: did:web:school.example gives https://school.example/.well-known/did.json,
// and did:web:school.example%3A8443:badges gives
// https://school.example:8443/badges/did.json. It wraps ErrSyntax or ErrLimit.
func (w Web) URL(id string) (string, error) {
	if len(id) > maxWebDID {
		return "", fmt.Errorf("%w: a did:web of %d characters, at most %d are read", ErrLimit, len(id), maxWebDID)
	}
	where, err := webURL(id, w.UnsafeLoopback)
	if err != nil {
		return "", fmt.Errorf("%w: %v", ErrSyntax, err)
	}
	return where, nil
}

// Identifier is the inverse: it returns the did:web of a site,
// did:web:school.example%3A8443:badges for https://school.example:8443/badges. A
// slash at the end does not matter. It wraps ErrSyntax or ErrLimit.
func (w Web) Identifier(site string) (string, error) {
	u, err := fetch.ParseURL(site, w.UnsafeLoopback)
	if err != nil {
		return "", fmt.Errorf("%w: %v", ErrSyntax, err)
	}
	if u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("%w: %s has more behind its path", ErrSyntax, strictjson.Clip(site))
	}
	id := "did:web:" + strings.ReplaceAll(u.Host, ":", "%3A")
	if path := strings.Trim(u.EscapedPath(), "/"); path != "" {
		id += ":" + strings.ReplaceAll(strings.ReplaceAll(path, ":", "%3A"), "/", ":")
	}
	if _, err := w.URL(id); err != nil {
		return "", err
	}
	return id, nil
}

// webURL is Web.URL for a resolver: it wraps ErrIdentifier for what is no did:web,
// and ErrResolution for one whose address is not fetched from.
func webURL(id string, unsafeLoopback bool) (string, error) {
	site, path, err := parseWeb(id)
	if err != nil {
		return "", fmt.Errorf("%w: %v", ErrIdentifier, err)
	}
	host, _, _ := strings.Cut(site, ":")
	local := unsafeLoopback && (host == "localhost" || host == "127.0.0.1")
	// "It MUST NOT include IP addresses."
	if last := host[strings.LastIndexByte(host, '.')+1:]; !local && last != "" && isDigit(last[0]) {
		return "", fmt.Errorf("%w: %s names an address, not a domain", ErrIdentifier, strictjson.Clip(id))
	}
	where := "https://" + site + path + "/did.json"
	if local {
		where = "http://" + site + path + "/did.json"
	}
	if _, err := fetch.ParseURL(where, unsafeLoopback); err != nil {
		return "", fmt.Errorf("%w: %s: %w", ErrResolution, strictjson.Clip(id), err)
	}
	return where, nil
}

// parseWeb takes a did:web apart into "host:port" and the path of the document's
// folder. "The method specific identifier MUST be a fully qualified domain name.
// […] A port MAY be included and the colon MUST be percent encoded […].
// Directories and subdirectories MAY optionally be included, delimited by
// colons." (did:web, section 2.1)
func parseWeb(id string) (site, path string, err error) {
	msid, err := checkDID(id, "web")
	if err != nil {
		return "", "", err
	}
	segments := strings.Split(msid, ":")
	host, port, err := webHost(segments[0])
	if err != nil {
		return "", "", fmt.Errorf("%s: %w", strictjson.Clip(id), err)
	}
	if len(segments) == 1 {
		return host + port, "/.well-known", nil
	}
	for _, segment := range segments[1:] {
		if err := checkSegment(segment); err != nil {
			return "", "", fmt.Errorf("%s: %w", strictjson.Clip(id), err)
		}
	}
	return host + port, "/" + strings.Join(segments[1:], "/"), nil
}

// webHost splits "school.example%3A8443" into host and ":8443".
func webHost(s string) (host, port string, err error) {
	at := strings.IndexByte(s, '%')
	if at < 0 {
		return s, "", nil
	}
	host, port = s[:at], s[at:]
	if !strings.EqualFold(port[:3], "%3A") {
		return "", "", errors.New("a host name has no percent-encoded characters but the colon before a port")
	}
	port = port[3:]
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 || port[0] == '0' {
		return "", "", fmt.Errorf("%q is no port", port)
	}
	return host, ":" + port, nil
}

// checkSegment refuses what would make the path another one than it looks like.
func checkSegment(s string) error {
	plain, err := url.PathUnescape(s)
	switch {
	case err != nil || plain == "":
		return errors.New("an empty part between two colons")
	case plain == "." || plain == "..":
		return fmt.Errorf("%q would leave the folder", s)
	case strings.ContainsFunc(plain, func(r rune) bool { return r < ' ' || strings.ContainsRune("/\\?#%\x7f\uFFFD", r) }):
		return fmt.Errorf("%q has a character that belongs in no folder's name", s)
	}
	return nil
}

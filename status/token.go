package status

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"laurel/internal/fetch"
	"laurel/internal/jose"
	"laurel/internal/strictjson"
	"laurel/proof"
)

// This file has the Token Status List (draft-ietf-oauth-status-list), by which
// tokens are revoked: the claim in a token, the signed list, and what it says.

// TokenType is the typ of a signed list.
const TokenType = "statuslist+jwt"

// TokenStatus is the purpose that a Result gives to an entry of a Token Status List,
// whose one number tells revocation and suspension apart.
const TokenStatus Purpose = "token status"

// maxTTL bounds how long a list may ask to be kept; MaxAge bounds it further.
const maxTTL = 365 * 24 * time.Hour

// TokenDraft is what a signed list says.
type TokenDraft struct {
	URL  string        // where it will be published; becomes its sub
	List *TokenList    // the list itself
	TTL  time.Duration // how long a reader may keep it; 0 leaves it out
}

// SignToken makes the signed list, ready to be published at its URL as
// application/statuslist+jwt. Created is required, since readers ask for iat;
// Expires is recommended.
func SignToken(d TokenDraft, opt proof.SignOptions) (string, error) {
	if d.URL == "" || d.List == nil || opt.Created.IsZero() {
		return "", errors.New("status: a signed list needs a URL, a list and the time when it is made")
	}
	claims := strictjson.Object(
		strictjson.Member{Name: "sub", Value: strictjson.String(d.URL)},
		strictjson.Member{Name: "ttl", Value: seconds(d.TTL)},
		strictjson.Member{Name: "status_list", Value: strictjson.Object(
			strictjson.Member{Name: "bits", Value: strictjson.Int(d.List.Bits())},
			strictjson.Member{Name: "lst", Value: strictjson.String(d.List.Encode())},
		)},
	)
	return proof.SignClaims(TokenType, claims, opt)
}

func seconds(d time.Duration) strictjson.Value {
	if d <= 0 {
		return strictjson.Value{}
	}
	return strictjson.Int(int(d.Seconds()))
}

// TokenEntry makes the status claim of a token: its place in a list.
func TokenEntry(listURL string, index int) strictjson.Value {
	return strictjson.Object(strictjson.Member{Name: "status_list", Value: strictjson.Object(
		strictjson.Member{Name: "idx", Value: strictjson.Int(index)},
		strictjson.Member{Name: "uri", Value: strictjson.String(listURL)},
	)})
}

// isTokenEntry tells a status claim from a credentialStatus.
func isTokenEntry(v strictjson.Value) bool {
	return v.Get("status_list").Exists() && !v.Get("type").Exists()
}

// ReadTokenEntry reads the status claim of a token. It fails with ErrRange for an
// index that is not a plain number, and with ErrVerification for a list that is not
// named. (A claim that names another mechanism fails ReadEntry, with ErrType.)
func ReadTokenEntry(v strictjson.Value) (Entry, error) {
	place := v.Get("status_list")
	uri, ok := place.Get("uri").Text()
	if !ok || uri == "" {
		return Entry{}, fmt.Errorf("%w: the status claim names no uri", ErrVerification)
	}
	literal, ok := place.Get("idx").Literal()
	if !ok {
		return Entry{}, fmt.Errorf("%w: idx is %v, not a number", ErrRange, place.Get("idx").Kind())
	}
	index, err := ParseIndex(literal)
	if err != nil {
		return Entry{}, err
	}
	return Entry{Purpose: TokenStatus, Index: index, ListURL: uri}, nil
}

// tokenRequest is the request for a signed list as it was at a time, or is now:
// "time: … a NumericDate" asks for the past (section 8.4).
func (s *Source) tokenRequest(q Query, listURL string, archived bool) (request, error) {
	req := request{url: listURL, id: listURL, at: q.At, archived: archived, token: true, issuer: q.Issuer}
	if !archived {
		return req, nil
	}
	u, err := url.Parse(listURL)
	if err != nil {
		return request{}, fmt.Errorf("%w: %v", ErrRetrieval, err)
	}
	query := u.Query()
	query.Set("time", strconv.FormatInt(q.At.Unix(), 10))
	u.RawQuery = query.Encode()
	req.url = u.String()
	return req, nil
}

// openToken verifies a signed list and reads it.
func (s *Source) openToken(ctx context.Context, res *fetch.Resource, req request, at time.Time) (*verified, error) {
	opened, err := proof.OpenClaims(ctx, res.Body, proof.ClaimsOptions{
		Options: proof.Options{Keys: s.Keys, Suites: s.Suites, At: at, Leeway: s.leeway()},
		Type:    TokenType, Issuer: req.issuer,
		Limits: strictjson.Limits{String: 2 * maxPacked},
	})
	switch {
	case errors.Is(err, jose.ErrMalformed):
		return nil, fmt.Errorf("%w: the answer is no signed list: %w", ErrRetrieval, err)
	case errors.Is(err, strictjson.ErrLimit):
		return nil, fmt.Errorf("%w: %w", ErrLimit, err)
	case err != nil:
		return nil, s.ahead(fmt.Errorf("%w: %w", ErrVerification, err), at)
	}
	list, ttl, err := readTokenClaims(opened, req.id)
	if err != nil {
		return nil, err
	}
	v := &verified{
		Evidence: Evidence{
			URL: req.url, Issuer: opened.Issuer, Source: res.Source, Fetched: res.Fetched, SHA256: res.SHA256,
			Signed: opened.Issued, Until: opened.Until, Archived: req.archived,
		},
		token: list, ttl: ttl, opened: at,
	}
	s.date(v, req, res)
	return v, nil
}

// readTokenClaims reads what a signed list must say: "sub … MUST be equal to that
// of the uri claim", "iat … REQUIRED", "status_list … REQUIRED", "ttl … OPTIONAL …
// a positive number".
func readTokenClaims(opened *proof.OpenedClaims, uri string) (*TokenList, time.Duration, error) {
	claims := opened.Claims
	if sub := claims.Get("sub"); sub.Str() != uri {
		return nil, 0, fmt.Errorf("%w: it is for %s, and %s was asked for", ErrVerification, shown(sub), strictjson.Clip(uri))
	}
	if opened.Issued.IsZero() {
		return nil, 0, fmt.Errorf("%w: it does not say when it was made", ErrVerification)
	}
	literal, _ := claims.Get("status_list").Get("bits").Literal()
	bits, err := strconv.Atoi(literal)
	if err != nil || literal != strconv.Itoa(bits) {
		return nil, 0, fmt.Errorf("%w: bits is %s", ErrVerification, shown(claims.Get("status_list").Get("bits")))
	}
	lst, ok := claims.Get("status_list").Get("lst").Text()
	if !ok {
		return nil, 0, fmt.Errorf("%w: it holds no list", ErrVerification)
	}
	list, err := DecodeToken(bits, lst)
	if err != nil {
		return nil, 0, err
	}
	ttl := defaultTTL
	if said, _ := claims.Get("ttl").Literal(); said != "" {
		n, err := strconv.ParseFloat(said, 64)
		if err != nil || n <= 0 || n > maxTTL.Seconds() {
			return nil, 0, fmt.Errorf("%w: ttl is %s", ErrVerification, strictjson.Clip(said))
		}
		ttl = time.Duration(n * float64(time.Second))
	}
	return list, ttl, nil
}

// judgeToken reads the entry's number in a verified list and says what it means at
// the judged time.
func (s *Source) judgeToken(r Result, v *verified, q Query) Result {
	if err := s.spokenBy(v, q.Issuer); err != nil {
		return refused(r, err)
	}
	r.List = v.Evidence
	value, err := v.token.Get(r.Entry.Index)
	if err != nil {
		return refused(r, err)
	}
	// A list of one bit knows nothing that could have been undone since.
	if err := s.inTime(v, q, value == Valid && v.token.Bits() == 1); err != nil {
		return refused(r, err)
	}
	switch value {
	case Valid:
		r.Outcome, r.Err = Clear, nil
	case Revoked:
		r.Outcome, r.Err = Set, ErrRevoked
	case Suspended:
		r.Outcome, r.Err = Set, ErrSuspended
	default:
		return refused(r, fmt.Errorf("%w: status %d means something to its issuer alone", ErrType, value))
	}
	return r
}

// DescribeToken is Describe for a Token Status List. Such a list need not say whose
// it is; issuer is whose tokens name it.
func (s *Source) DescribeToken(ctx context.Context, listURL, issuer string, at time.Time) (Listing, error) {
	archived := !at.IsZero()
	if !archived {
		at = s.now()
	}
	req, err := s.tokenRequest(Query{Issuer: issuer, At: at}, listURL, archived)
	if err != nil {
		return Listing{}, err
	}
	v, err := s.load(ctx, req)
	if err != nil {
		return Listing{}, err
	}
	return Listing{Evidence: v.Evidence, Bits: v.token.Bits(), Length: v.token.Len(), Set: v.token.Count(), TTL: v.ttl}, nil
}

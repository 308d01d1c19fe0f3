package openid4vc

import (
	"errors"
	"fmt"

	"laurel/internal/strictjson"
	"laurel/openid4vc/dcql"
)

// The sentinels. Each names one thing that can be wrong, and every error of this
// package about what others sent wraps exactly one of them, so that a caller maps
// them to codes one to one: Code does. ErrorCode gives the word of the protocol.
var (
	// ErrRequest says that an authorization request breaks the rules of section 5.
	// REQUEST_INVALID
	ErrRequest = errors.New("the request is not valid")
	// ErrDraft says that a request speaks a draft of OpenID4VP, not 1.0.
	// REQUEST_INVALID
	ErrDraft = errors.New("the request is written in a draft of OpenID4VP, not in 1.0")
	// ErrRequestMethod says that request_uri_method is neither get nor post.
	// REQUEST_INVALID
	ErrRequestMethod = errors.New("request_uri_method must be get or post")
	// ErrTransactionData says that the request asks to authorise a transaction,
	// of a kind that is not known here; none is. REQUEST_INVALID
	ErrTransactionData = errors.New("the request asks to authorise a transaction of an unknown kind")
	// ErrScope says that the request names what it wants by a scope; none is known
	// here. REQUEST_INVALID
	ErrScope = errors.New("the request asks by scope, and none is known here")
	// ErrResponseType says that another response than a vp_token is asked for.
	// REQUEST_INVALID
	ErrResponseType = errors.New("the request asks for another response than vp_token")
	// ErrRequestType says that a request object's typ is not
	// oauth-authz-req+jwt. TYP_MISMATCH
	ErrRequestType = errors.New("the request object is of another type")
	// ErrRequestSignature says that a request object is not signed by whom it
	// names: no signature, one that does not fit, a key of somebody else.
	// REQUEST_SIGNATURE_INVALID
	ErrRequestSignature = errors.New("the request is not signed by whom it names")
	// ErrClientID says that a request's client_id does not fit: to its prefix, to
	// the address of the answer, to the certificate, to the link that led to it.
	// CLIENT_ID_MISMATCH
	ErrClientID = errors.New("the client_id does not fit the request")
	// ErrRequestExpired says that a request object is past its time, or before it.
	// REQUEST_EXPIRED
	ErrRequestExpired = errors.New("the request has expired")
	// ErrResponse says that a response is malformed. MALFORMED_RESPONSE
	ErrResponse = errors.New("the response is malformed")
	// ErrResponseMode says that an encrypted response was asked for and a plain one
	// came, or the other way round. RESPONSE_MODE_MISMATCH
	ErrResponseMode = errors.New("the response came in another mode than asked for")
	// ErrDecryption says that an encrypted response cannot be read with the key of
	// this request. DECRYPTION_FAILED
	ErrDecryption = errors.New("the response cannot be decrypted")
	// ErrState says that a response carries another state than the request, or
	// none. STATE_MISMATCH
	ErrState = errors.New("the response belongs to another request")
	// ErrNonce says that a presentation is bound to another nonce than the
	// request's. CHALLENGE_MISMATCH
	ErrNonce = errors.New("the presentation was made for another request")
	// ErrAudience says that a presentation is bound to another client_id than the
	// request's. DOMAIN_MISMATCH
	ErrAudience = errors.New("the presentation was made for somebody else")
	// ErrLimit says that something is larger than is read. LIMIT_EXCEEDED
	ErrLimit = errors.New("larger than is read here")
)

// kind is what one sentinel means elsewhere.
type kind struct {
	err   error
	code  string // of reports
	oauth string // of an error response, section 8.5; "" if it is never sent
}

var kinds = []kind{
	{ErrLimit, "LIMIT_EXCEEDED", "invalid_request"},
	{dcql.ErrLimit, "LIMIT_EXCEEDED", "invalid_request"},
	{dcql.ErrQuery, "REQUEST_INVALID", "invalid_request"},
	{ErrRequest, "REQUEST_INVALID", "invalid_request"},
	{ErrDraft, "REQUEST_INVALID", "invalid_request"},
	{ErrRequestMethod, "REQUEST_INVALID", "invalid_request_uri_method"},
	{ErrTransactionData, "REQUEST_INVALID", "invalid_transaction_data"},
	{ErrScope, "REQUEST_INVALID", "invalid_scope"},
	{ErrResponseType, "REQUEST_INVALID", "unsupported_response_type"},
	{ErrRequestType, "TYP_MISMATCH", "invalid_request"},
	{ErrRequestSignature, "REQUEST_SIGNATURE_INVALID", "invalid_request"},
	{ErrClientID, "CLIENT_ID_MISMATCH", "invalid_request"},
	{ErrRequestExpired, "REQUEST_EXPIRED", "invalid_request"},
	{dcql.ErrNotSatisfied, "DCQL_NOT_SATISFIED", "access_denied"},
	{ErrResponse, "MALFORMED_RESPONSE", ""},
	{ErrResponseMode, "RESPONSE_MODE_MISMATCH", ""},
	{ErrDecryption, "DECRYPTION_FAILED", ""},
	{ErrState, "STATE_MISMATCH", ""},
	{ErrNonce, "CHALLENGE_MISMATCH", ""},
	{ErrAudience, "DOMAIN_MISMATCH", ""},
}

// Code is the stable code of an error of this package or of package dcql, as reports and problem
// documents name it ("REQUEST_INVALID"); "" for nil and for other errors.
func Code(err error) string { return kindOf(err).code }

// ErrorCode is the word with which a wallet tells a verifier why it sends no
// presentation ("invalid_request", section 8.5); "" if the error is none of a
// request.
func ErrorCode(err error) string { return kindOf(err).oauth }

func kindOf(err error) kind {
	for _, k := range kinds {
		if errors.Is(err, k.err) {
			return k
		}
	}
	return kind{}
}

// invalid wraps a sentinel with what is wrong.
func invalid(sentinel error, format string, args ...any) error {
	return fmt.Errorf("%w: %s", sentinel, fmt.Sprintf(format, args...))
}

// unreadable is invalid for JSON that could not be parsed: what is too large stays
// told apart from what is wrong.
func unreadable(sentinel error, what string, err error) error {
	if errors.Is(err, strictjson.ErrLimit) {
		sentinel = ErrLimit
	}
	return fmt.Errorf("%w: %s: %w", sentinel, what, err)
}

// maxTexts bounds lists of names in a request: content encryptions, ids.
const maxTexts = 64

// shown is a text of a stranger as it may stand in an error.
func shown(text string) string {
	const most = 80
	if len(text) > most {
		return fmt.Sprintf("%.*q…", most, text)
	}
	return fmt.Sprintf("%q", text)
}

// texts reads "a non-empty array of strings".
func texts(v strictjson.Value, name string) ([]string, error) {
	elems := v.Elems()
	if len(elems) == 0 || len(elems) > maxTexts {
		return nil, invalid(ErrRequest, "%s must be an array of some strings", name)
	}
	out := make([]string, len(elems))
	for i, e := range elems {
		text, ok := e.Text()
		if !ok || text == "" {
			return nil, invalid(ErrRequest, "%s has %s in it, not a string", name, e.Kind())
		}
		out[i] = text
	}
	return out, nil
}

func member(name string, v strictjson.Value) strictjson.Member {
	return strictjson.Member{Name: name, Value: v}
}

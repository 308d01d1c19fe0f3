package answer

import (
	"errors"

	"laurel/internal/fetch"
	"laurel/openid4vc"
)

// Explain says for people why there is nothing to answer, or why an answer was not
// sent: the stable code, "" where none fits, and a sentence. The error itself is for
// those who wrote the request.
func Explain(err error) (code, sentence string) {
	code = openid4vc.Code(err)
	switch code {
	case "REQUEST_SIGNATURE_INVALID":
		return code, "The request is not signed by the one it names. Somebody may be pretending, so it is not answered."
	case "TYP_MISMATCH":
		return code, "The link leads to a signed text that is no request."
	case "CLIENT_ID_MISMATCH":
		return code, "The request gives one name here and another there. Somebody may be pretending, so it is not answered."
	case "REQUEST_EXPIRED":
		return code, "The request is no longer good, or not yet. Ask for a new one."
	case "LIMIT_EXCEEDED":
		return code, "The request is larger than any honest one."
	case "REQUEST_INVALID":
		return code, "The request is not in order, so it is not answered. Whoever made it has to mend it."
	case "DCQL_NOT_SATISFIED":
		return code, "You have nothing that answers it."
	}
	switch {
	case errors.Is(err, ErrSent):
		return "", "This was sent already. An answer counts only once."
	case errors.Is(err, ErrNotTaken) && errors.Is(err, fetch.ErrStatus):
		return "", "They did not take the answer. Ask for a new request."
	case errors.Is(err, ErrNotTaken):
		return "", "It is not known whether the answer arrived. Ask them."
	case errors.Is(err, fetch.ErrRefused):
		return "", "The link leads to an address that this wallet does not connect to."
	case errors.Is(err, fetch.ErrStatus):
		return "", "The request is not there, or not any more. Ask for a new one."
	case errors.Is(err, fetch.ErrUnreachable), errors.Is(err, fetch.ErrOffline):
		return "", "The request could not be fetched just now."
	default:
		return "", ""
	}
}

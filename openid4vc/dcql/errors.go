package dcql

import (
	"errors"
	"fmt"
)

// The sentinels. Every error of this package wraps exactly one of them; package
// openid4vc gives their codes.
var (
	// ErrQuery says that a query breaks the rules of section 6. REQUEST_INVALID
	ErrQuery = errors.New("the query is not valid")
	// ErrNotSatisfied says that an answer does not give what a query asks for, or
	// that a wallet cannot. DCQL_NOT_SATISFIED
	ErrNotSatisfied = errors.New("the query is not satisfied")
	// ErrLimit says that a query is larger than is read. LIMIT_EXCEEDED
	ErrLimit = errors.New("the query is larger than is read here")
)

// invalid wraps a sentinel with what is wrong.
func invalid(sentinel error, format string, args ...any) error {
	return fmt.Errorf("%w: %s", sentinel, fmt.Sprintf(format, args...))
}

// shown is a text of a stranger as it may stand in an error.
func shown(text string) string {
	const most = 80
	if len(text) > most {
		return fmt.Sprintf("%.*q…", most, text)
	}
	return fmt.Sprintf("%q", text)
}

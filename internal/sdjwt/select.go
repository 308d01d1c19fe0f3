package sdjwt

import (
	"fmt"
	"strings"

	"laurel/internal/strictjson"
)

// Select keeps the disclosures that reveal what the pointers name, and those that
// these lie in, and drops all others and the key binding. A pointer is one into
// Claims.Document of this token; what is disclosable below it stays hidden unless
// it is named too. Pointers to what is always visible change nothing; one to
// nothing at all is an error, as are disclosures that do not fit (ErrDisclosure).
func (t *Token) Select(pointers []string) (*Token, error) {
	claims, err := t.Claims()
	if err != nil {
		return nil, err
	}
	keep := make([]bool, len(t.Disclosures))
	for _, p := range pointers {
		if !exists(claims.Document, p) {
			return nil, fmt.Errorf("%w: there is nothing at %s", ErrDisclosure, strictjson.Clip(p))
		}
		for _, c := range claims.Disclosed {
			if p == c.Pointer || strings.HasPrefix(p, c.Pointer+"/") {
				keep[c.disclosure] = true
			}
		}
	}
	out := &Token{JWT: t.JWT}
	for i, d := range t.Disclosures {
		if keep[i] {
			out.Disclosures = append(out.Disclosures, d)
		}
	}
	return out, nil
}

package wallet

import (
	"laurel/internal/strictjson"
)

// ContentID is the id of the card of a document with an embedded proof, for tests
// that make documents by the thousand.
func ContentID(doc strictjson.Value) (string, error) {
	canonical, err := doc.Canonical()
	return idOf(canonical), err
}

package aries

// ValueOf decodes what stands in proofValue.
func ValueOf(text string) ([]byte, error) { return decodeBase64(text) }

// MaxStatements is the bound of BBS+ documents.
const MaxStatements = maxStatements

package web

import (
	"context"

	"laurel/did"
	"laurel/proof"
)

// tokenSuites are the signed tokens that test verifiers read.
func tokenSuites() proof.Suites { return proof.Suites{proof.VCJOSE{}, proof.VCJWT{}, proof.SDJWT{}} }

// fixed resolves everything to one document.
type fixed struct{ doc *did.Document }

func (f fixed) Resolve(context.Context, string) (*did.Document, error) { return f.doc, nil }

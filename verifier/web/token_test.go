package web

import "laurel/proof"

// tokenSuites are the signed tokens that test verifiers read.
func tokenSuites() proof.Suites { return proof.Suites{proof.VCJOSE{}, proof.VCJWT{}, proof.SDJWT{}} }

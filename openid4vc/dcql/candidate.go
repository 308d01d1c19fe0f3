package dcql

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"slices"

	"laurel/credential"
	"laurel/internal/jose"
	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
)

// Candidate is one credential as a query sees it. The wallet makes one of each
// credential that it keeps, the verifier of each that was presented to it, and of
// the document that was verified, never of the bytes that came in.
type Candidate struct {
	Format Format
	// Claims is where claims paths begin: the credential document (LDP, JWT), or
	// the processed payload (SDJWT).
	Claims strictjson.Value
	// Types are the expanded types (LDP, JWT): an IRI where a context defines the
	// name, and else the name as it is written.
	Types []string
	// VCT is the type of an SDJWT credential, and behind it those that it extends
	// as far as they are known.
	VCT []string
	// Authorities are those that are known to stand behind the issuer:
	// ChainAuthorities, and for a wallet TokenAuthorities.
	Authorities []Authorities
	// Bound says that holding the key which the credential was issued to can be
	// proven (wallet), or was proven (verifier).
	Bound bool
	// Unfit says why the verifier could not check it, in words; "" if it can. Only a
	// wallet knows that beforehand, from what the verifier says that it reads.
	Unfit string
	// Part says that claims may have been left out, by selective disclosure. See
	// Query.Check.
	Part bool
}

// FromDocument makes the candidate of a W3C credential in the format LDP or JWT.
// The types are expanded with the given contexts (nil for none); what they do not
// define stays as it is written, which is what JSON-LD makes of it.
func FromDocument(format Format, doc strictjson.Value, contexts *jsonld.Contexts) Candidate {
	return Candidate{Format: format, Claims: doc, Types: expand(doc, contexts)}
}

// FromClaims makes the candidate of an SD-JWT VC, from its payload with the
// disclosures put in their places.
func FromClaims(claims strictjson.Value) Candidate {
	c := Candidate{Format: SDJWT, Claims: claims}
	if vct, ok := claims.Get("vct").Text(); ok {
		c.VCT = []string{vct}
	}
	return c
}

// maxCertificates bounds the certificates of one token that are looked at. Honest
// chains have one to three.
const maxCertificates = 8

// TokenAuthorities are the ChainAuthorities of the certificates in the header of a token:
// an SD-JWT, with whatever is behind its ~, or a JWT. Nothing is verified, so this is for
// a wallet, which picks what may do; who signed a token can write any certificates into
// its header. Nil if there are none.
func TokenAuthorities(token []byte) []Authorities {
	signed, _, _ := bytes.Cut(token, []byte("~"))
	m, err := jose.Parse(signed)
	if err != nil {
		return nil
	}
	var chain []*x509.Certificate
	x5c := m.Header.Get("x5c").Elems()
	for _, e := range x5c[:min(len(x5c), maxCertificates)] {
		der, err := base64.StdEncoding.DecodeString(e.Str())
		if err != nil {
			return nil
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil
		}
		chain = append(chain, c)
	}
	return ChainAuthorities(chain)
}

// ChainAuthorities are the authorities that the certificates of an issuer name (section
// 6.1.1.1): the AuthorityKeyIdentifier of each. A verifier gives the chain that the
// issuer's key was believed for. Nil if they name none.
func ChainAuthorities(chain []*x509.Certificate) []Authorities {
	keys := Authorities{Kind: "aki"}
	for _, c := range chain {
		if len(c.AuthorityKeyId) > 0 {
			keys.Values = append(keys.Values, jose.Encode(c.AuthorityKeyId))
		}
	}
	if keys.Values == nil {
		return nil
	}
	return []Authorities{keys}
}

// rdfType is what a type states in RDF.
const rdfType = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"

// maxTypes bounds the types of one document that are expanded; the largest seen
// has five.
const maxTypes = 32

// expand expands the types of a document: all at once, or one by one if there is a name
// that no context defines, so that it does not spoil its neighbours.
func expand(doc strictjson.Value, contexts *jsonld.Contexts) []string {
	names := credential.Types(doc)
	names = names[:min(len(names), maxTypes)]
	if len(names) == 0 {
		return nil
	}
	local := doc.Get("@context")
	if all := typesIn(local, names, contexts); all != nil {
		return all
	}
	out := make([]string, 0, len(names))
	for _, name := range names {
		iri := name
		if one := typesIn(local, []string{name}, contexts); one != nil {
			iri = one[0]
		}
		if !slices.Contains(out, iri) {
			out = append(out, iri)
		}
	}
	return out
}

// typesIn expands names under a context; nil if one of them is not defined.
func typesIn(local strictjson.Value, names []string, contexts *jsonld.Contexts) (out []string) {
	quads, err := jsonld.ToRDF(strictjson.Object(
		member("@context", local),
		member("id", strictjson.String("urn:laurel:document")),
		member("type", strictjson.Strings(names...)),
	), jsonld.Options{Contexts: contexts})
	if err != nil {
		return nil
	}
	for _, q := range quads {
		if q.Predicate == rdfType {
			out = append(out, q.Object.Value)
		}
	}
	return out
}

package answer

import (
	"bytes"
	"fmt"

	"laurel/internal/jose"
	"laurel/openid4vc"
	"laurel/openid4vc/dcql"
	"laurel/proof"
	"laurel/wallet"
)

// kind is how something is secured, in the words of vp_formats_supported.
type kind struct{ parameter, value string }

// unfit says why a verifier that says so much of itself could not check a credential as
// this wallet would show it; "" if it can. "If present, the […] of the presented
// Verifiable Credential or Verifiable Presentation MUST match one of the array values"
// (appendix B). holder is nil for a credential that the wallet cannot present.
func unfit(m *openid4vc.Metadata, format dcql.Format, d *proof.Document, holder *wallet.Identity) string {
	if !m.Takes(format, "", "") {
		return fmt.Sprintf("they do not read credentials in its form (%s)", format)
	}
	for _, k := range signed(format, d) {
		if !m.Takes(format, k.parameter, k.value) {
			return fmt.Sprintf("they do not read what is signed with %s", k.value)
		}
	}
	if holder == nil {
		return ""
	}
	for _, k := range presented(format, holder.Kind()) {
		if !m.Takes(format, k.parameter, k.value) {
			return fmt.Sprintf("they do not read what you would sign with %s, as that identity of yours does", k.value)
		}
	}
	return ""
}

// signed are the ways in which a credential is secured when it is shown.
func signed(format dcql.Format, d *proof.Document) []kind {
	switch format {
	case dcql.LDP:
		return embedded(d)
	case dcql.JWT:
		return []kind{{"alg_values", algorithm(d)}}
	default:
		return []kind{{"sd-jwt_alg_values", algorithm(d)}}
	}
}

// embedded are the proofs of a document. Of several, the one that lets its holder show a
// part is shown, and the others are not.
func embedded(d *proof.Document) []kind {
	var all []kind
	for _, p := range d.Unverified().Get("proof").List() {
		own := []kind{{"proof_type_values", p.Get("type").Str()}}
		if suite := p.Get("cryptosuite"); suite.Exists() {
			own = append(own, kind{"cryptosuite_values", suite.Str()})
		}
		if p.Get("cryptosuite").Str() == "ecdsa-sd-2023" {
			return own
		}
		all = append(all, own...)
	}
	return all
}

// algorithm is that of the issuer's signature.
func algorithm(d *proof.Document) string {
	token, _, _ := bytes.Cut([]byte(d.Compact()), []byte("~"))
	m, err := jose.Parse(token)
	if err != nil {
		return ""
	}
	return m.Algorithm()
}

// presented are the ways in which an identity secures a presentation.
func presented(format dcql.Format, key wallet.KeyKind) []kind {
	suite, alg := "eddsa-rdfc-2022", "EdDSA"
	if key == wallet.P256 {
		suite, alg = "ecdsa-rdfc-2019", "ES256"
	}
	switch format {
	case dcql.LDP:
		return []kind{{"proof_type_values", "DataIntegrityProof"}, {"cryptosuite_values", suite}}
	case dcql.JWT:
		return []kind{{"alg_values", alg}}
	default:
		return []kind{{"kb-jwt_alg_values", alg}}
	}
}

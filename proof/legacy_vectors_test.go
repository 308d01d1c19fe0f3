package proof

import (
	"errors"
	"testing"

	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
)

// TestPublishedLegacyVectors opens every published legacy document whose key is at
// hand, and refuses its negative twins.
func TestPublishedLegacyVectors(t *testing.T) {
	published := []struct {
		file, kind        string
		challenge, domain string
	}{
		{"badges/jff-plugfest/plugfest-1-2022/plugfest-1-ex-1.json", "Ed25519Signature2018", "", ""},
		{"badges/jff-plugfest/plugfest-1-2022/plugfest-1-ex-2.json", "Ed25519Signature2018", "", ""},
		{"badges/jff-plugfest/plugfest-3-2023/signed_badge_example-p3.json", "Ed25519Signature2018", "", ""},
		{"badges/w3c-ccg-vc-examples/chapi-http-edu/vp.json", "Ed25519Signature2018", "99612b24-63d9-11ea-b99f-4f66f3e4f81a", "verifier.interop.transmute.world"},
		{"legacy-proofs/ed25519-university-degree.json", "Ed25519Signature2018", "", ""},
		{"legacy-proofs/bbs-permanent-resident-card.json", "BbsBlsSignature2020", "", ""},
		{"legacy-proofs/bbs-university-degree.json", "BbsBlsSignature2020", "", ""},
	}
	for _, tt := range published {
		t.Run(tt.file, func(t *testing.T) {
			opt := legacyOptions()
			opt.Challenge, opt.Domain = tt.challenge, tt.domain
			doc := parseVector(t, tt.file)
			opened, err := open(doc, opt)
			if err != nil {
				t.Fatal(err)
			}
			if p := opened.Proofs[0]; p.Cryptosuite != tt.kind || !p.Legacy {
				t.Errorf("%+v", p)
			}
			text, proof := strictjson.String, doc.Get("proof")
			first := func(name string) strictjson.Value { return doc.With("proof", proof.With(name, text("x"))) }
			for name, twin := range map[string]struct {
				doc  strictjson.Value
				want error
			}{
				"an undefined property": {doc.With("grade", text("A")), jsonld.ErrUndefinedTerm},
				"a type more":           {doc.With("type", strictjson.Array(append(doc.Get("type").List(), text("https://example.com/Expert"))...)), ErrSignature},
				"an id":                 {doc.With("id", text("urn:uuid:00000000-0000-4000-8000-000000000000")), ErrSignature},
				"made earlier":          {doc.With("proof", proof.With("created", text("2019-01-01T00:00:00Z"))), ErrSignature},
				"made later":            {doc.With("proof", proof.With("created", text("2030-01-01T00:00:00Z"))), ErrNotYetValid},
				"no time":               {doc.With("proof", proof.Without("created")), ErrMalformed},
				"another purpose":       {doc.With("proof", proof.With("proofPurpose", text("keyAgreement"))), ErrPurpose},
				"another type":          {first("type"), ErrTypeUnsupported},
				"no proof":              {doc.Without("proof"), ErrMissing},
				"two proofs, one bad":   {doc.With("proof", strictjson.Array(proof, proof.With("created", text("2019-01-01T00:00:00Z")))), ErrSignature},
				"a member more":         {first("capability"), ErrMalformed},
			} {
				if opened, err := open(twin.doc, opt); !errors.Is(err, twin.want) || opened != nil {
					t.Errorf("%s: %v, want %v", name, err, twin.want)
				}
			}
		})
	}
}

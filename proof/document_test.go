package proof_test

import (
	"context"
	"errors"
	"testing"

	"laurel/internal/jose"
	"laurel/internal/strictjson"
	"laurel/proof"
)

// TestWhatLooksLikeAToken: the first bytes choose the reader, and its errors tell
// which one it was.
func TestWhatLooksLikeAToken(t *testing.T) {
	for text, want := range map[string]error{
		"":                                 strictjson.ErrMalformed,
		"hello":                            strictjson.ErrMalformed,
		"hello, world":                     strictjson.ErrMalformed,
		"nothing to see here.":             strictjson.ErrMalformed,
		"null":                             nil,
		"true":                             nil,
		"1.5":                              nil,
		"e30":                              jose.ErrMalformed,
		"eyJhbGciOiJFZERTQSJ9":             jose.ErrMalformed,
		"ewogImFsZyI6":                     jose.ErrMalformed,
		"ey\nJ.e30.AA":                     jose.ErrMalformed,
		"a.b.c":                            jose.ErrMalformed,
		".e30.AA":                          jose.ErrMalformed,
		"AA==.e30.AA":                      jose.ErrMalformed,
		"AA.e30.AA~AA~":                    jose.ErrMalformed,
		`{"payload":"","signature":""}`:    jose.ErrMalformed,
		`{"payload":"","signatures":[{}]}`: jose.ErrMalformed,
		`{"payload":""}`:                   nil,
		`["eyJhbGciOiJFZERTQSJ9.e30.AA"]`:  nil,
		`"eyJhbGciOiJFZERTQSJ9.e30.AA"`:    jose.ErrType,
	} {
		d := proof.Read([]byte(text))
		if !errors.Is(d.Err(), want) || want == nil && d.Err() != nil {
			t.Errorf("%q: %v, want %v", text, d.Err(), want)
		}
		if opened, err := d.Open(context.Background(), tokenOptions()); err == nil || opened != nil {
			t.Errorf("%q was opened", text)
		}
	}
	d := proof.Read([]byte(school.SignJWT(t, school.Badge(learner), proof.SignOptions{})))
	if d.Err() != nil || d.Presentation() || d.Unverified().Get("name").Str() != "Data Analysis" {
		t.Errorf("%v, %v", d.Err(), d.Unverified())
	}
}

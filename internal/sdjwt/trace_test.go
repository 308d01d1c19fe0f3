package sdjwt

import (
	"errors"
	"strings"
	"testing"

	"laurel/internal/jose"
)

// TestTrace: each disclosure with its place or its fault, also where Claims stops.
func TestTrace(t *testing.T) {
	name, nameHash := disclosure(`["salt","name","Alice"]`)
	element, elementHash := disclosure(`["salt","DE"]`)
	outer, outerHash := disclosure(`["salt","in/ner",{"_sd":["` + nameHash + `","decoy"]}]`)
	broken, brokenHash := disclosure(`["salt",`)
	for _, tt := range []struct {
		name, payload string
		disclosures   []string
		places        string // "✗" where it does not fit
		hidden        int
	}{
		{"a member", `{"_sd":["` + nameHash + `","decoy"]}`, []string{name}, "/name", 1},
		{"an element", `{"a":["x",{"...":"` + elementHash + `"},{"...":"decoy"}]}`, []string{element}, "/a/1", 1},
		{"one in another", `{"b":{"_sd":["` + outerHash + `"]}}`, []string{name, outer}, "/b/in~1ner/name /b/in~1ner", 1},
		{"one in another that is not there", `{"b":{"_sd":["` + outerHash + `"]}}`, []string{name}, "✗", 1},
		{"nobody's", `{}`, []string{name}, "✗", 0},
		{"twice", `{"_sd":["` + nameHash + `"]}`, []string{name, name}, "/name ✗", 0},
		{"in two places", `{"_sd":["` + nameHash + `"],"c":{"_sd":["` + nameHash + `"]}}`, []string{name}, "/name✗", 0},
		{"an element as a member", `{"_sd":["` + elementHash + `"]}`, []string{element}, "/✗", 0},
		{"a member as an element", `{"a":[{"...":"` + nameHash + `"}]}`, []string{name}, "/a/0✗", 0},
		{"no JSON", `{"_sd":["` + brokenHash + `"]}`, []string{broken}, "/✗", 0},
		{"no base64url", `{}`, []string{"=="}, "✗", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			all, hidden, err := raw(t, tt.payload, tt.disclosures...).Trace()
			if err != nil || hidden != tt.hidden {
				t.Fatalf("%d hidden, %v", hidden, err)
			}
			var got []string
			for _, one := range all {
				place := one.Pointer
				if one.Err != nil {
					place += "✗"
					if !errors.Is(one.Err, ErrDisclosure) {
						t.Errorf("%v", one.Err)
					}
				}
				got = append(got, place)
			}
			if strings.Join(got, " ") != tt.places {
				t.Errorf("got %q, want %q", strings.Join(got, " "), tt.places)
			}
		})
	}
	if all, _, err := raw(t, `{"_sd_alg":"md5"}`).Trace(); !errors.Is(err, jose.ErrAlgorithm) || all != nil {
		t.Errorf("MD5: %v, %v", all, err)
	}
}

// FuzzTrace: whatever Claims takes has no fault, and all of it a place.
func FuzzTrace(f *testing.F) {
	name, nameHash := disclosure(`["salt","name","Alice"]`)
	f.Add(`{"_sd":["`+nameHash+`"]}`, name)
	f.Add(`{"a":[{"...":"`+nameHash+`"}]}`, name)
	f.Fuzz(func(t *testing.T, payload, one string) {
		compact, err := jose.Sign(parse(t, `{}`), []byte(payload), issuerKey)
		if err != nil {
			t.Skip()
		}
		token, err := Parse([]byte(compact + "~" + one + "~"))
		if err != nil {
			return
		}
		claims, refused := token.Claims()
		all, hidden, err := token.Trace()
		if refused != nil {
			return
		}
		if err != nil || hidden != claims.Hidden || len(all) != len(claims.Disclosed) {
			t.Fatalf("%v, %d hidden and %d disclosed; Claims has %d and %d", err, hidden, len(all), claims.Hidden, len(claims.Disclosed))
		}
		for _, d := range all {
			if d.Err != nil || d.Pointer == "" {
				t.Errorf("%+v", d)
			}
		}
	})
}

package jose_test

import (
	"crypto"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"laurel/internal/jose"

	gojose "github.com/go-jose/go-jose/v4"
)

// vectorGroup is a group of json_web_signature_test.json.
type vectorGroup struct {
	Comment string          `json:"comment"`
	Public  json.RawMessage `json:"public"`
	Tests   []struct {
		ID     int    `json:"tcId"`
		Name   string `json:"comment"`
		JWS    any    `json:"jws"`
		Result string `json:"result"`
	} `json:"tests"`
}

func wycheproof(t testing.TB) []vectorGroup {
	t.Helper()
	data, err := os.ReadFile("../../testdata/wycheproof/json_web_signature_test.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Groups []vectorGroup `json:"testGroups"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	return file.Groups
}

// key is the public key of a group. It is nil for a shared secret, with which
// nobody may verify, and for a key whose own "alg" is not accepted: package did
// refuses to read one.
func (g vectorGroup) key(t *testing.T) crypto.PublicKey {
	t.Helper()
	if g.Public == nil {
		return nil
	}
	var members map[string]any
	if err := json.Unmarshal(g.Public, &members); err != nil {
		t.Fatal(err)
	}
	if alg, ok := members["alg"].(string); ok && !slices.Contains([]string{"ES256", "ES512", "ES521", "RS256"}, alg) {
		return nil
	}
	text, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	var key gojose.JSONWebKey
	if err := key.UnmarshalJSON(text); err != nil {
		t.Fatalf("%s: %v", g.Comment, err)
	}
	return key.Key
}

// TestWycheproof runs every message. What is valid and yet refused has an
// algorithm that is not accepted here. Whether a key may sign at all ("use",
// "key_ops") and whether it names its own algorithm rightly is not a question of
// the message: package did answers it, with the keys of these vectors.
func TestWycheproof(t *testing.T) {
	keyRules := []string{"rsa_encryption", "ec_key_for_encryption"}
	rules := jose.Rules{Types: []string{""}, RSA: true}
	accepted, refused, elsewhere, valid := 0, 0, 0, 0
	for _, group := range wycheproof(t) {
		key := group.key(t)
		for _, tt := range group.Tests {
			if slices.Contains(keyRules, group.Comment) {
				elsewhere++
				continue
			}
			compact, ok := tt.JWS.(string)
			if !ok { // the JSON form
				object, err := json.Marshal(tt.JWS)
				if err != nil {
					t.Fatal(err)
				}
				compact = string(object)
			}
			err := verify(compact, key, rules)
			switch {
			case tt.Result == "invalid" && err == nil:
				t.Errorf("%s %d, %s: an invalid message was accepted", group.Comment, tt.ID, tt.Name)
			case tt.Result == "valid" && err == nil:
				accepted++
			case tt.Result == "valid" && key != nil && !unaccepted(compact):
				t.Errorf("%s %d, %s: %v", group.Comment, tt.ID, tt.Name, err)
			case tt.Result == "valid":
				valid++
			default:
				refused++
			}
		}
	}
	got := [...]int{accepted, refused, valid, elsewhere}
	if want := [...]int{12, 351, 34, 4}; got != want {
		t.Errorf("accepted, refused, valid with another algorithm, about keys: %v, want %v", got, want)
	}
}

// unaccepted reports whether the header names an algorithm that Rules never take.
func unaccepted(compact string) bool {
	m, err := jose.Parse([]byte(compact))
	if err != nil {
		return false
	}
	return strings.HasPrefix(m.Algorithm(), "HS") || strings.HasPrefix(m.Algorithm(), "PS") ||
		m.Algorithm() == "RS384" || m.Algorithm() == "RS512"
}

func FuzzParse(f *testing.F) {
	for _, group := range wycheproof(f) {
		for _, tt := range group.Tests[:1] {
			if compact, ok := tt.JWS.(string); ok {
				f.Add([]byte(compact))
			}
		}
	}
	for _, s := range signers(f) {
		f.Add([]byte(sign(f, object("typ", "vc+jwt"), `{"iss":"a","exp":1.5,"aud":["b"]}`, s.key)))
	}
	keys := signers(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := jose.Parse(data)
		if err != nil {
			if m != nil {
				t.Fatal("a message beside an error")
			}
			return
		}
		again, err := jose.Parse(m.Compact())
		if err != nil || !again.Header.Equal(m.Header) || string(again.Payload) != string(m.Payload) {
			t.Fatalf("reads back differently: %v", err)
		}
		rules := jose.Rules{Types: []string{m.Type()}, RSA: true}
		for _, k := range keys {
			if m.Verify(k.key.Public(), rules) == nil {
				t.Fatal("a signature under a key that nobody has")
			}
		}
		if claims, err := m.Claims(); err != nil && claims.Exists() {
			t.Fatal("claims beside an error")
		}
	})
}

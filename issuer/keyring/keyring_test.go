package keyring

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"laurel/did"
)

const school = "did:web:school.example"

var day = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// ringOf makes keys of these kinds, one a day.
func ringOf(t *testing.T, kinds ...Kind) Ring {
	t.Helper()
	var r Ring
	for n, kind := range kinds {
		next, err := r.Next(school, kind, day.AddDate(0, 0, n))
		if err != nil {
			t.Fatal(err)
		}
		if len(r) > 0 && !r[len(r)-1].Until.IsZero() {
			t.Error("the ring before was changed")
		}
		r = next
	}
	return r
}

func states(r Ring) string {
	var all []string
	for _, k := range r {
		all = append(all, k.Fragment()+" "+string(k.Type)+" "+k.State())
	}
	return strings.Join(all, ", ")
}

func TestNext(t *testing.T) {
	r := ringOf(t, Edwards, NIST, Edwards)
	if got := states(r); got != "key-1 Ed25519 retired, key-2 P-256 active, key-3 Ed25519 active" {
		t.Error(got)
	}
	if !r[0].Until.Equal(day.AddDate(0, 0, 2)) || !r[2].From.Equal(day.AddDate(0, 0, 2)) {
		t.Errorf("windows: %+v", r.Public())
	}
	for kind, want := range map[Kind]string{Edwards: school + "#key-3", NIST: school + "#key-2"} {
		if k, err := r.Signing(kind); err != nil || k.ID != want || KindOf(k.Signer.Public()) != kind {
			t.Errorf("%s: %s, %v", kind, k.ID, err)
		}
	}
	if k, err := ringOf(t, Edwards).Signing(NIST); !errors.Is(err, ErrState) || k.Signer != nil {
		t.Errorf("of a kind that is not there: %v, %v", k, err)
	}
}

func TestRetire(t *testing.T) {
	r := ringOf(t, Edwards, NIST)
	if _, err := r.Retire(0, day); !errors.Is(err, ErrState) {
		t.Errorf("the last one: %v", err)
	}
	r = ringOf(t, Edwards, Edwards)
	again, err := r.Retire(0, day.AddDate(1, 0, 0))
	if err != nil || !again[0].Until.Equal(r[0].Until) {
		t.Errorf("retired twice: %v, %v", again[0].Until, err)
	}
	if states(r) != "key-1 Ed25519 retired, key-2 Ed25519 active" {
		t.Error("the ring was changed")
	}
}

func TestCompromise(t *testing.T) {
	later := day.AddDate(1, 0, 0)
	for _, test := range []struct {
		n        int
		replaced bool
		want     string
	}{
		{0, false, "key-1 Ed25519 compromised, key-2 Ed25519 active"},
		{1, true, "key-1 Ed25519 retired, key-2 Ed25519 compromised, key-3 Ed25519 active"},
	} {
		before := ringOf(t, Edwards, Edwards)
		r, replaced, err := before.Compromise(test.n, school, later)
		if err != nil || replaced != test.replaced || states(r) != test.want || !r[test.n].Revoked.Equal(later) {
			t.Errorf("%d: %s, %v, %v", test.n, states(r), replaced, err)
		}
		if states(before) != "key-1 Ed25519 retired, key-2 Ed25519 active" {
			t.Error("the ring before was changed")
		}
		again, replaced, err := r.Compromise(test.n, school, later.AddDate(1, 0, 0))
		if err != nil || replaced || !again[test.n].Revoked.Equal(later) {
			t.Errorf("%d, twice: %v, %v", test.n, again[test.n].Revoked, err)
		}
	}
}

// What is published has no secret in it; of what is compromised, one says so and the
// other has nothing.
func TestPublished(t *testing.T) {
	r, _, err := ringOf(t, Edwards, NIST).Compromise(0, school, day.AddDate(1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := r.Document(school)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := did.ParseDocument(doc.JSON())
	if err != nil || len(parsed.Methods) != 3 || parsed.Methods[0].Revoked.IsZero() || !parsed.Methods[1].Revoked.IsZero() {
		t.Errorf("%s, %v", doc.JSON(), err)
	}
	meta, err := r.Metadata("https://school.example")
	if err != nil || len(meta.Get("jwks").Get("keys").Elems()) != 2 || meta.Get("jwks").Get("keys").Elems()[0].Get("kid").Str() != "key-2" {
		t.Errorf("%s, %v", meta.JSON(), err)
	}
	public, err := json.Marshal(r.Public())
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range r {
		for _, text := range []string{string(doc.JSON()), string(meta.JSON()), string(public)} {
			if strings.Contains(text, k.Secret) || strings.Contains(text, `"d"`) {
				t.Errorf("a secret is published: %s", text)
			}
		}
	}
}

func TestRestore(t *testing.T) {
	for _, kind := range []Kind{Edwards, NIST} {
		made, err := New(kind, day)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(made)
		if err != nil {
			t.Fatal(err)
		}
		var kept Key
		if err := errors.Join(json.Unmarshal(text, &kept), kept.Restore()); err != nil || kept.Type != kind || !kept.Is("") || kept.Public != made.Public {
			t.Errorf("%s: %+v, %v", kind, kept.Public, err)
		}
		if !did.Holding(made.Signer.Public())(&did.Method{Key: kept.Signer.Public()}) {
			t.Errorf("%s: another key came back", kind)
		}
		kept.Secret = kept.Secret[:10]
		if err := kept.Restore(); err == nil {
			t.Errorf("%s: half a secret is taken", kind)
		}
	}
}

func TestIs(t *testing.T) {
	k := Public{ID: school + "#key-1"}
	for name, want := range map[string]bool{school + "#key-1": true, "key-1": true, "key-2": false, "#key-1": false, "": false, school: false} {
		if k.Is(name) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
}

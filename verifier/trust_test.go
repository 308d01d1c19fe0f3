package verifier

import (
	"errors"
	"testing"
	"time"
)

func TestParseTrust(t *testing.T) {
	list, err := ParseTrust([]byte(`{"type":"laurel/trust/v1","issuers":[
		{"id":"did:web:a.example","name":"A","validFrom":"2024-01-01T00:00:00Z","validUntil":"2026-01-01T00:00:00Z"},
		{"id":"did:web:b.example","name":"B","for":["https://b.example/b2"],"statusIssuers":["did:web:s.example"]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	about := func(ids ...string) []string { return ids }
	at := time.Date(2025, 6, 1, 0, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name, id string
		covering []string
		at       time.Time
		want     bool
	}{
		{"listed", "did:web:a.example", nil, at, true},
		{"before its time", "did:web:a.example", nil, at.AddDate(-2, 0, 0), false},
		{"after its time", "did:web:a.example", nil, at.AddDate(1, 0, 0), false},
		{"not listed", "did:web:c.example", nil, at, false},
		{"a longer name", "did:web:a.example.evil.example", nil, at, false},
		{"for that achievement", "did:web:b.example", about("https://b.example/b2"), at, true},
		{"for another achievement", "did:web:b.example", about("https://b.example/c1"), at, false},
		{"for one of two", "did:web:b.example", about("https://b.example/b2", "https://b.example/c1"), at, false},
		{"for one that looks the same", "did:web:b.example", about("https://b.example/b2\U000E0000"), at, false},
		{"for no achievement", "did:web:b.example", nil, at, false},
	} {
		if _, got := list.find(tt.id, tt.covering, tt.at); got != tt.want {
			t.Errorf("%s: trusted = %v", tt.name, got)
		}
	}
	if !list.MaySignStatus("did:web:s.example", "did:web:b.example") || list.MaySignStatus("did:web:s.example", "did:web:a.example") {
		t.Error("who may sign status lists for whom is mixed up")
	}
	if (*TrustList)(nil).MaySignStatus("did:web:s.example", "did:web:b.example") {
		t.Error("no list lets somebody sign")
	}
}

func TestParseTrustRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"not JSON":          `issuers: []`,
		"another type":      `{"type":"laurel/bundle/v1","issuers":[]}`,
		"no issuers":        `{"type":"laurel/trust/v1"}`,
		"an unknown member": `{"type":"laurel/trust/v1","issuers":[],"default":"allow"}`,
		"an entry unnamed":  `{"type":"laurel/trust/v1","issuers":[{"id":"did:web:a.example"}]}`,
		"an entry for all":  `{"type":"laurel/trust/v1","issuers":[{"name":"A"}]}`,
		"a typo":            `{"type":"laurel/trust/v1","issuers":[{"id":"did:web:a.example","name":"A","valid_until":"2020-01-01T00:00:00Z"}]}`,
		"a bad date":        `{"type":"laurel/trust/v1","issuers":[{"id":"did:web:a.example","name":"A","validUntil":"2020"}]}`,
		"for is a text":     `{"type":"laurel/trust/v1","issuers":[{"id":"did:web:a.example","name":"A","for":"*"}]}`,
		"an entry twice":    `{"type":"laurel/trust/v1","issuers":[],"issuers":[]}`,
	} {
		if list, err := ParseTrust([]byte(text)); !errors.Is(err, ErrTrustFile) || list != nil {
			t.Errorf("%s: %v, %v", name, list, err)
		}
	}
}

func FuzzParseTrust(f *testing.F) {
	f.Add([]byte(`{"type":"laurel/trust/v1","issuers":[{"id":"did:web:a.example","name":"A","for":["*"]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if list, err := ParseTrust(data); err != nil && list != nil {
			t.Fatal("a list beside an error")
		}
	})
}

func FuzzVerify(f *testing.F) {
	f.Add([]byte(`{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential"]}`))
	f.Add([]byte(`{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiablePresentation"],"verifiableCredential":[{}]}`))
	f.Add([]byte(`[`))
	v := trusting()
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := v.Verify(t.Context(), data, Expectation{})
		if err != nil {
			t.Fatal(err)
		}
		if r.Verdict == Accepted {
			t.Fatalf("accepted: %q", data)
		}
	})
}

package audit

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"laurel/issuer"
)

func TestReadIndex(t *testing.T) {
	want := issuer.Index{Type: issuer.IndexType, Issuer: "did:web:x.example", TokenIssuer: "https://x.example", Lists: []issuer.ListIndex{
		{ID: "revocation-1", URL: "https://x.example/status/revocation-1.json", TokenURL: "https://x.example/status/revocation-1.jwt", Purpose: "revocation", Versions: []issuer.VersionIndex{
			{At: time.Date(2026, 6, 1, 12, 0, 0, 5, time.UTC), File: "status/history/revocation-1/a.json"},
			{At: time.Date(2026, 6, 2, 12, 0, 0, 0, time.UTC), File: "status/history/revocation-1/b.json"},
		}},
		{ID: "suspension-1", URL: "https://x.example/status/suspension-1.json", Purpose: "suspension"},
	}}
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := readIndex(text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("written and read again (-want +got):\n%s", diff)
	}
}

func TestReadIndexRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":       ``,
		"a page":        `<html>`,
		"an array":      `[]`,
		"another type":  `{"type":"laurel/bundle/v1"}`,
		"no type":       `{"issuer":"did:web:x.example"}`,
		"a broken time": `{"type":"laurel/status-index/v1","lists":[{"versions":[{"at":"yesterday"}]}]}`,
		"a type twice":  `{"type":"laurel/status-index/v1","type":"laurel/status-index/v1"}`,
	} {
		if got, err := readIndex([]byte(text)); err == nil || got.Type != "" || got.Lists != nil {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func FuzzReadIndex(f *testing.F) {
	f.Add([]byte(`{"type":"laurel/status-index/v1","issuer":"did:web:x.example","lists":[{"id":"a","url":"https://x.example","statusPurpose":"revocation","versions":[{"at":"2026-06-01T00:00:00Z","file":"b"}]}]}`))
	f.Add([]byte(`{"type":"laurel/status-index/v1","lists":{}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := readIndex(text)
		if err != nil && (got.Type != "" || got.Issuer != "" || got.Lists != nil) {
			t.Fatalf("an index beside the error %v", err)
		}
		if err == nil && got.Type != issuer.IndexType {
			t.Fatalf("type %q", got.Type)
		}
	})
}

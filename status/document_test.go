package status

import (
	"errors"
	"os"
	"testing"
	"time"

	"laurel/internal/strictjson"
)

func TestDocument(t *testing.T) {
	list := sparse(t, MinLength)
	from := time.Date(2026, 6, 1, 12, 0, 0, 5, time.FixedZone("", 7200))
	draft := Draft{URL: "https://x.example/status/3", Issuer: "did:web:x.example", Purpose: Suspension, List: list, ValidFrom: from}
	want := `{"@context":["https://www.w3.org/ns/credentials/v2"],"id":"https://x.example/status/3",` +
		`"type":["VerifiableCredential","BitstringStatusListCredential"],"issuer":"did:web:x.example","validFrom":"2026-06-01T10:00:00Z",` +
		`"credentialSubject":{"id":"https://x.example/status/3#list","type":"BitstringStatusList","statusPurpose":"suspension","encodedList":"` + list.Encode() + `"}}`
	if got := string(Document(draft).JSON()); got != want {
		t.Errorf("Document = %s\nwant %s", got, want)
	}
	draft.TTL, draft.ValidUntil = 90*time.Second, from.Add(time.Hour)
	doc := Document(draft)
	if got := doc.Get("validUntil").Str(); got != "2026-06-01T11:00:00Z" {
		t.Errorf("validUntil = %q", got)
	}
	s, err := readSubject(doc)
	if err != nil || s.ttl != 90*time.Second || s.list.Count() != list.Count() || !contains(s.purposes, "suspension") {
		t.Errorf("readSubject = %+v, %v", s, err)
	}
}

func TestReadOfficialList(t *testing.T) {
	text, err := os.ReadFile("testdata/bitstring-status-list/testlist")
	if err != nil {
		t.Fatal(err)
	}
	s, err := readSubject(parse(t, string(text)))
	if err != nil {
		t.Fatal(err)
	}
	if set, err := s.list.Get(23); !set || err != nil || s.list.Count() != 1 || s.ttl != defaultTTL {
		t.Errorf("entry 23: %v, %v; %d set, ttl %v", set, err, s.list.Count(), s.ttl)
	}
}

func TestReadSubjectRefuses(t *testing.T) {
	good := Document(Draft{URL: "https://x.example/s", Issuer: "did:web:x.example", Purpose: Revocation, List: sparse(t, MinLength), ValidFrom: time.Unix(0, 0)})
	in := func(name string, v strictjson.Value) strictjson.Value {
		return good.With("credentialSubject", good.Get("credentialSubject").With(name, v))
	}
	short := "uH4sIAAAAAAAAA-3BMQEAAAwCoGUx6aLbwgvIHwAAAAAAAAAAAAAAwFwBZnztF9QwAAA" // 100,000 entries, from a published list
	tests := []struct {
		name string
		doc  strictjson.Value
		want error
	}{
		{"another type", good.With("type", strictjson.Strings("VerifiableCredential")), ErrVerification},
		{"no type", good.Without("type"), ErrVerification},
		{"no subject", good.Without("credentialSubject"), ErrVerification},
		{"two subjects", good.With("credentialSubject", strictjson.Array(good.Get("credentialSubject"), good.Get("credentialSubject"))), ErrVerification},
		{"another subject type", in("type", strictjson.String("StatusList2021")), ErrVerification},
		{"no list", in("encodedList", strictjson.Value{}), ErrVerification},
		{"list in an array", in("encodedList", strictjson.Strings("u")), ErrVerification},
		{"broken list", in("encodedList", strictjson.String("uH4sIAAAA")), ErrEncoding},
		{"short list", in("encodedList", strictjson.String(short)), ErrLength},
		{"bomb", in("encodedList", strictjson.String(packed(make([]byte, 9<<20)))), ErrLimit},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := readSubject(tt.doc)
			if !errors.Is(err, tt.want) || s.list != nil {
				t.Errorf("readSubject = %v, %v, want %v", s.list, err, tt.want)
			}
		})
	}
}

func TestReadTTL(t *testing.T) {
	for text, want := range map[string]time.Duration{
		`1500`: 1500 * time.Millisecond, `0`: 0, `"1500"`: defaultTTL, `-1`: defaultTTL, `1.5`: defaultTTL, `1e99`: defaultTTL, `null`: defaultTTL,
	} {
		if got := readTTL(parse(t, text)); got != want {
			t.Errorf("readTTL(%s) = %v, want %v", text, got, want)
		}
	}
}

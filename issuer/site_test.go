package issuer_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"laurel/issuer"
	"laurel/status"
)

func TestSite(t *testing.T) {
	s := newSchool(t, issuer.Web)
	s.now = s.now.Add(time.Minute)
	s.addToken(t, "dc+sd-jwt", `, "alg": "EdDSA"`)
	a := s.issue(t, issuer.Award{})
	s.now = s.now.Add(time.Hour)
	s.apply(t, issuer.Revoke, a.ID)
	files, err := s.Site(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, f := range files {
		paths = append(paths, f.Path)
	}
	want := []string{
		".well-known/did.json",
		"status/history/revocation-1/20260601T120000.000000000Z.json", // nobody needed it for tokens yet
		"status/history/revocation-1/20260601T120100.000000000Z.json",
		"status/history/revocation-1/20260601T120100.000000000Z.jwt",
		"status/history/revocation-1/20260601T130100.000000000Z.json",
		"status/history/revocation-1/20260601T130100.000000000Z.jwt",
		"status/revocation-1.json",
		"status/revocation-1.jwt",
		"status/index.json",
	}
	if !slices.Equal(paths, want) {
		t.Errorf("Site = %q\nwant %q", paths, want)
	}
	for form := range 2 {
		first, last, list := string(files[2+form].Body), string(files[4+form].Body), string(files[6+form].Body)
		if last != list || first == list {
			t.Error("the last version is not the list, or the first is")
		}
	}
	less, err := s.Site(t.Context(), want[1:6])
	if err != nil || len(less) != 4 {
		t.Errorf("Site without the versions at hand has %d files, %v", len(less), err)
	}
}

func TestDIDPath(t *testing.T) {
	for address, want := range map[string]string{
		"https://x.example": ".well-known/did.json", "https://x.example/": ".well-known/did.json", "https://x.example/a": "did.json",
	} {
		s := &school{now: time.Now(), store: newSchool(t, issuer.Key).store}
		s.reopen(t)
		if got := s.DIDPath(); got != "" {
			t.Errorf("a did:key issuer has a document at %q", got)
		}
		s = &school{now: time.Now(), store: emptyStore()}
		i, err := issuer.Create(t.Context(), s.options(), issuer.Profile{Name: "X", URL: address}, issuer.Web)
		if err != nil || i.DIDPath() != want {
			t.Errorf("%s: %v, want %s", address, err, want)
		}
	}
}

func TestStoreFailuresAreErrors(t *testing.T) {
	s := newSchool(t, issuer.Web)
	a := s.issue(t, issuer.Award{})
	broken := errors.New("the disk is on fire")
	store := &failing{Store: s.store, err: broken}
	s.store = store
	s.reopen(t)
	store.on = true
	_, issue := s.Issue(t.Context(), issuer.Award{Template: "barista", Recipient: learner.ID})
	_, apply := s.Apply(t.Context(), issuer.Change{Action: issuer.Revoke, IDs: []string{a.ID}})
	_, rotate := s.RotateKey(t.Context())
	for name, err := range map[string]error{"issue": issue, "apply": apply, "rotate": rotate} {
		if !errors.Is(err, broken) {
			t.Errorf("%s: %v, want the store's error", name, err)
		}
	}
	store.on = false
	if got := s.check(t, a.Credential, s.now); got.Outcome != status.Clear {
		t.Errorf("a revocation that failed is visible: %v, %v", got.Outcome, got.Err)
	}
	if fresh := s.issue(t, issuer.Award{}); !strings.HasSuffix(fresh.Key, "#key-1") {
		t.Errorf("a rotation that failed signs: %s", fresh.Key)
	}
	s.apply(t, issuer.Revoke, a.ID)
	if got := s.check(t, a.Credential, s.now); got.Outcome != status.Set {
		t.Errorf("after the failure: %v, %v", got.Outcome, got.Err)
	}
}

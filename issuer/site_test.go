package issuer_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"laurel/did"
	"laurel/internal/fetch"
	"laurel/internal/testissuer"
	"laurel/issuer"
	"laurel/status"
)

const home = "https://badges.school.example/"

// fileServer is what a plain https server makes of published files: it does not
// look at queries.
type fileServer struct {
	files map[string][]byte
	now   func() time.Time
}

func serveFiles(t testing.TB, s *school) *fileServer {
	t.Helper()
	files, err := s.Site(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	out := &fileServer{files: map[string][]byte{}, now: func() time.Time { return s.now }}
	for _, f := range files {
		out.files[home+f.Path] = f.Body
	}
	return out
}

func (f *fileServer) Get(_ context.Context, r fetch.Request) (*fetch.Resource, error) {
	address, _, _ := strings.Cut(r.URL, "?")
	body, ok := f.files[address]
	if !ok {
		return nil, &fetch.StatusError{URL: r.URL, Code: 404}
	}
	return &fetch.Resource{URL: r.URL, Body: body, Fetched: f.now(), Source: fetch.Network, ContentType: "application/json"}, nil
}

// doctor examines what a fetcher reaches.
func doctor(from did.Fetcher, now func() time.Time) *issuer.Doctor {
	keys := did.Methods{"key": did.Key{}, "web": did.Web{Fetch: from}}
	return &issuer.Doctor{
		Fetch: from, Keys: keys, Now: now,
		Status: &status.Source{Fetch: from, Keys: keys, Suites: testissuer.Suites(), Now: now},
	}
}

func TestSite(t *testing.T) {
	s := newSchool(t, issuer.Web)
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
		"status/history/revocation-1/20260601T120000.000000000Z.json",
		"status/history/revocation-1/20260601T130000.000000000Z.json",
		"status/revocation-1.json",
		"status/index.json",
	}
	if !slices.Equal(paths, want) {
		t.Errorf("Site = %q\nwant %q", paths, want)
	}
	if string(files[2].Body) != string(files[3].Body) || string(files[1].Body) == string(files[3].Body) {
		t.Error("the last version is not the list, or the first is")
	}
	less, err := s.Site(t.Context(), want[1:3])
	if err != nil || len(less) != 3 {
		t.Errorf("Site without the versions at hand has %d files, %v", len(less), err)
	}
	if got := doctorFinds(t, serveFiles(t, s), s); len(got) != 1 || !strings.Contains(got[0], "does not answer ?timestamp=") {
		t.Errorf("on a file server: %q", got)
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

// doctorFinds is what a doctor says that is not fine.
func doctorFinds(t testing.TB, from did.Fetcher, s *school) []string {
	t.Helper()
	var out []string
	for _, r := range doctor(from, func() time.Time { return s.now.Add(time.Hour) }).Examine(t.Context(), home) {
		if r.Severity != issuer.Fine {
			out = append(out, fmt.Sprintf("%s %s", r.Severity, r.Text))
		}
	}
	return out
}

func TestDoctor(t *testing.T) {
	list := home + "status/revocation-1.json"
	tests := []struct {
		name   string
		spoil  func(s *school, f *fileServer)
		wanted []string // parts of what is not fine, in order
	}{
		{"all is well", func(*school, *fileServer) {}, nil},
		{"nothing there", func(_ *school, f *fileServer) { clear(f.files) }, []string{"problem There is no index", "problem Its keys cannot be found"}},
		{"no DID document", func(_ *school, f *fileServer) { delete(f.files, home+".well-known/did.json") },
			[]string{"problem Its keys cannot be found", "problem Verifiers cannot use this list"}},
		{"no list", func(_ *school, f *fileServer) { delete(f.files, list) }, []string{"problem Verifiers cannot use this list"}},
		{"list cut off", func(_ *school, f *fileServer) { f.files[list] = f.files[list][:100] }, []string{"problem Verifiers cannot use this list"}},
		{"list ends in five days", func(s *school, _ *fileServer) { s.now = s.now.AddDate(0, 0, 25) }, []string{"warning It ends on 2026-07-01"}},
		{"list has ended", func(s *school, _ *fileServer) { s.now = s.now.AddDate(0, 0, 31) }, []string{"problem Verifiers cannot use this list"}},
		{"index names no list", func(_ *school, f *fileServer) {
			f.files[home+issuer.IndexPath] = []byte(`{"type":"laurel/status-index/v1","issuer":"did:web:badges.school.example","lists":[]}`)
		}, []string{"problem It names no status list"}},
		{"index of something else", func(_ *school, f *fileServer) { f.files[home+issuer.IndexPath] = []byte(`{"type":"index"}`) },
			[]string{"problem There is no index"}},
		{"index names another issuer", func(_ *school, f *fileServer) {
			f.files[home+issuer.IndexPath] = []byte(strings.ReplaceAll(string(f.files[home+issuer.IndexPath]),
				`"did:web:badges.school.example"`, `"`+learner.ID+`"`))
		}, []string{"problem It was issued by did:web:badges.school.example"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newSchool(t, issuer.Web)
			files := serveFiles(t, s)
			tt.spoil(s, files)
			got := doctorFinds(t, files, s)
			if len(got) != len(tt.wanted) {
				t.Fatalf("the doctor says %q, want %q", got, tt.wanted)
			}
			for n := range got {
				if !strings.HasPrefix(got[n], tt.wanted[n]) {
					t.Errorf("remark %q, want %q", got[n], tt.wanted[n])
				}
			}
		})
	}
}

func TestDoctorOfAServerWithHistory(t *testing.T) {
	s := newSchool(t, issuer.Web)
	a := s.issue(t, issuer.Award{})
	s.now = s.now.Add(time.Hour)
	s.apply(t, issuer.Revoke, a.ID)
	site := serveFiles(t, s)
	both := fetcherFunc(func(ctx context.Context, r fetch.Request) (*fetch.Resource, error) {
		if res, err := s.Get(ctx, r); err == nil {
			return res, nil
		}
		return site.Get(ctx, r)
	})
	if got := doctorFinds(t, both, s); got != nil {
		t.Errorf("the doctor finds %q", got)
	}
}

func TestDoctorOfRotatedKeys(t *testing.T) {
	s := newSchool(t, issuer.Web)
	if _, err := s.CompromiseKey(t.Context(), "key-1"); err != nil {
		t.Fatal(err)
	}
	remarks := doctor(serveFiles(t, s), func() time.Time { return s.now.Add(time.Minute) }).Examine(t.Context(), home)
	said := slices.ContainsFunc(remarks, func(r issuer.Remark) bool { return strings.Contains(r.Text, "no longer used") })
	if !said || slices.ContainsFunc(remarks, func(r issuer.Remark) bool { return r.Severity == issuer.Problem }) {
		t.Errorf("remarks = %+v", remarks)
	}
}

type fetcherFunc func(context.Context, fetch.Request) (*fetch.Resource, error)

func (f fetcherFunc) Get(ctx context.Context, r fetch.Request) (*fetch.Resource, error) {
	return f(ctx, r)
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

package audit_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"laurel/did"
	"laurel/internal/fetch"
	"laurel/internal/jsonld"
	"laurel/internal/testissuer"
	"laurel/issuer"
	"laurel/issuer/audit"
	"laurel/issuer/storetest"
	"laurel/proof"
	"laurel/status"
)

const home = "https://badges.school.example/"

var learner = testissuer.New("learner")

// school is an issuer with a clock that the test moves.
type school struct {
	*issuer.Issuer
	now time.Time
}

const barista = `{"type": "laurel/template/v1", "id": "barista",
	"achievement": {"name": "Barista", "description": "Makes good coffee.", "criteria": {"narrative": "Pull ten good shots."}}}`

// token makes the school publish its lists for tokens too.
const token = `{"type": "laurel/template/v1", "id": "token", "proof": "dc+sd-jwt", "alg": "EdDSA",
	"achievement": {"name": "Barista", "description": "Makes good coffee.", "criteria": {"narrative": "Pull ten good shots."}}}`

func newSchool(t testing.TB, p issuer.Profile) *school {
	t.Helper()
	s := &school{now: time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)}
	p.Name, p.URL = "School", strings.TrimSuffix(home, "/")
	var err error
	s.Issuer, err = issuer.Create(t.Context(), issuer.Options{
		Store: new(storetest.Memory), Suite: testissuer.Suites()[0], Contexts: jsonld.Embedded(), Now: func() time.Time { return s.now },
	}, p, issuer.Web)
	for _, source := range []string{barista, token} {
		if err == nil {
			_, err = s.PutTemplate(t.Context(), []byte(source))
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// revoked issues a badge and revokes it an hour later, so that there is a past.
func (s *school) revoked(t testing.TB) {
	t.Helper()
	out, err := s.Issue(t.Context(), issuer.Award{Template: "barista", Recipient: learner.ID})
	if err != nil {
		t.Fatal(err)
	}
	s.now = s.now.Add(time.Hour)
	if _, err := s.Apply(t.Context(), issuer.Change{Action: issuer.Revoke, IDs: []string{out.ID}}); err != nil {
		t.Fatal(err)
	}
}

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
	kind := "application/json"
	if strings.HasSuffix(address, ".jwt") {
		kind = "application/statuslist+jwt"
	}
	return &fetch.Resource{URL: r.URL, Body: body, Fetched: f.now(), Source: fetch.Network, ContentType: kind}, nil
}

// withHistory is a server that answers for the past too.
type withHistory struct {
	*school
	*fileServer
}

func (w withHistory) Get(ctx context.Context, r fetch.Request) (*fetch.Resource, error) {
	res, err := w.fileServer.Get(ctx, r)
	if err != nil {
		return nil, err
	}
	address, query, asked := strings.Cut(r.URL, "?")
	if !asked {
		return res, nil
	}
	list, ending, _ := strings.Cut(strings.TrimPrefix(address, home+"status/"), ".")
	give := w.StatusList
	var at time.Time
	if ending == "jwt" {
		var seconds int64
		_, err = fmt.Sscanf(query, "time=%d", &seconds)
		give, at = w.TokenList, time.Unix(seconds, 0)
	} else {
		at, err = time.Parse(time.RFC3339, strings.NewReplacer("timestamp=", "", "%3A", ":").Replace(query))
	}
	if err != nil {
		return nil, err
	}
	p, err := give(ctx, list, at)
	if err != nil {
		return nil, &fetch.StatusError{URL: r.URL, Code: 404}
	}
	res.Body = p.Body
	return res, nil
}

// doctor examines what a fetcher reaches.
func doctor(from did.Fetcher, now func() time.Time) *audit.Doctor {
	keys := did.Methods{"key": did.Key{}, "web": did.Web{Fetch: from}}
	suites := append(testissuer.Suites(), proof.SDJWT{Issuers: did.JWTIssuer{Fetch: from}})
	return &audit.Doctor{
		Fetch: from, Keys: keys, Now: now,
		Status: &status.Source{Fetch: from, Keys: keys, Suites: suites, Now: now},
	}
}

// finds is what a doctor says that is not fine.
func finds(t testing.TB, from did.Fetcher, s *school) []string {
	t.Helper()
	var out []string
	for _, r := range doctor(from, func() time.Time { return s.now.Add(time.Hour) }).Examine(t.Context(), home) {
		if r.Severity != audit.Fine {
			out = append(out, fmt.Sprintf("%s %s", r.Severity, r.Text))
		}
	}
	return out
}

func expect(t *testing.T, got []string, want ...string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("the doctor says %q, want %q", got, want)
	}
	for n := range got {
		if !strings.HasPrefix(got[n], want[n]) {
			t.Errorf("remark %q, want %q", got[n], want[n])
		}
	}
}

func TestDoctor(t *testing.T) {
	const list, tokens, index, keys = home + "status/revocation-1.json", home + "status/revocation-1.jwt",
		home + issuer.IndexPath, home + ".well-known/did.json"
	const unusable, unusableTokens = "problem Verifiers cannot use this list", "problem Verifiers of tokens cannot use this list"
	tests := []struct {
		name   string
		spoil  func(s *school, f *fileServer)
		wanted []string // parts of what is not fine, in order
	}{
		{"all is well", func(*school, *fileServer) {}, nil},
		{"nothing there", func(_ *school, f *fileServer) { clear(f.files) }, []string{"problem There is no index", "problem Its keys cannot be found"}},
		{"no DID document", func(_ *school, f *fileServer) { delete(f.files, keys) },
			[]string{"problem Its keys cannot be found", unusable, unusableTokens}},
		{"no list", func(_ *school, f *fileServer) { delete(f.files, list) }, []string{unusable}},
		{"list cut off", func(_ *school, f *fileServer) { f.files[list] = f.files[list][:100] }, []string{unusable}},
		{"list ends in five days", func(s *school, _ *fileServer) { s.now = s.now.AddDate(0, 0, 25) },
			[]string{"warning It ends on 2026-07-01", "warning It ends on 2026-07-01"}},
		{"list has ended", func(s *school, _ *fileServer) { s.now = s.now.AddDate(0, 0, 31) }, []string{unusable, unusableTokens}},
		{"no list for tokens", func(_ *school, f *fileServer) { delete(f.files, tokens) }, []string{unusableTokens}},
		{"list for tokens cut off", func(_ *school, f *fileServer) { f.files[tokens] = f.files[tokens][:100] }, []string{unusableTokens}},
		{"list for tokens is the other one", func(_ *school, f *fileServer) { f.files[tokens] = f.files[list] }, []string{unusableTokens}},
		{"list for tokens says something else", func(s *school, f *fileServer) {
			s.revoked(t)
			f.files[list] = serveFiles(t, s).files[list]
		}, []string{"problem It has 0 entries set, and"}},
		{"index names no list", func(_ *school, f *fileServer) {
			f.files[index] = []byte(`{"type":"laurel/status-index/v1","issuer":"did:web:badges.school.example","lists":[]}`)
		}, []string{"problem It names no status list"}},
		{"index of something else", func(_ *school, f *fileServer) { f.files[index] = []byte(`{"type":"index"}`) },
			[]string{"problem There is no index"}},
		{"index names another issuer", func(_ *school, f *fileServer) {
			f.files[index] = []byte(strings.ReplaceAll(string(f.files[index]), `"did:web:badges.school.example"`, `"`+learner.ID+`"`))
		}, []string{"problem It was issued by did:web:badges.school.example", "problem It was issued by did:web:badges.school.example"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newSchool(t, issuer.Profile{})
			files := serveFiles(t, s)
			tt.spoil(s, files)
			expect(t, finds(t, files, s), tt.wanted...)
		})
	}
}

// private is a network that nothing is fetched from.
type private struct{}

func (private) Get(context.Context, fetch.Request) (*fetch.Resource, error) {
	return nil, fmt.Errorf("%w: 10.1.2.3 is not a public address", fetch.ErrRefused)
}

// TestDoctorOfAPrivateAddress: where nothing may be fetched, uploading changes nothing.
func TestDoctorOfAPrivateAddress(t *testing.T) {
	got := strings.Join(finds(t, private{}, newSchool(t, issuer.Profile{})), "\n")
	if !strings.Contains(got, "--egress-proxy") || strings.Contains(got, "Upload what") {
		t.Error(got)
	}
}

// TestDoctorOfAnIssuerNamedByItsAddress: its keys for tokens are in another place.
func TestDoctorOfAnIssuerNamedByItsAddress(t *testing.T) {
	const metadata = home + ".well-known/jwt-vc-issuer"
	s := newSchool(t, issuer.Profile{Naming: issuer.ByURL})
	files := serveFiles(t, s)
	expect(t, finds(t, files, s))
	good := files.files[metadata]
	for name, body := range map[string]string{
		"another issuer": strings.Replace(string(good), `"https://badges.school.example"`, `"https://other.example"`, 1),
		"other keys":     strings.Replace(string(good), `"key-1"`, `"key-2"`, 1),
		"no JSON":        "<html>",
	} {
		files.files[metadata] = []byte(body)
		got := finds(t, files, s)
		if len(got) == 0 || !strings.HasPrefix(got[len(got)-1], "problem ") {
			t.Errorf("%s: the doctor says %q", name, got)
		}
	}
	delete(files.files, metadata)
	expect(t, finds(t, files, s), "problem Its keys for tokens cannot be found", "problem Verifiers of tokens cannot use this list")
}

func TestDoctorAsksForThePast(t *testing.T) {
	s := newSchool(t, issuer.Profile{})
	s.revoked(t)
	files := serveFiles(t, s)
	expect(t, finds(t, files, s), "warning It does not answer ?timestamp=", "warning It does not answer ?time=")
	expect(t, finds(t, withHistory{s, files}, s))
}

// Of two versions within the minute by which clocks may differ, the later one would
// pass for the earlier, on a server that looks at no query.
func TestDoctorOfVersionsThatAreClose(t *testing.T) {
	s := newSchool(t, issuer.Profile{})
	out, err := s.Issue(t.Context(), issuer.Award{Template: "barista", Recipient: learner.ID})
	if err != nil {
		t.Fatal(err)
	}
	s.now = s.now.Add(10 * time.Second)
	if _, err := s.Apply(t.Context(), issuer.Change{Action: issuer.Revoke, IDs: []string{out.ID}}); err != nil {
		t.Fatal(err)
	}
	for _, r := range doctor(serveFiles(t, s), func() time.Time { return s.now.Add(time.Hour) }).Examine(t.Context(), home) {
		if strings.Contains(r.Text, "the past") {
			t.Errorf("%s: %s", r.Severity, r.Text)
		}
	}
}

func TestDoctorOfRotatedKeys(t *testing.T) {
	s := newSchool(t, issuer.Profile{})
	if _, err := s.CompromiseKey(t.Context(), "key-1"); err != nil {
		t.Fatal(err)
	}
	remarks := doctor(serveFiles(t, s), func() time.Time { return s.now.Add(time.Minute) }).Examine(t.Context(), home)
	said := slices.ContainsFunc(remarks, func(r audit.Remark) bool { return strings.Contains(r.Text, "no longer used") })
	if !said || slices.ContainsFunc(remarks, func(r audit.Remark) bool { return r.Severity == audit.Problem }) {
		t.Errorf("remarks = %+v", remarks)
	}
}

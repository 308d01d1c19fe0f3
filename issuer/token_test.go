package issuer_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"laurel/credential"
	"laurel/did"
	"laurel/internal/fetch"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/issuer"
	"laurel/proof"
	"laurel/status"
)

const (
	answering = "challenge"
	employer  = "https://employer.example"
)

// tokenKinds are what a template can choose for tokens, with the key that signs
// them if it does not say which.
var tokenKinds = map[string]string{"vc+jwt": "#key-1", "vc+sd-jwt": "#key-1", "dc+sd-jwt": "#key-2"}

// addToken adds a template for tokens of a kind, called by its first and last
// letters, "vcjwt".
func (s *school) addToken(t testing.TB, kind, more string) string {
	t.Helper()
	id := strings.NewReplacer("+", "", "-", "").Replace(kind)
	if _, err := s.PutTemplate(t.Context(), familyTemplate(id, fmt.Sprintf(`"proof": %q`, kind)+more)); err != nil {
		t.Fatalf("%s: %v", kind, err)
	}
	return id
}

// web is the school's site as its server shows it, lists for tokens among it.
func (s *school) web(ctx context.Context, r fetch.Request) (*fetch.Resource, error) {
	address, query, _ := strings.Cut(r.URL, "?")
	out := &fetch.Resource{URL: r.URL, Fetched: s.now, Source: fetch.Network}
	var err error
	switch id, tokens := strings.CutSuffix(strings.TrimPrefix(address, "https://badges.school.example/status/"), ".jwt"); {
	case address == "https://badges.school.example/.well-known/jwt-vc-issuer":
		out.Body, err = s.Metadata()
	case tokens:
		at := time.Time{}
		if query != "" {
			var seconds int64
			if _, err := fmt.Sscanf(query, "time=%d", &seconds); err != nil {
				return nil, err
			}
			at = time.Unix(seconds, 0)
		}
		var p *issuer.Published
		if p, err = s.TokenList(ctx, id, at); err == nil {
			out.Body = p.Body
		}
	default:
		return s.Get(ctx, r)
	}
	if err != nil {
		return nil, &fetch.StatusError{URL: r.URL, Code: 404}
	}
	return out, nil
}

type fetcherFunc func(context.Context, fetch.Request) (*fetch.Resource, error)

func (f fetcherFunc) Get(ctx context.Context, r fetch.Request) (*fetch.Resource, error) {
	return f(ctx, r)
}

func (s *school) keysAndSuites() (did.Resolver, proof.Suites) {
	web := fetcherFunc(s.web)
	return did.Methods{"key": did.Key{}, "web": did.Web{Fetch: web}},
		append(testissuer.Suites(), proof.VCJOSE{}, proof.SDJWT{Issuers: did.JWTIssuer{Fetch: web}})
}

// openToken opens a token as a verifier does.
func (s *school) openToken(t testing.TB, token []byte, challenge string) (*proof.Opened, error) {
	t.Helper()
	keys, suites := s.keysAndSuites()
	opt := proof.Options{Keys: keys, Suites: suites, At: s.now}
	if challenge != "" {
		opt.Challenge, opt.Domain = challenge, employer
	}
	return proof.Open(t.Context(), token, opt)
}

// checkToken opens a token and asks for its status.
func (s *school) checkToken(t testing.TB, token []byte, at time.Time) status.Result {
	t.Helper()
	opened, err := s.openToken(t, token, "")
	if err != nil {
		t.Fatalf("the token does not open: %v", err)
	}
	entry := opened.Token.Status
	if !entry.Exists() {
		entry = opened.Document.Get("credentialStatus")
	}
	keys, suites := s.keysAndSuites()
	src := &status.Source{Fetch: fetcherFunc(s.web), Keys: keys, Suites: suites, Now: func() time.Time { return s.now }}
	return src.Check(t.Context(), status.Query{Entry: entry, Issuer: opened.Controller, At: at})
}

// TestTokens issues a badge as each kind of token, and its learner shows it.
func TestTokens(t *testing.T) {
	s := newSchool(t, issuer.Web)
	for kind, key := range tokenKinds {
		id := s.addToken(t, kind, "")
		s.reopen(t)
		issued := s.issue(t, issuer.Award{Template: id, Name: "Ada", Results: []issuer.Result{{Of: "Grade", Value: "A"}}})
		opened, err := s.openToken(t, issued.Credential, "")
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		if opened.Token.Type != kind || opened.Controller != "did:web:badges.school.example" || !strings.HasSuffix(issued.Key, key) ||
			issued.Proof != kind || !issued.Credential.Token() {
			t.Errorf("%s: signed with %s: %+v", kind, issued.Key, opened.Token)
		}
		if got := s.checkToken(t, issued.Credential, s.now); got.Outcome != status.Clear || got.Entry.Index != issued.Index || got.Entry.ListURL != issued.List {
			t.Errorf("%s: its status: %+v, the books say %d of %s", kind, got, issued.Index, issued.List)
		}
		if want := map[bool]string{true: ".sdjwt", false: ".jwt"}[opened.Token.Disclosing()]; issued.Credential.Extension() != want {
			t.Errorf("%s: ending %s", kind, issued.Credential.Extension())
		}
		shown, err := s.Show(t.Context(), issued.ID)
		if err != nil || !bytes.Equal(shown.Credential, issued.Credential) {
			t.Errorf("%s: shown as %s, %v", kind, shown.Credential, err)
		}
	}
}

// TestTokensAsDocuments: the document in a token is a badge like any other, and the
// claims of one that is none say the same.
func TestTokensAsDocuments(t *testing.T) {
	s := newSchool(t, issuer.Web)
	award := issuer.Award{Name: "Ada", Email: "ada@example.org", Narrative: "Well.", Results: []issuer.Result{{Of: "Grade", Value: "A"}},
		Evidence: []issuer.Evidence{{URL: "https://a.example/film"}}, ValidUntil: s.now.AddDate(1, 0, 0)}
	for kind := range tokenKinds {
		award.Template = s.addToken(t, kind, "")
		opened, err := s.openToken(t, s.issue(t, award).Credential, "")
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		doc, subject := opened.Document, opened.Document.Get("credentialSubject")
		if kind == "dc+sd-jwt" {
			subject = doc
			for name, want := range map[string]string{
				"iss": "did:web:badges.school.example", "sub": learner.ID, "vct": "https://badges.school.example/achievements/dcsdjwt",
			} {
				if got := doc.Get(name).Str(); got != want {
					t.Errorf("%s is %s, want %s", name, got, want)
				}
			}
			if !opened.Token.From.Equal(s.now) || !opened.Token.Until.Equal(award.ValidUntil) {
				t.Errorf("valid from %v until %v", opened.Token.From, opened.Token.Until)
			}
		} else if err := errors.Join(credential.Check(doc), credential.CheckBadge(doc)); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		if subject.Get("achievement").Get("name").Str() != "Brewer" || subject.Get("result").Elems()[0].Get("value").Str() != "A" ||
			subject.Get("narrative").Str() != "Well." || len(subject.Get("identifier").List()) != 2 || len(doc.Get("evidence").List()) != 1 {
			t.Errorf("%s says %s", kind, doc.JSON())
		}
		if strings.Contains(string(doc.JSON()), "ada@example.org") {
			t.Errorf("%s holds the e-mail address", kind)
		}
	}
}

// always are what every showing of a token has.
var always = map[string][]string{
	"vc+sd-jwt": {"@context", "id", "type", "issuer", "validFrom", "validUntil", "credentialStatus", "credentialSubject/id"},
	"dc+sd-jwt": {"iss", "sub", "vct", "jti", "nbf", "exp", "iat", "cnf", "status", "issuer/id"},
}

// TestWhatLearnersCanWithhold: everything but what makes the badge what it is, and
// what its template names, claim by claim.
func TestWhatLearnersCanWithhold(t *testing.T) {
	s := newSchool(t, issuer.Web)
	for kind, subject := range map[string]string{"vc+sd-jwt": "credentialSubject/", "dc+sd-jwt": ""} {
		for name, tc := range map[string]struct {
			more        string
			shown, held []string // below the subject
		}{
			"default": {"", []string{"achievement/id", "achievement/type", "achievement/name"}, []string{"achievement/description", "achievement/criteria", "result", "identifier"}},
			"nothing": {`, "mandatory": []`, nil, []string{"achievement", "result"}},
			"results": {`, "mandatory": ["/` + subject + `result"]`, []string{"result/0/value", "result/0/type"}, []string{"achievement", "identifier"}},
			"decoys":  {`, "decoys": 4`, []string{"achievement/name"}, []string{"result"}},
		} {
			t.Run(kind+" "+name, func(t *testing.T) {
				id := s.addToken(t, kind, tc.more)
				issued := s.issue(t, issuer.Award{Template: id, Name: "Ada", ValidUntil: s.now.AddDate(1, 0, 0),
					Results: []issuer.Result{{Of: "Grade", Value: "A"}}})
				opened, err := s.openToken(t, []byte(learner.ShowSD(t, string(issued.Credential), answering, employer)), answering)
				if err != nil {
					t.Fatal(err)
				}
				if !opened.Token.Bound || opened.Token.Confirmed.ID != learner.ID {
					t.Errorf("bound to %+v", opened.Token.Confirmed)
				}
				at := func(path string) strictjson.Value {
					p, err := strictjson.ParsePointer("/" + path)
					if err != nil {
						t.Fatal(err)
					}
					return opened.Document.At(p)
				}
				shown := slices.Clone(always[kind])
				for _, path := range tc.shown {
					shown = append(shown, subject+path)
				}
				for _, path := range shown {
					if !at(path).Exists() {
						t.Errorf("%s is withheld", path)
					}
				}
				for _, path := range tc.held {
					if at(subject + path).Exists() {
						t.Errorf("%s cannot be withheld", path)
					}
				}
				if got := s.checkToken(t, issued.Credential, s.now); got.Outcome != status.Clear {
					t.Errorf("%v, %v", got.Outcome, got.Err)
				}
			})
		}
	}
}

// TestClaimByClaim: a learner shows one thing inside another and nothing beside it.
func TestClaimByClaim(t *testing.T) {
	s := newSchool(t, issuer.Web)
	for kind, subject := range map[string]string{"vc+sd-jwt": "/credentialSubject", "dc+sd-jwt": ""} {
		issued := s.issue(t, issuer.Award{Template: s.addToken(t, kind, ""), Name: "Ada", Email: "ada@example.org"})
		for pointer, want := range map[string]string{
			"/achievement/criteria":                           `{}`,
			"/achievement/criteria/narrative":                 `{"narrative":"Brew."}`,
			"/achievement/resultDescription/0/allowedValue/1": `["B"]`,
			"/identifier/0/identityHash":                      `"Ada"`,
			"/achievement/resultDescription/0/resultType":     `"LetterGrade"`,
			"/achievement/resultDescription/0/allowedValue":   `[]`,
			"/achievement/image/caption":                      `"Brewer"`,
			"/identifier/1/salt":                              "",
		} {
			shown, err := s.openToken(t, []byte(learner.ShowSD(t, string(issued.Credential), answering, employer, subject+pointer)), answering)
			if err != nil {
				t.Fatalf("%s%s: %v", kind, pointer, err)
			}
			text := string(shown.Document.JSON())
			if !strings.Contains(text, want) || strings.Contains(text, "identityHash") != strings.HasSuffix(pointer, "identityHash") ||
				strings.Contains(text, "Brews.") {
				t.Errorf("%s%s shows %s", kind, pointer, text)
			}
		}
	}
}

// TestTokensAreTakenBack: what happens to a token is visible in both forms of its
// list, today and for a time in the past.
func TestTokensAreTakenBack(t *testing.T) {
	s := newSchool(t, issuer.Web)
	before := s.now
	s.addToken(t, "dc+sd-jwt", "")
	for kind := range tokenKinds {
		id := s.addToken(t, kind, "")
		held := s.addToken(t, kind, `, "statusPurpose": "suspension"`)
		if id != held {
			t.Fatal("two templates")
		}
		hold := s.issue(t, issuer.Award{Template: held})
		s.addToken(t, kind, "")
		badge, other := s.issue(t, issuer.Award{Template: id}), s.issue(t, issuer.Award{Template: id})
		s.now = s.now.Add(time.Hour)
		s.apply(t, issuer.Revoke, badge.ID)
		s.apply(t, issuer.Suspend, hold.ID)
		for range 2 { // the second time after a restart
			if got := s.checkToken(t, badge.Credential, s.now); !errors.Is(got.Err, status.ErrRevoked) {
				t.Errorf("%s: after a revocation: %v, %v", kind, got.Outcome, got.Err)
			}
			if got := s.checkToken(t, hold.Credential, s.now); !errors.Is(got.Err, status.ErrSuspended) {
				t.Errorf("%s: after a suspension: %v, %v", kind, got.Outcome, got.Err)
			}
			if got := s.checkToken(t, other.Credential, s.now); got.Outcome != status.Clear {
				t.Errorf("%s: the other one: %v, %v", kind, got.Outcome, got.Err)
			}
			if got := s.checkToken(t, badge.Credential, s.now.Add(-30*time.Minute)); got.Outcome != status.Clear || !got.List.Archived {
				t.Errorf("%s: half an hour before: %v, %v", kind, got.Outcome, got.Err)
			}
			s.reopen(t)
		}
		s.apply(t, issuer.Reinstate, hold.ID)
		if got := s.checkToken(t, hold.Credential, s.now); got.Outcome != status.Clear {
			t.Errorf("%s: after it was reinstated: %v, %v", kind, got.Outcome, got.Err)
		}
	}
	s.sameInBothForms(t, before)
}

// sameInBothForms compares every version of every list since a time with its other
// form.
func (s *school) sameInBothForms(t *testing.T, since time.Time) {
	t.Helper()
	keys, suites := s.keysAndSuites()
	src := &status.Source{Fetch: fetcherFunc(s.web), Keys: keys, Suites: suites, Now: func() time.Time { return s.now }}
	for _, l := range s.Index().Lists {
		bits := map[status.Purpose]int{status.Revocation: 1, status.Suspension: 2}[l.Purpose]
		for n := range l.Versions {
			at := l.Versions[n].At.Truncate(time.Second).Add(time.Second)
			if at.Before(since) || n+1 < len(l.Versions) && at.After(l.Versions[n+1].At) {
				continue
			}
			documents, err := src.Describe(t.Context(), l.URL, at)
			if err != nil {
				t.Fatalf("%s at %v: %v", l.URL, at, err)
			}
			tokens, err := src.DescribeToken(t.Context(), l.TokenURL, "", at)
			if err != nil || tokens.Set != documents.Set || tokens.Length != documents.Length || tokens.Bits != bits || tokens.TTL != documents.TTL ||
				tokens.Signed.Before(since) || !tokens.Until.Equal(documents.Until.Truncate(time.Second)) {
				t.Errorf("%s at %v: %+v, %v, want %+v", l.TokenURL, at, tokens, err, documents)
			}
		}
	}
}

// TestIssuersNamedByTheirAddress: claims and lists name the web address, whose
// metadata has the keys; documents name the DID all the same.
func TestIssuersNamedByTheirAddress(t *testing.T) {
	for _, m := range []issuer.Method{issuer.Web, issuer.Key} {
		s := &school{store: emptyStore(), now: time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)}
		var err error
		s.Issuer, err = issuer.Create(t.Context(), s.options(), issuer.Profile{
			Name: "School", URL: "https://badges.school.example", Naming: issuer.ByURL}, m)
		if err != nil {
			t.Fatal(err)
		}
		s.addToken(t, "vc+sd-jwt", "")
		badge := s.issue(t, issuer.Award{Template: s.addToken(t, "dc+sd-jwt", "")})
		opened, err := s.openToken(t, badge.Credential, "")
		if err != nil || opened.Controller != "https://badges.school.example" {
			t.Fatalf("%s: %v, %v", m, opened, err)
		}
		if got := s.checkToken(t, badge.Credential, s.now); got.Outcome != status.Clear {
			t.Errorf("%s: %v, %v", m, got.Outcome, got.Err)
		}
		document := s.issue(t, issuer.Award{Template: "vcsdjwt"})
		if opened, err := s.openToken(t, document.Credential, ""); err != nil || !strings.HasPrefix(opened.Controller, "did:") {
			t.Errorf("%s: a document: %v, %v", m, opened, err)
		}
		s.apply(t, issuer.Revoke, badge.ID)
		if got := s.checkToken(t, badge.Credential, s.now); !errors.Is(got.Err, status.ErrRevoked) {
			t.Errorf("%s: %v, %v", m, got.Outcome, got.Err)
		}
	}
	s := newSchool(t, issuer.Web)
	if text, err := s.Metadata(); err == nil || text != nil || s.MetadataURL(t) != "" {
		t.Errorf("an issuer that is named by its DID has metadata: %s, %v", text, err)
	}
}

// MetadataURL is where the keys are for readers of SD-JWT VC.
func (s *school) MetadataURL(t testing.TB) string {
	t.Helper()
	p, err := s.Profile(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return p.MetadataURL()
}

// TestMetadata: what somebody else may sign with is not in it.
func TestMetadata(t *testing.T) {
	for address, want := range map[string]string{
		"https://badges.school.example": "https://badges.school.example/.well-known/jwt-vc-issuer", "https://school.example/a/b": "https://school.example/.well-known/jwt-vc-issuer/a/b",
	} {
		s := &school{store: emptyStore(), now: time.Now()}
		var err error
		if s.Issuer, err = issuer.Create(t.Context(), s.options(), issuer.Profile{Name: "X", URL: address, Naming: issuer.ByURL}, issuer.Web); err != nil {
			t.Fatal(err)
		}
		s.addToken(t, "dc+sd-jwt", "")
		old := s.issue(t, issuer.Award{Template: "dcsdjwt"})
		if _, err := s.CompromiseKey(t.Context(), "key-2"); err != nil {
			t.Fatal(err)
		}
		text, err := s.Metadata()
		var kids []string
		for _, k := range testissuer.Parse(string(text)).Get("jwks").Get("keys").Elems() {
			kids = append(kids, k.Get("kid").Str())
		}
		if err != nil || s.MetadataURL(t) != want || !slices.Equal(kids, []string{"key-1", "key-3"}) {
			t.Errorf("%s: at %s, keys %q, %v", address, s.MetadataURL(t), kids, err)
		}
		if address != "https://badges.school.example" {
			continue
		}
		if _, err := s.openToken(t, old.Credential, ""); !errors.Is(err, did.ErrNotFound) {
			t.Errorf("a token of a compromised key: %v", err)
		}
	}
}

// TestTokensOfAnIssuerThatIsItsKey: it signs everything with that key.
func TestTokensOfAnIssuerThatIsItsKey(t *testing.T) {
	s := newSchool(t, issuer.Key)
	for kind := range tokenKinds {
		badge := s.issue(t, issuer.Award{Template: s.addToken(t, kind, "")})
		if got := s.checkToken(t, badge.Credential, s.now); got.Outcome != status.Clear {
			t.Errorf("%s: %v, %v", kind, got.Outcome, got.Err)
		}
	}
	_, err := s.PutTemplate(t.Context(), familyTemplate("x", `"proof": "dc+sd-jwt", "alg": "ES256"`))
	if !errors.Is(err, issuer.ErrTemplate) || !strings.Contains(err.Error(), "this issuer is its key") {
		t.Errorf("with a key of another kind: %v", err)
	}
}

func TestCredentialJSON(t *testing.T) {
	for _, text := range []string{`{"credential":{"a":"<é>"}}`, `{"credential":"eyJ.eyJ.x~WyJ~"}`} {
		var v struct {
			Credential issuer.Credential `json:"credential"`
		}
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(v); err != nil || strings.TrimSpace(b.String()) != text {
			t.Errorf("%s came back as %s, %v", text, b.String(), err)
		}
	}
	var c issuer.Credential
	if err := json.Unmarshal([]byte(`"\ud800"`), &c); err == nil && strings.Contains(string(c), `\u`) {
		t.Errorf("half a character is %q", c)
	}
}

// TestKeysOfTokens: a token goes on being good while its key is listed, whoever
// signs since; of a key that somebody else may have, nothing does. The list is
// signed by whoever signs now.
func TestKeysOfTokens(t *testing.T) {
	s := newSchool(t, issuer.Web)
	ids := map[string]string{}
	for kind := range tokenKinds {
		ids[kind] = s.addToken(t, kind, "")
	}
	issue := func() map[string]*issuer.Issued {
		out := map[string]*issuer.Issued{}
		for kind, id := range ids {
			out[kind] = s.issue(t, issuer.Award{Template: id})
		}
		return out
	}
	first := issue()
	s.now = s.now.Add(time.Hour)
	if _, err := s.RotateKey(t.Context()); err != nil {
		t.Fatal(err)
	}
	second := issue()
	for kind := range ids {
		if first[kind].Key == second[kind].Key {
			t.Errorf("%s is signed with %s before and after", kind, first[kind].Key)
		}
		for _, badge := range []*issuer.Issued{first[kind], second[kind]} {
			if got := s.checkToken(t, badge.Credential, s.now); got.Outcome != status.Clear {
				t.Errorf("%s of %s: %v, %v", kind, badge.Key, got.Outcome, got.Err)
			}
		}
	}
	s.now = s.now.Add(time.Hour)
	out, err := s.CompromiseKey(t.Context(), "key-2") // the first one on P-256, retired since
	if err != nil || len(out.Affected) != 1 || out.Affected[0].ID != first["dc+sd-jwt"].ID || out.Next != nil {
		t.Fatalf("affected %+v, %v", out, err)
	}
	s.now = s.now.Add(time.Hour)
	for kind := range ids {
		_, err := s.openToken(t, first[kind].Credential, "")
		if kind == "dc+sd-jwt" != errors.Is(err, did.ErrKeyRevoked) {
			t.Errorf("%s of %s: %v", kind, first[kind].Key, err)
		}
		if got := s.checkToken(t, second[kind].Credential, s.now); got.Outcome != status.Clear {
			t.Errorf("%s of %s: %v, %v", kind, second[kind].Key, got.Outcome, got.Err)
		}
	}
}

// TestTokensShareLists: badges of every kind have places in one crowd, which is
// large enough to hide in, and a full list is followed by another in both forms.
func TestTokensShareLists(t *testing.T) {
	s := newSchool(t, issuer.Web)
	document := s.issue(t, issuer.Award{})
	for kind := range tokenKinds {
		badge := s.issue(t, issuer.Award{Template: s.addToken(t, kind, "")})
		if got, want := strings.TrimSuffix(badge.List, ".jwt"), strings.TrimSuffix(document.List, ".json"); strings.TrimSuffix(got, ".json") != want {
			t.Errorf("%s is in %s, documents are in %s", kind, badge.List, document.List)
		}
	}
	s.FillList("revocation-1")
	badge := s.issue(t, issuer.Award{Template: s.addToken(t, "dc+sd-jwt", "")})
	if badge.List != "https://badges.school.example/status/revocation-2.jwt" {
		t.Errorf("after a full list comes %s", badge.List)
	}
	s.apply(t, issuer.Revoke, badge.ID, document.ID)
	s.reopen(t)
	if got := s.checkToken(t, badge.Credential, s.now); !errors.Is(got.Err, status.ErrRevoked) {
		t.Errorf("in the second list: %v, %v", got.Outcome, got.Err)
	}
	for _, l := range s.Index().Lists {
		p, err := s.TokenList(t.Context(), l.ID, time.Time{})
		if err != nil || p.URL != l.TokenURL || p.Purpose != l.Purpose || !p.Last || p.ETag == "" {
			t.Errorf("%s: %+v, %v", l.ID, p, err)
		}
	}
	if p, err := s.TokenList(t.Context(), "revocation-3", time.Time{}); !errors.Is(err, issuer.ErrNotFound) || p != nil {
		t.Errorf("a list that is not there: %v, %v", p, err)
	}
}

// TestListsForTokensBeginWhenTheyAreNeeded: whoever issues documents alone signs
// nothing else, and what was published before stays as it was.
func TestListsForTokensBeginWhenTheyAreNeeded(t *testing.T) {
	s := newSchool(t, issuer.Web)
	s.issue(t, issuer.Award{})
	s.addToken(t, "vc+jwt", "")
	s.reopen(t)
	if p, err := s.TokenList(t.Context(), "revocation-1", time.Time{}); !errors.Is(err, issuer.ErrNotFound) || p != nil {
		t.Errorf("before: %v, %v", p, err)
	}
	before := s.Index().Lists[0].Versions
	s.now = s.now.Add(time.Hour)
	s.addToken(t, "dc+sd-jwt", "")
	s.addToken(t, "dc+sd-jwt", `, "decoys": 1`)
	s.reopen(t)
	after := s.Index().Lists[0]
	if len(after.Versions) != len(before)+1 || after.TokenURL == "" {
		t.Errorf("%d versions, before %d; for tokens at %q", len(after.Versions), len(before), after.TokenURL)
	}
	if p, err := s.TokenList(t.Context(), "revocation-1", before[0].At); !errors.Is(err, issuer.ErrNotFound) || p != nil {
		t.Errorf("in the time before: %v, %v", p, err)
	}
	if p, err := s.TokenList(t.Context(), "revocation-1", s.now); err != nil || !p.Last {
		t.Errorf("after: %v, %v", p, err)
	}
	began := s.now
	s.now = s.now.AddDate(0, 0, 11)
	if n, err := s.Refresh(t.Context()); err != nil || n != len(s.ListIDs()) {
		t.Errorf("refreshed %d, %v", n, err)
	}
	s.sameInBothForms(t, began)
}

// TestTemplatesForTokensThatFail leave nothing behind: no template, no key, no list.
func TestTemplatesForTokensThatFail(t *testing.T) {
	s := newSchool(t, issuer.Web)
	store := &failing{Store: s.store, err: errors.New("the disk is on fire")}
	s.store = store
	s.reopen(t)
	store.on = true
	if _, err := s.PutTemplate(t.Context(), familyTemplate("token", `"proof": "dc+sd-jwt"`)); !errors.Is(err, store.err) {
		t.Errorf("on a broken disk: %v", err)
	}
	store.on = false
	if _, err := s.PutTemplate(t.Context(), familyTemplate("token", `"proof": "dc+sd-jwt", "mandatory": ["/grade"]`)); !errors.Is(err, issuer.ErrTemplate) {
		t.Errorf("with a pointer to nothing: %v", err)
	}
	s.reopen(t)
	if keys := s.keys(t); len(keys) != 1 || s.Index().Lists[0].TokenURL != "" {
		t.Errorf("%d keys, lists %+v", len(keys), s.Index().Lists)
	}
	if _, err := s.Issue(t.Context(), issuer.Award{Template: "token", Recipient: learner.ID}); !errors.Is(err, issuer.ErrNotFound) {
		t.Errorf("the template is there: %v", err)
	}
	s.addToken(t, "dc+sd-jwt", "")
}

// TestLearnersKeys: whichever kind of key a learner has, the token names it, and the
// learner can show it.
func TestLearnersKeys(t *testing.T) {
	s := newSchool(t, issuer.Web)
	claims, document := s.addToken(t, "dc+sd-jwt", ""), s.addToken(t, "vc+sd-jwt", "")
	for name, curve := range map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384()} {
		key, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		p := testissuer.With("learner", key, nil)
		jwk, err := did.FormatJWK(key.Public())
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{p.ID, "did:jwk:" + base64.RawURLEncoding.EncodeToString(jwk.JSON())} {
			for _, template := range []string{claims, document} {
				issued := s.issue(t, issuer.Award{Template: template, Recipient: id})
				opened, err := s.openToken(t, []byte(p.ShowSD(t, string(issued.Credential), answering, employer)), answering)
				if err != nil || !opened.Token.Bound {
					t.Errorf("%s, %.20s, %s: %v", name, id, template, err)
					continue
				}
				subject := opened.Document.Get("sub").Str() + opened.Document.Get("credentialSubject").Get("id").Str()
				if subject != id || opened.Token.Confirmed.ID != p.ID {
					t.Errorf("%s: issued to %s, shown by %s", name, subject, opened.Token.Confirmed.ID)
				}
			}
		}
	}
}

package verifier

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"
	"time"

	"laurel/credential"
)

// allCodes reads the constants of code.go, so that a new one cannot be
// forgotten here.
func allCodes(t *testing.T) []Code {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "code.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var codes []Code
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "Code" {
			text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			codes = append(codes, Code(text))
		}
		return true
	})
	if len(codes) < 40 {
		t.Fatalf("only %d codes", len(codes))
	}
	return codes
}

func TestEveryCodeHasASentence(t *testing.T) {
	known := make(map[Code]bool)
	for _, code := range allCodes(t) {
		known[code] = true
		if texts[code] == "" {
			t.Errorf("%s has no sentence for people", code)
		}
	}
	for code := range texts {
		if !known[code] {
			t.Errorf("a sentence for %s, which is no code", code)
		}
	}
	for code := range deciding {
		if !known[code] {
			t.Errorf("a headline for %s, which is no code", code)
		}
	}
	for _, r := range rules {
		if !known[r.code] || r.outcome != Failed && r.outcome != Unknown {
			t.Errorf("the rule for %q gives %q, %q", r.err, r.code, r.outcome)
		}
	}
}

// TestHeadlines: whatever decides, and whatever the names, a headline is one
// short sentence or two for people: no DID, no JSON, no jargon.
func TestHeadlines(t *testing.T) {
	long := strings.Repeat("The Very Honourable Society of ", 20)
	for _, name := range []string{"", "School", long, "x\n\nACCEPTED", "\u202eloohcS", `{"a":1}`} {
		badge := &credential.Badge{Issuer: credential.Profile{Name: name}, ValidUntil: time.Now(), ValidFrom: time.Now()}
		for _, code := range allCodes(t) {
			for _, outcome := range []Outcome{Failed, Unknown} {
				for _, row := range []Row{RowFormat, RowStatus, RowTrust, RowHolder} {
					r := &Report{Subject: Credential, Badge: badge, Issuer: &Issuer{ID: "did:key:z6Mk", Listed: name, Claims: name},
						Checks: []Check{{Row: row, Outcome: outcome, Finding: Finding{Code: code}}}}
					r.conclude()
					checkHeadline(t, r.Headline)
					p := &Report{Subject: Presentation, Checks: []Check{{Row: RowFormat, Outcome: Passed}}, Parts: []*Report{r, r}}
					p.conclude()
					checkHeadline(t, p.Headline)
				}
			}
		}
		for _, trust := range []Outcome{Passed, Skipped} {
			r := &Report{Subject: Credential, Badge: badge, Issuer: &Issuer{Listed: name}, Checks: []Check{{Row: RowProof, Outcome: Passed}, {Row: RowTrust, Outcome: trust}}}
			r.conclude()
			checkHeadline(t, r.Headline)
			for n := range 3 {
				p := &Report{Subject: Presentation, Checks: r.Checks[:1], Parts: []*Report{r, r, r}[:n+1]}
				p.conclude()
				checkHeadline(t, p.Headline)
			}
		}
	}
}

func checkHeadline(t *testing.T, headline string) {
	t.Helper()
	switch n := len(strings.Fields(headline)); {
	case n == 0 || n > 20:
		t.Fatalf("%d words: %q", n, headline)
	case strings.Contains(headline, "did:") || strings.Contains(strings.ToLower(headline), "proof"):
		t.Fatalf("jargon: %q", headline)
	case strings.ContainsAny(headline, "\n\u202e"):
		t.Fatalf("not inert: %q", headline)
	}
}

// TestTones: green only where somebody vouched, red only where somebody is
// being deceived.
func TestTones(t *testing.T) {
	report := func(checks ...Check) *Report {
		r := &Report{Subject: Credential, Checks: checks, Badge: &credential.Badge{}, Issuer: &Issuer{}}
		r.conclude()
		return r
	}
	passed := Check{Row: RowProof, Outcome: Passed}
	row := func(r Row, o Outcome, c Code) Check { return Check{Row: r, Outcome: o, Finding: Finding{Code: c}} }
	for _, tt := range []struct {
		name string
		r    *Report
		want Tone
	}{
		{"vouched for", report(passed, row(RowTrust, Passed, "")), Good},
		{"not judged", report(passed, row(RowTrust, Skipped, IssuerNotJudged)), Caution},
		{"not listed", report(passed, row(RowTrust, Unknown, IssuerUntrusted)), Caution},
		{"forged", report(row(RowProof, Failed, SignatureInvalid)), Bad},
		{"revoked", report(passed, row(RowStatus, Failed, StatusRevoked)), Bad},
		{"on hold", report(passed, row(RowStatus, Failed, StatusSuspended)), Caution},
		{"not theirs", report(passed, row(RowHolder, Failed, HolderBindingFailed)), Bad},
		{"expired", report(passed, row(RowValidity, Failed, CredentialExpired)), Caution},
		{"unreadable", report(row(RowFormat, Failed, MalformedJSON)), Caution},
		{"list unreachable", report(passed, row(RowStatus, Unknown, StatusRetrieval)), Caution},
	} {
		if got := tt.r.Tone(); got != tt.want {
			t.Errorf("%s: %s, want %s (%s)", tt.name, got, tt.want, tt.r.Headline)
		}
	}
}

// TestRowsToVerdict is the one step from the table to the answer.
func TestRowsToVerdict(t *testing.T) {
	row := func(r Row, o Outcome) Check { return Check{Row: r, Outcome: o} }
	good, bad, open := &Report{Verdict: Accepted}, &Report{Verdict: Rejected}, &Report{Verdict: Undetermined}
	for _, tt := range []struct {
		name   string
		checks []Check
		parts  []*Report
		want   Verdict
	}{
		{"nothing at all", nil, nil, Undetermined},
		{"everything skipped", []Check{row(RowProof, Skipped), row(RowStatus, Skipped)}, nil, Undetermined},
		{"all passed", []Check{row(RowFormat, Passed), row(RowProof, Passed)}, nil, Accepted},
		{"one failed", []Check{row(RowProof, Passed), row(RowStatus, Failed)}, nil, Rejected},
		{"one unknown", []Check{row(RowProof, Passed), row(RowStatus, Unknown)}, nil, Undetermined},
		{"failed weighs more than unknown", []Check{row(RowProof, Unknown), row(RowStatus, Failed)}, nil, Rejected},
		{"endorsements inform", []Check{row(RowProof, Passed), row(RowEndorsements, Unknown)}, nil, Accepted},
		{"evidence informs", []Check{row(RowProof, Passed), row(RowEvidence, Failed)}, nil, Accepted},
		{"a bad part", []Check{row(RowProof, Passed)}, []*Report{good, bad}, Rejected},
		{"an open part", []Check{row(RowProof, Passed)}, []*Report{good, open}, Undetermined},
		{"good parts", []Check{row(RowProof, Passed)}, []*Report{good, good}, Accepted},
	} {
		if got := verdict(tt.checks, tt.parts); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

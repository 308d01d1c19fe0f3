// Package testreport has reports to try pages with, one for each kind of verdict,
// and one that is full of what must stay text.
//
//	for name, report := range testreport.All() {
//		page := pageOf(report)
//		…
//	}
//
// It is for tests only: nothing else imports it.
package testreport

import (
	"context"
	"encoding/base64"
	"strings"
	"time"

	"laurel/credential"
	"laurel/verifier"
)

var (
	judged  = time.Date(2026, 11, 9, 9, 14, 5, 0, time.UTC)
	listURL = "https://springfield.example/status/7"
	school  = "did:web:springfield.example"
	learner = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
)

const badgeSVG = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 120"><defs><linearGradient id="g" x2="0" y2="1"><stop stop-color="#2c6e8f"/><stop offset="1" stop-color="#1b4a63"/></linearGradient></defs><path d="M60 4 108 30v60l-48 26L12 90V30Z" fill="url(#g)"/><path d="M60 14 99 35v50L60 106 21 85V35Z" fill="none" stroke="#fff" stroke-width="2"/><path d="M42 76c8-24 28-24 36 0M60 34v24m-12-12h24" fill="none" stroke="#fff" stroke-width="5" stroke-linecap="round"/></svg>`

func svg(source string) credential.Image {
	return credential.Image{
		Source:  "data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString([]byte(source)),
		Caption: "A hexagon with a sprouting seed",
	}
}

// welding is a badge with everything that a page can show.
func welding() *credential.Badge {
	return &credential.Badge{
		ID:     "urn:uuid:5f7b6e0a-3a55-4d0c-9b52-8a0f0b3a5a11",
		Types:  []string{"VerifiableCredential", "OpenBadgeCredential"},
		Image:  svg(badgeSVG),
		Issuer: credential.Profile{ID: school, Name: "Springfield Technical College", URL: "https://springfield.example"},
		Earner: credential.Earner{ID: learner, Name: "Mira Okafor", Identities: []credential.Identity{{Type: "emailAddress", Value: "mira@mail.example"}}},
		Achievements: []credential.Achievement{{
			ID:          "https://springfield.example/badges/welding-2",
			Name:        "MIG/MAG Welding, Level 2",
			Type:        "MicroCredential",
			Description: "Welds fillet joints in steel of 3 to 12 mm in flat and horizontal position to ISO 5817, quality level C.",
			Criteria: credential.Criteria{
				Page:      "https://springfield.example/badges/welding-2/criteria",
				Narrative: "Pass **both** parts within one term:\n\n1. a written paper on safety, at least *60 of 100*;\n2. three fillet joints, judged by two examiners.\n\nThe rules are in the [examination handbook](https://springfield.example/handbook).",
			},
			Tags: []string{"MIG welding", "Metal fabrication", "Workplace safety", "Technical drawing"},
			Alignments: []credential.Alignment{
				{Name: "Weld metal parts", Framework: "ESCO", Code: "S6.7.2", URL: "http://data.europa.eu/esco/skill/3ea8d8f1"},
			},
			FieldOfStudy: "Metalwork", Version: "2026.1",
			PartOf:  []credential.Related{{ID: "https://springfield.example/badges/welder", Name: "Certified Welder"}},
			Related: []credential.Related{{ID: "https://springfield.example/badges/welding-1", Name: "MIG/MAG Welding, Level 1", Version: "2025.2"}},
			SignUp:  "https://springfield.example/courses/welding-2",
		}},
		Narrative: "Mira attended 40 hours in the workshop and repeated the third joint once.",
		Results: []credential.Result{
			{Label: "Written paper", Type: "Percent", Value: "87", Max: "100", Required: "60"},
			{Label: "Practical part", Type: "RubricCriterionLevel", Level: "Proficient", Status: "Completed"},
		},
		Evidence: []credential.Evidence{
			{URL: "https://springfield.example/evidence/4711", Name: "Inspection protocol", Genre: "Report", Description: "Visual inspection of three joints, with photographs."},
			{Name: "Workshop log", Narrative: "Forty hours in *five weeks*."},
		},
		Awarded:       time.Date(2026, 6, 19, 0, 0, 0, 0, time.UTC),
		ValidFrom:     time.Date(2026, 6, 20, 8, 0, 0, 0, time.UTC),
		ValidUntil:    time.Date(2029, 6, 20, 8, 0, 0, 0, time.UTC),
		CreditsEarned: "3",
	}
}

func checks(changes ...verifier.Check) []verifier.Check {
	rows := []verifier.Check{
		{Row: verifier.RowFormat, Outcome: verifier.Passed, Finding: verifier.Finding{Text: "It is well-formed."}},
		{Row: verifier.RowProof, Outcome: verifier.Passed, Finding: verifier.Finding{
			Text: "The signature fits the contents: nothing was changed since it was signed.",
			Evidence: []verifier.Evidence{
				{What: "Verification method", Value: school + "#key-2026"},
				{What: "Cryptosuite", Value: "eddsa-rdfc-2022"},
				{What: "DID document", URL: "https://springfield.example/.well-known/did.json", Source: "cache", Fetched: judged.Add(-7 * time.Minute), SHA256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
			}}},
		{Row: verifier.RowIssuer, Outcome: verifier.Passed, Finding: verifier.Finding{Text: "It was signed with the issuer's own key."}},
		{Row: verifier.RowValidity, Outcome: verifier.Passed, Finding: verifier.Finding{Text: "It was valid at that time.", Evidence: []verifier.Evidence{{What: "Valid", Value: "2026-06-20T08:00:00Z to 2029-06-20T08:00:00Z"}}}},
		{Row: verifier.RowStatus, Outcome: verifier.Passed, Finding: verifier.Finding{Text: "The issuer has not revoked it.", Evidence: []verifier.Evidence{
			{What: "Status list", Value: "revocation, entry 48213", URL: listURL, Source: "network", Fetched: judged.Add(-2 * time.Second), SHA256: "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752"}}}},
		{Row: verifier.RowSchema, Outcome: verifier.Passed, Finding: verifier.Finding{Text: "It has every part that its kind of credential must have."}},
		{Row: verifier.RowTrust, Outcome: verifier.Passed, Finding: verifier.Finding{Text: "The issuer is on your list of trusted issuers."}},
		{Row: verifier.RowEndorsements, Outcome: verifier.Skipped, Finding: verifier.Finding{Text: "It carries no endorsements."}},
		{Row: verifier.RowEvidence, Outcome: verifier.Skipped, Finding: verifier.Finding{Text: "Named, but not looked at."}},
	}
	for _, c := range changes {
		for i := range rows {
			if rows[i].Row == c.Row {
				rows[i] = c
			}
		}
	}
	return rows
}

func change(row verifier.Row, outcome verifier.Outcome, code verifier.Code, text, cause string) verifier.Check {
	return verifier.Check{Row: row, Outcome: outcome, Finding: verifier.Finding{Code: code, Text: text, Cause: cause}}
}

func report(verdict verifier.Verdict, headline string, changes ...verifier.Check) *verifier.Report {
	return &verifier.Report{
		Type: verifier.ReportType, Subject: verifier.Credential, Verdict: verdict, Headline: headline,
		Checks: checks(changes...), Badge: welding(),
		Issuer: &verifier.Issuer{ID: school, Domain: "springfield.example", Listed: "Springfield Technical College", Claims: "Springfield Technical College"},
		NotProven: []string{
			"Nobody proved to be its owner: this is a look at a file. Ask for a presentation.",
			"The badge names “Mira Okafor”. Compare that with an identity document.",
		},
		At: judged, Made: judged, Duration: 3_412_000,
		SHA256: "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
	}
}

// Valid is of a badge that nothing speaks against.
func Valid() *verifier.Report {
	return report(verifier.Accepted, "Valid. Issued by Springfield Technical College, not revoked as of 09:14 UTC on 9 November 2026.")
}

// Genuine is of one whose issuer nobody has judged.
func Genuine() *verifier.Report {
	r := report(verifier.Accepted, "Genuine, but nobody has vouched for the issuer. It calls itself “Springfield Technical College”.",
		change(verifier.RowTrust, verifier.Skipped, verifier.IssuerNotJudged, "No list of trusted issuers was given, so the issuer was not judged.", ""))
	r.Issuer.Listed = ""
	r.NotProven = append(r.NotProven, "The issuer's name and picture are its own words.")
	return r
}

// Revoked is of one that its issuer took back.
func Revoked() *verifier.Report {
	return report(verifier.Rejected, "Revoked by its issuer.", verifier.Check{Row: verifier.RowStatus, Outcome: verifier.Failed, Finding: verifier.Finding{
		Code: verifier.StatusRevoked, Text: "The issuer has revoked it.", Cause: "bit 48213 of the list is set",
		Evidence: []verifier.Evidence{{What: "Status list", Value: "revocation, entry 48213", URL: listURL, Source: "network", Fetched: judged.Add(-26 * time.Hour), SHA256: "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752"}}}})
}

// Expired is of one whose time is over.
func Expired() *verifier.Report {
	r := report(verifier.Rejected, "Was genuine; expired on 1 September 2026.",
		change(verifier.RowValidity, verifier.Failed, verifier.CredentialExpired, "Its time of validity is over.", "validUntil 2026-09-01T00:00:00Z is before 2026-11-09T09:14:05Z"))
	r.Badge.ValidUntil = time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)
	return r
}

// Unreachable is of one whose status list nobody could read.
func Unreachable() *verifier.Report {
	return report(verifier.Undetermined, "Not confirmed yet: the issuer's revocation list could not be reached. Nothing suggests the badge is false.",
		verifier.Check{Row: verifier.RowStatus, Outcome: verifier.Unknown, Finding: verifier.Finding{
			Code: verifier.StatusRetrieval, Text: "The issuer's revocation list could not be reached.", Cause: "dial tcp: lookup springfield.example: no such host",
			Problem: "https://www.w3.org/ns/credentials/status-list#STATUS_RETRIEVAL_ERROR", Evidence: []verifier.Evidence{{What: "Status list", URL: listURL}}}})
}

// Forged is of a badge whose signature does not hold: nothing that it
// says is shown.
func Forged() *verifier.Report {
	r := report(verifier.Rejected, "Changed after signing, or not signed by this issuer.")
	r.Badge, r.Issuer, r.NotProven = nil, nil, nil
	for i := range r.Checks {
		if i > 1 {
			r.Checks[i] = change(r.Checks[i].Row, verifier.Skipped, verifier.NotReached, "Not looked at, since an earlier check left nothing to look at.", "")
		}
	}
	r.Checks[1] = change(verifier.RowProof, verifier.Failed, verifier.SignatureInvalid,
		"The signature does not fit the contents: something was changed after signing.", "eddsa-rdfc-2022: ed25519 signature does not verify over SHA-256 4a44dc15…8ed2")
	r.Checks[1].Problem = "https://w3id.org/security#PROOF_VERIFICATION_ERROR"
	return r
}

// Unreadable is of a letter, say.
func Unreadable() *verifier.Report {
	r := Forged()
	r.Subject, r.Headline = verifier.Document, "This is not a digital credential that can be read."
	r.Checks[0] = change(verifier.RowFormat, verifier.Failed, verifier.MalformedJSON, "The file cannot be read as a digital credential.", "invalid character 'P' looking for beginning of value at byte 0")
	r.Checks[1] = change(verifier.RowProof, verifier.Skipped, verifier.NotReached, "Not looked at, since an earlier check left nothing to look at.", "")
	return r
}

// Impostor is of one whose issuer has the name of a better one.
func Impostor() *verifier.Report {
	r := report(verifier.Undetermined, "Genuine, but its issuer is not on your list. It calls itself “Springfield Technical College”.",
		change(verifier.RowTrust, verifier.Unknown, verifier.IssuerUntrusted, "The issuer is not on your list of trusted issuers.", "did:key:z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH is not in the trust file"))
	r.Issuer = &verifier.Issuer{ID: "did:key:z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH", Claims: "Springfield Technical College"}
	r.Badge.Image = credential.Image{Source: "https://springfield.example/logo.png"}
	r.NotProven = append(r.NotProven, "The issuer's name and picture are its own words.")
	return r
}

// Presentation shows two credentials, one good and one revoked.
func Presentation() *verifier.Report {
	good, bad := Valid(), Revoked()
	bad.Badge.Achievements[0].Name = "Forklift Driving Licence"
	bad.Badge.Image = credential.Image{}
	holder := change(verifier.RowHolder, verifier.Passed, "", "The one who presents it is the one it was issued to.", "")
	for _, p := range []*verifier.Report{good, bad} {
		p.Checks = append(p.Checks, holder)
		p.NotProven = p.NotProven[1:]
		p.SHA256 = ""
	}
	r := report(verifier.Rejected, "1 of 2 credentials stand. The others are named below, each with its reason.")
	r.Subject, r.Badge, r.Issuer, r.NotProven, r.Holder = verifier.Presentation, nil, nil, nil, learner
	r.Parts = []*verifier.Report{good, bad}
	r.Checks = []verifier.Check{
		r.Checks[0], r.Checks[1],
		{Row: verifier.RowChallenge, Outcome: verifier.Passed, Finding: verifier.Finding{Text: "It answers your question, and was made for you.", Evidence: []verifier.Evidence{{What: "Challenge", Value: "c82e1f"}}}},
		{Row: verifier.RowHolder, Outcome: verifier.Passed, Finding: verifier.Finding{Text: "It was signed by the one who presents it."}},
		{Row: verifier.RowRequest, Outcome: verifier.Skipped, Finding: verifier.Finding{Text: "Nothing in particular was asked for."}},
	}
	return r
}

// All are the reports that every page is tried with, by name. They are made anew at
// each call.
func All() map[string]*verifier.Report {
	return map[string]*verifier.Report{
		"valid": Valid(), "genuine": Genuine(), "revoked": Revoked(),
		"expired": Expired(), "unreachable": Unreachable(), "forged": Forged(),
		"unreadable": Unreadable(), "impostor": Impostor(), "presentation": Presentation(),
		"hostile": Hostile(),
	}
}

// Judge is a verify function whose verdict is the report that the document's text
// names, and Unreadable of any other text.
func Judge(_ context.Context, data []byte, _ verifier.Expectation) (*verifier.Report, error) {
	if r, ok := All()[string(data)]; ok {
		return r, nil
	}
	return Unreadable(), nil
}

// Hostile is validly signed and full of what must stay text.
func Hostile() *verifier.Report {
	const attack = `<script>alert(1)</script><img src=x onerror=alert(2)>"'&`
	r := report(verifier.Accepted, "Genuine, but nobody has vouched for the issuer. It calls itself “"+attack+"”.",
		change(verifier.RowTrust, verifier.Skipped, verifier.IssuerNotJudged, attack, attack))
	r.Checks[1].Evidence = []verifier.Evidence{{What: attack, Value: attack, URL: "javascript:alert(3)", Source: attack, SHA256: attack, Fetched: judged}}
	r.Issuer = &verifier.Issuer{ID: attack, Claims: attack}
	r.Holder = attack
	r.NotProven = []string{attack}
	b := r.Badge
	b.Name, b.Description, b.Issuer.Name, b.Earner.Name, b.Role = attack, attack, attack, attack, attack
	b.Narrative = "<script>alert(4)</script>\n\n[click](javascript:alert(5)) ![pixel](https://tracker.example/p.gif) <iframe src=https://evil.example></iframe>\n\n# Heading\n\n[x](https://user:pass@evil.example) <https://auto.example/x>"
	b.Image = svg(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10" onload="alert(6)"><script>alert(7)</script><image href="https://tracker.example/svg.png"/><foreignObject><body xmlns="http://www.w3.org/1999/xhtml"><img src="x" onerror="alert(8)"/></body></foreignObject><rect width="10" height="10" fill="#844"/></svg>`)
	b.Image.Caption = attack
	a := &b.Achievements[0]
	a.Name, a.Type, a.Tags = attack, attack, []string{attack, "javascript:alert(9)"}
	a.Criteria.Page, a.SignUp = "javascript:alert(10)", "data:text/html,<script>alert(11)</script>"
	a.Alignments[0].URL = "vbscript:x"
	b.Evidence = []credential.Evidence{{URL: " javascript:alert(12)", Name: attack, Narrative: "<img src=https://tracker.example/e.gif>"}}
	b.Term, b.License = strings.Repeat("W", 900), "שלום \u0627\u0644\u0639\u0631\u0628\u064a\u0629 x"
	b.Results = []credential.Result{{Label: attack, Value: attack, Max: attack}}
	return r
}

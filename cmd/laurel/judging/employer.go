package judging

import (
	"context"
	"slices"
	"strings"

	"laurel/cmd/laurel/terminal"
	"laurel/verifier"
	"laurel/wallet"
)

// AsEmployer judges a document as an employer's verifier would, with these flags.
func (j Flags) AsEmployer(e *terminal.Env) (wallet.Check, error) {
	v, err := j.Verifier(e)
	if err != nil {
		return nil, err
	}
	return CheckWith(v), nil
}

// CheckWith lets a wallet see what that verifier would say.
func CheckWith(v *verifier.Verifier) wallet.Check {
	return func(ctx context.Context, document []byte, expect wallet.Expectation) (wallet.Checked, error) {
		report, err := v.Verify(ctx, document, verifier.Expectation{
			Challenge: expect.Challenge, Domain: expect.Domain, Receiving: expect.Receiving, Shared: expect.Shared,
		})
		if err != nil {
			return wallet.Checked{}, err
		}
		// What was asked for is compared by the wallet, with the query.
		report.Checks = slices.DeleteFunc(report.Checks, func(c verifier.Check) bool { return c.Row == verifier.RowRequest && c.Outcome == verifier.Skipped })
		var text strings.Builder
		err = report.WriteText(&text)
		checked := checkedOf(report)
		checked.Text = text.String()
		return checked, err
	}
}

// checkedOf is a report in the words that a wallet has for it.
func checkedOf(r *verifier.Report) wallet.Checked {
	c := wallet.Checked{
		Verdict: wallet.Verdict(r.Verdict), Headline: r.Headline, Tone: wallet.Tone(r.Tone()), NotProven: r.NotProven,
	}
	if signer := r.Check(verifier.RowIssuer); signer != nil && signer.Outcome == verifier.Passed && r.Issuer != nil {
		c.Signed = true
		c.Issuer = wallet.Issuer{Listed: r.Issuer.Listed, Domain: r.Issuer.Domain}
	}
	for _, row := range r.Checks {
		if row.Code != verifier.NotReached { // what failed before says it all
			c.Findings = append(c.Findings, findingOf(r, row))
		}
	}
	for _, part := range r.Parts {
		c.Parts = append(c.Parts, checkedOf(part))
	}
	return c
}

func findingOf(r *verifier.Report, c verifier.Check) wallet.Finding {
	f := wallet.Finding{Title: r.Title(c.Row), Outcome: string(c.Outcome), Text: c.Text, Code: string(c.Code)}
	if c.Cause != "" {
		f.Details = append(f.Details, c.Cause)
	}
	for _, e := range c.Evidence {
		f.Details = append(f.Details, e.String())
	}
	return f
}

package demo

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"laurel/issuer"
	"laurel/verifier"
	"laurel/wallet"
)

// certificate is a badge of which its learner can show a part: the school signs it
// so that they choose, and names what is always shown. That takes another key, which
// the school gets with the template.
const certificate = `{"type":"laurel/template/v1","id":"language-certificate","proof":"ecdsa-sd-2023","achievement":{"name":"Language Certificate",
	"description":"Writes and speaks a language at a level of the Common European Framework.","tag":["language","examined"],
	"criteria":{"narrative":"Pass the four parts of the examination."},
	"resultDescription":[{"name":"Outcome","resultType":"Result"},{"name":"Level","resultType":"PerformanceLevel"},{"name":"Score","resultType":"Percent"}]},
	"mandatory":["/credentialSubject/achievement/id","/credentialSubject/achievement/name"]}`

// revealing are the results that Ada shows; whatever else the certificate says stays
// home, and above all what private has.
var revealing = []string{"Passed", "B2"}

// private is what of the certificate is nobody's business: the score, the evidence,
// and the salt of the e-mail address.
var private = []string{`"87"`, "examination-paper", "identityHash"}

// certify issues the certificate to Ada, who keeps it.
func (st *story) certify(ctx context.Context) error {
	return st.award(ctx, "certificate", issuer.Award{
		Template: "language-certificate", Recipient: st.learner.DID, Name: "Ada Example", Email: "ada@mail.example",
		Results:    []issuer.Result{{Of: "Outcome", Value: "Passed"}, {Of: "Level", Value: "B2"}, {Of: "Score", Value: "87"}},
		Evidence:   []issuer.Evidence{{URL: "https://school.example/examination-paper", Name: "Examination paper"}},
		ValidUntil: time.Date(st.Now().Year()+1, 12, 31, 0, 0, 0, 0, time.UTC),
	})
}

// disclose lets Ada show that she passed, at which level, and until when that
// counts: not the score, not the address, not the paper.
func (st *story) disclose(ctx context.Context) (*verifier.Report, error) {
	card, err := st.card(ctx, st.wallet, "certificate")
	if err != nil {
		return nil, err
	}
	request := wallet.Request{Credentials: []string{card.ID}, Challenge: rand.Text(), Domain: employerDomain, Audience: "the employer"}
	if request.Show, err = st.revealed(ctx, card); err != nil {
		return nil, err
	}
	answer, err := st.wallet.Prepare(ctx, request)
	if err != nil {
		return nil, err
	}
	p := &answer.Presentations[0]
	for _, secret := range private {
		if strings.Contains(string(p.Bytes), secret) {
			return nil, fmt.Errorf("%s was shown", secret)
		}
	}
	receipts, err := st.wallet.Record(ctx, answer)
	if err != nil {
		return nil, err
	}
	report, err := st.ask(ctx, p.Bytes, request.Challenge, employerDomain)
	if err == nil && report.SHA256 != receipts[0].SHA256 {
		err = errors.New("the employer judged other bytes than the receipt has")
	}
	st.note = p.Shown[0].Summary()
	return report, err
}

package demo

import (
	"context"
	"encoding/json"

	"laurel/verifier"
	"laurel/verifier/request"
)

// wanted is what the employer asks for: a language certificate of the school.
func (s *stage) wanted() request.Ask {
	return request.Ask{
		ProofOf: request.Proofs{{Label: "A language certificate", Tag: "examined", Issuers: []string{s.schoolDID}}},
		Title:   "Which languages do you speak?", Purpose: "To see whom our customers can talk to.",
	}
}

// askAnybody puts the question to whoever comes, and returns its page.
func (s *stage) askAnybody(ctx context.Context) (page string, err error) {
	ask := s.wanted()
	ask.Open = true
	asked, err := s.desk.Ask(ctx, ask, "")
	if err != nil {
		return "", err
	}
	return s.desk.PosterLinks(asked.Poster).Page, nil
}

// replyTo lets the employer ask, as the QR code says it, and Ada's wallet open the
// request, answer with what is asked for, and send it.
func (st *story) replyTo(ctx context.Context) (*verifier.Report, error) {
	asked, err := st.desk.Ask(ctx, st.wanted(), "")
	if err != nil {
		return nil, err
	}
	links, err := st.desk.Links(asked.Session)
	if err != nil {
		return nil, err
	}
	responder := st.answers()
	inquiry, err := responder.Open(ctx, links.Page) // what the QR code has
	if err != nil {
		return nil, err
	}
	reply, err := responder.Prepare(ctx, inquiry, inquiry.Preferred())
	if err != nil {
		return nil, err
	}
	st.note = reply.Parts[0].Shown[0].Summary()
	if _, err := responder.Send(ctx, reply); err != nil {
		return nil, err
	}
	found, err := st.desk.Book.BySecret(ctx, asked.Session.Secret)
	if err != nil {
		return nil, err
	}
	report := &verifier.Report{}
	return report, json.Unmarshal(found.Session.Answer.Report, report)
}

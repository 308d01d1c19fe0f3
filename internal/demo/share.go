package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path"
	"slices"

	"laurel/internal/sharelink"
	"laurel/verifier"
	"laurel/wallet"
	"laurel/wallet/share"
)

// browser is what somebody who opens a link looks with, to the one who counts views.
const browser = "Mozilla/5.0 (a stranger's browser)"

// sharer shares what the learner has with verifiers on this machine.
func (s *stage) sharer() *share.Sharer {
	return &share.Sharer{Wallet: s.wallet, Line: s.line(), UnsafeLoopback: true}
}

// share leaves a badge with the employer's server, sealed: all of it, or of one that
// can be shown in part what is revealing.
func (st *story) share(ctx context.Context, badge string) (*wallet.Shared, error) {
	card, err := st.card(ctx, st.wallet, badge)
	if err != nil {
		return nil, err
	}
	show, err := st.revealed(ctx, card)
	if err != nil {
		return nil, err
	}
	sharer := st.sharer()
	offer, err := sharer.Prepare(ctx, share.Plan{Verifier: st.employerURL, Credentials: []string{card.ID}, Show: show, Audience: "whoever reads her application"})
	if err != nil {
		return nil, err
	}
	return sharer.Publish(ctx, offer)
}

// revealed chooses what is revealing of a badge that can be shown in part.
func (st *story) revealed(ctx context.Context, card wallet.Card) ([]wallet.Choice, error) {
	all, err := st.wallet.Disclose(ctx, card.ID, nil)
	if err != nil || !all.Partial {
		return nil, err
	}
	var show []wallet.Choice
	for _, claim := range all.Claims {
		if slices.Contains(revealing, claim.Text) {
			show = append(show, wallet.Choice{Credential: card.ID, Pointer: path.Dir(claim.Pointer)})
		}
	}
	return show, nil
}

// shareByLink lets Ada share by a link, a stranger open it, and Ada take it back.
func (st *story) shareByLink(ctx context.Context) (*verifier.Report, error) {
	shared, err := st.share(ctx, "certificate")
	if err != nil {
		return nil, err
	}
	report, code, err := st.follow(ctx, shared.Link)
	if err != nil {
		return nil, fmt.Errorf("the link answers %d: %w", code, err)
	}
	state, err := st.sharer().Withdraw(ctx, shared)
	if err != nil {
		return nil, err
	}
	_, code, _ = st.follow(ctx, shared.Link)
	if code != http.StatusGone || state.State != sharelink.Withdrawn {
		return nil, fmt.Errorf("the link answers %d after it was taken back", code)
	}
	st.note = fmt.Sprintf("taken back after %d view: %d", state.Views, code)
	return report, nil
}

// follow opens a link as a stranger does, and reads the report.
func (s *stage) follow(ctx context.Context, link string) (report *verifier.Report, code int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
	if err != nil {
		return nil, 0, err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", browser)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = res.Body.Close() }()
	report = &verifier.Report{}
	return report, res.StatusCode, json.NewDecoder(io.LimitReader(res.Body, maxReport)).Decode(report)
}

package demo

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"laurel/did"
	"laurel/internal/fetch"
	"laurel/internal/strictjson"
	"laurel/issuer"
	issuerweb "laurel/issuer/web"
	"laurel/proof"
	"laurel/verifier"
	verifierweb "laurel/verifier/web"
	"laurel/wallet"
)

// employerDomain is whom the answers of the story are made for.
const employerDomain = "https://employer.example"

// templates are the kinds of badge that the school issues.
var templates = []string{
	`{"type":"laurel/template/v1","id":"data-analysis","validFor":"P4Y","achievement":{"name":"Data Analysis",
	"description":"Can clean, analyse and show tabular data.","tag":["data","python"],
	"criteria":{"narrative":"Pass eight labs and a final project."}}}`,
	`{"type":"laurel/template/v1","id":"first-aid","validFor":"P2Y","achievement":{"name":"First Aid",
	"description":"Can keep somebody alive until help arrives.","tag":["health"],
	"criteria":{"narrative":"Two days of practice, and an examination."}}}`,
	`{"type":"laurel/template/v1","id":"german-b2","validFor":"P5Y","achievement":{"name":"German B2",
	"description":"Speaks and writes German with ease.","tag":["language"],
	"criteria":{"narrative":"Pass the four parts of the examination."}}}`,
	`{"type":"laurel/template/v1","id":"forklift","statusPurpose":"suspension","validFor":"P3Y","achievement":{"name":"Forklift Licence",
	"description":"May drive a forklift truck.","tag":["logistics"],
	"criteria":{"narrative":"Theory, practice, and a medical check every year."}}}`,
}

// story is what the acts share: the badges by template, and the last answer.
type story struct {
	*stage
	badges map[string]*issuer.Issued
	answer []byte
	asked  string // the challenge of the answer
	note   string // what else is to be said of an act
}

// act is one scene: what happens, and what must come of it.
type act struct {
	title string
	want  verifier.Verdict
	code  verifier.Code // the deciding code; "" for an accepted one
	play  func(*story, context.Context) (*verifier.Report, error)
}

var acts = []act{
	{"Ada shows two of her badges", verifier.Accepted, "", (*story).showTwo},
	{"she shows that she passed, level B2, valid until next year", verifier.Accepted, "", (*story).disclose},
	{"the employer asks by QR code, her wallet answers", verifier.Accepted, "", (*story).replyTo},
	{"she shares it by a link, and somebody opens that", verifier.Accepted, "", (*story).shareByLink},
	{"somebody changes one letter of a badge", verifier.Rejected, verifier.SignatureInvalid, (*story).forge},
	{"a stranger presents Ada's badge", verifier.Rejected, verifier.HolderBindingFailed, (*story).steal},
	{"the same answer is sent a second time", verifier.Rejected, verifier.ChallengeMismatch, (*story).replay},
	{"the school revokes First Aid", verifier.Rejected, verifier.StatusRevoked, (*story).revoke},
	{"it suspends the Forklift Licence", verifier.Rejected, verifier.StatusSuspended, (*story).suspend},
	{"it reinstates the Forklift Licence", verifier.Accepted, "", (*story).reinstate},
	{"a badge that has expired", verifier.Rejected, verifier.CredentialExpired, (*story).expire},
	{"an impostor with the school's name", verifier.Undetermined, verifier.IssuerUntrusted, (*story).impersonate},
	{"the school's server is switched off", verifier.Undetermined, verifier.DIDResolutionFailed, (*story).switchOff},
	{"the same, with the list that was saved", verifier.Accepted, "", (*story).useSaved},
}

// tell plays the story and returns how many verdicts were not as expected.
func (s *stage) tell(ctx context.Context) (surprises int, err error) {
	ctx, cancel := context.WithTimeout(ctx, storyTime)
	defer cancel()
	st := &story{stage: s, badges: make(map[string]*issuer.Issued)}
	if err := st.issueAll(ctx); err != nil {
		return 0, err
	}
	s.sayf("  1 ✓ the school issues 6 badges; Ada's wallet checks each and keeps it\n")
	for i, a := range acts {
		report, err := a.play(st, ctx)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", a.title, err)
		}
		if !st.print(i+2, a, report) {
			surprises++
		}
	}
	if err := st.switchOn(ctx); err != nil || s.Once {
		return surprises, err
	}
	lasting, err := st.share(ctx, "certificate")
	if err == nil {
		s.shared = lasting.Link
	}
	return surprises, err
}

// print shows one check in two lines: what happened, whose badge, how old the
// list, how long it took; and the headline.
func (st *story) print(n int, a act, r *verifier.Report) bool {
	var code verifier.Code
	if c := r.Deciding(); c != nil {
		code = c.Code
	}
	mark := "✓"
	expected := r.Verdict == a.want && code == a.code
	if !expected {
		mark = "✗ NOT AS EXPECTED:"
	}
	facts := []string{a.title}
	if name := provenIssuer(r); name != "" {
		facts = append(facts, name)
	}
	if age, ok := listAge(r); ok {
		facts = append(facts, fmt.Sprintf("list %.1f s old", age.Seconds()))
	}
	facts = append(facts, fmt.Sprintf("%.1f ms", r.Duration.Seconds()*1000))
	if st.note != "" {
		facts, st.note = append(facts, st.note), ""
	}
	st.sayf(" %2d %s %s\n", n, mark, strings.Join(facts, " · "))
	st.sayf("      %s: %s\n", r.Verdict, r.Headline)
	return expected
}

// provenIssuer is the first issuer whose name is more than its own word.
func provenIssuer(r *verifier.Report) string {
	for _, p := range append([]*verifier.Report{r}, r.Parts...) {
		if name := p.Issuer.Proven(); name != "" {
			return name
		}
	}
	return ""
}

// listAge tells how old the oldest status list was that the report rests on.
func listAge(r *verifier.Report) (age time.Duration, ok bool) {
	for _, p := range append([]*verifier.Report{r}, r.Parts...) {
		c := p.Check(verifier.RowStatus)
		if c == nil {
			continue
		}
		for _, e := range c.Evidence {
			age, ok = max(age, r.At.Sub(e.Fetched)), true
		}
	}
	return age, ok
}

// issueAll issues one badge of each kind and an expired one, and gives them to the
// wallet.
func (st *story) issueAll(ctx context.Context) error {
	for _, t := range append(templates, certificate) {
		if _, err := st.school.PutTemplate(ctx, []byte(t)); err != nil {
			return err
		}
	}
	now := st.Now()
	for _, award := range []struct{ as, template string }{
		{"data-analysis", "data-analysis"}, {"first-aid", "first-aid"}, {"german-b2", "german-b2"}, {"forklift", "forklift"},
		{"expired", "first-aid"},
	} {
		a := issuer.Award{Template: award.template, Recipient: st.learner.DID, Name: "Ada Example"}
		if award.as == "expired" {
			a.ValidFrom, a.ValidUntil = now.AddDate(-2, 0, 0), now.AddDate(0, 0, -1)
		}
		if err := st.award(ctx, award.as, a); err != nil {
			return err
		}
	}
	st.sample("valid", st.badges["data-analysis"].Credential)
	return st.certify(ctx)
}

// award issues a badge under a name of the story, and Ada keeps it.
func (st *story) award(ctx context.Context, as string, a issuer.Award) error {
	badge, err := st.school.Issue(ctx, a)
	if err != nil {
		return err
	}
	st.badges[as] = badge
	found, err := st.wallet.Examine(ctx, badge.Credential)
	if err != nil {
		return err
	}
	_, err = st.wallet.Add(ctx, found)
	return err
}

// card finds a badge of the story in a wallet.
func (st *story) card(ctx context.Context, w *wallet.Wallet, name string) (wallet.Card, error) {
	cards, err := w.List(ctx, wallet.Query{})
	if err != nil {
		return wallet.Card{}, err
	}
	i := slices.IndexFunc(cards, func(c wallet.Card) bool { return c.Credential == st.badges[name].ID })
	if i < 0 {
		return wallet.Card{}, fmt.Errorf("the wallet does not have %s", name)
	}
	return cards[i], nil
}

// sample puts a document on the employer's page, as a button to try.
func (st *story) sample(name string, document []byte) {
	st.samples = append(st.samples, verifierweb.Sample{Name: name, Document: document, Edit: name == "valid"})
}

// present makes an answer with some of Ada's badges and sends it.
func (st *story) present(ctx context.Context, w *wallet.Wallet, names ...string) (*verifier.Report, error) {
	var ids []string
	for _, name := range names {
		card, err := st.card(ctx, w, name)
		if err != nil {
			return nil, err
		}
		ids = append(ids, card.ID)
	}
	st.asked = rand.Text()
	answer, err := w.Prepare(ctx, wallet.Request{Credentials: ids, Challenge: st.asked, Domain: employerDomain, Audience: "the employer"})
	if err != nil {
		return nil, err
	}
	st.answer = answer.Presentations[0].Bytes
	if _, err := w.Record(ctx, answer); err != nil {
		return nil, err
	}
	return st.ask(ctx, st.answer, st.asked, employerDomain)
}

func (st *story) showTwo(ctx context.Context) (*verifier.Report, error) {
	return st.present(ctx, st.wallet, "data-analysis", "german-b2")
}

func (st *story) forge(ctx context.Context) (*verifier.Report, error) {
	forged := bytes.Replace(st.badges["german-b2"].Credential, []byte("German B2"), []byte("German C2"), 1)
	st.sample("forged", forged)
	return st.ask(ctx, forged, "", "")
}

// steal lets a stranger, who got hold of the file, present it as their own.
func (st *story) steal(ctx context.Context) (*verifier.Report, error) {
	found, err := st.stranger.Examine(ctx, st.badges["data-analysis"].Credential)
	if err != nil {
		return nil, err
	}
	if _, err := st.stranger.Add(ctx, found); err != nil {
		return nil, err
	}
	before, asked := st.answer, st.asked
	defer func() { st.answer, st.asked = before, asked }()
	return st.present(ctx, st.stranger, "data-analysis")
}

// replay sends the first answer again, to somebody who asks anew.
func (st *story) replay(ctx context.Context) (*verifier.Report, error) {
	return st.ask(ctx, st.answer, rand.Text(), employerDomain)
}

// change lets the school revoke, suspend or reinstate, and the wallet present.
func (st *story) change(ctx context.Context, action issuer.Action, badge, reason string) (*verifier.Report, error) {
	_, err := st.school.Apply(ctx, issuer.Change{
		Action: action, IDs: []string{st.badges[badge].ID}, Reason: reason, Actor: "registrar",
	})
	if err != nil {
		return nil, err
	}
	time.Sleep(listTTL) // what verifiers have kept is good until then
	return st.present(ctx, st.wallet, badge)
}

func (st *story) revoke(ctx context.Context) (*verifier.Report, error) {
	st.sample("revoked", st.badges["first-aid"].Credential)
	shared, err := st.share(ctx, "first-aid")
	if err != nil {
		return nil, err
	}
	report, err := st.change(ctx, issuer.Revoke, "first-aid", "the examination was repeated")
	if err != nil {
		return nil, err
	}
	behind, _, err := st.follow(ctx, shared.Link)
	if err != nil {
		return nil, err
	}
	st.note = "her link to it: " + string(behind.Verdict)
	if c := behind.Deciding(); c == nil || c.Code != verifier.StatusRevoked {
		return behind, nil // which is not as expected, and is told so
	}
	return report, nil
}

func (st *story) suspend(ctx context.Context) (*verifier.Report, error) {
	return st.change(ctx, issuer.Suspend, "forklift", "the medical check is overdue")
}

func (st *story) reinstate(ctx context.Context) (*verifier.Report, error) {
	return st.change(ctx, issuer.Reinstate, "forklift", "the medical check was passed")
}

func (st *story) expire(ctx context.Context) (*verifier.Report, error) {
	st.sample("expired", st.badges["expired"].Credential)
	return st.present(ctx, st.wallet, "expired")
}

// impersonate signs the school's words with another key: genuine as far as it
// goes, only that its issuer is somebody else who gives itself the same name.
func (st *story) impersonate(ctx context.Context) (*verifier.Report, error) {
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, err
	}
	id, err := did.FormatKey(key.Public())
	if err != nil {
		return nil, err
	}
	doc, err := strictjson.Parse(st.badges["data-analysis"].Credential)
	if err != nil {
		return nil, err
	}
	doc = doc.Without("proof", "credentialStatus").
		With("issuer", doc.Get("issuer").With("id", strictjson.String(id)))
	signed, err := proof.Sign(doc, proof.SignOptions{
		Suite: st.Suites[0], Key: key, Method: id + "#" + strings.TrimPrefix(id, "did:key:"), Created: st.Now(),
	})
	if err != nil {
		return nil, err
	}
	st.sample("impostor", signed.JSON())
	return st.ask(ctx, signed.JSON(), "", "")
}

func (st *story) switchOff(ctx context.Context) (*verifier.Report, error) {
	if err := st.stopSchool(); err != nil {
		return nil, err
	}
	time.Sleep(listTTL)
	return st.present(ctx, st.wallet, "german-b2")
}

// useSaved judges offline, with what the employer's verifier had fetched while
// the school was still there.
func (st *story) useSaved(ctx context.Context) (*verifier.Report, error) {
	path := filepath.Join(st.dir, "saved.zip")
	if err := fetch.WriteBundle(path, st.Now(), st.recorder.Resources()); err != nil {
		return nil, err
	}
	bundle, err := fetch.OpenBundle(path, false)
	if err != nil {
		return nil, err
	}
	offline := st.newVerifier(fetch.New(fetch.Options{Offline: true, UnsafeLoopback: true, Bundles: []*fetch.Bundle{bundle}}))
	return offline.Verify(ctx, st.answer, verifier.Expectation{Challenge: st.asked, Domain: employerDomain})
}

// switchOn brings the school's server back, at its old address.
func (st *story) switchOn(ctx context.Context) error {
	ln, err := net.Listen("tcp", strings.Replace(strings.TrimPrefix(st.schoolURL, "http://"), "localhost", "127.0.0.1", 1))
	if err != nil {
		return err
	}
	handler, err := issuerweb.New(issuerweb.Config{Issuer: st.school})
	if err != nil {
		return errors.Join(err, ln.Close())
	}
	st.stopSchool = background(context.WithoutCancel(ctx), ln, handler)
	return nil
}

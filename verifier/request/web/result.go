package web

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/gorilla/mux"

	"laurel/internal/serve"
	"laurel/internal/ui"
	"laurel/verifier"
	"laurel/verifier/display"
	"laurel/verifier/request"
	"laurel/verifier/session"
	"laurel/verifier/upload"
)

// Result is the answer to GET /results/{secret} for programs.
type Result struct {
	State   session.State    `json:"state"` // waiting, opened, answered or expired
	Expires time.Time        `json:"expires"`
	Error   string           `json:"error,omitempty"` // the wallet's reason for not answering
	Report  *verifier.Report `json:"report,omitempty"`
	// NeedsCode says that the report is for whoever brings the response_code, with
	// which the wallet sent the person back.
	NeedsCode bool `json:"response_code_needed,omitempty"`
}

// result shows whoever asks how far it is, and then the report.
func (c *Counter) result(w http.ResponseWriter, r *http.Request, _ *serve.Visit) *serve.Problem {
	w.Header().Set("Vary", "Accept")
	found, err := c.Desk.Book.BySecret(r.Context(), mux.Vars(r)["secret"])
	if err != nil {
		return c.problemOf(err)
	}
	if found.Poster != nil {
		return c.showTable(w, r, found.Poster)
	}
	v := found.Session
	report, err := reportOf(v)
	if err != nil {
		return c.problemOf(err)
	}
	if report != nil && v.Answer.Code != "" && !cameBack(v, r.URL.Query()) && !c.isOperator(r) {
		if r.URL.Query().Has("response_code") {
			return mismatch()
		}
		report = nil
	}
	if wantsPage(r) {
		return c.showResult(w, r, v, report)
	}
	out := Result{State: v.Stage(c.now()), Expires: v.Expires, Report: report}
	if v.Answer != nil {
		out.Error, out.NeedsCode = v.Answer.Declined, report == nil && v.Answer.Declined == ""
	}
	if out.State == session.Declined {
		out.State = session.Answered
	}
	serve.WriteJSON(w, out)
	return nil
}

// reportOf is the report of an answered session, or nil.
func reportOf(v *session.Session) (*verifier.Report, error) {
	if v.Answer == nil || len(v.Answer.Report) == 0 {
		return nil, nil
	}
	r := &verifier.Report{}
	if err := json.Unmarshal(v.Answer.Report, r); err != nil {
		return nil, err
	}
	return r, nil
}

// resultView is the page of whoever asks.
type resultView struct {
	questionView
	Secret   string
	Sheet    *display.Sheet // nil until there is a report
	Issuers  []issuerView
	Declined string
	Answered time.Time
	Forget   time.Time
	Operator bool
	// Unsettled says that something could not be looked at, which may go better now.
	Unsettled bool
	HasCode   bool // the report is for whoever brings the response_code
}

// issuerView is an issuer that is not on the list, or whose badge does not stand, and
// what is proven about it.
type issuerView struct {
	verifier.Issuer
	Badge string
	Page  string // its own page, in its own words; "" if it names none
	Email string
}

// showResult shows the QR code while nobody has answered, and then the report.
func (c *Counter) showResult(w http.ResponseWriter, r *http.Request, v *session.Session, report *verifier.Report) *serve.Problem {
	q, err := c.question(v)
	if err != nil {
		return c.problemOf(err)
	}
	view := resultView{questionView: q, Secret: v.Secret, Forget: v.Forget(), Operator: c.isOperator(r)}
	title := stages[q.Stage] + q.Inquiry.Title
	if v.Answer != nil {
		view.Declined, view.Answered = v.Answer.Declined, v.Answer.At
		view.HasCode = report == nil && v.Answer.Declined == ""
	}
	if report != nil {
		title = report.Headline
		view.Sheet = display.NewSheet(report)
		view.Sheet.Slots = slots(q.Inquiry, view.Sheet)
		view.Issuers = concerned(report)
		view.Unsettled = len(v.Answer.Response) > 0 && unsettled(report)
	}
	page := c.frame(r, title, view)
	page.Note = "Kept until " + ui.Date(view.Forget) + ", then deleted. Whoever has this address can read it."
	if ended(q.Stage) == nil {
		page.Live = &ui.Live{Events: "/results/" + v.Secret + "/events", State: string(q.Stage), Reload: true}
		page.Note = ""
	}
	c.pages.Answer(w, http.StatusOK, "result.html", page)
	return nil
}

// NoAnswer says what the wallet's word for sending none means.
func (v resultView) NoAnswer() string { return noAnswer(v.Declined) }

// noAnswer puts a wallet's word for sending no answer into a sentence (OpenID4VP 1.0,
// section 8.5). With access_denied it does not say whether its owner does not want to, or
// has nothing that answers, so that nobody learns from a no what is in a wallet.
func noAnswer(code string) string {
	switch code {
	case "access_denied":
		return "They said no, or have nothing that answers."
	case "vp_formats_not_supported":
		return "Their wallet knows none of the forms that you take."
	case "wallet_unavailable":
		return "No wallet could be opened."
	case "invalid_request", "invalid_client", "invalid_scope", "invalid_request_uri_method", "invalid_transaction_data", "unsupported_response_type":
		return "Their wallet does not understand the question."
	default:
		return "Their wallet could not answer."
	}
}

// slots tells what was asked for and which credentials fill it.
func slots(i *request.Inquiry, sh *display.Sheet) []display.Slot {
	var out []display.Slot
	for _, w := range i.Wants {
		sl := display.Slot{Label: w.Label, Optional: w.Optional, Mark: "bad"}
		if w.Optional {
			sl.Mark = "skipped"
		}
		for _, part := range sh.Sheets {
			if !w.Answers(part.Answers) {
				continue
			}
			b := display.Filling{Name: "A credential that proved nothing", Headline: part.Headline, Anchor: part.Anchor, Mark: part.Mark}
			if part.Card != nil {
				b.Name = part.Card.Heading()
			}
			sl.Badges = append(sl.Badges, b)
		}
		for n, b := range sl.Badges { // the one to worry about most
			if n == 0 || b.Mark == string(verifier.Bad) || b.Mark == string(verifier.Caution) && sl.Mark == string(verifier.Good) {
				sl.Mark = b.Mark
			}
		}
		out = append(out, sl)
	}
	return out
}

// stages begin the title of a window, so that it tells how far it is among others.
var stages = map[session.State]string{
	session.Waiting: "Waiting: ", session.Opened: "Opened: ", session.Answered: "Answered: ", session.Declined: "Declined: ", session.Expired: "Too late: ",
}

// strangers are the issuers that are not on the list, each once.
func strangers(r *verifier.Report) []issuerView {
	return issuersOf(r, func(part *verifier.Report) bool { return part.Issuer.Listed == "" })
}

// concerned are those whom to ask about: strangers, and issuers on the list of badges
// that do not stand.
func concerned(r *verifier.Report) []issuerView {
	return issuersOf(r, func(part *verifier.Report) bool {
		return part.Issuer.Listed == "" || part.Verdict == verifier.Rejected || unsettled(part)
	})
}

// reached are the checks that need what others publish: keys and status lists.
var reached = []verifier.Row{verifier.RowProof, verifier.RowIssuer, verifier.RowStatus}

// unsettled reports whether something could not be reached. That an issuer is on no
// list, or that nobody presented a file, does not change by looking again.
func unsettled(r *verifier.Report) bool {
	return slices.ContainsFunc(r.Parts, unsettled) || slices.ContainsFunc(r.Checks, func(c verifier.Check) bool {
		return c.Outcome == verifier.Unknown && slices.Contains(reached, c.Row)
	})
}

func issuersOf(r *verifier.Report, wanted func(*verifier.Report) bool) []issuerView {
	var out []issuerView
	for _, part := range r.Parts {
		if part.Issuer == nil || part.Badge == nil || !wanted(part) {
			continue
		}
		if slices.ContainsFunc(out, func(i issuerView) bool { return i.ID == part.Issuer.ID }) {
			continue
		}
		out = append(out, issuerView{
			Issuer: *part.Issuer, Badge: part.Badge.Title(),
			Page: part.Badge.Issuer.URL.Web(), Email: email(part.Badge.Issuer.Email),
		})
	}
	return out
}

// address is an e-mail address that is nothing else: no name, no second address,
// no parameters.
var address = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9.-]{1,190}$`)
})

func email(text string) string {
	if !address().MatchString(text) {
		return ""
	}
	return text
}

// file gives the report as one file to be filed or printed.
func (c *Counter) file(w http.ResponseWriter, r *http.Request, _ *serve.Visit) *serve.Problem {
	v, err := c.sessionBySecret(r)
	if err != nil {
		return c.problemOf(err)
	}
	report, err := reportOf(v)
	if err != nil {
		return c.problemOf(err)
	}
	if report == nil || v.Answer.Code != "" && !cameBack(v, r.URL.Query()) && !c.isOperator(r) {
		return c.problemOf(session.ErrUnknown)
	}
	var page bytes.Buffer
	if err := display.Write(&page, report); err != nil {
		return c.problemOf(err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="report.html"`)
	_, _ = page.WriteTo(w)
	return nil
}

// again asks the same question once more.
func (c *Counter) again(w http.ResponseWriter, r *http.Request, visit *serve.Visit) *serve.Problem {
	v, err := c.sessionBySecret(r)
	if err != nil {
		return c.problemOf(err)
	}
	if refused := c.keeps(r, visit, len(v.Ask)+questionSize); refused != nil {
		return refused
	}
	client := visit.Name()
	if c.isOperator(r) {
		client = ""
	}
	next, err := c.Desk.Again(r.Context(), v, client)
	if err != nil {
		return c.problemOf(err)
	}
	http.Redirect(w, r, "/results/"+next.Secret, http.StatusSeeOther)
	return nil
}

// forget deletes an answer, or an open request with all answers to it, before its
// time.
func (c *Counter) forget(w http.ResponseWriter, r *http.Request, visit *serve.Visit) *serve.Problem {
	form, refused := upload.ReadForm(w, r, visit, maxForm)
	if refused != nil {
		return refused
	}
	found, err := c.Desk.Book.BySecret(r.Context(), mux.Vars(r)["secret"])
	if err != nil {
		return c.problemOf(err)
	}
	back := "/"
	switch id := form.Get("answer"); {
	case found.Session != nil:
		err = c.Desk.Book.Delete(r.Context(), found.Session.ID)
	case id != "":
		back = "/results/" + found.Poster.Secret
		err = c.forgetAnswer(r, found.Poster, id)
	default:
		err = c.Desk.Book.TakeDown(r.Context(), found.Poster.ID)
	}
	if err != nil {
		return c.problemOf(err)
	}
	if back == "/" && c.isOperator(r) {
		back = "/ask"
	}
	http.Redirect(w, r, back, http.StatusSeeOther)
	return nil
}

// forgetAnswer deletes one answer to an open request, and none to another.
func (c *Counter) forgetAnswer(r *http.Request, p *session.Poster, id string) error {
	v, err := c.Desk.Book.Get(r.Context(), id)
	if err != nil {
		return err
	}
	if v.Poster != p.ID {
		return session.ErrUnknown
	}
	return c.Desk.Book.Delete(r.Context(), id)
}

// trust puts an issuer of the report on the list, and judges the report again.
func (c *Counter) trust(w http.ResponseWriter, r *http.Request, visit *serve.Visit) *serve.Problem {
	form, refused := upload.ReadForm(w, r, visit, maxForm)
	if refused != nil {
		return refused
	}
	v, err := c.sessionBySecret(r)
	if err != nil {
		return c.problemOf(err)
	}
	report, err := reportOf(v)
	if err != nil {
		return c.problemOf(err)
	}
	if report == nil || !slices.ContainsFunc(strangers(report), func(i issuerView) bool { return i.ID == form.Get("id") }) {
		return serve.NewProblem(http.StatusUnprocessableEntity, "That issuer is not in this report, or on your list already.").Named("TRUST_INCOMPLETE")
	}
	entry := request.Trusted{ID: form.Get("id"), Name: form.Get("name"), Who: form.Get("who"), Why: form.Get("why")}
	if err := c.Desk.AddTrusted(r.Context(), entry); err != nil {
		return c.problemOf(err)
	}
	return c.judgeAgain(w, r, visit, v)
}

// check judges an answer once more: what could not be reached then may be there now.
func (c *Counter) check(w http.ResponseWriter, r *http.Request, visit *serve.Visit) *serve.Problem {
	v, err := c.sessionBySecret(r)
	if err != nil {
		return c.problemOf(err)
	}
	return c.judgeAgain(w, r, visit, v)
}

func (c *Counter) judgeAgain(w http.ResponseWriter, r *http.Request, visit *serve.Visit, v *session.Session) *serve.Problem {
	if refused := visit.Work(r.Context()); refused != nil {
		return refused
	}
	if err := c.Desk.Recheck(r.Context(), v); err != nil {
		return c.problemOf(err)
	}
	http.Redirect(w, r, "/results/"+v.Secret, http.StatusSeeOther)
	return nil
}

// shownName is who an answer is from, as far as anybody said: what the visitor
// goes by, else the name in a badge.
func shownName(v *session.Session, r *verifier.Report) string {
	name := ""
	if r != nil {
		for _, part := range r.Parts {
			if part.Badge != nil {
				name = cmp.Or(name, part.Badge.Earner.Name)
			}
		}
	}
	return cmp.Or(v.Label, name)
}

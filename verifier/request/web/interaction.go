package web

import (
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"laurel/credential"
	"laurel/internal/serve"
	"laurel/internal/ui"
	"laurel/openid4vc"
	"laurel/verifier/request"
	"laurel/verifier/session"
	"laurel/verifier/upload"
)

// interaction answers at the address in the QR code: wallets with the request,
// people with a page that has a way on for each of them.
func (c *Counter) interaction(w http.ResponseWriter, r *http.Request, _ *serve.Visit) *serve.Problem {
	w.Header().Set("Vary", "Accept")
	v, err := c.sessionByID(r)
	if err != nil {
		return c.problemOf(err)
	}
	switch serve.Prefers(r, "application/json", "application/"+openid4vc.RequestType, "text/html") {
	case "text/html":
		if r.URL.Query().Has("response_code") && !cameBack(v, r.URL.Query()) {
			return mismatch()
		}
		return c.showInteraction(w, r, v)
	case "application/" + openid4vc.RequestType:
		return c.sendObject(w, r, "")
	default:
		if err := ended(v.Stage(c.now())); err != nil {
			return c.problemOf(err)
		}
		return c.sendProtocols(w, v)
	}
}

// ended says why there is nothing to answer any more; nil if there is.
func ended(stage session.State) error {
	switch stage {
	case session.Waiting, session.Opened:
		return nil
	case session.Expired:
		return session.ErrExpired
	default:
		return session.ErrConsumed
	}
}

// who is the one who asks, proven and claimed kept apart.
type who struct {
	Name   string // its own words
	Domain string // proven by the connection itself
}

func (c *Counter) who() who {
	w := who{Domain: strings.TrimPrefix(strings.TrimPrefix(c.Desk.URL, "https://"), "http://")}
	if c.Desk.Identity != nil {
		w.Name = c.Desk.Identity.Name
	}
	return w
}

// questionView is a question as people see it, whoever they are.
type questionView struct {
	Who      who
	Inquiry  *request.Inquiry
	Stage    session.State
	Expires  time.Time
	KeptDays int
	ID       string
	Label    string // what the visitor goes by
	Poster   string // id of the open request that this belongs to

	Page    string       // the interaction URL: in the QR code and as a link
	Code    string       // "K7MPW-Q2RTA"
	CodeAt  string       // "cafe.example/c/K7MPW-Q2RTA"
	Open    template.URL // opens a wallet on this device
	OpenQR  string       // the same for another QR code; "" if it is too long
	Nearby  string       // the same in the wallet of the demo; "" if there is none
	Notice  string
	CanBack bool // came back from the wallet
}

func (c *Counter) question(v *session.Session) (questionView, error) {
	inquiry, err := request.ReadInquiry(v.Ask)
	if err != nil {
		return questionView{}, err
	}
	links, err := c.Desk.Links(v)
	if err != nil {
		return questionView{}, err
	}
	nearby := ""
	if c.Nearby != "" {
		nearby = c.Nearby + "?" + url.Values{"link": {links.URI}}.Encode()
	}
	return questionView{
		Nearby: nearby, Who: c.who(), Inquiry: inquiry, Stage: v.Stage(c.now()), Expires: v.Expires,
		KeptDays: days(v.Retention), ID: v.ID, Label: v.Label, Poster: v.Poster,
		Page: links.Page, Code: session.SpellCode(v.Code), CodeAt: withoutScheme(links.Code),
		Open: ui.WalletLink(links.URI), OpenQR: drawable(links.URI),
	}, nil
}

func days(d time.Duration) int { return int((d + 12*time.Hour) / (24 * time.Hour)) }

func withoutScheme(address string) string {
	_, rest, _ := strings.Cut(address, "://")
	return rest
}

// maxDrawn is the longest text that becomes a second QR code on a page: more would
// need a closer look than a screen at arm's length allows (version 15).
const maxDrawn = 500

func drawable(text string) string {
	if len(text) > maxDrawn {
		return ""
	}
	return text
}

// showInteraction shows a person the question and the ways on.
func (c *Counter) showInteraction(w http.ResponseWriter, r *http.Request, v *session.Session) *serve.Problem {
	view, err := c.question(v)
	if err != nil {
		return c.problemOf(err)
	}
	view.CanBack = cameBack(v, r.URL.Query())
	page := c.frame(r, stages[view.Stage]+view.Inquiry.Title, view)
	if ended(view.Stage) == nil {
		page.Live = &ui.Live{Events: "/requests/" + v.ID + "/events", State: string(view.Stage)}
	}
	page.Note = ""
	c.pages.Answer(w, http.StatusOK, "interaction.html", page)
	return nil
}

// maxKept bounds the files that are kept with a session until they are due.
const maxKept = 4 << 20

// upload takes files of somebody without a wallet in place of an answer.
func (c *Counter) upload(w http.ResponseWriter, r *http.Request, visit *serve.Visit) *serve.Problem {
	in, refused := upload.Read(w, r, visit)
	if refused != nil {
		return refused
	}
	var files [][]byte
	size := 0
	for _, d := range in.Documents {
		files = append(files, d.Data)
		size += len(d.Data)
	}
	if len(files) == 0 {
		http.Redirect(w, r, "/requests/"+mux.Vars(r)["id"]+"#upload", http.StatusSeeOther)
		return nil
	}
	if len(files) > request.MaxUploads || size > maxKept {
		return upload.TooMany()
	}
	if refused := c.keeps(r, visit, size+answerSize); refused != nil {
		return refused
	}
	if refused := visit.Work(r.Context()); refused != nil {
		return refused
	}
	if err := c.Desk.Upload(r.Context(), mux.Vars(r)["id"], files); err != nil {
		return c.problemOf(err)
	}
	c.answered("upload")
	http.Redirect(w, r, "/requests/"+mux.Vars(r)["id"], http.StatusSeeOther)
	return nil
}

// typed leads from a short code to what is behind it. A person goes there; a wallet,
// which follows no redirects, is answered here.
func (c *Counter) typed(w http.ResponseWriter, r *http.Request, visit *serve.Visit) *serve.Problem {
	w.Header().Set("Vary", "Accept")
	found, err := c.Desk.Book.ByCode(r.Context(), mux.Vars(r)["code"])
	if err != nil {
		return c.problemOf(err)
	}
	to, id, answer := "/requests/", "", c.interaction
	if found.Poster != nil {
		to, id, answer = "/open/", found.Poster.ID, c.poster
	} else {
		id = found.Session.ID
	}
	if wantsPage(r) {
		http.Redirect(w, r, to+id, http.StatusSeeOther)
		return nil
	}
	return answer(w, mux.SetURLVars(r, map[string]string{"id": id}), visit)
}

// posterView is an open request as a visitor sees it.
type posterView struct {
	Who      who
	Inquiry  *request.Inquiry
	ID       string
	KeptDays int
	Closed   bool
}

// poster answers at the address of an open request: a wallet gets a session of its
// own at once, a person a page with a button, so that no preview of a link makes
// one. HEAD is safe (RFC 9110, section 9.2.1) and makes none either.
func (c *Counter) poster(w http.ResponseWriter, r *http.Request, visit *serve.Visit) *serve.Problem {
	w.Header().Set("Vary", "Accept")
	p, err := c.Desk.Book.Poster(r.Context(), mux.Vars(r)["id"])
	if err != nil {
		return c.problemOf(err)
	}
	if !wantsPage(r) {
		if r.Method == http.MethodHead { // asks whether it is there, and takes part in nothing
			w.Header().Set("Content-Type", "application/json")
			return nil
		}
		if refused := c.keeps(r, visit, len(p.Ask)+questionSize); refused != nil {
			return refused
		}
		v, err := c.Desk.Visit(r.Context(), p, "", visit.Name())
		if err != nil {
			return c.problemOf(err)
		}
		return c.sendProtocols(w, v)
	}
	inquiry, err := request.ReadInquiry(p.Ask)
	if err != nil {
		return c.problemOf(err)
	}
	page := c.frame(r, inquiry.Title, posterView{
		Who: c.who(), Inquiry: inquiry, ID: p.ID, KeptDays: days(p.Retention), Closed: p.Closed(c.now()),
	})
	page.Note = ""
	c.pages.Answer(w, http.StatusOK, "poster.html", page)
	return nil
}

// printPoster shows an open request as it hangs on a wall: what is asked, and the
// code.
func (c *Counter) printPoster(w http.ResponseWriter, r *http.Request, _ *serve.Visit) *serve.Problem {
	p, err := c.Desk.Book.Poster(r.Context(), mux.Vars(r)["id"])
	if err != nil {
		return c.problemOf(err)
	}
	inquiry, err := request.ReadInquiry(p.Ask)
	if err != nil {
		return c.problemOf(err)
	}
	links := c.Desk.PosterLinks(p)
	page := c.frame(r, inquiry.Title, tableView{
		Inquiry: inquiry, Who: c.who(), Page: links.Page, Code: session.SpellCode(p.Code), CodeAt: withoutScheme(links.Code),
		Closes: p.Expires, KeptDays: days(p.Retention),
	})
	page.Nav, page.Note = nil, ""
	c.pages.Answer(w, http.StatusOK, "print.html", page)
	return nil
}

// maxLabel bounds what a visitor goes by.
const maxLabel = 100

// visit gives a visitor of an open request a session of their own.
func (c *Counter) visit(w http.ResponseWriter, r *http.Request, visit *serve.Visit) *serve.Problem {
	form, refused := upload.ReadForm(w, r, visit, maxForm)
	if refused != nil {
		return refused
	}
	p, err := c.Desk.Book.Poster(r.Context(), mux.Vars(r)["id"])
	if err != nil {
		return c.problemOf(err)
	}
	label := credential.Plain(form.Get("label"))
	if len(label) > maxLabel {
		label = strings.ToValidUTF8(label[:maxLabel], "")
	}
	if refused := c.keeps(r, visit, len(p.Ask)+questionSize); refused != nil {
		return refused
	}
	v, err := c.Desk.Visit(r.Context(), p, label, visit.Name())
	if err != nil {
		return c.problemOf(err)
	}
	http.Redirect(w, r, "/requests/"+v.ID, http.StatusSeeOther)
	return nil
}

package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"laurel/internal/serve"
	"laurel/verifier/request"
	"laurel/verifier/session"
	"laurel/verifier/upload"
)

// Asked is the answer to POST /requests.
type Asked struct {
	ID         string    `json:"id"`
	URI        string    `json:"uri,omitempty"`         // opens a wallet
	RequestURI string    `json:"request_uri,omitempty"` // where the request object is
	Page       string    `json:"page"`                  // for whoever is asked; in the QR code
	Code       string    `json:"code"`                  // the same, short to type
	Result     string    `json:"result"`                // for whoever asks
	Expires    time.Time `json:"expires"`
}

// ask takes a question, as JSON from programs and as a form from the page.
func (c *Counter) ask(w http.ResponseWriter, r *http.Request, visit *serve.Visit) *serve.Problem {
	body, refused := visit.Body(w, r, maxForm)
	if refused != nil {
		return refused
	}
	var (
		a    request.Ask
		form url.Values
		err  error
	)
	if upload.IsForm(r) {
		if form, refused = upload.ParseForm(body); refused != nil {
			return refused
		}
		a = askOf(form)
	} else if a, err = request.ParseAsk(body); err != nil {
		return c.problemOf(err)
	}
	if name := strings.TrimSpace(form.Get("save")); name != "" {
		return c.saveTemplate(w, r, name, a, form)
	}
	if refused := c.keeps(r, visit, len(body)+questionSize); refused != nil {
		return refused
	}
	client := visit.Name()
	if c.isOperator(r) {
		client = ""
	}
	made, err := c.Desk.Ask(r.Context(), a, client)
	if err != nil && form != nil && problemIsTheirs(c.problemOf(err)) {
		return c.refill(w, r, form, mistakeIn(form, a, c.problemOf(err)))
	}
	if err != nil {
		return c.problemOf(err)
	}
	return c.showAsked(w, r, made, form != nil)
}

func problemIsTheirs(p *serve.Problem) bool { return p.Status == http.StatusBadRequest }

// showAsked says where question and answer are.
func (c *Counter) showAsked(w http.ResponseWriter, r *http.Request, made *request.Asked, page bool) *serve.Problem {
	var out Asked
	if p := made.Poster; p != nil {
		l := c.Desk.PosterLinks(p)
		out = Asked{ID: p.ID, Page: l.Page, Code: l.Code, Result: l.Result, Expires: p.Expires}
	} else {
		v := made.Session
		l, err := c.Desk.Links(v)
		if err != nil {
			return c.problemOf(err)
		}
		out = Asked{ID: v.ID, URI: l.URI, RequestURI: l.RequestURI, Page: l.Page, Code: l.Code, Result: l.Result, Expires: v.Expires}
	}
	if page {
		http.Redirect(w, r, strings.TrimPrefix(out.Result, c.Desk.URL), http.StatusSeeOther)
		return nil
	}
	w.Header().Set("Location", out.Page)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	serve.WriteJSON(w, out)
	return nil
}

// askOf reads the form of the asking page. What it cannot be is left to the desk,
// which says why.
func askOf(form url.Values) request.Ask {
	text := func(name string) string { return strings.TrimSpace(form.Get(name)) }
	whole := func(name string) int {
		if text(name) == "" {
			return 0
		}
		n, err := strconv.Atoi(text(name))
		if err != nil {
			return -1 // out of bounds, which the desk refuses
		}
		return n
	}
	a := request.Ask{
		Title: text("title"), Purpose: text("purpose"), Template: text("template"), Retention: whole("retention"),
		ExpiresIn: 60 * whole("minutes"), Open: form.Get("open") != "", OpenDays: whole("open_days"),
		Policy: request.Policy{RequireTrusted: form.Get("require_trusted") != "", AllowUnbound: form.Get("allow_unbound") != ""},
	}
	if q := text("dcql_query"); q != "" {
		a.Query = []byte(q)
	}
	for _, t := range things(form, mistake{}) {
		proof := request.ProofOf{
			Label: text(t.Field("label")), Achievement: lines(t.Value("achievement")), Tag: text(t.Field("tag")), Alignment: text(t.Field("alignment")),
			Issuers: append(lines(t.Value("issuers")), form[t.Field("issuer")]...), Grades: lines(t.Value("grades")), Minimum: text(t.Field("minimum")),
		}
		// What is named and cannot be found is refused, and not left out.
		if t.Filled("label", "achievement", "tag", "alignment", "issuers", "issuer", "grades", "minimum") {
			a.ProofOf = append(a.ProofOf, proof)
		}
	}
	return a
}

// maxThings is how many things the page can ask for at once: two lie folded below the
// first. Programs ask for more.
const maxThings = 3

// thing is one thing to be shown, of a form in which the second says "tag-2" for "tag".
type thing struct {
	Number  int
	form    url.Values
	mistake mistake
}

func things(form url.Values, wrong mistake) []thing {
	var all []thing
	for n := 1; n <= maxThings; n++ {
		all = append(all, thing{n, form, wrong})
	}
	return all
}

// Field is the name of a field of this thing.
func (t thing) Field(name string) string {
	if t.Number == 1 {
		return name
	}
	return name + "-" + strconv.Itoa(t.Number)
}

// Value is what was filled in.
func (t thing) Value(name string) string { return t.form.Get(t.Field(name)) }

// Chosen reports whether a box was ticked.
func (t thing) Chosen(name, value string) bool { return slices.Contains(t.form[t.Field(name)], value) }

// Filled reports whether one of the fields was filled in.
func (t thing) Filled(names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return t.Value(name) != "" })
}

// Described is mistake.Described for a field of this thing.
func (t thing) Described(name string) described { return t.mistake.Described(t.Field(name)) }

// In is mistake.In for a field of this thing.
func (t thing) In(name string) *mistake { return t.mistake.In(t.Field(name)) }

// lines are the lines of a text field that have something in them.
func lines(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// askView is the asking page.
type askView struct {
	Mistake   mistake
	Form      url.Values // what was filled in, to be shown again
	Templates []request.Template
	Posters   []posterLine
	Trusted   []request.Trusted
	Signed    bool // requests are signed
	Operator  bool
}

// Value is what was filled in.
func (v askView) Value(name string) string { return v.Form.Get(name) }

// Things are what can be asked for, as far as they are filled in.
func (v askView) Things() []thing { return things(v.Form, v.Mistake) }

// posterLine is an open request in a list.
type posterLine struct {
	Title   string
	Result  string
	Expires time.Time
}

func (c *Counter) showAsk(w http.ResponseWriter, r *http.Request, _ *serve.Visit) *serve.Problem {
	return c.refill(w, r, url.Values{}, mistake{})
}

// refill shows the asking page with what was filled in, and why that cannot be
// asked.
func (c *Counter) refill(w http.ResponseWriter, r *http.Request, form url.Values, wrong mistake) *serve.Problem {
	view := askView{Mistake: wrong, Form: form, Signed: c.Desk.Identity != nil, Operator: c.isOperator(r)}
	var err error
	if view.Templates, err = c.Desk.Templates(r.Context()); err != nil {
		return c.problemOf(err)
	}
	if view.Operator {
		if view.Trusted, err = c.Desk.Trusted(r.Context()); err != nil {
			return c.problemOf(err)
		}
		posters, err := c.Desk.Book.Posters(r.Context())
		if err != nil {
			return c.problemOf(err)
		}
		for _, p := range posters {
			view.Posters = append(view.Posters, posterLine{titleOf(p), "/results/" + p.Secret, p.Expires})
		}
	}
	status := http.StatusOK
	title := "Ask for proof"
	if wrong.Text != "" {
		status, title = http.StatusBadRequest, "To be corrected: ask for proof"
	}
	c.pages.Answer(w, status, "ask.html", c.frame(r, title, view))
	return nil
}

func titleOf(p *session.Poster) string {
	inquiry, err := request.ReadInquiry(p.Ask)
	if err != nil {
		return "An open request"
	}
	return inquiry.Title
}

// saveTemplate keeps the question of the form for another time.
func (c *Counter) saveTemplate(w http.ResponseWriter, r *http.Request, name string, a request.Ask, form url.Values) *serve.Problem {
	if !c.isOperator(r) {
		return serve.NewProblem(http.StatusUnauthorized, "Questions are saved by the operator of this verifier.").Named("UNAUTHORIZED")
	}
	err := c.Desk.SaveTemplate(r.Context(), name, a)
	if err != nil {
		p := c.problemOf(err)
		if problemIsTheirs(p) {
			return c.refill(w, r, form, mistakeIn(form, a, p))
		}
		return p
	}
	http.Redirect(w, r, "/ask#saved", http.StatusSeeOther)
	return nil
}

func (c *Counter) deleteTemplate(w http.ResponseWriter, r *http.Request, _ *serve.Visit) *serve.Problem {
	if err := c.Desk.RemoveTemplate(r.Context(), mux.Vars(r)["name"]); err != nil {
		return c.problemOf(err)
	}
	http.Redirect(w, r, "/ask#saved", http.StatusSeeOther)
	return nil
}

// showTrusted lists whom the operator put on the list, with who, when and why.
func (c *Counter) showTrusted(w http.ResponseWriter, r *http.Request, _ *serve.Visit) *serve.Problem {
	all, err := c.Desk.Trusted(r.Context())
	if err != nil {
		return c.problemOf(err)
	}
	view := struct {
		Own  []request.Trusted
		File int
	}{Own: all}
	if list := c.Desk.Verifier.Trust; list != nil {
		view.File = len(list.Issuers)
	}
	c.pages.Answer(w, http.StatusOK, "trusted.html", c.frame(r, "Our list", view))
	return nil
}

func (c *Counter) distrust(w http.ResponseWriter, r *http.Request, visit *serve.Visit) *serve.Problem {
	form, refused := upload.ReadForm(w, r, visit, maxForm)
	if refused != nil {
		return refused
	}
	if err := c.Desk.RemoveTrusted(r.Context(), form.Get("id")); err != nil {
		return c.problemOf(err)
	}
	http.Redirect(w, r, "/trusted", http.StatusSeeOther)
	return nil
}

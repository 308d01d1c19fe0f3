package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"laurel/credential"
	"laurel/internal/serve"
	"laurel/issuer"
	"laurel/status"
)

const (
	jsonType       = "application/json"
	credentialType = "application/vc" // VCDM 2.0, section 6.1
	tokenListType  = "application/" + status.TokenType
	// settled is how old a moment must be before what was said of it is
	// counted as never changing: clocks may differ by less.
	settled = 2 * time.Minute
)

// form is one of the two forms in which a status list is published.
type form struct {
	ending    string // of its address
	parameter string // of the query that asks for an earlier version
	example   string // of the parameter's value
	parse     func(string) (time.Time, error)
	find      func(ctx context.Context, id string, at time.Time) (*issuer.Published, error)
	types     []string // media types; the first is for whoever does not say
}

// forms are a list for documents, asked for its past by ?timestamp= (Bitstring
// Status List 1.0, section 3.2), and the same for tokens, asked by ?time= (Token
// Status List, section 8.4).
func (s *server) forms() [2]form {
	return [2]form{
		{".json", "timestamp", "one date with time and time zone, such as 2026-06-01T00:00:00Z", credential.ParseTime,
			s.issuer.StatusList, []string{jsonType, credentialType}},
		{".jwt", "time", "one number of seconds since 1970, such as 1780272000", parseSeconds,
			s.issuer.TokenList, []string{tokenListType}},
	}
}

// formOf is the form that a name asks for, and the name without its ending. A name
// without one asks for documents.
func (s *server) formOf(name string) (form, string) {
	forms := s.forms()
	if id, ok := strings.CutSuffix(name, forms[1].ending); ok {
		return forms[1], id
	}
	return forms[0], strings.TrimSuffix(name, forms[0].ending)
}

// parseSeconds reads a time in whole seconds, written in digits alone.
func parseSeconds(text string) (time.Time, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > maxSeconds || strconv.FormatInt(n, 10) != text {
		return time.Time{}, fmt.Errorf("%q is no number of seconds", text)
	}
	return time.Unix(n, 0).UTC(), nil
}

// maxSeconds is the end of the year 9999.
const maxSeconds = 253402300799

// list answers with a status list, as it is or as it was.
func (s *server) list(w http.ResponseWriter, r *http.Request) {
	f, id := s.formOf(mux.Vars(r)["list"])
	at, problem := f.asked(r)
	if problem != nil {
		s.Fail(w, r, problem)
		return
	}
	if !at.IsZero() {
		visit, refused := s.clients.Arrive(r) // earlier versions are read from the disk
		if refused != nil {
			s.Fail(w, r, refused)
			return
		}
		defer visit.Leave()
	}
	p, err := f.find(r.Context(), id, at)
	if err != nil {
		s.failWith(w, r, err)
		return
	}
	s.published(w, r, f, p, at)
}

// asked reads the query: no time, or one.
func (f form) asked(r *http.Request) (time.Time, *serve.Problem) {
	given, ok := r.URL.Query()[f.parameter]
	if !ok {
		return time.Time{}, nil
	}
	if len(given) == 1 {
		if at, err := f.parse(given[0]); err == nil {
			return at, nil
		}
	}
	return time.Time{}, serve.NewProblem(http.StatusBadRequest, f.parameter+" is "+f.example+".")
}

// version answers with an earlier list by the name of its file in the index.
func (s *server) version(w http.ResponseWriter, r *http.Request) {
	visit, refused := s.clients.Arrive(r)
	if refused != nil {
		s.Fail(w, r, refused)
		return
	}
	defer visit.Leave()
	list := mux.Vars(r)["list"]
	f, name := s.formOf(mux.Vars(r)["version"])
	for _, l := range s.issuer.Index().Lists {
		for _, v := range l.Versions {
			if l.ID != list || path.Base(v.File) != name+".json" || name+f.ending != mux.Vars(r)["version"] {
				continue
			}
			p, err := f.find(r.Context(), l.ID, v.At)
			if err != nil {
				s.failWith(w, r, err)
				return
			}
			s.published(w, r, f, p, v.At)
			return
		}
	}
	s.NotFound(w, r)
}

// published sends one version of a list. Of documents, the same bytes go out as a
// credential to those who ask for one, and as JSON to all others, who might not know
// what to do with a newer media type.
func (s *server) published(w http.ResponseWriter, r *http.Request, f form, p *issuer.Published, at time.Time) {
	h := w.Header()
	h.Set("Vary", "Accept")
	h.Set("ETag", `"`+p.ETag+`"`)
	h.Set("Cache-Control", fmt.Sprintf("public, max-age=%d", int(p.TTL.Seconds())))
	if !at.IsZero() && at.Before(s.now().Add(-settled)) {
		h.Set("Cache-Control", "public, max-age=86400, immutable")
	}
	s.send(w, r, serve.Prefers(r, f.types...), p.Body)
}

// send writes a public document, which scripts of any site may read. It gives no
// date of its last change: that is counted in seconds, so a cache that asked by
// it would keep a list after a revocation within the second. The ETag tells.
func (s *server) send(w http.ResponseWriter, r *http.Request, contentType string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// sendBriefly is send for what may change at any time.
func (s *server) sendBriefly(w http.ResponseWriter, r *http.Request, contentType string, body []byte) {
	w.Header().Set("Cache-Control", fmt.Sprintf("public, max-age=%d", int(s.profile.ListTTL.Seconds())))
	s.send(w, r, contentType, body)
}

// did answers with the issuer's keys.
func (s *server) did(w http.ResponseWriter, r *http.Request) {
	doc, err := s.issuer.DIDDocument()
	if err != nil {
		s.failWith(w, r, err)
		return
	}
	s.sendBriefly(w, r, serve.Prefers(r, jsonType, "application/did+json", "application/did"), doc)
}

// metadata answers with the issuer's keys for readers of SD-JWT VC.
func (s *server) metadata(w http.ResponseWriter, r *http.Request) {
	text, err := s.issuer.Metadata()
	if err != nil {
		s.failWith(w, r, err)
		return
	}
	s.sendBriefly(w, r, jsonType, text)
}

// index says which lists there are.
func (s *server) index(w http.ResponseWriter, r *http.Request) {
	text, err := json.Marshal(s.issuer.Index())
	if err != nil {
		s.failWith(w, r, err)
		return
	}
	s.sendBriefly(w, r, jsonType, text)
}

// achievement says what a badge is for: as a page, or as the Achievement that
// the badges hold.
func (s *server) achievement(w http.ResponseWriter, r *http.Request) {
	a, err := s.issuer.Achievement(r.Context(), mux.Vars(r)["id"])
	if err != nil {
		s.failWith(w, r, err)
		return
	}
	w.Header().Set("Vary", "Accept")
	if serve.Prefers(r, jsonType, "text/html") != "text/html" {
		s.sendBriefly(w, r, jsonType, a.JSON())
		return
	}
	s.pages.Answer(w, http.StatusOK, "achievement.html", s.frame(a.Get("name").Str(), s.newAchievementView(a)))
}

// home shows who issues here.
func (s *server) home(w http.ResponseWriter, r *http.Request) {
	templates, err := s.issuer.Templates(r.Context())
	if err != nil {
		s.failWith(w, r, err)
		return
	}
	view := homeView{Profile: s.profile, Templates: templates, Index: s.issuer.Index(), Document: s.issuer.DIDPath()}
	s.pages.Answer(w, http.StatusOK, "home.html", s.frame(s.profile.Name, view))
}

// homeView is what the front page shows.
type homeView struct {
	issuer.Profile
	Templates []issuer.Template
	Index     issuer.Index
	Document  string // where the DID document is; "" for a did:key
}

// failWith answers a visitor with an error. What goes wrong inside stays inside.
func (s *server) failWith(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, issuer.ErrNotFound) {
		s.Fail(w, r, serve.NewProblem(http.StatusNotFound, sentence(err)))
		return
	}
	s.Log.Error("cannot answer", "error", err)
	s.Fail(w, r, serve.NewProblem(http.StatusInternalServerError, "Something went wrong on our side."))
}

// sentence makes an error a sentence.
func sentence(err error) string {
	text := err.Error()
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

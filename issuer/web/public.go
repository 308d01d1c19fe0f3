package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"laurel/credential"
	"laurel/internal/serve"
	"laurel/issuer"
)

const (
	jsonType       = "application/json"
	credentialType = "application/vc" // VCDM 2.0, section 6.1
	// settled is how old a moment must be before what was said of it is
	// counted as never changing: clocks may differ by less.
	settled = 2 * time.Minute
)

// list answers with a status list: as it is, or as it was at ?timestamp=
// (Bitstring Status List 1.0, section 3.2).
func (s *server) list(w http.ResponseWriter, r *http.Request) {
	at, problem := timestamp(r)
	if problem != nil {
		s.fail(w, r, problem)
		return
	}
	if !at.IsZero() {
		visit, refused := s.clients.Arrive(r) // earlier versions are read from the disk
		if refused != nil {
			s.fail(w, r, refused)
			return
		}
		defer visit.Leave()
	}
	p, err := s.issuer.StatusList(r.Context(), strings.TrimSuffix(mux.Vars(r)["list"], ".json"), at)
	if err != nil {
		s.failWith(w, r, err)
		return
	}
	s.published(w, r, p, at)
}

// timestamp reads the query: none, or one date with time and time zone.
func timestamp(r *http.Request) (time.Time, *serve.Problem) {
	given, ok := r.URL.Query()["timestamp"]
	if !ok {
		return time.Time{}, nil
	}
	if len(given) == 1 {
		if at, err := credential.ParseTime(given[0]); err == nil {
			return at, nil
		}
	}
	return time.Time{}, serve.NewProblem(http.StatusBadRequest, "timestamp is one date with time and time zone, such as 2026-06-01T00:00:00Z.")
}

// version answers with an earlier list by the name of its file in the index.
func (s *server) version(w http.ResponseWriter, r *http.Request) {
	visit, refused := s.clients.Arrive(r)
	if refused != nil {
		s.fail(w, r, refused)
		return
	}
	defer visit.Leave()
	list := mux.Vars(r)["list"]
	for _, l := range s.issuer.Index().Lists {
		for _, v := range l.Versions {
			if l.ID != list || path.Base(v.File) != mux.Vars(r)["version"] {
				continue
			}
			p, err := s.issuer.StatusList(r.Context(), l.ID, v.At)
			if err != nil {
				s.failWith(w, r, err)
				return
			}
			s.published(w, r, p, v.At)
			return
		}
	}
	s.notFound(w, r)
}

// published sends one version of a list. The same bytes go out as a credential
// to those who ask for one, and as JSON to all others, who might not know what
// to do with a newer media type.
func (s *server) published(w http.ResponseWriter, r *http.Request, p *issuer.Published, at time.Time) {
	h := w.Header()
	h.Set("Vary", "Accept")
	h.Set("ETag", `"`+p.ETag+`"`)
	h.Set("Cache-Control", fmt.Sprintf("public, max-age=%d", int(p.TTL.Seconds())))
	if !at.IsZero() && at.Before(s.now().Add(-settled)) {
		h.Set("Cache-Control", "public, max-age=86400, immutable")
	}
	s.send(w, r, serve.Prefers(r, jsonType, credentialType), p.Body)
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
	s.pages.Answer(w, http.StatusOK, "achievement.html", s.frame(a.Get("name").Str(), achievementView(a)))
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
		s.fail(w, r, serve.NewProblem(http.StatusNotFound, sentence(err)))
		return
	}
	s.log.Error("cannot answer", "error", err)
	s.fail(w, r, serve.NewProblem(http.StatusInternalServerError, "Something went wrong on our side."))
}

// sentence makes an error a sentence.
func sentence(err error) string {
	text := err.Error()
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/gorilla/mux"

	"laurel/internal/serve"
	"laurel/internal/strictjson"
	"laurel/internal/ui"
	"laurel/wallet"
)

// maxExamine is for all files of a form: the learner waits for it.
const maxExamine = 30 * time.Second

// batch is what one form brought, looked at and not kept yet.
type batch struct {
	mu    sync.Mutex
	Finds []*find
}

// find is one file of a batch.
type find struct {
	Index   int
	Name    string // of the file
	Refused string // why it can never be kept; "" if it can
	Have    string // the id of the card that it already is
	found   *wallet.Candidate
}

// showAdd answers GET /add.
func (s *Server) showAdd(w http.ResponseWriter, _ *http.Request, as *session) error {
	s.askForFiles(w, as, "")
	return nil
}

func (s *Server) askForFiles(w http.ResponseWriter, as *session, notice string) {
	s.show(w, "add.html", frame(atAdd, "Add badges", struct{ Notice, Token string }{notice, as.token}))
}

// examine answers POST /add: it looks at the files and keeps nothing yet.
func (s *Server) examine(w http.ResponseWriter, r *http.Request, as *session, f *form) error {
	documents := f.documents()
	switch {
	case len(documents) == 0:
		s.askForFiles(w, as, "Choose a file or paste a text first.")
		return nil
	case len(documents) > maxFiles:
		return serve.NewProblem(http.StatusRequestEntityTooLarge, fmt.Sprintf("At most %d files can be added at once.", maxFiles))
	}
	ctx, cancel := context.WithTimeout(r.Context(), maxExamine)
	defer cancel()
	b := &batch{}
	for i, d := range documents {
		one, err := s.lookAt(ctx, d)
		if err != nil {
			return err
		}
		one.Index = i
		b.Finds = append(b.Finds, one)
	}
	return see(w, r, "/add/"+as.desk.lay(b, s.now()))
}

// lookAt examines one file. What is no badge is no mistake of the learner's.
func (s *Server) lookAt(ctx context.Context, d upload) (*find, error) {
	one := &find{Name: d.name}
	found, err := s.wallet.Examine(ctx, d.data)
	switch {
	case err == nil:
		one.found = found
	case errors.Is(err, wallet.ErrDuplicate) && found != nil:
		one.found, one.Have = found, found.Card.ID
	case errors.Is(err, wallet.ErrNotACredential):
		one.Refused = "This is not a badge: " + err.Error() + "."
	case errors.Is(err, strictjson.ErrMalformed), errors.Is(err, strictjson.ErrDuplicateName), errors.Is(err, strictjson.ErrLimit):
		one.Refused = "This is not a badge that can be read: " + err.Error() + "."
	default:
		return nil, err
	}
	return one, nil
}

// foundView is one file on the page that shows what was found.
type foundView struct {
	*find
	*tile
	Badge *ui.Badge // nil when nothing of it is proven
	Seen  *seen
	Yours bool
	Same  []string // cards with other versions of it
}

// showFound answers GET /add/{id}.
func (s *Server) showFound(w http.ResponseWriter, r *http.Request, as *session) error {
	b, err := on[*batch](&as.desk, mux.Vars(r)["id"], s.now())
	if err != nil {
		return err
	}
	view := struct {
		Finds []*foundView
		Can   int
		Token string
	}{Token: as.token}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, one := range b.Finds {
		if one.Refused == "" && one.Have == "" {
			view.Can++
		}
		view.Finds = append(view.Finds, s.newFound(one))
	}
	s.show(w, "found.html", frame(atAdd, "What was found", view))
	return nil
}

func (s *Server) newFound(one *find) *foundView {
	v := &foundView{find: one}
	if one.found == nil {
		return v
	}
	c := one.found
	v.tile, v.Yours, v.Same = newTile(c.Card, s.now()), c.Yours, c.SameCredential
	v.Seen = newSeen(c.Checked, 3)
	if c.Checked.Signed || c.Card.Verdict == wallet.Old {
		v.Badge = ui.NewBadge(&c.Badge, signer(&c.Badge, c.Checked))
	}
	return v
}

// keep answers POST /add/{id}: what the learner chose is kept.
func (s *Server) keep(w http.ResponseWriter, r *http.Request, as *session, f *form) error {
	b, err := on[*batch](&as.desk, mux.Vars(r)["id"], s.now())
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	var kept []string
	for _, one := range b.Finds {
		if one.Refused != "" || one.Have != "" || !slices.Contains(f.Values["keep"], strconv.Itoa(one.Index)) {
			continue
		}
		if _, err := s.wallet.Add(r.Context(), one.found); err != nil && !errors.Is(err, wallet.ErrDuplicate) {
			return err
		}
		one.Have = one.found.Card.ID
		s.checks.keep(one.Have, one.found.Checked, s.now())
		kept = append(kept, one.Have)
	}
	if len(kept) == 1 {
		return see(w, r, "/cards/"+kept[0])
	}
	return see(w, r, "/")
}

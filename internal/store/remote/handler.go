package remote

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io/fs"
	"mime"
	"net/http"
	"strings"

	strict "github.com/go-json-experiment/json"

	"laurel/internal/serve"
	"laurel/wallet"
)

// maxOrder bounds one order and one answer: the largest change is a badge with a
// picture, in base64.
const maxOrder = 64 << 20

// The orders, which are paths.
const (
	orderPing   = "/ping"
	orderGet    = "/get"
	orderScan   = "/scan"
	orderCommit = "/commit"
)

// wanted is what get and scan ask for: a name, or the beginning of names.
type wanted struct {
	Name string `json:"name"`
}

// found is the answer of get.
type found struct {
	There  bool   `json:"there"`
	Record []byte `json:"record"`
}

// scanned is a line of the answer of scan. The last one says so; an answer without
// it was cut off.
type scanned struct {
	Name   string `json:"name,omitempty"`
	Record []byte `json:"record,omitempty"`
	End    bool   `json:"end,omitempty"`
	Failed string `json:"failed,omitempty"`
}

// commit is a whole change: what it relies on, and what it writes.
type commit struct {
	Reads  []read  `json:"reads"`
	Writes []write `json:"writes"`
}

type read struct {
	Name string `json:"name"`
	Sum  string `json:"sum"` // SHA-256, hexadecimal; "" for none
}

type write struct {
	Name   string `json:"name"`
	Record []byte `json:"record"`
	Delete bool   `json:"delete"`
}

// committed is the answer of commit.
type committed struct {
	Conflict bool `json:"conflict"` // nothing was written: something that was read is another by now
}

var errConflict = errors.New("something that was read has changed")

// server is a store and the token that opens it.
type server struct {
	store wallet.Store
	token [sha256.Size]byte
}

// Handler shows a store to whoever has the token, which should have 256 random
// bits. It is for a loopback listener.
func Handler(store wallet.Store, token string) http.Handler {
	s := server{store, sha256.Sum256([]byte(token))}
	routes := http.NewServeMux()
	routes.Handle("POST "+orderPing, s.guarded(func(w http.ResponseWriter, _ *http.Request) { reply(w, struct{}{}) }))
	routes.Handle("POST "+orderGet, s.guarded(s.get))
	routes.Handle("POST "+orderScan, s.guarded(s.scan))
	routes.Handle("POST "+orderCommit, s.guarded(s.commit))
	return routes
}

// guarded refuses whoever has no token before anything is read of what they sent,
// and what a page in a browser could send without being asked.
func (s server) guarded(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		sum := sha256.Sum256([]byte(given))
		kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		switch {
		case !ok || subtle.ConstantTimeCompare(sum[:], s.token[:]) != 1:
			w.Header().Set("WWW-Authenticate", "Bearer")
			refuse(w, http.StatusUnauthorized, "The store is for whoever has its token.")
		case r.Header.Get("Origin") != "" || err != nil || kind != "application/json":
			refuse(w, http.StatusUnsupportedMediaType, "The store takes application/json from programs, and nothing from pages.")
		default:
			next(w, r)
		}
	})
}

func refuse(w http.ResponseWriter, status int, detail string) {
	serve.NewProblem(status, detail).Write(w)
}

// fail answers for an error of the store. Its text goes to the other verb of the
// same person.
func fail(w http.ResponseWriter, err error) { refuse(w, http.StatusInternalServerError, err.Error()) }

func reply(w http.ResponseWriter, out any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(out) // the other side sees that it is cut off
}

// take reads an order without guessing: no unknown member, none twice.
func take(w http.ResponseWriter, r *http.Request, in any) bool {
	if err := strict.UnmarshalRead(http.MaxBytesReader(w, r.Body, maxOrder), in, strict.RejectUnknownMembers(true)); err != nil {
		refuse(w, http.StatusBadRequest, "The order cannot be read.")
		return false
	}
	return true
}

func (s server) get(w http.ResponseWriter, r *http.Request) {
	var in wanted
	if !take(w, r, &in) {
		return
	}
	record, err := s.store.Get(r.Context(), in.Name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		fail(w, err)
		return
	}
	reply(w, found{There: err == nil, Record: record})
}

func (s server) scan(w http.ResponseWriter, r *http.Request) {
	var in wanted
	if !take(w, r, &in) {
		return
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	lines := json.NewEncoder(w)
	last := scanned{End: true}
	err := s.store.Scan(r.Context(), in.Name, func(name string, record []byte) error {
		return lines.Encode(scanned{Name: name, Record: record})
	})
	if err != nil {
		last.Failed = err.Error()
	}
	_ = lines.Encode(last) // if that fails, the other side sees that it is cut off
}

func (s server) commit(w http.ResponseWriter, r *http.Request) {
	var in commit
	if !take(w, r, &in) {
		return
	}
	// Once it is understood it is carried out: a client that hangs up in the
	// middle learns nothing, and the store stays whole.
	err := s.store.Update(context.WithoutCancel(r.Context()), in.apply)
	if err != nil && !errors.Is(err, errConflict) {
		fail(w, err)
		return
	}
	reply(w, committed{Conflict: err != nil})
}

// apply makes sure that all is as the change saw it, and writes.
func (c commit) apply(tx wallet.Txn) error {
	for _, r := range c.Reads {
		record, err := tx.Get(r.Name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			if r.Sum != "" {
				return errConflict
			}
		case err != nil:
			return err
		case sumOf(&record) != r.Sum:
			return errConflict
		}
	}
	for _, w := range c.Writes {
		err := tx.Delete(w.Name)
		if !w.Delete {
			err = tx.Put(w.Name, w.Record)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

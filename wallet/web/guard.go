package web

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"laurel/internal/serve"
)

const (
	maxSessions = 8         // browsers, profiles and private windows of one person
	sessionIdle = time.Hour // after that the desk is taken for abandoned
)

// guard refuses requests that come by another name than this machine's own, and
// requests that change something unless a page of ours sent them.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// A form sent under no-referrer has the origin "null", and would be refused.
		w.Header().Set("Referrer-Policy", "same-origin")
		if r.Host != "127.0.0.1:"+s.port && r.Host != "localhost:"+s.port {
			s.fail(w, r, serve.NewProblem(http.StatusMisdirectedRequest, "This server answers only by its own address on this machine."))
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead && r.Header.Get("Origin") != "http://"+r.Host {
			s.fail(w, r, serve.NewProblem(http.StatusForbidden, "This did not come from a page of your wallet, so nothing was done."))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// inside lets a handler answer the requests of sessions.
func (s *Server) inside(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		as := s.session(r)
		if as == nil {
			s.locked(w, r)
			return
		}
		if err := h(w, r, as); err != nil {
			s.fail(w, r, s.explain(err))
		}
	})
}

func (s *Server) locked(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("WWW-Authenticate", `Cookie realm="wallet"`) // RFC 9110, section 15.5.2, wants a challenge
	s.fail(w, r, serve.NewProblem(http.StatusUnauthorized,
		"The wallet is locked in this browser. Open it with the newest link in the window where laurel is running; each link works once."))
}

// Link makes a link that opens the wallet once. An earlier link that nobody
// used stops working.
func (s *Server) Link() string {
	return "http://127.0.0.1:" + s.port + "/open?token=" + s.door.newLink()
}

// open answers GET /open: the token of the link becomes a session, and the
// browser goes on to an address without it.
func (s *Server) open(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Referrer-Policy", "no-referrer")
	if strings.Contains(r.Header.Get("Sec-Purpose"), "prefetch") { // a browser that guesses must not use up the link
		s.locked(w, r)
		return
	}
	secret, ok := s.door.enter(r.URL.Query().Get("token"), s.now())
	switch {
	case ok:
		http.SetCookie(w, s.cookie(secret))
		s.log.Info("wallet opened")
		if s.opened != nil {
			s.opened()
		}
	case s.session(r) == nil:
		s.locked(w, r)
		return
	}
	_ = see(w, r, "/")
}

// lock answers POST /lock.
func (s *Server) lock(w http.ResponseWriter, _ *http.Request, as *session, _ *form) error {
	s.door.end(as)
	gone := s.cookie("")
	gone.MaxAge = -1
	http.SetCookie(w, gone)
	s.show(w, "locked.html", frame("", "Locked", nil))
	return nil
}

// session returns the session of a request; nil if it has none.
func (s *Server) session(r *http.Request) *session {
	cookie, err := r.Cookie(s.cookieName())
	if err != nil {
		return nil
	}
	return s.door.find(cookie.Value, s.now())
}

// cookie has no date, so that it ends with the browser. It cannot be Secure:
// there is no TLS between a browser and its own machine. A browser sends the
// cookies of 127.0.0.1 to all its ports; the port in the name keeps two wallets
// apart.
func (s *Server) cookie(secret string) *http.Cookie {
	return &http.Cookie{Name: s.cookieName(), Value: secret, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode}
}

func (s *Server) cookieName() string { return "laurel-wallet-" + s.port }

// digest stands for a secret wherever one is kept or compared.
type digest [sha256.Size]byte

func digestOf(secret string) digest { return sha256.Sum256([]byte(secret)) }

// session is one browser that came in by a link.
type session struct {
	name  digest // of the cookie
	token string // in every form
	used  time.Time
	desk  desk
}

// door knows the link and the sessions. The zero value lets nobody in.
type door struct {
	mu       sync.Mutex
	link     digest
	linked   bool // there is a link, and nobody used it
	sessions []*session
}

func (d *door) newLink() string {
	token := rand.Text() // 130 bits
	d.mu.Lock()
	defer d.mu.Unlock()
	d.link, d.linked = digestOf(token), true
	return token
}

// enter trades the token of the link for the cookie of a new session.
func (d *door) enter(token string, now time.Time) (secret string, ok bool) {
	got := digestOf(token)
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.linked || subtle.ConstantTimeCompare(got[:], d.link[:]) != 1 {
		return "", false
	}
	d.linked = false
	secret = rand.Text()
	d.sweep(now)
	if len(d.sessions) == maxSessions {
		d.sessions = d.sessions[1:] // the oldest
	}
	d.sessions = append(d.sessions, &session{name: digestOf(secret), token: rand.Text(), used: now})
	return secret, true
}

// find returns the session of a cookie; nil if there is none.
func (d *door) find(secret string, now time.Time) *session {
	got := digestOf(secret)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sweep(now)
	for _, as := range d.sessions {
		if subtle.ConstantTimeCompare(got[:], as.name[:]) == 1 {
			as.used = now
			return as
		}
	}
	return nil
}

// sweep ends the sessions that nobody uses any more.
func (d *door) sweep(now time.Time) {
	d.sessions = slices.DeleteFunc(d.sessions, func(as *session) bool { return now.Sub(as.used) >= sessionIdle })
}

func (d *door) end(as *session) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sessions = slices.DeleteFunc(d.sessions, func(other *session) bool { return other == as })
}

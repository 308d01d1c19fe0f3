package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"laurel/internal/serve"
)

const (
	// minToken is the shortest token: 128 bits in hexadecimal digits.
	minToken = 32
	// cookieName and cookieLife are those of an operator who has logged in: a
	// working day.
	cookieName = "laurel_operator"
	cookieLife = 12 * time.Hour
	// maxForm bounds the forms of the operator.
	maxForm = 512 << 10
)

// asking guards what whoever may ask can do: everybody with --open, else the
// operator.
func (s *server) asking(h action) action {
	if s.anybody {
		return s.own(h)
	}
	return s.operator(s.own(h))
}

// operator lets only those in who have the token, in a header or as a cookie that
// stands for it. It never stands in an address, where logs and histories keep it.
func (s *server) operator(h action) action {
	return func(w http.ResponseWriter, r *http.Request, visit *serve.Visit) *serve.Problem {
		switch {
		case s.isOperator(r):
			return h(w, r, visit)
		case r.Method == http.MethodGet && wantsPage(r):
			http.Redirect(w, r, "/login", http.StatusSeeOther)
			return nil
		default:
			w.Header().Set("WWW-Authenticate", "Bearer")
			return serve.NewProblem(http.StatusUnauthorized, "This is for whoever has the token of this verifier.").Named("UNAUTHORIZED")
		}
	}
}

// isOperator compares tokens in constant time; hashing hides their length.
func (s *server) isOperator(r *http.Request) bool {
	if s.token == "" {
		return false
	}
	if given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return s.isToken(given)
	}
	cookie, err := r.Cookie(cookieName)
	if err != nil {
		return false
	}
	until, mac, ok := strings.Cut(cookie.Value, ".")
	seconds, err := strconv.ParseInt(until, 10, 64)
	return ok && err == nil && s.now().Before(time.Unix(seconds, 0)) &&
		subtle.ConstantTimeCompare([]byte(mac), []byte(s.cookieMAC(until))) == 1
}

func (s *server) isToken(given string) bool {
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(s.token))
	return s.token != "" && subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// cookieMAC is what makes a cookie of a time: nobody without the token can.
func (s *server) cookieMAC(until string) string {
	mac := hmac.New(sha256.New, []byte(s.token))
	mac.Write([]byte("laurel operator until " + until))
	return hex.EncodeToString(mac.Sum(nil))
}

// own refuses what a page of another site makes a browser send. Programs send no
// such headers and pass.
func (s *server) own(h action) action {
	return func(w http.ResponseWriter, r *http.Request, visit *serve.Visit) *serve.Problem {
		if !s.fromHere(r) {
			return serve.NewProblem(http.StatusForbidden, "A page of another site sent this. Nothing was done.").Named("CROSS_ORIGIN")
		}
		return h(w, r, visit)
	}
}

// fromHere reports whether a browser says that the request comes from a page of
// this server, or no browser sent it. A proxy may tell us another Host than the
// browser saw.
func (s *server) fromHere(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "same-origin", "none":
		return true
	case "":
	default:
		return false
	}
	origin := r.Header.Get("Origin")
	if origin == "" || origin == s.desk.URL {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && u.Host == r.Host
}

// wantsPage reports whether a person asks, and not a program.
func wantsPage(r *http.Request) bool {
	return serve.Prefers(r, "application/json", "text/html") == "text/html"
}

func (s *server) showLogin(w http.ResponseWriter, r *http.Request, _ *serve.Visit) *serve.Problem {
	if s.token == "" {
		return serve.NewProblem(http.StatusNotFound, "This verifier has no operator.")
	}
	s.pages.Answer(w, http.StatusOK, "login.html", s.frame(r, "Log in", nil))
	return nil
}

// login gives a cookie for the token.
func (s *server) login(w http.ResponseWriter, r *http.Request, visit *serve.Visit) *serve.Problem {
	form, refused := readForm(w, r, visit)
	if refused != nil {
		return refused
	}
	if !s.isToken(strings.TrimSpace(form.Get("token"))) {
		s.pages.Answer(w, http.StatusUnauthorized, "login.html", s.frame(r, "Log in", "That is not the token."))
		return nil
	}
	until := s.now().Add(cookieLife)
	text := strconv.FormatInt(until.Unix(), 10)
	s.setCookie(w, text+"."+s.cookieMAC(text), cookieLife)
	http.Redirect(w, r, "/ask", http.StatusSeeOther)
	return nil
}

func (s *server) logout(w http.ResponseWriter, r *http.Request, _ *serve.Visit) *serve.Problem {
	s.setCookie(w, "", -time.Second)
	http.Redirect(w, r, "/", http.StatusSeeOther)
	return nil
}

func (s *server) setCookie(w http.ResponseWriter, value string, life time.Duration) {
	http.SetCookie(w, &http.Cookie{
		Name: cookieName, Value: value, Path: "/", MaxAge: int(life / time.Second),
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: strings.HasPrefix(s.desk.URL, "https://"),
	})
}

// readForm reads a form without files, every field of it.
func readForm(w http.ResponseWriter, r *http.Request, visit *serve.Visit) (url.Values, *serve.Problem) {
	body, refused := visit.Body(w, r, maxForm)
	if refused != nil {
		return nil, refused
	}
	if !isForm(r) && len(body) > 0 {
		return nil, unsupported()
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, unreadable()
	}
	return values, nil
}

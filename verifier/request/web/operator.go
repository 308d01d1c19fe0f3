package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"laurel/internal/serve"
	"laurel/verifier/request"
	"laurel/verifier/upload"
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
func (c *Counter) asking(h serve.Action) serve.Action {
	if c.AskOpen {
		return c.own(h)
	}
	return c.operator(c.own(h))
}

// operator lets only those in who have the token, in a header or as a cookie that
// stands for it. It never stands in an address, where logs and histories keep it.
func (c *Counter) operator(h serve.Action) serve.Action {
	return func(w http.ResponseWriter, r *http.Request, visit *serve.Visit) *serve.Problem {
		switch {
		case c.isOperator(r):
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

// Identity is who the verifier is to wallets, as GET /identity tells its operator.
type Identity struct {
	Name     string          `json:"name"`
	URL      string          `json:"url"`
	Method   string          `json:"method"`             // the verification method of the key that signs requests
	Document json.RawMessage `json:"document,omitempty"` // the did.json of a did:web
}

// Describe makes the Identity of the verifier's own.
func Describe(i *request.Identity) (Identity, error) {
	doc, err := i.Document()
	out := Identity{Name: i.Name, URL: i.URL, Method: i.Method}
	if doc.Exists() {
		out.Document = doc.JSON()
	}
	return out, err
}

func (c *Counter) identity(w http.ResponseWriter, _ *http.Request, _ *serve.Visit) *serve.Problem {
	if c.Desk.Identity == nil {
		return serve.NewProblem(http.StatusNotFound, "This verifier has no identity.")
	}
	out, err := Describe(c.Desk.Identity)
	if err != nil {
		return c.problemOf(err)
	}
	serve.WriteJSON(w, out)
	return nil
}

// isOperator compares tokens in constant time; hashing hides their length.
func (c *Counter) isOperator(r *http.Request) bool {
	if c.Token == "" {
		return false
	}
	if given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return c.isToken(given)
	}
	cookie, err := r.Cookie(cookieName)
	if err != nil {
		return false
	}
	until, mac, ok := strings.Cut(cookie.Value, ".")
	seconds, err := strconv.ParseInt(until, 10, 64)
	return ok && err == nil && c.now().Before(time.Unix(seconds, 0)) &&
		subtle.ConstantTimeCompare([]byte(mac), []byte(c.cookieMAC(until))) == 1
}

func (c *Counter) isToken(given string) bool {
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(c.Token))
	return c.Token != "" && subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// cookieMAC is what makes a cookie of a time: nobody without the token can.
func (c *Counter) cookieMAC(until string) string {
	mac := hmac.New(sha256.New, []byte(c.Token))
	mac.Write([]byte("laurel operator until " + until))
	return hex.EncodeToString(mac.Sum(nil))
}

// own refuses what a page of another site makes a browser send. Programs send no
// such headers and pass.
func (c *Counter) own(h serve.Action) serve.Action {
	return func(w http.ResponseWriter, r *http.Request, visit *serve.Visit) *serve.Problem {
		if !c.fromHere(r) {
			return serve.NewProblem(http.StatusForbidden, "A page of another site sent this. Nothing was done.").Named("CROSS_ORIGIN")
		}
		return h(w, r, visit)
	}
}

// fromHere reports whether a browser says that the request comes from a page of
// this server, or no browser sent it. A proxy may tell us another Host than the
// browser saw.
func (c *Counter) fromHere(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "same-origin", "none":
		return true
	case "":
	default:
		return false
	}
	origin := r.Header.Get("Origin")
	if origin == "" || origin == c.Desk.URL {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && u.Host == r.Host
}

// wantsPage reports whether a person asks, and not a program.
func wantsPage(r *http.Request) bool {
	return serve.Prefers(r, "application/json", "text/html") == "text/html"
}

func (c *Counter) showLogin(w http.ResponseWriter, r *http.Request, _ *serve.Visit) *serve.Problem {
	if c.Token == "" {
		return serve.NewProblem(http.StatusNotFound, "This verifier has no operator.")
	}
	c.pages.Answer(w, http.StatusOK, "login.html", c.frame(r, "Log in", nil))
	return nil
}

// login gives a cookie for the token.
func (c *Counter) login(w http.ResponseWriter, r *http.Request, visit *serve.Visit) *serve.Problem {
	form, refused := upload.ReadForm(w, r, visit, maxForm)
	if refused != nil {
		return refused
	}
	if !c.isToken(strings.TrimSpace(form.Get("token"))) {
		c.pages.Answer(w, http.StatusUnauthorized, "login.html", c.frame(r, "Log in", "That is not the token."))
		return nil
	}
	until := c.now().Add(cookieLife)
	text := strconv.FormatInt(until.Unix(), 10)
	c.setCookie(w, text+"."+c.cookieMAC(text), cookieLife)
	http.Redirect(w, r, "/ask", http.StatusSeeOther)
	return nil
}

func (c *Counter) logout(w http.ResponseWriter, r *http.Request, _ *serve.Visit) *serve.Problem {
	c.setCookie(w, "", -time.Second)
	http.Redirect(w, r, "/", http.StatusSeeOther)
	return nil
}

func (c *Counter) setCookie(w http.ResponseWriter, value string, life time.Duration) {
	http.SetCookie(w, &http.Cookie{
		Name: cookieName, Value: value, Path: "/", MaxAge: int(life / time.Second),
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: strings.HasPrefix(c.Desk.URL, "https://"),
	})
}

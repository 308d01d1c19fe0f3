package web

import (
	"crypto/subtle"
	"net/http"
	"net/url"

	"github.com/gorilla/mux"

	"laurel/internal/serve"
	"laurel/openid4vc"
	"laurel/verifier/session"
	"laurel/verifier/upload"
)

// This file is what wallets see: OpenID4VP 1.0, sections 5 and 8.

// object gives the signed request object, to a POST with the wallet's nonce in it.
func (c *Counter) object(w http.ResponseWriter, r *http.Request, visit *serve.Visit) *serve.Problem {
	if r.Method != http.MethodPost {
		return c.sendObject(w, r, "")
	}
	body, refused := visit.Body(w, r, maxForm)
	switch {
	case refused != nil:
		return refused
	case len(body) > 0 && !upload.IsForm(r):
		return serve.NewProblem(http.StatusUnsupportedMediaType, "What a wallet says of itself is sent as application/x-www-form-urlencoded.").Named("MEDIA_TYPE_UNSUPPORTED")
	}
	asked, err := openid4vc.ParseFetch(body)
	if err != nil {
		return c.problemOf(err)
	}
	return c.sendObject(w, r, asked.Nonce)
}

func (c *Counter) sendObject(w http.ResponseWriter, r *http.Request, nonce string) *serve.Problem {
	w.Header().Set("Content-Type", "application/"+openid4vc.RequestType)
	if r.Method == http.MethodHead { // then nobody has opened it
		v, err := c.sessionByID(r)
		if err == nil {
			err = ended(v.Stage(c.now()))
		}
		if err != nil {
			return c.problemOf(err)
		}
		return nil
	}
	object, err := c.Desk.Object(r.Context(), mux.Vars(r)["id"], nonce)
	if err != nil {
		return c.problemOf(err)
	}
	_, _ = w.Write([]byte(object))
	return nil
}

// protocols is what a wallet gets that follows the code in a QR code: how the
// question behind it can be answered (VCALM 1.0, interaction URLs).
type protocols struct {
	Protocols map[string]string `json:"protocols"`
}

// sendProtocols answers a wallet at the interaction URL.
func (c *Counter) sendProtocols(w http.ResponseWriter, v *session.Session) *serve.Problem {
	links, err := c.Desk.Links(v)
	if err != nil {
		return c.problemOf(err)
	}
	serve.WriteJSON(w, protocols{map[string]string{"OID4VP": links.URI}})
	return nil
}

// respond takes the answer of a wallet.
func (c *Counter) respond(w http.ResponseWriter, r *http.Request, visit *serve.Visit) *serve.Problem {
	if !upload.IsForm(r) {
		return serve.NewProblem(http.StatusUnsupportedMediaType, "An answer is sent as "+upload.FormType+".").Named("MEDIA_TYPE_UNSUPPORTED")
	}
	form, refused := visit.Body(w, r, openid4vc.MaxResponse)
	if refused != nil {
		if refused.Status == http.StatusRequestEntityTooLarge {
			refused = refused.Named("LIMIT_EXCEEDED")
		}
		return refused
	}
	if refused := c.keeps(r, visit, len(form)+answerSize); refused != nil {
		return refused
	}
	if refused := visit.Work(r.Context()); refused != nil {
		return refused
	}
	next, err := c.Desk.Answer(r.Context(), mux.Vars(r)["id"], form)
	if err != nil {
		return c.problemOf(err)
	}
	c.answered("wallet")
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(openid4vc.Acknowledgement(next))
	return nil
}

// cameBack reports whether the person comes back from the wallet that answered.
func cameBack(v *session.Session, query url.Values) bool {
	return v.Answer != nil && v.Answer.Code != "" &&
		subtle.ConstantTimeCompare([]byte(query.Get("response_code")), []byte(v.Answer.Code)) == 1
}

func mismatch() *serve.Problem {
	return serve.NewProblem(http.StatusBadRequest, "This link belongs to another question, or to another device.").Named("SESSION_MISMATCH")
}

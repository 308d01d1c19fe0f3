package published

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"laurel/internal/sdjwt"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/proof"
)

// when tokens that say no time of their own are judged.
var when = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// sdjwt are the examples of RFC 9901, of its reference implementation and of SD-JWT
// VC: as they are printed, and, those that are no credentials, as the same payload
// and disclosures would be as one.
func (s shelf) sdjwt() []Case {
	s.Helper()
	var all []Case
	for _, group := range []string{"sd-jwt/rfc9901-examples", "sd-jwt/reference-testcases", "sd-jwt-vc/examples"} {
		keys := s.json(group + "/settings.json").Get("key_settings")
		folders, err := os.ReadDir(filepath.Join(s.root, group))
		if err != nil {
			s.Fatal(err)
		}
		for _, f := range folders {
			if f.IsDir() {
				e := example{shelf: s, group: group, name: f.Name(), issuer: issuerKey(keys), holder: keys.Get("holder_key")}
				all = append(all, e.cases()...)
			}
		}
	}
	return all
}

// issuerKey is the first key of an issuer.
func issuerKey(settings strictjson.Value) strictjson.Value {
	if one := settings.Get("issuer_key"); one.Exists() {
		return one
	}
	return settings.Get("issuer_keys").Elems()[0]
}

// example is one folder.
type example struct {
	shelf
	group, name    string
	issuer, holder strictjson.Value
}

// token is what the holder of the example shows, in whichever form it is there.
func (e example) token() ([]byte, *sdjwt.Token) {
	e.Helper()
	at := e.group + "/" + e.name + "/sd_jwt_presentation"
	raw, err := os.ReadFile(filepath.Join(e.root, at+".txt"))
	if err != nil { // a string that holds the JSON form
		raw = []byte(e.json(at + ".json").Str())
	}
	token, err := sdjwt.Parse(raw)
	if err != nil {
		e.Fatalf("%s: %v", at, err)
	}
	return raw, token
}

func (e example) cases() []Case {
	e.Helper()
	raw, token := e.token()
	payload, err := token.JWT.Claims()
	if err != nil {
		e.Fatal(err)
	}
	iss := payload.Get("iss").Str()
	kid := token.JWT.Header.Get("kid").Str()
	c := e.answered(Case{
		Group: e.group, Name: e.name, Data: raw, At: when, Pages: metadata(iss, e.issuer, kid), Verdict: accepted,
	}, token.Binding)
	holder := e.key(e.holder)
	if token.JWT.Type() == "dc+sd-jwt" {
		return append([]Case{c}, e.twins(c, holder)...)
	}
	c.Verdict, c.Code = rejected, "TYP_MISMATCH" // it is a token of another use
	all := []Case{c}

	// The same payload and disclosures, as a credential.
	if iss == "" {
		iss = "https://issuer.example.com"
	}
	for name, value := range map[string]string{"iss": iss, "vct": "https://issuer.example.com/" + e.name} {
		if !payload.Get(name).Exists() {
			payload = payload.With(name, text(value))
		}
	}
	again := c
	again.Name, again.Verdict, again.Code = e.name+", as a credential", accepted, ""
	again.Pages = metadata(iss, e.issuer, "1")
	parts := append([]string{e.sign(testissuer.Parse(`{"typ":"dc+sd-jwt","kid":"1"}`), payload, e.key(e.issuer))}, token.Disclosures...)
	compact := strings.Join(parts, "~") + "~"
	if token.Binding != nil {
		compact = e.bind(compact, holder, again)
	}
	again.Data = []byte(compact)
	return append(append(all, again), e.twins(again, holder)...)
}

// printed says what becomes of the tokens that were published as texts: of those
// that are no credentials of today why not.
var printed = map[int]string{
	2: "TYP_MISMATCH", 6: "MALFORMED_JWT", 8: "MALFORMED_JWT", 17: "MALFORMED_JWT",
	9: "", 13: "", 14: "", 21: "", 26: "", 28: "MALFORMED_JWT",
}

// strings are tokens with the signatures that they were printed with.
func (s shelf) strings() []Case {
	s.Helper()
	file := s.json("sd-jwt/published-strings.json")
	var all []Case
	for i, entry := range file.Get("sd_jwts").Elems() {
		raw := entry.Get("sd_jwt").Str()
		c := Case{Group: "published", Name: strconv.Itoa(i), Data: []byte(raw), At: when, Verdict: rejected}
		code, known := printed[i]
		if !known {
			code = "TYP_MISMATCH"
		}
		c.Code = code
		if token, err := sdjwt.Parse([]byte(raw)); err == nil {
			payload, err := token.JWT.Claims()
			if err != nil {
				s.Fatal(err)
			}
			c.Pages = metadata(payload.Get("iss").Str(), file.Get("issuer_public_jwk"), token.JWT.Header.Get("kid").Str())
			c = s.answered(c, token.Binding)
		}
		if code != "" {
			all = append(all, c)
			continue
		}
		c.Verdict = accepted
		all = append(append(all, c), s.twins(c, nil)...)
	}
	return all
}

// frames are the cases of the JavaScript implementation, issued and shown as
// credentials.
func (s shelf) frames() []Case {
	s.Helper()
	files, err := filepath.Glob(filepath.Join(s.root, "sd-jwt/sd-jwt-js-cases/*.json"))
	if err != nil {
		s.Fatal(err)
	}
	jwk := issuerKey(s.json("sd-jwt/reference-testcases/settings.json").Get("key_settings"))
	const issuer = "https://issuer.example.com"
	var all []Case
	for _, file := range files {
		name := filepath.Base(file)
		frame := s.json("sd-jwt/sd-jwt-js-cases/" + name)
		opt := proof.SDJWTOptions{SignOptions: proof.SignOptions{Key: s.key(jwk), Method: "1", Created: when.AddDate(0, -1, 0)}, Claims: true}
		disclosable(frame.Get("disclosureFrame"), "", &opt.Disclosable)
		claims := frame.Get("claims").Without("iat").With("iss", text(issuer)).With("vct", text(issuer+"/"+name))
		whole, err := proof.IssueSDJWT(claims, opt)
		if err != nil {
			s.Fatalf("%s: %v", name, err)
		}
		var pointers []string
		shown(frame.Get("presentationFrames"), claims, "", &pointers)
		chosen, err := proof.PresentSDJWT(whole, proof.PresentOptions{Pointers: pointers})
		if err != nil {
			s.Fatalf("%s: %v", name, err)
		}
		c := Case{Group: "sd-jwt-js", Name: name, Data: []byte(chosen), At: when, Pages: metadata(issuer, jwk, "1"), Verdict: accepted}
		all = append(append(all, c), s.twins(c, nil)...)
	}
	return all
}

// disclosable collects the pointers of a frame of what may be withheld.
func disclosable(frame strictjson.Value, pointer string, to *[]string) {
	for _, m := range frame.Members() {
		switch m.Name {
		case "_sd_decoy":
		case "_sd":
			for _, e := range m.Value.Elems() {
				name, ok := e.Text()
				if !ok {
					name, _ = e.Literal()
				}
				*to = append(*to, pointer+"/"+name)
			}
		default:
			disclosable(m.Value, pointer+"/"+m.Name, to)
		}
	}
}

// shown collects the pointers of a frame of what is shown, as far as they lead to
// something: one chooses a second element where there is only one.
func shown(frame, claims strictjson.Value, pointer string, to *[]string) {
	for _, m := range frame.Members() {
		inner := claims.Get(m.Name)
		if i, err := strconv.Atoi(m.Name); err == nil && i < len(claims.Elems()) {
			inner = claims.Elems()[i]
		}
		if !inner.Exists() {
			continue
		}
		if m.Value.IsTrue() {
			*to = append(*to, pointer+"/"+m.Name)
		}
		shown(m.Value, inner, pointer+"/"+m.Name, to)
	}
}

package web

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"laurel/internal/jose"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/openid4vc"
	"laurel/verifier"
	"laurel/verifier/request/requesttest"
)

// enough is how many different cases each class of bad answers must have here, where
// answers arrive, or the class counts as untried.
const enough = 5

// answerClasses are the codes of answers by OpenID4VP that must not count, and the
// status that each comes with. Those that are judged are taken, and the report names
// them.
var answerClasses = map[string]int{
	"STATE_MISMATCH": 400, "MALFORMED_RESPONSE": 400, "RESPONSE_MODE_MISMATCH": 400, "DECRYPTION_FAILED": 400, "SESSION_MISMATCH": 400,
	"METHOD_NOT_ALLOWED": 405, "SESSION_CONSUMED": 409, "SESSION_EXPIRED": 410, "LIMIT_EXCEEDED": 413, "MEDIA_TYPE_UNSUPPORTED": 415,
	"DCQL_NOT_SATISFIED": 200, "CHALLENGE_MISMATCH": 200, "DOMAIN_MISMATCH": 200,
}

// attacked is one question to one person, before it is answered.
type attacked struct {
	*counter
	asked Asked
	r     *openid4vc.Request
	code  string // the response_code, once it was answered on the same device
}

// attack is one bad answer.
type attack struct {
	name string
	code string
	do   func(a *attacked) requesttest.Reply
}

// TestAttacks sends every bad answer to a question of its own, and counts. It is
// refused by its name, or judged and rejected by it, and then a good answer still
// counts if no answer was taken.
func TestAttacks(t *testing.T) {
	count := map[string]map[string]bool{}
	for _, table := range [][]attack{transportAttacks(t), sealedAttacks(t), boundAttacks(t), satisfyingAttacks(t), sessionAttacks(t)} {
		for _, test := range table {
			t.Run(test.code+"/"+test.name, func(t *testing.T) {
				if count[test.code] == nil {
					count[test.code] = map[string]bool{}
				}
				count[test.code][test.name] = true
				a := &attacked{counter: opened(t, nil)}
				a.asks(`,"same_device":true`)
				got := test.do(a)
				if got.Status != answerClasses[test.code] {
					t.Fatalf("%d %.300s", got.Status, got.Body)
				}
				if got.Status != http.StatusOK {
					if got.Code() != test.code {
						t.Errorf("named %q: %.300s", got.Code(), got.Body)
					}
					return
				}
				report := a.result(a.asked.Result + "?response_code=" + a.code).Report
				if report == nil || report.Verdict != verifier.Rejected || !names(report, test.code) {
					t.Errorf("judged: %+v", report)
				}
			})
		}
	}
	total := 0
	for code := range answerClasses {
		total += len(count[code])
		if len(count[code]) < enough {
			t.Errorf("%d cases of %s, at least %d are wanted", len(count[code]), code, enough)
		}
	}
	t.Logf("%d cases of %d classes", total, len(answerClasses))
}

// names reports whether a report or one of its parts has a check with the code.
func names(r *verifier.Report, code string) bool {
	for _, c := range r.Checks {
		if string(c.Code) == code {
			return true
		}
	}
	for _, part := range r.Parts {
		if names(part, code) {
			return true
		}
	}
	return false
}

// asks puts a question, and reads it as a wallet does.
func (a *attacked) asks(more string) {
	a.t.Helper()
	a.asked = a.asksFor(strings.TrimSuffix(simple, "}") + more + "}")
	a.r = a.fetch(a.asked.URI)
}

// posts sends a form as the answer, and keeps the code that leads back.
func (a *attacked) posts(form string) requesttest.Reply {
	a.t.Helper()
	got := a.do("POST", a.r.ResponseURI, form, "Content-Type", formType)
	if _, code, ok := strings.Cut(got.Body, "response_code="); ok {
		a.code = strings.TrimRight(code, "\"}\n")
	}
	return got
}

// good is the right answer as it is posted.
func (a *attacked) good() string { return a.form("proof1", a.present(a.r)) }

func (a *attacked) form(query string, shown ...strictjson.Value) string {
	a.t.Helper()
	form, err := a.r.Answer(map[string][]strictjson.Value{query: shown})
	if err != nil {
		a.t.Fatal(err)
	}
	return string(form)
}

// plain asks for an answer that is not encrypted.
func (a *attacked) plain() { a.asks(`,"same_device":true,"response_mode":"direct_post"`) }

// another is a second question, of the same kind.
func (a *attacked) another(more string) *attacked {
	b := &attacked{counter: a.counter}
	b.asks(`,"same_device":true` + more)
	return b
}

// transportAttacks are forms that are not what was asked for.
func transportAttacks(t *testing.T) []attack {
	t.Helper()
	const direct = `,"response_mode":"direct_post"`
	plain := func(change func(a *attacked, form string) string) func(*attacked) requesttest.Reply {
		return func(a *attacked) requesttest.Reply {
			a.plain()
			return a.posts(change(a, a.good()))
		}
	}
	state := func(to func(a *attacked) string) func(*attacked) requesttest.Reply {
		return plain(func(a *attacked, form string) string {
			return strings.Replace(form, "state="+a.r.State, "state="+to(a), 1)
		})
	}
	is := func(form string) func(*attacked) requesttest.Reply {
		return plain(func(a *attacked, _ string) string { return strings.ReplaceAll(form, "STATE", a.r.State) })
	}
	as := func(kind string) func(*attacked) requesttest.Reply {
		return func(a *attacked) requesttest.Reply {
			return a.do("POST", a.r.ResponseURI, a.good(), "Content-Type", kind)
		}
	}
	by := func(method, path string) func(*attacked) requesttest.Reply {
		return func(a *attacked) requesttest.Reply {
			return a.do(method, a.asked.Page+path, a.good(), "Content-Type", formType)
		}
	}
	many := func(n int) string { return strings.TrimSuffix(strings.Repeat(`"a",`, n), ",") }
	return []attack{
		{"of another question", "STATE_MISMATCH", state(func(a *attacked) string { return a.another(direct).r.State })},
		{"empty", "STATE_MISMATCH", state(func(*attacked) string { return "" })},
		{"cut off", "STATE_MISMATCH", state(func(a *attacked) string { return a.r.State[:21] })},
		{"with a letter more", "STATE_MISMATCH", state(func(a *attacked) string { return a.r.State + "A" })},
		{"in small letters", "STATE_MISMATCH", state(func(a *attacked) string { return strings.ToLower(a.r.State) })},
		{"the nonce in its place", "STATE_MISMATCH", state(func(a *attacked) string { return a.r.Nonce })},
		{"none", "STATE_MISMATCH", plain(func(a *attacked, form string) string { return strings.Replace(form, "&state="+a.r.State, "", 1) })},
		{"with a refusal", "STATE_MISMATCH", is("error=access_denied&state=STATEx")},

		{"nothing", "MALFORMED_RESPONSE", is("")},
		{"a state alone", "MALFORMED_RESPONSE", is("state=STATE")},
		{"a broken escape", "MALFORMED_RESPONSE", is("vp_token=%7&state=STATE")},
		{"JSON in a form", "MALFORMED_RESPONSE", is(`{"vp_token":{},"state":"STATE"}`)},
		{"an empty vp_token", "MALFORMED_RESPONSE", is("vp_token=%7B%7D&state=STATE")},
		{"a list, as drafts had it", "MALFORMED_RESPONSE", is(`vp_token=["a"]&state=STATE`)},
		{"a text, as drafts had it", "MALFORMED_RESPONSE", is(`vp_token=eyJ.eyJ.x&state=STATE`)},
		{"numbers", "MALFORMED_RESPONSE", is(`vp_token={"proof1":[1]}&state=STATE`)},
		{"a query twice", "MALFORMED_RESPONSE", is(`vp_token={"proof1":["a"],"proof1":["b"]}&state=STATE`)},
		{"two states", "MALFORMED_RESPONSE", plain(func(a *attacked, form string) string { return form + "&state=" + a.r.State })},
		{"two vp_tokens", "MALFORMED_RESPONSE", plain(func(_ *attacked, form string) string { return form + "&vp_token=%7B%7D" })},
		{"a refusal beside", "MALFORMED_RESPONSE", plain(func(_ *attacked, form string) string { return form + "&error=access_denied" })},

		{"plain, and encrypted was asked", "RESPONSE_MODE_MISMATCH", func(a *attacked) requesttest.Reply { return a.posts(a.another(direct).good()) }},
		{"an empty vp_token, and encrypted was asked", "RESPONSE_MODE_MISMATCH", func(a *attacked) requesttest.Reply { return a.posts("vp_token=%7B%7D&state=" + a.r.State) }},
		{"plain with an error beside", "RESPONSE_MODE_MISMATCH", func(a *attacked) requesttest.Reply {
			return a.posts(a.another(direct).good() + "&error=x")
		}},
		{"encrypted, and plain was asked", "RESPONSE_MODE_MISMATCH", plain(func(a *attacked, _ string) string { return a.another("").good() })},
		{"encrypted with the state outside", "RESPONSE_MODE_MISMATCH", plain(func(a *attacked, _ string) string { return a.another("").good() + "&state=" + a.r.State })},
		{"a signed token, and plain was asked", "RESPONSE_MODE_MISMATCH", is("response=e30.e30.e30&state=STATE")},

		{"as JSON", "MEDIA_TYPE_UNSUPPORTED", as("application/json")},
		{"as text", "MEDIA_TYPE_UNSUPPORTED", as("text/plain")},
		{"as a form with files", "MEDIA_TYPE_UNSUPPORTED", as("multipart/form-data; boundary=x")},
		{"as a token", "MEDIA_TYPE_UNSUPPORTED", as("application/jwt")},
		{"as nothing", "MEDIA_TYPE_UNSUPPORTED", as("")},
		{"as a type that is none", "MEDIA_TYPE_UNSUPPORTED", as(formType + "; =")},

		{"GET", "METHOD_NOT_ALLOWED", by("GET", "/response")},
		{"PUT", "METHOD_NOT_ALLOWED", by("PUT", "/response")},
		{"PATCH", "METHOD_NOT_ALLOWED", by("PATCH", "/response")},
		{"DELETE", "METHOD_NOT_ALLOWED", by("DELETE", "/response")},
		{"OPTIONS", "METHOD_NOT_ALLOWED", by("OPTIONS", "/response")},
		{"a made-up one", "METHOD_NOT_ALLOWED", by("ANSWER", "/response")},
		{"POST to the question", "METHOD_NOT_ALLOWED", by("POST", "")},

		{"a body of two megabytes", "LIMIT_EXCEEDED", is("x=" + strings.Repeat("x", 2<<20))},
		{"65 presentations", "LIMIT_EXCEEDED", is(`vp_token={"proof1":[` + many(65) + `]}&state=STATE`)},
		{"65 over two queries", "LIMIT_EXCEEDED", is(`vp_token={"proof1":[` + many(33) + `],"proof1_b":[` + many(32) + `]}&state=STATE`)},
		{"nested too deeply", "LIMIT_EXCEEDED", is(`vp_token={"proof1":[` + strings.Repeat("[", 80) + strings.Repeat("]", 80) + `]}&state=STATE`)},
		{"too many values", "LIMIT_EXCEEDED", is(`vp_token={"proof1":[{"a":[` + strings.Repeat("0,", 21_000) + `0]}]}&state=STATE`)},
		{"a large header of what is encrypted", "LIMIT_EXCEEDED", func(a *attacked) requesttest.Reply {
			_, rest, _ := strings.Cut(a.good(), ".")
			return a.posts("response=" + base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"ECDH-ES","apu":"`+strings.Repeat("u", 5000)+`"}`)) + "." + rest)
		}},
	}
}

// sealedAttacks are encrypted answers that cannot be read.
func sealedAttacks(t *testing.T) []attack {
	t.Helper()
	const code = "DECRYPTION_FAILED"
	is := func(change func(a *attacked, good string) string) func(*attacked) requesttest.Reply {
		return func(a *attacked) requesttest.Reply { return a.posts(change(a, a.good())) }
	}
	with := func(header string) func(*attacked) requesttest.Reply {
		return is(func(a *attacked, good string) string {
			_, rest, _ := strings.Cut(good, ".")
			header := strings.ReplaceAll(header, "KID", a.r.Metadata.Keys[0].ID)
			return "response=" + base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + rest
		})
	}
	const zero = `"epk":{"kty":"EC","crv":"P-256","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","y":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}`
	return []attack{
		{"to the key of another question", code, is(func(a *attacked, _ string) string { return a.another("").good() })},
		{"no token", code, is(func(*attacked, string) string { return "response=abc" })},
		{"nothing", code, is(func(*attacked, string) string { return "response=" })},
		{"a signed token", code, is(func(*attacked, string) string { return "response=e30.e30.e30" })},
		{"a hundred thousand dots", code, is(func(*attacked, string) string { return "response=" + strings.Repeat(".", 100_000) })},
		{"a changed letter", code, is(func(_ *attacked, good string) string { return good[:len(good)-30] + "AAAA" + good[len(good)-26:] })},
		{"cut off", code, is(func(_ *attacked, good string) string { return good[:len(good)-4] })},
		{"an algorithm for passwords", code, with(`{"alg":"PBES2-HS256+A128KW","enc":"A128GCM","p2c":2147483647,"p2s":"AAAAAAAAAAA","kid":"KID"}`)},
		{"a shared key", code, with(`{"alg":"dir","enc":"A128GCM","kid":"KID"}`)},
		{"no algorithm", code, with(`{"alg":"none","enc":"A128GCM","kid":"KID"}`)},
		{"RSA with its old padding", code, with(`{"alg":"RSA1_5","enc":"A128GCM","kid":"KID"}`)},
		{"a cipher with padding", code, with(`{"alg":"ECDH-ES","enc":"A128CBC-HS256","kid":"KID",` + zero + `}`)},
		{"compressed", code, with(`{"alg":"ECDH-ES","enc":"A128GCM","zip":"DEF","kid":"KID",` + zero + `}`)},
		{"a point off the curve", code, with(`{"alg":"ECDH-ES","enc":"A128GCM","kid":"KID",` + zero + `}`)},
		{"a point of another curve", code, with(`{"alg":"ECDH-ES","enc":"A128GCM","kid":"KID","epk":{"kty":"OKP","crv":"X25519","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}}`)},
		{"a key of another name", code, with(`{"alg":"ECDH-ES","enc":"A128GCM","kid":"other",` + zero + `}`)},
		{"something critical", code, with(`{"alg":"ECDH-ES","enc":"A128GCM","crit":["exp"],"exp":1,"kid":"KID",` + zero + `}`)},
		{"with whose it is said", code, with(`{"alg":"ECDH-ES","enc":"A128GCM","apu":"QWxpY2U","apv":"Qm9i","kid":"KID",` + zero + `}`)},
		{"good, under another key's name", code, is(func(a *attacked, _ string) string {
			key := a.another("").r.Metadata.Keys[0]
			key.ID = a.r.Metadata.Keys[0].ID
			sealed, err := jose.Encrypt([]byte(`{"vp_token":{"proof1":["x"]},"state":"`+a.r.State+`"}`), key, "A256GCM")
			if err != nil {
				t.Fatal(err)
			}
			return "response=" + sealed
		})},
	}
}

// boundAttacks are answers that were made for another question, or for somebody else.
func boundAttacks(t *testing.T) []attack {
	t.Helper()
	shown := func(nonce, audience string) func(*attacked) requesttest.Reply {
		return func(a *attacked) requesttest.Reply {
			known := strings.NewReplacer("NONCE", a.r.Nonce, "STATE", a.r.State, "CLIENT", a.r.ClientID, "DID", a.r.Requester.ID,
				"OTHER", eve.ID, "ANSWER", a.r.ResponseURI, "HERE", a.server.URL, "ID", a.asked.ID)
			vp := ada.Answer(t, ada.Present(issuing.Sign(t, issuing.Badge(ada))), known.Replace(nonce), known.Replace(audience))
			return a.posts(a.form("proof1", vp))
		}
	}
	token := func(nonce, audience string) func(*attacked) requesttest.Reply {
		return func(a *attacked) requesttest.Reply {
			a.asked = a.asksFor(strings.Replace(personQuery, "%s", `,"same_device":true`, 1))
			a.r = a.fetch(a.asked.URI)
			if nonce == "" {
				nonce = a.r.Nonce
			}
			if audience == "" {
				audience = a.r.ClientID
			}
			compact := adaPerson(t)
			return a.posts(a.form("person", strictjson.String(ada.ShowSD(t, compact, nonce, audience, "/given_name", "/over18"))))
		}
	}
	return []attack{
		{"another nonce", "CHALLENGE_MISMATCH", shown("another", "CLIENT")},
		{"an empty one", "CHALLENGE_MISMATCH", shown("", "CLIENT")},
		{"the state", "CHALLENGE_MISMATCH", shown("STATE", "CLIENT")},
		{"the id", "CHALLENGE_MISMATCH", shown("ID", "CLIENT")},
		{"with a space behind", "CHALLENGE_MISMATCH", shown("NONCE ", "CLIENT")},
		{"twice", "CHALLENGE_MISMATCH", shown("NONCENONCE", "CLIENT")},
		{"of another question", "CHALLENGE_MISMATCH", func(a *attacked) requesttest.Reply {
			return a.posts(a.form("proof1", a.present(a.another("").r)))
		}},
		{"what was answered before", "CHALLENGE_MISMATCH", func(a *attacked) requesttest.Reply {
			old := a.present(a.r)
			a.posts(a.form("proof1", old))
			a.asks(`,"same_device":true`)
			return a.posts(a.form("proof1", old))
		}},
		{"of a token", "CHALLENGE_MISMATCH", token("another", "")},

		{"another verifier", "DOMAIN_MISMATCH", shown("NONCE", "decentralized_identifier:OTHER")},
		{"none", "DOMAIN_MISMATCH", shown("NONCE", "")},
		{"the client without its prefix", "DOMAIN_MISMATCH", shown("NONCE", "DID")},
		{"another prefix", "DOMAIN_MISMATCH", shown("NONCE", "redirect_uri:ANSWER")},
		{"where the answer goes", "DOMAIN_MISMATCH", shown("NONCE", "ANSWER")},
		{"the origin", "DOMAIN_MISMATCH", shown("NONCE", "HERE")},
		{"with a slash behind", "DOMAIN_MISMATCH", shown("NONCE", "CLIENT/")},
		{"with its key", "DOMAIN_MISMATCH", shown("NONCE", "CLIENT#key-1")},
		{"of a token", "DOMAIN_MISMATCH", token("", "https://verifier.example")},
	}
}

// satisfyingAttacks are good presentations of something else than was asked for.
func satisfyingAttacks(t *testing.T) []attack {
	t.Helper()
	const code = "DCQL_NOT_SATISFIED"
	badge := issuing.Badge(ada)
	other := testissuer.Set(badge, "credentialSubject/achievement/id", strictjson.String("https://school.example/other"))
	show := func(a *attacked, docs ...strictjson.Value) strictjson.Value {
		for i := range docs {
			docs[i] = issuing.Sign(t, docs[i])
		}
		return ada.Answer(t, ada.Present(docs...), a.r.Nonce, a.r.ClientID)
	}
	of := func(docs ...strictjson.Value) func(*attacked) requesttest.Reply {
		return func(a *attacked) requesttest.Reply {
			return a.posts(a.form("proof1", show(a, append([]strictjson.Value{}, docs...)...)))
		}
	}
	return []attack{
		{"another achievement", code, of(other)},
		{"its name alone", code, of(testissuer.Set(other, "credentialSubject/achievement/name", strictjson.String("Data Analysis")))},
		{"its id elsewhere", code, of(testissuer.Set(other, "credentialSubject/achievement/tag", strictjson.Strings(dataBadge)))},
		{"its id with a slash", code, of(testissuer.Set(badge, "credentialSubject/achievement/id", strictjson.String(dataBadge+"/")))},
		{"two for one", code, of(badge, badge)},
		{"and something that was not asked for", code, of(badge, other)},
		{"under a name that was not asked", code, func(a *attacked) requesttest.Reply { return a.posts(a.form("proof2", show(a, badge))) }},
		{"as another format", code, func(a *attacked) requesttest.Reply { return a.posts(a.form("proof1_b", show(a, badge))) }},
		{"the same twice", code, func(a *attacked) requesttest.Reply { vp := show(a, badge); return a.posts(a.form("proof1", vp, vp)) }},
		{"a badge that nobody presents", code, func(a *attacked) requesttest.Reply { return a.posts(a.form("proof1", issuing.Sign(t, badge))) }},
	}
}

// sessionAttacks are good answers at the wrong time, and to the wrong person.
func sessionAttacks(t *testing.T) []attack {
	t.Helper()
	after := func(first, second func(a *attacked) requesttest.Reply) func(*attacked) requesttest.Reply {
		return func(a *attacked) requesttest.Reply {
			if got := first(a); got.Status/100 > 3 {
				t.Errorf("the first: %d %s", got.Status, got.Body)
			}
			return second(a)
		}
	}
	answers := func(a *attacked) requesttest.Reply { return a.posts(a.good()) }
	refuses := func(a *attacked) requesttest.Reply { return a.posts(string(a.r.Refusal("access_denied", ""))) }
	uploads := func(a *attacked) requesttest.Reply {
		return a.do("POST", a.asked.Page+"/upload", string(issuing.Sign(t, issuing.Badge(ada)).JSON()), "Content-Type", "application/json")
	}
	fetches := func(a *attacked) requesttest.Reply { return a.do("GET", a.asked.RequestURI, "") }
	fetchesByPost := func(a *attacked) requesttest.Reply {
		return a.do("POST", a.asked.RequestURI, "wallet_nonce=abc", "Content-Type", formType)
	}
	malformed := func(a *attacked) requesttest.Reply { return a.posts("x=y") }
	late := func(then func(a *attacked) requesttest.Reply) func(*attacked) requesttest.Reply {
		return func(a *attacked) requesttest.Reply {
			a.Pass(11 * time.Minute)
			return then(a)
		}
	}
	back := func(code func(a *attacked) string) func(*attacked) requesttest.Reply {
		return func(a *attacked) requesttest.Reply {
			answers(a)
			return a.do("GET", fmt.Sprintf("%s?response_code=%s", a.asked.Result, code(a)), "")
		}
	}
	return []attack{
		{"the same answer again", "SESSION_CONSUMED", after(answers, answers)},
		{"a refusal after an answer", "SESSION_CONSUMED", after(answers, refuses)},
		{"an answer after a refusal", "SESSION_CONSUMED", after(refuses, answers)},
		{"files after an answer", "SESSION_CONSUMED", after(answers, uploads)},
		{"an answer after files", "SESSION_CONSUMED", after(uploads, answers)},
		{"what cannot be read, after an answer", "SESSION_CONSUMED", after(answers, malformed)},
		{"the request after its answer", "SESSION_CONSUMED", after(answers, fetches)},
		{"the request after its answer, by POST", "SESSION_CONSUMED", after(answers, fetchesByPost)},

		{"an answer", "SESSION_EXPIRED", late(answers)},
		{"a refusal", "SESSION_EXPIRED", late(refuses)},
		{"files", "SESSION_EXPIRED", late(uploads)},
		{"the request", "SESSION_EXPIRED", late(fetches)},
		{"the request, by POST", "SESSION_EXPIRED", late(fetchesByPost)},
		{"what cannot be read", "SESSION_EXPIRED", late(malformed)},

		{"back without a code", "SESSION_MISMATCH", back(func(*attacked) string { return "" })},
		{"back with a guess", "SESSION_MISMATCH", back(func(*attacked) string { return "AAAAAAAAAAAAAAAAAAAAAA" })},
		{"back with a part", "SESSION_MISMATCH", back(func(a *attacked) string { return a.code[:21] })},
		{"back with more", "SESSION_MISMATCH", back(func(a *attacked) string { return a.code + "A" })},
		{"back with the state", "SESSION_MISMATCH", back(func(a *attacked) string { return a.r.State })},
		{"back with the code of another question", "SESSION_MISMATCH", back(func(a *attacked) string {
			b := a.another("")
			b.posts(b.good())
			return b.code
		})},
	}
}

package published

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"laurel/internal/jose"
	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/proof"
)

// suiteRefusals are the codes of the inputs that the W3C's suite wants refused.
var suiteRefusals = map[string]string{
	"credential-jose-unknown-extensions.txt": "VERIFICATION_METHOD_UNRESOLVABLE", // signed with another key than the one given
	"credential-minimal.json":                "PROOF_MISSING",
	"presentation-single.json":               "PRESENTATION_PROOF_MISSING",
	"credential-jose-bad-signature.txt":      "SIGNATURE_INVALID",
	"credential-jose-bad-media-type.txt":     "TYP_MISMATCH",
	"presentation-jose-bad-media-type.txt":   "TYP_MISMATCH",
	"credential-jose-vc-vp-claims.txt":       "STRUCTURE_INVALID",
	"presentation-jose-bad-credential.txt":   "STRUCTURE_INVALID",
	"credential-sdjwt-bad-signature.txt":     "SIGNATURE_INVALID",
	"credential-sdjwt-bad-media-type.txt":    "TYP_MISMATCH",
	"presentation-sdjwt-bad-media-type.txt":  "TYP_MISMATCH",
	"presentation-sdjwt-bad-credential.txt":  "TYP_MISMATCH",
}

// suiteVerdicts are inputs whose signatures hold, as the suite wants, and which an
// employer would be told more of: the badges in the presentations are not their
// presenter's, or damaged, or in an encoding that is not read.
var suiteVerdicts = map[string]string{
	"credential-full.json":             "STATUS_TYPE_UNKNOWN", // a draft's status list
	"presentation-single.json":         "MALFORMED_JWT",
	"presentation-multiple.json":       "HOLDER_BINDING_FAILED",
	"presentation-jose-multiple.txt":   "HOLDER_BINDING_FAILED",
	"presentation-selective.json":      "HOLDER_BINDING_FAILED",
	"presentation-sdjwt-selective.txt": "HOLDER_BINDING_FAILED",
}

// suite are the inputs of the W3C's test suite of VC-JOSE-COSE without COSE: those
// that are to be verified as they are, those that are to be issued as Laurel does.
func (s shelf) suite() []Case {
	s.Helper()
	// The suite's presentations are valid for a day.
	at := time.Date(2024, 12, 16, 12, 0, 0, 0, time.UTC)
	mapping := s.json("vc-jose-cose/test-mapping.json")
	var all []Case
	for _, group := range []string{"JOSETestMapping", "SDJWTTestMapping"} {
		for _, m := range mapping.Get(group).Members() {
			input := m.Value.Get("input_file").Str()
			vm := s.json("vc-jose-cose/" + m.Value.Get("key_file").Str())
			c := Case{Group: "vc-jose-cose", Name: m.Name + ", " + input, At: at, Pages: s.suiteKeys(vm, strings.HasPrefix(input, "presentation")), Verdict: accepted}
			wanted := m.Value.Get("expected_result").Str() == "success"
			switch {
			case m.Value.Get("fn").Str() == "verify":
				c.Data = s.read("vc-jose-cose/" + input)
			case wanted:
				c.Data = []byte(s.issue(m.Value, vm, at.Add(-time.Hour)))
			default:
				continue // nothing is issued that could be sent
			}
			if !wanted {
				c.Verdict, c.Code = rejected, suiteRefusals[input]
			} else if code, other := suiteVerdicts[input]; other {
				c.Verdict, c.Code = rejected, code
				if code == "STATUS_TYPE_UNKNOWN" {
					c.Verdict = undetermined
				}
			}
			all = append(all, c)
			if wanted {
				c.Data = []byte(strings.TrimSpace(string(c.Data)))
				all = append(all, s.twins(c, nil)...)
			}
		}
	}
	return all
}

// suiteKeys is the document of the suite's one controller, with that key, and for
// presentations those of the credentials in them as well.
func (s shelf) suiteKeys(vm strictjson.Value, others bool) map[string][]byte {
	s.Helper()
	methods := []strictjson.Value{vm.Without("secretKeyJwk")}
	for _, file := range []string{"vm-p256.json", "vm-p384.json", "vm-p521.json", "vm-ed25519.json"} {
		other := s.json("vc-jose-cose/" + file).Without("secretKeyJwk")
		if others && other.Get("id").Str() != vm.Get("id").Str() {
			methods = append(methods, other)
		}
	}
	controller, _, _ := strings.Cut(vm.Get("id").Str(), "#")
	doc := strictjson.Object(
		strictjson.Member{Name: "id", Value: text(controller)},
		strictjson.Member{Name: "assertionMethod", Value: strictjson.Array(methods...)},
		strictjson.Member{Name: "authentication", Value: strictjson.Strings(vm.Get("id").Str())},
	)
	return map[string][]byte{controller: doc.JSON()}
}

// issue secures an input as the test says.
func (s shelf) issue(test, vm strictjson.Value, at time.Time) string {
	s.Helper()
	doc := s.json("vc-jose-cose/" + test.Get("input_file").Str())
	opt := proof.SignOptions{
		Suite: proof.VCJOSE{Contexts: jsonld.Embedded()}, Key: s.key(vm.Get("secretKeyJwk")), Method: vm.Get("id").Str(), Created: at,
	}
	var compact string
	var err error
	if paths := test.Get("disclosure_paths"); paths.Exists() {
		var pointers []string
		for _, p := range paths.Elems() {
			pointers = append(pointers, "/"+strings.NewReplacer(".", "/", "[", "/", "]", "").Replace(p.Str()))
		}
		compact, err = proof.IssueSDJWT(doc, proof.SDJWTOptions{SignOptions: opt, Disclosable: pointers})
	} else {
		compact, err = proof.SignJWT(doc, opt)
	}
	if err != nil {
		s.Fatalf("%s: %v", test.Get("input_file").Str(), err)
	}
	return compact
}

// lists are the vectors of the Token Status List, each looked up for tokens that
// name some of its places, and the signed list that the specification prints.
func (s shelf) lists() []Case {
	s.Helper()
	file := s.json("token-status-list/vectors.json")
	jwk := file.Get("example_key")
	key := s.key(jwk)
	const issuer = "https://example.com"
	var all []Case
	for i, v := range file.Get("vectors").Elems() {
		url := issuer + "/statuslists/vector-" + strconv.Itoa(i)
		list := strictjson.Object(
			strictjson.Member{Name: "sub", Value: text(url)},
			strictjson.Member{Name: "iat", Value: strictjson.Int(int(when.Unix()) - 60)},
			strictjson.Member{Name: "status_list", Value: strictjson.Object(
				strictjson.Member{Name: "bits", Value: v.Get("bits")}, strictjson.Member{Name: "lst", Value: v.Get("lst")},
			)},
		)
		signed := s.sign(testissuer.Parse(`{"typ":"statuslist+jwt","kid":"12"}`), list, key)
		all = append(all, s.places(v.Get("name").Str(), url, signed, placesOf(v), jwk)...)
	}
	// Sixteen entries of one bit, in a list that was signed for its specification.
	published := file.Get("status_list_jwt").Str()
	places := placesOf(testissuer.Parse(`{"bits":1,"byte_array":[185,163]}`))
	return append(all, s.places("as it is printed", file.Get("status_list_jwt_payload").Get("sub").Str(), published, places, jwk)...)
}

// placesOf are entries of a vector with what they say: those that it names, or all
// of a short one, from the right of each byte.
func placesOf(v strictjson.Value) map[int]int {
	const most = 16
	out := make(map[int]int)
	for _, m := range v.Get("expect").Members() {
		i, _ := strconv.Atoi(m.Name)
		literal, _ := m.Value.Literal()
		n, _ := strconv.Atoi(literal)
		if len(out) < most {
			out[i] = n
		}
	}
	literal, _ := v.Get("bits").Literal()
	bits, _ := strconv.Atoi(literal)
	for i, b := range v.Get("byte_array").Elems() {
		literal, _ := b.Literal()
		octet, _ := strconv.Atoi(literal)
		for at := 0; at < 8; at += bits {
			out[(i*8+at)/bits] = octet >> at & (1<<bits - 1)
		}
	}
	return out
}

// places makes a case for each place of a list, and twins of the list.
func (s shelf) places(name, url, signed string, places map[int]int, jwk strictjson.Value) []Case {
	s.Helper()
	token := func(index int) []byte {
		claims := `{"iss":"https://example.com","vct":"https://example.com/type","status":{"status_list":{"idx":` + strconv.Itoa(index) + `,"uri":"` + url + `"}}}`
		return []byte(s.sign(testissuer.Parse(`{"typ":"dc+sd-jwt","kid":"12"}`), testissuer.Parse(claims), s.key(jwk)) + "~")
	}
	pages := func(list string) map[string][]byte {
		out := metadata("https://example.com", jwk, "12")
		if list != "" {
			out[url] = []byte(list)
		}
		return out
	}
	c := Case{Group: "token-status-list", At: when, Pages: pages(signed)}
	var all []Case
	clear := -1
	indexes := make([]int, 0, len(places))
	for i := range places {
		indexes = append(indexes, i)
	}
	slices.Sort(indexes)
	for _, i := range indexes {
		c.Name, c.Data, c.Verdict, c.Code = name+", place "+strconv.Itoa(i), token(i), undetermined, "STATUS_TYPE_UNKNOWN"
		switch places[i] {
		case 0:
			c.Verdict, c.Code, clear = accepted, "", i
		case 1:
			c.Verdict, c.Code = rejected, "STATUS_REVOKED"
		case 2:
			c.Verdict, c.Code = rejected, "STATUS_SUSPENDED"
		}
		all = append(all, c)
	}
	if clear < 0 {
		clear = 1 // of the large lists the places that are not named are clear
	}
	add := func(twin, verdict, code, list string, index int) {
		c.Twin, c.Name, c.Data, c.Pages, c.Verdict, c.Code = true, name+", "+twin, token(index), pages(list), verdict, code
		all = append(all, c)
	}
	parts := strings.Split(signed, ".")
	add("past the end", rejected, "RANGE_ERROR", signed, 1<<30)
	add("not there", undetermined, "STATUS_RETRIEVAL_ERROR", "", clear)
	add("cut", undetermined, "STATUS_RETRIEVAL_ERROR", parts[0]+"."+parts[1], clear)
	add("another signature", undetermined, "STATUS_VERIFICATION_ERROR", parts[0]+"."+parts[1]+"."+jose.Encode(make([]byte, 64)), clear)
	add("no algorithm", undetermined, "STATUS_VERIFICATION_ERROR", s.reheaded(parts[0], "alg", "none")+"."+parts[1]+".", clear)
	add("another type", undetermined, "STATUS_VERIFICATION_ERROR", s.sign(testissuer.Parse(`{"typ":"JWT","kid":"12"}`), s.payload(signed), s.key(jwk)), clear)
	add("another address", undetermined, "STATUS_VERIFICATION_ERROR", s.sign(testissuer.Parse(`{"typ":"statuslist+jwt","kid":"12"}`), s.payload(signed).With("sub", text(url+"0")), s.key(jwk)), clear)
	add("ended", undetermined, "STATUS_VERIFICATION_ERROR", s.sign(testissuer.Parse(`{"typ":"statuslist+jwt","kid":"12"}`), s.payload(signed).With("exp", strictjson.Int(int(when.Unix()))), s.key(jwk)), clear)
	add("by a stranger", undetermined, "STATUS_VERIFICATION_ERROR", s.sign(testissuer.Parse(`{"typ":"statuslist+jwt","kid":"12"}`), s.payload(signed), testissuer.New("stranger").Key), clear)
	return all
}

// payload is that of a token.
func (s shelf) payload(compact string) strictjson.Value {
	s.Helper()
	m, err := jose.Parse([]byte(compact))
	if err != nil {
		s.Fatal(err)
	}
	claims, err := m.Claims()
	if err != nil {
		s.Fatal(err)
	}
	return claims
}

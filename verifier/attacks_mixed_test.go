package verifier

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"strings"
	"testing"
	"time"

	"laurel/internal/jose"
	"laurel/internal/sdjwt"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/proof"
)

// The tables of this file put one mechanism into another: tokens in envelopes, in
// presentations of every kind, and disclosures where they do not belong.

// envelope is an EnvelopedVerifiableCredential or Presentation with any id.
func enveloped(kind, id string) strictjson.Value {
	return testissuer.Parse(`{"@context":"https://www.w3.org/ns/credentials/v2","type":"` + kind + `","id":"` + id + `"}`)
}

func attackEnvelopes(t *testing.T, n census) {
	good := string(badgeToken("", absent))
	whole := envelop(t, good)
	id := whole.Get("id").Str()
	vp := learner.SignJWT(t, learner.Present(whole), proof.SignOptions{Challenge: challenge, Domain: domain, Created: testissuer.Now})
	plain := school.Token(t, `{"typ":"JWT","kid":"`+school.Method+`"}`, `{"vc":`+string(school.Badge(learner).JSON())+`}`)
	sd := school.IssueSD(t, school.Badge(learner), learner, disclosable)
	credential := func(id string) []byte { return enveloped("EnvelopedVerifiableCredential", id).JSON() }
	tokenOf := func(doc strictjson.Value) []byte {
		return signedText(`{"alg":"EdDSA","typ":"vc+jwt","kid":"`+school.Method+`"}`, string(doc.JSON()))
	}
	n.run(t, reading, Expectation{}, []attack{
		{"a parameter", credential("data:application/vc+jwt;charset=utf-8," + good), MediaTypeUnsupported},
		{"base64", credential("data:application/vc+jwt;base64," + jose.Encode([]byte(good))), MediaTypeUnsupported},
		{"percent-encoding", credential("data:application/vc+jwt," + strings.Replace(good, ".", "%2E", 1)), MediaTypeUnsupported},
		{"another media type", credential("data:text/plain," + good), MediaTypeUnsupported},
		{"a media type in capitals", credential("data:application/VC+JWT," + good), MediaTypeUnsupported},
		{"COSE", credential("data:application/vc+cose," + good), MediaTypeUnsupported},

		{"no media type", credential("data:," + good), StructureInvalid},
		{"no comma", credential("data:application/vc+jwt"), StructureInvalid},
		{"nothing inside", credential("data:application/vc+jwt,"), StructureInvalid},
		{"an address", credential("https://school.example/badge.jwt"), StructureInvalid},
		{"two types", whole.With("type", strictjson.Strings("EnvelopedVerifiableCredential", "VerifiableCredential")).JSON(), StructureInvalid},
		{"both kinds", whole.With("type", strictjson.Strings("EnvelopedVerifiableCredential", "EnvelopedVerifiablePresentation")).JSON(), StructureInvalid},
		{"no context", whole.Without("@context").JSON(), StructureInvalid},
		{"a list of ids", whole.With("id", strictjson.Strings(id, id)).JSON(), StructureInvalid},
		{"an envelope inside the token", tokenOf(whole), StructureInvalid},
		{"a presentation inside a credential's token", tokenOf(learner.Present(whole)), StructureInvalid},
		{"the other version's context", whole.With("@context", str("https://www.w3.org/2018/credentials/v1")).JSON(), ContextOrder},

		{"the label of a presentation", credential("data:application/vp+jwt," + good), TypeMismatch},
		{"the label of disclosures", credential("data:application/vc+sd-jwt," + good), TypeMismatch},
		{"the label of claims", credential("data:application/dc+sd-jwt," + sd), TypeMismatch},
		{"the label of old tokens", credential("data:application/jwt," + good), TypeMismatch},
		{"an old token under a new label", credential("data:application/vc+jwt," + plain), TypeMismatch},
		{"a presentation as a credential", credential("data:application/vp+jwt," + vp), TypeMismatch},
		{"a credential as a presentation", enveloped("EnvelopedVerifiablePresentation", id).JSON(), TypeMismatch},

		{"white space before the token", credential("data:application/vc+jwt, " + good), MalformedJWT},
		{"two tokens", credential("data:application/vc+jwt," + good + "," + good), MalformedJWT},
		{"JSON", credential("data:application/vc+jwt,{}"), MalformedJWT},
	})
	// What stands beside the token in an envelope is nobody's word.
	r := verify(t, reading(t), whole.With("name", str("Professor")).With("credentialSubject", testissuer.Parse(`{"id":"`+stranger.ID+`"}`)).JSON(), Expectation{})
	if r.Verdict != Accepted || r.Badge.Title() != "Data Analysis" || r.Badge.Earner.ID != learner.ID {
		t.Errorf("%s: %q for %q", r.Verdict, r.Badge.Title(), r.Badge.Earner.ID)
	}
}

// attackMixed presents tokens in documents, documents in tokens, and what is not
// the presenter's in both.
func attackMixed(t *testing.T, n census) {
	jwt := envelop(t, string(badgeToken("", absent)))
	others := envelop(t, school.SignJWT(t, school.Badge(stranger), proof.SignOptions{}))
	pid := issuePID(t, confirmation(t, learner))
	nobodys := testissuer.Set(school.Badge(learner), "credentialSubject/id", absent)
	bound := school.IssueSD(t, nobodys, stranger, proof.SDJWTOptions{})
	answer := proof.SignOptions{Challenge: challenge, Domain: domain, Created: testissuer.Now}
	inToken := func(by *testissuer.Party, parts ...strictjson.Value) []byte {
		return []byte(by.SignJWT(t, by.Present(parts...), answer))
	}
	inDocument := func(by *testissuer.Party, parts ...strictjson.Value) []byte {
		return by.Answer(t, by.Present(parts...), challenge, domain).JSON()
	}
	raw := func(parts ...strictjson.Value) []byte {
		doc := learner.Present(parts...).With("nonce", str(challenge)).With("aud", str(domain))
		return []byte(learner.Token(t, `{"typ":"vp+jwt","kid":"`+learner.Method+`"}`, string(doc.JSON())))
	}
	badge := school.Sign(t, school.Badge(learner))
	shown := learner.ShowSD(t, pid, challenge, domain)
	n.run(t, reading, asked, []attack{
		{"another's token in a token", inToken(learner, others), HolderBindingFailed},
		{"another's token in a document", inDocument(learner, others), HolderBindingFailed},
		{"another's among mine", inDocument(learner, badge, jwt, others), HolderBindingFailed},
		{"another's document in a token", inToken(learner, school.Sign(t, school.Badge(stranger))), HolderBindingFailed},
		{"claims of another's key in a document", inDocument(stranger, envelop(t, pid)), HolderBindingFailed},
		{"claims of another's key in a token", inToken(stranger, envelop(t, pid)), HolderBindingFailed},
		{"claims that another showed, in my document", inDocument(stranger, envelop(t, shown)), HolderBindingFailed},
		{"nobody's badge, with another's key named", inDocument(learner, envelop(t, bound)), HolderBindingFailed},
		{"my badge, and another who signs", inDocument(stranger, jwt), HolderBindingFailed},
		{"my badge as a part, and another who signs", inDocument(stranger, envelop(t, learner.ShowSD(t, school.IssueSD(t, school.Badge(learner), learner, disclosable), challenge, domain))), HolderBindingFailed},

		{"a presentation in a presentation", raw(learner.Present(jwt)), StructureInvalid},
		{"a signed presentation in a presentation", raw(learner.Answer(t, learner.Present(badge), challenge, domain)), StructureInvalid},
		{"an envelope of a presentation as a credential", raw(envelop(t, string(inToken(learner, jwt)))), StructureInvalid},
		{"a token as a text", raw(str(string(badgeToken("", absent)))), StructureInvalid},
		{"an envelope in an envelope", raw(envelop(t, string(badgeToken("", absent))).With("id", jwt)), StructureInvalid},

		{"an answer of before inside", inDocument(learner, envelop(t, learner.ShowSD(t, pid, "yesterday", domain))), ChallengeMismatch},
		{"an answer of before, as a token", []byte(learner.SignJWT(t, learner.Present(jwt), proof.SignOptions{Challenge: "yesterday", Domain: domain, Created: testissuer.Now})), ChallengeMismatch},
		{"the challenge of one, the key binding of another", inToken(learner, envelop(t, learner.ShowSD(t, pid, "another", domain))), ChallengeMismatch},
		{"an answer for another inside", inDocument(learner, envelop(t, learner.ShowSD(t, pid, challenge, "https://other.example"))), DomainMismatch},
		{"an answer for another, as a token", []byte(learner.SignJWT(t, learner.Present(jwt), proof.SignOptions{Challenge: challenge, Domain: "https://other.example", Created: testissuer.Now})), DomainMismatch},

		{"a forged token in a document", inDocument(learner, enveloped("EnvelopedVerifiableCredential", strings.Replace(jwt.Get("id").Str(), ".", ".e30A.", 1))), MalformedJWT},
		{"a token exchanged in a document", testissuer.Set(testissuer.Parse(string(inDocument(learner, jwt))), "verifiableCredential", strictjson.Array(others)).JSON(), SignatureInvalid},
		{"a document changed in a token", inToken(learner, testissuer.Set(badge, "name", str("Professor"))), SignatureInvalid},
		{"a token of nobody's signature in a document", inDocument(learner, envelop(t, string(stranger.Token(t, `{"typ":"vc+jwt","kid":"`+school.Method+`"}`, string(school.Badge(learner).JSON()))))), SignatureInvalid},
	})
}

// attackOverwrites has disclosures that would change what the signed payload says,
// and says things twice.
func attackOverwrites(t *testing.T, n census) {
	// hiding signs claims, with disclosures of any text wherever the payload has a
	// place for the digest: "@1" is the first.
	hiding := func(typ, payload string, texts ...string) []byte {
		token := ""
		for i, text := range texts {
			d := jose.Encode([]byte(text))
			sum := sha256.Sum256([]byte(d))
			payload = strings.ReplaceAll(payload, "@"+string(rune('1'+i)), jose.Encode(sum[:]))
			for j := i + 1; j < len(texts); j++ {
				texts[j] = strings.ReplaceAll(texts[j], "@"+string(rune('1'+i)), jose.Encode(sum[:]))
			}
			token += "~" + d
		}
		kid := "2026"
		if typ != "dc+sd-jwt" {
			kid = school.Method
		}
		return []byte(school.Token(t, `{"typ":"`+typ+`","kid":"`+kid+`"}`, payload) + token + "~")
	}
	claims := func(member, text string, more ...string) []byte {
		return hiding("dc+sd-jwt", pidClaims(`,`+member), append([]string{text}, more...)...)
	}
	one := func(text string) []byte { return claims(`"_sd":["@1"]`, text) }
	badge := func(member, text string) []byte {
		return hiding("vc+sd-jwt", strings.Replace(string(school.Badge(learner).JSON()), "{", "{"+member+",", 1), text)
	}
	top := func(text string) []byte { return badge(`"_sd":["@1"]`, text) }
	inSubject := strings.Replace(string(school.Badge(learner).JSON()), `"credentialSubject":{`, `"credentialSubject":{"_sd":["@1"],`, 1)
	n.run(t, reading, Expectation{}, []attack{
		{"iss", one(`["s","iss","` + stranger.ID + `"]`), DisclosureInvalid},
		{"vct", one(`["s","vct","https://school.example/types/dean"]`), DisclosureInvalid},
		{"exp", one(`["s","exp",4102444800]`), DisclosureInvalid},
		{"nbf", one(`["s","nbf",1]`), DisclosureInvalid},
		{"cnf", one(`["s","cnf",{"jwk":` + stranger.JWK(t) + `}]`), DisclosureInvalid},
		{"status", one(`["s","status",{}]`), DisclosureInvalid},
		{"vct#integrity", one(`["s","vct#integrity","sha256-x"]`), DisclosureInvalid},
		{"a key inside cnf", claims(`"cnf":{"_sd":["@1"]}`, `["s","jwk",`+stranger.JWK(t)+`]`), DisclosureInvalid},
		{"a place inside status", claims(`"status":{"_sd":["@1"]}`, `["s","status_list",{"idx":0,"uri":"https://evil.example"}]`), DisclosureInvalid},
		{"another given name", one(`["s","given_name","Bob"]`), DisclosureInvalid},
		{"two of one name", claims(`"_sd":["@1","@2"]`, `["s","role","a"]`, `["t","role","b"]`), DisclosureInvalid},
		{"a name that only its escape tells apart", one(`["s","given\u005fname","Bob"]`), DisclosureInvalid},
		{"_sd", one(`["s","_sd",["x"]]`), DisclosureInvalid},
		{"_sd inside a disclosed member, of a digest that is there", claims(`"_sd":["@1"],"x":{"_sd":["@1"]}`, `["s","role","a"]`), DisclosureInvalid},
		{"a disclosure that refers to a name beside it", claims(`"_sd":["@2"]`, `["s","role","a"]`, `["t","role2",{"role":"b","_sd":["@1","@1"]}]`), DisclosureInvalid},
		{"_sd_alg deep inside", claims(`"x":{"_sd_alg":"sha-256"}`, `["s","role","a"]`), DisclosureInvalid},
		{"three dots as a name", claims(`"x":{"...":"@1"}`, `["s","a"]`), DisclosureInvalid},
		{"three dots with something beside", claims(`"x":[{"...":"@1","y":1}]`, `["s","a"]`), DisclosureInvalid},
		{"three dots of a number", claims(`"x":[{"...":1}]`, `["s","a"]`), DisclosureInvalid},
		{"a member where an element is", claims(`"x":[{"...":"@1"}]`, `["s","role","a"]`), DisclosureInvalid},
		{"one digest for two elements", claims(`"x":[{"...":"@1"},{"...":"@1"}]`, `["s","a"]`), DisclosureInvalid},
		{"decoys that are the same", claims(`"_sd":["x","x"]`, `["s","a"]`), DisclosureInvalid},
		{"a digest that is an object", claims(`"_sd":[{"...":"@1"}]`, `["s","role","a"]`), DisclosureInvalid},
		{"a digest in itself", claims(`"y":["@1"]`, `["s","role","a"]`), DisclosureInvalid},

		{"the issuer of a badge", top(`["s","issuer","` + stranger.ID + `"]`), DisclosureInvalid},
		{"the end of a badge", top(`["s","validUntil","2099-01-01T00:00:00Z"]`), DisclosureInvalid},
		{"the contexts of a badge", top(`["s","@context",[]]`), DisclosureInvalid},
		{"the type of a badge", top(`["s","type",["VerifiableCredential"]]`), DisclosureInvalid},
		{"the earner of a badge", hiding("vc+sd-jwt", inSubject, `["s","id","`+stranger.ID+`"]`), DisclosureInvalid},
		{"a key for a badge", top(`["s","cnf",{"jwk":` + stranger.JWK(t) + `}]`), DisclosureInvalid},
		{"an issuer by its claim", top(`["s","iss","` + school.ID + `"]`), DisclosureInvalid},
		{"an old document", top(`["s","vc",{"type":["VerifiableCredential"]}]`), StructureInvalid},
		{"an old presentation", top(`["s","vp",{}]`), StructureInvalid},
		{"another id", top(`["s","jti","urn:uuid:7"]`), StructureInvalid},
		{"another subject", top(`["s","sub","` + stranger.ID + `"]`), StructureInvalid},
		{"a status that is a text", top(`["s","credentialStatus","none"]`), StructureInvalid},
	})
	old := func(outside, inside string) []byte {
		doc := strings.Replace(string(school.Badge(learner).JSON()), "{", "{"+inside, 1)
		return signedText(`{"alg":"EdDSA","typ":"JWT","kid":"`+school.Method+`"}`, `{`+outside+`"vc":`+doc+`}`)
	}
	n.run(t, reading, Expectation{}, []attack{
		{"an old token whose iss is another", old(`"iss":"`+stranger.ID+`",`, ""), IssuerMismatch},
		{"an old token whose sub is another", old(`"sub":"`+stranger.ID+`",`, ""), StructureInvalid},
		{"an old token whose jti is another", old(`"jti":"urn:uuid:7",`, ""), StructureInvalid},
		{"an old token that has ended outside", old(`"exp":1767225600,`, ""), CredentialExpired},
		{"an old token that has ended inside", []byte(school.Token(t, `{"typ":"JWT","kid":"`+school.Method+`"}`, `{"exp":4102444800,"vc":`+strings.Replace(string(school.Badge(learner).JSON()), "2030-06-01", "2026-01-01", 1)+`}`)), CredentialExpired},
		{"an old token that begins tomorrow outside", old(`"nbf":1900000000,`, ""), CredentialNotYetValid},
	})
}

// wide is a key on another curve than its algorithm would have.
func attackCurves(t *testing.T, n census) {
	payload := func(p *testissuer.Party) string { return string(p.Badge(learner).JSON()) }
	party := func(curve elliptic.Curve) *testissuer.Party {
		key, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return testissuer.With("x", key, nil)
	}
	// signs makes a token with that alg and a signature of that many bytes a number,
	// over the SHA-256 of what is signed.
	signs := func(p *testissuer.Party, alg string, size int) []byte {
		text := b64(`{"alg":"`+alg+`","typ":"vc+jwt","kid":"`+p.Method+`"}`) + "." + b64(payload(p))
		sum := sha256.Sum256([]byte(text))
		r, s, err := ecdsa.Sign(rand.Reader, p.Key.(*ecdsa.PrivateKey), sum[:])
		if err != nil {
			t.Fatal(err)
		}
		if n := max(len(r.Bytes()), len(s.Bytes())); n > size {
			size = n
		}
		return []byte(text + "." + jose.Encode(append(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...)))
	}
	small, large := party(elliptic.P256()), party(elliptic.P384())
	valid := small.Token(t, `{"typ":"vc+jwt","kid":"`+small.Method+`"}`, payload(small))
	body := valid[:strings.LastIndex(valid, ".")+1]
	zeros := jose.Encode(make([]byte, 64))
	n.run(t, reading, Expectation{}, []attack{
		{"ES256 on P-384", signs(large, "ES256", 48), AlgorithmNotAllowed},
		{"ES384 on P-256", signs(small, "ES384", 32), AlgorithmNotAllowed},
		{"ES512 on P-384", signs(large, "ES512", 48), AlgorithmNotAllowed},
		{"ES256K on P-256", signs(small, "ES256K", 32), AlgorithmNotAllowed},
		{"EdDSA on P-256", signs(small, "EdDSA", 32), AlgorithmNotAllowed},
		{"RS256 on P-256", signs(small, "RS256", 32), AlgorithmNotAllowed},
		{"HS256 on P-256", signs(small, "HS256", 32), AlgorithmNotAllowed},
		{"SHA-256 under ES384", signs(large, "ES384", 48), SignatureInvalid},
		{"r and s of zero", []byte(body + zeros), SignatureInvalid},
		{"a signature in ASN.1", []byte(body + jose.Encode(append([]byte{0x30, 68, 2, 32}, make([]byte, 66)...))), SignatureInvalid},
		{"a number too long", signs(small, "ES256", 33), SignatureInvalid},
		{"a detached payload", []byte(strings.Split(valid, ".")[0] + ".." + strings.Split(valid, ".")[2]), MalformedJWT},
	})
}

// attackKeyNames has headers that send the verifier elsewhere for the key.
func attackKeyNames(t *testing.T, n census) {
	payload := string(school.Badge(learner).JSON())
	typ := `"alg":"EdDSA","typ":"vc+jwt",`
	key := func(more string) []byte { return []byte(stranger.Token(t, `{"typ":"vc+jwt",`+more+`}`, payload)) }
	claims := func(header string) []byte {
		return []byte(school.Token(t, `{"typ":"dc+sd-jwt"`+header+`}`, pidClaims("")) + "~")
	}
	authority := testissuer.NewAuthority(t, "Register")
	n.run(t, reading, Expectation{}, []attack{
		{"a key set elsewhere", key(`"jku":"https://evil.example/keys"`), VerificationMethodUnresolvable},
		{"a key set elsewhere, and the school's kid", key(`"jku":"https://evil.example/keys","kid":"` + school.Method + `"`), SignatureInvalid},
		{"certificates elsewhere", key(`"x5u":"https://evil.example/cert"`), VerificationMethodUnresolvable},
		{"certificates elsewhere, and the school's kid", key(`"x5u":"https://evil.example/cert","kid":"` + school.Method + `"`), SignatureInvalid},
		{"a thumbprint", key(`"x5t#S256":"AAAA"`), VerificationMethodUnresolvable},
		{"another alphabet in the kid", withHeader(typ + `"kid":"` + strings.Replace(school.Method, "z6Mk", "z6М\u006b", 1) + `"`), KeyInvalid},
		{"a kid with a space", withHeader(typ + `"kid":"` + school.Method + ` "`), VerificationMethodUnresolvable},
		{"a kid with a zero byte", withHeader(typ + `"kid":"` + school.Method + `\u0000"`), VerificationMethodUnresolvable},
		{"a kid with two fragments", withHeader(typ + `"kid":"` + school.Method + `#` + strings.TrimPrefix(school.ID, "did:key:") + `"`), VerificationMethodUnresolvable},
		{"a kid that is empty", withHeader(typ + `"kid":""`), MalformedJWT},
		{"a kid that is a list", withHeader(typ + `"kid":["` + school.Method + `"]`), MalformedJWT},
		{"a kid of full-width digits", claims(`,"kid":"２０２６"`), VerificationMethodUnresolvable},
		{"a kid in other digits", claims(`,"kid":"٢٠٢٦"`), VerificationMethodUnresolvable},
		{"a kid with an invisible character", claims(`,"kid":"2026\u200b"`), VerificationMethodUnresolvable},
		{"certificates that nobody vouches for", claims(`,"x5c":` + authority.Certify(t, testissuer.Draft(pidIssuer, ""), school.Key.Public())), VerificationMethodUnresolvable},
		{"a kid on this machine", withHeader(typ + `"kid":"https://127.0.0.1/keys#1"`), DIDResolutionFailed},
		{"a kid in a cloud", withHeader(typ + `"kid":"https://169.254.169.254/latest#1"`), DIDResolutionFailed},
		{"a kid of another's page", withHeader(typ + `"kid":"https://evil.example/keys#1"`), DIDResolutionFailed},
		{"a kid by http", withHeader(typ + `"kid":"http://school.example/keys#1"`), DIDResolutionFailed},
		{"a kid in a file", withHeader(typ + `"kid":"file:///etc/passwd#1"`), VerificationMethodUnresolvable},
	})
	// Of all of these only a kid is a reason to ask for anything.
	for name, header := range map[string]string{
		"jku": `"jku":"https://evil.example/keys"`, "x5u": `"x5u":"https://evil.example/cert"`, "jwk": `"jwk":` + stranger.JWK(t),
		"a crit that is refused": `"crit":["x"],"kid":"https://evil.example/keys#1"`, "none": `"alg":"none","kid":"https://evil.example/keys#1"`,
	} {
		v := reading(t)
		if !strings.Contains(header, `"alg"`) {
			header = `"alg":"EdDSA",` + header
		}
		verify(t, v, withHeader(`"typ":"vc+jwt",`+header), Expectation{})
		if got := v.Status.Fetch.(*testissuer.Web).Fetches.Load(); got != 0 {
			t.Errorf("%s: %d fetches", name, got)
		}
	}
}

// attackJSONForm has the flattened JSON form of SD-JWT, with more in it than one
// token.
func attackJSONForm(t *testing.T, n census) {
	whole := school.IssueSD(t, school.Badge(learner), learner, disclosable)
	parts := strings.Split(strings.TrimSuffix(whole, "~"), "~")
	jwt := strings.Split(parts[0], ".")
	form := func(more, header string) []byte {
		return []byte(`{"payload":"` + jwt[1] + `","protected":"` + jwt[0] + `","signature":"` + jwt[2] + `"` + more + `,"header":{` + header + `}}`)
	}
	list := `"disclosures":["` + strings.Join(parts[1:], `","`) + `"]`
	if r := verify(t, reading(t), form("", list), Expectation{}); r.Verdict != Accepted || r.Badge.Title() != "Data Analysis" {
		t.Fatalf("the form itself: %s", codes(r))
	}
	kb := learner.ShowSD(t, whole, challenge, domain)
	n.run(t, reading, Expectation{}, []attack{
		{"several signatures", form(`,"signatures":[{"protected":"`+jwt[0]+`","signature":"`+jwt[2]+`"}]`, list), MalformedJWT},
		{"another payload beside", form(`,"payload":"e30"`, list), DuplicateKey},
		{"a payload that is JSON", []byte(`{"payload":{},"protected":"` + jwt[0] + `","signature":"` + jwt[2] + `"}`), MalformedJWT},
		{"a token for a payload", []byte(`{"payload":"` + jwt[1] + "." + jwt[2] + `","protected":"` + jwt[0] + `","signature":"AA"}`), MalformedJWT},
		{"disclosures that are a text with a tilde", form("", `"disclosures":"`+strings.Join(parts[1:], "~")+`"`), DisclosureInvalid},
		{"a disclosure of another", form("", `"disclosures":["`+b64(`["s","name","Professor"]`)+`"]`), DisclosureInvalid},
		{"a key binding that is the token", form("", list+`,"kb_jwt":"`+parts[0]+`"`), TypeMismatch},
		{"a key binding that is a list", form("", list+`,"kb_jwt":["`+kb[strings.LastIndex(kb, "~")+1:]+`"]`), MalformedJWT},
		{"an algorithm that is not protected", []byte(`{"payload":"` + jwt[1] + `","protected":"` + b64(`{"typ":"vc+sd-jwt","kid":"`+school.Method+`"}`) + `","signature":"` + jwt[2] + `","header":{"alg":"none"}}`), AlgorithmNotAllowed},
		{"a kid that is not protected", []byte(`{"payload":"` + jwt[1] + `","protected":"` + b64(`{"alg":"EdDSA","typ":"vc+sd-jwt"}`) + `","signature":"` + jwt[2] + `","header":{"kid":"` + school.Method + `"}}`), VerificationMethodUnresolvable},
		{"a plain token", []byte(strings.Replace(string(form("", `"disclosures":[]`)), jwt[0], b64(`{"alg":"EdDSA","typ":"vc+jwt","kid":"`+school.Method+`"}`), 1)), TypeMismatch},
	})
	// A key binding covers the compact form of what is shown in either form.
	shown := strings.Split(kb, "~")
	answered := form("", `"disclosures":["`+strings.Join(shown[1:len(shown)-1], `","`)+`"],"kb_jwt":"`+shown[len(shown)-1]+`"`)
	if len(shown) == 2 {
		answered = form("", `"kb_jwt":"`+shown[1]+`"`)
	}
	if r := verify(t, reading(t), answered, asked); r.Verdict != Accepted {
		t.Errorf("answered in the JSON form: %s", codes(r))
	}
}

// attackReplays shows a key binding with what it was not made for.
func attackReplays(t *testing.T, n census) {
	first := school.IssueSD(t, school.Badge(learner), learner, disclosable)
	again := school.IssueSD(t, school.Badge(learner), learner, disclosable) // of the same badge, with other salts
	shown := strings.Split(learner.ShowSD(t, first, challenge, domain, "/name"), "~")
	kb := shown[len(shown)-1]
	all := strings.TrimSuffix(first, "~")
	pid := issuePID(t, confirmation(t, learner))
	answer := sdjwt.Binding{Audience: domain, Nonce: challenge, IssuedAt: testissuer.Now}
	n.run(t, reading, asked, []attack{
		{"another token of the same badge", []byte(again + kb), HolderBindingFailed},
		{"more of the same token", []byte(all + "~" + kb), HolderBindingFailed},
		{"nothing of the same token", []byte(shown[0] + "~" + kb), HolderBindingFailed},
		{"claims", []byte(pid + kb), HolderBindingFailed},
		{"a token in the name of another", bindWith(t, issuePID(t, confirmation(t, stranger)), learner, answer), HolderBindingFailed},
		{"a year later", bindWith(t, pid, learner, sdjwt.Binding{Audience: domain, Nonce: challenge, IssuedAt: testissuer.Now.AddDate(-1, 0, 0)}), KeyBindingStale},
		{"before it was made", bindWith(t, pid, learner, sdjwt.Binding{Audience: domain, Nonce: challenge, IssuedAt: testissuer.Now.Add(time.Hour)}), KeyBindingStale},
		{"the issuer as its holder", []byte(pid + school.Token(t, `{"typ":"kb+jwt"}`, `{"iat":1780315200,"aud":"`+domain+`","nonce":"`+challenge+`","sd_hash":"AAAA"}`)), HolderBindingFailed},
		{"a presentation for a key binding", []byte(pid + learner.SignJWT(t, learner.Present(envelop(t, string(badgeToken("", absent)))), proof.SignOptions{Challenge: challenge, Domain: domain, Created: testissuer.Now})), TypeMismatch},
		{"a key binding by itself", []byte(kb), TypeMismatch},
	})
}

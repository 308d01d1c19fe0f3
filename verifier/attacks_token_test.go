package verifier

import (
	"crypto/ed25519"
	"crypto/hmac"
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

// signedText is a token of any header at all, signed by the school as it is.
func signedText(header, payload string) []byte {
	text := b64(header) + "." + b64(payload)
	return []byte(text + "." + jose.Encode(ed25519.Sign(school.Key.(ed25519.PrivateKey), []byte(text))))
}

// badgeToken is the school's badge as vc+jwt, with a member changed before signing.
func badgeToken(path string, to strictjson.Value) []byte {
	doc := school.Badge(learner)
	if path != "" {
		doc = testissuer.Set(doc, path, to)
	}
	return signedText(`{"alg":"EdDSA","typ":"vc+jwt","kid":"`+school.Method+`"}`, string(doc.JSON()))
}

// withHeader is the school's badge under another header, with a signature that
// holds.
func withHeader(members string) []byte {
	return signedText("{"+members+"}", string(school.Badge(learner).JSON()))
}

func attackJOSEAlgorithms(t *testing.T, n census) {
	kid := `,"typ":"vc+jwt","kid":"` + school.Method + `"`
	payload := string(school.Badge(learner).JSON())
	unsigned := func(alg string) []byte { return []byte(b64(`{"alg":"`+alg+`"`+kid+`}`) + "." + b64(payload) + ".") }
	secret := b64(`{"alg":"HS256"`+kid+`}`) + "." + b64(payload)
	mac := hmac.New(sha256.New, school.Key.Public().(ed25519.PublicKey))
	mac.Write([]byte(secret))
	n.run(t, reading, Expectation{}, []attack{
		{"none", unsigned("none"), AlgorithmNotAllowed},
		{"None", unsigned("None"), AlgorithmNotAllowed},
		{"nOnE", unsigned("nOnE"), AlgorithmNotAllowed},
		{"nothing", unsigned(""), AlgorithmNotAllowed},
		{"none, with a signature", withHeader(`"alg":"none"` + kid), AlgorithmNotAllowed},
		{"the public key as a secret", []byte(secret + "." + jose.Encode(mac.Sum(nil))), AlgorithmNotAllowed},
		{"no algorithm", withHeader(strings.TrimPrefix(kid, ",")), AlgorithmNotAllowed},
		{"an algorithm that is null", withHeader(`"alg":null` + kid), AlgorithmNotAllowed},
		{"an algorithm that is a list", withHeader(`"alg":["EdDSA"]` + kid), AlgorithmNotAllowed},
		{"ES256 under an Ed25519 key", withHeader(`"alg":"ES256"` + kid), AlgorithmNotAllowed},
		{"RS256 in a vc+jwt", withHeader(`"alg":"RS256"` + kid), AlgorithmNotAllowed},
		{"PS256", withHeader(`"alg":"PS256"` + kid), AlgorithmNotAllowed},
		{"an encryption algorithm", withHeader(`"alg":"dir"` + kid), AlgorithmNotAllowed},

		{"crit", withHeader(`"alg":"EdDSA","crit":["exp"],"exp":1` + kid), HeaderCritUnsupported},
		{"crit with nothing in it", withHeader(`"alg":"EdDSA","crit":[]` + kid), HeaderCritUnsupported},
		{"crit that is a text", withHeader(`"alg":"EdDSA","crit":"exp"` + kid), HeaderCritUnsupported},
		{"an unencoded payload", withHeader(`"alg":"EdDSA","crit":["b64"],"b64":false` + kid), HeaderCritUnsupported},
		{"an unencoded payload without crit", withHeader(`"alg":"EdDSA","b64":false` + kid), HeaderCritUnsupported},
		{"b64 that is true", withHeader(`"alg":"EdDSA","b64":true` + kid), HeaderCritUnsupported},
	})
}

func attackJOSEKeys(t *testing.T, n census) {
	good := string(badgeToken("", absent))
	payload := string(school.Badge(learner).JSON())
	typ := `"alg":"EdDSA","typ":"vc+jwt"`
	last := strings.LastIndex(good, ".")
	swapped := strings.Split(string(badgeToken("name", str("Professor"))), ".")
	bent := []byte(good)
	bent[last+5] ^= 1
	n.run(t, reading, Expectation{}, []attack{
		{"a claim changed", []byte(good[:strings.Index(good, ".")+1] + swapped[1] + good[last:]), SignatureInvalid},
		{"a header changed", []byte(b64(`{`+typ+`,"kid":"`+school.Method+`","x":1}`) + good[strings.Index(good, "."):]), SignatureInvalid},
		{"one character of the signature", bent, SignatureInvalid},
		{"no signature", []byte(good[:last+1]), SignatureInvalid},
		{"a signature that is cut", []byte(good[:last+81]), SignatureInvalid},
		{"zeroes", []byte(good[:last+1] + strings.Repeat("A", 86)), SignatureInvalid},
		{"a stranger's signature", []byte(stranger.Token(t, `{"typ":"vc+jwt","kid":"`+school.Method+`"}`, payload)), SignatureInvalid},
		{"a stranger's key in the header", []byte(stranger.Token(t, `{"typ":"vc+jwt","kid":"`+school.Method+`","jwk":`+stranger.JWK(t)+`}`, payload)), SignatureInvalid},
		{"a stranger's key set in the header", []byte(stranger.Token(t, `{"typ":"vc+jwt","kid":"`+school.Method+`","jku":"https://evil.example/keys"}`, payload)), SignatureInvalid},

		{"no kid", withHeader(typ), VerificationMethodUnresolvable},
		{"a kid of nobody", withHeader(typ + `,"kid":"#key-9"`), VerificationMethodUnresolvable},
		{"a kid of another fragment", withHeader(typ + `,"kid":"` + school.ID + `#key-9"`), VerificationMethodUnresolvable},
		{"a kid that is a path", withHeader(typ + `,"kid":"../../etc/passwd"`), VerificationMethodUnresolvable},
		{"a stranger's key alone", []byte(stranger.Token(t, `{"typ":"vc+jwt","jwk":`+stranger.JWK(t)+`}`, payload)), VerificationMethodUnresolvable},
		{"certificates", withHeader(typ + `,"x5c":["MIIB"]`), VerificationMethodUnresolvable},
		{"a kid that is a number", withHeader(typ + `,"kid":7`), MalformedJWT},
		{"a key of small order", withHeader(typ + `,"jwk":{"kty":"OKP","crv":"Ed25519","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}`), KeyInvalid},
		{"a private key", withHeader(typ + `,"jwk":` + strings.Replace(school.JWK(t), "{", `{"d":"AA",`, 1)), KeyInvalid},
		{"an unknown DID method", withHeader(typ + `,"kid":"did:example:1#key"`), DIDResolutionFailed},

		{"a stranger's kid", []byte(stranger.Token(t, `{"typ":"vc+jwt","kid":"`+stranger.Method+`"}`, payload)), IssuerMismatch},
		{"iss is a stranger", badgeToken("iss", str(stranger.ID)), IssuerMismatch},
		{"iss is nearly the issuer", badgeToken("iss", str(school.ID+"/")), IssuerMismatch},
		{"a stranger's kid and iss", []byte(stranger.Token(t, `{"typ":"vc+jwt","kid":"`+stranger.Method+`"}`, string(school.Badge(learner).With("iss", str(stranger.ID)).JSON()))), IssuerMismatch},
		{"a stranger's old token", []byte(stranger.Token(t, `{"typ":"JWT","kid":"`+stranger.Method+`"}`, `{"vc":`+payload+`}`)), IssuerMismatch},
		{"an old token of a stranger's iss", signedText(`{"alg":"EdDSA","kid":"`+school.Method+`"}`, `{"iss":"`+stranger.ID+`","vc":`+payload+`}`), IssuerMismatch},
	})
}

func attackJOSEForm(t *testing.T, n census) {
	good := string(badgeToken("", absent))
	payload := string(school.Badge(learner).JSON())
	parts := strings.Split(good, ".")
	header := `"alg":"EdDSA","typ":"vc+jwt","kid":"` + school.Method + `"`
	now := int(testissuer.Now.Unix())
	number := strictjson.Int
	n.run(t, reading, Expectation{}, []attack{
		{"two parts", []byte(parts[0] + "." + parts[1]), MalformedJWT},
		{"four parts", []byte(good + ".AA"), MalformedJWT},
		{"a thousand dots", []byte("ey" + strings.Repeat(".", 1000)), MalformedJWT},
		{"padding", []byte(good + "=="), MalformedJWT},
		{"a line end inside", []byte(good[:20] + "\n" + good[20:]), MalformedJWT},
		{"loose bits", []byte(good[:len(good)-1] + string(good[len(good)-1]+1)), MalformedJWT},
		{"a header that is a list", signedText(`["EdDSA"]`, payload), MalformedJWT},
		{"a header that is not JSON", signedText(`{alg:EdDSA}`, payload), MalformedJWT},
		{"a payload that is not JSON", signedText("{"+header+"}", "badge"), MalformedJWT},
		{"a payload that is a list", signedText("{"+header+"}", "["+payload+"]"), MalformedJWT},
		{"a payload that is not UTF-8", signedText("{"+header+"}", "{\"name\":\"\xff\"}"), MalformedJWT},
		{"data behind the payload", signedText("{"+header+"}", payload+"{}"), MalformedJWT},
		{"the date of an end", badgeToken("exp", str("2030-01-01T00:00:00Z")), MalformedJWT},
		{"an end that is null", signedText("{"+header+"}", strings.Replace(payload, "{", `{"exp":null,`, 1)), MalformedJWT},
		{"an end in milliseconds", badgeToken("exp", number(now*1000)), MalformedJWT},

		{"two algorithms", withHeader(header + `,"alg":"none"`), DuplicateKey},
		{"two algorithms, one in disguise", withHeader(header + `,"\u0061lg":"none"`), DuplicateKey},
		{"two issuers", signedText("{"+header+"}", strings.Replace(payload, "{", `{"issuer":"`+stranger.ID+`",`, 1)), DuplicateKey},
		{"two ends", signedText("{"+header+"}", strings.Replace(payload, "{", `{"exp":1,"exp":9999999999,`, 1)), DuplicateKey},
		{"two subjects", signedText("{"+header+"}", strings.Replace(payload, `"achievement"`, `"id":"`+stranger.ID+`","achievement"`, 1)), DuplicateKey},

		{"no type", withHeader(`"alg":"EdDSA","kid":"` + school.Method + `"`), TypeMismatch},
		{"JWT", withHeader(`"alg":"EdDSA","typ":"JWT","kid":"` + school.Method + `"`), TypeMismatch},
		{"an access token", withHeader(`"alg":"EdDSA","typ":"at+jwt","kid":"` + school.Method + `"`), TypeMismatch},
		{"a key binding", withHeader(`"alg":"EdDSA","typ":"kb+jwt","kid":"` + school.Method + `"`), TypeMismatch},
		{"a status list", withHeader(`"alg":"EdDSA","typ":"statuslist+jwt","kid":"` + school.Method + `"`), TypeMismatch},
		{"a type that is a list", withHeader(`"alg":"EdDSA","typ":["vc+jwt"],"kid":"` + school.Method + `"`), TypeMismatch},
		{"an envelope that lies", []byte(strings.Replace(string(envelop(t, good).JSON()), "application/vc+jwt", "application/vp+jwt", 1)), TypeMismatch},
		{"an envelope of presentations", []byte(strings.Replace(string(envelop(t, good).JSON()), "EnvelopedVerifiableCredential", "EnvelopedVerifiablePresentation", 1)), TypeMismatch},

		{"a claim vc", badgeToken("vc", school.Badge(learner)), StructureInvalid},
		{"a claim vp", badgeToken("vp", str("x")), StructureInvalid},
		{"another id", badgeToken("jti", str("urn:uuid:7")), StructureInvalid},
		{"another subject", badgeToken("sub", str(stranger.ID)), StructureInvalid},
		{"a presentation as a credential", []byte(learner.Token(t, `{"typ":"vc+jwt","kid":"`+learner.Method+`"}`, string(learner.Present(school.Badge(learner)).JSON()))), StructureInvalid},
		{"no issuer", badgeToken("issuer", absent), StructureInvalid},
		{"a claim vc and a claim vp", signedText(`{"alg":"EdDSA","kid":"`+school.Method+`"}`, `{"vc":`+payload+`,"vp":{}}`), StructureInvalid},

		{"expired by exp", badgeToken("exp", number(now-1)), CredentialExpired},
		{"expired by exp, in fractions", signedText("{"+header+"}", strings.Replace(payload, "{", `{"exp":1767225600.5,`, 1)), CredentialExpired},
		{"expired by validUntil", badgeToken("validUntil", str("2026-01-01T00:00:00Z")), CredentialExpired},
		{"expired, and prolonged by exp", signedText("{"+header+"}", strings.Replace(strings.Replace(payload, "2030-06-01", "2026-01-01", 1), "{", `{"exp":4102444800,`, 1)), CredentialExpired},
		{"expired at zero", badgeToken("exp", number(0)), CredentialExpired},
		{"not before tomorrow", badgeToken("nbf", number(now+86400)), CredentialNotYetValid},
		{"not before tomorrow by validFrom", badgeToken("validFrom", str("2027-01-01T00:00:00Z")), CredentialNotYetValid},
		{"not before a year 9999", badgeToken("nbf", number(253402300799)), CredentialNotYetValid},
		{"not before, by the claims of an old token", signedText(`{"alg":"EdDSA","kid":"`+school.Method+`"}`, `{"nbf":1900000000,"vc":`+payload+`}`), CredentialNotYetValid},
		{"not before the next second", badgeToken("nbf", number(now+1)), CredentialNotYetValid},
		{"made tomorrow", badgeToken("iat", number(now+86400)), ProofNotYetValid},

		{"a deep header", withHeader(header + `,"x":` + strings.Repeat("[", 50) + strings.Repeat("]", 50)), LimitExceeded},
		{"a long header", withHeader(header + `,"x":"` + strings.Repeat("A", 1<<15) + `"`), LimitExceeded},
		{"nine megabytes", []byte("ey" + strings.Repeat("A", 9<<20)), LimitExceeded},
		{"a deep payload", signedText("{"+header+"}", `{"a":`+strings.Repeat("[", 70)+strings.Repeat("]", 70)+`}`), LimitExceeded},
		{"a wide payload", signedText("{"+header+"}", `{"a":[`+strings.Repeat("0,", 20_000)+`0]}`), LimitExceeded},
	})
}

func attackTokenPresentations(t *testing.T, n census) {
	inside := envelop(t, string(badgeToken("", absent)))
	genuine, other := strings.Split(string(badgeToken("", absent)), "."), strings.Split(string(badgeToken("name", str("Professor"))), ".")
	forged := genuine[0] + "." + other[1] + "." + genuine[2]
	vp := func(by *testissuer.Party, change func(strictjson.Value) strictjson.Value) []byte {
		doc := by.Present(inside).With("nonce", str(challenge)).With("aud", str(domain))
		if change != nil {
			doc = change(doc)
		}
		return []byte(by.Token(t, `{"typ":"vp+jwt","kid":"`+by.Method+`"}`, string(doc.JSON())))
	}
	with := func(name string, to strictjson.Value) func(strictjson.Value) strictjson.Value {
		return func(doc strictjson.Value) strictjson.Value { return testissuer.Set(doc, name, to) }
	}
	now := int(testissuer.Now.Unix())
	n.run(t, reading, asked, []attack{
		{"an old answer", vp(learner, with("nonce", str("older"))), ChallengeMismatch},
		{"no nonce", vp(learner, with("nonce", absent)), ChallengeMismatch},
		{"another employer's", vp(learner, with("aud", str("https://other.example"))), DomainMismatch},
		{"for two employers", vp(learner, with("aud", strictjson.Strings(domain, "https://other.example"))), DomainMismatch},
		{"for nobody", vp(learner, with("aud", absent)), DomainMismatch},
		{"somebody else's badge", vp(stranger, nil), HolderBindingFailed},
		{"in the learner's name", vp(stranger, with("holder", str(learner.ID))), HolderBindingFailed},
		{"iss is the learner", vp(stranger, with("iss", str(learner.ID))), HolderBindingFailed},
		{"a credential instead", badgeToken("", absent), HolderNotShown},
		{"expired", vp(learner, with("exp", strictjson.Int(now-1))), ProofExpired},
		{"nothing in it", vp(learner, with("verifiableCredential", strictjson.Array())), NoCredential},
		{"a bare token in it", vp(learner, with("verifiableCredential", strictjson.Strings("e30.e30.AA"))), StructureInvalid},
		{"an envelope of nothing in it", vp(learner, with("verifiableCredential", testissuer.Parse(`[{"@context":"https://www.w3.org/ns/credentials/v2","type":"EnvelopedVerifiableCredential","id":"not-a-credential"}]`))), StructureInvalid},
		{"an envelope of COSE in it", vp(learner, with("verifiableCredential", testissuer.Parse(`[{"@context":"https://www.w3.org/ns/credentials/v2","type":"EnvelopedVerifiableCredential","id":"data:application/vc+cose;base64,0oRY"}]`))), MediaTypeUnsupported},
		{"a damaged token in it", vp(learner, with("verifiableCredential", testissuer.Parse(`[{"@context":"https://www.w3.org/ns/credentials/v2","type":"EnvelopedVerifiableCredential","id":"data:application/vc+jwt,yJra.e30.AA"}]`))), MalformedJWT},
		{"a forged token in it", vp(learner, with("verifiableCredential", strictjson.Array(envelop(t, forged)))), SignatureInvalid},
	})
}

func attackSDJWTDisclosures(t *testing.T, n census) {
	issued := school.IssueSD(t, school.Badge(learner), learner, proof.SDJWTOptions{
		Disclosable: []string{"/name", "/credentialSubject/achievement/description"}, Decoys: 3,
	})
	whole := strings.TrimSuffix(issued, "~")
	parts := strings.Split(whole, "~")
	other := strings.Split(school.IssueSD(t, school.Badge(learner), learner, disclosable), "~")
	claims := func(payload string, disclosures ...string) []byte {
		token := school.Token(t, `{"typ":"dc+sd-jwt","kid":"2026"}`, pidClaims(payload))
		return []byte(strings.Join(append([]string{token}, append(disclosures, "")...), "~"))
	}
	hashed := func(text string) (disclosure, member string) {
		disclosure = b64(text)
		sum := sha256.Sum256([]byte(disclosure))
		return disclosure, `,"_sd":["` + jose.Encode(sum[:]) + `"]`
	}
	one := func(text string) []byte {
		d, member := hashed(text)
		return claims(member, d)
	}
	name, nameMember := hashed(`["salt","email","ann@example.org"]`)
	nameHash := strings.TrimSuffix(strings.TrimPrefix(nameMember, `,"_sd":[`), `]`)
	n.run(t, reading, Expectation{}, []attack{
		{"a value changed", []byte(parts[0] + "~" + b64(`["salt","name","Professor"]`) + "~"), DisclosureInvalid},
		{"one too many", []byte(whole + "~" + b64(`["salt","age",99]`) + "~"), DisclosureInvalid},
		{"one of another token", []byte(whole + "~" + other[1] + "~"), DisclosureInvalid},
		{"one twice", []byte(whole + "~" + parts[1] + "~"), DisclosureInvalid},
		{"padding", []byte(parts[0] + "~" + parts[1] + "=~"), DisclosureInvalid},
		{"a name that is taken", one(`["salt","given_name","Bob"]`), DisclosureInvalid},
		{"a name _sd", one(`["salt","_sd",[]]`), DisclosureInvalid},
		{"a name ...", one(`["salt","...","x"]`), DisclosureInvalid},
		{"a name _sd_alg", one(`["salt","_sd_alg","md5"]`), DisclosureInvalid},
		{"an element in place of a member", one(`["salt","x"]`), DisclosureInvalid},
		{"four parts", one(`["salt","a","b","c"]`), DisclosureInvalid},
		{"no array", one(`{"salt":"a"}`), DisclosureInvalid},
		{"no JSON", one(`["salt",`), DisclosureInvalid},
		{"a name that is a number", one(`["salt",1,"x"]`), DisclosureInvalid},
		{"a digest twice", claims(`,"a":{"_sd":[`+nameHash+`]},"b":{"_sd":[`+nameHash+`]}`, name), DisclosureInvalid},
		{"_sd that is a text", claims(`,"a":{"_sd":` + nameHash + `}`), DisclosureInvalid},
		{"the key that was named", one(`["salt","cnf",{"jwk":` + stranger.JWK(t) + `}]`), DisclosureInvalid},
		{"the type that was named", []byte(school.Token(t, `{"typ":"dc+sd-jwt","kid":"2026"}`, `{"iss":"`+pidIssuer+`"`+nameMember+`}`) + "~" + name + "~"), StructureInvalid},
		{"the end", one(`["salt","nbf",1]`), DisclosureInvalid},
		{"the status", one(`["salt","status",{}]`), DisclosureInvalid},

		{"MD5", claims(`,"_sd_alg":"md5"`), AlgorithmNotAllowed},
		{"SHA-1", claims(`,"_sd_alg":"sha-1"`), AlgorithmNotAllowed},
		{"a hash that is cut short", claims(`,"_sd_alg":"sha-256-32"`), AlgorithmNotAllowed},
		{"a hash in capitals", claims(`,"_sd_alg":"SHA-256"`), AlgorithmNotAllowed},
		{"a hash that is null", claims(`,"_sd_alg":null`), AlgorithmNotAllowed},
		{"a token of none", []byte(b64(`{"alg":"none","typ":"dc+sd-jwt","kid":"2026"}`) + "." + b64(pidClaims("")) + ".~"), AlgorithmNotAllowed},

		{"600 disclosures", []byte(parts[0] + strings.Repeat("~"+parts[1], 600) + "~"), LimitExceeded},
		{"a million tildes", []byte(parts[0] + strings.Repeat("~", 1_000_000)), LimitExceeded},
		{"a disclosure of nine megabytes", []byte(parts[0] + "~" + strings.Repeat("A", 9<<20) + "~"), LimitExceeded},
		{"a deep disclosure", one(`["salt","a",` + strings.Repeat("[", 70) + strings.Repeat("]", 70) + `]`), LimitExceeded},
		{"a wide disclosure", one(`["salt","a",[` + strings.Repeat("0,", 20_000) + `0]]`), LimitExceeded},

		{"no tilde at the end", []byte(whole), MalformedJWT},
		{"a key binding that is no token", []byte(issued + "key"), MalformedJWT},
		{"four parts in the token", []byte(strings.Replace(issued, "~", ".AA~", 1)), MalformedJWT},
		{"a time that is a text", claims(`,"iat":"today"`), MalformedJWT},
		{"the general JSON form", []byte(`{"payload":"e30","signatures":[{"protected":"e30","signature":"AA"},{"protected":"e30","signature":"AA"}]}`), MalformedJWT},

		{"no type", []byte(school.Token(t, `{"typ":"dc+sd-jwt","kid":"2026"}`, `{"iss":"`+pidIssuer+`"}`) + "~"), StructureInvalid},
		{"a type that is a list", []byte(school.Token(t, `{"typ":"dc+sd-jwt","kid":"2026"}`, `{"iss":"`+pidIssuer+`","vct":["x"]}`) + "~"), StructureInvalid},
		{"no issuer", []byte(school.Token(t, `{"typ":"dc+sd-jwt","kid":"2026"}`, `{"vct":"x"}`) + "~"), StructureInvalid},
		{"no credential", []byte(school.Token(t, `{"typ":"vc+sd-jwt","kid":"`+school.Method+`"}`, `{}`) + "~"), StructureInvalid},
		{"a cnf that is a text", claims(`,"cnf":"me"`), StructureInvalid},

		{"a plain token with a tilde", append(badgeToken("", absent), '~'), TypeMismatch},
		{"an older type", []byte(school.Token(t, `{"typ":"sd-jwt","kid":"2026"}`, pidClaims("")) + "~"), TypeMismatch},
		{"a key binding as a credential", []byte(school.Token(t, `{"typ":"kb+jwt","kid":"2026"}`, pidClaims("")) + "~"), TypeMismatch},
		{"no type in the header", []byte(school.Token(t, `{"kid":"2026"}`, pidClaims("")) + "~"), TypeMismatch},
		{"the type in an envelope", []byte(strings.Replace(string(envelop(t, issued).JSON()), "vc+sd-jwt", "vc+jwt", 1)), TypeMismatch},

		{"expired", []byte(school.Token(t, `{"typ":"dc+sd-jwt","kid":"2026"}`, strings.Replace(pidClaims(""), "1893456000", "1767225600", 1)) + "~"), CredentialExpired},
		{"expired, and in fractions", []byte(school.Token(t, `{"typ":"dc+sd-jwt","kid":"2026"}`, strings.Replace(pidClaims(""), "1893456000", "1767225600.5", 1)) + "~"), CredentialExpired},
		{"expired at zero", []byte(school.Token(t, `{"typ":"dc+sd-jwt","kid":"2026"}`, strings.Replace(pidClaims(""), "1893456000", "0", 1)) + "~"), CredentialExpired},
		{"expired by exp, on the data model", []byte(school.IssueSD(t, school.Badge(learner), nil, proof.SDJWTOptions{SignOptions: proof.SignOptions{Expires: testissuer.Now.Add(-time.Second)}})), CredentialExpired},
		{"expired by validUntil", []byte(school.IssueSD(t, testissuer.Set(school.Badge(learner), "validUntil", str("2026-01-01T00:00:00Z")), nil, disclosable)), CredentialExpired},
		{"another's signature", []byte(stranger.Token(t, `{"typ":"dc+sd-jwt","kid":"2026"}`, pidClaims("")) + "~"), SignatureInvalid},
		{"another's signature on the data model", []byte(stranger.Token(t, `{"typ":"vc+sd-jwt","kid":"`+school.Method+`"}`, string(school.Badge(learner).JSON())) + "~"), SignatureInvalid},
		{"a claim changed", []byte(strings.Replace(issuePID(t, ""), strings.Split(issuePID(t, ""), ".")[1], b64(pidClaims(`,"degree":"PhD"`)), 1)), SignatureInvalid},
		{"a header changed", []byte(strings.Replace(issuePID(t, ""), strings.Split(issuePID(t, ""), ".")[0], b64(`{"alg":"EdDSA","typ":"dc+sd-jwt","kid":"2026","x":1}`), 1)), SignatureInvalid},
		{"no signature", []byte(strings.Join(strings.Split(issuePID(t, ""), ".")[:2], ".") + ".~"), SignatureInvalid},
		{"claims of two signatures", []byte(strings.Replace(issued, strings.Split(parts[0], ".")[1], strings.Split(other[0], ".")[1], 1)), DisclosureInvalid},
	})
}

func attackSDJWTKeyBinding(t *testing.T, n census) {
	token := issuePID(t, confirmation(t, learner))
	answer := sdjwt.Binding{Audience: domain, Nonce: challenge, IssuedAt: testissuer.Now}
	at := func(d time.Duration) sdjwt.Binding {
		b := answer
		b.IssuedAt = b.IssuedAt.Add(d)
		return b
	}
	saying := func(b sdjwt.Binding) []byte { return bindWith(t, token, learner, b) }
	good := string(saying(answer))
	kb := good[len(token):]
	badge := school.IssueSD(t, school.Badge(learner), learner, disclosable)
	shown := learner.ShowSD(t, badge, challenge, domain, "/name", "/credentialSubject/achievement")
	fewer := strings.Split(shown, "~")
	raw := func(header, payload string) []byte {
		text := b64(header) + "." + b64(payload)
		return []byte(token + text + "." + jose.Encode(ed25519.Sign(learner.Key.(ed25519.PrivateKey), []byte(text))))
	}
	sum := sha256.Sum256([]byte(token))
	claims := func(more string) string {
		return `{"sd_hash":"` + jose.Encode(sum[:]) + `","iat":1780315200` + more + `}`
	}
	kbHeader := `{"alg":"EdDSA","typ":"kb+jwt"}`
	spoken := `,"aud":"` + domain + `","nonce":"` + challenge + `"`
	n.run(t, reading, asked, []attack{
		{"no key binding", []byte(token), HolderBindingFailed},
		{"no key binding, and no key named", []byte(issuePID(t, "")), HolderBindingFailed},
		{"no key named", bindWith(t, issuePID(t, ""), learner, answer), HolderBindingFailed},
		{"a stranger's key binding", bindWith(t, token, stranger, answer), HolderBindingFailed},
		{"a key binding of another token", []byte(issuePID(t, confirmation(t, learner)+`,"x":1`) + kb), HolderBindingFailed},
		{"a disclosure taken away", []byte(strings.Join(append([]string{fewer[0]}, fewer[2:]...), "~")), HolderBindingFailed},
		{"disclosures in another order", []byte(strings.Join([]string{fewer[0], fewer[2], fewer[1], fewer[3]}, "~")), HolderBindingFailed},
		{"a disclosure added", []byte(strings.Replace(learner.ShowSD(t, badge, challenge, domain, "/credentialSubject/achievement"), "~ey", "~"+strings.Split(badge, "~")[1]+"~ey", 1)), HolderBindingFailed},
		{"no sd_hash", raw(kbHeader, `{"iat":1780315200`+spoken+`}`), HolderBindingFailed},
		{"sd_hash of nothing", raw(kbHeader, strings.Replace(claims(spoken), jose.Encode(sum[:]), "", 1)), HolderBindingFailed},
		{"only a name for the key", bindWith(t, issuePID(t, `,"cnf":{"kid":"`+stranger.Method+`"}`), learner, answer), HolderBindingFailed},

		{"an old answer", saying(sdjwt.Binding{Audience: domain, Nonce: "older", IssuedAt: testissuer.Now}), ChallengeMismatch},
		{"no nonce", raw(kbHeader, claims(`,"aud":"`+domain+`"`)), ChallengeMismatch},
		{"a nonce that is a list", raw(kbHeader, claims(`,"aud":"`+domain+`","nonce":["`+challenge+`"]`)), ChallengeMismatch},
		{"a nonce in capitals", saying(sdjwt.Binding{Audience: domain, Nonce: strings.ToUpper(challenge), IssuedAt: testissuer.Now}), ChallengeMismatch},
		{"a nonce with a space", saying(sdjwt.Binding{Audience: domain, Nonce: challenge + " ", IssuedAt: testissuer.Now}), ChallengeMismatch},

		{"another employer's", saying(sdjwt.Binding{Audience: "https://other.example", Nonce: challenge, IssuedAt: testissuer.Now}), DomainMismatch},
		{"no audience", raw(kbHeader, claims(`,"nonce":"`+challenge+`"`)), DomainMismatch},
		{"a list of audiences", raw(kbHeader, claims(`,"aud":["`+domain+`"],"nonce":"`+challenge+`"`)), DomainMismatch},
		{"a look-alike", saying(sdjwt.Binding{Audience: domain + ".evil.example", Nonce: challenge, IssuedAt: testissuer.Now}), DomainMismatch},
		{"a slash more", saying(sdjwt.Binding{Audience: domain + "/", Nonce: challenge, IssuedAt: testissuer.Now}), DomainMismatch},

		{"an hour old", saying(at(-time.Hour)), KeyBindingStale},
		{"six minutes old", saying(at(-6 * time.Minute)), KeyBindingStale},
		{"a year old", saying(at(-365 * 24 * time.Hour)), KeyBindingStale},
		{"of tomorrow", saying(at(24 * time.Hour)), KeyBindingStale},
		{"ended a second ago", raw(kbHeader, claims(spoken+`,"exp":1780315199`)), KeyBindingStale},
		{"not to be used before tomorrow", raw(kbHeader, claims(spoken+`,"nbf":1780401600`)), KeyBindingStale},
		{"without a time", raw(kbHeader, strings.Replace(claims(spoken), `,"iat":1780315200`, "", 1)), KeyBindingStale},

		{"no type", raw(`{"alg":"EdDSA"}`, claims(spoken)), TypeMismatch},
		{"another type", raw(`{"alg":"EdDSA","typ":"JWT"}`, claims(spoken)), TypeMismatch},
		{"the type of credentials", raw(`{"alg":"EdDSA","typ":"dc+sd-jwt"}`, claims(spoken)), TypeMismatch},
		{"the type of proofs for issuers", raw(`{"alg":"EdDSA","typ":"openid4vci-proof+jwt"}`, claims(spoken)), TypeMismatch},
		{"a type that is a number", raw(`{"alg":"EdDSA","typ":1}`, claims(spoken)), TypeMismatch},

		{"none", raw(`{"alg":"none","typ":"kb+jwt"}`, claims(spoken)), AlgorithmNotAllowed},
		{"a shared secret", raw(`{"alg":"HS256","typ":"kb+jwt"}`, claims(spoken)), AlgorithmNotAllowed},
		{"another curve", raw(`{"alg":"ES256","typ":"kb+jwt"}`, claims(spoken)), AlgorithmNotAllowed},
		{"crit", raw(`{"alg":"EdDSA","typ":"kb+jwt","crit":["x"]}`, claims(spoken)), HeaderCritUnsupported},
		{"claims that are a list", raw(kbHeader, `[]`), MalformedJWT},
		{"a time that is a text", raw(kbHeader, strings.Replace(claims(spoken), "1780315200", `"now"`, 1)), MalformedJWT},
		{"an end that is a text", raw(kbHeader, claims(spoken+`,"exp":"never"`)), MalformedJWT},
		{"two nonces", raw(kbHeader, claims(spoken+`,"nonce":"`+challenge+`"`)), DuplicateKey},
		{"a key that is none", []byte(issuePID(t, `,"cnf":{"jwk":{"kty":"OKP","crv":"Ed25519","x":"AA"}}`) + kb), KeyInvalid},
	})
	unasked := reading(t)
	if r := verify(t, unasked, saying(answer), Expectation{}); r.Verdict != Undetermined || !hasCode(r, ChallengeNotChecked) {
		t.Errorf("nothing to compare with: %s", codes(r))
	}
}

// Package sdjwt is Selective Disclosure for JWTs (RFC 9901): a signed token in
// which the issuer has replaced claims by digests, so that its holder can show
// some of them and keep the others.
//
// # The idea
//
// The issuer writes each claim that may be withheld as a disclosure, a JSON array
// of a random salt, the claim's name and its value, and signs only its digest:
//
//	["_26bc4LT-ac6q2KI6cBW5es","family_name","Möbius"]   a disclosure, in base64url
//	{"given_name":"Alice","_sd":["X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"]}
//
// An element of an array is replaced by {"...": digest}, its disclosure has no
// name. A disclosure may hold digests in its turn. Without a disclosure a digest
// says nothing, and some may be decoys that have none. Token and disclosures
// travel together, divided by tildes, and at the end comes, if the holder was
// asked for it, a second token by which they prove to hold the key that the
// issuer named ("cnf"):
//
//	<issuer's JWT>~<disclosure>~<disclosure>~<key binding JWT>
//
// # Issuing
//
//	compact, err := sdjwt.Issue(header, claims, sdjwt.Concealment{
//		Pointers: []string{"/credentialSubject/result", "/credentialSubject/result/0"},
//	}, key)
//
// makes the results of a badge a disclosure, and the first of them one inside it.
//
// # Showing
//
//	token, err := sdjwt.Parse(compact)
//	chosen, err := token.Select([]string{"/credentialSubject/achievement"})
//	answer, err := chosen.Bind(holderKey, sdjwt.Binding{Audience: "employer.example", Nonce: nonce, IssuedAt: now})
//
// # Checking
//
// The caller finds the issuer's key and verifies token.JWT (package jose); then
//
//	claims, err := token.Claims()            // ErrDisclosure: every rule of section 7.1
//	binding, err := token.VerifyBinding(key) // ErrBinding: the key of claims.Document's cnf
//
// give the claims as the issuer meant them, and what the key binding says. Whether
// nonce, audience and time are those that were asked for is for the caller to say.
package sdjwt

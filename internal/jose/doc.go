// Package jose reads, verifies and makes JSON Web Signatures (RFC 7515) in the
// compact form, the envelope of every JWT that this program meets, and encrypts and
// decrypts in one form of JSON Web Encryption (RFC 7516).
//
// # The envelope
//
// A compact JWS is three texts in base64url with two dots between them: a header
// in JSON, a payload, and a signature over the first two as they are written.
//
//	eyJhbGciOiJFZERTQSIsInR5cCI6InZjK2p3dCJ9 . eyJpc3N1ZXIiOi… . 0fkQPZOKlD0S…
//	{"alg":"EdDSA","typ":"vc+jwt"}             {"issuer":…}      64 bytes
//
// The header is written by whoever made the message, and that may be an
// attacker. The famous ways of breaking a JWT library all begin with believing
// it: "alg" says "none", or "HS256" so that a public key becomes a shared secret;
// "jwk" and "jku" bring a key along; "crit" and "b64" change what the bytes mean.
// So here nothing in a header decides anything:
//
//   - the algorithm follows from the key that the caller found, and the header
//     must say the same;
//   - keys and addresses of keys in a header are never used to verify;
//   - a message with critical extensions is refused, since none is known here;
//   - "typ" must be one that the caller names for this use, so that a token that
//     was made for one purpose does not serve another (RFC 8725, section 3.11).
//
// # Reading
//
//	m, err := jose.Parse(compact)
//	if err != nil {
//		return err // ErrMalformed, or an error of strictjson
//	}
//	rules := jose.Rules{Types: []string{"vc+jwt"}}
//	if err := m.Check(rules); err != nil {
//		return err // ErrType, ErrAlgorithm, ErrCritical: before any key is fetched
//	}
//	if err := m.Verify(key, rules); err != nil {
//		return err // ErrSignature as well
//	}
//	claims, err := m.Claims()
//
// # Writing
//
//	compact, err := jose.Sign(strictjson.Object(
//		strictjson.Member{Name: "typ", Value: strictjson.String("vc+jwt")},
//	), payload, key)
//
// # Why the parser is our own
//
// github.com/go-jose/go-jose is the library behind this door, and the tests hold
// every message against it. It is not asked to verify them: it reads the header
// with a JSON parser of its own, which would make two readings of one text, it
// lacks ES256K, and on a badge it costs more than the signature. What is left is
// small: the signatures themselves are the standard library's.
//
// # Encryption
//
// Answers to a verifier can be encrypted to a key that it gave with its question:
//
//	compact, err := jose.Encrypt(payload, recipient, "A256GCM")
//	…
//	sealed, err := jose.ParseSealed(compact) // the header: algorithm, sender's key
//	plain, err := sealed.Open(key)           // ErrDecryption
//
// There is one way: ECDH-ES on P-256, the key it agrees on used directly, and AES-GCM.
// Here the library does the work, after the header was read and judged by the rules
// above: another algorithm, compression, or a sender's key that is no point of the
// curve never reach it. X25519 is left out, since the library does not have it.
package jose

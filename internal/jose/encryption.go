package jose

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"errors"
	"fmt"
	"slices"

	"laurel/internal/strictjson"

	gojose "github.com/go-jose/go-jose/v4"
)

const (
	// maxSealed bounds an encrypted message. What travels encrypted is an answer
	// with some credentials, which is read up to 1 MiB, and base64 makes it longer.
	maxSealed = 3 << 19
	// maxSealedHeader bounds its header: a key, a kid and two names have some 300
	// bytes.
	maxSealedHeader = 4096
)

// ErrDecryption says that an encrypted message cannot be read: it was made for
// another key, or changed on its way, or its sender's key is not on the curve.
// Which of these it was is not told, since the sender could learn from that.
var ErrDecryption = errors.New("the message cannot be decrypted")

// Encodings are the content encryptions ("enc") that are accepted, the ones that
// are authenticated as a whole: no padding that an answer could tell about.
var Encodings = []string{"A128GCM", "A256GCM"}

// Recipient is a public key that messages are encrypted to: ECDH-ES on P-256.
type Recipient struct {
	ID  string // the kid of its JSON Web Key
	Key *ecdh.PublicKey
}

// ParseRecipient reads a JSON Web Key for encryption. It wraps ErrKey for keys of
// another kind, with another alg or use, with a point off the curve, and for those
// that publish their secret part.
func ParseRecipient(jwk strictjson.Value) (Recipient, error) {
	for name, want := range map[string]string{"kty": "EC", "crv": "P-256", "alg": "ECDH-ES"} {
		if got := jwk.Get(name); got.Str() != want {
			return Recipient{}, fmt.Errorf("%w: %s is %s, not %s", ErrKey, name, shown(got), want)
		}
	}
	if use := jwk.Get("use"); use.Exists() && use.Str() != "enc" {
		return Recipient{}, fmt.Errorf("%w: use is %s, not enc", ErrKey, shown(use))
	}
	if jwk.Get("d").Exists() {
		return Recipient{}, fmt.Errorf("%w: it publishes its secret part", ErrKey)
	}
	id, ok := jwk.Get("kid").Text()
	if !ok || id == "" {
		return Recipient{}, fmt.Errorf("%w: it has no kid", ErrKey)
	}
	key, err := point(jwk)
	return Recipient{id, key}, err
}

// point reads the coordinates of a point on P-256, and makes sure that it is one:
// with a point of another curve, answers tell about the secret key.
func point(jwk strictjson.Value) (*ecdh.PublicKey, error) {
	raw := []byte{4} // uncompressed
	for _, name := range []string{"x", "y"} {
		c, err := Decode([]byte(jwk.Get(name).Str()))
		if err != nil || len(c) != 32 {
			return nil, fmt.Errorf("%w: %s is no coordinate of P-256", ErrKey, name)
		}
		raw = append(raw, c...)
	}
	key, err := ecdh.P256().NewPublicKey(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: not a point of P-256", ErrKey)
	}
	return key, nil
}

// JWK writes the key as ParseRecipient reads it.
func (r Recipient) JWK() strictjson.Value {
	raw := r.Key.Bytes()
	return strictjson.Object(
		strictjson.Member{Name: "kty", Value: strictjson.String("EC")},
		strictjson.Member{Name: "crv", Value: strictjson.String("P-256")},
		strictjson.Member{Name: "x", Value: strictjson.String(Encode(raw[1:33]))},
		strictjson.Member{Name: "y", Value: strictjson.String(Encode(raw[33:]))},
		strictjson.Member{Name: "kid", Value: strictjson.String(r.ID)},
		strictjson.Member{Name: "use", Value: strictjson.String("enc")},
		strictjson.Member{Name: "alg", Value: strictjson.String("ECDH-ES")},
	)
}

// Encrypt makes a compact JWE (RFC 7516) for the recipient, with a fresh key on its
// curve. enc is one of Encodings. It wraps ErrKey or ErrAlgorithm.
func Encrypt(payload []byte, to Recipient, enc string) (string, error) {
	if !slices.Contains(Encodings, enc) {
		return "", fmt.Errorf("%w: enc %q", ErrAlgorithm, enc)
	}
	if to.Key == nil || to.Key.Curve() != ecdh.P256() {
		return "", fmt.Errorf("%w: not on P-256", ErrKey)
	}
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), to.Key.Bytes())
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrKey, err)
	}
	e, err := gojose.NewEncrypter(gojose.ContentEncryption(enc),
		gojose.Recipient{Algorithm: gojose.ECDH_ES, Key: key, KeyID: to.ID}, nil)
	if err != nil {
		return "", err
	}
	sealed, err := e.Encrypt(payload)
	if err != nil {
		return "", err
	}
	return sealed.CompactSerialize()
}

// Sealed is an encrypted message as it came in.
type Sealed struct {
	Header strictjson.Value // a JSON object, whose algorithms are accepted ones

	compact []byte
}

// ParseSealed takes a compact JWE apart and judges what its header says, before any
// key is touched: exactly ECDH-ES with one of Encodings, a sender's key on P-256, no
// compression (a small message could become a large one), no extensions. It wraps
// ErrMalformed, ErrAlgorithm, ErrCritical, ErrKey, strictjson.ErrDuplicateName or
// strictjson.ErrLimit.
func ParseSealed(compact []byte) (*Sealed, error) {
	if len(compact) > maxSealed {
		return nil, fmt.Errorf("%w: %d bytes of an encrypted message", strictjson.ErrLimit, len(compact))
	}
	if bytes.Count(compact, []byte(".")) != 4 {
		return nil, fmt.Errorf("%w: an encrypted message has five parts", ErrMalformed)
	}
	parts := bytes.Split(compact, []byte("."))
	// The encrypted key is empty, since with ECDH-ES it is agreed on; the sizes of
	// the initialization vector and the tag are those of GCM.
	for i, size := range []int{-1, 0, 12, -1, 16} {
		part, err := Decode(parts[i])
		if err != nil {
			return nil, err
		}
		if size >= 0 && len(part) != size {
			return nil, fmt.Errorf("%w: part %d of an encrypted message has %d bytes, not %d", ErrMalformed, i+1, len(part), size)
		}
	}
	text, err := Decode(parts[0])
	if err != nil {
		return nil, err
	}
	header, err := strictjson.ParseWithin(text, strictjson.Limits{Bytes: maxSealedHeader, Depth: 4, Nodes: 64})
	if err != nil {
		return nil, err
	}
	if header.Kind() != strictjson.Dict {
		return nil, fmt.Errorf("%w: the header is no object", ErrMalformed)
	}
	if err := checkSealed(header); err != nil {
		return nil, err
	}
	return &Sealed{header, compact}, nil
}

func checkSealed(header strictjson.Value) error {
	for _, name := range []string{"crit", "zip", "p2c", "b64"} {
		if v := header.Get(name); v.Exists() {
			return fmt.Errorf("%w: %s is %s", ErrCritical, name, shown(v))
		}
	}
	if alg := header.Get("alg"); alg.Str() != "ECDH-ES" {
		return fmt.Errorf("%w: alg is %s", ErrAlgorithm, shown(alg))
	}
	if enc := header.Get("enc"); !slices.Contains(Encodings, enc.Str()) {
		return fmt.Errorf("%w: enc is %s", ErrAlgorithm, shown(enc))
	}
	epk := header.Get("epk")
	if epk.Get("kty").Str() != "EC" || epk.Get("crv").Str() != "P-256" || epk.Get("d").Exists() {
		return fmt.Errorf("%w: epk is %s, not a public key on P-256", ErrKey, shown(epk))
	}
	_, err := point(epk)
	return err
}

// KeyID is the "kid" of the header: for which of the recipient's keys the message
// is. It is "" if there is none, and wraps ErrMalformed if it is no text.
func (s *Sealed) KeyID() (string, error) { return Text(s.Header, "kid") }

// Open decrypts the message. It wraps ErrDecryption, or ErrKey for a key that is not
// on P-256.
func (s *Sealed) Open(key *ecdh.PrivateKey) ([]byte, error) {
	if key == nil || key.Curve() != ecdh.P256() {
		return nil, fmt.Errorf("%w: not on P-256", ErrKey)
	}
	secret, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), key.Bytes())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	encodings := make([]gojose.ContentEncryption, len(Encodings))
	for i, enc := range Encodings {
		encodings[i] = gojose.ContentEncryption(enc)
	}
	sealed, err := gojose.ParseEncryptedCompact(string(s.compact), []gojose.KeyAlgorithm{gojose.ECDH_ES}, encodings)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDecryption, err)
	}
	plain, err := sealed.Decrypt(secret)
	if err != nil {
		return nil, ErrDecryption
	}
	return plain, nil
}

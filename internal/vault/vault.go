// Package vault seals an actor's secrets under a passphrase.
//
// # The idea
//
// A passphrase is weak and a person may want another one; a key is strong and
// should never change. So a vault has a random 256-bit key that seals every
// record, and a small text, the header, that holds this key wrapped under the
// passphrase. Argon2id (RFC 9106) stretches the passphrase: it wants 64 MiB
// and about a third of a second for each guess, from us once, from a thief for
// every word of the dictionary.
//
// # Records
//
// Seal encrypts with XChaCha20-Poly1305 under a fresh 192-bit nonce and
// authenticates the name under which the store keeps the record. A record that
// was changed, cut, or moved to another name does not open: Unseal answers
// ErrCorrupt and no data, never other data. What a vault cannot see is a whole
// store put back to an older copy of itself, since that copy was true once.
//
// Names are not secret. A name made from something that gives the owner away
// (the id of a badge, the address of an issuer) goes through Pseudonym first,
// which is a keyed hash: the same every time, meaningless without the key.
//
// # The header
//
// Four lines of text, so that a person can see what protects them:
//
//	laurel-vault 1
//	argon2id 8 65536 1 GkIB4sXwIfB6nBmYJrkqMA
//	x3y0qF2m…                       the wrapped key: nonce, key, tag
//	5c1e9d40a1f6b3729b0c4d5e8f7a6b1c the start of SHA-256 of the lines above
//
// The second line is passes, KiB of memory, lanes and the salt; both first
// lines are authenticated with the key. The last line tells a damaged header
// (ErrCorrupt) from a wrong passphrase (ErrPassphrase) and protects nothing.
// There is one way to write a header and no other is read. The cost is bounded
// before it is spent: a header cannot ask for gigabytes.
//
// # Example
//
//	v, err := vault.Create("wallet/vault", passphrase, vault.Options{})
//	sealed := v.Seal("doc/7f3a", badge)
//	…
//	v, err = vault.OpenFile("wallet/vault", passphrase) // ErrPassphrase
//	badge, err = v.Unseal("doc/7f3a", sealed)           // ErrCorrupt
package vault

import (
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/chacha20poly1305"
)

// The cost of one guess at a passphrase. Argon2id with 64 MiB and three passes
// is the second recommendation of RFC 9106; eight passes bring one guess to
// some 300 ms on a laptop, which a person hardly notices.
const (
	passes    = 8
	memoryKiB = 64 << 10
	lanes     = 1
)

// The bounds of what a header may ask for when it is read, so that a planted
// header cannot exhaust the machine: sixteen times our own memory would.
const (
	maxPasses    = 64
	maxMemoryKiB = 512 << 10
	maxLanes     = 16
	maxHeader    = 1 << 10
)

// minPassphrase is the shortest passphrase that Create takes, in bytes: NIST
// SP 800-63B asks for eight characters where a person chooses them.
const minPassphrase = 8

const (
	magic      = "laurel-vault 1"
	keyLen     = chacha20poly1305.KeySize
	saltLen    = 16
	sumLen     = 16
	recordForm = 1 // the first byte of every sealed record
)

var (
	// ErrPassphrase says that the passphrase does not open this vault.
	ErrPassphrase = errors.New("wrong passphrase")
	// ErrWeakPassphrase says that a new passphrase is shorter than eight bytes.
	ErrWeakPassphrase = errors.New("the passphrase is shorter than 8 characters")
	// ErrCorrupt says that a header or a sealed record is not what was written:
	// damaged, cut, changed, or moved to another name.
	ErrCorrupt = errors.New("damaged or altered")
	// ErrVersion says that a newer Laurel wrote the header or the record.
	ErrVersion = errors.New("written by a newer version of Laurel")
)

// Options says how a vault is made. The zero value is what people should use.
type Options struct {
	// UnsafeFast spends next to nothing on the passphrase, so that a stolen
	// vault can be guessed at millions of times a second. For tests.
	UnsafeFast bool
}

// Vault is an open vault: it holds the key. It is safe for concurrent use.
type Vault struct {
	aead cipher.AEAD
	hide []byte // the key of Pseudonym
}

// cost is the second line of a header.
type cost struct {
	passes, memoryKiB uint32
	lanes             uint8
	salt              []byte
}

// New makes a vault with a fresh random key and returns it with the header that
// opens it again. It fails with ErrWeakPassphrase.
func New(passphrase []byte, opt Options) (*Vault, []byte, error) {
	if len(passphrase) < minPassphrase {
		return nil, nil, ErrWeakPassphrase
	}
	c := cost{passes: passes, memoryKiB: memoryKiB, lanes: lanes, salt: random(saltLen)}
	if opt.UnsafeFast {
		c.passes, c.memoryKiB = 1, 8
	}
	key := random(keyLen)
	head := c.head()
	wrapped := seal(c.stretch(passphrase), head, key)
	body := head + base64.RawStdEncoding.EncodeToString(wrapped) + "\n"
	return open(key), []byte(body + checksum(body) + "\n"), nil
}

// Open opens a vault by its header. It fails with ErrPassphrase, with
// ErrCorrupt for a damaged header, or with ErrVersion for a newer one.
func Open(header, passphrase []byte) (*Vault, error) {
	c, wrapped, err := parse(header)
	if err != nil {
		return nil, fmt.Errorf("the vault's header: %w", err)
	}
	key, err := unseal(c.stretch(passphrase), c.head(), wrapped)
	if err != nil {
		return nil, ErrPassphrase
	}
	return open(key), nil
}

func open(key []byte) *Vault {
	return &Vault{aead: newAEAD(subkey(key, "records")), hide: subkey(key, "names")}
}

// Seal encrypts a record for the name under which it will be kept. The result
// is 41 bytes longer than plain: a format byte, the nonce and the tag.
func (v *Vault) Seal(name string, plain []byte) []byte {
	out := make([]byte, 1+chacha20poly1305.NonceSizeX, 1+chacha20poly1305.NonceSizeX+len(plain)+v.aead.Overhead())
	out[0] = recordForm
	fill(out[1:])
	return v.aead.Seal(out, out[1:], plain, recordAD(name))
}

// Unseal decrypts the record kept under the name. It fails with ErrCorrupt or
// ErrVersion, and then returns no data.
func (v *Vault) Unseal(name string, sealed []byte) ([]byte, error) {
	if len(sealed) < 1+chacha20poly1305.NonceSizeX+v.aead.Overhead() {
		return nil, fmt.Errorf("record %q: %w: too short", name, ErrCorrupt)
	}
	if sealed[0] != recordForm {
		return nil, fmt.Errorf("record %q: %w, or %w", name, ErrVersion, ErrCorrupt)
	}
	nonce, box := sealed[1:1+chacha20poly1305.NonceSizeX], sealed[1+chacha20poly1305.NonceSizeX:]
	plain, err := v.aead.Open(nil, nonce, box, recordAD(name))
	if err != nil {
		return nil, fmt.Errorf("record %q: %w", name, ErrCorrupt)
	}
	return plain, nil
}

func recordAD(name string) []byte {
	return append([]byte{recordForm}, name...)
}

// Pseudonym turns data into 32 hexadecimal digits that are the same every time
// in this vault and tell nobody without its key anything about the data.
func (v *Vault) Pseudonym(data []byte) string {
	mac := hmac.New(sha256.New, v.hide)
	mac.Write(data)
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// head is the part of a header that is authenticated with the key.
func (c cost) head() string {
	return fmt.Sprintf("%s\nargon2id %d %d %d %s\n", magic, c.passes, c.memoryKiB, c.lanes,
		base64.RawStdEncoding.EncodeToString(c.salt))
}

func (c cost) stretch(passphrase []byte) []byte {
	return argon2.IDKey(passphrase, c.salt, c.passes, c.memoryKiB, c.lanes, keyLen)
}

// parse reads a header. What it accepts is exactly what New writes.
func parse(header []byte) (c cost, wrapped []byte, err error) {
	if len(header) > maxHeader {
		return cost{}, nil, fmt.Errorf("%w: too long", ErrCorrupt)
	}
	lines := strings.Split(string(header), "\n")
	if len(lines) != 5 {
		return cost{}, nil, fmt.Errorf("%w: it has not four lines", ErrCorrupt)
	}
	if checksum(strings.Join(lines[:3], "\n")+"\n") != lines[3] {
		return cost{}, nil, fmt.Errorf("%w: its checksum is wrong", ErrCorrupt)
	}
	if lines[0] != magic {
		return cost{}, nil, fmt.Errorf("%w: %q", ErrVersion, lines[0])
	}
	var salt string
	if _, err := fmt.Sscanf(lines[1], "argon2id %d %d %d %s", &c.passes, &c.memoryKiB, &c.lanes, &salt); err != nil {
		return cost{}, nil, fmt.Errorf("%w: %v", ErrCorrupt, err)
	}
	if c.passes < 1 || c.passes > maxPasses || c.memoryKiB < 8 || c.memoryKiB > maxMemoryKiB || c.lanes < 1 || c.lanes > maxLanes {
		return cost{}, nil, fmt.Errorf("%w: it asks for %d passes over %d KiB", ErrCorrupt, c.passes, c.memoryKiB)
	}
	c.salt, err = base64.RawStdEncoding.Strict().DecodeString(salt)
	if err != nil || len(c.salt) != saltLen {
		return cost{}, nil, fmt.Errorf("%w: its salt is malformed", ErrCorrupt)
	}
	wrapped, err = base64.RawStdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(wrapped) != chacha20poly1305.NonceSizeX+keyLen+chacha20poly1305.Overhead {
		return cost{}, nil, fmt.Errorf("%w: its key is malformed", ErrCorrupt)
	}
	if c.head() != lines[0]+"\n"+lines[1]+"\n" {
		return cost{}, nil, fmt.Errorf("%w: it is not written the one way there is", ErrCorrupt)
	}
	return c, wrapped, nil
}

func checksum(body string) string {
	sum := sha256.Sum256([]byte(body))
	return hex.EncodeToString(sum[:sumLen])
}

// subkey derives one key for each use, so that none is used for two.
func subkey(key []byte, use string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("laurel-vault 1 " + use))
	return mac.Sum(nil)
}

func seal(key []byte, ad string, plain []byte) []byte {
	nonce := random(chacha20poly1305.NonceSizeX)
	return newAEAD(key).Seal(nonce, nonce, plain, []byte(ad))
}

func unseal(key []byte, ad string, sealed []byte) ([]byte, error) {
	n := chacha20poly1305.NonceSizeX
	return newAEAD(key).Open(nil, sealed[:n], sealed[n:], []byte(ad))
}

func newAEAD(key []byte) cipher.AEAD {
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		panic("vault: " + err.Error()) // only a key of another length fails
	}
	return aead
}

func random(n int) []byte {
	b := make([]byte, n)
	fill(b)
	return b
}

// fill cannot fail: since Go 1.24 crypto/rand ends the program instead.
func fill(b []byte) { _, _ = rand.Read(b) }

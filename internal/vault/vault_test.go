package vault

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

var passphrase = []byte("correct horse battery")

func fast(t testing.TB) (*Vault, []byte) {
	t.Helper()
	v, header, err := New(passphrase, Options{UnsafeFast: true})
	if err != nil {
		t.Fatal(err)
	}
	return v, header
}

// rewrite gives a header other lines and a checksum that fits them.
func rewrite(header []byte, line int, text string) []byte {
	lines := strings.Split(string(header), "\n")
	lines[line] = text
	body := strings.Join(lines[:3], "\n") + "\n"
	return []byte(body + checksum(body) + "\n")
}

func TestTheDefaultIsExpensive(t *testing.T) {
	v, header, err := New(passphrase, Options{})
	if err != nil {
		t.Fatal(err)
	}
	c, _, err := parse(header)
	if err != nil {
		t.Fatal(err)
	}
	if c.memoryKiB < 64<<10 || c.passes < 3 {
		t.Errorf("argon2id with %d KiB and %d passes, want at least 65536 and 3", c.memoryKiB, c.passes)
	}
	again, err := Open(header, passphrase)
	if err != nil {
		t.Fatal(err)
	}
	got, err := again.Unseal("a", v.Seal("a", []byte("badge")))
	if err != nil || string(got) != "badge" {
		t.Errorf("Unseal = %q, %v", got, err)
	}
}

func TestOpenRefuses(t *testing.T) {
	_, header := fast(t)
	lines := strings.Split(string(header), "\n")
	salt := base64.RawStdEncoding.EncodeToString(make([]byte, saltLen))
	tests := []struct {
		name   string
		header []byte
		pass   string
		want   error
	}{
		{"wrong passphrase", header, "wrong horse battery", ErrPassphrase},
		{"empty passphrase", header, "", ErrPassphrase},
		{"longer passphrase", header, string(passphrase) + " ", ErrPassphrase},
		{"another salt", rewrite(header, 1, "argon2id 1 8 1 "+salt), string(passphrase), ErrPassphrase},
		{"another cost", rewrite(header, 1, strings.Replace(lines[1], " 1 8 1 ", " 2 8 1 ", 1)), string(passphrase), ErrPassphrase},
		{"empty", nil, string(passphrase), ErrCorrupt},
		{"cut", header[:len(header)-3], string(passphrase), ErrCorrupt},
		{"longer", append(bytes.Clone(header), '\n'), string(passphrase), ErrCorrupt},
		{"carriage returns", bytes.ReplaceAll(header, []byte("\n"), []byte("\r\n")), string(passphrase), ErrCorrupt},
		{"huge", bytes.Repeat([]byte("x"), maxHeader+1), string(passphrase), ErrCorrupt},
		{"a memory bomb", rewrite(header, 1, "argon2id 1 4294967295 1 "+salt), string(passphrase), ErrCorrupt},
		{"more memory than 32 bits", rewrite(header, 1, "argon2id 1 99999999999 1 "+salt), string(passphrase), ErrCorrupt},
		{"a time bomb", rewrite(header, 1, "argon2id 4294967295 8 1 "+salt), string(passphrase), ErrCorrupt},
		{"no passes", rewrite(header, 1, "argon2id 0 8 1 "+salt), string(passphrase), ErrCorrupt},
		{"no lanes", rewrite(header, 1, "argon2id 1 8 0 "+salt), string(passphrase), ErrCorrupt},
		{"no memory", rewrite(header, 1, "argon2id 1 0 1 "+salt), string(passphrase), ErrCorrupt},
		{"a short salt", rewrite(header, 1, "argon2id 1 8 1 AAAA"), string(passphrase), ErrCorrupt},
		{"written otherwise", rewrite(header, 1, strings.Replace(lines[1], " 8 ", " 08 ", 1)), string(passphrase), ErrCorrupt},
		{"another function", rewrite(header, 1, "scrypt 1 8 1 "+salt), string(passphrase), ErrCorrupt},
		{"a short key", rewrite(header, 2, "AAAA"), string(passphrase), ErrCorrupt},
		{"a newer version", rewrite(header, 0, "laurel-vault 2"), string(passphrase), ErrVersion},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, err := Open(tt.header, []byte(tt.pass))
			if !errors.Is(err, tt.want) {
				t.Errorf("Open error = %v, want %v", err, tt.want)
			}
			if v != nil {
				t.Error("a vault beside an error")
			}
		})
	}
}

func TestEveryFlippedBitOfAHeaderIsNoticed(t *testing.T) {
	_, header := fast(t)
	for i := range header {
		for bit := range 8 {
			bad := bytes.Clone(header)
			bad[i] ^= 1 << bit
			if _, err := Open(bad, passphrase); !errors.Is(err, ErrCorrupt) {
				t.Fatalf("byte %d, bit %d: %v, want ErrCorrupt", i, bit, err)
			}
		}
	}
}

func TestNewRefusesShortPassphrases(t *testing.T) {
	for _, p := range []string{"", "x", "1234567"} {
		if _, _, err := New([]byte(p), Options{UnsafeFast: true}); !errors.Is(err, ErrWeakPassphrase) {
			t.Errorf("New(%q) error = %v", p, err)
		}
	}
}

func TestRecords(t *testing.T) {
	v, _ := fast(t)
	for _, plain := range [][]byte{nil, []byte("x"), bytes.Repeat([]byte("badge"), 50_000)} {
		sealed := v.Seal("doc/1", plain)
		if len(sealed) != len(plain)+41 {
			t.Errorf("%d bytes sealed to %d", len(plain), len(sealed))
		}
		got, err := v.Unseal("doc/1", sealed)
		if err != nil || !bytes.Equal(got, plain) {
			t.Errorf("a record of %d bytes: %v", len(plain), err)
		}
		if bytes.Equal(sealed, v.Seal("doc/1", plain)) {
			t.Error("two seals of one record are equal: a nonce was used twice")
		}
	}
}

func TestUnsealRefuses(t *testing.T) {
	v, _ := fast(t)
	other, _ := fast(t)
	sealed := v.Seal("doc/1", []byte("a badge"))
	tests := []struct {
		name   string
		vault  *Vault
		key    string
		sealed []byte
		want   error
	}{
		{"under another name", v, "doc/2", sealed, ErrCorrupt},
		{"under a shorter name", v, "doc/", sealed, ErrCorrupt},
		{"in another vault", other, "doc/1", sealed, ErrCorrupt},
		{"nothing", v, "doc/1", nil, ErrCorrupt},
		{"cut to the format byte", v, "doc/1", sealed[:1], ErrCorrupt},
		{"cut by one", v, "doc/1", sealed[:len(sealed)-1], ErrCorrupt},
		{"longer by one", v, "doc/1", append(bytes.Clone(sealed), 0), ErrCorrupt},
		{"a newer format", v, "doc/1", append([]byte{2}, sealed[1:]...), ErrVersion},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.vault.Unseal(tt.key, tt.sealed)
			if !errors.Is(err, tt.want) {
				t.Errorf("Unseal error = %v, want %v", err, tt.want)
			}
			if got != nil {
				t.Error("data beside an error")
			}
		})
	}
	for i := range sealed {
		bad := bytes.Clone(sealed)
		bad[i] ^= 0x10
		if got, err := v.Unseal("doc/1", bad); err == nil || got != nil {
			t.Fatalf("byte %d flipped: %q, %v", i, got, err)
		}
	}
}

func TestPseudonym(t *testing.T) {
	v, header := fast(t)
	same, err := Open(header, passphrase)
	if err != nil {
		t.Fatal(err)
	}
	other, _ := fast(t)
	name := v.Pseudonym([]byte("urn:badge"))
	if name != same.Pseudonym([]byte("urn:badge")) {
		t.Error("a pseudonym changed when the vault was opened again")
	}
	if name == v.Pseudonym([]byte("urn:badge2")) || name == other.Pseudonym([]byte("urn:badge")) {
		t.Error("pseudonyms of other data or another vault are equal")
	}
}

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "wallet", "vault")
	if _, err := OpenFile(path, passphrase); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("OpenFile of nothing: %v", err)
	}
	v, err := Create(path, passphrase, Options{UnsafeFast: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Create(path, passphrase, Options{UnsafeFast: true}); !errors.Is(err, ErrExists) {
		t.Errorf("a second Create: %v, want ErrExists", err)
	}
	again, err := OpenFile(path, passphrase)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := again.Unseal("a", v.Seal("a", nil)); err != nil {
		t.Error(err)
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
		t.Errorf("%d files in the folder, want the header alone", len(left))
	}
	for _, mode := range []fs.FileMode{0o640, 0o604, 0o666} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenFile(path, passphrase); !errors.Is(err, ErrPermissions) {
			t.Errorf("mode %o: %v, want ErrPermissions", mode, err)
		}
	}
	if _, err := OpenFile(filepath.Dir(path), passphrase); !errors.Is(err, ErrCorrupt) {
		t.Errorf("a folder as a header: %v", err)
	}
}

func TestOneOfManyCreators(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vault")
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() { _, errs[i] = Create(path, passphrase, Options{UnsafeFast: true}) })
	}
	wg.Wait()
	made := 0
	for _, err := range errs {
		switch {
		case err == nil:
			made++
		case !errors.Is(err, ErrExists):
			t.Error(err)
		}
	}
	if made != 1 {
		t.Errorf("%d vaults were made, want 1", made)
	}
}

func FuzzOpen(f *testing.F) {
	_, header := fast(f)
	f.Add(header)
	f.Add(header[:40])
	f.Add([]byte("laurel-vault 1\nargon2id 1 8 1 \n\n\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, wrapped, err := parse(data)
		if err != nil {
			if wrapped != nil || c.salt != nil {
				t.Fatal("a result beside an error")
			}
			return
		}
		body := c.head() + base64.RawStdEncoding.EncodeToString(wrapped) + "\n"
		if string(data) != body+checksum(body)+"\n" {
			t.Fatalf("a header that New would not write: %q", data)
		}
	})
}

func Example() {
	v, header, err := New([]byte("correct horse battery"), Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	sealed := v.Seal("doc/1", []byte("my badge"))

	if _, err := Open(header, []byte("a guess at it")); err != nil {
		fmt.Println(err)
	}
	again, err := Open(header, []byte("correct horse battery"))
	if err != nil {
		fmt.Println(err)
		return
	}
	plain, err := again.Unseal("doc/1", sealed)
	fmt.Printf("%s, %v\n", plain, err)
	_, err = again.Unseal("doc/2", sealed) // somebody moved the record
	fmt.Println(err)
	// Output:
	// wrong passphrase
	// my badge, <nil>
	// record "doc/2": damaged or altered
}

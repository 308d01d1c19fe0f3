package badger

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// value is what record i holds: some large enough for a log of their own.
func value(i int) []byte {
	n := 500 + 37*(i%50)
	if i%40 == 0 {
		n = valueThreshold + i
	}
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{byte(i), byte(i >> 8)})
	_, _ = r.Read(b)
	return b
}

func name(i int) string { return fmt.Sprintf("doc/%05d", i) }

// filled makes a closed store of n records and returns its files.
func filled(t testing.TB, n int) map[string][]byte {
	t.Helper()
	dir := folder(t)
	db := mustOpen(t, dir, opts)
	for i := range n {
		mustPut(t, db, name(i), value(i))
	}
	mustClose(t, db)
	files := map[string][]byte{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if files[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// lay writes files into a new folder.
func lay(t testing.TB, files map[string][]byte) string {
	t.Helper()
	dir := folder(t)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// verdict opens a store and reads all of it: nil when all n records are there
// as they were put, ErrDamaged when Open or a reading says so.
func verdict(t testing.TB, dir string, n int) error {
	t.Helper()
	db, err := Open(dir, opts)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }() // its files are damaged
	seen := 0
	err = db.Scan(t.Context(), "doc/", func(got string, data []byte) error {
		var i int
		if _, err := fmt.Sscanf(got, "doc/%d", &i); err != nil {
			return err
		}
		if !bytes.Equal(data, value(i)) {
			return errors.New("wrong data in " + got)
		}
		seen++
		return nil
	})
	if err == nil && seen != n {
		return fmt.Errorf("silently lost %d of %d records", n-seen, n)
	}
	return err
}

// maxPages bounds in how many pages of one file a bit is flipped.
const maxPages = 40

// damages are what may happen to one file of a closed store.
func damages(data []byte, r *rand.Rand) map[string][]byte {
	out := map[string][]byte{
		"deleted":         nil,
		"garbage at end":  append(bytes.Clone(data), "garbage"...),
		"emptied":         {},
		"one byte longer": append(bytes.Clone(data), 0),
	}
	for range 25 {
		if len(data) > 0 {
			n := r.IntN(len(data))
			out[fmt.Sprintf("cut to %d", n)] = data[:n]
		}
	}
	step := max(1, len(data)/4096/maxPages) * 4096
	for at := 0; at < len(data); at += step {
		end := min(at+4096, len(data))
		flipped := bytes.Clone(data)
		flipped[at+r.IntN(end-at)] ^= 1 << r.IntN(8)
		out[fmt.Sprintf("a bit flipped in the page at %d", at)] = flipped
	}
	if at := r.IntN(len(data)/4096+1) * 4096; len(bytes.Trim(data[at:min(at+4096, len(data))], "\x00")) > 0 {
		zeroed := bytes.Clone(data)
		clear(zeroed[at:min(at+4096, len(data))])
		out[fmt.Sprintf("the page at %d zeroed", at)] = zeroed
	}
	return out
}

func TestEveryDamageOfAClosedStoreIsNamed(t *testing.T) {
	const n = 160
	files := filled(t, n)
	if err := verdict(t, lay(t, files), n); err != nil {
		t.Fatalf("the undamaged store: %v", err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	cases := 0
	for file, data := range files {
		if file == lockName {
			continue // empty, and of no meaning
		}
		for what, bad := range damages(data, r) {
			cases++
			files[file] = bad
			if bad == nil {
				delete(files, file)
			}
			dir := lay(t, files)
			err := verdict(t, dir, n)
			switch {
			case file == sealName && bad == nil:
				if err != nil { // taken for a process that was killed
					t.Errorf("%s %s: %v", file, what, err)
				}
			case !errors.Is(err, ErrDamaged):
				t.Errorf("%s %s: %v, want ErrDamaged", file, what, err)
			case !strings.Contains(err.Error(), file):
				t.Errorf("%s %s: the error does not name it: %v", file, what, err)
			}
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
		}
		files[file] = data
	}
	t.Logf("%d damaged stores", cases)
}

// Without a seal Badger alone must judge: then a store opens with what its logs
// still hold, or says that it is damaged; it never ends the process and never
// returns other data.
func TestDamageWithoutASeal(t *testing.T) {
	const n = 160
	files := filled(t, n)
	delete(files, sealName)
	r := rand.New(rand.NewPCG(3, 4))
	outcomes := map[string]int{}
	for file, data := range files {
		if file == lockName {
			continue
		}
		for what, bad := range damages(data, r) {
			if r.IntN(3) > 0 {
				continue // each costs a whole opening
			}
			files[file] = bad
			if bad == nil {
				delete(files, file)
			}
			dir := lay(t, files)
			err := verdict(t, dir, n)
			switch {
			case err == nil:
				outcomes[filepath.Ext(file)+" opened with all"]++
			case errors.Is(err, ErrDamaged):
				outcomes[filepath.Ext(file)+" damaged"]++
			default:
				t.Errorf("%s %s: %v", file, what, err)
			}
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
		}
		files[file] = data
	}
	t.Log(outcomes)
}

// A process that is killed while it begins or removes a log leaves a file
// without bytes, beside everything that was acknowledged.
func TestEmptyLogs(t *testing.T) {
	const n = 40
	for _, name := range []string{"00001.mem", "100077.mem", "000077.vlog"} {
		files := filled(t, n)
		delete(files, sealName)
		files[name] = []byte{}
		dir := lay(t, files)
		if err := verdict(t, dir, n); err != nil {
			t.Errorf("with an empty %s: %v", name, err)
		}
	}
}

func TestSealRefuses(t *testing.T) {
	whole := seal{"000001.sst": {531, 0xdeadbeef}, "MANIFEST": {28, 7}}.text()
	for at := range whole {
		for _, bad := range [][]byte{whole[:at], append(bytes.Clone(whole[:at]), whole[at+1:]...)} {
			if s, err := parseSeal(bad); !errors.Is(err, ErrDamaged) || s != nil {
				t.Fatalf("a seal damaged at %d: %v, %v", at, s, err)
			}
		}
	}
	if s, err := parseSeal(whole); err != nil || len(s) != 2 || s["MANIFEST"].size != 28 {
		t.Errorf("the whole seal: %v, %v", s, err)
	}
}

func FuzzSeal(f *testing.F) {
	f.Add(seal{"000001.sst": {531, 0xdeadbeef}, "MANIFEST": {28, 7}}.text())
	f.Add(seal{}.text())
	f.Add([]byte("laurel-seal 1\n\n\n"))
	f.Add([]byte("\n\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := parseSeal(text)
		if err != nil {
			if s != nil {
				t.Fatal("a seal beside an error")
			}
			return
		}
		if !bytes.Equal(s.text(), text) {
			t.Fatalf("read from %q, written as %q", text, s.text())
		}
	})
}

// A store that a process with larger tables left when it was killed is opened with
// smaller ones: what fills a large table in memory does not fit into theirs.
func TestTablesThatWereLarger(t *testing.T) {
	for _, size := range []int64{memTable, 4 * memTable} {
		dir := folder(t)
		db := mustOpen(t, dir, Options{Kind: "verifier", table: size})
		const n, large = 80, valueThreshold / 2
		for i := range n {
			mustPut(t, db, name(i), bytes.Repeat([]byte{byte(i)}, large))
		}
		left := lay(t, nil)
		if err := os.CopyFS(left, os.DirFS(dir)); err != nil { // as a killed process leaves it
			t.Fatal(err)
		}
		again := mustOpen(t, left, Options{Kind: "verifier", table: counterTable})
		for i := range n {
			if got, err := again.Get(t.Context(), name(i)); err != nil || !bytes.Equal(got, bytes.Repeat([]byte{byte(i)}, large)) {
				t.Fatalf("%s: %d bytes, %v", name(i), len(got), err)
			}
		}
	}
}

package wallet_test

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"

	"laurel/internal/testissuer"
	"laurel/internal/vault"
	"laurel/wallet"
)

// backed is a wallet with something of everything, and a backup of it.
func backed(t testing.TB, badges int) (*wallet.Wallet, []byte) {
	t.Helper()
	w := fresh(t)
	me := learner(t, w, "school")
	learner(t, w, "work")
	var first wallet.Card
	for i := range badges {
		first = add(t, w, badge(t, me, fmt.Sprint("Badge ", i)))
	}
	add(t, w, []byte(assertion))
	a := prepare(t, w, wallet.Request{Credentials: []string{first.ID}, Challenge: "n", Domain: "d"})
	if _, err := w.Record(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := w.Backup(t.Context(), &out, passphrase, wallet.BackupOptions{UnsafeFast: true}); err != nil {
		t.Fatal(err)
	}
	return w, out.Bytes()
}

// everything is all that a wallet holds, as text, without its order.
func everything(t testing.TB, w *wallet.Wallet) []string {
	t.Helper()
	ids, err := w.Identities(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	cards, err := w.List(t.Context(), wallet.Query{})
	if err != nil {
		t.Fatal(err)
	}
	receipts, err := w.Receipts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, id := range ids {
		out = append(out, fmt.Sprintf("%+v", id))
	}
	for _, r := range receipts {
		out = append(out, fmt.Sprintf("%+v", r))
	}
	for _, c := range cards {
		raw, err := w.Document(t.Context(), c.ID)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, fmt.Sprintf("%+v %s", c, raw))
	}
	slices.Sort(out)
	return out
}

func TestBackupAndRestore(t *testing.T) {
	w, backup := backed(t, 120) // more than one batch
	again := fresh(t)
	if err := again.Restore(t.Context(), bytes.NewReader(backup), passphrase); err != nil {
		t.Fatal(err)
	}
	if want, got := everything(t, w), everything(t, again); !slices.Equal(got, want) {
		t.Errorf("%d things came back, want %d", len(got), len(want))
	}
	// The keys work: what the first wallet could present, the second can.
	cards, err := again.List(t.Context(), wallet.Query{Text: "Badge 7"})
	if err != nil {
		t.Fatal(err)
	}
	a := prepare(t, again, wallet.Request{Credentials: []string{cards[0].ID}, Challenge: "n"})
	if a.Presentations[0].Checked.Verdict != wallet.Accepted {
		t.Errorf("a presentation after the restore: %+v", a.Presentations[0].Checked)
	}
	if c := add(t, again, badge(t, testissuer.New("x"), "New")); c.Title != "New" {
		t.Error("a restored wallet takes no new badge")
	}
}

func TestABackupHidesWhatIsInIt(t *testing.T) {
	_, backup := backed(t, 3)
	for _, secret := range []string{"did:key", "Badge", "OpenBadge", "secretKey", string(passphrase)} {
		if bytes.Contains(backup, []byte(secret)) {
			t.Errorf("the backup shows %q", secret)
		}
	}
}

func TestRestoreRefuses(t *testing.T) {
	_, backup := backed(t, 20)
	flipped := bytes.Clone(backup)
	flipped[len(flipped)-100] ^= 1
	type refusal struct {
		name   string
		backup []byte
		pass   string
		want   error
	}
	tests := []refusal{
		{"a wrong passphrase", backup, "wrong horse battery", vault.ErrPassphrase},
		{"an empty passphrase", backup, "", vault.ErrPassphrase},
		{"nothing", nil, string(passphrase), wallet.ErrBackup},
		{"another file", []byte("PK\x03\x04"), string(passphrase), wallet.ErrBackup},
		{"a flipped bit", flipped, string(passphrase), wallet.ErrBackup},
		{"something appended", append(bytes.Clone(backup), 0), string(passphrase), wallet.ErrBackup},
	}
	for n := 0; n < len(backup); n += len(backup)/40 + 1 {
		tests = append(tests, refusal{fmt.Sprintf("cut to %d of %d bytes", n, len(backup)), backup[:n], string(passphrase), wallet.ErrBackup})
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := fresh(t).Restore(t.Context(), bytes.NewReader(tt.backup), []byte(tt.pass)); !errors.Is(err, tt.want) {
				t.Errorf("Restore error = %v, want %v", err, tt.want)
			}
		})
	}
}

// entry is one file of an archive.
type entry struct{ name, text string }

// seal makes a backup of an archive as somebody else could make it.
func seal(t testing.TB, work int, entries ...entry) []byte {
	t.Helper()
	r, err := age.NewScryptRecipient(string(passphrase))
	if err != nil {
		t.Fatal(err)
	}
	r.SetWorkFactor(work)
	var out bytes.Buffer
	sealed, err := age.Encrypt(&out, r)
	if err != nil {
		t.Fatal(err)
	}
	archive := tar.NewWriter(sealed)
	for _, e := range entries {
		err := archive.WriteHeader(&tar.Header{Name: e.name, Size: int64(len(e.text)), Mode: 0o600})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(archive, e.text); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(archive.Close(), sealed.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestRestoreRefusesForeignArchives(t *testing.T) {
	good := string(badge(t, testissuer.New("x"), "One"))
	tests := []struct {
		name    string
		entries []entry
	}{
		{"no end", []entry{{"README.txt", "x"}}},
		{"another number of entries", []entry{{"README.txt", "x"}, {"END", "2"}}},
		{"an unknown kind", []entry{{"spells/1.json", "{}"}, {"END", "1"}}},
		{"no JSON", []entry{{"receipts/1.json", "x"}, {"END", "1"}}},
		{"an identity without a key", []entry{{"identities/1.json", `{"id":"did:key:z6Mk"}`}, {"END", "1"}}},
		{"an identity with the key of another", []entry{{"identities/1.json",
			`{"id":"did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK","secretKeyMultibase":"z3u2en7t5LR2WtQH5PfFqMqwVHgeXouLzo6haApm8XHqvjxq"}`}, {"END", "1"}}},
		{"a card without a document", []entry{{"cards/0000000000000000.json", "{}"}, {"END", "1"}}},
		{"a card of another document", []entry{{"credentials/0000000000000000.json", good}, {"cards/0000000000000000.json", "{}"}, {"END", "2"}}},
		{"a document that is none", []entry{{"credentials/1.json", "{}"}, {"cards/1.json", "{}"}, {"END", "2"}}},
		{"a huge entry", []entry{{"credentials/1.json", strings.Repeat(" ", 10<<20)}, {"END", "1"}}},
		{"an archive after the end", []entry{{"END", "0"}, {"README.txt", strings.Repeat("x", 1<<20)}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := fresh(t).Restore(t.Context(), bytes.NewReader(seal(t, 1, tt.entries...)), passphrase)
			if !errors.Is(err, wallet.ErrBackup) {
				t.Errorf("Restore error = %v, want ErrBackup", err)
			}
		})
	}
	if err := fresh(t).Restore(t.Context(), bytes.NewReader(seal(t, 1, entry{"END", "0"})), passphrase); err != nil {
		t.Errorf("an empty backup: %v", err)
	}
}

func TestABackupThatAsksForTooMuchMemory(t *testing.T) {
	bomb := bytes.Replace(seal(t, 1, entry{"END", "0"}), []byte(" 1\n"), []byte(" 30\n"), 1)
	if err := fresh(t).Restore(t.Context(), bytes.NewReader(bomb), passphrase); err == nil {
		t.Error("a backup that asks for a terabyte was tried")
	}
}

func TestBackupStops(t *testing.T) {
	w, backup := backed(t, 3)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.Backup(ctx, io.Discard, passphrase, wallet.BackupOptions{UnsafeFast: true}); !errors.Is(err, context.Canceled) {
		t.Errorf("Backup after the end: %v", err)
	}
	if err := fresh(t).Restore(ctx, bytes.NewReader(backup), passphrase); !errors.Is(err, context.Canceled) {
		t.Errorf("Restore after the end: %v", err)
	}
}

// A backup that is made while badges come and go is a whole one: everything in
// it can be restored, and what was there all the time is in it.
func TestBackupDuringWrites(t *testing.T) {
	w := fresh(t)
	me := learner(t, w, "")
	for i := range 30 {
		add(t, w, badge(t, me, fmt.Sprint("Stays ", i)))
	}
	stop, done := make(chan struct{}), make(chan error, 1)
	var passing [][]byte
	for i := range 20 {
		passing = append(passing, badge(t, me, fmt.Sprint("Passes ", i)))
	}
	go func() { done <- comeAndGo(t.Context(), w, passing, stop) }()
	for range 5 {
		var out bytes.Buffer
		if err := w.Backup(t.Context(), &out, passphrase, wallet.BackupOptions{UnsafeFast: true}); err != nil {
			t.Fatal(err)
		}
		again := fresh(t)
		if err := again.Restore(t.Context(), &out, passphrase); err != nil {
			t.Fatal(err)
		}
		if stays, err := again.List(t.Context(), wallet.Query{Text: "stays"}); err != nil || len(stays) != 30 {
			t.Errorf("%d of 30 came back, %v", len(stays), err)
		}
	}
	close(stop)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// comeAndGo adds and removes badges until it is stopped.
func comeAndGo(ctx context.Context, w *wallet.Wallet, badges [][]byte, stop chan struct{}) error {
	for i := 0; ; i++ {
		select {
		case <-stop:
			return nil
		default:
		}
		found, err := w.Examine(ctx, badges[i%len(badges)])
		if err != nil {
			return err
		}
		c, err := w.Add(ctx, found)
		if err != nil {
			return err
		}
		if err := w.Remove(ctx, c.ID); err != nil {
			return err
		}
	}
}

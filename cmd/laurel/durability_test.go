package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"laurel/cmd/laurel/home"
	"laurel/cmd/laurel/terminal"
	"laurel/internal/store/badger"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/internal/vault"
	"laurel/wallet"
)

// These tests run real processes of the program and kill them.

const testPassphrase = "correct horse battery"

// laurel prepares a process of this program on a wallet.
func laurel(t testing.TB, dir string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(filepath.Dir(dir), "passphrase")
	if err := os.WriteFile(file, []byte(testPassphrase+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, args...)
	cmd.Args[0] = "laurel" // which is how the test binary knows what to be
	cmd.Env = append(os.Environ(), "LAUREL_WALLET="+dir, "LAUREL_PASSPHRASE_FILE="+file)
	return cmd
}

func mustRun(t testing.TB, cmd *exec.Cmd) string {
	t.Helper()
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, out)
	}
	return string(out)
}

// openHere opens the wallet of a folder in this process.
func openHere(t testing.TB, dir string, do func(w *wallet.Wallet)) {
	t.Helper()
	h, err := home.Of("wallet", dir)
	if err != nil {
		t.Fatal(err)
	}
	v, err := vault.OpenFile(h.Vault(), []byte(testPassphrase))
	if err != nil {
		t.Fatal(err)
	}
	s, err := badger.OpenWallet(h.Store(), badger.Options{Existing: true})
	if err != nil {
		t.Fatal(err)
	}
	do(&wallet.Wallet{Store: s, Vault: v})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// sampleBadges writes n badges to files and returns their names and contents.
func sampleBadges(t testing.TB, dir string, n int) (names []string, contents map[string][]byte) {
	t.Helper()
	school, learner := testissuer.New("school"), testissuer.New("learner")
	doc := school.Badge(learner)
	contents = map[string][]byte{}
	for i := range n {
		padding := strings.Repeat("x", rand.IntN(12_000))
		if i%50 == 0 {
			padding = strings.Repeat("y", 100_000) // large enough for the value log
		}
		one := doc.With("id", strictjson.String(fmt.Sprintf("urn:example:%d", i))).With("description", strictjson.String(padding))
		name := filepath.Join(dir, fmt.Sprintf("%d.json", i))
		contents[name] = one.JSON()
		if err := os.WriteFile(name, contents[name], 0o600); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return names, contents
}

// What a process has acknowledged is in the wallet to the last byte, and nothing
// is there by half, however often the process is killed.
func TestKilledWhileAdding(t *testing.T) {
	const rounds, perRound = 50, 60
	base := t.TempDir()
	dir := filepath.Join(base, "wallet")
	mustRun(t, laurel(t, dir, "wallet", "init", "--unsafe-fast"))
	names, contents := sampleBadges(t, base, rounds*perRound)
	acknowledged := map[string]string{} // by id, the file
	next, slowest := 0, time.Duration(0)
	for round := range rounds {
		// A machine with other work to do opens slowly. In every third round the
		// process is killed while it opens the store.
		began := time.Now()
		mustRun(t, laurel(t, dir, "wallet", "key", "list"))
		within := 200*time.Millisecond + 2*time.Since(began)
		if round%3 == 0 {
			within = time.Since(began)
		}
		kept := addAndKill(t, dir, names[next:next+perRound], rand.N(within))
		for i, id := range kept {
			acknowledged[id] = names[next+i]
		}
		next += len(kept) // the first one that was not acknowledged may be there all the same
		began = time.Now()
		openHere(t, dir, func(w *wallet.Wallet) {
			slowest = max(slowest, time.Since(began))
			examine(t, w, acknowledged, contents)
		})
		if t.Failed() {
			t.Fatalf("after round %d", round)
		}
	}
	if len(acknowledged) < rounds {
		t.Errorf("only %d badges were acknowledged in %d rounds: the processes were killed too early", len(acknowledged), rounds)
	}
	t.Logf("%d badges acknowledged in %d processes that were killed; the slowest opening took %v", len(acknowledged), rounds, slowest)
}

// addAndKill adds files with a process, kills it, and returns the ids that it
// had acknowledged, in order.
func addAndKill(t *testing.T, dir string, files []string, after time.Duration) []string {
	t.Helper()
	cmd := laurel(t, dir, append([]string{"wallet", "add", "--offline", "--yes"}, files...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(after, func() { _ = cmd.Process.Kill() }) // it may have ended
	data, err := io.ReadAll(out)
	if err != nil {
		t.Fatal(err)
	}
	err = cmd.Wait()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != -1) {
		t.Fatalf("it was not killed but failed: %v\n%s", err, complaints.Bytes())
	}
	// The first file may have been kept without an acknowledgement in the round before.
	before := regexp.MustCompile(`\(([0-9a-f]{8})\) is in your wallet already\.\n`).FindAllStringSubmatch(complaints.String(), -1)
	kept := regexp.MustCompile(`Kept as ([0-9a-f]{8})\.\n`).FindAllStringSubmatch(string(data), -1)
	var ids []string
	for _, m := range slices.Concat(before, kept) {
		ids = append(ids, m[1])
	}
	return ids
}

// examine compares a wallet with what was acknowledged.
func examine(t *testing.T, w *wallet.Wallet, acknowledged map[string]string, contents map[string][]byte) {
	t.Helper()
	cards, err := w.List(t.Context(), wallet.Query{})
	if err != nil {
		t.Fatal(err)
	}
	var all [][]byte
	for _, data := range contents {
		all = append(all, data)
	}
	there := map[string]bool{}
	for _, c := range cards {
		raw, err := w.Document(t.Context(), c.ID)
		if err != nil {
			t.Fatalf("%s is half there: %v", c.ID, err)
		}
		file, ok := acknowledged[c.ID[:8]]
		if ok && !bytes.Equal(raw, contents[file]) {
			t.Errorf("%s was changed", c.ID)
		}
		if !ok && !slices.ContainsFunc(all, func(data []byte) bool { return bytes.Equal(data, raw) }) {
			t.Errorf("%s was not acknowledged and is not whole", c.ID)
		}
		there[c.ID[:8]] = true
	}
	for id, file := range acknowledged {
		if !there[id] {
			t.Errorf("%s (%s) was acknowledged and is lost", id, filepath.Base(file))
		}
	}
}

func TestASecondProcess(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "wallet")
	mustRun(t, laurel(t, dir, "wallet", "init", "--unsafe-fast"))
	pipe := filepath.Join(filepath.Dir(dir), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	first := laurel(t, dir, "wallet", "add", "--offline", "--yes", pipe)
	var said bytes.Buffer
	first.Stdout, first.Stderr = &said, &said
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	// Opening the pipe waits until the first process has opened the wallet and reads.
	w, err := os.OpenFile(pipe, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"list"}, {"key", "new"}, {"add", "--offline", os.DevNull}} {
		out, err := laurel(t, dir, append([]string{"wallet"}, args...)...).CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != terminal.Failed || !strings.Contains(string(out), "another process is using the store") ||
			!strings.Contains(string(out), "hint: another laurel has this wallet open") {
			t.Errorf("a second process (%s): %v\n%s", args, err, out)
		}
	}
	school := testissuer.New("school")
	if _, err := w.Write(school.Badge(testissuer.New("learner")).JSON()); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Close(), first.Wait()); err != nil {
		t.Fatalf("the first process was disturbed: %v\n%s", err, said.Bytes())
	}
	if out := mustRun(t, laurel(t, dir, "wallet", "list")); !strings.Contains(out, "Data Analysis") {
		t.Errorf("the first process kept nothing:\n%s", out)
	}
}

// A wallet that is killed while it is made is whole or not there.
func TestKilledWhileMaking(t *testing.T) {
	for round := range 8 {
		base := t.TempDir()
		dir := filepath.Join(base, "wallet")
		cmd := laurel(t, dir, "wallet", "init", "--unsafe-fast")
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(time.Duration(round*6)*time.Millisecond, func() { _ = cmd.Process.Kill() })
		line, _ := bufio.NewReader(out).ReadString('\n') // cut off when it was killed
		_ = cmd.Wait()                                   // killed, or done
		if _, err := os.Stat(dir); err != nil {
			if line != "" {
				t.Errorf("it said %q and there is no wallet", line)
			}
			continue
		}
		openHere(t, dir, func(w *wallet.Wallet) {
			if ids, err := w.Identities(t.Context()); err != nil || len(ids) != 1 {
				t.Errorf("half a wallet: %v, %v", ids, err)
			}
		})
	}
}

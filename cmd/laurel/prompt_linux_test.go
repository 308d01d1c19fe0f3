package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// seat is a person's side of a terminal: what a program wrote to it.
type seat struct {
	t      *testing.T
	master *os.File
	slave  *os.File

	mu  sync.Mutex
	out bytes.Buffer
}

func openTerminal(t *testing.T) *seat {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = master.Close() })
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = slave.Close() })
	term := &seat{t: t, master: master, slave: slave}
	go term.read()
	return term
}

func (term *seat) read() {
	buf := make([]byte, 1<<10)
	for {
		n, err := term.master.Read(buf)
		term.mu.Lock()
		term.out.Write(buf[:n])
		term.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (term *seat) text() string {
	term.mu.Lock()
	defer term.mu.Unlock()
	return term.out.String()
}

// start runs the program with the terminal as its own.
func (term *seat) start(dir string, args ...string) *exec.Cmd {
	term.t.Helper()
	cmd := laurel(term.t, dir, args...)
	cmd.Env = append(cmd.Env, "LAUREL_PASSPHRASE_FILE=")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = term.slave, term.slave, term.slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		term.t.Fatal(err)
	}
	return cmd
}

// answer waits for a prompt and types. What is secret is typed at once: nothing
// of it may be shown.
func (term *seat) answer(prompt, line string, secret bool) {
	term.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !strings.Contains(term.text(), prompt) || !secret && !term.echo() {
		if time.Now().After(deadline) {
			term.t.Fatalf("no prompt %q (echo %v) in %q", prompt, term.echo(), term.text())
		}
		time.Sleep(2 * time.Millisecond)
	}
	if secret && term.echo() { // a quick hand, or a paste, would be seen
		term.t.Errorf("the prompt %q came before the terminal stopped showing what is typed", prompt)
	}
	if _, err := term.master.WriteString(line); err != nil {
		term.t.Fatal(err)
	}
}

// await waits for a text: what a program wrote before it ended may still be on its
// way.
func (term *seat) await(text string) {
	term.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !strings.Contains(term.text(), text) {
		if time.Now().After(deadline) {
			term.t.Fatalf("no %q in %q", text, term.text())
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// press waits for a text and presses keys, on a terminal that shows nothing by
// itself.
func (term *seat) press(text, keys string) {
	term.t.Helper()
	term.await(text)
	if _, err := term.master.WriteString(keys); err != nil {
		term.t.Fatal(err)
	}
}

// echo reports whether the terminal shows what is typed.
func (term *seat) echo() bool {
	state, err := unix.IoctlGetTermios(int(term.slave.Fd()), unix.TCGETS)
	if err != nil {
		term.t.Fatal(err)
	}
	return state.Lflag&unix.ECHO != 0
}

func TestPromptShowsNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "wallet")
	term := openTerminal(t)
	cmd := term.start(dir, "wallet", "init", "--unsafe-fast")
	term.answer("A passphrase for the wallet: ", testPassphrase+"\n", true)
	term.answer("The same once more: ", testPassphrase+"\n", true)
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v: %q", err, term.text())
	}
	cmd = term.start(dir, "wallet", "key", "new", "work")
	term.answer("Passphrase of the wallet: ", testPassphrase+"\n", true)
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v: %q", err, term.text())
	}
	if strings.Contains(term.text(), testPassphrase[:4]) {
		t.Errorf("the passphrase was shown: %q", term.text())
	}
	if !term.echo() {
		t.Error("the terminal was left without echo")
	}
}

func TestPromptRefuses(t *testing.T) {
	for name, answers := range map[string][2]string{
		"two that differ": {testPassphrase, testPassphrase + "!"},
		"an empty one":    {"", ""},
		"a short one":     {"short", "short"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "wallet")
			term := openTerminal(t)
			cmd := term.start(dir, "wallet", "init", "--unsafe-fast")
			term.answer("A passphrase for the wallet: ", answers[0]+"\n", true)
			if answers[0] != "" {
				term.answer("The same once more: ", answers[1]+"\n", true)
			}
			if err := cmd.Wait(); err == nil {
				t.Error("a wallet was made")
			}
			if _, err := os.Stat(dir); err == nil {
				t.Error("there is a folder")
			}
		})
	}
}

// Ctrl-C at a prompt ends the program and gives the terminal back as it was.
func TestPromptIsInterrupted(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "wallet")
	term := openTerminal(t)
	cmd := term.start(dir, "wallet", "init", "--unsafe-fast")
	term.answer("A passphrase for the wallet: ", "half a pass\x03", true)
	if err := cmd.Wait(); err == nil {
		t.Error("the program ended well")
	}
	if !term.echo() {
		t.Error("the terminal was left without echo")
	}
}

func TestQuestions(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "wallet")
	mustRun(t, laurel(t, dir, "wallet", "init", "--unsafe-fast"))
	names, _ := sampleBadges(t, filepath.Dir(dir), 2) // unsigned, so it asks
	for i, answer := range []string{"n", "y"} {
		term := openTerminal(t)
		cmd := term.start(dir, "wallet", "add", "--offline", names[i])
		term.answer("Passphrase of the wallet: ", testPassphrase+"\n", true)
		term.answer("Keep it all the same? [y/N] ", answer+"\n", false)
		if err := cmd.Wait(); (err == nil) != (answer == "y") {
			t.Errorf("after %q: %v", answer, err)
		}
	}
	if out := mustRun(t, laurel(t, dir, "wallet", "list", "--json")); strings.Count(out, `"id"`) != 1 {
		t.Errorf("%q and then %q kept %d badges", "n", "y", strings.Count(out, `"id"`))
	}
}

package badger

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"laurel/internal/vault"
	"laurel/verifier/session"
)

// verifierChild, in the environment, makes the test binary a process that asks
// questions and takes answers in that folder until it is killed.
const verifierChild = "LAUREL_TEST_VERIFIER_CHILD"

// TestVerifierSurvivesKill kills processes that ask and take answers, at random
// moments. Every question and answer that was acknowledged is there, whole, and no
// question that was answered takes another answer.
func TestVerifierSurvivesKill(t *testing.T) {
	if dir := os.Getenv(verifierChild); dir != "" {
		if err := verifierWork(dir); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Parallel()
	dir := t.TempDir()
	_, header, err := vault.New([]byte("a test's passphrase"), vault.Options{UnsafeFast: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "vault"), header, 0o600); err != nil {
		t.Fatal(err)
	}
	var acked []string
	for round := range killRounds {
		acked = append(acked, runAndKill(t, child{"TestVerifierSurvivesKill", verifierChild, dir}, round%5 == 4)...)
		if err := writeAcked(dir, acked); err != nil {
			t.Fatal(err)
		}
	}
	err = withBook(dir, func(b *session.Book) error { return verifierVerify(b, acked) })
	if err != nil {
		t.Error(err)
	}
	if len(acked) == 0 {
		t.Error("no process came far enough to acknowledge anything")
	}
	t.Logf("%d acknowledged in %d rounds", len(acked), killRounds)
}

// withBook lets do work with the questions in a folder.
func withBook(dir string, do func(*session.Book) error) error {
	v, err := vault.OpenFile(filepath.Join(dir, "vault"), []byte("a test's passphrase"))
	if err != nil {
		return err
	}
	s, err := OpenVerifier(filepath.Join(dir, "db"), v, Options{})
	if err != nil {
		return err
	}
	b, err := session.Open(context.Background(), session.Options{Store: s})
	if err == nil {
		err = do(b)
	}
	return errors.Join(err, s.Close())
}

// verifierWork asks and takes answers without end. It writes a line for each
// question, and one for each answer, once that is acknowledged.
func verifierWork(dir string) error {
	return withBook(dir, func(b *session.Book) error {
		acked, err := os.ReadFile(ackedPath(dir))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		if err := verifierVerify(b, strings.Fields(string(acked))); err != nil {
			return err
		}
		fmt.Println("open")
		for {
			s, err := b.Create(context.Background(), session.Question{Ask: []byte("welding")})
			if err != nil {
				return err
			}
			fmt.Println("ack asked:" + s.ID)
			if _, err := b.Take(context.Background(), s.ID, answering("first")); err != nil {
				return err
			}
			fmt.Println("ack answered:" + s.ID)
		}
	})
}

func answering(text string) func(session.Session) (*session.Answer, error) {
	return func(session.Session) (*session.Answer, error) { return &session.Answer{Report: []byte(text)}, nil }
}

// verifierVerify looks for everything that was acknowledged.
func verifierVerify(b *session.Book, acked []string) error {
	for _, line := range acked {
		what, id, _ := strings.Cut(line, ":")
		s, err := b.Get(context.Background(), id)
		switch {
		case err != nil:
			return fmt.Errorf("%s: %w", line, err)
		case string(s.Ask) != "welding":
			return fmt.Errorf("%s: the question is %q", line, s.Ask)
		case what == "answered" && (s.Answer == nil || string(s.Answer.Report) != "first"):
			return fmt.Errorf("%s: the answer is %+v", line, s.Answer)
		}
		if what != "answered" {
			continue
		}
		if _, err := b.Take(context.Background(), id, answering("replay")); !errors.Is(err, session.ErrConsumed) {
			return fmt.Errorf("%s: answered again: %w", line, err)
		}
		if found, err := b.BySecret(context.Background(), s.Secret); err != nil || found.Session.ID != id {
			return fmt.Errorf("%s: not found by its secret: %w", line, err)
		}
	}
	return nil
}

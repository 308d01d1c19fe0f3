package badger

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/internal/vault"
	"laurel/issuer"
	"laurel/status"
)

// killRounds is how often each kind of process is killed.
const killRounds = 50

// issuerChild, in the environment, makes the test binary a process that works
// on the store in that folder until it is killed.
const issuerChild = "LAUREL_TEST_ISSUER_CHILD"

// TestIssuerSurvivesKill kills processes that issue badges and processes that
// revoke them, at random moments, and compares what they had acknowledged with
// what the next process finds.
func TestIssuerSurvivesKill(t *testing.T) {
	if work := os.Getenv(issuerChild); work != "" {
		dir, job, _ := strings.Cut(work, "|")
		if err := issuerWork(dir, job); err != nil {
			t.Fatal(err)
		}
		return
	}
	for _, job := range []string{"issue", "revoke"} {
		t.Run(job, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := issuerSetUp(dir); err != nil {
				t.Fatal(err)
			}
			var acked []string
			for round := range killRounds {
				before := len(acked)
				acked = append(acked, runAndKill(t, child{"TestIssuerSurvivesKill", issuerChild, dir + "|" + job}, round%5 == 4)...)
				if err := writeAcked(dir, acked); err != nil {
					t.Fatal(err)
				}
				if round == killRounds-1 && len(acked) == before && before == 0 {
					t.Fatal("no process came far enough to acknowledge anything")
				}
			}
			if err := issuerVerify(dir, acked); err != nil {
				t.Error(err)
			}
			t.Logf("%d acknowledged in %d rounds", len(acked), killRounds)
		})
	}
}

// child is a process of the test binary that runs one test with a variable set, by
// which that knows that it is the child.
type child struct{ test, variable, value string }

// runAndKill runs one process, kills it after a random time (early: perhaps
// while it still opens the store) and returns the lines that it acknowledged.
// The process first checks what those before it did.
func runAndKill(t *testing.T, c child, early bool) []string {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^"+c.test+"$", "-test.v")
	cmd.Env = append(os.Environ(), c.variable+"="+c.value)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill := func(within int) {
		time.AfterFunc(time.Duration(rand.IntN(within))*time.Millisecond, func() { _ = cmd.Process.Kill() })
	}
	if early {
		kill(80)
	}
	var acked, other []string
	opened := early
	for lines := bufio.NewScanner(out); lines.Scan(); {
		line := lines.Text()
		switch {
		case strings.HasPrefix(line, "ack "):
			acked = append(acked, strings.TrimPrefix(line, "ack "))
		case line == "open":
			opened = true
			kill(100)
		default:
			other = append(other, line)
		}
	}
	if err := cmd.Wait(); !opened || err == nil || err.Error() != "signal: killed" {
		t.Fatalf("the process ended by itself: %v\n%s", err, strings.Join(other, "\n"))
	}
	return acked
}

func ackedPath(dir string) string { return filepath.Join(dir, "acked") }

func writeAcked(dir string, acked []string) error {
	return os.WriteFile(ackedPath(dir), []byte(strings.Join(acked, "\n")), 0o600)
}

func issuerOptions(s issuer.Store) issuer.Options {
	return issuer.Options{Store: s, Suite: testissuer.Suites()[0], Contexts: jsonld.Embedded()}
}

func issuerSetUp(dir string) error {
	v, header, err := vault.New([]byte("a test's passphrase"), vault.Options{UnsafeFast: true})
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "vault"), header, 0o600); err != nil {
		return err
	}
	s, err := OpenIssuer(filepath.Join(dir, "db"), v, Options{})
	if err != nil {
		return err
	}
	ctx := context.Background()
	i, err := issuer.Create(ctx, issuerOptions(s), issuer.Profile{Name: "School", URL: "https://school.example"}, issuer.Web)
	if err != nil {
		return err
	}
	_, err = i.PutTemplate(ctx, []byte(plainTemplate))
	if err != nil {
		return err
	}
	return s.Close()
}

func issuerOpen(dir string) (*Issuer, *issuer.Issuer, error) {
	v, err := vault.OpenFile(filepath.Join(dir, "vault"), []byte("a test's passphrase"))
	if err != nil {
		return nil, nil, err
	}
	s, err := OpenIssuer(filepath.Join(dir, "db"), v, Options{})
	if err != nil {
		return nil, nil, err
	}
	i, err := issuer.Open(context.Background(), issuerOptions(s))
	return s, i, err
}

// issuerWork is the process that gets killed.
func issuerWork(dir, job string) error {
	_, i, err := issuerOpen(dir)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(ackedPath(dir))
	if err == nil && len(text) > 0 {
		err = checkAcked(i, strings.Split(string(text), "\n"))
	} else if os.IsNotExist(err) {
		err = nil
	}
	if err != nil {
		return err
	}
	fmt.Println("open")
	failed := make(chan error)
	for range 4 {
		go func() { failed <- issuerLoop(i, job) }()
	}
	return <-failed
}

// issuerLoop issues, and revokes, and says so after each, until it is killed.
func issuerLoop(i *issuer.Issuer, job string) error {
	ctx, learner := context.Background(), testissuer.New("learner")
	for {
		issued, err := i.Issue(ctx, issuer.Award{Template: "t", Recipient: learner.ID})
		if err != nil {
			return err
		}
		if job == "issue" {
			fmt.Printf("ack %s %d\n", issued.ID, issued.Index)
			continue
		}
		if _, err = i.Apply(ctx, issuer.Change{Action: issuer.Revoke, IDs: []string{issued.ID}, Reason: "test"}); err != nil {
			return err
		}
		fmt.Printf("ack %s revoked\n", issued.ID)
	}
}

// issuerVerify opens the store once more, after the last kill.
func issuerVerify(dir string, acked []string) error {
	s, i, err := issuerOpen(dir)
	if err != nil {
		return err
	}
	if err := checkAcked(i, acked); err != nil {
		return err
	}
	return s.Close()
}

// checkAcked compares what was acknowledged with the books: every badge is
// there, no index is given twice, what was revoked is revoked in the record and
// in the signed list, and nothing else is.
func checkAcked(i *issuer.Issuer, acked []string) error {
	ctx := context.Background()
	records, err := i.Find(ctx, issuer.Query{})
	if err != nil {
		return err
	}
	byID, byIndex := map[string]issuer.Record{}, map[int]string{}
	for _, r := range records {
		if other, ok := byIndex[r.Index]; ok {
			return fmt.Errorf("index %d is of %s and of %s", r.Index, other, r.ID)
		}
		byID[r.ID], byIndex[r.Index] = r, r.ID
		if _, err := i.Show(ctx, r.ID); err != nil {
			return fmt.Errorf("%s: %w", r.ID, err)
		}
	}
	for _, line := range acked {
		id, what, _ := strings.Cut(line, " ")
		r, ok := byID[id]
		if !ok {
			return fmt.Errorf("%s was acknowledged and is not there", id)
		}
		if what == "revoked" && (r.State != issuer.Revoked || len(r.History) != 1) || what != "revoked" && what != fmt.Sprint(r.Index) {
			return fmt.Errorf("%s was acknowledged and is %+v", line, r)
		}
	}
	return checkBits(ctx, i, records)
}

// checkBits compares the published list with the records.
func checkBits(ctx context.Context, i *issuer.Issuer, records []issuer.Record) error {
	p, err := i.StatusList(ctx, "revocation-1", time.Time{})
	if err != nil {
		return err
	}
	doc, err := strictjson.Parse(p.Body)
	if err != nil {
		return err
	}
	list, err := status.Decode(doc.Get("credentialSubject").Get("encodedList").Str())
	if err != nil {
		return err
	}
	revoked := len(slices.DeleteFunc(slices.Clone(records), func(r issuer.Record) bool { return r.State != issuer.Revoked }))
	if list.Count() != revoked {
		return fmt.Errorf("%d bits are set for %d revocations", list.Count(), revoked)
	}
	for _, r := range records {
		if set, err := list.Get(r.Index); err != nil || set != (r.State == issuer.Revoked) {
			return fmt.Errorf("bit %d of %s is %v (%v)", r.Index, r.State, set, err)
		}
	}
	return nil
}

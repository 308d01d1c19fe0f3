// Package demo plays the whole mission on one machine: a school issues badges, a
// learner shows some, an employer checks them; then everything goes wrong that
// can, and each time the check says what.
//
// Nothing in it is a mock. The actors are those of the packages issuer, wallet
// and verifier, with keys, encrypted stores and, behind loopback addresses, the
// same servers as everywhere; what they say to each other is what they would
// say over the net. That makes it a test as well: Run fails unless every
// verdict is the expected one.
//
// # Playing it
//
//	d := &demo.Demo{Out: os.Stdout, Now: time.Now, Suites: suites, Check: check, Once: true}
//	if err := d.Run(ctx); err != nil {
//		return err // it broke off, or a verdict was another than expected
//	}
//
// # Where it is written
//
// The acts stand in one table in story.go, each with its title and the verdict
// that must come of it; stage.go sets up whom the acts need.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"laurel/proof"
	"laurel/verifier"
	"laurel/wallet"
)

// storyTime is how long the whole story may take, lest a machine that hangs look
// like one that thinks.
const storyTime = time.Minute

// ErrSurprise says that the story was told to its end, and that some verdict in
// it was not the expected one.
var ErrSurprise = errors.New("verdicts were not the expected ones")

// Demo is one performance. All fields but Once are required.
type Demo struct {
	Out    io.Writer
	Now    func() time.Time
	Suites proof.Suites // what the verifier accepts; the first is what the others sign with
	// Check lets a wallet see what a verifier would say. It is given, since
	// wallets and verifiers know nothing of each other.
	Check func(*verifier.Verifier) wallet.Check
	Once  bool // end with the story, instead of leaving the servers up
}

// Run sets the stage, tells the story, and, unless Once, leaves the servers up
// until the context ends. Everything is in a folder that is deleted afterwards.
// The error wraps ErrSurprise, or says what broke.
func (d *Demo) Run(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "laurel-demo-")
	if err != nil {
		return err
	}
	s, err := newStage(ctx, d, dir)
	if err == nil {
		err = errors.Join(d.play(ctx, s), s.close())
	}
	return errors.Join(err, os.RemoveAll(dir))
}

func (d *Demo) play(ctx context.Context, s *stage) error {
	started := time.Now()
	d.sayf("A school issues, a learner shows, an employer checks: real keys and servers, all on this machine.\n")
	d.sayf("  school    %s, at %s\n", schoolName, s.schoolURL)
	d.sayf("  employer  at %s\n", s.employerURL)
	d.sayf("  learner   a wallet, sealed under a passphrase\n")
	surprises, err := s.tell(ctx)
	if err != nil {
		return fmt.Errorf("the story broke off: %w", err)
	}
	took := time.Since(started).Round(10 * time.Millisecond)
	if surprises > 0 {
		return fmt.Errorf("%w: %d of %d", ErrSurprise, surprises, len(acts))
	}
	d.sayf("Every verdict was the expected one. %v in all.\n", took)
	if d.Once {
		return nil
	}
	return s.stayUp(ctx)
}

// sayf tells the audience. One that has left is no reason to stop.
func (d *Demo) sayf(format string, args ...any) { _, _ = fmt.Fprintf(d.Out, format, args...) }

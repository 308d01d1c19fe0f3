package main

import (
	"errors"
	"fmt"
	"os"
	"time"
)

// demoTime is how long the whole story may take, lest a machine that hangs look
// like one that thinks.
const demoTime = time.Minute

type demoCmd struct {
	Once bool `help:"Tell the story and exit: 0 only if every verdict was the expected one."`
}

// Help is what laurel demo --help says beyond the flags.
func (demoCmd) Help() string {
	return "A school issues badges, a learner shows some, an employer checks them; then everything goes wrong that can. " +
		"All of it runs on this machine, with real keys, stores and servers, in a folder that is deleted afterwards."
}

// Run sets the stage, tells the story, and, unless --once, leaves the servers
// up until it is interrupted.
func (c demoCmd) Run(e *env) error {
	dir, err := os.MkdirTemp("", "laurel-demo-")
	if err != nil {
		return err
	}
	s, err := newStage(e, dir)
	if err == nil {
		err = c.play(e, s)
		err = errors.Join(err, s.close())
	}
	return errors.Join(err, os.RemoveAll(dir))
}

func (c demoCmd) play(e *env, s *stage) error {
	started := time.Now()
	e.printf("A school issues, a learner shows, an employer checks: real keys and servers, all on this machine.\n")
	e.printf("  school    %s, at %s\n", schoolName, s.schoolURL)
	e.printf("  employer  at %s\n", s.employerURL)
	e.printf("  learner   a wallet, sealed under a passphrase\n")
	surprises, err := s.tell(e)
	if err != nil {
		return fmt.Errorf("the story broke off: %w", err)
	}
	took := time.Since(started).Round(10 * time.Millisecond)
	if surprises > 0 {
		return fmt.Errorf("%d verdicts were not the expected ones", surprises)
	}
	e.printf("Every verdict was the expected one. %v in all.\n", took)
	if c.Once {
		return nil
	}
	return s.stayUp(e)
}

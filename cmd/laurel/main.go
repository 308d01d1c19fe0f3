// Command laurel issues, keeps, presents and checks micro-credentials.
//
// One binary has all three actors:
//
//	laurel issuer …    a school signs badges and publishes what it revokes
//	laurel wallet …    a learner keeps badges, encrypted, and presents a choice
//	laurel verify …    anybody checks a file; laurel verifier serve is the endpoint
//	laurel inspect …   explains a file, good or bad: the badge doctor
//	laurel bake …      puts a badge into a picture; unbake takes it out
//	laurel demo        all three on this machine, with sample badges
//
// Each verb has a file of its own and does only two things: it reads flags, and
// it wires the packages together. What is decided is decided there. The verbs of
// the actors are in packages below this one, named after who types them: learner
// (wallet), school (issuer) and employer (verifier).
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"laurel/cmd/laurel/employer"
	"laurel/cmd/laurel/learner"
	"laurel/cmd/laurel/school"
	"laurel/cmd/laurel/terminal"
)

// cli is the command line: one field a verb.
type cli struct {
	Verify   verifyCmd        `cmd:"" help:"Check credentials or presentations and say why."`
	Inspect  inspectCmd       `cmd:"" help:"Explain a badge: what it is, every value of its proof, what is wrong."`
	Bake     bakeCmd          `cmd:"" help:"Put a badge into a picture."`
	Unbake   unbakeCmd        `cmd:"" help:"Take a badge out of a picture."`
	Demo     demoCmd          `cmd:"" help:"See it all at work on this machine, with sample badges."`
	Verifier employer.Command `cmd:"" help:"Check credentials for others, over HTTP."`
	Wallet   learner.Command  `cmd:"" help:"Keep badges, encrypted, and present a choice of them."`
	Issuer   school.Command   `cmd:"" help:"Issue badges, and publish which are revoked."`
	Version  versionCmd       `cmd:"" help:"Print the version."`
}

func main() {
	keepPrivate()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(os.Args[1:], terminal.Stdio(ctx))
	stop()
	os.Exit(code)
}

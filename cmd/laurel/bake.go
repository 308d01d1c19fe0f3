package main

import (
	"errors"
	"fmt"

	"laurel/cmd/laurel/terminal"
	"laurel/credential/baking"
)

type bakeCmd struct {
	Image   string `arg:"" help:"A PNG or SVG picture."`
	Badge   string `arg:"" help:"The credential to put into it, JSON or JWT; - is standard input."`
	Out     string `required:"" placeholder:"FILE" help:"Where to write the new picture; - is standard output."`
	Replace bool   `help:"Take out a badge that is in the picture already."`
}

// Help is what laurel bake --help says beyond the flags.
func (bakeCmd) Help() string {
	return "The picture stays as it is. laurel verify, laurel wallet add and other programs that know Open Badges " +
		"read the badge from it. The badge is not checked here: laurel verify does that."
}

// Run writes the picture with the badge inside.
func (c bakeCmd) Run(e *terminal.Env) error {
	image, err := e.Read(c.Image)
	if err != nil {
		return terminal.Unusable(err)
	}
	badge, err := e.Read(c.Badge)
	if err != nil {
		return terminal.Unusable(terminal.Hint(err, "name a file that can be read, or - for standard input."))
	}
	out, err := baking.Write(image, badge, baking.Options{Replace: c.Replace})
	switch {
	case errors.Is(err, baking.ErrBaked):
		return terminal.Unusable(terminal.Hint(err, "laurel unbake shows it; --replace takes it out."))
	case errors.Is(err, baking.ErrActive):
		return terminal.Unusable(terminal.Hint(err, "export it again as a plain SVG, or as PNG."))
	case errors.Is(err, baking.ErrPayload):
		return terminal.Unusable(fmt.Errorf("%s: %w", c.Badge, err))
	case err != nil:
		return terminal.Unusable(fmt.Errorf("%s: %w", c.Image, err))
	}
	return e.Write(c.Out, out)
}

type unbakeCmd struct {
	Image string `arg:"" help:"A PNG or SVG picture with a badge inside; - is standard input."`
	Out   string `default:"-" placeholder:"FILE" help:"Where to write the badge; standard output without it."`
}

// Run writes the badge as it was put into the picture.
func (c unbakeCmd) Run(e *terminal.Env) error {
	image, err := e.Read(c.Image)
	if err != nil {
		return terminal.Unusable(terminal.Hint(err, "name a file that can be read, or - for standard input."))
	}
	badge, err := baking.Read(image)
	switch {
	case err != nil:
		return terminal.Unusable(fmt.Errorf("%s: %w", c.Image, err))
	case badge.Image == baking.None:
		return terminal.Usage("%s: it is neither PNG nor SVG", c.Image)
	case badge.Old:
		e.Notef("This is a badge of Open Badges 2.0: laurel inspect explains it.\n")
	}
	return e.Write(c.Out, badge.Payload)
}

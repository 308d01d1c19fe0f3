package employer

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"laurel/cmd/laurel/judging"
	"laurel/cmd/laurel/terminal"
	"laurel/internal/fetch"
	"laurel/verifier"
)

type bundleCmd struct {
	judging.Flags `embed:""`
	Files         []string        `arg:"" name:"file" help:"Credentials or presentations; - is standard input."`
	Out           string          `short:"o" required:"" placeholder:"PATH" help:"Folder to write, or a zip if it ends with .zip. It must not be there yet."`
	At            terminal.Moment `placeholder:"TIME" help:"Save what judging for this time needs."`
	JSON          bool            `name:"json" help:"List what was saved as JSON."`
}

// Help is what laurel verifier bundle --help says beyond the flags.
func (bundleCmd) Help() string {
	return "It checks the files and keeps the documents that it was given meanwhile: keys of issuers and status lists, each with its " +
		"date. laurel verify --offline --bundle PATH then needs no network, and says how old each part is; a list counts " +
		"as long as --max-status-age says. Exit codes are those of laurel verify."
}

// Run checks the files, writes the bundle, and says what the files were worth.
func (c bundleCmd) Run(e *terminal.Env) error {
	if err := c.vacant(); err != nil {
		return err
	}
	v, recorder, err := c.Recording(e)
	if err != nil {
		return err
	}
	reports := make([]*verifier.Report, len(c.Files))
	for i, name := range c.Files {
		data, err := e.Read(name)
		if err != nil {
			return terminal.Unusable(terminal.Hint(err, "name a file that can be read, or - for standard input."))
		}
		if reports[i], err = v.Verify(e.Context, data, verifier.Expectation{At: c.At.Time}); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	saved := recorder.Resources()
	if err := fetch.WriteBundle(c.Out, e.Now(), saved); err != nil {
		return err
	}
	if err := c.tell(e, saved, reports); err != nil {
		return err
	}
	return judging.ExitFor(reports...)
}

// vacant refuses a place where something is, before anything is fetched.
func (c bundleCmd) vacant() error {
	entries, err := os.ReadDir(c.Out)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 && filepath.Ext(c.Out) != ".zip" {
		return nil
	}
	return terminal.Unusable(terminal.Hint(fmt.Errorf("%s is there already", c.Out), "a bundle is never changed: choose another name."))
}

// tell lists what is in the bundle, and what each file was worth.
func (c bundleCmd) tell(e *terminal.Env, saved []*fetch.Resource, reports []*verifier.Report) error {
	if c.JSON {
		type line struct {
			URL    string `json:"url"`
			SHA256 string `json:"sha256"`
			Bytes  int    `json:"bytes"`
		}
		lines := make([]line, len(saved))
		for i, r := range saved {
			lines[i] = line{r.URL, r.SHA256, len(r.Body)}
		}
		return e.PrintJSON(lines)
	}
	for _, r := range saved {
		e.Printf("%7d bytes  %s  %s\n", len(r.Body), r.Fetched.UTC().Format("2006-01-02 15:04"), r.URL)
	}
	e.Printf("Wrote %s to %s.\n", terminal.Plural(len(saved), "document", "documents"), c.Out)
	if len(saved) == 0 {
		e.Notef("Checking this needs no document of others.\n")
	}
	for i, r := range reports {
		e.Notef("%-12s  %s\n              %s\n", r.Verdict, filepath.Base(c.Files[i]), r.Headline)
	}
	return nil
}

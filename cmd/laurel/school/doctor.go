package school

import (
	"laurel/cmd/laurel/judging"
	"laurel/cmd/laurel/terminal"
	"laurel/internal/fetch"
	"laurel/issuer/audit"
	"laurel/status"
)

type doctorCmd struct {
	judging.Reach `embed:""`
	URL           string `arg:"" name:"url" help:"The issuer's address."`
	JSON          bool   `name:"json" help:"Print JSON."`
}

// Help is what laurel issuer doctor --help says beyond the flags.
func (doctorCmd) Help() string {
	return "It needs no passphrase: it looks at what everybody can see. Exit code 1 if verifiers cannot use something."
}

// Run examines what is published.
func (c doctorCmd) Run(e *terminal.Env) error {
	client, err := c.Client(e.Now)
	if err != nil {
		return err
	}
	defer client.Close()
	if _, err := fetch.ParseURL(c.URL, c.UnsafeLoopback); err != nil {
		return terminal.Unusable(err)
	}
	keys := c.Resolver(client)
	d := &audit.Doctor{
		Fetch: client, Keys: keys, Now: e.Now,
		Status: &status.Source{Fetch: client, Keys: keys, Suites: c.Reading(client, nil), Now: e.Now},
	}
	remarks := d.Examine(e.Context, c.URL)
	if c.JSON {
		err = e.PrintJSON(remarks)
	} else {
		printRemarks(e, remarks)
	}
	for _, r := range remarks {
		if r.Severity == audit.Problem && err == nil {
			err = terminal.Exit{Code: 1}
		}
	}
	return err
}

func printRemarks(e *terminal.Env, remarks []audit.Remark) {
	for _, r := range remarks {
		e.Printf("%-7s  %s\n         %s\n", r.Severity, r.About, r.Text)
	}
	worst := map[audit.Severity]int{}
	for _, r := range remarks {
		worst[r.Severity]++
	}
	e.Printf("%s, %s.\n", terminal.Plural(worst[audit.Problem], "problem", "problems"), terminal.Plural(worst[audit.Warning], "warning", "warnings"))
}

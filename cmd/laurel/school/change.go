package school

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"laurel/cmd/laurel/judging"
	"laurel/cmd/laurel/terminal"
	"laurel/did"
	"laurel/internal/fetch"
	"laurel/issuer"
	"laurel/issuer/web"
	"laurel/proof"
	"laurel/status"
	"laurel/verifier"
)

// changing has what revoke, suspend and reinstate share.
type changing struct {
	IDs       []string `arg:"" optional:"" name:"id" help:"Ids of badges, or the beginnings of them."`
	searching `embed:""`
	Reason    string `help:"Why; kept in the books, not published."`
	Actor     string `env:"USER" help:"Who wants it; kept in the books, not published."`
	Yes       bool   `short:"y" help:"Do not ask."`
	JSON      bool   `name:"json" help:"Print the records as JSON."`
}

type revokeCmd struct {
	changing `embed:""`
}

// Run revokes badges.
func (c revokeCmd) Run(e *terminal.Env, top *Command) error {
	return c.run(e, top, issuer.Revoke, "Revoke %s for good?")
}

type suspendCmd struct {
	changing `embed:""`
}

// Run suspends badges.
func (c suspendCmd) Run(e *terminal.Env, top *Command) error {
	return c.run(e, top, issuer.Suspend, "Put %s on hold?")
}

type reinstateCmd struct {
	changing `embed:""`
}

// Run ends suspensions.
func (c reinstateCmd) Run(e *terminal.Env, top *Command) error {
	return c.run(e, top, issuer.Reinstate, "Reinstate %s?")
}

// run shows what matches, asks, changes it, and says what verifiers will see.
func (c changing) run(e *terminal.Env, top *Command, action issuer.Action, question string) error {
	if len(c.IDs) == 0 && c.searching == (searching{}) {
		return terminal.Hint(terminal.Usage("which badges?"), "give ids, or search with --recipient or --template.")
	}
	return top.use(e, func(d web.Desk) error {
		found, err := d.Find(e.Context, issuer.Query{IDs: c.IDs, Recipient: c.Recipient, Template: c.Template})
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return terminal.Hint(fmt.Errorf("%w: no badge matches", issuer.ErrNotFound), "laurel issuer list shows what there is.")
		}
		if !c.JSON {
			printRecords(e, found)
		}
		if err := e.Confirm(fmt.Sprintf(question, terminal.Plural(len(found), "badge", "badges")), c.Yes); err != nil {
			return err
		}
		changed, err := d.Apply(e.Context, issuer.Change{Action: action, IDs: idsOf(found), Reason: c.Reason, Actor: c.Actor})
		if err != nil {
			return err
		}
		if c.JSON {
			return e.PrintJSON(changed)
		}
		return c.tell(e, d, changed)
	})
}

func idsOf(records []issuer.Record) []string {
	ids := make([]string, len(records))
	for n, r := range records {
		ids[n] = r.ID
	}
	return ids
}

// maxTold bounds how many badges are judged to say what verifiers will see: a
// change of thousands is told by its first.
const maxTold = 50

// tell says what was done and what verifiers will see of it.
func (c changing) tell(e *terminal.Env, d web.Desk, changed *issuer.Changed) error {
	done := len(changed.Records) - len(changed.Unchanged)
	e.Printf("Changed %s.\n", terminal.Plural(done, "badge", "badges"))
	if n := len(changed.Unchanged); n > 0 {
		e.Printf("%s so already.\n", terminal.Plural(n, "badge was", "badges were"))
	}
	if done == 0 {
		return nil
	}
	headlines, err := headlinesFor(e, d, changed.Records)
	if err != nil {
		return err
	}
	for _, headline := range headlines {
		e.Printf("Verifiers will see: %s\n", headline)
	}
	p, err := d.Profile(e.Context)
	if err != nil {
		return err
	}
	e.Printf("Those who looked a moment ago see it within %s.\n", short(p.ListTTL))
	return publishNext(e, d)
}

// short writes a duration without the parts that are nought: 5m, not 5m0s.
func short(d time.Duration) string {
	text := d.String()
	for _, nought := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, nought) {
			text = text[:len(text)-2]
		}
	}
	return text
}

// headlinesFor is what a verifier says of badges when it sees the keys and lists
// as they are at this desk, published or not; each thing that is said of several
// badges once.
func headlinesFor(e *terminal.Env, d web.Desk, records []issuer.Record) ([]string, error) {
	site, err := newOwnSite(e, d)
	if err != nil {
		return nil, err
	}
	keys := did.Methods{"key": did.Key{}, "web": did.Web{Fetch: site, UnsafeLoopback: true}}
	suites := append(judging.Suites(), proof.VCJOSE{}, proof.SDJWT{Issuers: did.JWTIssuer{Fetch: site}})
	v := &verifier.Verifier{
		Keys: keys, Suites: suites, Clock: e.Now,
		Status: &status.Source{Fetch: site, Keys: keys, Suites: suites, Now: e.Now},
	}
	var said []string
	for _, r := range records[:min(len(records), maxTold)] {
		issued, err := d.Show(e.Context, r.ID)
		if err != nil {
			return nil, err
		}
		report, err := v.Verify(e.Context, issued.Credential, verifier.Expectation{Receiving: true})
		if err != nil {
			return nil, err
		}
		if !slices.Contains(said, report.Headline) {
			said = append(said, report.Headline)
		}
	}
	return said, nil
}

// ownSite is a network that has only what this issuer publishes.
type ownSite struct {
	files map[string][]byte // by URL
	now   func() time.Time
}

func newOwnSite(e *terminal.Env, d web.Desk) (*ownSite, error) {
	p, err := d.Profile(e.Context)
	if err != nil {
		return nil, err
	}
	files, err := d.Site(e.Context, nil)
	if err != nil {
		return nil, err
	}
	s := &ownSite{files: make(map[string][]byte), now: e.Now}
	for _, f := range files {
		s.files[p.URL+"/"+f.Path] = f.Body
		if f.Path == issuer.MetadataFile {
			s.files[p.MetadataURL()] = f.Body
		}
	}
	return s, nil
}

// Get answers from the files.
func (s *ownSite) Get(_ context.Context, r fetch.Request) (*fetch.Resource, error) {
	body, ok := s.files[r.URL]
	if !ok {
		return nil, fmt.Errorf("%w: %s", fetch.ErrOffline, r.URL)
	}
	return &fetch.Resource{URL: r.URL, Body: body, Fetched: s.now(), Source: fetch.Network}, nil
}

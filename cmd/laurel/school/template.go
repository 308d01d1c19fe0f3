package school

import (
	"fmt"
	"strings"

	"laurel/cmd/laurel/terminal"
	"laurel/credential"
	"laurel/internal/strictjson"
	"laurel/issuer"
	"laurel/issuer/web"
)

type templateCmd struct {
	Add     templateAddCmd     `cmd:"" help:"Add a template, or replace the one with its id."`
	List    templateListCmd    `cmd:"" default:"withargs" help:"List the templates."`
	Show    templateShowCmd    `cmd:"" help:"Print a template as it was added."`
	Example templateExampleCmd `cmd:"" help:"Print a template to start from."`
}

type templateAddCmd struct {
	Files []string `arg:"" name:"file" help:"Templates; - is standard input."`
}

// Run adds templates, each after it was tried out.
func (c templateAddCmd) Run(e *terminal.Env, top *Command) error {
	return top.use(e, func(d web.Desk) error {
		for _, name := range c.Files {
			source, err := e.Read(name)
			if err != nil {
				return terminal.Unusable(err)
			}
			before, err := d.Keys(e.Context)
			if err != nil {
				return err
			}
			t, err := d.PutTemplate(e.Context, source)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			e.Printf("%s: %s, for which employers ask by %s\n", t.ID, credential.Plain(t.Name), t.Achievement)
			if err := tellNewKeys(e, d, len(before)); err != nil {
				return err
			}
		}
		return nil
	})
}

// tellNewKeys tells of the keys that a template needed and the issuer did not
// have yet.
func tellNewKeys(e *terminal.Env, d web.Desk, known int) error {
	keys, err := d.Keys(e.Context)
	if err != nil || len(keys) <= known {
		return err
	}
	for _, k := range keys[known:] {
		e.Notef("A key on %s was made for it: %s.\n", k.Type, k.ID)
	}
	return publishNext(e, d)
}

type templateListCmd struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// Run lists the templates.
func (c templateListCmd) Run(e *terminal.Env, top *Command) error {
	return top.look(e, func(d web.Desk) error {
		all, err := d.Templates(e.Context)
		if err != nil {
			return err
		}
		if c.JSON {
			return e.PrintJSON(all)
		}
		if len(all) == 0 {
			e.Notef("There is none yet. laurel issuer template example prints one to start from.\n")
			return nil
		}
		e.Printf("%-16s  %-10s  %-8s  %-15s  %s\n", "ID", "CAN BE", "VALID", "FORM", "NAME")
		for _, t := range all {
			e.Printf("%s  %-10s  %-8s  %-15s  %s\n", terminal.Fit(t.ID, 16), canBe(t), orDash(t.ValidFor), orDash(t.Proof), credential.Plain(t.Name))
		}
		return nil
	})
}

func canBe(t issuer.Template) string {
	if t.Purpose == "suspension" {
		return "suspended"
	}
	return "revoked"
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

type templateShowCmd struct {
	ID string `arg:"" help:"The template's id."`
}

// Run prints a template.
func (c templateShowCmd) Run(e *terminal.Env, top *Command) error {
	return top.look(e, func(d web.Desk) error {
		all, err := d.Templates(e.Context)
		if err != nil {
			return err
		}
		for _, t := range all {
			if t.ID != c.ID {
				continue
			}
			source, err := strictjson.Parse(t.Source)
			if err == nil {
				_, err = e.Stdout.Write(source.Indented())
			}
			return err
		}
		return fmt.Errorf("%w: no template is called %q", issuer.ErrNotFound, c.ID)
	})
}

type templateExampleCmd struct {
	Selective bool   `help:"One whose badges can be shown in part: --proof ecdsa-sd-2023."`
	Proof     string `enum:"eddsa-rdfc-2022,eddsa-jcs-2022,ecdsa-rdfc-2019,ecdsa-jcs-2019,ecdsa-sd-2023,vc+jwt,vc+sd-jwt,dc+sd-jwt" default:"eddsa-rdfc-2022" placeholder:"NAME" help:"One whose badges are secured so: eddsa-rdfc-2022 (the default), eddsa-jcs-2022, ecdsa-rdfc-2019, ecdsa-jcs-2019, ecdsa-sd-2023, vc+jwt, vc+sd-jwt or dc+sd-jwt."`
}

// exampleTemplate has every member that a template can have, but for those of
// exampleMembers, and the members of an achievement that people ask for most.
const exampleTemplate = `{
  "type": "laurel/template/v1",
  "id": "data-analysis",
  "achievement": {
    "name": "Data Analysis",
    "description": "Can clean, analyse and show data.",
    "achievementType": "Course",
    "criteria": {
      "narrative": "Take part in the five weeks of the course and pass the **final project**."
    },
    "tag": ["statistics", "charts"],
    "alignment": [
      {"targetName": "Analyse data", "targetUrl": "https://skills.example/analyse-data", "targetFramework": "Skills"}
    ],
    "resultDescription": [
      {"name": "Final project", "resultType": "LetterGrade", "allowedValue": ["D", "C", "B", "A"]}
    ]
  },
  "validFor": "P2Y",
  "statusPurpose": "revocation",
  "colour": "#1f4e79",
  "monogram": "DA"
}
`

// exampleMembers say how badges are secured; those that let learners show a part
// say which part is always shown besides the issuer, the earner's id, the dates and
// the status.
var exampleMembers = map[string]string{
	"ecdsa-sd-2023": `,
  "proof": "ecdsa-sd-2023",
  "mandatory": ["/credentialSubject/achievement/id", "/credentialSubject/achievement/name"]`,
	"vc+jwt": `,
  "proof": "vc+jwt",
  "alg": "EdDSA"`,
	"vc+sd-jwt": `,
  "proof": "vc+sd-jwt",
  "alg": "EdDSA",
  "mandatory": ["/credentialSubject/achievement/id", "/credentialSubject/achievement/name"],
  "decoys": 2`,
	"dc+sd-jwt": `,
  "proof": "dc+sd-jwt",
  "alg": "ES256",
  "vct": "https://skills.example/credentials/data-analysis",
  "mandatory": ["/achievement/id", "/achievement/name"],
  "decoys": 2`,
}

// Run prints the example.
func (c templateExampleCmd) Run(e *terminal.Env) error {
	proof := c.Proof
	if c.Selective && proof == "eddsa-rdfc-2022" {
		proof = "ecdsa-sd-2023"
	}
	members, more := exampleMembers[proof]
	if !more && proof != "eddsa-rdfc-2022" {
		members = fmt.Sprintf(",\n  \"proof\": %q", proof)
	}
	e.Printf("%s%s\n}\n", strings.TrimSuffix(exampleTemplate, "\n}\n"), members)
	return nil
}

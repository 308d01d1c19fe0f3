package main

import (
	"fmt"
	"strings"

	"laurel/credential"
	"laurel/internal/strictjson"
	"laurel/issuer"
	"laurel/issuer/web"
)

type issuerTemplateCmd struct {
	Add     issuerTemplateAddCmd     `cmd:"" help:"Add a template, or replace the one with its id."`
	List    issuerTemplateListCmd    `cmd:"" default:"withargs" help:"List the templates."`
	Show    issuerTemplateShowCmd    `cmd:"" help:"Print a template as it was added."`
	Example issuerTemplateExampleCmd `cmd:"" help:"Print a template to start from."`
}

type issuerTemplateAddCmd struct {
	Files []string `arg:"" name:"file" help:"Templates; - is standard input."`
}

// Run adds templates, each after it was tried out.
func (c issuerTemplateAddCmd) Run(e *env, top *issuerCmd) error {
	return top.use(e, func(d web.Desk) error {
		for _, name := range c.Files {
			source, err := e.read(name)
			if err != nil {
				return exitCode{exitUsage, err}
			}
			before, err := d.Keys(e.Context)
			if err != nil {
				return err
			}
			t, err := d.PutTemplate(e.Context, source)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			e.printf("%s: %s\n", t.ID, credential.Plain(t.Name))
			if err := tellNewKeys(e, d, len(before)); err != nil {
				return err
			}
		}
		return nil
	})
}

// tellNewKeys tells of the keys that a template needed and the issuer did not
// have yet.
func tellNewKeys(e *env, d web.Desk, known int) error {
	keys, err := d.Keys(e.Context)
	if err != nil || len(keys) <= known {
		return err
	}
	for _, k := range keys[known:] {
		e.notef("A key on %s was made for it: %s.\n", k.Type, k.ID)
	}
	return publishNext(e, d)
}

type issuerTemplateListCmd struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// Run lists the templates.
func (c issuerTemplateListCmd) Run(e *env, top *issuerCmd) error {
	return top.look(e, func(d web.Desk) error {
		all, err := d.Templates(e.Context)
		if err != nil {
			return err
		}
		if c.JSON {
			return printAny(e, all)
		}
		if len(all) == 0 {
			e.notef("There is none yet. laurel issuer template example prints one to start from.\n")
			return nil
		}
		e.printf("%-16s  %-10s  %-8s  %s\n", "ID", "CAN BE", "VALID", "NAME")
		for _, t := range all {
			e.printf("%s  %-10s  %-8s  %s\n", fit(t.ID, 16), canBe(t), orDash(t.ValidFor), credential.Plain(t.Name))
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

type issuerTemplateShowCmd struct {
	ID string `arg:"" help:"The template's id."`
}

// Run prints a template.
func (c issuerTemplateShowCmd) Run(e *env, top *issuerCmd) error {
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

type issuerTemplateExampleCmd struct {
	Selective bool `help:"One whose badges can be shown in part."`
}

// exampleTemplate has every member that a template can have, but for those of
// selectiveMembers, and the members of an achievement that people ask for most.
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
      {"name": "Final project", "resultType": "LetterGrade"}
    ]
  },
  "validFor": "P2Y",
  "statusPurpose": "revocation",
  "colour": "#1f4e79",
  "monogram": "DA"
}
`

// selectiveMembers let learners show a part, and say which part is always shown
// besides the issuer, the earner's id, the dates and the status.
const selectiveMembers = `,
  "proof": "ecdsa-sd-2023",
  "mandatory": ["/credentialSubject/achievement/id", "/credentialSubject/achievement/name"]
}
`

// Run prints the example.
func (c issuerTemplateExampleCmd) Run(e *env) error {
	if c.Selective {
		e.printf("%s%s", strings.TrimSuffix(exampleTemplate, "\n}\n"), selectiveMembers)
		return nil
	}
	e.printf("%s", exampleTemplate)
	return nil
}

package ui

import (
	"bytes"
	"strings"
	"testing"

	"laurel/credential"
)

func TestBadge(t *testing.T) {
	const attack = `<script>alert(1)</script>`
	p := pages(t, map[string]string{"a.html": `{{define "main"}}{{template "badge" (dict "Badge" .Badge "Level" 2 "Anchor" "x" "Line" .Line)}}{{end}}`})
	type line struct{ Mark, Word, Headline string }
	type view struct {
		Badge *Badge
		Line  *line
	}
	full := &credential.Badge{
		Issuer: credential.Profile{Name: attack},
		Achievements: []credential.Achievement{
			{Name: "Welding", Type: "MicroCredential", Description: "Fillet joints.", Tags: []string{attack}},
			{Name: "Safety"},
		},
	}
	tests := []struct {
		name  string
		view  view
		wants []string
	}{
		{"nothing at all", view{Badge: NewBadge(&credential.Badge{}, nil)},
			[]string{`<h2 id="x">A credential without a name</h2>`, "not known", "names nobody", `aria-hidden="true">A</span>`}},
		{"all", view{Badge: NewBadge(full, &Signer{ID: "did:web:a.example", Domain: "a.example", Listed: "College A", Claims: "Big A"}), Line: &line{"bad", "Rejected", "Revoked."}},
			[]string{"<strong>College A</strong>", "a.example", "calls itself “Big A”", "Micro credential", "Fillet joints.", "also in this record", "<strong>Rejected.</strong> Revoked."}},
		{"by its domain", view{Badge: NewBadge(full, &Signer{ID: "did:web:a.example", Domain: "a.example"})}, []string{"<strong>a.example</strong>"}},
		{"by its key alone", view{Badge: NewBadge(full, &Signer{ID: "did:key:z6", Claims: attack})}, []string{"Somebody with this key", "calls itself “&lt;script&gt;"}},
		{"a remote picture", view{Badge: NewBadge(&credential.Badge{Name: "n", Image: credential.Image{Source: "https://tracker.example/p.png"}}, nil)},
			[]string{"The picture was not loaded", "https://tracker.example/p.png"}},
		{"its own picture", view{Badge: NewBadge(&credential.Badge{Name: "n", Image: dataURL("image/png", pngOf(t, 1, 1))}, nil)},
			[]string{`<img class="picture" src="data:image/png;base64,`, "The badge&#39;s picture"}},
	}
	plain := pages(t, map[string]string{"a.html": `{{define "main"}}{{template "badge" (dict "Badge" . "Level" 3)}}{{end}}`})
	var out bytes.Buffer
	if err := plain.Write(&out, "a.html", Page{Data: NewBadge(full, nil)}); err != nil || !strings.Contains(out.String(), "<h3>Welding</h3>") {
		t.Errorf("without an anchor: %v\n%s", err, out.String())
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var out bytes.Buffer
			if err := p.Write(&out, "a.html", Page{Data: test.view}); err != nil {
				t.Fatal(err)
			}
			for _, want := range test.wants {
				if !strings.Contains(out.String(), want) {
					t.Errorf("the page lacks %s", want)
				}
			}
			if strings.Contains(out.String(), attack) || strings.Contains(out.String(), `<img class="picture" src="https`) {
				t.Error("the page has something live in it")
			}
		})
	}
}

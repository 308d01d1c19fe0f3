package rdfc_test

import (
	"fmt"

	"laurel/internal/rdfc"
)

// The example of the package comment.
func ExampleCanonicalize() {
	quads, err := rdfc.Parse([]byte(`
		_:who  <https://schema.org/name>  "Ada" .
		<urn:badge:1>  <https://schema.org/recipient>  _:who .
	`))
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := rdfc.Canonicalize(quads, rdfc.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s%v\n%x\n", c.NQuads, c.Labels, c.Sum())
	// Output:
	// <urn:badge:1> <https://schema.org/recipient> _:c14n0 .
	// _:c14n0 <https://schema.org/name> "Ada" .
	// map[who:c14n0]
	// 720a25c76dc6e48da55eb9409f8197bdcdda4b624e47590df2f0585818bb38d6
}

func ExampleAppendQuad() {
	line, err := rdfc.AppendQuad(nil, rdfc.Quad{
		Subject:   rdfc.Term{Kind: rdfc.IRI, Value: "urn:badge:1"},
		Predicate: "https://schema.org/name",
		Object:    rdfc.Term{Kind: rdfc.Literal, Value: "The \"First\"\nBadge", Lang: "en"},
	})
	fmt.Printf("%s%v\n", line, err)
	// Output:
	// <urn:badge:1> <https://schema.org/name> "The \"First\"\nBadge"@en .
	// <nil>
}

// Package issuer issues Open Badges and keeps the books about them: who got
// which, under which key, at which place of which status list, and what
// happened to it since.
//
// # Issuing
//
// An Issuer has a name, a DID (did:web or did:key), keys, templates and a
// Store. A template is what all badges of a kind have in common; an award is
// what one learner's has on top:
//
//	i, err := issuer.Create(ctx, opt, issuer.Profile{Name: "School", URL: "https://badges.school.example"}, issuer.Web)
//	_, err = i.PutTemplate(ctx, []byte(`{"type":"laurel/template/v1","id":"barista",
//		"achievement":{"name":"Barista","description":"…","criteria":{"narrative":"Pull ten good shots."}},
//		"validFor":"P2Y"}`))
//	issued, err := i.Issue(ctx, issuer.Award{Template: "barista", Recipient: "did:key:z6Mk…", Name: "Ada"})
//	os.Stdout.Write(issued.Credential)
//
// Nothing is signed that a verifier would refuse: the badge is checked against
// the data model, against Open Badges 3.0 and, in JSON-LD's safe mode, for
// terms that nobody defined, before it gets its place in a status list.
//
// A template may say how its badges are signed (package mechanism): as documents
// with a proof inside, or as tokens. With "proof": "ecdsa-sd-2023", "vc+sd-jwt" or
// "dc+sd-jwt" learners can show a part of them, and "mandatory" names, by JSON
// pointers, what every selection shows besides the issuer, the earner's id, the
// dates and the status.
//
// # Taking back
//
//	changed, err := i.Apply(ctx, issuer.Change{Action: issuer.Revoke, IDs: []string{issued.ID},
//		Reason: "issued to the wrong person", Actor: "registrar"})
//
// When Apply returns, the change, its reason and the newly signed list are on
// the disk together, or none of them is.
//
// # What is never lost, and never reused
//
// A place in a list is drawn at random and written down before anything is
// signed with it; a crash may waste one, it never gives one away twice. Every
// list that was ever published is kept, so that the issuer can answer what it
// said on any day.
//
// From the first template on whose badges are claims of their own (dc+sd-jwt), each
// list is published in a second form, as a Token Status List, with the same places.
//
// # Keys
//
// Lists and most badges are signed with Ed25519. The first template that takes a key
// on P-256 has one made, which then signs the lists of tokens too.
//
// Every key has a window in which it signs: from its making to its retirement.
// A retired key stays in the issuer's DID document, without an end, since the
// badges that it signed are still good. A key that somebody else may have is
// marked as revoked there, and from that moment no verifier believes anything
// that it signed, whatever date it bears.
package issuer

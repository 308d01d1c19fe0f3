package interop

import (
	"encoding/base64"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/proof"
	"laurel/verifier"
)

// selective is the kind with selective disclosure.
var selective = kind{"ecdsa-sd-2023", "P-256"}

// mandatory is what the peer is told to have always shown: that which Laurel's
// suite makes mandatory by itself.
var mandatory = []string{"/issuer", "/validFrom", "/validUntil", "/credentialSubject/id"}

// selections are what a learner shows of the badge.
var selections = map[string][]string{
	"as little as possible": nil,
	"what it is for":        {"/credentialSubject/achievement/name", "/credentialSubject/achievement/criteria"},
	"one of several":        {"/credentialSubject/result/0", "/credentialSubject/achievement/tag/2", "/name"},
	"all of the subject":    {"/credentialSubject"},
	"all of it":             {"/name", "/image", "/awardedDate", "/credentialSubject", "/evidence"},
}

// shown is the selection whose twins are tried.
var shown = []string{"/credentialSubject/achievement", "/credentialSubject/result", "/name"}

// deriver makes the document that shows a part.
type deriver func(t *testing.T, base strictjson.Value, pointers []string) (strictjson.Value, error)

func oursDerives(_ *testing.T, base strictjson.Value, pointers []string) (strictjson.Value, error) {
	return proof.Derive(base, proof.DeriveOptions{Suites: testissuer.Suites(), Pointers: pointers})
}

func theirsDerives(p *peer) deriver {
	return func(t *testing.T, base strictjson.Value, pointers []string) (strictjson.Value, error) {
		a := p.do(t, job{Do: "derive", Document: string(base.JSON()), Pointers: pointers})
		if a.Error != "" {
			return strictjson.Value{}, errPeer(a.Error)
		}
		return testissuer.Parse(a.Document), nil
	}
}

// errPeer is what a peer says instead of doing its job.
type errPeer string

func (e errPeer) Error() string { return string(e) }

// road is who issues the base proof and who derives from it.
type road struct {
	issuer, holder string
	school         party // signs base proofs
	derive         deriver
}

func roads(t *testing.T, p *peer) []road {
	t.Helper()
	us, them := ours(t, selective, "school"), theirs(t, p, selective)
	return []road{
		{"Laurel", "Laurel", us, oursDerives}, {"Laurel", "the peer", us, theirsDerives(p)},
		{"the peer", "Laurel", them, oursDerives}, {"the peer", "the peer", them, theirsDerives(p)},
	}
}

func (r road) String() string { return r.issuer + " issues, " + r.holder + " derives" }

// badge is the fullBadge, as far as the peer can take part.
func (r road) badge(t *testing.T, learner string) strictjson.Value {
	t.Helper()
	doc := fullBadge(t, r.school.id, learner)
	if r.issuer == "Laurel" && r.holder == "Laurel" {
		return doc
	}
	return withoutLists(doc)
}

// withoutLists leaves out what is a list in RDF. The peer gives every blank node
// an id before it compacts, lists too, and then fails: it verifies selections of
// badges with lists, but makes none, and signs none.
func withoutLists(doc strictjson.Value) strictjson.Value {
	var out []strictjson.Value
	for _, r := range doc.Get("credentialSubject").Get("achievement").Get("resultDescription").List() {
		out = append(out, r.Without("allowedValue"))
	}
	return testissuer.Set(doc, "credentialSubject/achievement/resultDescription", strictjson.Array(out...))
}

// showing is a party whose badges come as the selection that their learner shows.
func (r road) showing(by party, pointers []string) party {
	return party{id: by.id, method: by.method, sign: func(t *testing.T, doc strictjson.Value, how manner) strictjson.Value {
		t.Helper()
		shown, err := r.derive(t, by.sign(t, doc, how), pointers)
		if err != nil {
			t.Fatal(err)
		}
		return shown
	}}
}

// TestSelections has each side derive from the base proofs of each, and both
// verify what is shown, alone and in a presentation.
func TestSelections(t *testing.T) {
	p := start(t, "digitalbazaar.js")
	learner := theirs(t, p, kinds[0])
	for _, r := range roads(t, p) {
		t.Run(r.String(), func(t *testing.T) {
			base := r.school.sign(t, r.badge(t, learner.id), manner{})
			if _, err := proof.Open(t.Context(), base.JSON(), proof.Options{
				Keys: testissuer.Keys(), Suites: testissuer.Suites(), At: testissuer.Now, Receiving: true,
			}); err != nil {
				t.Error("Laurel does not take the base proof:", err)
			}
			for name, pointers := range selections {
				t.Run(name, func(t *testing.T) {
					shown, err := r.derive(t, base, pointers)
					if err != nil {
						t.Fatal(err)
					}
					(&cast{web: emptyWeb()}).accept(t, p, "", string(shown.JSON()))
					answer := learner.sign(t, presentation(learner.id, shown), answering())
					(&cast{web: emptyWeb(), expect: asked}).accept(t, p, "", string(answer.JSON()))
				})
			}
		})
	}
}

// TestSameSelection compares what the two show of one credential for the same
// pointers.
func TestSameSelection(t *testing.T) {
	p := start(t, "digitalbazaar.js")
	r := roads(t, p)[1]
	base := r.school.sign(t, r.badge(t, testissuer.New("learner").ID), manner{})
	for name, pointers := range selections {
		a, err := oursDerives(t, base, pointers)
		if err != nil {
			t.Fatal(err)
		}
		b, err := theirsDerives(p)(t, base, pointers)
		if err != nil {
			t.Fatal(err)
		}
		ours, err := a.Without("proof").Canonical()
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := b.Without("proof").Canonical()
		if err != nil {
			t.Fatal(err)
		}
		if string(ours) != string(theirs) {
			t.Errorf("%s: Laurel shows\n%s\nthe peer\n%s", name, ours, theirs)
		}
	}
}

// TestPeerAndLists holds on to what the peer cannot do.
func TestPeerAndLists(t *testing.T) {
	p := start(t, "digitalbazaar.js")
	us, them := ours(t, selective, "school"), theirs(t, p, selective)
	learner := testissuer.New("learner").ID
	full := us.sign(t, fullBadge(t, us.id, learner), manner{})
	if _, err := theirsDerives(p)(t, full, shown); err == nil {
		t.Error("the peer derives from a badge with lists: take withoutLists away")
	}
	if a := p.do(t, job{Do: "issue", Document: string(fullBadge(t, them.id, learner).JSON()), Suite: selective.suite, Key: them.key}); a.Error == "" {
		t.Error("the peer signs a badge with lists: take withoutLists away")
	}
	selection, err := oursDerives(t, full, shown)
	if err != nil {
		t.Fatal(err)
	}
	(&cast{web: emptyWeb()}).accept(t, p, "", string(selection.JSON()))
}

// TestPeerConfirms has the peer take base proofs as a holder would. It writes the
// canonical form of the mandatory part by itself, where blank nodes may get other
// labels than in the whole. So it refuses many base proofs, its own too, as soon
// as there is one in that part: an issuer with an address will do. Which ones
// follows from the hashes of the statements, and so from the issuer's key; that
// of this school is always the same.
func TestPeerConfirms(t *testing.T) {
	p := start(t, "digitalbazaar.js")
	us := ours(t, selective, "school")
	badge := withoutLists(fullBadge(t, us.id, testissuer.New("learner").ID))
	a := p.do(t, job{Do: "confirm", Document: string(us.sign(t, badge, manner{}).JSON())})
	if a.Verified {
		t.Error("the peer takes a base proof with blank nodes in its mandatory part")
	}
	for _, school := range []party{us, theirs(t, p, selective)} {
		simple := badge.With("issuer", text(school.id))
		if a = p.do(t, job{Do: "confirm", Document: string(school.sign(t, simple, manner{}).JSON())}); !a.Verified {
			t.Error("the peer:", a.Error)
		}
	}
}

// derived is a derived proof value, taken apart.
type derived struct {
	_          struct{} `cbor:",toarray"`
	Base       []byte
	Key        []byte
	Signatures [][]byte
	Labels     map[uint64][]byte
	Mandatory  []uint64
}

// inside is a change of the parts of the proof value.
func inside(edit func(*derived)) change {
	return func(t *testing.T, _ *cast, doc strictjson.Value) strictjson.Value {
		t.Helper()
		data, err := base64.RawURLEncoding.DecodeString(doc.Get("proof").Get("proofValue").Str()[1:])
		if err != nil {
			t.Fatal(err)
		}
		var d derived
		if err := cbor.Unmarshal(data[3:], &d); err != nil {
			t.Fatal(err)
		}
		edit(&d)
		body, err := cbor.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		return testissuer.Set(doc, "proof/proofValue", text("u"+base64.RawURLEncoding.EncodeToString(append(data[:3:3], body...))))
	}
}

// selectionTwins are selections that must not pass, whoever issued and whoever
// derived.
var selectionTwins = []twin{
	{name: "a name exchanged", after: set("credentialSubject/achievement/name", text("Doctor")), want: verifier.SignatureInvalid},
	{name: "a statement put in that was never made", after: set("credentialSubject/role", text("Professor")), want: verifier.SignatureInvalid},
	{name: "a statement taken out afterwards", after: set("name", gone), want: verifier.SignatureInvalid},
	{name: "the end taken out, which is mandatory", after: set("validUntil", gone), want: verifier.SignatureInvalid},
	{name: "a longer validity", after: set("validUntil", text("2099-01-01T00:00:00Z")), want: verifier.SignatureInvalid},
	{name: "another learner", after: func(_ *testing.T, c *cast, d strictjson.Value) strictjson.Value {
		return testissuer.Set(d, "credentialSubject/id", text(c.stranger.id))
	}, want: verifier.SignatureInvalid},
	{name: "another issuer", after: func(_ *testing.T, c *cast, d strictjson.Value) strictjson.Value {
		return testissuer.Set(d, "issuer/id", text(c.stranger.id))
	}, want: verifier.SignatureInvalid},
	{name: "a term that nobody defined", after: set("honours", text("summa")), want: verifier.UndefinedTerm},
	{name: "no proof", after: set("proof", gone), want: verifier.ProofMissing},
	{name: "half a proof value", after: func(_ *testing.T, _ *cast, d strictjson.Value) strictjson.Value {
		value := d.Get("proof").Get("proofValue").Str()
		return testissuer.Set(d, "proof/proofValue", text(value[:len(value)/2]))
	}, want: verifier.SignatureInvalid},
	{name: "another day of signing", after: set("proof/created", text("2025-01-01T00:00:00Z")), want: verifier.SignatureInvalid},
	{name: "the key of a stranger", after: func(_ *testing.T, c *cast, d strictjson.Value) strictjson.Value {
		return testissuer.Set(d, "proof/verificationMethod", text(c.stranger.method))
	}, want: verifier.SignatureInvalid},
	{name: "said to be another suite", after: set("proof/cryptosuite", text("ecdsa-rdfc-2019")), want: verifier.SignatureInvalid},
	{name: "the proof of another badge", after: func(t *testing.T, c *cast, d strictjson.Value) strictjson.Value {
		other := c.school.sign(t, withoutLists(testissuer.Set(fullBadge(t, c.school.id, c.learner.id), "validUntil", text("2031-01-01T00:00:00Z"))), manner{})
		return d.With("proof", other.Get("proof"))
	}, want: verifier.SignatureInvalid},

	{name: "another signature of the issuer", after: inside(func(d *derived) { d.Base[7] ^= 1 }), want: verifier.SignatureInvalid},
	{name: "another key of the proof", after: inside(func(d *derived) { d.Key[7] ^= 1 }), want: verifier.SignatureInvalid},
	{name: "a signature too few", after: inside(func(d *derived) { d.Signatures = d.Signatures[1:] }), want: verifier.SignatureInvalid},
	{name: "a signature too many", after: inside(func(d *derived) { d.Signatures = append(d.Signatures, d.Signatures[0]) }), want: verifier.SignatureInvalid},
	{name: "two signatures exchanged", after: inside(func(d *derived) { d.Signatures[0], d.Signatures[1] = d.Signatures[1], d.Signatures[0] }), want: verifier.SignatureInvalid},
	{name: "two labels exchanged", after: inside(func(d *derived) { d.Labels[0], d.Labels[1] = d.Labels[1], d.Labels[0] }), want: verifier.SignatureInvalid},
	{name: "a label too few", after: inside(func(d *derived) { delete(d.Labels, 0) }), want: verifier.SignatureInvalid},
	{name: "one label for two", after: inside(func(d *derived) { d.Labels[0] = d.Labels[1] }), want: verifier.SignatureInvalid},
	{name: "a mandatory statement called voluntary", after: inside(func(d *derived) { d.Mandatory = d.Mandatory[1:] }), want: verifier.SignatureInvalid},
	{name: "an index beyond the statements", after: inside(func(d *derived) { d.Mandatory[len(d.Mandatory)-1] = 9999 }), want: verifier.SignatureInvalid},

	{name: "the base proof itself", by: func(c *cast) party { return c.base }, want: verifier.ProofTypeUnsupported},
	{name: "signed by somebody else", before: set("issuer/id", text("did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK")), want: verifier.IssuerMismatch},
	{name: "expired", before: set("validUntil", text("2026-05-01T00:00:00Z")), want: verifier.CredentialExpired},
	{name: "not valid yet", before: set("validFrom", text("2026-07-01T00:00:00Z")), want: verifier.CredentialNotYetValid},
	{name: "a member twice", text: func(s string) string { return `{"name":"Doctor",` + s[1:] }, want: verifier.DuplicateKey, accepted: jsonText},
}

// TestSelectionTwins has both sides judge them on every road.
func TestSelectionTwins(t *testing.T) {
	p := start(t, "digitalbazaar.js")
	learner := ours(t, kinds[0], "learner")
	for _, r := range roads(t, p) {
		c := &cast{kind: selective, learner: learner, base: r.school, web: emptyWeb(),
			school: r.showing(r.school, shown), stranger: ours(t, selective, "stranger")}
		t.Run(r.String(), func(t *testing.T) {
			c.refuseAll(t, p, selectionTwins, r.badge(t, learner.id), manner{}, c.school)
		})
	}
}

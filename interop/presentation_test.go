package interop

import (
	"context"
	"strings"
	"testing"
	"time"

	"laurel/internal/store/badger"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/internal/vault"
	"laurel/proof"
	"laurel/verifier"
	"laurel/wallet"
)

// asked is what an employer asks of a presentation.
var asked = verifier.Expectation{Challenge: challenge, Domain: domain}

// answering is how a presentation is signed that answers it.
func answering() manner {
	return manner{purpose: proof.Authentication, challenge: challenge, domain: domain, created: testissuer.Now}
}

func presentation(holder string, credentials ...strictjson.Value) strictjson.Value {
	return (&testissuer.Party{ID: holder}).Present(credentials...)
}

// holding makes a presentation of another badge, which is signed by the school
// after the change; then the signed badge is changed once more.
func holding(before, after change) change {
	return func(t *testing.T, c *cast, _ strictjson.Value) strictjson.Value {
		badge := c.make(t, twin{before: before, after: after}, smallBadge(c.school.id, c.learner.id), manner{}, c.school)
		return presentation(c.learner.id, testissuer.Parse(badge))
	}
}

func stranger(c *cast) party { return c.stranger }

const notBound = "whether the presenter is the one whom the badge names is left to the caller"

// presentationTwins are answers that must not pass.
var presentationTwins = []twin{
	{name: "an answer to somebody else's challenge", manner: func(m *manner) { m.challenge = "another" }, want: verifier.ChallengeMismatch},
	{name: "an answer made for another domain", manner: func(m *manner) { m.domain = "https://other.example" }, want: verifier.DomainMismatch},
	{name: "an answer made for no domain", manner: func(m *manner) { m.domain = "" }, want: verifier.DomainMismatch},
	{name: "the challenge put in afterwards", manner: func(m *manner) { m.challenge = "another" }, after: set("proof/challenge", text(challenge)), want: verifier.SignatureInvalid},
	{name: "the challenge taken out", after: set("proof/challenge", gone), want: verifier.SignatureInvalid},
	{name: "signed as a statement", manner: func(m *manner) { m.purpose = proof.Assertion }, want: verifier.ProofPurposeMismatch},
	{name: "no proof", after: set("proof", gone), want: verifier.PresentationProofAbsent},
	{name: "an altered signature", after: forgedEnd, want: verifier.SignatureInvalid},
	{name: "another holder put in", after: func(_ *testing.T, c *cast, d strictjson.Value) strictjson.Value {
		return d.With("holder", text(c.stranger.id))
	}, want: verifier.SignatureInvalid},
	{name: "the key of a stranger put in", after: func(_ *testing.T, c *cast, d strictjson.Value) strictjson.Value {
		return testissuer.Set(d, "proof/verificationMethod", text(c.stranger.method))
	}, want: verifier.SignatureInvalid},
	{name: "every badge taken out", after: set("verifiableCredential", gone), want: verifier.NoCredential},
	{name: "a badge taken out", before: func(t *testing.T, c *cast, d strictjson.Value) strictjson.Value {
		other := c.school.sign(t, testissuer.Set(smallBadge(c.school.id, c.learner.id), "name", text("Another")), manner{})
		return d.With("verifiableCredential", strictjson.Array(append(d.Get("verifiableCredential").List(), other)...))
	}, after: func(_ *testing.T, _ *cast, d strictjson.Value) strictjson.Value {
		return d.With("verifiableCredential", d.Get("verifiableCredential").List()[0])
	}, want: verifier.SignatureInvalid},
	{name: "a badge exchanged", after: func(t *testing.T, c *cast, d strictjson.Value) strictjson.Value {
		other := c.school.sign(t, testissuer.Set(smallBadge(c.school.id, c.learner.id), "name", text("Another")), manner{})
		return d.With("verifiableCredential", other)
	}, want: verifier.SignatureInvalid},
	{name: "a term that nobody defined", after: set("reference", text("a friend")), want: verifier.UndefinedTerm},
	{name: "a forged badge", before: holding(nil, set("credentialSubject/achievement/name", text("Doctor"))), want: verifier.SignatureInvalid},
	{name: "an expired badge", before: holding(set("validUntil", text("2026-05-01T00:00:00Z")), nil), want: verifier.CredentialExpired},
	{name: "a badge that nobody signed", before: holding(nil, set("proof", gone)), want: verifier.ProofMissing},
	{name: "a badge by a stranger in the school's name", before: func(t *testing.T, c *cast, _ strictjson.Value) strictjson.Value {
		return presentation(c.learner.id, c.stranger.sign(t, smallBadge(c.school.id, c.learner.id), manner{}))
	}, want: verifier.IssuerMismatch},

	{name: "a stolen badge", by: stranger, before: func(_ *testing.T, c *cast, d strictjson.Value) strictjson.Value {
		return d.With("holder", text(c.stranger.id))
	}, want: verifier.HolderBindingFailed, accepted: notBound},
	{name: "a stranger in the learner's name", by: stranger, want: verifier.HolderBindingFailed,
		accepted: "a presentation is by whoever signed; holder is not compared"},
	{name: "a badge that names nobody", before: holding(set("credentialSubject/id", gone), nil), want: verifier.HolderUnbound, accepted: notBound},
	{name: "signed tomorrow", manner: func(m *manner) { m.created = testissuer.Now.Add(24 * time.Hour) },
		want: verifier.ProofNotYetValid, accepted: untimed},
	{name: "a challenge twice", text: func(s string) string {
		return strings.Replace(s, `"challenge":"`, `"challenge":"another","challenge":"`, 1)
	}, want: verifier.DuplicateKey, accepted: jsonText},
}

// TestPresentations has each side present a badge that the same side issued.
func TestPresentations(t *testing.T) {
	p := start(t, "digitalbazaar.js")
	bothWays(t, p, asked, func(t *testing.T, c *cast) {
		full := c.school.sign(t, fullBadge(t, c.school.id, c.learner.id), manner{})
		c.accept(t, p, "", string(c.learner.sign(t, presentation(c.learner.id, full), answering()).JSON()))
		doc := presentation(c.learner.id, c.school.sign(t, smallBadge(c.school.id, c.learner.id), manner{}))
		c.refuseAll(t, p, presentationTwins, doc, answering(), c.learner)
	})
}

// TestMixedPresentation has either side present what both have issued, under
// every suite, in one presentation.
func TestMixedPresentation(t *testing.T) {
	p := start(t, "digitalbazaar.js")
	learners := map[string]party{"ours": ours(t, kinds[0], "learner"), "theirs": theirs(t, p, kinds[0])}
	for side, learner := range learners {
		t.Run(side, func(t *testing.T) {
			var badges []strictjson.Value
			for _, k := range kinds {
				for _, school := range []party{ours(t, k, "school"), theirs(t, p, k)} {
					badges = append(badges, school.sign(t, fullBadge(t, school.id, learner.id), manner{}))
				}
			}
			c := &cast{web: emptyWeb(), expect: asked}
			c.accept(t, p, "", string(learner.sign(t, presentation(learner.id, badges...), answering()).JSON()))
		})
	}
}

// TestWallet has the peer verify what a learner's wallet hands over, of badges
// that the peer itself has issued and of Laurel's.
func TestWallet(t *testing.T) {
	p := start(t, "digitalbazaar.js")
	w := newWallet(t)
	me, err := w.NewIdentity(t.Context(), "first")
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, k := range kinds {
		for _, school := range []party{ours(t, k, "school"), theirs(t, p, k)} {
			badge := school.sign(t, fullBadge(t, school.id, me.DID), manner{})
			found, err := w.Examine(t.Context(), badge.JSON())
			if err != nil {
				t.Fatal(err)
			}
			card, err := w.Add(t.Context(), found)
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, card.ID)
		}
	}
	answer, err := w.Prepare(t.Context(), wallet.Request{Credentials: ids, Challenge: challenge, Domain: domain})
	if err != nil {
		t.Fatal(err)
	}
	if len(answer.Presentations) != 1 || len(answer.Presentations[0].Cards) != len(ids) {
		t.Fatalf("the wallet makes %d presentations, not one of %d badges", len(answer.Presentations), len(ids))
	}
	(&cast{web: emptyWeb(), expect: asked}).accept(t, p, "", string(answer.Presentations[0].Bytes))
}

func newWallet(t *testing.T) *wallet.Wallet {
	t.Helper()
	store, err := badger.OpenWallet("", badger.Options{InMemory: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	v, _, err := vault.New([]byte("correct horse battery"), vault.Options{UnsafeFast: true})
	if err != nil {
		t.Fatal(err)
	}
	return &wallet.Wallet{
		Store: store, Vault: v, Suite: testissuer.Suites()[0], Suites: testissuer.Suites(), Now: func() time.Time { return testissuer.Now },
		Check: func(ctx context.Context, document []byte, e wallet.Expectation) (wallet.Checked, error) {
			report, err := laurel(emptyWeb()).Verify(ctx, document, verifier.Expectation{Challenge: e.Challenge, Domain: e.Domain, Receiving: e.Receiving})
			if err != nil {
				return wallet.Checked{}, err
			}
			return wallet.Checked{Verdict: wallet.Verdict(report.Verdict), Headline: report.Headline}, nil
		},
	}
}

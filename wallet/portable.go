package wallet

import (
	"strconv"
	"time"

	"laurel/credential"
	"laurel/did"
	"laurel/internal/strictjson"
)

// What leaves a wallet for people and other programs is JSON: the entries of a
// backup, and what the command line prints with --json.

func (k keyed) document() (strictjson.Value, error) {
	secret, err := did.FormatSecretMultikey(k.key)
	if err != nil {
		return strictjson.Value{}, err
	}
	return k.JSON().With("secretKeyMultibase", strictjson.String(secret)), nil
}

// JSON is the identity as an object with id, label and created.
func (i Identity) JSON() strictjson.Value {
	return strictjson.Object(
		member("id", i.DID),
		member("label", i.Label),
		strictjson.Member{Name: "created", Value: strictjson.Stamp(i.Created)},
	)
}

// JSON is the card as an object; what is not set is left out. The state is that
// of the given time.
func (c *Card) JSON(now time.Time) strictjson.Value {
	return c.document().With("state", strictjson.String(string(c.State(now))))
}

func (c *Card) document() strictjson.Value {
	return strictjson.Object(
		member("id", c.ID),
		member("title", c.Title),
		member("issuer", c.Issuer),
		member("issuerName", c.IssuerName),
		member("subject", c.Subject),
		member("credential", c.Credential),
		strictjson.Member{Name: "types", Value: strictjson.Strings(c.Types...)},
		strictjson.Member{Name: "skills", Value: strictjson.Strings(c.Skills...)},
		strictjson.Member{Name: "added", Value: strictjson.Stamp(c.Added)},
		strictjson.Member{Name: "validFrom", Value: strictjson.Stamp(c.From)},
		strictjson.Member{Name: "validUntil", Value: strictjson.Stamp(c.Until)},
		member("verdict", string(c.Verdict)),
		member("headline", c.Headline),
		member("issuerListed", c.Proven.Listed),
		member("issuerDomain", c.Proven.Domain),
		strictjson.Member{Name: "checked", Value: strictjson.Stamp(c.Checked)},
		strictjson.Member{Name: "bytes", Value: strictjson.Int(c.Size)},
		strictjson.Member{Name: "news", Value: c.News.document()},
	)
}

// document is the news as an object; Absent if there is none.
func (n News) document() strictjson.Value {
	if !n.Exists() {
		return strictjson.Value{}
	}
	return strictjson.Object(member("was", string(n.Was)), strictjson.Member{Name: "since", Value: strictjson.Stamp(n.Since)})
}

// restore takes from a card's JSON what the document does not say.
func (c *Card) restore(doc strictjson.Value) {
	c.Added, c.Checked = timeOf(doc.Get("added")), timeOf(doc.Get("checked"))
	text := func(name string) string { return short(credential.Plain(doc.Get(name).Str())) }
	c.Headline, c.Proven = text("headline"), Issuer{Listed: text("issuerListed"), Domain: text("issuerDomain")}
	switch v := Verdict(doc.Get("verdict").Str()); v {
	case Accepted, Rejected, Undetermined, Old:
		c.Verdict = v
	default:
		c.Verdict = Undetermined
	}
}

// JSON is the receipt as an object; what is not set is left out.
func (r *Receipt) JSON() strictjson.Value {
	return strictjson.Object(
		member("id", r.ID),
		strictjson.Member{Name: "when", Value: strictjson.Stamp(r.When)},
		member("audience", r.Audience),
		member("domain", r.Domain),
		member("challenge", r.Challenge),
		member("holder", r.Holder),
		strictjson.Member{Name: "credentials", Value: shownJSON(r.Credentials)},
		member("sha256", r.SHA256),
		member("verdict", string(r.Verdict)),
		member("headline", r.Headline),
	)
}

// shownJSON is what was shown, an object for each credential.
func shownJSON(all []Shown) strictjson.Value {
	shown := make([]strictjson.Value, len(all))
	for i, c := range all {
		shown[i] = strictjson.Object(member("id", c.ID), member("title", c.Title), member("issuer", c.Issuer))
		if c.Chosen != nil {
			shown[i] = shown[i].With("chosen", strictjson.Strings(c.Chosen...))
		}
		if c.Of > 0 {
			shown[i] = shown[i].With("fields", strictjson.Int(c.Fields)).With("of", strictjson.Int(c.Of))
		}
	}
	return strictjson.Array(shown...)
}

func receiptOf(doc strictjson.Value) *Receipt {
	text := func(name string) string { return doc.Get(name).Str() }
	return &Receipt{
		ID: text("id"), When: timeOf(doc.Get("when")), Audience: text("audience"), Domain: text("domain"),
		Challenge: text("challenge"), Holder: text("holder"), SHA256: text("sha256"),
		Verdict: Verdict(text("verdict")), Headline: text("headline"),
		Credentials: shownOf(doc.Get("credentials")),
	}
}

// shownOf reads what shownJSON wrote.
func shownOf(doc strictjson.Value) []Shown {
	var out []Shown
	for _, c := range doc.Elems() {
		one := Shown{ID: c.Get("id").Str(), Title: c.Get("title").Str(), Issuer: c.Get("issuer").Str(), Fields: countOf(c.Get("fields")), Of: countOf(c.Get("of"))}
		for _, p := range c.Get("chosen").Elems() {
			one.Chosen = append(one.Chosen, p.Str())
		}
		out = append(out, one)
	}
	return out
}

func (r *Receipt) restore(w *Wallet) func(tx Txn) error {
	return func(tx Txn) error { return w.put(tx, receipts, r.ID, r.encode()) }
}

// member is a text member that is left out when it is empty.
func member(name, text string) strictjson.Member {
	if text == "" {
		return strictjson.Member{Name: name}
	}
	return strictjson.Member{Name: name, Value: strictjson.String(text)}
}

// countOf reads a small number for display; what is malformed is left out.
func countOf(v strictjson.Value) int {
	lit, _ := v.Literal()
	n, err := strconv.ParseUint(lit, 10, 31)
	if err != nil {
		return 0
	}
	return int(n)
}

// timeOf reads a time for display; what is malformed is left out.
func timeOf(v strictjson.Value) time.Time {
	t, err := credential.ParseTime(v.Str())
	if err != nil {
		return time.Time{}
	}
	return t
}

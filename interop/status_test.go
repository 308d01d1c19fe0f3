package interop

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"slices"
	"strings"
	"testing"
	"time"

	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/issuer"
	"laurel/issuer/storetest"
	"laurel/status"
	"laurel/verifier"
)

const (
	listURL = "https://school.example/status/1"
	place   = 42 // of the badge in the list
)

// listTwin is a status list, and a badge that names it, one of which is bad in
// one way. The place of the badge is clear unless set says otherwise; place 0 is
// always clear.
type listTwin struct {
	name    string
	purpose status.Purpose // of list and entry; revocation if empty
	set     bool
	entry   change // of the badge's credentialStatus, before the badge is signed
	before  change // of the list before it is signed
	by      func(*cast) party
	after   change // of the signed list
	missing bool   // nothing is published

	want     verifier.Code
	accepted string // why the peer says verified; "" if it does not
	bit      bool   // which it then finds in the list

	good    bool   // both accept it
	refused string // why the peer refuses what is good
}

const (
	listHolds = "verified says that the list is genuine; whether the bit is set is for the caller to look at"
	parsed    = "it reads indexes with parseInt"
	unread    = "it does not look at this member"
)

var listTwins = []listTwin{
	{name: "revoked", set: true, want: verifier.StatusRevoked, accepted: listHolds, bit: true},
	{name: "suspended", purpose: status.Suspension, set: true, want: verifier.StatusSuspended, accepted: listHolds, bit: true},

	{name: "an index with a tail, of a bit that is set", set: true, entry: set("statusListIndex", text("42abc")), want: verifier.StatusIndexRange, accepted: parsed, bit: true},
	{name: "an index in hexadecimal, of a bit that is set", set: true, entry: set("statusListIndex", text("0x2a")), want: verifier.StatusIndexRange,
		accepted: parsed + ", which reads 0 here: a revoked badge looks clear"},
	{name: "an index with an exponent", entry: set("statusListIndex", text("4e1")), want: verifier.StatusIndexRange, accepted: parsed + ", which reads 4 here"},
	{name: "an index below the list", entry: set("statusListIndex", text("-1")), want: verifier.StatusIndexRange},
	{name: "an index beyond the list", entry: set("statusListIndex", text("131072")), want: verifier.StatusIndexRange},
	{name: "an index that is a word", entry: set("statusListIndex", text("first")), want: verifier.StatusIndexRange},
	{name: "an entry of another kind", entry: func(*testing.T, *cast, strictjson.Value) strictjson.Value {
		return testissuer.Parse(`{"id": "` + listURL + `", "type": "1EdTechRevocationList"}`)
	}, want: verifier.StatusTypeUnknown},
	{name: "an entry for another purpose", entry: set("statusPurpose", text("suspension")), want: verifier.StatusVerificationError},
	{name: "a message instead of a status", purpose: "message", want: verifier.StatusTypeUnknown, accepted: "it finds the bit and leaves its meaning to the caller"},
	{name: "entries of two bits", entry: set("statusSize", strictjson.Int(2)), want: verifier.StatusTypeUnknown, accepted: unread},

	{name: "no list", missing: true, want: verifier.StatusRetrieval},
	{name: "a list that nobody signed", after: set("proof", gone), want: verifier.StatusVerificationError},
	{name: "a list with an altered signature", after: forgedEnd, want: verifier.StatusVerificationError},
	{name: "a list cleared after signing", set: true, after: set("credentialSubject/encodedList", text(packed(make([]byte, 16384)))), want: verifier.StatusVerificationError},
	{name: "a list by a stranger", by: stranger, before: func(_ *testing.T, c *cast, d strictjson.Value) strictjson.Value {
		return d.With("issuer", text(c.stranger.id))
	}, want: verifier.StatusVerificationError},
	{name: "a list by a stranger in the school's name", by: stranger, want: verifier.StatusVerificationError},
	{name: "a list that has expired", before: set("validUntil", text("2026-05-01T00:00:00Z")), want: verifier.StatusVerificationError},
	{name: "a list for later", before: set("validFrom", text("2026-07-01T00:00:00Z")), want: verifier.StatusVerificationError},
	{name: "a credential that is no list", before: set("type", strictjson.Strings("VerifiableCredential")), want: verifier.StatusVerificationError},
	{name: "a list without its multibase letter", before: func(_ *testing.T, _ *cast, d strictjson.Value) strictjson.Value {
		return testissuer.Set(d, "credentialSubject/encodedList", text(strings.TrimPrefix(d.Get("credentialSubject").Get("encodedList").Str(), "u")))
	}, want: verifier.StatusVerificationError},
	{name: "a list that is not packed", before: set("credentialSubject/encodedList", text("u"+base64.RawURLEncoding.EncodeToString(make([]byte, 16384)))), want: verifier.StatusVerificationError},

	{name: "a list with another id", before: set("id", text("https://school.example/status/2")), want: verifier.StatusVerificationError,
		accepted: "it does not compare the list's id with the address it came from"},
	{name: "a list too short to hide in", before: set("credentialSubject/encodedList", text(packed(make([]byte, 128)))), want: verifier.StatusListLength,
		accepted: "it knows no shortest length"},
	{name: "a list with bytes behind it", before: set("credentialSubject/encodedList", text(packed(make([]byte, 16384), 1, 2, 3, 4))), want: verifier.StatusVerificationError},

	{name: "a list for several purposes", before: set("credentialSubject/statusPurpose", strictjson.Strings("suspension", "revocation")),
		refused: "it compares the purposes of the list as one text; the specification allows several (section 2.2)"},
	{name: "an entry whose id is the list's", entry: set("id", text(listURL)),
		refused: "the specification forbids it (section 2.1); published credentials do it all the same, and nothing is read from the id"},
	{name: "an index that is a number", entry: set("statusListIndex", strictjson.Int(place)), good: true},
}

// packed is a list as an encodedList, with a tail behind the gzip member.
func packed(bits []byte, tail ...byte) string {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(bits) // a buffer takes everything
	_ = w.Close()
	return "u" + base64.RawURLEncoding.EncodeToString(append(out.Bytes(), tail...))
}

// list is an unsigned status list, written by the side that signs it.
func (c *cast) list(t *testing.T, p *peer, purpose status.Purpose, places ...int) strictjson.Value {
	t.Helper()
	if c.ours {
		return (&testissuer.Party{ID: c.school.id}).Draft(t, listURL, purpose, places...)
	}
	made := p.do(t, job{Do: "list", URL: listURL, StatusPurpose: string(purpose), Length: status.MinLength, Set: slices.Concat([]int{}, places)})
	if made.Error != "" {
		t.Fatal(made.Error)
	}
	return testissuer.Parse(made.Document).With("issuer", text(c.school.id)).With("validFrom", text("2025-12-01T00:00:00Z"))
}

// TestStatusLists has each side publish lists and badges that name them.
func TestStatusLists(t *testing.T) {
	p := start(t, "digitalbazaar.js")
	bothWays(t, p, verifier.Expectation{}, func(t *testing.T, c *cast) {
		c.accept(t, p, "", c.publish(t, p, listTwin{}))
		for _, tw := range listTwins {
			t.Run(tw.name, func(t *testing.T) {
				clear(c.web.Pages)
				badge := c.publish(t, p, tw)
				if tw.good || tw.refused != "" {
					c.accept(t, p, tw.refused, badge)
					return
				}
				c.refuse(t, p, twin{want: tw.want, accepted: tw.accepted, bits: []bool{tw.bit}}, badge)
			})
		}
	})
}

// publish puts the list on the network and gives the badge that names it.
func (c *cast) publish(t *testing.T, p *peer, tw listTwin) string {
	t.Helper()
	if tw.purpose == "" {
		tw.purpose = status.Revocation
	}
	places := []int{7, 131071}
	if tw.set {
		places = append(places, place)
	}
	if !tw.missing {
		list := c.list(t, p, tw.purpose, places...)
		c.web.Pages[listURL] = []byte(c.make(t, twin{before: tw.before, by: tw.by, after: tw.after}, list, manner{}, c.school))
	}
	entry := status.Entry{Purpose: tw.purpose, Index: place, ListURL: listURL}.Value()
	if tw.entry != nil {
		entry = tw.entry(t, c, entry)
	}
	badge := smallBadge(c.school.id, c.learner.id).With("credentialStatus", entry)
	return string(c.school.sign(t, badge, manner{}).JSON())
}

// template is a kind of badge with all that a person would put into one.
const template = `{"type": "laurel/template/v1", "id": "barista", "validFor": "P2Y",
	"achievement": {
		"name": "Barista, level 2", "achievementType": "Certificate", "humanCode": "B2", "inLanguage": "en",
		"description": "Pulls good shots — and says why.\nÄußerst gründlich.",
		"criteria": {"id": "https://badges.school.example/barista", "narrative": "1. *Ten* shots.\n2. An [exam](https://school.example/exam)."},
		"tag": ["coffee", "crème"], "creditsAvailable": 2.5,
		"alignment": [{"targetName": "Making coffee", "targetUrl": "https://skills.example/coffee", "targetType": "CFItem", "targetCode": "C-1"}],
		"resultDescription": [
			{"name": "Exam", "resultType": "LetterGrade", "allowedValue": ["A", "B", "C", "A"], "requiredValue": "C"},
			{"name": "Shots", "resultType": "RawScore", "valueMin": "0", "valueMax": "10"}]
	}}`

// TestIssuer has the peer verify what an issuer under a did:web publishes:
// badges, and its lists before and after a revocation and a suspension.
func TestIssuer(t *testing.T) {
	p := start(t, "digitalbazaar.js")
	school, err := issuer.Create(t.Context(), issuer.Options{
		Store: new(storetest.Memory), Suite: testissuer.Suites()[0], Contexts: jsonld.Embedded(),
		Now: func() time.Time { return testissuer.Now },
	}, issuer.Profile{Name: "School of Examples", URL: "https://badges.school.example", Email: "badges@school.example"}, issuer.Web)
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range []string{template, strings.NewReplacer(`"barista"`, `"trainee", "statusPurpose": "suspension"`).Replace(template)} {
		if _, err := school.PutTemplate(t.Context(), []byte(source)); err != nil {
			t.Fatal(err)
		}
	}
	c := &cast{web: emptyWeb()}
	badges := map[issuer.Action]*issuer.Issued{}
	for action, id := range map[issuer.Action]string{"": "barista", issuer.Revoke: "barista", issuer.Suspend: "trainee"} {
		badges[action], err = school.Issue(t.Context(), issuer.Award{
			Template: id, Recipient: testissuer.New("learner").ID, Name: "Ada Lovelace", Email: "ada@example.org",
			Narrative: "In *one* morning.", Results: []issuer.Result{{Of: "Exam", Value: "A"}, {Of: "Shots", Value: "10"}},
			Evidence: []issuer.Evidence{{URL: "https://school.example/video", Name: "The tenth shot"}},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	c.upload(t, school)
	for _, b := range badges {
		c.accept(t, p, "", string(b.Credential))
	}
	for action, b := range badges {
		if action == "" {
			continue
		}
		if _, err := school.Apply(t.Context(), issuer.Change{Action: action, IDs: []string{b.ID}, Reason: "by mistake"}); err != nil {
			t.Fatal(err)
		}
	}
	c.upload(t, school)
	c.accept(t, p, "", string(badges[""].Credential))
	for action, code := range map[issuer.Action]verifier.Code{issuer.Revoke: verifier.StatusRevoked, issuer.Suspend: verifier.StatusSuspended} {
		t.Run(string(action), func(t *testing.T) {
			c.refuse(t, p, twin{want: code, accepted: listHolds, bits: []bool{true}}, string(badges[action].Credential))
		})
	}
}

// upload puts everything that an issuer publishes on the test network.
func (c *cast) upload(t *testing.T, i *issuer.Issuer) {
	t.Helper()
	files, err := i.Site(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	profile, err := i.Profile(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		c.web.Pages[profile.URL+"/"+f.Path] = f.Body
	}
	document, err := i.DIDDocument()
	if err != nil {
		t.Fatal(err)
	}
	c.web.Pages[profile.DID] = document // where the peer looks for it
}

package verifier

import (
	"fmt"

	"laurel/credential"
	"laurel/did"
	"laurel/internal/strictjson"
)

// This file has what is particular to credentials that are signed tokens.

// readBadge reads the claims for display. A token can begin and end to be valid by
// itself, which narrows what its document says.
func (e *examination) readBadge() credential.Badge {
	token := e.opened.Token
	if token == nil {
		return credential.ReadBadge(e.opened.Document)
	}
	doc := e.opened.Document
	if token.Claims() {
		doc = credential.FromClaims(doc)
	}
	badge := credential.ReadBadge(doc)
	if token.From.After(badge.ValidFrom) {
		badge.ValidFrom = token.From
	}
	if !token.Until.IsZero() && (badge.ValidUntil.IsZero() || token.Until.Before(badge.ValidUntil)) {
		badge.ValidUntil = token.Until
	}
	return badge
}

// achievements are what a trust list can name: of claims without the data model
// their type.
func (e *examination) achievements() []string {
	if e.opened.Token.Claims() {
		return []string{e.opened.Document.Get("vct").Str()}
	}
	return credential.AchievementIDs(e.opened.Document)
}

// statusEntries are the places where the credential may have been revoked: those
// of the data model, and the one of a token.
func (e *examination) statusEntries() []strictjson.Value {
	entries := placesOf(e.opened.Document)
	if token := e.opened.Token; token != nil && token.Status.Exists() {
		entries = append(append([]strictjson.Value(nil), entries...), token.Status)
	}
	return entries
}

// placesOf reads the status entries as they were signed, lest a holder hide where a
// badge was revoked by saying so twice, or in parts. Where several entries share an
// id, which place belongs to which list was not signed, and they stay apart to be
// refused (sharedID).
func placesOf(doc strictjson.Value) []strictjson.Value {
	settled := credential.Settled(doc.Get("credentialStatus")).List()
	for _, entry := range settled {
		for _, name := range []string{"statusPurpose", "statusListIndex", "statusListCredential"} {
			if entry.Get(name).Kind() == strictjson.List {
				return doc.Get("credentialStatus").List()
			}
		}
	}
	return settled
}

// keyBinding judges what a token with disclosures says of the one who shows it.
func (e *examination) keyBinding() (Outcome, Finding) {
	found := Finding{}
	if c := e.opened.Token.Confirmed; c != nil && e.opened.Token.Bound {
		found = Finding{
			Text:     "The one who shows it holds the key that it was issued to.",
			Evidence: []Evidence{{What: presenter, Value: c.ID}},
		}
	}
	return judgeError(e.refusal.Holder, found)
}

// confirmed compares the key that the issuer named as the holder's with the keys
// that the presentation was signed with. Where the document names its subject,
// another key leaves the question to that.
func (e *examination) confirmed() (outcome Outcome, finding Finding, decided bool) {
	token := e.opened.Token
	if token == nil {
		return "", Finding{}, false
	}
	if token.Confirmed != nil {
		same := did.Holding(token.Confirmed.Key)
		for _, p := range e.within.proofs {
			if same(&did.Method{Key: p.Key}) {
				return Passed, Finding{Evidence: []Evidence{{What: presenter, Value: e.within.holder}}}, true
			}
		}
	}
	switch {
	case !token.Claims() && (!token.Named || namesSubject(e.opened.Document)):
		return "", Finding{}, false
	case token.Named && token.Confirmed == nil:
		return Unknown, Finding{Code: HolderUnbound, Cause: "the issuer named the holder's key in a way that is not read"}, true
	case token.Confirmed != nil:
		return Failed, Finding{Code: HolderBindingFailed, Cause: fmt.Sprintf("issued to %s, presented by %s", token.Confirmed.ID, e.within.holder)}, true
	case e.Policy.UnsafeBearer:
		return Passed, Finding{Code: HolderUnbound}, true
	default:
		return Unknown, Finding{Code: HolderUnbound}, true
	}
}

// namesSubject reports whether the document says whom it speaks of.
func namesSubject(doc strictjson.Value) bool {
	for _, s := range credential.Subjects(doc) {
		if s.ID != "" {
			return true
		}
	}
	return false
}

package verifier

import (
	"fmt"
	"strings"
	"time"

	"laurel/credential"
)

// Every sentence that a person reads stands in this file, in four catalogues:
// what a check found, by code; what a check means when there is nothing to
// say, by row; the titles of the rows; and the headlines. A translation
// replaces this file's maps.

// texts has one sentence for each code.
var texts = map[Code]string{
	MalformedJSON:           "The file cannot be read as a digital credential.",
	DuplicateKey:            "The file says the same thing twice, so that two readers could see different contents.",
	LimitExceeded:           "The file is larger or more deeply nested than any honest credential.",
	StructureInvalid:        "A part that every credential must have is missing or malformed.",
	ContextOrder:            "The list of vocabularies at its beginning is not in the order that the standard demands.",
	ContextNotAllowed:       "It uses a vocabulary that we do not know, so we cannot tell what it says.",
	UndefinedTerm:           "It contains something that none of its vocabularies defines: nobody can say what it means, nor rely on the signature to cover it.",
	CanonicalizationLimit:   "It is built so that checking it would take unreasonable effort.",
	MalformedJWT:            "The signed token is damaged, or was never one.",
	TypeMismatch:            "It is a signed token that was made for another use.",
	DisclosureInvalid:       "What it shows does not belong to what its issuer signed.",
	MediaTypeUnsupported:    "It is wrapped in a format that we cannot read yet.",
	NoCredential:            "The presentation contains no credential.",
	OpenBadgeInvalid:        "A part that every Open Badge must have is missing.",
	SchemaInvalid:           "It does not have the form that its issuer declared.",
	SchemaNotChecked:        "It has every part that an Open Badge must have; a further form that its issuer declares is not known here.",
	SchemaNarrower:          "It has the form that its issuer declared, but for something that credentials may have and that form does not provide for.",
	SchemaOfSelection:       "It is a selection, so nothing was required to be in it. What it shows has the form that its kind of credential must have.",
	PresentationProofAbsent: "Nobody signed this presentation.",

	ProofMissing:                   "Nobody signed this.",
	ProofTypeUnsupported:           "It is signed in a way that we cannot check.",
	CryptosuiteUnsupported:         "It is signed with a method that we cannot check.",
	ProofPurposeMismatch:           "The signature was made for another purpose.",
	ProofExpired:                   "The signature itself has an end date, which has passed.",
	ProofNotYetValid:               "The signature says that it was made later than the time that is judged.",
	ProofChainInvalid:              "The signatures do not build on one another as they claim.",
	ProofLegacy:                    "The signature fits the contents: nothing was changed since it was signed. It is of an older kind, which new credentials should no longer have.",
	SignatureInvalid:               "The signature does not fit the contents: something was changed after signing.",
	AlgorithmNotAllowed:            "It is signed with a method that gives no protection, or another than its key is for.",
	HeaderCritUnsupported:          "It demands that we know an extension of the signature, and we know none.",
	KeyInvalid:                     "The key named in the signature is not a proper key.",
	KeyRevoked:                     "The key that signed this was withdrawn by its owner, or had run out.",
	VerificationMethodUnresolvable: "The key named in the signature does not exist.",
	VerificationMethodNotAllowed:   "The key that signed this may not be used for this purpose.",
	DIDResolutionFailed:            "The issuer's or presenter's public key could not be fetched.",
	DIDDocumentInvalid:             "The document in which the signer publishes its keys is not in order.",
	DIDDeactivated:                 "The signer has given up this identity.",
	IssuerMismatch:                 "The signature was made with somebody else's key, not the issuer's.",
	CredentialExpired:              "Its time of validity is over.",
	CredentialNotYetValid:          "Its time of validity has not begun.",
	ValidityNotShown:               "It shows no end of its validity. Its holder chose what to show, and could have left that out.",

	StatusRevoked:           "The issuer has revoked it.",
	StatusSuspended:         "The issuer has put it on hold.",
	StatusIndexRange:        "It points to a place in the issuer's revocation list that does not exist.",
	StatusVerificationError: "The issuer's revocation list is not in order, so it counts for nothing.",
	StatusTypeUnknown:       "It names a kind of revocation list that we cannot read.",
	StatusListLength:        "The issuer's revocation list is shorter than the standard allows.",
	StatusRetrieval:         "The issuer's revocation list could not be reached.",
	StatusNotShown:          "It shows no way to be revoked. Its holder chose what to show, and could have left that out.",
	StatusNone:              "The issuer gave it no way to be revoked.",

	IssuerNotJudged:       "No list of trusted issuers was given, so the issuer was not judged.",
	IssuerUntrusted:       "The issuer is not on " + yourList + ".",
	ChallengeMismatch:     "It answers somebody else's question, or an older one of yours.",
	ChallengeNotChecked:   "There was no question to compare the answer with, so an old answer cannot be told from a new one.",
	KeyBindingStale:       "Its presenter did not answer just now: it may be an old answer, copied.",
	DomainMismatch:        "It was made for somebody else.",
	HolderBindingFailed:   "It belongs to somebody other than the one who presents it.",
	HolderUnbound:         "It names no owner, so anybody could present it.",
	HolderNotShown:        "Nobody presented it: it was looked at as a file.",
	RequestNotSatisfied:   "It is not what you asked for, or not all of it.",
	ResultTooLow:          "It is of the kind that you asked for, and its result is below what you asked for.",
	EndorsementNotChecked: "Not every endorsement could be confirmed.",
	NotReached:            "Not looked at, since an earlier check left nothing to look at.",
	InternalError:         "This check could not be made.",
}

// Sentences for one case of a code among others.
const (
	baseProofText    = "This is its owner's complete copy, with which anybody could show what the owner would not. It is not for verifiers."
	baseProofLine    = "Not for you: this is its owner's complete copy. Ask the owner for a presentation."
	noIdentifierText = "The identifier of its issuer or presenter is written in a way that leads to no key."
	noIdentifierLine = "Not in order: its signer's identifier is written in a way that leads nowhere."
	certificateText  = "The key of its signer comes in certificates, and no authority that is trusted here vouches for them."
	certificateLine  = "Not confirmed: no authority that is trusted here vouches for the certificate of its signer."
	otherTimeText    = "The issuer's revocation list was read, but it does not speak for the time that was asked about."
	otherTimeLine    = "Not confirmed for that time: the issuer's revocation list speaks for another."
	declaredText     = "It has every part that it must have, in the form that its issuer declared."
	hiddenStatusText = "It shows no way to be revoked. It is a selection: its issuer may have let the holder leave that out."
	hiddenEndText    = "It was valid at that time, and shows no end. It is a selection: its issuer may have let the holder leave that out."
	forLinkTitle     = "Made for this link"
	forLinkText      = "It was made for this link, when it was shared, and not for a question of yours."
	linkOwnerText    = "The one who made this link is the one it was issued to."
	linkKeyText      = "The one who made this link proved to hold the key that the badges are shown with."
	notPresentText   = "That whoever gave you this link is the one it was issued to. A link can be passed on: this shows what its holder chose to show, and not that they are present."
	satisfiedText    = "It is what you asked for."
	selectionText    = "It is a selection: the holder chose what it shows. What is missing may exist all the same."
)

// plain has the sentence of a row that passed, or was skipped, with no code.
var plain = map[Row]string{
	RowFormat:       "It is well-formed.",
	RowProof:        "The signature fits the contents: nothing was changed since it was signed.",
	RowIssuer:       "It was signed with the issuer's own key.",
	RowValidity:     "It was valid at that time.",
	RowStatus:       "The issuer has not revoked it.",
	RowSchema:       "It has every part that its kind of credential must have.",
	RowTrust:        "The issuer is on " + yourList + ".",
	RowHolder:       "The one who presents it is the one it was issued to.",
	RowEndorsements: "It carries no endorsements.",
	RowEvidence:     "It names no evidence.",
	RowChallenge:    "It answers your question, and was made for you.",
	RowRequest:      "Nothing in particular was asked for.",
}

// titles name the rows as a person would ask for them.
var titles = map[Row]string{
	RowFormat:       "Form",
	RowProof:        "Signature",
	RowIssuer:       "Signer",
	RowValidity:     "Dates",
	RowStatus:       "Revocation",
	RowSchema:       "Completeness",
	RowTrust:        "Trust in the issuer",
	RowHolder:       "Owner",
	RowEndorsements: "Endorsements",
	RowEvidence:     "Evidence",
	RowChallenge:    "Answer to your question",
	RowRequest:      "What you asked for",
}

// Title names the row as a person would ask for it: "Signature".
func (r Row) Title() string { return titles[r] }

// problems names the problem types that specifications define (RFC 9457).
var problems = map[Code]string{
	MalformedJSON:         "https://www.w3.org/TR/vc-data-model#PARSING_ERROR",
	DuplicateKey:          "https://www.w3.org/TR/vc-data-model#PARSING_ERROR",
	MalformedJWT:          "https://www.w3.org/TR/vc-data-model#PARSING_ERROR",
	TypeMismatch:          "https://www.w3.org/TR/vc-data-model#MALFORMED_VALUE_ERROR",
	DisclosureInvalid:     "https://www.w3.org/TR/vc-data-model#CRYPTOGRAPHIC_SECURITY_ERROR",
	AlgorithmNotAllowed:   "https://www.w3.org/TR/vc-data-model#CRYPTOGRAPHIC_SECURITY_ERROR",
	HeaderCritUnsupported: "https://www.w3.org/TR/vc-data-model#CRYPTOGRAPHIC_SECURITY_ERROR",
	StructureInvalid:      "https://www.w3.org/TR/vc-data-model#MALFORMED_VALUE_ERROR",
	ContextOrder:          "https://www.w3.org/TR/vc-data-model#MALFORMED_VALUE_ERROR",
	OpenBadgeInvalid:      "https://www.w3.org/TR/vc-data-model#MALFORMED_VALUE_ERROR",
	CredentialExpired:     "https://www.w3.org/TR/vc-data-model#RANGE_ERROR",
	CredentialNotYetValid: "https://www.w3.org/TR/vc-data-model#RANGE_ERROR",

	ProofMissing:         "https://w3id.org/security#PROOF_VERIFICATION_ERROR",
	SignatureInvalid:     "https://w3id.org/security#PROOF_VERIFICATION_ERROR",
	ProofPurposeMismatch: "https://w3id.org/security#PROOF_VERIFICATION_ERROR",
	ProofChainInvalid:    "https://w3id.org/security#PROOF_VERIFICATION_ERROR",
	ProofExpired:         "https://w3id.org/security#PROOF_VERIFICATION_ERROR",
	UndefinedTerm:        "https://w3id.org/security#PROOF_VERIFICATION_ERROR",
	ContextNotAllowed:    "https://w3id.org/security#PROOF_VERIFICATION_ERROR",
	ChallengeMismatch:    "https://w3id.org/security#INVALID_CHALLENGE_ERROR",
	DomainMismatch:       "https://w3id.org/security#INVALID_DOMAIN_ERROR",

	KeyInvalid:                     "https://w3id.org/security#INVALID_VERIFICATION_METHOD",
	VerificationMethodUnresolvable: "https://w3id.org/security#INVALID_VERIFICATION_METHOD_URL",
	VerificationMethodNotAllowed:   "https://w3id.org/security#INVALID_RELATIONSHIP_FOR_VERIFICATION_METHOD",
	DIDDocumentInvalid:             "https://w3id.org/security#INVALID_CONTROLLED_IDENTIFIER_DOCUMENT",

	StatusIndexRange:        "https://www.w3.org/TR/vc-data-model#RANGE_ERROR",
	StatusRetrieval:         "https://www.w3.org/ns/credentials/status-list#STATUS_RETRIEVAL_ERROR",
	StatusVerificationError: "https://www.w3.org/ns/credentials/status-list#STATUS_VERIFICATION_ERROR",
	StatusListLength:        "https://www.w3.org/ns/credentials/status-list#STATUS_LIST_LENGTH_ERROR",
}

// deciding has the headline for each code that can decide a verdict and whose
// headline differs from the general one of its verdict.
var deciding = map[Code]string{
	MalformedJSON:           "This is not a digital credential that can be read.",
	MalformedJWT:            "Not in order: a signed token that is damaged, or was never one.",
	TypeMismatch:            "Made for another use, so it does not count here.",
	DisclosureInvalid:       "Changed after signing: what it shows is not what its issuer signed.",
	AlgorithmNotAllowed:     "Not protected: this kind of signature proves nothing.",
	HeaderCritUnsupported:   "Not in order: it demands something of us that we do not know.",
	DuplicateKey:            "Built to deceive: two readers could see different contents.",
	LimitExceeded:           "Refused: larger or more complicated than any honest credential.",
	CanonicalizationLimit:   "Refused: built so that checking it takes unreasonable effort.",
	StructureInvalid:        "Not in order: a part that every credential needs is missing or malformed.",
	ContextOrder:            "Not in order: its list of vocabularies breaks the standard.",
	OpenBadgeInvalid:        "Genuine, but not a complete Open Badge.",
	NoCredential:            "Nothing to check: the presentation contains no credential.",
	ProofMissing:            "Not signed by anybody, so it proves nothing.",
	PresentationProofAbsent: "Not signed by anybody, so nobody has presented it.",
	UndefinedTerm:           "Not in order: it contains something that none of its vocabularies defines.",
	SignatureInvalid:        "Changed after signing, or not signed by this issuer.",
	IssuerMismatch:          "Not from the issuer it names: somebody else signed it.",
	KeyInvalid:              "Not signed with a proper key, so it proves nothing.",
	KeyRevoked:              "Signed with a key that its owner has withdrawn, or that had run out.",

	VerificationMethodUnresolvable: "Signed with a key that does not exist.",
	VerificationMethodNotAllowed:   "Signed with a key that may not sign credentials.",
	DIDDeactivated:                 "Signed under an identity that its owner has given up.",
	DIDDocumentInvalid:             "Not in order: the document with its signer's keys breaks the rules.",
	DIDResolutionFailed:            "Not confirmed yet: the signer's public key could not be reached. Nothing suggests it is false.",
	ProofPurposeMismatch:           "Signed for another purpose, so it does not count here.",
	ProofExpired:                   "Was genuine; the signature has reached its end date.",
	ProofNotYetValid:               "Signed later than the time that was asked about.",
	ProofChainInvalid:              "Changed after signing: its signatures do not build on one another.",
	CryptosuiteUnsupported:         "Not confirmed: signed with a method that we cannot check.",
	ProofTypeUnsupported:           "Not confirmed: signed in a way that we cannot check.",
	ContextNotAllowed:              "Not confirmed: it uses a vocabulary that we do not know.",
	MediaTypeUnsupported:           "Not confirmed: wrapped in a format that we cannot read.",

	ValidityNotShown:        "Genuine, but its holder may have left out that it has expired.",
	StatusNotShown:          "Genuine, but its holder may have left out that it was revoked.",
	StatusRevoked:           "Revoked by its issuer.",
	StatusSuspended:         "On hold: its issuer has suspended it for now.",
	StatusIndexRange:        "Not in order: its place in the revocation list does not exist.",
	StatusRetrieval:         "Not confirmed yet: the issuer's revocation list could not be reached. Nothing suggests the badge is false.",
	StatusVerificationError: "Not confirmed: the issuer's revocation list is not in order.",
	StatusListLength:        "Not confirmed: the issuer's revocation list is shorter than the standard allows.",
	StatusTypeUnknown:       "Not confirmed: its kind of revocation list cannot be read.",

	ChallengeMismatch:   "Not an answer to your question: it may be an old one, copied.",
	ChallengeNotChecked: "Genuine, but it may be an old answer: there was no question to compare with.",
	DomainMismatch:      "Made for somebody else, not for you.",
	KeyBindingStale:     "Genuine, but not presented just now: it may be an old answer, copied.",
	HolderBindingFailed: "Genuine, but it belongs to somebody other than its presenter.",
	HolderUnbound:       "Genuine, but it names no owner: anybody could present it.",
	HolderNotShown:      "Genuine, but nobody presented it: your question was answered with a mere file.",
	RequestNotSatisfied: "Not what you asked for, or not all of it.",
	ResultTooLow:        "Genuine, but the result is below what you asked for.",
}

// text gives a check the sentence for people and the problem type.
func (c *Check) word() {
	c.Problem = problems[c.Code]
	if c.Text != "" {
		return
	}
	if c.Code == DIDResolutionFailed && c.Outcome == Failed {
		c.Text = noIdentifierText
		return
	}
	if c.Text = texts[c.Code]; c.Text == "" {
		c.Text = plain[c.Row]
	}
	if c.Row == RowRequest && c.Outcome == Passed {
		c.Text = satisfiedText
	}
}

// conclude draws the verdict and words the report.
func (r *Report) conclude() {
	for i := range r.Checks {
		r.Checks[i].word()
		r.turn(&r.Checks[i])
	}
	r.Verdict = verdict(r.Checks, r.Parts)
	r.Headline = r.headline()
	r.NotProven = r.notProven()
}

// headline is one sentence of at most 20 words.
func (r *Report) headline() string {
	if len(r.Parts) > 1 && r.Verdict != Accepted && r.ownVerdict() == Accepted {
		return r.countHeadline()
	}
	c := r.Deciding()
	if c == nil {
		return r.acceptedHeadline()
	}
	switch {
	case c.Code == ProofTypeUnsupported && c.Outcome == Failed:
		return baseProofLine
	case c.Code == VerificationMethodUnresolvable && c.Outcome == Unknown: // only of certificates
		return certificateLine
	case c.Code == DIDResolutionFailed && c.Outcome == Failed:
		return noIdentifierLine
	case c.Text == otherTimeText:
		return otherTimeLine
	case c.Code == CredentialExpired:
		return "Was genuine; expired on " + day(r.validUntil()) + "."
	case c.Code == CredentialNotYetValid:
		return "Genuine, but not valid before " + day(r.validFrom()) + "."
	case c.Code == IssuerUntrusted:
		return "Genuine, but its issuer is not on " + r.list("") + ". " + r.claimedIssuer()
	case deciding[c.Code] != "":
		return deciding[c.Code]
	case r.Verdict == Undetermined:
		return "Not confirmed: a check could not be made."
	default:
		return "Not accepted: a check failed. It is named below."
	}
}

// turn puts the sentence of a check to a reader who keeps no list and has asked
// nothing.
func (r *Report) turn(c *Check) {
	if c.Row == RowTrust && r.operator != "" {
		c.Text = strings.Replace(c.Text, yourList, r.TrustList(), 1)
	}
	if !r.shared || c.Outcome != Passed {
		return
	}
	switch {
	case c.Row == RowChallenge:
		c.Text = forLinkText
	case c.Row == RowHolder && r.Subject == Presentation:
		c.Text = linkKeyText
	case c.Row == RowHolder:
		c.Text = linkOwnerText
	}
}

// Title names a row of this report as a person would ask for it.
func (r *Report) Title(row Row) string {
	if r.shared && row == RowChallenge {
		return forLinkTitle
	}
	return row.Title()
}

// yourList is the list of trusted issuers, to whoever keeps it.
const yourList = "your list of trusted issuers"

// TrustList is what the list of trusted issuers is to the reader of the report: "your
// list of trusted issuers", or whose else.
func (r *Report) TrustList() string { return r.list(" of trusted issuers") }

// list is the list of what kind, in the words of the reader.
func (r *Report) list(kind string) string {
	if r.operator == "" {
		return "your list" + kind
	}
	return "the list" + kind + " of " + r.operator
}

func (r *Report) ownVerdict() Verdict { return verdict(r.Checks, nil) }

// countHeadline tells how many parts of a presentation stand.
func (r *Report) countHeadline() string {
	good := 0
	for _, p := range r.Parts {
		if p.Verdict == Accepted {
			good++
		}
	}
	if good == 0 {
		return fmt.Sprintf("None of the %d credentials can be accepted as it is.", len(r.Parts))
	}
	return fmt.Sprintf("%d of %d credentials stand. The others are named below, each with its reason.", good, len(r.Parts))
}

func (r *Report) acceptedHeadline() string {
	if r.Subject == Presentation {
		if len(r.Parts) == 1 {
			return r.Parts[0].Headline
		}
		all := fmt.Sprintf("All %d", len(r.Parts))
		if len(r.Parts) == 2 {
			all = "Both"
		}
		whose := "the presenter's own"
		if n := len(r.presenters()); n > 1 {
			whose = fmt.Sprintf("their presenters' own, under %d different identities", n)
		}
		if r.Tone() == Good {
			return "Valid. " + all + " credentials are genuine, current and " + whose + "."
		}
		return all + " credentials are genuine, current and " + whose + ", but nobody has vouched for every issuer."
	}
	if trust := r.Check(RowTrust); trust == nil || trust.Outcome != Passed {
		return "Genuine, but nobody has vouched for the issuer. " + r.claimedIssuer()
	}
	sentence := "Valid. Issued by " + shorten(r.Issuer.Proven()) + ", not revoked as of " + r.statusTime() + "."
	if s := r.Check(RowStatus); s != nil && s.Code == StatusNone {
		sentence = "Valid. Issued by " + shorten(r.Issuer.Proven()) + ", who gave it no way to be revoked."
	}
	if r.Check(RowHolder) == nil {
		sentence += " Nobody presented it."
	}
	return sentence
}

// statusTime is the time that the status list answered for.
func (r *Report) statusTime() string {
	at := r.At
	if s := r.Check(RowStatus); s != nil {
		for _, e := range s.Evidence {
			if !e.Fetched.IsZero() && e.Fetched.Before(at) {
				at = e.Fetched
			}
		}
	}
	return at.UTC().Format("2006-01-02 15:04 UTC")
}

// claimedIssuer is a sentence about what the issuer calls itself: a name is shown only
// as a claim.
func (r *Report) claimedIssuer() string {
	b := r.Badge
	for _, p := range r.Parts {
		if b == nil {
			b = p.Badge
		}
	}
	if b == nil || credential.Plain(b.Issuer.Name) == "" {
		return "It gives itself no name."
	}
	return "It calls itself “" + shorten(b.Issuer.Name) + "”."
}

func (r *Report) validUntil() time.Time {
	if r.Badge != nil {
		return r.Badge.ValidUntil
	}
	for _, p := range r.Parts {
		if c := p.Deciding(); c != nil && c.Code == CredentialExpired {
			return p.validUntil()
		}
	}
	return time.Time{}
}

func (r *Report) validFrom() time.Time {
	if r.Badge != nil {
		return r.Badge.ValidFrom
	}
	for _, p := range r.Parts {
		if c := p.Deciding(); c != nil && c.Code == CredentialNotYetValid {
			return p.validFrom()
		}
	}
	return time.Time{}
}

// notProven says what the report does not establish, lest it be read into it.
func (r *Report) notProven() []string {
	if r.Subject == Presentation {
		return r.notOnePerson()
	}
	if r.Badge == nil {
		return nil
	}
	var out []string
	if r.Selection {
		out = append(out, selectionText)
	}
	if r.Check(RowHolder) == nil {
		out = append(out, "Nobody proved to be its owner: this was a look at a file. Ask for a presentation.")
	}
	if name := shorten(r.Badge.Earner.Name); name != "" {
		out = append(out, "The badge names “"+name+"”. Compare that with an identity document.")
	} else if r.Selection {
		out = append(out, "It shows no name: it belongs to whoever holds a key. Compare with an identity document and ask.")
	} else {
		out = append(out, "The badge names nobody: it belongs to whoever holds a key. Compare with an identity document and ask.")
	}
	if r.Issuer != nil && r.Issuer.Listed == "" {
		out = append(out, "The issuer's name and picture are its own words.")
	}
	return out
}

// notOnePerson says of several credentials what tells against their being one
// person's. One answer may hold presentations by several keys, each sound: of a
// learner with two identities, or of two people who answered together.
func (r *Report) notOnePerson() []string {
	holders, names := r.presenters(), map[string]bool{}
	var called []string
	for _, part := range r.Parts {
		if part.Badge == nil {
			continue
		}
		if name := shorten(part.Badge.Earner.Name); name != "" && !names[strings.ToLower(name)] {
			names[strings.ToLower(name)] = true
			called = append(called, "“"+name+"”")
		}
	}
	var out []string
	if len(holders) > 1 {
		out = append(out, fmt.Sprintf("That all of this is one person's: it was shown under %d different identities. Ask whose they are.", len(holders)))
	}
	if len(called) > 1 {
		out = append(out, "That all of this is one person's: the badges name "+strings.Join(called[:min(len(called), maxNamed)], " and ")+". Compare with an identity document.")
	}
	return out
}

// presenters are the identities under which the parts were shown.
func (r *Report) presenters() map[string]bool {
	all := map[string]bool{}
	for _, part := range r.Parts {
		holder := part.Check(RowHolder)
		if holder == nil {
			continue
		}
		for _, e := range holder.Evidence {
			if e.What == presenter {
				all[e.Value] = true
			}
		}
	}
	return all
}

// presenter is how a report calls the holder who presents, in the evidence.
const presenter = "presenter"

const (
	maxNamed     = 4  // different names in one sentence
	maxNameWords = 6  // keeps every headline under 20 words
	maxNameRunes = 60 // keeps it on one or two lines of a phone
)

// shorten makes a name fit for a headline: one line, inert, a few words.
func shorten(name string) string {
	words := strings.Fields(credential.Plain(name))
	cut := len(words) > maxNameWords
	if cut {
		words = words[:maxNameWords]
	}
	runes := []rune(strings.Join(words, " "))
	if len(runes) > maxNameRunes {
		runes, cut = runes[:maxNameRunes], true
	}
	if cut {
		return string(runes) + "…"
	}
	return string(runes)
}

func day(t time.Time) string {
	if t.IsZero() {
		return "a date it does not name"
	}
	return t.UTC().Format("2 January 2006")
}

package doctor

import (
	"bytes"

	"laurel/credential"
	"laurel/internal/strictjson"
	"laurel/verifier"
)

// What the badge doctor says stands here: what a document is, and what its issuer
// should change, by code.

const notVerified = "This is what the file says, not what is true: nothing here is verified but the verdict."

const aboutPicture = "Open Badges can travel inside a picture: in a PNG as a text chunk, in an SVG as an element. Nothing of that kind, or not exactly one, is in this one."

// remedies say what the issuer should change, or whoever passed the file on.
var remedies = map[verifier.Code]string{
	verifier.MalformedJSON:         "Take the file as it was downloaded, not a copy out of a page, an e-mail or a document.",
	verifier.DuplicateKey:          "Write each name once. The place is named; a library that builds JSON by joining texts is the usual reason.",
	verifier.LimitExceeded:         "Keep pictures and transcripts outside of the badge, or make them smaller.",
	verifier.StructureInvalid:      "Correct the member that is named, in the template and before signing, and issue the badge again.",
	verifier.ContextOrder:          "Put https://www.w3.org/ns/credentials/v2 first in @context, and the context of Open Badges behind it.",
	verifier.ContextNotAllowed:     "Use the published contexts at their exact addresses. A context that only one verifier knows makes badges that only it can read.",
	verifier.UndefinedTerm:         "Correct the spelling of the name, leave it out, or add a published context that defines it. It was not covered by the signature, so the badge has to be signed again.",
	verifier.CanonicalizationLimit: "Give the things that the badge describes an id, so that they can be told apart.",
	verifier.OpenBadgeInvalid:      "Add the member that is named: an Open Badge has an achievement with id, type, name, description and criteria.",
	verifier.SchemaInvalid:         "Correct the member that is named so that it has the form of the declared schema, or declare the schema that the badge was made for.",
	verifier.MediaTypeUnsupported:  "Send the credential itself, as it was issued.",

	verifier.MalformedJWT:      "Pass the token on as it was issued: three parts with dots between them, without line breaks.",
	verifier.TypeMismatch:      "Set typ in the header to what the token is: vc+jwt, vp+jwt, vc+sd-jwt or dc+sd-jwt.",
	verifier.DisclosureInvalid: "Show only disclosures of this token, each once and as they were issued.",

	verifier.AlgorithmNotAllowed:            "Sign with EdDSA, ES256, ES384, ES512 or ES256K, whichever the key is for.",
	verifier.HeaderCritUnsupported:          "Leave crit and b64 out of the header.",
	verifier.ProofMissing:                   "Sign the badge. If it was signed, the proof was lost on the way: pass on the file as it was issued.",
	verifier.ProofTypeUnsupported:           "Sign with a DataIntegrityProof; eddsa-rdfc-2022 is what Open Badges certification takes.",
	verifier.CryptosuiteUnsupported:         "Sign with a cryptosuite of the W3C; eddsa-rdfc-2022 is what Open Badges certification takes.",
	verifier.ProofPurposeMismatch:           "Sign credentials for assertionMethod, and presentations for authentication.",
	verifier.ProofChainInvalid:              "Each previousProof has to be the id of exactly one other proof of the document.",
	verifier.SignatureInvalid:               "Compare the values below with your own: the first that differs shows where signing and checking part. If the two hashes are yours, the key or the signature is another; if the canonical document is not, the document was changed after signing, or signed under other contexts.",
	verifier.KeyInvalid:                     "Publish the key as a Multikey, of the type that the cryptosuite takes.",
	verifier.VerificationMethodUnresolvable: "The verificationMethod has to be the full address of a key in the issuer's document, with the part behind #.",
	verifier.VerificationMethodNotAllowed:   "List the key under assertionMethod in the issuer's document.",
	verifier.DIDResolutionFailed:            "Make the issuer's document reachable at its address over https, for everybody and without a redirect to elsewhere.",
	verifier.DIDDocumentInvalid:             "Correct the document in which the issuer publishes its keys: its id has to be the issuer's identifier.",
	verifier.IssuerMismatch:                 "Sign with a key of the identifier that the badge names as its issuer, or name the one whose key it is.",

	verifier.StatusRetrieval:         "Make the status list reachable at its address over https.",
	verifier.StatusVerificationError: "Publish the status list signed, under its own address and by the issuer of the badge.",
	verifier.StatusIndexRange:        "The statusListIndex has to be a whole number, written as a text, inside the list.",
	verifier.StatusListLength:        "A status list has at least 131,072 places.",
}

// aboutDocument names a JSON document and says what it is.
func aboutDocument(doc strictjson.Value) (form, about string) {
	kind := credential.Detect(doc)
	switch kind {
	case credential.OpenBadges2, credential.OpenBadges2Definition:
		return kind.String(), "Badges of Open Badges 2.0 carry no signature of their own: such a badge is as good as the web site of its issuer, as long as that is there. " +
			"A wallet of Laurel keeps it and shows it; nobody can accept it as proof. Ask the issuer for an Open Badges 3.0 badge in its place."
	case credential.Presentation, credential.V1Presentation:
		return kind.String(), "Somebody shows credentials with it, and signs that they are the ones who show them. Each credential has its own part below."
	case credential.EnvelopedCredential, credential.EnvelopedPresentation:
		return kind.String(), "The document is a wrapper: the credential is a token inside the data: address of its id."
	case credential.StatusList:
		return kind.String(), "An issuer publishes it so that verifiers can see which of its badges are revoked. It is no badge."
	case credential.Unknown:
		return kind.String(), "It is JSON, but has neither the contexts nor the types of anything that Laurel reads."
	}
	switch {
	case credential.IsBadge(doc):
		form = "an Open Badge (3.0)"
	case credential.IsEndorsement(doc):
		form = "an endorsement (Open Badges 3.0)"
	case credential.IsLearnerRecord(doc):
		form = "a learner record (CLR 2.0)"
	default:
		form = kind.String()
	}
	if kind == credential.V1Credential {
		form += ", in the data model 1.1"
	}
	return form, "An issuer says something about somebody, and signs it. Whoever has the issuer's public key can check that nothing was changed."
}

// tokenRemedies are remedies that read otherwise for a signed token.
var tokenRemedies = map[verifier.Code]string{
	verifier.StructureInvalid:               "Correct the claim that is named, and issue the token again. Of what is said twice, both have to say the same.",
	verifier.SignatureInvalid:               "Compare the hash below of what is signed with your own. If it is yours, the key or the signature is another; if it is not, header or payload were changed, or only written anew: a token is passed on byte for byte.",
	verifier.VerificationMethodUnresolvable: "Put a kid into the header that names a key which the issuer publishes: its full address with the part behind #, or the kid of a key in the issuer's own set. A key in the header itself proves nothing.",
	verifier.KeyInvalid:                     "Publish the key as a JSON Web Key, of the type that the algorithm takes and without private members.",
	verifier.IssuerMismatch:                 "The owner of the key, the iss of the token and the issuer of the document have to be one and the same.",
	verifier.DIDDocumentInvalid:             "Correct the document with the issuer's keys: a DID document with the issuer's id, or metadata at /.well-known/jwt-vc-issuer whose issuer is the iss.",
	verifier.HolderBindingFailed:            "Name the holder's key in cnf when issuing, as a jwk. The holder signs a key binding with it for exactly what is shown, after choosing it.",
	verifier.KeyBindingStale:                "Make the key binding when the question is answered: it counts for five minutes.",
}

// aboutToken names a token by what is inside, and says what it is.
func aboutToken(t *Token, doc strictjson.Value, inside string) (form, about string) {
	about = "Header and payload are only decoded here. Anybody can write such a token; only the signature tells who did."
	if vct := doc.Get("vct"); vct.Exists() {
		inside = "claims of the type " + credential.Plain(vct.Str())
	}
	if t.Selective {
		return "an SD-JWT, with " + inside, about + " Each disclosure is a part that the holder chose to show; the issuer signed only its digest."
	}
	return "a JWT, with " + inside, about
}

// aboutUnreadable guesses what a file is that is not strict JSON.
func aboutUnreadable(data []byte) (form, about string) {
	text := bytes.TrimSpace(data)
	switch {
	case len(text) == 0:
		return "an empty file", "There is nothing in it."
	case bytes.HasPrefix(text, []byte("{")):
		return "a broken JSON document", "It begins like JSON and breaks the rules that keep two programs from reading it in two ways."
	case bytes.HasPrefix(text, []byte("http://")), bytes.HasPrefix(text, []byte("https://")):
		return "an address", "Old badges are only the address of a page that vouches for them. Laurel does not go there: open it, and ask the issuer for an Open Badges 3.0 badge."
	case bytes.HasPrefix(text, []byte("%PDF")), bytes.HasPrefix(text, []byte("PK")):
		return "a document of another kind", "The badge may be linked or attached inside. Download the badge itself."
	case bytes.HasPrefix(text, []byte("<")):
		return "a web page or another XML document", "Save the badge itself, not the page that shows it."
	}
	return "something else", "It is neither JSON, nor a token, nor a picture with a badge inside."
}

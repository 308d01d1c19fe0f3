package verifier

import (
	"errors"

	"laurel/credential"
	"laurel/credential/baking"
	"laurel/credential/schema"
	"laurel/did"
	"laurel/internal/fetch"
	"laurel/internal/jose"
	"laurel/internal/jsonld"
	"laurel/internal/rdfc"
	"laurel/internal/sdjwt"
	"laurel/internal/strictjson"
	"laurel/proof"
	"laurel/status"
)

// rules says which code and outcome an error of a lower package has. The first
// rule that fits decides, so what fails stands before what is unknown: of two
// proofs, a forged one weighs more than one that cannot be read.
var rules = []struct {
	err     error
	code    Code
	outcome Outcome
}{
	{status.ErrRevoked, StatusRevoked, Failed},
	{status.ErrSuspended, StatusSuspended, Failed},
	{status.ErrRange, StatusIndexRange, Failed},
	{status.ErrLength, StatusListLength, Unknown},
	{status.ErrLimit, LimitExceeded, Unknown},
	{status.ErrEncoding, StatusVerificationError, Unknown},
	{status.ErrType, StatusTypeUnknown, Unknown},
	{status.ErrVerification, StatusVerificationError, Unknown},
	{status.ErrRetrieval, StatusRetrieval, Unknown},

	{did.ErrLimit, LimitExceeded, Failed},
	{did.ErrSyntax, VerificationMethodUnresolvable, Failed},
	{did.ErrNotFound, VerificationMethodUnresolvable, Failed},
	{did.ErrNotAuthorized, VerificationMethodNotAllowed, Failed},
	{did.ErrKeyRevoked, KeyRevoked, Failed},
	{did.ErrKeyExpired, KeyRevoked, Failed},
	{did.ErrKeyInvalid, KeyInvalid, Failed},
	{did.ErrDeactivated, DIDDeactivated, Failed},
	{did.ErrDocument, DIDDocumentInvalid, Failed},
	{did.ErrIdentifier, DIDResolutionFailed, Failed},

	{strictjson.ErrDuplicateName, DuplicateKey, Failed},
	{strictjson.ErrLimit, LimitExceeded, Failed},
	{strictjson.ErrMalformed, MalformedJSON, Failed},

	{baking.ErrLimit, LimitExceeded, Failed},
	{baking.ErrNone, MalformedJSON, Failed},
	{baking.ErrSeveral, MalformedJSON, Failed},
	{baking.ErrImage, MalformedJSON, Failed},

	{credential.ErrLimit, LimitExceeded, Failed},
	{credential.ErrNoCredential, NoCredential, Failed},
	{credential.ErrContext, ContextOrder, Failed},
	{credential.ErrStructure, StructureInvalid, Failed},
	{credential.ErrBadge, OpenBadgeInvalid, Failed},
	{schema.ErrInvalid, SchemaInvalid, Failed},
	{credential.ErrMediaType, MediaTypeUnsupported, Unknown},

	{jose.ErrType, TypeMismatch, Failed},
	{jose.ErrAlgorithm, AlgorithmNotAllowed, Failed},
	{jose.ErrCritical, HeaderCritUnsupported, Failed},
	{jose.ErrSignature, SignatureInvalid, Failed},
	{jose.ErrKey, KeyInvalid, Failed},
	{jose.ErrMalformed, MalformedJWT, Failed},
	{sdjwt.ErrDisclosure, DisclosureInvalid, Failed},
	{sdjwt.ErrBinding, HolderBindingFailed, Failed},

	{proof.ErrMissing, ProofMissing, Failed},
	{proof.ErrTooMany, LimitExceeded, Failed},
	{proof.ErrStatements, LimitExceeded, Failed},
	{proof.ErrBaseProof, ProofTypeUnsupported, Failed},
	{proof.ErrPurpose, ProofPurposeMismatch, Failed},
	{proof.ErrExpired, ProofExpired, Failed},
	{proof.ErrNotYetValid, ProofNotYetValid, Failed},
	{proof.ErrChain, ProofChainInvalid, Failed},
	{proof.ErrProofValue, SignatureInvalid, Failed},
	{proof.ErrSignature, SignatureInvalid, Failed},
	{proof.ErrKeyType, KeyInvalid, Failed},
	{proof.ErrBinding, IssuerMismatch, Failed},
	{proof.ErrChallenge, ChallengeMismatch, Failed},
	{proof.ErrDomain, DomainMismatch, Failed},
	{proof.ErrHolder, HolderBindingFailed, Failed},
	{proof.ErrStale, KeyBindingStale, Failed},
	{proof.ErrCredentialExpired, CredentialExpired, Failed},
	{proof.ErrCredentialEarly, CredentialNotYetValid, Failed},
	{proof.ErrMalformed, StructureInvalid, Failed},

	{jsonld.ErrUndefinedTerm, UndefinedTerm, Failed},
	{jsonld.ErrDropped, UndefinedTerm, Failed},
	{jsonld.ErrRelativeIRI, UndefinedTerm, Failed},
	{jsonld.ErrProtectedTerm, ContextNotAllowed, Failed},
	{jsonld.ErrContextInvalid, ContextNotAllowed, Failed},
	{jsonld.ErrStructure, StructureInvalid, Failed},
	{jsonld.ErrForm, StructureInvalid, Failed},
	{jsonld.ErrLimit, LimitExceeded, Failed},
	{rdfc.ErrTerm, StructureInvalid, Failed},
	{rdfc.ErrBudget, CanonicalizationLimit, Failed},

	{jsonld.ErrContextNotAllowed, ContextNotAllowed, Unknown},
	{jsonld.ErrUnsupported, ContextNotAllowed, Unknown},
	{proof.ErrTypeUnsupported, ProofTypeUnsupported, Unknown},
	{proof.ErrSuiteUnsupported, CryptosuiteUnsupported, Unknown},
	{proof.ErrCertificate, VerificationMethodUnresolvable, Unknown},
	{did.ErrUntrusted, VerificationMethodUnresolvable, Unknown},
	{proof.ErrEndNotShown, ValidityNotShown, Unknown},
	{proof.ErrChallengeUnchecked, ChallengeNotChecked, Unknown},
	{did.ErrKeyUnsupported, KeyInvalid, Unknown},
	{did.ErrMethodUnsupported, DIDResolutionFailed, Unknown},
	{did.ErrResolution, DIDResolutionFailed, Unknown},
	{fetch.ErrUnreachable, DIDResolutionFailed, Unknown},
}

// judgeError turns the error of a step into the outcome and finding of its row.
// No error is a pass and keeps the finding as it is; an error that no rule
// knows is never taken for one.
func judgeError(err error, found Finding) (Outcome, Finding) {
	if err == nil {
		return Passed, found
	}
	found.Text, found.Cause = "", err.Error()
	for _, r := range rules {
		if errors.Is(err, r.err) {
			found.Code = r.code
			return r.outcome, found
		}
	}
	found.Code = InternalError
	return Unknown, found
}

// Diagnose says in the words of a report what an error of a lower package means:
// code, sentence and cause. For those who explain; a verdict comes from Verify.
func Diagnose(err error) Finding {
	_, finding := judgeError(err, Finding{})
	finding.Text = texts[finding.Code]
	return finding
}

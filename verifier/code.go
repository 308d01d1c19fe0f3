package verifier

import "slices"

// Code is the stable name of a finding: programs branch on it, people may
// search for it, and docs/verification.md explains each one. The names follow
// the W3C problem types where those exist.
type Code string

// Codes of the rows format and schema: what the document is made of.
const (
	MalformedJSON           Code = "MALFORMED_JSON"
	DuplicateKey            Code = "DUPLICATE_KEY"
	LimitExceeded           Code = "LIMIT_EXCEEDED"
	StructureInvalid        Code = "STRUCTURE_INVALID"
	ContextOrder            Code = "CONTEXT_ORDER"
	ContextNotAllowed       Code = "CONTEXT_NOT_ALLOWED"
	UndefinedTerm           Code = "UNDEFINED_TERM"
	CanonicalizationLimit   Code = "CANONICALIZATION_LIMIT"
	MediaTypeUnsupported    Code = "MEDIA_TYPE_UNSUPPORTED"
	MalformedJWT            Code = "MALFORMED_JWT"
	TypeMismatch            Code = "TYP_MISMATCH"
	DisclosureInvalid       Code = "DISCLOSURE_INVALID"
	NoCredential            Code = "NO_CREDENTIAL"
	OpenBadgeInvalid        Code = "OB_INVALID"
	SchemaInvalid           Code = "SCHEMA_INVALID"
	SchemaNotChecked        Code = "SCHEMA_NOT_CHECKED"
	SchemaOfSelection       Code = "SCHEMA_OF_SELECTION"
	SchemaNarrower          Code = "SCHEMA_NARROWER"
	PresentationProofAbsent Code = "PRESENTATION_PROOF_MISSING"
)

// Codes of the rows proof, issuer and validity: who signed what, and when.
const (
	ProofMissing                   Code = "PROOF_MISSING"
	ProofTypeUnsupported           Code = "PROOF_TYPE_UNSUPPORTED"
	CryptosuiteUnsupported         Code = "CRYPTOSUITE_UNSUPPORTED"
	ProofPurposeMismatch           Code = "PROOF_PURPOSE_MISMATCH"
	ProofExpired                   Code = "PROOF_EXPIRED"
	ProofNotYetValid               Code = "PROOF_NOT_YET_VALID"
	ProofChainInvalid              Code = "PROOF_CHAIN_INVALID"
	ValidityNotShown               Code = "VALIDITY_NOT_SHOWN"
	ProofLegacy                    Code = "PROOF_LEGACY"
	SignatureInvalid               Code = "SIGNATURE_INVALID"
	AlgorithmNotAllowed            Code = "ALG_NOT_ALLOWED"
	HeaderCritUnsupported          Code = "HEADER_CRIT_UNSUPPORTED"
	KeyInvalid                     Code = "KEY_INVALID"
	KeyRevoked                     Code = "KEY_REVOKED" // or expired
	VerificationMethodUnresolvable Code = "VERIFICATION_METHOD_UNRESOLVABLE"
	VerificationMethodNotAllowed   Code = "VERIFICATION_METHOD_NOT_AUTHORIZED"
	DIDResolutionFailed            Code = "DID_RESOLUTION_FAILED"
	DIDDocumentInvalid             Code = "DID_DOCUMENT_INVALID"
	DIDDeactivated                 Code = "DID_DEACTIVATED"
	IssuerMismatch                 Code = "ISSUER_MISMATCH"
	CredentialExpired              Code = "CREDENTIAL_EXPIRED"
	CredentialNotYetValid          Code = "CREDENTIAL_NOT_YET_VALID"
)

// Codes of the row status.
const (
	StatusRevoked           Code = "STATUS_REVOKED"
	StatusSuspended         Code = "STATUS_SUSPENDED"
	StatusIndexRange        Code = "RANGE_ERROR"
	StatusVerificationError Code = "STATUS_VERIFICATION_ERROR"
	StatusTypeUnknown       Code = "STATUS_TYPE_UNKNOWN"
	StatusListLength        Code = "STATUS_LIST_LENGTH_ERROR"
	StatusRetrieval         Code = "STATUS_RETRIEVAL_ERROR"
	StatusNotShown          Code = "STATUS_NOT_SHOWN"
	StatusNone              Code = "STATUS_NONE"
)

// Codes of the rows trust, challenge, holder and request, and of the rows that
// inform.
const (
	IssuerNotJudged       Code = "ISSUER_NOT_JUDGED"
	IssuerUntrusted       Code = "ISSUER_UNTRUSTED"
	ChallengeMismatch     Code = "CHALLENGE_MISMATCH"
	ChallengeNotChecked   Code = "CHALLENGE_NOT_CHECKED"
	DomainMismatch        Code = "DOMAIN_MISMATCH"
	KeyBindingStale       Code = "KB_STALE"
	HolderBindingFailed   Code = "HOLDER_BINDING_FAILED"
	HolderUnbound         Code = "HOLDER_UNBOUND"
	HolderNotShown        Code = "HOLDER_NOT_SHOWN"
	RequestNotSatisfied   Code = "DCQL_NOT_SATISFIED"
	ResultTooLow          Code = "RESULT_TOO_LOW"
	EndorsementNotChecked Code = "ENDORSEMENT_NOT_CHECKED"
	NotReached            Code = "NOT_REACHED" // an earlier row left nothing to look at
	InternalError         Code = "INTERNAL_ERROR"
)

// alarming reports whether the finding says that somebody is being deceived:
// forged, revoked, or not the presenter's.
func (c Code) alarming() bool {
	return slices.Contains([]Code{
		SignatureInvalid, IssuerMismatch, ProofMissing, PresentationProofAbsent,
		KeyInvalid, KeyRevoked, VerificationMethodNotAllowed, ProofPurposeMismatch, ProofChainInvalid,
		StatusRevoked, HolderBindingFailed, ChallengeMismatch, DomainMismatch, DuplicateKey, UndefinedTerm,
		AlgorithmNotAllowed, DisclosureInvalid,
	}, c)
}

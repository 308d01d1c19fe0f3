// Package credential knows what credentials say: the rules of the Verifiable
// Credentials Data Model, 2.0 and 1.1, and of Open Badges 3.0, and how to read a
// document for people. It holds no keys and opens no connections; whether a document is
// genuine is for package proof to say.
//
// # Concept
//
// A credential is a JSON document in which an issuer makes claims about a
// subject:
//
//	{
//	  "@context": ["https://www.w3.org/ns/credentials/v2",
//	               "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
//	  "type": ["VerifiableCredential", "OpenBadgeCredential"],
//	  "issuer": {"id": "did:web:school.example", "name": "School"},
//	  "validFrom": "2026-01-01T00:00:00Z",
//	  "credentialSubject": {
//	    "id": "did:key:z6Mk…", "type": "AchievementSubject",
//	    "achievement": {"id": "https://school.example/barista", "type": "Achievement", …}
//	  },
//	  "proof": {…}
//	}
//
// A presentation is a document in which a holder shows one or several of them.
// Both are read as strictjson.Value, by exact member names, from the same value
// that the proof was computed over: there is no struct that a document is decoded
// into, because decoding is where two readers begin to disagree.
//
// # Checking
//
// Check and CheckPresentation apply the data model, CheckBadge what makes an Open
// Badge complete. They return every broken rule at once, each with a JSON pointer:
//
//	if err := credential.Check(doc); err != nil {
//		var problems credential.Problems
//		errors.As(err, &problems)
//		for _, p := range problems {
//			fmt.Println(p.Path, p.Text) // "/issuer must be a URL"
//		}
//		errors.Is(err, credential.ErrStructure) // true
//	}
//
// Detect guesses what a stranger's file is, for a helpful message.
//
// # Reading
//
// Issuer, Subjects, Validity, StatusEntries and Schemas give the texts that later
// checks compare, exactly as they are written. ReadBadge gives what people see:
//
//	badge := credential.ReadBadge(doc)
//	fmt.Println(badge.Title(), "—", badge.Issuer.Name)
//	for _, r := range badge.Results {
//		fmt.Println(r.Label, r.Value) // "Final Project Grade A"
//	}
//
// Everything in a Badge is bounded and has gone through Plain, because a validly
// signed text can still be hostile. Never compare texts of a Badge with anything
// that matters; compare what the readers give.
package credential

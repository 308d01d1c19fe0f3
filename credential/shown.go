package credential

import (
	"strconv"

	"laurel/internal/strictjson"
)

// AlwaysShown are the JSON pointers (RFC 6901) to what no holder of a credential may
// hide under selective disclosure, lest a revoked or
// expired credential look like a good one or lose its issuer, as far as the
// document has it. Contexts, types and the credential's id are shown in any case.
func AlwaysShown(doc strictjson.Value) []string {
	var pointers []string
	for _, name := range [...]string{
		"issuer", "validFrom", "validUntil", "credentialStatus", "credentialSchema",
		"issuanceDate", "expirationDate", // VCDM 1.1
	} {
		if doc.Get(name).Exists() {
			pointers = append(pointers, "/"+name)
		}
	}
	for i, subject := range doc.Get("credentialSubject").List() {
		path := "/credentialSubject"
		if doc.Get("credentialSubject").Kind() == strictjson.List {
			path += "/" + strconv.Itoa(i)
		}
		// Without an id, the type says at least that there is a subject.
		switch {
		case subject.Get("id").Exists():
			pointers = append(pointers, path+"/id")
		case subject.Get("type").Exists():
			pointers = append(pointers, path+"/type")
		}
	}
	return pointers
}

// Package status answers whether a credential has been revoked or suspended,
// by Bitstring Status List 1.0 (W3C Recommendation, 15 May 2025), and of signed
// tokens by the Token Status List (draft-ietf-oauth-status-list-20).
//
// # The idea
//
// An issuer keeps one long string of bits, at least 131,072, and gives every
// credential that it issues a place in it. The whole string is published as a
// credential of its own, signed and packed into some hundred bytes. Whoever
// wants to know about one credential fetches the whole list, so that the
// issuer learns nothing about which one was looked up. A bit that is set means
// what the list's purpose says: revoked for good, or suspended for a while.
//
// # Publishing
//
//	list, err := status.NewList(status.MinLength)
//	err = list.Set(94567, true)
//	doc := status.Document(status.Draft{
//		URL: "https://badges.example/status/3", Issuer: "did:web:badges.example",
//		Purpose: status.Revocation, List: list, ValidFrom: now, TTL: 5 * time.Minute,
//	})
//	signed, err := proof.Sign(doc, …)
//
// and inside each credential
//
//	status.Entry{Purpose: status.Revocation, Index: 94567, ListURL: "https://badges.example/status/3"}.Value()
//
// # Checking
//
// A Source fetches a list, opens it with proof.Open like any other credential,
// checks that it is the list that was asked for and that its issuer may speak
// about the credential, and keeps the decoded list as long as its ttl allows:
//
//	src := &status.Source{Fetch: client, Keys: resolver, Suites: suites}
//	for _, e := range doc.Get("credentialStatus").List() {
//		switch r := src.Check(ctx, status.Query{Entry: e, Issuer: issuer, At: at}); r.Outcome {
//		case status.Clear:   // not revoked, not suspended
//		case status.Set:     // errors.Is(r.Err, status.ErrRevoked) or status.ErrSuspended
//		case status.Invalid: // the entry points outside its list: ErrRange
//		case status.Unknown: // could not be told, and r.Err says why
//		}
//	}
//
// A token has one number of 1, 2, 4 or 8 bits in its list, counted from the right,
// and the list is a signed token itself:
//
//	list, err := status.NewTokenList(2, 100_000)
//	err = list.Set(94567, status.Suspended)
//	signed, err := status.SignToken(status.TokenDraft{URL: url, List: list, TTL: time.Hour}, proof.SignOptions{…})
//	claims = claims.With("status", status.TokenEntry(url, 94567))
//
// The same Source answers for the status claim of a token.
//
// Nothing that keeps a list from being read, verified or believed ever means
// "not revoked": the answer is then Unknown.
package status

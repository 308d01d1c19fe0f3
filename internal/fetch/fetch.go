// Package fetch makes the only outgoing connections.
package fetch

import "time"

// Kind is what a caller is after. It decides which bundles may answer.
type Kind uint8

// The kinds. A bundle that a credential's holder brought answers only
// StatusList: what is in it carries its issuer's signature.
const (
	Other       Kind = iota // schemas, registries
	DIDDocument             // DID documents and Controlled Identifier Documents
	StatusList              // signed status lists
)

// Request is one document to get.
type Request struct {
	URL      string
	Accept   string // the Accept header; "" is */*
	Kind     Kind
	MaxBytes int64 // 0 is 1 MiB
}

// Resource is a document that was got, with what a report says about it.
type Resource struct {
	URL         string // as requested
	Body        []byte // decoded; must not be changed
	ContentType string
	Fetched     time.Time // when it left its server
	SHA256      string    // of Body, hexadecimal
	Source      string    // "network", "cache" or "bundle"
	Expires     time.Time // until when it may be used again without asking
}

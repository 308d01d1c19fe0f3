package cryptosuite

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"laurel/internal/jsonld"
	"laurel/internal/rdfc"
)

// This file has what suites with selective disclosure have in common: they sign a
// document statement by statement (Data Integrity ECDSA Cryptosuites 1.0, section
// 3.4).

// statement is one quad of a document in the text that is signed, with the
// groups of pointers that select it.
type statement struct {
	text   []byte // canonical N-Quads, with its line feed
	groups jsonld.Groups
}

// The groups of pointers.
const (
	mandatoryGroup = iota
	selectiveGroup
)

// relabelled are the statements of a document with its blank nodes renamed, in
// code point order: "labelReplacementCanonicalizeNQuads". The label of a blank
// node follows from its label in the quads.
func relabelled(quads []rdfc.Quad, groups []jsonld.Groups, labels map[string]string) ([]statement, error) {
	text := make([]byte, 0, 256*len(quads))
	ends := make([]int, len(quads))
	for i, q := range quads {
		for _, t := range [...]*rdfc.Term{&q.Subject, &q.Object, &q.Graph} {
			if t.Kind == rdfc.Blank {
				t.Value = labels[t.Value]
			}
		}
		var err error
		if text, err = rdfc.AppendQuad(text, q); err != nil {
			return nil, err
		}
		ends[i] = len(text)
	}
	all := make([]statement, len(quads))
	start := 0
	for i, end := range ends {
		all[i].text = text[start:end:end]
		if groups != nil {
			all[i].groups = groups[i]
		}
		start = end
	}
	slices.SortFunc(all, func(a, b statement) int { return bytes.Compare(a.text, b.text) })
	return all, nil
}

// noteLabels keeps the canonical form of the document and what its blank nodes
// are called in the statements, if somebody watches.
func (m *Message) noteLabels(c *rdfc.Canonical, labels map[string]string) {
	if m.Watch == nil {
		return
	}
	m.noteText(theDocument+canonicalForm, c.NQuads)
	var lines []string
	for input, label := range c.Labels {
		lines = append(lines, "_:"+label+" _:"+labels[input]+"\n")
	}
	slices.Sort(lines)
	m.noteText(labelMap, []byte(strings.Join(lines, "")))
}

// hmacLabels is createHmacIdLabelMapFunction, for the canonical labels of a
// document: a blank node is called after the HMAC of its canonical label, so that
// what is not shown cannot be guessed from the numbers of the labels. "HMAC the
// canonical identifier from the value in entry to get an HMAC digest […] Generate
// a new string value, b64urlDigest, and initialize it to "u" followed by appending
// a base64url-no-pad encoded version of the digest value."
func hmacLabels(canonical map[string]string, key []byte) map[string]string {
	mac := hmac.New(sha256.New, key)
	labels := make(map[string]string, len(canonical))
	for input, label := range canonical {
		mac.Reset()
		mac.Write([]byte(label))
		labels[input] = digestLabel(mac.Sum(nil))
	}
	return labels
}

func digestLabel(digest []byte) string {
	return "u" + base64.RawURLEncoding.EncodeToString(digest)
}

// labelDigest is the digest in a label that hmacLabels made.
func labelDigest(label string) []byte {
	digest, err := base64.RawURLEncoding.DecodeString(label[1:])
	if err != nil {
		panic("cryptosuite: a label of our own cannot be read: " + err.Error())
	}
	return digest
}

// canonicalNumber is the number in a canonical label: 12 of "c14n12".
func canonicalNumber(label string) (uint64, error) {
	n, err := strconv.ParseUint(label[len("c14n"):], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("the canonical label %q has no number: %w", label, err)
	}
	return n, nil
}

package proof

import (
	"bytes"
	"context"

	"laurel/credential"
	"laurel/internal/jose"
	"laurel/internal/sdjwt"
	"laurel/internal/strictjson"
)

// Document is a secured credential or presentation as it came in: JSON with
// embedded proofs, or a signed token, read strictly in either case. Nothing in it
// is to be believed before Open.
type Document struct {
	value strictjson.Value // of a token, what it says as a document of the data model
	token *token           // nil for JSON
	err   error            // why there is neither
}

// Read reads what came in. It tells JSON from tokens by how they begin; a token
// may have white space around it, as files have. It never returns nil: what cannot
// be read has an Err, which Open gives too.
func Read(raw []byte) *Document {
	if !looksLikeToken(raw) {
		return readJSON(raw)
	}
	return readToken(bytes.TrimSpace(raw), "")
}

// readJSON reads JSON, which may be a token after all: the flattened form of
// SD-JWT.
func readJSON(raw []byte) *Document {
	v, err := strictjson.Parse(raw)
	if err != nil {
		return &Document{err: err}
	}
	if v.Get("payload").Exists() && (v.Get("signature").Exists() || v.Get("signatures").Exists()) {
		return readToken(bytes.TrimSpace(raw), "")
	}
	return ReadValue(v)
}

// ReadValue is Read for a value that strictjson has already read, such as one of
// the credentials inside a presentation: a document, an envelope around a token,
// or, as VCDM 1.1 presents them, the text of a token.
func ReadValue(v strictjson.Value) *Document {
	if text, ok := v.Text(); ok {
		return readToken([]byte(text), "")
	}
	if !credential.IsEnvelope(v) {
		return &Document{value: v}
	}
	e, err := credential.ReadEnvelope(v)
	if err != nil {
		return &Document{value: v, err: err}
	}
	d := readToken([]byte(e.Content), e.MediaType)
	if d.err == nil && d.token.presentation() != e.Presentation {
		return &Document{value: v, err: errEnvelope}
	}
	if d.err != nil {
		d.value = v
	}
	return d
}

// looksLikeToken reports whether the text is meant to be a compact token: the
// base64url of `{"`, or of `{` and white space, or at least nothing but what
// tokens are made of, with the dots.
func looksLikeToken(raw []byte) bool {
	text := bytes.TrimSpace(raw)
	for _, start := range []string{"ey", "ew", "e3"} {
		if bytes.HasPrefix(text, []byte(start)) {
			return true
		}
	}
	dots := 0
	for _, c := range text {
		switch {
		case c == '.':
			dots++
		case c|0x20 < 'a' || c|0x20 > 'z':
			if (c < '0' || c > '9') && c != '-' && c != '_' && c != '~' && c != '=' {
				return false
			}
		}
	}
	return dots >= 2
}

// Err says why the document cannot be read; nil if it can. It wraps errors of
// strictjson, jose, sdjwt or credential, or ErrMalformed.
func (d *Document) Err() error { return d.err }

// Unverified is what the document says, for telling what it seems to be. Absent
// if it could not be read.
func (d *Document) Unverified() strictjson.Value { return d.value }

// Presentation reports whether it is a presentation.
func (d *Document) Presentation() bool {
	if d.token != nil {
		return d.token.presentation()
	}
	return credential.HasType(d.value, presentationType)
}

// Bound reports whether it is a token with a key binding, by which it answers a
// challenge without a presentation around it.
func (d *Document) Bound() bool {
	return d.token != nil && d.token.sd != nil && d.token.sd.Binding != nil
}

// Compact is the token in its compact form, without what an envelope had around
// it; "" for JSON with embedded proofs.
func (d *Document) Compact() string {
	switch {
	case d.token == nil:
		return ""
	case d.token.sd != nil:
		return d.token.sd.Compact()
	default:
		return string(d.token.message.Compact())
	}
}

// TokenType is the Type that a Token of it would have, "" for JSON with embedded
// proofs.
func (d *Document) TokenType() string {
	if d.token == nil {
		return ""
	}
	return d.token.typ
}

// Open verifies the document: see the function Open.
func (d *Document) Open(ctx context.Context, opt Options) (*Opened, error) {
	switch {
	case d.err != nil:
		return nil, &Refusal{Format: d.err, document: d.value}
	case d.token != nil:
		return d.token.open(ctx, opt)
	default:
		return openEmbedded(ctx, d.value, opt)
	}
}

// mediaTypes are the content types of envelopes, with the typ that the token
// inside must have. "application/jwt" says nothing, as the tokens of VCDM 1.1 do.
var mediaTypes = map[string]string{
	"application/vc+jwt":    typeVC,
	"application/vp+jwt":    typeVP,
	"application/vc+sd-jwt": typeVCSD,
	"application/vp+sd-jwt": typeVPSD,
	"application/dc+sd-jwt": typeDCSD,
	"application/jwt":       typePlain,
}

// readToken reads a compact token, out of an envelope of that media type, if any.
func readToken(text []byte, mediaType string) *Document {
	typ, known := mediaTypes[mediaType]
	if mediaType != "" && !known {
		return &Document{err: credential.ErrMediaType}
	}
	t := &token{}
	var err error
	if bytes.IndexByte(text, '~') >= 0 || len(text) > 0 && text[0] == '{' {
		if t.sd, err = sdjwt.Parse(text); err == nil {
			t.message = t.sd.JWT
		}
	} else {
		t.message, err = jose.Parse(text)
	}
	if err == nil {
		err = t.read()
	}
	if err == nil && known && t.typ != typ && !(typ == typePlain && t.legacy()) {
		err = errEnvelope
	}
	if err != nil {
		return &Document{err: err}
	}
	return &Document{value: t.document, token: t}
}

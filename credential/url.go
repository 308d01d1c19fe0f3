package credential

import (
	"net/netip"
	"net/url"
	"strings"
	"unicode"
)

// isURL reports whether s is an absolute URL as the data model means it ("a URL
// … which MAY be dereferenced", VCDM 2.0 section 4.4): a scheme, a colon and
// something after it, without white space, control characters or the characters
// that RFC 3986 leaves out. https://…, did:…, urn:uuid:… and data:… all are;
// "fake-issuer", "#key" and "_:b0" are not.
func isURL(s string) bool {
	scheme, rest, ok := strings.Cut(s, ":")
	if !ok || rest == "" || !isScheme(scheme) || !urlCharacters(rest) {
		return false
	}
	switch strings.ToLower(scheme) {
	case "http", "https":
		return hasHost(rest)
	case "did":
		method, id, ok := strings.Cut(rest, ":")
		return ok && method != "" && id != ""
	case "urn":
		namespace, name, ok := strings.Cut(rest, ":")
		return ok && namespace != "" && name != ""
	}
	return true
}

// hasHost reports whether what follows "https:" names a host, with a port in
// digits if it has one.
func hasHost(rest string) bool {
	authority, ok := strings.CutPrefix(rest, "//")
	if end := strings.IndexAny(authority, "/?#"); end >= 0 {
		authority = authority[:end]
	}
	host := authority[strings.LastIndexByte(authority, '@')+1:]
	if closing := strings.LastIndexByte(host, ']'); closing >= 0 { // [2001:db8::1]:8443
		inside, opened := strings.CutPrefix(host[:closing], "[")
		if _, err := netip.ParseAddr(inside); err != nil || !opened {
			return false
		}
		host = "6" + host[closing+1:]
	}
	name, port, _ := strings.Cut(host, ":")
	return ok && name != "" && strings.Trim(port, "0123456789") == ""
}

func isScheme(s string) bool {
	for i, r := range []byte(s) {
		letter := r|0x20 >= 'a' && r|0x20 <= 'z'
		other := r >= '0' && r <= '9' || r == '+' || r == '-' || r == '.'
		if !letter && (i == 0 || !other) {
			return false
		}
	}
	return s != ""
}

// urlCharacters reports whether every character may stand in a URL; letters of
// any script may (RFC 3987), and a percent sign must start an escape.
func urlCharacters(s string) bool {
	ascii := true
	for i := range len(s) {
		switch b := s[i]; b {
		case '<', '>', '"', '{', '}', '|', '\\', '^', '`', 0x7F:
			return false
		case '%':
			if len(s) < i+3 || !isHex(s[i+1]) || !isHex(s[i+2]) {
				return false
			}
		default:
			if b <= ' ' {
				return false
			}
			ascii = ascii && b < 0x80
		}
	}
	return ascii || !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar
	})
}

func isHex(b byte) bool {
	return b >= '0' && b <= '9' || b|0x20 >= 'a' && b|0x20 <= 'f'
}

// isTypeName reports whether s may stand in a "type": a term ("OpenBadgeCredential")
// or an absolute URL. Whether the term means anything is for JSON-LD to say.
func isTypeName(s string) bool {
	if strings.Contains(s, ":") {
		return isURL(s)
	}
	return s != "" && s[0] != '@' && urlCharacters(s)
}

// Link is an address that a document names, cleaned for display. It may be
// anything at all (javascript:, a DID, prose); Web gives it only when it is safe
// to make clickable.
type Link string

// Web returns the address if it is http or https with a host and without a user
// name or password in it, and "" otherwise.
func (l Link) Web() string {
	if len(l) > maxLink {
		return ""
	}
	u, err := url.Parse(string(l))
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.User != nil {
		return ""
	}
	return u.String()
}

// maxLink bounds a clickable address; browsers and mail programs stop about here.
const maxLink = 2048

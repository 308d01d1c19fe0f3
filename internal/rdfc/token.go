package rdfc

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// unescape resolves UCHAR (\uXXXX, \UXXXXXXXX) and those ECHAR whose letters
// are in echars. Text without a backslash is returned as it is.
func unescape(text, echars string) (string, error) {
	if strings.IndexByte(text, '\\') < 0 {
		return text, nil
	}
	out := make([]byte, 0, len(text))
	for text != "" {
		plain, escaped, found := strings.Cut(text, `\`)
		out = append(out, plain...)
		if !found {
			break
		}
		r, size, err := escape(escaped, echars)
		if err != nil {
			return "", err
		}
		out = utf8.AppendRune(out, r)
		text = escaped[size:]
	}
	return string(out), nil
}

// escape reads what follows a backslash: the character meant, and how many
// bytes spell it.
func escape(s, echars string) (r rune, size int, err error) {
	if s == "" {
		return 0, 0, errors.New(`"\" at the end`)
	}
	switch {
	case s[0] == 'u':
		return codePoint(s, 5)
	case s[0] == 'U':
		return codePoint(s, 9)
	case strings.IndexByte(echars, s[0]) < 0:
		return 0, 0, fmt.Errorf(`escape "\%c"`, s[0])
	}
	const letters, meant = "tbnrf", "\t\b\n\r\f"
	if i := strings.IndexByte(letters, s[0]); i >= 0 {
		return rune(meant[i]), 1, nil
	}
	return rune(s[0]), 1, nil
}

// codePoint reads size-1 hexadecimal digits after the u or U. Surrogates and
// numbers above U+10FFFF are no characters.
func codePoint(s string, size int) (rune, int, error) {
	if len(s) < size || strings.Trim(s[1:size], "0123456789abcdefABCDEF") != "" {
		return 0, 0, errors.New(`malformed \u escape`)
	}
	n, err := strconv.ParseUint(s[1:size], 16, 32)
	if err != nil || n > utf8.MaxRune || !utf8.ValidRune(rune(n)) {
		return 0, 0, fmt.Errorf("escape of %s, which is no character", s[1:size])
	}
	return rune(n), size, nil
}

// languageTag gives the length of the tag at the front of s, without its "@":
// [a-zA-Z]+ ('-' [a-zA-Z0-9]+)*. 0 means there is none.
func languageTag(s string) int {
	end, part := 0, 0 // end of the last whole part; start of this one
	for i := 0; ; i++ {
		switch {
		case i < len(s) && (isLetter(s[i]) || part > 0 && isDigit(s[i])):
		case i == part:
			return end
		case i < len(s) && s[i] == '-':
			end, part = i, i+1
		default:
			return i
		}
	}
}

// blankLabel gives the length of the label at the front of s, without its "_:":
// (PN_CHARS_U | [0-9]) ((PN_CHARS | '.')* PN_CHARS)?. 0 means there is none.
func blankLabel(s string) int {
	end := 0
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		inLabel := isLabelStart(r) || i > 0 && isLabelInner(r)
		if !inLabel && (r != '.' || i == 0) {
			return end
		}
		i += size
		if inLabel {
			end = i
		}
	}
	return end
}

// isLabelStart is PN_CHARS_U | [0-9], save for U+FFFD, which here stands for bytes
// that are no character.
func isLabelStart(r rune) bool {
	if r < utf8.RuneSelf {
		return isLetter(byte(r)) || isDigit(byte(r)) || r == '_' || r == ':'
	}
	return in(r, 0xC0, 0xD6) || in(r, 0xD8, 0xF6) || in(r, 0xF8, 0x2FF) || in(r, 0x370, 0x37D) ||
		in(r, 0x37F, 0x1FFF) || in(r, 0x200C, 0x200D) || in(r, 0x2070, 0x218F) ||
		in(r, 0x2C00, 0x2FEF) || in(r, 0x3001, 0xD7FF) || in(r, 0xF900, 0xFDCF) ||
		in(r, 0xFDF0, 0xFFFC) || in(r, 0x10000, 0xEFFFF)
}

// isLabelInner is what PN_CHARS adds to PN_CHARS_U and the digits.
func isLabelInner(r rune) bool {
	return r == '-' || r == 0xB7 || in(r, 0x300, 0x36F) || in(r, 0x203F, 0x2040)
}

func in(r, low, high rune) bool { return low <= r && r <= high }

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

package baking

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

const (
	svgNamespace    = "http://www.w3.org/2000/svg"
	badgeNamespace  = "https://purl.imsglobal.org/ob/v3p0"
	oldNamespace    = "http://openbadges.org" // Open Badges 2.0
	byteOrderMark   = "\xef\xbb\xbf"
	namespacePrefix = "openbadges"

	maxSVGDepth = 256 // elements inside one another; drawing programs stay below 40
)

// svgImage is an SVG as far as badges go. Places are offsets in the file.
type svgImage struct {
	badges  []*part
	active  string // what makes it more than a picture; "" if nothing
	rootEnd int    // behind the ">" of the root's start tag
	closed  bool   // the root is an empty tag
	prefix  string // the namespace that "openbadges" stands for at the root
}

// svgReader is the walk over the tags of one file.
type svgReader struct {
	*xml.Decoder
	file   []byte
	image  *svgImage
	depth  int
	within *openBadge // the badge element that we are in
	done   bool       // the root has ended
}

// openBadge is a badge element whose end has not come yet.
type openBadge struct {
	part
	depth  int
	verify string
	text   []byte
}

// readSVG walks over the tags of an SVG. encoding/xml is strict here: it knows
// the five entities of XML and no other, reads no DTD, and opens nothing. A
// document that brings entities of its own is refused, since programs that do
// expand them would read another text.
func readSVG(file []byte) (*svgImage, error) {
	if len(file) > maxImage {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrLimit, len(file), maxImage)
	}
	r := svgReader{file: file, image: &svgImage{}}
	mark := len(file) - len(bytes.TrimPrefix(file, []byte(byteOrderMark)))
	r.Decoder = xml.NewDecoder(bytes.NewReader(file[mark:]))
	for {
		from := mark + int(r.InputOffset())
		token, err := r.Token()
		if errors.Is(err, io.EOF) && r.done {
			return r.image, nil
		}
		if errors.Is(err, io.EOF) {
			err = errors.New("it has no root element")
		}
		if err == nil {
			err = r.take(token, from, mark+int(r.InputOffset()))
		}
		if err != nil {
			if errors.Is(err, ErrLimit) {
				return nil, err
			}
			return nil, fmt.Errorf("%w: %v", ErrImage, err)
		}
	}
}

// take looks at one token, which has the bytes from…to of the file.
func (r *svgReader) take(token xml.Token, from, to int) error {
	switch t := token.(type) {
	case xml.StartElement:
		return r.start(t, from, to)
	case xml.EndElement:
		return r.end(to)
	case xml.CharData:
		return r.characters(t)
	}
	if r.within != nil { // one reader joins the texts around it, another takes the first
		return errors.New("the badge is not just text")
	}
	switch t := token.(type) {
	case xml.Directive:
		return r.declaration(t)
	case xml.ProcInst:
		if t.Target == "xml-stylesheet" {
			r.marks("a style sheet from elsewhere")
		}
	}
	return nil
}

// declaration lets the usual DOCTYPE pass, which names a public DTD that nobody
// loads, and refuses one that brings declarations.
func (r *svgReader) declaration(d xml.Directive) error {
	switch {
	case bytes.ContainsAny(d, "["):
		return errors.New("it declares entities or other markup of its own")
	case r.depth > 0 || r.done:
		return errors.New("a declaration in the midst of it")
	}
	return nil
}

func (r *svgReader) start(t xml.StartElement, from, to int) error {
	if r.depth++; r.depth > maxSVGDepth {
		return fmt.Errorf("%w: its elements are more than %d deep", ErrLimit, maxSVGDepth)
	}
	if r.within != nil || r.done {
		return fmt.Errorf("the element %q is where none may be", t.Name.Local)
	}
	if err := distinct(t.Attr); err != nil {
		return err
	}
	if r.depth == 1 {
		if t.Name.Local != "svg" || t.Name.Space != svgNamespace && t.Name.Space != "" {
			return fmt.Errorf("its root is %q, not svg", t.Name.Local)
		}
		r.image.rootEnd, r.image.closed = to, r.file[to-2] == '/'
		r.image.prefix = attribute(t.Attr, "xmlns", namespacePrefix)
	}
	old := t.Name == xml.Name{Space: oldNamespace, Local: "assertion"}
	if old || t.Name == (xml.Name{Space: badgeNamespace, Local: "credential"}) {
		r.within = &openBadge{part: part{old: old, from: from}, depth: r.depth, verify: attribute(t.Attr, "", "verify")}
		return nil
	}
	r.inspect(t)
	return nil
}

// distinct refuses an attribute that is there twice, which XML forbids and
// encoding/xml lets pass.
func distinct(attributes []xml.Attr) error {
	seen := make(map[xml.Name]bool, len(attributes))
	for _, a := range attributes {
		if seen[a.Name] {
			return fmt.Errorf("the attribute %q is there twice", a.Name.Local)
		}
		seen[a.Name] = true
	}
	return nil
}

func attribute(attributes []xml.Attr, space, local string) string {
	at := slices.IndexFunc(attributes, func(a xml.Attr) bool { return a.Name == xml.Name{Space: space, Local: local} })
	if at < 0 {
		return ""
	}
	return attributes[at].Value
}

// inspect notes what would run or load something when the picture is opened.
func (r *svgReader) inspect(t xml.StartElement) {
	switch strings.ToLower(t.Name.Local) {
	case "script", "foreignobject", "iframe", "object", "embed", "handler", "listener":
		r.marks("the element " + t.Name.Local)
	}
	for _, a := range t.Attr {
		name, value := strings.ToLower(a.Name.Local), strings.ToLower(strings.TrimSpace(a.Value))
		switch {
		case strings.HasPrefix(name, "on"):
			r.marks("the attribute " + a.Name.Local)
		case name == "href" && !strings.HasPrefix(value, "#") && !strings.HasPrefix(value, "data:image/"):
			r.marks("a link to something outside")
		default:
			r.inspectStyle(value)
		}
	}
}

// inspectStyle notes style sheets, in attributes and in <style>, that load
// something; "url(#shade)" is in the picture itself.
func (r *svgReader) inspectStyle(text string) {
	if strings.Contains(text, "@import") {
		r.marks("a style that loads another")
	}
	for rest, found := text, true; found; {
		if _, rest, found = strings.Cut(rest, "url("); found && !strings.HasPrefix(strings.TrimLeft(rest, ` "'`), "#") {
			r.marks("a style that loads something")
		}
	}
}

func (r *svgReader) marks(what string) {
	if r.image.active == "" {
		r.image.active = what
	}
}

func (r *svgReader) characters(text []byte) error {
	switch {
	case r.within != nil:
		r.within.text = append(r.within.text, text...)
	case r.depth == 0 && len(bytes.TrimSpace(text)) > 0:
		return errors.New("text outside of its root")
	case bytes.Contains(text, []byte("url(")), bytes.Contains(text, []byte("@import")):
		r.inspectStyle(string(text))
	}
	return nil
}

func (r *svgReader) end(to int) error {
	if b := r.within; b != nil && b.depth == r.depth {
		r.within = nil
		b.to = to
		text, verify := bytes.TrimSpace(b.text), strings.TrimSpace(b.verify)
		switch {
		case b.old && len(text) == 0: // 2.0 has both: the assertion, and where it is
			b.payload = []byte(verify)
		case len(text) == 0:
			b.payload = []byte(verify)
		case verify != "" && !b.old:
			return errors.New("the badge is there twice, as a token and as text")
		default:
			b.payload = text
		}
		if len(b.payload) > maxPayload {
			return fmt.Errorf("%w: its badge has more than %d bytes", ErrLimit, maxPayload)
		}
		r.image.badges = append(r.image.badges, &b.part)
	}
	r.depth--
	r.done = r.done || r.depth == 0
	return nil
}

// writeSVG puts the credential right behind the start of the root: "First, add an
// xmlns:openbadges attribute to the <svg> tag […]. Directly after the <svg> tag,
// add an <openbadges:credential> tag" (Open Badges 3.0, section 5.3.2.1).
func writeSVG(file, credential []byte, opt Options) ([]byte, error) {
	s, err := readSVG(file)
	if err != nil {
		return nil, err
	}
	if err := opt.existing(s.badges); err != nil {
		return nil, err
	}
	switch {
	case s.active != "":
		return nil, fmt.Errorf("%w: %s", ErrActive, s.active)
	case s.closed:
		return nil, fmt.Errorf("%w: it is empty", ErrImage)
	}
	var head, own string
	declaration := ` xmlns:` + namespacePrefix + `="` + badgeNamespace + `"`
	switch s.prefix {
	case badgeNamespace:
	case "":
		head = declaration
	default: // the prefix stands for something else up there
		own = declaration
	}
	for _, p := range s.badges {
		p.from, p.to = p.from-s.rootEnd, p.to-s.rootEnd
	}
	var out bytes.Buffer
	out.Write(file[:s.rootEnd-1])
	out.WriteString(head + ">\n<" + namespacePrefix + ":credential" + own)
	if isToken(credential) {
		out.WriteString(` verify="` + string(credential) + `"/>`)
	} else {
		// The one text that ends a CDATA section is cut in two, each in its own.
		text := strings.ReplaceAll(string(credential), "]]>", "]]]]><![CDATA[>")
		out.WriteString("><![CDATA[" + text + "]]></" + namespacePrefix + ":credential>")
	}
	out.Write(without(file[s.rootEnd:], s.badges))
	return out.Bytes(), nil
}

// Package upload reads the documents that a request brings to be judged: a body
// that is one, a picture with one inside, or a form with files and pasted text.
//
//	brought, refused := upload.Read(w, r, visit)
//	if refused != nil {
//		return refused // 413, 415, 429 or 503
//	}
//	for _, d := range brought.Documents {
//		report, err := v.Verify(ctx, d.Data, d.Expect)
//		…
//	}
//
// How much that may be is bounded here, and counts against the share of the client.
// Whether a document is a good one, or JSON at all, is for the verifier to say.
package upload

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"laurel/credential"
	"laurel/internal/serve"
	"laurel/verifier"
)

// FormType is the media type of a form without files.
const FormType = "application/x-www-form-urlencoded"

// How much one request may bring.
const (
	maxBody      = 1 << 20 // a body that is the document; a badge with a picture has 10 to 200 kB
	maxUpload    = 8 << 20 // a form with files, or a picture; transcripts and scanned evidence are larger
	maxDocuments = 20      // files in one form, all judged within the time of one verdict
	maxField     = 4 << 10 // challenge, domain, the name of a sample
	maxFields    = 64      // parts of a form; ours has five
)

// Brought is what a request asks to be judged.
type Brought struct {
	Documents []Document
	Expect    verifier.Expectation // of documents that have none of their own
	Form      bool                 // from the page, or from a program that behaves like it
}

// Document is one document with the name that the sender knows it by. One with a
// name and nil Data was only named, by the field "sample".
type Document struct {
	Name   string
	Data   []byte
	Expect verifier.Expectation
}

// Read reads the request. What it cannot read is a problem: 413, 415, 429,
// 503.
func Read(w http.ResponseWriter, r *http.Request, visit *serve.Visit) (*Brought, *serve.Problem) {
	in := &Brought{}
	in.Expect.Challenge = r.URL.Query().Get("challenge")
	in.Expect.Domain = r.URL.Query().Get("domain")

	mediaType, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil && r.Header.Get("Content-Type") != "" {
		return nil, unsupported()
	}
	var refused *serve.Problem
	switch {
	case mediaType == "multipart/form-data":
		refused = in.multipart(w, r, visit, params["boundary"])
	case mediaType == FormType:
		refused = in.urlencoded(w, r, visit)
	case mediaType == "image/png" || mediaType == "image/svg+xml":
		var data []byte
		data, refused = visit.Body(w, r, maxUpload)
		in.Documents = []Document{{Data: data}}
	case readable(mediaType):
		var data []byte
		data, refused = visit.Body(w, r, maxBody)
		in.Documents = []Document{{Data: data}}
	default:
		refused = unsupported()
	}
	if refused != nil {
		return nil, refused
	}
	return in, nil
}

// IsForm reports whether a request brings a form without files.
func IsForm(r *http.Request) bool {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && mediaType == FormType
}

// ReadForm reads a form without files, every field of it, of at most limit bytes.
func ReadForm(w http.ResponseWriter, r *http.Request, visit *serve.Visit, limit int64) (url.Values, *serve.Problem) {
	body, refused := visit.Body(w, r, limit)
	if refused != nil {
		return nil, refused
	}
	if !IsForm(r) && len(body) > 0 {
		return nil, unsupported()
	}
	return ParseForm(body)
}

// ParseForm reads a form without files that has been read already.
func ParseForm(body []byte) (url.Values, *serve.Problem) {
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, unreadable()
	}
	return values, nil
}

// readable reports whether a body of the media type is a document. Every JSON
// type is, every kind of signed token, and so is text; a sender who names no type
// gets a report as well.
func readable(mediaType string) bool {
	switch mediaType {
	case "", "text/plain", "application/json", "application/vc", "application/vp", "application/jwt":
		return true
	}
	_, suffix, _ := strings.Cut(mediaType, "+")
	return strings.HasPrefix(mediaType, "application/") && slices.Contains([]string{"json", "jwt", "sd-jwt"}, suffix[strings.LastIndexByte(suffix, '+')+1:])
}

func unsupported() *serve.Problem {
	return serve.NewProblem(http.StatusUnsupportedMediaType,
		"Send a credential as application/vc, application/vp, application/vc+jwt, application/json or text/plain, a baked badge as image/png or image/svg+xml, or a form with files.")
}

// urlencoded reads the form of a page without files. curl sends every body with
// this type unless told otherwise, so one that begins like JSON is the document
// itself: no form of ours begins so.
func (in *Brought) urlencoded(w http.ResponseWriter, r *http.Request, visit *serve.Visit) *serve.Problem {
	body, refused := visit.Body(w, r, maxBody)
	if refused != nil {
		return refused
	}
	if start := bytes.TrimLeft(body, " \t\r\n"); len(start) > 0 && start[0] == '{' {
		in.Documents = []Document{{Data: body}}
		return nil
	}
	values, refused := ParseForm(body)
	if refused != nil {
		return refused
	}
	in.Form = true
	for _, name := range []string{"challenge", "domain", "sample", "document"} {
		for _, value := range values[name] {
			if refused := in.field(name, []byte(value)); refused != nil {
				return refused
			}
		}
	}
	return nil
}

// multipart reads the form of a page with files, part by part.
func (in *Brought) multipart(w http.ResponseWriter, r *http.Request, visit *serve.Visit, boundary string) *serve.Problem {
	stream, refused := visit.Stream(w, r, maxUpload)
	if refused != nil {
		return refused
	}
	if boundary == "" || len(boundary) > 70 { // RFC 2046, section 5.1.1
		return unreadable()
	}
	in.Form = true
	reader := multipart.NewReader(stream, boundary)
	for range maxFields {
		part, err := reader.NextRawPart()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return partProblem(err)
		}
		if refused := in.part(part); refused != nil {
			return refused
		}
	}
	return TooMany()
}

func (in *Brought) part(part *multipart.Part) *serve.Problem {
	data, err := io.ReadAll(part)
	if err != nil {
		return partProblem(err)
	}
	if part.Header.Get("Content-Transfer-Encoding") != "" { // RFC 7578, section 4.7: not in use
		return unreadable()
	}
	if part.FormName() != "file" {
		return in.field(part.FormName(), data)
	}
	name := part.FileName()
	if name == "" && len(data) == 0 { // the page was sent without choosing a file
		return nil
	}
	return in.add(Document{Name: credential.Plain(path.Base(strings.ReplaceAll(name, `\`, "/"))), Data: data})
}

// field takes one field that is not a file. Unknown fields are passed over.
func (in *Brought) field(name string, value []byte) *serve.Problem {
	if name == "document" {
		if len(bytes.TrimSpace(value)) == 0 {
			return nil
		}
		return in.add(Document{Name: "Pasted text", Data: value})
	}
	if len(value) > maxField {
		return serve.NewProblem(http.StatusRequestEntityTooLarge, "A field of the form is too long.")
	}
	switch name {
	case "challenge":
		in.Expect.Challenge = string(bytes.TrimSpace(value))
	case "domain":
		in.Expect.Domain = string(bytes.TrimSpace(value))
	case "sample":
		return in.add(Document{Name: string(value)})
	}
	return nil
}

func (in *Brought) add(d Document) *serve.Problem {
	if len(in.Documents) == maxDocuments {
		return TooMany()
	}
	in.Documents = append(in.Documents, d)
	return nil
}

// partProblem tells a form that is too large from one that is no form.
func partProblem(err error) *serve.Problem {
	if p := serve.ReadProblem(err, maxUpload); p.Status == http.StatusRequestEntityTooLarge {
		return p
	}
	return unreadable()
}

func unreadable() *serve.Problem {
	return serve.NewProblem(http.StatusUnsupportedMediaType, "The form cannot be read: it is not in the format that it says it is.")
}

// TooMany says that more documents were brought than are taken at once.
func TooMany() *serve.Problem {
	return serve.NewProblem(http.StatusRequestEntityTooLarge, "At most 20 documents can be checked at once.")
}

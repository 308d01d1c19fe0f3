package web

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

// How much one request may bring.
const (
	maxBody      = 1 << 20 // a body that is the document; a badge with a picture has 10 to 200 kB
	maxUpload    = 8 << 20 // a form with files, or a picture; transcripts and scanned evidence are larger
	maxDocuments = 20      // files in one form, all judged within the time of one verdict
	maxField     = 4 << 10 // challenge, domain, the name of a sample
	maxFields    = 64      // parts of a form; ours has five
)

// received is what a request asks to be judged.
type received struct {
	documents []document
	expect    verifier.Expectation
	form      bool   // from the page, or from a program that behaves like it
	page      bool   // a page is wanted, not JSON
	leave     func() // when the work is done
}

// document is one document with the name that the sender knows it by.
type document struct {
	name   string
	data   []byte
	expect verifier.Expectation
}

// receive reads the request. What it cannot read is a problem: 413, 415, 429,
// 503.
func (s *server) receive(w http.ResponseWriter, r *http.Request, visit *serve.Visit) (*received, *serve.Problem) {
	in := &received{}
	in.expect.Challenge = r.URL.Query().Get("challenge")
	in.expect.Domain = r.URL.Query().Get("domain")

	mediaType, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil && r.Header.Get("Content-Type") != "" {
		return nil, unsupported()
	}
	var refused *serve.Problem
	switch {
	case mediaType == "multipart/form-data":
		refused = in.multipart(w, r, visit, params["boundary"])
	case mediaType == "application/x-www-form-urlencoded":
		refused = in.urlencoded(w, r, visit)
	case mediaType == "image/png" || mediaType == "image/svg+xml":
		var data []byte
		data, refused = visit.Body(w, r, maxUpload)
		in.documents = []document{{data: data}}
	case readable(mediaType):
		var data []byte
		data, refused = visit.Body(w, r, maxBody)
		in.documents = []document{{data: data}}
	default:
		refused = unsupported()
	}
	if refused != nil {
		return nil, refused
	}
	s.fillSamples(in)
	for i := range in.documents {
		if in.documents[i].expect == (verifier.Expectation{}) {
			in.documents[i].expect = in.expect
		}
	}
	return in, nil
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
func (in *received) urlencoded(w http.ResponseWriter, r *http.Request, visit *serve.Visit) *serve.Problem {
	body, refused := visit.Body(w, r, maxBody)
	if refused != nil {
		return refused
	}
	if start := bytes.TrimLeft(body, " \t\r\n"); len(start) > 0 && start[0] == '{' {
		in.documents = []document{{data: body}}
		return nil
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return unreadable()
	}
	in.form = true
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
func (in *received) multipart(w http.ResponseWriter, r *http.Request, visit *serve.Visit, boundary string) *serve.Problem {
	stream, refused := visit.Stream(w, r, maxUpload)
	if refused != nil {
		return refused
	}
	if boundary == "" || len(boundary) > 70 { // RFC 2046, section 5.1.1
		return unreadable()
	}
	in.form = true
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
	return tooManyDocuments()
}

func (in *received) part(part *multipart.Part) *serve.Problem {
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
	return in.add(document{name: credential.Plain(path.Base(strings.ReplaceAll(name, `\`, "/"))), data: data})
}

// field takes one field that is not a file. Unknown fields are passed over.
func (in *received) field(name string, value []byte) *serve.Problem {
	if name == "document" {
		if len(bytes.TrimSpace(value)) == 0 {
			return nil
		}
		return in.add(document{name: "Pasted text", data: value})
	}
	if len(value) > maxField {
		return serve.NewProblem(http.StatusRequestEntityTooLarge, "A field of the form is too long.")
	}
	switch name {
	case "challenge":
		in.expect.Challenge = string(bytes.TrimSpace(value))
	case "domain":
		in.expect.Domain = string(bytes.TrimSpace(value))
	case "sample":
		return in.add(document{name: string(value)})
	}
	return nil
}

func (in *received) add(d document) *serve.Problem {
	if len(in.documents) == maxDocuments {
		return tooManyDocuments()
	}
	in.documents = append(in.documents, d)
	return nil
}

// fillSamples puts the documents in place of the names of samples; an unknown
// name stays an empty document.
func (s *server) fillSamples(in *received) {
	for i := range in.documents {
		d := &in.documents[i]
		if d.data != nil || !in.form {
			continue
		}
		at := slices.IndexFunc(s.samples, func(sample Sample) bool { return sample.Name == d.name })
		if at < 0 {
			d.name = credential.Plain(d.name)
			continue
		}
		sample := s.samples[at]
		*d = document{name: sample.label(), data: sample.Document,
			expect: verifier.Expectation{Challenge: sample.Challenge, Domain: sample.Domain}}
	}
}

func (s Sample) label() string {
	if s.Label != "" {
		return s.Label
	}
	return s.Name
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

func tooManyDocuments() *serve.Problem {
	return serve.NewProblem(http.StatusRequestEntityTooLarge, "At most 20 documents can be checked at once.")
}

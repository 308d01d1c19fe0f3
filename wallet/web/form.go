package web

import (
	"bytes"
	"crypto/subtle"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"strings"

	"laurel/credential"
	"laurel/internal/serve"
)

// How much one form may bring: what a verifier takes.
const (
	maxForm  = 8 << 20 // files and all
	maxFiles = 20      // each is checked while the learner waits
	maxParts = 128     // fields and files; the longest form of ours chooses among 64 badges
)

// form is what a page sent.
type form struct {
	url.Values
	files []upload
}

// upload is one file, or a text in place of a file.
type upload struct {
	name string
	data []byte
}

// text returns a field without the space around it.
func (f *form) text(name string) string { return strings.TrimSpace(f.Get(name)) }

// withForm reads the form of a request before its handler runs, and refuses one
// that is not from a page of this session.
func (s *Server) withForm(h func(http.ResponseWriter, *http.Request, *session, *form) error) handler {
	return func(w http.ResponseWriter, r *http.Request, as *session) error {
		f, err := readForm(w, r)
		if err != nil {
			return err
		}
		if subtle.ConstantTimeCompare([]byte(f.Get("token")), []byte(as.token)) != 1 {
			return serve.NewProblem(http.StatusForbidden, "This form is not of this session, so nothing was done. Open the page again.")
		}
		return h(w, r, as, f)
	}
}

// readForm reads both kinds of form that a page sends. The error is a problem:
// 413 or 415.
func readForm(w http.ResponseWriter, r *http.Request) (*form, error) {
	mediaType, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || len(r.Header.Values("Content-Encoding")) > 0 {
		return nil, unreadable()
	}
	body := http.MaxBytesReader(w, r.Body, maxForm)
	switch mediaType {
	case "application/x-www-form-urlencoded":
		data, err := io.ReadAll(body)
		if err != nil {
			return nil, serve.ReadProblem(err, maxForm)
		}
		values, err := url.ParseQuery(string(data))
		if err != nil {
			return nil, unreadable()
		}
		return &form{Values: values}, nil
	case "multipart/form-data":
		return readParts(body, params["boundary"])
	default:
		return nil, unreadable()
	}
}

func readParts(body io.Reader, boundary string) (*form, error) {
	if boundary == "" || len(boundary) > 70 { // RFC 2046, section 5.1.1
		return nil, unreadable()
	}
	f := &form{Values: url.Values{}}
	reader := multipart.NewReader(body, boundary)
	for range maxParts {
		part, err := reader.NextRawPart()
		// The end itself, and not the wrapped one of a body that was cut off.
		if errors.Is(err, io.EOF) && errors.Unwrap(err) == nil {
			return f, nil
		}
		if err != nil {
			return nil, partProblem(err)
		}
		data, err := io.ReadAll(part)
		if err != nil {
			return nil, partProblem(err)
		}
		if part.FormName() != "file" {
			f.Add(part.FormName(), string(data))
			continue
		}
		if name := part.FileName(); name != "" || len(data) > 0 { // nothing was chosen otherwise
			f.files = append(f.files, upload{fileBase(name), data})
		}
	}
	return nil, serve.NewProblem(http.StatusRequestEntityTooLarge, "This form has too many parts.")
}

// fileBase is the last part of a file's name, as any system writes names.
func fileBase(name string) string {
	return credential.Plain(path.Base(strings.ReplaceAll(name, `\`, "/")))
}

// documents are the files and the pasted text of a form.
func (f *form) documents() []upload {
	all := f.files
	if text := bytes.TrimSpace([]byte(f.Get("document"))); len(text) > 0 {
		all = append(all, upload{"Pasted text", text})
	}
	return all
}

// partProblem tells a form that is too large from one that is no form.
func partProblem(err error) *serve.Problem {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return serve.ReadProblem(err, maxForm)
	}
	return unreadable()
}

func unreadable() *serve.Problem {
	return serve.NewProblem(http.StatusUnsupportedMediaType, "The form cannot be read: it is not in the format that it says it is.")
}

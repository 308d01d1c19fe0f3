package upload

import (
	"net/http/httptest"
	"strings"
	"testing"

	"laurel/internal/serve"
	"laurel/internal/ui/uitest"
	"laurel/verifier"
)

// read reads a request as a server does.
func read(t testing.TB, clients *serve.Clients, address, contentType, body string) (*Brought, *serve.Problem) {
	t.Helper()
	r := httptest.NewRequest("POST", address, strings.NewReader(body))
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	visit, refused := clients.Arrive(r)
	if refused != nil {
		t.Fatal(refused)
	}
	defer visit.Leave()
	return Read(httptest.NewRecorder(), r, visit)
}

func anybody() *serve.Clients { return serve.NewClients(serve.Limits{Rate: 1e9, Burst: 1e9}) }

func TestRead(t *testing.T) {
	files, several := uitest.Form(t,
		[3]string{"challenge", "", " c "}, [3]string{"file", `C:\badges\a.json`, "A"}, [3]string{"file", "../b\u202e.json", "B"},
		[3]string{"document", "", " \n"}, [3]string{"document", "", "pasted"}, [3]string{"unknown", "", "x"}, [3]string{"file", "", ""})
	tests := []struct {
		name, address, contentType, body string
		documents                        []Document
		expect                           verifier.Expectation
		form                             bool
	}{
		{"a body", "/?challenge=c&domain=d", "application/vc", "{}", []Document{{Data: []byte("{}")}}, verifier.Expectation{Challenge: "c", Domain: "d"}, false},
		{"no type", "/", "", "x", []Document{{Data: []byte("x")}}, verifier.Expectation{}, false},
		{"a picture", "/", "image/png", "PNG", []Document{{Data: []byte("PNG")}}, verifier.Expectation{}, false},
		{"a token", "/", "application/vc+sd-jwt", "a.b.c~", []Document{{Data: []byte("a.b.c~")}}, verifier.Expectation{}, false},
		{"JSON as curl sends it", "/", FormType, ` {"a":1}`, []Document{{Data: []byte(` {"a":1}`)}}, verifier.Expectation{}, false},
		{"a form", "/", FormType, "document=x&sample=valid&challenge=+c+&domain=d", []Document{{Name: "valid"}, {Name: "Pasted text", Data: []byte("x")}}, verifier.Expectation{Challenge: "c", Domain: "d"}, true},
		{"an empty form", "/", FormType, "", nil, verifier.Expectation{}, true},
		{"files", "/?domain=d", files, several, []Document{{Name: "a.json", Data: []byte("A")}, {Name: "b\ufffd.json", Data: []byte("B")}, {Name: "Pasted text", Data: []byte("pasted")}}, verifier.Expectation{Challenge: "c", Domain: "d"}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, refused := read(t, anybody(), test.address, test.contentType, test.body)
			if refused != nil {
				t.Fatal(refused)
			}
			if got.Form != test.form || got.Expect != test.expect || len(got.Documents) != len(test.documents) {
				t.Fatalf("got %+v", got)
			}
			for i, want := range test.documents {
				if d := got.Documents[i]; d.Name != want.Name || string(d.Data) != string(want.Data) {
					t.Errorf("document %d: %q %q", i, d.Name, d.Data)
				}
			}
		})
	}
}

func TestReadRefuses(t *testing.T) {
	part := "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n"
	many := func(n int) string { return strings.Repeat(part+"\r\nx\r\n", n) + "--b--\r\n" }
	const multi = "multipart/form-data; boundary=b"
	tests := []struct {
		name, contentType, body string
		status                  int
	}{
		{"a type that is none", "text/plain; charset=", "x", 415},
		{"a type that is no document", "image/gif", "x", 415},
		{"another kind of token", "application/vc+cwt", "x", 415},
		{"text of another kind", "text/html", "x", 415},
		{"a body over a mebibyte", "application/json", strings.Repeat(" ", maxBody+1), 413},
		{"a picture over eight", "image/png", strings.Repeat(" ", maxUpload+1), 413},
		{"a form over a mebibyte", FormType, "x=" + strings.Repeat("x", maxBody), 413},
		{"a form that is none", FormType, "%zz", 415},
		{"a challenge that is too long", FormType, "challenge=" + strings.Repeat("x", maxField+1), 413},
		{"21 documents", FormType, strings.TrimSuffix(strings.Repeat("sample=x&", 21), "&"), 413},
		{"no boundary", "multipart/form-data", many(1), 415},
		{"a long boundary", "multipart/form-data; boundary=" + strings.Repeat("b", 71), many(1), 415},
		{"21 files", multi, many(21), 413},
		{"65 fields", multi, strings.Repeat("--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\nx\r\n", 65) + "--b--\r\n", 413},
		{"files cut off", multi, part + "\r\nx", 415},
		{"an encoded part", multi, part + "Content-Transfer-Encoding: base64\r\n\r\neA==\r\n--b--\r\n", 415},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, refused := read(t, anybody(), "/", test.contentType, test.body)
			if refused == nil || refused.Status != test.status || got != nil {
				t.Errorf("got %+v, %v", got, refused)
			}
		})
	}
	if got, refused := read(t, anybody(), "/", multi, many(20)); refused != nil || len(got.Documents) != 20 {
		t.Errorf("20 files: %v", refused)
	}
}

func TestReadForm(t *testing.T) {
	tests := []struct {
		name, contentType, body, want string
		status                        int // 0: read
	}{
		{"a form", FormType + "; charset=utf-8", "b=2&a=1&a=3", "a=1&a=3&b=2", 0},
		{"nothing", "", "", "", 0},
		{"JSON", "application/json", "{}", "", 415},
		{"no form", FormType, "%zz", "", 415},
		{"too large", FormType, strings.Repeat("x", 101), "", 413},
	}
	for _, test := range tests {
		r := httptest.NewRequest("POST", "/", strings.NewReader(test.body))
		r.Header.Set("Content-Type", test.contentType)
		visit, refused := anybody().Arrive(r)
		if refused != nil {
			t.Fatal(refused)
		}
		got, refused := ReadForm(httptest.NewRecorder(), r, visit, 100)
		if test.status != 0 && (refused == nil || refused.Status != test.status || got != nil) || test.status == 0 && (refused != nil || got.Encode() != test.want) {
			t.Errorf("%s: %v, %v", test.name, got, refused)
		}
	}
}

// FuzzRead sends anything as anything: documents, or one of the refusals.
func FuzzRead(f *testing.F) {
	f.Add("application/json", "{}")
	f.Add(FormType, "document=a&challenge=b&sample=valid")
	f.Add("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nvalid\r\n--b--\r\n")
	f.Add("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=document\r\n\r\n\r\n--b\r\n")
	f.Add("text/plain; charset=", "\xff")
	f.Add("", "")
	clients := anybody()
	f.Fuzz(func(t *testing.T, contentType, body string) {
		got, refused := read(t, clients, "/", contentType, body)
		if (got == nil) == (refused == nil) {
			t.Errorf("%v and %v", got, refused)
		}
		if refused != nil && refused.Status != 413 && refused.Status != 415 {
			t.Errorf("refused: %v", refused)
		}
		if got != nil && (len(got.Documents) > maxDocuments || len(got.Expect.Challenge) > maxField) {
			t.Errorf("got %d documents, a challenge of %d", len(got.Documents), len(got.Expect.Challenge))
		}
	})
}

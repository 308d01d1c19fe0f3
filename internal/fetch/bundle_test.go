package fetch

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var madeAt = time.Date(2026, 6, 1, 8, 0, 0, 0, time.UTC)

func sample(url, body string) *Resource {
	return &Resource{URL: url, Body: []byte(body), ContentType: "application/vc", Fetched: madeAt}
}

// written writes a bundle, as a folder or a zip, and opens it again.
func written(t *testing.T, name string, holder bool, resources ...*Resource) *Bundle {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := WriteBundle(path, madeAt, resources); err != nil {
		t.Fatal(err)
	}
	b, err := OpenBundle(path, holder)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestBundleRoundTrip(t *testing.T) {
	for _, name := range []string{"folder", "file.zip"} {
		b := written(t, name, false, sample("https://a.example/1", "one"), sample("https://b.example/did.json", "{}"))
		if b.Len() != 2 || !b.Created().Equal(madeAt) {
			t.Errorf("%s: %d documents, made at %v", name, b.Len(), b.Created())
		}
		c := newClient(t, Options{Offline: true, Bundles: []*Bundle{b}, dial: neverDial(t)})
		res, err := c.Get(context.Background(), Request{URL: "https://a.example/1", Kind: DIDDocument})
		if err != nil {
			t.Fatal(err)
		}
		if string(res.Body) != "one" || res.Source != Bundled || !res.Fetched.Equal(madeAt) || res.SHA256 != digest(res.Body) || res.ContentType != "application/vc" {
			t.Errorf("%s: %+v", name, res)
		}
		if res, err := c.Get(context.Background(), Request{URL: "https://c.example/"}); !errors.Is(err, ErrOffline) || res != nil {
			t.Errorf("%s: %v, want %v", name, err, ErrOffline)
		}
		if _, err := c.Get(context.Background(), Request{URL: "https://a.example/1", MaxBytes: 2}); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v, want %v", name, err, ErrTooLarge)
		}
	}
}

func TestBundleKinds(t *testing.T) {
	const u = "https://a.example/1"
	holders := written(t, "h", true, sample(u, "holder"))
	operators := written(t, "o", false, sample(u, "operator"))
	tests := []struct {
		name    string
		bundles []*Bundle
		kind    Kind
		want    string // "" is ErrOffline
	}{
		{"holder's list", []*Bundle{holders}, StatusList, "holder"},
		{"holder's DID document", []*Bundle{holders}, DIDDocument, ""},
		{"holder's schema", []*Bundle{holders}, Other, ""},
		{"operator's list first", []*Bundle{holders, operators}, StatusList, "operator"},
		{"operator's DID document", []*Bundle{holders, operators}, DIDDocument, "operator"},
		{"operator's schema", []*Bundle{operators}, Other, "operator"},
		{"none", nil, StatusList, ""},
	}
	for _, tt := range tests {
		c := newClient(t, Options{Offline: true, Bundles: tt.bundles})
		res, err := c.Get(context.Background(), Request{URL: u, Kind: tt.kind})
		if tt.want == "" && !errors.Is(err, ErrOffline) || tt.want != "" && (err != nil || string(res.Body) != tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestBundlesAndTheNetwork(t *testing.T) {
	holders := written(t, "h", true, sample(where, "holder"))
	operators := written(t, "o", false, sample(where, "operator"))
	tests := []struct {
		name   string
		bundle *Bundle
		status int
		maxAge time.Duration // the bundle is an hour old
		want   string        // "" is an error
	}{
		{"operator before the network", operators, 200, 0, "operator"},
		{"operator, fresh enough", operators, 200, 2 * time.Hour, "operator"},
		{"operator, too old", operators, 200, time.Minute, "network"},
		{"operator, too old but all there is", operators, 503, time.Minute, "operator"},
		{"operator, too old and gone", operators, 410, time.Minute, ""},
		{"network before the holder", holders, 200, 0, "network"},
		{"holder when the network fails", holders, 503, 0, "holder"},
		{"holder when it is gone", holders, 410, 0, ""},
	}
	for _, tt := range tests {
		opt := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(tt.status)
			fmt.Fprint(w, "network")
		})
		opt.Bundles = []*Bundle{tt.bundle}
		res, err := newClient(t, opt).Get(context.Background(), Request{URL: where, Kind: StatusList, MaxAge: tt.maxAge})
		if tt.want == "" && !errors.Is(err, ErrStatus) || tt.want != "" && (err != nil || string(res.Body) != tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// indexLine is an index entry for the file r/1 with the text "x".
func indexLine(changes ...string) string {
	e := `{"url":"https://a.example/1","file":"r/1","contentType":"application/vc","fetched":"2026-06-01T00:00:00Z","sha256":"` + digest([]byte("x")) + `"}`
	return strings.NewReplacer(changes...).Replace(e)
}

func indexOf(entries ...string) string {
	return `{"type":"laurel/bundle/v1","created":"2026-06-01T00:00:00Z","resources":[` + strings.Join(entries, ",") + `]}`
}

func TestBundlesThatAreRefused(t *testing.T) {
	other := `{"url":"https://b.example/1","file":"r/2","contentType":"","fetched":"2026-06-01T00:00:00Z","sha256":"` + digest([]byte("y")) + `"}`
	tests := []struct{ name, index string }{
		{"good, as a control", indexOf(indexLine(), other)},
		{"no index", ""},
		{"not JSON", "resources: []"},
		{"two types", `{"type":"laurel/bundle/v1","type":"laurel/bundle/v1","created":"2026-06-01T00:00:00Z","resources":[]}`},
		{"another type", strings.Replace(indexOf(), "v1", "v2", 1)},
		{"no date", strings.Replace(indexOf(), "created", "made", 1)},
		{"resources no array", strings.Replace(indexOf(), "[]", "{}", 1)},
		{"an entry that is no object", indexOf(`"r/1"`)},
		{"changed file", indexOf(indexLine(digest([]byte("x")), digest([]byte("z"))))},
		{"upper-case digest", indexOf(indexLine(digest([]byte("x")), strings.ToUpper(digest([]byte("x")))))},
		{"short digest", indexOf(indexLine(digest([]byte("x")), "abcd"))},
		{"missing file", indexOf(indexLine("r/1", "r/9"))},
		{"out of the folder", indexOf(indexLine("r/1", "../secret"))},
		{"out of the folder, hidden", indexOf(indexLine("r/1", "r/../../secret"))},
		{"absolute", indexOf(indexLine("r/1", "/etc/passwd"))},
		{"backslash", indexOf(indexLine("r/1", `..\\secret`))},
		{"drive", indexOf(indexLine("r/1", "C:/secret"))},
		{"hidden file", indexOf(indexLine("r/1", "r/.hidden"))},
		{"the index itself", indexOf(indexLine("r/1", "index.json"))},
		{"a folder", indexOf(indexLine("r/1", "r"))},
		{"too deep", indexOf(indexLine("r/1", "a/b/c/d/e"))},
		{"empty name", indexOf(indexLine("r/1", ""))},
		{"NUL", indexOf(indexLine("r/1", `r/1\u0000`))},
		{"symbolic link", indexOf(indexLine("r/1", "r/link"))},
		{"through a symbolic link", indexOf(indexLine("r/1", "linked/1"))},
		{"not https", indexOf(indexLine("https", "http"))},
		{"an address", indexOf(indexLine("a.example", "10.0.0.1"))},
		{"the same URL twice", indexOf(indexLine(), strings.Replace(other, "b.example", "a.example", 1))},
		{"a bad date", indexOf(indexLine("2026-06-01T", "2026-06-01 "))},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for form, path := range map[string]string{"folder": hostileFolder(t, tt.index), "zip": hostileZip(t, tt.index)} {
				b, err := OpenBundle(path, false)
				if i == 0 {
					if err != nil {
						t.Errorf("%s: %v", form, err)
					}
				} else if !errors.Is(err, ErrBundle) || b != nil {
					t.Errorf("%s: %v, want %v", form, err, ErrBundle)
				}
			}
		})
	}
	if _, err := OpenBundle(filepath.Join(t.TempDir(), "nothing"), false); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no such path: %v", err)
	}
}

func hostileFolder(t *testing.T, index string) string {
	t.Helper()
	base := t.TempDir()
	dir := filepath.Join(base, "bundle")
	files := map[string]string{"../secret": "x", "r/1": "x", "r/2": "y", "r/.hidden": "x", "a/b/c/d/e": "x", "index.json": index}
	for name, text := range files {
		if name == "index.json" && index == "" {
			continue
		}
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"r/link": "1", "linked": "r"} { // even inside
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func hostileZip(t *testing.T, index string) string {
	t.Helper()
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for name, text := range map[string]string{
		"../secret": "x", "r/../../secret": "x", "/etc/passwd": "x", "r/1": "x", "r/2": "y", "r/.hidden": "x", "a/b/c/d/e": "x", "index.json": index,
	} {
		if name == "index.json" && index == "" {
			continue
		}
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = f.Write([]byte(text))
	}
	for _, link := range []string{"r/link", "linked/1"} {
		h := &zip.FileHeader{Name: link}
		h.SetMode(os.ModeSymlink | 0o777)
		f, err := w.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = f.Write([]byte("x"))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "bundle.zip")
	if err := os.WriteFile(path, buf.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestZipBombsAndDoubles(t *testing.T) {
	bomb := func(names ...string) []byte {
		var buf bytes.Buffer
		w := zip.NewWriter(&buf)
		for _, name := range names {
			f, err := w.Create(name)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = f.Write(bytes.Repeat([]byte(" "), maxResource+1))
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return buf.Bytes()
	}
	for name, raw := range map[string][]byte{
		"a huge index": bomb("index.json"), "two of one name": bomb("index.json", "index.json"), "no zip": []byte("PK\x03\x04"), "empty": nil,
	} {
		if err := (&Bundle{resources: map[string]*Resource{}}).readZipBytes(raw); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestWriteBundleRefuses(t *testing.T) {
	dir := t.TempDir()
	good := sample("https://a.example/1", "x")
	for name, tt := range map[string]struct {
		path      string
		resources []*Resource
	}{
		"a folder that is in use": {hostileFolder(t, "{}"), []*Resource{good}},
		"a URL that is not read":  {filepath.Join(dir, "a"), []*Resource{sample("http://a.example/", "x")}},
		"one URL twice":           {filepath.Join(dir, "b"), []*Resource{good, good}},
		"too large a document":    {filepath.Join(dir, "c.zip"), []*Resource{sample("https://a.example/1", strings.Repeat("x", maxResource+1))}},
	} {
		if err := WriteBundle(tt.path, madeAt, tt.resources); !errors.Is(err, ErrBundle) {
			t.Errorf("%s: %v, want %v", name, err, ErrBundle)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("%v is left behind", left)
	}
	if err := WriteBundle(filepath.Join(dir, "d.zip"), madeAt, nil); err != nil {
		t.Error(err)
	}
	if err := WriteBundle(filepath.Join(dir, "d.zip"), madeAt, nil); !errors.Is(err, os.ErrExist) {
		t.Errorf("written over an old zip: %v", err)
	}
}

func TestRecorder(t *testing.T) {
	opt := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/none" {
			w.WriteHeader(http.StatusNotFound)
		}
		fmt.Fprint(w, r.URL.Path)
	})
	rec := &Recorder{Next: newClient(t, opt)}
	for _, path := range []string{"/b", "/a", "/none", "/b"} {
		_, err := rec.Get(context.Background(), Request{URL: "https://example.com" + path})
		if (err != nil) != (path == "/none") {
			t.Errorf("%s: %v", path, err)
		}
	}
	got := rec.Resources()
	if len(got) != 2 || got[0].URL != "https://example.com/a" || got[1].URL != "https://example.com/b" {
		t.Fatalf("recorded %v", got)
	}
	b := written(t, "saved", false, got...)
	again, err := newClient(t, Options{Offline: true, Bundles: []*Bundle{b}}).Get(context.Background(), Request{URL: "https://example.com/b"})
	if err != nil || string(again.Body) != "/b" || !again.Fetched.Equal(opt.Now()) {
		t.Errorf("from the saved bundle: %v", err)
	}
}

func FuzzBundleIndex(f *testing.F) {
	f.Add([]byte(indexOf(indexLine())))
	f.Add([]byte(indexOf()))
	f.Add([]byte(indexOf(indexLine("r/1", "../x"))))
	f.Fuzz(func(t *testing.T, text []byte) {
		_, entries, err := parseIndex(text)
		if err != nil && entries != nil {
			t.Fatal("entries beside an error")
		}
		for _, e := range entries {
			if strings.Contains(e.file, "..") && strings.Contains("/"+e.file+"/", "/../") || filepath.IsAbs(e.file) {
				t.Fatalf("%q leaves the bundle", e.file)
			}
		}
	})
}

func FuzzBundleZip(f *testing.F) {
	for _, name := range []string{"a.zip", "b.zip"} {
		path := filepath.Join(f.TempDir(), name)
		if err := WriteBundle(path, madeAt, []*Resource{sample("https://a.example/1", name)}); err != nil {
			f.Fatal(err)
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		b := &Bundle{resources: map[string]*Resource{}}
		if b.readZipBytes(raw) != nil {
			return
		}
		for u, r := range b.resources {
			if digest(r.Body) != r.SHA256 || u != r.URL {
				t.Fatalf("%s passes with another digest", u)
			}
		}
	})
}

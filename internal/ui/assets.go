package ui

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"html/template"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

//go:embed static templates
var embedded embed.FS

// asset is a file of static/ with the address that it is served under. The
// address holds a digest of the content, so that browsers may keep it for ever
// and still get a new one with the next version of Laurel.
type asset struct {
	url  string
	data []byte
}

// assets are the embedded files by name; aloneStyles and alonePolicy are what
// a page needs that is one file.
var (
	assets      = sync.OnceValue(loadAssets)
	aloneStyles = sync.OnceValue(func() []template.CSS {
		return []template.CSS{template.CSS(assets()["pico.min.css"].data), template.CSS(assets()["laurel.css"].data)}
	})
	alonePolicy = sync.OnceValue(func() string {
		return "default-src 'none'; img-src data:; style-src " + styleHashes(aloneStyles())
	})
)

func loadAssets() map[string]asset {
	entries, err := embedded.ReadDir("static")
	if err != nil {
		panic(err) // the embedded folder is part of the binary
	}
	loaded := map[string]asset{}
	for _, e := range entries {
		data, err := embedded.ReadFile("static/" + e.Name())
		if err != nil {
			panic(err)
		}
		sum := sha256.Sum256(data)
		url := "/static/" + hex.EncodeToString(sum[:6]) + "/" + e.Name()
		loaded[e.Name()] = asset{url: url, data: data}
	}
	return loaded
}

// styleHashes names style sheets in a Content-Security-Policy by their digests.
func styleHashes(styles []template.CSS) string {
	var sources []string
	for _, s := range styles {
		sum := sha256.Sum256([]byte(s))
		sources = append(sources, "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")
	}
	return strings.Join(sources, " ")
}

// assetURL returns the address of a file of static/; "" if there is none.
func assetURL(name string) string { return assets()[name].url }

// Seal is the path of a picture for previews of pages that have none: a PNG, the same
// for all, below the address of whoever serves Static.
func Seal() string { return assetURL("seal.png") }

// Static serves the files of static/ below /static/, to be kept by browsers and
// caches for a year. An address with another digest is not found: it belongs to
// another version.
func Static() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, ok := assets()[path.Base(r.URL.Path)]
		if !ok || a.url != r.URL.Path {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", mime.TypeByExtension(path.Ext(a.url)))
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.data))
	})
}

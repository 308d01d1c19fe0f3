package jsonld_test

import (
	"bytes"
	"crypto"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"laurel/internal/jsonld"
	"laurel/internal/rdfc"
	"laurel/internal/strictjson"
)

// slowly is Hash by its definition.
func slowly(doc strictjson.Value, opt jsonld.Options, h crypto.Hash) ([]byte, error) {
	quads, err := jsonld.ToRDF(doc, opt)
	if err != nil {
		return nil, err
	}
	c, err := rdfc.Canonicalize(quads, rdfc.Options{Hash: h})
	if err != nil {
		return nil, err
	}
	return c.Sum(), nil
}

// alike compares Hash with its definition, and reports whether there is a hash.
func alike(t *testing.T, name string, doc strictjson.Value, opt jsonld.Options) bool {
	t.Helper()
	for _, h := range []crypto.Hash{crypto.SHA256, crypto.SHA384} {
		want, wantErr := slowly(doc, opt, h)
		got, err := jsonld.Hash(doc, opt, h)
		if !bytes.Equal(got, want) || (err == nil) != (wantErr == nil) {
			t.Errorf("%s: %x, %v; want %x, %v", name, got, err, want, wantErr)
		}
		if err != nil {
			return false
		}
	}
	return true
}

func TestHash(t *testing.T) {
	hashed := 0
	for _, path := range append(badgeFiles(t), "../../bench/badge.json") {
		if alike(t, path, readJSON(t, path), jsonld.Options{Contexts: jsonld.Embedded()}) {
			hashed++
		}
	}
	if hashed < 50 {
		t.Errorf("%d badges have a hash", hashed)
	}
	g := generator{rand.New(rand.NewPCG(2, 3))}
	for range 3000 {
		doc, ctx := g.document()
		alike(t, string(doc.JSON()), doc.With("@context", ctx), jsonld.Options{UnsafeInlineContexts: true})
	}
	if _, err := jsonld.Hash(benchBadge(t), jsonld.Options{Contexts: jsonld.Embedded()}, crypto.SHA512); !errors.Is(err, rdfc.ErrHash) {
		t.Errorf("with SHA-512: %v", err)
	}
}

// presenting shows documents under a context.
func presenting(context strictjson.Value, docs ...strictjson.Value) strictjson.Value {
	return object("@context", context, "type", texts("VerifiablePresentation"), "verifiableCredential", strictjson.Array(docs...))
}

// sameAlone compares what Parts has of the documents of a presentation with what
// they say alone, and counts those that it has.
func sameAlone(t *testing.T, presentation strictjson.Value, opt jsonld.Options) (known int) {
	t.Helper()
	parts := &jsonld.Parts{}
	whole := opt
	whole.Parts = parts
	if _, err := jsonld.Hash(presentation, whole, crypto.SHA256); err != nil {
		return 0
	}
	for _, doc := range presentation.Get("verifiableCredential").Elems() {
		sum, ok, err := parts.Hash(doc, opt, crypto.SHA384)
		if !ok {
			continue
		}
		known++
		want, wantErr := slowly(doc.Without("proof"), opt, crypto.SHA384)
		if !bytes.Equal(sum, want) || (err == nil) != (wantErr == nil) {
			t.Errorf("%s:\nwithin %x, %v\nalone  %x, %v", doc.JSON(), sum, err, want, wantErr)
		}
		equal, err := strictjson.Parse(doc.JSON())
		if err != nil {
			t.Fatal(err)
		}
		if _, ok, _ := parts.Hash(equal, opt, crypto.SHA384); ok {
			t.Error("a document that is merely equal is taken for the same")
		}
	}
	return known
}

// TestPartsOfBadges: real badges say the same in a presentation as alone.
func TestPartsOfBadges(t *testing.T) {
	opt := jsonld.Options{Contexts: jsonld.Embedded()}
	known := 0
	for _, path := range badgeFiles(t) {
		doc := readJSON(t, path)
		if doc.Kind() != strictjson.Dict {
			continue
		}
		known += sameAlone(t, presenting(texts("https://www.w3.org/ns/credentials/v2"), doc, benchBadge(t), doc), opt)
		for _, inner := range doc.Get("verifiableCredential").List() { // of transcripts
			known += sameAlone(t, presenting(texts("https://www.w3.org/ns/credentials/v2"), inner), opt)
		}
	}
	if known < 140 {
		t.Errorf("%d badges were known", known)
	}
}

// TestPartsThatAreNot: what may say something else alone is not taken over.
func TestPartsThatAreNot(t *testing.T) {
	const url = `"@context": ["https://www.w3.org/ns/credentials/v2"]`
	opt := jsonld.Options{Contexts: jsonld.Embedded()}
	for text, want := range map[string]int{
		`{` + url + `, ` + vc + `, "name": "x", "id": "urn:a"}`:                                                                          1,
		`{` + url + `, ` + vc + `, "name": "x", "id": "_:a", "evidence": {"id": "_:b", "type": "VerifiableCredential"}}`:                 1,
		`{` + url + `, ` + vc + `, "name": "x", "proof": {"type": "DataIntegrityProof", "cryptosuite": "x"}}`:                            1,
		`{` + url + `, ` + vc + `, "proof": [{"id": "_:a", "type": "DataIntegrityProof"}, {"id": "_:a", "type": "DataIntegrityProof"}]}`: 1,
		`{` + url + `, ` + vc + `, "proof": {"@id": "_:a", "@graph": [{"@id": "urn:a", "name": "y"}]}}`:                                  1,
		// nothing of it is left without the proof
		`{` + url + `, "id": "urn:a", "proof": {"type": "DataIntegrityProof"}}`: 0,
		// its contexts are those of the presentation
		`{` + vc + `, "name": "x"}`: 0,
		// alone, its graph would be another
		`{` + url + `, "@graph": [{` + vc + `, "name": "x"}]}`:                0,
		`{` + url + `, ` + vc + `, "@graph": [{"id": "urn:b", "name": "x"}]}`: 0,
	} {
		doc := mustParse(t, text)
		for _, others := range [][]strictjson.Value{{doc}, {benchBadge(t), doc, mustParse(t, text)}} {
			parts := &jsonld.Parts{}
			whole := opt
			whole.Parts = parts
			p := presenting(texts("https://www.w3.org/ns/credentials/v2"), others...)
			_, err := jsonld.Hash(p, whole, crypto.SHA256)
			known := 0
			if _, ok, _ := parts.Hash(doc, opt, crypto.SHA256); ok {
				known = 1
			}
			if err == nil && known != want {
				t.Errorf("%s: known %d times, want %d", text, known, want)
			}
			sameAlone(t, p, opt)
		}
	}
}

// TestPartsUnderOtherOptions: nothing is taken over that was read otherwise.
func TestPartsUnderOtherOptions(t *testing.T) {
	doc := benchBadge(t)
	more, err := jsonld.Embedded().With("https://example.org/v1", []byte(`{"@context": {}}`))
	if err != nil {
		t.Fatal(err)
	}
	opt := jsonld.Options{Contexts: jsonld.Embedded()}
	parts := &jsonld.Parts{}
	whole := opt
	whole.Parts = parts
	if _, err := jsonld.Hash(presenting(texts("https://www.w3.org/ns/credentials/v2"), doc), whole, crypto.SHA256); err != nil {
		t.Fatal(err)
	}
	if _, ok, _ := parts.Hash(doc, opt, crypto.SHA256); !ok {
		t.Error("it is not known under the same")
	}
	older := jsonld.Embedded().Selections(doc)
	for name, other := range map[string]jsonld.Options{
		"more contexts":   {Contexts: more},
		"no contexts":     {},
		"inline contexts": {Contexts: jsonld.Embedded(), UnsafeInlineContexts: true},
		"another reading": {Contexts: jsonld.Embedded(), Selection: older[len(older)-1]},
		"terms at root":   {Contexts: jsonld.Embedded(), TermsAtRoot: true},
	} {
		if sum, ok, err := parts.Hash(doc, other, crypto.SHA256); ok || sum != nil || err != nil {
			t.Errorf("%s: %x, %v, %v", name, sum, ok, err)
		}
	}
	for _, none := range []*jsonld.Parts{nil, {}} {
		if _, ok, err := none.Hash(doc, opt, crypto.SHA256); ok || err != nil {
			t.Errorf("where nothing was kept: %v, %v", ok, err)
		}
	}
}

// TestPartsReleased: what was given back is known no more, whoever uses it next.
func TestPartsReleased(t *testing.T) {
	opt := jsonld.Options{Contexts: jsonld.Embedded()}
	parts := &jsonld.Parts{}
	whole := opt
	whole.Parts = parts
	for range 3 { // filled again
		doc := benchBadge(t)
		if _, err := jsonld.Hash(presenting(texts("https://www.w3.org/ns/credentials/v2"), doc), whole, crypto.SHA256); err != nil {
			t.Fatal(err)
		}
		want, err := slowly(doc, opt, crypto.SHA256)
		if got, ok, gotErr := parts.Hash(doc, opt, crypto.SHA256); err != nil || gotErr != nil || !ok || !bytes.Equal(got, want) {
			t.Errorf("%x, %v, %v, want %x, %v", got, ok, gotErr, want, err)
		}
		parts.Release()
		if _, ok, err := parts.Hash(doc, opt, crypto.SHA256); ok || err != nil {
			t.Errorf("after it was released: %v, %v", ok, err)
		}
		parts.Release()
	}
}

// TestPartsOfGenerated: documents that use everything that there is say the same
// within another one as alone, or are not known.
func TestPartsOfGenerated(t *testing.T) {
	g := generator{rand.New(rand.NewPCG(5, 8))}
	known := 0
	for range 8000 {
		doc, ctx := g.document()
		ctx = ctx.With("proof", object("@id", texts("https://w3id.org/security#proof"), "@container", texts(g.one("@graph", "@set", "@graph"))))
		proof, _ := g.document()
		members := []strictjson.Member{{Name: "@context", Value: ctx}}
		if g.rarely(2) {
			members = append(members, strictjson.Member{Name: "proof", Value: proof})
		}
		members = append(members, doc.Members()...)
		if g.rarely(2) {
			slices.Reverse(members)
		}
		known += sameAlone(t, presenting(texts("https://www.w3.org/ns/credentials/v2"), strictjson.Object(members...), strictjson.Object(slices.Clone(members)...)), jsonld.Options{Contexts: jsonld.Embedded(), UnsafeInlineContexts: true})
	}
	if known < 300 {
		t.Errorf("%d were known", known)
	}
}

// TestHashesSideBySide: the memory that is used again is nobody else's.
func TestHashesSideBySide(t *testing.T) {
	opt := jsonld.Options{Contexts: jsonld.Embedded()}
	docs := []strictjson.Value{benchBadge(t), benchBadge(t).With("name", texts("x")), mustParse(t, `{`+vc2+`, `+vc+`}`)}
	whole := opt
	whole.Parts = &jsonld.Parts{}
	if _, err := jsonld.Hash(presenting(texts("https://www.w3.org/ns/credentials/v2"), docs...), whole, crypto.SHA256); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 50 {
				doc := docs[(i+j)%len(docs)]
				want, err := slowly(doc, opt, crypto.SHA256)
				got, gotErr := jsonld.Hash(doc, opt, crypto.SHA256)
				within, known, withinErr := whole.Parts.Hash(doc, opt, crypto.SHA256)
				if err != nil || gotErr != nil || withinErr != nil || !known || !bytes.Equal(got, want) || !bytes.Equal(within, want) {
					t.Errorf("%x, %x, %x, %v, %v, %v", want, got, within, err, gotErr, withinErr)
				}
			}
		})
	}
	all.Wait()
}

// FuzzHash: Hash is what it is defined to be, alone and of a part.
func FuzzHash(f *testing.F) {
	for _, seed := range seeds(f) {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	f.Fuzz(func(t *testing.T, text []byte, inline bool) {
		doc, err := strictjson.ParseWithin(text, strictjson.Limits{Bytes: 64 << 10, Nodes: 2000})
		if err != nil || doc.Kind() != strictjson.Dict {
			return
		}
		opt := jsonld.Options{Contexts: jsonld.Embedded(), UnsafeInlineContexts: inline}
		alike(t, "", doc, opt)
		sameAlone(t, presenting(texts("https://www.w3.org/ns/credentials/v2"), doc, doc.With("name", texts("x"))), opt)
	})
}

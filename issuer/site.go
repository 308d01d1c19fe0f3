package issuer

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"time"

	"laurel/internal/strictjson"
	"laurel/status"
)

// IndexType is the "type" member of the index of an issuer's lists.
const IndexType = "laurel/status-index/v1"

// The places of an issuer's files below its address.
const (
	IndexPath   = "status/index.json"
	historyFmt  = "status/history/%s/%s.json" // list id, time
	historyTime = "20060102T150405.000000000Z"
)

// Index says which lists an issuer publishes, so that a stranger can look at all
// of them, and where their earlier versions are.
type Index struct {
	Type   string      `json:"type"` // IndexType
	Issuer string      `json:"issuer"`
	Lists  []ListIndex `json:"lists"`
}

// ListIndex is one list of an Index.
type ListIndex struct {
	ID       string         `json:"id"`
	URL      string         `json:"url"`
	Purpose  status.Purpose `json:"statusPurpose"`
	Versions []VersionIndex `json:"versions"` // oldest first
}

// VersionIndex is one version of a list: it was the current one from At until
// the At of the next.
type VersionIndex struct {
	At   time.Time `json:"at"`
	File string    `json:"file"` // below the issuer's address
}

// Index returns the index of the lists as they are.
func (i *Issuer) Index() Index {
	i.mu.Lock()
	defer i.mu.Unlock()
	index := Index{Type: IndexType, Issuer: i.profile.DID}
	for _, l := range i.lists {
		entry := ListIndex{ID: l.ID, URL: l.url, Purpose: l.Purpose}
		for _, at := range l.versions {
			entry.Versions = append(entry.Versions, VersionIndex{At: at, File: historyFile(l.ID, at)})
		}
		index.Lists = append(index.Lists, entry)
	}
	return index
}

func historyFile(list string, at time.Time) string {
	return fmt.Sprintf(historyFmt, list, at.UTC().Format(historyTime))
}

// DIDPath is where the issuer's DID document is, below its address, or "" for a
// did:key: at the root of a host in .well-known, elsewhere beside the rest.
func (i *Issuer) DIDPath() string {
	u, err := url.Parse(i.profile.URL)
	switch {
	case err != nil || i.isKey():
		return ""
	case u.Path == "":
		return ".well-known/did.json"
	default:
		return "did.json"
	}
}

// File is one file of an issuer's web site.
type File struct {
	Path string `json:"path"` // with slashes, below the issuer's address
	Body []byte `json:"body"`
}

// Site returns everything that an issuer publishes, as files for any https
// server: the DID document, every list, every earlier version of each, and an
// index of them. They come in the order in which they should be written: keys
// before what they signed, lists before the index. Earlier versions never
// change; those in have are left out.
func (i *Issuer) Site(ctx context.Context, have []string) ([]File, error) {
	var files []File
	if path := i.DIDPath(); path != "" {
		doc, err := i.DIDDocument()
		if err != nil {
			return nil, err
		}
		files = append(files, File{path, doc})
	}
	skip := make(map[string]bool, len(have))
	for _, path := range have {
		skip[path] = true
	}
	index := i.Index()
	for _, l := range index.Lists {
		for _, v := range l.Versions {
			if skip[v.File] {
				continue
			}
			p, err := i.StatusList(ctx, l.ID, v.At)
			if err != nil {
				return nil, err
			}
			files = append(files, File{v.File, p.Body})
		}
		p, err := i.StatusList(ctx, l.ID, time.Time{})
		if err != nil {
			return nil, err
		}
		files = append(files, File{"status/" + l.ID + ".json", p.Body})
	}
	text, err := json.MarshalIndent(index, "", "  ")
	if err != nil {
		return nil, err
	}
	return append(files, File{IndexPath, append(text, '\n')}), nil
}

// maxIndex bounds an index: ten thousand versions take one megabyte.
const maxIndex = 4 << 20

// readIndex reads an index that a stranger may have written.
func readIndex(text []byte) (Index, error) {
	doc, err := strictjson.ParseWithin(text, strictjson.Limits{Bytes: maxIndex, Depth: 8, Nodes: 200_000})
	if err != nil {
		return Index{}, err
	}
	if got := doc.Get("type").Str(); got != IndexType {
		return Index{}, fmt.Errorf("its type is %q, not %q", got, IndexType)
	}
	index := Index{Type: IndexType, Issuer: doc.Get("issuer").Str()}
	for _, l := range doc.Get("lists").Elems() {
		entry := ListIndex{ID: l.Get("id").Str(), URL: l.Get("url").Str(), Purpose: status.Purpose(l.Get("statusPurpose").Str())}
		for _, v := range l.Get("versions").Elems() {
			at, err := time.Parse(time.RFC3339Nano, v.Get("at").Str())
			if err != nil {
				return Index{}, err
			}
			entry.Versions = append(entry.Versions, VersionIndex{At: at, File: v.Get("file").Str()})
		}
		slices.SortFunc(entry.Versions, func(a, b VersionIndex) int { return a.At.Compare(b.At) })
		index.Lists = append(index.Lists, entry)
	}
	return index, nil
}

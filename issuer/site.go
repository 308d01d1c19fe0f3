package issuer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

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
	Type   string `json:"type"` // IndexType
	Issuer string `json:"issuer"`
	// TokenIssuer is how badges that are claims of their own name the issuer.
	TokenIssuer string      `json:"tokenIssuer,omitempty"`
	Lists       []ListIndex `json:"lists"`
}

// ListIndex is one list of an Index.
type ListIndex struct {
	ID       string         `json:"id"`
	URL      string         `json:"url"`
	TokenURL string         `json:"tokenUrl,omitempty"` // the same entries, for tokens
	Purpose  status.Purpose `json:"statusPurpose"`
	Versions []VersionIndex `json:"versions"` // oldest first
}

// VersionIndex is one version of a list: it was the current one from At until
// the At of the next.
type VersionIndex struct {
	At   time.Time `json:"at"`
	File string    `json:"file"` // below the issuer's address; for tokens with the ending .jwt
}

// Index returns the index of the lists as they are.
func (i *Issuer) Index() Index {
	i.mu.Lock()
	defer i.mu.Unlock()
	index := Index{Type: IndexType, Issuer: i.profile.DID}
	if i.claims {
		index.TokenIssuer = i.profile.tokenIssuer()
	}
	for _, l := range i.lists {
		entry := ListIndex{ID: l.ID, URL: l.url, Purpose: l.Purpose}
		if l.tokens != nil {
			entry.TokenURL = tokenURL(l.url)
		}
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
// server: the DID document, every list in both its forms, every earlier version of
// each, and an index of them. They come in the order in which they should be
// written: keys before what they signed, lists before the index. Earlier versions
// never change; those in have are left out.
func (i *Issuer) Site(ctx context.Context, have []string) ([]File, error) {
	files, err := i.keyFiles()
	if err != nil {
		return nil, err
	}
	skip := make(map[string]bool, len(have))
	for _, path := range have {
		skip[path] = true
	}
	index := i.Index()
	for _, l := range index.Lists {
		for _, v := range l.Versions {
			if files, err = i.listFiles(ctx, files, l.ID, v, skip); err != nil {
				return nil, err
			}
		}
		if files, err = i.listFiles(ctx, files, l.ID, VersionIndex{File: "status/" + l.ID + ".json"}, nil); err != nil {
			return nil, err
		}
	}
	text, err := json.MarshalIndent(index, "", "  ")
	if err != nil {
		return nil, err
	}
	return append(files, File{IndexPath, append(text, '\n')}), nil
}

// keyFiles are the files with the issuer's keys.
func (i *Issuer) keyFiles() ([]File, error) {
	var files []File
	if path := i.DIDPath(); path != "" {
		doc, err := i.DIDDocument()
		if err != nil {
			return nil, err
		}
		files = append(files, File{path, doc})
	}
	if i.profile.Naming != ByURL {
		return files, nil
	}
	text, err := i.Metadata()
	if err != nil {
		return nil, err
	}
	path, below := strings.CutPrefix(i.profile.MetadataURL(), i.profile.URL+"/")
	if !below {
		path = MetadataFile
	}
	return append(files, File{path, text}), nil
}

// listFiles appends one version of a list, in both its forms, but for those to skip.
// What was published before there were lists for tokens has one form.
func (i *Issuer) listFiles(ctx context.Context, files []File, list string, v VersionIndex, skip map[string]bool) ([]File, error) {
	if !skip[v.File] {
		p, err := i.StatusList(ctx, list, v.At)
		if err != nil {
			return nil, err
		}
		files = append(files, File{v.File, p.Body})
	}
	if name := tokenURL(v.File); !skip[name] {
		p, err := i.TokenList(ctx, list, v.At)
		switch {
		case errors.Is(err, ErrNotFound):
		case err != nil:
			return nil, err
		default:
			files = append(files, File{name, p.Body})
		}
	}
	return files, nil
}

package issuer

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
	"laurel/issuer/achievement"
	"laurel/issuer/keyring"
	"laurel/issuer/mechanism"
	"laurel/proof"
)

const (
	// defaultListTTL is how long verifiers keep a list: the time in which a
	// revocation becomes visible to somebody who looked just before.
	defaultListTTL = 5 * time.Minute
	// defaultListValidity is how long a published list can stay unattended on
	// a plain file server before verifiers stop believing it.
	defaultListValidity = 30 * 24 * time.Hour
)

var (
	// ErrExists says that the store has an issuer already.
	ErrExists = errors.New("there is an issuer already")
	// ErrNone says that the store has no issuer yet.
	ErrNone = errors.New("there is no issuer yet")
	// ErrProfile says that an issuer cannot be made as it was described.
	ErrProfile = errors.New("the issuer's description cannot be used")
	// ErrNotFound says that there is no credential, template, key or list of
	// that name, or more than one for a shortened id.
	ErrNotFound = errors.New("not found")
)

// Method is how an issuer is identified.
type Method string

// The methods. An issuer with Web is its web address: it can change keys. One
// with Key is its key, and cannot.
const (
	Web Method = "web"
	Key Method = "key"
)

// Profile is who issues.
type Profile struct {
	DID   string `json:"did"` // made by Create
	Name  string `json:"name"`
	URL   string `json:"url"` // "https://badges.example": where lists, keys and achievements are found
	Email string `json:"email,omitempty"`
	Image string `json:"image,omitempty"` // https: or data: URL
	// Naming is how badges that are claims of their own name the issuer.
	Naming Naming `json:"naming,omitempty"`

	ListTTL      time.Duration `json:"listTTL"`      // 0: 5 minutes
	ListValidity time.Duration `json:"listValidity"` // 0: 30 days
	Created      time.Time     `json:"created"`      // made by Create
}

// Options are what an issuer works with. Store, Suite and Contexts are
// required.
type Options struct {
	Store    Store
	Suite    proof.Suite      // what lists are signed with, and badges whose template does not say otherwise
	Contexts *jsonld.Contexts // what their terms mean

	Now func() time.Time // nil: time.Now
	// UnsafeLoopback allows a URL on this machine, without https: for
	// demonstrations.
	UnsafeLoopback bool
}

// Issuer issues. It is safe for concurrent use by one process; the Store keeps
// other processes out, or makes their updates wait for each other.
type Issuer struct {
	opt     Options
	profile Profile

	// turn is held by whoever signs lists, one at a time, so that each version
	// builds on the one before.
	turn sync.Mutex
	// signing is held for reading while a badge is signed and written, and for
	// writing while the keys change: what a withdrawn key signed is then known
	// to the last badge.
	signing sync.RWMutex

	mu      sync.Mutex   // guards what follows, never held during a signature or a write
	keys    keyring.Ring // replaced, never changed
	lists   []*list
	claims  bool       // some template's badges name lists for tokens, so that lists are published as such too
	waiting []*waiting // changes that wait for the turn
}

// Create makes an issuer in an empty store: its DID, its first key and an empty
// revocation list, already signed. It fails with ErrExists or ErrProfile.
func Create(ctx context.Context, opt Options, p Profile, m Method) (*Issuer, error) {
	i := newIssuer(opt)
	p, err := i.complete(p)
	if err != nil {
		return nil, err
	}
	key, err := keyring.New(mechanism.KindFor(opt.Suite), p.Created)
	if err != nil {
		return nil, err
	}
	if err := identify(&p, &key, m); err != nil {
		return nil, err
	}
	i.profile, i.keys = p, keyring.Ring{key}
	if err := i.tryProfile(ctx); err != nil {
		return nil, err
	}
	err = opt.Store.Update(ctx, func(tx Tx) error {
		if taken, err := exists(tx, profileName); err != nil {
			return err
		} else if taken {
			return ErrExists
		}
		if err := putKey(tx, 0, key); err != nil {
			return err
		}
		return putJSON(tx, profileName, p)
	})
	if err != nil {
		return nil, err
	}
	if err := i.ensureLists(ctx); err != nil {
		return nil, err
	}
	return i, nil
}

// Open opens the issuer of a store. It fails with ErrNone if there is none.
func Open(ctx context.Context, opt Options) (*Issuer, error) {
	i := newIssuer(opt)
	err := opt.Store.View(ctx, func(tx Tx) error {
		err := getJSON(tx, profileName, &i.profile)
		if errors.Is(err, fs.ErrNotExist) {
			return ErrNone
		}
		if err != nil {
			return err
		}
		if i.keys, err = readKeys(tx); err != nil {
			return err
		}
		i.lists, err = i.readLists(tx)
		i.claims = slices.ContainsFunc(i.lists, func(l *list) bool { return l.tokens != nil })
		return err
	})
	if err != nil {
		return nil, err
	}
	return i, nil
}

func newIssuer(opt Options) *Issuer {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	return &Issuer{opt: opt}
}

// Profile returns who this issuer is. The error is always nil; see Keys.
func (i *Issuer) Profile(context.Context) (Profile, error) { return i.profile, nil }

// complete checks a description and fills in what it leaves open.
func (i *Issuer) complete(p Profile) (Profile, error) {
	p.Name, p.URL = strings.TrimSpace(p.Name), strings.TrimRight(p.URL, "/")
	if p.Name == "" {
		return p, fmt.Errorf("%w: it has no name", ErrProfile)
	}
	if !utf8.ValidString(p.Name + p.Email + p.Image) {
		return p, fmt.Errorf("%w: it is not UTF-8", ErrProfile)
	}
	if _, err := i.webURL(p.URL); err != nil {
		return p, err
	}
	if p.Naming != ByDID && p.Naming != ByURL {
		return p, fmt.Errorf("%w: there is no naming %q", ErrProfile, p.Naming)
	}
	if p.Naming == ByURL && !strings.HasPrefix(p.URL, "https://") {
		return p, fmt.Errorf("%w: badges cannot name it by an address without https", ErrProfile)
	}
	if p.ListTTL == 0 {
		p.ListTTL = defaultListTTL
	}
	if p.ListValidity == 0 {
		p.ListValidity = defaultListValidity
	}
	if p.ListTTL < time.Second || p.ListValidity < 2*p.ListTTL {
		return p, fmt.Errorf("%w: lists that are kept for %v cannot be valid for %v", ErrProfile, p.ListTTL, p.ListValidity)
	}
	p.Created = i.opt.Now().UTC()
	return p, nil
}

// tryProfile makes a badge for nobody in particular: what a verifier would
// refuse of the issuer is refused now, when it can still be described
// otherwise, and not with the first badge.
func (i *Issuer) tryProfile(ctx context.Context) error {
	t, err := i.readTemplate([]byte(`{"type":"` + templateType + `","id":"trial","achievement":` +
		`{"name":"Trial","description":"Tries out the issuer.","criteria":{"narrative":"None."}}}`))
	if err == nil {
		err = i.tryOut(ctx, t)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrProfile, err)
	}
	return nil
}

// webURL reads the address of an issuer: https, a host, a plain path.
func (i *Issuer) webURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrProfile, err)
	}
	local := u.Hostname() == "localhost" || u.Hostname() == "127.0.0.1" || u.Hostname() == "::1"
	switch {
	case u.Scheme != "https" && !(i.opt.UnsafeLoopback && u.Scheme == "http" && local):
		return nil, fmt.Errorf("%w: its address %q does not begin with https://", ErrProfile, text)
	case u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.ForceQuery:
		return nil, fmt.Errorf("%w: its address %q is more or less than https://host/path", ErrProfile, text)
	case u.Path != "" && strings.ContainsAny(u.EscapedPath(), "%:;"), strings.Contains(u.Path+"/", "//"), strings.Contains(u.Path+"/", "/../"):
		return nil, fmt.Errorf("%w: the path of its address %q is not plain", ErrProfile, text)
	}
	return u, nil
}

// badgeProfile is the issuer as a badge names it.
func (p Profile) badgeProfile() strictjson.Value {
	image := strictjson.Value{}
	if p.Image != "" {
		image = achievement.Image(p.Image, "")
	}
	return strictjson.Object(
		strictjson.Member{Name: "id", Value: strictjson.String(p.DID)},
		strictjson.Member{Name: "type", Value: strictjson.Strings("Profile")},
		strictjson.Member{Name: "name", Value: strictjson.String(p.Name)},
		strictjson.Member{Name: "url", Value: strictjson.String(p.URL)},
		strictjson.Member{Name: "email", Value: strictjson.Optional(p.Email)},
		strictjson.Member{Name: "image", Value: image},
	)
}

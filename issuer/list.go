package issuer

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"laurel/internal/strictjson"
	"laurel/proof"
	"laurel/status"
)

const (
	// listLength is the number of places of a list: the least that there may
	// be, so that a list with few credentials is as small as it can be. A list
	// for each credential would tell the issuer who is being looked up.
	listLength = status.MinLength
	// listFill is how full a list gets before the next one is begun. A random
	// place is found at the first or second try until then.
	listFill = listLength * 3 / 4
)

// listInfo is a list as it is kept, without its bits: these are in its versions.
type listInfo struct {
	ID      string         `json:"id"`
	Purpose status.Purpose `json:"purpose"`
	Version int            `json:"version"` // how often it has been published
	At      time.Time      `json:"at"`      // when the last time was
}

// list is a list in memory. Its fields are guarded by Issuer.mu; bits,
// signed and tokens are replaced, never changed.
type list struct {
	listInfo
	url    string
	bits   *status.List
	signed []byte // the last version
	tokens []byte // the same for tokens; nil while no template needs it

	taken    []bool      // by index
	used     int         // how many are
	versions []time.Time // when each was published, oldest first
}

// listURL is where a list is published. The ending lets a plain file server
// give the right media type.
func (i *Issuer) listURL(id string) string { return i.profile.URL + "/status/" + id + ".json" }

func (i *Issuer) newList(info listInfo) *list {
	return &list{listInfo: info, url: i.listURL(info.ID), taken: make([]bool, listLength)}
}

// readLists reads the lists with their last versions and the places taken.
func (i *Issuer) readLists(tx Tx) ([]*list, error) {
	var infos []listInfo
	err := tx.Names(listPrefix, func(name string) error {
		infos = append(infos, listInfo{})
		return getJSON(tx, name, &infos[len(infos)-1])
	})
	if err != nil {
		return nil, err
	}
	lists := make([]*list, len(infos))
	for n, info := range infos {
		if lists[n], err = i.readList(tx, info); err != nil {
			return nil, fmt.Errorf("list %s: %w", info.ID, err)
		}
	}
	return lists, nil
}

func (i *Issuer) readList(tx Tx, info listInfo) (*list, error) {
	l := i.newList(info)
	prefix := fmt.Sprintf("index/%s/", l.ID)
	err := tx.Names(prefix, func(name string) error {
		index, err := strconv.Atoi(strings.TrimPrefix(name, prefix))
		if err != nil || index < 0 || index >= listLength {
			return fmt.Errorf("%w: %s", errDamaged, name)
		}
		l.take(index)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if l.versions, err = versionTimes(tx, l.ID); err != nil {
		return nil, err
	}
	if l.signed, err = tx.Get(versionName(l.ID, l.At)); err != nil {
		return nil, err
	}
	if l.tokens, err = tx.Get(tokenVersionName(l.ID, l.At)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	l.bits, err = bitsOf(l.signed)
	return l, err
}

// take marks a place as given away.
func (l *list) take(index int) {
	if !l.taken[index] {
		l.taken[index] = true
		l.used++
	}
}

// bitsOf reads the bits of one of our own signed lists.
func bitsOf(signed []byte) (*status.List, error) {
	doc, err := strictjson.Parse(signed)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	return status.Decode(doc.Get("credentialSubject").Get("encodedList").Str())
}

func versionName(list string, at time.Time) string {
	return fmt.Sprintf(versionFmt, list, at.UnixNano())
}

func tokenVersionName(list string, at time.Time) string {
	return fmt.Sprintf(tokenVersionFmt, list, at.UnixNano())
}

func versionTimes(tx Tx, list string) ([]time.Time, error) {
	var times []time.Time
	prefix := fmt.Sprintf("version/%s/", list)
	err := tx.Names(prefix, func(name string) error {
		nanos, err := strconv.ParseInt(strings.TrimPrefix(name, prefix), 10, 64)
		times = append(times, time.Unix(0, nanos).UTC())
		return err
	})
	return times, err
}

// update is a list with the bits that it shall have.
type update struct {
	list *list
	bits *status.List
}

// unchanged is every list with the bits it has, to be signed again.
func (i *Issuer) unchanged() []update {
	i.mu.Lock()
	defer i.mu.Unlock()
	updates := make([]update, len(i.lists))
	for n, l := range i.lists {
		updates[n] = update{l, l.bits}
	}
	return updates
}

// errStale says that another process has published a list since.
var errStale = errors.New("another process works on the same lists")

// publish signs new versions of lists and writes them together with whatever
// more writes, all or nothing. The caller holds the turn.
func (i *Issuer) publish(ctx context.Context, signers listKeys, updates []update, more func(Tx) error) error {
	next := make([]list, len(updates))
	for n, u := range updates {
		next[n] = list{listInfo: u.list.listInfo, url: u.list.url, bits: u.bits}
		if err := i.signList(&next[n], signers); err != nil {
			return err
		}
	}
	err := i.opt.Store.Update(ctx, func(tx Tx) error {
		for n := range next {
			if err := putVersion(tx, &next[n]); err != nil {
				return err
			}
		}
		return more(tx)
	})
	if err != nil {
		return err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	for n, u := range updates {
		u.list.Version, u.list.At = next[n].Version, next[n].At // ID and Purpose never change and are read without the lock
		u.list.bits, u.list.signed, u.list.tokens = next[n].bits, next[n].signed, next[n].tokens
		u.list.versions = append(u.list.versions, next[n].At)
	}
	return nil
}

// signList makes the next version of a list. Times only go forward, also when
// the clock does not.
func (i *Issuer) signList(l *list, signers listKeys) error {
	now := i.opt.Now().UTC()
	if !now.After(l.At) {
		now = l.At.Add(1)
	}
	l.At, l.Version = now, l.Version+1
	doc := status.Document(status.Draft{
		URL: l.url, Issuer: i.profile.DID, Purpose: l.Purpose, List: l.bits,
		ValidFrom: now, ValidUntil: now.Add(i.profile.ListValidity), TTL: i.profile.ListTTL,
	})
	signed, err := proof.Sign(doc, signOptions(i.opt.Suite, signers.document, now))
	if err != nil {
		return fmt.Errorf("signing list %s: %w", l.ID, err)
	}
	l.signed = signed.JSON()
	if !i.publishesTokens() {
		return nil
	}
	return i.signTokens(l, signers.token)
}

// putVersion writes a version, unless it does not follow the one before.
func putVersion(tx Tx, l *list) error {
	var kept listInfo
	err := getJSON(tx, listPrefix+l.ID, &kept)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if kept.Version != l.Version-1 {
		return fmt.Errorf("%w: list %s has version %d, not %d", errStale, l.ID, kept.Version, l.Version-1)
	}
	if err := tx.Put(versionName(l.ID, l.At), l.signed); err != nil {
		return err
	}
	if l.tokens != nil {
		if err := tx.Put(tokenVersionName(l.ID, l.At), l.tokens); err != nil {
			return err
		}
	}
	return putJSON(tx, listPrefix+l.ID, l.listInfo)
}

// ensureLists makes the first list of revocations, so that there is something
// to publish before the first badge.
func (i *Issuer) ensureLists(ctx context.Context) error {
	_, err := i.openList(ctx, status.Revocation)
	return err
}

// openList returns the list of a purpose that still has room, and makes one if
// there is none.
func (i *Issuer) openList(ctx context.Context, purpose status.Purpose) (*list, error) {
	if l := i.roomy(purpose); l != nil {
		return l, nil
	}
	i.turn.Lock()
	defer i.turn.Unlock()
	if l := i.roomy(purpose); l != nil {
		return l, nil // somebody made it while this one waited
	}
	signers, err := i.active()
	if err != nil {
		return nil, err
	}
	bits, err := status.NewList(listLength)
	if err != nil {
		return nil, err
	}
	l := i.newList(listInfo{ID: i.nextID(purpose), Purpose: purpose})
	err = i.publish(ctx, signers, []update{{l, bits}}, func(Tx) error { return nil })
	if err != nil {
		return nil, err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.lists = append(i.lists, l)
	return l, nil
}

func (i *Issuer) roomy(purpose status.Purpose) *list {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, l := range i.lists {
		if l.Purpose == purpose && l.used < listFill {
			return l
		}
	}
	return nil
}

func (i *Issuer) nextID(purpose status.Purpose) string {
	i.mu.Lock()
	defer i.mu.Unlock()
	n := 1
	for _, l := range i.lists {
		if l.Purpose == purpose {
			n++
		}
	}
	return fmt.Sprintf("%s-%d", purpose, n)
}

// allot gives a credential a place: random, so that neighbours in the list say
// nothing about neighbours in time, and on the disk before it is returned.
func (i *Issuer) allot(ctx context.Context, purpose status.Purpose, credential string) (status.Entry, error) {
	for {
		l, err := i.openList(ctx, purpose)
		if err != nil {
			return status.Entry{}, err
		}
		index, err := i.draw(l)
		if err != nil {
			return status.Entry{}, err
		}
		name := fmt.Sprintf(indexFmt, l.ID, index)
		free := false
		err = i.opt.Store.Update(ctx, func(tx Tx) error {
			taken, err := exists(tx, name)
			if free = !taken; err != nil || taken {
				return err
			}
			return tx.Put(name, []byte(credential))
		})
		if err != nil {
			return status.Entry{}, err
		}
		if free { // else another process has it, and it is marked as taken here now
			return status.Entry{Purpose: purpose, Index: index, ListURL: l.url}, nil
		}
	}
}

// draw takes a random free place in memory. A place that is then not used stays
// taken until the program starts again.
func (i *Issuer) draw(l *list) (int, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for {
		n, err := rand.Int(rand.Reader, big.NewInt(listLength))
		if err != nil {
			return 0, err
		}
		if index := int(n.Int64()); !l.taken[index] {
			l.take(index)
			return index, nil
		}
	}
}

// Published is one version of a status list.
type Published struct {
	ID      string         // "revocation-1"
	URL     string         // where verifiers look for it
	Purpose status.Purpose // what a set bit means
	At      time.Time      // when it was published
	Last    bool           // it is the current version
	TTL     time.Duration  // how long verifiers may keep it
	ETag    string         // half of its SHA-256, hexadecimal
	Body    []byte         // the signed credential; must not be changed
}

// StatusList returns a list as it was at a time; the zero time is now. It fails
// with ErrNotFound if there is no such list, or was none yet.
func (i *Issuer) StatusList(ctx context.Context, id string, at time.Time) (*Published, error) {
	return i.published(ctx, id, at, false)
}

// TokenList is StatusList for tokens: the same entries as a Token Status List, at
// its own URL.
func (i *Issuer) TokenList(ctx context.Context, id string, at time.Time) (*Published, error) {
	return i.published(ctx, id, at, true)
}

func (i *Issuer) published(ctx context.Context, id string, at time.Time, tokens bool) (*Published, error) {
	i.mu.Lock()
	p, at, err := i.version(id, at, tokens)
	i.mu.Unlock()
	if err != nil {
		return nil, err
	}
	if p.Body == nil {
		name := versionName(id, at)
		if tokens {
			name = tokenVersionName(id, at)
		}
		err := i.opt.Store.View(ctx, func(tx Tx) (err error) {
			p.Body, err = tx.Get(name)
			return err
		})
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%w: the list %q was not published in that form on %s", ErrNotFound, id, at.Format(time.RFC3339))
		}
		if err != nil {
			return nil, err
		}
	}
	sum := sha256.Sum256(p.Body)
	p.ETag = hex.EncodeToString(sum[:16])
	return p, nil
}

// version finds the version of a list that was current at a time, and its time.
// The body is only there for the last. The caller holds i.mu.
func (i *Issuer) version(id string, at time.Time, tokens bool) (*Published, time.Time, error) {
	n := slices.IndexFunc(i.lists, func(l *list) bool { return l.ID == id })
	if n < 0 {
		return nil, at, fmt.Errorf("%w: no list is called %q", ErrNotFound, id)
	}
	l := i.lists[n]
	p := &Published{ID: id, URL: l.url, Purpose: l.Purpose, At: l.At, TTL: i.profile.ListTTL}
	if tokens {
		p.URL = tokenURL(l.url)
	}
	if at.IsZero() || !at.Before(l.At) {
		p.Last, p.Body = true, l.signed
		if tokens {
			p.Body = l.tokens
		}
		return p, l.At, nil
	}
	after, _ := slices.BinarySearchFunc(l.versions, at, func(v, at time.Time) int {
		if v.After(at) {
			return 1
		}
		return -1
	})
	if after == 0 {
		return nil, at, fmt.Errorf("%w: the list %q was first published on %s", ErrNotFound, id, l.versions[0].Format(time.RFC3339))
	}
	p.At = l.versions[after-1]
	return p, p.At, nil
}

// ListIDs names the lists, oldest first.
func (i *Issuer) ListIDs() []string {
	i.mu.Lock()
	defer i.mu.Unlock()
	ids := make([]string, len(i.lists))
	for n, l := range i.lists {
		ids[n] = l.ID
	}
	return ids
}

// Versions returns the times at which a list was published, oldest first; none
// if there is no such list.
func (i *Issuer) Versions(id string) []time.Time {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, l := range i.lists {
		if l.ID == id {
			return slices.Clone(l.versions)
		}
	}
	return nil
}

// Refresh signs again every list of which a third of its validity has passed,
// so that verifiers go on believing it. It returns how many there were. A
// server calls it every hour; whoever publishes files calls it by publishing.
func (i *Issuer) Refresh(ctx context.Context) (int, error) {
	i.turn.Lock()
	defer i.turn.Unlock()
	due := i.opt.Now().Add(-i.profile.ListValidity / 3)
	old := slices.DeleteFunc(i.unchanged(), func(u update) bool { return u.list.At.After(due) })
	if len(old) == 0 {
		return 0, nil
	}
	signers, err := i.active()
	if err != nil {
		return 0, err
	}
	return len(old), i.publish(ctx, signers, old, func(Tx) error { return nil })
}

package wallet

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
	"time"

	"filippo.io/age"

	"laurel/did"
	"laurel/internal/strictjson"
	"laurel/internal/vault"
)

// A backup is an age file (C2SP age-encryption.org/v1) under a passphrase, and
// inside it a tar archive, so that in twenty years two common tools get a
// learner's badges out of it without Laurel:
//
//	age -d wallet.age | tar x
//
// The archive has README.txt, identities/N.json, receipts/N.json, shares/N.json, and for each
// credential credentials/ID.json with its exact bytes and cards/ID.json with
// what the wallet knows beside. The last entry is END with the number of
// entries before it: an archive without it was cut off while it was written.
const (
	backupReadme = `This is a backup of a Laurel wallet.

credentials/  the credentials, exactly as the issuers signed them
cards/        when each was added, and its last check
identities/   the signing keys: whoever has them can present as you
receipts/     what was shown to whom
shares/       what is shared by links: whoever has them can look, and take them back

laurel wallet restore FILE makes a wallet of it again.
`
	// maxEntry bounds one entry of an archive that is being read; the largest
	// credential that a wallet takes has 8 MiB.
	maxEntry = 9 << 20
	// maxWork bounds the work (2^n) and so the memory that a backup's header can
	// ask for: 20 is one GiB. We write age's own 18, which takes about a second.
	maxWork = 20
	// batchBytes is how much a restore writes at once: each write waits for the
	// disk, and each has to fit into the memory of the store.
	batchBytes = 256 << 10
	batchCount = 100
)

// BackupOptions says how a backup is made. The zero value is what people
// should use.
type BackupOptions struct {
	// UnsafeFast spends next to nothing on the passphrase. For tests.
	UnsafeFast bool
}

// Backup writes everything in the wallet to dst, encrypted under the
// passphrase. If it fails, what was written is of no use.
func (w *Wallet) Backup(ctx context.Context, dst io.Writer, passphrase []byte, opt BackupOptions) error {
	recipient, err := age.NewScryptRecipient(string(passphrase))
	if err != nil {
		return err
	}
	if opt.UnsafeFast {
		recipient.SetWorkFactor(1)
	}
	sealed, err := age.Encrypt(dst, recipient)
	if err != nil {
		return err
	}
	b := &archive{tar: tar.NewWriter(sealed), now: w.now()}
	if err := w.writeArchive(ctx, b); err != nil {
		return err
	}
	return errors.Join(b.tar.Close(), sealed.Close())
}

// archive writes entries and counts them.
type archive struct {
	tar *tar.Writer
	now time.Time
	n   int
}

func (a *archive) add(name string, data []byte) error {
	a.n++
	err := a.tar.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(data)), ModTime: a.now, Format: tar.FormatPAX})
	if err != nil {
		return err
	}
	_, err = a.tar.Write(data)
	return err
}

func (w *Wallet) writeArchive(ctx context.Context, a *archive) error {
	if err := a.add("README.txt", []byte(backupReadme)); err != nil {
		return err
	}
	keys, err := w.keys(ctx)
	if err != nil {
		return err
	}
	for i, k := range keys {
		doc, err := k.document()
		if err != nil {
			return err
		}
		if err := a.add(fmt.Sprintf("identities/%d.json", i+1), doc.Indented()); err != nil {
			return err
		}
	}
	shown, err := w.Receipts(ctx)
	if err != nil {
		return err
	}
	for i := range shown {
		if err := a.add(fmt.Sprintf("receipts/%d.json", i+1), shown[i].JSON().Indented()); err != nil {
			return err
		}
	}
	links, err := w.AllShared(ctx)
	if err != nil {
		return err
	}
	for i := range links {
		if err := a.add(fmt.Sprintf("shares/%d.json", i+1), links[i].JSON().Indented()); err != nil {
			return err
		}
	}
	if err := w.writeCredentials(ctx, a); err != nil {
		return err
	}
	return a.add("END", []byte(strconv.Itoa(a.n)))
}

func (w *Wallet) writeCredentials(ctx context.Context, a *archive) error {
	all, err := w.List(ctx, Query{})
	if err != nil {
		return err
	}
	for i := range all {
		raw, err := w.Document(ctx, all[i].ID)
		if errors.Is(err, ErrNotFound) {
			continue // removed since the list was made
		}
		if err != nil {
			return err
		}
		if err := a.add("credentials/"+all[i].ID+".json", raw); err != nil {
			return err
		}
		if err := a.add("cards/"+all[i].ID+".json", all[i].document().Indented()); err != nil {
			return err
		}
	}
	return nil
}

// Restore fills an empty wallet from a backup. It fails with
// vault.ErrPassphrase, or with ErrBackup for one that is cut off or damaged.
// When it fails the wallet may hold a part: restore into a new store, and throw
// it away then.
func (w *Wallet) Restore(ctx context.Context, src io.Reader, passphrase []byte) error {
	identity, err := age.NewScryptIdentity(string(passphrase))
	if err != nil {
		return fmt.Errorf("%w: %w", vault.ErrPassphrase, err)
	}
	identity.SetMaxWorkFactor(maxWork)
	plain, err := age.Decrypt(src, identity)
	var wrong *age.NoIdentityMatchError
	if errors.As(err, &wrong) {
		return vault.ErrPassphrase
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBackup, err)
	}
	r := &restoring{w: w, ctx: ctx}
	if err := r.read(tar.NewReader(plain)); err != nil {
		return err
	}
	// age has not vouched for the end of the file before all of it was read.
	if rest, err := io.Copy(io.Discard, plain); err != nil {
		return fmt.Errorf("%w: %w", ErrBackup, err)
	} else if rest > 16<<10 {
		return fmt.Errorf("%w: more after its end", ErrBackup)
	}
	return nil
}

// restoring reads an archive and keeps what is in it, many entries at a time.
type restoring struct {
	w     *Wallet
	ctx   context.Context
	raw   []byte // the document whose card comes next
	queue []func(tx Txn) error
	bytes int
}

func (r *restoring) read(archive *tar.Reader) error {
	for n := 0; ; n++ {
		header, err := archive.Next()
		if err != nil {
			return fmt.Errorf("%w: it has no end: %w", ErrBackup, err)
		}
		if header.Size > maxEntry {
			return fmt.Errorf("%w: an entry of %d bytes", ErrBackup, header.Size)
		}
		data, err := io.ReadAll(archive)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrBackup, err)
		}
		if header.Name == "END" {
			if string(data) != strconv.Itoa(n) {
				return fmt.Errorf("%w: %d entries of %q", ErrBackup, n, data)
			}
			return r.flush()
		}
		if err := r.entry(header.Name, data); err != nil {
			return fmt.Errorf("%s: %w", header.Name, err)
		}
	}
}

func (r *restoring) entry(name string, data []byte) error {
	folder, file := path.Split(name)
	if folder == "credentials/" {
		r.raw = data
		return nil
	}
	if folder == "" { // README.txt
		return nil
	}
	doc, err := strictjson.Parse(data)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBackup, err)
	}
	switch folder {
	case "identities/":
		return r.identity(doc)
	case "receipts/":
		return r.later(len(data), receiptOf(doc).restore(r.w))
	case "shares/":
		return r.later(len(data), sharedOf(doc).restore(r.w))
	case "cards/":
		return r.credential(strings.TrimSuffix(file, ".json"), doc)
	default:
		return fmt.Errorf("%w: an entry of an unknown kind", ErrBackup)
	}
}

// credential keeps the document that came before, with what its card says. All
// the rest of the card is read from the document again.
func (r *restoring) credential(id string, doc strictjson.Value) error {
	c, _, err := read(r.raw)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBackup, err)
	}
	if c.ID != id {
		return fmt.Errorf("%w: its document is that of %s", ErrBackup, c.ID)
	}
	c.restore(doc)
	raw := bytes.Clone(r.raw)
	return r.later(len(raw), func(tx Txn) error { return r.w.putCredential(tx, c, raw) })
}

func (r *restoring) identity(doc strictjson.Value) error {
	key, err := did.ParseSecretMultikey(doc.Get("secretKeyMultibase").Str())
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBackup, err)
	}
	k := keyed{Identity{doc.Get("id").Str(), doc.Get("label").Str(), timeOf(doc.Get("created"))}, key}
	if own, err := did.FormatKey(key.Public()); err != nil || own != k.DID {
		return fmt.Errorf("%w: the key is not that of %s", ErrBackup, k.DID)
	}
	return r.later(0, func(tx Txn) error { return r.w.putIdentity(tx, k) })
}

// later keeps something with the next batch.
func (r *restoring) later(size int, keep func(tx Txn) error) error {
	if r.bytes+size > batchBytes || len(r.queue) >= batchCount {
		if err := r.flush(); err != nil {
			return err
		}
	}
	r.queue, r.bytes = append(r.queue, keep), r.bytes+size
	return nil
}

func (r *restoring) flush() error {
	err := r.w.update(r.ctx, func(tx Txn) error {
		for _, keep := range r.queue {
			if err := keep(tx); err != nil {
				return err
			}
		}
		return nil
	})
	r.queue, r.bytes = nil, 0
	return err
}

package wallet

import (
	"encoding/binary"
	"fmt"
	"time"
)

// What a wallet keeps is written as a version byte and then fields in a fixed
// order: a text is its length and its bytes, a list its length and its texts, a
// time its Unix seconds. JSON would do, but a list of ten thousand cards spends
// most of its time in reading them, and this is eight times as fast.
const codecVersion = 1

// encoder appends fields.
type encoder []byte

func (e *encoder) text(s string) {
	*e = binary.AppendUvarint(*e, uint64(len(s)))
	*e = append(*e, s...)
}

func (e *encoder) list(l []string) {
	*e = binary.AppendUvarint(*e, uint64(len(l)))
	for _, s := range l {
		e.text(s)
	}
}

// zeroTime stands for the zero time, whose Unix seconds are no honest date.
const zeroTime = -1 << 62

func (e *encoder) time(t time.Time) {
	if t.IsZero() {
		*e = binary.AppendVarint(*e, zeroTime)
		return
	}
	*e = binary.AppendVarint(*e, t.Unix())
}

func (e *encoder) number(n uint64) { *e = binary.AppendUvarint(*e, n) }

// decoder reads what encoder wrote. After the first mistake every field is zero
// and err says why.
type decoder struct {
	rest string // a string, so that texts share its memory
	err  error
}

func (d *decoder) fail(what string) {
	if d.err == nil {
		d.err = fmt.Errorf("%w: %s", ErrCorrupt, what)
	}
	d.rest = ""
}

func (d *decoder) number() uint64 {
	var n uint64
	for i := 0; i < len(d.rest) && i < binary.MaxVarintLen64; i++ {
		b := d.rest[i]
		n |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			d.rest = d.rest[i+1:]
			return n
		}
	}
	d.fail("a number is cut off")
	return 0
}

func (d *decoder) text() string {
	n := d.number()
	if n > uint64(len(d.rest)) {
		d.fail("a text is cut off")
		return ""
	}
	s := d.rest[:n]
	d.rest = d.rest[n:]
	return s
}

func (d *decoder) list() []string {
	n := d.number()
	if n > uint64(len(d.rest)) { // each text takes a byte at least
		d.fail("a list is cut off")
		return nil
	}
	if n == 0 {
		return nil
	}
	out := make([]string, n)
	for i := range out {
		out[i] = d.text()
	}
	return out
}

func (d *decoder) time() time.Time {
	u := d.number()
	seconds := int64(u>>1) ^ -int64(u&1) // as binary.AppendVarint zigzags
	if seconds == zeroTime || d.err != nil {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}

// version reads the version byte.
func (d *decoder) version() { d.versionUpTo(codecVersion) }

// versionUpTo reads the version of a record that was written in several, and
// returns which it is.
func (d *decoder) versionUpTo(newest byte) byte {
	if d.rest == "" || d.rest[0] < codecVersion || d.rest[0] > newest {
		d.fail("a record of an unknown version")
		return 0
	}
	version := d.rest[0]
	d.rest = d.rest[1:]
	return version
}

// end makes sure that nothing is left.
func (d *decoder) end() error {
	if d.err == nil && d.rest != "" {
		d.fail("a record is too long")
	}
	return d.err
}

func (c count) append(dst []byte) []byte {
	e := encoder(append(dst, codecVersion))
	e.number(c.n)
	return append(e, c.sum[:]...)
}

func (w *Wallet) openCount(name string, sealed []byte) (count, error) {
	plain, err := w.unseal(name, sealed)
	if err != nil {
		return count{}, err
	}
	d := decoder{rest: string(plain)}
	d.version()
	c := count{n: d.number()}
	d.rest = d.rest[copy(c.sum[:], d.rest):]
	return c, d.end()
}

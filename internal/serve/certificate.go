package serve

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"runtime"
	"sync"
	"time"
)

// lookEvery is how often the files of a certificate are looked at again. Whoever
// renews one does so weeks before the old one ends.
const lookEvery = time.Minute

// ErrCertificate says that a certificate, or its key, cannot be used.
var ErrCertificate = errors.New("the certificate cannot be used")

// KeyPair is a certificate that another program keeps in two PEM files: the
// certificate with those that lead to its authority, and its key. When the files
// change, new connections get the new certificate, without a restart. A pair that
// cannot be used, as in the moment between the writing of the two files, leaves
// the old one in its place. Make it with LoadKeyPair.
type KeyPair struct {
	cert, key string
	log       *slog.Logger
	now       func() time.Time

	mu      sync.Mutex
	current *tls.Certificate
	stamp   [2]time.Time // of the files that current was read from
	looked  time.Time
}

// LoadKeyPair reads a certificate and its key. The error is ErrCertificate; also
// for a key that others on the machine can read.
func LoadKeyPair(cert, key string, log *slog.Logger) (*KeyPair, error) {
	p := &KeyPair{cert: cert, key: key, log: log, now: time.Now}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	info, err := os.Stat(key)
	if err == nil && info.Mode().Perm()&0o007 != 0 && runtime.GOOS != "windows" { // which has no such modes
		err = fmt.Errorf("%s has mode %04o: everybody on this machine can read the key", key, info.Mode().Perm())
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCertificate, err)
	}
	p.looked = p.now()
	if err := p.load(); err != nil {
		return nil, err
	}
	return p, nil
}

// Leaf is the certificate that is shown now.
func (p *KeyPair) Leaf() *x509.Certificate {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.current.Leaf
}

// TLS is a configuration that shows the certificate to everybody.
func (p *KeyPair) TLS() *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		NextProtos:     []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return p.get(), nil },
	}
}

// get returns the certificate, read again if its files have changed.
func (p *KeyPair) get() *tls.Certificate {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if now.Sub(p.looked) < lookEvery {
		return p.current
	}
	p.looked = now
	if stamp, err := p.stamps(); err == nil && stamp == p.stamp {
		return p.current
	}
	if err := p.load(); err != nil {
		p.log.Error("the certificate was changed and cannot be read; the old one stays", "error", err)
	} else {
		p.log.Info("read the certificate again", "until", p.current.Leaf.NotAfter)
	}
	return p.current
}

func (p *KeyPair) load() error {
	stamp, err := p.stamps()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrCertificate, err)
	}
	pair, err := tls.LoadX509KeyPair(p.cert, p.key)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrCertificate, err)
	}
	if pair.Leaf == nil { // only by a GODEBUG setting
		if pair.Leaf, err = x509.ParseCertificate(pair.Certificate[0]); err != nil {
			return fmt.Errorf("%w: %w", ErrCertificate, err)
		}
	}
	p.current, p.stamp = &pair, stamp
	return nil
}

// stamps are the dates of both files.
func (p *KeyPair) stamps() (out [2]time.Time, err error) {
	for i, name := range []string{p.cert, p.key} {
		info, err := os.Stat(name)
		if err != nil {
			return out, err
		}
		out[i] = info.ModTime()
	}
	return out, nil
}

// strictTransport is how long a browser remembers that this name speaks TLS: a
// year, for the name itself and not for others of its owner.
const strictTransport = "max-age=31536000"

// StrictTransport tells browsers that came by TLS to come by nothing else from
// then on (RFC 6797).
func StrictTransport(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.TLS != nil {
			w.Header().Set("Strict-Transport-Security", strictTransport)
		}
		next.ServeHTTP(w, r)
	})
}

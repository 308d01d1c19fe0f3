package home

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"

	"laurel/cmd/laurel/terminal"
	"laurel/internal/store/badger"
)

// deskFile says where the server is that has the store open, and its token.
const deskFile = "serve.json"

// Desk is how the other verbs reach the server that has an actor's store open.
type Desk struct {
	URL   string `json:"url"`
	Token string `json:"token"`
}

// DeskFile is the file that says where the desk is, while there is one.
func (h Folder) DeskFile() string { return filepath.Join(h.Path, deskFile) }

// Desk returns where the server is that has this folder's store open, or nil if
// there is none. A file that a killed server left behind counts as none; whether
// somebody answers there is for the caller to find out.
func (h Folder) Desk() (*Desk, error) {
	path := h.DeskFile()
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, terminal.Hint(fmt.Errorf("%s has mode %04o: others can read the token in it", path, info.Mode().Perm()),
			fmt.Sprintf("stop laurel %s serve and start it again; it makes a new token.", h.actor))
	}
	if !badger.InUse(h.Store()) {
		return nil, nil // it was killed, and anybody may have its port by now
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	d := &Desk{}
	if err := json.Unmarshal(text, d); err != nil {
		return nil, nil // half written when its server was killed
	}
	return d, nil
}

// Announce tells the other verbs where the desk is; forget takes that back.
func (h Folder) Announce(d Desk) (forget func() error, err error) {
	text, err := json.Marshal(d)
	if err != nil {
		return nil, err
	}
	path := h.DeskFile()
	err = terminal.WritePrivate(path, true, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
	return func() error { return os.Remove(path) }, err
}

// NewToken makes 256 bits that nobody can guess.
func NewToken() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // it cannot fail: without randomness Go ends the program
	return hex.EncodeToString(b[:])
}

// LocalURL is how this machine reaches a server at that address.
func LocalURL(addr net.Addr) (string, error) {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return "", err
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port), nil
}

package school

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
	"net/url"
	"os"
	"path/filepath"

	"laurel/cmd/laurel/home"
	"laurel/cmd/laurel/terminal"
	"laurel/internal/store/badger"
	"laurel/issuer/web"
)

// deskFile says where the server is that has the store open, and its token.
const deskFile = "serve.json"

func deskOf(h home.Folder) string { return filepath.Join(h.Path, deskFile) }

// desk is what deskFile says.
type desk struct {
	URL   string `json:"url"`
	Token string `json:"token"`
}

// serving returns a client of the server that has this folder's store open, or
// nil if there is none. A file that a killed server left behind counts as none.
func serving(e *terminal.Env, h home.Folder) (*web.Client, error) {
	path := deskOf(h)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, terminal.Hint(fmt.Errorf("%s has mode %04o: others can read the token in it", path, info.Mode().Perm()),
			"stop laurel issuer serve and start it again; it makes a new token.")
	}
	if !badger.InUse(h.Store()) {
		return nil, nil // it was killed, and anybody may have its port by now
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var d desk
	if err := json.Unmarshal(text, &d); err != nil {
		return nil, nil // half written when its server was killed
	}
	client := web.NewClient(d.URL, d.Token)
	if _, err := client.Profile(e.Context); err != nil {
		client.Close()
		return nil, nil // nobody is there, or somebody else; the store's lock tells
	}
	return client, nil
}

// newToken makes 256 bits that nobody can guess.
func newToken() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // it cannot fail: without randomness Go ends the program
	return hex.EncodeToString(b[:])
}

// localURL is how this machine reaches the server, with the path of the issuer's
// address.
func localURL(addr net.Addr, home string) (string, error) {
	u, err := url.Parse(home)
	if err != nil {
		return "", err
	}
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return "", err
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port) + u.Path, nil
}

// writeDesk tells the other verbs where the server is.
func writeDesk(path string, d desk) error {
	text, err := json.Marshal(d)
	if err != nil {
		return err
	}
	return terminal.WritePrivate(path, true, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}

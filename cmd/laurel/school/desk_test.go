package school

import (
	"os"
	"testing"

	"laurel/cmd/laurel/home"
	"laurel/cmd/laurel/terminal"
)

// TestDeskFiles: what is not a private, whole file gives no server.
func TestDeskFiles(t *testing.T) {
	dir := t.TempDir()
	h := home.Folder{Path: dir}
	e := &terminal.Env{Context: t.Context(), Stderr: os.Stderr}
	for _, tt := range []struct {
		name, text string
		mode       os.FileMode
		fails      bool
	}{
		{"half of it", `{"url":"http://127`, 0o600, false},
		{"nothing in it", ``, 0o600, false},
		{"read by others", `{"url":"http://127.0.0.1:1","token":"x"}`, 0o644, true},
		{"read by the group", `{"url":"http://127.0.0.1:1","token":"x"}`, 0o640, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := os.WriteFile(h.DeskFile(), []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(h.DeskFile(), tt.mode); err != nil {
				t.Fatal(err)
			}
			client, err := serving(e, h)
			if client != nil || (err != nil) != tt.fails {
				t.Errorf("serving = %v, %v", client, err)
			}
		})
	}
}

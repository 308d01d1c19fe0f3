package school

import (
	"laurel/cmd/laurel/home"
	"laurel/cmd/laurel/terminal"
	"laurel/issuer/web"
)

// serving returns a client of the server that has this folder's store open, or
// nil if there is none.
func serving(e *terminal.Env, h home.Folder) (*web.Client, error) {
	desk, err := h.Desk()
	if desk == nil || err != nil {
		return nil, err
	}
	client := web.NewClient(desk.URL, desk.Token)
	if _, err := client.Profile(e.Context); err != nil {
		client.Close()
		return nil, nil // nobody is there, or somebody else; the store's lock tells
	}
	return client, nil
}

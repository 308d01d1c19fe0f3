package web

import "github.com/gorilla/mux"

// Routes are those behind the handler that New returns.
func Routes(c Config) (*mux.Router, error) {
	s, err := newServer(c)
	if err != nil {
		return nil, err
	}
	return s.routes()
}

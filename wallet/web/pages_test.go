package web

import (
	"net/http"
	"testing"
)

func TestCardPages(t *testing.T) {
	s := opened(t)
	for _, id := range all() {
		c := s.hold(id)
		p := s.get("/cards/" + c.ID)
		if p.code != http.StatusOK {
			t.Errorf("%s: %d %s", id, p.code, s.logged.String())
		}
	}
}

package request_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	egress "laurel/internal/fetch"
	"laurel/internal/testissuer"
	"laurel/status"
	"laurel/verifier"
)

// A thousand verifications at the same time ask for one list once.
func TestOneListForAThousand(t *testing.T) {
	var asked atomic.Int32
	var list []byte
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		time.Sleep(20 * time.Millisecond)
		w.Header().Set("Content-Type", "application/vc")
		w.Header().Set("Cache-Control", "max-age=300")
		_, _ = w.Write(list)
	}))
	defer server.Close()
	where := server.URL + "/status/1"
	list = school.List(t, where, 7).JSON()

	d, c := counter(t)
	d.Verifier.Status = &status.Source{
		Fetch: egress.New(egress.Options{UnsafeLoopback: true, Now: c.Now}),
		Keys:  d.Verifier.Keys, Suites: d.Verifier.Suites, Now: c.Now,
	}
	good := school.Sign(t, testissuer.WithStatus(school.Badge(ada), where, 8)).JSON()
	revoked := school.Sign(t, testissuer.WithStatus(school.Badge(ada), where, 7)).JSON()
	var wg sync.WaitGroup
	for i := range 1000 {
		wg.Go(func() {
			document, want := good, verifier.Accepted
			if i%10 == 0 {
				document, want = revoked, verifier.Rejected
			}
			r, err := d.Verify(context.Background(), document, verifier.Expectation{})
			if err != nil || r.Verdict != want {
				t.Errorf("%d: %+v, %v", i, r, err)
			}
		})
	}
	wg.Wait()
	if n := asked.Load(); n != 1 {
		t.Errorf("the list was asked for %d times", n)
	}
}

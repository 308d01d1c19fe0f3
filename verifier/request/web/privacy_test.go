package web

import (
	"log/slog"
	"net/url"
	"strings"
	"testing"

	"laurel/internal/serve/servetest"
)

// L17, L34, L35: neither the log nor the metrics name a person, a secret or a session,
// whatever clients send.
func TestLogsAndMetricsNameNobody(t *testing.T) {
	log := &servetest.Log{}
	c := opened(t, func(config *Config) {
		config.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	poster := c.asksFor(strings.TrimSuffix(simple, "}") + `,"open":true}`)
	begun := c.do("POST", poster.Page, "label=Ada+Lovelace", "Content-Type", formType, "User-Agent", "evil\tlevel=ERROR", "X-Forwarded-For", "203.0.113.9")
	page := c.server.URL + begun.Header.Get("Location")
	r := c.fetch(strictjsonGet(t, c.do("GET", page, "").Body, "protocols", "OID4VP"))
	c.do("POST", r.ResponseURI, "state=wrong", "Content-Type", formType)
	c.answer(r, c.present(r))
	c.answer(r, c.present(r))
	c.page(poster.Result)
	c.submit("/login", url.Values{"token": {"a wrong token"}})
	for range 50 {
		c.do("GET", "/results/"+strings.Repeat("x", 22), "")
	}
	c.do("GET", "/requests/%0Alevel=ERROR", "")

	secrets := map[string]string{
		"poster": poster.ID, "result": poster.Result[strings.LastIndex(poster.Result, "/")+1:], "code": poster.Code[strings.LastIndex(poster.Code, "/")+1:],
		"session": page[strings.LastIndex(page, "/")+1:], "nonce": r.Nonce, "state": r.State, "token": operatorToken,
		"name": "Lovelace", "learner": ada.ID, "issuer": issuing.ID, "badge": "Data Analysis", "client": "203.0.113.9", "user agent": "evil", "wrong token": "a wrong token",
	}
	metrics := c.do("GET", "/metrics", "").Body
	if !strings.Contains(log.String(), "route=/requests/{id}/response code=409") || !strings.Contains(metrics, `laurel_answers_total{from="wallet"} 1`) {
		t.Errorf("not counted: %s", metrics)
	}
	for name, secret := range secrets {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log names the %s", name)
		}
		if strings.Contains(metrics, secret) {
			t.Errorf("the metrics name the %s", name)
		}
	}
	if strings.Contains(log.String(), "level=ERROR") {
		t.Errorf("something went wrong, or a client wrote into the log:\n%s", log)
	}
}

// With --open anybody asks, and still nobody but the operator decides.
func TestOpenToAll(t *testing.T) {
	c := opened(t, func(config *Config) { config.AskOpen = true })
	if got := c.do("GET", "/ask", "", "Accept", browser); got.Status != 200 || strings.Contains(got.Body, "Save it for another time") {
		t.Errorf("the asking page: %d", got.Status)
	}
	form := url.Values{"label": {"Data"}, "achievement": {dataBadge}}
	got := c.do("POST", "/requests", form.Encode(), "Content-Type", formType, "Accept", browser)
	if got.Status != 303 {
		t.Fatalf("asked: %d %s", got.Status, got.Body)
	}
	result := c.server.URL + got.Header.Get("Location")
	if got := c.do("GET", result, ""); got.Status != 200 {
		t.Errorf("its result: %d", got.Status)
	}
	form.Set("save", "data")
	for path, body := range map[string]url.Values{
		"/requests": form, "/templates/data/delete": {}, "/trusted/delete": {"id": {issuing.ID}}, result + "/trust": {"id": {eve.ID}},
	} {
		if got := c.do("POST", path, body.Encode(), "Content-Type", formType); got.Status != 401 {
			t.Errorf("%s: %d", path, got.Status)
		}
	}
	if got := c.do("GET", "/trusted", ""); got.Status != 401 {
		t.Errorf("the list: %d", got.Status)
	}
	if got := c.do("POST", "/requests", form.Encode(), "Content-Type", formType, "Sec-Fetch-Site", "cross-site"); got.Status != 403 {
		t.Errorf("from another site: %d", got.Status)
	}
}

package web_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"laurel/internal/serve"
	"laurel/internal/ui/uitest"
	"laurel/issuer"
	"laurel/issuer/web"
)

// Every page of an issuer, on a phone and at a desk, by day and by night; who adds a
// route adds a stop.
func TestTourInABrowser(t *testing.T) {
	browser := uitest.Open(t)
	d := newDesk(t, "https://school.example", serve.Limits{})
	for _, template := range []string{rich, bare} {
		if _, err := d.PutTemplate(t.Context(), []byte(template)); err != nil {
			t.Fatal(err)
		}
	}
	badge, err := d.Issue(t.Context(), issuer.Award{Template: "barista", Recipient: "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"})
	if err != nil || badge == nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(d.handler)
	defer server.Close()
	routes, err := web.Routes(web.Config{Issuer: d.Issuer, Token: token})
	if err != nil {
		t.Fatal(err)
	}
	uitest.Tour{Routes: routes, Origin: server.URL, Stops: map[string]string{
		"issuer": "/", "achievement": "/achievements/barista", "achievement-rich": "/achievements/mag-welding", "achievement-bare": "/achievements/bare",
		"nothing": "/achievements/none", "keys": "/.well-known/did.json", "index": "/status/index.json", "list": "/status/revocation-1.json",
		"history": "/status/history/revocation-1/none.json", "healthz": "/healthz", "metrics": "/metrics", "style": "/static/none",
	}}.Take(t, browser)
}

// rich says all that a kind of badge can say, some of it at length.
var rich = `{"type":"laurel/template/v1","id":"mag-welding","achievement":{"name":"MIG/MAG Welding, Level 2 · اللحام · 溶接 🔥","achievementType":"MicroCredential",
	"description":"Welds fillet joints in steel of 3 to 12 mm in flat and horizontal position. ` + strings.Repeat("Schweissfachmannsausbildungsordnung", 4) + `",
	"tag":["MIG welding","Workplace safety","` + strings.Repeat("x", 70) + `"],
	"alignment":[{"type":["Alignment"],"targetName":"Weld metal parts","targetUrl":"http://data.europa.eu/esco/skill/3ea8d8f1","targetFramework":"ESCO","targetCode":"S6.7.2"}],
	"criteria":{"id":"https://school.example/welding","narrative":"Pass **both** parts within one term:\n\n1. a written paper on safety;\n2. three fillet joints, judged by two examiners."}}}`

const bare = `{"type":"laurel/template/v1","id":"bare","achievement":{"name":"Attendance","description":"Was there.","criteria":{"narrative":"Come."}}}`

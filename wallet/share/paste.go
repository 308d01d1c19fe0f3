package share

import (
	"encoding/json"
	"html/template"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"laurel/credential"
	"laurel/internal/fetch"
	"laurel/wallet"
)

// said is the sentence with which a verifier refused, made fit to be shown.
func said(status *fetch.StatusError) string {
	var problem struct{ Detail string }
	if err := json.Unmarshal(status.Body, &problem); err != nil || problem.Detail == "" {
		return "it answered " + strconv.Itoa(status.Code)
	}
	return "it says: " + credential.Plain(problem.Detail)
}

// LinkedIn is an address that opens LinkedIn's form for a certificate, filled in. It
// goes to LinkedIn only when the learner opens it.
func LinkedIn(link string, a wallet.Award) string {
	q := url.Values{}
	set := func(name, value string) {
		if value != "" {
			q.Set(name, value)
		}
	}
	set("startTask", "CERTIFICATION_NAME")
	set("name", a.Name)
	set("organizationId", a.OrganizationID)
	if a.OrganizationID == "" {
		set("organizationName", a.Organization)
	}
	if !a.Issued.IsZero() {
		set("issueYear", strconv.Itoa(a.Issued.Year()))
		set("issueMonth", strconv.Itoa(int(a.Issued.Month())))
	}
	if !a.Expires.IsZero() {
		set("expirationYear", strconv.Itoa(a.Expires.Year()))
		set("expirationMonth", strconv.Itoa(int(a.Expires.Month())))
	}
	set("certUrl", link)
	set("certId", a.ID)
	return "https://www.linkedin.com/profile/add?" + q.Encode()
}

// signature is the line for mail programs that take HTML. The address is made here
// of letters and digits; the names are the issuer's.
var signature = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("").Parse(
		`<p><a href="{{.Link}}" rel="noreferrer">{{.Name}}</a>{{with .Organization}}, {{.}}{{end}} (checked when you open it)</p>`))
})

// Signature is a line for the end of e-mails, as HTML and as plain text.
func Signature(link string, a wallet.Award) (html, text string) {
	var b strings.Builder
	err := signature().Execute(&b, struct {
		Link string
		wallet.Award
	}{link, a})
	if err != nil {
		panic(err) // a fault in the template
	}
	text = a.Name
	if a.Organization != "" {
		text += ", " + a.Organization
	}
	return b.String(), text + ": " + link
}

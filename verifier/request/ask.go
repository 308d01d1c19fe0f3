package request

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"path"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	strict "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"laurel/credential"
	"laurel/internal/strictjson"
	"laurel/openid4vc"
	"laurel/openid4vc/dcql"
	"laurel/verifier/session"
)

const (
	day = 24 * time.Hour
	// maxText bounds a purpose and the like: what a person reads before consenting.
	maxText = 500
	// maxProofs bounds the things that one question wants to see: a form that a
	// person fills in.
	maxProofs = 16
	// maxTemplates bounds the saved questions: a list that a person chooses from.
	maxTemplates = 200
)

// ErrAsk says that a question cannot be put as it is; the text says why.
var ErrAsk = errors.New("this cannot be asked")

// Ask is what somebody wants to know: one of Query, Template and ProofOf, and how.
// The zero values ask one person, signed, for an encrypted answer within ten
// minutes, and keep it for thirty days.
type Ask struct {
	Query    jsontext.Value `json:"dcql_query,omitempty"` // raw DCQL
	Template string         `json:"template,omitempty"`   // the name of a saved question
	ProofOf  Proofs         `json:"proofOf,omitempty"`    // in the words of badges

	Title     string `json:"title,omitempty"`      // what the employer calls it
	Purpose   string `json:"purpose,omitempty"`    // why, for the one who is asked
	Retention int    `json:"retention,omitempty"`  // days that the answer is kept; 0 is 30
	ExpiresIn int    `json:"expires_in,omitempty"` // seconds to answer; 0 is 600
	Open      bool   `json:"open,omitempty"`       // a link for many people
	OpenDays  int    `json:"open_days,omitempty"`  // that it can be begun; 0 is 30

	ResponseMode string `json:"response_mode,omitempty"`    // direct_post.jwt (default if signed) or direct_post
	Prefix       string `json:"client_id_prefix,omitempty"` // decentralized_identifier (default) or redirect_uri
	SameDevice   bool   `json:"same_device,omitempty"`      // the wallet leads back to the page, with a response_code
	Policy       Policy `json:"policy,omitzero"`
}

// Policy says what an answer must be beyond genuine.
type Policy struct {
	RequireTrusted bool `json:"require_trusted,omitempty"` // reject issuers that are not on the list
	AllowUnbound   bool `json:"allow_unbound,omitempty"`   // accept credentials that name no owner
}

// Proofs are the things that a question wants to see, all of them. As JSON a
// single one may stand without the list around it.
type Proofs []ProofOf

// UnmarshalJSON reads one or several.
func (p *Proofs) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '[' {
		return strict.Unmarshal(text, (*[]ProofOf)(p), strict.RejectUnknownMembers(true))
	}
	*p = make(Proofs, 1)
	return strict.Unmarshal(text, &(*p)[0], strict.RejectUnknownMembers(true))
}

// ProofOf is "show proof of X". Everything that is set must hold; of several values
// any will do.
type ProofOf struct {
	Label       string   `json:"label,omitempty"`       // for people: "A welding badge"
	Achievement []string `json:"achievement,omitempty"` // ids of achievements
	Alignment   string   `json:"alignment,omitempty"`   // targetUrl of a skill
	Tag         string   `json:"tag,omitempty"`
	Issuers     []string `json:"issuers,omitempty"`
	// Grades are results from the best to the worst, and Minimum the least that is
	// enough. Without Grades the Minimum is a number, and only compared after the
	// answer.
	Grades  []string `json:"grades,omitempty"`
	Minimum string   `json:"minimum,omitempty"`

	Optional bool `json:"optional,omitempty"`
	Multiple bool `json:"multiple,omitempty"`
}

// ParseAsk reads the body of POST /requests: no member that is not known, none
// twice. It fails with ErrAsk.
func ParseAsk(body []byte) (Ask, error) {
	var a Ask
	if err := strict.Unmarshal(body, &a, strict.RejectUnknownMembers(true)); err != nil {
		return Ask{}, unfit(err)
	}
	return a, nil
}

// unfit says what is wrong with a member in the words of JSON, not of Go.
func unfit(err error) error {
	var wrong *strict.SemanticError
	if !errors.As(err, &wrong) {
		return fmt.Errorf("%w: %w", ErrAsk, err)
	}
	if errors.Is(wrong, strict.ErrUnknownName) {
		return refuse("%s is not known", wrong.JSONPointer)
	}
	want := "an object"
	if t := wrong.GoType; t != nil {
		switch t.Kind() {
		case reflect.Slice:
			want = "a list"
		case reflect.String:
			want = "a text"
		case reflect.Int:
			want = "a whole number"
		case reflect.Bool:
			want = "true or false"
		}
	}
	return refuse("%s must be %s", cmp.Or(string(wrong.JSONPointer), "the body"), want)
}

func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrAsk, fmt.Sprintf(format, args...))
}

// Inquiry is a question made ready: what a session keeps of it.
type Inquiry struct {
	Title      string         `json:"title"`
	Purpose    string         `json:"purpose,omitempty"`
	Mode       string         `json:"mode"`
	Prefix     string         `json:"prefix"`
	SameDevice bool           `json:"sameDevice,omitempty"`
	Policy     Policy         `json:"policy,omitzero"`
	DCQL       jsontext.Value `json:"dcql"`
	Wants      []Want         `json:"wants"`

	query *dcql.Query
}

// Want is one thing that is asked for, for people.
type Want struct {
	ID       string   `json:"id"` // of the credential queries: ID itself, or ID_b and so on
	Label    string   `json:"label"`
	Issuers  []string `json:"issuers,omitempty"` // any of these
	Pages    []string `json:"pages,omitempty"`   // where such a badge is earned
	Optional bool     `json:"optional,omitempty"`
	Grades   []string `json:"grades,omitempty"`  // results that are enough
	Minimum  string   `json:"minimum,omitempty"` // a number
}

// Answers reports whether a credential query belongs to the want.
func (w Want) Answers(query string) bool {
	return query == w.ID || strings.HasPrefix(query, w.ID+"_") && len(query) == len(w.ID)+2
}

// From are the issuers as people know them: by the domains of those that are one.
func (w Want) From() []string {
	var names []string
	for _, id := range w.Issuers {
		name := strings.TrimPrefix(id, "https://")
		if rest, is := strings.CutPrefix(id, "did:web:"); is {
			name = strings.ReplaceAll(strings.ReplaceAll(rest, ":", "/"), "%3A", ":")
		}
		if name = credential.Plain(name); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// ReadInquiry reads what a session keeps of its question.
func ReadInquiry(text []byte) (*Inquiry, error) {
	i := &Inquiry{}
	if err := json.Unmarshal(text, i); err != nil {
		return nil, fmt.Errorf("%w: %w", errInquiry, err)
	}
	v, err := strictjson.Parse(i.DCQL)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errInquiry, err)
	}
	if i.query, err = dcql.ParseQuery(v); err != nil {
		return nil, fmt.Errorf("%w: %w", errInquiry, err)
	}
	return i, nil
}

// prepare checks a question and makes its query.
func (d *Desk) prepare(a Ask) (*Inquiry, error) {
	i := &Inquiry{
		Title: a.Title, Purpose: a.Purpose, Mode: a.ResponseMode, Prefix: a.Prefix,
		SameDevice: a.SameDevice, Policy: a.Policy,
	}
	for name, text := range map[string]string{"title": a.Title, "purpose": a.Purpose} {
		if len(text) > maxText {
			return nil, refuse("the %s is longer than %d characters", name, maxText)
		}
	}
	if err := i.transport(d.Identity != nil); err != nil {
		return nil, err
	}
	var err error
	switch {
	case len(a.Query) > 0 && len(a.ProofOf) > 0:
		return nil, refuse("dcql_query and proofOf both say what is asked for")
	case len(a.Query) > 0:
		err = i.raw(a.Query)
	case len(a.ProofOf) > 0:
		err = i.proofs(a.ProofOf)
	default:
		err = refuse("say what is asked for: dcql_query, proofOf or template")
	}
	if err != nil {
		return nil, err
	}
	if i.Title == "" {
		i.Title = i.named()
	}
	i.DCQL = i.query.Value().JSON()
	return i, nil
}

// named is what a question is called that nobody gave a title: what must be shown.
func (i *Inquiry) named() string {
	var labels []string
	for _, w := range i.Wants {
		if !w.Optional && !slices.Contains(labels, w.Label) {
			labels = append(labels, w.Label)
		}
	}
	if len(labels) == 0 {
		return i.Wants[0].Label
	}
	return strings.Join(labels, " and ")
}

// transport settles how the request and its answer travel.
func (i *Inquiry) transport(signing bool) error {
	switch i.Prefix {
	case "":
		i.Prefix = string(openid4vc.RedirectURI)
		if signing {
			i.Prefix = string(openid4vc.DID)
		}
	case string(openid4vc.RedirectURI):
	case string(openid4vc.DID):
		if !signing {
			return refuse("this verifier has no key, so that it can only ask with client_id_prefix redirect_uri")
		}
	default:
		return refuse("client_id_prefix is decentralized_identifier or redirect_uri")
	}
	switch i.Mode {
	case "":
		i.Mode = openid4vc.DirectPost
		if i.Prefix == string(openid4vc.DID) {
			i.Mode = openid4vc.DirectPostJWT
		}
	case openid4vc.DirectPost, openid4vc.DirectPostJWT:
	default:
		return refuse("response_mode is direct_post.jwt or direct_post")
	}
	return nil
}

// raw takes a query as it is.
func (i *Inquiry) raw(text []byte) error {
	v, err := strictjson.Parse(text)
	if err != nil {
		return fmt.Errorf("%w: dcql_query: %w", ErrAsk, err)
	}
	if i.query, err = dcql.ParseQuery(v); err != nil {
		return fmt.Errorf("%w: %w", ErrAsk, err)
	}
	for _, c := range i.query.Credentials {
		seen := map[string]bool{}
		for _, claim := range c.Claims {
			path := string(claim.Path.Value().JSON())
			if seen[path] { // "Verifiers MUST NOT point to the same claim more than once in a single query"
				return refuse("the credential query %s asks for %s twice; name all values that will do in one place", c.ID, claim.Path)
			}
			seen[path] = true
		}
		i.Wants = append(i.Wants, Want{ID: c.ID, Label: rawLabel(c), Optional: optional(i.query, c.ID)})
	}
	return nil
}

// rawLabel is what people read of a raw credential query.
func rawLabel(c dcql.CredentialQuery) string {
	for _, values := range [][]string{c.VCT, slices.Concat(c.Types...)} {
		for _, v := range values {
			if label := lastPart(v); label != "" {
				return label
			}
		}
	}
	return c.ID
}

// optional reports whether no combination that must be answered has the query.
func optional(q *dcql.Query, id string) bool {
	return len(q.Sets) > 0 && !slices.ContainsFunc(q.Sets, func(s dcql.CredentialSet) bool {
		return !s.Optional && slices.ContainsFunc(s.Options, func(o []string) bool { return slices.Contains(o, id) })
	})
}

// proofs makes the query of things to be shown.
func (i *Inquiry) proofs(all []ProofOf) error {
	if len(all) > maxProofs {
		return refuse("at most %d things can be asked for at once", maxProofs)
	}
	var questions []dcql.Question
	for n, p := range all {
		w, err := p.want(fmt.Sprintf("proof%d", n+1))
		if err != nil {
			return err
		}
		i.Wants = append(i.Wants, w)
		q := dcql.Question{
			ID: w.ID, Achievements: p.Achievement, Issuers: p.Issuers, Results: w.Grades,
			Optional: p.Optional, Multiple: p.Multiple, Bearer: i.Policy.AllowUnbound,
			VCT: p.Achievement, // as badges that are claims of their own call their type
		}
		if p.Tag != "" {
			q.Tags = []string{p.Tag}
		}
		if p.Alignment != "" {
			q.Alignments = []string{p.Alignment}
		}
		questions = append(questions, q)
	}
	var err error
	if i.query, err = dcql.Ask(questions...); err != nil {
		return fmt.Errorf("%w: %w", ErrAsk, err)
	}
	return nil
}

// want is what people read of one thing to be shown, and what is enough.
func (p ProofOf) want(id string) (Want, error) {
	w := Want{ID: id, Label: p.label(), Issuers: p.Issuers, Optional: p.Optional}
	if len(p.Label) > maxText {
		return w, refuse("a label is longer than %d characters", maxText)
	}
	for _, id := range p.Issuers {
		if u, err := url.Parse(id); err != nil || u.Scheme == "" {
			return w, refuse("%q is no issuer's identifier, such as did:web:school.example or https://school.example", id)
		}
	}
	for _, a := range p.Achievement {
		if u, err := url.Parse(a); err != nil || u.Scheme == "" {
			return w, refuse("%q is no achievement's address, such as https://school.example/achievements/welding", a)
		}
		if u, err := url.Parse(a); err == nil && u.Scheme == "https" && u.Host != "" {
			w.Pages = append(w.Pages, a)
		}
	}
	at := slices.Index(p.Grades, p.Minimum)
	switch {
	case len(p.Grades) > 0 && p.Minimum == "":
		w.Grades = p.Grades
	case len(p.Grades) > 0 && at < 0:
		return w, refuse("the minimum %q is none of the grades", p.Minimum)
	case len(p.Grades) > 0:
		w.Grades = p.Grades[:at+1]
	case p.Minimum != "":
		if _, err := number(p.Minimum); err != nil {
			return w, refuse("without grades the minimum is a number, and %q is none: list the grades, the best first", p.Minimum)
		}
		w.Minimum = p.Minimum
	}
	return w, nil
}

func (p ProofOf) label() string {
	candidates := append([]string{p.Label, p.Tag}, p.Achievement...)
	for _, text := range append(candidates, p.Alignment) {
		if text = credential.Plain(text); text != "" {
			if strings.Contains(text, "/") && text != p.Label {
				text = lastPart(text)
			}
			return text
		}
	}
	return "A badge"
}

// lastPart makes a name of an address: "https://a.example/badges/welding-2" is
// "welding 2".
func lastPart(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return credential.Plain(address)
	}
	last := u.Fragment
	if last == "" {
		last = path.Base(u.Path)
	}
	if last == "." || last == "/" {
		last = u.Host
	}
	if last == "" {
		last = address
	}
	return credential.Plain(strings.NewReplacer("-", " ", "_", " ").Replace(last))
}

// question is what a session begins with.
func (i *Inquiry) question(a Ask) (session.Question, error) {
	if a.ExpiresIn < 0 || a.Retention < 0 || a.OpenDays < 0 || a.Retention > 1e4 || a.OpenDays > 1e4 || a.ExpiresIn > 1e6 {
		return session.Question{}, refuse("a time is out of bounds")
	}
	text, err := json.Marshal(i)
	return session.Question{
		Ask: text, Lifetime: time.Duration(a.ExpiresIn) * time.Second, Retention: time.Duration(a.Retention) * day,
	}, err
}

// number reads a decimal number as results have it: no hexadecimal, no infinity.
func number(text string) (float64, error) {
	if strings.Trim(text, "0123456789.-") != "" {
		return 0, strconv.ErrSyntax
	}
	return strconv.ParseFloat(text, 64)
}

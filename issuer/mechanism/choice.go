package mechanism

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"laurel/cryptosuite"
	"laurel/internal/strictjson"
	"laurel/issuer/keyring"
	"laurel/proof"
)

// The tokens that a template can choose, by their typ.
const (
	vcJWT   = "vc+jwt"    // VC-JOSE-COSE 1.0, section 3.1.1
	vcSDJWT = "vc+sd-jwt" // section 3.2.1
	dcSDJWT = "dc+sd-jwt" // SD-JWT-based Verifiable Credentials
)

var tokens = []string{vcJWT, vcSDJWT, dcSDJWT}

// selective is the suite for documents under which a learner can show a part.
var selective = cryptosuite.ECDSASD2023{}.Name()

// maxDecoys bounds how many digests of nothing stand beside real ones: each costs
// 43 characters in every object, and eight hide how many claims there are.
const maxDecoys = 32

// algorithms are the names that RFC 7518 and RFC 8037 have for the kinds of keys.
var algorithms = map[string]keyring.Kind{"EdDSA": keyring.Edwards, "ES256": keyring.NIST}

// Members are the members of a template that Read reads.
var Members = []string{"proof", "mandatory", "decoys", "alg", "vct"}

// Choice is how the badges of a template are secured. Kit.Read makes one.
type Choice struct {
	// Name is the cryptosuite, or the typ of the token; "" is the issuer's suite.
	Name string

	kind      keyring.Kind
	mandatory []string // JSON pointers
	decoys    int
	vct       string // of Claims; "" is the achievement's id
}

// Token reports whether the badges are signed tokens and not documents.
func (c *Choice) Token() bool { return slices.Contains(tokens, c.Name) }

// Claims reports whether the badges are claims of their own, without the data
// model: dc+sd-jwt.
func (c *Choice) Claims() bool { return c.Name == dcSDJWT }

// Selective reports whether a learner can show a part.
func (c *Choice) Selective() bool { return c.Name == selective || c.disclosing() }

// Type is the type (vct) of badges that are claims of their own: what their template
// says, or else the id of their achievement. It is "" for all others.
func (c *Choice) Type(achievement strictjson.Value) string {
	switch {
	case !c.Claims():
		return ""
	case c.vct != "":
		return c.vct
	default:
		return achievement.Get("id").Str()
	}
}

func (c *Choice) disclosing() bool { return c.Name == vcSDJWT || c.Claims() }

// Kind is the kind of key that signs.
func (c *Choice) Kind() keyring.Kind { return c.kind }

// usuallyMandatory is what is shown in any case if the template does not say so
// itself: what the badge is for. The mechanism adds who issued it, to whom, when it
// is valid and where its status is.
func (c *Choice) usuallyMandatory() []string {
	if c.Claims() {
		return []string{"/achievement/id", "/achievement/name"}
	}
	return []string{"/credentialSubject/achievement/id", "/credentialSubject/achievement/name"}
}

// perAward is what not every badge of a template has: in a document, and in claims.
var perAward = []string{
	"/validUntil", "/evidence", "/credentialSubject/result", "/credentialSubject/identifier", "/credentialSubject/narrative",
	"/result", "/identifier", "/narrative",
}

// Read reads the Members of a template. Errors wrap ErrChoice.
func (k Kit) Read(template strictjson.Value) (*Choice, error) {
	c := &Choice{Name: template.Get("proof").Str()}
	if c.Name == "" && template.Get("proof").Exists() {
		return nil, refusef(ErrChoice, "its proof is no name of a cryptosuite or kind of token")
	}
	if !c.Token() && c.suite(k, strictjson.Value{}) == nil {
		return nil, refusef(ErrChoice, "its proof %q is none of %s", c.Name, strings.Join(k.names(), ", "))
	}
	for _, m := range []struct {
		name  string
		fits  bool
		kinds string
	}{
		{"mandatory", c.Selective(), strings.Join([]string{selective, vcSDJWT, dcSDJWT}, ", ")},
		{"decoys", c.disclosing(), vcSDJWT + ", " + dcSDJWT},
		{"alg", c.Token(), strings.Join(tokens, ", ")},
		{"vct", c.Claims(), dcSDJWT},
	} {
		if template.Get(m.name).Exists() && !m.fits {
			return nil, refusef(ErrChoice, "it has %q, which means something with %s alone; %s", m.name, m.kinds, whyNot[m.name])
		}
	}
	if err := c.read(k, template); err != nil {
		return nil, err
	}
	return c, nil
}

// whyNot says why a member means nothing under the other mechanisms.
var whyNot = map[string]string{
	"mandatory": "any other badge is shown whole",
	"decoys":    "any other badge has no digests to hide among",
	"alg":       "any other proof has its algorithm in its name",
	"vct":       "any other badge has types",
}

// read reads the members beside "proof".
func (c *Choice) read(k Kit, template strictjson.Value) error {
	if err := c.readMandatory(template.Get("mandatory")); err != nil {
		return err
	}
	if v := template.Get("decoys"); v.Exists() {
		literal, _ := v.Literal()
		n, err := strconv.Atoi(literal)
		if err != nil || n < 0 || n > maxDecoys || literal != strconv.Itoa(n) {
			return refusef(ErrChoice, "its decoys are not a whole number from 0 to %d", maxDecoys)
		}
		c.decoys = n
	}
	if v := template.Get("vct"); v.Exists() {
		// "A case-sensitive String or URI value serving as an identifier for the type"
		// (SD-JWT VC, section 3.2.2.1): one that nobody else uses is a URI.
		u, err := url.Parse(v.Str())
		if err != nil || !u.IsAbs() || u.Host == "" && u.Opaque == "" || strings.ContainsAny(v.Str(), " \t\r\n") {
			return refusef(ErrChoice, "its vct %s is no address such as https://school.example/credentials/barista", v.JSON())
		}
		c.vct = v.Str()
	}
	return c.chooseKind(k, template.Get("alg"))
}

func (c *Choice) readMandatory(list strictjson.Value) error {
	if c.Selective() && !list.Exists() {
		c.mandatory = c.usuallyMandatory()
	}
	for _, e := range list.List() {
		text, ok := e.Text()
		if _, err := strictjson.ParsePointer(text); !ok || err != nil || text == "" {
			return refusef(ErrChoice, "in \"mandatory\", %s is no JSON pointer such as %q", e.JSON(), c.usuallyMandatory()[1])
		}
		c.mandatory = append(c.mandatory, text)
	}
	return nil
}

// chooseKind says which kind of key signs. Of claims it is the one that every
// reader of SD-JWT VC knows; of other tokens that which signs everything else.
func (c *Choice) chooseKind(k Kit, alg strictjson.Value) error {
	switch {
	case !c.Token():
		c.kind = KindFor(c.suite(k, strictjson.Value{}))
	case alg.Exists():
		kind, ok := algorithms[alg.Str()]
		if !ok {
			return refusef(ErrChoice, "its alg %s is neither \"EdDSA\" nor \"ES256\"", alg.JSON())
		}
		c.kind = kind
	case k.Only != "":
		c.kind = k.Only
	case c.Claims():
		c.kind = keyring.NIST
	default:
		c.kind = keyring.Edwards
	}
	return nil
}

// suites are those that a template can choose for documents.
func (k Kit) suites(mandatory []string) proof.Suites {
	return proof.Suites{
		cryptosuite.EdDSARDFC2022{Contexts: k.Contexts}, cryptosuite.ECDSASD2023{Contexts: k.Contexts, Mandatory: mandatory},
		cryptosuite.ECDSARDFC2019{Contexts: k.Contexts}, cryptosuite.EdDSAJCS2022{Contexts: k.Contexts}, cryptosuite.ECDSAJCS2019{Contexts: k.Contexts},
	}
}

// names are all that a template can choose.
func (k Kit) names() []string {
	var names []string
	for _, s := range k.suites(nil) {
		names = append(names, s.Name())
	}
	return append(names, tokens...)
}

// suite is what a document is signed with; nil for a name that is not known. Of the
// mandatory pointers those count that the document has something for.
func (c *Choice) suite(k Kit, doc strictjson.Value) proof.Suite {
	if c.Name == "" {
		return k.Suite
	}
	for _, s := range k.suites(present(c.mandatory, doc)) {
		if s.Name() == c.Name {
			return s
		}
	}
	return nil
}

// present are the pointers that lead somewhere.
func present(pointers []string, doc strictjson.Value) []string {
	return slices.DeleteFunc(slices.Clone(pointers), func(text string) bool {
		p, err := strictjson.ParsePointer(text)
		return err != nil || !doc.At(p).Exists()
	})
}

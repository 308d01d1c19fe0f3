package proof_test

import (
	"slices"
	"strconv"
	"strings"

	"laurel/internal/strictjson"
)

// mutation spends bytes on changing a document. What the bytes mean matters less
// than that few of them already make something that its holder could have thought
// of: a name spelled as an IRI, a member moved elsewhere, a second node with the
// same id.
type mutation struct{ bytes []byte }

func (m *mutation) done() bool { return len(m.bytes) == 0 }

// below takes a number from 0 to n-1.
func (m *mutation) below(n int) int {
	if len(m.bytes) == 0 || n < 2 {
		return 0
	}
	b := int(m.bytes[0])
	if m.bytes = m.bytes[1:]; n > 256 && len(m.bytes) > 0 {
		b = b<<8 | int(m.bytes[0])
		m.bytes = m.bytes[1:]
	}
	return b % n
}

// places lists all values of a document, itself first.
func places(v strictjson.Value, at strictjson.Pointer, all []strictjson.Pointer) []strictjson.Pointer {
	all = append(all, slices.Clone(at))
	for i, e := range v.Elems() {
		all = places(e, append(at, strconv.Itoa(i)), all)
	}
	for _, m := range v.Members() {
		all = places(m.Value, append(at, m.Name), all)
	}
	return all
}

// put replaces the value at a place; an Absent one takes it away.
func put(v strictjson.Value, at strictjson.Pointer, to strictjson.Value) strictjson.Value {
	if len(at) == 0 {
		return to
	}
	if v.Kind() == strictjson.List {
		var elems []strictjson.Value
		for i, e := range v.Elems() {
			if strconv.Itoa(i) == at[0] {
				e = put(e, at[1:], to)
			}
			if e.Exists() {
				elems = append(elems, e)
			}
		}
		return strictjson.Array(elems...)
	}
	if v.Kind() != strictjson.Dict {
		return v
	}
	if inner := put(v.Get(at[0]), at[1:], to); inner.Exists() {
		return v.With(at[0], inner)
	}
	return v.Without(at[0])
}

// renamed gives a member another name, at its place.
func renamed(v strictjson.Value, at strictjson.Pointer, name string) strictjson.Value {
	parent := at[:len(at)-1]
	in := v.At(parent)
	if in.Kind() != strictjson.Dict || in.Get(name).Exists() {
		return v
	}
	members := slices.Clone(in.Members())
	for i := range members {
		if members[i].Name == at[len(at)-1] {
			members[i].Name = name
		}
	}
	return put(v, parent, strictjson.Object(members...))
}

// otherNames are those that a mutation gives to members, beside the IRIs that the
// names stand for.
var otherNames = []string{
	"@id", "@type", "@graph", "@included", "@nest", "@reverse", "@set", "@list", "@value", "@context", "@index", "id", "type",
	"https://schema.org/name", "name", "Name", "expires", "expiration", "validUntil", "validFrom", "issuer", "credentialStatus", "holder",
	"x", "", "proof", "credentialSubject", "verifiableCredential", "termsOfUse", "evidence", "uid", "na\u006de", "n\u0430me",
}

// iris are what names in a credential stand for.
var iris = map[string]string{
	"validUntil": "https://www.w3.org/2018/credentials#validUntil", "validFrom": "https://www.w3.org/2018/credentials#validFrom",
	"expirationDate": "https://www.w3.org/2018/credentials#expirationDate", "issuanceDate": "https://www.w3.org/2018/credentials#issuanceDate",
	"issuer": "https://www.w3.org/2018/credentials#issuer", "credentialStatus": "https://www.w3.org/2018/credentials#credentialStatus",
	"credentialSubject": "https://www.w3.org/2018/credentials#credentialSubject", "name": "https://schema.org/name",
	"description": "https://schema.org/description", "id": "@id", "type": "@type",
	"achievement":     "https://purl.imsglobal.org/spec/vc/ob/vocab.html#achievement",
	"activityEndDate": "https://purl.imsglobal.org/spec/vc/ob/vocab.html#activityEndDate",
	"statusListIndex": "https://www.w3.org/ns/credentials/status#statusListIndex", "proof": "https://w3id.org/security#proof",
}

// mutated is the document after as many changes as the bytes last for, at most 6.
func mutated(v strictjson.Value, bytes []byte) strictjson.Value {
	m := &mutation{bytes}
	for n := 0; n < 6 && !m.done(); n++ {
		all := places(v, nil, nil)
		if len(all) < 2 {
			break
		}
		at, from := all[1+m.below(len(all)-1)], all[m.below(len(all))]
		v = m.change(v, at, from)
	}
	return v
}

// change makes one change at a place, with what stands at another one.
func (m *mutation) change(v strictjson.Value, at, from strictjson.Pointer) strictjson.Value {
	here, there := v.At(at), v.At(from)
	switch m.below(17) {
	case 0:
		return put(v, at, strictjson.Value{})
	case 1:
		return put(v, at, there)
	case 2:
		return put(v, at, strictjson.Array(here))
	case 3:
		return put(v, at, strictjson.Array(here, here))
	case 4:
		return put(v, at, strictjson.Array(append(slices.Clone(here.List()), there)...))
	case 5:
		if len(here.Elems()) > 0 {
			return put(v, at, here.Elems()[0])
		}
	case 6:
		if name := iris[at[len(at)-1]]; name != "" {
			return renamed(v, at, name)
		}
	case 7:
		return renamed(v, at, otherNames[m.below(len(otherNames))])
	case 8: // moved
		if there.Kind() == strictjson.Dict && !strings.HasPrefix(from.String()+"/", at.String()+"/") {
			return put(put(v, append(slices.Clone(from), at[len(at)-1]), here), at, strictjson.Value{})
		}
	case 9:
		return put(put(v, at, there), from, here)
	case 10:
		return put(v, at, strictjson.Nil())
	case 11:
		return put(v, at, m.text(here))
	case 12:
		return put(v, at, m.wrapped(here))
	case 13:
		return put(v, at, m.grown(here, v))
	case 14:
		return put(v, at, turned(here))
	case 15:
		return put(v, at, number(here))
	default: // a second node that says it of the same thing
		if id := v.Get("id"); id.Exists() && len(at) == 1 {
			said := strictjson.Object(strictjson.Member{Name: "id", Value: id}, strictjson.Member{Name: at[0], Value: here})
			place := append(slices.Clone(from), "evidence")
			return put(put(v, place, said), at, strictjson.Value{})
		}
	}
	return v
}

// text is another text, by little.
func (m *mutation) text(v strictjson.Value) strictjson.Value {
	s, ok := v.Text()
	if !ok || s == "" {
		return strictjson.String("x")
	}
	i := m.below(len(s))
	switch m.below(6) {
	case 0:
		return strictjson.String(s + " ")
	case 1:
		return strictjson.String(strings.ToUpper(s))
	case 2:
		return strictjson.String(s[:i])
	case 3:
		return strictjson.String(s[:i] + "\u200b" + s[i:])
	case 4:
		return strictjson.String(s[:i] + s[i+1:])
	default:
		return strictjson.String(s[:i] + string(rune(s[i]^1)) + s[i+1:])
	}
}

// wrapped puts a value into one of the objects that JSON-LD has for it.
func (m *mutation) wrapped(v strictjson.Value) strictjson.Value {
	const xsd = "http://www.w3.org/2001/XMLSchema#"
	keyword := []string{"@value", "@id", "@set", "@list", "@graph", "@included", "@nest"}[m.below(7)]
	out := strictjson.Object(strictjson.Member{Name: keyword, Value: v})
	switch m.below(5) {
	case 1:
		return out.With("@type", strictjson.String(xsd+"dateTime"))
	case 2:
		return out.With("@type", strictjson.String(xsd+"string"))
	case 3:
		return out.With("@language", strictjson.String("en"))
	case 4:
		return out.With("@type", strictjson.String(xsd+"double"))
	}
	return out
}

// grown adds a member to an object.
func (m *mutation) grown(v, doc strictjson.Value) strictjson.Value {
	if v.Kind() != strictjson.Dict {
		return v
	}
	late := strictjson.String("2099-01-01T00:00:00Z")
	node := strictjson.Object(strictjson.Member{Name: "id", Value: doc.Get("id")}, strictjson.Member{Name: "validUntil", Value: late})
	more := []strictjson.Member{
		{Name: "validUntil", Value: late}, {Name: "expirationDate", Value: late}, {Name: "@included", Value: node}, {Name: "@graph", Value: node},
		{Name: "id", Value: doc.Get("id")}, {Name: "name", Value: strictjson.String("Dr.")}, {Name: "x", Value: late}, {Name: "@index", Value: late},
		{Name: "@context", Value: doc.Get("@context")}, {Name: "@id", Value: doc.Get("id")}, {Name: "type", Value: strictjson.String("Profile")},
		{Name: "evidence", Value: node}, {Name: "previousProof", Value: strictjson.String("urn:a")}, {Name: "credentialStatus", Value: strictjson.Array()},
		{Name: "@reverse", Value: strictjson.Object()}, {Name: "_:a", Value: late},
	}[m.below(16)]
	if !more.Value.Exists() {
		return v
	}
	return v.With(more.Name, more.Value)
}

// turned is the value the other way around.
func turned(v strictjson.Value) strictjson.Value {
	switch v.Kind() {
	case strictjson.List:
		elems := slices.Clone(v.Elems())
		slices.Reverse(elems)
		return strictjson.Array(elems...)
	case strictjson.Dict:
		members := slices.Clone(v.Members())
		slices.Reverse(members)
		return strictjson.Object(members...)
	}
	return v
}

// number is a number as a text, and a text as a number or true.
func number(v strictjson.Value) strictjson.Value {
	if lit, ok := v.Literal(); ok {
		return strictjson.String(lit)
	}
	if n, err := strconv.Atoi(v.Str()); err == nil {
		return strictjson.Int(n)
	}
	return strictjson.Bool(v.Kind() != strictjson.True)
}

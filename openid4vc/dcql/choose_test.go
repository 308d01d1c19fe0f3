package dcql_test

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"laurel/internal/strictjson"
	"laurel/openid4vc/dcql"

	"pgregory.net/rapid"
)

// The generators make queries and credentials out of so few words that they meet.

var names = rapid.SampledFrom([]string{"a", "b", "c"})

func genPath(t *rapid.T) dcql.Path {
	steps := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) dcql.Step {
		switch rapid.IntRange(0, 5).Draw(t, "kind") {
		case 0:
			return dcql.Every
		case 1:
			return dcql.Element(rapid.IntRange(0, 2).Draw(t, "place"))
		default:
			return dcql.Member(names.Draw(t, "name"))
		}
	}), 1, 3).Draw(t, "path")
	return append(dcql.Path{dcql.Member(names.Draw(t, "first"))}, steps[:len(steps)-1]...)
}

var scalars = rapid.SampledFrom([]strictjson.Value{
	strictjson.String("x"), strictjson.String("y"), strictjson.Int(1), strictjson.Bool(true), strictjson.String("1"),
})

func genValue(t *rapid.T, depth int) strictjson.Value {
	kind := rapid.IntRange(0, 4).Draw(t, "kind")
	if depth == 0 || kind > 2 {
		return scalars.Draw(t, "scalar")
	}
	if kind == 0 {
		n := rapid.IntRange(0, 3).Draw(t, "elements")
		elems := make([]strictjson.Value, n)
		for i := range elems {
			elems[i] = genValue(t, depth-1)
		}
		return strictjson.Array(elems...)
	}
	return genObject(t, depth-1)
}

func genObject(t *rapid.T, depth int) strictjson.Value {
	v := strictjson.Object()
	for _, name := range rapid.SliceOfNDistinct(names, 0, 3, rapid.ID).Draw(t, "members") {
		v = v.With(name, genValue(t, depth))
	}
	return v
}

func genCandidate(t *rapid.T) dcql.Candidate {
	c := dcql.Candidate{
		Format: rapid.SampledFrom([]dcql.Format{dcql.LDP, dcql.JWT, dcql.SDJWT}).Draw(t, "format"),
		Claims: genObject(t, 3), Bound: rapid.IntRange(0, 9).Draw(t, "bound") > 0,
	}
	word := rapid.SampledFrom([]string{"T", "U"})
	if c.Format == dcql.SDJWT {
		c.VCT = []string{word.Draw(t, "vct")}
	} else {
		c.Types = rapid.SliceOfNDistinct(word, 1, 2, rapid.ID).Draw(t, "types")
	}
	if rapid.Bool().Draw(t, "certified") {
		c.Authorities = []dcql.Authorities{{Kind: "openid_federation", Values: []string{"https://" + word.Draw(t, "authority") + ".example"}}}
	}
	return c
}

func genCredentialQuery(t *rapid.T, id string) dcql.CredentialQuery {
	c := dcql.CredentialQuery{
		ID: id, Format: rapid.SampledFrom([]dcql.Format{dcql.LDP, dcql.JWT, dcql.SDJWT}).Draw(t, "format"),
		Multiple: rapid.Bool().Draw(t, "multiple"), Unbound: rapid.Bool().Draw(t, "unbound"),
	}
	words := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"T", "U"}), 1, 2, rapid.ID)
	if c.Format == dcql.SDJWT {
		c.VCT = words.Draw(t, "vct")
	} else {
		c.Types = [][]string{words.Draw(t, "types")}
	}
	if rapid.IntRange(0, 5).Draw(t, "authorities") == 0 {
		c.Authorities = []dcql.Authorities{{Kind: "openid_federation", Values: []string{"https://T.example"}}}
	}
	n := rapid.IntRange(0, 3).Draw(t, "claims")
	var ids []string
	for i := range n {
		claim := dcql.ClaimQuery{ID: "c" + strconv.Itoa(i), Path: genPath(t)}
		if rapid.IntRange(0, 2).Draw(t, "valued") == 0 {
			claim.Values = rapid.SliceOfN(scalars, 1, 2).Draw(t, "values")
		}
		c.Claims = append(c.Claims, claim)
		ids = append(ids, claim.ID)
	}
	if n > 1 && rapid.Bool().Draw(t, "sets") {
		c.ClaimSets = rapid.SliceOfN(rapid.SliceOfNDistinct(rapid.SampledFrom(ids), 1, n, rapid.ID), 1, 3).Draw(t, "claim sets")
	}
	return c
}

func genQuery(t *rapid.T) *dcql.Query {
	q := &dcql.Query{}
	var ids []string
	for i := range rapid.IntRange(1, 3).Draw(t, "queries") {
		ids = append(ids, fmt.Sprintf("q%d", i))
		q.Credentials = append(q.Credentials, genCredentialQuery(t, ids[i]))
	}
	if rapid.Bool().Draw(t, "sets") {
		for range rapid.IntRange(1, 2).Draw(t, "count") {
			q.Sets = append(q.Sets, dcql.CredentialSet{
				Options:  rapid.SliceOfN(rapid.SliceOfNDistinct(rapid.SampledFrom(ids), 1, len(ids), rapid.ID), 1, 2).Draw(t, "options"),
				Optional: rapid.Bool().Draw(t, "optional"),
			})
		}
	}
	return q
}

// shown is what a format with selective disclosure shows of a document: what the
// pointers lead to, and in arrays nothing in the place of what is left out.
func shown(v strictjson.Value, claims []strictjson.Pointer) strictjson.Value {
	for _, p := range claims {
		if len(p) == 0 {
			return v
		}
	}
	below := func(step string) (out []strictjson.Pointer) {
		for _, p := range claims {
			if p[0] == step {
				out = append(out, p[1:])
			}
		}
		return out
	}
	if v.Kind() == strictjson.List {
		var elems []strictjson.Value
		for i, e := range v.Elems() {
			if under := below(strconv.Itoa(i)); under != nil {
				elems = append(elems, shown(e, under))
			}
		}
		return strictjson.Array(elems...)
	}
	out := strictjson.Object()
	for _, m := range v.Members() {
		if under := below(m.Name); under != nil {
			out = out.With(m.Name, shown(m.Value, under))
		}
	}
	return out
}

// TestChosenPasses: whatever a wallet chooses, the verifier finds that it is what was
// asked for, whether the credentials are shown whole or in part. And a query survives
// being written and read.
func TestChosenPasses(t *testing.T) {
	answered := 0
	rapid.Check(t, func(t *rapid.T) {
		q := genQuery(t)
		read, err := dcql.ParseQuery(q.Value())
		if err != nil || !read.Value().Equal(q.Value()) {
			t.Fatalf("%s is read as %v, %v", q.Value().JSON(), read, err)
		}
		have := rapid.SliceOfN(rapid.Custom(genCandidate), 0, 6).Draw(t, "have")
		choice, err := q.Choose(have)
		if err != nil {
			if !errors.Is(err, dcql.ErrNotSatisfied) || choice != nil {
				t.Fatalf("%v, %v", choice, err)
			}
			return
		}
		answered++
		whole, part := map[string][]dcql.Candidate{}, map[string][]dcql.Candidate{}
		for id, matches := range choice.Preferred() {
			for _, m := range matches {
				x := have[m.Candidate]
				whole[id] = append(whole[id], x)
				x.Part, x.Claims = true, shown(x.Claims, m.Claims)
				part[id] = append(part[id], x)
			}
		}
		if err := q.Check(whole); err != nil {
			t.Fatalf("%s\nwhole: %v", q.Value().JSON(), err)
		}
		if err := q.Check(part); err != nil {
			t.Fatalf("%s\n%#v\npart: %v", q.Value().JSON(), part, err)
		}
		for id := range whole { // one answer less is not enough, unless it was one too many
			less := map[string][]dcql.Candidate{}
			for other, all := range whole {
				if other != id {
					less[other] = all
				}
			}
			if q.Sets == nil && q.Check(less) == nil {
				t.Fatalf("%s: the answer is good without %s", q.Value().JSON(), id)
			}
		}
	})
	if answered == 0 {
		t.Error("no query was answered: the generators do not meet")
	}
}

// TestEveryCombination: each option of each set that Choose calls answerable is.
func TestEveryCombination(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := genQuery(t)
		have := rapid.SliceOfN(rapid.Custom(genCandidate), 3, 6).Draw(t, "have")
		choice, err := q.Choose(have)
		if err != nil || q.Sets == nil {
			return
		}
		base := picks(choice, have, nil)
		for i, s := range choice.Sets {
			for _, n := range s.Options {
				if err := q.Check(picks(choice, have, q.Sets[i].Options[n])); err != nil {
					t.Fatalf("%s\noption %d of set %d: %v", q.Value().JSON(), n, i, err)
				}
			}
		}
		if err := q.Check(base); err != nil {
			t.Fatal(err)
		}
	})
}

// picks is the preferred answer, with some more queries answered.
func picks(c *dcql.Choice, have []dcql.Candidate, more []string) map[string][]dcql.Candidate {
	out := map[string][]dcql.Candidate{}
	preferred := c.Preferred()
	for _, a := range c.Queries {
		if preferred[a.Query.ID] == nil && !slices.Contains(more, a.Query.ID) {
			continue
		}
		out[a.Query.ID] = []dcql.Candidate{have[a.Matches[0].Candidate]}
	}
	return out
}

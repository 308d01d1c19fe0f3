package rdfc_test

import (
	"errors"
	"math/rand"
	"slices"
	"sort"
	"testing"

	"laurel/internal/rdfc"
)

func TestBudget(t *testing.T) {
	tests := []struct {
		name    string
		nquads  string
		refused bool
	}{
		{"badge", badge(t), false},
		{"presentation of 2", presentation(badge(t), 2), false},
		{"presentation of 64", presentation(badge(t), 64), false},
		{"two equal lists of 1,000 different values", twinLists(1000), false},
		{"list of 30 equal values", equalList(30), false},
		{"cycle of 20", cycle(20), false},
		{"clique of 5", clique(5), false},
		{"bipartite of 3 and 3", bipartite(3), false},

		{"cycle of 40", cycle(40), true},
		{"cycle of 40 with one end in the open", cycle(40) + "<urn:s> <urn:p> _:b0 .\n", true},
		{"clique of 7", clique(7), true},
		{"clique of 10", clique(10), true},
		{"clique of 60", clique(60), true},
		{"bipartite of 4 and 4", bipartite(4), true},
		{"bipartite of 6 and 6", bipartite(6), true},
		{"bipartite of 30 and 30", bipartite(30), true},
		{"list of 60 equal values", equalList(60), true},
		{"poison beside a good presentation", presentation(badge(t), 2) + bipartite(6), true},
		{"lists too long for the stack", twinLists(2*rdfc.MaxDepth + 2), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			quads := parse(t, tt.nquads)
			for seed := range int64(3) {
				got, err := rdfc.Canonicalize(shuffled(quads, rand.New(rand.NewSource(seed))), rdfc.Options{})
				if tt.refused && (got != nil || !errors.Is(err, rdfc.ErrBudget)) {
					t.Errorf("got a result: %t, %v; want ErrBudget alone", got != nil, err)
				}
				if !tt.refused && err != nil {
					t.Errorf("got %v, want no error", err)
				}
			}
		})
	}
}

// TestBudgetOption finds how many units a dataset takes at least: the number is
// always the same.
func TestBudgetOption(t *testing.T) {
	tests := []struct {
		name   string
		nquads string
		want   int
	}{
		{"no two nodes alike", badge(t), 1},
		{"cycle of 3", cycle(3), 10},
		{"cycle of 40", cycle(40), 1714},
		{"presentation of 64", presentation(badge(t), 64), 752},
		{"W3C test044", string(readFile(t, vectors+"/rdfc10/test044-in.nq")), 766},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			quads := parse(t, tt.nquads)
			least := 1 + sort.Search(1<<12, func(i int) bool {
				_, err := rdfc.Canonicalize(quads, rdfc.Options{Budget: i + 1})
				return err == nil
			})
			if least != tt.want {
				t.Errorf("takes %d units, want %d", least, tt.want)
			}
		})
	}
	if _, err := rdfc.Canonicalize(parse(t, badge(t)), rdfc.Options{Budget: -1}); err != nil {
		t.Errorf("a badge whose nodes differ needs no budget: %v", err)
	}
	if _, err := rdfc.Canonicalize(parse(t, cycle(3)), rdfc.Options{Budget: -1}); !errors.Is(err, rdfc.ErrBudget) {
		t.Errorf("cycle of 3 without a budget: got %v, want ErrBudget", err)
	}
}

// TestNextPermutation counts the distinct orders of lists with equal entries.
func TestNextPermutation(t *testing.T) {
	tests := []struct {
		list []int
		want int
	}{
		{[]int{}, 1},
		{[]int{7}, 1},
		{[]int{7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7}, 1},
		{[]int{1, 2}, 2},
		{[]int{1, 1, 2, 2}, 6},
		{[]int{1, 2, 3, 4, 5}, 120},
	}
	for _, tt := range tests {
		got := 1
		list := slices.Clone(tt.list)
		for last := slices.Clone(list); rdfc.NextPermutation(list); last = slices.Clone(list) {
			if slices.Compare(last, list) >= 0 {
				t.Fatalf("%v does not come after %v", list, last)
			}
			got++
		}
		if got != tt.want {
			t.Errorf("%v has %d orders, want %d", tt.list, got, tt.want)
		}
	}
}

package main

import (
	"reflect"
	"strings"
	"testing"
)

// A verb that is named is all that is read; whatever else comes first, all verbs are.
func TestGrammar(t *testing.T) {
	all := reflect.TypeFor[cli]()
	for i := range all.NumField() {
		verb := all.Field(i)
		got := reflect.TypeOf(grammar([]string{strings.ToLower(verb.Name), "--help"})).Elem()
		if got.NumField() != 1 || got.Field(0).Name != verb.Name || got.Field(0).Type != verb.Type || got.Field(0).Tag != verb.Tag {
			t.Errorf("%s: %v", verb.Name, got)
		}
	}
	for _, args := range [][]string{nil, {""}, {"--help"}, {"Verify"}, {"verif"}, {"--help", "verify"}} {
		if got := reflect.TypeOf(grammar(args)).Elem(); got != all {
			t.Errorf("%q: %v", args, got)
		}
	}
}

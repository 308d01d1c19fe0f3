package laurel_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/tools/txtar"
)

// smallPlan is a house of four floors, enough to break every rule in.
var smallPlan = map[string]room{
	"cmd/laurel":            {floor: 7},
	"verifier/web":          {floor: 6},
	"wallet":                {floor: 5},
	"verifier":              {floor: 5},
	"internal/testissuer":   {floor: 4, testsOnly: true},
	"internal/samples":      {floor: 5, testsOnly: true},
	"proof":                 {floor: 3},
	"internal/fetch":        {floor: 0},
	"internal/store/badger": {floor: 6, testsToo: true},
	"internal/jsonld":       {floor: 1},
}

// wholeHouse is a tree that keeps every rule. Each case below lays files over it.
const wholeHouse = `
-- cmd/laurel/main.go --
// Command laurel is the binary.
package main

import (
	"net/http"

	"laurel/verifier"
)
-- verifier/web/server.go --
// Package web has pages.
package web

import (
	"net/http/httputil"

	"github.com/gorilla/mux"
	"laurel/verifier"
)
-- verifier/verifier.go --
// Package verifier judges.
package verifier

import "laurel/proof"
-- verifier/verifier_test.go --
package verifier_test

import (
	"net/http/httptest"

	"laurel/internal/store/badger"
	"laurel/internal/testissuer"
	"laurel/verifier"
)
-- wallet/wallet.go --
// Package wallet keeps.
package wallet
-- proof/proof.go --
// Package proof signs.
package proof
-- internal/testissuer/testissuer.go --
// Package testissuer is a tool of tests.
package testissuer

import "laurel/proof"
-- internal/samples/samples.go --
// Package samples is a tool of tests, made with another.
package samples

import "laurel/internal/testissuer"
-- internal/fetch/fetch.go --
// Package fetch fetches.
package fetch

import "net/http"
-- internal/store/badger/db.go --
// Package badger keeps.
package badger

import "github.com/dgraph-io/badger/v4"
-- internal/jsonld/expand.go --
// Package jsonld expands.
package jsonld
-- internal/jsonld/expand_test.go --
package jsonld

import "github.com/piprate/json-gold/ld"
-- internal/jsonld/testdata/elsewhere.json --
{"id": "/home` + `/vectors/are/as/they/came"}
`

func TestLayoutOfAWholeHouse(t *testing.T) {
	if broken := checkTree(t, ""); len(broken) != 0 {
		t.Errorf("a house that keeps every rule is refused:\n%s", strings.Join(broken, "\n"))
	}
}

// TestLayoutRules breaks each rule once and wants exactly that one line.
func TestLayoutRules(t *testing.T) {
	tests := []struct {
		name  string
		files string
		want  string
	}{
		{"an import up", "-- proof/up.go --\npackage proof\n\nimport \"laurel/verifier\"\n",
			"proof/up.go: imports verifier on floor 5 from floor 3"},
		{"an import up in a test", "-- proof/up_test.go --\npackage proof_test\n\nimport \"laurel/verifier\"\n",
			"proof/up_test.go: imports verifier on floor 5 from floor 3"},
		{"an import across", "-- wallet/across.go --\npackage wallet\n\nimport \"laurel/verifier\"\n",
			"wallet/across.go: imports verifier of its own floor 5"},
		{"a package that nobody named", "-- revocation/revocation.go --\n// Package revocation revokes.\npackage revocation\n",
			"revocation: this package is not in the plan"},
		{"an import of no package of ours", "-- wallet/gone.go --\npackage wallet\n\nimport \"laurel/gone\"\n",
			"wallet/gone.go: imports laurel/gone, which is not in the plan"},
		{"a tool of tests in the product", "-- verifier/shortcut.go --\npackage verifier\n\nimport \"laurel/internal/testissuer\"\n",
			"verifier/shortcut.go: imports internal/testissuer, which is for _test.go files"},
		{"the store of tests in the product", "-- verifier/db.go --\npackage verifier\n\nimport \"laurel/internal/store/badger\"\n",
			"verifier/db.go: imports internal/store/badger on floor 6 from floor 5"},
		{"HTTP in a domain package", "-- proof/call.go --\npackage proof\n\nimport \"net/http\"\n",
			"proof/call.go: imports net/http, which only"},
		{"a part of HTTP in a domain package", "-- proof/call.go --\npackage proof\n\nimport \"net/http/httputil\"\n",
			"proof/call.go: imports net/http/httputil, which only"},
		{"aries", "-- proof/old.go --\npackage proof\n\nimport \"github.com/hyperledger/aries-framework-go/pkg/doc/verifiable\"\n",
			"proof/old.go: imports github.com/hyperledger/aries-framework-go/pkg/doc/verifiable, which only internal/aries, internal/aries/ariestest may"},
		{"badger", "-- wallet/db.go --\npackage wallet\n\nimport \"github.com/dgraph-io/badger/v4\"\n",
			"wallet/db.go: imports github.com/dgraph-io/badger/v4, which only internal/store/badger may"},
		{"badger in a test", "-- wallet/db_test.go --\npackage wallet\n\nimport \"github.com/dgraph-io/badger/v4\"\n",
			"wallet/db_test.go: imports github.com/dgraph-io/badger/v4, which only internal/store/badger may"},
		{"pgx", "-- internal/store/badger/pg.go --\npackage badger\n\nimport \"github.com/jackc/pgx/v5\"\n",
			"internal/store/badger/pg.go: imports github.com/jackc/pgx/v5, which only internal/store/postgres may"},
		{"gorilla/mux", "-- cmd/laurel/routes.go --\npackage main\n\nimport \"github.com/gorilla/mux\"\n",
			"cmd/laurel/routes.go: imports github.com/gorilla/mux, which only */web, verifier/*/web, internal/site, internal/ui/uitest may"},
		{"gnark-crypto", "-- proof/bbs.go --\npackage proof\n\nimport \"github.com/consensys/gnark-crypto/ecc\"\n",
			"proof/bbs.go: imports github.com/consensys/gnark-crypto/ecc, which only internal/bbs may"},
		{"go-jose", "-- proof/jwt.go --\npackage proof\n\nimport \"github.com/go-jose/go-jose/v4\"\n",
			"proof/jwt.go: imports github.com/go-jose/go-jose/v4, which only internal/jose may"},
		{"go-multibase", "-- wallet/key.go --\npackage wallet\n\nimport \"github.com/multiformats/go-multibase\"\n",
			"wallet/key.go: imports github.com/multiformats/go-multibase, which only did, cryptosuite may"},
		{"json-gold in the product", "-- internal/jsonld/second.go --\npackage jsonld\n\nimport \"github.com/piprate/json-gold/ld\"\n",
			"internal/jsonld/second.go: imports github.com/piprate/json-gold/ld, which only internal/aries may"},
		{"a package without a comment", "-- wallet/wallet.go --\npackage wallet\n",
			"wallet: the package has no comment"},
		{"an init function", "-- proof/registry.go --\npackage proof\n\nfunc init() {}\n",
			"proof/registry.go: has an init function"},
		{"a silenced linter", "-- proof/quiet.go --\npackage proof\n\nvar x = 1 //" + "nolint:unused\n",
			"proof/quiet.go: silences a linter"},
		{"a place of one machine", "-- Makefile --\nall:\n\tcp /home" + "/me/laurel .\n",
			"Makefile:2: names /home" + "/"},
		{"a registry", "-- cmd/laurel/testdata/get.txtar --\nexec curl https://registry.npmjs" + ".org/x\n",
			"cmd/laurel/testdata/get.txtar:1: names registry.npmjs" + ".org"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			broken := checkTree(t, tt.files)
			if len(broken) != 1 || !strings.HasPrefix(broken[0], tt.want) {
				t.Errorf("got %q, want one line that begins with %q", broken, tt.want)
			}
		})
	}
}

func TestLayoutOfAPackageThatIsGone(t *testing.T) {
	fsys := tree(t, wholeHouse)
	delete(fsys, "wallet/wallet.go")
	broken, err := house{fsys, smallPlan}.check()
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"wallet: the plan names this package, but it is not there"}; !slices.Equal(broken, want) {
		t.Errorf("got %q, want %q", broken, want)
	}
}

func TestLayoutOfAFileThatIsNoGo(t *testing.T) {
	fsys := tree(t, wholeHouse+"-- wallet/half.go --\npackage wal{\n")
	if broken, err := (house{fsys, smallPlan}).check(); err == nil {
		t.Errorf("a file that does not parse gave %q and no error", broken)
	}
}

// checkTree checks the whole house with some files laid over it.
func checkTree(t *testing.T, files string) []string {
	t.Helper()
	broken, err := house{tree(t, wholeHouse+files), smallPlan}.check()
	if err != nil {
		t.Fatal(err)
	}
	return broken
}

// tree makes a file system of a txtar archive; the later of two files of one
// name counts.
func tree(t *testing.T, archive string) fstest.MapFS {
	t.Helper()
	fsys := fstest.MapFS{}
	for _, f := range txtar.Parse([]byte(archive)).Files {
		fsys[f.Name] = &fstest.MapFile{Data: f.Data, Mode: 0o644}
	}
	if len(fsys) == 0 {
		t.Fatal("the archive holds no file")
	}
	return fsys
}

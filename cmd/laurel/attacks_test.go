package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// attacks are the live attacks on a running product, and where each is held: tests as
// folder.Name, scripts by their path. Those that run the program as a process of its
// own are in this folder and named by the number of the attack.
var attacks = []struct {
	name string
	held []string
}{
	{"L01 huge body in chunks, packed body", []string{"cmd/laurel.TestL01HugeBodies", "internal/serve.TestHugeChunkedBody", "verifier/web.TestContentEncodingIsRefused"}},
	{"L02 heads byte by byte", []string{"cmd/laurel.TestL02SlowFlood", "internal/serve.TestSlowFlood"}},
	{"L03 readers that do not read", []string{"internal/serve.TestSlowReadersAreClosed"}},
	{"L04 sessions that nobody answers", []string{"cmd/laurel.TestL04SessionsNobodyAnswers", "verifier/session.TestBounds", "verifier/session.TestExpiry"}},
	{"L05 two answers at the same time", []string{"cmd/laurel.TestL05ConcurrentAnswers", "verifier/session.TestOneAnswerOfTwoProcesses"}},
	{"L06 guessed identifiers", []string{"cmd/laurel.TestL06Guesses"}},
	{"L07 request object fetched twice, and after use", []string{"cmd/laurel.TestL07FetchedTwice"}},
	{"L08 hostile text in a badge", []string{"cmd/laurel.TestL08HostileContent", "verifier/display.TestHostileContentIsInert", "wallet/web.TestRequestersWordsAreInert", "credential.TestHostileBadgeIsInert"}},
	{"L09 names pointed at this machine", []string{"cmd/laurel.TestL09Rebinding", "wallet/web.TestHost"}},
	{"L10 forms of other sites", []string{"cmd/laurel.TestL10CrossSite", "wallet/web.TestOrigin"}},
	{"L11 wallet without its token", []string{"cmd/laurel.TestL11NoToken", "wallet/web.TestEveryRouteNeedsTheCookie"}},
	{"L12 guessed passphrases", []string{"internal/vault.TestTheDefaultIsExpensive", "internal/vault.TestOpenRefuses", "cmd/laurel/testdata/wallet-passphrase.txtar"}},
	{"L13 flipped bits in the store", []string{"internal/store/badger.TestEveryDamageOfAClosedStoreIsNamed", "wallet.TestEveryRecordIsGuarded"}},
	{"L14 an older copy of the store", []string{"wallet.TestARecordOfAnEarlierTimeIsNoticed", "docs/decisions/0003-vault.md"}},
	{"L15 records swapped", []string{"internal/store/badger.TestIssuerRecordsCannotBeSwapped", "internal/vault.TestUnsealRefuses"}},
	{"L16 two processes", []string{"cmd/laurel.TestASecondProcess", "internal/store/badger.TestOneProcessAtATime"}},
	{"L17 secrets in arguments, logs and metrics", []string{"cmd/laurel.TestL17Secrets", "verifier/request/web.TestLogsAndMetricsNameNobody"}},
	{"L18 files that others can read", []string{"cmd/laurel/testdata/wallet-safety.txtar", "internal/store/badger.TestPermissions"}},
	{"L19 broken backups", []string{"wallet.TestRestoreRefuses", "cmd/laurel/testdata/wallet-backup.txtar"}},
	{"L20 links and names at the target", []string{"cmd/laurel/testdata/wallet-safety.txtar", "cmd/laurel/terminal.TestFileName"}},
	{"L21 a stranger asks for everything", []string{"cmd/laurel.TestL21NothingBeforeConsent", "wallet/web.TestAnswerARequest", "wallet/web.TestUnverifiedLooksDifferent"}},
	{"L22 one badge shown twice", []string{"wallet/web.TestMoreThanThePurposeNeeds", "cmd/laurel/testdata/wallet-disclose.txtar"}},
	{"L23 concurrent issues", []string{"issuer.TestConcurrentIssues", "internal/store/badger.TestIssuerSurvivesKill"}},
	{"L24 concurrent revocations", []string{"issuer.TestConcurrentRevocations"}},
	{"L25 order of indexes", []string{"issuer.TestIndexesAreRandom"}},
	{"L26 lists that are too short", []string{"status.TestDecodeRefuses", "status.TestListBounds"}},
	{"L27 orders without the token", []string{"issuer/web.TestOrdersNeedTheToken", "issuer/web.TestGuessingIsSlow", "verifier/request/web.TestOperator"}},
	{"L28 hostile input to sign", []string{"issuer.TestHostileAwards", "issuer/web.TestHostileOrdersSignNothing"}},
	{"L29 revocations behind a cache", []string{"issuer/web.TestRevocationsGetThroughCaches"}},
	{"L30 keys that changed", []string{"issuer.TestKeyRotation", "issuer.TestKeyWindows", "did.TestKeyRevoked"}},
	{"L31 status servers that are down", []string{"status.TestFailureMatrix", "status.TestTokenListServerIsDown"}},
	{"L32 DID documents that speak for others", []string{"cmd/laurel.TestL32PoisonedDocuments", "did.TestHostsCannotSpeakForOthers", "internal/fetch.TestCacheIsBounded"}},
	{"L33 smuggled requests, reset streams", []string{"cmd/laurel.TestL33Smuggling", "cmd/laurel.TestL33RapidReset", "internal/serve.TestRapidReset"}},
	{"L34 lines for the log in headers", []string{"cmd/laurel.TestL34LogInjection", "internal/serve.TestAddress"}},
	{"L35 labels without end", []string{"cmd/laurel.TestL35Cardinality", "issuer/web.TestMetricsAreBounded"}},
	{"L36 panics", []string{"cmd/laurel.TestL36BrokenRequests", "cmd/laurel.TestL36PanicIsNoVerdict", "internal/serve.TestPanics", "internal/serve.TestPanicInTheMiddle", "verifier/web.TestFaults"}},
	{"L37 what the program is made of", []string{"cmd/laurel.TestL37Modules", "cmd/laurel.TestL37OfflineReachesNothing", ".ci/dist", "layout_test.go"}},
	{"L38 codes that are no requests", []string{"cmd/laurel.TestL38HostileCodes", "wallet/answer.TestAttacks", "internal/qr.TestDecodeReadsTheLargest"}},
	{"L39 led to other sites", []string{"cmd/laurel.TestL39OpenRedirects", "verifier/request/web.TestNoOpenRedirect"}},
	{"L40 pages in frames", []string{"cmd/laurel.TestL40Framed"}},
}

// TestAttacksAreHeld: whatever is said to hold an attack is there, and each test that
// is named after one is said to.
func TestAttacksAreHeld(t *testing.T) {
	root := filepath.Join("..", "..")
	var said []string
	for i, a := range attacks {
		if number := fmt.Sprintf("L%02d", i+1); !strings.HasPrefix(a.name, number+" ") || len(a.held) == 0 {
			t.Errorf("%q is not %s, or is held nowhere", a.name, number)
		}
		for _, held := range a.held {
			if _, err := os.Stat(filepath.Join(root, held)); err == nil {
				continue
			}
			folder, name, _ := strings.Cut(held, ".Test")
			if !slices.Contains(testsIn(t, filepath.Join(root, folder)), "Test"+name) {
				t.Errorf("%s: there is no %s", a.name, held)
			}
			if folder == "cmd/laurel" {
				said = append(said, "Test"+name)
			}
		}
	}
	for _, name := range testsIn(t, ".") {
		if regexp.MustCompile(`^TestL\d\d`).MatchString(name) && !slices.Contains(said, name) {
			t.Errorf("%s is in no line", name)
		}
	}
}

// testsIn are the names of the tests in a folder.
func testsIn(t *testing.T, folder string) (names []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && strings.HasPrefix(fn.Name.Name, "Test") {
				names = append(names, fn.Name.Name)
			}
		}
	}
	return names
}

package wallet_test

import (
	"context"
	"fmt"
	"time"

	"laurel/internal/store/badger"
	"laurel/internal/testissuer"
	"laurel/internal/vault"
	"laurel/proof"
	"laurel/wallet"
)

// A learner makes a wallet and an identity, keeps a badge that a school issued
// to it, and answers an employer's challenge.
func Example() {
	ctx := context.Background()
	must := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	store, err := badger.OpenWallet("", badger.Options{InMemory: true})
	must(err)
	v, _, err := vault.New([]byte("correct horse battery"), vault.Options{UnsafeFast: true})
	must(err)
	w := &wallet.Wallet{Store: store, Vault: v, Check: check, Suite: testissuer.Suites()[0],
		Now: func() time.Time { return testissuer.Now }}
	me, err := w.NewIdentity(ctx, "work")
	must(err)

	school := testissuer.New("school")
	signed, err := proof.Sign(school.Badge(&testissuer.Party{ID: me.DID}), proof.SignOptions{
		Suite: testissuer.Suites()[0], Key: school.Key, Method: school.Method,
	})
	must(err)

	found, err := w.Examine(ctx, signed.JSON())
	must(err)
	fmt.Println(found.Card.Title+":", found.Checked.Headline)
	card, err := w.Add(ctx, found)
	must(err)

	answer, err := w.Prepare(ctx, wallet.Request{Credentials: []string{card.ID}, Challenge: "N0nce", Domain: "jobs.example"})
	must(err)
	for _, p := range answer.Presentations {
		fmt.Println("They will see:", p.Checked.Headline)
	}
	receipts, err := w.Record(ctx, answer)
	must(err)
	fmt.Println("Shown to", receipts[0].Domain+":", receipts[0].Credentials[0].Title)
	must(store.Close())
	// Output:
	// Data Analysis: Valid.
	// They will see: Valid.
	// Shown to jobs.example: Data Analysis
}

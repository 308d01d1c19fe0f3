package badger

import (
	"testing"

	"laurel/wallet"
	"laurel/wallet/storetest"
)

func TestWalletStore(t *testing.T) {
	for name, opt := range map[string]Options{"on disk": {}, "in memory": {InMemory: true}} {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T) wallet.Store {
				s, err := OpenWallet(folder(t), opt)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() {
					if err := s.Close(); err != nil {
						t.Error(err)
					}
				})
				return s
			})
		})
	}
}

// Package openid4vc is what travels between a verifier and a wallet.
package openid4vc

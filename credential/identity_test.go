package credential

import "testing"

func TestMatchIdentity(t *testing.T) {
	// The hash is the sample of the specification: a@example.com with salt Kosher.
	const hashed = `{"type":"IdentityObject","identityType":"emailAddress","hashed":true,"salt":"Kosher",
		"identityHash":"sha256$b5809d8a92f8858436d7e6b87c12ebc0ae1eac4baecc2c0b913aee2c922ef399"}`
	tests := []struct {
		name, object, email string
		want                bool
	}{
		{"sample of the specification", hashed, "a@example.com", true},
		{"blanks around", hashed, " a@example.com ", true},
		{"other case", hashed, "A@Example.com", true},
		{"another address", hashed, "b@example.com", false},
		{"address with the salt", hashed, "a@example.comKosher", false},
		{"empty", hashed, "", false},
		{"no salt", `{"identityType":"emailAddress","hashed":true,"identityHash":"sha256$b5809d8a92f8858436d7e6b87c12ebc0ae1eac4baecc2c0b913aee2c922ef399"}`, "a@example.comKosher", true},
		{"capital digits", `{"identityType":"emailAddress","hashed":true,"salt":"Kosher","identityHash":"sha256$B5809D8A92F8858436D7E6B87C12EBC0AE1EAC4BAECC2C0B913AEE2C922EF399"}`, "a@example.com", true},
		{"MD5", `{"identityType":"emailAddress","hashed":true,"salt":"Kosher","identityHash":"md5$ddd142639a792e74751ee7e129237efa"}`, "a@example.com", true},
		{"hash of a shorter kind", `{"identityType":"emailAddress","hashed":true,"salt":"Kosher","identityHash":"sha256$ddd142639a792e74751ee7e129237efa"}`, "a@example.com", false},
		{"empty hash", `{"identityType":"emailAddress","hashed":true,"identityHash":"sha256$"}`, "a@example.com", false},
		{"hash of no kind", `{"identityType":"emailAddress","hashed":true,"salt":"Kosher","identityHash":"b5809d8a92f8858436d7e6b87c12ebc0ae1eac4baecc2c0b913aee2c922ef399"}`, "a@example.com", false},
		{"hash of an unknown kind", `{"identityType":"emailAddress","hashed":true,"salt":"Kosher","identityHash":"plain$61"}`, "a", false},
		{"no hexadecimal", `{"identityType":"emailAddress","hashed":true,"identityHash":"sha256$zz"}`, "a@example.com", false},
		{"hash shown as the address", hashed, "sha256$b5809d8a92f8858436d7e6b87c12ebc0ae1eac4baecc2c0b913aee2c922ef399", false},
		{"open", `{"identityType":"emailAddress","hashed":false,"identityHash":"Student@1edtech.edu"}`, "student@1edtech.edu", true},
		{"open, another", `{"identityType":"emailAddress","hashed":false,"identityHash":"student@1edtech.edu"}`, "teacher@1edtech.edu", false},
		{"open and empty", `{"identityType":"emailAddress","hashed":false,"identityHash":""}`, "", false},
		{"older name of the type", `{"identityType":"email","hashed":false,"identityHash":"a@example.com"}`, "a@example.com", true},
		{"a name is no address", `{"identityType":"name","hashed":false,"identityHash":"a@example.com"}`, "a@example.com", false},
		{"hashed is a text", `{"identityType":"emailAddress","hashed":"true","identityHash":"a@example.com"}`, "a@example.com", true},
		{"no object", `"a@example.com"`, "a@example.com", false},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			if got := MatchIdentity(parse(t, c.object), c.email); got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestIdentityOfABadgeMatches(t *testing.T) {
	badge := ReadBadge(parse(t, `{"credentialSubject":{"identifier":[{"identityType":"sourcedId","hashed":true,"salt":"a  b",
		"identityHash":"sha256$e1d53df8b8e3a6bd7ebf9ea8a4a2d14ed3ed2d3f3a8d4d7a3a8c4a3f4d9c1b2a"},{"identityType":"studentId","hashed":false,"identityHash":"S-17"}]}}`))
	ids := badge.Earner.Identities
	if len(ids) != 2 || !ids[0].Hashed || ids[0].Value != "" || ids[0].Matches("S-17") {
		t.Errorf("hashed identity: %+v", ids)
	}
	if ids[1].Value != "S-17" || !ids[1].Matches("S-17") || ids[1].Matches("s-17") || ids[1].Matches("") {
		t.Errorf("open identity: %+v", ids[1])
	}
}

package web

import (
	"laurel/credential"
	"laurel/internal/strictjson"
)

// achievementView is an achievement as its page shows it: read in the same way
// as from a badge, with every text made plain.
func achievementView(a strictjson.Value) credential.Achievement {
	badge := strictjson.Object(strictjson.Member{
		Name:  "credentialSubject",
		Value: strictjson.Object(strictjson.Member{Name: "achievement", Value: a}),
	})
	return credential.ReadBadge(badge).Achievement()
}

package web

import (
	"laurel/credential"
	"laurel/internal/strictjson"
)

// achievementView is an achievement as its page shows it, and who awards it.
type achievementView struct {
	credential.Achievement
	By   string // the issuer's name
	Home string // its address
}

// newAchievementView reads an achievement in the same way as from a badge, with every
// text made plain.
func (s *server) newAchievementView(a strictjson.Value) achievementView {
	badge := strictjson.Object(strictjson.Member{
		Name:  "credentialSubject",
		Value: strictjson.Object(strictjson.Member{Name: "achievement", Value: a}),
	})
	return achievementView{credential.ReadBadge(badge).Achievement(), s.profile.Name, s.profile.URL}
}

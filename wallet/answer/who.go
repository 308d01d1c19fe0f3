package answer

import (
	"fmt"
	"net/url"
	"strings"

	"laurel/credential"
	"laurel/openid4vc"
)

// Who is the one who asks: what is proven of them, and what they say.
type Who struct {
	ClientID string // as the request has it
	// Proven is what signing the request proved: a web address that is theirs
	// ("jobs.example", "hosting.example/jobs"), "" if nothing was.
	Proven string
	// Certified says that a certificate proved it, under roots that are trusted, and
	// not the address itself.
	Certified bool
	// Key says that the request is signed, by a key that nobody vouches for; it
	// tells that two requests come from the same, and no more.
	Key bool
	// AnswerTo is the host that the answer goes to. Over https that is certain.
	AnswerTo string

	// What follows are the requester's own words, as they may be shown.
	Name      string
	Purpose   string
	Retention int // days for which the answer is kept; 0 if it does not say
}

// whoAsks reads the requester of a request that was checked.
func whoAsks(req *openid4vc.Request) Who {
	w := Who{ClientID: credential.Plain(req.ClientID)}
	if u, err := url.Parse(req.ResponseURI); err == nil {
		w.AnswerTo = u.Host
	}
	if by := req.Requester; by.Proven {
		switch id, web := strings.CutPrefix(by.ID, "did:web:"); {
		case by.Prefix == openid4vc.DID && web:
			w.Proven = webAddress(id)
		case by.Prefix == openid4vc.X509DNS:
			w.Proven, w.Certified = by.ID, true
		case by.Certificate != nil && len(by.Certificate.DNSNames) > 0:
			w.Proven, w.Certified = credential.Plain(by.Certificate.DNSNames[0]), true
		default:
			w.Key = true
		}
	}
	if says, ok := req.Purpose(); ok {
		w.Name, w.Purpose, w.Retention = credential.Plain(says.Name), credential.Plain(says.Text), says.RetentionDays
	}
	return w
}

// webAddress is the address that a did:web stands for. Its path belongs to it: who
// owns a folder of a host does not own the host.
func webAddress(id string) string {
	steps := strings.Split(id, ":")
	for i := range steps {
		if plain, err := url.PathUnescape(steps[i]); err == nil {
			steps[i] = plain
		}
	}
	return credential.Plain(strings.Join(steps, "/"))
}

// Headline says who asks in one sentence, and nothing that is not proven.
func (w Who) Headline() string {
	switch {
	case w.Certified:
		return w.Proven + " asks you. An authority whose certificates you trust vouches for that."
	case w.Proven != "":
		return w.Proven + " asks you. That this address is theirs is proven."
	case w.Key:
		return "Somebody asks you whom nobody vouches for. The request is signed, but the key says nothing of its owner."
	default:
		return fmt.Sprintf("Unverified: somebody asks you, and nothing proves who. The answer would go to %s.", w.AnswerTo)
	}
}

// Need is the purpose as far as it counts when what is asked for is held against what
// it serves: of somebody whom nothing proves no word counts, since a stranger could
// name everything there is.
func (w Who) Need() string {
	if w.Proven == "" {
		return ""
	}
	return w.Purpose
}

// Elsewhere reports whether the answer goes to another host than the one that was
// proven to ask.
func (w Who) Elsewhere() bool {
	host, _, _ := strings.Cut(w.Proven, "/")
	return w.Proven != "" && !strings.EqualFold(host, w.AnswerTo) && !strings.HasSuffix(strings.ToLower(w.AnswerTo), "."+strings.ToLower(host))
}

// Label names the one who asks in a word or two, for a list: what is proven, or else
// where the answer goes.
func (w Who) Label() string {
	if w.Proven != "" {
		return w.Proven
	}
	return w.AnswerTo + " (unverified)"
}

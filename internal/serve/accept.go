package serve

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// maxRanges bounds the work of one Accept header; browsers send about eight.
const maxRanges = 32

// Prefers returns the offered media type that the request's Accept header
// likes best (RFC 9110, section 12.5.1). Of equals the first offer wins, and
// also when nothing matches or nothing was asked for: an answer that a client
// did not ask for is of more use than none.
func Prefers(r *http.Request, offers ...string) string {
	ranges := strings.Split(strings.Join(r.Header.Values("Accept"), ","), ",")
	if len(ranges) > maxRanges {
		ranges = ranges[:maxRanges]
	}
	best, bestQ := offers[0], 0.0
	for _, offer := range offers {
		if q := quality(ranges, offer); q > bestQ {
			best, bestQ = offer, q
		}
	}
	return best
}

// quality returns the weight of the most specific range that matches the offer.
func quality(ranges []string, offer string) float64 {
	kind, _, _ := strings.Cut(offer, "/")
	q, specific := 0.0, 0
	for _, text := range ranges {
		mediaRange, params, err := mime.ParseMediaType(text)
		if err != nil {
			continue
		}
		s := 0
		switch mediaRange {
		case offer:
			s = 3
		case kind + "/*":
			s = 2
		case "*/*":
			s = 1
		}
		if s > specific {
			q, specific = weight(params["q"]), s
		}
	}
	return q
}

// weight reads a qvalue; one that cannot be read counts as not wanted.
func weight(s string) float64 {
	if s == "" {
		return 1
	}
	q, err := strconv.ParseFloat(s, 64)
	if err != nil || !(q >= 0 && q <= 1) {
		return 0
	}
	return q
}

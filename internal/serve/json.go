package serve

import (
	"encoding/json"
	"net/http"
)

// WriteJSON answers with a value as JSON, indented for those who read it. A value
// that has no JSON is a fault of ours and panics, which Metrics.Watch turns into a
// 500: no half answer leaves.
func WriteJSON(w http.ResponseWriter, value any) {
	body, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		panic(err)
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(append(body, '\n'))
}

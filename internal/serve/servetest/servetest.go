// Package servetest is for tests of servers.
//
//	log := &servetest.Log{}
//	server := start(slog.New(slog.NewTextHandler(log, nil)))
//	…
//	if strings.Contains(log.String(), secret) { … } // while the server goes on
package servetest

import (
	"bytes"
	"sync"
)

// Log is what was said so far: a server writes to it while a test reads. The zero
// value is empty.
type Log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write is io.Writer's, and never fails.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// String is all that was written.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

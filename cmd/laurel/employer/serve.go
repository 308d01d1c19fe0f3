package employer

import (
	"fmt"
	"log/slog"
	"net"
	"net/netip"

	"laurel/cmd/laurel/judging"
	"laurel/cmd/laurel/terminal"
	"laurel/internal/serve"
	"laurel/verifier/web"
)

type serveCmd struct {
	judging.Flags `embed:""`
	Listen        string         `default:"127.0.0.1:8080" placeholder:"ADDR" help:"Where to listen. Put a proxy with TLS before any other address than this machine's."`
	TrustedProxy  []netip.Prefix `placeholder:"PREFIX" help:"Believe X-Forwarded-For of these proxies, such as 10.0.0.0/8. Without it each connection counts by its own address."`
}

// Run serves until it is interrupted, and lets requests under way finish.
func (c serveCmd) Run(e *terminal.Env) error {
	v, err := c.Verifier(e)
	if err != nil {
		return err
	}
	log := e.Log(slog.LevelInfo)
	handler, err := web.New(web.Config{Verify: v.Verify, Inspect: v.Inspect, Log: log, Limits: serve.Limits{Proxies: c.TrustedProxy}})
	if err != nil {
		return err
	}
	ln, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return terminal.Unusable(terminal.Hint(fmt.Errorf("cannot listen: %w", err), "another program may have that port; choose one with --listen 127.0.0.1:PORT."))
	}
	e.Notef("The verifier is at http://%s\n", ln.Addr())
	if v.Trust == nil {
		e.Notef("No --trust file: issuers are not judged, and the reports say so.\n")
	}
	return serve.Run(e.Context, ln, handler, serve.Options{Log: log})
}

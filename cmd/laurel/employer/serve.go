package employer

import (
	"log/slog"
	"net/url"

	"laurel/cmd/laurel/home"
	"laurel/cmd/laurel/judging"
	"laurel/cmd/laurel/listener"
	"laurel/cmd/laurel/terminal"
	"laurel/verifier/doctor"
	"laurel/verifier/web"
)

// usual is where a verifier listens unless somebody says otherwise.
const usual = "127.0.0.1:8080"

type serveCmd struct {
	judging.Flags    `embed:""`
	listener.Address `embed:""`
	PublicURL        string `name:"public-url" placeholder:"https://…" group:"Reaching it" help:"The address by which others reach it; links name it."`
}

// Help is what laurel verifier serve --help says beyond the flags.
func (serveCmd) Help() string {
	return "Without flags it is for this machine alone. docs/deploy.md shows how others reach it: behind a proxy, with a " +
		"certificate of yours, with one that it gets by itself, or in the local network."
}

// Run serves until it is interrupted, and lets requests under way finish.
func (c serveCmd) Run(e *terminal.Env) error {
	v, err := c.Verifier(e)
	if err != nil {
		return err
	}
	server, err := c.server()
	if err != nil {
		return err
	}
	log := e.Log(slog.LevelInfo)
	handler, err := web.New(web.Config{Verify: v.Verify, Inspect: doctor.Practice{Verifier: v}.Inspect, Log: log, Limits: c.Limits()})
	if err != nil {
		return err
	}
	door, err := c.Open(e, server)
	if err != nil {
		return err
	}
	if v.Trust == nil {
		e.Notef("No --trust file: issuers are not judged, and the reports say so.\n")
	}
	return door.Serve(e, handler, log)
}

// server says what is to be reached, and by which address.
func (c serveCmd) server() (listener.Server, error) {
	proxy, err := c.Proxy()
	if err != nil {
		return listener.Server{}, err
	}
	var public *url.URL
	if c.PublicURL != "" {
		if public, err = listener.ParsePublic(c.PublicURL); err != nil {
			return listener.Server{}, err
		}
	}
	folder, err := home.Of("verifier", "")
	if err != nil {
		return listener.Server{}, err
	}
	return listener.Server{
		Name: "The verifier", Opens: "open its page and have badges checked", Usual: usual,
		Public: public, Folder: folder.Path, Egress: proxy,
	}, nil
}

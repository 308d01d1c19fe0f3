package fetch

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

func TestSpecialAddressesAreRefused(t *testing.T) {
	tests := []struct{ addr, name string }{
		{"0.0.0.0", "This network"},
		{"0.1.2.3", "This network"},
		{"10.0.0.1", "Private-Use"},
		{"100.64.0.1", "Shared Address Space"},
		{"100.127.255.255", "Shared Address Space"},
		{"127.0.0.1", "Loopback"},
		{"127.255.255.254", "Loopback"},
		{"169.254.169.254", "Link Local"}, // cloud metadata
		{"172.16.0.1", "Private-Use"},
		{"172.31.255.255", "Private-Use"},
		{"192.0.0.1", "IETF Protocol Assignments"},
		{"192.0.0.192", "IETF Protocol Assignments"}, // cloud metadata
		{"192.0.2.1", "TEST-NET-1"},
		{"192.31.196.1", "AS112-v4"},
		{"192.52.193.1", "AMT"},
		{"192.88.99.1", "6to4 Relay Anycast"},
		{"192.168.1.1", "Private-Use"},
		{"192.175.48.1", "AS112"},
		{"198.18.0.1", "Benchmarking"},
		{"198.19.255.255", "Benchmarking"},
		{"198.51.100.1", "TEST-NET-2"},
		{"203.0.113.1", "TEST-NET-3"},
		{"224.0.0.1", "Multicast"},
		{"239.255.255.250", "Multicast"},
		{"240.0.0.1", "Reserved"},
		{"255.255.255.255", "Reserved"},
		{"::", "Unspecified"},
		{"::1", "Loopback"},
		{"::127.0.0.1", "IPv4-Compatible"},
		{"::8.8.8.8", "IPv4-Compatible"},
		{"::ffff:127.0.0.1", "Loopback"}, // unmapped
		{"::ffff:10.0.0.1", "Private-Use"},
		{"::ffff:169.254.169.254", "Link Local"},
		{"::ffff:0:127.0.0.1", "SIIT"},
		{"64:ff9b::7f00:1", "IPv4-IPv6 Translat."},
		{"64:ff9b::8.8.8.8", "IPv4-IPv6 Translat."},
		{"64:ff9b:1::1", "IPv4-IPv6 Translat."},
		{"100::1", "Discard-Only"},
		{"100:0:0:1::1", "Dummy"},
		{"2001::1", "TEREDO"},
		{"2001:0:7f00:1::", "TEREDO"},
		{"2001:2::1", "IETF Protocol Assignments"},
		{"2001:10::1", "IETF Protocol Assignments"},
		{"2001:20::1", "IETF Protocol Assignments"},
		{"2001:1ff:ffff::1", "IETF Protocol Assignments"},
		{"2001:db8::1", "Documentation"},
		{"2002:7f00:1::", "6to4"},
		{"2002:a00:1::1", "6to4"},
		{"2620:4f:8000::1", "AS112"},
		{"3fff::1", "Documentation"},
		{"5f00::1", "Segment Routing"},
		{"fc00::1", "Unique-Local"},
		{"fd00:ec2::254", "Unique-Local"}, // cloud metadata
		{"fe80::1", "Link-Local"},
		{"fe80::1%eth0", "Link-Local"},
		{"fec0::1", "Site-Local"},
		{"ff02::1", "Multicast"},
		{"ff0e::1", "Multicast"},
		{"200::1", "not a public address"}, // nothing of the kind is allotted
		{"4000::1", "not a public address"},
		{"2606:4700::1%eth0", "not a public address"},
	}
	refused := control(checkPublic)
	for _, tt := range tests {
		addr := netip.AddrPortFrom(netip.MustParseAddr(tt.addr), 443)
		for _, network := range []string{"tcp4", "tcp6"} {
			err := refused(network, addr.String(), nil)
			if !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), tt.name) {
				t.Errorf("%s: %v, want %v naming %q", tt.addr, err, ErrRefused, tt.name)
			}
		}
	}
}

func TestPublicAddressesPass(t *testing.T) {
	for _, addr := range []string{
		"8.8.8.8:443", "93.184.216.34:443", "100.63.255.255:443", "100.128.0.1:443", "172.15.0.1:443",
		"172.32.0.1:443", "192.0.1.1:443", "198.17.255.255:443", "198.20.0.1:443", "223.255.255.255:443",
		"[2606:4700::1111]:443", "[2a00:1450:4001::1]:443", "[2001:200::1]:443", "[::ffff:8.8.8.8]:443",
	} {
		if err := control(checkPublic)("tcp4", addr, nil); err != nil {
			t.Errorf("%s: %v", addr, err)
		}
	}
	for _, other := range []struct{ network, addr string }{
		{"udp4", "8.8.8.8:53"}, {"unix", "/run/docker.sock"}, {"tcp4", "example.com:443"}, {"tcp", ""},
	} {
		if err := control(checkPublic)(other.network, other.addr, nil); !errors.Is(err, ErrRefused) {
			t.Errorf("%v: %v, want %v", other, err, ErrRefused)
		}
	}
}

func TestParseURL(t *testing.T) {
	tests := []struct {
		name, url string
		loopback  bool // UnsafeLoopback
		ok        bool
	}{
		{"plain", "https://school.example/status/1?x=y%20z", false, true},
		{"port", "https://school.example:8443/", false, true},
		{"default port", "https://school.example:443/", false, true},
		{"upper case", "https://School.Example/A", false, true},
		{"punycode", "https://xn--mnchen-3ya.example/", false, true},
		{"http", "http://school.example/", false, false},
		{"http stays refused with loopback", "http://school.example/", true, false},
		{"file", "file:///etc/passwd", false, false},
		{"ftp", "ftp://school.example/", false, false},
		{"gopher", "gopher://school.example/", false, false},
		{"data", "data:application/json,{}", false, false},
		{"opaque", "https:school.example", false, false},
		{"no host", "https:///x", false, false},
		{"empty", "", false, false},
		{"user", "https://user@school.example/", false, false},
		{"user and password", "https://school.example:x@127.0.0.1/", false, false},
		{"fragment", "https://school.example/x#y", false, false},
		{"empty fragment", "https://school.example/x#", false, false},
		{"space", "https://school.example/a b", false, false},
		{"line end", "https://school.example/\r\nHost: x", false, false},
		{"tab", "https://school.example/\t", false, false},
		{"backslash", `https://school.example\@127.0.0.1/`, false, false},
		{"not ASCII", "https://schöol.example/", false, false},
		{"fullwidth full stop", "https://127。0。0。1/", false, false},
		{"too long", "https://school.example/" + strings.Repeat("x", maxURL), false, false},
		{"IPv4", "https://93.184.216.34/", false, false},
		{"loopback", "https://127.0.0.1/", false, false},
		{"IPv6", "https://[2606:4700::1111]/", false, false},
		{"IPv6 loopback", "https://[::1]/", false, false},
		{"IPv6 mapped", "https://[::ffff:127.0.0.1]/", false, false},
		{"IPv6 zone", "https://[fe80::1%25eth0]/", false, false},
		{"decimal number", "https://2130706433/", false, false},
		{"hexadecimal number", "https://0x7f000001/", false, false},
		{"short IPv4", "https://127.1/", false, false},
		{"octal IPv4", "https://0177.0.0.1/", false, false},
		{"hexadecimal label at the end", "https://127.0.0.0x1/", false, false},
		{"localhost", "https://localhost/", false, false},
		{"below localhost", "https://x.localhost/", false, false},
		{"LOCALHOST", "https://x.LOCALHOST/", false, false},
		{"cloud metadata", "https://metadata.google.internal/", false, false},
		{"mDNS", "https://printer.local/", false, false},
		{"home", "https://nas.home.arpa/", false, false},
		{"one label", "https://intranet/", false, false},
		{"trailing full stop", "https://school.example./", false, false},
		{"empty label", "https://school..example/", false, false},
		{"hyphen first", "https://-school.example/", false, false},
		{"underscore", "https://a_b.example/", false, false},
		{"percent in host", "https://school%2eexample/", false, false},
		{"long label", "https://" + strings.Repeat("a", 64) + ".example/", false, false},
		{"long name", "https://" + strings.Repeat("a.", 130) + "example/", false, false},
		{"ssh port", "https://school.example:22/", false, false},
		{"http port", "https://school.example:80/", false, false},
		{"port 0", "https://school.example:0/", false, false},
		{"port out of range", "https://school.example:65536/", false, false},
		{"leading zero", "https://school.example:08443/", false, false},
		{"empty port", "https://school.example:/", false, false},

		{"unsafe localhost", "http://localhost:8080/x", true, true},
		{"unsafe 127.0.0.1", "http://127.0.0.1:8080/", true, true},
		{"unsafe ::1", "https://[::1]:8443/", true, true},
		{"unsafe, other loopback", "http://127.0.0.2/", true, false},
		{"unsafe, private", "https://10.0.0.1/", true, false},
		{"unsafe, metadata", "http://169.254.169.254/", true, false},
		{"unsafe, below localhost", "http://x.localhost/", true, false},
		{"unsafe, with user", "http://user@localhost/", true, false},
		{"unsafe, ftp", "ftp://localhost/", true, false},
		{"unsafe, mapped", "http://[::ffff:127.0.0.1]/", true, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			u, err := ParseURL(tt.url, tt.loopback)
			if tt.ok && err != nil || !tt.ok && !errors.Is(err, ErrRefused) {
				t.Errorf("ParseURL(%q) = %v", tt.url, err)
			}
			if err != nil && u != nil {
				t.Error("a URL beside an error")
			}
			if !tt.ok { // the client refuses it too, before anything is dialled
				c := New(Options{UnsafeLoopback: tt.loopback, dial: neverDial(t)})
				if _, err := c.Get(context.Background(), Request{URL: tt.url}); !errors.Is(err, ErrRefused) {
					t.Errorf("Get: %v, want %v", err, ErrRefused)
				}
			}
		})
	}
}

// neverDial is a network that fails the test when it is used.
func neverDial(t *testing.T) func(context.Context, string, string) (net.Conn, error) {
	return func(_ context.Context, _, addr string) (net.Conn, error) {
		t.Errorf("dialled %s", addr)
		return nil, errors.New("no network")
	}
}

func TestParseProxy(t *testing.T) {
	for proxy, ok := range map[string]bool{
		"http://10.0.0.1:3128": true, "https://proxy.corp:443/": true, "socks5://[::1]:1080": true,
		"http://user:word@proxy:3128": true,
		"http://proxy":                false, "proxy:3128": false, "ftp://proxy:21": false, "": false,
		"http://proxy:3128/path": false, "http://proxy:3128?x": false, "http://:3128": false,
	} {
		if _, err := ParseProxy(proxy); (err == nil) != ok || err != nil && !errors.Is(err, ErrRefused) {
			t.Errorf("ParseProxy(%q) = %v", proxy, err)
		}
	}
}

// nameServer answers every question for an IPv4 address with the next of answers
// (the last one for ever), and counts nothing else.
func nameServer(t *testing.T, answers ...string) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		buf := make([]byte, 512)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			var msg dnsmessage.Message
			if msg.Unpack(buf[:n]) != nil || len(msg.Questions) != 1 {
				continue
			}
			msg.Response, msg.Additionals = true, nil
			if q := msg.Questions[0]; q.Type == dnsmessage.TypeA {
				msg.Answers = []dnsmessage.Resource{{
					Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 0},
					Body:   &dnsmessage.AResource{A: netip.MustParseAddr(answers[0]).As4()},
				}}
				if len(answers) > 1 {
					answers = answers[1:]
				}
			}
			if out, err := msg.Pack(); err == nil {
				_, _ = conn.WriteTo(out, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp4", conn.LocalAddr().String())
	}}
}

func TestRebindingNamesAreRefused(t *testing.T) {
	for _, addr := range []string{"127.0.0.1", "10.0.0.7", "169.254.169.254", "100.64.0.1", "198.18.0.1"} {
		for _, unsafeLoopback := range []bool{false, true} { // a public name is never loopback
			c := New(Options{resolver: nameServer(t, addr), UnsafeLoopback: unsafeLoopback})
			_, err := c.Get(context.Background(), Request{URL: "https://rebind.example.com/did.json"})
			if !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), addr) {
				t.Errorf("%s: %v, want %v", addr, err, ErrRefused)
			}
		}
	}
}

// TestRebindingBetweenLookups is the classic attack: a name that is public when
// it is checked and internal when it is used. There is only one look-up here, so
// the second answer is never asked for; when it comes first it is refused.
func TestRebindingBetweenLookups(t *testing.T) {
	now := time.Now()
	c := New(Options{
		resolver: nameServer(t, "127.0.0.1", "10.0.0.1"), timeout: time.Second,
		Now: func() time.Time { return now },
	})
	for _, addr := range []string{"127.0.0.1", "10.0.0.1"} {
		_, err := c.Get(context.Background(), Request{URL: "https://rebind.example.com/"})
		if !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), addr) {
			t.Errorf("%v, want %v for %s", err, ErrRefused, addr)
		}
		now = now.Add(negativeTTL)
	}
}

func TestLocalhostMustBeLoopback(t *testing.T) {
	if err := control(checkLoopback)("tcp4", "10.0.0.1:80", nil); !errors.Is(err, ErrRefused) {
		t.Errorf("10.0.0.1 passes as loopback: %v", err)
	}
	if err := control(checkLoopback)("tcp6", "[::1]:80", nil); err != nil {
		t.Errorf("::1 does not pass as loopback: %v", err)
	}
}

func FuzzParseURL(f *testing.F) {
	for _, s := range []string{"https://school.example:8443/a?b", "https://[::1]/", "https://a@b.example/", "https://0x7f.1/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		u, err := ParseURL(raw, false)
		if err != nil {
			if u != nil {
				t.Fatal("a URL beside an error")
			}
			return
		}
		if u.Scheme != "https" || u.User != nil || u.Fragment != "" {
			t.Fatalf("%q passes", raw)
		}
		if _, err := netip.ParseAddr(u.Hostname()); err == nil {
			t.Fatalf("%q names an address", raw)
		}
	})
}

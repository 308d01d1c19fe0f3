package serve

import (
	"errors"
	"net/netip"
	"testing"
)

func TestChooseLAN(t *testing.T) {
	at := func(device string, addrs ...string) (out []lanAddress) {
		for _, a := range addrs {
			out = append(out, lanAddress{netip.MustParseAddr(a), device})
		}
		return out
	}
	join := func(parts ...[]lanAddress) (out []lanAddress) {
		for _, p := range parts {
			out = append(out, p...)
		}
		return out
	}
	for _, tt := range []struct {
		name     string
		found    []lanAddress
		outgoing string
		want     string // "" for none
	}{
		{"one", at("wlan0", "fe80::1", "192.168.1.20"), "192.168.1.20", "192.168.1.20"},
		{"the way out, not a bridge of containers", join(at("docker0", "172.17.0.1"), at("eth0", "10.0.0.7")), "10.0.0.7", "10.0.0.7"},
		{"no way out", join(at("eth0", "10.0.0.7"), at("eth1", "10.1.0.7")), "", "10.0.0.7"},
		{"IPv4 before IPv6", at("eth0", "fd00::7", "10.0.0.7"), "", "10.0.0.7"},
		{"IPv6 alone", at("eth0", "2001:db8::7", "fd00::7"), "", "fd00::7"},
		{"an address for all the world is no LAN", at("eth0", "203.0.113.7"), "203.0.113.7", ""},
		{"nor is one that no router knows", at("eth0", "169.254.3.4", "fe80::1"), "", ""},
		{"the way out is public, beside a LAN", join(at("eth0", "203.0.113.7"), at("eth1", "10.1.0.7")), "203.0.113.7", "10.1.0.7"},
		{"nothing", nil, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var outgoing netip.Addr
			if tt.outgoing != "" {
				outgoing = netip.MustParseAddr(tt.outgoing)
			}
			got, device, err := chooseLAN(tt.found, outgoing)
			if tt.want == "" {
				if !errors.Is(err, ErrNoLAN) || got.IsValid() {
					t.Errorf("got %v, %v", got, err)
				}
				return
			}
			if err != nil || got.String() != tt.want || device == "" {
				t.Errorf("got %v on %q, %v; want %s", got, device, err, tt.want)
			}
		})
	}
}

// TestLAN: whatever this machine has, the answer is an address that is not for
// all the world, or the error.
func TestLAN(t *testing.T) {
	addr, device, err := LAN(t.Context())
	if err != nil && !errors.Is(err, ErrNoLAN) {
		t.Fatal(err)
	}
	if err == nil && (!addr.IsPrivate() || device == "") {
		t.Errorf("got %v on %q", addr, device)
	}
}

func TestCheckListen(t *testing.T) {
	for _, tt := range []struct {
		address  string
		loopback bool
		ok       bool
	}{
		{"127.0.0.1:8080", true, true},
		{"127.8.9.1:8080", true, true},
		{"[::1]:8080", true, true},
		{"[::ffff:127.0.0.1]:8080", true, true},
		{"localhost:8080", true, true},
		{":8080", false, true},
		{"0.0.0.0:8080", false, true},
		{"[::]:443", false, true},
		{"192.168.1.20:8080", false, true},
		{"localhost.evil.example:8080", false, true},
		{"8080", false, false},
		{"127.0.0.1", false, false},
		{"", false, false},
	} {
		loopback, err := CheckListen(tt.address)
		if loopback != tt.loopback || (err == nil) != tt.ok {
			t.Errorf("%q: %v, %v", tt.address, loopback, err)
		}
	}
}

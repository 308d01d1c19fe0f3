package fetch

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"laurel/internal/strictjson"
)

const (
	maxURL = 2048 // what browsers and servers agree on
	// firstOpenPort: below it only 443 is dialled. The other low ports belong to
	// mail, databases and shells, which have no documents to give.
	firstOpenPort = 1024
)

// localNames are suffixes that name this machine or this network (RFC 6761,
// RFC 6762, RFC 8375, RFC 9476 and ICANN's reservation of .internal). Behind a
// proxy the address is not seen, so the name has to do.
var localNames = [...]string{
	"localhost", "localdomain", "local", "internal", "intranet", "lan", "home.arpa", "onion", "alt",
}

// special lists the networks that are never dialled: the entries of the IANA
// IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890) with their names
// there, those inside a listed wider one left out, and multicast and the retired
// ranges. netip's IsPrivate knows three of them.
var special = [...]struct{ prefix, name string }{
	{"0.0.0.0/8", "This network"},
	{"10.0.0.0/8", "Private-Use"},
	{"100.64.0.0/10", "Shared Address Space"},
	{"127.0.0.0/8", "Loopback"},
	{"169.254.0.0/16", "Link Local"},
	{"172.16.0.0/12", "Private-Use"},
	{"192.0.0.0/24", "IETF Protocol Assignments"},
	{"192.0.2.0/24", "Documentation (TEST-NET-1)"},
	{"192.31.196.0/24", "AS112-v4"},
	{"192.52.193.0/24", "AMT"},
	{"192.88.99.0/24", "Deprecated (6to4 Relay Anycast)"},
	{"192.168.0.0/16", "Private-Use"},
	{"192.175.48.0/24", "Direct Delegation AS112 Service"},
	{"198.18.0.0/15", "Benchmarking"},
	{"198.51.100.0/24", "Documentation (TEST-NET-2)"},
	{"203.0.113.0/24", "Documentation (TEST-NET-3)"},
	{"224.0.0.0/4", "Multicast"},
	{"240.0.0.0/4", "Reserved"}, // with 255.255.255.255/32, Limited Broadcast

	{"::1/128", "Loopback Address"},
	{"::/128", "Unspecified Address"},
	{"::/96", "IPv4-Compatible Address (deprecated)"},
	{"::ffff:0:0/96", "IPv4-mapped Address"}, // unmapped before the look-up
	{"::ffff:0:0:0/96", "IPv4-translated Address (SIIT)"},
	{"64:ff9b::/96", "IPv4-IPv6 Translat."},
	{"64:ff9b:1::/48", "IPv4-IPv6 Translat. (local)"},
	{"100::/64", "Discard-Only Address Block"},
	{"100:0:0:1::/64", "Dummy IPv6 Prefix"},
	{"2001::/32", "TEREDO"},
	{"2001::/23", "IETF Protocol Assignments"}, // with Benchmarking, AMT, ORCHID, ORCHIDv2, DETs
	{"2001:db8::/32", "Documentation"},
	{"2002::/16", "6to4"},
	{"2620:4f:8000::/48", "Direct Delegation AS112 Service"},
	{"3fff::/20", "Documentation"},
	{"5f00::/16", "Segment Routing (SRv6) SIDs"},
	{"fc00::/7", "Unique-Local"},
	{"fe80::/10", "Link-Local Unicast"},
	{"fec0::/10", "Site-Local Unicast (deprecated)"},
	{"ff00::/8", "Multicast"},
}

// globalUnicast is the one IPv6 range from which public addresses are allotted;
// all else is refused, whatever it may be registered for one day.
var globalUnicast = netip.MustParsePrefix("2000::/3")

type network struct {
	prefix netip.Prefix
	name   string
}

var specialNetworks = parseSpecial()

func parseSpecial() []network {
	out := make([]network, len(special))
	for i, s := range special {
		out[i] = network{netip.MustParsePrefix(s.prefix), s.name}
	}
	return out
}

// checkPublic refuses every address that is not a public unicast one.
func checkPublic(addr netip.Addr) error {
	addr = addr.Unmap()
	bare := addr.WithZone("") // a Prefix contains no address with a zone
	for _, n := range specialNetworks {
		if n.prefix.Contains(bare) {
			return fmt.Errorf("%w: %s is not a public address (%s)", ErrRefused, addr, n.name)
		}
	}
	if !addr.IsValid() || addr.Zone() != "" || addr.Is6() && !globalUnicast.Contains(bare) {
		return fmt.Errorf("%w: %s is not a public address", ErrRefused, addr)
	}
	return nil
}

func checkLoopback(addr netip.Addr) error {
	if !addr.Unmap().IsLoopback() {
		return fmt.Errorf("%w: %s is not a loopback address", ErrRefused, addr)
	}
	return nil
}

// ParseURL accepts the addresses that a Client would try: https, at most 2,048
// printable ASCII characters, a public domain name, port 443 or one from 1024
// on; no user name, no fragment, no number for a host. With unsafeLoopback also
// http and https on 127.0.0.1, [::1] and localhost, any port. It wraps
// ErrRefused.
func ParseURL(raw string, unsafeLoopback bool) (*url.URL, error) {
	if len(raw) > maxURL {
		return nil, fmt.Errorf("%w: an address of %d characters, at most %d are read", ErrRefused, len(raw), maxURL)
	}
	for i := range len(raw) {
		if raw[i] <= ' ' || raw[i] > '~' || raw[i] == '\\' {
			return nil, fmt.Errorf("%w: %q has a character that no URL has", ErrRefused, strictjson.Clip(raw))
		}
	}
	u, err := url.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: %q is not a URL", ErrRefused, strictjson.Clip(raw))
	}
	if unsafeLoopback && (u.Scheme == "http" || u.Scheme == "https") && u.User == nil && isLoopbackName(u.Hostname()) {
		return u, nil
	}
	switch {
	case u.Scheme != "https" || u.Opaque != "":
		return nil, fmt.Errorf("%w: %s does not start with https://", ErrRefused, strictjson.Clip(raw))
	case u.User != nil:
		return nil, fmt.Errorf("%w: %s has a user name in it", ErrRefused, strictjson.Clip(u.Redacted()))
	case strings.Contains(raw, "#"):
		return nil, fmt.Errorf("%w: %s has a fragment", ErrRefused, strictjson.Clip(raw))
	}
	if err := checkHost(u.Hostname()); err != nil {
		return nil, err
	}
	if err := checkPort(u); err != nil {
		return nil, err
	}
	return u, nil
}

func checkPort(u *url.URL) error {
	if !strings.Contains(u.Host, ":") {
		return nil
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	if err != nil || port != 443 && port < firstOpenPort || u.Port()[0] == '0' {
		return fmt.Errorf("%w: port %q; 443 and those from %d on are allowed", ErrRefused, u.Port(), firstOpenPort)
	}
	return nil
}

// checkHost accepts fully qualified domain names in letters, digits and hyphens.
// The last label must not be a number, or the whole would be an IPv4 address to
// some readers ("2130706433", "0x7f.1").
func checkHost(host string) error {
	labels := strings.Split(host, ".")
	last := labels[len(labels)-1]
	switch {
	case len(host) > 253 || slices.ContainsFunc(labels, func(l string) bool { return !isLabel(l) }):
		return fmt.Errorf("%w: %q is no domain name", ErrRefused, strictjson.Clip(host))
	case last[0] >= '0' && last[0] <= '9':
		return fmt.Errorf("%w: %q is a number, not a domain name", ErrRefused, strictjson.Clip(host))
	case len(labels) == 1 || isLocalName(host):
		return fmt.Errorf("%w: %q is a local name", ErrRefused, strictjson.Clip(host))
	}
	return nil
}

func isLabel(s string) bool {
	for i := range len(s) {
		c := s[i] | 0x20
		if (c < 'a' || c > 'z') && (s[i] < '0' || s[i] > '9') && s[i] != '-' {
			return false
		}
	}
	return s != "" && len(s) <= 63 && s[0] != '-' && s[len(s)-1] != '-'
}

func isLocalName(host string) bool {
	host = strings.ToLower(host)
	return slices.ContainsFunc(localNames[:], func(suffix string) bool {
		return host == suffix || strings.HasSuffix(host, "."+suffix)
	})
}

// isLoopbackName recognises the three spellings that UnsafeLoopback allows.
func isLoopbackName(host string) bool {
	return host == "localhost" || host == "127.0.0.1" || host == "::1"
}

// ParseProxy reads the address of an egress proxy: http, https or socks5, with
// host and port and nothing behind them. It wraps ErrRefused.
func ParseProxy(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Hostname() == "" || u.Port() == "":
		return nil, fmt.Errorf("%w: a proxy is written as http://host:port", ErrRefused)
	case u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "socks5":
		return nil, fmt.Errorf("%w: a proxy speaks http, https or socks5, not %q", ErrRefused, u.Scheme)
	case u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("%w: a proxy's address ends after its port", ErrRefused)
	}
	return u, nil
}

// dialer opens the connections and is where addresses are judged: after the
// name was resolved, on the very address that is about to be dialled.
type dialer struct{ opt Options }

// proxy sends everything through the configured proxy, but loopback.
func (d dialer) proxy(r *http.Request) (*url.URL, error) {
	if d.opt.UnsafeLoopback && isLoopbackName(r.URL.Hostname()) {
		return nil, nil
	}
	return d.opt.Proxy, nil
}

func (d dialer) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrRefused, err)
	}
	dialer := net.Dialer{Resolver: d.opt.resolver, Timeout: timeout}
	switch {
	case d.opt.Proxy != nil && strings.EqualFold(addr, d.opt.Proxy.Host):
		// the operator's own choice of address
	case d.opt.UnsafeLoopback && isLoopbackName(host):
		dialer.Control = control(checkLoopback)
	default:
		dialer.Control = control(checkPublic)
		if d.opt.dial != nil {
			return d.opt.dial(ctx, network, addr)
		}
	}
	return dialer.DialContext(ctx, network, addr)
}

// control is a net.Dialer.Control function: it is called for every address,
// after name resolution and before the connection is made.
func control(check func(netip.Addr) error) func(network, address string, c syscall.RawConn) error {
	return func(network, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil || network != "tcp4" && network != "tcp6" {
			return fmt.Errorf("%w: %s %s", ErrRefused, network, address)
		}
		return check(to.Addr())
	}
}

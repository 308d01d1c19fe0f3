package serve

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
)

// ErrNoLAN says that this machine has no address in a local network.
var ErrNoLAN = errors.New("this machine has no address in a local network")

// LAN finds the address of this machine in its local network, and the name of
// the interface: the address from which connections to the outside leave, if it
// is one for private use (RFC 1918, RFC 4193), else the first such address of an
// interface that is up.
func LAN(ctx context.Context) (addr netip.Addr, device string, err error) {
	devices, err := net.Interfaces()
	if err != nil {
		return netip.Addr{}, "", err
	}
	var found []lanAddress
	for _, d := range devices {
		if d.Flags&net.FlagUp == 0 || d.Flags&net.FlagLoopback != 0 {
			continue
		}
		addrs, err := d.Addrs()
		if err != nil {
			continue // it went away meanwhile
		}
		for _, a := range addrs {
			if prefix, err := netip.ParsePrefix(a.String()); err == nil {
				found = append(found, lanAddress{prefix.Addr().Unmap(), d.Name})
			}
		}
	}
	return chooseLAN(found, outgoing(ctx))
}

type lanAddress struct {
	addr   netip.Addr
	device string
}

// chooseLAN prefers the address that is used for the outside, then IPv4, which
// every phone in a local network has.
func chooseLAN(found []lanAddress, outgoing netip.Addr) (netip.Addr, string, error) {
	var best *lanAddress
	for i, f := range found {
		switch {
		case !f.addr.IsPrivate():
		case f.addr == outgoing:
			return f.addr, f.device, nil
		case best == nil, best.addr.Is6() && f.addr.Is4():
			best = &found[i]
		}
	}
	if best == nil {
		return netip.Addr{}, "", ErrNoLAN
	}
	return best.addr, best.device, nil
}

// outgoing is the address that a connection to the outside would leave from. No
// packet is sent: a datagram socket is only bound to its way out. The other end
// is in a block for documentation (RFC 5737), which nobody has.
func outgoing(ctx context.Context) netip.Addr {
	conn, err := new(net.Dialer).DialContext(ctx, "udp4", "192.0.2.1:9")
	if err != nil {
		return netip.Addr{}
	}
	defer func() { _ = conn.Close() }() // nothing was written
	return peer(conn.LocalAddr().String())
}

// CheckListen refuses an address to listen at that is none, and says whether it
// is this machine's alone.
func CheckListen(address string) (loopback bool, err error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false, fmt.Errorf("%q is no address to listen at, such as 127.0.0.1:8080", address)
	}
	if host == "localhost" {
		return true, nil
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback(), nil
}

//! Which address a request comes from. In: the socket's peer and the header that proxies write. Out: one address.
//! A header counts only as far as trusted machines wrote it: the walk goes from the right and ends at the first hop that is not
//! a trusted proxy. What stands left of it was written by the client and is never looked at.

use backstay_infra::cidr::Cidr;
use http::{HeaderMap, HeaderName};
use std::net::{IpAddr, SocketAddr};

/// Most hops that are walked; a longer chain of trusted proxies is a mistake or an attack.
const HOPS_MAX: usize = 32;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED: HeaderName = HeaderName::from_static("forwarded");

/// Headers by which proxies say for whom they ask.
const PROXY_HEADERS: [HeaderName; 3] = [FORWARDED, X_FORWARDED_FOR, HeaderName::from_static("x-real-ip")];

/// The header that the trusted proxies write. Only one is read: a proxy that adds to the one hands on what a client wrote in the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ProxyHeader {
    /// `X-Forwarded-For`, a list of addresses.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

/// The proxies whose word is taken.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies {
    /// Where they stand. None by default: then the socket's peer is the client.
    pub networks: Vec<Cidr>,
    /// What they write.
    pub header: ProxyHeader,
}

impl TrustedProxies {
    /// The client's address.
    ///
    /// Shape: never an IPv6 spelling of an IPv4 address. Where a trusted proxy names no address (`unknown`, `_hidden`, something
    /// malformed), the client is known no better than by that proxy's own address.
    #[must_use]
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        if !self.trusts(client) {
            return client;
        }
        let (name, read): (_, fn(&str) -> Option<IpAddr>) = match self.header {
            ProxyHeader::XForwardedFor => (X_FORWARDED_FOR, address),
            ProxyHeader::Forwarded => (FORWARDED, forwarded_for),
        };
        // Several headers of one name are one list, in their order.
        let lines = headers.get_all(name).iter().rev();
        // Split at every comma, quoted or not: an open quote that a client wrote must not swallow what a proxy added after it.
        let hops = lines.flat_map(|line| line.to_str().unwrap_or_default().rsplit(','));
        for hop in hops.take(HOPS_MAX) {
            let Some(address) = read(hop.trim_matches([' ', '\t'])) else { break };
            client = address;
            if !self.trusts(client) {
                break;
            }
        }
        client
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(address))
    }
}

/// Whether some proxy says that it asks for somebody else, trusted or not.
pub(crate) fn is_forwarded(headers: &HeaderMap) -> bool {
    PROXY_HEADERS.iter().any(|name| headers.contains_key(name))
}

/// The address of `for=` in one element of `Forwarded`; `None` when it is missing, repeated or no address.
fn forwarded_for(element: &str) -> Option<IpAddr> {
    let mut nodes = element.split(';').filter_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        name.eq_ignore_ascii_case("for").then_some(value)
    });
    let node = nodes.next()?;
    if nodes.next().is_some() {
        return None;
    }
    match node.strip_prefix('"') {
        Some(quoted) => address(quoted.strip_suffix('"')?),
        None => address(node),
    }
}

/// An address, with or without a port; of IPv6 with or without brackets.
fn address(text: &str) -> Option<IpAddr> {
    let plain = || text.parse::<IpAddr>().ok();
    let with_port = || text.parse::<SocketAddr>().ok().map(|socket| socket.ip());
    let in_brackets = || text.strip_prefix('[')?.strip_suffix(']')?.parse::<std::net::Ipv6Addr>().ok().map(IpAddr::V6);
    plain().or_else(with_port).or_else(in_brackets).map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    /// Peer, header lines, client.
    type Row<'r> = (&'r str, &'r [(&'static str, &'r str)], &'r str);

    fn proxies(header: ProxyHeader) -> TrustedProxies {
        let networks = ["10.0.0.0/8", "127.0.0.1", "fd00::/8"].iter().map(|text| Cidr::parse(text).unwrap()).collect();
        TrustedProxies { networks, header }
    }

    #[track_caller]
    fn check(header: ProxyHeader, peer: &str, lines: &[(&'static str, &str)], expected: &str) {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        let client = proxies(header).client(peer.parse().unwrap(), &headers);
        assert_eq!(client, expected.parse::<IpAddr>().unwrap());
    }

    #[test]
    fn the_right_most_untrusted_hop_is_the_client() {
        const XFF: &str = "x-forwarded-for";
        let rows: &[Row<'_>] = &[
            // A peer that is not trusted says nothing about others, whatever it sends.
            ("6.6.6.6", &[], "6.6.6.6"),
            ("6.6.6.6", &[(XFF, "10.0.0.1")], "6.6.6.6"),
            ("6.6.6.6", &[(XFF, "127.0.0.1")], "6.6.6.6"),
            ("::ffff:6.6.6.6", &[(XFF, "1.1.1.1")], "6.6.6.6"),
            ("11.0.0.1", &[(XFF, "1.1.1.1")], "11.0.0.1"),
            ("9.255.255.255", &[(XFF, "1.1.1.1")], "9.255.255.255"),
            ("::1", &[(XFF, "1.1.1.1")], "::1"),
            // A trusted one does, one hop back.
            ("10.0.0.1", &[(XFF, "6.6.6.6")], "6.6.6.6"),
            ("::ffff:10.0.0.1", &[(XFF, "6.6.6.6")], "6.6.6.6"),
            ("127.0.0.1", &[(XFF, "6.6.6.6")], "6.6.6.6"),
            ("fd00::1", &[(XFF, "6.6.6.6")], "6.6.6.6"),
            ("10.0.0.1", &[], "10.0.0.1"),
            // What the client wrote itself stands left of that.
            ("10.0.0.1", &[(XFF, "1.1.1.1, 6.6.6.6")], "6.6.6.6"),
            ("10.0.0.1", &[(XFF, "10.9.9.9, 6.6.6.6")], "6.6.6.6"),
            ("10.0.0.1", &[(XFF, "127.0.0.1, 6.6.6.6")], "6.6.6.6"),
            ("10.0.0.1", &[(XFF, "nonsense, 6.6.6.6")], "6.6.6.6"),
            ("10.0.0.1", &[(XFF, "\", 6.6.6.6")], "6.6.6.6"),
            // Chains of trusted proxies.
            ("10.0.0.1", &[(XFF, "1.1.1.1, 6.6.6.6, 10.0.0.2, 10.0.0.3")], "6.6.6.6"),
            ("10.0.0.1", &[(XFF, "6.6.6.6,fd00::2,10.0.0.3")], "6.6.6.6"),
            ("10.0.0.1", &[(XFF, "10.0.0.9, 10.0.0.2")], "10.0.0.9"),
            // Several headers of the name are one list.
            ("10.0.0.1", &[(XFF, "1.1.1.1"), (XFF, "6.6.6.6")], "6.6.6.6"),
            ("10.0.0.1", &[(XFF, "1.1.1.1, 6.6.6.6"), (XFF, "10.0.0.2")], "6.6.6.6"),
            // Spellings.
            ("10.0.0.1", &[(XFF, "6.6.6.6:4711")], "6.6.6.6"),
            ("10.0.0.1", &[(XFF, "2001:db8::7")], "2001:db8::7"),
            ("10.0.0.1", &[(XFF, "[2001:db8::7]")], "2001:db8::7"),
            ("10.0.0.1", &[(XFF, "[2001:db8::7]:443")], "2001:db8::7"),
            ("10.0.0.1", &[(XFF, "::ffff:6.6.6.6")], "6.6.6.6"),
            ("10.0.0.1", &[(XFF, "::ffff:10.0.0.2")], "10.0.0.2"),
            ("10.0.0.1", &[(XFF, "  6.6.6.6\t")], "6.6.6.6"),
            // A malformed hop ends the walk at the last address that is known.
            ("10.0.0.1", &[(XFF, "6.6.6.6, unknown")], "10.0.0.1"),
            ("10.0.0.1", &[(XFF, "6.6.6.6, _hidden, 10.0.0.2")], "10.0.0.2"),
            ("10.0.0.1", &[(XFF, "6.6.6.6,,10.0.0.2")], "10.0.0.2"),
            ("10.0.0.1", &[(XFF, "")], "10.0.0.1"),
            ("10.0.0.1", &[(XFF, "6.6.6.6 7.7.7.7")], "10.0.0.1"),
            ("10.0.0.1", &[(XFF, "6.6.6")], "10.0.0.1"),
            ("10.0.0.1", &[(XFF, "06.6.6.6")], "10.0.0.1"),
            ("10.0.0.1", &[(XFF, "6.6.6.6:99999")], "10.0.0.1"),
            ("10.0.0.1", &[(XFF, "fe80::1%eth0")], "10.0.0.1"),
            ("10.0.0.1", &[(XFF, "[6.6.6.6]")], "10.0.0.1"),
            ("10.0.0.1", &[(XFF, "6.6.6.6"), (XFF, "\u{e9}")], "10.0.0.1"),
            ("10.0.0.1", &[(XFF, "example.org")], "10.0.0.1"),
            // Other headers have no say.
            ("10.0.0.1", &[("forwarded", "for=1.1.1.1")], "10.0.0.1"),
            ("10.0.0.1", &[("forwarded", "for=1.1.1.1"), (XFF, "6.6.6.6")], "6.6.6.6"),
            ("10.0.0.1", &[("x-real-ip", "1.1.1.1"), ("client-ip", "1.1.1.1"), (XFF, "6.6.6.6")], "6.6.6.6"),
        ];
        for (peer, lines, expected) in rows {
            check(ProxyHeader::XForwardedFor, peer, lines, expected);
        }
        let long = vec!["10.0.0.2"; HOPS_MAX + 1].join(",");
        check(ProxyHeader::XForwardedFor, "10.0.0.1", &[(XFF, &format!("6.6.6.6,{long}"))], "10.0.0.2");
    }

    #[test]
    fn the_standard_header_is_read_when_it_is_the_one() {
        const FWD: &str = "forwarded";
        let rows: &[Row<'_>] = &[
            ("6.6.6.6", &[(FWD, "for=1.1.1.1")], "6.6.6.6"),
            ("10.0.0.1", &[(FWD, "for=6.6.6.6")], "6.6.6.6"),
            ("10.0.0.1", &[(FWD, "For=6.6.6.6;proto=https;by=10.0.0.1;host=x")], "6.6.6.6"),
            ("10.0.0.1", &[(FWD, "proto=https; for=\"6.6.6.6:4711\"")], "6.6.6.6"),
            ("10.0.0.1", &[(FWD, "for=\"[2001:db8:cafe::17]:4711\"")], "2001:db8:cafe::17"),
            ("10.0.0.1", &[(FWD, "for=\"[2001:db8::17]\"")], "2001:db8::17"),
            ("10.0.0.1", &[(FWD, "for=1.1.1.1, for=6.6.6.6;by=x, for=10.0.0.2")], "6.6.6.6"),
            ("10.0.0.1", &[(FWD, "for=1.1.1.1"), (FWD, "for=6.6.6.6")], "6.6.6.6"),
            // An open quote of the client swallows nothing.
            ("10.0.0.1", &[(FWD, "for=\"1.1.1.1, for=6.6.6.6")], "6.6.6.6"),
            ("10.0.0.1", &[(FWD, "for=1.1.1.1;x=\""), (FWD, "for=6.6.6.6")], "6.6.6.6"),
            // No address, no claim.
            ("10.0.0.1", &[(FWD, "for=unknown")], "10.0.0.1"),
            ("10.0.0.1", &[(FWD, "for=_gazonk")], "10.0.0.1"),
            ("10.0.0.1", &[(FWD, "for=6.6.6.6, for=_x, for=10.0.0.2")], "10.0.0.2"),
            ("10.0.0.1", &[(FWD, "proto=https")], "10.0.0.1"),
            ("10.0.0.1", &[(FWD, "for=6.6.6.6;for=7.7.7.7")], "10.0.0.1"),
            ("10.0.0.1", &[(FWD, "for=\"6.6.6.6")], "10.0.0.1"),
            ("10.0.0.1", &[(FWD, "for")], "10.0.0.1"),
            ("10.0.0.1", &[("x-forwarded-for", "1.1.1.1"), (FWD, "for=6.6.6.6")], "6.6.6.6"),
            ("10.0.0.1", &[("x-forwarded-for", "1.1.1.1")], "10.0.0.1"),
        ];
        for (peer, lines, expected) in rows {
            check(ProxyHeader::Forwarded, peer, lines, expected);
        }
    }

    #[test]
    fn nobody_is_trusted_by_default() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", HeaderValue::from_static("1.1.1.1"));
        let peer = "127.0.0.1".parse().unwrap();
        assert_eq!(TrustedProxies::default().client(peer, &headers), peer);
    }
}

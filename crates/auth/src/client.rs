//! Whether two requests come from the same place. In: user agents and addresses. Out: coarse facts that are compared as wholes.
//! Coarse on purpose: a browser updates itself and a telephone changes its address, and neither must log anybody out.

use crate::user_agent::device_label;
use std::net::{IpAddr, Ipv6Addr};

/// What a refresh request tells about its client.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ClientFacts {
    /// Program and system, without versions, as [`device_label`] names them.
    pub device: String,
    /// Network, where the address is known.
    pub network: Option<Network>,
}

impl ClientFacts {
    /// Facts of a request.
    #[must_use]
    pub fn of(user_agent: &str, address: Option<IpAddr>) -> Self {
        Self { device: device_label(user_agent), network: address.map(Network::of) }
    }
}

/// The network of an address: /24 of IPv4, /64 of IPv6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Network(IpAddr);

impl Network {
    /// Of an address; IPv4 in the clothes of IPv6 is IPv4.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => {
                let [a, b, c, _] = v4.octets();
                Self(IpAddr::from([a, b, c, 0]))
            }
            IpAddr::V6(v6) => Self(IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64)))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_do_not_matter_and_systems_do() {
        let of = |agent: &str| ClientFacts::of(agent, None);
        assert_eq!(of("Mozilla/5.0 (X11; Linux) Firefox/128.0"), of("Mozilla/5.0 (X11; Linux) Firefox/129.0"));
        assert_ne!(of("Mozilla/5.0 (X11; Linux) Firefox/128.0"), of("Mozilla/5.0 (Windows NT 10.0) Firefox/128.0"));
        assert_ne!(of("curl/8"), of("node"));
    }

    #[test]
    fn networks() {
        let same = |left: &str, right: &str| Network::of(left.parse().unwrap()) == Network::of(right.parse().unwrap());
        assert!(same("203.0.113.1", "203.0.113.254") && !same("203.0.113.1", "203.0.114.1"));
        assert!(same("203.0.113.1", "::ffff:203.0.113.9") && !same("203.0.113.1", "::203.0.113.1"));
        assert!(same("2001:db8:1:2::1", "2001:db8:1:2:ffff::9") && !same("2001:db8:1:2::1", "2001:db8:1:3::1"));
    }
}

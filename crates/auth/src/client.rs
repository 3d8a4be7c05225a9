//! Whether two requests come from the same place. In: user agents and addresses. Out: coarse facts that are compared as wholes.
//! Coarse on purpose: a browser updates itself and a telephone changes its address, and neither must log anybody out.

use crate::user_agent::device_label;
use backstay_infra::cidr::{Cidr, PrefixBits};
use std::net::IpAddr;

/// What counts as one network.
const NETWORK: PrefixBits = PrefixBits { v4: 24, v6: 64 };

/// What a refresh request tells about its client.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ClientFacts {
    /// Program and system, without versions, as [`device_label`] names them.
    pub device: String,
    /// Network, where the address is known.
    pub network: Option<Cidr>,
}

impl ClientFacts {
    /// Facts of a request.
    #[must_use]
    pub fn of(user_agent: &str, address: Option<IpAddr>) -> Self {
        Self { device: device_label(user_agent), network: address.map(|address| Cidr::around(address, NETWORK)) }
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
}

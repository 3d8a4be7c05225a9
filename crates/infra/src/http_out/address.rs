//! Says what kind of network an address belongs to. In: an IP address. Out: a [`Network`]; only `Public` is the open internet.
//! Pure: the tables of the IANA special-purpose registries, the clouds' metadata addresses, and the forms that hide an IPv4 address.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What an address belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// The open internet.
    Public,
    /// `0.0.0.0/8` and `::`: this machine, for most systems.
    Unspecified,
    /// This machine.
    Loopback,
    /// A private network: RFC 1918, unique local and site local.
    Private,
    /// The link: `169.254.0.0/16`, `fe80::/10`.
    LinkLocal,
    /// Where a cloud answers with the credentials of the machine.
    Metadata,
    /// Between a provider and its customers, `100.64.0.0/10`.
    CarrierNat,
    /// Many receivers.
    Multicast,
    /// Everybody on the link.
    Broadcast,
    /// In books only, or for measurements.
    Documentation,
    /// A tunnel or translation whose other end cannot be known.
    Tunnel,
    /// Set aside, or not given out.
    Reserved,
}

impl Network {
    /// In words, to follow "is".
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Public => "a public address",
            Self::Unspecified => "an unspecified address",
            Self::Loopback => "this machine",
            Self::Private => "a private address",
            Self::LinkLocal => "a link-local address",
            Self::Metadata => "a cloud metadata address",
            Self::CarrierNat => "an address behind a carrier's NAT",
            Self::Multicast => "a multicast address",
            Self::Broadcast => "the broadcast address",
            Self::Documentation => "an address for documentation or measurement",
            Self::Tunnel => "a tunnel or translation address",
            Self::Reserved => "a reserved address",
        }
    }
}

/// First match wins: single hosts stand before the networks they are in.
const V4: &[(Ipv4Addr, u8, Network)] = &[
    (Ipv4Addr::new(169, 254, 169, 254), 32, Network::Metadata), // AWS, Azure, Google, DigitalOcean, Oracle
    (Ipv4Addr::new(169, 254, 170, 2), 32, Network::Metadata),   // AWS ECS
    (Ipv4Addr::new(169, 254, 170, 23), 32, Network::Metadata),  // AWS EKS
    (Ipv4Addr::new(100, 100, 100, 200), 32, Network::Metadata), // Alibaba
    (Ipv4Addr::new(168, 63, 129, 16), 32, Network::Metadata),   // Azure wire server, a public address
    (Ipv4Addr::new(192, 0, 0, 192), 32, Network::Metadata),     // Oracle, the older one
    (Ipv4Addr::new(255, 255, 255, 255), 32, Network::Broadcast),
    (Ipv4Addr::new(0, 0, 0, 0), 8, Network::Unspecified),
    (Ipv4Addr::new(127, 0, 0, 0), 8, Network::Loopback),
    (Ipv4Addr::new(10, 0, 0, 0), 8, Network::Private),
    (Ipv4Addr::new(172, 16, 0, 0), 12, Network::Private),
    (Ipv4Addr::new(192, 168, 0, 0), 16, Network::Private),
    (Ipv4Addr::new(100, 64, 0, 0), 10, Network::CarrierNat),
    (Ipv4Addr::new(169, 254, 0, 0), 16, Network::LinkLocal),
    (Ipv4Addr::new(192, 0, 0, 0), 24, Network::Reserved),
    (Ipv4Addr::new(192, 0, 2, 0), 24, Network::Documentation),
    (Ipv4Addr::new(192, 88, 99, 0), 24, Network::Tunnel),
    (Ipv4Addr::new(198, 18, 0, 0), 15, Network::Documentation),
    (Ipv4Addr::new(198, 51, 100, 0), 24, Network::Documentation),
    (Ipv4Addr::new(203, 0, 113, 0), 24, Network::Documentation),
    (Ipv4Addr::new(224, 0, 0, 0), 4, Network::Multicast),
    (Ipv4Addr::new(240, 0, 0, 0), 4, Network::Reserved),
];

const V6: &[(Ipv6Addr, u8, Network)] = &[
    (Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254), 128, Network::Metadata), // AWS
    (Ipv6Addr::new(0xfd20, 0x00ce, 0, 0, 0, 0, 0, 0x0254), 128, Network::Metadata), // Google
    (Ipv6Addr::UNSPECIFIED, 128, Network::Unspecified),
    (Ipv6Addr::LOCALHOST, 128, Network::Loopback),
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10, Network::LinkLocal),
    (Ipv6Addr::new(0xfec0, 0, 0, 0, 0, 0, 0, 0), 10, Network::Private),
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7, Network::Private),
    (Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8, Network::Multicast),
    (Ipv6Addr::new(0x2001, 0x0db8, 0, 0, 0, 0, 0, 0), 32, Network::Documentation),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20, Network::Documentation),
    (Ipv6Addr::new(0x2001, 0x0002, 0, 0, 0, 0, 0, 0), 48, Network::Documentation),
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 32, Network::Tunnel), // Teredo: both ends are in the address, XORed
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23, Network::Reserved),
    (Ipv6Addr::new(0x0064, 0xff9b, 1, 0, 0, 0, 0, 0), 48, Network::Tunnel), // NAT64 of a site: where the IPv4 part stands is its choice
];

/// The only part of IPv6 that is given out to the internet.
const GLOBAL_UNICAST: (Ipv6Addr, u8) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// What an address belongs to. An address that carries an IPv4 address is what that address is.
#[must_use]
pub fn network(address: IpAddr) -> Network {
    match address {
        IpAddr::V4(address) => v4(address),
        IpAddr::V6(address) => v6(address),
    }
}

fn v4(address: Ipv4Addr) -> Network {
    let found = V4.iter().find(|(base, length, _)| same_bits(address.to_bits(), base.to_bits(), *length));
    found.map_or(Network::Public, |(_, _, network)| *network)
}

fn v6(address: Ipv6Addr) -> Network {
    if let Some((_, _, network)) = V6.iter().find(|(base, length, _)| same_bits_v6(address, *base, *length)) {
        return *network;
    }
    match carried_v4(address) {
        Some(inner) => v4(inner),
        None if same_bits_v6(address, GLOBAL_UNICAST.0, GLOBAL_UNICAST.1) => Network::Public,
        None => Network::Reserved,
    }
}

/// The IPv4 address inside: mapped, translated, compatible, NAT64, 6to4 and ISATAP forms.
fn carried_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let join = |high: u16, low: u16| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    match (a, b, c, d, e, f) {
        (0, 0, 0, 0, 0, 0xffff | 0) | (0, 0, 0, 0, 0xffff, 0) | (0x64, 0xff9b, 0, 0, 0, 0) => Some(join(g, h)),
        (0x2002, high, low, ..) => Some(join(high, low)),
        (_, _, _, _, 0 | 0x0200, 0x5efe) => Some(join(g, h)),
        _ => None,
    }
}

fn same_bits(left: u32, right: u32, length: u8) -> bool {
    let shift = 32_u32.saturating_sub(u32::from(length));
    left.checked_shr(shift) == right.checked_shr(shift)
}

fn same_bits_v6(left: Ipv6Addr, right: Ipv6Addr, length: u8) -> bool {
    let shift = 128_u32.saturating_sub(u32::from(length));
    left.to_bits().checked_shr(shift) == right.to_bits().checked_shr(shift)
}

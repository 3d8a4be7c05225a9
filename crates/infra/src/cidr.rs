//! A range of network addresses (RFC 4632). In: an address with the length of its prefix. Out: a [`Cidr`], and whether addresses lie in it.
//! An IPv4 address that is written as IPv6 is the IPv4 address.

use std::fmt;
use std::net::IpAddr;

/// A range of addresses, such as `10.0.0.0/8`. Two ranges are equal when they hold the same addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cidr {
    address: IpAddr,
    prefix_bits: u8,
}

/// Why a text is not a [`Cidr`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CidrError {
    /// Neither an address nor a range of addresses.
    #[error("`{0}` is not an address or a range of addresses")]
    Malformed(String),
    /// Bits after the prefix are set, so that it is unclear what is meant.
    #[error("`{given}` has more digits than its prefix keeps; the range that it lies in is {range}")]
    HostBits {
        /// As written.
        given: String,
        /// The range with those bits cleared.
        range: Cidr,
    },
}

/// Lengths of the prefixes that count of an address, by its version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PrefixBits {
    /// Of IPv4.
    pub v4: u8,
    /// Of IPv6.
    pub v6: u8,
}

impl Cidr {
    /// Reads an address or an address with a prefix length.
    ///
    /// # Errors
    /// [`CidrError`] with a sentence for the person who wrote it.
    pub fn parse(text: &str) -> Result<Self, CidrError> {
        let malformed = || CidrError::Malformed(text.to_owned());
        let (address, prefix) = text.trim().split_once('/').map_or((text.trim(), None), |(a, p)| (a, Some(p)));
        let written: IpAddr = address.parse().map_err(|_| malformed())?;
        let prefix_bits = match prefix {
            None => width(written),
            Some(digits) if !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit()) => {
                digits.parse().map_err(|_| malformed())?
            }
            Some(_) => return Err(malformed()),
        };
        let range = Self::of(written, prefix_bits).ok_or_else(malformed)?;
        if range.address != written.to_canonical() {
            return Err(CidrError::HostBits { given: text.to_owned(), range });
        }
        Ok(range)
    }

    /// The range of this prefix that an address lies in; `None` when the prefix is longer than the address.
    #[must_use]
    pub fn of(written: IpAddr, prefix_bits: u8) -> Option<Self> {
        if prefix_bits > width(written) {
            return None;
        }
        let address = written.to_canonical();
        let mapped = written.is_ipv6() && address.is_ipv4();
        let prefix_bits = if mapped { prefix_bits.checked_sub(96)? } else { prefix_bits };
        Some(Self { address: cleared(address, prefix_bits), prefix_bits })
    }

    /// The range that an address lies in, with the prefix of its version. A prefix that is longer than the address is the whole of it.
    #[must_use]
    pub fn around(address: IpAddr, bits: PrefixBits) -> Self {
        let address = address.to_canonical();
        let prefix_bits = if address.is_ipv4() { bits.v4 } else { bits.v6 }.min(width(address));
        Self { address: cleared(address, prefix_bits), prefix_bits }
    }

    /// Whether an address lies in the range.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.address.is_ipv4() && cleared(address, self.prefix_bits) == self.address
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix_bits)
    }
}

fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// The address with only the first `prefix_bits` kept.
fn cleared(address: IpAddr, prefix_bits: u8) -> IpAddr {
    let prefix_bits = u32::from(prefix_bits);
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(u32::BITS.saturating_sub(prefix_bits)).unwrap_or(0);
            IpAddr::V4((v4.to_bits() & mask).into())
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(u128::BITS.saturating_sub(prefix_bits)).unwrap_or(0);
            IpAddr::V6((v6.to_bits() & mask).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        for (text, range) in [
            ("10.0.0.0/8", "10.0.0.0/8"),
            (" 192.168.1.7 ", "192.168.1.7/32"),
            ("::1", "::1/128"),
            ("2001:db8::/32", "2001:db8::/32"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("::/0", "::/0"),
            ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
        ] {
            assert_eq!(Cidr::parse(text).unwrap().to_string(), range);
        }
        for text in [
            "",
            "x",
            "10.0.0.0/33",
            "::/129",
            "10.0.0.0/",
            "10.0.0.0/+8",
            "10/8",
            "example.org",
            "::ffff:0:0/90",
            "10.0.0.0/8/8",
        ] {
            assert_eq!(Cidr::parse(text), Err(CidrError::Malformed(text.to_owned())));
        }
        let message = Cidr::parse("10.1.2.3/8").unwrap_err().to_string();
        assert_eq!(
            message,
            "`10.1.2.3/8` has more digits than its prefix keeps; the range that it lies in is 10.0.0.0/8"
        );
        let all = Cidr::parse("0.0.0.0/0").unwrap();
        assert!(all.contains("255.255.255.255".parse().unwrap()) && !all.contains("::1".parse().unwrap()));
    }

    #[test]
    fn neighbours() {
        let bits = PrefixBits { v4: 24, v6: 64 };
        let same = |left: &str, right: &str| {
            Cidr::around(left.parse().unwrap(), bits) == Cidr::around(right.parse().unwrap(), bits)
        };
        assert!(same("203.0.113.1", "203.0.113.254") && !same("203.0.113.1", "203.0.114.1"));
        assert!(same("203.0.113.1", "::ffff:203.0.113.9") && !same("203.0.113.1", "::203.0.113.1"));
        assert!(same("2001:db8:1:2::1", "2001:db8:1:2:ffff::9") && !same("2001:db8:1:2::1", "2001:db8:1:3::1"));
    }
}

//! The list of inner targets that an operator lets the server call. In: hosts and networks as text. Out: an [`AllowList`], or what is wrong.

use crate::cidr::{Cidr, PrefixBits};
use std::net::IpAddr;
use std::str::FromStr;

/// Hosts and networks that may be called although they are not on the open internet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AllowList(Vec<Entry>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Entry {
    /// A name, without the dot at its end, in lower case.
    Host(String),
    /// Every name below this one.
    Below(String),
    /// A range of addresses.
    Network(Cidr),
}

/// Why an entry of an allow list means nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{entry}` {problem}; write a host (`id.example.org`, `*.example.org`), an address (`127.0.0.1`) or a network (`10.0.0.0/8`)"
)]
pub struct InvalidAllow {
    /// As written.
    pub entry: String,
    /// What is wrong, as the rest of a sentence.
    pub problem: &'static str,
}

impl AllowList {
    /// Reads the entries.
    ///
    /// # Errors
    /// The first entry that is neither a host nor a network.
    pub fn parse<T: AsRef<str>>(entries: &[T]) -> Result<Self, InvalidAllow> {
        let read = |raw: &T| {
            let text = raw.as_ref().trim();
            entry(text).map_err(|problem| InvalidAllow { entry: text.to_owned(), problem })
        };
        entries.iter().map(read).collect::<Result<Vec<_>, _>>().map(Self)
    }

    /// Whether a name may be called wherever it leads.
    #[must_use]
    pub fn has_host(&self, host: &str) -> bool {
        let host = plain(host);
        self.0.iter().any(|entry| match entry {
            Entry::Host(name) => *name == host,
            Entry::Below(parent) => host.strip_suffix(parent.as_str()).is_some_and(|head| head.ends_with('.')),
            Entry::Network(_) => false,
        })
    }

    /// Whether an address may be called. An IPv4 address in IPv6 dress (`::ffff:10.0.0.1`) is the IPv4 address.
    #[must_use]
    pub fn has_address(&self, address: IpAddr) -> bool {
        self.0.iter().any(|entry| match entry {
            Entry::Network(range) => range.contains(address),
            Entry::Host(_) | Entry::Below(_) => false,
        })
    }

    /// This list with one more host, for a target that the operator named elsewhere.
    #[must_use]
    pub fn with_host(mut self, host: &str) -> Self {
        self.0.extend(entry(host));
        self
    }
}

/// A name as it is compared.
fn plain(host: &str) -> String {
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}

fn entry(text: &str) -> Result<Entry, &'static str> {
    if text.is_empty() {
        return Err("is empty");
    }
    if text.contains("://") {
        return Err("is an address of a page");
    }
    let bare = text.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(text);
    if let Ok(address) = IpAddr::from_str(bare) {
        return Ok(Entry::Network(Cidr::around(address, PrefixBits { v4: 32, v6: 128 })));
    }
    if let Some((base, length)) = bare.split_once('/') {
        let base = IpAddr::from_str(base).map_err(|_| "is no network")?;
        let range = length.parse().ok().and_then(|length| Cidr::of(base, length));
        return range.map(Entry::Network).ok_or("has a prefix length that its address does not have");
    }
    if text.contains(':') {
        return Err("names a port, which is not compared");
    }
    let (name, below) = text.strip_prefix("*.").map_or((text, false), |name| (name, true));
    let name = plain(name);
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    if !name.split('.').all(is_label) {
        return Err("is no host name");
    }
    Ok(if below { Entry::Below(name) } else { Entry::Host(name) })
}

//! Decides where a request may go: schemes, literal addresses, and every address that a name leads to, at the moment of connecting.
//! The addresses that were checked are the ones connected to, so a name that changes its answer gains nothing.

use super::address::{Network, network};
use super::allow::AllowList;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use url::{Host, Url};

/// Answers of a name lookup, to come.
pub type Lookup = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// How names are looked up. [`system_lookup`] unless a test knows better.
pub type LookupFn = Arc<dyn Fn(String) -> Lookup + Send + Sync>;

/// The system's own way: hosts file, then DNS.
#[must_use]
pub fn system_lookup() -> LookupFn {
    Arc::new(|host| {
        Box::pin(async move {
            let found = tokio::net::lookup_host((host.as_str(), 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    })
}

/// Why a request may not go where it wants to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Blocked {
    /// Neither `http` nor `https`.
    #[error("`{scheme}` is not a scheme for requests to the outside; use http or https")]
    Scheme {
        /// As written.
        scheme: String,
    },
    /// The address is not on the open internet.
    #[error("`{host}` is {}, which may not be called unless `egress.allow` names it", network.name())]
    Address {
        /// As written; not what it leads to, since that would tell a stranger about the inner network.
        host: String,
        /// What its address belongs to.
        network: Network,
    },
    /// A redirect from HTTPS to HTTP would show the request to everybody on the way.
    #[error("`{host}` would be called without encryption after a redirect")]
    Downgrade {
        /// The next host.
        host: String,
    },
}

/// A name that leads nowhere.
#[derive(Debug, thiserror::Error)]
#[error("the name `{host}` cannot be looked up")]
pub(super) struct Unknown {
    pub host: String,
    #[source]
    pub source: Option<io::Error>,
}

/// Checks targets.
pub(super) struct Guard {
    pub allow: AllowList,
    pub lookup: LookupFn,
}

impl Guard {
    /// Checks what can be checked before a name is looked up: the scheme, and an address that is written out.
    pub(super) fn check_url(&self, url: &Url) -> Result<(), Blocked> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Blocked::Scheme { scheme: url.scheme().to_owned() });
        }
        match url.host() {
            Some(Host::Ipv4(address)) => self.check_address(&address.to_string(), address.into()),
            Some(Host::Ipv6(address)) => self.check_address(&address.to_string(), address.into()),
            Some(Host::Domain(_)) | None => Ok(()),
        }
    }

    fn check_address(&self, host: &str, address: IpAddr) -> Result<(), Blocked> {
        let network = network(address);
        if network == Network::Public || self.allow.has_address(address) {
            return Ok(());
        }
        Err(Blocked::Address { host: host.to_owned(), network })
    }
}

/// A [`Guard`] in the place of the client's resolver.
pub(super) struct GuardedLookup(pub Arc<Guard>);

impl Resolve for GuardedLookup {
    /// One inner address among the answers refuses the name: an honest name has none.
    fn resolve(&self, name: Name) -> Resolving {
        let guard = Arc::clone(&self.0);
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found = (guard.lookup)(host.clone()).await;
            let found = found.map_err(|source| Unknown { host: host.clone(), source: Some(source) })?;
            if found.is_empty() {
                return Err(Unknown { host, source: None }.into());
            }
            if !guard.allow.has_host(&host) {
                found.iter().try_for_each(|address| guard.check_address(&host, *address))?;
            }
            let addresses: Addrs = Box::new(found.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(addresses)
        })
    }
}

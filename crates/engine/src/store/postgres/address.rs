//! Where a PostgreSQL database is: `postgres://user:password@host:port/database?options`. Never shows its password.

use super::tls::Trust;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

/// A parsed address.
#[derive(Clone)]
pub struct Address {
    pub(super) config: Box<Config>,
    pub(super) trust: Trust,
}

/// Why an address cannot be used. Says nothing of its password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct BadAddress {
    problem: String,
}

impl Address {
    /// Reads an address. Beside what libpq knows, `sslmode` and `sslrootcert` say how the server is checked.
    ///
    /// # Errors
    /// It is no such address, or names an option that is not there.
    pub fn parse(text: &str) -> Result<Self, BadAddress> {
        let bad = |problem: &str| BadAddress { problem: problem.to_owned() };
        let (base, query) = text.split_once('?').unwrap_or((text, ""));
        let mut kept = Vec::new();
        let (mut mode, mut roots) = ("prefer", None);
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("sslmode", value)) => mode = value,
                Some(("sslrootcert", value)) => roots = Some(PathBuf::from(decoded(value))),
                _ => kept.push(pair),
            }
        }
        let (ssl, trust) = match (mode, roots) {
            ("disable", None) => (SslMode::Disable, Trust::Anybody),
            ("disable", Some(_)) => return Err(bad("sslrootcert is of no use with sslmode=disable")),
            ("prefer", None) => (SslMode::Prefer, Trust::Anybody),
            ("require", None) => (SslMode::Require, Trust::Anybody),
            ("verify-ca", Some(file)) => (SslMode::Require, Trust::Roots { file: Some(file), any_name: true }),
            ("verify-ca", None) => return Err(bad("sslmode=verify-ca needs sslrootcert")),
            ("verify-full", file) => (SslMode::Require, Trust::Roots { file, any_name: false }),
            ("prefer" | "require", Some(file)) => (SslMode::Require, Trust::Roots { file: Some(file), any_name: true }),
            _ => return Err(bad("sslmode is one of disable, prefer, require, verify-ca, verify-full")),
        };
        let separator = if kept.is_empty() { "" } else { "?" };
        let mut config = Config::from_str(&[base, separator, &kept.join("&")].concat()).map_err(|error| {
            let source = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
            bad(&format!("it is no address of a PostgreSQL database: {source}"))
        })?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(bad("it names no host"));
        }
        if config.get_user().is_none() {
            return Err(bad("it names no user"));
        }
        if config.get_dbname().is_none() {
            return Err(bad("it names no database"));
        }
        config.ssl_mode(ssl);
        if config.get_application_name().is_none() {
            config.application_name("backstay");
        }
        Ok(Self { config: Box::new(config), trust })
    }

    /// The name of the database.
    #[must_use]
    pub fn database(&self) -> &str {
        self.config.get_dbname().unwrap_or_default()
    }

    /// Whether what is sent can be read on the way, or by somebody who answers in the server's place.
    #[must_use]
    pub fn exposed(&self) -> bool {
        let near = |host: &Host| match host {
            Host::Unix(_) => true,
            Host::Tcp(name) => name == "localhost" || name.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback()),
        };
        !self.config.get_hosts().iter().all(near) && matches!(self.trust, Trust::Anybody)
    }
}

impl fmt::Display for Address {
    /// Hosts and database.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ports = self.config.get_ports();
        for (position, host) in self.config.get_hosts().iter().enumerate() {
            out.write_str(if position == 0 { "" } else { "," })?;
            let port = ports.get(position).or(ports.first()).copied().unwrap_or(5432);
            match host {
                Host::Tcp(name) => write!(out, "{name}:{port}")?,
                Host::Unix(path) => write!(out, "{}", path.display())?,
            }
        }
        write!(out, "/{}", self.database())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Address({self})")
    }
}

/// Percent-decoding; what is no code stays as it is.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = (*first == b'%').then(|| after.get(..2)).flatten();
        let byte = code.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (text, shown) in [
            ("postgres://ann:secret@db.example.org/app", "db.example.org:5432/app"),
            ("postgresql://ann@127.0.0.1:6000/app?sslmode=disable", "127.0.0.1:6000/app"),
            ("postgres://ann@a,b:1/app?target_session_attrs=read-write", "a:5432,b:1/app"),
            ("postgres://ann@%2Frun%2Fpg/app", "/run/pg/app"),
            ("postgres://ann:secret@h/app?sslmode=verify-full&sslrootcert=%2Fca.pem", "h:5432/app"),
        ] {
            let address = Address::parse(text).unwrap();
            assert_eq!(address.to_string(), shown, "{text}");
            assert!(!format!("{address:?}").contains("secret"));
        }
        for (text, problem) in [
            ("postgres://ann:secret@h", "it names no database"),
            ("postgres://h/app", "it names no user"),
            ("postgres://ann@/app", "it names no host"),
            ("postgres://ann:secret@h/app?sslmode=maybe", "sslmode is one of"),
            ("postgres://ann:secret@h/app?sslmode=verify-ca", "needs sslrootcert"),
            ("postgres://ann:secret@h/app?colour=red", "unknown option"),
            ("postgres://ann:secret@h:x/app", "it is no address"),
        ] {
            let error = Address::parse(text).unwrap_err().to_string();
            assert!(error.contains(problem) && !error.contains("secret"), "{text}: {error}");
        }
    }

    #[test]
    fn what_goes_over_the_network_unchecked_is_exposed() {
        for (text, exposed) in [
            ("postgres://a@localhost/d", false),
            ("postgres://a@127.0.0.1/d", false),
            ("postgres://a@%2Frun/d", false),
            ("postgres://a@db/d", true),
            ("postgres://a@db/d?sslmode=require", true),
            ("postgres://a@db/d?sslmode=verify-full", false),
        ] {
            assert_eq!(Address::parse(text).unwrap().exposed(), exposed, "{text}");
        }
    }
}

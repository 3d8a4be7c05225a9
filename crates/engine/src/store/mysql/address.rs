//! Where a MySQL or MariaDB database is: `mysql://user:password@host:port/database?options`. Never shows its password.

use mysql_async::{Opts, SslOpts};
use percent_encoding::percent_decode_str;
use std::fmt;
use std::path::PathBuf;

/// A parsed address.
#[derive(Clone)]
pub struct Address {
    pub(super) opts: Opts,
    pub(super) tls: Tls,
}

/// Whether the connection is encrypted, and whose certificate is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Tls {
    /// It is not.
    Off,
    /// Where the server offers it; anybody's.
    IfOffered,
    /// Anybody's: the server is not known.
    Anybody,
    /// One that leads to a known root.
    Roots {
        /// The roots in PEM; `None` is the public ones.
        file: Option<PathBuf>,
        /// Whether its name does not matter.
        any_name: bool,
    },
}

/// Why an address cannot be used. Says nothing of its password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct BadAddress {
    problem: String,
}

impl Address {
    /// Reads an address. `ssl-mode` and `ssl-ca` say how the server is checked, as MySQL's own tools have them; `socket` names a
    /// socket of this machine.
    ///
    /// # Errors
    /// It is no such address, or names an option that is not there.
    pub fn parse(text: &str) -> Result<Self, BadAddress> {
        let bad = |problem: &str| BadAddress { problem: problem.to_owned() };
        let (base, query) = text.split_once('?').unwrap_or((text, ""));
        let base = base.strip_prefix("mariadb:").map_or_else(|| base.to_owned(), |rest| format!("mysql:{rest}"));
        let (mut mode, mut roots, mut kept) = ("PREFERRED".to_owned(), None, Vec::new());
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("ssl-mode", value)) => mode = value.to_ascii_uppercase(),
                Some(("ssl-ca", value)) => {
                    roots = Some(PathBuf::from(percent_decode_str(value).decode_utf8_lossy().into_owned()));
                }
                Some(("socket", _)) => kept.push(pair),
                _ => return Err(bad("it has an unknown option; there are ssl-mode, ssl-ca and socket")),
            }
        }
        let tls = match (mode.as_str(), roots) {
            ("DISABLED", None) => Tls::Off,
            ("DISABLED", Some(_)) => return Err(bad("ssl-ca is of no use with ssl-mode=DISABLED")),
            ("PREFERRED", None) => Tls::IfOffered,
            ("REQUIRED", None) => Tls::Anybody,
            ("VERIFY_CA", None) => return Err(bad("ssl-mode=VERIFY_CA needs ssl-ca")),
            ("PREFERRED" | "REQUIRED" | "VERIFY_CA", file @ Some(_)) => Tls::Roots { file, any_name: true },
            ("VERIFY_IDENTITY", file) => Tls::Roots { file, any_name: false },
            _ => {
                return Err(bad("ssl-mode is one of DISABLED, PREFERRED, REQUIRED, VERIFY_CA, VERIFY_IDENTITY"));
            }
        };
        let separator = if kept.is_empty() { "" } else { "?" };
        let opts = Opts::from_url(&[&base, separator, &kept.join("&")].concat())
            .map_err(|error| bad(&format!("it is no address of a MySQL database: {error}")))?;
        if opts.user().is_none_or(str::is_empty) {
            return Err(bad("it names no user"));
        }
        if opts.db_name().is_none_or(str::is_empty) {
            return Err(bad("it names no database"));
        }
        Ok(Self { opts, tls })
    }

    /// The name of the database.
    #[must_use]
    pub fn database(&self) -> &str {
        self.opts.db_name().unwrap_or_default()
    }

    /// Whether what is sent can be read on the way, or by somebody who answers in the server's place.
    #[must_use]
    pub fn exposed(&self) -> bool {
        let host = self.opts.ip_or_hostname();
        let near = self.opts.socket().is_some()
            || host == "localhost"
            || host.trim_matches(['[', ']']).parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
        !near && !matches!(self.tls, Tls::Roots { .. })
    }
}

impl Tls {
    /// The driver's options; `None` is without encryption.
    pub(super) fn options(&self) -> Option<SslOpts> {
        match self {
            Self::Off => None,
            Self::IfOffered | Self::Anybody => {
                Some(SslOpts::default().with_danger_accept_invalid_certs(true).with_danger_skip_domain_validation(true))
            }
            Self::Roots { file, any_name } => {
                let options = SslOpts::default().with_danger_skip_domain_validation(*any_name);
                Some(match file {
                    Some(file) => options.with_root_certs(vec![file.clone().into()]).with_disable_built_in_roots(true),
                    None => options,
                })
            }
        }
    }
}

impl fmt::Display for Address {
    /// Host and database.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.opts.socket() {
            Some(path) => write!(out, "{path}/{}", self.database()),
            None => write!(out, "{}:{}/{}", self.opts.ip_or_hostname(), self.opts.tcp_port(), self.database()),
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Address({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (text, shown) in [
            ("mysql://ann:secret@db.example.org/app", "db.example.org:3306/app"),
            ("mariadb://ann@127.0.0.1:6000/app?ssl-mode=disabled", "127.0.0.1:6000/app"),
            ("mysql://ann@localhost/app?socket=%2Frun%2Fmy.sock", "/run/my.sock/app"),
            ("mysql://ann:secret@h/app?ssl-mode=VERIFY_IDENTITY&ssl-ca=%2Fca.pem", "h:3306/app"),
        ] {
            let address = Address::parse(text).unwrap();
            assert_eq!(address.to_string(), shown, "{text}");
            assert!(!format!("{address:?}").contains("secret"));
        }
        for (text, problem) in [
            ("mysql://ann:secret@h", "it names no database"),
            ("mysql://h/app", "it names no user"),
            ("mysql://ann:secret@h/app?ssl-mode=maybe", "ssl-mode is one of"),
            ("mysql://ann:secret@h/app?ssl-mode=VERIFY_CA", "needs ssl-ca"),
            ("mysql://ann:secret@h/app?ssl-mode=DISABLED&ssl-ca=x", "of no use"),
            ("mysql://ann:secret@h/app?pool_max=5", "unknown option"),
            ("mysql://ann:secret@h:x/app", "it is no address"),
            ("postgres://ann:secret@h/app", "it is no address"),
        ] {
            let error = Address::parse(text).unwrap_err().to_string();
            assert!(error.contains(problem) && !error.contains("secret"), "{text}: {error}");
        }
    }

    #[test]
    fn what_goes_over_the_network_unchecked_is_exposed() {
        for (text, exposed) in [
            ("mysql://a@localhost/d", false),
            ("mysql://a@127.0.0.1/d", false),
            ("mysql://a@[::1]/d", false),
            ("mysql://a@db/d", true),
            ("mysql://a@db/d?ssl-mode=REQUIRED", true),
            ("mysql://a@db/d?ssl-mode=VERIFY_IDENTITY", false),
        ] {
            assert_eq!(Address::parse(text).unwrap().exposed(), exposed, "{text}");
        }
    }
}

//! Whether a redirect may be followed. In: where a request has been and where it is sent. Out: yes, or why not.
//! Every hop is checked like the first target, and encryption is never left.

use super::guard::{Blocked, Guard};
use url::Url;

/// Why a redirect is not followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum HopRefused {
    /// There were as many as are allowed.
    TooMany,
    /// The place may not be called.
    Blocked(Blocked),
}

/// Checks one hop; `previous` are the addresses asked so far, the first target among them.
pub(super) fn check(guard: &Guard, previous: &[Url], next: &Url, redirects_max: usize) -> Result<(), HopRefused> {
    if previous.len() > redirects_max {
        return Err(HopRefused::TooMany);
    }
    let was_encrypted = previous.last().is_some_and(|url| url.scheme() == "https");
    if was_encrypted && next.scheme() == "http" {
        let host = next.host_str().unwrap_or_default().to_owned();
        return Err(HopRefused::Blocked(Blocked::Downgrade { host }));
    }
    guard.check_url(next).map_err(HopRefused::Blocked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http_out::HttpOutOptions;
    use crate::http_out::allow::AllowList;

    #[track_caller]
    fn found(previous: &[&str], next: &str) -> Result<(), HopRefused> {
        let allow = AllowList::parse(&["127.0.0.1"]).unwrap();
        let guard = Guard { allow, lookup: HttpOutOptions::default().lookup };
        let previous: Vec<Url> = previous.iter().map(|url| Url::parse(url).unwrap()).collect();
        check(&guard, &previous, &Url::parse(next).unwrap(), 2)
    }

    #[test]
    fn encryption_is_never_left() {
        let downgrade = |host: &str| Err(HopRefused::Blocked(Blocked::Downgrade { host: host.to_owned() }));
        assert_eq!(found(&["https://id.example/"], "https://login.example/"), Ok(()));
        assert_eq!(found(&["http://id.example/"], "https://login.example/"), Ok(()));
        assert_eq!(found(&["http://id.example/"], "http://login.example/"), Ok(()));
        assert_eq!(found(&["https://id.example/"], "http://id.example/"), downgrade("id.example"));
        assert_eq!(found(&["https://id.example/"], "http://127.0.0.1/"), downgrade("127.0.0.1"));
        assert_eq!(
            found(&["http://id.example/", "https://id.example/"], "http://id.example/"),
            downgrade("id.example")
        );
        // What was asked in the open at first has lost nothing.
        assert_eq!(found(&["https://id.example/", "http://127.0.0.1/"], "http://127.0.0.1/x"), Ok(()));
    }

    #[test]
    fn hops_are_counted_and_checked() {
        let three = ["https://a.example/", "https://b.example/", "https://c.example/"];
        assert_eq!(found(&three, "https://d.example/"), Err(HopRefused::TooMany));
        let inner = found(&["https://a.example/"], "https://10.0.0.1/");
        assert!(matches!(inner, Err(HopRefused::Blocked(Blocked::Address { .. }))), "{inner:?}");
        assert!(found(&["https://a.example/"], "ftp://b.example/").is_err());
    }
}

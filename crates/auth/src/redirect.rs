//! Where a browser may be sent after sign-in. In: the URLs of the configuration and what a request asks for.
//! Out: one of the allowed URLs, or the site's own; never an error, so that nothing can be probed. No HTTP.

mod glob;

use glob::Glob;
use std::net::IpAddr;
use url::{Host, Url, form_urlencoded};

/// Longest URL that is looked at, bytes.
const URL_BYTES_MAX: usize = 2048;

/// Most entries of the list.
const ENTRIES_MAX: usize = 256;

/// Schemes that run code, read files or are no places to go to. Never allowed, whatever the list says.
const REFUSED_SCHEMES: [&str; 12] = [
    "javascript",
    "data",
    "vbscript",
    "file",
    "blob",
    "about",
    "view-source",
    "filesystem",
    "ws",
    "wss",
    "ftp",
    "intent",
];

/// How the list is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matching {
    /// Whole URLs, and path prefixes that end in `/*` (RFC 9700 2.1: exact match).
    Strict,
    /// Globs as GoTrue reads them, and any path of the site's own host (`auth.profile = compat`).
    Compat,
}

/// Whether any port of this machine is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loopback {
    /// Only what is listed.
    AsListed,
    /// Any port and path of `localhost`, `127.0.0.0/8` and `[::1]`: for development (RFC 8252 7.3).
    AnyPort,
}

/// Why a configuration is refused at start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRedirects {
    /// The site's own URL.
    #[error("auth.site_url `{url}` is not an http or https URL, or has user information, a blank or a backslash in it")]
    SiteUrl {
        /// As configured.
        url: String,
    },
    /// An entry of the list.
    #[error(
        "auth.redirect_urls has `{url}`, which is not allowed: {problem}; write the whole URL, or a path that ends in `/*`"
    )]
    Entry {
        /// As configured.
        url: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// Too long a list.
    #[error("auth.redirect_urls has more than {ENTRIES_MAX} entries")]
    TooMany,
}

/// The URLs that a browser may be sent to.
#[derive(Debug, Clone)]
pub struct RedirectRules {
    site: Url,
    entries: Vec<Entry>,
    matching: Matching,
    loopback: Loopback,
}

#[derive(Debug, Clone)]
enum Entry {
    Exact(Url),
    /// The URL's path ends in `/`.
    Under(Url),
    Glob(Glob),
}

impl RedirectRules {
    /// Reads `auth.site_url` and `auth.redirect_urls`.
    ///
    /// # Errors
    /// [`InvalidRedirects`], which names the entry.
    pub fn parse(
        site_url: &str,
        entries: &[String],
        matching: Matching,
        loopback: Loopback,
    ) -> Result<Self, InvalidRedirects> {
        let site = clean(site_url)
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.fragment().is_none())
            .ok_or_else(|| InvalidRedirects::SiteUrl { url: site_url.to_owned() })?;
        if entries.len() > ENTRIES_MAX {
            return Err(InvalidRedirects::TooMany);
        }
        let entries = entries
            .iter()
            .map(|text| entry(text, matching).map_err(|problem| InvalidRedirects::Entry { url: text.clone(), problem }))
            .collect::<Result<_, _>>()?;
        Ok(Self { site, entries, matching, loopback })
    }

    /// The URL that is asked for when it is allowed, else the site's own.
    #[must_use]
    pub fn resolve(&self, asked: Option<&str>) -> Target {
        let url = asked.and_then(clean).filter(|url| self.allows(url)).unwrap_or_else(|| self.site.clone());
        Target(url)
    }

    /// The site's own URL.
    #[must_use]
    pub fn site(&self) -> Target {
        Target(self.site.clone())
    }

    fn allows(&self, url: &Url) -> bool {
        if *url == self.site || (self.loopback == Loopback::AnyPort && is_loopback(url)) {
            return true;
        }
        if self.matching == Matching::Compat && url.origin() == self.site.origin() && url.origin().is_tuple() {
            return true;
        }
        self.entries.iter().any(|entry| match entry {
            Entry::Exact(known) => known == url,
            Entry::Under(prefix) => is_under(prefix, url),
            Entry::Glob(glob) => glob.matches(without_fragment(url)),
        })
    }
}

/// An allowed URL, with which answers are built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target(Url);

impl Target {
    /// A target that was resolved before and stored by the server itself.
    #[must_use]
    pub fn stored(text: &str) -> Option<Self> {
        clean(text).map(Self)
    }

    /// The URL: ASCII, without blanks and control characters, so it is safe in a header.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The URL with `pairs` in its query. Pairs of the same names that the URL had are dropped: nobody can slip in a
    /// second `code`. The fragment stays.
    #[must_use]
    pub fn with_query(&self, pairs: &[(&str, &str)]) -> String {
        let mut url = self.0.clone();
        let is_ours = |pair: &&str| {
            form_urlencoded::parse(pair.as_bytes()).any(|(name, _)| pairs.iter().any(|&(ours, _)| ours == name))
        };
        let kept = url.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty() && !is_ours(pair));
        let query: Vec<String> = kept.map(str::to_owned).chain(pairs.iter().map(|&pair| encoded(pair))).collect();
        url.set_query(Some(&query.join("&")));
        url.into()
    }

    /// The URL with `pairs` as its fragment, in place of the one it had.
    #[must_use]
    pub fn with_fragment(&self, pairs: &[(&str, &str)]) -> String {
        let mut url = self.0.clone();
        let fragment: Vec<String> = pairs.iter().map(|&pair| encoded(pair)).collect();
        url.set_fragment(Some(&fragment.join("&")));
        url.into()
    }
}

fn encoded((name, value): (&str, &str)) -> String {
    form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish()
}

/// A normalised URL without tricks: `None` for anything that two parsers may read differently.
fn clean(text: &str) -> Option<Url> {
    let is_odd = |c: char| c.is_control() || c.is_whitespace() || c == '\\';
    if text.len() > URL_BYTES_MAX || text.contains(is_odd) {
        return None;
    }
    let (scheme, rest) = text.split_once(':')?;
    let url = Url::parse(text).ok()?;
    if !url.scheme().eq_ignore_ascii_case(scheme) || REFUSED_SCHEMES.contains(&url.scheme()) {
        return None;
    }
    if matches!(url.scheme(), "http" | "https") {
        // `https:host`, `https:/host` and `https:///host` all mean `host` to a browser and something else to others.
        let authority = authority(rest.strip_prefix("//")?);
        if authority.is_empty() || authority.contains('@') || authority.ends_with(':') || url.host_str().is_none() {
            return None;
        }
    } else if rest.strip_prefix("//").is_some_and(|rest| authority(rest).contains('@')) {
        return None;
    }
    let has_user = !url.username().is_empty() || url.password().is_some();
    (!has_user).then_some(url)
}

/// What stands before the path.
fn authority(rest: &str) -> &str {
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

fn entry(text: &str, matching: Matching) -> Result<Entry, &'static str> {
    if matching == Matching::Compat {
        return Glob::parse(text).map(Entry::Glob);
    }
    let (body, is_prefix) = match text.strip_suffix("/**").or_else(|| text.strip_suffix("/*")) {
        Some(body) => (format!("{body}/"), true),
        None => (text.to_owned(), false),
    };
    if body.contains('*') {
        return Err("a `*` is only allowed at the end, after a `/`");
    }
    let url = clean(&body)
        .ok_or("it is not a complete URL, or has a refused scheme, user information, a blank or a backslash")?;
    if !is_prefix {
        return Ok(Entry::Exact(url));
    }
    if !matches!(url.scheme(), "http" | "https") {
        return Err("a path prefix is only allowed with http and https");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("a path prefix has no query and no fragment");
    }
    Ok(Entry::Under(url))
}

/// Whether `url` has the prefix's origin and lies below its path, by any reading of the path.
fn is_under(prefix: &Url, url: &Url) -> bool {
    let path = url.path();
    // What a server behind may decode or fold into another path is not below the prefix for certain.
    let lower = path.to_ascii_lowercase();
    let is_ambiguous = ["%2f", "%5c", "%2e", "%25", "%00", "//", ";"].iter().any(|odd| lower.contains(odd))
        || path.split('/').any(|segment| segment.starts_with(".."));
    prefix.scheme() == url.scheme()
        && prefix.host() == url.host()
        && prefix.port_or_known_default() == url.port_or_known_default()
        && (path.starts_with(prefix.path()) || Some(path) == prefix.path().strip_suffix('/'))
        && !is_ambiguous
}

fn is_loopback(url: &Url) -> bool {
    let is_local = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    };
    is_local && matches!(url.scheme(), "http" | "https")
}

fn without_fragment(url: &Url) -> &str {
    url.as_str().split('#').next().unwrap_or_default()
}

#[cfg(test)]
mod tests;

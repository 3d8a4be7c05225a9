//! Whether two requests come from the same place. In: user agents and addresses. Out: coarse facts that are compared as wholes.
//! Coarse on purpose: a browser updates itself and a telephone changes its address, and neither must log anybody out.

use std::net::{IpAddr, Ipv6Addr};

/// What a refresh request tells about its client.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ClientFacts {
    /// Program and system.
    pub agent: AgentFamily,
    /// Network, where the address is known.
    pub network: Option<Network>,
}

impl ClientFacts {
    /// Facts of a request.
    #[must_use]
    pub fn of(user_agent: &str, address: Option<IpAddr>) -> Self {
        Self { agent: AgentFamily::of(user_agent), network: address.map(Network::of) }
    }
}

/// A program without its version, and the system it runs on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AgentFamily {
    program: String,
    system: &'static str,
}

/// What a user agent contains, and what that makes it; the first that fits, since most claim to be several.
const PROGRAMS: &[(&str, &str)] = &[
    ("Edg", "edge"),
    ("OPR/", "opera"),
    ("SamsungBrowser/", "samsung"),
    ("FxiOS/", "firefox"),
    ("Firefox/", "firefox"),
    ("CriOS/", "chrome"),
    ("Chrome/", "chrome"),
    ("Safari/", "safari"),
];

const SYSTEMS: &[(&str, &str)] = &[
    ("iPhone", "ios"),
    ("iPad", "ios"),
    ("Android", "android"),
    ("CrOS", "chromeos"),
    ("Windows", "windows"),
    ("Macintosh", "macos"),
    ("Linux", "linux"),
];

impl AgentFamily {
    /// Of a `User-Agent` header; a program that is not known goes by its name before the first slash.
    #[must_use]
    pub fn of(user_agent: &str) -> Self {
        let find = |table: &[(&str, &'static str)]| {
            table.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, family)| *family)
        };
        let own_name = || user_agent.split(['/', ' ']).next().unwrap_or_default().chars().take(32).collect();
        let program = find(PROGRAMS).map_or_else(own_name, str::to_owned);
        Self { program, system: find(SYSTEMS).unwrap_or("other") }
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

    const CHROME: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36";

    #[test]
    fn agents() {
        let check = |user_agent: &str, program: &str, system: &str| {
            let family = AgentFamily::of(user_agent);
            assert_eq!((family.program.as_str(), family.system), (program, system), "{user_agent}");
        };
        check(CHROME, "chrome", "windows");
        check(&CHROME.replace("126", "127"), "chrome", "windows");
        check(&format!("{CHROME} Edg/126.0.0.0"), "edge", "windows");
        check(&CHROME.replace("Windows NT 10.0; Win64; x64", "Linux; Android 14; Pixel 8"), "chrome", "android");
        check("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "firefox", "linux");
        check(
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
            "safari",
            "ios",
        );
        check(
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
            "safari",
            "macos",
        );
        check("Dart/3.4 (dart:io)", "Dart", "other");
        check("python-httpx/0.27.0", "python-httpx", "other");
        check("node", "node", "other");
        check("", "", "other");
        check(&"x".repeat(10_000), &"x".repeat(32), "other");
    }

    #[test]
    fn networks() {
        let same = |left: &str, right: &str| Network::of(left.parse().unwrap()) == Network::of(right.parse().unwrap());
        assert!(same("203.0.113.1", "203.0.113.254") && !same("203.0.113.1", "203.0.114.1"));
        assert!(same("203.0.113.1", "::ffff:203.0.113.9") && !same("203.0.113.1", "::203.0.113.1"));
        assert!(same("2001:db8:1:2::1", "2001:db8:1:2:ffff::9") && !same("2001:db8:1:2::1", "2001:db8:1:3::1"));
    }
}

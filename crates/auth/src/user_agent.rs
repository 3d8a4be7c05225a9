//! What device a session belongs to. In: a `User-Agent` header. Out: a family to compare and a label to show.
//! Plain text search in tables; the header is a claim of the client and decides nothing by itself.

/// Bytes of the header that are looked at.
const BYTES_MAX: usize = 512;

/// The program that sent a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// Microsoft Edge.
    Edge,
    /// Opera.
    Opera,
    /// Samsung Internet.
    Samsung,
    /// Vivaldi.
    Vivaldi,
    /// Firefox on any system.
    Firefox,
    /// Chrome and Chromium.
    Chrome,
    /// Safari and web views of iOS.
    Safari,
    /// An application written with Flutter or Dart.
    Dart,
    /// A program that uses OkHttp (Android).
    Okhttp,
    /// A program for an Apple system.
    Cfnetwork,
    /// A program in Python.
    Python,
    /// A program in JavaScript outside of a browser.
    Node,
    /// A program in Go.
    Go,
    /// `curl`.
    Curl,
    /// Anything else.
    Other,
}

/// The first needle that is found decides: browsers carry the names of those they imitate.
const FAMILIES: [(&str, Family); 27] = [
    ("edg/", Family::Edge),
    ("edga/", Family::Edge),
    ("edgios/", Family::Edge),
    ("opr/", Family::Opera),
    ("opera", Family::Opera),
    ("samsungbrowser/", Family::Samsung),
    ("vivaldi/", Family::Vivaldi),
    ("fxios/", Family::Firefox),
    ("firefox/", Family::Firefox),
    ("crios/", Family::Chrome),
    ("chrome/", Family::Chrome),
    ("chromium/", Family::Chrome),
    ("safari/", Family::Safari),
    ("applewebkit/", Family::Safari),
    ("dart/", Family::Dart),
    ("dart:io", Family::Dart),
    ("okhttp/", Family::Okhttp),
    ("cfnetwork/", Family::Cfnetwork),
    ("python", Family::Python),
    ("aiohttp/", Family::Python),
    ("node", Family::Node),
    ("undici", Family::Node),
    ("deno/", Family::Node),
    ("bun/", Family::Node),
    ("axios/", Family::Node),
    ("go-http-client/", Family::Go),
    ("curl/", Family::Curl),
];

/// Systems; phones come before the systems whose names they carry.
const SYSTEMS: [(&str, &str); 9] = [
    ("iphone", "iPhone"),
    ("ipad", "iPad"),
    ("android", "Android"),
    ("windows", "Windows"),
    ("cros ", "ChromeOS"),
    ("mac os x", "macOS"),
    ("macintosh", "macOS"),
    ("freebsd", "FreeBSD"),
    ("linux", "Linux"),
];

/// The family of a header; [`Family::Other`] when there is none that is known.
#[must_use]
pub fn family(header: &str) -> Family {
    family_of(&folded(header))
}

/// A short label such as `Firefox on Linux`, made of known words only: nothing of the header is shown.
#[must_use]
pub fn device_label(header: &str) -> String {
    let folded = folded(header);
    let name = family_of(&folded).name();
    match SYSTEMS.iter().find(|(needle, _)| folded.contains(needle)) {
        Some((_, system)) => format!("{name} on {system}"),
        None => name.to_owned(),
    }
}

impl Family {
    /// The name to show.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Edge => "Edge",
            Self::Opera => "Opera",
            Self::Samsung => "Samsung Internet",
            Self::Vivaldi => "Vivaldi",
            Self::Firefox => "Firefox",
            Self::Chrome => "Chrome",
            Self::Safari => "Safari",
            Self::Dart => "Flutter app",
            Self::Okhttp => "Android app",
            Self::Cfnetwork => "Apple app",
            Self::Python => "Python",
            Self::Node => "JavaScript",
            Self::Go => "Go",
            Self::Curl => "curl",
            Self::Other => "Unknown device",
        }
    }

    /// Whether this is a browser, which must never hold a secret key.
    #[must_use]
    pub fn is_browser(self) -> bool {
        match self {
            Self::Edge | Self::Opera | Self::Samsung | Self::Vivaldi | Self::Firefox | Self::Chrome | Self::Safari => {
                true
            }
            Self::Dart
            | Self::Okhttp
            | Self::Cfnetwork
            | Self::Python
            | Self::Node
            | Self::Go
            | Self::Curl
            | Self::Other => false,
        }
    }
}

fn folded(header: &str) -> String {
    let end = header.floor_char_boundary(BYTES_MAX.min(header.len()));
    header.get(..end).unwrap_or_default().to_ascii_lowercase()
}

fn family_of(folded: &str) -> Family {
    FAMILIES.iter().find(|(needle, _)| folded.contains(needle)).map_or(Family::Other, |&(_, family)| family)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels() {
        const KIT: &str = "AppleWebKit/537.36 (KHTML, like Gecko)";
        for (header, label) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0".to_owned(), "Firefox on Linux"),
            (format!("Mozilla/5.0 (Windows NT 10.0; Win64; x64) {KIT} Chrome/138.0.0.0 Safari/537.36"), "Chrome on Windows"),
            (format!("Mozilla/5.0 (Windows NT 10.0) {KIT} Chrome/138.0.0.0 Safari/537.36 Edg/138.0"), "Edge on Windows"),
            (format!("Mozilla/5.0 (X11; Linux x86_64) {KIT} Chrome/138.0 Safari/537.36 OPR/120.0"), "Opera on Linux"),
            (format!("Mozilla/5.0 (Linux; Android 14; SM-S9) {KIT} SamsungBrowser/25.0 Chrome/121 Mobile Safari/537.36"), "Samsung Internet on Android"),
            (format!("Mozilla/5.0 (Linux; Android 14; Pixel 8) {KIT} Chrome/138 Mobile Safari/537.36"), "Chrome on Android"),
            (format!("Mozilla/5.0 (X11; CrOS x86_64 14541) {KIT} Chrome/138 Safari/537.36"), "Chrome on ChromeOS"),
            ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15".to_owned(), "Safari on macOS"),
            ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile/15E148 Safari/604.1".to_owned(), "Safari on iPhone"),
            ("Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 CriOS/138 Mobile Safari/604.1".to_owned(), "Chrome on iPad"),
            ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 FxiOS/140 Mobile Safari/605.1".to_owned(), "Firefox on iPhone"),
            ("Dart/3.8 (dart:io)".to_owned(), "Flutter app"),
            ("okhttp/4.12.0".to_owned(), "Android app"),
            ("MyApp/1 CFNetwork/1568.200.51 Darwin/24.1.0".to_owned(), "Apple app"),
            ("python-httpx/0.28.1".to_owned(), "Python"),
            ("node".to_owned(), "JavaScript"),
            ("Go-http-client/2.0".to_owned(), "Go"),
            ("curl/8.14.1".to_owned(), "curl"),
            (String::new(), "Unknown device"),
            ("<script>alert(1)</script>\r\nSet-Cookie: a".to_owned(), "Unknown device"),
        ] {
            assert_eq!(device_label(&header), label, "{header}");
        }
    }

    #[test]
    fn a_huge_header_is_cut() {
        let huge = format!("{}Firefox/140", "ü".repeat(1 << 20));
        assert_eq!(family(&huge), Family::Other);
        assert_eq!(device_label(&"a".repeat(511)), "Unknown device");
        assert!(family("Mozilla/5.0 Firefox/140").is_browser() && !family("curl/8").is_browser());
    }
}

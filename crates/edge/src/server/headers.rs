//! Headers that every answer carries: what browsers must not do with it, and the request's id.
//! The set is helmet's, tightened for an API that other origins may call: no framing, no referrer, no content of its own.

use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_DNS_PREFETCH_CONTROL, X_FRAME_OPTIONS, X_XSS_PROTECTION,
};
use http::{HeaderMap, HeaderValue};
use std::sync::atomic::{AtomicU64, Ordering};

pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longest request id taken over from a client, bytes.
const REQUEST_ID_BYTES_MAX: usize = 128;

const fn value(text: &'static str) -> HeaderValue {
    HeaderValue::from_static(text)
}

const fn name(text: &'static str) -> HeaderName {
    HeaderName::from_static(text)
}

const COOP: HeaderName = name("cross-origin-opener-policy");
const CORP: HeaderName = name("cross-origin-resource-policy");
const AGENT_CLUSTER: HeaderName = name("origin-agent-cluster");
const PERMISSIONS: HeaderName = name("permissions-policy");
const DOWNLOAD: HeaderName = name("x-download-options");
const CROSS_DOMAIN: HeaderName = name("x-permitted-cross-domain-policies");

/// What an answer is, for the policy it gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// Data: may be read by other origins as far as CORS says, and does nothing when opened in a browser.
    Data,
    /// A page of ours: scripts, styles, images and requests only from and to this server.
    Page,
}

/// Adds the security headers. What a handler has set itself stays.
pub(crate) fn secure(out: &mut HeaderMap, content: Content, hsts: bool) {
    out.reserve(16);
    let (policy, sharing) = match content {
        Content::Data => (
            value("default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"),
            value("cross-origin"),
        ),
        Content::Page => (
            value(
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
                 connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
            ),
            value("same-origin"),
        ),
    };
    out.insert(CONTENT_SECURITY_POLICY, policy);
    out.insert(CORP, sharing);
    out.insert(COOP, value("same-origin"));
    out.insert(AGENT_CLUSTER, value("?1"));
    out.insert(REFERRER_POLICY, value("no-referrer"));
    out.insert(X_CONTENT_TYPE_OPTIONS, value("nosniff"));
    out.insert(X_DNS_PREFETCH_CONTROL, value("off"));
    out.insert(DOWNLOAD, value("noopen"));
    out.insert(X_FRAME_OPTIONS, value("DENY"));
    out.insert(CROSS_DOMAIN, value("none"));
    out.insert(X_XSS_PROTECTION, value("0"));
    out.insert(PERMISSIONS, value("camera=(), geolocation=(), microphone=(), payment=(), usb=()"));
    // An answer depends on who asks; without a say a cache may hand it to somebody else.
    out.entry(CACHE_CONTROL).or_insert(value("no-store"));
    if hsts {
        out.insert(STRICT_TRANSPORT_SECURITY, value("max-age=31536000; includeSubDomains"));
    }
}

/// Makes request ids: unique in a process, and unlikely to meet those of another.
#[derive(Debug)]
pub(crate) struct RequestIds {
    process: u32,
    next: AtomicU64,
}

impl RequestIds {
    pub(crate) fn new(process: u32) -> Self {
        Self { process, next: AtomicU64::new(1) }
    }

    /// The client's id where it is harmless in logs and headers, else a new one.
    pub(crate) fn of(&self, headers: &HeaderMap) -> HeaderValue {
        match headers.get(X_REQUEST_ID) {
            Some(given) if is_harmless(given.as_bytes()) => given.clone(),
            Some(_) | None => self.generate(),
        }
    }

    fn generate(&self) -> HeaderValue {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let number = (u128::from(self.process) << 64) | u128::from(self.next.fetch_add(1, Ordering::Relaxed));
        let mut text = [b'0'; 24];
        for (place, digit) in text.iter_mut().rev().enumerate() {
            *digit = HEX[((number >> (4 * place)) & 0xf) as usize];
        }
        HeaderValue::from_bytes(&text).unwrap_or(value("-"))
    }
}

fn is_harmless(id: &[u8]) -> bool {
    (1..=REQUEST_ID_BYTES_MAX).contains(&id.len())
        && id.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(given: &[u8], kept: bool) {
        let ids = RequestIds::new(0xabc);
        let mut headers = HeaderMap::new();
        headers.insert(X_REQUEST_ID, HeaderValue::from_bytes(given).unwrap());
        let id = ids.of(&headers);
        assert_eq!(id.as_bytes() == given, kept);
        assert!(id.len() <= REQUEST_ID_BYTES_MAX);
    }

    #[test]
    fn ids_of_clients() {
        check(b"abc", true);
        check(b"7f3a-0_1.2:3", true);
        check(&[b'x'; 128], true);
        check(&[b'x'; 129], false);
        check(b"", false);
        check(b"a b", false);
        check(b"a\"b", false);
        check(b"\xff", false);
        check(b"a\tb", false);
        check(b"<script>", false);
    }

    #[test]
    fn made_ids_differ() {
        let ids = RequestIds::new(0xabc);
        let none = HeaderMap::new();
        assert_eq!(ids.of(&none), "00000abc0000000000000001");
        assert_eq!(ids.of(&none), "00000abc0000000000000002");
    }
}

//! Headers that every answer carries: what browsers must not do with it.
//! A page of ours has helmet's set, tightened. Data has what OWASP asks of a REST API: no type guessed, no framing, no referrer,
//! no content of its own; what only documents obey would cost every answer its bytes.

use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_DNS_PREFETCH_CONTROL, X_FRAME_OPTIONS, X_XSS_PROTECTION,
};
use http::{HeaderMap, HeaderValue};

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
    match content {
        Content::Data => {
            out.insert(CONTENT_SECURITY_POLICY, value("default-src 'none'; frame-ancestors 'none'"));
            out.insert(CORP, value("cross-origin"));
        }
        Content::Page => {
            let policy = value(
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
                 connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
            );
            out.insert(CONTENT_SECURITY_POLICY, policy);
            out.insert(CORP, value("same-origin"));
            out.insert(AGENT_CLUSTER, value("?1"));
            out.insert(X_DNS_PREFETCH_CONTROL, value("off"));
            out.insert(DOWNLOAD, value("noopen"));
            out.insert(CROSS_DOMAIN, value("none"));
            out.insert(X_XSS_PROTECTION, value("0"));
            out.insert(PERMISSIONS, value("camera=(), geolocation=(), microphone=(), payment=(), usb=()"));
        }
    }
    out.insert(COOP, value("same-origin"));
    out.insert(REFERRER_POLICY, value("no-referrer"));
    out.insert(X_CONTENT_TYPE_OPTIONS, value("nosniff"));
    out.insert(X_FRAME_OPTIONS, value("DENY"));
    // An answer depends on who asks; without a say a cache may hand it to somebody else.
    out.entry(CACHE_CONTROL).or_insert(value("no-store"));
    if hsts {
        out.insert(STRICT_TRANSPORT_SECURITY, value("max-age=31536000; includeSubDomains"));
    }
}

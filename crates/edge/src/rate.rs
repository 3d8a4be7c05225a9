//! Rate limits as a client of HTTP is told of them. In: what the engine counted. Out: `RateLimit-Policy` and `RateLimit` headers.
//! Counting and refusing are the engine's.

use backstay_engine::rate::Allowance;
use backstay_schema::model::RateKey;
use http::header::{HeaderName, HeaderValue};
use std::time::Duration;

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LEFT: HeaderName = HeaderName::from_static("ratelimit");

/// Two headers for each limit, after the draft of the IETF.
pub(crate) fn headers(allowances: &[Allowance]) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
    allowances
        .iter()
        .flat_map(|Allowance { by, max, per, left, again }| {
            let by = match by {
                RateKey::Ip => "ip",
                RateKey::User => "user",
                RateKey::Key => "key",
            };
            let window = seconds(*per);
            let policy = format!("\"{by}-{window}s\";q={max};w={window}");
            let state = format!("\"{by}-{window}s\";r={left};t={}", seconds(*again));
            [(POLICY, policy), (LEFT, state)].map(|(name, text)| Some((name, HeaderValue::try_from(text).ok()?)))
        })
        .flatten()
}

/// Whole seconds, rounded up.
pub(crate) fn seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

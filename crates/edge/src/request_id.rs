//! Ids that connect an answer with the log lines of its request. In: a client's id, or nothing. Out: an id that is harmless
//! in headers and logs, known to everything that runs for the request.

use http::{HeaderMap, HeaderName, HeaderValue};
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};

pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longest request id taken over from a client, bytes.
const REQUEST_ID_BYTES_MAX: usize = 128;

tokio::task_local! {
    static CURRENT: HeaderValue;
}

/// The id of the request that runs here, for a log line; `-` outside of one.
pub(crate) fn current() -> String {
    CURRENT.try_with(|id| String::from_utf8_lossy(id.as_bytes()).into_owned()).unwrap_or_else(|_| "-".to_owned())
}

/// Runs a future for a request.
pub(crate) fn with<F: Future>(id: HeaderValue, future: F) -> impl Future<Output = F::Output> {
    CURRENT.scope(id, future)
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
        HeaderValue::from_bytes(&text).unwrap_or(HeaderValue::from_static("-"))
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

    #[tokio::test]
    async fn known_to_what_runs_for_the_request() {
        assert_eq!(current(), "-");
        assert_eq!(with(HeaderValue::from_static("abc"), async { current() }).await, "abc");
        assert_eq!(current(), "-");
    }

    #[test]
    fn made_ids_differ() {
        let ids = RequestIds::new(0xabc);
        let none = HeaderMap::new();
        assert_eq!(ids.of(&none), "00000abc0000000000000001");
        assert_eq!(ids.of(&none), "00000abc0000000000000002");
    }
}

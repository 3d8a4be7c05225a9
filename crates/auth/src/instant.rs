//! Instants as the store writes them: RFC 3339 in UTC. In: text or microseconds since 1970. Out: the other one.

use chrono::{DateTime, SecondsFormat, Utc};
use std::time::Duration;

/// Microseconds since 1970; `None` when the text is no instant.
pub(crate) fn micros(text: &str) -> Option<i64> {
    DateTime::parse_from_rfc3339(text).ok().map(|at| at.timestamp_micros())
}

/// The text of an instant.
pub(crate) fn text(micros: i64) -> String {
    DateTime::<Utc>::from_timestamp_micros(micros)
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
        .to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// A length of time in microseconds, bounded.
pub(crate) fn span(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// Whether an instant lies in the future. Text that is no instant does: what it would end has not ended.
pub(crate) fn is_ahead(text: &str, now_micros: i64) -> bool {
    micros(text).is_none_or(|at| at > now_micros)
}

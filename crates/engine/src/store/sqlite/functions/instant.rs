//! Instants in their stored form, `2024-01-02T03:04:05.678900+00:00`: fixed width, so that bytes sort like times.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use std::borrow::Cow;

const STORED: &str = "%Y-%m-%dT%H:%M:%S%.6f+00:00";
/// First and last instant with a year of four digits, microseconds.
const RANGE: std::ops::RangeInclusive<i64> = -62_135_596_800_000_000..=253_402_300_799_999_999;

/// The stored form as it goes on the wire: without zeros at the end of the fraction.
pub(crate) fn render(stored: &str) -> Cow<'_, str> {
    let (local, zone) = wire(stored);
    if local.len() + zone.len() == stored.len() { Cow::Borrowed(stored) } else { Cow::Owned([local, zone].concat()) }
}

/// [`render`] in two parts, so that nothing is copied.
pub(crate) fn wire(stored: &str) -> (&str, &str) {
    const UTC: &str = "+00:00";
    match stored.strip_suffix(UTC) {
        Some(local) if local.contains('.') => (local.trim_end_matches('0').trim_end_matches('.'), UTC),
        Some(_) | None => (stored, ""),
    }
}

/// Microseconds since 1970 of a stored instant.
pub(crate) fn micros(stored: &str) -> Option<i64> {
    parse(stored)
}

/// A stored instant plus microseconds; `None` out of range.
pub(crate) fn add(stored: &str, micros: i64) -> Option<String> {
    store(parse(stored)?.checked_add(micros)?)
}

/// The stored form of microseconds since 1970.
pub(crate) fn store(micros: i64) -> Option<String> {
    let instant = RANGE.contains(&micros).then(|| DateTime::<Utc>::from_timestamp_micros(micros))??;
    Some(instant.format(STORED).to_string())
}

/// Microseconds since 1970 of an RFC 3339 text; finer digits are dropped.
pub(crate) fn parse(text: &str) -> Option<i64> {
    let micros = DateTime::parse_from_rfc3339(text).ok()?.timestamp_micros();
    RANGE.contains(&micros).then_some(micros)
}

/// A calendar date in its stored form.
pub(crate) fn parse_date(text: &str) -> Option<String> {
    let plain = text.len() == 10;
    plain.then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()).flatten().map(|date| date.to_string())
}

/// A time of day in its stored form.
pub(crate) fn parse_time(text: &str) -> Option<String> {
    let time =
        NaiveTime::parse_from_str(text, "%H:%M:%S%.f").or_else(|_| NaiveTime::parse_from_str(text, "%H:%M")).ok()?;
    let whole = time.format("%H:%M:%S%.6f").to_string();
    Some(whole.trim_end_matches('0').trim_end_matches('.').to_owned()).map(|short| match short.len() {
        // `trim` may also have eaten zeros of the seconds.
        0..=8 => whole[..8].to_owned(),
        _ => short,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rendering() {
        for (stored, wire) in [
            ("2023-10-18T05:37:59.611000+00:00", "2023-10-18T05:37:59.611+00:00"),
            ("2023-10-18T05:37:50.000000+00:00", "2023-10-18T05:37:50+00:00"),
            ("2023-10-18T05:37:59.000001+00:00", "2023-10-18T05:37:59.000001+00:00"),
            ("2023-10-18T05:37:50+00:00", "2023-10-18T05:37:50+00:00"),
            ("not a time", "not a time"),
        ] {
            assert_eq!(render(stored), wire);
        }
    }

    #[test]
    fn arithmetic() {
        assert_eq!(micros("1970-01-01T00:00:00.000001+00:00"), Some(1));
        assert_eq!(micros("1969-12-31T23:59:59.999999+00:00"), Some(-1));
        assert_eq!(micros("nonsense"), None);
        assert_eq!(store(0).as_deref(), Some("1970-01-01T00:00:00.000000+00:00"));
        assert_eq!(add("9999-12-31T23:59:59.999999+00:00", 1), None);
        assert_eq!(add("1970-01-01T00:00:00.000000+00:00", i64::MAX), None);
        assert_eq!(
            add("2024-02-28T00:00:00.000000+00:00", 86_400_000_000).as_deref(),
            Some("2024-02-29T00:00:00.000000+00:00")
        );
        for edge in [*RANGE.start(), *RANGE.end()] {
            assert_eq!(micros(&store(edge).unwrap()), Some(edge));
        }
    }

    #[test]
    fn parsing() {
        assert_eq!(parse("1970-01-01T01:00:00+01:00"), Some(0));
        assert_eq!(parse("1970-01-01"), None);
        assert_eq!(parse_date("2024-1-2"), None);
        assert_eq!(parse_time("03:04:05.600").as_deref(), Some("03:04:05.6"));
        assert_eq!(parse_time("03:04:00").as_deref(), Some("03:04:00"));
        assert_eq!(parse_time("25:00:00"), None);
    }
}

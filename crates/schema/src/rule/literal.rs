//! Text forms of constants: instants, durations, dates, times and UUIDs. Instants are microseconds since 1970 and lie in
//! the years 1 to 9999, like CEL's; their stored form sorts bytewise.

use chrono::{DateTime, NaiveDate, NaiveTime, SecondsFormat, Timelike};

/// First instant, `0001-01-01T00:00:00Z`.
pub const TIMESTAMP_MIN: i64 = -62_135_596_800_000_000;
/// Last instant, `9999-12-31T23:59:59.999999Z`.
pub const TIMESTAMP_MAX: i64 = 253_402_300_799_999_999;

/// Microseconds of an RFC 3339 text; `None` when it is none, or outside the years 1 to 9999, or a leap second.
#[must_use]
pub fn timestamp(text: &str) -> Option<i64> {
    let instant = DateTime::parse_from_rfc3339(text).ok()?;
    if instant.nanosecond() >= 1_000_000_000 {
        return None;
    }
    Some(instant.timestamp_micros()).filter(|micros| (TIMESTAMP_MIN..=TIMESTAMP_MAX).contains(micros))
}

/// Stored form of an instant: `YYYY-MM-DDTHH:MM:SS.ffffff+00:00`. `None` outside the years 1 to 9999.
#[must_use]
pub fn timestamp_text(micros: i64) -> Option<String> {
    if !(TIMESTAMP_MIN..=TIMESTAMP_MAX).contains(&micros) {
        return None;
    }
    DateTime::from_timestamp_micros(micros).map(|instant| instant.to_rfc3339_opts(SecondsFormat::Micros, false))
}

/// Microseconds of a duration such as `168h`, `1h30m`, `1.5s`, `250ms`, `-10us`; finer than a microsecond is none.
#[must_use]
pub fn duration(text: &str) -> Option<i64> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1_i128, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    let mut total_ns = 0_i128;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let number_len = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(number_len);
        let unit_len = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_len);
        let unit_ns = match unit {
            "h" => 3_600_000_000_000_i128,
            "m" => 60_000_000_000,
            "s" => 1_000_000_000,
            "ms" => 1_000_000,
            "us" | "µs" => 1_000,
            "ns" => 1,
            _ => return None,
        };
        total_ns = total_ns.checked_add(scaled(number, unit_ns)?)?;
        rest = tail;
    }
    if total_ns % 1_000 != 0 {
        return None;
    }
    i64::try_from(sign * (total_ns / 1_000)).ok()
}

/// `number` (digits with at most one point) times `unit`, exactly.
fn scaled(number: &str, unit: i128) -> Option<i128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if number.len() > 20 || (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
        return None;
    }
    let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
    let divisor = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let product = digits.checked_mul(unit)?;
    (product % divisor == 0).then_some(product / divisor)
}

/// Stored form of a date, `YYYY-MM-DD`.
#[must_use]
pub fn date(text: &str) -> Option<String> {
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    let is_plain = text.len() == 10 && text.starts_with(|first: char| first.is_ascii_digit());
    is_plain.then(|| date.format("%Y-%m-%d").to_string())
}

/// Stored form of a time of day, `HH:MM:SS[.ffffff]`; the fraction's trailing zeros are dropped.
#[must_use]
pub fn time(text: &str) -> Option<String> {
    let time =
        NaiveTime::parse_from_str(text, "%H:%M:%S%.f").or_else(|_| NaiveTime::parse_from_str(text, "%H:%M")).ok()?;
    let nanos = time.nanosecond();
    if nanos >= 1_000_000_000 || nanos % 1_000 != 0 {
        return None;
    }
    let whole = time.format("%H:%M:%S").to_string();
    if nanos == 0 {
        return Some(whole);
    }
    let fraction = format!("{:06}", nanos / 1_000);
    Some(format!("{whole}.{}", fraction.trim_end_matches('0')))
}

/// Lower-case hyphenated UUID.
#[must_use]
pub fn uuid(text: &str) -> Option<String> {
    let is_hyphen = |at: usize| matches!(at, 8 | 13 | 18 | 23);
    let is_uuid = text.len() == 36
        && text.bytes().enumerate().all(|(at, b)| if is_hyphen(at) { b == b'-' } else { b.is_ascii_hexdigit() });
    is_uuid.then(|| text.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps() {
        for (text, want) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("1970-01-01T01:00:00+01:00", Some(0)),
            ("1970-01-01T00:00:00.000001Z", Some(1)),
            ("0001-01-01T00:00:00Z", Some(TIMESTAMP_MIN)),
            ("9999-12-31T23:59:59.999999Z", Some(TIMESTAMP_MAX)),
            ("9999-12-31T23:59:59-01:00", None),
            ("0001-01-01T00:00:00+00:01", None),
            ("2016-12-31T23:59:59.999999999Z", Some(1_483_228_799_999_999)),
            ("0000-12-31T00:00:00Z", None),
            ("2016-12-31T23:59:60Z", None),
            ("2024-02-30T00:00:00Z", None),
            ("2024-01-01", None),
            ("", None),
        ] {
            assert_eq!(timestamp(text), want, "{text}");
        }
        assert_eq!(timestamp_text(0).as_deref(), Some("1970-01-01T00:00:00.000000+00:00"));
        assert_eq!(timestamp_text(-1).as_deref(), Some("1969-12-31T23:59:59.999999+00:00"));
        assert_eq!(timestamp_text(TIMESTAMP_MIN).as_deref(), Some("0001-01-01T00:00:00.000000+00:00"));
        assert_eq!(timestamp_text(TIMESTAMP_MAX).as_deref(), Some("9999-12-31T23:59:59.999999+00:00"));
        assert_eq!(timestamp_text(TIMESTAMP_MAX + 1), None);
        assert_eq!(timestamp_text(TIMESTAMP_MIN - 1), None);
        // The bounds are those of CEL, in microseconds: whoever else parses an instant must meet the same ones.
        assert_eq!((TIMESTAMP_MIN, TIMESTAMP_MAX), (-62_135_596_800_000_000, 253_402_300_799_999_999));
    }

    #[test]
    fn durations() {
        for (text, want) in [
            ("0", Some(0)),
            ("1s", Some(1_000_000)),
            ("168h", Some(604_800_000_000)),
            ("1h30m", Some(5_400_000_000)),
            ("1.5s", Some(1_500_000)),
            ("-250ms", Some(-250_000)),
            ("1us", Some(1)),
            ("1000ns", Some(1)),
            ("1ns", None),
            ("+1s", Some(1_000_000)),
            ("-0", Some(0)),
            ("+0", Some(0)),
            ("2m", Some(120_000_000)),
            ("3µs", Some(3)),
            ("1.s", Some(1_000_000)),
            (".5s", Some(500_000)),
            ("1.5us", None),
            ("1.0us", Some(1)),
            ("0.0000001h", Some(360)),
            ("1h0.5m", Some(3_630_000_000)),
            ("12345678901234567000ns", Some(12_345_678_901_234_567)),
            ("012345678901234567000ns", None),
            ("1.5ns", None),
            ("1h5", None),
            (".s", None),
            ("-", None),
            ("--1s", None),
            ("1 s", None),
            ("7d", None),
            ("5", None),
            ("", None),
            ("s", None),
            ("1..5s", None),
            ("9999999999999h", None),
        ] {
            assert_eq!(duration(text), want, "{text}");
        }
    }

    #[test]
    fn dates_times_and_uuids() {
        for (text, want) in [("2024-02-29", true), ("2023-02-29", false), ("2024-2-9", false), ("24-02-29", false)] {
            assert_eq!(date(text).is_some(), want, "{text}");
        }
        for text in ["+024-02-09", "-024-02-09", "2024-02-9 ", "12024-02-1"] {
            assert_eq!(date(text), None, "{text}");
        }
        assert_eq!(date("0024-02-09").as_deref(), Some("0024-02-09"));
        for (text, want) in [
            ("12:30:00", Some("12:30:00")),
            ("12:30", Some("12:30:00")),
            ("12:30:00.500", Some("12:30:00.5")),
            ("12:30:00.000001", Some("12:30:00.000001")),
            ("12:30:00.120340", Some("12:30:00.12034")),
            ("12:30:00.1234567", None),
            ("12:30:00.999999", Some("12:30:00.999999")),
            ("23:59:60", None),
            ("23:59:60.5", None),
            ("24:00:00", None),
            ("x", None),
        ] {
            assert_eq!(time(text).as_deref(), want, "{text}");
        }
        assert_eq!(
            uuid("0B9E1A52-93F4-4C1B-8D5D-3C2F3A1B0C9D").as_deref(),
            Some("0b9e1a52-93f4-4c1b-8d5d-3c2f3a1b0c9d")
        );
        for text in [
            "0b9e1a5293f44c1b8d5d3c2f3a1b0c9d",
            "0b9e1a52-93f4-4c1b-8d5d-3c2f3a1b0c9",
            "0b9e1a52-93f4-4c1b-8d5d-3c2f3a1b0c9d0",
            "0b9e1a52093f4-4c1b-8d5d-3c2f3a1b0c9d",
            "0b9e1a52-93f404c1b-8d5d-3c2f3a1b0c9d",
            "0b9e1a52-93f4-4c1b08d5d-3c2f3a1b0c9d",
            "0b9e1a52-93f4-4c1b-8d5d03c2f3a1b0c9d",
            "0b9e1a52-93f4-4c1b-8d5d-3c2f3a1b0c9g",
            "-b9e1a52-93f4-4c1b-8d5d-3c2f3a1b0c9d",
        ] {
            assert_eq!(uuid(text), None, "{text}");
        }
    }
}

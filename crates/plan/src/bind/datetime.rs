//! Dates and times: PostgreSQL's ISO forms in, fixed-width text that sorts by its bytes out.

use crate::fault::ValueProblem;
use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc};

const MICROS_PER_SECOND: i64 = 1_000_000;
const MICROS_PER_DAY: i64 = 86_400 * MICROS_PER_SECOND;

/// An instant as `YYYY-MM-DDTHH:MM:SS.ffffff+00:00`. Without a zone it is in UTC, without a time at midnight.
pub(super) fn instant(raw: &str) -> Result<String, ValueProblem> {
    let (day, rest) = split_date(raw.trim())?;
    let micros = match rest {
        None => 0,
        Some(rest) => {
            let (time, zone) = split_zone(rest);
            time_micros(time)?.checked_sub(offset_micros(zone)?).ok_or(ValueProblem::DateTimeRange)?
        }
    };
    let days = i64::from(day.num_days_from_ce() - EPOCH_DAY);
    let total = days.checked_mul(MICROS_PER_DAY).and_then(|start| start.checked_add(micros));
    total.and_then(|total| in_range(total).map(format_instant)).ok_or(ValueProblem::DateTimeRange)
}

/// Days from the common era to 1970-01-01.
const EPOCH_DAY: i32 = 719_163;

/// The stored form of an instant; the ends of the range stand for what is beyond them.
pub(super) fn stored_instant(micros: i64) -> String {
    format_instant(in_range(micros).unwrap_or(DateTime::UNIX_EPOCH))
}

/// The wire form of a stored instant: without the zeros that end the fraction.
pub(super) fn wire_instant(stored: &str) -> String {
    match stored.split_once('.').and_then(|(head, tail)| Some((head, tail.split_once('+')?))) {
        Some((head, (fraction, zone))) => {
            let fraction = fraction.trim_end_matches('0');
            let point = if fraction.is_empty() { "" } else { "." };
            format!("{head}{point}{fraction}+{zone}")
        }
        None => stored.to_owned(),
    }
}

/// A date as `YYYY-MM-DD`; a time after it is dropped.
pub(super) fn date(raw: &str) -> Result<String, ValueProblem> {
    let (day, rest) = split_date(raw.trim())?;
    if let Some(rest) = rest {
        let (time, zone) = split_zone(rest);
        time_micros(time)?;
        offset_micros(zone)?;
    }
    Ok(day.format("%Y-%m-%d").to_string())
}

/// A time of day as `HH:MM:SS[.f]`; a zone after it is dropped.
pub(super) fn time(raw: &str) -> Result<String, ValueProblem> {
    let (time, zone) = split_zone(raw.trim());
    offset_micros(zone)?;
    let micros = time_micros(time)?;
    let (seconds, fraction) = (micros / MICROS_PER_SECOND, micros % MICROS_PER_SECOND);
    let whole = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if fraction == 0 {
        return Ok(whole);
    }
    let fraction = format!("{fraction:06}");
    Ok(format!("{whole}.{}", fraction.trim_end_matches('0')))
}

/// The instant, where its year has four digits.
fn in_range(micros: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_micros(micros).filter(|instant| (1..=9999).contains(&instant.year()))
}

fn format_instant(instant: DateTime<Utc>) -> String {
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}+00:00",
        instant.year(),
        instant.month(),
        instant.day(),
        instant.hour(),
        instant.minute(),
        instant.second(),
        instant.timestamp_subsec_micros()
    )
}

/// `YYYY-MM-DD`, and what follows it after `T` or a blank.
fn split_date(text: &str) -> Result<(NaiveDate, Option<&str>), ValueProblem> {
    let end = text.find(['T', 't', ' ']).unwrap_or(text.len());
    let (date, rest) = text.split_at(end);
    let mut parts = date.split('-');
    let (Some(year), Some(month), Some(day), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        // More digits than any spelling of a day and its time has.
        return Err(digits(text, 15).err().unwrap_or(ValueProblem::DateTimeRange));
    };
    if month.len() > 2 {
        return Err(ValueProblem::DateTimeSyntax);
    }
    let (year, month, day) = (digits(year, 3)?, digits(month, 1)?, digits(day, 1)?);
    let day = i32::try_from(year)
        .ok()
        .filter(|year| (1..=9999).contains(year))
        .and_then(|year| NaiveDate::from_ymd_opt(year, month, day))
        .ok_or(ValueProblem::DateTimeRange)?;
    let rest = rest.get(1..).map(str::trim).filter(|rest| !rest.is_empty());
    Ok((day, rest))
}

/// The time, and the zone that starts at a sign or a letter.
fn split_zone(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != ':' && c != '.').unwrap_or(text.len());
    let (time, zone) = text.split_at(end);
    (time, zone.trim())
}

/// Microseconds since midnight of `HH:MM[:SS[.f]]`; `24:00:00` is the end of the day.
fn time_micros(text: &str) -> Result<i64, ValueProblem> {
    let mut parts = text.split(':');
    let (Some(hour), Some(minute)) = (parts.next(), parts.next()) else {
        return Err(ValueProblem::DateTimeSyntax);
    };
    let (second, fraction) = match parts.next() {
        Some(second) => second.split_once('.').unwrap_or((second, "")),
        None => ("0", ""),
    };
    if parts.next().is_some() {
        return Err(ValueProblem::DateTimeSyntax);
    }
    let (hour, minute, second) = (digits(hour, 1)?, digits(minute, 1)?, digits(second, 1)?);
    let micros = fraction_micros(fraction)?;
    if hour > 24 || minute > 59 || second > 60 {
        return Err(ValueProblem::DateTimeRange);
    }
    let total = i64::from(hour * 3600 + minute * 60 + second) * MICROS_PER_SECOND + micros;
    if total > MICROS_PER_DAY {
        return Err(ValueProblem::DateTimeRange);
    }
    Ok(total)
}

/// Digits after the point as microseconds, rounded.
fn fraction_micros(fraction: &str) -> Result<i64, ValueProblem> {
    if fraction.is_empty() {
        return Ok(0);
    }
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ValueProblem::DateTimeSyntax);
    }
    let mut micros = 0;
    for position in 0..6 {
        let digit = fraction.as_bytes().get(position).map_or(0, |byte| i64::from(byte - b'0'));
        micros = micros * 10 + digit;
    }
    let round_up = fraction.as_bytes().get(6).is_some_and(|byte| *byte >= b'5');
    Ok(micros + i64::from(round_up))
}

/// `Z`, `UTC`, `±HH`, `±HHMM`, `±HH:MM[:SS]`; nothing is UTC.
fn offset_micros(zone: &str) -> Result<i64, ValueProblem> {
    if zone.is_empty() || ["z", "utc", "gmt"].iter().any(|name| zone.eq_ignore_ascii_case(name)) {
        return Ok(0);
    }
    let (sign, rest) = match (zone.strip_prefix('+'), zone.strip_prefix('-')) {
        (Some(rest), _) => (1, rest),
        (_, Some(rest)) => (-1, rest),
        (None, None) => return Err(ValueProblem::DateTimeSyntax),
    };
    let compact;
    let rest = if rest.len() == 4 && rest.is_ascii() && !rest.contains(':') {
        compact = format!("{}:{}", &rest[..2], &rest[2..]);
        &compact
    } else {
        rest
    };
    let mut seconds = 0;
    let mut unit = 3600;
    for part in rest.split(':') {
        if unit == 0 {
            return Err(ValueProblem::DateTimeSyntax);
        }
        if part.len() > 2 {
            return Err(ValueProblem::DateTimeSyntax);
        }
        seconds += i64::from(digits(part, 1)?) * unit;
        unit /= 60;
    }
    if seconds >= 16 * 3600 {
        return Err(ValueProblem::DateTimeRange);
    }
    Ok(sign * seconds * MICROS_PER_SECOND)
}

/// A number of at least so many digits.
fn digits(text: &str, least: usize) -> Result<u32, ValueProblem> {
    if text.len() < least || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ValueProblem::DateTimeSyntax);
    }
    text.parse().map_err(|_| ValueProblem::DateTimeRange)
}

#[cfg(test)]
mod tests {
    use super::{ValueProblem, date, instant, stored_instant, time, wire_instant};

    type Reading = fn(&str) -> Result<String, ValueProblem>;

    #[track_caller]
    fn check(read: Reading, raw: &str, expected: Result<&str, ValueProblem>) {
        assert_eq!(read(raw), expected.map(str::to_owned), "{raw}");
    }

    #[test]
    fn instants() {
        check(instant, "2023-10-18T05:37:59.611Z", Ok("2023-10-18T05:37:59.611000+00:00"));
        check(instant, "2023-10-18 05:37:59.611+02", Ok("2023-10-18T03:37:59.611000+00:00"));
        check(instant, "2023-10-18 05:37:59-0330", Ok("2023-10-18T09:07:59.000000+00:00"));
        check(instant, "2023-10-18 05:37 +01:30", Ok("2023-10-18T04:07:00.000000+00:00"));
        check(instant, "2023-10-18", Ok("2023-10-18T00:00:00.000000+00:00"));
        check(instant, "2023-1-8 5:07", Ok("2023-01-08T05:07:00.000000+00:00"));
        check(instant, "2023-10-18T24:00:00", Ok("2023-10-19T00:00:00.000000+00:00"));
        check(instant, "1969-12-31T23:59:59.9999996Z", Ok("1970-01-01T00:00:00.000000+00:00"));
        check(instant, "0001-01-01", Ok("0001-01-01T00:00:00.000000+00:00"));
        check(instant, "0001-01-01T00:00:00+01", Err(ValueProblem::DateTimeRange));
        check(instant, "2023-13-01", Err(ValueProblem::DateTimeRange));
        check(instant, "2023-02-30", Err(ValueProblem::DateTimeRange));
        check(instant, "2023-10-18T25:00:00", Err(ValueProblem::DateTimeRange));
        check(instant, "20000000-01-01", Err(ValueProblem::DateTimeRange));
        check(instant, "2023-10-18T05:37:60Z", Ok("2023-10-18T05:38:00.000000+00:00"));
        check(instant, "2023-10-18T05:37:61Z", Err(ValueProblem::DateTimeRange));
        check(instant, "2023-10-18T05:60:00Z", Err(ValueProblem::DateTimeRange));
        check(instant, "2023-10-18T05:59:00Z", Ok("2023-10-18T05:59:00.000000+00:00"));
        check(instant, "2023-10-18T24:00:00.000001Z", Err(ValueProblem::DateTimeRange));
        check(instant, "2023-10-18T05:37:59.1234564Z", Ok("2023-10-18T05:37:59.123456+00:00"));
        check(instant, "2023-10-18T05:37:59.1234565Z", Ok("2023-10-18T05:37:59.123457+00:00"));
        check(instant, "2023-10-18T05:37:59.1x", Err(ValueProblem::DateTimeSyntax));
        check(instant, "2023-10-18T05:37:59.Z", Ok("2023-10-18T05:37:59.000000+00:00"));
        check(instant, "2023-10-18 05:37:59 utc", Ok("2023-10-18T05:37:59.000000+00:00"));
        check(instant, "2023-10-18 05:37:59 CET", Err(ValueProblem::DateTimeSyntax));
        check(instant, "2023-10-18T05:37:59+01:02:03", Ok("2023-10-18T04:35:56.000000+00:00"));
        check(instant, "2023-10-18T05:37:59+01:02:03:04", Err(ValueProblem::DateTimeSyntax));
        check(instant, "2023-10-18T00:00:00-15:59", Ok("2023-10-18T15:59:00.000000+00:00"));
        check(instant, "2023-10-18T00:00:00-16", Err(ValueProblem::DateTimeRange));
        check(instant, "2023-10-18T00:00:00+123", Err(ValueProblem::DateTimeSyntax));
        check(instant, "2023-10-18T00:00:00:00", Err(ValueProblem::DateTimeSyntax));
        check(instant, "9999-12-31T23:59:59", Ok("9999-12-31T23:59:59.000000+00:00"));
        check(instant, "9999-12-31T23:59:59-01", Err(ValueProblem::DateTimeRange));
        check(instant, "10000-01-01", Err(ValueProblem::DateTimeRange));
        check(instant, "0000-01-01", Err(ValueProblem::DateTimeRange));
        check(instant, "2023-10-18-01", Err(ValueProblem::DateTimeSyntax));
        check(instant, "2023-010-18", Err(ValueProblem::DateTimeSyntax));
        check(instant, "2023-10-018", Ok("2023-10-18T00:00:00.000000+00:00"));
        check(instant, "2023-10-99999999999", Err(ValueProblem::DateTimeRange));
        check(instant, "99999999999999999999", Err(ValueProblem::DateTimeRange));
        check(instant, "20231018", Err(ValueProblem::DateTimeSyntax));
        check(instant, "yesterday", Err(ValueProblem::DateTimeSyntax));
        check(instant, "", Err(ValueProblem::DateTimeSyntax));
        check(instant, "2023-10-18T05:37:59ä", Err(ValueProblem::DateTimeSyntax));
        check(instant, "2023-10-18T05:37:59+ää", Err(ValueProblem::DateTimeSyntax));
    }

    #[test]
    fn dates_and_times() {
        check(date, "2023-10-18", Ok("2023-10-18"));
        check(date, "2023-10-18T10:00:00Z", Ok("2023-10-18"));
        check(date, "2023-10-40", Err(ValueProblem::DateTimeRange));
        check(date, "18.10.2023", Err(ValueProblem::DateTimeSyntax));
        check(time, "10:20", Ok("10:20:00"));
        check(time, "10:20:30.450", Ok("10:20:30.45"));
        check(time, "10:20:30Z", Ok("10:20:30"));
        check(time, "23:59:59.000001", Ok("23:59:59.000001"));
        check(time, "10:20:30+02", Ok("10:20:30"));
        check(time, "10:20:30+x", Err(ValueProblem::DateTimeSyntax));
        check(date, "2023-10-18T10:00x", Err(ValueProblem::DateTimeSyntax));
        check(date, "2023-10-18T", Ok("2023-10-18"));
        check(time, "10:61", Err(ValueProblem::DateTimeRange));
        check(time, "5:7:9", Ok("05:07:09"));
        check(time, "10:610", Err(ValueProblem::DateTimeRange));
        check(time, "99999999999:10", Err(ValueProblem::DateTimeRange));
        check(date, "202-02-29", Err(ValueProblem::DateTimeRange));
        check(date, "202-02-28", Ok("0202-02-28"));
        check(date, "20-02-28", Err(ValueProblem::DateTimeSyntax));
        check(time, "noon", Err(ValueProblem::DateTimeSyntax));
    }

    #[test]
    fn wire_forms() {
        let check = |micros: i64, expected: &str| assert_eq!(wire_instant(&stored_instant(micros)), expected);
        check(0, "1970-01-01T00:00:00+00:00");
        check(1_611_000, "1970-01-01T00:00:01.611+00:00");
        check(-1, "1969-12-31T23:59:59.999999+00:00");
        check(i64::MAX, "1970-01-01T00:00:00+00:00");
    }
}

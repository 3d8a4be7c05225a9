//! `value::type` of a select list: any stored value to a PostgreSQL type by name.

use super::{Raised, decimal, instant, text_of};
use rusqlite::types::{Value, ValueRef};

/// Casts a value that is not NULL.
///
/// # Errors
/// `22P02`, `22007` or `22003` with the type's name and the value; `42704` for an unknown type.
pub(crate) fn cast(value: ValueRef<'_>, ty: &str) -> Result<Value, Raised> {
    match ty {
        "text" => Ok(Value::Text(text(value))),
        "smallint" => integer(value, "smallint", i64::from(i16::MIN)..=i64::from(i16::MAX)),
        "integer" => integer(value, "integer", i64::from(i32::MIN)..=i64::from(i32::MAX)),
        "bigint" => integer(value, "bigint", i64::MIN..=i64::MAX),
        "double precision" => float(value),
        "numeric" => numeric(value),
        "boolean" => boolean(value),
        "date" => date(value),
        "time" => parsed(value, "time", "22007", instant::parse_time),
        "timestamp with time zone" => timestamp(value),
        "uuid" => parsed(value, "uuid", "22P02", |text| {
            uuid::Uuid::try_parse(text).ok().map(|uuid| uuid.hyphenated().to_string())
        }),
        "bytea" => bytes(value),
        "json" | "jsonb" => json(value),
        _ => Err(Raised { state: "42704", ty: ty.to_owned(), value: text(value) }),
    }
}

fn raise<T>(state: &'static str, ty: &str, value: ValueRef<'_>) -> Result<T, Raised> {
    Err(Raised { state, ty: ty.to_owned(), value: text(value) })
}

fn text(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Blob(blob) => {
            let mut out = b"\\x".to_vec();
            super::super::json::write_hex(&mut out, blob);
            String::from_utf8(out).unwrap_or_default()
        }
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Text(_) => text_of(value).into_owned(),
    }
}

fn integer(value: ValueRef<'_>, ty: &str, range: std::ops::RangeInclusive<i64>) -> Result<Value, Raised> {
    let number = match value {
        ValueRef::Integer(number) => Some(number),
        ValueRef::Real(number) => rounded(number),
        ValueRef::Null | ValueRef::Text(_) | ValueRef::Blob(_) => {
            let text = text_of(value);
            let text = text.trim();
            let digits = text.trim_start_matches(['-', '+']);
            if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
                return raise("22P02", ty, value);
            }
            // A decimal column is text too, and rounds as numeric does.
            text.parse().ok().or_else(|| text.parse().ok().and_then(rounded))
        }
    };
    match number {
        Some(number) if range.contains(&number) => Ok(Value::Integer(number)),
        Some(_) | None => raise("22003", ty, value),
    }
}

/// The nearest integer, halves to even as PostgreSQL does for doubles.
#[expect(clippy::cast_possible_truncation, reason = "the range was tested")]
fn rounded(number: f64) -> Option<i64> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    let whole = number.round_ties_even();
    (-LIMIT..LIMIT).contains(&whole).then_some(whole as i64)
}

fn float(value: ValueRef<'_>) -> Result<Value, Raised> {
    match value {
        #[expect(clippy::cast_precision_loss, reason = "a cast to double")]
        ValueRef::Integer(number) => Ok(Value::Real(number as f64)),
        ValueRef::Real(number) if number.is_finite() => Ok(Value::Real(number)),
        ValueRef::Real(_) => raise("22003", "double precision", value),
        ValueRef::Null | ValueRef::Text(_) | ValueRef::Blob(_) => match text_of(value).trim().parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Value::Real(number)),
            Ok(_) => raise("22003", "double precision", value),
            Err(_) => raise("22P02", "double precision", value),
        },
    }
}

fn numeric(value: ValueRef<'_>) -> Result<Value, Raised> {
    let text = match value {
        ValueRef::Real(number) => format!("{number}"),
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Text(_) | ValueRef::Blob(_) => {
            text_of(value).trim().to_owned()
        }
    };
    let mut sum = decimal::Sum::default();
    match sum.add(&text) {
        Ok(()) => Ok(sum.total().map_or(Value::Null, Value::Text)),
        Err(raised) => raise(raised.state, "numeric", value),
    }
}

fn boolean(value: ValueRef<'_>) -> Result<Value, Raised> {
    let truth = match value {
        ValueRef::Integer(number) => Some(number != 0),
        ValueRef::Real(_) | ValueRef::Blob(_) | ValueRef::Null => None,
        ValueRef::Text(_) => match text_of(value).trim().to_ascii_lowercase().as_str() {
            "t" | "true" | "y" | "yes" | "on" | "1" => Some(true),
            "f" | "false" | "n" | "no" | "off" | "0" => Some(false),
            _ => None,
        },
    };
    truth.map_or_else(|| raise("22P02", "boolean", value), |truth| Ok(Value::Integer(i64::from(truth))))
}

fn date(value: ValueRef<'_>) -> Result<Value, Raised> {
    // An instant is stored in UTC, so its date is its first ten letters.
    parsed(value, "date", "22007", |text| {
        let day = if instant::parse(text).is_some() { text.get(..10)? } else { text };
        instant::parse_date(day)
    })
}

fn timestamp(value: ValueRef<'_>) -> Result<Value, Raised> {
    parsed(value, "timestamp with time zone", "22007", |text| {
        let micros =
            instant::parse(text).or_else(|| instant::parse(&format!("{}T00:00:00Z", instant::parse_date(text)?)))?;
        instant::store(micros)
    })
}

fn parsed(
    value: ValueRef<'_>,
    ty: &str,
    state: &'static str,
    parse: impl Fn(&str) -> Option<String>,
) -> Result<Value, Raised> {
    let found = parse(text_of(value).trim());
    found.map_or_else(|| raise(state, ty, value), |text| Ok(Value::Text(text)))
}

fn bytes(value: ValueRef<'_>) -> Result<Value, Raised> {
    match value {
        ValueRef::Blob(blob) => Ok(Value::Blob(blob.to_vec())),
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Text(_) => {
            Ok(Value::Blob(text_of(value).as_bytes().to_vec()))
        }
    }
}

fn json(value: ValueRef<'_>) -> Result<Value, Raised> {
    let text = text_of(value);
    match serde_json::from_str::<serde::de::IgnoredAny>(&text) {
        Ok(_) => Ok(Value::Text(text.into_owned())),
        Err(_) => raise("22P02", "json", value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: ValueRef<'_>, ty: &str, expected: Result<Value, &str>) {
        assert_eq!(cast(value, ty).map_err(|raised| raised.to_string()), expected.map_err(str::to_owned), "{ty}");
    }

    #[test]
    fn rows() {
        let text = |text: &'static str| ValueRef::Text(text.as_bytes());
        let stored = |text: &str| Ok(Value::Text(text.to_owned()));
        check(ValueRef::Integer(7), "text", stored("7"));
        check(ValueRef::Real(1.0), "text", stored("1"));
        check(ValueRef::Blob(&[1]), "text", stored("\\x01"));
        check(text(" 12 "), "integer", Ok(Value::Integer(12)));
        check(text("12.5"), "integer", Ok(Value::Integer(12)));
        check(text("1x"), "integer", Err("22P02:integer:1x"));
        check(ValueRef::Integer(3_000_000_000), "integer", Err("22003:integer:3000000000"));
        check(ValueRef::Integer(40_000), "smallint", Err("22003:smallint:40000"));
        check(ValueRef::Real(2.5), "bigint", Ok(Value::Integer(2)));
        check(ValueRef::Real(1e30), "bigint", Err("22003:bigint:1e+30"));
        check(text("1.5"), "double precision", Ok(Value::Real(1.5)));
        check(text("1e999"), "double precision", Err("22003:double precision:1e999"));
        check(text("x"), "numeric", Err("22P02:numeric:x"));
        check(ValueRef::Real(0.1), "numeric", stored("0.1"));
        check(ValueRef::Integer(2), "boolean", Ok(Value::Integer(1)));
        check(text("OFF"), "boolean", Ok(Value::Integer(0)));
        check(text("2"), "boolean", Err("22P02:boolean:2"));
        check(text("2024-01-02T03:04:05.000000+00:00"), "date", stored("2024-01-02"));
        check(text("2024-13-02"), "date", Err("22007:date:2024-13-02"));
        check(text("2024-01-02"), "timestamp with time zone", stored("2024-01-02T00:00:00.000000+00:00"));
        check(text("00000000-0000-0000-0000-00000000000A"), "uuid", stored("00000000-0000-0000-0000-00000000000a"));
        check(text("{"), "jsonb", Err("22P02:json:{"));
        check(text("{\"a\": 1}"), "json", stored("{\"a\": 1}"));
        check(text("a"), "point", Err("42704:point:a"));
    }
}

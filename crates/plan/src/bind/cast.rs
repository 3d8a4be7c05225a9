//! One value of a scalar type: from untyped text, as PostgreSQL reads a literal, or from the text of a JSON value.

use super::{datetime, json, list, number};
use crate::fault::{Refusal, ValueProblem, postgres_name};
use crate::limits::Limits;
use crate::value::Value;
use backstay_schema::Schema;
use backstay_schema::model::{FieldType, Scalar};
use std::borrow::Cow;

/// What reading a value needs besides its type.
pub(super) struct Reader<'a> {
    pub(super) schema: &'a Schema,
    pub(super) limits: &'a Limits,
}

/// Reads untyped text as a value of a type.
pub(super) fn text(ty: &FieldType, raw: &str, reader: &Reader) -> Result<Value, Refusal> {
    if ty.list { list::from_literal(ty, raw, reader) } else { scalar(ty.scalar, raw, reader) }
}

/// Reads the text of a JSON value as a value of a type. JSON strings are read like untyped text, except for JSON columns.
pub(super) fn json(ty: &FieldType, raw: &str, reader: &Reader) -> Result<Value, Refusal> {
    let raw = raw.trim_matches([' ', '\t', '\n', '\r']);
    if raw == "null" {
        return Ok(Value::Null);
    }
    if ty.list {
        return list::from_json(ty, raw, reader);
    }
    if matches!(ty.scalar, Scalar::Json | Scalar::Object(_)) {
        return Ok(Value::Text(json::minify(raw, reader.limits)?));
    }
    scalar(ty.scalar, &unquoted(raw)?, reader)
}

/// The content of a JSON string; any other JSON value stays as it is.
pub(super) fn unquoted(raw: &str) -> Result<Cow<'_, str>, Refusal> {
    let Some(inner) = raw.strip_prefix('"') else {
        return Ok(Cow::Borrowed(raw));
    };
    match inner.strip_suffix('"') {
        Some(plain) if !plain.contains('\\') => Ok(Cow::Borrowed(plain)),
        _ => serde_json::from_str::<String>(raw).map(Cow::Owned).map_err(|_| json::malformed(raw)),
    }
}

/// Reads untyped text as a scalar in its stored form.
pub(super) fn scalar(scalar: Scalar, raw: &str, reader: &Reader) -> Result<Value, Refusal> {
    let refuse = |problem| Err(refusal(scalar, raw, problem, reader.schema));
    let read = match scalar {
        Scalar::Int => number::integer(raw, i64::from(i32::MIN)..=i64::from(i32::MAX)).map(Value::Int),
        Scalar::BigInt => number::integer(raw, i64::MIN..=i64::MAX).map(Value::Int),
        Scalar::Float => number::double(raw).map(Value::Float),
        Scalar::Decimal => number::decimal(raw).map(Value::Text),
        Scalar::Boolean => boolean(raw).map(Value::Bool).ok_or(ValueProblem::Syntax),
        Scalar::String | Scalar::Id | Scalar::Email | Scalar::Url | Scalar::Phone if raw.contains('\0') => {
            Err(ValueProblem::Syntax)
        }
        Scalar::String | Scalar::Id | Scalar::Email | Scalar::Url | Scalar::Phone => Ok(Value::Text(raw.to_owned())),
        Scalar::Uuid => uuid(raw).map(Value::Text).ok_or(ValueProblem::Syntax),
        Scalar::DateTime => datetime::instant(raw).map(Value::Text),
        Scalar::Date => datetime::date(raw).map(Value::Text),
        Scalar::Time => datetime::time(raw).map(Value::Text),
        Scalar::Bytes => bytes(raw).map(Value::Blob).ok_or(ValueProblem::Syntax),
        Scalar::Json | Scalar::Object(_) => return Ok(Value::Text(json::minify(raw, reader.limits)?)),
        Scalar::Enum(id) => {
            let values = &reader.schema.enums[usize::from(id.0)].values;
            values.iter().find(|value| *value == raw).map(|value| Value::Text(value.clone())).ok_or(ValueProblem::Enum)
        }
    };
    read.or_else(refuse)
}

/// The refusal of a value.
pub(super) fn bad(ty: &FieldType, raw: &str, problem: ValueProblem) -> Refusal {
    let name = postgres_name(ty.scalar);
    let ty = if ty.list { format!("{name}[]") } else { name.to_owned() };
    Refusal::BadValue { ty, value: raw.to_owned(), problem }
}

fn refusal(scalar: Scalar, raw: &str, problem: ValueProblem, schema: &Schema) -> Refusal {
    let ty = match scalar {
        Scalar::Enum(id) => schema.enums[usize::from(id.0)].name.clone(),
        Scalar::Int
        | Scalar::BigInt
        | Scalar::Float
        | Scalar::Decimal
        | Scalar::Boolean
        | Scalar::String
        | Scalar::Id
        | Scalar::Uuid
        | Scalar::DateTime
        | Scalar::Date
        | Scalar::Time
        | Scalar::Bytes
        | Scalar::Json
        | Scalar::Email
        | Scalar::Url
        | Scalar::Phone
        | Scalar::Object(_) => postgres_name(scalar).to_owned(),
    };
    Refusal::BadValue { ty, value: raw.to_owned(), problem }
}

/// PostgreSQL's words for true and false, and their unambiguous beginnings.
fn boolean(raw: &str) -> Option<bool> {
    let word = raw.trim().to_ascii_lowercase();
    let begins = |whole: &str, least: usize| word.len() >= least && whole.starts_with(&word);
    if begins("true", 1) || begins("yes", 1) || word == "on" || word == "1" {
        Some(true)
    } else if begins("false", 1) || begins("no", 1) || begins("off", 2) || word == "0" {
        Some(false)
    } else {
        None
    }
}

/// A UUID with hyphens. Those of its text may stand behind any four digits, or be missing, and braces around it.
fn uuid(raw: &str) -> Option<String> {
    let bare = raw.strip_prefix('{').map_or(Some(raw), |inner| inner.strip_suffix('}'))?;
    let (mut digits, mut rest) = (String::with_capacity(32), bare);
    while digits.len() < 32 {
        let (four, after) = rest.split_at_checked(4).filter(|(four, _)| four.bytes().all(|b| b.is_ascii_hexdigit()))?;
        digits.push_str(four);
        rest = if digits.len() < 32 { after.strip_prefix('-').unwrap_or(after) } else { after };
    }
    let uuid = uuid::Uuid::try_parse(&digits).ok().filter(|_| rest.is_empty())?;
    Some(uuid.hyphenated().to_string())
}

/// `\x` hex, or text in which `\\` and `\ooo` stand for single bytes.
fn bytes(raw: &str) -> Option<Vec<u8>> {
    if let Some(hex) = raw.strip_prefix("\\x") {
        let digits: Vec<u8> = hex.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let (pairs, rest) = digits.as_chunks::<2>();
        if !rest.is_empty() {
            return None;
        }
        return pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect();
    }
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let (byte, after) = match (first, after) {
            (b'\\', [b'\\', after @ ..]) => (b'\\', after),
            (b'\\', [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', after @ ..]) => {
                ((a - b'0') << 6 | (b - b'0') << 3 | (c - b'0'), after)
            }
            (b'\\', _) => return None,
            (other, after) => (*other, after),
        };
        bytes.push(byte);
        rest = after;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::uuid;

    #[test]
    fn uuids() {
        let read = Some("7d444840-9dc0-11d1-b245-5ffdce74fad2");
        for (raw, expected) in [
            ("7d444840-9dc0-11d1-b245-5ffdce74fad2", read),
            ("{7D444840-9dc011d1-b2455ffdce74fad2}", read),
            ("7d44-4840-9dc0-11d1-b245-5ffd-ce74-fad2", read),
            ("7d4448409dc011d1b2455ffdce74fad2", read),
            ("7d444840-9dc0-11d1-b245-5ffdce74fad2-", None),
            ("7d444840--9dc0-11d1-b245-5ffdce74fad2", None),
            ("7d4448-409dc0-11d1-b245-5ffdce74fad2", None),
            ("{7d444840-9dc0-11d1-b245-5ffdce74fad2", None),
            ("7d444840-9dc0-11d1-b245-5ffdce74fad", None),
            ("+d444840-9dc0-11d1-b245-5ffdce74fad2", None),
            ("7d4\u{e4}840-9dc0-11d1-b245-5ffdce74fad2", None),
            ("", None),
        ] {
            assert_eq!(uuid(raw).as_deref(), expected, "{raw}");
        }
    }
}

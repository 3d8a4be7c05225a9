//! Values on their way to the server, as text whose type the statement says, and cells on their way back.

use crate::store::Slotted;
use crate::store::sqlite::json::{float_text, write_float, write_hex, write_text};
use crate::store::verdict::Touched;
use backstay_compile::statement::Encode;
use backstay_plan::value::Value;
use bytes::BytesMut;
use serde_json::value::RawValue;
use std::error::Error;
use tokio_postgres::types::{Format, FromSql, IsNull, Kind, ToSql, Type, to_sql_checked};

/// One parameter.
#[derive(Debug, Clone, Copy)]
pub(super) enum Argument<'a> {
    /// A value of the request.
    Value(&'a Value),
    /// JSON text.
    Json(&'a [u8]),
}

/// Why a parameter cannot be sent.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unsendable {
    /// PostgreSQL stores no U+0000.
    #[error("a text contains a zero byte")]
    ZeroByte,
    /// A list that is no JSON array of scalars.
    #[error("a list is no JSON array of scalars")]
    NoList,
}

static NULL: Value = Value::Null;

/// The parameter at a place of a statement.
pub(super) fn argument<'a>(slotted: &'a Slotted, row: &'a [Value], touched: &'a Touched) -> Argument<'a> {
    match slotted {
        Slotted::Value(value) => Argument::Value(value),
        Slotted::Cell(cell) => Argument::Value(row.get(usize::from(*cell)).unwrap_or(&NULL)),
        Slotted::Keys => Argument::Json(touched.keys_json()),
    }
}

impl ToSql for Argument<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Json(text) => out.extend_from_slice(text),
            Self::Value(Value::Null) => return Ok(IsNull::Yes),
            Self::Value(Value::Bool(truth)) => out.extend_from_slice(if *truth { b"true" } else { b"false" }),
            Self::Value(Value::Int(number)) => out.extend_from_slice(itoa::Buffer::new().format(*number).as_bytes()),
            Self::Value(Value::Float(number)) => out.extend_from_slice(float(*number).as_bytes()),
            Self::Value(Value::Text(text)) if text.contains('\0') => return Err(Unsendable::ZeroByte.into()),
            Self::Value(Value::Text(text)) => {
                if let Kind::Array(element) = ty.kind() {
                    out.extend_from_slice(array(text, element)?.as_bytes());
                } else {
                    out.extend_from_slice(text.as_bytes());
                }
            }
            Self::Value(Value::Blob(bytes)) => {
                let mut hex = b"\\x".to_vec();
                write_hex(&mut hex, bytes);
                out.extend_from_slice(&hex);
            }
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        Format::Text
    }

    to_sql_checked!();
}

fn float(number: f64) -> String {
    match number {
        number if number.is_nan() => "NaN".to_owned(),
        number if number.is_infinite() => if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned(),
        number => float_text(number),
    }
}

/// A JSON array of scalars as an array literal.
fn array(json: &str, element: &Type) -> Result<String, Unsendable> {
    let items: Vec<&RawValue> = serde_json::from_str(json).map_err(|_| Unsendable::NoList)?;
    let raw = *element == Type::JSON || *element == Type::JSONB;
    let mut literal = String::with_capacity(json.len() + 2);
    literal.push('{');
    for (position, item) in items.into_iter().enumerate() {
        if position > 0 {
            literal.push(',');
        }
        let item = item.get();
        if item == "null" {
            literal.push_str("NULL");
        } else if raw {
            quote(&mut literal, item);
        } else if item.starts_with('"') {
            let text: String = serde_json::from_str(item).map_err(|_| Unsendable::NoList)?;
            if text.contains('\0') {
                return Err(Unsendable::ZeroByte);
            }
            quote(&mut literal, &text);
        } else if item.starts_with(['[', '{']) {
            return Err(Unsendable::NoList);
        } else {
            literal.push_str(item);
        }
    }
    literal.push('}');
    Ok(literal)
}

fn quote(literal: &mut String, text: &str) {
    literal.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            literal.push('\\');
        }
        literal.push(c);
    }
    literal.push('"');
}

/// One cell of an answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Cell<'a> {
    /// NULL.
    Null,
    /// A truth value.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A double.
    Float(f64),
    /// The bytes of a UUID.
    Uuid(&'a [u8]),
    /// Text or JSON text.
    Text(&'a [u8]),
}

impl<'a> FromSql<'a> for Cell<'a> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(match *ty {
            Type::BOOL => Self::Bool(bool::from_sql(ty, raw)?),
            Type::INT2 => Self::Int(i16::from_sql(ty, raw)?.into()),
            Type::INT4 => Self::Int(i32::from_sql(ty, raw)?.into()),
            Type::INT8 => Self::Int(i64::from_sql(ty, raw)?),
            Type::FLOAT8 => Self::Float(f64::from_sql(ty, raw)?),
            Type::UUID => Self::Uuid(raw),
            // Its first byte is the version of the format.
            Type::JSONB => Self::Text(raw.get(1..).unwrap_or_default()),
            _ => Self::Text(raw),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self::Null)
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

impl Cell<'_> {
    /// The number, whether it is an integer or JSON text of one.
    pub(super) fn number(self) -> u64 {
        match self {
            Self::Int(number) => u64::try_from(number).unwrap_or(0),
            Self::Text(text) => std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()).unwrap_or(0),
            Self::Null | Self::Bool(_) | Self::Float(_) | Self::Uuid(_) => 0,
        }
    }

    /// Appends it as JSON; text as it is, or as a JSON string.
    pub(super) fn write(self, out: &mut Vec<u8>, encode: Encode) {
        match self {
            Self::Null => out.extend_from_slice(b"null"),
            Self::Bool(truth) => out.extend_from_slice(if truth { b"true" } else { b"false" }),
            Self::Int(number) => out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes()),
            Self::Float(number) => write_float(out, number),
            Self::Uuid(bytes) => write_uuid(out, bytes),
            Self::Text(text) if encode == Encode::Raw => out.extend_from_slice(text),
            Self::Text(text) => write_text(out, text),
        }
    }

    /// Whether it is true; integers other than 1 are not.
    pub(super) fn is_true(self) -> bool {
        matches!(self, Self::Bool(true) | Self::Int(1))
    }
}

fn write_uuid(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(b'"');
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            out.push(b'-');
        }
        write_hex(out, std::slice::from_ref(byte));
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_become_json() {
        let written = |ty: &Type, raw: &[u8], encode| {
            let mut out = Vec::new();
            Cell::from_sql(ty, raw).unwrap().write(&mut out, encode);
            String::from_utf8(out).unwrap()
        };
        for (ty, raw, encode, expected) in [
            (Type::BOOL, &[1_u8][..], Encode::Bool, "true"),
            (Type::INT4, &(-7_i32).to_be_bytes()[..], Encode::Plain, "-7"),
            (Type::INT8, &i64::MIN.to_be_bytes()[..], Encode::Plain, "-9223372036854775808"),
            (Type::FLOAT8, &1.5_f64.to_be_bytes()[..], Encode::Plain, "1.5"),
            (Type::FLOAT8, &f64::NAN.to_be_bytes()[..], Encode::Plain, "\"NaN\""),
            (
                Type::UUID,
                &(1_u128 << 127 | 0xab).to_be_bytes()[..],
                Encode::Plain,
                "\"80000000-0000-0000-0000-0000000000ab\"",
            ),
            (Type::TEXT, b"a\"\n", Encode::Plain, "\"a\\\"\\n\""),
            (Type::TEXT, b"[1]", Encode::Raw, "[1]"),
            (Type::JSONB, b"\x01{}", Encode::Raw, "{}"),
        ] {
            assert_eq!(written(&ty, raw, encode), expected);
        }
        let mut out = Vec::new();
        Cell::from_sql_null(&Type::TEXT).unwrap().write(&mut out, Encode::Raw);
        assert_eq!(out, b"null");
    }

    #[track_caller]
    fn check(value: &Value, ty: &Type, expected: &str) {
        let mut out = BytesMut::new();
        let sent = match Argument::Value(value).to_sql(ty, &mut out) {
            Ok(IsNull::Yes) => "NULL".to_owned(),
            Ok(IsNull::No) => String::from_utf8(out.to_vec()).unwrap(),
            Err(error) => error.to_string(),
        };
        assert_eq!(sent, expected);
    }

    #[test]
    fn values_go_as_text() {
        check(&Value::Null, &Type::TEXT, "NULL");
        check(&Value::Bool(true), &Type::BOOL, "true");
        check(&Value::Int(-7), &Type::INT8, "-7");
        check(&Value::Float(1.0), &Type::FLOAT8, "1");
        check(&Value::Float(f64::NEG_INFINITY), &Type::FLOAT8, "-Infinity");
        check(&Value::Float(f64::NAN), &Type::FLOAT8, "NaN");
        check(&Value::Text("a'b\"".into()), &Type::TEXT, "a'b\"");
        check(&Value::Text("a\0".into()), &Type::TEXT, "a text contains a zero byte");
        check(&Value::Blob(vec![0, 255]), &Type::BYTEA, "\\x00ff");
    }

    #[test]
    fn lists_become_array_literals() {
        let text = |json: &str| Value::Text(json.to_owned());
        check(&text("[]"), &Type::TEXT_ARRAY, "{}");
        check(
            &text(r#"["a","q\"\\",null,"null","é\n"]"#),
            &Type::TEXT_ARRAY,
            "{\"a\",\"q\\\"\\\\\",NULL,\"null\",\"é\n\"}",
        );
        check(&text("[1,-2.5,true]"), &Type::NUMERIC_ARRAY, "{1,-2.5,true}");
        check(&text(r#"[{"a":"b"},"x",null]"#), &Type::JSONB_ARRAY, r#"{"{\"a\":\"b\"}","\"x\"",NULL}"#);
        check(&text(r#"["a\u0000"]"#), &Type::TEXT_ARRAY, "a text contains a zero byte");
        check(&text("[[1]]"), &Type::INT4_ARRAY, "a list is no JSON array of scalars");
        check(&text("1"), &Type::INT4_ARRAY, "a list is no JSON array of scalars");
    }
}

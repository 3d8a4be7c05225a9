//! Counts rows and sums them up, so that two databases can be compared whatever the order of their rows: equal rows have equal
//! sums, however each database writes a decimal or a JSON value.

use crate::store::carry::Table;
use backstay_plan::value::Value;
use backstay_schema::model::{FieldType, Scalar};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fmt;
use twox_hash::XxHash3_128;

/// How many rows there were, and their sum.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Rows.
    pub rows: u64,
    /// The sum of their hashes.
    sum: u128,
}

impl fmt::Display for Tally {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} rows, checksum {:032x}", self.rows, self.sum)
    }
}

impl Tally {
    /// The checksum, 32 hexadecimal digits.
    #[must_use]
    pub fn checksum(&self) -> String {
        format!("{:032x}", self.sum)
    }

    /// Takes a row in.
    pub(super) fn add(&mut self, table: &Table, row: &[Value], scratch: &mut Vec<u8>) {
        scratch.clear();
        for (column, value) in table.columns.iter().zip(row) {
            push(scratch, &column.ty, value);
        }
        self.rows += 1;
        self.sum = self.sum.wrapping_add(XxHash3_128::oneshot(scratch));
    }
}

/// Appends a value so that two are alike when they are the same value of the type.
fn push(out: &mut Vec<u8>, ty: &FieldType, value: &Value) {
    match value {
        Value::Null => out.push(0),
        Value::Bool(truth) => out.extend([1, u8::from(*truth)]),
        Value::Int(number) => {
            out.push(2);
            out.extend(number.to_le_bytes());
        }
        Value::Float(number) => {
            out.push(3);
            // Zero has two forms, and not every database keeps both.
            out.extend((if *number == 0.0 { 0.0 } else { *number }).to_le_bytes());
        }
        Value::Text(text) if ty.list || matches!(ty.scalar, Scalar::Json | Scalar::Object(_)) => {
            out.push(4);
            match serde_json::from_str::<&RawValue>(text) {
                Ok(json) => push_json(out, json),
                Err(_) => push_bytes(out, text.as_bytes()),
            }
        }
        Value::Text(text) if ty.scalar == Scalar::Decimal => {
            out.push(5);
            push_bytes(out, plain_number(text).as_bytes());
        }
        Value::Text(text) => {
            out.push(6);
            push_bytes(out, text.as_bytes());
        }
        Value::Blob(bytes) => {
            out.push(7);
            push_bytes(out, bytes);
        }
    }
}

fn push_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend((bytes.len() as u64).to_le_bytes());
    out.extend(bytes);
}

/// A JSON value, whatever the order of its keys, its blanks, and the form of its numbers; of equal keys the last counts.
fn push_json(out: &mut Vec<u8>, json: &RawValue) {
    let text = json.get();
    match text.as_bytes().first() {
        Some(b'{') => {
            let members: BTreeMap<String, &RawValue> = serde_json::from_str(text).unwrap_or_default();
            out.push(b'{');
            for (name, member) in members {
                push_bytes(out, name.as_bytes());
                push_json(out, member);
            }
            out.push(b'}');
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(text).unwrap_or_default();
            out.push(b'[');
            items.into_iter().for_each(|item| push_json(out, item));
            out.push(b']');
        }
        Some(b'"') => {
            out.push(b'"');
            push_bytes(out, serde_json::from_str::<String>(text).unwrap_or_default().as_bytes());
        }
        Some(b'-' | b'0'..=b'9') => {
            out.push(b'0');
            push_bytes(out, plain_number(text).as_bytes());
        }
        _ => out.extend(text.as_bytes()),
    }
}

/// A decimal number as its digits and the power of ten behind them: `-1.50e3` is `-15e2`.
fn plain_number(text: &str) -> String {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let Ok(exponent) = exponent.parse::<i64>() else { return text.to_owned() };
    let (sign, digits) = mantissa.strip_prefix('-').map_or(("", mantissa), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = [whole, fraction].concat();
    let significant = all.trim_start_matches('0');
    let kept = significant.trim_end_matches('0');
    if kept.is_empty() {
        return "0".to_owned();
    }
    if !all.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.to_owned();
    }
    let power = exponent - fraction.len() as i64 + (significant.len() - kept.len()) as i64;
    format!("{sign}{kept}e{power}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_numbers_have_one_form() {
        for (text, expected) in [
            ("0", "0"),
            ("-0.00", "0"),
            ("1", "1e0"),
            ("1.50", "15e-1"),
            ("-1.50e3", "-15e2"),
            ("1500", "15e2"),
            ("0.0012", "12e-4"),
            ("1E+2", "1e2"),
            ("NaN", "NaN"),
        ] {
            assert_eq!(plain_number(text), expected, "{text}");
        }
    }

    fn bytes(scalar: Scalar, list: bool, value: &Value) -> Vec<u8> {
        let mut out = Vec::new();
        push(&mut out, &FieldType { scalar, list, nullable: true, items_nullable: true }, value);
        out
    }

    #[test]
    fn values_are_alike_when_they_are_the_same() {
        let text = |text: &str| Value::Text(text.to_owned());
        let json =
            |one: &str, other: &str| bytes(Scalar::Json, false, &text(one)) == bytes(Scalar::Json, false, &text(other));
        assert!(json(r#"{"b":1,"a":[1.0,"x"]}"#, r#"{"a": [1, "\u0078"], "b": 1e0}"#));
        assert!(json(r#"{"a":1,"a":2}"#, r#"{"a":2}"#));
        for (one, other) in
            [("[1,2]", "[2,1]"), ("[1,2]", "[12]"), ("\"1\"", "1"), ("null", "\"null\""), ("[[]]", "[]")]
        {
            assert!(!json(one, other), "{one} and {other}");
        }
        assert_ne!(bytes(Scalar::Json, false, &text("null")), bytes(Scalar::Json, false, &Value::Null));
        assert_ne!(bytes(Scalar::String, false, &text("")), bytes(Scalar::String, false, &Value::Null));
        assert_eq!(bytes(Scalar::Decimal, false, &text("1.50")), bytes(Scalar::Decimal, false, &text("1.5")));
        assert_eq!(bytes(Scalar::Float, false, &Value::Float(-0.0)), bytes(Scalar::Float, false, &Value::Float(0.0)));
    }
}

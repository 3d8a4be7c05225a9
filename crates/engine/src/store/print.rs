//! Values in error messages, as PostgreSQL prints them.

use super::sqlite::json::{float_text, write_hex};
use backstay_plan::value::Value;
use backstay_schema::model::{FieldType, Scalar};

/// The value of a column of type `ty`, in its stored form, as text.
pub(crate) fn print(value: &Value, ty: &FieldType) -> String {
    let boolean = ty.scalar == Scalar::Boolean && !ty.list;
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(truth) => truth_text(*truth),
        Value::Int(number) if boolean => truth_text(*number != 0),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => float_text(*number),
        Value::Text(text) if ty.scalar == Scalar::DateTime && !ty.list => timestamp(text),
        Value::Text(text) => text.clone(),
        Value::Blob(bytes) => {
            let mut out = b"\\x".to_vec();
            write_hex(&mut out, bytes);
            String::from_utf8(out).unwrap_or_default()
        }
    }
}

fn truth_text(truth: bool) -> String {
    if truth { "t" } else { "f" }.to_owned()
}

/// `2024-01-02T03:04:05.600000+00:00` is printed `2024-01-02 03:04:05.6+00`.
fn timestamp(stored: &str) -> String {
    let local = stored.strip_suffix("+00:00").unwrap_or(stored);
    let local = if local.contains('.') { local.trim_end_matches('0').trim_end_matches('.') } else { local };
    format!("{}+00", local.replacen('T', " ", 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values() {
        let ty = |scalar| FieldType { scalar, list: false, nullable: true, items_nullable: false };
        for (value, scalar, text) in [
            (Value::Null, Scalar::Int, "null"),
            (Value::Int(7), Scalar::Int, "7"),
            (Value::Int(1), Scalar::Boolean, "t"),
            (Value::Bool(false), Scalar::Boolean, "f"),
            (Value::Float(1.0), Scalar::Float, "1"),
            (Value::Text("a b".into()), Scalar::String, "a b"),
            (Value::Text("2024-01-02T03:04:05.600000+00:00".into()), Scalar::DateTime, "2024-01-02 03:04:05.6+00"),
            (Value::Text("2024-01-02T03:04:50.000000+00:00".into()), Scalar::DateTime, "2024-01-02 03:04:50+00"),
            (Value::Blob(vec![1, 255]), Scalar::Bytes, "\\x01ff"),
        ] {
            assert_eq!(print(&value, &ty(scalar)), text);
        }
    }
}

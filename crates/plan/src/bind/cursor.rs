//! Cursors: base64url of a JSON array, first the mark of the order, then the values of a row in its sort keys.

use super::cast::{self, Reader};
use crate::fault::Refusal;
use crate::value::Value;
use backstay_schema::model::FieldType;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::value::RawValue;

/// Longest cursor, bytes.
const BYTES_MAX: usize = 16 * 1024;

/// A value of a cursor.
pub(super) fn value(
    text: &str,
    mark: &str,
    (at, keys): (usize, usize),
    ty: &FieldType,
    reader: &Reader,
) -> Result<Value, Refusal> {
    if text.len() > BYTES_MAX {
        return Err(Refusal::BadCursor);
    }
    let json = URL_SAFE_NO_PAD.decode(text).map_err(|_| Refusal::BadCursor)?;
    let parts: Vec<&RawValue> = serde_json::from_slice(&json).map_err(|_| Refusal::BadCursor)?;
    let (own, values) = parts.split_first().ok_or(Refusal::BadCursor)?;
    let own: &str = own.get();
    if own.strip_prefix('"').and_then(|own| own.strip_suffix('"')) != Some(mark) || values.len() != keys {
        return Err(Refusal::BadCursor);
    }
    let value = values.get(at).ok_or(Refusal::BadCursor)?;
    cast::json(ty, value.get(), reader).map_err(|_| Refusal::BadCursor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;
    use backstay_schema::Schema;
    use backstay_schema::model::Scalar;

    #[track_caller]
    fn check(json: &str, expected: Result<Value, Refusal>) {
        let ty = FieldType { scalar: Scalar::Int, list: false, nullable: true, items_nullable: false };
        let (schema, limits) = (Schema::default(), Limits::default());
        let reader = Reader { schema: &schema, limits: &limits };
        assert_eq!(value(&URL_SAFE_NO_PAD.encode(json), "m", (1, 2), &ty, &reader), expected, "{json}");
    }

    #[test]
    fn values() {
        check(r#"["m","a",7]"#, Ok(Value::Int(7)));
        check(r#"["m",null,null]"#, Ok(Value::Null));
        for bad in [r#"["m",1]"#, r#"["n",1,7]"#, r#"["m",1,7,8]"#, r#"["m",1,"x"]"#, "[]", "{}", "", "7", "\u{0}"] {
            check(bad, Err(Refusal::BadCursor));
        }
    }

    #[test]
    fn as_long_as_a_cursor_may_be() {
        // Four letters stand for three bytes.
        let of_bytes = |bytes: usize| format!(r#"["m","{}",7]"#, "a".repeat(bytes - r#"["m","",7]"#.len()));
        let most = 16 * 1024 / 4 * 3;
        check(&of_bytes(most), Ok(Value::Int(7)));
        check(&of_bytes(most - 1), Ok(Value::Int(7)));
        check(&of_bytes(most + 1), Err(Refusal::BadCursor));
        check(&of_bytes(most * 2), Err(Refusal::BadCursor));
    }
}

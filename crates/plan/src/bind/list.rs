//! Lists: array literals `{a,"b",NULL}` and JSON arrays in, JSON arrays out.

use super::cast::{self, Reader, bad};
use super::{datetime, json};
use crate::fault::{Refusal, ValueProblem};
use crate::value::Value;
use backstay_schema::model::{FieldType, Scalar};
use serde_json::value::RawValue;

/// Reads an array literal.
pub(super) fn from_literal(ty: &FieldType, raw: &str, reader: &Reader) -> Result<Value, Refusal> {
    let items = parse_literal(raw).ok_or_else(|| bad(ty, raw, ValueProblem::Syntax))?;
    stored(ty, items.iter().map(Option::as_deref), reader)
}

/// Reads a JSON array, or a JSON string that holds an array literal.
pub(super) fn from_json(ty: &FieldType, raw: &str, reader: &Reader) -> Result<Value, Refusal> {
    if raw.starts_with('"') {
        return from_literal(ty, &cast::unquoted(raw)?, reader);
    }
    let items: Vec<&RawValue> = serde_json::from_str(raw).map_err(|_| bad(ty, raw, ValueProblem::Syntax))?;
    bounded(items.len(), reader)?;
    let item = FieldType { list: false, ..ty.clone() };
    let mut out = String::from("[");
    for raw in items {
        separate(&mut out);
        push_stored(&mut out, ty.scalar, &cast::json(&item, raw.get(), reader)?);
    }
    out.push(']');
    Ok(Value::Text(out))
}

/// A list column's stored form.
pub(super) fn stored<'t>(
    ty: &FieldType,
    items: impl ExactSizeIterator<Item = Option<&'t str>>,
    reader: &Reader,
) -> Result<Value, Refusal> {
    bounded(items.len(), reader)?;
    let mut out = String::from("[");
    for item in items {
        separate(&mut out);
        match item {
            None => out.push_str("null"),
            Some(text) => push_stored(&mut out, ty.scalar, &cast::scalar(ty.scalar, text, reader)?),
        }
    }
    out.push(']');
    Ok(Value::Text(out))
}

/// The members of an `in` list or a quantified comparison, each as `json_each` must yield it to equal the stored column.
pub(super) fn members<'t>(
    ty: &FieldType,
    items: impl ExactSizeIterator<Item = &'t str>,
    reader: &Reader,
) -> Result<String, Refusal> {
    bounded(items.len(), reader)?;
    let mut out = String::from("[");
    for item in items {
        separate(&mut out);
        push_member(&mut out, &cast::text(ty, item, reader)?);
    }
    out.push(']');
    Ok(out)
}

/// A list of texts as a JSON array.
pub(super) fn texts<'t>(items: impl ExactSizeIterator<Item = &'t str>, reader: &Reader) -> Result<String, Refusal> {
    bounded(items.len(), reader)?;
    let mut out = String::from("[");
    for item in items {
        separate(&mut out);
        json::push_string(&mut out, item);
    }
    out.push(']');
    Ok(out)
}

fn bounded(items: usize, reader: &Reader) -> Result<(), Refusal> {
    let max = reader.limits.list_items_max;
    if u32::try_from(items).is_ok_and(|items| items <= max) {
        return Ok(());
    }
    Err(Refusal::LimitExceeded { what: "list items", max: max.into() })
}

fn separate(out: &mut String) {
    if out.len() > 1 {
        out.push(',');
    }
}

/// Appends an item of a list column: JSON as the wire shows it.
fn push_stored(out: &mut String, scalar: Scalar, value: &Value) {
    match (scalar, value) {
        (Scalar::DateTime, Value::Text(text)) => json::push_string(out, &datetime::wire_instant(text)),
        (Scalar::Decimal | Scalar::Json | Scalar::Object(_), Value::Text(text)) => out.push_str(text),
        (_, value) => push_member(out, value),
    }
}

fn push_member(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Int(number) => out.push_str(&number.to_string()),
        Value::Float(number) => out.push_str(&serde_json::Value::from(*number).to_string()),
        Value::Text(text) => json::push_string(out, text),
        Value::Blob(bytes) => {
            out.push_str("\"\\\\x");
            out.extend(bytes.iter().map(|byte| format!("{byte:02x}")));
            out.push('"');
        }
    }
}

/// The items of `{a,"b c",NULL}`; `None` when it is malformed, or nested.
fn parse_literal(raw: &str) -> Option<Vec<Option<String>>> {
    let inner = raw.trim().strip_prefix('{')?.strip_suffix('}')?;
    let mut items = Vec::new();
    let mut rest = inner.trim_start();
    if rest.is_empty() {
        return Some(items);
    }
    loop {
        let (item, after) = if let Some(quoted) = rest.strip_prefix('"') {
            let (text, after) = parse_quoted(quoted)?;
            (Some(text), after)
        } else {
            let (text, after) = parse_bare(rest)?;
            (if text.eq_ignore_ascii_case("null") { None } else { Some(text) }, after)
        };
        items.push(item);
        rest = after.trim_start();
        if rest.is_empty() {
            return Some(items);
        }
        rest = rest.strip_prefix(',')?.trim_start();
    }
}

fn parse_quoted(text: &str) -> Option<(String, &str)> {
    let mut out = String::new();
    let mut chars = text.char_indices();
    while let Some((position, c)) = chars.next() {
        match c {
            '"' => return Some((out, &text[position + 1..])),
            '\\' => out.push(chars.next()?.1),
            c => out.push(c),
        }
    }
    None
}

fn parse_bare(text: &str) -> Option<(String, &str)> {
    let mut out = String::new();
    let mut chars = text.char_indices();
    let mut end = text.len();
    while let Some((position, c)) = chars.next() {
        match c {
            ',' => {
                end = position;
                break;
            }
            '{' | '}' | '"' => return None,
            '\\' => out.push(chars.next()?.1),
            c => out.push(c),
        }
    }
    let item = out.trim();
    (!item.is_empty()).then(|| (item.to_owned(), &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::parse_literal;

    #[test]
    fn literals() {
        let check = |raw: &str, expected: Option<&[Option<&str>]>| {
            let found = parse_literal(raw);
            let found = found.as_ref().map(|items| items.iter().map(Option::as_deref).collect::<Vec<_>>());
            assert_eq!(found.as_deref(), expected, "{raw}");
        };
        check("{}", Some(&[]));
        check("{ 1, 2 ,3}", Some(&[Some("1"), Some("2"), Some("3")]));
        check(r#"{"a,b","c\"d",NULL,"NULL",e f}"#, Some(&[Some("a,b"), Some("c\"d"), None, Some("NULL"), Some("e f")]));
        check(r#"{""}"#, Some(&[Some("")]));
        check("{1,}", None);
        check("{,}", None);
        check("{{1},{2}}", None);
        check(r#"{"a"#, None);
        check("1,2", None);
        check("", None);
        check(r#"{"a"b}"#, None);
    }
}

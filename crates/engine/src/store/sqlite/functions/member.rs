//! Steps into JSON (`->`, `->>`) and JSON values as rules compute with them.

use super::instant;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// A step into a JSON value.
#[derive(Debug, Clone)]
pub(crate) enum Key<'a> {
    /// Member of an object.
    Name(Cow<'a, str>),
    /// Position in an array, from the end when negative; also the member of that name.
    Position(i64),
}

/// `->`: the JSON text of a member or item.
pub(crate) fn get(json: &str, key: Key<'_>) -> Option<String> {
    find(json, &key).map(|raw| raw.get().to_owned())
}

/// `->>`: a string without quotes, other values as JSON text; a JSON null is `None`.
pub(crate) fn get_text(json: &str, key: Key<'_>) -> Option<String> {
    let raw = find(json, &key)?.get();
    match raw.as_bytes().first() {
        Some(b'"') => serde_json::from_str(raw).ok(),
        Some(b'n') => None,
        _ => Some(raw.to_owned()),
    }
}

fn find<'j>(json: &'j str, key: &Key<'_>) -> Option<&'j RawValue> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    Find(key).deserialize(&mut deserializer).ok().flatten()
}

/// Visits one level and keeps the value under the key; of equal keys the last, as jsonb does.
struct Find<'k>(&'k Key<'k>);

impl<'j> DeserializeSeed<'j> for Find<'_> {
    type Value = Option<&'j RawValue>;

    fn deserialize<D: serde::Deserializer<'j>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'j> Visitor<'j> for Find<'_> {
    type Value = Option<&'j RawValue>;

    fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("a JSON object or array")
    }

    fn visit_map<A: MapAccess<'j>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let wanted = match self.0 {
            Key::Name(name) => Cow::Borrowed(name.as_ref()),
            Key::Position(position) => Cow::Owned(position.to_string()),
        };
        let mut found = None;
        while let Some(name) = map.next_key::<Cow<'j, str>>()? {
            if name == wanted {
                found = Some(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }

    fn visit_seq<A: SeqAccess<'j>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut all = Vec::new();
        while let Some(item) = items.next_element::<&RawValue>()? {
            all.push(item);
        }
        let Key::Position(position) = self.0 else { return Ok(None) };
        let length = i64::try_from(all.len()).unwrap_or(i64::MAX);
        let at = if *position < 0 { position.saturating_add(length) } else { *position };
        Ok(usize::try_from(at).ok().and_then(|at| all.get(at).copied()))
    }
}

/// A JSON value as a rule computes with it: NULL for null and for another type than `ty`.
pub(crate) fn as_rule_value(value: &Value, ty: &str) -> rusqlite::types::Value {
    use rusqlite::types::Value as Sql;
    match (ty, value) {
        ("bool", Value::Bool(truth)) => Sql::Integer(i64::from(*truth)),
        ("int", Value::Number(number)) => number.as_i64().map_or(Sql::Null, Sql::Integer),
        ("float", Value::Number(number)) => number.as_f64().map_or(Sql::Null, Sql::Real),
        ("string", Value::String(text)) => Sql::Text(text.clone()),
        ("timestamp", Value::String(text)) => {
            instant::parse(text).and_then(instant::store).map_or(Sql::Null, Sql::Text)
        }
        ("date", Value::String(text)) => instant::parse_date(text).map_or(Sql::Null, Sql::Text),
        ("time", Value::String(text)) => instant::parse_time(text).map_or(Sql::Null, Sql::Text),
        ("any", Value::Null) => Sql::Null,
        ("any", _) => Sql::Text(value.to_string()),
        (list, Value::Array(items)) => match list.strip_suffix("[]") {
            Some(item) => as_list(items, item).map_or(Sql::Null, Sql::Text),
            None => Sql::Null,
        },
        _ => Sql::Null,
    }
}

/// A JSON array with every item in its stored form; `None` when an item is of another type.
fn as_list(items: &[Value], ty: &str) -> Option<String> {
    use rusqlite::types::Value as Sql;
    let item = |item: &Value| match (item, as_rule_value(item, ty)) {
        (Value::Null, _) => Some(Value::Null),
        (_, Sql::Null | Sql::Blob(_)) => None,
        (_, Sql::Text(text)) => Some(Value::String(text)),
        (item, Sql::Integer(_) | Sql::Real(_)) => Some(item.clone()),
    };
    items.iter().map(item).collect::<Option<Vec<_>>>().map(|items| Value::Array(items).to_string())
}

/// Whether a JSON value is null or of type `ty`.
pub(crate) fn is_rule_value(value: &Value, ty: &str) -> bool {
    value.is_null() || as_rule_value(value, ty) != rusqlite::types::Value::Null
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps() {
        let name = |name: &'static str| Key::Name(Cow::Borrowed(name));
        for (json, key, as_json, as_text) in [
            (r#"{"a":"x"}"#, name("a"), Some(r#""x""#), Some("x")),
            (r#"{"a":"\u00e9\n"}"#, name("a"), Some(r#""\u00e9\n""#), Some("é\n")),
            (r#"{"a":{"b":[1,2]}}"#, name("a"), Some(r#"{"b":[1,2]}"#), Some(r#"{"b":[1,2]}"#)),
            (r#"{"a":null}"#, name("a"), Some("null"), None),
            (r#"{"a":1.50}"#, name("a"), Some("1.50"), Some("1.50")),
            (r#"{"a":true}"#, name("a"), Some("true"), Some("true")),
            (r#"{"a":1,"a":2}"#, name("a"), Some("2"), Some("2")),
            (r#"{"\u0061":1}"#, name("a"), Some("1"), Some("1")),
            (r#"{"a":1}"#, name("b"), None, None),
            (r#"{"0":1}"#, Key::Position(0), Some("1"), Some("1")),
            ("[1,[2],3]", Key::Position(1), Some("[2]"), Some("[2]")),
            ("[1,2,3]", Key::Position(-1), Some("3"), Some("3")),
            ("[1,2,3]", Key::Position(3), None, None),
            ("[1,2,3]", Key::Position(-4), None, None),
            ("[1,2,3]", Key::Position(i64::MIN), None, None),
            ("[1,2,3]", name("0"), None, None),
            ("[]", Key::Position(0), None, None),
            ("7", name("a"), None, None),
            (r#""text""#, name("a"), None, None),
            ("nonsense", name("a"), None, None),
        ] {
            assert_eq!(get(json, key.clone()).as_deref(), as_json, "{json} -> {key:?}");
            assert_eq!(get_text(json, key.clone()).as_deref(), as_text, "{json} ->> {key:?}");
        }
    }

    #[test]
    fn rule_values() {
        use rusqlite::types::Value as Sql;
        let json = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        for (value, ty, expected) in [
            ("true", "bool", Some(Sql::Integer(1))),
            ("1", "bool", None),
            ("1", "int", Some(Sql::Integer(1))),
            ("1.5", "int", None),
            ("9223372036854775808", "int", None),
            ("1", "float", Some(Sql::Real(1.0))),
            (r#""a""#, "string", Some(Sql::Text("a".into()))),
            ("7", "string", None),
            (r#""2024-01-02T03:04:05Z""#, "timestamp", Some(Sql::Text("2024-01-02T03:04:05.000000+00:00".into()))),
            (r#""yesterday""#, "timestamp", None),
            (r#""2024-02-30""#, "date", None),
            (r#""2024-02-29""#, "date", Some(Sql::Text("2024-02-29".into()))),
            (r#"[1,"a"]"#, "any[]", Some(Sql::Text(r#"["1","\"a\""]"#.into()))),
            (r#"[1,null]"#, "int[]", Some(Sql::Text("[1,null]".into()))),
            (r#"[1,"a"]"#, "int[]", None),
            ("[]", "int[]", Some(Sql::Text("[]".into()))),
            ("7", "any", Some(Sql::Text("7".into()))),
        ] {
            let found = as_rule_value(&json(value), ty);
            assert_eq!(is_rule_value(&json(value), ty), expected.is_some(), "{value} is {ty}");
            assert_eq!(found, expected.unwrap_or(Sql::Null), "{value} as {ty}");
        }
        assert!(is_rule_value(&Value::Null, "int"));
    }
}

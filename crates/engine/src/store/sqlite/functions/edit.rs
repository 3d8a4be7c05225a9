//! Changes of parts of JSON values, as PostgreSQL's jsonb operators `||`, `-` and `#-` have them.

use serde_json::Value;

/// Members of both objects, those of the second first in rank; else the items of both, a value that is no array standing for itself.
pub(crate) fn concat(left: Value, right: Value) -> Value {
    match (left, right) {
        (Value::Object(mut left), Value::Object(right)) => {
            left.extend(right);
            Value::Object(left)
        }
        (left, right) => {
            let mut items = items(left);
            items.extend(self::items(right));
            Value::Array(items)
        }
    }
}

fn items(value: Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items,
        single @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => {
            vec![single]
        }
    }
}

/// Without a member of an object, or without the texts of an array that equal the key.
pub(crate) fn delete_key(mut value: Value, key: &str) -> Value {
    match &mut value {
        Value::Object(members) => drop(members.shift_remove(key)),
        Value::Array(items) => items.retain(|item| item.as_str() != Some(key)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    value
}

/// Without an element of an array.
pub(crate) fn delete_at(mut value: Value, at: i64) -> Value {
    if let Value::Array(items) = &mut value
        && let Some(at) = position(items.len(), at)
    {
        items.remove(at);
    }
    value
}

/// Without what a path leads to.
pub(crate) fn delete_path(mut value: Value, path: &Value) -> Value {
    let Some((last, way)) = path.as_array().and_then(|path| path.split_last()) else { return value };
    let mut at = Some(&mut value);
    for step in way {
        at = at.and_then(|value| match value {
            Value::Object(members) => members.get_mut(step.as_str()?),
            Value::Array(items) => {
                let at = position(items.len(), step.as_str()?.parse().ok()?)?;
                items.get_mut(at)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
        });
    }
    if let (Some(value), Some(last)) = (at, last.as_str()) {
        let taken = std::mem::take(value);
        *value = match (&taken, last.parse()) {
            (Value::Array(_), Ok(at)) => delete_at(taken, at),
            (Value::Object(_), _) => delete_key(taken, last),
            _ => taken,
        };
    }
    value
}

/// A position in a list, from its end when negative.
fn position(length: usize, at: i64) -> Option<usize> {
    let from_start = if at < 0 { i64::try_from(length).ok()?.checked_add(at)? } else { at };
    usize::try_from(from_start).ok().filter(|at| *at < length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn concatenated() {
        for (left, right, expected) in [
            (json!({"a": 1, "b": 2}), json!({"b": 3, "c": 4}), json!({"a": 1, "b": 3, "c": 4})),
            (json!([1]), json!([2, 3]), json!([1, 2, 3])),
            (json!([1]), json!({"a": 1}), json!([1, {"a": 1}])),
            (json!("x"), json!([null]), json!(["x", null])),
            (json!(1), json!(2), json!([1, 2])),
        ] {
            assert_eq!(concat(left, right), expected);
        }
    }

    #[test]
    fn deleted() {
        assert_eq!(delete_key(json!({"a": 1, "b": 2}), "a"), json!({"b": 2}));
        assert_eq!(delete_key(json!(["a", "b", "a", 1]), "a"), json!(["b", 1]));
        assert_eq!(delete_key(json!("a"), "a"), json!("a"));
        for (at, expected) in [(0, json!([2, 3])), (-1, json!([1, 2])), (3, json!([1, 2, 3])), (-4, json!([1, 2, 3]))] {
            assert_eq!(delete_at(json!([1, 2, 3]), at), expected, "{at}");
        }
        assert_eq!(delete_at(json!({"a": 1}), i64::MIN), json!({"a": 1}));
        for (path, expected) in [
            (json!(["a", "1", "b"]), json!({"a": [0, {}]})),
            (json!(["a", "0"]), json!({"a": [{"b": 1}]})),
            (json!(["a"]), json!({})),
            (json!(["x", "y"]), json!({"a": [0, {"b": 1}]})),
            (json!(["a", "x"]), json!({"a": [0, {"b": 1}]})),
            (json!([]), json!({"a": [0, {"b": 1}]})),
        ] {
            assert_eq!(delete_path(json!({"a": [0, {"b": 1}]}), &path), expected, "{path}");
        }
    }
}

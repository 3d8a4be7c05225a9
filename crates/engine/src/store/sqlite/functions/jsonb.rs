//! Order and containment of JSON values as PostgreSQL's jsonb has them, with one difference: arrays compare item by item,
//! as its SQL arrays do, since both are stored as JSON here.
//! Order: null < string < number < boolean < array < object.

use serde_json::{Map, Number, Value};
use std::cmp::Ordering;

/// Order of two values.
pub(crate) fn compare(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        (Value::Number(left), Value::Number(right)) => compare_numbers(left, right),
        (Value::String(left), Value::String(right)) => left.as_bytes().cmp(right.as_bytes()),
        (Value::Array(left), Value::Array(right)) => {
            let unequal = left.iter().zip(right).map(|(left, right)| compare(left, right)).find(|order| order.is_ne());
            unequal.unwrap_or_else(|| left.len().cmp(&right.len()))
        }
        (Value::Object(left), Value::Object(right)) => compare_objects(left, right),
        _ => rank(left).cmp(&rank(right)),
    }
}

/// Whether `outer` contains `inner` (`@>`).
pub(crate) fn contains(outer: &Value, inner: &Value) -> bool {
    match (outer, inner) {
        // Only at the top an array contains a bare scalar.
        (Value::Array(items), scalar) if !scalar.is_array() && !scalar.is_object() => {
            items.iter().any(|item| same(item, scalar))
        }
        _ => contains_nested(outer, inner),
    }
}

/// Whether two arrays share an item. Nulls are not equal to each other, as in SQL.
pub(crate) fn overlaps(left: &Value, right: &Value) -> bool {
    let (Value::Array(left), Value::Array(right)) = (left, right) else { return false };
    left.iter().filter(|item| !item.is_null()).any(|item| right.iter().any(|other| same(item, other)))
}

/// Whether a value has all of some keys (`?&`), or one of them (`?|`): members of an object, texts of an array, or the text itself.
pub(crate) fn has_keys(value: &Value, keys: &Value, all: bool) -> bool {
    let Value::Array(keys) = keys else { return false };
    let has = |key: &Value| match (value, key) {
        (Value::Object(members), Value::String(key)) => members.contains_key(key),
        (Value::Array(items), Value::String(_)) => items.contains(key),
        _ => value == key && key.is_string(),
    };
    if all { keys.iter().all(has) } else { keys.iter().any(has) }
}

/// Bytes that sort in the order of [`compare`].
pub(crate) fn sort_key(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    write_key(&mut out, value);
    out
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::Null => 1,
        Value::String(_) => 2,
        Value::Number(_) => 3,
        Value::Bool(_) => 4,
        Value::Array(_) => 5,
        Value::Object(_) => 6,
    }
}

fn same(left: &Value, right: &Value) -> bool {
    compare(left, right).is_eq()
}

fn contains_nested(outer: &Value, inner: &Value) -> bool {
    match (outer, inner) {
        (Value::Object(outer), Value::Object(inner)) => {
            inner.iter().all(|(key, inner)| outer.get(key).is_some_and(|outer| contains_nested(outer, inner)))
        }
        (Value::Array(outer), Value::Array(inner)) => {
            inner.iter().all(|inner| outer.iter().any(|outer| contains_nested(outer, inner)))
        }
        _ => same(outer, inner),
    }
}

/// Members in jsonb's order: shorter keys first, then by bytes.
fn members(object: &Map<String, Value>) -> Vec<(&str, &Value)> {
    let mut members: Vec<_> = object.iter().map(|(key, value)| (key.as_str(), value)).collect();
    members.sort_unstable_by(|(left, _), (right, _)| left.len().cmp(&right.len()).then_with(|| left.cmp(right)));
    members
}

fn compare_objects(left: &Map<String, Value>, right: &Map<String, Value>) -> Ordering {
    let by_key = |left: &str, right: &str| left.len().cmp(&right.len()).then_with(|| left.cmp(right));
    left.len().cmp(&right.len()).then_with(|| {
        let (left, right) = (members(left), members(right));
        let pairs = left.iter().zip(&right);
        let orders = pairs.map(|((left_key, left), (right_key, right))| {
            by_key(left_key, right_key).then_with(|| compare(left, right))
        });
        orders.into_iter().find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    })
}

fn compare_numbers(left: &Number, right: &Number) -> Ordering {
    let ((left, left_rest), (right, right_rest)) = (split(left), split(right));
    left.total_cmp(&right).then(left_rest.cmp(&right_rest))
}

/// A number as its nearest double and what an integer has beyond that.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "the rest keeps what the double loses"
)]
fn split(number: &Number) -> (f64, i64) {
    let whole = number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from));
    match whole {
        Some(whole) => {
            let near = whole as f64;
            (near + 0.0, (whole - near as i128) as i64)
        }
        // `+ 0.0` makes -0 equal to 0.
        None => (number.as_f64().unwrap_or(0.0) + 0.0, 0),
    }
}

fn write_key(out: &mut Vec<u8>, value: &Value) {
    out.push(rank(value));
    match value {
        Value::Null => {}
        Value::Bool(truth) => out.push(u8::from(*truth)),
        Value::Number(number) => {
            let (near, rest) = split(number);
            let bits = near.to_bits();
            let ordered = if near.is_sign_negative() { !bits } else { bits | 1 << 63 };
            out.extend_from_slice(&ordered.to_be_bytes());
            out.extend_from_slice(&(rest.cast_unsigned() ^ 1 << 63).to_be_bytes());
        }
        Value::String(text) => write_terminated(out, text.as_bytes()),
        Value::Array(items) => {
            items.iter().for_each(|item| write_key(out, item));
            out.push(0);
        }
        Value::Object(object) => {
            write_length(out, object.len());
            for (key, value) in members(object) {
                write_length(out, key.len());
                out.extend_from_slice(key.as_bytes());
                write_key(out, value);
            }
        }
    }
}

fn write_length(out: &mut Vec<u8>, length: usize) {
    out.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
}

/// Bytes with an end that sorts before any continuation.
fn write_terminated(out: &mut Vec<u8>, bytes: &[u8]) {
    for byte in bytes {
        out.push(*byte);
        if *byte == 0 {
            out.push(0xff);
        }
    }
    out.extend_from_slice(&[0, 0]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn json(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn ascending_row_of_values() {
        let ascending = [
            "null",
            r#""""#,
            r#""Z""#,
            r#""a""#,
            r#""ab""#,
            r#""b""#,
            "-10",
            "-1.5",
            "-1",
            "0",
            "0.5",
            "1",
            "1.5",
            "2",
            "10",
            "9007199254740992",
            "9007199254740993",
            "9223372036854775807",
            "1e300",
            "false",
            "true",
            "[]",
            "[null]",
            "[1]",
            "[1,0]",
            "[2]",
            "{}",
            r#"{"b":1}"#,
            r#"{"b":2}"#,
            r#"{"aa":1}"#,
            r#"{"a":1,"b":1}"#,
            r#"{"a":1,"b":[]}"#,
        ];
        for (at, left) in ascending.iter().enumerate() {
            for (other, right) in ascending.iter().enumerate() {
                let (left_value, right_value) = (json(left), json(right));
                assert_eq!(compare(&left_value, &right_value), at.cmp(&other), "{left} with {right}");
                assert_eq!(
                    sort_key(&left_value).cmp(&sort_key(&right_value)),
                    at.cmp(&other),
                    "keys of {left} and {right}"
                );
            }
        }
        for (left, right) in [("1", "1.0"), ("-0.0", "0"), (r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#), ("100", "1e2")] {
            assert!(same(&json(left), &json(right)), "{left} = {right}");
            assert_eq!(sort_key(&json(left)), sort_key(&json(right)));
        }
    }

    #[test]
    fn containment() {
        for (outer, inner, expected) in [
            (r#"{"a":1,"b":{"c":[1,2]}}"#, r#"{"b":{"c":[2]}}"#, true),
            (r#"{"a":1}"#, r#"{"a":2}"#, false),
            (r#"{"a":1}"#, r#"{"b":1}"#, false),
            (r#"{"a":null}"#, r#"{"a":null}"#, true),
            ("[1,2,3]", "[3,1]", true),
            ("[1,2,3]", "[1,1]", true),
            ("[1,2,[1,3]]", "[1,3]", false),
            ("[1,2,[1,3]]", "[[1,3]]", true),
            (r#"["foo","bar"]"#, r#""bar""#, true),
            (r#""bar""#, r#"["bar"]"#, false),
            ("[[1]]", "1", false),
            ("[1.0]", "[1]", true),
            ("{}", "{}", true),
            ("[]", "{}", false),
            (r#"[{"a":1,"b":2}]"#, r#"[{"a":1}]"#, true),
        ] {
            assert_eq!(contains(&json(outer), &json(inner)), expected, "{outer} @> {inner}");
        }
        for (left, right, expected) in
            [("[1,2]", "[2,3]", true), ("[1]", "[2]", false), ("[]", "[]", false), ("[null]", "[null]", false)]
        {
            assert_eq!(overlaps(&json(left), &json(right)), expected, "{left} && {right}");
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            (-3i64..3).prop_map(Value::from),
            (-9i64..9).prop_map(|eighths| Value::from(eighths as f64 / 8.0)),
            "[a\u{0}b]{0,3}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec(("[ab]{0,2}", inner), 0..4)
                    .prop_map(|pairs| pairs.into_iter().collect::<Map<_, _>>().into()),
            ]
        })
    }

    proptest! {
        #[test]
        fn keys_sort_like_values(left in any_json(), right in any_json()) {
            prop_assert_eq!(sort_key(&left).cmp(&sort_key(&right)), compare(&left, &right));
            prop_assert_eq!(compare(&right, &left), compare(&left, &right).reverse());
            prop_assert!(contains(&left, &left));
        }
    }
}

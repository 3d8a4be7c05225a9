//! Checked 64-bit arithmetic: NULL where the result does not exist.

use rusqlite::types::{Value, ValueRef};

/// Applies `operation` to two integers; anything else is `None`.
pub(crate) fn integers(left: ValueRef<'_>, right: ValueRef<'_>, operation: fn(i64, i64) -> Option<i64>) -> Option<i64> {
    match (left, right) {
        (ValueRef::Integer(left), ValueRef::Integer(right)) => operation(left, right),
        _ => None,
    }
}

/// The remainder of two doubles; NULL for a zero divisor and where there is none.
pub(crate) fn float_remainder(left: f64, right: f64) -> Value {
    let rest = left % right;
    if rest.is_nan() { Value::Null } else { Value::Real(rest) }
}

/// The absolute value of an integer or double.
pub(crate) fn absolute(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Integer(number) => number.checked_abs().map_or(Value::Null, Value::Integer),
        ValueRef::Real(number) => Value::Real(number.abs()),
        ValueRef::Null | ValueRef::Text(_) | ValueRef::Blob(_) => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows() {
        let int = ValueRef::Integer;
        for (left, right, operation, expected) in [
            (int(1), int(2), i64::checked_add as fn(i64, i64) -> Option<i64>, Some(3)),
            (int(i64::MAX), int(1), i64::checked_add, None),
            (int(i64::MIN), int(1), i64::checked_sub, None),
            (int(i64::MIN), int(-1), i64::checked_div, None),
            (int(i64::MIN), int(-1), i64::checked_rem, None),
            (int(7), int(0), i64::checked_div, None),
            (int(-7), int(2), i64::checked_rem, Some(-1)),
            (ValueRef::Text(b"1"), int(2), i64::checked_add, None),
        ] {
            assert_eq!(integers(left, right, operation), expected);
        }
        assert_eq!(absolute(int(i64::MIN)), Value::Null);
        assert_eq!(absolute(ValueRef::Real(-1.5)), Value::Real(1.5));
    }
}

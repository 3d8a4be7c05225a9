//! Checked arithmetic on integers and doubles: NULL where the result does not exist.

use rusqlite::types::{Value, ValueRef};

/// Applies an operation to two integers or two doubles; anything else is NULL.
pub(crate) fn numbers(
    left: ValueRef<'_>,
    right: ValueRef<'_>,
    of_ints: fn(i64, i64) -> Option<i64>,
    of_floats: fn(f64, f64) -> f64,
) -> Value {
    match (left, right) {
        (ValueRef::Integer(left), ValueRef::Integer(right)) => of_ints(left, right).map_or(Value::Null, Value::Integer),
        (ValueRef::Real(left), ValueRef::Real(right)) => {
            let value = of_floats(left, right);
            if value.is_finite() { Value::Real(value) } else { Value::Null }
        }
        _ => Value::Null,
    }
}

/// The remainder; that of -1 is 0, which `checked_rem` calls an overflow for the least integer.
pub(crate) fn remainder(left: i64, right: i64) -> Option<i64> {
    if right == -1 { Some(0) } else { left.checked_rem(right) }
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
        let (int, real) = (ValueRef::Integer, ValueRef::Real);
        for (left, right, operation, expected) in [
            (int(1), int(2), i64::checked_add as fn(i64, i64) -> Option<i64>, Value::Integer(3)),
            (int(i64::MAX), int(1), i64::checked_add, Value::Null),
            (int(i64::MIN), int(1), i64::checked_sub, Value::Null),
            (int(i64::MIN), int(-1), i64::checked_div, Value::Null),
            (int(i64::MIN), int(-1), remainder, Value::Integer(0)),
            (int(7), int(0), i64::checked_div, Value::Null),
            (int(-7), int(2), remainder, Value::Integer(-1)),
            (ValueRef::Text(b"1"), int(2), i64::checked_add, Value::Null),
            (real(1.5), real(0.25), i64::checked_add, Value::Real(6.0)),
            (real(1.0), real(0.0), i64::checked_add, Value::Null),
            (real(1.0), int(1), i64::checked_add, Value::Null),
        ] {
            assert_eq!(numbers(left, right, operation, |a, b| a / b), expected);
        }
        assert_eq!(absolute(int(i64::MIN)), Value::Null);
        assert_eq!(absolute(ValueRef::Real(-1.5)), Value::Real(1.5));
    }
}

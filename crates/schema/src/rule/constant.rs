//! What each operator and function does to values. Every reader of rules agrees with this file: folding at load, the
//! in-memory evaluator by calling it, the SQL compiler by the equivalence test.
//!
//! A null operand decides first: the result is null, or false where the result is a condition. Then an operation may fail:
//! integers that leave 64 bits, floats that leave the finite numbers, division by zero, instants outside the years 1 to 9999.

use super::literal::{TIMESTAMP_MAX, TIMESTAMP_MIN};
use crate::expr::{Arithmetic, Comparison, Function, Literal};
use std::cmp::Ordering;

/// The operation has no result; the rule's answer is an error, which denies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the expression has no value")]
pub struct Failed;

/// Compares two values of one type: text bytewise, false before true. With a null, only `!=` holds.
#[must_use]
pub fn compare(op: Comparison, left: &Literal, right: &Literal) -> bool {
    let order = match (left, right) {
        (Literal::Bool(left), Literal::Bool(right)) => Some(left.cmp(right)),
        (Literal::Int(left), Literal::Int(right))
        | (Literal::Timestamp(left), Literal::Timestamp(right))
        | (Literal::Duration(left), Literal::Duration(right)) => Some(left.cmp(right)),
        (Literal::Float(left), Literal::Float(right)) => left.partial_cmp(right),
        (Literal::String(left), Literal::String(right)) => Some(left.as_bytes().cmp(right.as_bytes())),
        _ => None,
    };
    match op {
        Comparison::Equal => order == Some(Ordering::Equal),
        Comparison::NotEqual => order != Some(Ordering::Equal),
        Comparison::Less => order == Some(Ordering::Less),
        Comparison::LessOrEqual => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        Comparison::Greater => order == Some(Ordering::Greater),
        Comparison::GreaterOrEqual => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
    }
}

/// Computes with two values whose types were checked.
///
/// # Errors
/// [`Failed`] when the result is outside its type.
pub fn arithmetic(op: Arithmetic, left: &Literal, right: &Literal) -> Result<Literal, Failed> {
    match (left, right) {
        (Literal::Null, _) | (_, Literal::Null) => Ok(Literal::Null),
        (Literal::Int(left), Literal::Int(right)) => integers(op, *left, *right).map(Literal::Int).ok_or(Failed),
        (Literal::Float(left), Literal::Float(right)) => floats(op, *left, *right).map(Literal::Float).ok_or(Failed),
        (Literal::String(left), Literal::String(right)) if op == Arithmetic::Add => {
            Ok(Literal::String(format!("{left}{right}")))
        }
        (Literal::Timestamp(left), Literal::Duration(right)) => instant(integers(op, *left, *right)),
        (Literal::Duration(left), Literal::Timestamp(right)) => instant(integers(op, *left, *right)),
        (Literal::Timestamp(left), Literal::Timestamp(right)) | (Literal::Duration(left), Literal::Duration(right)) => {
            integers(op, *left, *right).map(Literal::Duration).ok_or(Failed)
        }
        _ => Err(Failed),
    }
}

fn instant(micros: Option<i64>) -> Result<Literal, Failed> {
    micros.filter(|micros| (TIMESTAMP_MIN..=TIMESTAMP_MAX).contains(micros)).map(Literal::Timestamp).ok_or(Failed)
}

fn integers(op: Arithmetic, left: i64, right: i64) -> Option<i64> {
    match op {
        Arithmetic::Add => left.checked_add(right),
        Arithmetic::Subtract => left.checked_sub(right),
        Arithmetic::Multiply => left.checked_mul(right),
        Arithmetic::Divide => left.checked_div(right),
        // `i64::MIN % -1` is 0; `checked_rem` calls it an overflow.
        Arithmetic::Remainder if right == -1 => Some(0),
        Arithmetic::Remainder => left.checked_rem(right),
    }
}

fn floats(op: Arithmetic, left: f64, right: f64) -> Option<f64> {
    let value = match op {
        Arithmetic::Add => left + right,
        Arithmetic::Subtract => left - right,
        Arithmetic::Multiply => left * right,
        Arithmetic::Divide => left / right,
        Arithmetic::Remainder => return None,
    };
    value.is_finite().then_some(value)
}

/// `-x` of a number.
///
/// # Errors
/// [`Failed`] for the least integer.
pub fn negate(value: &Literal) -> Result<Literal, Failed> {
    match value {
        Literal::Null => Ok(Literal::Null),
        Literal::Int(value) => value.checked_neg().map(Literal::Int).ok_or(Failed),
        Literal::Float(value) => Ok(Literal::Float(-value)),
        Literal::Bool(_) | Literal::String(_) | Literal::Timestamp(_) | Literal::Duration(_) => Err(Failed),
    }
}

/// Whether a function answers a condition, so that a null operand makes it false instead of null.
#[must_use]
pub fn is_condition(function: Function) -> bool {
    match function {
        Function::StartsWith | Function::EndsWith | Function::Contains | Function::Matches => true,
        Function::Size
        | Function::LowerAscii
        | Function::UpperAscii
        | Function::Trim
        | Function::Abs
        | Function::Least
        | Function::Greatest => false,
    }
}

/// Calls a function of scalars. Sizes count Unicode scalar values; `trim` removes Unicode white space.
/// [`Function::Matches`] and the size of a list are not scalar and are the caller's.
///
/// # Errors
/// [`Failed`] for the absolute value of the least integer.
pub fn call(function: Function, args: &[Literal]) -> Result<Literal, Failed> {
    if args.contains(&Literal::Null) {
        return Ok(if is_condition(function) { Literal::Bool(false) } else { Literal::Null });
    }
    match (function, args) {
        (Function::Size, [Literal::String(text)]) => {
            i64::try_from(text.chars().count()).map(Literal::Int).map_err(|_| Failed)
        }
        (Function::StartsWith, [Literal::String(text), Literal::String(part)]) => {
            Ok(Literal::Bool(text.starts_with(part.as_str())))
        }
        (Function::EndsWith, [Literal::String(text), Literal::String(part)]) => {
            Ok(Literal::Bool(text.ends_with(part.as_str())))
        }
        (Function::Contains, [Literal::String(text), Literal::String(part)]) => {
            Ok(Literal::Bool(text.contains(part.as_str())))
        }
        (Function::LowerAscii, [Literal::String(text)]) => Ok(Literal::String(text.to_ascii_lowercase())),
        (Function::UpperAscii, [Literal::String(text)]) => Ok(Literal::String(text.to_ascii_uppercase())),
        (Function::Trim, [Literal::String(text)]) => Ok(Literal::String(text.trim().to_owned())),
        (Function::Abs, [Literal::Int(value)]) => value.checked_abs().map(Literal::Int).ok_or(Failed),
        (Function::Abs, [Literal::Float(value)]) => Ok(Literal::Float(value.abs())),
        (Function::Least, [first, rest @ ..]) => Ok(pick(Comparison::Less, first, rest)),
        (Function::Greatest, [first, rest @ ..]) => Ok(pick(Comparison::Greater, first, rest)),
        _ => Err(Failed),
    }
}

fn pick(op: Comparison, first: &Literal, rest: &[Literal]) -> Literal {
    rest.iter().fold(first, |best, next| if compare(op, next, best) { next } else { best }).clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX: Literal = Literal::Int(i64::MAX);
    const MIN: Literal = Literal::Int(i64::MIN);

    #[test]
    fn arithmetic_leaves_its_type_as_an_error() {
        let int = Literal::Int;
        for (op, left, right, want) in [
            (Arithmetic::Add, MAX, int(1), Err(Failed)),
            (Arithmetic::Subtract, MIN, int(1), Err(Failed)),
            (Arithmetic::Multiply, MAX, int(2), Err(Failed)),
            (Arithmetic::Divide, int(-7), int(2), Ok(int(-3))),
            (Arithmetic::Divide, int(1), int(0), Err(Failed)),
            (Arithmetic::Divide, MIN, int(-1), Err(Failed)),
            (Arithmetic::Remainder, MIN, int(-1), Ok(int(0))),
            (Arithmetic::Remainder, int(-7), int(2), Ok(int(-1))),
            (Arithmetic::Remainder, int(7), int(0), Err(Failed)),
            (Arithmetic::Divide, int(1), Literal::Null, Ok(Literal::Null)),
            (Arithmetic::Divide, Literal::Float(1.0), Literal::Float(0.0), Err(Failed)),
            (Arithmetic::Multiply, Literal::Float(1e308), Literal::Float(10.0), Err(Failed)),
            (Arithmetic::Add, Literal::Timestamp(TIMESTAMP_MAX), Literal::Duration(1), Err(Failed)),
            (Arithmetic::Subtract, Literal::Timestamp(5), Literal::Timestamp(7), Ok(Literal::Duration(-2))),
        ] {
            assert_eq!(arithmetic(op, &left, &right), want, "{left:?} {op:?} {right:?}");
        }
        assert_eq!(negate(&MIN), Err(Failed));
        assert_eq!(call(Function::Abs, &[MIN]), Err(Failed));
    }

    #[test]
    fn null_decides_first() {
        let text = Literal::String("a".into());
        assert!(!compare(Comparison::Equal, &Literal::Null, &Literal::Null));
        assert!(compare(Comparison::NotEqual, &Literal::Null, &text));
        assert!(!compare(Comparison::Less, &Literal::Null, &text));
        assert_eq!(call(Function::Contains, &[text.clone(), Literal::Null]), Ok(Literal::Bool(false)));
        assert_eq!(call(Function::Size, &[Literal::Null]), Ok(Literal::Null));
    }

    #[test]
    fn text_functions() {
        let text = |text: &str| Literal::String(text.to_owned());
        assert_eq!(call(Function::Size, &[text("añ🙂")]), Ok(Literal::Int(3)));
        assert_eq!(call(Function::Trim, &[text("\u{a0} a\t")]), Ok(text("a")));
        assert_eq!(call(Function::UpperAscii, &[text("aß")]), Ok(text("Aß")));
        assert!(compare(Comparison::Less, &text("Z"), &text("a")));
        assert_eq!(call(Function::Least, &[Literal::Int(2), Literal::Int(-1), MAX]), Ok(Literal::Int(-1)));
    }
}

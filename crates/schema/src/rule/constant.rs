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
    fn arithmetic_of_each_type() {
        use Arithmetic::{Add, Divide, Multiply, Remainder, Subtract};
        let (int, float, text) = (Literal::Int, Literal::Float, |text: &str| Literal::String(text.to_owned()));
        let (at, span) = (Literal::Timestamp, Literal::Duration);
        for (op, left, right, want) in [
            (Add, int(7), int(2), Ok(int(9))),
            (Subtract, int(7), int(2), Ok(int(5))),
            (Multiply, int(7), int(2), Ok(int(14))),
            (Divide, int(7), int(2), Ok(int(3))),
            (Remainder, int(7), int(2), Ok(int(1))),
            (Remainder, int(7), int(-1), Ok(int(0))),
            (Remainder, int(7), int(1), Ok(int(0))),
            (Remainder, int(7), int(-4), Ok(int(3))),
            (Add, float(1.5), float(0.25), Ok(float(1.75))),
            (Subtract, float(1.5), float(0.25), Ok(float(1.25))),
            (Multiply, float(1.5), float(0.25), Ok(float(0.375))),
            (Divide, float(1.5), float(0.25), Ok(float(6.0))),
            (Remainder, float(1.5), float(0.25), Err(Failed)),
            (Add, text("a"), text("b"), Ok(text("ab"))),
            (Subtract, text("a"), text("b"), Err(Failed)),
            (Add, at(5), span(2), Ok(at(7))),
            (Subtract, at(5), span(2), Ok(at(3))),
            (Add, span(2), at(5), Ok(at(7))),
            (Add, span(2), at(TIMESTAMP_MAX), Err(Failed)),
            (Add, at(TIMESTAMP_MAX - 1), span(1), Ok(at(TIMESTAMP_MAX))),
            (Subtract, at(TIMESTAMP_MIN + 1), span(1), Ok(at(TIMESTAMP_MIN))),
            (Subtract, at(TIMESTAMP_MIN), span(1), Err(Failed)),
            (Add, span(2), span(5), Ok(span(7))),
            (Subtract, span(2), span(5), Ok(span(-3))),
            (Add, span(i64::MAX), span(1), Err(Failed)),
            (Add, Literal::Null, text("a"), Ok(Literal::Null)),
            (Add, Literal::Bool(true), Literal::Bool(true), Err(Failed)),
            (Add, int(1), float(1.0), Err(Failed)),
        ] {
            assert_eq!(arithmetic(op, &left, &right), want, "{left:?} {op:?} {right:?}");
        }
        for (value, want) in [
            (int(3), Ok(int(-3))),
            (float(1.5), Ok(float(-1.5))),
            (Literal::Null, Ok(Literal::Null)),
            (text("a"), Err(Failed)),
            (Literal::Bool(true), Err(Failed)),
            (at(1), Err(Failed)),
            (span(1), Err(Failed)),
        ] {
            assert_eq!(negate(&value), want, "{value:?}");
        }
    }

    #[test]
    fn comparisons_of_each_type() {
        use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
        const OPS: [Comparison; 6] = [Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual];
        let text = |text: &str| Literal::String(text.to_owned());
        let (less, equal, none) = (
            [false, true, true, true, false, false],
            [true, false, false, true, false, true],
            [false, true, false, false, false, false],
        );
        for (left, right, want) in [
            (Literal::Int(1), Literal::Int(2), less),
            (Literal::Int(2), Literal::Int(2), equal),
            (Literal::Float(1.5), Literal::Float(2.5), less),
            (Literal::Float(2.5), Literal::Float(2.5), equal),
            (Literal::Float(f64::NAN), Literal::Float(f64::NAN), none),
            (text("Z"), text("a"), less),
            (text("a"), text("a"), equal),
            (Literal::Bool(false), Literal::Bool(true), less),
            (Literal::Bool(true), Literal::Bool(true), equal),
            (Literal::Timestamp(1), Literal::Timestamp(2), less),
            (Literal::Duration(-1), Literal::Duration(0), less),
            (Literal::Int(1), Literal::Float(1.0), none),
            (Literal::Timestamp(1), Literal::Duration(1), none),
            (Literal::Null, Literal::Null, none),
            (Literal::Null, Literal::Int(1), none),
        ] {
            assert_eq!(OPS.map(|op| compare(op, &left, &right)), want, "{left:?} {right:?}");
            let mirrored = [want[0], want[1], want[4], want[5], want[2], want[3]];
            assert_eq!(OPS.map(|op| compare(op, &right, &left)), mirrored, "{right:?} {left:?}");
        }
    }

    #[test]
    fn functions_of_each_type() {
        use Function::{
            Abs, Contains, EndsWith, Greatest, Least, LowerAscii, Matches, Size, StartsWith, Trim, UpperAscii,
        };
        let (int, float, text) = (Literal::Int, Literal::Float, |text: &str| Literal::String(text.to_owned()));
        let flag = Literal::Bool;
        for (function, args, want) in [
            (Size, vec![text("")], Ok(int(0))),
            (StartsWith, vec![text("ab"), text("a")], Ok(flag(true))),
            (StartsWith, vec![text("ab"), text("b")], Ok(flag(false))),
            (EndsWith, vec![text("ab"), text("b")], Ok(flag(true))),
            (EndsWith, vec![text("ab"), text("a")], Ok(flag(false))),
            (Contains, vec![text("abc"), text("b")], Ok(flag(true))),
            (Contains, vec![text("abc"), text("d")], Ok(flag(false))),
            (LowerAscii, vec![text("AÄ")], Ok(text("aÄ"))),
            (UpperAscii, vec![text("aä")], Ok(text("Aä"))),
            (Abs, vec![int(-3)], Ok(int(3))),
            (Abs, vec![float(-1.5)], Ok(float(1.5))),
            (Least, vec![int(2), int(1), int(3)], Ok(int(1))),
            (Least, vec![float(2.5)], Ok(float(2.5))),
            (Greatest, vec![int(2), int(3), int(1)], Ok(int(3))),
            (Greatest, vec![int(2), Literal::Null], Ok(Literal::Null)),
            (StartsWith, vec![Literal::Null, text("a")], Ok(flag(false))),
            (EndsWith, vec![text("a"), Literal::Null], Ok(flag(false))),
            (Matches, vec![text("a"), Literal::Null], Ok(flag(false))),
            (Matches, vec![text("a"), text("a")], Err(Failed)),
            (Trim, vec![Literal::Null], Ok(Literal::Null)),
            (Trim, vec![int(1)], Err(Failed)),
            (Least, vec![], Err(Failed)),
        ] {
            assert_eq!(call(function, &args), want, "{function:?} {args:?}");
        }
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

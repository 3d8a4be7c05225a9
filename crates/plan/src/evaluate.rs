//! Evaluates rules in memory, for realtime delivery, hooks and tests. In: an expression, rows, the caller and the time.
//! Out: true, false or an error, exactly as the compiled SQL answers for the same row.
//!
//! - Null decides first. A comparison, `in` or condition-valued function with a null operand is false (`!=` is true), any
//!   other operation is null, even when another operand is an error. A null boolean is false where a condition stands.
//! - An error is what `rule::constant` calls failed, a claim or JSON value of another type than its use needs, or a claim
//!   that is no list where a list is searched. `!` keeps it; `&&`, `||`, `exists`, `all` and `in` absorb it like Kleene's
//!   unknown; `exists_one` and `== null` keep it. [`Truth::Error`] denies.
//! - Integers are 64-bit and checked, division truncates; floats that leave the finite numbers are errors; decimals are
//!   compared as the nearest double. Text is compared bytewise and sized in Unicode scalar values. Instants are
//!   microseconds. `matches` is unanchored, with the syntax of the `regex` crate.
//! - A to-one path over a missing row is null; a to-many relation behind one is empty. `size` of a relation counts its
//!   rows, whatever the rules of their model say. Soft-deleted rows are in no relation. A null list contains nothing and
//!   every macro over it is false.
//! - A computed field that fails is null, as it is when it is read or stored.
//! - A JSON value inside a column or claim: a missing key, or a key of a value that is no object, is null like JSON null.
//!   An integer is a JSON number without fraction or exponent in 64 bits; a float is any number; instants, dates and times
//!   are texts. Nothing else converts. A list that is searched has items of one type and nulls, else it is an error.

mod rows;
mod session;

pub use rows::{Context, Patterns, Rows, evaluate};
pub use session::{SessionError, session_expr, session_value};

use backstay_schema::expr::{Literal, ValueType};
use backstay_schema::rule::constant::Failed;
use backstay_schema::rule::literal;

/// The answer of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    /// It holds.
    True,
    /// It does not.
    False,
    /// It has no answer, which denies.
    Error,
}

impl Truth {
    /// Whether the rule lets pass.
    #[must_use]
    pub fn passes(self) -> bool {
        self == Truth::True
    }
}

/// A JSON value read as a type.
fn json_literal(value: &serde_json::Value, ty: ValueType) -> Result<Literal, Failed> {
    use serde_json::Value as Json;
    match (ty, value) {
        (_, Json::Null) => Ok(Literal::Null),
        (ValueType::Bool, Json::Bool(value)) => Ok(Literal::Bool(*value)),
        (ValueType::Int, Json::Number(value)) => value.as_i64().map(Literal::Int).ok_or(Failed),
        (ValueType::Float, Json::Number(value)) => value.as_f64().map(Literal::Float).ok_or(Failed),
        (ValueType::String, Json::String(text)) => Ok(Literal::String(text.clone())),
        (ValueType::Timestamp, Json::String(text)) => literal::timestamp(text).map(Literal::Timestamp).ok_or(Failed),
        (ValueType::Date, Json::String(text)) => literal::date(text).map(Literal::String).ok_or(Failed),
        (ValueType::Time, Json::String(text)) => literal::time(text).map(Literal::String).ok_or(Failed),
        // Only a test for null reads a value without a type, so any constant that is not null will do.
        (ValueType::Dynamic, _) => Ok(Literal::Bool(true)),
        _ => Err(Failed),
    }
}

/// The value behind some keys; `None` when there is none.
fn json_at<'a>(value: &'a serde_json::Value, keys: &[String]) -> Option<&'a serde_json::Value> {
    keys.iter().try_fold(value, |value, key| value.as_object()?.get(key))
}

#[cfg(test)]
mod tests;

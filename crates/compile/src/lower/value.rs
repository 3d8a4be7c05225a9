//! Values of the request: columns with their paths, casts and aggregates, and how each is written as JSON.

use super::rule::{constant, constant_text};
use super::{Lowering, Row, binary, element_value, not_implemented};
use crate::ast::{self, Alias, BinaryOp, Function, Term};
use crate::functions::StoreFunction;
use backstay_plan::Refusal;
use backstay_plan::authorized::{CastTarget, Operand};
use backstay_plan::request::{Aggregate, PathKey};
use backstay_plan::value::Value;
use backstay_schema::expr::ValueType;
use backstay_schema::model::{FieldType, Scalar};

/// A value and its type.
#[derive(Debug, Clone)]
pub(super) struct Typed {
    pub(super) term: Term,
    pub(super) scalar: Scalar,
    pub(super) list: bool,
}

impl Typed {
    fn of(term: Term, ty: &FieldType) -> Typed {
        Typed { term, scalar: ty.scalar, list: ty.list }
    }

    fn scalar(term: Term, scalar: Scalar) -> Typed {
        Typed { term, scalar, list: false }
    }

    /// Whether the value is JSON text: compared, sorted and grouped by its structure.
    pub(super) fn is_json(&self) -> bool {
        self.list || matches!(self.scalar, Scalar::Json | Scalar::Object(_))
    }

    /// The value as it is compared, grouped and counted.
    pub(super) fn comparable(self) -> Term {
        if !self.list && matches!(self.scalar, Scalar::Decimal) {
            return Term::AsDecimal(Box::new(self.term));
        }
        self.term
    }

    /// The value as a sort key.
    pub(super) fn sortable(self) -> Term {
        if self.is_json() {
            return Term::Call(Function::Store(StoreFunction::JsonSortKey), vec![self.term]);
        }
        self.comparable()
    }

    /// The value as a member of a JSON object or array.
    pub(super) fn json(self) -> Term {
        if self.list {
            return Term::Call(Function::Json, vec![self.term]);
        }
        match self.scalar {
            Scalar::Boolean => Term::Call(Function::Json, vec![truth_text(self.term)]),
            Scalar::Json | Scalar::Object(_) | Scalar::Decimal => Term::Call(Function::Json, vec![self.term]),
            Scalar::Float => {
                let text = Term::Call(Function::Store(StoreFunction::Float), vec![self.term]);
                Term::Call(Function::Json, vec![text])
            }
            Scalar::Bytes => Term::Call(Function::Store(StoreFunction::Bytes), vec![self.term]),
            Scalar::DateTime => Term::Call(Function::Store(StoreFunction::Timestamp), vec![self.term]),
            Scalar::Int
            | Scalar::BigInt
            | Scalar::String
            | Scalar::Id
            | Scalar::Uuid
            | Scalar::Date
            | Scalar::Time
            | Scalar::Email
            | Scalar::Url
            | Scalar::Phone
            | Scalar::Enum(_) => self.term,
        }
    }
}

/// `true` or `false` as text.
fn truth_text(term: Term) -> Term {
    let text = |value: bool| constant_text(if value { "true" } else { "false" });
    let is = |op| Term::Unary(op, Box::new(term.clone()));
    let whens = vec![(is(ast::UnaryOp::IsTrue), text(true)), (is(ast::UnaryOp::IsFalse), text(false))];
    Term::Case { whens, otherwise: None }
}

impl Lowering<'_> {
    /// A column as the caller sees it, and what its path leads to.
    pub(super) fn operand(&mut self, row: &Row, operand: &Operand) -> Result<Typed, Refusal> {
        let mut term = self.masked(row, &operand.column)?;
        for step in &operand.path {
            term = match (&step.key, step.text) {
                (PathKey::Member(name), false) => json_member(term, name),
                (PathKey::Member(name), true) => {
                    Term::Call(Function::Store(StoreFunction::JsonText), vec![term, constant_text(name)])
                }
                (PathKey::Index(at), text) => {
                    let function = if text { StoreFunction::JsonText } else { StoreFunction::JsonGet };
                    Term::Call(Function::Store(function), vec![term, constant(Value::Int(*at))])
                }
            };
        }
        Ok(Typed::of(term, &operand.ty))
    }
}

/// A member of a JSON object, as JSON.
pub(super) fn json_member(json: Term, name: &str) -> Term {
    // The operator reads other names as paths.
    let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if plain && !name.bytes().all(|b| b.is_ascii_digit()) {
        return binary(BinaryOp::JsonMember, json, constant_text(name));
    }
    Term::Call(Function::Store(StoreFunction::JsonGet), vec![json, constant_text(name)])
}

/// A key value in a form that JSON can hold.
pub(super) fn as_json_scalar(scalar: Scalar, term: Term) -> Term {
    match scalar {
        Scalar::Bytes => Term::Call(Function::Store(StoreFunction::Bytes), vec![term]),
        Scalar::Int
        | Scalar::BigInt
        | Scalar::Float
        | Scalar::Decimal
        | Scalar::Boolean
        | Scalar::String
        | Scalar::Id
        | Scalar::Uuid
        | Scalar::DateTime
        | Scalar::Date
        | Scalar::Time
        | Scalar::Json
        | Scalar::Email
        | Scalar::Url
        | Scalar::Phone
        | Scalar::Enum(_)
        | Scalar::Object(_) => term,
    }
}

/// An item of a JSON array as a value of a rule.
pub(super) fn item_as(each: &Alias, ty: ValueType) -> Term {
    let value = element_value(each);
    match ty {
        // JSON holds doubles and decimals as numbers or as text.
        ValueType::Float => Term::Unary(ast::UnaryOp::ToFloat, Box::new(value)),
        ValueType::Bool
        | ValueType::Int
        | ValueType::String
        | ValueType::Timestamp
        | ValueType::Date
        | ValueType::Time
        | ValueType::Duration
        | ValueType::Bytes
        | ValueType::Dynamic => value,
    }
}

/// A value cast to what a select list asks for.
pub(super) fn cast(value: Typed, target: Option<CastTarget>) -> Typed {
    let (scalar, name) = match target {
        None => return value,
        Some(CastTarget::Text) => (Scalar::String, "text"),
        Some(CastTarget::Scalar(scalar)) => (scalar, backstay_plan::fault::postgres_name(scalar)),
    };
    let is_truth = !value.list && matches!(value.scalar, Scalar::Boolean);
    let term = match (is_truth, target) {
        (true, Some(CastTarget::Text)) => return Typed::scalar(truth_text(value.term), scalar),
        _ => value.term,
    };
    let plain = !value.list && value.scalar == scalar;
    if plain {
        return Typed::scalar(term, scalar);
    }
    // As text, doubles and instants are what they are on the wire.
    let written = match (value.scalar, value.list) {
        (Scalar::Float, false) => Some(StoreFunction::Float),
        (Scalar::DateTime, false) if matches!(scalar, Scalar::String) => Some(StoreFunction::Timestamp),
        _ => None,
    };
    let term = match written {
        Some(function) => Term::Call(Function::Store(function), vec![term]),
        None => term,
    };
    Typed::scalar(Term::Call(Function::Store(StoreFunction::Cast), vec![term, constant_text(name)]), scalar)
}

/// Two numbers of a column's type together; out of its range is an error of the caller.
pub(super) fn sum(scalar: Scalar, left: Term, right: Term) -> Term {
    if matches!(scalar, Scalar::Decimal) {
        return Term::Call(Function::Store(StoreFunction::DecimalAdd), vec![left, right]);
    }
    // The sum of two 64-bit integers that leaves their range is a double, which the cast refuses.
    let sum = binary(BinaryOp::Add, left, right);
    let name = constant_text(backstay_plan::fault::postgres_name(scalar));
    Term::Call(Function::Store(StoreFunction::Cast), vec![sum, name])
}

/// An aggregate over the rows of a group.
pub(super) fn aggregate(function: Aggregate, value: Typed) -> Result<Typed, Refusal> {
    let decimal = !value.list && matches!(value.scalar, Scalar::Decimal);
    let (op, scalar) = match function {
        Aggregate::Count => (ast::Aggregate::Count, Scalar::BigInt),
        Aggregate::Sum if decimal => (ast::Aggregate::DecimalSum, Scalar::Decimal),
        Aggregate::Avg if decimal => (ast::Aggregate::DecimalAvg, Scalar::Decimal),
        Aggregate::Sum => (ast::Aggregate::Sum, sum_of(value.scalar)),
        Aggregate::Avg => (ast::Aggregate::Avg, Scalar::Float),
        Aggregate::Min => (ast::Aggregate::Min, value.scalar),
        Aggregate::Max => (ast::Aggregate::Max, value.scalar),
    };
    if value.is_json() && !matches!(function, Aggregate::Count) {
        return Err(not_implemented(&["an aggregate of a JSON value or list other than count"]));
    }
    let term = match function {
        Aggregate::Min | Aggregate::Max => value.comparable(),
        Aggregate::Count | Aggregate::Sum | Aggregate::Avg => value.term,
    };
    Ok(Typed::scalar(Term::Aggregate(op, Box::new(term)), scalar))
}

fn sum_of(scalar: Scalar) -> Scalar {
    if matches!(scalar, Scalar::Float) { Scalar::Float } else { Scalar::BigInt }
}

/// A number of rows.
pub(super) fn count(term: Term) -> Typed {
    Typed::scalar(term, Scalar::BigInt)
}

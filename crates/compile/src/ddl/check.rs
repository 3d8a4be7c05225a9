//! Which rules a column or table constraint can express, and the constraints of columns.

use crate::ast::{BinaryOp, Function, Term};
use crate::datatype::DataType;
use crate::lower::{Lowering, Row, Scope, all, binary, constant};
use backstay_plan::value::{Param, Value};
use backstay_plan::{Refusal, bind};
use backstay_schema::expr::Expr;
use backstay_schema::model::{Dialect, Field, Scalar, Schema, Validator};

impl Lowering<'_> {
    /// A rule as a condition on one row of the table; `None` when it needs more than the row.
    pub(super) fn static_rule(&mut self, rule: &Expr, row: &Row) -> Result<Option<Term>, Refusal> {
        let term = self.holds(rule, &Scope::of(row))?;
        Ok(self.is_static(&term).then_some(term))
    }

    /// Whether a definition can hold a term: it reads nothing but the row that it is about, and calls nothing that a
    /// definition may not.
    pub(super) fn is_static(&self, term: &Term) -> bool {
        is_static(term, &|term| match self.dialect() {
            Dialect::Sqlite | Dialect::Postgres => true,
            Dialect::Mysql => !super::mysql::calls_made(term),
        })
    }

    /// What every value of a column must meet; `None` when anything goes.
    pub(super) fn column_check(&mut self, field: &Field, row: &Row) -> Result<Option<Term>, Refusal> {
        let mut terms = Vec::new();
        let column = || Term::Column(row.alias.clone(), field.column.clone());
        if !field.ty.list {
            match field.ty.scalar {
                Scalar::Boolean if !self.has_types() => {
                    terms.push(Term::InList(Box::new(column()), vec![Term::Int(0), Term::Int(1)]))
                }
                Scalar::Enum(id) => {
                    let values = &self.schema().enums[usize::from(id.0)].values;
                    let values = values.iter().map(|v| constant(Value::Text(v.clone()))).collect();
                    terms.push(Term::InList(Box::new(column()), values));
                }
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
                | Scalar::Bytes
                | Scalar::Json
                | Scalar::Email
                | Scalar::Url
                | Scalar::Phone
                | Scalar::Object(_) => {}
            }
        }
        for validator in &field.validators {
            terms.extend(validator_check(self.schema(), validator, field, column())?);
        }
        Ok(all(terms))
    }
}

/// The part of a validator that the database can hold too.
fn validator_check(
    schema: &Schema,
    validator: &Validator,
    field: &Field,
    column: Term,
) -> Result<Option<Term>, Refusal> {
    Ok(match validator {
        Validator::Length { min, max } if !field.ty.list && !field.hashed => {
            bounds(Term::Call(Function::Length, vec![column]), min.map(count), max.map(count))
        }
        Validator::Items { min, max, unique: _ } => {
            bounds(Term::Call(Function::ListLength, vec![column]), min.map(count), max.map(count))
        }
        Validator::Range { min, max } if !field.ty.list => {
            let decimal = matches!(field.ty.scalar, Scalar::Decimal);
            let value = if decimal { crate::lower::unary(crate::ast::UnaryOp::ToFloat, column) } else { column };
            bounds(value, min.map(number), max.map(number))
        }
        Validator::OneOf(values) if !field.ty.list => {
            let stored = values.iter().map(|value| bind::constant(schema, &field.ty, value));
            let ty = DataType::of_field(&field.ty);
            let values =
                stored.map(|value| Ok(crate::lower::typed(constant(value?), ty))).collect::<Result<_, Refusal>>()?;
            Some(Term::InList(Box::new(column), values))
        }
        Validator::Length { .. }
        | Validator::Range { .. }
        | Validator::OneOf(_)
        | Validator::Pattern { .. }
        | Validator::Email
        | Validator::Url
        | Validator::Phone
        | Validator::JsonSchema(_) => None,
    })
}

fn bounds(value: Term, min: Option<Value>, max: Option<Value>) -> Option<Term> {
    let mut terms = Vec::new();
    if let Some(min) = min {
        terms.push(binary(BinaryOp::GreaterOrEqual, value.clone(), constant(min)));
    }
    if let Some(max) = max {
        terms.push(binary(BinaryOp::LessOrEqual, value, constant(max)));
    }
    all(terms)
}

fn count(value: u64) -> Value {
    Value::Int(i64::try_from(value).unwrap_or(i64::MAX))
}

fn number(value: f64) -> Value {
    // Whole numbers below 2^53 have one spelling as an integer.
    #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and in range")]
    if value.fract() == 0.0 && value.abs() < 9_007_199_254_740_992.0 {
        Value::Int(value as i64)
    } else {
        Value::Float(value)
    }
}

/// Whether a term reads nothing but the row it is about, and each part of it is allowed.
fn is_static(term: &Term, allowed: &dyn Fn(&Term) -> bool) -> bool {
    let is = |term: &Term| is_static(term, allowed);
    allowed(term)
        && match term {
            Term::Column(..) | Term::Null | Term::Bool(_) | Term::Int(_) => true,
            Term::Param(param) => matches!(param, Param::Constant(_)),
            Term::Unary(_, inner)
            | Term::AsDecimal(inner)
            | Term::Typed(inner, _)
            | Term::WireText(inner, _)
            | Term::JsonText(inner, _)
            | Term::Cast(inner, _)
            | Term::Named(inner, ..) => is(inner),
            Term::Binary(_, left, right) | Term::InArray(left, right) => is(left) && is(right),
            Term::All(terms) | Term::Any(terms) | Term::Call(_, terms) | Term::Array(terms) | Term::List(terms) => {
                terms.iter().all(is)
            }
            Term::Case { whens, otherwise } => {
                whens.iter().all(|(condition, value)| is(condition) && is(value)) && otherwise.as_deref().is_none_or(is)
            }
            Term::InList(needle, items) => is(needle) && items.iter().all(is),
            Term::Object(members) => members.iter().all(|(_, value)| is(value)),
            Term::Aggregate(..)
            | Term::Element(_)
            | Term::JsonRows(_)
            | Term::CountRows
            | Term::RowNumber { .. }
            | Term::CurrentInstant
            | Term::RandomUuid
            | Term::RandomUlid
            | Term::InQuery(..)
            | Term::Exists(_)
            | Term::Scalar(_)
            | Term::Match(_) => false,
        }
}

//! Values of the request: columns with their paths, casts and aggregates, and how each is written as JSON.

use super::rule::{constant, constant_text};
use super::{Lowering, Row, binary, element_value, not_implemented, typed, when};
use crate::ast::{self, Alias, BinaryOp, Function, Term};
use crate::datatype::{Base, DataType};
use crate::functions::StoreFunction;
use backstay_plan::Refusal;
use backstay_plan::authorized::{CastTarget, Operand};
use backstay_plan::request::{Aggregate, PathKey};
use backstay_plan::value::Value;
use backstay_schema::expr::ValueType;
use backstay_schema::model::{Dialect, FieldType, Scalar};

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

    pub(super) fn scalar(term: Term, scalar: Scalar) -> Typed {
        Typed { term, scalar, list: false }
    }

    /// Its type as statements say it.
    pub(super) fn data_type(&self) -> DataType {
        DataType { list: self.list, ..DataType::of_scalar(self.scalar) }
    }

    /// A text that is the same in every row.
    pub(super) fn text(text: &str) -> Typed {
        Typed::scalar(constant_text(text), Scalar::String)
    }

    /// Whether the value is JSON text: compared, sorted and grouped by its structure.
    pub(super) fn is_json(&self) -> bool {
        self.list || matches!(self.scalar, Scalar::Json | Scalar::Object(_))
    }

    /// Whether a store writes the value as JSON from the type that it has in the database, as the database would.
    pub(super) fn is_plain(&self) -> bool {
        let ty = self.data_type();
        match ty.base {
            Base::Integer | Base::BigInt | Base::Float | Base::Boolean | Base::Text | Base::Uuid => !ty.list,
            Base::Decimal | Base::Instant | Base::Date | Base::Time | Base::Bytes | Base::Json => false,
        }
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

    /// The value as a member of a JSON object or array, where values carry no types.
    fn json(self) -> Term {
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
pub(crate) fn truth_text(term: Term) -> Term {
    let text = |value: bool| constant_text(if value { "true" } else { "false" });
    let is = |op| Term::Unary(op, Box::new(term.clone()));
    let whens = vec![(is(ast::UnaryOp::IsTrue), text(true)), (is(ast::UnaryOp::IsFalse), text(false))];
    Term::Case { whens, otherwise: None }
}

impl Lowering<'_> {
    /// A value as a member of a JSON object or array, whatever type the database gives it.
    pub(super) fn json(&self, value: Typed) -> Term {
        match self.dialect() {
            Dialect::Sqlite => value.json(),
            // Each type writes itself; text does so for all of them.
            Dialect::Postgres => Term::JsonText(Box::new(value.term), DataType::TEXT),
            Dialect::Mysql => self.json_of_type(value),
        }
    }

    /// The same of a value that has the type that it says.
    pub(super) fn json_of_type(&self, value: Typed) -> Term {
        if self.joins_json() {
            let ty = value.data_type();
            return Term::JsonText(Box::new(value.term), ty);
        }
        value.json()
    }

    /// A column as the caller sees it, and what its path leads to.
    pub(super) fn operand(&mut self, row: &Row, operand: &Operand) -> Result<Typed, Refusal> {
        let mut term = self.masked(row, &operand.column)?;
        if self.has_types() && !operand.path.is_empty() && self.field(row.model, operand.column.field).ty.list {
            term = Term::Cast(Box::new(term), DataType::JSON);
        }
        for step in &operand.path {
            term = match (&step.key, step.text) {
                (PathKey::Member(name), false) => json_member(term, name),
                (PathKey::Member(name), true) => {
                    Term::Call(Function::Store(StoreFunction::JsonText), vec![term, constant_text(name)])
                }
                (PathKey::Whole, false) => term,
                (PathKey::Whole, true) => self.typed(term, DataType::TEXT),
                (PathKey::Index(at), text) => {
                    let function = if text { StoreFunction::JsonText } else { StoreFunction::JsonGet };
                    Term::Call(Function::Store(function), vec![term, self.position(*at)])
                }
            };
        }
        Ok(Typed::of(term, &operand.ty))
    }

    /// A position in a JSON array. No array is longer than 32 bits count.
    fn position(&self, at: i64) -> Term {
        if self.has_types() {
            let at = at.clamp(i64::from(i32::MIN), i64::from(i32::MAX));
            return typed(constant(Value::Int(at)), DataType::one(Base::Integer));
        }
        constant(Value::Int(at))
    }

    /// A value cast to what a select list asks for.
    pub(super) fn cast(&self, value: Typed, target: Option<CastTarget>) -> Typed {
        let Some(target) = target else { return value };
        if matches!(target, CastTarget::Exact) {
            self.exact(value)
        } else if self.derives_apart() {
            cast_of_text(value, target)
        } else if self.has_types() {
            cast_of_type(value, target)
        } else {
            cast(value, target)
        }
    }

    /// A whole number as JSON: as text where a double cannot hold it. Other values stay as they are.
    pub(super) fn exact(&self, value: Typed) -> Typed {
        if value.list || !matches!(value.scalar, Scalar::BigInt) {
            return value;
        }
        let quoted = |term: Term| Term::Call(Function::JsonQuote, vec![term]);
        let within = |op, bound| binary(op, value.term.clone(), Term::Int(bound));
        let safe = vec![within(BinaryOp::GreaterOrEqual, -EXACT_MAX), within(BinaryOp::LessOrEqual, EXACT_MAX)];
        let apart = self.derives_apart();
        let text = if apart {
            Term::WireText(Box::new(value.term.clone()), value.data_type())
        } else {
            Term::Cast(Box::new(value.term.clone()), DataType::TEXT)
        };
        let number = if apart { text.clone() } else { quoted(value.term.clone()) };
        let null = Term::Unary(ast::UnaryOp::IsNull, Box::new(value.term.clone()));
        let whens = vec![(null, Term::Null), (Term::All(safe), number)];
        Typed::scalar(Term::Case { whens, otherwise: Some(Box::new(quoted(text))) }, Scalar::Json)
    }

    /// Two numbers of a column's type together; out of its range is an error of the caller.
    pub(super) fn sum(&self, scalar: Scalar, left: Term, right: Term) -> Term {
        if matches!(scalar, Scalar::Decimal) {
            return Term::Call(Function::Store(StoreFunction::DecimalAdd), vec![left, right]);
        }
        let sum = binary(BinaryOp::Add, left, right);
        if self.says_types() {
            return sum;
        }
        // The sum of two 64-bit integers that leaves their range is a double, which the cast refuses.
        Term::Cast(Box::new(sum), DataType::of_scalar(scalar))
    }

    /// An aggregate over the rows of a group.
    pub(super) fn aggregate(&self, function: Aggregate, value: Typed) -> Result<Typed, Refusal> {
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
        let extreme = match function {
            Aggregate::Min | Aggregate::Max => true,
            Aggregate::Count | Aggregate::Sum | Aggregate::Avg => false,
        };
        let term = if extreme && self.has_types() && matches!(value.scalar, Scalar::Uuid | Scalar::Bytes) {
            // Not every type has a smallest value, but their texts sort alike.
            typed(value.term, DataType::TEXT)
        } else if extreme {
            value.comparable()
        } else {
            value.term
        };
        Ok(Typed::scalar(Term::Aggregate(op, Box::new(term)), scalar))
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
    let value = typed(element_value(each), DataType::of_rule(ty));
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

/// The largest whole number below which a double holds them all.
const EXACT_MAX: i64 = (1 << 53) - 1;

/// A value cast to what a select list asks for, where values carry no types.
fn cast(value: Typed, target: CastTarget) -> Typed {
    let scalar = match target {
        CastTarget::Text => Scalar::String,
        CastTarget::Scalar(scalar) => scalar,
        CastTarget::Exact => return value,
    };
    let is_truth = !value.list && matches!(value.scalar, Scalar::Boolean);
    if is_truth && matches!(target, CastTarget::Text) {
        return Typed::scalar(truth_text(value.term), scalar);
    }
    if !value.list && value.scalar == scalar {
        return Typed::scalar(value.term, scalar);
    }
    // As text, doubles and instants are what they are on the wire.
    let written = match (value.scalar, value.list) {
        (Scalar::Float, false) => Some(StoreFunction::Float),
        (Scalar::DateTime, false) if matches!(scalar, Scalar::String) => Some(StoreFunction::Timestamp),
        _ => None,
    };
    let term = match written {
        Some(function) => Term::Call(Function::Store(function), vec![value.term]),
        None => value.term,
    };
    Typed::scalar(Term::Cast(Box::new(term), DataType::of_scalar(scalar)), scalar)
}

/// The same where values carry types: by way of text, but for what the database turns over itself.
fn cast_of_type(value: Typed, target: CastTarget) -> Typed {
    let scalar = match target {
        CastTarget::Text => Scalar::String,
        CastTarget::Scalar(scalar) => scalar,
        CastTarget::Exact => return value,
    };
    let (from, to) = (DataType::of_scalar(value.scalar).base, DataType::of_scalar(scalar));
    if !value.list && from == to.base {
        return Typed::scalar(value.term, scalar);
    }
    let direct = match (from, to.base) {
        (Base::Integer | Base::BigInt | Base::Float | Base::Decimal, to) => {
            matches!(to, Base::Integer | Base::BigInt | Base::Float | Base::Decimal)
        }
        (Base::Instant | Base::Date, to) => matches!(to, Base::Instant | Base::Date),
        (Base::Text | Base::Uuid | Base::Time | Base::Bytes | Base::Json | Base::Boolean, _) => false,
    };
    let term = match (value.list, from, to.base) {
        (false, Base::Text, Base::Text) => value.term,
        (false, _, _) if direct => typed(value.term, to),
        (true, _, Base::Json) => Term::Cast(Box::new(value.term), DataType::JSON),
        (true, _, _) => {
            let text = typed(Term::Call(Function::JsonQuote, vec![value.term.clone()]), DataType::TEXT);
            when(Term::Unary(ast::UnaryOp::IsNotNull, Box::new(value.term)), text)
        }
        (false, Base::Integer | Base::BigInt | Base::Float | Base::Decimal | Base::Boolean, Base::Json) => {
            Term::Cast(Box::new(value.term), DataType::JSON)
        }
        (false, Base::Instant, Base::Text) => Term::Call(Function::Store(StoreFunction::Timestamp), vec![value.term]),
        (false, _, Base::Text) => typed(value.term, DataType::TEXT),
        (false, Base::Text, _) => typed(value.term, to),
        (false, Base::Boolean, Base::Integer | Base::BigInt | Base::Float | Base::Decimal) => {
            typed(typed(value.term, DataType::one(Base::Integer)), to)
        }
        (false, Base::Integer | Base::BigInt, Base::Boolean) => binary(BinaryOp::NotEqual, value.term, Term::Int(0)),
        (false, _, _) => typed(typed(value.term, DataType::TEXT), to),
    };
    Typed::scalar(term, scalar)
}

/// The same where JSON is put together as text: by way of what the wire shows.
fn cast_of_text(value: Typed, target: CastTarget) -> Typed {
    let scalar = match target {
        CastTarget::Text => Scalar::String,
        CastTarget::Scalar(scalar) => scalar,
        CastTarget::Exact => return value,
    };
    if !value.list && value.scalar == scalar {
        return value;
    }
    let to = DataType::of_scalar(scalar);
    let ty = value.data_type();
    let text = if value.is_json() { value.term } else { Term::WireText(Box::new(value.term), ty) };
    let term = if to == DataType::TEXT { text } else { Term::Cast(Box::new(text), to) };
    Typed::scalar(term, scalar)
}

fn sum_of(scalar: Scalar) -> Scalar {
    if matches!(scalar, Scalar::Float) { Scalar::Float } else { Scalar::BigInt }
}

/// A number of rows.
pub(super) fn count(term: Term) -> Typed {
    Typed::scalar(term, Scalar::BigInt)
}

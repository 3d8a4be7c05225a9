//! The evaluator: walks an expression over rows that a [`Rows`] gives.

use super::session::{list_of, literal_of};
use super::{Truth, json_at, json_literal};
use crate::principal::Principal;
use crate::value::Value;
use backstay_schema::expr::{
    Comparison, Expr, Function, Literal, Path, Quantifier, RelationPath, Root, ValueType, Variable,
};
use backstay_schema::model::{Computed, Field, FieldId, ModelId, RelationshipId, Scalar, Schema};
use backstay_schema::rule::constant::{self, Failed};
use backstay_schema::rule::literal;
use regex::Regex;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

/// Where rows come from.
pub trait Rows {
    /// A row, cheap to clone.
    type Row: Clone;

    /// A stored column in its stored form (see [`Value`]); booleans may be 0 and 1. Never asked for a computed one.
    fn value(&self, row: &Self::Row, model: ModelId, field: FieldId) -> Value;

    /// The rows that a relationship of the row's model leads to; at most one when it is to-one.
    fn related(&self, row: &Self::Row, relationship: RelationshipId) -> Vec<Self::Row>;
}

/// No rows at all, for expressions over the session.
pub(super) struct NoRows;

impl Rows for NoRows {
    type Row = ();

    fn value(&self, (): &(), _model: ModelId, _field: FieldId) -> Value {
        Value::Null
    }

    fn related(&self, (): &(), _relationship: RelationshipId) -> Vec<()> {
        Vec::new()
    }
}

/// Compiled regular expressions, so that a pattern is compiled once for many rows.
#[derive(Debug, Default)]
pub struct Patterns(Mutex<HashMap<String, Option<Regex>>>);

impl Patterns {
    /// Whether `text` has a match; an error for a pattern that does not compile, which no checked rule holds.
    fn is_match(&self, pattern: &str, text: &str) -> Result<bool, Failed> {
        let mut patterns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !patterns.contains_key(pattern) {
            patterns.insert(pattern.to_owned(), Regex::new(pattern).ok());
        }
        let regex = patterns.get(pattern).cloned().flatten();
        drop(patterns);
        regex.map(|regex| regex.is_match(text)).ok_or(Failed)
    }
}

/// What an expression is evaluated against.
pub struct Context<'a, R: Rows> {
    /// The schema its ids refer to.
    pub schema: &'a Schema,
    /// Where rows come from.
    pub rows: &'a R,
    /// The row the rule is about; without one every column is null.
    pub row: Option<R::Row>,
    /// The row before an update.
    pub old: Option<R::Row>,
    /// The caller.
    pub principal: &'a Principal,
    /// Time of the request, microseconds since 1970.
    pub now_us: i64,
    /// Compiled patterns, shared between evaluations.
    pub patterns: &'a Patterns,
}

/// Evaluates a rule.
#[must_use]
pub fn evaluate<R: Rows>(expr: &Expr, context: &Context<'_, R>) -> Truth {
    match Evaluator::new(context).truth(expr) {
        Ok(true) => Truth::True,
        Ok(false) => Truth::False,
        Err(Failed) => Truth::Error,
    }
}

/// Evaluates an expression to a value of a type.
pub(super) fn value_of<R: Rows>(expr: &Expr, ty: ValueType, context: &Context<'_, R>) -> Result<Literal, Failed> {
    Evaluator::new(context).value(expr, ty)
}

/// What a macro variable stands for.
enum Bound<Row> {
    Row(Row),
    Item(Literal),
}

struct Evaluator<'a, R: Rows> {
    context: &'a Context<'a, R>,
    row: Option<R::Row>,
    old: Option<R::Row>,
    variables: Vec<(Variable, Bound<R::Row>)>,
}

impl<'a, R: Rows> Evaluator<'a, R> {
    fn new(context: &'a Context<'a, R>) -> Self {
        Self { context, row: context.row.clone(), old: context.old.clone(), variables: Vec::new() }
    }

    /// The expression as a condition.
    fn truth(&mut self, expr: &Expr) -> Result<bool, Failed> {
        match expr {
            Expr::Not(operand) => self.truth(operand).map(|truth| !truth),
            Expr::And(operands) => self.any(operands, false).map(|found| !found),
            Expr::Or(operands) => self.any(operands, true),
            Expr::Compare { op, ty, left, right } => {
                let (left, right) = (self.value(left, *ty), self.value(right, *ty));
                compare(*op, &left, &right)
            }
            Expr::IsNull(operand) => self.is_null(operand),
            Expr::In { ty, needle, haystack } => self.is_in(*ty, needle, haystack),
            Expr::Quantified { quantifier, over, variable, body } => {
                let rows = self.relation(over).into_iter().map(Bound::Row);
                self.quantify(*quantifier, rows, *variable, body)
            }
            Expr::QuantifiedList { quantifier, over, ty, variable, body } => {
                let Some(items) = self.list(over, *ty)? else { return Ok(false) };
                self.quantify(*quantifier, items.into_iter().map(Bound::Item), *variable, body)
            }
            Expr::Literal(_)
            | Expr::Path(_)
            | Expr::Session(_)
            | Expr::Now
            | Expr::List(_)
            | Expr::Arithmetic { .. }
            | Expr::Negate(_)
            | Expr::Conditional { .. }
            | Expr::Call { .. }
            | Expr::Item(_)
            | Expr::Count(_) => self.value(expr, ValueType::Bool).map(|value| value == Literal::Bool(true)),
        }
    }

    /// Whether an operand is `wanted`, in Kleene's logic: one that is decides, else one that fails.
    fn any(&mut self, operands: &[Expr], wanted: bool) -> Result<bool, Failed> {
        let mut failed = false;
        for operand in operands {
            match self.truth(operand) {
                Ok(truth) if truth == wanted => return Ok(true),
                Ok(_) => {}
                Err(Failed) => failed = true,
            }
        }
        if failed { Err(Failed) } else { Ok(false) }
    }

    fn is_null(&mut self, operand: &Expr) -> Result<bool, Failed> {
        let ty = operand.value_type().unwrap_or(ValueType::Dynamic);
        if operand.is_list() {
            return self.list(operand, ty).map(|list| list.is_none());
        }
        self.value(operand, ty).map(|value| value == Literal::Null)
    }

    fn is_in(&mut self, ty: ValueType, needle: &Expr, haystack: &Expr) -> Result<bool, Failed> {
        let needle = self.value(needle, ty);
        if needle == Ok(Literal::Null) {
            return Ok(false);
        }
        let items: Vec<Result<Literal, Failed>> = if let Expr::List(items) = haystack {
            items.iter().map(|item| self.value(item, ty)).collect()
        } else {
            self.list(haystack, ty)?.unwrap_or_default().into_iter().map(Ok).collect()
        };
        let equal: Vec<_> = items.iter().map(|item| compare(Comparison::Equal, &needle, item)).collect();
        if equal.contains(&Ok(true)) {
            return Ok(true);
        }
        if equal.contains(&Err(Failed)) { Err(Failed) } else { Ok(false) }
    }

    fn quantify(
        &mut self,
        quantifier: Quantifier,
        over: impl Iterator<Item = Bound<R::Row>>,
        variable: Variable,
        body: &Expr,
    ) -> Result<bool, Failed> {
        let (mut held, mut missed, mut failed) = (0_usize, 0_usize, 0_usize);
        for bound in over {
            self.variables.push((variable, bound));
            match self.truth(body) {
                Ok(true) => held += 1,
                Ok(false) => missed += 1,
                Err(Failed) => failed += 1,
            }
            self.variables.pop();
        }
        match quantifier {
            Quantifier::Exists if held > 0 => Ok(true),
            Quantifier::All if missed > 0 => Ok(false),
            Quantifier::Exists | Quantifier::All | Quantifier::ExistsOne if failed > 0 => Err(Failed),
            Quantifier::Exists => Ok(false),
            Quantifier::All => Ok(true),
            Quantifier::ExistsOne => Ok(held == 1),
        }
    }

    /// The expression as a value; a dynamic one is read as `ty`.
    fn value(&mut self, expr: &Expr, ty: ValueType) -> Result<Literal, Failed> {
        match expr {
            Expr::Literal(literal) => Ok(literal.clone()),
            Expr::Path(path) => self.path(path, ty),
            Expr::Session(session) => literal_of(session, ty, self.context.principal),
            Expr::Now => Ok(Literal::Timestamp(self.context.now_us)),
            Expr::Not(_)
            | Expr::And(_)
            | Expr::Or(_)
            | Expr::Compare { .. }
            | Expr::IsNull(_)
            | Expr::In { .. }
            | Expr::Quantified { .. }
            | Expr::QuantifiedList { .. } => self.truth(expr).map(Literal::Bool),
            Expr::List(_) => Err(Failed),
            Expr::Arithmetic { op, left, right, .. } => {
                let own = |expr: &Expr| expr.value_type().filter(|ty| *ty != ValueType::Dynamic);
                let (left_ty, right_ty) = (own(left), own(right));
                let left = self.value(left, left_ty.or(right_ty).unwrap_or(ty));
                let right = self.value(right, right_ty.or(left_ty).unwrap_or(ty));
                strict([left, right], Literal::Null, |[left, right]| constant::arithmetic(*op, left, right))
            }
            Expr::Negate(operand) => constant::negate(&self.value(operand, ty)?),
            Expr::Conditional { ty, test, then, otherwise } => {
                let branch = if self.truth(test)? { then } else { otherwise };
                self.value(branch, *ty)
            }
            Expr::Call { function, args } => self.call(*function, args),
            Expr::Item(variable) => Ok(self.bound(*variable).and_then(Bound::item).unwrap_or(Literal::Null)),
            Expr::Count(over) => i64::try_from(self.relation(over).len()).map(Literal::Int).map_err(|_| Failed),
        }
    }

    fn call(&mut self, function: Function, args: &[Expr]) -> Result<Literal, Failed> {
        if let (Function::Size, [list]) = (function, args)
            && list.is_list()
        {
            if let Expr::List(items) = list {
                return i64::try_from(items.len()).map(Literal::Int).map_err(|_| Failed);
            }
            let ty = list.value_type().unwrap_or(ValueType::Dynamic);
            let Some(items) = self.list(list, ty)? else { return Ok(Literal::Null) };
            return i64::try_from(items.len()).map(Literal::Int).map_err(|_| Failed);
        }
        let ty = match function {
            Function::Abs | Function::Least | Function::Greatest => {
                args.iter().find_map(Expr::value_type).unwrap_or(ValueType::Int)
            }
            Function::Size
            | Function::StartsWith
            | Function::EndsWith
            | Function::Contains
            | Function::Matches
            | Function::LowerAscii
            | Function::UpperAscii
            | Function::Trim => ValueType::String,
        };
        let values: Vec<_> = args.iter().map(|arg| self.value(arg, ty)).collect();
        if values.contains(&Ok(Literal::Null)) {
            return constant::call(function, &[Literal::Null]);
        }
        let values: Vec<Literal> = values.into_iter().collect::<Result<_, _>>()?;
        if let (Function::Matches, [Literal::String(text), Literal::String(pattern)]) = (function, values.as_slice()) {
            return self.context.patterns.is_match(pattern, text).map(Literal::Bool);
        }
        constant::call(function, &values)
    }

    /// The expression as a list; `None` when null.
    fn list(&mut self, expr: &Expr, ty: ValueType) -> Result<Option<Vec<Literal>>, Failed> {
        if let Expr::List(items) = expr {
            return items.iter().map(|item| self.value(item, ty)).collect::<Result<_, _>>().map(Some);
        }
        if let Expr::Session(session) = expr {
            return list_of(session, ty, self.context.principal);
        }
        if let Expr::Path(path) = expr {
            return self.list_path(path, ty);
        }
        if *expr == Expr::Literal(Literal::Null) { Ok(None) } else { Err(Failed) }
    }

    fn list_path(&mut self, path: &Path, ty: ValueType) -> Result<Option<Vec<Literal>>, Failed> {
        let Some((field, value)) = self.stored(path)? else { return Ok(None) };
        let value = match value {
            Value::Null => return Ok(None),
            Value::Text(text) => serde_json::from_str(&text).map_err(|_| Failed)?,
            Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Blob(_) => return Err(Failed),
        };
        match json_at(&value, &path.json) {
            None | Some(serde_json::Value::Null) => Ok(None),
            Some(serde_json::Value::Array(items)) => {
                let read = |item| if path.list { list_item(item, field.ty.scalar) } else { json_literal(item, ty) };
                items.iter().map(read).collect::<Result<_, _>>().map(Some)
            }
            Some(_) => Err(Failed),
        }
    }

    fn path(&mut self, path: &Path, ty: ValueType) -> Result<Literal, Failed> {
        let field = self.field(path)?;
        if let Some(Computed::Expr { expr, .. }) = &field.computed {
            let Some(row) = self.reach(path.root, &path.hops) else { return Ok(Literal::Null) };
            let mut inner = Evaluator { context: self.context, row: Some(row), old: None, variables: Vec::new() };
            return Ok(inner.value(&expr.expr, ValueType::of(field.ty.scalar)).unwrap_or(Literal::Null));
        }
        let Some((field, value)) = self.stored(path)? else { return Ok(Literal::Null) };
        column_literal(value, field, &path.json, ty)
    }

    fn field(&self, path: &Path) -> Result<&'a Field, Failed> {
        let model = self.context.schema.models.get(usize::from(path.model.0)).ok_or(Failed)?;
        model.fields.get(usize::from(path.field.0)).ok_or(Failed)
    }

    /// The stored column at the end of a path; `None` when a row on the way is missing.
    fn stored(&mut self, path: &Path) -> Result<Option<(&'a Field, Value)>, Failed> {
        let field = self.field(path)?;
        let row = self.reach(path.root, &path.hops);
        Ok(row.map(|row| (field, self.context.rows.value(&row, path.model, path.field))))
    }

    fn reach(&self, root: Root, hops: &[RelationshipId]) -> Option<R::Row> {
        let start = match root {
            Root::Row => self.row.clone(),
            Root::Old => self.old.clone(),
            Root::Variable(variable) => self.bound(variable).and_then(Bound::row),
        };
        hops.iter().try_fold(start?, |row, hop| self.context.rows.related(&row, *hop).into_iter().next())
    }

    fn relation(&self, over: &RelationPath) -> Vec<R::Row> {
        let start = self.reach(over.root, &over.hops);
        start.map(|row| self.context.rows.related(&row, over.relation)).unwrap_or_default()
    }

    fn bound(&self, variable: Variable) -> Option<&Bound<R::Row>> {
        self.variables.iter().rev().find(|(name, _)| *name == variable).map(|(_, bound)| bound)
    }
}

impl<Row: Clone> Bound<Row> {
    fn row(&self) -> Option<Row> {
        match self {
            Bound::Row(row) => Some(row.clone()),
            Bound::Item(_) => None,
        }
    }

    fn item(&self) -> Option<Literal> {
        match self {
            Bound::Item(item) => Some(item.clone()),
            Bound::Row(_) => None,
        }
    }
}

/// Null first, then errors, then the operation.
fn strict<const N: usize>(
    values: [Result<Literal, Failed>; N],
    on_null: Literal,
    operation: impl FnOnce([&Literal; N]) -> Result<Literal, Failed>,
) -> Result<Literal, Failed> {
    if values.contains(&Ok(Literal::Null)) {
        return Ok(on_null);
    }
    if values.contains(&Err(Failed)) {
        return Err(Failed);
    }
    operation(std::array::from_fn(|at| values.get(at).and_then(|value| value.as_ref().ok()).unwrap_or(&Literal::Null)))
}

fn compare(op: Comparison, left: &Result<Literal, Failed>, right: &Result<Literal, Failed>) -> Result<bool, Failed> {
    if *left == Ok(Literal::Null) || *right == Ok(Literal::Null) {
        return Ok(op == Comparison::NotEqual);
    }
    let (Ok(left), Ok(right)) = (left, right) else { return Err(Failed) };
    Ok(constant::compare(op, left, right))
}

/// A stored column as a constant. Bytes become hexadecimal text, which orders alike.
fn column_literal(value: Value, field: &Field, keys: &[String], ty: ValueType) -> Result<Literal, Failed> {
    match (field.ty.scalar, value) {
        (_, Value::Null) => Ok(Literal::Null),
        (Scalar::Json | Scalar::Object(_), Value::Text(text)) => {
            let json: serde_json::Value = serde_json::from_str(&text).map_err(|_| Failed)?;
            json_at(&json, keys).map_or(Ok(Literal::Null), |found| json_literal(found, ty))
        }
        (Scalar::Boolean, Value::Bool(value)) => Ok(Literal::Bool(value)),
        (Scalar::Boolean, Value::Int(value)) => Ok(Literal::Bool(value != 0)),
        (Scalar::Int | Scalar::BigInt, Value::Int(value)) => Ok(Literal::Int(value)),
        (Scalar::Float | Scalar::Decimal, Value::Float(value)) => Ok(Literal::Float(value)),
        #[expect(clippy::cast_precision_loss, reason = "a number stored without fraction is the double of its value")]
        (Scalar::Float | Scalar::Decimal, Value::Int(value)) => Ok(Literal::Float(value as f64)),
        (Scalar::Decimal, Value::Text(text)) => text.parse().map(Literal::Float).map_err(|_| Failed),
        (Scalar::DateTime, Value::Text(text)) => literal::timestamp(&text).map(Literal::Timestamp).ok_or(Failed),
        (
            Scalar::String
            | Scalar::Id
            | Scalar::Uuid
            | Scalar::Email
            | Scalar::Url
            | Scalar::Phone
            | Scalar::Enum(_)
            | Scalar::Date
            | Scalar::Time,
            Value::Text(text),
        ) => Ok(Literal::String(text)),
        (Scalar::Bytes, Value::Blob(bytes)) => {
            let mut text = String::with_capacity(bytes.len() * 2);
            for byte in bytes {
                write!(text, "{byte:02x}").map_err(|_| Failed)?;
            }
            Ok(Literal::String(text))
        }
        _ => Err(Failed),
    }
}

/// An item of a list column.
fn list_item(item: &serde_json::Value, scalar: Scalar) -> Result<Literal, Failed> {
    if let (Scalar::Decimal, serde_json::Value::String(text)) = (scalar, item) {
        return text.parse().map(Literal::Float).map_err(|_| Failed);
    }
    let ty = ValueType::of(scalar);
    json_literal(item, if ty == ValueType::Bytes { ValueType::String } else { ty })
}

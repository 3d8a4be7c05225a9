//! Values inside rules, and whether computing one fails. A null and an error are both NULL as a value; `fails` tells them apart.

use super::rule::{
    Scope, any, constant_text, item_value, root_of, root_of_relation, session_fact, session_fails, session_value,
};
use super::session::{is_session_only, may_mismatch, type_of};
use super::{Lowering, Row, binary, item, not_implemented, typed, unary};
use crate::ast::{BinaryOp, Function, Term, UnaryOp};
use crate::datatype::{Base, DataType};
use crate::functions::StoreFunction;
use backstay_plan::Refusal;
use backstay_plan::bind::written;
use backstay_plan::value::{Param, RegexEngine, Value};
use backstay_schema::expr::{self, Arithmetic, Expr, Path, ValueType};
use backstay_schema::model::Scalar;

impl Lowering<'_> {
    /// The value of an expression, used as a type.
    pub(super) fn value(&mut self, expr: &Expr, ty: ValueType, scope: &Scope<'_>) -> Result<Term, Refusal> {
        // A condition is never null, so that only its exact reading is its value.
        if expr.is_condition() && !is_session_only(expr) {
            return self.truth(expr, scope);
        }
        self.scalar(expr, ty, scope)
    }

    /// The value of an expression; NULL where a condition has a null operand.
    pub(super) fn scalar(&mut self, expr: &Expr, ty: ValueType, scope: &Scope<'_>) -> Result<Term, Refusal> {
        if let Expr::Session(session) = expr {
            return Ok(session_fact(session, ty));
        }
        if is_session_only(expr) {
            return Ok(match ty {
                // A constant of these is written as text.
                ValueType::Timestamp | ValueType::Date | ValueType::Time | ValueType::Bytes => {
                    typed(session_value(expr), DataType::of_rule(ty))
                }
                ValueType::Bool
                | ValueType::Int
                | ValueType::Float
                | ValueType::String
                | ValueType::Duration
                | ValueType::Dynamic => session_value(expr),
            });
        }
        match expr {
            Expr::Path(path) => self.path(path, ty, scope),
            Expr::Item(variable) => item_value(scope, *variable),
            Expr::Not(_)
            | Expr::And(_)
            | Expr::Or(_)
            | Expr::Compare { .. }
            | Expr::IsNull(_)
            | Expr::In { .. }
            | Expr::Quantified { .. }
            | Expr::QuantifiedList { .. } => self.truth(expr, scope),
            Expr::Arithmetic { op, ty, left, right } => {
                let (left_ty, right_ty) = operand_types((left, right), *ty, scope);
                let left = self.value(left, left_ty, scope)?;
                let right = self.value(right, right_ty, scope)?;
                arithmetic(*op, *ty, (left, left_ty), (right, right_ty))
            }
            Expr::Negate(inner) => {
                let ty = type_of(inner, scope);
                let inner = self.value(inner, ty, scope)?;
                Ok(negate(ty, inner))
            }
            Expr::Conditional { ty, test, then, otherwise } => {
                let test = self.truth(test, scope)?;
                let then = self.value(then, *ty, scope)?;
                let otherwise = self.value(otherwise, *ty, scope)?;
                let whens = vec![(test.clone(), then), (unary(UnaryOp::Not, test), otherwise)];
                Ok(Term::Case { whens, otherwise: None })
            }
            Expr::Call { function, args } => self.call_of_rule(*function, args, scope),
            Expr::Count(over) => {
                let start = root_of_relation(scope, over)?;
                let mut relationships = over.hops.clone();
                relationships.push(over.relation);
                let Some(walk) = self.walk(&start, &relationships)? else { return Ok(Term::Int(0)) };
                Ok(Term::Scalar(Box::new(walk.select(vec![item(Term::CountRows)], None))))
            }
            Expr::List(_) => self.list(expr, ty, scope),
            Expr::Literal(_) | Expr::Session(_) | Expr::Now => Ok(session_value(expr)),
        }
    }

    /// Whether computing an expression as a type fails: 1 or 0. `None` when it cannot.
    pub(super) fn fails(&mut self, expr: &Expr, ty: ValueType, scope: &Scope<'_>) -> Result<Option<Term>, Refusal> {
        if let Expr::Session(session) = expr {
            return Ok(session_fails(session, ty, false));
        }
        if is_session_only(expr) {
            if !self.can_fail(expr) {
                return Ok(None);
            }
            let null = Expr::IsNull(Box::new(expr.clone()));
            return Ok(Some(unary(UnaryOp::IsNull, Term::Param(Param::SessionExpr(Box::new(null))))));
        }
        match expr {
            Expr::Literal(_) | Expr::Now | Expr::Item(_) | Expr::Count(_) | Expr::Session(_) => Ok(None),
            Expr::Path(path) => self.path_fails(path, ty, scope),
            Expr::In { .. }
            | Expr::Not(_)
            | Expr::And(_)
            | Expr::Or(_)
            | Expr::Quantified { .. }
            | Expr::QuantifiedList { .. } => {
                if !self.can_fail(expr) {
                    return Ok(None);
                }
                Ok(Some(unary(UnaryOp::IsNull, self.truth(expr, scope)?)))
            }
            Expr::Compare { ty, left, right, .. } => self.fails_of_strict(&[(left, *ty), (right, *ty)], None, scope),
            Expr::IsNull(inner) => Ok(self.null_test(inner, scope)?.1),
            Expr::List(items) => {
                let mut terms = Vec::new();
                for item in items {
                    terms.extend(self.fails(item, ty, scope)?);
                }
                Ok(any(terms))
            }
            Expr::Arithmetic { ty, left, right, .. } => {
                let (left_ty, right_ty) = operand_types((left, right), *ty, scope);
                let result = (!matches!(ty, ValueType::String)).then_some((expr, *ty));
                self.fails_of_strict(&[(left, left_ty), (right, right_ty)], result, scope)
            }
            Expr::Negate(inner) => {
                let ty = type_of(inner, scope);
                let result = (!matches!(ty, ValueType::Float)).then_some((expr, ty));
                self.fails_of_strict(&[(inner, ty)], result, scope)
            }
            Expr::Call { function, args } => {
                let first_ty = args.first().map_or(ty, |arg| type_of(arg, scope));
                if let (expr::Function::Size, Some(list)) = (function, args.first().filter(|arg| is_list(arg))) {
                    return self.fails_of_list(list, first_ty, scope);
                }
                let arg_ty = if of_text(*function) { ValueType::String } else { first_ty };
                let inputs: Vec<_> = args.iter().map(|arg| (arg, arg_ty)).collect();
                let result = matches!(function, expr::Function::Abs).then_some((expr, first_ty));
                self.fails_of_strict(&inputs, result, scope)
            }
            Expr::Conditional { ty, test, then, otherwise } => {
                let fails = [self.fails(then, *ty, scope)?, self.fails(otherwise, *ty, scope)?];
                if fails.iter().all(Option::is_none) && !self.can_fail(test) {
                    return Ok(None);
                }
                let [then, otherwise] = fails.map(|term| term.unwrap_or(Term::Bool(false)));
                let test = self.truth(test, scope)?;
                let whens = vec![(test.clone(), then), (unary(UnaryOp::Not, test), otherwise)];
                Ok(Some(Term::Case { whens, otherwise: Some(Box::new(Term::Bool(true))) }))
            }
        }
    }

    /// Failure of an operation whose null operands decide first: it fails when none is null and one fails, or when its `result`
    /// is NULL all the same.
    pub(super) fn fails_of_strict(
        &mut self,
        inputs: &[(&Expr, ValueType)],
        result: Option<(&Expr, ValueType)>,
        scope: &Scope<'_>,
    ) -> Result<Option<Term>, Refusal> {
        let mut failed = Vec::new();
        let mut there = Vec::new();
        for (input, ty) in inputs {
            let fails = self.fails(input, *ty, scope)?;
            let is_there = unary(UnaryOp::IsNotNull, self.value(input, *ty, scope)?);
            there.push(match &fails {
                None => is_there,
                Some(fails) => Term::Any(vec![is_there, fails.clone()]),
            });
            failed.extend(fails);
        }
        if let Some((result, ty)) = result {
            failed.push(unary(UnaryOp::IsNull, self.value(result, ty, scope)?));
        }
        Ok(any(failed).map(|failed| Term::All(there.into_iter().chain([failed]).collect())))
    }

    /// Whether a value or list is NULL, and whether reading it fails.
    pub(super) fn null_test(&mut self, expr: &Expr, scope: &Scope<'_>) -> Result<(Term, Option<Term>), Refusal> {
        let ty = type_of(expr, scope);
        let (value, fails) = if is_list(expr) {
            (self.list(expr, ty, scope)?, self.fails_of_list(expr, ty, scope)?)
        } else {
            (self.value(expr, ty, scope)?, self.fails(expr, ty, scope)?)
        };
        Ok((unary(UnaryOp::IsNull, value), fails))
    }

    /// Whether reading an expression as a list of a type fails.
    pub(super) fn fails_of_list(
        &mut self,
        list: &Expr,
        ty: ValueType,
        scope: &Scope<'_>,
    ) -> Result<Option<Term>, Refusal> {
        match list {
            Expr::Session(session) if may_mismatch(session) => {
                // A list of another type is bound as NULL although the fact is there.
                let fact = unary(UnaryOp::IsNotNull, session_fact(session, ValueType::Dynamic));
                let list = unary(UnaryOp::IsNull, self.list(list, ty, scope)?);
                Ok(Some(Term::All(vec![fact, list])))
            }
            Expr::Path(path) if !path.list => {
                let fits = self.path_with(path, scope, |lowering, row| {
                    let term = lowering.path_end(path, row)?;
                    Ok(store(StoreFunction::JsonIs, vec![term, constant_text(json_list_type(ty))]))
                })?;
                Ok(Some(unary(UnaryOp::IsFalse, fits)))
            }
            Expr::List(_) => self.fails(list, ty, scope),
            Expr::Literal(_)
            | Expr::Path(_)
            | Expr::Session(_)
            | Expr::Now
            | Expr::Not(_)
            | Expr::And(_)
            | Expr::Or(_)
            | Expr::Compare { .. }
            | Expr::IsNull(_)
            | Expr::In { .. }
            | Expr::Arithmetic { .. }
            | Expr::Negate(_)
            | Expr::Conditional { .. }
            | Expr::Call { .. }
            | Expr::Quantified { .. }
            | Expr::QuantifiedList { .. }
            | Expr::Item(_)
            | Expr::Count(_) => Ok(None),
        }
    }

    /// A JSON value as a list of a type; NULL when it is none.
    pub(super) fn json_list(&mut self, path: &Path, ty: ValueType, scope: &Scope<'_>) -> Result<Term, Refusal> {
        self.path_with(path, scope, |lowering, row| {
            let term = lowering.path_end(path, row)?;
            let list = store(StoreFunction::JsonAs, vec![term, constant_text(json_list_type(ty))]);
            Ok(typed(list, DataType::list_of_rule(ty)))
        })
    }

    /// Whether computing an expression may fail at all; says yes when in doubt.
    pub(super) fn can_fail(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Literal(_) | Expr::Now | Expr::Item(_) | Expr::Count(_) => false,
            Expr::Session(session) => may_mismatch(session),
            Expr::Path(path) => is_dynamic(self, path),
            Expr::Not(inner) | Expr::IsNull(inner) => self.can_fail(inner),
            Expr::And(terms) | Expr::Or(terms) | Expr::List(terms) => terms.iter().any(|term| self.can_fail(term)),
            Expr::Call { function, args } => {
                matches!(function, expr::Function::Abs) || args.iter().any(|arg| self.can_fail(arg))
            }
            Expr::Compare { left, right, .. } => self.can_fail(left) || self.can_fail(right),
            Expr::In { needle, haystack, .. } => self.can_fail(needle) || self.can_fail(haystack),
            Expr::Arithmetic { ty, left, right, .. } => {
                !matches!(ty, ValueType::String) || self.can_fail(left) || self.can_fail(right)
            }
            Expr::Negate(_) => true,
            Expr::Conditional { test, then, otherwise, .. } => {
                self.can_fail(test) || self.can_fail(then) || self.can_fail(otherwise)
            }
            Expr::Quantified { body, .. } => self.can_fail(body),
            Expr::QuantifiedList { over, body, .. } => self.can_fail(over) || self.can_fail(body),
        }
    }

    fn path(&mut self, path: &Path, ty: ValueType, scope: &Scope<'_>) -> Result<Term, Refusal> {
        self.path_with(path, scope, |lowering, row| {
            let term = lowering.path_end(path, row)?;
            let scalar = lowering.field(path.model, path.field).ty.scalar;
            Ok(if is_dynamic(lowering, path) {
                typed(store(StoreFunction::JsonAs, vec![term, constant_text(json_type(ty))]), DataType::of_rule(ty))
            } else if lowering.has_types() && matches!(scalar, Scalar::Uuid) && !path.list {
                typed(typed(term, DataType::of_scalar(scalar)), DataType::TEXT)
            } else if matches!(scalar, Scalar::Decimal) && !path.list {
                unary(UnaryOp::ToFloat, term)
            } else {
                term
            })
        })
    }

    fn path_fails(&mut self, path: &Path, ty: ValueType, scope: &Scope<'_>) -> Result<Option<Term>, Refusal> {
        if !is_dynamic(self, path) || matches!(ty, ValueType::Dynamic) {
            return Ok(None);
        }
        let fits = self.path_with(path, scope, |lowering, row| {
            let term = lowering.path_end(path, row)?;
            Ok(Term::Call(Function::Store(StoreFunction::JsonIs), vec![term, constant_text(json_type(ty))]))
        })?;
        // Without a row at the end of the path the value is null, which is no error.
        Ok(Some(unary(UnaryOp::IsFalse, fits)))
    }

    fn path_with(
        &mut self,
        path: &Path,
        scope: &Scope<'_>,
        end: impl FnOnce(&mut Self, &Row) -> Result<Term, Refusal>,
    ) -> Result<Term, Refusal> {
        let start = root_of(scope, path)?;
        match self.walk(&start, &path.hops)? {
            None => end(self, &start),
            Some(walk) => {
                let row = walk.end.clone();
                let term = end(self, &row)?;
                Ok(self.first_value(walk.select(vec![item(term)], None)))
            }
        }
    }

    /// The column at the end of a path, or the JSON value inside it.
    fn path_end(&mut self, path: &Path, row: &Row) -> Result<Term, Refusal> {
        let mut term = self.column(row, path.field)?;
        for key in &path.json {
            term = super::value::json_member(term, key);
        }
        Ok(term)
    }

    fn call_of_rule(&mut self, function: expr::Function, args: &[Expr], scope: &Scope<'_>) -> Result<Term, Refusal> {
        let first_ty = args.first().map_or(ValueType::Dynamic, |arg| type_of(arg, scope));
        if let (expr::Function::Size, Some(list)) = (function, args.first().filter(|arg| is_list(arg))) {
            return Ok(Term::Call(Function::ListLength, vec![self.list(list, first_ty, scope)?]));
        }
        let ty = if of_text(function) { ValueType::String } else { first_ty };
        let args = args.iter().map(|arg| self.value(arg, ty, scope)).collect::<Result<Vec<_>, _>>()?;
        let args = if let (expr::Function::Matches, Some(engine)) = (function, self.regex_engine()) {
            written_for(engine, args)?
        } else if matches!(function, expr::Function::Abs) {
            // So that integers are not taken for doubles.
            args.into_iter().map(|arg| typed(arg, DataType::of_rule(ty))).collect()
        } else {
            args
        };
        let function = match function {
            expr::Function::Size => Function::Length,
            expr::Function::StartsWith => Function::Store(StoreFunction::StartsWith),
            expr::Function::EndsWith => Function::Store(StoreFunction::EndsWith),
            expr::Function::Contains => Function::Store(StoreFunction::Contains),
            expr::Function::Matches => Function::Store(StoreFunction::Regex),
            expr::Function::LowerAscii => Function::Lower,
            expr::Function::UpperAscii => Function::Upper,
            expr::Function::Trim => Function::Store(StoreFunction::Trim),
            expr::Function::Abs => Function::Store(StoreFunction::Abs),
            expr::Function::Least => Function::Least,
            expr::Function::Greatest => Function::Greatest,
        };
        Ok(match (function, <[Term; 1]>::try_from(args)) {
            // With one argument these are aggregates.
            (Function::Least | Function::Greatest, Ok([only])) => only,
            (function, Ok(args)) => Term::Call(function, args.into()),
            (function, Err(args)) => Term::Call(function, args),
        })
    }
}

/// Whether a path ends in a JSON value, whose type is known only when it is read.
fn is_dynamic(lowering: &Lowering<'_>, path: &Path) -> bool {
    let ty = &lowering.field(path.model, path.field).ty;
    !path.list && (!path.json.is_empty() || matches!(ty.scalar, Scalar::Json | Scalar::Object(_)))
}

fn is_list(expr: &Expr) -> bool {
    match expr {
        Expr::Path(path) => path.list,
        Expr::List(_) | Expr::Session(backstay_schema::expr::Session::Roles) => true,
        Expr::Literal(_)
        | Expr::Session(_)
        | Expr::Now
        | Expr::Not(_)
        | Expr::And(_)
        | Expr::Or(_)
        | Expr::Compare { .. }
        | Expr::IsNull(_)
        | Expr::In { .. }
        | Expr::Arithmetic { .. }
        | Expr::Negate(_)
        | Expr::Conditional { .. }
        | Expr::Call { .. }
        | Expr::Quantified { .. }
        | Expr::QuantifiedList { .. }
        | Expr::Item(_)
        | Expr::Count(_) => false,
    }
}

/// Name of a type for `bs_json_as` and `bs_json_is`.
fn json_type(ty: ValueType) -> &'static str {
    match ty {
        ValueType::Bool => "bool",
        ValueType::Int => "int",
        ValueType::Float => "float",
        ValueType::String => "string",
        ValueType::Timestamp => "timestamp",
        ValueType::Date => "date",
        ValueType::Time => "time",
        ValueType::Duration => "duration",
        ValueType::Bytes => "bytes",
        ValueType::Dynamic => "any",
    }
}

/// Name of a list of a type for `bs_json_as` and `bs_json_is`.
fn json_list_type(ty: ValueType) -> &'static str {
    match ty {
        ValueType::Bool => "bool[]",
        ValueType::Int => "int[]",
        ValueType::Float => "float[]",
        ValueType::String => "string[]",
        ValueType::Timestamp => "timestamp[]",
        ValueType::Date => "date[]",
        ValueType::Time => "time[]",
        ValueType::Duration => "duration[]",
        ValueType::Bytes => "bytes[]",
        ValueType::Dynamic => "any[]",
    }
}

/// Whether a function takes texts.
fn of_text(function: expr::Function) -> bool {
    match function {
        expr::Function::Size
        | expr::Function::StartsWith
        | expr::Function::EndsWith
        | expr::Function::Contains
        | expr::Function::Matches
        | expr::Function::LowerAscii
        | expr::Function::UpperAscii
        | expr::Function::Trim => true,
        expr::Function::Abs | expr::Function::Least | expr::Function::Greatest => false,
    }
}

/// The types that the operands of arithmetic are used as: their own, else the other's, else the result's.
fn operand_types((left, right): (&Expr, &Expr), result: ValueType, scope: &Scope<'_>) -> (ValueType, ValueType) {
    let own = |expr: &Expr| Some(type_of(expr, scope)).filter(|ty| !matches!(ty, ValueType::Dynamic));
    let (left, right) = (own(left), own(right));
    (left.or(right).unwrap_or(result), right.or(left).unwrap_or(result))
}

fn store(function: StoreFunction, args: Vec<Term>) -> Term {
    Term::Call(Function::Store(function), args)
}

/// Patterns, which the schema wrote, as an engine reads them.
fn written_for(engine: RegexEngine, mut args: Vec<Term>) -> Result<Vec<Term>, Refusal> {
    if let Some(Term::Param(Param::Constant(Value::Text(pattern)))) = args.last_mut() {
        let found = written(engine, pattern, false);
        *pattern = found.ok_or_else(|| not_implemented(&["the regular expression ", pattern, " on this database"]))?;
    }
    Ok(args)
}

/// Operands under the type that they compute as, so that integers are not taken for doubles.
fn operands(ty: ValueType, left: Term, right: Term) -> Vec<Term> {
    let ty = DataType::of_rule(ty);
    vec![typed(left, ty), typed(right, ty)]
}

fn negate(ty: ValueType, inner: Term) -> Term {
    match ty {
        ValueType::Float => unary(UnaryOp::Negate, inner),
        ValueType::Bool
        | ValueType::Int
        | ValueType::String
        | ValueType::Timestamp
        | ValueType::Date
        | ValueType::Time
        | ValueType::Duration
        | ValueType::Bytes
        | ValueType::Dynamic => store(StoreFunction::Subtract, operands(ty, Term::Int(0), inner)),
    }
}

fn arithmetic(
    op: Arithmetic,
    ty: ValueType,
    (left, left_ty): (Term, ValueType),
    (right, right_ty): (Term, ValueType),
) -> Result<Term, Refusal> {
    let micros = |term, ty| match ty {
        ValueType::Timestamp => store(StoreFunction::Micros, vec![term]),
        ValueType::Bool
        | ValueType::Int
        | ValueType::Float
        | ValueType::String
        | ValueType::Date
        | ValueType::Time
        | ValueType::Duration
        | ValueType::Bytes
        | ValueType::Dynamic => term,
    };
    match ty {
        ValueType::Int | ValueType::Float => Ok(store(checked(op), operands(ty, left, right))),
        ValueType::String => Ok(binary(BinaryOp::Concat, left, right)),
        ValueType::Duration => Ok(store(checked(op), operands(ty, micros(left, left_ty), micros(right, right_ty)))),
        ValueType::Timestamp => {
            let (time, duration) = if matches!(left_ty, ValueType::Duration) { (right, left) } else { (left, right) };
            let duration = match op {
                Arithmetic::Subtract => {
                    store(StoreFunction::Subtract, operands(ValueType::Duration, Term::Int(0), duration))
                }
                Arithmetic::Add | Arithmetic::Multiply | Arithmetic::Divide | Arithmetic::Remainder => duration,
            };
            let duration = typed(duration, DataType::one(Base::BigInt));
            Ok(store(StoreFunction::TimeAdd, vec![time, duration]))
        }
        ValueType::Bool | ValueType::Date | ValueType::Time | ValueType::Bytes | ValueType::Dynamic => {
            Err(not_implemented(&["arithmetic on values of this type"]))
        }
    }
}

fn checked(op: Arithmetic) -> StoreFunction {
    match op {
        Arithmetic::Add => StoreFunction::Add,
        Arithmetic::Subtract => StoreFunction::Subtract,
        Arithmetic::Multiply => StoreFunction::Multiply,
        Arithmetic::Divide => StoreFunction::Divide,
        Arithmetic::Remainder => StoreFunction::Remainder,
    }
}

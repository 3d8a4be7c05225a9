//! Values inside rules, and whether computing one fails. A null and an error are both NULL as a value; `fails` tells them apart.

use super::rule::{
    Scope, constant_text, item_value, root_of, root_of_relation, session_fact, session_fails, session_value,
};
use super::session::{is_session_only, may_mismatch, type_of};
use super::{Lowering, Row, binary, item, not_implemented, unary};
use crate::ast::{BinaryOp, Function, Term, UnaryOp};
use crate::functions::StoreFunction;
use backstay_plan::Refusal;
use backstay_plan::value::Param;
use backstay_schema::expr::{self, Arithmetic, Expr, Path, ValueType};
use backstay_schema::model::Scalar;

impl Lowering<'_> {
    /// The value of an expression, used as a type.
    pub(super) fn value(&mut self, expr: &Expr, ty: ValueType, scope: &Scope<'_>) -> Result<Term, Refusal> {
        if let Expr::Session(session) = expr {
            return Ok(session_fact(session, ty));
        }
        if is_session_only(expr) {
            return Ok(session_value(expr));
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
                let (left_ty, right_ty) = (type_of(left, scope), type_of(right, scope));
                let left = self.value(left, operand_type(left_ty, *ty), scope)?;
                let right = self.value(right, operand_type(right_ty, *ty), scope)?;
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
        if is_session_only(expr) && !matches!(expr, Expr::Literal(_) | Expr::Now) {
            let null = Expr::IsNull(Box::new(expr.clone()));
            return Ok(Some(unary(UnaryOp::IsNull, Term::Param(Param::SessionExpr(Box::new(null))))));
        }
        match expr {
            Expr::Literal(_) | Expr::Now | Expr::Item(_) | Expr::Count(_) | Expr::Session(_) => Ok(None),
            Expr::Path(path) => self.path_fails(path, ty, scope),
            Expr::Not(_) | Expr::And(_) | Expr::Or(_) | Expr::Quantified { .. } | Expr::QuantifiedList { .. } => {
                if !self.can_fail(expr) {
                    return Ok(None);
                }
                Ok(Some(unary(UnaryOp::IsNull, self.truth(expr, scope)?)))
            }
            Expr::Compare { ty, left, right, .. } => self.any_fails(&[left, right], *ty, scope),
            Expr::In { ty, needle, haystack } => self.any_fails(&[needle, haystack], *ty, scope),
            Expr::IsNull(inner) => self.fails(inner, type_of(inner, scope), scope),
            Expr::List(items) => self.any_fails(&items.iter().collect::<Vec<_>>(), ty, scope),
            Expr::Arithmetic { ty, left, right, .. } => {
                let (left_ty, right_ty) = (type_of(left, scope), type_of(right, scope));
                let (left_ty, right_ty) = (operand_type(left_ty, *ty), operand_type(right_ty, *ty));
                let inputs = [(&**left, left_ty), (&**right, right_ty)];
                self.fails_of_strict(expr, &inputs, !matches!(ty, ValueType::String), scope)
            }
            Expr::Negate(inner) => {
                let ty = type_of(inner, scope);
                self.fails_of_strict(expr, &[(inner, ty)], !matches!(ty, ValueType::Float), scope)
            }
            Expr::Call { function, args } => {
                let inputs: Vec<_> = args.iter().map(|arg| (arg, type_of(arg, scope))).collect();
                self.fails_of_strict(expr, &inputs, matches!(function, expr::Function::Abs), scope)
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

    pub(super) fn any_fails(
        &mut self,
        exprs: &[&Expr],
        ty: ValueType,
        scope: &Scope<'_>,
    ) -> Result<Option<Term>, Refusal> {
        let mut terms = Vec::new();
        for expr in exprs {
            terms.extend(self.fails(expr, ty, scope)?);
        }
        Ok(any(terms))
    }

    /// Failure of an operation that fails when an input fails, and (if `own`) when its result is NULL though no input is.
    fn fails_of_strict(
        &mut self,
        expr: &Expr,
        inputs: &[(&Expr, ValueType)],
        own: bool,
        scope: &Scope<'_>,
    ) -> Result<Option<Term>, Refusal> {
        let mut terms = Vec::new();
        for (input, ty) in inputs {
            terms.extend(self.fails(input, *ty, scope)?);
        }
        if own {
            let mut missing = Vec::with_capacity(inputs.len() + 1);
            for (input, ty) in inputs {
                missing.push(unary(UnaryOp::IsNotNull, self.value(input, *ty, scope)?));
            }
            missing.push(unary(UnaryOp::IsNull, self.value(expr, type_of(expr, scope), scope)?));
            terms.push(Term::All(missing));
        }
        Ok(any(terms))
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
            Ok(if is_dynamic(lowering, path) {
                Term::Call(Function::Store(StoreFunction::JsonAs), vec![term, constant_text(json_type(ty))])
            } else if matches!(lowering.field(path.model, path.field).ty.scalar, Scalar::Decimal) && !path.list {
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
                Ok(Term::Scalar(Box::new(walk.select(vec![item(term)], None))))
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
            return Ok(Term::Call(Function::JsonLength, vec![self.list(list, first_ty, scope)?]));
        }
        let texts = matches!(
            function,
            expr::Function::Size
                | expr::Function::StartsWith
                | expr::Function::EndsWith
                | expr::Function::Contains
                | expr::Function::Matches
                | expr::Function::LowerAscii
                | expr::Function::UpperAscii
                | expr::Function::Trim
        );
        let ty = if texts { ValueType::String } else { first_ty };
        let args = args.iter().map(|arg| self.value(arg, ty, scope)).collect::<Result<Vec<_>, _>>()?;
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

/// The type that an operand of arithmetic is used as: its own, or the result's when it has none.
fn operand_type(own: ValueType, result: ValueType) -> ValueType {
    if matches!(own, ValueType::Dynamic) { result } else { own }
}

fn any(mut terms: Vec<Term>) -> Option<Term> {
    match terms.len() {
        0 => None,
        1 => terms.pop(),
        _ => Some(Term::Any(terms)),
    }
}

fn store(function: StoreFunction, args: Vec<Term>) -> Term {
    Term::Call(Function::Store(function), args)
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
        | ValueType::Dynamic => store(StoreFunction::Subtract, vec![Term::Int(0), inner]),
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
        ValueType::Int => Ok(store(checked(op), vec![left, right])),
        ValueType::Float => Ok(float_arithmetic(op, left, right)),
        ValueType::String => Ok(binary(BinaryOp::Concat, left, right)),
        ValueType::Duration => Ok(store(checked(op), vec![micros(left, left_ty), micros(right, right_ty)])),
        ValueType::Timestamp => {
            let (time, duration) = if matches!(left_ty, ValueType::Duration) { (right, left) } else { (left, right) };
            let duration = match op {
                Arithmetic::Subtract => store(StoreFunction::Subtract, vec![Term::Int(0), duration]),
                Arithmetic::Add | Arithmetic::Multiply | Arithmetic::Divide | Arithmetic::Remainder => duration,
            };
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

fn float_arithmetic(op: Arithmetic, left: Term, right: Term) -> Term {
    let op = match op {
        Arithmetic::Add => BinaryOp::Add,
        Arithmetic::Subtract => BinaryOp::Subtract,
        Arithmetic::Multiply => BinaryOp::Multiply,
        Arithmetic::Divide => BinaryOp::Divide,
        Arithmetic::Remainder => return store(StoreFunction::FloatRemainder, vec![left, right]),
    };
    binary(op, left, right)
}

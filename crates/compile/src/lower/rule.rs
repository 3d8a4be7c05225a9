//! From rule expressions to conditions. An error is NULL; a comparison with a null operand is false.
//!
//! Two readings of a truth value: [`Lowering::holds`] only tells true from the rest, so that `a == b` is plain `a = b` and can use
//! an index; [`Lowering::truth`] is exact (1, 0, NULL for an error) and stands under every negation.

use super::session::{is_session_only, may_mismatch, type_of};
use super::value::item_as;
use super::{Lowering, Row, binary, item, typed, unary, when};
use crate::ast::{Aggregate, Alias, BinaryOp, Function, Query, SelectItem, Table, TableSource, Term, UnaryOp};
use crate::datatype::{Base, DataType};
use crate::functions::StoreFunction;
use backstay_plan::evaluate::session_expr;
use backstay_plan::principal::RoleSet;
use backstay_plan::value::{Param, Value};
use backstay_plan::{Principal, Refusal};
use backstay_schema::expr::{
    Comparison, Expr, Literal, Path, Quantifier, RelationPath, Root, Session, ValueType, Variable,
};
use backstay_schema::model::{Dialect, FieldId};

/// Rows and items that the names of a rule stand for.
#[derive(Debug, Clone)]
pub(crate) struct Scope<'r> {
    row: &'r Row,
    old: Option<&'r Row>,
    bound: Vec<(Variable, Bound)>,
}

/// What a macro variable stands for.
#[derive(Debug, Clone)]
pub(crate) enum Bound {
    /// A related row.
    Row(Row),
    /// An item of a list, and its type.
    Item(Alias, ValueType),
}

impl<'r> Scope<'r> {
    pub(crate) fn of(row: &'r Row) -> Self {
        Scope { row, old: None, bound: Vec::new() }
    }

    /// A scope for a check: the row as it will be, and as it is.
    pub(crate) fn of_change(row: &'r Row, old: &'r Row) -> Self {
        Scope { row, old: Some(old), bound: Vec::new() }
    }

    pub(crate) fn bound(&self, variable: Variable) -> Option<&Bound> {
        self.bound.iter().rev().find(|(name, _)| *name == variable).map(|(_, bound)| bound)
    }

    fn with(&self, variable: Variable, bound: Bound) -> Scope<'r> {
        let mut inner = self.clone();
        inner.bound.push((variable, bound));
        inner
    }

    fn root(&self, root: Root) -> Result<Row, Refusal> {
        let row = match root {
            Root::Row => Some(self.row),
            Root::Old => self.old,
            Root::Variable(variable) => match self.bound(variable) {
                Some(Bound::Row(row)) => Some(row),
                Some(Bound::Item(..)) | None => None,
            },
        };
        row.cloned().ok_or_else(|| super::not_implemented(&["a rule that reads a row which is not in its scope"]))
    }
}

impl Lowering<'_> {
    /// 1 where the rule is true; 0 or NULL elsewhere.
    pub(crate) fn holds(&mut self, expr: &Expr, scope: &Scope<'_>) -> Result<Term, Refusal> {
        if is_session_only(expr) {
            return Ok(session_truth(expr));
        }
        match expr {
            Expr::And(terms) => Ok(Term::All(terms.iter().map(|t| self.holds(t, scope)).collect::<Result<_, _>>()?)),
            Expr::Or(terms) => Ok(Term::Any(terms.iter().map(|t| self.holds(t, scope)).collect::<Result<_, _>>()?)),
            Expr::Not(inner) => Ok(unary(UnaryOp::Not, self.truth(inner, scope)?)),
            Expr::Compare { op: Comparison::NotEqual, .. } => self.truth(expr, scope),
            Expr::Compare { op, ty, left, right } => self.comparison(*op, *ty, (left, right), scope),
            Expr::In { ty, needle, haystack } => self.membership(*ty, needle, haystack, scope),
            Expr::IsNull(inner) => Ok(match self.null_test(inner, scope)? {
                (null, None) => null,
                (null, Some(fails)) => Term::All(vec![null, unary(UnaryOp::Not, fails)]),
            }),
            Expr::Quantified { quantifier, over, variable, body } => {
                self.over_rows((*quantifier, Reading::True), over, (*variable, body), scope)
            }
            Expr::QuantifiedList { quantifier, over, ty, variable, body } => {
                self.over_items((*quantifier, Reading::True), (over, *ty), (*variable, body), scope)
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
            | Expr::Count(_) => self.scalar(expr, ValueType::Bool, scope),
        }
    }

    /// 1 where the rule is true, 0 where it is false, NULL where it fails.
    pub(crate) fn truth(&mut self, expr: &Expr, scope: &Scope<'_>) -> Result<Term, Refusal> {
        if is_session_only(expr) {
            return Ok(session_truth(expr));
        }
        match expr {
            Expr::And(terms) => Ok(Term::All(terms.iter().map(|t| self.truth(t, scope)).collect::<Result<_, _>>()?)),
            Expr::Or(terms) => Ok(Term::Any(terms.iter().map(|t| self.truth(t, scope)).collect::<Result<_, _>>()?)),
            Expr::Not(inner) => Ok(unary(UnaryOp::Not, self.truth(inner, scope)?)),
            Expr::Compare { op: Comparison::NotEqual, ty, left, right } => {
                let equal = self.comparison(Comparison::Equal, *ty, (left, right), scope)?;
                let fails = self.fails_of_strict(&[(left, *ty), (right, *ty)], None, scope)?;
                Ok(unless(fails, unary(UnaryOp::IsNotTrue, equal)))
            }
            Expr::Compare { op, ty, left, right } => {
                let term = self.comparison(*op, *ty, (left, right), scope)?;
                let fails = self.fails_of_strict(&[(left, *ty), (right, *ty)], None, scope)?;
                Ok(unless(fails, unary(UnaryOp::IsTrue, term)))
            }
            Expr::In { ty, needle, haystack } => {
                let found = self.membership(*ty, needle, haystack, scope)?;
                let Some(fails) = self.fails_of_membership(*ty, needle, haystack, scope)? else {
                    return Ok(unary(UnaryOp::IsTrue, found));
                };
                let whens = vec![(found, Term::Bool(true)), (fails, Term::Null)];
                Ok(Term::Case { whens, otherwise: Some(Box::new(Term::Bool(false))) })
            }
            Expr::IsNull(inner) => {
                let (null, fails) = self.null_test(inner, scope)?;
                Ok(unless(fails, null))
            }
            Expr::Quantified { quantifier, over, variable, body } => {
                self.over_rows((*quantifier, Reading::Exact), over, (*variable, body), scope)
            }
            Expr::QuantifiedList { quantifier, over, ty, variable, body } => {
                self.over_items((*quantifier, Reading::Exact), (over, *ty), (*variable, body), scope)
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
            | Expr::Count(_) => {
                // A boolean value that is null is not true.
                let value = self.scalar(expr, ValueType::Bool, scope)?;
                Ok(unless(self.fails(expr, ValueType::Bool, scope)?, unary(UnaryOp::IsTrue, value)))
            }
        }
    }

    /// The value of an expression for an output or an index: NULL where it is null or fails.
    pub(crate) fn output_of_rule(&mut self, expr: &Expr, scope: &Scope<'_>) -> Result<Term, Refusal> {
        let ty = type_of(expr, scope);
        self.value(expr, ty, scope)
    }

    fn comparison(
        &mut self,
        op: Comparison,
        ty: ValueType,
        (left, right): (&Expr, &Expr),
        scope: &Scope<'_>,
    ) -> Result<Term, Refusal> {
        let op = match op {
            Comparison::Equal => BinaryOp::Equal,
            Comparison::NotEqual => BinaryOp::NotEqual,
            Comparison::Less => BinaryOp::Less,
            Comparison::LessOrEqual => BinaryOp::LessOrEqual,
            Comparison::Greater => BinaryOp::Greater,
            Comparison::GreaterOrEqual => BinaryOp::GreaterOrEqual,
        };
        let left = self.value(left, ty, scope)?;
        let right = self.value(right, ty, scope)?;
        if matches!(ty, ValueType::Dynamic) && !self.has_types() {
            let order = Term::Call(Function::Store(StoreFunction::JsonCompare), vec![left, right]);
            return Ok(binary(op, order, Term::Int(0)));
        }
        match (op, as_uuid(&left), as_uuid(&right)) {
            // A UUID is looked up as one, so that its index is used; a text that is none equals no UUID.
            (BinaryOp::Equal, Some(left), Some(right)) => Ok(binary(op, left, right)),
            (BinaryOp::Equal, Some(left), None) => Ok(binary(op, left, text_as_uuid(right))),
            (BinaryOp::Equal, None, Some(right)) => Ok(binary(op, text_as_uuid(left), right)),
            _ => Ok(binary(op, left, right)),
        }
    }

    fn membership(
        &mut self,
        ty: ValueType,
        needle: &Expr,
        haystack: &Expr,
        scope: &Scope<'_>,
    ) -> Result<Term, Refusal> {
        let needle = self.value(needle, ty, scope)?;
        if let Expr::List(items) = haystack {
            let items = items.iter().map(|i| self.value(i, ty, scope)).collect::<Result<Vec<_>, _>>()?;
            let (needle, items) = match as_uuid(&needle) {
                Some(uuid) => (uuid, items.into_iter().map(text_as_uuid).collect()),
                None => (needle, items),
            };
            return Ok(match (self.dialect, items.as_slice()) {
                // MySQL reads a list of one subquery as that subquery's rows.
                (Dialect::Mysql, [only]) => binary(BinaryOp::Equal, needle, only.clone()),
                _ => Term::InList(Box::new(needle), items),
            });
        }
        let (each, table) = self.items_of(haystack, ty, scope)?;
        let (needle, value) = match as_uuid(&needle) {
            Some(uuid) => (uuid, text_as_uuid(item_as(&each, ty))),
            None => (needle, item_as(&each, ty)),
        };
        let items = super::select(vec![item(value)], table, None);
        Ok(Term::InQuery(vec![needle], Box::new(items)))
    }

    /// Whether `needle in haystack` fails where the needle is not found: as a disjunction of comparisons.
    fn fails_of_membership(
        &mut self,
        ty: ValueType,
        needle: &Expr,
        haystack: &Expr,
        scope: &Scope<'_>,
    ) -> Result<Option<Term>, Refusal> {
        let mut terms = Vec::new();
        if let Expr::List(items) = haystack {
            for item in items {
                terms.extend(self.fails_of_strict(&[(needle, ty), (item, ty)], None, scope)?);
            }
            return Ok(any(terms));
        }
        let needle_fails = self.fails(needle, ty, scope)?;
        if let Some(fails) = self.fails_of_list(haystack, ty, scope)? {
            let there = unary(UnaryOp::IsNotNull, self.value(needle, ty, scope)?);
            let there = any(needle_fails.clone().into_iter().chain([there]).collect());
            terms.push(Term::All([fails].into_iter().chain(there).collect()));
        }
        if let Some(fails) = needle_fails {
            let (each, table) = self.items_of(haystack, ty, scope)?;
            let item_there = unary(UnaryOp::IsNotNull, super::element_value(&each));
            let some = Term::Exists(Box::new(super::select(vec![item(Term::Int(1))], table, Some(item_there))));
            terms.push(Term::All(vec![fails, some]));
        }
        Ok(any(terms))
    }

    /// A source over the items of a list.
    fn items_of(&mut self, list: &Expr, ty: ValueType, scope: &Scope<'_>) -> Result<(Alias, Table), Refusal> {
        let list = self.list(list, ty, scope)?;
        let each = self.alias();
        Ok((each.clone(), Table { source: TableSource::Elements(Box::new(list)), alias: each }))
    }

    /// A list as a JSON array.
    pub(super) fn list(&mut self, list: &Expr, ty: ValueType, scope: &Scope<'_>) -> Result<Term, Refusal> {
        match list {
            Expr::Session(session) => Ok(Term::Param(Param::Session { session: session.clone(), ty, list: true })),
            Expr::List(items) => {
                let mut values = Vec::with_capacity(items.len());
                for item in items {
                    let value = self.value(item, ty, scope)?;
                    let as_json = self.derives_apart();
                    values.push(if as_json { Term::JsonText(Box::new(value), DataType::of_rule(ty)) } else { value });
                }
                Ok(typed(Term::List(values), DataType::list_of_rule(ty)))
            }
            Expr::Path(path) if !path.list => self.json_list(path, ty, scope),
            Expr::Path(_) => Ok(typed(self.value(list, ty, scope)?, DataType::list_of_rule(ty))),
            Expr::Literal(_)
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
            | Expr::Count(_) => self.value(list, ty, scope),
        }
    }

    fn over_rows(
        &mut self,
        (quantifier, reading): (Quantifier, Reading),
        over: &RelationPath,
        (variable, body): (Variable, &Expr),
        scope: &Scope<'_>,
    ) -> Result<Term, Refusal> {
        let start = scope.root(over.root)?;
        let mut relationships = over.hops.clone();
        relationships.push(over.relation);
        let Some(walk) = self.walk(&start, &relationships)? else { return Ok(Term::Bool(false)) };
        let inner = scope.with(variable, Bound::Row(walk.end.clone()));
        let body = self.condition_of(quantifier, body, &inner, reading)?;
        if self.derives_apart() {
            let key = self.model(walk.end.model).key.first().copied().unwrap_or(FieldId(0));
            let there = self.column(&walk.end, key)?;
            return Ok(body.over_own(there, |items, condition| walk.select(items, condition)));
        }
        Ok(body.over(self.alias(), |items, condition| walk.select(items, condition)))
    }

    fn over_items(
        &mut self,
        (quantifier, reading): (Quantifier, Reading),
        (over, ty): (&Expr, ValueType),
        (variable, body): (Variable, &Expr),
        scope: &Scope<'_>,
    ) -> Result<Term, Refusal> {
        let list = self.list(over, ty, scope)?;
        let fails = self.fails_of_list(over, ty, scope)?;
        let (each, table) = self.items_of(over, ty, scope)?;
        let inner = scope.with(variable, Bound::Item(each.clone(), ty));
        let body = self.condition_of(quantifier, body, &inner, reading)?;
        let found = if self.derives_apart() {
            let there = Term::Column(each, String::from("key"));
            body.over_own(there, |items, condition| super::select(items, table, condition))
        } else {
            body.over(self.alias(), |items, condition| super::select(items, table, condition))
        };
        // A macro over a list that is null is false, like a function of null.
        let found = match quantifier {
            Quantifier::Exists | Quantifier::ExistsOne => found,
            Quantifier::All => Term::All(vec![unary(UnaryOp::IsNotNull, list), found]),
        };
        Ok(unless(fails, found))
    }

    /// The condition of a macro on one row or item, ready to be put over all of them.
    fn condition_of(
        &mut self,
        quantifier: Quantifier,
        body: &Expr,
        scope: &Scope<'_>,
        reading: Reading,
    ) -> Result<Body, Refusal> {
        let exact = self.can_fail(body) && (reading == Reading::Exact || matches!(quantifier, Quantifier::ExistsOne));
        let term = if exact { self.truth(body, scope)? } else { self.holds(body, scope)? };
        Ok(Body { quantifier, term, exact })
    }
}

/// Column of a condition's truth.
const HELD: &str = "held";

/// How much of a truth value is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// True or not.
    True,
    /// True, false or failed.
    Exact,
}

/// A macro's condition on one row.
struct Body {
    quantifier: Quantifier,
    term: Term,
    /// Whether errors of the condition must be told from false.
    exact: bool,
}

impl Body {
    /// The same where a source cannot see the rows around it. `there` is a column of each row that is never NULL.
    fn over_own(self, there: Term, select: impl FnOnce(Vec<SelectItem>, Option<Term>) -> Query) -> Term {
        if !self.exact {
            // No source is made for these.
            return self.over(Alias::Bare, select);
        }
        // An aggregate of nothing but outer columns would be one of the outer query, so the condition gets a column.
        let held = when(unary(UnaryOp::IsNotNull, there), self.term);
        exactly(self.quantifier, held, select)
    }

    /// `alias` is a fresh one.
    fn over(self, alias: Alias, select: impl FnOnce(Vec<SelectItem>, Option<Term>) -> Query) -> Term {
        let one = || vec![item(Term::Int(1))];
        match (self.quantifier, self.exact) {
            (Quantifier::Exists, false) => Term::Exists(Box::new(select(one(), Some(self.term)))),
            (Quantifier::All, false) => {
                let rest = select(one(), Some(unary(UnaryOp::IsNotTrue, self.term)));
                unary(UnaryOp::Not, Term::Exists(Box::new(rest)))
            }
            (Quantifier::ExistsOne, false) => {
                let count = Term::Scalar(Box::new(select(vec![item(Term::CountRows)], Some(self.term))));
                binary(BinaryOp::Equal, count, Term::Int(1))
            }
            (quantifier, true) => {
                // An aggregate of nothing but outer columns would be one of the outer query, so the condition gets a column.
                let held = SelectItem { term: self.term, name: Some(HELD.to_owned()) };
                let source = TableSource::Query(Box::new(select(vec![held], None)));
                let term = Term::Column(alias.clone(), HELD.to_owned());
                let each = |items, condition| super::select(items, Table { source, alias }, condition);
                exactly(quantifier, term, each)
            }
        }
    }
}

/// A macro over the exact truth of its condition for each row.
fn exactly(quantifier: Quantifier, held: Term, select: impl FnOnce(Vec<SelectItem>, Option<Term>) -> Query) -> Term {
    match quantifier {
        Quantifier::Exists => kleene(held, true, select),
        Quantifier::All => kleene(held, false, select),
        Quantifier::ExistsOne => {
            let sum = Term::Aggregate(Aggregate::CountTrue, Box::new(held.clone()));
            let sum = Term::Call(Function::Coalesce, vec![sum, Term::Int(0)]);
            let one = binary(BinaryOp::Equal, sum, Term::Int(1));
            Term::Scalar(Box::new(select(vec![item(when(none_failed(held), one))], None)))
        }
    }
}

/// Disjunction (decided by true) or conjunction (decided by false) over the rows of a select, three-valued.
pub(crate) fn kleene(term: Term, decided: bool, select: impl FnOnce(Vec<SelectItem>, Option<Term>) -> Query) -> Term {
    let aggregate = if decided { Aggregate::AnyTrue } else { Aggregate::AllTrue };
    let extreme = Term::Aggregate(aggregate, Box::new(term.clone()));
    let decides = binary(BinaryOp::Equal, extreme, Term::Bool(decided));
    let whens = vec![(decides, Term::Bool(decided)), (none_failed(term), Term::Bool(!decided))];
    Term::Scalar(Box::new(select(vec![item(Term::Case { whens, otherwise: None })], None)))
}

fn none_failed(term: Term) -> Term {
    binary(BinaryOp::Equal, Term::CountRows, Term::Aggregate(Aggregate::Count, Box::new(term)))
}

/// NULL where `fails`, else the term.
pub(super) fn unless(fails: Option<Term>, term: Term) -> Term {
    match fails {
        None => term,
        Some(fails) => when(unary(UnaryOp::Not, fails), term),
    }
}

/// What the session decides: one parameter for the whole expression.
pub(super) fn session_value(expr: &Expr) -> Term {
    match expr {
        Expr::Literal(Literal::Null) => Term::Null,
        Expr::Literal(Literal::Bool(value)) => Term::Bool(*value),
        Expr::Literal(Literal::Int(value)) => constant(Value::Int(*value)),
        Expr::Literal(Literal::Duration(micros)) => constant(Value::Int(*micros)),
        Expr::Literal(Literal::Float(value)) => constant(Value::Float(*value)),
        Expr::Literal(Literal::String(text)) => constant_text(text),
        Expr::Now => Term::Param(Param::Now),
        Expr::Literal(Literal::Timestamp(_)) => {
            // The stored form of an instant depends on nobody.
            let nobody = Principal::with_roles(RoleSet::anonymous());
            typed(constant(session_expr(expr, &nobody, 0).unwrap_or(Value::Null)), DataType::one(Base::Instant))
        }
        Expr::Path(_)
        | Expr::Session(_)
        | Expr::Not(_)
        | Expr::And(_)
        | Expr::Or(_)
        | Expr::Compare { .. }
        | Expr::IsNull(_)
        | Expr::In { .. }
        | Expr::List(_)
        | Expr::Arithmetic { .. }
        | Expr::Negate(_)
        | Expr::Conditional { .. }
        | Expr::Call { .. }
        | Expr::Quantified { .. }
        | Expr::QuantifiedList { .. }
        | Expr::Item(_)
        | Expr::Count(_) => Term::Param(Param::SessionExpr(Box::new(expr.clone()))),
    }
}

/// What the session decides, as a truth value: a boolean that is null is false.
fn session_truth(expr: &Expr) -> Term {
    if let Expr::Session(_) | Expr::Conditional { .. } | Expr::Item(_) = expr {
        let yes = Box::new(Expr::Literal(Literal::Bool(true)));
        let (op, ty, left) = (Comparison::Equal, ValueType::Bool, Box::new(expr.clone()));
        return session_value(&Expr::Compare { op, ty, left, right: yes });
    }
    session_value(expr)
}

/// A UUID that a rule reads as text, before it was.
fn as_uuid(term: &Term) -> Option<Term> {
    let Term::Typed(text, DataType::TEXT) = term else { return None };
    let Term::Typed(uuid, ty) = &**text else { return None };
    (ty.base == Base::Uuid).then(|| Term::clone(uuid))
}

fn text_as_uuid(term: Term) -> Term {
    match as_uuid(&term) {
        Some(uuid) => uuid,
        None => Term::Call(Function::TextAsUuid, vec![term]),
    }
}

/// A disjunction; `None` of nothing.
pub(super) fn any(mut terms: Vec<Term>) -> Option<Term> {
    match terms.len() {
        0 => None,
        1 => terms.pop(),
        _ => Some(Term::Any(terms)),
    }
}

/// A fact of the session as a value of a type.
pub(super) fn session_fact(session: &Session, ty: ValueType) -> Term {
    Term::Param(Param::Session { session: session.clone(), ty, list: false })
}

/// Whether a fact of the session is of another type than it is used as.
pub(super) fn session_fails(session: &Session, ty: ValueType, list: bool) -> Option<Term> {
    let bound = may_mismatch(session) && !matches!(ty, ValueType::Dynamic);
    bound.then(|| Term::Param(Param::SessionError { session: session.clone(), ty, list }))
}

pub(crate) fn constant(value: Value) -> Term {
    Term::Param(Param::Constant(value))
}

pub(crate) fn constant_text(text: &str) -> Term {
    constant(Value::Text(text.to_owned()))
}

/// Where a path starts, as a row.
pub(super) fn root_of(scope: &Scope<'_>, path: &Path) -> Result<Row, Refusal> {
    scope.root(path.root)
}

/// Where a relation path starts, as a row.
pub(super) fn root_of_relation(scope: &Scope<'_>, over: &RelationPath) -> Result<Row, Refusal> {
    scope.root(over.root)
}

/// The value that an item of a list is in scope as.
pub(super) fn item_value(scope: &Scope<'_>, variable: Variable) -> Result<Term, Refusal> {
    match scope.bound(variable) {
        Some(Bound::Item(each, ty)) => Ok(item_as(each, *ty)),
        Some(Bound::Row(_)) | None => {
            Err(super::not_implemented(&["a rule that reads an item which is not in its scope"]))
        }
    }
}

//! From the request's filter to a condition, three-valued as in SQL.

use super::read::Level;
use super::rule::kleene;
use super::value::Typed;
use super::{Lowering, all, binary, element_value, item, not_implemented, select, unary, when};
use crate::ast::{BinaryOp, Function, Query, Search, Select, Table, TableSource, Term, UnaryOp};
use crate::datatype::{Base, DataType};
use crate::functions::StoreFunction;
use backstay_plan::Refusal;
use backstay_plan::authorized::{Operand, Predicate, Test};
use backstay_plan::request::{CompareOp, IsValue, Quantity, SetOp};
use backstay_plan::value::{Cast, Param};
use backstay_schema::model::{FieldId, Scalar};

impl Lowering<'_> {
    /// The condition of a filter on a level's rows; `None` when every row passes.
    pub(super) fn filter(&mut self, filter: &Predicate, level: &Level<'_>) -> Result<Option<Term>, Refusal> {
        if matches!(filter, Predicate::True) {
            return Ok(None);
        }
        self.predicate(filter, level, Reading::Row).map(Some)
    }

    fn predicate(&mut self, filter: &Predicate, level: &Level<'_>, reading: Reading) -> Result<Term, Refusal> {
        match filter {
            Predicate::True => Ok(Term::Bool(true)),
            Predicate::False => Ok(Term::Bool(false)),
            Predicate::And(terms) => {
                Ok(Term::All(terms.iter().map(|t| self.predicate(t, level, reading)).collect::<Result<_, _>>()?))
            }
            Predicate::Or(terms) => {
                Ok(Term::Any(terms.iter().map(|t| self.predicate(t, level, reading)).collect::<Result<_, _>>()?))
            }
            Predicate::Not(inner) => Ok(unary(UnaryOp::Not, self.predicate(inner, level, Reading::Exact)?)),
            Predicate::HasChild { child } => self.has_child(level, *child),
            Predicate::Related(child) => self.related(level.row(), child),
            Predicate::RelatedCount { level: child, of, test } => {
                let number = self.related_count(level.row(), child, of)?;
                self.test(number, test)
            }
            Predicate::Test { operand, test: Test::Search { query, negated } } => {
                let found = self.search(operand, level, query, negated)?;
                self.visible(found, operand, level, reading)
            }
            Predicate::Test { operand, test } => {
                let value = self.operand(level.row(), operand)?;
                self.test(value, test)
            }
        }
    }

    fn test(&mut self, value: Typed, test: &Test) -> Result<Term, Refusal> {
        match test {
            Test::Compare(op, Quantity::One, param) => Ok(self.compare(*op, value, self.param(param))),
            Test::Compare(op, Quantity::Any, param) => Ok(self.quantified(*op, value, param, true)),
            Test::Compare(op, Quantity::All, param) => Ok(self.quantified(*op, value, param, false)),
            Test::In(param) if value.is_json() => Ok(self.quantified(CompareOp::Eq, value, param, true)),
            Test::In(param) if self.has_types() => {
                Ok(Term::InArray(Box::new(value.comparable()), Box::new(Term::Param(param.clone()))))
            }
            Test::In(param) => {
                let each = self.alias();
                let list = TableSource::Elements(Box::new(Term::Param(param.clone())));
                let (needle, value) = self.with_item(value, element_value(&each));
                let items = select(vec![item(value)], Table { source: list, alias: each }, None);
                Ok(Term::InQuery(vec![needle.comparable()], Box::new(items)))
            }
            Test::Is(is) => Ok(unary(
                match is {
                    IsValue::Null | IsValue::Unknown => UnaryOp::IsNull,
                    IsValue::NotNull => UnaryOp::IsNotNull,
                    IsValue::True => UnaryOp::IsTrue,
                    IsValue::False => UnaryOp::IsFalse,
                },
                value.term,
            )),
            Test::IsDistinct(param) => {
                let param = Term::Param(param.clone());
                if value.is_json() && !self.has_types() {
                    let order = Term::Call(Function::Store(StoreFunction::JsonCompare), vec![value.term, param]);
                    return Ok(binary(BinaryOp::Distinct, order, Term::Int(0)));
                }
                Ok(binary(BinaryOp::Distinct, value.comparable(), param))
            }
            Test::Set(op, param) => set_test(*op, value.term, Term::Param(param.clone())),
            Test::Search { .. } => Err(not_implemented(&["a full-text search of a computed value"])),
        }
    }

    /// A comparison with any or all of a list: a disjunction or conjunction over its items.
    fn quantified(&mut self, op: CompareOp, value: Typed, param: &Param, any: bool) -> Term {
        let each = self.alias();
        let (value, item) = self.with_item(value, element_value(&each));
        let test = self.compare(op, value, item);
        let list = Table { source: TableSource::Elements(Box::new(self.param(param))), alias: each };
        kleene(test, any, |items, condition| select(items, list, condition))
    }

    /// A value and an item of a list that it is compared with, in one form.
    fn with_item(&self, value: Typed, item: Term) -> (Typed, Term) {
        let json = |term| Typed { term, scalar: Scalar::Json, list: false };
        if self.derives_apart() {
            if value.is_json() {
                return (value, item);
            }
            let ty = value.data_type();
            if ty.base == Base::Bytes {
                return (Typed::scalar(Term::WireText(Box::new(value.term), ty), Scalar::String), item);
            }
            return (value, super::typed(item, ty));
        }
        match (self.has_types(), value.list, value.scalar) {
            // JSON and lists stand in a list as JSON text.
            (true, true, _) => {
                (json(Term::Cast(Box::new(value.term), DataType::JSON)), super::typed(item, DataType::JSON))
            }
            (true, false, Scalar::Json | Scalar::Object(_)) => (value, super::typed(item, DataType::JSON)),
            (false, false, Scalar::Bytes) => {
                (Typed { term: self.json(value), scalar: Scalar::String, list: false }, item)
            }
            _ => (value, item),
        }
    }

    /// A value of the request, in the form that the database reads it.
    fn param(&self, param: &Param) -> Term {
        let Param::Input { slot, cast } = param else { return Term::Param(param.clone()) };
        let Some(engine) = self.regex_engine() else { return Term::Param(param.clone()) };
        let cast = if let Cast::Regex { ignore_case } = cast {
            Cast::PosixRegex { engine, ignore_case: *ignore_case }
        } else if let Cast::RegexList { ignore_case } = cast {
            Cast::PosixRegexList { engine, ignore_case: *ignore_case }
        } else if let Cast::Search { syntax, .. } = cast {
            if self.derives_apart() { Cast::SearchPattern(*syntax) } else { Cast::SearchText(*syntax) }
        } else {
            cast.clone()
        };
        Term::Param(Param::Input { slot: *slot, cast })
    }

    /// A comparison with one value.
    fn compare(&self, op: CompareOp, value: Typed, with: Term) -> Term {
        let call = |function, args| Term::Call(Function::Store(function), args);
        let op = match op {
            CompareOp::Eq => BinaryOp::Equal,
            CompareOp::Neq => BinaryOp::NotEqual,
            CompareOp::Gt => BinaryOp::Greater,
            CompareOp::Gte => BinaryOp::GreaterOrEqual,
            CompareOp::Lt => BinaryOp::Less,
            CompareOp::Lte => BinaryOp::LessOrEqual,
            CompareOp::Like => return call(StoreFunction::Like, vec![value.term, with]),
            CompareOp::Ilike => return call(StoreFunction::Ilike, vec![value.term, with]),
            CompareOp::Match => return call(StoreFunction::Regex, vec![value.term, with]),
            CompareOp::Imatch => return call(StoreFunction::RegexIgnoreCase, vec![value.term, with]),
        };
        if value.is_json() && !self.has_types() {
            return binary(op, call(StoreFunction::JsonCompare, vec![value.term, with]), Term::Int(0));
        }
        binary(op, value.comparable(), with)
    }

    /// A full-text match of a row, whoever may see it.
    fn search(
        &mut self,
        operand: &Operand,
        level: &Level<'_>,
        query: &Param,
        negated: &Param,
    ) -> Result<Term, Refusal> {
        let row = level.row();
        let model = self.model(row.model);
        let field = self.field(row.model, operand.column.field);
        let searchable = model.search.as_ref().is_some_and(|s| s.fields.iter().any(|(id, _)| *id == field.id));
        if !searchable || !operand.path.is_empty() {
            return Err(not_implemented(&["full-text search on ", &field.name, ", which is not @searchable"]));
        }
        let language = model.search.as_ref().map(|search| search.language.clone()).unwrap_or_default();
        let Param::Input { slot: _, cast: Cast::Search { syntax, .. } } = query else {
            return Err(not_implemented(&["a full-text query that no request gives"]));
        };
        let syntax = *syntax;
        let (asked, text) = (self.param(query), self.column(row, field.id)?);
        let number = |alias: crate::ast::Alias| Term::Column(alias, crate::ddl::row_number(model).to_owned());
        let matches = |row: Term| {
            let (index, query, text) = (crate::ddl::search_table(model), asked.clone(), text.clone());
            Term::Match(Box::new(Search { index, row, text, language: language.clone(), syntax, query }))
        };
        if self.has_types() || self.derives_apart() {
            // The text is looked at where it stands, and the query negates by itself.
            return Ok(matches(Term::Null));
        }
        let negated = Term::Param(negated.clone());
        // Both readings stand as one list of row numbers, so that the index of the text drives the search.
        let (plain, plain_row) = self.table(row.model);
        let (rest, rest_row) = self.table(row.model);
        // Rows that an operation answers have no number: they are found by their key.
        let key: &[FieldId] = if level.is_stored() { &[] } else { &model.key };
        let mut identity = |of: &super::Row| match key {
            [] => Ok(vec![number(of.alias.clone())]),
            key => key.iter().map(|id| self.column(of, *id)).collect::<Result<Vec<Term>, Refusal>>(),
        };
        let (plain_key, rest_key, own_key) = (identity(&plain_row)?, identity(&rest_row)?, identity(row)?);
        let chosen = |key: Vec<Term>, table: Table, condition: Vec<Term>| {
            let items = key.into_iter().map(item).collect();
            let from = Some(crate::ast::From { table, joins: Vec::new() });
            Query::Select(Box::new(Select { items, from, filter: all(condition), ..Select::default() }))
        };
        let is = |value: i64| binary(BinaryOp::Equal, negated.clone(), Term::Int(value));
        let hit = chosen(plain_key, plain, vec![is(0), matches(number(plain_row.alias.clone()))]);
        let miss = unary(UnaryOp::Not, matches(number(rest_row.alias.clone())));
        let miss = chosen(rest_key, rest, vec![is(1), miss]);
        let rows = Query::UnionAll(vec![hit, miss]);
        Ok(Term::InQuery(own_key, Box::new(rows)))
    }

    /// A match as the caller may know of it: NULL where the value is NULL or masked, so that it cannot be probed by a negation.
    fn visible(
        &mut self,
        found: Term,
        operand: &Operand,
        level: &Level<'_>,
        reading: Reading,
    ) -> Result<Term, Refusal> {
        let row = level.row();
        if operand.column.mask.is_none() && !self.field(row.model, operand.column.field).ty.nullable {
            return Ok(found);
        }
        let visible = unary(UnaryOp::IsNotNull, self.masked(row, &operand.column)?);
        Ok(match reading {
            // Apart from the match, so that the index of the text can drive the search.
            Reading::Row => Term::All(vec![found, visible]),
            Reading::Exact => when(visible, found),
        })
    }
}

/// How much of a condition's value is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// Whether the row passes.
    Row,
    /// True, false or unknown.
    Exact,
}

fn set_test(op: SetOp, value: Term, with: Term) -> Result<Term, Refusal> {
    let (function, args) = match op {
        SetOp::Contains => (StoreFunction::JsonContains, vec![value, with]),
        SetOp::ContainedBy => (StoreFunction::JsonContains, vec![with, value]),
        SetOp::Overlaps => (StoreFunction::JsonOverlaps, vec![value, with]),
        SetOp::HasAll => (StoreFunction::JsonHasAll, vec![value, with]),
        SetOp::HasAny => (StoreFunction::JsonHasAny, vec![value, with]),
        SetOp::StrictlyLeft | SetOp::StrictlyRight | SetOp::NotExtendRight | SetOp::NotExtendLeft | SetOp::Adjacent => {
            return Err(not_implemented(&["operators on ranges"]));
        }
    };
    Ok(Term::Call(Function::Store(function), args))
}

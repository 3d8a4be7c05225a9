//! Pages by cursor: conditions that put rows behind a cursor, the rows of a page in their order, and what is known of its ends.

use super::derived::{Derived, far_side};
use super::part::replaced;
use super::read::{Arranged, Level, Origin, column_name};
use super::value::Typed;
use super::{Lowering, all, binary, item, select, unary};
use crate::ast::{
    Aggregate, BinaryOp, From, Function, JsonRows, Query, Select, SelectItem, Sort, Table, TableSource, Term, UnaryOp,
};
use crate::functions::StoreFunction;
use backstay_plan::Refusal;
use backstay_plan::authorized::{Edge, Node, OrderKey, Page};
use backstay_plan::request::{Bound, End, Fact};
use backstay_plan::value::Param;
use backstay_schema::model::{Scalar, SortDirection};

impl Lowering<'_> {
    /// The conditions that a page puts to the rows of its level.
    pub(super) fn on_page(&mut self, level: &Level<'_>, page: &Page) -> Result<Vec<Term>, Refusal> {
        let mut terms = Vec::new();
        if let Some(values) = &page.after {
            terms.push(self.beyond(level, values, false)?);
        }
        if let Some(values) = &page.before {
            terms.push(self.beyond(level, values, true)?);
        }
        Ok(terms)
    }

    /// Whether a row stands behind a cursor, or before it: it equals it in some first sort keys and is past it in the next.
    fn beyond(&mut self, level: &Level<'_>, values: &[Param], before: bool) -> Result<Term, Refusal> {
        let (mut ways, mut equal) = (Vec::with_capacity(values.len()), Vec::new());
        for (key, value) in level.node().order.iter().zip(values) {
            let row = self.sort_value(level, &key.through, key)?;
            let cursor = Typed { term: Term::Param(value.clone()), ..row.clone() }.sortable();
            let row = row.sortable();
            let mut way = equal.clone();
            way.push(self.past(key, (row.clone(), cursor.clone()), before));
            ways.extend(all(way));
            equal.push(unary(UnaryOp::Not, binary(BinaryOp::Distinct, row, cursor)));
        }
        Ok(Term::Any(ways))
    }

    fn past(&self, key: &OrderKey, (row, cursor): (Term, Term), before: bool) -> Term {
        let op = if key.descending == before { BinaryOp::Greater } else { BinaryOp::Less };
        let compared = binary(op, row.clone(), cursor.clone());
        if self.is_never_null(key) {
            return compared;
        }
        // Whichever of the two has no value stands at the end that nulls stand at.
        let (row_is, cursor_is) = if key.nulls_first == before {
            (UnaryOp::IsNull, UnaryOp::IsNotNull)
        } else {
            (UnaryOp::IsNotNull, UnaryOp::IsNull)
        };
        Term::Any(vec![compared, Term::All(vec![unary(row_is, row), unary(cursor_is, cursor)])])
    }

    /// A value of each row of a page, in an array.
    pub(super) fn page_rows(
        &mut self,
        origin: Origin<'_>,
        value: impl FnOnce(&mut Self, &Level<'_>) -> Result<Term, Refusal>,
    ) -> Result<Term, Refusal> {
        if self.derives_apart() {
            return self.page_of_text(origin, value);
        }
        let rows = self.page(origin, End::First, value)?;
        let alias = self.alias();
        let column = Term::Call(Function::Json, vec![Term::Column(alias.clone(), column_name(0))]);
        let array = Term::Aggregate(Aggregate::JsonArray, Box::new(column));
        let source = TableSource::Query(Box::new(Query::Select(Box::new(rows))));
        Ok(Term::Scalar(Box::new(select(vec![item(array)], Table { source, alias }, None))))
    }

    /// The rows of a page, from one end to the other.
    fn page(
        &mut self,
        origin: Origin<'_>,
        from: End,
        value: impl FnOnce(&mut Self, &Level<'_>) -> Result<Term, Refusal>,
    ) -> Result<Select, Refusal> {
        let (derived, sort) = self.page_source(origin, from, value)?;
        let items = vec![SelectItem { term: derived.column(0), name: Some(column_name(0)) }];
        let filter = all(derived.filter);
        let from = From { table: derived.table, joins: Vec::new() };
        Ok(Select { items, from: Some(from), filter, order: vec![sort], ..Select::default() })
    }

    /// The rows of a page as a source of values, and the order that they come in from one end to the other.
    fn page_source(
        &mut self,
        origin: Origin<'_>,
        from: End,
        value: impl FnOnce(&mut Self, &Level<'_>) -> Result<Term, Refusal>,
    ) -> Result<(Derived, Sort), Refusal> {
        let body = self.rows_of(origin)?;
        let node = origin.node();
        let backward = node.page.as_ref().is_some_and(|page| page.backward);
        let mut order = self.sorts(&body.level)?;
        if backward {
            order.iter_mut().for_each(turn);
        }
        let value = value(self, &body.level)?;
        let partition = if self.derives_apart() { far_side(&body.pairs) } else { Vec::new() };
        let position = Term::RowNumber { partition, order: order.clone() };
        let limit = node.limit.clone().map(Term::Param);
        let arranged = Arranged { group: Vec::new(), order, limit, offset: None };
        let derived = self.derived(body, vec![value, position], arranged);
        let with_read = matches!((from, backward), (End::First, false) | (End::Last, true));
        let direction = if with_read { SortDirection::Ascending } else { SortDirection::Descending };
        let sort = Sort { term: derived.column(1), direction, nulls_first: None };
        Ok((derived, sort))
    }

    fn page_of_text(
        &mut self,
        origin: Origin<'_>,
        value: impl FnOnce(&mut Self, &Level<'_>) -> Result<Term, Refusal>,
    ) -> Result<Term, Refusal> {
        let (derived, sort) = self.page_source(origin, End::First, value)?;
        let rows = JsonRows { value: derived.column(0), order: vec![sort], limit: None, offset: None };
        Ok(Term::Scalar(Box::new(select(
            vec![item(Term::JsonRows(Box::new(rows)))],
            derived.table,
            all(derived.filter),
        ))))
    }

    /// The rows of a page with their cursors.
    pub(super) fn edges(&mut self, origin: Origin<'_>, items: &[Edge]) -> Result<Term, Refusal> {
        self.page_rows(origin, |lowering, level| {
            let mut members = Vec::with_capacity(items.len());
            for edge in items {
                members.push(match edge {
                    Edge::Constant { key, text } => (key.clone(), lowering.json(Typed::text(text))),
                    Edge::Cursor { key } => {
                        let cursor = lowering.cursor(level)?;
                        (key.clone(), lowering.json(Typed::scalar(cursor, Scalar::String)))
                    }
                    Edge::Row { key, outputs } => {
                        let cells = lowering.cells_of(level, outputs)?;
                        (key.clone(), lowering.object(&cells)?.term)
                    }
                });
            }
            Ok(Term::Object(members))
        })
    }

    /// The cursor of a row.
    fn cursor(&mut self, level: &Level<'_>) -> Result<Term, Refusal> {
        let node = level.node();
        let mark = node.page.as_ref().map_or("", |page| &page.mark);
        let mut parts = vec![self.json(Typed::text(mark))];
        for key in &node.order {
            let value = self.sort_value(level, &key.through, key)?;
            parts.push(self.json(value));
        }
        Ok(Term::Call(Function::Store(StoreFunction::Cursor), vec![Term::Array(parts)]))
    }

    /// What is known of the ends of a page.
    pub(super) fn bounds(&mut self, origin: Origin<'_>, items: &[Bound]) -> Result<Term, Refusal> {
        let mut members = Vec::with_capacity(items.len());
        for bound in items {
            members.push(match bound {
                Bound::Constant { key, text } => (key.clone(), self.json(Typed::text(text))),
                Bound::End { key, end, fact: Fact::Cursor } => {
                    let rows = self.page(origin, *end, |lowering, level| lowering.cursor(level))?;
                    let first = Select { limit: Some(Term::Int(1)), ..rows };
                    let cursor = Term::Scalar(Box::new(Query::Select(Box::new(first))));
                    (key.clone(), self.json(Typed::scalar(cursor, Scalar::String)))
                }
                Bound::End { key, end, fact: Fact::More } => {
                    let term = self.more(origin, *end)?;
                    (key.clone(), self.json(Typed { term, scalar: Scalar::Boolean, list: false }))
                }
            });
        }
        Ok(Term::Object(members))
    }

    /// Whether there are rows beyond an end of a page.
    fn more(&mut self, origin: Origin<'_>, end: End) -> Result<Term, Refusal> {
        let node = origin.node();
        let Some(page) = &node.page else { return Ok(Term::Bool(false)) };
        let one = vec![item(Term::Int(1))];
        if matches!((end, page.backward), (End::Last, false) | (End::First, true)) {
            let body = self.rows_of(origin)?;
            let (from, filter, offset) = (Some(body.from), all(body.filter), node.limit.clone().map(Term::Param));
            let rows = Select { items: one, from, filter, limit: Some(Term::Int(1)), offset, ..Select::default() };
            return Ok(Term::Exists(Box::new(Query::Select(Box::new(rows)))));
        }
        let Some(values) = (if page.backward { &page.before } else { &page.after }) else {
            return Ok(Term::Bool(false));
        };
        replaced(origin, Node { page: None, ..node.clone() }, |whole| {
            let mut body = self.rows_of(whole)?;
            let on_page = self.beyond(&body.level, values, page.backward)?;
            body.filter.push(unary(UnaryOp::IsNotTrue, on_page));
            let rows = Select { items: one, from: Some(body.from), filter: all(body.filter), ..Select::default() };
            Ok(Term::Exists(Box::new(Query::Select(Box::new(rows)))))
        })
    }

    /// The number of rows on all pages.
    pub(super) fn total(&mut self, origin: Origin<'_>) -> Result<Term, Refusal> {
        replaced(origin, Node { page: None, ..origin.node().clone() }, |whole| {
            let body = self.rows_of(whole)?;
            let items = vec![item(Term::CountRows)];
            let rows = Select { items, from: Some(body.from), filter: all(body.filter), ..Select::default() };
            Ok(Term::Scalar(Box::new(Query::Select(Box::new(rows)))))
        })
    }
}

/// The opposite order.
fn turn(sort: &mut Sort) {
    sort.direction = match sort.direction {
        SortDirection::Ascending => SortDirection::Descending,
        SortDirection::Descending => SortDirection::Ascending,
    };
    sort.nulls_first = sort.nulls_first.map(|first| !first);
}

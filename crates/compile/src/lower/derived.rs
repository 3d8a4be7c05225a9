//! Sources made of a query, and JSON arrays where such a source knows nothing of the rows around it: there, related rows are made
//! for every row at once and found again by the values that tie them, or stand in the subquery itself.

use super::read::{Arranged, Body, Cell, column_name};
use super::{Lowering, all, binary, item, select};
use crate::ast::{Alias, BinaryOp, Function, JsonRows, Query, Select, SelectItem, Sort, Table, TableSource, Term};
use backstay_plan::Refusal;
use backstay_schema::model::SortDirection;

/// A source made of a query.
pub(super) struct Derived {
    pub(super) table: Table,
    /// Which of its rows belong to the row around it.
    pub(super) filter: Vec<Term>,
}

impl Derived {
    /// Its column at a position.
    pub(super) fn column(&self, at: usize) -> Term {
        Term::Column(self.table.alias.clone(), column_name(at))
    }
}

impl Body<'_> {
    /// Drops the conditions that tie its rows to another.
    pub(super) fn untie(&mut self) {
        self.filter.drain(..self.pairs.len());
        self.pairs.clear();
    }
}

impl Lowering<'_> {
    /// A body as a source of some values.
    pub(super) fn derived(&mut self, body: Body<'_>, values: Vec<Term>, arranged: Arranged) -> Derived {
        let alias = self.alias();
        self.derived_as(alias, body, values, arranged)
    }

    /// The same under a name.
    pub(super) fn derived_as(
        &mut self,
        alias: Alias,
        body: Body<'_>,
        values: Vec<Term>,
        arranged: Arranged,
    ) -> Derived {
        let named = |(at, term)| SelectItem { term, name: Some(column_name(at)) };
        let mut items: Vec<SelectItem> = values.into_iter().enumerate().map(named).collect();
        if !self.derives_apart() || body.pairs.is_empty() {
            let Arranged { group, order, limit, offset } = arranged;
            let (from, filter) = (Some(body.from), all(body.filter));
            let query = Select { items, from, filter, group, order, limit, offset, ..Select::default() };
            return Derived { table: table_of(query, alias), filter: Vec::new() };
        }
        let mut body = body;
        let pairs = body.pairs.clone();
        body.untie();
        let mut ties = Vec::with_capacity(pairs.len() + 2);
        for (far, near) in &pairs {
            let name = column_name(items.len());
            ties.push(binary(BinaryOp::Equal, Term::Column(alias.clone(), name.clone()), near.clone()));
            items.push(SelectItem { term: far.clone(), name: Some(name) });
        }
        let Arranged { mut group, order, limit, offset } = arranged;
        if !group.is_empty() {
            group.extend(far_side(&pairs));
        }
        if limit.is_some() || offset.is_some() {
            let name = column_name(items.len());
            let position = || Term::Column(alias.clone(), name.clone());
            let last = match (limit, &offset) {
                (Some(limit), Some(offset)) => Some(binary(BinaryOp::Add, limit, offset.clone())),
                (limit, _) => limit,
            };
            ties.extend(offset.map(|offset| binary(BinaryOp::Greater, position(), offset)));
            ties.extend(last.map(|last| binary(BinaryOp::LessOrEqual, position(), last)));
            let term = Term::RowNumber { partition: far_side(&pairs), order };
            items.push(SelectItem { term, name: Some(name) });
        }
        let (from, filter) = (Some(body.from), all(body.filter));
        let query = Select { items, from, filter, group, ..Select::default() };
        Derived { table: table_of(query, alias), filter: ties }
    }

    /// A JSON array of one text of each row of a body, in order.
    pub(super) fn array_of_text(&mut self, body: Body<'_>, cells: &[Cell], value: Term) -> Result<Term, Refusal> {
        let grouped = body.level.node().grouped;
        let Arranged { group, order, limit, offset } = self.arranged(&body, cells)?;
        if !grouped {
            let rows = Term::JsonRows(Box::new(JsonRows { value, order, limit, offset }));
            let (from, filter) = (Some(body.from), all(body.filter));
            let query = Select { items: vec![item(rows)], from, filter, ..Select::default() };
            return Ok(Term::Scalar(Box::new(Query::Select(Box::new(query)))));
        }
        if group.is_empty() {
            // One row whether there are rows or not.
            let (from, filter) = (Some(body.from), all(body.filter));
            let items = vec![item(Term::Array(vec![value]))];
            let query = Select { items, from, filter, limit, offset, ..Select::default() };
            let one = Term::Scalar(Box::new(Query::Select(Box::new(query))));
            return Ok(Term::Call(Function::Coalesce, vec![one, Term::Array(Vec::new())]));
        }
        let mut values = vec![value];
        values.extend(order.iter().map(|sort| sort.term.clone()));
        let derived = self.derived(body, values, Arranged { group, order: order.clone(), limit, offset });
        let order = order.into_iter().enumerate().map(|(at, sort)| Sort { term: derived.column(at + 1), ..sort });
        let rows = JsonRows { value: derived.column(0), order: order.collect(), limit: None, offset: None };
        let items = vec![item(Term::JsonRows(Box::new(rows)))];
        Ok(Term::Scalar(Box::new(select(items, derived.table, all(derived.filter)))))
    }

    /// One row, and the rows of another query after it in their order, which a union forgets.
    pub(super) fn in_position(&mut self, first: Query, rest: Query) -> Query {
        let alias = self.alias();
        let source = TableSource::Query(Box::new(Query::UnionAll(vec![named(first), named(rest)])));
        let column = |at| Term::Column(alias.clone(), column_name(at));
        let sort = Sort { term: column(1), direction: SortDirection::Ascending, nulls_first: Some(true) };
        let items = vec![item(column(0))];
        let mut ordered = select(items, Table { source, alias: alias.clone() }, None);
        if let Query::Select(select) = &mut ordered {
            select.order.push(sort);
        }
        ordered
    }
}

/// Adds the position of each row as a last column.
pub(super) fn add_position(query: &mut Query) {
    match query {
        Query::Select(select) => {
            // What has no order is the one row of an aggregate: MariaDB forgets the greatest value of an index beside a window.
            let order = select.order.clone();
            let one = order.is_empty();
            select.items.push(item(if one { Term::Int(1) } else { Term::RowNumber { partition: Vec::new(), order } }));
        }
        Query::UnionAll(_) | Query::Authored(_) => {}
    }
}

/// The values of the rows themselves that tie them to others.
pub(super) fn far_side(pairs: &[(Term, Term)]) -> Vec<Term> {
    pairs.iter().map(|(far, _)| far.clone()).collect()
}

fn named(mut query: Query) -> Query {
    super::read::name_columns(&mut query);
    query
}

fn table_of(query: Select, alias: Alias) -> Table {
    Table { source: TableSource::Query(Box::new(Query::Select(Box::new(query)))), alias }
}

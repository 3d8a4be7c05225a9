//! What stands for all rows of a level: one object of aggregates and of the rows themselves. Each member is a subquery of its own,
//! so that a count is not bounded by the rows that are shown. Also counts of related rows, and one row of each combination of values.

use super::derived::far_side;
use super::read::{Arranged, Level, Origin, column_name};
use super::value::{Typed, count};
use super::{Lowering, Row, all, binary, item, select, typed, unary, when};
use crate::ast::{self, BinaryOp, From, Query, Select, SelectItem, Table, TableSource, Term, UnaryOp};
use crate::datatype::DataType;
use backstay_plan::Refusal;
use backstay_plan::authorized::{CastTarget, Child, Column, Counted, Node, Operand, Part, Summary};

impl Lowering<'_> {
    /// The object that stands for the rows of a level.
    pub(super) fn whole(&mut self, origin: Origin<'_>) -> Result<Term, Refusal> {
        let mut members = Vec::with_capacity(origin.node().parts.len());
        for part in &origin.node().parts {
            members.push(match part {
                Part::Constant { key, text } => (key.clone(), self.json(Typed::text(text))),
                Part::Rows { key, outputs, .. } if origin.node().page.is_some() => {
                    let rows = self.page_rows(origin, |lowering, level| {
                        let cells = lowering.cells_of(level, outputs)?;
                        Ok(lowering.object(&cells)?.term)
                    })?;
                    (key.clone(), json(rows))
                }
                Part::Edges { key, items } => (key.clone(), json(self.edges(origin, items)?)),
                Part::Bounds { key, items } => (key.clone(), self.bounds(origin, items)?),
                Part::Total { key } => (key.clone(), self.total(origin)?),
                Part::Rows { key, outputs, limit } => {
                    let node = Node {
                        outputs: outputs.clone(),
                        limit: Some(limit.clone()),
                        parts: Vec::new(),
                        ..origin.node().clone()
                    };
                    (key.clone(), json(replaced(origin, node, |origin| self.array_of(origin))?))
                }
                Part::Summary { key, items } => (key.clone(), json(self.over_level(origin, items)?)),
            });
        }
        Ok(Term::Object(members))
    }

    fn array_of(&mut self, origin: Origin<'_>) -> Result<Term, Refusal> {
        let body = self.rows_of(origin)?;
        let cells = self.cells(&body.level)?;
        self.array(body, &cells, self.object(&cells)?.term, true)
    }

    /// Aggregates over the rows of a level; over those of one page, where the request bounds them.
    fn over_level(&mut self, origin: Origin<'_>, items: &[Summary]) -> Result<Term, Refusal> {
        let body = self.rows_of(origin)?;
        let node = origin.node();
        let row = body.level.row().clone();
        if node.limit.is_none() && node.offset.is_none() {
            let members =
                self.summary(items, &mut |lowering, column| lowering.operand(&row, &operand(lowering, column)))?;
            let items = vec![item(members)];
            let query = Select { items, from: Some(body.from), filter: all(body.filter), ..Select::default() };
            return Ok(Term::Scalar(Box::new(Query::Select(Box::new(query)))));
        }
        let alias = self.alias();
        let mut inner = Vec::new();
        let members = self.summary(items, &mut |lowering, column| {
            let value = lowering.operand(&row, &operand(lowering, column))?;
            let name = column_name(inner.len());
            inner.push(value.term);
            Ok(Typed { term: Term::Column(alias.clone(), name), ..value })
        })?;
        if inner.is_empty() {
            inner.push(Term::Int(1));
        }
        let order = self.sorts(&body.level)?;
        let (limit, offset) = (node.limit.clone().map(Term::Param), node.offset.clone().map(Term::Param));
        let derived = self.derived_as(alias, body, inner, Arranged { group: Vec::new(), order, limit, offset });
        Ok(Term::Scalar(Box::new(select(vec![item(members)], derived.table, all(derived.filter)))))
    }

    fn summary(
        &mut self,
        items: &[Summary],
        value: &mut dyn FnMut(&mut Self, &Column) -> Result<Typed, Refusal>,
    ) -> Result<Term, Refusal> {
        let mut members = Vec::with_capacity(items.len());
        for each in items {
            members.push(match each {
                Summary::Constant { key, text } => (key.clone(), self.json(Typed::text(text))),
                Summary::Count { key, of } => {
                    let columns = of.columns.iter().map(|column| value(self, column)).collect::<Result<_, _>>()?;
                    (key.clone(), self.json(self.number_of(columns, of.distinct)))
                }
                Summary::Value { key, function, column, cast } => {
                    let value = value(self, column)?;
                    let value = self.aggregate(*function, value)?;
                    (key.clone(), self.json(self.cast(value, Some(cast.unwrap_or(CastTarget::Exact)))))
                }
                Summary::Object { key, items } => (key.clone(), self.summary(items, value)?),
            });
        }
        Ok(Term::Object(members))
    }

    /// The number of rows that a row has in a related level.
    pub(super) fn related_count(&mut self, row: &Row, child: &Child, of: &Counted) -> Result<Typed, Refusal> {
        let (from, mut filter, level) = self.child_source(row, child)?;
        filter.extend(self.conditions(&level)?);
        let row = level.row();
        let columns = of.columns.iter().map(|column| self.operand(row, &operand(self, column)));
        let columns = columns.collect::<Result<_, _>>()?;
        let number = self.number_of(columns, of.distinct);
        let items = vec![item(number.term)];
        let query = Select { items, from: Some(from), filter: all(filter), ..Select::default() };
        Ok(count(Term::Scalar(Box::new(Query::Select(Box::new(query))))))
    }

    /// Whether a row is the first of those that have its values in the columns to be distinct.
    pub(super) fn first_of_each(&mut self, origin: Origin<'_>, level: &Level<'_>) -> Result<Term, Refusal> {
        let plain = Node { distinct: Vec::new(), ..origin.node().clone() };
        replaced(origin, plain, |plain| self.first_among(plain, origin.node(), level))
    }

    fn first_among(&mut self, origin: Origin<'_>, node: &Node, level: &Level<'_>) -> Result<Term, Refusal> {
        let mut body = self.rows_of(origin)?;
        let row = body.level.row().clone();
        let key = self.model(node.model).key.clone();
        let mut items = Vec::with_capacity(key.len() + 1);
        for (at, id) in key.iter().enumerate() {
            items.push(SelectItem { term: self.column(&row, *id)?, name: Some(column_name(at)) });
        }
        let partition = node.distinct.iter().map(|column| {
            let value = self.operand(&row, &operand(self, column))?;
            Ok(if value.is_json() { value.sortable() } else { value.comparable() })
        });
        let mut partition = partition.collect::<Result<Vec<_>, Refusal>>()?;
        if self.derives_apart() {
            // Of each row that they may belong to, since which one it is cannot be said here.
            partition.extend(far_side(&body.pairs));
            body.untie();
        }
        let order = self.sorts(&body.level)?;
        let position = column_name(key.len());
        items.push(SelectItem { term: Term::RowNumber { partition, order }, name: Some(position.clone()) });
        let rows = Select { items, from: Some(body.from), filter: all(body.filter), ..Select::default() };
        let alias = self.alias();
        let first = binary(BinaryOp::Equal, Term::Column(alias.clone(), position), Term::Int(1));
        let keys = (0..key.len()).map(|at| item(Term::Column(alias.clone(), column_name(at)))).collect();
        let from = From {
            table: Table { source: TableSource::Query(Box::new(Query::Select(Box::new(rows)))), alias },
            joins: Vec::new(),
        };
        let chosen = Select { items: keys, from: Some(from), filter: Some(first), ..Select::default() };
        let own = key.iter().map(|id| self.column(level.row(), *id)).collect::<Result<_, _>>()?;
        Ok(Term::InQuery(own, Box::new(Query::Select(Box::new(chosen)))))
    }

    /// The number of rows in which every column has a value, or of their different values.
    fn number_of(&self, mut columns: Vec<Typed>, distinct: bool) -> Typed {
        let function = if distinct { ast::Aggregate::CountDistinct } else { ast::Aggregate::Count };
        let of = match columns.len() {
            0 => return count(Term::CountRows),
            1 => columns.remove(0).comparable(),
            _ => {
                let present = columns.iter().map(|value| unary(UnaryOp::IsNotNull, value.term.clone())).collect();
                let values = Term::Array(columns.into_iter().map(|value| self.json(value)).collect());
                let values = if self.has_types() { typed(values, DataType::JSON) } else { values };
                when(Term::All(present), values)
            }
        };
        count(Term::Aggregate(function, Box::new(of)))
    }

    pub(super) fn sorts(&mut self, level: &Level<'_>) -> Result<Vec<ast::Sort>, Refusal> {
        let mut order = Vec::new();
        for key in &level.node().order {
            order.extend(self.sort(level, key, &[])?);
        }
        Ok(order)
    }
}

/// The same place with something else asked of it.
pub(super) fn replaced<T>(origin: Origin<'_>, node: Node, then: impl FnOnce(Origin<'_>) -> T) -> T {
    match origin {
        Origin::Root(_) => then(Origin::Root(&node)),
        Origin::Child(parent, child) => then(Origin::Child(parent, &Child { node, ..child.clone() })),
    }
}

/// A column as a value.
fn operand(lowering: &Lowering<'_>, column: &Column) -> Operand {
    let ty = lowering.field(column.model, column.field).ty.clone();
    Operand { column: column.clone(), path: Vec::new(), ty }
}

/// JSON text of a subquery, as JSON.
fn json(term: Term) -> Term {
    Term::Call(ast::Function::Json, vec![term])
}

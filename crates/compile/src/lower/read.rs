//! Reads: one select a level. The root yields a row for each element of the answer; related levels are correlated subqueries, and
//! to-one spreads are left joins, so that their columns can be grouped by.

use super::derived::add_position;
use super::value::{Typed, count};
use super::{Lowering, Row, all, binary, item, select, touched_part, typed, unary, when};
use crate::ast::{
    self, Aggregate, BinaryOp, Command, From, Function, Join, JoinKind, Query, Select, SelectItem, Sort, Table,
    TableSource, Term, UnaryOp,
};
use crate::datatype::DataType;
use crate::statement::{Encode, FlatColumn, ReadStatement, RowShape, encode_of};
use backstay_plan::Refusal;
use backstay_plan::authorized::{
    Child, Column, Counted, Gate, Node, OrderKey, Output, Predicate, ReadPlan, SortBy, Source,
};
use backstay_plan::value::Param;
use backstay_schema::model::{Dialect, FieldId, ModelId, SortDirection};
use std::mem::take;

/// A level in scope: its row, and the rows of the to-one spreads joined to it.
pub(super) struct Level<'n> {
    node: &'n Node,
    row: Row,
    joined: Vec<(usize, Level<'n>)>,
}

impl<'n> Level<'n> {
    pub(super) fn node(&self) -> &'n Node {
        self.node
    }

    pub(super) fn row(&self) -> &Row {
        &self.row
    }

    /// Whether its rows are those of the model's table, and not what an operation answers.
    pub(super) fn is_stored(&self) -> bool {
        match self.node.source {
            Source::Table | Source::Touched => true,
            Source::Operation(..) => false,
        }
    }

    pub(super) fn of(node: &'n Node, row: Row) -> Self {
        Level { node, row, joined: Vec::new() }
    }

    fn joined(&self, child: usize) -> Option<&Level<'n>> {
        self.joined.iter().find(|(at, _)| *at == child).map(|(_, level)| level)
    }
}

/// An output key and its value.
pub(super) struct Cell {
    key: String,
    value: Typed,
    /// Whether rows are grouped by it.
    group_key: bool,
    /// Whether the database gives it in the type that it has here. Others are written as JSON by what they are.
    plain: bool,
}

/// Where a level stands.
#[derive(Clone, Copy)]
pub(super) enum Origin<'n> {
    /// At the root.
    Root(&'n Node),
    /// Below a row.
    Child(&'n Row, &'n Child),
}

impl<'n> Origin<'n> {
    pub(super) fn node(self) -> &'n Node {
        match self {
            Origin::Root(node) => node,
            Origin::Child(_, child) => &child.node,
        }
    }
}

/// A select of one level before its items are chosen.
pub(super) struct Body<'n> {
    pub(super) level: Level<'n>,
    pub(super) from: From,
    /// Begins with the equality of each of `pairs`.
    pub(super) filter: Vec<Term>,
    /// Values of its rows, and of the row that they belong to, that are equal.
    pub(super) pairs: Vec<(Term, Term)>,
    /// Column of a source of the write's keys, which orders rows as they were touched.
    touched: Option<Term>,
}

/// The rows of a child that belong to a parent row.
pub(super) struct Related<'n> {
    from: From,
    /// Values of its rows, and of the parent's, that are equal.
    pairs: Vec<(Term, Term)>,
    filter: Vec<Term>,
    level: Level<'n>,
}

/// How the rows of a level are put together.
pub(super) struct Arranged {
    pub(super) group: Vec<Term>,
    pub(super) order: Vec<Sort>,
    pub(super) limit: Option<Term>,
    pub(super) offset: Option<Term>,
}

/// Whether a level outputs something of a child, or asks whether it has a row.
fn is_used(node: &Node, child: usize) -> bool {
    let of = |output: &Output| match output {
        Output::Child { child: at, .. } | Output::Spread { child: at } => *at == child,
        Output::Value { .. } | Output::CountRows { .. } | Output::Constant { .. } => false,
    };
    // The members of an object output what they like.
    !node.parts.is_empty() || node.outputs.iter().any(of) || node.filter.asks(child)
}

impl Lowering<'_> {
    pub(super) fn read(&mut self, plan: &ReadPlan) -> Result<ReadStatement, Refusal> {
        self.represent(&plan.root, plan.total)
    }

    /// A read of a root level.
    pub(super) fn represent(&mut self, root: &Node, total: bool) -> Result<ReadStatement, Refusal> {
        if !root.parts.is_empty() {
            let query = Select { items: vec![item(self.whole(Origin::Root(root))?)], ..Select::default() };
            let sql = self.sql(&Command::Query(Query::Select(Box::new(query))));
            return Ok(ReadStatement { sql, shape: RowShape::Json, total: false, unused: take(&mut self.unused) });
        }
        let body = self.rows_of(Origin::Root(root))?;
        let cells = self.cells(&body.level)?;
        let (items, shape) = if self.is_flat(&cells, total) {
            self.flat_items(&cells)
        } else {
            (vec![self.object(&cells)?], RowShape::Json)
        };
        let mut query = self.finish(body, &cells, items)?;
        if total {
            let rows = self.rows_of(Origin::Root(root))?;
            query = self.with_total(rows, query)?;
        }
        Ok(ReadStatement { sql: self.sql(&Command::Query(query)), shape, total, unused: take(&mut self.unused) })
    }

    /// The rows of a query after one row that holds their number without limits.
    fn with_total(&mut self, rows: Body<'_>, mut query: Query) -> Result<Query, Refusal> {
        let cells = self.cells(&rows.level)?;
        let one = vec![SelectItem { term: Term::Int(1), name: Some(String::from("one")) }];
        let mut counted = self.finish(rows, &cells, one)?;
        if self.derives_apart() {
            add_position(&mut query);
        }
        let width = name_columns(&mut query);
        strip_limits(&mut counted);
        let rows_count = if self.has_types() { self.json(count(Term::CountRows)) } else { Term::CountRows };
        let mut first = vec![item(rows_count)];
        first.extend((1..width).map(|_| item(Term::Null)));
        let counted = Table { source: TableSource::Query(Box::new(counted)), alias: self.alias() };
        let alias = self.alias();
        let rest = (0..width).map(|at| item(Term::Column(alias.clone(), column_name(at)))).collect();
        let rest = select(rest, Table { source: TableSource::Query(Box::new(query)), alias }, None);
        if self.derives_apart() {
            return Ok(self.in_position(select(first, counted, None), rest));
        }
        Ok(Query::UnionAll(vec![select(first, counted, None), rest]))
    }

    /// Source, joins and conditions of a level, rows that `distinct` drops left out.
    pub(super) fn rows_of<'n>(&mut self, origin: Origin<'n>) -> Result<Body<'n>, Refusal> {
        let mut body = match origin {
            Origin::Root(node) => self.body(node)?,
            Origin::Child(parent, child) => {
                let Related { from, pairs, filter, level } = self.child_rows(parent, child)?;
                let body = self.body_of(level, from, tied(&pairs, filter), None)?;
                Body { pairs, ..body }
            }
        };
        if let Some(page) = &origin.node().page {
            let on_page = self.on_page(&body.level, page)?;
            body.filter.extend(on_page);
        }
        if !origin.node().distinct.is_empty() {
            let first = self.first_of_each(origin, &body.level)?;
            body.filter.push(first);
        }
        Ok(body)
    }

    /// Source, joins and conditions of a root level.
    fn body<'n>(&mut self, node: &'n Node) -> Result<Body<'n>, Refusal> {
        let (mut table, row) = self.table(node.model);
        let mut touched = None;
        let mut joins = Vec::new();
        match &node.source {
            Source::Table => {}
            Source::Touched => {
                // The keys come first, so that each finds its row.
                let keys = self.alias();
                let join = self.touched_join(&row, &keys)?;
                let rows = Join { kind: JoinKind::Inner, table, on: join };
                joins.push(rows);
                touched = Some(Term::Column(keys.clone(), String::from("key")));
                table = Table { source: TableSource::Keys, alias: keys };
            }
            Source::Operation(operation, arguments) => {
                let query = self.operation_query(*operation, arguments)?;
                table.source = TableSource::Query(Box::new(query));
            }
        }
        let level = Level::of(node, row);
        self.body_of(level, From { table, joins }, Vec::new(), touched)
    }

    pub(super) fn touched_join(&mut self, row: &Row, keys: &ast::Alias) -> Result<Term, Refusal> {
        let key = self.model(row.model).key.clone();
        let mut terms = Vec::with_capacity(key.len());
        for (at, id) in key.iter().enumerate() {
            let ty = DataType::of_field(&self.field(row.model, *id).ty);
            let part = self.typed(touched_part(keys, at), ty);
            terms.push(binary(BinaryOp::Equal, self.key_part(row, *id)?, part));
        }
        Ok(all(terms).unwrap_or(Term::Bool(true)))
    }

    /// Adds gate, filter, inner children and spread joins to a source.
    fn body_of<'n>(
        &mut self,
        mut level: Level<'n>,
        mut from: From,
        mut filter: Vec<Term>,
        touched: Option<Term>,
    ) -> Result<Body<'n>, Refusal> {
        self.join_spreads(&mut level, &mut from.joins)?;
        filter.extend(self.conditions(&level)?);
        Ok(Body { level, from, filter, pairs: Vec::new(), touched })
    }

    /// Gate, filter and inner children of a level.
    pub(super) fn conditions(&mut self, level: &Level<'_>) -> Result<Vec<Term>, Refusal> {
        let mut terms = Vec::new();
        terms.extend(self.gate(&level.node.gate, &level.row)?);
        terms.extend(self.filter(&level.node.filter, level)?);
        for (at, child) in level.node.children.iter().enumerate() {
            if child.inner {
                terms.push(self.has_child(level, at)?);
            } else if !is_used(level.node, at) {
                self.leave_out(&level.row, child)?;
            }
        }
        Ok(terms)
    }

    /// Keeps the values of a child level that the statement does without.
    fn leave_out(&mut self, parent: &Row, child: &Child) -> Result<(), Refusal> {
        let next_alias = self.next_alias;
        let items = vec![item(self.related(parent, child)?)];
        let left_out = self.sql(&Command::Query(Query::Select(Box::new(Select { items, ..Select::default() }))));
        self.unused.extend(left_out.params.into_iter().filter(|param| matches!(param, Param::Input { .. })));
        self.next_alias = next_alias;
        Ok(())
    }

    /// Whether a row has a row in a child level.
    pub(super) fn has_child(&mut self, level: &Level<'_>, child: usize) -> Result<Term, Refusal> {
        match level.node.children.get(child) {
            Some(child) => self.related(&level.row, child),
            None => Ok(Term::Bool(false)),
        }
    }

    /// Whether a row has a row in a related level.
    pub(super) fn related(&mut self, row: &Row, child: &Child) -> Result<Term, Refusal> {
        let (from, filter, inner) = self.child_source(row, child)?;
        let mut body_filter = filter;
        body_filter.extend(self.conditions(&inner)?);
        let one = vec![item(Term::Int(1))];
        let query = Select { items: one, from: Some(from), filter: all(body_filter), ..Select::default() };
        Ok(Term::Exists(Box::new(Query::Select(Box::new(query)))))
    }

    /// The rows of a child that belong to a parent row.
    pub(super) fn child_source<'n>(
        &mut self,
        parent: &Row,
        child: &'n Child,
    ) -> Result<(From, Vec<Term>, Level<'n>), Refusal> {
        let Related { from, pairs, filter, level } = self.child_rows(parent, child)?;
        Ok((from, tied(&pairs, filter), level))
    }

    fn child_rows<'n>(&mut self, parent: &Row, child: &'n Child) -> Result<Related<'n>, Refusal> {
        let (table, row) = self.table(child.node.model);
        let mut filter = Vec::new();
        let mut joins = Vec::new();
        let pairs = match &child.junction {
            None => self.pairs(parent, &row, &child.join)?,
            Some(junction) => {
                let (between, between_row) = self.table(junction.model);
                let on = self.pairs(&between_row, &row, &junction.join)?;
                let on = all(tied(&on, Vec::new())).unwrap_or(Term::Bool(true));
                joins.push(Join { kind: JoinKind::Inner, table: between, on });
                let pairs = self.pairs(parent, &between_row, &child.join)?;
                filter.extend(self.gate(&junction.gate, &between_row)?);
                pairs
            }
        };
        Ok(Related { from: From { table, joins }, pairs, filter, level: Level::of(&child.node, row) })
    }

    fn pairs(&mut self, near: &Row, far: &Row, pairs: &[(Column, Column)]) -> Result<Vec<(Term, Term)>, Refusal> {
        let mut terms = Vec::with_capacity(pairs.len());
        for (left, right) in pairs {
            terms.push((self.masked(far, right)?, self.masked(near, left)?));
        }
        Ok(terms)
    }

    /// Joins the to-one spreads of a level, and theirs.
    fn join_spreads<'n>(&mut self, level: &mut Level<'n>, joins: &mut Vec<Join>) -> Result<(), Refusal> {
        for (at, child) in level.node.children.iter().enumerate() {
            let spread = level.node.outputs.iter().any(|out| matches!(out, Output::Spread { child } if *child == at));
            if !spread || !child.to_one {
                continue;
            }
            let (from, mut on, inner) = self.child_source(&level.row, child)?;
            on.extend(self.conditions(&inner)?);
            // A junction leads to one row only when it is itself joined first; to-one relationships have none.
            let on = all(on).unwrap_or(Term::Bool(true));
            joins.push(Join { kind: JoinKind::Left, table: from.table, on });
            let mut inner = inner;
            self.join_spreads(&mut inner, joins)?;
            level.joined.push((at, inner));
        }
        Ok(())
    }

    /// Chooses the items of a body and adds grouping, order and limits.
    fn finish(&mut self, body: Body<'_>, cells: &[Cell], items: Vec<SelectItem>) -> Result<Query, Refusal> {
        let Arranged { group, order, limit, offset } = self.arranged(&body, cells)?;
        let (from, filter) = (Some(body.from), all(body.filter));
        let query = Select { items, from, filter, group, order, limit, offset, ..Select::default() };
        Ok(Query::Select(Box::new(query)))
    }

    /// Grouping, order and limits of a body.
    pub(super) fn arranged(&mut self, body: &Body<'_>, cells: &[Cell]) -> Result<Arranged, Refusal> {
        let Body { level, touched, .. } = body;
        let touched = touched.clone();
        let mut order = Vec::new();
        for key in &level.node.order {
            order.extend(self.sort(level, key, cells)?);
        }
        if let (true, Some(touched), false) = (order.is_empty(), touched, level.node.grouped) {
            order.push(Sort { term: touched, direction: SortDirection::Ascending, nulls_first: None });
        }
        let mut group = Vec::new();
        if level.node.grouped {
            for cell in cells.iter().filter(|cell| cell.group_key) {
                group.push(cell.value.clone().comparable());
                // Groups come in the order of their keys, which databases leave open.
                let term = cell.value.clone().sortable();
                if !order.iter().any(|sort| sort.term == term) {
                    order.push(Sort { term, direction: SortDirection::Ascending, nulls_first: Some(true) });
                }
            }
        }
        let limit = level.node.limit.clone().map(Term::Param);
        let offset = level.node.offset.clone().map(Term::Param);
        Ok(Arranged { group, order, limit, offset })
    }

    pub(super) fn sort(&mut self, level: &Level<'_>, key: &OrderKey, cells: &[Cell]) -> Result<Option<Sort>, Refusal> {
        let term = self.sort_value(level, &key.through, key)?;
        // A group has one value of its keys, and of what its embedded objects lead to; other values would be any row's.
        let embedded = key.through.first().is_some_and(|child| level.joined(*child).is_none());
        let is_key = || cells.iter().any(|cell| cell.group_key && cell.value.term == term.term);
        if level.node.grouped && !embedded && !is_key() {
            return Ok(None);
        }
        let never_null = self.is_never_null(key);
        let direction = if key.descending { SortDirection::Descending } else { SortDirection::Ascending };
        let nulls_first = (!never_null).then_some(key.nulls_first);
        let term = term.sortable();
        let term =
            if level.node.grouped && embedded { Term::Aggregate(Aggregate::OfGroup, Box::new(term)) } else { term };
        Ok(Some(Sort { term, direction, nulls_first }))
    }

    /// Whether a sort key has a value in every row.
    pub(super) fn is_never_null(&self, key: &OrderKey) -> bool {
        match &key.by {
            SortBy::Value(operand) => {
                let plain = operand.path.is_empty() && operand.column.mask.is_none() && key.through.is_empty();
                plain && !self.field(operand.column.model, operand.column.field).ty.nullable
            }
            SortBy::Count(_) => key.through.is_empty(),
        }
    }

    pub(super) fn sort_value(
        &mut self,
        level: &Level<'_>,
        through: &[usize],
        key: &OrderKey,
    ) -> Result<Typed, Refusal> {
        let Some((first, rest)) = through.split_first() else {
            return match &key.by {
                SortBy::Value(operand) => self.operand(&level.row, operand),
                SortBy::Count(child) => match level.node.children.get(*child) {
                    Some(child) => self.related_count(&level.row, child, &Counted::ROWS),
                    None => Err(super::not_implemented(&["an order by a level that is not there"])),
                },
            };
        };
        if let Some(joined) = level.joined(*first) {
            let value = self.sort_value(joined, rest, key)?;
            return self.present(joined, value);
        }
        let Some(child) = level.node.children.get(*first) else {
            return Err(super::not_implemented(&["an order by a level that is not there"]));
        };
        let (from, mut filter, inner) = self.child_source(&level.row, child)?;
        filter.extend(self.conditions(&inner)?);
        let value = self.sort_value(&inner, rest, key)?;
        let items = vec![item(value.term)];
        let query = Select { items, from: Some(from), filter: all(filter), ..Select::default() };
        Ok(Typed { term: self.first_value(Query::Select(Box::new(query))), ..value })
    }

    /// The outputs of a level, spreads taken in.
    pub(super) fn cells(&mut self, level: &Level<'_>) -> Result<Vec<Cell>, Refusal> {
        self.cells_of(level, &level.node.outputs)
    }

    /// Some outputs of a level, spreads taken in.
    pub(super) fn cells_of(&mut self, level: &Level<'_>, outputs: &[Output]) -> Result<Vec<Cell>, Refusal> {
        let mut cells = Vec::new();
        // Types of other tables and queries are whatever they are.
        let known = level.is_stored() && self.model(level.row.model).managed;
        for output in outputs {
            match output {
                Output::Value { key, operand, cast: to, aggregate: function, aggregate_cast } => {
                    let value = self.operand(&level.row, operand)?;
                    let value = self.cast(value, *to);
                    let group_key = function.is_none();
                    let value = match function {
                        None => value,
                        Some(function) => {
                            let value = self.aggregate(*function, value)?;
                            self.cast(value, *aggregate_cast)
                        }
                    };
                    cells.push(Cell { key: key.clone(), value, group_key, plain: known && group_key });
                }
                Output::CountRows { key, cast: to } => {
                    let value = self.cast(count(Term::CountRows), *to);
                    cells.push(Cell { key: key.clone(), value, group_key: false, plain: false });
                }
                Output::Child { key, child } => {
                    let Some(child) = level.node.children.get(*child) else { continue };
                    if let Some(value) = self.child(&level.row, child)? {
                        let value = self.comparable_json(value, level.node.grouped);
                        cells.push(Cell { key: key.clone(), value, group_key: true, plain: true });
                    }
                }
                Output::Constant { key, text } => {
                    cells.push(Cell { key: key.clone(), value: Typed::text(text), group_key: false, plain: true });
                }
                Output::Spread { child } => match level.joined(*child) {
                    Some(joined) => cells.extend(self.joined_cells(joined)?),
                    None => {
                        let Some(child) = level.node.children.get(*child) else { continue };
                        for cell in self.spread_many(&level.row, child)? {
                            let value = self.comparable_json(cell.value, level.node.grouped);
                            cells.push(Cell { value, ..cell });
                        }
                    }
                },
            }
        }
        Ok(cells)
    }

    /// The outputs of a joined to-one spread: NULL without a row there.
    fn joined_cells(&mut self, joined: &Level<'_>) -> Result<Vec<Cell>, Refusal> {
        let mut cells = Vec::new();
        for cell in self.cells(joined)? {
            let Cell { key, value, group_key, plain } = cell;
            let value = if group_key {
                self.present(joined, value)?
            } else if value.term == Term::CountRows {
                let id = self.key_of(joined)?;
                count(Term::Aggregate(Aggregate::Count, Box::new(id)))
            } else {
                value
            };
            cells.push(Cell { key, value, group_key, plain });
        }
        Ok(cells)
    }

    fn key_of(&mut self, level: &Level<'_>) -> Result<Term, Refusal> {
        let first = self.model(level.row.model).key.first().copied().unwrap_or(FieldId(0));
        self.column(&level.row, first)
    }

    /// A value of a joined row: NULL without the row. Columns are so by themselves.
    fn present(&mut self, joined: &Level<'_>, value: Typed) -> Result<Typed, Refusal> {
        if matches!(value.term, Term::Column(..)) {
            return Ok(value);
        }
        let there = unary(UnaryOp::IsNotNull, self.key_of(joined)?);
        Ok(Typed { term: when(there, value.term.clone()), ..value })
    }

    /// A child level as one value: an object or NULL, or an array. `None` when nothing of it is output.
    fn child(&mut self, parent: &Row, child: &Child) -> Result<Option<Typed>, Refusal> {
        let origin = Origin::Child(parent, child);
        if !child.node.parts.is_empty() {
            let term = self.whole(origin)?;
            return Ok(Some(Typed { term, scalar: backstay_schema::model::Scalar::Json, list: false }));
        }
        let body = self.rows_of(origin)?;
        let cells = self.cells(&body.level)?;
        if cells.is_empty() {
            self.leave_out(parent, child)?;
            return Ok(None);
        }
        let term = if child.to_one {
            let items = vec![self.object(&cells)?];
            let query = self.finish(body, &cells, items)?;
            self.first_value(query)
        } else {
            let object = self.object(&cells)?.term;
            self.array(body, &cells, object, true)?
        };
        Ok(Some(Typed { term, scalar: backstay_schema::model::Scalar::Json, list: false }))
    }

    /// Whether the store writes the rows of the root as JSON, of a column for each output. The row of a total stands with them
    /// under one type for each column, where values carry types.
    fn is_flat(&self, cells: &[Cell], total: bool) -> bool {
        let (columns_max, takes_total) = match self.dialect() {
            // About half of what the database takes.
            Dialect::Sqlite => (1_000, true),
            Dialect::Postgres => (800, false),
            Dialect::Mysql => return false,
        };
        (takes_total || !total)
            && !cells.is_empty()
            && cells.iter().all(|cell| !cell.key.is_empty())
            && cells.len() <= columns_max
    }

    fn flat_items(&self, cells: &[Cell]) -> (Vec<SelectItem>, RowShape) {
        let columns = cells.iter().map(|cell| {
            let Cell { key, value, plain, .. } = cell;
            let plain = !self.has_types() || (*plain && value.is_plain());
            let encode = if plain { encode_of(value.scalar, value.list) } else { Encode::Raw };
            let term = if plain { value.term.clone() } else { self.member(cell) };
            (item(term), FlatColumn { key: key.clone(), encode })
        });
        let (items, columns) = columns.unzip();
        (items, RowShape::Flat(columns))
    }

    pub(super) fn object(&self, cells: &[Cell]) -> Result<SelectItem, Refusal> {
        if cells.len() > MEMBERS_MAX {
            return Err(super::not_implemented(&["more than 450 outputs of one level"]));
        }
        let members = cells.iter().map(|cell| (cell.key.clone(), self.member(cell)));
        Ok(item(Term::Object(members.collect())))
    }

    /// The value of a cell as JSON.
    fn member(&self, cell: &Cell) -> Term {
        let value = cell.value.clone();
        if cell.plain { self.json_of_type(value) } else { self.json(value) }
    }

    /// JSON that was put together, in a form that rows can be grouped by.
    fn comparable_json(&self, value: Typed, grouped: bool) -> Typed {
        if !grouped || !self.has_types() {
            return value;
        }
        Typed { term: typed(value.term, DataType::JSON), ..value }
    }

    /// A JSON array of one value of each row of a body, in order.
    pub(super) fn array(
        &mut self,
        body: Body<'_>,
        cells: &[Cell],
        value: Term,
        is_json: bool,
    ) -> Result<Term, Refusal> {
        if self.derives_apart() {
            return self.array_of_text(body, cells, value);
        }
        let name = column_name(0);
        let rows = self.finish(body, cells, vec![SelectItem { term: value, name: Some(name.clone()) }])?;
        let alias = self.alias();
        let column = Term::Column(alias.clone(), name);
        let column = if is_json { Term::Call(Function::Json, vec![column]) } else { column };
        let array = Term::Aggregate(Aggregate::JsonArray, Box::new(column));
        let table = Table { source: TableSource::Query(Box::new(rows)), alias };
        Ok(Term::Scalar(Box::new(select(vec![item(array)], table, None))))
    }

    /// A to-many spread: an array for each column, all in the same order.
    fn spread_many(&mut self, parent: &Row, child: &Child) -> Result<Vec<Cell>, Refusal> {
        let mut arrays = Vec::new();
        let mut at = 0;
        loop {
            let body = self.rows_of(Origin::Child(parent, child))?;
            let cells = self.cells(&body.level)?;
            let Some(cell) = cells.get(at) else { return Ok(arrays) };
            let (key, is_json) = (cell.key.clone(), is_json_text(&cell.value));
            let value = self.member(cell);
            let term = self.array(body, &cells, value, is_json)?;
            let value = Typed { term, scalar: backstay_schema::model::Scalar::Json, list: false };
            arrays.push(Cell { key, value, group_key: true, plain: true });
            at += 1;
        }
    }
}

/// Most members of a JSON object: SQLite takes 1,000 arguments.
const MEMBERS_MAX: usize = 450;

/// Whether a value is JSON text once it is out of the select that made it.
fn is_json_text(value: &Typed) -> bool {
    use backstay_schema::model::Scalar;
    value.is_json() || matches!(value.scalar, Scalar::Boolean | Scalar::Decimal | Scalar::Float)
}

pub(super) fn column_name(at: usize) -> String {
    let mut name = String::from("c");
    name.push_str(&at.to_string());
    name
}

/// Names the columns of a select and tells their number.
pub(super) fn name_columns(query: &mut Query) -> usize {
    match query {
        Query::Select(select) => {
            for (at, item) in select.items.iter_mut().enumerate() {
                item.name = Some(column_name(at));
            }
            select.items.len()
        }
        Query::UnionAll(_) | Query::Authored(_) => 1,
    }
}

/// Conditions that tie rows to the row that they belong to, before others.
fn tied(pairs: &[(Term, Term)], mut filter: Vec<Term>) -> Vec<Term> {
    let ties = pairs.iter().map(|(far, near)| binary(BinaryOp::Equal, far.clone(), near.clone()));
    filter.splice(0..0, ties);
    filter
}

fn strip_limits(query: &mut Query) {
    match query {
        Query::Select(select) => {
            select.limit = None;
            select.offset = None;
            select.order.clear();
        }
        Query::UnionAll(_) | Query::Authored(_) => {}
    }
}

/// Whether a gate lets every row pass.
pub(super) fn is_open(gate: &Gate) -> bool {
    match gate {
        Gate::Open => true,
        Gate::Closed | Gate::When(_) => false,
    }
}

/// A level over a model's table without anything asked of it.
pub(super) fn plain_level(model: ModelId) -> Node {
    Node {
        model,
        source: Source::Table,
        gate: Gate::Open,
        filter: Predicate::True,
        outputs: Vec::new(),
        children: Vec::new(),
        grouped: false,
        order: Vec::new(),
        distinct: Vec::new(),
        limit: None,
        offset: None,
        page: None,
        parts: Vec::new(),
    }
}

//! Requests to Backstay's own tables, for code that knows no SQL and no protocol. In: names of tables and columns as constants,
//! values as JSON. Out: a [`Request`] whose shape depends on the constants alone, so that each is planned once.
//!
//! A value is bound as the JSON it is and never read as query text: `$0.0.id` is six characters. What is not known when a
//! request is written, the time and results of earlier steps, is said by [`now`], [`after`] and [`earlier`].

use backstay_plan::Request;
use backstay_plan::request::{
    Absent, Action, Cell, CompareOp, Condition, Conflict, Delete, Embed, FieldRef, Guards, Input, Insert, IsValue,
    Item, JoinKind, Level, Operator, OrderTerm, Quantity, Read, Resolution, Slot, SortBy, Target, Update,
};
use serde_json::Value as Json;
use std::time::Duration;

/// A value of a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Known now.
    Json(Json),
    /// The time of the request, and so many microseconds.
    Now(i64),
    /// A column of the only row that an earlier step answers.
    Earlier {
        /// Position of the step, from 0.
        step: usize,
        /// Column that the step returns.
        column: &'static str,
    },
}

impl<T: Into<Json>> From<T> for Value {
    fn from(value: T) -> Self {
        Self::Json(value.into())
    }
}

/// The time of the request.
#[must_use]
pub fn now() -> Value {
    Value::Now(0)
}

/// A time after that of the request.
#[must_use]
pub fn after(duration: Duration) -> Value {
    Value::Now(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX))
}

/// A time before that of the request.
#[must_use]
pub fn before(duration: Duration) -> Value {
    Value::Now(i64::try_from(duration.as_micros()).map_or(i64::MIN, |micros| -micros))
}

/// A column of the row that an earlier step answers; see [`Ask::returning`].
#[must_use]
pub fn earlier(step: usize, column: &'static str) -> Value {
    Value::Earlier { step, column }
}

/// A condition on a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// A comparison; with null it holds nowhere.
    Compare(&'static str, CompareOp, Value),
    /// Text of a pattern, whatever its case; see [`contains`].
    Contains(&'static str, String),
    /// One of these.
    Among(&'static str, Vec<String>),
    /// Whether there is a value.
    Is(&'static str, IsValue),
    /// All hold.
    All(Vec<Filter>),
    /// At least one holds.
    Any(Vec<Filter>),
}

/// `column = value`
pub fn eq(column: &'static str, value: impl Into<Value>) -> Filter {
    Filter::Compare(column, CompareOp::Eq, value.into())
}

/// `column <> value`
pub fn neq(column: &'static str, value: impl Into<Value>) -> Filter {
    Filter::Compare(column, CompareOp::Neq, value.into())
}

/// `column < value`
pub fn lt(column: &'static str, value: impl Into<Value>) -> Filter {
    Filter::Compare(column, CompareOp::Lt, value.into())
}

/// `column > value`
pub fn gt(column: &'static str, value: impl Into<Value>) -> Filter {
    Filter::Compare(column, CompareOp::Gt, value.into())
}

/// The column contains this text, whatever its case. Nothing in the text has a meaning of its own.
#[must_use]
pub fn contains(column: &'static str, text: &str) -> Filter {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    Filter::Contains(column, pattern)
}

/// `column IN (values)`
pub fn among<S: Into<String>>(column: &'static str, values: impl IntoIterator<Item = S>) -> Filter {
    Filter::Among(column, values.into_iter().map(Into::into).collect())
}

/// The column has no value.
#[must_use]
pub fn is_null(column: &'static str) -> Filter {
    Filter::Is(column, IsValue::Null)
}

/// The column has a value.
#[must_use]
pub fn is_set(column: &'static str) -> Filter {
    Filter::Is(column, IsValue::NotNull)
}

/// All of these.
pub fn all(filters: impl IntoIterator<Item = Filter>) -> Filter {
    Filter::All(filters.into_iter().collect())
}

/// At least one of these.
pub fn any(filters: impl IntoIterator<Item = Filter>) -> Filter {
    Filter::Any(filters.into_iter().collect())
}

/// A request that is being written.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask<V> {
    table: &'static str,
    filter: Vec<Filter>,
    columns: Vec<&'static str>,
    verb: V,
}

/// What a request does.
pub trait Verb: Sized {
    /// The request, with what is still to be put in.
    #[doc(hidden)]
    fn finish(ask: Ask<Self>) -> Asked;
}

/// Verbs that choose rows.
pub trait Chooses {}

/// Reads rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reading {
    order: Vec<(&'static str, bool)>,
    limit: Option<u32>,
    offset: Option<u32>,
    total: bool,
    with: Vec<(&'static str, Vec<&'static str>, &'static str)>,
}

/// Adds one row.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Inserting {
    cells: Vec<(&'static str, Value)>,
    conflict: Option<(Vec<&'static str>, Resolution)>,
}

/// Changes rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Updating {
    cells: Vec<(&'static str, Value)>,
    added: Vec<(&'static str, Value)>,
}

/// Removes rows.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Deleting;

impl Chooses for Reading {}
impl Chooses for Updating {}
impl Chooses for Deleting {}

/// Reads rows of a table.
#[must_use]
pub fn read(table: &'static str) -> Ask<Reading> {
    start(table, Reading::default())
}

/// Adds a row to a table.
#[must_use]
pub fn insert(table: &'static str) -> Ask<Inserting> {
    start(table, Inserting::default())
}

/// Adds a row, or changes the one that has the same values in `key`: it takes every value that is set here.
#[must_use]
pub fn upsert(table: &'static str, key: &[&'static str]) -> Ask<Inserting> {
    start(table, Inserting { cells: Vec::new(), conflict: Some((key.to_vec(), Resolution::Merge)) })
}

/// Adds a row unless one has the same values in `key`.
#[must_use]
pub fn insert_unless_there(table: &'static str, key: &[&'static str]) -> Ask<Inserting> {
    start(table, Inserting { cells: Vec::new(), conflict: Some((key.to_vec(), Resolution::Ignore)) })
}

/// Changes rows of a table.
#[must_use]
pub fn update(table: &'static str) -> Ask<Updating> {
    start(table, Updating::default())
}

/// Removes rows of a table.
#[must_use]
pub fn delete(table: &'static str) -> Ask<Deleting> {
    start(table, Deleting)
}

fn start<V>(table: &'static str, verb: V) -> Ask<V> {
    Ask { table, filter: Vec::new(), columns: Vec::new(), verb }
}

impl<V> Ask<V> {
    /// Columns answered for each row; without any, a write answers no rows.
    #[must_use]
    pub fn returning(mut self, columns: &[&'static str]) -> Self {
        self.columns.extend(columns);
        self
    }
}

impl<V: Chooses> Ask<V> {
    /// Rows for which this holds, too.
    #[must_use]
    pub fn when(mut self, filter: Filter) -> Self {
        self.filter.push(filter);
        self
    }

    /// Rows where `column = value`.
    #[must_use]
    pub fn eq(self, column: &'static str, value: impl Into<Value>) -> Self {
        self.when(eq(column, value))
    }

    /// Rows where `column <> value`.
    #[must_use]
    pub fn neq(self, column: &'static str, value: impl Into<Value>) -> Self {
        self.when(neq(column, value))
    }

    /// Rows where `column < value`.
    #[must_use]
    pub fn lt(self, column: &'static str, value: impl Into<Value>) -> Self {
        self.when(lt(column, value))
    }

    /// Rows where `column > value`.
    #[must_use]
    pub fn gt(self, column: &'static str, value: impl Into<Value>) -> Self {
        self.when(gt(column, value))
    }

    /// Rows whose column has no value.
    #[must_use]
    pub fn is_null(self, column: &'static str) -> Self {
        self.when(is_null(column))
    }

    /// Rows whose column has a value.
    #[must_use]
    pub fn is_set(self, column: &'static str) -> Self {
        self.when(is_set(column))
    }
}

impl Ask<Reading> {
    /// Columns of the answer.
    #[must_use]
    pub fn columns(self, columns: &[&'static str]) -> Self {
        self.returning(columns)
    }

    /// Smallest first; later calls order rows that are equal so far.
    #[must_use]
    pub fn ascending(mut self, column: &'static str) -> Self {
        self.verb.order.push((column, false));
        self
    }

    /// Largest first; later calls order rows that are equal so far.
    #[must_use]
    pub fn descending(mut self, column: &'static str) -> Self {
        self.verb.order.push((column, true));
        self
    }

    /// At most so many rows; without it, the server's own bound.
    #[must_use]
    pub fn limit(mut self, rows: u32) -> Self {
        self.verb.limit = Some(rows);
        self
    }

    /// Leaves out the first rows.
    #[must_use]
    pub fn offset(mut self, rows: u32) -> Self {
        self.verb.offset = Some(rows);
        self
    }

    /// Also counts the rows without limit and offset, into [`crate::Answer::total`].
    #[must_use]
    pub fn with_total(mut self) -> Self {
        self.verb.total = true;
        self
    }
}

impl Ask<Reading> {
    /// Also answers the rows of another table that refer to each row, as an array under that table's name, the smallest `order` first.
    #[must_use]
    pub fn with(mut self, table: &'static str, columns: &[&'static str], order: &'static str) -> Self {
        self.verb.with.push((table, columns.to_vec(), order));
        self
    }
}

impl Ask<Inserting> {
    /// The value of a column; columns that are not set take their defaults.
    #[must_use]
    pub fn set(mut self, column: &'static str, value: impl Into<Value>) -> Self {
        self.verb.cells.push((column, value.into()));
        self
    }
}

impl Ask<Updating> {
    /// The new value of a column.
    #[must_use]
    pub fn set(mut self, column: &'static str, value: impl Into<Value>) -> Self {
        self.verb.cells.push((column, value.into()));
        self
    }

    /// Adds to the value that is there, whatever it is by then.
    #[must_use]
    pub fn add(mut self, column: &'static str, value: impl Into<Value>) -> Self {
        self.verb.added.push((column, value.into()));
        self
    }
}

impl Verb for Reading {
    fn finish(ask: Ask<Self>) -> Asked {
        let Ask { table, filter, columns, verb } = ask;
        let mut asked = Parts::default();
        let filter = asked.conditions(filter);
        let order = verb.order.iter().map(|(column, descending)| term(column, *descending)).collect();
        let (limit, offset) = (verb.limit.map(|n| asked.number(n)), verb.offset.map(|n| asked.number(n)));
        let mut items = items(&columns);
        items.extend(verb.with.iter().map(|(table, columns, order)| related(table, columns, order)));
        let level = Level { items, filter, order, limit, offset, ..Level::default() };
        asked.into_request(Action::Read(Read { relation: table.to_owned(), level, total: verb.total }))
    }
}

impl Verb for Inserting {
    fn finish(ask: Ask<Self>) -> Asked {
        let Ask { table, filter: _, columns: returned, verb } = ask;
        let mut asked = Parts::default();
        let (columns, values): (Vec<_>, Vec<_>) = verb.cells.into_iter().unzip();
        let conflict = verb.conflict.map(|(key, resolution)| Conflict::on(owned(&key), resolution));
        let insert = Insert {
            relation: table.to_owned(),
            columns: owned(&columns),
            rows: asked.row(values),
            absent: Absent::Default,
            conflict,
            returning: returning(&returned),
            referred: None,
        };
        asked.into_request(Action::Insert(insert))
    }
}

impl Verb for Updating {
    fn finish(ask: Ask<Self>) -> Asked {
        let Ask { table, filter, columns: returned, verb } = ask;
        let mut asked = Parts::default();
        let (columns, mut values): (Vec<_>, Vec<_>) = verb.cells.into_iter().unzip();
        let (added, more): (Vec<_>, Vec<_>) = verb.added.into_iter().unzip();
        values.extend(more);
        let update = Update {
            relation: table.to_owned(),
            columns: owned(&columns),
            added: owned(&added),
            edited: Vec::new(),
            row: asked.row(values),
            absent: Absent::Default,
            filter: asked.conditions(filter),
            returning: returning(&returned),
        };
        asked.into_request(Action::Update(update))
    }
}

impl Verb for Deleting {
    fn finish(ask: Ask<Self>) -> Asked {
        let Ask { table, filter, columns, verb: Deleting } = ask;
        let mut asked = Parts::default();
        let filter = asked.conditions(filter);
        let delete = Delete { relation: table.to_owned(), filter, returning: returning(&columns) };
        asked.into_request(Action::Delete(delete))
    }
}

impl<V: Verb> From<Ask<V>> for Asked {
    fn from(ask: Ask<V>) -> Self {
        V::finish(ask)
    }
}

impl From<Request> for Asked {
    fn from(request: Request) -> Self {
        Self { request, late: Vec::new() }
    }
}

/// A request, and the values that are put in when it runs.
#[derive(Debug, Clone)]
pub struct Asked {
    pub(crate) request: Request,
    pub(crate) late: Vec<Late>,
}

/// A value that is put in when the request runs.
#[derive(Debug, Clone)]
pub(crate) struct Late {
    pub(crate) place: Place,
    pub(crate) value: Value,
}

/// Where in the inputs a value goes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place {
    /// It is the input.
    Input(usize),
    /// A cell of the only row of an input.
    Cell(usize, usize),
}

impl Asked {
    /// Puts a value in, as the JSON it is.
    pub(crate) fn put(request: &mut Request, place: Place, value: &Json) {
        match place {
            Place::Input(at) => {
                if let Some(input) = request.inputs.get_mut(at) {
                    *input = Input::Json(value.to_string());
                }
            }
            Place::Cell(at, column) => {
                if let Some(Input::Rows(rows)) = request.inputs.get_mut(at)
                    && let Some(cell) = rows.first_mut().and_then(|row| row.get_mut(column))
                {
                    *cell = cell_of(value);
                }
            }
        }
    }
}

/// The inputs of a request that is being put together.
#[derive(Default)]
struct Parts {
    inputs: Vec<Input>,
    late: Vec<Late>,
}

impl Parts {
    fn into_request(self, action: Action) -> Asked {
        Asked { request: Request { action, inputs: self.inputs, guards: Guards::default() }, late: self.late }
    }

    fn keep(&mut self, input: Input) -> Slot {
        self.inputs.push(input);
        Slot(u16::try_from(self.inputs.len() - 1).unwrap_or(u16::MAX))
    }

    fn number(&mut self, number: u32) -> Slot {
        self.keep(Input::Int(number.into()))
    }

    fn value(&mut self, value: Value) -> Slot {
        match value {
            Value::Json(json) => self.keep(Input::Json(json.to_string())),
            value @ (Value::Now(_) | Value::Earlier { .. }) => {
                self.late.push(Late { place: Place::Input(self.inputs.len()), value });
                self.keep(Input::Json("null".to_owned()))
            }
        }
    }

    fn row(&mut self, values: Vec<Value>) -> Slot {
        let mut cells = Vec::with_capacity(values.len());
        for value in values {
            match value {
                Value::Json(json) => cells.push(cell_of(&json)),
                value @ (Value::Now(_) | Value::Earlier { .. }) => {
                    self.late.push(Late { place: Place::Cell(self.inputs.len(), cells.len()), value });
                    cells.push(Cell::Null);
                }
            }
        }
        self.keep(Input::Rows(vec![cells]))
    }

    fn conditions(&mut self, filters: Vec<Filter>) -> Vec<Condition> {
        filters.into_iter().map(|filter| self.condition(filter)).collect()
    }

    fn condition(&mut self, filter: Filter) -> Condition {
        let (column, operator) = match filter {
            Filter::All(filters) => return Condition::And(self.conditions(filters)),
            Filter::Any(filters) => return Condition::Or(self.conditions(filters)),
            Filter::Compare(column, op, value) => (column, Operator::Compare(op, Quantity::One, self.value(value))),
            Filter::Contains(column, pattern) => {
                (column, Operator::Compare(CompareOp::Ilike, Quantity::One, self.keep(Input::Text(pattern))))
            }
            Filter::Among(column, values) => (column, Operator::In(self.keep(Input::List(values)))),
            Filter::Is(column, is) => (column, Operator::Is(is)),
        };
        Condition::Test { field: field(column), operator }
    }
}

fn cell_of(json: &Json) -> Cell {
    if json.is_null() { Cell::Null } else { Cell::Json(json.to_string().into()) }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn field(column: &str) -> FieldRef {
    FieldRef { name: column.to_owned(), path: Vec::new() }
}

fn term(column: &str, descending: bool) -> OrderTerm {
    OrderTerm { embed: None, through: Vec::new(), by: SortBy::Field(field(column)), descending, nulls_first: None }
}

fn items(columns: &[&str]) -> Vec<Item> {
    let item = |column: &&str| Item::Field { alias: None, field: field(column), cast: None, aggregate: None };
    columns.iter().map(item).collect()
}

fn related(table: &str, columns: &[&str], order: &str) -> Item {
    let level = Level { items: items(columns), order: vec![term(order, false)], ..Level::default() };
    let target = Target::Named { name: table.to_owned(), hint: None };
    Item::Embed(Embed { alias: None, target, join: JoinKind::Left, spread: false, level })
}

fn returning(columns: &[&str]) -> Option<Level> {
    (!columns.is_empty()).then(|| Level { items: items(columns), ..Level::default() })
}

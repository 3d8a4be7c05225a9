//! What a protocol asks for, by name: the one vocabulary every edge parses into.
//! The [`Action`] is the shape (the cache key); values that vary from call to call stand beside it, in [`Request::inputs`].
//! Knows nothing of tables: names are checked in `resolve`.

/// A parsed request: its shape, its values, and what must hold for a write to be kept.
#[derive(Debug, Clone)]
pub struct Request {
    /// The shape. Equal shapes compile to the same SQL.
    pub action: Action,
    /// Values, addressed by [`Slot`].
    pub inputs: Vec<Input>,
    /// Conditions under which a write is rolled back.
    pub guards: Guards,
}

/// Position in [`Request::inputs`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Slot(pub u16);

/// One value of a request, not yet cast to the type of its column.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// Text as it stood in a query string; cast like an untyped SQL literal.
    Text(String),
    /// The elements of an `in.(…)` or `{…}` list.
    List(Vec<String>),
    /// A whole number that the protocol has checked already (limit, offset).
    Int(i64),
    /// A JSON value, as its text.
    Json(String),
    /// Rows of a write, one cell for each of [`Insert::columns`], or of [`Update::columns`] and [`Update::added`].
    Rows(Vec<Vec<Cell>>),
}

/// One value of a row to write.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// The row did not name the column.
    Absent,
    /// NULL.
    Null,
    /// JSON text of one value; a JSON string is cast like an untyped SQL literal, a JSON value goes to a JSON column as it is.
    Json(Box<str>),
    /// Untyped text (CSV, form).
    Text(Box<str>),
}

/// Conditions under which a write that worked is rolled back all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Guards {
    /// Exactly one row must be affected or answered.
    pub singular: bool,
    /// At most this many rows may be affected.
    pub affected_max: Option<u64>,
    /// Run, answer, and discard (`Prefer: tx=rollback`).
    pub rollback: bool,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Action {
    /// Read rows.
    Read(Read),
    /// Insert or upsert rows.
    Insert(Insert),
    /// Change rows.
    Update(Update),
    /// Remove rows.
    Delete(Delete),
    /// Call a custom operation.
    Call(Call),
    /// Read the rows that another request of the same transaction has written, in the order in which it did.
    Written(Written),
}

/// Read what was written.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Written {
    /// Relation name.
    pub relation: String,
    /// Columns and embeds. Filters do not choose rows here, order and limits shape the answer.
    pub level: Level,
}

/// Read rows of one relation and what hangs on them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Read {
    /// Relation name.
    pub relation: String,
    /// Columns, embeds, filters, order and limits.
    pub level: Level,
    /// Whether the number of rows without limit and offset is asked for.
    pub total: bool,
}

/// Insert rows.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Insert {
    /// Relation name.
    pub relation: String,
    /// Columns of each row, in the order of its cells.
    pub columns: Vec<String>,
    /// The slot that holds [`Input::Rows`].
    pub rows: Slot,
    /// What an absent cell becomes.
    pub absent: Absent,
    /// What to do on a key conflict; `None` is an error.
    pub conflict: Option<Conflict>,
    /// Rows to answer with; `None` answers none. Filters do not choose rows here, order and limits shape the answer.
    pub returning: Option<Level>,
    /// Columns that other requests of the same transaction take from the rows, whose keys they refer to; `None` where none does.
    pub referred: Option<Vec<String>>,
}

/// What an absent cell becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Absent {
    /// NULL.
    Null,
    /// The column's default.
    Default,
}

/// Upsert.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Conflict {
    /// Columns of a unique constraint; empty is the primary key.
    pub columns: Vec<String>,
    /// What happens to the row that is there.
    pub resolution: Resolution,
    /// Columns that a merge changes; `None` is every supplied one.
    pub set: Option<Vec<String>>,
    /// Which rows that are there a merge changes; others stay as they are.
    pub filter: Vec<Condition>,
}

impl Conflict {
    /// A conflict on some columns that is resolved in whole: a merge sets every supplied column of any row.
    #[must_use]
    pub fn on(columns: Vec<String>, resolution: Resolution) -> Self {
        Self { columns, resolution, set: None, filter: Vec::new() }
    }
}

/// What happens to a row that an insert collides with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Resolution {
    /// It takes every supplied column.
    Merge,
    /// It stays, and the new row is dropped.
    Ignore,
}

/// Change rows.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Update {
    /// Relation name.
    pub relation: String,
    /// Columns to set, in the order of the cells of the only row.
    pub columns: Vec<String>,
    /// Columns to count up; their cells come after those of `columns`, each added to the value that is there.
    pub added: Vec<String>,
    /// Columns whose JSON is changed in part; their cells come last.
    pub edited: Vec<(String, Edit)>,
    /// The slot that holds [`Input::Rows`] with one row.
    pub row: Slot,
    /// What an absent cell becomes (only where `columns=` names more than the body holds).
    pub absent: Absent,
    /// Which rows.
    pub filter: Vec<Condition>,
    /// Rows to answer with; `None` answers none.
    pub returning: Option<Level>,
}

/// A change of a part of a JSON value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Edit {
    /// The cell's JSON comes behind: items of arrays, or members that take the place of those there.
    Append,
    /// The cell's JSON comes first: items of arrays, or members where there are none.
    Prepend,
    /// The member or text that the cell names goes.
    DeleteKey,
    /// The element at the cell's position goes; negative counts from the end.
    DeleteElement,
    /// What the cell's list of keys and positions leads to goes.
    DeletePath,
}

/// Remove rows.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Delete {
    /// Relation name.
    pub relation: String,
    /// Which rows.
    pub filter: Vec<Condition>,
    /// Rows to answer with, as they were before; `None` answers none.
    pub returning: Option<Level>,
}

/// Call a custom operation.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Call {
    /// Operation name.
    pub operation: String,
    /// Arguments by name; each slot holds [`Input::Text`] (query string) or [`Input::Json`] (body).
    pub arguments: Vec<(String, Slot)>,
    /// Whether the protocol allows effects (POST) or only reads (GET, HEAD).
    pub read_only: bool,
    /// Columns, filters, order and limits over the rows it answers.
    pub level: Level,
    /// Whether the number of rows without limit and offset is asked for.
    pub total: bool,
}

/// One level of a nested read.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Level {
    /// What to output, in order. Empty outputs nothing (an embed used only to join).
    pub items: Vec<Item>,
    /// Conditions, all of which must hold.
    pub filter: Vec<Condition>,
    /// Columns of which each combination of values keeps its first row only.
    pub distinct: Vec<String>,
    /// Sort terms, first is most significant.
    pub order: Vec<OrderTerm>,
    /// Most rows, [`Input::Int`].
    pub limit: Option<Slot>,
    /// Rows skipped, [`Input::Int`].
    pub offset: Option<Slot>,
    /// The page of rows that cursors choose; `limit` is its size.
    pub page: Option<Page>,
    /// Members of one object that is answered in place of the rows, in order; none answers the rows.
    pub parts: Vec<Part>,
}

/// A page of rows, by cursors. A cursor stands for the place of a row in an order, and is of no use in another order.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Page {
    /// Cursor behind which the rows stand.
    pub after: Option<Slot>,
    /// Cursor before which they stand.
    pub before: Option<Slot>,
    /// Whether the last rows are taken rather than the first; they are answered in order all the same.
    pub backward: bool,
}

/// A member of the object that stands for all rows of a level.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Part {
    /// A text that depends on nothing.
    Constant {
        /// Output key.
        key: String,
        /// The text.
        text: String,
    },
    /// The rows, in an array.
    Rows {
        /// Output key.
        key: String,
        /// What to output of each, in order.
        items: Vec<Item>,
    },
    /// Aggregates over the rows, in an object.
    Summary {
        /// Output key.
        key: String,
        /// Its members, in order.
        items: Vec<Summary>,
    },
    /// The rows with their cursors, in an array.
    Edges {
        /// Output key.
        key: String,
        /// Members of each element, in order.
        items: Vec<Edge>,
    },
    /// What is known about the page, in an object.
    Bounds {
        /// Output key.
        key: String,
        /// Its members, in order.
        items: Vec<Bound>,
    },
    /// The number of rows on all pages.
    Total {
        /// Output key.
        key: String,
    },
}

/// A member of [`Part::Edges`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Edge {
    /// A text that depends on nothing.
    Constant {
        /// Output key.
        key: String,
        /// The text.
        text: String,
    },
    /// The row's cursor.
    Cursor {
        /// Output key.
        key: String,
    },
    /// The row.
    Row {
        /// Output key.
        key: String,
        /// What to output of it, in order.
        items: Vec<Item>,
    },
}

/// A member of [`Part::Bounds`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Bound {
    /// A text that depends on nothing.
    Constant {
        /// Output key.
        key: String,
        /// The text.
        text: String,
    },
    /// Something about an end of the page.
    End {
        /// Output key.
        key: String,
        /// Which end.
        end: End,
        /// What about it.
        fact: Fact,
    },
}

/// An end of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum End {
    /// The first row.
    First,
    /// The last row.
    Last,
}

/// What is known about an end of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fact {
    /// Whether there are rows beyond it. Before the first of a page that goes forward, and behind the last of one that goes
    /// backward, only where a cursor says where the page begins.
    More,
    /// The cursor of the row.
    Cursor,
}

/// A member of [`Part::Summary`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Summary {
    /// A text that depends on nothing.
    Constant {
        /// Output key.
        key: String,
        /// The text.
        text: String,
    },
    /// Number of rows.
    Count {
        /// Output key.
        key: String,
        /// What is counted.
        of: Counted,
    },
    /// An aggregate of a column.
    Value {
        /// Output key.
        key: String,
        /// Function.
        function: Aggregate,
        /// Column.
        column: String,
        /// Type that the result is cast to.
        cast: Option<String>,
    },
    /// An object of further members.
    Object {
        /// Output key.
        key: String,
        /// Its members, in order.
        items: Vec<Summary>,
    },
}

/// What a count counts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Counted {
    /// Columns that must all have a value; none counts every row.
    pub columns: Vec<String>,
    /// Whether equal values of the columns count once.
    pub distinct: bool,
}

/// One item of a select list.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Item {
    /// `*`: every readable column.
    All,
    /// A column, or an aggregate of one.
    Field {
        /// Output key; `None` derives it.
        alias: Option<String>,
        /// What to read.
        field: FieldRef,
        /// Cast of the value (before an aggregate).
        cast: Option<String>,
        /// Aggregate, with the cast of its result.
        aggregate: Option<(Aggregate, Option<String>)>,
    },
    /// `count()`, or the bare column name `count` where no column is called so.
    CountRows {
        /// Output key; `None` is `count`.
        alias: Option<String>,
        /// Cast of the result.
        cast: Option<String>,
        /// Whether it was written without parentheses, so that a column called `count` wins.
        bare: bool,
    },
    /// Related rows.
    Embed(Embed),
    /// A text that does not depend on the row.
    Constant {
        /// Output key.
        key: String,
        /// The text.
        text: String,
    },
}

/// Related rows under a key, or merged into their parent.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Embed {
    /// Output key, and the name that filters and sort terms use; `None` is `target`.
    pub alias: Option<String>,
    /// What it leads to.
    pub target: Target,
    /// How rows without a match fare.
    pub join: JoinKind,
    /// Whether columns go into the parent (`...target(…)`).
    pub spread: bool,
    /// What to read there.
    pub level: Level,
}

/// Which relationship is followed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Target {
    /// The one that a name chooses.
    Named {
        /// Relation, foreign key, foreign key column or relation field.
        name: String,
        /// Constraint, column or junction that chooses among several relationships.
        hint: Option<String>,
    },
    /// The one of this relation field, and no other that the name might mean. No filter or sort term names it.
    Field(String),
}

impl Target {
    /// The name as written.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Named { name, .. } | Self::Field(name) => name,
        }
    }
}

/// How parent rows without a matching child fare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JoinKind {
    /// They stay.
    Left,
    /// They are dropped.
    Inner,
}

/// A column and a path into it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FieldRef {
    /// Column name.
    pub name: String,
    /// Steps into a JSON or array value.
    pub path: Vec<PathStep>,
}

/// `->key`, `->>key`, `->0`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PathStep {
    /// Whether the result is text (`->>`) rather than JSON (`->`).
    pub text: bool,
    /// Member or position.
    pub key: PathKey,
}

/// Member name or array position.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PathKey {
    /// Member of an object.
    Member(String),
    /// Position in an array, from the end when negative; also the member of that name.
    Index(i64),
    /// The value itself; as text it is its JSON.
    Whole,
}

/// Aggregate functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Aggregate {
    /// Sum.
    Sum,
    /// Arithmetic mean.
    Avg,
    /// Number of values that are not null.
    Count,
    /// Largest.
    Max,
    /// Smallest.
    Min,
}

/// A sort term.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OrderTerm {
    /// To-one embed (its alias or target) whose column it is; `None` is the level's own relation.
    pub embed: Option<String>,
    /// To-one relation fields that lead from there to the row sorted by; they need not be selected.
    pub through: Vec<String>,
    /// What to sort by.
    pub by: SortBy,
    /// Whether largest come first.
    pub descending: bool,
    /// Where nulls stand; `None` is last ascending, first descending.
    pub nulls_first: Option<bool>,
}

/// What a sort term sorts by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SortBy {
    /// A value of the row.
    Field(FieldRef),
    /// The number of rows that a to-many relation field leads to.
    Count(String),
}

/// A condition tree.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Condition {
    /// All hold.
    And(Vec<Condition>),
    /// At least one holds.
    Or(Vec<Condition>),
    /// SQL's three-valued negation.
    Not(Box<Condition>),
    /// A test of one value. Where `field` names an embed of the level, only `is.null` and its negation have a meaning.
    Test {
        /// What is tested.
        field: FieldRef,
        /// How.
        operator: Operator,
    },
    /// Whether a relation field leads to a row that passes.
    Related {
        /// The relation field.
        relation: String,
        /// What must hold of the row.
        filter: Vec<Condition>,
    },
    /// A test of the number of rows that a to-many relation field leads to.
    RelatedCount {
        /// The relation field.
        relation: String,
        /// Which of them count.
        filter: Vec<Condition>,
        /// What is counted.
        of: Counted,
        /// How.
        operator: Operator,
    },
}

/// Tests of one value; three-valued.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Operator {
    /// A comparison with one value ([`Input::Text`]) or each of a list ([`Input::List`]).
    Compare(CompareOp, Quantity, Slot),
    /// Equal to one of a list ([`Input::List`]).
    In(Slot),
    /// `is.null` and its like.
    Is(IsValue),
    /// Not equal, null being a value.
    IsDistinct(Slot),
    /// Set and range operators.
    Set(SetOp, Slot),
    /// Full-text search.
    Search {
        /// How the query text is read.
        syntax: SearchSyntax,
        /// Language, when given.
        language: Option<String>,
        /// Query text ([`Input::Text`]).
        query: Slot,
    },
}

/// Comparison operators that a list may quantify.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CompareOp {
    /// `=`
    Eq,
    /// `<>`
    Neq,
    /// `>`
    Gt,
    /// `>=`
    Gte,
    /// `<`
    Lt,
    /// `<=`
    Lte,
    /// `LIKE`; the value's `*` are already `%`.
    Like,
    /// `ILIKE`; likewise.
    Ilike,
    /// Regular expression.
    Match,
    /// Regular expression without regard to case.
    Imatch,
}

/// One value, or any or all of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quantity {
    /// One value.
    One,
    /// `(any)`: false over nothing.
    Any,
    /// `(all)`: true over nothing.
    All,
}

/// Right sides of `is`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IsValue {
    /// NULL.
    Null,
    /// Not NULL.
    NotNull,
    /// TRUE.
    True,
    /// FALSE.
    False,
    /// UNKNOWN.
    Unknown,
}

/// Operators on arrays, JSON objects and ranges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SetOp {
    /// `cs`
    Contains,
    /// `cd`
    ContainedBy,
    /// `ov`
    Overlaps,
    /// `sl`
    StrictlyLeft,
    /// `sr`
    StrictlyRight,
    /// `nxr`
    NotExtendRight,
    /// `nxl`
    NotExtendLeft,
    /// `adj`
    Adjacent,
    /// Has every one of some keys ([`Input::List`]).
    HasAll,
    /// Has one of some keys ([`Input::List`]).
    HasAny,
}

/// How a search text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SearchSyntax {
    /// `fts`: `& | ! <-> :*`.
    Raw,
    /// `plfts`: all words.
    Plain,
    /// `phfts`: words in order.
    Phrase,
    /// `wfts`: quotes, `or`, `-`.
    Web,
}

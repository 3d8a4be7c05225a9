//! SQL syntax tree of only the nodes that are used, neutral between dialects. In: built by `lower`. Out: written by `render`.
//! Names are data and get quoted; values are [`Param`]s; nothing here holds SQL text, but for what the schema's author wrote.

use crate::datatype::DataType;
use crate::functions::StoreFunction;
use backstay_plan::request::SearchSyntax;
use backstay_plan::value::{Param, Value};
use backstay_schema::model::SortDirection;

/// One statement.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Command {
    /// Rows.
    Query(Query),
    /// New rows.
    Insert(Insert),
    /// Changed rows.
    Update(Update),
    /// Removed rows.
    Delete(Delete),
    /// A statement that the schema's author wrote.
    Authored(Authored),
    /// A change of the database's structure.
    Define(Definition),
}

/// What yields rows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Query {
    /// One select.
    Select(Box<Select>),
    /// The rows of each, in order.
    UnionAll(Vec<Query>),
    /// A statement that the schema's author wrote.
    Authored(Authored),
}

/// `SELECT …`.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Select {
    /// Columns of the result, never empty.
    pub(crate) items: Vec<SelectItem>,
    /// Where rows come from; `None` is one row without columns.
    pub(crate) from: Option<From>,
    /// Condition on each row.
    pub(crate) filter: Option<Term>,
    /// Group keys; empty is no `GROUP BY`.
    pub(crate) group: Vec<Term>,
    /// Sort keys.
    pub(crate) order: Vec<Sort>,
    /// Most rows.
    pub(crate) limit: Option<Term>,
    /// Rows skipped.
    pub(crate) offset: Option<Term>,
    /// Whether the rows stay as they are until the transaction ends.
    pub(crate) lock: bool,
}

/// A column of a result.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SelectItem {
    /// Its value.
    pub(crate) term: Term,
    /// Its name, where something refers to it.
    pub(crate) name: Option<String>,
}

/// `FROM …`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct From {
    /// The first source.
    pub(crate) table: Table,
    /// Sources joined to it, in order.
    pub(crate) joins: Vec<Join>,
}

/// A source of rows and the name its columns go by.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Table {
    /// Rows.
    pub(crate) source: TableSource,
    /// Name.
    pub(crate) alias: Alias,
}

/// Where rows come from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum TableSource {
    /// A table.
    Named(String),
    /// A query.
    Query(Box<Query>),
    /// One row for each item of a list, in the column `value`.
    Elements(Box<Term>),
    /// One row for each key that the write has touched, a JSON array in the column `value`; `key` counts them.
    Keys,
}

/// A joined source.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Join {
    /// Inner or left.
    pub(crate) kind: JoinKind,
    /// What is joined.
    pub(crate) table: Table,
    /// Condition.
    pub(crate) on: Term,
}

/// Kinds of join.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JoinKind {
    /// Only pairs.
    Inner,
    /// Rows without a partner too.
    Left,
}

/// Name of a source inside one statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Alias {
    /// Given by the lowering.
    Numbered(u16),
    /// A table's own name, where a statement has only one.
    Table(String),
    /// The row that an insert proposed.
    Excluded,
    /// The row of a trigger before the change.
    Old,
    /// The row of a trigger after the change.
    New,
    /// None: a column of the table being defined.
    Bare,
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Term {
    /// A column.
    Column(Alias, String),
    /// The value of a source of elements.
    Element(Alias),
    /// A placeholder. In a definition, where there are none, a constant.
    Param(Param),
    /// NULL.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number of the statement's shape, never of the request.
    Int(i64),
    /// One operand.
    Unary(UnaryOp, Box<Term>),
    /// Two operands.
    Binary(BinaryOp, Box<Term>, Box<Term>),
    /// Conjunction; true over nothing.
    All(Vec<Term>),
    /// Disjunction; false over nothing.
    Any(Vec<Term>),
    /// `CASE WHEN … THEN … END`, NULL when no condition holds and `otherwise` is absent.
    Case {
        /// Conditions and values.
        whens: Vec<(Term, Term)>,
        /// Value when none holds.
        otherwise: Option<Box<Term>>,
    },
    /// A function.
    Call(Function, Vec<Term>),
    /// An aggregate over the rows of the select it stands in.
    Aggregate(Aggregate, Box<Term>),
    /// JSON array over the rows of the select it stands in, in an order of its own.
    JsonRows(Box<JsonRows>),
    /// Number of rows of the select it stands in.
    CountRows,
    /// Position of the row among those with the same values, from 1.
    RowNumber {
        /// The values.
        partition: Vec<Term>,
        /// In which order they are counted.
        order: Vec<Sort>,
    },
    /// The time of the statement as a stored instant. Only in a definition: requests bring their time.
    CurrentInstant,
    /// A new random UUID for each row. Only in a definition.
    RandomUuid,
    /// A new random ULID for each row. Only in a definition.
    RandomUlid,
    /// Compared as a decimal number.
    AsDecimal(Box<Term>),
    /// A value and the type that it has, for dialects whose values carry types; others write the value alone.
    Typed(Box<Term>, DataType),
    /// A value of a type as the wire shows it, as text; where JSON is put together as text.
    WireText(Box<Term>, DataType),
    /// A value of a type as JSON text, `null` for NULL; where JSON is put together as text.
    JsonText(Box<Term>, DataType),
    /// A value turned into another type; one that has no form there fails.
    Cast(Box<Term>, DataType),
    /// A value turned into a type of the database's own by its name; whether it is a list of them.
    Named(Box<Term>, String, bool),
    /// Whether a value is one of some.
    InList(Box<Term>, Vec<Term>),
    /// Whether a value is an item of a list.
    InArray(Box<Term>, Box<Term>),
    /// Whether a row value is among a query's rows.
    InQuery(Vec<Term>, Box<Query>),
    /// Whether a query has a row.
    Exists(Box<Query>),
    /// The only value of a query's first row, NULL without rows.
    Scalar(Box<Query>),
    /// A JSON object; equal keys stay.
    Object(Vec<(String, Term)>),
    /// A JSON array.
    Array(Vec<Term>),
    /// A list, as a column of lists holds it.
    List(Vec<Term>),
    /// Whether a row's text matches a full-text query.
    Match(Box<Search>),
}

impl Term {
    /// Whether a table is read for it.
    pub(crate) fn reads_tables(&self) -> bool {
        let some = |terms: &[Term]| terms.iter().any(Term::reads_tables);
        match self {
            Term::Column(..)
            | Term::Element(_)
            | Term::Param(_)
            | Term::Null
            | Term::Bool(_)
            | Term::Int(_)
            | Term::CountRows
            | Term::CurrentInstant
            | Term::RandomUuid
            | Term::RandomUlid => false,
            Term::Unary(_, inner)
            | Term::Aggregate(_, inner)
            | Term::AsDecimal(inner)
            | Term::Typed(inner, _)
            | Term::WireText(inner, _)
            | Term::JsonText(inner, _)
            | Term::Cast(inner, _)
            | Term::Named(inner, ..) => inner.reads_tables(),
            Term::Binary(_, left, right) | Term::InArray(left, right) => left.reads_tables() || right.reads_tables(),
            Term::All(terms) | Term::Any(terms) | Term::Call(_, terms) | Term::Array(terms) | Term::List(terms) => {
                some(terms)
            }
            Term::Case { whens, otherwise } => {
                whens.iter().any(|(when, then)| when.reads_tables() || then.reads_tables())
                    || otherwise.as_deref().is_some_and(Term::reads_tables)
            }
            Term::InList(needle, items) => needle.reads_tables() || some(items),
            Term::InQuery(needle, query) => some(needle) || query.reads_tables(),
            Term::Exists(query) | Term::Scalar(query) => query.reads_tables(),
            Term::Object(members) => members.iter().any(|(_, value)| value.reads_tables()),
            Term::RowNumber { partition, order } => {
                some(partition) || order.iter().any(|sort| sort.term.reads_tables())
            }
            Term::JsonRows(rows) => rows.value.reads_tables() || rows.order.iter().any(|sort| sort.term.reads_tables()),
            Term::Match(_) => true,
        }
    }
}

/// JSON array over rows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct JsonRows {
    /// JSON text of each row, never NULL.
    pub(crate) value: Term,
    /// Order of the rows.
    pub(crate) order: Vec<Sort>,
    /// Most rows.
    pub(crate) limit: Option<Term>,
    /// Rows skipped.
    pub(crate) offset: Option<Term>,
}

impl Query {
    fn reads_tables(&self) -> bool {
        let select = match self {
            Query::Select(select) => select,
            Query::UnionAll(parts) => return parts.iter().any(Query::reads_tables),
            Query::Authored(_) => return true,
        };
        let tables = select
            .from
            .iter()
            .flat_map(|from| std::iter::once(&from.table).chain(from.joins.iter().map(|join| &join.table)));
        let source = |table: &Table| match &table.source {
            TableSource::Named(_) => true,
            TableSource::Query(inner) => inner.reads_tables(),
            TableSource::Elements(list) => list.reads_tables(),
            TableSource::Keys => false,
        };
        tables.into_iter().any(source)
            || select.items.iter().any(|item| item.term.reads_tables())
            || select.filter.as_ref().is_some_and(Term::reads_tables)
    }
}

/// A full-text match, with what an index of its own and one within the table need.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Search {
    /// Table of the index, where it has one.
    pub(crate) index: String,
    /// The row's number in the indexed table.
    pub(crate) row: Term,
    /// The text searched.
    pub(crate) text: Term,
    /// Language of the text.
    pub(crate) language: String,
    /// How the query is read, where the database reads it.
    pub(crate) syntax: SearchSyntax,
    /// The query text.
    pub(crate) query: Term,
}

/// Operators with one operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnaryOp {
    /// Three-valued negation.
    Not,
    /// Of a number.
    Negate,
    /// `IS NULL`
    IsNull,
    /// `IS NOT NULL`
    IsNotNull,
    /// `IS TRUE`
    IsTrue,
    /// `IS NOT TRUE`
    IsNotTrue,
    /// `IS FALSE`
    IsFalse,
    /// As a double.
    ToFloat,
}

/// Operators with two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BinaryOp {
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// Not equal, NULL being a value.
    Distinct,
    /// Text concatenation.
    Concat,
    /// Sum of numbers.
    Add,
    /// Member of a JSON object, as JSON.
    JsonMember,
}

/// Functions of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Function {
    /// Text that is JSON, as JSON.
    Json,
    /// Element of a JSON array of scalars, by position, as a value.
    JsonElement,
    /// Items of a list.
    ListLength,
    /// A value as JSON text.
    JsonQuote,
    /// Characters of a text.
    Length,
    /// ASCII letters to lower case.
    Lower,
    /// ASCII letters to upper case.
    Upper,
    /// Smallest; NULL when one is NULL.
    Least,
    /// Largest; NULL when one is NULL.
    Greatest,
    /// First that is not NULL.
    Coalesce,
    /// The number that the last insert of the connection gave a key.
    LastInserted,
    /// Text as a UUID; NULL when it is none in its usual form.
    TextAsUuid,
    /// The bytes of a text.
    TextAsBytes,
    /// A number that is given, else the next of a counter: the number, what is next where the table alone tells, the table and
    /// the column.
    Counted,
    /// A function that the store brings along.
    Store(StoreFunction),
}

/// Aggregate functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aggregate {
    /// Values that are not NULL.
    Count,
    /// Different values that are not NULL.
    CountDistinct,
    /// Sum of numbers.
    Sum,
    /// Mean of numbers.
    Avg,
    /// Smallest.
    Min,
    /// Largest.
    Max,
    /// JSON array of the values, in the order of the rows.
    JsonArray,
    /// Sum of decimals.
    DecimalSum,
    /// Mean of decimals.
    DecimalAvg,
    /// Whether some truth value is true.
    AnyTrue,
    /// Whether no truth value is false.
    AllTrue,
    /// Number of the truth values that are true.
    CountTrue,
    /// A value that every row of the group has.
    OfGroup,
}

/// A sort key.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sort {
    /// Value.
    pub(crate) term: Term,
    /// Direction.
    pub(crate) direction: SortDirection,
    /// Where nulls stand; `None` where there are none.
    pub(crate) nulls_first: Option<bool>,
}

/// `INSERT …` of one row.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Insert {
    /// Table.
    pub(crate) table: String,
    /// Columns; empty inserts a row of defaults.
    pub(crate) columns: Vec<String>,
    /// A value for each.
    pub(crate) values: Vec<Term>,
    /// Whether a column that the database always counts takes the value all the same.
    pub(crate) overriding: bool,
    /// What to do on a conflict.
    pub(crate) conflict: Option<OnConflict>,
    /// Rows that must not be there, or nothing is inserted; where conflicts cannot be told apart.
    pub(crate) unless: Option<Query>,
    /// Columns answered for each row written.
    pub(crate) returning: Vec<Term>,
}

/// `ON CONFLICT …`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct OnConflict {
    /// Columns of the constraint.
    pub(crate) target: Vec<String>,
    /// Rows that the constraint is limited to.
    pub(crate) target_filter: Option<Term>,
    /// Columns that the row there takes; empty leaves it.
    pub(crate) set: Vec<(String, Term)>,
    /// Rows that take them.
    pub(crate) filter: Option<Term>,
}

/// `UPDATE …`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Update {
    /// Table.
    pub(crate) table: String,
    /// A source that the rows have partners in, and how they are found.
    pub(crate) among: Option<(Table, Term)>,
    /// Columns and their new values.
    pub(crate) set: Vec<(String, Term)>,
    /// Which rows.
    pub(crate) filter: Option<Term>,
    /// Columns answered for each row changed.
    pub(crate) returning: Vec<Term>,
}

/// `DELETE …`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Delete {
    /// Table.
    pub(crate) table: String,
    /// A source that the rows have partners in, and how they are found.
    pub(crate) among: Option<(Table, Term)>,
    /// Which rows.
    pub(crate) filter: Option<Term>,
    /// Columns answered for each row removed.
    pub(crate) returning: Vec<Term>,
}

/// SQL that stands in the schema file, with placeholders where it names arguments. Made only by `lower::operation`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Authored(pub(crate) Vec<AuthoredPart>);

/// A piece of [`Authored`] SQL.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum AuthoredPart {
    /// Text as written.
    Text(String),
    /// An argument.
    Param(Param),
}

/// A change of structure.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Definition {
    /// `CREATE TABLE`
    CreateTable(CreateTable),
    /// `DROP TABLE`
    DropTable(String),
    /// `ALTER TABLE … RENAME TO …`
    RenameTable {
        /// Old name.
        from: String,
        /// New name.
        to: String,
    },
    /// `ALTER TABLE … RENAME COLUMN … TO …`
    RenameColumn {
        /// Table.
        table: String,
        /// Old name.
        from: String,
        /// New name.
        to: String,
    },
    /// `ALTER TABLE … ADD COLUMN …`
    AddColumn {
        /// Table.
        table: String,
        /// The column.
        column: Box<ColumnDefinition>,
    },
    /// `CREATE INDEX`
    CreateIndex(CreateIndex),
    /// `DROP INDEX`
    DropIndex(String),
    /// `ALTER INDEX … RENAME TO …`, if it is there.
    RenameIndex {
        /// Old name.
        from: String,
        /// New name.
        to: String,
    },
    /// `ALTER TABLE … ADD CONSTRAINT … FOREIGN KEY …`, where tables are made without them.
    AddForeignKey {
        /// Table.
        table: String,
        /// The key.
        key: ForeignKey,
    },
    /// A call of one of the functions that `ddl` makes, with names of tables.
    Call {
        /// Name of the function.
        function: &'static str,
        /// Arguments.
        names: Vec<String>,
    },
    /// A full-text index over columns of a table.
    CreateSearch(SearchDefinition),
    /// Fills a full-text index from its table.
    RebuildSearch(String),
    /// Removes a full-text index.
    DropSearch(String),
    /// `CREATE TRIGGER`
    CreateTrigger(CreateTrigger),
    /// A partition, by its position, of a table whose partitions are tables of their own.
    CreatePartition {
        /// The table.
        table: String,
        /// Its partitions.
        of: Partitions,
        /// Which.
        position: usize,
    },
    /// `DROP TRIGGER`
    DropTrigger(String),
    /// `INSERT INTO … SELECT …`, to copy a table.
    Copy {
        /// Target.
        into: String,
        /// Columns of the target.
        columns: Vec<String>,
        /// Rows.
        query: Query,
    },
    /// Makes the key counter of a table at least that of another.
    CopyCounter {
        /// Table that has the counter.
        from: String,
        /// Table that takes it over.
        to: String,
    },
}

/// `CREATE TABLE`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CreateTable {
    /// Name.
    pub(crate) name: String,
    /// Columns.
    pub(crate) columns: Vec<ColumnDefinition>,
    /// Constraints.
    pub(crate) constraints: Vec<Constraint>,
    /// How it is divided.
    pub(crate) partitions: Option<Partitions>,
}

/// How a table is divided.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Partitions {
    /// Columns that say which partition a row is in.
    pub(crate) columns: Vec<String>,
    /// Names of the partitions, in order.
    pub(crate) names: Vec<String>,
    /// Bounds of ranges, one less than there are partitions; `None` where a hash divides.
    pub(crate) bounds: Option<Vec<Value>>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ColumnDefinition {
    /// Name.
    pub(crate) name: String,
    /// Type.
    pub(crate) ty: ColumnType,
    /// Whether NULL is refused.
    pub(crate) required: bool,
    /// Whether it is the table's row number, and whether numbers are never used again.
    pub(crate) row_number: Option<RowNumber>,
    /// Value of rows that exist when the column is added.
    pub(crate) default: Option<Term>,
    /// Value derived from the row; `true` when it is stored.
    pub(crate) generated: Option<(Term, bool)>,
    /// Condition on the value (only where the column is added alone; else a [`Constraint`]).
    pub(crate) check: Option<(String, Term)>,
    /// Foreign key (only where the column is added alone; else a [`Constraint`]).
    pub(crate) references: Option<ForeignKey>,
}

/// A key that is the row number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowNumber {
    /// The caller gives it.
    Given,
    /// The next number, never one that was used before.
    Increment,
}

/// Column types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ColumnType {
    /// What the dialect stores values of a type in.
    Usual(DataType),
    /// Text or bytes of at most so many characters, where keys and indexes hold no longer ones.
    Short(DataType, u16),
    /// As the schema's author wrote it.
    Authored(String),
}

/// A table constraint.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Constraint {
    /// Primary key.
    PrimaryKey {
        /// Name.
        name: String,
        /// Columns.
        columns: Vec<String>,
    },
    /// Unique.
    Unique {
        /// Name.
        name: String,
        /// Columns.
        columns: Vec<String>,
    },
    /// Foreign key.
    ForeignKey(ForeignKey),
    /// An index that a counted column needs, no constraint.
    Counter {
        /// Name.
        name: String,
        /// Column.
        column: String,
    },
    /// Condition that every row meets.
    Check {
        /// Name.
        name: String,
        /// Condition.
        term: Term,
    },
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ForeignKey {
    /// Constraint name.
    pub(crate) name: String,
    /// Referencing columns.
    pub(crate) columns: Vec<String>,
    /// Referenced table.
    pub(crate) table: String,
    /// Referenced columns.
    pub(crate) references: Vec<String>,
    /// When the referenced row goes.
    pub(crate) on_delete: backstay_schema::model::ReferentialAction,
    /// When the referenced key changes.
    pub(crate) on_update: backstay_schema::model::ReferentialAction,
}

/// `CREATE INDEX`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CreateIndex {
    /// Name.
    pub(crate) name: String,
    /// Table.
    pub(crate) table: String,
    /// Columns and directions.
    pub(crate) columns: Vec<(String, SortDirection)>,
    /// Whether it is also a constraint.
    pub(crate) unique: bool,
    /// Rows it is limited to.
    pub(crate) filter: Option<Term>,
    /// Access method.
    pub(crate) using: Option<String>,
}

/// A full-text index.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SearchDefinition {
    /// Name of the index.
    pub(crate) name: String,
    /// Table it is over.
    pub(crate) table: String,
    /// Columns of the table.
    pub(crate) columns: Vec<String>,
    /// Language of the texts.
    pub(crate) language: String,
}

/// A trigger that keeps a full-text index in step with its table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CreateTrigger {
    /// Name.
    pub(crate) name: String,
    /// Table it fires on.
    pub(crate) table: String,
    /// What fires it.
    pub(crate) event: TriggerEvent,
    /// The index.
    pub(crate) search: SearchDefinition,
}

/// What fires a trigger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TriggerEvent {
    /// After an insert.
    Insert,
    /// After a delete.
    Delete,
    /// After an update.
    Update,
}

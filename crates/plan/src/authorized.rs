//! The plan after resolution and authorisation: ids instead of names, row rules and field masks in place.
//! Only `authorize` builds an [`AuthorizedPlan`], and `compile` accepts nothing else.

use crate::request::{Absent, Aggregate, Bound, CompareOp, Edit, IsValue, PathStep, Quantity, Resolution, SetOp};
use crate::value::Param;
use backstay_schema::expr::Expr;
use backstay_schema::model::{DefaultValue, FieldId, FieldType, Managed, ModelId, OperationId, RelationshipId, Scalar};

/// A plan that carries the caller's row rules and field masks.
#[derive(Debug, Clone, PartialEq)]
pub struct AuthorizedPlan(pub(crate) Plan);

impl AuthorizedPlan {
    /// What to run.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.0
    }
}

/// What to run.
#[derive(Debug, Clone, PartialEq)]
pub enum Plan {
    /// Read rows of a table, or of a custom operation.
    Read(ReadPlan),
    /// Insert or upsert rows.
    Insert(Box<InsertPlan>),
    /// Change rows.
    Update(UpdatePlan),
    /// Remove rows.
    Delete(DeletePlan),
    /// Call a custom operation whose answer is not rows of a model.
    Call(CallPlan),
}

/// A read.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadPlan {
    /// The root level.
    pub root: Node,
    /// Whether the number of rows without limit and offset is answered too.
    pub total: bool,
}

/// One level of a nested read.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Its model.
    pub model: ModelId,
    /// Where its rows come from.
    pub source: Source,
    /// Row-level read rule and soft-delete filter.
    pub gate: Gate,
    /// The request's filter.
    pub filter: Predicate,
    /// Output keys in order; a later equal key wins in the reader. In a to-one spread child an output may be an aggregate all the
    /// same: it belongs to the nearest ancestor that is not a to-one spread, whose `grouped` is then true (the child's is false).
    /// There, `CountRows` of the child counts parents that have a row in the child.
    pub outputs: Vec<Output>,
    /// Related levels, addressed by position from outputs, predicates and sort keys.
    pub children: Vec<Child>,
    /// Whether an output, or one of a to-one spread child, is an aggregate, so that the other outputs are the group keys
    /// (embedded to-one objects and columns of to-one spread children too).
    pub grouped: bool,
    /// Sort keys: the request's, then the primary key (not when grouped). Over [`Source::Touched`] without keys of the request
    /// it is empty: rows come in the order in which they were touched.
    pub order: Vec<OrderKey>,
    /// Columns of which each combination of values keeps its first row only; the first sort keys are of these.
    pub distinct: Vec<Column>,
    /// Most rows; absent on to-one levels and where only the write bounds them.
    pub limit: Option<Param>,
    /// Rows skipped.
    pub offset: Option<Param>,
    /// The page of rows that cursors choose.
    pub page: Option<Page>,
    /// Members of one object that stands for the rows, in order; none answers the rows themselves, by `outputs`.
    pub parts: Vec<Part>,
}

/// A page of rows. A cursor holds the values of a row in the sort keys of its level, and the mark of those keys.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// Mark of the sort keys, first in every cursor.
    pub mark: String,
    /// Values of the row behind which the rows stand, one for each sort key.
    pub after: Option<Vec<Param>>,
    /// Values of the row before which they stand.
    pub before: Option<Vec<Param>>,
    /// Whether the last rows are taken.
    pub backward: bool,
}

impl Node {
    /// Every level right below: those that something is read of, and those that only the filter asks.
    pub fn below(&self) -> impl Iterator<Item = &Child> {
        self.children.iter().chain(self.filter.related())
    }
}

/// A member of the object that stands for all rows of a [`Node`].
#[derive(Debug, Clone, PartialEq)]
pub enum Part<O = Output, C = Column> {
    /// A text that depends on nothing.
    Constant {
        /// Output key.
        key: String,
        /// The text.
        text: String,
    },
    /// The rows in an array; children are the node's.
    Rows {
        /// Output key.
        key: String,
        /// Output keys of each row, in order.
        outputs: Vec<O>,
        /// Most rows.
        limit: Param,
    },
    /// Aggregates over the rows, in an object. Only the request's own limit bounds them.
    Summary {
        /// Output key.
        key: String,
        /// Its members, in order.
        items: Vec<Summary<C>>,
    },
    /// The rows with their cursors, in an array.
    Edges {
        /// Output key.
        key: String,
        /// Members of each element, in order.
        items: Vec<Edge<O>>,
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
#[derive(Debug, Clone, PartialEq)]
pub enum Edge<O = Output> {
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
        /// Its outputs, in order; children are the node's.
        outputs: Vec<O>,
    },
}

/// A member of [`Part::Summary`].
#[derive(Debug, Clone, PartialEq)]
pub enum Summary<C = Column> {
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
        of: Counted<C>,
    },
    /// An aggregate of a column.
    Value {
        /// Output key.
        key: String,
        /// Function.
        function: Aggregate,
        /// Column.
        column: C,
        /// What the result is cast to, if not only where a double cannot hold it.
        cast: Option<CastTarget>,
    },
    /// An object of further members.
    Object {
        /// Output key.
        key: String,
        /// Its members, in order.
        items: Vec<Summary<C>>,
    },
}

/// What a count counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Counted<C = Column> {
    /// Columns that must all have a value; none counts every row.
    pub columns: Vec<C>,
    /// Whether equal values of the columns count once.
    pub distinct: bool,
}

impl Counted {
    /// Every row.
    pub const ROWS: Counted = Counted { columns: Vec::new(), distinct: false };
}

/// Where the rows of a [`Node`] come from.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// The model's table.
    Table,
    /// The rows the write has touched, by key ([`Param::Keys`]).
    Touched,
    /// Rows answered by a custom operation, with the columns of the model.
    Operation(OperationId, Vec<(String, Param)>),
}

/// A rule that session and schema have folded.
#[derive(Debug, Clone, PartialEq)]
pub enum Gate {
    /// Always passes.
    Open,
    /// Never passes: the empty set.
    Closed,
    /// Passes where the expression is true (two-valued; an error does not pass).
    When(Expr),
}

/// A related level.
#[derive(Debug, Clone, PartialEq)]
pub struct Child {
    /// The relationship followed from the parent's model.
    pub relationship: RelationshipId,
    /// Pairs of joined columns, `(parent, child)`; for a junction `(parent, junction)`. Masked like any other use.
    pub join: Vec<(Column, Column)>,
    /// The junction, when the relationship goes through one.
    pub junction: Option<Junction>,
    /// Whether at most one row is expected, so that the output is an object.
    pub to_one: bool,
    /// Whether parents without a row here are dropped.
    pub inner: bool,
    /// What is read there.
    pub node: Node,
}

/// The table between two models.
#[derive(Debug, Clone, PartialEq)]
pub struct Junction {
    /// Its model.
    pub model: ModelId,
    /// Its row-level read rule.
    pub gate: Gate,
    /// Pairs of joined columns, `(junction, child)`.
    pub join: Vec<(Column, Column)>,
}

/// A column as this caller may use it.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its model.
    pub model: ModelId,
    /// Which column.
    pub field: FieldId,
    /// Where the expression is not true, the value is NULL at every use. `None` is always readable.
    pub mask: Option<Expr>,
}

/// A value computed from a column.
#[derive(Debug, Clone, PartialEq)]
pub struct Operand {
    /// The column.
    pub column: Column,
    /// Steps into it.
    pub path: Vec<PathStep>,
    /// Type after the path: the column's, JSON after `->`, text after `->>`.
    pub ty: FieldType,
}

/// Targets of a cast in a select list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CastTarget {
    /// `text`, `varchar`.
    Text,
    /// `int`, `bigint` and their like, with the bounds checked.
    Scalar(Scalar),
    /// JSON that every reader takes for the same whole number: digits as text where a double cannot hold it.
    Exact,
}

impl CastTarget {
    /// The type that the cast makes.
    #[must_use]
    pub fn scalar(self) -> Scalar {
        match self {
            Self::Text => Scalar::String,
            Self::Scalar(scalar) => scalar,
            Self::Exact => Scalar::Json,
        }
    }
}

/// One output.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// A value, or an aggregate of it.
    Value {
        /// Output key.
        key: String,
        /// What.
        operand: Operand,
        /// Cast before the aggregate.
        cast: Option<CastTarget>,
        /// Aggregate.
        aggregate: Option<Aggregate>,
        /// Cast after the aggregate.
        aggregate_cast: Option<CastTarget>,
    },
    /// Number of rows.
    CountRows {
        /// Output key.
        key: String,
        /// Cast of it.
        cast: Option<CastTarget>,
    },
    /// A related level under a key.
    Child {
        /// Output key.
        key: String,
        /// Position in [`Node::children`].
        child: usize,
    },
    /// A related level merged into this one: to-one columns as they are, to-many columns as arrays.
    Spread {
        /// Position in [`Node::children`].
        child: usize,
    },
    /// A text that does not depend on the row.
    Constant {
        /// Output key.
        key: String,
        /// The text.
        text: String,
    },
}

/// A sort key.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderKey {
    /// To-one children followed to reach the value, by position at each level; empty is the level itself.
    pub through: Vec<usize>,
    /// What is sorted by.
    pub by: SortBy,
    /// Whether largest come first.
    pub descending: bool,
    /// Whether nulls come first.
    pub nulls_first: bool,
}

/// What a sort key sorts by.
#[derive(Debug, Clone, PartialEq)]
pub enum SortBy {
    /// A value.
    Value(Operand),
    /// The number of rows of a child of the level, by position in its children.
    Count(usize),
}

/// A filter, three-valued as in SQL, over values `O`, related levels `L` and columns `C` (in a plan: [`Operand`], [`Child`] and
/// [`Column`]).
#[derive(Debug, Clone, PartialEq)]
pub enum Predicate<O = Operand, L = Child, C = Column> {
    /// Nothing to test.
    True,
    /// No row passes.
    False,
    /// All hold.
    And(Vec<Predicate<O, L, C>>),
    /// At least one holds.
    Or(Vec<Predicate<O, L, C>>),
    /// Three-valued negation.
    Not(Box<Predicate<O, L, C>>),
    /// A test of a value.
    Test {
        /// The value.
        operand: O,
        /// The test.
        test: Test,
    },
    /// Whether a child level has a row.
    HasChild {
        /// Position in [`Node::children`].
        child: usize,
    },
    /// Whether a related level, which is here for that only, has a row.
    Related(Box<L>),
    /// A test of the number of rows of a related level, which is here for that only.
    RelatedCount {
        /// The level.
        level: Box<L>,
        /// What is counted.
        of: Counted<C>,
        /// The test.
        test: Test,
    },
}

impl Predicate {
    /// The related levels that it asks.
    #[must_use]
    pub fn related(&self) -> Vec<&Child> {
        match self {
            Self::True | Self::False | Self::Test { .. } | Self::HasChild { .. } => Vec::new(),
            Self::And(inner) | Self::Or(inner) => inner.iter().flat_map(Self::related).collect(),
            Self::Not(inner) => inner.related(),
            Self::Related(child) => vec![child],
            Self::RelatedCount { level, .. } => vec![level],
        }
    }

    /// Whether it asks for a row of a child level.
    #[must_use]
    pub fn asks(&self, position: usize) -> bool {
        match self {
            Self::HasChild { child } => *child == position,
            Self::And(inner) | Self::Or(inner) => inner.iter().any(|one| one.asks(position)),
            Self::Not(inner) => inner.asks(position),
            Self::True | Self::False | Self::Test { .. } | Self::Related(_) | Self::RelatedCount { .. } => false,
        }
    }
}

/// Tests of one value.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// Comparison. With [`Quantity::Any`] or `All` the parameter is a JSON array.
    Compare(CompareOp, Quantity, Param),
    /// Equal to one of a JSON array.
    In(Param),
    /// `is`.
    Is(IsValue),
    /// Not equal, null being a value.
    IsDistinct(Param),
    /// On arrays and JSON: contains, is contained, overlaps. Ranges are refused earlier.
    Set(SetOp, Param),
    /// Full-text match.
    Search {
        /// Query in the store's syntax. It never negates as a whole, since FTS5 cannot say so.
        query: Param,
        /// 1 when rows that do *not* match the query are the ones that pass, else 0.
        negated: Param,
    },
}

/// An insert or upsert. Runs once for each row.
#[derive(Debug, Clone, PartialEq)]
pub struct InsertPlan {
    /// Its model.
    pub model: ModelId,
    /// Columns written, each with its source.
    pub columns: Vec<WriteColumn>,
    /// What an absent cell becomes.
    pub absent: Absent,
    /// Columns whose values may stand in an error text, in declaration order.
    pub shown: Vec<FieldId>,
    /// Upsert.
    pub conflict: Option<ConflictPlan>,
    /// Rule every new row must pass, else the request is refused.
    pub check: Gate,
    /// Rows answered: a node over [`Source::Touched`].
    pub returning: Option<Node>,
    /// Columns of the rows that are taken into other rows, whose keys are needed after the request; `None` where they are not.
    pub referred: Option<Vec<FieldId>>,
}

impl InsertPlan {
    /// Columns of the rows that are taken into other rows.
    #[must_use]
    pub fn taken(&self) -> &[FieldId] {
        self.referred.as_deref().unwrap_or_default()
    }
}

/// Upsert.
#[derive(Debug, Clone, PartialEq)]
pub struct ConflictPlan {
    /// Columns of the constraint.
    pub target: Vec<FieldId>,
    /// What happens to the row that is there.
    pub resolution: Resolution,
    /// Columns that a merge sets: those the request supplied besides the target, then those the server writes on every change.
    /// A [`Managed::Version`] column becomes the old value plus one, any other takes the value of the new row.
    pub set: Vec<FieldId>,
    /// Which rows that are there are changed: the request's filter. Others stay as they are.
    pub filter: Predicate,
    /// Rows that the filter may be put to; others stay as they are.
    pub seen: Gate,
    /// Rule the row that is there must pass to be changed, else the request is refused.
    pub using: Gate,
    /// Rule the changed row must pass, else the request is refused.
    pub check: Gate,
}

/// A column to write.
#[derive(Debug, Clone, PartialEq)]
pub struct WriteColumn {
    /// Which.
    pub field: FieldId,
    /// Where its value comes from.
    pub source: WriteSource,
}

/// Where a written value comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum WriteSource {
    /// A cell of the request's row, by position in the request's columns.
    Cell(u16),
    /// A cell that is added to the value that is there; in updates only, and only of numbers.
    Added(u16),
    /// A cell by which the JSON that is there is changed in part; in updates only.
    Edited(Edit, u16),
    /// The default of a column that the request did not name.
    Default(DefaultValue),
    /// A value that only the server writes.
    Managed(Managed),
}

/// An update.
#[derive(Debug, Clone, PartialEq)]
pub struct UpdatePlan {
    /// Its model.
    pub model: ModelId,
    /// Columns set, those of the server too ([`Managed::Version`]: the old value plus one). Empty changes nothing.
    pub columns: Vec<WriteColumn>,
    /// What an absent cell becomes.
    pub absent: Absent,
    /// Which rows: the request's filter, which never names a child by position.
    pub filter: Predicate,
    /// Rows the caller may change; others are not matched.
    pub using: Gate,
    /// Rule every changed row must pass, else the request is refused.
    pub check: Gate,
    /// Rows answered: a node over [`Source::Touched`].
    pub returning: Option<Node>,
}

/// A delete.
#[derive(Debug, Clone, PartialEq)]
pub struct DeletePlan {
    /// Its model.
    pub model: ModelId,
    /// Which rows: the request's filter.
    pub filter: Predicate,
    /// Rows the caller may remove; others are not matched.
    pub using: Gate,
    /// The column to set instead of removing, when the model is soft-deleted.
    pub soft: Option<FieldId>,
    /// Rows answered, read before they go: a node over [`Source::Touched`].
    pub returning: Option<Node>,
}

/// A custom operation that answers a scalar, an object or nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct CallPlan {
    /// Which.
    pub operation: OperationId,
    /// Arguments by name.
    pub arguments: Vec<(String, Param)>,
    /// Rule over the session that the caller must pass, else the request is refused.
    pub gate: Gate,
}

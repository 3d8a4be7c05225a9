//! The plan after resolution and authorisation: ids instead of names, row rules and field masks in place.
//! Only `authorize` builds an [`AuthorizedPlan`], and `compile` accepts nothing else.

use crate::request::{Absent, Aggregate, CompareOp, IsValue, PathStep, Quantity, Resolution, SetOp};
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
    Insert(InsertPlan),
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
    /// Most rows; absent on to-one levels and where only the write bounds them.
    pub limit: Option<Param>,
    /// Rows skipped.
    pub offset: Option<Param>,
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
}

impl CastTarget {
    /// The type that the cast makes.
    #[must_use]
    pub fn scalar(self) -> Scalar {
        match self {
            Self::Text => Scalar::String,
            Self::Scalar(scalar) => scalar,
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
}

/// A sort key.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderKey {
    /// To-one children followed to reach the value, by position at each level; empty is the level itself.
    pub through: Vec<usize>,
    /// The value.
    pub operand: Operand,
    /// Whether largest come first.
    pub descending: bool,
    /// Whether nulls come first.
    pub nulls_first: bool,
}

/// A filter, three-valued as in SQL, over values `O` (in a plan: [`Operand`]).
#[derive(Debug, Clone, PartialEq)]
pub enum Predicate<O = Operand> {
    /// Nothing to test.
    True,
    /// No row passes.
    False,
    /// All hold.
    And(Vec<Predicate<O>>),
    /// At least one holds.
    Or(Vec<Predicate<O>>),
    /// Three-valued negation.
    Not(Box<Predicate<O>>),
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
    /// Which rows: the request's filter, which never refers to a child.
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

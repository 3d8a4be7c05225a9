//! Every reason for which a request is refused before or while it is bound. Facts only: status and wire text are chosen in `edge::fault`.

use backstay_schema::model::Scalar;

/// Why a request cannot become, or run as, a plan.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// No such relation, or none that this caller may know of.
    #[error("relation `{name}` does not exist")]
    UnknownRelation {
        /// As asked for.
        name: String,
        /// A relation of similar name that the caller can see.
        suggestion: Option<String>,
    },
    /// A name in select, filter or order.
    #[error("column `{relation}.{column}` does not exist")]
    UnknownColumn {
        /// Relation, or alias of the embed.
        relation: String,
        /// As asked for.
        column: String,
    },
    /// A name in a body or in the list of columns to write.
    #[error("column `{column}` of `{relation}` cannot be written: no such column")]
    UnknownWriteColumn {
        /// Relation.
        relation: String,
        /// As asked for.
        column: String,
    },
    /// The caller holds no rule for the operation on the relation.
    #[error("permission denied for table {relation}")]
    RelationDenied {
        /// Relation.
        relation: String,
    },
    /// The caller holds no rule for calling the operation.
    #[error("permission denied for function {name}")]
    OperationDenied {
        /// Operation.
        name: String,
    },
    /// The caller may not read or write the column.
    #[error("permission denied for column {column} of {relation}")]
    ColumnDenied {
        /// Relation.
        relation: String,
        /// Column.
        column: String,
    },
    /// A new or changed row fails the caller's check rule.
    #[error("new row violates the row-level rule of {relation}")]
    RowDenied {
        /// Relation.
        relation: String,
    },
    /// The relation does not offer the operation to anybody.
    #[error("operation is switched off for {relation}")]
    OperationOff {
        /// Relation.
        relation: String,
    },
    /// No relationship fits an embed.
    #[error("no relationship between `{from}` and `{target}`")]
    NoRelationship {
        /// Parent relation.
        from: String,
        /// As asked for.
        target: String,
        /// Hint that was given.
        hint: Option<String>,
        /// A target that would have worked.
        suggestion: Option<String>,
    },
    /// Several relationships fit an embed.
    #[error("several relationships between `{from}` and `{target}`")]
    AmbiguousRelationship {
        /// Parent relation.
        from: String,
        /// As asked for.
        target: String,
        /// Each candidate.
        candidates: Vec<Candidate>,
    },
    /// Sorting by an embed that is not to-one.
    #[error("`{from}` and `{target}` do not form a to-one relationship")]
    OrderNotToOne {
        /// Parent relation.
        from: String,
        /// As asked for.
        target: String,
    },
    /// Sorting by, or filtering, an embed that is not selected.
    #[error("`{target}` is not an embedded resource")]
    NotEmbedded {
        /// As asked for.
        target: String,
        /// Parent relation.
        from: String,
    },
    /// The operator has no meaning on the type of the value.
    #[error("operator does not exist: {ty} {operator}")]
    NoOperator {
        /// Type of the value in PostgreSQL's words.
        ty: String,
        /// Operator in SQL's words.
        operator: String,
    },
    /// The function (an aggregate) has no meaning on the type of the value.
    #[error("function {name}({ty}) does not exist")]
    NoFunction {
        /// Function name.
        name: &'static str,
        /// Type of the value in PostgreSQL's words.
        ty: String,
    },
    /// Aggregates are switched off.
    #[error("aggregates are switched off")]
    AggregatesOff,
    /// A cast to an unknown type.
    #[error("type \"{name}\" does not exist")]
    UnknownType {
        /// As asked for.
        name: String,
    },
    /// Understood, and not available here.
    #[error("feature not implemented: {reason}")]
    NotImplemented {
        /// What and why, for the caller.
        reason: String,
    },
    /// `on_conflict` names no unique constraint.
    #[error("there is no unique or exclusion constraint matching the ON CONFLICT specification")]
    NoConflictTarget,
    /// The first sort terms are not of the columns that are to be distinct.
    #[error("DISTINCT ON expressions must match initial ORDER BY expressions")]
    DistinctOrder,
    /// A cursor that cannot be read, or one of another order.
    #[error("the cursor cannot be read, or it is of another order")]
    BadCursor,
    /// A change or removal of every row, which only some callers may ask for.
    #[error("{verb} requires a WHERE clause")]
    NoFilter {
        /// `UPDATE` or `DELETE`.
        verb: &'static str,
    },
    /// Writing a column that only the server writes.
    #[error("column \"{column}\" can only be updated to DEFAULT")]
    ReadOnlyColumn {
        /// Relation.
        relation: String,
        /// Column.
        column: String,
        /// Whether in an insert.
        inserting: bool,
    },
    /// No operation of that name takes those arguments.
    #[error("no operation `{name}` with these arguments")]
    UnknownOperation {
        /// As asked for.
        name: String,
        /// Argument names given.
        arguments: Vec<String>,
        /// An operation of similar name that the caller can call.
        suggestion: Option<String>,
    },
    /// An operation with effects, called by a verb that only reads.
    #[error("cannot execute `{name}` in a read-only transaction")]
    NotReadOnly {
        /// Operation.
        name: String,
    },
    /// A key that may be used for other things only.
    #[error("the API key has no scope `{scope}`")]
    NoScope {
        /// The scope that would allow it.
        scope: String,
    },
    /// The id of an account, or of its profile, in a change.
    #[error("column \"{column}\" is the account's id, which does not change")]
    AccountId {
        /// Column.
        column: String,
    },
    /// The last enabled account with a role that somebody must hold.
    #[error("nobody else with the role \"{role}\" could sign in")]
    LastOfRole {
        /// Role.
        role: String,
    },
    /// A value that is not of its type.
    #[error("invalid value for type {ty:?}")]
    BadValue {
        /// Type wanted, in PostgreSQL's words.
        ty: String,
        /// As given.
        value: String,
        /// What is wrong with it.
        problem: ValueProblem,
    },
    /// NULL for a column that must have a value.
    #[error("null value in column \"{column}\"")]
    NullValue {
        /// Relation.
        relation: String,
        /// Column.
        column: String,
        /// The row as PostgreSQL prints it, only with columns the caller may read; `None` when there is one it may not.
        row: Option<String>,
    },
    /// A value or row that a validation rule forbids.
    #[error("new row for \"{relation}\" violates \"{constraint}\"")]
    CheckFailed {
        /// Relation.
        relation: String,
        /// Constraint name on the wire.
        constraint: String,
        /// Field, rule and what is wrong, for the caller.
        details: String,
    },
    /// More of something than [`crate::limits::Limits`] allows.
    #[error("request exceeds {what}: {max}")]
    LimitExceeded {
        /// Which limit, in words for the caller.
        what: &'static str,
        /// Its value.
        max: u64,
    },
    /// The request names a shape the plan cannot express (an aggregate in a to-many spread, an operator on an embed).
    #[error("unsupported: {reason}")]
    Unsupported {
        /// What and why.
        reason: String,
    },
    /// A `->` or `->>` on a value that is text or a scalar.
    #[error("operator does not exist: {ty} {operator} {right}")]
    BadPath {
        /// Type of the value in PostgreSQL's words.
        ty: String,
        /// `->` or `->>`.
        operator: &'static str,
        /// Type of the step: `unknown` for a member, `integer` for a position.
        right: &'static str,
    },
}

/// One way an ambiguous embed could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// `many-to-one`, `one-to-one`, `one-to-many`, `many-to-many`.
    pub cardinality: &'static str,
    /// `A with B`.
    pub embedding: String,
    /// `fk using A(cols) and B(cols)`.
    pub relationship: String,
    /// Hint that chooses it, `B!fk`.
    pub hint: String,
}

/// What is wrong with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueProblem {
    /// Not the syntax of the type (22P02).
    Syntax,
    /// Not a value of the enum that the type names (22P02).
    Enum,
    /// Not the syntax of a date or time (22007).
    DateTimeSyntax,
    /// A date or time that does not exist (22008).
    DateTimeRange,
    /// Outside the range of a number (22003).
    OutOfRange,
    /// A bad or unsupported regular expression (2201B).
    Regex,
    /// Not the syntax of a full-text query (42601).
    Search,
    /// Longer or deeper than allowed (54000).
    TooLarge,
}

/// Name of a scalar in PostgreSQL's words, for messages.
#[must_use]
pub fn postgres_name(scalar: Scalar) -> &'static str {
    match scalar {
        Scalar::Int => "integer",
        Scalar::BigInt => "bigint",
        Scalar::Float => "double precision",
        Scalar::Decimal => "numeric",
        Scalar::Boolean => "boolean",
        Scalar::Uuid => "uuid",
        Scalar::DateTime => "timestamp with time zone",
        Scalar::Date => "date",
        Scalar::Time => "time",
        Scalar::Bytes => "bytea",
        Scalar::Json | Scalar::Object(_) => "json",
        Scalar::String | Scalar::Id | Scalar::Email | Scalar::Url | Scalar::Phone | Scalar::Enum(_) => "text",
    }
}

//! Why a request failed in or before the database. Facts only: status and wire text are chosen in `edge::fault`.

use backstay_plan::Refusal;
use std::time::Duration;

/// A failed request. Nothing of it was kept.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The plan or a value of it was refused: the caller's fault.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The caller has used up a `@rateLimit` of what the request acts on. Nothing was run; safe to retry after `wait`.
    #[error("at most {max} requests in {per_ms} ms are allowed")]
    RateLimited {
        /// Requests allowed.
        max: u64,
        /// In this time, milliseconds.
        per_ms: u64,
        /// How long to wait.
        wait: Duration,
    },
    /// A unique constraint.
    #[error("duplicate key value violates unique constraint \"{constraint}\"")]
    Unique {
        /// Constraint name on the wire.
        constraint: String,
        /// Columns and values of the new row, when the caller may read them and the row it collides with.
        key: Option<KeyDetail>,
    },
    /// A reference to a row that is not there.
    #[error("foreign key constraint \"{constraint}\" of \"{relation}\"")]
    ForeignKeyMissing {
        /// Referencing relation.
        relation: String,
        /// Constraint name on the wire.
        constraint: String,
        /// Referenced relation.
        referenced: String,
        /// Referencing columns and values, when the caller may read them.
        key: Option<KeyDetail>,
    },
    /// Removing or changing a row that others refer to.
    #[error("row of \"{relation}\" is referenced by \"{referencing}\"")]
    ForeignKeyReferenced {
        /// Relation of the row.
        relation: String,
        /// Constraint name on the wire.
        constraint: String,
        /// Relation that refers to it.
        referencing: String,
        /// Referenced columns and values, when the caller may read them.
        key: Option<KeyDetail>,
    },
    /// A merge payload names the same row twice.
    #[error("ON CONFLICT DO UPDATE command cannot affect row a second time")]
    MergeTwice,
    /// More rows were affected than the request allows. Rolled back.
    #[error("query affects {affected} rows, more than the limit of {max}")]
    TooManyAffected {
        /// Rows affected.
        affected: u64,
        /// Rows allowed.
        max: u64,
    },
    /// Exactly one row was asked for. A write was rolled back.
    #[error("the result contains {rows} rows")]
    NotSingular {
        /// Rows there were.
        rows: u64,
    },
    /// The queue in front of the store is full; nothing was run. Safe to retry.
    #[error("the {queue} queue is full")]
    Overloaded {
        /// `read` or `write`.
        queue: &'static str,
    },
    /// The statement ran longer than its budget and was stopped.
    #[error("statement exceeded its {limit_ms} ms budget")]
    Timeout {
        /// The budget.
        limit_ms: u64,
    },
    /// No space left, or the database may not grow. Reads go on.
    #[error("the disk is full")]
    DiskFull,
    /// The database is read-only or a commit failed: no more writes are acknowledged until restart.
    #[error("the database takes no writes: {reason}")]
    ReadOnly {
        /// Why.
        reason: String,
    },
    /// The database cannot be used.
    #[error("database is unavailable: {reason}")]
    Unavailable {
        /// Why.
        reason: String,
    },
    /// The connection to the database broke while it committed: whether the write was kept is not known. Not safe to retry.
    #[error("the database did not say whether it committed: {reason}")]
    CommitUnknown {
        /// What happened.
        reason: String,
    },
    /// A custom operation's SQL failed.
    #[error("operation `{operation}` failed")]
    Operation {
        /// Operation.
        operation: String,
        /// The database's words, for the log.
        reason: String,
    },
    /// An operation of a transaction refers to a result that is not there.
    #[error("reference {reference}: {problem}")]
    Reference {
        /// As the caller wrote it.
        reference: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// One operation of a transaction failed; nothing of any was kept.
    #[error("operation {index} of the transaction: {failure}")]
    InTransaction {
        /// Its position, from 0.
        index: usize,
        /// Why it failed.
        failure: Box<Failure>,
    },
    /// A defect of ours. The request had no effect.
    #[error("internal error: {reason}")]
    Internal {
        /// What was not as it must be, for the log.
        reason: String,
    },
}

impl Failure {
    /// The position of the step whose [`crate::Expect`] did not hold; `None` when something else went wrong.
    #[must_use]
    pub fn unmet(&self) -> Option<usize> {
        let Self::InTransaction { index, failure } = self else { return None };
        matches!(**failure, Self::NotSingular { .. }).then_some(*index)
    }

    /// Why the plan refused, alone or as one step of several.
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        if let Self::InTransaction { failure, .. } = self {
            return failure.refusal();
        }
        let Self::Refused(refusal) = self else { return None };
        Some(refusal)
    }

    /// The constraint that a value collided on, alone or as one step of several.
    #[must_use]
    pub fn collision(&self) -> Option<&str> {
        if let Self::InTransaction { failure, .. } = self {
            return failure.collision();
        }
        let Self::Unique { constraint, .. } = self else { return None };
        Some(constraint)
    }
}

/// Columns and values of a key in a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyDetail {
    /// Column names.
    pub columns: Vec<String>,
    /// Values as PostgreSQL prints them.
    pub values: Vec<String>,
}

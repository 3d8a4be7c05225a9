//! What the engine reports, as a fault.

use super::{Caller, Fault, code, text};
use crate::{rate, request_id};
use backstay_engine::Failure;
use backstay_engine::fault::KeyDetail;
use http::header::{HeaderValue, RETRY_AFTER};

impl Fault {
    /// A fault for a request that failed in or before the database.
    #[must_use]
    pub fn of_failure(failure: &Failure, caller: Caller) -> Self {
        match failure {
            Failure::Refused(refusal) => Self::of_refusal(refusal, caller),
            Failure::RateLimited { max, per_ms, wait } => Self::new(code::RATE, "Too many requests")
                .details(format!("At most {max} in {per_ms} ms are allowed here."))
                .header(RETRY_AFTER, HeaderValue::from(rate::seconds(*wait).max(1))),
            Failure::Unique { constraint, key } => {
                let message = format!("duplicate key value violates unique constraint \"{constraint}\"");
                with_key(Self::new(code::UNIQUE, message), key.as_ref(), "already exists.")
            }
            Failure::ForeignKeyMissing { relation, constraint, referenced, key } => {
                let message = format!(
                    "insert or update on table \"{relation}\" violates foreign key constraint \"{constraint}\""
                );
                let end = format!("is not present in table \"{referenced}\".");
                with_key(Self::new(code::FOREIGN_KEY, message), key.as_ref(), &end)
            }
            Failure::ForeignKeyReferenced { relation, constraint, referencing, key } => {
                let message = format!(
                    "update or delete on table \"{relation}\" violates foreign key constraint \"{constraint}\" \
                     on table \"{referencing}\""
                );
                let end = format!("is still referenced from table \"{referencing}\".");
                with_key(Self::new(code::FOREIGN_KEY, message), key.as_ref(), &end)
            }
            Failure::MergeTwice => {
                let hint = "Ensure that no rows proposed for insertion within the same command have duplicate constrained values.";
                let message = "ON CONFLICT DO UPDATE command cannot affect row a second time";
                Self::new(code::MERGE_TWICE, message).hint(Some(hint.to_owned()))
            }
            Failure::TooManyAffected { affected, max: _ } => {
                Self::new(code::MAX_AFFECTED, "Query result exceeds max-affected preference constraint")
                    .details(format!("The query affects {affected} rows"))
            }
            Failure::NotSingular { rows } => {
                Self::new(code::NOT_SINGULAR, "Cannot coerce the result to a single JSON object")
                    .details(format!("The result contains {rows} rows"))
            }
            Failure::Overloaded { queue } => {
                Self::new(code::OVERLOADED, format!("The {queue} queue is full; try again later"))
            }
            Failure::Timeout { limit_ms } => Self::new(code::TIMEOUT, "canceling statement due to statement timeout")
                .details(format!("The statement ran longer than {limit_ms} ms")),
            Failure::DiskFull => Self::new(code::DISK_FULL, "No space left for writes"),
            Failure::ReadOnly { reason } => {
                tracing::error!(
                    request.id = request_id::current(),
                    error.reason = reason.as_str(),
                    "the database takes no writes"
                );
                Self::new(code::READ_ONLY, "The database takes no writes")
            }
            Failure::Unavailable { reason } => {
                tracing::error!(
                    request.id = request_id::current(),
                    error.reason = reason.as_str(),
                    "the database is unavailable"
                );
                Self::new(code::UNAVAILABLE, "Database connection error.")
            }
            Failure::CommitUnknown { reason } => {
                tracing::error!(
                    request.id = request_id::current(),
                    error.reason = reason.as_str(),
                    "the outcome of a commit is not known"
                );
                Self::new(code::COMMIT_UNKNOWN, "The outcome of the write is not known")
                    .details("The database did not say whether it committed. Look before you write again.")
            }
            Failure::Operation { operation, reason } => {
                tracing::warn!(
                    request.id = request_id::current(),
                    operation.name = operation.as_str(),
                    error.reason = reason.as_str(),
                    "operation failed"
                );
                Self::new(code::OPERATION_FAILED, format!("The operation {} failed", text::quoted(operation)))
            }
            Failure::Reference { reference, problem } => {
                let message = format!("The reference {} leads nowhere", text::quoted(reference));
                Self::new(code::REFERENCE, message).details(*problem)
            }
            Failure::InTransaction { index, failure } => Self::of_failure(failure, caller).of_operation(*index),
            Failure::Internal { reason } => Self::internal(reason),
        }
    }
}

fn with_key(fault: Fault, key: Option<&KeyDetail>, end: &str) -> Fault {
    match key {
        Some(key) => {
            let (columns, values) = (key.columns.join(", "), key.values.join(", "));
            fault.details(format!("Key ({columns})=({values}) {end}"))
        }
        None => fault,
    }
}

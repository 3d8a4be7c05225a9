//! From the driver's errors to [`Failure`]: constraint names from messages, and the state of the disk from codes.

use super::connection::Link;
use super::probe;
use super::program::Progress;
use crate::Failure;
use crate::store::Job;
use crate::store::violation::{check, constraint_name, detail, model_of, of_profile, written};
use backstay_plan::Refusal;
use backstay_plan::fault::ValueProblem;
use backstay_schema::model::FieldId;
use rusqlite::{ErrorCode, ffi};

/// What kind of trouble the store itself is in, whatever the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Only the request is at fault, or it was stopped.
    None,
    /// No space; heals by itself.
    Full,
    /// The disk failed or the file is damaged: nothing may be acknowledged any more.
    Broken,
}

/// What an error says about the store.
pub(crate) fn trouble(error: &rusqlite::Error) -> Trouble {
    let Some(code) = error.sqlite_error() else { return Trouble::None };
    if code.extended_code == ffi::SQLITE_IOERR_SHMSIZE {
        return Trouble::Full;
    }
    #[expect(clippy::wildcard_enum_match_arm, reason = "the driver's enum is open")]
    match code.code {
        ErrorCode::DiskFull => Trouble::Full,
        ErrorCode::SystemIoFailure | ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Trouble::Broken,
        _ => Trouble::None,
    }
}

/// Explains an error that has nothing to do with the rows of one request.
pub(crate) fn plain(error: &rusqlite::Error, budget_ms: u64) -> Failure {
    if let Some(refusal) = coded(error) {
        return refusal.into();
    }
    match trouble(error) {
        Trouble::Full => return Failure::DiskFull,
        Trouble::Broken => return Failure::Unavailable { reason: error.to_string() },
        Trouble::None => {}
    }
    let Some(code) = error.sqlite_error_code() else { return Failure::Internal { reason: error.to_string() } };
    #[expect(clippy::wildcard_enum_match_arm, reason = "the driver's enum is open")]
    match code {
        ErrorCode::OperationInterrupted => Failure::Timeout { limit_ms: budget_ms },
        ErrorCode::ReadOnly => Failure::ReadOnly { reason: error.to_string() },
        ErrorCode::TooBig => {
            let max = u64::from(super::VALUE_BYTES_MAX.unsigned_abs());
            Refusal::LimitExceeded { what: "bytes of one value", max }.into()
        }
        ErrorCode::DatabaseBusy
        | ErrorCode::DatabaseLocked
        | ErrorCode::OutOfMemory
        | ErrorCode::CannotOpen
        | ErrorCode::PermissionDenied
        | ErrorCode::FileLockingProtocolFailed
        | ErrorCode::NoLargeFileSupport => Failure::Unavailable { reason: error.to_string() },
        _ => Failure::Internal { reason: error.to_string() },
    }
}

/// Explains why a read failed.
pub(crate) fn of_read(error: &rusqlite::Error, operation: Option<&str>, budget_ms: u64) -> Failure {
    match (plain(error, budget_ms), operation) {
        (Failure::Internal { reason }, Some(operation)) => {
            Failure::Operation { operation: operation.to_owned(), reason }
        }
        (failure, _) => failure,
    }
}

/// Explains why a write failed that collides with no row.
fn of_statement(error: &rusqlite::Error, job: &Job, budget_ms: u64) -> Failure {
    of_read(error, job.compiled.operation(), budget_ms)
}

/// Whether a row has what another has and only one may.
pub(crate) fn is_collision(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|error| {
        matches!(
            error.extended_code,
            ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID
        )
    })
}

/// Explains why a write failed. To be called before the rollback, since it looks at the rows the write collided with.
pub(crate) fn of_write(
    error: &rusqlite::Error,
    link: &Link,
    job: &Job,
    progress: &Progress,
    budget_ms: u64,
) -> Failure {
    let rusqlite::Error::SqliteFailure(code, Some(message)) = error else { return of_statement(error, job, budget_ms) };
    let (code, message) = (code.extended_code, message.as_str());
    let schema = job.compiled.schema();
    let subject = message.split_once("constraint failed: ").map_or("", |(_, subject)| subject);
    match code {
        ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID => {
            unique(subject, link, job, progress)
        }
        ffi::SQLITE_CONSTRAINT_NOTNULL => {
            let (table, column) = subject.split_once('.').unwrap_or((subject, ""));
            let column = model_of(schema, table)
                .and_then(|model| model.fields.iter().find(|field| field.column == column))
                .map_or(column, |field| field.name.as_str());
            Refusal::NullValue { relation: table.to_owned(), column: column.to_owned(), row: None }.into()
        }
        ffi::SQLITE_CONSTRAINT_CHECK => check(subject, &job.compiled).into(),
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => Failure::ForeignKeyReferenced {
            relation: job.compiled.relation().to_owned(),
            constraint: String::new(),
            referencing: String::new(),
            key: None,
        },
        _ => of_statement(error, job, budget_ms),
    }
}

/// A condition that one of our own SQL functions raised: `SQLSTATE:type:value`.
fn coded(error: &rusqlite::Error) -> Option<Refusal> {
    let rusqlite::Error::SqliteFailure(_, Some(message)) = error else { return None };
    let mut parts = message.splitn(3, ':');
    let (state, ty, value) = (parts.next()?, parts.next()?, parts.next()?);
    let problem = match state {
        "22P02" => ValueProblem::Syntax,
        "22007" => ValueProblem::DateTimeSyntax,
        "22008" => ValueProblem::DateTimeRange,
        "22003" => ValueProblem::OutOfRange,
        "2201B" => ValueProblem::Regex,
        "54000" => ValueProblem::TooLarge,
        _ => return None,
    };
    Some(Refusal::BadValue { ty: ty.to_owned(), value: value.to_owned(), problem })
}

/// A unique violation. `subject` is `t.a, t.b`, or `index 'name'` for an index over expressions.
fn unique(subject: &str, link: &Link, job: &Job, progress: &Progress) -> Failure {
    let schema = job.compiled.schema();
    if let Some(name) = subject.strip_prefix("index '") {
        return Failure::Unique { constraint: name.trim_end_matches('\'').to_owned(), key: None };
    }
    let mut pairs = subject.split(", ").filter_map(|pair| pair.split_once('.'));
    let Some((table, first)) = pairs.next() else {
        return Failure::Unique { constraint: subject.to_owned(), key: None };
    };
    let columns: Vec<&str> = std::iter::once(first).chain(pairs.map(|(_, column)| column)).collect();
    if let Some(constraint) = of_profile(schema, table, &columns) {
        return Failure::Unique { constraint, key: None };
    }
    let Some(model) = model_of(schema, table) else {
        return Failure::Unique { constraint: format!("{table}_{}_key", columns.join("_")), key: None };
    };
    let fields: Vec<FieldId> = columns
        .iter()
        .filter_map(|column| model.fields.iter().find(|field| field.column == **column))
        .map(|field| field.id)
        .collect();
    let constraint = constraint_name(model, &fields).unwrap_or_else(|| format!("{table}_{}_key", columns.join("_")));
    let key =
        written(job, progress.row, model, &fields).filter(|values| probe::sees(link, job, model, &fields, values));
    Failure::Unique { constraint, key: key.map(|values| detail(model, &fields, &values)) }
}

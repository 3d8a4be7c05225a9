//! From SQLSTATEs to [`Failure`]: the same words as on every other database.

use super::foreign_key;
use super::link::{Link, words};
use super::program::Progress;
use super::read;
use super::value::Unsendable;
use super::{Settings, VALUE_BYTES_MAX};
use crate::Failure;
use crate::compiled::Compiled;
use crate::store::violation::{check, constraint_name, detail, model_of, of_profile, written};
use crate::store::{Job, probe};
use backstay_plan::Refusal;
use backstay_plan::fault::ValueProblem;
use backstay_plan::value::Value;
use backstay_schema::Schema;
use backstay_schema::model::{FieldId, Model};
use tokio_postgres::Error;
use tokio_postgres::error::{DbError, SqlState};

/// Bytes of a name that PostgreSQL keeps.
const NAME_BYTES_MAX: usize = 63;

/// What can be done about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Remedy {
    /// Nothing: it is the answer.
    None,
    /// The connection is gone, and with it all that was not committed.
    Reconnect,
    /// Others were in the way: the same again, a little later.
    Again,
    /// What was prepared no longer fits the tables.
    Prepare,
    /// A constraint: the careful way says which.
    LookCloser,
}

/// What can be done about an error that came before a commit was asked for.
pub(super) fn remedy(error: &Error) -> Remedy {
    let Some(told) = error.as_db_error() else {
        return if is_lost(error) { Remedy::Reconnect } else { Remedy::None };
    };
    let code = told.code();
    if *code == SqlState::T_R_SERIALIZATION_FAILURE || *code == SqlState::T_R_DEADLOCK_DETECTED {
        return Remedy::Again;
    }
    if [SqlState::UNIQUE_VIOLATION, SqlState::FOREIGN_KEY_VIOLATION, SqlState::RESTRICT_VIOLATION].contains(code) {
        return Remedy::LookCloser;
    }
    let replanned = *code == SqlState::FEATURE_NOT_SUPPORTED && told.routine() == Some("RevalidateCachedQuery");
    if replanned || *code == SqlState::INVALID_SQL_STATEMENT_NAME {
        return Remedy::Prepare;
    }
    if is_ending(code) { Remedy::Reconnect } else { Remedy::None }
}

/// Whether the connection broke.
pub(super) fn is_lost(error: &Error) -> bool {
    match error.as_db_error() {
        Some(told) => is_ending(told.code()),
        None => {
            let source = std::error::Error::source(error);
            error.is_closed() || source.is_some_and(|source| source.is::<std::io::Error>())
        }
    }
}

/// Whether the server ends the session with it.
fn is_ending(code: &SqlState) -> bool {
    let endings = [
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::CANNOT_CONNECT_NOW,
        SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
    ];
    endings.contains(code) || code.code().starts_with("08")
}

/// Whether a row has what another has and only one may.
pub(super) fn is_collision(error: &Error) -> bool {
    error.code() == Some(&SqlState::UNIQUE_VIOLATION)
}

/// Whether a reference leads nowhere.
pub(super) fn is_foreign_key(error: &Error) -> bool {
    error.code().is_some_and(|code| *code == SqlState::FOREIGN_KEY_VIOLATION || *code == SqlState::RESTRICT_VIOLATION)
}

/// Explains an error that has nothing to do with the rows of one request.
pub(super) fn plain(error: &Error, budget_ms: u64) -> Failure {
    let Some(told) = error.as_db_error() else {
        if let Some(refusal) = unsendable(error) {
            return refusal.into();
        }
        let reason = words(error);
        return if is_lost(error) { Failure::Unavailable { reason } } else { Failure::Internal { reason } };
    };
    if let Some(refusal) = value(told) {
        return refusal.into();
    }
    let (code, reason) = (told.code(), words(error));
    match code.code() {
        "57014" => Failure::Timeout { limit_ms: budget_ms },
        "53100" => Failure::DiskFull,
        "53300" => Failure::Overloaded { queue: "write" },
        "25006" => Failure::ReadOnly { reason },
        "54000" | "53200" => Refusal::LimitExceeded { what: "bytes of one value", max: VALUE_BYTES_MAX }.into(),
        "40001" | "40P01" => Failure::Overloaded { queue: "write" },
        "3D000" | "28000" | "28P01" | "XX001" | "XX002" | "57P04" => Failure::Unavailable { reason },
        _ if is_ending(code) => Failure::Unavailable { reason },
        _ => Failure::Internal { reason },
    }
}

/// Explains why a statement failed that violates no constraint.
pub(super) fn of_statement(error: &Error, operation: Option<&str>, budget_ms: u64) -> Failure {
    match (plain(error, budget_ms), operation) {
        (Failure::Internal { reason } | Failure::ReadOnly { reason }, Some(operation)) => {
            Failure::Operation { operation: operation.to_owned(), reason }
        }
        (failure, _) => failure,
    }
}

/// A value that cannot be sent.
fn unsendable(error: &Error) -> Option<Refusal> {
    let source = std::error::Error::source(error)?.downcast_ref::<Unsendable>()?;
    match source {
        Unsendable::ZeroByte => Some(zero_byte()),
        Unsendable::NoList => None,
    }
}

fn zero_byte() -> Refusal {
    Refusal::BadValue { ty: "text".to_owned(), value: "\\u0000".to_owned(), problem: ValueProblem::Syntax }
}

/// A value that the server cannot take as what it is meant to be.
fn value(told: &DbError) -> Option<Refusal> {
    let problem = match told.code().code() {
        "22P02" | "22023" | "22025" => ValueProblem::Syntax,
        "22P05" | "22021" => return Some(zero_byte()),
        "22007" => ValueProblem::DateTimeSyntax,
        "22008" => ValueProblem::DateTimeRange,
        "22003" => ValueProblem::OutOfRange,
        "2201B" => ValueProblem::Regex,
        _ => return None,
    };
    let message = told.message();
    // `… type TYPE: "VALUE"`, `value "VALUE" is out of range for type TYPE`, `… out of range: "VALUE"`, `TYPE out of range`.
    let quoted = message.split_once('"').and_then(|(_, rest)| rest.rsplit_once('"')).map(|(value, _)| value);
    let after = message.rsplit_once("type ").map(|(_, ty)| ty.split(':').next().unwrap_or_default().trim());
    let of_arithmetic = || match message {
        "value overflows numeric format" | "numeric field overflow" => Some("numeric"),
        "value out of range: overflow" | "value out of range: underflow" => Some("double precision"),
        other => other.strip_suffix(" out of range"),
    };
    let ty = after.or_else(of_arithmetic).unwrap_or_default();
    Some(Refusal::BadValue { ty: ty.to_owned(), value: quoted.unwrap_or_default().to_owned(), problem })
}

/// Explains why a write failed, on a transaction that was rolled back to where the row was not yet written.
pub(super) async fn of_write(
    error: &Error,
    link: &Link,
    job: &Job,
    progress: &Progress,
    settings: &Settings,
) -> Failure {
    match error.as_db_error() {
        Some(told) if is_collision(error) => unique(told, link, job, progress, settings).await,
        Some(told) if is_foreign_key(error) => foreign_key::explain(told, link, job, settings).await,
        Some(_) | None => of_itself(error, &job.compiled, settings),
    }
}

/// Explains why a write failed from what the server has told alone.
pub(super) fn of_itself(error: &Error, compiled: &Compiled, settings: &Settings) -> Failure {
    let otherwise = || of_statement(error, compiled.operation(), settings.budget_ms());
    let Some(told) = error.as_db_error() else { return otherwise() };
    let table = whole_table(compiled.schema(), told.table().unwrap_or_default());
    let constraint = told.constraint().unwrap_or_default();
    match told.code().code() {
        "23502" => {
            let column = told.column().unwrap_or_default();
            let field = model_of(compiled.schema(), table)
                .and_then(|model| model.fields.iter().find(|field| field.column == column))
                .map_or(column, |field| field.name.as_str());
            Refusal::NullValue { relation: table.to_owned(), column: field.to_owned(), row: None }.into()
        }
        "23514" => check(&whole_check(compiled.schema(), table, constraint), compiled).into(),
        _ => otherwise(),
    }
}

/// A unique violation.
async fn unique(told: &DbError, link: &Link, job: &Job, progress: &Progress, settings: &Settings) -> Failure {
    let schema = job.compiled.schema();
    let (table, constraint) = (told.table().unwrap_or_default(), told.constraint().unwrap_or_default());
    if let Some(constraint) = of_accounts(schema, table, constraint) {
        return Failure::Unique { constraint, key: None };
    }
    let found = model_of(schema, whole_table(schema, table))
        .and_then(|model| Some((model, fields_of(model, constraint).or_else(|| fields_told(model, told))?)));
    let Some((model, fields)) = found else {
        return Failure::Unique { constraint: constraint.to_owned(), key: None };
    };
    let constraint = constraint_name(model, &fields).unwrap_or_else(|| constraint.to_owned());
    let key = match written(job, progress.row, model, &fields) {
        Some(values) if sees(link, job, (model, &fields), &values, settings).await => Some(values),
        Some(_) | None => None,
    };
    Failure::Unique { constraint, key: key.map(|values| detail(model, &fields, &values)) }
}

/// An address that another account has, in the words of the profile that was written.
fn of_accounts(schema: &Schema, table: &str, constraint: &str) -> Option<String> {
    let of_address = constraint.strip_prefix(table).is_some_and(|rest| rest.starts_with("_email"));
    of_address.then(|| of_profile(schema, table, &["email"])).flatten()
}

/// The fields that a constraint keeps unique.
fn fields_of(model: &Model, constraint: &str) -> Option<Vec<FieldId>> {
    if same_name(&format!("{}_pkey", model.table), constraint) {
        return Some(model.key.clone());
    }
    let unique = model.uniques.iter().find(|unique| same_name(&unique.name, constraint));
    unique.map(|unique| unique.fields.clone()).or_else(|| {
        let index = model.indexes.iter().find(|index| same_name(&index.name, constraint))?;
        Some(index.fields.iter().map(|(field, _)| *field).collect())
    })
}

/// The fields that a partition's part of a constraint keeps unique: its name is the server's. The server tells the columns as
/// `(columns)=(values)`, whatever its language.
fn fields_told(model: &Model, told: &DbError) -> Option<Vec<FieldId>> {
    model.partition.as_ref()?;
    let (_, rest) = told.detail()?.split_once('(')?;
    let (columns, _) = rest.split_once(")=(")?;
    // No column's name holds a quote.
    let columns = columns.replace('"', "");
    let indexes = model.indexes.iter().filter(|index| index.unique);
    let indexes = indexes.map(|index| index.fields.iter().map(|(field, _)| *field).collect());
    let uniques = model.uniques.iter().map(|unique| unique.fields.clone());
    let mut all = std::iter::once(model.key.clone()).chain(uniques).chain(indexes);
    all.find(|fields: &Vec<FieldId>| {
        let names = fields.iter().filter_map(|id| model.fields.get(usize::from(id.0)));
        names.map(|field| field.column.as_str()).collect::<Vec<_>>().join(", ") == columns
    })
}

/// The table of the schema that a table of the server is, or is a partition of.
pub(super) fn whole_table<'t>(schema: &'t Schema, table: &'t str) -> &'t str {
    let of = table.rsplit_once("_part").and_then(|(of, _)| model_of(schema, of));
    of.filter(|model| model.partition.is_some()).map_or(table, |model| model.table.as_str())
}

/// The whole name of a check, of which the server may know only the beginning.
fn whole_check(schema: &Schema, table: &str, name: &str) -> String {
    let named = model_of(schema, table)
        .and_then(|model| model.checks.iter().find(|check| same_name(&check.name, name)))
        .map(|check| check.name.clone());
    named.unwrap_or_else(|| name.to_owned())
}

/// Whether a name is what the server makes of one of ours.
pub(super) fn same_name(ours: &str, found: &str) -> bool {
    if ours.len() <= NAME_BYTES_MAX {
        return ours == found;
    }
    let end = (0..=NAME_BYTES_MAX).rev().find(|at| ours.is_char_boundary(*at)).unwrap_or(0);
    ours.get(..end) == Some(found)
}

/// Whether the caller can read a row that holds these values in these columns.
pub(super) async fn sees(
    link: &Link,
    job: &Job,
    (model, fields): (&Model, &[FieldId]),
    values: &[Value],
    settings: &Settings,
) -> bool {
    let Some((compiled, bound)) = probe::look(job, model, fields, values) else { return false };
    let params = bound.texts.first().map_or(&[][..], Vec::as_slice);
    read::run(link, &compiled, params, settings).await.is_ok_and(|outcome| outcome.rows > 0)
}

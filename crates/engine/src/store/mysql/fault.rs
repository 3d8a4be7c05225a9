//! From MySQL's and MariaDB's error numbers to [`Failure`]: the same words as on every other database.

use super::link::Link;
use super::program::Progress;
use super::read;
use super::{Settings, VALUE_BYTES_MAX, foreign_key};
use crate::Failure;
use crate::compiled::Compiled;
use crate::store::violation::{check, constraint_name, detail, model_of, of_profile, written};
use crate::store::{Job, probe};
use backstay_plan::Refusal;
use backstay_plan::fault::{ValueProblem, postgres_name};
use backstay_plan::value::Value;
use backstay_schema::ACCOUNTS;
use backstay_schema::model::{FieldId, Model};
use mysql_async::{DriverError, Error, ServerError};

/// Characters of a name that the server takes; of ours no more are given to it.
const NAME_CHARS_MAX: usize = 64;
/// Name that every primary key has.
const PRIMARY: &str = "PRIMARY";

const DUPLICATE: &[u16] = &[1062, 1169, 1586, 1859];
/// A row that refers to none, and one that is referred to; the older numbers tell no name.
const NO_PARENT: &[u16] = &[1452, 1216];
const HAS_CHILD: &[u16] = &[1451, 1217];
const NO_TABLE: u16 = 1146;
/// A check; MariaDB's number and MySQL's.
const CHECK: &[u16] = &[4025, 3819];
const NULL_VALUE: &[u16] = &[1048, 1364, 1263];
/// A deadlock, a changed row, a changed table.
const AGAIN: &[u16] = &[1213, 1020, 1412, 1615, 3572];
/// The server goes, or has ended the connection.
const ENDING: &[u16] = &[1053, 1077, 1079, 1080, 1152, 1158, 1159, 1160, 1161, 1184, 1927, 3169, 4031];
const PACKET_TOO_LARGE: u16 = 1153;
const STOPPED: &[u16] = &[1969, 3024, 1317, 1205];
/// Warnings that something was left out of an answer.
pub(super) const CUT: &[u64] = &[1260, 1301];

/// What can be done about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Remedy {
    /// Nothing: it is the answer.
    None,
    /// The connection is gone, and with it all that was not committed.
    Reconnect,
    /// Others were in the way: the same again, a little later.
    Again,
}

/// What an error is about, without values of requests.
pub(super) fn words(error: &Error) -> String {
    match error {
        Error::Server(told) => format!("{} ({}, {})", told.message, told.code, told.state),
        Error::Driver(_) | Error::Io(_) | Error::Other(_) | Error::Url(_) => error.to_string(),
    }
}

/// What can be done about an error that came before a commit was asked for.
pub(super) fn remedy(error: &Error) -> Remedy {
    if is_lost(error) {
        return Remedy::Reconnect;
    }
    match told(error) {
        Some(told) if AGAIN.contains(&told.code) => Remedy::Again,
        Some(_) | None => Remedy::None,
    }
}

/// Whether a value was refused for its size. The server may end the connection after it has said so.
pub(super) fn is_too_large(error: &Error) -> bool {
    is_one_of(error, &[PACKET_TOO_LARGE])
}

/// Whether the connection broke.
pub(super) fn is_lost(error: &Error) -> bool {
    match error {
        // The state is that of a broken connection, but nothing was done and that is known.
        Error::Server(told) if told.code == PACKET_TOO_LARGE => false,
        Error::Server(told) => ENDING.contains(&told.code) || told.state.starts_with("08"),
        Error::Io(_) => true,
        Error::Driver(driver) => matches!(
            driver,
            DriverError::ConnectionClosed | DriverError::PacketOutOfOrder | DriverError::UnexpectedPacket { .. }
        ),
        Error::Other(_) | Error::Url(_) => false,
    }
}

fn told(error: &Error) -> Option<&ServerError> {
    if let Error::Server(told) = error { Some(told) } else { None }
}

fn is_one_of(error: &Error, codes: &[u16]) -> bool {
    told(error).is_some_and(|told| codes.contains(&told.code))
}

/// Whether a row has what another has and only one may.
pub(super) fn is_collision(error: &Error) -> bool {
    is_one_of(error, DUPLICATE)
}

/// Whether a reference leads nowhere.
pub(super) fn is_foreign_key(error: &Error) -> bool {
    is_one_of(error, NO_PARENT) || is_one_of(error, HAS_CHILD)
}

/// Whether a table is not there.
pub(super) fn is_no_table(error: &Error) -> bool {
    is_one_of(error, &[NO_TABLE])
}

/// Explains an error that has nothing to do with the rows of one request.
pub(super) fn plain(error: &Error, budget_ms: u64) -> Failure {
    let reason = words(error);
    let Some(told) = told(error) else {
        if matches!(error, Error::Driver(DriverError::PacketTooLarge)) {
            return too_large();
        }
        return if is_lost(error) { Failure::Unavailable { reason } } else { Failure::Internal { reason } };
    };
    if let Some(refusal) = value(told, None) {
        return refusal.into();
    }
    match told.code {
        code if STOPPED.contains(&code) => Failure::Timeout { limit_ms: budget_ms },
        1021 | 1114 | 3675 => Failure::DiskFull,
        1040 | 1203 | 1226 => Failure::Overloaded { queue: "write" },
        1290 | 1792 | 1836 | 3100 => Failure::ReadOnly { reason },
        PACKET_TOO_LARGE | 1301 | 1406 | 1118 => too_large(),
        code if AGAIN.contains(&code) => Failure::Overloaded { queue: "write" },
        1044 | 1045 | 1049 | 1130 | 1698 => Failure::Unavailable { reason },
        code if ENDING.contains(&code) => Failure::Unavailable { reason },
        _ => Failure::Internal { reason },
    }
}

fn too_large() -> Failure {
    Refusal::LimitExceeded { what: "bytes of one value", max: VALUE_BYTES_MAX }.into()
}

/// Explains why a statement failed that violates no constraint.
pub(super) fn of_statement(error: &Error, compiled: &Compiled, budget_ms: u64) -> Failure {
    if let Some(refusal) = told(error).and_then(|told| value(told, Some(compiled))) {
        return refusal.into();
    }
    match (plain(error, budget_ms), compiled.operation()) {
        (Failure::Internal { reason } | Failure::ReadOnly { reason }, Some(operation)) => {
            Failure::Operation { operation: operation.to_owned(), reason }
        }
        (failure, _) => failure,
    }
}

/// A value that the server cannot take as what it is meant to be. Our own functions raise the states that PostgreSQL has for it;
/// of its own errors, the column says the type.
fn value(told: &ServerError, compiled: Option<&Compiled>) -> Option<Refusal> {
    let raised = match told.state.as_str() {
        "22P02" | "22023" | "22025" => Some(ValueProblem::Syntax),
        "22007" if told.code == 1644 => Some(ValueProblem::DateTimeSyntax),
        "22008" if told.code == 1644 => Some(ValueProblem::DateTimeRange),
        "22003" if told.code == 1644 => Some(ValueProblem::OutOfRange),
        "2201B" => Some(ValueProblem::Regex),
        "54000" => Some(ValueProblem::TooLarge),
        _ => None,
    };
    if let Some(problem) = raised {
        return Some(as_postgres_says(&told.message, problem));
    }
    let problem = match told.code {
        1264 | 1690 | 1367 | 3155 | 1441 => ValueProblem::OutOfRange,
        1366 | 1265 | 3140 | 3141 | 4038 | 4036 | 4037 => ValueProblem::Syntax,
        1292 | 1411 if told.message.contains("date") || told.message.contains("time") => ValueProblem::DateTimeSyntax,
        1292 | 1411 => ValueProblem::Syntax,
        1139 | 3685..=3699 => ValueProblem::Regex,
        _ => return None,
    };
    let column = told.message.split_once("for column ").map(|(_, rest)| rest);
    let column = column
        .and_then(|rest| rest.split(['\'', '`', '.']).rev().find(|part| !part.starts_with(" at ") && !part.is_empty()));
    let named = column.and_then(|column| {
        let compiled = compiled?;
        let model = compiled.schema().models.get(usize::from(compiled.model()?.0))?;
        model.fields.iter().find(|field| field.column == column)
    });
    let ty = match named {
        Some(field) => postgres_name(field.ty.scalar),
        None if told.message.starts_with("BIGINT") => "bigint",
        None if told.message.starts_with("DOUBLE") => "double precision",
        None if told.message.starts_with("DECIMAL") => "numeric",
        None => "",
    };
    let quoted = match told.code {
        1690 => None,
        _ => told.message.split_once(": '").and_then(|(_, rest)| rest.split_once('\'')).map(|(value, _)| value),
    };
    Some(Refusal::BadValue { ty: ty.to_owned(), value: quoted.unwrap_or_default().to_owned(), problem })
}

/// `… type TYPE: "VALUE"`, or `value "VALUE" is out of range for type TYPE`.
fn as_postgres_says(message: &str, problem: ValueProblem) -> Refusal {
    let quoted = message.split_once('"').and_then(|(_, rest)| rest.rsplit_once('"')).map(|(value, _)| value);
    let ty = message.rsplit_once("type ").map(|(_, ty)| ty.split(':').next().unwrap_or_default().trim());
    let ty = ty.or_else(|| message.strip_suffix(" out of range")).unwrap_or_default();
    Refusal::BadValue { ty: ty.to_owned(), value: quoted.unwrap_or_default().to_owned(), problem }
}

/// Explains why a write failed. The failed statement has undone itself; the transaction is still open.
pub(super) async fn of_write(
    error: &Error,
    link: &mut Link,
    job: &Job,
    progress: &Progress,
    settings: &Settings,
) -> Failure {
    let otherwise = || of_statement(error, &job.compiled, settings.budget_ms());
    let Some(told) = told(error) else { return otherwise() };
    let schema = job.compiled.schema();
    match told.code {
        code if DUPLICATE.contains(&code) => unique(&told.message, link, job, progress, settings).await,
        code if NO_PARENT.contains(&code) => foreign_key::missing(&told.message, job, progress),
        code if HAS_CHILD.contains(&code) => {
            foreign_key::referenced(&told.message, link, job, (progress, settings)).await
        }
        code if CHECK.contains(&code) => {
            let name = quoted(&told.message).unwrap_or_default();
            let whole = schema.models.iter().flat_map(|model| &model.checks).find(|check| same_name(&check.name, name));
            check(whole.map_or(name, |check| check.name.as_str()), &job.compiled).into()
        }
        code if NULL_VALUE.contains(&code) => {
            let column = quoted(&told.message).unwrap_or_default();
            let relation = if progress.beside { ACCOUNTS } else { job.compiled.relation() };
            let field = model_of(schema, relation)
                .and_then(|model| model.fields.iter().find(|field| field.column == column))
                .map_or(column, |field| field.name.as_str());
            Refusal::NullValue { relation: relation.to_owned(), column: field.to_owned(), row: None }.into()
        }
        _ => otherwise(),
    }
}

/// The first name in a message, without the database it may be written with.
fn quoted(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once(['\'', '`', '"'])?;
    let (name, _) = rest.split_once(['\'', '`', '"'])?;
    Some(name.rsplit('.').next().unwrap_or(name))
}

/// A unique violation: `Duplicate entry 'VALUE' for key 'NAME'`, or `'TABLE.NAME'`.
async fn unique(message: &str, link: &mut Link, job: &Job, progress: &Progress, settings: &Settings) -> Failure {
    let schema = job.compiled.schema();
    let key = message.rsplit_once("for key ").map_or("", |(_, key)| key.trim_matches(['\'', '`', '"']));
    let (table, name) = key.rsplit_once('.').map_or((None, key), |(table, name)| (Some(table), name));
    let written_table = if progress.beside { ACCOUNTS } else { job.compiled.relation() };
    // Another table may have a constraint of the same name.
    let first = model_of(schema, written_table).into_iter();
    let owner = first.chain(&schema.models).find(|model| name != PRIMARY && fields_of(model, name).is_some());
    let table = table.or_else(|| owner.map(|model| model.table.as_str())).unwrap_or(written_table);
    if name.strip_prefix(ACCOUNTS).is_some_and(|rest| rest.starts_with("_email"))
        && let Some(constraint) = of_profile(schema, ACCOUNTS, &["email"])
    {
        return Failure::Unique { constraint, key: None };
    }
    let Some((model, fields)) = model_of(schema, table).and_then(|model| Some((model, fields_of(model, name)?))) else {
        return Failure::Unique { constraint: name.to_owned(), key: None };
    };
    let constraint = constraint_name(model, &fields).unwrap_or_else(|| name.to_owned());
    let key = match written(job, progress.row, model, &fields) {
        Some(values) if sees(link, job, (model, &fields), &values, settings).await => Some(values),
        Some(_) | None => None,
    };
    Failure::Unique { constraint, key: key.map(|values| detail(model, &fields, &values)) }
}

/// The fields that a constraint keeps unique.
fn fields_of(model: &Model, constraint: &str) -> Option<Vec<FieldId>> {
    if constraint == PRIMARY {
        return Some(model.key.clone());
    }
    // Where several tables have one of the same name, ours has its table before it.
    let bare = |name: &str| name.strip_prefix(&model.table).and_then(|rest| rest.strip_prefix('_')) == Some(constraint);
    let unique = model.uniques.iter().find(|unique| same_name(&unique.name, constraint) || bare(&unique.name));
    unique.map(|unique| unique.fields.clone()).or_else(|| {
        let index = model.indexes.iter().find(|index| index.unique && same_name(&index.name, constraint))?;
        Some(index.fields.iter().map(|(field, _)| *field).collect())
    })
}

/// Whether a name is what the server has of one of ours.
pub(super) fn same_name(ours: &str, found: &str) -> bool {
    match ours.char_indices().nth(NAME_CHARS_MAX) {
        Some((end, _)) => ours.get(..end) == Some(found),
        None => ours == found,
    }
}

/// Whether the caller can read a row that holds these values in these columns.
pub(super) async fn sees(
    link: &mut Link,
    job: &Job,
    (model, fields): (&Model, &[FieldId]),
    values: &[Value],
    settings: &Settings,
) -> bool {
    let Some((compiled, bound)) = probe::look(job, model, fields, values) else { return false };
    let params = bound.texts.first().map_or(&[][..], Vec::as_slice);
    read::run(link, &compiled, params, settings).await.is_ok_and(|outcome| outcome.rows > 0)
}

//! Brings the tables to a schema: one transaction behind a lock that every node takes, so that of several starts at once one
//! applies the change and the others find it done.

use super::carrying::{READ_MARK, filled_from};
use super::fault;
use super::link::{Link, words};
use super::pool::Pool;
use crate::Failure;
use crate::migrate::{Applied, MigrateError, MigrationPlan, Outcome};
use crate::open::FORMAT;
use backstay_compile::ddl;
use backstay_schema::model::Dialect;
use std::sync::Arc;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Error, Row};

/// Locks migrations of this database, until the transaction ends. The number is "BSTY".
const LOCK: &str = "SELECT pg_advisory_xact_lock(1112757337)";
const BEGIN: &str = "BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0";
/// Tables that describe the database. Nobody names them but this file.
const DESCRIBE: &str = "CREATE TABLE IF NOT EXISTS _backstay_meta (key text PRIMARY KEY, value text NOT NULL); \
                        CREATE TABLE IF NOT EXISTS _backstay_migrations (id bigint PRIMARY KEY, applied_at text NOT NULL, \
                        catalog text NOT NULL, changes text NOT NULL, sql text NOT NULL)";
const LAST: &str = "SELECT id, catalog FROM _backstay_migrations ORDER BY id DESC LIMIT 1";
const NUMBER: &str = "SELECT coalesce(max(id), 0) FROM _backstay_migrations";
const HISTORY: &str = "SELECT id, applied_at, changes FROM _backstay_migrations ORDER BY id";
const FORMAT_OF: &str = "SELECT value FROM _backstay_meta WHERE key = 'format'";
const SET_FORMAT: &str = "INSERT INTO _backstay_meta (key, value) VALUES ('format', $1) ON CONFLICT (key) DO NOTHING";
const RECORD: &str = "INSERT INTO _backstay_migrations (id, applied_at, catalog, changes, sql) \
                      VALUES (($1)::bigint, $2, $3, $4, $5)";
/// What the server must be able to do: its encoding, and whether it has the collation that folds case in every script.
const ABLE: &str = "SELECT current_setting('server_encoding'), EXISTS (SELECT FROM pg_collation WHERE collname = 'und-x-icu')::text, \
                    current_setting('server_version_num')";
/// Oldest server that is known to do: 13.
const VERSION_MIN: u32 = 130_000;

/// Number and catalogue of the last migration; 0 and `None` before the first.
///
/// # Errors
/// When the server cannot be asked, or cannot be used.
pub(super) async fn last(pool: &Arc<Pool>) -> Result<(i64, Option<String>), MigrateError> {
    let held = pool.hold().await.map_err(store)?;
    let link = held.link().map_err(store)?;
    able(link).await?;
    let found = last_on(link).await?;
    held.keep();
    Ok(found)
}

/// The same, also while a move fills the database.
///
/// # Errors
/// When the server cannot be asked, or cannot be used.
pub(super) async fn last_even_filling(pool: &Arc<Pool>) -> Result<(i64, Option<String>), MigrateError> {
    let held = pool.hold().await.map_err(store)?;
    let link = held.link().map_err(store)?;
    able(link).await?;
    let found = newest_on(link).await?;
    held.keep();
    Ok(found)
}

/// The migrations that were applied, oldest first.
///
/// # Errors
/// When the server cannot be asked.
pub(super) async fn history(pool: &Arc<Pool>) -> Result<Vec<Applied>, MigrateError> {
    let held = pool.hold().await.map_err(store)?;
    let rows = there(held.link().map_err(store)?.ask(HISTORY, &[]).await).map_err(failed)?;
    held.keep();
    let applied =
        |row: &Row| Ok(Applied { id: row.try_get(0)?, applied_at: row.try_get(1)?, changes: row.try_get(2)? });
    rows.iter().map(applied).collect::<Result<_, Error>>().map_err(failed)
}

/// The number of the last migration; 0 before the first.
///
/// # Errors
/// The driver's, when the server cannot be asked.
pub(super) async fn number(link: &Link) -> Result<i64, Error> {
    there(link.ask(NUMBER, &[]).await)?.first().map_or(Ok(0), |row| row.try_get(0))
}

/// Applies a plan.
///
/// # Errors
/// See [`MigrateError`]; nothing was changed.
pub(super) async fn apply(pool: &Arc<Pool>, plan: &MigrationPlan, applied_at: &str) -> Result<Outcome, MigrateError> {
    if plan.is_empty() {
        return Ok(Outcome::NothingToDo);
    }
    let held = pool.hold().await.map_err(store)?;
    let link = held.link().map_err(store)?;
    let outcome = transact(link, plan, applied_at).await;
    let ended = match &outcome {
        Ok(Outcome::Applied(_)) => link.run_text("COMMIT").await,
        Ok(Outcome::NothingToDo) | Err(_) => link.run_text("ROLLBACK").await,
    };
    match ended {
        Ok(()) => {
            held.keep();
            outcome
        }
        Err(error) if fault::is_lost(&error) && outcome.is_ok() => {
            Err(store(Failure::CommitUnknown { reason: words(&error) }))
        }
        Err(error) => outcome.and(Err(failed(error))),
    }
}

async fn transact(link: &Link, plan: &MigrationPlan, applied_at: &str) -> Result<Outcome, MigrateError> {
    link.run_text(BEGIN).await.map_err(failed)?;
    link.ask(LOCK, &[]).await.map_err(failed)?;
    link.run_text(DESCRIBE).await.map_err(failed)?;
    let (id, catalog) = last_on(link).await?;
    if id != plan.base {
        let there = catalog.as_deref() == Some(plan.catalog.as_str());
        return if there { Ok(Outcome::NothingToDo) } else { Err(MigrateError::Stale) };
    }
    link.ask(SET_FORMAT, &[&FORMAT.to_string()]).await.map_err(failed)?;
    for sql in ddl::prelude(Dialect::Postgres) {
        link.run_text(sql).await.map_err(failed)?;
    }
    for (position, sql) in plan.statements().enumerate() {
        link.run_text(sql).await.map_err(|error| refused(position + 1, sql, &error))?;
    }
    let changes: Vec<&str> = plan.changes.iter().map(|change| change.text.as_str()).collect();
    let sql = plan.statements().collect::<Vec<_>>().join(";\n");
    let next = plan.base + 1;
    let row = [&next.to_string(), applied_at, &plan.catalog, &changes.join("\n"), &sql];
    link.ask(RECORD, &row).await.map_err(failed)?;
    Ok(Outcome::Applied(next))
}

/// Why a statement of a migration failed; what the server says beside it tells which rows do not fit.
fn refused(step: usize, sql: &str, error: &Error) -> MigrateError {
    let detail = error.as_db_error().and_then(|told| told.detail()).map(|detail| format!(": {detail}"));
    let reason = [words(error), detail.unwrap_or_default()].concat();
    MigrateError::Statement { step, sql: sql.to_owned(), reason }
}

async fn last_on(link: &Link) -> Result<(i64, Option<String>), MigrateError> {
    let marks = there(link.ask(READ_MARK, &[]).await).map_err(failed)?;
    if let Some(mark) = marks.first() {
        return Err(MigrateError::BeingFilled { from: filled_from(mark.try_get(0).map_err(failed)?) });
    }
    newest_on(link).await
}

async fn newest_on(link: &Link) -> Result<(i64, Option<String>), MigrateError> {
    let format = there(link.ask(FORMAT_OF, &[]).await).map_err(failed)?;
    let format = format.first().map(|row| row.try_get::<_, String>(0)).transpose().map_err(failed)?;
    let found = format.and_then(|text| text.parse().ok()).unwrap_or(FORMAT);
    if found > FORMAT {
        return Err(unusable(format!(
            "the database has format {found}, and this program knows formats up to {FORMAT}"
        )));
    }
    let rows = there(link.ask(LAST, &[]).await).map_err(failed)?;
    match rows.first() {
        Some(row) => Ok((row.try_get(0).map_err(failed)?, Some(row.try_get(1).map_err(failed)?))),
        None => Ok((0, None)),
    }
}

/// Refuses a server that could not answer as the other databases do.
async fn able(link: &Link) -> Result<(), MigrateError> {
    let rows = link.ask(ABLE, &[]).await.map_err(failed)?;
    let text = |at: usize| rows.first().and_then(|row| row.try_get::<_, String>(at).ok()).unwrap_or_default();
    let (encoding, has_icu, version) = (text(0), text(1), text(2));
    if encoding != "UTF8" {
        return Err(unusable(format!("the database has the encoding {encoding}, and UTF8 is needed")));
    }
    if has_icu != "true" {
        return Err(unusable(
            "the server was built without ICU, which is needed to compare text without case".to_owned(),
        ));
    }
    if version.parse().is_ok_and(|version: u32| version < VERSION_MIN) {
        return Err(unusable(format!("the server has version {version}, and 13 or newer is needed")));
    }
    Ok(())
}

/// No rows where the table is not there yet.
fn there(asked: Result<Vec<Row>, Error>) -> Result<Vec<Row>, Error> {
    match asked {
        Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => Ok(Vec::new()),
        other => other,
    }
}

fn failed(error: Error) -> MigrateError {
    store(fault::plain(&error, 0))
}

fn unusable(reason: String) -> MigrateError {
    store(Failure::Unavailable { reason })
}

fn store(failure: Failure) -> MigrateError {
    MigrateError::Store(Box::new(failure))
}

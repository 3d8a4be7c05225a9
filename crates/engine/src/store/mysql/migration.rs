//! Brings the tables to a schema, step by step: the server commits each change of a table by itself. A journal says which steps are
//! done, so that a migration that was cut off goes on where it stopped. One node migrates at a time, behind a lock of the server.

use super::carrying::filled_from;
use super::fault::{self, words};
use super::link::Link;
use super::pool::Pool;
use super::value::Cell;
use crate::Failure;
use crate::migrate::{Applied, MigrateError, MigrationPlan, Outcome};
use crate::open::FORMAT;
use backstay_compile::ddl;
use backstay_schema::model::Dialect;
use mysql_async::{Error, Value as Sent};
use std::sync::Arc;

/// Locks migrations of this database until it is released or the connection ends; answers 1 when it is held.
const LOCK: &str = "SELECT GET_LOCK(CONCAT('backstay ', MD5(DATABASE())), 600)";
const UNLOCK: &str = "DO RELEASE_LOCK(CONCAT('backstay ', MD5(DATABASE())))";
/// Tables that describe the database, and the one in which nodes tell each other. Nobody names them but this file and `watch`.
const DESCRIBE: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS _backstay_meta (name varchar(64) CHARACTER SET ascii PRIMARY KEY, value text NOT NULL) \
     ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
    "CREATE TABLE IF NOT EXISTS _backstay_migrations (id bigint PRIMARY KEY, applied_at text NOT NULL, catalog longtext NOT NULL, \
     changes longtext NOT NULL, statements longtext NOT NULL) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
    "CREATE TABLE IF NOT EXISTS _backstay_steps (migration bigint, step int, statement longtext NOT NULL, state varchar(5) \
     CHARACTER SET ascii NOT NULL, PRIMARY KEY (migration, step)) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
    "CREATE TABLE IF NOT EXISTS _backstay_news (id bigint AUTO_INCREMENT PRIMARY KEY, told text NOT NULL, \
     at datetime(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6), KEY (at)) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
];
const LAST: &str = "SELECT id, catalog FROM _backstay_migrations ORDER BY id DESC LIMIT 1";
const HISTORY: &str = "SELECT id, applied_at, changes FROM _backstay_migrations ORDER BY id";
const FORMAT_OF: &str = "SELECT value FROM _backstay_meta WHERE name = 'format'";
const SET_FORMAT: &str =
    "INSERT INTO _backstay_meta (name, value) VALUES ('format', ?) ON DUPLICATE KEY UPDATE name = name";
const RECORD: &str =
    "INSERT INTO _backstay_migrations (id, applied_at, catalog, changes, statements) VALUES (?, ?, ?, ?, ?)";
const JOURNAL: &str = "SELECT step, statement, state FROM _backstay_steps WHERE migration = ? ORDER BY step";
/// That a step begins says that the one before it is done.
const NOTE: &str = "INSERT INTO _backstay_steps (migration, step, statement, state) VALUES (?, ?, ?, ?) \
                    ON DUPLICATE KEY UPDATE state = VALUES(state)";
const TAKE_BACK: &str = "DELETE FROM _backstay_steps WHERE migration = ? AND step = ?";
const CLEAR: &str = "DELETE FROM _backstay_steps WHERE migration <= ?";
const VERSION: &str = "SELECT VERSION(), @@max_allowed_packet";

/// Oldest servers that are known to do.
const MARIADB_MIN: (u32, u32) = (10, 6);
const MYSQL_MIN: (u32, u32) = (8, 0);
/// What a step that was begun before a crash says when it had been done: there already, or gone already.
const DONE_ALREADY: &[u16] = &[1050, 1051, 1054, 1060, 1061, 1068, 1091, 1146, 1304, 1305, 1826, 3822, 3821, 4161];

const BEGUN: &str = "begun";
const DONE: &str = "done";

/// Number and catalogue of the last migration; 0 and `None` before the first.
///
/// # Errors
/// When the server cannot be asked, or cannot be used.
pub(super) async fn last(pool: &Arc<Pool>) -> Result<(i64, Option<String>), MigrateError> {
    let mut held = pool.hold().await.map_err(store)?;
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
    let mut held = pool.hold().await.map_err(store)?;
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
    let mut held = pool.hold().await.map_err(store)?;
    let rows = there(held.link().map_err(store)?.ask(HISTORY, Vec::new()).await).map_err(failed)?;
    held.keep();
    let applied = |row: &mysql_async::Row| Applied {
        id: i64::try_from(Cell::of(row, 0).number()).unwrap_or(i64::MAX),
        applied_at: Cell::of(row, 1).text(),
        changes: Cell::of(row, 2).text(),
    };
    Ok(rows.iter().map(applied).collect())
}

/// Applies a plan.
///
/// # Errors
/// See [`MigrateError`]; steps that were done stay done, and the next attempt goes on behind them.
pub(super) async fn apply(pool: &Arc<Pool>, plan: &MigrationPlan, applied_at: &str) -> Result<Outcome, MigrateError> {
    if plan.is_empty() {
        return Ok(Outcome::NothingToDo);
    }
    let mut link = pool.own().await.map_err(store)?;
    let locked = link.ask(LOCK, Vec::new()).await.map_err(failed)?;
    if locked.first().is_none_or(|row| Cell::of(row, 0).number() != 1) {
        return Err(unusable("another node has been migrating for ten minutes".to_owned()));
    }
    let outcome = locked_apply(&mut link, plan, applied_at).await;
    // It ends with the connection too.
    let _ = link.run_text(UNLOCK).await;
    outcome
}

async fn locked_apply(link: &mut Link, plan: &MigrationPlan, applied_at: &str) -> Result<Outcome, MigrateError> {
    for text in DESCRIBE {
        link.run_text(text).await.map_err(failed)?;
    }
    let (id, catalog) = last_on(link).await?;
    if id != plan.base {
        let there = catalog.as_deref() == Some(plan.catalog.as_str());
        return if there { Ok(Outcome::NothingToDo) } else { Err(MigrateError::Stale) };
    }
    link.ask(SET_FORMAT, vec![Sent::from(FORMAT.to_string())]).await.map_err(failed)?;
    for text in ddl::prelude(Dialect::Mysql) {
        link.run_text(text).await.map_err(failed)?;
    }
    let next = plan.base + 1;
    let done = journal(link, plan, next).await?;
    for (position, statement) in plan.statements().enumerate() {
        let again = position + 1 == done.steps && !done.last;
        if again || position >= done.steps {
            step(link, (next, position, statement), again).await?;
        }
    }
    let changes: Vec<&str> = plan.changes.iter().map(|change| change.text.as_str()).collect();
    let statements = plan.statements().collect::<Vec<_>>().join(";\n");
    let row: Vec<Sent> = vec![
        Sent::from(next),
        Sent::from(applied_at),
        Sent::from(&plan.catalog),
        Sent::from(changes.join("\n")),
        Sent::from(statements),
    ];
    link.run_text("START TRANSACTION").await.map_err(failed)?;
    link.ask(RECORD, row).await.map_err(failed)?;
    link.ask(CLEAR, vec![Sent::from(next)]).await.map_err(failed)?;
    match link.run_text("COMMIT").await {
        Ok(()) => Ok(Outcome::Applied(next)),
        Err(error) if fault::is_lost(&error) => Err(store(Failure::CommitUnknown { reason: words(&error) })),
        Err(error) => Err(failed(error)),
    }
}

/// How far an earlier attempt came.
#[derive(Debug, Clone, Copy, Default)]
struct Journal {
    /// Steps that were begun; all but the last of them are done.
    steps: usize,
    /// Whether the last is done too.
    last: bool,
}

/// Reads how far an earlier attempt came.
///
/// # Errors
/// It was on its way to another schema: that one must be reached first.
async fn journal(link: &mut Link, plan: &MigrationPlan, next: i64) -> Result<Journal, MigrateError> {
    let rows = link.ask(JOURNAL, vec![Sent::from(next)]).await.map_err(failed)?;
    for (row, statement) in rows.iter().zip(plan.statements().map(Some).chain(std::iter::repeat(None))) {
        if statement != Some(Cell::of(row, 1).text().as_str()) {
            return Err(unusable(format!(
                "a migration to another schema stopped at its step {}; start once with that schema, which goes on from there",
                rows.len()
            )));
        }
    }
    let last = rows.last().is_some_and(|row| Cell::of(row, 2).text() == DONE);
    Ok(Journal { steps: rows.len(), last })
}

/// Runs one step. A change of rows is kept together with its mark; a change of tables is marked before.
async fn step(
    link: &mut Link,
    (migration, position, statement): (i64, usize, &str),
    again: bool,
) -> Result<(), MigrateError> {
    let number = position + 1;
    let note = |state: &str| {
        let step = u64::try_from(number).unwrap_or(u64::MAX);
        vec![Sent::from(migration), Sent::from(step), Sent::from(statement), Sent::from(state)]
    };
    let refused =
        |error: &Error| MigrateError::Statement { step: number, sql: statement.to_owned(), reason: words(error) };
    if changes_rows(statement) {
        link.run_text("START TRANSACTION").await.map_err(failed)?;
        if let Err(error) = link.run_text(statement).await {
            let _ = link.run_text("ROLLBACK").await;
            return Err(refused(&error));
        }
        link.ask(NOTE, note(DONE)).await.map_err(failed)?;
        return link.run_text("COMMIT").await.map_err(failed);
    }
    link.ask(NOTE, note(BEGUN)).await.map_err(failed)?;
    match link.run_text(statement).await {
        Ok(()) => {}
        Err(error) if again && was_done(&error) => {}
        Err(error) => {
            if matches!(error, Error::Server(_)) && !again {
                // It was not done, and the server undid what it had begun of it.
                link.ask(TAKE_BACK, note("").into_iter().take(2).collect()).await.map_err(failed)?;
            }
            return Err(refused(&error));
        }
    }
    Ok(())
}

/// Whether a step that was begun before had been done.
fn was_done(error: &Error) -> bool {
    let Error::Server(told) = error else { return false };
    // MariaDB says so of a foreign key only in the text.
    DONE_ALREADY.contains(&told.code) || (told.code == 1005 && told.message.contains("errno: 121"))
}

/// Whether a statement changes rows and can be undone, other than one that changes tables.
fn changes_rows(statement: &str) -> bool {
    let first = statement.trim_start().split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    ["INSERT", "UPDATE", "DELETE", "REPLACE", "WITH"].iter().any(|word| first.eq_ignore_ascii_case(word))
}

async fn last_on(link: &mut Link) -> Result<(i64, Option<String>), MigrateError> {
    match filled_from(link).await {
        Ok(Some(from)) => return Err(MigrateError::BeingFilled { from }),
        Ok(None) => {}
        Err(error) if fault::is_no_table(&error) => {}
        Err(error) => return Err(failed(error)),
    }
    newest_on(link).await
}

async fn newest_on(link: &mut Link) -> Result<(i64, Option<String>), MigrateError> {
    let format = there(link.ask(FORMAT_OF, Vec::new()).await).map_err(failed)?;
    let found = format.first().and_then(|row| Cell::of(row, 0).text().parse().ok()).unwrap_or(FORMAT);
    if found > FORMAT {
        return Err(unusable(format!(
            "the database has format {found}, and this program knows formats up to {FORMAT}"
        )));
    }
    let rows = there(link.ask(LAST, Vec::new()).await).map_err(failed)?;
    Ok(match rows.first() {
        Some(row) => (i64::try_from(Cell::of(row, 0).number()).unwrap_or(i64::MAX), Some(Cell::of(row, 1).text())),
        None => (0, None),
    })
}

/// Refuses a server that could not answer as the other databases do.
async fn able(link: &mut Link) -> Result<(), MigrateError> {
    let rows = link.ask(VERSION, Vec::new()).await.map_err(failed)?;
    let version = rows.first().map(|row| Cell::of(row, 0).text()).unwrap_or_default();
    match too_old(&version) {
        Some(needed) => Err(unusable(format!("the server has version {version}, and {needed} or newer is needed"))),
        None => Ok(()),
    }
}

/// What would be new enough; `None` when the version is.
fn too_old(version: &str) -> Option<String> {
    // Before its own, MariaDB may name the version of MySQL that it answers for.
    let of_mariadb = version.contains("MariaDB");
    let own = if of_mariadb { version.strip_prefix("5.5.5-").unwrap_or(version) } else { version };
    let mut numbers = own.split(['.', '-']).map(|part| part.parse::<u32>().unwrap_or(0));
    let found = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    let (name, needed) = if of_mariadb { ("MariaDB", MARIADB_MIN) } else { ("MySQL", MYSQL_MIN) };
    (found < needed).then(|| format!("{name} {}.{}", needed.0, needed.1))
}

/// No rows where the table is not there yet.
fn there(asked: Result<Vec<mysql_async::Row>, Error>) -> Result<Vec<mysql_async::Row>, Error> {
    match asked {
        Err(error) if fault::is_no_table(&error) => Ok(Vec::new()),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        for (version, needed) in [
            ("10.11.19-MariaDB-0+deb12u1", None),
            ("5.5.5-10.6.1-MariaDB", None),
            ("11.4.2-MariaDB-log", None),
            ("10.5.9-MariaDB", Some("MariaDB 10.6")),
            ("8.0.36", None),
            ("9.1.0-cluster", None),
            ("5.7.44-log", Some("MySQL 8.0")),
        ] {
            assert_eq!(too_old(version).as_deref(), needed, "{version}");
        }
    }

    #[test]
    fn what_changes_rows_is_undone_with_its_mark() {
        for (statement, rows) in [
            ("INSERT INTO t VALUES (1)", true),
            ("  update \"t\" SET a = 1", true),
            ("CREATE TABLE t (a int)", false),
            ("ALTER TABLE t ADD a int", false),
            ("CREATE FUNCTION f() RETURNS int RETURN 1", false),
        ] {
            assert_eq!(changes_rows(statement), rows, "{statement}");
        }
    }
}

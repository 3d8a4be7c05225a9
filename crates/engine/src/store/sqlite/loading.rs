//! Loads rows in bulk on the writer's connection: each in its own savepoint, references checked when every row is there.

use super::connection::Link;
use super::fault::{self, Trouble};
use super::program::{self, Progress};
use super::read::Stop;
use super::{Settings, foreign_key};
use crate::Failure;
use crate::clock::Ids;
use crate::compiled::Compiled;
use crate::load::{Loader, Report, SourceRow};
use crate::store::text::Text;
use crate::store::{Job, violation};
use backstay_schema::ACCOUNTS;
use backstay_schema::model::Profile;
use std::collections::HashMap;

/// Loads the rows, and keeps them all, the good ones, or none.
///
/// # Errors
/// The store failed; nothing was kept.
pub(super) fn run(
    link: &Link,
    loader: &mut Loader,
    rows: impl Iterator<Item = SourceRow>,
    skip_bad: bool,
) -> Result<Report, Failure> {
    let settings = Settings::default();
    let explain = |error: rusqlite::Error| fault::plain(&error, settings.budget_ms());
    // References are checked when every row is there; until then taking a bad row out must not cascade.
    link.conn.pragma_update(None, "foreign_keys", false).map_err(explain)?;
    let done = fill(link, loader, rows, (&settings, skip_bad));
    let end = match done {
        Ok(true) => link.conn.execute_batch("COMMIT"),
        Ok(false) | Err(_) => link.conn.execute_batch("ROLLBACK"),
    };
    link.conn.pragma_update(None, "foreign_keys", true).map_err(explain)?;
    let kept = done.map_err(explain)?;
    end.map_err(explain)?;
    if !kept {
        loader.report.loaded = 0;
    }
    Ok(std::mem::take(&mut loader.report))
}

/// Whether the transaction is to be kept.
fn fill(
    link: &Link,
    loader: &mut Loader,
    rows: impl Iterator<Item = SourceRow>,
    (settings, skip_bad): (&Settings, bool),
) -> rusqlite::Result<bool> {
    link.conn.execute_batch("BEGIN IMMEDIATE")?;
    let accounts_before = accounts_so_far(link)?;
    let referring = loader
        .model()
        .is_some_and(|model| loader.compiled.schema().foreign_keys.iter().any(|key| key.from == model.id));
    // Row id and line of each row, kept while a foreign key may still fail.
    let mut placed = HashMap::<i64, u64>::new();
    let ids = Ids::default();
    for row in rows {
        let Some((line, job)) = loader.take(row, &ids) else { continue };
        match insert(link, &job, settings)? {
            Err(failure) => loader.report.tell(line, failure),
            Ok(()) => {
                loader.report.loaded += 1;
                if referring {
                    placed.insert(link.conn.last_insert_rowid(), line);
                }
            }
        }
    }
    if referring {
        remove_dangling(link, loader, &placed)?;
        end_accounts_since(link, &loader.compiled, accounts_before)?;
    }
    Ok(skip_bad || loader.report.bad == 0)
}

/// Takes out the loaded rows whose references lead nowhere, now that every row is there.
fn remove_dangling(link: &Link, loader: &mut Loader, lines: &HashMap<i64, u64>) -> rusqlite::Result<()> {
    let table = loader.compiled.relation().to_owned();
    let remove = Text::default().syntax("DELETE FROM ").ident(&table).syntax(" WHERE rowid = ?1");
    loop {
        let sql = "SELECT rowid, fkid FROM pragma_foreign_key_check(?1)";
        let mut statement = link.conn.prepare(sql)?;
        let found = statement.query_map([&table], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))?;
        let found = found.collect::<rusqlite::Result<Vec<_>>>()?;
        // Taking a row out may leave others of the same file without theirs.
        let mine: HashMap<i64, i64> = found.into_iter().filter(|(row, _)| lines.contains_key(row)).collect();
        if mine.is_empty() {
            return Ok(());
        }
        for (row, key) in mine {
            let failure = dangling(link, &loader.compiled, key)?;
            loader.report.loaded = loader.report.loaded.saturating_sub(1);
            loader.report.tell(lines.get(&row).copied().unwrap_or(0), failure);
            link.conn.prepare_cached(remove.as_str())?.execute([row])?;
        }
    }
}

/// Inserts one row. The outer error ends the load, the inner one is the row's.
fn insert(link: &Link, job: &Job, settings: &Settings) -> rusqlite::Result<Result<(), Failure>> {
    link.conn.prepare_cached("SAVEPOINT job")?.raw_execute()?;
    let mut progress = Progress::default();
    let result = match program::run(link, job, settings, &mut progress) {
        Ok(_) => Ok(()),
        Err(Stop::Refused(failure)) => Err(*failure),
        Err(Stop::Driver(error)) if fault::trouble(&error) != Trouble::None || link.conn.is_autocommit() => {
            return Err(error);
        }
        Err(Stop::Driver(error)) => Err(fault::of_write(&error, link, job, &progress, settings.budget_ms())),
    };
    if result.is_err() {
        link.conn.prepare_cached(super::writer::UNDO)?.raw_execute()?;
    }
    link.conn.prepare_cached("RELEASE job")?.raw_execute()?;
    Ok(result)
}

/// The newest row of the table of accounts; 0 where there is none.
fn accounts_so_far(link: &Link) -> rusqlite::Result<i64> {
    let newest = Text::default().syntax("SELECT coalesce(max(rowid), 0) FROM ").ident(ACCOUNTS);
    link.conn.query_row(newest.as_str(), [], |row| row.get(0))
}

/// Removes the accounts that the load made for rows which it took out again.
fn end_accounts_since(link: &Link, compiled: &Compiled, before: i64) -> rusqlite::Result<()> {
    let Some(profile) = Profile::of(compiled.schema()).filter(|profile| profile.table == compiled.relation()) else {
        return Ok(());
    };
    let text =
        Text::default().syntax("DELETE FROM ").ident(ACCOUNTS).syntax(" WHERE rowid > ?1 AND id NOT IN (SELECT ");
    let text = text.ident(&profile.key).syntax(" FROM ").ident(&profile.table).syntax(")");
    link.conn.execute(text.as_str(), [before]).map(drop)
}

/// The failure behind a row of `PRAGMA foreign_key_check`, whose last column is `position`.
fn dangling(link: &Link, compiled: &Compiled, position: i64) -> rusqlite::Result<Failure> {
    let schema = compiled.schema();
    let table = compiled.relation();
    let sql = "SELECT \"from\" FROM pragma_foreign_key_list(?1) WHERE id = ?2 ORDER BY seq";
    let mut statement = link.conn.prepare(sql)?;
    let columns = statement.query_map((table, position), |row| row.get::<_, String>(0))?;
    let columns = columns.collect::<rusqlite::Result<Vec<_>>>()?;
    let model = violation::model_of(schema, table);
    let key = model.and_then(|model| {
        schema.foreign_keys.iter().filter(|key| key.from == model.id).find(|key| {
            let names = key.from_fields.iter().filter_map(|id| model.fields.get(usize::from(id.0)));
            names.map(|field| &field.column).eq(columns.iter())
        })
    });
    let referenced = key.and_then(|key| schema.models.get(usize::from(key.to.0)));
    Ok(Failure::ForeignKeyMissing {
        relation: table.to_owned(),
        constraint: key.map_or_else(|| foreign_key::default_name(table), |key| key.name.clone()),
        referenced: referenced.map(|model| model.table.clone()).unwrap_or_default(),
        key: None,
    })
}

//! Looks at a database file from beside its server, which may go on writing. In: a path. Out: a consistent copy, counts of
//! rows, what is damaged or missing. Never writes to the file and takes no part in the lock of the one writer.

pub mod server;

use crate::advise::{Trial, Weighed};
use crate::migrate::{self, MigrateError, MigrationPlan};
use crate::open::{self, OpenError};
use crate::store::sqlite::{Access, Link, weighing};
use crate::store::text::Text;
use backstay_schema::Schema;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Pages copied between two calls of the watcher: 2 MiB.
const PAGES_PER_STEP: i32 = 512;
/// Damages that are told; one is enough to distrust a file, a few help to see where it lies.
const DAMAGES_MAX: u32 = 20;

/// An open look at a database.
#[derive(Debug)]
pub struct Look {
    path: PathBuf,
    link: Link,
}

/// How far a copy is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copying {
    /// Bytes copied.
    pub done_bytes: u64,
    /// Bytes in all.
    pub total_bytes: u64,
}

/// The last migration of a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastMigration {
    /// Its number, from 1.
    pub id: i64,
    /// When it was applied, RFC 3339.
    pub applied_at: String,
}

/// Rows of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableRows {
    /// Name of the table.
    pub table: String,
    /// How many rows it has.
    pub rows: u64,
}

/// Rows that refer to rows that are not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dangling {
    /// Table that refers.
    pub table: String,
    /// Table referred to.
    pub referenced: String,
    /// How many rows.
    pub rows: u64,
}

/// How much of the structure is read for damages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Every page and row; not whether indexes and tables agree.
    Quick,
    /// All of it.
    Full,
}

/// Why a look or a copy failed.
#[derive(Debug, thiserror::Error)]
pub enum LookError {
    /// The database cannot be opened.
    #[error("cannot look at the database")]
    Open(#[source] OpenError),
    /// The copy cannot be made or written.
    #[error("cannot write the copy {}", path.display())]
    Copy {
        /// The copy.
        path: PathBuf,
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
    /// The watcher asked for it.
    #[error("stopped")]
    Stopped,
}

impl Look {
    /// Looks at a database that a server may be writing.
    ///
    /// # Errors
    /// [`LookError::Open`].
    pub fn live(path: &Path) -> Result<Self, LookError> {
        Self::at(path, Access::ReadOnly)
    }

    /// Looks at a file that nothing writes, such as a copy. No file is made beside it.
    ///
    /// # Errors
    /// [`LookError::Open`].
    pub fn at_rest(path: &Path) -> Result<Self, LookError> {
        Self::at(path, Access::AtRest)
    }

    fn at(path: &Path, access: Access) -> Result<Self, LookError> {
        let link = open::beside(path, access).map_err(LookError::Open)?;
        Ok(Self { path: path.to_owned(), link })
    }

    /// Copies the database, as it is at this moment, to the new file `to`. Blocks.
    ///
    /// Everything that was acknowledged before the call is in the copy. The server is neither waited for nor held up: the
    /// copy reads one snapshot of the log. `each` is called after every few pages; breaking ends the copy. The file is on
    /// the disk only after the caller has synced it. Returns its size in bytes.
    ///
    /// # Errors
    /// [`LookError`]; what was written so far is left at `to`.
    pub fn copy(&self, to: &Path, each: &mut dyn FnMut(Copying) -> ControlFlow<()>) -> Result<u64, LookError> {
        let page_bytes = self.page_bytes()?;
        let failed = |source| LookError::Copy { path: to.to_owned(), source };
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let mut copy = Connection::open_with_flags(to, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(failed)?;
        // Nobody else sees the file before it is complete, so it needs no journal.
        copy.pragma_update_and_check(None, "journal_mode", "OFF", |_| Ok(())).map_err(failed)?;
        copy.pragma_update(None, "synchronous", "OFF").map_err(failed)?;
        // With a read transaction around it the copy is of one moment, however often others commit, and never starts over.
        let snapshot = self.link.conn.unchecked_transaction().map_err(|error| self.sqlite(error))?;
        snapshot.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())).map_err(|error| self.sqlite(error))?;
        let backup = Backup::new(&self.link.conn, &mut copy).map_err(failed)?;
        let mut bytes = 0;
        loop {
            let step = backup.step(PAGES_PER_STEP).map_err(failed)?;
            let progress = backup.progress();
            let of = |pages: i32| u64::try_from(pages).unwrap_or(0) * page_bytes;
            bytes = of(progress.pagecount).max(bytes);
            let copying = Copying { done_bytes: bytes.saturating_sub(of(progress.remaining)), total_bytes: bytes };
            if each(copying).is_break() {
                return Err(LookError::Stopped);
            }
            match step {
                StepResult::Done => break,
                StepResult::More => {}
                // Not with a log, where readers and the writer do not meet.
                StepResult::Busy | StepResult::Locked | _ => std::thread::yield_now(),
            }
        }
        drop(backup);
        drop(snapshot);
        copy.close().map_err(|(_, error)| failed(error))?;
        Ok(bytes)
    }

    /// The number of the file's format.
    ///
    /// # Errors
    /// [`LookError::Open`].
    pub fn format(&self) -> Result<i64, LookError> {
        let read = self
            .link
            .conn
            .query_row("SELECT value FROM _backstay_meta WHERE key = 'format'", [], |row| row.get::<_, String>(0));
        read.map(|text| text.parse().unwrap_or(0)).map_err(|error| self.sqlite(error))
    }

    /// The last migration; `None` before the first.
    ///
    /// # Errors
    /// [`LookError::Open`].
    pub fn last_migration(&self) -> Result<Option<LastMigration>, LookError> {
        let sql = "SELECT id, applied_at FROM _backstay_migrations ORDER BY id DESC LIMIT 1";
        self.rows(sql, |row| Ok(LastMigration { id: row.get(0)?, applied_at: row.get(1)? })).map(|mut rows| rows.pop())
    }

    /// What a schema asks of the database.
    ///
    /// # Errors
    /// [`MigrateError`].
    pub fn pending(&self, schema: &Schema) -> Result<MigrationPlan, MigrateError> {
        migrate::pending(&self.link.conn, schema)
    }

    /// Rows of every table, ours included, in the order of their names. Tables that SQLite keeps for itself are left out.
    ///
    /// # Errors
    /// [`LookError::Open`].
    pub fn tables(&self) -> Result<Vec<TableRows>, LookError> {
        let sql = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' \
                   AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";
        let names = self.rows(sql, |row| row.get::<_, String>(0))?;
        let counted = names.into_iter().map(|table| {
            let sql = Text::default().syntax("SELECT count(*) FROM ").ident(&table);
            let rows = self.link.conn.query_row(sql.as_str(), [], |row| row.get::<_, i64>(0));
            rows.map(|rows| TableRows { table, rows: u64::try_from(rows).unwrap_or(0) })
        });
        counted.collect::<rusqlite::Result<_>>().map_err(|error| self.sqlite(error))
    }

    /// What is damaged, in SQLite's words, the first of it; empty when nothing is. Reads the whole file.
    ///
    /// # Errors
    /// [`LookError::Open`] when it cannot even be read.
    pub fn damages(&self, depth: Depth) -> Result<Vec<String>, LookError> {
        let check = match depth {
            Depth::Quick => "PRAGMA quick_check",
            Depth::Full => "PRAGMA integrity_check",
        };
        let mut found = match self.rows(check, |row| row.get::<_, String>(0)) {
            Err(LookError::Open(OpenError::Damaged { reason, .. })) => vec![reason],
            other => other?,
        };
        found.retain(|line| line != "ok");
        found.truncate(usize::try_from(DAMAGES_MAX).unwrap_or(usize::MAX));
        Ok(found)
    }

    /// References to rows that are not there, by table.
    ///
    /// # Errors
    /// [`LookError::Open`].
    pub fn dangling(&self) -> Result<Vec<Dangling>, LookError> {
        let sql = "SELECT \"table\", parent, count(*) FROM pragma_foreign_key_check GROUP BY 1, 2 ORDER BY 1, 2";
        self.rows(sql, |row| {
            let rows = u64::try_from(row.get::<_, i64>(2)?).unwrap_or(0);
            Ok(Dangling { table: row.get(0)?, referenced: row.get(1)?, rows })
        })
    }

    /// Bytes of one page.
    ///
    /// # Errors
    /// [`LookError::Open`].
    pub fn page_bytes(&self) -> Result<u64, LookError> {
        let read = self.link.conn.query_row("PRAGMA page_size", [], |row| row.get::<_, i64>(0));
        read.map(|bytes| u64::try_from(bytes).unwrap_or(0)).map_err(|error| self.sqlite(error))
    }

    fn rows<T>(
        &self,
        sql: &'static str,
        each: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, LookError> {
        let read = || self.link.conn.prepare(sql)?.query_map([], each)?.collect::<rusqlite::Result<Vec<T>>>();
        read().map_err(|error| self.sqlite(error))
    }

    fn sqlite(&self, error: rusqlite::Error) -> LookError {
        LookError::Open(open::explain(&self.path, error))
    }
}

/// Tries indexes on a copy that [`Look::copy`] made, each by itself. Blocks.
///
/// # Errors
/// [`LookError::Open`] when the copy cannot be opened.
pub fn weigh(copy: &Path, trials: &[Trial]) -> Result<Vec<Result<Weighed, String>>, LookError> {
    weighing::run(copy, trials).map_err(|error| LookError::Open(open::explain(copy, error)))
}

#[cfg(test)]
mod tests;

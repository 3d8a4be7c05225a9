//! The SQLite store: one writer with group commit, read-only connections for everything else.
//! In: a [`Job`]. Out: an [`Outcome`] that is on the disk, or a [`Failure`] of which nothing was kept.

pub(crate) mod carrying;
mod connection;
pub(crate) mod fault;
pub(crate) mod finding;
mod foreign_key;
mod functions;
pub(crate) mod json;
mod loading;
pub(crate) mod migration;
mod probe;
mod program;
mod query_plan;
mod read;
mod readers;
#[cfg(test)]
mod tests;
pub(crate) mod weighing;
mod writer;

pub use connection::Durability;
pub(crate) use connection::{Access, BUSY_TIMEOUT, Link};
pub use readers::ReaderStats;
pub use writer::WriterStats;

use super::{Job, Outcome, Slotted, Together};
use crate::accounts::Accounts;
use crate::load::{Loader, Report, SourceRow};
use crate::migrate::MigrateError;
use crate::open::{self, Lock, OpenError};
use crate::{Failure, Stats};
use backstay_compile::statement::Sql;
use readers::Readers;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use writer::{Work, Writer};

/// Largest text or blob that SQLite stores or makes for us, bytes.
pub(crate) const VALUE_BYTES_MAX: i32 = 64 * 1024 * 1024;

/// Bounds and choices of the store.
#[derive(Debug, Clone)]
pub struct Settings {
    /// When SQLite waits for the disk.
    pub durability: Durability,
    /// Connections for quick reads, and as many again for slow ones.
    pub readers: usize,
    /// Requests that wait for the writer, and slow reads that wait for a thread.
    pub queue_max: usize,
    /// Longest that a request waits in a queue before it is refused instead of run.
    pub queue_wait_max: Duration,
    /// Requests in one commit.
    pub batch_max: usize,
    /// Longest that a batch takes in requests before it commits.
    pub batch_time_max: Duration,
    /// Time budget of one request's statements.
    pub budget: Duration,
    /// Bytes of one answer.
    pub answer_bytes_max: usize,
    /// WAL pages from which it is copied into the database after a commit.
    pub wal_pages_checkpoint: u64,
    /// WAL pages from which the writer waits for readers so that it can start anew.
    pub wal_pages_max: u64,
}

impl Default for Settings {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            durability: Durability::Full,
            readers: cores.max(2),
            queue_max: 1024,
            queue_wait_max: Duration::from_secs(5),
            batch_max: 256,
            batch_time_max: Duration::from_millis(20),
            budget: Duration::from_secs(5),
            answer_bytes_max: 64 * 1024 * 1024,
            wal_pages_checkpoint: 1_000,
            wal_pages_max: 16_384,
        }
    }
}

impl Settings {
    pub(crate) fn budget_ms(&self) -> u64 {
        u64::try_from(self.budget.as_millis()).unwrap_or(u64::MAX)
    }
}

/// An open database.
#[derive(Debug)]
pub struct Sqlite {
    readers: Arc<Readers>,
    writer: Writer,
    path: PathBuf,
    settings: Settings,
    /// Keeps other processes out for as long as the database is open.
    _lock: Lock,
}

impl Sqlite {
    /// Opens the database file, starts the writer and opens the readers.
    ///
    /// # Errors
    /// See [`OpenError`]; nothing was changed.
    pub(crate) fn open(path: &Path, settings: &Settings, accounts: Arc<Accounts>) -> Result<Self, OpenError> {
        let opened = open::open(path, settings.durability)?;
        let refused = |source| OpenError::Sqlite { path: path.to_owned(), source };
        let readers = Arc::new(Readers::open(path, settings).map_err(refused)?);
        let writer = Writer::start(opened.link, settings.clone(), accounts).map_err(|error| {
            let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CANTOPEN);
            refused(rusqlite::Error::SqliteFailure(code, Some(error.to_string())))
        })?;
        Ok(Self { readers, writer, path: path.to_owned(), settings: settings.clone(), _lock: opened.lock })
    }

    /// Runs a statement: a read at once, a write with the next commit.
    ///
    /// # Errors
    /// Nothing was kept.
    pub async fn run(&self, job: Job) -> Result<Outcome, Failure> {
        if job.compiled.reads_only {
            return self.readers.read(job).await;
        }
        match self.writer.stats().broken_because() {
            Some(reason) => Err(Failure::ReadOnly { reason }),
            None => self.writer.write(Work::One(job)).await,
        }
    }

    /// Runs several statements that are kept together or not at all, reads among them, with the next commit.
    ///
    /// # Errors
    /// Nothing was kept.
    pub async fn run_together(&self, together: Together) -> Result<Outcome, Failure> {
        match self.writer.stats().broken_because() {
            Some(reason) => Err(Failure::ReadOnly { reason }),
            None => self.writer.write(Work::Together(together)).await,
        }
    }

    /// Runs `work` on the writer's connection, between batches.
    ///
    /// # Errors
    /// When the queue is full or the store closed.
    #[cfg(test)]
    pub(crate) async fn alone<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Link) -> T + Send + 'static,
    ) -> Result<T, Failure> {
        self.writer.alone(work).await
    }

    /// A read-only connection of its own.
    ///
    /// # Errors
    /// The driver's.
    pub(crate) fn reader(&self) -> rusqlite::Result<Link> {
        Link::open(&self.path, Access::ReadOnly, self.settings.durability)
    }

    /// Streams the rows of a read on a connection of its own. Blocks.
    ///
    /// # Errors
    /// What became of the read.
    pub(crate) fn stream(&self, job: &Job, each: &mut dyn FnMut(&[u8]) -> ControlFlow<()>) -> Result<u64, Failure> {
        let plain = |error: &rusqlite::Error| fault::plain(error, self.settings.budget_ms());
        let link = self.reader().map_err(|error| plain(&error))?;
        let params = job.bound.texts.first().map_or(&[][..], Vec::as_slice);
        read::stream(&link, &job.compiled, params, each).map_err(|stop| match stop {
            read::Stop::Driver(error) => plain(&error),
            read::Stop::Refused(failure) => *failure,
        })
    }

    /// Runs a part of a migration on the writer's connection.
    ///
    /// # Errors
    /// The store's or the part's.
    pub(crate) async fn migrating<T: Send + 'static>(
        &self,
        part: impl FnOnce(&mut Link) -> Result<T, MigrateError> + Send + 'static,
    ) -> Result<T, MigrateError> {
        self.writer.alone(part).await.map_err(|failure| MigrateError::Store(Box::new(failure)))?
    }

    /// Loads rows in one transaction.
    ///
    /// # Errors
    /// The store failed; nothing was kept.
    pub(crate) async fn load<I>(&self, mut loader: Loader, rows: I, skip_bad: bool) -> Result<Report, Failure>
    where
        I: Iterator<Item = SourceRow> + Send + 'static,
    {
        self.writer.alone(move |link| loading::run(link, &mut loader, rows, skip_bad)).await?
    }

    /// How SQLite runs each statement.
    ///
    /// # Errors
    /// When a statement cannot be prepared.
    pub(crate) fn query_plans(&self, asked: &[(&Sql, &[Slotted])]) -> Result<Vec<Vec<String>>, Failure> {
        let plans = || {
            let link = self.reader()?;
            asked.iter().map(|(sql, _)| query_plan::of(&link, sql)).collect::<rusqlite::Result<_>>()
        };
        plans().map_err(|error| fault::plain(&error, 0))
    }

    /// Numbers for metrics.
    pub(crate) fn stats(&self) -> Stats {
        let (writer, reader) = (self.writer.stats(), self.readers.stats());
        let of = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
        Stats {
            writes_queued: of(&writer.queued),
            commits: of(&writer.commits),
            committed: of(&writer.committed),
            commit_micros: of(&writer.commit_micros),
            wal_pages: of(&writer.wal_pages),
            reads_inline: of(&reader.inline),
            reads_blocking: of(&reader.blocking),
            ..Stats::default()
        }
    }

    /// Numbers about the writer.
    #[cfg(test)]
    #[must_use]
    pub fn writer_stats(&self) -> &Arc<WriterStats> {
        self.writer.stats()
    }

    /// Why the store cannot be relied on; `None` when it can.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        let read = self.readers.stats().broken.load(Ordering::Acquire);
        self.writer.stats().broken_because().or_else(|| read.then(|| "the database cannot be read".to_owned()))
    }

    /// Finishes what is queued, copies the WAL into the database and ends the writer. Blocks.
    pub fn close(&self) {
        self.writer.close();
    }
}

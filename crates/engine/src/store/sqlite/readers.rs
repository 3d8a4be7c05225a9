//! Runs reads on read-only connections.
//!
//! A point read takes SQLite a few microseconds, and a hop to another thread costs more than that. So a read runs where
//! the request is handled, on a connection that is tried and never waited for, under a small time budget. A statement
//! that breaks the budget is stopped, remembered as slow, and run on a thread that may block; it comes back to the fast
//! path once it has been fast there. Nothing blocks a worker of the runtime for longer than [`INLINE_BUDGET`].
//! Measured (`examples/stages.rs`): a row by id takes 5.1 µs through the whole pipeline, and 4.5 µs with rusqlite and
//! `serde_json` by hand; the first 20 rows take 11 µs, by hand 28 µs.

use super::Settings;
use super::connection::{Access, Link};
use super::fault;
use super::program::{self, Progress};
use super::read::{self, Stop};
use crate::Failure;
use crate::store::{Job, Outcome, verdict};
use backstay_compile::Statement;
use std::cell::Cell;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// Longest that a read may hold a worker of the runtime.
const INLINE_BUDGET: Duration = Duration::from_millis(4);
/// A statement that ran shorter than this on a blocking thread is fast again.
const FAST: Duration = Duration::from_millis(1);

/// The read-only connections.
#[derive(Debug)]
pub(crate) struct Readers {
    /// Tried by the workers of the runtime.
    inline: Vec<Mutex<Link>>,
    /// Used by threads that may block; never more of them than permits.
    blocking: Vec<Mutex<Link>>,
    permits: Semaphore,
    waiting: AtomicUsize,
    settings: Settings,
    stats: ReaderStats,
}

/// Numbers about the readers, for metrics.
#[derive(Debug, Default)]
pub struct ReaderStats {
    /// Reads that ran on the calling thread.
    pub inline: AtomicU64,
    /// Reads that ran on a thread that may block.
    pub blocking: AtomicU64,
    /// Whether a read found the file damaged or the disk failing.
    pub broken: AtomicBool,
}

impl Readers {
    /// Opens every connection.
    ///
    /// # Errors
    /// The driver's.
    pub(crate) fn open(path: &Path, settings: &Settings) -> rusqlite::Result<Self> {
        let link = || Link::open(path, Access::ReadOnly, settings.durability).map(Mutex::new);
        let inline = (0..settings.readers).map(|_| link()).collect::<rusqlite::Result<_>>()?;
        let blocking = (0..settings.readers).map(|_| link()).collect::<rusqlite::Result<_>>()?;
        Ok(Self {
            inline,
            blocking,
            permits: Semaphore::new(settings.readers),
            waiting: AtomicUsize::new(0),
            settings: settings.clone(),
            stats: ReaderStats::default(),
        })
    }

    /// Numbers for metrics.
    pub(crate) fn stats(&self) -> &ReaderStats {
        &self.stats
    }

    /// Runs a read.
    ///
    /// # Errors
    /// [`Failure::Overloaded`] at once when too many slow reads wait; else what became of the read.
    pub(crate) async fn read(self: &Arc<Self>, job: Job) -> Result<Outcome, Failure> {
        if !job.compiled.is_slow() {
            match self.try_inline(&job) {
                Some(result) => return result,
                None => tracing::trace!("read goes to a blocking thread"),
            }
        }
        self.blocking(job).await
    }

    /// `None` when no connection is free or the statement turned out to be slow.
    fn try_inline(&self, job: &Job) -> Option<Result<Outcome, Failure>> {
        let home = home();
        let count = self.inline.len().max(1);
        let link = (0..count).find_map(|step| match self.inline.get((home + step) % count)?.try_lock() {
            Ok(link) => Some(link),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        })?;
        let budget = INLINE_BUDGET.min(self.settings.budget);
        let result = self.run(&link, job, budget);
        drop(link);
        if matches!(result, Err(Failure::Timeout { .. })) && budget < self.settings.budget {
            job.compiled.set_slow(true);
            return None;
        }
        self.stats.inline.fetch_add(1, Ordering::Relaxed);
        Some(result)
    }

    async fn blocking(self: &Arc<Self>, job: Job) -> Result<Outcome, Failure> {
        let place = Place::take(&self.waiting, self.settings.queue_max)?;
        let permit = tokio::time::timeout(self.settings.queue_wait_max, self.permits.acquire()).await;
        let Ok(Ok(permit)) = permit else { return Err(Failure::Overloaded { queue: "read" }) };
        drop(place);
        let readers = Arc::clone(self);
        let run = tokio::task::spawn_blocking(move || {
            let link = readers.blocking.iter().find_map(|link| link.try_lock().ok());
            let link = match link
                .or_else(|| readers.blocking.first().map(|link| link.lock().unwrap_or_else(PoisonError::into_inner)))
            {
                Some(link) => link,
                None => return Err(Failure::Unavailable { reason: "there are no readers".to_owned() }),
            };
            let started = Instant::now();
            let result = readers.run(&link, &job, readers.settings.budget);
            job.compiled.set_slow(started.elapsed() >= FAST);
            result
        });
        let result = run.await.unwrap_or_else(|error| Err(Failure::Internal { reason: error.to_string() }));
        drop(permit);
        self.stats.blocking.fetch_add(1, Ordering::Relaxed);
        result
    }

    fn run(&self, link: &Link, job: &Job, budget: Duration) -> Result<Outcome, Failure> {
        link.deadline.set(Instant::now() + budget);
        let result = match &job.compiled.statement {
            Statement::Read(_) => {
                let params = job.bound.texts.first().map_or(&[][..], Vec::as_slice);
                read::run(link, &job.compiled, params, &self.settings).and_then(|outcome| {
                    verdict::guard(job.guards, true, &outcome)?;
                    Ok(outcome)
                })
            }
            Statement::Write(_) => program::run(link, job, &self.settings, &mut Progress::default()),
        };
        result.map_err(|stop| match stop {
            Stop::Refused(failure) => *failure,
            Stop::Driver(error) => {
                if fault::trouble(&error) == fault::Trouble::Broken {
                    tracing::error!(%error, "a read found the database unusable");
                    self.stats.broken.store(true, Ordering::Release);
                }
                fault::of_read(&error, job.compiled.operation(), self.settings.budget_ms())
            }
        })
    }
}

/// A place in the queue of slow reads, given back when dropped.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(waiting: &'a AtomicUsize, max: usize) -> Result<Self, Failure> {
        let place = Place(waiting);
        if waiting.fetch_add(1, Ordering::Relaxed) >= max {
            return Err(Failure::Overloaded { queue: "read" });
        }
        Ok(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The connection that this thread tries first, so that its caches stay warm.
fn home() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! { static HOME: Cell<Option<usize>> = const { Cell::new(None) }; }
    HOME.with(|home| match home.get() {
        Some(home) => home,
        None => {
            let mine = NEXT.fetch_add(1, Ordering::Relaxed);
            home.set(Some(mine));
            mine
        }
    })
}

//! The one thread that writes. It takes what is queued, runs each request inside one transaction, in its own savepoint unless it
//! needs none, commits once, and only then answers. One wait for the disk serves the whole batch.
//!
//! A request that fails is undone and hurts no neighbour. Where SQLite throws the whole transaction
//! away (a stopped write, a full disk), the neighbours run again: nothing was acknowledged yet, and jobs are repeatable.
//! After a failed commit nobody knows what is on the disk: the batch fails and the store takes no more writes.

mod together;
mod unmarked;

use super::connection::{BUSY_TIMEOUT, Link};
use super::fault::{self, Trouble};
use super::program::{self, Progress};
use super::read::{self, Stop};
use super::{Settings, foreign_key};
use crate::Failure;
use crate::accounts::Accounts;
use crate::store::{Job, Outcome, Together, verdict};
use backstay_compile::Statement;
use rusqlite::hooks::Wal;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

const BEGIN: &str = "BEGIN IMMEDIATE";
const COMMIT: &str = "COMMIT";
const ROLLBACK: &str = "ROLLBACK";
const MARK: &str = "SAVEPOINT job";
const KEEP: &str = "RELEASE job";
/// Back to the state before the running job; its savepoint stays.
pub(crate) const UNDO: &str = "ROLLBACK TO job";

/// Quiet time after which the WAL is copied into the database.
const IDLE: Duration = Duration::from_millis(500);

/// Longest that writes wait for readers so that the WAL can start anew.
const RESTART_WAIT_MAX: Duration = Duration::from_millis(100);

type Reply = oneshot::Sender<Result<Outcome, Failure>>;

/// What a caller waits for.
#[derive(Debug)]
pub(crate) enum Work {
    /// One statement.
    One(Job),
    /// Several, kept together or not at all.
    Together(Together),
}

impl Work {
    /// Whether nothing of it is to be kept.
    fn rollback(&self) -> bool {
        match self {
            Self::One(job) => job.guards.rollback,
            Self::Together(together) => together.rollback,
        }
    }
}

/// A write in the queue.
struct Waiting {
    work: Work,
    reply: Reply,
    since: Instant,
}

/// What the writer is asked to do.
enum Order {
    /// A write, to be acknowledged after its commit.
    Write(Box<Waiting>),
    /// Something that needs the connection for itself, outside any transaction.
    Alone(Box<dyn FnOnce(&mut Link) + Send>),
    /// Checkpoint and end.
    Close,
}

/// Numbers about the writer, for metrics.
#[derive(Debug, Default)]
pub struct WriterStats {
    /// Requests waiting or running.
    pub queued: AtomicU64,
    /// Commits that worked.
    pub commits: AtomicU64,
    /// Requests in those commits.
    pub committed: AtomicU64,
    /// Microseconds spent in those commits.
    pub commit_micros: AtomicU64,
    /// Pages in the WAL after the last commit.
    pub wal_pages: AtomicU64,
    /// Whether the store takes no more writes.
    pub broken: AtomicBool,
    /// Why.
    reason: Mutex<String>,
}

impl WriterStats {
    /// Why the store takes no more writes; `None` while it does.
    #[must_use]
    pub fn broken_because(&self) -> Option<String> {
        let broken = self.broken.load(Ordering::Acquire);
        broken.then(|| self.reason.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    fn set_broken(&self, reason: &str) {
        tracing::error!(reason, "the store takes no more writes until it is restarted");
        reason.clone_into(&mut self.reason.lock().unwrap_or_else(PoisonError::into_inner));
        self.broken.store(true, Ordering::Release);
    }
}

/// The sending side of the writer.
#[derive(Debug)]
pub(crate) struct Writer {
    orders: SyncSender<Order>,
    stats: Arc<WriterStats>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system gives no thread, or the driver no hook.
    pub(crate) fn start(mut link: Link, settings: Settings, accounts: Arc<Accounts>) -> std::io::Result<Self> {
        let stats = Arc::new(WriterStats::default());
        let (orders, queue) = sync_channel(settings.queue_max);
        let pages = Arc::clone(&stats);
        let hook = move |_: &mut Wal, count: std::ffi::c_int| {
            pages.wal_pages.store(u64::try_from(count).unwrap_or(0), Ordering::Relaxed);
            Ok(())
        };
        link.conn.wal_hook(Some(hook)).map_err(std::io::Error::other)?;
        let restart_at_pages = settings.wal_pages_max;
        let desk = Desk { link, settings, stats: Arc::clone(&stats), restart_at_pages, accounts };
        let thread = std::thread::Builder::new().name("sqlite-writer".to_owned()).spawn(move || desk.work(&queue))?;
        Ok(Self { orders, stats, thread: Mutex::new(Some(thread)) })
    }

    /// Numbers for metrics.
    pub(crate) fn stats(&self) -> &Arc<WriterStats> {
        &self.stats
    }

    /// Queues a write and waits for its commit.
    ///
    /// # Errors
    /// [`Failure::Overloaded`] at once when the queue is full; else what became of the write.
    pub(crate) async fn write(&self, work: Work) -> Result<Outcome, Failure> {
        let (reply, answer) = oneshot::channel();
        self.send(Order::Write(Box::new(Waiting { work, reply, since: Instant::now() })))?;
        answer.await.unwrap_or_else(|_| Err(gone()))
    }

    /// Runs `work` on the writer's connection, between batches, and waits for it.
    ///
    /// # Errors
    /// [`Failure::Overloaded`] or [`Failure::Unavailable`].
    pub(crate) async fn alone<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Link) -> T + Send + 'static,
    ) -> Result<T, Failure> {
        let (reply, answer) = oneshot::channel();
        let work = move |link: &mut Link| drop(reply.send(work(link)));
        self.send(Order::Alone(Box::new(work)))?;
        answer.await.map_err(|_| gone())
    }

    fn send(&self, order: Order) -> Result<(), Failure> {
        // Counted before it is queued, so that the writer's subtraction never comes first.
        self.stats.queued.fetch_add(1, Ordering::Relaxed);
        self.orders.try_send(order).map_err(|error| {
            self.stats.queued.fetch_sub(1, Ordering::Relaxed);
            match error {
                TrySendError::Full(_) => Failure::Overloaded { queue: "write" },
                TrySendError::Disconnected(_) => gone(),
            }
        })
    }

    /// Lets the thread finish what is queued, checkpoint and end. Blocks; later calls do nothing.
    pub(crate) fn close(&self) {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let sent = self.orders.send(Order::Close).is_ok();
            if sent && thread.join().is_err() {
                tracing::error!("the writer ended by a panic");
            }
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.close();
    }
}

fn gone() -> Failure {
    Failure::Unavailable { reason: "the store is closed".to_owned() }
}

/// The receiving side: the connection and how to use it.
struct Desk {
    link: Link,
    settings: Settings,
    stats: Arc<WriterStats>,
    /// WAL pages from which the writer waits for readers again.
    restart_at_pages: u64,
    accounts: Arc<Accounts>,
}

/// A write that ran and waits for the commit.
type Done = (Box<Waiting>, Result<Outcome, Failure>);

impl Desk {
    fn work(mut self, queue: &Receiver<Order>) {
        let mut idle = false;
        loop {
            let order =
                if idle { queue.recv().map_err(|_| RecvTimeoutError::Disconnected) } else { queue.recv_timeout(IDLE) };
            idle = false;
            match order {
                Ok(Order::Write(write)) => {
                    let follow_up = self.batch(write, queue);
                    if let Some(order) = follow_up
                        && !self.other(order)
                    {
                        return;
                    }
                    self.checkpoint(false);
                }
                Ok(order) => {
                    if !self.other(order) {
                        return;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    self.checkpoint(true);
                    idle = true;
                }
                Err(RecvTimeoutError::Disconnected) => return self.close(),
            }
        }
    }

    /// Anything but a write. `false` ends the thread.
    fn other(&mut self, order: Order) -> bool {
        self.stats.queued.fetch_sub(1, Ordering::Relaxed);
        match order {
            Order::Alone(work) => {
                self.link.deadline.clear();
                if catch_unwind(AssertUnwindSafe(|| work(&mut self.link))).is_err() {
                    tracing::error!("work on the writer's connection ended by a panic");
                }
                if !self.link.conn.is_autocommit() {
                    let _ = self.link.conn.execute_batch(ROLLBACK);
                }
                true
            }
            Order::Write(_) => true,
            Order::Close => {
                self.checkpoint(true);
                let _ = self.link.conn.execute_batch("PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE)");
                false
            }
        }
    }

    fn close(mut self) {
        self.other(Order::Close);
    }

    /// Runs the first write and what is queued behind it, up to the bounds. Returns an order that is no write.
    fn batch(&mut self, first: Box<Waiting>, queue: &Receiver<Order>) -> Option<Order> {
        let started = Instant::now();
        let mut waiting = VecDeque::from([first]);
        let mut done: Vec<Done> = Vec::new();
        let mut follow_up = None;
        let mut taken = 1;
        if let Some(reason) = self.stats.broken_because() {
            self.refuse(waiting, &Failure::ReadOnly { reason });
            return None;
        }
        if let Err(error) = self.run_text(BEGIN) {
            self.note(&error);
            let failure = fault::plain(&error, self.settings.budget_ms());
            self.refuse(waiting, &failure);
            return None;
        }
        loop {
            let Some(write) = waiting.pop_front() else { break };
            let result = self.attempt(&write);
            let lost = self.link.conn.is_autocommit();
            if lost {
                // SQLite has thrown the whole transaction away: the neighbours run again, the culprit does not.
                self.answer(*write, result);
                for (write, _) in done.drain(..).rev() {
                    waiting.push_front(write);
                }
                if self.stats.broken.load(Ordering::Acquire) || self.run_text(BEGIN).is_err() {
                    let reason = self.stats.broken_because().unwrap_or_else(|| "the transaction was lost".to_owned());
                    self.refuse(waiting, &Failure::ReadOnly { reason });
                    return follow_up;
                }
            } else {
                done.push((write, result));
            }
            let room = taken < self.settings.batch_max && started.elapsed() < self.settings.batch_time_max;
            if waiting.is_empty() && room && follow_up.is_none() {
                match queue.try_recv() {
                    Ok(Order::Write(write)) => {
                        taken += 1;
                        waiting.push_back(write);
                    }
                    Ok(order) => follow_up = Some(order),
                    Err(TryRecvError::Empty | TryRecvError::Disconnected) => {}
                }
            }
        }
        self.commit(done);
        follow_up
    }

    /// Commits and answers.
    fn commit(&mut self, done: Vec<Done>) {
        let started = Instant::now();
        let wrote = done.iter().any(|(write, result)| result.is_ok() && !write.work.rollback());
        let ended = if wrote { self.run_text(COMMIT) } else { self.run_text(ROLLBACK) };
        match ended {
            Ok(()) => {
                if wrote {
                    let micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
                    self.stats.commits.fetch_add(1, Ordering::Relaxed);
                    self.stats.committed.fetch_add(done.len() as u64, Ordering::Relaxed);
                    self.stats.commit_micros.fetch_add(micros, Ordering::Relaxed);
                }
                // On the disk, and not yet acknowledged: whoever is told of a change finds the number moved.
                for outcome in done.iter().filter_map(|(_, result)| result.as_ref().ok()) {
                    self.note_accounts(outcome);
                }
                for (write, result) in done {
                    self.answer(*write, result);
                }
            }
            Err(error) => self.commit_failed(&error, done),
        }
    }

    fn note_accounts(&self, outcome: &Outcome) {
        self.accounts.note(&outcome.concerned);
        outcome.steps.iter().for_each(|step| self.accounts.note(&step.concerned));
    }

    fn commit_failed(&mut self, error: &rusqlite::Error, done: Vec<Done>) {
        if !self.link.conn.is_autocommit() {
            let _ = self.link.conn.execute_batch(ROLLBACK);
        }
        let culprit_among_many = fault::trouble(error) == Trouble::None && done.len() > 1;
        if culprit_among_many {
            // A deferred constraint: one of them is at fault, and alone the others pass.
            for (write, _) in done {
                match self.run_text(BEGIN) {
                    Ok(()) => {
                        let result = self.attempt(&write);
                        self.commit(vec![(write, result)]);
                    }
                    Err(error) => self.answer(*write, Err(fault::plain(&error, self.settings.budget_ms()))),
                }
            }
            return;
        }
        self.note(error);
        for (write, result) in done {
            let failure = match (fault::trouble(error), result) {
                (_, Err(failure)) => failure,
                (Trouble::Full, Ok(_)) => Failure::DiskFull,
                (Trouble::Broken, Ok(_)) => Failure::ReadOnly { reason: error.to_string() },
                (Trouble::None, Ok(_)) => {
                    let budget_ms = self.settings.budget_ms();
                    match &write.work {
                        Work::One(job) => fault::of_write(error, &self.link, job, &Progress::default(), budget_ms),
                        Work::Together(_) => fault::plain(error, budget_ms),
                    }
                }
            };
            self.answer(*write, Err(failure));
        }
    }

    /// Runs one job so that nothing is left of a failed one. When the transaction is lost on the way, the connection is in autocommit.
    fn attempt(&mut self, write: &Waiting) -> Result<Outcome, Failure> {
        // Whoever has gone, or waited so long that the answer would come too late, is not worth the work.
        if write.reply.is_closed() || write.since.elapsed() > self.settings.queue_wait_max {
            return Err(Failure::Overloaded { queue: "write" });
        }
        let deadline = Instant::now() + self.settings.budget;
        let result = match &write.work {
            Work::One(job) => {
                self.link.deadline.set(deadline);
                if unmarked::undoes_itself(job) { self.attempt_unmarked(job) } else { self.attempt_within_budget(job) }
            }
            Work::Together(together) => self.attempt_together(together, deadline),
        };
        self.link.deadline.clear();
        result
    }

    fn attempt_within_budget(&mut self, job: &Job) -> Result<Outcome, Failure> {
        let budget_ms = self.settings.budget_ms();
        self.run_text(MARK).map_err(|error| fault::plain(&error, budget_ms))?;
        let mut progress = Progress::default();
        // A defect must cost one request, not the writer.
        let run = AssertUnwindSafe(|| self.run_job(job, &mut progress));
        let ran = catch_unwind(run).unwrap_or_else(|_| Err(Failure::Internal { reason: "a panic".to_owned() }.into()));
        let result = match ran {
            Ok(outcome) => Ok(outcome),
            Err(Stop::Refused(failure)) => Err(*failure),
            Err(Stop::Driver(error)) if foreign_key::is_foreign_key(&error) => match self.run_text(UNDO) {
                Ok(()) => foreign_key::rerun(&self.link, job, &self.settings),
                Err(error) => Err(fault::plain(&error, budget_ms)),
            },
            Err(Stop::Driver(error)) => {
                self.note(&error);
                let lost = self.link.conn.is_autocommit();
                Err(if lost {
                    fault::plain(&error, budget_ms)
                } else {
                    fault::of_write(&error, &self.link, job, &progress, budget_ms)
                })
            }
        };
        self.settle(result, job.guards.rollback)
    }

    fn run_job(&self, job: &Job, progress: &mut Progress) -> Result<Outcome, Stop> {
        if !job.compiled.reads_only {
            return program::run(&self.link, job, &self.settings, progress);
        }
        // A read that others are kept together with. Here, too, it must not write.
        self.link.conn.pragma_update(None, "query_only", true)?;
        let result = catch_unwind(AssertUnwindSafe(|| match &job.compiled.statement {
            Statement::Read(_) => {
                let params = job.bound.texts.first().map_or(&[][..], Vec::as_slice);
                read::run(&self.link, &job.compiled, params, &self.settings).and_then(|outcome| {
                    verdict::guard(job.guards, true, &outcome)?;
                    Ok(outcome)
                })
            }
            Statement::Write(_) => program::run(&self.link, job, &self.settings, progress),
        }));
        self.link.conn.pragma_update(None, "query_only", false)?;
        result.unwrap_or_else(|_| Err(Failure::Internal { reason: "a panic".to_owned() }.into()))
    }

    /// Ends the savepoint that a result came out of.
    fn settle(&mut self, result: Result<Outcome, Failure>, rollback: bool) -> Result<Outcome, Failure> {
        if self.link.conn.is_autocommit() {
            return result.and_then(|_| Err(Failure::Internal { reason: "the transaction ended early".to_owned() }));
        }
        // The budget is the request's; undoing it must not be stopped half-way.
        self.link.deadline.clear();
        let undone = if result.is_err() || rollback { self.run_text(UNDO) } else { Ok(()) };
        let released = undone.and_then(|()| self.run_text(KEEP));
        match released {
            Ok(()) => result,
            Err(error) => {
                // The savepoint's state is unknown, so the whole transaction goes.
                self.note(&error);
                let _ = self.run_text(ROLLBACK);
                Err(fault::plain(&error, self.settings.budget_ms()))
            }
        }
    }

    fn run_text(&self, sql: &'static str) -> rusqlite::Result<()> {
        self.link.conn.prepare_cached(sql)?.raw_execute().map(drop)
    }

    /// Takes the store out of service when an error says that the disk or the file cannot be trusted.
    fn note(&self, error: &rusqlite::Error) {
        if fault::trouble(error) == Trouble::Broken {
            self.stats.set_broken(&error.to_string());
        }
    }

    fn answer(&self, write: Waiting, result: Result<Outcome, Failure>) {
        self.stats.queued.fetch_sub(1, Ordering::Relaxed);
        // A caller that went away needs no answer.
        drop(write.reply.send(result));
    }

    fn refuse(&self, waiting: VecDeque<Box<Waiting>>, failure: &Failure) {
        for write in waiting {
            self.answer(*write, Err(repeat(failure)));
        }
    }

    /// Copies the WAL into the database: when it has grown, or when there is nothing else to do.
    fn checkpoint(&mut self, idle: bool) {
        let pages = self.stats.wal_pages.load(Ordering::Relaxed);
        let due = pages >= self.settings.wal_pages_checkpoint || (idle && pages > 0);
        if !due || self.stats.broken.load(Ordering::Acquire) {
            return;
        }
        // `RESTART` waits for readers, so it is only for a WAL that would otherwise grow without bound.
        let restart = pages >= self.restart_at_pages;
        let result = if restart { self.restart_wal() } else { self.run_checkpoint("PRAGMA wal_checkpoint(PASSIVE)") };
        match result {
            Ok((log, copied)) if log == copied => {
                self.stats.wal_pages.store(0, Ordering::Relaxed);
                self.restart_at_pages = self.settings.wal_pages_max;
            }
            // A reader stays for long, such as a backup: no write waits for it again before the WAL has grown by a quarter.
            Ok(_) if restart => self.restart_at_pages = pages + (self.settings.wal_pages_max / 4).max(1),
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "checkpoint failed");
                self.note(&error);
            }
        }
    }
}

impl Desk {
    /// Copies the WAL and lets the next commit start it anew, if the readers leave soon.
    fn restart_wal(&self) -> rusqlite::Result<(i64, i64)> {
        self.link.conn.busy_timeout(RESTART_WAIT_MAX)?;
        let result = self.run_checkpoint("PRAGMA wal_checkpoint(RESTART)");
        self.link.conn.busy_timeout(BUSY_TIMEOUT)?;
        result
    }

    /// Pages in the WAL, and how many of them are in the database.
    fn run_checkpoint(&self, sql: &'static str) -> rusqlite::Result<(i64, i64)> {
        self.link.conn.query_row(sql, [], |row| Ok((row.get(1)?, row.get(2)?)))
    }
}

/// The same failure for another request of the batch.
fn repeat(failure: &Failure) -> Failure {
    match failure {
        Failure::DiskFull => Failure::DiskFull,
        Failure::ReadOnly { reason } => Failure::ReadOnly { reason: reason.clone() },
        Failure::Timeout { limit_ms } => Failure::Timeout { limit_ms: *limit_ms },
        Failure::Overloaded { queue } => Failure::Overloaded { queue },
        Failure::Refused(_)
        | Failure::Unique { .. }
        | Failure::ForeignKeyMissing { .. }
        | Failure::ForeignKeyReferenced { .. }
        | Failure::MergeTwice
        | Failure::TooManyAffected { .. }
        | Failure::NotSingular { .. }
        | Failure::Unavailable { .. }
        | Failure::CommitUnknown { .. }
        | Failure::Operation { .. }
        | Failure::Reference { .. }
        | Failure::InTransaction { .. }
        | Failure::RateLimited { .. }
        | Failure::Internal { .. } => Failure::Unavailable { reason: failure.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::conformance::{Who, expect, insert, read, sqlite};
    use rusqlite::ffi;
    use serde_json::json;

    const SCHEMA: &str =
        "type Note @model(table: \"notes\") @access(ops: [ALL]) { id: Int! @id(auto: INCREMENT) text: String! }";

    /// A writer's desk whose thread was not started, and a job for it.
    fn desk(dir: &std::path::Path) -> Desk {
        let opened = crate::open::open(&dir.join("desk.db"), super::super::Durability::Full).unwrap();
        let settings = Settings::default();
        let restart_at_pages = settings.wal_pages_max;
        Desk { link: opened.link, settings, stats: Arc::default(), restart_at_pages, accounts: Arc::default() }
    }

    async fn job() -> Job {
        let dir = tempfile::tempdir().unwrap();
        let engine = sqlite(dir.path(), SCHEMA, Settings::default()).await;
        crate::pipeline::tests::job(&engine, &insert("notes", &json!([{"text": "a"}]), ""), &Who::anyone())
    }

    #[tokio::test]
    async fn a_failed_commit_acknowledges_nothing_and_ends_writing() {
        let dir = tempfile::tempdir().unwrap();
        for (code, expected, broken) in [
            (ffi::SQLITE_IOERR_FSYNC, "the database takes no writes", true),
            (ffi::SQLITE_IOERR_WRITE, "the database takes no writes", true),
            (ffi::SQLITE_CORRUPT, "the database takes no writes", true),
            (ffi::SQLITE_FULL, "the disk is full", false),
        ] {
            let mut desk = desk(dir.path());
            let (replies, answers): (Vec<_>, Vec<_>) = (0..3).map(|_| oneshot::channel()).unzip();
            let mut done = Vec::new();
            for reply in replies {
                desk.stats.queued.fetch_add(1, Ordering::Relaxed);
                let write = Waiting { work: Work::One(job().await), reply, since: Instant::now() };
                done.push((Box::new(write), Ok(Outcome::default())));
            }
            desk.commit_failed(&rusqlite::Error::SqliteFailure(ffi::Error::new(code), None), done);
            for answer in answers {
                let failure = answer.await.unwrap().unwrap_err().to_string();
                assert!(failure.starts_with(expected), "{failure}");
            }
            assert_eq!(desk.stats.broken_because().is_some(), broken);
        }
    }

    #[tokio::test]
    async fn a_store_that_is_broken_reads_and_refuses_writes() {
        let dir = tempfile::tempdir().unwrap();
        let engine = sqlite(dir.path(), SCHEMA, Settings::default()).await;
        engine.inner().store.sqlite().writer_stats().set_broken("fsync failed");
        let refused = engine.run(&insert("notes", &json!([{"text": "a"}]), ""), &Who::anyone()).await;
        expect(refused, "the database takes no writes: fsync failed");
        expect(engine.run(&read("notes", "*", ""), &Who::anyone()).await, "0/0 []");
        assert!(matches!(engine.readiness(), crate::Readiness::NotReady { .. }));
    }

    #[tokio::test]
    async fn a_reader_that_stays_does_not_hold_up_writes() {
        let dir = tempfile::tempdir().unwrap();
        let settings = Settings { wal_pages_checkpoint: 10, wal_pages_max: 20, ..Settings::default() };
        let engine = sqlite(dir.path(), SCHEMA, settings).await;
        let big = insert("notes", &json!([{"text": "x".repeat(8_000)}]), "");
        expect(engine.run(&big, &Who::anyone()).await, "1/1 ");
        let reader = engine.inner().store.sqlite().reader().unwrap();
        let snapshot = reader.conn.unchecked_transaction().unwrap();
        snapshot.query_row("SELECT count(*) FROM notes", [], |_| Ok(())).unwrap();
        let started = Instant::now();
        for _ in 0..60 {
            expect(engine.run(&big, &Who::anyone()).await, "1/1 ");
        }
        // 180 pages: at most 32 waits of a tenth of a second. Waiting for the reader at each would take 5 s every time.
        assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
        drop(snapshot);
        for _ in 0..10 {
            expect(engine.run(&big, &Who::anyone()).await, "1/1 ");
        }
        assert!(engine.stats().wal_pages < 40, "{}", engine.stats().wal_pages);
    }

    #[tokio::test]
    async fn the_wal_stays_bounded() {
        let dir = tempfile::tempdir().unwrap();
        let settings = Settings { wal_pages_checkpoint: 50, ..Settings::default() };
        let engine = sqlite(dir.path(), SCHEMA, settings).await;
        for _ in 0..200 {
            let big = insert("notes", &json!([{"text": "x".repeat(8_000)}]), "");
            expect(engine.run(&big, &Who::anyone()).await, "1/1 ");
        }
        let bytes = std::fs::metadata(dir.path().join("data.db-wal")).unwrap().len();
        assert!(bytes < 100 * 4_200, "the WAL has {bytes} bytes");
    }
}

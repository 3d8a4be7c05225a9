//! The MySQL and MariaDB store: a bounded number of connections, each for one request at a time, writes in transactions of their
//! own. In: a [`Job`]. Out: an [`Outcome`] whose commit the server has confirmed, or a [`Failure`] of which nothing was kept.

mod address;
pub(crate) mod carrying;
mod counting;
mod fault;
mod finding;
mod foreign_key;
mod link;
mod loading;
mod migration;
mod pool;
mod program;
mod query_plan;
mod read;
mod settings;
#[cfg(test)]
pub(crate) mod tests;
mod transact;
mod value;
mod watch;
mod weighing;

pub use address::{Address, BadAddress};
pub use settings::{Facts, Settings};

use super::work::Work;
use super::{Job, Outcome, Slotted, Together, verdict};
use crate::accounts::Accounts;
use crate::load::{Loader, Report, SourceRow};
use crate::migrate::{self, Applied, MigrateError, MigrationPlan};
use crate::{Failure, Stats};
use backstay_compile::Statement;
use backstay_compile::statement::Sql;
use fault::Remedy;
use pool::Pool;
use read::Stop;
use std::ops::ControlFlow;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Once};
use std::time::{Duration, Instant};
use transact::GRACE;
use value::Cell;

/// Largest text that is stored or made for us, bytes: as on the other databases.
const VALUE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Times that a read runs when its connection is lost.
const READ_TRIES_MAX: u32 = 3;

const FACTS: &str = "SELECT VERSION(), @@max_connections, @@innodb_flush_log_at_trx_commit, @@read_only, \
                     (SELECT COALESCE(SUM(data_length + index_length), 0) FROM information_schema.tables \
                     WHERE table_schema = DATABASE()), @@max_allowed_packet";

/// An open database.
#[derive(Debug)]
pub struct Mysql {
    pool: Arc<Pool>,
    accounts: Arc<Accounts>,
    watching: Once,
}

impl Mysql {
    /// A store that has connected to nothing yet.
    pub(crate) fn open(address: Address, settings: Settings, accounts: Arc<Accounts>) -> Self {
        Self { pool: Arc::new(Pool::new(address, settings)), accounts, watching: Once::new() }
    }

    /// Starts to look for other nodes' changes, once there is a runtime to look on.
    fn watch(&self) {
        self.watching.call_once(|| {
            tokio::spawn(watch::run(Arc::downgrade(&self.pool), Arc::clone(&self.accounts)));
        });
    }

    /// Runs a statement: a read by itself, a write in a transaction of its own.
    ///
    /// # Errors
    /// Nothing was kept, but for [`Failure::CommitUnknown`].
    pub(crate) async fn run(&self, job: Job) -> Result<Outcome, Failure> {
        self.watch();
        match &job.compiled.statement {
            // What somebody else wrote is kept from writing by a transaction.
            Statement::Read(_) if job.compiled.operation().is_none() => self.read(&job).await,
            Statement::Read(_) | Statement::Write(_) => self.write(Work::One(job)).await,
        }
    }

    /// Runs several statements that are kept together or not at all, reads among them.
    ///
    /// # Errors
    /// Nothing was kept, but for [`Failure::CommitUnknown`].
    pub(crate) async fn run_together(&self, together: Together) -> Result<Outcome, Failure> {
        self.watch();
        self.write(Work::Together(together)).await
    }

    /// A write goes on when its caller leaves: what was begun ends one way or the other.
    async fn write(&self, work: Work) -> Result<Outcome, Failure> {
        let running = tokio::spawn(transact::run(Arc::clone(&self.pool), Arc::clone(&self.accounts), work));
        running.await.unwrap_or_else(|error| Err(Failure::Internal { reason: error.to_string() }))
    }

    async fn read(&self, job: &Job) -> Result<Outcome, Failure> {
        let settings = &self.pool.settings;
        let params = job.bound.texts.first().map_or(&[][..], Vec::as_slice);
        let deadline = Instant::now() + settings.budget + GRACE;
        let mut tries = 0;
        self.pool.stats.reads.fetch_add(1, Ordering::Relaxed);
        loop {
            tries += 1;
            let mut held = self.pool.hold_for_read().await?;
            let link = held.link()?;
            let (id, ended) = (link.id(), link.ended());
            let running = link::unless(&ended, read::run(link, &job.compiled, params, settings));
            let Ok(ran) = tokio::time::timeout_at(deadline.into(), running).await else {
                link::stop(&self.pool.address, settings, id);
                return Err(Failure::Timeout { limit_ms: settings.budget_ms() });
            };
            match ran {
                Ok(outcome) => {
                    held.keep();
                    verdict::guard(job.guards, true, &outcome)?;
                    return Ok(outcome);
                }
                // Rows may still be on their way.
                Err(Stop::Refused(failure)) => return Err(*failure),
                Err(Stop::Driver(error)) => match fault::remedy(&error) {
                    Remedy::Reconnect | Remedy::Again if tries < READ_TRIES_MAX => {
                        self.pool.stats.retries.fetch_add(1, Ordering::Relaxed);
                        self.pool.forget_idle();
                    }
                    Remedy::None | Remedy::Reconnect | Remedy::Again => {
                        if !fault::is_lost(&error) {
                            held.keep();
                        }
                        return Err(fault::of_statement(&error, &job.compiled, settings.budget_ms()));
                    }
                },
            }
        }
    }

    /// Streams the rows of a read, all of one moment. Blocks on the runtime of the calling thread.
    ///
    /// # Errors
    /// What became of the read.
    pub(crate) fn stream(&self, job: &Job, each: &mut dyn FnMut(&[u8]) -> ControlFlow<()>) -> Result<u64, Failure> {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return Err(Failure::Internal { reason: "there is no runtime to wait on".to_owned() });
        };
        runtime.block_on(loading::stream(&self.pool, job, each))
    }

    /// Loads rows in one transaction.
    ///
    /// # Errors
    /// The store failed; nothing was kept, but for [`Failure::CommitUnknown`].
    pub(crate) async fn load<I>(&self, loader: Loader, rows: I, skip_bad: bool) -> Result<Report, Failure>
    where
        I: Iterator<Item = SourceRow> + Send + 'static,
    {
        self.watch();
        let pool = Arc::clone(&self.pool);
        let runtime = tokio::runtime::Handle::current();
        // The rows may be waited for where they come from.
        let running =
            tokio::task::spawn_blocking(move || runtime.block_on(loading::run(&pool, loader, rows, skip_bad)));
        running.await.unwrap_or_else(|error| Err(Failure::Internal { reason: error.to_string() }))
    }

    /// How the server runs each statement.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub(crate) async fn query_plans(&self, asked: &[(&Sql, &[Slotted])]) -> Result<Vec<Vec<String>>, Failure> {
        let mut held = self.pool.hold_for_read().await?;
        match query_plan::of(held.link()?, asked).await {
            Ok(plans) => {
                held.keep();
                Ok(plans)
            }
            Err(Stop::Refused(failure)) => Err(*failure),
            Err(Stop::Driver(error)) => Err(fault::plain(&error, self.pool.settings.budget_ms())),
        }
    }

    /// Number and catalogue of the last migration; 0 and `None` before the first.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn last_migration(&self) -> Result<(i64, Option<String>), MigrateError> {
        self.watch();
        migration::last(&self.pool).await
    }

    /// The same, also while a move fills the database.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn last_migration_even_filling(&self) -> Result<(i64, Option<String>), MigrateError> {
        migration::last_even_filling(&self.pool).await
    }

    /// The migrations that were applied, oldest first.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn migrations(&self) -> Result<Vec<Applied>, MigrateError> {
        migration::history(&self.pool).await
    }

    /// Applies a plan step by step; of several nodes at once, one does.
    ///
    /// # Errors
    /// See [`MigrateError`]; the steps before the one that failed stay done, and the next attempt goes on there.
    pub(crate) async fn migrate(
        &self,
        plan: MigrationPlan,
        applied_at: String,
    ) -> Result<migrate::Outcome, MigrateError> {
        migration::apply(&self.pool, &plan, &applied_at).await
    }

    /// What the database holds beside what is ours.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub(crate) async fn found(&self) -> Result<backstay_schema::found::Found, Failure> {
        let mut held = self.pool.hold_for_read().await?;
        let found =
            finding::look(held.link()?).await.map_err(|error| fault::plain(&error, self.pool.settings.budget_ms()))?;
        held.keep();
        Ok(found)
    }

    /// What the server says of itself.
    ///
    /// # Errors
    /// When it cannot be reached.
    pub(crate) async fn facts(&self) -> Result<Facts, Failure> {
        let mut held = self.pool.hold_for_read().await?;
        let rows = held
            .link()?
            .ask(FACTS, Vec::new())
            .await
            .map_err(|error| fault::plain(&error, self.pool.settings.budget_ms()))?;
        held.keep();
        let cell = |at: usize| rows.first().map_or(Cell::Null, |row| Cell::of(row, at));
        Ok(Facts {
            version: cell(0).text(),
            connections_max: u32::try_from(cell(1).number()).unwrap_or(u32::MAX),
            is_durable: cell(2).number() == 1,
            is_read_only: cell(3).number() != 0 || cell(3).text() == "ON",
            bytes: cell(4).number(),
            value_bytes_max: cell(5).number(),
        })
    }

    /// The number of the last migration that was seen, as it changes; 0 before the first look.
    pub(crate) fn migrated(&self) -> tokio::sync::watch::Receiver<i64> {
        self.pool.migrated.subscribe()
    }

    /// Numbers for metrics.
    pub(crate) fn stats(&self) -> Stats {
        let stats = &self.pool.stats;
        let of = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
        Stats {
            writes_queued: of(&stats.writes),
            commits: of(&stats.commits),
            committed: of(&stats.commits),
            commit_micros: of(&stats.commit_micros),
            reads_inline: of(&stats.reads),
            connections: of(&stats.connections),
            connections_waited_for: u64::try_from(self.pool.waiting()).unwrap_or(u64::MAX),
            retries: of(&stats.retries),
            commits_unknown: of(&stats.unknown),
            ..Stats::default()
        }
    }

    /// Why the store cannot be relied on; `None` when it can.
    pub(crate) fn trouble(&self) -> Option<String> {
        self.pool.trouble()
    }

    /// Takes nothing new. What runs goes on, for as long as one statement may take.
    pub(crate) fn close(&self) {
        self.pool.close();
        let until = Instant::now() + self.pool.settings.budget + GRACE;
        while self.pool.stats.writes.load(Ordering::Relaxed) > 0 && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

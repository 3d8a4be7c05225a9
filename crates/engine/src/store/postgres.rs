//! The PostgreSQL store: a bounded number of connections, reads one behind the other, writes in transactions of their own.
//! In: a [`Job`]. Out: an [`Outcome`] whose commit the server has confirmed, or a [`Failure`] of which nothing was kept.

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
mod replicas;
mod settings;
#[cfg(test)]
pub(crate) mod tests;
mod tls;
mod transact;
mod value;
mod watch;
mod weighing;

pub use address::{Address, BadAddress};
pub use settings::{Facts, Following, Settings};

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
use replicas::Replicas;
use std::ops::ControlFlow;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Once};
use std::time::{Duration, Instant};
use transact::GRACE;

/// Largest text that is stored or made for us, bytes: as on the other databases.
const VALUE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Times that a read runs when its connection is lost.
const READ_TRIES_MAX: u32 = 3;

const FACTS: &str = "SELECT current_setting('server_version'), current_setting('max_connections'), current_setting('fsync'), \
                     CASE current_setting('synchronous_commit') WHEN 'off' THEN 'off' ELSE 'on' END, \
                     pg_is_in_recovery()::text, pg_database_size(current_database())::text";

/// An open database.
#[derive(Debug)]
pub struct Postgres {
    pool: Arc<Pool>,
    replicas: Arc<Replicas>,
    accounts: Arc<Accounts>,
    watching: Once,
}

impl Postgres {
    /// A store that has connected to nothing yet.
    pub(crate) fn open(address: Address, settings: Settings, accounts: Arc<Accounts>) -> Self {
        let replicas = Arc::new(Replicas::new(&settings.replicas, &settings));
        Self { pool: Arc::new(Pool::new(address, settings)), replicas, accounts, watching: Once::new() }
    }

    /// Starts to listen to other nodes, once there is a runtime to listen on.
    fn watch(&self) {
        self.watching.call_once(|| {
            tokio::spawn(watch::run(Arc::downgrade(&self.pool), Arc::clone(&self.accounts)));
            if !self.replicas.is_empty() {
                tokio::spawn(Arc::clone(&self.replicas).follow(Arc::downgrade(&self.pool)));
            }
        });
    }

    /// Runs a statement: a read on a connection that others share, a write in a transaction of its own.
    ///
    /// # Errors
    /// Nothing was kept, but for [`Failure::CommitUnknown`].
    pub(crate) async fn run(&self, job: Job) -> Result<Outcome, Failure> {
        self.watch();
        match &job.compiled.statement {
            Statement::Read(_) if self.pool.settings.prepares => self.read_nearby(&job).await,
            // What a pooler does not keep apart is set in a transaction.
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
        let callers = match &work {
            Work::One(job) => vec![replicas::caller(&job.who)],
            Work::Together(together) => replicas::callers(together),
        };
        let running = tokio::spawn(transact::run(Arc::clone(&self.pool), Arc::clone(&self.accounts), work));
        let done = running.await.unwrap_or_else(|error| Err(Failure::Internal { reason: error.to_string() }));
        if matches!(done, Ok(_) | Err(Failure::CommitUnknown { .. })) {
            self.replicas.wrote(&callers);
        }
        done
    }

    async fn read(&self, job: &Job, pool: &Pool) -> Result<Outcome, Failure> {
        let settings = &pool.settings;
        let params = job.bound.texts.first().map_or(&[][..], Vec::as_slice);
        let deadline = Instant::now() + settings.budget + GRACE;
        let mut tries = 0;
        self.pool.stats.reads.fetch_add(1, Ordering::Relaxed);
        loop {
            tries += 1;
            let shared = pool.shared().await?;
            let running = read::run(&shared.link, &job.compiled, params, settings);
            let Ok(ran) = tokio::time::timeout_at(deadline.into(), running).await else {
                // The server would have stopped the statement and said so.
                shared.link.end();
                return Err(Failure::Timeout { limit_ms: settings.budget_ms() });
            };
            match ran {
                Ok(outcome) => {
                    verdict::guard(job.guards, true, &outcome)?;
                    return Ok(outcome);
                }
                Err(Stop::Refused(failure)) => return Err(*failure),
                Err(Stop::Driver(error)) => match fault::remedy(&error) {
                    Remedy::Reconnect | Remedy::Again if tries < READ_TRIES_MAX => {
                        self.pool.stats.retries.fetch_add(1, Ordering::Relaxed);
                    }
                    Remedy::Prepare if tries < READ_TRIES_MAX => shared.link.forget_statements(),
                    Remedy::None | Remedy::Reconnect | Remedy::Again | Remedy::Prepare | Remedy::LookCloser => {
                        return Err(fault::of_statement(&error, job.compiled.operation(), settings.budget_ms()));
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
        let held = self.pool.hold().await?;
        let plans = query_plan::of(held.link()?, asked).await;
        if plans.is_ok() {
            held.keep();
        }
        plans.map_err(|error| fault::plain(&error, self.pool.settings.budget_ms()))
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

    /// Applies a plan in one transaction; of several nodes at once, one does.
    ///
    /// # Errors
    /// See [`MigrateError`]; nothing was changed.
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
    /// When it cannot be reached.
    pub(crate) async fn found(&self) -> Result<backstay_schema::found::Found, Failure> {
        let held = self.pool.hold().await?;
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
        let held = self.pool.hold().await?;
        let rows =
            held.link()?.ask(FACTS, &[]).await.map_err(|error| fault::plain(&error, self.pool.settings.budget_ms()))?;
        held.keep();
        let text = |at: usize| rows.first().and_then(|row| row.try_get::<_, String>(at).ok()).unwrap_or_default();
        Ok(Facts {
            version: text(0),
            connections_max: text(1).parse().unwrap_or(0),
            is_durable: text(2) == "on" && text(3) == "on",
            in_recovery: text(4) == "true",
            bytes: text(5).parse().unwrap_or(0),
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
            replica_reads: of(&stats.replica_reads),
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
        self.replicas.close();
        let until = Instant::now() + self.pool.settings.budget + GRACE;
        while self.pool.stats.writes.load(Ordering::Relaxed) > 0 && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

//! The facade: an open database with its schema, plan cache and clock. Cheap to clone; every clone is the same engine.

use crate::accounts::Accounts;
use crate::answer::Answer;
use crate::ask::{Ask, Asked, Verb};
use crate::cache::PlanCache;
use crate::clock::{Clock, Ids, SystemClock};
use crate::compiled::{Compiled, Loaded, Spaces};
use crate::explain::Explanation;
use crate::fault::Failure;
use crate::open::OpenError;
use crate::pipeline;
use crate::prepare::Hash;
use crate::rate::counts::{self, Counts, Shared, Taken};
use crate::rate::{Allowance, Rates};
use crate::steps::{self, Step};
use crate::store::{Database, Store, mysql, postgres, sqlite};
use crate::transaction::{self, Linked};
use backstay_plan::bind::BadValidator;
use backstay_plan::limits::Limits;
use backstay_plan::{Principal, Refusal, Request};
use backstay_schema::Schema;
use backstay_schema::model::Dialect;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// How to open a database.
#[derive(Clone)]
pub struct OpenOptions {
    /// Where the rows are.
    pub database: Database,
    /// Bounds on requests.
    pub limits: Limits,
    /// Compiled statements kept.
    pub plans_max: usize,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// Hashes secrets; `None` refuses to store them.
    pub hash: Hash,
    /// Whether requests are explained and kept for [`Engine::explained`] instead of being run.
    pub explain: bool,
    /// The application role that must not lose its last enabled holder; `None` lets it.
    pub protected_role: Option<String>,
    /// Where nodes count requests together; without it in the database, where that is PostgreSQL.
    pub counts: Option<Arc<dyn Counts>>,
}

impl OpenOptions {
    /// The default choices for a database file.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self::sqlite(path, sqlite::Settings::default())
    }

    /// The default choices for a database file whose store has these bounds.
    #[must_use]
    pub fn sqlite(path: impl Into<PathBuf>, settings: sqlite::Settings) -> Self {
        Self::on(Database::Sqlite { path: path.into(), settings })
    }

    /// The default choices for a PostgreSQL database.
    #[must_use]
    pub fn postgres(address: postgres::Address, settings: postgres::Settings) -> Self {
        Self::on(Database::Postgres { address, settings })
    }

    /// The default choices for a MySQL or MariaDB database.
    #[must_use]
    pub fn mysql(address: mysql::Address, settings: mysql::Settings) -> Self {
        Self::on(Database::Mysql { address, settings })
    }

    /// The default choices for a database.
    #[must_use]
    pub fn on(database: Database) -> Self {
        Self {
            database,
            limits: Limits::default(),
            plans_max: 2_000,
            clock: Arc::new(SystemClock),
            hash: |_| None,
            explain: false,
            protected_role: None,
            counts: None,
        }
    }
}

impl std::fmt::Debug for OpenOptions {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("OpenOptions").field("database", &self.database).finish_non_exhaustive()
    }
}

/// An open database with its schema.
#[derive(Debug, Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) plans: PlanCache,
    pub(crate) limits: Limits,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<Ids>,
    pub(crate) hash: Hash,
    pub(crate) rates: Rates,
    /// What requests come to, where they are not to be run.
    pub(crate) explained: Option<Mutex<Vec<Explanation>>>,
    pub(crate) accounts: Arc<Accounts>,
    protected_role: Option<String>,
    spaces: RwLock<Arc<Spaces>>,
    generations: AtomicU64,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Inner").field("store", &self.store).field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// Whether the engine can serve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readiness {
    /// Reads and writes work.
    Ready,
    /// Something is wrong until restart.
    NotReady {
        /// What.
        reason: String,
    },
}

/// Numbers for metrics, all counted since the start unless said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Writes waiting or running now.
    pub writes_queued: u64,
    /// Commits.
    pub commits: u64,
    /// Requests in those commits; divided by `commits`, the mean batch.
    pub committed: u64,
    /// Microseconds spent in commits.
    pub commit_micros: u64,
    /// Pages in the WAL now.
    pub wal_pages: u64,
    /// Reads that ran where the request was handled.
    pub reads_inline: u64,
    /// Reads that ran on a thread that may block.
    pub reads_blocking: u64,
    /// Connections to a database server now.
    pub connections: u64,
    /// Requests that wait for one.
    pub connections_waited_for: u64,
    /// Times that something ran again, because others were in its way or its connection was lost.
    pub retries: u64,
    /// Commits of which the server did not say whether they were kept.
    pub commits_unknown: u64,
    /// Reads that a server answered which follows the first one.
    pub replica_reads: u64,
    /// Times that the count which nodes share could not be reached, so that this node's own stood alone.
    pub shared_counts_failed: u64,
    /// Requests whose plan was cached.
    pub plan_hits: u64,
    /// Requests whose plan was made.
    pub plan_misses: u64,
}

impl Engine {
    /// Opens a database for a schema. The schema's tables are made and changed by [`crate::migrate`], not here.
    ///
    /// # Errors
    /// See [`OpenError`]; nothing was changed.
    pub fn open(schema: Arc<Schema>, options: OpenOptions) -> Result<Engine, OpenError> {
        let OpenOptions { database, limits, plans_max, clock, hash, explain, protected_role, counts } = options;
        let dialect = database.dialect();
        let spaces = Spaces::new(schema, limits, protected_role.as_deref(), (0, dialect))?;
        let accounts = Arc::<Accounts>::default();
        if spaces.application.schema.models.iter().any(|model| !model.managed)
            && let Database::Sqlite { path, .. } = &database
        {
            crate::open::adopt(path)?;
        }
        let store = Store::open(database, Arc::clone(&accounts))?;
        let inner = Inner {
            store,
            plans: PlanCache::new(plans_max),
            limits,
            clock,
            ids: Arc::default(),
            hash,
            rates: Rates::shared(match (counts, dialect) {
                (Some(counts), _) => Shared::Outside(counts),
                (None, Dialect::Sqlite) => Shared::Own,
                (None, Dialect::Postgres | Dialect::Mysql) => Shared::Database,
            }),
            explained: explain.then(Mutex::default),
            accounts,
            protected_role,
            spaces: RwLock::new(Arc::new(spaces)),
            generations: AtomicU64::new(1),
        };
        Ok(Engine { inner: Arc::new(inner) })
    }

    /// Runs a request as a caller.
    ///
    /// # Errors
    /// Nothing of the request was kept.
    pub async fn run(&self, request: &Request, who: &Principal) -> Result<Answer, Failure> {
        self.run_counted(request, who).await.1
    }

    /// Runs a request as a caller. Beside what it came to, what the caller has left of each `@rateLimit` it was counted for,
    /// whether it was run or refused.
    pub async fn run_counted(&self, request: &Request, who: &Principal) -> (Vec<Allowance>, Result<Answer, Failure>) {
        let mut allowances = Vec::new();
        let result = match self.inner.explained {
            Some(_) => self.keep_explanation(request, who).await,
            None => pipeline::run(&self.inner, request, who, &mut allowances).await,
        };
        (allowances, result)
    }

    /// Runs several requests in order, each as its own caller, and keeps all of them or none. Values of a request may refer to
    /// results of earlier ones: see [`crate::transaction`]. With `rollback` nothing is kept.
    ///
    /// # Errors
    /// Nothing of any request was kept. [`Failure::InTransaction`] says which one failed.
    pub async fn run_together(
        &self,
        requests: Vec<(Request, Principal)>,
        rollback: bool,
    ) -> Result<Vec<Answer>, Failure> {
        if self.inner.explained.is_some() {
            return self.keep_explanations(requests.iter().map(|(request, who)| (request, who))).await;
        }
        transaction::run(&self.inner, requests, rollback).await
    }

    /// Runs several requests of one caller in order, and keeps all of them or none. Rows of a request may refer to rows of earlier
    /// ones by their keys. Beside what they came to, what the caller has left of each `@rateLimit` they were counted for.
    ///
    /// # Errors
    /// Nothing of any request was kept. [`Failure::InTransaction`] says which one failed.
    pub async fn run_linked(
        &self,
        requests: Vec<Linked>,
        who: &Principal,
    ) -> (Vec<Allowance>, Result<Vec<Answer>, Failure>) {
        let mut allowances = Vec::new();
        if self.inner.explained.is_some() {
            let asked = requests.iter().map(|linked| (&linked.request, who));
            return (allowances, self.keep_explanations(asked).await);
        }
        let result = transaction::run_linked(&self.inner, requests, who, &mut allowances).await;
        (allowances, result)
    }

    /// Runs a request to Backstay's own tables; see [`crate::ask`].
    ///
    /// # Errors
    /// Nothing of the request was kept.
    pub async fn ask<V: Verb>(&self, ask: Ask<V>) -> Result<Answer, Failure> {
        steps::run_one(&self.inner, Asked::from(ask)).await
    }

    /// Runs steps in order over Backstay's own tables and the application's, and keeps all of them or none. All are on the disk
    /// when this returns.
    ///
    /// # Errors
    /// Nothing of any step was kept. [`Failure::InTransaction`] says which one failed; [`Failure::unmet`] whether it was
    /// because its expectation did not hold.
    pub async fn run_steps(&self, steps: Vec<Step>) -> Result<Vec<Answer>, Failure> {
        steps::run(&self.inner, steps).await
    }

    /// Whether other nodes can be at the same database.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        match self.inner().store.dialect() {
            Dialect::Sqlite => false,
            Dialect::Postgres | Dialect::Mysql => true,
        }
    }

    /// Takes one request of a key that nodes count together; `None` where there is one node, or the count cannot be reached.
    pub async fn take(&self, asked: counts::Asked) -> Option<Taken> {
        let inner = self.inner();
        inner.rates.take(&inner.store, asked).await
    }

    /// The schema in use.
    #[must_use]
    pub fn schema(&self) -> Arc<Schema> {
        Arc::clone(&self.inner.loaded().schema)
    }

    /// Puts another schema in use, once the database fits it. Requests in flight end with the schema they began with.
    ///
    /// # Errors
    /// When a validator of the schema cannot be compiled; the old schema stays.
    pub fn swap_schema(&self, schema: Arc<Schema>) -> Result<(), BadValidator> {
        let generation = self.inner.generations.fetch_add(1, Ordering::Relaxed);
        let role = self.inner.protected_role.as_deref();
        let generation = (generation, self.inner.store.dialect());
        let spaces = Arc::new(Spaces::new(schema, self.inner.limits, role, generation)?);
        *self.inner.spaces.write().unwrap_or_else(PoisonError::into_inner) = spaces;
        self.inner.plans.clear();
        Ok(())
    }

    /// The statements that are kept compiled, in no order: what requests so far came to.
    #[must_use]
    pub fn statements(&self) -> Vec<backstay_compile::Statement> {
        let of_doors = |compiled: &&Arc<Compiled>| compiled.loaded.generation & Spaces::SYSTEM == 0;
        self.inner.plans.all().iter().filter(of_doors).map(|compiled| compiled.statement.clone()).collect()
    }

    /// What the same requests come to on another database, or why it cannot run them.
    #[must_use]
    pub fn statements_on(&self, dialect: Dialect) -> Vec<Result<backstay_compile::Statement, Refusal>> {
        let of_doors = |compiled: &&Arc<Compiled>| compiled.loaded.generation & Spaces::SYSTEM == 0;
        let compile = |compiled: &Arc<Compiled>| backstay_compile::compile(&compiled.plan, compiled.schema(), dialect);
        self.inner.plans.all().iter().filter(of_doors).map(compile).collect()
    }

    /// Counts changes of accounts: a token that was checked at one [`Accounts::stamp`] need not be checked again before it moves.
    #[must_use]
    pub fn accounts(&self) -> &Arc<Accounts> {
        &self.inner.accounts
    }

    /// Bounds on requests.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.inner.limits
    }

    /// The engine's clock.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.inner.clock
    }

    /// Whether the engine can serve.
    #[must_use]
    pub fn readiness(&self) -> Readiness {
        self.inner.store.trouble().map_or(Readiness::Ready, |reason| Readiness::NotReady { reason })
    }

    /// Numbers for metrics.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let (plan_hits, plan_misses) = self.inner.plans.counts();
        Stats { plan_hits, plan_misses, shared_counts_failed: self.inner.rates.failed(), ..self.inner.store.stats() }
    }

    /// The number of the database's last migration that was seen, as it changes; 0 before the first look. `None` where no other node
    /// can make one.
    #[must_use]
    pub fn migrated(&self) -> Option<tokio::sync::watch::Receiver<i64>> {
        self.inner.store.migrated()
    }

    /// Lets go of what is kept for callers that have not come back. To be called now and then.
    pub fn upkeep(&self) {
        self.inner.rates.upkeep();
    }

    /// Finishes what is queued, copies the WAL into the database and takes no more writes. Blocks.
    pub fn close(&self) {
        self.inner.store.close();
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.inner
    }
}

impl Inner {
    /// The schema in use.
    pub(crate) fn loaded(&self) -> Arc<Loaded> {
        Arc::clone(&self.spaces.read().unwrap_or_else(PoisonError::into_inner).application)
    }

    /// The schemas in use, of one moment.
    pub(crate) fn spaces(&self) -> Arc<Spaces> {
        Arc::clone(&self.spaces.read().unwrap_or_else(PoisonError::into_inner))
    }
}

//! What every store takes and gives: a compiled statement with its values in, JSON bytes and counts out.
//! The stores are a closed set; each passes the suite in `conformance`.

#[cfg(not(all(feature = "mysql", feature = "postgres")))]
pub(crate) mod absent;
pub(crate) mod carry;
#[cfg(test)]
pub(crate) mod conformance;
#[cfg(any(feature = "mysql", feature = "postgres"))]
pub(crate) mod loading;
#[cfg_attr(not(feature = "mysql"), path = "store/mysql/absent.rs")]
pub mod mysql;
pub(crate) mod news;
#[cfg_attr(not(feature = "postgres"), path = "store/postgres/absent.rs")]
pub mod postgres;
pub(crate) mod print;
pub(crate) mod probe;
pub mod sqlite;
pub(crate) mod text;
pub(crate) mod verdict;
pub(crate) mod violation;
pub(crate) mod work;

use crate::accounts::{Accounts, Concerned};
use crate::advise::{Trial, Weighed};
use crate::compiled::Compiled;
use crate::load::{Loader, Report, SourceRow};
use crate::migrate::{self, Applied, MigrateError, MigrationPlan};
use crate::open::OpenError;
use crate::rate::counts::{Asked, Taken};
use crate::{Failure, Stats};
use backstay_compile::statement::Sql;
use backstay_plan::Principal;
use backstay_plan::request::Guards;
use backstay_plan::value::Value;
use backstay_schema::found::Found;
use backstay_schema::model::Dialect;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

/// Where the rows are, and how the store there is used.
#[derive(Debug, Clone)]
pub enum Database {
    /// A file.
    Sqlite {
        /// The file; it and its directory are made when they are not there.
        path: PathBuf,
        /// Bounds and choices.
        settings: sqlite::Settings,
    },
    /// A PostgreSQL server.
    Postgres {
        /// Where it is.
        address: postgres::Address,
        /// Bounds and choices.
        settings: postgres::Settings,
    },
    /// A MySQL or MariaDB server.
    Mysql {
        /// Where it is.
        address: mysql::Address,
        /// Bounds and choices.
        settings: mysql::Settings,
    },
}

impl Database {
    /// The language of its statements.
    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite { .. } => Dialect::Sqlite,
            Self::Postgres { .. } => Dialect::Postgres,
            Self::Mysql { .. } => Dialect::Mysql,
        }
    }
}

/// An open database.
#[derive(Debug)]
pub(crate) enum Store {
    /// A file.
    Sqlite(sqlite::Sqlite),
    /// A PostgreSQL server.
    Postgres(postgres::Postgres),
    /// A MySQL or MariaDB server.
    Mysql(mysql::Mysql),
}

impl Store {
    /// Opens a database.
    ///
    /// # Errors
    /// See [`OpenError`]; nothing was changed.
    pub(crate) fn open(database: Database, accounts: Arc<Accounts>) -> Result<Self, OpenError> {
        match database {
            Database::Sqlite { path, settings } => sqlite::Sqlite::open(&path, &settings, accounts).map(Self::Sqlite),
            Database::Postgres { address, settings } => {
                Ok(Self::Postgres(postgres::Postgres::open(address, settings, accounts)))
            }
            Database::Mysql { address, settings } => Ok(Self::Mysql(mysql::Mysql::open(address, settings, accounts))),
        }
    }

    /// The language of its statements.
    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
            Self::Mysql(_) => Dialect::Mysql,
        }
    }

    /// Runs a statement.
    ///
    /// # Errors
    /// Nothing was kept, but for [`Failure::CommitUnknown`].
    pub(crate) async fn run(&self, job: Job) -> Result<Outcome, Failure> {
        match self {
            Self::Sqlite(store) => store.run(job).await,
            // Boxed, so that the way through a file does not carry the size of this one.
            Self::Postgres(store) => Box::pin(store.run(job)).await,
            Self::Mysql(store) => Box::pin(store.run(job)).await,
        }
    }

    /// Runs several statements that are kept together or not at all, reads among them.
    ///
    /// # Errors
    /// Nothing was kept, but for [`Failure::CommitUnknown`].
    pub(crate) async fn run_together(&self, together: Together) -> Result<Outcome, Failure> {
        match self {
            Self::Sqlite(store) => store.run_together(together).await,
            Self::Postgres(store) => Box::pin(store.run_together(together)).await,
            Self::Mysql(store) => Box::pin(store.run_together(together)).await,
        }
    }

    /// Streams the rows of a read, all of one moment. Blocks; not to be called where the runtime waits.
    ///
    /// # Errors
    /// What became of the read.
    pub(crate) fn stream(&self, job: &Job, each: &mut dyn FnMut(&[u8]) -> ControlFlow<()>) -> Result<u64, Failure> {
        match self {
            Self::Sqlite(store) => store.stream(job, each),
            Self::Postgres(store) => store.stream(job, each),
            Self::Mysql(store) => store.stream(job, each),
        }
    }

    /// Loads rows in one transaction.
    ///
    /// # Errors
    /// The store failed; nothing was kept.
    pub(crate) async fn load<I>(&self, loader: Loader, rows: I, skip_bad: bool) -> Result<Report, Failure>
    where
        I: Iterator<Item = SourceRow> + Send + 'static,
    {
        match self {
            Self::Sqlite(store) => store.load(loader, rows, skip_bad).await,
            Self::Postgres(store) => store.load(loader, rows, skip_bad).await,
            Self::Mysql(store) => store.load(loader, rows, skip_bad).await,
        }
    }

    /// How the database runs each statement, indented by level. The values are those of the request, where they are known.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub(crate) async fn query_plans(&self, asked: &[(&Sql, &[Slotted])]) -> Result<Vec<Vec<String>>, Failure> {
        match self {
            Self::Sqlite(store) => store.query_plans(asked),
            Self::Postgres(store) => Box::pin(store.query_plans(asked)).await,
            Self::Mysql(store) => Box::pin(store.query_plans(asked)).await,
        }
    }

    /// Tries indexes on copies of rows; files are tried by [`sqlite::weighing`].
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub(crate) async fn weigh(&self, trials: &[Trial], rows_max: u32) -> Result<Vec<Result<Weighed, String>>, Failure> {
        match self {
            Self::Sqlite(_) => Ok(trials.iter().map(|_| Err("a file is copied as a whole".to_owned())).collect()),
            Self::Postgres(store) => Box::pin(store.weigh(trials, rows_max)).await,
            Self::Mysql(store) => Box::pin(store.weigh(trials, rows_max)).await,
        }
    }

    /// Number and catalogue of the last migration; 0 and `None` before the first.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn last_migration(&self) -> Result<(i64, Option<String>), MigrateError> {
        match self {
            Self::Sqlite(store) => store.migrating(|link| sqlite::migration::last(&link.conn)).await,
            Self::Postgres(store) => store.last_migration().await,
            Self::Mysql(store) => store.last_migration().await,
        }
    }

    /// The same, also while a move fills the database.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn last_migration_even_filling(&self) -> Result<(i64, Option<String>), MigrateError> {
        match self {
            Self::Sqlite(store) => store.migrating(|link| sqlite::migration::last_even_filling(&link.conn)).await,
            Self::Postgres(store) => store.last_migration_even_filling().await,
            Self::Mysql(store) => store.last_migration_even_filling().await,
        }
    }

    /// The migrations that were applied, oldest first.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn migrations(&self) -> Result<Vec<Applied>, MigrateError> {
        match self {
            Self::Sqlite(store) => store.migrating(|link| sqlite::migration::history(&link.conn)).await,
            Self::Postgres(store) => store.migrations().await,
            Self::Mysql(store) => store.migrations().await,
        }
    }

    /// Applies a plan in one transaction. Starting twice at once applies it once.
    ///
    /// # Errors
    /// See [`MigrateError`]; nothing was changed.
    pub(crate) async fn migrate(
        &self,
        plan: MigrationPlan,
        applied_at: String,
    ) -> Result<migrate::Outcome, MigrateError> {
        match self {
            Self::Sqlite(store) => {
                let apply = move |link: &mut sqlite::Link| {
                    sqlite::migration::apply(&mut link.conn, &plan, &applied_at, &mut |_| Ok(()))
                };
                store.migrating(apply).await
            }
            Self::Postgres(store) => store.migrate(plan, applied_at).await,
            Self::Mysql(store) => store.migrate(plan, applied_at).await,
        }
    }

    /// What the database holds beside what is ours.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub(crate) async fn found(&self) -> Result<Found, MigrateError> {
        let failed = |failure| MigrateError::Store(Box::new(failure));
        match self {
            Self::Sqlite(store) => {
                let look = |link: &mut sqlite::Link| sqlite::finding::look(&link.conn);
                store.migrating(move |link| look(link).map_err(|error| failed(sqlite::fault::plain(&error, 0)))).await
            }
            Self::Postgres(store) => Box::pin(store.found()).await.map_err(failed),
            Self::Mysql(store) => Box::pin(store.found()).await.map_err(failed),
        }
    }

    /// The number of the last migration that was seen, as it changes; `None` where nobody else can make one.
    pub(crate) fn migrated(&self) -> Option<tokio::sync::watch::Receiver<i64>> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres(store) => Some(store.migrated()),
            Self::Mysql(store) => Some(store.migrated()),
        }
    }

    /// Takes one request of a count that nodes share; `None` when it cannot be reached, or there is none.
    pub(crate) async fn take(&self, asked: Asked) -> Option<Taken> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres(store) => Box::pin(store.take(asked)).await,
            Self::Mysql(store) => Box::pin(store.take(asked)).await,
        }
    }

    /// Numbers for metrics, without those of the plan cache.
    pub(crate) fn stats(&self) -> Stats {
        match self {
            Self::Sqlite(store) => store.stats(),
            Self::Postgres(store) => store.stats(),
            Self::Mysql(store) => store.stats(),
        }
    }

    /// Why the store cannot be relied on; `None` when it can.
    pub(crate) fn trouble(&self) -> Option<String> {
        match self {
            Self::Sqlite(store) => store.trouble(),
            Self::Postgres(store) => store.trouble(),
            Self::Mysql(store) => store.trouble(),
        }
    }

    /// Finishes what is queued and takes no more writes. Blocks.
    pub(crate) fn close(&self) {
        match self {
            Self::Sqlite(store) => store.close(),
            Self::Postgres(store) => store.close(),
            Self::Mysql(store) => store.close(),
        }
    }

    /// The store of a file.
    #[cfg(test)]
    pub(crate) fn sqlite(&self) -> &sqlite::Sqlite {
        match self {
            Self::Sqlite(store) => store,
            Self::Postgres(_) | Self::Mysql(_) => panic!("the store is no file"),
        }
    }
}

/// A compiled statement with the values of one request. Runs any number of times with the same effect.
#[derive(Debug)]
pub struct Job {
    /// What to run.
    pub compiled: Arc<Compiled>,
    /// Values, in the order of the statements.
    pub bound: Bound,
    /// Conditions under which a write is rolled back.
    pub guards: Guards,
    /// Who asks: decides which values an error message may show.
    pub who: Principal,
    /// Time of the request.
    pub now_micros: i64,
    /// Accounts that the write is said to be about, besides those it is found to be about.
    pub(crate) concerned: Concerned,
}

/// Statements that are kept together or not at all. Runs any number of times with the same effect.
#[derive(Debug)]
pub struct Together {
    /// What to run, in order.
    pub steps: Vec<TogetherStep>,
    /// Run, answer, and discard.
    pub rollback: bool,
    /// Most rows that all steps write and answer.
    pub rows_max: u32,
}

/// Gives a statement its values. Called again it gives them again.
pub type Bind = Box<dyn Fn(&[Outcome], Instant) -> Result<Job, Failure> + Send + Sync>;

/// One statement among several.
pub enum TogetherStep {
    /// Its values are known.
    Ready(Job),
    /// Some of its values are results of earlier steps. Takes those and the time by which it must be done.
    Later(Bind),
}

impl std::fmt::Debug for TogetherStep {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Ready(job) => out.debug_tuple("Ready").field(job).finish(),
            Self::Later(_) => out.write_str("Later"),
        }
    }
}

/// The values of one request.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Bound {
    /// For each SQL text of the statement in order (a read has one), its parameters.
    pub texts: Vec<Vec<Slotted>>,
    /// Cells of the rows to write, addressed by [`Slotted::Cell`].
    pub rows: Vec<Vec<Value>>,
}

/// One parameter of a statement: a value, or where the running write finds it.
#[derive(Debug, Clone, PartialEq)]
pub enum Slotted {
    /// Known before the statement runs.
    Value(Value),
    /// The cell of the row being written.
    Cell(u16),
    /// Keys of the rows touched so far.
    Keys,
}

/// What a statement came to.
#[derive(Debug, Default)]
pub struct Outcome {
    /// JSON, empty when nothing was to be returned.
    pub body: Vec<u8>,
    /// Elements of the array in `body`.
    pub rows: u64,
    /// Rows without limit and offset, when asked for.
    pub total: Option<u64>,
    /// Rows written.
    pub affected: u64,
    /// Rows that were not there before.
    pub inserted: u64,
    /// JSON array of the keys of the rows written, where later statements refer to them; else empty.
    pub keys: Vec<u8>,
    /// Accounts that the write was about.
    pub(crate) concerned: Concerned,
    /// What each step came to, where several were to be kept together; their numbers stand there only.
    pub steps: Vec<Outcome>,
}

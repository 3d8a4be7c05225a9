//! Loads rows in bulk, and streams them out again, each in one transaction. The server checks references in the end.

use super::fault::{self, Remedy};
use super::foreign_key::dangling;
use super::link::{Asked, Link, words};
use super::pool::Pool;
use super::program::{Pace, Progress, Run};
use super::read::{Stop, write_row};
use super::{Settings, watch};
use crate::Failure;
use crate::load::{Loader, Report, SourceRow};
use crate::store::Job;
use crate::store::loading::{self, Numbered, References, only_key};
use crate::store::text::Text;
use crate::store::verdict::Touched;
use backstay_compile::Statement;
use backstay_schema::model::ForeignKey;
use backstay_schema::{ACCOUNTS, Schema};
use futures_util::{StreamExt as _, TryStreamExt as _};
use std::ops::ControlFlow;
use std::pin::pin;
use std::sync::Arc;

/// Rows of a batch that are on their way at once.
const ROWS_IN_FLIGHT: usize = 64;
const CHECK: &str = "SAVEPOINT one_check; SET CONSTRAINTS ALL IMMEDIATE";
const UNDO_CHECK: &str = "ROLLBACK TO SAVEPOINT one_check";
const READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0";

/// Streams the rows of a read, all of one moment.
///
/// # Errors
/// What became of the read.
pub(super) async fn stream(
    pool: &Arc<Pool>,
    job: &Job,
    each: &mut dyn FnMut(&[u8]) -> ControlFlow<()>,
) -> Result<u64, Failure> {
    let Statement::Read(read) = &job.compiled.statement else { return Ok(0) };
    let held = pool.hold().await?;
    let link = held.link()?;
    let params = job.bound.texts.first().map_or(&[][..], Vec::as_slice);
    let touched = Touched::default();
    let asked = Asked { name: (job.compiled.id, 0), sql: &read.sql, params, row: &[], touched: &touched };
    let streamed = async {
        link.run_text(READ).await?;
        let mut rows = pin!(link.query(asked).await?);
        let (mut count, mut text) = (0, Vec::new());
        while let Some(row) = rows.try_next().await? {
            count += 1;
            text.clear();
            write_row(&mut text, &row, &read.shape, &job.compiled.flat_keys)?;
            if each(&text).is_break() {
                return Ok((count, false));
            }
        }
        link.run_text("COMMIT").await?;
        Ok((count, true))
    };
    match streamed.await {
        Ok((count, true)) => {
            held.keep();
            Ok(count)
        }
        // The rest of the rows ends with the connection.
        Ok((count, false)) => Ok(count),
        Err(error) => Err(fault::plain(&error, pool.settings.budget_ms())),
    }
}

/// Loads the rows, and keeps them all, the good ones, or none.
///
/// # Errors
/// The store failed; nothing was kept, but for [`Failure::CommitUnknown`].
pub(super) async fn run(
    pool: &Arc<Pool>,
    loader: Loader,
    rows: impl Iterator<Item = SourceRow>,
    skip_bad: bool,
) -> Result<Report, Failure> {
    let held = pool.hold().await?;
    let lent = Loading { pool, link: held.link()?, settings: &pool.settings };
    let report = loading::run(lent, loader, rows, skip_bad).await?;
    held.keep();
    Ok(report)
}

/// A connection that is loaded on, with what it needs beside it.
struct Loading<'a> {
    pool: &'a Pool,
    link: &'a Link,
    settings: &'a Settings,
}

impl loading::Link for Loading<'_> {
    type Stop = Stop;

    const BEGIN: &'static str = "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0; SET CONSTRAINTS ALL DEFERRED";

    async fn run_text(&mut self, text: &str) -> Result<(), Stop> {
        Ok(self.link.run_text(text).await?)
    }

    async fn rows(&mut self, batch: &[Numbered]) -> Result<Vec<Option<String>>, Stop> {
        let Some(((_, first), rest)) = batch.split_first() else { return Ok(Vec::new()) };
        // Alone, so that the others find its statements prepared.
        let first = self.quick(first).await?;
        let rest = futures_util::stream::iter(rest).map(|(_, job)| self.quick(job)).buffered(ROWS_IN_FLIGHT);
        let rest: Vec<Option<String>> = rest.try_collect().await?;
        Ok(std::iter::once(first).chain(rest).collect())
    }

    async fn row(&mut self, job: &Job) -> Result<Result<Option<String>, Failure>, Stop> {
        let mut progress = Progress::default();
        let run = self.run(job, Pace::Careful);
        self.link.run_text("SAVEPOINT one_line").await?;
        let result = match run.whole(&mut progress).await {
            Ok(_) => Ok(only_key(&progress.touched)),
            Err(Stop::Refused(failure)) => Err(*failure),
            Err(Stop::Driver(error)) => {
                if !is_mendable(&error) {
                    return Err(Failure::Unavailable { reason: words(&error) }.into());
                }
                if !fault::is_collision(&error) {
                    self.link.run_text("ROLLBACK TO SAVEPOINT one_line").await?;
                }
                Err(fault::of_write(&error, self.link, job, &progress, self.settings).await)
            }
        };
        if result.is_err() {
            self.link.run_text("ROLLBACK TO SAVEPOINT one_line").await?;
        }
        self.link.run_text("RELEASE SAVEPOINT one_line").await?;
        Ok(result)
    }

    fn is_of_rows(stop: &Stop) -> bool {
        match stop {
            Stop::Refused(_) => true,
            Stop::Driver(error) => is_mendable(error),
        }
    }

    async fn references(&mut self) -> Result<References, Stop> {
        match self.link.run_text(CHECK).await {
            Ok(()) => Ok(References::Hold),
            Err(error) if fault::is_foreign_key(&error) => {
                self.link.run_text(UNDO_CHECK).await?;
                Ok(References::Broken)
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn remove_dangling(&mut self, schema: &Schema, key: &ForeignKey) -> Result<Vec<String>, Stop> {
        Ok(dangling(self.link, schema, key).await?)
    }

    async fn remove_own_account(&mut self, id: &str) -> Result<(), Stop> {
        let was_there = Text::default().syntax("SELECT 1 FROM ").ident(ACCOUNTS).syntax(" WHERE id::text = $1");
        let shared = self.pool.shared().await?;
        if shared.link.ask(was_there.as_str(), &[id]).await?.is_empty() {
            let remove = Text::default().syntax("DELETE FROM ").ident(ACCOUNTS).syntax(" WHERE id::text = $1");
            self.link.ask(remove.as_str(), &[id]).await?;
        }
        Ok(())
    }

    async fn tell(&mut self, news: &str) -> Result<(), Stop> {
        self.link.ask("SELECT pg_notify($1, $2)", &[watch::CHANNEL, news]).await?;
        Ok(())
    }

    async fn commit(&mut self) -> Result<(), Failure> {
        match self.link.run_text("COMMIT").await {
            Ok(()) => Ok(()),
            Err(error) if fault::is_lost(&error) => Err(Failure::CommitUnknown { reason: words(&error) }),
            Err(error) => Err(self.explain(error.into())),
        }
    }

    fn explain(&self, stop: Stop) -> Failure {
        match stop {
            Stop::Driver(error) => fault::plain(&error, self.settings.budget_ms()),
            Stop::Refused(failure) => *failure,
        }
    }
}

impl Loading<'_> {
    async fn quick(&self, job: &Job) -> Result<Option<String>, Stop> {
        let mut progress = Progress::default();
        self.run(job, Pace::Quick).whole(&mut progress).await?;
        Ok(only_key(&progress.touched))
    }

    fn run<'s>(&'s self, job: &'s Job, pace: Pace) -> Run<'s> {
        Run { link: self.link, job, settings: self.settings, pace }
    }
}

/// Whether a row can be to blame.
fn is_mendable(error: &tokio_postgres::Error) -> bool {
    match fault::remedy(error) {
        Remedy::None | Remedy::LookCloser => true,
        Remedy::Reconnect | Remedy::Again | Remedy::Prepare => false,
    }
}

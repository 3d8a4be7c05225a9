//! Loads rows in bulk, and streams them out again, each in one transaction on a connection of its own. Nobody checks references
//! meanwhile: what leads nowhere is looked for in the end.

use super::Settings;
use super::fault::{self, Remedy, words};
use super::foreign_key::dangling;
use super::link::{Asked, Link};
use super::pool::Pool;
use super::program::{Progress, Run};
use super::read::Stop;
use super::value::Cell;
use super::watch::TELL;
use crate::Failure;
use crate::load::{Loader, Report, SourceRow};
use crate::store::Job;
use crate::store::loading::{self, Numbered, References, only_key};
use crate::store::text::Text;
use crate::store::verdict::Touched;
use backstay_compile::Statement;
use backstay_schema::model::ForeignKey;
use backstay_schema::{ACCOUNTS, Schema};
use mysql_async::Value as Sent;
use std::ops::ControlFlow;
use std::sync::Arc;

const MARK_LINE: &str = "SAVEPOINT one_line";
const UNDO_LINE: &str = "ROLLBACK TO SAVEPOINT one_line";
const READ: &str = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; START TRANSACTION READ ONLY";

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
    let mut link = pool.own().await?;
    let params = job.bound.texts.first().map_or(&[][..], Vec::as_slice);
    let touched = Touched::default();
    let streamed = async {
        link.run_text(READ).await?;
        let mut rows = link.query(Asked { sql: &read.sql, params, row: &[], touched: &touched }).await?;
        let mut count = 0;
        while let Some(row) = rows.next().await? {
            count += 1;
            let on = match Cell::of(&row, 0) {
                Cell::Text(json) => each(json),
                Cell::Null | Cell::Int(_) | Cell::Real(_) => each(b"null"),
            };
            if on.is_break() {
                break;
            }
        }
        // What is left of the rows and the transaction end with the connection.
        Ok(count)
    };
    streamed.await.map_err(|stop| failed(stop, &pool.settings))
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
    let lent = Loading { pool, link: pool.own().await?, settings: &pool.settings };
    loading::run(lent, loader, rows, skip_bad).await
}

fn failed(stop: Stop, settings: &Settings) -> Failure {
    match stop {
        Stop::Driver(error) => fault::plain(&error, settings.budget_ms()),
        Stop::Refused(failure) => *failure,
    }
}

/// A connection that is loaded on, with what it needs beside it.
struct Loading<'a> {
    pool: &'a Pool,
    link: Link,
    settings: &'a Settings,
}

impl loading::Link for Loading<'_> {
    type Stop = Stop;

    const BEGIN: &'static str = "SET SESSION foreign_key_checks = 0; START TRANSACTION";

    async fn run_text(&mut self, text: &str) -> Result<(), Stop> {
        Ok(self.link.run_text(text).await?)
    }

    async fn rows(&mut self, batch: &[Numbered]) -> Result<Vec<Option<String>>, Stop> {
        let mut keys = Vec::with_capacity(batch.len());
        for (_, job) in batch {
            let mut progress = Progress::default();
            Run { link: &mut self.link, job, settings: self.settings }.whole(&mut progress).await?;
            keys.push(only_key(&progress.touched));
        }
        Ok(keys)
    }

    async fn row(&mut self, job: &Job) -> Result<Result<Option<String>, Failure>, Stop> {
        let mut progress = Progress::default();
        self.link.run_text(MARK_LINE).await?;
        let ran = Run { link: &mut self.link, job, settings: self.settings }.whole(&mut progress).await;
        let failure = match ran {
            Ok(_) => return Ok(Ok(only_key(&progress.touched))),
            Err(Stop::Refused(failure)) => *failure,
            Err(Stop::Driver(error)) if fault::remedy(&error) == Remedy::None => {
                fault::of_write(&error, &mut self.link, job, &progress, self.settings).await
            }
            Err(stop) => return Err(stop),
        };
        self.link.run_text(UNDO_LINE).await?;
        Ok(Err(failure))
    }

    fn is_of_rows(stop: &Stop) -> bool {
        match stop {
            Stop::Refused(_) => true,
            Stop::Driver(error) => fault::remedy(error) == Remedy::None,
        }
    }

    async fn references(&mut self) -> Result<References, Stop> {
        Ok(References::Unknown)
    }

    async fn remove_dangling(&mut self, schema: &Schema, key: &ForeignKey) -> Result<Vec<String>, Stop> {
        Ok(dangling(&mut self.link, schema, key).await?)
    }

    async fn remove_own_account(&mut self, id: &str) -> Result<(), Stop> {
        let was_there = Text::default().syntax("SELECT 1 FROM ").ident(ACCOUNTS).syntax(" WHERE id = ?");
        let mut other = self.pool.own().await?;
        if other.ask(was_there.as_str(), vec![Sent::from(id)]).await?.is_empty() {
            let remove = Text::default().syntax("DELETE FROM ").ident(ACCOUNTS).syntax(" WHERE id = ?");
            self.link.ask(remove.as_str(), vec![Sent::from(id)]).await?;
        }
        Ok(())
    }

    async fn tell(&mut self, news: &str) -> Result<(), Stop> {
        self.link.ask(TELL, vec![Sent::from(news)]).await?;
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
        failed(stop, self.settings)
    }
}

//! Loads rows in bulk, and streams them out again, each in one transaction on a connection of its own.
//!
//! Rows are sent in batches, each behind a savepoint. A batch with a bad row is sent again row by row, so that the bad ones are
//! named. References are looked at when every row is there.

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
use crate::accounts::Concerned;
use crate::clock::Ids;
use crate::compiled::Compiled;
use crate::load::{Loader, Reason, Report, SourceRow};
use crate::store::news::told;
use crate::store::text::Text;
use crate::store::verdict::Touched;
use crate::store::{Job, violation};
use backstay_compile::Statement;
use backstay_plan::authorized::Plan;
use backstay_schema::ACCOUNTS;
use backstay_schema::model::Profile;
use mysql_async::Value as Sent;
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;

/// Rows that are sent behind one savepoint.
const BATCH_ROWS: usize = 256;
const BEGIN: &str = "SET SESSION foreign_key_checks = 0; START TRANSACTION";
const MARK: &str = "SAVEPOINT one_batch";
const UNDO: &str = "ROLLBACK TO SAVEPOINT one_batch";
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
    mut loader: Loader,
    rows: impl Iterator<Item = SourceRow>,
    skip_bad: bool,
) -> Result<Report, Failure> {
    let settings = &pool.settings;
    let explain = |error: mysql_async::Error| fault::plain(&error, settings.budget_ms());
    let mut link = pool.own().await?;
    link.run_text(BEGIN).await.map_err(explain)?;
    let mut loading = Loading { pool, link, settings, lines: HashMap::new(), referring: refers(&loader) };
    let kept = loading.fill(&mut loader, rows, skip_bad).await.map_err(|stop| failed(stop, settings))?;
    let Loading { mut link, .. } = loading;
    if !kept {
        loader.report.loaded = 0;
        link.run_text("ROLLBACK").await.map_err(explain)?;
        return Ok(std::mem::take(&mut loader.report));
    }
    if makes_accounts(&loader)
        && let Some(news) = told(&Concerned::Everybody)
    {
        link.ask(TELL, vec![Sent::from(news)]).await.map_err(explain)?;
    }
    match link.run_text("COMMIT").await {
        Ok(()) => Ok(std::mem::take(&mut loader.report)),
        Err(error) if fault::is_lost(&error) => Err(Failure::CommitUnknown { reason: words(&error) }),
        Err(error) => Err(explain(error)),
    }
}

fn failed(stop: Stop, settings: &Settings) -> Failure {
    match stop {
        Stop::Driver(error) => fault::plain(&error, settings.budget_ms()),
        Stop::Refused(failure) => *failure,
    }
}

fn makes_accounts(loader: &Loader) -> bool {
    matches!(&loader.compiled.statement, Statement::Write(program) if program.makes_accounts())
}

/// Whether a row may refer to one that is not there.
fn refers(loader: &Loader) -> bool {
    loader.model().is_some_and(|model| loader.compiled.schema().foreign_keys.iter().any(|key| key.from == model.id))
}

/// A load on its connection.
struct Loading<'a> {
    pool: &'a Pool,
    link: Link,
    settings: &'a Settings,
    /// Line of each row by its key, kept while a reference may still fail.
    lines: HashMap<String, u64>,
    referring: bool,
}

impl Loading<'_> {
    /// Whether the transaction is to be kept.
    async fn fill(
        &mut self,
        loader: &mut Loader,
        rows: impl Iterator<Item = SourceRow>,
        skip_bad: bool,
    ) -> Result<bool, Stop> {
        let ids = Ids::default();
        let mut batch = Vec::with_capacity(BATCH_ROWS);
        for SourceRow { line, cells } in rows {
            let bound = match cells {
                Ok(cells) => loader.bind(cells, &ids).map_err(|refusal| Reason::from(Failure::from(refusal))),
                Err(reason) => Err(Reason::Unreadable(reason)),
            };
            match bound {
                Ok(job) => batch.push((line, job)),
                Err(reason) => loader.report.tell(line, reason),
            }
            if batch.len() == BATCH_ROWS {
                self.send(loader, &mut batch).await?;
            }
        }
        self.send(loader, &mut batch).await?;
        if self.referring {
            self.remove_dangling(loader).await?;
        }
        Ok(skip_bad || loader.report.bad == 0)
    }

    /// Sends a batch, and row by row if that fails.
    async fn send(&mut self, loader: &mut Loader, batch: &mut Vec<(u64, Job)>) -> Result<(), Stop> {
        if batch.is_empty() {
            return Ok(());
        }
        let batch = std::mem::take(batch);
        self.link.run_text(MARK).await?;
        match self.whole(&batch).await {
            Ok(keys) => {
                for (key, (line, _)) in keys.into_iter().zip(&batch) {
                    self.placed(key, *line);
                }
                loader.report.loaded += u64::try_from(batch.len()).unwrap_or(u64::MAX);
            }
            Err(stop) => {
                mendable(stop)?;
                self.link.run_text(UNDO).await?;
                for (line, job) in &batch {
                    match self.one(job).await? {
                        Ok(key) => {
                            self.placed(key, *line);
                            loader.report.loaded += 1;
                        }
                        Err(failure) => loader.report.tell(*line, failure),
                    }
                }
            }
        }
        Ok(())
    }

    fn placed(&mut self, key: Option<String>, line: u64) {
        if self.referring
            && let Some(key) = key
        {
            self.lines.insert(key, line);
        }
    }

    /// The key of each row, where keys are answered.
    async fn whole(&mut self, batch: &[(u64, Job)]) -> Result<Vec<Option<String>>, Stop> {
        let mut keys = Vec::with_capacity(batch.len());
        for (_, job) in batch {
            let mut progress = Progress::default();
            Run { link: &mut self.link, job, settings: self.settings }.whole(&mut progress).await?;
            keys.push(only_key(&progress));
        }
        Ok(keys)
    }

    /// One row behind a savepoint of its own. The outer error ends the load, the inner one is the row's.
    async fn one(&mut self, job: &Job) -> Result<Result<Option<String>, Failure>, Stop> {
        let mut progress = Progress::default();
        self.link.run_text(MARK_LINE).await?;
        let ran = Run { link: &mut self.link, job, settings: self.settings }.whole(&mut progress).await;
        let failure = match ran {
            Ok(_) => return Ok(Ok(only_key(&progress))),
            Err(Stop::Refused(failure)) => *failure,
            Err(Stop::Driver(error)) if fault::remedy(&error) == Remedy::None => {
                fault::of_write(&error, &mut self.link, job, &progress, self.settings).await
            }
            Err(stop) => return Err(stop),
        };
        self.link.run_text(UNDO_LINE).await?;
        Ok(Err(failure))
    }

    /// Removes the account that the load made for a row which it took out again. One that was there before stays: others see it.
    async fn end_account(&mut self, compiled: &Compiled, key: &str) -> Result<(), Stop> {
        let profile = Profile::of(compiled.schema()).filter(|profile| profile.table == compiled.relation());
        let id = serde_json::from_str::<Vec<String>>(key).ok().and_then(|key| key.into_iter().next());
        let (Some(_), Some(id)) = (profile, id) else { return Ok(()) };
        let was_there = Text::default().syntax("SELECT 1 FROM ").ident(ACCOUNTS).syntax(" WHERE id = ?");
        let mut other = self.pool.own().await?;
        if other.ask(was_there.as_str(), vec![Sent::from(&id)]).await?.is_empty() {
            let remove = Text::default().syntax("DELETE FROM ").ident(ACCOUNTS).syntax(" WHERE id = ?");
            self.link.ask(remove.as_str(), vec![Sent::from(&id)]).await?;
        }
        Ok(())
    }

    /// Takes out the loaded rows whose references lead nowhere, now that every row is there.
    async fn remove_dangling(&mut self, loader: &mut Loader) -> Result<(), Stop> {
        let compiled = Arc::clone(&loader.compiled);
        let schema = compiled.schema();
        let Plan::Insert(insert) = compiled.plan.plan() else { return Ok(()) };
        // Taking a row out may leave others of the same file without theirs.
        loop {
            let mut removed = 0;
            for key in schema.foreign_keys.iter().filter(|key| key.from == insert.model) {
                for found in dangling(&mut self.link, schema, key).await? {
                    removed += 1;
                    self.end_account(&compiled, &found).await?;
                    loader.report.loaded = loader.report.loaded.saturating_sub(1);
                    let line = self.lines.get(&canonical(&found)).copied().unwrap_or(0);
                    loader.report.tell(line, violation::dangling(&compiled, key));
                }
            }
            if removed == 0 {
                return Ok(());
            }
        }
    }
}

/// The key of the only row that was written.
fn only_key(progress: &Progress) -> Option<String> {
    let keys: Vec<&serde_json::value::RawValue> = serde_json::from_slice(progress.touched.keys_json()).ok()?;
    keys.first().map(|key| canonical(key.get()))
}

/// A key as JSON without the freedom of spacing.
fn canonical(key: &str) -> String {
    serde_json::from_str::<serde_json::Value>(key).map_or_else(|_| key.to_owned(), |key| key.to_string())
}

/// Whether an error is the rows' own; else the load ends with it.
fn mendable(stop: Stop) -> Result<(), Stop> {
    match stop {
        Stop::Refused(_) => Ok(()),
        Stop::Driver(error) if fault::remedy(&error) == Remedy::None => Ok(()),
        driver @ Stop::Driver(_) => Err(driver),
    }
}

//! Loads rows in bulk into a server, in one transaction. In: rows of a file. Out: what came of each.
//!
//! Rows are sent in batches, each behind a savepoint. A batch with a bad row is sent again row by row, so that the bad ones are
//! named. References are looked at when every row is there. What only one server says stands behind [`Link`].

use super::news::told;
use super::verdict::Touched;
use super::{Job, violation};
use crate::Failure;
use crate::accounts::Concerned;
use crate::clock::Ids;
use crate::compiled::Compiled;
use crate::load::{Loader, Report, SourceRow};
use backstay_compile::Statement;
use backstay_plan::authorized::Plan;
use backstay_schema::Schema;
use backstay_schema::model::{ForeignKey, Profile};
use std::collections::HashMap;
use std::sync::Arc;

/// Rows that are sent behind one savepoint.
const BATCH_ROWS: usize = 256;
const MARK: &str = "SAVEPOINT one_batch";
const UNDO: &str = "ROLLBACK TO SAVEPOINT one_batch";
const KEEP: &str = "RELEASE SAVEPOINT one_batch";

/// A row and its line in the file.
pub(crate) type Numbered = (u64, Job);

/// What a server knows of its references while rows are loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum References {
    /// Every one leads somewhere.
    Hold,
    /// One leads nowhere.
    Broken,
    /// Nothing: rows have to be looked for.
    Unknown,
}

/// A connection on which rows are loaded.
pub(crate) trait Link {
    /// Why a statement stopped before its end.
    type Stop;

    /// Begins the transaction: references are checked in the end, and statements may take their time.
    const BEGIN: &'static str;

    /// Runs one of our own texts.
    async fn run_text(&mut self, text: &str) -> Result<(), Self::Stop>;

    /// Writes rows as fast as it can. The key of each, where keys are answered.
    async fn rows(&mut self, batch: &[Numbered]) -> Result<Vec<Option<String>>, Self::Stop>;

    /// Writes one row behind a savepoint of its own. The outer error ends the load, the inner one is the row's.
    async fn row(&mut self, job: &Job) -> Result<Result<Option<String>, Failure>, Self::Stop>;

    /// Whether an error is the rows' own; else the load ends with it.
    fn is_of_rows(stop: &Self::Stop) -> bool;

    /// What is known of the references of the rows so far.
    async fn references(&mut self) -> Result<References, Self::Stop>;

    /// Removes the rows whose reference leads nowhere. Their keys, as JSON arrays.
    async fn remove_dangling(&mut self, schema: &Schema, key: &ForeignKey) -> Result<Vec<String>, Self::Stop>;

    /// Removes an account, unless others see it: then it was there before.
    async fn remove_own_account(&mut self, id: &str) -> Result<(), Self::Stop>;

    /// Tells other nodes, with the transaction.
    async fn tell(&mut self, news: &str) -> Result<(), Self::Stop>;

    /// Ends the transaction and keeps it.
    async fn commit(&mut self) -> Result<(), Failure>;

    /// Explains why the load ended.
    fn explain(&self, stop: Self::Stop) -> Failure;
}

/// Loads the rows, and keeps them all, the good ones, or none.
///
/// # Errors
/// The store failed; nothing was kept, but for [`Failure::CommitUnknown`].
pub(crate) async fn run<L: Link>(
    link: L,
    mut loader: Loader,
    rows: impl Iterator<Item = SourceRow>,
    skip_bad: bool,
) -> Result<Report, Failure> {
    let mut loading = Loading { link, lines: HashMap::new(), referring: refers(&loader) };
    match loading.fill(&mut loader, rows, skip_bad).await {
        Ok(true) => loading.link.commit().await?,
        Ok(false) => {
            loader.report.loaded = 0;
            let undone = loading.link.run_text("ROLLBACK").await;
            undone.map_err(|stop| loading.link.explain(stop))?;
        }
        Err(stop) => return Err(loading.link.explain(stop)),
    }
    Ok(std::mem::take(&mut loader.report))
}

/// The key of the only row that was written.
pub(crate) fn only_key(touched: &Touched) -> Option<String> {
    let keys: Vec<&serde_json::value::RawValue> = serde_json::from_slice(touched.keys_json()).ok()?;
    keys.first().map(|key| canonical(key.get()))
}

/// A key as JSON without the freedom of spacing.
fn canonical(key: &str) -> String {
    serde_json::from_str::<serde_json::Value>(key).map_or_else(|_| key.to_owned(), |key| key.to_string())
}

fn makes_accounts(loader: &Loader) -> bool {
    matches!(&loader.compiled.statement, Statement::Write(program) if program.makes_accounts())
}

/// Whether a row may refer to one that is not there.
fn refers(loader: &Loader) -> bool {
    loader.model().is_some_and(|model| loader.compiled.schema().foreign_keys.iter().any(|key| key.from == model.id))
}

/// A load on its connection.
struct Loading<L> {
    link: L,
    /// Line of each row by its key, kept while a reference may still fail.
    lines: HashMap<String, u64>,
    referring: bool,
}

impl<L: Link> Loading<L> {
    /// Whether the transaction is to be kept.
    async fn fill(
        &mut self,
        loader: &mut Loader,
        rows: impl Iterator<Item = SourceRow>,
        skip_bad: bool,
    ) -> Result<bool, L::Stop> {
        self.link.run_text(L::BEGIN).await?;
        let ids = Ids::default();
        let mut batch = Vec::with_capacity(BATCH_ROWS);
        for row in rows {
            batch.extend(loader.take(row, &ids));
            if batch.len() == BATCH_ROWS {
                self.send(loader, &mut batch).await?;
            }
        }
        self.send(loader, &mut batch).await?;
        if self.referring {
            self.remove_dangling(loader).await?;
        }
        let kept = skip_bad || loader.report.bad == 0;
        if kept
            && makes_accounts(loader)
            && let Some(news) = told(&Concerned::Everybody)
        {
            self.link.tell(&news).await?;
        }
        Ok(kept)
    }

    /// Sends a batch, and row by row if that fails.
    async fn send(&mut self, loader: &mut Loader, batch: &mut Vec<Numbered>) -> Result<(), L::Stop> {
        if batch.is_empty() {
            return Ok(());
        }
        let batch = std::mem::take(batch);
        self.link.run_text(MARK).await?;
        match self.link.rows(&batch).await {
            Ok(keys) => {
                for (key, (line, _)) in keys.into_iter().zip(&batch) {
                    self.placed(key, *line);
                }
                loader.report.loaded += u64::try_from(batch.len()).unwrap_or(u64::MAX);
            }
            Err(stop) if !L::is_of_rows(&stop) => return Err(stop),
            Err(_) => {
                self.link.run_text(UNDO).await?;
                for (line, job) in &batch {
                    match self.link.row(job).await? {
                        Ok(key) => {
                            self.placed(key, *line);
                            loader.report.loaded += 1;
                        }
                        Err(failure) => loader.report.tell(*line, failure),
                    }
                }
            }
        }
        self.link.run_text(KEEP).await
    }

    fn placed(&mut self, key: Option<String>, line: u64) {
        if self.referring
            && let Some(key) = key
        {
            self.lines.insert(key, line);
        }
    }

    /// Takes out the loaded rows whose references lead nowhere, now that every row is there.
    async fn remove_dangling(&mut self, loader: &mut Loader) -> Result<(), L::Stop> {
        let compiled = Arc::clone(&loader.compiled);
        let schema = compiled.schema();
        let Plan::Insert(insert) = compiled.plan.plan() else { return Ok(()) };
        // Taking a row out may leave others of the same file without theirs.
        while self.link.references().await? != References::Hold {
            let mut removed = 0;
            for key in schema.foreign_keys.iter().filter(|key| key.from == insert.model) {
                for found in self.link.remove_dangling(schema, key).await? {
                    removed += 1;
                    self.end_account(&compiled, &found).await?;
                    loader.report.loaded = loader.report.loaded.saturating_sub(1);
                    let line = self.lines.get(&canonical(&found)).copied().unwrap_or(0);
                    loader.report.tell(line, violation::dangling(&compiled, key));
                }
            }
            if removed == 0 {
                // What still leads nowhere is refused by the commit.
                return Ok(());
            }
        }
        Ok(())
    }

    /// Removes the account that the load made for a row which it took out again.
    async fn end_account(&mut self, compiled: &Compiled, key: &str) -> Result<(), L::Stop> {
        let profile = Profile::of(compiled.schema()).filter(|profile| profile.table == compiled.relation());
        let id = serde_json::from_str::<Vec<String>>(key).ok().and_then(|key| key.into_iter().next());
        let (Some(_), Some(id)) = (profile, id) else { return Ok(()) };
        self.link.remove_own_account(&id).await
    }
}

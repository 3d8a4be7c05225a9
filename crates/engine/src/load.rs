//! Bulk import: one transaction, the same casts, validators and defaults as any insert, and an account of every bad row.

use crate::accounts::Concerned;
use crate::clock::Ids;
use crate::compiled::Compiled;
use crate::engine::Engine;
use crate::fault::Failure;
use crate::prepare::{self, Context, Hash};
use crate::store::sqlite::{Link, Loading, Settings, Text, fault};
use crate::store::{Bound, Job};
use backstay_compile::Statement;
use backstay_plan::limits::Limits;
use backstay_plan::principal::RoleSet;
use backstay_plan::request::{Absent, Action, Cell, Guards, Input, Insert, Request, Slot};
use backstay_plan::{Principal, Refusal};
use backstay_schema::model::Model;
use std::collections::HashMap;
use std::sync::Arc;

/// Bad rows that are told one by one; the rest is only counted.
const TOLD_MAX: usize = 1_000;

/// What to load and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Load {
    /// Relation name.
    pub relation: String,
    /// Columns of each row, in the order of its cells.
    pub columns: Vec<String>,
    /// Whether good rows are kept when there are bad ones.
    pub skip_bad: bool,
}

/// One row of the input.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceRow {
    /// Where it stands in the file, for messages.
    pub line: u64,
    /// Its cells, or why the file could not be read there.
    pub cells: Result<Vec<Cell>, String>,
}

/// What a load came to.
#[derive(Debug, Default)]
pub struct Report {
    /// Rows that are in the database now.
    pub loaded: u64,
    /// Rows that are not, because of themselves.
    pub bad: u64,
    /// The first of them.
    pub problems: Vec<Problem>,
}

/// Why a row was not loaded.
#[derive(Debug)]
pub struct Problem {
    /// Where it stands in the file.
    pub line: u64,
    /// What is wrong with it.
    pub reason: Reason,
}

/// What is wrong with a row.
#[derive(Debug, thiserror::Error)]
pub enum Reason {
    /// The file cannot be read there.
    #[error("{0}")]
    Unreadable(String),
    /// The row was refused like any other insert.
    #[error(transparent)]
    Refused(#[from] Failure),
}

impl Report {
    fn tell(&mut self, line: u64, reason: impl Into<Reason>) {
        self.bad += 1;
        if self.problems.len() < TOLD_MAX {
            self.problems.push(Problem { line, reason: reason.into() });
        }
    }
}

impl Engine {
    /// Loads rows in one transaction, as the service role. With bad rows nothing is kept, unless `skip_bad`.
    ///
    /// # Errors
    /// When the relation or a column does not exist, or the store fails; nothing was kept.
    pub async fn load<I>(&self, load: Load, rows: I) -> Result<Report, Failure>
    where
        I: Iterator<Item = SourceRow> + Send + 'static,
    {
        let Load { relation, columns, skip_bad } = load;
        let insert = Insert {
            relation,
            columns,
            rows: Slot(0),
            absent: Absent::Default,
            conflict: None,
            returning: None,
            referred: false,
        };
        let inner = self.inner();
        let who = Principal::with_roles(RoleSet::service());
        let action = Action::Insert(insert);
        let compiled = Arc::new(prepare::compiled(&inner.loaded(), &action, &who, &inner.limits)?);
        let request = Request { action, inputs: Vec::new(), guards: Guards::default() };
        let limits = inner.limits;
        let (now_micros, settings) = (inner.clock.now_micros(), Settings::default());
        let hash = inner.hash;
        let (report, placed) = (Report::default(), Vec::new());
        let accounts = matches!(&compiled.statement, Statement::Write(program) if program.makes_accounts());
        let mut loader = Loader { compiled, request, who, limits, hash, now_micros, settings, report, placed };
        let report = inner.store.alone(move |link| loader.run(link, rows, skip_bad)).await?;
        if accounts {
            inner.accounts.note(&Concerned::Everybody);
        }
        report
    }
}

struct Loader {
    compiled: Arc<Compiled>,
    request: Request,
    who: Principal,
    limits: Limits,
    hash: Hash,
    now_micros: i64,
    settings: Settings,
    report: Report,
    /// Row id and line of each row, kept while a foreign key may still fail.
    placed: Vec<(i64, u64)>,
}

impl Loader {
    fn run(&mut self, link: &Link, rows: impl Iterator<Item = SourceRow>, skip_bad: bool) -> Result<Report, Failure> {
        // References are checked when every row is there; until then taking a bad row out must not cascade.
        link.conn.pragma_update(None, "foreign_keys", false).map_err(|error| self.explain(&error))?;
        let done = self.fill(link, rows, skip_bad);
        let end = match done {
            Ok(true) => link.conn.execute_batch("COMMIT"),
            Ok(false) | Err(_) => link.conn.execute_batch("ROLLBACK"),
        };
        link.conn.pragma_update(None, "foreign_keys", true).map_err(|error| self.explain(&error))?;
        let kept = done.map_err(|error| self.explain(&error))?;
        end.map_err(|error| self.explain(&error))?;
        if !kept {
            self.report.loaded = 0;
        }
        Ok(std::mem::take(&mut self.report))
    }

    /// Whether the transaction is to be kept.
    fn fill(&mut self, link: &Link, rows: impl Iterator<Item = SourceRow>, skip_bad: bool) -> rusqlite::Result<bool> {
        link.conn.execute_batch("BEGIN IMMEDIATE")?;
        let accounts_before = Loading::accounts_so_far(link)?;
        let referring = self
            .model()
            .is_some_and(|model| self.compiled.schema().foreign_keys.iter().any(|key| key.from == model.id));
        let ids = Ids::default();
        for SourceRow { line, cells } in rows {
            let cells = match cells {
                Ok(cells) => cells,
                Err(reason) => {
                    self.report.tell(line, Reason::Unreadable(reason));
                    continue;
                }
            };
            match self.bind(cells, &ids) {
                Err(refusal) => self.report.tell(line, Failure::from(refusal)),
                Ok(job) => match Loading::insert(link, &job, &self.settings)? {
                    Err(failure) => self.report.tell(line, failure),
                    Ok(()) => {
                        self.report.loaded += 1;
                        if referring {
                            self.placed.push((link.conn.last_insert_rowid(), line));
                        }
                    }
                },
            }
        }
        if referring {
            self.remove_dangling(link)?;
            Loading::end_accounts_since(link, &self.compiled, accounts_before)?;
        }
        Ok(skip_bad || self.report.bad == 0)
    }

    fn bind(&mut self, cells: Vec<Cell>, ids: &Ids) -> Result<Job, Refusal> {
        self.request.inputs = vec![Input::Rows(vec![cells])];
        let context =
            Context { who: &self.who, now_micros: self.now_micros, limits: &self.limits, ids, hash: self.hash };
        let bound: Bound = prepare::bound(&self.compiled, &self.request, &context)?;
        Ok(Job {
            compiled: Arc::clone(&self.compiled),
            bound,
            guards: Guards::default(),
            who: self.who.clone(),
            now_micros: self.now_micros,
            concerned: Concerned::Nobody,
        })
    }

    /// Takes out the loaded rows whose references lead nowhere, now that every row is there.
    fn remove_dangling(&mut self, link: &Link) -> rusqlite::Result<()> {
        let table = self.compiled.relation().to_owned();
        let remove = Text::default().syntax("DELETE FROM ").ident(&table).syntax(" WHERE rowid = ?1");
        let lines: HashMap<i64, u64> = self.placed.iter().copied().collect();
        loop {
            let sql = "SELECT rowid, fkid FROM pragma_foreign_key_check(?1)";
            let mut statement = link.conn.prepare(sql)?;
            let found = statement.query_map([&table], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))?;
            let found = found.collect::<rusqlite::Result<Vec<_>>>()?;
            // Taking a row out may leave others of the same file without theirs.
            let mine: HashMap<i64, i64> = found.into_iter().filter(|(row, _)| lines.contains_key(row)).collect();
            if mine.is_empty() {
                return Ok(());
            }
            for (row, key) in mine {
                let failure = Loading::dangling(link, &self.compiled, key)?;
                self.report.loaded = self.report.loaded.saturating_sub(1);
                self.report.tell(lines.get(&row).copied().unwrap_or(0), failure);
                link.conn.prepare_cached(remove.as_str())?.execute([row])?;
            }
        }
    }

    fn model(&self) -> Option<&Model> {
        let id = self.compiled.model()?;
        self.compiled.schema().models.get(usize::from(id.0))
    }

    fn explain(&self, error: &rusqlite::Error) -> Failure {
        fault::plain(error, self.settings.budget_ms())
    }
}

//! Bulk import: one transaction, the same casts, validators and defaults as any insert, and an account of every bad row.

use crate::accounts::Concerned;
use crate::clock::Ids;
use crate::compiled::Compiled;
use crate::engine::Engine;
use crate::fault::Failure;
use crate::prepare::{self, Context, Hash};
use crate::store::{Bound, Job};
use backstay_compile::Statement;
use backstay_plan::limits::Limits;
use backstay_plan::principal::RoleSet;
use backstay_plan::request::{Absent, Action, Cell, Guards, Input, Insert, Request, Slot};
use backstay_plan::{Principal, Refusal};
use backstay_schema::model::{Dialect, Model};
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
    pub(crate) fn tell(&mut self, line: u64, reason: impl Into<Reason>) {
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
        let inner = self.inner();
        // Where rows have no number of their own, they are found again by their keys.
        let referred = match inner.store.dialect() {
            Dialect::Sqlite => None,
            Dialect::Postgres | Dialect::Mysql => Some(Vec::new()),
        };
        let insert = Insert {
            relation,
            columns,
            rows: Slot(0),
            absent: Absent::Default,
            conflict: None,
            returning: None,
            referred,
        };
        let who = Principal::with_roles(RoleSet::service());
        let action = Action::Insert(insert);
        let compiled = Arc::new(prepare::compiled(&inner.loaded(), &action, &who, &inner.limits)?);
        let request = Request { action, inputs: Vec::new(), guards: Guards::default() };
        let limits = inner.limits;
        let (now_micros, hash) = (inner.clock.now_micros(), inner.hash);
        let report = Report::default();
        let accounts = matches!(&compiled.statement, Statement::Write(program) if program.makes_accounts());
        let loader = Loader { compiled, report, request, who, limits, hash, now_micros };
        let report = inner.store.load(loader, rows, skip_bad).await;
        if accounts {
            inner.accounts.note(&Concerned::Everybody);
        }
        report
    }
}

/// A load in progress.
#[derive(Debug)]
pub(crate) struct Loader {
    /// The insert of one row.
    pub(crate) compiled: Arc<Compiled>,
    /// What came of it so far.
    pub(crate) report: Report,
    request: Request,
    who: Principal,
    limits: Limits,
    hash: Hash,
    now_micros: i64,
}

impl Loader {
    /// The insert of a row of the input, and its line; `None` for a bad row, which is told.
    pub(crate) fn take(&mut self, row: SourceRow, ids: &Ids) -> Option<(u64, Job)> {
        let bound = match row.cells {
            Ok(cells) => self.bind(cells, ids).map_err(|refusal| Reason::from(Failure::from(refusal))),
            Err(reason) => Err(Reason::Unreadable(reason)),
        };
        match bound {
            Ok(job) => Some((row.line, job)),
            Err(reason) => {
                self.report.tell(row.line, reason);
                None
            }
        }
    }

    /// The insert of one row.
    ///
    /// # Errors
    /// The first cell that its type or a validator refuses.
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

    /// The model that is loaded into.
    pub(crate) fn model(&self) -> Option<&Model> {
        let id = self.compiled.model()?;
        self.compiled.schema().models.get(usize::from(id.0))
    }
}

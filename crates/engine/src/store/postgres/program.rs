//! Runs the steps of one write in the transaction of its caller. An `Err` leaves the transaction to be rolled back.
//!
//! The quick way sends the rows of a request one behind the other and waits for all of them. A row that violates a constraint
//! ends the transaction on PostgreSQL, so to say which row it was and what it met, the write runs once more the careful way:
//! row by row, each behind a savepoint. A broken reference that may not be the last word is then put off until every row is
//! written and every rule has been asked.

use super::Settings;
use super::fault;
use super::link::{Asked, Link};
use super::read::{self, Reading, Stop, cell};
use super::value::Cell;
use crate::Failure;
use crate::accounts::Concerned;
use crate::store::verdict::{self, Merged, Touched, in_key_order};
use crate::store::{Job, Outcome, Slotted};
use backstay_compile::Statement;
use backstay_compile::statement::{Returns, Sql, Step};
use backstay_plan::authorized::Plan;
use backstay_plan::value::Value;
use futures_util::{StreamExt as _, TryStreamExt as _};
use serde_json::value::RawValue;
use std::pin::pin;
use tokio_postgres::Error;

/// Rows of one request that are on their way at once.
const ROWS_IN_FLIGHT: usize = 64;
const MARK_ROW: &str = "SAVEPOINT one_row";
const UNDO_ROW: &str = "ROLLBACK TO SAVEPOINT one_row";

/// How a write runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    /// As fast as it can.
    Quick,
    /// So that a violated constraint can be explained.
    Careful,
    /// The same with references that wait until all is written; one that cannot wait is told after the rules only.
    Deferred,
}

/// A write in progress: what has been touched, and which row of the request was being written when it stopped.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// Rows touched so far.
    pub(super) touched: Touched,
    /// Position of the request's row that is being written.
    pub(super) row: usize,
    /// Request rows that collide with rows that are there.
    conflicts: u64,
    /// Positions of the steps that found a holder of the protected role.
    held: Vec<usize>,
    outcome: Outcome,
}

/// A write and where it runs.
pub(super) struct Run<'a> {
    pub(super) link: &'a Link,
    pub(super) job: &'a Job,
    pub(super) settings: &'a Settings,
    pub(super) pace: Pace,
}

/// The statement that finds a row when a row that collides is refused whatever it collides with.
type Collision<'a> = Option<At<'a>>;

/// A statement at its position in the program, with its values.
#[derive(Debug, Clone, Copy)]
struct At<'a> {
    step: u16,
    sql: &'a Sql,
    params: &'a [Slotted],
}

impl Run<'_> {
    /// Runs every step, then tests the guards.
    ///
    /// # Errors
    /// The driver's, or why the write is refused.
    pub(super) async fn whole(&self, progress: &mut Progress) -> Result<Outcome, Stop> {
        let job = self.job;
        let Statement::Write(program) = &job.compiled.statement else {
            let params = job.bound.texts.first().map_or(&[][..], Vec::as_slice);
            let outcome = read::run(self.link, &job.compiled, params, self.settings).await?;
            verdict::guard(job.guards, true, &outcome)?;
            return Ok(outcome);
        };
        let mut collision = None;
        for (position, step) in program.steps.iter().enumerate() {
            let at = self.at(position, crate::prepare::sql_of(step));
            if let Step::Protect(_) = step {
                if self.finds(at, &[], &progress.touched).await? {
                    progress.held.push(position);
                }
                continue;
            }
            let ran = self.step((step, at), collision, progress).await;
            if let Err(Stop::Driver(error)) = &ran
                && self.told_after_rules(error)
            {
                self.link.run_text(UNDO_ROW).await?;
                self.deny_collision(collision, progress).await?;
            }
            ran?;
            collision = if let Step::VerifyCollision(_) = step { Some(at) } else { None };
        }
        for position in &progress.held {
            if let Some(Step::Protect(sql)) = program.steps.get(*position)
                && !self.finds(self.at(*position, sql), &[], &progress.touched).await?
            {
                return Err(verdict::last_of_role(&job.compiled).into());
            }
        }
        let mut outcome = std::mem::take(&mut progress.outcome);
        outcome.inserted = match job.compiled.plan.plan() {
            Plan::Insert(_) => outcome.affected.saturating_sub(progress.conflicts),
            Plan::Read(_) | Plan::Update(_) | Plan::Delete(_) | Plan::Call(_) => 0,
        };
        if let Plan::Insert(insert) = job.compiled.plan.plan()
            && insert.referred.is_some()
        {
            outcome.keys = progress.touched.keys_json().to_vec();
        }
        let represents = program.steps.iter().any(|step| matches!(step, Step::Represent(_)));
        verdict::guard(job.guards, represents, &outcome)?;
        outcome.concerned = job.concerned.clone();
        if program.accounts {
            outcome.concerned = outcome.concerned.and(Concerned::keys(progress.touched.keys_json()));
        }
        Ok(outcome)
    }

    /// Whether an error must not be told where a rule refuses the row anyway.
    fn told_after_rules(&self, error: &Error) -> bool {
        match self.pace {
            Pace::Quick => false,
            Pace::Careful => fault::is_collision(error),
            Pace::Deferred => fault::is_collision(error) || fault::is_foreign_key(error),
        }
    }

    fn at<'s>(&'s self, position: usize, sql: &'s Sql) -> At<'s> {
        let params = self.job.bound.texts.get(position).map_or(&[][..], Vec::as_slice);
        At { step: u16::try_from(position).unwrap_or(u16::MAX), sql, params }
    }

    fn asked<'s>(&'s self, at: At<'s>, row: &'s [Value], touched: &'s Touched) -> Asked<'s> {
        Asked { name: (self.job.compiled.id, at.step), sql: at.sql, params: at.params, row, touched }
    }

    /// Whether a statement yields a row.
    async fn finds(&self, at: At<'_>, row: &[Value], touched: &Touched) -> Result<bool, Stop> {
        let mut rows = pin!(self.link.query(self.asked(at, row, touched)).await?);
        let mut found = false;
        while rows.try_next().await?.is_some() {
            found = true;
        }
        Ok(found)
    }

    /// Refuses the row being written where its rule does: whether another row has its key, refers to it or is there to be referred
    /// to is nothing that the caller may learn then.
    async fn deny_collision(&self, collision: Collision<'_>, progress: &Progress) -> Result<(), Stop> {
        let Some(at) = collision else { return Ok(()) };
        let row = self.job.bound.rows.get(progress.row).map_or(&[][..], Vec::as_slice);
        let denied = self.finds(at, row, &progress.touched).await?;
        if denied { Err(verdict::row_denied(&self.job.compiled).into()) } else { Ok(()) }
    }

    async fn step(
        &self,
        (step, at): (&Step, At<'_>),
        collision: Collision<'_>,
        progress: &mut Progress,
    ) -> Result<(), Stop> {
        let compiled = &self.job.compiled;
        let rows = &self.job.bound.rows;
        let first_row = rows.first().map_or(&[][..], Vec::as_slice);
        match step {
            Step::SelectKeys(_) => {
                let keys = self.single_text(at, first_row, &progress.touched).await?;
                progress.outcome.affected = verdict::count_elements(&keys)?;
                let keys: Vec<&RawValue> = serde_json::from_str(&keys).unwrap_or_default();
                progress.touched = in_key_order(keys.iter().map(|key| key.get().as_bytes().to_vec()).collect());
            }
            Step::CountConflicts(_) => {
                for row in rows {
                    let mut counted = pin!(self.link.query(self.asked(at, row, &progress.touched)).await?);
                    while let Some(counted) = counted.try_next().await? {
                        progress.conflicts += cell(&counted, 0)?.number();
                    }
                }
            }
            Step::VerifyCollision(_) | Step::Protect(_) => {}
            Step::Insert { returns, .. } => self.insert((at, *returns), collision, progress).await?,
            Step::Mutate { returns, .. } => self.mutate((at, *returns), first_row, progress).await?,
            Step::Verify { failure, .. } => {
                let no_row: &[Vec<Value>] = &[Vec::new()];
                for row in if at.sql.runs_per_row() { rows } else { no_row } {
                    if self.finds(at, row, &progress.touched).await? {
                        return Err(verdict::verified(compiled, *failure).into());
                    }
                }
            }
            Step::Validate { field, .. } => {
                let mut values = pin!(self.link.query(self.asked(at, first_row, &progress.touched)).await?);
                while let Some(value) = values.try_next().await? {
                    if let Cell::Text(json) = cell(&value, 0)? {
                        verdict::validated(compiled, *field, json)?;
                    }
                }
            }
            Step::Effect(_) => {
                self.mark().await?;
                self.finds(at, first_row, &progress.touched).await?;
            }
            Step::Represent(read) => {
                let reading =
                    Reading { step: at.step, read, params: at.params, row: first_row, touched: &progress.touched };
                read::answer(self.link, compiled, reading, self.settings, &mut progress.outcome).await?;
            }
        }
        Ok(())
    }

    /// Where a statement that violates a constraint is undone to, alone.
    async fn mark(&self) -> Result<(), Stop> {
        match self.pace {
            Pace::Quick => Ok(()),
            Pace::Careful | Pace::Deferred => Ok(self.link.run_text(MARK_ROW).await?),
        }
    }

    /// Writes the request's rows.
    async fn insert(
        &self,
        (at, returns): (At<'_>, Returns),
        collision: Collision<'_>,
        progress: &mut Progress,
    ) -> Result<(), Stop> {
        let mut merged = Merged::of(&self.job.compiled, &self.job.bound.rows);
        // So that nothing but the rows themselves is on the way below, in their order.
        self.link.prepare_if_asked((self.job.compiled.id, at.step), at.sql).await?;
        let before = Touched::default();
        let in_flight = match self.pace {
            Pace::Quick => ROWS_IN_FLIGHT,
            Pace::Careful | Pace::Deferred => 1,
        };
        let mut writes = Vec::with_capacity(self.job.bound.rows.len());
        for row in &self.job.bound.rows {
            writes.push(self.written(at, returns, (row, &before)));
        }
        let mut written = pin!(futures_util::stream::iter(writes).buffered(in_flight).enumerate());
        loop {
            // A row is sent when the one before it was looked at, so that the savepoint is where this row would go.
            let Some((position, one)) = written.next().await else { return Ok(()) };
            progress.row = position;
            Merged::begin(merged.as_ref(), position)?;
            let Written { keys, count } = one?;
            for key in keys {
                Merged::written(merged.as_mut(), &key)?;
                progress.touched.push(&key);
            }
            if count == 0 {
                self.deny_collision(collision, progress).await?;
            }
            progress.outcome.affected += count;
        }
    }

    /// Runs a statement that changes or removes rows.
    async fn mutate(
        &self,
        (at, returns): (At<'_>, Returns),
        row: &[Value],
        progress: &mut Progress,
    ) -> Result<(), Stop> {
        let Written { keys, count } = self.written(at, returns, (row, &progress.touched)).await?;
        progress.outcome.affected = count;
        if returns.keys {
            progress.touched = in_key_order(keys);
        }
        Ok(())
    }

    /// Runs a mutating statement once, and looks at the outcome of its check rule.
    async fn written(
        &self,
        at: At<'_>,
        returns: Returns,
        (row, touched): (&[Value], &Touched),
    ) -> Result<Written, Stop> {
        self.mark().await?;
        let mut rows = pin!(self.link.query(self.asked(at, row, touched)).await?);
        let mut written = Written { keys: Vec::new(), count: 0 };
        let mut denied = false;
        while let Some(row) = rows.try_next().await? {
            written.count += 1;
            if returns.check && !cell(&row, usize::from(returns.keys))?.is_true() {
                denied = true;
            }
            if returns.keys {
                let Cell::Text(key) = cell(&row, 0)? else {
                    let reason = "a write yielded a key that is not a JSON array".to_owned();
                    return Err(Failure::Internal { reason }.into());
                };
                written.keys.push(key.to_vec());
            }
        }
        if denied {
            return Err(verdict::row_denied(&self.job.compiled).into());
        }
        if !returns.keys && !returns.check {
            written.count = rows.rows_affected().unwrap_or(0);
        }
        Ok(written)
    }

    /// The text in the first column of the only row; an empty JSON array where there is none.
    async fn single_text(&self, at: At<'_>, row: &[Value], touched: &Touched) -> Result<String, Stop> {
        let mut text = "[]".to_owned();
        let mut rows = pin!(self.link.query(self.asked(at, row, touched)).await?);
        while let Some(row) = rows.try_next().await? {
            if let Cell::Text(found) = cell(&row, 0)? {
                text = String::from_utf8_lossy(found).into_owned();
            }
        }
        Ok(text)
    }
}

/// What a mutating statement did.
struct Written {
    /// JSON arrays.
    keys: Vec<Vec<u8>>,
    count: u64,
}

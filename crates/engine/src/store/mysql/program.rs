//! Runs the steps of one write in the transaction of its caller. An `Err` leaves the transaction to be rolled back, or looked at
//! first: a statement that failed has undone itself.

use super::Settings;
use super::fault;
use super::foreign_key;
use super::link::{Asked, Link};
use super::read::{self, Reading, Stop};
use super::value::Cell;
use crate::Failure;
use crate::accounts::Concerned;
use crate::store::verdict::{self, Merged, Touched, in_key_order};
use crate::store::{Job, Outcome, Slotted};
use backstay_compile::Statement;
use backstay_compile::statement::{Returns, Sql, Step};
use backstay_plan::authorized::Plan;
use backstay_plan::value::Value;
use mysql_async::{Error, Row};
use serde_json::value::RawValue;

/// A write in progress: what has been touched, and what was being written when it stopped.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// Rows touched so far.
    pub(super) touched: Touched,
    /// Position of the request's row that is being written.
    pub(super) row: usize,
    /// Whether another table than the request's is being written.
    pub(super) beside: bool,
    /// Positions of the request's rows that were not written, because another row has what they have.
    pub(super) left_out: Vec<usize>,
    /// Request rows that collide with rows that are there.
    conflicts: u64,
    /// Whether the rows to be touched were counted before they were.
    counted: bool,
    /// Positions of the steps that found a holder of the protected role.
    held: Vec<usize>,
    outcome: Outcome,
}

/// A write and where it runs.
pub(super) struct Run<'a> {
    pub(super) link: &'a mut Link,
    pub(super) job: &'a Job,
    pub(super) settings: &'a Settings,
}

/// What stands around the statement that inserts a row.
#[derive(Debug, Clone, Copy, Default)]
struct Around<'a> {
    /// Finds a row when a row that collides is refused whatever it collides with.
    collision: Option<At<'a>>,
    /// Finds the row that was inserted.
    reread: Option<At<'a>>,
    /// Changes the row that is there already, and finds the one that was changed.
    merge: Option<(At<'a>, Option<At<'a>>)>,
}

/// A statement with its values.
#[derive(Debug, Clone, Copy)]
struct At<'a> {
    sql: &'a Sql,
    params: &'a [Slotted],
}

impl<'j> Run<'j> {
    /// Runs every step, then tests the guards.
    ///
    /// # Errors
    /// The driver's, or why the write is refused.
    pub(super) async fn whole(&mut self, progress: &mut Progress) -> Result<Outcome, Stop> {
        let job = self.job;
        let Statement::Write(program) = &job.compiled.statement else {
            let params = job.bound.texts.first().map_or(&[][..], Vec::as_slice);
            let outcome = read::run(self.link, &job.compiled, params, self.settings).await?;
            verdict::guard(job.guards, true, &outcome)?;
            return Ok(outcome);
        };
        let mut around = Around::default();
        // The texts of what stands around an insert come behind those of the steps.
        let mut extra = program.steps.len();
        for (position, step) in program.steps.iter().enumerate() {
            let here = at(job, position, step);
            if let Step::Protect(_) = step {
                if self.finds(here, &[], &progress.touched).await? {
                    progress.held.push(position);
                }
                continue;
            }
            if let Step::Insert { reread, merge, .. } = step {
                let mut next = |sql: &'j Sql| {
                    extra += 1;
                    At { sql, params: params_at(job, extra - 1) }
                };
                around.reread = reread.as_ref().map(&mut next);
                around.merge = merge.as_ref().map(|merge| (next(&merge.sql), merge.reread.as_ref().map(&mut next)));
            }
            progress.beside = matches!(step, Step::Effect(_));
            let ran = self.step((step, here), around, progress).await;
            if let Err(Stop::Driver(error)) = &ran
                && told_after_rules(error, job)
            {
                self.deny_collision(around.collision, progress).await?;
            }
            ran?;
            around =
                Around { collision: matches!(step, Step::VerifyCollision(_)).then_some(here), ..Around::default() };
        }
        self.still_held(progress).await?;
        self.ended(progress)
    }

    /// Refuses a write that leaves nobody with the protected role.
    async fn still_held(&mut self, progress: &Progress) -> Result<(), Stop> {
        let job = self.job;
        let Statement::Write(program) = &job.compiled.statement else { return Ok(()) };
        for position in &progress.held {
            if let Some(step @ Step::Protect(_)) = program.steps.get(*position)
                && !self.finds(at(job, *position, step), &[], &progress.touched).await?
            {
                return Err(verdict::last_of_role(&job.compiled).into());
            }
        }
        Ok(())
    }

    /// What the steps have come to.
    fn ended(&self, progress: &mut Progress) -> Result<Outcome, Stop> {
        let job = self.job;
        let Statement::Write(program) = &job.compiled.statement else { return Ok(Outcome::default()) };
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

    /// Every row of a statement, and how many it changed.
    async fn all(&mut self, at: At<'_>, row: &[Value], touched: &Touched) -> Result<(Vec<Row>, u64), Stop> {
        self.link.all(Asked { sql: at.sql, params: at.params, row, touched }).await
    }

    /// Whether a statement yields a row.
    async fn finds(&mut self, at: At<'_>, row: &[Value], touched: &Touched) -> Result<bool, Stop> {
        Ok(!self.all(at, row, touched).await?.0.is_empty())
    }

    /// Refuses the row being written where its rule does: whether another row has its key, refers to it or is there to be referred
    /// to is nothing that the caller may learn then.
    async fn deny_collision(&mut self, collision: Option<At<'_>>, progress: &Progress) -> Result<(), Stop> {
        let Some(at) = collision else { return Ok(()) };
        let row = self.job.bound.rows.get(progress.row).map_or(&[][..], Vec::as_slice);
        let denied = self.finds(at, row, &progress.touched).await?;
        if denied { Err(verdict::row_denied(&self.job.compiled).into()) } else { Ok(()) }
    }

    async fn step(
        &mut self,
        (step, at): (&Step, At<'_>),
        around: Around<'_>,
        progress: &mut Progress,
    ) -> Result<(), Stop> {
        let job = self.job;
        let rows = &job.bound.rows;
        let first_row = rows.first().map_or(&[][..], Vec::as_slice);
        match step {
            Step::SelectKeys(_) => {
                let (found, _) = self.all(at, first_row, &progress.touched).await?;
                let text = found.first().map(|row| Cell::of(row, 0).text()).filter(|text| !text.is_empty());
                let keys = text.unwrap_or_else(|| "[]".to_owned());
                progress.outcome.affected = verdict::count_elements(&keys)?;
                progress.counted = true;
                let keys: Vec<&RawValue> = serde_json::from_str(&keys).unwrap_or_default();
                progress.touched = in_key_order(keys.iter().map(|key| key.get().as_bytes().to_vec()).collect());
            }
            Step::CountConflicts(_) => {
                for row in rows {
                    let (counted, _) = self.all(at, row, &progress.touched).await?;
                    progress.conflicts += counted.iter().map(|row| Cell::of(row, 0).number()).sum::<u64>();
                }
            }
            Step::VerifyCollision(_) | Step::Protect(_) => {}
            Step::Insert { returns, .. } => self.insert((at, *returns), around, progress).await?,
            Step::Mutate { returns, .. } => self.mutate((at, *returns), first_row, progress).await?,
            Step::Verify { failure, .. } => {
                let no_row: &[Vec<Value>] = &[Vec::new()];
                for row in if at.sql.runs_per_row() { rows } else { no_row } {
                    if self.finds(at, row, &progress.touched).await? {
                        return Err(verdict::verified(&job.compiled, *failure).into());
                    }
                }
            }
            Step::Validate { field, .. } => {
                let (values, _) = self.all(at, first_row, &progress.touched).await?;
                for value in &values {
                    if let Cell::Text(json) = Cell::of(value, 0) {
                        verdict::validated(&job.compiled, *field, json)?;
                    }
                }
            }
            Step::Effect(_) => drop(self.all(at, first_row, &progress.touched).await?),
            Step::Represent(read) => {
                let reading = Reading { read, params: at.params, row: first_row, touched: &progress.touched };
                read::answer(self.link, &job.compiled, reading, self.settings, &mut progress.outcome).await?;
            }
        }
        Ok(())
    }

    /// Writes the request's rows, each of which is read again where its key or its rule is asked for.
    async fn insert(
        &mut self,
        (at, returns): (At<'_>, Returns),
        around: Around<'_>,
        progress: &mut Progress,
    ) -> Result<(), Stop> {
        let job = self.job;
        let mut merged = Merged::of(&job.compiled, &job.bound.rows);
        for (position, row) in job.bound.rows.iter().enumerate() {
            progress.row = position;
            Merged::begin(merged.as_ref(), position)?;
            let count = self.insert_row((at, returns), around, row, (&mut merged, progress)).await?;
            if count == 0 {
                progress.left_out.push(position);
                self.deny_collision(around.collision, progress).await?;
            }
            progress.outcome.affected += count;
        }
        Ok(())
    }

    /// Writes one row, and says how many were written.
    async fn insert_row(
        &mut self,
        (at, returns): (At<'_>, Returns),
        around: Around<'_>,
        row: &[Value],
        (merged, progress): (&mut Option<Merged>, &mut Progress),
    ) -> Result<u64, Stop> {
        let none = Touched::default();
        let (mut yielded, mut changed, mut reread) = (Vec::new(), 0, None);
        if let Some((merge, found)) = around.merge {
            ((yielded, changed), reread) = (self.all(merge, row, &none).await?, found);
        }
        if changed == 0 {
            ((yielded, changed), reread) = (self.all(at, row, &none).await?, around.reread);
        }
        if let Some(reread) = reread {
            yielded = if changed > 0 { self.all(reread, row, &none).await?.0 } else { Vec::new() };
        }
        for row in &yielded {
            if returns.check && !Cell::of(row, usize::from(returns.keys)).is_true() {
                return Err(verdict::row_denied(&self.job.compiled).into());
            }
            if returns.keys {
                let key = key_of(row)?;
                Merged::written(merged.as_mut(), &key)?;
                progress.touched.push(&key);
            }
        }
        Ok(if returns.keys || returns.check { count(&yielded) } else { changed.min(1) })
    }

    /// Runs a statement that changes or removes rows.
    async fn mutate(
        &mut self,
        (at, returns): (At<'_>, Returns),
        row: &[Value],
        progress: &mut Progress,
    ) -> Result<(), Stop> {
        let (yielded, changed) = self.all(at, row, &progress.touched).await?;
        let denied = |row: &Row| returns.check && !Cell::of(row, usize::from(returns.keys)).is_true();
        if yielded.iter().any(denied) {
            return Err(verdict::row_denied(&self.job.compiled).into());
        }
        if returns.keys {
            progress.touched = in_key_order(yielded.iter().map(key_of).collect::<Result<_, _>>()?);
        }
        if returns.keys || returns.check {
            progress.outcome.affected = count(&yielded);
        } else if !progress.counted {
            progress.outcome.affected = changed;
        }
        Ok(())
    }
}

/// Whether an error must not be told where a rule refuses the row anyway. References are checked at each row, so the rule is asked
/// by a statement of its own; where rows of the request may be the other ends, all are written first.
fn told_after_rules(error: &Error, job: &Job) -> bool {
    fault::is_collision(error) || (fault::is_foreign_key(error) && !foreign_key::may_wait(job))
}

/// The statement of a step.
fn at<'a>(job: &'a Job, position: usize, step: &'a Step) -> At<'a> {
    At { sql: crate::prepare::sql_of(step), params: params_at(job, position) }
}

/// The values of a text, by its position among those of the write.
fn params_at(job: &Job, position: usize) -> &[Slotted] {
    job.bound.texts.get(position).map_or(&[][..], Vec::as_slice)
}

fn count(rows: &[Row]) -> u64 {
    u64::try_from(rows.len()).unwrap_or(u64::MAX)
}

/// The key that a row begins with.
fn key_of(row: &Row) -> Result<Vec<u8>, Stop> {
    let Cell::Text(key) = Cell::of(row, 0) else {
        let reason = "a write yielded a key that is not a JSON array".to_owned();
        return Err(Failure::Internal { reason }.into());
    };
    Ok(key.to_vec())
}

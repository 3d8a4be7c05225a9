//! Runs the steps of one write on the writer's connection. Savepoints are the caller's: an `Err` means "roll back to yours".

use super::Settings;
use super::connection::Link;
use super::fault;
use super::read::{self, Reading, Stop, bind};
use crate::Failure;
use crate::accounts::Concerned;
use crate::compiled::Compiled;
use crate::store::{Job, Outcome, Slotted};
use backstay_compile::statement::{Returns, Sql, Step, VerifyFailure};
use backstay_plan::Refusal;
use backstay_plan::authorized::Plan;
use backstay_plan::request::{Guards, Resolution};
use backstay_plan::value::Value;
use rusqlite::types::ValueRef;
use std::collections::HashSet;

/// The rows that a write has touched so far.
#[derive(Debug)]
pub(crate) struct Touched {
    /// JSON array of key arrays.
    keys: Vec<u8>,
    /// How many.
    count: u64,
}

impl Default for Touched {
    fn default() -> Self {
        Self { keys: b"[]".to_vec(), count: 0 }
    }
}

impl Touched {
    /// JSON array of key arrays.
    pub(crate) fn keys_json(&self) -> &[u8] {
        &self.keys
    }

    fn push(&mut self, key: &[u8]) {
        self.keys.pop();
        if self.count > 0 {
            self.keys.push(b',');
        }
        self.keys.extend_from_slice(key);
        self.keys.push(b']');
        self.count += 1;
    }

    fn replace(&mut self, keys: Vec<u8>, count: u64) {
        self.keys = keys;
        self.count = count;
    }
}

/// A write in progress: what has been touched, and which row of the request was being written when it stopped.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// Rows touched so far.
    pub(crate) touched: Touched,
    /// Position of the request's row that is being written.
    pub(crate) row: usize,
    /// Request rows that collide with rows that are there.
    conflicts: u64,
    /// Positions of the steps that found a holder of the protected role.
    held: Vec<usize>,
    outcome: Outcome,
}

/// Runs every step, then tests the guards.
pub(crate) fn run(link: &Link, job: &Job, settings: &Settings, progress: &mut Progress) -> Result<Outcome, Stop> {
    let backstay_compile::Statement::Write(program) = &job.compiled.statement else {
        return Err(internal("a read reached the writer"));
    };
    let represents = program.steps.iter().any(|step| matches!(step, Step::Represent(_)));
    let mut collision = None;
    for (position, step) in program.steps.iter().enumerate() {
        let params = job.bound.texts.get(position).map_or(&[][..], Vec::as_slice);
        if let Step::Protect(sql) = step {
            if holds(link, sql, params, &progress.touched)? {
                progress.held.push(position);
            }
            continue;
        }
        let ran = run_step(link, job, (step, params, collision), settings, progress);
        if let Err(Stop::Driver(error)) = &ran
            && fault::is_collision(error)
        {
            deny_collision(link, job, collision, progress)?;
        }
        ran?;
        collision = if let Step::VerifyCollision(sql) = step { Some((sql, params)) } else { None };
    }
    for position in &progress.held {
        let params = job.bound.texts.get(*position).map_or(&[][..], Vec::as_slice);
        if let Some(Step::Protect(sql)) = program.steps.get(*position)
            && !holds(link, sql, params, &progress.touched)?
        {
            return Err(last_of_role(&job.compiled));
        }
    }
    let mut outcome = std::mem::take(&mut progress.outcome);
    outcome.inserted = match job.compiled.plan.plan() {
        Plan::Insert(_) => outcome.affected.saturating_sub(progress.conflicts),
        Plan::Read(_) | Plan::Update(_) | Plan::Delete(_) | Plan::Call(_) => 0,
    };
    if let Plan::Insert(insert) = job.compiled.plan.plan()
        && insert.referred
    {
        outcome.keys = progress.touched.keys_json().to_vec();
    }
    guard(job.guards, represents, &outcome)?;
    outcome.concerned = job.concerned.clone();
    if program.accounts {
        outcome.concerned = outcome.concerned.and(Concerned::keys(progress.touched.keys_json()));
    }
    Ok(outcome)
}

/// The statement that finds a row when a row that collides is refused whatever it collides with, and its values.
type Collision<'a> = Option<(&'a Sql, &'a [Slotted])>;

/// Refuses the row being written where its rule does: whether another row has its key is nothing that the caller may learn then.
fn deny_collision(link: &Link, job: &Job, collision: Collision<'_>, progress: &Progress) -> Result<(), Stop> {
    let Some((sql, params)) = collision else { return Ok(()) };
    let row = job.bound.rows.get(progress.row).map_or(&[][..], Vec::as_slice);
    let mut statement = link.conn.prepare_cached(&sql.text)?;
    bind(&mut statement, params, row, &progress.touched)?;
    if statement.raw_query().next()?.is_some() { Err(row_denied(&job.compiled)) } else { Ok(()) }
}

/// Tests what must hold for the answer to be given and the write to be kept.
pub(crate) fn guard(guards: Guards, represents: bool, outcome: &Outcome) -> Result<(), Stop> {
    if let Some(max) = guards.affected_max.filter(|max| outcome.affected > *max) {
        return Err(Failure::TooManyAffected { affected: outcome.affected, max }.into());
    }
    let rows = if represents { outcome.rows } else { outcome.affected };
    if guards.singular && rows != 1 {
        return Err(Failure::NotSingular { rows }.into());
    }
    Ok(())
}

fn run_step(
    link: &Link,
    job: &Job,
    (step, params, collision): (&Step, &[Slotted], Collision<'_>),
    settings: &Settings,
    progress: &mut Progress,
) -> Result<(), Stop> {
    let compiled = &job.compiled;
    let first_row = job.bound.rows.first().map_or(&[][..], Vec::as_slice);
    match step {
        Step::SelectKeys(sql) => {
            let (keys, count) = single_text(link, sql, params, first_row, &progress.touched)?.map_or_else(
                || Ok((b"[]".to_vec(), 0)),
                |text| count_elements(&text).map(|count| (text.into_bytes(), count)),
            )?;
            progress.touched.replace(keys, count);
            progress.outcome.affected = count;
        }
        Step::CountConflicts(sql) => {
            let mut statement = link.conn.prepare_cached(&sql.text)?;
            for row in &job.bound.rows {
                bind(&mut statement, params, row, &progress.touched)?;
                let count: i64 = statement.raw_query().next()?.map_or(Ok(0), |row| row.get(0))?;
                progress.conflicts += u64::try_from(count).unwrap_or(0);
            }
        }
        Step::VerifyCollision(_) => {}
        Step::Insert { sql, returns } => insert(link, job, (sql, params, *returns), collision, progress)?,
        Step::Mutate { sql, returns } => mutate(link, compiled, (sql, params, *returns), first_row, progress)?,
        Step::Verify { sql, failure } => {
            let mut statement = link.conn.prepare_cached(&sql.text)?;
            let no_row: &[Vec<Value>] = &[Vec::new()];
            for row in if sql.runs_per_row() { &job.bound.rows } else { no_row } {
                bind(&mut statement, params, row, &progress.touched)?;
                if statement.raw_query().next()?.is_some() {
                    return Err(match failure {
                        VerifyFailure::RowDenied => row_denied(compiled),
                        VerifyFailure::AccountId => account_id(compiled),
                        VerifyFailure::CheckFailed { check } => check_failed(compiled, *check),
                    });
                }
            }
        }
        Step::Effect(sql) => {
            let mut statement = link.conn.prepare_cached(&sql.text)?;
            bind(&mut statement, params, first_row, &progress.touched)?;
            statement.raw_execute()?;
        }
        Step::Protect(_) => {}
        Step::Represent(read) => {
            let reading = Reading { read, params, row: first_row, touched: &progress.touched };
            read::answer(link, compiled, reading, settings, &mut progress.outcome)?;
        }
    }
    Ok(())
}

/// Writes the request's rows one by one with one prepared statement.
fn insert(
    link: &Link,
    job: &Job,
    (sql, params, returns): (&Sql, &[Slotted], Returns),
    collision: Collision<'_>,
    progress: &mut Progress,
) -> Result<(), Stop> {
    let mut statement = link.conn.prepare_cached(&sql.text)?;
    // Only a merge can reach a row that the same request has written already.
    let merges = matches!(job.compiled.plan.plan(), Plan::Insert(insert)
        if insert.conflict.as_ref().is_some_and(|conflict| matches!(conflict.resolution, Resolution::Merge)));
    let mut seen = (merges && job.bound.rows.len() > 1).then(HashSet::<Vec<u8>>::new);
    for (position, row) in job.bound.rows.iter().enumerate() {
        progress.row = position;
        bind(&mut statement, params, row, &progress.touched)?;
        let mut rows = statement.raw_query();
        let mut yielded = 0;
        while let Some(written) = rows.next()? {
            yielded += 1;
            if let Some(key) = checked_key(written, returns, &job.compiled)? {
                if seen.as_mut().is_some_and(|seen| !seen.insert(key.to_vec())) {
                    return Err(Failure::MergeTwice.into());
                }
                progress.touched.push(key);
            }
        }
        drop(rows);
        let written = if returns.keys || returns.check { yielded } else { link.conn.changes() };
        if written == 0 {
            deny_collision(link, job, collision, progress)?;
        }
        progress.outcome.affected += written;
    }
    Ok(())
}

/// Runs a statement that changes or removes rows.
fn mutate(
    link: &Link,
    compiled: &Compiled,
    (sql, params, returns): (&Sql, &[Slotted], Returns),
    row: &[Value],
    progress: &mut Progress,
) -> Result<(), Stop> {
    let mut statement = link.conn.prepare_cached(&sql.text)?;
    bind(&mut statement, params, row, &progress.touched)?;
    let mut fresh = Touched::default();
    let mut yielded = 0;
    let mut rows = statement.raw_query();
    while let Some(written) = rows.next()? {
        yielded += 1;
        if let Some(key) = checked_key(written, returns, compiled)? {
            fresh.push(key);
        }
    }
    drop(rows);
    progress.outcome.affected = if returns.keys || returns.check { yielded } else { link.conn.changes() };
    if returns.keys {
        progress.touched.replace(fresh.keys, fresh.count);
    }
    Ok(())
}

/// The key that a mutating statement yields, after the check rule's outcome was looked at.
fn checked_key<'a>(
    row: &'a rusqlite::Row<'_>,
    returns: Returns,
    compiled: &Compiled,
) -> Result<Option<&'a [u8]>, Stop> {
    let check_at = usize::from(returns.keys);
    if returns.check && !matches!(row.get_ref(check_at)?, ValueRef::Integer(1)) {
        return Err(row_denied(compiled));
    }
    if !returns.keys {
        return Ok(None);
    }
    match row.get_ref(0)? {
        ValueRef::Text(key) => Ok(Some(key)),
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Blob(_) => {
            Err(internal("a write yielded a key that is not a JSON array"))
        }
    }
}

/// The text in the first column of the only row.
fn single_text(
    link: &Link,
    sql: &Sql,
    params: &[Slotted],
    row: &[Value],
    touched: &Touched,
) -> Result<Option<String>, Stop> {
    let mut statement = link.conn.prepare_cached(&sql.text)?;
    bind(&mut statement, params, row, touched)?;
    let text = statement.raw_query().next()?.map_or(Ok(None), |row| row.get(0))?;
    Ok(text)
}

fn count_elements(array: &str) -> Result<u64, Stop> {
    serde_json::from_str::<Vec<&serde_json::value::RawValue>>(array)
        .map(|elements| u64::try_from(elements.len()).unwrap_or(u64::MAX))
        .map_err(|_| internal("the touched keys are not a JSON array"))
}

fn row_denied(compiled: &Compiled) -> Stop {
    if let Some(name) = compiled.operation() {
        return Failure::from(Refusal::OperationDenied { name: name.to_owned() }).into();
    }
    Failure::from(Refusal::RowDenied { relation: compiled.relation().to_owned() }).into()
}

/// Whether somebody holds the protected role now.
fn holds(link: &Link, sql: &Sql, params: &[Slotted], touched: &Touched) -> Result<bool, Stop> {
    let mut statement = link.conn.prepare_cached(&sql.text)?;
    bind(&mut statement, params, &[], touched)?;
    let found = statement.raw_query().next()?.is_some();
    Ok(found)
}

fn last_of_role(compiled: &Compiled) -> Stop {
    let role = compiled.loaded.prepared.protected_role().unwrap_or_default().to_owned();
    Failure::from(Refusal::LastOfRole { role }).into()
}

fn account_id(compiled: &Compiled) -> Stop {
    let model = compiled.model().and_then(|id| compiled.schema().models.get(usize::from(id.0)));
    let key = model.and_then(|model| model.key.first().and_then(|id| model.fields.get(usize::from(id.0))));
    let column = key.map(|field| field.name.clone()).unwrap_or_default();
    Failure::from(Refusal::AccountId { column }).into()
}

/// A row that a check of its model forbids.
fn check_failed(compiled: &Compiled, check: u16) -> Stop {
    let model = compiled.model().and_then(|id| compiled.schema().models.get(usize::from(id.0)));
    let Some(check) = model.and_then(|model| model.checks.get(usize::from(check))) else {
        return internal("a check that the model does not have");
    };
    let otherwise = || format!("The new row fails the check \"{}\".", check.name);
    Failure::from(Refusal::CheckFailed {
        relation: compiled.relation().to_owned(),
        constraint: check.name.clone(),
        details: check.message.clone().unwrap_or_else(otherwise),
    })
    .into()
}

fn internal(reason: &str) -> Stop {
    Failure::Internal { reason: reason.to_owned() }.into()
}

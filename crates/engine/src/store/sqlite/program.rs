//! Runs the steps of one write on the writer's connection. Savepoints are the caller's: an `Err` means "roll back to yours".

use super::Settings;
use super::connection::Link;
use super::fault;
use super::read::{self, Reading, Stop, bind};
use crate::Failure;
use crate::accounts::Concerned;
use crate::compiled::Compiled;
use crate::store::verdict::{self, Merged, Touched};
use crate::store::{Job, Outcome, Slotted};
use backstay_compile::statement::{Returns, Sql, Step};
use backstay_plan::authorized::Plan;
use backstay_plan::value::Value;
use rusqlite::types::ValueRef;

/// A write in progress: what has been touched, and which row of the request was being written when it stopped.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// Rows touched so far.
    pub(crate) touched: Touched,
    /// Position of the request's row that is being written.
    pub(crate) row: usize,
    /// Positions of the request's rows that were not written, because another row has what they have.
    pub(crate) left_out: Vec<usize>,
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
    verdict::guard(job.guards, represents, &outcome)?;
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
    if statement.raw_query().next()?.is_some() { Err(verdict::row_denied(&job.compiled).into()) } else { Ok(()) }
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
                |text| verdict::count_elements(&text).map(|count| (text.into_bytes(), count)),
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
        Step::Insert { sql, returns, .. } => insert(link, job, (sql, params, *returns), collision, progress)?,
        Step::Mutate { sql, returns } => mutate(link, compiled, (sql, params, *returns), first_row, progress)?,
        Step::Verify { sql, failure } => {
            let mut statement = link.conn.prepare_cached(&sql.text)?;
            let no_row: &[Vec<Value>] = &[Vec::new()];
            for row in if sql.runs_per_row() { &job.bound.rows } else { no_row } {
                bind(&mut statement, params, row, &progress.touched)?;
                if statement.raw_query().next()?.is_some() {
                    return Err(verdict::verified(compiled, *failure).into());
                }
            }
        }
        Step::Validate { sql, field } => {
            let mut statement = link.conn.prepare_cached(&sql.text)?;
            bind(&mut statement, params, first_row, &progress.touched)?;
            let mut rows = statement.raw_query();
            while let Some(row) = rows.next()? {
                if let ValueRef::Text(json) = row.get_ref(0)? {
                    verdict::validated(compiled, *field, json)?;
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
    let mut merged = Merged::of(&job.compiled, &job.bound.rows);
    for (position, row) in job.bound.rows.iter().enumerate() {
        progress.row = position;
        Merged::begin(merged.as_ref(), position)?;
        bind(&mut statement, params, row, &progress.touched)?;
        let mut rows = statement.raw_query();
        let mut yielded = 0;
        while let Some(written) = rows.next()? {
            yielded += 1;
            if let Some(key) = checked_key(written, returns, &job.compiled)? {
                Merged::written(merged.as_mut(), key)?;
                progress.touched.push(key);
            }
        }
        drop(rows);
        let written = if returns.keys || returns.check { yielded } else { link.conn.changes() };
        if written == 0 {
            progress.left_out.push(position);
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
        progress.touched = fresh;
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
        return Err(verdict::row_denied(compiled).into());
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

/// Whether somebody holds the protected role now.
fn holds(link: &Link, sql: &Sql, params: &[Slotted], touched: &Touched) -> Result<bool, Stop> {
    let mut statement = link.conn.prepare_cached(&sql.text)?;
    bind(&mut statement, params, &[], touched)?;
    let found = statement.raw_query().next()?.is_some();
    Ok(found)
}

fn internal(reason: &str) -> Stop {
    Failure::Internal { reason: reason.to_owned() }.into()
}

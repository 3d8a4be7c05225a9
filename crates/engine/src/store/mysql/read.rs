//! Runs one read and hands its JSON on: the server writes it, nobody here reads it.

use super::Settings;
use super::fault::CUT;
use super::link::{Asked, Link};
use super::value::Cell;
use crate::Failure;
use crate::compiled::Compiled;
use crate::store::verdict::Touched;
use crate::store::{Outcome, Slotted};
use backstay_compile::Statement;
use backstay_compile::statement::{ReadStatement, RowShape};
use backstay_plan::Refusal;
use backstay_plan::value::Value;

/// Why a statement stopped before its end.
#[derive(Debug)]
pub(super) enum Stop {
    /// The driver's error, not yet explained.
    Driver(mysql_async::Error),
    /// A condition that is known already.
    Refused(Box<Failure>),
}

impl From<mysql_async::Error> for Stop {
    fn from(error: mysql_async::Error) -> Self {
        Self::Driver(error)
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Refused(Box::new(failure))
    }
}

/// A read and its values.
pub(super) struct Reading<'a> {
    /// The statement.
    pub(super) read: &'a ReadStatement,
    /// Its parameters.
    pub(super) params: &'a [Slotted],
    /// The row being written.
    pub(super) row: &'a [Value],
    /// The rows touched so far.
    pub(super) touched: &'a Touched,
}

/// Runs a read; a read of its own touches no rows.
///
/// # Errors
/// The driver's, or a bound on answers.
pub(super) async fn run(
    link: &mut Link,
    compiled: &Compiled,
    params: &[Slotted],
    settings: &Settings,
) -> Result<Outcome, Stop> {
    let Statement::Read(read) = &compiled.statement else {
        return Err(Failure::Internal { reason: "a write is no read".to_owned() }.into());
    };
    let mut outcome = Outcome::default();
    let reading = Reading { read, params, row: &[], touched: &Touched::default() };
    answer(link, compiled, reading, settings, &mut outcome).await?;
    Ok(outcome)
}

/// Runs a read and puts its answer into `outcome`.
///
/// # Errors
/// The driver's, or a bound on answers.
pub(super) async fn answer(
    link: &mut Link,
    compiled: &Compiled,
    reading: Reading<'_>,
    settings: &Settings,
    outcome: &mut Outcome,
) -> Result<(), Stop> {
    let Reading { read, params, row, touched } = reading;
    let mut rows = link.query(Asked { sql: &read.sql, params, row, touched }).await?;
    if read.total {
        let first = rows.next().await?;
        outcome.total = Some(first.map_or(0, |row| Cell::of(&row, 0).number()));
    }
    let mut body = compiled.buffer();
    let array = !matches!(read.shape, RowShape::Value);
    if array {
        body.push(b'[');
    }
    while let Some(row) = rows.next().await? {
        if outcome.rows > 0 {
            body.push(b',');
        }
        outcome.rows += 1;
        Cell::of(&row, 0).write(&mut body);
        if body.len() > settings.answer_bytes_max {
            return Err(too_long(settings.answer_bytes_max).into());
        }
    }
    let warned = rows.warnings() > 0;
    rows.drop_result().await?;
    if warned && was_cut(link).await? {
        return Err(too_long(settings.answer_bytes_max).into());
    }
    if array {
        body.push(b']');
    } else if body.is_empty() {
        body.extend_from_slice(b"null");
    }
    compiled.note_size(body.len());
    outcome.body = body;
    Ok(())
}

/// Whether the server left something out of what it has just answered: of that it only warns.
async fn was_cut(link: &mut Link) -> Result<bool, Stop> {
    let warnings = link.ask("SHOW WARNINGS", Vec::new()).await?;
    Ok(warnings.iter().any(|row| CUT.contains(&Cell::of(row, 1).number())))
}

fn too_long(bytes_max: usize) -> Failure {
    let max = u64::try_from(bytes_max).unwrap_or(u64::MAX);
    Refusal::LimitExceeded { what: "bytes of one answer", max }.into()
}

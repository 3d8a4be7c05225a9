//! Runs one read and hands its JSON on. What the server writes as JSON, nobody here reads.

use super::Settings;
use super::link::{Asked, Link};
use super::value::Cell;
use crate::Failure;
use crate::compiled::Compiled;
use crate::store::verdict::Touched;
use crate::store::{Outcome, Slotted};
use backstay_compile::Statement;
use backstay_compile::statement::{Encode, FlatColumn, ReadStatement, RowShape};
use backstay_plan::Refusal;
use backstay_plan::value::Value;
use futures_util::TryStreamExt as _;
use std::pin::pin;
use tokio_postgres::Row;

/// Why a statement stopped before its end.
#[derive(Debug)]
pub(super) enum Stop {
    /// The driver's error, not yet explained.
    Driver(tokio_postgres::Error),
    /// A condition that is known already.
    Refused(Box<Failure>),
}

impl From<tokio_postgres::Error> for Stop {
    fn from(error: tokio_postgres::Error) -> Self {
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
    /// Which step of its plan it is.
    pub(super) step: u16,
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
    link: &Link,
    compiled: &Compiled,
    params: &[Slotted],
    settings: &Settings,
) -> Result<Outcome, Stop> {
    let Statement::Read(read) = &compiled.statement else {
        return Err(Failure::Internal { reason: "a write is no read".to_owned() }.into());
    };
    let mut outcome = Outcome::default();
    let reading = Reading { step: 0, read, params, row: &[], touched: &Touched::default() };
    answer(link, compiled, reading, settings, &mut outcome).await?;
    Ok(outcome)
}

/// Runs a read and puts its answer into `outcome`.
///
/// # Errors
/// The driver's, or a bound on answers.
pub(super) async fn answer(
    link: &Link,
    compiled: &Compiled,
    reading: Reading<'_>,
    settings: &Settings,
    outcome: &mut Outcome,
) -> Result<(), Stop> {
    let Reading { step, read, params, row, touched } = reading;
    let asked = Asked { name: (compiled.id, step), sql: &read.sql, params, row, touched };
    let mut rows = pin!(link.query(asked).await?);
    if read.total {
        let first = rows.try_next().await?;
        outcome.total = Some(first.map(|row| cell(&row, 0).map(Cell::number)).transpose()?.unwrap_or(0));
    }
    let mut body = compiled.buffer();
    let array = !matches!(read.shape, RowShape::Value);
    if array {
        body.push(b'[');
    }
    while let Some(row) = rows.try_next().await? {
        if outcome.rows > 0 {
            body.push(b',');
        }
        outcome.rows += 1;
        write_row(&mut body, &row, &read.shape, &compiled.flat_keys)?;
        if body.len() > settings.answer_bytes_max {
            let max = u64::try_from(settings.answer_bytes_max).unwrap_or(u64::MAX);
            return Err(Failure::from(Refusal::LimitExceeded { what: "bytes of one answer", max }).into());
        }
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

/// Appends the JSON of a row.
///
/// # Errors
/// The row has fewer columns than its shape.
pub(super) fn write_row(
    body: &mut Vec<u8>,
    row: &Row,
    shape: &RowShape,
    keys: &[Box<[u8]>],
) -> Result<(), tokio_postgres::Error> {
    match shape {
        RowShape::Json | RowShape::Value => cell(row, 0)?.write(body, Encode::Raw),
        RowShape::Flat(columns) => {
            for (position, (FlatColumn { encode, .. }, key)) in columns.iter().zip(keys).enumerate() {
                body.extend_from_slice(key);
                cell(row, position)?.write(body, *encode);
            }
            body.push(b'}');
        }
    }
    Ok(())
}

/// A cell of a row.
///
/// # Errors
/// There is no such column.
pub(super) fn cell(row: &Row, position: usize) -> Result<Cell<'_>, tokio_postgres::Error> {
    row.try_get(position)
}

//! Runs one read on one connection and writes its rows as JSON while they arrive.

use super::Settings;
use super::connection::Link;
use super::json::write_value;
use crate::Failure;
use crate::compiled::Compiled;
use crate::store::verdict::Touched;
use crate::store::{Outcome, Slotted};
use backstay_compile::statement::{FlatColumn, ReadStatement, RowShape};
use backstay_plan::Refusal;
use backstay_plan::value::Value;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Row, Statement};
use std::ops::ControlFlow;

/// Why a statement stopped before its end.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The driver's error, not yet explained.
    Driver(rusqlite::Error),
    /// A condition that is known already.
    Refused(Box<Failure>),
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        Self::Driver(error)
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Refused(Box::new(failure))
    }
}

/// A value as the driver binds it, without a copy.
pub(crate) fn to_sql(value: &Value) -> ToSqlOutput<'_> {
    ToSqlOutput::Borrowed(match value {
        Value::Null => ValueRef::Null,
        Value::Bool(truth) => ValueRef::Integer(i64::from(*truth)),
        Value::Int(number) => ValueRef::Integer(*number),
        Value::Float(number) => ValueRef::Real(*number),
        Value::Text(text) => ValueRef::Text(text.as_bytes()),
        Value::Blob(bytes) => ValueRef::Blob(bytes),
    })
}

/// Binds every parameter of a statement.
pub(crate) fn bind(
    statement: &mut Statement<'_>,
    params: &[Slotted],
    row: &[Value],
    touched: &Touched,
) -> rusqlite::Result<()> {
    for (position, param) in params.iter().enumerate() {
        let value = match param {
            Slotted::Value(value) => to_sql(value),
            Slotted::Cell(cell) => row.get(usize::from(*cell)).map_or(ToSqlOutput::Borrowed(ValueRef::Null), to_sql),
            Slotted::Keys => ToSqlOutput::Borrowed(ValueRef::Text(touched.keys_json())),
        };
        statement.raw_bind_parameter(position + 1, value)?;
    }
    Ok(())
}

/// Runs a read; a read of its own touches no rows.
pub(crate) fn run(link: &Link, compiled: &Compiled, params: &[Slotted], settings: &Settings) -> Result<Outcome, Stop> {
    let backstay_compile::Statement::Read(read) = &compiled.statement else {
        let reason = "a write reached the readers".to_owned();
        return Err(Failure::Internal { reason }.into());
    };
    let mut outcome = Outcome::default();
    answer(link, compiled, Reading { read, params, row: &[], touched: &Touched::default() }, settings, &mut outcome)?;
    Ok(outcome)
}

/// Runs a read and hands each of its rows on as JSON text, until `each` breaks. Returns how many rows there were.
pub(crate) fn stream(
    link: &Link,
    compiled: &Compiled,
    params: &[Slotted],
    each: &mut dyn FnMut(&[u8]) -> ControlFlow<()>,
) -> Result<u64, Stop> {
    let backstay_compile::Statement::Read(read) = &compiled.statement else { return Ok(0) };
    let mut statement = link.conn.prepare_cached(&read.sql.text)?;
    bind(&mut statement, params, &[], &Touched::default())?;
    let mut rows = statement.raw_query();
    let (mut count, mut text) = (0, Vec::new());
    while let Some(row) = rows.next()? {
        text.clear();
        write_row(&mut text, row, &read.shape, &compiled.flat_keys)?;
        count += 1;
        if each(&text).is_break() {
            break;
        }
    }
    Ok(count)
}

/// A read and its values.
pub(crate) struct Reading<'a> {
    /// The statement.
    pub(crate) read: &'a ReadStatement,
    /// Its parameters.
    pub(crate) params: &'a [Slotted],
    /// The row being written.
    pub(crate) row: &'a [Value],
    /// The rows touched so far.
    pub(crate) touched: &'a Touched,
}

/// Runs a read and puts its answer into `outcome`.
pub(crate) fn answer(
    link: &Link,
    compiled: &Compiled,
    reading: Reading<'_>,
    settings: &Settings,
    outcome: &mut Outcome,
) -> Result<(), Stop> {
    let Reading { read, params, row, touched } = reading;
    let mut statement = link.conn.prepare_cached(&read.sql.text)?;
    bind(&mut statement, params, row, touched)?;
    let mut rows = statement.raw_query();
    if read.total {
        let total: i64 = match rows.next()? {
            Some(first) => first.get(0)?,
            None => 0,
        };
        outcome.total = Some(u64::try_from(total).unwrap_or(0));
    }
    let mut body = compiled.buffer();
    let array = !matches!(read.shape, RowShape::Value);
    if array {
        body.push(b'[');
    }
    while let Some(row) = rows.next()? {
        if outcome.rows > 0 {
            body.push(b',');
        }
        outcome.rows += 1;
        write_row(&mut body, row, &read.shape, &compiled.flat_keys)?;
        if body.len() > settings.answer_bytes_max {
            let max = u64::try_from(settings.answer_bytes_max).unwrap_or(u64::MAX);
            let refusal = Refusal::LimitExceeded { what: "bytes of one answer", max };
            return Err(Failure::from(refusal).into());
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

fn write_row(body: &mut Vec<u8>, row: &Row<'_>, shape: &RowShape, keys: &[Box<[u8]>]) -> rusqlite::Result<()> {
    match shape {
        RowShape::Json | RowShape::Value => match row.get_ref(0)? {
            ValueRef::Text(json) => body.extend_from_slice(json),
            ValueRef::Null => body.extend_from_slice(b"null"),
            other @ (ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Blob(_)) => {
                write_value(body, other, backstay_compile::statement::Encode::Plain);
            }
        },

        RowShape::Flat(columns) => {
            for (position, (FlatColumn { encode, .. }, key)) in columns.iter().zip(keys).enumerate() {
                body.extend_from_slice(key);
                write_value(body, row.get_ref(position)?, *encode);
            }
            body.push(b'}');
        }
    }
    Ok(())
}

//! The body of a write becomes columns and rows. In: bytes and their format. Out: names, and a cell for each name in each row.

mod csv;
mod form;
pub(super) mod json;

use super::headers::BodyFormat;
use crate::fault::{Fault, code};
use backstay_plan::Refusal;
use backstay_plan::limits::Limits;
use backstay_plan::request::Cell;

/// Columns and rows of a write.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Payload {
    /// Column names, each once.
    pub(super) columns: Vec<String>,
    /// One cell for each column in each row.
    pub(super) rows: Vec<Vec<Cell>>,
}

/// Why a body cannot be written.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum BodyError {
    /// It cannot be read (PGRST102).
    Invalid(&'static str),
    /// It is larger or deeper than allowed.
    Refused(Refusal),
}

impl BodyError {
    /// As a client sees it.
    pub(super) fn fault(&self, caller: crate::fault::Caller) -> Fault {
        match self {
            Self::Invalid(message) => Fault::new(code::BODY, *message),
            Self::Refused(refusal) => Fault::of_refusal(refusal, caller),
        }
    }
}

/// No JSON, or JSON that breaks off.
pub(super) const NOT_JSON: BodyError = BodyError::Invalid("Empty or invalid json");
/// Objects of one array that differ in their keys, or elements that are no objects.
const DIFFERENT_KEYS: BodyError = BodyError::Invalid("All object keys must match");
/// Lines of CSV that differ in length.
const RAGGED: BodyError = BodyError::Invalid("All lines must have same number of fields");
const NOT_TEXT: BodyError = BodyError::Invalid("The body is not UTF-8");

/// Reads the rows of a write. With `columns` other members do not count, and absent ones are [`Cell::Absent`].
pub(super) fn rows(
    body: &[u8],
    format: BodyFormat,
    columns: Option<&[String]>,
    limits: &Limits,
) -> Result<Payload, BodyError> {
    match format {
        BodyFormat::Json => json::rows(body, columns, limits),
        BodyFormat::Csv => csv::rows(body, columns, limits),
        BodyFormat::Form => form::rows(body, columns, limits),
    }
}

/// Reads the named arguments of an operation: each name with its cell.
pub(super) fn arguments(body: &[u8], format: BodyFormat, limits: &Limits) -> Result<Vec<(String, Cell)>, BodyError> {
    if body.is_empty() {
        return Ok(Vec::new());
    }
    let mut payload = rows(body, format, None, limits)?;
    if payload.rows.len() > 1 {
        return Err(DIFFERENT_KEYS);
    }
    let cells = payload.rows.pop().unwrap_or_default();
    Ok(payload.columns.into_iter().zip(cells).collect())
}

fn check_column_count(count: usize, limits: &Limits) -> Result<(), BodyError> {
    let max = limits.items_max;
    if count <= usize::from(max) {
        Ok(())
    } else {
        Err(BodyError::Refused(Refusal::LimitExceeded { what: "columns", max: max.into() }))
    }
}

fn check_row_count(count: usize, limits: &Limits) -> Result<(), BodyError> {
    let max = u64::from(limits.write_rows_max);
    if u64::try_from(count).is_ok_and(|count| count <= max) {
        Ok(())
    } else {
        Err(BodyError::Refused(Refusal::LimitExceeded { what: "rows", max }))
    }
}

/// Where each position of a row goes: into which of the columns, or nowhere.
struct Targets {
    columns: Vec<String>,
    positions: Vec<Option<usize>>,
}

impl Targets {
    /// Sends the positions named `names` to `columns`, or to themselves where none are given. Of equal names the last counts.
    fn new(names: Vec<String>, columns: Option<&[String]>) -> Self {
        let last = |name: &String, at: usize| names.iter().skip(at.saturating_add(1)).all(|later| later != name);
        let columns = match columns {
            Some(columns) => columns.to_vec(),
            None => {
                names.iter().enumerate().filter(|(at, name)| last(name, *at)).map(|(_, name)| name.clone()).collect()
            }
        };
        let positions = names
            .iter()
            .enumerate()
            .map(|(at, name)| columns.iter().position(|column| column == name).filter(|_| last(name, at)))
            .collect();
        Self { columns, positions }
    }

    /// A row with every cell in its place.
    fn row(&self, cells: impl Iterator<Item = Cell>) -> Vec<Cell> {
        let mut row = vec![Cell::Absent; self.columns.len()];
        for (cell, position) in cells.zip(&self.positions) {
            if let Some(place) = position.and_then(|position| row.get_mut(position)) {
                *place = cell;
            }
        }
        row
    }
}

#[cfg(test)]
mod tests;

//! A CSV body: the first line names the columns; an empty field is the empty text, `NULL` is null.

use super::{BodyError, NOT_TEXT, Payload, RAGGED, Targets, check_column_count, check_row_count};
use backstay_plan::limits::Limits;
use backstay_plan::request::Cell;
use csv::{ErrorKind, ReaderBuilder, StringRecord};

pub(super) fn rows(body: &[u8], columns: Option<&[String]>, limits: &Limits) -> Result<Payload, BodyError> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    // The reader would take a quote that is never closed as closed by the end.
    if body.iter().filter(|byte| **byte == b'"').count() % 2 != 0 {
        return Err(BodyError::Invalid("Empty or invalid csv"));
    }
    let mut reader = ReaderBuilder::new().has_headers(false).from_reader(body);
    let mut line = StringRecord::new();
    if !reader.read_record(&mut line).map_err(|error| refused(&error))? {
        return Err(BodyError::Invalid("Empty or invalid csv"));
    }
    let names: Vec<String> = line.iter().map(str::to_owned).collect();
    check_column_count(names.len(), limits)?;
    let targets = Targets::new(names, columns);
    let mut rows = Vec::new();
    while reader.read_record(&mut line).map_err(|error| refused(&error))? {
        check_row_count(rows.len().saturating_add(1), limits)?;
        rows.push(targets.row(line.iter().map(cell)));
    }
    Ok(Payload { columns: targets.columns, rows })
}

fn cell(text: &str) -> Cell {
    if text == "NULL" { Cell::Null } else { Cell::Text(text.into()) }
}

fn refused(error: &csv::Error) -> BodyError {
    if matches!(error.kind(), ErrorKind::UnequalLengths { .. }) { RAGGED } else { NOT_TEXT }
}

//! A form body: one row, every value untyped text.

use super::super::parse::pairs::pairs;
use super::{BodyError, NOT_TEXT, Payload, Targets, check_column_count};
use backstay_plan::limits::Limits;
use backstay_plan::request::Cell;

pub(super) fn rows(body: &[u8], columns: Option<&[String]>, limits: &Limits) -> Result<Payload, BodyError> {
    let text = std::str::from_utf8(body).map_err(|_| NOT_TEXT)?;
    let (mut names, mut cells) = (Vec::new(), Vec::new());
    for pair in pairs(text.trim_end()) {
        let (name, value) = pair.map_err(|_| NOT_TEXT)?;
        names.push(name.into_owned());
        cells.push(Cell::Text(value.into()));
    }
    check_column_count(names.len(), limits)?;
    let targets = Targets::new(names, columns);
    let rows = vec![targets.row(cells.into_iter())];
    Ok(Payload { columns: targets.columns, rows })
}

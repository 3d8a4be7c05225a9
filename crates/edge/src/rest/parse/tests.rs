//! The grammar, row by row: what a query string is read as, and where a bad one breaks off.

mod broken;
mod filter;
mod hostile;
mod order;
mod print;
mod select;

use super::{Keys, ParseError, Query, query};
use backstay_plan::limits::Limits;
use print::print;

fn read(text: &str) -> Result<Query, ParseError> {
    query(text, &Keys::Filters, 0, &Limits::default())
}

/// What a query string is read as.
#[track_caller]
fn check(text: &str, expected: &str) {
    match read(text) {
        Ok(query) => assert_eq!(print(&query), expected, "{text}"),
        Err(error) => panic!("{text}: {error:?}"),
    }
}

/// Which part a query string breaks off in, and at which column.
#[track_caller]
fn check_broken(text: &str, part: &str, column: usize) {
    match read(text) {
        Err(ParseError::Syntax { message, details }) => {
            assert!(message.starts_with(&format!("\"failed to parse {part} (")), "{text}: {message}");
            assert!(message.ends_with(&format!(")\" (line 1, column {column})")), "{text}: {message} {details}");
            assert!(details.starts_with("unexpected ") && details.contains(" expecting "), "{text}: {details}");
        }
        other => panic!("{text}: {other:?}"),
    }
}

//! Rows of one request of a transaction that refer to rows of an earlier one. In: places in the later request, and
//! positions in the earlier. Unlike a reference in a value, a link to a new row does not depend on what the caller may read.

use crate::fault::Failure;
use crate::store::{Bound, Outcome, Slotted};
use backstay_plan::Request;
use backstay_plan::request::{Cell, Input};
use backstay_plan::value::Value;
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// One request of a transaction, and what it takes from earlier ones.
#[derive(Debug, Clone)]
pub struct Linked {
    /// The request. What it takes stands as [`Cell::Absent`] in its rows.
    pub request: Request,
    /// Cells that come from earlier rows.
    pub links: Vec<Link>,
    /// The request whose rows [`backstay_plan::request::Action::Written`] reads.
    pub written_by: Option<Rows>,
}

/// The rows of an earlier request, which must say that they are referred to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rows {
    /// Position of the request, from 0.
    pub step: usize,
    /// How many rows it brings.
    pub count: usize,
}

/// A cell that an earlier row has, in its key or in a column that its request says is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// The row of this request.
    pub row: usize,
    /// Position among its columns.
    pub column: usize,
    /// The rows that it refers to.
    pub rows: Rows,
    /// Which of them.
    pub at: usize,
    /// Position in the key; behind it come the columns taken that are not of the key.
    pub part: usize,
}

/// Puts in what earlier rows have.
pub(super) fn put(inputs: &mut [Input], links: &[Link], done: &[Outcome]) -> Result<(), Failure> {
    let mut known: HashMap<Rows, Vec<Vec<&RawValue>>> = HashMap::new();
    for link in links {
        let keys = match known.entry(link.rows) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(keys(link.rows, done)?),
        };
        let part = keys.get(link.at).and_then(|key| key.get(link.part));
        let part = part.ok_or_else(missing)?.get();
        if part == "null" {
            return Err(failed("A row that it leads to has no value to refer to."));
        }
        for input in inputs.iter_mut() {
            let Input::Rows(rows) = input else { continue };
            if let Some(cell) = rows.get_mut(link.row).and_then(|cells| cells.get_mut(link.column)) {
                *cell = Cell::Json(part.into());
            }
        }
    }
    Ok(())
}

/// The keys of earlier rows and what is taken with them. Where a row was left out because it collides, nobody knows which key belongs to which row.
fn keys(rows: Rows, done: &[Outcome]) -> Result<Vec<Vec<&RawValue>>, Failure> {
    let text = done.get(rows.step).map_or(&[][..], |outcome| &outcome.keys);
    let keys: Vec<Vec<&RawValue>> = serde_json::from_slice(text).unwrap_or_default();
    if keys.len() == rows.count { Ok(keys) } else { Err(missing()) }
}

fn missing() -> Failure {
    failed("A row that it leads to was not inserted, because it collides with one that is there.")
}

fn failed(problem: &'static str) -> Failure {
    Failure::Reference { reference: "nested insert".to_owned(), problem }
}

/// Puts the keys that an earlier request touched in place of those that a statement asks for.
pub(super) fn keyed(bound: &mut Bound, rows: Rows, done: &[Outcome]) {
    let keys = done.get(rows.step).map_or(&[][..], |outcome| &outcome.keys);
    let text = String::from_utf8_lossy(if keys.is_empty() { b"[]" } else { keys }).into_owned();
    for slotted in bound.texts.iter_mut().flatten() {
        if *slotted == Slotted::Keys {
            *slotted = Slotted::Value(Value::Text(text.clone()));
        }
    }
}

impl From<Request> for Linked {
    fn from(request: Request) -> Self {
        Self { request, links: Vec::new(), written_by: None }
    }
}

//! Compares the database of a backup with its manifest: structure, references, rows, migrations. In: a folder with the files.

use super::manifest::Manifest;
use super::take::facts;
use super::{DATABASE, take};
use crate::problem::Problem;
use backstay_engine::look::{Depth, Look};
use std::path::Path;

/// Verifies the database of a backup; its file is not written.
///
/// # Errors
/// The first difference.
pub(crate) fn verify(folder: &Path, manifest: &Manifest) -> Result<(), Problem> {
    let look = Look::at_rest(&folder.join(DATABASE)).map_err(|error| take::look_problem(&error))?;
    let damaged = |what: String| {
        Problem::new(format!("the database of the backup {what}")).help("this backup cannot be used: take another one")
    };
    let damages = look.damages(Depth::Full).map_err(|error| take::look_problem(&error))?;
    if let Some(first) = damages.first() {
        return Err(damaged(format!("is damaged: {first}")));
    }
    let found = facts(&look)?;
    if found.last_migration != manifest.last_migration {
        return Err(damaged("is of another migration than its manifest says".to_owned()));
    }
    if found.dangling_references != manifest.dangling_references {
        return Err(damaged(format!("has {} references to rows that are not there", found.dangling_references)));
    }
    let tables = manifest.rows.keys().chain(found.rows.keys());
    let differs = tables.into_iter().find(|table| manifest.rows.get(*table) != found.rows.get(*table));
    match differs {
        None => Ok(()),
        Some(table) => {
            let count = |rows: Option<&u64>| rows.map_or("no such table".to_owned(), |rows| format!("{rows} rows"));
            let (wanted, there) = (count(manifest.rows.get(table)), count(found.rows.get(table)));
            Err(damaged(format!("has {there} in `{table}`, and its manifest says {wanted}")))
        }
    }
}

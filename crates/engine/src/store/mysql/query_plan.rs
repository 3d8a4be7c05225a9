//! How the server runs a statement, in its own words. Nothing of the statement is run.

use super::link::{Asked, Link};
use super::read::Stop;
use super::value::Cell;
use crate::store::Slotted;
use crate::store::verdict::Touched;
use backstay_compile::statement::Sql;
use mysql_async::Row;

/// The lines of each plan: one for each table that is looked at, in the order of the looks.
///
/// # Errors
/// The driver's.
pub(super) async fn of(link: &mut Link, asked: &[(&Sql, &[Slotted])]) -> Result<Vec<Vec<String>>, Stop> {
    let mut plans = Vec::with_capacity(asked.len());
    for (sql, params) in asked {
        let text = ["EXPLAIN /*M! PARTITIONS */ ", &sql.text].concat();
        let explained = Sql { text, params: sql.params.clone(), limits: Vec::new() };
        let known: Vec<Slotted> =
            (0..sql.params.len()).map(|at| params.get(at).cloned().unwrap_or(Slotted::Cell(0))).collect();
        let touched = Touched::default();
        let (rows, _) = link.all(Asked { sql: &explained, params: &known, row: &[], touched: &touched }).await?;
        plans.push(rows.iter().map(line).collect());
    }
    Ok(plans)
}

/// `SUBQUERY books in part2: ref by books_author_idx, 3 rows; Using where`.
pub(super) fn line(row: &Row) -> String {
    let named = |name: &str| {
        let at = row.columns_ref().iter().position(|column| column.name_str().eq_ignore_ascii_case(name));
        at.map(|at| Cell::of(row, at).text()).unwrap_or_default()
    };
    let (kind, table) = (named("select_type"), named("table"));
    let mut line = if table.is_empty() { kind } else { [&kind, " ", &table].concat() };
    for (before, what, after) in [
        (" in ", "partitions", ""),
        (": ", "type", ""),
        (" by ", "key", ""),
        (", ", "rows", " rows"),
        ("; ", "Extra", ""),
    ] {
        let found = named(what);
        if !found.is_empty() {
            line.push_str(&[before, &found, after].concat());
        }
    }
    line
}

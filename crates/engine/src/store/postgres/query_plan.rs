//! How PostgreSQL runs a statement, in its own words. Nothing of the statement is run.

use super::link::{Asked, Link};
use super::read::cell;
use super::value::Cell;
use crate::store::Slotted;
use crate::store::verdict::Touched;
use backstay_compile::statement::Sql;
use futures_util::TryStreamExt as _;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio_postgres::Error;

/// Names of statements that are explained, apart from those of plans.
static NEXT: AtomicU64 = AtomicU64::new(1 << 63);

/// The lines of each plan, indented by level.
///
/// # Errors
/// The driver's.
pub(super) async fn of(link: &Link, asked: &[(&Sql, &[Slotted])]) -> Result<Vec<Vec<String>>, Error> {
    let mut plans = Vec::with_capacity(asked.len());
    for (sql, params) in asked {
        let explained = Sql { text: ["EXPLAIN ", &sql.text].concat(), params: sql.params.clone(), limits: Vec::new() };
        let known: Vec<Slotted> =
            (0..sql.params.len()).map(|at| params.get(at).cloned().unwrap_or(Slotted::Cell(0))).collect();
        let name = (NEXT.fetch_add(1, Ordering::Relaxed), 0);
        let touched = Touched::default();
        let asked = Asked { name, sql: &explained, params: &known, row: &[], touched: &touched };
        let mut rows = pin!(link.query(asked).await?);
        let mut lines = Vec::new();
        while let Some(row) = rows.try_next().await? {
            if let Cell::Text(line) = cell(&row, 0)? {
                lines.push(String::from_utf8_lossy(line).into_owned());
            }
        }
        plans.push(lines);
    }
    Ok(plans)
}

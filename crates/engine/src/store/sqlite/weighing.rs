//! Tries indexes on a copy of the whole file, which nobody else has.

use super::connection::{Access, Durability, Link};
use crate::advise::{Cost, NO_ROWS, Probe, Trial, Weighed};
use crate::store::text::Text;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use std::path::Path;
use std::time::{Duration, Instant};

/// Longest that one statement of a trial runs.
const STATEMENT_MAX: Duration = Duration::from_secs(30);
/// Runs of which the quickest counts.
const RUNS: usize = 3;

/// Tries each index by itself.
///
/// # Errors
/// The copy cannot be opened.
pub(crate) fn run(copy: &Path, trials: &[Trial]) -> rusqlite::Result<Vec<Result<Weighed, String>>> {
    // The copy is thrown away, so that nothing of it needs to be on the disk.
    let link = Link::open(copy, Access::ReadWrite, Durability::Normal)?;
    Ok(trials.iter().map(|trial| weighed(weigh(&link, trial))).collect())
}

fn weighed(found: rusqlite::Result<Option<Weighed>>) -> Result<Weighed, String> {
    found.map_err(|error| error.to_string())?.ok_or_else(|| NO_ROWS.to_owned())
}

fn weigh(link: &Link, trial: &Trial) -> rusqlite::Result<Option<Weighed>> {
    let place = |text: Text, _: usize| text.syntax("?");
    let probe = Probe { trial, table: &trial.table, ident: Text::ident, place };
    let hurry = || link.deadline.set(Instant::now() + STATEMENT_MAX);
    hurry();
    let count = Text::default().syntax("SELECT count(*) FROM ").ident(&trial.table);
    let rows: i64 = link.conn.query_row(count.as_str(), [], |row| row.get(0))?;
    let values = match probe.samples("", "random()") {
        None => vec![Vec::new()],
        Some(text) => samples(&link.conn, text.as_str())?,
    };
    if values.is_empty() {
        return Ok(None);
    }
    let before = cost(link, &probe, &values)?;
    hurry();
    let started = Instant::now();
    link.conn.execute_batch(probe.make().as_str())?;
    let making = started.elapsed();
    let after = cost(link, &probe, &values);
    hurry();
    link.conn.execute_batch("DROP INDEX bs_advised_idx")?;
    let rows = u64::try_from(rows).unwrap_or(0);
    Ok(Some(Weighed { rows, whole: true, before, after: after?, making_micros: micros(making) }))
}

fn samples(conn: &Connection, text: &str) -> rusqlite::Result<Vec<Vec<Value>>> {
    let mut statement = conn.prepare(text)?;
    let columns = statement.column_count();
    let rows = statement.query_map([], |row| (0..columns).map(|at| row.get(at)).collect())?;
    rows.collect()
}

fn cost(link: &Link, probe: &Probe<'_>, values: &[Vec<Value>]) -> rusqlite::Result<Cost> {
    let mut explained = link.conn.prepare(probe.page("EXPLAIN QUERY PLAN ").as_str())?;
    let first = values.first().map_or(&[][..], Vec::as_slice);
    let plan = explained.query_map(params_from_iter(first), |row| row.get(3))?.collect::<rusqlite::Result<_>>()?;
    let mut statement = link.conn.prepare(probe.page("").as_str())?;
    let mut sum = Duration::ZERO;
    for values in values {
        let mut quickest = Duration::MAX;
        for _ in 0..RUNS {
            link.deadline.set(Instant::now() + STATEMENT_MAX);
            let started = Instant::now();
            let mut rows = statement.query(params_from_iter(values))?;
            while rows.next()?.is_some() {}
            quickest = quickest.min(started.elapsed());
        }
        sum += quickest;
    }
    let runs = u32::try_from(values.len()).unwrap_or(u32::MAX).max(1);
    Ok(Cost { plan, micros: micros(sum / runs) })
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

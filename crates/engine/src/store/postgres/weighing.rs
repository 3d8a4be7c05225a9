//! Tries indexes on a temporary copy of some rows, within a transaction that is rolled back: of the table itself it only reads.

use super::Postgres;
use super::link::{Link, words};
use crate::Failure;
use crate::advise::{Cost, NO_ROWS, Probe, Trial, Weighed};
use crate::store::text::Text;
use backstay_plan::value::Value;
use std::time::Instant;
use tokio_postgres::{Error, Row};

/// The copy. Temporary tables are found before all others.
const COPY: &str = "bs_advised";
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL statement_timeout = '30s'; \
                     SET LOCAL idle_in_transaction_session_timeout = '60s'; SET LOCAL max_parallel_workers_per_gather = 0";
/// Rows that the server believes a table has, its partitions together.
const ROWS: &str = "SELECT CAST(coalesce(sum(greatest(reltuples, 0)), 0) AS text) FROM pg_class \
                    WHERE oid = CAST(quote_ident($1) AS regclass) \
                    OR oid IN (SELECT relid FROM pg_partition_tree(CAST(quote_ident($1) AS regclass)) WHERE isleaf)";
/// Runs of which the quickest counts.
const RUNS: usize = 3;

impl Postgres {
    /// Tries each index by itself.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub(crate) async fn weigh(&self, trials: &[Trial], rows_max: u32) -> Result<Vec<Result<Weighed, String>>, Failure> {
        let held = self.pool.hold().await?;
        let mut weighed = Vec::with_capacity(trials.len());
        for trial in trials {
            let link = held.link()?;
            let found = weigh(link, trial, rows_max).await;
            link.run_text("ROLLBACK").await.map_err(|error| super::fault::plain(&error, 0))?;
            let found = found.map_err(|error| words(&error));
            weighed.push(found.and_then(|found| found.ok_or_else(|| NO_ROWS.to_owned())));
        }
        held.keep();
        Ok(weighed)
    }
}

async fn weigh(link: &Link, trial: &Trial, rows_max: u32) -> Result<Option<Weighed>, Error> {
    link.run_text(BEGIN).await?;
    let text = Text::default().syntax("CREATE TEMPORARY TABLE bs_advised (LIKE ").ident(&trial.table);
    link.run_text(text.syntax(" INCLUDING INDEXES) ON COMMIT DROP").as_str()).await?;
    let all = link.ask(ROWS, &[&trial.table]).await?;
    let all: f64 = first_text(&all)?.parse().unwrap_or(0.0);
    let whole = all <= f64::from(rows_max);
    // Half as many again, since of each page all rows are taken or none.
    let share = if whole { 100.0 } else { (150.0 * f64::from(rows_max) / all).min(100.0) };
    let columns = || trial.columns.iter();
    let text =
        Text::default().syntax("INSERT INTO bs_advised (").list(columns(), ", ", |text, column| text.ident(column));
    let text = text.syntax(") SELECT ").list(columns(), ", ", |text, column| text.ident(column)).syntax(" FROM ");
    let text = text.ident(&trial.table).syntax(" TABLESAMPLE SYSTEM (CAST($1 AS float4)) LIMIT CAST($2 AS bigint)");
    link.ask(text.as_str(), &[&share.to_string(), &rows_max.to_string()]).await?;
    link.run_text("ANALYZE bs_advised").await?;
    let rows = link.ask("SELECT CAST(count(*) AS text) FROM bs_advised", &[]).await?;
    let rows: u64 = first_text(&rows)?.parse().unwrap_or(0);
    let probe = Probe { trial, table: COPY, ident: Text::ident, place: Text::parameter };
    let values: Vec<Vec<Value>> = match probe.samples("::text", "random()") {
        None => vec![Vec::new()],
        Some(text) => link.ask(text.as_str(), &[]).await?.iter().map(values).collect::<Result<_, _>>()?,
    };
    if values.is_empty() {
        return Ok(None);
    }
    let before = cost(link, &probe, &values).await?;
    let started = Instant::now();
    link.run_text(probe.make().as_str()).await?;
    let making_micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    let after = cost(link, &probe, &values).await?;
    Ok(Some(Weighed { rows, whole: whole && rows < u64::from(rows_max), before, after, making_micros }))
}

fn first_text(rows: &[Row]) -> Result<String, Error> {
    rows.first().map_or(Ok(String::new()), |row| row.try_get(0))
}

fn values(row: &Row) -> Result<Vec<Value>, Error> {
    (0..row.len()).map(|at| row.try_get(at).map(Value::Text)).collect()
}

/// The server's plan, and the time that it says it took.
async fn cost(link: &Link, probe: &Probe<'_>, values: &[Vec<Value>]) -> Result<Cost, Error> {
    let text = probe.page("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY ON) ");
    let (mut plan, mut sum) = (Vec::new(), 0.0);
    for values in values {
        let mut quickest = f64::INFINITY;
        for _ in 0..RUNS {
            let lines = link.ask_with(text.as_str(), values).await?;
            let lines = lines.iter().map(|row| row.try_get(0)).collect::<Result<Vec<String>, Error>>()?;
            quickest = quickest.min(lines.iter().find_map(|line| execution_millis(line)).unwrap_or(0.0));
            if plan.is_empty() {
                plan = lines.into_iter().filter(|line| is_of_plan(line)).collect();
            }
        }
        sum += quickest;
    }
    let millis = sum / f64::from(u32::try_from(values.len()).unwrap_or(u32::MAX).max(1));
    Ok(Cost { plan, micros: whole_micros(millis) })
}

fn execution_millis(line: &str) -> Option<f64> {
    line.trim().strip_prefix("Execution Time: ")?.strip_suffix(" ms")?.parse().ok()
}

/// Whether a line says how, and not how long.
fn is_of_plan(line: &str) -> bool {
    let line = line.trim();
    !["Planning", "Execution Time", "Buffers", "Sort Method", "Rows Removed"]
        .iter()
        .any(|start| line.starts_with(start))
}

fn whole_micros(millis: f64) -> u64 {
    (millis * 1_000.0).round() as u64
}

//! Tries indexes on a temporary copy of some rows, on a connection of its own that ends afterwards: of the table itself it only
//! reads.

use super::Mysql;
use super::fault::words;
use super::link::Link;
use super::query_plan;
use super::value::Cell;
use crate::Failure;
use crate::advise::{Cost, NO_ROWS, Probe, Trial, Weighed};
use crate::store::text::Text;
use mysql_async::{Error, Value as Sent};
use std::time::{Duration, Instant};

/// The copy. Temporary tables are found before all others.
const COPY: &str = "bs_advised";
const DROP: &str = "DROP TEMPORARY TABLE IF EXISTS `bs_advised`";
const HURRY: &str = "SET /*M! max_statement_time = 30 */ /*!80000 max_execution_time = 30000 */";
/// Runs of which the quickest counts.
const RUNS: usize = 3;

impl Mysql {
    /// Tries each index by itself.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub(crate) async fn weigh(&self, trials: &[Trial], rows_max: u32) -> Result<Vec<Result<Weighed, String>>, Failure> {
        let mut link = self.pool.own().await?;
        let plain = |error: Error| super::fault::plain(&error, 0);
        link.run_text(HURRY).await.map_err(plain)?;
        let mut weighed = Vec::with_capacity(trials.len());
        for trial in trials {
            let found = weigh(&mut link, trial, rows_max).await;
            link.run_text(DROP).await.map_err(plain)?;
            let found = found.map_err(|error| words(&error));
            weighed.push(found.and_then(|found| found.ok_or_else(|| NO_ROWS.to_owned())));
        }
        Ok(weighed)
    }
}

async fn weigh(link: &mut Link, trial: &Trial, rows_max: u32) -> Result<Option<Weighed>, Error> {
    let like = Text::default().syntax("CREATE TEMPORARY TABLE `bs_advised` LIKE ").ident(&trial.table);
    link.run_text(like.as_str()).await?;
    if !trial.texts.is_empty() {
        // As the migration would that makes the index.
        let text = Text::default().syntax("ALTER TABLE `bs_advised` ").list(&trial.texts, ", ", |text, column| {
            let text = text.syntax("MODIFY ").ident(column).syntax(match trial.texts.len() {
                1 => " varchar(760)",
                2 => " varchar(380)",
                _more => " varchar(190)",
            });
            text.syntax(" CHARACTER SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */")
        });
        link.run_text(text.as_str()).await?;
    }
    let columns = || trial.columns.iter();
    let text = Text::default().syntax("INSERT INTO `bs_advised` (").list(columns(), ", ", |text, of| text.ident(of));
    let text = text.syntax(") SELECT ").list(columns(), ", ", |text, of| text.ident(of)).syntax(" FROM ");
    let text = text.ident(&trial.table).syntax(" LIMIT ?");
    link.ask(text.as_str(), vec![Sent::from(rows_max)]).await?;
    let rows = link.ask("SELECT count(*) FROM `bs_advised`", Vec::new()).await?;
    let rows = rows.first().map_or(0, |row| Cell::of(row, 0).number());
    let place = |text: Text, _: usize| text.syntax("?");
    let probe = Probe { trial, table: COPY, ident: Text::ident, place };
    let values: Vec<Vec<Sent>> = match probe.samples("", "rand()") {
        None => vec![Vec::new()],
        Some(text) => {
            let rows = link.ask(text.as_str(), Vec::new()).await?;
            rows.into_iter().map(mysql_async::Row::unwrap).collect()
        }
    };
    if values.is_empty() {
        return Ok(None);
    }
    let before = cost(link, &probe, &values).await?;
    let started = Instant::now();
    link.run_text(probe.make().as_str()).await?;
    let making_micros = micros(started.elapsed());
    let after = cost(link, &probe, &values).await?;
    Ok(Some(Weighed { rows, whole: rows < u64::from(rows_max), before, after, making_micros }))
}

async fn cost(link: &mut Link, probe: &Probe<'_>, values: &[Vec<Sent>]) -> Result<Cost, Error> {
    let first = values.first().cloned().unwrap_or_default();
    let plan = link.ask(probe.page("EXPLAIN ").as_str(), first).await?.iter().map(query_plan::line).collect();
    let text = probe.page("");
    let mut sum = Duration::ZERO;
    for values in values {
        let mut quickest = Duration::MAX;
        for _ in 0..RUNS {
            let started = Instant::now();
            link.ask(text.as_str(), values.clone()).await?;
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

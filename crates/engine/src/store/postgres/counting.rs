//! Counts of requests that nodes share, where there is nothing faster to share them in: one row for each caller of each limit, which
//! holds until when its requests are paid for. The row's lock keeps two nodes from passing the same request.

use super::Postgres;
use super::link::Link;
use crate::rate::counts::{Asked, Taken};
use std::time::Duration;
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

/// What a crash may forget.
const MAKE: &str =
    "CREATE UNLOGGED TABLE IF NOT EXISTS _backstay_rates (key text PRIMARY KEY, paid_until bigint NOT NULL)";
const NOW: &str = "WITH c AS (SELECT CAST(floor(extract(epoch FROM clock_timestamp()) * 1000000) AS bigint) AS now) ";
const TAKE: &str = "INSERT INTO _backstay_rates AS r (key, paid_until) SELECT $1, now + CAST($2 AS bigint) FROM c \
     ON CONFLICT (key) DO UPDATE SET paid_until = greatest(r.paid_until + CAST($2 AS bigint), excluded.paid_until) \
     WHERE greatest(r.paid_until + CAST($2 AS bigint), excluded.paid_until) <= excluded.paid_until + CAST($3 AS bigint) - CAST($2 AS bigint) \
     RETURNING CAST(paid_until - (SELECT now FROM c) AS text)";
const WAIT: &str = "SELECT CAST(paid_until + CAST($2 AS bigint) - CAST($3 AS bigint) - now AS text) FROM _backstay_rates, c WHERE key = $1";
const FORGET: &str = "DELETE FROM _backstay_rates WHERE paid_until < CAST(floor(extract(epoch FROM clock_timestamp()) * 1000000) AS bigint)";

impl Postgres {
    /// Takes one request of a key, if one is left; `None` when the server cannot be asked.
    pub(crate) async fn take(&self, asked: Asked) -> Option<Taken> {
        self.watch();
        let held = self.pool.hold().await.ok()?;
        let taken = match take(held.link().ok()?, asked).await {
            Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => {
                held.link().ok()?.run_text(MAKE).await.ok()?;
                take(held.link().ok()?, asked).await
            }
            other => other,
        };
        let taken = taken.ok()?;
        held.keep();
        Some(taken)
    }
}

async fn take(link: &Link, asked: Asked) -> Result<Taken, Error> {
    let (each, per) = asked.micros();
    let params = [format!("{:032x}", asked.key), each.to_string(), per.to_string()];
    let params = params.each_ref().map(String::as_str);
    let micros = |rows: &[tokio_postgres::Row]| -> Result<Option<u64>, Error> {
        let text = rows.first().map(|row| row.try_get::<_, String>(0)).transpose()?;
        Ok(text.map(|text| text.parse::<i64>().map_or(0, |micros| u64::try_from(micros).unwrap_or(0))))
    };
    if let Some(taken) = micros(&link.ask(&[NOW, TAKE].concat(), &params).await?)? {
        return Ok(asked.passed(taken));
    }
    let wait = micros(&link.ask(&[NOW, WAIT].concat(), &params).await?)?.unwrap_or(0);
    Ok(Taken::Refused { wait: Duration::from_micros(wait.max(1)) })
}

/// Forgets callers whose requests are paid for. A table that is not there yet holds none.
pub(super) async fn forget(link: &Link) {
    let _ = link.run_text(FORGET).await;
}

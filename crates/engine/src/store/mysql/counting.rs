//! Counts of requests that nodes share, where there is nothing faster to share them in: one row for each caller of each limit, which
//! holds until when its requests are paid for. The row's lock keeps two nodes from passing the same request.

use super::link::Link;
use super::value::Cell;
use super::{Mysql, fault};
use crate::rate::counts::{Asked, Taken};
use mysql_async::{Error, Value as Sent};
use std::time::Duration;

const MAKE: &str = "CREATE TABLE IF NOT EXISTS _backstay_rates (rate varchar(32) CHARACTER SET ascii PRIMARY KEY, \
                    paid_until bigint NOT NULL) ENGINE=InnoDB";
/// The connection keeps until when this request is paid for; 0 when it is refused.
const TAKE: &str = "INSERT INTO _backstay_rates (rate, paid_until) \
     SELECT ?, LAST_INSERT_ID(c.now + ?) FROM (SELECT CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED) AS now) AS c \
     ON DUPLICATE KEY UPDATE paid_until = IF(GREATEST(paid_until, c.now) + ? <= c.now + ?, \
     LAST_INSERT_ID(GREATEST(paid_until, c.now) + ?), paid_until + LAST_INSERT_ID(0))";
const TAKEN: &str = "SELECT LAST_INSERT_ID(), LAST_INSERT_ID() - c.now, paid_until - c.now FROM _backstay_rates, \
     (SELECT CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED) AS now) AS c WHERE rate = ?";
const FORGET: &str = "DELETE FROM _backstay_rates WHERE paid_until < UNIX_TIMESTAMP(NOW(6)) * 1000000 LIMIT 10000";

impl Mysql {
    /// Takes one request of a key, if one is left; `None` when the server cannot be asked.
    pub(crate) async fn take(&self, asked: Asked) -> Option<Taken> {
        self.watch();
        let mut held = self.pool.hold().await.ok()?;
        let link = held.link().ok()?;
        let taken = match take(link, asked).await {
            Err(error) if fault::is_no_table(&error) => {
                link.run_text(MAKE).await.ok()?;
                take(link, asked).await
            }
            other => other,
        };
        let taken = taken.ok()?;
        held.keep();
        Some(taken)
    }
}

async fn take(link: &mut Link, asked: Asked) -> Result<Taken, Error> {
    let (each, per) = asked.micros();
    let key = Sent::from(format!("{:032x}", asked.key));
    let params = vec![key.clone(), each.into(), each.into(), per.into(), each.into()];
    link.ask(TAKE, params).await?;
    let rows = link.ask(TAKEN, vec![key]).await?;
    let number = |at| rows.first().map_or(0, |row| Cell::of(row, at).text().parse::<i64>().unwrap_or(0));
    if number(0) != 0 {
        return Ok(asked.passed(u64::try_from(number(1)).unwrap_or(0)));
    }
    let wait = u64::try_from(number(2)).unwrap_or(0).saturating_add(each).saturating_sub(per);
    Ok(Taken::Refused { wait: Duration::from_micros(wait.max(1)) })
}

/// Forgets callers whose requests are paid for. A table that is not there yet holds none.
pub(super) async fn forget(link: &mut Link) {
    let _ = link.run_text(FORGET).await;
}

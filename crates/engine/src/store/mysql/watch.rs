//! Looks now and then for what other nodes have changed, and whether the server is there while nobody asks.
//!
//! MySQL tells nothing by itself: a change of accounts writes a row in the transaction that makes it, and every node reads the
//! rows of the last seconds. While nothing can be read, every account counts as changed once a second.
//!
//! A network may forget connections without a word to either end: when a new one is answered sooner than the one that looks, all
//! are made anew. The system would notice only after many seconds.

use super::fault;
use super::link::{Link, Use};
use super::pool::Pool;
use super::value::Cell;
use crate::accounts::{Accounts, Concerned};
use crate::store::news::heard;
use mysql_async::{Error, Row};
use std::collections::HashSet;
use std::pin::pin;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

/// Adds a row of news.
pub(super) const TELL: &str = "INSERT INTO _backstay_news (told) VALUES (?)";
/// The news of the last seconds: longer than a commit may take, since rows do not become visible in the order of their numbers.
const LATELY: &str = "SELECT id, told FROM _backstay_news WHERE at > NOW(6) - INTERVAL 20 SECOND";
const MIGRATED: &str = "SELECT COALESCE(MAX(id), 0) FROM _backstay_migrations";
const FORGET: &str = "DELETE FROM _backstay_news WHERE at < NOW(6) - INTERVAL 10 MINUTE LIMIT 1000";
/// Time between two looks.
const INTERVAL: Duration = Duration::from_millis(500);
/// Pause before the next attempt while the server is not there.
const PAUSE: Duration = Duration::from_secs(1);
/// Longest time between two looks after which nothing can have been missed.
const GAP_MAX: Duration = Duration::from_secs(8);
/// Wait for the answer to a look after which a new connection is tried, and how long each of those has.
const ANSWER_SOON: Duration = Duration::from_secs(1);
/// Wait after a new connection was answered, in which the old one may still be.
const ANSWER_LATE: Duration = Duration::from_millis(250);
/// Longest wait for what is of no hurry.
const ANSWER_MAX: Duration = Duration::from_secs(5);
/// Time between two removals of old news.
const FORGET_EVERY: Duration = Duration::from_secs(60);

/// Watches for as long as the pool lives.
pub(super) async fn run(pool: Weak<Pool>, accounts: Arc<Accounts>) {
    while let Some(open) = pool.upgrade().filter(|pool| !pool.is_closed()) {
        let link = open.connect(Use::Requests).await.ok();
        drop(open);
        if let Some(link) = link {
            // What was told before this is not known.
            accounts.note(&Concerned::Everybody);
            look(link, &accounts, &pool).await;
            if let Some(pool) = pool.upgrade() {
                pool.note_closed_link();
                pool.lost("the connection was lost");
                // The others are likely to be so too.
                pool.forget_idle();
            }
        }
        accounts.note(&Concerned::Everybody);
        tokio::time::sleep(PAUSE).await;
    }
}

/// Looks until the server no longer answers or nobody needs it.
async fn look(mut link: Link, accounts: &Accounts, pool: &Weak<Pool>) {
    let (mut known, mut first) = (HashSet::new(), true);
    let (mut looked, mut forgot) = (Instant::now(), Instant::now());
    while pool.upgrade().is_some_and(|pool| !pool.is_closed()) {
        let rows = match lately(&mut link, accounts, pool).await {
            Some(Ok(rows)) => rows,
            // Before the first migration there is no such table, and nobody to tell of.
            Some(Err(error)) if fault::is_no_table(&error) => Vec::new(),
            Some(Err(_)) | None => return,
        };
        if first || looked.elapsed() > GAP_MAX {
            accounts.note(&Concerned::Everybody);
        }
        (looked, first) = (Instant::now(), false);
        let mut found = HashSet::with_capacity(rows.len());
        for row in &rows {
            let id = Cell::of(row, 0).number();
            if !known.contains(&id) {
                accounts.note(&heard(&Cell::of(row, 1).text()));
            }
            found.insert(id);
        }
        known = found;
        let number = tokio::time::timeout(ANSWER_MAX, link.ask(MIGRATED, Vec::new())).await;
        if let (Ok(Ok(rows)), Some(open)) = (number, pool.upgrade()) {
            let number = rows.first().map_or(0, |row| i64::try_from(Cell::of(row, 0).number()).unwrap_or(i64::MAX));
            open.migrated.send_if_modified(|known| std::mem::replace(known, number) != number);
        }
        if forgot.elapsed() > FORGET_EVERY {
            forgot = Instant::now();
            // What cannot be removed now is removed another time, by this node or another.
            let _ = tokio::time::timeout(ANSWER_MAX, link.ask(FORGET, Vec::new())).await;
            let _ = tokio::time::timeout(ANSWER_MAX, super::counting::forget(&mut link)).await;
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

/// The news of the last seconds; `None` when the server no longer answers on this connection, or nobody needs it.
async fn lately(link: &mut Link, accounts: &Accounts, pool: &Weak<Pool>) -> Option<Result<Vec<Row>, Error>> {
    let mut asked = pin!(link.ask(LATELY, Vec::new()));
    if let Ok(answered) = tokio::time::timeout(ANSWER_SOON, &mut asked).await {
        return Some(answered);
    }
    loop {
        let open = pool.upgrade().filter(|pool| !pool.is_closed())?;
        accounts.note(&Concerned::Everybody);
        let begun = tokio::time::Instant::now();
        let late = tokio::select! {
            answered = &mut asked => Some(answered),
            anew = tokio::time::timeout(ANSWER_SOON, open.connects()) => match anew {
                Ok(true) => match tokio::time::timeout(ANSWER_LATE, &mut asked).await {
                    Ok(answered) => Some(answered),
                    Err(_) => {
                        open.renew();
                        return None;
                    }
                },
                Ok(false) | Err(_) => None,
            },
        };
        if let Some(answered) = late {
            if answered.is_ok() {
                open.found();
            }
            return Some(answered);
        }
        open.lost("no answer");
        tokio::time::sleep_until(begun + ANSWER_SOON).await;
    }
}

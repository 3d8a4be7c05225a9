//! Keeps one connection to hear what other nodes change, and to know whether the server is there while nobody asks.
//!
//! Each look at the server asks for the number of the last migration too, so that a node hears when another one has made one.
//!
//! A change of accounts is told in the transaction that makes it. While nothing can be heard, every account counts as changed
//! once a second, so that a kept token is never older than that.

use super::link::{Link, Use};
use super::pool::Pool;
use crate::accounts::{Accounts, Concerned};
use crate::store::news::heard;
use std::ops::ControlFlow;
use std::pin::pin;
use std::sync::{Arc, Weak};
use std::time::Duration;

/// The channel on which nodes tell each other.
pub(super) const CHANNEL: &str = "backstay_accounts";
const LISTEN: &str = "LISTEN backstay_accounts";
/// Time between two looks at the server, and longest age of what is kept while nothing is heard.
const INTERVAL: Duration = Duration::from_secs(1);
/// Looks after which counts that are over are cleared away.
const LOOKS_A_CLEARING: u32 = 60;
/// Wait for the answer to a look after which a new connection is tried, and how long each of those has.
const ANSWER_SOON: Duration = Duration::from_secs(1);
/// Wait after a new connection was answered, in which the old one may still be.
const ANSWER_LATE: Duration = Duration::from_millis(250);

/// Watches for as long as the pool lives.
pub(super) async fn run(pool: Weak<Pool>, accounts: Arc<Accounts>) {
    while let Some(open) = pool.upgrade().filter(|pool| !pool.is_closed()) {
        let hearing = Arc::clone(&accounts);
        let news = Box::new(move |told: &str| hearing.note(&heard(told)));
        let link = open.connect_with(Use::News, news).await.ok();
        let listens = open.settings.prepares;
        drop(open);
        if let Some(link) = link {
            if !listens || link.run_text(LISTEN).await.is_ok() {
                // What was told before this is not known.
                accounts.note(&Concerned::Everybody);
                if hear(&pool, &link, (&accounts, listens)).await.is_break() {
                    return;
                }
            }
            if let Some(pool) = pool.upgrade() {
                pool.lost("the connection was lost");
            }
        }
        accounts.note(&Concerned::Everybody);
        tokio::time::sleep(INTERVAL).await;
    }
}

/// Looks at the server until it no longer answers. Breaks when the pool is closed.
async fn hear(pool: &Weak<Pool>, link: &Link, (accounts, listens): (&Accounts, bool)) -> ControlFlow<()> {
    let mut looks = 0_u32;
    loop {
        tokio::time::sleep(INTERVAL).await;
        looks = looks.wrapping_add(1);
        if looks.is_multiple_of(LOOKS_A_CLEARING) {
            super::counting::forget(link).await;
        }
        if !listens {
            accounts.note(&Concerned::Everybody);
        }
        let answered = look(pool, link, accounts).await;
        let Some(open) = pool.upgrade().filter(|pool| !pool.is_closed()) else { return ControlFlow::Break(()) };
        if !answered {
            return ControlFlow::Continue(());
        }
        if let Ok(Ok(number)) = tokio::time::timeout(ANSWER_SOON, super::migration::number(link)).await {
            open.migrated.send_if_modified(|known| std::mem::replace(known, number) != number);
        }
    }
}

/// Whether the server answers on this connection. A network may forget connections without a word to either end: when a new
/// one is answered sooner than this, all are made anew. The system would notice only after many seconds.
async fn look(pool: &Weak<Pool>, link: &Link, accounts: &Accounts) -> bool {
    let mut looking = pin!(link.run_text("SELECT 1"));
    if let Ok(answered) = tokio::time::timeout(ANSWER_SOON, &mut looking).await {
        return answered.is_ok();
    }
    loop {
        let Some(open) = pool.upgrade().filter(|pool| !pool.is_closed()) else { return false };
        accounts.note(&Concerned::Everybody);
        let begun = tokio::time::Instant::now();
        tokio::select! {
            answered = &mut looking => return heard_late(&open, answered.is_ok()),
            anew = tokio::time::timeout(ANSWER_SOON, open.connects()) => if matches!(anew, Ok(true)) {
                if let Ok(answered) = tokio::time::timeout(ANSWER_LATE, &mut looking).await {
                    return heard_late(&open, answered.is_ok());
                }
                open.renew();
                return false;
            },
        }
        open.lost("no answer");
        tokio::time::sleep_until(begun + ANSWER_SOON).await;
    }
}

fn heard_late(pool: &Pool, answered: bool) -> bool {
    if answered {
        pool.found();
    }
    answered
}

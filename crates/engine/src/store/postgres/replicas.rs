//! Reads on servers that follow the first one. Several times a second the first one is asked how far it has written, and each
//! follower how far it has come: so it is known of which moment a follower knows everything.
//!
//! Whoever has written reads from a follower only once it knows of that write. Nobody reads from one that is too far behind.

use super::address::Address;
use super::pool::Pool;
use super::{Following, Postgres, Settings, fault};
use crate::Failure;
use crate::store::{Job, Together, TogetherStep};
use backstay_plan::Principal;
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};
use twox_hash::XxHash3_128;

/// Time between two looks.
const INTERVAL: Duration = Duration::from_millis(200);
/// Longest wait for the answer to a look.
const ANSWER_MAX: Duration = Duration::from_secs(2);
/// Longest that one who only looks waits for a follower to come as far as the first server is, and the pause between two looks.
const CATCH_UP_MAX: Duration = Duration::from_secs(2);
const CATCH_UP_PAUSE: Duration = Duration::from_millis(50);
const IS_FOLLOWER: &str = "SELECT pg_is_in_recovery()::text";
/// Moments of the first server that are remembered: a minute.
const MOMENTS_MAX: usize = 300;
/// Callers whose last write is remembered. While there are more, everybody counts as having written.
const WRITERS_MAX: usize = 100_000;
const WRITTEN: &str = "SELECT pg_current_wal_lsn()::text";
const FOLLOWED: &str =
    "SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END::text";

/// The servers that follow.
#[derive(Debug)]
pub(super) struct Replicas {
    all: Vec<Replica>,
    next: AtomicUsize,
    lag_max: Duration,
    writers: Mutex<Writers>,
}

#[derive(Debug)]
struct Replica {
    pool: Arc<Pool>,
    /// The moment of which it knows everything; `None` while that is not known.
    knows: RwLock<Option<Instant>>,
}

/// When callers last wrote.
#[derive(Debug, Default)]
struct Writers {
    last: HashMap<u128, Instant>,
    /// When somebody wrote of whom it is not known who.
    anybody: Option<Instant>,
}

impl Replicas {
    /// The servers at these addresses, of which nothing is known yet.
    pub(super) fn new(addresses: &[Address], settings: &Settings) -> Self {
        let replica = |address: &Address| Replica {
            pool: Arc::new(Pool::new(address.clone(), Settings { replicas: Vec::new(), ..settings.clone() })),
            knows: RwLock::default(),
        };
        let all = addresses.iter().map(replica).collect();
        Self { all, next: AtomicUsize::new(0), lag_max: settings.replica_lag_max, writers: Mutex::default() }
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// A server that may answer a read; `None` when that is the first one's.
    pub(super) fn for_read(&self, job: &Job) -> Option<&Arc<Pool>> {
        // Sessions and accounts are always looked up where they are written.
        if self.all.is_empty() || job.compiled.is_own() {
            return None;
        }
        let wrote = self.writers.lock().unwrap_or_else(PoisonError::into_inner).last_of(&job.who);
        let start = self.next.fetch_add(1, Ordering::Relaxed);
        let in_turn = (0..self.all.len()).filter_map(|step| self.all.get((start + step) % self.all.len()));
        let mut fit = in_turn.filter(|replica| replica.knows_of(wrote, self.lag_max));
        fit.next().map(|replica| &replica.pool)
    }

    /// Notes that somebody's write was kept.
    pub(super) fn wrote(&self, callers: &[u128]) {
        if self.all.is_empty() {
            return;
        }
        let now = Instant::now();
        let mut writers = self.writers.lock().unwrap_or_else(PoisonError::into_inner);
        if callers.is_empty() || writers.last.len() >= WRITERS_MAX {
            writers.last.clear();
            writers.anybody = Some(now);
        }
        writers.last.extend(callers.iter().map(|caller| (*caller, now)));
    }

    /// Leaves out the server of a pool until it has answered again.
    pub(super) fn lost(&self, pool: &Arc<Pool>) {
        for replica in self.all.iter().filter(|replica| Arc::ptr_eq(&replica.pool, pool)) {
            *replica.knows.write().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }

    /// Takes no more reads.
    pub(super) fn close(&self) {
        self.all.iter().for_each(|replica| replica.pool.close());
    }

    /// Follows how far each has come, for as long as the first server's pool lives.
    pub(super) async fn follow(self: Arc<Self>, first: std::sync::Weak<Pool>) {
        let mut moments = VecDeque::new();
        while let Some(pool) = first.upgrade().filter(|pool| !pool.is_closed()) {
            let began = Instant::now();
            if let Some(position) = position(&pool, WRITTEN).await {
                moments.push_back((position, began));
                if moments.len() > MOMENTS_MAX {
                    moments.pop_front();
                }
            }
            drop(pool);
            for replica in &self.all {
                let reached = position(&replica.pool, FOLLOWED).await;
                let knows = reached.and_then(|reached| moments.iter().rev().find(|(written, _)| *written <= reached));
                *replica.knows.write().unwrap_or_else(PoisonError::into_inner) = knows.map(|(_, moment)| *moment);
            }
            self.forget();
            tokio::time::sleep(INTERVAL).await;
        }
    }

    /// Forgets writes that every server in use knows of.
    fn forget(&self) {
        let Some(known) = Instant::now().checked_sub(self.lag_max) else { return };
        let mut writers = self.writers.lock().unwrap_or_else(PoisonError::into_inner);
        writers.last.retain(|_, wrote| *wrote >= known);
        writers.anybody = writers.anybody.filter(|wrote| *wrote >= known);
    }
}

impl Replica {
    /// Whether it knows of a moment, and is not too far behind.
    fn knows_of(&self, wrote: Option<Instant>, lag_max: Duration) -> bool {
        let knows = *self.knows.read().unwrap_or_else(PoisonError::into_inner);
        knows.is_some_and(|knows| knows.elapsed() <= lag_max && wrote.is_none_or(|wrote| knows > wrote))
    }
}

impl Writers {
    fn last_of(&self, who: &Principal) -> Option<Instant> {
        self.last.get(&caller(who)).copied().max(self.anybody)
    }
}

/// Who a caller is, for as long as it matters who wrote: the user, else the credential and the address.
pub(super) fn caller(who: &Principal) -> u128 {
    match &who.identity.uid {
        Some(uid) => XxHash3_128::oneshot(uid.as_bytes()),
        None => {
            let claims = serde_json::to_vec(&who.identity.claims).unwrap_or_default();
            let address = who.ip.map(|ip| ip.to_string()).unwrap_or_default();
            XxHash3_128::oneshot(&[claims.as_slice(), address.as_bytes()].concat())
        }
    }
}

/// The callers of several statements; none when one of them is not known.
pub(super) fn callers(together: &Together) -> Vec<u128> {
    let known = together.steps.iter().map(|step| match step {
        TogetherStep::Ready(job) => Some(caller(&job.who)),
        TogetherStep::Later(_) => None,
    });
    known.collect::<Option<Vec<u128>>>().unwrap_or_default()
}

impl Postgres {
    /// How far this server follows the first one.
    pub(crate) async fn following(&self, first: &Self) -> Following {
        let Some(written) = position(&first.pool, WRITTEN).await else {
            return Following::Unknown { reason: "the first server does not say how far it has written".to_owned() };
        };
        let began = Instant::now();
        match self.is_follower().await {
            Ok(true) => {}
            Ok(false) => return Following::Alone,
            Err(failure) => return Following::Unknown { reason: failure.to_string() },
        }
        loop {
            let Some(reached) = position(&self.pool, FOLLOWED).await else {
                return Following::Unknown { reason: "it does not say how far it has come".to_owned() };
            };
            let waited = began.elapsed();
            if reached >= written {
                return Following::Follows { within: waited };
            }
            if waited >= CATCH_UP_MAX {
                return Following::Behind { bytes: written - reached, waited };
            }
            tokio::time::sleep(CATCH_UP_PAUSE).await;
        }
    }

    async fn is_follower(&self) -> Result<bool, Failure> {
        let shared = self.pool.shared().await?;
        let rows = shared
            .link
            .ask(IS_FOLLOWER, &[])
            .await
            .map_err(|error| fault::plain(&error, self.pool.settings.budget_ms()))?;
        Ok(rows.first().is_some_and(|row| row.try_get::<_, &str>(0).is_ok_and(|truth| truth == "true")))
    }
}

/// A position in what was written, that a server tells.
async fn position(pool: &Arc<Pool>, question: &str) -> Option<u64> {
    let asked = async {
        let shared = pool.shared().await.ok()?;
        let rows = shared.link.ask(question, &[]).await.ok()?;
        parsed(rows.first()?.try_get(0).ok()?)
    };
    tokio::time::timeout(ANSWER_MAX, asked).await.ok().flatten()
}

/// `16/B374D848` as a number.
fn parsed(text: &str) -> Option<u64> {
    let (high, low) = text.split_once('/')?;
    Some(u64::from(u32::from_str_radix(high, 16).ok()?) << 32 | u64::from(u32::from_str_radix(low, 16).ok()?))
}

impl Postgres {
    /// What a read answers, from wherever it may be read.
    pub(super) async fn read_nearby(&self, job: &Job) -> Result<crate::store::Outcome, Failure> {
        let Some(pool) = self.replicas.for_read(job) else { return self.read(job, &self.pool).await };
        match self.read(job, pool).await {
            // The first server knows better, or answers instead.
            Err(Failure::Unavailable { .. } | Failure::Overloaded { .. }) => {
                self.replicas.lost(pool);
                self.read(job, &self.pool).await
            }
            read => {
                self.pool.stats.replica_reads.fetch_add(1, Ordering::Relaxed);
                read
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_numbers() {
        assert_eq!(parsed("16/B374D848"), Some(0x16_B374_D848));
        assert_eq!(parsed("0/0"), Some(0));
        for bad in ["", "16", "x/1", "1/100000000"] {
            assert_eq!(parsed(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_follower_answers_who_wrote_once_it_knows_of_it() {
        let (early, lag) = (Instant::now(), Duration::from_secs(60));
        let replica = |knows| Replica {
            pool: Arc::new(Pool::new(Address::parse("postgres://a@h/b").unwrap(), Settings::default())),
            knows: RwLock::new(knows),
        };
        let later = early + Duration::from_nanos(1);
        assert!(!replica(None).knows_of(None, lag));
        assert!(replica(Some(early)).knows_of(None, lag));
        assert!(!replica(Some(early)).knows_of(Some(early), lag));
        assert!(!replica(Some(early)).knows_of(Some(later), lag));
        assert!(replica(Some(later)).knows_of(Some(early), lag));
        assert!(!replica(Some(early)).knows_of(None, Duration::ZERO));
    }
}

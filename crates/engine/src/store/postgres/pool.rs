//! A bounded number of connections: some that many reads share, each statement behind the one before it, and some that a
//! transaction has for itself. A connection that broke is made anew when it is needed, with growing pauses while that fails.

use super::Settings;
use super::address::Address;
use super::link::{Link, Use, unreachable};
use crate::Failure;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, RwLockReadGuard, RwLockWriteGuard, Semaphore};
use tokio_util::sync::CancellationToken;

/// Reads that wait behind each other on one connection.
const PIPELINE_MAX: usize = 16;
/// Pause after a connection could not be made, at first and at most.
const PAUSE_MIN: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// Longest that one serializable transaction makes way for another.
const WAY_MAX: Duration = Duration::from_secs(1);

/// The connections to one database.
#[derive(Debug)]
pub(super) struct Pool {
    pub(super) address: Address,
    pub(super) settings: Settings,
    pub(super) stats: PoolStats,
    /// The number of the last migration that was seen.
    pub(super) migrated: tokio::sync::watch::Sender<i64>,
    lanes: Vec<Lane>,
    next_lane: AtomicUsize,
    idle: Mutex<Vec<Link>>,
    transactions: Arc<Semaphore>,
    /// Serializable transactions pass together, or one alone.
    way: tokio::sync::RwLock<()>,
    waiting: AtomicUsize,
    reach: Mutex<Reach>,
    /// Ends every connection that there is.
    ends: Mutex<CancellationToken>,
    closed: AtomicBool,
}

/// A connection that reads share.
#[derive(Debug)]
struct Lane {
    link: RwLock<Option<Arc<Link>>>,
    making: tokio::sync::Mutex<()>,
    places: Arc<Semaphore>,
}

/// Whether the server can be reached.
#[derive(Debug, Default)]
struct Reach {
    /// Why the last attempt failed.
    trouble: Option<String>,
    /// Before it nobody tries again.
    again_at: Option<Instant>,
    pause: Duration,
}

/// Numbers for metrics.
#[derive(Debug, Default)]
pub(super) struct PoolStats {
    pub(super) reads: AtomicU64,
    pub(super) commits: AtomicU64,
    pub(super) commit_micros: AtomicU64,
    pub(super) retries: AtomicU64,
    pub(super) unknown: AtomicU64,
    pub(super) writes: AtomicU64,
    pub(super) replica_reads: AtomicU64,
    pub(super) connections: AtomicU64,
}

/// A serializable transaction's turn, until it is dropped.
#[derive(Debug)]
pub(super) enum Way<'a> {
    /// Beside others of this node.
    Shared { _way: RwLockReadGuard<'a, ()> },
    /// The only one of this node.
    Alone { _way: RwLockWriteGuard<'a, ()> },
}

/// A connection that reads share, for one read.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) link: Arc<Link>,
    _place: OwnedSemaphorePermit,
}

/// A connection for one transaction. It goes back to the pool only when [`Held::keep`] was called.
#[derive(Debug)]
pub(super) struct Held {
    link: Option<Link>,
    pool: Arc<Pool>,
    _permit: OwnedSemaphorePermit,
}

impl Held {
    pub(super) fn link(&self) -> Result<&Link, Failure> {
        self.link.as_ref().ok_or_else(|| unreachable("the connection is gone".to_owned()))
    }

    /// Gives the connection back: no transaction is open on it.
    pub(super) fn keep(mut self) {
        if let Some(link) = self.link.take().filter(|link| !link.is_closed() && !self.pool.is_closed()) {
            self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner).push(link);
        } else {
            self.pool.stats.connections.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // Whatever is open on it ends with the connection.
        if self.link.take().is_some() {
            self.pool.stats.connections.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Pool {
    /// A pool that has connected to nothing yet.
    pub(super) fn new(address: Address, settings: Settings) -> Self {
        let all = settings.connections_max.max(2);
        // Reads wait behind each other on one connection, transactions do not.
        let shared = (all / 4).max(1);
        let lane = || Lane {
            link: RwLock::default(),
            making: tokio::sync::Mutex::default(),
            places: Arc::new(Semaphore::new(PIPELINE_MAX)),
        };
        Self {
            address,
            stats: PoolStats::default(),
            migrated: tokio::sync::watch::Sender::new(0),
            lanes: (0..shared).map(|_| lane()).collect(),
            next_lane: AtomicUsize::new(0),
            idle: Mutex::default(),
            transactions: Arc::new(Semaphore::new(all - shared)),
            way: tokio::sync::RwLock::default(),
            waiting: AtomicUsize::new(0),
            reach: Mutex::default(),
            ends: Mutex::default(),
            closed: AtomicBool::new(false),
            settings,
        }
    }

    /// A place on a connection for reads.
    ///
    /// # Errors
    /// [`Failure::Overloaded`] when too many wait; [`Failure::Unavailable`] when the server cannot be reached.
    pub(super) async fn shared(&self) -> Result<Shared, Failure> {
        let count = self.lanes.len().max(1);
        let first = self.next_lane.fetch_add(1, Ordering::Relaxed);
        let at = |step: usize| self.lanes.get((first + step) % count);
        // The emptiest of two: nearly as good as the emptiest of all, and cheaper to find.
        let lane = match (at(0), at(1)) {
            (Some(one), Some(other)) if other.places.available_permits() > one.places.available_permits() => other,
            (Some(one), _) | (None, Some(one)) => one,
            (None, None) => return Err(unreachable("there are no connections for reads".to_owned())),
        };
        let place = self.permit(&lane.places, "read").await?;
        let link = match lane.open_link() {
            Some(link) => link,
            None => self.make_lane(lane).await?,
        };
        Ok(Shared { link, _place: place })
    }

    async fn make_lane(&self, lane: &Lane) -> Result<Arc<Link>, Failure> {
        let _making = lane.making.lock().await;
        if let Some(link) = lane.open_link() {
            return Ok(link);
        }
        let link = Arc::new(self.connect(Use::Reads).await?);
        let before = lane.link.write().unwrap_or_else(PoisonError::into_inner).replace(Arc::clone(&link));
        if before.is_some() {
            self.stats.connections.fetch_sub(1, Ordering::Relaxed);
        }
        Ok(link)
    }

    /// A connection for one transaction.
    ///
    /// # Errors
    /// As [`Pool::shared`].
    pub(super) async fn hold(self: &Arc<Self>) -> Result<Held, Failure> {
        let permit = self.permit(&self.transactions, "write").await?;
        loop {
            let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let link = match idle {
                Some(link) if link.is_closed() => {
                    self.stats.connections.fetch_sub(1, Ordering::Relaxed);
                    continue;
                }
                Some(link) => link,
                None => self.connect(Use::Transactions).await?,
            };
            return Ok(Held { link: Some(link), pool: Arc::clone(self), _permit: permit });
        }
    }

    /// Lets a serializable transaction pass: beside the others, or alone when they were in its way. The server notes what was
    /// read by pages, and by whole tables while these are small; so strangers are in each other's way, and many at once stop each
    /// other for seconds. Nothing depends on this turn: other nodes take none, and who waits too long goes without.
    pub(super) async fn way(&self, alone: bool) -> Option<Way<'_>> {
        let turn = async {
            if alone {
                Way::Alone { _way: self.way.write().await }
            } else {
                Way::Shared { _way: self.way.read().await }
            }
        };
        tokio::time::timeout(WAY_MAX, turn).await.ok()
    }

    /// Waits for a permit, within the bounds of the queue.
    async fn permit(&self, of: &Arc<Semaphore>, queue: &'static str) -> Result<OwnedSemaphorePermit, Failure> {
        if self.closed.load(Ordering::Acquire) {
            return Err(unreachable("the store is closed".to_owned()));
        }
        if let Ok(permit) = Arc::clone(of).try_acquire_owned() {
            return Ok(permit);
        }
        let place = Place(&self.waiting);
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= self.settings.queue_max {
            return Err(Failure::Overloaded { queue });
        }
        let permit = tokio::time::timeout(self.settings.queue_wait_max, Arc::clone(of).acquire_owned()).await;
        drop(place);
        match permit {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) => Err(unreachable("the store is closed".to_owned())),
            Err(_) => Err(Failure::Overloaded { queue }),
        }
    }

    /// Makes a connection, unless the last attempt failed a moment ago.
    ///
    /// # Errors
    /// [`Failure::Unavailable`].
    pub(super) async fn connect(&self, used: Use) -> Result<Link, Failure> {
        self.connect_with(used, Box::new(|_| {})).await
    }

    /// The same with somebody to hear what other nodes tell.
    ///
    /// # Errors
    /// [`Failure::Unavailable`].
    pub(super) async fn connect_with(&self, used: Use, news: super::link::OnNews) -> Result<Link, Failure> {
        if let Some(reason) = self.too_soon() {
            return Err(unreachable(reason));
        }
        let ended = self.ends.lock().unwrap_or_else(PoisonError::into_inner).child_token();
        match Link::open(&self.address, &self.settings, used, (news, ended)).await {
            Ok(link) => {
                self.found();
                if used != Use::News {
                    self.stats.connections.fetch_add(1, Ordering::Relaxed);
                }
                Ok(link)
            }
            Err(reason) => {
                self.note_trouble(&reason);
                Err(unreachable(reason))
            }
        }
    }

    /// Whether a new connection is answered now. It is not kept.
    pub(super) async fn connects(&self) -> bool {
        let ended = CancellationToken::new();
        match Link::open(&self.address, &self.settings, Use::News, (Box::new(|_| {}), ended)).await {
            Ok(link) => link.run_text("SELECT 1").await.is_ok(),
            Err(_) => false,
        }
    }

    fn too_soon(&self) -> Option<String> {
        let reach = self.reach.lock().unwrap_or_else(PoisonError::into_inner);
        reach.again_at.filter(|at| Instant::now() < *at)?;
        reach.trouble.clone()
    }

    fn note_trouble(&self, reason: &str) {
        let mut reach = self.reach.lock().unwrap_or_else(PoisonError::into_inner);
        if reach.trouble.is_none() {
            tracing::error!(reason, "the database cannot be reached");
        }
        reach.pause = (reach.pause * 2).clamp(PAUSE_MIN, PAUSE_MAX);
        reach.again_at = Some(Instant::now() + reach.pause);
        reach.trouble = Some(reason.to_owned());
    }

    /// Gives up every connection that there is: a new one is answered, and they are not. What waits on them is told so.
    pub(super) fn renew(&self) {
        tracing::warn!("the connections to the database are silent and are made anew");
        std::mem::take(&mut *self.ends.lock().unwrap_or_else(PoisonError::into_inner)).cancel();
    }

    /// Notes that a connection broke, until one can be made again.
    pub(super) fn lost(&self, reason: &str) {
        let mut reach = self.reach.lock().unwrap_or_else(PoisonError::into_inner);
        if reach.trouble.is_none() {
            tracing::error!(reason, "the database cannot be reached");
            reach.trouble = Some(reason.to_owned());
        }
    }

    /// Notes that the server answers.
    pub(super) fn found(&self) {
        *self.reach.lock().unwrap_or_else(PoisonError::into_inner) = Reach::default();
    }

    /// Why the server cannot be reached; `None` when it can, as far as is known.
    pub(super) fn trouble(&self) -> Option<String> {
        if self.closed.load(Ordering::Acquire) {
            return Some("the store is closed".to_owned());
        }
        self.reach.lock().unwrap_or_else(PoisonError::into_inner).trouble.clone()
    }

    /// Requests that wait for a connection.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Whether nothing new is taken.
    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Takes nothing new; what runs goes on. Idle connections are closed.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.transactions.close();
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
        for lane in &self.lanes {
            lane.places.close();
            lane.link.write().unwrap_or_else(PoisonError::into_inner).take();
        }
    }
}

impl Lane {
    fn open_link(&self) -> Option<Arc<Link>> {
        let link = self.link.read().unwrap_or_else(PoisonError::into_inner);
        link.as_ref().filter(|link| !link.is_closed()).cloned()
    }
}

/// A place in the queue, given back when dropped.
struct Place<'a>(&'a AtomicUsize);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

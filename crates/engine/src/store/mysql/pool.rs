//! A bounded number of connections, half of them for reads so that neither kind waits for the other. A connection that broke is
//! made anew when it is needed, with growing pauses while that fails.

use super::Settings;
use super::address::Address;
use super::link::{Link, Use, unreachable};
use crate::Failure;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

/// Pause after a connection could not be made, at first and at most.
const PAUSE_MIN: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// The connections to one database.
#[derive(Debug)]
pub(super) struct Pool {
    pub(super) address: Address,
    pub(super) settings: Settings,
    pub(super) stats: PoolStats,
    /// The number of the last migration that was seen.
    pub(super) migrated: tokio::sync::watch::Sender<i64>,
    idle: Mutex<Vec<Link>>,
    reads: Arc<Semaphore>,
    writes: Arc<Semaphore>,
    waiting: AtomicUsize,
    reach: Mutex<Reach>,
    /// Ends every connection that there is.
    ends: Mutex<CancellationToken>,
    closed: AtomicBool,
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
    pub(super) connections: AtomicU64,
}

/// A connection for one request. It goes back to the pool only when [`Held::keep`] was called.
#[derive(Debug)]
pub(super) struct Held {
    link: Option<Link>,
    pool: Arc<Pool>,
    _permit: OwnedSemaphorePermit,
}

impl Held {
    /// The connection.
    ///
    /// # Errors
    /// It is gone.
    pub(super) fn link(&mut self) -> Result<&mut Link, Failure> {
        self.link.as_mut().ok_or_else(|| unreachable("the connection is gone".to_owned()))
    }

    /// Gives the connection back: no transaction is open on it, and no rows are to come.
    pub(super) fn keep(mut self) {
        if let Some(mut link) = self.link.take().filter(|link| !link.is_closed() && !self.pool.is_closed()) {
            link.rest();
            self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner).push(link);
        } else {
            self.pool.note_closed_link();
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // Whatever is open on it ends with the connection.
        if self.link.take().is_some() {
            self.pool.note_closed_link();
        }
    }
}

impl Pool {
    /// A pool that has connected to nothing yet.
    pub(super) fn new(address: Address, settings: Settings) -> Self {
        let all = settings.connections_max.max(2);
        let reads = all / 2;
        Self {
            address,
            stats: PoolStats::default(),
            migrated: tokio::sync::watch::Sender::new(0),
            idle: Mutex::default(),
            reads: Arc::new(Semaphore::new(reads)),
            writes: Arc::new(Semaphore::new(all - reads)),
            waiting: AtomicUsize::new(0),
            reach: Mutex::default(),
            ends: Mutex::default(),
            closed: AtomicBool::new(false),
            settings,
        }
    }

    /// A connection for one read.
    ///
    /// # Errors
    /// [`Failure::Overloaded`] when too many wait; [`Failure::Unavailable`] when the server cannot be reached.
    pub(super) async fn hold_for_read(self: &Arc<Self>) -> Result<Held, Failure> {
        let permit = self.permit(&self.reads, "read").await?;
        self.held(permit).await
    }

    /// A connection for one transaction.
    ///
    /// # Errors
    /// As [`Pool::hold_for_read`].
    pub(super) async fn hold(self: &Arc<Self>) -> Result<Held, Failure> {
        let permit = self.permit(&self.writes, "write").await?;
        self.held(permit).await
    }

    async fn held(self: &Arc<Self>, permit: OwnedSemaphorePermit) -> Result<Held, Failure> {
        loop {
            let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut link = match idle {
                Some(link) => link,
                None => self.connect(Use::Requests).await?,
            };
            if link.serves().await {
                return Ok(Held { link: Some(link), pool: Arc::clone(self), _permit: permit });
            }
            self.note_closed_link();
        }
    }

    /// A connection of its own for what may take its time, beside the others. It is closed afterwards.
    ///
    /// # Errors
    /// As [`Pool::hold_for_read`].
    pub(super) async fn own(&self) -> Result<Link, Failure> {
        let link = self.connect(Use::Long).await?;
        self.note_closed_link();
        Ok(link)
    }

    /// Closes the idle connections: after one was found broken, the others are likely to be so too.
    pub(super) fn forget_idle(&self) {
        let idle = std::mem::take(&mut *self.idle.lock().unwrap_or_else(PoisonError::into_inner));
        idle.iter().for_each(|_| self.note_closed_link());
    }

    /// Waits for a permit, within the bounds of the queue.
    async fn permit(&self, of: &Arc<Semaphore>, queue: &'static str) -> Result<OwnedSemaphorePermit, Failure> {
        if self.is_closed() {
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
        if let Some(reason) = self.too_soon() {
            return Err(unreachable(reason));
        }
        let ended = self.ends.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match Link::open(&self.address, &self.settings, used, ended).await {
            Ok(link) => {
                self.found();
                self.stats.connections.fetch_add(1, Ordering::Relaxed);
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
        Link::answers(&self.address).await
    }

    /// Gives up every connection that there is: a new one is answered, and they are not. What waits on them is told so.
    pub(super) fn renew(&self) {
        tracing::warn!("the connections to the database are silent and are made anew");
        std::mem::take(&mut *self.ends.lock().unwrap_or_else(PoisonError::into_inner)).cancel();
        self.forget_idle();
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

    /// Notes that one of the connections is no more.
    pub(super) fn note_closed_link(&self) {
        self.stats.connections.fetch_sub(1, Ordering::Relaxed);
    }

    /// Why the server cannot be reached; `None` when it can, as far as is known.
    pub(super) fn trouble(&self) -> Option<String> {
        if self.is_closed() {
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
        self.reads.close();
        self.writes.close();
        self.forget_idle();
    }
}

/// A place in the queue, given back when dropped.
struct Place<'a>(&'a AtomicUsize);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

//! Where passwords are hashed: a bounded number at a time, a bounded number waiting, bounded memory.
//! In: a password and a hash, or a salt. Out: a verdict, a hash, or [`HashError::Busy`]. Runs on the blocking pool.

use super::{HashSettings, Password, Salt, StoredHash, Verdict};
use rand::CryptoRng;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How much work the pool takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolSize {
    /// Hashes at the same time; the number of cores.
    pub running: usize,
    /// Requests that may wait for their turn; one more is [`HashError::Busy`].
    pub waiting: usize,
}

impl PoolSize {
    /// As many at once as there are cores, and 32 waiting for each: about a second of work.
    #[must_use]
    pub fn for_cores(cores: usize) -> Self {
        let running = cores.clamp(1, 64);
        Self { running, waiting: running * 32 }
    }
}

/// Why a password was not hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// The queue is full. Nothing was done; safe to retry after a second.
    #[error("too many sign-ins at the same time")]
    Busy,
    /// The library refused or a worker died. Nothing was done.
    #[error("the password could not be hashed")]
    Failed,
}

/// A pool of workers for password hashes. Cheap to clone.
///
/// Memory: at most `running` times the memory of one new hash. An imported hash that asks for more than the whole pool
/// has (256 MiB at most) runs alone.
#[derive(Debug, Clone)]
pub struct HashPool {
    settings: HashSettings,
    /// Requests running or waiting.
    places: Arc<Semaphore>,
    running: Arc<Semaphore>,
    /// KiB that running hashes may hold together.
    memory: Arc<Semaphore>,
    memory_kib: u32,
    decoy: Arc<StoredHash>,
}

/// What a running hash holds; all of it comes back when the work is over, also when nobody waits for it any more.
struct Held {
    _place: OwnedSemaphorePermit,
    _running: OwnedSemaphorePermit,
    _memory: OwnedSemaphorePermit,
}

impl HashPool {
    /// A pool; `rng` gives the hash that stands in for accounts that do not exist.
    ///
    /// # Errors
    /// [`HashError::Failed`] when the settings are none the library takes, which checked settings rule out.
    pub fn new(settings: HashSettings, size: PoolSize, rng: &mut dyn CryptoRng) -> Result<Self, HashError> {
        let running = size.running.max(1);
        let memory_kib =
            settings.memory_kib().saturating_mul(u32::try_from(running).unwrap_or(u32::MAX)).max(settings.memory_kib());
        let memory_permits = usize::try_from(memory_kib).unwrap_or(Semaphore::MAX_PERMITS);
        Ok(Self {
            settings,
            places: Arc::new(Semaphore::new(running.saturating_add(size.waiting).min(Semaphore::MAX_PERMITS))),
            running: Arc::new(Semaphore::new(running)),
            memory: Arc::new(Semaphore::new(memory_permits)),
            memory_kib,
            decoy: Arc::new(StoredHash::decoy(settings, rng).ok_or(HashError::Failed)?),
        })
    }

    /// Hashes a new password.
    ///
    /// # Errors
    /// [`HashError`].
    pub async fn hash(&self, password: Password, salt: Salt) -> Result<String, HashError> {
        let settings = self.settings;
        self.run(settings.memory_kib(), move || settings.hash(&password, &salt)).await?
    }

    /// Checks a password. `None` (no such account, or one without a password) takes as long as a real check and is wrong.
    ///
    /// # Errors
    /// [`HashError`]; also for `None`, so that a full pool tells nothing of the account.
    pub async fn verify(&self, password: Password, stored: Option<StoredHash>) -> Result<Verdict, HashError> {
        let settings = self.settings;
        let stored = stored.unwrap_or_else(|| StoredHash::clone(&self.decoy));
        self.run(stored.memory_kib(), move || stored.verify(&password, settings)).await
    }

    /// Requests that can come now before one is refused, for a gauge.
    #[must_use]
    pub fn free_places(&self) -> usize {
        self.places.available_permits()
    }

    async fn run<T: Send + 'static>(
        &self,
        memory_kib: u32,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, HashError> {
        let held = self.wait(memory_kib).await?;
        let task = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(held);
            done
        });
        task.await.map_err(|_| HashError::Failed)
    }

    /// Waits for a turn. Dropping the future gives the place to the next one.
    async fn wait(&self, memory_kib: u32) -> Result<Held, HashError> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| HashError::Busy)?;
        let running = Arc::clone(&self.running).acquire_owned().await.map_err(|_| HashError::Failed)?;
        let wanted = memory_kib.min(self.memory_kib);
        let memory = Arc::clone(&self.memory).acquire_many_owned(wanted).await.map_err(|_| HashError::Failed)?;
        Ok(Held { _place: place, _running: running, _memory: memory })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    fn pool(running: usize, waiting: usize) -> HashPool {
        let settings = HashSettings::lowered(64, 1).unwrap();
        HashPool::new(settings, PoolSize { running, waiting }, &mut StdRng::seed_from_u64(1)).unwrap()
    }

    fn poll_once<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    #[tokio::test]
    async fn hashes_and_verifies() {
        let pool = pool(2, 8);
        let password = Password::new("correct horse");
        let hash = pool.hash(password.clone(), Salt::generate(&mut StdRng::seed_from_u64(2))).await.unwrap();
        let stored = StoredHash::parse(&hash).unwrap();
        assert_eq!(pool.verify(password.clone(), Some(stored.clone())).await, Ok(Verdict::Right));
        assert_eq!(pool.verify(Password::new("wrong"), Some(stored)).await, Ok(Verdict::Wrong));
        assert_eq!(pool.verify(password, None).await, Ok(Verdict::Wrong));
        assert_eq!(pool.free_places(), 10);
    }

    #[tokio::test]
    async fn a_full_queue_is_busy_and_a_dropped_request_frees_its_place() {
        let pool = pool(1, 1);
        let running = Arc::clone(&pool.running).acquire_owned().await.unwrap();
        let _place = Arc::clone(&pool.places).acquire_owned().await.unwrap();
        {
            let mut waiting = pin!(pool.verify(Password::new("a"), None));
            assert!(poll_once(waiting.as_mut()).is_pending());
            assert_eq!(pool.verify(Password::new("b"), None).await, Err(HashError::Busy));
            assert_eq!(pool.free_places(), 0);
        }
        assert_eq!(pool.free_places(), 1, "the dropped request left its place");
        let mut next = pin!(pool.verify(Password::new("c"), None));
        assert!(poll_once(next.as_mut()).is_pending());
        drop(running);
        assert_eq!(next.await, Ok(Verdict::Wrong));
    }

    #[tokio::test]
    async fn a_hash_larger_than_the_pool_runs_alone() {
        let pool = pool(2, 8);
        let held = pool.wait(100_000).await.unwrap();
        let mut second = pin!(pool.wait(64));
        assert!(poll_once(second.as_mut()).is_pending(), "no memory is left beside it");
        drop(held);
        second.await.unwrap();
    }

    #[tokio::test]
    async fn a_worker_that_dies_gives_everything_back() {
        let pool = pool(1, 0);
        let died: Result<(), _> = pool.run(64, || panic!("on purpose")).await;
        assert_eq!(died, Err(HashError::Failed));
        assert_eq!(pool.verify(Password::new("a"), None).await, Ok(Verdict::Wrong));
    }
}

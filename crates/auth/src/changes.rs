//! Counters of what changed about accounts. In: an account that changed. Out: a number that is larger than before.
//! Several accounts share a counter: then one asks the database more often than needed, never less.

use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;

/// Counters.
const SHARDS: usize = 1_024;

/// The counters.
#[derive(Debug)]
pub struct Changes(Box<[AtomicU64]>);

impl Default for Changes {
    fn default() -> Self {
        Self((0..SHARDS).map(|_| AtomicU64::new(0)).collect())
    }
}

impl Changes {
    /// The number of changes so far.
    #[must_use]
    pub fn count(&self, user_id: Uuid) -> u64 {
        self.shard(user_id).load(Ordering::Acquire)
    }

    /// Counts a change. Call it after the commit and before the answer.
    pub(crate) fn bump(&self, user_id: Uuid) {
        self.shard(user_id).fetch_add(1, Ordering::Release);
    }

    fn shard(&self, user_id: Uuid) -> &AtomicU64 {
        let bytes = user_id.as_bytes();
        // The last bytes of every kind of UUID are random.
        &self.0[usize::from(u16::from_be_bytes([bytes[14], bytes[15]])) % SHARDS]
    }
}

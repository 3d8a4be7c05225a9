//! What a PostgreSQL store is set to, and what its server says of itself.

use super::Address;
use std::time::Duration;

/// What a server says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Its version.
    pub version: String,
    /// Connections that it takes from everybody together.
    pub connections_max: u32,
    /// Whether what it has confirmed survives a power cut.
    pub is_durable: bool,
    /// Whether it follows another server, and takes no writes.
    pub in_recovery: bool,
    /// Size of the database, bytes.
    pub bytes: u64,
}

/// Bounds and choices of the store.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Connections, half of them for reads. One more listens to other nodes.
    pub connections_max: usize,
    /// Requests that wait for a connection.
    pub queue_max: usize,
    /// Longest that a request waits for one before it is refused instead of run.
    pub queue_wait_max: Duration,
    /// Time budget of one request's statements.
    pub budget: Duration,
    /// Bytes of one answer.
    pub answer_bytes_max: usize,
    /// Whether statements are prepared on the server. A pooler that changes the server's session between transactions needs
    /// that they are not.
    pub prepares: bool,
    /// Servers that follow the first one, for reads.
    pub replicas: Vec<Address>,
    /// Longest that one of them may be behind before nobody reads from it.
    pub replica_lag_max: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            connections_max: 16,
            queue_max: 1024,
            queue_wait_max: Duration::from_secs(5),
            budget: Duration::from_secs(5),
            answer_bytes_max: 64 * 1024 * 1024,
            prepares: true,
            replicas: Vec::new(),
            replica_lag_max: Duration::from_secs(10),
        }
    }
}

impl Settings {
    /// The time budget in milliseconds.
    pub(crate) fn budget_ms(&self) -> u64 {
        u64::try_from(self.budget.as_millis()).unwrap_or(u64::MAX)
    }
}

/// How far a server follows another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Following {
    /// It has all that the first one had written when it was asked.
    Follows {
        /// How long that took at most.
        within: Duration,
    },
    /// It does not have all of it yet.
    Behind {
        /// What it lacks, bytes of the log.
        bytes: u64,
        /// How long it was waited for.
        waited: Duration,
    },
    /// It takes writes of its own.
    Alone,
    /// It, or the first one, cannot be asked.
    Unknown {
        /// Why.
        reason: String,
    },
}

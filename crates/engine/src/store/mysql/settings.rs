//! What a MySQL or MariaDB store is set to, and what its server says of itself.

use std::time::Duration;

/// What a server says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Its version; MariaDB's has its name in it.
    pub version: String,
    /// Connections that it takes from everybody together.
    pub connections_max: u32,
    /// Whether what it has confirmed survives a power cut.
    pub is_durable: bool,
    /// Whether it takes no writes.
    pub is_read_only: bool,
    /// Size of the database, bytes.
    pub bytes: u64,
    /// Largest value that it takes or answers, bytes.
    pub value_bytes_max: u64,
}

/// Bounds and choices of the store.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Connections, half of them for reads. One more looks for what other nodes change.
    pub connections_max: usize,
    /// Requests that wait for a connection.
    pub queue_max: usize,
    /// Longest that a request waits for one before it is refused instead of run.
    pub queue_wait_max: Duration,
    /// Time budget of one request's statements.
    pub budget: Duration,
    /// Bytes of one answer.
    pub answer_bytes_max: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            connections_max: 8,
            queue_max: 1024,
            queue_wait_max: Duration::from_secs(5),
            budget: Duration::from_secs(5),
            answer_bytes_max: 64 * 1024 * 1024,
        }
    }
}

impl Settings {
    /// The time budget in milliseconds.
    pub(crate) fn budget_ms(&self) -> u64 {
        u64::try_from(self.budget.as_millis()).unwrap_or(u64::MAX)
    }
}

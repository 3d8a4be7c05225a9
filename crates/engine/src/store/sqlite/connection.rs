//! Opens one connection the way every connection of the store is set up: pragmas, functions, statement cache, time budget.

use super::functions;
use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// When SQLite waits for the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// Every acknowledged commit survives a power cut.
    #[default]
    Full,
    /// UNSAFE: a power cut may lose commits that were acknowledged shortly before it.
    Normal,
}

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Reads and writes; creates the file when it is not there.
    ReadWrite,
    /// Reads only.
    ReadOnly,
    /// Reads a file that nothing writes; no lock is taken and no file is made beside it.
    AtRest,
}

/// Virtual machine steps between two looks at the clock: a few tens of microseconds.
const STEPS_PER_LOOK: i32 = 2_000;
/// Longest wait for a lock that another process holds.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Prepared statements kept by one connection.
const STATEMENTS_MAX: usize = 512;
/// Page cache of one connection, KiB (SQLite's convention: negative).
const PAGE_CACHE_KIB: i64 = -8_192;
/// The WAL file is cut back to this size after a checkpoint, bytes.
const WAL_BYTES_KEPT: i64 = 16 * 1024 * 1024;

/// The moment at which the running statement of a connection is stopped. Shared with the progress handler.
#[derive(Debug, Clone)]
pub(crate) struct Deadline {
    origin: Instant,
    /// Microseconds after `origin`; `u64::MAX` is never.
    at: Arc<AtomicU64>,
}

impl Deadline {
    fn new() -> Self {
        Self { origin: Instant::now(), at: Arc::new(AtomicU64::new(u64::MAX)) }
    }

    /// Stops whatever runs on the connection once `at` has passed.
    pub(crate) fn set(&self, at: Instant) {
        let micros = at.saturating_duration_since(self.origin).as_micros();
        self.at.store(u64::try_from(micros).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Lets statements run as long as they take.
    pub(crate) fn clear(&self) {
        self.at.store(u64::MAX, Ordering::Relaxed);
    }

    fn passed(&self) -> bool {
        let at = self.at.load(Ordering::Relaxed);
        at != u64::MAX && self.origin.elapsed().as_micros() >= u128::from(at)
    }
}

/// A connection and its deadline.
#[derive(Debug)]
pub(crate) struct Link {
    /// The driver's connection.
    pub conn: Connection,
    /// When its running statement is stopped.
    pub deadline: Deadline,
}

impl Link {
    /// Opens `path` and sets the connection up.
    ///
    /// # Errors
    /// The driver's, when the file cannot be opened or is no database.
    pub(crate) fn open(path: &Path, access: Access, durability: Durability) -> rusqlite::Result<Self> {
        let flags = match access {
            Access::ReadWrite => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
            Access::ReadOnly => OpenFlags::SQLITE_OPEN_READ_ONLY,
            Access::AtRest => {
                let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
                let conn = Connection::open_with_flags(at_rest(path), flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
                return Self::set_up(conn, access, durability);
            }
        } | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Self::set_up(Connection::open_with_flags(path, flags)?, access, durability)
    }

    fn set_up(mut conn: Connection, access: Access, durability: Durability) -> rusqlite::Result<Self> {
        conn.busy_timeout(BUSY_TIMEOUT)?;
        conn.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
        conn.pragma_update(None, "cache_size", PAGE_CACHE_KIB)?;
        conn.pragma_update(None, "foreign_keys", true)?;
        match access {
            Access::ReadWrite => {
                // The mode is changed after the answer's only row, so the statement must be run to its end to see it fail.
                let mut mode = String::new();
                conn.pragma(None, "journal_mode", "WAL", |row| {
                    mode = row.get(0)?;
                    Ok(())
                })?;
                if mode != "wal" {
                    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_IOERR);
                    let reason = "the write-ahead log cannot be switched on".to_owned();
                    return Err(rusqlite::Error::SqliteFailure(code, Some(reason)));
                }
                let synchronous = match durability {
                    Durability::Full => "FULL",
                    Durability::Normal => "NORMAL",
                };
                conn.pragma_update(None, "synchronous", synchronous)?;
                // The writer checkpoints itself, after it has answered: see `writer`.
                conn.pragma_update_and_check(None, "wal_autocheckpoint", 0, |_| Ok(()))?;
                conn.pragma_update_and_check(None, "journal_size_limit", WAL_BYTES_KEPT, |_| Ok(()))?;
            }
            Access::ReadOnly | Access::AtRest => conn.pragma_update(None, "query_only", true)?,
        }
        // Without this a bound value may change the plan, and SQLite parses the statement anew for it.
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        // No value grows beyond this, so that a deep embed cannot take the memory either.
        conn.set_limit(Limit::SQLITE_LIMIT_LENGTH, super::VALUE_BYTES_MAX)?;
        functions::register(&conn)?;
        let deadline = Deadline::new();
        let watched = deadline.clone();
        conn.progress_handler(STEPS_PER_LOOK, Some(move || watched.passed()))?;
        Ok(Self { conn, deadline })
    }
}

/// The address by which SQLite takes a file as one that does not change.
fn at_rest(path: &Path) -> String {
    let mut address = String::from("file:");
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => address.push(char::from(*byte)),
            other => address.push_str(&format!("%{other:02X}")),
        }
    }
    address.push_str("?immutable=1");
    address
}

//! Ties a database file and its write-ahead log together, so that neither is put beside a stranger.
//!
//! A log carries no name of its database: SQLite plays any log back into the file beside it, another copy's too. So each opening
//! gives the file a new random number, and writes it down, with which log it is, in the lock file. After a crash the three
//! must agree. A clean close, or a lock file that says nothing, leaves nothing to compare.

use super::OpenError;
use super::wal::{self, Log, Origin};
use crate::store::sqlite::{BUSY_TIMEOUT, Durability, Link};
use rusqlite::{ErrorCode, ffi};
use std::fs::File;
use std::io::{ErrorKind, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where the file's number stands in a SQLite file: `user_version`.
const NUMBER_AT: std::ops::Range<usize> = 60..64;

/// What the lock file says of a database that is open, or was when its server died.
#[derive(Debug, PartialEq, Eq)]
struct Record {
    /// The number of the file.
    number: u32,
    /// The log, as it starts anew for the first time since the opening.
    log: Origin,
    durability: Durability,
}

impl Record {
    fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_ascii_whitespace();
        let mut next = || words.next()?.parse().ok();
        let (number, log) = (next()?, Origin { name: next()?, restarts: next()? });
        let durability = match words.next()? {
            "full" => Durability::Full,
            "normal" => Durability::Normal,
            _ => return None,
        };
        Some(Self { number, log, durability })
    }
}

impl std::fmt::Display for Record {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let durability = match self.durability {
            Durability::Full => "full",
            Durability::Normal => "normal",
        };
        writeln!(out, "{} {} {} {durability}", self.number, self.log.name, self.log.restarts)
    }
}

/// Holds the lock on a database. Dropped after the database was opened and closed, it says that nothing is left to compare.
#[derive(Debug)]
pub(crate) struct Lock {
    file: File,
    /// Whether the record in the file is ours.
    has_begun: bool,
}

impl Lock {
    pub(super) fn new(file: File) -> Self {
        Self { file, has_begun: false }
    }

    fn read(&mut self) -> std::io::Result<Option<Record>> {
        let mut text = String::new();
        self.file.rewind()?;
        // What is no text is no record either.
        Ok(self.file.read_to_string(&mut text).ok().and_then(|_| Record::parse(&text)))
    }

    fn write(&mut self, record: Option<&Record>) -> std::io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        if let Some(record) = record {
            write!(self.file, "{record}")?;
        }
        self.file.sync_all()
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // What a refused opening found stays. When this fails the record stays too, as after a crash.
        if self.has_begun {
            let _ = self.write(None);
        }
    }
}

/// How the last opening ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LastEnd {
    /// Closed, or never opened.
    Clean,
    /// The process or the machine died.
    Crash,
}

/// Compares file, log and record before SQLite reads any of them. `header` is the beginning of the file, `None` where it is missing.
///
/// # Errors
/// [`OpenError::Damaged`] or [`OpenError::ForeignLog`]; nothing was changed.
pub(super) fn compare(path: &Path, header: Option<&[u8]>, lock: &mut Lock) -> Result<LastEnd, OpenError> {
    let unreadable = |source| OpenError::Directory { path: path.to_owned(), source };
    let damaged = |reason: &str| OpenError::Damaged { path: path.to_owned(), reason: reason.to_owned() };
    let log = wal::read(&log_path(path)).map_err(unreadable)?;
    let record = lock.read().map_err(unreadable)?;
    if header.is_none() && !matches!(log, Log::Absent | Log::Empty) {
        return Err(damaged("it is gone or empty, but its write-ahead log is there"));
    }
    let Some(record) = record else {
        return Ok(if matches!(log, Log::Absent) { LastEnd::Clean } else { LastEnd::Crash });
    };
    match log {
        Log::Absent => tracing::warn!(
            "the write-ahead log is missing after a crash; unless it was removed on purpose, writes are lost"
        ),
        Log::Empty => {}
        Log::Headless => return Err(damaged("the header of its write-ahead log cannot be read")),
        Log::Readable { origin, damaged_at } => {
            let number = header.and_then(|header| header.get(NUMBER_AT)?.try_into().ok()).map(u32::from_be_bytes);
            let is_later = origin.restarts.wrapping_sub(record.log.restarts) < u32::MAX / 2;
            if origin.name != record.log.name || !is_later || number != Some(record.number) {
                return Err(OpenError::ForeignLog { path: path.to_owned(), log: log_path(path) });
            }
            if let Some(frame) = damaged_at.filter(|_| record.durability == Durability::Full) {
                let reason = format!("its write-ahead log is damaged at frame {frame}, and acknowledged writes follow");
                return Err(damaged(&reason));
            }
        }
    }
    Ok(LastEnd::Crash)
}

/// Gives the opened file a new number, and writes down what a crash will have to be compared with.
///
/// Where there is no room, or another program reads at this moment, nothing is written down, and nothing will be compared.
///
/// # Errors
/// The driver's, but for a full disk.
pub(super) fn begin(path: &Path, link: &Link, lock: &mut Lock, durability: Durability) -> rusqlite::Result<()> {
    match make(path, link, lock, durability) {
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DiskFull) => Ok(()),
        made => made,
    }
}

fn make(path: &Path, link: &Link, lock: &mut Lock, durability: Durability) -> rusqlite::Result<()> {
    lock.has_begun = true;
    lock.write(None).map_err(failed)?;
    let number = link.conn.query_row("SELECT random() & 0x7fffffff", [], |row| row.get::<_, u32>(0))?;
    link.conn.pragma_update(None, "user_version", number)?;
    // Read before the log is emptied for the first time: only then has SQLite chosen a random name for a new one.
    let Some(Origin { name, restarts }) = wal::origin(&log_path(path)).map_err(failed)? else { return Ok(()) };
    if is_copied(link)? {
        let log = Origin { name, restarts: restarts.wrapping_add(1) };
        let record = Record { number, log, durability };
        lock.write(Some(&record)).map_err(failed)?;
    }
    Ok(())
}

/// Copies the log into the file and empties it; `false` when another program reads from it.
fn is_copied(link: &Link) -> rusqlite::Result<bool> {
    link.conn.busy_timeout(Duration::ZERO)?;
    let copied = link.conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| Ok(row.get::<_, i64>(0)? == 0));
    link.conn.busy_timeout(BUSY_TIMEOUT)?;
    copied
}

/// A failure to use the lock file, as the driver would tell it.
fn failed(error: std::io::Error) -> rusqlite::Error {
    let code = if error.kind() == ErrorKind::StorageFull { ffi::SQLITE_FULL } else { ffi::SQLITE_IOERR };
    rusqlite::Error::SqliteFailure(ffi::Error::new(code), Some(error.to_string()))
}

fn log_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use crate::open::open;
    use crate::store::sqlite::Durability;
    use rusqlite::Connection;
    use std::path::Path;

    const FILES: [&str; 3] = ["a.db", "a.db-wal", "a.db.lock"];

    /// What a crash leaves after a few commits: copies of the files of an open database.
    fn crashed(dir: &Path, durability: Durability) {
        let live = tempfile::tempdir().unwrap();
        let opened = open(&live.path().join("a.db"), durability).unwrap();
        opened.link.conn.execute_batch("CREATE TABLE t (a)").unwrap();
        for number in 0..6 {
            opened.link.conn.execute("INSERT INTO t VALUES (?1)", [number]).unwrap();
        }
        for name in FILES {
            std::fs::copy(live.path().join(name), dir.join(name)).unwrap();
        }
    }

    /// Opens what a crash left, once `spoil` has had its way with it and the folder of another crash.
    #[track_caller]
    fn check(durability: Durability, spoil: impl Fn(&Path, &Path), expected: Result<i64, &str>) {
        let (ours, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        crashed(ours.path(), durability);
        crashed(other.path(), durability);
        spoil(ours.path(), other.path());
        let path = ours.path().join("a.db");
        let before: Vec<_> = FILES.iter().map(|name| std::fs::read(ours.path().join(name)).ok()).collect();
        match (open(&path, durability), expected) {
            (Ok(opened), Ok(rows)) => {
                let count = opened.link.conn.query_row("SELECT count(*) FROM t", [], |row| row.get::<_, i64>(0));
                assert_eq!(count.unwrap(), rows);
            }
            (Err(error), Err(text)) => {
                assert!(error.to_string().contains(text), "{error}");
                let after: Vec<_> = FILES.iter().map(|name| std::fs::read(ours.path().join(name)).ok()).collect();
                assert!(before == after, "a refusal changed something");
            }
            (Ok(_), Err(text)) => panic!("opened, without {text}"),
            (Err(error), Ok(_)) => panic!("{error}"),
        }
    }

    fn flip(path: &Path, at: usize) {
        let mut bytes = std::fs::read(path).unwrap();
        bytes[at] ^= 1;
        std::fs::write(path, bytes).unwrap();
    }

    fn take(from: &Path, to: &Path, name: &str) {
        std::fs::copy(from.join(name), to.join(name)).unwrap();
    }

    #[test]
    fn what_a_crash_leaves_opens_when_it_belongs_together() {
        check(Durability::Full, |_, _| {}, Ok(6));
        check(Durability::Full, |ours, other| FILES.iter().for_each(|name| take(other, ours, name)), Ok(6));
        check(Durability::Full, |ours, _| std::fs::remove_file(ours.join("a.db.lock")).unwrap(), Ok(6));
        check(Durability::Full, |ours, _| std::fs::write(ours.join("a.db.lock"), [0xff, 0xfe]).unwrap(), Ok(6));
        let opened_by_another = |ours: &Path, _: &Path| {
            Connection::open(ours.join("a.db")).unwrap().execute("DELETE FROM t WHERE a = 0", []).unwrap();
        };
        check(Durability::Full, opened_by_another, Ok(5));
    }

    #[test]
    fn a_log_and_a_file_of_two_databases_are_refused() {
        let foreign = Err("belongs to another database");
        check(Durability::Full, |ours, other| take(other, ours, "a.db-wal"), foreign);
        check(Durability::Full, |ours, other| take(other, ours, "a.db"), foreign);
        check(Durability::Full, |ours, _| std::fs::remove_file(ours.join("a.db")).unwrap(), Err("is gone or empty"));
        check(Durability::Full, |ours, _| std::fs::write(ours.join("a.db"), "").unwrap(), Err("is gone or empty"));
    }

    #[test]
    fn a_log_of_an_earlier_life_is_refused() {
        let earlier = |ours: &Path, other: &Path| {
            take(ours, other, "a.db-wal");
            let opened = open(&ours.join("a.db"), Durability::Full).unwrap();
            opened.link.conn.execute("DELETE FROM t WHERE a = 0", []).unwrap();
            for name in FILES {
                std::fs::copy(ours.join(name), other.join(format!("new-{name}"))).unwrap();
            }
            drop(opened);
            for name in FILES {
                std::fs::copy(other.join(format!("new-{name}")), ours.join(name)).unwrap();
            }
            take(other, ours, "a.db-wal");
        };
        check(Durability::Full, earlier, Err("belongs to another database"));
    }

    #[test]
    fn damage_in_the_log_is_refused_where_it_can_be_told() {
        let frame = |number: usize| 32 + (number - 1) * 4_120;
        let spoil = |at: usize| move |ours: &Path, _: &Path| flip(&ours.join("a.db-wal"), at);
        check(Durability::Full, spoil(frame(4) + 500), Err("is damaged at frame 4"));
        check(Durability::Full, spoil(12), Err("the header of its write-ahead log"));
        // Nobody can tell here: the last commit may be torn, and without syncs an older one too.
        check(Durability::Full, spoil(frame(8) + 500), Ok(5));
        check(Durability::Normal, spoil(frame(5) + 500), Ok(2));
    }

    #[test]
    fn a_clean_close_leaves_nothing_to_compare() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        drop(open(&path, Durability::Full).unwrap());
        assert_eq!(std::fs::read(dir.path().join("a.db.lock")).unwrap(), b"");
        assert!(!dir.path().join("a.db-wal").exists());
    }

    #[test]
    fn a_crash_is_followed_by_a_look_at_the_structure() {
        let wiped = |ours: &Path, _: &Path| {
            let conn = Connection::open(ours.join("a.db")).unwrap();
            conn.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
            let page: u32 =
                conn.query_row("SELECT rootpage FROM sqlite_schema WHERE name = 't'", [], |r| r.get(0)).unwrap();
            drop(conn);
            let mut bytes = std::fs::read(ours.join("a.db")).unwrap();
            let end = usize::try_from(page).unwrap() * 4_096;
            bytes[end - 4_096..end].fill(0);
            std::fs::write(ours.join("a.db"), bytes).unwrap();
        };
        check(Durability::Full, wiped, Err("is damaged: "));
    }
}

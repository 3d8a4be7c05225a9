//! Opens or creates a database. A file that is not ours, is newer than this program, is damaged, lies beside a stranger's log, or
//! cannot be written is refused by name, before anything is changed.

mod session;
mod wal;

use crate::store::sqlite::{Access, Durability, Link};
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension};
use session::LastEnd;
pub(crate) use session::Lock;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Marks a SQLite file as ours: "BSTY".
pub(crate) const APPLICATION_ID: i32 = 0x4253_5459;
/// Layout of our own tables. A higher number in a file means a newer program wrote it.
pub const FORMAT: i64 = 1;
/// Bytes of a SQLite file that say what it is.
const HEADER_BYTES: usize = 100;
const MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// Longest look at a database after a crash: a few hundred megabytes.
const LOOK_MAX: Duration = Duration::from_secs(1);

/// Why a database cannot be opened. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The directory cannot be made or read.
    #[error("cannot use the directory {}", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// There is no database to look at.
    #[error("there is no database at {}", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// Another process has it open.
    #[error("{} is in use by another server; stop it first, or choose another data directory", path.display())]
    InUse {
        /// The database file.
        path: PathBuf,
    },
    /// The disk or file does not accept writes.
    #[error("{} cannot be written: the disk or the file is read-only", path.display())]
    ReadOnly {
        /// The database file.
        path: PathBuf,
    },
    /// No room for even an empty database.
    #[error("no space left for {}", path.display())]
    DiskFull {
        /// The database file.
        path: PathBuf,
    },
    /// A file of somebody else.
    #[error("{} is not a Backstay database ({found}); it was left as it is", path.display())]
    NotOurs {
        /// The file.
        path: PathBuf,
        /// What it seems to be.
        found: &'static str,
    },
    /// Written by a newer program.
    #[error("{} has format {found}, and this program knows formats up to {known}: use a newer program", path.display())]
    NewerFormat {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The newest format known.
        known: i64,
    },
    /// The file is ours and cannot be read.
    #[error("{} is damaged: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        reason: String,
    },
    /// The write-ahead log is not this file's: one of the two was put there from elsewhere.
    #[error("{} belongs to another database than {}", log.display(), path.display())]
    ForeignLog {
        /// The database file.
        path: PathBuf,
        /// The log beside it.
        log: PathBuf,
    },
    /// A rule about values cannot be made ready.
    #[error("the schema cannot be used")]
    Schema(#[from] backstay_plan::bind::BadValidator),
    /// Anything else that SQLite said.
    #[error("cannot open {}", path.display())]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
}

/// An opened database that no other process of ours can open, until this is dropped.
#[derive(Debug)]
pub(crate) struct Opened {
    /// The writing connection.
    pub(crate) link: Link,
    /// Held for as long as the database is open.
    pub(crate) lock: Lock,
}

/// Opens the database file at `path`, creating it and its directory when they are not there.
///
/// # Errors
/// See [`OpenError`]; nothing was changed.
pub(crate) fn open(path: &Path, durability: Durability) -> Result<Opened, OpenError> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // A folder that we make holds rows and keys: it is its owner's alone.
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(|source| {
        match read_only(&source) {
            true => OpenError::ReadOnly { path: path.to_owned() },
            false => OpenError::Directory { path: directory.to_owned(), source },
        }
    })?;
    // A file of somebody else is refused before a lock file is left beside it.
    inspect(path)?;
    let mut lock = Lock::new(lock(path)?);
    let header = inspect(path)?;
    let last_end = session::compare(path, header.as_deref(), &mut lock)?;
    if header.is_none() {
        create(path)?;
    }
    let explained = |error| explain(path, error);
    let link = Link::open(path, Access::ReadWrite, durability).map_err(explained)?;
    check(path, &link.conn)?;
    if last_end == LastEnd::Crash {
        verify(path, &link)?;
    }
    session::begin(path, &link, &mut lock, durability).map_err(explained)?;
    Ok(Opened { link, lock })
}

/// Puts our description of ourselves into a SQLite file that belongs to no program; what is in it stays as it is. Any other file
/// is left alone.
///
/// # Errors
/// See [`OpenError`]; nothing was changed.
pub(crate) fn adopt(path: &Path) -> Result<(), OpenError> {
    let mut header = Vec::with_capacity(HEADER_BYTES);
    let Ok(file) = File::open(path) else { return Ok(()) };
    let read = file.take(HEADER_BYTES as u64).read_to_end(&mut header);
    read.map_err(|source| OpenError::Directory { path: path.to_owned(), source })?;
    if header.starts_with(MAGIC) && header.get(68..72) == Some(&[0; 4]) {
        let _held = lock(path)?;
        create(path)?;
    }
    Ok(())
}

/// Opens a database to look at it, also while another process has it open. Writes nothing and takes no part in the lock.
///
/// # Errors
/// See [`OpenError`].
pub(crate) fn beside(path: &Path, access: Access) -> Result<Link, OpenError> {
    if inspect(path)?.is_none() {
        return Err(OpenError::Missing { path: path.to_owned() });
    }
    let link = Link::open(path, access, Durability::Full).map_err(|error| explain(path, error))?;
    format(path, &link.conn)?;
    Ok(link)
}

/// Keeps every server away from the database at `path`, for as long as the answer lives. The database need not be there,
/// its directory must.
///
/// # Errors
/// [`OpenError::InUse`] while a server has it open; else what kept the lock from being taken.
pub fn hold(path: &Path) -> Result<File, OpenError> {
    lock(path)
}

/// The header of a file of ours, `None` where there is no file or an empty one. It is not opened as a database, so that nothing
/// of a foreign file is touched.
fn inspect(path: &Path) -> Result<Option<Vec<u8>>, OpenError> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(OpenError::Directory { path: path.to_owned(), source }),
    };
    let mut header = Vec::with_capacity(HEADER_BYTES);
    let read = file.by_ref().take(HEADER_BYTES as u64).read_to_end(&mut header);
    read.map_err(|source| OpenError::Directory { path: path.to_owned(), source })?;
    let not_ours = |found| Err(OpenError::NotOurs { path: path.to_owned(), found });
    if header.is_empty() {
        return Ok(None);
    }
    if !header.starts_with(MAGIC) {
        return not_ours("it is no SQLite database");
    }
    match header.get(68..72).and_then(|bytes| bytes.try_into().ok()).map(i32::from_be_bytes) {
        Some(APPLICATION_ID) => Ok(Some(header)),
        Some(_) => not_ours("it is a SQLite database of another program"),
        None => not_ours("it is cut off within its header"),
    }
}

fn lock(path: &Path) -> Result<File, OpenError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let lock_path = PathBuf::from(name);
    let refused = |source: std::io::Error| {
        if source.kind() == ErrorKind::StorageFull {
            OpenError::DiskFull { path: path.to_owned() }
        } else if read_only(&source) {
            OpenError::ReadOnly { path: path.to_owned() }
        } else {
            OpenError::Directory { path: lock_path.clone(), source }
        }
    };
    let file =
        OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&lock_path).map_err(refused)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse { path: path.to_owned() }),
        Err(TryLockError::Error(source)) => Err(OpenError::Directory { path: lock_path, source }),
    }
}

fn read_only(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied)
}

/// Writes an empty database in one transaction with a rollback journal, so that the file says whose it is from its first byte on.
fn create(path: &Path) -> Result<(), OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let make = || -> rusqlite::Result<()> {
        let mut conn = Connection::open_with_flags(path, flags)?;
        let transaction = conn.transaction_with_behavior(rusqlite::TransactionBehavior::Exclusive)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.execute_batch(
            "CREATE TABLE _backstay_meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
             CREATE TABLE _backstay_migrations (
               id INTEGER PRIMARY KEY,
               applied_at TEXT NOT NULL,
               catalog TEXT NOT NULL,
               changes TEXT NOT NULL,
               sql TEXT NOT NULL
             );",
        )?;
        transaction.execute("INSERT INTO _backstay_meta (key, value) VALUES ('format', ?1)", [FORMAT.to_string()])?;
        transaction.commit()
    };
    make().map_err(|error| explain(path, error))
}

/// Reads the format, and proves that the database can be written.
fn check(path: &Path, conn: &Connection) -> Result<(), OpenError> {
    format(path, conn)?;
    conn.execute_batch("BEGIN IMMEDIATE; ROLLBACK").map_err(|error| explain(path, error))
}

/// Reads the format; refuses a database that is not ours or newer than this program.
fn format(path: &Path, conn: &Connection) -> Result<(), OpenError> {
    let explained = |error| explain(path, error);
    let id: i32 = conn.query_row("PRAGMA application_id", [], |row| row.get(0)).map_err(explained)?;
    if id != APPLICATION_ID {
        return Err(OpenError::NotOurs { path: path.to_owned(), found: "it is a SQLite database of another program" });
    }
    let format =
        conn.query_row("SELECT value FROM _backstay_meta WHERE key = 'format'", [], |row| row.get::<_, String>(0));
    let format = format.optional().map_err(explained)?.and_then(|text| text.parse::<i64>().ok());
    match format {
        Some(found) if found > FORMAT => Err(OpenError::NewerFormat { path: path.to_owned(), found, known: FORMAT }),
        Some(_) => Ok(()),
        None => Err(OpenError::Damaged { path: path.to_owned(), reason: "it does not say its format".to_owned() }),
    }
}

/// Looks at the structure of a database that was not closed, for as long as a start may take.
fn verify(path: &Path, link: &Link) -> Result<(), OpenError> {
    let explained = |error| explain(path, error);
    // Whether a row passes a check may depend on the day; that is no damage.
    link.conn.pragma_update(None, "ignore_check_constraints", true).map_err(explained)?;
    link.deadline.set(Instant::now() + LOOK_MAX);
    let verdict = link.conn.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
    link.deadline.clear();
    link.conn.pragma_update(None, "ignore_check_constraints", false).map_err(explained)?;
    match verdict {
        Ok(verdict) if verdict == "ok" => Ok(()),
        Ok(found) => Err(OpenError::Damaged { path: path.to_owned(), reason: found.replace('\n', " ") }),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => {
            tracing::info!("the database is too large to be looked through at the start after a crash");
            Ok(())
        }
        Err(error) => Err(explain(path, error)),
    }
}

pub(crate) fn explain(path: &Path, error: rusqlite::Error) -> OpenError {
    let path = path.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => OpenError::ReadOnly { path },
        Some(ErrorCode::DiskFull) => OpenError::DiskFull { path },
        Some(ErrorCode::NotADatabase) => OpenError::NotOurs { path, found: "it is no SQLite database" },
        // `Unknown` is what SQLite says of a table of ours that is not there.
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::Unknown) => OpenError::Damaged { path, reason: error.to_string() },
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => OpenError::InUse { path },
        _ => OpenError::Sqlite { path, source: error },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn make(path: &Path) {
        drop(open(path, Durability::Full).unwrap());
    }

    #[test]
    fn a_new_file_is_ours_from_the_start_and_opens_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep/er/data.db");
        make(&path);
        assert!(inspect(&path).unwrap().is_some());
        let folder = std::fs::metadata(dir.path().join("deep/er")).unwrap();
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&folder.permissions()) & 0o777, 0o700);
        let opened = open(&path, Durability::Full).unwrap();
        let setting = |name: &str| {
            opened
                .link
                .conn
                .query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, rusqlite::types::Value>(0))
                .unwrap()
        };
        assert_eq!(setting("synchronous"), rusqlite::types::Value::Integer(2));
        assert_eq!(setting("foreign_keys"), rusqlite::types::Value::Integer(1));
        assert_eq!(setting("journal_mode"), rusqlite::types::Value::Text("wal".to_owned()));
        let again = open(&path, Durability::Full).unwrap_err();
        assert!(matches!(again, OpenError::InUse { .. }), "{again}");
    }

    #[track_caller]
    fn refused(content: &[u8], expected: &str) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("data.db");
        std::fs::write(&path, content).unwrap();
        let error = open(&path, Durability::Full).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), content, "the file was changed");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "something was left beside it");
    }

    fn foreign() -> Vec<u8> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.db");
        Connection::open(&path).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
        std::fs::read(path).unwrap()
    }

    #[test]
    fn files_of_others_are_left_alone() {
        refused(b"hello, I am a text file", "it is no SQLite database");
        refused(b"x", "it is no SQLite database");
        refused(&foreign(), "of another program");
        refused(&foreign()[..40], "cut off");
        refused(&[0; 4096], "it is no SQLite database");
    }

    #[test]
    fn a_newer_format_and_a_missing_one_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("data.db");
        for (sql, expected) in [
            ("UPDATE _backstay_meta SET value = '99'", "has format 99"),
            ("DELETE FROM _backstay_meta", "does not say its format"),
            ("DROP TABLE _backstay_meta", "is damaged: no such table"),
        ] {
            make(&path);
            Connection::open(&path).unwrap().execute_batch(sql).unwrap();
            let error = open(&path, Durability::Full).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
            std::fs::remove_file(&path).unwrap();
        }
    }

    #[test]
    fn an_interrupted_creation_starts_over() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("data.db");
        std::fs::write(&path, b"").unwrap();
        make(&path);
        assert!(inspect(&path).unwrap().is_some());
    }
}

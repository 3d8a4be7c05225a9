//! Reads a write-ahead log before SQLite does. In: the file. Out: which log it is, and whether something in its middle is damaged.
//!
//! SQLite takes a log up to its first frame that does not fit and forgets the rest: right for the torn end that a power cut
//! leaves, but acknowledged writes go the same way when an older frame is damaged. At full durability the two can be told apart:
//! a commit is synced before the next frame is written, so a frame that follows a commit that follows the misfit proves that the
//! misfit was once whole. Damage to the last commits of a log looks like a torn end, and is taken for one.

use std::fs::File;
use std::io::{BufReader, ErrorKind, Read};
use std::path::Path;

const HEADER_BYTES: usize = 32;
const FRAME_HEADER_BYTES: usize = 24;
/// The last bit says whether checksums read words with the highest byte first.
const MAGIC: u32 = 0x377f_0682;

/// What a log says of itself.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Log {
    /// It is not there.
    Absent,
    /// It holds no frame.
    Empty,
    /// Frames follow a header that cannot be read. A header is synced before the first frame is written.
    Headless,
    /// It can be read.
    Readable {
        /// Which log it is.
        origin: Origin,
        /// The first frame that does not fit although it was whole once, from 1.
        damaged_at: Option<u64>,
    },
}

/// Which log it is, and in which of its lives: a log that was copied whole into its database starts anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Origin {
    /// Random in every new log, and kept when it starts anew.
    pub(crate) name: u32,
    /// How often it has started anew.
    pub(crate) restarts: u32,
}

/// Reads the log at `path`, to its end.
///
/// # Errors
/// The system's.
pub(crate) fn read(path: &Path) -> std::io::Result<Log> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Log::Absent),
        Err(error) => return Err(error),
    };
    if file.metadata()?.len() <= (HEADER_BYTES + FRAME_HEADER_BYTES) as u64 {
        return Ok(Log::Empty);
    }
    let mut file = BufReader::with_capacity(1 << 16, file);
    let mut bytes = [0; HEADER_BYTES];
    file.read_exact(&mut bytes)?;
    match Header::parse(&bytes) {
        Some(header) => Ok(Log::Readable { origin: header.origin(), damaged_at: damaged_at(&header, &mut file)? }),
        None => Ok(Log::Headless),
    }
}

/// Which log stands at `path`; `None` where no header can be read.
///
/// # Errors
/// The system's.
pub(crate) fn origin(path: &Path) -> std::io::Result<Option<Origin>> {
    let mut bytes = [0; HEADER_BYTES];
    match File::open(path).and_then(|mut file| file.read_exact(&mut bytes)) {
        Ok(()) => Ok(Header::parse(&bytes).map(|header| header.origin())),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::UnexpectedEof) => Ok(None),
        Err(error) => Err(error),
    }
}

struct Header {
    high_byte_first: bool,
    page_bytes: usize,
    restarts: u32,
    salts: (u32, u32),
    sum: (u32, u32),
}

impl Header {
    /// `None` when its checksum does not fit.
    fn parse(bytes: &[u8; HEADER_BYTES]) -> Option<Self> {
        let magic = word(bytes, 0)?;
        let page_bytes = usize::try_from(word(bytes, 8)?).ok()?;
        if magic & !1 != MAGIC || !page_bytes.is_power_of_two() || !(512..=65_536).contains(&page_bytes) {
            return None;
        }
        let (high_byte_first, restarts) = (magic & 1 == 1, word(bytes, 12)?);
        let header = Self { high_byte_first, page_bytes, restarts, salts: pair(bytes, 16)?, sum: pair(bytes, 24)? };
        (header.sum((0, 0), bytes.get(..24)?) == header.sum).then_some(header)
    }

    fn origin(&self) -> Origin {
        // SQLite counts the first salt up together with the restarts.
        Origin { name: self.salts.0.wrapping_sub(self.restarts), restarts: self.restarts }
    }

    /// SQLite's checksum, continued from `from`.
    fn sum(&self, from: (u32, u32), bytes: &[u8]) -> (u32, u32) {
        let read =
            |bytes: [u8; 4]| if self.high_byte_first { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) };
        let (words, _) = bytes.as_chunks::<4>();
        let (pairs, _) = words.as_chunks::<2>();
        pairs.iter().fold(from, |(mut first, mut second), [one, other]| {
            first = first.wrapping_add(read(*one)).wrapping_add(second);
            second = second.wrapping_add(read(*other)).wrapping_add(first);
            (first, second)
        })
    }
}

/// The first frame that does not fit, when a commit and another frame that do fit follow it.
fn damaged_at(header: &Header, file: &mut impl Read) -> std::io::Result<Option<u64>> {
    let mut frame = vec![0; FRAME_HEADER_BYTES + header.page_bytes];
    let (mut before, mut misfit, mut has_commit) = (header.sum, None, false);
    for number in 1_u64.. {
        match file.read_exact(&mut frame) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => break,
            Err(error) => return Err(error),
        }
        let Some((head, page)) = frame.split_at_checked(FRAME_HEADER_BYTES) else { break };
        let (Some(pages), Some(salts), Some(sum)) = (word(head, 4), pair(head, 8), pair(head, 16)) else { break };
        let computed = header.sum(header.sum(before, head.get(..8).unwrap_or_default()), page);
        let fits = salts == header.salts && computed == sum;
        // Each frame's checksum goes on from the one before it, whether that one fits or not.
        before = sum;
        if !fits {
            misfit = misfit.or(Some(number));
        } else if misfit.is_some() && has_commit {
            return Ok(misfit);
        } else if misfit.is_some() && pages != 0 {
            // Only the last frame of a commit says how many pages the database has.
            has_commit = true;
        }
    }
    Ok(None)
}

fn pair(bytes: &[u8], at: usize) -> Option<(u32, u32)> {
    Some((word(bytes, at)?, word(bytes, at + 4)?))
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::Connection;

    /// A log of six commits, one frame each after the first two, and its path.
    fn log() -> (tempfile::TempDir, std::path::PathBuf, Connection) {
        let dir = tempfile::tempdir().unwrap();
        let conn = Connection::open(dir.path().join("a.db")).unwrap();
        conn.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (a)").unwrap();
        for number in 0..5 {
            conn.execute("INSERT INTO t VALUES (?1)", [number]).unwrap();
        }
        let path = dir.path().join("a.db-wal");
        (dir, path, conn)
    }

    /// The verdict on the log once `spoil` has changed its bytes.
    #[track_caller]
    fn check(spoil: impl Fn(&mut Vec<u8>), expected: Result<Option<u64>, Log>) {
        let (dir, path, _conn) = log();
        let mut bytes = std::fs::read(path).unwrap();
        let frames = (bytes.len() - HEADER_BYTES) / (FRAME_HEADER_BYTES + 4096);
        assert_eq!(frames, 7);
        spoil(&mut bytes);
        let copy = dir.path().join("copy");
        std::fs::write(&copy, bytes).unwrap();
        match (read(&copy).unwrap(), expected) {
            (Log::Readable { damaged_at, .. }, Ok(expected)) => assert_eq!(damaged_at, expected),
            (log, Err(expected)) => assert_eq!(log, expected),
            (log, Ok(_)) => panic!("{log:?}"),
        }
    }

    const fn frame(number: usize) -> usize {
        HEADER_BYTES + (number - 1) * (FRAME_HEADER_BYTES + 4096)
    }

    #[test]
    fn damage_in_the_middle_is_told_from_a_torn_end() {
        check(|_| {}, Ok(None));
        // A page, a checksum, a salt, a commit mark.
        for byte in [FRAME_HEADER_BYTES + 100, 17, 9, 7] {
            check(|bytes| bytes[frame(3) + byte] ^= 1, Ok(Some(3)));
        }
        check(|bytes| bytes[frame(2)..frame(4)].fill(0), Ok(Some(2)));
        check(|bytes| bytes[frame(7) + 50] ^= 1, Ok(None));
        check(|bytes| bytes[frame(6) + 50] ^= 1, Ok(None));
        check(|bytes| bytes[frame(5)..].fill(0), Ok(None));
        check(|bytes| bytes.truncate(frame(4) + 10), Ok(None));
        check(|bytes| bytes.truncate(40), Err(Log::Empty));
        check(|bytes| bytes.clear(), Err(Log::Empty));
        check(|bytes| bytes[20] ^= 1, Err(Log::Headless));
        check(|bytes| bytes[..HEADER_BYTES].fill(0), Err(Log::Headless));
        check(|bytes| *bytes = b"no log ".repeat(1_000), Err(Log::Headless));
        assert_eq!(read(Path::new("/nowhere/at/all")).unwrap(), Log::Absent);
    }

    #[test]
    fn what_an_earlier_life_left_behind_is_no_damage() {
        let (_dir, path, conn) = log();
        let name = origin(&path).unwrap().unwrap().name;
        let readable = |restarts| Log::Readable { origin: Origin { name, restarts }, damaged_at: None };
        assert_eq!(read(&path).unwrap(), readable(0));
        conn.query_row("PRAGMA wal_checkpoint(RESTART)", [], |_| Ok(())).unwrap();
        conn.execute("INSERT INTO t VALUES (1)", []).unwrap();
        assert_eq!(read(&path).unwrap(), readable(1));
        conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
        assert_eq!(read(&path).unwrap(), Log::Empty);
        conn.execute("INSERT INTO t VALUES (1)", []).unwrap();
        assert_eq!(read(&path).unwrap(), readable(2));
    }

    #[test]
    fn what_a_rolled_back_transaction_spilled_is_no_damage() {
        let (_dir, path, conn) = log();
        let spill = |rows: i32, end: &str| {
            conn.execute_batch("PRAGMA cache_size = 2; BEGIN").unwrap();
            for _ in 0..rows {
                conn.execute("INSERT INTO t VALUES (zeroblob(3000))", []).unwrap();
            }
            conn.execute_batch(end).unwrap();
        };
        spill(60, "ROLLBACK");
        let Log::Readable { damaged_at: None, .. } = read(&path).unwrap() else { panic!("damaged") };
        conn.execute("INSERT INTO t VALUES (1)", []).unwrap();
        let Log::Readable { damaged_at: None, .. } = read(&path).unwrap() else { panic!("damaged") };
        spill(60, "SAVEPOINT s; INSERT INTO t VALUES (zeroblob(9000)); ROLLBACK TO s; COMMIT");
        let Log::Readable { damaged_at: None, .. } = read(&path).unwrap() else { panic!("damaged") };
    }
}

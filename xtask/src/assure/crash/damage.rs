//! Damaged and foreign files: a database that was killed under load is copied, one thing about the copy is spoilt, and a server
//! is started on it. It must refuse by name, or serve whole rows of whole requests.

use super::audit::{DATABASE, ReadFault, start, stored};
use super::ledger::{Ledger, Mark, batch_number};
use super::writers::Load;
use super::{Profile, Tally};
use crate::assure::profile::Random;
use crate::http::Client;
use crate::server::{self, Build, Refused, Server};
use crate::shell::{self, say};
use anyhow::{Context, Result, bail, ensure};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

const PAGE: usize = 4_096;
/// A row that no writer uses.
const PROBE: i64 = 1_000_000_000;
/// Words of the errors that a start may end with.
const NAMES: &[&str] = &[
    "is damaged",
    "is not a Backstay database",
    "has format",
    "belongs to another database",
    "the stored catalogue cannot be read",
];

/// What is done to a page of a file.
#[derive(Clone, Copy, Debug)]
enum Harm {
    /// One bit is turned over.
    Flip,
    /// All its bytes become zero.
    Zero,
    /// The file ends before it.
    Cut,
}

const HARMS: [Harm; 3] = [Harm::Flip, Harm::Zero, Harm::Cut];

/// How a server met a damaged file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Met {
    /// It did not start, and said why.
    Refused,
    /// It started, and refused the rows that it could not read by name.
    Stopped,
    /// Every acknowledged row was served.
    Whole,
    /// Whole requests were served, but the last ones were gone with the end of the log.
    Shortened,
    /// A row was served with other content than was written.
    Altered,
}

/// A killed database, and what is known about it.
struct Victim {
    binary: PathBuf,
    /// Left as it was when the server died.
    data: PathBuf,
    /// Where copies of it are spoilt.
    copy: PathBuf,
    ledger: Ledger,
}

/// Spoils pages of every file, then puts foreign files in their place.
pub(super) fn run(profile: &Profile) -> Result<Tally> {
    let binary = server::build(Build::Tested)?;
    let dir = server::scratch("damage")?;
    let victim = victim(&binary, &dir, "victim")?;
    let other = self::victim(&binary, &dir, "other")?;
    let (mut random, mut tally) = (profile.random(5), Tally::default());
    for (name, most) in [
        ("backstay.db-wal", profile.pick(4, usize::MAX)),
        ("backstay.db-shm", profile.pick(1, usize::MAX)),
        (DATABASE, profile.pick(5, 100)),
    ] {
        pages(&victim, name, most, &mut random, &mut tally)?;
    }
    for (name, expected, spoil) in FOREIGN {
        let outcome = foreign(&victim, &other, *spoil, expected);
        tally.note(name, outcome);
    }
    let _ = std::fs::remove_dir_all(&dir);
    Ok(tally)
}

/// A database with rows in its file and more in its log.
fn victim(binary: &Path, dir: &Path, name: &str) -> Result<Victim> {
    let data = dir.join(name);
    let load = Load::new();
    let mut ledger = Ledger::default();
    for is_last in [false, true] {
        let (mut server, token) = start(binary, &data, &[])?;
        let (more, ended) = load.run(server.address, &token, || {
            std::thread::sleep(Duration::from_millis(300));
            if is_last { server.kill() } else { Ok(()) }
        });
        ended?;
        ledger.merge(more);
        if !is_last {
            server.stop()?;
        }
    }
    let log = std::fs::metadata(data.join("backstay.db-wal")).context("the killed server left no log")?.len();
    ensure!(log > 8 * 4_096, "the killed server left a log of {log} bytes");
    Ok(Victim { binary: binary.to_owned(), data, copy: dir.join("copy"), ledger })
}

impl Victim {
    /// A fresh copy of the data folder.
    fn copied(&self) -> Result<&Path> {
        let _ = std::fs::remove_dir_all(&self.copy);
        shell::run_quietly(&mut shell::command(
            "cp",
            &["-a", &self.data.to_string_lossy(), &self.copy.to_string_lossy()],
        ))?;
        Ok(&self.copy)
    }

    /// Starts a server on the copy and reads every row.
    fn meet(&self) -> Result<(Met, String)> {
        let (server, token) = match start(&self.binary, &self.copy, &[]) {
            Ok(started) => started,
            Err(error) => {
                let refused = error.downcast_ref::<Refused>().with_context(|| format!("{error:#}"))?;
                let is_named = NAMES.iter().any(|name| refused.said.contains(name));
                ensure!(is_named && !refused.said.contains("panicked"), "{refused}");
                return Ok((Met::Refused, refused.said.clone()));
            }
        };
        let met = self.read(&server, &token);
        ensure!(!server.said().contains("panicked"), "a panic: {}", server.said());
        met.map(|met| (met, String::new()))
    }

    fn read(&self, server: &Server, token: &str) -> Result<Met> {
        let met = match stored(server, token, 1) {
            Ok(rows) => {
                let faults = self.ledger.faults(&rows, 1);
                ensure!(faults.torn.is_empty(), "torn batches were served: {:?}", faults.torn);
                if faults.lost.is_empty() { Met::Whole } else { Met::Shortened }
            }
            Err(error) => match error.downcast_ref() {
                Some(ReadFault::Altered { .. }) => Met::Altered,
                Some(ReadFault::Answer { status: 503, .. }) => Met::Stopped,
                Some(ReadFault::Answer { .. }) | None => return Err(error),
            },
        };
        let mark = Mark { id: PROBE, batch: batch_number(PROBE, 1), version: 1 };
        let write = Client::connect(server.address, token)?.send("POST", "/rest/v1/marks", &mark.json().to_string())?;
        ensure!(matches!(write.status, 201 | 503), "a write was answered with {} {}", write.status, write.body);
        if met == Met::Stopped {
            let ready = Client::connect(server.address, "")?.send("GET", "/health/ready", "")?;
            ensure!(ready.status == 503, "readiness says {} while rows cannot be read", ready.status);
        }
        Ok(met)
    }
}

/// Spoils up to `most` pages of one file, each in every way.
fn pages(victim: &Victim, name: &str, most: usize, random: &mut Random, tally: &mut Tally) -> Result<()> {
    let size = std::fs::metadata(victim.data.join(name))?.len();
    let count = usize::try_from(size)?.div_ceil(PAGE);
    let mut met: BTreeMap<Met, u64> = BTreeMap::new();
    let step = count.div_ceil(most.min(count)).max(1);
    for page in (0..count).step_by(step) {
        for harm in HARMS {
            let outcome = spoilt(victim, name, page, harm, random).map(|how| *met.entry(how).or_default() += 1);
            tally.note_quietly(&format!("{name}, page {page}: {harm:?}"), outcome);
        }
    }
    let shown: Vec<_> = met.iter().map(|(how, times)| format!("{times} {how:?}")).collect();
    say(&format!("{name}, {count} pages, every {step}: {}", shown.join(", ")));
    Ok(())
}

fn spoilt(victim: &Victim, name: &str, page: usize, harm: Harm, random: &mut Random) -> Result<Met> {
    let path = victim.copied()?.join(name);
    let mut bytes = std::fs::read(&path)?;
    let (begin, end) = (page * PAGE, bytes.len().min((page + 1) * PAGE));
    let place = begin + usize::try_from(random.below(u64::try_from(end - begin)?))?;
    match harm {
        Harm::Flip => {
            let byte = bytes.get_mut(place).context("no such byte")?;
            *byte ^= 1 << random.below(8);
        }
        Harm::Zero => bytes.get_mut(begin..end).context("no such page")?.fill(0),
        Harm::Cut => bytes.truncate(begin),
    }
    std::fs::write(&path, &bytes)?;
    let (met, _) = victim.meet()?;
    // SQLite keeps no checksums of the pages of a database: a bit within a value, or a page of one, cannot be told.
    ensure!(met != Met::Altered || name == DATABASE, "a row was served with other content, byte {place}");
    Ok(met)
}

/// Spoils a copy with files of another database.
type Spoil = fn(copy: &Path, other: &Path) -> Result<()>;

/// What stands in the place of a file, and how it must be met: words of the refusal, or none when all rows must be served.
const FOREIGN: &[(&str, &str, Spoil)] = &[
    ("no -shm", "", |copy, _| Ok(std::fs::remove_file(copy.join("backstay.db-shm"))?)),
    ("-wal of another database", "belongs to another database", |copy, other| replace(copy, other, "backstay.db-wal")),
    ("file of another database beside our -wal", "belongs to another database", |copy, other| {
        replace(copy, other, DATABASE)
    }),
    ("-wal that is text", "is damaged", |copy, _| {
        Ok(std::fs::write(copy.join("backstay.db-wal"), "no log ".repeat(2_000))?)
    }),
    ("file is gone, -wal is there", "is damaged", |copy, _| Ok(std::fs::remove_file(copy.join(DATABASE))?)),
    ("file that is text", "is not a Backstay database", |copy, _| {
        Ok(std::fs::write(copy.join(DATABASE), "no database ".repeat(1_000))?)
    }),
    ("file of another program", "is not a Backstay database", |copy, _| change(copy, "PRAGMA application_id = 7")),
    ("file of a newer format", "has format", |copy, _| {
        change(copy, "UPDATE _backstay_meta SET value = '99' WHERE key = 'format'")
    }),
    ("file without our own tables", "is damaged", |copy, _| change(copy, "DROP TABLE _backstay_meta")),
];

fn replace(copy: &Path, other: &Path, name: &str) -> Result<()> {
    std::fs::copy(other.join(name), copy.join(name))?;
    Ok(())
}

/// Changes a database as another program would.
fn change(copy: &Path, sql: &str) -> Result<()> {
    rusqlite::Connection::open(copy.join(DATABASE))?.execute_batch(sql)?;
    Ok(())
}

fn foreign(victim: &Victim, other: &Victim, spoil: Spoil, expected: &str) -> Result<String> {
    let copy = victim.copied()?;
    spoil(copy, &other.data)?;
    match victim.meet()? {
        (Met::Refused, said) if !expected.is_empty() => {
            ensure!(said.contains(expected), "refused with {said}");
            Ok(format!("refused: \"{expected}\""))
        }
        (Met::Whole, _) if expected.is_empty() => Ok("every row served".to_owned()),
        (met, said) => bail!("{met:?} {said}"),
    }
}

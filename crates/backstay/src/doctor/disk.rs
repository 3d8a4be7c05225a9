//! Checks of the disk under the data folder: room, kind of file system, and how long a sync takes.

use super::{Database, Finding, Patient, size};
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Room below which a server soon cannot write.
const FREE_BYTES_MIN: u64 = 64 << 20;
/// Room below which it is time to act.
const FREE_BYTES_LOW: u64 = 1 << 30;
/// Syncs that are timed.
const SYNCS: usize = 9;
/// A sync faster than this did not wait for a disk.
const SYNC_TOO_FAST: Duration = Duration::from_micros(20);
/// A sync slower than this makes every write slow.
const SYNC_SLOW: Duration = Duration::from_millis(50);

#[cfg(target_os = "linux")]
/// A kind of file system by its number, and why it is a bad place; `statfs(2)` lists the numbers.
struct Kind {
    magic: rustix::fs::FsWord,
    name: &'static str,
    why: &'static str,
}

#[cfg(target_os = "linux")]
const NETWORK: &str = "is on the network: locks and syncs of a database are not safe there";
#[cfg(target_os = "linux")]
const FLEETING: &str = "does not outlive a restart of the machine or container";

#[cfg(target_os = "linux")]
const BAD_KINDS: &[Kind] = &[
    Kind { magic: 0x6969, name: "NFS", why: NETWORK },
    Kind { magic: 0xff53_4d42, name: "CIFS", why: NETWORK },
    Kind { magic: 0xfe53_4d42, name: "SMB", why: NETWORK },
    Kind { magic: 0x517b, name: "SMB", why: NETWORK },
    Kind { magic: 0x00c3_6400, name: "Ceph", why: NETWORK },
    Kind { magic: 0x5346_414f, name: "AFS", why: NETWORK },
    Kind { magic: 0x0102_1997, name: "9p", why: NETWORK },
    Kind {
        magic: 0x6573_5546,
        name: "FUSE",
        why: "is run by a program, often over the network: its syncs may not be real",
    },
    Kind { magic: 0x0102_1994, name: "tmpfs", why: FLEETING },
    Kind { magic: 0x8584_58f6, name: "ramfs", why: FLEETING },
    Kind { magic: 0x794c_7630, name: "overlay", why: "is the layer of a container, which goes with it: use a volume" },
];

/// The data folder, or the nearest folder above it that is there.
fn folder(patient: &Patient) -> PathBuf {
    let place = std::path::absolute(&patient.config.data_dir).unwrap_or_else(|_| patient.config.data_dir.clone());
    place.ancestors().find(|path| path.is_dir()).map_or_else(|| PathBuf::from("/"), Path::to_path_buf)
}

pub(super) fn space(patient: &Patient) -> Vec<Finding> {
    let folder = folder(patient);
    let facts = match rustix::fs::statvfs(&folder) {
        Ok(facts) => facts,
        Err(error) => {
            return vec![Finding::problem(
                format!("cannot ask for the room of {}: {error}", folder.display()),
                "check that folder",
            )];
        }
    };
    let free = facts.f_bavail.saturating_mul(facts.f_frsize);
    let database = match &patient.database {
        Database::File { path, .. } => std::fs::metadata(path).map_or(0, |facts| facts.len()),
        Database::Server(_) => 0,
    };
    let says = format!("{} are free at {}", size(free), folder.display());
    let next = "make room: with a full disk writes are refused";
    vec![if free < FREE_BYTES_MIN {
        Finding::problem(says, next)
    } else if free < FREE_BYTES_LOW.max(database) {
        Finding::warning(format!("{says}; the database has {}", size(database)), next)
    } else {
        Finding::ok(says)
    }]
}

#[cfg(target_os = "linux")]
pub(super) fn file_system(patient: &Patient) -> Vec<Finding> {
    let folder = folder(patient);
    let magic = match rustix::fs::statfs(&folder) {
        Ok(facts) => facts.f_type,
        Err(error) => {
            return vec![Finding::problem(
                format!("cannot ask for the file system of {}: {error}", folder.display()),
                "check that folder",
            )];
        }
    };
    vec![match BAD_KINDS.iter().find(|kind| kind.magic == magic) {
        Some(kind) => Finding::warning(
            format!("{} is on {}, which {}", folder.display(), kind.name, kind.why),
            "put the data folder on a local disk: data_dir",
        ),
        None => Finding::ok(format!("{} is on a local file system (kind {magic:#x})", folder.display())),
    }]
}

#[cfg(not(target_os = "linux"))]
pub(super) fn file_system(patient: &Patient) -> Vec<Finding> {
    vec![Finding::ok(format!("{}: the kind is told on Linux only", folder(patient).display()))]
}

pub(super) fn sync(patient: &Patient) -> Vec<Finding> {
    if !patient.config.data_dir.is_dir() {
        return vec![Finding::ok("not timed: the data folder is made at the first start")];
    }
    let path = patient.config.data_dir.join(format!(".doctor-{}", std::process::id()));
    let timed = timed(&path);
    let _ = std::fs::remove_file(&path);
    let mut times = match timed {
        Ok(times) => times,
        Err(error) => {
            let says = format!("cannot write into {}: {error}", patient.config.data_dir.display());
            return vec![Finding::problem(says, "run it as the server's user; that user must be able to write there")];
        }
    };
    times.sort_unstable();
    let middle = times.get(times.len() / 2).copied().unwrap_or_default();
    let says = format!("a sync takes {} µs (median of {SYNCS})", middle.as_micros());
    vec![if middle > SYNC_SLOW {
        Finding::warning(says, "every commit waits for it; use a faster disk for the data folder")
    } else if middle < SYNC_TOO_FAST {
        let next = "the disk does not seem to be waited for: a power cut may lose acknowledged writes";
        Finding::warning(says, next)
    } else {
        Finding::ok(says)
    }]
}

fn timed(path: &Path) -> std::io::Result<Vec<Duration>> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    (0..SYNCS)
        .map(|_| {
            file.write_all(&[0; 4096])?;
            let started = Instant::now();
            file.sync_data()?;
            Ok(started.elapsed())
        })
        .collect()
}

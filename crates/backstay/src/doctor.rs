//! What `backstay doctor` looks at, as a table of checks. In: settings, and what stands on the disk beside a server that may run.
//! Out: findings, each with what to do next. Changes nothing; writes one scratch file to time the disk, and removes it.

mod database;
mod disk;
mod keys;
mod machine;
mod network;
mod server;

use crate::assemble::Checked;
use crate::config::Config;
use crate::problem::Problem;
use backstay_engine::look::{Look, LookError};
use serde::Serialize;
use std::path::PathBuf;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    /// As it should be.
    Ok,
    /// Works, and is probably not meant.
    Warning,
    /// Does not work, or is dangerous.
    Problem,
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    /// How bad it is.
    pub verdict: Verdict,
    /// What was found, as a sentence without a full stop.
    pub says: String,
    /// What to do; `None` where there is nothing to do.
    pub next: Option<String>,
}

/// Everything that checks look at.
pub(crate) struct Patient {
    /// The settings in use.
    pub config: Config,
    /// The schema with its findings, or why it cannot be read.
    pub schema: Result<Checked, Problem>,
    /// The database, with a look at it.
    pub database: Database,
    /// Whether Redis answers; `None` where it is not used.
    pub redis: Option<Result<(), Problem>>,
    /// Seconds since 1970.
    pub now_unix_s: i64,
    /// Variables that look like settings and are none.
    pub notes: Vec<String>,
}

/// A database, and a look at it or why there is none.
pub(crate) enum Database {
    /// A file.
    File {
        /// Where it is.
        path: PathBuf,
        /// The look.
        look: Result<Look, LookError>,
    },
    /// A server.
    Server(Box<Server>),
}

pub(crate) use server::Server;

/// One line of the report.
pub(crate) struct Check {
    /// Its name in the report; scripts may rely on it.
    pub name: &'static str,
    /// Looks. Answers at least one finding.
    pub run: fn(&Patient) -> Vec<Finding>,
}

/// Every check, in the order of the report.
pub(crate) const CHECKS: &[Check] = &[
    Check { name: "settings", run: machine::settings },
    Check { name: "schema", run: database::schema },
    Check { name: "database", run: database::opens },
    Check { name: "structure", run: database::structure },
    Check { name: "references", run: database::references },
    Check { name: "log size", run: database::log_size },
    Check { name: "migrations", run: database::migrations },
    Check { name: "durability", run: database::durability },
    Check { name: "followers", run: database::followers },
    Check { name: "redis", run: network::redis },
    Check { name: "keys file", run: keys::file },
    Check { name: "secret", run: keys::secret },
    Check { name: "key expiry", run: keys::expiry },
    Check { name: "clock", run: machine::clock },
    Check { name: "open files", run: machine::open_files },
    Check { name: "disk space", run: disk::space },
    Check { name: "file system", run: disk::file_system },
    Check { name: "disk sync", run: disk::sync },
    Check { name: "mail", run: network::mail },
    Check { name: "https", run: network::https },
    Check { name: "exposure", run: network::exposure },
    Check { name: "metrics", run: network::metrics },
];

impl Finding {
    /// As it should be.
    pub(crate) fn ok(says: impl Into<String>) -> Self {
        Self { verdict: Verdict::Ok, says: says.into(), next: None }
    }

    /// Probably not meant.
    pub(crate) fn warning(says: impl Into<String>, next: impl Into<String>) -> Self {
        Self { verdict: Verdict::Warning, says: says.into(), next: Some(next.into()) }
    }

    /// Does not work.
    pub(crate) fn problem(says: impl Into<String>, next: impl Into<String>) -> Self {
        Self { verdict: Verdict::Problem, says: says.into(), next: Some(next.into()) }
    }

    /// What kept a check from its work.
    pub(crate) fn of(problem: &Problem) -> Self {
        Self { verdict: Verdict::Problem, says: problem.message.clone(), next: problem.next.first().cloned() }
    }
}

/// A number of bytes for people.
fn size(bytes: u64) -> String {
    const UNITS: &[(&str, u64)] = &[("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    match UNITS.iter().find(|(_, factor)| bytes >= *factor) {
        Some((unit, factor)) => format!("{}.{} {unit}", bytes / factor, bytes % factor * 10 / factor),
        None => format!("{bytes} bytes"),
    }
}

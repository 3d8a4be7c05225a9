//! Checks of settings, clock and process limits.

use super::{Database, Finding, Patient};
use backstay_auth::KEYS_FILE;
use std::time::UNIX_EPOCH;

/// Before this program was written: 2026-01-01.
const PAST_UNIX_S: i64 = 1_767_225_600;
/// How far a file may be in the future before the clock is doubted, seconds.
const SKEW_MAX_S: i64 = 60;
/// Descriptors that a server needs beside its connections: database, log, listeners, schema.
const OTHER_FILES: u64 = 128;

pub(super) fn settings(patient: &Patient) -> Vec<Finding> {
    if patient.notes.is_empty() {
        return vec![Finding::ok("every setting is known and usable")];
    }
    let next = "`backstay config reference` lists every setting with its variable";
    patient.notes.iter().map(|note| Finding::warning(note.clone(), next)).collect()
}

pub(super) fn clock(patient: &Patient) -> Vec<Finding> {
    let now = patient.now_unix_s;
    let next = "set the clock, and keep it set with NTP: tokens expire by it";
    let shown = |at: i64| chrono::DateTime::<chrono::Utc>::from_timestamp(at, 0).unwrap_or_default().to_rfc3339();
    if now < PAST_UNIX_S {
        return vec![Finding::problem(format!("it says {}, which is in the past", shown(now)), next)];
    }
    let mut latest = (0, String::new());
    let file = match &patient.database {
        Database::File { path, .. } => Some(path.clone()),
        Database::Server(_) => None,
    };
    let files = [patient.config.data_dir.join(KEYS_FILE), patient.config.schema.clone()];
    for path in file.into_iter().chain(files) {
        let modified = std::fs::metadata(&path).and_then(|facts| facts.modified()).ok();
        let at = modified.and_then(|at| at.duration_since(UNIX_EPOCH).ok()).map_or(0, |at| at.as_secs());
        let at = i64::try_from(at).unwrap_or(i64::MAX);
        if at > latest.0 {
            latest = (at, path.display().to_string());
        }
    }
    vec![if latest.0 > now + SKEW_MAX_S {
        let says = format!("it says {}, and {} was changed at {}", shown(now), latest.1, shown(latest.0));
        Finding::warning(says, next)
    } else {
        Finding::ok(format!("it says {}, after every file", shown(now)))
    }]
}

pub(super) fn open_files(patient: &Patient) -> Vec<Finding> {
    let needed = u64::from(patient.config.server.connections_max) + OTHER_FILES;
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    vec![match limit {
        Some(limit) if limit < needed => Finding::warning(
            format!("{limit} may be open in this shell, and server.connections_max needs {needed}"),
            format!(
                "set LimitNOFILE={} in the service (ulimit -n), or lower server.connections_max",
                needed.next_power_of_two()
            ),
        ),
        Some(limit) => Finding::ok(format!("{limit} may be open in this shell, {needed} are needed")),
        None => Finding::ok("no limit in this shell"),
    }]
}

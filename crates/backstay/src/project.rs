//! What commands share: where the project is, its settings, its keys. In: flags. Out: checked values or a [`Problem`].

use crate::cli;
use crate::config::{self, Config, Overrides};
use crate::problem::Problem;
use crate::terminal::{self, Tone};
use backstay_auth::{GivenKeys, Keys, KeysError};
use backstay_engine::clock::{Clock, SystemClock};
use std::path::{Path, PathBuf};

/// Settings of a command that opens a project.
///
/// The project's folder, where `backstay.toml` is looked for and relative paths start, is the folder of `--schema`,
/// else the working directory.
pub(crate) fn settings(
    project: &cli::Project,
    file: Option<PathBuf>,
    listen: Option<String>,
) -> Result<Config, Problem> {
    let folder = project.schema.as_deref().and_then(Path::parent).map(Path::to_path_buf);
    load(&Overrides { file, project: folder, schema: project.schema.clone(), data_dir: project.data.clone(), listen })
}

/// Settings with these flags; says which variables were left alone.
pub(crate) fn load(overrides: &Overrides) -> Result<Config, Problem> {
    let loaded = config::load(overrides)?;
    for note in &loaded.notes {
        terminal::headed(Tone::Warning, "warning", note);
    }
    Ok(loaded.config)
}

/// The keys of a data folder; made when there are none yet.
pub(crate) fn keys(config: &Config) -> Result<Keys, Problem> {
    let reveal = |secret: &Option<config::units::Secret>| secret.as_ref().map(|secret| secret.reveal().to_owned());
    let given = GivenKeys {
        master_key: reveal(&config.auth.master_key),
        jwt_secret: reveal(&config.auth.jwt_secret),
        anon: reveal(&config.auth.anon_key),
        service: reveal(&config.auth.service_key),
    };
    Keys::load_or_create(&config.data_dir, &given, now_unix_s()).map_err(|error| keys_problem(&error))
}

/// Seconds since 1970.
pub(crate) fn now_unix_s() -> i64 {
    SystemClock.now_micros().div_euclid(1_000_000)
}

/// The time, such as `2026-11-25T18:00:00Z`.
pub(crate) fn now_rfc3339() -> String {
    let instant = chrono::DateTime::<chrono::Utc>::from_timestamp(now_unix_s(), 0).unwrap_or_default();
    instant.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

fn keys_problem(error: &KeysError) -> Problem {
    let message = match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    };
    let next = match error {
        KeysError::WeakSecret => "make one: head -c 32 /dev/urandom | base64",
        KeysError::Master(_) => "make one: head -c 32 /dev/urandom | base64",
        KeysError::WeakKey { .. } => "leave it unset, and `backstay keys list` prints the one that is made",
        KeysError::NoRandomness | KeysError::Sign(_) => "try again; if it stays so, report it",
        KeysError::Malformed { .. } => "choose another data folder with --data, or restore that file from a backup",
        KeysError::Io { .. } => "check that the data folder can be written by this user, or choose another with --data",
    };
    Problem::new(message).help(next)
}

//! The file that keeps what was generated. In: a data directory. Out: its content, made or brought up to date when needed.
//! A file is complete or not there: every change is a new file, flushed, then put in place. No secret reaches an error.

use super::{KEYS_FILE, KeysError, Secret};
use crate::master::{KEY_BYTES, MasterKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::TryRng as _;
use rand::rngs::SysRng;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

/// Layout version that is written. Version 1 had no master key.
const VERSION: u32 = 2;

/// What [`KEYS_FILE`] holds.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Stored {
    version: u32,
    pub(super) jwt_secret: String,
    /// As [`MasterKey::reveal`] writes it; missing in version 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) master_key: Option<String>,
    /// Issue time of the two keys, so that they are the same text at every start.
    pub(super) created_at_s: i64,
}

impl Stored {
    pub(super) fn master(&self) -> Result<MasterKey, KeysError> {
        MasterKey::parse(self.master_key.as_deref().unwrap_or_default()).map_err(KeysError::Master)
    }
}

/// Reads the file, or makes it; a file of an earlier version gets what it lacks. Creates the directory.
///
/// Two processes that start at once end with the same content.
///
/// # Errors
/// [`KeysError`]; nothing was changed, or the file is complete.
pub(super) fn load_or_create(dir: &Path, now_unix_s: i64) -> Result<Stored, KeysError> {
    match read(dir)? {
        None => create(dir, now_unix_s),
        Some(stored) if stored.master_key.is_some() => Ok(stored),
        Some(_) => upgrade(dir),
    }
}

/// The file as it is, if there is one.
pub(super) fn read(dir: &Path) -> Result<Option<Stored>, KeysError> {
    let path = dir.join(KEYS_FILE);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io("read", &path)(error)),
    };
    let stored = decode(&path, &text)?;
    let mode = std::fs::metadata(&path).map_err(io("inspect", &path))?.permissions().mode();
    if mode & 0o077 != 0 {
        tracing::warn!(keys.path = %path.display(), "keys file was readable by others; access is now limited to its owner");
        std::fs::set_permissions(&path, Permissions::from_mode(0o600)).map_err(io("protect", &path))?;
    }
    Ok(Some(stored))
}

/// Reads the content of a file at a path, of any version that there was.
pub(super) fn decode(path: &Path, text: &str) -> Result<Stored, KeysError> {
    let malformed = |problem: String| KeysError::Malformed { path: path.to_owned(), problem };
    // The error of serde_json is not passed on: it could quote the secret.
    let stored: Stored = serde_json::from_str(text)
        .map_err(|error| malformed(format!("not the expected JSON at line {}", error.line())))?;
    match (stored.version, &stored.master_key) {
        (1, None) | (VERSION, Some(_)) => Ok(stored),
        (1, Some(_)) => Err(malformed("a master key in a file of version 1".to_owned())),
        (VERSION, None) => Err(malformed("the master key is missing".to_owned())),
        (other, _) => Err(malformed(format!("version {other}; this program knows up to {VERSION}"))),
    }
}

/// Writes a complete file beside the final one and links it there, which fails if another process was first.
fn create(dir: &Path, now_unix_s: i64) -> Result<Stored, KeysError> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(io("create", dir))?;
    let stored = Stored {
        version: VERSION,
        jwt_secret: Secret::generate()?.0.into(),
        master_key: Some(new_master()?),
        created_at_s: now_unix_s,
    };
    let path = dir.join(KEYS_FILE);
    let draft = dir.join(draft_name()?);
    let written = write_durably(&draft, &stored).and_then(|()| match std::fs::hard_link(&draft, &path) {
        Ok(()) => Ok(None),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => read(dir),
        Err(error) => Err(io("create", &path)(error)),
    });
    let _ = std::fs::remove_file(&draft);
    let first = written?;
    flush(dir)?;
    Ok(first.unwrap_or(stored))
}

/// Gives a file of version 1 its master key. A lock on the directory lets one process do it; the others read the result.
fn upgrade(dir: &Path) -> Result<Stored, KeysError> {
    let lock = File::open(dir).map_err(io("open", dir))?;
    lock.lock().map_err(io("lock", dir))?;
    let path = dir.join(KEYS_FILE);
    let gone = || io("read", &path)(std::io::ErrorKind::NotFound.into());
    let found = read(dir)?.ok_or_else(gone)?;
    if found.master_key.is_some() {
        return Ok(found);
    }
    let stored = Stored { version: VERSION, master_key: Some(new_master()?), ..found };
    let draft = dir.join(draft_name()?);
    let placed = write_durably(&draft, &stored)
        .and_then(|()| std::fs::rename(&draft, &path).map_err(io("replace", &path)))
        .inspect_err(|_| {
            let _ = std::fs::remove_file(&draft);
        });
    placed?;
    flush(dir)?;
    tracing::info!(keys.path = %path.display(), "keys file got a master key");
    Ok(stored)
}

fn new_master() -> Result<String, KeysError> {
    let mut bytes = [0_u8; KEY_BYTES];
    SysRng.try_fill_bytes(&mut bytes).map_err(|_| KeysError::NoRandomness)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// A name of its own for each writer, so that starts at the same time do not share a draft.
fn draft_name() -> Result<String, KeysError> {
    let mut bytes = [0_u8; 8];
    SysRng.try_fill_bytes(&mut bytes).map_err(|_| KeysError::NoRandomness)?;
    Ok(format!("{KEYS_FILE}.{}.new", URL_SAFE_NO_PAD.encode(bytes)))
}

fn write_durably(path: &Path, stored: &Stored) -> Result<(), KeysError> {
    let write = || {
        let mut text = serde_json::to_string_pretty(stored)?;
        text.push('\n');
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    };
    write().map_err(io("write", path))
}

/// Makes the names in a directory survive a loss of power.
fn flush(dir: &Path) -> Result<(), KeysError> {
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(io("flush", dir))
}

fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> KeysError {
    let path = path.to_owned();
    move |source| KeysError::Io { action, path, source }
}

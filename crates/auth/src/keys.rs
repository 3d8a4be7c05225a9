//! The server's signing secret and its two API keys. In: a data directory and what configuration gives. Out: [`Keys`].
//! The secret is made once, kept in `keys.json` with mode 0600, and never printed by `Debug` or a log.

mod stored;

pub use stored::{StoredKeys, expiry_of, stored_keys};

use crate::token::{SignError, sign};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::TryRng as _;
use rand::rngs::SysRng;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt;
use std::fs::{File, OpenOptions, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// File in the data directory that holds the generated secret.
pub const KEYS_FILE: &str = "keys.json";

/// Fewest bytes of a signing secret: what HS256 needs (RFC 7518 3.2).
pub const SECRET_BYTES_MIN: usize = 32;

/// Lifetime of the anonymous and the service key, seconds (ten years).
const KEY_LIFETIME_S: i64 = 10 * 365 * 24 * 3600;

/// Layout version of [`KEYS_FILE`].
const FILE_VERSION: u32 = 1;

/// A signing secret of at least [`SECRET_BYTES_MIN`] bytes. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Box<str>);

impl Secret {
    /// Takes a secret as configured; its bytes are the HMAC key.
    ///
    /// # Errors
    /// [`KeysError::WeakSecret`] when it is shorter than [`SECRET_BYTES_MIN`] bytes or one character over and over.
    pub fn parse(text: &str) -> Result<Self, KeysError> {
        let text = text.trim();
        let first = text.as_bytes().first();
        if text.len() < SECRET_BYTES_MIN || text.bytes().all(|byte| Some(&byte) == first) {
            return Err(KeysError::WeakSecret);
        }
        Ok(Self(text.into()))
    }

    /// A new one from the operating system's generator.
    ///
    /// # Errors
    /// [`KeysError::NoRandomness`] when the operating system gives none.
    pub fn generate() -> Result<Self, KeysError> {
        let mut bytes = [0_u8; SECRET_BYTES_MIN];
        SysRng.try_fill_bytes(&mut bytes).map_err(|_| KeysError::NoRandomness)?;
        Ok(Self(URL_SAFE_NO_PAD.encode(bytes).into()))
    }

    /// The HMAC key.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret([redacted])")
    }
}

/// What configuration gives; what it leaves out is generated and kept.
#[derive(Clone, Default)]
pub struct GivenKeys {
    /// `BACKSTAY_JWT_SECRET`.
    pub jwt_secret: Option<String>,
    /// `BACKSTAY_ANON_KEY`.
    pub anon: Option<String>,
    /// `BACKSTAY_SERVICE_KEY`.
    pub service: Option<String>,
}

impl fmt::Debug for GivenKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GivenKeys")
            .field("jwt_secret", &self.jwt_secret.is_some())
            .field("anon", &self.anon.is_some())
            .field("service", &self.service.is_some())
            .finish()
    }
}

/// The signing secret and the two keys that clients are given.
#[derive(Clone)]
pub struct Keys {
    /// Signs and verifies every token.
    pub secret: Secret,
    /// Key of anonymous callers (`role: anon`). Public.
    pub anon: String,
    /// Key that bypasses every rule (`role: service_role`). Secret.
    pub service: String,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys([redacted])")
    }
}

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The secret is too easy to guess.
    #[error("the JWT secret must have at least {SECRET_BYTES_MIN} bytes and not repeat one character")]
    WeakSecret,
    /// A key given by configuration is empty or has white space in it.
    #[error("{name} must be one word of at least 20 characters")]
    WeakKey {
        /// Which setting.
        name: &'static str,
    },
    /// The operating system gives no random bytes.
    #[error("the operating system gives no random bytes")]
    NoRandomness,
    /// The file is not one that this program wrote.
    #[error("{path} is not a keys file of Backstay: {problem}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong, without its content.
        problem: String,
    },
    /// The file cannot be read or written.
    #[error("cannot {action} {path}")]
    Io {
        /// What was being done.
        action: &'static str,
        /// To which file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: std::io::Error,
    },
    /// A key could not be signed.
    #[error("cannot sign the API keys")]
    Sign(#[source] SignError),
}

/// What [`KEYS_FILE`] holds.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Stored {
    version: u32,
    jwt_secret: String,
    /// Issue time of the two keys, so that they are the same text at every start.
    created_at_s: i64,
}

impl Keys {
    /// Reads the keys of a data directory, or makes them if there are none. Creates the directory.
    ///
    /// Two processes that start at once end with the same keys. What `given` names wins over the file, and when it
    /// names the secret nothing is written.
    ///
    /// # Errors
    /// [`KeysError`]; nothing was changed, or the file is complete.
    pub fn load_or_create(dir: &Path, given: &GivenKeys, now_unix_s: i64) -> Result<Self, KeysError> {
        let path = dir.join(KEYS_FILE);
        let stored = match (&given.jwt_secret, read(&path)?) {
            (_, Some(stored)) => stored,
            // Nothing to keep: any node that is given the same secret makes keys that all nodes accept.
            (Some(secret), None) => {
                Stored { version: FILE_VERSION, jwt_secret: secret.clone(), created_at_s: now_unix_s }
            }
            (None, None) => create(dir, &path, now_unix_s)?,
        };
        let secret = Secret::parse(given.jwt_secret.as_deref().unwrap_or(&stored.jwt_secret))?;
        let anon = key(given.anon.as_deref(), "BACKSTAY_ANON_KEY", &secret, ("anon", stored.created_at_s))?;
        let service =
            key(given.service.as_deref(), "BACKSTAY_SERVICE_KEY", &secret, ("service_role", stored.created_at_s))?;
        Ok(Self { secret, anon, service })
    }
}

/// The key that is given, or one signed for a role.
fn key(
    given: Option<&str>,
    name: &'static str,
    secret: &Secret,
    (role, issued_at_s): (&str, i64),
) -> Result<String, KeysError> {
    if let Some(given) = given {
        let given = given.trim();
        if given.len() < 20 || given.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(KeysError::WeakKey { name });
        }
        return Ok(given.to_owned());
    }
    let mut claims = Map::new();
    claims.insert("iss".to_owned(), Value::from("backstay"));
    claims.insert("role".to_owned(), Value::from(role));
    claims.insert("iat".to_owned(), Value::from(issued_at_s));
    claims.insert("exp".to_owned(), Value::from(issued_at_s.saturating_add(KEY_LIFETIME_S)));
    sign(secret, &claims).map_err(KeysError::Sign)
}

fn read(path: &Path) -> Result<Option<Stored>, KeysError> {
    let io = |action: &'static str| move |source| KeysError::Io { action, path: path.to_owned(), source };
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io("read")(error)),
    };
    let stored = decode(path, &text)?;
    let mode = std::fs::metadata(path).map_err(io("inspect"))?.permissions().mode();
    if mode & 0o077 != 0 {
        tracing::warn!(keys.path = %path.display(), "keys file was readable by others; access is now limited to its owner");
        std::fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(io("protect"))?;
    }
    Ok(Some(stored))
}

fn decode(path: &Path, text: &str) -> Result<Stored, KeysError> {
    let malformed = |problem: String| KeysError::Malformed { path: path.to_owned(), problem };
    // The error of serde_json is not passed on: it could quote the secret.
    let stored: Stored = serde_json::from_str(text)
        .map_err(|error| malformed(format!("not the expected JSON at line {}", error.line())))?;
    if stored.version != FILE_VERSION {
        return Err(malformed(format!("version {} instead of {FILE_VERSION}", stored.version)));
    }
    Ok(stored)
}

/// Writes a complete file beside the final one and links it there, which fails if another process was first.
fn create(dir: &Path, path: &Path, now_unix_s: i64) -> Result<Stored, KeysError> {
    let io = |action: &'static str, at: &Path| {
        let at = at.to_owned();
        move |source| KeysError::Io { action, path: at, source }
    };
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(io("create", dir))?;
    let secret = Secret::generate()?;
    let stored = Stored { version: FILE_VERSION, jwt_secret: secret.0.into(), created_at_s: now_unix_s };
    let draft = dir.join(draft_name()?);
    let mut text = serde_json::to_string_pretty(&stored).map_err(|_| KeysError::NoRandomness)?;
    text.push('\n');
    let written = write_durably(&draft, &text).map_err(io("write", &draft)).and_then(|()| {
        match std::fs::hard_link(&draft, path) {
            Ok(()) => Ok(None),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => read(path),
            Err(error) => Err(io("create", path)(error)),
        }
    });
    let _ = std::fs::remove_file(&draft);
    let first = written?;
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(io("flush", dir))?;
    Ok(first.unwrap_or(stored))
}

/// A name of its own for each writer, so that starts at the same time do not share a draft.
fn draft_name() -> Result<String, KeysError> {
    let mut bytes = [0_u8; 8];
    SysRng.try_fill_bytes(&mut bytes).map_err(|_| KeysError::NoRandomness)?;
    Ok(format!("{KEYS_FILE}.{}.new", URL_SAFE_NO_PAD.encode(bytes)))
}

fn write_durably(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIVEN: &str = "a-secret-that-is-given-by-configuration";

    fn load(dir: &Path, given: &GivenKeys) -> Result<Keys, KeysError> {
        Keys::load_or_create(dir, given, 1_700_000_000)
    }

    #[test]
    fn made_once_and_kept_private() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("new").join("data");
        let first = load(&data, &GivenKeys::default()).unwrap();
        let second = Keys::load_or_create(&data, &GivenKeys::default(), 1_800_000_000).unwrap();
        assert!(first.secret == second.secret);
        assert_eq!((&first.anon, &first.service), (&second.anon, &second.service));
        assert_ne!(first.anon, first.service);
        let mode = std::fs::metadata(data.join(KEYS_FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let names: Vec<_> = std::fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, [KEYS_FILE], "no draft is left");
    }

    #[test]
    fn started_twice_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let keys: Vec<String> = std::thread::scope(|scope| {
            let starts: Vec<_> =
                (0..8).map(|_| scope.spawn(|| load(dir.path(), &GivenKeys::default()).unwrap().service)).collect();
            starts.into_iter().map(|start| start.join().unwrap()).collect()
        });
        let kept = load(dir.path(), &GivenKeys::default()).unwrap().service;
        assert!(keys.iter().all(|key| *key == kept));
    }

    #[test]
    fn configuration_wins() {
        let dir = tempfile::tempdir().unwrap();
        let own = load(dir.path(), &GivenKeys::default()).unwrap();
        let given = GivenKeys { jwt_secret: Some(GIVEN.to_owned()), ..GivenKeys::default() };
        let keys = load(dir.path(), &given).unwrap();
        assert_eq!(keys.secret.as_bytes(), GIVEN.as_bytes());
        assert_ne!(keys.anon, own.anon);
        let opaque = "sb_secret_0123456789abcdef".to_owned();
        let given = GivenKeys { service: Some(opaque.clone()), ..GivenKeys::default() };
        let keys = load(dir.path(), &given).unwrap();
        assert_eq!((keys.service, keys.anon), (opaque, own.anon));
    }

    #[test]
    fn a_given_secret_writes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let given = GivenKeys { jwt_secret: Some(GIVEN.to_owned()), ..GivenKeys::default() };
        load(dir.path(), &given).unwrap();
        assert!(!dir.path().join(KEYS_FILE).exists());
    }

    #[test]
    fn refused() {
        let dir = tempfile::tempdir().unwrap();
        let secret = |text: &str| GivenKeys { jwt_secret: Some(text.to_owned()), ..GivenKeys::default() };
        for weak in ["", "short", &"x".repeat(64), "                                        "] {
            assert!(matches!(load(dir.path(), &secret(weak)), Err(KeysError::WeakSecret)), "{weak:?}");
        }
        let anon = GivenKeys { anon: Some("two words of some length".to_owned()), ..secret(GIVEN) };
        assert!(matches!(load(dir.path(), &anon), Err(KeysError::WeakKey { .. })));
        for text in ["", "{}", "[1]", r#"{"version":9,"jwtSecret":"hunter2hunter2","createdAtS":1}"#, "hunter2hunter2"]
        {
            std::fs::write(dir.path().join(KEYS_FILE), text).unwrap();
            let error = load(dir.path(), &GivenKeys::default()).unwrap_err();
            assert!(matches!(error, KeysError::Malformed { .. }), "{text}");
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
        }
    }

    #[test]
    fn open_file_is_protected() {
        let dir = tempfile::tempdir().unwrap();
        load(dir.path(), &GivenKeys::default()).unwrap();
        let path = dir.path().join(KEYS_FILE);
        std::fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        load(dir.path(), &GivenKeys::default()).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn never_printed() {
        let given = GivenKeys { jwt_secret: Some(GIVEN.to_owned()), ..GivenKeys::default() };
        let dir = tempfile::tempdir().unwrap();
        let keys = load(dir.path(), &given).unwrap();
        let printed = format!("{keys:?} {:?} {given:?}", keys.secret);
        assert!(!printed.contains(GIVEN) && !printed.contains(&keys.service));
    }
}

//! The server's master key, signing secret and two API keys. In: a data directory and what configuration gives. Out: [`Keys`].
//! The secrets are made once, kept in `keys.json` with mode 0600, and never printed by `Debug` or a log.

mod file;
mod stored;

pub use stored::{StoredKeys, expiry_of, stored_keys};

use crate::master::{MasterKey, MasterKeyError};
use crate::token::{SignError, sign};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::TryRng as _;
use rand::rngs::SysRng;
use serde_json::{Map, Value};
use std::fmt;
use std::path::{Path, PathBuf};

/// File in the data directory that holds the generated secrets.
pub const KEYS_FILE: &str = "keys.json";

/// Fewest bytes of a signing secret: what HS256 needs (RFC 7518 3.2).
pub const SECRET_BYTES_MIN: usize = 32;

/// Lifetime of the anonymous and the service key, seconds (ten years).
const KEY_LIFETIME_S: i64 = 10 * 365 * 24 * 3600;

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
    /// `BACKSTAY_MASTER_KEY`.
    pub master_key: Option<String>,
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
            .field("master_key", &self.master_key.is_some())
            .field("jwt_secret", &self.jwt_secret.is_some())
            .field("anon", &self.anon.is_some())
            .field("service", &self.service.is_some())
            .finish()
    }
}

/// The master key, the signing secret and the two keys that clients are given.
#[derive(Clone)]
pub struct Keys {
    /// Every sub-key comes from it.
    pub master: MasterKey,
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
    /// The master key that configuration or the file gives is none.
    #[error("the master key cannot be used")]
    Master(#[source] MasterKeyError),
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

impl Keys {
    /// Reads the keys of a data directory, or makes them if there are none. Creates the directory.
    ///
    /// Two processes that start at once end with the same keys. What `given` names wins over the file, and when it
    /// names both secrets nothing is written.
    ///
    /// # Errors
    /// [`KeysError`]; nothing was changed, or the file is complete.
    pub fn load_or_create(dir: &Path, given: &GivenKeys, now_unix_s: i64) -> Result<Self, KeysError> {
        // Checked before anything is written.
        let secret = given.jwt_secret.as_deref().map(Secret::parse).transpose()?;
        let master = given.master_key.as_deref().map(MasterKey::parse).transpose().map_err(KeysError::Master)?;
        let (master, secret, created_at_s) = match (master, secret) {
            // Nothing to keep: any node that is given the same secrets makes keys that all nodes accept.
            (Some(master), Some(secret)) => {
                let created_at_s = file::read(dir)?.map_or(now_unix_s, |stored| stored.created_at_s);
                (master, secret, created_at_s)
            }
            (master, secret) => {
                let stored = file::load_or_create(dir, now_unix_s)?;
                let master = master.map_or_else(|| stored.master(), Ok)?;
                let secret = secret.map_or_else(|| Secret::parse(&stored.jwt_secret), Ok)?;
                (master, secret, stored.created_at_s)
            }
        };
        let anon = key(given.anon.as_deref(), "BACKSTAY_ANON_KEY", &secret, ("anon", created_at_s))?;
        let service = key(given.service.as_deref(), "BACKSTAY_SERVICE_KEY", &secret, ("service_role", created_at_s))?;
        Ok(Self { master, secret, anon, service })
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;

    const GIVEN: &str = "a-secret-that-is-given-by-configuration";
    const MASTER: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

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
    fn given_secrets_write_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let given = GivenKeys {
            jwt_secret: Some(GIVEN.to_owned()),
            master_key: Some(MASTER.to_owned()),
            ..GivenKeys::default()
        };
        let keys = load(dir.path(), &given).unwrap();
        assert!(keys.master == MasterKey::parse(MASTER).unwrap());
        assert!(!dir.path().join(KEYS_FILE).exists());
        // Without the master key one must be kept, or what it seals could not be opened after a restart.
        let given = GivenKeys { master_key: None, ..given };
        let first = load(dir.path(), &given).unwrap();
        assert!(first.master == load(dir.path(), &given).unwrap().master && first.master != keys.master);
    }

    #[test]
    fn a_file_of_version_1_gets_a_master_key() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(KEYS_FILE);
        let old = format!(r#"{{"version":1,"jwtSecret":"{GIVEN}","createdAtS":1600000000}}"#);
        std::fs::write(&path, &old).unwrap();
        let masters: Vec<String> = std::thread::scope(|scope| {
            let starts: Vec<_> =
                (0..8).map(|_| scope.spawn(|| load(dir.path(), &GivenKeys::default()).unwrap())).collect();
            starts.into_iter().map(|start| start.join().unwrap().master.reveal()).collect()
        });
        assert!(masters.iter().all(|master| *master == masters[0]), "every start has the same master key");
        let keys = load(dir.path(), &GivenKeys::default()).unwrap();
        assert_eq!((keys.master.reveal(), keys.secret.as_bytes()), (masters[0].clone(), GIVEN.as_bytes()));
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let names: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, [KEYS_FILE], "no draft is left");
        // The API keys are the ones that clients have.
        std::fs::write(&path, &old).unwrap();
        let again = load(dir.path(), &GivenKeys::default()).unwrap();
        assert_eq!((again.anon, again.service), (keys.anon, keys.service));
    }

    #[test]
    fn an_upgrade_that_fails_leaves_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(KEYS_FILE);
        for (text, problem) in [
            (r#"{"version":1,"jwtSecret":"hunter2","masterKey":"hunter2","createdAtS":1}"#, "version 1"),
            (r#"{"version":2,"jwtSecret":"hunter2","createdAtS":1}"#, "missing"),
            (r#"{"version":3,"jwtSecret":"hunter2","masterKey":"hunter2","createdAtS":1}"#, "up to 2"),
        ] {
            std::fs::write(&path, text).unwrap();
            let error = load(dir.path(), &GivenKeys::default()).unwrap_err().to_string();
            assert!(error.contains(problem) && !error.contains("hunter2"), "{error}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
        let bad =
            r#"{"version":2,"jwtSecret":"0123456789-0123456789-0123456789","masterKey":"hunter2","createdAtS":1}"#;
        std::fs::write(&path, bad).unwrap();
        let error = load(dir.path(), &GivenKeys::default()).unwrap_err();
        assert!(matches!(error, KeysError::Master(_)) && !format!("{error:?}").contains("hunter2"), "{error:?}");
    }

    #[test]
    fn refused() {
        let dir = tempfile::tempdir().unwrap();
        let secret = |text: &str| GivenKeys { jwt_secret: Some(text.to_owned()), ..GivenKeys::default() };
        for weak in ["", "short", &"x".repeat(64), "                                        "] {
            assert!(matches!(load(dir.path(), &secret(weak)), Err(KeysError::WeakSecret)), "{weak:?}");
            let master = GivenKeys { master_key: Some(weak.to_owned()), ..GivenKeys::default() };
            assert!(matches!(load(dir.path(), &master), Err(KeysError::Master(_))), "{weak:?}");
        }
        assert!(!dir.path().join(KEYS_FILE).exists(), "a refused setting writes nothing");
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
        assert!(!printed.contains(&keys.master.reveal()));
    }
}

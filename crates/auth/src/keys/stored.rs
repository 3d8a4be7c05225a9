//! What stands in a keys file, for a report. In: a data directory. Out: mode, strength, expiry; never the secret. Changes nothing.

use super::file::decode;
use super::{KEY_LIFETIME_S, KEYS_FILE, KeysError, Secret};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// What is told of a keys file.
#[derive(Debug)]
pub struct StoredKeys {
    /// Permission bits of the file.
    pub mode: u32,
    /// Whether the secret may be used.
    pub secret: Result<(), KeysError>,
    /// When the keys that are made from it expire, seconds since 1970.
    pub expires_at_s: i64,
}

/// Looks at the keys file of a data directory; `None` when there is none.
///
/// # Errors
/// [`KeysError::Io`] or [`KeysError::Malformed`].
pub fn stored_keys(dir: &Path) -> Result<Option<StoredKeys>, KeysError> {
    let path = dir.join(KEYS_FILE);
    let io = |source| KeysError::Io { action: "read", path: path.clone(), source };
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io(error)),
    };
    let mode = std::fs::metadata(&path).map_err(io)?.permissions().mode() & 0o777;
    let stored = decode(&path, &text)?;
    let secret = Secret::parse(&stored.jwt_secret).map(drop);
    Ok(Some(StoredKeys { mode, secret, expires_at_s: stored.created_at_s.saturating_add(KEY_LIFETIME_S) }))
}

/// When a token says that it expires, seconds since 1970; `None` when it is no token or does not say. Nothing is verified.
#[must_use]
pub fn expiry_of(token: &str) -> Option<i64> {
    let payload = URL_SAFE_NO_PAD.decode(token.trim().split('.').nth(1)?).ok()?;
    serde_json::from_slice::<Value>(&payload).ok()?.get("exp")?.as_i64()
}

#[cfg(test)]
mod tests {
    use super::super::{GivenKeys, Keys};
    use super::*;

    #[test]
    fn told_without_a_change() {
        let dir = tempfile::tempdir().unwrap();
        assert!(stored_keys(dir.path()).unwrap().is_none());
        let keys = Keys::load_or_create(dir.path(), &GivenKeys::default(), 1_000).unwrap();
        let path = dir.path().join(KEYS_FILE);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        let stored = stored_keys(dir.path()).unwrap().unwrap();
        assert!(stored.secret.is_ok());
        assert_eq!((stored.mode, Some(stored.expires_at_s)), (0o644, expiry_of(&keys.service)));
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o644);
        assert_eq!((expiry_of("sb_secret_x"), expiry_of("a.b.c")), (None, None));
        let weak = r#"{"version":1,"jwtSecret":"hunter2","createdAtS":1}"#;
        std::fs::write(&path, weak).unwrap();
        assert!(matches!(stored_keys(dir.path()).unwrap().unwrap().secret, Err(KeysError::WeakSecret)));
        std::fs::write(&path, "hunter2").unwrap();
        assert!(!stored_keys(dir.path()).unwrap_err().to_string().contains("hunter2"));
    }
}

//! Signed text in the compact form of RFC 7515. In: a token and the keys that are trusted. Out: the payload, or why not.
//! Nothing in a token chooses how it is checked: a key id names a key, and the key says which algorithm it is for.
//! Key material that a token brings along or points to is a reason to refuse it.

use crate::jwk::{Algorithm, VerifyKey};
use crate::strict_json;
use crate::token::{TOKEN_BYTES_MAX, TokenError};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// Longest key id that is looked up, bytes.
const KID_BYTES_MAX: usize = 256;

/// Header members that carry or name a key outside of ours.
const FOREIGN_KEYS: [&str; 4] = ["jku", "jwk", "x5u", "x5c"];

/// Header members that change how a token is read. None is understood, so none may be there.
const EXTENSIONS: [&str; 2] = ["crit", "b64"];

/// The keys that signatures are checked with.
#[derive(Debug, Clone, Default)]
pub struct Keyring {
    keys: Vec<VerifyKey>,
    unnamed: Option<VerifyKey>,
}

/// Two keys have one key id, or a key has none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    /// Which of the two signed a token would be open.
    #[error("two keys have the id `{kid}`")]
    DuplicateKid {
        /// The id.
        kid: String,
    },
    /// Such a key could never be found.
    #[error("a key has no id")]
    NoKid,
}

/// What a token was signed with, and its payload.
#[derive(Debug)]
pub struct Opened<'a> {
    /// The decoded payload.
    pub payload: Vec<u8>,
    /// The key.
    pub key: &'a VerifyKey,
}

impl Keyring {
    /// A ring of keys that are found by their ids, and perhaps one for tokens without an id.
    ///
    /// # Errors
    /// [`KeyringError`].
    pub fn new(keys: Vec<VerifyKey>, unnamed: Option<VerifyKey>) -> Result<Self, KeyringError> {
        for (at, key) in keys.iter().enumerate() {
            let kid = key.kid().ok_or(KeyringError::NoKid)?;
            if keys[..at].iter().any(|other| other.kid() == Some(kid)) {
                return Err(KeyringError::DuplicateKid { kid: kid.to_owned() });
            }
        }
        Ok(Self { keys, unnamed })
    }

    /// The same key for tokens without an id, with other named keys.
    ///
    /// # Errors
    /// [`KeyringError`].
    pub fn with_named(&self, keys: Vec<VerifyKey>) -> Result<Self, KeyringError> {
        Self::new(keys, self.unnamed.clone())
    }

    /// Every key.
    pub fn iter(&self) -> impl Iterator<Item = &VerifyKey> {
        self.keys.iter().chain(&self.unnamed)
    }

    /// Checks form, header and signature; says nothing about the payload.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn open(&self, token: &str) -> Result<Opened<'_>, TokenError> {
        let (header, payload, signature) = parts(token)?;
        let key = self.key_for(&header_of(header)?)?;
        let message = &token[..header.len() + 1 + payload.len()];
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| TokenError::Signature)?;
        if !key.verifies(message.as_bytes(), &signature) {
            return Err(TokenError::Signature);
        }
        let payload = URL_SAFE_NO_PAD.decode(payload).map_err(|_| TokenError::Undecodable)?;
        Ok(Opened { payload, key })
    }

    /// An id that is not known never falls back to another key.
    fn key_for(&self, header: &Header) -> Result<&VerifyKey, TokenError> {
        let found = match (&header.kid, header.algorithm) {
            (Some(kid), _) => self.keys.iter().find(|key| key.kid() == Some(kid)),
            (None, Algorithm::Hs256) => Some(self.unnamed.as_ref().ok_or(self.no_secret())?),
            (None, Algorithm::Es256) => None,
        };
        match found {
            Some(key) if key.algorithm() == header.algorithm => Ok(key),
            Some(_) => Err(TokenError::Algorithm),
            None if self.iter().any(|key| key.algorithm() == header.algorithm) => Err(TokenError::Signature),
            None if header.algorithm == Algorithm::Hs256 => Err(self.no_secret()),
            None => Err(TokenError::Algorithm),
        }
    }

    /// Without any key the server is not set up; with one it is meant to take no shared secret.
    fn no_secret(&self) -> TokenError {
        if self.iter().next().is_none() { TokenError::NoSecret } else { TokenError::SharedSecretOff }
    }
}

/// The three parts of a token.
fn parts(token: &str) -> Result<(&str, &str, &str), TokenError> {
    if token.is_empty() {
        return Err(TokenError::Empty);
    }
    if token.len() > TOKEN_BYTES_MAX {
        return Err(TokenError::TooLong { max: TOKEN_BYTES_MAX });
    }
    let mut parts = token.split('.');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(header), Some(payload), Some(signature), None) => Ok((header, payload, signature)),
        _ => Err(TokenError::Parts { got: token.split('.').count() }),
    }
}

struct Header {
    algorithm: Algorithm,
    kid: Option<String>,
}

/// Everything that a header may say.
fn header_of(part: &str) -> Result<Header, TokenError> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenError::Undecodable)?;
    let header = strict_json::object(&bytes).ok_or(TokenError::Undecodable)?;
    let algorithm = header.get("alg").and_then(Value::as_str).and_then(Algorithm::parse);
    let algorithm = algorithm.ok_or(TokenError::Algorithm)?;
    let is_jwt = match header.get("typ") {
        None => true,
        Some(typ) => typ.as_str().is_some_and(|typ| typ.eq_ignore_ascii_case("JWT")),
    };
    if !is_jwt || EXTENSIONS.iter().any(|member| header.contains_key(*member)) {
        return Err(TokenError::Type);
    }
    if let Some(member) = FOREIGN_KEYS.into_iter().find(|member| header.contains_key(*member)) {
        return Err(TokenError::ForeignKey { member });
    }
    let kid = match header.get("kid") {
        None => None,
        Some(Value::String(kid)) if kid.len() <= KID_BYTES_MAX => Some(kid.clone()),
        Some(_) => return Err(TokenError::Signature),
    };
    Ok(Header { algorithm, kid })
}

//! Signed tokens: JWT with HS256 and nothing else. In: a secret, text, the time. Out: claims or a pointed error.
//! Header members that name a key (`jku`, `x5u`, `jwk`, `kid`) are never read.

use crate::keys::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use serde_json::{Map, Value};

/// Tolerance for clocks that differ, seconds.
pub const LEEWAY_S: i64 = 30;

/// Longest token, bytes.
pub const TOKEN_BYTES_MAX: usize = 8 * 1024;

/// Why a credential is refused. The text is what the caller reads.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The server has no secret to check with.
    #[error("Server lacks JWT secret")]
    NoSecret,
    /// `Bearer` with nothing after it.
    #[error("Empty JWT is sent in Authorization header")]
    Empty,
    /// Longer than [`TOKEN_BYTES_MAX`].
    #[error("JWT is longer than {max} bytes")]
    TooLong {
        /// The limit.
        max: usize,
    },
    /// Not `header.payload.signature`.
    #[error("Expected 3 parts in JWT; got {got}")]
    Parts {
        /// Number of parts.
        got: usize,
    },
    /// `alg` is not HS256.
    #[error("Wrong or unsupported encoding algorithm")]
    Algorithm,
    /// `typ` is not a JWT, or the header has `crit`.
    #[error("Unsupported token type")]
    Type,
    /// The signature is not ours.
    #[error("No suitable key or wrong key type")]
    Signature,
    /// Bad base64, JSON or text.
    #[error("JWT couldn't be decoded")]
    Undecodable,
    /// An opaque key that is not one of ours.
    #[error("Invalid API key")]
    UnknownKey,
    /// The payload is not a JSON object.
    #[error("Parsing claims failed")]
    ClaimsNotObject,
    /// `exp`, `nbf` or `iat` is not a number.
    #[error("The JWT '{claim}' claim must be a number")]
    ClaimNotNumber {
        /// Which claim.
        claim: &'static str,
    },
    /// `sub` is not text.
    #[error("The JWT 'sub' claim must be a string")]
    SubjectNotString,
    /// `aud` is neither text nor a list of text.
    #[error("The JWT 'aud' claim must be a string or an array of strings")]
    AudienceShape,
    /// `exp` has passed.
    #[error("JWT expired")]
    Expired,
    /// `nbf` is to come.
    #[error("JWT not yet valid")]
    NotYetValid,
    /// `iat` is to come.
    #[error("JWT issued at future")]
    IssuedAtFuture,
    /// `aud` does not name this server.
    #[error("JWT not in audience")]
    WrongAudience,
    /// `role`, `app_metadata.role` or `app_metadata.roles` is of another type.
    #[error("The JWT role claims must be strings")]
    RoleNotString,
    /// `role` names no role of this server.
    #[error("role \"{role}\" does not exist")]
    UnknownRole {
        /// As claimed, without control characters, shortened.
        role: String,
    },
    /// More application roles than a token may hold.
    #[error("The JWT names more than {max} roles")]
    TooManyRoles {
        /// The limit.
        max: usize,
    },
}

/// A token could not be signed.
#[derive(Debug, thiserror::Error)]
#[error("cannot sign the token")]
pub struct SignError(#[source] jsonwebtoken::errors::Error);

/// Signs claims with HS256.
///
/// # Errors
/// [`SignError`] when the claims cannot be encoded.
pub fn sign(secret: &Secret, claims: &Map<String, Value>) -> Result<String, SignError> {
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &EncodingKey::from_secret(secret.as_bytes()))
        .map_err(SignError)
}

/// A secret made ready to check signatures with.
pub(crate) struct TokenKey(DecodingKey);

impl TokenKey {
    pub(crate) fn new(secret: &Secret) -> Self {
        Self(DecodingKey::from_secret(secret.as_bytes()))
    }

    /// Checks form and signature, and answers the claims; says nothing about their times.
    pub(crate) fn decode(&self, token: &str) -> Result<Map<String, Value>, TokenError> {
        if token.is_empty() {
            return Err(TokenError::Empty);
        }
        if token.len() > TOKEN_BYTES_MAX {
            return Err(TokenError::TooLong { max: TOKEN_BYTES_MAX });
        }
        let (message, signature) = token.rsplit_once('.').ok_or(TokenError::Parts { got: 1 })?;
        let (header, payload) = message.split_once('.').ok_or(TokenError::Parts { got: 2 })?;
        if payload.contains('.') {
            return Err(TokenError::Parts { got: token.split('.').count() });
        }
        check_header(header)?;
        // An error means a signature that is not even base64, which is as wrong as any other.
        let ours = jsonwebtoken::crypto::verify(signature, message.as_bytes(), &self.0, Algorithm::HS256);
        if !ours.unwrap_or(false) {
            return Err(TokenError::Signature);
        }
        let payload = URL_SAFE_NO_PAD.decode(payload).map_err(|_| TokenError::Undecodable)?;
        match serde_json::from_slice(&payload).map_err(|_| TokenError::Undecodable)? {
            Value::Object(claims) => Ok(claims),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                Err(TokenError::ClaimsNotObject)
            }
        }
    }
}

/// Pins the algorithm before anything else of the token is believed.
fn check_header(part: &str) -> Result<(), TokenError> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenError::Undecodable)?;
    let header: Map<String, Value> = serde_json::from_slice(&bytes).map_err(|_| TokenError::Undecodable)?;
    if header.get("alg").and_then(Value::as_str) != Some("HS256") {
        return Err(TokenError::Algorithm);
    }
    let is_jwt = match header.get("typ") {
        None => true,
        Some(typ) => typ.as_str().is_some_and(|typ| typ.eq_ignore_ascii_case("JWT")),
    };
    // Extensions that must be understood: none is.
    if !is_jwt || header.contains_key("crit") || header.contains_key("b64") {
        return Err(TokenError::Type);
    }
    Ok(())
}

/// When claims hold, unix seconds with the leeway in; checked again at every use of a remembered token.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Validity {
    expires_s: Option<f64>,
    starts_s: Option<f64>,
    issued_s: Option<f64>,
}

impl Validity {
    pub(crate) fn of(claims: &Map<String, Value>) -> Result<Self, TokenError> {
        Ok(Self { expires_s: time(claims, "exp")?, starts_s: time(claims, "nbf")?, issued_s: time(claims, "iat")? })
    }

    #[expect(clippy::cast_precision_loss, reason = "times are far below 2^53 seconds")]
    pub(crate) fn check(&self, now_unix_s: i64) -> Result<(), TokenError> {
        let (now, leeway) = (now_unix_s as f64, LEEWAY_S as f64);
        if self.expires_s.is_some_and(|expires| now - leeway > expires) {
            return Err(TokenError::Expired);
        }
        if self.starts_s.is_some_and(|starts| now + leeway < starts) {
            return Err(TokenError::NotYetValid);
        }
        if self.issued_s.is_some_and(|issued| now + leeway < issued) {
            return Err(TokenError::IssuedAtFuture);
        }
        Ok(())
    }
}

fn time(claims: &Map<String, Value>, claim: &'static str) -> Result<Option<f64>, TokenError> {
    match claims.get(claim) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value.as_f64().map(Some).ok_or(TokenError::ClaimNotNumber { claim }),
    }
}

/// Checks `aud` against what is configured: a token without one is for anybody, unless an audience is configured.
pub(crate) fn check_audience(claims: &Map<String, Value>, wanted: Option<&str>) -> Result<(), TokenError> {
    let named: Vec<&str> = match claims.get("aud") {
        None | Some(Value::Null) => return Ok(()),
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(items)) => {
            items.iter().map(|item| item.as_str().ok_or(TokenError::AudienceShape)).collect::<Result<_, _>>()?
        }
        Some(Value::Bool(_) | Value::Number(_) | Value::Object(_)) => return Err(TokenError::AudienceShape),
    };
    match wanted {
        Some(wanted) if !named.is_empty() && !named.contains(&wanted) => Err(TokenError::WrongAudience),
        Some(_) | None => Ok(()),
    }
}

//! Claims of signed tokens. In: claims that a signature vouches for, and the time. Out: when they hold, or a pointed error.
//! Also signs tokens with the shared secret. Form and signatures are in `jws`.

use crate::keys::Secret;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Map, Value};

/// Tolerance for clocks that differ, seconds.
pub const LEEWAY_S: i64 = 30;

/// Longest token, bytes: 8 KiB of a user's own metadata take 11 KiB in it.
pub const TOKEN_BYTES_MAX: usize = 16 * 1024;

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
    /// `alg` is none of ours, or not the one of the key that the token names.
    #[error("Wrong or unsupported encoding algorithm")]
    Algorithm,
    /// HS256, on a server that takes no shared secret.
    #[error("Tokens signed with a shared secret (HS256) are switched off")]
    SharedSecretOff,
    /// `typ` is not a JWT, or the header has `crit`.
    #[error("Unsupported token type")]
    Type,
    /// The header brings a key along, or points to one.
    #[error("The JWT header member '{member}' is not accepted")]
    ForeignKey {
        /// Which member.
        member: &'static str,
    },
    /// The signature is not ours, or the key id is not one of ours.
    #[error("No suitable key or wrong key type")]
    Signature,
    /// Bad base64, JSON or text.
    #[error("JWT couldn't be decoded")]
    Undecodable,
    /// An opaque key that is not one of ours.
    #[error("Invalid API key")]
    UnknownKey,
    /// An opaque key whose time is over.
    #[error("The API key has expired")]
    KeyExpired,
    /// A secret key, sent by a browser.
    #[error("Secret API keys are refused from browsers: everybody who uses the page can read them")]
    SecretInBrowser,
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
    /// A claim that the tokens of sessions have.
    #[error("The JWT '{claim}' claim is missing or malformed")]
    SessionClaim {
        /// Which claim.
        claim: &'static str,
    },
    /// `iss` is not this server.
    #[error("JWT from another issuer")]
    WrongIssuer,
    /// A token of a session, on a server that keeps none.
    #[error("JWT belongs to a session, and this server keeps no sessions")]
    NoSessions,
    /// The session was ended, or never was.
    #[error("Session from session_id claim in JWT does not exist")]
    SessionEnded,
    /// The account is banned.
    #[error("User is banned")]
    Banned,
    /// The account may do nothing but change its password.
    #[error("The password must be changed first")]
    PasswordChangeRequired,
    /// The user's role needs a second factor, and this session has none.
    #[error("a second factor must be proven before anything else")]
    SecondFactorRequired,
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

/// Checks `aud` against what is configured: a token without one is for anybody.
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

/// What the tokens that this server issues have to say, and others need not: when they end, who made them, for whom.
pub(crate) fn check_issued(
    claims: &Map<String, Value>,
    issuer: Option<&str>,
    audience: Option<&str>,
) -> Result<(), TokenError> {
    let is_null = |claim: &str| claims.get(claim).is_none_or(Value::is_null);
    if is_null("exp") {
        return Err(TokenError::SessionClaim { claim: "exp" });
    }
    // An empty list names nobody.
    if audience.is_some() && (is_null("aud") || claims.get("aud").and_then(Value::as_array).is_some_and(Vec::is_empty))
    {
        return Err(TokenError::SessionClaim { claim: "aud" });
    }
    match (issuer, claims.get("iss")) {
        (Some(wanted), Some(Value::String(issuer))) if issuer == wanted => Ok(()),
        (Some(_), Some(Value::String(_))) => Err(TokenError::WrongIssuer),
        (Some(_), _) => Err(TokenError::SessionClaim { claim: "iss" }),
        (None, _) => Ok(()),
    }
}

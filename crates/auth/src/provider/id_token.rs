//! Checks an ID token (OpenID Connect Core 3.1.3.7): signature by the issuer's keys, issuer, audience, authorized party, end, nonce,
//! and the hash of the access token. In: a token, keys, what is expected. Out: its claims, or the first thing that is wrong.

use crate::strict_json;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use openidconnect::core::{CoreIdToken, CoreIdTokenVerifier, CoreJsonWebKeySet, CoreJwsSigningAlgorithm};
use openidconnect::{
    AccessToken, AccessTokenHash, ClaimsVerificationError, ClientId, IssuerUrl, Nonce, SignatureVerificationError,
};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use std::str::FromStr as _;

/// Clocks may differ by this, seconds.
const LEEWAY_S: i64 = 30;
/// Longest token, bytes.
const TOKEN_BYTES_MAX: usize = 16 << 10;

/// What a token must say about the login that it is for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum NonceRule<'a> {
    /// This very nonce, which the login began with.
    Is(&'a str),
    /// The hash of what the client sends; neither, or both.
    HashOf(Option<&'a str>),
}

/// What is expected.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expected<'a> {
    pub(crate) issuer: &'a str,
    /// Any of these may be the audience.
    pub(crate) client_ids: &'a [String],
    pub(crate) nonce: NonceRule<'a>,
    /// The access token that came along.
    pub(crate) access_token: Option<&'a str>,
    /// Now, microseconds since 1970.
    pub(crate) now: i64,
}

/// What is wrong with a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum IdTokenError {
    #[error("the ID token is malformed")]
    Malformed,
    #[error("the ID token is of another issuer")]
    Issuer,
    #[error("the ID token is for another audience")]
    Audience,
    #[error("the ID token was made for another party")]
    AuthorizedParty,
    #[error("the ID token is not signed by a key of its issuer")]
    Signature,
    /// Perhaps the issuer has newer keys.
    #[error("the ID token is signed by a key that its issuer does not publish")]
    UnknownKey,
    #[error("the ID token has expired, or is not valid yet")]
    Time,
    #[error("the nonce does not belong to the ID token")]
    Nonce,
    #[error("the access token does not belong to the ID token")]
    AccessToken,
}

/// Claims of a token whose signature nobody has checked.
pub(crate) fn peek(token: &str) -> Option<Map<String, Value>> {
    if token.len() > TOKEN_BYTES_MAX {
        return None;
    }
    let mut parts = token.split('.');
    let (_, payload, _) = (parts.next()?, parts.next()?, parts.next()?);
    strict_json::object(&URL_SAFE_NO_PAD.decode(payload).ok()?).filter(|_| parts.next().is_none())
}

/// Checks a token.
///
/// # Errors
/// [`IdTokenError`].
pub(crate) fn check(
    token: &str,
    keys: &CoreJsonWebKeySet,
    expected: &Expected<'_>,
) -> Result<Map<String, Value>, IdTokenError> {
    let payload = peek(token).ok_or(IdTokenError::Malformed)?;
    let parsed = CoreIdToken::from_str(token).map_err(|_| IdTokenError::Malformed)?;
    let audience = |id: &&String| match payload.get("aud") {
        Some(Value::String(one)) => one == *id,
        Some(Value::Array(many)) => many.iter().any(|one| one == id.as_str()),
        _ => false,
    };
    let client_id = expected.client_ids.iter().find(audience).ok_or(IdTokenError::Audience)?;
    let issuer = IssuerUrl::new(expected.issuer.to_owned()).map_err(|_| IdTokenError::Issuer)?;
    let at = |leeway_s: i64| move || instant(expected.now, leeway_s);
    let others = expected.client_ids.to_vec();
    let verifier = CoreIdTokenVerifier::new_public_client(ClientId::new(client_id.clone()), issuer, keys.clone())
        .set_allowed_algs(ALGORITHMS)
        .set_time_fn(at(-LEEWAY_S))
        .set_issue_time_verifier_fn(move |issued| {
            if issued <= instant(expected.now, LEEWAY_S) { Ok(()) } else { Err("issued in the future".to_owned()) }
        })
        .set_other_audience_verifier_fn(move |other| others.iter().any(|id| id == other.as_str()));
    let nonce = |said: Option<&Nonce>| {
        if is_right(expected.nonce, said.map(|nonce| nonce.secret().as_str())) { Ok(()) } else { Err(String::new()) }
    };
    let claims = parsed.claims(&verifier, nonce).map_err(|error| reason(&error))?;
    check_party(&payload, expected.client_ids)?;
    check_beginning(&payload, expected.now)?;
    if let (Some(hash), Some(access_token)) = (claims.access_token_hash(), expected.access_token) {
        let algorithm = parsed.signing_alg().map_err(|_| IdTokenError::Signature)?;
        let key = parsed.signing_key(&verifier).map_err(|_| IdTokenError::Signature)?;
        let made = AccessTokenHash::from_token(&AccessToken::new(access_token.to_owned()), algorithm, key);
        if made.map_err(|_| IdTokenError::AccessToken)? != *hash {
            return Err(IdTokenError::AccessToken);
        }
    }
    Ok(payload)
}

/// Signatures that are taken: those with a public key. A shared secret never signs, whatever a token says.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// The party that asked for the token must be this application; with several audiences one must be named.
fn check_party(payload: &Map<String, Value>, client_ids: &[String]) -> Result<(), IdTokenError> {
    let several = payload.get("aud").and_then(Value::as_array).is_some_and(|many| many.len() > 1);
    match payload.get("azp") {
        None if several => Err(IdTokenError::AuthorizedParty),
        None => Ok(()),
        Some(Value::String(party)) if client_ids.contains(party) => Ok(()),
        Some(_) => Err(IdTokenError::AuthorizedParty),
    }
}

/// A token may say from when on it counts (RFC 7519 4.1.5).
fn check_beginning(payload: &Map<String, Value>, now_micros: i64) -> Result<(), IdTokenError> {
    let Some(from) = payload.get("nbf") else { return Ok(()) };
    let from_s = from.as_i64().ok_or(IdTokenError::Malformed)?;
    if from_s <= (now_micros / 1_000_000).saturating_add(LEEWAY_S) { Ok(()) } else { Err(IdTokenError::Time) }
}

fn is_right(rule: NonceRule<'_>, said: Option<&str>) -> bool {
    match (rule, said) {
        (NonceRule::Is(ours), Some(said)) => crate::framed_mac::equals(ours.as_bytes(), said.as_bytes()),
        (NonceRule::HashOf(Some(sent)), Some(said)) => {
            let hash = crate::one_time::hex(&Sha256::digest(sent.as_bytes()));
            crate::framed_mac::equals(hash.as_bytes(), said.as_bytes())
        }
        (NonceRule::HashOf(None), None) => true,
        (NonceRule::Is(_) | NonceRule::HashOf(Some(_)), None) | (NonceRule::HashOf(None), Some(_)) => false,
    }
}

fn instant(now_micros: i64, shift_s: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(now_micros.saturating_add(shift_s.saturating_mul(1_000_000)))
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}

fn reason(error: &ClaimsVerificationError) -> IdTokenError {
    match error {
        ClaimsVerificationError::Expired(_) | ClaimsVerificationError::InvalidAuthTime(_) => IdTokenError::Time,
        ClaimsVerificationError::InvalidAudience(_) => IdTokenError::Audience,
        ClaimsVerificationError::InvalidIssuer(_) => IdTokenError::Issuer,
        ClaimsVerificationError::InvalidNonce(_) => IdTokenError::Nonce,
        ClaimsVerificationError::Unsupported(_) => IdTokenError::Signature,
        ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey) => {
            IdTokenError::UnknownKey
        }
        ClaimsVerificationError::SignatureVerification(_) => IdTokenError::Signature,
        ClaimsVerificationError::InvalidAuthContext(_)
        | ClaimsVerificationError::InvalidSubject(_)
        | ClaimsVerificationError::Other(_)
        | _ => IdTokenError::Malformed,
    }
}

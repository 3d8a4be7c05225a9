//! The client secret of Apple, which is a short-lived token that the application signs with its own key.
//! In: the key, its id, the team's, the application's. Out: a secret for one exchange.

use crate::provider::{Provider, ProviderError};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::json;

/// Life of a secret, seconds; Apple takes up to six months.
const LIFE_S: i64 = 300;

/// Whether a configured secret is a key that makes secrets.
pub(crate) fn is_key(secret: &str) -> bool {
    secret.trim_start().starts_with("-----BEGIN")
}

/// The secret for an exchange that begins now.
///
/// # Errors
/// A key that is none.
pub(crate) fn client_secret(provider: &Provider, key: &str, now_s: i64) -> Result<String, ProviderError> {
    let unusable = |problem: &str| ProviderError::Unusable { what: "private key", problem: problem.to_owned() };
    // In an environment variable the line ends of a PEM file are often written out.
    let pem = key.trim().replace("\\n", "\n");
    let key = EncodingKey::from_ec_pem(pem.as_bytes()).map_err(|_| unusable("it is no EC key in PEM"))?;
    let header = Header { kid: provider.key_id.clone(), ..Header::new(Algorithm::ES256) };
    let claims = json!({
        "iss": provider.team_id,
        "iat": now_s,
        "exp": now_s.saturating_add(LIFE_S),
        "aud": provider.base,
        "sub": provider.client_id(),
    });
    jsonwebtoken::encode(&header, &claims, &key).map_err(|_| unusable("it does not sign"))
}

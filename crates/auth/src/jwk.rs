//! Keys that check signatures. In: a JSON Web Key or a shared secret. Out: a [`VerifyKey`], parsed once and pinned to its algorithm.
//! Only what this server signs with is taken: P-256 for ES256, and shared secrets of at least 256 bits for HS256.

use crate::strict_json;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use p256::EncodedPoint;
use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::{Signature, VerifyingKey};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use std::fmt;

/// Fewest bytes of a shared secret (RFC 7518 3.2).
const SECRET_BYTES_MIN: usize = 32;

/// Bytes of a coordinate on P-256.
const COORDINATE_BYTES: usize = 32;

/// How tokens are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// HMAC with SHA-256: tokens of the shared secret.
    Hs256,
}

impl Algorithm {
    /// By its registered name, which is case-sensitive.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "ES256" => Some(Algorithm::Es256),
            "HS256" => Some(Algorithm::Hs256),
            _ => None,
        }
    }
}

/// A key that checks signatures of one algorithm. Never printed.
#[derive(Clone)]
pub struct VerifyKey {
    kid: Option<Box<str>>,
    fingerprint: Fingerprint,
    material: Material,
}

/// Tells keys apart without showing them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

#[derive(Clone)]
enum Material {
    Es256(VerifyingKey),
    Hs256(Hmac<Sha256>),
}

/// Why a JSON Web Key is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JwkError {
    /// No JSON object, or a member of it is missing or of another type.
    #[error("not a JSON Web Key: `{member}` is missing or malformed")]
    Malformed {
        /// The first member that is not right.
        member: &'static str,
    },
    /// Another kind of key, curve or algorithm.
    #[error("the key is not one for ES256 or HS256")]
    Unsupported,
    /// `use` or `key_ops` says that it does not check signatures.
    #[error("the key is not for signatures")]
    WrongUse,
    /// A private key where a public one belongs.
    #[error("the key is private")]
    Private,
    /// The point is not on the curve.
    #[error("the key is not a point of its curve")]
    NotOnCurve,
    /// A shared secret that is too short.
    #[error("the shared secret has fewer than 256 bits")]
    TooShort,
    /// A set with public keys and shared secrets: it is published, or it is secret, and never both.
    #[error("the set mixes public keys and shared secrets")]
    Mixed,
    /// A key id twice in a set.
    #[error("two keys of the set have one id")]
    DuplicateKid,
}

impl VerifyKey {
    /// A shared secret for HS256.
    ///
    /// # Errors
    /// [`JwkError::TooShort`].
    pub fn hs256(kid: Option<&str>, secret: &[u8]) -> Result<Self, JwkError> {
        if secret.len() < SECRET_BYTES_MIN {
            return Err(JwkError::TooShort);
        }
        let mac = Hmac::<Sha256>::new_from_slice(secret).map_err(|_| JwkError::TooShort)?;
        let fingerprint = Fingerprint(Sha256::digest(secret).into());
        Ok(Self { kid: kid.map(Into::into), fingerprint, material: Material::Hs256(mac) })
    }

    /// A public key for ES256, under its thumbprint.
    #[must_use]
    pub fn es256(key: VerifyingKey) -> Self {
        Self::es256_named(key, thumbprint(&key).into())
    }

    /// One key, as JSON.
    ///
    /// # Errors
    /// [`JwkError`].
    pub fn from_jwk(text: &[u8]) -> Result<Self, JwkError> {
        from_members(&strict_json::object(text).ok_or(JwkError::Malformed { member: "kty" })?)
    }

    /// Every key of a set, as JSON. One key that is not taken refuses the set.
    ///
    /// # Errors
    /// [`JwkError`].
    pub fn from_jwks(text: &[u8]) -> Result<Vec<Self>, JwkError> {
        let malformed = JwkError::Malformed { member: "keys" };
        let set = strict_json::object(text).ok_or(malformed)?;
        let items = set.get("keys").and_then(Value::as_array).ok_or(malformed)?;
        let mut keys: Vec<Self> = Vec::with_capacity(items.len());
        for item in items {
            let key = from_members(item.as_object().ok_or(malformed)?)?;
            if keys.iter().any(|other| other.kid == key.kid) {
                return Err(JwkError::DuplicateKid);
            }
            if keys.iter().any(|other| other.algorithm() != key.algorithm()) {
                return Err(JwkError::Mixed);
            }
            keys.push(key);
        }
        Ok(keys)
    }

    fn es256_named(key: VerifyingKey, kid: Box<str>) -> Self {
        let fingerprint = Fingerprint(Sha256::digest(key.to_sec1_bytes()).into());
        Self { kid: Some(kid), fingerprint, material: Material::Es256(key) }
    }

    /// The id that tokens name it by.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The only algorithm it is used with.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        match self.material {
            Material::Es256(_) => Algorithm::Es256,
            Material::Hs256(_) => Algorithm::Hs256,
        }
    }

    /// The same for the same key, whatever it is called.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// Whether a signature is this key's. HMACs are compared in constant time.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.material {
            Material::Es256(key) => {
                Signature::from_slice(signature).is_ok_and(|signature| key.verify(message, &signature).is_ok())
            }
            Material::Hs256(mac) => mac.clone().chain_update(message).verify_slice(signature).is_ok(),
        }
    }
}

impl fmt::Debug for VerifyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyKey")
            .field("kid", &self.kid)
            .field("algorithm", &self.algorithm())
            .finish_non_exhaustive()
    }
}

/// The public JSON Web Key of a point, with its thumbprint as id.
#[must_use]
pub fn public_jwk(key: &VerifyingKey) -> Value {
    let (x, y) = coordinates(key);
    json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": thumbprint(key), "alg": "ES256", "use": "sig", "key_ops": ["verify"] })
}

/// RFC 7638: SHA-256 of the required members in alphabetical order, without blanks.
#[must_use]
pub fn thumbprint(key: &VerifyingKey) -> String {
    let (x, y) = coordinates(key);
    URL_SAFE_NO_PAD.encode(Sha256::digest(format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#)))
}

fn coordinates(key: &VerifyingKey) -> (String, String) {
    let point = key.to_encoded_point(false);
    let bytes = point.as_bytes();
    // An uncompressed point: one tag byte, x, y.
    (URL_SAFE_NO_PAD.encode(&bytes[1..=COORDINATE_BYTES]), URL_SAFE_NO_PAD.encode(&bytes[1 + COORDINATE_BYTES..]))
}

fn from_members(jwk: &Map<String, Value>) -> Result<VerifyKey, JwkError> {
    let text = |member: &'static str| match jwk.get(member) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(_) => Err(JwkError::Malformed { member }),
    };
    let bytes = |member: &'static str| {
        let malformed = JwkError::Malformed { member };
        URL_SAFE_NO_PAD.decode(text(member)?.ok_or(malformed)?).map_err(|_| malformed)
    };
    check_use(jwk, text("use")?)?;
    let kid = text("kid")?;
    match (text("kty")?, text("alg")?) {
        (Some("EC"), None | Some("ES256")) if text("crv")? == Some("P-256") => {
            if jwk.contains_key("d") {
                return Err(JwkError::Private);
            }
            let (x, y) = (bytes("x")?, bytes("y")?);
            if x.len() != COORDINATE_BYTES || y.len() != COORDINATE_BYTES {
                return Err(JwkError::NotOnCurve);
            }
            let point = EncodedPoint::from_affine_coordinates(x.as_slice().into(), y.as_slice().into(), false);
            let key = VerifyingKey::from_encoded_point(&point).map_err(|_| JwkError::NotOnCurve)?;
            let kid = kid.map_or_else(|| thumbprint(&key).into(), Into::into);
            Ok(VerifyKey::es256_named(key, kid))
        }
        (Some("oct"), Some("HS256")) => VerifyKey::hs256(kid, &bytes("k")?),
        (None, _) => Err(JwkError::Malformed { member: "kty" }),
        (Some(_), _) => Err(JwkError::Unsupported),
    }
}

fn check_use(jwk: &Map<String, Value>, usage: Option<&str>) -> Result<(), JwkError> {
    let operations = match jwk.get("key_ops") {
        None => None,
        Some(Value::Array(items)) => Some(items),
        Some(_) => return Err(JwkError::Malformed { member: "key_ops" }),
    };
    let verifies = operations.is_none_or(|items| items.iter().any(|item| item == "verify"));
    if usage.is_some_and(|usage| usage != "sig") || !verifies { Err(JwkError::WrongUse) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of RFC 7515, appendix A.3.
    const X: &str = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
    const Y: &str = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";

    fn check(jwk: Value, expected: Result<Algorithm, JwkError>) {
        assert_eq!(VerifyKey::from_jwk(jwk.to_string().as_bytes()).map(|key| key.algorithm()), expected, "{jwk}");
    }

    #[test]
    fn one_key() {
        let malformed = |member| Err(JwkError::Malformed { member });
        check(json!({"kty": "EC", "crv": "P-256", "x": X, "y": Y}), Ok(Algorithm::Es256));
        check(json!({"kty": "EC", "crv": "P-256", "x": X, "y": Y, "alg": "ES256", "use": "sig"}), Ok(Algorithm::Es256));
        check(json!({"kty": "EC", "crv": "P-256", "x": X, "y": Y, "key_ops": ["verify"]}), Ok(Algorithm::Es256));
        check(json!({"kty": "EC", "crv": "P-256", "x": X, "y": Y, "key_ops": ["sign"]}), Err(JwkError::WrongUse));
        check(json!({"kty": "EC", "crv": "P-256", "x": X, "y": Y, "key_ops": "verify"}), malformed("key_ops"));
        check(json!({"kty": "EC", "crv": "P-256", "x": X, "y": Y, "use": "enc"}), Err(JwkError::WrongUse));
        check(json!({"kty": "EC", "crv": "P-256", "x": X, "y": Y, "d": X}), Err(JwkError::Private));
        check(json!({"kty": "EC", "crv": "P-384", "x": X, "y": Y}), Err(JwkError::Unsupported));
        check(json!({"kty": "EC", "crv": "P-256", "x": X, "y": Y, "alg": "HS256"}), Err(JwkError::Unsupported));
        check(json!({"kty": "EC", "crv": "P-256", "x": X, "y": X}), Err(JwkError::NotOnCurve));
        check(json!({"kty": "EC", "crv": "P-256", "x": X, "y": "AA"}), Err(JwkError::NotOnCurve));
        check(json!({"kty": "EC", "crv": "P-256", "x": X}), malformed("y"));
        check(json!({"kty": "EC", "crv": "P-256", "x": X, "y": 1}), malformed("y"));
        check(json!({"kty": "EC", "crv": "P-256", "x": X, "y": Y, "kid": 1}), malformed("kid"));
        check(json!({"kty": "oct", "alg": "HS256", "k": X}), Ok(Algorithm::Hs256));
        check(json!({"kty": "oct", "alg": "HS256", "k": "AAAA"}), Err(JwkError::TooShort));
        check(json!({"kty": "oct", "alg": "HS512", "k": X}), Err(JwkError::Unsupported));
        check(json!({"kty": "oct", "k": X}), Err(JwkError::Unsupported));
        check(json!({"kty": "RSA", "n": X, "e": "AQAB"}), Err(JwkError::Unsupported));
        check(json!({}), malformed("kty"));
        check(json!([]), malformed("kty"));
    }

    #[test]
    fn thumbprint_is_the_id() {
        let jwk = json!({"kty": "EC", "crv": "P-256", "x": X, "y": Y}).to_string();
        let key = VerifyKey::from_jwk(jwk.as_bytes()).unwrap();
        // Worked out independently with SHA-256 over the canonical text.
        assert_eq!(key.kid(), Some("oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U"));
    }
}

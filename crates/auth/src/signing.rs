//! The keys that sign access tokens. In: randomness, or what is stored. Out: a [`SigningKey`], its public form, signed tokens.
//! A private key is parsed once; outside of memory it exists only sealed, or as PEM in an operator's hands.

use crate::jwk::{VerifyKey, public_jwk, thumbprint};
use crate::secret_box::{Place, SealError, SecretBox, SecretKind, UnsealError};
use crate::token::TOKEN_BYTES_MAX;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::Signature;
use p256::ecdsa::signature::Signer as _;
use p256::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, LineEnding};
use rand::CryptoRng;
use serde_json::{Map, Value, json};
use std::fmt;

/// A private key for ES256. Never printed.
#[derive(Clone)]
pub struct SigningKey {
    key: p256::ecdsa::SigningKey,
    kid: String,
    /// The header of its tokens, encoded, and the dot after it.
    header: String,
}

/// A private key or a token cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SigningError {
    /// The text is no private key on P-256 in PKCS #8.
    #[error("not a PKCS #8 private key on the curve P-256")]
    Malformed,
    /// A sealed key belongs to another id.
    #[error("the sealed key is not the key `{kid}`")]
    WrongKid {
        /// The id it was stored under.
        kid: String,
    },
    /// A sealed key does not open.
    #[error("cannot open the signing key")]
    Unseal(#[source] UnsealError),
    /// A key cannot be sealed.
    #[error("cannot seal the signing key")]
    Seal(#[source] SealError),
    /// More claims than a token may have.
    #[error("the token would be longer than {max} bytes")]
    TooLong {
        /// The limit.
        max: usize,
    },
}

impl SigningKey {
    /// A new one.
    pub fn generate(rng: &mut dyn CryptoRng) -> Self {
        let mut scalar = [0; 32];
        loop {
            rng.fill_bytes(&mut scalar);
            // Zero and what lies above the order of the curve, less than one in four thousand million, is drawn again.
            if let Ok(key) = p256::ecdsa::SigningKey::from_slice(&scalar) {
                return Self::of(key);
            }
        }
    }

    /// Reads PKCS #8 in PEM.
    ///
    /// # Errors
    /// [`SigningError::Malformed`].
    pub fn from_pem(pem: &str) -> Result<Self, SigningError> {
        p256::ecdsa::SigningKey::from_pkcs8_pem(pem).map(Self::of).map_err(|_| SigningError::Malformed)
    }

    /// PKCS #8 in PEM: the key itself, so handle it like one.
    ///
    /// # Errors
    /// [`SigningError::Malformed`] never happens for a key that was made or read here.
    pub fn to_pem(&self) -> Result<String, SigningError> {
        let pem = self.key.to_pkcs8_pem(LineEnding::LF).map_err(|_| SigningError::Malformed)?;
        Ok(String::clone(&pem))
    }

    /// The form that is stored: sealed under the key's id.
    ///
    /// # Errors
    /// [`SigningError`].
    pub fn seal(&self, rng: &mut dyn CryptoRng, secrets: &SecretBox) -> Result<String, SigningError> {
        let der = self.key.to_pkcs8_der().map_err(|_| SigningError::Malformed)?;
        secrets.seal(rng, place(&self.kid), der.as_bytes()).map_err(SigningError::Seal)
    }

    /// Opens the form that is stored.
    ///
    /// # Errors
    /// [`SigningError`]; trying again does not help.
    pub fn unseal(secrets: &SecretBox, kid: &str, sealed: &str) -> Result<Self, SigningError> {
        let der = secrets.open(place(kid), sealed).map_err(SigningError::Unseal)?;
        let key = p256::ecdsa::SigningKey::from_pkcs8_der(&der).map_err(|_| SigningError::Malformed)?;
        let opened = Self::of(key);
        if opened.kid == kid { Ok(opened) } else { Err(SigningError::WrongKid { kid: kid.to_owned() }) }
    }

    fn of(key: p256::ecdsa::SigningKey) -> Self {
        let kid = thumbprint(key.verifying_key());
        let header = json!({ "alg": "ES256", "kid": kid, "typ": "JWT" }).to_string();
        Self { key, header: format!("{}.", URL_SAFE_NO_PAD.encode(header)), kid }
    }

    /// RFC 7638 thumbprint of the public key.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public JSON Web Key.
    #[must_use]
    pub fn public_jwk(&self) -> Value {
        public_jwk(self.key.verifying_key())
    }

    /// What checks its signatures.
    #[must_use]
    pub fn verify_key(&self) -> VerifyKey {
        VerifyKey::es256(*self.key.verifying_key())
    }

    /// A token with these claims. The nonce is derived (RFC 6979), so weak randomness cannot give the key away.
    ///
    /// # Errors
    /// [`SigningError::TooLong`]: such a token would be refused by whoever it is shown to.
    pub fn sign(&self, claims: &Map<String, Value>) -> Result<String, SigningError> {
        let payload = Value::from(claims.clone()).to_string();
        let mut token = String::with_capacity(self.header.len() + payload.len().div_ceil(3) * 4 + 87);
        token.push_str(&self.header);
        URL_SAFE_NO_PAD.encode_string(payload, &mut token);
        let signature: Signature = self.key.sign(token.as_bytes());
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature.to_bytes(), &mut token);
        if token.len() > TOKEN_BYTES_MAX {
            return Err(SigningError::TooLong { max: TOKEN_BYTES_MAX });
        }
        Ok(token)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

/// The document of public keys: those that sign, those that signed, and the one that will sign next.
#[must_use]
pub fn jwks<'a>(keys: impl IntoIterator<Item = &'a Value>) -> Value {
    let keys: Vec<&Value> = keys.into_iter().collect();
    json!({ "keys": keys })
}

fn place(kid: &str) -> Place<'_> {
    Place { kind: SecretKind::SigningKey, row: kid }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jws::Keyring;
    use crate::master::MasterKey;
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    fn rng() -> StdRng {
        StdRng::seed_from_u64(7)
    }

    #[test]
    fn what_it_signs_opens_with_its_published_key() {
        let key = SigningKey::generate(&mut rng());
        let Value::Object(claims) = json!({"sub": "é", "n": 1}) else { unreachable!() };
        let token = key.sign(&claims).unwrap();
        let document = jwks([&key.public_jwk()]).to_string();
        let ring = Keyring::new(VerifyKey::from_jwks(document.as_bytes()).unwrap(), None).unwrap();
        assert_eq!(ring.open(&token).unwrap().payload, r#"{"sub":"é","n":1}"#.as_bytes());
        assert_eq!(ring.open(&token).unwrap().key.fingerprint(), key.verify_key().fingerprint());
        assert_eq!(token, key.sign(&claims).unwrap(), "signatures are deterministic");
        let other = SigningKey::generate(&mut StdRng::seed_from_u64(8));
        assert!(ring.open(&other.sign(&claims).unwrap()).is_err());
        assert!(!document.contains("\"d\""), "{document}");
    }

    #[test]
    fn stored_and_read_back() {
        let key = SigningKey::generate(&mut rng());
        let pem = key.to_pem().unwrap();
        assert!(pem.starts_with("-----BEGIN PRIVATE KEY-----\n"), "{}", &pem[..30]);
        assert_eq!(SigningKey::from_pem(&pem).unwrap().kid(), key.kid());
        let secrets = SecretBox::new(&MasterKey::generate(&mut rng()));
        let sealed = key.seal(&mut rng(), &secrets).unwrap();
        assert_eq!(SigningKey::unseal(&secrets, key.kid(), &sealed).unwrap().kid(), key.kid());
        assert_eq!(
            SigningKey::unseal(&secrets, "another", &sealed).unwrap_err(),
            SigningError::Unseal(UnsealError::WrongKey)
        );
        let moved = secrets.seal(&mut rng(), place("another"), key.key.to_pkcs8_der().unwrap().as_bytes()).unwrap();
        let wrong = SigningKey::unseal(&secrets, "another", &moved).unwrap_err();
        assert_eq!(wrong, SigningError::WrongKid { kid: "another".to_owned() });
        for pem in ["", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", &pem[40..]] {
            assert_eq!(SigningKey::from_pem(pem).unwrap_err(), SigningError::Malformed);
        }
        assert!(!format!("{key:?}").contains(&pem[30..60]));
    }

    #[test]
    fn no_token_that_would_be_refused() {
        let mut claims = Map::new();
        claims.insert("x".to_owned(), Value::from("y".repeat(TOKEN_BYTES_MAX)));
        assert!(matches!(SigningKey::generate(&mut rng()).sign(&claims), Err(SigningError::TooLong { .. })));
    }
}

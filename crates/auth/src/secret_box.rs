//! Secrets at rest. In: bytes, what they are for and which row holds them. Out: text that only the same place can open.
//! AES-256-GCM with a random nonce. A sealed text that is moved to another row or purpose does not open.

use crate::master::{MasterKey, Purpose};
use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use aes_gcm::{Aes256Gcm, Key, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::CryptoRng;
use std::fmt;

/// Opens the text form; another layout or cipher gets another one.
const VERSION: &str = "v1.";

const NONCE_BYTES: usize = 12;

/// Seals and opens. Made once at start.
#[derive(Clone)]
pub struct SecretBox(Aes256Gcm);

/// Where a sealed secret belongs: part of what is authenticated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// What the secret is.
    pub kind: SecretKind,
    /// Key of the row that holds it.
    pub row: &'a str,
}

/// Kinds of sealed secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretKind {
    /// Of a TOTP factor.
    TotpSecret,
    /// A token that an identity provider gave.
    ProviderToken,
    /// Key that the refresh tokens of a session are made with.
    RefreshFamily,
    /// Private key that signs access tokens.
    SigningKey,
    /// What belongs to a login at an identity provider that is under way.
    Login,
}

impl SecretKind {
    fn label(self) -> &'static str {
        match self {
            SecretKind::TotpSecret => "totp-secret",
            SecretKind::ProviderToken => "provider-token",
            SecretKind::RefreshFamily => "refresh-family",
            SecretKind::SigningKey => "signing-key",
            SecretKind::Login => "login",
        }
    }
}

/// A secret is too large to be sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the secret is too large to be sealed")]
pub struct SealError;

/// A sealed text does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnsealError {
    /// Not a text of this module.
    #[error("the sealed secret is malformed")]
    Malformed,
    /// Sealed by a later version of the program.
    #[error("the sealed secret has a format that this version does not know")]
    UnknownFormat,
    /// Another master key, another row, or altered.
    #[error("the sealed secret was made with another master key or for another row, or it is damaged")]
    WrongKey,
}

impl SecretBox {
    /// A box of this server.
    #[must_use]
    pub fn new(master: &MasterKey) -> Self {
        let key: Key<Aes256Gcm> = (*master.subkey(Purpose::SecretBox).as_bytes()).into();
        Self(Aes256Gcm::new(&key))
    }

    /// Seals a secret for its place; the same secret never looks the same twice.
    ///
    /// # Errors
    /// [`SealError`] for a secret of more than 64 GiB, which is what the cipher refuses.
    pub fn seal(&self, rng: &mut dyn CryptoRng, place: Place<'_>, secret: &[u8]) -> Result<String, SealError> {
        let mut nonce = [0; NONCE_BYTES];
        rng.fill_bytes(&mut nonce);
        let aad = place.authenticated();
        let sealed = self.0.encrypt(&Nonce::from(nonce), Payload { msg: secret, aad: &aad }).map_err(|_| SealError)?;
        let mut bytes = Vec::with_capacity(NONCE_BYTES + sealed.len());
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(&sealed);
        Ok(format!("{VERSION}{}", URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// Opens what was sealed for this place.
    ///
    /// # Errors
    /// [`UnsealError`]; trying again does not help.
    pub fn open(&self, place: Place<'_>, sealed: &str) -> Result<Vec<u8>, UnsealError> {
        let Some(body) = sealed.strip_prefix(VERSION) else {
            let later = sealed.strip_prefix('v').and_then(|rest| rest.split_once('.'));
            let is_later = later.is_some_and(|(number, _)| number.parse::<u32>().is_ok());
            return Err(if is_later { UnsealError::UnknownFormat } else { UnsealError::Malformed });
        };
        let bytes = URL_SAFE_NO_PAD.decode(body).map_err(|_| UnsealError::Malformed)?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>().ok_or(UnsealError::Malformed)?;
        let aad = place.authenticated();
        let opened = self.0.decrypt(&Nonce::from(*nonce), Payload { msg: sealed, aad: &aad });
        opened.map_err(|_| UnsealError::WrongKey)
    }
}

impl Place<'_> {
    /// No label holds a zero byte, so two places never read alike.
    fn authenticated(&self) -> Vec<u8> {
        [VERSION.as_bytes(), self.kind.label().as_bytes(), b"\0", self.row.as_bytes()].concat()
    }
}

impl fmt::Debug for SecretBox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretBox([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    const PLACE: Place<'static> = Place { kind: SecretKind::TotpSecret, row: "row-1" };

    fn boxed(seed: u64) -> SecretBox {
        SecretBox::new(&MasterKey::generate(&mut StdRng::seed_from_u64(seed)))
    }

    #[test]
    fn opens_only_in_its_place() {
        let (ours, mut rng) = (boxed(1), StdRng::seed_from_u64(9));
        for secret in [&b""[..], b"x", &[0; 4096]] {
            let sealed = ours.seal(&mut rng, PLACE, secret).unwrap();
            assert_eq!(ours.open(PLACE, &sealed).unwrap(), secret);
            assert_ne!(sealed, ours.seal(&mut rng, PLACE, secret).unwrap());
            for (other, place) in [
                (&ours, Place { row: "row-2", ..PLACE }),
                (&ours, Place { row: "", ..PLACE }),
                (&ours, Place { kind: SecretKind::ProviderToken, ..PLACE }),
                (&boxed(2), PLACE),
            ] {
                assert_eq!(other.open(place, &sealed), Err(UnsealError::WrongKey), "{place:?}");
            }
        }
    }

    #[test]
    fn no_changed_byte_passes() {
        let ours = boxed(1);
        let sealed = ours.seal(&mut StdRng::seed_from_u64(9), PLACE, b"a secret").unwrap();
        let bytes = URL_SAFE_NO_PAD.decode(&sealed[VERSION.len()..]).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            let text = format!("{VERSION}{}", URL_SAFE_NO_PAD.encode(changed));
            assert_eq!(ours.open(PLACE, &text), Err(UnsealError::WrongKey), "byte {at}");
        }
        for (text, problem) in [
            ("", UnsealError::Malformed),
            ("v1", UnsealError::Malformed),
            ("v1.", UnsealError::Malformed),
            ("v1.AAAA", UnsealError::Malformed),
            ("v1.*", UnsealError::Malformed),
            ("vx.AAAA", UnsealError::Malformed),
            ("plain text", UnsealError::Malformed),
            ("v2.AAAA", UnsealError::UnknownFormat),
            ("v1.AAAAAAAAAAAAAAAAAAAAAAAA", UnsealError::WrongKey),
        ] {
            assert_eq!(ours.open(PLACE, text), Err(problem), "{text}");
        }
    }
}

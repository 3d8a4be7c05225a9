//! The one key that every other key of the server comes from. In: 256 bits as configured or kept. Out: a sub-key for each purpose.
//! What is sealed with a sub-key can be read only with the same master key: all nodes of a deployment share it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hkdf::Hkdf;
use rand::CryptoRng;
use sha2::Sha256;
use std::fmt;

/// Bytes of the master key and of each sub-key.
pub const KEY_BYTES: usize = 32;

/// The master key. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct MasterKey([u8; KEY_BYTES]);

/// A key for one purpose. Never printed.
#[derive(Clone)]
pub struct SubKey([u8; KEY_BYTES]);

/// What a sub-key is for. Keys of different purposes tell nothing about each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Hashes one-time codes, so that a copy of the database is not enough to guess them.
    OtpPepper,
    /// Signs values against cross-site requests.
    Csrf,
    /// Seals secrets at rest.
    SecretBox,
    /// Derives what belongs to families of refresh tokens.
    RefreshFamilies,
    /// Signs cookies.
    Cookies,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 5] = [Self::OtpPepper, Self::Csrf, Self::SecretBox, Self::RefreshFamilies, Self::Cookies];

    /// Part of the derivation: a label that changes makes everything unreadable that its key protected.
    fn label(self) -> &'static str {
        match self {
            Purpose::OtpPepper => "backstay/v1/otp-pepper",
            Purpose::Csrf => "backstay/v1/csrf",
            Purpose::SecretBox => "backstay/v1/secret-box",
            Purpose::RefreshFamilies => "backstay/v1/refresh-families",
            Purpose::Cookies => "backstay/v1/cookies",
        }
    }
}

/// The text is no master key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MasterKeyError {
    /// Neither base64 nor hexadecimal of exactly 32 bytes.
    #[error("the master key must be 32 random bytes, as 43 characters of base64 or 64 of hexadecimal")]
    Form,
    /// One byte over and over.
    #[error("the master key repeats one byte; it must be random")]
    Weak,
}

impl MasterKey {
    /// Takes a key as configured: base64 (either alphabet, padded or not) or hexadecimal.
    ///
    /// # Errors
    /// [`MasterKeyError`]; the text is not quoted in it.
    pub fn parse(text: &str) -> Result<Self, MasterKeyError> {
        let text = text.trim();
        let bytes = if text.len() == 2 * KEY_BYTES { from_hex(text) } else { from_base64(text) };
        let key = bytes.ok_or(MasterKeyError::Form)?;
        if key.iter().all(|byte| *byte == key[0]) {
            return Err(MasterKeyError::Weak);
        }
        Ok(Self(key))
    }

    /// A new one.
    pub fn generate(rng: &mut dyn CryptoRng) -> Self {
        let mut key = [0; KEY_BYTES];
        rng.fill_bytes(&mut key);
        Self(key)
    }

    /// As text that [`MasterKey::parse`] takes, for the file that keeps it.
    #[must_use]
    pub fn reveal(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// The key for a purpose (HKDF-SHA256, RFC 5869); the same at every start.
    #[must_use]
    pub fn subkey(&self, purpose: Purpose) -> SubKey {
        let mut key = [0; KEY_BYTES];
        let derived = Hkdf::<Sha256>::new(None, &self.0).expand(purpose.label().as_bytes(), &mut key);
        derived.expect("HKDF refuses more than 255 blocks, and this is one");
        SubKey(key)
    }
}

impl SubKey {
    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }
}

fn from_hex(text: &str) -> Option<[u8; KEY_BYTES]> {
    let mut key = [0; KEY_BYTES];
    for (byte, pair) in key.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let digit = |at: usize| char::from(pair[at]).to_digit(16);
        *byte = u8::try_from(digit(0)? * 16 + digit(1)?).ok()?;
    }
    Some(key)
}

fn from_base64(text: &str) -> Option<[u8; KEY_BYTES]> {
    let one_alphabet = text.trim_end_matches('=').replace('+', "-").replace('/', "_");
    URL_SAFE_NO_PAD.decode(one_alphabet).ok()?.try_into().ok()
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey([redacted])")
    }
}

impl fmt::Debug for SubKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SubKey([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;
    use std::collections::HashSet;

    #[test]
    fn parsed() {
        let hex = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff";
        let key = MasterKey::parse(hex).unwrap();
        for same in [&hex.to_uppercase(), &key.reveal(), &format!(" {}=\n", key.reveal())] {
            assert!(MasterKey::parse(same).unwrap() == key, "{same}");
        }
        // Both alphabets: bytes that need the two characters in which they differ.
        let high = MasterKey::parse(&"fbff".repeat(16)).unwrap();
        assert!(MasterKey::parse(&high.reveal().replace('-', "+").replace('_', "/")).unwrap() == high);
        for (text, problem) in [
            ("", MasterKeyError::Form),
            ("short", MasterKeyError::Form),
            (&hex[..62], MasterKeyError::Form),
            (&hex.replace('0', "g"), MasterKeyError::Form),
            (&format!("{}A", key.reveal()), MasterKeyError::Form),
            (&"é".repeat(32), MasterKeyError::Form),
            (&"00".repeat(32), MasterKeyError::Weak),
            (&"A".repeat(43), MasterKeyError::Weak),
        ] {
            assert_eq!(MasterKey::parse(text), Err(problem), "{text}");
        }
    }

    #[test]
    fn purposes_have_keys_of_their_own_that_stay() {
        let key = MasterKey::parse(&"000102030405060708090a0b0c0d0e0f".repeat(2)).unwrap();
        let subkeys: HashSet<[u8; 32]> = Purpose::ALL.iter().map(|purpose| *key.subkey(*purpose).as_bytes()).collect();
        assert_eq!(subkeys.len(), Purpose::ALL.len());
        let other = MasterKey::generate(&mut StdRng::seed_from_u64(1));
        assert_ne!(other.subkey(Purpose::Csrf).as_bytes(), key.subkey(Purpose::Csrf).as_bytes());
        // Worked out independently (RFC 5869 by hand over HMAC): a changed derivation would lock out every database.
        assert_eq!(
            URL_SAFE_NO_PAD.encode(key.subkey(Purpose::SecretBox).as_bytes()),
            "OieVHnFr9BdYfCZZVqX_6JkTTItl60GAFfVWagQFGXw"
        );
        assert_eq!(format!("{key:?} {:?}", key.subkey(Purpose::Csrf)), "MasterKey([redacted]) SubKey([redacted])");
    }
}

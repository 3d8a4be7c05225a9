//! Recovery codes of two-factor sign-in. In: randomness, or what a person typed. Out: codes to print, hashes to keep.
//! Each works once; consuming one is a conditional statement of the store. No storage here.

use crate::framed_mac::{DIGEST_BYTES, digest, equals};
use rand::CryptoRng;
use std::fmt;
use uuid::Uuid;

/// Codes of one set.
pub const CODES: usize = 10;

/// Characters of a code: 16 of 5 bits are 80 bits (ASVS 6.5.4 and NIST 800-63B ask for at least 20). Their hash is keyed,
/// and the key is not in the database: a dump alone allows no guesses at all, fast or slow.
const CHARS: usize = 16;

/// Characters of a printed group.
const GROUP: usize = 4;

/// Crockford's base 32: no I, L, O or U, so that hand-written codes are read right.
const ALPHABET: [u8; 32] = *b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Longest text that is looked at.
const TYPED_BYTES_MAX: usize = 64;

/// A recovery code in its plain form. Shown once, never printed by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryCode([u8; CHARS]);

impl RecoveryCode {
    /// A fresh set.
    pub fn generate_set(rng: &mut dyn CryptoRng) -> [Self; CODES] {
        std::array::from_fn(|_| {
            let mut chars = [0_u8; CHARS];
            rng.fill_bytes(&mut chars);
            for char in &mut chars {
                // 256 is a multiple of 32: no character is favoured.
                *char = ALPHABET.get(usize::from(*char % 32)).copied().unwrap_or(b'0');
            }
            Self(chars)
        })
    }

    /// Reads what a person typed: any case, with blanks and hyphens, `O` for `0` and `I` or `L` for `1`.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        if typed.len() > TYPED_BYTES_MAX {
            return None;
        }
        let mut chars = [0_u8; CHARS];
        let mut count = 0;
        for byte in typed.bytes().filter(|byte| !matches!(byte, b' ' | b'-')) {
            let char = match byte.to_ascii_uppercase() {
                b'O' => b'0',
                b'I' | b'L' => b'1',
                upper => upper,
            };
            if !ALPHABET.contains(&char) {
                return None;
            }
            *chars.get_mut(count)? = char;
            count += 1;
        }
        (count == CHARS).then_some(Self(chars))
    }

    /// What the database keeps: HMAC-SHA-256 under the pepper, bound to the user.
    #[must_use]
    pub fn hash(&self, pepper: &[u8; 32], user_id: Uuid) -> RecoveryHash {
        RecoveryHash(digest(pepper, "backstay recovery code 1", &[user_id.as_bytes(), &self.0]))
    }
}

/// In groups of four, as it is shown.
impl fmt::Display for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (group, chars) in self.0.chunks(GROUP).enumerate() {
            if group > 0 {
                f.write_str("-")?;
            }
            f.write_str(std::str::from_utf8(chars).map_err(|_| fmt::Error)?)?;
        }
        Ok(())
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode([redacted])")
    }
}

/// The stored form of a recovery code.
#[derive(Debug, Clone, Copy)]
pub struct RecoveryHash([u8; DIGEST_BYTES]);

impl RecoveryHash {
    /// The bytes, for the database; it may look them up, since they cannot be made without the pepper.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Compares with stored bytes in constant time.
    #[must_use]
    pub fn matches(&self, stored: &[u8]) -> bool {
        equals(&self.0, stored)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;
    use std::collections::BTreeSet;

    #[test]
    fn a_set_is_ten_different_codes_that_read_back() {
        let codes = RecoveryCode::generate_set(&mut StdRng::seed_from_u64(1));
        let shown: BTreeSet<String> = codes.iter().map(ToString::to_string).collect();
        assert_eq!(shown.len(), CODES);
        for (code, text) in codes.iter().map(|code| (code, code.to_string())) {
            assert_eq!(text.len(), 19);
            for typed in [text.clone(), text.to_lowercase(), text.replace('-', ""), text.replace('-', " ")] {
                assert_eq!(RecoveryCode::parse(&typed).as_ref(), Some(code));
            }
        }
    }

    #[test]
    fn typed() {
        let code = RecoveryCode::parse("0123-4567-89AB-CDE1").unwrap();
        assert_eq!(RecoveryCode::parse("o123-4567-89ab-cdeL").as_ref(), Some(&code));
        assert_eq!(RecoveryCode::parse("O123 4567 89aB cdei").as_ref(), Some(&code));
        let long = "0".repeat(1000);
        for broken in [
            "",
            "0123",
            "0123-4567-89AB-CDE",
            "0123-4567-89AB-CDE12",
            "0123-4567-89AB-CDEU",
            "0123_4567_89AB_CDE1",
            &long,
        ] {
            assert_eq!(RecoveryCode::parse(broken), None, "{broken}");
        }
    }

    #[test]
    fn a_hash_is_bound_to_the_user() {
        let code = RecoveryCode::parse("0123-4567-89AB-CDE1").unwrap();
        let stored = code.hash(&[1; 32], Uuid::from_u128(1));
        assert!(code.hash(&[1; 32], Uuid::from_u128(1)).matches(stored.as_bytes()));
        assert!(!code.hash(&[1; 32], Uuid::from_u128(2)).matches(stored.as_bytes()));
        assert!(!code.hash(&[2; 32], Uuid::from_u128(1)).matches(stored.as_bytes()));
        assert_eq!(format!("{code:?}"), "RecoveryCode([redacted])");
    }
}

//! Refresh tokens. In: a session, its counter and its key. Out: text, and what text stands for.
//! Nothing but the counter is stored: a token is made again from it. Which counter may do what is in `refresh::decision`.

pub mod decision;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use rand::CryptoRng;
use sha2::{Digest as _, Sha256};
use std::fmt;
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

/// Layout of the token.
const VERSION: u8 = 0;

const MAC_BYTES: usize = 16;
const CHECKSUM_BYTES: usize = 4;
const ID_BYTES: usize = 16;

/// Longest token, characters: with the longest counter it has 63.
const TOKEN_CHARS_MAX: usize = 64;

/// The key of a session's refresh tokens. Kept sealed; never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct FamilyKey([u8; 32]);

impl FamilyKey {
    /// A new one, for a new session.
    pub fn generate(rng: &mut dyn CryptoRng) -> Self {
        let mut key = [0; 32];
        rng.fill_bytes(&mut key);
        Self(key)
    }

    /// From what was kept sealed; `None` unless it is 32 bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// What is to be sealed.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Cut to half its length, as RFC 2104 allows.
    fn mac(&self, signed: &[u8]) -> [u8; MAC_BYTES] {
        let mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of every length");
        let whole: [u8; 32] = mac.chain_update(signed).finalize().into_bytes().into();
        let mut half = [0; MAC_BYTES];
        half.copy_from_slice(&whole[..MAC_BYTES]);
        half
    }
}

impl fmt::Debug for FamilyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FamilyKey([redacted])")
    }
}

/// A refresh token that was read. Whose it is, is not known before [`RefreshToken::is_of`]. Its signature is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshToken {
    /// The session.
    pub session_id: Uuid,
    /// Which token of the session, counted from the first.
    pub counter: u64,
    mac: [u8; MAC_BYTES],
}

/// The text is no refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MalformedToken {
    /// Not the form of one.
    #[error("not a refresh token")]
    Form,
    /// The form of one, and a part is missing or changed.
    #[error("the refresh token is damaged")]
    Checksum,
    /// Made by a later version of the program.
    #[error("the refresh token has a format that this version does not know")]
    UnknownFormat,
}

impl RefreshToken {
    /// The token of a session with this counter; the same every time.
    #[must_use]
    pub fn new(session_id: Uuid, counter: u64, key: &FamilyKey) -> Self {
        Self { session_id, counter, mac: key.mac(&signed_part(session_id, counter)) }
    }

    /// The text that a client keeps.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut bytes = signed_part(self.session_id, self.counter);
        bytes.extend_from_slice(&self.mac);
        let checksum = checksum(&bytes);
        bytes.extend_from_slice(&checksum);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a token.
    ///
    /// # Errors
    /// [`MalformedToken`]: no token that was ever handed out.
    pub fn decode(text: &str) -> Result<Self, MalformedToken> {
        if text.len() > TOKEN_CHARS_MAX {
            return Err(MalformedToken::Form);
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| MalformedToken::Form)?;
        let (body, sum) = bytes.split_last_chunk::<CHECKSUM_BYTES>().ok_or(MalformedToken::Form)?;
        if *sum != checksum(body) {
            return Err(MalformedToken::Checksum);
        }
        let (signed, mac) = body.split_last_chunk::<MAC_BYTES>().ok_or(MalformedToken::Form)?;
        let (version, rest) = signed.split_first().ok_or(MalformedToken::Form)?;
        if *version != VERSION {
            return Err(MalformedToken::UnknownFormat);
        }
        let (id, counter) = rest.split_first_chunk::<ID_BYTES>().ok_or(MalformedToken::Form)?;
        let session_id = Uuid::from_bytes(*id);
        let counter = read_counter(counter).ok_or(MalformedToken::Form)?;
        // One spelling for each token: a longer form of the same counter is none.
        if signed_part(session_id, counter) != signed {
            return Err(MalformedToken::Form);
        }
        Ok(Self { session_id, counter, mac: *mac })
    }

    /// Whether the token was made with the key of its session; takes the same time whatever it is.
    #[must_use]
    pub fn is_of(&self, key: &FamilyKey) -> bool {
        self.mac.ct_eq(&key.mac(&signed_part(self.session_id, self.counter))).into()
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefreshToken")
            .field("session_id", &self.session_id)
            .field("counter", &self.counter)
            .finish_non_exhaustive()
    }
}

/// Everything that the signature covers: version, session, counter (seven bits a byte, the lowest first).
fn signed_part(session_id: Uuid, counter: u64) -> Vec<u8> {
    let mut bytes = vec![VERSION];
    bytes.extend_from_slice(session_id.as_bytes());
    let mut rest = counter;
    loop {
        let [low, ..] = (rest & 0x7f).to_le_bytes();
        rest >>= 7;
        if rest == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

/// `None` when the bytes end early, go on after the last, or are more than 64 bits.
fn read_counter(bytes: &[u8]) -> Option<u64> {
    let (last, more) = bytes.split_last()?;
    if last & 0x80 != 0 || more.iter().any(|byte| byte & 0x80 == 0) {
        return None;
    }
    bytes.iter().rev().try_fold(0_u64, |number, byte| {
        let shifted = number.checked_mul(128)?;
        Some(shifted | u64::from(byte & 0x7f))
    })
}

fn checksum(bytes: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let digest: [u8; 32] = Sha256::digest(bytes).into();
    [digest[0], digest[1], digest[2], digest[3]]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    fn key(seed: u64) -> FamilyKey {
        FamilyKey::generate(&mut StdRng::seed_from_u64(seed))
    }

    /// A token whose body is these bytes, with a right checksum.
    fn text_of(body: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode([body, &checksum(body)].concat())
    }

    proptest! {
        #[test]
        fn every_token_reads_back(id in any::<u128>(), counter in any::<u64>(), at in 0_usize..41, bit in 0_u32..8) {
            let token = RefreshToken::new(Uuid::from_u128(id), counter, &key(1));
            let text = token.encode();
            prop_assert_eq!(RefreshToken::decode(&text), Ok(token.clone()));
            prop_assert!(token.is_of(&key(1)) && !token.is_of(&key(2)));
            // A changed byte is damage, and with a mended checksum it is nobody's token.
            let mut bytes = URL_SAFE_NO_PAD.decode(&text).unwrap();
            let at = at % bytes.len();
            bytes[at] ^= 1 << bit;
            prop_assert_eq!(RefreshToken::decode(&URL_SAFE_NO_PAD.encode(&bytes)), Err(MalformedToken::Checksum));
            bytes.truncate(bytes.len() - CHECKSUM_BYTES);
            if at < bytes.len() && let Ok(changed) = RefreshToken::decode(&text_of(&bytes)) {
                prop_assert!(!changed.is_of(&key(1)));
            }
        }

        #[test]
        fn no_text_panics(text in ".{0,80}", bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = RefreshToken::decode(&text);
            let _ = RefreshToken::decode(&text_of(&bytes));
        }
    }

    #[test]
    fn malformed() {
        let token = RefreshToken::new(Uuid::from_u128(7), 300, &key(1));
        let body = |counter: &[u8]| [&[VERSION][..], &[0; 16], counter, &[0; MAC_BYTES]].concat();
        let text = token.encode();
        assert!(text.len() < TOKEN_CHARS_MAX && text.starts_with('A'));
        assert!(RefreshToken::decode(&text_of(&body(&[0]))).is_ok());
        assert!(RefreshToken::new(Uuid::max(), u64::MAX, &key(1)).encode().len() <= TOKEN_CHARS_MAX);
        for (text, problem) in [
            ("", MalformedToken::Form),
            ("cookie", MalformedToken::Form),
            ("....", MalformedToken::Form),
            (&"A".repeat(10_000), MalformedToken::Form),
            (&text[..text.len() - 1], MalformedToken::Checksum),
            (&text[..text.len() - 4], MalformedToken::Checksum),
            (&format!("{text}A"), MalformedToken::Form),
            (&text.to_lowercase(), MalformedToken::Checksum),
            ("abcdefghijkl", MalformedToken::Checksum),
            (&text_of(&[]), MalformedToken::Form),
            (&text_of(&[1; 40]), MalformedToken::UnknownFormat),
            (&text_of(&body(&[])), MalformedToken::Form),
            (&text_of(&body(&[0x80])), MalformedToken::Form),
            (&text_of(&body(&[0x80, 0])), MalformedToken::Form),
            (&text_of(&body(&[0, 0])), MalformedToken::Form),
            (&text_of(&body(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02])), MalformedToken::Form),
        ] {
            assert_eq!(RefreshToken::decode(text), Err(problem), "{text}");
        }
        assert!(!format!("{token:?} {:?}", key(1)).contains("mac"));
    }
}

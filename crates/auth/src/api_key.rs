//! Opaque API keys: `sb_publishable_…`, `sb_secret_…` and `bs_…`. In: randomness, or text from a request. Out: a key, its parts, its digest.
//! Only the digest and a short public prefix are stored. A checksum tells a key that was mistyped from one that is unknown.

use rand::CryptoRng;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use std::fmt;
use subtle::ConstantTimeEq as _;

/// Characters of keys, in the order of their values.
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Random characters of a new key: 43 of 62 kinds are a little more than 256 bits.
const RANDOM_CHARS: usize = 43;

/// Fewest and most random characters that are taken from a client.
const RANDOM_CHARS_TAKEN: std::ops::RangeInclusive<usize> = 22..=64;

/// Random characters that are shown in lists, so that people can tell keys apart.
const PREFIX_CHARS: usize = 8;

const CHECKSUM_CHARS: usize = 6;

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// Goes into clients; anonymous.
    Publishable,
    /// Stays on servers; bypasses every rule.
    Secret,
    /// Of a machine, with a role and claims of its own.
    Custom,
}

impl KeyKind {
    const ALL: [Self; 3] = [Self::Publishable, Self::Secret, Self::Custom];

    /// What keys of this kind begin with.
    #[must_use]
    pub fn lead(self) -> &'static str {
        match self {
            KeyKind::Publishable => "sb_publishable_",
            KeyKind::Secret => "sb_secret_",
            KeyKind::Custom => "bs_",
        }
    }
}

/// SHA-256 of a key. Comparing two takes the same time whatever they are.
#[derive(Debug, Clone, Copy)]
pub struct KeyDigest([u8; 32]);

impl KeyDigest {
    /// From what is stored.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// As it is stored.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl PartialEq for KeyDigest {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for KeyDigest {}

/// A key that was just made: the only moment at which its text is known. Never printed.
#[derive(Clone)]
pub struct NewKey {
    /// The whole key, for the one who asked for it.
    pub text: String,
    /// What is stored of it.
    pub parsed: ParsedKey,
}

impl fmt::Debug for NewKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewKey").field("parsed", &self.parsed).finish_non_exhaustive()
    }
}

/// What the text of a key says. That such a key exists is for the database to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParsedKey {
    /// What it is for.
    pub kind: KeyKind,
    /// Its beginning, which finds its row and is shown to people.
    pub prefix: String,
    /// Its digest.
    pub digest: KeyDigest,
}

/// A key as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredKey {
    /// What it is for.
    pub kind: KeyKind,
    /// Its digest.
    pub digest: KeyDigest,
    /// Application role of a custom key.
    pub role: Option<String>,
    /// Claims that row rules read, of a custom key.
    pub claims: Map<String, Value>,
    /// What the key may be used for, such as `rest:read`; empty is everything that its role may do.
    pub scopes: Vec<String>,
    /// When it ends, unix seconds.
    pub expires_at_s: Option<i64>,
    /// When it was revoked, unix seconds.
    pub revoked_at_s: Option<i64>,
}

/// Why a key is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyRefused {
    /// It does not begin like one of ours.
    #[error("not an API key of this server")]
    NotAKey,
    /// It has the form of a key, and a character is missing or wrong.
    #[error("the API key is incomplete or mistyped")]
    Mistyped,
    /// It is well formed, and nobody made it.
    #[error("unknown API key")]
    Unknown,
    /// It was revoked.
    #[error("the API key was revoked")]
    Revoked,
    /// Its time is over.
    #[error("the API key has expired")]
    Expired,
}

/// A new key.
pub fn generate(rng: &mut dyn CryptoRng, kind: KeyKind) -> NewKey {
    let mut random = String::with_capacity(RANDOM_CHARS);
    while random.len() < RANDOM_CHARS {
        let mut bytes = [0; 64];
        rng.fill_bytes(&mut bytes);
        // 248 is the largest multiple of 62 in a byte: above it some characters would come more often.
        let even = bytes.iter().filter(|byte| **byte < 248).map(|byte| char::from(BASE62[usize::from(*byte) % 62]));
        random.extend(even.take(RANDOM_CHARS - random.len()));
    }
    let body = format!("{}{random}", kind.lead());
    let text = format!("{body}_{}", checksum(&body));
    let parsed = parsed(kind, &random, &text);
    NewKey { text, parsed }
}

/// Reads a key.
///
/// # Errors
/// [`KeyRefused::NotAKey`] or [`KeyRefused::Mistyped`].
pub fn parse(text: &str) -> Result<ParsedKey, KeyRefused> {
    let kind = KeyKind::ALL.into_iter().find(|kind| text.starts_with(kind.lead())).ok_or(KeyRefused::NotAKey)?;
    let (body, sum) = text.rsplit_once('_').ok_or(KeyRefused::Mistyped)?;
    let random = body.strip_prefix(kind.lead()).ok_or(KeyRefused::Mistyped)?;
    let is_well_formed = RANDOM_CHARS_TAKEN.contains(&random.len())
        && random.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && sum == checksum(body);
    if is_well_formed { Ok(parsed(kind, random, text)) } else { Err(KeyRefused::Mistyped) }
}

impl StoredKey {
    /// Whether a key that a client sent is this one and may be used.
    ///
    /// # Errors
    /// [`KeyRefused`]; that it was revoked or has expired is told only to those who have the key.
    pub fn admit(&self, sent: &ParsedKey, now_s: i64) -> Result<(), KeyRefused> {
        if self.digest != sent.digest || self.kind != sent.kind {
            return Err(KeyRefused::Unknown);
        }
        if self.revoked_at_s.is_some() {
            return Err(KeyRefused::Revoked);
        }
        if self.expires_at_s.is_some_and(|expires_at_s| now_s >= expires_at_s) {
            return Err(KeyRefused::Expired);
        }
        Ok(())
    }

    /// Whether the key may be used for something, such as `rest:read`; `rest:*` is everything of `rest`.
    #[must_use]
    pub fn allows(&self, scope: &str) -> bool {
        let area = scope.split(':').next().unwrap_or(scope);
        self.scopes.is_empty()
            || self.scopes.iter().any(|have| have == scope || have.strip_suffix(":*").is_some_and(|have| have == area))
    }
}

fn parsed(kind: KeyKind, random: &str, text: &str) -> ParsedKey {
    let shown: String = random.chars().take(PREFIX_CHARS).collect();
    let digest = KeyDigest(Sha256::digest(text.as_bytes()).into());
    ParsedKey { kind, prefix: format!("{}{shown}", kind.lead()), digest }
}

/// Six characters that depend on every character before them.
fn checksum(body: &str) -> String {
    let digest = Sha256::digest(body.as_bytes());
    let mut rest = digest.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    let mut sum = String::with_capacity(CHECKSUM_CHARS);
    for _ in 0..CHECKSUM_CHARS {
        sum.push(char::from(BASE62[usize::try_from(rest % 62).unwrap_or(0)]));
        rest /= 62;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;
    use std::collections::HashSet;

    fn new(kind: KeyKind, seed: u64) -> NewKey {
        generate(&mut StdRng::seed_from_u64(seed), kind)
    }

    fn stored(key: &ParsedKey) -> StoredKey {
        StoredKey {
            kind: key.kind,
            digest: key.digest,
            role: None,
            claims: Map::new(),
            scopes: Vec::new(),
            expires_at_s: None,
            revoked_at_s: None,
        }
    }

    #[test]
    fn made_and_read() {
        for kind in KeyKind::ALL {
            let key = new(kind, 1);
            assert_eq!(parse(&key.text), Ok(key.parsed.clone()), "{}", key.text);
            assert!(key.text.starts_with(&key.parsed.prefix));
            assert_eq!(key.parsed.prefix.len(), kind.lead().len() + PREFIX_CHARS);
            assert_eq!(key.text.len(), kind.lead().len() + RANDOM_CHARS + 1 + CHECKSUM_CHARS);
            assert!(!format!("{key:?}").contains(&key.text));
        }
        let keys: HashSet<String> = (0..1000).map(|seed| new(KeyKind::Secret, seed).text).collect();
        assert_eq!(keys.len(), 1000);
        // Every character is drawn, and about as often as the others: 43,000 in 62 kinds are 694 each.
        let mut counts = [0_u32; 128];
        keys.iter()
            .flat_map(|key| key["sb_secret_".len()..][..RANDOM_CHARS].bytes())
            .for_each(|byte| counts[usize::from(byte)] += 1);
        for byte in BASE62 {
            assert!(
                (550..850).contains(&counts[usize::from(*byte)]),
                "{} {}",
                char::from(*byte),
                counts[usize::from(*byte)]
            );
        }
    }

    #[test]
    fn every_typing_mistake_is_found() {
        let key = new(KeyKind::Publishable, 1).text;
        let random = KeyKind::Publishable.lead().len()..key.len();
        for at in random.clone() {
            for other in ['0', 'Z', 'a', '-', ' ', '_'] {
                let mut typed = key.clone();
                typed.replace_range(at..=at, &other.to_string());
                assert!(typed == key || parse(&typed) == Err(KeyRefused::Mistyped), "{typed}");
            }
            let mut short = key.clone();
            short.remove(at);
            assert_eq!(parse(&short), Err(KeyRefused::Mistyped), "{short}");
        }
        for (at, next) in random.clone().zip(random.skip(1)) {
            let mut bytes = key.clone().into_bytes();
            bytes.swap(at, next);
            let typed = String::from_utf8(bytes).unwrap();
            assert!(typed == key || parse(&typed) == Err(KeyRefused::Mistyped), "{typed}");
        }
        for (text, refused) in [
            ("", KeyRefused::NotAKey),
            ("eyJhbGciOiJIUzI1NiJ9.e30.x", KeyRefused::NotAKey),
            ("SB_SECRET_x", KeyRefused::NotAKey),
            ("sb_", KeyRefused::NotAKey),
            ("sb_secret_", KeyRefused::Mistyped),
            ("sb_secret_0123456789", KeyRefused::Mistyped),
            ("bs_é_000000", KeyRefused::Mistyped),
            (&key.replace("publishable", "secret"), KeyRefused::Mistyped),
            (
                &format!("sb_secret_{}_{}", "a".repeat(21), checksum(&format!("sb_secret_{}", "a".repeat(21)))),
                KeyRefused::Mistyped,
            ),
        ] {
            assert_eq!(parse(text), Err(refused), "{text}");
        }
    }

    #[test]
    fn admitted() {
        let (key, other) = (new(KeyKind::Custom, 1).parsed, new(KeyKind::Custom, 2).parsed);
        let check = |stored: StoredKey, sent: &ParsedKey, expected| assert_eq!(stored.admit(sent, 100), expected);
        check(stored(&key), &key, Ok(()));
        check(stored(&key), &other, Err(KeyRefused::Unknown));
        check(StoredKey { kind: KeyKind::Secret, ..stored(&key) }, &key, Err(KeyRefused::Unknown));
        check(StoredKey { expires_at_s: Some(101), ..stored(&key) }, &key, Ok(()));
        check(StoredKey { expires_at_s: Some(100), ..stored(&key) }, &key, Err(KeyRefused::Expired));
        check(
            StoredKey { revoked_at_s: Some(1), expires_at_s: Some(1), ..stored(&key) },
            &key,
            Err(KeyRefused::Revoked),
        );
        check(StoredKey { revoked_at_s: Some(1), ..stored(&key) }, &other, Err(KeyRefused::Unknown));
    }

    #[test]
    fn scopes() {
        let with = |scopes: &[&str]| StoredKey {
            scopes: scopes.iter().map(|&scope| scope.to_owned()).collect(),
            ..stored(&new(KeyKind::Custom, 1).parsed)
        };
        assert!(with(&[]).allows("rest:read"));
        assert!(with(&["rest:read"]).allows("rest:read") && !with(&["rest:read"]).allows("rest:write"));
        assert!(with(&["rest:*"]).allows("rest:write") && !with(&["rest:*"]).allows("restore:write"));
        assert!(!with(&["rest"]).allows("rest:read") && !with(&["*"]).allows("rest:read"));
    }
}

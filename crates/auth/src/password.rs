//! Password hashes: making them, checking them, and judging hashes that were made elsewhere.
//! In: a password as received and the text of a stored hash. Out: a [`Verdict`] or why the hash is of no use.
//! No rules on what a good password is (see [`crate::policy`]) and no waiting (see [`pool`]).

mod bcrypt;
mod firebase;
mod phc;
pub mod pool;
mod stored;

pub use pool::{HashError, HashPool, PoolSize};
pub use stored::{StoredHash, UnusableHash};

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use rand::CryptoRng;
use std::fmt;

/// Bytes of a salt (RFC 9106 section 3.1 recommends 16).
pub const SALT_BYTES: usize = 16;

/// Bytes of a hash made here (OWASP Password Storage; RFC 9106 allows 4 and more).
const TAG_BYTES: usize = 32;

/// Least `(memory in KiB, passes)` that OWASP's Password Storage sheet holds to be equally strong, for one lane.
const FLOOR: [(u32, u32); 5] = [(47_104, 1), (19_456, 2), (12_288, 3), (9_216, 4), (7_168, 5)];

/// Most memory of one hash made here, KiB (1 GiB): above it is a slip of the unit.
const MEMORY_KIB_MAX: u32 = 1 << 20;

/// Most passes over the memory.
const TIME_MAX: u32 = 64;

/// A password exactly as received: never trimmed, never normalised (ASVS 6.2.8), never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(Box<str>);

impl Password {
    /// Takes what the client sent.
    #[must_use]
    pub fn new(received: &str) -> Self {
        Self(received.into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The bytes that are hashed.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password([redacted])")
    }
}

/// A fresh salt. Used once.
#[derive(Debug)]
pub struct Salt([u8; SALT_BYTES]);

impl Salt {
    /// From a generator fit for secrets.
    pub fn generate(rng: &mut dyn CryptoRng) -> Self {
        let mut bytes = [0_u8; SALT_BYTES];
        rng.fill_bytes(&mut bytes);
        Self(bytes)
    }
}

/// How strong new hashes are: Argon2id with one lane. The default is 19 MiB and two passes (OWASP's floor).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashSettings {
    memory_kib: u32,
    time: u32,
}

impl Default for HashSettings {
    fn default() -> Self {
        Self { memory_kib: 19_456, time: 2 }
    }
}

/// Why settings of the password hash are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidHashSettings {
    /// Too cheap to guess against.
    #[error(
        "argon2 with {memory_kib} KiB and {time} passes is too weak; the least are 47104 KiB with 1 pass, \
         19456 with 2, 12288 with 3, 9216 with 4 or 7168 with 5"
    )]
    TooWeak {
        /// As configured.
        memory_kib: u32,
        /// As configured.
        time: u32,
    },
    /// More than any server would spend on one sign-in.
    #[error(
        "argon2 with {memory_kib} KiB and {time} passes is out of range; the most are {MEMORY_KIB_MAX} KiB and {TIME_MAX} passes"
    )]
    TooCostly {
        /// As configured.
        memory_kib: u32,
        /// As configured.
        time: u32,
    },
}

impl HashSettings {
    /// Settings of a real server: at or above the floor of OWASP.
    ///
    /// # Errors
    /// [`InvalidHashSettings`], which names the values that pass.
    pub fn new(memory_kib: u32, time: u32) -> Result<Self, InvalidHashSettings> {
        if !FLOOR.iter().any(|&(memory, passes)| memory_kib >= memory && time >= passes) {
            return Err(InvalidHashSettings::TooWeak { memory_kib, time });
        }
        Self::lowered(memory_kib, time)
    }

    /// Settings without a floor, for tests: hashes made with them are not safe to keep.
    ///
    /// # Errors
    /// [`InvalidHashSettings::TooCostly`] outside of 8 KiB to 1 GiB and 1 to 64 passes.
    pub fn lowered(memory_kib: u32, time: u32) -> Result<Self, InvalidHashSettings> {
        if (8..=MEMORY_KIB_MAX).contains(&memory_kib) && (1..=TIME_MAX).contains(&time) {
            Ok(Self { memory_kib, time })
        } else {
            Err(InvalidHashSettings::TooCostly { memory_kib, time })
        }
    }

    /// Memory of one hash, KiB.
    #[must_use]
    pub fn memory_kib(self) -> u32 {
        self.memory_kib
    }

    /// Hashes a password; the answer is a PHC string (`$argon2id$v=19$m=19456,t=2,p=1$salt$hash`).
    ///
    /// Takes tens of milliseconds of one core: call it through a [`HashPool`].
    ///
    /// # Errors
    /// [`HashError::Failed`] when the library refuses, which checked settings rule out.
    pub fn hash(self, password: &Password, salt: &Salt) -> Result<String, HashError> {
        let params = Params::new(self.memory_kib, self.time, 1, Some(TAG_BYTES)).map_err(|_| HashError::Failed)?;
        let mut tag = [0_u8; TAG_BYTES];
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(password.as_bytes(), &salt.0, &mut tag)
            .map_err(|_| HashError::Failed)?;
        let (memory, time) = (self.memory_kib, self.time);
        let (salt, tag) = (STANDARD_NO_PAD.encode(salt.0), STANDARD_NO_PAD.encode(tag));
        Ok(format!("$argon2id$v=19$m={memory},t={time},p=1${salt}${tag}"))
    }
}

/// What a check of a password says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Another password, or an account without one.
    Wrong,
    /// The right one, and the hash is as new ones are.
    Right,
    /// The right one; hash it again now, since the stored hash is of another kind or weaker than the settings.
    RightButOutdated,
}

impl Verdict {
    /// Whether the password is the right one.
    #[must_use]
    pub fn is_right(self) -> bool {
        match self {
            Self::Wrong => false,
            Self::Right | Self::RightButOutdated => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    #[test]
    fn settings() {
        #[track_caller]
        fn check(memory_kib: u32, time: u32, expected: Result<(), InvalidHashSettings>) {
            assert_eq!(HashSettings::new(memory_kib, time).map(drop), expected);
        }
        check(19_456, 2, Ok(()));
        check(47_104, 1, Ok(()));
        check(7_168, 5, Ok(()));
        check(65_536, 3, Ok(()));
        check(19_455, 2, Err(InvalidHashSettings::TooWeak { memory_kib: 19_455, time: 2 }));
        check(19_456, 1, Err(InvalidHashSettings::TooWeak { memory_kib: 19_456, time: 1 }));
        check(0, 0, Err(InvalidHashSettings::TooWeak { memory_kib: 0, time: 0 }));
        check(4096, 64, Err(InvalidHashSettings::TooWeak { memory_kib: 4096, time: 64 }));
        check(19_456, 65, Err(InvalidHashSettings::TooCostly { memory_kib: 19_456, time: 65 }));
        check(u32::MAX, 2, Err(InvalidHashSettings::TooCostly { memory_kib: u32::MAX, time: 2 }));
        assert!(HashSettings::lowered(7, 1).is_err());
        assert!(HashSettings::lowered(8, 0).is_err());
    }

    #[test]
    fn a_hash_is_a_phc_string_with_its_own_salt() {
        let mut rng = StdRng::seed_from_u64(1);
        let settings = HashSettings::default();
        let password = Password::new("correct horse battery staple");
        let first = settings.hash(&password, &Salt::generate(&mut rng)).unwrap();
        let second = settings.hash(&password, &Salt::generate(&mut rng)).unwrap();
        assert!(first.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{first}");
        assert_ne!(first, second);
        let stored = StoredHash::parse(&first).unwrap();
        assert_eq!(stored.verify(&password, settings), Verdict::Right);
        assert_eq!(stored.verify(&Password::new("correct horse battery stapl"), settings), Verdict::Wrong);
        let stronger = HashSettings::new(19_456, 3).unwrap();
        assert_eq!(stored.verify(&password, stronger), Verdict::RightButOutdated);
        assert_eq!(format!("{password:?}"), "Password([redacted])");
    }
}

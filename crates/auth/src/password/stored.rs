//! A stored hash of any kind that sign-in understands. In: the text of a column or an import. Out: a [`StoredHash`].
//! What cannot be read, or would cost far more than a sign-in may, is refused here and never hashed with.

use super::bcrypt::{BYTES_READ, Bcrypt};
use super::firebase::Firebase;
use super::phc::{self, number, params, salt_bytes, tag_bytes};
use super::{HashSettings, Password, SALT_BYTES, TAG_BYTES, Verdict};
use argon2::{Algorithm, Argon2, Params, Version};
use rand::CryptoRng;
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use std::fmt;
use subtle::ConstantTimeEq as _;

/// Longest text of a hash, bytes.
const TEXT_BYTES_MAX: usize = 1024;

/// Most memory of one check, KiB (256 MiB): above the defaults of every library known.
const MEMORY_KIB_MAX: u64 = 256 * 1024;

/// Most KiB that one argon2 check may fill, memory times passes (1 GiB, about one second).
const ARGON2_WORK_KIB_MAX: u64 = 1024 * 1024;

/// Most lanes of argon2 and of scrypt.
const LANES_MAX: u32 = 16;

/// Most block mixes of scrypt, `N * r * p` (about one second).
const SCRYPT_WORK_MAX: u64 = 1 << 22;

/// Most rounds of PBKDF2; the highest default in use is 1.3 million (OWASP, for SHA-1).
const PBKDF2_ROUNDS_MAX: u32 = 2_000_000;

/// A hash that sign-in can check passwords against. Never printed.
#[derive(Clone)]
pub struct StoredHash(Kind);

#[derive(Clone)]
enum Kind {
    Argon2 { algorithm: Algorithm, version: Version, params: Params, salt: Vec<u8>, tag: Vec<u8> },
    Bcrypt(Bcrypt),
    Scrypt { params: scrypt::Params, salt: Vec<u8>, tag: Vec<u8> },
    Firebase(Firebase),
    Pbkdf2 { digest: Digest, rounds: u32, salt: Vec<u8>, tag: Vec<u8> },
}

#[derive(Clone, Copy)]
enum Digest {
    Sha1,
    Sha256,
    Sha512,
}

/// Names of PBKDF2 hashes: in PHC strings, and as Django writes them.
const PBKDF2_NAMES: [(&str, Digest); 4] = [
    ("pbkdf2-sha1", Digest::Sha1),
    ("pbkdf2", Digest::Sha1),
    ("pbkdf2-sha256", Digest::Sha256),
    ("pbkdf2-sha512", Digest::Sha512),
];
const DJANGO_NAMES: [(&str, Digest); 3] =
    [("pbkdf2_sha1", Digest::Sha1), ("pbkdf2_sha256", Digest::Sha256), ("pbkdf2_sha512", Digest::Sha512)];

/// Why a stored hash is of no use. Says nothing of its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnusableHash {
    /// Of no kind that is known.
    #[error(
        "the password hash is of no kind that can be checked; known are argon2id, argon2i, bcrypt, scrypt, fbscrypt and pbkdf2"
    )]
    Unsupported,
    /// Of a known kind, but not well formed.
    #[error("the password hash is malformed")]
    Malformed,
    /// Its parameters ask for more memory or time than one sign-in may take.
    #[error("the password hash asks for more than 256 MiB or about one second of work")]
    TooCostly,
}

impl StoredHash {
    /// Reads a hash and checks its cost.
    ///
    /// Known: `$argon2id$`, `$argon2i$` (also after Django's `argon2`), `$2a$ $2b$ $2x$ $2y$` (also after Django's
    /// `bcrypt$`), `$scrypt$`, `$fbscrypt$`, `$pbkdf2…$` (PHC and passlib), `pbkdf2_sha256$…` (Django).
    ///
    /// # Errors
    /// [`UnusableHash`]; an import names the row and goes on, a sign-in answers as for a wrong password.
    pub fn parse(text: &str) -> Result<Self, UnusableHash> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(UnusableHash::Malformed);
        }
        let bare = text.strip_prefix("argon2").filter(|rest| rest.starts_with('$')).unwrap_or(text);
        let bare = bare.strip_prefix("bcrypt$").unwrap_or(bare);
        let Some(rest) = bare.strip_prefix('$') else { return django(bare).map(Self) };
        let (name, rest) = rest.split_once('$').ok_or(UnusableHash::Unsupported)?;
        match name {
            "argon2id" => argon2(Algorithm::Argon2id, rest),
            "argon2i" => argon2(Algorithm::Argon2i, rest),
            "2a" | "2b" | "2x" | "2y" => Bcrypt::parse(bare).map(Kind::Bcrypt),
            "scrypt" => scrypt(rest),
            "fbscrypt" => Firebase::parse(rest).map(Kind::Firebase),
            name => {
                let &(_, digest) =
                    PBKDF2_NAMES.iter().find(|&&(known, _)| known == name).ok_or(UnusableHash::Unsupported)?;
                pbkdf2(digest, rest)
            }
        }
        .map(Self)
    }

    /// A hash that no password fits, as costly to check as new ones: for accounts that do not exist or have no password.
    pub(super) fn decoy(settings: HashSettings, rng: &mut dyn CryptoRng) -> Option<Self> {
        let params = Params::new(settings.memory_kib, settings.time, 1, Some(TAG_BYTES)).ok()?;
        let (mut salt, mut tag) = (vec![0_u8; SALT_BYTES], vec![0_u8; TAG_BYTES]);
        rng.fill_bytes(&mut salt);
        rng.fill_bytes(&mut tag);
        Some(Self(Kind::Argon2 { algorithm: Algorithm::Argon2id, version: Version::V0x13, params, salt, tag }))
    }

    /// Checks a password; takes as long as the hash was made to take.
    #[must_use]
    pub fn verify(&self, password: &Password, settings: HashSettings) -> Verdict {
        match (self.fits(password.as_bytes()), self.needs_rehash(password, settings)) {
            (false, _) => Verdict::Wrong,
            (true, false) => Verdict::Right,
            (true, true) => Verdict::RightButOutdated,
        }
    }

    /// Memory that a check needs, KiB.
    #[must_use]
    pub fn memory_kib(&self) -> u32 {
        match &self.0 {
            Kind::Argon2 { params, .. } => params.m_cost(),
            Kind::Scrypt { params, .. } => scrypt_kib(params),
            Kind::Firebase(hash) => scrypt_kib(hash.params()),
            Kind::Bcrypt(_) | Kind::Pbkdf2 { .. } => 8,
        }
    }

    fn fits(&self, password: &[u8]) -> bool {
        match &self.0 {
            Kind::Argon2 { algorithm, version, params, salt, tag } => {
                let argon2 = Argon2::new(*algorithm, *version, params.clone());
                equals(tag, |made| argon2.hash_password_into(password, salt, made).is_ok())
            }
            Kind::Bcrypt(hash) => hash.fits(password),
            Kind::Scrypt { params, salt, tag } => {
                equals(tag, |made| scrypt::scrypt(password, salt, params, made).is_ok())
            }
            Kind::Firebase(hash) => hash.fits(password),
            Kind::Pbkdf2 { digest, rounds, salt, tag } => equals(tag, |made| {
                match digest {
                    Digest::Sha1 => pbkdf2::pbkdf2_hmac::<Sha1>(password, salt, *rounds, made),
                    Digest::Sha256 => pbkdf2::pbkdf2_hmac::<Sha256>(password, salt, *rounds, made),
                    Digest::Sha512 => pbkdf2::pbkdf2_hmac::<Sha512>(password, salt, *rounds, made),
                }
                true
            }),
        }
    }

    /// Whether a password that fits should be hashed anew.
    ///
    /// A bcrypt hash says nothing of the bytes after the 72nd, so a longer password is left as it is: hashing what was
    /// typed this time could lock the owner out next time.
    fn needs_rehash(&self, password: &Password, settings: HashSettings) -> bool {
        match &self.0 {
            Kind::Argon2 { algorithm, version, params, .. } => {
                *algorithm != Algorithm::Argon2id
                    || *version != Version::V0x13
                    || params.m_cost() < settings.memory_kib
                    || params.t_cost() < settings.time
            }
            Kind::Bcrypt(_) => password.as_bytes().len() <= BYTES_READ,
            Kind::Scrypt { .. } | Kind::Firebase(_) | Kind::Pbkdf2 { .. } => true,
        }
    }
}

impl fmt::Debug for StoredHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoredHash([redacted])")
    }
}

fn equals(tag: &[u8], make: impl FnOnce(&mut [u8]) -> bool) -> bool {
    let mut made = vec![0_u8; tag.len()];
    make(&mut made) && bool::from(made.ct_eq(tag))
}

fn argon2(algorithm: Algorithm, rest: &str) -> Result<Kind, UnusableHash> {
    let fields = phc::parse(rest)?;
    let version = match fields.version {
        None | Some(16) => Version::V0x10,
        Some(19) => Version::V0x13,
        Some(_) => return Err(UnusableHash::Unsupported),
    };
    let [memory, time, lanes] = params(fields.params, ["m", "t", "p"])?;
    let work = u64::from(memory).saturating_mul(u64::from(time));
    if u64::from(memory) > MEMORY_KIB_MAX || work > ARGON2_WORK_KIB_MAX || lanes > LANES_MAX {
        return Err(UnusableHash::TooCostly);
    }
    let params = Params::new(memory, time, lanes, Some(fields.tag.len())).map_err(|_| UnusableHash::Malformed)?;
    if fields.salt.len() < argon2::MIN_SALT_LEN {
        return Err(UnusableHash::Malformed);
    }
    Ok(Kind::Argon2 { algorithm, version, params, salt: fields.salt, tag: fields.tag })
}

fn scrypt(rest: &str) -> Result<Kind, UnusableHash> {
    let fields = phc::parse(rest)?;
    let [log_n, r, p] = params(fields.params, ["ln", "r", "p"])?;
    Ok(Kind::Scrypt { params: scrypt_params(log_n, r, p)?, salt: fields.salt, tag: fields.tag })
}

/// Parameters of scrypt within the caps.
pub(super) fn scrypt_params(log_n: u32, r: u32, p: u32) -> Result<scrypt::Params, UnusableHash> {
    let n = 1_u64.checked_shl(log_n).filter(|_| log_n < 32).ok_or(UnusableHash::TooCostly)?;
    let memory_kib = n.saturating_mul(u64::from(r)) / 8;
    let work = n.saturating_mul(u64::from(r)).saturating_mul(u64::from(p));
    if memory_kib > MEMORY_KIB_MAX || work > SCRYPT_WORK_MAX || p > LANES_MAX {
        return Err(UnusableHash::TooCostly);
    }
    let log_n = u8::try_from(log_n).map_err(|_| UnusableHash::TooCostly)?;
    scrypt::Params::new(log_n, r, p).map_err(|_| UnusableHash::Malformed)
}

/// `128 * N * r` bytes, in KiB; the caps keep it small.
fn scrypt_kib(params: &scrypt::Params) -> u32 {
    u32::try_from(params.n().saturating_mul(u64::from(params.r())) / 8).unwrap_or(u32::MAX)
}

fn pbkdf2(digest: Digest, rest: &str) -> Result<Kind, UnusableHash> {
    let (head, body) = rest.split_once('$').ok_or(UnusableHash::Malformed)?;
    let (salt, tag) = body.split_once('$').ok_or(UnusableHash::Malformed)?;
    // passlib: `29000$salt$hash`, with `.` where base64 has `+`.
    if !head.contains('=') {
        let (salt, tag) = (salt.replace('.', "+"), tag.replace('.', "+"));
        return pbkdf2_kind(digest, number(head)?, salt_bytes(&salt)?, tag_bytes(&tag)?);
    }
    let tag = tag_bytes(tag)?;
    let rounds = match params(head, ["i", "l"]) {
        Ok([rounds, length]) if usize::try_from(length) == Ok(tag.len()) => rounds,
        Ok(_) => return Err(UnusableHash::Malformed),
        Err(_) => {
            let [rounds] = params(head, ["i"])?;
            rounds
        }
    };
    pbkdf2_kind(digest, rounds, salt_bytes(salt)?, tag)
}

/// `pbkdf2_sha256$rounds$salt$hash`; the salt is text.
fn django(text: &str) -> Result<Kind, UnusableHash> {
    let parts: Vec<&str> = text.split('$').collect();
    let [name, rounds, salt, tag] = parts.as_slice() else { return Err(UnusableHash::Unsupported) };
    let &(_, digest) = DJANGO_NAMES.iter().find(|(known, _)| known == name).ok_or(UnusableHash::Unsupported)?;
    if salt.is_empty() {
        return Err(UnusableHash::Malformed);
    }
    pbkdf2_kind(digest, number(rounds)?, salt.as_bytes().to_vec(), tag_bytes(tag)?)
}

fn pbkdf2_kind(digest: Digest, rounds: u32, salt: Vec<u8>, tag: Vec<u8>) -> Result<Kind, UnusableHash> {
    if rounds == 0 {
        return Err(UnusableHash::Malformed);
    }
    // Every block of output costs all rounds again.
    let blocks = tag.len().div_ceil(match digest {
        Digest::Sha1 => 20,
        Digest::Sha256 => 32,
        Digest::Sha512 => 64,
    });
    let work = u64::from(rounds).saturating_mul(u64::try_from(blocks).unwrap_or(u64::MAX));
    if rounds > PBKDF2_ROUNDS_MAX || work > u64::from(PBKDF2_ROUNDS_MAX) * 2 {
        return Err(UnusableHash::TooCostly);
    }
    Ok(Kind::Pbkdf2 { digest, rounds, salt, tag })
}

#[cfg(test)]
mod tests;

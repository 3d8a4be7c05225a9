//! bcrypt hashes of other systems. In: `$2b$12$…`. Out: whether a password fits. None are made here.

use super::UnusableHash;
use bcrypt::HashParts;
use subtle::ConstantTimeEq as _;

/// Bytes of a password that bcrypt looks at; the rest never counted where the hash was made.
pub(super) const BYTES_READ: usize = 72;

/// Highest cost: 2^15 rounds, about two seconds of a core.
const COST_MAX: u32 = 15;

/// A parsed hash.
#[derive(Clone)]
pub(super) struct Bcrypt {
    text: Box<str>,
}

impl Bcrypt {
    /// Takes `$2a$`, `$2b$`, `$2y$` and `$2x$`.
    ///
    /// `$2x$` marks hashes of a faulty implementation that misread bytes above 127. For passwords of ASCII it is the
    /// same function; any other password does not fit, and the account goes through a reset.
    pub(super) fn parse(text: &str) -> Result<Self, UnusableHash> {
        let parts: HashParts = text.parse().map_err(|_| UnusableHash::Malformed)?;
        if parts.get_cost() > COST_MAX {
            return Err(UnusableHash::TooCostly);
        }
        if parts.get_cost() < 4 {
            return Err(UnusableHash::Malformed);
        }
        Ok(Self { text: text.into() })
    }

    /// Whether the first 72 bytes fit.
    pub(super) fn fits(&self, password: &[u8]) -> bool {
        let is_faulty_kind = self.text.starts_with("$2x$");
        let fits = bcrypt::verify(password, &self.text).unwrap_or(false);
        // C implementations read up to the first NUL: here such a password is never the right one.
        let is_text = !password.contains(&0) && (!is_faulty_kind || password.is_ascii());
        bool::from(u8::from(fits).ct_eq(&1)) && is_text
    }
}

//! Counts changes of accounts, so that whoever keeps a verified token knows when to look again. In: ids that a committed write
//! was about. Out: a number for each id that moves whenever such a write was committed, before it was acknowledged.
//!
//! An id shares its counter with others: a number that moved means "look again", not "it changed". To look again without losing
//! a change: read the number, then the database, then keep both.

use serde_json::value::RawValue;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counters that ids are spread over.
const SHARDS: usize = 1024;

/// Changes of accounts so far.
#[derive(Debug)]
pub struct Accounts {
    shards: Box<[AtomicU64]>,
    all: AtomicU64,
}

impl Default for Accounts {
    fn default() -> Self {
        Self { shards: (0..SHARDS).map(|_| AtomicU64::new(0)).collect(), all: AtomicU64::new(0) }
    }
}

/// The accounts that a write is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Concerned {
    /// None.
    #[default]
    Nobody,
    /// Those of these shards.
    Some(Vec<u16>),
    /// Any, since it is not known which.
    Everybody,
}

impl Accounts {
    /// A number that is greater once anything about the account was changed.
    #[must_use]
    pub fn stamp(&self, user: &str) -> u64 {
        let shard = self.shards.get(usize::from(shard_of(user))).map_or(0, |shard| shard.load(Ordering::Acquire));
        shard.wrapping_add(self.all.load(Ordering::Acquire))
    }

    /// Notes a committed write.
    pub(crate) fn note(&self, concerned: &Concerned) {
        match concerned {
            Concerned::Nobody => {}
            Concerned::Some(shards) => {
                for shard in shards.iter().filter_map(|shard| self.shards.get(usize::from(*shard))) {
                    shard.fetch_add(1, Ordering::Release);
                }
            }
            Concerned::Everybody => {
                self.all.fetch_add(1, Ordering::Release);
            }
        }
    }
}

impl Concerned {
    /// One account.
    pub(crate) fn user(user: &str) -> Self {
        Self::Some(vec![shard_of(user)])
    }

    /// The accounts whose ids are the touched keys of a write: a JSON array of arrays that begin with them.
    pub(crate) fn keys(json: &[u8]) -> Self {
        let Ok(keys) = serde_json::from_slice::<Vec<Vec<&RawValue>>>(json) else { return Self::Everybody };
        let id = |key: &Vec<&RawValue>| serde_json::from_str::<String>(key.first()?.get()).ok();
        let ids = keys.iter().map(|key| id(key).map(|id| shard_of(&id)));
        ids.collect::<Option<Vec<_>>>().map_or(Self::Everybody, Self::Some)
    }

    /// Both.
    pub(crate) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Everybody, _) | (_, Self::Everybody) => Self::Everybody,
            (Self::Nobody, one) | (one, Self::Nobody) => one,
            (Self::Some(mut left), Self::Some(right)) => {
                left.extend(right);
                Self::Some(left)
            }
        }
    }
}

/// FNV-1a of the id, whatever the case of its hexadecimal digits.
fn shard_of(user: &str) -> u16 {
    let hash = user.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x0000_0100_0000_01b3)
    });
    u16::try_from((hash >> 32) % SHARDS as u64).unwrap_or(0)
}

#[cfg(test)]
mod agreement;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_moves_with_its_account_and_with_all() {
        let accounts = Accounts::default();
        let (one, other) = ("0190f5fe-7c00-7a00-8000-00000000000a", "0190f5fe-7c00-7a00-8000-00000000000b");
        assert_ne!(shard_of(one), shard_of(other));
        let stamps = || (accounts.stamp(one), accounts.stamp(other));
        accounts.note(&Concerned::Nobody);
        assert_eq!(stamps(), (0, 0));
        accounts.note(&Concerned::keys(format!(r#"[["{}"]]"#, one.to_uppercase()).as_bytes()));
        assert_eq!(stamps(), (1, 0));
        accounts.note(&Concerned::user(other).and(Concerned::Nobody).and(Concerned::user(one)));
        assert_eq!(stamps(), (2, 1));
        accounts.note(&Concerned::user(one).and(Concerned::Everybody));
        assert_eq!(stamps(), (3, 2));
        for odd in ["[[1]]", "[[]]", "x"] {
            assert_eq!(Concerned::keys(odd.as_bytes()), Concerned::Everybody);
        }
        assert_eq!(Concerned::keys(b"[]"), Concerned::Some(Vec::new()));
        // What other rows take stands behind the key.
        assert_eq!(Concerned::keys(br#"[["a",1]]"#), Concerned::user("a"));
    }

    #[test]
    fn ids_are_spread() {
        let ids = crate::clock::Ids::default();
        let shards: std::collections::HashSet<u16> = (0..4096).map(|n| shard_of(&ids.uuid_v7(n))).collect();
        assert!(shards.len() > 900, "{}", shards.len());
    }
}

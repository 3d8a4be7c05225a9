//! How deep a run of `assure` goes, and the random numbers that it repeats by seed.

use crate::shell;
use std::fmt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How much of each check is run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// All parts together within ten minutes on two cores: part of `cargo xtask test`.
    Quick,
    /// As much as a release asks for: by hand, for hours if need be.
    Deep,
}

/// What a run of `assure` was asked for.
pub(crate) struct Profile {
    /// How much of each check is run.
    pub(crate) depth: Depth,
    /// Seed of everything random; the same seed makes the same choices.
    pub(crate) seed: u64,
    /// Minutes for each check that can go on for as long as one likes, instead of its number of rounds.
    pub(crate) minutes: Option<u64>,
    /// A copy of the database of security advisories, a git repository; without it, none are looked at.
    pub(crate) advisory_db: Option<PathBuf>,
    /// Which share of the mutants to run, as `k/n` with `k` from 0; without it, all.
    pub(crate) shard: Option<String>,
    /// Whether a check that this machine cannot run is a failure, as in CI.
    pub(crate) complete: bool,
}

impl Profile {
    /// The quick profile with its fixed seed, as the test command runs it.
    pub(crate) fn quick() -> Self {
        Self { depth: Depth::Quick, seed: 1, minutes: None, advisory_db: None, shard: None, complete: shell::in_ci() }
    }

    /// One of two sizes, by depth.
    pub(crate) fn pick<T>(&self, quick: T, deep: T) -> T {
        match self.depth {
            Depth::Quick => quick,
            Depth::Deep => deep,
        }
    }

    /// Numbers of rounds, from 0: as many as the depth says, or until the minutes are over.
    pub(crate) fn rounds(&self, quick: u64, deep: u64) -> impl Iterator<Item = u64> {
        let until = self.minutes.map(|minutes| Instant::now() + Duration::from_secs(minutes * 60));
        let most = if until.is_some() { u64::MAX } else { self.pick(quick, deep) };
        (0..most).take_while(move |_| until.is_none_or(|end| Instant::now() < end))
    }

    /// A source of random numbers for one check; `salt` keeps two of them apart.
    pub(crate) fn random(&self, salt: u64) -> Random {
        Random((self.seed ^ salt.rotate_left(32)).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} profile, seed {}", self.pick("quick", "deep"), self.seed)
    }
}

/// Random numbers that a seed repeats: xorshift, which is enough to choose moments and places.
pub(crate) struct Random(u64);

impl Random {
    /// The next number.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 >> 11
    }

    /// A number from 0, below `limit`.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }
}

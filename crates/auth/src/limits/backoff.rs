//! Failed passwords of one account: how long the next try must wait, and when passwords are switched off.
//! In: how many tries failed in a row and when. Out: a [`Standing`]. Live sessions, codes and the reset are never touched.

use super::{By, Caller, Refused, Route, Subject};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

/// Failures without a wait.
pub const FREE_FAILURES: u32 = 5;

/// Longest wait, seconds.
pub const WAIT_MAX_S: u32 = 60;

/// Failures in a row after which a password is refused until it is reset (NIST 800-63B-4 section 3.2.2: at most 100).
pub const FAILURES_MAX: u32 = 100;

/// Whether a password may be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Yes.
    Open,
    /// After so many milliseconds.
    Wait {
        /// Until then.
        wait_ms: u64,
    },
    /// Not until the password is reset.
    Disabled,
}

/// Seconds that must pass after the last of `failures` failures in a row: 5 are free, then 1, 2, 4 … 60.
#[must_use]
pub fn wait_s(failures: u32) -> u32 {
    match failures.checked_sub(FREE_FAILURES) {
        None => 0,
        Some(doublings) => 1_u32.checked_shl(doublings).unwrap_or(WAIT_MAX_S).min(WAIT_MAX_S),
    }
}

/// What `failures` failures in a row, the last at `last_ms`, allow at `now_ms`. For counts that are stored.
#[must_use]
pub fn standing(failures: u32, last_ms: u64, now_ms: u64) -> Standing {
    if failures >= FAILURES_MAX {
        return Standing::Disabled;
    }
    let opens_ms = last_ms.saturating_add(u64::from(wait_s(failures)) * 1000);
    match opens_ms.saturating_sub(now_ms) {
        0 => Standing::Open,
        wait_ms => Standing::Wait { wait_ms },
    }
}

/// Failures of this process by address, for addresses with and without an account alike, so that a wait tells nothing.
#[derive(Debug)]
pub struct Backoff {
    addresses_max: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    failures: HashMap<Subject, Failures>,
    by_use: BTreeMap<u64, Subject>,
    uses: u64,
    now_ms: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Failures {
    count: u32,
    last_ms: u64,
    used: u64,
}

impl Backoff {
    /// Remembers up to `addresses_max` addresses; the one not tried for longest is forgotten first.
    #[must_use]
    pub fn new(addresses_max: usize) -> Self {
        Self { addresses_max: addresses_max.max(1), state: Mutex::default() }
    }

    /// Begins a try. It counts as failed from now on, until [`Self::succeeded`]: many tries at once gain nothing.
    ///
    /// `stored` is the number of failures that the account's row holds (0 for none); the larger number counts.
    ///
    /// # Errors
    /// [`Refused`]; nothing was counted. A disabled password waits for [`WAIT_MAX_S`], as if it were slowed down.
    pub fn begin(&self, caller: &Caller<'_>, stored: u32, now_ms: u64) -> Result<(), Refused> {
        let Some(subject) = caller.subject(By::Address) else { return Ok(()) };
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.now_ms = state.now_ms.max(now_ms);
        let now_ms = state.now_ms;
        let known = state.failures.get(&subject).copied().unwrap_or_default();
        let count = known.count.max(stored.min(FAILURES_MAX));
        let wait_ms = match standing(count, known.last_ms, now_ms) {
            Standing::Open => 0,
            Standing::Wait { wait_ms } => wait_ms,
            Standing::Disabled => u64::from(WAIT_MAX_S) * 1000,
        };
        if wait_ms > 0 {
            let retry_after_s = u32::try_from(wait_ms.div_ceil(1000)).unwrap_or(WAIT_MAX_S);
            return Err(Refused { route: Route::Password, by: By::Address, retry_after_s });
        }
        state.uses += 1;
        let used = state.uses;
        state.by_use.remove(&known.used);
        state.by_use.insert(used, subject);
        state.failures.insert(subject, Failures { count: count + 1, last_ms: now_ms, used });
        while state.failures.len() > self.addresses_max {
            let Some((_, oldest)) = state.by_use.pop_first() else { break };
            state.failures.remove(&oldest);
        }
        Ok(())
    }

    /// The password was right, or was reset: the count starts anew.
    pub fn succeeded(&self, caller: &Caller<'_>) {
        let Some(subject) = caller.subject(By::Address) else { return };
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = state.failures.remove(&subject) {
            state.by_use.remove(&known.used);
        }
    }

    /// Failures in a row of an address.
    #[must_use]
    pub fn failures(&self, caller: &Caller<'_>) -> u32 {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        caller.subject(By::Address).and_then(|subject| state.failures.get(&subject)).map_or(0, |known| known.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::email::Email;

    #[test]
    fn waits() {
        let expected = [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60];
        for (failures, wait) in (0..).zip(expected) {
            assert_eq!(wait_s(failures), wait, "{failures}");
        }
        assert_eq!(wait_s(u32::MAX), 60);
        assert_eq!(standing(4, 1000, 1000), Standing::Open);
        assert_eq!(standing(6, 1000, 1500), Standing::Wait { wait_ms: 1500 });
        assert_eq!(standing(6, 1000, 3000), Standing::Open);
        assert_eq!(standing(99, 0, 60_000), Standing::Open);
        assert_eq!(standing(100, 0, u64::MAX), Standing::Disabled);
    }

    #[test]
    fn a_guesser_is_slowed_and_stopped() {
        let (backoff, address) = (Backoff::new(10), Email::parse("ana@example.com").unwrap());
        let caller = Caller { address: Some(&address), ..Caller::default() };
        let (mut now_ms, mut tried) = (1_000_000, 0);
        while backoff.failures(&caller) < FAILURES_MAX {
            match backoff.begin(&caller, 0, now_ms) {
                Ok(()) => tried += 1,
                Err(refused) => now_ms += u64::from(refused.retry_after_s) * 1000,
            }
        }
        assert_eq!(tried, FAILURES_MAX);
        // 1 + 2 + … + 32, then 60 s each: more than an hour and a half.
        assert_eq!((now_ms - 1_000_000) / 1000, 63 + (99 - 10) * 60);
        assert_eq!(backoff.begin(&caller, 0, now_ms + 1_000_000_000).map_err(|refused| refused.retry_after_s), Err(60));
        backoff.succeeded(&caller);
        assert_eq!(backoff.begin(&caller, 0, now_ms), Ok(()));
        assert!(backoff.begin(&caller, FAILURES_MAX, now_ms).is_err(), "the stored count is respected");
    }

    #[test]
    fn tries_at_once_gain_nothing_and_memory_is_bounded() {
        let (backoff, address) = (Backoff::new(10), Email::parse("ana@example.com").unwrap());
        let caller = Caller { address: Some(&address), ..Caller::default() };
        let passed = std::thread::scope(|scope| {
            let tries: Vec<_> = (0..64).map(|_| scope.spawn(|| backoff.begin(&caller, 0, 5000).is_ok())).collect();
            tries.into_iter().map(|begun| begun.join().unwrap()).filter(|&passed| passed).count()
        });
        assert_eq!(passed, 5);
        for number in 0..100 {
            let other = Email::parse(&format!("u{number}@example.com")).unwrap();
            backoff.begin(&Caller { address: Some(&other), ..Caller::default() }, 0, 5000).unwrap();
        }
        let state = backoff.state.lock().unwrap();
        assert_eq!((state.failures.len(), state.by_use.len()), (10, 10));
    }

    #[test]
    fn a_clock_that_is_set_back_opens_nothing() {
        let (backoff, address) = (Backoff::new(10), Email::parse("ana@example.com").unwrap());
        let caller = Caller { address: Some(&address), ..Caller::default() };
        for _ in 0..5 {
            backoff.begin(&caller, 0, 1_000_000).unwrap();
        }
        assert!(backoff.begin(&caller, 0, 0).is_err());
        assert!(backoff.begin(&caller, 0, 1_001_000).is_ok());
    }
}

//! Counts that several nodes share. In: a key, and how many requests of it are let through in which time. Out: what is left, a
//! refusal, or nothing where the count cannot be reached: then each node's own count stands alone.

use super::{Allowance, Rates, counted, limits};
use crate::fault::Failure;
use crate::store::Store;
use backstay_plan::principal::Principal;
use backstay_plan::request::Action;
use backstay_schema::Schema;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use twox_hash::XxHash3_128;

/// What is asked of a count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// Whose requests are counted together, by which limit.
    pub key: u128,
    /// Requests at once, and in `per`.
    pub max: u32,
    /// The time in which `max` requests are let through.
    pub per: Duration,
}

/// What a count says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// The request passes; so many more would now.
    Passed {
        /// Requests.
        left: u32,
    },
    /// It does not.
    Refused {
        /// Until one would.
        wait: Duration,
    },
}

/// What a count answers; `None` when it cannot be reached.
pub type Answer<'a> = Pin<Box<dyn Future<Output = Option<Taken>> + Send + 'a>>;

/// Counts outside of the database.
pub trait Counts: std::fmt::Debug + Send + Sync {
    /// Takes one request of a key, if one is left.
    fn take(&self, asked: Asked) -> Answer<'_>;
}

/// Where nodes count together.
#[derive(Debug, Clone, Default)]
pub(crate) enum Shared {
    /// Nowhere: there is one node.
    #[default]
    Own,
    /// In the database.
    Database,
    /// Outside of it.
    Outside(Arc<dyn Counts>),
}

impl Asked {
    /// The time that one request stands for, and `per`, microseconds.
    #[must_use]
    pub fn micros(&self) -> (u64, u64) {
        let per = u64::try_from(self.per.as_micros()).unwrap_or(u64::MAX).max(1);
        ((per / u64::from(self.max.max(1))).max(1), per)
    }

    /// What is left when so many microseconds of `per` are taken.
    #[must_use]
    pub fn passed(&self, taken_micros: u64) -> Taken {
        let (each, per) = self.micros();
        let left = u32::try_from(per.saturating_sub(taken_micros) / each).unwrap_or(u32::MAX);
        Taken::Passed { left: left.min(self.max.saturating_sub(1)) }
    }
}

impl Rates {
    /// Counts a request as [`Rates::admit`] does, and then with the other nodes.
    ///
    /// # Errors
    /// [`Failure::RateLimited`] at the first limit that is used up.
    pub(crate) async fn admit_everywhere(
        &self,
        store: &Store,
        (schema, action): (&Schema, &Action),
        who: &Principal,
        left: &mut Vec<Allowance>,
    ) -> Result<(), Failure> {
        let first = left.len();
        self.admit(schema, action, who, left)?;
        // Where nothing was counted, there is no limit, or it does not bind the caller.
        if left.len() == first || matches!(self.shared, Shared::Own) {
            return Ok(());
        }
        let Some((name, all)) = limits(schema, action) else { return Ok(()) };
        for (limit, allowance) in all.iter().zip(left.iter_mut().skip(first)) {
            let text = format!("{name} {} {} {:?} {:?}", limit.per_ms, limit.max, limit.by, counted(who, limit.by));
            let key = XxHash3_128::oneshot(text.as_bytes());
            let asked = Asked { key, max: allowance.max, per: allowance.per };
            match self.take(store, asked).await {
                None => {}
                Some(Taken::Passed { left: rest }) if rest < allowance.left => {
                    allowance.left = rest;
                    allowance.again = allowance.per / allowance.max * allowance.max.saturating_sub(rest);
                }
                Some(Taken::Passed { .. }) => {}
                Some(Taken::Refused { wait }) => {
                    (allowance.left, allowance.again) = (0, wait);
                    return Err(Failure::RateLimited { max: limit.max, per_ms: limit.per_ms, wait });
                }
            }
        }
        Ok(())
    }

    /// Takes one request of a key that nodes count together; `None` where they do not, or cannot now.
    pub(crate) async fn take(&self, store: &Store, asked: Asked) -> Option<Taken> {
        let taken = match &self.shared {
            Shared::Own => return None,
            Shared::Database => store.take(asked).await,
            Shared::Outside(counts) => counts.take(asked).await,
        };
        if taken.is_none() {
            self.failed.fetch_add(1, Ordering::Relaxed);
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_of_a_count() {
        let asked = Asked { key: 1, max: 10, per: Duration::from_secs(1) };
        assert_eq!(asked.micros(), (100_000, 1_000_000));
        for (taken, left) in [(100_000, 9), (150_000, 8), (1_000_000, 0), (2_000_000, 0), (0, 9)] {
            assert_eq!(asked.passed(taken), Taken::Passed { left }, "{taken}");
        }
        assert_eq!(Asked { max: 1, ..asked }.passed(1_000_000), Taken::Passed { left: 0 });
    }
}

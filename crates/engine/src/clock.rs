//! Time and ids. The rest of the product takes a [`Clock`]; this file holds the only place that asks the machine for the time.

use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// Where the time of a request comes from.
pub trait Clock: Send + Sync {
    /// Microseconds since 1970-01-01T00:00:00Z.
    fn now_micros(&self) -> i64;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now_micros(&self) -> i64 {
        #[expect(clippy::disallowed_methods, reason = "the one place where wall-clock time enters")]
        let now = SystemTime::now();
        now.duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}

/// A clock that stands still, for tests.
#[derive(Debug, Clone, Copy)]
pub struct FixedClock(pub i64);

impl Clock for FixedClock {
    fn now_micros(&self) -> i64 {
        self.0
    }
}

/// Makes ids. Time-ordered ids of one process never go backwards, whatever the clock does.
#[derive(Debug, Default)]
pub struct Ids {
    last: Mutex<(u64, u128)>,
}

impl Ids {
    /// A random UUID (version 4), lower case.
    #[must_use]
    pub fn uuid_v4(&self) -> String {
        uuid::Uuid::new_v4().hyphenated().to_string()
    }

    /// A time-ordered UUID (version 7), lower case.
    #[must_use]
    pub fn uuid_v7(&self, now_micros: i64) -> String {
        let (millis, random) = self.next(now_micros, 74);
        let bits = (u128::from(millis) << 80) | (0x7 << 76) | ((random >> 62) << 64) | (0b10 << 62) | (random & LOW_62);
        uuid::Uuid::from_u128(bits).hyphenated().to_string()
    }

    /// A ULID, upper case.
    #[must_use]
    pub fn ulid(&self, now_micros: i64) -> String {
        let (millis, random) = self.next(now_micros, 80);
        ulid::Ulid((u128::from(millis) << 80) | random).to_string()
    }

    /// The next `(millisecond, random bits)`, greater than every one before it.
    fn next(&self, now_micros: i64, bits: u32) -> (u64, u128) {
        let now = u64::try_from(now_micros / 1000).unwrap_or(0) & 0xffff_ffff_ffff;
        let mask = (1u128 << bits) - 1;
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        *last = if now > last.0 {
            // The top bit stays free so that increments within the millisecond cannot run over.
            (now, rand::random::<u128>() & (mask >> 1))
        } else {
            let random = (last.1 + 1 + u128::from(rand::random::<u32>())) & mask;
            // A run-over of the random part (practically never) moves to the next millisecond.
            (if random > last.1 { last.0 } else { last.0 + 1 }, random)
        };
        *last
    }
}

const LOW_62: u128 = (1 << 62) - 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_one_process_ascend_and_are_well_formed() {
        let ids = Ids::default();
        for (times, make) in [(3, Ids::uuid_v7 as fn(&Ids, i64) -> String), (3, Ids::ulid)] {
            let mut made = Vec::new();
            for time in [5_000_000_000_000, 4_000_000_000_000, 6_000_000_000_000] {
                for _ in 0..1000 * times {
                    made.push(make(&ids, time));
                }
            }
            assert!(made.windows(2).all(|pair| pair[0] < pair[1]));
        }
        let seven = uuid::Uuid::parse_str(&ids.uuid_v7(7_000_000_000_000_000)).unwrap();
        assert_eq!((seven.get_version_num(), seven.get_variant()), (7, uuid::Variant::RFC4122));
        assert_eq!(seven.as_u128() >> 80, 7_000_000_000_000);
        assert_eq!(uuid::Uuid::parse_str(&ids.uuid_v4()).unwrap().get_version_num(), 4);
        assert_eq!(ids.ulid(8_000_000_000_000_000).len(), 26);
    }

    #[test]
    fn the_machine_knows_the_century() {
        assert!(SystemClock.now_micros() > 1_700_000_000_000_000);
    }
}

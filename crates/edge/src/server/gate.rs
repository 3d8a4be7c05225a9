//! Decides whether there is time for one more request. In: when work arrives, begins and ends. Out: yes, or that the client must come again.
//! By Little's law the next one waits for as long as those under way take to end at the pace of the last moments.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Longest that a request is let wait. Clients give up after some seconds, and what they no longer want is work for nothing.
const WAIT_MAX: Duration = Duration::from_millis(500);

/// Requests that may be under way however long they take: some slow ones at once are no sign of overload.
const FREE: usize = 128;

/// Time over which the pace is measured. When many come at once, as many are let in for as long as it is not known.
const WINDOW: Duration = Duration::from_millis(250);

/// Counts what is under way, all connections together.
#[derive(Debug)]
pub(crate) struct Gate {
    /// Requests that run, and connections that have not had their first turn on a processor.
    under_way: AtomicUsize,
    /// Requests that ended since the start.
    ended: AtomicU64,
    /// Requests and connections turned away since the start.
    refused: AtomicU64,
    /// Most that may be under way.
    max: usize,
    pace: Mutex<Pace>,
}

/// Who asks. The last quarter of what may be under way is for those whose connection is there: letting in one more costs less than
/// making a new one, and refusing them costs most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    /// A connection that is open.
    Known,
    /// A new connection.
    Newcomer,
}

/// How many may be under way, by how many ended in a time.
#[derive(Debug)]
struct Pace {
    since: Instant,
    ended: u64,
    limit: usize,
}

impl Gate {
    /// Nothing is under way, and never more than `max` shall be.
    pub(crate) fn new(max: usize) -> Arc<Self> {
        let pace = Pace { since: Instant::now(), ended: 0, limit: max };
        Arc::new(Self {
            under_way: AtomicUsize::new(0),
            ended: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            max,
            pace: Mutex::new(pace),
        })
    }

    /// Whether there is time for one more request.
    pub(crate) fn has_time(&self, whose: Whose) -> bool {
        self.has_time_at(whose, Instant::now)
    }

    /// Counts a request or connection that was turned away.
    pub(crate) fn refuse(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    /// Requests and connections turned away since the start.
    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// Requests that run, and connections that have not had their first turn on a processor.
    pub(crate) fn under_way(&self) -> usize {
        self.under_way.load(Ordering::Relaxed)
    }

    /// A connection was accepted; dropped when it has its first turn. Where a client says nothing, it is not counted for that.
    pub(crate) fn arrived(self: &Arc<Self>) -> UnderWay {
        self.under_way.fetch_add(1, Ordering::Relaxed);
        UnderWay { gate: Arc::clone(self) }
    }

    /// A request whose body is there begins; dropped when it ends. What its client has yet to send is no work of ours.
    pub(crate) fn begun(self: &Arc<Self>) -> Running {
        Running(self.arrived())
    }

    fn has_time_at(&self, whose: Whose, now: impl FnOnce() -> Instant) -> bool {
        let under_way = match whose {
            Whose::Known => self.under_way(),
            Whose::Newcomer => self.under_way().saturating_mul(4) / 3,
        };
        if under_way >= self.max {
            return false;
        }
        under_way < FREE || under_way < self.limit(now())
    }

    /// How many may be under way so that the last of them ends within [`WAIT_MAX`].
    fn limit(&self, now: Instant) -> usize {
        let ended = self.ended.load(Ordering::Relaxed);
        let mut pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
        let age = now.saturating_duration_since(pace.since);
        if age >= WINDOW {
            // Nobody asked for longer: it was calm, and how fast this load can be done is not known.
            let limit = if age > WINDOW * 2 { self.max } else { within(WAIT_MAX, (ended - pace.ended, age)) };
            *pace = Pace { since: now, ended, limit };
        }
        pace.limit
    }
}

/// How many end within a time, by how many ended in another.
fn within(time: Duration, (ended, took): (u64, Duration)) -> usize {
    let many = u128::from(ended) * time.as_micros() / took.as_micros().max(1);
    usize::try_from(many).unwrap_or(usize::MAX)
}

/// Something that is under way until this is dropped.
#[derive(Debug)]
pub(crate) struct UnderWay {
    gate: Arc<Gate>,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.gate.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A request that runs until this is dropped.
pub(crate) struct Running(UnderWay);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.gate.ended.fetch_add(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A gate that some are under way at, asked at moments after its start; before each, so many of them end and others come.
    #[track_caller]
    fn check(under_way: usize, steps: &[(u64, u64, bool)]) {
        let gate = Gate::new(1_000);
        let start = gate.pace.lock().unwrap().since;
        gate.under_way.store(under_way, Ordering::Relaxed);
        for &(after_ms, ended, expected) in steps {
            gate.ended.fetch_add(ended, Ordering::Relaxed);
            let admits = gate.has_time_at(Whose::Known, || start + Duration::from_millis(after_ms));
            assert_eq!(admits, expected, "after {after_ms} ms");
        }
    }

    #[test]
    fn by_how_long_the_next_one_would_wait() {
        // Few are never turned away, however slow.
        check(FREE - 1, &[(10, 0, true), (260, 0, true), (520, 0, true)]);
        // A burst is let in until its pace is known; then 100 in 250 ms mean 200 in half a second.
        check(199, &[(10, 0, true), (249, 100, true), (250, 0, true)]);
        check(200, &[(10, 0, true), (249, 100, true), (250, 0, false), (400, 500, false), (500, 0, true)]);
        // After a calm, of which the first to ask is the end, nothing is known again.
        check(
            200,
            &[(250, 0, false), (499, 0, false), (500, 0, false), (1_001, 0, true), (1_250, 0, true), (1_251, 0, false)],
        );
        // Who is new is turned away first.
        let gate = Gate::new(100);
        for (under_way, known, newcomer) in
            [(0, true, true), (74, true, true), (75, true, false), (99, true, false), (100, false, false)]
        {
            gate.under_way.store(under_way, Ordering::Relaxed);
            assert_eq!((gate.has_time(Whose::Known), gate.has_time(Whose::Newcomer)), (known, newcomer), "{under_way}");
        }
        // Never more than the most.
        check(999, &[(10, 0, true)]);
        check(1_000, &[(10, 0, false), (250, 1_000_000, false)]);
    }

    #[test]
    fn counts_what_is_under_way() {
        let gate = Gate::new(2);
        assert!(gate.has_time(Whose::Known));
        let waiting = gate.arrived();
        let running = gate.begun();
        assert_eq!(gate.under_way(), 2);
        assert!(!gate.has_time(Whose::Known) && !gate.has_time(Whose::Newcomer));
        gate.refuse();
        drop(running);
        assert_eq!((gate.under_way(), gate.refused()), (1, 1));
        assert!(gate.has_time(Whose::Known));
        drop(waiting);
        assert_eq!((gate.under_way(), gate.ended.load(Ordering::Relaxed)), (0, 1), "a connection is no request");
    }
}

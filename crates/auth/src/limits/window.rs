//! One count over a sliding window. In: times in milliseconds. Out: whether one more fits, and when it will.
//! Small limits keep every time; larger ones keep sixteen groups, each counted until its *last* request is old.

use super::{Rule, WhenFull};

/// Groups that a window is split into, at most; one more may be open.
const GROUPS: u64 = 16;

/// Requests of one subject within the window.
#[derive(Debug, Default, Clone)]
pub(super) struct Window {
    /// Oldest first.
    groups: Vec<Group>,
    locked_until_ms: u64,
}

#[derive(Debug, Clone, Copy)]
struct Group {
    first_ms: u64,
    last_ms: u64,
    count: u32,
}

impl Window {
    /// Milliseconds until one more request fits; `None` when it fits now.
    pub(super) fn wait_ms(&self, rule: &Rule, now_ms: u64) -> Option<u64> {
        if now_ms < self.locked_until_ms {
            return Some(self.locked_until_ms - now_ms);
        }
        let span_ms = u64::from(rule.window_s) * 1000;
        let mut inside: u32 = self.live(span_ms, now_ms).map(|group| group.count).sum();
        if inside < rule.limit {
            return None;
        }
        for group in self.live(span_ms, now_ms) {
            inside -= group.count;
            if inside < rule.limit {
                return Some((group.last_ms + span_ms).saturating_sub(now_ms).max(1));
            }
        }
        // Only a limit of zero comes here.
        Some(span_ms)
    }

    /// Counts one request, which fits.
    pub(super) fn add(&mut self, rule: &Rule, now_ms: u64) {
        let span_ms = u64::from(rule.window_s) * 1000;
        self.groups.retain(|group| group.last_ms + span_ms > now_ms);
        let grain_ms = if u64::from(rule.limit) <= GROUPS { 0 } else { span_ms / GROUPS };
        match self.groups.last_mut() {
            Some(open) if now_ms.saturating_sub(open.first_ms) < grain_ms => {
                open.count += 1;
                open.last_ms = open.last_ms.max(now_ms);
            }
            Some(_) | None => self.groups.push(Group { first_ms: now_ms, last_ms: now_ms, count: 1 }),
        }
        let is_full = self.groups.iter().map(|group| group.count).sum::<u32>() >= rule.limit;
        if rule.when_full == WhenFull::Lock && is_full {
            self.locked_until_ms = now_ms + span_ms;
        }
    }

    /// Whether nothing is left to remember.
    pub(super) fn is_idle(&self, rule: &Rule, now_ms: u64) -> bool {
        now_ms >= self.locked_until_ms && self.live(u64::from(rule.window_s) * 1000, now_ms).next().is_none()
    }

    fn live(&self, span_ms: u64, now_ms: u64) -> impl Iterator<Item = &Group> {
        self.groups.iter().filter(move |group| group.last_ms + span_ms > now_ms)
    }
}

//! The counts of this process, bounded. In: a route, a caller, the time. Out: pass or [`Refused`], and what several nodes count
//! together for the same request.

use super::window::Window;
use super::{By, Caller, MAIL_BUDGET, MAIL_GAP, RULES, Refused, Route, Rule, SIGNUP_GAP, Subject, WhenFull};
use backstay_engine::rate::counts::Asked;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What configuration sets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LimiterOptions {
    /// `auth.limits.enabled`.
    pub enabled: bool,
    /// `auth.limits.scale`: multiplies every limit that counts by network address.
    pub scale: f64,
    /// `auth.codes.mail_gap`, seconds; 0 switches the gap off.
    pub mail_gap_s: u32,
    /// Mails of the whole server in an hour.
    pub mails_per_hour: u32,
    /// Most subjects that one rule remembers; the one not seen for longest is forgotten first.
    pub subjects_max: usize,
}

impl Default for LimiterOptions {
    fn default() -> Self {
        Self { enabled: true, scale: 1.0, mail_gap_s: 60, mails_per_hour: 100, subjects_max: 50_000 }
    }
}

/// Counts requests and refuses those above the limits.
#[derive(Debug)]
pub struct Limiter {
    enabled: bool,
    rules: Vec<Rule>,
    subjects_max: usize,
    counts: Mutex<Counts>,
}

#[derive(Debug)]
struct Counts {
    tables: Vec<Table>,
    /// The latest time seen: a clock that is set back does not open the windows again.
    now_ms: u64,
}

/// Windows of one rule, with the order in which they were used.
#[derive(Debug, Default)]
struct Table {
    windows: HashMap<Subject, (Window, u64)>,
    by_use: BTreeMap<u64, Subject>,
    uses: u64,
}

impl Limiter {
    /// A limiter with the table's rules.
    #[must_use]
    pub fn new(options: LimiterOptions) -> Self {
        let rules = RULES.iter().enumerate().map(|(place, &rule)| configured(place, rule, options)).collect();
        Self::with_rules(rules, options)
    }

    fn with_rules(rules: Vec<Rule>, options: LimiterOptions) -> Self {
        let tables = rules.iter().map(|_| Table::default()).collect();
        Self {
            enabled: options.enabled,
            rules,
            subjects_max: options.subjects_max.max(1),
            counts: Mutex::new(Counts { tables, now_ms: 0 }),
        }
    }

    /// Lets a request of `route` pass, or says for how long it must wait.
    ///
    /// A rule whose subject the request lacks does not apply. When one rule refuses, none counts the request, so a caller
    /// who is refused by network address does not use up the mails of an address.
    ///
    /// # Errors
    /// [`Refused`] by the rule with the longest wait.
    pub fn admit(&self, route: Route, caller: &Caller<'_>, now_ms: u64) -> Result<(), Refused> {
        if !self.enabled {
            return Ok(());
        }
        let applying: Vec<(usize, Rule, Subject)> = self.applying(route, caller).collect();
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.now_ms = counts.now_ms.max(now_ms);
        let now_ms = counts.now_ms;
        let longest = applying
            .iter()
            .filter_map(|(place, rule, subject)| Some((counts.wait_ms(*place, rule, subject, now_ms)?, rule.by)))
            .max_by_key(|&(wait_ms, _)| wait_ms);
        if let Some((wait_ms, by)) = longest {
            return Err(Refused::after(route, by, Duration::from_millis(wait_ms)));
        }
        for (place, rule, subject) in applying {
            if let Some(table) = counts.tables.get_mut(place) {
                table.add(&rule, subject, now_ms, self.subjects_max);
            }
        }
        Ok(())
    }

    /// What nodes count together for a request, by the same limits. Wrong codes of a factor are not among it: a right one makes
    /// them forgotten.
    pub(crate) fn together(&self, route: Route, caller: &Caller<'_>) -> Vec<(By, Asked)> {
        if !self.enabled {
            return Vec::new();
        }
        let rules = self.applying(route, caller).filter(|(_, rule, _)| rule.when_full == WhenFull::Slide);
        let asked = |(place, rule, subject)| {
            let key = shared_key(place, &rule, &subject);
            (rule.by, Asked { key, max: rule.limit, per: Duration::from_secs(rule.window_s.into()) })
        };
        rules.map(asked).collect()
    }

    /// The rules of a request, with their places and whom they count.
    fn applying(&self, route: Route, caller: &Caller<'_>) -> impl Iterator<Item = (usize, Rule, Subject)> {
        let of_route = move |(_, rule): &(usize, &Rule)| rule.route == route && rule.window_s > 0;
        let rules = self.rules.iter().enumerate().filter(of_route);
        rules.filter_map(|(place, rule)| Some((place, *rule, caller.subject(rule.by)?)))
    }

    /// Forgets the failures of a factor after its code was right.
    pub fn clear(&self, route: Route, by: By, caller: &Caller<'_>) {
        let Some(subject) = caller.subject(by) else { return };
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        for (rule, table) in self.rules.iter().zip(&mut counts.tables) {
            if rule.route == route && rule.by == by {
                table.forget(&subject);
            }
        }
    }

    /// Subjects that are remembered, for a gauge.
    #[must_use]
    pub fn subjects(&self) -> usize {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.tables.iter().map(|table| table.windows.len()).sum()
    }
}

fn configured(place: usize, rule: Rule, options: LimiterOptions) -> Rule {
    match place {
        MAIL_GAP | SIGNUP_GAP => Rule { window_s: options.mail_gap_s, ..rule },
        MAIL_BUDGET => Rule { limit: options.mails_per_hour, ..rule },
        _other if rule.by == By::Ip => Rule { limit: scaled(rule.limit, options.scale), ..rule },
        _other => rule,
    }
}

/// At least 1; a scale that is no number leaves the limit as it is.
fn scaled(limit: u32, scale: f64) -> u32 {
    let scaled = f64::from(limit) * scale;
    if !scaled.is_finite() || scale <= 0.0 {
        return limit;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the range of u32")]
    let whole = scaled.round().clamp(1.0, f64::from(u32::MAX)) as u32;
    whole
}

/// A limit that is configured anew starts a new count.
fn shared_key(place: usize, rule: &Rule, subject: &Subject) -> u128 {
    let of = format!("sign-in {place} {} {}", rule.limit, rule.window_s);
    u128::from_be_bytes(super::subject(of.as_bytes(), subject))
}

impl Counts {
    fn wait_ms(&self, place: usize, rule: &Rule, subject: &Subject, now_ms: u64) -> Option<u64> {
        match self.tables.get(place).and_then(|table| table.windows.get(subject)) {
            Some((window, _)) => window.wait_ms(rule, now_ms),
            None => Window::default().wait_ms(rule, now_ms),
        }
    }
}

impl Table {
    fn add(&mut self, rule: &Rule, subject: Subject, now_ms: u64, subjects_max: usize) {
        self.uses += 1;
        let (window, used) = self.windows.entry(subject).or_default();
        self.by_use.remove(used);
        *used = self.uses;
        window.add(rule, now_ms);
        self.by_use.insert(self.uses, subject);
        self.shrink(rule, now_ms, subjects_max);
    }

    /// Forgets the least recently used while there are too many, and up to two that are idle anyway.
    fn shrink(&mut self, rule: &Rule, now_ms: u64, subjects_max: usize) {
        for round in 0.. {
            let Some((_, &oldest)) = self.by_use.first_key_value() else { return };
            let is_idle = self.windows.get(&oldest).is_none_or(|(window, _)| window.is_idle(rule, now_ms));
            if self.windows.len() <= subjects_max && !(is_idle && round < 2) {
                return;
            }
            self.forget(&oldest);
        }
    }

    fn forget(&mut self, subject: &Subject) {
        if let Some((_, used)) = self.windows.remove(subject) {
            self.by_use.remove(&used);
        }
    }
}

#[cfg(test)]
mod tests;

//! How often a caller may use a model or an operation (`@rateLimit`). In: what a request acts on, and who sends it.
//! Out: what is left, and a refusal where nothing is. Keys come from what the server knows itself: the address of the
//! socket and the verified credential, never from a header that a client can write. How it is told is a protocol's business.

pub mod counts;

use crate::fault::Failure;
use backstay_plan::principal::{Principal, WireRole};
use backstay_plan::request::Action;
use backstay_schema::Schema;
use backstay_schema::model::{RateKey, RateLimit};
use counts::Shared;
use governor::clock::{Clock as _, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use twox_hash::XxHash3_128;

/// Callers that one limit keeps apart. While there are more, all of them share one count.
const CALLERS_MAX: usize = 100_000;

/// What a caller has left of one limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Whose requests are counted together.
    pub by: RateKey,
    /// Requests at once, and in `per`.
    pub max: u32,
    /// The time in which `max` requests are let through.
    pub per: Duration,
    /// Requests that would be let through now.
    pub left: u32,
    /// Time after which all are back; after a refusal the time after which one is.
    pub again: Duration,
}

/// Who is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Counted {
    /// An address; of IPv6 the network of 64 bits, which one customer has whole.
    Address(u128),
    /// A user or a credential, hashed.
    Holder(u128),
    /// Everybody: there are too many to keep apart, or the address is not known.
    All,
}

type Limiter = RateLimiter<Counted, DashMapStateStore<Counted>, DefaultClock, StateInformationMiddleware>;

/// The counts of every limit.
#[derive(Default)]
pub(crate) struct Rates {
    limiters: RwLock<HashMap<String, Arc<Limiter>>>,
    clock: DefaultClock,
    shared: Shared,
    /// Times that the others' count could not be reached.
    failed: AtomicU64,
}

impl fmt::Debug for Rates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rates").finish_non_exhaustive()
    }
}

impl Rates {
    /// Counts that are shared with other nodes.
    pub(crate) fn shared(shared: Shared) -> Self {
        Self { shared, ..Self::default() }
    }

    /// Times that the others' count could not be reached.
    pub(crate) fn failed(&self) -> u64 {
        self.failed.load(Ordering::Relaxed)
    }

    /// Counts a request, and tells what is left of each limit, in their order. The service role is not limited.
    ///
    /// # Errors
    /// [`Failure::RateLimited`] at the first limit that is used up.
    pub(crate) fn admit(
        &self,
        schema: &Schema,
        action: &Action,
        who: &Principal,
        left: &mut Vec<Allowance>,
    ) -> Result<(), Failure> {
        let Some((name, limits)) = limits(schema, action) else { return Ok(()) };
        if who.identity.roles.wire == WireRole::Service {
            return Ok(());
        }
        limits.iter().try_for_each(|limit| self.count(name, limit, who, left))
    }

    fn count(&self, name: &str, limit: &RateLimit, who: &Principal, left: &mut Vec<Allowance>) -> Result<(), Failure> {
        let Some(max) = NonZeroU32::new(u32::try_from(limit.max).unwrap_or(u32::MAX)) else { return Ok(()) };
        let per = Duration::from_millis(limit.per_ms);
        let Some(quota) = Quota::with_period(per / max.get()) else { return Ok(()) };
        let limiter = self.limiter(name, limit, quota.allow_burst(max));
        let who = if limiter.len() < CALLERS_MAX { counted(who, limit.by) } else { Counted::All };
        let allowance = |left, again| Allowance { by: limit.by, max: max.get(), per, left, again };
        match limiter.check_key(&who) {
            Ok(state) => {
                let rest = state.remaining_burst_capacity();
                left.push(allowance(rest, per / max.get() * max.get().saturating_sub(rest)));
                Ok(())
            }
            Err(refused) => {
                let wait = refused.wait_time_from(self.clock.now());
                left.push(allowance(0, wait));
                Err(Failure::RateLimited { max: limit.max, per_ms: limit.per_ms, wait })
            }
        }
    }

    fn limiter(&self, name: &str, limit: &RateLimit, quota: Quota) -> Arc<Limiter> {
        // The limit is part of the name: a schema that changes it starts a new count.
        let name = format!("{name} {} {} {:?}", limit.per_ms, limit.max, limit.by);
        if let Some(known) = self.limiters.read().unwrap_or_else(PoisonError::into_inner).get(&name) {
            return Arc::clone(known);
        }
        let mut limiters = self.limiters.write().unwrap_or_else(PoisonError::into_inner);
        let made = || Arc::new(RateLimiter::dashmap(quota).with_middleware::<StateInformationMiddleware>());
        Arc::clone(limiters.entry(name).or_insert_with(made))
    }

    /// Forgets callers whose count is full again.
    pub(crate) fn upkeep(&self) {
        for limiter in self.limiters.read().unwrap_or_else(PoisonError::into_inner).values() {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }
}

/// The name and limits of what a request acts on. What it embeds has no say.
fn limits<'s>(schema: &'s Schema, action: &Action) -> Option<(&'s str, &'s [RateLimit])> {
    let relation = match action {
        Action::Read(read) => &read.relation,
        Action::Insert(insert) => &insert.relation,
        Action::Update(update) => &update.relation,
        Action::Delete(delete) => &delete.relation,
        // The request that wrote the rows was counted.
        Action::Written(_) => return None,
        Action::Call(call) => {
            let operation = schema.operations.iter().find(|operation| operation.name == call.operation)?;
            return Some((&operation.name, &operation.rate_limits));
        }
    };
    let model = schema.models.iter().find(|model| model.table == *relation)?;
    // A type has an upper-case name, an operation a lower-case one: they do not collide.
    Some((&model.name, &model.rate_limits))
}

fn counted(who: &Principal, by: RateKey) -> Counted {
    let address = || match who.ip.map(|ip| ip.to_canonical()) {
        Some(IpAddr::V4(ip)) => Counted::Address(u128::from(ip.to_bits())),
        Some(IpAddr::V6(ip)) => Counted::Address(ip.to_bits() >> 64 << 64),
        None => Counted::All,
    };
    let identity = &who.identity;
    match by {
        RateKey::Ip => address(),
        RateKey::User => match &identity.uid {
            Some(uid) => Counted::Holder(XxHash3_128::oneshot(uid.as_bytes())),
            None => address(),
        },
        RateKey::Key if identity.claims.is_empty() => address(),
        RateKey::Key => {
            let claims = serde_json::to_vec(&identity.claims).unwrap_or_default();
            Counted::Holder(XxHash3_128::oneshot(&claims))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_counted() {
        let with = |ip: &str| {
            let mut who = Principal::with_roles(backstay_plan::principal::RoleSet::anonymous());
            who.ip = ip.parse().ok();
            counted(&who, RateKey::User)
        };
        assert_eq!(with("10.0.0.1"), with("::ffff:10.0.0.1"));
        assert_ne!(with("10.0.0.1"), with("10.0.0.2"));
        assert_eq!(with("2001:db8:0:1::1"), with("2001:db8:0:1:ffff::2"));
        assert_ne!(with("2001:db8:0:1::1"), with("2001:db8:0:2::1"));
        assert_eq!(with("unknown"), Counted::All);
    }
}

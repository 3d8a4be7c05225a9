//! How often sign-in may be tried. In: a route, who asks, and the time. Out: go on, or [`Refused`] with the wait.
//! The numbers are one table; every rule of a route must let a request pass, and none is used up when another refuses.
//!
//! A rule counts the requests of a window that slides: at most `limit` of them in *any* span of `window`, where a bucket
//! that refills would let nearly twice as many through around a refill. State is per process; where nodes count together, theirs is a
//! bucket that refills, of the same size, in the database or in Redis.

pub mod backoff;
mod store;
mod window;

pub use store::{Limiter, LimiterOptions};

use crate::email::Email;
use backstay_infra::cidr::{Cidr, PrefixBits};
use sha2::{Digest as _, Sha256};
use std::net::IpAddr;
use std::time::Duration;
use uuid::Uuid;

/// The part of an address that one customer of a network holds.
const CUSTOMER: PrefixBits = PrefixBits { v4: 32, v6: 64 };

/// What is limited together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Route {
    /// Sign-in with a password.
    Password,
    /// Refresh of a session; answered 503 so that clients keep the session.
    Refresh,
    /// Everything that sends a code: otp, magic link, recover, resend, reauthenticate, forgot-password.
    MailedCode,
    /// Everything that takes a code: verify, verify-otp, reset-password.
    VerifyCode,
    /// The link of a mail.
    VerifyLink,
    /// A new account.
    Signup,
    /// A new anonymous account.
    AnonymousSignup,
    /// A code of an authenticator, or a recovery code.
    FactorVerify,
    /// Administration.
    Admin,
    /// Every mail that is put into the queue, whatever caused it.
    MailSent,
    /// Start and end of a login at a provider, and exchange of codes.
    Exchange,
}

/// Whom a rule counts by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum By {
    /// The network address: IPv4, or the /64 of IPv6.
    Ip,
    /// The e-mail address that a request names, of an account or not.
    Address,
    /// The session.
    Session,
    /// The factor.
    Factor,
    /// The API key.
    ApiKey,
    /// All requests of this server together.
    Instance,
}

/// What happens when a rule is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenFull {
    /// The next request passes as soon as an old one leaves the window.
    Slide,
    /// Nothing passes for a whole window after the last allowed request.
    Lock,
}

/// One line of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Requests that it counts.
    pub route: Route,
    /// Whom it counts by.
    pub by: By,
    /// Most requests of a window.
    pub limit: u32,
    /// Length of the window, seconds.
    pub window_s: u32,
    /// What happens then.
    pub when_full: WhenFull,
}

const fn rule(route: Route, by: By, limit: u32, window_s: u32) -> Rule {
    Rule { route, by, limit, window_s, when_full: WhenFull::Slide }
}

const MINUTE: u32 = 60;
const HOUR: u32 = 3600;
const DAY: u32 = 86_400;

/// Place in [`RULES`] of the gap between two mails to one address, which configuration sets.
const MAIL_GAP: usize = 5;

/// Place in [`RULES`] of the gap between two sign-ups with one address, each of which is a mail.
const SIGNUP_GAP: usize = 12;

/// Place in [`RULES`] of the whole server's budget of mails, which configuration sets.
const MAIL_BUDGET: usize = 19;

/// All limits. Failed passwords of one account are slowed down by [`backoff`]; tries at one code are counted with it.
pub const RULES: [Rule; 20] = [
    rule(Route::Password, By::Ip, 30, 5 * MINUTE),
    rule(Route::Refresh, By::Ip, 150, 5 * MINUTE),
    rule(Route::Refresh, By::Session, 30, MINUTE),
    rule(Route::MailedCode, By::Ip, 30, 5 * MINUTE),
    rule(Route::MailedCode, By::Address, 10, DAY),
    rule(Route::MailedCode, By::Address, 1, MINUTE),
    rule(Route::MailedCode, By::Address, 5, HOUR),
    rule(Route::VerifyCode, By::Ip, 30, 5 * MINUTE),
    rule(Route::VerifyCode, By::Address, 20, HOUR),
    rule(Route::VerifyLink, By::Ip, 60, 5 * MINUTE),
    rule(Route::Signup, By::Ip, 30, 5 * MINUTE),
    rule(Route::Signup, By::Ip, 100, DAY),
    rule(Route::Signup, By::Address, 1, MINUTE),
    rule(Route::AnonymousSignup, By::Ip, 30, HOUR),
    rule(Route::FactorVerify, By::Ip, 15, MINUTE),
    Rule { route: Route::FactorVerify, by: By::Factor, limit: 5, window_s: 15 * MINUTE, when_full: WhenFull::Lock },
    rule(Route::Admin, By::ApiKey, 600, MINUTE),
    rule(Route::Admin, By::Session, 600, MINUTE),
    rule(Route::Exchange, By::Ip, 150, 5 * MINUTE),
    rule(Route::MailSent, By::Instance, 100, HOUR),
];

/// Who asks. Every part comes from the server's own look at the request, so a caller cannot choose its key: the address
/// of the peer (or of the proxy's word for it), the address as it is stored, ids that were looked up.
#[derive(Debug, Clone, Copy, Default)]
pub struct Caller<'a> {
    /// The peer.
    pub ip: Option<IpAddr>,
    /// The address that the request is about.
    pub address: Option<&'a Email>,
    /// The verified session.
    pub session: Option<Uuid>,
    /// The factor, after it was found to be the caller's.
    pub factor: Option<Uuid>,
    /// The verified API key.
    pub api_key: Option<Uuid>,
}

/// Why a request is refused, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many requests; try again after {retry_after_s} seconds")]
pub struct Refused {
    /// The route.
    pub route: Route,
    /// Which count was full.
    pub by: By,
    /// Seconds until the same request can pass; at least 1. The value of `Retry-After`.
    pub retry_after_s: u32,
}

impl Refused {
    /// A refusal until some time has passed.
    pub(crate) fn after(route: Route, by: By, wait: Duration) -> Refused {
        let retry_after_s = u32::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u32::MAX).max(1);
        Refused { route, by, retry_after_s }
    }
}

/// The subject of a count: a digest, so that neither addresses nor their length are kept.
pub(crate) type Subject = [u8; 16];

impl Caller<'_> {
    /// The subject of a count; `None` when the request has none of that kind.
    fn subject(&self, by: By) -> Option<Subject> {
        match by {
            By::Ip => self.ip.map(|ip| subject(b"ip", Cidr::around(ip, CUSTOMER).to_string().as_bytes())),
            By::Address => self.address.map(|address| subject(b"address", address.as_str().as_bytes())),
            By::Session => self.session.map(|id| subject(b"session", id.as_bytes())),
            By::Factor => self.factor.map(|id| subject(b"factor", id.as_bytes())),
            By::ApiKey => self.api_key.map(|id| subject(b"api-key", id.as_bytes())),
            By::Instance => Some(subject(b"instance", &[])),
        }
    }
}

fn subject(kind: &[u8], value: &[u8]) -> Subject {
    let digest: [u8; 32] = Sha256::new().chain_update(kind).chain_update([0]).chain_update(value).finalize().into();
    let mut subject = Subject::default();
    subject.copy_from_slice(digest.split_at(16).0);
    subject
}

#[cfg(test)]
mod tests;

//! What happens around requests and after writes: webhooks, jobs, functions, schedules, caches and rate limits.

use super::{FieldId, OpSet, Rule};
use crate::diagnostic::Span;

/// `@webhook`, `@job` or `@on`.
#[derive(Debug, Clone, PartialEq)]
pub struct Hook {
    /// Operations that trigger it.
    pub on: OpSet,
    /// What it does.
    pub action: HookAction,
    /// Rows it is limited to.
    pub when: Option<Rule>,
    /// Where the directive stands.
    pub span: Span,
}

/// What a [`Hook`] does.
#[derive(Debug, Clone, PartialEq)]
pub enum HookAction {
    /// Deliver a signed request.
    Webhook {
        /// Target.
        url: String,
        /// Columns in the payload; `None` is every column that is not private.
        fields: Option<Vec<FieldId>>,
        /// Name of the signing secret.
        secret: Option<String>,
    },
    /// Enqueue a job.
    Job {
        /// Queue name.
        queue: String,
        /// Function that runs it.
        function: String,
        /// Delay before it becomes visible, milliseconds.
        delay_ms: u64,
    },
    /// Call a function inside the write.
    Function {
        /// Function name.
        name: String,
        /// Whether it runs before the write (and may change it) or after.
        before: bool,
    },
}

/// `@cache`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CachePolicy {
    /// Lifetime, milliseconds.
    pub ttl_ms: u64,
    /// Who shares an entry.
    pub scope: CacheScope,
}

/// Who shares a cached answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheScope {
    /// Callers of the same role.
    Role,
    /// One caller.
    User,
    /// Everyone.
    Public,
}

/// `@rateLimit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// Window, milliseconds.
    pub per_ms: u64,
    /// Requests a window.
    pub max: u64,
    /// What is counted.
    pub by: RateKey,
}

/// What a rate limit counts by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RateKey {
    /// Client address.
    Ip,
    /// Signed-in caller.
    User,
    /// API key.
    Key,
}

/// `@cron`.
#[derive(Debug, Clone, PartialEq)]
pub struct Cron {
    /// Schedule text.
    pub schedule: String,
    /// Function to run.
    pub function: String,
    /// Where the directive stands.
    pub span: Span,
}

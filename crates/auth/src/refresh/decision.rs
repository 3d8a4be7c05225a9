//! What a presented refresh token may do. In: what is stored of its session, its counter, the time, its client. Out: a [`Decision`].
//! Pure: the caller compares and swaps the counter, and asks again when another request was faster.
//!
//! A session has one live token, the one of its counter. An older one may be answered with the live one, never with a second:
//! to many tabs for a short while, and to a client that lost an answer as long as it looks like the same client.

use crate::client::ClientFacts;

/// How far the counter goes on at a step-up or a change of password: no token between was ever handed out.
pub const STEP_UP: u64 = 2;

/// Most steps behind that many tabs can be, in the strict profile.
const TABS_DISTANCE_MAX: u64 = 2;

/// What is stored of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionState {
    /// Counter of the live token.
    pub counter: u64,
    /// The counter after the last step-up or change of password. Older tokens prove less, and are answered with nothing.
    pub barrier: u64,
    /// When the session began, unix seconds.
    pub created_at_s: i64,
    /// When the counter last went on, unix seconds.
    pub rotated_at_s: i64,
    /// Whether the live token was presented already, and its use did not end in a rotation.
    pub current_used: bool,
    /// The client that got the live token.
    pub client: ClientFacts,
}

/// How long things are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Windows {
    /// For many tabs, seconds after a rotation.
    pub reuse_s: i64,
    /// For a lost answer, seconds after a rotation.
    pub lost_answer_s: i64,
    /// Without a refresh, seconds.
    pub idle_s: i64,
    /// In all, seconds.
    pub absolute_s: i64,
}

impl Default for Windows {
    fn default() -> Self {
        const DAY_S: i64 = 24 * 3600;
        Self { reuse_s: 30, lost_answer_s: DAY_S, idle_s: 14 * DAY_S, absolute_s: 30 * DAY_S }
    }
}

/// Whether old clients' habits are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// No more than is safe.
    Strict,
    /// In the reuse window any older token is answered.
    Compat,
}

/// Which limit a session has reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// Not used for too long.
    Idle,
    /// Older than a session may be.
    Absolute,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Advance the counter and answer with the new token.
    Rotate,
    /// Answer with the live token; change nothing.
    SameAgain,
    /// Answer with the live token, and write down that an older one was tolerated.
    Tolerate,
    /// Refuse, and end nothing: a tab whose token was superseded by a step-up a moment ago, which finds the new one in its storage.
    Superseded,
    /// Refuse and end the session.
    Theft,
    /// Refuse: such a token was not handed out yet.
    Ahead,
    /// Refuse: the session is over.
    Expired(Expiry),
}

/// What the presenter of a token, whose signature was found right, gets.
#[must_use]
pub fn decide(
    state: &SessionState,
    presented: u64,
    now_s: i64,
    client: &ClientFacts,
    (windows, profile): (Windows, Profile),
) -> Decision {
    // A clock that went back makes nothing older than it is.
    let since_s = |then_s: i64| now_s.saturating_sub(then_s).max(0);
    let rotated_s = since_s(state.rotated_at_s);
    if since_s(state.created_at_s) > windows.absolute_s {
        return Decision::Expired(Expiry::Absolute);
    }
    if rotated_s > windows.idle_s {
        return Decision::Expired(Expiry::Idle);
    }
    let Some(behind) = state.counter.checked_sub(presented) else { return Decision::Ahead };
    if behind == 0 {
        return Decision::Rotate;
    }
    let is_recent = rotated_s < windows.reuse_s;
    if presented < state.barrier {
        return if is_recent { Decision::Superseded } else { Decision::Theft };
    }
    let tabs = match profile {
        Profile::Strict => behind <= TABS_DISTANCE_MAX,
        Profile::Compat => true,
    };
    if is_recent {
        return if tabs { Decision::SameAgain } else { Decision::Theft };
    }
    let may_be_lost = behind == 1 && !state.current_used && rotated_s <= windows.lost_answer_s;
    if may_be_lost && state.client == *client { Decision::Tolerate } else { Decision::Theft }
}

impl SessionState {
    /// The state after [`Decision::Rotate`].
    #[must_use]
    pub fn rotated(&self, now_s: i64, client: ClientFacts) -> Self {
        let counter = self.counter.saturating_add(1);
        Self { counter, rotated_at_s: now_s, current_used: false, client, ..self.clone() }
    }

    /// The state after a step-up or a change of password: every token of before proves less than the session now is.
    #[must_use]
    pub fn stepped_up(&self, now_s: i64, client: ClientFacts) -> Self {
        let counter = self.counter.saturating_add(STEP_UP);
        Self { counter, barrier: counter, rotated_at_s: now_s, current_used: false, client, ..self.clone() }
    }
}

#[cfg(test)]
mod tests;

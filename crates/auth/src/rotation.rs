//! When signing keys change places. In: the keys with their states, and the time. Out: what to change, in order.
//! Knows no storage. A standby key is published before it signs, and a previous one stays until no token of it can be valid.

/// Time that a published key document is kept by those who read it, seconds (`Cache-Control: max-age`).
pub const JWKS_MAX_AGE_S: i64 = 600;

/// State of a signing key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyStatus {
    /// Published, and signs nothing yet.
    Standby,
    /// Signs.
    Current,
    /// Signs no more; its tokens are still valid.
    Previous,
}

impl KeyStatus {
    /// As it is stored.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            KeyStatus::Standby => "standby",
            KeyStatus::Current => "current",
            KeyStatus::Previous => "previous",
        }
    }

    /// From how it is stored.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [KeyStatus::Standby, KeyStatus::Current, KeyStatus::Previous].into_iter().find(|status| status.name() == name)
    }
}

/// A signing key, as far as its rotation goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyState {
    /// Its id.
    pub kid: String,
    /// Its state.
    pub status: KeyStatus,
    /// When it came into that state, unix seconds.
    pub since_s: i64,
}

/// How long tokens and documents live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetimes {
    /// Longest life of an access token, seconds.
    pub access_token_s: i64,
    /// Tolerance of those who check one, seconds.
    pub leeway_s: i64,
    /// Time in which every node has learnt of a rotation, seconds: until then another one may sign with the old key.
    pub spread_s: i64,
}

/// One step of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Make a new key with this status.
    Create(KeyStatus),
    /// Give a key another status, from now on.
    Move {
        /// Which.
        kid: String,
        /// To what.
        to: KeyStatus,
    },
    /// Forget a key: nothing signed with it is valid any more.
    Remove {
        /// Which.
        kid: String,
    },
}

/// Why keys are not rotated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RotateError {
    /// There is no standby key; [`tend`] asks for one.
    #[error("there is no standby key to take over")]
    NoStandby,
    /// Clients that read the keys before it was published would refuse its tokens.
    #[error("the standby key was published {age_s} s ago; it can take over after {JWKS_MAX_AGE_S} s")]
    StandbyTooFresh {
        /// Its age.
        age_s: i64,
        /// When it can take over, unix seconds.
        ready_at_s: i64,
    },
}

/// What is due without anybody asking: the first keys, a missing standby key, previous keys that have served.
#[must_use]
pub fn tend(keys: &[KeyState], now_s: i64, lifetimes: Lifetimes) -> Vec<Change> {
    let mut changes = Vec::new();
    for status in [KeyStatus::Current, KeyStatus::Standby] {
        if !keys.iter().any(|key| key.status == status) {
            changes.push(Change::Create(status));
        }
    }
    let served = keys.iter().filter(|key| removable_at_s(key, lifetimes).is_some_and(|at_s| now_s > at_s));
    changes.extend(served.map(|key| Change::Remove { kid: key.kid.clone() }));
    changes
}

/// Puts the standby key in the place of the current one, and asks for a new standby key.
///
/// # Errors
/// [`RotateError`].
pub fn rotate(keys: &[KeyState], now_s: i64) -> Result<Vec<Change>, RotateError> {
    let standbys = keys.iter().filter(|key| key.status == KeyStatus::Standby);
    let standby = standbys.min_by_key(|key| key.since_s).ok_or(RotateError::NoStandby)?;
    let ready_at_s = standby.since_s.saturating_add(JWKS_MAX_AGE_S);
    if now_s < ready_at_s {
        return Err(RotateError::StandbyTooFresh { age_s: now_s.saturating_sub(standby.since_s), ready_at_s });
    }
    let retired = keys.iter().filter(|key| key.status == KeyStatus::Current);
    let mut changes: Vec<Change> =
        retired.map(|key| Change::Move { kid: key.kid.clone(), to: KeyStatus::Previous }).collect();
    changes.push(Change::Move { kid: standby.kid.clone(), to: KeyStatus::Current });
    changes.push(Change::Create(KeyStatus::Standby));
    Ok(changes)
}

/// The last moment at which a token of a key can be valid, unix seconds; `None` while it signs or will sign.
#[must_use]
pub fn removable_at_s(key: &KeyState, lifetimes: Lifetimes) -> Option<i64> {
    match key.status {
        KeyStatus::Standby | KeyStatus::Current => None,
        KeyStatus::Previous => {
            let lives_s =
                lifetimes.access_token_s.saturating_add(lifetimes.leeway_s).saturating_add(lifetimes.spread_s);
            Some(key.since_s.saturating_add(lives_s))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIFETIMES: Lifetimes = Lifetimes { access_token_s: 3600, leeway_s: 30, spread_s: 60 };

    fn key(kid: &str, status: KeyStatus, since_s: i64) -> KeyState {
        KeyState { kid: kid.to_owned(), status, since_s }
    }

    fn moved(kid: &str, to: KeyStatus) -> Change {
        Change::Move { kid: kid.to_owned(), to }
    }

    #[test]
    fn tended() {
        let (current, standby) = (key("c", KeyStatus::Current, 0), key("s", KeyStatus::Standby, 0));
        let check = |keys: &[KeyState], now_s, expected: &[Change]| assert_eq!(tend(keys, now_s, LIFETIMES), expected);
        check(&[], 0, &[Change::Create(KeyStatus::Current), Change::Create(KeyStatus::Standby)]);
        check(std::slice::from_ref(&current), 0, &[Change::Create(KeyStatus::Standby)]);
        check(&[current.clone(), standby.clone()], i64::MAX, &[]);
        let keys = [current, standby, key("p", KeyStatus::Previous, 1000)];
        check(&keys, 1000 + 3600 + 30 + 60, &[]);
        check(&keys, 1000 + 3600 + 30 + 60 + 1, &[Change::Remove { kid: "p".to_owned() }]);
        check(
            &[
                key("c", KeyStatus::Current, 0),
                key("s", KeyStatus::Standby, 0),
                key("p", KeyStatus::Previous, i64::MAX),
            ],
            i64::MAX,
            &[],
        );
    }

    #[test]
    fn rotated() {
        let (current, standby) = (key("c", KeyStatus::Current, 0), key("s", KeyStatus::Standby, 100));
        let keys = [current.clone(), standby, key("p", KeyStatus::Previous, 0)];
        let early = RotateError::StandbyTooFresh { age_s: 599, ready_at_s: 700 };
        assert_eq!(rotate(&keys, 699), Err(early));
        let expected =
            [moved("c", KeyStatus::Previous), moved("s", KeyStatus::Current), Change::Create(KeyStatus::Standby)];
        assert_eq!(rotate(&keys, 700).unwrap(), expected);
        assert_eq!(rotate(&[current], 700), Err(RotateError::NoStandby));
        for status in [KeyStatus::Standby, KeyStatus::Current, KeyStatus::Previous] {
            assert_eq!(KeyStatus::parse(status.name()), Some(status));
        }
        assert_eq!(KeyStatus::parse("Current"), None);
    }
}

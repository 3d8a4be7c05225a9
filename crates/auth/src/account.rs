//! What the database knows about the user of a session's token. In: facts as of now. Out: the identity that the token stands for now.
//! A token says what was true when it was signed; a session that ended, a ban or another role counts from the next request on.

use crate::token::TokenError;
use backstay_plan::principal::{Identity, WireRole};
use serde_json::{Map, Value};
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use uuid::Uuid;

/// Counts the changes of an account: sessions ended, bans, roles. A larger number than before means "ask again".
///
/// Several accounts may share a counter; then one asks more often than needed.
pub type ChangeCounter = Arc<dyn Fn(Uuid) -> u64 + Send + Sync>;

/// How strongly a session is authenticated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Assurance {
    /// One factor: `aal1`.
    One,
    /// Two factors: `aal2`.
    Two,
}

impl Assurance {
    /// As in the claim `aal`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Assurance::One => "aal1",
            Assurance::Two => "aal2",
        }
    }

    /// From the claim; anything that is not `aal2` is one factor.
    #[must_use]
    pub fn of_claim(claim: Option<&Value>) -> Self {
        if claim.and_then(Value::as_str) == Some(Assurance::Two.name()) { Assurance::Two } else { Assurance::One }
    }
}

/// A question to the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recheck {
    /// The session.
    pub session_id: Uuid,
    /// The user, who must be the session's.
    pub user_id: Uuid,
    /// The account's change counter when the question was asked, so that a change during the answer is not missed.
    pub counter: u64,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Whether the session is there, is this user's, and has neither ended nor expired.
    pub session_alive: bool,
    /// Whether the user is banned now.
    pub banned: bool,
    /// Application roles, the first one before all others.
    pub roles: Vec<String>,
    /// How strongly the session is authenticated now.
    pub assurance: Assurance,
    /// What has to come before anything else.
    pub hold: Option<Hold>,
}

/// What a user has to do before they may do anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// Change the password.
    PasswordChange,
    /// Prove a second factor, which their role needs.
    SecondFactor,
}

/// The database does not answer; trying again later may help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the accounts cannot be read")]
pub struct FactsUnavailable;

/// A [`Facts`] to come.
pub type FactsFuture<'a> = Pin<Box<dyn Future<Output = Result<Facts, FactsUnavailable>> + Send + 'a>>;

/// Where facts come from: the database, and in tests a table.
pub trait AccountFacts: Send + Sync {
    /// Asks once; a session that is not there is an answer, not an error.
    fn facts(&self, recheck: Recheck) -> FactsFuture<'_>;
}

/// Who a session's token stands for now.
///
/// # Errors
/// [`TokenError::SessionEnded`] or [`TokenError::Banned`].
pub(crate) fn identity_now(signed: &Identity, facts: &Facts) -> Result<Identity, TokenError> {
    if !facts.session_alive {
        return Err(TokenError::SessionEnded);
    }
    if facts.banned {
        return Err(TokenError::Banned);
    }
    let mut identity = signed.clone();
    identity.roles.wire = WireRole::Authenticated;
    identity.roles.application.clone_from(&facts.roles);
    identity.roles.application.sort_unstable();
    identity.roles.application.dedup();
    // A token of one factor stays one: what was stolen before the second factor must not gain from it.
    let assurance = facts.assurance.min(Assurance::of_claim(signed.claims.get("aal")));
    identity.claims.insert("aal".to_owned(), assurance.name().into());
    state_roles(&mut identity.claims, &facts.roles);
    Ok(identity)
}

/// Writes the roles of now wherever rules may read them.
fn state_roles(claims: &mut Map<String, Value>, roles: &[String]) {
    if !matches!(claims.get("app_metadata"), Some(Value::Object(_))) {
        claims.insert("app_metadata".to_owned(), Value::Object(Map::new()));
    }
    if let Some(Value::Object(metadata)) = claims.get_mut("app_metadata") {
        set(metadata, "role", roles.first().map(|role| Value::from(role.as_str())));
        set(metadata, "roles", (!roles.is_empty()).then(|| Value::from(roles)));
    }
    set(claims, "app_role", roles.first().map(|role| Value::from(role.as_str())));
}

fn set(map: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    match value {
        Some(value) => map.insert(name.to_owned(), value),
        None => map.remove(name),
    };
}

impl fmt::Debug for dyn AccountFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccountFacts")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use backstay_plan::principal::RoleSet;
    use serde_json::json;

    fn signed(claims: Value) -> Identity {
        let Value::Object(claims) = claims else { panic!("claims are an object") };
        let roles = RoleSet { wire: WireRole::Authenticated, application: vec!["learner".to_owned()] };
        Identity { roles, uid: Some("u".to_owned()), claims }
    }

    fn facts(roles: &[&str], assurance: Assurance) -> Facts {
        let roles = roles.iter().map(|&role| role.to_owned()).collect();
        Facts { session_alive: true, banned: false, roles, assurance, hold: None }
    }

    #[test]
    fn roles_of_now_replace_those_of_the_token() {
        let token = signed(json!({"app_metadata": {"role": "learner", "plan": "pro"}, "app_role": "learner"}));
        let check = |roles: &[&str], application: &[&str], claims: Value| {
            let now = identity_now(&token, &facts(roles, Assurance::One)).unwrap();
            assert_eq!(now.roles.application, application);
            assert_eq!(Value::from(now.claims), claims);
        };
        check(&[], &[], json!({"app_metadata": {"plan": "pro"}, "aal": "aal1"}));
        check(
            &["teacher", "admin"],
            &["admin", "teacher"],
            json!({"app_metadata": {"role": "teacher", "plan": "pro", "roles": ["teacher", "admin"]}, "app_role": "teacher", "aal": "aal1"}),
        );
    }

    #[test]
    fn the_lesser_assurance_counts() {
        use Assurance::{One, Two};
        for (claim, session, expected) in [
            ("aal1", One, "aal1"),
            ("aal1", Two, "aal1"),
            ("aal2", One, "aal1"),
            ("aal2", Two, "aal2"),
            ("aal9", Two, "aal1"),
        ] {
            let now = identity_now(&signed(json!({"aal": claim})), &facts(&[], session)).unwrap();
            assert_eq!(now.claims["aal"], expected, "{claim} {session:?}");
        }
    }

    #[test]
    fn refused() {
        let token = signed(json!({}));
        let ended = Facts { session_alive: false, banned: true, ..facts(&[], Assurance::One) };
        assert_eq!(identity_now(&token, &ended).unwrap_err(), TokenError::SessionEnded);
        let banned = Facts { banned: true, ..facts(&[], Assurance::One) };
        assert_eq!(identity_now(&token, &banned).unwrap_err(), TokenError::Banned);
    }
}

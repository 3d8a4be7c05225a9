//! Which roles a project has and who may grant them. In: `auth.roles`, highest first. Out: a [`RoleOrder`] and refusals.
//! Says nothing of what a role may do: that is the schema's rules.

use crate::roles::of_app_metadata;
use crate::token::TokenError;
use serde_json::{Map, Value};

/// Most roles of a project.
const ROLES_MAX: usize = 32;

/// Longest name, bytes.
const NAME_BYTES_MAX: usize = 128;

/// The roles of `auth.roles` in their order: the first stands above all others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoleOrder(Vec<String>);

/// Why a list of roles is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRoles {
    /// A name that is no name.
    #[error(
        "`{name}` cannot be a role: use a letter, then letters, digits, `_` and `-`, at most {NAME_BYTES_MAX} bytes"
    )]
    Name {
        /// As configured, shortened.
        name: String,
    },
    /// A name that tokens use for something else.
    #[error("`{name}` is a role of the wire itself; choose another name")]
    Reserved {
        /// As configured.
        name: String,
    },
    /// Named twice: its place in the order would be open.
    #[error("role `{name}` is listed twice")]
    Twice {
        /// As configured.
        name: String,
    },
    /// Too many.
    #[error("at most {ROLES_MAX} roles can be listed")]
    TooMany,
}

/// Why roles cannot be granted. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GrantError {
    /// Not one of the project's roles.
    #[error("there is no role `{role}`; the roles are {known}")]
    Unknown {
        /// As asked for, shortened.
        role: String,
        /// The project's roles.
        known: String,
    },
    /// Above every role of the one who grants.
    #[error("role `{role}` is above your own")]
    Above {
        /// The role.
        role: String,
    },
    /// The account to change holds a role above the caller's own.
    #[error("the account has role `{role}`, which is above your own")]
    OfHigher {
        /// The role that the account holds.
        role: String,
    },
}

/// Who grants.
#[derive(Debug, Clone, Copy)]
pub enum Granter<'a> {
    /// The operator: a service key or the command line. Grants everything.
    Operator,
    /// A signed-in account with these roles.
    Account(&'a [String]),
}

impl RoleOrder {
    /// Checks the list of a configuration.
    ///
    /// # Errors
    /// [`InvalidRoles`], the first thing wrong.
    pub fn parse<S: AsRef<str>>(names: &[S]) -> Result<Self, InvalidRoles> {
        if names.len() > ROLES_MAX {
            return Err(InvalidRoles::TooMany);
        }
        let mut order: Vec<String> = Vec::with_capacity(names.len());
        for name in names.iter().map(AsRef::as_ref) {
            if !is_name(name) {
                return Err(InvalidRoles::Name { name: shortened(name) });
            }
            if crate::roles::is_reserved(name) {
                return Err(InvalidRoles::Reserved { name: name.to_owned() });
            }
            if order.iter().any(|known| known == name) {
                return Err(InvalidRoles::Twice { name: name.to_owned() });
            }
            order.push(name.to_owned());
        }
        Ok(Self(order))
    }

    /// The roles, highest first.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.0
    }

    /// Whether this is a role of the project.
    #[must_use]
    pub fn contains(&self, role: &str) -> bool {
        self.rank(role).is_some()
    }

    /// The roles that `app_metadata` names in `role` and `roles`, sorted, each once.
    ///
    /// # Errors
    /// [`TokenError::RoleNotString`] when they are no text: dropping one could lift a denial.
    pub fn of_app_metadata(metadata: &Map<String, Value>) -> Result<Vec<String>, TokenError> {
        of_app_metadata(metadata)
    }

    /// Checks that `granter` may change an account with roles `before` into one with roles `after`.
    ///
    /// Roles that the account keeps are checked as well: an administrator cannot touch an account above its own.
    ///
    /// # Errors
    /// [`GrantError`].
    pub fn check_grant(&self, granter: Granter<'_>, before: &[String], after: &[String]) -> Result<(), GrantError> {
        let ranks = after.iter().map(|role| {
            let unknown = || GrantError::Unknown { role: shortened(role), known: self.0.join(", ") };
            // A role that is gone from the configuration may stay where it is, but is not given anew.
            self.rank(role).or_else(|| before.contains(role).then_some(usize::MAX)).ok_or_else(unknown)
        });
        let ranks: Vec<usize> = ranks.collect::<Result<_, _>>()?;
        let Granter::Account(own) = granter else { return Ok(()) };
        let highest = own.iter().filter_map(|role| self.rank(role)).min().unwrap_or(usize::MAX);
        if let Some(role) = before.iter().find(|role| self.rank(role).is_some_and(|rank| rank < highest)) {
            return Err(GrantError::OfHigher { role: role.clone() });
        }
        match after.iter().zip(ranks).find(|&(_, rank)| rank < highest) {
            Some((role, _)) => Err(GrantError::Above { role: role.clone() }),
            None => Ok(()),
        }
    }

    /// 0 is the highest.
    fn rank(&self, role: &str) -> Option<usize> {
        self.0.iter().position(|known| known == role)
    }
}

fn is_name(name: &str) -> bool {
    name.len() <= NAME_BYTES_MAX
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

fn shortened(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(63).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn names(list: &[&str]) -> Vec<String> {
        list.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn lists() {
        assert_eq!(RoleOrder::parse(&["admin", "learner"]).unwrap().names(), ["admin", "learner"]);
        assert_eq!(RoleOrder::parse::<&str>(&[]), Ok(RoleOrder::default()));
        for name in ["", "1st", "a b", "a.b", "-a", "ädmin", "a\n", &"a".repeat(129)] {
            assert_eq!(RoleOrder::parse(&[name]), Err(InvalidRoles::Name { name: shortened(name) }), "{name}");
        }
        for name in ["anon", "authenticated", "service_role", "user"] {
            assert_eq!(RoleOrder::parse(&[name]), Err(InvalidRoles::Reserved { name: name.to_owned() }));
        }
        assert_eq!(RoleOrder::parse(&["a", "b", "a"]), Err(InvalidRoles::Twice { name: "a".to_owned() }));
        let many: Vec<String> = (0..33).map(|n| format!("r{n}")).collect();
        assert_eq!(RoleOrder::parse(&many), Err(InvalidRoles::TooMany));
    }

    #[test]
    fn grants() {
        let order = RoleOrder::parse(&["owner", "admin", "learner"]).unwrap();
        let check = |own: Option<&[&str]>, before: &[&str], after: &[&str]| {
            let own = own.map(names);
            let granter = own.as_deref().map_or(Granter::Operator, Granter::Account);
            order.check_grant(granter, &names(before), &names(after)).map_err(|error| error.to_string())
        };
        assert_eq!(check(None, &[], &["owner"]), Ok(()));
        assert_eq!(check(Some(&["admin"]), &[], &["learner"]), Ok(()));
        assert_eq!(check(Some(&["admin"]), &[], &["admin"]), Ok(()));
        assert_eq!(check(Some(&["learner", "owner"]), &["owner"], &["owner", "admin"]), Ok(()));
        assert_eq!(check(Some(&["admin"]), &["learner"], &[]), Ok(()));
        assert_eq!(check(Some(&["admin"]), &["retired"], &["retired", "learner"]), Ok(()));
        let above = Err("role `owner` is above your own".to_owned());
        assert_eq!(check(Some(&["admin"]), &[], &["owner"]), above);
        assert_eq!(check(Some(&["admin"]), &[], &["learner", "owner"]), above);
        let of_higher = Err("the account has role `owner`, which is above your own".to_owned());
        assert_eq!(check(Some(&["admin"]), &["owner"], &["learner"]), of_higher);
        assert_eq!(check(Some(&["admin"]), &["owner"], &["owner"]), of_higher);
        assert_eq!(check(Some(&[]), &[], &["learner"]), Err("role `learner` is above your own".to_owned()));
        assert_eq!(check(Some(&["retired"]), &[], &["learner"]), Err("role `learner` is above your own".to_owned()));
        let unknown = Err("there is no role `adminn`; the roles are owner, admin, learner".to_owned());
        assert_eq!(check(None, &[], &["adminn"]), unknown);
    }

    #[test]
    fn metadata() {
        let of = |value: Value| RoleOrder::of_app_metadata(value.as_object().unwrap());
        assert_eq!(of(json!({"role": "b", "roles": ["a", "b"]})), Ok(names(&["a", "b"])));
        assert_eq!(of(json!({"provider": "email"})), Ok(vec![]));
        assert_eq!(of(json!({"roles": ["service_role", "x"]})), Ok(names(&["x"])));
        assert_eq!(of(json!({"role": ["a"]})), Err(TokenError::RoleNotString));
        assert_eq!(of(json!({"roles": {"a": 1}})), Err(TokenError::RoleNotString));
    }
}

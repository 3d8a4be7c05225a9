//! From verified claims to roles. In: claims and the roles the schema declares. Out: a [`RoleSet`] or why not.

use crate::token::TokenError;
use backstay_plan::principal::{RoleSet, WireRole};
use backstay_schema::Schema;
use serde_json::{Map, Value};

/// Most application roles of one token; plans are cached by role set.
const ROLES_MAX: usize = 32;

/// Longest name of an application role, bytes.
const ROLE_BYTES_MAX: usize = 128;

/// Names that the wire uses itself and that can never be application roles.
const RESERVED: [&str; 4] = ["anon", "authenticated", "service_role", "user"];

/// Application roles that a token may name in its `role` claim: the values of the schema's `@role` enum.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeclaredRoles(Vec<String>);

impl DeclaredRoles {
    /// The roles of a schema; none when it has no `@role` enum.
    #[must_use]
    pub fn of(schema: &Schema) -> Self {
        let declared = schema.role_enum.and_then(|id| schema.enums.get(usize::from(id.0)));
        Self(declared.map(|declared| declared.values.clone()).unwrap_or_default())
    }

    /// These names.
    #[must_use]
    pub fn named(names: &[&str]) -> Self {
        Self(names.iter().map(|&name| name.to_owned()).collect())
    }

    fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|declared| declared == name)
    }
}

/// The roles that claims stand for. A token without a `role` is anonymous.
pub(crate) fn role_set(claims: &Map<String, Value>, declared: &DeclaredRoles) -> Result<RoleSet, TokenError> {
    let mut application = Vec::new();
    let wire = match claims.get("role") {
        None | Some(Value::Null) => WireRole::Anonymous,
        Some(Value::String(role)) => match role.as_str() {
            "anon" => WireRole::Anonymous,
            "authenticated" => WireRole::Authenticated,
            "service_role" => WireRole::Service,
            name if declared.contains(name) => {
                application.push(name.to_owned());
                WireRole::Authenticated
            }
            name => return Err(TokenError::UnknownRole { role: shortened(name) }),
        },
        Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            return Err(TokenError::RoleNotString);
        }
    };
    match wire {
        // The service role passes every rule already, and an anonymous caller holds none.
        WireRole::Anonymous | WireRole::Service => application.clear(),
        WireRole::Authenticated => {
            if let Some(Value::Object(metadata)) = claims.get("app_metadata") {
                collect(metadata, &mut application)?;
            }
            application.sort_unstable();
            application.dedup();
            if application.len() > ROLES_MAX {
                return Err(TokenError::TooManyRoles { max: ROLES_MAX });
            }
        }
    }
    Ok(RoleSet { wire, application })
}

/// Application roles that `app_metadata` names, sorted, each once.
pub(crate) fn of_app_metadata(metadata: &Map<String, Value>) -> Result<Vec<String>, TokenError> {
    let mut application = Vec::new();
    collect(metadata, &mut application)?;
    application.sort_unstable();
    application.dedup();
    Ok(application)
}

/// Whether the wire uses this name itself.
pub(crate) fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name)
}

/// Reads `role` (text) and `roles` (list of text). Anything else is refused: dropping a role could lift a denial.
fn collect(metadata: &Map<String, Value>, into: &mut Vec<String>) -> Result<(), TokenError> {
    let single = metadata.get("role").filter(|value| !value.is_null());
    let several = match metadata.get("roles") {
        None | Some(Value::Null) => &[],
        Some(Value::Array(items)) => items.as_slice(),
        Some(Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => {
            return Err(TokenError::RoleNotString);
        }
    };
    for value in single.into_iter().chain(several) {
        let name = value.as_str().ok_or(TokenError::RoleNotString)?;
        if name.len() > ROLE_BYTES_MAX {
            return Err(TokenError::UnknownRole { role: shortened(name) });
        }
        if !name.is_empty() && !is_reserved(name) {
            into.push(name.to_owned());
        }
    }
    Ok(())
}

fn shortened(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(63).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(claims: Value, expected: Result<(WireRole, &[&str]), TokenError>) {
        let Value::Object(claims) = claims else { panic!("claims are an object") };
        let roles = role_set(&claims, &DeclaredRoles::named(&["learner", "admin"]));
        let expected = expected.map(|(wire, application)| RoleSet {
            wire,
            application: application.iter().map(|&role| role.to_owned()).collect(),
        });
        assert_eq!(roles, expected);
    }

    #[test]
    fn mapping() {
        use WireRole::{Anonymous, Authenticated, Service};
        check(json!({}), Ok((Anonymous, &[])));
        check(json!({"role": null, "sub": "x"}), Ok((Anonymous, &[])));
        check(json!({"role": "anon"}), Ok((Anonymous, &[])));
        check(json!({"role": "anon", "app_metadata": {"role": "admin"}}), Ok((Anonymous, &[])));
        check(json!({"role": "service_role"}), Ok((Service, &[])));
        check(json!({"role": "authenticated"}), Ok((Authenticated, &[])));
        check(json!({"role": "admin"}), Ok((Authenticated, &["admin"])));
        check(json!({"role": "authenticated", "app_metadata": {"role": "admin"}}), Ok((Authenticated, &["admin"])));
        check(
            json!({"role": "authenticated", "app_metadata": {"role": "z", "roles": ["b", "a", "b"]}}),
            Ok((Authenticated, &["a", "b", "z"])),
        );
        check(
            json!({"role": "authenticated", "app_metadata": {"roles": ["service_role", "anon", "user", ""]}}),
            Ok((Authenticated, &[])),
        );
        check(json!({"role": "authenticated", "user_metadata": {"role": "admin"}}), Ok((Authenticated, &[])));
        check(json!({"role": "authenticated", "app_metadata": null}), Ok((Authenticated, &[])));
        check(json!({"role": "postgres"}), Err(TokenError::UnknownRole { role: "postgres".to_owned() }));
        check(json!({"role": "Admin"}), Err(TokenError::UnknownRole { role: "Admin".to_owned() }));
        check(json!({"role": ""}), Err(TokenError::UnknownRole { role: String::new() }));
        check(json!({"role": "a\nb"}), Err(TokenError::UnknownRole { role: "ab".to_owned() }));
        check(json!({"role": ["admin"]}), Err(TokenError::RoleNotString));
        check(json!({"role": 1}), Err(TokenError::RoleNotString));
        check(json!({"role": "admin", "app_metadata": {"roles": "x"}}), Err(TokenError::RoleNotString));
        check(json!({"role": "admin", "app_metadata": {"role": {"$ne": null}}}), Err(TokenError::RoleNotString));
        let many: Vec<String> = (0..=ROLES_MAX).map(|n| n.to_string()).collect();
        check(
            json!({"role": "admin", "app_metadata": {"roles": many}}),
            Err(TokenError::TooManyRoles { max: ROLES_MAX }),
        );
    }
}

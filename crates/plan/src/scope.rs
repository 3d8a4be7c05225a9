//! What a key may be used for besides what its role may do: `rest:read`. In: claims of a caller, the protocol and what is asked
//! for. Out: whether a scope allows it. Callers without scopes are bound by their roles alone.

use crate::fault::Refusal;
use crate::principal::{Api, Principal};
use crate::request::Action;
use serde_json::Value;

/// Claim that holds the scopes: a list of text.
pub const CLAIM: &str = "api_scopes";

/// Protocols that scopes name.
const AREAS: [&str; 5] = ["rest", "graphql", "grpc", "realtime", "functions"];

/// What scopes are like, for messages.
pub const EXAMPLES: &str = "`rest:read`, `rest:write`, `graphql:*`";

/// Whether this is a scope: an area and `read`, `write` or `*`.
#[must_use]
pub fn is_known(scope: &str) -> bool {
    scope.split_once(':').is_some_and(|(area, verb)| AREAS.contains(&area) && matches!(verb, "read" | "write" | "*"))
}

/// Refuses what no scope of the caller allows.
///
/// # Errors
/// [`Refusal::NoScope`].
pub fn check(who: &Principal, action: &Action) -> Result<(), Refusal> {
    let Some(scopes) = who.identity.claims.get(CLAIM) else { return Ok(()) };
    let area = match who.api {
        Api::Rest => "rest",
        Api::Graphql => "graphql",
        Api::Grpc => "grpc",
        Api::Realtime => "realtime",
        Api::Function => "functions",
    };
    let verb = match action {
        Action::Read(_) | Action::Written(_) => "read",
        // What an operation does is for its author to know.
        Action::Insert(_) | Action::Update(_) | Action::Delete(_) | Action::Call(_) => "write",
    };
    let fits = |scope: &Value| {
        let parts = scope.as_str().and_then(|scope| scope.split_once(':'));
        parts.is_some_and(|(of, may)| of == area && (may == verb || may == "*"))
    };
    if scopes.as_array().is_some_and(|scopes| scopes.iter().any(fits)) {
        return Ok(());
    }
    Err(Refusal::NoScope { scope: format!("{area}:{verb}") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::principal::{Identity, RoleSet};
    use crate::request::{Level, Read};
    use serde_json::json;
    use std::sync::Arc;

    fn may(claims: &Value, api: Api) -> bool {
        let claims = claims.as_object().unwrap().clone();
        let identity = Arc::new(Identity { roles: RoleSet::anonymous(), uid: None, claims });
        let who = Principal { identity, ip: None, method: "GET", api };
        check(&who, &Action::Read(Read { relation: "t".to_owned(), level: Level::default(), total: false })).is_ok()
    }

    #[test]
    fn scopes() {
        assert!(may(&json!({}), Api::Rest));
        for (scopes, rest, graphql) in [
            (json!(["rest:read"]), true, false),
            (json!(["rest:*"]), true, false),
            (json!(["rest:write"]), false, false),
            (json!(["rest:write", "graphql:read"]), false, true),
            (json!([]), false, false),
            (json!("rest:read"), false, false),
            (json!(null), false, false),
            (json!(["rest", "read", ":", 7]), false, false),
        ] {
            let claims = json!({ CLAIM: scopes });
            assert_eq!((may(&claims, Api::Rest), may(&claims, Api::Graphql)), (rest, graphql), "{claims}");
        }
        for (scope, known) in
            [("rest:read", true), ("functions:*", true), ("rest:delete", false), ("*", false), ("x:read", false)]
        {
            assert_eq!(is_known(scope), known, "{scope}");
        }
    }
}

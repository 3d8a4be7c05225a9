//! Folds what the role set decides into a rule. In: a checked rule and the roles. Out: the gate that is left, which holds
//! for every caller of those roles, so that plans can be cached by them.
//!
//! Decided: `auth.role`, `auth.roles`, `auth.isAnon`, `hasRole`, and for anonymous callers every fact of a token, which is
//! null. The service role bypasses rules before it comes here; folded all the same, it holds the role `service_role`.

use crate::authorized::Gate;
use crate::principal::{RoleSet, WireRole};
use backstay_schema::expr::{Expr, Literal, Session};

/// What is left of a rule for callers of these roles.
#[must_use]
pub fn fold(expr: &Expr, roles: &RoleSet) -> Gate {
    let folded = partial(expr, roles);
    match folded.literal() {
        Some(Literal::Bool(true)) => Gate::Open,
        Some(_) => Gate::Closed,
        None => Gate::When(folded),
    }
}

/// The expression with the facts that the roles decide as constants.
#[must_use]
pub fn partial(expr: &Expr, roles: &RoleSet) -> Expr {
    if let Expr::Session(session) = expr {
        return fact(session, roles).unwrap_or_else(|| expr.clone());
    }
    expr.rebuild(&mut |part| partial(part, roles))
}

/// `auth.role`: the first application role, else the wire role's name.
#[must_use]
pub fn role(roles: &RoleSet) -> &str {
    roles.application.first().map_or_else(|| wire_name(roles.wire), String::as_str)
}

/// `hasRole(name)`: an application role, or the wire role by any of its names.
#[must_use]
pub fn has_role(roles: &RoleSet, name: &str) -> bool {
    let is_wire = match roles.wire {
        WireRole::Anonymous => name == "anon",
        WireRole::Authenticated => matches!(name, "user" | "authenticated"),
        WireRole::Service => name == "service_role",
    };
    is_wire || roles.application.iter().any(|role| role == name)
}

fn wire_name(role: WireRole) -> &'static str {
    match role {
        WireRole::Anonymous => "anon",
        WireRole::Authenticated => "authenticated",
        WireRole::Service => "service_role",
    }
}

fn fact(session: &Session, roles: &RoleSet) -> Option<Expr> {
    let is_anonymous = roles.wire == WireRole::Anonymous;
    let text = |text: &str| Expr::Literal(Literal::String(text.to_owned()));
    match session {
        Session::Role => Some(text(role(roles))),
        Session::Roles => Some(Expr::List(roles.application.iter().map(|role| text(role)).collect())),
        Session::IsAnon => Some(Expr::bool(is_anonymous)),
        Session::HasRole(name) => Some(Expr::bool(has_role(roles, name))),
        Session::Uid | Session::Email | Session::Verified | Session::Aal | Session::Claim(_) => {
            is_anonymous.then_some(Expr::Literal(Literal::Null))
        }
        Session::HasClaim(_) => is_anonymous.then(|| Expr::bool(false)),
        Session::RequestIp | Session::RequestMethod | Session::RequestApi => None,
    }
}

#[cfg(test)]
mod tests;

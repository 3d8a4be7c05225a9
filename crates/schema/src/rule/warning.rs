//! What is legal and probably not meant: rules that are constant, and negations that an anonymous caller passes.

use super::{Finding, Kind, Range, Scope};
use crate::expr::{Comparison, Expr, Session};

pub(super) fn about(scope: &Scope<'_>, source: &str, expr: &Expr) -> Vec<Finding> {
    let range = Range { start: 0, end: source.len() };
    let mut found = Vec::new();
    let is_computed = matches!(scope.kind, Kind::Computed(_));
    let is_written_out = matches!(source.trim(), "true" | "false");
    if let Some(value) = expr.literal().filter(|_| !is_computed && !is_written_out) {
        let word = if *value == crate::expr::Literal::Bool(true) { "true" } else { "false" };
        found.push(
            Finding::warning("rule-constant", range, format!("this rule is always {word}"))
                .help(format!("write \"{word}\" if that is meant")),
        );
    }
    if !scope.signed_in && !is_computed && passes_anonymous(expr, false, false) {
        found.push(
            Finding::warning(
                "rule-anonymous-negation",
                range,
                "an anonymous caller passes this negated comparison, because every comparison with a missing fact is false",
            )
            .help("add `!auth.isAnon &&`, or limit the rule to roles: [\"user\"]"),
        );
    }
    found
}

/// Whether a comparison with a fact that anonymous callers lack stands negated and unguarded.
fn passes_anonymous(expr: &Expr, negated: bool, guarded: bool) -> bool {
    match expr {
        Expr::Not(operand) => passes_anonymous(operand, !negated, guarded),
        Expr::And(operands) => {
            let guarded = guarded || (!negated && operands.iter().any(is_signed_in));
            operands.iter().any(|operand| passes_anonymous(operand, negated, guarded))
        }
        Expr::Or(operands) => {
            let guarded = guarded || (negated && operands.iter().any(is_anonymous));
            operands.iter().any(|operand| passes_anonymous(operand, negated, guarded))
        }
        Expr::Compare { op, left, right, .. } => {
            let flips = *op == Comparison::NotEqual;
            (negated != flips) && !guarded && (is_missing(left) || is_missing(right))
        }
        Expr::In { needle, haystack, .. } => {
            let in_list = matches!(haystack.as_ref(), Expr::List(items) if items.iter().any(is_missing));
            negated && !guarded && (is_missing(needle) || is_missing(haystack) || in_list)
        }
        Expr::Quantified { body, .. } | Expr::QuantifiedList { body, .. } => passes_anonymous(body, negated, guarded),
        Expr::Conditional { test, then, otherwise, .. } => {
            [then, otherwise].into_iter().any(|branch| passes_anonymous(branch, negated, guarded))
                || passes_anonymous(test, negated, guarded)
        }
        Expr::Session(_) => negated && !guarded && is_missing(expr),
        Expr::Literal(_)
        | Expr::Path(_)
        | Expr::Now
        | Expr::IsNull(_)
        | Expr::List(_)
        | Expr::Arithmetic { .. }
        | Expr::Negate(_)
        | Expr::Call { .. }
        | Expr::Item(_)
        | Expr::Count(_) => false,
    }
}

/// A fact that is null for anonymous callers.
fn is_missing(expr: &Expr) -> bool {
    matches!(expr, Expr::Session(Session::Uid | Session::Email | Session::Verified | Session::Aal | Session::Claim(_)))
}

/// A condition that anonymous callers fail.
fn is_signed_in(expr: &Expr) -> bool {
    if let Expr::Not(operand) = expr {
        return is_anonymous(operand);
    }
    if let Expr::Compare { op: Comparison::Equal, left, right, .. } = expr {
        return is_missing(left) || is_missing(right);
    }
    if let Expr::Session(Session::HasRole(role)) = expr {
        return role != "anon";
    }
    matches!(expr, Expr::Session(Session::HasClaim(_)))
}

/// A condition that every anonymous caller meets.
fn is_anonymous(expr: &Expr) -> bool {
    if let Expr::IsNull(operand) = expr {
        return is_missing(operand);
    }
    matches!(expr, Expr::Session(Session::IsAnon))
}

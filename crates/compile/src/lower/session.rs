//! Which parts of a rule the caller's session decides alone, and the types that expressions compute as.

use super::rule::{Bound, Scope};
use backstay_schema::expr::{Expr, Function, Literal, Session, ValueType, Variable};

/// Whether an expression reads no row, so that it has one value for the whole statement.
pub(crate) fn is_session_only(expr: &Expr) -> bool {
    reads_no_row(expr, &mut Vec::new())
}

fn reads_no_row(expr: &Expr, items: &mut Vec<Variable>) -> bool {
    match expr {
        Expr::Literal(_) | Expr::Session(_) | Expr::Now => true,
        Expr::Path(_) | Expr::Quantified { .. } | Expr::Count(_) => false,
        Expr::Item(variable) => items.contains(variable),
        Expr::Not(inner) | Expr::IsNull(inner) | Expr::Negate(inner) => reads_no_row(inner, items),
        Expr::And(terms) | Expr::Or(terms) | Expr::List(terms) | Expr::Call { args: terms, .. } => {
            terms.iter().all(|term| reads_no_row(term, items))
        }
        Expr::Compare { left, right, .. } | Expr::Arithmetic { left, right, .. } => {
            reads_no_row(left, items) && reads_no_row(right, items)
        }
        Expr::In { needle, haystack, .. } => reads_no_row(needle, items) && reads_no_row(haystack, items),
        Expr::Conditional { test, then, otherwise, .. } => {
            reads_no_row(test, items) && reads_no_row(then, items) && reads_no_row(otherwise, items)
        }
        Expr::QuantifiedList { over, variable, body, .. } => {
            if !reads_no_row(over, items) {
                return false;
            }
            items.push(*variable);
            let inner = reads_no_row(body, items);
            items.pop();
            inner
        }
    }
}

/// The type that an expression computes as.
pub(crate) fn type_of(expr: &Expr, scope: &Scope<'_>) -> ValueType {
    match expr {
        Expr::Literal(literal) => type_of_literal(literal),
        Expr::Path(path) => path.ty,
        Expr::Session(session) => type_of_session(session),
        Expr::Now => ValueType::Timestamp,
        Expr::Not(_)
        | Expr::And(_)
        | Expr::Or(_)
        | Expr::Compare { .. }
        | Expr::IsNull(_)
        | Expr::In { .. }
        | Expr::Quantified { .. }
        | Expr::QuantifiedList { .. } => ValueType::Bool,
        Expr::List(_) => ValueType::Dynamic,
        Expr::Arithmetic { ty, .. } | Expr::Conditional { ty, .. } => *ty,
        Expr::Negate(inner) => type_of(inner, scope),
        Expr::Call { function, args } => match function {
            Function::Size => ValueType::Int,
            Function::StartsWith | Function::EndsWith | Function::Contains | Function::Matches => ValueType::Bool,
            Function::LowerAscii | Function::UpperAscii | Function::Trim => ValueType::String,
            Function::Abs | Function::Least | Function::Greatest => {
                args.first().map_or(ValueType::Dynamic, |arg| type_of(arg, scope))
            }
        },
        Expr::Item(variable) => match scope.bound(*variable) {
            Some(Bound::Item(_, ty)) => *ty,
            Some(Bound::Row(_)) | None => ValueType::Dynamic,
        },
        Expr::Count(_) => ValueType::Int,
    }
}

fn type_of_literal(literal: &Literal) -> ValueType {
    match literal {
        Literal::Null => ValueType::Dynamic,
        Literal::Bool(_) => ValueType::Bool,
        Literal::Int(_) => ValueType::Int,
        Literal::Float(_) => ValueType::Float,
        Literal::String(_) => ValueType::String,
        Literal::Timestamp(_) => ValueType::Timestamp,
        Literal::Duration(_) => ValueType::Duration,
    }
}

fn type_of_session(session: &Session) -> ValueType {
    match session {
        Session::Uid
        | Session::Role
        | Session::Roles
        | Session::Email
        | Session::Aal
        | Session::RequestIp
        | Session::RequestMethod
        | Session::RequestApi => ValueType::String,
        Session::Verified | Session::IsAnon | Session::HasClaim(_) | Session::HasRole(_) => ValueType::Bool,
        Session::Claim(_) => ValueType::Dynamic,
    }
}

/// Whether a fact may turn out to be of another type than it is used as.
pub(crate) fn may_mismatch(session: &Session) -> bool {
    match session {
        Session::Claim(_) | Session::Email | Session::Verified | Session::Aal => true,
        Session::Uid
        | Session::Role
        | Session::Roles
        | Session::IsAnon
        | Session::HasClaim(_)
        | Session::HasRole(_)
        | Session::RequestIp
        | Session::RequestMethod
        | Session::RequestApi => false,
    }
}

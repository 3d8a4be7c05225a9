//! Facts of the session as values of a type, and expressions over nothing else.

use super::rows::{Context, NoRows, Patterns, value_of};
use super::{json_at, json_literal};
use crate::fold::{has_role, role};
use crate::principal::{Api, Principal, WireRole};
use crate::value::Value;
use backstay_schema::expr::{Expr, Literal, Session, ValueType};
use backstay_schema::model::Schema;
use backstay_schema::rule::constant::Failed;
use backstay_schema::rule::literal::timestamp_text;
use serde_json::Value as Json;

/// A fact of the session has another type than its use needs, or an expression over the session failed; a rule denies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a fact of the session has another type than the rule needs")]
pub struct SessionError;

/// A fact as a value of one type in its stored form; NULL when absent. With `list`, a JSON array as text, nulls kept.
/// As [`ValueType::Dynamic`] a claim is its JSON text.
///
/// # Errors
/// [`SessionError`] when the fact is of another type; with `list`, when it is no array or an item is of another type.
pub fn session_value(
    session: &Session,
    ty: ValueType,
    list: bool,
    principal: &Principal,
) -> Result<Value, SessionError> {
    if let (Session::Claim(keys), ValueType::Dynamic, false) = (session, ty, list) {
        let found = claim(keys, principal).filter(|found| !found.is_null());
        return Ok(found.map_or(Value::Null, |found| Value::Text(found.to_string())));
    }
    if !list {
        return literal_of(session, ty, principal).map(stored).map_err(|Failed| SessionError);
    }
    match list_of(session, ty, principal) {
        Ok(None) => Ok(Value::Null),
        Ok(Some(items)) => Ok(Value::Text(Json::Array(items.into_iter().map(json).collect()).to_string())),
        Err(Failed) => Err(SessionError),
    }
}

/// The value of an expression that reads the session and the time, and no row, in its stored form.
///
/// # Errors
/// [`SessionError`] when the expression fails.
pub fn session_expr(expr: &Expr, principal: &Principal, now_us: i64) -> Result<Value, SessionError> {
    let ty = expr.value_type().unwrap_or(ValueType::Bool);
    let schema = Schema::default();
    let context = Context {
        schema: &schema,
        rows: &NoRows,
        row: None,
        old: None,
        principal,
        now_us,
        patterns: &Patterns::default(),
    };
    value_of(expr, ty, &context).map(stored).map_err(|Failed| SessionError)
}

/// A constant in the form a statement binds.
fn stored(literal: Literal) -> Value {
    match literal {
        Literal::Null => Value::Null,
        Literal::Bool(value) => Value::Bool(value),
        Literal::Int(value) | Literal::Duration(value) => Value::Int(value),
        Literal::Float(value) => Value::Float(value),
        Literal::String(text) => Value::Text(text),
        Literal::Timestamp(micros) => timestamp_text(micros).map_or(Value::Null, Value::Text),
    }
}

fn json(literal: Literal) -> Json {
    match stored(literal) {
        Value::Null | Value::Blob(_) => Json::Null,
        Value::Bool(value) => Json::Bool(value),
        Value::Int(value) => Json::from(value),
        Value::Float(value) => Json::from(value),
        Value::Text(text) => Json::String(text),
    }
}

/// A fact as a constant of one type.
pub(super) fn literal_of(session: &Session, ty: ValueType, principal: &Principal) -> Result<Literal, Failed> {
    let roles = &principal.identity.roles;
    let is_anonymous = roles.wire == WireRole::Anonymous;
    let text = |text: &str| Ok(Literal::String(text.to_owned()));
    let claim = |keys: &[String], ty: ValueType| {
        claim(keys, principal).map_or(Ok(Literal::Null), |found| json_literal(found, ty))
    };
    match session {
        Session::Uid if is_anonymous => Ok(Literal::Null),
        Session::Uid => principal.identity.uid.as_deref().map_or(Ok(Literal::Null), text),
        Session::Role => text(role(roles)),
        Session::Roles => Err(Failed),
        Session::Email => claim(&["email".to_owned()], ValueType::String),
        Session::Verified => claim(&["email_verified".to_owned()], ValueType::Bool),
        Session::Aal => claim(&["aal".to_owned()], ValueType::String),
        Session::IsAnon => Ok(Literal::Bool(is_anonymous)),
        Session::Claim(keys) => claim(keys, ty),
        Session::HasClaim(keys) => Ok(Literal::Bool(self::claim(keys, principal).is_some())),
        Session::HasRole(name) => Ok(Literal::Bool(has_role(roles, name))),
        Session::RequestIp => Ok(principal.ip.map_or(Literal::Null, |ip| Literal::String(ip.to_string()))),
        Session::RequestMethod => text(principal.method),
        Session::RequestApi => text(api_name(principal.api)),
    }
}

/// A fact as a list of one type; `None` when absent.
pub(super) fn list_of(session: &Session, ty: ValueType, principal: &Principal) -> Result<Option<Vec<Literal>>, Failed> {
    match session {
        Session::Roles => Ok(Some(principal.identity.roles.application.iter().cloned().map(Literal::String).collect())),
        Session::Claim(keys) => match claim(keys, principal) {
            None | Some(Json::Null) => Ok(None),
            Some(Json::Array(items)) => {
                items.iter().map(|item| json_literal(item, ty)).collect::<Result<_, _>>().map(Some)
            }
            Some(Json::Bool(_) | Json::Number(_) | Json::String(_) | Json::Object(_)) => Err(Failed),
        },
        Session::Uid
        | Session::Role
        | Session::Email
        | Session::Verified
        | Session::IsAnon
        | Session::Aal
        | Session::HasClaim(_)
        | Session::HasRole(_)
        | Session::RequestIp
        | Session::RequestMethod
        | Session::RequestApi => Err(Failed),
    }
}

/// A claim of a signed-in caller, JSON null included. Anonymous callers have none, whatever their token says.
fn claim<'a>(keys: &[String], principal: &'a Principal) -> Option<&'a Json> {
    if principal.identity.roles.wire == WireRole::Anonymous {
        return None;
    }
    let (first, rest) = keys.split_first()?;
    json_at(principal.identity.claims.get(first)?, rest)
}

fn api_name(api: Api) -> &'static str {
    match api {
        Api::Rest => "REST",
        Api::Graphql => "GRAPHQL",
        Api::Grpc => "GRPC",
        Api::Realtime => "REALTIME",
        Api::Function => "FUNCTION",
    }
}

//! Facts about the caller as values of the types that rules use them as.

use super::{Context, datetime, json};
use crate::principal::{Api, Principal, WireRole};
use crate::value::Value;
use backstay_schema::expr::{Expr, Session, ValueType};
use serde_json::Value as Json;

/// A fact as a value of a type: NULL when absent or of another type.
pub(super) fn value(session: &Session, ty: ValueType, list: bool, who: &Principal) -> Value {
    let Some(fact) = fact(session, who) else { return Value::Null };
    if list { list_value(&fact, ty).unwrap_or(Value::Null) } else { scalar(&fact, ty).unwrap_or(Value::Null) }
}

/// Whether a fact is there, and of another type.
pub(super) fn is_error(session: &Session, ty: ValueType, who: &Principal) -> bool {
    fact(session, who).is_some_and(|fact| scalar(&fact, ty).is_none())
}

/// An expression over the session alone; NULL when it is an error.
pub(super) fn expression(_expr: &Expr, _context: &Context) -> Value {
    Value::Null
}

/// The fact as JSON; `None` when it is absent or null.
fn fact(session: &Session, who: &Principal) -> Option<Json> {
    let identity = &who.identity;
    let fact = match session {
        Session::Uid => identity.uid.clone()?.into(),
        Session::Role => identity.roles.application.first().cloned().unwrap_or_else(|| wire(who).to_owned()).into(),
        Session::Roles => {
            let mut roles = identity.roles.application.clone();
            roles.push(wire(who).to_owned());
            roles.into()
        }
        Session::Email => identity.claims.get("email")?.clone(),
        Session::Verified => identity.claims.get("email_verified").cloned().unwrap_or(false.into()),
        Session::IsAnon => (identity.roles.wire == WireRole::Anonymous).into(),
        Session::Aal => identity.claims.get("aal")?.clone(),
        Session::Claim(path) => claim(who, path)?,
        Session::HasClaim(path) => claim(who, path).is_some().into(),
        Session::HasRole(role) => identity.roles.application.contains(role).into(),
        Session::RequestIp => who.ip?.to_string().into(),
        Session::RequestMethod => who.method.into(),
        Session::RequestApi => match who.api {
            Api::Rest => "REST",
            Api::Graphql => "GRAPHQL",
            Api::Grpc => "GRPC",
            Api::Realtime => "REALTIME",
            Api::Function => "FUNCTION",
        }
        .into(),
    };
    (!fact.is_null()).then_some(fact)
}

fn claim(who: &Principal, path: &[String]) -> Option<Json> {
    let (first, rest) = path.split_first()?;
    let start = who.identity.claims.get(first)?;
    rest.iter().try_fold(start, |value, key| value.get(key)).cloned()
}

fn wire(who: &Principal) -> &'static str {
    match who.identity.roles.wire {
        WireRole::Anonymous => "anon",
        WireRole::Authenticated => "user",
        WireRole::Service => "service_role",
    }
}

/// A JSON value as a value of a type; `None` when it is of another type.
fn scalar(fact: &Json, ty: ValueType) -> Option<Value> {
    match ty {
        ValueType::Bool => fact.as_bool().map(Value::Bool),
        ValueType::Int | ValueType::Duration => fact.as_i64().map(Value::Int),
        ValueType::Float => fact.as_f64().map(Value::Float),
        ValueType::String => fact.as_str().map(|text| Value::Text(text.to_owned())),
        ValueType::Timestamp => datetime::instant(fact.as_str()?).ok().map(Value::Text),
        ValueType::Date => datetime::date(fact.as_str()?).ok().map(Value::Text),
        ValueType::Time => datetime::time(fact.as_str()?).ok().map(Value::Text),
        ValueType::Bytes => None,
        ValueType::Dynamic => Some(Value::Text(fact.to_string())),
    }
}

fn list_value(fact: &Json, ty: ValueType) -> Option<Value> {
    let mut out = String::from("[");
    for item in fact.as_array()? {
        if out.len() > 1 {
            out.push(',');
        }
        match scalar(item, ty)? {
            Value::Null => out.push_str("null"),
            Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Blob(_) => out.push_str(&item.to_string()),
            Value::Text(text) => json::push_string(&mut out, &text),
        }
    }
    out.push(']');
    Some(Value::Text(out))
}

//! Facts of the session as values.

use super::*;
use crate::principal::{Api, Identity, Principal, RoleSet, WireRole};
use crate::value::Value;
use backstay_schema::expr::{Arithmetic, Comparison, Expr, Session};
use serde_json::json;
use std::sync::Arc;

fn caller(wire: WireRole) -> Principal {
    let claims = json!({
        "sub": "u1", "email": "a@b.c", "aal": "aal2", "email_verified": true, "n": 3, "f": 1.5, "big": u64::MAX,
        "nil": null, "at": "2024-01-01T00:00:00Z", "list": ["a", null], "mixed": ["a", 1], "deep": {"x": {"y": "z"}},
    });
    let roles = RoleSet { wire, application: vec!["admin".into(), "editor".into()] };
    let identity = Arc::new(Identity { roles, uid: Some("u1".into()), claims: claims.as_object().unwrap().clone() });
    Principal { identity, ip: "10.0.0.1".parse().ok(), method: "PATCH", api: Api::Rest }
}

fn claim(path: &str) -> Session {
    Session::Claim(path.split('.').map(str::to_owned).collect())
}

#[test]
fn facts() {
    let text = |text: &str| Ok(Value::Text(text.to_owned()));
    let string = ValueType::String;
    for (session, ty, list, expected) in [
        (Session::Uid, string, false, text("u1")),
        (Session::Email, string, false, text("a@b.c")),
        (Session::Aal, string, false, text("aal2")),
        (Session::Verified, ValueType::Bool, false, Ok(Value::Bool(true))),
        (Session::Role, string, false, text("admin")),
        (Session::Roles, string, true, text(r#"["admin","editor"]"#)),
        (Session::RequestIp, string, false, text("10.0.0.1")),
        (Session::RequestMethod, string, false, text("PATCH")),
        (Session::RequestApi, string, false, text("REST")),
        (claim("deep.x.y"), string, false, text("z")),
        (claim("deep.x.none"), string, false, Ok(Value::Null)),
        (claim("email.x"), string, false, Ok(Value::Null)),
        (claim("nil"), string, false, Ok(Value::Null)),
        (claim("none"), string, false, Ok(Value::Null)),
        (claim("n"), ValueType::Int, false, Ok(Value::Int(3))),
        (claim("n"), ValueType::Float, false, Ok(Value::Float(3.0))),
        (claim("n"), string, false, Err(SessionError)),
        (claim("f"), ValueType::Int, false, Err(SessionError)),
        (claim("big"), ValueType::Int, false, Err(SessionError)),
        (claim("email"), ValueType::Bool, false, Err(SessionError)),
        (claim("at"), ValueType::Timestamp, false, text("2024-01-01T00:00:00.000000+00:00")),
        (claim("email"), ValueType::Timestamp, false, Err(SessionError)),
        (claim("list"), string, true, text(r#"["a",null]"#)),
        (claim("mixed"), string, true, Err(SessionError)),
        (claim("mixed"), ValueType::Dynamic, false, text(r#"["a",1]"#)),
        (claim("email"), string, true, Err(SessionError)),
        (claim("none"), string, true, Ok(Value::Null)),
        (claim("list"), string, false, Err(SessionError)),
        (Session::HasClaim(vec!["nil".into()]), ValueType::Bool, false, Ok(Value::Bool(true))),
        (Session::HasClaim(vec!["none".into()]), ValueType::Bool, false, Ok(Value::Bool(false))),
    ] {
        let found = session_value(&session, ty, list, &caller(WireRole::Authenticated));
        assert_eq!(found, expected, "{session:?} as {ty:?}");
        let missing = [Session::Uid, Session::Email, Session::Aal, Session::Verified, claim("n"), claim("list")];
        if missing.contains(&session) {
            let found = session_value(&session, ty, list, &caller(WireRole::Anonymous));
            assert_eq!(found, Ok(Value::Null), "{session:?} of an anonymous caller");
        }
    }
}

#[test]
fn expressions_over_the_session() {
    let part = |session: Session| Box::new(Expr::Session(session));
    let sum = |right: Expr| Expr::Arithmetic {
        op: Arithmetic::Add,
        ty: ValueType::Int,
        left: part(claim("n")),
        right: Box::new(right),
    };
    let int = |value| Expr::Literal(Literal::Int(value));
    let same = Expr::Compare {
        op: Comparison::Equal,
        ty: ValueType::String,
        left: part(Session::Uid),
        right: part(claim("deep.x.y")),
    };
    for (expr, expected) in [
        (sum(int(4)), Ok(Value::Int(7))),
        (sum(int(i64::MAX)), Err(SessionError)),
        (sum(Expr::Session(claim("email"))), Err(SessionError)),
        (sum(Expr::Session(claim("none"))), Ok(Value::Null)),
        (same, Ok(Value::Bool(false))),
        (Expr::Now, Ok(Value::Text("1970-01-01T00:00:00.000007+00:00".into()))),
    ] {
        assert_eq!(session_expr(&expr, &caller(WireRole::Authenticated), 7), expected, "{expr:?}");
    }
}

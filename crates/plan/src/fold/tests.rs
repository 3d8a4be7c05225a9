//! Folding rows, and the property that folding never changes what a caller of the roles gets.

use super::*;
use crate::evaluate::{Context, Patterns, Rows, Truth, evaluate};
use crate::principal::{Api, Identity, Principal};
use crate::value::Value;
use backstay_schema::expr::{Arithmetic, Comparison, Function, Quantifier, ValueType, Variable};
use backstay_schema::model::{FieldId, ModelId, RelationshipId, Schema};
use serde_json::json;
use std::sync::Arc;

struct NoRows;

impl Rows for NoRows {
    type Row = ();
    fn value(&self, (): &(), _: ModelId, _: FieldId) -> Value {
        Value::Null
    }
    fn related(&self, (): &(), _: RelationshipId) -> Vec<()> {
        Vec::new()
    }
}

fn roles(wire: WireRole, application: &[&str]) -> RoleSet {
    RoleSet { wire, application: application.iter().map(|role| (*role).to_owned()).collect() }
}

fn text(value: &str) -> Expr {
    Expr::Literal(Literal::String(value.into()))
}

fn is(session: Session, value: &str) -> Expr {
    Expr::compare(Comparison::Equal, ValueType::String, Expr::Session(session), text(value))
}

#[test]
fn what_roles_decide() {
    let anonymous = roles(WireRole::Anonymous, &[]);
    let user = roles(WireRole::Authenticated, &[]);
    let admin = roles(WireRole::Authenticated, &["admin", "editor"]);
    let service = roles(WireRole::Service, &[]);
    let uid = || is(Session::Uid, "u1");
    let has = |role: &str| Expr::Session(Session::HasRole(role.into()));
    for (expr, who, expected) in [
        (uid(), &anonymous, Gate::Closed),
        (uid(), &user, Gate::When(uid())),
        (Expr::not(uid()), &anonymous, Gate::Open),
        (has("admin"), &admin, Gate::Open),
        (has("admin"), &user, Gate::Closed),
        (has("user"), &user, Gate::Open),
        (has("authenticated"), &admin, Gate::Open),
        (has("anon"), &anonymous, Gate::Open),
        (has("user"), &anonymous, Gate::Closed),
        (has("service_role"), &service, Gate::Open),
        (has("service_role"), &admin, Gate::Closed),
        (has("anon"), &service, Gate::Closed),
        (has("user"), &service, Gate::Closed),
        (has("anon"), &user, Gate::Closed),
        (is(Session::Role, "admin"), &admin, Gate::Open),
        (is(Session::Role, "authenticated"), &user, Gate::Open),
        (is(Session::Role, "anon"), &anonymous, Gate::Open),
        (Expr::is_in(ValueType::String, text("editor"), Expr::Session(Session::Roles)), &admin, Gate::Open),
        (Expr::is_in(ValueType::String, text("editor"), Expr::Session(Session::Roles)), &user, Gate::Closed),
        (Expr::Session(Session::IsAnon), &anonymous, Gate::Open),
        (Expr::not(Expr::Session(Session::IsAnon)), &user, Gate::Open),
        (Expr::and(vec![Expr::not(Expr::Session(Session::IsAnon)), uid()]), &user, Gate::When(uid())),
        (Expr::or(vec![has("admin"), uid()]), &admin, Gate::Open),
        (Expr::or(vec![has("admin"), uid()]), &user, Gate::When(uid())),
        (Expr::is_null(Expr::Session(Session::Claim(vec!["org".into()]))), &anonymous, Gate::Open),
        (Expr::Session(Session::HasClaim(vec!["org".into()])), &anonymous, Gate::Closed),
        (Expr::Session(Session::Verified), &anonymous, Gate::Closed),
    ] {
        assert_eq!(fold(&expr, who), expected, "{expr:?} for {who:?}");
    }
}

/// A small deterministic generator of expressions over the session.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    fn pick<T: Clone>(&mut self, items: &[T]) -> T {
        items[usize::try_from(self.below(items.len() as u64)).unwrap()].clone()
    }

    fn condition(&mut self, depth: u32) -> Expr {
        let facts = [
            Session::IsAnon,
            Session::Verified,
            Session::HasRole("admin".into()),
            Session::HasClaim(vec!["org".into()]),
        ];
        if depth == 0 {
            return match self.below(3) {
                0 => Expr::bool(self.below(2) == 0),
                1 => Expr::Literal(Literal::Null),
                _ => Expr::Session(self.pick(&facts)),
            };
        }
        let depth = depth - 1;
        let boxed = Box::new;
        match self.below(10) {
            0 | 1 => Expr::And(vec![self.condition(depth), self.condition(depth)]),
            2 | 3 => Expr::Or(vec![self.condition(depth), self.condition(depth), self.condition(depth)]),
            4 => Expr::Not(boxed(self.condition(depth))),
            5 => {
                let ops = [Comparison::Equal, Comparison::NotEqual, Comparison::Less, Comparison::GreaterOrEqual];
                let (op, ty) = (self.pick(&ops), self.pick(&[ValueType::String, ValueType::Int]));
                Expr::Compare { op, ty, left: boxed(self.value(ty, depth)), right: boxed(self.value(ty, depth)) }
            }
            6 => Expr::IsNull(boxed(self.value(ValueType::Int, depth))),
            7 => {
                let list = Expr::List(vec![self.value(ValueType::String, depth), self.value(ValueType::String, depth)]);
                let haystack = self.pick(&[
                    list,
                    Expr::Session(Session::Roles),
                    Expr::Session(Session::Claim(vec!["orgs".into()])),
                ]);
                Expr::In {
                    ty: ValueType::String,
                    needle: boxed(self.value(ValueType::String, depth)),
                    haystack: boxed(haystack),
                }
            }
            8 => {
                let quantifier = self.pick(&[Quantifier::Exists, Quantifier::All, Quantifier::ExistsOne]);
                let item = Expr::Item(Variable(0));
                let ty = ValueType::String;
                let same =
                    Expr::Compare { op: Comparison::Equal, ty, left: boxed(item), right: boxed(self.value(ty, 0)) };
                let body = boxed(Expr::Or(vec![same, self.condition(0)]));
                Expr::QuantifiedList {
                    quantifier,
                    over: boxed(Expr::Session(Session::Roles)),
                    ty,
                    variable: Variable(0),
                    body,
                }
            }
            _ => Expr::Conditional {
                ty: ValueType::Bool,
                test: boxed(self.condition(depth)),
                then: boxed(self.condition(depth)),
                otherwise: boxed(self.condition(depth)),
            },
        }
    }

    fn value(&mut self, ty: ValueType, depth: u32) -> Expr {
        let claim = Expr::Session(Session::Claim(vec![self.pick(&["org", "level", "none", "odd"]).into()]));
        let pick = self.below(if depth == 0 { 3 } else { 5 });
        let boxed = Box::new;
        if ty == ValueType::String {
            return match pick {
                0 => text(self.pick(&["admin", "a", ""])),
                1 => self.pick(&[
                    Expr::Session(Session::Uid),
                    Expr::Session(Session::Role),
                    Expr::Literal(Literal::Null),
                ]),
                2 => claim,
                3 => Expr::Call { function: Function::UpperAscii, args: vec![self.value(ty, depth - 1)] },
                _ => Expr::Arithmetic {
                    op: Arithmetic::Add,
                    ty,
                    left: boxed(self.value(ty, depth - 1)),
                    right: boxed(self.value(ty, depth - 1)),
                },
            };
        }
        match pick {
            0 => Expr::Literal(Literal::Int(self.pick(&[0, 1, -1, i64::MAX, i64::MIN]))),
            1 => Expr::Call { function: Function::Size, args: vec![Expr::Session(Session::Roles)] },
            2 => claim,
            3 => Expr::Negate(boxed(self.value(ty, depth - 1))),
            _ => {
                let op = self.pick(&[Arithmetic::Add, Arithmetic::Multiply, Arithmetic::Divide, Arithmetic::Remainder]);
                Expr::Arithmetic {
                    op,
                    ty,
                    left: boxed(self.value(ty, depth - 1)),
                    right: boxed(self.value(ty, depth - 1)),
                }
            }
        }
    }
}

#[test]
fn folding_keeps_every_answer() {
    let claims = json!({"org": "a", "level": 3, "odd": [1], "orgs": ["a", null], "email_verified": true});
    let callers: Vec<Principal> = [
        roles(WireRole::Anonymous, &[]),
        roles(WireRole::Authenticated, &[]),
        roles(WireRole::Authenticated, &["admin", "editor"]),
    ]
    .into_iter()
    .map(|roles| Principal {
        identity: Arc::new(Identity { roles, uid: Some("a".into()), claims: claims.as_object().unwrap().clone() }),
        ip: None,
        method: "GET",
        api: Api::Rest,
    })
    .collect();
    let schema = Schema::default();
    let patterns = Patterns::default();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut seen = [0_u32; 3];
    for round in 0..20_000 {
        let expr = random.condition(1 + u32::try_from(round % 4).unwrap());
        for principal in &callers {
            let context = Context {
                schema: &schema,
                rows: &NoRows,
                row: None,
                old: None,
                principal,
                now_us: 0,
                patterns: &patterns,
            };
            let whole = evaluate(&expr, &context);
            let folded = match fold(&expr, &principal.identity.roles) {
                Gate::Open => Truth::True,
                Gate::Closed => Truth::False,
                Gate::When(rest) => evaluate(&rest, &context),
            };
            assert_eq!(whole, folded, "{expr:?} for {:?}", principal.identity.roles);
            seen[match whole {
                Truth::True => 0,
                Truth::False => 1,
                Truth::Error => 2,
            }] += 1;
        }
    }
    assert!(seen.iter().all(|count| *count > 1_000), "the generator is one-sided: {seen:?}");
}

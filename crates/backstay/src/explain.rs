//! The rules of a model, one by one, as one caller meets them. In: a schema and a caller's roles. Out: data; the command renders it.

use backstay_engine::explain::text;
use backstay_plan::access::{Decision, FieldView, View};
use backstay_plan::fold::fold;
use backstay_plan::principal::{RoleSet, WireRole};
use backstay_schema::Schema;
use backstay_schema::model::{AccessRule, Audience, Model, Op};
use serde_json::{Value, json};

/// Each rule of a model for an operation, what it comes to, and which fields may be used.
#[must_use]
pub(crate) fn model(schema: &Schema, roles: &RoleSet, model: &Model, op: Op) -> Value {
    let view = View::new(schema, roles);
    let rule = |word: &str, rule: &AccessRule| {
        json!({
            "rule": word,
            "roles": match &rule.who {
                Audience::Anyone => json!("anyone"),
                Audience::Roles(roles) => json!(roles),
            },
            "when": rule.when.as_ref().map(|rule| &rule.source),
            "check": rule.check.as_ref().map(|rule| &rule.source),
            "decision": decided(schema, rule, roles, op),
        })
    };
    let about = |rule: &&AccessRule| rule.ops.contains(op);
    let allows = model.allows.iter().filter(about).map(|allow| rule("@access", allow));
    let denies = model.denies.iter().filter(about).map(|deny| rule("@deny", deny));
    let pairs = model
        .fields
        .iter()
        .map(|field| (field.name.clone(), json!(usable(schema, view.field(model.id, field.id), op))));
    json!({
        "model": model.name,
        "relation": model.table,
        "operation": op_word(op),
        "bypassed": roles.wire == WireRole::Service,
        "rules": allows.chain(denies).collect::<Vec<_>>(),
        "fields": Value::Object(pairs.collect()),
    })
}

/// The wire role in words.
#[must_use]
pub(crate) fn role_word(roles: &RoleSet) -> &'static str {
    match roles.wire {
        WireRole::Anonymous => "anon",
        WireRole::Authenticated => "authenticated",
        WireRole::Service => "service_role",
    }
}

/// What a rule comes to once the caller's roles are known.
fn decided(schema: &Schema, rule: &AccessRule, roles: &RoleSet, op: Op) -> String {
    if !applies(&rule.who, roles) {
        return "not for this caller".to_owned();
    }
    let condition = match op {
        Op::Create => rule.check.as_ref().or(rule.when.as_ref()),
        Op::Read | Op::Update | Op::Delete => rule.when.as_ref(),
    };
    condition.map_or_else(|| "always".to_owned(), |rule| text::gate(schema, &fold(&rule.expr, roles)))
}

fn applies(who: &Audience, roles: &RoleSet) -> bool {
    match who {
        Audience::Anyone => true,
        Audience::Roles(names) => names.iter().any(|name| match (name.as_str(), roles.wire) {
            ("user", WireRole::Authenticated) | ("anon", WireRole::Anonymous) => true,
            (name, WireRole::Authenticated) => roles.application.iter().any(|role| role == name),
            (_, WireRole::Anonymous | WireRole::Service) => false,
        }),
    }
}

fn usable(schema: &Schema, field: &FieldView, op: Op) -> String {
    let decision = match op {
        Op::Read | Op::Delete => &field.read,
        Op::Create => &field.create,
        Op::Update => &field.update_old,
    };
    match decision {
        Decision::Always => "always".to_owned(),
        Decision::Never => "never".to_owned(),
        Decision::PerRow(expr) => format!("where {}", text::expr(schema, expr)),
    }
}

fn op_word(op: Op) -> &'static str {
    match op {
        Op::Read => "READ",
        Op::Create => "CREATE",
        Op::Update => "UPDATE",
        Op::Delete => "DELETE",
    }
}

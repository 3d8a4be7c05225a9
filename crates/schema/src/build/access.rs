//! Who may do what: `@access`, `@deny` on models, `@readable`, `@writable`, `@visible` on fields.

use super::columns::op_set;
use super::objects::is_built_in_role;
use super::{Context, find_field, unchecked};
use crate::diagnostic::Span;
use crate::directive::Applied;
use crate::model::{AccessRule, Audience, FieldRule, Mask, Model, OpSet, Schema};
use crate::report::did_you_mean;

/// Adds the rules of every model and field.
pub(super) fn add(context: &mut Context<'_>, schema: &mut Schema) {
    for model in &mut schema.models {
        let index = usize::from(model.id.0);
        let directives = context.models[index].directives.clone();
        for applied in &directives {
            match applied.name.as_str() {
                "access" => model.allows.extend(access_rule(context, model, applied)),
                "deny" => model.denies.extend(access_rule(context, model, applied)),
                _other => {}
            }
        }
        for at in 0..context.models[index].fields.len() {
            let field = &context.models[index].fields[at];
            let (name, directives) = (field.name.clone(), field.directives.clone());
            let Some(column) = model.fields.iter_mut().find(|column| column.name == name) else { continue };
            let (readable, writable) = field_rules(context, &directives);
            column.readable = readable;
            column.writable = writable;
        }
    }
}

fn access_rule(context: &mut Context<'_>, model: &Model, applied: &Applied) -> Option<AccessRule> {
    let who = audience(context, applied, "roles");
    let words = applied.words("ops")?;
    if words.is_empty() {
        let message = format!("`@{}` names no operation", applied.name);
        context.report.error("empty-list", applied.span, message);
    }
    let ops = op_set(&words);
    let only = |ops: OpSet, kept: OpSet| OpSet {
        read: ops.read && kept.read,
        create: ops.create && kept.create,
        update: ops.update && kept.update,
        delete: ops.delete && kept.delete,
    };
    if ops != OpSet::default() && only(ops, model.ops) == OpSet::default() && model.ops != OpSet::default() {
        let message = format!("`@model(ops:)` of `{}` leaves out every operation of this rule", model.name);
        context.report.warning(
            "unreachable-rule",
            applied.span,
            message,
            "remove the rule, or add the operation to `ops`",
        );
    }
    if let (Some((_, span)), false) = (applied.text("check"), ops.create || ops.update) {
        let message = "`check` is about new rows, and this rule has neither CREATE nor UPDATE";
        context.report.error("unused-argument", span, message);
    }
    let fields = applied.texts("fields").map(|names| {
        names.iter().filter_map(|(name, span)| find_field(model, name, *span, context.report)).collect::<Vec<_>>()
    });
    if fields.as_ref().is_some_and(Vec::is_empty) && applied.texts("fields").is_some_and(|names| names.is_empty()) {
        context.report.error("empty-list", applied.span, "`fields` names no field; leave it out for all fields");
    }
    Some(AccessRule {
        who,
        ops,
        when: applied.text("when").map(unchecked),
        check: applied.text("check").map(unchecked),
        fields,
        span: applied.span,
    })
}

/// Reads a list of roles; absent means everyone.
pub(super) fn audience(context: &mut Context<'_>, applied: &Applied, argument: &str) -> Audience {
    let Some(names) = applied.texts(argument) else { return Audience::Anyone };
    if names.is_empty() {
        let message = format!("`{argument}` names no role; leave it out for everyone");
        let span = applied.get(argument).map_or(applied.span, |value| value.span);
        context.report.error("empty-list", span, message);
    }
    let mut roles: Vec<String> = Vec::new();
    for (name, span) in names {
        check_role(context, name, span);
        if roles.iter().any(|known| known == name) {
            context.report.warning("repeated-role", span, format!("`{name}` stands here twice"), "remove one");
        } else {
            roles.push(name.to_owned());
        }
    }
    Audience::Roles(roles)
}

fn check_role(context: &mut Context<'_>, name: &str, span: Span) {
    match name {
        "user" | "anon" => return,
        "authenticated" => {
            let message = "`authenticated` is the wire role of every signed-in caller";
            context.report.error_help("reserved-role", span, message, "write `user`".to_owned());
            return;
        }
        "service_role" => {
            let message = "the service role bypasses every rule";
            context.report.warning("service-role", span, message, "leave it out");
            return;
        }
        "" => {
            context.report.error("unknown-role", span, "a role has a name");
            return;
        }
        _application_role => {}
    }
    debug_assert!(!is_built_in_role(name));
    let Some(declared) = context.role_enum.and_then(|id| context.enums.get(usize::from(id.0))) else { return };
    if !declared.values.iter().any(|role| role == name) {
        let message = format!("`{}` has no role `{name}`", declared.name);
        let known = declared.values.iter().map(String::as_str).chain(["user", "anon"]);
        let help = did_you_mean(name, known.clone())
            .or_else(|| Some(format!("the roles are `{}`", known.collect::<Vec<_>>().join("`, `"))));
        context.report.error_help("unknown-role", span, message, help);
    }
}

const READ: OpSet = OpSet { read: true, create: false, update: false, delete: false };
const WRITE: OpSet = OpSet { read: false, create: true, update: true, delete: false };

/// The read and write rules that a field's directives make.
fn field_rules(context: &mut Context<'_>, directives: &[Applied]) -> (Vec<FieldRule>, Vec<FieldRule>) {
    let (mut readable, mut writable) = (Vec::new(), Vec::new());
    for applied in directives {
        match applied.name.as_str() {
            "readable" => readable.push(readable_rule(context, applied)),
            "visible" => {
                let who = audience(context, applied, "to");
                readable.push(FieldRule { who: who.clone(), when: None, ops: READ, mask: Mask::Null });
                writable.push(FieldRule { who, when: None, ops: WRITE, mask: Mask::Null });
            }
            "writable" => {
                let who = audience(context, applied, "roles");
                let ops = applied.words("on").map_or(WRITE, |words| op_set(&words));
                if ops.delete {
                    let span = applied.get("on").map_or(applied.span, |value| value.span);
                    context.report.error(
                        "invalid-argument",
                        span,
                        "a field is written by CREATE and UPDATE, not by DELETE",
                    );
                }
                let when = applied.text("when").map(unchecked);
                writable.push(FieldRule { who, when, ops, mask: Mask::Null });
            }
            _other => {}
        }
    }
    (readable, writable)
}

fn readable_rule(context: &mut Context<'_>, applied: &Applied) -> FieldRule {
    let who = audience(context, applied, "roles");
    let mask = match applied.word("mask") {
        Some("OMIT") => Mask::Omit,
        Some("ERROR") => Mask::Error,
        Some(_) | None => Mask::Null,
    };
    FieldRule { who, when: applied.text("when").map(unchecked), ops: READ, mask }
}

/// Who may call an operation.
pub(super) fn callable(context: &mut Context<'_>, directives: &[Applied]) -> Vec<FieldRule> {
    let mut out = Vec::new();
    for applied in directives {
        match applied.name.as_str() {
            "readable" => {
                if let Some(value) = applied.get("mask") {
                    context.report.error(
                        "argument-location",
                        value.span,
                        "on an operation, `@readable` takes no `mask`",
                    );
                }
                out.push(readable_rule(context, applied));
            }
            "visible" => {
                let who = audience(context, applied, "to");
                out.push(FieldRule { who, when: None, ops: READ, mask: Mask::Null });
            }
            _other => {}
        }
    }
    out
}

//! What a model implies once its columns, constraints and relations stand: its owner field, its account, and unique
//! constraints that look at rows that are not deleted.
//!
//! The owner field, which `isOwner()` compares with `auth.uid`, is the one whose default is `expr: "auth.uid"`; without
//! one, the first of `ownerId`, `owner_id`, `userId`, `user_id` that exists and holds a text. On the `@authUser` model it is
//! the key, since a row's id is its account's.

use super::{Context, find_field};
use crate::declare::TypeDecl;
use crate::diagnostic::Span;
use crate::expr::{Expr, Path, Root, ValueType};
use crate::model::{AuthUser, DefaultValue, Field, FieldId, Model, Rule, Scalar, Schema, Signup};

/// Adds what is implied to every model.
pub(super) fn add(context: &mut Context<'_>, schema: &mut Schema) {
    let mut account: Option<String> = None;
    for index in 0..schema.models.len() {
        let Some(model) = schema.models.get_mut(index) else { continue };
        let decl = std::mem::take(&mut context.models[index]);
        model.auth_user = auth_user(context, model, &decl, &mut account);
        model.owner = owner(model);
        context.models[index] = decl;
    }
}

fn owner(model: &Model) -> Option<FieldId> {
    let holds_id =
        |field: &&Field| matches!(field.ty.scalar, Scalar::Id | Scalar::Uuid | Scalar::String) && !field.ty.list;
    if model.auth_user.is_some() {
        return model.key.first().copied();
    }
    let by_default = model.fields.iter().find(|field| field.default == Some(DefaultValue::AuthUid));
    let by_name = ["ownerId", "owner_id", "userId", "user_id"]
        .iter()
        .find_map(|name| model.fields.iter().filter(holds_id).find(|field| field.name == *name));
    by_default.or(by_name).map(|field| field.id)
}

/// Unique constraints and unique indexes of a soft-deleting model leave deleted rows out. Rules are checked by then.
pub(super) fn only_live_rows(schema: &mut Schema) {
    for model in &mut schema.models {
        let Some(deleted) = model.soft_delete.and_then(|id| model.fields.get(usize::from(id.0))) else { continue };
        let live = Rule {
            source: format!("{} == null", deleted.name),
            expr: Expr::IsNull(Box::new(Expr::Path(Path {
                root: Root::Row,
                hops: Vec::new(),
                model: model.id,
                field: deleted.id,
                json: Vec::new(),
                ty: ValueType::Timestamp,
                list: false,
            }))),
            span: deleted.span,
        };
        for unique in &mut model.uniques {
            unique.filter = Some(both(unique.filter.take(), &live));
        }
        for index in model.indexes.iter_mut().filter(|index| index.unique) {
            index.filter = Some(both(index.filter.take(), &live));
        }
    }
}

fn both(given: Option<Rule>, live: &Rule) -> Rule {
    match given {
        Some(given) => Rule {
            source: format!("({}) && {}", given.source, live.source),
            expr: Expr::and(vec![given.expr, live.expr.clone()]),
            span: given.span,
        },
        None => live.clone(),
    }
}

fn auth_user(
    context: &mut Context<'_>,
    model: &Model,
    decl: &TypeDecl,
    account: &mut Option<String>,
) -> Option<AuthUser> {
    let applied = decl.directive("authUser")?;
    if let Some(first) = account {
        let message = format!("`{first}` is the account's model already; there is one");
        context.report.error("duplicate-auth-user", applied.span, message);
        return None;
    }
    *account = Some(model.name.clone());
    let key: Vec<&Field> = model.key.iter().filter_map(|id| model.fields.get(usize::from(id.0))).collect();
    let fits = matches!(key.as_slice(), [only] if matches!(only.ty.scalar, Scalar::Id | Scalar::Uuid)
        && only.default != Some(DefaultValue::Ulid));
    if !fits {
        let message = format!(
            "the key of `{}` must be one field of type ID or UUID, and a UUID: it is the account's id",
            model.name
        );
        context.report.error("auth-user-key", applied.span, message);
    }
    let signup = match applied.word("signup") {
        Some("SELF") => Signup::SelfService,
        Some("ADMIN") => Signup::Admin,
        Some(_) | None => Signup::Both,
    };
    let mut copy = Vec::new();
    for (name, span) in applied.texts("copy").unwrap_or_default() {
        let Some(id) = find_field(model, name, span, context.report) else { continue };
        refuse_copy(context, model, id, span);
        copy.push(id);
    }
    if signup != Signup::Admin {
        warn_of_missing(context, model, &copy, applied.span);
    }
    let role = model
        .fields
        .iter()
        .find(|field| matches!(field.ty.scalar, Scalar::Enum(id) if Some(id) == context.role_enum) && !field.ty.list)
        .map(|field| field.id);
    Some(AuthUser { signup, copy, role, email: email(model) })
}

/// The field that holds the account's address: the text called `email`, else the only field of the type `Email`.
fn email(model: &Model) -> Option<FieldId> {
    let text = |field: &&Field| matches!(field.ty.scalar, Scalar::Email | Scalar::String) && !field.ty.list;
    let stored = |field: &&Field| field.computed.is_none() && !field.hashed && field.managed.is_none();
    let named = model.fields.iter().filter(text).filter(stored).find(|field| field.name == "email");
    let mut typed = model.fields.iter().filter(text).filter(stored).filter(|field| field.ty.scalar == Scalar::Email);
    named.or_else(|| typed.next().filter(|_| typed.next().is_none())).map(|field| field.id)
}

/// Sign-up takes these fields from an unknown person: never the key, the role, or what only the server writes.
fn refuse_copy(context: &mut Context<'_>, model: &Model, id: FieldId, span: Span) {
    let Some(field) = model.fields.get(usize::from(id.0)) else { return };
    let reason = if model.key.contains(&id) {
        "it is the account's id"
    } else if matches!(field.ty.scalar, Scalar::Enum(id) if Some(id) == context.role_enum) {
        "anybody could choose their role"
    } else if field.managed.is_some() || field.computed.is_some() {
        "only the server writes it"
    } else if field.private {
        "it is private"
    } else {
        return;
    };
    let message = format!("sign-up cannot copy `{}`: {reason}", field.name);
    context.report.error("auth-user-copy", span, message);
}

/// Fields that sign-up neither copies nor can fill make every sign-up fail.
fn warn_of_missing(context: &mut Context<'_>, model: &Model, copy: &[FieldId], span: Span) {
    for field in &model.fields {
        let filled = field.ty.nullable
            || field.default.is_some()
            || field.computed.is_some()
            || field.name == "email"
            || field.ty.scalar == Scalar::Email
            || model.key.contains(&field.id)
            || copy.contains(&field.id);
        if !filled {
            let message = format!("every sign-up fails: nothing fills `{}.{}`", model.name, field.name);
            context.report.warning(
                "auth-user-missing",
                span,
                message,
                "add it to `copy`, give it a default, or make it nullable",
            );
        }
    }
}

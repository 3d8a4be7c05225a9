//! Enums and embedded JSON objects.

use super::{Context, Named, position};
use crate::declare::{EnumDecl, TypeDecl};
use crate::model::{EnumId, EnumType, FieldType, ObjectField, ObjectType, Scalar};

/// Adds every enum, and finds the one that lists the roles.
pub(super) fn add_enums(context: &mut Context<'_>, enums: &[EnumDecl]) {
    for decl in enums {
        let id = EnumId(position(context.enums.len()));
        let mut values: Vec<String> = Vec::new();
        for (value, span) in &decl.values {
            if ["true", "false", "null"].contains(&value.as_str()) {
                context.report.error("reserved-name", *span, format!("`{value}` cannot be an enum value"));
            } else if values.contains(value) {
                let message = format!("`{value}` stands twice in `{}`", decl.name);
                context.report.error("duplicate-enum-value", *span, message);
            } else {
                values.push(value.clone());
            }
        }
        if decl.values.is_empty() {
            context.report.error("empty-type", decl.span, format!("enum `{}` has no values", decl.name));
        }
        if let Some(role) = decl.directives.iter().find(|applied| applied.name == "role") {
            if context.role_enum.is_some() {
                context.report.error("duplicate-role-enum", role.span, "only one enum lists the roles");
            } else {
                context.role_enum = Some(id);
                for (value, span) in decl.values.iter().filter(|(value, _)| is_built_in_role(value)) {
                    let message = format!("`{value}` is a role that Backstay gives a meaning to");
                    context.report.error("reserved-role", *span, message);
                }
            }
        }
        context.names.insert(decl.name.clone(), Named::Value(Scalar::Enum(id)));
        context.enums.push(EnumType { name: decl.name.clone(), values, description: decl.description.clone() });
    }
}

/// Whether a role has a meaning of its own, so that no application role may be called so.
pub(super) fn is_built_in_role(role: &str) -> bool {
    ["user", "anon", "authenticated", "service_role"].contains(&role)
}

/// Converts the embedded objects.
pub(super) fn convert(context: &mut Context<'_>, decls: &[TypeDecl]) -> Vec<ObjectType> {
    let mut objects = Vec::new();
    for decl in decls {
        for applied in &decl.directives {
            let message = format!("`@{}` needs a model; `{}` is an embedded object", applied.name, decl.name);
            context.report.error_help(
                "directive-needs-model",
                applied.span,
                message,
                format!("add `@model` to `{}`", decl.name),
            );
        }
        if decl.fields.is_empty() {
            context.report.error("empty-type", decl.span, format!("`{}` has no fields", decl.name));
        }
        let mut fields: Vec<ObjectField> = Vec::new();
        for field in &decl.fields {
            for applied in &field.directives {
                let message =
                    format!("`@{}` needs a field of a model; `{}` is an embedded object", applied.name, decl.name);
                context.report.error("directive-needs-model", applied.span, message);
            }
            if fields.iter().any(|known| known.name == field.name) {
                let message = format!("`{}` stands twice in `{}`", field.name, decl.name);
                context.report.error("duplicate-field", field.span, message);
                continue;
            }
            if let Some(argument) = field.arguments.first() {
                context.report.error("field-arguments", argument.span, "a field of an object takes no arguments");
            }
            if let Some(ty) = value_type(context, &field.ty, "an embedded object") {
                fields.push(ObjectField { name: field.name.clone(), ty });
            }
        }
        objects.push(ObjectType { name: decl.name.clone(), fields });
    }
    refuse_endless(context, decls, &objects);
    objects
}

/// The type of a value; a model or a list of lists is refused.
pub(super) fn value_type(context: &mut Context<'_>, ty: &crate::declare::TypeRef, place: &str) -> Option<FieldType> {
    if ty.list_depth > 1 {
        let message = format!("{place} cannot hold a list of lists");
        context.report.error_help("nested-list", ty.span, message, "use `JSON`".to_owned());
        return None;
    }
    match context.look_up(ty)? {
        Named::Value(scalar) => Some(FieldType {
            scalar,
            list: ty.list_depth == 1,
            nullable: ty.nullable,
            items_nullable: ty.items_nullable,
        }),
        Named::Model(_) => {
            let message = format!("{place} cannot hold the model `{}`", ty.name);
            context.report.error_help("model-as-value", ty.span, message, "hold its key instead".to_owned());
            None
        }
    }
}

/// An object that must contain itself has no value.
fn refuse_endless(context: &mut Context<'_>, decls: &[TypeDecl], objects: &[ObjectType]) {
    let required = |index: usize| {
        objects.get(index).into_iter().flat_map(|object| &object.fields).filter_map(|field| match field.ty {
            FieldType { scalar: Scalar::Object(id), list: false, nullable: false, .. } => Some(usize::from(id.0)),
            FieldType { .. } => None,
        })
    };
    for (index, decl) in decls.iter().enumerate() {
        let mut seen: Vec<usize> = Vec::new();
        let mut open: Vec<usize> = required(index).collect();
        while let Some(next) = open.pop() {
            if !seen.contains(&next) {
                seen.push(next);
                open.extend(required(next));
            }
        }
        if seen.contains(&index) {
            let message = format!("`{}` must contain itself without end", decl.name);
            context.report.error_help(
                "endless-object",
                decl.span,
                message,
                "make one of the members on the way nullable".to_owned(),
            );
        }
    }
}

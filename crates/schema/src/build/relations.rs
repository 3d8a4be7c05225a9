//! Relation fields, understood on the declarations alone. In: models. Out: a [`Plan`] that says of every relation field
//! which side holds the key, through which columns, and which field is its other side.
//!
//! A to-one field holds the key unless it carries `@hasOne` or shares its `name` with a to-one field of the other model
//! that says that it does. Two to-one fields that face each other and say nothing are ambiguous. A list is the inverse of the one to-one field that leads back, or one side of a many-to-many relation.

use std::collections::HashMap;

use super::{Context, Named};
use crate::declare::{FieldDecl, TypeDecl};
use crate::diagnostic::Span;
use crate::directive::Applied;
use crate::model::{ModelId, ReferentialAction};
use crate::naming;
use crate::report::did_you_mean;

/// Every relation field of every model.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) fields: Vec<RelationField>,
    /// Columns that relations add to a model, by the model and the field they stand at.
    pub(super) implied: HashMap<(ModelId, usize), Vec<ImpliedColumn>>,
}

/// A foreign key column that the schema did not write out.
#[derive(Debug, Clone)]
pub(super) struct ImpliedColumn {
    pub(super) name: String,
    /// Type of the field it refers to.
    pub(super) type_name: String,
    pub(super) nullable: bool,
}

/// One relation field.
#[derive(Debug)]
pub(super) struct RelationField {
    pub(super) model: ModelId,
    /// Position in the declaration's fields.
    pub(super) at: usize,
    pub(super) name: String,
    pub(super) span: Span,
    pub(super) target: ModelId,
    pub(super) nullable: bool,
    /// `name:` of the relation.
    pub(super) pair: Option<String>,
    pub(super) role: Role,
}

/// What a relation field is.
#[derive(Debug)]
pub(super) enum Role {
    /// It holds the key.
    Owner(Owner),
    /// The one row that refers here; the position of its owner once found.
    InverseOne { owner: Option<usize> },
    /// The rows that refer here.
    InverseMany { by: Option<(String, Span)>, owner: Option<usize> },
    /// One side of a many-to-many relation.
    ManyToMany { through: Option<(String, Span)>, other: Option<usize>, junction: Option<ModelId> },
    /// A list whose meaning depends on the other side.
    List,
}

/// The side that holds the key.
#[derive(Debug, Clone)]
pub(super) struct Owner {
    /// Own columns.
    pub(super) columns: Vec<(String, Span)>,
    /// Referenced fields; empty for the key of the target.
    pub(super) references: Vec<(String, Span)>,
    pub(super) on_delete: ReferentialAction,
    pub(super) on_update: ReferentialAction,
    /// Whether at most one row refers to each.
    pub(super) unique: bool,
}

/// Number of relation fields.
pub(super) fn count(context: &Context<'_>) -> usize {
    let fields = context.models.iter().flat_map(|decl| &decl.fields);
    fields.filter(|field| matches!(context.names.get(&field.ty.name), Some(Named::Model(_)))).count()
}

/// Plans every relation field.
pub(super) fn plan(context: &mut Context<'_>) -> Plan {
    let mut plan = Plan::default();
    for model in context.model_ids() {
        for at in 0..context.model(model).fields.len() {
            if let Some(field) = plan_field(context, model, at, &mut plan.implied) {
                plan.fields.push(field);
            }
        }
    }
    pair_to_ones(context, &mut plan);
    keys_by_name(context, &mut plan);
    pair_lists(context, &mut plan);
    pair_many_to_many(context, &mut plan);
    plan
}

/// Names of the key fields of a declaration; `id` when it declares none.
pub(super) fn key_names(decl: &TypeDecl) -> Vec<String> {
    let names: Vec<String> =
        decl.fields.iter().filter(|field| field.has("id")).map(|field| field.name.clone()).collect();
    if names.is_empty() { vec!["id".to_owned()] } else { names }
}

fn plan_field(
    context: &mut Context<'_>,
    model: ModelId,
    at: usize,
    implied: &mut HashMap<(ModelId, usize), Vec<ImpliedColumn>>,
) -> Option<RelationField> {
    let field = &context.models[usize::from(model.0)].fields[at];
    let Some(Named::Model(target)) = context.names.get(&field.ty.name).copied() else { return None };
    let (name, span, list, nullable) = (field.name.clone(), field.span, field.ty.list_depth > 0, field.ty.nullable);
    let directives: Vec<Applied> = field.directives.clone();
    if field.ty.list_depth > 1 {
        let message = format!("`{name}` cannot be a list of lists");
        context.report.error("nested-list", field.ty.span, message);
        return None;
    }
    let sugar = relation_directive(context, &name, list, &directives);
    let pair = sugar.and_then(|applied| applied.text("name")).map(|(pair, _)| pair.to_owned());
    let through = sugar.and_then(|applied| applied.text("through")).map(|(name, span)| (name.to_owned(), span));
    let role = match (list, sugar.map(|applied| applied.name.as_str())) {
        (true, Some("hasMany")) => {
            let by = sugar.and_then(|applied| applied.text("by")).map(|(name, span)| (name.to_owned(), span));
            Role::InverseMany { by, owner: None }
        }
        (true, Some("manyToMany")) => Role::ManyToMany { through, other: None, junction: None },
        (true, _) if through.is_some() => Role::ManyToMany { through, other: None, junction: None },
        (true, _) => Role::List,
        (false, Some("hasOne")) => Role::InverseOne { owner: None },
        (false, _) => {
            let unique = directives.iter().any(|applied| applied.name == "unique");
            Role::Owner(plan_owner(context, (model, at), target, (sugar, unique), implied))
        }
    };
    Some(RelationField { model, at, name, span, target, nullable, pair, role })
}

/// The one directive that says what relation a field is; refuses combinations and misfits.
fn relation_directive<'a>(
    context: &mut Context<'_>,
    field: &str,
    list: bool,
    directives: &'a [Applied],
) -> Option<&'a Applied> {
    const SUGAR: [&str; 5] = ["relation", "belongsTo", "hasOne", "hasMany", "manyToMany"];
    let mut found: Option<&Applied> = None;
    for applied in directives {
        let name = applied.name.as_str();
        if !SUGAR.contains(&name) {
            let fits = ["unique", "index"].contains(&name) && !list;
            if !fits {
                let message = format!("`@{name}` does not apply to the relation `{field}`");
                let help = "declare the foreign key field and put it there".to_owned();
                context.report.error_help("directive-on-relation", applied.span, message, help);
            }
            continue;
        }
        if let Some(first) = found {
            let message = format!("`@{name}` and `@{}` cannot both say what `{field}` is", first.name);
            context.report.error("conflicting-directives", applied.span, message);
            continue;
        }
        let needs_list = matches!(name, "hasMany" | "manyToMany");
        let needs_one = matches!(name, "belongsTo" | "hasOne");
        if (needs_list && !list) || (needs_one && list) {
            let wanted = if needs_list { "a list" } else { "a single row" };
            let message = format!("`@{name}` needs {wanted}, and `{field}` is not");
            context.report.error("relation-type", applied.span, message);
            continue;
        }
        if list {
            for wrong in ["fields", "references", "onDelete", "onUpdate"] {
                if let Some(value) = applied.get(wrong) {
                    let message =
                        format!("`{wrong}` belongs on the side that holds the key, not on the list `{field}`");
                    context.report.error("relation-type", value.span, message);
                }
            }
        } else if let Some(value) = applied.get("through") {
            let message = format!("`through` belongs on a list, and `{field}` is not");
            context.report.error("relation-type", value.span, message);
        }
        found = Some(applied);
    }
    found
}

fn plan_owner(
    context: &mut Context<'_>,
    (model, at): (ModelId, usize),
    target: ModelId,
    (sugar, unique): (Option<&Applied>, bool),
    implied: &mut HashMap<(ModelId, usize), Vec<ImpliedColumn>>,
) -> Owner {
    let owned = |list: Option<Vec<(&str, Span)>>| -> Option<Vec<(String, Span)>> {
        list.map(|items| items.into_iter().map(|(name, span)| (name.to_owned(), span)).collect())
    };
    let action = |name: &str| match sugar.and_then(|applied| applied.word(name)) {
        Some("CASCADE") => ReferentialAction::Cascade,
        Some("RESTRICT") => ReferentialAction::Restrict,
        Some("SET_NULL") => ReferentialAction::SetNull,
        Some(_) | None => ReferentialAction::NoAction,
    };
    let references = owned(sugar.and_then(|applied| applied.texts("references"))).unwrap_or_default();
    let columns = match owned(sugar.and_then(|applied| applied.texts("fields"))) {
        Some(columns) => {
            declared_columns(context, model, &columns);
            columns
        }
        None => imply_columns(context, (model, at), target, &references, implied),
    };
    Owner { columns, references, on_delete: action("onDelete"), on_update: action("onUpdate"), unique }
}

/// Says which of the columns that `fields:` names are not declared.
fn declared_columns(context: &mut Context<'_>, model: ModelId, columns: &[(String, Span)]) {
    for (name, span) in columns {
        let decl = context.model(model);
        if is_column(context, decl, name) || (name == "id" && key_names(decl) == ["id"]) {
            continue;
        }
        let message = format!("`{}` has no column `{name}`", decl.name);
        let help = did_you_mean(name, decl.fields.iter().map(|field| field.name.as_str()))
            .filter(|help| *help != format!("did you mean `{name}`?"))
            .or_else(|| Some("declare it, or leave `fields` out and a column is added".to_owned()));
        context.report.error_help("unknown-field", *span, message, help);
    }
}

/// Whether a declaration has a field of this name that is no relation.
fn is_column(context: &Context<'_>, decl: &TypeDecl, name: &str) -> bool {
    let found = decl.fields.iter().find(|field| field.name == name);
    found.is_some_and(|field| !matches!(context.names.get(&field.ty.name), Some(Named::Model(_))))
}

fn imply_columns(
    context: &mut Context<'_>,
    (model, at): (ModelId, usize),
    target: ModelId,
    references: &[(String, Span)],
    implied: &mut HashMap<(ModelId, usize), Vec<ImpliedColumn>>,
) -> Vec<(String, Span)> {
    let decl = context.model(model);
    let field = &decl.fields[at];
    let referenced: Vec<String> = if references.is_empty() {
        key_names(context.model(target))
    } else {
        references.iter().map(|(name, _)| name.clone()).collect()
    };
    let mut columns = Vec::new();
    for reference in &referenced {
        let name = if referenced.len() == 1 {
            format!("{}Id", field.name)
        } else {
            format!("{}{}", field.name, naming::capitalised(reference))
        };
        columns.push((name.clone(), field.span));
        if !is_column(context, decl, &name) {
            let declared = context.model(target).fields.iter().find(|other| other.name == *reference);
            let type_name = declared.map_or_else(|| "ID".to_owned(), |other| other.ty.name.clone());
            let column = ImpliedColumn { name, type_name, nullable: field.ty.nullable };
            implied.entry((model, at)).or_default().push(column);
        }
    }
    columns
}

/// Whether the declaration of a to-one field says that the key is here: `@belongsTo`, or `@relation` with more than a name.
fn is_explicit_owner(context: &Context<'_>, relation: &RelationField) -> bool {
    let field: &FieldDecl = &context.model(relation.model).fields[relation.at];
    let only_named =
        |applied: &Applied| applied.arguments.iter().all(|(name, _)| name == "name") && applied.has_arguments;
    field.has("belongsTo") || field.directive("relation").is_some_and(|applied| !only_named(applied))
}

/// Finds the owner of every `@hasOne`, and of to-one fields that share a `name` with an owner.
fn pair_to_ones(context: &mut Context<'_>, plan: &mut Plan) {
    turn_paired_owners(context, plan);
    for index in 0..plan.fields.len() {
        let relation = &plan.fields[index];
        if matches!(relation.role, Role::InverseOne { .. }) {
            let owner = find_owner(context, plan, index, None);
            if let Some(Role::Owner(found)) = owner.and_then(|at| plan.fields.get_mut(at)).map(|field| &mut field.role)
            {
                found.unique = true;
            }
            plan.fields[index].role = Role::InverseOne { owner };
        }
    }
}

/// Of two to-one fields that face each other, one holds the key.
fn turn_paired_owners(context: &mut Context<'_>, plan: &mut Plan) {
    for index in 0..plan.fields.len() {
        let relation = &plan.fields[index];
        let is_declared = !plan.implied.contains_key(&(relation.model, relation.at));
        if !matches!(relation.role, Role::Owner(_)) || is_explicit_owner(context, relation) || is_declared {
            continue;
        }
        let facing: Vec<usize> = (0..plan.fields.len())
            .filter(|at| *at != index)
            .filter(|at| {
                let other = &plan.fields[*at];
                matches!(other.role, Role::Owner(_))
                    && other.target == relation.model
                    && other.model == relation.target
                    && other.pair == relation.pair
            })
            .collect();
        let Some(first) = facing.first() else { continue };
        let paired = relation.pair.is_some() && facing.len() == 1;
        if paired && is_explicit_owner(context, &plan.fields[*first]) {
            plan.implied.remove(&(relation.model, relation.at));
            plan.fields[index].role = Role::InverseOne { owner: None };
        } else if relation.model != relation.target {
            let other = &plan.fields[*first];
            // Of two undecided sides, the first is reported.
            if *first < index && plan.implied.contains_key(&(other.model, other.at)) {
                continue;
            }
            let message = format!(
                "`{}.{}` and `{}.{}` face each other: which side holds the key?",
                context.model(relation.model).name,
                relation.name,
                context.model(other.model).name,
                other.name
            );
            let help =
                "put `@hasOne` on the side without the key, or give the two relations different `name`s".to_owned();
            context.report.error_help("ambiguous-relation", relation.span, message, help);
        }
    }
}

/// The field of the other side that holds the key of an inverse; says so when there is none or several.
fn find_owner(context: &mut Context<'_>, plan: &Plan, index: usize, by: Option<&(String, Span)>) -> Option<usize> {
    let relation = &plan.fields[index];
    let candidates: Vec<usize> = owners_of(plan, relation)
        .filter(|at| match (by, &plan.fields[*at].role) {
            (Some((name, _)), Role::Owner(owner)) => {
                plan.fields[*at].name == *name || owner.columns.iter().any(|(column, _)| column == name)
            }
            (Some(_), _) => false,
            (None, _) => relation.pair.is_none() || plan.fields[*at].pair == relation.pair,
        })
        .collect();
    let target = &context.model(relation.target).name;
    let source = &context.model(relation.model).name;
    match candidates.as_slice() {
        [one] => Some(*one),
        [] => {
            let span = by.map_or(relation.span, |(_, span)| *span);
            let message = format!(
                "`{source}.{}` has no other side: `{target}` has no to-one field that leads back",
                relation.name
            );
            let name = naming::camel_case(source);
            let help =
                format!("add `{name}: {source} @relation` to `{target}`, or make it many-to-many with `@manyToMany`");
            context.report.error_help("relation-without-inverse", span, message, help);
            None
        }
        several => {
            let names: Vec<&str> = several.iter().map(|at| plan.fields[*at].name.as_str()).collect();
            let message = format!(
                "`{source}.{}` may be the other side of several fields of `{target}`: `{}`",
                relation.name,
                names.join("`, `")
            );
            let help = "give both sides the same `@relation(name:)`, or write `@hasMany(by:)`".to_owned();
            context.report.error_help("ambiguous-relation", relation.span, message, help);
            None
        }
    }
}

/// To-one fields of the target that lead back.
fn owners_of<'p>(plan: &'p Plan, relation: &'p RelationField) -> impl Iterator<Item = usize> + 'p {
    (0..plan.fields.len()).filter(|at| {
        let other = &plan.fields[*at];
        matches!(other.role, Role::Owner(_)) && other.model == relation.target && other.target == relation.model
    })
}

/// Position of a relation that no field declares.
pub(super) const NO_FIELD: usize = usize::MAX;

/// `@hasMany(by: "authorId")` makes a plain field of the other model a foreign key.
fn keys_by_name(context: &mut Context<'_>, plan: &mut Plan) {
    for index in 0..plan.fields.len() {
        let relation = &plan.fields[index];
        let Role::InverseMany { by: Some((name, span)), .. } = &relation.role else { continue };
        let decl = context.model(relation.target);
        let taken = owners_of(plan, relation).any(|at| match &plan.fields[at].role {
            Role::Owner(owner) => owner.columns.iter().any(|(column, _)| column == name),
            Role::InverseOne { .. } | Role::InverseMany { .. } | Role::ManyToMany { .. } | Role::List => false,
        });
        if taken || !is_column(context, decl, name) {
            continue;
        }
        let nullable = decl.fields.iter().any(|field| field.name == *name && field.ty.nullable);
        let owner = Owner {
            columns: vec![(name.clone(), *span)],
            references: Vec::new(),
            on_delete: ReferentialAction::NoAction,
            on_update: ReferentialAction::NoAction,
            unique: false,
        };
        let (model, target, name, span) = (relation.target, relation.model, name.clone(), *span);
        let role = Role::Owner(owner);
        plan.fields.push(RelationField { model, at: NO_FIELD, name, span, target, nullable, pair: None, role });
    }
}

/// Decides what plain lists are, and finds the owners of inverse lists.
fn pair_lists(context: &mut Context<'_>, plan: &mut Plan) {
    for index in 0..plan.fields.len() {
        let relation = &plan.fields[index];
        let role = match &relation.role {
            Role::List => {
                let fits = |at: &usize| relation.pair.is_none() || plan.fields[*at].pair == relation.pair;
                let has_owner = owners_of(plan, relation).any(|at| fits(&at));
                if has_owner || !has_facing_list(plan, index) {
                    Role::InverseMany { by: None, owner: find_owner(context, plan, index, None) }
                } else {
                    Role::ManyToMany { through: None, other: None, junction: None }
                }
            }
            Role::InverseMany { by, .. } => {
                let by = by.clone();
                let owner = find_owner(context, plan, index, by.as_ref());
                Role::InverseMany { by, owner }
            }
            Role::Owner(_) | Role::InverseOne { .. } | Role::ManyToMany { .. } => continue,
        };
        plan.fields[index].role = role;
    }
}

fn has_facing_list(plan: &Plan, index: usize) -> bool {
    facing_lists(plan, index).next().is_some()
}

/// Lists of the target that lead back under the same `name`.
fn facing_lists(plan: &Plan, index: usize) -> impl Iterator<Item = usize> + '_ {
    let relation = &plan.fields[index];
    (0..plan.fields.len()).filter(move |at| {
        let other = &plan.fields[*at];
        *at != index
            && matches!(other.role, Role::List | Role::ManyToMany { .. })
            && other.model == relation.target
            && other.target == relation.model
            && other.pair == relation.pair
    })
}

/// Joins the two sides of many-to-many relations.
fn pair_many_to_many(context: &mut Context<'_>, plan: &mut Plan) {
    for index in 0..plan.fields.len() {
        let relation = &plan.fields[index];
        let Role::ManyToMany { through, other: None, .. } = &relation.role else { continue };
        let through = through.clone();
        let facing: Vec<usize> = facing_lists(plan, index)
            .filter(|at| match &plan.fields[*at].role {
                Role::ManyToMany { other, through: theirs, .. } => {
                    other.is_none() && theirs.as_ref().map(|(name, _)| name) == through.as_ref().map(|(name, _)| name)
                }
                Role::Owner(_) | Role::InverseOne { .. } | Role::InverseMany { .. } | Role::List => false,
            })
            .collect();
        match facing.as_slice() {
            [] => {}
            [one] => {
                let one = *one;
                if let Role::ManyToMany { other, .. } = &mut plan.fields[index].role {
                    *other = Some(one);
                }
                if let Role::ManyToMany { other, .. } = &mut plan.fields[one].role {
                    *other = Some(index);
                }
            }
            several => {
                let names: Vec<&str> = several.iter().map(|at| plan.fields[*at].name.as_str()).collect();
                let message = format!(
                    "`{}.{}` may be the other side of several lists: `{}`",
                    context.model(relation.model).name,
                    relation.name,
                    names.join("`, `")
                );
                let help = "give both sides the same `@relation(name:)`".to_owned();
                context.report.error_help("ambiguous-relation", relation.span, message, help);
            }
        }
    }
}

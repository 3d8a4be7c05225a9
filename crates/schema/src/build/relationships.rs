//! Foreign keys, and every way they make from one model to another: both directions, and through junctions.
//!
//! A relationship is one-to-one where the foreign key's columns are exactly a unique constraint or the primary key. A model
//! is a junction where its primary key contains the columns of two many-to-one foreign keys; every ordered pair of them is
//! a many-to-many relationship, so that a model related to itself is reached in both directions.

use super::relations::{NO_FIELD, Owner, Plan, RelationField, Role};
use super::{Context, find_field};
use crate::model::{
    Cardinality, FieldId, ForeignKey, ForeignKeyId, Link, Model, ModelId, ReferentialAction, Relationship,
    RelationshipId, Scalar, Schema,
};

/// Relationships that a schema may have.
const RELATIONSHIPS_MAX: usize = 60_000;

/// The foreign key of each planned relation field that holds one.
pub(super) type ForeignKeys = Vec<Option<ForeignKeyId>>;

/// Adds the foreign key of every relation field that holds one.
pub(super) fn add_foreign_keys(context: &mut Context<'_>, schema: &mut Schema, plan: &Plan) -> ForeignKeys {
    let mut made = Vec::new();
    for relation in &plan.fields {
        let key = match &relation.role {
            Role::Owner(owner) => foreign_key(context, schema, relation, owner),
            Role::InverseOne { .. } | Role::InverseMany { .. } | Role::ManyToMany { .. } | Role::List => None,
        };
        made.push(key.map(|key| {
            let id = key.id;
            schema.foreign_keys.push(key);
            id
        }));
    }
    made
}

fn foreign_key(
    context: &mut Context<'_>,
    schema: &Schema,
    relation: &RelationField,
    owner: &Owner,
) -> Option<ForeignKey> {
    let from = &schema.models[usize::from(relation.model.0)];
    let to = &schema.models[usize::from(relation.target.0)];
    let mut from_fields = Vec::new();
    for (name, _) in &owner.columns {
        // Unknown names were reported when the relation was planned.
        from_fields.push(from.fields.iter().find(|field| field.name == *name)?.id);
    }
    let mut to_fields = Vec::new();
    for (name, span) in &owner.references {
        to_fields.push(find_field(to, name, *span, context.report)?);
    }
    if owner.references.is_empty() {
        to_fields.clone_from(&to.key);
    }
    if from_fields.len() != to_fields.len() {
        let message = format!(
            "`{}.{}` has {} field(s) for the {} that it refers to",
            from.name,
            relation.name,
            from_fields.len(),
            to_fields.len()
        );
        context.report.error("relation-fields", relation.span, message);
        return None;
    }
    for list in [&from_fields, &to_fields] {
        if list.iter().enumerate().any(|(at, id)| list[..at].contains(id)) {
            let message = format!("`{}.{}` names a field twice", from.name, relation.name);
            context.report.error("relation-fields", relation.span, message);
            return None;
        }
    }
    check_columns(context, schema, relation, &from_fields, &to_fields);
    if owner.on_delete == ReferentialAction::SetNull || owner.on_update == ReferentialAction::SetNull {
        refuse_set_null(context, from, relation, &from_fields);
    }
    let columns: Vec<&str> = from_fields.iter().map(|id| from.fields[usize::from(id.0)].column.as_str()).collect();
    let name = relation.pair.clone().unwrap_or_else(|| format!("{}_{}_fkey", from.table, columns.join("_")));
    if schema.foreign_keys.iter().any(|key| key.from == from.id && key.name == name) {
        let message = format!("`{}` has two foreign keys called `{name}`", from.name);
        context.report.error("duplicate-constraint", relation.span, message);
    }
    Some(ForeignKey {
        id: ForeignKeyId(super::position(schema.foreign_keys.len())),
        name,
        from: from.id,
        from_fields,
        to: to.id,
        to_fields,
        on_delete: owner.on_delete,
        on_update: owner.on_update,
        span: relation.span,
    })
}

fn check_columns(
    context: &mut Context<'_>,
    schema: &Schema,
    relation: &RelationField,
    from_fields: &[FieldId],
    to_fields: &[FieldId],
) {
    let from = &schema.models[usize::from(relation.model.0)];
    let to = &schema.models[usize::from(relation.target.0)];
    for (near, far) in from_fields.iter().zip(to_fields) {
        let (near, far) = (&from.fields[usize::from(near.0)], &to.fields[usize::from(far.0)]);
        if near.ty.scalar != far.ty.scalar || near.ty.list || far.ty.list {
            let message = format!("`{}.{}` and `{}.{}` differ in type", from.name, near.name, to.name, far.name);
            let help = format!("give `{}` the type of `{}.{}`", near.name, to.name, far.name);
            context.report.error_help("relation-fields", near.span, message, help);
        }
        if far.computed.is_some() || near.computed.is_some() {
            let message = format!("`{}.{}` cannot rest on a computed field", from.name, relation.name);
            context.report.error("relation-fields", relation.span, message);
        }
        if !relation.nullable && near.ty.nullable && near.ty.scalar != Scalar::Json {
            let message =
                format!("`{}.{}` cannot be null, but its field `{}` can", from.name, relation.name, near.name);
            let help = format!("write `!` on both or on neither of `{}` and `{}`", relation.name, near.name);
            context.report.error_help("relation-nullability", relation.span, message, help);
        }
    }
}

/// A referenced list of fields must identify one row; checked once every constraint is known.
pub(super) fn check_references(context: &mut Context<'_>, schema: &Schema) {
    for key in &schema.foreign_keys {
        let to = &schema.models[usize::from(key.to.0)];
        let is_key = key.to_fields.len() == to.key.len() && key.to_fields.iter().all(|id| to.key.contains(id));
        if to.soft_delete.is_some() && !is_key {
            let message = format!("`{}` is soft-deleted, so only its key can be referred to", to.name);
            let help = "its unique constraints look at rows that are not deleted".to_owned();
            context.report.error_help("reference-not-unique", key.span, message, help);
        } else if !is_unique(to, &key.to_fields) {
            let names: Vec<&str> = key.to_fields.iter().map(|id| to.fields[usize::from(id.0)].name.as_str()).collect();
            let message = format!("several rows of `{}` may have the same `{}`", to.name, names.join("`, `"));
            let help = format!("refer to its key, or put `@unique` on it in `{}`", to.name);
            context.report.error_help("reference-not-unique", key.span, message, help);
        }
    }
}

fn refuse_set_null(context: &mut Context<'_>, from: &Model, relation: &RelationField, columns: &[FieldId]) {
    for field in columns.iter().map(|id| &from.fields[usize::from(id.0)]) {
        if !field.ty.nullable {
            let message = format!("`SET_NULL` cannot clear `{}.{}`, which cannot be null", from.name, field.name);
            let help = "make it nullable, or choose CASCADE, RESTRICT or NO_ACTION".to_owned();
            context.report.error_help("set-null-required", relation.span, message, help);
        }
    }
}

/// Whether these columns, in any order, are exactly the key or an unconditional unique constraint.
fn is_unique(model: &Model, fields: &[FieldId]) -> bool {
    let same = |list: &[FieldId]| list.len() == fields.len() && list.iter().all(|id| fields.contains(id));
    same(&model.key) || model.uniques.iter().any(|unique| unique.filter.is_none() && same(&unique.fields))
}

/// Adds every relationship, and tells which relation field declares it.
pub(super) fn add(context: &mut Context<'_>, schema: &mut Schema, plan: &Plan, keys: &ForeignKeys) {
    check_references(context, schema);
    let mut out: Vec<Relationship> = Vec::new();
    for key in &schema.foreign_keys {
        let one = is_unique(&schema.models[usize::from(key.from.0)], &key.from_fields);
        let forward = if one { Cardinality::OneToOne } else { Cardinality::ManyToOne };
        let inverse = if one { Cardinality::OneToOne } else { Cardinality::OneToMany };
        push(&mut out, (key.from, key.to), Link::Forward(key.id), forward);
        push(&mut out, (key.to, key.from), Link::Inverse(key.id), inverse);
    }
    add_junctions(schema, &mut out);
    if out.len() > RELATIONSHIPS_MAX {
        let message = format!("the schema has more than {RELATIONSHIPS_MAX} ways from model to model");
        context.report.error("schema-too-large", crate::diagnostic::Span::default(), message);
        return;
    }
    for index in 0..plan.fields.len() {
        let Some(link) = declared_link(context, schema, plan, index, keys) else { continue };
        name_field(context, &plan.fields[index], link, &mut out);
    }
    schema.relationships = out;
}

fn push(out: &mut Vec<Relationship>, (from, to): (ModelId, ModelId), link: Link, cardinality: Cardinality) -> usize {
    let id = RelationshipId(super::position(out.len()));
    out.push(Relationship { id, from, to, link, cardinality, field_name: None });
    out.len().saturating_sub(1)
}

fn add_junctions(schema: &Schema, out: &mut Vec<Relationship>) {
    for junction in &schema.models {
        let in_key = |key: &&ForeignKey| {
            key.from == junction.id
                && key.from_fields.iter().all(|id| junction.key.contains(id))
                && !is_unique(junction, &key.from_fields)
        };
        let ends: Vec<&ForeignKey> = schema.foreign_keys.iter().filter(in_key).collect();
        for near in &ends {
            for far in ends.iter().filter(|far| far.id != near.id) {
                if out.len() > RELATIONSHIPS_MAX {
                    return;
                }
                let link = Link::Junction { junction: junction.id, near: near.id, far: far.id };
                push(out, (near.to, far.to), link, Cardinality::ManyToMany);
            }
        }
    }
}

/// The foreign keys behind a relation field; `None` when it has a mistake that was reported.
fn declared_link(
    context: &mut Context<'_>,
    schema: &Schema,
    plan: &Plan,
    index: usize,
    keys: &ForeignKeys,
) -> Option<Link> {
    let key_of = |owner: &Option<usize>| owner.and_then(|at| keys.get(at).copied().flatten());
    let relation = &plan.fields[index];
    match &relation.role {
        Role::Owner(_) => keys.get(index).copied().flatten().map(Link::Forward),
        Role::InverseOne { owner } | Role::InverseMany { owner, .. } => key_of(owner).map(Link::Inverse),
        Role::ManyToMany { junction, other, .. } => {
            let is_second = other.is_some_and(|other| other < index);
            junction_link(context, schema, relation, (*junction)?, is_second)
        }
        Role::List => None,
    }
}

/// Writes a relation field's name on the relationship that it declares.
fn name_field(context: &mut Context<'_>, relation: &RelationField, link: Link, out: &mut Vec<Relationship>) {
    if relation.at == NO_FIELD {
        return;
    }
    let found = out.iter().position(|known| known.link == link);
    let at = found.unwrap_or_else(|| push(out, (relation.model, relation.target), link, Cardinality::ManyToMany));
    let Some(known) = out.get_mut(at) else { return };
    if let Some(first) = &known.field_name {
        let message = format!("`{}` and `{first}` are the same relation", relation.name);
        context.report.error("duplicate-relation", relation.span, message);
    } else {
        known.field_name = Some(relation.name.clone());
    }
}

/// The two foreign keys of a junction that lead from a list's model to its target.
fn junction_link(
    context: &mut Context<'_>,
    schema: &Schema,
    relation: &RelationField,
    junction: ModelId,
    is_second: bool,
) -> Option<Link> {
    let leading = |to: ModelId| -> Vec<ForeignKeyId> {
        schema.foreign_keys.iter().filter(|key| key.from == junction && key.to == to).map(|key| key.id).collect()
    };
    let (near, far) = (leading(relation.model), leading(relation.target));
    let found = match (near.as_slice(), far.as_slice()) {
        // A model related to itself: the list declared first follows the junction's keys in their order.
        ([first, second], [_, _]) if relation.model == relation.target => {
            Some(if is_second { (*second, *first) } else { (*first, *second) })
        }
        ([near], [far]) if near != far => Some((*near, *far)),
        _ => None,
    };
    let Some((near, far)) = found else {
        let name = &schema.models[usize::from(junction.0)].name;
        let message = format!(
            "`{name}` is no junction of `{}` and `{}`: it needs exactly one foreign key to each",
            schema.models[usize::from(relation.model.0)].name,
            schema.models[usize::from(relation.target.0)].name
        );
        context.report.error("relation-through", relation.span, message);
        return None;
    };
    Some(Link::Junction { junction, near, far })
}

//! `@partition`: which fields divide a table, and where. What no database could divide is refused here; what one database cannot
//! is said by [`crate::fit`], where the database is known.

use super::{Context, find_field, literal};
use crate::declare::{TypeDecl, Value};
use crate::directive::Applied;
use crate::model::{Divided, Field, FieldId, Model, Partitioning, Scalar, Schema};
use crate::report::Report;

/// Most partitions of a table: each is looked at when a statement is planned.
const PARTITIONS_MAX: usize = 1_000;
/// Bytes that the number of a partition adds to the name of its table.
const SUFFIX_BYTES: usize = "_part1000".len();
/// Bytes of the longest name.
const NAME_BYTES_MAX: usize = 63;

/// Adds the partitions of every model.
pub(super) fn add(context: &mut Context<'_>, schema: &mut Schema) {
    for model in &mut schema.models {
        // Taken out so that the context may report while the declaration is read.
        let index = usize::from(model.id.0);
        let decl = std::mem::take(&mut context.models[index]);
        if let Some(applied) = decl.directive("partition") {
            model.partition = partitioning(context, model, &decl, applied);
        }
        context.models[index] = decl;
    }
    refuse_taken_names(schema, context.report);
}

fn partitioning(context: &mut Context<'_>, model: &Model, decl: &TypeDecl, applied: &Applied) -> Option<Partitioning> {
    if !model.managed {
        let message = "the table is not managed, so `@partition` cannot divide it";
        context.report.error("conflicting-directives", applied.span, message);
        return None;
    }
    if model.table.len() > NAME_BYTES_MAX.saturating_sub(SUFFIX_BYTES) {
        let message = format!("`{}` leaves no room for the number of a partition in its name", model.table);
        context.report.error("invalid-table-name", applied.span, message);
    }
    let names = applied.texts("fields").unwrap_or_default();
    let fields: Vec<FieldId> =
        names.iter().filter_map(|(name, span)| find_field(model, name, *span, context.report)).collect();
    if fields.is_empty() || fields.len() != names.len() {
        if names.is_empty() {
            context.report.error("missing-argument", applied.span, "`@partition` names no field");
        }
        return None;
    }
    if fields.iter().enumerate().any(|(at, id)| fields[..at].contains(id)) {
        context.report.error("repeated-field", applied.span, "`@partition` names a field twice");
    }
    in_every_key(model, decl, (&fields, applied), context.report);
    let divided = if applied.word("by") == Some("RANGE") {
        range(context, model, &fields, applied)?
    } else {
        hash(applied, context.report)?
    };
    Some(Partitioning { fields, divided, span: applied.span })
}

/// A row is only compared with those of its own partition, so that what is unique must say which one that is.
fn in_every_key(model: &Model, decl: &TypeDecl, (fields, applied): (&[FieldId], &Applied), report: &mut Report) {
    let of = |id: &FieldId| model.fields.get(usize::from(id.0));
    let lacks = |held: &[FieldId]| fields.iter().find(|id| !held.contains(id)).and_then(of);
    if let Some(field) = lacks(&model.key) {
        let message =
            format!("`@partition` divides `{}` by `{}`, which is not part of its key", model.name, field.name);
        let help = if decl.fields.iter().any(|declared| declared.has("id")) {
            format!("put `@id` on `{}` too", field.name)
        } else {
            format!("put `@id` on the fields of the key, with `{}` among them", field.name)
        };
        report.error_help("partition-key", applied.span, message, help);
        return;
    }
    let uniques = model.uniques.iter().map(|unique| (&unique.name, unique.fields.clone()));
    let indexes = model.indexes.iter().filter(|index| index.unique);
    let indexes = indexes.map(|index| (&index.name, index.fields.iter().map(|(id, _)| *id).collect()));
    for (name, held) in uniques.chain(indexes) {
        if let Some(field) = lacks(&held) {
            let message = format!(
                "`{name}` cannot be unique across partitions: it lacks `{}`, by which `{}` is divided",
                field.name, model.name
            );
            let help = format!("add `{}` to it, or let the values repeat", field.name);
            report.error_help("partition-key", applied.span, message, help);
        }
    }
}

fn hash(applied: &Applied, report: &mut Report) -> Option<Divided> {
    if let Some(value) = applied.get("bounds") {
        report.error("conflicting-arguments", value.span, "`bounds` are of `by: RANGE`; `by: HASH` takes `count`");
    }
    let Some((count, span)) = applied.integer("count") else {
        report.error("missing-argument", applied.span, "`@partition(by: HASH)` needs the argument `count`");
        return None;
    };
    let found = u16::try_from(count).ok().filter(|count| (2..=PARTITIONS_MAX).contains(&usize::from(*count)));
    if found.is_none() {
        report.error("invalid-argument", span, format!("`count` is from 2 to {PARTITIONS_MAX}"));
    }
    found.map(Divided::Hash)
}

fn range(context: &mut Context<'_>, model: &Model, fields: &[FieldId], applied: &Applied) -> Option<Divided> {
    if let Some(value) = applied.get("count") {
        let message = "`count` is of `by: HASH`; `by: RANGE` takes `bounds`";
        context.report.error("conflicting-arguments", value.span, message);
    }
    let [id] = fields else {
        context.report.error("invalid-argument", applied.span, "`@partition(by: RANGE)` takes one field");
        return None;
    };
    let field = model.fields.get(usize::from(id.0))?;
    if !has_bounds(field) {
        let message = format!("`{}` has no bounds that every database knows", field.name);
        let help = "a range is of Int, BigInt, Date, DateTime, String, ID or UUID".to_owned();
        context.report.error_help("directive-type", applied.span, message, help);
        return None;
    }
    let given: Vec<Value> = applied.items("bounds").unwrap_or_default().into_iter().cloned().collect();
    if given.is_empty() || given.len() >= PARTITIONS_MAX {
        let message = format!("`@partition(by: RANGE)` has 1 to {} `bounds`", PARTITIONS_MAX.saturating_sub(1));
        context.report.error("missing-argument", applied.span, message);
        return None;
    }
    let place = format!("a bound of `{}`", field.name);
    let mut bounds: Vec<serde_json::Value> = Vec::with_capacity(given.len());
    for value in &given {
        let bound = literal::convert(context, value, &field.ty, &place)?;
        if field.ty.scalar == Scalar::DateTime && !bound.as_str().is_some_and(is_utc) {
            let message = format!("{place} is an instant of UTC");
            let help = "end it with `Z`, such as \"2026-01-01T00:00:00Z\"".to_owned();
            context.report.error_help("invalid-argument", value.span, message, help);
            return None;
        }
        if bounds.last().is_some_and(|before| !is_below(before, &bound)) {
            let message = "bounds ascend, and none stands twice";
            context.report.error("invalid-argument", value.span, message);
            return None;
        }
        bounds.push(bound);
    }
    Some(Divided::Range(bounds))
}

fn has_bounds(field: &Field) -> bool {
    let fits = matches!(
        field.ty.scalar,
        Scalar::Int | Scalar::BigInt | Scalar::Date | Scalar::DateTime | Scalar::String | Scalar::Id | Scalar::Uuid
    );
    fits && !field.ty.list && field.computed.is_none()
}

fn is_utc(text: &str) -> bool {
    text.ends_with('Z') && text.get(10..11) == Some("T") && !text.starts_with('-')
}

/// Whether one bound comes before another, as columns of their type compare.
fn is_below(before: &serde_json::Value, bound: &serde_json::Value) -> bool {
    match (before.as_i64(), bound.as_i64()) {
        (Some(before), Some(bound)) => before < bound,
        // Instants of UTC compare as their texts, but for what stands behind the seconds.
        _texts => {
            let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().trim_end_matches('Z').to_owned();
            text(before) < text(bound)
        }
    }
}

/// A partition is a table of the database on PostgreSQL.
fn refuse_taken_names(schema: &Schema, report: &mut Report) {
    for model in &schema.models {
        let Some(partition) = &model.partition else { continue };
        let taken = schema.models.iter().find(|other| {
            let number = other.table.strip_prefix(&model.table).and_then(|rest| rest.strip_prefix("_part"));
            number.is_some_and(|number| number.parse::<u16>().is_ok())
        });
        if let Some(taken) = taken {
            let message = format!("the table `{}` is called as a partition of `{}` is", taken.table, model.name);
            let help = "name it with `@model(table:)`".to_owned();
            report.error_help("duplicate-table", partition.span, message, help);
        }
    }
}

//! Query parameters and request headers.

use super::values::{is_readable, is_writable};
use super::{Context, pattern, reference};
use backstay_schema::model::{Computed, Field, FieldType, Model, Op, Scalar};
use serde_json::{Map, Value, json};

/// Query keys that mean something else than a filter.
const RESERVED: [&str; 8] = ["select", "order", "limit", "offset", "columns", "on_conflict", "and", "or"];

/// Parameters that every relation has.
pub(super) fn common() -> Map<String, Value> {
    let query = |name: &str, schema: Value, description: &str| json!({ "name": name, "in": "query", "schema": schema, "description": description });
    let header = |name: &str, schema: Value, description: &str| json!({ "name": name, "in": "header", "schema": schema, "description": description });
    let text = || json!({ "type": "string" });
    let entries = [
        ("limit", query("limit", text(), "Most rows, a whole number from 0. The server has a limit of its own.")),
        ("offset", query("offset", text(), "Rows to skip, a whole number from 0.")),
        ("Range", header("Range", text(), "Rows as `0-9`, of what `limit` and `offset` leave.")),
        (
            "PreferRead",
            header(
                "Prefer",
                text(),
                "`count=exact`, `count=planned` or `count=estimated` put the number of all rows into Content-Range; `handling=strict`.",
            ),
        ),
        (
            "PreferInsert",
            header(
                "Prefer",
                text(),
                "`return=representation`, `return=headers-only` or `return=minimal`; `resolution=merge-duplicates` or `ignore-duplicates`; `missing=default`; `count=exact`; `handling=strict`.",
            ),
        ),
        (
            "PreferWrite",
            header(
                "Prefer",
                text(),
                "`return=representation` or `return=minimal`; `count=exact`; `handling=strict`; `max-affected=10`.",
            ),
        ),
    ];
    entries.into_iter().map(|(name, entry)| (name.to_owned(), entry)).collect()
}

/// The parameters that name a model's columns: a filter for each that the role may read, and those that list them.
pub(super) fn of_model(context: &Context<'_>, model: &Model, related: &[String]) -> Map<String, Value> {
    let searchable =
        |field: &Field| model.search.as_ref().is_some_and(|index| index.fields.iter().any(|(id, _)| *id == field.id));
    let mut all: Map<String, Value> = filterable(context, model)
        .map(|field| {
            let parameter = json!({
                "name": field.name,
                "in": "query",
                "schema": { "type": "string", "pattern": pattern::filter(context.schema, field, searchable(field)) },
                "description": format!("Filter: {}; each also with `not.` before it.", operators(&field.ty)),
            });
            (key(model, field), parameter)
        })
        .collect();
    let fields: Vec<&Field> = filterable(context, model).collect();
    for (name, pattern, description) in lists(context, model, (&fields, related)) {
        let mut schema = json!({ "type": "string" });
        if let Some(pattern) = pattern {
            schema["pattern"] = json!(pattern);
        }
        let parameter = json!({ "name": name.trim_start_matches("written."), "in": "query", "schema": schema, "description": description });
        all.insert(list_key(model, name), parameter);
    }
    all
}

/// Name, pattern and description of the parameters that list columns.
fn lists(
    context: &Context<'_>,
    model: &Model,
    (fields, related): (&[&Field], &[String]),
) -> [(&'static str, Option<String>, &'static str); 7] {
    const SELECT: &str =
        "Columns, JSON paths, aggregates and related rows: `id,title,author:people(name)`. `*` is every column.";
    let (required, optional): (Vec<&Field>, Vec<&Field>) = model
        .fields
        .iter()
        .filter(|field| is_writable(context, model, field, Op::Create))
        .filter(|field| field.ty.nullable || field.default.is_none())
        .partition(|field| !field.ty.nullable && field.default.is_none());
    let named = |ids: &[backstay_schema::model::FieldId]| -> Option<Vec<&Field>> {
        ids.iter().map(|id| fields.iter().find(|field| field.id == *id).copied()).collect()
    };
    let uniques = model.uniques.iter().filter(|unique| unique.filter.is_none()).map(|unique| &unique.fields);
    let keys: Vec<Vec<&Field>> = [&model.key].into_iter().chain(uniques).filter_map(|ids| named(ids)).collect();
    let logic = pattern::logic(context.schema, fields);
    [
        ("select", pattern::select(fields, related), SELECT),
        ("written.select", pattern::select(fields, &[]), SELECT),
        ("order", pattern::order(fields, context.limits), "Sort terms: `title.asc,createdAt.desc.nullslast`."),
        ("or", logic.clone(), "At least one condition holds: `(age.lt.18,age.gt.60)`."),
        ("and", logic, "All conditions hold: `(age.gte.18,age.lte.60)`."),
        ("columns", pattern::columns(&required, &optional), "Columns to write; other keys of the body are ignored."),
        ("on_conflict", pattern::conflict(&keys), "Columns of the unique constraint that an upsert goes by."),
    ]
}

fn list_key(model: &Model, name: &str) -> String {
    format!("{}:{name}", model.name)
}

/// References to parameters that list a model's columns.
pub(super) fn list_references(model: &Model, names: &[&str]) -> Vec<Value> {
    names.iter().map(|name| reference("parameters", &list_key(model, name))).collect()
}

/// Operators that fit a type, by example.
fn operators(ty: &FieldType) -> &'static str {
    if ty.list {
        return "`cs.{a,b}` contains, `cd.{a,b}` is contained, `ov.{a,b}` overlaps, `eq.{a,b}`, `is.null`";
    }
    match ty.scalar {
        Scalar::Int | Scalar::BigInt | Scalar::Float | Scalar::Decimal => {
            "`eq.1`, `neq.1`, `gt.1`, `gte.1`, `lt.1`, `lte.1`, `in.(1,2)`, `is.null`"
        }
        Scalar::DateTime | Scalar::Date => {
            "`eq.2030-01-31`, `gt.2030-01-31`, `gte.2030-01-31`, `lt.2030-01-31`, `lte.2030-01-31`, `is.null`"
        }
        Scalar::Time => "`eq.12:30:00`, `gt.12:30:00`, `lt.12:30:00`, `is.null`",
        Scalar::Boolean => "`is.true`, `is.false`, `eq.true`, `is.null`",
        Scalar::Json | Scalar::Object(_) => "`cs.{\"a\":1}` contains, `is.null`; paths as `name->member=eq.1`",
        Scalar::Uuid | Scalar::Bytes => "`eq.x`, `neq.x`, `in.(x,y)`, `is.null`",
        Scalar::String | Scalar::Id | Scalar::Email | Scalar::Url | Scalar::Phone | Scalar::Enum(_) => {
            "`eq.x`, `neq.x`, `like.*x*`, `ilike.*x*`, `in.(x,y)`, `gt.x`, `lt.x`, `is.null`"
        }
    }
}

/// References to the filter parameters of a model.
pub(super) fn filter_references(context: &Context<'_>, model: &Model) -> Vec<Value> {
    filterable(context, model).map(|field| reference("parameters", &key(model, field))).collect()
}

/// References to parameters that every relation has.
pub(super) fn references(names: &[&str]) -> Vec<Value> {
    names.iter().map(|name| reference("parameters", name)).collect()
}

fn key(model: &Model, field: &Field) -> String {
    format!("{}.{}", model.name, field.name)
}

fn filterable<'m>(context: &'m Context<'_>, model: &'m Model) -> impl Iterator<Item = &'m Field> {
    model
        .fields
        .iter()
        .filter(|field| !matches!(field.computed, Some(Computed::Function(_))))
        .filter(|field| is_readable(context, model, field) && !RESERVED.contains(&field.name.as_str()))
}

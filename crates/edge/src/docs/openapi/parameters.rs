//! Query parameters and request headers.

use super::values::is_readable;
use super::{Context, reference};
use backstay_schema::model::{Computed, Field, FieldType, Model, Scalar};
use serde_json::{Map, Value, json};

/// Query keys that mean something else than a filter.
const RESERVED: [&str; 8] = ["select", "order", "limit", "offset", "columns", "on_conflict", "and", "or"];

/// Parameters that every relation has.
pub(super) fn common() -> Map<String, Value> {
    let query = |name: &str, schema: Value, description: &str| json!({ "name": name, "in": "query", "schema": schema, "description": description });
    let header = |name: &str, schema: Value, description: &str| json!({ "name": name, "in": "header", "schema": schema, "description": description });
    let text = || json!({ "type": "string" });
    let entries = [
        (
            "select",
            query(
                "select",
                text(),
                "Columns, JSON paths, aggregates and related rows: `id,title,author:people(name)`. `*` is every column.",
            ),
        ),
        ("order", query("order", text(), "Sort terms: `title.asc,createdAt.desc.nullslast`.")),
        ("limit", query("limit", text(), "Most rows, a whole number from 0. The server has a limit of its own.")),
        ("offset", query("offset", text(), "Rows to skip, a whole number from 0.")),
        ("or", query("or", text(), "At least one condition holds: `(age.lt.18,age.gt.60)`.")),
        ("and", query("and", text(), "All conditions hold: `(age.gte.18,age.lte.60)`.")),
        ("columns", query("columns", text(), "Columns to write; other keys of the body are ignored.")),
        ("on_conflict", query("on_conflict", text(), "Columns of the unique constraint that an upsert goes by.")),
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

/// A filter parameter for each column that the role may read.
pub(super) fn filters(context: &Context<'_>, model: &Model) -> Map<String, Value> {
    filterable(context, model)
        .map(|field| {
            let parameter = json!({
                "name": field.name,
                "in": "query",
                "schema": { "type": "string" },
                "description": format!("Filter: {}; each also with `not.` before it.", operators(&field.ty)),
            });
            (key(model, field), parameter)
        })
        .collect()
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

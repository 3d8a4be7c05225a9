//! What the columns of an answer are, for CSV: their keys where there are no rows, and which hold lists or JSON.

use super::Call;
use super::render::{Column, Kind};
use backstay_plan::access::{Decision, View};
use backstay_plan::request::{Action, Aggregate, FieldRef, Item, Level, PathKey};
use backstay_schema::Schema;
use backstay_schema::model::{Field, Model, ReturnType, Scalar};

/// The columns that the answer to `action` has for this caller, in order. Related rows are JSON.
pub(super) fn of(call: &Call<'_>, action: &Action) -> Vec<Column> {
    let schema = call.engine.schema();
    let by_table = |table: &str| schema.models.iter().find(|model| model.table == table);
    let (model, level) = match action {
        Action::Read(read) => (by_table(&read.relation), Some(&read.level)),
        Action::Insert(insert) => (by_table(&insert.relation), insert.returning.as_ref()),
        Action::Update(update) => (by_table(&update.relation), update.returning.as_ref()),
        Action::Delete(delete) => (by_table(&delete.relation), delete.returning.as_ref()),
        Action::Written(written) => (by_table(&written.relation), Some(&written.level)),
        Action::Call(called) => (returned_model(&schema, &called.operation), Some(&called.level)),
    };
    let (Some(model), Some(level)) = (model, level) else {
        return Vec::new();
    };
    let view = View::new(&schema, &call.who.identity.roles);
    let readable = |field: &Field| !matches!(view.field(model.id, field.id).read, Decision::Never);
    columns(model, level, &readable)
}

fn returned_model<'s>(schema: &'s Schema, operation: &str) -> Option<&'s Model> {
    let operation = schema.operations.iter().find(|known| known.name == operation)?;
    match &operation.returns {
        ReturnType::Models(id) | ReturnType::Model(id) => schema.models.iter().find(|model| model.id == *id),
        ReturnType::Scalar(_) | ReturnType::Object { .. } | ReturnType::Void => None,
    }
}

fn columns(model: &Model, level: &Level, readable: &dyn Fn(&Field) -> bool) -> Vec<Column> {
    let mut columns: Vec<Column> = Vec::new();
    let mut add = |key: String, kind: Kind| {
        if columns.iter().all(|known| known.key != key) {
            columns.push(Column { key, kind });
        }
    };
    for item in &level.items {
        match item {
            Item::All => {
                for field in model.fields.iter().filter(|field| readable(field) && field.computed.is_none()) {
                    add(field.name.clone(), kind_of(field));
                }
            }
            Item::Field { alias, field, cast, aggregate } => {
                let key =
                    alias.clone().unwrap_or_else(|| key(field, aggregate.as_ref().map(|(aggregate, _)| *aggregate)));
                let known = model.fields.iter().find(|known| known.name == field.name);
                let kind = match (field.path.last(), cast.as_deref(), aggregate) {
                    (_, Some("json" | "jsonb"), None) => Kind::Json,
                    (_, Some(_), _) | (_, _, Some(_)) => Kind::Scalar,
                    (Some(step), None, None) if step.text => Kind::Scalar,
                    (Some(_), None, None) => Kind::Json,
                    (None, None, None) => known.map_or(Kind::Scalar, kind_of),
                };
                add(key, kind);
            }
            Item::CountRows { alias, .. } => add(alias.clone().unwrap_or_else(|| "count".to_owned()), Kind::Scalar),
            Item::Embed(embed) if !embed.spread && !embed.level.items.is_empty() => {
                add(embed.alias.clone().unwrap_or_else(|| embed.target.name().to_owned()), Kind::Json);
            }
            Item::Embed(_) => {}
            Item::Constant { key, .. } => add(key.clone(), Kind::Scalar),
        }
    }
    columns
}

/// The key of an item without an alias: the aggregate, else the last member of the path, else the column.
fn key(field: &FieldRef, aggregate: Option<Aggregate>) -> String {
    let member = field.path.iter().rev().find_map(|step| match &step.key {
        PathKey::Member(name) => Some(name),
        PathKey::Index(_) | PathKey::Whole => None,
    });
    match aggregate {
        Some(Aggregate::Sum) => "sum".to_owned(),
        Some(Aggregate::Avg) => "avg".to_owned(),
        Some(Aggregate::Count) => "count".to_owned(),
        Some(Aggregate::Max) => "max".to_owned(),
        Some(Aggregate::Min) => "min".to_owned(),
        None => member.unwrap_or(&field.name).clone(),
    }
}

fn kind_of(field: &Field) -> Kind {
    match field.ty.scalar {
        _ if field.ty.list => Kind::List,
        Scalar::Json | Scalar::Object(_) => Kind::Json,
        Scalar::Int
        | Scalar::BigInt
        | Scalar::Float
        | Scalar::Decimal
        | Scalar::Boolean
        | Scalar::String
        | Scalar::Id
        | Scalar::Uuid
        | Scalar::DateTime
        | Scalar::Date
        | Scalar::Time
        | Scalar::Bytes
        | Scalar::Email
        | Scalar::Url
        | Scalar::Phone
        | Scalar::Enum(_) => Kind::Scalar,
    }
}

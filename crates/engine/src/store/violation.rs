//! From a violated constraint to a [`Failure`], whatever the database: names on the wire, and values of the request.

use super::print::print;
use crate::Failure;
use crate::compiled::Compiled;
use crate::fault::KeyDetail;
use crate::store::Job;
use backstay_plan::Refusal;
use backstay_plan::authorized::{Plan, WriteColumn};
use backstay_plan::value::Value;
use backstay_schema::model::{FieldId, ForeignKey, Model};
use backstay_schema::{ACCOUNTS, Schema};

/// The model of a table.
pub(crate) fn model_of<'a>(schema: &'a Schema, table: &str) -> Option<&'a Model> {
    schema.models.iter().find(|model| model.table == table)
}

/// A check that a row fails, by its name.
pub(crate) fn check(subject: &str, compiled: &Compiled) -> Refusal {
    let schema = compiled.schema();
    let declared = schema.models.iter().find_map(|model| {
        model.checks.iter().find(|check| check.name == subject).map(|check| (model, check.message.clone()))
    });
    let relation = declared.as_ref().map_or_else(|| compiled.relation(), |(model, _)| model.table.as_str());
    let details = declared.as_ref().and_then(|(_, message)| message.clone());
    Refusal::CheckFailed {
        relation: relation.to_owned(),
        constraint: subject.to_owned(),
        details: details.unwrap_or_else(|| format!("The new row fails the check \"{subject}\".")),
    }
}

/// An address that another account has, in the words of the profile that was written: no door names accounts.
pub(crate) fn of_profile(schema: &Schema, table: &str, columns: &[&str]) -> Option<String> {
    if table != ACCOUNTS || columns != ["email"] {
        return None;
    }
    let model = schema.models.iter().find(|model| model.auth_user.is_some())?;
    let email = model.auth_user.as_ref()?.email?;
    let named = constraint_name(model, &[email]);
    let field = model.fields.get(usize::from(email.0))?;
    Some(named.unwrap_or_else(|| format!("{}_{}_key", model.table, field.column)))
}

/// The name of the constraint that keeps these fields unique.
pub(crate) fn constraint_name(model: &Model, fields: &[FieldId]) -> Option<String> {
    if model.key == fields {
        return Some(format!("{}_pkey", model.table));
    }
    let unique = model.uniques.iter().find(|unique| unique.fields == fields).map(|unique| unique.name.clone());
    unique.or_else(|| {
        let same = |index: &&backstay_schema::model::Index| {
            index.unique && index.fields.iter().map(|(field, _)| field).eq(fields.iter())
        };
        model.indexes.iter().find(same).map(|index| index.name.clone())
    })
}

/// Names and values as a message shows them.
pub(crate) fn detail(model: &Model, fields: &[FieldId], values: &[Value]) -> KeyDetail {
    let of = |id: &FieldId| model.fields.get(usize::from(id.0));
    KeyDetail {
        columns: fields.iter().filter_map(of).map(|field| field.name.clone()).collect(),
        values: fields.iter().filter_map(of).zip(values).map(|(field, value)| print(value, &field.ty)).collect(),
    }
}

/// The values that the request writes into `fields` of its row at `row`; `None` unless it writes every one of them.
pub(crate) fn written(job: &Job, row: usize, model: &Model, fields: &[FieldId]) -> Option<Vec<Value>> {
    if job.compiled.model() != Some(model.id) {
        return None;
    }
    let columns: &[WriteColumn] = match job.compiled.plan.plan() {
        Plan::Insert(insert) => &insert.columns,
        Plan::Update(update) => &update.columns,
        Plan::Read(_) | Plan::Delete(_) | Plan::Call(_) => return None,
    };
    let cells = job.bound.rows.get(row)?;
    let value =
        |id: &FieldId| columns.iter().position(|column| column.field == *id).and_then(|at| cells.get(at)).cloned();
    fields.iter().map(value).collect()
}

/// What is said of a loaded row whose reference leads nowhere.
pub(crate) fn dangling(compiled: &Compiled, key: &ForeignKey) -> Failure {
    let referenced = compiled.schema().models.get(usize::from(key.to.0));
    Failure::ForeignKeyMissing {
        relation: compiled.relation().to_owned(),
        constraint: key.name.clone(),
        referenced: referenced.map(|model| model.table.clone()).unwrap_or_default(),
        key: None,
    }
}

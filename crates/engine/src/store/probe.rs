//! Decides whether an error message may show a key: only what the caller could have read by an ordinary request.

use crate::clock::Ids;
use crate::compiled::Compiled;
use crate::prepare;
use crate::store::{Bound, Job};
use backstay_plan::limits::Limits;
use backstay_plan::request::{
    Action, CompareOp, Condition, FieldRef, Guards, Input, Item, Level, Operator, Quantity, Read, Request, Slot,
};
use backstay_plan::value::Value;
use backstay_schema::model::{FieldId, Model};

/// Whether the caller may use these columns at all.
pub(crate) fn may_name(job: &Job, model: &Model, fields: &[FieldId]) -> bool {
    let Some(request) = request(model, fields, &[]) else { return false };
    prepare::compiled(&job.compiled.loaded, &request.action, &job.who, &Limits::default()).is_ok()
}

/// The read that answers a row when the caller can read one that holds these values in these columns; `None` when the caller
/// may not even ask.
pub(crate) fn look(job: &Job, model: &Model, fields: &[FieldId], values: &[Value]) -> Option<(Compiled, Bound)> {
    let limits = Limits::default();
    let request = request(model, fields, values)?;
    let compiled = prepare::compiled(&job.compiled.loaded, &request.action, &job.who, &limits).ok()?;
    let context = prepare::Context {
        who: &job.who,
        now_micros: job.now_micros,
        limits: &limits,
        ids: &Ids::default(),
        hash: |_| None,
    };
    let bound = prepare::bound(&compiled, &request, &context).ok()?;
    Some((compiled, bound))
}

/// Selects the columns where they hold the values.
fn request(model: &Model, fields: &[FieldId], values: &[Value]) -> Option<Request> {
    let mut level = Level::default();
    let mut inputs = Vec::new();
    for (position, id) in fields.iter().enumerate() {
        let field = FieldRef { name: model.fields.get(usize::from(id.0))?.name.clone(), path: Vec::new() };
        level.items.push(Item::Field { alias: None, field: field.clone(), cast: None, aggregate: None });
        let Some(value) = values.get(position) else { continue };
        let slot = Slot(u16::try_from(position).ok()?);
        inputs.push(Input::Text(text(value)?));
        level.filter.push(Condition::Test { field, operator: Operator::Compare(CompareOp::Eq, Quantity::One, slot) });
    }
    let action = Action::Read(Read { relation: model.table.clone(), level, total: false });
    Some(Request { action, inputs, guards: Guards::default() })
}

/// A stored value as a request would write it.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Int(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Text(text) => Some(text.clone()),
        Value::Blob(bytes) => {
            let mut out = b"\\x".to_vec();
            super::sqlite::json::write_hex(&mut out, bytes);
            String::from_utf8(out).ok()
        }
    }
}

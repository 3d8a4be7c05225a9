//! PUT: one row, named by its whole key in the URL and in the body, is inserted or takes the body's values.

use super::headers::prefer::Scope;
use super::parse::range;
use super::relation::{keep_rows, payload};
use super::render::{self, Wants, Written};
use super::{Call, bad_range, columns, guards};
use crate::fault::{Fault, code};
use backstay_plan::request::{
    Absent, Action, Cell, CompareOp, Condition, Conflict, Input, Insert, Operator, Quantity, Request, Resolution,
};
use backstay_schema::model::Model;
use bytes::Bytes;
use http::Response;

/// Answers a PUT of a relation.
pub(super) async fn answer(call: &Call<'_>, relation: String) -> Result<Response<Bytes>, Fault> {
    let query = call.query(&super::parse::Keys::Filters, 1)?;
    if query.limit.is_some() || query.offset.is_some() {
        range::window(query.limit, query.offset, None).map_err(bad_range)?;
        return Err(Fault::new(code::PUT_RANGE, "limit/offset querystring parameters are not allowed for PUT"));
    }
    let mut payload = payload(call, query.columns.as_deref())?;
    payload.rows.truncate(1);
    let schema = call.engine.schema();
    // Of a relation that is not there the plan says so itself.
    if let Some(model) = schema.models.iter().find(|model| model.table == relation) {
        let key = key_of_url(model, &query.filter, &query.inputs).ok_or_else(|| {
            let message = "Filters must include all and only primary key columns with 'eq' operators";
            Fault::new(code::PUT_FILTERS, message)
        })?;
        let row = payload.rows.first();
        let same = |(column, value): &(&str, &str)| {
            let at = payload.columns.iter().position(|name| name == column)?;
            row?.get(at).filter(|cell| is_text(cell, value))
        };
        if !key.iter().all(|pair| same(pair).is_some()) {
            return Err(Fault::new(code::PUT_KEY, "Payload values do not match URL in primary key column(s)"));
        }
    }
    let preferences = call.preferences();
    let frame = call.frame(&preferences, Scope { returns: true, ..Scope::default() }, query.renamed)?;
    let mut inputs = query.inputs;
    let rows = keep_rows(&mut inputs, payload.rows);
    let conflict = Some(Conflict::on(Vec::new(), Resolution::Merge));
    let returning = preferences.wants_rows().then_some(query.level);
    let (columns, absent) = (payload.columns, Absent::Null);
    let action = Action::Insert(Insert { relation, columns, rows, absent, conflict, returning, referred: None });
    let request = Request { action, inputs, guards: guards(&preferences, frame.media, None) };
    let answer = call.run(&request).await?;
    let wants = Wants { rows: preferences.wants_rows(), count: false };
    Ok(render::write(&answer, Written::Put, wants, &frame, || columns::of(call, &request.action)))
}

/// The key that the filters name: each of its columns once, compared for equality. `None` for any other filters.
fn key_of_url<'a>(model: &Model, filter: &'a [Condition], inputs: &'a [Input]) -> Option<Vec<(&'a str, &'a str)>> {
    let names = model.key.iter().filter_map(|id| model.fields.iter().find(|field| field.id == *id));
    let mut key = Vec::with_capacity(filter.len());
    for condition in filter {
        let Condition::Test { field, operator: Operator::Compare(CompareOp::Eq, Quantity::One, slot) } = condition
        else {
            return None;
        };
        let Some(Input::Text(value)) = inputs.get(usize::from(slot.0)) else { return None };
        if !field.path.is_empty() {
            return None;
        }
        key.push((field.name.as_str(), value.as_str()));
    }
    let complete = names.clone().all(|field| key.iter().any(|(name, _)| *name == field.name));
    let only = key.iter().all(|(name, _)| names.clone().any(|field| field.name == *name));
    (!model.keyless && complete && only).then_some(key)
}

/// Whether a cell holds this text.
fn is_text(cell: &Cell, text: &str) -> bool {
    match cell {
        Cell::Absent | Cell::Null => false,
        Cell::Text(value) => **value == *text,
        Cell::Json(json) if json.starts_with('"') => {
            serde_json::from_str::<String>(json).is_ok_and(|value| value == text)
        }
        Cell::Json(json) => **json == *text,
    }
}

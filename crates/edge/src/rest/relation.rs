//! `/<relation>`: read, insert, update, delete, and what the relation offers.

use super::headers::body_format;
use super::headers::prefer::{Count, Duplicates, Missing, Preferences, Return, Scope};
use super::parse::Keys;
use super::parse::range::{self, Window};
use super::render::{self, Wants, Written};
use super::{Call, bad_range, body, columns, guards};
use crate::fault::{Fault, code};
use backstay_plan::Refusal;
use backstay_plan::request::{
    Absent, Action, Conflict, Delete, FieldRef, Input, Insert, Item, Level, Read, Request, Resolution, Slot, Update,
};
use backstay_schema::model::{Field, Model, Op};
use bytes::Bytes;
use http::{Method, Response};

/// Answers a request for a relation.
pub(super) async fn answer(call: &Call<'_>, relation: String) -> Result<Response<Bytes>, Fault> {
    match call.parts.method {
        Method::GET | Method::HEAD => read(call, relation).await,
        Method::POST => insert(call, relation).await,
        Method::PATCH => update(call, relation).await,
        Method::DELETE => delete(call, relation).await,
        Method::PUT => super::put::answer(call, relation).await,
        Method::OPTIONS => options(call, &relation),
        _ => Err(Fault::new(code::METHOD, format!("Unsupported HTTP method: {}", call.parts.method))),
    }
}

async fn read(call: &Call<'_>, relation: String) -> Result<Response<Bytes>, Fault> {
    let mut query = call.query(&Keys::Filters, 0)?;
    let header = if call.parts.method == Method::GET { super::headers::range(&call.parts.headers) } else { None };
    let window = range::window(query.limit, query.offset, header).map_err(bad_range)?;
    let preferences = call.preferences();
    let frame = call.frame(&preferences, Scope::default(), std::mem::take(&mut query.renamed))?;
    let mut level = query.level;
    level.filter = query.filter;
    limit(&mut level, window, &mut query.inputs);
    let action = Action::Read(Read { relation, level, total: preferences.count.is_some() });
    let request = Request { action, inputs: query.inputs, guards: guards(&preferences, frame.media, None) };
    let answer = call.run(&request).await?;
    Ok(render::read(&answer, window, &frame, || columns::of(call, &request.action)))
}

async fn insert(call: &Call<'_>, relation: String) -> Result<Response<Bytes>, Fault> {
    let query = call.query(&Keys::Filters, 1)?;
    let window = range::window(query.limit, query.offset, None).map_err(bad_range)?;
    let payload = payload(call, query.columns.as_deref())?;
    let preferences = call.preferences();
    let schema = call.engine.schema();
    let model = schema.models.iter().find(|model| model.table == relation);
    // A relation without a key on the wire can collide only where the request names the columns.
    let can_collide = query.on_conflict.is_some() || model.is_some_and(|model| !model.keyless);
    let conflict = preferences.duplicates.filter(|_| can_collide).map(|duplicates| {
        let resolution = match duplicates {
            Duplicates::Merge => Resolution::Merge,
            Duplicates::Ignore => Resolution::Ignore,
        };
        Conflict::on(query.on_conflict.clone().unwrap_or_default(), resolution)
    });
    let scope = Scope { duplicates: conflict.is_some(), missing: true, returns: true, affected_max: false };
    let frame = call.frame(&preferences, scope, query.renamed)?;
    let merged = conflict.as_ref().is_some_and(|conflict| conflict.resolution == Resolution::Merge);
    let mut inputs = query.inputs;
    let rows_count = payload.rows.len();
    let rows = keep_rows(&mut inputs, payload.rows);
    let place = preferences.returns == Some(Return::HeadersOnly) && rows_count == 1;
    let returning = match model.filter(|model| place && !model.keyless) {
        Some(model) => Some(key_level(model)),
        None => preferences.wants_rows().then(|| shaped(query.level, window, &mut inputs)),
    };
    let absent = absent(&preferences);
    let (columns, referred) = (payload.columns, None);
    let action = Action::Insert(Insert { relation, columns, rows, absent, conflict, returning, referred });
    let request = Request { action, inputs, guards: guards(&preferences, frame.media, None) };
    let answer = call.run(&request).await?;
    let written = Written::Inserted { merged };
    let mut response =
        render::write(&answer, written, wants(&preferences), &frame, || columns::of(call, &request.action));
    if place {
        render::set_location(&mut response, &answer, &call.parts.uri);
    }
    Ok(response)
}

/// The columns that name a row.
fn key_level(model: &Model) -> Level {
    let key = model.key.iter().filter_map(|id| model.fields.iter().find(|field| field.id == *id));
    let item = |field: &Field| Item::Field {
        alias: None,
        field: FieldRef { name: field.name.clone(), path: Vec::new() },
        cast: None,
        aggregate: None,
    };
    Level { items: key.map(item).collect(), ..Level::default() }
}

async fn update(call: &Call<'_>, relation: String) -> Result<Response<Bytes>, Fault> {
    let query = call.query(&Keys::Filters, 1)?;
    let window = range::window(query.limit, query.offset, None).map_err(bad_range)?;
    let mut payload = payload(call, query.columns.as_deref())?;
    if payload.rows.is_empty() {
        payload.columns.clear();
        payload.rows.push(Vec::new());
    }
    // Of several objects the first counts.
    payload.rows.truncate(1);
    let preferences = call.preferences();
    let scope = Scope { duplicates: false, missing: true, returns: true, affected_max: true };
    let frame = call.frame(&preferences, scope, query.renamed)?;
    let mut inputs = query.inputs;
    let row = keep_rows(&mut inputs, payload.rows);
    let returning = preferences.wants_rows().then(|| shaped(query.level, window, &mut inputs));
    let (columns, added, edited) = (payload.columns, Vec::new(), Vec::new());
    let (absent, filter) = (absent(&preferences), query.filter);
    let action = Action::Update(Update { relation, columns, added, edited, row, absent, filter, returning });
    let request = Request { action, inputs, guards: guards(&preferences, frame.media, preferences.affected_max()) };
    let answer = call.run(&request).await?;
    Ok(render::write(&answer, Written::Updated, wants(&preferences), &frame, || columns::of(call, &request.action)))
}

async fn delete(call: &Call<'_>, relation: String) -> Result<Response<Bytes>, Fault> {
    let query = call.query(&Keys::Filters, 0)?;
    let window = range::window(query.limit, query.offset, None).map_err(bad_range)?;
    let preferences = call.preferences();
    let scope = Scope { duplicates: false, missing: false, returns: true, affected_max: true };
    let frame = call.frame(&preferences, scope, query.renamed)?;
    let mut inputs = query.inputs;
    let returning = preferences.wants_rows().then(|| shaped(query.level, window, &mut inputs));
    let action = Action::Delete(Delete { relation, filter: query.filter, returning });
    let request = Request { action, inputs, guards: guards(&preferences, frame.media, preferences.affected_max()) };
    let answer = call.run(&request).await?;
    Ok(render::write(&answer, Written::Deleted, wants(&preferences), &frame, || columns::of(call, &request.action)))
}

fn options(call: &Call<'_>, relation: &str) -> Result<Response<Bytes>, Fault> {
    let schema = call.engine.schema();
    let unknown = || Refusal::UnknownRelation { name: relation.to_owned(), suggestion: None };
    let model = schema.models.iter().find(|model| model.table == relation && model.doors.rest);
    let model = model.ok_or_else(|| call.refused_name(unknown(), &schema))?;
    Ok(render::options(&allow(model)))
}

fn allow(model: &Model) -> String {
    let (create, update, delete) =
        (model.ops.contains(Op::Create), model.ops.contains(Op::Update), model.ops.contains(Op::Delete));
    let verbs = [
        ("OPTIONS,GET,HEAD", true),
        ("POST", create),
        ("PUT", create && update && !model.keyless),
        ("PATCH", update),
        ("DELETE", delete),
    ];
    let offered: Vec<&str> = verbs.into_iter().filter(|(_, offered)| *offered).map(|(verb, _)| verb).collect();
    offered.join(",")
}

pub(super) fn payload(call: &Call<'_>, columns: Option<&[String]>) -> Result<body::Payload, Fault> {
    let format = body_format(&call.parts.headers)
        .map_err(|other| Fault::new(code::BODY, format!("Content-Type not acceptable: {other}")))?;
    body::rows(&call.body, format, columns, call.limits).map_err(|error| error.fault(call.caller))
}

/// Puts the rows of a write into the slot that was reserved for them.
pub(super) fn keep_rows(inputs: &mut [Input], rows: Vec<Vec<backstay_plan::request::Cell>>) -> Slot {
    if let Some(place) = inputs.first_mut() {
        *place = Input::Rows(rows);
    }
    Slot(0)
}

/// The rows to answer a write with: filters have chosen them already, order and limits shape the answer.
fn shaped(mut level: Level, window: Window, inputs: &mut Vec<Input>) -> Level {
    limit(&mut level, window, inputs);
    level
}

/// Bounds a level.
pub(super) fn limit(level: &mut Level, window: Window, inputs: &mut Vec<Input>) {
    let mut keep = |number: i64| {
        let slot = u16::try_from(inputs.len()).ok()?;
        inputs.push(Input::Int(number));
        Some(Slot(slot))
    };
    level.limit = window.limit.and_then(&mut keep);
    level.offset = Some(window.first).filter(|first| *first > 0).and_then(&mut keep);
}

fn absent(preferences: &Preferences) -> Absent {
    match preferences.missing {
        Some(Missing::Default) => Absent::Default,
        Some(Missing::Null) | None => Absent::Null,
    }
}

fn wants(preferences: &Preferences) -> Wants {
    // A planned number is not known of a write.
    let count = matches!(preferences.count, Some(Count::Exact | Count::Estimated));
    Wants { rows: preferences.wants_rows(), count }
}

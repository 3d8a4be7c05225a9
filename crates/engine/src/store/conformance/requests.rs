//! Requests in few words.

use backstay_plan::principal::{Identity, RoleSet, WireRole};
use backstay_plan::request::{
    Absent, Action, Cell, CompareOp, Condition, Conflict, Delete, FieldRef, Guards, Input, Insert, Item, Level,
    Operator, OrderTerm, Quantity, Read, Request, Resolution, Slot, Update,
};
use backstay_plan::{Principal, principal::Api};
use serde_json::{Map, Value};
use std::sync::Arc;

/// Who asks.
pub(crate) struct Who;

impl Who {
    /// Without credentials.
    pub(crate) fn anyone() -> Principal {
        Principal::with_roles(RoleSet::anonymous())
    }

    /// The role that bypasses every rule.
    pub(crate) fn service() -> Principal {
        Principal::with_roles(RoleSet::service())
    }

    /// A signed-in caller.
    pub(crate) fn user(uid: &str) -> Principal {
        let roles = RoleSet { wire: WireRole::Authenticated, application: Vec::new() };
        let identity = Identity { roles, uid: Some(uid.to_owned()), claims: Map::new() };
        Principal { identity: Arc::new(identity), ip: None, method: "POST", api: Api::Rest }
    }
}

/// `a,b` or `*`; empty is no answer at all.
fn level(select: &str) -> Option<Level> {
    let item = |name: &str| match name {
        "*" => Item::All,
        name => Item::Field { alias: None, field: field(name), cast: None, aggregate: None },
    };
    (!select.is_empty()).then(|| Level { items: select.split(',').map(item).collect(), ..Level::default() })
}

fn field(name: &str) -> FieldRef {
    FieldRef { name: name.to_owned(), path: Vec::new() }
}

/// `a=1&b=2`: equality tests; slots follow those in use.
fn filter(text: &str, inputs: &mut Vec<Input>) -> Vec<Condition> {
    let mut conditions = Vec::new();
    for (name, value) in text.split('&').filter_map(|test| test.split_once('=')) {
        let slot = Slot(u16::try_from(inputs.len()).unwrap());
        inputs.push(Input::Text(value.to_owned()));
        let operator = Operator::Compare(CompareOp::Eq, Quantity::One, slot);
        conditions.push(Condition::Test { field: field(name), operator });
    }
    conditions
}

/// Columns and cells of a JSON array of objects.
fn rows(json: &Value) -> (Vec<String>, Input) {
    let objects: Vec<_> = json.as_array().unwrap().iter().map(|row| row.as_object().unwrap()).collect();
    let columns: Vec<String> = objects.first().map(|row| row.keys().cloned().collect()).unwrap_or_default();
    let cell = |value: Option<&Value>| match value {
        None => Cell::Absent,
        Some(Value::Null) => Cell::Null,
        Some(value) => Cell::Json(value.to_string().into()),
    };
    let cells = objects.iter().map(|row| columns.iter().map(|column| cell(row.get(column))).collect()).collect();
    (columns, Input::Rows(cells))
}

/// Inserts; `select` is what to answer.
pub(crate) fn insert(relation: &str, json: &Value, select: &str) -> Request {
    let (columns, cells) = rows(json);
    let relation = relation.to_owned();
    let (absent, returning) = (Absent::Default, level(select));
    let insert = Insert { relation, columns, rows: Slot(0), absent, conflict: None, returning, referred: None };
    Request { action: Action::Insert(insert), inputs: vec![cells], guards: Guards::default() }
}

/// Inserts or, where the constraint over `on` (empty: the key) collides, does as `resolution` says.
pub(crate) fn upsert(relation: &str, json: &Value, on: &[&str], resolution: Resolution) -> Request {
    let mut request = insert(relation, json, "*");
    if let Action::Insert(insert) = &mut request.action {
        let columns = on.iter().map(|column| (*column).to_owned()).collect();
        insert.conflict = Some(Conflict::on(columns, resolution));
    }
    request
}

/// Reads rows, ordered by the key.
pub(crate) fn read(relation: &str, select: &str, tests: &str) -> Request {
    let mut inputs = Vec::new();
    let filter = filter(tests, &mut inputs);
    let order: Vec<OrderTerm> = Vec::new();
    let level = Level { filter, order, ..level(select).unwrap_or_default() };
    let action = Action::Read(Read { relation: relation.to_owned(), level, total: false });
    Request { action, inputs, guards: Guards::default() }
}

/// Changes rows.
pub(crate) fn update(relation: &str, json: &Value, tests: &str, select: &str) -> Request {
    let (columns, cells) = rows(&Value::Array(vec![json.clone()]));
    let mut inputs = vec![cells];
    let filter = filter(tests, &mut inputs);
    let (relation, returning) = (relation.to_owned(), level(select));
    let (added, edited, row) = (Vec::new(), Vec::new(), Slot(0));
    let update = Update { relation, columns, added, edited, row, absent: Absent::Default, filter, returning };
    Request { action: Action::Update(update), inputs, guards: Guards::default() }
}

/// Counts columns of rows up, and changes others.
pub(crate) fn count_up(relation: &str, (set, added): (&Value, &Value), tests: &str, select: &str) -> Request {
    let mut request = update(relation, set, tests, select);
    let (columns, more) = rows(&Value::Array(vec![added.clone()]));
    if let (Action::Update(update), Some(Input::Rows(cells)), Input::Rows(more)) =
        (&mut request.action, request.inputs.first_mut(), more)
    {
        update.added = columns;
        cells.iter_mut().zip(more).for_each(|(row, more)| row.extend(more));
    }
    request
}

/// Removes rows.
pub(crate) fn delete(relation: &str, tests: &str, select: &str) -> Request {
    let mut inputs = Vec::new();
    let filter = filter(tests, &mut inputs);
    let delete = Delete { relation: relation.to_owned(), filter, returning: level(select) };
    Request { action: Action::Delete(delete), inputs, guards: Guards::default() }
}

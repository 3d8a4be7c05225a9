//! What the steps of a write come to, whatever the database: the keys touched, the guards, and why a row is refused.

use crate::Failure;
use crate::compiled::Compiled;
use crate::store::Outcome;
use backstay_compile::statement::VerifyFailure;
use backstay_plan::Refusal;
use backstay_plan::authorized::Plan;
use backstay_plan::bind;
use backstay_plan::request::{Guards, Resolution};
use backstay_plan::value::Value;
use backstay_schema::model::FieldId;
use serde_json::Value as Json;
use std::collections::HashSet;

/// The rows that a write has touched so far.
#[derive(Debug)]
pub(crate) struct Touched {
    /// JSON array of key arrays.
    keys: Vec<u8>,
    /// How many.
    count: u64,
}

impl Default for Touched {
    fn default() -> Self {
        Self { keys: b"[]".to_vec(), count: 0 }
    }
}

impl Touched {
    /// JSON array of key arrays.
    pub(crate) fn keys_json(&self) -> &[u8] {
        &self.keys
    }

    /// Adds a key.
    pub(crate) fn push(&mut self, key: &[u8]) {
        self.keys.pop();
        if self.count > 0 {
            self.keys.push(b',');
        }
        self.keys.extend_from_slice(key);
        self.keys.push(b']');
        self.count += 1;
    }

    /// Starts over with these.
    pub(crate) fn replace(&mut self, keys: Vec<u8>, count: u64) {
        self.keys = keys;
        self.count = count;
    }
}

/// The rows that a merge of several has written, none of them twice.
#[derive(Debug, Default)]
pub(crate) struct Merged {
    keys: HashSet<Vec<u8>>,
    /// The first row of the request that names the same one as a row before it, though the keys that are written may differ.
    repeated: Option<usize>,
}

impl Merged {
    /// For a merge of several rows; nothing for any other write.
    pub(crate) fn of(compiled: &Compiled, rows: &[Vec<Value>]) -> Option<Self> {
        let Plan::Insert(insert) = compiled.plan.plan() else { return None };
        let merge = insert.conflict.as_ref().filter(|conflict| matches!(conflict.resolution, Resolution::Merge));
        let merge = merge.filter(|_| rows.len() > 1)?;
        // A key that no merge writes tells by itself that a row comes twice.
        let key = &compiled.schema().models.get(usize::from(insert.model.0))?.key;
        if !merge.set.iter().any(|field| key.contains(field)) {
            return Some(Self::default());
        }
        // Without one of its columns a constraint holds what the database makes, or null, which is like no other.
        let place = |field: &FieldId| insert.columns.iter().position(|column| column.field == *field);
        let Some(places) = merge.target.iter().map(place).collect::<Option<Vec<usize>>>() else {
            return Some(Self::default());
        };
        let mut named = HashSet::with_capacity(rows.len());
        let repeated = rows.iter().position(|row| {
            let values: Vec<&Value> = places.iter().filter_map(|at| row.get(*at)).collect();
            !values.contains(&&Value::Null) && !named.insert(format!("{values:?}"))
        });
        Some(Self { keys: HashSet::new(), repeated })
    }

    /// # Errors
    ///
    /// When a row that is about to be written names one that is written already.
    pub(crate) fn begin(merged: Option<&Self>, position: usize) -> Result<(), Failure> {
        let repeated = merged.is_some_and(|merged| merged.repeated == Some(position));
        if repeated { Err(Failure::MergeTwice) } else { Ok(()) }
    }

    /// # Errors
    ///
    /// When the key is one that is written already.
    pub(crate) fn written(merged: Option<&mut Self>, key: &[u8]) -> Result<(), Failure> {
        let first = merged.is_none_or(|merged| merged.keys.insert(key.to_vec()));
        if first { Ok(()) } else { Err(Failure::MergeTwice) }
    }
}

/// Keys in the order of their values, as rows come out of a read: the server touches rows wherever it last put them.
pub(crate) fn in_key_order(keys: Vec<Vec<u8>>) -> Touched {
    let mut keys: Vec<(Vec<Json>, Vec<u8>)> =
        keys.into_iter().map(|key| (serde_json::from_slice(&key).unwrap_or_default(), key)).collect();
    keys.sort_by(|(one, _), (other, _)| {
        let parts = one.iter().zip(other).map(|(one, other)| compared(one, other));
        parts.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
    });
    let mut touched = Touched::default();
    keys.iter().for_each(|(_, key)| touched.push(key));
    touched
}

fn compared(one: &Json, other: &Json) -> std::cmp::Ordering {
    match (one, other) {
        (Json::Number(one), Json::Number(other)) => match (one.as_i64(), other.as_i64()) {
            (Some(one), Some(other)) => one.cmp(&other),
            _ => one.as_f64().unwrap_or(f64::NAN).total_cmp(&other.as_f64().unwrap_or(f64::NAN)),
        },
        (Json::String(one), Json::String(other)) => one.as_bytes().cmp(other.as_bytes()),
        (Json::Bool(one), Json::Bool(other)) => one.cmp(other),
        _ => std::cmp::Ordering::Equal,
    }
}

/// Tests what must hold for the answer to be given and the write to be kept.
pub(crate) fn guard(guards: Guards, represents: bool, outcome: &Outcome) -> Result<(), Failure> {
    if let Some(max) = guards.affected_max.filter(|max| outcome.affected > *max) {
        return Err(Failure::TooManyAffected { affected: outcome.affected, max });
    }
    let rows = if represents { outcome.rows } else { outcome.affected };
    if guards.singular && rows != 1 {
        return Err(Failure::NotSingular { rows });
    }
    Ok(())
}

/// Elements of a JSON array.
///
/// # Errors
/// It is none.
pub(crate) fn count_elements(array: &str) -> Result<u64, Failure> {
    serde_json::from_str::<Vec<&serde_json::value::RawValue>>(array)
        .map(|elements| u64::try_from(elements.len()).unwrap_or(u64::MAX))
        .map_err(|_| Failure::Internal { reason: "the touched keys are not a JSON array".to_owned() })
}

/// A row that a rule forbids.
pub(crate) fn row_denied(compiled: &Compiled) -> Failure {
    if let Some(name) = compiled.operation() {
        return Refusal::OperationDenied { name: name.to_owned() }.into();
    }
    Refusal::RowDenied { relation: compiled.relation().to_owned() }.into()
}

/// Why a step that verifies refuses.
pub(crate) fn verified(compiled: &Compiled, failure: VerifyFailure) -> Failure {
    match failure {
        VerifyFailure::RowDenied => row_denied(compiled),
        VerifyFailure::AccountId => account_id(compiled),
        VerifyFailure::CheckFailed { check } => check_failed(compiled, check),
    }
}

/// Asks the value rules of a column about what a change has left in it.
///
/// # Errors
/// It fails one.
pub(crate) fn validated(compiled: &Compiled, field: FieldId, json: &[u8]) -> Result<(), Failure> {
    let model = compiled.model().and_then(|id| compiled.schema().models.get(usize::from(id.0)));
    let found = model.and_then(|model| Some((model, model.fields.get(usize::from(field.0))?)));
    let (Some(of), Ok(json)) = (found, std::str::from_utf8(json)) else {
        return Err(Failure::Internal { reason: "a value that no rule is about".to_owned() });
    };
    let loaded = &compiled.loaded;
    bind::edited(of, json, (&loaded.schema, &loaded.prepared, &loaded.limits)).map_err(Failure::from)
}

/// A change that leaves nobody with the protected role.
pub(crate) fn last_of_role(compiled: &Compiled) -> Failure {
    let role = compiled.loaded.prepared.protected_role().unwrap_or_default().to_owned();
    Refusal::LastOfRole { role }.into()
}

fn account_id(compiled: &Compiled) -> Failure {
    let model = compiled.model().and_then(|id| compiled.schema().models.get(usize::from(id.0)));
    let key = model.and_then(|model| model.key.first().and_then(|id| model.fields.get(usize::from(id.0))));
    let column = key.map(|field| field.name.clone()).unwrap_or_default();
    Refusal::AccountId { column }.into()
}

/// A row that a check of its model forbids.
fn check_failed(compiled: &Compiled, check: u16) -> Failure {
    let model = compiled.model().and_then(|id| compiled.schema().models.get(usize::from(id.0)));
    let Some(check) = model.and_then(|model| model.checks.get(usize::from(check))) else {
        return Failure::Internal { reason: "a check that the model does not have".to_owned() };
    };
    let otherwise = || format!("The new row fails the check \"{}\".", check.name);
    Refusal::CheckFailed {
        relation: compiled.relation().to_owned(),
        constraint: check.name.clone(),
        details: check.message.clone().unwrap_or_else(otherwise),
    }
    .into()
}

/// What the steps have come to so far.
#[derive(Debug, Default)]
pub(crate) struct Sums {
    rows: u64,
    bytes: usize,
}

impl Sums {
    /// Adds a step.
    ///
    /// # Errors
    /// All together are too much.
    pub(crate) fn add(&mut self, outcome: &Outcome, rows_max: u32, bytes_max: usize) -> Result<(), Failure> {
        self.rows = self.rows.saturating_add(outcome.rows.max(outcome.affected));
        self.bytes = self.bytes.saturating_add(outcome.body.len());
        if self.rows > rows_max.into() {
            return Err(Refusal::LimitExceeded { what: "rows of one transaction", max: rows_max.into() }.into());
        }
        if self.bytes > bytes_max {
            let max = u64::try_from(bytes_max).unwrap_or(u64::MAX);
            return Err(Refusal::LimitExceeded { what: "bytes of one answer", max }.into());
        }
        Ok(())
    }
}

//! Finds the foreign key behind "FOREIGN KEY constraint failed", which SQLite does not name.
//!
//! The write runs once more with the checks deferred; then small queries look for rows whose reference leads nowhere.
//! An insert in which none is found was only refused because of the order of its rows, and is kept, as on PostgreSQL.

use super::connection::Link;
use super::probe;
use super::program::{self, Progress};
use super::read::{Stop, to_sql};
use super::{Settings, fault};
use crate::Failure;
use crate::store::text::Text;
use crate::store::violation::{detail, written};
use crate::store::work::order_alone;
use crate::store::{Job, Outcome};
use backstay_plan::authorized::Plan;
use backstay_plan::value::Value;
use backstay_schema::model::{FieldId, ForeignKey, Model, ModelId, ReferentialAction};
use rusqlite::types::ValueRef;

/// Cascades followed when the refused reference is not to the written table itself.
const CASCADES_MAX: usize = 8;

/// Runs the job again, inside the caller's savepoint, to find out what is wrong with it.
/// `Ok` keeps the write; on `Err` the caller rolls back.
pub(crate) fn rerun(link: &Link, job: &Job, settings: &Settings) -> Result<Outcome, Failure> {
    let outcome = defer(link, true).map(|()| {
        let mut progress = Progress::default();
        (program::run(link, job, settings, &mut progress), progress)
    });
    let found = match outcome {
        Ok((Ok(outcome), progress)) => match find(link, job, &progress.left_out) {
            Ok(Some(failure)) => Err(failure),
            Ok(None) if order_alone(job) => Ok(outcome),
            Ok(None) => Err(unknown(job)),
            Err(error) => Err(fault::plain(&error, settings.budget_ms())),
        },
        Ok((Err(Stop::Driver(error)), progress)) => {
            Err(fault::of_write(&error, link, job, &progress, settings.budget_ms()))
        }
        Ok((Err(Stop::Refused(failure)), _)) => Err(*failure),
        Err(error) => Err(fault::plain(&error, settings.budget_ms())),
    };
    match defer(link, false) {
        Ok(()) => found,
        Err(error) => Err(fault::plain(&error, settings.budget_ms())),
    }
}

/// Whether an error is a violated foreign key.
pub(crate) fn is_foreign_key(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|code| code.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_FOREIGNKEY)
}

fn defer(link: &Link, on: bool) -> rusqlite::Result<()> {
    link.conn.pragma_update(None, "defer_foreign_keys", on)
}

fn find(link: &Link, job: &Job, left_out: &[usize]) -> rusqlite::Result<Option<Failure>> {
    let Some(model) = job.compiled.model() else { return Ok(None) };
    if let Some(failure) = missing(link, job, (model, left_out))? {
        return Ok(Some(failure));
    }
    if order_alone(job) {
        return half_written(link, job, model);
    }
    // What the caller removed comes first: a removed row leaves references of its own table dangling too.
    match referenced(link, job, model, &mut Vec::new())? {
        Some(failure) => Ok(Some(failure)),
        None => half_written(link, job, model),
    }
}

/// A written row that refers to a row that is not there. `left_out` are positions of rows that were not written, in order.
fn missing(link: &Link, job: &Job, (id, left_out): (ModelId, &[usize])) -> rusqlite::Result<Option<Failure>> {
    let schema = job.compiled.schema();
    let Some(model) = schema.models.get(usize::from(id.0)) else { return Ok(None) };
    for key in schema.foreign_keys.iter().filter(|key| key.from == id) {
        let Some(parent) = schema.models.get(usize::from(key.to.0)) else { continue };
        // Each `?` takes the next value.
        let sql = Text::default().syntax("SELECT 1 FROM ").ident(&parent.table).syntax(" WHERE ").list(
            columns(parent, &key.to_fields),
            " AND ",
            |text, column| text.ident(column).syntax(" = ?"),
        );
        let mut statement = link.conn.prepare(sql.as_str())?;
        for row in (0..job.bound.rows.len()).filter(|row| left_out.binary_search(row).is_err()) {
            let Some(values) = written(job, row, model, &key.from_fields) else { break };
            if values.contains(&Value::Null) {
                continue;
            }
            let there = statement.exists(rusqlite::params_from_iter(values.iter().map(to_sql)))?;
            if !there {
                let readable = crate::store::probe::may_name(job, model, &key.from_fields);
                return Ok(Some(Failure::ForeignKeyMissing {
                    relation: model.table.clone(),
                    constraint: key.name.clone(),
                    referenced: parent.table.clone(),
                    key: readable.then(|| detail(model, &key.from_fields, &values)),
                }));
            }
        }
    }
    Ok(None)
}

/// A reference of the written table that leads nowhere though the request wrote only a part of its columns.
fn half_written(link: &Link, job: &Job, id: ModelId) -> rusqlite::Result<Option<Failure>> {
    let schema = job.compiled.schema();
    let Some(model) = schema.models.get(usize::from(id.0)) else { return Ok(None) };
    // Of what an insert writes whole, each row was looked at.
    let (columns, looked_at) = match job.compiled.plan.plan() {
        Plan::Insert(insert) => (&insert.columns, true),
        Plan::Update(update) => (&update.columns, false),
        Plan::Read(_) | Plan::Delete(_) | Plan::Call(_) => return Ok(None),
    };
    let writes = |field: &FieldId| columns.iter().any(|column| column.field == *field);
    let touches =
        |key: &&ForeignKey| key.from_fields.iter().any(writes) && !(looked_at && key.from_fields.iter().all(writes));
    for key in schema.foreign_keys.iter().filter(|key| key.from == id).filter(touches) {
        let Some(parent) = schema.models.get(usize::from(key.to.0)) else { continue };
        if dangling(link, model, parent, key)?.is_some() {
            return Ok(Some(Failure::ForeignKeyMissing {
                relation: model.table.clone(),
                constraint: key.name.clone(),
                referenced: parent.table.clone(),
                key: None,
            }));
        }
    }
    Ok(None)
}

/// A row that refers to a removed or changed row of `id`, or to one that went with it by a cascade.
fn referenced(link: &Link, job: &Job, id: ModelId, seen: &mut Vec<ModelId>) -> rusqlite::Result<Option<Failure>> {
    if seen.contains(&id) || seen.len() >= CASCADES_MAX {
        return Ok(None);
    }
    seen.push(id);
    let schema = job.compiled.schema();
    let Some(model) = schema.models.get(usize::from(id.0)) else { return Ok(None) };
    for key in schema.foreign_keys.iter().filter(|key| key.to == id) {
        let Some(child) = schema.models.get(usize::from(key.from.0)) else { continue };
        if let Some(values) = dangling(link, child, model, key)? {
            return Ok(Some(refers(link, job, (model, child, key), &values)));
        }
    }
    for key in schema.foreign_keys.iter().filter(|key| key.to == id) {
        let cascades = [key.on_delete, key.on_update].iter().any(|action| match action {
            ReferentialAction::Cascade | ReferentialAction::SetNull => true,
            ReferentialAction::NoAction | ReferentialAction::Restrict => false,
        });
        if cascades && let Some(failure) = referenced(link, job, key.from, seen)? {
            return Ok(Some(failure));
        }
    }
    Ok(None)
}

/// Values of one reference of `child` that leads nowhere.
fn dangling(link: &Link, child: &Model, parent: &Model, key: &ForeignKey) -> rusqlite::Result<Option<Vec<Value>>> {
    let from = || columns(child, &key.from_fields);
    let sql = Text::default()
        .syntax("SELECT ")
        .list(from(), ", ", |text, column| text.syntax("c.").ident(column))
        .syntax(" FROM ")
        .ident(&child.table)
        .syntax(" c WHERE ")
        .list(from(), " AND ", |text, column| text.syntax("c.").ident(column).syntax(" IS NOT NULL"))
        .syntax(" AND NOT EXISTS (SELECT 1 FROM ")
        .ident(&parent.table)
        .syntax(" p WHERE ")
        .list(columns(parent, &key.to_fields).zip(from()), " AND ", |text, (to, from)| {
            text.syntax("p.").ident(to).syntax(" = c.").ident(from)
        })
        .syntax(") LIMIT 1");
    let mut statement = link.conn.prepare(sql.as_str())?;
    let mut rows = statement.query([])?;
    rows.next()?.map(|row| (0..key.from_fields.len()).map(|at| row.get_ref(at).map(owned)).collect()).transpose()
}

fn refers(link: &Link, job: &Job, (model, child, key): (&Model, &Model, &ForeignKey), values: &[Value]) -> Failure {
    // The row is gone inside the savepoint, and the write fails in any case: look at it as it was.
    let there_again = link.conn.execute_batch(super::writer::UNDO).is_ok();
    let readable = there_again && probe::sees(link, job, model, &key.to_fields, values);
    Failure::ForeignKeyReferenced {
        relation: model.table.clone(),
        constraint: key.name.clone(),
        referencing: child.table.clone(),
        key: readable.then(|| detail(model, &key.to_fields, values)),
    }
}

fn unknown(job: &Job) -> Failure {
    let relation = job.compiled.relation().to_owned();
    let (constraint, referencing) = (default_name(&relation), relation.clone());
    Failure::ForeignKeyReferenced { relation, constraint, referencing, key: None }
}

/// What a key is called when none of the schema fits.
pub(crate) fn default_name(table: &str) -> String {
    format!("{table}_fkey")
}

fn owned(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Int(number),
        ValueRef::Real(number) => Value::Float(number),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
    }
}

/// Column names of fields.
fn columns<'m>(model: &'m Model, fields: &'m [FieldId]) -> impl Iterator<Item = &'m str> {
    fields.iter().filter_map(|id| model.fields.get(usize::from(id.0))).map(|field| field.column.as_str())
}

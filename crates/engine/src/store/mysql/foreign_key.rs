//! Says which reference a violated foreign key is about, from whose side, and with which values.
//!
//! The server names the table that refers and the constraint, and whether the other end was missing or is still referred to. The
//! values of a written row are the request's; the values of a removed one are looked for.

use super::Settings;
use super::fault::{same_name, sees};
use super::link::Link;
use super::program::Progress;
use super::read::Stop;
use super::value::{Cell, sent};
use crate::Failure;
use crate::store::text::Text;
use crate::store::violation::{detail, written};
use crate::store::work::order_alone;
use crate::store::{Job, probe};
use backstay_plan::authorized::Plan;
use backstay_plan::value::Value;
use backstay_schema::Schema;
use backstay_schema::model::{FieldId, ForeignKey, Model, ModelId, ReferentialAction};
use mysql_async::Value as Sent;

/// Tables between a removed row and the one that is still referred to, and names for them in a statement.
const STEPS: [&str; 6] = ["t0", "t1", "t2", "t3", "t4", "t5"];
/// Removed rows among which the one that is referred to is looked for.
const KEYS_MAX: usize = 1_000;

/// A reference with both its ends.
struct Ends<'a> {
    key: &'a ForeignKey,
    child: &'a Model,
    parent: &'a Model,
}

/// The references that an insert writes.
fn of_written(job: &Job) -> Vec<&ForeignKey> {
    let Plan::Insert(insert) = job.compiled.plan.plan() else { return Vec::new() };
    let writes = |key: &&ForeignKey| insert.columns.iter().any(|column| key.from_fields.contains(&column.field));
    job.compiled.schema().foreign_keys.iter().filter(|key| key.from == insert.model).filter(writes).collect()
}

/// Whether the references that a job writes can be looked at when all its rows are there, and it may be kept then. Those that it
/// writes in part cannot: the rest is the database's.
pub(super) fn may_wait(job: &Job) -> bool {
    let Plan::Insert(insert) = job.compiled.plan.plan() else { return false };
    let writes = |id: &FieldId| insert.columns.iter().any(|column| column.field == *id);
    let keys = of_written(job);
    let several = job.bound.rows.len() > 1;
    several && order_alone(job) && !keys.is_empty() && keys.iter().all(|key| key.from_fields.iter().all(writes))
}

/// A row whose other end is not there.
pub(super) fn missing(message: &str, job: &Job, progress: &Progress) -> Failure {
    let schema = job.compiled.schema();
    let Some(ends) = named(message, schema) else { return unnamed(message, job) };
    let values = written(job, progress.row, ends.child, &ends.key.from_fields);
    let readable = probe::may_name(job, ends.child, &ends.key.from_fields);
    is_missing(&ends, values.filter(|_| readable))
}

/// A row that is still referred to, in the table that was written or in one that a removal went on to.
pub(super) async fn referenced(
    message: &str,
    link: &mut Link,
    job: &Job,
    (progress, settings): (&Progress, &Settings),
) -> Failure {
    let schema = job.compiled.schema();
    let Some(ends) = named(message, schema) else { return unnamed(message, job) };
    let values = removed(link, job, &ends, progress).await;
    let readable = match &values {
        Some(values) => sees(link, job, (ends.parent, &ends.key.to_fields), values, settings).await,
        None => false,
    };
    Failure::ForeignKeyReferenced {
        relation: ends.parent.table.clone(),
        constraint: ends.key.name.clone(),
        referencing: ends.child.table.clone(),
        key: values.filter(|_| readable).map(|values| detail(ends.parent, &ends.key.to_fields, &values)),
    }
}

/// A written row whose other end is not there, now that all rows of the request are. `left_out` are positions of rows that are not.
///
/// # Errors
/// The driver's.
pub(super) async fn orphan(link: &mut Link, job: &Job, left_out: &[usize]) -> Result<Option<Failure>, Stop> {
    let schema = job.compiled.schema();
    for key in of_written(job) {
        let Some(ends) = ends(schema, key) else { continue };
        let text = Text::default()
            .syntax("SELECT 1 FROM ")
            .ident(&ends.parent.table)
            .syntax(" WHERE ")
            .list(columns(ends.parent, &key.to_fields), " AND ", |text, column| text.ident(column).syntax(" = ?"))
            // Whoever removes it waits until this row is kept.
            .syntax(" LIMIT 1 LOCK IN SHARE MODE");
        for row in (0..job.bound.rows.len()).filter(|row| !left_out.contains(row)) {
            let Some(values) = written(job, row, ends.child, &key.from_fields) else {
                let reason = "a reference is written in part, and its other end cannot be looked for".to_owned();
                return Ok(Some(Failure::Internal { reason }));
            };
            if values.contains(&Value::Null) {
                continue;
            }
            let params = values.iter().map(sent).collect::<Result<Vec<_>, _>>().map_err(Failure::from)?;
            if link.ask(text.as_str(), params).await?.is_empty() {
                let readable = probe::may_name(job, ends.child, &key.from_fields);
                return Ok(Some(is_missing(&ends, Some(values).filter(|_| readable))));
            }
        }
    }
    Ok(None)
}

/// Removes the rows whose reference leads nowhere, while references are not checked. The keys of those rows, as JSON arrays.
///
/// # Errors
/// The driver's.
pub(super) async fn dangling(
    link: &mut Link,
    schema: &Schema,
    key: &ForeignKey,
) -> Result<Vec<String>, mysql_async::Error> {
    let Some(Ends { child, parent, .. }) = ends(schema, key) else { return Ok(Vec::new()) };
    let from = || columns(child, &key.from_fields);
    let text = Text::default()
        .syntax("SELECT JSON_ARRAY(")
        .list(columns(child, &child.key), ", ", |text, column| text.syntax("c.").ident(column))
        .syntax(") FROM ")
        .ident(&child.table)
        .syntax(" AS c WHERE ")
        .list(from(), " AND ", |text, column| text.syntax("c.").ident(column).syntax(" IS NOT NULL"))
        .syntax(" AND NOT EXISTS (SELECT 1 FROM ")
        .ident(&parent.table)
        .syntax(" AS p WHERE ")
        .list(columns(parent, &key.to_fields).zip(from()), " AND ", |text, (to, from)| {
            text.syntax("p.").ident(to).syntax(" = c.").ident(from)
        })
        .syntax(") LOCK IN SHARE MODE");
    let found = link.ask(text.as_str(), Vec::new()).await?;
    let found: Vec<String> = found.iter().map(|row| Cell::of(row, 0).text()).collect();
    for some in found.chunks(KEYS_MAX) {
        let keys: Vec<Vec<serde_json::Value>> =
            some.iter().map(|key| serde_json::from_str(key).unwrap_or_default()).collect();
        let text = Text::default().syntax("DELETE FROM ").ident(&child.table).syntax(" WHERE ");
        let text = text.syntax("(").list(columns(child, &child.key), ", ", Text::ident);
        link.ask(is_one_of(text, child, keys.len()).as_str(), keys.iter().flatten().map(part).collect()).await?;
    }
    Ok(found)
}

/// Ends a list of key columns with the comparison to so many keys.
fn is_one_of(text: Text, model: &Model, keys: usize) -> Text {
    let one = |text: Text, _| text.syntax("(").list(&model.key, ", ", |text, _| text.syntax("?")).syntax(")");
    text.syntax(") IN (").list(0..keys, ", ", one).syntax(")")
}

/// The constraint that the server names: `… (DATABASE.TABLE, CONSTRAINT NAME FOREIGN KEY …`, each name in quotes.
fn named<'a>(message: &str, schema: &'a Schema) -> Option<Ends<'a>> {
    let names = names(message);
    let [_, table, name, ..] = names.as_slice() else { return None };
    let found = schema.foreign_keys.iter().filter(|key| same_name(&key.name, name));
    found.filter_map(|key| ends(schema, key)).find(|ends| ends.child.table == *table)
}

fn ends<'a>(schema: &'a Schema, key: &'a ForeignKey) -> Option<Ends<'a>> {
    let of = |id: ModelId| schema.models.get(usize::from(id.0));
    Some(Ends { key, child: of(key.from)?, parent: of(key.to)? })
}

/// A constraint that is none of the schema's.
fn unnamed(message: &str, job: &Job) -> Failure {
    let names = names(message);
    let at = |position: usize| names.get(position).cloned().unwrap_or_default();
    let (relation, referencing, constraint) = (job.compiled.relation().to_owned(), at(1), at(2));
    Failure::ForeignKeyReferenced { relation, constraint, referencing, key: None }
}

/// The quoted names of a message.
fn names(message: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = message;
    while let Some(at) = rest.find(['`', '"']) {
        let quote = if rest.get(at..=at) == Some("`") { '`' } else { '"' };
        let mut name = String::new();
        let mut chars = rest.get(at + 1..).unwrap_or_default().char_indices().peekable();
        let mut end = rest.len();
        while let Some((position, c)) = chars.next() {
            if c != quote {
                name.push(c);
            } else if chars.peek().is_some_and(|(_, next)| *next == quote) {
                name.push(c);
                chars.next();
            } else {
                end = at + 1 + position + 1;
                break;
            }
        }
        found.push(name);
        rest = rest.get(end..).unwrap_or_default();
    }
    found
}

fn is_missing(ends: &Ends<'_>, values: Option<Vec<Value>>) -> Failure {
    Failure::ForeignKeyMissing {
        relation: ends.child.table.clone(),
        constraint: ends.key.name.clone(),
        referenced: ends.parent.table.clone(),
        key: values.map(|values| detail(ends.child, &ends.key.from_fields, &values)),
    }
}

/// The values of the row that is still referred to: of those that the write is about, or that went with them.
async fn removed(link: &mut Link, job: &Job, ends: &Ends<'_>, progress: &Progress) -> Option<Vec<Value>> {
    let schema = job.compiled.schema();
    let path = cascades(schema, job.compiled.model()?, ends.parent.id)?;
    let written = schema.models.get(usize::from(job.compiled.model()?.0))?;
    let keys: Vec<Vec<serde_json::Value>> = serde_json::from_slice(progress.touched.keys_json()).ok()?;
    if keys.is_empty() || keys.len() > KEYS_MAX {
        return None;
    }
    let text = Text::default()
        .syntax("SELECT ")
        .list(columns(ends.parent, &ends.key.to_fields), ", ", |text, column| {
            text.syntax("CAST(t0.").ident(column).syntax(" AS CHAR)")
        })
        .syntax(" FROM ")
        .ident(&ends.parent.table)
        .syntax(" AS t0 WHERE EXISTS (SELECT 1 FROM ")
        .ident(&ends.child.table)
        .syntax(" AS c WHERE ")
        .list(pairs(ends), " AND ", |text, (from, to)| text.syntax("c.").ident(from).syntax(" = t0.").ident(to))
        .syntax(")");
    let text = among(text, &path, written, keys.len())?;
    let params = keys.iter().flatten().map(part).collect();
    let rows = link.ask(text.syntax(" LIMIT 1").as_str(), params).await.ok()?;
    let row = rows.first()?;
    Some((0..ends.key.to_fields.len()).map(|at| Value::Text(Cell::of(row, at).text())).collect())
}

/// Adds that `t0` is reached from the written rows by the references of `path`, the last of which is its own.
fn among(text: Text, path: &[Ends<'_>], written: &Model, keys: usize) -> Option<Text> {
    let mut text = text;
    for (step, ends) in path.iter().rev().enumerate() {
        let (from, to) = (STEPS.get(step)?, STEPS.get(step + 1)?);
        text = text.syntax(" AND EXISTS (SELECT 1 FROM ").ident(&ends.parent.table).syntax(" AS ").syntax(to);
        text = text.syntax(" WHERE ").list(pairs(ends), " AND ", |text, (child, parent)| {
            text.syntax(from).syntax(".").ident(child).syntax(" = ").syntax(to).syntax(".").ident(parent)
        });
    }
    let last = STEPS.get(path.len())?;
    text = text
        .syntax(" AND (")
        .list(columns(written, &written.key), ", ", |text, column| text.syntax(last).syntax(".").ident(column));
    Some(path.iter().fold(is_one_of(text, written, keys), |text, _| text.syntax(")")))
}

/// The references by which a removal in one table goes on to another; empty when they are the same.
fn cascades(schema: &Schema, from: ModelId, to: ModelId) -> Option<Vec<Ends<'_>>> {
    let mut paths: Vec<(ModelId, Vec<&ForeignKey>)> = vec![(from, Vec::new())];
    let mut seen = vec![from];
    while let Some((at, path)) = (!paths.is_empty()).then(|| paths.remove(0)) {
        if at == to {
            return path.into_iter().map(|key| ends(schema, key)).collect();
        }
        if path.len() + 1 >= STEPS.len() {
            continue;
        }
        for key in schema.foreign_keys.iter().filter(|key| key.to == at && key.on_delete == ReferentialAction::Cascade)
        {
            if !seen.contains(&key.from) {
                seen.push(key.from);
                paths.push((key.from, path.iter().copied().chain([key]).collect()));
            }
        }
    }
    None
}

/// A part of a key as it is sent.
fn part(part: &serde_json::Value) -> Sent {
    if let Some(text) = part.as_str() {
        return Sent::Bytes(text.as_bytes().to_vec());
    }
    match (part.as_i64(), part.as_bool()) {
        (Some(number), _) => Sent::Int(number),
        (None, Some(truth)) => Sent::Int(i64::from(truth)),
        (None, None) if part.is_null() => Sent::NULL,
        (None, None) => Sent::Bytes(part.to_string().into_bytes()),
    }
}

/// Columns of a reference, each with the one it refers to.
fn pairs<'m>(ends: &'m Ends<'_>) -> impl Iterator<Item = (&'m str, &'m str)> {
    columns(ends.child, &ends.key.from_fields).zip(columns(ends.parent, &ends.key.to_fields))
}

/// Column names of fields.
fn columns<'m>(model: &'m Model, fields: &'m [FieldId]) -> impl Iterator<Item = &'m str> {
    fields.iter().filter_map(|id| model.fields.get(usize::from(id.0))).map(|field| field.column.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_from_what_the_server_tells() {
        for (message, expected) in [
            (
                "Cannot add or update a child row: a foreign key constraint fails (`db`.`books`, CONSTRAINT `k` FOREIGN KEY (`a`))",
                ["db", "books", "k", "a"],
            ),
            (
                r#"fails ("d""b"."b ` s", CONSTRAINT "k`" FOREIGN KEY ("a""") REFERENCES"#,
                ["d\"b", "b ` s", "k`", "a\""],
            ),
        ] {
            assert_eq!(names(message), expected, "{message}");
        }
        assert_eq!(names("no \"end"), ["end"]);
        assert!(names("none").is_empty());
    }
}

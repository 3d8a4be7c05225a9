//! Says which reference "violates foreign key constraint" is about, from whose side, and with which values.
//!
//! The server names the constraint. From which side it was broken follows from the write; where it could be both, rows that lack
//! their other end are looked for.

use super::Settings;
use super::fault::{same_name, sees, whole_table};
use super::link::Link;
use crate::Failure;
use crate::store::text::Text;
use crate::store::violation::{detail, written};
use crate::store::{Job, probe};
use backstay_plan::authorized::{Plan, WriteColumn};
use backstay_plan::value::Value;
use backstay_schema::Schema;
use backstay_schema::model::{FieldId, ForeignKey, Model, ModelId};
use tokio_postgres::Error;
use tokio_postgres::error::DbError;

/// Explains a broken reference, on a transaction in which the written rows are gone again, or stand with their checks deferred.
pub(super) async fn explain(told: &DbError, link: &Link, job: &Job, settings: &Settings) -> Failure {
    let schema = job.compiled.schema();
    let name = told.constraint().unwrap_or_default();
    let of = |id: ModelId| schema.models.get(usize::from(id.0));
    // To each partition leads a part of the reference, which the server numbers.
    let unnumbered = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let is_named = |key: &&ForeignKey| {
        let has_parts = of(key.to).is_some_and(|parent| parent.partition.is_some());
        same_name(&key.name, name) || (has_parts && same_name(&key.name, unnumbered))
    };
    let mut found =
        schema.foreign_keys.iter().filter(is_named).filter_map(|key| Some((key, of(key.from)?, of(key.to)?)));
    let told_table = whole_table(schema, told.table().unwrap_or_default());
    let Some((key, child, parent)) = found.find(|(_, child, _)| child.table == told_table) else {
        let relation = job.compiled.relation().to_owned();
        let referencing = told_table.to_owned();
        return Failure::ForeignKeyReferenced { relation, constraint: name.to_owned(), referencing, key: None };
    };
    if writes(job, child, key)
        && let Some(row) = orphan(link, job, (child, parent), key).await
    {
        let readable = probe::may_name(job, child, &key.from_fields);
        let values = row.filter(|_| readable);
        return Failure::ForeignKeyMissing {
            relation: child.table.clone(),
            constraint: key.name.clone(),
            referenced: parent.table.clone(),
            key: values.map(|values| detail(child, &key.from_fields, &values)),
        };
    }
    let values = removed(told, parent, key, child);
    let readable = match &values {
        Some(values) => sees(link, job, (parent, &key.to_fields), values, settings).await,
        None => false,
    };
    Failure::ForeignKeyReferenced {
        relation: parent.table.clone(),
        constraint: key.name.clone(),
        referencing: child.table.clone(),
        key: values.filter(|_| readable).map(|values| detail(parent, &key.to_fields, &values)),
    }
}

/// Whether the write sets the reference.
fn writes(job: &Job, child: &Model, key: &ForeignKey) -> bool {
    if job.compiled.model() != Some(child.id) {
        return false;
    }
    let columns: &[WriteColumn] = match job.compiled.plan.plan() {
        Plan::Insert(insert) => &insert.columns,
        Plan::Update(update) => &update.columns,
        Plan::Read(_) | Plan::Delete(_) | Plan::Call(_) => return false,
    };
    columns.iter().any(|column| key.from_fields.contains(&column.field))
}

/// A written row whose other end is not there: its values, where the request writes all of them. `None` when every row has its
/// other end.
async fn orphan(
    link: &Link,
    job: &Job,
    (child, parent): (&Model, &Model),
    key: &ForeignKey,
) -> Option<Option<Vec<Value>>> {
    let from: Vec<&str> = columns(child, &key.from_fields).collect();
    // The reference's own type reads the value, and each `$` takes the next one.
    let mut text = Text::default().syntax("SELECT 1 FROM ").ident(&parent.table).syntax(" p WHERE ");
    for (position, to) in columns(parent, &key.to_fields).enumerate() {
        text = text.syntax(if position == 0 { "" } else { " AND " }).syntax("p.").ident(to).syntax(" = ");
        text = text.syntax(PLACES.get(position)?);
    }
    if from.is_empty() {
        return None;
    }
    for row in 0..job.bound.rows.len() {
        let Some(values) = written(job, row, child, &key.from_fields) else { return Some(None) };
        if values.contains(&Value::Null) {
            continue;
        }
        let there = link.ask_with(text.as_str(), &values).await.ok()?;
        if there.is_empty() {
            return Some(Some(values));
        }
    }
    None
}

/// Places of parameters; a reference has no more columns.
const PLACES: [&str; 16] =
    ["$1", "$2", "$3", "$4", "$5", "$6", "$7", "$8", "$9", "$10", "$11", "$12", "$13", "$14", "$15", "$16"];

/// The values of the row that is still referred to. The server tells them as `(columns)=(values)`, whatever its language.
fn removed(told: &DbError, parent: &Model, key: &ForeignKey, child: &Model) -> Option<Vec<Value>> {
    let names: Vec<&str> = columns(parent, &key.to_fields).collect();
    values_told(told.detail()?, &names, &child.table)
}

fn values_told(detail: &str, names: &[&str], table: &str) -> Option<Vec<Value>> {
    let (_, rest) = detail.split_once(&format!("({})=(", names.join(", ")))?;
    // Behind the values comes a sentence that ends with the table.
    let (rest, _) = rest.rsplit_once(table)?;
    let (values, _) = rest.rsplit_once(')')?;
    let values: Vec<&str> = if names.len() == 1 { vec![values] } else { values.split(", ").collect() };
    (values.len() == names.len()).then(|| values.into_iter().map(|value| Value::Text(value.to_owned())).collect())
}

/// Removes the rows whose reference leads nowhere, while references are not checked. The keys of those rows, as JSON arrays.
///
/// # Errors
/// The driver's.
pub(super) async fn dangling(link: &Link, schema: &Schema, key: &ForeignKey) -> Result<Vec<String>, Error> {
    let of = |id: ModelId| schema.models.get(usize::from(id.0));
    let (Some(child), Some(parent)) = (of(key.from), of(key.to)) else { return Ok(Vec::new()) };
    let from = || columns(child, &key.from_fields);
    let text = Text::default()
        .syntax("DELETE FROM ")
        .ident(&child.table)
        .syntax(" c WHERE ")
        .list(from(), " AND ", |text, column| text.syntax("c.").ident(column).syntax(" IS NOT NULL"))
        .syntax(" AND NOT EXISTS (SELECT 1 FROM ")
        .ident(&parent.table)
        .syntax(" p WHERE ")
        .list(columns(parent, &key.to_fields).zip(from()), " AND ", |text, (to, from)| {
            text.syntax("p.").ident(to).syntax(" = c.").ident(from)
        })
        .syntax(") RETURNING json_build_array(")
        .list(columns(child, &child.key), ", ", |text, column| text.syntax("c.").ident(column))
        .syntax(")::text");
    link.ask(text.as_str(), &[]).await?.iter().map(|row| row.try_get(0)).collect()
}

/// Column names of fields.
fn columns<'m>(model: &'m Model, fields: &'m [FieldId]) -> impl Iterator<Item = &'m str> {
    fields.iter().filter_map(|id| model.fields.get(usize::from(id.0))).map(|field| field.column.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_from_what_the_server_tells() {
        let told = |detail: &str, names: &[&str], table: &str| {
            values_told(detail, names, table).map(|values| {
                values
                    .into_iter()
                    .map(|value| if let Value::Text(text) = value { text } else { String::new() })
                    .collect::<Vec<_>>()
            })
        };
        let one = r#"Key (id)=(a) ) b) is still referenced from table "books"."#;
        assert_eq!(told(one, &["id"], "books"), Some(vec!["a) ) b".to_owned()]));
        let two = r#"Schlüssel (a, b)=(1, x) wird noch aus Tabelle »t« verwiesen."#;
        assert_eq!(told(two, &["a", "b"], "t"), Some(vec!["1".to_owned(), "x".to_owned()]));
        assert_eq!(told(two, &["b", "a"], "t"), None);
    }
}

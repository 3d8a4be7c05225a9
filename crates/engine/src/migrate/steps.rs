//! From the stored catalogue and a schema to the statements between them: the application's tables, then Backstay's own.

use super::{Described, MigrateError, MigrationPlan};
use backstay_compile::ddl;
use backstay_schema::Schema;
use backstay_schema::diff::{Catalog, Change, Table, diff};
use backstay_schema::model::{Dialect, Profile};
use twox_hash::XxHash3_128;

/// Compares the stored catalogue (none before the first migration) with a schema and with Backstay's own.
pub(super) fn plan(
    base: i64,
    stored: Option<&str>,
    schema: &Schema,
    dialect: Dialect,
) -> Result<MigrationPlan, MigrateError> {
    let unreadable = |error: serde_json::Error| MigrateError::Catalog { reason: error.to_string() };
    let old: Catalog = stored.map(serde_json::from_str).transpose().map_err(unreadable)?.unwrap_or_default();
    let system = backstay_schema::system();
    let (own, theirs): (Vec<Table>, Vec<Table>) = old.tables.iter().cloned().partition(|table| is_own(&system, table));
    let (own, theirs) =
        (Catalog { tables: own, ..Catalog::default() }, Catalog { tables: theirs, ..Catalog::default() });
    // Where there are no partitions, asking for them changes nothing.
    let undivided = (dialect == Dialect::Sqlite).then(|| schema.undivided());
    let schema = undivided.as_ref().unwrap_or(schema);
    let steps = diff(&theirs, schema);
    let own_steps = diff(&own, &system);
    let sql = ddl::lower_changes(&steps, schema, dialect)?;
    let mut own_sql = ddl::lower_changes(&own_steps, &system, dialect)?;
    let mut changes: Vec<Described> =
        steps.iter().map(|step| Described { text: step.describe(), loses: step.loses() }).collect();
    changes.extend(described(&own, &own_steps));
    let new = Catalog::of(schema);
    if let Some(profile) = Profile::of(schema).filter(|_| old.profiles != new.profiles) {
        let empty = steps.iter().any(|step| matches!(step, Change::CreateTable { table } if *table == profile.table));
        if !empty {
            own_sql.push(ddl::adopt_profiles(schema, &profile, dialect)?);
            let text = format!("make an account for each row of {}", profile.table);
            changes.push(Described { text, loses: None });
        }
    }
    let functions = functions(dialect);
    if stored.is_some() && old.functions != functions {
        // The store makes them anew with each migration.
        changes.push(Described { text: "bring Backstay's functions up to date".to_owned(), loses: None });
    }
    let tables = [new.tables, Catalog::of(&system).tables].concat();
    let catalog = Catalog { tables, profiles: new.profiles, functions };
    let catalog = serde_json::to_string(&catalog).map_err(unreadable)?;
    Ok(MigrationPlan { base, changes, sql, own_sql, catalog })
}

/// What tells the functions that statements of this program call from those of another; `None` where the database holds none.
fn functions(dialect: Dialect) -> Option<String> {
    let texts = ddl::prelude(dialect);
    (!texts.is_empty()).then(|| format!("{:032x}", XxHash3_128::oneshot(texts.join("\n").as_bytes())))
}

fn is_own(system: &Schema, table: &Table) -> bool {
    system.models.iter().any(|model| model.table == table.name || model.renamed_from.as_ref() == Some(&table.name))
}

/// What is done to Backstay's own tables, in one line: nobody wrote them, so nobody asks for each.
fn described(own: &Catalog, steps: &[Change]) -> Option<Described> {
    let what = if own.tables.is_empty() { "create" } else { "change" };
    let losses: Vec<String> = steps.iter().filter_map(Change::loses).collect();
    let loses = (!losses.is_empty()).then(|| losses.join("; "));
    (!steps.is_empty()).then(|| Described { text: format!("{what} the sign-in and mail tables"), loses })
}

#[cfg(test)]
mod tests {
    use super::plan;
    use backstay_schema::model::Dialect;

    #[test]
    fn functions_of_another_program_are_made_anew() {
        let schema = crate::store::conformance::schema("type A @model { id: Int! @id }");
        for (dialect, changes) in [(Dialect::Sqlite, 0), (Dialect::Postgres, 1), (Dialect::Mysql, 1)] {
            let first = plan(0, None, &schema, dialect).unwrap();
            assert!(!first.changes.iter().any(|change| change.text.contains("functions")), "they come with the tables");
            assert!(plan(1, Some(&first.catalog), &schema, dialect).unwrap().is_empty());
            let mut other: serde_json::Value = serde_json::from_str(&first.catalog).unwrap();
            if let Some(catalog) = other.as_object_mut() {
                catalog.remove("functions");
            }
            let next = plan(1, Some(&other.to_string()), &schema, dialect).unwrap();
            assert_eq!((next.changes.len(), next.statements().count()), (changes, 0), "{dialect:?}");
            assert_eq!(next.catalog, first.catalog);
        }
    }
}

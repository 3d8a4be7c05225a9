//! Compares a stored catalogue with a schema. Renames come first, so that everything after them speaks of new names.

use super::catalog::{Catalog, Index, Table};
use super::change::Change;
use super::table::{TableDiff, of_table};
use crate::model::{Model, Schema};

/// The steps from what a database holds to a schema, in an order that can be made; empty when there is nothing to do.
#[must_use]
pub fn diff(old: &Catalog, new: &Schema) -> Vec<Change> {
    let wanted = Catalog::of(new);
    let (renames, before) = rename(old, new);
    let mut searches = Vec::new();
    let (mut drops, mut builds, mut indexes) = (Vec::new(), Vec::new(), Vec::new());
    for table in &before.tables {
        if wanted.table(&table.name).is_none() && !is_left_alone(new, &table.name) {
            searches.extend(drop_search(old, &renames, table));
            drops.push(Change::DropTable { table: table.name.clone() });
        }
    }
    let mut gone_indexes = Vec::new();
    for (model, table) in new.models.iter().filter(|model| model.managed).zip(&wanted.tables) {
        let Some(was) = before.table(&table.name) else {
            builds.push(Change::CreateTable { table: table.name.clone() });
            continue;
        };
        let TableDiff { changes, rebuilt } = of_table(model, was, table);
        // The full-text index holds row numbers and column names, which a rename or a rebuild may change.
        let is_renamed = renames.iter().any(|change| renames_in(change, &table.name));
        let search_stays = was.search == table.search && !rebuilt && !is_renamed;
        if !search_stays {
            searches.extend(drop_search(old, &renames, was));
        }
        for index in was.indexes.iter().filter(|index| rebuilt || !table.indexes.contains(index)) {
            gone_indexes.push(Change::DropIndex { name: index.name.clone() });
        }
        builds.extend(changes);
        if rebuilt {
            continue;
        }
        for index in table.indexes.iter().filter(|index| !was.indexes.contains(index)) {
            indexes.push(create_index(&table.name, index));
        }
        if table.search.is_some() && !search_stays {
            indexes.push(Change::CreateSearch { table: table.name.clone() });
        }
    }
    [searches, renames, gone_indexes, drops, builds, indexes].concat()
}

/// Whether the schema says that a table is not ours to change.
fn is_left_alone(schema: &Schema, table: &str) -> bool {
    schema.models.iter().any(|model| !model.managed && model.table == table)
}

fn create_index(table: &str, index: &Index) -> Change {
    Change::CreateIndex { table: table.to_owned(), name: index.name.clone(), unique: index.unique }
}

/// The end of a full-text index, under the name its table had at first.
fn drop_search(old: &Catalog, renames: &[Change], table: &Table) -> Option<Change> {
    table.search.as_ref()?;
    let first = renames.iter().find_map(|change| {
        let Change::RenameTable { from, to } = change else { return None };
        (*to == table.name).then_some(from)
    });
    let name = first.unwrap_or(&table.name);
    old.table(name).map(|table| Change::DropSearch { table: table.name.clone() })
}

fn renames_in(change: &Change, name: &str) -> bool {
    matches!(change, Change::RenameTable { to: table, .. } | Change::RenameColumn { table, .. } if table == name)
}

/// The renames that the schema asks for and the database has not made yet, and the catalogue after them.
fn rename(old: &Catalog, new: &Schema) -> (Vec<Change>, Catalog) {
    let mut catalog = old.clone();
    let mut changes = Vec::new();
    for model in new.models.iter().filter(|model| model.managed) {
        let Some(from) = model.renamed_from.as_ref().filter(|from| catalog.table(from).is_some()) else { continue };
        let is_wanted = new.models.iter().any(|other| other.table == *from);
        if catalog.table(&model.table).is_some() || is_wanted {
            continue;
        }
        changes.push(Change::RenameTable { from: from.clone(), to: model.table.clone() });
        rename_table(&mut catalog, from, &model.table);
    }
    for model in new.models.iter().filter(|model| model.managed) {
        rename_columns(&mut catalog, model, &mut changes);
    }
    (changes, catalog)
}

fn rename_table(catalog: &mut Catalog, from: &str, to: &str) {
    for table in &mut catalog.tables {
        if table.name == from {
            to.clone_into(&mut table.name);
        }
        for key in table.foreign_keys.iter_mut().filter(|key| key.table == from) {
            to.clone_into(&mut key.table);
        }
    }
}

fn rename_columns(catalog: &mut Catalog, model: &Model, changes: &mut Vec<Change>) {
    for field in &model.fields {
        let Some(from) = &field.renamed_from else { continue };
        let has = |name: &str| catalog.table(&model.table).is_some_and(|table| table.column(name).is_some());
        let is_wanted = model.fields.iter().any(|other| other.column == *from);
        if !has(from) || has(&field.column) || is_wanted {
            continue;
        }
        let (table, to) = (model.table.clone(), field.column.clone());
        for each in &mut catalog.tables {
            rename_column(each, &table, from, &to);
        }
        changes.push(Change::RenameColumn { table, from: from.clone(), to });
    }
}

/// Renames a column of `owner` wherever `table` speaks of it.
fn rename_column(table: &mut Table, owner: &str, from: &str, to: &str) {
    let set = |name: &mut String| {
        if name == from {
            to.clone_into(name);
        }
    };
    for key in table.foreign_keys.iter_mut().filter(|key| key.table == owner) {
        key.references.iter_mut().for_each(set);
    }
    if table.name != owner {
        return;
    }
    table.columns.iter_mut().for_each(|column| set(&mut column.name));
    table.key.iter_mut().for_each(set);
    table.foreign_keys.iter_mut().for_each(|key| key.columns.iter_mut().for_each(set));
    for index in table.uniques.iter_mut().chain(&mut table.indexes) {
        index.columns.iter_mut().for_each(|(name, _)| set(name));
        index.alive.iter_mut().for_each(set);
    }
    table.partition.iter_mut().for_each(|partition| partition.columns.iter_mut().for_each(set));
    table.search.iter_mut().for_each(|search| search.columns.iter_mut().for_each(set));
}

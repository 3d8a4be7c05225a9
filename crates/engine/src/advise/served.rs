//! Whether the database has an index that serves a need already.

use super::Need;
use backstay_schema::Schema;
use backstay_schema::model::{FieldId, Model, SortDirection};

/// Whether some index of the model, its key and its constraints among them, finds the rows of a need.
pub(super) fn is_served(schema: &Schema, model: &Model, need: &Need) -> bool {
    let up = |ids: &[FieldId]| ids.iter().map(|id| (*id, false)).collect::<Vec<_>>();
    let keys = std::iter::once((up(&model.key), true));
    let uniques = model.uniques.iter().filter(|unique| is_of_every_row(model, unique.filter.as_ref()));
    let uniques = uniques.map(|unique| (up(&unique.fields), true));
    let indexes = model.indexes.iter().filter(|index| index.filter.is_none() && is_ordered(index.using.as_deref()));
    let indexes = indexes.map(|index| {
        let fields = index.fields.iter().map(|(id, direction)| (*id, *direction == SortDirection::Descending));
        (fields.collect::<Vec<_>>(), index.unique)
    });
    // Every foreign key of a table that we make has one.
    let references = schema.foreign_keys.iter().filter(|key| key.from == model.id && model.managed);
    let references = references.map(|key| (up(&key.from_fields), false));
    let name = |id: FieldId| model.fields.get(usize::from(id.0)).map_or("", |field| field.name.as_str());
    keys.chain(uniques).chain(indexes).chain(references).any(|(fields, unique)| {
        let fields: Vec<(&str, bool)> = fields.into_iter().map(|(id, down)| (name(id), down)).collect();
        serves(&fields, unique, need)
    })
}

/// Of a soft-deleted model unique constraints are about the rows that are there, which are those that requests look for.
fn is_of_every_row(model: &Model, filter: Option<&backstay_schema::model::Rule>) -> bool {
    filter.is_none() || model.soft_delete.is_some()
}

fn is_ordered(method: Option<&str>) -> bool {
    method.is_none_or(|method| method == "btree")
}

fn serves(index: &[(&str, bool)], unique: bool, need: &Need) -> bool {
    let is_equal = |field: &str| need.equal.iter().any(|name| name == field);
    if unique && index.iter().all(|(field, _)| is_equal(field)) {
        return true;
    }
    let (first, rest) = index.split_at(need.equal.len().min(index.len()));
    if first.len() < need.equal.len() || !first.iter().all(|(field, _)| is_equal(field)) {
        return false;
    }
    if need.order.is_empty() {
        return need.range.as_ref().is_none_or(|range| rest.first().is_some_and(|(field, _)| field == range));
    }
    // An index is read from either end.
    let turned = need.order.first().zip(rest.first()).is_some_and(|((_, wanted), (_, has))| wanted != has);
    rest.len() >= need.order.len()
        && need.order.iter().zip(rest).all(|((name, down), (field, has))| name == field && *down == (*has != turned))
}

//! Tables with their constraints, and the indexes and triggers that belong to them.

use super::{is_column, is_referenced, must_hold, partial_filter, row_number_key, search_table};
use crate::ast::{
    Alias, ColumnDefinition, ColumnType, Constraint, CreateIndex, CreateTable, CreateTrigger, Definition, ForeignKey,
    RowNumber, SearchDefinition, TriggerEvent,
};
use crate::datatype::DataType;
use crate::lower::{Lowering, Row, Scope};
use backstay_plan::Refusal;
use backstay_schema::model::ForeignKey as Reference;
use backstay_schema::model::{Computed, DefaultValue, Field, FieldId, Model, SortDirection, Unique};

impl Lowering<'_> {
    /// A model's table under a name.
    pub(super) fn table_definition(&mut self, model: &Model, name: &str) -> Result<CreateTable, Refusal> {
        let mut columns = Vec::new();
        for field in model.fields.iter().filter(|field| is_column(field)) {
            columns.push(self.column_definition(model, field)?);
        }
        let constraints = self.constraints(model)?;
        let partitions = self.partitions(model, name)?;
        Ok(CreateTable { name: name.to_owned(), columns, constraints, partitions })
    }

    pub(super) fn column_definition(&mut self, model: &Model, field: &Field) -> Result<ColumnDefinition, Refusal> {
        let counts = matches!(field.default, Some(DefaultValue::Increment));
        let is_counted = if self.says_types() { counts } else { row_number_key(model) == Some(field.id) };
        let row_number = is_counted.then_some(if counts { RowNumber::Increment } else { RowNumber::Given });
        let generated = match &field.computed {
            Some(Computed::Expr { expr, stored: true }) => {
                let row = Row::new(Alias::Bare, model.id);
                let term = self.output_of_rule(&expr.expr, &Scope::of(&row))?;
                if !self.is_static(&term) {
                    let parts = ["the stored field ", field.name.as_str(), ", which needs more than its row"];
                    return Err(crate::lower::not_implemented(&parts));
                }
                Some((term, true))
            }
            Some(Computed::Expr { stored: false, .. } | Computed::Function(_)) | None => None,
        };
        let required = !field.ty.nullable && field.computed.is_none();
        let (name, ty) = (field.column.clone(), self.column_type(model, field)?);
        Ok(ColumnDefinition { name, ty, required, row_number, default: None, generated, check: None, references: None })
    }

    fn column_type(&self, model: &Model, field: &Field) -> Result<ColumnType, Refusal> {
        let Some((_, name)) = field.db_types.iter().find(|(dialect, _)| *dialect == self.dialect()) else {
            let ty = DataType::of_field(&field.ty);
            let short = if self.derives_apart() { super::mysql::indexed_length(self, model, field) } else { None };
            return Ok(short.map_or(ColumnType::Usual(ty), |length| ColumnType::Short(ty, length)));
        };
        // Where types are not quoted they are words, with numbers in parentheses and brackets of arrays.
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '_' | '.' | ',' | '(' | ')' | '[' | ']');
        if self.says_types() && !name.chars().all(plain) {
            return Err(crate::lower::not_implemented(&["the database type ", name]));
        }
        Ok(ColumnType::Authored(name.clone()))
    }

    fn constraints(&mut self, model: &Model) -> Result<Vec<Constraint>, Refusal> {
        let mut constraints = Vec::new();
        if self.says_types() || row_number_key(model).is_none() {
            let name = [model.table.as_str(), "_pkey"].concat();
            constraints.push(Constraint::PrimaryKey { name, columns: names(model, &model.key) });
        }
        for unique in &model.uniques {
            if self.is_whole(model, unique) {
                let columns = names(model, &unique.fields);
                constraints.push(Constraint::Unique { name: unique.name.clone(), columns });
            }
        }
        if !self.makes_keys_last() {
            constraints.extend(self.foreign_keys(model).into_iter().map(Constraint::ForeignKey));
        }
        if self.derives_apart() {
            let counted = model.fields.iter().filter(|field| matches!(field.default, Some(DefaultValue::Increment)));
            for field in counted.filter(|field| model.key.first() != Some(&field.id)) {
                let name = index_name(model, &[field.id]);
                constraints.push(Constraint::Counter { name, column: field.column.clone() });
            }
        }
        let row = Row::new(Alias::Bare, model.id);
        for field in model.fields.iter().filter(|field| field.computed.is_none()) {
            if let Some(term) = self.column_check(field, &row)? {
                constraints.push(Constraint::Check { name: check_name(model, field), term });
            }
        }
        for check in &model.checks {
            if let Some(term) = self.static_rule(&check.rule.expr, &row)? {
                constraints.push(Constraint::Check { name: check.name.clone(), term: must_hold(term) });
            }
        }
        Ok(constraints)
    }

    /// Foreign keys of a model.
    pub(super) fn foreign_keys(&self, model: &Model) -> Vec<ForeignKey> {
        let keys = self.schema().foreign_keys.iter().filter(|key| key.from == model.id);
        keys.map(|key| {
            let to = self.model(key.to);
            let (from_fields, to_fields) = self.in_key_order(to, key);
            ForeignKey {
                name: key.name.clone(),
                columns: names(model, &from_fields),
                table: to.table.clone(),
                references: names(to, &to_fields),
                on_delete: key.on_delete,
                on_update: key.on_update,
            }
        })
        .collect()
    }

    /// The columns of a reference; where that matters, in the order of the key that it refers to.
    fn in_key_order(&self, to: &Model, key: &Reference) -> (Vec<FieldId>, Vec<FieldId>) {
        let as_declared = (key.from_fields.clone(), key.to_fields.clone());
        if !self.refers_in_key_order() {
            return as_declared;
        }
        let is_it = |fields: &&Vec<FieldId>| {
            fields.len() == key.to_fields.len() && fields.iter().all(|field| key.to_fields.contains(field))
        };
        let keys = std::iter::once(&to.key).chain(to.uniques.iter().map(|unique| &unique.fields));
        let Some(fields) = keys.into_iter().find(is_it) else { return as_declared };
        let from = |field: &FieldId| {
            let at = key.to_fields.iter().position(|to| to == field);
            at.and_then(|at| key.from_fields.get(at)).copied()
        };
        (fields.iter().filter_map(from).collect(), fields.clone())
    }

    /// Whether a unique constraint is about every row: then it stands in the table, else it is a partial index.
    fn is_whole(&self, model: &Model, unique: &Unique) -> bool {
        let alive_only = model.soft_delete.is_some() && !is_referenced(self, model.id, &unique.fields);
        unique.filter.is_none() && !alive_only
    }

    /// Indexes, the full-text index and its triggers.
    pub(super) fn table_companions(&mut self, model: &Model) -> Result<Vec<Definition>, Refusal> {
        let indexes = self.index_definitions(model)?;
        let mut definitions: Vec<_> = indexes.into_iter().map(Definition::CreateIndex).collect();
        definitions.extend(self.search_definitions(model));
        Ok(definitions)
    }

    /// The full-text index of a model, and the triggers that keep it where it does not keep itself.
    pub(super) fn search_definitions(&self, model: &Model) -> Vec<Definition> {
        let Some(search) = model.search.as_ref().filter(|_| self.has_search()) else { return Vec::new() };
        let fields: Vec<_> = search.fields.iter().map(|(id, _)| *id).collect();
        let (columns, language) = (names(model, &fields), search.language.clone());
        let search = SearchDefinition { name: search_table(model), table: model.table.clone(), columns, language };
        let index = Definition::CreateSearch(search.clone());
        if self.has_types() {
            return vec![index];
        }
        let trigger = |event, suffix: &str| {
            let name = [search.name.as_str(), suffix].concat();
            Definition::CreateTrigger(CreateTrigger { name, table: model.table.clone(), event, search: search.clone() })
        };
        let triggers = [
            trigger(TriggerEvent::Insert, "_insert"),
            trigger(TriggerEvent::Delete, "_delete"),
            trigger(TriggerEvent::Update, "_update"),
        ];
        [index].into_iter().chain(triggers).collect()
    }

    pub(super) fn index_definitions(&mut self, model: &Model) -> Result<Vec<CreateIndex>, Refusal> {
        let mut indexes: Vec<CreateIndex> = Vec::new();
        let mut covered = vec![model.key.clone()];
        for unique in &model.uniques {
            if self.is_whole(model, unique) {
                covered.push(unique.fields.clone());
                continue;
            }
            let filter = partial_filter(self, model.id, &unique.fields)?;
            let columns = ascending(model, &unique.fields);
            let (name, table) = (unique.name.clone(), model.table.clone());
            indexes.push(CreateIndex { name, table, columns, unique: true, filter, using: None });
        }
        let row = Row::new(Alias::Bare, model.id);
        for index in &model.indexes {
            let filter = match &index.filter {
                None => None,
                Some(rule) => {
                    let term = self.static_rule(&rule.expr, &row)?;
                    Some(term.ok_or_else(|| crate::lower::not_implemented(&["an index filter on more than its row"]))?)
                }
            };
            if filter.is_none() {
                covered.push(index.fields.iter().map(|(id, _)| *id).collect());
            }
            let column = |(id, direction): &(FieldId, SortDirection)| (model_column(model, *id), *direction);
            let columns = index.fields.iter().map(column).collect();
            let (name, table) = (index.name.clone(), model.table.clone());
            let using = index.using.clone();
            indexes.push(CreateIndex { name, table, columns, unique: index.unique, filter, using });
        }
        for key in self.schema().foreign_keys.iter().filter(|key| key.from == model.id) {
            if covered.iter().any(|fields| fields.starts_with(&key.from_fields)) {
                continue;
            }
            covered.push(key.from_fields.clone());
            let columns = ascending(model, &key.from_fields);
            let name = index_name(model, &key.from_fields);
            let table = model.table.clone();
            indexes.push(CreateIndex { name, table, columns, unique: false, filter: None, using: None });
        }
        Ok(indexes)
    }
}

/// Name of the constraint that holds a column's validators.
pub(super) fn check_name(model: &Model, field: &Field) -> String {
    [model.table.as_str(), "_", &field.column, "_check"].concat()
}

fn index_name(model: &Model, fields: &[FieldId]) -> String {
    let mut name = model.table.clone();
    for column in names(model, fields) {
        name.push('_');
        name.push_str(&column);
    }
    name.push_str("_idx");
    name
}

fn ascending(model: &Model, fields: &[FieldId]) -> Vec<(String, SortDirection)> {
    names(model, fields).into_iter().map(|name| (name, SortDirection::Ascending)).collect()
}

fn model_column(model: &Model, id: FieldId) -> String {
    model.fields[usize::from(id.0)].column.clone()
}

fn names(model: &Model, fields: &[FieldId]) -> Vec<String> {
    fields.iter().map(|id| model_column(model, *id)).collect()
}

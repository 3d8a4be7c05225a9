//! Inserts, updates and deletes: columns that exist and that callers may set at all, and the constraint an upsert aims at.

use super::bounds::Bounds;
use super::{Conflict, Delete, Filter, Insert, Resolved, Rows, Scope, Update, field};
use crate::fault::Refusal;
use crate::request::{self, Edit};
use backstay_schema::model::{FieldId, Model, Scalar};
use std::cell::Cell;
use std::collections::HashSet;

impl Scope<'_> {
    pub(super) fn insert(&mut self, insert: &request::Insert) -> Result<Resolved, Refusal> {
        let model = self.model(&insert.relation)?;
        self.returned(model, insert.returning.as_ref())?;
        let columns = write_columns(model, &insert.columns, true)?;
        let conflict = match &insert.conflict {
            None => None,
            Some(conflict) => self.conflict(model, conflict)?,
        };
        let returning = self.returning(model, insert.returning.as_ref())?;
        let column = |name: &String| field::find(model, name).ok_or_else(|| field::unknown(&model.table, name));
        let taken = |names: &Vec<String>| names.iter().map(|name| Ok(column(name)?.id)).collect::<Result<_, Refusal>>();
        let (absent, referred) = (insert.absent, insert.referred.as_ref().map(taken).transpose()?);
        Ok(Resolved::Insert(Insert { model: model.id, columns, absent, conflict, returning, referred }))
    }

    /// What happens on a key conflict; `None` where there is no key to collide on.
    fn conflict(&mut self, model: &Model, conflict: &request::Conflict) -> Result<Option<Conflict>, Refusal> {
        let Some(target) = conflict_target(model, &conflict.columns)? else { return Ok(None) };
        let set = conflict.set.as_ref().map(|names| write_columns(model, names, false)).transpose()?;
        let filter = self.write_filter(model, &conflict.filter)?;
        Ok(Some(Conflict { target, resolution: conflict.resolution, set, filter }))
    }

    pub(super) fn update(&mut self, update: &request::Update) -> Result<Resolved, Refusal> {
        let model = self.model(&update.relation)?;
        self.returned(model, update.returning.as_ref())?;
        let columns = write_columns(model, &update.columns, false)?;
        let added = write_columns(model, &update.added, false)?;
        self.countable(model, &columns, &added)?;
        let edited = self.edited(model, [columns.as_slice(), &added].concat(), &update.edited)?;
        let filter = self.write_filter(model, &update.filter)?;
        let returning = self.returning(model, update.returning.as_ref())?;
        let changes = !columns.is_empty() || !added.is_empty() || !edited.is_empty();
        let every_row = changes && self.is_every_row(&filter);
        let absent = update.absent;
        Ok(Resolved::Update(Update { model: model.id, columns, added, edited, absent, filter, every_row, returning }))
    }

    pub(super) fn delete(&mut self, delete: &request::Delete) -> Result<Resolved, Refusal> {
        let model = self.model(&delete.relation)?;
        let filter = self.write_filter(model, &delete.filter)?;
        let returning = self.returning(model, delete.returning.as_ref())?;
        let every_row = self.is_every_row(&filter);
        Ok(Resolved::Delete(Delete { model: model.id, filter, every_row, returning }))
    }

    /// Whether a write is about every row, where that is not for all to ask.
    fn is_every_row(&self, filter: &Filter) -> bool {
        *filter == Filter::True && !self.limits.unbounded_writes
    }

    /// Refuses to count up what is no number, or what the same update sets or counts already.
    fn countable(&self, model: &Model, columns: &[FieldId], added: &[FieldId]) -> Result<(), Refusal> {
        for (at, id) in added.iter().enumerate() {
            let field = &model.fields[usize::from(id.0)];
            let number = matches!(field.ty.scalar, Scalar::Int | Scalar::BigInt | Scalar::Float | Scalar::Decimal);
            if !number || field.ty.list {
                return Err(self.no_operator(&field.ty, "+"));
            }
            if columns.contains(id) || added[..at].contains(id) {
                let reason = format!("multiple assignments to the column '{}'", field.name);
                return Err(Refusal::Unsupported { reason });
            }
        }
        Ok(())
    }

    /// Refuses to change a part of what is no JSON, and of what the same update changes already.
    fn edited(
        &self,
        model: &Model,
        mut named: Vec<FieldId>,
        edited: &[(String, Edit)],
    ) -> Result<Vec<(FieldId, Edit)>, Refusal> {
        let names: Vec<String> = edited.iter().map(|(name, _)| name.clone()).collect();
        let columns = write_columns(model, &names, false)?;
        for id in &columns {
            let field = &model.fields[usize::from(id.0)];
            if field.ty.list || !matches!(field.ty.scalar, Scalar::Json | Scalar::Object(_)) {
                return Err(self.no_operator(&field.ty, "||"));
            }
            if named.contains(id) {
                let reason = format!("multiple assignments to the column '{}'", field.name);
                return Err(Refusal::Unsupported { reason });
            }
            named.push(*id);
        }
        Ok(columns.into_iter().zip(edited.iter().map(|(_, edit)| *edit)).collect())
    }

    /// Checks the embeds of what is answered, which are looked at before the columns written.
    fn returned(&self, model: &Model, level: Option<&request::Level>) -> Result<(), Refusal> {
        let mut apart = Scope { bounds: Bounds::new(self.limits), column: Cell::new(None), ..*self };
        level.map_or(Ok(()), |level| apart.relationships(model, level, 1))
    }

    fn returning(&mut self, model: &Model, level: Option<&request::Level>) -> Result<Option<super::Level>, Refusal> {
        level.map(|level| self.root(model, Rows::Touched, level)).transpose()
    }
}

/// The columns that a request writes. Unknown ones come before read-only ones, so that a typing error is named first.
fn write_columns(model: &Model, names: &[String], inserting: bool) -> Result<Vec<FieldId>, Refusal> {
    let mut columns = Vec::with_capacity(names.len());
    for name in names {
        let Some(field) = field::find(model, name) else {
            return Err(Refusal::UnknownWriteColumn { relation: model.table.clone(), column: name.clone() });
        };
        columns.push(field.id);
    }
    for column in &columns {
        let field = &model.fields[usize::from(column.0)];
        if field.computed.is_some() || field.managed.is_some() {
            return Err(Refusal::ReadOnlyColumn {
                relation: model.table.clone(),
                column: field.name.clone(),
                inserting,
            });
        }
    }
    Ok(columns)
}

/// The columns of the constraint that an upsert collides on; `None` where there is no key to collide on.
fn conflict_target(model: &Model, names: &[String]) -> Result<Option<Vec<FieldId>>, Refusal> {
    if names.is_empty() {
        return Ok((!model.keyless).then(|| model.key.clone()));
    }
    let mut wanted = HashSet::new();
    for name in names {
        let found = field::find(model, name).ok_or_else(|| field::unknown(&model.table, name))?;
        wanted.insert(found.id);
    }
    let fits = |fields: &[FieldId]| fields.len() == wanted.len() && fields.iter().all(|field| wanted.contains(field));
    if fits(&model.key) {
        return Ok(Some(model.key.clone()));
    }
    let unique = model.uniques.iter().filter(|unique| unique.filter.is_none()).map(|unique| unique.fields.clone());
    let indexes = model
        .indexes
        .iter()
        .filter(|index| index.unique && index.filter.is_none())
        .map(|index| index.fields.iter().map(|(field, _)| *field).collect());
    unique.chain(indexes).find(|fields: &Vec<FieldId>| fits(fields)).map(Some).ok_or(Refusal::NoConflictTarget)
}

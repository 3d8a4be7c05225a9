//! Writes: which columns may be named, what the server adds, and the rules on the old and the new row.
//! Row-level `@check` rules of the schema are not here: they hold for everybody and are CHECK constraints of the table.

use super::{Authorizer, offered, row};
use crate::access::{Decision, UpdateGates, all, not_deleted};
use crate::authorized::{ConflictPlan, DeletePlan, Gate, InsertPlan, Predicate, UpdatePlan, WriteColumn, WriteSource};
use crate::fault::Refusal;
use crate::request::Resolution;
use crate::resolve::{Conflict, Delete, Insert, Update};
use backstay_schema::model::{FieldId, Managed, Model, ModelId, Op};

impl Authorizer<'_> {
    pub(super) fn insert(&self, insert: Insert) -> Result<InsertPlan, Refusal> {
        let model = self.model(insert.model);
        let mut checks = vec![offered(model, Op::Create, self.view.model(model.id).create.clone())?];
        for column in &insert.columns {
            match &self.view.field(model.id, *column).create {
                Decision::Always => {}
                Decision::PerRow(expr) => checks.push(Gate::When(expr.clone())),
                Decision::Never => return Err(self.denied(model.id, *column)),
            }
        }
        let mut columns = cells(&insert.columns);
        columns.extend(model.fields.iter().filter(|field| !insert.columns.contains(&field.id)).filter_map(|field| {
            let source = match (field.managed, &field.default) {
                (Some(Managed::DeletedAt), _) => return None,
                (Some(managed), _) => WriteSource::Managed(managed),
                (None, Some(default)) => WriteSource::Default(default.clone()),
                (None, None) => return None,
            };
            Some(WriteColumn { field: field.id, source })
        }));
        let conflict = match &insert.conflict {
            None => None,
            Some(conflict) => {
                Some(self.conflict(model, &insert.columns, conflict, insert.referred.as_deref().unwrap_or_default())?)
            }
        };
        Ok(InsertPlan {
            model: model.id,
            columns,
            absent: insert.absent,
            shown: self.shown(model),
            conflict,
            check: all(checks),
            returning: insert.returning.map(|level| self.node(level)).transpose()?,
            referred: insert.referred,
        })
    }

    fn conflict(
        &self,
        model: &Model,
        columns: &[FieldId],
        Conflict { target, resolution, set, filter }: &Conflict,
        referred: &[FieldId],
    ) -> Result<ConflictPlan, Refusal> {
        let filter = self.predicate(filter.clone())?;
        let seen = if filter == Predicate::True { Gate::Open } else { self.seen(model, &filter) };
        let columns = set.as_deref().unwrap_or(columns);
        let (set, gates) = match resolution {
            Resolution::Ignore => (Vec::new(), UpdateGates { using: Gate::Open, check: Gate::Open }),
            Resolution::Merge => {
                // The key is what the two rows agree on, so a merge does not change it.
                let mut set: Vec<FieldId> = cells(columns).iter().map(|column| column.field).collect();
                set.retain(|column| !target.contains(column));
                let UpdateGates { using, check } = self.update_gates(model, &set)?;
                // What other rows take from the row that is there is read.
                let given = |column: &FieldId| target.contains(column) || set.contains(column);
                let taken: Vec<FieldId> = referred.iter().filter(|column| !given(column)).copied().collect();
                let (seen_whole, seen_values) = self.used(model, &taken)?;
                set.extend(refreshed(model, columns).map(|column| column.field));
                (set, UpdateGates { using: all(vec![using, seen_whole]), check: all(vec![check, seen_values]) })
            }
        };
        // The answer tells whether there was a conflict: for a reader of the model it depends on nothing hidden from them.
        if self.view.model(model.id).read.is_some() {
            for column in target {
                self.column(model.id, *column)?;
            }
        }
        let (target, resolution) = (target.clone(), *resolution);
        Ok(ConflictPlan { target, resolution, set, filter, seen, using: gates.using, check: gates.check })
    }

    pub(super) fn update(&self, update: Update) -> Result<UpdatePlan, Refusal> {
        let model = self.model(update.model);
        let edited: Vec<FieldId> = update.edited.iter().map(|(column, _)| *column).collect();
        let used = [update.added.as_slice(), &edited].concat();
        let named = [update.columns.as_slice(), &used].concat();
        let gates = self.update_gates(model, &named)?;
        let (seen_whole, seen_values) = self.used(model, &used)?;
        let mut columns = cells(&update.columns);
        for (column, cell) in update.added.iter().zip(position(update.columns.len())..) {
            columns.push(WriteColumn { field: *column, source: WriteSource::Added(cell) });
        }
        let first = position(update.columns.len() + update.added.len());
        for ((column, edit), cell) in update.edited.iter().zip(first..) {
            columns.push(WriteColumn { field: *column, source: WriteSource::Edited(*edit, cell) });
        }
        if !columns.is_empty() {
            columns.extend(refreshed(model, &named));
        }
        let filter = self.predicate(update.filter)?;
        let plan = UpdatePlan {
            model: model.id,
            columns,
            absent: update.absent,
            using: all(vec![gates.using, seen_whole, self.seen(model, &filter)]),
            filter,
            check: all(vec![gates.check, seen_values]),
            returning: update.returning.map(|level| self.node(level)).transpose()?,
        };
        self.bounded(update.every_row, "UPDATE")?;
        Ok(plan)
    }

    /// Refuses a write of every row to all but the service role. Whatever else is refused is said first.
    fn bounded(&self, every_row: bool, verb: &'static str) -> Result<(), Refusal> {
        if every_row && !self.view.is_service() { Err(Refusal::NoFilter { verb }) } else { Ok(()) }
    }

    /// Counting up, changing in part, or taking into another row uses the value that is there, so it takes the right to read it:
    /// the rules on the row and on the values, of which one that is masked in its row refuses the request.
    fn used(&self, model: &Model, columns: &[FieldId]) -> Result<(Gate, Gate), Refusal> {
        if columns.is_empty() {
            return Ok((Gate::Open, Gate::Open));
        }
        let mut masks = Vec::with_capacity(columns.len());
        for column in columns {
            masks.extend(self.column(model.id, *column)?.mask.map(|mask| Gate::When(row::before(&mask))));
        }
        Ok((self.readable(model.id)?, all(masks)))
    }

    pub(super) fn delete(&self, delete: Delete) -> Result<DeletePlan, Refusal> {
        let model = self.model(delete.model);
        let gate = offered(model, Op::Delete, self.view.model(model.id).delete.clone())?;
        let filter = self.predicate(delete.filter)?;
        let plan = DeletePlan {
            model: model.id,
            using: all(vec![gate, self.seen(model, &filter)]),
            filter,
            soft: model.soft_delete,
            returning: delete.returning.map(|level| self.node(level)).transpose()?,
        };
        self.bounded(delete.every_row, "DELETE")?;
        Ok(plan)
    }

    /// The rules on the old and the new row of an update that names these columns.
    fn update_gates(&self, model: &Model, columns: &[FieldId]) -> Result<UpdateGates, Refusal> {
        let gates = offered(model, Op::Update, self.view.model(model.id).update.clone())?;
        let mut checks = vec![gates.check];
        for column in columns {
            let field = self.view.field(model.id, *column);
            if !field.updatable() {
                return Err(self.denied(model.id, *column));
            }
            // A row whose column may not be named is refused, not passed over: the caller named it.
            if let Decision::PerRow(expr) = &field.update_old {
                checks.push(Gate::When(row::before(expr)));
            }
            if let Decision::PerRow(expr) = &field.update_new {
                checks.push(Gate::When(expr.clone()));
            }
        }
        Ok(UpdateGates { using: gates.using, check: all(checks) })
    }

    /// Rows that a write may match: those not deleted, and where the request filters, only rows that the caller may read.
    fn seen(&self, model: &Model, filter: &Predicate) -> Gate {
        let alive = not_deleted(model);
        match (filter, &self.view.model(model.id).read) {
            (Predicate::True, _) | (_, None) => alive,
            (_, Some(read)) => all(vec![alive, read.clone()]),
        }
    }

    /// Columns whose values an error text may hold.
    fn shown(&self, model: &Model) -> Vec<FieldId> {
        if self.view.model(model.id).read.is_none() {
            return Vec::new();
        }
        let readable = |id: ModelId, field: FieldId| self.view.field(id, field).read == Decision::Always;
        model.fields.iter().map(|field| field.id).filter(|field| readable(model.id, *field)).collect()
    }
}

/// The columns of the request, in the order of its cells; of a column named twice the last cell counts.
fn cells(columns: &[FieldId]) -> Vec<WriteColumn> {
    let mut cells: Vec<WriteColumn> = Vec::with_capacity(columns.len());
    for (cell, field) in (0..).zip(columns) {
        let source = WriteSource::Cell(cell);
        match cells.iter_mut().find(|column| column.field == *field) {
            Some(column) => column.source = source,
            None => cells.push(WriteColumn { field: *field, source }),
        }
    }
    cells
}

/// A position in the cells of a row; the number of columns of a model keeps it in range.
fn position(at: usize) -> u16 {
    u16::try_from(at).unwrap_or(u16::MAX)
}

/// The columns that the server writes on every change, except those the request names.
fn refreshed<'m>(model: &'m Model, named: &'m [FieldId]) -> impl Iterator<Item = WriteColumn> + 'm {
    model.fields.iter().filter(|field| !named.contains(&field.id)).filter_map(|field| {
        let source = match (field.managed, &field.default) {
            (Some(managed @ (Managed::UpdatedAt | Managed::Version)), _) => WriteSource::Managed(managed),
            (Some(Managed::CreatedAt | Managed::DeletedAt), _) | (None, None) => return None,
            (None, Some(default)) if field.default_on_update => WriteSource::Default(default.clone()),
            (None, Some(_)) => return None,
        };
        Some(WriteColumn { field: field.id, source })
    })
}

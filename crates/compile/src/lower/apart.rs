//! Writes where a statement answers nothing of what it wrote and cannot name the constraint that it met: rows are found before
//! they are changed and read anew after it, and an upsert is a change that is tried before an insert under a condition.

use super::account::{Concern, Touches};
use super::read::is_open;
use super::write::is_version;
use super::{Lowering, Row, Scope, all, binary, item, select};
use crate::ast::{self, Aggregate, Alias, BinaryOp, Command, Function, Table, TableSource, Term};
use crate::datatype::DataType;
use crate::statement::{Merge, Returns, Sql, Step, WriteProgram};
use backstay_plan::Refusal;
use backstay_plan::authorized::{ConflictPlan, DeletePlan, Gate, InsertPlan, UpdatePlan, WriteSource};
use backstay_plan::request::Resolution;
use backstay_schema::model::{FieldId, ModelId, ReferentialAction};

impl Lowering<'_> {
    /// An insert with what is tried before it and read after it.
    pub(super) fn insert_apart(
        &mut self,
        plan: &InsertPlan,
        mut insert: ast::Insert,
        (returns, check): (Returns, &Gate),
    ) -> Result<Step, Refusal> {
        let mut merge = None;
        if let Some(upsert) = &plan.conflict {
            let (table, row) = self.table(plan.model);
            let there = self.is_there(plan, upsert, &row)?;
            insert.unless = Some(select(vec![item(Term::Int(1))], table, all(there)));
            if matches!(upsert.resolution, Resolution::Merge) {
                merge = Some(self.merge(plan, upsert, (returns, check))?);
            }
        }
        let reread = self.reread(plan, (returns, check), |lowering, row| lowering.written_key(plan, row))?;
        Ok(Step::Insert { sql: self.sql(&Command::Insert(insert)), returns, reread, merge })
    }

    /// The change of the row that is there already.
    fn merge(
        &mut self,
        plan: &InsertPlan,
        upsert: &ConflictPlan,
        (returns, check): (Returns, &Gate),
    ) -> Result<Merge, Refusal> {
        let table = self.model(plan.model).table.clone();
        let row = Row::new(Alias::Table(table.clone()), plan.model);
        // A merge without columns still finds the row that is there.
        let fields = if upsert.set.is_empty() { &upsert.target } else { &upsert.set };
        let mut set = Vec::with_capacity(fields.len());
        for id in fields {
            let value = if is_version(self, plan.model, *id) {
                binary(BinaryOp::Add, self.column(&row, *id)?, Term::Int(1))
            } else {
                self.cell_of(plan, *id)
            };
            set.push((self.field(plan.model, *id).column.clone(), value));
        }
        let mut filter = self.is_there(plan, upsert, &row)?;
        filter.extend(self.chosen(plan.model, &row, &upsert.filter, &upsert.seen)?);
        let filter = all(filter);
        let update = ast::Update { table, among: None, set, filter, returning: Vec::new() };
        let sql = self.sql(&Command::Update(update));
        let reread = self.reread(plan, (returns, check), |lowering, row| lowering.is_there(plan, upsert, row))?;
        Ok(Merge { sql, reread })
    }

    /// Whether a row that is there and the row being written meet the same constraint; where it is about some rows only, both are.
    fn is_there(&mut self, plan: &InsertPlan, upsert: &ConflictPlan, row: &Row) -> Result<Vec<Term>, Refusal> {
        let mut terms = self.collides(plan, upsert, row)?;
        let target = &upsert.target;
        let same = |fields: &[FieldId]| fields.len() == target.len() && fields.iter().all(|id| target.contains(id));
        let unique = self.model(plan.model).uniques.iter().find(|unique| same(&unique.fields));
        if let Some(rule) = unique.and_then(|unique| unique.filter.as_ref()) {
            let new = self.new_row(plan, row.clone());
            terms.push(self.holds(&rule.expr, &Scope::of(row))?);
            terms.push(self.holds(&rule.expr, &Scope::of(&new))?);
        }
        Ok(terms)
    }

    /// Finds a row that was just written.
    fn reread(
        &mut self,
        plan: &InsertPlan,
        (returns, check): (Returns, &Gate),
        find: impl FnOnce(&mut Self, &Row) -> Result<Vec<Term>, Refusal>,
    ) -> Result<Option<Sql>, Refusal> {
        if !returns.keys && !returns.check {
            return Ok(None);
        }
        let (table, row) = self.table(plan.model);
        let items = self.returning((returns, check), &row, plan.taken())?.into_iter().map(item).collect();
        let filter = all(find(self, &row)?);
        Ok(Some(self.sql(&Command::Query(select(items, table, filter)))))
    }

    /// Whether a row has the key of the row being written, or the number that it was given.
    fn written_key(&mut self, plan: &InsertPlan, row: &Row) -> Result<Vec<Term>, Refusal> {
        let key = self.model(plan.model).key.clone();
        let mut terms = Vec::with_capacity(key.len());
        for id in key {
            let column = self.column(row, id)?;
            let mut value = self.cell_of(plan, id);
            if self.is_counted(plan.model, id) {
                let given = Term::Call(Function::LastInserted, Vec::new());
                let has_cell = value != Term::Null;
                value = if has_cell { Term::Call(Function::Coalesce, vec![value, given]) } else { given };
            }
            terms.push(binary(BinaryOp::Equal, column, value));
        }
        Ok(terms)
    }

    fn cell_of(&self, plan: &InsertPlan, id: FieldId) -> Term {
        let at = plan.columns.iter().position(|column| column.field == id);
        at.map_or(Term::Null, |at| self.cell(plan.model, id, at))
    }

    fn is_counted(&self, model: ModelId, id: FieldId) -> bool {
        matches!(self.field(model, id).default, Some(backstay_schema::model::DefaultValue::Increment))
    }

    /// An update: rows are found and locked first where anything of them is asked for afterwards.
    pub(super) fn update_apart(
        &mut self,
        plan: &UpdatePlan,
        concern: &Concern,
        touches: Touches,
        mut steps: Vec<Step>,
    ) -> Result<WriteProgram, Refusal> {
        let table = self.model(plan.model).table.clone();
        let row = Row::new(Alias::Table(table.clone()), plan.model);
        let unheld = crate::ddl::unheld_checks(self, self.model(plan.model))?;
        let validated = self.validated_after(plan);
        let mut filter = self.chosen(plan.model, &row, &plan.filter, &plan.using)?;
        let finds = plan.returning.is_some()
            || !unheld.is_empty()
            || !validated.is_empty()
            || touches.any()
            || !is_open(&plan.check)
            || self.writes_referenced(plan)
            || filter.iter().any(Term::reads_tables);
        let mut among = None;
        if finds {
            let (table, found) = self.table(plan.model);
            let chosen = self.chosen(plan.model, &found, &plan.filter, &plan.using)?;
            steps.push(self.keys_of(table, &found, chosen)?);
            among = Some(self.among_touched(&row)?);
            filter.clear();
        }
        let check = self.verify_update(plan, touches, &mut steps)?;
        let set = self.assignments(plan.model, &plan.columns, &row)?;
        let update = ast::Update { table, among, set, filter: all(filter), returning: Vec::new() };
        let returns = Returns { keys: false, check: false };
        steps.push(Step::Mutate { sql: self.sql(&Command::Update(update)), returns });
        if finds {
            steps.extend(self.keys_after_update(plan)?);
        }
        if !is_open(&check) {
            steps.push(self.verify_touched(plan.model, &check)?);
        }
        steps.extend(self.validate_touched(plan.model, &validated)?);
        steps.extend(self.verify_checks(plan.model, &unheld)?);
        steps.extend(self.follow(concern, touches));
        if let Some(node) = &plan.returning {
            steps.push(Step::Represent(self.represent(node, false)?));
        }
        Ok(WriteProgram { steps, accounts: touches.any() })
    }

    /// Whether rows must be found before they are removed, because the condition looks at other rows.
    pub(super) fn must_find_first(&mut self, plan: &DeletePlan) -> Result<bool, Refusal> {
        if !self.rereads() {
            return Ok(false);
        }
        // Which row is still referred to is told by its key.
        if self.is_held_by_others(plan.model) {
            return Ok(true);
        }
        let row = Row::new(Alias::Table(self.model(plan.model).table.clone()), plan.model);
        Ok(self.chosen(plan.model, &row, &plan.filter, &plan.using)?.iter().any(Term::reads_tables))
    }

    /// Whether rows of other tables can forbid a row to go, or one that goes with it.
    fn is_held_by_others(&self, model: ModelId) -> bool {
        self.schema()
            .foreign_keys
            .iter()
            .any(|key| key.to == model && !matches!(key.on_delete, ReferentialAction::SetNull))
    }

    /// Whether an update writes columns that rows of other tables refer to.
    fn writes_referenced(&self, plan: &UpdatePlan) -> bool {
        let written = |id: &FieldId| plan.columns.iter().any(|column| column.field == *id);
        self.schema().foreign_keys.iter().any(|key| key.to == plan.model && key.to_fields.iter().any(written))
    }

    /// The touched keys as a source, and which of them is a row's.
    pub(super) fn among_touched(&mut self, row: &Row) -> Result<(Table, Term), Refusal> {
        let keys = self.alias();
        let join = self.touched_join(row, &keys)?;
        Ok((Table { source: TableSource::Keys, alias: keys }, join))
    }

    /// The touched keys as they are after an update that writes some of their columns.
    fn keys_after_update(&mut self, plan: &UpdatePlan) -> Result<Option<Step>, Refusal> {
        let key = self.model(plan.model).key.clone();
        if !plan.columns.iter().any(|column| key.contains(&column.field)) {
            return Ok(None);
        }
        let each = self.alias();
        let mut cells = Vec::with_capacity(key.len());
        for (at, id) in key.iter().enumerate() {
            let ty = DataType::of_field(&self.field(plan.model, *id).ty);
            cells.push((*id, super::typed(super::touched_part(&each, at), ty)));
        }
        let old = Row { cells, ..Row::new(Alias::Bare, plan.model) };
        let mut parts = Vec::with_capacity(key.len());
        for id in &key {
            let ty = DataType::of_field(&self.field(plan.model, *id).ty);
            let written = plan.columns.iter().enumerate().find(|(_, column)| column.field == *id);
            let part = match written {
                None => self.column(&old, *id)?,
                Some((at, column)) => match &column.source {
                    WriteSource::Added(_) => {
                        let (there, cell) = (self.column(&old, *id)?, self.cell(plan.model, *id, at));
                        self.sum(self.field(plan.model, *id).ty.scalar, there, cell)
                    }
                    WriteSource::Managed(_)
                    | WriteSource::Cell(_)
                    | WriteSource::Default(_)
                    | WriteSource::Edited(..) => self.cell(plan.model, *id, at),
                },
            };
            parts.push(Term::JsonText(Box::new(part), ty));
        }
        let keys = Term::Aggregate(Aggregate::JsonArray, Box::new(Term::Array(parts)));
        let source = Table { source: TableSource::Keys, alias: each };
        Ok(Some(Step::SelectKeys(self.sql(&Command::Query(select(vec![item(keys)], source, None))))))
    }
}

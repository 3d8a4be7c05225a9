//! Writes: the steps of one transaction. Rows are chosen by the request's filter and the caller's rule; a check that the new row must
//! pass is answered by the write itself, or verified before it where it needs the row as it was.

use super::account::{Concern, Touches};
use super::read::{is_open, plain_level};
use super::rule::{Scope, constant_text};
use super::{Lowering, Row, all, binary, item, select, unary};
use crate::ast::{self, Aggregate, Alias, BinaryOp, Command, Function, OnConflict, Query, Term, UnaryOp};
use crate::datatype::{Base, DataType};
use crate::functions::StoreFunction;
use crate::statement::{Returns, Sql, Step, VerifyFailure, WriteProgram};
use backstay_plan::Refusal;
use backstay_plan::authorized::{
    ConflictPlan, DeletePlan, Gate, InsertPlan, Predicate, UpdatePlan, WriteColumn, WriteSource,
};
use backstay_plan::request::{Edit, Resolution};
use backstay_plan::value::Param;
use backstay_schema::expr::{Expr, Root};
use backstay_schema::model::{DefaultValue, Field, FieldId, Index, Managed, Model, ModelId, Scalar, Unique};

impl Lowering<'_> {
    pub(super) fn insert(&mut self, plan: &InsertPlan) -> Result<WriteProgram, Refusal> {
        let model = self.model(plan.model);
        let row = Row::new(Alias::Table(model.table.clone()), plan.model);
        let concern = self.concern(plan.model);
        let merged = plan.conflict.as_ref().map_or(&[][..], |upsert| &upsert.set);
        let touches = concern.touches(self, plan.model, merged);
        let mut steps = Vec::new();
        steps.extend(self.protect(&concern, touches));
        steps.extend(self.verify_accounts(plan, &concern));
        let mut conflict = None;
        let mut merges = false;
        if let Some(upsert) = &plan.conflict {
            merges = matches!(upsert.resolution, Resolution::Merge);
            if merges {
                steps.extend(self.verify_merge(plan, upsert)?);
                if touches.key {
                    steps.push(self.verify_merged_key(plan, upsert)?);
                }
                steps.push(self.count_conflicts(plan, upsert)?);
            }
            if self.tells_conflicts() {
                conflict = Some(self.on_conflict(plan.model, upsert)?);
            }
        }
        let mut columns = Vec::with_capacity(plan.columns.len());
        let mut values = Vec::with_capacity(plan.columns.len());
        for (at, column) in plan.columns.iter().enumerate() {
            if self.counts_itself(plan, column) {
                continue;
            }
            columns.push(self.field(plan.model, column.field).column.clone());
            let cell = self.cell(plan.model, column.field, at);
            let value = self.inserted(plan.model, column.field, cell)?;
            values.push(self.kept(plan.model, column.field, value));
        }
        let unheld = crate::ddl::unheld_checks(self, model)?;
        // What is read anew sees everything.
        let (check, later) =
            if self.rereads() { (plan.check.clone(), false) } else { self.check_in_returning(&plan.check, &row)? };
        let keys = plan.returning.is_some() || plan.referred.is_some() || merges || !unheld.is_empty() || later;
        let returns = Returns { keys: keys || !matches!(concern, Concern::None), check: !is_open(&check) };
        let counts = |field: &Field| matches!(field.default, Some(DefaultValue::Increment));
        let overriding = self.has_types() && !model.managed && model.fields.iter().any(counts);
        let inserts_at = steps.len();
        let insert =
            ast::Insert { table: model.table.clone(), columns, values, overriding, conflict, ..ast::Insert::default() };
        steps.push(if self.rereads() {
            self.insert_apart(plan, insert, (returns, &check))?
        } else {
            let returning = self.returning((returns, &check), &row, plan.taken())?;
            let sql = self.sql(&Command::Insert(ast::Insert { returning, ..insert }));
            Step::Insert { sql, returns, reread: None, merge: None }
        });
        if later {
            steps.push(self.verify_touched(plan.model, &plan.check)?);
        }
        steps.extend(self.verify_checks(plan.model, &unheld)?);
        if let Concern::Profiles(profile) = &concern {
            steps.push(self.make_accounts(profile)?);
        }
        steps.extend(self.follow(&concern, touches));
        if let Some(node) = &plan.returning {
            steps.push(Step::Represent(self.represent(node, false)?));
        }
        if !is_open(&plan.check) {
            steps.insert(inserts_at, Step::VerifyCollision(self.verify_new(plan, row)?));
        }
        Ok(WriteProgram { steps, accounts: touches.any() })
    }

    /// What a change of these columns brings to the other side.
    pub(super) fn follow(&mut self, concern: &Concern, touches: Touches) -> Vec<Step> {
        match concern {
            Concern::Profiles(profile) if touches.email => self.follow_profiles(profile),
            Concern::Accounts(Some(profile)) => self.follow_accounts(profile, touches),
            Concern::Profiles(_) | Concern::Accounts(None) | Concern::None => Vec::new(),
        }
    }

    /// Refuses new profiles of accounts that are not theirs to describe.
    fn verify_accounts(&mut self, plan: &InsertPlan, concern: &Concern) -> Option<Step> {
        let Concern::Profiles(profile) = concern else { return None };
        let value = |name: &str| {
            let named = |column: &WriteColumn| self.field(plan.model, column.field).column == name;
            let found = plan.columns.iter().enumerate().find(|(_, column)| named(column));
            found.map_or(Term::Null, |(at, column)| self.cell(plan.model, column.field, at))
        };
        let cells = (value(&profile.key), profile.email.as_deref().map_or(Term::Null, value));
        Some(self.verify_adoption(profile, cells))
    }

    /// Refuses a merge that would give the profile that is there another account's id. Runs for each row of the request.
    fn verify_merged_key(&mut self, plan: &InsertPlan, upsert: &ConflictPlan) -> Result<Step, Refusal> {
        let (table, row) = self.table(plan.model);
        let mut filter = self.merges(plan, upsert, &row)?;
        filter.push(self.other_key(plan.model, &plan.columns, &row)?);
        let query = select(vec![item(Term::Int(1))], table, all(filter));
        Ok(Step::Verify { sql: self.sql(&Command::Query(query)), failure: VerifyFailure::AccountId })
    }

    /// Refuses a change of a profile's key.
    fn verify_key(&mut self, plan: &UpdatePlan) -> Result<Step, Refusal> {
        let (table, row) = self.table(plan.model);
        let mut filter = self.chosen(plan.model, &row, &plan.filter, &plan.using)?;
        filter.push(self.other_key(plan.model, &plan.columns, &row)?);
        let query = select(vec![item(Term::Int(1))], table, all(filter));
        Ok(Step::Verify { sql: self.sql(&Command::Query(query)), failure: VerifyFailure::AccountId })
    }

    /// Whether the key of a row is not the one being written.
    fn other_key(&mut self, model: ModelId, columns: &[WriteColumn], row: &Row) -> Result<Term, Refusal> {
        let mut differences = Vec::new();
        for id in &self.model(model).key {
            if let Some(at) = columns.iter().position(|column| column.field == *id) {
                differences.push(binary(BinaryOp::Distinct, self.column(row, *id)?, self.cell(model, *id, at)));
            }
        }
        Ok(Term::Any(differences))
    }

    /// Finds a row when the row being written fails the check of new rows. What only the database would give it counts as null.
    fn verify_new(&mut self, plan: &InsertPlan, row: Row) -> Result<Sql, Refusal> {
        let new = self.new_row(plan, row);
        let broken = self.gate(&plan.check, &new)?.map(|check| unary(UnaryOp::IsNotTrue, check));
        let query = ast::Select { items: vec![item(Term::Int(1))], filter: broken, ..ast::Select::default() };
        Ok(self.sql(&Command::Query(Query::Select(Box::new(query)))))
    }

    /// The row being written, before it is. What only the database would give it is null.
    pub(super) fn new_row(&self, plan: &InsertPlan, row: Row) -> Row {
        let given = |id: FieldId| plan.columns.iter().position(|column| column.field == id);
        let stored = self.model(plan.model).fields.iter().filter(|field| field.computed.is_none());
        let null = |field: &Field| super::typed(Term::Null, DataType::of_field(&field.ty));
        let cells = stored.map(|field| {
            let cell = given(field.id).map(|at| self.cell(plan.model, field.id, at));
            (field.id, cell.unwrap_or_else(|| null(field)))
        });
        Row { cells: cells.collect(), ..row }
    }

    /// Whether a column of the server's takes the next number itself, because no row of the request gives it one. A row must
    /// have a column that is named.
    fn counts_itself(&self, plan: &InsertPlan, column: &WriteColumn) -> bool {
        let counts = |column: &WriteColumn| matches!(column.source, WriteSource::Default(DefaultValue::Increment));
        self.has_types() && !self.derives_apart() && counts(column) && plan.columns.iter().any(|other| !counts(other))
    }

    /// The value of a cell in an insert: a counter that is no row number takes the next number itself.
    fn inserted(&mut self, model: ModelId, field: FieldId, cell: Term) -> Result<Term, Refusal> {
        let counts = matches!(self.field(model, field).default, Some(DefaultValue::Increment));
        if counts && self.derives_apart() {
            // The column takes the next number itself.
            return Ok(cell);
        }
        if counts && self.has_types() {
            let names = [&self.model(model).table, &self.field(model, field).column];
            let [table, column] = names.map(|name| constant_text(name));
            return Ok(Term::Call(Function::Counted, vec![cell, Term::Null, table, column]));
        }
        if !counts || crate::ddl::row_number_key(self.model(model)) == Some(field) {
            return Ok(cell);
        }
        let (table, row) = self.table(model);
        let largest = Term::Aggregate(Aggregate::Max, Box::new(self.column(&row, field)?));
        let next = binary(BinaryOp::Add, Term::Call(Function::Coalesce, vec![largest, Term::Int(0)]), Term::Int(1));
        let next = Term::Scalar(Box::new(select(vec![item(next)], table, None)));
        Ok(Term::Call(Function::Counted, vec![cell, next]))
    }

    fn on_conflict(&mut self, model: ModelId, upsert: &ConflictPlan) -> Result<OnConflict, Refusal> {
        let name = |lowering: &Self, id: FieldId| lowering.field(model, id).column.clone();
        let target = upsert.target.iter().map(|id| name(self, *id)).collect();
        let target_filter = crate::ddl::partial_filter(self, model, &upsert.target)?;
        let mut set = Vec::new();
        if matches!(upsert.resolution, Resolution::Merge) {
            // A merge without columns still answers the row that is there.
            let fields = if upsert.set.is_empty() { &upsert.target } else { &upsert.set };
            for id in fields {
                let column = name(self, *id);
                let value = if is_version(self, model, *id) {
                    let old = Term::Column(Alias::Table(self.model(model).table.clone()), column.clone());
                    binary(BinaryOp::Add, old, Term::Int(1))
                } else {
                    Term::Column(Alias::Excluded, column.clone())
                };
                set.push((column, value));
            }
        }
        let row = Row::new(Alias::Table(self.model(model).table.clone()), model);
        let filter = all(self.chosen(model, &row, &upsert.filter, &upsert.seen)?);
        Ok(OnConflict { target, target_filter, set, filter })
    }

    /// Refuses a merge into a row that the caller may not change, or may not change so. Runs for each row of the request.
    fn verify_merge(&mut self, plan: &InsertPlan, upsert: &ConflictPlan) -> Result<Option<Step>, Refusal> {
        if is_open(&upsert.using) && is_open(&upsert.check) {
            return Ok(None);
        }
        let (table, row) = self.table(plan.model);
        let mut filter = self.merges(plan, upsert, &row)?;
        let mut cells = Vec::new();
        for id in &upsert.set {
            if let Some(at) = plan.columns.iter().position(|column| column.field == *id)
                && !is_version(self, plan.model, *id)
            {
                cells.push((*id, self.cell(plan.model, *id, at)));
            }
        }
        let new = Row { cells, ..row.clone() };
        let using = self.gate(&upsert.using, &row)?;
        let check = self.check(&upsert.check, &new, &row)?;
        let broken: Vec<Term> = using.into_iter().chain(check).map(|t| unary(UnaryOp::IsNotTrue, t)).collect();
        filter.push(Term::Any(broken));
        let query = select(vec![item(Term::Int(1))], table, all(filter));
        Ok(Some(Step::Verify { sql: self.sql(&Command::Query(query)), failure: VerifyFailure::RowDenied }))
    }

    fn count_conflicts(&mut self, plan: &InsertPlan, upsert: &ConflictPlan) -> Result<Step, Refusal> {
        let (table, row) = self.table(plan.model);
        let filter = self.merges(plan, upsert, &row)?;
        let query = select(vec![item(Term::CountRows)], table, all(filter));
        Ok(Step::CountConflicts(self.sql(&Command::Query(query))))
    }

    /// Whether a row that is there is changed by the row being written.
    pub(super) fn merges(&mut self, plan: &InsertPlan, upsert: &ConflictPlan, row: &Row) -> Result<Vec<Term>, Refusal> {
        let mut terms = self.collides(plan, upsert, row)?;
        terms.extend(self.chosen(plan.model, row, &upsert.filter, &upsert.seen)?);
        Ok(terms)
    }

    /// Whether a row that is there has the key of the row being written.
    pub(super) fn collides(
        &mut self,
        plan: &InsertPlan,
        upsert: &ConflictPlan,
        row: &Row,
    ) -> Result<Vec<Term>, Refusal> {
        let mut terms = Vec::new();
        for id in &upsert.target {
            let value = match plan.columns.iter().position(|column| column.field == *id) {
                Some(at) => self.cell(plan.model, *id, at),
                None => Term::Null,
            };
            terms.push(binary(BinaryOp::Equal, self.column(row, *id)?, value));
        }
        if crate::ddl::partial_filter(self, plan.model, &upsert.target)?.is_some() {
            terms.extend(self.alive(row)?);
        }
        Ok(terms)
    }

    pub(super) fn update(&mut self, plan: &UpdatePlan) -> Result<WriteProgram, Refusal> {
        let concern = self.concern(plan.model);
        let fields: Vec<FieldId> = plan.columns.iter().map(|column| column.field).collect();
        let touches = concern.touches(self, plan.model, &fields);
        let mut steps = Vec::new();
        if !plan.columns.is_empty() {
            steps.extend(self.protect(&concern, touches));
            if self.rereads() {
                return self.update_apart(plan, &concern, touches, steps);
            }
            let table = self.model(plan.model).table.clone();
            let row = Row::new(Alias::Table(table.clone()), plan.model);
            let check = self.verify_update(plan, touches, &mut steps)?;
            let set = self.assignments(plan.model, &plan.columns, &row)?;
            let filter = self.chosen(plan.model, &row, &plan.filter, &plan.using)?;
            let unheld = crate::ddl::unheld_checks(self, self.model(plan.model))?;
            let validated = self.validated_after(plan);
            let (check, later) = self.check_in_returning(&check, &row)?;
            let read_later = later || !unheld.is_empty() || !validated.is_empty();
            let keys = plan.returning.is_some() || touches.any() || read_later;
            let returns = Returns { keys, check: !is_open(&check) };
            let returning = self.returning((returns, &check), &row, &[])?;
            let update = ast::Update { table, among: None, set, filter: all(filter), returning };
            steps.push(Step::Mutate { sql: self.sql(&Command::Update(update)), returns });
            if later {
                steps.push(self.verify_touched(plan.model, &plan.check)?);
            }
            steps.extend(self.validate_touched(plan.model, &validated)?);
            steps.extend(self.verify_checks(plan.model, &unheld)?);
            steps.extend(self.follow(&concern, touches));
        }
        if let Some(node) = &plan.returning {
            steps.push(Step::Represent(self.represent(node, false)?));
        }
        Ok(WriteProgram { steps, accounts: touches.any() })
    }

    /// The columns whose value rules can be asked only when the update has made the value.
    pub(super) fn validated_after(&self, plan: &UpdatePlan) -> Vec<FieldId> {
        let edited = plan.columns.iter().filter(|column| matches!(column.source, WriteSource::Edited(..)));
        let fields = edited.map(|column| self.field(plan.model, column.field));
        let ruled = |field: &&Field| matches!(field.ty.scalar, Scalar::Object(_)) || !field.validators.is_empty();
        fields.filter(ruled).map(|field| field.id).collect()
    }

    /// Reads what columns of touched rows hold, for their value rules.
    pub(super) fn validate_touched(&mut self, model: ModelId, fields: &[FieldId]) -> Result<Vec<Step>, Refusal> {
        let mut steps = Vec::with_capacity(fields.len());
        for field in fields {
            let (table, row) = self.table(model);
            let touched = self.key_touched(&row)?;
            let query = select(vec![item(self.column(&row, *field)?)], table, Some(touched));
            steps.push(Step::Validate { sql: self.sql(&Command::Query(query)), field: *field });
        }
        Ok(steps)
    }

    /// What is verified before an update, and the check that is left for it.
    pub(super) fn verify_update(
        &mut self,
        plan: &UpdatePlan,
        touches: Touches,
        steps: &mut Vec<Step>,
    ) -> Result<Gate, Refusal> {
        let mut check = plan.check.clone();
        if let Gate::When(rule) = &plan.check
            && (touches.key || reads_old(rule))
        {
            let failure = VerifyFailure::RowDenied;
            steps.push(Step::Verify { sql: self.verify_change(plan)?, failure });
            check = Gate::Open;
        } else if !is_open(&plan.check)
            && (may_collide(self.model(plan.model), &plan.columns) || self.may_break(plan.model, &plan.columns))
        {
            steps.push(Step::VerifyCollision(self.verify_change(plan)?));
        }
        // Whoever may not write such a row is told that first.
        if touches.key {
            steps.push(self.verify_key(plan)?);
        }
        Ok(check)
    }

    /// Whether a change of these columns can break a reference, of the row itself or to it.
    fn may_break(&self, model: ModelId, columns: &[WriteColumn]) -> bool {
        let written = |id: &FieldId| columns.iter().any(|column| column.field == *id);
        self.schema().foreign_keys.iter().any(|key| {
            (key.from == model && key.from_fields.iter().any(written))
                || (key.to == model && key.to_fields.iter().any(written))
        })
    }

    /// The check that a write can answer itself, and whether the check is left for afterwards: where what the write answers
    /// sees other rows as they were before it.
    fn check_in_returning(&mut self, check: &Gate, row: &Row) -> Result<(Gate, bool), Refusal> {
        let Some(term) = self.gate(check, row)? else { return Ok((Gate::Open, false)) };
        let later = self.has_types() && term.reads_tables();
        Ok((if later { Gate::Open } else { check.clone() }, later))
    }

    /// Refuses touched rows that fail the caller's check.
    pub(super) fn verify_touched(&mut self, model: ModelId, check: &Gate) -> Result<Step, Refusal> {
        let (table, row) = self.table(model);
        let touched = self.key_touched(&row)?;
        let broken = self.gate(check, &row)?.map(|check| unary(UnaryOp::IsNotTrue, check));
        let filter = [Some(touched), broken].into_iter().flatten().collect();
        let query = select(vec![item(Term::Int(1))], table, all(filter));
        Ok(Step::Verify { sql: self.sql(&Command::Query(query)), failure: VerifyFailure::RowDenied })
    }

    /// Refuses touched rows that fail a check of the model.
    pub(super) fn verify_checks(&mut self, model: ModelId, checks: &[u16]) -> Result<Vec<Step>, Refusal> {
        let mut steps = Vec::with_capacity(checks.len());
        for check in checks {
            let rule = &self.model(model).checks[usize::from(*check)].rule.expr;
            let (table, row) = self.table(model);
            let touched = self.key_touched(&row)?;
            let broken = unary(UnaryOp::IsNotTrue, self.holds(rule, &Scope::of(&row))?);
            let query = select(vec![item(Term::Int(1))], table, all(vec![touched, broken]));
            let failure = VerifyFailure::CheckFailed { check: *check };
            steps.push(Step::Verify { sql: self.sql(&Command::Query(query)), failure });
        }
        Ok(steps)
    }

    pub(super) fn assignments(
        &mut self,
        model: ModelId,
        columns: &[WriteColumn],
        row: &Row,
    ) -> Result<Vec<(String, Term)>, Refusal> {
        let mut set = Vec::with_capacity(columns.len());
        for (at, column) in columns.iter().enumerate() {
            let value = match &column.source {
                WriteSource::Managed(Managed::Version) => {
                    binary(BinaryOp::Add, self.column(row, column.field)?, Term::Int(1))
                }
                WriteSource::Added(_) => self.added(model, column.field, at, row)?,
                WriteSource::Edited(edit, _) => self.edited(column.field, *edit, at, row)?,
                WriteSource::Managed(Managed::CreatedAt | Managed::UpdatedAt | Managed::DeletedAt)
                | WriteSource::Cell(_)
                | WriteSource::Default(_) => self.cell(model, column.field, at),
            };
            let value = self.kept(model, column.field, value);
            set.push((self.field(model, column.field).column.clone(), value));
        }
        Ok(set)
    }

    /// The value that is there and a cell together; leaving the range of the type is the caller's error.
    fn added(&mut self, model: ModelId, field: FieldId, at: usize, row: &Row) -> Result<Term, Refusal> {
        let there = self.column(row, field)?;
        let cell = self.cell(model, field, at);
        Ok(self.sum(self.field(model, field).ty.scalar, there, cell))
    }

    /// The JSON that is there, changed by a cell.
    fn edited(&mut self, field: FieldId, edit: Edit, at: usize, row: &Row) -> Result<Term, Refusal> {
        let there = self.column(row, field)?;
        let ty = match edit {
            Edit::Append | Edit::Prepend => DataType::JSON,
            Edit::DeleteKey => DataType::TEXT,
            Edit::DeleteElement => DataType::one(Base::Integer),
            Edit::DeletePath => DataType { list: true, ..DataType::TEXT },
        };
        let cell = super::typed(Term::Param(Param::Cell(u16::try_from(at).unwrap_or(u16::MAX))), ty);
        let (function, args) = match edit {
            Edit::Append => (StoreFunction::JsonConcat, vec![there, cell]),
            Edit::Prepend => (StoreFunction::JsonConcat, vec![cell, there]),
            Edit::DeleteKey => (StoreFunction::JsonDeleteKey, vec![there, cell]),
            Edit::DeleteElement => (StoreFunction::JsonDeleteAt, vec![there, cell]),
            Edit::DeletePath => (StoreFunction::JsonDeletePath, vec![there, cell]),
        };
        Ok(Term::Call(Function::Store(function), args))
    }

    /// Finds a row when a change leaves one that fails its check. Runs before the change, on the rows as they will be.
    fn verify_change(&mut self, plan: &UpdatePlan) -> Result<Sql, Refusal> {
        let (table, old) = self.table(plan.model);
        let mut cells = Vec::new();
        for (at, column) in plan.columns.iter().enumerate() {
            if let WriteSource::Added(_) = column.source {
                cells.push((column.field, self.added(plan.model, column.field, at, &old)?));
            } else if let WriteSource::Edited(edit, _) = column.source {
                cells.push((column.field, self.edited(column.field, edit, at, &old)?));
            } else if !is_version(self, plan.model, column.field) {
                cells.push((column.field, self.cell(plan.model, column.field, at)));
            }
        }
        let new = Row { cells, ..old.clone() };
        let mut filter = self.chosen(plan.model, &old, &plan.filter, &plan.using)?;
        let holds = self.check(&plan.check, &new, &old)?;
        filter.extend(holds.map(|holds| unary(UnaryOp::IsNotTrue, holds)));
        let query = select(vec![item(Term::Int(1))], table, all(filter));
        Ok(self.sql(&Command::Query(query)))
    }

    fn check(&mut self, gate: &Gate, new: &Row, old: &Row) -> Result<Option<Term>, Refusal> {
        match gate {
            Gate::Open => Ok(None),
            Gate::Closed => Ok(Some(Term::Bool(false))),
            Gate::When(rule) => Ok(Some(self.holds(rule, &Scope::of_change(new, old))?)),
        }
    }

    pub(super) fn delete(&mut self, plan: &DeletePlan) -> Result<WriteProgram, Refusal> {
        let table = self.model(plan.model).table.clone();
        let row = Row::new(Alias::Table(table.clone()), plan.model);
        let concern = self.concern(plan.model);
        let accounts = !matches!(concern, Concern::None);
        let gone = Touches { deleted: accounts, ..Touches::default() };
        let mut steps = Vec::new();
        steps.extend(self.protect(&concern, gone));
        let (mut filter, mut among) = (Vec::new(), None);
        if plan.returning.is_some() || accounts || self.must_find_first(plan)? {
            steps.push(self.select_keys(plan)?);
            if let Some(node) = &plan.returning {
                steps.push(Step::Represent(self.represent(node, false)?));
            }
            if self.rereads() {
                among = Some(self.among_touched(&row)?);
            } else {
                filter.push(self.key_touched(&row)?);
            }
        } else {
            filter = self.chosen(plan.model, &row, &plan.filter, &plan.using)?;
        }
        let command = match plan.soft {
            None => Command::Delete(ast::Delete { table, among, filter: all(filter), returning: Vec::new() }),
            Some(field) => {
                filter.push(unary(UnaryOp::IsNull, self.column(&row, field)?));
                let set = self.soft_assignments(plan.model, field, &row)?;
                Command::Update(ast::Update { table, among, set, filter: all(filter), returning: Vec::new() })
            }
        };
        steps.push(Step::Mutate { sql: self.sql(&command), returns: Returns { keys: false, check: false } });
        match &concern {
            Concern::Profiles(profile) => steps.extend(self.end_accounts(profile)),
            Concern::Accounts(Some(profile)) => steps.push(self.end_profiles_touched(profile)),
            Concern::Accounts(None) | Concern::None => {}
        }
        Ok(WriteProgram { steps, accounts })
    }

    /// The cell of the row being written at a position of the plan's columns.
    pub(super) fn cell(&self, model: ModelId, field: FieldId, at: usize) -> Term {
        let cell = Term::Param(Param::Cell(u16::try_from(at).unwrap_or(u16::MAX)));
        super::typed(cell, DataType::of_field(&self.field(model, field).ty))
    }

    /// The columns that the server writes when a row is marked as deleted.
    fn soft_assignments(
        &mut self,
        model: ModelId,
        deleted_at: FieldId,
        row: &Row,
    ) -> Result<Vec<(String, Term)>, Refusal> {
        let mut set = Vec::new();
        for field in &self.model(model).fields {
            let value = match field.managed {
                _ if field.id == deleted_at => Term::Param(Param::Now),
                Some(Managed::UpdatedAt) => Term::Param(Param::Now),
                Some(Managed::Version) => binary(BinaryOp::Add, self.column(row, field.id)?, Term::Int(1)),
                Some(Managed::CreatedAt | Managed::DeletedAt) | None => continue,
            };
            set.push((field.column.clone(), value));
        }
        Ok(set)
    }

    fn select_keys(&mut self, plan: &DeletePlan) -> Result<Step, Refusal> {
        let (table, row) = self.table(plan.model);
        let mut filter = self.chosen(plan.model, &row, &plan.filter, &plan.using)?;
        if let Some(field) = plan.soft {
            filter.push(unary(UnaryOp::IsNull, self.column(&row, field)?));
        }
        self.keys_of(table, &row, filter)
    }

    /// The keys of some rows; where rows are written by their keys, they stay as they are until then.
    pub(super) fn keys_of(&mut self, table: ast::Table, row: &Row, filter: Vec<Term>) -> Result<Step, Refusal> {
        let keys = Term::Aggregate(Aggregate::JsonArray, Box::new(self.key_array(row, &[])?));
        let mut query = select(vec![item(keys)], table, all(filter));
        if let Query::Select(select) = &mut query {
            select.lock = self.rereads();
        }
        Ok(Step::SelectKeys(self.sql(&Command::Query(query))))
    }

    /// The rows that a write is about: the request's filter, and the caller's rule.
    pub(super) fn chosen(
        &mut self,
        model: ModelId,
        row: &Row,
        filter: &Predicate,
        using: &Gate,
    ) -> Result<Vec<Term>, Refusal> {
        let node = plain_level(model);
        let level = super::read::Level::of(&node, row.clone());
        let mut terms = Vec::new();
        terms.extend(self.gate(using, row)?);
        terms.extend(self.filter(filter, &level)?);
        Ok(terms)
    }

    /// What a mutating statement yields; behind the key, in its array, stand columns that other rows take.
    pub(super) fn returning(
        &mut self,
        (returns, check): (Returns, &Gate),
        row: &Row,
        taken: &[FieldId],
    ) -> Result<Vec<Term>, Refusal> {
        let mut terms = Vec::new();
        if returns.keys {
            terms.push(self.key_array(row, taken)?);
        }
        if returns.check {
            terms.push(self.gate(check, row)?.unwrap_or(Term::Bool(true)));
        }
        Ok(terms)
    }
}

pub(super) fn is_version(lowering: &Lowering<'_>, model: ModelId, field: FieldId) -> bool {
    matches!(lowering.field(model, field).managed, Some(Managed::Version))
}

/// Whether a change of these columns can make a row collide with another.
fn may_collide(model: &Model, columns: &[WriteColumn]) -> bool {
    let written = |id: &FieldId| columns.iter().any(|column| column.field == *id);
    let unique = |unique: &Unique| unique.filter.is_some() || unique.fields.iter().any(written);
    let index =
        |index: &Index| index.unique && (index.filter.is_some() || index.fields.iter().any(|(id, _)| written(id)));
    model.key.iter().any(written) || model.uniques.iter().any(unique) || model.indexes.iter().any(index)
}

/// Whether a rule reads the row as it was.
fn reads_old(expr: &Expr) -> bool {
    match expr {
        Expr::Path(path) => path.root == Root::Old,
        Expr::Count(over) => over.root == Root::Old,
        Expr::Quantified { over, body, .. } => over.root == Root::Old || reads_old(body),
        Expr::QuantifiedList { over, body, .. } => reads_old(over) || reads_old(body),
        Expr::Literal(_) | Expr::Session(_) | Expr::Now | Expr::Item(_) => false,
        Expr::Not(inner) | Expr::IsNull(inner) | Expr::Negate(inner) => reads_old(inner),
        Expr::And(terms) | Expr::Or(terms) | Expr::List(terms) | Expr::Call { args: terms, .. } => {
            terms.iter().any(reads_old)
        }
        Expr::Compare { left, right, .. } | Expr::Arithmetic { left, right, .. } => reads_old(left) || reads_old(right),
        Expr::In { needle, haystack, .. } => reads_old(needle) || reads_old(haystack),
        Expr::Conditional { test, then, otherwise, .. } => reads_old(test) || reads_old(then) || reads_old(otherwise),
    }
}

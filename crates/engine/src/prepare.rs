//! The stages between a request and a statement with its values, as plain functions: [`compiled`] for the shape, [`bound`] for
//! the values. The pipeline runs the same stages one by one, with a clock beside each.

use crate::clock::Ids;
use crate::compiled::{Compiled, Loaded};
use crate::store::{Bound, Slotted};
use backstay_compile::Statement;
use backstay_compile::statement::{ReadStatement, Sql, Step};
use backstay_plan::access::View;
use backstay_plan::authorized::Plan;
use backstay_plan::bind::{self, Generate, Progress};
use backstay_plan::limits::Limits;
use backstay_plan::request::Action;
use backstay_plan::value::Param;
use backstay_plan::{Principal, Refusal, Request, authorize, resolve, suggest};
use std::sync::Arc;

/// What values are bound against, besides the request and the statement.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    /// The caller.
    pub(crate) who: &'a Principal,
    /// Time of the request.
    pub(crate) now_micros: i64,
    /// Bounds on values.
    pub(crate) limits: &'a Limits,
    /// Makes ids.
    pub(crate) ids: &'a Ids,
    /// Hashes secrets.
    pub(crate) hash: Hash,
}

/// Turns a secret into the hash that is stored; `None` when this build cannot.
pub type Hash = fn(&str) -> Option<String>;

/// Resolves, authorises and compiles.
///
/// # Errors
/// The first stage's that refuses.
pub(crate) fn compiled(
    loaded: &Arc<Loaded>,
    action: &Action,
    who: &Principal,
    limits: &Limits,
) -> Result<Compiled, Refusal> {
    let roles = &who.identity.roles;
    let resolved = resolve::resolve_at(who.api, action, &loaded.schema, limits)
        .map_err(|refusal| suggest::complete(refusal, &View::new(&loaded.schema, roles)))?;
    let plan = authorize::authorize(resolved, &loaded.schema, roles)?;
    let statement = backstay_compile::compile(&plan, &loaded.schema, loaded.dialect)?;
    Ok(Compiled::new(Arc::clone(loaded), plan, statement))
}

/// Casts, validates and defaults every value of a request.
///
/// # Errors
/// The first value that its type or a validator refuses.
pub(crate) fn bound(compiled: &Compiled, request: &Request, context: &Context<'_>) -> Result<Bound, Refusal> {
    let binding = bind::Context {
        schema: compiled.schema(),
        prepared: &compiled.loaded.prepared,
        limits: context.limits,
        inputs: &request.inputs,
        who: context.who,
        now_micros: context.now_micros,
    };
    let mut generate = Generator { ids: context.ids, hash: context.hash, now_micros: context.now_micros };
    let rows = match compiled.plan.plan() {
        Plan::Insert(plan) => bind::insert_rows(plan, &binding, &mut generate)?,
        Plan::Update(plan) => vec![bind::update_row(plan, &binding, &mut generate)?],
        Plan::Read(_) | Plan::Delete(_) | Plan::Call(_) => Vec::new(),
    };
    for value in reads(&compiled.statement).flat_map(|read| &read.unused) {
        bind::param(value, &binding, &Progress::NONE)?;
    }
    let slotted = |sql: &Sql| sql.params.iter().map(|param| slotted(param, &binding)).collect::<Result<Vec<_>, _>>();
    let texts = match &compiled.statement {
        Statement::Read(read) => vec![slotted(&read.sql)?],
        Statement::Write(program) => {
            let steps = program.steps.iter().map(sql_of);
            steps.chain(program.steps.iter().flat_map(around)).map(slotted).collect::<Result<_, _>>()?
        }
    };
    Ok(Bound { texts, rows })
}

/// The reads of a statement. Where rows go away, what is answered of them is read before.
fn reads(statement: &Statement) -> impl Iterator<Item = &ReadStatement> {
    let (read, steps) = match statement {
        Statement::Read(read) => (Some(read), [].as_slice()),
        Statement::Write(program) => (None, program.steps.as_slice()),
    };
    let represents = steps.iter().filter_map(|step| if let Step::Represent(read) = step { Some(read) } else { None });
    read.into_iter().chain(represents)
}

fn slotted(param: &Param, binding: &bind::Context<'_>) -> Result<Slotted, Refusal> {
    Ok(match param {
        Param::Cell(position) => Slotted::Cell(*position),
        Param::Keys => Slotted::Keys,
        known @ (Param::Input { .. }
        | Param::Session { .. }
        | Param::SessionError { .. }
        | Param::SessionExpr(_)
        | Param::Now
        | Param::ProtectedRole
        | Param::Constant(_)
        | Param::RowsMax) => Slotted::Value(bind::param(known, binding, &Progress::NONE)?),
    })
}

/// The SQL of a step.
pub(crate) fn sql_of(step: &Step) -> &Sql {
    match step {
        Step::SelectKeys(sql) | Step::CountConflicts(sql) | Step::VerifyCollision(sql) => sql,
        Step::Effect(sql) | Step::Protect(sql) => sql,
        Step::Insert { sql, .. } | Step::Mutate { sql, .. } | Step::Verify { sql, .. } | Step::Validate { sql, .. } => {
            sql
        }
        Step::Represent(read) => &read.sql,
    }
}

/// The SQL beside that of a step: what an insert runs before and after each row. Its values come behind those of all steps.
pub(crate) fn around(step: &Step) -> impl Iterator<Item = &Sql> {
    let (reread, merge) = match step {
        Step::Insert { reread, merge, .. } => (reread.as_ref(), merge.as_ref()),
        Step::SelectKeys(_)
        | Step::CountConflicts(_)
        | Step::VerifyCollision(_)
        | Step::Effect(_)
        | Step::Protect(_)
        | Step::Mutate { .. }
        | Step::Verify { .. }
        | Step::Validate { .. }
        | Step::Represent(_) => (None, None),
    };
    let merged = merge.into_iter().flat_map(|merge| std::iter::once(&merge.sql).chain(&merge.reread));
    reread.into_iter().chain(merged)
}

/// Values for defaults and secrets.
struct Generator<'a> {
    ids: &'a Ids,
    hash: Hash,
    now_micros: i64,
}

impl Generate for Generator<'_> {
    fn uuid_v4(&mut self) -> String {
        self.ids.uuid_v4()
    }

    fn uuid_v7(&mut self) -> String {
        self.ids.uuid_v7(self.now_micros)
    }

    fn ulid(&mut self) -> String {
        self.ids.ulid(self.now_micros)
    }

    fn hash(&mut self, secret: &str) -> Option<String> {
        (self.hash)(secret)
    }
}

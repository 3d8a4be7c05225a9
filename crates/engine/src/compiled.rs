//! A plan and its statement, ready to run any number of times: the entry of the plan cache.

use crate::{freshness, isolation};
use backstay_compile::Statement;
use backstay_compile::statement::{ReadStatement, RowShape, Step};
use backstay_plan::AuthorizedPlan;
use backstay_plan::authorized::{Plan, Source};
use backstay_plan::bind::{BadValidator, Prepared};
use backstay_plan::limits::Limits;
use backstay_schema::Schema;
use backstay_schema::model::{CachePolicy, Dialect, ModelId};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

/// A schema in use, with what is derived from it once.
#[derive(Debug)]
pub struct Loaded {
    /// The schema.
    pub schema: Arc<Schema>,
    /// Its compiled validators.
    pub prepared: Prepared,
    /// Bounds on requests to it.
    pub limits: Limits,
    /// Differs between two schemas of one process; part of the cache key.
    pub generation: u64,
    /// The language of its statements.
    pub dialect: Dialect,
}

impl Loaded {
    /// Compiles the validators of a schema.
    ///
    /// # Errors
    /// The first one that cannot be compiled.
    pub fn new(
        schema: Arc<Schema>,
        limits: Limits,
        protected_role: Option<String>,
        (generation, dialect): (u64, Dialect),
    ) -> Result<Self, BadValidator> {
        let prepared = Prepared::new(&schema)?.protecting(protected_role);
        Ok(Self { schema, prepared, limits, generation, dialect })
    }
}

/// The schemas in use over one database.
#[derive(Debug)]
pub(crate) struct Spaces {
    /// The application's.
    pub(crate) application: Arc<Loaded>,
    /// That of Backstay's own tables, which no door names.
    pub(crate) system: Arc<Loaded>,
}

impl Spaces {
    /// Generations of Backstay's own schema have this bit, so that no application's schema reaches its plans.
    pub(crate) const SYSTEM: u64 = 1 << 63;

    /// Loads an application's schema and Backstay's own beside it.
    pub(crate) fn new(
        schema: Arc<Schema>,
        limits: Limits,
        protected_role: Option<&str>,
        (generation, dialect): (u64, Dialect),
    ) -> Result<Self, BadValidator> {
        let role = || protected_role.map(str::to_owned);
        let beside = backstay_schema::system_beside(&schema);
        let system = Loaded::new(beside, Limits::default(), role(), (generation | Self::SYSTEM, dialect))?;
        let application = Loaded::new(schema, limits, role(), (generation, dialect))?;
        Ok(Self { application: Arc::new(application), system: Arc::new(system) })
    }
}

/// A plan and its statement.
#[derive(Debug)]
pub struct Compiled {
    /// Differs between any two of one process.
    pub id: u64,
    /// The schema it was made for.
    pub loaded: Arc<Loaded>,
    /// The plan, with the caller's rules.
    pub plan: AuthorizedPlan,
    /// The statement.
    pub statement: Statement,
    /// `{"a":`, `,"b":`, … for a flat answer; empty for other shapes.
    pub flat_keys: Vec<Box<[u8]>>,
    /// Whether it changes nothing, so that it needs no writer.
    pub reads_only: bool,
    /// Whether it must run as if nobody else wrote meanwhile.
    pub serializable: bool,
    /// For how long and by whom its answers may be kept.
    pub cache: Option<CachePolicy>,
    /// How often it was asked for since that was last looked at.
    pub(crate) runs: AtomicU64,
    /// Whether its last run took so long that the next one goes to a thread that may block.
    slow: AtomicBool,
    /// Size of the last answer, bytes: how much the next one reserves.
    body_bytes: AtomicUsize,
}

/// The next [`Compiled::id`].
static NEXT_ID: AtomicU64 = AtomicU64::new(0);

/// Most bytes reserved before an answer is known to need them.
const RESERVE_BYTES_MAX: usize = 1 << 20;

impl Compiled {
    /// Whether it is about Backstay's own tables.
    pub(crate) fn is_own(&self) -> bool {
        self.loaded.generation & Spaces::SYSTEM != 0
    }

    /// Puts a plan and its statement together.
    #[must_use]
    pub fn new(loaded: Arc<Loaded>, plan: AuthorizedPlan, statement: Statement) -> Self {
        let flat_keys = answer_of(&statement).map(flat_keys).unwrap_or_default();
        let reads_only = reads_only(&statement);
        let cache = freshness::of(plan.plan(), &loaded.schema);
        let serializable = isolation::serializable(plan.plan(), &statement);
        Self {
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            loaded,
            plan,
            statement,
            flat_keys,
            reads_only,
            serializable,
            cache,
            runs: AtomicU64::new(0),
            slow: AtomicBool::new(false),
            body_bytes: AtomicUsize::new(0),
        }
    }

    /// The schema it was made for.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        &self.loaded.schema
    }

    /// The model that is written, or read at the root; `None` for an operation that answers no rows.
    #[must_use]
    pub fn model(&self) -> Option<ModelId> {
        match self.plan.plan() {
            Plan::Read(read) => Some(read.root.model),
            Plan::Insert(insert) => Some(insert.model),
            Plan::Update(update) => Some(update.model),
            Plan::Delete(delete) => Some(delete.model),
            Plan::Call(_) => None,
        }
    }

    /// Name of the custom operation whose SQL it runs, if any.
    #[must_use]
    pub fn operation(&self) -> Option<&str> {
        let id = match self.plan.plan() {
            Plan::Call(call) => call.operation,
            Plan::Read(read) => match &read.root.source {
                Source::Operation(id, _) => *id,
                Source::Table | Source::Touched => return None,
            },
            Plan::Insert(_) | Plan::Update(_) | Plan::Delete(_) => return None,
        };
        self.schema().operations.get(usize::from(id.0)).map(|operation| operation.name.as_str())
    }

    /// Relation name of [`Compiled::model`], for messages.
    #[must_use]
    pub fn relation(&self) -> &str {
        let model = self.model().and_then(|id| self.schema().models.get(usize::from(id.0)));
        model.map_or("", |model| model.table.as_str())
    }

    /// Whether the last run was slow.
    #[must_use]
    pub fn is_slow(&self) -> bool {
        self.slow.load(Ordering::Relaxed)
    }

    /// Notes whether a run was slow.
    pub fn set_slow(&self, slow: bool) {
        self.slow.store(slow, Ordering::Relaxed);
    }

    /// An empty buffer of about the size that the answer will have.
    #[must_use]
    pub fn buffer(&self) -> Vec<u8> {
        let last = self.body_bytes.load(Ordering::Relaxed);
        Vec::with_capacity((last + last / 8 + 64).min(RESERVE_BYTES_MAX))
    }

    /// Notes the size of an answer.
    pub fn note_size(&self, bytes: usize) {
        self.body_bytes.store(bytes, Ordering::Relaxed);
    }
}

fn reads_only(statement: &Statement) -> bool {
    match statement {
        Statement::Read(_) => true,
        Statement::Write(program) => program.steps.iter().all(|step| match step {
            Step::Verify { .. } | Step::Validate { .. } | Step::VerifyCollision(_) | Step::Represent(_) => true,
            Step::SelectKeys(_)
            | Step::Insert { .. }
            | Step::Mutate { .. }
            | Step::CountConflicts(_)
            | Step::Effect(_)
            | Step::Protect(_) => false,
        }),
    }
}

/// The read that makes the answer, if there is one.
fn answer_of(statement: &Statement) -> Option<&ReadStatement> {
    match statement {
        Statement::Read(read) => Some(read),
        Statement::Write(program) => program.steps.iter().find_map(|step| match step {
            Step::Represent(read) => Some(read),
            Step::SelectKeys(_)
            | Step::Insert { .. }
            | Step::Mutate { .. }
            | Step::Verify { .. }
            | Step::Validate { .. }
            | Step::VerifyCollision(_)
            | Step::CountConflicts(_)
            | Step::Effect(_)
            | Step::Protect(_) => None,
        }),
    }
}

fn flat_keys(read: &ReadStatement) -> Vec<Box<[u8]>> {
    let RowShape::Flat(columns) = &read.shape else { return Vec::new() };
    let prefix = |(position, key): (usize, &str)| {
        let quoted = serde_json::Value::from(key).to_string();
        format!("{}{quoted}:", if position == 0 { '{' } else { ',' }).into_bytes().into_boxed_slice()
    };
    columns.iter().map(|column| column.key.as_str()).enumerate().map(prefix).collect()
}

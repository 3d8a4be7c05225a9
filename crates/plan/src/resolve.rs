//! Names to ids. In: an [`Action`]. Out: a [`Resolved`] request, or the refusal that names what does not exist.
//! Knows nothing of callers: what they may see is decided in `authorize`, and hints with names of relations in `suggest`.

mod bounds;
mod call;
mod field;
mod filter;
mod level;
mod operator;
mod relation;
mod sort;
mod summary;
mod write;

use crate::authorized::{self, CastTarget};
use crate::fault::Refusal;
use crate::limits::Limits;
use crate::principal::Api;
use crate::request::{Absent, Action, Aggregate, Edit, Page, PathStep, Resolution, Slot};
use crate::value::Param;
use backstay_schema::Schema;
use backstay_schema::model::{FieldId, FieldType, Model, ModelId, OperationId, RelationshipId};
use bounds::Bounds;
use std::cell::Cell;

/// A request whose names are ids. Only `authorize` turns it into something that runs.
#[derive(Debug, Clone, PartialEq)]
pub enum Resolved {
    /// Read rows of a table, or of an operation that answers rows.
    Read {
        /// The root level.
        root: Level,
        /// Whether the number of rows without limit and offset is asked for.
        total: bool,
    },
    /// Insert or upsert rows.
    Insert(Insert),
    /// Change rows.
    Update(Update),
    /// Remove rows.
    Delete(Delete),
    /// Call an operation whose answer is not rows of a model.
    Call {
        /// Which.
        operation: OperationId,
        /// Every argument, the defaulted ones too.
        arguments: Vec<(String, Param)>,
    },
    /// Something that the type of a column does not have. Whoever may not read the column is told that instead.
    Misfit {
        /// The column's model.
        model: ModelId,
        /// The column.
        field: FieldId,
        /// What its type does not have.
        refusal: Refusal,
    },
}

/// One level of a nested read.
#[derive(Debug, Clone, PartialEq)]
pub struct Level {
    /// Its model.
    pub model: ModelId,
    /// Where its rows come from.
    pub rows: Rows,
    /// What is output, in order.
    pub outputs: Vec<Output>,
    /// Related levels.
    pub embeds: Vec<Embed>,
    /// The request's filter.
    pub filter: Filter,
    /// Whether outputs are grouped by those that are not aggregates.
    pub grouped: bool,
    /// Columns of which each combination of values keeps its first row only.
    pub distinct: Vec<FieldId>,
    /// The request's sort terms.
    pub order: Vec<Sort>,
    /// Most rows.
    pub limit: Option<Param>,
    /// Rows skipped.
    pub offset: Option<Param>,
    /// The page of rows that cursors choose.
    pub page: Option<Page>,
    /// Members of the object that stands for the rows.
    pub parts: Vec<Part>,
}

/// A member of an element with a cursor.
pub type Edge = authorized::Edge<Output>;

/// The request's filter.
pub type Filter = authorized::Predicate<Reference, Embed, FieldId>;

/// A member of an aggregate object.
pub type Summary = authorized::Summary<FieldId>;

/// What a count counts.
pub type Counted = authorized::Counted<FieldId>;

/// A member of the object that stands for all rows of a level.
pub type Part = authorized::Part<Output, FieldId>;

/// Where the rows of a [`Level`] come from.
#[derive(Debug, Clone, PartialEq)]
pub enum Rows {
    /// The model's table.
    Table,
    /// What the write has touched.
    Touched,
    /// An operation, with every argument.
    Operation(OperationId, Vec<(String, Param)>),
}

/// A column with a path into it.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// Its model.
    pub model: ModelId,
    /// The column.
    pub field: FieldId,
    /// Steps into it.
    pub path: Vec<PathStep>,
    /// Type after the path.
    pub ty: FieldType,
}

/// One output of a level.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// Every column that the caller may read.
    All,
    /// A value or an aggregate of it.
    Value {
        /// Output key.
        key: String,
        /// What.
        reference: Reference,
        /// Cast before the aggregate.
        cast: Option<CastTarget>,
        /// Aggregate.
        aggregate: Option<Aggregate>,
        /// Cast after the aggregate.
        aggregate_cast: Option<CastTarget>,
    },
    /// Number of rows.
    CountRows {
        /// Output key.
        key: String,
        /// Cast of it.
        cast: Option<CastTarget>,
    },
    /// A related level under a key.
    Embed {
        /// Output key.
        key: String,
        /// Position in [`Level::embeds`].
        embed: usize,
    },
    /// A related level merged into this one.
    Spread {
        /// Position in [`Level::embeds`].
        embed: usize,
    },
    /// A text that does not depend on the row.
    Constant {
        /// Output key.
        key: String,
        /// The text.
        text: String,
    },
}

/// A related level.
#[derive(Debug, Clone, PartialEq)]
pub struct Embed {
    /// How it is related to its parent.
    pub relationship: RelationshipId,
    /// The name that filters and sort terms use: alias, or target as written. `None` where they cannot name it.
    pub name: Option<String>,
    /// Whether parents without a row here are dropped.
    pub inner: bool,
    /// Whether it is merged into the parent.
    pub spread: bool,
    /// Whether at most one row is expected.
    pub to_one: bool,
    /// What is read there.
    pub level: Level,
}

/// A sort term.
#[derive(Debug, Clone, PartialEq)]
pub struct Sort {
    /// To-one embeds followed, by position at each level.
    pub through: Vec<usize>,
    /// What is sorted by.
    pub by: SortBy,
    /// Whether largest come first.
    pub descending: bool,
    /// Whether nulls come first.
    pub nulls_first: bool,
}

/// What a sort term sorts by.
#[derive(Debug, Clone, PartialEq)]
pub enum SortBy {
    /// A value.
    Value(Reference),
    /// The number of rows of an embed of the level, by position.
    Count(usize),
}

/// An insert or upsert.
#[derive(Debug, Clone, PartialEq)]
pub struct Insert {
    /// Its model.
    pub model: ModelId,
    /// Columns of the request's rows, in order.
    pub columns: Vec<FieldId>,
    /// What an absent cell becomes.
    pub absent: Absent,
    /// What happens on a key conflict.
    pub conflict: Option<Conflict>,
    /// Rows answered.
    pub returning: Option<Level>,
    /// Columns of the rows that are taken into other rows, whose keys are needed; `None` where they are not.
    pub referred: Option<Vec<FieldId>>,
}

/// What happens on a key conflict.
#[derive(Debug, Clone, PartialEq)]
pub struct Conflict {
    /// Columns of the constraint.
    pub target: Vec<FieldId>,
    /// What happens to the row that is there.
    pub resolution: Resolution,
    /// Columns that a merge changes; `None` is every supplied one.
    pub set: Option<Vec<FieldId>>,
    /// Which rows that are there a merge changes.
    pub filter: Filter,
}

/// An update.
#[derive(Debug, Clone, PartialEq)]
pub struct Update {
    /// Its model.
    pub model: ModelId,
    /// Columns of the request's row, in order.
    pub columns: Vec<FieldId>,
    /// Columns that are counted up; their cells come after those of `columns`.
    pub added: Vec<FieldId>,
    /// Columns whose JSON is changed in part; their cells come last.
    pub edited: Vec<(FieldId, Edit)>,
    /// What an absent cell becomes.
    pub absent: Absent,
    /// Which rows.
    pub filter: Filter,
    /// Whether it is about every row, which is for the service role alone.
    pub every_row: bool,
    /// Rows answered.
    pub returning: Option<Level>,
}

/// A delete.
#[derive(Debug, Clone, PartialEq)]
pub struct Delete {
    /// Its model.
    pub model: ModelId,
    /// Which rows.
    pub filter: Filter,
    /// Whether it is about every row, which is for the service role alone.
    pub every_row: bool,
    /// Rows answered.
    pub returning: Option<Level>,
}

/// Resolves a request of the REST door. See [`resolve_at`].
///
/// # Errors
/// As [`resolve_at`].
pub fn resolve(request: &Action, schema: &Schema, limits: &Limits) -> Result<Resolved, Refusal> {
    resolve_at(Api::Rest, request, schema, limits)
}

/// Looks up every name of a request and counts what it asks for.
///
/// # Errors
/// The first name that does not exist at this door, or the first limit exceeded; never a suggestion (see `suggest`).
pub fn resolve_at(door: Api, request: &Action, schema: &Schema, limits: &Limits) -> Result<Resolved, Refusal> {
    let mut scope = Scope { schema, limits, door, bounds: Bounds::new(limits), column: Cell::new(None) };
    let resolved = scope.action(request);
    match (resolved, scope.column.get()) {
        (Err(refusal), Some((model, field))) if is_of_type(&refusal) => Ok(Resolved::Misfit { model, field, refusal }),
        (resolved, _) => resolved,
    }
}

/// Whether a refusal tells something about the type of the column that was looked up last.
fn is_of_type(refusal: &Refusal) -> bool {
    matches!(
        refusal,
        Refusal::NoOperator { .. }
            | Refusal::NoFunction { .. }
            | Refusal::BadPath { .. }
            | Refusal::NotImplemented { .. }
    )
}

/// What every part of the resolution needs.
struct Scope<'a> {
    schema: &'a Schema,
    limits: &'a Limits,
    door: Api,
    bounds: Bounds<'a>,
    /// The column looked up last.
    column: Cell<Option<(ModelId, FieldId)>>,
}

impl<'a> Scope<'a> {
    fn action(&mut self, request: &Action) -> Result<Resolved, Refusal> {
        match request {
            Action::Read(read) => {
                let model = self.model(&read.relation)?;
                Ok(Resolved::Read { root: self.root(model, Rows::Table, &read.level)?, total: read.total })
            }
            Action::Insert(insert) => self.insert(insert),
            Action::Update(update) => self.update(update),
            Action::Delete(delete) => self.delete(delete),
            Action::Call(call) => self.call(call),
            Action::Written(written) => {
                let model = self.model(&written.relation)?;
                Ok(Resolved::Read { root: self.root(model, Rows::Touched, &written.level)?, total: false })
            }
        }
    }

    /// The model of a relation name, if this door shows it.
    fn model(&self, relation: &str) -> Result<&'a Model, Refusal> {
        self.schema
            .models
            .iter()
            .find(|model| model.table == relation && shows(model, self.door))
            .ok_or_else(|| Refusal::UnknownRelation { name: relation.to_owned(), suggestion: None })
    }

    /// The model of an id that came from the schema itself.
    fn model_of(&self, id: ModelId) -> &'a Model {
        &self.schema.models[usize::from(id.0)]
    }
}

/// Whether a protocol shows the model. Functions see what REST sees.
pub(crate) fn shows(model: &Model, door: Api) -> bool {
    match door {
        Api::Rest | Api::Function => model.doors.rest,
        Api::Graphql => model.doors.graphql,
        Api::Grpc => model.doors.grpc,
        Api::Realtime => model.doors.realtime,
    }
}

/// The parameter of a limit or an offset.
fn input(slot: Slot, cast: crate::value::Cast) -> Param {
    Param::Input { slot, cast }
}

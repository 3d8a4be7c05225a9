//! What a store runs: SQL text, parameters to bind, and how to read the answer. Values never stand in the text.

use backstay_plan::value::Param;
use backstay_schema::model::{FieldId, Scalar};
use std::ops::Range;

/// A compiled plan.
#[derive(Debug, Clone, PartialEq)]
pub enum Statement {
    /// One read-only statement.
    Read(ReadStatement),
    /// A write and what belongs to it, in one transaction.
    Write(WriteProgram),
}

/// SQL text with its parameters in order (`?1`, `?2`, … on SQLite).
#[derive(Debug, Clone, PartialEq)]
pub struct Sql {
    /// The text; depends only on the shape of the request and the role set.
    pub text: String,
    /// One for each placeholder.
    pub params: Vec<Param>,
    /// Placeholders that are the limit of a query, in the order of the text.
    pub limits: Vec<Limit>,
}

/// A placeholder that is the limit of a query. A store may write the number in its place, for a planner that knows nothing of values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// Its place in the text.
    pub at: Range<usize>,
    /// Position of its parameter.
    pub param: usize,
}

/// A read.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadStatement {
    /// The statement.
    pub sql: Sql,
    /// How its rows become the answer.
    pub shape: RowShape,
    /// When a total is asked for: the statement yields one more row, the first, whose first column is the total and whose other columns are NULL.
    pub total: bool,
    /// Values of the request that the statement does without, of levels that output nothing. They must fit their types all the same.
    pub unused: Vec<Param>,
}

/// How the rows of a read become JSON.
#[derive(Debug, Clone, PartialEq)]
pub enum RowShape {
    /// Each row has one column: the JSON text of one element of the answer's array.
    Json,
    /// Each row is one object; the store writes it from typed columns.
    Flat(Vec<FlatColumn>),
    /// One row, one column: the JSON text of the whole answer (an operation's scalar or object).
    Value,
}

/// A column of [`RowShape::Flat`].
#[derive(Debug, Clone, PartialEq)]
pub struct FlatColumn {
    /// Output key.
    pub key: String,
    /// How the stored value is written as JSON.
    pub encode: Encode,
}

/// How a stored value is written as JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encode {
    /// By the database's own type: integer, real, text.
    Plain,
    /// 0 and 1 are false and true.
    Bool,
    /// Text that is JSON already (JSON columns, lists, decimals).
    Raw,
    /// Bytes as `\x` hex.
    Hex,
    /// A stored instant, written as on the wire.
    Timestamp,
}

/// The encoding of a column of this type.
#[must_use]
pub fn encode_of(scalar: Scalar, list: bool) -> Encode {
    if list {
        return Encode::Raw;
    }
    match scalar {
        Scalar::Boolean => Encode::Bool,
        Scalar::Json | Scalar::Object(_) | Scalar::Decimal => Encode::Raw,
        Scalar::Bytes => Encode::Hex,
        Scalar::DateTime => Encode::Timestamp,
        Scalar::Int
        | Scalar::BigInt
        | Scalar::Float
        | Scalar::String
        | Scalar::Id
        | Scalar::Uuid
        | Scalar::Date
        | Scalar::Time
        | Scalar::Email
        | Scalar::Url
        | Scalar::Phone
        | Scalar::Enum(_) => Encode::Plain,
    }
}

impl Sql {
    /// Whether the statement reads cells of the row being written: then it runs once for each row of the request, else once.
    #[must_use]
    pub fn runs_per_row(&self) -> bool {
        self.params.iter().any(|param| matches!(param, Param::Cell(_)))
    }
}

/// A write: steps that run in order in one transaction. The touched keys are shared by the steps ([`Param::Keys`]).
#[derive(Debug, Clone, PartialEq)]
pub struct WriteProgram {
    /// In order.
    pub steps: Vec<Step>,
    /// Whether the touched keys are ids of accounts whose role, address or end may have changed.
    pub accounts: bool,
}

impl WriteProgram {
    /// Whether rows of it come with accounts of their own.
    #[must_use]
    pub fn makes_accounts(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Effect(_)))
    }
}

/// One step of a [`WriteProgram`].
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Yields one row: a JSON array of key arrays; it becomes the touched keys. Their number is the number of affected rows.
    SelectKeys(Sql),
    /// Runs once for each row of the request ([`Param::Cell`]). Yields a row for each row written.
    Insert {
        /// The statement.
        sql: Sql,
        /// What it yields, or `reread` for it.
        returns: Returns,
        /// Where the statement itself yields nothing: finds the row that it has written.
        reread: Option<Sql>,
        /// What is tried before it.
        merge: Option<Merge>,
    },
    /// Runs once. Yields a row for each row changed.
    Mutate {
        /// The statement.
        sql: Sql,
        /// What it yields.
        returns: Returns,
    },
    /// Yields a row when the write must be refused with [`VerifyFailure`]. Runs once for each
    /// row of the request if [`Sql::runs_per_row`].
    Verify {
        /// The statement.
        sql: Sql,
        /// Why it is refused.
        failure: VerifyFailure,
    },
    /// Yields what a column of each touched row holds, as JSON text; the write is refused where it fails a value rule of the column.
    Validate {
        /// The statement.
        sql: Sql,
        /// The column.
        field: FieldId,
    },
    /// Runs when the next step meets a unique constraint, leaves a row out because of one, or breaks a reference that does not wait,
    /// for the row that did. Yields a row when that row is refused with [`VerifyFailure::RowDenied`] whatever it met: then that must
    /// not be told.
    VerifyCollision(Sql),
    /// Yields one row with one integer: how many of the request's rows collide with a row that is there. Runs once for each row, before the insert.
    CountConflicts(Sql),
    /// Runs once, on other tables than the request's: what an account and its profile owe each other. Changes neither the
    /// touched keys nor the number of affected rows.
    Effect(Sql),
    /// Yields a row while an enabled account holds the protected role. Runs here, and again when every step is done: when
    /// nobody is left who was there, the write is refused.
    Protect(Sql),
    /// Reads the answer.
    Represent(ReadStatement),
}

/// What an insert runs first for each row of the request: when it finds a row to change, nothing is inserted.
#[derive(Debug, Clone, PartialEq)]
pub struct Merge {
    /// Changes the row that is there.
    pub sql: Sql,
    /// Finds the row that was changed; yields what the insert's [`Returns`] say.
    pub reread: Option<Sql>,
}

/// What a mutating statement yields for each row: first the key columns, as one JSON array; then a check flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Returns {
    /// Whether the first column is the key, as a JSON array such as `[1,"a"]`; behind it may stand columns that other rows take. When absent the statement yields nothing and the driver's change count is used.
    pub keys: bool,
    /// Whether the next column is the check rule's outcome; anything but 1 refuses the write with [`VerifyFailure::RowDenied`].
    pub check: bool,
}

/// Why a verified write is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VerifyFailure {
    /// A new row fails the caller's check rule.
    RowDenied,
    /// A change of the key of a profile.
    AccountId,
    /// A new row fails a check of its model that the table's definition cannot hold.
    CheckFailed {
        /// Position in the checks of the written model.
        check: u16,
    },
}

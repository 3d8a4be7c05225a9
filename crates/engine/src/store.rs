//! What every store takes and gives: a compiled statement with its values in, JSON bytes and counts out.
//! Four stores are a closed set (SQLite now); each passes the suite in `conformance`.

#[cfg(test)]
pub(crate) mod conformance;
pub mod sqlite;

use crate::Failure;
use crate::accounts::Concerned;
use crate::compiled::Compiled;
use backstay_plan::Principal;
use backstay_plan::request::Guards;
use backstay_plan::value::Value;
use std::sync::Arc;
use std::time::Instant;

/// A compiled statement with the values of one request. Runs any number of times with the same effect.
#[derive(Debug)]
pub struct Job {
    /// What to run.
    pub compiled: Arc<Compiled>,
    /// Values, in the order of the statements.
    pub bound: Bound,
    /// Conditions under which a write is rolled back.
    pub guards: Guards,
    /// Who asks: decides which values an error message may show.
    pub who: Principal,
    /// Time of the request.
    pub now_micros: i64,
    /// Accounts that the write is said to be about, besides those it is found to be about.
    pub(crate) concerned: Concerned,
}

/// Statements that are kept together or not at all. Runs any number of times with the same effect.
#[derive(Debug)]
pub struct Together {
    /// What to run, in order.
    pub steps: Vec<TogetherStep>,
    /// Run, answer, and discard.
    pub rollback: bool,
    /// Most rows that all steps write and answer.
    pub rows_max: u32,
}

/// Gives a statement its values. Called again it gives them again.
pub type Bind = Box<dyn Fn(&[Outcome], Instant) -> Result<Job, Failure> + Send>;

/// One statement among several.
pub enum TogetherStep {
    /// Its values are known.
    Ready(Job),
    /// Some of its values are results of earlier steps. Takes those and the time by which it must be done.
    Later(Bind),
}

impl std::fmt::Debug for TogetherStep {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Ready(job) => out.debug_tuple("Ready").field(job).finish(),
            Self::Later(_) => out.write_str("Later"),
        }
    }
}

/// The values of one request.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Bound {
    /// For each SQL text of the statement in order (a read has one), its parameters.
    pub texts: Vec<Vec<Slotted>>,
    /// Cells of the rows to write, addressed by [`Slotted::Cell`].
    pub rows: Vec<Vec<Value>>,
}

/// One parameter of a statement: a value, or where the running write finds it.
#[derive(Debug, Clone, PartialEq)]
pub enum Slotted {
    /// Known before the statement runs.
    Value(Value),
    /// The cell of the row being written.
    Cell(u16),
    /// Keys of the rows touched so far.
    Keys,
}

/// What a statement came to.
#[derive(Debug, Default)]
pub struct Outcome {
    /// JSON, empty when nothing was to be returned.
    pub body: Vec<u8>,
    /// Elements of the array in `body`.
    pub rows: u64,
    /// Rows without limit and offset, when asked for.
    pub total: Option<u64>,
    /// Rows written.
    pub affected: u64,
    /// Rows that were not there before.
    pub inserted: u64,
    /// JSON array of the keys of the rows written, where later statements refer to them; else empty.
    pub keys: Vec<u8>,
    /// Accounts that the write was about.
    pub(crate) concerned: Concerned,
    /// What each step came to, where several were to be kept together; their numbers stand there only.
    pub steps: Vec<Outcome>,
}

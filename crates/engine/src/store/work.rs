//! What a store that keeps connections runs in one transaction, and what follows from it for the transaction.

use super::{Job, Together, TogetherStep};
use crate::accounts::Concerned;
use backstay_compile::Statement;
use backstay_compile::statement::Step;
use backstay_plan::authorized::Plan;
use backstay_plan::request::Guards;

/// What a caller waits for.
#[derive(Debug)]
pub(crate) enum Work {
    /// One statement.
    One(Job),
    /// Several, kept together or not at all.
    Together(Together),
}

impl Work {
    /// Whether nothing of it is to be kept.
    pub(crate) fn rollback(&self) -> bool {
        match self {
            Self::One(job) => job.guards.rollback,
            Self::Together(together) => together.rollback,
        }
    }

    /// Whether it must be as if nobody else wrote meanwhile.
    pub(crate) fn serializable(&self) -> bool {
        match self {
            Self::One(job) => job.compiled.serializable,
            // What was read before is written after it, or decides whether the rest is kept.
            Self::Together(together) => together.steps.iter().any(|step| match step {
                TogetherStep::Ready(job) => job.compiled.serializable || job.compiled.reads_only,
                TogetherStep::Later(_) => true,
            }),
        }
    }

    /// Whether it is one statement that needs no transaction around it.
    pub(crate) fn alone(&self) -> bool {
        let Self::One(job) = self else { return false };
        let Statement::Write(program) = &job.compiled.statement else { return false };
        let once = match program.steps.as_slice() {
            [Step::Insert { returns, .. }] => !returns.check && job.bound.rows.len() == 1,
            [Step::Mutate { returns, .. }] => !returns.check,
            _ => false,
        };
        once && !program.accounts
            && job.concerned == Concerned::Nobody
            && job.guards == Guards::default()
            && !job.compiled.serializable
    }
}

/// Whether a broken reference may only be due to the order of the rows.
pub(crate) fn order_alone(job: &Job) -> bool {
    match job.compiled.plan.plan() {
        Plan::Insert(insert) => insert.conflict.is_none() && job.bound.rows.len() > 1,
        Plan::Read(_) | Plan::Update(_) | Plan::Delete(_) | Plan::Call(_) => false,
    }
}

//! What a store that keeps connections runs in one transaction, and what follows from it for the transaction.

use super::{Job, Together, TogetherStep};
use crate::accounts::Concerned;
use backstay_compile::Statement;
use backstay_compile::statement::Step;
use backstay_plan::authorized::Plan;
use backstay_plan::request::Guards;
use backstay_schema::model::FieldId;

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

/// Whether a broken reference may only be due to the order of the rows. A merge that changes what others refer to may break theirs.
pub(crate) fn order_alone(job: &Job) -> bool {
    let Plan::Insert(insert) = job.compiled.plan.plan() else { return false };
    let referred = |id: &FieldId| {
        let mut keys = job.compiled.schema().foreign_keys.iter().filter(|key| key.to == insert.model);
        keys.any(|key| key.to_fields.contains(id))
    };
    !insert.conflict.iter().any(|upsert| upsert.set.iter().any(referred))
}

/// Whether a broken reference may not be the last word: rows that come later may mend it, or a rule may refuse the write, and then
/// nobody may learn what refers to what.
pub(crate) fn may_end_otherwise(job: &Job) -> bool {
    let Statement::Write(program) = &job.compiled.statement else { return false };
    let ordered = matches!(job.compiled.plan.plan(), Plan::Insert(_)) && job.bound.rows.len() > 1;
    let guarded = job.guards.singular || job.guards.affected_max.is_some();
    let written = program.steps.iter().skip_while(|step| match step {
        Step::Insert { .. } | Step::Mutate { .. } => false,
        Step::SelectKeys(_)
        | Step::Verify { .. }
        | Step::Validate { .. }
        | Step::VerifyCollision(_)
        | Step::CountConflicts(_)
        | Step::Effect(_)
        | Step::Protect(_)
        | Step::Represent(_) => true,
    });
    let mut refusals = written.map(|step| match step {
        Step::Insert { returns, .. } | Step::Mutate { returns, .. } => returns.check,
        Step::Verify { .. } | Step::Validate { .. } => true,
        Step::SelectKeys(_)
        | Step::VerifyCollision(_)
        | Step::CountConflicts(_)
        | Step::Effect(_)
        | Step::Protect(_)
        | Step::Represent(_) => false,
    });
    ordered || guarded || refusals.any(|refuses| refuses)
}

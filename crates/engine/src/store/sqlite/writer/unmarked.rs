//! Runs a job without a savepoint where none is needed: SQLite itself undoes a statement that fails, and nothing comes after it that
//! could refuse the job. A savepoint costs an insert two statements and a copy of every page that it changes.

use super::{Desk, ROLLBACK};
use crate::Failure;
use crate::store::sqlite::fault;
use crate::store::sqlite::foreign_key;
use crate::store::sqlite::program::{self, Progress};
use crate::store::sqlite::read::Stop;
use crate::store::{Job, Outcome};
use backstay_compile::Statement;
use backstay_compile::statement::Step;
use backstay_plan::request::Guards;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Whether a job writes with its last statement, once, and is not refused for what that came to.
pub(super) fn undoes_itself(job: &Job) -> bool {
    let Statement::Write(program) = &job.compiled.statement else { return false };
    let Some((last, before)) = program.steps.split_last() else { return false };
    let writes_once = match last {
        Step::Insert { returns, .. } => !returns.check && job.bound.rows.len() == 1,
        Step::Mutate { returns, .. } => !returns.check,
        Step::SelectKeys(_)
        | Step::Verify { .. }
        | Step::Validate { .. }
        | Step::VerifyCollision(_)
        | Step::CountConflicts(_)
        | Step::Effect(_)
        | Step::Protect(_)
        | Step::Represent(_) => false,
    };
    let only_looks = |step: &Step| match step {
        Step::SelectKeys(_) | Step::Verify { .. } | Step::VerifyCollision(_) | Step::CountConflicts(_) => true,
        Step::Insert { .. }
        | Step::Mutate { .. }
        | Step::Validate { .. }
        | Step::Effect(_)
        | Step::Protect(_)
        | Step::Represent(_) => false,
    };
    writes_once && job.guards == Guards::default() && before.iter().all(only_looks)
}

impl Desk {
    /// Runs a job that [`undoes_itself`]. When it is not certain that nothing of a failed one is left, the transaction is given up,
    /// and the connection is in autocommit.
    pub(super) fn attempt_unmarked(&mut self, job: &Job) -> Result<Outcome, Failure> {
        let budget_ms = self.settings.budget_ms();
        let mut progress = Progress::default();
        // A defect must cost one request, not the writer.
        let run = AssertUnwindSafe(|| program::run(&self.link, job, &self.settings, &mut progress));
        let ran = catch_unwind(run).unwrap_or_else(|_| Err(Failure::Internal { reason: "a panic".to_owned() }.into()));
        let failure = match ran {
            Ok(outcome) => return Ok(outcome),
            Err(Stop::Refused(failure)) if matches!(*failure, Failure::Internal { .. }) => *failure,
            // By a rule, and before anything was written.
            Err(Stop::Refused(failure)) => return Err(*failure),
            Err(Stop::Driver(error)) if foreign_key::is_foreign_key(&error) => {
                self.run_text(super::MARK).map_err(|error| fault::plain(&error, budget_ms))?;
                let found = foreign_key::rerun(&self.link, job, &self.settings);
                return self.settle(found, false);
            }
            Err(Stop::Driver(error)) => {
                self.note(&error);
                if self.link.conn.is_autocommit() {
                    return Err(fault::plain(&error, budget_ms));
                }
                let failure = fault::of_write(&error, &self.link, job, &progress, budget_ms);
                if error.sqlite_error().is_some() {
                    return Err(failure);
                }
                failure
            }
        };
        // The budget is the request's; undoing it must not be stopped half-way.
        self.link.deadline.clear();
        let _ = self.run_text(ROLLBACK);
        Err(failure)
    }
}

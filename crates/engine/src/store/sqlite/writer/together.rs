//! Several statements in one savepoint, each in a savepoint of its own inside it: all are kept, or none.

use super::{Desk, MARK};
use crate::Failure;
use crate::store::sqlite::fault;
use crate::store::verdict::Sums;
use crate::store::{Job, Outcome, Together, TogetherStep};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

impl Desk {
    /// Runs the steps until one fails. When the transaction is lost on the way, the connection is in autocommit.
    pub(super) fn attempt_together(&mut self, together: &Together, deadline: Instant) -> Result<Outcome, Failure> {
        self.run_text(MARK).map_err(|error| fault::plain(&error, self.settings.budget_ms()))?;
        let result = self.steps(together, deadline);
        self.settle(result, together.rollback)
    }

    fn steps(&mut self, together: &Together, deadline: Instant) -> Result<Outcome, Failure> {
        let mut done: Vec<Outcome> = Vec::with_capacity(together.steps.len());
        let mut sums = Sums::default();
        for (index, step) in together.steps.iter().enumerate() {
            let result = self.step(step, &done, deadline).and_then(|outcome| {
                sums.add(&outcome, together.rows_max, self.settings.answer_bytes_max)?;
                Ok(outcome)
            });
            done.push(result.map_err(|failure| Failure::InTransaction { index, failure: Box::new(failure) })?);
        }
        Ok(Outcome { steps: done, ..Outcome::default() })
    }

    fn step(&mut self, step: &TogetherStep, done: &[Outcome], deadline: Instant) -> Result<Outcome, Failure> {
        let bound: Job;
        let job = match step {
            TogetherStep::Ready(job) => job,
            TogetherStep::Later(bind) => {
                // A defect must cost one request, not the writer.
                bound = catch_unwind(AssertUnwindSafe(|| bind(done, deadline)))
                    .unwrap_or_else(|_| Err(Failure::Internal { reason: "a panic".to_owned() }))?;
                &bound
            }
        };
        if Instant::now() >= deadline {
            return Err(Failure::Timeout { limit_ms: self.settings.budget_ms() });
        }
        self.link.deadline.set(deadline);
        self.attempt_within_budget(job)
    }
}

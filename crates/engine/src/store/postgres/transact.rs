//! Runs writes in transactions of their own. Only a commit that the server has confirmed is acknowledged.
//!
//! What others were in the way of, and what was lost with its connection before a commit was asked for, runs again: nothing of it
//! was kept or told. Once a commit was asked for and no answer came, nobody knows: that is told as it is, and nothing runs again.

use super::fault::{self, Remedy};
use super::link::{Link, PAUSE_MAX_MS, POOLED_TRANSACTION, words};
use super::pool::{Held, Pool};
use super::program::{Pace, Progress, Run};
use super::read::Stop;
use super::{Settings, watch};
use crate::Failure;
use crate::accounts::{Accounts, Concerned};
use crate::compiled::Compiled;
use crate::store::news::told;
use crate::store::verdict::Sums;
use crate::store::work::{Work, may_end_otherwise};
use crate::store::{Job, Outcome, Together, TogetherStep};
use backstay_plan::authorized::Plan;
use rand::RngExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// Times that a write runs when others are in its way or its connection is lost.
const TRIES_MAX: u32 = 20;
/// Longest pause between two tries.
const PAUSE_MAX: Duration = Duration::from_millis(64);
/// Time beside the budget of a write in which the server may still say that it stopped it.
pub(super) const GRACE: Duration = Duration::from_millis(500);

const MARK_JOB: &str = "SAVEPOINT one_job";
const UNDO_JOB: &str = "ROLLBACK TO SAVEPOINT one_job";
const MARK_REFERENCES: &str = "SAVEPOINT one_check; SET CONSTRAINTS ALL IMMEDIATE";
const UNDO_REFERENCES: &str = "ROLLBACK TO SAVEPOINT one_check";

/// How one try ended.
enum Ended {
    /// With the answer.
    Failed(Failure),
    /// In a way that another try may mend.
    Again(Remedy, Failure),
}

/// Runs a write until it is kept or refused, whether or not somebody still waits for it.
///
/// # Errors
/// Nothing was kept, but for [`Failure::CommitUnknown`].
pub(super) async fn run(pool: Arc<Pool>, accounts: Arc<Accounts>, work: Work) -> Result<Outcome, Failure> {
    let settings = pool.settings.clone();
    let deadline = Instant::now() + settings.budget;
    let mut pace = Pace::Quick;
    let (mut tries, mut alone) = (0, false);
    pool.stats.writes.fetch_add(1, Ordering::Relaxed);
    let result = loop {
        tries += 1;
        let way = if work.serializable() { pool.way(alone).await } else { None };
        let held = match pool.hold().await {
            Ok(held) => held,
            Err(failure) => break Err(failure),
        };
        let (remedy, failure) = match attempt(&pool, held, &work, (pace, deadline)).await {
            Ok(outcome) => {
                accounts.note(&outcome.concerned);
                outcome.steps.iter().for_each(|step| accounts.note(&step.concerned));
                break Ok(outcome);
            }
            Err(Ended::Failed(failure)) => break Err(failure),
            Err(Ended::Again(remedy, failure)) => (remedy, failure),
        };
        drop(way);
        if tries >= TRIES_MAX || Instant::now() >= deadline {
            break Err(failure);
        }
        match remedy {
            Remedy::None => break Err(failure),
            Remedy::LookCloser => pace = Pace::Careful,
            Remedy::Prepare => {}
            Remedy::Reconnect | Remedy::Again => {
                alone |= remedy == Remedy::Again;
                pool.stats.retries.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(pause(tries)).await;
            }
        }
    };
    pool.stats.writes.fetch_sub(1, Ordering::Relaxed);
    result
}

/// A random part of a time that doubles with every try.
fn pause(tries: u32) -> Duration {
    let longest = Duration::from_millis(1 << tries.min(6)).min(PAUSE_MAX);
    longest.mul_f64(rand::rng().random_range(0.1..1.0))
}

async fn attempt(
    pool: &Arc<Pool>,
    held: Held,
    work: &Work,
    (pace, deadline): (Pace, Instant),
) -> Result<Outcome, Ended> {
    let settings = &pool.settings;
    if pace == Pace::Quick && work.alone() {
        return attempt_alone(pool, held, work, deadline).await;
    }
    let link = held.link().map_err(Ended::Failed)?;
    let attempt = Attempt { link, settings, pace, deadline };
    let running = tokio::time::timeout_at((deadline + GRACE).into(), attempt.run(work));
    let result = match running.await {
        Ok(result) => result,
        Err(_) => {
            link.cancel(&pool.address);
            return Err(Ended::Failed(Failure::Timeout { limit_ms: settings.budget_ms() }));
        }
    };
    match result {
        Ok(outcome) if work.rollback() => match link.run_text("ROLLBACK").await {
            Ok(()) => {
                held.keep();
                Ok(outcome)
            }
            // Nothing is to be kept, and nothing was.
            Err(_) => Ok(outcome),
        },
        Ok(outcome) => {
            commit(pool, link, &outcome).await?;
            held.keep();
            Ok(outcome)
        }
        Err(stop) => {
            let ended = ended(stop, settings, pace, link);
            if link.run_text("ROLLBACK").await.is_ok() {
                held.keep();
            }
            Err(ended)
        }
    }
}

/// Runs the only statement of a write, which the server commits by itself.
async fn attempt_alone(pool: &Arc<Pool>, held: Held, work: &Work, deadline: Instant) -> Result<Outcome, Ended> {
    let Work::One(job) = work else {
        return Err(Ended::Failed(Failure::Internal { reason: "several statements are not one".to_owned() }));
    };
    let settings = &pool.settings;
    let link = held.link().map_err(Ended::Failed)?;
    let run = Run { link, job, settings, pace: Pace::Quick };
    let started = Instant::now();
    let mut progress = Progress::default();
    let running = tokio::time::timeout_at((deadline + GRACE).into(), run.whole(&mut progress));
    match running.await {
        Ok(Ok(outcome)) => {
            note_commit(pool, started);
            held.keep();
            Ok(outcome)
        }
        Ok(Err(Stop::Driver(error))) if fault::is_lost(&error) => Err(Ended::Failed(unknown(pool, &words(&error)))),
        Ok(Err(stop)) => {
            let ended = ended(explained(stop, &job.compiled, settings), settings, Pace::Quick, link);
            held.keep();
            Err(ended)
        }
        Err(_) => {
            link.cancel(&pool.address);
            Err(Ended::Failed(unknown(pool, "no answer within the budget")))
        }
    }
}

/// Tells other nodes, and commits.
async fn commit(pool: &Pool, link: &Link, outcome: &Outcome) -> Result<(), Ended> {
    let settings = &pool.settings;
    let all = outcome.steps.iter().map(|step| step.concerned.clone());
    let concerned = all.fold(outcome.concerned.clone(), Concerned::and);
    if let Some(news) = told(&concerned)
        && let Err(error) = link.ask("SELECT pg_notify($1, $2)", &[watch::CHANNEL, &news]).await
    {
        let ended = ended(Stop::Driver(error), settings, Pace::Quick, link);
        let _ = link.run_text("ROLLBACK").await;
        return Err(ended);
    }
    let started = Instant::now();
    match tokio::time::timeout(settings.budget + GRACE, link.run_text("COMMIT")).await {
        Ok(Ok(())) => {
            note_commit(pool, started);
            Ok(())
        }
        // The server has said that it did not commit.
        Ok(Err(error)) if error.as_db_error().is_some() && !fault::is_lost(&error) => {
            Err(ended(Stop::Driver(error), settings, Pace::Quick, link))
        }
        Ok(Err(error)) => Err(Ended::Failed(unknown(pool, &words(&error)))),
        Err(_) => Err(Ended::Failed(unknown(pool, "no answer to the commit"))),
    }
}

fn note_commit(pool: &Pool, started: Instant) {
    let micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    pool.stats.commits.fetch_add(1, Ordering::Relaxed);
    pool.stats.commit_micros.fetch_add(micros, Ordering::Relaxed);
}

fn unknown(pool: &Pool, reason: &str) -> Failure {
    pool.stats.unknown.fetch_add(1, Ordering::Relaxed);
    Failure::CommitUnknown { reason: reason.to_owned() }
}

/// What to do after a try stopped, before its commit.
fn ended(stop: Stop, settings: &Settings, pace: Pace, link: &Link) -> Ended {
    match stop {
        Stop::Refused(failure) => Ended::Failed(*failure),
        Stop::Driver(error) => {
            let failure = fault::plain(&error, settings.budget_ms());
            match fault::remedy(&error) {
                Remedy::None => Ended::Failed(failure),
                // It was looked at closely, and what it met has gone meanwhile.
                Remedy::LookCloser if pace == Pace::Careful => Ended::Again(Remedy::Again, failure),
                remedy @ (Remedy::Reconnect | Remedy::Again | Remedy::LookCloser) => Ended::Again(remedy, failure),
                Remedy::Prepare => {
                    link.forget_statements();
                    Ended::Again(Remedy::Prepare, failure)
                }
            }
        }
    }
}

/// Why a statement failed, where the error says it by itself.
fn explained(stop: Stop, compiled: &Compiled, settings: &Settings) -> Stop {
    match stop {
        Stop::Driver(error) if fault::remedy(&error) == Remedy::None => {
            fault::of_itself(&error, compiled, settings).into()
        }
        other @ (Stop::Driver(_) | Stop::Refused(_)) => other,
    }
}

/// One try.
struct Attempt<'a> {
    link: &'a Link,
    settings: &'a Settings,
    pace: Pace,
    deadline: Instant,
}

impl Attempt<'_> {
    /// Begins a transaction and runs everything in it.
    async fn run(&self, work: &Work) -> Result<Outcome, Stop> {
        self.link.run_text(&self.begin(work)).await?;
        match work {
            Work::One(job) => self.job(job).await,
            Work::Together(together) => self.together(together).await,
        }
    }

    fn begin(&self, work: &Work) -> String {
        let mut text = String::from(if work.serializable() {
            "BEGIN ISOLATION LEVEL SERIALIZABLE"
        } else {
            "BEGIN ISOLATION LEVEL READ COMMITTED"
        });
        if let Work::One(job) = work
            && job.compiled.reads_only
        {
            text.push_str(", READ ONLY");
        }
        if !self.settings.prepares {
            text.push_str("; ");
            text.push_str(POOLED_TRANSACTION);
            text.push_str(&format!("; SET LOCAL statement_timeout = {}", self.settings.budget_ms()));
            text.push_str(&format!("; SET LOCAL idle_in_transaction_session_timeout = {PAUSE_MAX_MS}"));
        }
        text
    }

    async fn together(&self, together: &Together) -> Result<Outcome, Stop> {
        let mut done: Vec<Outcome> = Vec::with_capacity(together.steps.len());
        let mut sums = Sums::default();
        for (index, step) in together.steps.iter().enumerate() {
            let within = |failure| Failure::InTransaction { index, failure: Box::new(failure) };
            let outcome = match self.together_step(step, &done).await {
                Ok(outcome) => outcome,
                Err(Stop::Refused(failure)) => return Err(within(*failure).into()),
                Err(Stop::Driver(error)) if fault::remedy(&error) == Remedy::None => {
                    return Err(within(fault::plain(&error, self.settings.budget_ms())).into());
                }
                Err(driver) => return Err(driver),
            };
            sums.add(&outcome, together.rows_max, self.settings.answer_bytes_max).map_err(within)?;
            done.push(outcome);
        }
        Ok(Outcome { steps: done, ..Outcome::default() })
    }

    async fn together_step(&self, step: &TogetherStep, done: &[Outcome]) -> Result<Outcome, Stop> {
        let bound: Job;
        let job = match step {
            TogetherStep::Ready(job) => job,
            TogetherStep::Later(bind) => {
                // A defect must cost one request.
                bound = catch_unwind(AssertUnwindSafe(|| bind(done, self.deadline)))
                    .unwrap_or_else(|_| Err(Failure::Internal { reason: "a panic".to_owned() }))?;
                &bound
            }
        };
        if Instant::now() >= self.deadline {
            return Err(Failure::Timeout { limit_ms: self.settings.budget_ms() }.into());
        }
        if !job.compiled.reads_only {
            return self.job(job).await;
        }
        // A read that others are kept together with. Here, too, it must not write.
        self.link.run_text("SAVEPOINT one_read; SET LOCAL transaction_read_only = on").await?;
        let outcome = self.job(job).await?;
        self.link.run_text("ROLLBACK TO SAVEPOINT one_read").await?;
        Ok(outcome)
    }

    async fn job(&self, job: &Job) -> Result<Outcome, Stop> {
        let mut progress = Progress::default();
        let run = self.at_pace(job, self.pace);
        if self.pace == Pace::Quick {
            return run.whole(&mut progress).await.map_err(|stop| explained(stop, &job.compiled, self.settings));
        }
        self.link.run_text(MARK_JOB).await?;
        let error = match run.whole(&mut progress).await {
            Err(Stop::Driver(error)) => error,
            other => return other,
        };
        if fault::is_foreign_key(&error) {
            self.link.run_text(UNDO_JOB).await?;
            if may_end_otherwise(job) {
                return self.deferred(job).await;
            }
        } else if !fault::is_collision(&error) {
            // A collision was undone where it happened; all else explains itself.
            match fault::remedy(&error) {
                Remedy::None => {}
                Remedy::Reconnect | Remedy::Again | Remedy::Prepare | Remedy::LookCloser => return Err(error.into()),
            }
        }
        Err(fault::of_write(&error, self.link, job, &progress, self.settings).await.into())
    }

    fn at_pace<'j>(&'j self, job: &'j Job, pace: Pace) -> Run<'j> {
        Run { link: self.link, job, settings: self.settings, pace }
    }

    /// Runs a job with its references looked at in the end: its rows may refer to rows of the same request that come later, and
    /// what a rule refuses is refused for that.
    async fn deferred(&self, job: &Job) -> Result<Outcome, Stop> {
        self.link.run_text("SET CONSTRAINTS ALL DEFERRED").await?;
        let mut progress = Progress::default();
        let (outcome, error) = match self.at_pace(job, Pace::Deferred).whole(&mut progress).await {
            Ok(outcome) => match self.link.run_text(MARK_REFERENCES).await {
                Ok(()) => return Ok(outcome),
                Err(error) => (Some(outcome), error),
            },
            Err(Stop::Driver(error)) => (None, error),
            other @ Err(Stop::Refused(_)) => return other,
        };
        if fault::is_foreign_key(&error) {
            // Rows of an insert may be each other's ends, so they are looked at as they stand; others as they were.
            let stands = outcome.is_some() && matches!(job.compiled.plan.plan(), Plan::Insert(_));
            self.link.run_text(if stands { UNDO_REFERENCES } else { UNDO_JOB }).await?;
        } else if !fault::is_collision(&error) && fault::remedy(&error) != Remedy::None {
            return Err(error.into());
        }
        Err(fault::of_write(&error, self.link, job, &progress, self.settings).await.into())
    }
}

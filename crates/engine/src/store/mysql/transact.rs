//! Runs writes in transactions of their own. Only a commit that the server has confirmed is acknowledged.
//!
//! What others were in the way of, and what was lost with its connection before a commit was asked for, runs again: nothing of it
//! was kept or told. Once a commit was asked for and no answer came, nobody knows: that is told as it is, and nothing runs again.

use super::Settings;
use super::fault::{self, Remedy, words};
use super::foreign_key;
use super::link::{self, Link};
use super::pool::{Held, Pool};
use super::program::{Progress, Run};
use super::read::Stop;
use super::watch::TELL;
use crate::Failure;
use crate::accounts::{Accounts, Concerned};
use crate::store::news::told;
use crate::store::verdict::Sums;
use crate::store::work::Work;
use crate::store::{Job, Outcome, Together, TogetherStep};
use mysql_async::Value as Sent;
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

const BEGIN: &str = "START TRANSACTION";
const BEGIN_READ: &str = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; START TRANSACTION READ ONLY";
const BEGIN_SERIALIZABLE: &str = "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; START TRANSACTION";
const MARK_JOB: &str = "SAVEPOINT one_job";
const UNDO_JOB: &str = "ROLLBACK TO SAVEPOINT one_job";
const MARK_READ: &str = "SAVEPOINT one_read";
const UNDO_READ: &str = "ROLLBACK TO SAVEPOINT one_read";
const CHECKS_OFF: &str = "SET SESSION foreign_key_checks = 0";
const CHECKS_ON: &str = "SET SESSION foreign_key_checks = 1";

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
    let deadline = Instant::now() + pool.settings.budget;
    let mut tries = 0;
    pool.stats.writes.fetch_add(1, Ordering::Relaxed);
    let result = loop {
        tries += 1;
        let held = match pool.hold().await {
            Ok(held) => held,
            Err(failure) => break Err(failure),
        };
        let (remedy, failure) = match attempt(&pool, held, &work, deadline).await {
            Ok(outcome) => {
                accounts.note(&outcome.concerned);
                outcome.steps.iter().for_each(|step| accounts.note(&step.concerned));
                break Ok(outcome);
            }
            Err(Ended::Failed(failure)) => break Err(failure),
            Err(Ended::Again(remedy, failure)) => (remedy, failure),
        };
        if tries >= TRIES_MAX || Instant::now() >= deadline {
            break Err(failure);
        }
        if remedy == Remedy::Reconnect {
            pool.forget_idle();
        }
        pool.stats.retries.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(pause(tries)).await;
    };
    pool.stats.writes.fetch_sub(1, Ordering::Relaxed);
    result
}

/// A random part of a time that doubles with every try.
fn pause(tries: u32) -> Duration {
    let longest = Duration::from_millis(1 << tries.min(6)).min(PAUSE_MAX);
    longest.mul_f64(rand::rng().random_range(0.1..1.0))
}

async fn attempt(pool: &Arc<Pool>, mut held: Held, work: &Work, deadline: Instant) -> Result<Outcome, Ended> {
    let settings = &pool.settings;
    if work.alone() {
        return attempt_alone(pool, held, work, deadline).await;
    }
    let link = held.link().map_err(Ended::Failed)?;
    let (id, end) = (link.id(), link.ended());
    let mut attempt = Attempt { link, settings, deadline };
    let running = link::unless(&end, attempt.run(work));
    let running = tokio::time::timeout_at((deadline + GRACE).into(), running).await;
    let Ok(result) = running else {
        link::stop(&pool.address, settings, id);
        return Err(Ended::Failed(Failure::Timeout { limit_ms: settings.budget_ms() }));
    };
    match result {
        Ok(outcome) if work.rollback() || reads_only(work) => {
            // Nothing is to be kept, and nothing was.
            if link.run_text("ROLLBACK").await.is_ok() {
                held.keep();
            }
            Ok(outcome)
        }
        Ok(outcome) => {
            commit(pool, link, &outcome).await?;
            held.keep();
            Ok(outcome)
        }
        Err(stop) => {
            let ended = ended(stop, settings);
            if link.run_text("ROLLBACK").await.is_ok() {
                held.keep();
            }
            Err(ended)
        }
    }
}

fn reads_only(work: &Work) -> bool {
    matches!(work, Work::One(job) if job.compiled.reads_only)
}

/// Runs the only statement of a write, which the server commits by itself.
async fn attempt_alone(pool: &Arc<Pool>, mut held: Held, work: &Work, deadline: Instant) -> Result<Outcome, Ended> {
    let Work::One(job) = work else {
        return Err(Ended::Failed(Failure::Internal { reason: "several statements are not one".to_owned() }));
    };
    let settings = &pool.settings;
    let link = held.link().map_err(Ended::Failed)?;
    let (id, end) = (link.id(), link.ended());
    let started = Instant::now();
    let mut progress = Progress::default();
    let mut run = Run { link, job, settings };
    let running = link::unless(&end, run.whole(&mut progress));
    let running = tokio::time::timeout_at((deadline + GRACE).into(), running).await;
    match running {
        Ok(Ok(outcome)) => {
            note_commit(pool, started);
            held.keep();
            Ok(outcome)
        }
        Ok(Err(Stop::Driver(error))) if fault::is_lost(&error) => Err(Ended::Failed(unknown(pool, &words(&error)))),
        Ok(Err(stop)) => {
            let ended = ended(explained(stop, link, job, (&progress, settings)).await, settings);
            held.keep();
            Err(ended)
        }
        Err(_) => {
            link::stop(&pool.address, settings, id);
            Err(Ended::Failed(unknown(pool, "no answer within the budget")))
        }
    }
}

/// Tells other nodes, and commits.
async fn commit(pool: &Pool, link: &mut Link, outcome: &Outcome) -> Result<(), Ended> {
    let settings = &pool.settings;
    let all = outcome.steps.iter().map(|step| step.concerned.clone());
    let concerned = all.fold(outcome.concerned.clone(), Concerned::and);
    if let Some(news) = told(&concerned)
        && let Err(error) = link.ask(TELL, vec![Sent::from(news)]).await
    {
        let ended = ended(Stop::Driver(error), settings);
        let _ = link.run_text("ROLLBACK").await;
        return Err(ended);
    }
    let started = Instant::now();
    match tokio::time::timeout(settings.budget + GRACE, link.run_text("COMMIT")).await {
        Ok(Ok(())) => {
            note_commit(pool, started);
            Ok(())
        }
        Ok(Err(error)) if fault::is_lost(&error) => Err(Ended::Failed(unknown(pool, &words(&error)))),
        // The server has said that it did not commit.
        Ok(Err(error)) => Err(ended(Stop::Driver(error), settings)),
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
fn ended(stop: Stop, settings: &Settings) -> Ended {
    match stop {
        Stop::Refused(failure) => Ended::Failed(*failure),
        Stop::Driver(error) => {
            let failure = fault::plain(&error, settings.budget_ms());
            match fault::remedy(&error) {
                Remedy::None => Ended::Failed(failure),
                remedy @ (Remedy::Reconnect | Remedy::Again) => Ended::Again(remedy, failure),
            }
        }
    }
}

/// Why a statement failed. It undid itself, and the transaction goes on: what is in the way can be looked at.
async fn explained(stop: Stop, link: &mut Link, job: &Job, (progress, settings): (&Progress, &Settings)) -> Stop {
    match stop {
        Stop::Driver(error) if fault::remedy(&error) == Remedy::None => {
            fault::of_write(&error, link, job, progress, settings).await.into()
        }
        other @ (Stop::Driver(_) | Stop::Refused(_)) => other,
    }
}

/// One try.
struct Attempt<'a> {
    link: &'a mut Link,
    settings: &'a Settings,
    deadline: Instant,
}

impl Attempt<'_> {
    /// Begins a transaction and runs everything in it.
    async fn run(&mut self, work: &Work) -> Result<Outcome, Stop> {
        let begin = match (reads_only(work), work.serializable()) {
            (true, _) => BEGIN_READ,
            (false, true) => BEGIN_SERIALIZABLE,
            (false, false) => BEGIN,
        };
        self.link.run_text(begin).await?;
        match work {
            Work::One(job) => self.job(job).await,
            Work::Together(together) => self.together(together).await,
        }
    }

    async fn together(&mut self, together: &Together) -> Result<Outcome, Stop> {
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

    async fn together_step(&mut self, step: &TogetherStep, done: &[Outcome]) -> Result<Outcome, Stop> {
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
        // A read that others are kept together with. What it may write against its word is undone.
        self.link.run_text(MARK_READ).await?;
        let outcome = self.job(job).await?;
        self.link.run_text(UNDO_READ).await?;
        Ok(outcome)
    }

    async fn job(&mut self, job: &Job) -> Result<Outcome, Stop> {
        let may_wait = foreign_key::may_wait(job);
        if may_wait {
            self.link.run_text(MARK_JOB).await?;
        }
        let mut progress = Progress::default();
        let mut run = Run { link: &mut *self.link, job, settings: self.settings };
        match run.whole(&mut progress).await {
            Ok(outcome) => Ok(outcome),
            Err(Stop::Driver(error)) if may_wait && fault::is_foreign_key(&error) => {
                self.link.run_text(UNDO_JOB).await?;
                self.deferred(job).await
            }
            Err(stop) => Err(explained(stop, self.link, job, (&progress, self.settings)).await),
        }
    }

    /// Runs a job whose rows may refer to rows of the same request that come later: unchecked, and looked at when all are there.
    async fn deferred(&mut self, job: &Job) -> Result<Outcome, Stop> {
        self.link.run_text(CHECKS_OFF).await?;
        let mut progress = Progress::default();
        let ran = Run { link: &mut *self.link, job, settings: self.settings }.whole(&mut progress).await;
        if let Err(error) = self.link.run_text(CHECKS_ON).await {
            self.link.abandon();
            return Err(error.into());
        }
        match ran {
            Ok(outcome) => match foreign_key::orphan(self.link, job, &progress.left_out).await? {
                Some(failure) => Err(failure.into()),
                None => Ok(outcome),
            },
            Err(stop) => Err(explained(stop, self.link, job, (&progress, self.settings)).await),
        }
    }
}

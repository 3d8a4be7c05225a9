//! `cargo xtask test`: every check of the project, in the order in which they are cheapest to fail.

use crate::shell::{self, say};
use crate::wire::{self, On};
use crate::{assure, python, services};
use anyhow::{Result, bail, ensure};
use std::process::Command;
use std::time::Instant;

struct Step {
    name: &'static str,
    run: Run,
}

enum Run {
    Alone(fn() -> Result<()>),
    /// A suite's tests on a kind of database, beside its other kinds: most of the time each waits for its own.
    Suite(Suite, On),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Suite {
    Clients,
    Graphql,
    SignIn,
}

const STEPS: &[Step] = &[
    Step { name: "format", run: Run::Alone(format) },
    Step { name: "lints", run: Run::Alone(lints) },
    Step { name: "unit, golden, property", run: Run::Alone(cargo_tests) },
    Step { name: "wire: official clients", run: Run::Suite(Suite::Clients, On::Files) },
    Step { name: "wire: official clients on postgres", run: Run::Suite(Suite::Clients, On::Postgres) },
    Step { name: "wire: official clients on mariadb", run: Run::Suite(Suite::Clients, On::Mariadb) },
    Step { name: "wire: graphql", run: Run::Suite(Suite::Graphql, On::Files) },
    Step { name: "wire: graphql on postgres", run: Run::Suite(Suite::Graphql, On::Postgres) },
    Step { name: "wire: graphql on mariadb", run: Run::Suite(Suite::Graphql, On::Mariadb) },
    Step { name: "wire: sign-in", run: Run::Suite(Suite::SignIn, On::Files) },
    Step { name: "wire: sign-in on postgres", run: Run::Suite(Suite::SignIn, On::Postgres) },
    Step { name: "wire: sign-in on mariadb", run: Run::Suite(Suite::SignIn, On::Mariadb) },
    Step { name: "wire: browser", run: Run::Alone(browser) },
    Step { name: "examples", run: Run::Alone(examples) },
    Step { name: "assure", run: Run::Alone(assured) },
];

/// Runs every step whose name contains `only`; goes on after a failure, and fails at the end when one did.
pub(crate) fn run(only: Option<&str>) -> Result<()> {
    let begin = Instant::now();
    let (mut passed, mut failed) = (0, Vec::new());
    let chosen: Vec<&Step> = STEPS.iter().filter(|step| only.is_none_or(|text| step.name.contains(text))).collect();
    for steps in chosen.chunk_by(|left, right| are_one_suite(left, right)) {
        steps.iter().for_each(|step| say(&format!("── {}", step.name)));
        let started = Instant::now();
        for (step, outcome) in steps.iter().zip(run_together(steps)) {
            let seconds = started.elapsed().as_secs_f32();
            match outcome {
                Ok(()) => {
                    passed += 1;
                    say(&format!("── {}: ok in {seconds:.0} s", step.name));
                }
                Err(error) => {
                    say(&format!("── {}: FAILED in {seconds:.0} s: {error:#}", step.name));
                    failed.push(step.name);
                }
            }
        }
    }
    ensure!(passed + failed.len() > 0, "no step has such a name");
    say(&format!("all steps took {:.0} s; failed: {failed:?}", begin.elapsed().as_secs_f32()));
    say(&format!("steps: {passed} passed, {} failed", failed.len()));
    if !failed.is_empty() {
        bail!("{} of {} steps failed", failed.len(), passed + failed.len());
    }
    Ok(())
}

/// Sign-in has ten seconds for a request, also where 64 come at once: each of its suites has the machine to itself.
fn are_one_suite(left: &Step, right: &Step) -> bool {
    let suite = |step: &Step| match step.run {
        Run::Suite(suite, _) if suite != Suite::SignIn => Some(suite),
        Run::Suite(..) | Run::Alone(_) => None,
    };
    suite(left).is_some() && suite(left) == suite(right)
}

/// What became of each of the steps. They are made ready one after the other, and then run at once.
fn run_together(steps: &[&Step]) -> Vec<Result<()>> {
    let made: Vec<_> = steps.iter().map(|step| made(step)).collect();
    let alone = steps.len() == 1;
    std::thread::scope(|scope| {
        let running: Vec<_> = made.into_iter().map(|made| scope.spawn(move || finished(made, alone))).collect();
        running.into_iter().map(|one| one.join().unwrap_or_else(|_| bail!("it ended by a panic"))).collect()
    })
}

/// The tests of a suite, ready to run; `None` where the step is done.
fn made(step: &Step) -> Result<Option<Command>> {
    match step.run {
        Run::Alone(run) => run().map(|()| None),
        Run::Suite(Suite::Clients, on) => wire::suite_on(on, "clients").map(Some),
        Run::Suite(Suite::Graphql, on) => wire::suite_on(on, "graphql").map(Some),
        Run::Suite(Suite::SignIn, on) => {
            let mut tests = wire::suite_on(on, "auth")?;
            tests.env("BACKSTAY_PYTHON", python::tool("python")?);
            Ok(Some(tests))
        }
    }
}

fn finished(made: Result<Option<Command>>, alone: bool) -> Result<()> {
    match made? {
        Some(mut tests) if alone => shell::run(&mut tests),
        Some(mut tests) => shell::run_apart(&mut tests),
        None => Ok(()),
    }
}

fn format() -> Result<()> {
    shell::run(&mut shell::command("cargo", &["fmt", "--all", "--check"]))
}

fn lints() -> Result<()> {
    let args = ["clippy", "--quiet", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"];
    shell::run(&mut shell::command("cargo", &args))?;
    // Every adapter can be left out, or be the only one.
    for adapters in ["", "mysql", "postgres"] {
        let alone = ["--no-default-features", "--features", adapters, "--", "-D", "warnings"];
        shell::run(shell::command("cargo", &["clippy", "--quiet", "-p", "backstay"]).args(alone))?;
    }
    Ok(())
}

fn cargo_tests() -> Result<()> {
    let (postgres, mysql) = (services::postgres()?, services::mysql()?);
    let mut tests = shell::command("cargo", &["test", "--quiet", "--workspace", "--all-features", "--no-fail-fast"]);
    shell::run(tests.env(postgres.0, postgres.1).env(mysql.0, mysql.1))
}

fn browser() -> Result<()> {
    shell::ensure("chromium", "chromium")?;
    shell::run(&mut wire::suite("browser", "")?)
}

fn examples() -> Result<()> {
    shell::run(&mut wire::suite("examples", "")?)
}

fn assured() -> Result<()> {
    assure::run(&[], &assure::Profile::quick())
}

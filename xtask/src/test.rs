//! `cargo xtask test`: every check of the project, in the order in which they are cheapest to fail.

use crate::shell::{self, say};
use crate::wire::{self, On};
use crate::{assure, python, services};
use anyhow::{Result, bail, ensure};
use std::time::Instant;

struct Step {
    name: &'static str,
    run: fn() -> Result<()>,
}

const STEPS: &[Step] = &[
    Step { name: "format", run: format },
    Step { name: "lints", run: lints },
    Step { name: "unit, golden, property", run: cargo_tests },
    Step { name: "wire: official clients", run: || clients(On::Files) },
    Step { name: "wire: official clients on postgres", run: || clients(On::Postgres) },
    Step { name: "wire: official clients on mariadb", run: || clients(On::Mariadb) },
    Step { name: "wire: graphql", run: || graphql(On::Files) },
    Step { name: "wire: graphql on postgres", run: || graphql(On::Postgres) },
    Step { name: "wire: graphql on mariadb", run: || graphql(On::Mariadb) },
    Step { name: "wire: sign-in", run: || sign_in(On::Files) },
    Step { name: "wire: sign-in on postgres", run: || sign_in(On::Postgres) },
    Step { name: "wire: sign-in on mariadb", run: || sign_in(On::Mariadb) },
    Step { name: "wire: browser", run: browser },
    Step { name: "examples", run: examples },
    Step { name: "assure", run: assured },
];

/// Runs every step whose name contains `only`; goes on after a failure, and fails at the end when one did.
pub(crate) fn run(only: Option<&str>) -> Result<()> {
    let begin = Instant::now();
    let (mut passed, mut failed) = (0, Vec::new());
    for step in STEPS.iter().filter(|step| only.is_none_or(|text| step.name.contains(text))) {
        say(&format!("── {}", step.name));
        let started = Instant::now();
        match (step.run)() {
            Ok(()) => {
                passed += 1;
                say(&format!("── {}: ok in {:.0} s", step.name, started.elapsed().as_secs_f32()));
            }
            Err(error) => {
                say(&format!("── {}: FAILED in {:.0} s: {error:#}", step.name, started.elapsed().as_secs_f32()));
                failed.push(step.name);
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

fn format() -> Result<()> {
    shell::run(&mut shell::command("cargo", &["fmt", "--all", "--check"]))
}

fn lints() -> Result<()> {
    let args = ["clippy", "--quiet", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"];
    shell::run(&mut shell::command("cargo", &args))?;
    // Every adapter can be left out.
    shell::run(&mut shell::command("cargo", &["check", "--quiet", "-p", "backstay", "--no-default-features"]))
}

fn cargo_tests() -> Result<()> {
    let (postgres, mysql) = (services::postgres()?, services::mysql()?);
    let mut tests = shell::command("cargo", &["test", "--quiet", "--workspace", "--all-features", "--no-fail-fast"]);
    shell::run(tests.env(postgres.0, postgres.1).env(mysql.0, mysql.1))
}

fn clients(on: On) -> Result<()> {
    shell::run(&mut wire::suite_on(on, "clients")?)
}

fn graphql(on: On) -> Result<()> {
    shell::run(&mut wire::suite_on(on, "graphql")?)
}

fn sign_in(on: On) -> Result<()> {
    shell::run(wire::suite_on(on, "auth")?.env("BACKSTAY_PYTHON", python::tool("python")?))
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

//! `cargo xtask test`: every check of the project, in the order in which they are cheapest to fail.

use crate::shell::{self, say};
use crate::{crash, fault, fuzz, server};
use anyhow::{Context, Result, bail, ensure};
use std::path::Path;
use std::time::Instant;

/// Seed of the crash test inside the test command.
const CRASH_SEED: u64 = 7;
/// Failing disks inside the test command.
const FAULT_CASES: u32 = 12;
/// Seed of the failing calls inside the test command.
const FAULT_SEED: u64 = 1;
/// Seed of the mutations inside the test command.
const FUZZ_SEED: u64 = 1;
/// Kills of the crash test inside the test command.
const CRASH_CYCLES: u32 = 20;

struct Step {
    name: &'static str,
    run: fn() -> Result<()>,
}

const STEPS: &[Step] = &[
    Step { name: "format", run: format },
    Step { name: "lints", run: lints },
    Step { name: "unit, golden, property", run: cargo_tests },
    Step { name: "wire: official clients", run: wire },
    Step { name: "wire: browser", run: browser },
    Step { name: "examples", run: examples },
    Step { name: "crash", run: crash_test },
    Step { name: "fault", run: fault_test },
    Step { name: "fuzz", run: fuzz_test },
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
    shell::run(&mut shell::command("cargo", &args))
}

fn cargo_tests() -> Result<()> {
    shell::run(&mut shell::command("cargo", &["test", "--quiet", "--workspace", "--all-features"]))
}

/// Installs the exact versions of a folder's lock file, when they are not there yet.
fn npm_ci(dir: &Path) -> Result<()> {
    shell::ensure("npm", "npm")?;
    let (lock, installed) = (dir.join("package-lock.json"), dir.join("node_modules/.package-lock.json"));
    let modified = |path: &Path| std::fs::metadata(path).and_then(|m| m.modified()).ok();
    if modified(&installed).is_some_and(|at| modified(&lock).is_some_and(|wanted| at >= wanted)) {
        return Ok(());
    }
    let mut npm = shell::command("npm", &["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
    shell::run_quietly(npm.current_dir(dir))
}

/// Runs a node test file of the wire suite against the binary the tests build.
fn node_tests(folder: &str) -> Result<()> {
    let dir = shell::root().join("crates/backstay/tests/wire");
    npm_ci(&dir)?;
    let binary = server::build(server::Build::Debug)?;
    let mut files: Vec<_> = std::fs::read_dir(dir.join(folder))
        .with_context(|| format!("no folder {folder} in the wire suite"))?
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|path| path.to_string_lossy().ends_with(".test.mjs"))
        .collect();
    files.sort();
    ensure!(!files.is_empty(), "the wire suite has no {folder} tests");
    let mut node = shell::command("node", &["--test", "--test-reporter=spec", "--test-timeout=120000"]);
    shell::run(node.args(files).env("BACKSTAY_BIN", binary).current_dir(dir))
}

fn wire() -> Result<()> {
    node_tests("clients")
}

fn browser() -> Result<()> {
    shell::ensure("chromium", "chromium")?;
    node_tests("browser")
}

fn examples() -> Result<()> {
    shell::ensure("node", "nodejs")?;
    node_tests("examples")
}

fn crash_test() -> Result<()> {
    crash::run(CRASH_CYCLES, CRASH_SEED)
}

fn fuzz_test() -> Result<()> {
    fuzz::run(None, FUZZ_SEED, None)
}

fn fault_test() -> Result<()> {
    fault::run(FAULT_CASES, FAULT_SEED)
}

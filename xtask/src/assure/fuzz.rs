//! Part `fuzz`: builds the targets and runs them, by their own driver and by libFuzzer. Both begin with `fuzz/corpus`.

use super::{Check, Depth, Profile, Tally, tally};
use crate::server;
use crate::shell::{self, CannotRun, say};
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// The checks of this part.
pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "mutate",
        shows: "schema, rules, rules against SQL, queries, headers, bodies, transactions, CSV, tokens",
        run: mutate,
    },
    Check { name: "guided", shows: "the same under libFuzzer and AddressSanitizer, in the deep profile", run: guided },
];

/// Mutations of each target in the quick profile.
const QUICK_MUTATIONS: u64 = 20_000;
/// Seconds for all targets together in the quick profile.
const QUICK_SECONDS: u64 = 60;
/// Seconds for all targets together in the deep profile.
const DEEP_SECONDS: u64 = 3_600;
/// How libFuzzer sees which branches an input takes and what it is compared with; and AddressSanitizer.
const INSTRUMENTED: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing -Zsanitizer=address";
/// The only platform that it is built for.
const PLATFORM: &str = "x86_64-unknown-linux-gnu";
/// Where its workspace lies.
const WORKSPACE: &str = "fuzz/libfuzzer";

/// Runs every target; an input that does what must never be, or takes the process with it, is a failure.
fn mutate(profile: &Profile) -> Result<Tally> {
    let driver = built("backstay-fuzz")?;
    let findings = server::target_dir().join("scratch").join(format!("fuzz-{}", std::process::id()));
    let (mutations, seconds) = match profile.minutes {
        Some(minutes) => (u64::MAX, minutes * 60),
        None => profile.pick((QUICK_MUTATIONS, QUICK_SECONDS), (u64::MAX, DEEP_SECONDS)),
    };
    let mut command = shell::command(&driver.to_string_lossy(), &[]);
    command.args(["--corpus", "fuzz/corpus", "--findings"]).arg(&findings);
    command.args(["--seed", &profile.seed.to_string(), "--mutations", &mutations.to_string()]);
    let tally = tally::counted(command.args(["--seconds", &seconds.to_string()]))?;
    if tally.failed > 0 {
        say(&format!(
            "what was found stands in {}; an input that took the process with it ends in .busy",
            findings.display()
        ));
    } else {
        let _ = std::fs::remove_dir_all(&findings);
    }
    Ok(tally)
}

/// Runs every target under libFuzzer for its share of the time, from a copy of the corpus.
fn guided(profile: &Profile) -> Result<Tally> {
    let mut tally = Tally::default();
    let seconds = match (profile.minutes, profile.depth) {
        (Some(minutes), _) => minutes * 60,
        (None, Depth::Deep) => DEEP_SECONDS,
        (None, Depth::Quick) => {
            say("in the deep profile only: it needs a nightly compiler and a build of its own");
            return Ok(tally);
        }
    };
    let fuzzer = libfuzzer()?;
    let scratch = server::target_dir().join("scratch").join(format!("libfuzzer-{}", std::process::id()));
    let words = scratch.to_string_lossy().into_owned();
    shell::run(&mut shell::command(&built("words")?.to_string_lossy(), &[&words]))?;
    let targets = folders(&shell::root().join("fuzz/corpus"))?;
    let share = seconds / u64::try_from(targets.len().max(1))?;
    for target in &targets {
        let ran = guide(&fuzzer, &scratch, target, (share, profile.seed));
        tally.note(target, ran.map(|()| format!("{share} s, seed {}", profile.seed)));
    }
    if tally.failed == 0 {
        let _ = fs::remove_dir_all(&scratch);
    }
    Ok(tally)
}

/// A program of the fuzz targets, built with the features of the tests: what they were built with need not be built again.
fn built(name: &str) -> Result<PathBuf> {
    shell::run(&mut shell::command("cargo", &["build", "--quiet", "--workspace", "--all-features", "--bin", name]))?;
    Ok(server::target_dir().join("debug").join(name))
}

/// Builds the targets with the versions that the product is locked to.
fn libfuzzer() -> Result<PathBuf> {
    if !shell::command("rustc", &["+nightly", "--version"]).output().is_ok_and(|output| output.status.success()) {
        let needs =
            "a nightly compiler is needed for its instrumentation: `rustup toolchain install nightly`".to_owned();
        return Err(CannotRun { needs }.into());
    }
    let target_dir = server::target_dir().join("libfuzzer");
    fs::copy(shell::root().join("Cargo.lock"), shell::root().join(WORKSPACE).join("Cargo.lock"))?;
    let manifest = format!("{WORKSPACE}/Cargo.toml");
    let args = ["+nightly", "build", "--quiet", "--release", "--manifest-path", &manifest, "--target", PLATFORM];
    let mut build = shell::command("cargo", &args);
    build.env("RUSTFLAGS", INSTRUMENTED).arg("--target-dir").arg(&target_dir);
    shell::run(&mut build)?;
    Ok(target_dir.join(PLATFORM).join("release/backstay-libfuzzer"))
}

fn guide(fuzzer: &Path, scratch: &Path, target: &str, (seconds, seed): (u64, u64)) -> Result<()> {
    let mut run = shell::command(&fuzzer.to_string_lossy(), &[]);
    run.env("BACKSTAY_FUZZ_TARGET", target);
    // SQLite's one file has two constants of one name, each in its own scope, which it takes for one that is defined twice.
    run.env("ASAN_OPTIONS", "detect_odr_violation=0");
    // An input that takes longer, or more memory, is a finding.
    run.args(["-timeout=10", "-rss_limit_mb=2048", "-max_len=16384", "-print_final_stats=1"]);
    run.args([format!("-max_total_time={seconds}"), format!("-seed={seed}")]);
    run.arg(format!("-dict={}", scratch.join(format!("{target}.dict")).display()));
    run.arg(format!("-artifact_prefix={}/{target}-", scratch.display()));
    // What it finds new goes to the first folder.
    run.arg(scratch.join(target)).arg(shell::root().join("fuzz/corpus").join(target));
    shell::run_quietly(&mut run)
}

/// Names of the folders in a folder, in order.
fn folders(dir: &Path) -> Result<Vec<String>> {
    let entries = fs::read_dir(dir).with_context(|| format!("no folder {}", dir.display()))?;
    let folders = entries.filter_map(Result::ok).filter(|entry| entry.path().is_dir());
    let mut names: Vec<String> = folders.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    Ok(names)
}

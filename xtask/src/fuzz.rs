//! `fuzz`: builds the targets and runs their driver, which replays `fuzz/corpus` and mutates it.

use crate::server;
use crate::shell::{self, say};
use anyhow::{Context, Result, bail};

/// Mutations of each target in the quick profile.
const QUICK_MUTATIONS: u64 = 20_000;
/// Seconds for all targets together in the quick profile.
const QUICK_SECONDS: u64 = 60;

/// Runs every target, or one; fails when an input does what must never be, or takes the process with it.
pub(crate) fn run(minutes: Option<u64>, seed: u64, target: Option<&str>) -> Result<()> {
    shell::run(&mut shell::command("cargo", &["build", "--quiet", "--package", "backstay-fuzz"]))?;
    let findings = server::target_dir().join("scratch").join(format!("fuzz-{}", std::process::id()));
    let (mutations, seconds) = minutes.map_or((QUICK_MUTATIONS, QUICK_SECONDS), |minutes| (u64::MAX, minutes * 60));
    let driver = server::target_dir().join("debug").join("backstay-fuzz");
    let mut command = shell::command(&driver.to_string_lossy(), &[]);
    command.args(["--corpus", "fuzz/corpus", "--findings"]).arg(&findings);
    command.args(["--seed", &seed.to_string(), "--mutations", &mutations.to_string()]);
    command.args(["--seconds", &seconds.to_string()]);
    if let Some(target) = target {
        command.args(["--target", target]);
    }
    let status = command.status().context("cannot start the fuzz driver")?;
    if !status.success() {
        if status.code().is_none() {
            say(&format!("an input took the process with it: one of {}/*.busy", findings.display()));
        }
        bail!("fuzz ended with {status}; seed {seed}");
    }
    let _ = std::fs::remove_dir_all(&findings);
    Ok(())
}

//! Part `fuzz`: builds the targets and runs their driver, which replays `fuzz/corpus` and mutates it.

use super::{Check, Profile, Tally, tally};
use crate::server;
use crate::shell::{self, say};
use anyhow::Result;

/// The checks of this part.
pub(super) const CHECKS: &[Check] = &[Check {
    name: "mutate",
    shows: "schema, rules, rules against SQL, queries, headers, bodies, CSV, tokens",
    run: mutate,
}];

/// Mutations of each target in the quick profile.
const QUICK_MUTATIONS: u64 = 20_000;
/// Seconds for all targets together in the quick profile.
const QUICK_SECONDS: u64 = 60;
/// Seconds for all targets together in the deep profile.
const DEEP_SECONDS: u64 = 3_600;

/// Runs every target; an input that does what must never be, or takes the process with it, is a failure.
fn mutate(profile: &Profile) -> Result<Tally> {
    shell::run(&mut shell::command("cargo", &["build", "--quiet", "--package", "backstay-fuzz"]))?;
    let findings = server::target_dir().join("scratch").join(format!("fuzz-{}", std::process::id()));
    let (mutations, seconds) = match profile.minutes {
        Some(minutes) => (u64::MAX, minutes * 60),
        None => profile.pick((QUICK_MUTATIONS, QUICK_SECONDS), (u64::MAX, DEEP_SECONDS)),
    };
    let driver = server::target_dir().join("debug").join("backstay-fuzz");
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

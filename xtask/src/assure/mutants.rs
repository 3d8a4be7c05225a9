//! Part `mutants`: cargo-mutants changes the code that decides who may see and write what, one place at a time, and the tests of the
//! crate must notice. In: the deep profile, and which share of the mutants. Out: how many were caught, how many were not.

use super::{Check, Depth, Profile, Tally};
use crate::server;
use crate::shell::{self, CannotRun, say};
use anyhow::{Context, Result, bail, ensure};
use serde_json::Value as Json;
use std::fs;
use std::path::Path;

/// The checks of this part.
pub(super) const CHECKS: &[Check] = &[
    Check { name: "plan", shows: "tests notice changes of plan, in the deep profile", run: plan },
    Check { name: "rules", shows: "tests notice changes of the rule language, in the deep profile", run: rules },
];

/// Least share of the mutants that compile which the tests must catch, in percent.
const CAUGHT_MIN_PERCENT: u64 = 90;

fn plan(profile: &Profile) -> Result<Tally> {
    score(profile, "backstay-plan", &["crates/plan/src/**"])
}

fn rules(profile: &Profile) -> Result<Tally> {
    score(
        profile,
        "backstay-schema",
        &[
            "crates/schema/src/rule.rs",
            "crates/schema/src/rule/**",
            "crates/schema/src/expr/**",
            "crates/schema/src/expr.rs",
        ],
    )
}

/// Runs the mutants of some files against the tests of their package; one case, which fails below the least share.
fn score(profile: &Profile, package: &str, files: &[&str]) -> Result<Tally> {
    let mut tally = Tally::default();
    if profile.depth == Depth::Quick {
        say("in the deep profile only: every mutant is a build and a run of the tests");
        return Ok(tally);
    }
    if !shell::is_installed("cargo-mutants") {
        return Err(CannotRun { needs: "cargo-mutants is needed: `cargo install cargo-mutants`".to_owned() }.into());
    }
    let out = server::target_dir().join("scratch").join(format!("mutants-{package}"));
    fs::create_dir_all(&out).with_context(|| format!("cannot make {}", out.display()))?;
    let mut run = shell::command("cargo", &["mutants", "--package", package, "--no-times", "--colors=never"]);
    for file in files {
        run.args(["--file", file]);
    }
    if let Some(shard) = &profile.shard {
        run.args(["--sharding=round-robin", "--shard", shard]);
    }
    let status = run.arg("--output").arg(&out).status().context("cannot start cargo-mutants")?;
    // 0: all caught; 2 and 3: some were missed or timed out. Anything else is a run that did not come to its end.
    if !matches!(status.code(), Some(0 | 2 | 3)) {
        bail!("cargo-mutants ended with {status}");
    }
    tally.note(package, judged(&out.join("mutants.out/outcomes.json")));
    Ok(tally)
}

/// The figures of a run, or that too few were caught. A mutant that never ends is caught: the tests did not pass.
fn judged(outcomes: &Path) -> Result<String> {
    let text = fs::read_to_string(outcomes).with_context(|| format!("cannot read {}", outcomes.display()))?;
    let outcomes: Json = serde_json::from_str(&text).context("outcomes.json is not JSON")?;
    let count = |name: &str| outcomes[name].as_u64().with_context(|| format!("outcomes.json has no count `{name}`"));
    let (caught, missed) = (count("caught")? + count("timeout")?, count("missed")?);
    let (all, unviable) = (caught + missed, count("unviable")?);
    ensure!(all > 0, "no mutant was built");
    let percent = caught * 100 / all;
    let figures = format!("{caught} of {all} caught, {percent} %; {unviable} do not compile");
    ensure!(percent >= CAUGHT_MIN_PERCENT, "{figures}; at least {CAUGHT_MIN_PERCENT} % must be");
    Ok(figures)
}

#[cfg(test)]
mod tests {
    use super::judged;
    use crate::server;
    use std::fs;

    #[track_caller]
    fn check(name: &str, outcomes: &str, expected: Result<&str, &str>) {
        let file = server::target_dir().join("scratch").join(format!("outcomes-{}-{name}.json", std::process::id()));
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, outcomes).unwrap();
        let found = judged(&file).map_err(|error| error.to_string());
        fs::remove_file(&file).unwrap();
        assert_eq!(found.as_deref().map_err(String::as_str), expected);
    }

    #[test]
    fn the_share_that_is_caught() {
        check(
            "enough",
            r#"{"caught": 8, "timeout": 1, "missed": 1, "unviable": 5}"#,
            Ok("9 of 10 caught, 90 %; 5 do not compile"),
        );
        check(
            "too_few",
            r#"{"caught": 8, "timeout": 0, "missed": 1, "unviable": 0}"#,
            Err("8 of 9 caught, 88 %; 0 do not compile; at least 90 % must be"),
        );
        check("none", r#"{"caught": 0, "timeout": 0, "missed": 0, "unviable": 3}"#, Err("no mutant was built"));
        check("other", "{}", Err("outcomes.json has no count `caught`"));
    }
}

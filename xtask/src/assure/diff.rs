//! Part `diff`: the same question asked in two ways must be answered alike.

use super::{Check, Depth, Profile, Tally, tally};
use crate::shell;
use anyhow::Result;
use std::process::Command;

/// The checks of this part.
pub(super) const CHECKS: &[Check] = &[
    Check { name: "rules", shows: "a rule read in memory and as SQL decides alike for every row", run: rules },
    Check { name: "hidden", shows: "what a caller may not see changes no byte of an answer", run: hidden },
];

fn rules(profile: &Profile) -> Result<Tally> {
    let mut test = property(profile, "backstay-engine", "rule_equivalence");
    test.env("RULE_SEED", profile.seed.to_string());
    tally::counted(test.env("RULE_PAIRS", profile.pick("20000", "1000000")))
}

fn hidden(profile: &Profile) -> Result<Tally> {
    let mut test = property(profile, "backstay-edge", "non_interference");
    test.env("NI_SEED", profile.seed.to_string());
    tally::counted(test.env("NI_PAIRS", profile.pick("5000", "200000")))
}

/// A property test. The deep profile optimises it: the build takes minutes, and saves hours.
fn property(profile: &Profile, package: &str, name: &str) -> Command {
    let mut test = shell::command("cargo", &["test", "--quiet", "--package", package, "--test", name]);
    if profile.depth == Depth::Deep {
        test.arg("--release");
    }
    test.args(["--", "--nocapture"]);
    test
}

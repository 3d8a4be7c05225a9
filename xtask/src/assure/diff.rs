//! Part `diff`: the same question asked in two ways must be answered alike.

use super::{Check, Profile, Tally, tally};
use crate::shell;
use anyhow::Result;

/// The checks of this part.
pub(super) const CHECKS: &[Check] = &[
    Check { name: "rules", shows: "a rule read in memory and as SQL decides alike for every row", run: rules },
    Check { name: "hidden", shows: "what a caller may not see changes no byte of an answer", run: hidden },
];

fn rules(profile: &Profile) -> Result<Tally> {
    let mut test = shell::command("cargo", &["test", "--quiet", "-p", "backstay-engine", "--test", "rule_equivalence"]);
    test.args(["--", "--nocapture"]).env("RULE_SEED", profile.seed.to_string());
    tally::counted(test.env("RULE_PAIRS", profile.pick("20000", "1000000")))
}

fn hidden(profile: &Profile) -> Result<Tally> {
    let mut test = shell::command("cargo", &["test", "--quiet", "-p", "backstay-edge", "--test", "non_interference"]);
    test.args(["--", "--nocapture"]).env("NI_SEED", profile.seed.to_string());
    tally::counted(test.env("NI_PAIRS", profile.pick("5000", "200000")))
}

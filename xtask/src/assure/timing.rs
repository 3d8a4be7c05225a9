//! Part `timing`: whether the time of an answer tells known accounts from unknown ones.

use super::{Check, Profile, Tally, tally};
use crate::wire;
use anyhow::Result;
use std::time::Duration;

/// Requests of each kind.
const QUICK_PAIRS: u32 = 50;
const DEEP_PAIRS: u32 = 1_000;
const FILE_TIME_MAX: Duration = Duration::from_secs(3_600);

/// The checks of this part.
pub(super) const CHECKS: &[Check] = &[Check {
    name: "accounts",
    shows: "known and unknown accounts take equally long; judged in the deep profile only",
    run: accounts,
}];

fn accounts(profile: &Profile) -> Result<Tally> {
    let mut node = wire::suite_within("timing", "", FILE_TIME_MAX)?;
    node.env("BACKSTAY_TIMING_PAIRS", profile.pick(QUICK_PAIRS, DEEP_PAIRS).to_string());
    // Other work on a machine falsifies times, so the test command only reports them.
    if profile.pick(false, true) {
        node.env("BACKSTAY_TIMING_JUDGE", "1");
    }
    tally::counted(&mut node)
}

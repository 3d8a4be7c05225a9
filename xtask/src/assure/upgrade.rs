//! Part `upgrade`: from one schema to the next with data in place.

use super::{Check, Profile, Tally, tally};
use crate::shell;
use anyhow::Result;

/// The checks of this part.
pub(super) const CHECKS: &[Check] = &[Check {
    name: "kill",
    shows: "a migration cut at any statement leaves the old state, and the next start completes",
    run: kill,
}];

fn kill(_: &Profile) -> Result<Tally> {
    tally::counted(&mut shell::command("cargo", &["test", "--quiet", "-p", "backstay-engine", "--lib", "migrate::"]))
}

//! Part `upgrade`: from one program to the next, and from one schema to the next, with data in place.

mod frozen;
mod kill;

use super::{Check, Profile, Tally, tally};
use crate::shell;
use anyhow::Result;

/// The checks of this part.
pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "frozen",
        shows: "data folders of earlier programs open, answer, migrate; newer ones are refused",
        run: frozen::run,
    },
    Check { name: "random", shows: "random schemas, one after the other: what is not dropped survives", run: random },
    Check {
        name: "kill",
        shows: "kill -9 at the N-th call on the disk of a migration leaves the old state or the new one",
        run: kill::run,
    },
];

/// The engine's own tests of migrations: random ones, and a crash before each statement.
fn random(profile: &Profile) -> Result<Tally> {
    // As the test command builds them: of one crate alone, its dependencies would be built again with other features.
    let args = ["test", "--quiet", "--workspace", "--all-features", "--lib", "migrate::"];
    let mut tests = shell::command("cargo", &args);
    let (rounds, seed) = (profile.pick(40, 1_000).to_string(), profile.seed.to_string());
    tally::counted(tests.env("MIGRATIONS", rounds).env("MIGRATIONS_SEED", seed))
}

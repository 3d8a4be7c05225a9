//! Part `race`: what may happen once, tried many times at the same moment.

use super::{Check, Profile, Tally, tally};
use crate::shell::say;
use crate::wire::{self, On};
use anyhow::Result;
use std::time::Duration;

/// Rounds for each kind of secret, in files and on a server.
const QUICK_ROUNDS: (u64, u64) = (5, 1);
const DEEP_ROUNDS: (u64, u64) = (1_000, 200);
/// Longest time of a round of all kinds, on a machine with much else to do.
const ROUND_TIME_MAX: Duration = Duration::from_secs(120);

/// The checks of this part.
pub(super) const CHECKS: &[Check] = &[Check {
    name: "secrets",
    shows: "codes, links, refresh tokens, recovery codes: of 64 uses at once, one succeeds",
    run: secrets,
}];

fn secrets(profile: &Profile) -> Result<Tally> {
    let (in_files, on_server) = profile.pick(QUICK_ROUNDS, DEEP_ROUNDS);
    let mut tally = Tally::default();
    for on in On::ALL {
        let rounds = if on == On::Files { in_files } else { on_server };
        let limit = ROUND_TIME_MAX.saturating_mul(u32::try_from(rounds).unwrap_or(u32::MAX));
        say(&format!("on {}", on.name()));
        let mut node = wire::suite_within("race", "", limit)?;
        on.tell(&mut node)?;
        tally.add(tally::counted(node.env("BACKSTAY_RACE_ROUNDS", rounds.to_string()))?);
    }
    Ok(tally)
}

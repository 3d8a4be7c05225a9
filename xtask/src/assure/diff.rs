//! Part `diff`: the same question asked in two ways must be answered alike.

mod compare;
mod earlier;
mod explained;
mod grammar;
mod parts;
pub(crate) mod postgrest;
mod served;
mod stores;
mod tables;
mod writes;

use super::{Check, Depth, Profile, Tally, tally};
use crate::{services, shell};
use anyhow::Result;
use std::process::Command;
use std::time::{Duration, Instant};

/// Random requests of one comparison.
const QUICK: u64 = 10_000;
const DEEP: u64 = 1_000_000;

/// More requests of what is hidden than anybody has minutes for.
const HIDDEN_MOST: &str = "1000000000";

/// Longest that a quick comparison takes: a busy machine asks fewer requests, the same ones.
const QUICK_TIME: Duration = Duration::from_secs(50);

/// When a comparison that begins now ends at the latest.
fn until(profile: &Profile) -> Option<Instant> {
    let minutes = profile.minutes.map(|minutes| Duration::from_secs(minutes * 60));
    minutes.or(profile.pick(Some(QUICK_TIME), None)).map(|time| Instant::now() + time)
}

/// The checks of this part.
pub(super) const CHECKS: &[Check] = &[
    Check { name: "rules", shows: "a rule read in memory and as SQL decides alike for every row", run: rules },
    Check { name: "hidden", shows: "what a caller may not see changes no byte of an answer", run: hidden },
    Check { name: "sqlite", shows: "random requests are answered by SQLite as by PostgreSQL", run: stores::sqlite },
    Check { name: "mariadb", shows: "random requests are answered by MariaDB as by PostgreSQL", run: stores::mariadb },
    Check { name: "postgrest", shows: "random requests are answered as by PostgREST 12", run: postgrest::run },
];

fn rules(profile: &Profile) -> Result<Tally> {
    let mut test = property(profile, "rule_equivalence");
    test.env("RULE_SEED", profile.seed.to_string());
    tally::counted(test.env("RULE_PAIRS", profile.pick("20000", "1000000")))
}

/// On every database; the servers are asked a tenth of what SQLite is, unless minutes say how long.
fn hidden(profile: &Profile) -> Result<Tally> {
    let mut test = property(profile, "non_interference");
    for (variable, address) in [services::postgres()?, services::mysql()?] {
        test.env(variable, address);
    }
    test.env("NI_SEED", profile.seed.to_string());
    if let Some(minutes) = profile.minutes {
        test.env("NI_MINUTES", minutes.to_string()).env("NI_SERVER_PAIRS", HIDDEN_MOST).env("NI_PAIRS", HIDDEN_MOST);
    } else {
        test.env("NI_PAIRS", profile.pick("5000", "200000"));
    }
    tally::counted(&mut test)
}

/// A property test. The deep profile optimises it: the build takes minutes, and saves hours.
fn property(profile: &Profile, name: &str) -> Command {
    let mut test = shell::command("cargo", &["test", "--quiet", "--workspace", "--all-features", "--test", name]);
    if profile.depth == Depth::Deep {
        test.arg("--release");
    }
    test.args(["--", "--nocapture"]);
    test
}

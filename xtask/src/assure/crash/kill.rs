//! kill -9 under load: the server dies at a random moment, and every acknowledged request must be there after the restart.

use super::audit::{audit, start, whole};
use super::ledger::Ledger;
use super::writers::{Load, WRITERS};
use super::{Profile, Tally};
use crate::server::{self, Build};
use crate::shell::say;
use anyhow::{Result, ensure};
use std::path::Path;
use std::time::Duration;

/// Most of the processor's time that a start after a kill may take, in an unoptimised build. Other work on a machine does not count;
/// how long the start took by the clock is told.
const START_CPU_MAX: Duration = Duration::from_secs(5);
/// Kills of the deep profile.
const DEEP_KILLS: u64 = 200;
/// Acknowledged requests without which the deep profile means too little: a slow machine needs more kills for them.
const DEEP_ACKNOWLEDGED_MIN: u64 = 50_000;
const DEEP_KILLS_MAX: u64 = 600;

/// What the kills so far came to.
#[derive(Default)]
struct Seen {
    ledger: Ledger,
    slowest_start: Duration,
    costliest_start: Duration,
}

/// Kills the server again and again.
pub(super) fn run(profile: &Profile) -> Result<Tally> {
    let binary = server::build(Build::Tested)?;
    let data = server::scratch("kill")?;
    let (load, mut seen) = (Load::new(), Seen::default());
    let (mut random, mut tally) = (profile.random(1), Tally::default());
    for number in profile.rounds(50, DEEP_KILLS_MAX) {
        let is_enough = number >= DEEP_KILLS && seen.ledger.acknowledged > DEEP_ACKNOWLEDGED_MIN;
        if is_enough && profile.minutes.is_none() {
            break;
        }
        let life = Duration::from_millis(profile.pick(50, 300) + random.below(profile.pick(450, 1_200)));
        let outcome = one(&binary, &data, &load, life, &mut seen);
        let lost = outcome.is_err();
        tally.note_quietly(&format!("kill {number} after {life:?}"), outcome);
        if lost {
            // What was lost stays lost: every later round would only say it again.
            break;
        }
    }
    let (server, token) = start(&binary, &data, &[])?;
    let stored = audit(&server, &token, &seen.ledger, 1)?;
    drop(server);
    whole(&data)?;
    std::fs::remove_dir_all(&data)?;
    say(&format!(
        "{} requests acknowledged over {} kills by {WRITERS} writers ({} without an answer), {stored} rows stored, 0 lost, 0 torn; slowest start {} ms, costliest {} ms of the processor",
        seen.ledger.acknowledged,
        tally.passed,
        seen.ledger.unanswered,
        seen.slowest_start.as_millis(),
        seen.costliest_start.as_millis()
    ));
    ensure!(
        seen.ledger.acknowledged > profile.pick(tally.passed, DEEP_ACKNOWLEDGED_MIN) || profile.minutes.is_some(),
        "too few requests were acknowledged for the test to mean anything"
    );
    Ok(tally)
}

/// One life of the server, and the check of what it wrote.
fn one(binary: &Path, data: &Path, load: &Load, life: Duration, seen: &mut Seen) -> Result<()> {
    let from = load.next_id();
    let (mut server, token) = start(binary, data, &[])?;
    let (ledger, killed) = load.run(server.address, &token, || {
        std::thread::sleep(life);
        server.kill()
    });
    killed?;
    seen.ledger.merge(ledger.clone());
    let (server, token) = start(binary, data, &[])?;
    let started_in_cpu = server.cpu_time()?;
    seen.slowest_start = seen.slowest_start.max(server.started_in);
    seen.costliest_start = seen.costliest_start.max(started_in_cpu);
    audit(&server, &token, &ledger, from)?;
    ensure!(started_in_cpu < START_CPU_MAX, "the start took {started_in_cpu:?} of the processor");
    Ok(())
}

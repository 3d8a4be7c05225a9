//! Three times the load that a server with the default settings can bear, from a generator that does not slow down with it.
//! The server has one core and the generator the other, so that neither takes the other's time.

use super::open_loop::{self, Counts, Target};
use super::{Bench, memory};
use crate::assure::{Profile, Tally};
use crate::shell::{self, say};
use anyhow::{Result, bail, ensure};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// Share of the peak that must still be served at three times the load.
const GOODPUT_MIN: f64 = 0.8;
const TIMES: f64 = 3.0;
/// Rounds in which the share must be reached once, and soon enough: a busy machine takes time away from the one or the other.
/// Everything else must hold in each.
const ROUNDS: u64 = 3;
/// Least that the generator must have managed, in peaks, for the case to mean anything.
const OFFERED_MIN: f64 = 2.0;
/// Memory that the load may take, KiB.
const GROWTH_KIB_MAX: u64 = 256 * 1024;
/// Rows that the expensive read looks through.
const ROWS: u64 = 10_000;

/// A kind of request.
#[derive(Clone, Copy)]
struct Kind {
    name: &'static str,
    /// Connections that reach the peak.
    connections: u64,
    request: fn(u64) -> (&'static str, String, String),
}

/// Each costs many times what it costs to refuse it, so that a generator that is not optimised can send three times as many.
const DEAR: [Kind; 2] = [
    Kind {
        name: "transactions of ten inserts",
        connections: 64,
        request: |number| {
            let insert =
                |id| format!("{{\"method\":\"POST\",\"path\":\"/marks\",\"body\":{{\"id\":{id},\"note\":\"row\"}}}}");
            let operations: Vec<String> = (number * 10..(number + 1) * 10).map(insert).collect();
            ("POST", "/rest/v1/".to_owned(), format!("[{}]", operations.join(",")))
        },
    },
    Kind {
        name: "expensive reads",
        connections: 4,
        request: |number| ("GET", format!("/rest/v1/marks?note=ilike.*no-such-{number}*&select=id"), String::new()),
    },
];

/// Cost a few times what it costs to refuse them: only an optimised generator can send three times as many.
const CHEAP: [Kind; 2] = [
    Kind {
        name: "single inserts",
        connections: 64,
        request: |number| ("POST", "/rest/v1/marks".to_owned(), format!("{{\"id\":{number},\"note\":\"row\"}}")),
    },
    Kind {
        name: "reads by key",
        connections: 64,
        request: |number| ("GET", format!("/rest/v1/marks?id=eq.{}", number % ROWS), String::new()),
    },
];

/// Whether this generator is optimised.
const OPTIMISED: bool = !cfg!(debug_assertions);

/// The kinds that this generator can send enough of, each on a fresh server; and which ones those are.
pub(super) fn run(profile: &Profile) -> Result<Tally> {
    let time = Duration::from_secs(profile.pick(4, 60));
    let mut tally = Tally::default();
    let kinds = if OPTIMISED { [DEAR, CHEAP].concat() } else { DEAR.to_vec() };
    let names = |kinds: &[Kind]| kinds.iter().map(|kind| kind.name).collect::<Vec<_>>().join(", ");
    say(&format!("measured: {}", names(&kinds)));
    if !OPTIMISED {
        let command = "cargo run --release --package xtask -- assure load/overload";
        say(&format!("not measured, for lack of an optimised generator: {}; `{command}` does", names(&CHEAP)));
    }
    for kind in &kinds {
        let bench = Bench::start("overload", &[])?;
        pin(bench.server.pid(), "0");
        pin(std::process::id(), "1");
        let outcome = fill(&bench).and_then(|()| overload(&bench, kind, time));
        pin(std::process::id(), "0-1023");
        tally.note(kind.name, outcome);
    }
    Ok(tally)
}

/// Gives a process, all its threads, these cores. With one core, or without `taskset`, both share what there is.
fn pin(pid: u32, cores: &str) {
    let _ = shell::command("taskset", &["--all-tasks", "--cpu-list", "--pid", cores, &pid.to_string()]).output();
}

fn fill(bench: &Bench) -> Result<()> {
    let mut client = bench.client()?;
    for page in 0..ROWS / 10_000 {
        let rows: Vec<String> = (0..10_000)
            .map(|row| format!("{{\"id\":{},\"note\":\"a note of some words {row}\"}}", page * 10_000 + row))
            .collect();
        let reply = client.send("POST", "/rest/v1/marks", &format!("[{}]", rows.join(",")))?;
        ensure!(reply.status == 201, "{} {}", reply.status, reply.body);
    }
    Ok(())
}

/// What a round came to.
struct Round {
    share: f64,
    /// In peaks.
    offered: f64,
    /// Whether those served waited no longer than the server's bounds explain.
    waited: bool,
    figures: String,
}

/// Rounds until one of them serves enough.
fn overload(bench: &Bench, kind: &Kind, time: Duration) -> Result<String> {
    let mut seen = Vec::new();
    for number in 1..=ROUNDS {
        let round = round(bench, kind, (number * 1_000_000_000, time))?;
        let enough = round.share >= GOODPUT_MIN && round.offered >= OFFERED_MIN && round.waited;
        seen.push(round.figures);
        if enough {
            return Ok(seen.join("; then "));
        }
    }
    bail!("in no round enough was offered and served soon enough: {}", seen.join("; then "))
}

/// Peak, three times its rate, peak again, so that a noisy machine hits both alike.
fn round(bench: &Bench, kind: &Kind, (from, time): (u64, Duration)) -> Result<Round> {
    let target =
        |more| Target { address: bench.server.address, token: &bench.token, request: kind.request, from: from + more };
    open_loop::closed(&target(100_000_000), kind.connections, Duration::from_secs(1))?;
    let before = bench.memory()?;
    let first = peak(open_loop::closed(&target(200_000_000), kind.connections, time)?)?;
    // The rate is known only now; the machine may give less in a moment, which the second peak shows.
    let (mut over, most) = watched(bench.server.pid(), || open_loop::open(&target(300_000_000), first * TIMES, time))?;
    let second = peak(open_loop::closed(&target(400_000_000), kind.connections, time)?)?;
    let peak = first.midpoint(second);
    let share = over.goodput() / peak;
    let (p50, p99) = (over.percentile(50), over.percentile(99));
    let grown = most.saturating_sub(before);
    let figures = format!(
        "peak {first:.0} and {second:.0}/s, offered {:.0}/s, served {:.0}/s ({:.0} %), {} refused, {} not sent, p50 {} ms, p99 {} ms, {} MiB more",
        over.offered(),
        over.goodput(),
        share * 100.0,
        over.refused,
        over.unsent,
        p50.as_millis(),
        p99.as_millis(),
        grown / 1024
    );
    ensure!(
        over.wrongs == 0,
        "{} answers are wrong, the first: {}; {figures}",
        over.wrongs,
        over.wrong.unwrap_or_default()
    );
    ensure!(grown < GROWTH_KIB_MAX, "too much memory; {figures}");
    Ok(Round { share, offered: over.offered() / peak, waited: p99 <= longest(peak), figures })
}

fn peak(counts: Counts) -> Result<f64> {
    ensure!(
        counts.wrongs == 0,
        "at the peak {} answers are wrong, the first: {}",
        counts.wrongs,
        counts.wrong.unwrap_or_default()
    );
    ensure!(counts.good > 0, "nothing was answered in time, and {} requests later", counts.late);
    Ok(counts.goodput())
}

/// Longest that one in a hundred of those served may wait at this rate. The server lets them wait for half a second, or for 128 others:
/// four times as long, since the machine is shared, and at most until the generator gives up.
fn longest(per_second: f64) -> Duration {
    Duration::from_secs_f64((4.0 * (0.5 + 128.0 / per_second)).min(10.0))
}

/// Runs `work` and gives the most memory that the process had meanwhile, KiB.
fn watched<T>(pid: u32, work: impl FnOnce() -> Result<T>) -> Result<(T, u64)> {
    let (stop, most) = (AtomicBool::new(false), AtomicU64::new(0));
    let result = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                most.fetch_max(memory(pid).unwrap_or_default(), Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(50));
            }
        });
        let result = work();
        stop.store(true, Ordering::Relaxed);
        result
    });
    Ok((result?, most.load(Ordering::Relaxed)))
}

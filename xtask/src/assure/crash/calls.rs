//! The disk fails at the N-th call under load. After a failed sync nothing may be acknowledged and readiness must be red;
//! after any other failure the server must be in one of two states, and say in which; a restart must find all that was acknowledged.

use super::audit::{audit, start, whole};
use super::ledger::{Ledger, Mark, batch_number};
use super::writers::Load;
use super::{Profile, Tally};
use crate::http::Client;
use crate::server::{self, Build, Refused, Server};
use crate::shell::{self, say};
use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Longest load of one case: a call that was not reached by then is reported as such.
const LOAD_MAX: Duration = Duration::from_millis(4_000);
/// Load that goes on after the fault, in which nothing may be acknowledged.
const AFTER: Duration = Duration::from_millis(100);
/// Cases of the quick profile, and the faults it takes them from: the first of the table.
const QUICK_CASES: usize = 16;
const QUICK_FAULTS: usize = 8;
/// A row that no writer uses.
const PROBE: i64 = 1_000_000_000;

/// How the server must be once a call has failed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    /// Not ready, no writes until the restart.
    Red,
    /// Ready and writing again.
    Healed,
    /// Either, but what it says must be what it does.
    Either,
}

/// A way in which a call fails.
struct Fault {
    /// A word of `fault.c`: which calls are counted.
    call: &'static str,
    error: &'static str,
    errno: &'static str,
    /// Whether the calls after it work again.
    once: bool,
    /// Highest call that is made to fail: a load makes no more of them.
    calls: u64,
    then: Then,
}

const fn fault(call: &'static str, error: (&'static str, &'static str), once: bool, calls: u64, then: Then) -> Fault {
    Fault { call, error: error.0, errno: error.1, once, calls, then }
}

const EIO: (&str, &str) = ("EIO", "5");
const ENOSPC: (&str, &str) = ("ENOSPC", "28");

/// `sync` is fsync and fdatasync, `write` is write and pwrite64. SQLite shortens a file when it opens and closes one; nothing renames.
const FAULTS: &[Fault] = &[
    fault("sync", EIO, false, 300, Then::Red),
    fault("sync", EIO, true, 300, Then::Red),
    fault("sync", ENOSPC, true, 300, Then::Red),
    fault("write", EIO, true, 300, Then::Red),
    fault("write", EIO, false, 300, Then::Red),
    fault("write", ENOSPC, true, 300, Then::Healed),
    fault("truncate", EIO, true, 3, Then::Either),
    fault("truncate", ENOSPC, true, 3, Then::Either),
    fault("rename", EIO, true, 1, Then::Either),
    fault("rename", ENOSPC, true, 1, Then::Either),
];

/// What became of the cases.
#[derive(Default)]
struct Seen {
    struck: u64,
    unreached: u64,
    refused_start: u64,
    acknowledged: u64,
}

/// What every case needs.
struct Bench {
    binary: PathBuf,
    shim: PathBuf,
    dir: PathBuf,
}

/// Runs every fault at every call (deep), or at sampled ones.
pub(super) fn run(profile: &Profile) -> Result<Tally> {
    let bench = bench()?;
    let (mut seen, mut tally) = (Seen::default(), Tally::default());
    for (fault, at) in cases(profile) {
        let name = format!("{} {} at {at}{}", fault.call, fault.error, if fault.once { "" } else { " and after" });
        tally.note_quietly(&name, one(fault, at, &bench, &mut seen));
    }
    say(&format!(
        "{} faults struck ({} of them while it started, which it refused by name), {} calls were not reached, {} requests acknowledged, 0 after the fault",
        seen.struck, seen.refused_start, seen.unreached, seen.acknowledged
    ));
    let _ = std::fs::remove_dir_all(&bench.dir);
    ensure!(seen.struck > seen.unreached, "too few faults were reached for the test to mean anything");
    Ok(tally)
}

fn cases(profile: &Profile) -> Vec<(&'static Fault, u64)> {
    let every = || FAULTS.iter().flat_map(|fault| (1..=fault.calls).map(move |at| (fault, at)));
    let mut random = profile.random(2);
    let sampled = (0..QUICK_CASES).filter_map(|number| {
        let fault = FAULTS.get(number % QUICK_FAULTS)?;
        Some((fault, 1 + random.below(fault.calls)))
    });
    profile.pick(sampled.collect(), every().collect())
}

fn bench() -> Result<Bench> {
    let binary = server::build(Build::Tested)?;
    shell::ensure("cc", "gcc")?;
    let dir = server::scratch("calls")?;
    let shim = dir.join("fault.so");
    let source = shell::root().join("xtask/fixtures/fault.c");
    let mut cc = shell::command("cc", &["-shared", "-fPIC", "-O1", "-o"]);
    shell::run_quietly(cc.arg(&shim).arg(&source).arg("-ldl"))?;
    Ok(Bench { binary, shim, dir })
}

fn one(fault: &Fault, at: u64, bench: &Bench, seen: &mut Seen) -> Result<()> {
    let data = bench.dir.join("data");
    let _ = std::fs::remove_dir_all(&data);
    std::fs::create_dir_all(&data)?;
    let log = data.join("fault.txt");
    let (shim, log_text, at) = (bench.shim.to_string_lossy(), log.to_string_lossy(), at.to_string());
    // Only the database and its log: the shim's own file and the keys are left alone.
    let mut env = vec![
        ("LD_PRELOAD", &*shim),
        ("FAULT_KIND", fault.call),
        ("FAULT_ERRNO", fault.errno),
        ("FAULT_AT", &*at),
        ("FAULT_NAME", ".db"),
        ("FAULT_LOG", &*log_text),
    ];
    if fault.once {
        env.push(("FAULT_ONCE", "1"));
    }
    let ledger = match start(&bench.binary, &data, &env) {
        Ok((mut server, token)) => {
            let ledger = life(fault, &server, &token, &log, seen)?;
            server.kill()?;
            ledger
        }
        Err(error) => {
            ensure!(log.exists(), "the server did not start, without a fault: {error:#}");
            let refused = error.downcast_ref::<Refused>().context("the server hung")?;
            ensure!(refused.said.contains("error:") && !refused.said.contains("panicked"), "{refused}");
            seen.struck += 1;
            seen.refused_start += 1;
            Ledger::default()
        }
    };
    let (server, token) = start(&bench.binary, &data, &[]).context("after the fault")?;
    audit(&server, &token, &ledger, 1)?;
    drop(server);
    whole(&data)
}

/// Load until the fault has struck and a little longer, and what the server says of itself then.
fn life(fault: &Fault, server: &Server, token: &str, log: &Path, seen: &mut Seen) -> Result<Ledger> {
    let (ledger, ()) = Load::until_failed(log).run(server.address, token, || {
        let begin = Instant::now();
        while begin.elapsed() < LOAD_MAX && !log.exists() {
            std::thread::sleep(Duration::from_millis(2));
        }
        std::thread::sleep(AFTER);
    });
    seen.acknowledged += ledger.acknowledged;
    if log.exists() {
        seen.struck += 1;
        // The lock holds nothing of a user's: a server whose disk is full starts without its text.
        let then = if std::fs::read_to_string(log)?.trim_end().ends_with(".lock") { Then::Healed } else { fault.then };
        judge(then, server, token, ledger.late)?;
    } else {
        seen.unreached += 1;
    }
    Ok(ledger)
}

/// Whether the server behaves as promised once the fault has struck.
fn judge(then: Then, server: &Server, token: &str, late: u64) -> Result<()> {
    let ask = |method, path: &str, body: &str| Client::connect(server.address, token)?.send(method, path, body);
    let mark = Mark { id: PROBE, batch: batch_number(PROBE, 1), version: 1 };
    let ready = ask("GET", "/health/ready", "")?;
    let read = ask("GET", "/rest/v1/marks?limit=1", "")?;
    let write = ask("POST", "/rest/v1/marks", &mark.json().to_string())?;
    ensure!(read.status == 200, "reads stopped: {} {}", read.status, read.body);
    let is_red = match then {
        Then::Red => true,
        Then::Healed => false,
        Then::Either => ready.status == 503,
    };
    if is_red {
        ensure!(late == 0, "{late} requests were acknowledged after the fault");
        ensure!(ready.status == 503, "readiness says {} after the fault", ready.status);
        ensure!(write.status == 503, "a write was answered with {} {}", write.status, write.body);
    } else {
        ensure!(ready.status == 200, "readiness says {} {}", ready.status, ready.body);
        ensure!(write.status == 201, "a write was answered with {} {}", write.status, write.body);
    }
    Ok(())
}

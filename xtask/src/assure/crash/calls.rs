//! The disk fails at the N-th call under load.
//! Nothing may be acknowledged after a failed sync, readiness turns red, and no acknowledged row is gone after the restart.

use super::{Profile, Tally};
use crate::http::Client;
use crate::server::{self, Build, Server};
use crate::shell::{self, say};
use anyhow::{Context, Result, ensure};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant};

const WRITERS: usize = 8;
/// Longest load of one case: a call that was not reached by then is reported as such.
const LOAD_MAX: Duration = Duration::from_millis(2_500);
/// Load that goes on after the fault, in which nothing may be acknowledged.
const AFTER: Duration = Duration::from_millis(150);
const CALLS_MAX: u64 = 300;
const EIO: &str = "5";
const ENOSPC: &str = "28";

/// What fails and how.
struct Case {
    kind: &'static str,
    errno: &'static str,
    once: bool,
    at: u64,
}

/// What became of a case.
#[derive(Default)]
struct Seen {
    fired: u32,
    unreached: u32,
    refused_start: u32,
    acknowledged: usize,
}

/// Runs faults at sampled calls.
pub(super) fn run(profile: &Profile) -> Result<Tally> {
    let binary = server::build(Build::Debug)?;
    let dir = server::scratch("fault")?;
    let shim = dir.join("fault.so");
    shell::ensure("cc", "gcc")?;
    let source = shell::root().join("xtask/fixtures/fault.c");
    let mut cc = shell::command("cc", &["-shared", "-fPIC", "-O1", "-o"]);
    shell::run_quietly(cc.arg(&shim).arg(&source).arg("-ldl"))?;
    let mut random = profile.random(2);
    let mut seen = Seen::default();
    let mut tally = Tally::default();
    for number in profile.rounds(12, 240) {
        let at = 1 + random.below(CALLS_MAX);
        let (kind, errno, once) =
            [("sync", EIO, false), ("sync", EIO, true), ("write", EIO, true), ("write", ENOSPC, true)]
                [usize::try_from(number % 4).unwrap_or_default()];
        let case = Case { kind, errno, once, at };
        let data = dir.join(format!("case{number}"));
        let name = format!("{kind} {at} errno {errno}{}", if once { " once" } else { "" });
        tally.note_quietly(&name, one(&case, &binary, &shim, &data, &mut seen));
        let _ = std::fs::remove_dir_all(&data);
    }
    say(&format!(
        "{} faults struck, {} were not reached, {} refused to start, {} rows acknowledged",
        seen.fired, seen.unreached, seen.refused_start, seen.acknowledged
    ));
    let _ = std::fs::remove_dir_all(&dir);
    ensure!(seen.fired > seen.unreached, "too few faults were reached for the test to mean anything");
    Ok(tally)
}

fn start(binary: &Path, data: &Path, env: &[(&str, &str)]) -> Result<Server> {
    let address = server::free_address()?;
    let schema = shell::root().join("xtask/fixtures/crash.graphql");
    let listen = address.to_string();
    let args = ["serve", "--schema", &schema.to_string_lossy(), "--data", &data.to_string_lossy(), "--listen", &listen];
    Server::start(binary, &args, address, env)
}

fn one(case: &Case, binary: &Path, shim: &Path, data: &Path, seen: &mut Seen) -> Result<()> {
    std::fs::create_dir_all(data)?;
    let log = data.join("fault.txt");
    let (shim, log_text, at) = (shim.to_string_lossy(), log.to_string_lossy(), case.at.to_string());
    // Only the database and its log: the shim's own file and the keys are left alone.
    let mut env = vec![
        ("LD_PRELOAD", &*shim),
        ("FAULT_KIND", case.kind),
        ("FAULT_ERRNO", case.errno),
        ("FAULT_AT", &*at),
        ("FAULT_NAME", ".db"),
        ("FAULT_LOG", &*log_text),
    ];
    if case.once {
        env.push(("FAULT_ONCE", "1"));
    }
    let Ok(mut server) = start(binary, data, &env) else {
        ensure!(log.exists(), "the server did not start, without a fault");
        seen.refused_start += 1;
        seen.fired += 1;
        return start(binary, data, &[]).map(drop).context("after a fault while it started");
    };
    let token = server::service_key(binary, data)?;
    let (acknowledged, after) = load(server.address, &token, &log);
    seen.acknowledged += acknowledged.len();
    let fired = log.exists();
    if fired {
        seen.fired += 1;
        judge(case, server.address, &token, after)?;
    } else {
        seen.unreached += 1;
    }
    server.kill()?;
    let server = start(binary, data, &[]).context("after the fault")?;
    let stored = stored(server.address, &token)?;
    let lost: Vec<_> = acknowledged.difference(&stored).take(5).collect();
    ensure!(lost.is_empty(), "acknowledged rows are gone, the first of them {lost:?}");
    Ok(())
}

/// Whether the server behaves as promised once the fault has struck.
fn judge(case: &Case, address: SocketAddr, token: &str, after: usize) -> Result<()> {
    let ready = Client::connect(address, token)?.send("GET", "/health/ready", "")?;
    let read = Client::connect(address, token)?.send("GET", "/rest/v1/marks?limit=1", "")?;
    let write =
        Client::connect(address, token)?.send("POST", "/rest/v1/marks", "{\"id\":9000000,\"note\":\"row 9000000\"}")?;
    ensure!(read.status == 200, "reads stopped: {} {}", read.status, read.body);
    if case.errno == ENOSPC {
        ensure!(
            ready.status == 200 && write.status == 201,
            "no healing: ready {}, write {} {}",
            ready.status,
            write.status,
            write.body
        );
        return Ok(());
    }
    ensure!(after == 0, "{after} rows were acknowledged after the fault");
    ensure!(ready.status == 503, "readiness says {} after an I/O error", ready.status);
    ensure!(write.status == 503, "a write was answered with {} {}", write.status, write.body);
    Ok(())
}

/// Writes until the fault has struck and a little longer. Gives the acknowledged ids, and how many of them were asked for after it.
fn load(address: SocketAddr, token: &str, log: &Path) -> (BTreeSet<i64>, usize) {
    let (next, stop) = (AtomicI64::new(1), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS).map(|_| scope.spawn(|| write(address, token, &next, &stop, log))).collect();
        let begin = Instant::now();
        while begin.elapsed() < LOAD_MAX && !log.exists() {
            std::thread::sleep(Duration::from_millis(2));
        }
        std::thread::sleep(AFTER);
        stop.store(true, Ordering::Relaxed);
        let (mut acknowledged, mut after) = (BTreeSet::new(), 0);
        for writer in writers {
            let (ids, late) = writer.join().unwrap_or_default();
            acknowledged.extend(ids);
            after += late;
        }
        (acknowledged, after)
    })
}

fn write(address: SocketAddr, token: &str, next: &AtomicI64, stop: &AtomicBool, log: &Path) -> (Vec<i64>, usize) {
    let (mut acknowledged, mut after) = (Vec::new(), 0);
    let Ok(mut client) = Client::connect(address, token) else { return (acknowledged, after) };
    while !stop.load(Ordering::Relaxed) {
        let id = next.fetch_add(1, Ordering::Relaxed);
        let struck = log.exists();
        match client.send("POST", "/rest/v1/marks", &format!("{{\"id\":{id},\"note\":\"row {id}\"}}")) {
            Ok(reply) if reply.status == 201 => {
                acknowledged.push(id);
                after += usize::from(struck);
            }
            Ok(_) => {}
            Err(_) => break,
        }
    }
    (acknowledged, after)
}

/// Every id stored; fails when a row is not what was written.
fn stored(address: SocketAddr, token: &str) -> Result<BTreeSet<i64>> {
    let mut client = Client::connect(address, token)?;
    let (mut stored, mut after) = (BTreeSet::new(), 0);
    loop {
        let reply = client.send("GET", &format!("/rest/v1/marks?id=gt.{after}&order=id&limit=1000"), "")?;
        ensure!(reply.status == 200, "reading back: {} {}", reply.status, reply.body);
        let rows: Vec<serde_json::Value> = serde_json::from_str(&reply.body)?;
        let Some(last) = rows.last().and_then(|row| row.get("id")).and_then(serde_json::Value::as_i64) else { break };
        for row in rows {
            let id = row.get("id").and_then(serde_json::Value::as_i64).context("a row without an id")?;
            let note = row.get("note").and_then(serde_json::Value::as_str);
            ensure!(note == Some(format!("row {id}").as_str()), "row {id} is damaged: {note:?}");
            stored.insert(id);
        }
        after = last;
    }
    Ok(stored)
}

//! Connections in number: slow ones, by slowhttptest, and idle ones.

use super::{Bench, alive};
use crate::assure::{Profile, Tally};
use crate::shell;
use anyhow::{Context, Result, ensure};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// Kept-alive connections that do nothing.
const IDLE: usize = 10_000;
/// Memory that idle connections may take in an unoptimised build, KiB: 48 KiB each.
const IDLE_KIB_MAX: u64 = 480 * 1024;

/// slowhttptest's modes in a row.
pub(super) fn slow(profile: &Profile) -> Result<Tally> {
    shell::ensure("slowhttptest", "slowhttptest")?;
    let bench = Bench::start("slow", &[])?;
    let seconds = profile.pick(4, 120);
    let mut tally = Tally::default();
    for (mode, name) in [("-H", "slow head"), ("-B", "slow body"), ("-R", "range"), ("-X", "slow read")] {
        tally.note(name, slowly(&bench, mode, seconds));
    }
    Ok(tally)
}

/// One mode, while others ask for the health.
fn slowly(bench: &Bench, mode: &str, seconds: u64) -> Result<String> {
    let address = bench.server.address;
    let (url, seconds_text) = (format!("http://{address}/rest/v1/marks"), seconds.to_string());
    let args = [mode, "-c", "500", "-r", "200", "-i", "2", "-l", &seconds_text, "-x", "24", "-p", "3", "-u", &url];
    let mut command = shell::command("slowhttptest", &args);
    let mut child = command.stdout(Stdio::null()).spawn().context("cannot start slowhttptest")?;
    let (begin, mut worst, mut probes) = (Instant::now(), Duration::ZERO, 0);
    let mut outcome = Ok(());
    // It ends by itself; twice its time is a bound in case it does not.
    while child.try_wait()?.is_none() && begin.elapsed() < Duration::from_secs(seconds * 2 + 5) {
        match alive(address) {
            Ok(took) => worst = worst.max(took),
            Err(error) => outcome = Err(error),
        }
        probes += 1;
        std::thread::sleep(Duration::from_millis(100));
    }
    let _ = child.kill();
    let _ = child.wait();
    outcome?;
    ensure!(probes > 5, "slowhttptest ended at once");
    let memory = bench.memory()? / 1024;
    Ok(format!("500 connections, {probes} health checks, slowest {} ms, {memory} MiB resident", worst.as_millis()))
}

/// Connections that ask once and then say nothing.
pub(super) fn idle(_: &Profile) -> Result<Tally> {
    let bench = Bench::start("idle", &[])?;
    let mut tally = Tally::default();
    tally.note("idle connections", held(&bench));
    Ok(tally)
}

fn held(bench: &Bench) -> Result<String> {
    let (before, begin) = (bench.memory()?, Instant::now());
    let mut held = Vec::with_capacity(IDLE);
    // One place is left for the health check: the server's own limit is as high.
    while held.len() + 1 < IDLE {
        let mut stream = TcpStream::connect(bench.server.address)?;
        stream.write_all(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
        let mut answer = [0_u8; 12];
        stream.read_exact(&mut answer).with_context(|| format!("connection {}", held.len()))?;
        ensure!(answer.ends_with(b"200"), "connection {} got {}", held.len(), String::from_utf8_lossy(&answer));
        held.push(stream);
    }
    let opened = begin.elapsed();
    let taken = bench.memory()?.saturating_sub(before);
    let took = alive(bench.server.address)?;
    ensure!(taken < IDLE_KIB_MAX, "{taken} KiB for {} connections", held.len());
    Ok(format!(
        "{} opened in {:.1} s, {taken} KiB more ({before} KiB before), health check {} ms",
        held.len(),
        opened.as_secs_f32(),
        took.as_millis()
    ))
}

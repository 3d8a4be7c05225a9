//! Part `load`: more than the server can do, and clients that do not play fair. It must go on serving the others, in bounded memory.

use super::{Check, Profile, Tally};
use crate::http::Client;
use crate::server::{self, Build, Server};
use crate::shell;
use anyhow::{Context, Result, ensure};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

/// Kept-alive connections that do nothing.
const IDLE: usize = 10_000;
/// Memory that idle connections may take in an unoptimised build, KiB: 48 KiB each.
const IDLE_KIB_MAX: u64 = 480 * 1024;
/// Memory that one bad request may leave behind, KiB.
const BOMB_KIB_MAX: u64 = 64 * 1024;
/// Share of the peak that must still be served at three times the load, percent.
const GOODPUT_PERCENT_MIN: u64 = 80;
/// Connections that reach the peak.
const PEAK_CONNECTIONS: u64 = 64;
const DEEP: usize = 1_000_000;
/// Seconds of each timed case.
const QUICK_SECONDS: u64 = 4;
const DEEP_SECONDS: u64 = 60;

/// The checks of this part.
pub(super) const CHECKS: &[Check] = &[Check {
    name: "clients",
    shows: "overload, bombs, slow clients and idle connections; memory is bounded",
    run: clients,
}];

/// Runs every case in a row against one server.
fn clients(profile: &Profile) -> Result<Tally> {
    let seconds = profile.pick(QUICK_SECONDS, DEEP_SECONDS);
    let binary = server::build(Build::Debug)?;
    let data = server::scratch("load")?;
    shell::ensure("wrk", "wrk")?;
    shell::ensure("slowhttptest", "slowhttptest")?;
    // Ten thousand connections need as many files, here and in the server, which takes over our limit.
    let own = std::process::id().to_string();
    // Where that is not allowed, the limit may be high enough as it is; if not, the case says which connection failed.
    let _ = shell::command("prlimit", &["--pid", &own, "--nofile=20000:20000"]).output();
    let schema = shell::root().join("xtask/fixtures/marks.graphql");
    let address = server::free_address()?;
    let listen = address.to_string();
    let args = ["serve", "--schema", &schema.to_string_lossy(), "--data", &data.to_string_lossy(), "--listen", &listen];
    let server = Server::start(&binary, &args, address, &[])?;
    let token = server::service_key(&binary, &data)?;
    let mut checked = Tally::default();
    checked.note("overload", overload(&server, &token, seconds));
    checked.note("body announced too large", bomb(&server, &token, "Content-Length: 1000000000000\r\n", b"[", 1));
    checked.note("endless chunked body", bomb(&server, &token, "Transfer-Encoding: chunked\r\n", CHUNK, 4_000));
    checked.note(
        "compressed body",
        bomb(&server, &token, "Content-Encoding: gzip\r\nContent-Length: 20\r\n", &[0x1f; 20], 1),
    );
    let deep = format!("Content-Length: {DEEP}\r\n");
    checked.note("deep JSON", bomb(&server, &token, &deep, "[".repeat(DEEP).as_bytes(), 1));
    for (mode, name) in [("-H", "slow head"), ("-B", "slow body"), ("-R", "range"), ("-X", "slow read")] {
        checked.note(name, slow(&server, mode, seconds));
    }
    checked.note("idle connections", idle(&server));
    drop(server);
    let _ = std::fs::remove_dir_all(&data);
    Ok(checked)
}

/// A chunk of 4 KiB of JSON that never ends.
const CHUNK: &[u8] = &{
    let mut chunk = [b' '; 4 + 2 + 4096 + 2];
    let head = *b"1000\r\n";
    let mut at = 0;
    while at < head.len() {
        chunk[at] = head[at];
        at += 1;
    }
    chunk[4102] = b'\r';
    chunk[4103] = b'\n';
    chunk
};

/// Resident memory of the server, KiB.
fn memory(server: &Server) -> Result<u64> {
    let status = std::fs::read_to_string(Path::new("/proc").join(server.pid().to_string()).join("status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

/// Sends a bad body; the answer must be a refusal, and the server must live on without the memory.
fn bomb(server: &Server, token: &str, headers: &str, piece: &[u8], times: usize) -> Result<String> {
    let before = memory(server)?;
    let mut stream = TcpStream::connect(server.address)?;
    stream.set_read_timeout(Some(Duration::from_secs(15)))?;
    stream.set_write_timeout(Some(Duration::from_secs(15)))?;
    let head = format!(
        "POST /rest/v1/marks HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n{headers}\r\n"
    );
    stream.write_all(head.as_bytes())?;
    // A server that has seen enough closes, which ends the writing.
    let sent = (0..times).take_while(|_| stream.write_all(piece).is_ok()).count();
    let mut answer = [0_u8; 12];
    let status = match stream.read_exact(&mut answer) {
        Ok(()) => String::from_utf8_lossy(&answer[9..]).into_owned(),
        Err(_) => "cut".to_owned(),
    };
    ensure!(status.starts_with('4') || status == "cut", "answered with {status}");
    let taken = memory(server)?.saturating_sub(before);
    ensure!(taken < BOMB_KIB_MAX, "{taken} KiB were taken");
    alive(server.address)?;
    Ok(format!("{status} after {} bytes, {taken} KiB more", sent.saturating_mul(piece.len())))
}

/// The server answers within a second.
fn alive(address: SocketAddr) -> Result<Duration> {
    let begin = Instant::now();
    let reply = Client::connect(address, "")?.send("GET", "/health/live", "")?;
    ensure!(reply.status == 200, "liveness says {}", reply.status);
    ensure!(begin.elapsed() < Duration::from_secs(1), "a health check took {:?}", begin.elapsed());
    Ok(begin.elapsed())
}

/// One of slowhttptest's modes, while others ask for the health.
fn slow(server: &Server, mode: &str, seconds: u64) -> Result<String> {
    let url = format!("http://{}/rest/v1/marks", server.address);
    let seconds_text = seconds.to_string();
    let args = [mode, "-c", "500", "-r", "200", "-i", "2", "-l", &seconds_text, "-x", "24", "-p", "3", "-u", &url];
    let mut command = shell::command("slowhttptest", &args);
    let mut child = command.stdout(std::process::Stdio::null()).spawn().context("cannot start slowhttptest")?;
    let (begin, mut worst, mut probes) = (Instant::now(), Duration::ZERO, 0);
    let mut outcome = Ok(());
    // It ends by itself; twice its time is a bound in case it does not.
    while child.try_wait()?.is_none() && begin.elapsed() < Duration::from_secs(seconds * 2 + 5) {
        match alive(server.address) {
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
    Ok(format!(
        "500 connections, {probes} health checks, slowest {} ms, RSS {} MiB",
        worst.as_millis(),
        memory(server)? / 1024
    ))
}

/// Connections that ask once and then say nothing.
fn idle(server: &Server) -> Result<String> {
    let before = memory(server)?;
    let begin = Instant::now();
    let mut held = Vec::with_capacity(IDLE);
    // One place is left for the health check: the server's own limit is as high.
    while held.len() + 1 < IDLE {
        let mut stream = TcpStream::connect(server.address)?;
        stream.write_all(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
        let mut answer = [0_u8; 12];
        stream.read_exact(&mut answer).with_context(|| format!("connection {}", held.len()))?;
        ensure!(answer.ends_with(b"200"), "connection {} got {}", held.len(), String::from_utf8_lossy(&answer));
        held.push(stream);
    }
    let opened = begin.elapsed();
    let taken = memory(server)?.saturating_sub(before);
    let took = alive(server.address)?;
    ensure!(taken < IDLE_KIB_MAX, "{taken} KiB for {} connections", held.len());
    let count = held.len();
    drop(held);
    Ok(format!(
        "{count} opened in {:.1} s, {taken} KiB more ({} KiB before), health check {} ms",
        opened.as_secs_f32(),
        before,
        took.as_millis()
    ))
}

/// What wrk counted.
struct Counts {
    good: u64,
    refused: u64,
    bad: u64,
    silent: u64,
    timeouts: u64,
    micros: u64,
}

impl Counts {
    fn per_second(&self) -> u64 {
        self.good.saturating_mul(1_000_000) / self.micros.max(1)
    }
}

fn wrk(server: &Server, token: &str, connections: u64, seconds: u64, from: u64) -> Result<Counts> {
    let script = shell::root().join("xtask/fixtures/overload.lua");
    let url = format!("http://{}", server.address);
    let (connections, duration, from) = (format!("-c{connections}"), format!("-d{seconds}s"), from.to_string());
    let args =
        ["-t1", &connections, &duration, "--timeout", "10s", "-s", &script.to_string_lossy(), &url, "--", token, &from];
    let output = shell::command("wrk", &args).output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line =
        text.lines().find_map(|line| line.strip_prefix("COUNTS ")).with_context(|| format!("wrk said {text}"))?;
    let numbers: Vec<u64> = line.split(' ').filter_map(|word| word.parse().ok()).collect();
    let [good, refused, bad, silent, timeouts, micros] = numbers[..] else { anyhow::bail!("wrk counted {line}") };
    Ok(Counts { good, refused, bad, silent, timeouts, micros })
}

/// Peak, three times its connections, peak again, so that a noisy machine hits both alike.
fn overload(server: &Server, token: &str, seconds: u64) -> Result<String> {
    wrk(server, token, PEAK_CONNECTIONS, 1, 100_000_000)?;
    let first = wrk(server, token, PEAK_CONNECTIONS, seconds, 200_000_000)?;
    let over = wrk(server, token, PEAK_CONNECTIONS * 3, seconds, 300_000_000)?;
    let second = wrk(server, token, PEAK_CONNECTIONS, seconds, 400_000_000)?;
    let peak = first.per_second().midpoint(second.per_second());
    let share = over.per_second() * 100 / peak.max(1);
    ensure!(over.bad == 0 && over.timeouts == 0, "{} other answers, {} time-outs", over.bad, over.timeouts);
    ensure!(over.silent == 0, "{} refusals without Retry-After", over.silent);
    ensure!(share >= GOODPUT_PERCENT_MIN, "{share} % of the peak of {peak} inserts a second");
    Ok(format!("peak {peak} inserts/s, at three times {} ({share} %), {} refused", over.per_second(), over.refused))
}

//! Clients that ask for large answers and do not take them: the others are served, memory has a bound, and they are cut in the end.

use super::{Bench, alive};
use crate::assure::{Profile, Tally};
use anyhow::{Result, ensure};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// Rows of the answer, and bytes of each: about 8 MB together.
const ROWS: usize = 1_000;
const ROW_BYTES: usize = 8_000;
const READERS: usize = 48;
/// Memory that all of them may take together, KiB: below what their answers have.
const TAKEN_KIB_MAX: u64 = 320 * 1024;
/// The server's time for a request: also how long it waits for a client that takes nothing.
const PATIENCE: &str = "10s";

/// Asks, does not read, and watches.
pub(super) fn run(_: &Profile) -> Result<Tally> {
    let bench = Bench::start("readers", &[("BACKSTAY_SERVER__REQUEST_TIMEOUT", PATIENCE)])?;
    let note = "x".repeat(ROW_BYTES);
    let rows: Vec<String> = (0..ROWS).map(|id| format!("{{\"id\":{id},\"note\":\"{note}\"}}")).collect();
    let reply = bench.client()?.send("POST", "/rest/v1/marks", &format!("[{}]", rows.join(",")))?;
    ensure!(reply.status == 201, "the rows were answered with {} {}", reply.status, reply.body);
    let mut tally = Tally::default();
    let before = bench.memory()?;
    let mut held = (0..READERS).map(|_| narrow(bench.server.address)).collect::<Result<Vec<_>>>()?;
    let head =
        format!("GET /rest/v1/marks HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\r\n", bench.token);
    for stream in &mut held {
        stream.write_all(head.as_bytes())?;
    }
    tally.note("others are served, memory is bounded", watched(&bench, before, &held));
    tally.note("they are cut, or told to come again", cut(&mut held));
    tally.note("their memory is given back", given_back(&bench, before));
    Ok(tally)
}

/// A connection that takes in 4 KiB: by itself the system would keep the whole answer for a client that does not read it.
fn narrow(address: SocketAddr) -> Result<TcpStream> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4()?;
        socket.set_recv_buffer_size(4096)?;
        let stream = socket.connect(address).await?.into_std()?;
        stream.set_nonblocking(false)?;
        Ok(stream)
    })
}

/// Health checks and the memory, until each has been answered or refused and the server's patience is over.
fn watched(bench: &Bench, before: u64, held: &[TcpStream]) -> Result<String> {
    let (begin, mut worst, mut most) = (Instant::now(), Duration::ZERO, 0);
    let mut all_began = None;
    while all_began.is_none_or(|at: Instant| at.elapsed() < Duration::from_secs(13)) {
        ensure!(begin.elapsed() < Duration::from_secs(120), "some got no answer within two minutes");
        if all_began.is_none() && began(held)? {
            all_began = Some(Instant::now());
        }
        worst = worst.max(alive(bench.server.address)?);
        most = most.max(bench.memory()?.saturating_sub(before));
        std::thread::sleep(Duration::from_millis(50));
    }
    ensure!(most < TAKEN_KIB_MAX, "{READERS} readers took {} MiB", most / 1024);
    Ok(format!(
        "{READERS} readers of 8 MB took {} MiB at most, slowest health check {} ms",
        most / 1024,
        worst.as_millis()
    ))
}

/// Whether the first byte of an answer, or the end, has come to each.
fn began(held: &[TcpStream]) -> Result<bool> {
    for stream in held {
        stream.set_nonblocking(true)?;
        let peeked = stream.peek(&mut [0]);
        stream.set_nonblocking(false)?;
        if peeked.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What each of them has got in the end: a refusal, or a part of its answer.
fn cut(held: &mut [TcpStream]) -> Result<String> {
    let (mut refused, mut cut) = (0, 0);
    for stream in held {
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        let mut got = Vec::new();
        // A refused connection stays open, so reading ends by the time-out; a cut one by its end or a reset.
        let _ = stream.take(1 << 24).read_to_end(&mut got);
        match got.get(9..12) {
            Some(b"503") => refused += 1,
            status => {
                let status = String::from_utf8_lossy(status.unwrap_or_default()).into_owned();
                ensure!(status.is_empty() || status == "200", "one was answered with {status}");
                ensure!(got.len() < ROWS * ROW_BYTES, "one that took nothing for {PATIENCE} got all of its answer");
                cut += 1;
            }
        }
    }
    ensure!(cut > 0, "none was answered");
    Ok(format!("{cut} cut, {refused} answered with 503"))
}

fn given_back(bench: &Bench, before: u64) -> Result<String> {
    let after = bench.memory()?.saturating_sub(before);
    ensure!(after < 128 * 1024, "{} MiB are still taken", after / 1024);
    alive(bench.server.address)?;
    Ok(format!("{} MiB more than before", after / 1024))
}

//! HTTP/2 by hand: frames that no honest client sends, in their thousands. Memory may grow by 50 MB at most, and others are served.

use super::{Bench, alive};
use crate::assure::{Profile, Tally};
use crate::shell;
use anyhow::{Context, Result, ensure};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const GROWTH_KIB_MAX: u64 = 50 * 1024;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// `GET /health/live`, in HPACK without its dynamic table: indexed fields, then literals that are not indexed.
const GET: &[u8] = b"\x82\x86\x04\x0c/health/live\x01\x09localhost";
/// `POST /health/live`.
const POST: &[u8] = b"\x83\x86\x04\x0c/health/live\x01\x09localhost";

/// The frames of one round; `round` counts from 0.
type Frames = fn(round: u32, out: &mut Vec<u8>);

const FLOODS: &[(&str, Frames)] = &[
    ("rapid reset", |round, out| {
        frame(out, (HEADERS, END_STREAM | END_HEADERS), 2 * round + 1, GET);
        frame(out, (RST_STREAM, 0), 2 * round + 1, &[0, 0, 0, 8]);
    }),
    ("endless CONTINUATION", |round, out| match round {
        0 => frame(out, (HEADERS, END_STREAM), 1, GET),
        _ => frame(out, (CONTINUATION, 0), 1, &filler()),
    }),
    ("empty CONTINUATION", |round, out| match round {
        0 => frame(out, (HEADERS, END_STREAM), 1, GET),
        _ => frame(out, (CONTINUATION, 0), 1, &[]),
    }),
    ("empty DATA", |round, out| match round {
        0 => frame(out, (HEADERS, END_HEADERS), 1, POST),
        _ => frame(out, (DATA, 0), 1, &[]),
    }),
    ("SETTINGS", |_, out| frame(out, (SETTINGS, 0), 0, &[0, 4, 0, 0, 255, 255])),
    ("PING", |_, out| frame(out, (PING, 0), 0, &[0; 8])),
    ("WINDOW_UPDATE of one byte", |_, out| frame(out, (WINDOW_UPDATE, 0), 0, &[0, 0, 0, 1])),
];

/// Honest streams in number first, then each flood on a connection of its own.
pub(super) fn run(profile: &Profile) -> Result<Tally> {
    shell::ensure("h2load", "nghttp2-client")?;
    let bench = Bench::start("frames", &[])?;
    let mut tally = Tally::default();
    tally.note("h2load", many_streams(&bench, profile.pick("10000", "1000000")));
    let rounds = profile.pick(50_000, 2_000_000);
    for (name, frames) in FLOODS {
        tally.note(name, flood(&bench, *frames, rounds));
    }
    Ok(tally)
}

fn many_streams(bench: &Bench, requests: &str) -> Result<String> {
    let before = bench.memory()?;
    let url = format!("http://{}/health/live", bench.server.address);
    let output = shell::command("h2load", &["-n", requests, "-c", "20", "-m", "100", &url]).output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line =
        text.lines().find(|line| line.starts_with("requests:")).with_context(|| format!("h2load said {text}"))?;
    ensure!(line.contains(&format!(" {requests} succeeded")) && line.contains(" 0 errored"), "{line}");
    let taken = bench.memory()?.saturating_sub(before);
    ensure!(taken < GROWTH_KIB_MAX, "{taken} KiB were taken");
    alive(bench.server.address)?;
    Ok(format!("20 connections of 100 streams, {line}, {taken} KiB more"))
}

/// Sends rounds until the server has seen enough, and reads nothing meanwhile: what the server would answer must not pile up.
fn flood(bench: &Bench, frames: Frames, rounds: u32) -> Result<String> {
    let before = bench.memory()?;
    let mut stream = open(bench.server.address)?;
    let (mut sent, mut worst, mut most) = (0_u32, Duration::ZERO, 0);
    let mut out = Vec::new();
    let ended = loop {
        if sent >= rounds {
            break "took them all";
        }
        out.clear();
        for round in sent..sent.saturating_add(500) {
            frames(round, &mut out);
        }
        match stream.write_all(&out) {
            Ok(()) => sent = sent.saturating_add(500),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => break "stopped reading",
            Err(_) => break "cut the connection",
        }
        if sent.is_multiple_of(5_000) {
            worst = worst.max(alive(bench.server.address)?);
            most = most.max(bench.memory()?.saturating_sub(before));
        }
    };
    worst = worst.max(alive(bench.server.address)?);
    most = most.max(bench.memory()?.saturating_sub(before));
    ensure!(most < GROWTH_KIB_MAX, "{most} KiB were taken");
    Ok(format!("{ended} after {sent} rounds, {most} KiB more, slowest health check {} ms", worst.as_millis()))
}

/// A connection whose first settings were exchanged.
fn open(address: SocketAddr) -> Result<TcpStream> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_write_timeout(Some(Duration::from_secs(2)))?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut hello = PREFACE.to_vec();
    frame(&mut hello, (SETTINGS, 0), 0, &[]);
    stream.write_all(&hello)?;
    let mut head = [0_u8; 9];
    stream.read_exact(&mut head).context("the server speaks no HTTP/2")?;
    ensure!(head[3] == SETTINGS, "the server began with frame type {}", head[3]);
    Ok(stream)
}

/// A kilobyte of header fields: 64 literals that are not indexed, with a name of one byte and a value of 12.
fn filler() -> Vec<u8> {
    b"\x00\x01x\x0cxxxxxxxxxxxx".repeat(64)
}

/// Writes a frame: 24 bits of length, type, flags, 31 bits of stream, payload.
fn frame(out: &mut Vec<u8>, (kind, flags): (u8, u8), stream: u32, payload: &[u8]) {
    let length = u32::try_from(payload.len()).unwrap_or_default().to_be_bytes();
    out.extend_from_slice(&length[1..]);
    out.extend_from_slice(&[kind, flags]);
    out.extend_from_slice(&stream.to_be_bytes());
    out.extend_from_slice(payload);
}

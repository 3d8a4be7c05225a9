//! Bodies that would take all memory if they were believed. Each must be refused, and leave no memory taken.

use super::{Bench, alive};
use crate::assure::{Profile, Tally};
use anyhow::{Result, ensure};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Memory that one bad request may leave behind, KiB.
const BOMB_KIB_MAX: u64 = 64 * 1024;
const DEEP: usize = 1_000_000;

/// Sends each of them.
pub(super) fn run(_: &Profile) -> Result<Tally> {
    let bench = Bench::start("bodies", &[])?;
    let mut tally = Tally::default();
    let deep = format!("Content-Length: {DEEP}\r\n");
    let brackets = "[".repeat(DEEP);
    let cases: [(&str, &str, &[u8], usize); 5] = [
        ("body announced with 1 TB", "Content-Length: 1000000000000\r\n", b"[", 1),
        ("endless chunked body", "Transfer-Encoding: chunked\r\n", CHUNK, 4_000),
        ("gzip", "Content-Encoding: gzip\r\nContent-Length: 20\r\n", &[0x1f; 20], 1),
        ("brotli in gzip", "Content-Encoding: br, gzip\r\nContent-Length: 20\r\n", &[0x1f; 20], 1),
        ("JSON a million levels deep", &deep, brackets.as_bytes(), 1),
    ];
    for (name, headers, piece, times) in cases {
        tally.note(name, bomb(&bench, headers, piece, times));
    }
    Ok(tally)
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

/// Sends a bad body; the answer must be a refusal, and the server must live on without the memory.
fn bomb(bench: &Bench, headers: &str, piece: &[u8], times: usize) -> Result<String> {
    let before = bench.memory()?;
    let mut stream = TcpStream::connect(bench.server.address)?;
    stream.set_read_timeout(Some(Duration::from_secs(15)))?;
    stream.set_write_timeout(Some(Duration::from_secs(15)))?;
    let head = format!(
        "POST /rest/v1/marks HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n{headers}\r\n",
        bench.token
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
    let taken = bench.memory()?.saturating_sub(before);
    ensure!(taken < BOMB_KIB_MAX, "{taken} KiB were taken");
    alive(bench.server.address)?;
    Ok(format!("{status} after {} bytes, {taken} KiB more", sent.saturating_mul(piece.len())))
}
